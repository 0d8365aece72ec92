"""The processor's own flags: has an operation overflowed, underflowed, divided by 0, been invalid?

They stay up until they are lowered, a set for each thread. Python asks for none of them when it
multiplies, so they are read through C's <fenv.h>, in the mathematical library of the machine.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

# machine       invalid, division by zero, overflow, underflow, as its <fenv.h> numbers them
MASKS = {
    "x86": (1, 4, 8, 16),
    "arm": (1, 2, 4, 8),
    "windows": (16, 8, 4, 2),
}


def machine() -> str:
    """A key of MASKS."""
    if sys.platform == "win32":
        return "windows"
    return "arm" if platform.machine().lower() in ("arm64", "aarch64") else "x86"


*GRAVE_ONES, UNDERFLOW = MASKS[machine()]
GRAVE = sum(GRAVE_ONES)
ALL = GRAVE | UNDERFLOW


@cache
def library() -> Any:
    """The library that has fetestexcept and feclearexcept, or None."""
    name = "ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m")
    try:
        # PyDLL keeps the lock of the interpreter, and int → int is what ctypes takes for granted:
        # a call in 0.1 µs, where a step of a descent takes 0.3.
        found = ctypes.PyDLL(name)
    except OSError:
        return None
    return found if hasattr(found, "fetestexcept") and hasattr(found, "feclearexcept") else None


def watched(function: Callable[..., Any], extended: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, and `extended` in its place where an operation in it raised a flag.

    Where the flags cannot be read, `function` itself.
    """
    found = library()
    if found is None:
        return function
    lower, raised = found.feclearexcept, found.fetestexcept

    def run(*values: Any) -> Any:
        lower(ALL)
        answer = function(*values)
        return extended(*values) if raised(ALL) else answer

    return run
