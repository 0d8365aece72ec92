"""A number and a function that cancel: 1 - σ(u), e^u - 1, √(1 + v) - 1; and like terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symgd.functions.primitives import EXPM1, LOG1P, LOG1PEXP, SECH2, SIGMOID, XMLOG1P, XMTANH
from symgd.programs.stable.scope import (
    Scope,
    bag,
    coefficient,
    double,
    factors,
    form,
    half,
    is_exp,
    minus,
    pairs,
    split,
    times,
    with_term,
    without,
)
from symgd.trees.scalars import (
    HALF,
    ONE,
    ZERO,
    Expr,
    add,
    application,
    exp,
    expanded,
    log,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    settle,
)

MOST_TERMS = 4  # of a sum that is opened to see what cancels

Partner = Callable[[Any, Any, Scope], "Expr | None"]


def beside_sigmoid(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - σ(u) = σ(-u);  1 - 2σ(u) = -tanh(u/2)."""
    u = scope.argument(core, SIGMOID)
    if u is None:
        return None
    if ratio == -1:
        return application(SIGMOID, minus(u))
    return neg(sp.tanh(half(u), evaluate=False)) if ratio == -2 else None


def beside_tanh(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 + tanh u = 2σ(2u);  1 - tanh u = 2σ(-2u);  1 - tanh² u = sech² u.

    Of coth u = 1/tanh u: 1 - coth u = -2/(e^2u - 1);  1 - coth² u = -1/sinh² u.
    """
    base, n = split(core)
    u = scope.argument(base, sp.tanh)
    if u is None:
        base, m = split(scope.see(base))
        n, u = sp.Mul(n, m), scope.argument(base, sp.tanh)
    if u is None:
        n, u = -n, scope.argument(base, sp.coth)
    if u is None or ratio not in (1, -1):
        return None
    if n == 1:
        return mul(sp.Integer(2), application(SIGMOID, double(u if ratio == 1 else minus(u))))
    if n == -1:
        inside = double(u if ratio == -1 else minus(u))
        return mul(sp.Integer(-2), power(application(EXPM1, inside), sp.Integer(-1)))
    if n == -2 and ratio == -1:
        return neg(power(sp.sinh(u, evaluate=False), sp.Integer(-2)))
    return application(SECH2, u) if n == 2 and ratio == -1 else None


def beside_exp(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - e^u = -expm1(u)."""
    u = scope.argument(core, sp.exp)
    return neg(application(EXPM1, u)) if u is not None and ratio == -1 else None


def beside_expm1(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 + expm1(u) = e^u."""
    u = scope.argument(core, EXPM1)
    return exp(u) if u is not None and ratio == 1 else None


def beside_erf(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - erf u = erfc u;  1 + erf u = erfc(-u).

    1 - erfc(u)/2 = erfc(-u)/2;  1 - erfc u = erf u.
    """
    u = scope.argument(core, sp.erfc)
    if u is not None and ratio == -1:
        return sp.erf(u, evaluate=False)
    if u is not None and ratio == -sp.S.Half:
        return times(sp.S.Half, sp.erfc(minus(u), evaluate=False))
    u = scope.argument(core, sp.erf)
    if u is None or ratio not in (1, -1):
        return None
    return sp.erfc(u if ratio == -1 else minus(u), evaluate=False)


def beside_cosine(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - cos u = 2 sin²(u/2);  1 - cosh u = -2 sinh²(u/2)."""
    for head, partner, sign in ((sp.cos, sp.sin, 1), (sp.cosh, sp.sinh, -1)):
        u = scope.argument(core, head)
        if u is not None and ratio == -1:
            return times(
                sp.Integer(2 * sign), power(partner(half(u), evaluate=False), sp.Integer(2))
            )
    return None


def beside_root(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - √(1 + v) = -v/(1 + √(1 + v))."""
    root = scope.see(core)
    base, n = split(root)
    if n != HALF or ratio != -1 or not base.is_Add or base.args.count(ONE) != 1:
        return None
    rest = [t for t in base.args if t != 1]
    return neg(quotient(add(*rest), add(ONE, core)))


def beside_power(ratio: Any, core: Any, scope: Scope) -> Expr | None:
    """1 - (1 - v)² = v(2 - v);  1 - (1 - v)³ = v(3 - 3v + v²)."""
    base, n = split(core)
    base = scope.see(base)
    if ratio != -1 or n not in (2, 3) or not base.is_Add or base.args.count(ONE) != 1:
        return None
    v = neg(add(*(t for t in base.args if t != 1)))
    if n == 2:
        return mul(v, add(sp.Integer(2), neg(v)))
    return mul(v, add(sp.Integer(3), neg(mul(sp.Integer(3), v)), power(v, sp.Integer(2))))


PARTNERS: tuple[Partner, ...] = (
    beside_sigmoid,
    beside_tanh,
    beside_exp,
    beside_expm1,
    beside_erf,
    beside_cosine,
    beside_root,
    beside_power,
)


def one_and(e: Any, scope: Scope) -> Expr | None:
    """ca + kaf(u), with numbers c and k, by the row of PARTNERS for the ratio k/c."""
    if not e.is_Add:
        return None
    plain: dict[Any, tuple[int, Any, Any]] = {}
    for i, term in enumerate(e.args):
        c, common = coefficient(term)
        if c != 0:
            plain.setdefault(bag(factors(common)), (i, c, common))
    for j, term in enumerate(e.args):
        k, core = scope.split_scale(term)
        parts = factors(core)
        for n, f in enumerate(parts):
            if not may_have_partner(f, scope):
                continue
            i, c, common = plain.get(bag((*parts[:n], *parts[n + 1 :])), (j, None, None))
            if i == j:
                continue
            found = next((g for p in PARTNERS if (g := p(k / c, f, scope)) is not None), None)
            if found is not None:
                rest = [t for m, t in enumerate(e.args) if m not in (i, j)]
                return with_term(rest, scaled_by(c, found, common))
    return None


# functions that are 0 at 0 alone, and rise
WITH_SIGN = (sp.tanh, sp.sinh, sp.atan, EXPM1)


def beside_a_number(e: Any, scope: Scope) -> Expr | None:
    """e^u < 1 is u < 0, and c < kf(u) is c - kf(u) < 0, where f rounds to 1 and is none."""
    if len(e.args) != 2 or not any(a.is_Number and a != 0 for a in e.args):
        return None
    a, b = e.args
    found = one_and(add(a, neg(b)), scope)
    if found is None:
        return None
    c, core = coefficient(found)
    inside = (u for f in WITH_SIGN if (u := scope.argument(core, f)) is not None)
    k, core = coefficient(next(inside, core))
    c *= k
    sides = (core, ZERO) if c > 0 else (ZERO, core)
    return e.func(*sides, evaluate=False)


def may_have_partner(f: Any, scope: Scope) -> bool:
    """Whether a row of PARTNERS may know f: a function, or a power of one or of a sum."""
    base, n = split(scope.see(f))
    base, m = split(scope.see(base))
    return bool(base.is_Function or is_exp(base) or (n * m != 1 and base.is_Add))


def scaled_by(c: Any, e: Any, common: Any = ONE) -> Expr:
    k, core = coefficient(e)
    return times(sp.Mul(c, k), common, core)


def collect(e: Any, scope: Scope) -> Expr | None:
    """ka + ma = (k + m)a: what cancels on paper shall not cancel in rounding."""
    if not e.is_Add:
        return None
    found: dict[Any, Any] = {}
    for term in e.args:
        c, core = coefficient(term)
        found[core] = found.get(core, sp.S.Zero) + c
    if len(found) == len(e.args):
        return None
    return without_what_cancels([(c, core) for core, c in found.items()], scope)


def cancelling(e: Any, scope: Scope) -> Expr | None:
    """a(b + c) - ab = ac, also where names stand for the terms: what cancels is left out."""
    if not e.is_Add:
        return None
    parts = [p for t in e.args for p in open_sum(t, scope)]
    if len(parts) == len(e.args):
        return None
    found: dict[Any, list[Any]] = {}
    for part in parts:
        c, core = coefficient(part)
        found.setdefault(form(core)[1], []).append((c, core))
    whole = [(sum((c for c, _ in same), start=sp.S.Zero), same[0][1]) for same in found.values()]
    # what had cancelled before, 0·log z, does not do so again
    if all(c != 0 or len(same) == 1 for (c, _), same in zip(whole, found.values(), strict=True)):
        return None
    return without_what_cancels(whole, scope)


def without_what_cancels(terms: list[tuple[Any, Any]], scope: Scope) -> Expr:
    """The sum of the terms c·a without those where c = 0; of what may have no value 0·a is left.

    log(z) - log(z) is not 0 at -1, and w + log(z) - log(z) is w to its last digit.
    """
    left = [times(c, core) for c, core in terms if c != 0]
    kept = set().union(*map(scope.lasting_gaps, left))
    for c, core in terms:
        if c == 0 and not (gaps := scope.gaps(core)) <= kept:
            left.append(mul(sp.S.Zero, core))
            kept |= gaps
    return with_term(left, sp.S.Zero)


def like_exponentials(e: Any, scope: Scope) -> Expr | None:
    """(q + (1 - p)e^u)e^v + e^(u + v) = qe^v + (2 - p)e^(u + v): where coefficients of leaves meet,
    and one of them is a sum, they are one number, for 2 - p may be small."""
    if not e.is_Add:
        return None
    parts = [p for t in e.args for p in open_sum(t, scope)]
    if len(parts) == len(e.args):
        return None
    weights: dict[Any, list[Any]] = {}
    powers: dict[Any, Any] = {}
    for part in parts:
        flat = factors(part)
        raised = [f for f in flat if scope.argument(f, sp.exp) is not None]
        weight = settle(times(ONE, *(f for f in flat if f not in raised)))
        if not raised or not is_of_leaves(weight, scope):
            return None
        weight = expanded(weight)
        u = expanded(sum(settle(scope.argument(f, sp.exp)) for f in raised))
        weights.setdefault(u, []).append(weight)
        if len(raised) == 1:
            powers[u] = raised[0]
    totals = {u: expanded(sum(found)) for u, found in weights.items()}
    sizes = [terms_of(w) for found in weights.values() for w in found]
    if max(sizes) == 1 or sum(sizes) == sum(map(terms_of, totals.values())):
        return None
    kept = [
        times(ONE, sp.factor(total), powers.get(u, exp(u)))
        for u, total in totals.items()
        if total != 0
    ]
    return with_term(kept, sp.S.Zero)


def is_of_leaves(weight: Any, scope: Scope) -> bool:
    """Whether it is a polynomial in what no line computes."""
    symbols = weight.free_symbols
    return not symbols & scope.known.keys() and bool(weight.is_polynomial(*symbols))


def terms_of(total: Any) -> int:
    return len(sp.Add.make_args(total))


def open_sum(term: Any, scope: Scope) -> list[Any]:
    """The terms of a product of a sum, which a name may stand for."""
    parts: list[Any] = []
    for f in factors(term):
        seen = scope.see(f)
        parts += factors(seen) if seen.is_Mul or seen.is_Add else (f,)
    places = [i for i, f in enumerate(parts) if f.is_Add and len(f.args) <= MOST_TERMS]
    if len(places) != 1:
        return [term]
    i = places[0]
    return [times(ONE, *parts[:i], t, *parts[i + 1 :]) for t in parts[i].args]


def weighted_mean(e: Any, scope: Scope) -> Expr | None:
    """p(a - b) + b = pa + (1 - p)b, for a p between -2 and 2."""
    if not e.is_Add or len(e.args) != 2:
        return None
    for product, b, _ in pairs(e.args):
        for p, gap, rest in pairs(factors(product)):
            if p in scope.bounded and gap.is_Add and gap.args.count(neg(b)) == 1 and not rest:
                a = with_term([t for t in gap.args if t != neg(b)], sp.S.Zero)
                return add(mul(p, a), mul(add(ONE, neg(p)), b))
    return None


# -- polynomials in σ(u) or tanh(u), in factors ---------------------------------------------------


def factor(e: Any, scope: Scope) -> Expr | None:
    """A polynomial in σ(u) or tanh(u) with numbers before it, in factors: 2s² - 3s + 1 is
    (1 - s)(1 - 2s)."""
    if not e.is_Add or len(e.args) < 2:
        return None
    s: Any = None
    t = sp.Dummy("t")
    total: Any = sp.S.Zero
    degrees: set[int] = set()
    for term in e.args:
        c, core = coefficient(term)
        if core == 1:
            total, degrees = total + c, degrees | {0}
            continue
        base, n = split(core)
        seen = scope.see(base)
        call = seen if scope.argument(seen, SIGMOID) is not None else None
        if call is None and scope.argument(seen, sp.tanh) is not None:
            call = seen
        if call is None or (s is not None and call != s) or not n.is_Integer or n < 1:
            return None
        s, total, degrees = call, total + c * t**n, degrees | {int(n)}
    if s is None or len(degrees) < 2 or max(degrees) < 2 or not total.is_polynomial(t):
        return None
    out = []
    if isinstance(s, sp.tanh):
        while sp.rem(total, 1 - t**2, t) == 0:
            total = sp.quo(total, 1 - t**2, t)
            out.append(application(SECH2, s.args[0]))
    number, found = sp.factor_list(total, t)
    if not out and len(found) == 1 and found[0][1] == 1:
        return None
    for poly, n in found:
        terms = sp.Poly(poly, t).terms()
        body = [times(c, power(s, sp.Integer(k)) if k else ONE) for (k,), c in reversed(terms)]
        out.append(power(add(*body), sp.Integer(n)))
    return times(number, *out)


def sum_less_its_share(e: Any, scope: Scope) -> Expr | None:
    """u + v - (u + v)σ = (u + v)(1 - σ), which keeps its digits where σ is nearly 1."""
    if not e.is_Add:
        return None
    for t in e.args:
        for total in (f for f in factors(t) if f.is_Add):
            k, share = coefficient(without(t, total))
            if abs(k) != 1 or scope.argument(scope.see(share), SIGMOID) is None:
                continue
            gone = Counter([t, *(times(-k, a) for a in total.args)])
            if Counter(e.args) >= gone:
                rest = [*(Counter(e.args) - gone).elements()]
                return with_term(rest, times(-k, total, add(ONE, neg(share))))
    return None


def sigmoid_less_square(e: Any, scope: Scope) -> Expr | None:
    """pσ - pσ² = pσ(1 - σ), beside other terms: 1 - σ(u) is σ(-u), and no difference."""
    if not e.is_Add or len(e.args) < 3:
        return None

    def has_square(term: Any) -> bool:
        return any(split(f)[1] == 2 and is_sigmoid(split(f)[0]) for f in factors(term))

    def is_sigmoid(s: Any) -> bool:
        return scope.argument(scope.see(s), SIGMOID) is not None

    for square, other, rest in pairs(e.args, first=has_square):
        c, core = coefficient(square)
        k, beside = coefficient(other)
        if k != -c:
            continue
        for f in factors(core):
            s, n = split(f)
            once = bag(s if g is f else g for g in factors(core))
            if n == 2 and is_sigmoid(s) and once == bag(factors(beside)):
                return with_term(rest, times(k, beside, add(ONE, neg(s))))
    return None


# -- differences of what is nearly equal ----------------------------------------------------------


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
        return scope.argument(scope.split_scale(term)[1], head) is not None

    for a, b, rest in pairs(e.args, second=has_head):
        k, core = scope.split_scale(b)
        u = scope.argument(core, head)
        if u is not None and form(a) == form(times(-k, u)):
            return with_term(rest, times(-k, application(primitive, u)))
    return None


def relative_logarithm(e: Any, scope: Scope) -> Expr | None:
    """y log(y/v) - (y - v) = y·xmlog1p((v - y)/y);  (y - v)/v - log(y/v) = xmlog1p((y - v)/v).

    Where v is less than half of y, (v - y)/y has lost v, and the logarithm cancels nothing. At
    y = 0 it is v.
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
        others = [t for j, t in enumerate(e.args) if j != i]
        if bottom == 1 or any(t.has(sp.Piecewise) for t in others):
            continue  # what sympy makes of cases of several names may be that it gives up
        rest = expanded(sp.Add(*others).doit())
        one = expanded(rest - k * (bottom - top) * outer / top) == 0
        other = expanded(rest + k * outer * (top - bottom) / bottom) == 0
        if not (one or other) or logs[0] in scope.final:
            continue
        at_zero = sp.Eq(top, ZERO, evaluate=False)
        ends = one and top in factors(outer) and not scope.is_above(top, 0)
        if one:
            # The first is the second with p and q exchanged.
            k, top, bottom = -k, bottom, top
        d = quotient(add(top, neg(bottom)), bottom)
        plain = log(quotient(top, bottom))
        scope.final.add(plain)
        near = sp.StrictGreaterThan(d, -HALF, evaluate=False)
        whole = times(
            -k, outer, piecewise((application(XMLOG1P, d), near), (add(d, neg(plain)), sp.true))
        )
        return piecewise((add(*others), at_zero), (whole, sp.true)) if ends else whole
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
    parts = [p for t in e.args for p in open_sum(t, scope)]
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
        soft, far = application(LOG1PEXP, u), application(SIGMOID, minus(u))
        if found != {application(SIGMOID, u): 1, soft: -1, far: -1}:
            continue
        near = quotient(mul(far, application(XMLOG1P, exp(u))), soft)
        plain = add(quotient(application(SIGMOID, u), soft), neg(far))
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
    """log(1 + a) - log(1 + b) = sign(a - b)·log(1 + |a - b|/(1 + min(a, b))), where both are.

    Where both 1 + a and 1 + b are below 0, their quotient has a logarithm and they have none.
    """
    if not e.is_Add:
        return None

    def is_log1p(term: Any) -> bool:
        return scope.argument(scope.split_scale(term)[1], LOG1P) is not None

    for p, q, rest in pairs(e.args, is_log1p, is_log1p):
        (k, left), (m, right) = scope.split_scale(p), scope.split_scale(q)
        a, b = scope.argument(left, LOG1P), scope.argument(right, LOG1P)
        if a is None or b is None or k != -m or k.is_negative:
            continue
        gap = add(a, neg(b))
        low = sp.Min(a, b, evaluate=False)
        ratio = quotient(sp.Abs(gap, evaluate=False), add(ONE, low))
        joined = application(LOG1P, ratio)
        if not (scope.is_above(a, -1) and scope.is_above(b, -1)):
            both = sp.GreaterThan(low, -ONE, evaluate=False)
            joined = piecewise((joined, both), (application(LOG1P, low), sp.true))
        return with_term(rest, times(k, sp.sign(gap, evaluate=False), joined))
    return None
