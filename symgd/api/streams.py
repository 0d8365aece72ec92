"""Streams: data that are not in memory at once, for `problem`, `train` and `predict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import COUNT, NAMES, TEXT, takes
from symgd.errors import DataError, InputError, SymgdError, shown
from symgd.targets.groups import groups_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symgd.api.kind import Column, Source
    from symgd.api.models import Model
    from symgd.api.predictions import Predictor
    from symgd.training.streams.binding import Columns
    from symgd.training.streams.pieces import Pieces
    from symgd.training.streams.stream import Chunks


class Stream:
    """Rows that are read in chunks, as often as a fit asks for them; made by `stream`.

    columns   the names of its columns; None where only its rows tell
    rows      how many a chunk has
    buffer    how many chunks are shuffled together, for batches

    Going through it gives each chunk as a dictionary of arrays. Raises DataError for what does not
    read, or holds no numbers, with its row.
    """

    is_frame = False  # its columns are not here

    def __init__(self, chunks: Chunks | Pieces) -> None:
        self.chunks = chunks

    def __repr__(self) -> str:
        return f"<Stream of {self.chunks}>"

    @property
    def columns(self) -> list[str] | None:
        """The names of its columns; None where only its rows tell."""
        return self.chunks.columns

    @property
    def rows(self) -> int:
        """How many rows a chunk has."""
        return self.chunks.rows

    @property
    def buffer(self) -> int:
        """How many chunks are shuffled together."""
        return self.chunks.buffer

    def __iter__(self) -> Iterator[dict[str, NDArray[Any]]]:
        """One pass: each chunk as a dictionary of arrays."""
        for table in self.chunks.tables():
            yield dict(table.held)


@takes(columns=NAMES.or_none, rows=COUNT, buffer=COUNT, separator=TEXT)
def stream(
    source: Source,
    columns: Sequence[str] | None = None,
    *,
    rows: int = 100_000,
    buffer: int = 1,
    separator: str = ",",
) -> Stream:
    """Data of any length in bounded memory, for `problem`, `train` and `predict`.

    >>> model.problem(stream("rows.parquet"), x="age", y="price", start=start).solve()
    >>> train(model, stream("rows.csv", rows=10_000), batch=256, optimizer="adam", epochs=5)

    source      a file .csv, .tsv (also .gz), .parquet or .arrow, a list of them, or a folder of
                them; a dataset of Arrow; arrays by name, such as np.memmap; a structured array; a
                lazy frame of polars; a function that returns an iterator over frames or
                dictionaries, such as one that yields them; or partitions that an engine holds: a
                DataFrame of Dask, arrays of it by name, a list of delayed frames; a dataset of Ray
                or references to frames; a DataFrame of Spark
    columns     of a matrix: the names of its columns
    rows        how many are read at once: of so many the memory is
    buffer      how many chunks are in memory where there are batches, and are shuffled together
    separator   between the fields of a CSV file

    A cost, its gradient and second derivatives are sums over the chunks, one pass each; batches
    are one pass an epoch. Raises InputError for what can be read once only, such as a generator,
    and for what is no source; DataError for a file that does not read; MissingExtraError without
    pyarrow for Parquet.
    """
    from symgd.training.streams.engines import pieces_of
    from symgd.training.streams.sources import source_of
    from symgd.training.streams.stream import Chunks

    for name, value in (("rows", rows), ("buffer", buffer)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{name}={shown(value)} must be a whole number of at least 1.")
    if len(separator) != 1 or separator in '"\r\n':
        raise InputError(f"separator={shown(separator)} is one character, such as ';' or '\\t'.")
    if isinstance(source, Stream):
        return source
    try:
        pieces = pieces_of(source, buffer)
        if pieces is not None:
            return Stream(pieces)
        return Stream(Chunks(source_of(source, rows, columns, separator), rows, buffer))
    except SymgdError:
        raise
    except Exception as error:  # whatever an object of the user's own class raises
        raise DataError(
            f"The source, a {type(source).__name__}, does not answer what it has "
            f"({shown(error)}); give a file, arrays by name or a frame."
        ) from error


def bound(
    model: Model,
    of: Stream,
    inputs: Mapping[str, Column],
    weights: Any,
) -> tuple[Model, Columns, dict[str, Any]]:
    """(the model that the rows are for, which column is which name, the first chunk by name)."""
    from symgd.training.streams.binding import Columns

    if weights is not None and not isinstance(weights, str):
        raise DataError(
            "weights of a stream are a column of it; write weights='...', with the column's name."
        )
    columns = Columns(tuple(model.parameters), tuple(model.inputs), dict(inputs), weights)
    columns.check(of.columns)
    head, _ = columns.data(of.chunks.head(columns.wanted))
    return model.on(head), columns, head


@dataclass(frozen=True)
class OnChunk:
    """A chunk → what a predictor makes of it."""

    predictor: Predictor
    columns: Columns
    held: Mapping[str, Any]

    def __call__(self, table: Any) -> Any:
        import numpy as np

        data, _ = self.columns.data(table)
        found = np.asarray(self.predictor._at(self.predictor._taken({**data, **self.held}, {})))
        rows = max((len(v) for v in data.values() if np.ndim(v)), default=1)
        return found if found.ndim else np.broadcast_to(found, (rows,))


def predicted(of: Stream, f: Predictor, values: Mapping[str, Any]) -> Any:
    """What a predictor makes of each row: one array of all chunks, in order.

    values   parameters; inputs as numbers or names of columns
    """
    import numpy as np

    from symgd.training.streams.binding import Columns

    own = {*f.model.parameters, *groups_of(f.model.parameters)}
    needed = tuple(n for n in f.names if n not in f.model.parameters)
    used = {*needed, *(s for s, ms in groups_of(f.model.inputs).items() if {*ms} & {*needed})}
    given = {n: v for n, v in values.items() if n not in own and n in used}
    columns = Columns(tuple(f.model.parameters), needed, given)
    work = OnChunk(f, columns, {n: v for n, v in values.items() if n in own})
    return np.concatenate(of.chunks.mapped(work, columns.wanted))


__all__ = ["Stream", "bound", "predicted", "stream"]
