"""Corners: |u|, sign, max, min and cases have one form in each cell of signs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.functions.relations import BY_HEAD
from symgd.verify import polynomial as poly
from symgd.verify.generators import Generators, Undecided, Unprovable
from symgd.verify.polynomial import Quotient


class Corners(Generators):
    """Functions whose form depends on a sign."""

    def sign_of(self, q: Quotient) -> int:
        """The sign of q in this cell; raises Undecided where the cell does not say."""
        p = self.reduced(poly.times(self.reduced(q[0]), q[1]))
        if not p:
            return 0
        content, p = poly.normalised(p)
        sign = 1 if content > 0 else -1
        if self.is_positive(p):
            return sign
        key = frozenset(p.items())
        if key not in self.signs:
            raise Undecided(key)
        return sign * self.signs[key]

    def abs(self, expr: Any) -> Quotient:
        u = self.of(expr.args[0])
        return poly.scaled(u, Fraction(self.sign_of(u)))

    def sign(self, expr: Any) -> Quotient:
        return poly.constant(Fraction(self.sign_of(self.of(expr.args[0])))), poly.ONE

    def heaviside(self, expr: Any) -> Quotient:
        up = self.sign_of(self.of(expr.args[0])) > 0
        return poly.constant(Fraction(int(up))), poly.ONE

    def dirac(self, expr: Any) -> Quotient:
        self.sign_of(self.of(expr.args[0]))
        return {}, poly.ONE

    def extremum(self, expr: Any) -> Quotient:
        direction = 1 if isinstance(expr, sp.Max) else -1
        best, *rest = map(self.of, expr.args)
        for q in rest:
            if direction * self.sign_of(poly.add(q, poly.minus(best))) > 0:
                best = q
        return best

    def cases(self, expr: Any) -> Quotient:
        for value, condition in expr.args:
            if self.holds(condition):
                return self.of(value)
        raise Unprovable

    def holds(self, condition: Any) -> bool:
        """Whether a condition holds inside the cell, where nothing is equal by chance."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        # A list, so that every condition is looked at and the cell of signs is complete.
        if isinstance(condition, sp.And):
            return all([self.holds(c) for c in condition.args])  # noqa: C419
        if isinstance(condition, sp.Or):
            return any([self.holds(c) for c in condition.args])  # noqa: C419
        if isinstance(condition, sp.Not):
            return not self.holds(condition.args[0])
        if isinstance(condition, sp.ITE):
            return self.holds(
                condition.args[1] if self.holds(condition.args[0]) else condition.args[2]
            )
        a, b = map(self.of, condition.args)
        sign = self.sign_of(poly.add(a, poly.minus(b)))
        return sign in BY_HEAD[type(condition)].signs
