"""Derivation → LaTeX: a fragment of align* blocks for a paper, or a document of its own.

The fragment needs amsmath and nothing else. A line too long for the page is broken at the
outermost sum or product, and a reason that does not fit beside its equation goes below it, so
that nothing runs into the margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from symgd.derive.worked import Worked
from symgd.language.alphabets import LATEX, UNICODE, alphabet_in
from symgd.language.formulas.printer import formula_printer
from symgd.language.printer import PRODUCT, SIGNED, Printer
from symgd.pages.messages import Language
from symgd.pages.messages.english import ENGLISH
from symgd.pages.telling import Block, Row, Teller
from symgd.trees.scalars import Expr
from symgd.trees.steps import Derivation

# Columns of ordinary text that fit a line of the document below.
LINE = 96
REASON = 0.8
TIGHT = 0.7
SHORTEST = 0.3

DOCUMENT = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
%preamble
\usepackage{amsmath}
\usepackage[a4paper,margin=18mm]{geometry}
\usepackage{graphicx}
\allowdisplaybreaks
\newsavebox{\formula}
\newcommand{\fit}[1]{\sbox{\formula}{$\displaystyle #1$}%
  \ifdim\wd\formula>0.82\textwidth\resizebox{0.82\textwidth}{!}{\usebox{\formula}}%
  \else\usebox{\formula}\fi}
\setlength{\parindent}{0pt}
\begin{document}
%s
\end{document}
"""


def to_latex(
    derivation: Derivation,
    worked: Worked | None = None,
    document: bool = False,
    words: Language = ENGLISH,
) -> str:
    """The derivation as LaTeX; `document` wraps it so that it compiles on its own.

    A document in a language whose letters pdflatex lacks brings a preamble of its own: Chinese
    takes ctex, and is compiled by xelatex (by lualatex, if that has luatexja).
    """
    teller = Teller(derivation, worked, words)
    return told(teller, Writer(teller, document), document, words.preamble)


def told(teller: Any, writer: Writer, document: bool, preamble: str = "") -> str:
    """Blocks, result and legend of any teller as a fragment, or as a document."""
    parts = [writer.block(block) for block in teller.blocks()]
    change = teller.change(lambda number: f"${latex_number(number)}$")
    if change:
        parts.append("\\par " + " ".join(change))
    parts.append(writer.block(teller.result()))
    parts.append(r"\par\smallskip " + teller.legend(marks=False))
    body = "\n".join(parts)
    if not document:
        return body + "\n"
    return DOCUMENT.replace("%preamble\n", preamble).replace("%s", body)


