"""Sparse polynomials over ℚ in as many generators as turn up.

A polynomial is {monomial: coefficient}; a monomial packs one exponent a generator into an
integer (`WIDTH` bits each), so that a product of monomials is a sum of integers and a new
generator costs nothing. A fraction is a pair (numerator, denominator) that is never cancelled:
to tell whether it is 0 no greatest common divisor is needed. Of a denominator it is noted which
product it was made as, so that 1/(uv) + 1/(vw) is over uvw, and not over uv·vw. A coefficient that
is whole is an int, which is added and multiplied many times as fast as a Fraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm
from typing import ClassVar

from symgd.resources import spend

Coefficient = int | Fraction
Polynomial = dict[int, Coefficient]
Quotient = tuple[Polynomial, Polynomial]
Terms = frozenset[tuple[int, Coefficient]]

WIDTH = 48
MASK = (1 << WIDTH) - 1
LARGEST = 4000
# How many products of terms one proof may take: about a quarter of a second.
BUDGET = 150_000


ONE: Polynomial = {0: 1}


class TooLarge(Exception):
    """A polynomial with so many terms that a proof would take longer than it is worth."""


class Work:
    """What the proof that is under way has spent."""

    spent = 0
    # the terms of a polynomial → the factors that it was made of, and how often
    factors: ClassVar[dict[Terms, Counter[Terms]]] = {}

    @classmethod
    def begin(cls) -> None:
        cls.spent = 0
        cls.factors.clear()

    @classmethod
    def spend(cls, amount: int) -> None:
        cls.spent += amount
        spend()
        if cls.spent > BUDGET:
            raise TooLarge


def constant(c: Coefficient) -> Polynomial:
    return {0: coefficient(c)} if c else {}


def coefficient(c: Coefficient) -> Coefficient:
    """c, an int if it is whole."""
    return c.numerator if c.denominator == 1 else c


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
        add_term(out, m, c)
    return out


def add_term(to: Polynomial, monomial: int, c: Coefficient) -> None:
    """Add c·m to a polynomial, in place."""
    total = to.get(monomial, 0) + c
    if total:
        to[monomial] = total if type(total) is int else coefficient(total)
    else:
        to.pop(monomial, None)


def add_product(to: Polynomial, monomial: int, c: Coefficient, p: Polynomial) -> None:
    """Add c·m·p to a polynomial, in place."""
    Work.spend(len(p))
    for n, d in p.items():
        add_term(to, monomial + n, c * d)
    if len(to) > LARGEST:
        raise TooLarge


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
    scale = below * beside
    if scale == 1:
        out: Polynomial = {k: c for k, c in sums.items() if c}
    else:
        out = {k: coefficient(Fraction(c, scale)) for k, c in sums.items() if c}
    if len(out) > LARGEST:
        raise TooLarge
    return out


def whole(a: Polynomial) -> tuple[list[tuple[int, int]], int]:
    """a over one denominator, its terms in whole numbers: they are multiplied ten times as fast."""
    below = lcm(*(c.denominator for c in a.values() if type(c) is not int))
    if below == 1:
        return [(m, c.numerator) for m, c in a.items()], 1
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
    of_a, of_b = factors(a[1]), factors(b[1])
    for_a, for_b = product(of_b - of_a, b[1], of_b), product(of_a - of_b, a[1], of_a)
    below = noted(times(a[1], for_a), of_a | of_b)
    return plus(times(a[0], for_a), times(b[0], for_b)), below


def multiply(a: Quotient, b: Quotient) -> Quotient:
    below = times(a[1], b[1])
    if below is not a[1] and below is not b[1]:
        noted(below, factors(a[1]) + factors(b[1]))
    return times(a[0], b[0]), below


def raised(a: Quotient, n: int) -> Quotient:
    """aⁿ, n ≥ 0."""
    below = power(a[1], n)
    if n > 1 and a[1] != ONE:
        noted(below, Counter({f: n * k for f, k in factors(a[1]).items()}))
    return power(a[0], n), below


def factors(p: Polynomial) -> Counter[Terms]:
    """The factors that it was made of; of g₁²g₂ each generator, of any other the whole."""
    if p == ONE:
        return Counter()
    if len(p) == 1:
        [(monomial, c)] = p.items()
        if c == 1:
            return Counter({frozenset({(generator(i), c)}): e for i, e in exponents(monomial)})
    terms = frozenset(p.items())
    return Work.factors.get(terms) or Counter({terms: 1})


def noted(p: Polynomial, made_of: Counter[Terms]) -> Polynomial:
    """The polynomial, which is the product of these."""
    if len(p) > 1:
        Work.factors[frozenset(p.items())] = made_of
    return p


def product(of: Counter[Terms], whole: Polynomial, of_whole: Counter[Terms]) -> Polynomial:
    """The product of these factors; `whole` is that of `of_whole`."""
    if of == of_whole:
        return whole
    out = ONE
    for terms, k in of.items():
        out = times(out, power(dict(terms), k))
    return out


def minus(q: Quotient) -> Quotient:
    return negative(q[0]), q[1]


def scale(q: Quotient, c: Coefficient) -> Quotient:
    return {m: coefficient(v * c) for m, v in q[0].items()}, q[1]


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
    return content, {m: coefficient(c / content) for m, c in a.items()}


def common_monomial(a: Polynomial) -> int:
    """The largest monomial that divides every term."""
    first, *rest = a
    out = 0
    for index, e in exponents(first):
        for m in rest:
            e = min(e, (m >> (WIDTH * index)) & MASK)
        out += generator(index, e)
    return out
