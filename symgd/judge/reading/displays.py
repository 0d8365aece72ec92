r"""The displays and the inline formulas of a text, in its order: \[...\], $$...$$, $...$, align.

Every closing mark is found beforehand in one pass, so that a text of nothing but opening marks
costs no more than any other.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from symgd.errors import FormulaError

#  environment      how its rows are read: see split.py
ENVIRONMENTS = {
    "align": "align", "flalign": "align", "alignat": "align", "xalignat": "align",
    "aligned": "align", "alignedat": "align", "split": "align", "eqnarray": "join",
    "IEEEeqnarray": "join", "gather": "join", "gathered": "join", "multline": "whole",
    "equation": "join", "displaymath": "join", "dmath": "whole", "darray": "join",
    "array": "join", "math": "join",
}  # fmt: skip

_COUNT = re.compile(r"\s*\{\s*\d+\s*\}")
_OPTION = re.compile(r"\s*\[[a-zA-Z]\]")
_COLUMNS = re.compile(r"\s*(?:\[[a-zA-Z]\])?\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_ARGUMENTS = {
    **dict.fromkeys(("alignat", "alignedat", "xalignat"), _COUNT),
    **dict.fromkeys(("array", "darray", "IEEEeqnarray"), _COLUMNS),
}

BEGIN = re.compile(r"\\begin\s*\{([A-Za-z]+)\*?\}")
_EDGE = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}|\\.", re.DOTALL)
_MARK = re.compile(
    r"\\begin\s*\{(?P<name>[A-Za-z]+)\*?\}|(?P<slash>\\\\?[\[(])|(?P<skip>\\.)|(?P<dollar>\$\$?)",
    re.DOTALL,
)
_CLOSING = re.compile(r"\\\\?[\])]|\\.|\$\$?", re.DOTALL)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Formula:
    """text[start:end] is what stands between the marks; `kind` says how its rows are read."""

    start: int
    end: int
    inline: bool = False
    kind: str = "join"
    escaped: bool = False


def formulas(text: str, markdown: bool = False) -> Iterator[Formula]:
    r"""The formulas of a text.

    Raises FormulaError for an environment of mathematics that is never closed.
    """
    marks = _closings(text)
    pairs = environments(text)
    ends_of_paragraphs = [m.start() for m in _PARAGRAPH.finditer(text)]
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        at = mark.end()
        if mark["skip"]:
            continue
        if mark["name"]:
            kind = ENVIRONMENTS.get(mark["name"])
            if kind is None:
                continue
            if mark.start() not in pairs:
                line = text.count("\n", 0, mark.start()) + 1
                raise FormulaError(f"{mark[0]} in line {line} is never closed.")
            end, at = pairs[mark.start()]
            yield Formula(content(text, mark, end), end, mark["name"] == "math", kind)
            continue
        opening = mark["slash"] or mark["dollar"]
        if len(opening) == 3 and not markdown:
            continue  # \\[6pt] and \\( in LaTeX: a line ends there
        closing = {"[": "]", "(": ")"}.get(opening[-1], "$")
        wanted = opening[:-1] + closing
        ends = marks.get(wanted, [])
        k = bisect_left(ends, at)
        if k == len(ends):
            continue
        end = ends[k]
        inline = opening in ("$", r"\(", r"\\(")
        paragraph = bisect_left(ends_of_paragraphs, at)
        if inline and paragraph < len(ends_of_paragraphs) and ends_of_paragraphs[paragraph] < end:
            continue
        if markdown and opening == "$" and not _is_math(text, at, end):
            continue
        yield Formula(at, end, inline, escaped=len(opening) == 3)
        at = end + len(wanted)


def content(text: str, begin: re.Match[str], end: int) -> int:
    """Where the rows of an environment begin, behind its arguments."""
    found = _ARGUMENTS.get(begin[1], _OPTION).match(text, begin.end(), end)
    return found.end() if found else begin.end()


def _is_math(text: str, start: int, end: int) -> bool:
    """$5 and $6 are money: no space inside the marks, no digit behind them."""
    return (
        start < end
        and not (text[start].isspace() or text[end - 1].isspace())
        and not text[end + 1 : end + 2].isdigit()
    )


def _closings(text: str) -> dict[str, list[int]]:
    """Each mark that may close a formula → its places."""
    places: dict[str, list[int]] = {}
    for found in _CLOSING.finditer(text):
        mark = found[0]
        if mark[-1] in "])$" and mark != r"\$":
            places.setdefault(mark, []).append(found.start())
    return places


def environments(text: str) -> dict[int, tuple[int, int]]:
    r"""The place of each \begin → where its \end begins, and where that ends."""
    pairs: dict[int, tuple[int, int]] = {}
    open_: list[tuple[str, int]] = []
    held: dict[str, int] = {}
    for edge in _EDGE.finditer(text):
        if edge[1] == "begin":
            open_.append((edge[2], edge.start()))
            held[edge[2]] = held.get(edge[2], 0) + 1
        elif edge[1] == "end" and held.get(edge[2]):
            # What was opened inside and never closed is closed with it.
            while True:
                name, start = open_.pop()
                held[name] -= 1
                if name == edge[2]:
                    pairs[start] = (edge.start(), edge.end())
                    break
    return pairs
