"""Rules of differentiation: one table.

A rule looks one step deep: `rewrite(f, t, depends)` turns the derivative D(f, t) that has not been
taken into an expression that holds simpler ones, or answers None when the rule is not for it.
`depends(u, t)` tells whether t moves u. The first row that answers is the rule of the step.

Conventions at corners (the rows `abs`, `max`, `min`, `cases`): |u|' is 0 at u = 0; a tie between
a constant and a moving branch takes the derivative of the constant, 0, as relu does; a tie
between two moving branches takes the mean, as PyTorch's maximum does; a case takes its own branch.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symgd.derive.rules.cases import cases, extremum, named, prime
from symgd.derive.rules.outer import OUTER
from symgd.derive.rules.powers import exponential, general_power, power_rule, square_root
from symgd.derive.rules.rule import Depends, Rule, mentions
from symgd.derive.rules.structure import (
    constant,
    constant_multiple,
    identity,
    linear,
    negative,
    product,
    quotient_rule,
    reciprocal_rule,
    sum_,
)
from symgd.errors import NoRuleError
from symgd.functions import View
from symgd.language.formulas.printer import plain
from symgd.trees.scalars import Expr, function_name

_BEFORE: tuple[Rule, ...] = (
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
)  # fmt: skip

_AFTER: tuple[Rule, ...] = (
    Rule("max", "derivative of a maximum", r"\max(u, v)' = \begin{cases} u' & u > v \\ v' & u < v \end{cases}",
         "The larger branch moves; at a tie we take 0 against a constant, else the mean.",
         ("max(0, x)", "max(x, y*x**2)", "max(1, x, x**2)"), extremum(sp.Max, sp.StrictGreaterThan)),
    Rule("min", "derivative of a minimum", r"\min(u, v)' = \begin{cases} u' & u < v \\ v' & u > v \end{cases}",
         "The smaller branch moves; at a tie we take 0 against a constant, else the mean.",
         ("min(x, 3)", "min(x, x**2)"), extremum(sp.Min, sp.StrictLessThan)),
    Rule("cases", "derivative case by case",
         r"\begin{cases} u & A \\ v & B \end{cases}' = \begin{cases} u' & A \\ v' & B \end{cases}",
         "Away from the borders between the cases each is differentiated on its own; at a border we take the case that the border belongs to.",
         ("where(x > 0, x, y*x)", "cases(x < -1: x**2, x > 1: 3, exp(x))"), cases),
    Rule("prime", "derivative of a function by its prime", r"g(x)' = g'(x)",
         "The derivative of g is written with a prime until it is known.",
         ("g(x)",), prime, trivial=True),
    Rule("named", "chain rule", r"g(u)' = g'(u)\,u'",
         "The outer derivative at the inner function, times the inner derivative.",
         ("g(x**2)", "g(3*x)*x"), named),
)  # fmt: skip

# id → rule, in the order in which they are tried; an elementary function brings its own
BY_ID: Mapping[str, Rule] = View(lambda t: {r.id: r for r in (*_BEFORE, *OUTER.values(), *_AFTER)})
RULES: tuple[Rule, ...] = tuple(BY_ID.values())


def first(
    f: Expr, t: sp.Symbol, depends: Depends = mentions, skip: frozenset[str] = frozenset()
) -> tuple[Rule, Expr]:
    """The first rule that answers for D(f, t), and its answer."""
    for r in BY_ID.values():
        if r.id not in skip:
            out = r.rewrite(f, t, depends)
            if out is not None:
                return r, out
    what = function_name(f) if f.args else str(f)
    raise NoRuleError(
        f"No rule differentiates {what} in {plain(f)}; write it in functions that symgd knows."
    )


__all__ = ["BY_ID", "RULES", "Rule", "first", "mentions"]
