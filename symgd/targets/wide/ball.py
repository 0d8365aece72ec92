"""Balls: a number of p bits, and how far from the truth it may be.

    (m, r)    the truth is within 2^r of m; r = -inf: it is m

m is one of mpmath's numbers, r a whole number, so that neither has a range to leave: e^(10³⁰⁰) has
an exponent of 300 digits. Each operation bounds
what it makes of the radii of its arguments by the slope of the function over the ball, and adds its
own rounding. Where a ball is too wide to tell (a divisor that may be 0, a logarithm whose argument
may be negative), Undecided is raised: more bits will tell. Where there is no value, NoValue.

    R. P. Brent and P. Zimmermann, Modern Computer Arithmetic, 2010
    F. Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, 2017
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import inf
from typing import Any, TypeAlias

import mpmath as mp
from mpmath import libmp

from symgd.functions.special import HEADS

# A whole number, or -inf.
Radius: TypeAlias = int | float
Ball: TypeAlias = tuple[Any, Radius]

EXACT = -inf
ZERO: Ball = (libmp.fzero, EXACT)
ONE: Ball = (libmp.fone, EXACT)
# Beyond 2^this the argument of a function that turns or grows is worked on no more.
LARGEST = 100_000
# Where |u| is 2^FAR, e^±u has an exponent that is not worth its digits; below, it is no more than a
# double can be, to which EXACT may be added.
FAR = 1000
# Of more bits, Γ and its kin take seconds a number.
MOST_OF_GAMMA = 2304
# The size of x - 1 or x - 2, in powers of two, below which ln Γ(x) is told by its series there.
NEAR_A_ZERO = -40
NEARLY_ZERO: Ball = (libmp.fzero, -(2 ** (FAR - 1)))
TWO: Ball = (libmp.ftwo, EXACT)
HALF: Ball = (libmp.fhalf, EXACT)
MINUS_ONE: Ball = (libmp.fnone, EXACT)


class Undecided(ArithmeticError):
    """A ball that is too wide for the question."""


class NoValue(ArithmeticError):
    """A point at which there is no real number, or none that is of use."""


class OutsideDomain(NoValue):
    """The root or the logarithm of what is below 0: nan."""


def joined(*radii: Radius) -> Radius:
    """log₂ Σ 2^r, rounded up."""
    top = max(radii)
    if top in (EXACT, inf):
        return top
    near = [int(top - r) for r in radii if r != EXACT]
    if len(near) == 1:
        return top
    # what is below 2^-60 is as good as 2^-60
    return top + math.ceil(math.log2(sum(0.5 ** min(n, 60) for n in near) + 2.0**-50))


def size(m: Any) -> Radius:
    """2^size > |m| ≥ 2^(size - 1)."""
    return m[2] + m[3] if m[1] else EXACT


def log_of(m: Any, bits: int) -> Any:
    """log m, m > 0, to a unit of the last of `bits` bits, whatever the exponent of m.

    mpmath writes out as many bits as the exponent counts; here log m = log(m/2^n) + n log 2.
    """
    n = m[2] + m[3]
    if abs(n) <= LARGEST:
        return libmp.mpf_log(m, bits)
    wide = bits + 10
    whole = libmp.mpf_mul(libmp.from_int(n), libmp.mpf_ln2(wide), wide)
    return libmp.mpf_add(libmp.mpf_log(libmp.mpf_shift(m, -n), wide), whole, bits)


def is_zero(u: Ball) -> bool:
    return not u[0][1]


def is_exact(u: Ball) -> bool:
    return u[1] == EXACT


class Field:
    """Arithmetic and functions of balls, to `bits` bits; `last` where there will be no wider one.

    In the last one a ball around 0 that is smaller than any number of doubles makes is 0.
    """

    def __init__(self, bits: int, last: bool = False) -> None:
        self.bits = bits
        self.last = last

    # -- what a ball is ----------------------------------------------------------------------

    def sign(self, u: Ball) -> int:
        """-1, 0 or 1; Undecided where the ball holds 0 and more."""
        m, r = u
        if r == EXACT or size(m) - 1 > r:
            return (-1 if m[0] else 1) if m[1] else 0
        if self.last and joined(size(m), r) < -self.bits / 2:
            return 0
        raise Undecided

    def below(self, u: Ball) -> Radius:
        """2^below ≤ |u| over the ball, half of |m| or less being radius; NoValue at 0."""
        m, r = u
        if self.sign(u) == 0:
            raise NoValue
        if r > size(m) - 2:
            raise Undecided
        return size(m) - (1 if r == EXACT else 2)

    def rounded(self, m: Any, r: Radius = EXACT, lost: int = 0) -> Ball:
        """m as a function has rounded it, within 2^lost units of its last place."""
        if m in (libmp.fnan, libmp.finf, libmp.fninf):
            raise NoValue
        return m, joined(r, size(m) - self.bits + lost)

    # -- numbers -----------------------------------------------------------------------------

    def number(self, x: float) -> Ball:
        return libmp.from_float(x), EXACT

    def fraction(self, q: Fraction) -> Ball:
        n, d = q.numerator, q.denominator
        if d & (d - 1) == 0:
            return libmp.from_rational(n, d, n.bit_length() + 1), EXACT
        return self.rounded(libmp.from_rational(n, d, self.bits))

    def named(self, e: Any) -> Ball:
        """π, e, ..."""
        return self.rounded(e._to_mpmath(self.bits + 8)._mpf_)

    # -- arithmetic --------------------------------------------------------------------------

    def add(self, u: Ball, v: Ball) -> Ball:
        (a, r), (b, s) = u, v
        if not a[1] and r == EXACT:
            return v
        if not b[1] and s == EXACT:
            return u
        m = libmp.mpf_add(a, b, self.bits)
        own = EXACT
        if not (a[1] and b[1]) or max(a[2] + a[3], b[2] + b[3]) + 1 - min(a[2], b[2]) > self.bits:
            own = size(m) - self.bits
        return m, joined(r, s, own) if r > EXACT or s > EXACT or own > EXACT else EXACT

    def neg(self, u: Ball) -> Ball:
        return libmp.mpf_neg(u[0]), u[1]

    def mul(self, u: Ball, v: Ball) -> Ball:
        (a, r), (b, s) = u, v
        m = libmp.mpf_mul(a, b, self.bits)
        own = EXACT if a[3] + b[3] <= self.bits else size(m) - self.bits
        if r == s == EXACT:
            return m, own
        return m, joined(size(a) + s if a[1] else EXACT, size(b) + r if b[1] else EXACT, r + s, own)

    def inverse(self, u: Ball) -> Ball:
        """1/u."""
        low = self.below(u)
        m = libmp.mpf_div(libmp.fone, u[0], self.bits)
        if m[3] == 1 and u[0][3] == 1:
            return m, EXACT if u[1] == EXACT else u[1] - 2 * low
        return self.rounded(m, u[1] - 2 * low)

    def integer_power(self, u: Ball, n: int) -> Ball:
        """uⁿ."""
        if n < 0:
            return self.integer_power(self.inverse(u), -n)
        if n <= 3 or is_zero(u):
            out = ONE
            for _ in range(min(n, 4)):
                out = self.mul(out, u)
            return out
        m = libmp.mpf_pow_int(u[0], n, self.bits)
        own = EXACT if u[0][3] * n <= self.bits else size(m) - self.bits
        if is_exact(u):
            return m, own
        wide = u[1] - (size(u[0]) - 1) + n.bit_length()  # n times the relative radius
        if wide > -1:
            raise Undecided
        return m, joined(size(m) + wide + 1, own)

    def sqrt(self, u: Ball) -> Ball:
        if self.nonnegative(u) == 0:
            return ZERO
        self.below(u)
        m = libmp.mpf_sqrt(u[0], self.bits)
        if u[1] == EXACT and libmp.mpf_mul(m, m) == u[0]:
            return m, EXACT
        return self.rounded(m, u[1] - size(m) + 1)

    def nonnegative(self, u: Ball) -> int:
        """Its sign, 0 or 1; NoValue below."""
        sign = self.sign(u)
        if sign < 0:
            raise OutsideDomain
        return sign

    def power(self, u: Ball, p: Ball, q: Fraction | None = None) -> Ball:
        """u^p, u ≥ 0, or p a whole number; q is p where that is a fraction."""
        if q is None and is_exact(p):
            near = size(p[0]) < 64 and p[0][2] > -LARGEST
            q = Fraction(*libmp.to_rational(p[0])) if near else None
        if q is not None and q.denominator == 1 and abs(q.numerator) < 1 << 20:
            return self.integer_power(u, q.numerator)
        if q == Fraction(1, 2):
            return self.sqrt(u)
        sign = self.sign(u)
        if sign < 0 and q is not None and q.denominator == 1:
            grown = self.power(self.neg(u), p)
            return grown if q.numerator % 2 == 0 else self.neg(grown)
        if sign < 0 and q is None and is_exact(p) and p[0][2] > 0:
            return self.power(self.neg(u), p)  # from 2⁶⁴ on every double is even
        if sign <= 0:
            if sign < 0:
                raise OutsideDomain
            if self.sign(p) > 0:
                return ZERO
            raise NoValue
        if is_exact(u) and u[0] == libmp.fone:
            return ONE
        wider = Field(self.bits + 32, self.last)
        exponent = wider.mul(wider.log(u), p if q is None else wider.fraction(q))
        # The whole part of an exponent takes bits from the power, if it is one that `exp` takes.
        wider.bits += int(min(max(0, size(exponent[0])), FAR))
        exponent = wider.mul(wider.log(u), p if q is None else wider.fraction(q))
        m, r = wider.exp(exponent)
        return self.rounded(libmp.mpf_pos(m, self.bits), r)

    # -- choices -----------------------------------------------------------------------------

    def abs(self, u: Ball) -> Ball:
        return libmp.mpf_abs(u[0]), u[1]

    def sign_of(self, u: Ball) -> Ball:
        return libmp.from_int(self.sign(u)), EXACT

    def max(self, u: Ball, v: Ball) -> Ball:
        return self.larger(u, v, 1)

    def min(self, u: Ball, v: Ball) -> Ball:
        return self.larger(u, v, -1)

    def larger(self, u: Ball, v: Ball, way: int) -> Ball:
        difference = self.add(u, self.neg(v))
        try:
            return u if self.sign(difference) * way >= 0 else v
        except Undecided:
            # They are nearly equal: either is near the truth.
            return u[0], joined(u[1], v[1], size(difference[0]), difference[1])

    def floor(self, u: Ball) -> Ball:
        if u[1] >= 0:
            raise Undecided
        m = libmp.mpf_floor(u[0])
        for edge in (m, libmp.mpf_add(m, libmp.fone)):
            if not is_exact(u):
                self.sign(self.add(u, (libmp.mpf_neg(edge), EXACT)))
        return m, EXACT

    def ceil(self, u: Ball) -> Ball:
        return self.neg(self.floor(self.neg(u)))

    # -- functions ---------------------------------------------------------------------------

    def worked(self, u: Ball) -> Ball:
        """u, where a function may be worked out of it."""
        if size(u[0]) > LARGEST:
            raise NoValue
        return u

    def exp(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ONE
        if u[1] > 0:
            raise Undecided
        if size(u[0]) > FAR:
            if not u[0][0]:
                raise NoValue
            return NEARLY_ZERO
        m = libmp.mpf_exp(u[0], self.bits)
        return self.rounded(m, size(m) + u[1] + 2)

    def expm1(self, u: Ball) -> Ball:
        """e^u - 1, exact near 0."""
        m, r = u
        if not m[1] and r == EXACT:
            return ZERO
        if r > 0:
            raise Undecided
        near = size(m)
        if near < -self.bits:
            value, own = m, 2 * near
        elif near < 3:
            bits = self.bits + 10 + int(max(0, -near))
            value = libmp.mpf_sub(libmp.mpf_exp(m, bits), libmp.fone, self.bits)
            own = size(value) - self.bits + 1
        else:
            grown = self.exp(u)
            return self.add(grown, MINUS_ONE)
        return value, joined(own, r + (3 * 2 ** int(max(near, 0)) + 1) // 2 + 2)

    def log(self, u: Ball) -> Ball:
        if self.nonnegative(u) == 0:
            raise NoValue
        low = self.below(u)
        m = log_of(u[0], self.bits)
        if not m[1] and is_exact(u):
            return ZERO
        return self.rounded(m, u[1] - low)

    def log1p(self, u: Ball) -> Ball:
        """log(1 + u), exact near 0."""
        m, r = u
        if not m[1] and r == EXACT:
            return ZERO
        near = size(m)
        if near < -self.bits:
            if r > -2:
                raise Undecided
            return m, joined(r + 1, 2 * near)
        bits = self.bits + 10 + int(max(0, -near))
        return self.log_at(libmp.mpf_add(libmp.fone, m, bits + m[3]), r)

    def log_at(self, m: Any, r: Radius) -> Ball:
        """log of a midpoint of more bits than usual."""
        if self.nonnegative((m, r)) == 0:
            raise NoValue
        low = self.below((m, r))
        return self.rounded(log_of(m, self.bits), r - low, 1)

    def sin(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        return self.rounded(libmp.mpf_sin(self.worked(u)[0], self.bits), u[1])

    def cos(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ONE
        return self.rounded(libmp.mpf_cos(self.worked(u)[0], self.bits), u[1])

    def tan(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        m = libmp.mpf_tan(self.worked(u)[0], self.bits)
        slope = 2 * max(size(m), 0) + 1
        if u[1] + slope + 2 > 0:
            raise Undecided
        return self.rounded(m, u[1] + slope + 1)

    def atan(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        return self.rounded(libmp.mpf_atan(u[0], self.bits), u[1])

    def asin(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        r = self.inside_one(u)
        return self.rounded(libmp.mpf_asin(u[0], self.bits), r)

    def acos(self, u: Ball) -> Ball:
        if is_exact(u) and u[0] == libmp.fone:
            return ZERO
        r = self.inside_one(u)
        return self.rounded(libmp.mpf_acos(u[0], self.bits), r)

    def inside_one(self, u: Ball) -> Radius:
        """The radius of asin u or acos u: r/√(1 - u²), and NoValue outside [-1, 1].

        Of a u that may as well be ±1 it is √(2v), v the distance from there, and its radius.
        """
        rest = self.add(ONE, self.neg(self.abs(u)))
        if self.nonnegative(rest) == 0 and not is_exact(u):
            return joined(size(rest[0]), rest[1]) // 2 + 2
        if is_exact(u):
            return EXACT
        return u[1] - self.below(rest) // 2 + 1

    def sinh(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        return self.grown(libmp.mpf_sinh, u)

    def cosh(self, u: Ball) -> Ball:
        return self.grown(libmp.mpf_cosh, u)

    def grown(self, function: Callable[..., Any], u: Ball) -> Ball:
        if size(u[0]) > FAR:
            raise NoValue
        if u[1] > 0:
            raise Undecided
        m = function(u[0], self.bits)
        return self.rounded(m, max(size(m), 1) + u[1] + 3)

    def tanh(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        if size(u[0]) > FAR:
            return self.add((MINUS_ONE if u[0][0] else ONE), NEARLY_ZERO)
        return self.rounded(libmp.mpf_tanh(u[0], self.bits), u[1])

    def asinh(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        if size(u[0]) > LARGEST:  # log 2|u|, and what is left is below 1/4u²
            grown = self.log(self.mul(TWO, self.abs(u)))
            return self.neg(grown) if u[0][0] else grown
        return self.rounded(libmp.mpf_asinh(u[0], self.bits), u[1])

    def acosh(self, u: Ball) -> Ball:
        """log(1 + w + √(w(w + 2))), w = u - 1."""
        rest = self.add(u, MINUS_ONE)
        root = self.sqrt(self.mul(rest, self.add(rest, TWO)))
        return self.log1p(self.add(rest, root))

    def atanh(self, u: Ball) -> Ball:
        """(log(1 + u) - log(1 - u))/2, whose terms are of one sign."""
        twice = self.add(self.log1p(u), self.neg(self.log1p(self.neg(u))))
        return self.mul(HALF, twice)

    def atan2(self, u: Ball, v: Ball) -> Ball:
        """The angle of (v, u)."""
        try:
            sign = self.sign(v)
        except Undecided:
            sign = 2
        if sign == 1:
            return self.atan(self.mul(u, self.inverse(v)))
        up = self.sign(u)
        if up == 0 and sign < 0:
            return self.rounded(libmp.mpf_pi(self.bits))
        if up == 0:
            return ZERO
        # π/2 - atan(v/u), on the other side -π/2 - atan(v/u)
        quarter = self.mul(HALF, self.rounded(libmp.mpf_pi(self.bits)))
        turned = self.neg(self.atan(self.mul(v, self.inverse(u))))
        return self.add(quarter if up > 0 else self.neg(quarter), turned)

    def erf(self, u: Ball) -> Ball:
        if is_zero(u) and is_exact(u):
            return ZERO
        if size(u[0]) > 30:
            return self.add((MINUS_ONE if u[0][0] else ONE), NEARLY_ZERO)
        return self.rounded(libmp.mpf_erf(u[0], self.bits), u[1] + 1)

    def erfc(self, u: Ball) -> Ball:
        if size(u[0]) > 30:
            return self.add((libmp.ftwo if u[0][0] else libmp.fzero, EXACT), NEARLY_ZERO)
        m = libmp.mpf_erfc(u[0], self.bits)
        reach = u[1] + 1
        if not u[0][0] and u[1] + size(u[0]) < 0:
            # From u > 0 on it is as steep as it is small: 2/√π e^(-u²) ≤ erfc(u)(2u + 2), and over
            # a radius below 1/(2u) that grows by less than 4.
            reach = min(reach, size(m) + max(size(u[0]), 0) + 4 + u[1])
        return self.rounded(m, reach, 1)

    # -- primitives of which e^|u| may be no number here ---------------------------------------

    def sigmoid(self, u: Ball) -> Ball:
        """1/(1 + e^-u), e^u/(1 + e^u) below 0."""
        e = self.exp(u if u[0][0] else self.neg(u))
        below = self.inverse(self.add(ONE, e))
        return self.mul(e, below) if u[0][0] else below

    def log1pexp(self, u: Ball) -> Ball:
        """log(1 + e^u), u + log(1 + e^-u) above 0."""
        if u[0][0]:
            return self.log1p(self.exp(u))
        return self.add(u, self.log1p(self.exp(self.neg(u))))

    def log1mexp(self, u: Ball) -> Ball:
        """log(1 - e^-u): of -expm1(-u) where u is small."""
        if size(u[0]) < 1:
            return self.log(self.neg(self.expm1(self.neg(u))))
        return self.log1p(self.neg(self.exp(self.neg(u))))

    def sech2(self, u: Ball) -> Ball:
        """4e/(1 + e)², e = e^(-2|u|)."""
        e = self.exp(self.neg(self.mul(TWO, self.abs(u))))
        below = self.inverse(self.add(ONE, e))
        return self.mul(self.mul(self.mul(TWO, TWO), e), self.mul(below, below))

    def logcosh(self, u: Ball) -> Ball:
        """log(1 + 2 sinh²(u/2)), |u| - log 2 + log(1 + e^(-2|u|)) where u is not near 0."""
        if size(u[0]) < 1:
            half = self.sinh(self.mul(HALF, u))
            return self.log1p(self.mul(TWO, self.mul(half, half)))
        v = self.abs(u)
        rest = self.log1p(self.exp(self.neg(self.mul(TWO, v))))
        return self.add(self.add(v, rest), self.neg(self.log(TWO)))

    def of_mpmath(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A function that mpmath has in its context alone, to a few bits more."""
        with mp.workprec(self.bits + 4):
            out = function(*map(mp.mp.make_mpf, arguments))
        if not isinstance(out, mp.mpf) or mp.isnan(out):
            raise OutsideDomain  # to libmp, nan is a zero with an exponent of its own
        return out._mpf_

    def gamma_kin(self, order: int, u: Ball) -> Ball:
        """ln Γ (order -1), ψ (0), ψ′ (1), ... of u > 0, whose slope is that of the next order."""
        if self.nonnegative(u) == 0:
            raise NoValue
        self.below(u)
        if size(u[0]) > 64 or self.bits > MOST_OF_GAMMA:
            raise NoValue

        def at(n: int, bits: int) -> Any:
            def function(x: Any) -> Any:
                return _log_gamma(x) if n < 0 else mp.polygamma(n, x)

            return Field(bits).of_mpmath(function, u[0])

        m = at(order, self.bits)
        if is_exact(u):
            return self.rounded(m, EXACT, 6) if m[1] else ZERO
        # Over half of u to twice u each of them is at most 2^(n + 2) times as steep as at u.
        steep = size(at(order + 1, 32)) + abs(order) + 3
        return self.rounded(m, joined(u[1] + steep, u[1] + u[1] - 2 * size(u[0]) + 4), 6)

    def special(self, value: Callable[[Any], Any], u: Ball) -> Ball:
        """A function that mpmath has, of a slope that is monotone over a narrow ball."""
        m = self.of_mpmath(value, self.worked(u)[0])
        if is_exact(u):
            return self.rounded(m, EXACT, 6) if m[1] else ZERO
        if u[1] > size(u[0]) - 10:
            raise Undecided
        few = Field(64)
        reach = libmp.from_man_exp(1, int(u[1]))
        ends = (u[0], libmp.mpf_sub(u[0], reach, 80), libmp.mpf_add(u[0], reach, 80))

        def slope(x: Any) -> Any:
            # over a step of the size of x: of a tiny one Ei has no value on the other side of 0
            step = mp.ldexp(x, -24)
            return (value(x + step) - value(x)) / step

        steep = max(size(few.of_mpmath(slope, x)) for x in ends)
        return self.rounded(m, u[1] + steep + 2, 6)


