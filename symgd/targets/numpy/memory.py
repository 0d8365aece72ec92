"""Memory that begins where a line of the cache does, so that no vector lies in two of them."""

from __future__ import annotations

from typing import Any

import numpy as np

LINE = 64  # bytes


def aligned(count: int, dtype: Any = np.float64) -> Any:
    """An array of `count` numbers that nothing has been written to."""
    size = np.dtype(dtype).itemsize
    room = np.empty(count + LINE // size, dtype)
    first = -room.ctypes.data % LINE // size
    return room[first : first + count]
