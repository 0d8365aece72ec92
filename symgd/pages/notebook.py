r"""Sections, steps and numbers as a notebook shows them: LaTeX that MathJax sets, aligned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symgd.pages.document import Block, Document, Row
from symgd.pages.latex import Writer

NUMBERS = ("forward", "worked", "update")
OPENS, CLOSES = r"\begin{align*}", r"\end{align*}"


def lines(document: Document, block: Block) -> str:
    """The rows of a block with their reasons, without the environment about them."""
    body = Writer(document, False, small="").align(block)
    return body.removeprefix(OPENS).removesuffix(CLOSES).strip()


def display(parts: Iterable[str]) -> str:
    body = " \\\\\n".join(parts)
    return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"


def section(document: Document, block: Block) -> str:
    """A title, and one equation a step."""
    return display((heading(document, block), lines(document, block)))


def heading(document: Document, block: Block) -> str:
    title = block.title.render(lambda x: f"${document.formulas.latex(x)}$")
    return rf"&\textbf{{{title}}}"


def step(document: Document, row: Row, before: Any) -> str:
    """before = after, and the rule beside it."""
    left, right = document.formulas.latex(before), document.formulas.latex(row.right)
    rule = row.rule.render(lambda x: f"${document.formulas.latex(x)}$") if row.rule else ""
    return f"$$\n{left} = {right} \\qquad\\text{{{rule}}}\n$$"


def numbers(document: Document, kinds: Sequence[str] = NUMBERS) -> str:
    """The values, the derivatives and the update at a point."""
    parts = []
    for block in document.blocks:
        if block.kind in kinds:
            parts += [heading(document, block), lines(document, block)]
    return display(parts)
