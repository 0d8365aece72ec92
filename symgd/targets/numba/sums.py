"""What a kernel does with a block of samples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

from symgd.targets.numba.bits import inlined, interleaved, plus
from symgd.targets.numba.logarithm import log1p

FACTORS = 16
compiled: Callable[[Any], Any] = njit(fastmath={"contract"}, error_model="numpy")


@inlined
def square(u: Any) -> Any:
    return u * u


@compiled
def log_of_product(a: Any, b: Any, count: int) -> float:
    """Σ log(1 + a/b) over the first `count`, as the logarithms of products of sixteen.

    There is room in `a` and `b` for the next multiple of sixteen; what stands there is lost.
    """
    groups = (count + FACTORS - 1) // FACTORS
    for i in range(count, FACTORS * groups):
        a[i] = 0.0
        b[i] = 1.0
    total = 0.0
    for i in range(groups):
        p = a[i]
        q = b[i]
        for k in range(1, FACTORS):
            p += q * a[i + k * groups]
            q *= b[i + k * groups]
        total = plus(total, log1p(p / q))
        interleaved(4)
    return total
