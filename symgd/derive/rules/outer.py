"""Functions of one argument: head(u)' = derivative(u)·u', one row a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symgd.derive.rules.rule import Depends, Rewrite, Rule
from symgd.trees.scalars import (
    ONE,
    ZERO,
    D,
    Expr,
    add,
    exp,
    function,
    mul,
    neg,
    power,
    quotient,
    reciprocal,
    sqrt,
    sub,
)

TWO = sp.Integer(2)


def outer(head: Any, derivative: Callable[[Expr], Expr]) -> Rewrite:
    """head(u)' = derivative(u)·u'."""

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not (isinstance(f, head) or (head is sp.exp and f.is_Pow and f.base is sp.E)):
            return None
        u = f.exp if f.is_Pow else f.args[0]
        inner = () if u == t else (D(u, t),)
        return mul(derivative(u), *inner)

    return rewrite


def _over(body: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    return lambda u: reciprocal(body(u))


def _squared(head: Any) -> Callable[[Expr], Expr]:
    return lambda u: power(function(head, u), TWO)


def _erf_slope(u: Expr) -> Expr:
    return quotient(mul(TWO, exp(neg(power(u, TWO)))), sqrt(sp.pi))


#  id         head       its derivative in u                                  LaTeX                                     example
OUTER: tuple[tuple[str, Any, Callable[[Expr], Expr], str, str], ...] = (
    ("exp",   sp.exp,   lambda u: exp(u),                                    r"(e^u)' = e^u\,u'",                      "exp(y*x)"),
    ("log",   sp.log,   _over(lambda u: u),                                  r"(\ln u)' = \frac{u'}{u}",               "log(1 + x**2)"),
    ("sin",   sp.sin,   lambda u: function(sp.cos, u),                       r"(\sin u)' = \cos(u)\,u'",               "sin(x**2)"),
    ("cos",   sp.cos,   lambda u: neg(function(sp.sin, u)),                  r"(\cos u)' = -\sin(u)\,u'",              "cos(3*x)"),
    ("tan",   sp.tan,   lambda u: add(ONE, _squared(sp.tan)(u)),             r"(\tan u)' = (1 + \tan^2 u)\,u'",        "tan(x/2)"),
    ("cot",   sp.cot,   lambda u: neg(add(ONE, _squared(sp.cot)(u))),        r"(\cot u)' = -(1 + \cot^2 u)\,u'",       "cot(2*x)"),
    ("sec",   sp.sec,   lambda u: mul(function(sp.sec, u), function(sp.tan, u)), r"(\sec u)' = \sec(u)\tan(u)\,u'",    "sec(x/2)"),
    ("csc",   sp.csc,   lambda u: neg(mul(function(sp.csc, u), function(sp.cot, u))), r"(\csc u)' = -\csc(u)\cot(u)\,u'", "csc(x)"),
    ("asin",  sp.asin,  _over(lambda u: sqrt(sub(ONE, power(u, TWO)))),      r"(\arcsin u)' = \frac{u'}{\sqrt{1-u^2}}", "asin(x/9)"),
    ("acos",  sp.acos,  lambda u: neg(reciprocal(sqrt(sub(ONE, power(u, TWO))))), r"(\arccos u)' = -\frac{u'}{\sqrt{1-u^2}}", "acos(x/9)"),
    ("atan",  sp.atan,  _over(lambda u: add(ONE, power(u, TWO))),            r"(\arctan u)' = \frac{u'}{1+u^2}",       "atan(y*x)"),
    ("sinh",  sp.sinh,  lambda u: function(sp.cosh, u),                      r"(\sinh u)' = \cosh(u)\,u'",             "sinh(x/2)"),
    ("cosh",  sp.cosh,  lambda u: function(sp.sinh, u),                      r"(\cosh u)' = \sinh(u)\,u'",             "cosh(x - y)"),
    ("tanh",  sp.tanh,  lambda u: sub(ONE, _squared(sp.tanh)(u)),            r"(\tanh u)' = (1 - \tanh^2 u)\,u'",      "tanh(2*x/3)"),
    ("coth",  sp.coth,  lambda u: sub(ONE, _squared(sp.coth)(u)),            r"(\coth u)' = (1 - \coth^2 u)\,u'",      "coth(x)"),
    ("asinh", sp.asinh, _over(lambda u: sqrt(add(power(u, TWO), ONE))),      r"(\mathrm{arsinh}\,u)' = \frac{u'}{\sqrt{u^2+1}}", "asinh(3*x)"),
    ("acosh", sp.acosh, _over(lambda u: sqrt(sub(power(u, TWO), ONE))),      r"(\mathrm{arcosh}\,u)' = \frac{u'}{\sqrt{u^2-1}}", "acosh(2 + x**2)"),
    ("atanh", sp.atanh, _over(lambda u: sub(ONE, power(u, TWO))),            r"(\mathrm{artanh}\,u)' = \frac{u'}{1-u^2}", "atanh(x/9)"),
    ("erf",   sp.erf,   _erf_slope,                                          r"(\mathrm{erf}\,u)' = \frac{2}{\sqrt{\pi}} e^{-u^2}\,u'", "erf(x/2)"),
    ("erfc",  sp.erfc,  lambda u: neg(_erf_slope(u)),                        r"(\mathrm{erfc}\,u)' = -\frac{2}{\sqrt{\pi}} e^{-u^2}\,u'", "erfc(x)"),
    ("abs",   sp.Abs,   lambda u: function(sp.sign, u),                      r"|u|' = \mathrm{sign}(u)\,u'",           "abs(x*y)"),
    ("sign",  sp.sign,  lambda u: ZERO,                                      r"\mathrm{sign}(u)' = 0",                 "x*sign(x)"),
)  # fmt: skip

_NAMES = {
    "exp": "derivative of the exponential",
    "log": "derivative of the logarithm",
    "abs": "derivative of the absolute value",
    "sign": "derivative of the sign",
    "erf": "derivative of the error function",
    "erfc": "derivative of the complementary error function",
    "asin": "derivative of arcsin",
    "acos": "derivative of arccos",
    "atan": "derivative of arctan",
    "asinh": "derivative of arsinh",
    "acosh": "derivative of arcosh",
    "atanh": "derivative of artanh",
}


_REASONS = {
    "exp": "The exponential is its own derivative; the inner derivative follows.",
    "abs": "|u| has slope 1 to the right of 0 and -1 to its left; at u = 0 we take 0.",
    "sign": "sign(u) is constant on both sides of its jump, where we take 0 too.",
}


def row(id: str, head: Any, slope: Callable[[Expr], Expr], equation: str, example: str) -> Rule:
    name = _NAMES.get(id, f"derivative of {id}")
    because = _REASONS.get(id, f"The derivative of {id}, then the inner derivative (chain rule).")
    return Rule(id, name, equation, because, (example,), outer(head, slope))


OUTER_RULES: tuple[Rule, ...] = tuple(row(*r) for r in OUTER)

# The heads of functions of one argument that a rule differentiates.
DIFFERENTIABLE: tuple[Any, ...] = tuple(head for _, head, *_ in OUTER)
