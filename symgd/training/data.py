"""CSV → arrays of numbers, one a column.

Read with the standard library, row by row into arrays of doubles: 8 bytes a number, however long
the file.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
import re
import stat
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from symgd.errors import DataError, did_you_mean, listing, quote

NUMBER = re.compile(r"[+-]?(\d++(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#  what spreadsheets write                          what to write instead
_WRITTEN = (
    (r"[+-]?\d+,\d+",
     "write a decimal comma as a point, as in 1.5, and nothing between thousands"),
    (r"[+-]?\d{1,3}([.,' \u00a0\u2019\u202f]\d{3})+([.,]\d+)?",
     "write nothing between thousands, and a point before decimals, as in 1500.25"),
    (r"[\u2212\u2013\u2014] ?[\d.]+",                   "write the minus as -"),
    (r"\([\d.]+\)",                                    "write a negative number as -2"),
    (r"true|false|yes|no",                             "write 1 and 0"),
    (r"n/?a|null|none|nil|missing|-+|\.|\?+|#[a-z0-9/!?]+", "leave out rows without a number"),
    (r"\d+[-/.]\d+[-/.]\d+([ T].*)?|\d+:\d\d.*",
     "write dates and times as numbers, such as days or hours since the first"),
    (r"(\d+ )?\d+/\d+",                               "write a fraction as a decimal, as in 0.5"),
    (r"[+-]?[\d.,]+[ \u00a0]?[^\d\s.,].*|[^\d\s\w]{1,3} ?[\d.,]+",
     "write the number alone, and its unit in the header"),
)  # fmt: skip
WRITTEN = tuple((re.compile(kind, re.IGNORECASE), f"; {cure}") for kind, cure in _WRITTEN)
LONGEST_WRITTEN = 60  # signs of what is looked up there
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


# Which columns are wanted, by their names or by what the header is.
Wanted = Iterable[str] | Callable[[list[str]], Iterable[str]]


def read_csv(path: str | Path, columns: Wanted | None = None) -> dict[str, Any]:
    """{column: float64 array}, for `columns` (every column of the file where None).

    `columns` may be a function of the header, for a pipe can be read but once. The first line names
    the columns; others than the ones asked for may hold anything. Raises DataError, with the file
    and the line: no such file, not text, no header, no rows, a column that is missing or named
    twice, a row of another length, anything that is not a finite number.
    """
    with opened(path) as file:
        return _columns(csv.reader(file, strict=True), str(path), columns)


# Characters of a line, and bytes of what has no size and may have no end: a pipe, a device.
LONGEST_LINE, MOST_PIPED = 8_000_000, 200_000_000


def _lines(file: TextIO, path: str) -> Iterator[str]:
    """The lines of a file, in memory that has a bound whatever the file is; raises DataError."""
    is_endless = not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    read = 0
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and line[-1] != "\n":
            raise DataError(
                f"{quote(path)} has a line of more than {LONGEST_LINE:,} characters, so it is no "
                "table of rows; give CSV with a line for each sample."
            )
        if is_endless:
            read += len(line)
            if read > MOST_PIPED:
                raise DataError(
                    f"{quote(path)} gave more than {MOST_PIPED:,} characters, the limit of what is "
                    "no file on a disk and may have no end; write the data to a file."
                )
        yield line


@contextmanager
def opened(path: str | Path) -> Iterator[Iterator[str]]:
    """The lines of a file, one in .gz unpacked; raises DataError, also for what is found later."""
    place = Path(path)
    try:
        # utf-8-sig: spreadsheets put a byte order mark in front of the first name.
        how: Any = {"encoding": "utf-8-sig", "newline": ""}
        with gzip.open(place, "rt", **how) if place.suffix == ".gz" else place.open(**how) as file:
            yield _lines(file, str(path))
    except FileNotFoundError:
        raise DataError(f"There is no file {quote(str(path))}.") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is no whole .gz file"
        raise DataError(f"{quote(str(path))} cannot be read: {reason}.") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; save it as CSV in UTF-8.") from None
    except ValueError as error:  # a name with a null in it
        if isinstance(error, DataError):
            raise
        raise DataError(f"{quote(str(path))} cannot be read: {error}.") from None


def _columns(reader: Any, path: str, wanted: Wanted | None) -> dict[str, Any]:
    rows = rows_of(reader, path)
    header = header_in(rows, path)
    names = list(header if wanted is None else wanted(header) if callable(wanted) else wanted)
    places = [place_in(name, header, path) for name in names]
    found = numbers_in(rows, path, header, dict(zip(names, places, strict=True)))
    if found and not len(found[names[0]]):
        raise DataError(f"{path} has a header and no rows; a gradient needs at least one sample.")
    return found


def numbers_in(
    rows: Iterable[tuple[int, list[str]]], path: str, header: list[str], places: dict[str, int]
) -> dict[str, Any]:
    """The columns at their places, as doubles; raises DataError with the line."""
    found = [array("d") for _ in places]
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(
                f"{path}:{line}: the row has {len(row)} values, "
                f"and the header names {len(header)} columns."
            )
        for (name, i), column in zip(places.items(), found, strict=True):
            column.append(_number(row[i].strip(), f"{path}:{line}: column {_told(name)}"))
    return {n: np.frombuffer(c, dtype=np.float64) for n, c in zip(places, found, strict=True)}


def header_in(rows: Iterator[tuple[int, list[str]]], path: str) -> list[str]:
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if not header:
        raise DataError(f"{path} is empty; its first line must name the columns, as in x,y.")
    return header


def rows_of(reader: Any, path: str, before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """(number of the line, its values), blank lines left out; the reader begins after `before`."""
    try:
        for row in reader:
            if row:
                yield before + reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{path}:{before + reader.line_num}: not CSV: {error}.") from None


def _told(name: str) -> str:
    """The name of a column in a sentence; what is no usual name in quotes, cut to their width."""
    return name if name.isprintable() and 0 < len(name) <= 40 else quote(name)


def place_in(name: str, header: list[str], path: str) -> int:
    if header.count(name) == 1:
        return header.index(name)
    if name in header:
        raise DataError(f"{path}:1: the header names the column {quote(name)} twice; name it once.")
    hint = did_you_mean(name, header)
    hint = parted(header) or hint
    raise DataError(
        f"{path}:1: there is no column {quote(name)}; "
        f"there are {quote(listing(header), 200)}.{hint}"
    )


def parted(header: list[str]) -> str:
    """What to do about a header that is one name to a reader of commas, or "" for any other."""
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        return (
            " Its values seem to be parted by something else than commas; save it with commas "
            "between values and points in numbers."
        )
    if len(header) == 1 and header[0].startswith("#"):
        return " Its first line is a remark; begin with the names of the columns."
    return ""


def _number(text: str, where: str) -> float:
    if NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        raise DataError(f"{where} holds {quote(text)}, which is larger than a double can be.")
    if not text:
        raise DataError(f"{where} is empty; every row needs a number there.")
    if NOT_FINITE.fullmatch(text):
        raise DataError(f"{where} holds {quote(text)}; only finite numbers can be used.")
    tried = WRITTEN if len(text) <= LONGEST_WRITTEN else ()
    advice = next((cure for kind, cure in tried if kind.fullmatch(text)), "")
    raise DataError(f"{where} holds {quote(text)}, which is not a number{advice}.")


def moved(value: Any, seed: int) -> Any:
    """Each number by a little, at random: the same shape, and no two alike."""
    a = np.asarray(value, dtype=np.float64)
    rng = np.random.default_rng(seed)
    out = a * rng.uniform(0.8, 1.2, a.shape) + rng.uniform(0.0, 0.1, a.shape)
    return out if a.ndim else float(out)
