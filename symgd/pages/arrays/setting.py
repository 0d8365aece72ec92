"""How what stands on a line of a matrix derivation is set: nodes, Σ⟨G, dE⟩, ∂C/∂X, a lemma."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.language import alphabets
from symgd.language.arrays.alphabets import LATEX, UNICODE
from symgd.language.arrays.printer import array_printer
from symgd.language.formulas.printer import formula_printer
from symgd.trees.arrays import Node, is_num
from symgd.trees.names import Spelling
from symgd.trees.pairing import Pairing, Slope

ALPHABETS = {"latex": (LATEX, alphabets.LATEX), "unicode": (UNICODE, alphabets.UNICODE)}


class Setter:
    """Writes anything that stands on a line, in LaTeX or in Unicode."""

    def __init__(self, alphabet: str, spelling: Spelling) -> None:
        matrix, scalar = ALPHABETS[alphabet]
        self.latex = alphabet == "latex"
        self.matrix = array_printer(matrix)
        self.scalar = formula_printer(scalar, spelling)

    def write(self, x: Any) -> str:
        match x:
            case str():
                return x
            case Node():
                return self.matrix.write(x)
            case Pairing():
                return self.pairing(x)
            case Slope():
                return self.slope(x)
            case sp.Basic():
                return self.scalar.write(x)
        raise TypeError(f"{type(x).__name__} is not something that a line holds.")

    def pairing(self, x: Pairing) -> str:
        return " + ".join(self.pieces(x)) or "0"

    def pieces(self, x: Pairing) -> list[str]:
        """The terms ⟨G, dE⟩; ⟨1, dE⟩ is dE."""
        out = []
        for g, e in x.pairs:
            de = self.matrix.alphabet.differential(self.matrix.write(e), e.op == "name")
            if is_num(g, 1):
                out.append(de)
            elif self.latex:
                out.append(rf"\langle {self.matrix.write(g)},\, {de} \rangle")
            else:
                out.append(f"⟨{self.matrix.write(g)}, {de}⟩")
        return out

    def slope(self, x: Slope) -> str:
        """∂C/∂X, ∂²C/∂X², or the Jacobian ∂vec F/∂vec X."""
        of, wrt = self.matrix.write(x.of), self.matrix.write(x.wrt)
        if x.jacobian and self.latex:
            of = of if x.of.is_column or x.of.is_scalar else rf"\mathrm{{vec}}\,{of}"
            wrt = wrt if x.wrt.is_column else rf"\mathrm{{vec}}\,{wrt}"
        elif x.jacobian:
            of = of if x.of.is_column or x.of.is_scalar else f"vec {of}"
            wrt = wrt if x.wrt.is_column else f"vec {wrt}"
        if x.wrt.op != "name":
            return self.of_expression(of, wrt)
        if x.first is not None:
            first = self.matrix.write(x.first)
            if not x.first.is_column:
                first = rf"\mathrm{{vec}}\,{first}" if self.latex else f"vec {first}"
            if self.latex:
                return rf"\frac{{\partial^2 {of}}}{{\partial {first}\,\partial {wrt}^{{\top}}}}"
            return f"∂²{of}/∂{first}∂{wrt}ᵀ"
        return rf"\frac{{\partial {of}}}{{\partial {wrt}}}" if self.latex else f"∂{of}/∂{wrt}"

    def of_expression(self, of: str, wrt: str) -> str:
        """∂C/∂(…): the derivative in a part that has no name."""
        if self.latex:
            return rf"\frac{{\partial {of}}}{{\partial \left({wrt}\right)}}"
        return f"∂{of}/∂({wrt})"
