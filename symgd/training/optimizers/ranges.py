"""The numbers that an option may be: finite, and in a range that its error message can name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgd.errors import DataError, shown

# fmt: off
# range            holds                  in words
POSITIVE         = (lambda x: x > 0,      " greater than 0")
NOT_NEGATIVE     = (lambda x: x >= 0,     " of at least 0")
BELOW_ONE        = (lambda x: 0 <= x < 1, " of at least 0 and less than 1")
UP_TO_ONE        = (lambda x: 0 < x <= 1, " greater than 0 and at most 1")
# fmt: on


def number(
    what: str,
    value: Any,
    allowed: Callable[[float], bool] = lambda _: True,
    words: str = "",
) -> float:
    """The value as a float, where it is a finite number in the allowed range."""
    try:
        read = math.nan if isinstance(value, str | bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        read = math.nan
    if math.isfinite(read) and allowed(read):
        return read
    given = shown(value) if isinstance(value, str) else repr(value)[:60]
    raise DataError(f"{what} was given as {given}; it must be a finite number{words}.")
