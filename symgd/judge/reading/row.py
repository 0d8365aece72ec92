"""One row of mathematics in a document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a display, or one formula in the running text.

    text     its LaTeX, macros expanded
    number   the line of the file, from 1
    inline   whether it stands in the running text ($...$)
    group    rows of one display have the same number
    """

    text: str
    number: int
    inline: bool = False
    group: int = 0
