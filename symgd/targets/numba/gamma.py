"""ln Γ and its two derivatives, of u > 0: zeros as factors, Stirling's series from 10 on.

The same as in `symgd.targets.numpy.functions`, sample by sample.
"""

from __future__ import annotations

from math import nan
from typing import Any

from symgd.targets.numba.bits import inlined
from symgd.targets.numba.logarithm import log
from symgd.targets.numpy.functions import (
    BERNOULLI,
    DIGAMMA,
    LGAMMA,
    ROOT,
    ROOT_REST,
    STIRLING,
    STIRLING_1,
    STIRLING_2,
)

LN_GAMMA, PSI = LGAMMA[::-1], DIGAMMA[::-1]
SERIES, SERIES_1, SERIES_2 = STIRLING[::-1], STIRLING_1[::-1], STIRLING_2[::-1]


@inlined
def polynomial(w: Any, coefficients: Any) -> Any:
    """Coefficients from the highest power down."""
    p = 0.0
    for c in coefficients:
        p = p * w + c
    return p


@inlined
def lgamma(u: Any) -> Any:
    if u >= 10.0:
        w = 1.0 / u
        return (u - 0.5) * (log(u) - 1.0) + (0.4189385332046727 + w * polynomial(w * w, SERIES))
    product = 1.0
    while u >= 2.0:
        u -= 1.0
        product *= u
    if u < 1.0:
        return u * (u - 1.0) * polynomial(u - 0.5, LN_GAMMA) - log(u)
    u -= 1.0
    return u * (u - 1.0) * polynomial(u - 0.5, LN_GAMMA) + log(product)


@inlined
def digamma(u: Any) -> Any:
    if u < 0.0:
        return nan
    if u >= 10.0:
        w = 1.0 / u
        return log(u) - 0.5 * w - w * w * polynomial(w * w, SERIES_1)
    total = 0.0
    while u >= 2.0:
        u -= 1.0
        total += 1.0 / u
    if u < 1.0:
        total = -1.0 / u
    else:
        u -= 1.0
    return ((u - ROOT) - ROOT_REST) * polynomial(u - 0.5, PSI) + total


@inlined
def trigamma(u: Any) -> Any:
    if u < 0.0:
        return nan
    total = 0.0
    while u < 10.0:
        w = 1.0 / u
        total += w * w
        u += 1.0
    w = 1.0 / u
    return total + (w + 0.5 * w * w + w * w * w * polynomial(w * w, SERIES_2))


@inlined
def polygamma(order: Any, u: Any) -> Any:
    if u < 0.0:
        return nan
    n = int(order)
    total, scale = 0.0, 1.0
    while u < 10.0 + n:
        total += u ** (-n - 1.0)
        u += 1.0
    w = 1.0 / u
    tail, rising, power = (1.0 / n if n else -log(u)) + 0.5 * w, n + 1.0, w * w
    for k, c in enumerate(BERNOULLI):
        if k:
            rising *= (n + 2.0 * k) * (n + 2.0 * k + 1.0)
        tail += c * rising * power
        power *= w * w
    for k in range(2, n + 1):
        scale *= k
    return (1.0 if n % 2 else -1.0) * scale * (total + tail * w**n)
