"""Numbers that a node can be evaluated in, as arrays of objects.

    Exact      fractions: right to the last digit, where every operation is rational
    Dual       u + u'ε with ε² = 0, of fractions: a value and its directional derivative
    Precise    mpmath, to as many digits as are set

What is the same for all of them (sums, products, transposes) stands in values.py; here are the
functions and the inverse, by elimination.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import prod
from typing import Any

import mpmath as mp
import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

from symgd.errors import DataError
from symgd.functions import BY_HEAD, ROWS, Elementary
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.language.arrays.functions import formula
from symgd.trees.arrays import Function
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, settle, sub, walk
from symgd.verify.evaluate import at as value_at
from symgd.verify.evaluate import evaluate
from symgd.verify.lazy import np
from symgd.verify.meaning import differentiate

Array = Any
Z = symbol("z")


class NotRationalError(Exception):
    """A function whose values are not fractions."""


class Field(ABC):
    """A kind of number. `inverse`, `determinant` by elimination with its own pivots."""

    @abstractmethod
    def number(self, q: Fraction) -> Any:
        """A fraction as a number of this kind."""

    @abstractmethod
    def function(self, f: Function, x: Any) -> Any:
        """f at one number."""

    @abstractmethod
    def power(self, x: Any, e: Any) -> Any:
        """x^e at one number."""

    def sides(self, f: Function, x: Any) -> tuple[int, ...]:
        """On which side of each of the borders of f the number lies: -1, 0 or 1."""
        return ()

    @abstractmethod
    def measure(self, x: Any) -> Any:
        """How good a pivot it is; 0 for none."""

    def log(self, x: Any) -> Any:
        return self.function(Function("log"), x)

    def exp(self, x: Any) -> Any:
        return self.function(Function("exp"), x)

    def absolute(self, x: Any) -> Any:
        return self.function(Function("abs"), x)

    def sign(self, x: Any) -> Any:
        return self.function(Function("sign"), x)

    def array(self, rows: Any) -> Array:
        """Rows of fractions as an array of this kind."""
        out = np.empty((len(rows), len(rows[0])), dtype=object)
        for i, row in enumerate(rows):
            for j, q in enumerate(row):
                out[i, j] = self.number(q)
        return out

    def full(self, m: int, n: int, q: int) -> Array:
        out = np.empty((m, n), dtype=object)
        out[...] = self.number(Fraction(q))
        return out

    def each(self, f: Any, *arrays: Array) -> Array:
        out = np.empty(arrays[0].shape, dtype=object)
        for i in np.ndindex(out.shape):
            out[i] = f(*(a[i] for a in arrays))
        return out

    def eliminate(self, a: Array) -> tuple[Array, Any]:
        """The inverse and the determinant, by Gauss and Jordan."""
        n = a.shape[0]
        left, right, det = a.copy(), self.identity(n), self.number(Fraction(1))
        for i in range(n):
            k = max(range(i, n), key=lambda r: self.measure(left[r, i]))
            if not self.measure(left[k, i]):
                return None, self.number(Fraction(0))
            if k != i:
                left[[i, k]], right[[i, k]], det = left[[k, i]], right[[k, i]], -det
            pivot = left[i, i]
            det = det * pivot
            left[i], right[i] = left[i] / pivot, right[i] / pivot
            for r in range(n):
                if r != i:
                    q = left[r, i]
                    left[r], right[r] = left[r] - left[i] * q, right[r] - right[i] * q
        return right, det

    def identity(self, n: int) -> Array:
        out = self.full(n, n, 0)
        for i in range(n):
            out[i, i] = self.number(Fraction(1))
        return out

    def inverse(self, a: Array) -> Array:
        out, _ = self.eliminate(a)
        if out is None:
            raise DataError("A matrix without an inverse.")
        return out

    def determinant(self, a: Array) -> Any:
        return self.eliminate(a)[1]


@cache
def rational(f: Function) -> Expr:
    """f(z), or its slope by sympy's own derivative, where it is made of straight pieces.

    Raises NotRationalError for any other function: its values at fractions need not be fractions.
    """
    expr = formula(Function(f.name, f.parameters))
    if f.order > 1 or not all(map(_is_straight, walk(expr))):
        raise NotRationalError(str(f))
    return differentiate(settle(expr), (Z,)) if f.order else expr


def _is_straight(e: Any) -> bool:
    """Whether a node keeps what is piecewise linear piecewise linear."""
    if e.is_Mul:
        return sum(bool(a.free_symbols) for a in e.args) < 2
    exact = e.func in BY_HEAD and BY_HEAD[e.func].exact
    return bool(exact or e.is_Symbol or e.is_Rational or e.is_Add or _is_cases(e))


def _is_cases(e: Any) -> bool:
    return isinstance(e, sp.Piecewise | ExprCondPair) or e.is_Boolean or e.is_Relational


def at_fraction(expr: Any, z: Fraction) -> Fraction:
    """The value of what `rational` gave."""
    if expr.is_Symbol:
        return z
    if expr.is_Rational:
        return Fraction(int(expr.p), int(expr.q))
    if isinstance(expr, sp.Piecewise):
        return next(at_fraction(v, z) for v, c in expr.args if _holds(c, z))
    args = [at_fraction(a, z) for a in expr.args[: 1 if expr.func in _SLOPES else None]]
    if expr.is_Add:
        return sum(args, start=Fraction(0))
    if expr.is_Mul:
        return prod(args, start=Fraction(1))
    if expr.func in _SLOPES:
        return _SLOPES[expr.func](*args)
    if expr.func not in BY_HEAD or not BY_HEAD[expr.func].exact:
        raise NotRationalError(str(expr.func))
    return Fraction(BY_HEAD[expr.func].value(*args))  # type: ignore[misc]


# What sympy's derivatives of pieces are made of, away from the corners.
_SLOPES: dict[Any, Callable[[Fraction], Fraction]] = {
    sp.Heaviside: lambda u: Fraction(u > 0),
    sp.DiracDelta: lambda u: Fraction(0),
}


def _holds(condition: Any, z: Fraction) -> bool:
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.And):
        return all(_holds(c, z) for c in condition.args)
    if isinstance(condition, sp.Or):
        return any(_holds(c, z) for c in condition.args)
    if isinstance(condition, sp.Not):
        return not _holds(condition.args[0], z)
    a, b = (at_fraction(side, z) for side in condition.args)
    return bool(RELATIONS[type(condition)].holds(a, b))


class Exact(Field):
    """Fractions."""

    def number(self, q: Fraction) -> Any:
        return q

    def function(self, f: Function, x: Any) -> Any:
        return at_fraction(rational(f), x)

    def power(self, x: Any, e: Any) -> Any:
        if e.denominator != 1:
            raise NotRationalError("a root")
        if not x and e < 0:
            raise DataError("A division by zero.")
        return x ** int(e)

    def measure(self, x: Any) -> Any:
        return abs(x)


@dataclass(frozen=True, slots=True)
class Two:
    """u + u'ε."""

    u: Fraction
    du: Fraction = Fraction(0)

    def __add__(self, other: Two) -> Two:
        return Two(self.u + other.u, self.du + other.du) if other else self

    __radd__ = __add__

    def __sub__(self, other: Two) -> Two:
        return Two(self.u - other.u, self.du - other.du)

    def __neg__(self) -> Two:
        return Two(-self.u, -self.du)

    def __mul__(self, other: Two) -> Two:
        return Two(self.u * other.u, self.u * other.du + self.du * other.u)

    def __truediv__(self, other: Two) -> Two:
        q = self.u / other.u
        return Two(q, (self.du - q * other.du) / other.u)


