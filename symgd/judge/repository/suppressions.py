"""Comments in a document that keep findings from being reported, with or without a reason.

    ... % symgd: ignore: a counterexample      the formulas of this line
    <!-- symgd: ignore -->                     alone on its line: the next line of mathematics
    # symgd: ignore-next-line                  the next line of mathematics, wherever it stands
    % symgd: ignore-file                       the whole document

What silences nothing is told, so that no comment outlives its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from symgd.judge.report import COMMENT, Line, Report, Silence
from symgd.judge.repository.findings import regions

LINE, NEXT, FILE = "ignore", "ignore-next-line", "ignore-file"

_OPENING = re.compile(
    r"(?<![\\`])(?:%{1,9}|<!--|#{1,9}|//)[ \t]*symgd:[ \t]*(?P<word>[\w-]*)(?P<rest>.*)"
)
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w-]*)")
# What closes a line of a notebook, which is a string of JSON.
_STRING_END = re.compile(r'(?:\\n)?"?,?\s*$')


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: in which line it stands, whether alone there, its word and its reason."""

    line: int
    alone: bool
    word: str
    reason: str
    comment: str


def suppressions(text: str) -> Iterator[Suppression]:
    """The comments of a document, in order; what stands in a fence of code is an example."""
    if "symgd:" not in text:
        return
    fence = ""
    for number, line in enumerate(re.split("\r\n|\r|\n", text), 1):
        opening = _FENCE.match(line)
        if opening and (not fence or (opening[1].startswith(fence) and not opening[2])):
            fence = "" if fence else opening[1] * (opening[2].lower() != "math")
            continue
        found = None if fence else _OPENING.search(line)
        if found is None:
            continue
        before = line[: found.start()].strip(' \t"')
        rest = _STRING_END.sub("", found["rest"]) if line.rstrip().endswith(('"', '",')) else (
            found["rest"]
        )  # fmt: skip
        said, closed, after = rest.partition("-->")
        alone = not before and not (closed and after.strip(' \t\\n",'))
        reason = said.strip().lstrip(":—-").strip()
        comment = f"symgd: {found['word']}{said}".strip()
        yield Suppression(number, alone, found["word"], reason, comment)


def silenced(report: Report) -> Report:
    """The report with what its document asks for not to be reported, and what was asked in vain."""
    asked = list(suppressions(report.text))
    if not asked:
        return report
    lines = list(report.lines)
    spans = [
        (line.number or 1, region.end_line if region is not None else line.number or 1)
        for line, region in zip(report.lines, regions(report), strict=True)
    ]
    unused = []
    for each in asked:
        mine = [i for i in meant(each, spans) if lines[i].is_finding]
        for i in mine:
            lines[i] = replace(lines[i], silence=Silence(COMMENT, each.reason))
        if not mine and not already(each, spans, lines):
            unused.append((each.line, each.comment))
    return replace(report, lines=tuple(lines), unused=tuple(unused))


def meant(each: Suppression, spans: list[tuple[int, int]]) -> list[int]:
    """The indices of the lines that a comment is about."""
    everything = range(len(spans))
    if each.word == FILE:
        return list(everything)
    if each.word == NEXT or (each.word == LINE and each.alone):
        below = [begin for begin, _ in spans if begin > each.line]
        # Alone in the midst of a formula of several lines, it is about that formula.
        within = [i for i in everything if spans[i][0] < each.line <= spans[i][1]]
        return within or [i for i in everything if below and spans[i][0] == min(below)]
    if each.word == LINE:
        return [i for i in everything if spans[i][0] <= each.line <= spans[i][1]]
    return []


def already(each: Suppression, spans: list[tuple[int, int]], lines: list[Line]) -> bool:
    """Whether it speaks of lines that another comment has silenced."""
    return any(lines[i].silence is not None for i in meant(each, spans))


def in_code(path: str, line: int) -> Silence | None:
    """What silences the findings on a function: a comment on the line of its `def`, above it, or
    for the whole file."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for each in suppressions(text):
        here = each.line == line and each.word == LINE
        above = each.line == line - 1 and (each.word == NEXT or (each.alone and each.word == LINE))
        if each.word == FILE or here or above:
            return Silence(COMMENT, each.reason)
    return None


__all__ = ["Suppression", "in_code", "silenced", "suppressions"]
