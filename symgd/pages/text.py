"""Document → Unicode text for a terminal: an equation a line, its reason beside it."""

from __future__ import annotations

import re
import unicodedata

from symgd.pages.document import Block, Document, Formulas, Row

WIDTH = 100
REASON_AT = 52
# No line is longer; one that would be is broken before one of the signs, or between two cases.
LONGEST = 110
SIGNS = frozenset({" + ", " − ", " ⊙ ", " = "})
BETWEEN_CASES = "; "


def to_text(document: Document) -> str:
    """Blocks, what an update changes, result and legend."""
    formulas = document.formulas
    parts = ["\n".join(block_lines(block, formulas)) for block in document.blocks]
    said = (sentence.render(formulas.text) for sentence in document.change)
    change = [f"  {line}" for sentence in said for line in wrapped(sentence, WIDTH)]
    if change:
        parts[-1] = "\n".join([parts[-1], *change])
    parts.append("\n".join(block_lines(document.result, formulas)))
    parts.append("\n".join(wrapped(document.legend(), WIDTH)))
    return "\n\n".join(parts) + "\n"


def block_lines(block: Block, formulas: Formulas) -> list[str]:
    """Its title, a rule below it, and its rows, the equals signs below one another."""
    heading = block.title.render(formulas.text)
    out = [heading, "─" * width(heading)]
    lefts = (formulas.text(r.left) for r in block.rows if r.left is not None)
    indent = max(map(width, lefts), default=0)
    for row in block.rows:
        equation, reason = equation_of(row, indent, formulas)
        *first, last = folded(equation, indent + 7)
        for line in (*first, *with_reason(last, reason)):
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


def folded(equation: str, indent: int) -> list[str]:
    """The equation in lines of at most LONGEST columns, broken at its outermost signs."""
    out = []
    while width(equation) > LONGEST:
        depth, best, is_within = 0, (99, 0), False
        for i, c in enumerate(equation[:LONGEST]):
            depth += (c in "([{⟨") - (c in ")]}⟩")
            is_within ^= c in "|‖"
            if i <= indent:
                continue
            if equation[i : i + 3] in SIGNS:
                best = min(best, (depth + is_within, -i))
            elif equation[i - 1 : i + 1] == BETWEEN_CASES:
                best = min(best, (depth, -i))
        if best == (99, 0):
            break
        place = -best[1]
        out.append(equation[:place])
        equation = " " * indent + equation[place + 1 :]
    return [*out, equation]


def with_reason(equation: str, reason: str) -> list[str]:
    """The reason beside the equation where there is room, else on the line below."""
    if not reason:
        return [equation]
    gap = REASON_AT - width(equation)
    first, *more = wrapped(reason, LONGEST - REASON_AT) if gap >= 2 else [reason]
    if gap >= 2:
        return [equation + " " * gap + first, *(" " * REASON_AT + r for r in more)]
    if width(equation) + 2 + width(reason) <= WIDTH:
        return [f"{equation}  {reason}"]
    return [equation, *(" " * REASON_AT + r for r in wrapped(reason, LONGEST - REASON_AT))]


# A word, or a letter of a script that is broken anywhere.
_WORDS = re.compile(r"\s*(?:[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+)")


def wrapped(body: str, room: int) -> list[str]:
    """Words in lines of so many columns; no line begins with a stop or a comma."""
    lines = [""]
    for word in _WORDS.findall(body):
        if lines[-1] and width(lines[-1] + word) > room and word.strip() not in "，。；：、）":
            lines.append(word.lstrip())
        else:
            lines[-1] += word
    return [line.strip() for line in lines]


def width(body: str) -> int:
    """Columns that the text takes: combining marks take none, Chinese takes two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in body
    )
