"""What a document holds that the judge has passed over: it was not judged, so it has not passed.

an equation in the running text that is a remark to the judge       $dC/dw \\approx 17w$
a $ or \\[ without its partner, so that what stands behind it is prose
a derivative outside the marks of mathematics, in a document that has them
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symgd.judge.report import Report

_CLAIMS = re.compile(r"\S\s*(?:=|\\approx|≈|\\propto|∝|\\simeq|\\equiv)\s*\S")
# w = 0.5: a number that is given for a letter
_VALUE = re.compile(r"\s*\\?[A-Za-z]+(?:[_^](?:\w|\{[^{}]*\}))*\s*=\s*[-+]?[\d.]+\s*")
_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"``.*?``|(?<!\$)`[^`\n]*`(?!\$)")
_COMMENT = re.compile(r"(?<!\\)%.*")
_ESCAPED = re.compile(r"\\[\\$]")
_MARKED = (
    re.compile(r"\$\$.*?\$\$", re.DOTALL),
    re.compile(r"\$(?:[^$\n]|\n(?!\s*\n))+\$"),
    re.compile(r"\\\[.*?\\\]", re.DOTALL),
    re.compile(r"\\\(.*?\\\)", re.DOTALL),
    re.compile(r"\\begin\{(\w+\*?)\}(?!.*\\begin\{document\}).*?\\end\{\1\}", re.DOTALL),
)
_OPENING = re.compile(r"\$\$?|\\\[|\\\(")
_DERIVATIVE = re.compile(
    r"(?:\bd\s?\w*\s?/\s?d\s?\w|∂|∇|\\partial\b|\\nabla\b|\\frac\b)[^=\n]{0,200}(?:=|≈|\\approx)"
)


@dataclass(frozen=True, slots=True)
class Unread:
    """What was passed over: its line, from 1, its text, and why in a sentence.

    value   whether it gives a number for a letter, which claims nothing
    """

    line: int
    text: str
    reason: str
    value: bool = False


def unread(text: str, kind: str, report: Report) -> tuple[Unread, ...]:
    """What the report on a text says nothing of, though it may claim something."""
    return (*_remarks(text, kind, report), *_outside(text, kind))


def _remarks(text: str, kind: str, report: Report) -> Iterator[Unread]:
    from symgd.judge.documents import rows

    judged = {(line.number, line.text) for line in report.lines}
    for row in rows(text, kind):
        if (row.number, row.text) in judged or not _CLAIMS.search(row.text):
            continue
        if _VALUE.fullmatch(row.text):
            yield Unread(row.number, row.text, "This was taken as a value that is given.", True)
        else:
            said = "This was taken for a remark, and nothing is said of it."
            yield Unread(row.number, row.text, said)


def _outside(text: str, kind: str) -> Iterator[Unread]:
    """Of a notebook the text is JSON, and its cells are not looked through; nor is what has tags or
    roles, in which mathematics is marked in other ways.
    """
    marked = kind in ("tex", "md") or _OPENING.search(text) is not None
    if kind in ("ipynb", "html", "rst") or not marked:
        return
    prose = text
    for pattern in (_FENCE, _CODE, *((_COMMENT,) if kind == "tex" else ()), _ESCAPED, *_MARKED):
        prose = pattern.sub(_blank, prose)
    for number, line in enumerate(prose.split("\n"), 1):
        opening = _OPENING.search(line)
        rest = line[opening.end() :] if opening else ""
        if opening and ("=" in rest or "\\" in rest or not rest.strip()):
            yield Unread(
                number, line.strip(), f"{opening[0]} has no partner, so this was not read."
            )
        elif not opening and _DERIVATIVE.search(line):
            yield Unread(
                number, line.strip(), "This stands outside of $...$ and its like, and was not read."
            )


def _blank(found: re.Match[str]) -> str:
    """As long as what was found, its lines kept."""
    return re.sub(r"[^\n]", " ", found[0])
