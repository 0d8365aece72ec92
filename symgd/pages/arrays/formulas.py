"""How what stands on a line of arrays is spelled: nodes, Σ⟨G, dE⟩, ∂C/∂X, numbers put in."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.language.alphabets import Words
from symgd.language.arrays.alphabets import LATEX, UNICODE, Alphabet
from symgd.language.arrays.printer import Writer
from symgd.pages.document import Parts
from symgd.pages.formulas import ScalarFormulas
from symgd.trees.arrays import Node, is_num
from symgd.trees.names import Spelling
from symgd.trees.pairing import Pairing, Slope


class ArrayFormulas:
    """Nodes, pairings and slopes; lemmas and numbers are spelled as those of scalars."""

    def __init__(self, spelling: Spelling, conditions: Words) -> None:
        self.scalars = ScalarFormulas(spelling, conditions)
        self.unicode, self.math = Speller(UNICODE), Speller(LATEX)

    def text(self, x: Any) -> str:
        return self.scalars.text(x) if of_scalars(x) else self.unicode.write(x)

    def latex(self, x: Any) -> str:
        return self.scalars.latex(x) if of_scalars(x) else self.math.write(x)

    def marked(self, x: Any, came: Parts = (), goes: Parts = ()) -> str:
        return self.scalars.marked(x, came, goes) if of_scalars(x) else self.math.write(x)

    def changed(self, before: Any, part: Any, after: Any) -> tuple[Parts, Parts]:
        """A line of arrays is set without marks."""
        if before is None or not (of_scalars(before) and of_scalars(after)):
            return (), ()
        return self.scalars.changed(before, part, after)

    def columns(self, x: Any) -> float:
        return self.scalars.columns(x) if of_scalars(x) else float(len(self.unicode.write(x)))

    def lines(self, text: str) -> list[str]:
        return [text]

    def pieces(self, x: Any, room: float) -> list[tuple[str, float]]:
        """A long sum of pairings is broken between them."""
        if of_scalars(x):
            return self.scalars.pieces(x, room)
        width = self.columns(x)
        if not isinstance(x, Pairing) or width <= room or len(x.pairs) < 2:
            return [(self.math.write(x), width)]
        lines: list[list[str]] = [[]]
        used = 0
        for body, plain in zip(self.math.terms(x), self.unicode.terms(x), strict=True):
            if used and used + len(plain) > room:
                lines.append([])
                used = 0
            lines[-1].append(body)
            used += len(plain) + 3
        first, *rest = (" + ".join(line) for line in lines)
        return [(first, 0.0), *((f"+ {line}", 0.0) for line in rest)]


def of_scalars(x: Any) -> bool:
    """Whether it is an expression of a lemma, a number, or a pair (name, number)."""
    return isinstance(x, sp.Basic | str | tuple)


class Speller:
    """One alphabet: LaTeX or Unicode."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.latex = alphabet is LATEX
        self.nodes = Writer(alphabet)

    def write(self, x: Any) -> str:
        match x:
            case Node():
                return self.nodes.write(x)
            case Pairing():
                return " + ".join(self.terms(x)) or "0"
            case Slope():
                return self.slope(x)
        raise TypeError(f"{type(x).__name__} is not something that a line holds.")

    def terms(self, x: Pairing) -> list[str]:
        """The terms ⟨G, dE⟩; ⟨1, dE⟩ is dE."""
        out = []
        for g, e in x.pairs:
            de = self.nodes.alphabet.differential(self.nodes.write(e), e.op == "name")
            if is_num(g, 1):
                out.append(de)
            elif self.latex:
                out.append(rf"\langle {self.nodes.write(g)},\, {de} \rangle")
            else:
                out.append(f"⟨{self.nodes.write(g)}, {de}⟩")
        return out

    def slope(self, x: Slope) -> str:
        """∂C/∂X, ∂²C/∂X², or the Jacobian ∂vec F/∂vec X."""
        of, wrt = self.nodes.write(x.of), self.nodes.write(x.wrt)
        if x.jacobian:
            of = of if x.of.is_column or x.of.is_scalar else self.vec(of)
            wrt = wrt if x.wrt.is_column else self.vec(wrt)
        if x.wrt.op != "name":
            # A part that has no name.
            wrt = rf"\left({wrt}\right)" if self.latex else f"({wrt})"
        elif x.first is not None:
            first = self.nodes.write(x.first)
            first = first if x.first.is_column else self.vec(first)
            if self.latex:
                return rf"\frac{{\partial^2 {of}}}{{\partial {first}\,\partial {wrt}^{{\top}}}}"
            return f"∂²{of}/∂{first}∂{wrt}ᵀ"
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}" if self.latex else f"∂{of}/∂{wrt}"

    def vec(self, body: str) -> str:
        return rf"\mathrm{{vec}}\,{body}" if self.latex else f"vec {body}"
