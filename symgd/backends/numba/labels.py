"""Whether labels are of two classes, in one pass over them, as fast as they can be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from symgd.backends.inputs import either
from symgd.backends.numba.disk import imported

SOURCE = '''\
"""A kernel that symgd wrote."""

from numba import njit, types

DOUBLES = types.Array(types.float64, 1, "C", readonly=True)


@njit(types.boolean(DOUBLES, types.float64, types.float64), cache=True, nogil=True)
def two_valued(labels, a, b):
    """Whether each label is a or b."""
    strange = 0
    for i in range(labels.size):
        strange += (labels[i] != a) & (labels[i] != b)
    return strange == 0
'''


@cache
def kernel() -> Callable[[Any, float, float], bool]:
    return imported(SOURCE, "two_valued")


def two_valued(labels: Any, a: float, b: float) -> bool:
    """Whether each label is a or b."""
    if labels.dtype != np.float64 or not labels.flags.c_contiguous:
        return either(labels, a, b)
    return kernel()(labels, a, b)
