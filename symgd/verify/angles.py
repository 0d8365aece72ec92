"""Hyperbolic functions through e^u, circular ones through the sine and cosine of each angle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.verify import polynomial as poly
from symgd.verify.exponents import Exponents
from symgd.verify.generators import MOST_TURNS, Unprovable
from symgd.verify.polynomial import Quotient


class Angles(Exponents):
    """sinh, cosh, tanh; sin, cos, tan; and their reciprocals."""

    def hyperbolic(self, expr: Any) -> Quotient:
        """Through a = e^u and 1/a: sinh = (a - 1/a)/2, cosh = (a + 1/a)/2."""
        a = self.exponential(self.of(expr.args[0]))
        up, down = poly.multiply(a, a), (poly.ONE, poly.ONE)
        sinh2, cosh2 = poly.add(up, poly.minus(down)), poly.add(up, down)
        twice = poly.multiply(a, (poly.constant(Fraction(2)), poly.ONE))
        above, below = {
            sp.sinh: (sinh2, twice),
            sp.cosh: (cosh2, twice),
            sp.tanh: (sinh2, cosh2),
            sp.coth: (cosh2, sinh2),
            sp.sech: (twice, cosh2),
            sp.csch: (twice, sinh2),
        }[expr.func]
        return poly.multiply(above, self.inverse(below))

    def circular(self, expr: Any) -> Quotient:
        """e^(iu) = Π (cos m + i sin m)^c over the independent angles m."""
        cos: Quotient = (poly.ONE, poly.ONE)
        sin: Quotient = ({}, poly.ONE)
        for c, key, _ in self.terms(self.of(expr.args[0])):
            unit = self.units.setdefault(("angle", key), abs(c) / 2)
            steps = c / unit
            if steps.denominator != 1 or abs(steps) > MOST_TURNS:
                raise Unprovable
            cosine, sine = self.number(("cos", key)), self.number(("sin", key))
            self.cosine_of[sine] = cosine
            turn_cos: Quotient = ({poly.generator(cosine): Fraction(1)}, poly.ONE)
            turn_sin: Quotient = ({poly.generator(sine): Fraction(1 if c > 0 else -1)}, poly.ONE)
            for _step in range(abs(int(steps))):
                cos, sin = self._turned(cos, sin, turn_cos, turn_sin)
        one = (poly.ONE, poly.ONE)
        above, below = {
            sp.sin: (sin, one),
            sp.cos: (cos, one),
            sp.tan: (sin, cos),
            sp.cot: (cos, sin),
            sp.sec: (one, cos),
            sp.csc: (one, sin),
        }[expr.func]
        return poly.multiply(above, self.inverse(below))

    def _turned(
        self, cos: Quotient, sin: Quotient, c: Quotient, s: Quotient
    ) -> tuple[Quotient, Quotient]:
        """(cos + i sin)(c + i s)."""
        real = poly.add(poly.multiply(cos, c), poly.minus(poly.multiply(sin, s)))
        imaginary = poly.add(poly.multiply(cos, s), poly.multiply(sin, c))
        return (self.reduced(real[0]), real[1]), (self.reduced(imaginary[0]), imaginary[1])
