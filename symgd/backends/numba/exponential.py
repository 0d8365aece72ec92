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

from symgd.backends.numba.bits import bits, inlined, real, select
from symgd.backends.numba.coefficients import EXP, HALF, HALF_BELOW

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # 33 bits, and the rest
ROUNDER = 1.5 * 2.0**52
UP, DOWN = 2.0**60, 2.0**-60
LARGEST, LEAST = 712.0, -746.0  # e^x/2 is infinite above, e^x is 0 below, with a flag of underflow
# From here down e^x is 0 whatever double it is multiplied by, and no flag is raised.
NOTHING = -1455.0
# Added to a square that meets 1: it changes nothing there, and a small square raises no flag.
WHISPER = 1e-40

E0, E1, E2, E3, E4, E5, E6, E7, E8, E9 = EXP
P0, P1, P2 = HALF
_, Q1, Q2 = HALF_BELOW


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
    v = r * r + WHISPER
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
    """(2^k, A, B) with e^-|u| = 2^k·(A + B)/(A - B)."""
    x = -abs(u)
    nothing = x < NOTHING
    inside = select(nothing, 0.0, select(x < LEAST, LEAST, x))
    shifted = inside * LOG2E + (ROUNDER + (1023 + 60))
    k = shifted - (ROUNDER + (1023 + 60))
    scale = select(nothing, 0.0, real(bits(shifted) << 52)) * DOWN
    r = (inside - k * LN2_HIGH) - k * LN2_LOW
    v = r * r + WHISPER
    return scale, (Q2 * v + Q1) * v + 1.0, r * ((P2 * v + P1) * v + P0)


@inlined
def sides(u: Any) -> Any:
    """(N, D) with e^-|u| = N/D."""
    scale, a, b = fraction(u)
    return scale * (a + b), a - b


@inlined
def sigmoid(u: Any) -> Any:
    """1/(1 + e⁻ᵘ): D/(N + D) right of 0, N/(N + D) left of it."""
    n, d = sides(u)
    return select(u >= 0.0, d, n) * (1.0 / (n + d))


@inlined
def difference(u: Any) -> Any:
    """D - N = (1 - 2^k)A - (1 + 2^k)B, which keeps its digits near 0."""
    scale, a, b = fraction(u)
    return (1.0 - scale) * a - (1.0 + scale) * b


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
    """1 - tanh²(u/2) = 4ND/(N + D)²."""
    n, d = sides(u)
    r = 1.0 / (n + d)
    return (2.0 * (n * r)) * (2.0 * (d * r))


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
    return m * (1.0 / (m + 2.0 * (b * b + WHISPER)))


@inlined
def sech2_log1pexp(v: Any) -> Any:
    """1 - tanh²(log(1 + eᵛ)) = (2b(a + b)/(m + 2b²))²."""
    m, b, whole = of_log1pexp(v)
    root = 2.0 * (b * whole) * (1.0 / (m + 2.0 * (b * b + WHISPER)))
    return root * root
