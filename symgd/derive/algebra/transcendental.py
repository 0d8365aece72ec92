"""Identities of exponentials, circular and hyperbolic functions, and the normal density."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import split_coefficient, tidy
from symgd.derive.algebra.context import Context, parts, without
from symgd.trees.scalars import MINUS_ONE, ONE, Expr, add, applied, exp, function, mul, neg, power

TWO = sp.Integer(2)


def combine_exponentials(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    exponentials = [f for f in node.args if isinstance(f, sp.exp)]
    if len(exponentials) < 2:
        return None
    joined = exp(tidy(add(*(f.args[0] for f in exponentials))))
    return mul(*without(parts(node), *exponentials), joined)


def double_angle(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul or split_coefficient(node)[0] % 2 != 0:
        return None
    for s in (f for f in node.args if isinstance(f, sp.sin)):
        c = function(sp.cos, s.args[0])
        if c in node.args:
            twice = function(sp.sin, tidy(mul(TWO, s.args[0])))
            rest = without(parts(node), s, c)
            return tidy(mul(sp.Rational(1, 2), *rest, twice))
    return None


_RATIOS = ((sp.sinh, sp.cosh, sp.tanh), (sp.sin, sp.cos, sp.tan))


def ratio(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    for above, below, name in _RATIOS:
        for f in (f for f in node.args if isinstance(f, above)):
            under = power(function(below, f.args[0]), MINUS_ONE)
            if under in node.args:
                return mul(*without(parts(node), f, under), function(name, f.args[0]))
    return None


def pythagoras(node: Expr, context: Context) -> Expr | None:
    """1 + sinh² = cosh², 1 - sin² = cos², 1 - cos² = sin², sin² + cos² = 1, and so on."""
    if not node.is_Add or len(node.args) != 2:
        return None
    for a, b in (node.args, node.args[::-1]):
        sign, (square,) = (split_coefficient(b)[0], split_coefficient(b)[1][:1] or (b,))
        if not (square.is_Pow and square.exp == 2 and b in (square, neg(square))):
            continue
        key = (a if a.is_Number else "other", int(sign), type(square.base))
        if key in _SQUARES:
            return power(function(_SQUARES[key], *square.base.args), TWO)
        if (
            sign == 1
            and isinstance(square.base, sp.sin)
            and a == power(function(sp.cos, *square.base.args), TWO)
        ):
            return ONE
    return None


# (the other term, the sign of the square, its function) → what the sum is the square of
_SQUARES: dict[Any, Any] = {
    (ONE, 1, sp.sinh): sp.cosh,
    (ONE, -1, sp.sin): sp.cos,
    (ONE, -1, sp.cos): sp.sin,
    (MINUS_ONE, 1, sp.cosh): sp.sinh,
}


def normal_density(node: Expr, context: Context) -> Expr | None:
    """e^(-u²/2)/√(2π) = φ(u)."""
    if not node.is_Mul:
        return None
    for e in (f for f in node.args if isinstance(f, sp.exp)):
        u = _half_square(e.args[0])
        for below in _ROOTS_OF_TWO_PI:
            if u is not None and all(b in node.args for b in below):
                return mul(*without(parts(node), e, *below), applied("phi", u))
    return None


def _half_square(v: Expr) -> Expr | None:
    """-u²/2 → u."""
    coefficient, factors = split_coefficient(v)
    if (
        coefficient == -sp.S.Half
        and len(factors) == 1
        and factors[0].is_Pow
        and factors[0].exp == 2
    ):
        return factors[0].base
    return None


_ROOTS_OF_TWO_PI = (
    (power(mul(TWO, sp.pi), -sp.S.Half),),
    (power(sp.pi, -sp.S.Half), power(TWO, -sp.S.Half)),
)
