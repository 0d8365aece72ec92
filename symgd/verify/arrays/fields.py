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
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from symgd.errors import DataError
from symgd.language.arrays.functions import formula
from symgd.trees.arrays import Function
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, sub, walk
from symgd.verify.evaluate import evaluate

Array = Any


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

    def eliminated(self, a: Array) -> tuple[Array, Any]:
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
        out, _ = self.eliminated(a)
        if out is None:
            raise DataError("A matrix without an inverse.")
        return out

    def determinant(self, a: Array) -> Any:
        return self.eliminated(a)[1]


# The functions whose values at a fraction are fractions.
_RATIONAL: dict[str, Callable[[Fraction], Fraction]] = {
    "relu": lambda x: max(x, Fraction(0)),
    "step": lambda x: Fraction(x > 0),
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "abs": abs,
    "identity": lambda x: x,
}
_SLOPES: dict[str, Callable[[Fraction], Fraction]] = {
    "relu": lambda x: Fraction(x > 0),
    "step": lambda x: Fraction(0),
    "sign": lambda x: Fraction(0),
    "abs": lambda x: Fraction((x > 0) - (x < 0)),
    "identity": lambda x: Fraction(1),
}


# Those with a corner, or a jump, at 0.
_CORNERED = frozenset(_RATIONAL) - {"identity"}


class Exact(Field):
    """Fractions."""

    def number(self, q: Fraction) -> Any:
        return q

    def function(self, f: Function, x: Any) -> Any:
        table = _RATIONAL if not f.order else _SLOPES if f.order == 1 else {}
        if f.name not in table:
            raise NotRationalError(str(f))
        return table[f.name](x)

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
        slopes = _SLOPES if not f.order else {}
        if f.name not in slopes:
            raise NotRationalError(str(f))
        if x.du and any(s == 0 for s in self.sides(f, x)):
            raise DataError(f"A point at a corner of {f}, from which the direction leads away.")
        return Two(_RATIONAL[f.name](x.u), slopes[f.name](x.u) * x.du)

    def sides(self, f: Function, x: Any) -> tuple[int, ...]:
        return (0,) if f.name in _CORNERED and not x.u else ()

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
        direct = _MP.get(f.name)
        if direct is not None:
            return _real(direct(x))
        return _real(evaluate(formula(f), {symbol("z"): x}))

    def power(self, x: Any, e: Any) -> Any:
        if not x and e < 0:
            raise DataError("A division by zero.")
        return _real(x**e) if e != mp.mpf("0.5") else _real(mp.sqrt(x))

    def measure(self, x: Any) -> Any:
        # what is left of 0 after rounding is 0
        size = abs(x)
        return size if size > mp.mpf(10) ** (-mp.mp.dps // 2) else 0

    def sides(self, f: Function, x: Any) -> tuple[int, ...]:
        found = borders(f)
        return tuple(int(mp.sign(evaluate(b, {symbol("z"): x}))) for b in found) if found else ()


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


# Beyond it e^x is written in more digits than there is room for.
LARGEST_ARGUMENT = 10**7


def _exp(x: Any) -> Any:
    if abs(x) > LARGEST_ARGUMENT:
        if x > 0:
            raise DataError("A value that is too large.")
        return mp.mpf(0)
    return mp.exp(x)


def _bounded(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def value(x: Any) -> Any:
        if abs(x) > LARGEST_ARGUMENT:
            raise DataError("A value that is too large.")
        return f(x)

    return value


#  word
_MP: dict[str, Any] = {
    "exp": _exp,
    "log": mp.log,
    "sin": _bounded(mp.sin),
    "cos": _bounded(mp.cos),
    "tan": _bounded(mp.tan),
    "tanh": mp.tanh,
    "sinh": _bounded(mp.sinh),
    "cosh": _bounded(mp.cosh),
    "atan": mp.atan,
    "erf": mp.erf,
    "abs": abs,
    "sign": mp.sign,
    "relu": lambda x: max(x, mp.mpf(0)),
    "step": lambda x: mp.mpf(x > 0),
    "sigmoid": lambda x: 0 * x if x < -LARGEST_ARGUMENT else 1 / (1 + _exp(-x)),
}
