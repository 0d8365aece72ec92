"""The short way in: what is called as it was called before goes straight to its kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from symgd.backends.flags import ALL
from symgd.domain import REAL, Domain
from symgd.program import Program

Ends = tuple[float, tuple[float, ...]]
UNMARKED = np.empty(0, np.uint8)


class Door:
    """`kernel` is that of the last call, if that was of arrays of doubles and took no care.

    A kernel refuses what is not of its types, and tells of arrays that do not fit, of samples
    outside their domain and of those that need more care. The answer is then None: the long way
    finds a better one, or the words for the error.
    """

    def __init__(self, made: Program, averaged: bool) -> None:
        self.averaged = averaged
        self.count = len(made.leaves)
        self.pick = itemgetter(*(s.name for s in made.leaves))
        domains = (made.graph.domains.get(s, REAL) for s in made.leaves)
        self.bounded = [(i, d) for i, d in enumerate(domains) if d != REAL]
        self.numbers: list[tuple[int, Domain]] = []
        self.arrays: list[int] = []
        self.kernel: Callable[..., tuple[float, ...]] | None = None

    def opened(self, kernel: Callable[..., tuple[float, ...]], leaves: tuple[Any, ...]) -> None:
        """From now on leaves like these go to this kernel."""
        self.kernel = kernel
        self.numbers = [(i, d) for i, d in self.bounded if isinstance(leaves[i], float)]
        self.arrays = [i for i, v in enumerate(leaves) if isinstance(v, np.ndarray)]

    def named(self, values: Mapping[str, Any]) -> Ends | None:
        """(cost, (result, ...)) of the leaves by name."""
        if self.kernel is None or len(values) != self.count:
            return None
        try:
            leaves = self.pick(values)
        except KeyError:
            return None
        for i in self.arrays:
            if type(leaves[i]) is not np.ndarray:  # to numba a masked array is an array
                return None
        for i, domain in self.numbers:
            if type(leaves[i]) is not float or not domain.contains(leaves[i]):
                return None
        return self.placed(leaves)

    def placed(self, leaves: tuple[Any, ...]) -> Ends | None:
        """The same of the leaves by position."""
        if self.kernel is None:
            return None
        try:
            found = self.kernel(*leaves, UNMARKED, ALL, self.averaged)
        except (TypeError, ValueError, OverflowError):
            found = (-1.0,)
        if found[0]:
            # The next call is likely to be like this one, which now goes the long way.
            self.kernel = None
            return None
        return found[1], found[2:]
