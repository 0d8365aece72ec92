"""Derivation → Markdown that GitHub renders (GitLab too): math fences, reasons in numbered lists.

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

from symgd.derive.worked import Worked
from symgd.pages.latex import LINE, Writer, latex_number
from symgd.pages.messages import Language
from symgd.pages.messages.english import ENGLISH
from symgd.pages.telling import Block, Row, Teller
from symgd.trees.steps import Derivation

_BEFORE = re.compile(r"(?<=[^\s\x00-\x7f])(?=\$`)")
_AFTER = re.compile(r"(?<=`\$)(?=[^\s\x00-\x7f])")


def to_markdown(
    derivation: Derivation, worked: Worked | None = None, words: Language = ENGLISH
) -> str:
    """The derivation as Markdown; with a worked point, its numbers as well."""
    teller = Teller(derivation, worked, words)
    return told(teller, Writer(teller, document=False))


def told(teller: Any, writer: Writer) -> str:
    """Blocks, result and legend of any teller."""
    page = _Page(teller, writer)
    parts = [part for block in teller.blocks() for part in page.block(block)]
    parts += [_spaced(_escaped(sentence)) for sentence in teller.change(_number)]
    parts += page.block(teller.result())
    parts.append(teller.legend())
    return "\n\n".join(parts) + "\n"


class _Page:
    def __init__(self, teller: Any, writer: Writer) -> None:
        self.teller = teller
        self.writer = writer

    def block(self, block: Block) -> Iterator[str]:
        """Heading, one fence, and below it the rule of each numbered line."""
        yield "## " + _spaced(self.teller.title(block, self.inline))
        lefts = (self.writer.columns(r.left) for r in block.rows if r.left is not None)
        room = LINE - max(lefts, default=0) - 4
        # A block of definitions or numbers has no rules, and then no numbers either.
        numbers = count(1) if any(r.rule for r in block.rows) else None
        lines = [line for row in block.rows for line in self.row(row, room, numbers)]
        body = " \\\\\n".join(lines)
        yield f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"
        if numbers is not None:
            yield "\n".join(f"{i}. {self.reason(r)}" for i, r in enumerate(block.rows, 1))

    def row(self, row: Row, room: float, numbers: Iterator[int] | None) -> Iterator[str]:
        """(n) left = right; the number comes first, where a long line cannot push it away."""
        left = self.writer.math.write(row.left) if row.left is not None else ""
        pieces = self.writer.pieces(row.right, room) if row.right is not None else []
        if row.tail:
            pieces = [*pieces[:-1], " = ".join([*pieces[-1:], latex_number(row.tail)])]
        number, empty = ("", "") if numbers is None else (f"({next(numbers)}) && ", "&& ")
        sign = r"\leftarrow" if row.becomes else "="
        yield f"{number}{left} &{sign} {pieces[0]}" if left else f"{number}&{sign} {pieces[0]}"
        yield from (f"{empty}&\\quad {piece}" for piece in pieces[1:])

    def reason(self, row: Row) -> str:
        return " ".join(filter(None, (row.mark, _spaced(self.teller.said(row, self.inline)))))

    def inline(self, expr: Any) -> str:
        return f"$`{self.writer.math.write(expr)}`$"


def _number(value: str) -> str:
    return f"$`{latex_number(value)}`$"


def _spaced(sentence: str) -> str:
    """A space between inline math and a letter that is not ASCII: GitHub needs one there."""
    return _AFTER.sub(" ", _BEFORE.sub(" ", sentence))


def _escaped(sentence: str) -> str:
    """A name in prose keeps its underscores."""
    return sentence.replace("_", r"\_")
