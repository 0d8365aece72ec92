"""Document → Unicode text for a terminal: an equation a line, its reason beside it."""

from __future__ import annotations

import unicodedata

from symgd.pages.document import Block, Document, Formulas, Row

WIDTH = 100
REASON_AT = 52


def to_text(document: Document) -> str:
    """Blocks, what an update changes, result and legend."""
    formulas = document.formulas
    parts = ["\n".join(block_lines(block, formulas)) for block in document.blocks]
    change = [f"  {sentence.render(formulas.text)}" for sentence in document.change]
    if change:
        parts[-1] = "\n".join([parts[-1], *change])
    parts.append("\n".join(block_lines(document.result, formulas)))
    parts.append(document.legend())
    return "\n\n".join(parts) + "\n"


def block_lines(block: Block, formulas: Formulas) -> list[str]:
    """Its title, a rule below it, and its rows, the equals signs below one another."""
    heading = block.title.render(formulas.text)
    out = [heading, "─" * width(heading)]
    lefts = (formulas.text(r.left) for r in block.rows if r.left is not None)
    indent = max(map(width, lefts), default=0)
    for row in block.rows:
        equation, reason = equation_of(row, indent, formulas)
        for line in with_reason(equation, reason):
            out += formulas.lines(line)
    return out


def equation_of(row: Row, indent: int, formulas: Formulas) -> tuple[str, str]:
    """(left = right = value or left ← right = value, the mark and the rule)."""
    left = formulas.text(row.left) if row.left is not None else ""
    pad = " " * (indent - width(left))
    sides = [row.right] if row.right is not None else []
    sides += [row.value] if row.value != "" else []
    right = " = ".join(map(formulas.text, sides))
    said = row.rule.render(formulas.text) if row.rule is not None else ""
    return f"  {pad}{left} {row.sign} {right}", " ".join(filter(None, (row.mark, said)))


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
