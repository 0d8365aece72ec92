"""How what stands on a line of arrays is spelled: nodes, Σ⟨G, dE⟩, ∂C/∂X, numbers put in.

An array is set as a matrix of four digits. On a terminal it takes several lines: in the line that
`text` gives, a run of one private letter stands in its place, and `lines` unfolds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from symgd.language.alphabets import Alphabet, Words
from symgd.language.arrays.alphabets import LATEX, UNICODE
from symgd.language.arrays.printer import array_printer, is_bare, size_text, writer_of
from symgd.language.printer import ATOM, SIGNED, Piece, Printer, is_raised
from symgd.pages.document import Parts, shown_number
from symgd.pages.formulas import ScalarFormulas, latex_number
from symgd.trees.array_graph import Pairing, Slope
from symgd.trees.arrays import Node, is_num
from symgd.trees.dims import ONE, SCALAR, Shape
from symgd.trees.families import indices_of
from symgd.trees.names import Spelling

# Of a longer side the first numbers stand, dots, and the last.
LONGEST_SIDE = 6
# Private letters: each stands for one array, as often as it is wide.
FIRST_LETTER = 0xF0000
RUNS = re.compile("[\U000f0000-\U000ffffd]+")


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A value: a number, or an array of two dimensions."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """A name and its value: a number, or an array of two dimensions."""

    name: Node
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Plugged:
    """A formula with numbers for its names and sizes."""

    formula: Node
    table: Mapping[str, Any]
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Space:
    """ℝ^{m×n}: where an array lies; ℤ for one of whole numbers."""

    shape: Shape
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Differential:
    """d(∂C/∂W)."""

    slope: Slope


@dataclass(frozen=True, slots=True)
class Said:
    """What is the same in every model, ready in both alphabets."""

    text: str
    latex: str


class ArrayFormulas:
    """Nodes, pairings and slopes; lemmas and numbers are spelled as those of scalars."""

    def __init__(self, spelling: Spelling, conditions: Words) -> None:
        self.scalars = ScalarFormulas(spelling, conditions)
        self.letters: dict[int, tuple[str, list[str], Any]] = {}
        self.unicode = Speller(UNICODE, self.letter, spelling)
        self.inline = Speller(UNICODE, inline_matrix, spelling)
        self.math = Speller(LATEX, latex_matrix, spelling)

    def text(self, x: Any) -> str:
        return self.scalars.text(x) if of_scalars(x) else self.unicode.write(x)

    def speech(self, x: Any) -> str:
        return self.scalars.text(x) if of_scalars(x) else self.inline.write(x)

    def latex(self, x: Any) -> str:
        return self.scalars.latex(x) if of_scalars(x) else self.math.write(x)

    def letter(self, value: Any) -> str:
        """A run of the letter that stands for an array, as long as the array is wide."""
        known = self.letters.get(id(value))
        if known is None:
            known = (chr(FIRST_LETTER + len(self.letters)), tall_matrix(value), value)
            self.letters[id(value)] = known
        return known[0] * len(known[1][0])

    def lines(self, text: str) -> list[str]:
        """Every array with its middle row on the line."""
        shapes = {letter: rows for letter, rows, _ in self.letters.values()}
        found = [shapes[c] for run in RUNS.findall(text) for c in set(run)]
        if not found:
            return [text]
        above = max((len(rows) - 1) // 2 for rows in found)
        below = max(len(rows) // 2 for rows in found)
        return [
            "".join(_at_height(text, shapes, height)).rstrip()
            for height in range(-above, below + 1)
        ]

    def latex_with_marks(self, x: Any, came: Parts = (), goes: Parts = ()) -> str:
        return self.scalars.latex_with_marks(x, came, goes) if of_scalars(x) else self.math.write(x)

    def changes(self, before: Any, part: Any, after: Any) -> tuple[Parts, Parts]:
        """A line of arrays is set without marks."""
        if before is None or not (of_scalars(before) and of_scalars(after)):
            return (), ()
        return self.scalars.changes(before, part, after)

    def columns(self, x: Any) -> float:
        return self.scalars.columns(x) if of_scalars(x) else float(len(self.unicode.write(x)))

    def pieces(self, x: Any, room: float) -> list[tuple[str, float]]:
        """A long sum of pairings is broken between them."""
        if of_scalars(x):
            return self.scalars.pieces(x, room)
        width = self.columns(x)
        if not isinstance(x, Pairing) or width <= room or len(x.pairs) < 2:
            return [(self.math.write(x), width)]
        lines: list[list[str]] = [[]]
        widths = [0]
        used = 0
        for body, plain in zip(self.math.terms(x), self.unicode.terms(x), strict=True):
            if used and used + len(plain) > room:
                lines.append([])
                widths.append(0)
                used = 0
            lines[-1].append(body)
            used += len(plain) + 3
            widths[-1] = used
        # Only a line of one term, which cannot be broken, may be shrunk.
        first, *rest = (" + ".join(line) for line in lines)
        sizes = [float(w) if len(line) == 1 else 0.0 for w, line in zip(widths, lines, strict=True)]
        return [(first, sizes[0]), *((f"+ {b}", w) for b, w in zip(rest, sizes[1:], strict=True))]


def of_scalars(x: Any) -> bool:
    """Whether it is an expression of a lemma, a number, or a pair (name, number)."""
    arrays = Node | Pairing | Slope | Differential | Plugged | Matrix | Equation | Space | Said
    return not isinstance(x, arrays)


def _at_height(text: str, shapes: Mapping[str, list[str]], height: int) -> Iterator[str]:
    """What of a line stands `height` rows below its middle."""
    for letter, run in groupby(text):
        count = len(list(run))
        rows = shapes.get(letter)
        if rows is None:
            yield (letter if height == 0 else " ") * count
            continue
        at = height + (len(rows) - 1) // 2
        row = rows[at] if 0 <= at < len(rows) else " " * len(rows[0])
        yield row * (count // len(row))


# -- arrays ---------------------------------------------------------------------------------------


def tall_matrix(value: Any) -> list[str]:
    """An array as rows of text that stand below one another in brackets."""
    rows = [[cell.text for cell in row] for row in abbreviate(value)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [" ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    if len(lines) == 1:
        return [f"[{lines[0]}]"]
    ends = [("⎡", "⎤"), *[("⎢", "⎥")] * (len(lines) - 2), ("⎣", "⎦")]
    return [f"{left}{line}{right}" for (left, right), line in zip(ends, lines, strict=True)]


def inline_matrix(value: Any) -> str:
    """[1 2; 3 4]: an array in one line."""
    rows = (" ".join(cell.text for cell in row) for row in abbreviate(value))
    return f"[{'; '.join(rows)}]"


def shape_in_signs(shape: Shape, sizes: Mapping[str, int] | None = None) -> str:
    """m × n; n for a column; nothing for a scalar. With sizes, in numbers."""
    rows, cols = (d.text if sizes is None else str(d.value(sizes)) for d in shape)
    if shape == SCALAR:
        return ""
    return rows if shape[1] == ONE else f"{rows} × {cols}"


def latex_matrix(value: Any) -> str:
    rows = (" & ".join(cell.latex for cell in row) for row in abbreviate(value))
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of an array, or dots."""

    text: str
    latex: str


