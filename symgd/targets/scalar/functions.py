"""The primitives on floats: `functions.py` again, with `math` and an if in place of a clamp.

The generated code of the scalar backend runs where Python's floats do not raise; a pole raises
here as `math` does.
"""

from __future__ import annotations

from math import copysign, cos, exp, expm1, fabs, inf, log, log1p, sin, sinh

from symgd.targets.numpy.functions import (
    ARTANH,
    BERNOULLI,
    BESSEL,
    DIGAMMA,
    LGAMMA,
    LN2,
    ROOT,
    ROOT_REST,
    STIRLING,
    STIRLING_1,
    STIRLING_2,
    TANH_ABOVE,
    TANH_BELOW,
)


def sigmoid(u: float) -> float:
    """1/(1 + e^(-u))."""
    if u < 0.0:
        e = exp(u)
        return e / (1.0 + e)
    return 1.0 / (1.0 + exp(-u))


def log1pexp(u: float) -> float:
    """log(1 + e^u) = max(u, 0) + log(1 + e^(-|u|))."""
    return u + log1p(exp(-u)) if u > 0.0 else log1p(exp(u))


def logcosh(u: float) -> float:
    """log cosh u = log(1 + 2 sinh²(u/2)), |u| - log 2 past 30."""
    v = fabs(u)
    if v > 30.0:
        return v - LN2
    h = sinh(0.5 * v)
    return log1p(2.0 * h * h)


def sech2(u: float) -> float:
    """1 - tanh²u = 4e^(-2|u|)/(1 + e^(-2|u|))²."""
    e = exp(-2.0 * fabs(u))
    d = 1.0 + e
    return 4.0 * e / (d * d)


def log1mexp(u: float) -> float:
    """log(1 - e^(-u)), u > 0."""
    return log(-expm1(-u)) if u < LN2 else log1p(-exp(-u))


def xmlog1p(u: float) -> float:
    """u - log(1 + u)."""
    if -0.5 <= u <= 1.0:
        s = u / (2.0 + u)
        w = s * s
        return s * (u - 2.0 * w * horner(w, ARTANH))
    return u - log1p(u) if u < inf else u


def xmtanh(u: float) -> float:
    """u - tanh u."""
    v = fabs(u)
    if v < 1.0:
        w = v * v
        far = v * (w * horner(w, TANH_ABOVE) / horner(w, TANH_BELOW))
    else:
        far = (v - 1.0) + (2.0 / (1.0 + exp(2.0 * v)) if v < 30.0 else 0.0)
    return copysign(far, u)


def j1(u: float) -> float:
    """(sin u - u cos u)/u²."""
    if fabs(u) <= 2.0:
        return u * horner(u * u, BESSEL)
    return (sin(u) / u - cos(u)) / u


def digamma(u: float) -> float:
    """ψ(u) for u > 0."""
    if u >= 10.0:
        w = 1.0 / u
        return log(u) - 0.5 * w - w * w * horner(w * w, STIRLING_1)
    total = 0.0
    while u >= 2.0:
        u -= 1.0
        total += 1.0 / u
    if u < 1.0:
        total = -1.0 / u
    else:
        u -= 1.0
    return ((u - ROOT) - ROOT_REST) * horner(u - 0.5, DIGAMMA) + total


def trigamma(u: float) -> float:
    """ψ'(u) for u > 0."""
    total = 0.0
    while u < 10.0:
        w = 1.0 / u
        total += w * w
        u += 1.0
    w = 1.0 / u
    return total + (w + 0.5 * w * w + w * w * w * horner(w * w, STIRLING_2))


def lgamma(u: float) -> float:
    """ln Γ(u) for u > 0."""
    if u >= 10.0:
        w = 1.0 / u
        return (u - 0.5) * (log(u) - 1.0) + (0.4189385332046727 + w * horner(w * w, STIRLING))
    product = 1.0
    while u >= 2.0:
        u -= 1.0
        product *= u
    if u < 1.0:
        return u * (u - 1.0) * horner(u - 0.5, LGAMMA) - log(u)
    u -= 1.0
    return u * (u - 1.0) * horner(u - 0.5, LGAMMA) + log(product)


def polygamma(order: float, u: float) -> float:
    """ψ⁽ⁿ⁾(u) for u > 0 and n = 1, 2, ..."""
    n = int(order)
    total, scale = 0.0, 1.0
    while u < 10.0 + n:
        total += u ** (-n - 1.0)
        u += 1.0
    w = 1.0 / u
    tail, rising, power = 1.0 / n + 0.5 * w, n + 1.0, w * w
    for k, c in enumerate(BERNOULLI):
        if k:
            rising *= (n + 2.0 * k) * (n + 2.0 * k + 1.0)
        tail += c * rising * power
        power *= w * w
    for k in range(2, n + 1):
        scale *= k
    return (1.0 if n % 2 else -1.0) * scale * (total + tail * w**n)


def horner(w: float, coefficients: tuple[float, ...]) -> float:
    """c₀ + c₁w + c₂w² + ..."""
    p = 0.0
    for c in reversed(coefficients):
        p = p * w + c
    return p
