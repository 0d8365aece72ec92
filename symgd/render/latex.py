"""Derivation → LaTeX: a fragment of align* blocks for a paper, or a document of its own.

The fragment needs amsmath and nothing else. A line too long for the page is broken at the
outermost sum or product, and a reason that does not fit beside its equation goes below it, so
that nothing runs into the margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgd import words
from symgd.notation.nodes import Expr
from symgd.notation.printer import Printer
from symgd.notation.styles import LATEX, UNICODE
from symgd.render.telling import Block, Row, blocks, legend, said, shown_number, title
from symgd.steps import Derivation
from symgd.worked import Worked

# Columns of ordinary text that fit a line of the document below.
LINE = 96
REASON = 0.8

DOCUMENT = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage{amsmath}
\usepackage[a4paper,margin=18mm]{geometry}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\begin{document}
%s
\end{document}
"""


def to_latex(derivation: Derivation, worked: Worked | None = None, document: bool = False) -> str:
    """The derivation as LaTeX; `document` wraps it so that it compiles on its own."""
    writer = _Writer(derivation)
    parts = [writer.block(block) for block in blocks(derivation, worked)]
    if worked is not None and worked.updates:
        parts.append(_change(worked))
    parts.append(writer.result())
    parts.append(r"\par\smallskip " + _legend(derivation))
    body = "\n".join(parts)
    return DOCUMENT % body if document else body + "\n"


class _Writer:
    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.math = Printer(LATEX, derivation.graph.spelling)
        self.measure = Printer(UNICODE, derivation.graph.spelling)

    def block(self, block: Block) -> str:
        heading = title(block, lambda e: f"${self.math.write(e)}$")
        left = max((self.columns(r.left) for r in block.rows if r.left is not None), default=0)
        rows = [line for row in block.rows for line in self.row(row, left)]
        body = " \\\\\n".join(rows)
        return f"\\par\\medskip\\textbf{{{heading}}}\n\\begin{{align*}}\n{body}\n\\end{{align*}}"

    def result(self) -> str:
        heading = words.HEADINGS["result" if self.derivation.order == 1 else "result2"]
        rows = tuple(Row(s.left, s.result) for s in self.derivation.sections)
        return self.block(Block("result", heading, rows=rows))

    def row(self, row: Row, left: float) -> Iterator[str]:
        """The lines of one equation: the first with its left side, the reason on the last or below."""
        start = self.math.write(row.left) if row.left is not None else ""
        if row.right is None:
            pieces, wide = [_number(row.tail)], float(len(row.tail))
        else:
            pieces, wide = self.pieces(row.right, LINE - left - 4)
            if row.tail:
                pieces[-1] += f" = {_number(row.tail)}"
                wide += len(row.tail) + 3
        reason = said(row, lambda e: f"${self.math.write(e)}$")
        length = REASON * len(reason.replace("\\", "")) if reason else 0
        for i, piece in enumerate(pieces[:-1]):
            yield f"{start} &= {piece}" if i == 0 else f"&\\quad {piece}"
        last = f"{start} &= {pieces[-1]}" if len(pieces) == 1 else f"&\\quad {pieces[-1]}"
        if not reason:
            yield last
        elif left + wide + length + 8 <= LINE:
            yield f"{last} && \\text{{\\small {reason}}}"
        else:
            yield last
            yield f"&\\phantom{{=}}\\ \\text{{\\small ({reason})}}"

    def pieces(self, expr: Expr, room: float) -> tuple[list[str], float]:
        """The expression in as many lines as it takes, and the width of the last one."""
        wide = self.columns(expr)
        if wide <= room or not (expr.is_Add or expr.is_Mul):
            return [self.math.write(expr)], wide
        lines: list[list[Any]] = [[]]
        used = 0.0
        for a in expr.args:
            size = self.columns(a) + 3
            if used + size > room and lines[-1]:
                lines.append([])
                used = 0.0
            lines[-1].append(a)
            used += size
        if len(lines) == 1:
            return [self.math.write(expr)], wide
        return [self._piece(expr, part, i) for i, part in enumerate(lines)], used

    def _piece(self, expr: Expr, part: list[Any], index: int) -> str:
        if expr.is_Add:
            body = " + ".join(self.math.at_least(a, 2) for a in part).replace("+ -", "- ")
            return body if index == 0 or body.startswith("-") else f"+ {body}"
        body = r" \cdot ".join(self.math.factor(a)[0] for a in part)
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


def _number(tail: str) -> str:
    return tail.replace("−", "-").replace("·", r" \cdot ")


def _change(worked: Worked) -> str:
    predicted = shown_number(worked.predicted).replace("−", "-")
    actual = shown_number(worked.actual).replace("−", "-")
    return (
        f"\\par {words.HEADINGS['predicted']} ${predicted}$; {words.HEADINGS['actual']} ${actual}$."
    )


_MARKS = {"✓": r"$\checkmark$", "≈": r"$\approx$", "✗": r"$\times$"}


def _legend(derivation: Derivation) -> str:
    out = legend(derivation)
    for mark in _MARKS:
        out = out.replace(f"{mark} ", "")
    return out
