"""The functions of this room once more, for arguments at which e^±u is an ordinary double.

    e^-u = N/D,   -354 ≤ u ≤ 354

No limit is put to u and no sign taken off, so each takes a third fewer operations. Who uses one
asks `beyond` of the same argument, gathers the answers of a block of samples in one integer, and
works the block out again where that is `outside`. What overflows or underflows on the way raises a
flag of the processor, as anywhere.

u - k·log 2 is rounded as if u had another last digit, or better: see `remainder`.
"""

from __future__ import annotations

import struct
from typing import Any

from symgd.targets.coefficients import ATANH, HALF, HALF_BELOW, TAIL, TAIL_BELOW
from symgd.targets.numba.bits import (
    bits,
    fused,
    inlined,
    quiet_square,
    real,
    select,
)
from symgd.targets.numba.exponential import LN2_HIGH, LN2_LOW, LOG2E, ROUNDER
from symgd.targets.numba.logarithm import LN2


def bits_of(x: float) -> int:
    """As `bits`, of a constant."""
    (i,) = struct.unpack("<q", struct.pack("<d", x))
    return int(i)


# Numbers are compared by their bits: unlike the other comparison it does not take the place of a
# multiplication.
ZEROTH, HALFWAY, SMALL = bits_of(ROUNDER), bits_of(0.8813735870195429), bits_of(0.6)
BITS = 10  # of k, from -512 to 511
FEWER = 2  # for the tail of the normal distribution k is from -128 to 127
FIRST = bits_of(ROUNDER - 2.0 ** (BITS - 1))
FIRST_OF_TAIL = bits_of(ROUNDER - 2.0 ** (BITS - FEWER - 1))
# Divided by the last coefficient below, which is then 1, and a multiplication less.
A0, A1 = (q / HALF_BELOW[-1] for q in HALF_BELOW[:-1])
B0, B1, B2 = (p / HALF_BELOW[-1] for p in HALF)
C0, C1, C2, C3, C4, C5, C6 = ATANH
P = tuple(p / TAIL_BELOW[-1] for p in TAIL)
Q = tuple(q / TAIL_BELOW[-1] for q in TAIL_BELOW[:-1])


@inlined
def rounded(u: Any, c: Any) -> Any:
    """cu/log 2, rounded, in the last bits of a number."""
    return u * (c * LOG2E) + ROUNDER


@inlined
def beyond(u: Any) -> Any:
    """An integer of no more than ten bits, unless u is too far from 0 for `sigmoid`."""
    return bits(rounded(u, -1.0)) - FIRST


@inlined
def beyond_doubled(u: Any) -> Any:
    """The same for `tanh`."""
    return bits(rounded(u, -2.0)) - FIRST


@inlined
def beyond_exp(u: Any) -> Any:
    """The same for `exp`."""
    return bits(rounded(u, 1.0)) - FIRST


@inlined
def beyond_density(z: Any) -> Any:
    """The same for `density` and `erfc_of_root`: no more than ten bits while |z| < 13.3."""
    return (bits(rounded(quiet_square(z), -0.5)) - FIRST_OF_TAIL) << FEWER


@inlined
def outside(gathered: Any) -> Any:
    """Whether any of the numbers that were joined with | is of more than ten bits."""
    return gathered >> BITS != 0


@inlined
def remainder(u: Any, k: Any, c: Any) -> Any:
    """u - k·log(2)/c, of which k·log(2)/c is nearly u.

    In one rounding it is the exact difference of a u that is off by less than a third of a last
    place, as LN2 is: less than what rounding u itself may do. In two, the product would be rounded
    too, by up to half a place more; there log 2 is taken off in two parts, as in `exponential`: k
    has no more than ten digits and LN2_HIGH 33, and the first product and difference are exact.
    """
    in_parts = (u - k * (LN2_HIGH / c)) - k * (LN2_LOW / c)
    return select(fused(), u - k * (LN2 / c), in_parts)


@inlined
def sides(u: Any, c: Any) -> Any:
    """(-B, N, D, whether k = 0) with e^cu = N/D = 2^k·(A + B)/(A - B), for a c that is ±2ⁿ.

    What stands in the variable cu - k·log 2 is written in u - k·log(2)/c.
    """
    shifted = rounded(u, c)
    k = shifted - ROUNDER
    r = remainder(u, k, c)
    v = quiet_square(r)
    a = (v + A1 / (c * c)) * v + A0 / (c * c * c * c)
    b = r * (((-c * B2) * v + -B1 / c) * v + -B0 / (c * c * c))
    i = bits(shifted)
    return b, real(bits(a - b) + (i << 52)), a + b, i == ZEROTH


@inlined
def logistic(u: Any, c: Any) -> Any:
    """σ(cu) = N/(N + D)."""
    _, n, d, _ = sides(u, c)
    return n * (1.0 / (n + d))


