"""log and what is made of it, without a branch: log x, log(1 + x), x - log(1 + x), log(1 + eᵘ).

    x = 2^k·(1 + f),  1 + f from √½ to √2        s = f/(2 + f)
    log(1 + f) = 2 atanh s = f - Q,   Q = f²/2 - s(f²/2 + R)

R is a polynomial in s², and Q the last small part, as in fdlibm (Sun Microsystems, 1993). Where
log(1 + x) has k = 0, f is x itself, and Q is x - log(1 + x) to all its digits.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

from symgd.targets.coefficients import LOG
from symgd.targets.numba.bits import bits, inlined, quiet_square, real, select, upper
from symgd.targets.numba.exponential import (
    LN2_HIGH,
    LN2_LOW,
    exp,
    expm1,
    halves,
    sides,
    tanh_half,
)

LN2 = 0.6931471805599453
ONE = 0x3FF0000000000000
ROOT_HALF = 0x3FE6A09E667F3BCD  # the bits of √½
MANTISSA = 0x000FFFFFFFFFFFFF
EXPONENT = 0x4330000000000000  # with a small integer beneath, the bits of 2⁵² + that integer
SMALLEST = 2.0**-1022
WHOLE = 1e17  # x + 1 is x from here on

L0, L1, L2, L3, L4, L5, L6 = LOG


@inlined
def rest(v: Any) -> Any:
    """(2 atanh s - 2s)/s³ where v = s²."""
    return (((((L6 * v + L5) * v + L4) * v + L3) * v + L2) * v + L1) * v + L0


@inlined
def taken_apart(x: Any) -> Any:
    """(k, 2^-k, f) of a normal positive x."""
    i = bits(x) + (ONE - ROOT_HALF)
    k = real(upper(i) | EXPONENT) - (2.0**52 + 1023.0)
    back = real(2 * ONE - (i & ~MANTISSA))
    return k, back, real((i & MANTISSA) + ROOT_HALF) - 1.0


@inlined
def shortfall(f: Any) -> Any:
    """Q = f - log(1 + f)."""
    s = f / (2.0 + f)
    v = s * s
    half = 0.5 * f * f
    return half - s * (half + v * rest(v))


@inlined
def log(x: Any) -> Any:
    small = x < SMALLEST
    k, _, f = taken_apart(x * select(small, 2.0**54, 1.0))
    k = k - select(small, 54.0, 0.0)
    y = k * LN2_HIGH - ((shortfall(f) - k * LN2_LOW) - f)
    outside = select(x == 0.0, -inf, select(x > 0.0, x, nan))
    return select((x > 0.0) & (x < inf), y, outside)


@inlined
def of_sum(whole: Any, low: Any) -> Any:
    """(k, 2^-k, f, Q) of whole + low, where low is what the rounding of the whole left out."""
    k, back, f = taken_apart(whole)
    f = f + select(whole < WHOLE, low * back, 0.0)
    return k, back, f, shortfall(f)


@inlined
def one_plus(x: Any) -> Any:
    """1 + x as a rounded sum and what was rounded away (Knuth's two-sum)."""
    whole = 1.0 + x
    b = whole - 1.0
    return whole, (1.0 - (whole - b)) + (x - b)


@inlined
def log1p(x: Any) -> Any:
    """log(1 + x)."""
    whole, low = one_plus(x)
    k, _, f, q = of_sum(whole, low)
    y = k * LN2_HIGH - ((q - k * LN2_LOW) - f)
    outside = select(whole == 0.0, -inf, select(whole > 0.0, x, nan))
    return select((whole > 0.0) & (whole < inf) & (x != 0.0), y, select(x == 0.0, x, outside))


@inlined
def xmlog1p(x: Any) -> Any:
    """x - log(1 + x) = x(1 - 2^-k) + (1 - 2^-k) - k·log 2 + Q, which is Q where k = 0.

    Near -1 the first two are large, and their sum is x - f, which is exact where k = -1.
    """
    whole, low = one_plus(x)
    k, back, f, q = of_sum(whole, low)
    left = 1.0 - back
    most = select(x < -0.5, (x - f) - k * LN2_HIGH, x * left + (left - k * LN2_HIGH))
    y = (most - k * LN2_LOW) + q
    outside = select(whole == 0.0, inf, select(whole > 0.0, x, nan))
    return select((whole > 0.0) & (whole < inf), y, outside)


@inlined
def log1mexp(u: Any) -> Any:
    """log(1 - e⁻ᵘ) for u > 0: of -(e⁻ᵘ - 1) near 0, of 1 and -e⁻ᵘ farther out."""
    e = exp(-u)
    far = e < 0.5
    whole = select(far, 1.0 - e, -expm1(-u))
    low = select(far, (1.0 - whole) - e, 0.0)
    small = whole < SMALLEST
    k, _, f, q = of_sum(whole * select(small, 2.0**54, 1.0), low)
    k = k - select(small, 54.0, 0.0)
    y = k * LN2_HIGH - ((q - k * LN2_LOW) - f)
    return select(u > 0.0, y, select(u == 0.0, -inf, nan))


@inlined
def doubled_atanh(w: Any) -> Any:
    """2 atanh w."""
    v = quiet_square(w)
    return w * (2.0 + v * rest(v))


@inlined
def log1pexp(u: Any) -> Any:
    """log(1 + eᵘ) = max(u, 0) + log(1 + N/D) with e^-|u| = N/D.

    log(1 + N/D) = 2 atanh(N/(2D + N)), and where 1 + N/D > √2
                 = log 2 + 2 atanh((N - D)/(N + 3D)).
    """
    n, d = sides(u)
    near = n > 0.41421356237309503 * d
    w = select(near, n - d, n) / (n + select(near, 3.0 * d, 2.0 * d))
    return select(u > 0.0, u, 0.0) + (doubled_atanh(w) + select(near, LN2, 0.0))


@inlined
def logcosh(u: Any) -> Any:
    """log cosh u = |u| - log 2 + log(1 + q) with q = e^(-2|u|) = p/(1 - p), p = σ(-2|u|).

    Near 0 it is -log(1 - t²)/2 = atanh(t²/(2 - t²)) with t = tanh u, elsewhere as `log1pexp`.
    """
    v = 2.0 * u
    low, _ = halves(v)
    t = tanh_half(v)
    near = abs(u) < 0.6
    p = select(near, t * t, low)
    double = doubled_atanh(p / (2.0 - p))
    return select(near, 0.5 * double, (abs(u) - LN2) + double)
