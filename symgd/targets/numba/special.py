"""erf, erfc, u - tanh u, the spherical j₁, and the functions of order: max, min, sign.

    erfc x = e^(-x²)·P(x)/Q(x) for x ≥ 0

e^(x²)erfc x falls from 1 as 1/x without a turn, and a fraction of polynomials with positive
coefficients follows it to the last bits: nothing cancels in it.
"""

from __future__ import annotations

import math
from math import copysign
from typing import Any

from symgd.targets.coefficients import ERF, ERFC, ERFC_BELOW, J1, XMTANH, XMTANH_BELOW
from symgd.targets.numba.bits import inlined, select, square_error
from symgd.targets.numba.exponential import exp, tanh

ERFC_END = 28.0  # erfc is 0 from 27.3 on
ROOT_TWO, ROOT_HALF = 1.4142135623730951, 0.7071067811865476
P, Q = ERFC, ERFC_BELOW
R = ERF
T, TB = XMTANH, XMTANH_BELOW
J = J1


@inlined
def scaled(x: Any) -> Any:
    """e^(x²)·erfc x for 0 ≤ x ≤ 28."""
    w = x * x
    above = ((((P[10] * w + P[8]) * w + P[6]) * w + P[4]) * w + P[2]) * w + P[0]
    above += x * ((((P[9] * w + P[7]) * w + P[5]) * w + P[3]) * w + P[1])
    below = ((((Q[10] * w + Q[8]) * w + Q[6]) * w + Q[4]) * w + Q[2]) * w + 1.0
    below += x * (((((Q[11] * w + Q[9]) * w + Q[7]) * w + Q[5]) * w + Q[3]) * w + Q[1])
    return above / below


@inlined
def tail(x: Any) -> Any:
    """erfc x for x ≥ 0; x² in two parts, for e^(-x²) takes each of its digits seriously."""
    inside = select(x > ERFC_END, ERFC_END, x)
    square = inside * inside
    low = square_error(inside)
    g = scaled(inside)
    return exp(-square) * (g - g * low)


@inlined
def erfc(x: Any) -> Any:
    t = tail(abs(x))
    return select(x < 0.0, 2.0 - t, t)


@inlined
def density(z: Any) -> Any:
    """e^(-z²/2)."""
    return exp(-0.5 * (z * z))


@inlined
def erfc_of_root(z: Any) -> Any:
    """erfc(z/√2), of the e^(-z²/2) that `density` has."""
    a = abs(z)
    inside = select(a > ERFC_END * ROOT_TWO, ERFC_END * ROOT_TWO, a)
    low = square_error(a)
    g = scaled(inside * ROOT_HALF)
    t = density(z) * (g - g * select(a > ERFC_END * ROOT_TWO, 0.0, 0.5 * low))
    return select(z < 0.0, 2.0 - t, t)


@inlined
def erf(x: Any) -> Any:
    a = abs(x)
    near = select(a < 1.0, x, 0.0)
    v = near * near
    w = v * v
    even = (((((R[12] * w + R[10]) * w + R[8]) * w + R[6]) * w + R[4]) * w + R[2]) * w + R[0]
    odd = (((((R[13] * w + R[11]) * w + R[9]) * w + R[7]) * w + R[5]) * w + R[3]) * w + R[1]
    p = odd * v + even
    return select(a < 1.0, 0.5 * near + near * p, copysign(1.0 - tail(a), x))


@inlined
def xmtanh(u: Any) -> Any:
    """u - tanh u."""
    near = abs(u) < 1.5
    inside = select(near, u, 0.0)
    v = inside * inside
    above = (((T[4] * v + T[3]) * v + T[2]) * v + T[1]) * v + T[0]
    below = (((TB[4] * v + TB[3]) * v + TB[2]) * v + TB[1]) * v + 1.0
    return select(near, inside * v * (above / below), u - tanh(u))


@inlined
def j1(u: Any) -> Any:
    """(sin u - u cos u)/u²; 0 at 0."""
    near = abs(u) < 2.5
    inside = select(near, u, 0.0)
    outside = select(near, 2.5, u)
    v = inside * inside
    p = ((((J[9] * v + J[8]) * v + J[7]) * v + J[6]) * v + J[5]) * v + J[4]
    p = (((p * v + J[3]) * v + J[2]) * v + J[1]) * v + J[0]
    return select(near, inside * p, (math.sin(outside) / outside - math.cos(outside)) / outside)


@inlined
def maximum(a: Any, b: Any) -> Any:
    """max(a, b); nan where one is."""
    return select((a >= b) | (a != a), a, b)


@inlined
def minimum(a: Any, b: Any) -> Any:
    """min(a, b); nan where one is."""
    return select((a <= b) | (a != a), a, b)


@inlined
def sign(u: Any) -> Any:
    """-1, 0 or 1; nan of nan."""
    return select(u > 0.0, 1.0, select(u < 0.0, -1.0, u))


@inlined
def power(a: Any, b: Any) -> Any:
    """aᵇ, by the machine's pow; what has no value has none raised to 0, and -∞ has no root."""
    finite = (a > -math.inf) & (b == b)
    return select(finite | ((a < 0.0) & (b == math.floor(b))), math.pow(a, b), math.nan)
