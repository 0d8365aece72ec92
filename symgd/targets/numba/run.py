"""Kernels → the functions that a `Compiled` holds: shapes, threads, and what is done with care.

    one thread to a million samples, two halves in two threads beyond

The halves are the same whatever the machine, and added in order, so the result is too. The blocks
of samples that a kernel has marked are worked out by the next of three:

    near       the words of `near`, for what is not far from 0
    anywhere   those that are right for every double, while no intermediate leaves the doubles; one
               that falls below them is let pass where it cannot count
    extended   the numpy function of the same program, which looks at each sample
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.programs.constants import has_constant_beyond
from symgd.programs.program import Program
from symgd.targets.flags import ALL, GRAVE, undisturbed
from symgd.targets.inputs import DOUBLE, SINGLE
from symgd.targets.numba.disk import import_kernel
from symgd.targets.numba.fast_path import FastPath
from symgd.targets.numba.source import BLOCK, TWO_THREADS, has_near, kernel_source
from symgd.targets.numpy import compile_numpy
from symgd.targets.numpy.samples import FAINT, may_count

# -- what one call is given -----------------------------------------------------------------------

Leaves = tuple[Any, ...]


class Given:
    """The leaves of one call: the numbers in one array, the others contiguous and of one length."""

    def __init__(self, leaves: Leaves) -> None:
        self.kinds = tuple(map(_kind, leaves))
        self.leaves = [
            float(v) if k == "number" else np.require(v, k, ["C", "A"])
            for v, k in zip(leaves, self.kinds, strict=True)
        ]
        self.repeated = False  # whether some blocks were worked out again
        # What is done where a kernel finds a sample outside its domain.
        self.refuse: Callable[[], None] = nothing
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

    def part(self, k: int) -> list[Any]:
        """The leaves of a thread."""
        a, b = self.parts[k]
        return [v[a:b] if isinstance(v, np.ndarray) else v for v in self.leaves]

    def between(self, a: int, b: int) -> Given:
        """The same of the samples from a to b."""
        return Given(tuple(v[a:b] if isinstance(v, np.ndarray) else v for v in self.leaves))

    def only(self, chosen: Any) -> Given:
        """The same of the samples that are chosen, by an array of truths."""
        return Given(tuple(v[chosen] if isinstance(v, np.ndarray) else v for v in self.leaves))

    def new_marks(self) -> list[Any]:
        return [np.zeros(-(-(b - a) // BLOCK), np.uint8) for a, b in self.parts]

    @property
    def is_moderate(self) -> bool:
        """Whether no leaf is so large, or so near 0, that it makes much of what has underflowed."""
        _, huge = FAINT[SINGLE if self.single else DOUBLE]
        sizes = [np.fabs(v) for v in self.leaves]
        return not any(((v > huge) | ((v < 1 / huge) & (v > 0))).any() for v in sizes)

    def ranges_marked(self, marks: list[Any]) -> Iterator[tuple[int, int]]:
        """The ranges of samples in marked blocks, neighbours joined."""
        for (first, last), mark in zip(self.parts, marks, strict=True):
            if not mark.any():
                continue
            edges = np.flatnonzero(np.diff(np.concatenate(([0], mark, [0])).astype(np.int8)))
            for a, b in edges.reshape(-1, 2).tolist():
                yield first + a * BLOCK, min(first + b * BLOCK, last)

    def doubles(self, a: int = 0, b: int | None = None) -> list[Any]:
        """The leaves as the numpy function takes them, from sample a to b."""
        return [
            v[a:b].astype(np.float64, copy=False) if isinstance(v, np.ndarray) else np.float64(v)
            for v in self.leaves
        ]


def no_steps(*_: Any) -> int:
    """A kernel that leaves every step of a descent to the careful way."""
    return 0


def nothing() -> None:
    """By position nothing is checked."""


def _kind(value: Any) -> str:
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return "number"
    return "float32" if value.dtype == np.float32 else "float64"


# -- kernels --------------------------------------------------------------------------------------

# How many samples a call of the descent goes through before Python may answer an interrupt, and
# after how many the flags are looked at.
PATIENCE, CHUNK = 50_000_000, 65_536
STRANGE = -3  # what a kernel returns where a sample is outside its domain

NO_ROWS = (0, 0)
NONE = np.zeros(1, bool)


@dataclass(frozen=True, slots=True)
class Level:
    """A kernel of the words of `near` or not, and what marks a block in it."""

    near: bool = False
    flags: int = ALL

    def fits(self, given: Given) -> bool:
        return self.flags == ALL or given.is_moderate


class Runner:
    """The kernels of one program, compiled when they are first asked for."""

    def __init__(
        self, made: Program, reduction: str | None, inside: Callable[[list[Any]], None]
    ) -> None:
        self.made = made
        self.inside = inside
        self.reduction = reduction
        self.averaged = reduction == "mean"
        self.ends = 1 + len(made.results)
        self.parameters = len(made.graph.parameters)
        self.kernels: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self.fast_path = FastPath(made, self.averaged)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The kernels in the order in which they are tried; none where a constant is no double."""
        if has_constant_beyond(self.made):
            return ()
        near = [Level(near=True)] if has_near(self.made) else []
        return *near, Level(), Level(flags=GRAVE)

    def kernel(self, name: str, kinds: tuple[str, ...], near: bool) -> Callable[..., Any]:
        if (name, kinds, near) not in self.kernels:
            source = kernel_source(self.made, kinds, name, near)
            self.kernels[name, kinds, near] = import_kernel(source, name)
        return self.kernels[name, kinds, near]

    @cached_property
    def extended(self) -> Callable[..., Any]:
        """The numpy function, reduced as this one is."""
        return compile_numpy(self.made, self.reduction).function

    @cached_property
    def extended_sum(self) -> Callable[..., Any]:
        return compile_numpy(self.made, "sum").function

    # -- one call ----------------------------------------------------------------------------

    def __call__(self, *leaves: Any) -> tuple[Any, tuple[Any, ...]]:
        """(cost, (result, ...)) of the leaves by position."""
        return self.fast_path.by_position(leaves) or self.with_care(leaves)

    @undisturbed
    def with_care(self, leaves: Leaves) -> tuple[Any, tuple[Any, ...]]:
        return self.work_out(Given(leaves))

    def by_name(self, *leaves: Any) -> tuple[Any, tuple[Any, ...]]:
        """The same; raises DataError where a sample is outside its domain."""
        given = Given(leaves)
        given.refuse = partial(self.inside, list(leaves))
        return self.work_out(given)

    def work_out(self, given: Given) -> tuple[Any, tuple[Any, ...]]:
        if self.reduction is None and given.arrays:
            cost, *rows = self.each(given, self.levels)
            slopes = tuple(rows)
        else:
            cost, slopes = self.total(given)
        if given.single:
            with np.errstate(over="ignore", under="ignore"):
                return np.float32(cost), tuple([np.float32(s) for s in slopes])
        return cost, slopes

    def total(self, given: Given) -> tuple[float, tuple[float, ...]]:
        whole = self.sums(given, self.levels)
        if self.levels and given.arrays and not given.single and not given.repeated:
            kernel = self.kernel("total", given.kinds, self.levels[0].near)
            self.fast_path.open(kernel, tuple(given.leaves))
        if not np.isfinite(whole).all():
            return self.extended(*given.doubles())
        if self.averaged and given.n > 1:
            whole = whole / given.n
        cost, *slopes = whole.tolist()
        return cost, tuple(slopes)

    def sums(self, given: Given, levels: tuple[Level, ...]) -> Any:
        """Σ of the cost and its derivatives over the samples."""
        if not levels or not levels[0].fits(given):
            cost, slopes = self.extended_sum(*given.doubles())
            return np.array([cost, *slopes])
        kernel, flags = self.kernel("total", given.kinds, levels[0].near), levels[0].flags
        found: list[tuple[float, ...]] = [()] * len(given.parts)
        marks = given.new_marks()

        def work(k: int) -> None:
            found[k] = kernel(*given.part(k), marks[k], flags, False)

        _in_threads(work, len(given.parts))
        if any(marked == STRANGE for marked, *_ in found):
            given.refuse()
        whole = sum(np.array(sums) for _, *sums in found)
        for a, b in given.ranges_marked(marks):
            given.repeated = True
            whole = whole + self.sums(given.between(a, b), levels[1:])
        if flags != ALL and may_count(whole, ()).any():
            return self.sums(given, ())
        return whole

    def each(self, given: Given, levels: tuple[Level, ...]) -> Any:
        """The rows of the cost and its derivatives, a value a sample."""
        if not levels or not levels[0].fits(given):
            cost, slopes = self.extended(*given.doubles())
            return cost, *slopes
        kernel, flags = self.kernel("each", given.kinds, levels[0].near), levels[0].flags
        out = [np.empty((self.ends, b - a)) for a, b in given.parts]
        marks = given.new_marks()
        found = [0] * len(given.parts)

        def work(k: int) -> None:
            found[k] = kernel(*given.part(k), out[k], marks[k], flags)

        _in_threads(work, len(given.parts))
        if STRANGE in found:
            given.refuse()
        whole = out[0] if len(out) == 1 else np.concatenate(out, axis=1)
        for a, b in given.ranges_marked(marks):
            for row, value in zip(whole, self.each(given.between(a, b), levels[1:]), strict=True):
                row[a:b] = value
        small = may_count(whole, ()) if flags != ALL else NONE
        if small.any():
            for row, value in zip(whole, self.each(given.only(small), ()), strict=True):
                row[small] = value
        return whole

    # -- a descent ---------------------------------------------------------------------------

    def descend(
        self, *given: Any, keep: Callable[[tuple[float, ...]], Any] | None = None
    ) -> tuple[float, ...]:
        """θ ← θ + cg, `epochs` times, of (*leaves, c, epochs); keep((cost, *θ)) before each."""
        *leaves, c, epochs = given
        handed = Given(tuple(leaves))
        levels = iter(level for level in self.levels if level.flags == ALL)
        level = next(levels, None)
        kernel = self.kernel("descend", handed.kinds, level.near) if level else no_steps
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
            if made == todo:
                continue
            level = next(levels, None)
            if level is not None:
                kernel = self.kernel("descend", handed.kinds, level.near)
            else:
                taken = min(chunk, todo - made)
                if not self.by_hand(handed, c, taken, keep):
                    return (np.nan,) * self.parameters
                done += taken
        return tuple(handed.numbers[: self.parameters].tolist())

    def by_hand(self, handed: Given, c: float, epochs: int, keep: Any) -> bool:
        """Steps of the descent one at a time, with care; False where a number is not finite."""
        theta = handed.numbers[: self.parameters]
        data = handed.doubles()[self.parameters :]
        for _ in range(epochs):
            cost, slopes = self.extended(*map(np.float64, theta), *data)
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
