"""CSV in chunks: the rows of a file as columns of numbers, so many at a time.

Where no field is quoted a chunk goes through NumPy's reader, which is fast and lenient; what it
refuses, and what it would let pass that `read_csv` does not, is read again row by row, so that both
take the same files and say the same of the others.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.training.data import header_in, numbers_in, opened, place_in, rows_of

LINES = 20_000  # that are read at once, at most


class Csv:
    """The rows of a CSV file, so many at once; `separator` stands between the fields."""

    def __init__(self, path: str | Path, separator: str = ",", rows: int = LINES) -> None:
        self.path = str(path)
        self.separator = separator
        self.rows = min(rows, LINES)
        with opened(path) as file:
            self.columns = self._header(iter(file))

    def __str__(self) -> str:
        return f"{self.path}: {','.join(self.columns)} {Path(self.path).stat().st_size}"

    def _header(self, lines: Iterator[str]) -> list[str]:
        reader = csv.reader(lines, strict=True, delimiter=self.separator)
        return header_in(rows_of(reader, self.path), self.path)

    def frames(self, wanted: Collection[str] | None) -> Iterator[dict[str, Any]]:
        """Dictionaries of columns; raises DataError with the line for what is no number."""
        names = [n for n in dict.fromkeys(self.columns) if wanted is None or n in wanted]
        places = {n: place_in(n, self.columns, self.path) for n in names}
        with opened(self.path) as file:
            lines = _Counted(iter(file))
            self._header(lines)
            while block := list(islice(lines, self.rows)):
                found = self._quick(block, places)
                if found is not None:
                    yield found
                    continue
                # A quoted field may go on over lines, so from here on the reader counts them.
                begun = lines.count - len(block)
                reader = csv.reader(chain(block, lines), strict=True, delimiter=self.separator)
                rows = rows_of(reader, self.path, begun)
                while part := list(islice(rows, self.rows)):
                    yield numbers_in(part, self.path, self.columns, places)

    def _quick(self, block: list[str], places: dict[str, int]) -> dict[str, Any] | None:
        """By NumPy's reader; None where that might read otherwise than row by row."""
        more = len(self.columns) - 1
        if more and not places:
            return None
        if any('"' in x or x.count(self.separator) != more for x in block if x.strip("\r\n")):
            return None
        if not any(x.strip("\r\n") for x in block):
            return {n: np.empty(0) for n in places}
        try:
            found = np.loadtxt(
                block, delimiter=self.separator, comments=None, usecols=[*places.values()], ndmin=2
            )
        except ValueError:
            return None
        if not np.isfinite(found).all():
            return None
        return {n: np.ascontiguousarray(found[:, i]) for i, n in enumerate(places)}


class _Counted:
    """Lines, and how many have been read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.count += 1
        return line


class Several:
    """Sources one after the other, of the same columns."""

    def __init__(self, sources: list[Any]) -> None:
        self.sources = sources
        self.columns = sources[0].columns
        for s in sources[1:]:
            if set(s.columns) != set(self.columns):
                odd = sorted({*s.columns} ^ {*self.columns})
                raise DataError(
                    f"{s.path} and {sources[0].path} have other columns: {', '.join(odd[:5])}; the "
                    "files of a stream have the same."
                )

    def __str__(self) -> str:
        return " ".join(map(str, self.sources))

    def frames(self, wanted: Collection[str] | None) -> Iterator[Any]:
        return chain.from_iterable(s.frames(wanted) for s in self.sources)


__all__ = ["Csv", "Several"]
