"""The primitives on floats, printed from their trees, and those that are loops.

Γ and its derivatives go by a recurrence, which no tree is. The generated code of the scalar backend
runs where Python's floats do not raise; a pole raises here as `math` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import log, nan
from typing import Any

from symgd.functions import special
from symgd.functions.primitives import PRIMITIVES
from symgd.targets.constants import (
    BERNOULLI,
    DIGAMMA,
    LGAMMA,
    ROOT,
    ROOT_REST,
    STIRLING,
    STIRLING_1,
    STIRLING_2,
)
from symgd.targets.primitives import COEFFICIENTS, Words, in_python, printed_when_called
from symgd.targets.scalar.words import DIALECT


def horner(w: float, coefficients: tuple[float, ...]) -> float:
    """c₀ + c₁w + c₂w² + ..."""
    p = 0.0
    for c in reversed(coefficients):
        p = p * w + c
    return p


def _printed() -> dict[str, Callable[[float], float]]:
    """The primitives that are trees, in Python."""
    scope: dict[str, Any] = {**vars(math), **COEFFICIENTS, "horner": horner}
    names = [p.name[1:] for p in PRIMITIVES]
    exec(in_python(names, Words(DIALECT)), scope)  # noqa: S102 - every word is ours
    return scope


_MADE = _printed()
sigmoid, log1pexp, logcosh = _MADE["sigmoid"], _MADE["log1pexp"], _MADE["logcosh"]
sech2, log1mexp, xmlog1p = _MADE["sech2"], _MADE["log1mexp"], _MADE["xmlog1p"]
xmtanh, j1 = _MADE["xmtanh"], _MADE["j1"]


_SPECIAL = {
    name: printed_when_called(name, Words(DIALECT), {**vars(math), "horner": horner})
    for name in special.BODIES
}


def __getattr__(name: str) -> Callable[[float], float]:
    if name in _SPECIAL:
        return _SPECIAL[name]
    raise AttributeError(name)


def digamma(u: float) -> float:
    """ψ(u) for u > 0."""
    if u < 0.0:
        return nan
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
    if u < 0.0:
        return nan
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
    """ψ⁽ⁿ⁾(u) for u > 0 and n = 0, 1, ..."""
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
