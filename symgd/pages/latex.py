"""Document → LaTeX: a fragment of align* blocks for a paper, or a document of its own.

The fragment needs amsmath and nothing else. A line too long for the page is broken at the
outermost sum or product, and a reason that does not fit beside its equation goes below it, so
that nothing runs into the margin. What is alike, z₁ = w₁x, z₂ = w₂x, shares a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from symgd.errors import InputError
from symgd.pages.document import Block, Document, Row

# Columns of ordinary text that fit a line of the document below.
LINE = 96
# The same in points; and the widths that a line may have.
FULL = 493.0
NARROWEST, WIDEST = 150, 2000
REASON = 0.8
# A column of reasons has at least so many, where a reason takes more than one line of it.
COLUMN = 16
# What stands between two equations of one line, with the sign of the second.
BETWEEN = 8
TIGHT = 0.7

DOCUMENT = r"""\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
%preamble
\usepackage{amsmath}
\usepackage{amsfonts}
\usepackage[a4paper,hmargin=18mm,vmargin={12mm,16mm}]{geometry}
\usepackage{graphicx}
\allowdisplaybreaks
\newsavebox{\formula}
\newcommand{\fit}[1]{\sbox{\formula}{$\displaystyle #1$}%
  \ifdim\wd\formula>0.82\textwidth\resizebox{0.82\textwidth}{!}{\usebox{\formula}}%
  \else\usebox{\formula}\fi}
\setlength{\parindent}{0pt}
\setlength{\jot}{1.5pt}
\AtBeginDocument{\abovedisplayskip=2pt plus 2pt\belowdisplayskip=2pt plus 2pt}
\begin{document}
%s
\end{document}
"""

# A formula that is wider than its room is shrunk to it.
FIT = r"""\providecommand{\fitto}[2]{{\sbox0{$\displaystyle #2$}%
  \ifdim\wd0>#1\resizebox{#1}{!}{\usebox0}\else\usebox0\fi}}
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the lines are set into.

    width      of a line in points (of 72.27 an inch): 345 of an article, 246 of one of two columns;
               None is the page of the document above
    numbered   whether each line has a number and a label, eq:lemma1:3 of the third of lemma 1
    """

    width: float | None = None
    numbered: bool = False

    def __post_init__(self) -> None:
        if self.width is not None and not NARROWEST <= self.width <= WIDEST:
            raise InputError(
                f"width={self.width:g} is no width of a line; it is from {NARROWEST} to {WIDEST} "
                "points, such as 345 of an article and 246 of a column of two."
            )

    @property
    def columns(self) -> float:
        """How many columns of text fit."""
        return LINE if self.width is None else LINE * self.width / FULL

    @property
    def packages(self) -> str:
        """What the lines need of a document that they are put into."""
        return r"\usepackage{amsmath}" + ("" if self.width is None else r" \usepackage{graphicx}")


USUAL: Final = Layout()


def to_latex(document: Document, whole: bool = False, layout: Layout = USUAL) -> str:
    """Blocks, result and legend; `whole` wraps them so that they compile on their own.

    A whole document in a language whose letters pdflatex lacks brings a preamble of its own:
    Chinese takes ctex, and is compiled by xelatex (by lualatex, if that has luatexja).
    """
    writer = Writer(document, whole, layout=layout)
    parts = [writer.block(block) for block in document.blocks]
    if document.change:
        parts.append("\\par " + " ".join(s.render(writer.inline) for s in document.change))
    parts.append(writer.block(document.result))
    parts.append(r"\par\smallskip " + document.legend(marks=False))
    body = spaced("\n".join(parts))
    if not whole:
        fit = "" if layout.width is None else FIT
        return f"% {layout.packages}\n{fit}{body}\n" if layout != USUAL else body + "\n"
    frame = DOCUMENT if layout.width is None else _article(layout.width)
    return frame.replace("%preamble\n", document.words.preamble).replace("%s", body)


def _article(width: float) -> str:
    """A document whose lines are this wide."""
    return (
        DOCUMENT[: DOCUMENT.index(r"\newsavebox")].replace(
            "[a4paper,hmargin=18mm,vmargin={12mm,16mm}]",
            f"[a4paper,textwidth={width:g}pt,vmargin=18mm]",
        )
        + FIT
        + DOCUMENT[DOCUMENT.index(r"\setlength") :]
    )


def spaced(text: str) -> str:
    """The text with the narrow space of French in letters that pdflatex knows."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", r"\,")


def to_latex_document(document: Document) -> str:
    """The same as a document that compiles on its own."""
    return to_latex(document, whole=True)


class Writer:
    """Sets rows, and breaks what is too long for a line of `LINE` columns.

    `small` makes the reasons smaller; what is not TeX has no such word within \\text.
    """

    def __init__(
        self,
        document: Document,
        whole: bool,
        small: str = r"\small ",
        layout: Layout = USUAL,
    ) -> None:
        self.formulas = document.formulas
        self.whole = whole
        self.small = small
        self.layout = layout
        self.met: Counter[str] = Counter()

    def block(self, block: Block) -> str:
        """The heading, and the rows below it."""
        return f"\\par\\medskip\\textbf{{{block.title.render(self.inline)}}}\n{self.align(block)}"

    def align(self, block: Block) -> str:
        """Reasons stand in a column of their own if every row leaves room for it, else below."""
        lines = [line for lines in self.lines(block, self.runs(block)) for line in lines]
        body = " \\\\\n".join(lines)
        star = "" if self.layout.numbered else "*"
        return f"\\begin{{align{star}}}\n{body}\n\\end{{align{star}}}"

    def runs(self, block: Block) -> list[list[Row]]:
        """The rows of each line: more than one where they are alike and there is room for them."""
        out: list[list[Row]] = []
        reasons = max(map(self.reason_width, block.rows), default=0)
        room = self.room(block) - (min(reasons, COLUMN) if self.line is not None else reasons)
        for row in block.rows:
            together = out and row.beside is not None and row.beside == out[-1][0].beside
            if together and not self.layout.numbered and self.width(*out[-1], row) <= room:
                out[-1].append(row)
            else:
                out.append([row])
        return out

    def left(self, block: Block) -> float:
        """The width of the widest left side."""
        lefts = (self.formulas.columns(r.left) for r in block.rows if r.left is not None)
        return max(lefts, default=0)

    def room(self, block: Block) -> float:
        """The width that is left for right sides and reasons."""
        return self.layout.columns - self.left(block) - 8

    def lines(self, block: Block, runs: Sequence[Sequence[Row]] = ()) -> list[list[str]]:
        """The lines of each row, or of each run of them."""
        runs = runs or [[row] for row in block.rows]
        left = self.left(block)
        widths = [self.width(*run) for run in runs]
        reasons = max(map(self.reason_width, block.rows), default=0)
        room = self.room(block)
        # Where the line is known a reason may take two lines of its column, and a few rows that
        # leave no room for the column reach into it.
        least = min(reasons, COLUMN) if self.line is not None else reasons
        narrow = [w for w in widths if w <= room - least]
        is_apart = len(narrow) == len(widths) or (
            self.line is not None and 2 * len(narrow) >= len(widths)
        )
        column = room - max(narrow, default=0) if is_apart else 0
        rows = [
            list(self.row(run, left, column if w <= room - least else 0, column > 0))
            for run, w in zip(runs, widths, strict=True)
        ]
        if self.layout.numbered:
            self.met[block.kind] += 1
            count = block.number or self.met[block.kind]
            name = f"eq:{block.kind}{count if count > 1 or block.number else ''}"
            rows = [_labelled(lines, f"{name}:{i}") for i, lines in enumerate(rows, 1)]
        return rows

    def inline(self, x: Any) -> str:
        return f"${self.formulas.latex(x)}$"

    def width(self, *rows: Row) -> float:
        """Of what stands right of the first sign."""
        sides = [x for r in rows for x in (r.right, r.value) if x is not None and x != ""]
        sides += [r.left for r in rows[1:]]
        return sum(map(self.formulas.columns, sides)) + BETWEEN * (len(rows) - 1)

    def reason_width(self, row: Row) -> float:
        said = row.rule.render(self.formulas.text) if row.rule is not None else ""
        return REASON * len(said)

    @property
    def line(self) -> float | None:
        """The width of a line, in points; a fragment cannot know it."""
        return self.layout.width or (FULL if self.whole else None)

    def row(self, run: Sequence[Row], left: float, beside: float, reaches: bool) -> Iterator[str]:
        """The lines of one equation, or the one line of several, and the reason beside the last, in
        a column of so much room, or below it; there it `reaches` into the column that other rows
        have."""
        row = run[0]
        room = self.layout.columns - left - 4
        first, *more = self.equation(row, room)
        for other in run[1:]:
            (body,) = self.equation(other, room)
            first += rf", \quad {self.formulas.latex(other.left)} {other.command} {body}"
        start = self.formulas.latex(row.left) if row.left is not None else ""
        if reaches and not beside:
            first, *more = (rf"\rlap{{$\displaystyle {piece}$}}" for piece in (first, *more))
        lines = [f"{start} &{row.command} {first}", *(f"&\\quad {piece}" for piece in more)]
        reason = row.rule.render(self.inline) if row.rule is not None else ""
        yield from lines[:-1]
        if not reason:
            yield lines[-1]
        elif beside:
            yield f"{lines[-1]} && {self.in_column(reason, row, beside)}"
        else:
            yield lines[-1]
            said = f"\\text{{{self.small}{self.below(reason, row, room)}}}"
            yield rf"&\quad \rlap{{{said}}}" if reaches else f"&\\quad {said}"

    def in_column(self, reason: str, row: Row, room: float) -> str:
        """A reason beside its equation, in as many lines as it takes."""
        if self.line is None or self.reason_width(row) <= room:
            return rf"\text{{{self.small}{reason}}}"
        points = room * self.line / self.layout.columns
        return rf"\parbox[t]{{{points:.0f}pt}}{{\raggedright {self.small}{reason}}}"

    def below(self, reason: str, row: Row, room: float) -> str:
        """A reason on a line of its own, in as many lines as it takes."""
        width = self.line
        if width is None or self.reason_width(row) + 6 <= room:
            return f"({reason})"
        points = (room - 4) * width / self.layout.columns
        return rf"\parbox[t]{{{points:.0f}pt}}{{\raggedright({reason})}}"

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
        if self.layout.width is not None:
            points = room * self.layout.width / self.layout.columns
            tight = width > TIGHT * room
            return rf"\fitto{{{points:.0f}pt}}{{{body}}}" if tight else body
        return rf"\fit{{{body}}}" if self.whole and width > TIGHT * room else body


def _labelled(lines: list[str], label: str) -> list[str]:
    """The last line of an equation has its number and its label."""
    label = re.sub(r"[^A-Za-z0-9:]", "-", label)
    return [*(rf"{line} \nonumber" for line in lines[:-1]), rf"{lines[-1]} \label{{{label}}}"]
