"""A rule of differentials: an equation dE = ..., linear in the differentials of the parts of E."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symgd.trees.arrays import Node

Moves = Callable[[Node], bool]
Rewrite = Callable[[Node, Moves], Node | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `RULES`.

    id         frozen: what readers of JSON key on
    equation   in LaTeX
    because    one plain sentence
    examples   in the language of matrices, over the names of `EXAMPLE_SHAPES`; each is a test
    rewrite    E and what moves → dE in terms of d(part), or None where the rule is not for E
    """

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite


# The names that the examples are written in.
EXAMPLE_SHAPES: dict[str, tuple[str, ...]] = {
    "A": ("n", "n"), "B": ("n", "n"), "X": ("n", "n"), "C": ("m", "n"), "Z": ("m", "n"),
    "x": ("n",), "y": ("n",), "b": ("n",), "t": (), "c": (),
}  # fmt: skip
# Those that move.
EXAMPLE_MOVING = frozenset({"X", "Z", "x", "b", "t"})
