"""Partitions that an engine holds: a kernel mapped over them where they are, the answers joined.

What an engine is asked is `Engine` alone: to make a part of each partition and keep it, to ask
parts and join the answers in their order, to hand over what a function makes of each. Who runs
what, where and when, and what becomes of a machine that is lost, is the engine's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, Protocol

import numpy as np

from symgd.errors import DataError
from symgd.training.fitting.kernels import Part
from symgd.training.fitting.parts import Ask, Batch, Listed
from symgd.training.streams.binding import Binding
from symgd.training.streams.stream import ROWS
from symgd.training.streams.tables import Table, numbers_of

FAN = 8  # answers that are joined at once, in a tree


class Engine(Protocol):
    """Partitions somewhere, in an order of their own.

    columns   their names, or None
    kept      (columns, make) → something for each partition: make(table), which stays where it is
    joined    (ask, kept, {partition: rows} or None) → the answers of these, joined in order
    mapped    (columns, function) → function(table) of each, here, in order
    first     (columns) → the first rows, here
    """

    @property
    def columns(self) -> list[str] | None: ...

    def kept(self, wanted: Collection[str], make: Callable[[Any], Any]) -> Any: ...

    def joined(self, ask: Ask, kept: Any, places: Mapping[int, Any] | None) -> Any: ...

    def mapped(
        self, wanted: Collection[str] | None, function: Callable[[Any], Any]
    ) -> list[Any]: ...

    def first(self, wanted: Collection[str] | None) -> Any: ...


@dataclass(frozen=True)
class Make:
    """A partition → its part; of one without a sample None."""

    binding: Binding

    def __call__(self, frame: Any) -> Part | None:
        table = numbers_of(frame, self.binding.columns.wanted, 0)
        return self.binding.part(table) if len(table) else None


@dataclass(frozen=True)
class Some:
    """The answer of a part, or of some of its samples."""

    ask: Ask

    def __call__(self, part: Part | None, rows: Any = None) -> Any:
        if part is None:
            return Listed((0,)) if self.ask.question == "lengths" else None
        return self.ask(part if rows is None else part.taken(rows))


def join(answers: Sequence[Any]) -> Any:
    """The answers as one, in their order; None where there is none."""
    found = None
    for answer in answers:
        if answer is not None:
            found = answer if found is None else found.plus(answer)
    return found


def tree(answers: Sequence[Any], joined: Callable[[Sequence[Any]], Any]) -> Any:
    """The same by `joined` of so many at once, level by level: as their number alone says."""
    level = list(answers)
    while len(level) > 1:
        level = [joined(level[i : i + FAN]) for i in range(0, len(level), FAN)]
    return level[0]


class Pieces:
    """The partitions of an engine as a stream: what `Chunks` are on one machine."""

    is_frame = False  # its columns are not here
    rows = 0

    def __init__(self, engine: Engine, buffer: int = 1) -> None:
        self.engine = engine
        self.buffer = buffer

    def __str__(self) -> str:
        return f"{self.engine}, {self.buffer} a buffer"

    @property
    def columns(self) -> list[str] | None:
        return self.engine.columns

    def head(self, wanted: Collection[str] | None = None) -> Table:
        """The first rows, here."""
        table = numbers_of(self.engine.first(wanted), wanted, 0)
        if not len(table):
            raise DataError("The stream has no rows; a fit needs at least one sample.")
        return table

    def tables(self, wanted: Collection[str] | None = None) -> Iterator[Table]:
        """Each partition, here."""
        return iter(self.engine.mapped(wanted, _Numbers(wanted)))

    def mapped(self, function: Any, wanted: Collection[str] | None = None) -> list[Any]:
        return self.engine.mapped(wanted, function)

    def bind(self, binding: Binding) -> BoundPieces:
        return BoundPieces(self, binding)


@dataclass(frozen=True)
class _Numbers:
    wanted: Collection[str] | None

    def __call__(self, frame: Any) -> Table:
        return numbers_of(frame, self.wanted, 0)


class BoundPieces:
    """Parts of the data where the engine keeps them."""

    def __init__(self, pieces: Pieces, binding: Binding) -> None:
        self.pieces = pieces
        self.binding = binding

    def __getstate__(self) -> dict[str, Any]:
        return {"pieces": self.pieces, "binding": self.binding}

    @cached_property
    def parts(self) -> Any:
        return self.pieces.engine.kept(self.binding.columns.wanted, Make(self.binding))

    @cached_property
    def head(self) -> Part:
        """The first rows, here."""
        binding = replace(
            self.binding, drops=False
        )  # a start is tried on them, whatever they weigh
        found: Part = binding.part(self.pieces.head(self.binding.columns.wanted))
        return found

    def total(self, ask: Ask) -> Any:
        return self.asked(ask, None)

    def asked(self, ask: Ask, places: Mapping[int, Any] | None) -> Any:
        found = self.pieces.engine.joined(ask, self.parts, places)
        if found is None:
            raise DataError("The stream has no rows that count; a fit needs at least one sample.")
        return found

    @cached_property
    def lengths(self) -> list[int]:
        """Samples by partition."""
        found: Listed = self.total(Ask("lengths"))
        return list(found.each)

    def batches(self, random: Any, size: int) -> Iterator[Batch]:
        """Shuffled samples of `buffer` partitions at a time, as of so many chunks of a file."""
        left = np.empty((0, 2), dtype=int)
        pieces = iter(enumerate(self.lengths))
        while group := list(islice(pieces, self.pieces.buffer)):
            each = [np.column_stack([np.full(n, k), np.arange(n)]) for k, n in group]
            pool = np.concatenate([left, *each])
            pool = pool[random.permutation(len(pool))]
            whole = len(pool) - len(pool) % size
            for i in range(0, whole, size):
                yield self.batch(pool[i : i + size])
            left = pool[whole:]
        if len(left):
            yield self.batch(left)

    def batch(self, places: Any) -> Batch:
        by = {int(k): places[places[:, 0] == k, 1] for k in np.unique(places[:, 0])}
        return Batch(len(places), lambda ask: self.asked(ask, by))

    def digest(self) -> str:
        """What tells these data from others: the columns and the first rows."""
        head = self.pieces.head(self.binding.columns.wanted)
        made = hashlib.sha256(str(self.pieces).encode())
        for n in sorted(head.columns):
            made.update(f"|{n}|{head[n].dtype.str}|{head[n].shape}|".encode())
            made.update(np.ascontiguousarray(head[n]).tobytes())
        return made.hexdigest()


def some_rows(frame: Any) -> Any:
    """The first rows of a partition, for a start to be tried on."""
    if hasattr(frame, "iloc"):
        return frame.iloc[:ROWS]
    if hasattr(frame, "slice"):
        return frame.slice(0, ROWS)
    return {n: v[:ROWS] for n, v in frame.items()} if isinstance(frame, Mapping) else frame


__all__ = ["BoundPieces", "Engine", "Make", "Pieces", "Some", "join", "some_rows", "tree"]
