"""The lines of a program on arrays: what a line is, and the words that lines are written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sympy as sp

from symgd.functions.primitives import EXPM1, LOG1P, LOG1PEXP, SIGMOID
from symgd.programs.program import Program

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ref:
    """A value: its name in the program, transposed or not, and how large it really is.

    A row that stands for all rows of a matrix has `size` (1, n); a `number` is no array. A `block`
    is of three dimensions: what a loop has for several values of its index at once. Of a family of
    `inner` members each of them lies transposed.
    """

    name: str
    size: Size
    turned: bool = False
    number: bool = False
    block: bool = False
    inner: int = 0

    @property
    def text(self) -> str:
        if not self.turned:
            return self.name
        return f"{self.name}.transpose(0, 2, 1)" if self.block else f"{self.name}.T"

    @property
    def T(self) -> Ref:
        if self.number:
            return self
        return Ref(self.name, self.size[::-1], not self.turned, block=self.block)


@dataclass(frozen=True, slots=True)
class Member:
    """The rows of an array that a loop has in hand: `rows` for each value of its index.

    Of a `number` the entry itself, where a loop has one at a time; `up` is how many loops further
    out the index is counted.
    """

    of: str
    rows: int
    cols: int
    turned: bool = False
    number: bool = False
    up: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """name = code, where {0}, {1}, ... are the arguments and {out} is room for an array.

    size    of the array; None for a number
    may     whether an argument may be overwritten
    fresh   the array is made by the code, not by room that it is given
    block   of three dimensions
    each    the code is for one member of a block at a time
    view    what is read is these rows of an array; there is no code
    target  where the array is written instead of in room
    """

    name: str
    code: str
    args: tuple[Ref, ...]
    size: Size | None
    may: bool = False
    fresh: bool = False
    block: bool = False
    each: bool = False
    view: Member | None = None
    target: Member | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Lines for each value of an index: for several at once, as blocks, or one by one.

    at        names its counter; two loops over one count that stand side by side may be one
    outs      the arrays that it fills: name → size; those of `sums` begin with 0
    local     outs that are read nowhere else, of which room for one block is enough
    """

    at: str
    count: int
    single: bool
    lines: tuple[Item, ...]
    outs: Mapping[str, Size]
    sums: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()

    @property
    def args(self) -> tuple[Ref, ...]:
        """What it reads of what stands before it."""
        own = {*self.outs, *(n for x in self.lines for n in names_of(x))}
        return tuple(a for x in self.lines for a in x.args if a.name not in own)

    @property
    def step(self) -> int:
        """For how many values of the index at once: as many as leave a block in the cache."""
        if self.single:
            return 1
        largest = max(map(_entries, self.lines), default=1)
        blocks = -(-self.count * largest // BLOCK)
        return -(-self.count // min(blocks, self.count))


Item: TypeAlias = "Line | Loop"
# how many entries a block has, about
BLOCK: Final = 1 << 17


def _entries(x: Item) -> int:
    """How many entries of a block belong to one value of the index."""
    return x.size[0] * x.size[1] if isinstance(x, Line) and x.block and x.size else 1


def names_of(x: Item) -> tuple[str, ...]:
    """What an item of a program gives a value."""
    return (x.name,) if isinstance(x, Line) else tuple(x.outs)


@dataclass
class Plan:
    """Lines, the names of what is handed back, and the programs that lines call by name."""

    lines: list[Item] = field(default_factory=list)
    value: Ref | None = None
    results: dict[str, Ref] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)


def span(refs: Sequence[Ref]) -> Size:
    """The size that all of them are stretched to."""
    return _stretched(r.size[0] for r in refs), _stretched(r.size[1] for r in refs)


def _stretched(sides: Iterable[int]) -> int:
    """That of ones and one other number, which may be 0."""
    return next((n for n in sides if n != 1), 1)


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