DOTS = {
    (False, True): Cell("⋯", r"\cdots"),
    (True, False): Cell("⋮", r"\vdots"),
    (True, True): Cell("⋱", r"\ddots"),
}


def abbreviate(value: Any) -> list[list[Cell]]:
    """The cells of an array of two dimensions, with dots for what is left out."""
    down, across = map(_places, value.shape)
    return [
        [
            DOTS[i is None, j is None] if i is None or j is None else _cell(value[i, j])
            for j in across
        ]
        for i in down
    ]


def _places(size: int) -> list[int | None]:
    if size <= LONGEST_SIDE:
        return list(range(size))
    return [*range(LONGEST_SIDE - 2), None, size - 1]


def _cell(x: float) -> Cell:
    shown = f"{x:.4g}".replace("-", "−")
    return Cell("0" if shown == "−0" else shown, latex_number(shown))


class PluggedPrinter(Printer):
    """Writes a formula with values in the place of its names and sizes."""

    def __init__(
        self,
        alphabet: Alphabet,
        plugged: Plugged,
        matrix: Callable[[Any], str],
        spelling: Spelling,
    ) -> None:
        super().__init__(alphabet, writer_of, spelling)
        self.plugged = plugged
        self.matrix = matrix

    def visit(self, tree: Node) -> Piece:
        if tree.op == "name" and tree.data in self.plugged.table:
            value = self.plugged.table[tree.data]
            return self.value(value) if isinstance(value, float) else (self.matrix(value), ATOM)
        if tree.op == "size":
            return self.value(float(tree.data.value(self.plugged.sizes)))
        return super().visit(tree)

    def value(self, x: float) -> Piece:
        shown = shown_number(x, self.spelling.digits)
        body = latex_number(shown) if self.alphabet is LATEX else shown
        return body, SIGNED if x < 0 or "e" in shown else ATOM


