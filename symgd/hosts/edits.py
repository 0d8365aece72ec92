"""What an edit leaves as it was: lines that move, blocks that a line rests on, replacements.

A judged document is its text and its lines as data (`tasks.inspect`), each with its region
[line, column, end line, end column], from 1. Nothing here judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

# What holds for a whole document, wherever it stands.
_ALWAYS = re.compile(
    r"\\(?:documentclass|begin\s*\{document\}|end\s*\{document\}|newcommand|renewcommand|def\b"
    r"|DeclareMathOperator|input\b)"
)
_OPENING = re.compile(
    r"\s*(\\\[|\$\$|\\begin\s*\{((?:align|flalign|alignat|gather|multline|equation|eqnarray|displaymath"
    r"|split|dmath|math)\*?)\})"
)
_CLOSING = {r"\[": r"\]", "$$": "$$"}
_RELATION = re.compile(r"(?<![<>!:\\])=(?!=)|\\approx")
_LINE_END, _SPACES = " \t\n\r\f\v.,;", (r"\\", r"\,", r"\;", r"\quad", r"\qquad")


@dataclass(frozen=True, slots=True)
class Change:
    """Lines [start, end) of the new text stand for [start, old_end) of the old; from 0."""

    start: int
    end: int
    old_end: int

    @property
    def shift(self) -> int:
        """How far down what stands below has moved."""
        return self.end - self.old_end


def change(old: str, new: str) -> Change:
    """The lines that differ, as one run."""
    before, after = old.split("\n"), new.split("\n")
    most = min(len(before), len(after))
    start = next((i for i in range(most) if before[i] != after[i]), most)
    same = 0
    while same < most - start and before[-1 - same] == after[-1 - same]:
        same += 1
    return Change(start, len(after) - same, len(before) - same)


def joined(edited: tuple[int, int] | None, edit: Change) -> tuple[int, int]:
    """The lines that an edit, or one before it, has touched."""
    if edited is None:
        return edit.start, edit.end
    first, last = edited
    last = last + edit.shift if last >= edit.old_end else max(last, edit.start)
    return min(first, edit.start), max(last, edit.end)


def moved(lines: Sequence[dict[str, Any]], edit: Change) -> list[dict[str, Any]]:
    """The judged lines that the edit does not touch, where they stand now."""
    out = []
    for line in lines:
        first, _, last, _ = line["region"]
        if last <= edit.start:
            out.append(line)
        elif first > edit.old_end:
            out.append(shifted(line, edit.shift))
    return out


def shifted(line: dict[str, Any], by: int) -> dict[str, Any]:
    """The line, so many lines further down."""
    first, column, last, end = line["region"]
    region = [first + by, column, last + by, end]
    return {**line, "line": line["line"] + by, "region": region}


def blocks(text: str) -> list[tuple[int, int]]:
    """[first, last) of each display, and of each run of lines between blank lines and displays."""
    out: list[tuple[int, int]] = []
    start: int | None = None
    closing = ""
    rows = text.split("\n")
    for i, row in enumerate([*rows, ""]):
        opening = None if closing else _OPENING.match(row)
        ends_here = start is not None and not closing and (opening or not row.strip())
        if start is not None and ends_here:
            out.append((start, i))
            start = None
        if opening:
            closing = _CLOSING.get(opening[1], f"\\end{{{opening[2]}}}")
            rest = row[opening.end() :]
        else:
            rest = row
        if start is None and row.strip():
            start = i
        if closing and closing in rest and start is not None:
            out.append((start, i + 1))
            start, closing = None, ""
    if start is not None:
        out.append((start, len(rows)))
    return out


def around(text: str, first: int, last: int) -> tuple[int, int]:
    """[first, last) widened to the whole blocks that it touches."""
    touched = [(a, b) for a, b in blocks(text) if a < max(last, first + 1) and b > first]
    return (
        min([first, *(a for a, _ in touched)]),
        max([last, *(b for _, b in touched)]),
    )


def excerpt(text: str, lines: Sequence[dict[str, Any]], first: int, last: int) -> str:
    """The blocks of [first, last), what they rest on, and what is assumed; the rest is blank.

    Each line stands where it stood. What `lines` say is of this text.
    """
    rows = text.split("\n")
    said = "\n".join(rows[first:last])
    kept = set(range(first, last))
    for line in _needed([x for x in lines if x["status"] == "taken"], said):
        kept |= set(range(line["region"][0] - 1, line["region"][2]))
    out = [""] * len(rows)
    for a, b in blocks(text):
        if kept & set(range(a, b)) or _ALWAYS.search("\n".join(rows[a:b])):
            out[a:b] = rows[a:b]
    return "\n".join(out)


def _needed(taken: list[dict[str, Any]], said: str) -> Iterator[dict[str, Any]]:
    """The assumptions, and the definitions of names in what is said or in one of these."""
    pending, known = taken, _solid(said)
    while True:
        found = [x for x in pending if (name := _name(x["text"])) is None or name in known]
        if not found:
            return
        yield from found
        pending = [x for x in pending if x not in found]
        known += "".join(_solid(x["text"]) for x in found)


def _name(text: str) -> str | None:
    """What a row defines: C_1 of C_{1} = ..., \\sigma of \\sigma(z) = ...; None if nothing."""
    parts = _RELATION.split(text, maxsplit=1)
    return _solid(parts[0]).split("(")[0] if len(parts) > 1 else None


def _solid(text: str) -> str:
    return re.sub(r"[\s{}&]|\\(?:left|right|mathbf|boldsymbol|mathrm|bm)(?![A-Za-z])", "", text)


def offset(text: str, line: int, column: int) -> int:
    """The place of a line and a column, from 1."""
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    return at + column - 1


def replacements(
    text: str, region: Sequence[int], corrections: Sequence[str]
) -> Iterator[tuple[int, int, str]]:
    """(begin, end, new) for each side of the equation that a correction may stand for.

    The last side first; the mark of its end, a point or a comma, stays.
    """
    begin, end = offset(text, region[0], region[1]), offset(text, region[2], region[3])
    source = text[begin:end]
    signs = list(_RELATION.finditer(source))
    ends = [*(m.start() for m in signs[1:]), len(source)][: len(signs)]
    for a, b in reversed(list(zip((m.end() for m in signs), ends, strict=True))):
        side = source[a:b]
        left = len(side) - len(side.lstrip(" \t&{}"))
        right = _before_the_end(side)
        if left >= right:
            continue
        for correction in dict.fromkeys(corrections):
            space = "" if side[:left].endswith((" ", "\t")) else " "
            yield begin + a + left, begin + a + right, space + correction


def left_of(lines: Sequence[dict[str, Any]], index: int) -> str | None:
    """The left side of the chain that a line goes on from."""
    for line in reversed(lines[: index + 1]):
        left = _RELATION.split(line["text"], maxsplit=1)[0].strip().removesuffix("&").strip()
        if left and _RELATION.search(line["text"]):
            return left
    return None


def _before_the_end(side: str) -> int:
    """Where what ends a side begins: points, commas, spaces and line ends, in any order.

    From behind, for a pattern that looks for them tries each place, and takes the square of that.
    """
    end = len(side.rstrip("&"))
    while end:
        if side[end - 1] in _LINE_END or side[end - 1].isspace():
            end -= 1
            continue
        space = next((s for s in _SPACES if side.endswith(s, 0, end)), None)
        if space is None:
            break
        end -= len(space)
    return end
