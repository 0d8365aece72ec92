"""Factors of polynomials and of fractions of them, as sympy's `factor` finds them.

Second derivatives are sums of many letters that are linear in the derivatives that they quote,
c₁·∂C/∂a + c₂·∂C/∂b + ..., and to look for factors of such a polynomial takes long in vain: one of
two factors would be free of these derivatives, and thus divide every coefficient.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.mul import _keep_coeff
from sympy.polys.rings import PolyElement, ring


def factored(fraction: Any) -> Any:
    """A fraction that is cancelled, its numerator and its denominator factored."""
    coefficient, factors = sp.S.One, []
    for part in sp.Mul.make_args(fraction):
        if part.is_Number:
            coefficient *= part
            continue
        base, exponent = part.as_base_exp()
        if not exponent.is_Integer:
            return sp.factor(fraction)
        found = _factors_of(base) if base.is_Add else (sp.S.One, base)
        if found is None:
            return sp.factor(fraction)
        coefficient *= found[0] ** exponent
        factors.append(found[1] ** exponent)
    return _keep_coeff(coefficient, sp.Mul(*factors))


def _factors_of(total: Any) -> tuple[Any, Any] | None:
    """A number and the rest, whose factors have whole coefficients, the first of each above 0."""
    try:
        polynomial = sp.Poly(total)
    except sp.PolynomialError:
        return None
    if not (polynomial.domain.is_ZZ or polynomial.domain.is_QQ):
        return None
    if not all(g.is_Symbol for g in polynomial.gens):
        return None
    content, polynomial = polynomial.primitive()
    if polynomial.LC() < 0:
        content, polynomial = -content, -polynomial
    shared, rest = polynomial.terms_gcd()
    letters = sp.Mul(*(g**e for g, e in zip(polynomial.gens, shared, strict=True)))
    if is_bound(rest):
        return content, letters * rest.as_expr()
    number, found = rest.factor_list()
    return content * number, letters * sp.Mul(*(f.as_expr() ** k for f, k in found))


def is_bound(polynomial: sp.Poly) -> bool:
    """Whether it is linear in letters whose coefficients have no factor in common, and so cannot be
    a product: of a polynomial that no letter divides."""
    terms = polynomial.as_dict()
    letters = _linear_letters(terms, len(polynomial.gens))
    if not letters:
        return False
    coefficients: dict[int, dict[tuple[int, ...], Any]] = {}
    for powers, number in terms.items():
        own = next((i for i in letters if powers[i]), -1)
        rest = (*powers[:own], 0, *powers[own + 1 :]) if own >= 0 else powers
        coefficients.setdefault(own, {})[rest] = number
    found = sorted(coefficients.values(), key=len)
    if len(found) < 2 or len(found[0]) == 1:
        return len(found) > 1
    over = ring(polynomial.gens, polynomial.domain)[0]
    elements = (over.from_dict(c) for c in found)
    common: PolyElement = next(elements)
    for element in elements:
        common = common.gcd(element)
        if common.is_ground:
            return True
    return False


def _linear_letters(terms: Any, count: int) -> list[int]:
    """Letters of which each term has one at most, and that to the first power."""
    uses = [sum(bool(p[i]) for p in terms) for i in range(count)]
    chosen: list[int] = []
    for i in sorted(range(count), key=uses.__getitem__):
        if all(p[i] == 0 or (p[i] == 1 and not any(p[j] for j in chosen)) for p in terms):
            chosen.append(i)
    return chosen
