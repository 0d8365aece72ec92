"""What one call is given, as the kernels take it: numbers, contiguous arrays, parts, blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.targets.inputs import DOUBLE, SINGLE
from symgd.targets.numba.source import BLOCK, TWO_THREADS
from symgd.targets.numpy.samples import FAINT

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

    def cut(self, a: int, b: int) -> Given:
        """The same of the samples from a to b."""
        return Given(tuple(v[a:b] if isinstance(v, np.ndarray) else v for v in self.leaves))

    def only(self, chosen: Any) -> Given:
        """The same of the samples that are chosen, by an array of truths."""
        return Given(tuple(v[chosen] if isinstance(v, np.ndarray) else v for v in self.leaves))

    def unmarked(self) -> list[Any]:
        return [np.zeros(-(-(b - a) // BLOCK), np.uint8) for a, b in self.parts]

    @property
    def moderate(self) -> bool:
        """Whether no leaf is so large, or so near 0, that it makes much of what has underflowed."""
        _, huge = FAINT[SINGLE if self.single else DOUBLE]
        sizes = [np.fabs(v) for v in self.leaves]
        return not any(((v > huge) | ((v < 1 / huge) & (v > 0))).any() for v in sizes)

    def marked(self, marks: list[Any]) -> Iterator[tuple[int, int]]:
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


def nothing() -> None:
    """By position nothing is checked."""


def _kind(value: Any) -> str:
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return "number"
    return "float32" if value.dtype == np.float32 else "float64"
