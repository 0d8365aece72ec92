"""The lines of a program on arrays: what a line is, and the words that lines are written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sympy as sp

from symgd.functions.primitives import EXPM1, LOG1P, LOG1PEXP, SIGMOID
from symgd.programs.program import Program

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ref:
    """A value: its name in the program, transposed or not, and how large it really is.

    A row that stands for all rows of a matrix has `size` (1, n); a `number` is no array.
    """

    name: str
    size: Size
    turned: bool = False
    number: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}.T" if self.turned else self.name

    @property
    def T(self) -> Ref:
        return self if self.number else Ref(self.name, self.size[::-1], not self.turned)


@dataclass(frozen=True, slots=True)
class Line:
    """name = code, where {0}, {1}, ... are the arguments and {out} is room for an array.

    size    of the array; None for a number
    may     whether an argument may be overwritten
    fresh   the array is made by the code, not by room that it is given
    """

    name: str
    code: str
    args: tuple[Ref, ...]
    size: Size | None
    may: bool = False
    fresh: bool = False


@dataclass
class Plan:
    """Lines, the names of what is handed back, and the programs that lines call by name."""

    lines: list[Line] = field(default_factory=list)
    value: Ref | None = None
    results: dict[str, Ref] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)


def span(refs: Sequence[Ref]) -> Size:
    """The size that all of them are stretched to."""
    return max((r.size[0] for r in refs), default=1), max((r.size[1] for r in refs), default=1)


STEP: Final = "h.step({0}, {out})"
SQRT: Final = "np.sqrt({0}, out={out})"
SIGNS: Final = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}",
    "divide": "{0} / {1}", "power": "{0} ** {1}",
}  # fmt: skip
#  head   over arrays, in one pass
CALLS: Final[dict[Any, str]] = {
    **{
        getattr(sp, f): f"np.{f}({{0}}, out={{out}})"
        for f in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sign")
    },
    sp.atan: "np.arctan({0}, out={out})",
    sp.Abs: "np.abs({0}, out={out})",
    SIGMOID: "h.sigmoid({0}, {out})",
    LOG1PEXP: "h.softplus({0}, {out})",
    EXPM1: "np.expm1({0}, out={out})",
    LOG1P: "np.log1p({0}, out={out})",
}
