r"""\begin{cases}, matrices, and stacks of rows with dots between them."""

from __future__ import annotations

from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.ellipsis import running
from symgd.language.latex.syntax import Cases, Matrix
from symgd.language.latex.tokens import TEXT, Token

MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "vmatrix", "array", "smallmatrix", "Bmatrix"})


class Environments(Parts):
    """Reads what has rows."""

    def environment(self, token: Token) -> Any:
        self.expect("{")
        name = ""
        while not self.takes("}"):
            name += self.take().text
        name = name.rstrip("*")
        if name == "cases":
            return self.cases(token)
        if name not in MATRICES:
            self.fail(f"\\begin{{{name}}} is not understood inside a formula.", token)
        if name == "array" and self.takes("{"):
            while not self.takes("}"):
                self.take()
        rows: list[tuple[Any, ...]] = []
        row: list[Any] = []
        dotted = 0
        while True:
            if self.sees(r"\end"):
                break
            if self.takes(r"\\"):
                rows.append(tuple(row))
                row = []
                continue
            if self.takes(",", "&"):
                continue
            if self.at_end:
                self.fail(f"\\begin{{{name}}} is never ended.", token)
            if self.takes(r"\vdots"):
                dotted = len(rows)
                continue
            if self.sees(r"\dots", r"\ddots"):
                self.fail("Dots in a matrix leave open what stands there.")
            row.append(self.sum())
        rows.append(tuple(row))
        self.end()
        rows = [r for r in rows if r]
        if dotted:
            return self.stacked(rows, token)
        if name == "vmatrix":
            self.fail("A determinant in bars is not understood.", token)
        if len({len(r) for r in rows}) != 1:
            self.fail("The rows of this matrix differ in length.", token)
        return Matrix(tuple(rows), at=token.at)

    def stacked(self, rows: list[tuple[Any, ...]], token: Token) -> Any:
        """Rows with dots between the last two: as many as the index of the last says."""
        found = None
        if len(rows) > 1 and len(rows[-1]) == len(rows[-2]) == 1:
            found = running("stack", rows[-2][0], rows[-1][0], token.at)
        if found is None:
            self.fail("Dots in a matrix leave open what stands there.", token)
        return found

    def end(self) -> None:
        r"""\end{...}"""
        self.take()
        self.expect("{")
        while not self.takes("}"):
            self.take()

    def cases(self, token: Token) -> Any:
        branches: list[tuple[Any, Any]] = []
        while not self.sees(r"\end"):
            if self.at_end:
                self.fail(r"\begin{cases} is never ended.", token)
            value = self.sum()
            self.takes(",")
            condition = None
            while self.token.kind == TEXT or self.takes(",", "&"):
                if self.token.kind == TEXT:
                    self.take()
            if self.starts_operand or self.sees("-"):
                condition = self.relation_after(self.sum())
                while self.token.kind == TEXT or self.sees(".", ",", ";"):
                    self.take()
            branches.append((value, condition))
            self.takes(r"\\")
        self.end()
        return Cases(tuple(branches), at=token.at)
