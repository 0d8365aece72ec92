"""Sparse polynomials over ℚ in as many generators as turn up.

A polynomial is {monomial: coefficient}; a monomial packs one exponent a generator into an
integer (`WIDTH` bits each), so that a product of monomials is a sum of integers and a new
generator costs nothing. A fraction is a pair (numerator, denominator) that is never cancelled:
to tell whether it is 0 no greatest common divisor is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm

from symgd.resources import spend

Polynomial = dict[int, Fraction]
Quotient = tuple[Polynomial, Polynomial]

WIDTH = 48
MASK = (1 << WIDTH) - 1
LARGEST = 4000
# How many products of terms one proof may take: about a quarter of a second.
BUDGET = 150_000


ONE: Polynomial = {0: Fraction(1)}


class TooLarge(Exception):
    """A polynomial with so many terms that a proof would take longer than it is worth."""


class Work:
    """What the proof that is under way has spent."""

    spent = 0

    @classmethod
    def begin(cls) -> None:
        cls.spent = 0

    @classmethod
    def spend(cls, amount: int) -> None:
        cls.spent += amount
        spend()
        if cls.spent > BUDGET:
            raise TooLarge


def constant(c: Fraction) -> Polynomial:
    return {0: c} if c else {}


def generator(index: int, exponent: int = 1) -> int:
    """The monomial gᵢⁿ."""
    return exponent << (WIDTH * index)


def exponents(monomial: int) -> Iterator[tuple[int, int]]:
    """(generator, exponent) for each generator in the monomial."""
    index = 0
    while monomial:
        if monomial & MASK:
            yield index, monomial & MASK
        monomial >>= WIDTH
        index += 1


def plus(a: Polynomial, b: Polynomial) -> Polynomial:
    out = dict(a)
    for m, c in b.items():
        total = out.get(m, 0) + c
        if total:
            out[m] = total
        else:
            del out[m]
    return out


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    if a is ONE or a == ONE:
        return b
    if b is ONE or b == ONE:
        return a
    Work.spend(len(a) * len(b))
    above, below = whole(a)
    others, beside = whole(b)
    sums: dict[int, int] = {}
    for m, c in above:
        for n, d in others:
            sums[m + n] = sums.get(m + n, 0) + c * d
    out = {k: Fraction(c, below * beside) for k, c in sums.items() if c}
    if len(out) > LARGEST:
        raise TooLarge
    return out


def whole(a: Polynomial) -> tuple[list[tuple[int, int]], int]:
    """a over one denominator, its terms in whole numbers: they are multiplied ten times as fast."""
    below = lcm(*(c.denominator for c in a.values()))
    return [(m, c.numerator * (below // c.denominator)) for m, c in a.items()], below


def power(a: Polynomial, n: int) -> Polynomial:
    """aⁿ, n ≥ 0, by squaring."""
    out = ONE
    while n:
        if n & 1:
            out = times(out, a)
        n >>= 1
        if n:
            a = times(a, a)
    return out


def negative(a: Polynomial) -> Polynomial:
    return {m: -c for m, c in a.items()}


def add(a: Quotient, b: Quotient) -> Quotient:
    if a[1] == b[1]:
        return plus(a[0], b[0]), a[1]
    return plus(times(a[0], b[1]), times(b[0], a[1])), times(a[1], b[1])


def multiply(a: Quotient, b: Quotient) -> Quotient:
    return times(a[0], b[0]), times(a[1], b[1])


def minus(q: Quotient) -> Quotient:
    return negative(q[0]), q[1]


def scale(q: Quotient, c: Fraction) -> Quotient:
    return {m: v * c for m, v in q[0].items()}, q[1]


def degree(q: Quotient) -> int:
    """The largest exponent of any generator in q."""
    return max((e for p in q for m in p for _, e in exponents(m)), default=0)


def normalise(a: Polynomial) -> tuple[Fraction, Polynomial]:
    """a = c·p with p of whole coprime coefficients, the leading one positive: (c, p)."""
    content = Fraction(
        gcd(*(c.numerator for c in a.values())), lcm(*(c.denominator for c in a.values()))
    )
    if a[max(a)] < 0:
        content = -content
    return content, {m: c / content for m, c in a.items()}


def common_monomial(a: Polynomial) -> int:
    """The largest monomial that divides every term."""
    first, *rest = a
    out = 0
    for index, e in exponents(first):
        for m in rest:
            e = min(e, (m >> (WIDTH * index)) & MASK)
        out += generator(index, e)
    return out
