"""Products, powers and quotients: 1/(1 + e^-u), e^u·σ(-u), (e^u)^a."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy as sp

from symgd.functions import special
from symgd.functions.primitives import EXPM1, J1, LOG1P, LOG1PEXP, SECH2, SIGMOID
from symgd.programs.lowering import joined
from symgd.programs.stable.scope import (
    Scope,
    coefficient,
    factors,
    half,
    is_opposite,
    minus,
    pairs,
    split,
    times,
    with_term,
    without,
)
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    application,
    exp,
    expanded,
    log,
    neg,
    piecewise,
    power,
    quotient,
    reciprocal,
    settle,
    walk,
)


def inverse_of_one_plus_exp(e: Any, scope: Scope) -> Expr | None:
    """(1 + e^u)^-n = σ(-u)ⁿ."""
    if not (e.is_Pow and e.exp.is_Number and e.exp.is_negative):
        return None
    u = one_plus_exp(scope.see(e.base), scope)
    return None if u is None else power(application(SIGMOID, minus(u)), -e.exp)


def one_plus_exp(e: Any, scope: Scope) -> Any:
    """The u of 1 + e^u."""
    if not e.is_Add or len(e.args) != 2 or ONE not in e.args:
        return None
    (other,) = (t for t in e.args if t != 1) if e.args[0] != e.args[1] else (ONE,)
    return scope.argument(other, sp.exp)


def exp_times_sigmoid(e: Any, scope: Scope) -> Expr | None:
    """e^u·σ(-u)ⁿ = σ(u)σ(-u)ⁿ⁻¹."""
    if not e.is_Mul:
        return None
    for a, b, rest in pairs(e.args):
        u = scope.argument(a, sp.exp)
        base, n = split(b)
        v = scope.argument(base, SIGMOID)
        if u is not None and v is not None and is_opposite(u, v) and n.is_Integer and n >= 1:
            return times(
                ONE, application(SIGMOID, minus(v)), power(base, n - 1) if n > 1 else ONE, *rest
            )
    return None


def sum_times_sigmoid(e: Any, scope: Scope) -> Expr | None:
    """(1 + e^u + ae^u + b)·σ(-u)ⁿ = (1 + aσ(u) + bσ(-u))·σ(-u)ⁿ⁻¹: e^u need not be a double."""
    if not e.is_Mul:
        return None
    for a, b, rest in pairs(e.args):
        base, n = split(b)
        v = scope.argument(base, SIGMOID)
        if v is None or not (n.is_Integer and n >= 1):
            continue
        for total, beside in sums_in(a, scope):
            falling = {
                t: f
                for t in total.args
                for f in factors(t)
                if (u := scope.argument(f, sp.exp)) is not None and is_opposite(u, v)
            }
            if not falling:
                continue
            alone = next((t for t, f in falling.items() if t == f and ONE in total.args), None)
            # (1 + e^u)·σ(-u) is 1
            terms, others = [], [*total.args]
            if alone is not None:
                terms.append(ONE)
                others.remove(ONE)
                others.remove(alone)
            for t in others:
                if t in falling:
                    terms.append(times(ONE, without(t, falling[t]), application(SIGMOID, minus(v))))
                else:
                    terms.append(times(ONE, t, base))
            left = [power(base, n - 1)] if n > 1 else []
            return times(ONE, *rest, *beside, *left, add(*terms) if len(terms) > 1 else terms[0])
    return None


def expm1_times_sigmoid(e: Any, scope: Scope) -> Expr | None:
    """(e^u - 1)σ(-u) = tanh(u/2)."""
    if not e.is_Mul:
        return None
    for a, b, rest in pairs(e.args):
        u, v = scope.argument(a, EXPM1), scope.argument(b, SIGMOID)
        if u is not None and v is not None and is_opposite(u, v):
            return times(ONE, sp.tanh(half(u), evaluate=False), *rest)
    return None


def tanh_by_exponentials(e: Any, scope: Scope) -> Expr | None:
    """(e^u - e^v)/(e^u + e^v) = tanh((u - v)/2), one of them perhaps 1; upside down 1/tanh."""
    if not e.is_Mul:
        return None
    for top, bottom, rest in pairs(factors(e), lambda f: f.is_Add and len(f.args) == 2):
        base, n = split(bottom)
        if n != -1 or not (base.is_Add and len(base.args) == 2):
            continue
        u, v = argument_of_tanh(top, base, scope), argument_of_tanh(base, top, scope)
        if u is not None:
            return times(ONE, sp.tanh(u, evaluate=False), *rest)
        if v is not None:
            return times(ONE, reciprocal(sp.tanh(v, evaluate=False)), *rest)
    return None


def argument_of_tanh(gap: Any, whole: Any, scope: Scope) -> Any:
    """The u of tanh u, of a difference of two exponentials over their sum."""
    a, b = whole.args
    u, v = (ZERO if t == 1 else scope.argument(t, sp.exp) for t in (a, b))
    if u is None or v is None or a == b:
        return None
    if {*gap.args} == {a, neg(b)}:
        return half_gap(u, v)
    return half_gap(v, u) if {*gap.args} == {b, neg(a)} else None


def half_gap(u: Any, v: Any) -> Expr:
    """(u - v)/2."""
    if is_opposite(u, v):
        return u
    return half(minus(v)) if u == 0 else half(u if v == 0 else add(u, neg(v)))


def power_of_exp(e: Any, scope: Scope) -> Expr | None:
    """(e^u)^a = e^(au)."""
    if not e.is_Pow or e.base is sp.E:
        return None
    u = scope.argument(e.base, sp.exp)
    if u is None or (e.exp == -1 and e.base.is_Symbol):
        # 1/v divides by what is there already; e^-u would be a second exponential.
        return None
    return exp(neg(u) if e.exp == -1 else times(*coefficient_first(e.exp, u)))


def exponentials(e: Any, scope: Scope) -> Expr | None:
    """e^(au)·e^(bu) = e^((a + b)u), also where a name stands for one of them in a product."""
    if not e.is_Mul:
        return None
    parts = [f for factor in factors(e) for f in open_product(factor, scope)]
    exponents = [u for f in parts if (u := scope.argument(f, sp.exp)) is not None]
    if len(exponents) < 2:
        return None
    rest = [f for f in parts if scope.argument(f, sp.exp) is None]
    shared = [
        x for x in factors(exponents[0]) if x.is_Symbol and all(x in factors(u) for u in exponents)
    ]
    if not shared:
        return None
    weights = [without(u, shared[0]) for u in exponents]
    terms = [t for w in weights for t in (w.args if w.is_Add else (w,))]
    numbers = sum((t for t in terms if t.is_Number), start=sp.S.Zero)
    weight = with_term([t for t in terms if not t.is_Number], numbers)
    return times(ONE, *rest, exp(times(ONE, weight, shared[0])) if weight != 0 else ONE)


def open_product(f: Any, scope: Scope) -> tuple[Any, ...]:
    """The factors of what a name stands for, if an exponential is among them."""
    seen = factors(scope.see(f))
    return seen if any(scope.argument(s, sp.exp) is not None for s in seen) else (f,)


def over_a_sum(e: Any, scope: Scope) -> Expr | None:
    """v(a + b/v) = av + b;  e^u(e^v + a) = e^(u + v) + ae^u.

    Also where a name stands for the sum.
    """
    if not e.is_Mul:
        return None
    for v, other, rest in pairs(factors(e)):
        if v.is_Number or (v.is_Pow and v.exp.is_Number and v.exp.is_negative):
            # (a - b)/b is what it is: a - b is exact where they are close.
            continue
        inverse, u = reciprocal(v), scope.argument(v, sp.exp)
        for total, beside in sums_in(other, scope):
            if any(inverse in factors(t) for t in total.args):
                terms = [
                    without(t, inverse) if inverse in factors(t) else times(ONE, t, v)
                    for t in total.args
                ]
            elif u is not None and any(falls_with(t, u, scope) for t in total.args):
                terms = [times(ONE, v, t) for t in total.args]
            else:
                continue
            opened = times(ONE, *rest, *beside, add(*terms))
            if u is not None or scope.is_above(v, 0) or e in scope.final:
                return None if e in scope.final else opened
            # At v = 0 there is no b/v, and so no value, though there is one of av + b.
            scope.final.add(e)
            at = sp.Eq(v, ZERO, evaluate=False)
            return piecewise((e, at), (opened, sp.true))
    return None


def sums_in(e: Any, scope: Scope) -> Iterator[tuple[Any, list[Any]]]:
    """Each sum among the factors of what a name stands for, and the factors beside it."""
    parts = list(factors(scope.see(e)))
    for i, f in enumerate(parts):
        if f.is_Add:
            yield f, parts[:i] + parts[i + 1 :]


def falls_with(term: Any, u: Any, scope: Scope) -> bool:
    """Whether e^v is a factor of the term, with a v that falls where u grows."""
    weight, core = coefficient(u)
    names = {x for x in factors(core) if x.is_Symbol}
    exponents = (scope.argument(f, sp.exp) for f in factors(term))
    return any(
        v is not None and names & set(factors(v)) and (coefficient(v)[0] * weight).is_negative
        for v in exponents
    )


def power_of_sigmoid(e: Any, scope: Scope) -> Expr | None:
    """σ(u)^a = e^(-a log1pexp(-u)), for an a that is no whole number: 1 - 10⁻¹⁷ counts, if a is
    10²⁰."""
    if not e.is_Pow or e.exp.is_Integer:
        return None
    u = scope.argument(e.base, SIGMOID)
    if u is None:
        return None
    return exp(neg(times(*coefficient_first(e.exp, application(LOG1PEXP, minus(u))))))


def power_less_one(e: Any, scope: Scope) -> Expr | None:
    """v^(a - 1) = v^a/v: the rounding of a - 1 costs log v units. At v = 0 it is what it says."""
    if not (e.is_Pow and e.exp.is_Add and -ONE in e.exp.args) or e in scope.final:
        return None
    divided = quotient(power(e.base, add(*(t for t in e.exp.args if t != -1))), e.base)
    if scope.is_above(e.base, 0):
        return divided
    scope.final.add(e)
    return piecewise((e, sp.Eq(e.base, ZERO, evaluate=False)), (divided, sp.true))


def power_at_zero(e: Any, scope: Scope) -> Expr | None:
    """a·v^(a - n) = 0 where a = 0, and v^a·p(log v) = 0 where v = 0 < a: their limits there; and
    u·(uv)^(a - 1) = 0 where u = 0 < a."""
    if not e.is_Mul or e in scope.final:
        return None
    parts = factors(e)
    own: list[Any] = []
    zeros: list[Any] = []
    for f in parts:
        seen = scope.see(f)
        base, n = seen.args if seen.is_Pow and seen.base is not sp.E else (f, ONE)
        if (base.is_Number and (base != 0 or n.is_Number)) or (n.is_Number and not n.is_positive):
            continue  # 0·log(0), of the number 0, is no limit
        if scope.is_above(base, 0):
            continue
        exponents = [] if n.is_Number else [g for g in parts if is_exponent(g, n)]
        logs = [g for g in parts if any(is_polynomial(g, u) for u in logs_of(base, g, scope))]
        flat = [] if n.is_Number else [*flattened(base, n, parts, scope)]
        if exponents or logs or flat:
            own += (f, *exponents, *logs)
        for u, total in flat:
            own += (g for g in parts if split(g)[0] == u)
            above = sp.StrictGreaterThan(total, ZERO, evaluate=False)
            zeros.append(sp.And(sp.Eq(u, ZERO, evaluate=False), above, evaluate=False))
        zeros += (sp.Eq(g, ZERO, evaluate=False) for g in exponents)
        if logs:
            where = [] if base == 0 else [sp.Eq(base, ZERO, evaluate=False)]
            where += [] if n.is_Number else [sp.StrictGreaterThan(n, ZERO, evaluate=False)]
            where += (sp.Ne(v, ZERO, evaluate=False) for v in divisors_of(base, logs, scope))
            zeros.append(joined(sp.And, where))
    if not zeros:
        return None
    # Factors beside the cases are brought in by another row: numbers go along, and what is made of
    # the others is known then.
    own += (g for g in parts if g.is_Number)
    whole = times(ONE, *(g for g in parts if g in own))
    limit = piecewise(*((ZERO, c) for c in dict.fromkeys(zeros)), (whole, sp.true))
    scope.guarded.add(limit)
    return times(ONE, *(g for g in parts if g not in own), limit)


def divisors_of(base: Any, logs: list[Any], scope: Scope) -> list[Any]:
    """What may be 0 of the divisors beside a base within logarithms: v log(v/u) has no value where
    both are 0."""
    inside = (
        g for f in logs for n in logs_of(base, f, scope) for g in factors(scope.see(n.args[0]))
    )
    below = (v for v, k in map(split, inside) if k.is_Rational and k.is_negative and v != base)
    return [v for v in dict.fromkeys(below) if not scope.is_above(v, 0)]


def logs_of(base: Any, e: Any, scope: Scope) -> list[Any]:
    """The logarithms in an expression that are infinite where the base is 0: log u, log(u/v)."""
    if base.is_Number:
        return [log(base)]
    found = [n for n in walk(e) if isinstance(n, sp.log)]
    inside = (map(split, factors(scope.see(n.args[0]))) for n in found)
    return [n for n, of in zip(found, inside, strict=True)
            if n.args[0] == base or any(u == base and k.is_Rational for u, k in of)]  # fmt: skip


def is_polynomial(e: Any, u: Any) -> bool:
    """Whether u stands in sums, products and whole powers alone, and at least once."""
    if e == u:
        return True
    if e.is_Pow and not (e.exp.is_Integer and e.exp > 0):
        return False
    inner = [a for a in e.args if a.has(u)]
    return (
        (e.is_Add or e.is_Mul or e.is_Pow)
        and bool(inner)
        and all(is_polynomial(a, u) for a in inner)
    )


def is_exponent(a: Any, n: Any) -> bool:
    """Whether n is a, or -a, less a whole number above 0."""
    if a.is_Number:
        return False
    less = (expanded(sign * settle(a) - settle(n)) for sign in (1, -1))
    return any(d.is_Integer and d > 0 for d in less)


def coefficient_first(a: Any, u: Any) -> tuple[Any, ...]:
    c, core = coefficient(u)
    return (sp.Mul(a, c), core) if a.is_Number else (c, a, core)


def secant_squared(e: Any, scope: Scope) -> Expr | None:
    """1/cosh² u = sech² u."""
    if not e.is_Pow or not e.exp.is_Integer:
        return None
    u, sign = scope.argument(e.base, sp.cosh), -1
    if u is None:
        u, sign = scope.argument(e.base, sp.sech), 1
    n = sign * int(e.exp)
    if u is None or n < 2 or n % 2:
        return None
    return power(application(SECH2, u), sp.Integer(n // 2))


def gather(e: Any, scope: Scope) -> Expr | None:
    """The numbers of a product as one, in front, rounded once."""
    if not e.is_Mul:
        return None
    c, core = coefficient(e)
    flat = factors(e)
    if sum(f.is_Number for f in flat) > 1 or (c != 1 and not e.args[0].is_Number):
        return times(c, core)
    return None


def repeated_divisor(e: Any, scope: Scope) -> Expr | None:
    """p/b/b = p/b²: 1/b, shared and squared, is rounded twice."""
    if not e.is_Mul:
        return None
    flat = factors(e)
    once = [f for f in flat if f.is_Pow and f.exp == -1]
    b = next((f for f in once if once.count(f) > 1), None)
    if b is None:
        return None
    rest = [f for f in flat if f != b]
    return times(ONE, *rest, power(b.base, sp.Integer(-once.count(b))))


def sign_times(e: Any, scope: Scope) -> Expr | None:
    """u·sign(u) = |u|."""
    if not e.is_Mul:
        return None
    for a, b, rest in pairs(factors(e)):
        if isinstance(b, sp.sign) and (a == b.args[0] or is_opposite(a, b.args[0])):
            size = sp.Abs(b.args[0], evaluate=False)
            return times(ONE if a == b.args[0] else -ONE, size, *rest)
    return None


def sine_over_cosine(e: Any, scope: Scope) -> Expr | None:
    """sinh u/cosh u = tanh u: from 711 on it would be inf/inf."""
    if not e.is_Mul:
        return None
    for a, b, rest in pairs(factors(e)):
        base, n = split(b)
        u = scope.argument(a, sp.sinh)
        if u is not None and n.is_Number and n.is_negative and scope.argument(base, sp.cosh) == u:
            left = power(base, n + 1) if n != -1 else ONE
            return times(ONE, sp.tanh(u, evaluate=False), left, *rest)
    return None


# what may be the same over an interval
RESTING = (sp.Max, sp.Min, sp.Piecewise, sp.floor, sp.ceiling, sp.sign)
# f(u)/u at u = 0, of functions that are 0 there
QUOTIENTS: Mapping[Any, Expr] = {
    sp.sin: ONE, sp.tan: ONE, sp.sinh: ONE, sp.tanh: ONE, sp.asin: ONE, sp.atan: ONE,
    sp.asinh: ONE, sp.atanh: ONE, EXPM1: ONE, LOG1P: ONE, J1: sp.Rational(1, 3),
    sp.erf: 2 / sp.sqrt(sp.pi), special.erfinv: sp.sqrt(sp.pi) / 2, special.sinint: ONE,
    special.lambertw: ONE, special.besselj1: sp.S.Half, special.besseli1: sp.S.Half,
}  # fmt: skip


def removable_quotient(e: Any, scope: Scope) -> Expr | None:
    """f(u)/u, which is f'(0) at u = 0 where f(0) is 0: sin(u)/u is 1."""
    found = quotient_of(e, scope)
    if found is None or e in scope.final:
        return None
    call, u, rest = found
    limit = next(c for h, c in QUOTIENTS.items() if scope.argument(call, h) is not None)
    whole = quotient(call, u)
    scope.final.add(whole)
    at = sp.Eq(u, ZERO, evaluate=False)
    return times(ONE, *rest, piecewise((limit, at), (whole, sp.true)))


