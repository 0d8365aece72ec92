"""The lines of a program on arrays, and how they are written one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symgd.programs.arrays.outputs import Outputs
from symgd.programs.arrays.recognise import shared_inverses
from symgd.trees.arrays import Function, Key, Node

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
    """Lines, and the names of what is handed back."""

    lines: list[Line] = field(default_factory=list)
    value: Ref | None = None
    results: dict[str, Ref] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


class Lines:
    """Lines of the values of nodes, each once; `sizes` gives each name of a size its number.

    `table`: operation → how its value is computed.
    """

    def __init__(self, out: Outputs, sizes: Mapping[str, int], table: Table) -> None:
        self.out = out
        self.sizes = sizes
        self.table = table
        self.plan = Plan()
        self.known: dict[Key, Ref] = {}
        self.count = 0
        self.pairs: dict[tuple[str, str], tuple[Ref, Ref]] = {}
        roots = [*out.names.values(), *out.gradients.values(), *out.hessians.values()]
        self.inverses = shared_inverses(roots)

    def size(self, at: Node) -> Size:
        return at.rows.value(self.sizes), at.cols.value(self.sizes)

    # -- values -------------------------------------------------------------------------------

    def of(self, at: Node) -> Ref:
        """Where the value of a node is, computed now if it is not yet."""
        if at.key in self.known:
            return self.known[at.key]
        if at.mirror in self.known and not at.is_scalar:
            return self.known[at.mirror].T
        ref = self.table[at.op](self, at)
        self.known[at.key] = ref
        return ref

    def line(
        self,
        code: str,
        args: Sequence[Ref],
        size: Size | None,
        may: bool = False,
        fresh: bool = False,
    ) -> Ref:
        self.count += 1
        ref = Ref(f"v{self.count}", size or (1, 1), number=size is None)
        self.plan.lines.append(Line(ref.name, code, tuple(args), size, may, fresh))
        return ref

    def full(self, ref: Ref, size: Size) -> Ref:
        """The array itself, where a row stands for all rows."""
        if ref.size == size and not ref.number:
            return ref
        return self.line("np.copyto({out}, {0}) or {out}", [ref], size)

    def binary(self, f: str, a: Ref, b: Ref) -> Ref:
        """f entry by entry; two numbers stay a number."""
        size = max(a.size[0], b.size[0]), max(a.size[1], b.size[1])
        if a.number and b.number:
            return self.line(SIGNS[f], [a, b], None)
        # what is transposed is better written transposed than read so
        if a.turned and b.size in ((1, 1), a.size) and (b.turned or b.size == (1, 1)):
            return self.line(f"np.{f}({{0}}, {{1}}, out={{out}})", [a.T, b.T], size[::-1], True).T
        return self.line(f"np.{f}({{0}}, {{1}}, out={{out}})", [a, b], size, True)

    def unary(self, code: str, a: Ref) -> Ref:
        if a.turned:
            return self.line(code, [a.T], a.size[::-1], True).T
        return self.line(code, [a], a.size, True)

    def number(self, q: Fraction) -> Ref:
        """A number in the text of the program."""
        text = str(q.numerator) + ".0" if q.denominator == 1 else repr(q.numerator / q.denominator)
        return Ref(f"({text})" if q < 0 else text, (1, 1), number=True)


Table = Mapping[str, Callable[[Any, Node], Ref]]
SIGNS = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}",
    "divide": "{0} / {1}", "power": "{0} ** {1}",
}  # fmt: skip
