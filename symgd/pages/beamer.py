r"""Document → slides for beamer: frames that fit, a line more at each step.

Each block is one frame, or several where its lines are too tall for one. Within align a \\pause is
not possible, so each line has an \\uncover of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from symgd.pages.document import Block, Document
from symgd.pages.latex import FIT, Layout, Writer, spaced

# Of a frame of 128 mm by 96 mm: points across and down, what is left of them for formulas.
ACROSS: Final = 290.0
DOWN: Final = 185.0
# How tall a line is: plain, with fractions, and each line of cases or of an array.
PLAIN, TALL, CASE = 17.0, 29.0, 16.0

HEAD = r"""\documentclass[10pt]{beamer}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
%preamble
\usepackage{amsmath}
\usepackage{amsfonts}
\usepackage{graphicx}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\usefonttheme[onlymath]{serif}
"""


def to_beamer(document: Document) -> str:
    """Slides of the whole document, for pdflatex."""
    writer = Writer(document, True, r"\footnotesize ", Layout(ACROSS))
    blocks = (*document.blocks, document.result)
    frames = [frame for block in blocks for frame in frames_of(writer, block)]
    said = [s.render(writer.inline) for s in document.change]
    said.append(document.legend(marks=False))
    frames.append(_frame("", "\n\n".join(said)))
    head = HEAD.replace("%preamble\n", document.words.preamble)
    body = spaced("\n".join(frames))
    return f"{head}{FIT}\\begin{{document}}\n{body}\n\\end{{document}}\n"


def frames_of(writer: Writer, block: Block) -> Iterator[str]:
    """A block as frames; a line of it is not parted from its reason."""
    title = block.title.render(writer.inline)
    page: list[list[str]] = []
    used = 0.0
    for lines in writer.lines(block):
        height = sum(map(_height, lines))
        if page and used + height > DOWN:
            yield _frame(title, _uncovered(page))
            page, used = [], 0.0
        page.append(lines)
        used += height
    if page:
        yield _frame(title, _uncovered(page))


def _height(line: str) -> float:
    """How tall a line is, by what stands in it."""
    rows = max((part.count(r"\\") + 1 for part in _stacks(line)), default=1)
    tall = TALL if r"\frac" in line or r"\sum" in line else PLAIN
    wrapped = PLAIN if r"\parbox" in line else 0.0
    return max(tall, CASE * rows + 4 if rows > 1 else 0.0) + wrapped


def _stacks(line: str) -> Iterator[str]:
    """What stands below one another in cases and matrices."""
    for name in ("cases", "pmatrix"):
        for part in line.split(rf"\begin{{{name}}}")[1:]:
            yield part.partition(rf"\end{{{name}}}")[0]


def _uncovered(page: list[list[str]]) -> str:
    """align* in which each equation comes with its reason, one after the other."""
    out = []
    for i, lines in enumerate(page, 1):
        for line in lines:
            cells = _cells(line)
            out.append(" & ".join(rf"\uncover<{i}->{{{c}}}" if c.strip() else c for c in cells))
    body = " \\\\\n".join(out)
    return f"\\small\n\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _cells(line: str) -> list[str]:
    """What stands between the & of the line itself, not of cases in it."""
    cells, depth, start = [], 0, 0
    for i, c in enumerate(line):
        if line.startswith(r"\begin", i):
            depth += 1
        elif line.startswith(r"\end{", i):
            depth -= 1
        elif c == "&" and depth == 0 and line[i - 1 : i] != "\\":
            cells.append(line[start:i])
            start = i + 1
    return [*cells, line[start:]]


def _frame(title: str, body: str) -> str:
    heading = f"{{{title}}}" if title else ""
    return f"\\begin{{frame}}{heading}\n{body}\n\\end{{frame}}"
