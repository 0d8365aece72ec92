"""The short way in: what is called as it was called before goes straight to its kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np
from numba.core.errors import NumbaError

from symgd.programs.program import Program
from symgd.targets.flags import ALL
from symgd.trees.domain import REAL

Kernel = Callable[..., tuple[float, ...]]
Ends = tuple[float, tuple[float, ...]]
UNMARKED = np.empty(0, np.uint8)
# What numba says of a type that is not the kernel's; of one that it does not know, such as doubles
# in the other byte order, it depends on its version.
REFUSED = (TypeError, ValueError, OverflowError, NumbaError)


class FastPath:
    """`kernel` is that of the last call, if that was of arrays of doubles and took no care.

    A kernel refuses what is not of its types, and tells of arrays that do not fit, of samples
    outside their domain and of those that need more care. The answer is then None: the long way
    finds a better one, or the words for the error.
    """

    def __init__(self, made: Program, averaged: bool) -> None:
        self.averaged = averaged
        self.names = tuple(s.name for s in made.leaves)
        self.domains = [made.graph.domains.get(s, REAL) for s in made.leaves]
        self.kernel: Kernel | None = None
        self.through: Callable[[Mapping[str, Any]], Ends | None] = no_kernel

    def open(self, kernel: Kernel, leaves: tuple[Any, ...]) -> None:
        """From now on leaves like these go to this kernel."""
        if self.kernel is not kernel:
            self.kernel, self.through = kernel, self.way(kernel, leaves)

    def close(self) -> None:
        self.kernel, self.through = None, no_kernel

    def way(self, kernel: Kernel, leaves: tuple[Any, ...]) -> Callable[..., Ends | None]:
        """(cost, (result, ...)) of leaves by name; what it looks at is at hand in it."""
        count, pick, averaged, array = (
            len(leaves),
            itemgetter(*self.names),
            self.averaged,
            np.ndarray,
        )
        arrays = [i for i, v in enumerate(leaves) if isinstance(v, array)]
        numbers = [
            (i, d.contains)
            for i, (v, d) in enumerate(zip(leaves, self.domains, strict=True))
            if isinstance(v, float) and d != REAL
        ]

        def through(values: Mapping[str, Any]) -> Ends | None:
            if len(values) != count:
                return None
            try:
                given = pick(values)
                for i in arrays:
                    if type(given[i]) is not array:  # to numba a masked array is an array
                        return None
                for i, inside in numbers:
                    if type(given[i]) is not float or not inside(given[i]):
                        return None
                found = kernel(*given, UNMARKED, ALL, averaged)
            except KeyError:
                return None
            except REFUSED:
                found = (-1.0,)
            if found[0]:
                # The next call is likely to be like this one, which now goes the long way; to be
                # refused takes ten times as long as to be answered.
                self.close()
                return None
            return found[1], found[2:]

        return through

    def by_name(self, values: Mapping[str, Any]) -> Ends | None:
        """(cost, (result, ...)) of the leaves by name."""
        return self.through(values)

    def by_position(self, leaves: tuple[Any, ...]) -> Ends | None:
        """The same of the leaves by position, which nobody has looked at."""
        if self.kernel is None:
            return None
        try:
            found = self.kernel(*leaves, UNMARKED, ALL, self.averaged)
        except REFUSED:
            found = (-1.0,)
        if found[0]:
            self.close()
            return None
        return found[1], found[2:]


def no_kernel(_: Mapping[str, Any]) -> Ends | None:
    """The way in before the first call."""
    return None
