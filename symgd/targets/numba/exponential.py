"""exp and what is made of it, without a branch: eᵘ, eᵘ - 1, σ, tanh, 1 - tanh², sinh, cosh.

    x = k·log 2 + r,  |r| ≤ log(2)/2        e^x = 2^k·e^r

e^r - 1 is a polynomial; for σ, tanh and log(1 + eᵘ), which divide in any case, it is the fraction
e^r = (A + B)/(A - B) with B/A = tanh(r/2): a third of the multiplications, and no second division.
All that is made of one e^-|u| has its first lines in common, and LLVM computes them once.

Polynomials are evaluated by halves or quarters (Estrin 1960), which do not wait for each other.

2^k is a shift of the bits of k + 1.5·2⁵², to which x/log 2 was added to round it. What leaves the
range of doubles is shifted by 2⁶⁰ until the end, so that subnormal numbers come out rounded once.
"""

from __future__ import annotations

from math import copysign
from typing import Any

from symgd.targets.coefficients import EXP, HALF, HALF_BELOW
from symgd.targets.numba.bits import bits, inlined, quiet_square, real, select

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # 33 bits, and the rest
ROUNDER = 1.5 * 2.0**52
UP, DOWN = 2.0**60, 2.0**-60
BIG = 2.0**54
LARGEST, LEAST = 712.0, -746.0  # e^x/2 is infinite above, e^x is 0 below, with a flag of underflow
# From here down e^x is 0 whatever double it is multiplied by, and no flag is raised.
NOTHING = -1455.0

E0, E1, E2, E3, E4, E5, E6, E7, E8, E9 = EXP
B0, B1, B2 = (BIG * p for p in HALF)
A0, A1, A2 = (BIG * q for q in HALF_BELOW)


@inlined
def parts(x: Any) -> Any:
    """(2^k·i, i, 1/i, e^r - 1) with i = 2^±60, so that 2^k·i is a normal number, or 0."""
    low = x < 300.0
    nothing = x < NOTHING
    inside = select(x > LARGEST, LARGEST, x)
    inside = select(nothing, 0.0, select(x < LEAST, LEAST, inside))
    rounder = select(low, ROUNDER + (1023 + 60), ROUNDER + (1023 - 60))
    shifted = inside * LOG2E + rounder
    k = shifted - rounder
    scale = select(nothing, 0.0, real(bits(shifted) << 52))
    r = (inside - k * LN2_HIGH) - k * LN2_LOW
    v = quiet_square(r)
    even = (((E8 * v + E6) * v + E4) * v + E2) * v + E0
    odd = (((E9 * v + E7) * v + E5) * v + E3) * v + E1
    p = odd * r + even
    return scale, select(low, UP, DOWN), select(low, DOWN, UP), r * (1.0 + r * p)


@inlined
def exp(x: Any) -> Any:
    """e^x."""
    scale, _, back, q = parts(x)
    return (scale * q + scale) * back


@inlined
def expm1(x: Any) -> Any:
    """e^x - 1."""
    scale, one, back, q = parts(x)
    return select(x == 0.0, x, (scale * q + (scale - one)) * back)


@inlined
def cosh(u: Any) -> Any:
    """(eᵘ + e⁻ᵘ)/2."""
    scale, _, back, q = parts(abs(u))
    half = (scale * q + scale) * (0.5 * back)
    return half + 0.25 / half


@inlined
def sinh(u: Any) -> Any:
    """(eᵘ - e⁻ᵘ)/2 = (t + t/(t + 1))/2 with t = e^|u| - 1, and the sign of u."""
    scale, one, back, q = parts(abs(u))
    half = (scale * q + (scale - one)) * (0.5 * back)
    bounded = select(half > 1e300, 1e300, half)
    return copysign(half + half / (2.0 * bounded + 1.0), u)


@inlined
def fraction(u: Any) -> Any:
    """(k in the bits of an exponent, A, B) with e^-|u| = 2^k·(A + B)/(A - B), A = 2⁵⁴ + ...

    A and B are so large that 2^k·(A + B) is a normal number for every k there is.
    """
    x = -abs(u)
    inside = select(x < LEAST, LEAST, x)
    shifted = inside * LOG2E + ROUNDER
    k = shifted - ROUNDER
    r = (inside - k * LN2_HIGH) - k * LN2_LOW
    v = quiet_square(r)
    a = (A2 * v + A1) * v + A0
    b = r * ((B2 * v + B1) * v + B0)
    return bits(shifted) << 52, a, b


@inlined
def sides(u: Any) -> Any:
    """(N, D) with e^-|u| = N/D, D about 2⁵⁴; of a nan, D is one."""
    k, a, b = fraction(u)
    return select(-abs(u) < NOTHING, 0.0, real(bits(a + b) + k)), a - b


@inlined
def halves(u: Any) -> Any:
    """σ(-|u|) and σ(|u|): N/(N + D) and D/(N + D)."""
    n, d = sides(u)
    r = 1.0 / (n + d)
    return n * r, d * r


@inlined
def sigmoid(u: Any) -> Any:
    """1/(1 + e⁻ᵘ)."""
    low, high = halves(u)
    return select(u >= 0.0, high, low)


@inlined
def sigmoid_minus(u: Any) -> Any:
    """σ(-u), of the comparison that σ(u) has made."""
    low, high = halves(u)
    return select(u >= 0.0, low, high)


@inlined
def difference(u: Any) -> Any:
    """D - N; where k is 0 it is -2B, which keeps its digits near 0."""
    k, _, b = fraction(u)
    n, d = sides(u)
    return select(k == 0, -2.0 * b, d - n)


@inlined
def tanh_half(u: Any) -> Any:
    """tanh(u/2) = (D - N)/(D + N)."""
    n, d = sides(u)
    return copysign(difference(u) * (1.0 / (n + d)), u)


@inlined
def tanh(u: Any) -> Any:
    return tanh_half(2.0 * u)


@inlined
def sech2_half(u: Any) -> Any:
    """1 - tanh²(u/2) = 4σ(u)σ(-u)."""
    low, high = halves(u)
    return (2.0 * low) * (2.0 * high)


@inlined
def sech2(u: Any) -> Any:
    return sech2_half(2.0 * u)


@inlined
def of_log1pexp(v: Any) -> Any:
    """(m, b, a + b) with tanh(log(1 + eᵛ)) = m/(m + 2b²): a/b = eᵛ, m = a(a + 2b)."""
    n, d = sides(v)
    positive = v > 0.0
    a, b = select(positive, d, n), select(positive, n, d)
    return a * (a + 2.0 * b), b, n + d


@inlined
def tanh_log1pexp(v: Any) -> Any:
    """tanh(log(1 + eᵛ))."""
    m, b, _ = of_log1pexp(v)
    return m * (1.0 / (m + 2.0 * quiet_square(b)))


@inlined
def sech2_log1pexp(v: Any) -> Any:
    """1 - tanh²(log(1 + eᵛ)) = (2b(a + b)/(m + 2b²))²."""
    m, b, whole = of_log1pexp(v)
    root = 2.0 * (b * whole) * (1.0 / (m + 2.0 * quiet_square(b)))
    return root * root