class Dual(Field):
    """u + u'ε, of fractions."""

    def number(self, q: Fraction) -> Any:
        return Two(q)

    def function(self, f: Function, x: Any) -> Any:
        if f.order:
            raise NotRationalError(str(f))
        value = at_fraction(rational(f), x.u)
        if x.du and 0 in self.sides(f, x):
            raise DataError(f"A point at a corner of {f}, from which the direction leads away.")
        return Two(value, at_fraction(rational(f.prime), x.u) * x.du)

    def sides(self, f: Function, x: Any) -> tuple[int, ...]:
        values = (at_fraction(b, x.u) for b in borders(f))
        return tuple((v > 0) - (v < 0) for v in values)

    def power(self, x: Any, e: Any) -> Any:
        if e.du or e.u.denominator != 1:
            raise NotRationalError("a root")
        out, base = Two(Fraction(1)), x
        if e.u < 0:
            if not x.u:
                raise DataError("A division by zero.")
            base = out / x
        for _ in range(abs(int(e.u))):
            out = out * base
        return out

    def measure(self, x: Any) -> Any:
        return abs(x.u)


class Precise(Field):
    """mpmath, to the digits of its context."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, Any], Any] = {}

    def number(self, q: Fraction) -> Any:
        return mp.mpf(q.numerator) / q.denominator

    def function(self, f: Function, x: Any) -> Any:
        key = (str(f), x)
        if key not in self.known:
            self.known[key] = self._function(f, x)
        return self.known[key]

    def _function(self, f: Function, x: Any) -> Any:
        if f.order:
            below = Function(f.name, f.parameters, f.order - 1)
            h = mp.mpf(10) ** (-mp.mp.dps // 3)
            here = self.sides(f, x)
            if 0 not in here and any(self.sides(f, y) != here for y in (x - h, x + h)):
                raise DataError(f"A point next to a corner of {f}.")
            return (self.function(below, x + h) - self.function(below, x - h)) / (2 * h)
        row = ROWS[f.name]
        if isinstance(row, Elementary) and row.value is not None and not f.parameters:
            return _real(value_at(row, x))
        return _real(evaluate(formula(f), {Z: x}))

    def power(self, x: Any, e: Any) -> Any:
        # the sum over a skew matrix is 0 but for rounding
        if e < 0 and abs(x) < mp.mpf(10) ** (-mp.mp.dps * 9 // 10):
            raise DataError("A division by zero.")
        return _real(x**e) if e != mp.mpf("0.5") else _real(mp.sqrt(x))

    def measure(self, x: Any) -> Any:
        # what is left of 0 after rounding is 0
        size = abs(x)
        return size if size > mp.mpf(10) ** (-mp.mp.dps // 2) else 0

    def sides(self, f: Function, x: Any) -> tuple[int, ...]:
        found = borders(f)
        return tuple(int(mp.sign(evaluate(b, {Z: x}))) for b in found) if found else ()


@cache
def borders(f: Function) -> tuple[Expr, ...]:
    """What is 0 where f may have a corner or jump: u of |u|, a - b of max(a, b) and of a > b."""
    found: dict[Expr, None] = {}
    for n in walk(formula(Function(f.name, f.parameters))):
        if isinstance(n, sp.Abs | sp.sign):
            found[n.args[0]] = None
        elif isinstance(n, sp.Max | sp.Min) or n.is_Relational:
            found.update((sub(a, b), None) for a, b in combinations(n.args, 2))
    return tuple(found)


def _real(x: Any) -> Any:
    if isinstance(x, mp.mpc) or not mp.isfinite(x):
        raise DataError("A value that is not a real number.")
    return x
