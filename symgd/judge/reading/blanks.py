"""Blanking: what is left out of a text keeps its lines; and the line of a place."""

from __future__ import annotations

import re
from bisect import bisect_right

_SOLID = re.compile(r"[^\n]+")


def blank(text: str) -> str:
    """Nothing but the newlines of the text."""
    return "\n" * text.count("\n")


def spaces(text: str) -> str:
    """As long as the text, with its newlines where they were."""
    return _SOLID.sub(lambda m: " " * len(m[0]), text)


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def at(self, position: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self.starts, position)
