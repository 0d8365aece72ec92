r"""One row of mathematics in a document, and blanking, which keeps the lines of a text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a display, or one formula in the running text.

    text     its LaTeX, macros expanded
    number   the line of the file, from 1
    inline   whether it stands in the running text ($...$)
    group    rows of one display have the same number
    section  how many headings stand above it
    let      whether the text says that this is what its left side is: let $y = x^2$; of a display,
             that it is defined by it
    denied   whether the text says that it is wrong
    supposed whether the text says that it is laid down: suppose that a = b, by assumption a = b
    named    whether it is a letter of which the text says in words what it is: where $s$ is a width
    listed   whether its display lists several, which the text tells apart behind it: respectively
    led      whether words stand in front of it, behind the formula before it
    words    whether it stands in words: A = A^\top of "A is symmetric"
    attached whether it is a bound that the text makes a condition of the formula beside it
    rewrites whether the text says that it is the one above it in another form: we rewrite this as
    elsewhere the number of a formula that it names as its reason and that stands in no row: (1.2.8)
    """

    text: str
    number: int
    inline: bool = False
    group: int = 0
    section: int = 0
    let: bool = False
    denied: bool = False
    attached: bool = False
    words: bool = False
    supposed: bool = False
    named: bool = False
    listed: bool = False
    led: bool = False
    rewrites: bool = False
    elsewhere: str = ""


_HALF = re.compile("[\ud800-\udfff]")
_SOLID = re.compile(r"[^\n]+")


def blank(text: str) -> str:
    """Nothing but the newlines of the text."""
    return "\n" * text.count("\n")


def spaces(text: str) -> str:
    """As long as the text, with its newlines where they were."""
    return _SOLID.sub(lambda m: " " * len(m[0]), text)


def without_surrogates(text: str) -> str:
    """The text with a mark for each half of a character, which no file can hold."""
    return _HALF.sub("\ufffd", text)


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def at(self, position: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self.starts, position)
