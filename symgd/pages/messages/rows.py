"""Rows of (id, name, reason) → the tables of a language, with each elementary function by its name.

The table of functions can grow while a program runs, so the two tables are views of it: a function
that a language has no word for is named as it is spelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from symgd.functions import Table, View

Rows = Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Functions:
    """How a language names the derivative of a function, and says why it holds.

    name, reason   sentences; `{of}` is the function, in the case that they want
    spelled        the same of a function without a word: `{text}` is its spelling
    of             function → its word
    """

    name: str
    reason: str
    spelled: str
    of: Mapping[str, str]

    def named(self, table: Table) -> Iterator[tuple[str, str]]:
        """(id, word) of each function that has a derivative."""
        for row in table.elementary:
            if row.head is not None and row.slopes:
                yield row.name, self.of.get(row.name) or self.spelled.format(text=row.text)


def names_of(rows: Rows, functions: Functions) -> Mapping[str, str]:
    """Rule id → its name; a row has the last word."""
    own = {i: name for i, name, _ in rows}
    return View(lambda t: {i: functions.name.format(of=f) for i, f in functions.named(t)} | own)


def reasons_of(rows: Rows, functions: Functions) -> Mapping[str, str]:
    """Rule id → the sentence that says why it holds; a row has the last word."""
    own = {i: reason for i, _, reason in rows}
    return View(lambda t: {i: functions.reason.format(of=f) for i, f in functions.named(t)} | own)
