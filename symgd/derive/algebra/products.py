"""Products as a textbook prints them: numbers before the brackets, no bracket inside a bracket, and
(a - b)(a + b) as a² - b².
"""

from __future__ import annotations

from math import gcd, lcm
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, is_negative, split_coefficient, tidy
from symgd.trees.scalars import (
    ONE,
    Expr,
    Unevaluated,
    add,
    expanded,
    mul,
    neg,
    power,
    rebuild,
    settle,
)

# 1.702 is a number of its own, and no 851/500.
MOST_DIVISOR = 24


def numbers_out(expr: Expr) -> Expr | None:
    """(1/2 - x/2)/y = (1 - x)/(2y);  1/(3√(1 - x²/9)) = 1/√(9 - x²): of every sum that is a factor,
    the number that all its terms share."""
    out = _numbers_out(expr, whole=False)
    return None if out == expr else tidy(out)


def whole_numbers_out(expr: Expr) -> Expr | None:
    """x(2x² - 6) = 2x(x² - 3): the same, of whole numbers, or of fractions with one divisor."""
    out = _numbers_out(expr, whole=True)
    return None if out == expr else tidy(out)


def _numbers_out(expr: Any, whole: bool, factor: bool = False) -> Any:
    if not expr.args or isinstance(expr, Unevaluated | sp.Piecewise):
        return expr
    if expr.is_Mul:
        return mul(*(_numbers_out(f, whole, factor=True) for f in expr.args))
    if expr.is_Pow and expr.exp.is_Rational and expr.base.is_Add:
        base = _numbers_out(expr.base, whole)
        number = shared_number(base, whole) if base.is_Add else ONE
        raised = _raised(number, expr.exp) if number != 1 else None
        if raised is not None:
            return mul(raised, power(divided(base, number), expr.exp))
        return rebuild(expr, (base, expr.exp))
    expr = rebuild(expr, tuple(_numbers_out(a, whole) for a in expr.args))
    if factor and expr.is_Add and (number := shared_number(expr, whole)) != 1:
        return mul(number, divided(expr, number))
    return expr


def _raised(number: Any, e: Any) -> Any:
    """numberᵉ, if that is a fraction too."""
    if e.is_Integer:
        return number**e
    value = abs(number) ** e
    return value if number > 0 and value.is_Rational else None


def shared_number(total: Expr, whole: bool) -> Any:
    """The fraction c with total = c·(whole numbers without a divisor), below 0 if all terms are."""
    numbers = [split_coefficient(t)[0] for t in total.args]
    if not all(c.is_Rational and c != 0 for c in numbers):
        return ONE
    c = sp.Rational(gcd(*(abs(int(c.p)) for c in numbers)), lcm(*(int(c.q) for c in numbers)))
    if c.q > MOST_DIVISOR or (whole and any(n.q != c.q for n in numbers)):
        return ONE  # z/2 + 1 is as good as (z + 2)/2
    return -c if all(map(is_negative, total.args)) else c


def divided(total: Expr, number: Any) -> Expr:
    return tidy(add(*(mul(ONE / number, t) for t in total.args)))


def opened(expr: Expr) -> Expr | None:
    """(2x² + 6x(x - 1) + 2)y = (8x² - 6x + 2)y: a bracket of brackets multiplied out, where
    it has no more terms for that."""
    if not expr.is_Mul:
        return None
    for i, f in enumerate(expr.args):
        if f.is_Add and any(t.is_Mul and any(g.is_Add for g in t.args) for t in f.args):
            spread = arrange(expanded(settle(f)))
            if len(sp.Add.make_args(spread)) > len(f.args):
                continue
            return tidy(mul(*expr.args[:i], spread, *expr.args[i + 1 :]))
    return None


def squares(expr: Expr) -> Expr | None:
    """(a - b)ⁿ(a + b)ⁿ = (a² - b²)ⁿ, in the outermost product that has them."""
    if isinstance(expr, Unevaluated | sp.Piecewise) or not expr.args:
        return None
    if expr.is_Mul:
        sums = [(f.base, f.exp) if f.is_Pow else (f, ONE) for f in expr.args]
        for j, (v, m) in enumerate(sums):
            for i, (u, n) in enumerate(sums[:j]):
                if n == m and n.is_Integer and (joined := _joined(u, v)) is not None:
                    rest = [f for k, f in enumerate(expr.args) if k not in (i, j)]
                    return tidy(mul(*rest, power(joined, n)))
    for i, a in enumerate(expr.args):
        if (inner := squares(a)) is not None:
            return rebuild(expr, (*expr.args[:i], inner, *expr.args[i + 1 :]))
    return None


def _joined(u: Any, v: Any) -> Expr | None:
    """(a + b)(a - b) and (a + b)(b - a), of two terms each."""
    if not (u.is_Add and v.is_Add and len(u.args) == len(v.args) == 2):
        return None
    for a, b in (u.args, u.args[::-1]):
        if {*v.args} == {a, tidy(neg(b))}:
            first, second = (tidy(power(t, sp.Integer(2))) for t in (a, b))
            return arrange(settle(add(first, neg(second))))
    return None
