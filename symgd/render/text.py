"""Derivation → Unicode text for a terminal: an equation a line, its reason beside it."""

from __future__ import annotations

import unicodedata

from symgd import words
from symgd.notation.printer import Printer
from symgd.notation.styles import UNICODE
from symgd.render.telling import (
    Block,
    Row,
    blocks,
    bracketed,
    corner_remark,
    legend,
    said,
    shown_number,
    title,
)
from symgd.steps import Derivation
from symgd.worked import Worked

WIDTH = 100
REASON_AT = 52


def to_text(derivation: Derivation, worked: Worked | None = None) -> str:
    """The derivation as text; with a worked point, its numbers as well."""
    printer = Printer(UNICODE, derivation.graph.spelling)
    parts = ["\n".join(block_lines(block, printer)) for block in blocks(derivation, worked)]
    parts.append("\n".join(result_lines(derivation, printer)))
    if worked is not None and worked.updates:
        parts[-2] += "\n" + "\n".join(change_lines(worked))
    parts.append(legend(derivation))
    return "\n\n".join(parts) + "\n"


def block_lines(block: Block, printer: Printer) -> list[str]:
    heading = title(block, printer.write)
    out = [heading, "─" * width(heading)]
    indent = max(
        (width(printer.write(r.left)) for r in block.rows if r.left is not None), default=0
    )
    for row in block.rows:
        left = printer.write(row.left) if row.left is not None else ""
        pad = " " * (indent - width(left))
        written = [printer.write(row.right)] if row.right is not None else []
        right = " = ".join([*written, *filter(None, [row.tail])])
        out += with_reason(f"  {pad}{left} = {right}", reason(row, printer))
    return out


def reason(row: Row, printer: Printer) -> str:
    return " ".join(filter(None, (row.mark, said(row, printer.write))))


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


def result_lines(derivation: Derivation, printer: Printer) -> list[str]:
    heading = words.HEADINGS["result" if derivation.order == 1 else "result2"]
    lefts = [printer.write(s.left) for s in derivation.sections]
    wide = max(map(width, lefts))
    out = [heading, "─" * width(heading)]
    for left, section in zip(lefts, derivation.sections, strict=True):
        out.append(f"  {' ' * (wide - width(left))}{left} = {printer.write(section.result)}")
    return out


def change_lines(worked: Worked) -> list[str]:
    predicted = f"{words.HEADINGS['predicted']} {shown_number(worked.predicted)};"
    actual = f"{words.HEADINGS['actual']} {shown_number(worked.actual)}."
    remark = corner_remark(worked)
    return [f"  {predicted} {actual}", *([f"  {remark}"] if remark else [])]


def width(body: str) -> int:
    """Columns that the text takes: combining marks take none."""
    return sum(not unicodedata.combining(c) for c in body)


__all__ = ["bracketed", "to_text"]
