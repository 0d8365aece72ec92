"""What the functions of this room are made of: the bits of a double, a choice without a branch.

`inlined` is how each is compiled: into its caller, so that LLVM sees one loop and vectorises it;
ab + c may be one rounding instead of two, and nothing else is loosened: no flush to zero, no order
of a sum changed, no assumption that there is no nan.

What is assumed of the processor is IEEE arithmetic on doubles, and no more: vectors of no certain
length, and no instruction for ab + c. A sample is worked out by itself, and has the same digits in
vectors of two (SSE2, NEON), four or eight; sums alone depend on it (`templates`). Where a digit
rests on one rounding of ab + c, or a flag that stays down does, `fused` puts another formula in its
place for a processor without the instruction, as x86-64 was before Haswell; all others hold their
bounds with each operation rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numba.np.numpy_support import carray

VECTOR = 64  # bytes of the longest
DOUBLE, INTEGER = ir.DoubleType(), ir.IntType(64)
# Added to a square that meets 1.
WHISPER = 1e-40
UPPER_HALF = -(2**27)  # all bits but the lower half of the digits
OF_THREE = """
declare double @llvm.fma.f64(double, double, double)
define double @of_three(double %a, double %b, double %c) {
  %out = call double @llvm.fma.f64(double %a, double %b, double %c)
  ret double %out
}
"""

Function = Callable[..., Any]
operation: Callable[[Function], Function] = intrinsic
literal: Callable[[Function], Function] = intrinsic(prefer_literal=True)
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
def pointer(_: Any, i: Any) -> Any:
    """What stands at this address."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), made


@inlined
def doubles(address: Any, start: Any, count: Any) -> Any:
    """So many doubles of the array at this address."""
    return carray(pointer(address + 8 * start), (count,), np.float64)


@inlined
def singles(address: Any, start: Any, count: Any) -> Any:
    """So many single-precision numbers of the array at this address."""
    return carray(pointer(address + 4 * start), (count,), np.float32)


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
def whole_below(_: Any, x: Any) -> Any:
    """The largest whole number that is not above x, as a double."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.floor", [DOUBLE]), args)

    return types.float64(types.float64), made


@operation
def fused(_: Any) -> Any:
    """Whether the processor that is compiled for has an instruction for ab + c.

    A constant to LLVM, so of a `select` by it one side is left.
    """

    def made(context: Any, _b: Any, _s: Any, _a: Any) -> Any:
        return ir.Constant(ir.IntType(1), has_fma(*context.codegen().magic_tuple()))

    return types.boolean(), made


@inlined
def quiet_square(x: Any) -> Any:
    """x², for a sum with 1 or more, where 10⁻⁴⁰ changes nothing; no small x raises a flag.

    As a part of ab + c a square is not rounded, and cannot underflow; by itself it can, and there x
    is kept away from 0.
    """
    y = abs(x) + 1e-100
    return select(fused(), x * x + WHISPER, y * y)


@inlined
def square_error(x: Any) -> Any:
    """What x² loses by rounding; without an fma of two halves of x, whose products are exact
    (Dekker 1971)."""
    whole = x * x
    high = real(bits(x) & UPPER_HALF)
    low = x - high
    return select(
        fused(), fma(x, x, -whole), ((high * high - whole) + 2.0 * high * low) + low * low
    )


@cache
def has_fma(triple: str, cpu: str, features: str) -> bool:
    """Whether LLVM writes an instruction for ab + c, and not a call of C's function fma."""
    target = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, features=features)
    return re.search(r"\b_?fma\b", target.emit_assembly(llvm.parse_assembly(OF_THREE))) is None


@operation
def plus(_: Any, a: Any, b: Any) -> Any:
    """a + b as a term of a sum that may be taken in any order: one sum a lane of the processor."""

    def made(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.fadd(*args, flags=("reassoc", "nsz", "contract"))

    return types.float64(types.float64, types.float64), made


@literal
def interleaved(_: Any, vectors: Any) -> Any:
    """As the last word of a loop: LLVM is to work on so many vectors at a time.

    By itself it takes one or two, and waits for the end of each chain of operations; of too many,
    it has no register left for the constants. What it reads is a mark on the branch back to the
    top, which is the next one that numba makes.
    """
    count = vectors.literal_value

    def made(_c: Any, builder: Any, _s: Any, _a: Any) -> Any:
        # Vectors that no register is left for lie on the stack; across two lines of the cache they
        # take twice as long.
        builder.function.attributes.alignstack = VECTOR
        # llvmlite writes the number only beside a word.
        builder.function.attributes.add("nounwind")
        branch = builder.branch

        def marked(target: Any) -> Any:
            builder.branch = branch
            module = builder.module
            mark = module.add_metadata(["llvm.loop.interleave.count", ir.IntType(32)(count)])
            loop = ir.MDValue(module, [mark], name=str(len(module.metadata)))
            # A loop's mark begins with itself.
            loop.operands = (loop, mark)
            out = branch(target)
            out.set_metadata("llvm.loop", loop)
            return out

        builder.branch = marked
        return ir.Constant(INTEGER, 0)

    return types.int64(vectors), made
