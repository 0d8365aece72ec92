"""Pairs of doubles, hi + lo: arithmetic of about 104 bits on whole arrays, and functions of it.

What the balls do for one sample, these do for many at once, in between: a program is evaluated over
pairs, and its check (`programs.bounds`) says, in units of 2⁻¹⁰⁰ or of what it was in doubles,
whether the pair of a sample tells its double. `sound` is False where a function, or with `careful`
a product, left the range in which both halves have all their bits; without, the processor's flag
for what underflows says that one may have.

A function takes few operations where its argument lies by an entry of a table: e^u = 2ᵐ·2^(j/N)·e^r
with |r| < 2⁻¹⁴, of whose power series three terms are pairs and the rest doubles.

    T. J. Dekker, A floating-point technique for extending the available precision, 1971
    Y. Hida, X. S. Li and D. H. Bailey, Library for double-double arithmetic, 2000
    P. T. P. Tang, Table-driven implementation of the exponential function, 1989
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import mpmath as mp
import numpy as np

# hi and lo; lo is None where hi is all: a leaf, a whole number.
Pair: TypeAlias = tuple[Any, Any]

SPLITTER = 134217729.0  # 2^27 + 1
SMALLEST = 1e-200
MOST_TURNS = 2.0**20
# Entries of the tables of e^u and of sin u; of the first, 2^PLACES_BITS.
PLACES_BITS = 13
PLACES = 2**PLACES_BITS
TURN = 4096


def of_number(x: Any) -> Pair:
    """A number of mpmath as the nearest pair."""
    hi = float(x)
    lo = float(x - mp.mpf(hi))
    return np.float64(hi), np.float64(lo) if lo else None


def in_parts(x: Any, bits: int, count: int) -> list[float]:
    """x as a sum: all but the last of so few bits that their products with an index are exact."""
    out = []
    for _ in range(count - 1):
        _, e = mp.frexp(x)
        part = mp.ldexp(mp.floor(mp.ldexp(x, bits - e)), e - bits)
        out.append(float(part))
        x = x - part
    return [*out, float(x)]


with mp.workprec(250):
    LN2 = of_number(mp.ln(2))
    SIXTH = of_number(mp.mpf(1) / 6)
    # u - log(1 + u) = u²/2 - u³/3 + ..., and sin u - u cos u = Σ (-1)ⁿ⁺¹ 2n/(2n + 1)! u²ⁿ⁺¹
    LOGARITHMIC = [of_number(mp.mpf((-1) ** n) / n) for n in range(2, 18)]
    SPHERICAL = [of_number(2 * n / mp.factorial(2 * n + 1)) for n in range(1, 15)]
    STEPS_TO_TWO = float(PLACES / mp.ln(2))
    LOG_STEP = in_parts(mp.ln(2) / PLACES, 29, 3)
    STEPS_A_TURN = float(TURN / (2 * mp.pi))
    ANGLE_STEP = in_parts(2 * mp.pi / TURN, 23, 4)
ONE: Pair = (np.float64(1.0), None)
MINUS_ONE: Pair = (np.float64(-1.0), None)
TWO: Pair = (np.float64(2.0), None)


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


def two_square(a: Any) -> Pair:
    p = a * a
    a1, a2 = split(a)
    return p, ((a1 * a1 - p) + 2.0 * (a1 * a2)) + a2 * a2


def plus(a: Any, b: Any) -> Any:
    """a + b of what may be None, for 0."""
    return b if a is None else a if b is None else a + b


def is_power_of_two(u: Pair) -> bool:
    """Whether it is a number of the formula, ±2ⁿ."""
    return u[1] is None and not np.ndim(u[0]) and abs(math.frexp(u[0])[0]) == 0.5


class PairField:
    """Arithmetic and functions of pairs, under the names that `ball.Field` has for them."""

    bits = 104

    def __init__(self, n: int, careful: bool = True) -> None:
        self.sound = np.ones(n, bool)
        self.careful = careful
        self.turns: dict[int, tuple[Pair, tuple[Pair, Pair]]] = {}

    # -- numbers -----------------------------------------------------------------------------

    def number(self, x: Any) -> Pair:
        return x, None

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
        rest = plus(u[1], v[1])
        return (s, e) if rest is None else quick_sum(s, e + rest)

    def neg(self, u: Pair) -> Pair:
        return -u[0], None if u[1] is None else -u[1]

    def sub(self, u: Pair, v: Pair) -> Pair:
        return self.add(u, self.neg(v))

    def mul(self, u: Pair, v: Pair) -> Pair:
        if u is v:
            p, e = two_square(u[0])
            cross = None if u[1] is None else 2.0 * (u[0] * u[1])
        elif is_power_of_two(u):
            return self.scaled(v, u[0])
        elif is_power_of_two(v):
            return self.scaled(u, v[0])
        else:
            p, e = two_product(u[0], v[0])
            cross = plus(
                None if v[1] is None else u[0] * v[1], None if u[1] is None else u[1] * v[0]
            )
        if self.careful:
            self.sound &= (np.fabs(p) > SMALLEST) | (u[0] == 0.0) | (v[0] == 0.0)
        return (p, e) if cross is None else quick_sum(p, e + cross)

    def scaled(self, u: Pair, c: Any) -> Pair:
        """cu, c a power of two."""
        return u[0] * c, None if u[1] is None else u[1] * c

    def inverse(self, u: Pair) -> Pair:
        return self.over(ONE, u)

    def over(self, u: Pair, v: Pair) -> Pair:
        """q + (u - qv)/v, q the quotient in doubles."""
        q = u[0] / v[0]
        p, e = two_product(q, v[0])
        rest = (u[0] - p) - e
        if u[1] is not None:
            rest = rest + u[1]
        if v[1] is not None:
            rest = rest - q * v[1]
        if self.careful:
            inside = (np.fabs(q) > SMALLEST) & (np.fabs(v[0]) > SMALLEST)
            self.sound &= (inside & (np.fabs(u[0]) > SMALLEST)) | (u[0] == 0.0)
        return quick_sum(q, rest / v[0])

    def integer_power(self, u: Pair, n: int) -> Pair:
        if n < 0:
            return self.inverse(self.integer_power(u, -n))
        out: Pair | None = None
        while n:
            if n & 1:
                out = u if out is None else self.mul(out, u)
            n >>= 1
            if n:
                u = self.mul(u, u)
        return ONE if out is None else out

    def sqrt(self, u: Pair) -> Pair:
        x = np.sqrt(u[0])
        p, e = two_square(x)
        rest = (u[0] - p) - e
        if u[1] is not None:
            rest = rest + u[1]
        if self.careful:
            self.sound &= (u[0] > SMALLEST) | (u[0] == 0.0)
        return quick_sum(x, rest / np.where(x == 0.0, 1.0, 2.0 * x))

    def power(self, u: Pair, p: Pair, q: Fraction | None = None) -> Pair:
        if q == Fraction(1, 2):
            return self.sqrt(u)
        if q == Fraction(-1, 2):
            return self.inverse(self.sqrt(u))
        exponent = self.mul(self.log(u), p)
        # past 2^10 the exponent takes bits from the power that the check does not know of
        self.sound &= np.fabs(exponent[0]) < 600.0
        return self.exp(exponent)

    # -- choices -----------------------------------------------------------------------------

    def abs(self, u: Pair) -> Pair:
        if u[1] is None:
            return np.fabs(u[0]), None
        below = np.where(u[0] < 0.0, -1.0, 1.0)
        return u[0] * below, u[1] * below

    def max(self, u: Pair, v: Pair) -> Pair:
        return self.either(self.sub(u, v)[0] >= 0.0, u, v)

    def min(self, u: Pair, v: Pair) -> Pair:
        return self.either(self.sub(u, v)[0] <= 0.0, u, v)

    def either(self, first: Any, u: Pair, v: Pair) -> Pair:
        hi = np.where(first, u[0], v[0])
        if u[1] is None and v[1] is None:
            return hi, None
        return hi, np.where(first, 0.0 if u[1] is None else u[1], 0.0 if v[1] is None else v[1])

    def sign_of(self, u: Pair) -> Pair:
        return np.sign(u[0]), None

    def sign(self, u: Pair) -> Any:
        return np.sign(u[0])

    # -- exponentials ------------------------------------------------------------------------

    def small_expm1(self, r: Pair) -> Pair:
        """r + r²/2 + r³/6 in pairs, the rest in doubles; |r| < 2⁻¹⁴."""
        h = r[0]
        square = self.mul(r, r)
        third = self.mul(self.mul(square, r), SIXTH)
        w = square[0]
        rest = w * w * ((1 / 24 + h * (1 / 120)) + w * (1 / 720 + h * (1 / 5040)))
        return self.add(r, self.add(self.scaled(square, 0.5), (third[0], third[1] + rest)))

    def grown(self, u: Pair) -> tuple[Any, Pair]:
        """(2ᵐ, s) with e^u = 2ᵐ(1 + s), -0.3 < s < 0.42."""
        was, self.careful = self.careful, False
        k = np.rint(np.clip(u[0], -700.0, 700.0) * STEPS_TO_TWO)
        s, e = two_sum(u[0] - k * LOG_STEP[0], -k * LOG_STEP[1])
        p = self.small_expm1(quick_sum(s, e + plus(-k * LOG_STEP[2], u[1])))
        places = k.astype(np.int64) + PLACES // 2
        m = places >> PLACES_BITS
        hi, lo = powers_less_one()
        j = places & (PLACES - 1)
        entry = (hi[j], lo[j])
        out = self.add(self.add(entry, p), self.mul(entry, p))
        self.careful = was
        return power_of_two(m), out

    def exp(self, u: Pair) -> Pair:
        return self.exponentials(u)[0]

    def expm1(self, u: Pair) -> Pair:
        return self.exponentials(u)[1]

    def exponentials(self, u: Pair) -> tuple[Pair, Pair]:
        """(e^u, e^u - 1)."""
        scale, s = self.grown(u)
        inside = np.fabs(u[0]) < 450.0
        if self.careful:
            inside = inside & ((np.fabs(u[0]) > 1e-100) | (u[0] == 0.0))
        self.sound &= inside
        less = self.add(two_sum(scale, -1.0), self.scaled(s, scale))
        return self.scaled(self.add(ONE, s), scale), less

    # -- logarithms --------------------------------------------------------------------------

    def log_of_one_and(self, d: Pair) -> Pair:
        """y + (d + (e^-y - 1)(1 + d)), y = log(1 + d) in doubles: a step of Newton's."""
        y = np.log1p(d[0])
        back = self.expm1((-y, None))
        rest = self.add(self.add(back, d), self.mul(back, d))
        return quick_sum(y, rest[0])

    def log1p(self, u: Pair) -> Pair:
        small = np.fabs(u[0]) < 0.3
        return self.log_by_parts(self.add(ONE, u), u, small)

    def log(self, u: Pair) -> Pair:
        return self.log_by_parts(u)

    def log_by_parts(self, u: Pair, less_one: Pair | None = None, small: Any = None) -> Pair:
        """k log 2 + log m, of u = m·2ᵏ; where u is `small`, it is 1 + less_one."""
        m, k = np.frexp(u[0])
        below = m < math.sqrt(0.5)
        m, k = np.where(below, 2.0 * m, m), k - below
        if small is not None:
            k = np.where(small, 0, k)
        lo = None if u[1] is None else u[1] * power_of_two(-k)
        d = self.add((m, lo), MINUS_ONE)
        if less_one is not None:
            d = self.either(small, less_one, d)
        self.sound &= (u[0] > SMALLEST) & (u[0] < 1.0 / SMALLEST)
        part = self.log_of_one_and(d)
        if not k.any():
            return part
        k = k.astype(np.float64)
        p, e = two_product(k, LN2[0])
        return self.add(part, quick_sum(p, e + k * LN2[1]))

    # -- circular functions ------------------------------------------------------------------

    def turned(self, u: Pair) -> tuple[Pair, Pair]:
        """(sin u, cos u), u = 2πk/N + r: sine and cosine of the sum, of the first from a table."""
        if id(u[0]) in self.turns and self.turns[id(u[0])][0][0] is u[0]:
            return self.turns[id(u[0])][1]
        k = np.rint(u[0] * STEPS_A_TURN)
        known = np.fabs(k) < MOST_TURNS * TURN / 4
        if self.careful:
            known &= (np.fabs(u[0]) > 1e-100) | (u[0] == 0.0)
        k = np.where(known, k, 0.0)
        s, e = two_sum(u[0] - k * ANGLE_STEP[0], -k * ANGLE_STEP[1])
        s, f = two_sum(s, -k * ANGLE_STEP[2])
        r = quick_sum(s, e + f + plus(-k * ANGLE_STEP[3], u[1]))
        i = k.astype(np.int64)
        # beside a zero, where the rest is as small as what the step in four doubles leaves out
        self.sound &= known & ((np.fabs(r[0]) > 1e-12) | (i & (TURN // 4 - 1) != 0) | (i == 0))
        was, self.careful = self.careful, False
        square = self.mul(r, r)
        w = square[0]
        third = self.mul(self.mul(square, r), SIXTH)
        rest = w * w * r[0] * (1 / 120 - w * (1 / 5040))
        small = self.sub(r, (third[0], third[1] - rest))
        half = self.scaled(square, -0.5)
        rest = w * w * (1 / 24 - w * (1 / 720 - w * (1 / 40320)))
        less_one = quick_sum(half[0], half[1] + rest)
        hi, lo = sines()
        i = i & (TURN - 1)
        j = (i + TURN // 4) & (TURN - 1)
        first, second = (hi[i], lo[i]), (hi[j], lo[j])
        sine = self.add(first, self.add(self.mul(second, small), self.mul(first, less_one)))
        cosine = self.add(second, self.sub(self.mul(second, less_one), self.mul(first, small)))
        self.careful = was
        self.turns[id(u[0])] = (u, (sine, cosine))
        return sine, cosine

    def sin(self, u: Pair) -> Pair:
        return self.turned(u)[0]

    def cos(self, u: Pair) -> Pair:
        return self.turned(u)[1]

    def tan(self, u: Pair) -> Pair:
        return self.over(*self.turned(u))

    def atan(self, u: Pair) -> Pair:
        """y + (u cos y - sin y)/(cos y + u sin y), y near atan u."""
        y = np.arctan(u[0])
        sine, cosine = self.turned((y, None))
        above = self.sub(self.mul(u, cosine), sine)
        below = self.add(cosine, self.mul(u, sine))
        self.sound &= (np.fabs(u[0]) < 1e15) & (np.fabs(u[0]) > 1e-100)
        return quick_sum(y, above[0] / below[0])

    def asin(self, u: Pair) -> Pair:
        """atan(u/√((1 - u)(1 + u)))."""
        self.sound &= np.fabs(u[0]) < 1.0
        rest = self.mul(self.add(ONE, u), self.sub(ONE, u))
        return self.atan(self.over(u, self.sqrt(rest)))

    def acos(self, u: Pair) -> Pair:
        """2 atan √((1 - u)/(1 + u))."""
        self.sound &= np.fabs(u[0]) < 1.0
        return self.scaled(self.atan(self.sqrt(self.over(self.sub(ONE, u), self.add(ONE, u)))), 2.0)

    # -- hyperbolic functions ----------------------------------------------------------------

    def sinh(self, u: Pair) -> Pair:
        """±(e + e/(e + 1))/2, e = e^|u| - 1."""
        e = self.expm1(self.abs(u))
        half = self.scaled(self.add(e, self.over(e, self.add(e, ONE))), 0.5)
        return self.either(u[0] < 0.0, self.neg(half), half)

    def cosh(self, u: Pair) -> Pair:
        e = self.exp(u)
        return self.scaled(self.add(e, self.inverse(e)), 0.5)

    def tanh(self, u: Pair) -> Pair:
        e = self.expm1(self.scaled(u, 2.0))
        return self.over(e, self.add(e, TWO))

    def asinh(self, u: Pair) -> Pair:
        """±log(1 + v + v²/(1 + √(1 + v²))), v = |u|."""
        v = self.abs(u)
        square = self.mul(v, v)
        root = self.sqrt(self.add(ONE, square))
        out = self.log1p(self.add(v, self.over(square, self.add(ONE, root))))
        return self.either(u[0] < 0.0, self.neg(out), out)

    def acosh(self, u: Pair) -> Pair:
        """log(1 + t + √(t(2 + t))), t = u - 1."""
        t = self.add(u, MINUS_ONE)
        return self.log1p(self.add(t, self.sqrt(self.mul(t, self.add(t, TWO)))))

    def atanh(self, u: Pair) -> Pair:
        """±log(1 + 2v/(1 - v))/2, v = |u|."""
        v = self.abs(u)
        out = self.log1p(self.over(self.scaled(v, 2.0), self.sub(ONE, v)))
        return self.scaled(self.either(u[0] < 0.0, self.neg(out), out), 0.5)

    # -- primitives --------------------------------------------------------------------------

    def sigmoid(self, u: Pair) -> Pair:
        return self.inverse(self.add(ONE, self.exp(self.neg(u))))

    def log1pexp(self, u: Pair) -> Pair:
        e = self.exp(self.neg(self.abs(u)))
        return self.add(self.either(u[0] > 0.0, u, (np.float64(0.0), None)), self.log1p(e))

    def log1mexp(self, u: Pair) -> Pair:
        """log(1 - e^-u), by both of them."""
        e, less = self.exponentials(self.neg(u))
        return self.log_by_parts(self.neg(less), self.neg(e), e[0] < 0.3)

    def logcosh(self, u: Pair) -> Pair:
        """log(1 + 2 sinh²(u/2))."""
        half = self.sinh(self.scaled(u, 0.5))
        return self.log1p(self.scaled(self.mul(half, half), 2.0))

    def sech2(self, u: Pair) -> Pair:
        below = self.inverse(self.cosh(u))
        return self.mul(below, below)

    # -- differences that vanish at 0 ----------------------------------------------------------

    def series(self, w: Pair, coefficients: list[Pair], pairs: int) -> Pair:
        """c₀ + c₁w + c₂w² + ..., of so many pairs; the rest weighs no more than doubles can."""
        rest = np.zeros_like(w[0])
        for c in reversed(coefficients[pairs:]):
            rest = rest * w[0] + c[0]
        out: Pair = (rest, None)
        for c in reversed(coefficients[:pairs]):
            out = self.add(self.mul(out, w), c)
        return out

    def xmlog1p(self, u: Pair) -> Pair:
        near = np.fabs(u[0]) < 2.0**-6
        small = self.either(near, u, (np.float64(0.0), None))
        first = self.mul(self.mul(small, small), self.series(small, LOGARITHMIC, 8))
        return self.either(near, first, self.sub(u, self.log1p(u)))

    def spherical(self, u: Pair, sign: float) -> Pair:
        """sin u - u cos u, or u cosh u - sinh u, |u| < 1."""
        w = self.mul(u, u)
        terms = self.series(self.scaled(w, sign), SPHERICAL, 8)
        return self.mul(self.mul(u, w), terms)

    def xmtanh(self, u: Pair) -> Pair:
        near = np.fabs(u[0]) < 1.0
        small = self.either(near, u, (np.float64(0.0), None))
        first = self.over(self.spherical(small, 1.0), self.cosh(small))
        return self.either(near, first, self.sub(u, self.tanh(u)))

    def j1(self, u: Pair) -> Pair:
        near = np.fabs(u[0]) < 1.0
        small = self.either(near, u, (np.float64(0.5), None))
        sine, cosine = self.turned(u)
        whole = self.either(near, self.spherical(small, -1.0), self.sub(sine, self.mul(u, cosine)))
        return self.over(whole, self.mul(u, u))


# -- tables ---------------------------------------------------------------------------------------


def columns(numbers: list[Any]) -> Pair:
    hi = [float(x) for x in numbers]
    return np.array(hi), np.array([float(x - mp.mpf(h)) for x, h in zip(numbers, hi, strict=True)])


def outer(u: Pair, v: Pair) -> tuple[Pair, Pair]:
    """Every entry of u beside every one of v."""
    n, m = len(u[0]), len(v[0])
    return (
        (np.repeat(u[0], m), np.repeat(u[1], m)),
        (np.tile(v[0], n), np.tile(v[1], n)),
    )


def power_of_two(m: Any) -> Any:
    """2ᵐ as doubles, -1000 ≤ m ≤ 1000."""
    return ((np.clip(m, -1000, 1000).astype(np.int64) + 1023) << 52).view(np.float64)


@cache
def powers_less_one() -> Pair:
    """2^(j/N) - 1 for -N/2 ≤ j < N/2: (1 + a)(1 + b) - 1, of 64 a and 128 b."""
    field = PairField(PLACES, careful=False)
    with mp.workprec(200):
        step = mp.ln(2) / PLACES
        coarse = columns([mp.expm1(128 * i * step) for i in range(-32, 33)])
        fine = columns([mp.expm1(i * step) for i in range(-64, 64)])
    a, b = outer(coarse, fine)
    hi, lo = field.add(field.add(a, b), field.mul(a, b))
    return hi[64:-64], lo[64:-64]


@cache
def sines() -> Pair:
    """sin(2πj/N), by the sine of a sum."""
    field = PairField(TURN, careful=False)
    with mp.workprec(200):
        step = 2 * mp.pi / TURN
        quarter = [mp.mpf(0), mp.mpf(1), mp.mpf(0), mp.mpf(-1)]

        def sine(i: int) -> Any:
            return quarter[i * 4 // TURN % 4] if i * 4 % TURN == 0 else mp.sin(i * step)

        coarse = columns([sine(64 * i) for i in range(64)])
        turned = columns([sine(64 * i + TURN // 4) for i in range(64)])
        small = columns([sine(i) for i in range(64)])
        large = columns([sine(i + TURN // 4) for i in range(64)])
    return field.add(field.mul(*outer(coarse, large)), field.mul(*outer(turned, small)))


PAIR_FUNCTIONS: Mapping[str, Callable[..., Pair]] = {
    "exp": PairField.exp, "log": PairField.log, "sin": PairField.sin, "cos": PairField.cos,
    "tan": PairField.tan, "atan": PairField.atan, "sinh": PairField.sinh, "cosh": PairField.cosh,
    "asin": PairField.asin, "acos": PairField.acos, "asinh": PairField.asinh,
    "acosh": PairField.acosh, "atanh": PairField.atanh,
    "tanh": PairField.tanh, "abs": PairField.abs, "sign": PairField.sign_of,
    "_log1p": PairField.log1p, "_expm1": PairField.expm1, "_sigmoid": PairField.sigmoid,
    "_log1pexp": PairField.log1pexp, "_log1mexp": PairField.log1mexp,
    "_logcosh": PairField.logcosh, "_sech2": PairField.sech2, "_xmlog1p": PairField.xmlog1p,
    "_xmtanh": PairField.xmtanh, "_j1": PairField.j1,
}  # fmt: skip
