"""Fractions of polynomials on long arrays by a product of matrices: Σ cₖtᵏ = Σ tᵐʲ·(Σ cₘⱼ₊ᵢtⁱ).

The inner sums, of m terms each, are one product of a small matrix with the powers 1, t, ..., tᵐ⁻¹:
half the time of Horner's rule, which goes through memory twice a coefficient.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import numpy as np

from symgd.backends.coefficients import ERFC, ERFC_BELOW

TERMS = 6  # of an inner sum
ROWS = 2  # inner sums of a polynomial


class Memory(threading.local):
    """Room for the powers and the inner sums, one set a thread."""

    def __init__(self) -> None:
        self.powers: Any = None
        self.sums: Any = None

    def of(self, n: int, dtype: Any) -> tuple[Any, Any]:
        if self.powers is None or self.powers.shape[1] < n or self.powers.dtype != dtype:
            self.powers, self.sums = np.empty((TERMS, n), dtype), np.empty((2 * ROWS, n), dtype)
        return self.powers[:, :n], self.sums[:, :n]


MEMORY = Memory()


@cache
def matrix(above: tuple[float, ...], below: tuple[float, ...], dtype: Any) -> Any:
    """The coefficients, TERMS a row, those of P first."""
    full = [(*c, *[0.0] * (TERMS * ROWS - len(c))) for c in (above, below)]
    return np.array(full, dtype).reshape(-1, TERMS)


def fraction(t: Any, above: tuple[float, ...], below: tuple[float, ...]) -> Any:
    """P(t)/Q(t), polynomials of at most ROWS·TERMS coefficients."""
    if np.ndim(t) == 0:
        value = np.polynomial.polynomial.polyval
        return value(t, above) / value(t, below)
    powers, sums = MEMORY.of(t.size, t.dtype)
    powers[0] = 1.0
    powers[1] = t
    for i in range(2, TERMS):
        np.multiply(powers[i // 2], powers[i - i // 2], out=powers[i])
    np.matmul(matrix(above, below, t.dtype), powers, out=sums)
    step = np.multiply(powers[TERMS // 2], powers[TERMS - TERMS // 2], out=powers[0])
    p, p_high, q, q_high = sums
    for low, high in ((p, p_high), (q, q_high)):
        np.multiply(high, step, out=high)
        np.add(low, high, out=low)
    return np.divide(p, q)


def erfc_tail(v: Any) -> Any:
    """erfc v·e^(v²) = P(v)/Q(v) for 0 ≤ v ≤ 28."""
    return fraction(v, ERFC, ERFC_BELOW)