def _log_gamma(x: Any) -> Any:
    """ln Γ(1 + d) = -γd + Σ ζ(n)(-d)ⁿ/n, n from 2 on, and ln Γ(2 + d) = ln(1 + d) + ln Γ(1 + d).

    mpmath works near 1 and 2 in as many bits more as d is small, seconds of them.
    """
    for zero in (1, 2):
        d = x - zero
        if d and mp.mag(d) < NEAR_A_ZERO:
            with mp.extraprec(16):
                out = -mp.euler * d + (mp.log1p(d) if zero == 2 else 0)
                term, n = d * d, 2
                while mp.mag(term) > mp.mag(out) - mp.mp.prec:
                    out += mp.zeta(n) * term / n
                    term, n = -term * d, n + 1
            return +out
    return mp.loggamma(x)


def _gamma(field: Field, u: Ball) -> Ball:
    if size(u[0]) > 64 or field.bits > MOST_OF_GAMMA:
        raise NoValue
    return field.special(HEADS["tgamma"].value, u)


def _special(value: Callable[[Any], Any]) -> Callable[..., Ball]:
    return lambda field, u: field.special(value, u)


# A word of the table of functions, and its method.
FUNCTIONS: Mapping[str, Callable[..., Ball]] = {
    "exp": Field.exp, "log": Field.log, "sin": Field.sin, "cos": Field.cos, "tan": Field.tan,
    "asin": Field.asin, "acos": Field.acos, "atan": Field.atan, "atan2": Field.atan2,
    "sinh": Field.sinh, "cosh": Field.cosh, "tanh": Field.tanh, "asinh": Field.asinh,
    "acosh": Field.acosh, "atanh": Field.atanh, "erf": Field.erf, "erfc": Field.erfc,
    "abs": Field.abs, "sign": Field.sign_of, "floor": Field.floor, "ceil": Field.ceil,
    "lgamma": lambda f, u: f.gamma_kin(-1, u), "digamma": lambda f, u: f.gamma_kin(0, u),
    "trigamma": lambda f, u: f.gamma_kin(1, u),
    **{word: _special(head.value) for word, head in HEADS.items()},
    "tgamma": _gamma,
    "_log1p": Field.log1p, "_expm1": Field.expm1, "_sigmoid": Field.sigmoid,
    "_log1pexp": Field.log1pexp, "_log1mexp": Field.log1mexp, "_sech2": Field.sech2,
    "_logcosh": Field.logcosh,
}  # fmt: skip


def nearest_double(u: Ball) -> float:
    """The double nearest to the truth, or one of two where it lies nearly between them.

    Undecided where the ball is wider than a hundredth of the distance of two doubles.
    """
    m, r = u
    if r > max(size(m) - 61, -1083):
        raise Undecided
    return float(libmp.to_float(m, rnd=libmp.round_nearest))
