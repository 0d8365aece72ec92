"""Fractions of polynomials on long arrays by a product of matrices: Σ cₖtᵏ = Σ tᵐʲ·(Σ cₘⱼ₊ᵢtⁱ).

The inner sums, of m terms each, are one product of a small matrix with the powers 1, t, ..., tᵐ⁻¹:
half the time of Horner's rule, which goes through memory twice a coefficient. The memory begins
where a line of the cache does, so that no vector lies in two of them.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from symgd.targets.coefficients import ERFC, ERFC_BELOW

LINE = 64  # bytes


def aligned_array(count: int, dtype: Any = np.float64) -> Any:
    """An array of `count` numbers that nothing has been written to."""
    size = np.dtype(dtype).itemsize
    room = np.empty(count + LINE // size, dtype)
    first = -room.ctypes.data % LINE // size
    return room[first : first + count]


TERMS = 6  # of an inner sum
ROWS = 2  # inner sums of a polynomial
ALIGNED = 16  # numbers: rows of a multiple of them are aligned if the first is


class Room(threading.local):
    """`powers` 1, t, ..., tᵐ⁻¹ and `sums`, each also as a list of rows, for arrays of one kind."""

    kind: tuple[int, Any] = (0, None)

    def fit(self, n: int, dtype: Any) -> None:
        """Make it one for n numbers of this dtype, if that of the last call is another."""
        if self.kind == (n, dtype):
            return
        stride = -(-n // ALIGNED) * ALIGNED
        self.powers, self.sums = (
            aligned_array(rows * stride, dtype).reshape(rows, stride)[:, :n]
            for rows in (TERMS, 2 * ROWS)
        )
        self.power, self.sum = [*self.powers], [*self.sums]
        self.step = aligned_array(n, dtype)
        self.power[0][:] = 1.0
        self.kind = (n, dtype)


ROOM = Room()


class Fraction:
    """t ↦ P(t)/Q(t), polynomials of at most ROWS·TERMS coefficients, lowest power first."""

    def __init__(self, above: tuple[float, ...], below: tuple[float, ...]) -> None:
        self.above, self.below = above, below
        full = [(*c, *[0.0] * (TERMS * ROWS - len(c))) for c in (above, below)]
        table = np.array(full).reshape(-1, TERMS)  # those of P first
        self.tables = {np.dtype(d): table.astype(d) for d in (np.float64, np.float32)}

    def __call__(self, t: Any) -> Any:
        if np.ndim(t) == 0:
            value = np.polynomial.polynomial.polyval
            return value(t, self.above) / value(t, self.below)
        ROOM.fit(t.size, t.dtype)
        power, step = ROOM.power, ROOM.step
        power[1][:] = t
        for i in range(2, TERMS):
            np.multiply(power[i // 2], power[i - i // 2], out=power[i])
        np.matmul(self.tables[t.dtype], ROOM.powers, out=ROOM.sums)
        np.multiply(power[TERMS // 2], power[TERMS - TERMS // 2], out=step)
        p, p_high, q, q_high = ROOM.sum
        for low, high in ((p, p_high), (q, q_high)):
            np.multiply(high, step, out=high)
            np.add(low, high, out=low)
        return np.divide(p, q)


# erfc v·e^(v²) for 0 ≤ v ≤ 28
erfc_tail = Fraction(ERFC, ERFC_BELOW)
