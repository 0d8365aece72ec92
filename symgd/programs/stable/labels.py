"""Labels that are 0 or 1: σ(u) - y is (1 - 2y)σ((1 - 2y)u)."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1PEXP, SIGMOID
from symgd.programs.stable.scope import (
    Scope,
    coefficient,
    factors,
    form,
    is_opposite,
    pairs,
    split,
    times,
    with_term,
)
from symgd.programs.stable.sums import one_and, scaled_by
from symgd.trees.scalars import ONE, Expr, add, application, expanded, mul, neg, piecewise, power


def sigmoid_minus_label(e: Any, scope: Scope) -> Expr | None:
    """σ(u) - y = (1 - 2y)σ((1 - 2y)u) for y = 0 and y = 1."""
    if not e.is_Add:
        return None
    for a, b, rest in pairs(e.args, second=lambda t: coefficient(t)[1] in scope.binary):
        (k, s), (m, y) = scope.split_scale(a), coefficient(b)
        u = scope.argument(s, SIGMOID)
        if u is not None and y in scope.binary and k == -m:
            side = sign_of(y)
            return with_term(rest, times(k, side, application(SIGMOID, mul(side, u))))
    return None


def value_minus_label(e: Any, scope: Scope) -> Expr | None:
    """v - y = -(1 - v) for y = 1 and v for y = 0, where 1 - v has a form that does not cancel."""
    if not e.is_Add:
        return None
    for a, b, rest in pairs(e.args, second=lambda t: coefficient(t)[1] in scope.binary):
        (k, core), (m, y) = coefficient(a), coefficient(b)
        if core == 1:
            continue
        v = times(-k / m, core)
        far = one_and(add(ONE, neg(v)), scope)
        if far is not None and not far.is_Add:
            is_one = sp.Equality(y, ONE, evaluate=False)
            return with_term(rest, scaled_by(-m, piecewise((neg(far), is_one), (v, sp.true))))
    return None


def either_label(e: Any, scope: Scope) -> Expr | None:
    """yf(-u) + (1 - y)f(u) = f((1 - 2y)u), f = log(1 + e^u)."""
    if not e.is_Add:
        return None
    if not scope.binary & e.free_symbols:
        return None
    for a, b, rest in pairs(e.args):
        (k, left), (m, right) = coefficient(a), coefficient(b)
        for y in scope.binary:
            other = add(ONE, neg(y))
            u, v = argument_of_softplus(left, y, scope), argument_of_softplus(right, other, scope)
            if k == m and u is not None and v is not None and is_opposite(u, v):
                return with_term(rest, times(k, application(LOG1PEXP, mul(sign_of(y), v))))
    return None


def argument_of_softplus(core: Any, weight: Any, scope: Scope) -> Any:
    """The u of weight·log(1 + e^u)."""
    parts = list(factors(core))
    if len(parts) != 2 or weight not in parts:
        return None
    parts.remove(weight)
    return scope.argument(parts[0], LOG1PEXP)


def softplus_minus_label(e: Any, scope: Scope) -> Expr | None:
    """log(1 + e^u) - yu = log(1 + e^((1 - 2y)u)) for y = 0 and y = 1."""
    if not e.is_Add:
        return None
    if not scope.binary & e.free_symbols:
        return None
    for a, b, rest in pairs(e.args):
        (k, soft), (m, product) = scope.split_scale(a), coefficient(b)
        u = scope.argument(soft, LOG1PEXP)
        if u is None or k != -m or not product.is_Mul:
            continue
        for y in scope.binary:
            if form(product) == form(mul(y, u)):
                return with_term(rest, times(k, application(LOG1PEXP, mul(sign_of(y), u))))
    return None


def square_of_label(e: Any, scope: Scope) -> Expr | None:
    """v² - 2vy + y = (v - y)² for y = 0 and y = 1."""
    if not e.is_Add or len(e.args) != 3:
        return None
    for y in scope.binary:
        if y not in e.free_symbols:
            continue
        for t in e.args:
            base, n = split(t)
            if n == 2 and expanded(e - (base**2 - 2 * base * y + y)) == 0:
                return power(add(base, neg(y)), sp.Integer(2))
    return None


def share_left(e: Any, scope: Scope) -> Expr | None:
    """v - vy = v(1 - y), y a leaf: of what is given 1 - y is exact where it is small."""
    if not e.is_Add:
        return None

    def has_leaf(term: Any) -> bool:
        return any(f.is_Symbol and f not in scope.known for f in factors(coefficient(term)[1]))

    for a, b, rest in pairs(e.args, second=has_leaf):
        (k, core), (m, product) = coefficient(a), coefficient(b)
        if core == 1 or k != -m or not product.is_Mul:
            continue
        for y in factors(product):
            if y.is_Symbol and y not in scope.known and form(product) == form(mul(core, y)):
                return with_term(rest, times(k, core, add(ONE, neg(y))))
    return None


def sign_of(y: Any) -> Expr:
    """1 - 2y: 1 for y = 0, -1 for y = 1."""
    return add(ONE, neg(mul(sp.Integer(2), y)))
