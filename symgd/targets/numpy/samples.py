"""Kernels on numpy over any number of samples: in blocks, each with the care that it needs.

A block goes to the quick kernel; if the processor flags an operation there, to the plain one, whose
functions are right over the whole range, in doubles; and if it flags one there too, to the extended
range.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symgd.targets.flags import undisturbed
from symgd.targets.inputs import DOUBLE, SINGLE
from symgd.targets.numpy.extended_program import in_extended_range
from symgd.targets.numpy.kernels import Kernels
from symgd.targets.numpy.quick import aligned_array

# Measured: from 8000 to 16000 samples the calls cost little and the rows are in the second cache.
BLOCK = 10_000


# What underflows has the error of a subnormal number, 10⁻³²³ or, of float32, 10⁻⁴⁵: beside a result
# above TINY it is nothing, unless a number above HUGE was a factor, or one below 1/HUGE a divisor.
#                                 TINY   HUGE
FAINT: dict[Any, tuple[float, float]] = {
    DOUBLE: (1e-150, 1e100),
    SINGLE: (1e-20, 1e8),
}


def may_count(values: Any, leaves: Any) -> Any:
    """Where what underflowed may count: a value is as small, or a leaf is far from 1."""
    single = any(getattr(v, "dtype", DOUBLE) == SINGLE for v in leaves)
    tiny, huge = FAINT[SINGLE if single else DOUBLE]
    small = [np.fabs(v) < tiny for v in values]
    sizes = [np.fabs(v) for v in leaves]
    far = [(v > huge) | ((v < 1 / huge) & (v > 0)) for v in sizes]
    return np.logical_or.reduce(np.broadcast_arrays(*small, *far))


class Underflow(threading.local):
    """Whether an operation has underflowed, as numpy tells it."""

    seen = False

    def __call__(self, kind: str, flag: int) -> None:
        self.seen = True


UNDERFLOW = Underflow()


class Rows(threading.local):
    """Memory for blocks, one set a thread, grown as needed and kept."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.last: tuple[Any, list[Any]] = ((), [])

    def of(self, count: int, n: int, dtype: Any) -> list[Any]:
        """`count` rows for n numbers each; those of the last call, if they were such."""
        asked = (count, n, dtype)
        if self.last[0] != asked:
            while len(self.rows) < count:
                self.rows.append(aligned_array(BLOCK))
            rows = self.rows[:count]
            if dtype is not DOUBLE:
                rows = [r.view(dtype) for r in rows]
            self.last = (asked, [r[:n] for r in rows])
        return self.last[1]


ROWS = Rows()

Answer = tuple[Any, tuple[Any, ...]]
Leaves = tuple[Any, ...]


