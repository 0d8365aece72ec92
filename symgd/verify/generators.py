"""The ground of the normal form: generators, cells of signs, the relations between generators."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.verify import polynomial as poly
from symgd.verify.polynomial import Polynomial, Quotient

ROOT = 12
LARGEST_POWER = 64
MOST_TURNS = 16
HIGHEST_DEGREE = 1 << 24

Signs = dict[Hashable, int]


class Unprovable(Exception):
    """Outside what the normal form can decide; says nothing about truth."""


class Undecided(Exception):
    """A sign on which the form depends and that is not known yet."""

    def __init__(self, key: Hashable) -> None:
        self.key = key


class Generators:
    """The generators that have turned up, what each stands for, and what is known of its sign.

    What holds everywhere (keys, positivity) stays for the whole form; what a cell of signs implies
    (the sign of what stands under a logarithm or a root) is forgotten on leaving the cell.
    """

    def __init__(self, positive: frozenset[sp.Symbol] = frozenset()) -> None:
        self.positive = positive
        self.index: dict[Hashable, int] = {}
        self.units: dict[Hashable, Fraction] = {}
        self.positive_generators: set[int] = set()
        self.exponential_of: dict[int, Quotient] = {}
        self.logarithm_of: dict[int, Polynomial] = {}
        self.cosine_of: dict[int, int] = {}
        self.root_of: dict[int, Polynomial] = {}
        self.root_log: dict[int, int] = {}
        self.always_positive: set[int] = set()
        self.orientation: dict[int, int] = {}
        self.signs: Signs = {}
        self.memo: dict[Any, Quotient] = {}

    def enter(self, signs: Signs) -> None:
        """Go into a cell of signs."""
        self.signs = signs
        self.memo = {}
        self.root_of, self.root_log = {}, {}
        self.orientation = dict.fromkeys(self.always_positive, 1)

    def of(self, expr: Any) -> Quotient:
        """The form of an expression."""
        raise NotImplementedError

    def number(self, key: Hashable, positive: bool = False) -> int:
        """The index of the generator of this key, a new one if it is new."""
        i = self.index.setdefault(key, len(self.index))
        if positive:
            self.positive_generators.add(i)
        return i

    def atom(self, key: Hashable, positive: bool = False) -> Quotient:
        return {poly.generator(self.number(key, positive)): Fraction(1)}, poly.ONE

    def generator_power(self, i: int, n: int) -> Quotient:
        if abs(n) > HIGHEST_DEGREE:
            raise Unprovable
        monomial = {poly.generator(i, abs(n)): Fraction(1)}
        return (monomial, poly.ONE) if n >= 0 else (poly.ONE, monomial)

    def power(self, q: Quotient, n: int) -> Quotient:
        if abs(n) > LARGEST_POWER or poly.degree(q) * abs(n) > HIGHEST_DEGREE:
            raise Unprovable
        if n < 0:
            q, n = self.inverse(q), -n
        return poly.raised(q[0], n), poly.raised(q[1], n)

    def inverse(self, q: Quotient) -> Quotient:
        if not self.reduced(q[0]):
            raise Unprovable
        return q[1], q[0]

    def terms(self, q: Quotient) -> Iterator[tuple[Fraction, Hashable, Quotient]]:
        """q = Σ c·m: each coefficient, a canonical key of m, and m itself."""
        numerator, denominator = self.reduced(q[0]), self.reduced(q[1])
        if not numerator:
            return
        if len(denominator) == 1:
            [(below, d)] = denominator.items()
            for m, c in numerator.items():
                common = poly.common_monomial({m: Fraction(1), below: Fraction(1)})
                top, bottom = m - common, below - common
                yield c / d, (top, bottom), ({top: Fraction(1)}, {bottom: Fraction(1)})
            return
        c, p = poly.normalised(numerator)
        d, r = poly.normalised(denominator)
        yield c / d, (frozenset(p.items()), frozenset(r.items())), (p, r)

    def is_positive(self, p: Polynomial) -> bool:
        """Whether every term is visibly positive: positive generators, or squares, a constant."""
        if any(c < 0 for c in p.values()):
            return False
        strict = False
        for m in p:
            powers = list(poly.exponents(m))
            positive = [i in self.positive_generators for i, _ in powers]
            if not all(ok or e % 2 == 0 for ok, (_, e) in zip(positive, powers, strict=True)):
                return False
            strict = strict or all(positive)
        return strict

    def is_zero(self, q: Quotient) -> bool:
        return not self.reduced(q[0])

    def reduced(self, p: Polynomial) -> Polynomial:
        """p with every r^12 (r a root) and every sin² replaced by what they are."""
        if not self.root_of and not self.cosine_of:
            return p
        pending = p
        out: Polynomial = {}
        while pending:
            left: Polynomial = {}
            for m, c in pending.items():
                for i, e in poly.exponents(m):
                    if i in self.root_of and e >= ROOT:
                        factor, used = poly.raised(self.root_of[i], e // ROOT), e - e % ROOT
                    elif i in self.cosine_of and e >= 2:
                        square = {
                            0: Fraction(1),
                            poly.generator(self.cosine_of[i], 2): Fraction(-1),
                        }
                        factor, used = poly.raised(square, e // 2), e - e % 2
                    else:
                        continue
                    opened = poly.times({m - poly.generator(i, used): c}, factor)
                    left = poly.plus(left, opened)
                    break
                else:
                    out = poly.plus(out, {m: c})
            pending = left
        return out
