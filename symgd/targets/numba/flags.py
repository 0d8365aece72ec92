"""The processor's own flags of overflow, underflow, division by zero and invalid operations.

They stay up until they are lowered, a set for each thread, and vector instructions raise them too:
to ask once a block of samples whether any of its thousands of operations left the range is free.
They are read through C's <fenv.h>, which stands in the mathematical library of the machine.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from typing import Any

import llvmlite.binding as llvm
from numba import types

from symgd.targets.flags import ALL, EVERY
from symgd.targets.numba.bits import inlined


def _linked(*names: str) -> None:
    """Let LLVM find these functions of C where the process itself does not show them."""
    missing = [n for n in names if not llvm.address_of_symbol(n)]
    if not missing:
        return
    library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else ctypes.util.find_library("m"))
    for n in missing:
        address = ctypes.cast(getattr(library, n), ctypes.c_void_p).value
        llvm.add_symbol(n, address)


_linked("fetestexcept", "feclearexcept", "feraiseexcept")

_test: Any = types.ExternalFunction("fetestexcept", types.int32(types.int32))
_clear: Any = types.ExternalFunction("feclearexcept", types.int32(types.int32))
_raise: Any = types.ExternalFunction("feraiseexcept", types.int32(types.int32))


@inlined
def raised(flags: Any) -> Any:
    """Whether any of these flags is up in this thread."""
    return _test(flags) != 0


@inlined
def lowered() -> Any:
    """Lower the flags of this thread."""
    return _clear(ALL)


@inlined
def taken() -> Any:
    """The flags of this thread as a caller has left them; lowered, but for that of rounding."""
    before = _test(EVERY)
    if before & ALL:
        _clear(ALL)
    return before


@inlined
def put_back(before: Any) -> None:
    """The flags that were `taken`, and no other."""
    if _test(EVERY) != before:
        _clear(EVERY)
        if before:
            _raise(before)


@inlined
def two_sum(a: Any, b: Any) -> Any:
    """(s, e): s is a + b rounded, and s + e is a + b (Knuth)."""
    s = a + b
    c = s - a
    return s, (a - (s - c)) + (b - c)
