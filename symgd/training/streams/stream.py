"""A stream: rows that are read in chunks, as often as they are asked for.

    Σ wᵢCᵢ(θ) = Σ over chunks, one pass an evaluation; one chunk is in memory

Mini-batches are drawn from a buffer of so many chunks, whose samples are shuffled together; what is
left of one buffer goes into the next, so that all batches but the last of a pass are whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.training.fitting.kernels import Part
from symgd.training.fitting.parts import Ask, Batch
from symgd.training.streams.binding import Binding
from symgd.training.streams.sources import Source
from symgd.training.streams.tables import Table, even, joined

ROWS = 100_000


class Chunks:
    """The tables of a source, `rows` rows each, and `buffer` of them shuffled together."""

    is_frame = False  # its columns are not here

    def __init__(self, source: Source, rows: int = ROWS, buffer: int = 1) -> None:
        self.source = source
        self.rows = rows
        self.buffer = buffer
        self.count: int | None = None  # of all rows, once they have been gone through

    def __str__(self) -> str:
        return f"{self.source}, {self.rows} rows a chunk, {self.buffer} a buffer"

    @property
    def columns(self) -> list[str] | None:
        return self.source.columns

    def tables(self, wanted: Collection[str] | None = None) -> Iterator[Table]:
        """One pass. Raises DataError where there are no rows, or other ones than before."""
        count = 0
        for table in even(self.source.frames(wanted), self.rows, wanted, self.columns):
            count += len(table)
            yield table
        if not count:
            raise DataError("The stream has no rows; a fit needs at least one sample.")
        if self.count not in (None, count):
            raise DataError(
                f"The stream had {self.count} rows in one pass and {count} in the next; each pass "
                "has to give the same ones, so let its function begin anew at each call."
            )
        self.count = count

    def head(self, wanted: Collection[str] | None = None) -> Table:
        """The first chunk."""
        for table in self.tables(wanted):
            return table
        raise DataError("The stream has no rows; a fit needs at least one sample.")

    def bind(self, binding: Binding) -> Bound:
        return Bound(self, binding)

    def mapped(self, function: Any, wanted: Collection[str] | None = None) -> list[Any]:
        """What a function makes of each chunk, in order."""
        return [function(table) for table in self.tables(wanted)]


class Bound:
    """A stream that knows which of its columns is what: parts of data, one after the other."""

    def __init__(self, chunks: Chunks, binding: Binding) -> None:
        self.chunks = chunks
        self.binding = binding

    def tables(self) -> Iterator[Table]:
        return self.chunks.tables(self.binding.columns.wanted)

    @cached_property
    def head(self) -> Part:
        """The first chunk in which a sample counts."""
        for table in self.tables():
            part = self.binding.part(table)
            if part is not None and part.weight:
                return part
        raise DataError("All weights are 0, so no sample counts.")

    def __getstate__(self) -> dict[str, Any]:
        return {"chunks": self.chunks, "binding": self.binding}

    def total(self, ask: Ask) -> Any:
        """The answers of all chunks, joined in their order."""
        answer = None
        for table in self.tables():
            part = self.binding.part(table)
            if part is None:
                continue
            found = ask(part)
            answer = found if answer is None else answer.plus(found)
        if answer is None:
            raise DataError("All weights are 0, so no sample counts.")
        return answer

    def batches(self, random: Any, size: int) -> Iterator[Batch]:
        """Shuffled parts of `size` samples, the last of a pass smaller."""
        left: list[Table] = []
        tables = self.tables()
        while group := list(islice(tables, self.chunks.buffer)):
            pool = joined([*left, *group])
            order = random.permutation(len(pool))
            whole = len(pool) - len(pool) % size
            part = self.binding.part(pool)
            assert part is not None
            for i in range(0, whole, size):
                yield batch(part, order[i : i + size])
            left = [pool.part(order[whole:])] if whole < len(pool) else []
        if left:
            part = self.binding.part(left[0])
            assert part is not None
            yield batch(part, slice(None))

    def digest(self) -> str:
        """What tells these data from others: where they come from, and the first chunk."""
        made = hashlib.sha256(str(self.chunks).encode())
        head = self.chunks.head(self.binding.columns.wanted)
        for n in sorted(head.columns):
            made.update(f"|{n}|{head[n].dtype.str}|{head[n].shape}|".encode())
            made.update(np.ascontiguousarray(head[n]).tobytes())
        return made.hexdigest()


def batch(part: Part, places: Any) -> Batch:
    taken = part.taken(places)
    return Batch(taken.rows, lambda ask: ask(taken))


__all__ = ["ROWS", "Bound", "Chunks", "batch"]
