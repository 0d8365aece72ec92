r"""What a letter looks like: W a matrix, \mathbf{x} a column, \lambda a number.

A shape is a pair of sizes; a size is a number or a variable. What is unlikely has a cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Size = Any

Shape = tuple[Size, Size]

SCALAR: Shape = (1, 1)


@dataclass(eq=False)
class Var:
    """A size that is not known yet; `single`: whether it may be 1."""

    single: bool = True
    counts: bool = False
    bound: Any = None


SHAPES: dict[str, Any] = {
    "s": lambda: SCALAR,
    "c": lambda: (Var(single=False), 1),
    "r": lambda: (1, Var(single=False)),
    "m": lambda: (Var(single=False), Var(single=False)),
}

NUMBERS = frozenset({"N", "M", "K", "C", "L", "J", "E", r"\eta", r"\lambda", r"\alpha", r"\beta"})

# appearance    the shapes, the likeliest first; a dot is a step of unlikelihood
APPEARANCES = {
    "bold capital": "mcr..s",
    "bold":         "cr..m.s",
    "number":       "sc.r..m",
    "greek":        "scr..m",
    "capital":      "m..cr.s",
    "indexed":      "s....crm",
    "letter":       "crs..m",
}  # fmt: skip


def suggested(letter: str, bold: bool, indexed: bool) -> Iterator[tuple[int, Shape]]:
    """The shapes that a letter may have by its appearance, and how unlikely each is."""
    for cost, kind in enumerate(APPEARANCES[appearance(letter, bold, indexed)]):
        if kind != ".":
            yield cost, SHAPES[kind]()


def appearance(letter: str, bold: bool, indexed: bool) -> str:
    upper = letter.removeprefix("\\")[:1].isupper()
    if bold:
        return "bold capital" if upper else "bold"
    if letter in NUMBERS:
        return "number"
    if letter.startswith("\\"):
        return "capital" if upper else "bold" if letter == r"\theta" else "greek"
    if upper:
        return "capital"
    return "indexed" if indexed and letter not in "xwuv" else "letter"
