"""Doubles of an extended range: m·2^e, 1/2 ≤ |m| < 1, e a whole number of 56 bits.

    (m₁·2^e₁)(m₂·2^e₂) = m₁m₂·2^(e₁ + e₂)

Arrays of them add, multiply and go through functions with the rounding of doubles, and nothing
overflows or underflows on the way: 10³⁰⁰·10³⁰⁰/10⁴⁰⁰ is 10²⁰⁰. Only `double` brings a result back
into range, rounded once. About 40 times slower than numpy; it is for the few samples whose
formula leaves the range on the way to a result that is in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

FAR = 2**55
# ln 2 in two parts: k·LN2_HIGH is exact for |k| < 2^21.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ORDINARY = 700.0  # e^x is a normal double for |x| up to here


@dataclass(frozen=True, slots=True)
class Extended:
    """An array m·2^e."""

    m: Any
    e: Any

    @staticmethod
    def of(m: Any, e: Any = 0) -> Extended:
        """m·2^e for any doubles m."""
        m, k = np.frexp(np.asarray(m, dtype=np.float64))
        e = np.where(m == 0, -FAR, np.clip(np.asarray(e, dtype=np.int64) + k, -FAR, FAR))
        return Extended(m, e)

    @staticmethod
    def constant(value: Any) -> Extended:
        """A number of mpmath, to the nearest double mantissa."""
        if not mp.isfinite(value):
            return Extended.of(float(value))
        m, e = mp.frexp(mp.mpf(value))
        return Extended.of(float(m), int(e))

    @property
    def double(self) -> Any:
        """The nearest doubles; inf past their range."""
        return np.ldexp(self.m, np.clip(self.e, -4000, 4000).astype(np.int32))

    # -- arithmetic ---------------------------------------------------------------------------

    def __neg__(self) -> Extended:
        return Extended(-self.m, self.e)

    def __abs__(self) -> Extended:
        return Extended(np.fabs(self.m), self.e)

    def __mul__(self, other: Extended) -> Extended:
        return Extended.of(self.m * other.m, self.e + other.e)

    def __truediv__(self, other: Extended) -> Extended:
        return Extended.of(self.m / other.m, self.e - other.e)

    def __add__(self, other: Extended) -> Extended:
        top = np.maximum(self.e, other.e)
        return Extended.of(self.beside(top) + other.beside(top), top)

    def __sub__(self, other: Extended) -> Extended:
        return self + -other

    def beside(self, top: Any) -> Any:
        """This number in units of 2^top, which is not below it."""
        return np.ldexp(self.m, np.maximum(self.e - top, -2000).astype(np.int32))

    def where(self, condition: Any, other: Extended) -> Extended:
        """This number where the condition holds, the other elsewhere."""
        return Extended(np.where(condition, self.m, other.m), np.where(condition, self.e, other.e))

    def sign(self, other: Extended) -> Any:
        """The sign of self - other, which is exact; ∞ is as large as ∞."""
        alike = np.isinf(self.m) & (self.m == other.m)
        return np.where(alike, 0.0, np.sign((self - other).m))

    # -- powers -------------------------------------------------------------------------------

    def integer_power(self, n: int) -> Extended:
        """uⁿ by repeated squaring."""
        if n < 0:
            return Extended.of(1.0) / self.integer_power(-n)
        out, square = Extended.of(np.where(np.isnan(self.m), np.nan, 1.0)), self
        while n:
            out = out * square if n & 1 else out
            n >>= 1
            square = square * square if n else square
        return out

    def sqrt(self) -> Extended:
        """√u."""
        odd = self.e & 1
        return Extended.of(np.sqrt(np.ldexp(self.m, odd.astype(np.int32))), (self.e - odd) // 2)

    def power(self, a: Any) -> Extended:
        """u^a = m^a·2^(ae), a an array of doubles; ae is split exactly into k + f.

        Where |ae| is past 10¹⁵ the power is 0 or far out of range, unless u is 1.
        """
        given, logarithm = a, np.log2(self.m)
        size = a * (self.e + logarithm)
        lost = np.abs(size) > 1e15
        a = np.where(lost, 0.0, a)
        high = a * 134217729.0
        high = high - (high - a)
        k = np.rint(high * self.e + (a - high) * self.e)
        f = (high * self.e - k) + (a - high) * self.e
        # m^a itself leaves the range where a is large.
        j = np.where(np.abs(a * logarithm) > ORDINARY, np.rint(a * logarithm), 0.0)
        fraction = np.where(
            j == 0, np.power(self.m, np.where(j == 0, a, 0.0)), np.exp2(a * logarithm - j)
        )
        out = Extended.of(fraction * np.exp2(f), _whole(k + j))
        direct = (np.abs(size) < ORDINARY) & (np.abs(self.e) < ORDINARY)
        out = Extended.of(np.power(self.double, np.where(direct, a, 0.0))).where(direct, out)
        out = FARTHEST.where(lost & (size > 0), NOTHING.where(lost & (size < 0), out))
        # What is infinite is no number that is far out, to be 0 beside a factor of 0.
        endless = (np.isinf(self.m) & (given > 0)) | (np.isinf(given) & (size > 0))
        out = Extended.of(np.inf).where(endless, out)
        at_0 = np.where(given > 0, 0.0, np.where(given == 0, 1.0, np.inf))
        out = Extended.of(at_0).where(self.m == 0, out)
        # To the machine what has no value is 1 where it is raised to 0, so is 1 to no value, and a
        # root of -∞ is one of ∞.
        root_of_less = (self.m == -np.inf) & (given != np.rint(given))
        lacking = np.isnan(self.m) | np.isnan(given) | root_of_less
        return Extended.of(np.nan).where(lacking, out)

    def exp(self) -> Extended:
        """e^u = e^r·2^k, r = u - k ln 2."""
        u = self.double
        lost = np.abs(u) > 1e15
        safe = np.where(lost, 0.0, u)
        k = np.where(np.abs(safe) > ORDINARY, np.rint(safe / math.log(2)), 0.0)
        out = Extended.of(np.exp((safe - k * LN2_HIGH) - k * LN2_LOW), _whole(k))
        out = FARTHEST.where(lost & (u > 0), NOTHING.where(lost & (u < 0), out))
        return Extended.of(np.inf).where(np.isinf(self.m) & (self.m > 0), out)

    def log(self) -> Extended:
        """log u = log m + e ln 2; of a double, its own logarithm."""
        near = np.abs(self.e) < 1000
        direct = np.log(np.where(near, self.double, 1.0))
        apart = np.log(self.m) + self.e * math.log(2)
        return Extended.of(np.where(self.m == 0, -np.inf, np.where(near, direct, apart)))


# What stands for a number past every exponent that is kept, with room for factors beside it, and
# for one below.
FARTHEST, NOTHING = Extended.of(1.0, FAR // 16), Extended.of(0.0)


def total(u: Extended) -> Extended:
    """Σu."""
    top = u.e.max()
    return Extended.of(u.beside(top).sum(), top)


def _whole(k: Any) -> Any:
    return np.clip(k, -FAR, FAR).astype(np.int64)
