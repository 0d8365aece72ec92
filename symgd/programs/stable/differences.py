"""Two functions that cancel: u - tanh u, u - log(1 + u), y log(y/v) - (y - v)."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symgd.functions.primitives import LOG1P, LOG1PEXP, SIGMOID, XMLOG1P, XMTANH
from symgd.programs.stable.scope import Scope
from symgd.programs.stable.sums import opened_sum
from symgd.programs.stable.terms import (
    coefficient,
    factors,
    form,
    minus,
    pairs,
    split,
    times,
    with_term,
)
from symgd.trees.scalars import (
    HALF,
    ONE,
    Expr,
    add,
    applied,
    exp,
    log,
    mul,
    neg,
    piecewise,
    power,
    quotient,
)


def minus_log1p(e: Any, scope: Scope) -> Expr | None:
    """v - log(1 + v) = xmlog1p(v)."""
    return _minus(e, scope, LOG1P, XMLOG1P)


def minus_tanh(e: Any, scope: Scope) -> Expr | None:
    """u - tanh u = xmtanh(u)."""
    return _minus(e, scope, sp.tanh, XMTANH)


def _minus(e: Any, scope: Scope, head: Any, primitive: str) -> Expr | None:
    if not e.is_Add:
        return None

    def has_head(term: Any) -> bool:
        return scope.argument(scope.scaled(term)[1], head) is not None

    for a, b, rest in pairs(e.args, second=has_head):
        k, core = scope.scaled(b)
        u = scope.argument(core, head)
        if u is not None and form(a) == form(times(-k, u)):
            return with_term(rest, times(-k, applied(primitive, u)))
    return None


def relative_logarithm(e: Any, scope: Scope) -> Expr | None:
    """y log(y/v) - (y - v) = y·xmlog1p((v - y)/y);  (y - v)/v - log(y/v) = xmlog1p((y - v)/v).

    Where v is less than half of y, (v - y)/y has lost v, and the logarithm cancels nothing.
    """
    if not e.is_Add or len(e.args) < 2:
        return None
    for i, term in enumerate(e.args):
        k, core = coefficient(term)
        logs = [f for f in factors(core) if isinstance(f, sp.log)]
        if len(logs) != 1:
            continue
        top, bottom = fraction(logs[0].args[0])
        outer = mul(*(f for f in factors(core) if f != logs[0])) or ONE
        rest = sp.expand(sp.Add(*(t for j, t in enumerate(e.args) if j != i)).doit())
        if bottom == 1:
            continue
        one = sp.expand(rest - k * (bottom - top) * outer / top) == 0
        other = sp.expand(rest + k * outer * (top - bottom) / bottom) == 0
        if not (one or other) or logs[0] in scope.final:
            continue
        if one:
            # The first is the second with p and q exchanged.
            k, top, bottom = -k, bottom, top
        d = quotient(add(top, neg(bottom)), bottom)
        plain = log(quotient(top, bottom))
        scope.final.add(plain)
        near = sp.StrictGreaterThan(d, -HALF, evaluate=False)
        return times(
            -k, outer, piecewise((applied(XMLOG1P, d), near), (add(d, neg(plain)), sp.true))
        )
    return None


def fraction(e: Any) -> tuple[Any, Any]:
    """p/q → (p, q)."""
    above = [f for f in factors(e) if not (f.is_Pow and f.exp == -1)]
    below = [f.base for f in factors(e) if f.is_Pow and f.exp == -1]
    return mul(*above) if above else ONE, mul(*below) if below else ONE


def slope_of_softplus(e: Any, scope: Scope) -> Expr | None:
    """σ(u)/w - σ(-u) = σ(-u)·xmlog1p(e^u)/w where u < 1, w = log(1 + e^u): the bend of log w, times
    a common factor; names may stand for the terms.
    """
    if not e.is_Add or e in scope.final:
        return None
    if not any(is_soft(x, scope) for x in (*e.free_symbols, *e.atoms(AppliedUndef))):
        return None
    parts = [p for t in e.args for p in opened_sum(t, scope)]
    for less, more, rest in pairs(tuple(parts)):
        (k, left), (m, right) = coefficient(less), coefficient(more)
        if k != -m:
            continue
        ratio = exponents(right, scope)
        for base, n in exponents(left, scope).items():
            ratio[base] = ratio.get(base, sp.S.Zero) - n
        found = {base: n for base, n in ratio.items() if n != 0}
        u = next((scope.argument(b, SIGMOID) for b, n in found.items() if n == 1), None)
        if u is None:
            continue
        soft, far = applied(LOG1PEXP, u), applied(SIGMOID, minus(u))
        if found != {applied(SIGMOID, u): 1, soft: -1, far: -1}:
            continue
        near = quotient(mul(far, applied(XMLOG1P, exp(u))), soft)
        plain = add(quotient(applied(SIGMOID, u), soft), neg(far))
        scope.final.add(plain)
        small = sp.StrictLessThan(u, 1, evaluate=False)
        common = product_of(left, {far: sp.S.One}, scope)
        return with_term(rest, times(m, common, piecewise((near, small), (plain, sp.true))))
    return None


def is_soft(name: Any, scope: Scope) -> bool:
    """Whether a name stands for log(1 + e^u), or for something with a name of it."""
    seen = scope.see(name)
    inner = seen.free_symbols if seen is not name else ()
    return any(scope.argument(x, LOG1PEXP) is not None for x in (seen, *inner))


def exponents(term: Any, scope: Scope) -> dict[Any, Any]:
    """base → exponent over the factors of a product, each seen through its name."""
    out: dict[Any, Any] = {}
    for f in factors(term):
        for g in factors(scope.see(f)):
            base, n = split(g)
            base, m = split(scope.see(base))
            out[base] = out.get(base, sp.S.Zero) + n * m
    return out


def product_of(term: Any, less: dict[Any, Any], scope: Scope) -> Expr:
    """The product again, with less of some of its factors."""
    powers = exponents(term, scope)
    for base, n in less.items():
        powers[base] = powers[base] - n
    kept = [power(base, n) for base, n in powers.items() if n != 0]
    return mul(*kept) if kept else ONE


def difference_of_log1p(e: Any, scope: Scope) -> Expr | None:
    """log(1 + a) - log(1 + b) = sign(a - b)·log(1 + |a - b|/(1 + min(a, b)))."""
    if not e.is_Add:
        return None

    def is_log1p(term: Any) -> bool:
        return scope.argument(scope.scaled(term)[1], LOG1P) is not None

    for p, q, rest in pairs(e.args, is_log1p, is_log1p):
        (k, left), (m, right) = scope.scaled(p), scope.scaled(q)
        a, b = scope.argument(left, LOG1P), scope.argument(right, LOG1P)
        if a is None or b is None or k != -m or k.is_negative:
            continue
        gap = add(a, neg(b))
        low = sp.Min(a, b, evaluate=False)
        ratio = quotient(sp.Abs(gap, evaluate=False), add(ONE, low))
        return with_term(rest, times(k, sp.sign(gap, evaluate=False), applied(LOG1P, ratio)))
    return None
