"""Logarithms: log(1 + e^u), log σ(u), log(1 - e^-u), log cosh u."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1, LOG1MEXP, LOG1P, LOG1PEXP, LOGCOSH, SECH2, SIGMOID
from symgd.programs.stable.scope import (
    Scope,
    coefficient,
    double,
    factors,
    is_opposite,
    minus,
    pairs,
    split,
    times,
    with_term,
)
from symgd.programs.stable.sums import one_and
from symgd.trees.scalars import (
    HALF,
    ONE,
    ZERO,
    Expr,
    add,
    application,
    log,
    mul,
    neg,
    piecewise,
)


def of_one_and(e: Any, scope: Scope) -> Expr | None:
    """log(1 + e^u) = log1pexp(u);  log(1 + v) = log1p(v)."""
    inner = inside(e, scope)
    if inner is None or not inner.is_Add or ONE not in inner.args:
        return None
    rest = [t for t in inner.args if t != 1]
    if len(rest) != len(inner.args) - 1:
        return None
    if one_and(inner, scope) is not None:
        return None
    u = scope.argument(rest[0], sp.exp) if len(rest) == 1 else None
    return application(LOG1P, add(*rest)) if u is None else application(LOG1PEXP, u)


def of_sigmoid(e: Any, scope: Scope) -> Expr | None:
    """log σ(u) = -log1pexp(-u)."""
    u = within(e, SIGMOID, scope)
    return None if u is None else neg(application(LOG1PEXP, minus(u)))


def of_exp(e: Any, scope: Scope) -> Expr | None:
    """log e^u = u."""
    return within(e, sp.exp, scope)


def of_exp_times(e: Any, scope: Scope) -> Expr | None:
    """log(e^u·v) = u + log v."""
    inner = inside(e, scope)
    if inner is None or not inner.is_Mul:
        return None
    for f in factors(inner):
        base, n = split(f)
        u = scope.argument(base, sp.exp)
        if u is not None and n.is_Number:
            rest = list(factors(inner))
            rest.remove(f)
            return add(times(n, u), log(times(ONE, *rest)))
    return None


def of_cosh(e: Any, scope: Scope) -> Expr | None:
    """log cosh u = logcosh(u);  log sech² u = -2 logcosh(u)."""
    u = within(e, sp.cosh, scope)
    if u is not None:
        return application(LOGCOSH, u)
    u = within(e, SECH2, scope)
    return None if u is None else mul(sp.Integer(-2), application(LOGCOSH, u))


def of_minus_expm1(e: Any, scope: Scope) -> Expr | None:
    """log(1 - e^-u) = log1mexp(u)."""
    inner = inside(e, scope)
    if inner is None:
        return None
    c, core = coefficient(inner)
    u = scope.argument(core, EXPM1)
    return application(LOG1MEXP, minus(u)) if u is not None and c == -1 else None


def of_root(e: Any, scope: Scope) -> Expr | None:
    """log √v = (log v)/2;  log(1/v) = -log v."""
    inner = inside(e, scope)
    if inner is None or not inner.is_Pow or inner.base is sp.E:
        return None
    if inner.exp in (HALF, -HALF, sp.Integer(-1)):
        return times(inner.exp, log(inner.base))
    return None


def of_near_one(e: Any, scope: Scope) -> Expr | None:
    """log(erfc(u)/2) = log1p(-erfc(-u)/2) where u < 0;  log erfc u = log1p(-erf u) where |u| < 1/2;
    log erf u = log1p(-erfc u), log tanh u = log1p(-2σ(-2u)) where u > 1/2: a number near 1 says
    nothing of how near it is."""
    inner = inside(e, scope)
    if inner is None or e in scope.final:
        return None
    c, core = coefficient(inner)
    u = scope.argument(core, sp.erfc)
    if u is None and c in (1, -1):
        for head, rest_of in COMPLEMENTS.items():
            u = scope.argument(core, head)
            if u is not None and not u.is_Number:
                u = u if c == 1 else minus(u)
                near = sp.StrictGreaterThan(u, HALF, evaluate=False)
                return beside_one(e, rest_of(u), near, scope)
    if u is None or u.is_Number:
        return None
    if c == 1:
        size = sp.Abs(u, evaluate=False)
        near = sp.StrictLessThan(size, HALF, evaluate=False)
        return beside_one(e, sp.erf(u, evaluate=False), near, scope)
    if c == HALF:
        rest = times(HALF, sp.erfc(minus(u), evaluate=False))
        return beside_one(e, rest, is_below_zero(u), scope)
    return None


# head → 1 - head(u), of odd functions
COMPLEMENTS: Mapping[Any, Callable[[Any], Expr]] = {
    sp.erf: lambda u: sp.erfc(u, evaluate=False),
    sp.tanh: lambda u: times(sp.Integer(2), application(SIGMOID, minus(double(u)))),
}


def beside_one(e: Expr, rest: Expr, near: Any, scope: Scope) -> Expr:
    """{log1p(-rest) where near; log v elsewhere}, v = 1 - rest."""
    scope.final.add(e)
    return piecewise((application(LOG1P, neg(rest)), near), (e, sp.true))


def is_below_zero(u: Any) -> Any:
    """u < 0, asked of what numbers in u are beside: of -z/√2 it is z > 0."""
    numbers = [f for f in factors(u) if not f.free_symbols]
    turned = sum(bool(f.is_negative) for f in numbers) % 2
    core = times(ONE, *(f for f in factors(u) if f.free_symbols))
    side = sp.StrictGreaterThan if turned else sp.StrictLessThan
    return side(core, ZERO, evaluate=False)


def of_multiple(e: Any, scope: Scope) -> Expr | None:
    """log(c·f(u)) = log c + log f(u), where log f(u) has a name of its own."""
    inner = inside(e, scope)
    if inner is None:
        return None
    c, core = coefficient(inner)
    base, n = split(scope.see(core))
    named = (SIGMOID, SECH2, sp.exp, sp.cosh)
    if c == 1 or not c.is_positive or n != 1:
        return None
    if all(scope.argument(base, head) is None for head in named):
        return None
    return add(log(c), log(core))


def cosh_by_exponentials(e: Any, scope: Scope) -> Expr | None:
    """e^u + e^-u = 2 cosh u;  e^u - e^-u = 2 sinh u."""
    if not e.is_Add:
        return None

    def is_exponential(term: Any) -> bool:
        return scope.argument(coefficient(term)[1], sp.exp) is not None

    for p, q, rest in pairs(e.args, is_exponential, is_exponential):
        (k, left), (m, right) = coefficient(p), coefficient(q)
        u, v = scope.argument(left, sp.exp), scope.argument(right, sp.exp)
        if u is None or v is None or abs(k) != abs(m) or not is_opposite(u, v):
            continue
        if k == m:
            return with_term(rest, times(2 * k, sp.cosh(u, evaluate=False)))
        if k.is_positive:
            return with_term(rest, times(2 * k, sp.sinh(u, evaluate=False)))
    return None


def inside(e: Any, scope: Scope) -> Any:
    """The v of log v, seen through its name."""
    return scope.see(e.args[0]) if isinstance(e, sp.log) else None


def within(e: Any, head: Any, scope: Scope) -> Any:
    """The u of log head(u)."""
    return scope.argument(e.args[0], head) if isinstance(e, sp.log) else None
