"""Pairs of doubles, hi + lo: arithmetic of about 104 bits on whole arrays, and functions of it.

What the balls do for one sample, these do for many at once, in between: a program with its check
(`programs.bounds`) is evaluated over pairs, and the check says in the same units, now of 2⁻¹⁰⁰,
whether the pair of a sample tells its double. `sound` is False where a product left the range in
which both halves have all their bits.

    T. J. Dekker, A floating-point technique for extending the available precision, 1971
    Y. Hida, X. S. Li and D. H. Bailey, Library for double-double arithmetic, 2000
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath as mp
import numpy as np

Pair: TypeAlias = tuple[Any, Any]

SPLITTER = 134217729.0  # 2^27 + 1
SMALLEST = 1e-200
MOST_TURNS = 2.0**20


def of_number(x: Any) -> Pair:
    """A number of mpmath as the nearest pair."""
    hi = float(x)
    return np.float64(hi), np.float64(float(x - mp.mpf(hi)))


with mp.workprec(200):
    LN2 = of_number(mp.ln(2))
    HALF_PI = [float(mp.pi / 2)]
    for _ in range(2):
        HALF_PI.append(float(mp.pi / 2 - mp.fsum(HALF_PI)))
    INVERSE_FACTORIALS = [of_number(1 / mp.factorial(n)) for n in range(31)]


def two_sum(a: Any, b: Any) -> Pair:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def quick_sum(a: Any, b: Any) -> Pair:
    s = a + b
    return s, b - (s - a)


def split(a: Any) -> Pair:
    t = SPLITTER * a
    hi = t - (t - a)
    return hi, a - hi


def two_product(a: Any, b: Any) -> Pair:
    p = a * b
    (a1, a2), (b1, b2) = split(a), split(b)
    return p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2


class PairField:
    """Arithmetic and functions of pairs, under the names that `ball.Field` has for them."""

    bits = 104

    def __init__(self, n: int) -> None:
        self.sound = np.ones(n, bool)

    # -- numbers -----------------------------------------------------------------------------

    def number(self, x: Any) -> Pair:
        return x, np.zeros_like(x)

    def fraction(self, q: Fraction) -> Pair:
        with mp.workprec(200):
            return of_number(mp.mpf(q.numerator) / q.denominator)

    def named(self, e: Any) -> Pair:
        """π, e, ..."""
        with mp.workprec(200):
            return of_number(mp.mpf(e._to_mpmath(200)))

    # -- arithmetic --------------------------------------------------------------------------

    def add(self, u: Pair, v: Pair) -> Pair:
        s, e = two_sum(u[0], v[0])
        t, f = two_sum(u[1], v[1])
        s, e = quick_sum(s, e + t)
        return quick_sum(s, e + f)

    def neg(self, u: Pair) -> Pair:
        return -u[0], -u[1]

    def mul(self, u: Pair, v: Pair) -> Pair:
        p, e = two_product(u[0], v[0])
        self.sound &= (np.fabs(p) > SMALLEST) | (u[0] == 0.0) | (v[0] == 0.0)
        return quick_sum(p, e + (u[0] * v[1] + u[1] * v[0]))

    def scaled(self, u: Pair, c: float) -> Pair:
        """cu, c a power of two."""
        return u[0] * c, u[1] * c

    def inverse(self, u: Pair) -> Pair:
        q = 1.0 / u[0]
        self.sound &= (np.fabs(q) > SMALLEST) & (np.fabs(u[0]) > SMALLEST)
        one: Pair = (np.float64(1.0), np.float64(0.0))
        for _ in range(2):
            guess: Pair = (q, np.zeros_like(q)) if not isinstance(q, tuple) else q
            rest = self.add(one, self.neg(self.mul(u, guess)))
            q = self.add(guess, (rest[0] / u[0], np.zeros_like(rest[0])))
        return q

    def over(self, u: Pair, v: Pair) -> Pair:
        return self.mul(u, self.inverse(v))

    def integer_power(self, u: Pair, n: int) -> Pair:
        if n < 0:
            return self.integer_power(self.inverse(u), -n)
        out: Pair = (np.float64(1.0), np.float64(0.0))
        while n:
            if n & 1:
                out = self.mul(out, u)
            n >>= 1
            if n:
                u = self.mul(u, u)
        return out

    def sqrt(self, u: Pair) -> Pair:
        x = np.sqrt(u[0])
        self.sound &= (u[0] > SMALLEST) | (u[0] == 0.0)
        rest = self.add(u, self.neg(two_product(x, x)))
        below = np.where(x == 0.0, 1.0, 2.0 * x)
        return quick_sum(x, rest[0] / below)

    def power(self, u: Pair, p: Pair, q: Fraction | None = None) -> Pair:
        if q == Fraction(1, 2):
            return self.sqrt(u)
        exponent = self.mul(self.log(u), p)
        # past 2^10 the exponent takes bits from the power that the check does not know of
        self.sound &= np.fabs(exponent[0]) < 600.0
        return self.exp(exponent)

    # -- choices -----------------------------------------------------------------------------

    def abs(self, u: Pair) -> Pair:
        below = np.where(u[0] < 0.0, -1.0, 1.0)
        return u[0] * below, u[1] * below

    def max(self, u: Pair, v: Pair) -> Pair:
        return self.either(self.add(u, self.neg(v))[0] >= 0.0, u, v)

    def min(self, u: Pair, v: Pair) -> Pair:
        return self.either(self.add(u, self.neg(v))[0] <= 0.0, u, v)

    def either(self, first: Any, u: Pair, v: Pair) -> Pair:
        return np.where(first, u[0], v[0]), np.where(first, u[1], v[1])

    def sign_of(self, u: Pair) -> Pair:
        return np.sign(u[0]), np.zeros_like(u[0])

    # -- functions ---------------------------------------------------------------------------

    def series(self, w: Pair, first: int, step: int, last: int, signs: int = 1) -> Pair:
        """Σ (±1)ᵏ wᵏ/(first + k·step)!, up to last!."""
        n = last
        out: Pair = INVERSE_FACTORIALS[n]
        while n > first:
            n -= step
            term = self.mul(out, w) if signs > 0 else self.neg(self.mul(out, w))
            out = self.add(INVERSE_FACTORIALS[n], term)
        return out

    def small_expm1(self, r: Pair) -> Pair:
        """e^r - 1, |r| < 0.4: of r/64 by its series, doubled six times, s ← 2s + s²."""
        r = self.scaled(r, 1.0 / 64.0)
        s = self.mul(r, self.series(r, 1, 1, 14))
        for _ in range(6):
            s = self.add(self.scaled(s, 2.0), self.mul(s, s))
        return s

    def parts(self, u: Pair) -> tuple[Any, Pair]:
        """u = k log 2 + r."""
        k = np.rint(np.clip(u[0], -1100.0, 1100.0) / LN2[0])
        turn = self.mul((k, np.zeros_like(k)), LN2)
        return k, self.add(u, self.neg(turn))

    def exp(self, u: Pair) -> Pair:
        sound, self.sound = self.sound, np.ones_like(self.sound)
        k, r = self.parts(u)
        grown = self.add((np.float64(1.0), np.float64(0.0)), self.small_expm1(r))
        self.sound = sound & (np.fabs(u[0]) < 450.0)
        scale = np.exp2(np.clip(k, -1000.0, 1000.0))
        return grown[0] * scale, grown[1] * scale

    def expm1(self, u: Pair) -> Pair:
        sound = self.sound
        near = np.fabs(u[0]) < 0.34
        small = self.either(near, u, (np.zeros_like(u[0]), np.zeros_like(u[0])))
        self.sound = np.ones_like(sound)
        first = self.small_expm1(small)
        self.sound = sound & ((np.fabs(u[0]) > 1e-150) | (u[0] == 0.0))
        grown = self.add(self.exp(u), (np.float64(-1.0), np.float64(0.0)))
        return self.either(near, first, grown)

    def log1p(self, u: Pair) -> Pair:
        """y + (e^-y - 1) + u e^-y, y near log(1 + u): a step of Newton's."""
        y = np.log1p(u[0])
        back = self.expm1((-y, np.zeros_like(y)))
        rest = self.add(back, self.add(u, self.mul(u, back)))
        return self.add((y, np.zeros_like(y)), rest)

    def log(self, u: Pair) -> Pair:
        m, k = np.frexp(u[0])
        low = m < math.sqrt(0.5)
        m, k = np.where(low, 2.0 * m, m), np.where(low, k - 1, k)
        scale = np.exp2(-np.clip(k, -1000, 1000).astype(np.float64))
        rest = self.add((m, u[1] * scale), (np.float64(-1.0), np.float64(0.0)))
        self.sound &= (u[0] > SMALLEST) & (u[0] < 1.0 / SMALLEST)
        part = self.log1p(rest)
        k = k.astype(np.float64)
        return self.add(part, self.quiet(k, LN2))

    def quiet(self, k: Any, v: Pair) -> Pair:
        """kv, k a whole number that may be 0."""
        p, e = two_product(k, v[0])
        return quick_sum(p, e + k * v[1])

    def turned(self, u: Pair) -> tuple[Any, Pair, Pair]:
        """(k, sin r, cos r), u = kπ/2 + r."""
        k = np.rint(u[0] / HALF_PI[0])
        self.sound &= (np.fabs(k) < MOST_TURNS) & ((np.fabs(u[0]) > 1e-100) | (u[0] == 0.0))
        r = u
        for part in HALF_PI:
            r = self.add(r, self.neg(two_product(k, np.float64(part))))
        # where the rest is as small as what π/2 in three doubles leaves out
        self.sound &= (np.fabs(r[0]) > 1e-12) | (k == 0.0)
        sound, self.sound = self.sound, np.ones_like(self.sound)
        w = self.mul(r, r)
        sine = self.mul(r, self.series(w, 1, 2, 29, -1))
        cosine = self.series(w, 0, 2, 28, -1)
        self.sound = sound
        return k, sine, cosine

    def quarter(self, k: Any, first: Pair, second: Pair) -> Pair:
        """±first or ±second, by the quarter that the angle lies in."""
        turn = np.mod(k, 4.0)
        out = self.either(np.mod(turn, 2.0) == 0.0, first, second)
        sign = np.where(turn >= 2.0, -1.0, 1.0)
        return out[0] * sign, out[1] * sign

    def sin(self, u: Pair) -> Pair:
        k, sine, cosine = self.turned(u)
        return self.quarter(k, sine, cosine)

    def cos(self, u: Pair) -> Pair:
        k, sine, cosine = self.turned(u)
        return self.quarter(k, cosine, self.neg(sine))

    def tan(self, u: Pair) -> Pair:
        return self.over(self.sin(u), self.cos(u))

    def atan(self, u: Pair) -> Pair:
        """y + (u cos y - sin y)/(cos y + u sin y), y near atan u."""
        y = np.arctan(u[0])
        near = (y, np.zeros_like(y))
        sine, cosine = self.sin(near), self.cos(near)
        above = self.add(self.mul(u, cosine), self.neg(sine))
        below = self.add(cosine, self.mul(u, sine))
        self.sound &= (np.fabs(u[0]) < 1e15) & (np.fabs(u[0]) > 1e-100)
        return self.add(near, (above[0] / below[0], np.zeros_like(y)))

    def sinh(self, u: Pair) -> Pair:
        """±(e + e/(e + 1))/2, e = e^|u| - 1."""
        e = self.expm1(self.abs(u))
        other = self.over(e, self.add(e, (np.float64(1.0), np.float64(0.0))))
        half = self.scaled(self.add(e, other), 0.5)
        return self.either(u[0] < 0.0, self.neg(half), half)

    def cosh(self, u: Pair) -> Pair:
        e = self.exp(u)
        return self.scaled(self.add(e, self.inverse(e)), 0.5)

    def tanh(self, u: Pair) -> Pair:
        e = self.expm1(self.scaled(u, 2.0))
        return self.over(e, self.add(e, (np.float64(2.0), np.float64(0.0))))

    def sigmoid(self, u: Pair) -> Pair:
        e = self.exp(self.neg(u))
        return self.inverse(self.add((np.float64(1.0), np.float64(0.0)), e))

    def log1pexp(self, u: Pair) -> Pair:
        e = self.exp(self.neg(self.abs(u)))
        zero = (np.zeros_like(u[0]), np.zeros_like(u[0]))
        return self.add(self.either(u[0] > 0.0, u, zero), self.log1p(e))

    def sech2(self, u: Pair) -> Pair:
        below = self.inverse(self.cosh(u))
        return self.mul(below, below)


PAIR_FUNCTIONS: Mapping[str, Callable[..., Pair]] = {
    "exp": PairField.exp, "log": PairField.log, "sin": PairField.sin, "cos": PairField.cos,
    "tan": PairField.tan, "atan": PairField.atan, "sinh": PairField.sinh, "cosh": PairField.cosh,
    "tanh": PairField.tanh, "abs": PairField.abs, "sign": PairField.sign_of,
    "_log1p": PairField.log1p, "_expm1": PairField.expm1, "_sigmoid": PairField.sigmoid,
    "_log1pexp": PairField.log1pexp, "_sech2": PairField.sech2,
}  # fmt: skip
