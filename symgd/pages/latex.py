"""Document → LaTeX: a fragment of align* blocks for a paper, or a document of its own.

The fragment needs amsmath and nothing else. A line too long for the page is broken at the
outermost sum or product, and a reason that does not fit beside its equation goes below it, so
that nothing runs into the margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgd.pages.document import Block, Document, Row

# Columns of ordinary text that fit a line of the document below.
LINE = 96
REASON = 0.8
TIGHT = 0.7

DOCUMENT = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
%preamble
\usepackage{amsmath}
\usepackage{amsfonts}
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


def to_latex(document: Document, whole: bool = False) -> str:
    """Blocks, result and legend; `whole` wraps them so that they compile on their own.

    A whole document in a language whose letters pdflatex lacks brings a preamble of its own:
    Chinese takes ctex, and is compiled by xelatex (by lualatex, if that has luatexja).
    """
    writer = Writer(document, whole)
    parts = [writer.block(block) for block in document.blocks]
    if document.change:
        parts.append("\\par " + " ".join(s.render(writer.inline) for s in document.change))
    parts.append(writer.block(document.result))
    parts.append(r"\par\smallskip " + document.legend(marks=False))
    body = "\n".join(parts)
    if not whole:
        return body + "\n"
    return DOCUMENT.replace("%preamble\n", document.words.preamble).replace("%s", body)


def to_latex_document(document: Document) -> str:
    """The same as a document that compiles on its own."""
    return to_latex(document, whole=True)


class Writer:
    """Sets rows, and breaks what is too long for a line of `LINE` columns.

    `small` makes the reasons smaller; what is not TeX has no such word within \\text.
    """

    def __init__(self, document: Document, whole: bool, small: str = r"\small ") -> None:
        self.formulas = document.formulas
        self.whole = whole
        self.small = small

    def block(self, block: Block) -> str:
        """The heading, and the rows below it."""
        return f"\\par\\medskip\\textbf{{{block.title.render(self.inline)}}}\n{self.align(block)}"

    def align(self, block: Block) -> str:
        """Reasons stand in a column of their own if every row leaves room for it, else below."""
        lefts = (self.formulas.columns(r.left) for r in block.rows if r.left is not None)
        left = max(lefts, default=0)
        widest = max(map(self.width, block.rows), default=0)
        reasons = max(map(self.reason_width, block.rows), default=0)
        beside = left + widest + reasons + 8 <= LINE
        lines = [line for row in block.rows for line in self.row(row, left, beside)]
        body = " \\\\\n".join(lines)
        return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"

    def inline(self, x: Any) -> str:
        return f"${self.formulas.latex(x)}$"

    def width(self, row: Row) -> float:
        sides = [x for x in (row.right, row.value) if x is not None and x != ""]
        return sum(map(self.formulas.columns, sides))

    def reason_width(self, row: Row) -> float:
        said = row.rule.render(self.formulas.text) if row.rule is not None else ""
        return REASON * len(said)

    def row(self, row: Row, left: float, beside: bool) -> Iterator[str]:
        """The lines of one equation, and its reason beside the last or below it."""
        first, *more = self.equation(row, LINE - left - 4)
        start = self.formulas.latex(row.left) if row.left is not None else ""
        lines = [f"{start} &{row.command} {first}", *(f"&\\quad {piece}" for piece in more)]
        reason = row.rule.render(self.inline) if row.rule is not None else ""
        yield from lines[:-1]
        if not reason:
            yield lines[-1]
        elif beside:
            yield f"{lines[-1]} && \\text{{{self.small}{reason}}}"
        else:
            yield lines[-1]
            yield f"&\\quad \\text{{{self.small}({reason})}}"

    def equation(self, row: Row, room: float) -> list[str]:
        """right = value, in as many lines as it takes; what cannot be broken is shrunk to fit."""
        pieces = []
        if row.right is not None:
            for body, width in self.formulas.pieces(row.right, room):
                pieces.append(self.fit(body, width, room))
        if row.value != "":
            value = self.formulas.latex(row.value)
            pieces = [*pieces[:-1], " = ".join([*pieces[-1:], value])]
        return pieces

    def fit(self, body: str, width: float, room: float) -> str:
        """A document can shrink a formula to its line; a fragment cannot know the line."""
        return rf"\fit{{{body}}}" if self.whole and width > TIGHT * room else body
