"""How the formulas of scalars are spelled, and broken where they are too long for a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symgd.language.alphabets import LATEX, UNICODE, Words, alphabet_in
from symgd.language.formulas.printer import formula_printer
from symgd.language.printer import PRODUCT, SIGNED, Printer
from symgd.pages.document import Parts
from symgd.trees.names import SUPERSCRIPTS, Spelling
from symgd.trees.scalars import D, P

if TYPE_CHECKING:
    from symgd.pages.marks import Marker

# A first line that fills less of its room than this is a stub: the formula is shrunk instead.
SHORTEST = 0.3


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """∂C/∂z, written out where δ stands for it elsewhere."""

    expr: Any


class ScalarFormulas:
    """Expressions of one spelling; a text is a number, and a pair (name, number) is w = 0.5."""

    def __init__(self, spelling: Spelling, conditions: Words) -> None:
        self.spelling = spelling
        self.conditions = conditions
        if spelling.errors:
            self.without = ScalarFormulas(replace(spelling, errors={}), conditions)
        self.unicode = formula_printer(alphabet_in(UNICODE, conditions), spelling)
        self.math = formula_printer(alphabet_in(LATEX, conditions), spelling)

    def text(self, x: Any) -> str:
        if isinstance(x, WrittenOut):
            return self.without.text(x.expr)
        return unicode_number(x) if isinstance(x, str) else self.unicode.write(x)

    speech = text

    def latex(self, x: Any) -> str:
        if isinstance(x, WrittenOut):
            return self.without.latex(x.expr)
        return latex_number(x) if isinstance(x, str) else self.math.write(x)

    def latex_with_marks(self, x: Any, came: Parts = (), goes: Parts = ()) -> str:
        match x:
            case WrittenOut():
                return self.without.latex(x.expr)
            case str():
                return spaced_number(x)
            case (name, value):
                return f"{self.marker.write(name)} = {spaced_number(value)}"
        return self.marker.write(x, came, goes)

    @cached_property
    def marker(self) -> Marker:
        # Marks are for pages of HTML: a text need not wait for them.
        from symgd.pages.marks import Marker

        return Marker(self.conditions, self.spelling)

    def changes(self, before: Any, part: Any, after: Any) -> tuple[Parts, Parts]:
        from symgd.pages.marks import changes

        if isinstance(before, WrittenOut) or isinstance(after, WrittenOut):
            return (), ()
        return changes(before, part, after)

    def columns(self, x: Any) -> float:
        if isinstance(x, str | WrittenOut):
            return float(len(self.text(x)))
        return columns(x, self.unicode)

    def lines(self, text: str) -> list[str]:
        return [text]

    def pieces(self, x: Any, room: float) -> list[tuple[str, float]]:
        """Broken at the outermost sum or product, unless that leaves a stub."""
        whole = [(self.latex(x), self.columns(x))]
        if whole[0][1] <= room or isinstance(x, WrittenOut) or not (x.is_Add or x.is_Mul):
            return whole
        lines: list[list[Any]] = [[]]
        used = 0.0
        for a in x.args:
            size = self.columns(a) + 3
            if used + size > room and lines[-1]:
                lines.append([])
                used = 0.0
            lines[-1].append(a)
            used += size
        stub = sum(map(self.columns, lines[0])) < room * SHORTEST
        if len(lines) == 1 or stub or any(a.is_Pow and a.exp.is_negative for a in x.args):
            return whole
        return [
            (self._piece(x, part, i), sum(map(self.columns, part))) for i, part in enumerate(lines)
        ]

    def _piece(self, expr: Any, part: list[Any], index: int) -> str:
        if expr.is_Add:
            body = " + ".join(self.math.at_least(a, SIGNED) for a in part).replace("+ -", "- ")
            return body if index == 0 or body.startswith("-") else f"+ {body}"
        body = r" \cdot ".join(self.math.at_least(a, PRODUCT) for a in part)
        return body if index == 0 else rf"\cdot {body}"


def columns(expr: Any, printer: Printer) -> float:
    """The width in columns of text, measured on the Unicode form: fractions are as wide as their
    wider part, cases as their widest line."""
    if expr.is_Piecewise:
        return 14 + max(columns(v, printer) + len(printer.write(c)) for v, c in expr.args)
    if expr.is_Mul and any(a.is_Pow and a.exp.is_negative for a in expr.args):
        above = [columns(a, printer) for a in expr.args if not (a.is_Pow and a.exp.is_negative)]
        below = [columns(a, printer) for a in expr.args if a.is_Pow and a.exp.is_negative]
        return max(sum(above), sum(below)) + 3
    if expr.is_Add or expr.is_Mul:
        return sum(columns(a, printer) + (3 if expr.is_Add else 1) for a in expr.args)
    if isinstance(expr, D | P) and all(a.is_Symbol or isinstance(a, D) for a in expr.args):
        return 1.0 + max(map(len, printer.write(expr).split("/")))
    if expr.args and any(n.is_Mul or n.is_Add for n in expr.args):
        return 3 + sum(columns(a, printer) for a in expr.args)
    return float(len(printer.write(expr)))


_OF_TEN = re.compile(r"(?<![\w.])([0-9.]+)e([+−-]?)0*([0-9]+)\b")


def unicode_number(shown: str) -> str:
    """A value as text, 2e−07, with its power of ten as formulas have it: 2·10⁻⁷, and 10⁻⁷ alone."""

    def power(m: re.Match[str]) -> str:
        sign = m[2].replace("−", "-").strip("+")
        ten = "10" + f"{sign}{m[3]}".translate(SUPERSCRIPTS)
        return ten if m[1] == "1" else f"{m[1]}·{ten}"

    return _OF_TEN.sub(power, shown)


def latex_number(shown: str) -> str:
    """A value as text, `2 − 0.05·3`, in LaTeX."""

    def power(m: re.Match[str]) -> str:
        ten = rf"10^{{{m[2].strip('+')}{m[3]}}}"
        return ten if m[1] == "1" else rf"{m[1]} \cdot {ten}"

    return _OF_TEN.sub(power, shown.replace("−", "-").replace("·", r" \cdot "))


def spaced_number(shown: str) -> str:
    """The same for a page of HTML, where a power of ten stands in brackets before an exponent."""
    from symgd.pages.marks import brackets_of_ten

    return brackets_of_ten(shown.replace("−", "-").replace("·", r" \cdot "))
