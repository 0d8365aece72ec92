"""Tables: what a chunk of a stream becomes, columns of numbers of one length.

Whatever a source hands out, and however long its pieces are, a stream cuts into tables of so many
rows: a sum over chunks is then the same to the last bit, from whatever file the rows come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from symgd.errors import DataError, listing, quote
from symgd.training.frames import column, is_frame, names_of


class Table:
    """Columns by name, arrays of one length; `first` is where the first row stands in the data."""

    is_checked = True  # its numbers have been looked at

    def __init__(self, columns: Mapping[str, Any], first: int = 0) -> None:
        self.held = dict(columns)
        self.first = first

    @property
    def columns(self) -> list[str]:
        return list(self.held)

    def __getitem__(self, name: str) -> Any:
        return self.held[name]

    def __len__(self) -> int:
        return len(next(iter(self.held.values()))) if self.held else 0

    def part(self, places: Any) -> Table:
        """The rows at places, or of a slice."""
        first = self.first + (places.start or 0) if isinstance(places, slice) else self.first
        return Table({n: v[places] for n, v in self.held.items()}, first)


class _Named(Table):
    """Columns as somebody gave them."""

    is_checked = False


def joined(tables: list[Table]) -> Table:
    """One table of several, their rows one below another."""
    if len(tables) == 1:
        return tables[0]
    names = tables[0].held
    for t in tables[1:]:
        if set(t.held) != set(names):
            odd = sorted(set(t.held) ^ set(names))
            raise DataError(
                f"The chunks of a stream have the same columns, and {quote(listing(odd), 200)} is "
                "in some and not in others."
            )
    return Table({n: np.concatenate([t.held[n] for t in tables]) for n in names}, tables[0].first)


def numbers_of(frame: Any, wanted: Collection[str] | None, first: int) -> Table:
    """The wanted columns of a frame or a dictionary as arrays; of all where None.

    `first` is the row at which it begins. Raises DataError for what holds no numbers.
    """
    if isinstance(frame, Table):
        return frame
    if isinstance(frame, Mapping):
        found = {str(n): v if np.ndim(v) else np.atleast_1d(v) for n, v in frame.items()
                 if wanted is None or n in wanted}  # fmt: skip
        frame, names = _Named(found), list(found)
    elif is_frame(frame):
        names = names_of(frame)
    else:
        raise DataError(
            f"A chunk of the stream came as a {type(frame).__name__}; give DataFrames of pandas or "
            "polars, Tables of Arrow, or dictionaries of arrays."
        )
    kept = [n for n in dict.fromkeys(names) if wanted is None or n in wanted]
    table = Table({n: column(frame, names, n, n, first) for n in kept}, first)
    lengths = {n: len(v) for n, v in table.held.items()}
    if len({*lengths.values()}) > 1:
        told = listing(f"{n} has {count}" for n, count in lengths.items())
        raise DataError(f"The columns of a chunk are of one length, and {quote(told, 200)}.")
    return table


def no_column(wanted: Collection[str] | None, there: Collection[str] | None) -> DataError:
    """What is said of a stream without a column that is asked for."""
    asked = quote(listing(sorted(wanted or ())), 200)
    has = f"it has {quote(listing(there), 200)}" if there else "it has others"
    hint = ""
    if there and len(there) == 1:
        found = next((c for c in ";\t|" if c in next(iter(there))), None)
        if found:
            hint = f" Its values seem to be parted by {found!r}: write separator={found!r}."
    return DataError(
        f"This stream has none of the columns {asked}, which are asked for; {has}.{hint}"
    )


def even(
    frames: Iterable[Any],
    rows: int,
    wanted: Collection[str] | None = None,
    there: Collection[str] | None = None,
) -> Iterator[Table]:
    """Tables of `rows` rows each, the last one shorter; empty frames leave nothing.

    `there` are the names of all columns, where they are known.
    """
    held: list[Table] = []
    count = seen = 0
    for frame in frames:
        table = numbers_of(frame, wanted, seen)
        if not table.held:
            raise no_column(wanted, there)
        size = len(table)
        if not size:
            continue
        seen += size
        held.append(table)
        count += size
        if count < rows:
            continue
        whole = joined(held)
        whole.first = seen - count
        at = 0
        while count - at >= rows:
            yield whole.part(slice(at, at + rows))
            at += rows
        count -= at
        # A copy: what is left over does not keep what it was cut from.
        left = {n: np.array(v[at:]) for n, v in whole.held.items()}
        held = [Table(left, seen - count)] if count else []
    if held:
        whole = joined(held)
        whole.first = seen - count
        yield whole


__all__ = ["Table", "even", "joined", "no_column", "numbers_of"]