def quotient_of(e: Any, scope: Scope) -> tuple[Any, Any, list[Any]] | None:
    """(f(u), u, the other factors) of a product with f(u)·uᵃ·uᵇ..., a + b + ... = -1."""
    parts = factors(e)
    for call in parts:
        u = next((v for h in QUOTIENTS if (v := scope.argument(call, h)) is not None), None)
        if u is None or u.is_Number or rests(u, scope):
            continue
        powers = [f for f in parts if split(f)[0] == u and split(f)[1].is_Integer]
        if powers and sum(split(f)[1] for f in powers) == -1:
            rest = list(parts)
            for f in (call, *powers):
                rest.remove(f)
            return call, u, rest
    return None


def rests(u: Any, scope: Scope) -> bool:
    """Whether u may be 0 all along an interval, as max(0, x) and z - z are: there f(u)/u has no
    limit."""
    if is_idle(u, scope):
        return True
    seen = (scope.see(n) if n.is_Symbol else n for n in walk(u))
    return any(isinstance(n, RESTING) or n.atoms(*RESTING) for n in seen)


def is_idle(e: Any, scope: Scope) -> bool:
    """Whether an expression is one number whatever its names are: 0·x, tanh(0·x), x/x."""
    e = scope.see(e)
    if e.is_Symbol:
        return False
    if e.is_Mul:
        parts = list(factors(e))
        if any(f == 0 for f in parts):
            return True
        return all(is_idle(f, scope) for f in parts if reciprocal(f) not in parts)
    return all(is_idle(a, scope) for a in e.args)


