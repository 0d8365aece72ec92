"""An exact normal form: rational functions over independent generators.

Two expressions are equal if their difference reduces to 0 here. The generators are the symbols,
e^m for each independent monomial m, logarithms, roots, sines and cosines of each independent
angle, and one for each value of any other function; the relations between them (e^a e^b = e^(a+b),
r^12 = p for r = p^(1/12), sin² = 1 - cos², ln ab = ln a + ln b) are worked into the form, so that
reducing to 0 proves equality wherever both sides are defined. Not reducing to 0 proves nothing.

    tanh, sinh, cosh        through e^u
    u^v                     through e^(v ln u)
    |u|, sign, max, cases   one form for each combination of signs, by `cells`
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.notation.nodes import Held
from symgd.verify import polynomial as poly
from symgd.verify.angles import Angles
from symgd.verify.corners import Corners
from symgd.verify.generators import Signs, Undecided, Unprovable
from symgd.verify.polynomial import Quotient

MOST_CELLS = 64


def equal(a: Any, b: Any, positive: frozenset[sp.Symbol] = frozenset()) -> bool:
    """Whether a - b reduces to 0 in every cell of signs; `positive` symbols are known to be > 0."""
    poly.Work.begin()
    try:
        return all(_equal_in_cell(a, b, positive))
    except (Unprovable, poly.TooLarge, RecursionError):
        return False


def _equal_in_cell(a: Any, b: Any, positive: frozenset[sp.Symbol]) -> Iterator[bool]:
    """One answer for each combination of signs that a corner of a or b depends on."""
    pending: list[Signs] = [{}]
    seen = 0
    form = NormalForm(positive)
    while pending:
        form.enter(pending.pop())
        try:
            yield form.is_zero(poly.add(form.of(a), poly.minus(form.of(b))))
        except Undecided as undecided:
            for sign in (1, -1):
                pending.append({**form.signs, undecided.key: sign})
        else:
            seen += 1
        if seen + len(pending) > MOST_CELLS:
            raise Unprovable


class NormalForm(Angles, Corners):
    """Expressions → quotients of polynomials, all over the same generators."""

    def of(self, expr: Any) -> Quotient:
        found = self.memo.get(expr)
        if found is None:
            found = self.memo[expr] = self._of(expr)
        return found

    def _of(self, expr: Any) -> Quotient:
        if expr.is_Rational:
            return poly.constant(Fraction(int(expr.p), int(expr.q))), poly.ONE
        if expr is sp.E:  # as exp(1) is
            return self.exponential((poly.ONE, poly.ONE))
        if expr.is_Symbol or isinstance(expr, Held) or expr.is_NumberSymbol:
            return self.atom(expr, expr in self.positive or expr.is_NumberSymbol)
        for kind, method in _METHODS:
            if isinstance(expr, kind):
                return method(self, expr)
        if expr.is_Function:
            return self.function(expr)
        raise Unprovable

    def sum(self, expr: Any) -> Quotient:
        out: Quotient = ({}, poly.ONE)
        for a in expr.args:
            out = poly.add(out, self.of(a))
        return out

    def product(self, expr: Any) -> Quotient:
        out: Quotient = (poly.ONE, poly.ONE)
        for a in expr.args:
            out = poly.multiply(out, self.of(a))
        return out

    def pow(self, expr: Any) -> Quotient:
        if expr.base is sp.E:
            return self.exponential(self.of(expr.exp))
        if expr.exp.is_Integer:
            return self.power(self.of(expr.base), int(expr.exp))
        return self.exponential(
            poly.multiply(self.of(expr.exp), self.logarithm(self.of(expr.base)))
        )

    def function(self, expr: Any) -> Quotient:
        """One generator for each value; erfc = 1 - erf, odd functions give up the sign inside."""
        if isinstance(expr, sp.erfc):
            return poly.add(
                (poly.ONE, poly.ONE), poly.minus(self.of(sp.erf(*expr.args, evaluate=False)))
            )
        name = getattr(expr.func, "__name__", str(expr.func))
        keys, odd = [], Fraction(1)
        for a in expr.args:
            parts = sorted(self.terms(self.of(a)), key=lambda t: repr(t[1]))
            flip = -1 if isinstance(expr, _ODD) and parts and parts[0][0] < 0 else 1
            odd *= flip
            keys.append(tuple((flip * c, key) for c, key, _ in parts))
        q = self.atom((name, tuple(keys)))
        return poly.scaled(q, odd)


_ODD = (sp.atan, sp.erf, sp.asin, sp.asinh, sp.atanh)

# kind of node                                           its form
_METHODS: tuple[tuple[Any, Any], ...] = (
    (sp.Add, NormalForm.sum),
    (sp.Mul, NormalForm.product),
    (sp.Pow, NormalForm.pow),
    (sp.exp, lambda form, e: form.exponential(form.of(e.args[0]))),
    (sp.log, NormalForm.log),
    ((sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch), NormalForm.hyperbolic),
    ((sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc), NormalForm.circular),
    (sp.Abs, NormalForm.abs),
    (sp.sign, NormalForm.sign),
    (sp.Heaviside, NormalForm.heaviside),
    (sp.DiracDelta, NormalForm.dirac),
    ((sp.Max, sp.Min), NormalForm.extremum),
    (sp.Piecewise, NormalForm.cases),
)  # fmt: skip
