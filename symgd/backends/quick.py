"""Polynomials on long arrays by a product of matrices: Σ cₖtᵏ = Σ tᵐʲ·(Σ cₘⱼ₊ᵢtⁱ).

The inner sums, of m terms each, are one product of a small matrix with the powers 1, t, ..., tᵐ⁻¹:
half the time of Horner's rule, which goes through memory twice a coefficient.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import numpy as np

from symgd.backends.functions import ERFC

TERMS = 6  # of an inner sum


class Memory(threading.local):
    """Room for the powers and the inner sums, one set a thread."""

    def __init__(self) -> None:
        self.powers: Any = None
        self.sums: Any = None

    def of(self, count: int, n: int, dtype: Any) -> tuple[Any, Any]:
        if self.powers is None or self.powers.shape[1] < n or self.powers.dtype != dtype:
            self.powers, self.sums = np.empty((TERMS, n), dtype), np.empty((count, n), dtype)
        return self.powers[:, :n], self.sums[:, :n]


MEMORY = Memory()


@cache
def matrix(coefficients: tuple[float, ...], dtype: Any) -> Any:
    """The coefficients, TERMS a row."""
    return np.array(coefficients, dtype).reshape(-1, TERMS)


def polynomial(t: Any, coefficients: tuple[float, ...]) -> Any:
    """c₀ + c₁t + c₂t² + ..., of a multiple of TERMS coefficients."""
    if np.ndim(t) == 0:
        return np.polynomial.polynomial.polyval(t, coefficients)
    rows = matrix(coefficients, t.dtype)
    powers, sums = MEMORY.of(len(rows), t.size, t.dtype)
    powers[0] = 1.0
    powers[1] = t
    for i in range(2, TERMS):
        np.multiply(powers[i // 2], powers[i - i // 2], out=powers[i])
    np.matmul(rows, powers, out=sums)
    step = np.multiply(powers[TERMS // 2], powers[TERMS - TERMS // 2])
    out = sums[-1]
    for row in sums[-2::-1]:
        np.multiply(out, step, out=out)
        np.add(out, row, out=out)
    return out


def erfc_tail(v: Any) -> Any:
    """erfc v·e^(v²) = p(t)/(1 + 2v), t = (v - 4)/(v + 4), for v ≥ 0, as in `functions.tail`."""
    t = (v - 4.0) / (v + 4.0)
    return polynomial(t, ERFC) / (1.0 + 2.0 * v)
