"""Where the rows of a stream come from: a row of `SOURCES` each, tried in order.

A source has `columns`, the names of its columns or None where only its rows tell, and
`frames(wanted)`, which goes through them from the first row on, each time it is called. No library
is imported for a source of another one.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from symgd.errors import DataError, InputError, MissingExtraError, listing, quote
from symgd.training.frames import is_frame, is_lazy, names_of
from symgd.training.streams.text import Csv, Several


class Source(Protocol):
    @property
    def columns(self) -> list[str] | None: ...

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]: ...


class Arrays:
    """Arrays by name, on the disk (`np.memmap`) or in memory: a chunk is a slice of each."""

    def __init__(self, arrays: Mapping[str, Any], rows: int) -> None:
        self.arrays = dict(arrays)
        self.rows = rows
        lengths = {}
        for n, v in self.arrays.items():
            if not np.ndim(v):
                raise DataError(
                    f"{quote(str(n))} is one number, and a column of a stream is an array; give "
                    "numbers beside the stream, by keyword."
                )
            lengths[n] = len(v)
        if len({*lengths.values()}) > 1:
            told = listing(f"{n} has {count}" for n, count in lengths.items())
            raise DataError(f"The columns of a stream are of one length, and {quote(told, 200)}.")
        self.columns = [*self.arrays]
        self.count = next(iter(lengths.values()), 0)

    def __str__(self) -> str:
        return f"arrays {listing(self.columns)} of {self.count}"

    def frames(self, wanted: Collection[str] | None) -> Iterator[dict[str, Any]]:
        names = [n for n in self.arrays if wanted is None or n in wanted]
        for i in range(0, self.count, self.rows):
            yield {n: self.arrays[n][i : i + self.rows] for n in names}


class Frame:
    """A DataFrame or a Table in memory."""

    def __init__(self, frame: Any, rows: int) -> None:
        self.frame = frame
        self.rows = rows
        self.columns = names_of(frame)

    def __str__(self) -> str:
        return f"a frame {listing(self.columns)} of {len(self)}"

    def __len__(self) -> int:
        count = getattr(self.frame, "num_rows", None)
        return len(self.frame) if count is None else int(count)

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]:
        for i in range(0, len(self), self.rows):
            if hasattr(self.frame, "iloc"):
                yield self.frame.iloc[i : i + self.rows]
            else:
                yield self.frame.slice(i, min(self.rows, len(self) - i))


class Dataset:
    """A dataset of Arrow: Parquet, Arrow and CSV files, one or many, read a batch at a time."""

    def __init__(self, dataset: Any, rows: int) -> None:
        self.dataset = dataset
        self.rows = rows
        self.columns = [str(n) for n in dataset.schema.names]

    def __str__(self) -> str:
        files = getattr(self.dataset, "files", None) or ()
        sizes = [f"{f} {os.path.getsize(f)}" for f in files if os.path.exists(f)]
        return f"dataset {listing(self.columns)} {' '.join(sizes)}"

    @property
    def path(self) -> str:
        return str(next(iter(getattr(self.dataset, "files", None) or ("the dataset",))))

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]:
        names = [n for n in dict.fromkeys(self.columns) if wanted is None or n in wanted]
        # What Arrow reads ahead is memory: a batch of a file, and no file before its turn.
        scanner = self.dataset.scanner(
            columns=names, batch_size=self.rows, batch_readahead=1, fragment_readahead=1,
        )  # fmt: skip
        try:
            yield from scanner.to_batches()
        except (OSError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{self.path} cannot be read: {_first_line(error)}.") from None


class Lazy:
    """A lazy frame of polars: what it plans is carried out in each pass, a batch at a time."""

    def __init__(self, frame: Any, rows: int) -> None:
        self.frame = frame
        self.rows = rows
        self.columns = [str(c) for c in frame.collect_schema().names()]

    def __str__(self) -> str:
        return f"a lazy frame {listing(self.columns)}"

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]:
        frame = self.frame.select([n for n in self.columns if wanted is None or n in wanted])
        if hasattr(frame, "collect_batches"):
            yield from frame.collect_batches(chunk_size=self.rows, maintain_order=True)
            return
        at = 0
        while len(part := frame.slice(at, self.rows).collect()):
            yield part
            at += self.rows


class Made:
    """Frames or dictionaries that a function makes anew at each call."""

    columns = None

    def __init__(self, function: Callable[[], Iterable[Any]], told: str) -> None:
        self.function = function
        self.told = told

    def __str__(self) -> str:
        return self.told

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]:
        made = self.function()
        try:
            if not is_frame(made) and not isinstance(made, Mapping):
                return iter(made)
        except TypeError:
            pass
        raise DataError(
            f"The function of this stream returned a {type(made).__name__}; it returns an "
            "iterator over DataFrames, Tables or dictionaries, as one that yields them does."
        )


# -- what a user hands in → a source --------------------------------------------------------------


def source_of(given: Any, rows: int, columns: Sequence[str] | None, separator: str) -> Source:
    """The source of what was given; raises InputError for what is none, DataError for a file that
    does not read."""
    for holds, made in SOURCES:
        if holds(given):
            return made(given, rows, columns, separator)
    raise InputError(
        f"A stream is made of a file or a folder (.csv, .parquet, .arrow), a dataset of Arrow, "
        "arrays by name such as np.memmap, a lazy frame of polars, a collection of Dask, Ray or "
        "Spark, or a function that returns an iterator over frames; it was given "
        f"{quote(f'a {type(given).__name__}')}."
    )


def is_place(given: Any) -> bool:
    return isinstance(given, str | os.PathLike)


TEXTS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
ARROWS = {".parquet": "parquet", ".pq": "parquet", ".arrow": "ipc", ".feather": "ipc"}


def of_place(given: Any, rows: int, columns: Any, separator: str) -> Source:
    """A file by its ending; of a folder all files of the one kind that is in it, by name."""
    place = Path(given)
    try:
        place.stat()
    except FileNotFoundError:
        raise DataError(f"There is no file {quote(str(place))}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{quote(str(place))} cannot be read: {reason}.") from None
    if place.is_dir():
        files = sorted(p for p in place.rglob("*") if p.is_file() and p.name[0] not in "._")
        known = [p for p in files if ending(p)]
        if not known:
            raise DataError(
                f"There is no file in {quote(str(place))} that a stream reads: "
                f"{listing((*TEXTS[:3], *ARROWS))}."
            )
        return of_places(known, rows, columns, separator)
    return of_places([place], rows, columns, separator)


def ending(place: Path) -> str:
    """The ending by which a file is known, "" where it is not."""
    name = place.name.lower()
    return next((e for e in (*TEXTS, *ARROWS) if name.endswith(e)), "")


def of_places(places: Sequence[Any], rows: int, columns: Any, separator: str) -> Source:
    places = [Path(p) for p in places]
    kinds = {ARROWS.get(ending(p), "text") for p in places}
    if len(kinds) > 1:
        raise DataError(
            f"{places[0].parent} has files of several kinds ({listing(sorted(kinds))}); give those "
            "of one as a list of paths."
        )
    (kind,) = kinds
    if kind == "text":
        tabs = [ending(p).startswith(".tsv") and separator == "," for p in places]
        made = [Csv(p, "\t" if t else separator, rows) for p, t in zip(places, tabs, strict=True)]
        return made[0] if len(made) == 1 else Several(made)
    return of_dataset(places, kind, rows)


def of_dataset(places: Sequence[Path], kind: str, rows: int) -> Dataset:
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtraError(
            f"{places[0]} needs pyarrow, which is not installed; it comes with "
            'pip install "symgd[arrow]".'
        )
    import pyarrow.dataset as ds

    try:
        return Dataset(ds.dataset([str(p) for p in places], format=kind), rows)
    except (OSError, ValueError) as error:
        raise DataError(f"{places[0]} cannot be read: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return quote(str(error).strip().splitlines()[0].rstrip("."), 200)


def is_of(module: str) -> Callable[[Any], bool]:
    """Whether a value's class is of a library."""
    return lambda v: type(v).__module__.partition(".")[0] == module


