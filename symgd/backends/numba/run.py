"""Kernels → the functions that a `Compiled` holds: shapes, threads, and what is done with care.

    one thread to a million samples, two halves in two threads beyond

The halves are the same whatever the machine, and added in order, so the result is too. What a
kernel has marked, because an intermediate left the range of doubles or is not finite, is worked
out by the numpy function of the same program, which looks at each sample.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from symgd.backends.numba.disk import imported
from symgd.backends.numba.source import BLOCK, kernel_source
from symgd.backends.numpy import compile_numpy
from symgd.errors import DataError
from symgd.program import Program

TWO_THREADS = 1_000_000
# How many samples a call of the descent goes through before Python may answer an interrupt, and
# after how many the flags are looked at.
PATIENCE, CHUNK = 50_000_000, 65_536

Leaves = tuple[Any, ...]
NO_ROWS = (0, 0)
UNMARKED = np.empty(0, np.uint8)


class Runner:
    """The kernels of one program, compiled when they are first asked for."""

    def __init__(self, made: Program, reduction: str | None) -> None:
        self.made = made
        self.reduction = reduction
        self.averaged = reduction == "mean"
        self.ends = 1 + len(made.results)
        self.parameters = len(made.graph.parameters)
        self.kernels: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self.known: tuple[Callable[..., Any], int] | None = None

    def kernel(self, name: str, kinds: tuple[str, ...]) -> Callable[..., Any]:
        if (name, kinds) not in self.kernels:
            source = kernel_source(self.made, kinds, name)
            self.kernels[name, kinds] = imported(source, name)
        return self.kernels[name, kinds]

    @cached_property
    def careful(self) -> Callable[..., Any]:
        """The numpy function, reduced as this one is."""
        return compile_numpy(self.made, self.reduction).function

    @cached_property
    def careful_sum(self) -> Callable[..., Any]:
        return compile_numpy(self.made, "sum").function

    # -- one call ----------------------------------------------------------------------------

    def __call__(self, *leaves: Any) -> tuple[Any, tuple[Any, ...]]:
        """(cost, (result, ...)) of the leaves by position."""
        if self.known is not None:
            quick = self.quick(leaves, *self.known)
            if quick is not None:
                return quick
        given = _Given(leaves)
        kept = self.reduction is None and given.arrays
        cost, slopes = self.each(given) if kept else self.total(given)
        if given.single:
            with np.errstate(over="ignore", under="ignore"):
                return np.float32(cost), tuple([np.float32(s) for s in slopes])
        return cost, slopes

    def quick(
        self, leaves: Leaves, kernel: Callable[..., int], place: int
    ) -> tuple[float, tuple[float, ...]] | None:
        """The kernel of the last call, straight; None where these leaves are not for it."""
        sums = np.empty(self.ends)
        try:
            n = leaves[place].size
            if n > TWO_THREADS or kernel(*leaves, sums, UNMARKED, self.averaged):
                return None
        except (TypeError, AttributeError):
            return None
        cost, *slopes = sums.tolist()
        return cost, tuple(slopes)

    def total(self, given: _Given) -> tuple[float, tuple[float, ...]]:
        kernel = self.kernel("total", given.kinds)
        if given.arrays and not given.single:
            self.known = kernel, given.kinds.index(given.array_kind)
        sums = [np.empty(self.ends) for _ in given.parts]
        marks = given.unmarked()

        def work(k: int) -> None:
            kernel(*given.part(k), sums[k], marks[k], False)

        _in_threads(work, len(given.parts))
        whole = sums[0] if len(sums) == 1 else sums[0] + sums[1]
        if any(m.any() for m in marks):
            if not given.arrays:
                return self.careful(*given.doubles())
            for a, b in given.marked(marks):
                cost, slopes = self.careful_sum(*given.doubles(a, b))
                whole = whole + np.array([cost, *slopes])
        if not np.isfinite(whole).all():
            return self.careful(*given.doubles())
        if self.averaged and given.n > 1:
            whole = whole / given.n
        cost, *slopes = whole.tolist()
        return cost, tuple(slopes)

    def each(self, given: _Given) -> tuple[Any, tuple[Any, ...]]:
        kernel = self.kernel("each", given.kinds)
        out = [np.empty((self.ends, b - a)) for a, b in given.parts]
        marks = given.unmarked()

        def work(k: int) -> None:
            kernel(*given.part(k), out[k], marks[k])

        _in_threads(work, len(given.parts))
        whole = out[0] if len(out) == 1 else np.concatenate(out, axis=1)
        for a, b in given.marked(marks):
            cost, slopes = self.careful(*given.doubles(a, b))
            for row, value in zip(whole, (cost, *slopes), strict=True):
                row[a:b] = value
        cost, *slopes = whole
        return cost, tuple(slopes)

    # -- a descent ---------------------------------------------------------------------------

    def descend(
        self, *given: Any, keep: Callable[[tuple[float, ...]], Any] | None = None
    ) -> tuple[float, ...]:
        """θ ← θ + cg, `epochs` times, of (*leaves, c, epochs); keep((cost, *θ)) before each."""
        *leaves, c, epochs = given
        handed = _Given(tuple(leaves))
        kernel = self.kernel("descend", handed.kinds)
        size = max(1, handed.n)
        chunk, longest = max(1, CHUNK // size), max(1, PATIENCE // size)
        done = 0
        while done < epochs:
            todo = min(longest, epochs - done)
            path = np.empty((todo, 1 + self.parameters) if keep else NO_ROWS)
            divisor = float(size) if self.averaged else 1.0
            n = handed.n
            made = kernel(handed.numbers, *handed.arrays, n, divisor, c, todo, chunk, path)
            if keep is not None:
                for row in path[:made].tolist():
                    keep(tuple(row))
            done += made
            if made < todo:
                taken = min(chunk, todo - made)
                if not self.by_hand(handed, c, taken, keep):
                    return (np.nan,) * self.parameters
                done += taken
        return tuple(handed.numbers[: self.parameters].tolist())

    def by_hand(self, handed: _Given, c: float, epochs: int, keep: Any) -> bool:
        """Steps of the descent one at a time, with care; False where a number is not finite."""
        theta = handed.numbers[: self.parameters]
        data = handed.doubles()[self.parameters :]
        for _ in range(epochs):
            cost, slopes = self.careful(*map(np.float64, theta), *data)
            if not np.isfinite((cost, *slopes)).all():
                return False
            if keep is not None:
                keep((cost, *theta.tolist()))
            theta += c * np.array(slopes[: self.parameters])
        return True

    def loop(self, *given: Any) -> tuple[float, ...]:
        """`descend` of (*leaves, c, epochs, keep)."""
        *rest, keep = given
        return self.descend(*rest, keep=keep)


class _Given:
    """The leaves of one call: the numbers in one array, the others contiguous and of one length."""

    def __init__(self, leaves: Leaves) -> None:
        self.kinds = tuple(map(_kind, leaves))
        self.leaves = [
            float(v) if k == "number" else np.require(v, k, ["C", "A"])
            for v, k in zip(leaves, self.kinds, strict=True)
        ]
        self.single = {*self.kinds} - {"number"} == {"float32"}
        self.arrays = [v for v in self.leaves if isinstance(v, np.ndarray)]
        self.numbers = np.array([v for v in self.leaves if isinstance(v, float)])
        sizes = {v.size for v in self.arrays}
        if len(sizes) > 1 or any(v.ndim != 1 for v in self.arrays):
            raise DataError(
                "The arrays have shapes "
                + " and ".join(str(v.shape) for v in self.arrays)
                + "; each is of one dimension, and all are of one length."
            )
        self.n = sizes.pop() if sizes else 0
        length = self.n or 1
        middle = length // 2 // BLOCK * BLOCK
        self.parts = [(0, length)] if length <= TWO_THREADS else [(0, middle), (middle, length)]

    @property
    def array_kind(self) -> str:
        return next(k for k in self.kinds if k != "number")

    def part(self, k: int) -> list[Any]:
        """The leaves of a thread."""
        a, b = self.parts[k]
        return [v[a:b] if isinstance(v, np.ndarray) else v for v in self.leaves]

    def unmarked(self) -> list[Any]:
        return [np.zeros(-(-(b - a) // BLOCK), np.uint8) for a, b in self.parts]

    def marked(self, marks: list[Any]) -> Iterator[tuple[int, int]]:
        """The ranges of samples in marked blocks, neighbours joined."""
        for (first, last), mark in zip(self.parts, marks, strict=True):
            edges = np.flatnonzero(np.diff(np.concatenate(([0], mark, [0])).astype(np.int8)))
            for a, b in edges.reshape(-1, 2).tolist():
                yield first + a * BLOCK, min(first + b * BLOCK, last)

    def doubles(self, a: int = 0, b: int | None = None) -> list[Any]:
        """The leaves as the numpy function takes them, from sample a to b."""
        return [
            v[a:b].astype(np.float64, copy=False) if isinstance(v, np.ndarray) else np.float64(v)
            for v in self.leaves
        ]


def _kind(value: Any) -> str:
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return "number"
    return "float32" if value.dtype == np.float32 else "float64"


def _in_threads(work: Callable[[int], None], count: int) -> None:
    """work(0) here and work(1) in a thread beside it; what that one raises is raised here."""
    if count == 1:
        work(0)
        return
    failed: list[BaseException] = []

    def beside() -> None:
        try:
            work(1)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=beside)
    thread.start()
    try:
        work(0)
    finally:
        thread.join()
    if failed:
        raise failed[0]
