"""Exponentials, logarithms and roots: e^a e^b = e^(a+b), ln ab = ln a + ln b, u^v = e^(v ln u)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Any

from sympy.ntheory import factorint

from symgd.verify import polynomial as poly
from symgd.verify.generators import ROOT, Generators, Unprovable
from symgd.verify.polynomial import Polynomial, Quotient

LARGEST_NUMBER = 10**18


class Exponents(Generators):
    """What has an exponential, a logarithm or a root in it."""

    def exponential(self, q: Quotient) -> Quotient:
        """e^(Σ c·m) = Π (e^m)^c, where e^(c ln p) is p^c."""
        out: Quotient = (poly.ONE, poly.ONE)
        for c, key, m in self.terms(q):
            base = self._single_generator(m)
            if base is not None and base in self.logarithm_of:
                out = poly.multiply(out, self.root(base, c))
            else:
                out = poly.multiply(out, self.exponential_power(c, key, m))
        return out

    def _single_generator(self, m: Quotient) -> int | None:
        if m[1] != poly.ONE or len(m[0]) != 1:
            return None
        found = list(poly.exponents(next(iter(m[0]))))
        return found[0][0] if len(found) == 1 and found[0][1] == 1 else None

    def exponential_power(self, c: Fraction, key: Hashable, m: Quotient) -> Quotient:
        unit = self.units.setdefault(("exp", key), abs(c) / ROOT)
        steps = c / unit
        if steps.denominator != 1:
            key, unit, steps = (key, abs(c)), abs(c), Fraction(1 if c > 0 else -1)
        i = self.number(("exp", key), positive=True)
        self.exponential_of[i] = (
            {k: v * unit for k, v in m[0].items()},
            m[1],
        )
        return self.generator_power(i, int(steps))

    def root(self, logarithm: int, c: Fraction) -> Quotient:
        """e^(c ln p) = p^c, with a twelfth root of p for what is not whole."""
        p = self.logarithm_of[logarithm]
        if c.denominator == 1 and c.numerator % 2 == 0:
            return self.power((p, poly.ONE), int(c))
        if logarithm not in self.orientation:
            raise Unprovable
        p = p if self.orientation[logarithm] > 0 else poly.negative(p)
        if c.denominator == 1:
            return self.power((p, poly.ONE), int(c))
        steps = c * ROOT
        if steps.denominator != 1:
            return self.exponential_power(
                c, ("ln", logarithm), ({poly.generator(logarithm): Fraction(1)}, poly.ONE)
            )
        i = self.number(("root", logarithm, self.orientation[logarithm]), positive=True)
        self.root_log[i], self.root_of[i] = logarithm, p
        return self.generator_power(i, int(steps))

    def log(self, expr: Any) -> Quotient:
        return self.logarithm(self.of(expr.args[0]))

    def logarithm(self, q: Quotient) -> Quotient:
        """ln |a/b| = ln |a| - ln |b|, opened into numbers, monomials and what remains.

        That the argument is positive settles the sign of the one factor in it whose sign is not
        known; a factor whose sign stays open keeps its absolute value, and `root` refuses it. An
        argument that cannot be positive proves nothing.
        """
        above, below = self.reduced(q[0]), self.reduced(q[1])
        if not above or not below:
            raise Unprovable
        out: Quotient = ({}, poly.ONE)
        sign, unknown = 1, []
        for p, direction in ((above, 1), (below, -1)):
            content, rest = poly.normalised(p)
            sign *= 1 if content > 0 else -1
            out = poly.add(out, poly.scaled(self._log_number(abs(content)), Fraction(direction)))
            for atom, e in self._log_factors(rest):
                if isinstance(atom, int):
                    if atom in self.orientation:
                        sign *= self.orientation[atom] ** e
                    elif e % 2:
                        unknown.append(atom)
                    atom_log: Quotient = ({poly.generator(atom): Fraction(1)}, poly.ONE)
                else:
                    atom_log = atom
                out = poly.add(out, poly.scaled(atom_log, Fraction(direction * e)))
        if len(unknown) == 1:
            self.orientation[unknown[0]] = sign
        elif not unknown and sign < 0:
            raise Unprovable
        return out

    def _log_factors(self, p: Polynomial) -> Iterator[tuple[int | Quotient, int]]:
        """The factors of p and their exponents: a logarithm's generator, or a logarithm known."""
        monomial = poly.common_monomial(p)
        for i, e in poly.exponents(monomial):
            if i in self.exponential_of:
                yield self.exponential_of[i], e
            elif i in self.root_of:
                yield ({poly.generator(self.root_log[i]): Fraction(1, ROOT)}, poly.ONE), e
            else:
                yield (
                    self._log_atom({poly.generator(i): Fraction(1)}, i in self.positive_generators),
                    e,
                )
        rest = {m - monomial: c for m, c in p.items()}
        if rest != poly.ONE:
            yield self._log_atom(rest, self.is_positive(rest)), 1

    def _log_number(self, c: Fraction) -> Quotient:
        out: Quotient = ({}, poly.ONE)
        for n, sign in ((c.numerator, 1), (c.denominator, -1)):
            if n > LARGEST_NUMBER:
                raise Unprovable
            for prime, e in factorint(n).items():
                i = self._log_atom({0: Fraction(prime)}, True)
                out = poly.plus(out[0], {poly.generator(i): Fraction(sign * e)}), poly.ONE
        return out

    def _log_atom(self, p: Polynomial, positive: bool) -> int:
        """The generator of ln |p|, p normalised."""
        i = self.number(("log", frozenset(p.items())))
        self.logarithm_of[i] = p
        if positive:
            self.always_positive.add(i)
            self.orientation[i] = 1
        return i
