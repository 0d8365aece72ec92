"""Derivation → Unicode text for a terminal: an equation a line, its reason beside it."""

from __future__ import annotations

import unicodedata
from typing import Any

from symgd.derive.worked import Worked
from symgd.language.alphabets import UNICODE, alphabet_in
from symgd.language.formulas.printer import formula_printer
from symgd.pages.messages import Language
from symgd.pages.messages.english import ENGLISH
from symgd.pages.telling import Block, Teller
from symgd.trees.steps import Derivation

WIDTH = 100
REASON_AT = 52


def to_text(derivation: Derivation, worked: Worked | None = None, words: Language = ENGLISH) -> str:
    """The derivation as text; with a worked point, its numbers as well."""
    teller = Teller(derivation, worked, words)
    printer = formula_printer(alphabet_in(UNICODE, words.conditions), derivation.graph.spelling)
    return told(teller, printer)


def told(teller: Any, printer: Any) -> str:
    """Blocks, result and legend of any teller; `printer.write` sets what stands on its lines."""
    parts = ["\n".join(block_lines(block, teller, printer)) for block in teller.blocks()]
    change = [f"  {sentence}" for sentence in teller.change()]
    if change:
        parts[-1] = "\n".join([parts[-1], *change])
    parts.append("\n".join(block_lines(teller.result(), teller, printer)))
    parts.append(teller.legend())
    return "\n\n".join(parts) + "\n"


def block_lines(block: Block, teller: Any, printer: Any) -> list[str]:
    heading = teller.title(block, printer.write)
    out = [heading, "─" * width(heading)]
    lefts = (printer.write(r.left) for r in block.rows if r.left is not None)
    indent = max(map(width, lefts), default=0)
    for row in block.rows:
        left = printer.write(row.left) if row.left is not None else ""
        pad = " " * (indent - width(left))
        written = [printer.write(row.right)] if row.right is not None else []
        right = " = ".join([*written, *filter(None, [row.tail])])
        reason = " ".join(filter(None, (row.mark, teller.said(row, printer.write))))
        out += with_reason(f"  {pad}{left} = {right}", reason)
    return out


def with_reason(equation: str, reason: str) -> list[str]:
    """The reason beside the equation where there is room, else on the line below."""
    if not reason:
        return [equation]
    gap = REASON_AT - width(equation)
    if gap >= 2:
        return [equation + " " * gap + reason]
    if width(equation) + 2 + width(reason) <= WIDTH:
        return [f"{equation}  {reason}"]
    return [equation, " " * REASON_AT + reason]


def width(body: str) -> int:
    """Columns that the text takes: combining marks take none, Chinese takes two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in body
    )
