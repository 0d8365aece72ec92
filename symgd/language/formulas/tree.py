"""The tree of what was typed, before sympy sees any of it.

A node knows its operation, its parts, the place where it was typed, its size, and its `shape`:
how its right end looks to whatever stands next to it, which decides whether a product without
its sign can be read in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from symgd.functions.growth import NAMED, Size

CONDITIONS: Final = frozenset({"relation", "and", "or"})

#  shape       of
DIGITS = "number"  # 2  ½
WORD = "name"  # x
CALL = "call"  # tanh(x)
GROUP = "group"  # (x + 1)
BARS = "bars"  # |x|
POWER = "power"  # x^2
QUOTIENT = "quotient"  # a/2


@dataclass(slots=True, eq=False)
class Node:
    """One operation. `text` is its name; `signs` are those of a chain a < b <= c.

    `cased`: conditions stand somewhere in it.
    """

    op: str
    start: int
    args: list[Node] = field(default_factory=list)
    text: str = ""
    value: Fraction = Fraction(0)
    shape: str = CALL
    size: Size = NAMED
    signs: list[str] = field(default_factory=list)
    cased: bool = False

    @property
    def is_condition(self) -> bool:
        return self.op in CONDITIONS
