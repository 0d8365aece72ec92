"""Roots, sines and cosines that cancel: u + √(u² + b), sin u - u cos u."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.functions.primitives import J1
from symgd.programs.stable.scope import Scope, coefficient, factors, pairs, split, times
from symgd.trees.scalars import HALF, ONE, Expr, add, application, mul, piecewise, power, quotient


def sine_minus(e: Any, scope: Scope) -> Expr | None:
    """(sin u - u cos u)/uⁿ = j₁(u)/uⁿ⁻²;  2(sin u - u cos u)/u³ - sin u/u likewise."""
    if not e.is_Mul:
        return None
    for i, f in enumerate(e.args):
        u, n = split(f)
        if not (n.is_Integer and n <= -2):
            continue
        for j, g in enumerate(e.args):
            if j == i or not g.is_Add:
                continue
            found = spherical(g, u, scope)
            if found is None:
                continue
            c, left = found
            others = [x for m, x in enumerate(e.args) if m not in (i, j)]
            bessel = (
                mul(application(J1, u), power(u, sp.Integer(n + 2)))
                if n != -2
                else application(J1, u)
            )
            whole = [times(c, bessel)]
            whole += [times(ONE, t, power(u, n)) for t in left]
            return times(ONE, *others, add(*whole))
    return None


def spherical(total: Any, u: Any, scope: Scope) -> tuple[Any, list[Any]] | None:
    """c(sin u - u cos u) and what is left, where a sum holds them."""
    sine, cosine = None, None
    for t in total.args:
        c, core = coefficient(t)
        parts = list(factors(core))
        if len(parts) == 1 and scope.argument(parts[0], sp.sin) == u:
            sine = (c, t)
        if len(parts) == 2 and u in parts:
            parts.remove(u)
            if scope.argument(parts[0], sp.cos) == u:
                cosine = (c, t)
    if sine is None or cosine is None or sine[0] != -cosine[0]:
        return None
    return sine[0], [t for t in total.args if t not in (sine[1], cosine[1])]


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
