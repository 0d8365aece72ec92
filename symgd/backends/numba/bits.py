"""What the functions of this room are made of: the bits of a double, a choice without a branch.

`inlined` is how each is compiled: into its caller, so that LLVM sees one loop and vectorises it;
ab + c may be one rounding instead of two, and nothing else is loosened: no flush to zero, no order
of a sum changed, no assumption that there is no nan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

DOUBLE, INTEGER = ir.DoubleType(), ir.IntType(64)

Function = Callable[..., Any]
operation: Callable[[Function], Function] = intrinsic
inlined: Callable[[Function], Function] = njit(
    fastmath={"contract"}, error_model="numpy", forceinline=True
)


@operation
def bits(_: Any, x: Any) -> Any:
    """The 64 bits of a double, as an integer."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.bitcast(args[0], INTEGER)

    return types.int64(types.float64), made


@operation
def real(_: Any, i: Any) -> Any:
    """The double of these 64 bits."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.bitcast(args[0], DOUBLE)

    return types.float64(types.int64), made


@operation
def upper(_: Any, i: Any) -> Any:
    """The upper twelve of these 64 bits, sign and exponent of a double, as an integer."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.lshr(args[0], ir.Constant(INTEGER, 52))

    return types.int64(types.int64), made


@operation
def select(_: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; both are computed."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.select(*args)

    return types.float64(types.boolean, types.float64, types.float64), made


@operation
def fma(_: Any, a: Any, b: Any, c: Any) -> Any:
    """ab + c, rounded once."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), made


@operation
def plus(_: Any, a: Any, b: Any) -> Any:
    """a + b as a term of a sum that may be taken in any order: one sum a lane of the processor."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.fadd(*args, flags=("reassoc", "nsz", "contract"))

    return types.float64(types.float64, types.float64), made