@inlined
def tangent(u: Any, c: Any) -> Any:
    """tanh(-cu/2) = (D - N)/(N + D), where D - N is -2B if k is 0."""
    b, n, d, middle = sides(u, c)
    return select(middle, b + b, d - n) * (1.0 / (n + d))


@inlined
def secant(u: Any, c: Any) -> Any:
    """1 - tanh²(cu/2) = 4ND/(N + D)²."""
    _, n, d, _ = sides(u, c)
    r = 1.0 / (n + d)
    return (n * (r + r)) * (d * (r + r))


@inlined
def exp(u: Any) -> Any:
    _, n, d, _ = sides(u, 1.0)
    return n / d


@inlined
def sigmoid(u: Any) -> Any:
    """1/(1 + e⁻ᵘ) = D/(N + D), of the e⁻ᵘ that σ(-u) has."""
    _, n, d, _ = sides(u, -1.0)
    return d * (1.0 / (n + d))


@inlined
def sigmoid_minus(u: Any) -> Any:
    """σ(-u)."""
    return logistic(u, -1.0)


@inlined
def tanh_half(u: Any) -> Any:
    return tangent(u, -1.0)


@inlined
def sech2_half(u: Any) -> Any:
    return secant(u, -1.0)


@inlined
def tanh(u: Any) -> Any:
    return tangent(u, -2.0)


@inlined
def sech2(u: Any) -> Any:
    return secant(u, -2.0)


@inlined
def tanh_log1pexp(v: Any) -> Any:
    """tanh(log(1 + eᵛ)) = m/(m + 2N²), m = D(D + 2N), where e⁻ᵛ = N/D."""
    _, n, d, _ = sides(v, -1.0)
    m = d * (d + (n + n))
    return m * (1.0 / (m + 2.0 * (n * n)))


@inlined
def sech2_log1pexp(v: Any) -> Any:
    """1 - tanh²(log(1 + eᵛ)) = (2N(N + D)/(m + 2N²))²."""
    _, n, d, _ = sides(v, -1.0)
    root = ((n + n) * (n + d)) * (1.0 / (d * (d + (n + n)) + 2.0 * (n * n)))
    return root * root


@inlined
def doubled_atanh(w: Any) -> Any:
    """2 atanh w for |w| ≤ 3 - 2√2."""
    v = quiet_square(w)
    return w * ((((((C6 * v + C5) * v + C4) * v + C3) * v + C2) * v + C1) * v + C0)


@inlined
def log1pexp(u: Any) -> Any:
    """log(1 + eᵘ) = max(u, 0) + log(1 + e^-|u|), as `logarithm` has it."""
    _, n, d, _ = sides(u, -1.0)
    positive = bits(u) > 0
    low, high = select(positive, n, d), select(positive, d, n)
    near = bits(abs(u)) < HALFWAY
    w = select(near, low - high, low) / (low + (high + high) + select(near, high, 0.0))
    return select(positive, u, 0.0) + (doubled_atanh(w) + select(near, LN2, 0.0))


@inlined
def logcosh(u: Any) -> Any:
    """log cosh u, as `logarithm` has it."""
    _, n, d, _ = sides(u, -2.0)
    low = select(bits(u) > 0, n, d) * (1.0 / (n + d))
    t = tanh(u)
    near = bits(abs(u)) < SMALL
    p = select(near, t * t, low)
    double = doubled_atanh(p / (2.0 - p))
    return select(near, 0.5 * double, (abs(u) - LN2) + double)


@inlined
def density(z: Any) -> Any:
    """e^(-z²/2), of the one division that `erfc_of_root` makes as well."""
    _, n, d, _ = sides(quiet_square(z), -0.5)
    _, below = tail(z)
    return n * (below * (1.0 / (d * below)))


@inlined
def tail(z: Any) -> Any:
    """(above, below) with e^(z²/2)·erfc(|z|/√2) = above/below."""
    a = abs(z)
    w = quiet_square(z)
    above = (((P[8] * w + P[6]) * w + P[4]) * w + P[2]) * w + P[0]
    above += a * (((P[7] * w + P[5]) * w + P[3]) * w + P[1])
    below = (((Q[8] * w + Q[6]) * w + Q[4]) * w + Q[2]) * w + Q[0]
    below += a * ((((w + Q[7]) * w + Q[5]) * w + Q[3]) * w + Q[1])
    return above, below


@inlined
def erfc_of_root(z: Any) -> Any:
    """erfc(z/√2)."""
    _, n, d, _ = sides(quiet_square(z), -0.5)
    above, below = tail(z)
    t = n * (above * (1.0 / (d * below)))
    return select(bits(z) < 0, 2.0 - t, t)
