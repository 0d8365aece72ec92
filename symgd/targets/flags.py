"""The processor's own flags: has an operation overflowed, underflowed, divided by 0, been invalid?

They stay up until they are lowered, a set for each thread. Python asks for none of them when it
multiplies, so they are read through C's <fenv.h>, in the mathematical library of the machine.

NumPy lowers them in every call, and so does what looks for one here. Those that a caller has
raised, and those that it has not, are its own: `undisturbed` leaves them as they were.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import sys
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# machine       invalid, division by zero, overflow, underflow, inexact, as its <fenv.h> has them
MASKS = {
    "x86": (1, 4, 8, 16, 32),
    "arm": (1, 2, 4, 8, 16),
    "windows": (16, 8, 4, 2, 1),
}


def machine() -> str:
    """A key of MASKS."""
    if sys.platform == "win32":
        return "windows"
    return "arm" if platform.machine().lower() in ("arm64", "aarch64") else "x86"


*GRAVE_ONES, UNDERFLOW, INEXACT = MASKS[machine()]
GRAVE = sum(GRAVE_ONES)
ALL = GRAVE | UNDERFLOW
EVERY = ALL | INEXACT

# what is asked of the library
WORDS = ("fetestexcept", "feclearexcept", "fegetexceptflag", "fesetexceptflag")


@cache
def library() -> Any:
    """The library that has all of WORDS, or None."""
    name = "ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m")
    try:
        # PyDLL keeps the lock of the interpreter, and int → int is what ctypes takes for granted:
        # a call in 0.1 µs, where a step of a descent takes 0.3.
        found = ctypes.PyDLL(name)
    except OSError:
        return None
    return found if all(hasattr(found, word) for word in WORDS) else None


class State:
    """The flags of this thread, to be put back as they were.

    `seen` is what they are now, and `back(before)` makes them what `seen` has given.
    """

    def __init__(self, found: Any) -> None:
        self.found = found
        self.test = found.fetestexcept
        # What <fenv.h> keeps of flags, whose layout is its own: at most 16 bytes of it are written.
        self.kept: dict[int, Any] = {}

    def seen(self) -> int:
        before: int = self.test(EVERY)
        if before not in self.kept:
            room = ctypes.create_string_buffer(16)
            self.found.fegetexceptflag(room, EVERY)
            self.kept[before] = room
        return before

    def back(self, before: int) -> None:
        if self.test(EVERY) != before:
            self.found.fesetexceptflag(self.kept[before], EVERY)


@cache
def state() -> State | None:
    """None where the flags cannot be read."""
    found = library()
    return None if found is None else State(found)


def undisturbed(function: Callable[P, T]) -> Callable[P, T]:
    """`function`, after which the flags of this thread are what they were before."""

    @wraps(function)
    def run(*args: P.args, **named: P.kwargs) -> T:
        flags = state()
        if flags is None:
            return function(*args, **named)
        before = flags.seen()
        try:
            return function(*args, **named)
        finally:
            flags.back(before)

    return run


def watched(function: Callable[..., Any], extended: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, and `extended` in its place where an operation in it raised a flag.

    Afterwards the flags are what they were. Where they cannot be read, `function` itself.
    """
    flags = state()
    if flags is None:
        return function
    lower, raised, seen, back = flags.found.feclearexcept, flags.test, flags.seen, flags.back

    def run(*values: Any) -> Any:
        before = seen()
        if before & ALL:
            lower(ALL)
        try:
            answer = function(*values)
            after = raised(EVERY)
            if after & ALL:
                answer = extended(*values)
            elif after == before:  # as a rule; what follows takes as long as a step
                return answer
        except BaseException:
            back(before)
            raise
        back(before)
        return answer

    return run
