"""Reports → findings: what is to be reported of each document, by rule, region and fingerprint.

A fingerprint is of the file, the rule, the characters of the line and how often they stood above:
it stays what it is when the line moves, or when spaces and comments in it change.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from symgd.files import working_folder
from symgd.judge.report import INPUT, INTERNAL, UNKNOWN, WRONG, Report, Silence
from symgd.language.sentences import Phrases


@dataclass(frozen=True, slots=True)
class Rule:
    """`level` is error, warning or note, as SARIF and GitHub have it; its words are `rule:...`."""

    id: str
    name: str
    level: str


def title(rule: Rule, words: Phrases) -> str:
    """What is found, in a word or two."""
    return words.say(f"rule:{rule.id.removeprefix('symgd/')}:title")


def meaning(rule: Rule, words: Phrases) -> str:
    """What is found, in a sentence."""
    return words.say(f"rule:{rule.id.removeprefix('symgd/')}:meaning")


#        id                     name                    level
RULES = (
    Rule("symgd/wrong",          "WrongLine",            "error"),
    Rule("symgd/not-understood", "LineNotUnderstood",    "warning"),
    Rule("symgd/unreadable",     "UnreadableDocument",   "error"),
    Rule("symgd/internal",       "InternalError",        "error"),
    Rule("symgd/unused-ignore",  "UnusedIgnore",         "note"),
)  # fmt: skip
RULE = {rule.id: rule for rule in RULES}
# what is found   its rule
OF_VERDICT = {WRONG: "symgd/wrong", UNKNOWN: "symgd/not-understood"}
OF_FAULT = {INPUT: "symgd/unreadable", INTERNAL: "symgd/internal"}


@dataclass(frozen=True, slots=True)
class Region:
    """From (line, column) up to, not including, (end_line, end_column); all from 1."""

    line: int
    column: int
    end_line: int
    end_column: int

    def __post_init__(self) -> None:
        begin, end = (self.line, self.column), (self.end_line, self.end_column)
        if min(*begin, *end) < 1 or end < begin:
            raise ValueError(f"No region goes from {begin} to {end}.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to report; `report` and `index` say of which line, None of the whole document."""

    rule: Rule
    report: int
    index: int | None
    region: Region | None
    fingerprint: str
    text: str
    silence: Silence | None = None


def findings(reports: Sequence[Report]) -> list[Finding]:
    """All that is found in documents, silenced lines included, in their order."""
    return [f for k, report in enumerate(reports) for f in of_report(report, k)]


def of_report(report: Report, position: int = 0) -> Iterator[Finding]:
    """What is found in one document; `position` is where it stands among others."""
    file = rooted(report.source)
    seen: Counter[tuple[str, str]] = Counter()

    def fingerprint(rule: str, text: str) -> str:
        kind = (rule, squeezed(text))
        seen[kind] += 1
        words = "\0".join(("symgd/1", file, *kind, str(seen[kind])))
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    if report.fault is not None:
        rule = OF_FAULT[report.fault.whose]
        text = report.fault.sentence
        yield Finding(RULE[rule], position, None, None, fingerprint(rule, ""), text)
    places = regions(report)
    for index, line in enumerate(report.lines):
        if line.verdict in OF_VERDICT:
            rule = OF_VERDICT[line.verdict]
            mark = fingerprint(rule, line.text)
            yield Finding(RULE[rule], position, index, places[index], mark, line.text,
                          line.silence)  # fmt: skip
    for number, comment in report.unused:
        rule = "symgd/unused-ignore"
        where = whole_line(report.text, number)
        yield Finding(RULE[rule], position, None, where, fingerprint(rule, comment), comment)


def path_of(source: str) -> str:
    """A file by its path from the current directory, with slashes; - for what is piped in."""
    if not source:
        return "-"
    path = Path(source)
    here = working_folder()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return path.as_posix()


ROOTS = (".git", "pyproject.toml")


def rooted(source: str) -> str:
    """A file by its path from the root of its repository: the same wherever symgd is called."""
    if not source:
        return "-"
    path = Path(source).absolute()
    parents = [p for p in path.parents if any((p / mark).exists() for mark in ROOTS)]
    return path.relative_to(parents[0]).as_posix() if parents else path_of(source)


# -- where a line stands ---------------------------------------------------------------------------

_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
# A row is set in at most this many characters for each of its own: spaces, & and comments.
_SPREAD, _SLACK = 4, 2000


def squeezed(text: str) -> str:
    """The text without spaces, alignment marks and comments."""
    return "".join(c for c in _COMMENT.sub("", text) if not c.isspace() and c != "&")


def regions(report: Report) -> list[Region | None]:
    """Where each line of a report stands in its document; None where there is no document."""
    if not report.text:
        return [None] * len(report.lines)
    text = report.text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    reached: dict[int, int] = {}
    out: list[Region | None] = []
    for line in report.lines:
        number = min(line.number or 1, len(starts))
        begin = max(starts[number - 1], reached.get(number, 0))
        found = span(text, begin, line.text)
        if found is None:
            out.append(whole_line(text, number))
            continue
        reached[number] = found[1]
        out.append(Region(*place(starts, found[0]), *place(starts, found[1])))
    return out


def span(text: str, begin: int, wanted: str) -> tuple[int, int] | None:
    """Where a formula stands from `begin` on, up to spaces, & and comments; None if nowhere."""
    needle = squeezed(wanted)
    window = text[begin : begin + _SPREAD * len(wanted) + _SLACK]
    # A comment becomes as many spaces, so that places stay what they are.
    window = _COMMENT.sub(lambda m: " " * len(m[0]), window)
    solid = [i for i, c in enumerate(window) if not c.isspace() and c != "&"]
    at = "".join(window[i] for i in solid).find(needle) if needle else -1
    if at < 0 or "\n" in window[: solid[at]].strip(" \t\n"):
        return None
    return begin + solid[at], begin + solid[at + len(needle) - 1] + 1


def place(starts: Sequence[int], at: int) -> tuple[int, int]:
    """The line and the column of a place."""
    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1


def whole_line(text: str, number: int) -> Region:
    """A line from its first character that is no space to its last."""
    lines = text.split("\n")
    line = lines[number - 1] if 1 <= number <= len(lines) else ""
    begin = len(line) - len(line.lstrip()) + 1
    return Region(max(number, 1), begin, max(number, 1), max(len(line.rstrip()) + 1, begin))


__all__ = ["RULE", "RULES", "Finding", "Region", "Rule", "findings", "meaning", "of_report",
           "path_of", "regions", "squeezed", "title"]  # fmt: skip