def masked_root(e: Any, scope: Scope) -> Expr | None:
    """v^(-n/2)·{a where c, else 0} = {a·v^(-n/2) where c, else 0}: no ∞·0 where c fails."""
    if not e.is_Mul:
        return None
    parts = factors(e)
    roots = [f for f in parts if is_inverse_root(f)]
    mask = next((f for f in parts if isinstance(f, sp.Piecewise) and leaves_out(f)), None)
    if not roots or mask is None:
        return None
    inside = ((times(ONE, v, *roots) if v != 0 else ZERO, c) for v, c in mask.args)
    outside = [f for f in parts if f not in roots]
    outside.remove(mask)
    return times(ONE, *outside, piecewise(*inside))


def over_a_root(e: Any, scope: Scope) -> Expr | None:
    """u·(uv)^-a = 0 where u = 0, for an a below 1: √(uv) is 0 there whatever v is, and so is its
    slope in v."""
    if not e.is_Mul or e in scope.final:
        return None
    parts = [split(f) for f in factors(e)]
    zeros = []
    own = set()
    for base, n in parts:
        if not (n.is_Rational and n.is_negative and not n.is_Integer):
            continue
        for u, total in flattened(base, n, factors(e), scope):
            if total > 0:
                zeros.append(sp.Eq(u, ZERO, evaluate=False))
                own |= {u, base}
    if not zeros:
        return None
    inside = [f for f in factors(e) if split(f)[0] in own]
    whole = times(ONE, *inside)
    limit = piecewise(*((ZERO, c) for c in dict.fromkeys(zeros)), (whole, sp.true))
    scope.guarded.add(limit)
    return times(ONE, *(f for f in factors(e) if f not in inside), limit)


def flattened(base: Any, n: Any, parts: tuple[Any, ...], scope: Scope) -> Iterator[tuple[Any, Any]]:
    """(u, its exponent in the whole product) of each factor u of the base of a power that is a
    factor beside it too, to a power above 0."""
    inner = scope.see(base)
    if isinstance(inner, sp.Abs):  # as in a cube root
        inner = scope.see(inner.args[0])
    for u, k in map(split, factors(inner)):
        if u.is_Number or not k.is_Rational or not k.is_positive or scope.is_above(u, 0):
            continue
        found = (m for v, m in map(split, parts) if v == u and m.is_Rational)
        beside = sum(found, sp.S.Zero)
        if beside > 0:
            yield u, expanded(settle(beside + k * n))


def leaves_out(cases: Any) -> bool:
    """Whether the last case says 0."""
    value, condition = cases.args[-1]
    return bool(value == 0 and condition == sp.true)


def is_inverse_root(f: Any) -> bool:
    """v^(-n/2), or the reciprocal of a root."""
    base, n = split(f)
    _, m = split(base)
    return bool((n * m).is_Rational and (n * m).is_negative and (n * m).q == 2)
