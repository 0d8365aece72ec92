"""Logistic forms: e^v/(1 + e^v)² and its like, brought to σ; a function known by its formula."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import is_negative, tidy
from symgd.derive.algebra.context import Context, Route, parts, without
from symgd.trees.scalars import (
    MINUS_ONE,
    ONE,
    Expr,
    add,
    applied,
    exp,
    group,
    mul,
    neg,
    power,
    quotient,
    reciprocal,
)


def _one_plus_exp(u: Any) -> Expr | None:
    """1 + e^v → v."""
    if u.is_Add and len(u.args) == 2:
        for a, b in (u.args, u.args[::-1]):
            if a == 1 and isinstance(b, sp.exp):
                return b.args[0]
    return None


def _logistic_fraction(node: Expr, n: int) -> tuple[list[Expr], Expr, Expr, Expr] | None:
    """c·E/(1+E)ⁿ → (c, v, E, 1+E) with E = e^v."""
    if not node.is_Mul:
        return None
    for f in node.args:
        v = _one_plus_exp(f.base) if f.is_Pow and f.exp == -n else None
        if v is not None and exp(v) in node.args:
            return without(parts(node), f, exp(v)), v, exp(v), f.base
    return None


def _sigma(v: Expr) -> Expr:
    """1/(1 + e^v) = σ(-v)."""
    return applied("sigmoid", tidy(neg(v)))


def logistic_slope(node: Expr, context: Context) -> Route | None:
    found = _logistic_fraction(node, 2)
    if found is None:
        return None
    rest, v, e, below = found
    one_over = reciprocal(below)
    own = context.call() if context.function and context.function.body == one_over else None
    s = own if own is not None else _sigma(v)
    split = group(*rest, one_over, quotient(e, below))
    padded = group(*rest, one_over, mul(add(below, MINUS_ONE), one_over))
    opened = group(*rest, one_over, add(ONE, neg(one_over)))
    return (
        ("split_fraction", split),
        ("add_subtract", padded),
        ("divide_terms", opened),
        ("recognise", mul(*rest, s, add(ONE, neg(s)))),
    )


def logistic_complement(node: Expr, context: Context) -> Route | None:
    found = _logistic_fraction(node, 1)
    if found is None:
        return None
    rest, v, _, below = found
    if is_negative(v) and not neg(v).is_Symbol:
        return flipped(rest, reciprocal(add(exp(tidy(neg(v))), ONE)), v)
    if not is_negative(v):
        return flipped(rest, reciprocal(add(ONE, exp(neg(v)))), v)
    one_over = reciprocal(below)
    return (
        ("add_subtract", group(*rest, mul(add(below, MINUS_ONE), one_over))),
        ("divide_terms", mul(*rest, add(ONE, neg(one_over)))),
        ("recognise", mul(*rest, add(ONE, neg(_sigma(v))))),
    )


def flipped(rest: list[Expr], fraction: Expr, v: Expr) -> Route:
    """c·e^v/(1+e^v) = c·1/(e^-v+1) = c·σ(v)."""
    return (
        ("multiply_exponential", mul(*rest, fraction)),
        ("recognise", mul(*rest, applied("sigmoid", v))),
    )


def recognise(node: Expr, context: Context) -> Expr | None:
    own, g = context.call(), context.function
    if own is not None and g is not None and g.body is not None:
        if node == g.body:
            return own
        power_of_own = _as_power(node, g.body, own)
        if power_of_own is not None:
            return power_of_own
    if node.is_Pow and node.exp.is_Integer and node.exp < 0:
        v = _one_plus_exp(node.base)
        if v is not None and is_negative(v):
            return power(_sigma(v), -node.exp)
    return None


def _as_power(node: Expr, body: Expr, own: Expr) -> Expr | None:
    """c·uⁿ/vⁿ → c·g(z)ⁿ where g(z) is u/v."""
    if not (body.is_Mul and node.is_Mul and len(body.args) == 2):
        return None
    above, below = body.args
    if not below.is_Pow:
        return None
    for f in node.args:
        if f.is_Pow and f.base == above and power(below.base, -f.exp) in node.args:
            rest = without(parts(node), f, power(below.base, -f.exp))
            return mul(*rest, power(own, f.exp))
    return None
