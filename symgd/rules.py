"""Rules of differentiation: one table.

A rule looks one step deep: `rewrite(f, t, depends)` turns the derivative D(f, t) that has not been
taken into an expression that holds simpler ones, or answers None when the rule is not for it.
`depends(u, t)` tells whether t moves u. The first row that answers is the rule of the step.

Conventions at corners (the rows `abs`, `max`, `min`, `cases`): |u|' is 0 at u = 0; a tie between
a constant and a moving branch takes the derivative of the constant, 0, as relu does; a tie
between two moving branches takes the mean, as PyTorch's maximum does; a case takes its own branch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.algebra.arithmetic import drop
from symgd.errors import NoRuleError
from symgd.notation.nodes import (
    HALF,
    MINUS_ONE,
    ONE,
    ZERO,
    D,
    Expr,
    Prime,
    add,
    exp,
    function,
    function_name,
    is_application,
    log,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    reciprocal,
    sqrt,
    sub,
)
from symgd.notation.printer import plain

Depends = Callable[[Expr, sp.Symbol], bool]
Rewrite = Callable[[Expr, sp.Symbol, Depends], Expr | None]

TWO = sp.Integer(2)


@dataclass(frozen=True, slots=True)
class Rule:
    """An equation D(f, t) = ...

    id         frozen: what readers of the JSON and translations key on
    name       "product rule"
    equation   LaTeX of the schema
    because    one plain sentence
    examples   formulas in x (and y, a constant); each is a test
    rewrite    (f, t, depends) → the right side, or None
    trivial    whether a textbook does it in passing, on the line of the rule before it
    """

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite
    trivial: bool = False


def mentions(f: Expr, t: sp.Symbol) -> bool:
    """Whether t occurs in f: what `depends` is where names stand for themselves."""
    return t in f.free_symbols


# -- structure ------------------------------------------------------------------------------------


def constant(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    return None if depends(f, t) else ZERO


def identity(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    return ONE if f == t else None


def linear(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """au + c, with one name u in each term that t moves; all coefficients in one pass."""
    if not (f.is_Add or f.is_Mul):
        return None
    terms = []
    for term in f.args if f.is_Add else (f,):
        factors = term.args if term.is_Mul else (term,)
        moved = [u for u in factors if depends(u, t)]
        if not moved:
            continue
        if len(moved) > 1 or not moved[0].is_Symbol:
            return None
        [u] = moved
        opened = {u: ONE if u == t else D(u, t)}
        terms.append(drop(mul(*(opened.get(v, v) for v in factors))))
    return add(*terms)


def sum_(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Add:
        return None
    terms = []
    for u in f.args:
        minus = u.is_Mul and u.args[0] == -1
        terms.append(neg(D(mul(*u.args[1:]), t)) if minus else D(u, t))
    return add(*terms)


def negative(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if f.is_Mul and f.args[0] == -1:
        return neg(D(mul(*f.args[1:]), t))
    return None


def constant_multiple(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Mul:
        return None
    still = [u for u in f.args if not depends(u, t)]
    moved = [u for u in f.args if depends(u, t)]
    return mul(*still, D(mul(*moved), t)) if still else None


def _fraction(f: Expr, t: sp.Symbol, depends: Depends) -> tuple[Expr, Expr] | None:
    """f as u/v with v moved by t, or None."""
    parts = f.args if f.is_Mul else (f,)
    below = [p for p in parts if p.is_Pow and p.exp.is_Integer and p.exp < 0 and depends(p, t)]
    if not below:
        return None
    above = [p for p in parts if p not in below]
    return mul(*above), mul(*map(reciprocal, below))


def reciprocal_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not (f.is_Pow and f.exp == -1 and depends(f.base, t)):
        return None
    v = f.base
    return neg(quotient(D(v, t), power(v, TWO)))


def quotient_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    parts = _fraction(f, t, depends) if f.is_Mul else None
    if parts is None:
        return None
    u, v = parts
    return quotient(sub(mul(D(u, t), v), mul(u, D(v, t))), power(v, TWO))


def product(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Mul:
        return None
    u, v = f.args[0], mul(*f.args[1:])
    return add(mul(D(u, t), v), mul(u, D(v, t)))


# -- powers ---------------------------------------------------------------------------------------


def square_root(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not (f.is_Pow and f.exp == HALF):
        return None
    return quotient(D(f.base, t), mul(TWO, sqrt(f.base)))


def power_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or depends(f.exp, t):
        return None
    u, n = f.base, f.exp
    lowered = n - 1 if n.is_Number else sub(n, ONE)
    inner = () if u == t else (D(u, t),)
    return mul(n, power(u, lowered), *inner)


def exponential(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or depends(f.base, t) or f.base is sp.E:
        return None
    return mul(f, log(f.base), D(f.exp, t))


def general_power(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or f.base is sp.E:
        return None
    u, v = f.base, f.exp
    return mul(f, add(mul(D(v, t), log(u)), quotient(mul(v, D(u, t)), u)))


# -- functions of one argument ----------------------------------------------------------------------


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
_OUTER: tuple[tuple[str, Any, Callable[[Expr], Expr], str, str], ...] = (
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


def _outer_row(
    id: str, head: Any, slope: Callable[[Expr], Expr], equation: str, example: str
) -> Rule:
    name = _NAMES.get(id, f"derivative of {id}")
    because = _REASONS.get(id, f"The derivative of {id}, then the inner derivative (chain rule).")
    return Rule(id, name, equation, because, (example,), outer(head, slope))


# -- several arguments --------------------------------------------------------------------------------


def _extremum(head: Any, wins: Any) -> Rewrite:
    """max(a, b)' is the derivative of the branch that wins."""

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not isinstance(f, head):
            return None
        a, b = f.args[0], f.args[1] if len(f.args) == 2 else function(head, *f.args[1:])
        if not depends(b, t):
            a, b = b, a
        if not depends(a, t):
            return piecewise((D(b, t), wins(b, a, evaluate=False)), (ZERO, sp.true))
        mean = mul(HALF, add(D(a, t), D(b, t)))
        a_wins, b_wins = wins(a, b, evaluate=False), wins(b, a, evaluate=False)
        return piecewise((D(a, t), a_wins), (D(b, t), b_wins), (mean, sp.true))

    return rewrite


