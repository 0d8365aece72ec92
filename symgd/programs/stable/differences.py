"""f(a) - f(b) = (a - b)·g(a, b): of powers, roots, reciprocals and exponentials.

The difference of a and b is exact where they are near each other, or cancels on paper, and nothing
is lost after it.

    J. Stoer and R. Bulirsch, Introduction to Numerical Analysis, 2002, section 1.3
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1
from symgd.programs.stable.scope import (
    Scope,
    coefficient,
    is_exp,
    pairs,
    split,
    times,
    with_term,
)
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    application,
    exp,
    mul,
    neg,
    piecewise,
    power,
    quotient,
)

MOST = 4  # of the exponents, and of the roots


def of_powers(e: Any, scope: Scope) -> Expr | None:
    """a² - b² = (a - b)(a + b);  a³ - b³ = (a - b)(a² + ab + b²)."""

    def power_of(core: Any) -> Any:
        base, n = split(core)
        is_one = n.is_Integer and 2 <= n <= MOST and not base.is_Number and not is_exp(base)
        return (base, int(n)) if is_one else None

    for k, (a, n), (b, m), rest in opposite(e, power_of):
        if n == m:
            gap = less(a, b)
            if n == 4:
                squares = [power(s, sp.Integer(2)) for s in (a, b)]
                return with_term(rest, times(k, gap, add(a, b), add(*squares)))
            return with_term(rest, times(k, gap, between(a, b, n)))
    return None


def between(a: Any, b: Any, n: int) -> Expr:
    """aⁿ⁻¹ + aⁿ⁻²b + ... + bⁿ⁻¹."""
    terms = []
    for i in range(n):
        parts = [power(s, sp.Integer(m)) if m > 1 else s for s, m in ((a, n - 1 - i), (b, i)) if m]
        terms.append(mul(*parts))
    return add(*terms)


def of_reciprocals(e: Any, scope: Scope) -> Expr | None:
    """1/a - 1/b = (b - a)/(ab)."""

    def divisor(core: Any) -> Any:
        base, n = split(core)
        return base if n == -1 and not base.is_Number else None

    for k, a, b, rest in opposite(e, divisor):
        return with_term(rest, times(k, quotient(quotient(less(b, a), a), b)))
    return None


def of_roots(e: Any, scope: Scope) -> Expr | None:
    """√a - √b = (a - b)/(√a + √b);  ∛a - ∛b = (a - b)/(∛a² + ∛a∛b + ∛b²)."""
    if e in scope.final:
        return None

    def radicand(core: Any) -> Any:
        base, n = split(scope.see(core))
        root = sp.Integer(1 / n) if n.is_Rational and n.p == 1 else None
        return (base, int(root), core) if root is not None and 2 <= root <= MOST else None

    for k, (a, n, left), (b, m, right), rest in opposite(e, radicand):
        if n != m:
            continue
        gap, below = less(a, b), between(left, right, n)
        ratio = times(k, quotient(gap, below))
        if not (gap.is_Number or scope.is_above(a, 0) or scope.is_above(b, 0)):
            plain = add(left, neg(right))
            scope.final.add(plain)
            ratio = times(k, piecewise((quotient(gap, below), above(below)), (plain, sp.true)))
        return with_term(rest, ratio)
    return None


def root_less(e: Any, scope: Scope) -> Expr | None:
    """√(u² + b) - u = b/(√(u² + b) + |u|) + 2 max(-u, 0)."""
    if not e.is_Add or e in scope.final:
        return None
    for root, term, rest in pairs(e.args, lambda t: split(scope.see(coefficient(t)[1]))[1] == HALF):
        (k, left), (m, u) = coefficient(root), coefficient(term)
        if k != -m or u.is_Number:
            continue
        base, _ = split(scope.see(left))
        if not base.is_Add or len(base.args) != 2:
            continue
        for square, b, _ in pairs(base.args):
            if square == power(u, sp.Integer(2)):
                size = sp.Abs(u, evaluate=False)
                whole = add(left, size)
                plain = add(left, neg(u))
                scope.final.add(plain)
                more = sp.Max(neg(u), ZERO, evaluate=False)
                found = add(quotient(b, whole), times(sp.Integer(2), more))
                return with_term(rest, times(k, piecewise((found, above(whole)), (plain, sp.true))))
    return None


def of_exponentials(e: Any, scope: Scope) -> Expr | None:
    """e^a - e^b = e^b(e^(a - b) - 1)."""

    def raised(core: Any) -> Any:
        return scope.argument(core, sp.exp)

    for k, a, b, rest in opposite(e, raised):
        return with_term(rest, times(k, exp(b), application(EXPM1, less(a, b))))
    return None


# -- parts ----------------------------------------------------------------------------------------

HALF = sp.S.Half


def opposite(e: Any, known: Callable[[Any], Any]) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """(k, what is known of f(a), of f(b), the other terms) of kf(a) - kf(b), k > 0, where there is
    one such pair: of 2ab + c² - a² - b² none is better than the others."""
    if not e.is_Add:
        return
    found = [(coefficient(t), i) for i, t in enumerate(e.args)]
    seen = [(c, known(core), i) for (c, core), i in found]
    seen = [row for row in seen if row[1] is not None]
    places = [
        (k, a, b, i, j)
        for k, a, i in seen
        for m, b, j in seen
        if k.is_positive and k == -m and a != b
    ]
    if len(places) == 1:
        k, a, b, i, j = places[0]
        yield k, a, b, [t for n, t in enumerate(e.args) if n not in (i, j)]


def less(a: Any, b: Any) -> Expr:
    """a - b, where like terms have met."""
    found: dict[Any, Any] = {}
    for sign, side in ((1, a), (-1, b)):
        for term in side.args if side.is_Add else (side,):
            c, core = coefficient(term)
            found[core] = found.get(core, ZERO) + sign * c
    terms = [times(c, core) if core != ONE else c for core, c in found.items() if c != 0]
    return add(*terms) if terms else ZERO


def above(e: Any) -> Any:
    return sp.StrictGreaterThan(e, 0, evaluate=False)
