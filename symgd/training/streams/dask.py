"""Dask as an engine: DataFrames, dictionaries of arrays, lists of delayed frames.

Parts are persisted, so that each machine makes its own once; where one is lost, Dask makes them
again from the collection. With a client (`distributed`) all of it is on its cluster, else in the
scheduler that Dask has set.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from symgd.errors import DataError, listing, quote
from symgd.training.fitting.parts import Ask
from symgd.training.streams.pieces import Some, join, some_rows, tree


class DaskEngine:
    """Partitions of a collection of Dask."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.columns: list[str] | None = None
        self.count = 0
        if isinstance(given, Mapping):
            self.columns = [*given]
            self.given = aligned(given)
            self.count = len(next(iter(self.given.values())).chunks[0])
        elif hasattr(given, "columns"):
            self.columns = [str(c) for c in given.columns]
            self.count = given.npartitions
        else:
            self.count = len(given)

    def __str__(self) -> str:
        return f"{self.count} partitions of Dask"

    def partitions(self, wanted: Collection[str] | None) -> list[Any]:
        """Each as something delayed that becomes a frame or a dictionary."""
        import dask

        if isinstance(self.given, Mapping):
            names = [n for n in self.given if wanted is None or n in wanted]
            blocks = [self.given[n].to_delayed().ravel() for n in names]
            return [dask.delayed(_named)(names, list(row)) for row in zip(*blocks, strict=True)]
        if self.columns is not None:
            names = [c for c in self.given.columns if wanted is None or str(c) in wanted]
            return list(self.given[names].to_delayed())
        return list(self.given)

    def kept(self, wanted: Collection[str], make: Callable[[Any], Any]) -> Any:
        import dask

        made = dask.delayed(make, pure=False, traverse=False)
        return list(dask.persist(*(made(p) for p in self.partitions(wanted))))

    def joined(self, ask: Ask, kept: Any, places: Mapping[int, Any] | None) -> Any:
        import dask

        some = dask.delayed(Some(ask), pure=False, traverse=False)
        if places is None:
            answers = [some(part) for part in kept]
        else:
            answers = [some(kept[k], rows) for k, rows in sorted(places.items())]
        if len(answers) == 1:
            return dask.compute(answers[0])[0]
        joined = dask.delayed(join, pure=False)
        return dask.compute(tree(answers, joined))[0]

    def mapped(self, wanted: Collection[str] | None, function: Callable[[Any], Any]) -> list[Any]:
        import dask

        made = dask.delayed(function, pure=False, traverse=False)
        return list(dask.compute(*(made(p) for p in self.partitions(wanted))))

    def first(self, wanted: Collection[str] | None) -> Any:
        import dask

        found: Any = {}
        for partition in self.partitions(wanted):
            (found,) = dask.compute(dask.delayed(some_rows)(partition))
            if len(found) and (not isinstance(found, Mapping) or len(next(iter(found.values())))):
                break
        return found


def _named(names: list[str], blocks: list[Any]) -> dict[str, Any]:
    return dict(zip(names, blocks, strict=True))


def aligned(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays in chunks of the same rows, whole across; raises DataError for other lengths."""
    lengths = {n: a.shape[0] for n, a in arrays.items()}
    if len({*lengths.values()}) > 1:
        told = listing(f"{n} has {count}" for n, count in lengths.items())
        raise DataError(f"The columns of a stream are of one length, and {quote(told, 200)}.")
    first = next(iter(arrays.values())).chunks[0]
    return {n: a.rechunk({0: first, **dict.fromkeys(range(1, a.ndim), -1)})
            for n, a in arrays.items()}  # fmt: skip


__all__ = ["DaskEngine"]