def cases(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not isinstance(f, sp.Piecewise):
        return None
    return piecewise(*((D(branch.args[0], t), branch.args[1]) for branch in f.args))


def named(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """g(u, c)' = Σᵢ gᵢ'(u, c)·uᵢ'; also for g'(u, c) itself."""
    if isinstance(f, Prime):
        g, indices = f.args[0], f.args[1:]
    elif is_application(f):
        g, indices = f, ()
    else:
        return None
    terms = []
    for i, u in enumerate(g.args):
        if depends(u, t):
            inner = () if u == t else (D(u, t),)
            terms.append(mul(Prime(g, *sorted((*indices, sp.Integer(i)), key=int)), *inner))
    return add(*terms)


# -- the table, in order of priority --------------------------------------------------------------------

RULES: tuple[Rule, ...] = (
    Rule("constant", "derivative of a constant", r"c' = 0",
         "What does not depend on the variable does not change with it.",
         ("y", "3", "sin(y)"), constant, trivial=True),
    Rule("identity", "derivative of the variable itself", r"x' = 1",
         "A variable changes at rate 1 with itself.",
         ("x",), identity, trivial=True),
    Rule("linear", "linear function", r"(au + c)' = a\,u'",
         "A linear function has its coefficient as slope.",
         ("y*x + 3", "-x", "x*y - 2*x", "y - x"), linear),
    Rule("negative", "derivative of a negative", r"(-u)' = -u'",
         "A factor -1 moves out of the derivative.",
         ("-x", "-sin(x)"), negative, trivial=True),
    Rule("constant_multiple", "constant multiple rule", r"(cu)' = c\,u'",
         "A constant factor moves out of the derivative.",
         ("3*x**2", "y*sin(x)/2", "-y*x**3"), constant_multiple),
    Rule("sum", "sum rule", r"(u + v)' = u' + v'",
         "A sum is differentiated term by term.",
         ("x**2 + sin(x)", "1 + exp(-x)", "x - y - x**3"), sum_),
    Rule("reciprocal", "reciprocal rule", r"\left(\frac{1}{v}\right)' = -\frac{v'}{v^2}",
         "The power rule for the exponent -1.",
         ("1/(1 + exp(-x))", "1/x"), reciprocal_rule),
    Rule("quotient", "quotient rule", r"\left(\frac{u}{v}\right)' = \frac{u'v - uv'}{v^2}",
         "The product rule for u and 1/v, over one denominator.",
         ("x/(1 + x**2)", "sin(x)/x", "x*exp(x)/(2 + x**2)"), quotient_rule),
    Rule("sqrt", "derivative of the square root", r"(\sqrt{u})' = \frac{u'}{2\sqrt{u}}",
         "The power rule for the exponent 1/2.",
         ("sqrt(1 + x**2)",), square_root),
    Rule("power", "power rule", r"(u^n)' = n\,u^{n-1}\,u'",
         "The exponent comes down, one less of it remains, and the inner derivative follows.",
         ("x**3", "(y - x)**2", "(2 + x**2)**y", "(1 + x**2)**(-3/2)"), power_rule),
    Rule("exponential", "exponential with another base", r"(a^u)' = a^u \ln(a)\,u'",
         "a^u is e to the power u ln a.",
         ("2**x", "3**(y*x)"), exponential),
    Rule("general_power", "general power rule", r"(u^v)' = u^v\left(v' \ln u + \frac{v u'}{u}\right)",
         "u^v is e to the power v ln u; both the base and the exponent move.",
         ("(2 + x**2)**x",), general_power),
    Rule("product", "product rule", r"(uv)' = u'v + uv'",
         "Both factors move, one at a time.",
         ("x**2*sin(x)", "x*exp(y*x)", "x*sin(x)*exp(x)"), product),
    *(_outer_row(*row) for row in _OUTER),
    Rule("max", "derivative of a maximum", r"\max(u, v)' = \begin{cases} u' & u > v \\ v' & u < v \end{cases}",
         "The larger branch moves; at a tie we take 0 against a constant, else the mean.",
         ("max(0, x)", "max(x, y*x**2)", "max(1, x, x**2)"), _extremum(sp.Max, sp.StrictGreaterThan)),
    Rule("min", "derivative of a minimum", r"\min(u, v)' = \begin{cases} u' & u < v \\ v' & u > v \end{cases}",
         "The smaller branch moves; at a tie we take 0 against a constant, else the mean.",
         ("min(x, 3)", "min(x, x**2)"), _extremum(sp.Min, sp.StrictLessThan)),
    Rule("cases", "derivative case by case",
         r"\begin{cases} u & A \\ v & B \end{cases}' = \begin{cases} u' & A \\ v' & B \end{cases}",
         "Away from the borders between the cases each is differentiated on its own; at a border we take the case that the border belongs to.",
         ("where(x > 0, x, y*x)", "cases(x < -1: x**2, x > 1: 3, exp(x))"), cases),
    Rule("named", "chain rule", r"g(u)' = g'(u)\,u'",
         "The outer derivative at the inner function, times the inner derivative.",
         ("g(x**2)", "g(3*x)*x"), named),
)  # fmt: skip

# The heads of functions of one argument that a rule differentiates.
DIFFERENTIABLE: tuple[Any, ...] = tuple(head for _, head, *_ in _OUTER)

BY_ID = {r.id: r for r in RULES}


def first(
    f: Expr, t: sp.Symbol, depends: Depends = mentions, skip: frozenset[str] = frozenset()
) -> tuple[Rule, Expr]:
    """The first rule that answers for D(f, t), and its answer."""
    for r in RULES:
        if r.id not in skip:
            out = r.rewrite(f, t, depends)
            if out is not None:
                return r, out
    what = function_name(f) if f.args else str(f)
    raise NoRuleError(
        f"No rule differentiates {what} in {plain(f)}; write it in functions that symgd knows."
    )


__all__ = [
    "BY_ID",
    "DIFFERENTIABLE",
    "MINUS_ONE",
    "RULES",
    "Depends",
    "Rewrite",
    "Rule",
    "first",
    "mentions",
]
