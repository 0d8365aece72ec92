"""What is left of a quotient: 1 - u/v = (v - u)/v, where terms of u and v are the same.

Of an overlap such as tp/(tp + fp + fn) what is left is (fp + fn)/(tp + fp + fn), to its last digit
however small it is.

    S. Salehi et al., Tversky loss function for image segmentation, 2017
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1P
from symgd.programs.stable.scope import (
    Scope,
    coefficient,
    factors,
    pairs,
    times,
    with_term,
)
from symgd.programs.stable.sums import exponents, fraction, one_and, without_what_cancels
from symgd.trees.scalars import (
    ONE,
    Expr,
    add,
    application,
    mul,
    neg,
    piecewise,
    power,
    quotient,
)

MOST_TERMS = 24  # of u and of v


def one_less_quotient(e: Any, scope: Scope) -> Expr | None:
    """1 - (u + a)/(u + b) = (b - a)/(u + b), also where names stand for the sums and the terms."""
    if not e.is_Add:
        return None

    def is_divided(term: Any) -> bool:
        return any(bottom != 1 for _, _, bottom in _fractions(term, scope))

    for whole, part, rest in pairs(e.args, second=is_divided):
        c, common = coefficient(whole)
        for k, top, bottom in _fractions(part, scope):
            above = [*factors(top)]
            for f in factors(common) if common != 1 else ():
                if f not in above:
                    break
                above.remove(f)
            else:
                left = _gap(c, bottom, k, times(ONE, *above), scope)
                if left is not None:
                    return with_term(rest, times(ONE, *factors(common), quotient(left, bottom)))
    return None


def log_of_quotient(e: Any, scope: Scope) -> Expr | None:
    """log(u/v) = log(1 - (v - u)/v), where u and v share terms and are near each other."""
    if e in scope.final:
        return None
    for k, top, bottom in _fractions(e.args[0], scope):
        left = _gap(ONE, bottom, -k, top, scope) if bottom != 1 and k.is_positive else None
        if left is not None:
            scope.final.add(e)
            lost = neg(quotient(left, bottom))
            near = sp.StrictLessThan(sp.Abs(lost, evaluate=False), sp.S.Half, evaluate=False)
            return piecewise((application(LOG1P, lost), near), (e, sp.true))
    return None


def _fractions(term: Any, scope: Scope) -> Iterator[tuple[Any, Any, Any]]:
    """(k, u, v) of ku/v as it is written, and, where they are others, through names of products."""
    k, core = scope.split_scale(term)
    opened: list[Any] = []
    for f in factors(core):
        seen = scope.see(f)
        opened += factors(seen) if seen.is_Mul or seen.is_Pow else (f,)
    written = fraction(core)
    yield k, *written
    through = fraction(times(ONE, *opened))
    if through != written:
        yield k, *through


def _gap(c: Any, bottom: Any, k: Any, top: Any, scope: Scope) -> Expr | None:
    """c·v + k·u, where terms of them cancel or are two shares; None where none do.

    Of p + q - pq and pq nothing cancels, and p + q - 2pq = p(1 - q) + q(1 - p) all the same, also
    where a product with a sum has to be multiplied out for it.
    """
    left, cancels = _sum_of((*_terms(c, bottom, scope), *_terms(k, top, scope)), scope)
    if cancels:
        return left
    opened = (*_terms_multiplied_out(c, bottom, scope), *_terms_multiplied_out(k, top, scope))
    for e in (left, _sum_of(opened, scope)[0]):
        if e is not None and two_shares(e, scope) is not None:
            return e
    return None


def _sum_of(terms: Sequence[tuple[Any, Any]], scope: Scope) -> tuple[Expr | None, bool]:
    """The sum of a few terms, those of one core in one, and whether any of them cancel."""
    if not 2 < len(terms) <= MOST_TERMS:
        return None, False
    found: dict[Any, list[Any]] = {}
    for number, core in terms:
        key = frozenset(exponents(core, scope).items())
        found.setdefault(key, []).append((number, core))
    met = [(sum((n for n, _ in same), start=sp.S.Zero), same[0][1]) for same in found.values()]
    cancels = any(
        abs(n) < sum(abs(m) for m, _ in same)
        for (n, _), same in zip(met, found.values(), strict=True)
    )
    return without_what_cancels(met, scope), cancels


def _terms(c: Any, e: Any, scope: Scope) -> Iterator[tuple[Any, Any]]:
    """(number, core) of the terms of c·e, through names of sums."""
    k, core = coefficient(e)
    seen = scope.see(core)
    if seen.is_Add:
        for t in seen.args:
            yield from _terms(sp.Mul(c, k), t, scope)
    else:
        yield sp.Mul(c, k), core


def _terms_multiplied_out(c: Any, e: Any, scope: Scope) -> Iterator[tuple[Any, Any]]:
    """The same, of a product with one sum the terms of its product."""
    for k, core in _terms(c, e, scope):
        parts = factors(core)
        sums = [f for f in parts if f.is_Add]
        if len(sums) == 1 < len(parts):
            others = [f for f in parts if f is not sums[0]]
            yield from (
                (sp.Mul(k, n), times(ONE, *others, *factors(t)))
                for n, t in map(coefficient, sums[0].args)
            )
        else:
            yield k, core


def two_shares(e: Any, scope: Scope) -> Expr | None:
    """au + bv - (a + b)uv = au(1 - v) + bv(1 - u), a and b numbers of one sign, where 1 - u is no
    difference; u² + v² - 2uv = (u - v)²."""
    if not e.is_Add or len(e.args) < 3:
        return None
    weights = {core: c for c, core in map(coefficient, e.args)}
    if len(weights) < len(e.args):
        return None
    for product in e.args:
        k, core = coefficient(product)
        parts = factors(scope.see(core))
        if len(parts) != 2 or k.is_Rational is not True or parts[0] == parts[1]:
            continue
        u, v = parts
        square = sp.Integer(2)
        if weights.get(power(u, square)) == weights.get(power(v, square)) == -k / 2:
            alike = [times(-k / 2, power(s, square)) for s in parts]
            rest = [t for t in e.args if t not in (product, *alike)]
            return with_term(rest, times(-k / 2, power(add(u, neg(v)), square)))
        a, b = weights.get(u), weights.get(v)
        if a is None or b is None or a + b != -k or not a * b > 0:
            continue
        far = [one_and(add(ONE, neg(s)), scope) for s in parts]
        if any(f is not None and not f.is_Add for f in far):
            rest = [t for t in e.args if coefficient(t)[1] not in (core, u, v)]
            both = [times(c, mul(s, add(ONE, neg(t)))) for c, s, t in ((a, u, v), (b, v, u))]
            return with_term(rest, add(*both))
    return None


__all__ = ["log_of_quotient", "one_less_quotient", "two_shares"]