class Speller:
    """One alphabet, LaTeX or Unicode; `matrix` sets an array."""

    def __init__(
        self, alphabet: Alphabet, matrix: Callable[[Any], str], spelling: Spelling
    ) -> None:
        self.latex = alphabet is LATEX
        self.spelling = spelling
        self.nodes = array_printer(alphabet, spelling)
        self.matrix = matrix

    def write(self, x: Any) -> str:
        match x:
            case Node():
                return self.nodes.write(x)
            case Pairing():
                return " + ".join(self.terms(x)) or "0"
            case Slope():
                return self.slope(x)
            case Differential():
                return self.nodes.alphabet.differential(self.slope(x.slope), False)
            case Plugged():
                printer = PluggedPrinter(self.nodes.alphabet, x, self.matrix, self.spelling)
                return printer.write(x.formula)
            case Space():
                return self.space(x)
            case Said():
                return x.latex if self.latex else x.text
            case Matrix(value=float() as number):
                shown = shown_number(number, self.spelling.digits)
                return latex_number(shown) if self.latex else shown
            case Matrix():
                return self.matrix(x.value)
            case Equation():
                return f"{self.nodes.write(x.name)} = {self.write(Matrix(x.value))}"
        raise TypeError(f"{type(x).__name__} is not something that a line holds.")

    def terms(self, x: Pairing) -> list[str]:
        """The terms ⟨G, dE⟩; ⟨1, dE⟩ is dE."""
        out = []
        for g, e in x.pairs:
            alphabet = self.nodes.alphabet
            body = alphabet.differential(self.nodes.write(e), is_bare(e))
            if not is_num(g, 1):
                left = self.nodes.write(g)
                inside = rf"{left},\, {body}" if self.latex else f"{left}, {body}"
                body = _in_angles(inside) if self.latex else f"⟨{inside}⟩"
            for index in sorted(indices_of(e)):
                body = alphabet.over_all(index, body)
            out.append(body)
        return out

    def slope(self, x: Slope) -> str:
        """∂C/∂X, ∂²C/∂X², or the Jacobian ∂vec F/∂vec X."""
        of, wrt = self.nodes.write(x.of), self.nodes.write(x.wrt)
        if x.jacobian:
            of = of if x.of.is_column or x.of.is_scalar else self.vec(of)
            wrt = wrt if x.wrt.is_column else self.vec(wrt)
        if not is_bare(x.wrt):
            # A part that has no name.
            wrt = rf"\left({wrt}\right)" if self.latex else f"({wrt})"
        elif self.spelling.nabla and x.of.is_scalar and x.first is None and not x.jacobian:
            return rf"\nabla_{{{wrt}}} {of}" if self.latex else f"∇_{wrt} {of}"
        elif x.first is not None:
            first = self.nodes.write(x.first)
            first = first if x.first.is_column else self.vec(first)
            if self.latex:
                last = rf"\left({wrt}\right)" if "^" in wrt else wrt
                return rf"\frac{{\partial^2 {of}}}{{\partial {first}\,\partial {last}^{{\top}}}}"
            return f"∂²{of}/∂{first}∂{f'({wrt})' if is_raised(wrt) else wrt}ᵀ"
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}" if self.latex else f"∂{of}/∂{wrt}"

    def space(self, x: Space) -> str:
        """ℝ^{m×n}, ℝ^n of a column, ℝ of a number."""
        rows, cols = (size_text(self.nodes, d.text) for d in x.shape)
        letter, times = (r"\mathbb{{{}}}", r" \times ") if self.latex else ("{}", "×")
        field = letter.format("Z" if x.whole else "R") if self.latex else "ℤ" if x.whole else "ℝ"
        if x.shape == SCALAR:
            return field
        sizes = rows if x.shape[1] == ONE else f"{rows}{times}{cols}"
        return self.nodes.alphabet.power(field, sizes)

    def vec(self, body: str) -> str:
        return rf"\mathrm{{vec}}({body})" if self.latex else f"vec({body})"


def _in_angles(inside: str) -> str:
    """⟨A, dX⟩, as tall as what stands in it."""
    if any(tall in inside for tall in (r"\frac", r"\sqrt", r"\begin")):
        return rf"\left\langle {inside} \right\rangle"
    return rf"\langle {inside} \rangle"
