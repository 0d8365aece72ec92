"""Parameters as one vector and back: numbers, columns and matrices, one after another.

    w = 0.5, b = 2.0                 ↔  (0.5, 2.0)              names w, b
    W (2 x 2), b (2)                 ↔  (W₀₀, W₀₁, W₁₀, W₁₁, b₀, b₁)   names W[0,0], ..., b[1]

Of a parameter with a structure the free entries alone: of a symmetric matrix those on and below
the diagonal, of a diagonal one the diagonal. A gradient goes the same way: the slope in a free
entry is what the gradient of a structured parameter has there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from symgd.errors import DataError, did_you_mean, listing, quote

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """Where each parameter stands in the vector.

    names       of the parameters, in order
    shapes      of each, () for a number
    structures  of each: "symmetric", "diagonal" or ""
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    structures: tuple[str, ...]

    @classmethod
    def of(cls, values: Values, structure: Mapping[str, str] | None = None) -> Layout:
        """The layout of parameters as they are given."""
        structures = tuple((structure or {}).get(n, "") for n in values)
        return cls(tuple(values), tuple(np.shape(v) for v in values.values()), structures)

    @cached_property
    def places(self) -> dict[str, tuple[int, int, Any]]:
        """name → (start, end, the free entries as an index of its array or None for all)."""
        found: dict[str, tuple[int, int, Any]] = {}
        i = 0
        for n, shape, structure in zip(self.names, self.shapes, self.structures, strict=True):
            free: Any = None
            size = prod(shape)
            if structure == "symmetric":
                free = np.tril_indices(shape[0])
                size = len(free[0])
            elif structure:
                free = np.diag_indices(shape[0])
                size = shape[0]
            found[n] = (i, i + size, free)
            i += size
        return found

    @cached_property
    def size(self) -> int:
        """How many numbers move."""
        return max((end for _, end, _ in self.places.values()), default=0)

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The name of each number: w, b[2], W[0,1]."""
        return tuple(
            n + (f"[{','.join(map(str, index))}]" if index else "")
            for n, shape in zip(self.names, self.shapes, strict=True)
            for index in self.indices(n, shape)
        )

    def indices(self, name: str, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
        """The index of each free entry of a parameter, () of a number."""
        free = self.places[name][2]
        if free is not None:
            return [tuple(map(int, pair)) for pair in zip(*free, strict=True)]
        return list(np.ndindex(shape))

    def pack(self, values: Values, out: Any = None) -> Any:
        """The vector of parameters, or of slopes, given by name; into `out` where that is given.

        Raises DataError for a name that is missing or stray, and for another shape.
        """
        vector = np.empty(self.size) if out is None else out
        stray = [n for n in values if n not in self.places]
        missing = [n for n in self.names if n not in values]
        if stray or missing:
            self._refuse(stray, missing)
        for (n, (start, end, free)), shape in zip(self.places.items(), self.shapes, strict=True):
            value = values[n]
            if not shape:
                if np.size(value) != 1:
                    raise DataError(f"{n} is one number, and was given {np.size(value)}.")
                vector[start] = value if np.ndim(value) == 0 else np.ravel(value)[0]
                continue
            a = np.asarray(value, dtype=float)
            if a.shape != shape:
                if len(shape) > 1 or a.size != shape[0]:
                    raise DataError(f"{n} has the shape {a.shape}, and {shape} is wanted.")
                a = a.reshape(shape)
            vector[start:end] = a.ravel() if free is None else a[free]
        return vector

    def unpack(self, vector: Any) -> dict[str, Any]:
        """The parameters by name; raises DataError for a vector of another length."""
        v = np.asarray(vector, dtype=float)
        if v.shape != (self.size,):
            raise DataError(
                f"A vector of the shape {v.shape} was given; the parameters are {self.size} "
                f"numbers: {listing(self.entries[:8])}{', ...' if self.size > 8 else ''}."
            )
        out: dict[str, Any] = {}
        for (n, (start, end, free)), shape in zip(self.places.items(), self.shapes, strict=True):
            part = v[start:end]
            if not shape:
                out[n] = float(part[0])
            elif free is None:
                out[n] = part.reshape(shape).copy()
            else:
                a = np.zeros(shape)
                a[free] = part
                a.T[free] = part
                out[n] = a
        return out

    def index(self, entry: str) -> int:
        """Where an entry such as "w" or "W[0,1]" stands; raises DataError."""
        compact = entry.replace(" ", "")
        if compact not in self.entries:
            raise DataError(
                f"{quote(entry)} is not a parameter; there are {quote(listing(self.entries), 200)}."
                f"{did_you_mean(entry, self.entries)}"
            )
        return self.entries.index(compact)

    def _refuse(self, stray: list[str], missing: list[str]) -> None:
        if stray:
            raise DataError(
                f"{quote(stray[0])} is not a parameter; the parameters are {listing(self.names)}."
                f"{did_you_mean(stray[0], self.names)}"
            )
        raise DataError(f"{listing(missing)} {'is' if len(missing) == 1 else 'are'} left out.")
