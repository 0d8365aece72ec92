"""Sums of exponentials: e^u/(e^u + e^v), log(e^u + e^v + e^w), where no exponential is a double.

Of two exponentials the share of one is a sigmoid. Of more, all are divided by e^s, where s is what
lies beyond `FAR` of the largest exponent: near 0 nothing is added and nothing is rounded twice. It
takes half as long again, and is for files: compile() works a sample that overflows out again.

    P. Blanchard, D. J. Higham, N. J. Higham, Accurately computing the log-sum-exp and softmax
    functions, 2021
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1P, LOG1PEXP, SIGMOID
from symgd.programs.stable.scope import (
    Scope,
    bag,
    coefficient,
    factors,
    form,
    is_exp,
    pairs,
    split,
    times,
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
    parts_of,
    piecewise,
    power,
    settle,
)

# Up to it a power of a sum of exponentials is far from the ends of the doubles.
FAR = sp.Integer(100)
# Beside it FAR is lost; an exponent that is infinite is not taken from itself.
HUGE = sp.Integer(10) ** 300
# No program has a higher power of a share in it.
MOST_SHARES = 6
# Ways to add up exponents that are tried.
MOST_WAYS = 60


@dataclass(frozen=True, slots=True)
class Exponentials:
    """c₁e^u₁ + c₂e^u₂ + ..., each c a number above 0, times what they have in `common`; of a number
    alone, u = 0."""

    coefficients: tuple[Expr, ...]
    exponents: tuple[Any, ...]
    common: Expr = ONE

    @property
    def is_pair(self) -> bool:
        """Whether it is e^u + e^v."""
        return self.coefficients == (ONE, ONE)

    @property
    def largest(self) -> Expr:
        return sp.Max(*dict.fromkeys(self.exponents), evaluate=False)

    @property
    def beyond(self) -> Expr:
        """What lies beyond ±FAR of the largest exponent: 0 where it lies between."""
        above = sp.StrictGreaterThan(self.largest, FAR, evaluate=False)
        below = sp.StrictLessThan(self.largest, -FAR, evaluate=False)
        return piecewise(
            (add(sp.Min(self.largest, HUGE, evaluate=False), -FAR), above),
            (add(sp.Max(self.largest, -HUGE, evaluate=False), FAR), below),
            (ZERO, sp.true),
        )

    @property
    def shifted(self) -> list[Expr]:
        """e^(u - s) of each exponent."""
        back = neg(self.beyond)
        return [exp(back if u == 0 else add(u, back)) for u in self.exponents]

    @property
    def scaled(self) -> Expr:
        """The sum, divided by e^s."""
        return add(*map(times, self.coefficients, self.shifted))

    @property
    def shares(self) -> list[Expr]:
        """Of a pair the share of each, else what is its share once it is divided by `scaled`."""
        if not self.is_pair:
            return self.shifted
        u, v = self.exponents
        return [application(SIGMOID, add(p, neg(q))) for p, q in ((u, v), (v, u))]


def summed(e: Any, scope: Scope) -> Exponentials | None:
    """The sum of exponentials that it is, unless its exponents are as they should be."""
    total = scope.see(e)
    if not total.is_Add:
        return None
    taken = [taken_apart(term, scope) for term in total.args]
    coefficients, exponents, others = zip(*taken, strict=True)
    if not all(c.is_positive for c in coefficients) or all(u == 0 for u in exponents):
        return None
    if any(bag(o) != bag(others[0]) for o in others):
        return None
    found = Exponentials(coefficients, exponents, times(ONE, *others[0]))
    return found if found.is_pair or not are_shifted(exponents, scope) else None


def taken_apart(term: Any, scope: Scope) -> tuple[Expr, Any, list[Any]]:
    """The number, the exponent and the other factors of a term."""
    c, core = coefficient(term)
    parts = [f for f in factors(core) if f != 1]
    place = next((i for i, f in enumerate(parts) if scope.argument(f, sp.exp) is not None), None)
    if place is None:
        return c, ZERO, parts
    return c, scope.argument(parts[place], sp.exp), parts[:place] + parts[place + 1 :]


def are_shifted(exponents: Sequence[Any], scope: Scope) -> bool:
    """Whether the largest of them, or what lies beyond FAR of it, has been taken from each, here or
    by who typed the formula."""
    of_each = [
        {m for t in parts_of(u, sp.Add) if is_largest(m := scope.see(coefficient(t)[1]))}
        for u in exponents
    ]
    return bool(set.intersection(*of_each))


def is_largest(m: Any) -> bool:
    return isinstance(m, sp.Max) or is_beyond(m)


def is_beyond(m: Any) -> bool:
    cases = [value for value, _ in m.args] if isinstance(m, sp.Piecewise) else []
    return any(value.is_Add and -FAR in value.args for value in cases)


def log_of_sum(e: Any, scope: Scope) -> Expr | None:
    """log(e^a + e^b) = max(a, b) + log1pexp(-|a - b|); log Σe^u = s + log Σe^(u - s), for any s."""
    total = summed(e.args[0], scope) if isinstance(e, sp.log) else None
    if total is None or (total.is_pair and ZERO in total.exponents):
        return None
    if total.common != 1 or not (total.is_pair or scope.alone):
        return None
    if total.is_pair:
        a, b = total.exponents
        gap = neg(sp.Abs(add(a, neg(b)), evaluate=False))
        return add(total.largest, application(LOG1PEXP, gap))
    whole = add(total.beyond, log(total.scaled))
    terms = [*zip(total.coefficients, total.exponents, strict=True)]
    if (ONE, ZERO) not in terms:
        return whole
    # log(1 + v) keeps the digits of a small v
    rest = [times(c, exp(u)) for c, u in terms if u != 0]
    near = sp.LessThan(total.largest, FAR, evaluate=False)
    return piecewise((application(LOG1P, add(*rest)), near), (whole, sp.true))


def shares_of_sum(e: Any, scope: Scope) -> Expr | None:
    """e^u/(e^u + e^v)ⁿ = σ(u - v)/(e^u + e^v)ⁿ⁻¹, and of e^(ju + kv) j and k of the shares; of more
    than two exponentials each share is e^(u - s)/Σe^(v - s). Of ae^u + be^v it is a and b times
    the shares."""
    if not e.is_Mul:
        return None
    flat = factors(e)
    for below, above, rest in pairs(flat, is_divisor, lambda f: has_exponential(f, scope)):
        base, n = split(below)
        total = summed(base, scope)
        if total is None or not (scope.alone or (total.is_pair and n.is_Integer)):
            continue
        shares = Shares(base, total, -n, scope)
        beside = [f for f in rest if scope.see(above).is_Add and is_exp(scope.see(f))]
        told = shares.of(above, beside) if beside else None
        if told is not None:
            rest = [f for f in rest if f not in beside]
        else:
            told = shares.of(above)
        if told is not None:
            top, count = told
            under = [] if total.is_pair else [power(total.scaled, -count)]
            under += [power(total.common, -count)] if total.common != 1 else []
            left = [power(base, n + count)] if n + count else []
            return times(ONE, *rest, top, *under, *left)
    return None


def is_divisor(f: Any) -> bool:
    _, n = split(f)
    return bool(n.is_Rational and n.is_negative)


def has_exponential(f: Any, scope: Scope) -> bool:
    """e^u, or a sum of such and more, and of sums of such times other factors."""
    seen = scope.see(f)
    if not seen.is_Add:
        return exponent_of(seen, scope) is not None
    within = (g for t in seen.args for g in factors(t))
    return any(has_exponential(g, scope) for g in within)


def exponent_of(f: Any, scope: Scope) -> Any:
    """The u of e^u, None of what is none or is a share already."""
    u = scope.argument(f, sp.exp)
    if u is None or any(is_beyond(scope.see(coefficient(t)[1])) for t in parts_of(u, sp.Add)):
        return None
    return u


@dataclass(frozen=True)
class Shares:
    """What is divided by the `most`-th power of a sum of exponentials, by shares of it.

    Each answer has its degree beside it, the number of shares that each of its terms is a product
    of; the sum itself, as a factor, is a share of all. Terms of a sum are of the same degree: over
    1 + e^u, where 1 is e^0, e^2u - e^u is one of squares.
    """

    base: Expr
    total: Exponentials
    most: Expr
    scope: Scope

    def of(self, above: Any, beside: Sequence[Any] = ()) -> tuple[Expr, Expr] | None:
        """The factors `beside` belong to each term, and then nothing may be left of its
        exponentials: e^-u(e^(u + v) + e^(u + w)) is e^v + e^w."""
        told = self.sum(above, beside)
        if told is not None and told[1] == 0:
            told = self.filled(told, ONE)
        return told if told is not None and 0 < told[1] <= self.most else None

    def sum(self, e: Any, beside: Sequence[Any] = ()) -> tuple[Expr, Expr] | None:
        seen = self.scope.see(e)
        is_sum = seen.is_Add and seen != self.scope.see(self.base)
        terms = []
        for term in seen.args if is_sum else (e,):
            told = self.product(factors(term), beside)
            if told is None:
                return None
            terms.append(told)
        degree = max(count for _, count in terms)
        filled = [self.filled(told, degree) for told in terms]
        found = [told[0] for told in filled if told is not None]
        if len(found) < len(terms):
            return None
        return add(*found) if len(found) > 1 else found[0], degree

    def filled(self, told: tuple[Expr, Expr], degree: Expr) -> tuple[Expr, Expr] | None:
        """With as many shares of 1 = e^0 that it is of this degree; where a sample can be worked
        out again, with one at most."""
        term, count = told
        if count == degree:
            return told
        one = count == 0 and degree == 1
        if ZERO not in self.total.exponents or not (self.scope.alone or one):
            return None
        share = self.total.shares[self.total.exponents.index(ZERO)]
        return times(ONE, term, power(share, degree - count)), degree

    def product(self, parts: Sequence[Any], beside: Sequence[Any]) -> tuple[Expr, Expr] | None:
        base, total = self.scope.see(self.base), self.total
        degree: Expr = ZERO
        taken: list[Expr] = []
        apart = [*beside]
        for f in parts:
            b, n = split(f)
            within = self.within(f)
            if self.scope.see(b) == base and n.is_Rational and n.is_positive:
                taken += [] if total.is_pair else [power(total.scaled, n)]
                taken += [power(total.common, n)] if total.common != 1 else []
                degree += n
            elif within is not None:
                taken.append(within[0])
                degree += within[1]
            else:
                apart.append(f)
        found = shares_in(apart, total, self.most - degree, self.scope)
        if found is None or (beside and found.over is not None):
            return None
        over = [] if found.over is None else [exp(found.over)]
        shares = [power(total.shares[i], times_it) for i, times_it in found.places]
        degree += sum(times_it for _, times_it in found.places)
        return times(ONE, *found.others, *over, *shares, *taken), degree

    def within(self, f: Any) -> tuple[Expr, Expr] | None:
        """Of a factor that is a sum of such terms itself. Only in files: where nothing is far out
        it may round once more."""
        if not (self.scope.alone and self.scope.see(f).is_Add and has_exponential(f, self.scope)):
            return None
        return None if self.scope.see(f) == self.scope.see(self.base) else self.sum(f)


@dataclass(frozen=True, slots=True)
class Found:
    """Of a product: whose shares it has, by their places, and to which power, the exponent that is
    left over, and the factors that are no exponentials."""

    places: tuple[tuple[int, Expr], ...]
    over: Any
    others: tuple[Any, ...]


def shares_in(parts: Sequence[Any], total: Exponentials, most: Expr, scope: Scope) -> Found | None:
    """Of e^(u + v) over e^u + e^w e^v is left over."""
    raised = [u for f in parts if (u := exponent_of(f, scope)) is not None]
    others = tuple(f for f in parts if exponent_of(f, scope) is None)
    if not raised:
        return Found((), None, others)
    whole = add(*raised) if len(raised) > 1 else raised[0]
    places = powers_adding_up(whole, total.exponents, most)
    if places is not None:
        return Found(places, None, others)
    more = Counter(parts_of(whole, sp.Add))
    for i, u in enumerate(total.exponents if most >= 1 else ()):
        these = Counter(parts_of(u, sp.Add))
        if u != 0 and more > these:
            rest = [*(more - these).elements()]
            return Found(((i, ONE),), add(*rest) if len(rest) > 1 else rest[0], others)
    return None


def powers_adding_up(
    raised: Any, exponents: Sequence[Any], most: Expr
) -> tuple[tuple[int, Expr], ...] | None:
    """The places of exponents whose sum it is, `most` at most; of one of them a part, where `most`
    is no whole number: u + v/2 is of degree 3/2."""
    count = int(most)
    places = adding_up(raised, exponents, min(count, MOST_SHARES))
    if places is not None:
        return tuple((i, ONE) for i in places)
    part = most - count
    for i, u in enumerate(exponents if part else ()):
        rest = expanded(settle(raised) - part * settle(u))
        places = () if rest == 0 else adding_up(rest, exponents, min(count, MOST_SHARES))
        if places is not None:
            return (i, part), *((j, ONE) for j in places)
    return None


def adding_up(raised: Any, exponents: Sequence[Any], most: int) -> tuple[int, ...] | None:
    """The places of exponents whose sum it is, as many as `most` at most."""
    if raised in exponents:
        return (exponents.index(raised),)
    ways: list[tuple[int, ...]] = [
        way
        for count in range(1, most + 1)
        for way in combinations_with_replacement(range(len(exponents)), count)
    ][:MOST_WAYS]
    # most are sums of two, and soon read off
    for way in ways:
        if len(way) == 2 and form(raised) == form(add(*(exponents[i] for i in way))):
            return way
    whole, each = settle(raised), [settle(u) for u in exponents]
    for way in ways:
        if expanded(whole - sum(each[i] for i in way)) == 0:
            return way
    return None
