"""Roots, sines and cosines that cancel: u + √(u² + b), sin u - u cos u."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sympy as sp

from symgd.functions.primitives import J1
from symgd.programs.stable.scope import Scope, coefficient, factors, pairs, split, times
from symgd.trees.scalars import (
    HALF,
    ONE,
    Expr,
    add,
    application,
    mul,
    piecewise,
    power,
    quotient,
    settle,
)


def sine_minus(e: Any, scope: Scope) -> Expr | None:
    """(sin u - u cos u)/uⁿ = j₁(u)/uⁿ⁻², with uⁿ as a product too, as of u = kzᵐ;
    2(sin u - u cos u)/u³ - sin u/u likewise.
    """
    if not e.is_Mul:
        return None
    parts = list(factors(e))
    for i, total in enumerate(parts):
        found = spherical(total, scope) if total.is_Add else None
        if found is None:
            continue
        c, u, beside, left = found
        others = parts[:i] + parts[i + 1 :]
        squared = times_square(u, others + beside)
        if squared is not None:
            scale, rest = squared
            whole = times(c * scale, application(J1, u), *rest)
            return add(whole, *(times(ONE, t, *others) for t in left)) if left else whole
    return None


def sine_minus_alone(e: Any, scope: Scope) -> Expr | None:
    """sin u - u cos u = u(u·j₁(u)), where no u² is beside it, as in the slope of u/sin u."""
    found = spherical(e, scope) if e.is_Add else None
    if found is None:
        return None
    c, u, beside, left = found
    whole = times(c, u, mul(u, application(J1, u)), *beside)
    return add(whole, *left) if left else whole


def spherical(total: Any, scope: Scope) -> tuple[Any, Any, list[Any], list[Any]] | None:
    """c, u, the factors r and what is left of cr(sin u - u cos u) + ..., where a sum holds them."""

    def sine_of(term: Any) -> Any:
        found = (scope.argument(f, sp.sin) for f in factors(term))
        return next((u for u in found if u is not None), None)

    for sine, cosine, left in pairs(total.args, first=lambda t: sine_of(t) is not None):
        c, core = coefficient(sine)
        u = sine_of(core)
        beside = [f for f in factors(core) if scope.argument(f, sp.sin) != u]
        k, inner = coefficient(u)
        weight, product = coefficient(cosine)
        around = list(factors(product))
        turned = [f for f in around if scope.argument(f, sp.cos) == u]
        if not turned or weight != -c * k or len(beside) + 1 != len(factors(core)):
            continue
        around.remove(turned[0])
        wanted = [*factors(inner), *beside]
        if Counter(wanted) == Counter(around) or settle(times(ONE, *wanted)) == settle(
            times(ONE, *around)
        ):
            return c, u, beside, list(left)
    return None


def is_product(whole: Any, parts: Sequence[Any]) -> bool:
    """Whether these are its factors, in whatever order."""
    return Counter(factors(whole)) == Counter(parts)


def times_square(u: Any, others: list[Any]) -> tuple[Any, list[Any]] | None:
    """A number and factors whose product is u² times that of the others.

    None where u² stands beside divisors that it was not taken out of: it may underflow alone.
    """
    k, core = coefficient(u)
    rest = list(others)
    is_one = any(is_product(as_power(f)[0], factors(core)) for f in rest)
    beside = False
    for base, m in [(core, ONE)] if is_one else map(as_power, factors(core)):
        square = settle(mul(sp.Integer(2), m))
        powers = [(j, *as_power(f)) for j, f in enumerate(rest)]
        lefts = [(settle(add(n, square)), j) for j, b, n in powers if is_product(b, factors(base))]
        numbers = [(left, j) for left, j in lefts if left.is_Number]
        if numbers:
            left, j = min(numbers, key=lambda pair: abs(pair[0]))
            rest[j] = ONE if left == 0 else power(base, left)
        else:
            rest.append(power(base, square))
            beside = True
    if beside and any(as_power(f)[1].could_extract_minus_sign() for f in rest):
        return None
    return k**2, rest


def as_power(e: Any) -> tuple[Any, Any]:
    """bⁿ → (b, n), e^v among them."""
    return (sp.E, e.args[0]) if isinstance(e, sp.exp) else split(e)


def plus_root(e: Any, scope: Scope) -> Expr | None:
    """u + √(u² + b) = b/(√(u² + b) - u) where u < 0."""
    if not e.is_Add or len(e.args) != 2:
        return None
    for u, root, rest in pairs(e.args):
        b = under_root(u, root, scope)
        if b is None or rest:
            continue
        whole = add(root, sp.Abs(u, evaluate=False))
        return piecewise((whole, above_zero(u)), (quotient(b, whole), sp.true))
    return None


def one_plus_cosine_of_root(e: Any, scope: Scope) -> Expr | None:
    """1 ± u/√(u² + b) = b/(√(u² + b)(√(u² + b) ∓ u)) where ±u < 0."""
    if not e.is_Add or len(e.args) != 2:
        return None
    for one, term, _ in pairs(e.args):
        c, (k, ratio) = one, coefficient(term)
        if not c.is_Number or abs(k) != abs(c) or not ratio.is_Mul or len(ratio.args) != 2:
            continue
        for u, inverse, _ in pairs(ratio.args):
            if not (inverse.is_Pow and inverse.exp in (-1, -HALF)):
                continue
            root = inverse.base if inverse.exp == -1 else power(inverse.base, HALF)
            b = under_root(u, root, scope)
            if b is None:
                continue
            size = sp.Abs(u, evaluate=False)
            whole = add(ONE, mul(size, inverse))
            other = mul(quotient(b, root), power(add(root, size), sp.Integer(-1)))
            side = above_zero(u) if k == c else below_zero(u)
            return times(c, piecewise((whole, side), (other, sp.true)))
    return None


def below_zero(u: Any) -> Any:
    return sp.StrictLessThan(u, 0, evaluate=False)


def above_zero(u: Any) -> Any:
    return sp.StrictGreaterThan(u, 0, evaluate=False)


def under_root(u: Any, root: Any, scope: Scope) -> Any:
    """The b of √(u² + b)."""
    base, n = split(scope.see(root))
    if n != HALF or not base.is_Add or len(base.args) != 2:
        return None
    for square, b, _ in pairs(base.args):
        if square == power(u, sp.Integer(2)):
            return b
    return None
