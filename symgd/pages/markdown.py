"""Document → Markdown that GitHub renders (GitLab too): math fences, reasons in numbered lists.

GitHub hands a fence to MathJax as it stands; what it is known to stumble over is kept off the
page (github/markup issues 1742, 1887; nschloe.github.io, "The state of math in Markdown", 2023):

    a dollar inside \\text           so the reasons stand in a list below the fence, by number
    $`...`$ beside a letter          so inline math has a space on either side of it
    \\operatorname, \\mbox, \\phantom   so none is written
    math in tables, beside a `|`     so there is no table
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from symgd.pages.document import Block, Document, Phrase, Row
from symgd.pages.latex import LINE, Writer

_BEFORE = re.compile(r"(?<=[^\s\x00-\x7f])(?=\$`)")
_AFTER = re.compile(r"(?<=`\$)(?=[^\s\x00-\x7f])")


def to_markdown(document: Document) -> str:
    """Blocks, what an update changes, result and legend."""
    page = Page(document)
    parts = [part for block in document.blocks for part in page.block(block)]
    parts += [page.prose(s) for s in document.change]
    parts += page.block(document.result)
    parts.append(document.legend())
    return "\n\n".join(parts) + "\n"


class Page:
    """The blocks and sentences of one document."""

    def __init__(self, document: Document) -> None:
        self.formulas = document.formulas
        self.writer = Writer(document, False)

    def block(self, block: Block) -> Iterator[str]:
        """Heading, one fence, and below it the rule of each numbered line."""
        yield "## " + _space(block.title.render(self.inline))
        lefts = (self.formulas.columns(r.left) for r in block.rows if r.left is not None)
        room = LINE - max(lefts, default=0) - 4
        # A block of definitions or numbers has no rules, and then no numbers either.
        numbers = count(1) if block.is_derived else None
        lines = [line for row in block.rows for line in self.row(row, room, numbers)]
        body = " \\\\\n".join(lines)
        yield f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"
        if numbers is not None:
            yield "\n".join(f"{i}. {self.reason(r)}" for i, r in enumerate(block.rows, 1))

    def row(self, row: Row, room: float, numbers: Iterator[int] | None) -> Iterator[str]:
        """(n) left = right; the number comes first, where a long line cannot push it away."""
        left = self.formulas.latex(row.left) if row.left is not None else ""
        first, *more = self.writer.equation(row, room)
        number, empty = ("", "") if numbers is None else (f"({next(numbers)}) && ", "&& ")
        line = f"{number}{left}{' ' if left else ''}&{row.command} {first}"
        if more:
            yield line
        yield from (f"{empty}&\\quad {piece}" for piece in more[:-1])
        last = f"{empty}&\\quad {more[-1]}" if more else line
        remark = row.rule.render(self.inline) if numbers is None and row.rule is not None else ""
        yield rf"{last} \quad \text{{{remark}}}" if remark else last

    def reason(self, row: Row) -> str:
        said = _space(row.rule.render(self.inline)) if row.rule is not None else ""
        return " ".join(filter(None, (row.mark, said)))

    def prose(self, phrase: Phrase) -> str:
        """A sentence with its formulas."""
        return _space(
            _escape(phrase.words).format(*map(self.inline, phrase.formulas))
            if phrase.formulas
            else _escape(phrase.words)
        )

    def inline(self, x: Any) -> str:
        return f"$`{self.formulas.latex(x)}`$"


def _space(sentence: str) -> str:
    """A space between inline math and a letter that is not ASCII: GitHub needs one there."""
    return _AFTER.sub(" ", _BEFORE.sub(" ", sentence))


def _escape(sentence: str) -> str:
    """A name in prose keeps its underscores."""
    return sentence.replace("_", r"\_")