class Writer:
    """Sets expressions, and breaks what is too long for a line of `LINE` columns."""

    def __init__(self, teller: Teller, document: bool) -> None:
        self.teller = teller
        self.document = document
        spelling = teller.derivation.graph.spelling
        self.math = formula_printer(alphabet_in(LATEX, teller.words.conditions), spelling)
        self.measure = formula_printer(alphabet_in(UNICODE, teller.words.conditions), spelling)

    def block(self, block: Block) -> str:
        """Reasons stand in a column of their own if every row leaves room for it, else below."""
        heading = self.teller.title(block, self.inline)
        left = max((self.columns(r.left) for r in block.rows if r.left is not None), default=0)
        widest = max((self.width(r) for r in block.rows), default=0)
        reasons = max((self.reason_width(r) for r in block.rows), default=0)
        beside = left + widest + reasons + 8 <= LINE
        lines = [line for row in block.rows for line in self.row(row, left, beside)]
        body = " \\\\\n".join(lines)
        return f"\\par\\medskip\\textbf{{{heading}}}\n\\begin{{align*}}\n{body}\n\\end{{align*}}"

    def inline(self, expr: Any) -> str:
        return f"${self.math.write(expr)}$"

    def width(self, row: Row) -> float:
        return (self.columns(row.right) if row.right is not None else 0) + len(row.tail)

    def reason_width(self, row: Row) -> float:
        return REASON * len(self.teller.said(row, self.measure.write))

    def row(self, row: Row, left: float, beside: bool) -> Iterator[str]:
        """The lines of one equation, and its reason beside the last or below it."""
        start = self.math.write(row.left) if row.left is not None else ""
        pieces = self.pieces(row.right, LINE - left - 4) if row.right is not None else []
        if row.tail:
            pieces = [*pieces[:-1], " = ".join([*pieces[-1:], latex_number(row.tail)])]
        lines = [f"{start} &= {pieces[0]}", *(f"&\\quad {piece}" for piece in pieces[1:])]
        reason = self.teller.said(row, self.inline)
        yield from lines[:-1]
        if not reason:
            yield lines[-1]
        elif beside:
            yield f"{lines[-1]} && \\text{{\\small {reason}}}"
        else:
            yield lines[-1]
            yield f"&\\quad \\text{{\\small ({reason})}}"

    def pieces(self, expr: Expr, room: float) -> list[str]:
        """The expression in as many lines as it takes; what cannot be broken is shrunk to fit."""
        if self.columns(expr) <= room or not (expr.is_Add or expr.is_Mul):
            return [self.fitted(self.math.write(expr), self.columns(expr), room)]
        lines: list[list[Any]] = [[]]
        used = 0.0
        for a in expr.args:
            size = self.columns(a) + 3
            if used + size > room and lines[-1]:
                lines.append([])
                used = 0.0
            lines[-1].append(a)
            used += size
        stub = sum(map(self.columns, lines[0])) < room * SHORTEST
        if len(lines) == 1 or stub or any(a.is_Pow and a.exp.is_negative for a in expr.args):
            return [self.fitted(self.math.write(expr), self.columns(expr), room)]
        return [
            self.fitted(self._piece(expr, part, i), sum(map(self.columns, part)), room)
            for i, part in enumerate(lines)
        ]

    def fitted(self, body: str, width: float, room: float) -> str:
        """A document can shrink a formula to its line; a fragment cannot know the line."""
        return rf"\fit{{{body}}}" if self.document and width > TIGHT * room else body

    def _piece(self, expr: Expr, part: list[Any], index: int) -> str:
        if expr.is_Add:
            body = " + ".join(self.math.at_least(a, SIGNED) for a in part).replace("+ -", "- ")
            return body if index == 0 or body.startswith("-") else f"+ {body}"
        body = r" \cdot ".join(self.math.at_least(a, PRODUCT) for a in part)
        return body if index == 0 else rf"\cdot {body}"

    def columns(self, expr: Any) -> float:
        """The width of a formula in columns of text, measured on its Unicode form."""
        return columns(expr, self.measure)


def columns(expr: Any, printer: Printer) -> float:
    """Fractions are as wide as their wider part, cases as their widest line."""
    if expr.is_Piecewise:
        return 14 + max(columns(v, printer) + len(printer.write(c)) for v, c in expr.args)
    if expr.is_Mul and any(a.is_Pow and a.exp.is_negative for a in expr.args):
        above = [columns(a, printer) for a in expr.args if not (a.is_Pow and a.exp.is_negative)]
        below = [columns(a, printer) for a in expr.args if a.is_Pow and a.exp.is_negative]
        return max(sum(above), sum(below)) + 3
    if expr.is_Add or expr.is_Mul:
        return sum(columns(a, printer) + (3 if expr.is_Add else 1) for a in expr.args)
    if expr.args and any(n.is_Mul or n.is_Add for n in expr.args):
        return 3 + sum(columns(a, printer) for a in expr.args)
    return float(len(printer.write(expr)))


def latex_number(tail: str) -> str:
    """A value as text, `2 − 0.05·3`, in LaTeX."""
    plain = tail.replace("−", "-").replace("·", r" \cdot ")
    return re.sub(r"e([+-]?)0*([0-9]+)", lambda m: rf" \cdot 10^{{{m[1].strip('+')}{m[2]}}}", plain)
