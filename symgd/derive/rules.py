"""Rules of differentiation: one table.

A rule looks one step deep: `rewrite(f, t, depends)` turns the derivative D(f, t) that has not been
taken into an expression that holds simpler ones, or answers None when the rule is not for it.
`depends(u, t)` says whether t moves u. The first row that answers is the rule of the step.

Conventions at corners (the rows `abs`, `max`, `min`, `cases`): |u|' is 0 at u = 0; a tie between
a constant and a moving branch takes the derivative of the constant, 0, as relu does; a tie
between two moving branches takes the mean, as PyTorch's maximum does; a case takes its own branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, drop
from symgd.errors import NoRuleError
from symgd.functions import Elementary, View
from symgd.language.formulas.build import at, read
from symgd.language.formulas.printer import latex, plain
from symgd.resources import spend
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    HALF,
    ONE,
    ZERO,
    D,
    Expr,
    Prime,
    add,
    function,
    function_name,
    is_application,
    letters_in,
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
from symgd.verify.limits import one_points, slope_at_point

Depends = Callable[[Expr, sp.Symbol], bool]
Rewrite = Callable[[Expr, sp.Symbol, Depends], Expr | None]


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
    return t in letters_in(f)


# -- sums, products, quotients, and what a person does in passing ---------------------------------

TWO = sp.Integer(2)


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
    # 0^u has no slope at 0, is 0 above, and has no value below.
    return ZERO if f.base == 0 else mul(f, log(f.base), D(f.exp, t))


def general_power(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or f.base is sp.E:
        return None
    u, v = f.base, f.exp
    return mul(f, add(mul(D(v, t), log(u)), quotient(mul(v, D(u, t)), u)))


# -- elementary functions -------------------------------------------------------------------------


def outer(row: Elementary) -> Rewrite:
    """head(u)' = slope(u)·u'; of several arguments, the sum over those that move."""

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not (isinstance(f, row.head) or (row.head is sp.exp and f.is_Pow and f.base is sp.E)):
            return None
        args = (f.exp,) if f.is_Pow else f.args
        terms = []
        for slope, u in zip(row.slopes, args, strict=True):
            if depends(u, t):
                if not slope:
                    return None
                inner = () if u == t else (D(u, t),)
                terms.append(mul(at(slope, row.arguments, args), *inner))
        return add(*terms)

    return rewrite


def rule(row: Elementary) -> Rule:
    """The rule of a row, with the usual sentence where the row has none of its own."""
    return Rule(
        row.name,
        f"derivative of {row.title or row.name}",
        row.equation or equation(row),
        row.because or f"The derivative of {row.name}, then the inner derivative (chain rule).",
        (row.example or f"{row.name}({', '.join(['x', 'y'][: len(row.arguments)])})",),
        outer(row),
    )


def equation(row: Elementary) -> str:
    """f(u, v)' = slope u' + slope v', in LaTeX."""
    terms = []
    for u, slope in zip(row.arguments, row.slopes, strict=True):
        if slope not in ("", "0"):
            form = read(slope, row.arguments)
            body = latex(form)
            terms.append(rf"{f'({body})' if form.is_Add else body}\,{u}'")
    left = latex(function(row.head, *map(symbol, row.arguments)))
    return f"{left}' = {' + '.join(terms) or '0'}"


# id → rule, of every row that has slopes
OUTER: Mapping[str, Rule] = View(
    lambda t: {r.name: rule(r) for r in t.elementary if r.head is not None and r.slopes}
)


# -- corners and cases, and functions of which the derivative is a name ---------------------------


def extremum(head: Any, wins: Any, holds: Any) -> Rewrite:
    """max(a, b)' is the derivative of the branch that wins, strictly or, as `holds`, weakly.

    Where both are equal the slopes in a and in b sum up to 1: beside a number, as in max(0, b), the
    number wins; of two that may move, a does where b stands still; and their mean where both move.
    """

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not isinstance(f, head):
            return None
        a, b = f.args[0], f.args[1] if len(f.args) == 2 else function(head, *f.args[1:])
        if not depends(b, t):
            first = holds if b.free_symbols else wins
            return piecewise((D(a, t), first(a, b, evaluate=False)), (ZERO, sp.true))
        if not depends(a, t):
            return piecewise((D(b, t), wins(b, a, evaluate=False)), (ZERO, sp.true))
        mean = mul(HALF, add(D(a, t), D(b, t)))
        a_wins, b_wins = wins(a, b, evaluate=False), wins(b, a, evaluate=False)
        return piecewise((D(a, t), a_wins), (D(b, t), b_wins), (mean, sp.true))

    return rewrite


def cases(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not isinstance(f, sp.Piecewise):
        return None
    slopes = [(D(branch.args[0], t), branch.args[1]) for branch in f.args]
    if not any(s != t and depends(s, t) for s in letters_in(f)):
        for i, point in one_points(f, t).items():
            limit = slope_at_point(*point, t)
            if limit is not None:
                slopes[i] = (arrange(limit), slopes[i][1])
    return piecewise(*slopes)


def prime(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """g(x)' = g'(x), where x itself is the only argument that moves."""
    out = through_arguments(f, t, depends)
    return out if isinstance(out, Prime) and not isinstance(f, Prime) else None


def through_arguments(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
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


# -- the table ------------------------------------------------------------------------------------

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
         "The larger branch moves; at a tie we take 0 against a constant, the first of two where one moves, else the mean.",
         ("max(0, x)", "max(x, y*x**2)", "max(1, x, x**2)"), extremum(sp.Max, sp.StrictGreaterThan, sp.GreaterThan)),
    Rule("min", "derivative of a minimum", r"\min(u, v)' = \begin{cases} u' & u < v \\ v' & u > v \end{cases}",
         "The smaller branch moves; at a tie we take 0 against a constant, the first of two where one moves, else the mean.",
         ("min(x, 3)", "min(x, x**2)"), extremum(sp.Min, sp.StrictLessThan, sp.LessThan)),
    Rule("cases", "derivative case by case",
         r"\begin{cases} u & A \\ v & B \end{cases}' = \begin{cases} u' & A \\ v' & B \end{cases}",
         "Away from the borders between the cases each is differentiated on its own; at a border we take the case that the border belongs to.",
         ("where(x > 0, x, y*x)", "cases(x < -1: x**2, x > 1: 3, exp(x))"), cases),
    Rule("prime", "derivative of a function by its prime", r"g(x)' = g'(x)",
         "The derivative of g is written with a prime until it is known.",
         ("g(x)",), prime, trivial=True),
    Rule("named", "chain rule", r"g(u)' = g'(u)\,u'",
         "The outer derivative at the inner function, times the inner derivative.",
         ("g(x**2)", "g(3*x)*x"), through_arguments),
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
            spend()
            out = r.rewrite(f, t, depends)
            if out is not None:
                return r, out
    what = function_name(f) if f.args else str(f)
    raise NoRuleError(
        f"No rule differentiates {what} in {plain(f)}; write it in functions that symgd knows."
    )


__all__ = ["BY_ID", "RULES", "Rule", "first", "mentions"]
