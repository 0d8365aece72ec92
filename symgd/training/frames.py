"""Data as people hold them → an array for each name of a model.

    a dictionary of arrays                      by its keys
    a DataFrame of pandas or polars, a Table    its columns: those of the model's names, and those
    or RecordBatch of Arrow                     that are said by x="age", X=["age", "height"]

Only what is asked for is read; other columns may hold anything. None of these libraries is
imported: a frame brings its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symgd.errors import DataError, did_you_mean, listing, quote, shown


def is_frame(data: Any) -> bool:
    """Whether it has columns by name: a DataFrame, a Table or a RecordBatch."""
    kind = type(data)  # asked of a lazy frame itself, its columns are computed
    if isinstance(data, Mapping) or not getattr(kind, "is_frame", True):
        return False
    return hasattr(kind, "column_names") or hasattr(kind, "columns")


def is_lazy(data: Any) -> bool:
    """Whether a frame has no numbers before it is collected."""
    return hasattr(type(data), "collect") and not hasattr(type(data), "to_numpy")


def taken(
    names: Iterable[str],
    data: Any,
    given: Mapping[str, Any],
    optional: Iterable[str] = (),
    what: str = "problem",
) -> dict[str, Any]:
    """name → number or array, for the names of a model.

    names     the inputs of the model
    data      a dictionary or a frame, or None
    given     more by name; beside a frame a text is the name of a column, and a list of texts of
              several, which are the columns of a matrix
    optional  names that are read where they are given, and need not be columns

    Raises DataError for a column that is missing, or that holds no numbers, with its row.
    """
    if data is None:
        return dict(given)
    if not is_frame(data):
        if not isinstance(data, Mapping):
            raise DataError(
                f"Data came as a {type(data).__name__}; give a dictionary of arrays, a DataFrame "
                "of pandas or polars, or a Table of Arrow."
            )
        twice = [n for n in given if n in data]
        if twice:
            raise DataError(f"{listing(twice)} was given twice; give each name once.")
        try:
            return {**data, **given}
        except Exception as error:  # whatever a dictionary of the user's own class raises
            raise DataError(
                f"The data, a {type(data).__name__}, do not answer what is in them "
                f"({shown(error)}); give a dictionary of arrays."
            ) from error
    columns = names_of(data)
    out: dict[str, Any] = {}
    for n, value in given.items():
        if isinstance(value, str):
            out[n] = column(data, columns, value, n)
        elif is_list_of_texts(value):
            out[n] = np.column_stack([column(data, columns, c, n) for c in value])
        else:
            out[n] = value
    wanted = [n for n in names if n not in out and not covered(n, out)]
    for n in wanted:
        if n in columns or n not in {*optional}:
            if n not in columns:
                raise DataError(
                    f"There is no column {quote(n)}, and nothing says which column {n} is; there "
                    f"are {quote(listing(columns), 200)}. Write {n}='...', with the column's "
                    f"name.{did_you_mean(n, columns)}"
                )
            out[n] = column(data, columns, n, n)
    return out


def covered(name: str, given: Mapping[str, Any]) -> bool:
    """Whether x3 comes with an x that is a matrix."""
    stem = name.rstrip("0123456789").removesuffix("_")
    return stem != name and stem in given


def is_list_of_texts(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 0
        and all(isinstance(v, str) for v in value)
    )


def names_of(frame: Any) -> list[str]:
    """The names of the columns; raises DataError for a frame that is not there yet."""
    if is_lazy(frame):
        raise DataError(
            "A lazy frame has no numbers yet; write .collect() first, or symgd.stream(frame), "
            "which reads it in chunks."
        )
    found = getattr(frame, "column_names", None)
    return [str(c) for c in (frame.columns if found is None else found)]


def column(frame: Any, columns: Sequence[str], wanted: str, name: str, first: int = 0) -> Any:
    """A column as doubles, whole or single numbers as they are; raises DataError.

    `first` is the number of the first row, where a frame is a piece of longer data.
    """
    if columns.count(wanted) != 1:
        if wanted in columns:
            raise DataError(f"There are several columns {quote(wanted)}; name each once.")
        raise DataError(
            f"There is no column {quote(wanted)}, which {name} is to be; there are "
            f"{quote(listing(columns), 200)}.{did_you_mean(wanted, columns)}"
        )
    if getattr(type(frame), "is_checked", False):
        return frame[wanted]
    if hasattr(frame, "column_names"):
        found = frame.column(wanted)
    else:
        # pandas may have names that are no texts
        place = columns.index(wanted)
        found = frame.iloc[:, place] if hasattr(frame, "iloc") else frame[wanted]
    return numbers(found, wanted, first)


def numbers(series: Any, name: str, first: int = 0) -> Any:
    """The numbers of a column; raises DataError for what is missing or no number."""
    array = np.asarray(series)
    if np.ma.isMaskedArray(series) and series.mask.any():
        hidden = np.flatnonzero(np.ravel(series.mask))
        raise _missing(name, first + int(hidden[0]), len(hidden))
    if array.dtype.kind in "iubf":
        # A sum is nan where one is, and where infinities meet; it is quicker than to ask each.
        with np.errstate(all="ignore"):
            some = array.dtype.kind == "f" and np.isnan(np.add.reduce(array, axis=None))
        at = np.flatnonzero(np.isnan(array)) if some else np.empty(0)
        if at.size:
            raise _missing(name, first + int(at[0]), at.size)
        return np.ascontiguousarray(array)
    if array.dtype.kind == "O":
        # pandas' numbers with missing values, and Decimals, are objects to NumPy.
        gone = [i for i, v in enumerate(array.tolist()) if _is_missing(v)]
        if gone:
            raise _missing(name, first + gone[0], len(gone))
        try:
            if not any(isinstance(v, str | bytes) for v in array.tolist()):
                return array.astype(float)
        except (TypeError, ValueError):
            pass
    kinds = {"M": "dates", "m": "durations", "U": "text", "S": "text", "O": "text or objects"}
    raise DataError(
        f"The column {quote(name)} holds {kinds.get(array.dtype.kind, str(array.dtype))}, and a "
        "model takes numbers; write categories as numbers, or as columns of 0 and 1, first."
    )


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def _missing(name: str, row: int, count: int) -> DataError:
    more = f", and {count - 1} rows more" if count > 1 else ""
    return DataError(
        f"The column {quote(name)} has no number in row {row}{more}; drop these rows or fill them "
        "first."
    )


__all__ = ["column", "is_frame", "names_of", "taken"]