class Samples:
    """g(*leaves) → (cost, results), over as many samples as the arrays have."""

    def __init__(self, kernels: Kernels, reduction: str | None) -> None:
        self.kernels = kernels
        self.reduction = reduction
        self.results = len(kernels.made.results)

    @undisturbed
    def __call__(self, *leaves: Any) -> Answer:
        pattern = tuple([isinstance(v, np.ndarray) for v in leaves])
        n, dtype = 0, DOUBLE
        if True in pattern:
            first = leaves[pattern.index(True)]
            # Equal is enough: what was pickled has a dtype that is another object.
            n, dtype = first.size, DOUBLE if first.dtype == DOUBLE else first.dtype
        else:
            # A Python float raises where IEEE has a value: 1/0.0. NumPy's tell of it as arrays do.
            leaves = tuple(map(np.float64, leaves))
        function, count = self.kernels.block_function(pattern)
        with np.errstate(
            over="raise", invalid="raise", divide="raise", under="call", call=UNDERFLOW
        ):
            if n <= BLOCK:
                rows = ROWS.of(count, n, dtype) if n else []
                cost, ends = self.block(function, leaves, n or 1, rows)
                if self.reduction is None:
                    return _fill(cost, n, dtype), tuple([_fill(s, n, dtype) for s in ends])
            elif self.reduction is None:
                return self.each_sample(function, count, leaves, pattern, n, dtype)
            else:
                cost, ends = self.sum(function, count, leaves, pattern, n, dtype)
        if self.reduction == "mean" and n > 1:
            cost, ends = cost / n, tuple([s / n for s in ends])
        if dtype is DOUBLE:
            return float(cost), tuple(map(float, ends))
        with np.errstate(over="ignore"):
            return np.float32(cost), tuple(map(np.float32, ends))

    def block(self, function: Callable[..., Answer], leaves: Leaves, n: int, rows: Any) -> Answer:
        """(cost, results) of one block, by the first kernel that meets no flag.

        A constant that is no double raises none, and is met by the extended range alone.
        """
        beyond = self.kernels.is_beyond
        answer = None if beyond else self.unflagged(function, leaves, n, rows)
        if answer is None:
            leaves = tuple([np.asarray(v, DOUBLE) if np.ndim(v) else np.float64(v) for v in leaves])
            answer = None if beyond else self.unflagged(self.kernels.plain, leaves, n)
        return self.in_extended_range(leaves, n) if answer is None else answer

    def unflagged(
        self, kernel: Callable[..., Answer], leaves: Leaves, n: int, *rows: Any
    ) -> Answer | None:
        """The answer of a kernel, mended where it underflowed; None where a flag stopped it."""
        UNDERFLOW.seen = False
        try:
            answer = kernel(*leaves, n, *rows)
        except (FloatingPointError, ZeroDivisionError, OverflowError):  # Python's, of constants
            return None
        if self.one(leaves):
            answer = float(answer[0]), tuple(map(float, answer[1]))
            # `dot` raises no flag.
            if not math.isfinite(answer[0] + sum(answer[1])):
                return None
        return self.mend(answer, leaves, n) if UNDERFLOW.seen else answer

    def mend(self, answer: Answer, leaves: Leaves, n: int) -> Answer:
        """An answer in which something underflowed, again where that may count."""
        values = (answer[0], *answer[1])
        if self.one(leaves):
            return self.in_extended_range(leaves, n) if may_count(values, leaves).any() else answer
        rows = [np.array(np.broadcast_to(v, n), DOUBLE) for v in values]
        again = np.broadcast_to(may_count(rows, leaves), n)
        if again.any():
            part = tuple([v[again] if np.ndim(v) else v for v in leaves])
            cost, ends = self.in_extended_range(part, int(again.sum()))
            for row, right in zip(rows, (cost, *ends), strict=True):
                row[again] = right
        return rows[0], tuple(rows[1:])

    def in_extended_range(self, leaves: Leaves, n: int) -> Answer:
        """A block in which the processor raised a flag, in numbers that have no range to leave."""
        kernels = self.kernels
        return in_extended_range(kernels.made, kernels.plain, leaves, n, self.one(leaves))

    def one(self, leaves: Leaves) -> bool:
        """Whether the answer is one number each: a sum, or of numbers alone."""
        return self.reduction is not None or not any(map(np.ndim, leaves))

    def pieces(
        self,
        function: Callable[..., Answer],
        count: int,
        leaves: Leaves,
        pattern: tuple[bool, ...],
        n: int,
        dtype: Any,
    ) -> Iterator[tuple[int, int, Any, tuple[Any, ...]]]:
        """(where it begins, where it ends, cost, results) of blocks of about equal size."""
        size = math.ceil(n / math.ceil(n / BLOCK))
        rows = ROWS.of(count, size, dtype)
        for start in range(0, n, size):
            end = min(start + size, n)
            part = tuple([v[start:end] if a else v for v, a in zip(leaves, pattern, strict=True)])
            if end - start < size:
                rows = [r[: end - start] for r in rows]
            yield start, end, *self.block(function, part, end - start, rows)

    def over(
        self, leaves: Leaves, n: int, dtype: Any
    ) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
        """(where a block begins, where it ends, cost and results), of n entries in all."""
        pattern = tuple([isinstance(v, np.ndarray) for v in leaves])
        function, count = self.kernels.block_function(pattern)
        with np.errstate(
            over="raise", invalid="raise", divide="raise", under="call", call=UNDERFLOW
        ):
            for start, end, cost, ends in self.pieces(function, count, leaves, pattern, n, dtype):
                values = (cost, *ends)
                yield start, end, values if dtype is DOUBLE else tuple(map(_to_single, values))

    def sum(self, *job: Any) -> Answer:
        whole, sums = 0.0, [0.0] * self.results
        for _, _, cost, ends in self.pieces(*job):
            whole += float(cost)
            sums = [a + float(b) for a, b in zip(sums, ends, strict=True)]
        return whole, tuple(sums)

    def each_sample(self, *job: Any) -> Answer:
        n, dtype = job[-2:]
        out = [np.empty(n, dtype) for _ in range(1 + self.results)]
        for start, end, cost, ends in self.pieces(*job):
            for row, value in zip(out, (cost, *ends), strict=True):
                row[start:end] = value if row.dtype is DOUBLE else _to_single(value)
        return out[0], tuple(out[1:])


def _fill(u: Any, n: int, dtype: Any) -> Any:
    """A float where all was numbers, else an array of one value a sample."""
    if not n:
        return float(u)
    return np.array(np.broadcast_to(u if dtype is DOUBLE else _to_single(u), n), dtype)


def _to_single(u: Any) -> Any:
    """Doubles as float32; inf past its range."""
    with np.errstate(over="ignore"):
        return np.asarray(u, np.float32)