def of_array(given: Any, rows: int, columns: Any, separator: str) -> Source:
    """A structured array by the names of its fields, a matrix by names for its columns."""
    if given.dtype.names:
        return Arrays({n: given[n] for n in given.dtype.names}, rows)
    if given.ndim == 2 and columns is not None:
        if len(columns) != given.shape[1]:
            raise DataError(
                f"There are {len(columns)} names, and the array has {given.shape[1]} columns."
            )
        return Arrays({n: given[:, i] for i, n in enumerate(columns)}, rows)
    raise InputError(
        f"An array of the shape {given.shape} has no names for its columns; give "
        "columns=['x', 'y', ...] for the columns of a matrix, or a dictionary of arrays."
    )


def once_only(given: Any, *_: Any) -> Source:
    raise InputError(
        f"A {type(given).__name__} can be read once only, and each step of a fit reads the data "
        "anew; give the function that makes it: symgd.stream(lambda: rows())."
    )


def of_function(given: Any, *_: Any) -> Source:
    return Made(given, f"made by {getattr(given, '__qualname__', type(given).__name__)}")


def is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, bytes | set | frozenset)


def of_list(given: Any, *_: Any) -> Source:
    """Frames one after the other; what holds them may make them as it is gone through."""
    return Made(given.__iter__, f"a {type(given).__name__}")


def is_list_of(kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, list | tuple) and len(v) > 0 and all(map(kind, v))


# what was given                                         its source
SOURCES: tuple[tuple[Callable[[Any], bool], Callable[..., Source]], ...] = (
    (is_place,                                           of_place),
    (is_list_of(is_place),                               of_places),
    (lambda v: isinstance(v, Mapping),                   lambda v, rows, *_: Arrays(v, rows)),
    (lambda v: isinstance(v, np.ndarray),                of_array),
    (lambda v: is_of("polars")(v) and is_lazy(v),        lambda v, rows, *_: Lazy(v, rows)),
    (lambda v: is_of("pyarrow")(v) and hasattr(v, "scanner"),
                                                         lambda v, rows, *_: Dataset(v, rows)),
    (lambda v: isinstance(v, Iterator),                  once_only),
    (is_frame,                                           lambda v, rows, *_: Frame(v, rows)),
    (callable,                                           of_function),
    (is_list,                                            of_list),
)  # fmt: skip


__all__ = ["SOURCES", "Source", "source_of"]
