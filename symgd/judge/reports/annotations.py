"""Reports → a line for each finding, as programs read them.

to_lines    notes.tex:12: wrong: ...                      editors, pre-commit, any other CI
to_github   ::error file=notes.tex,line=12::wrong: ...    annotations of a GitHub workflow
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symgd.judge.report import UNKNOWN, WRONG, Report
from symgd.judge.reports.telling import Told, bare, told, visible

# verdict   the level of its annotation
LEVELS = {WRONG: "error", UNKNOWN: "warning"}


def to_lines(reports: Sequence[Report]) -> str:
    """file:line: message."""
    return "".join(
        f"{visible(r.source) or '-'}:{each.number}: {message(each)}\n" for r, each in found(reports)
    )


def to_github(reports: Sequence[Report]) -> str:
    """::error file=,line=,title=::message."""
    return "".join(
        f"::{LEVELS[each.line.verdict]} file={_property(r.source or '-')},line={each.number},"
        f"title=symgd%3A {each.word}::{_data(message(each))}\n"
        for r, each in found(reports)
    )


def found(reports: Sequence[Report]) -> Iterator[tuple[Report, Told]]:
    """The lines that are wrong or not understood."""
    for report in reports:
        for each in told(report):
            if each.line.verdict in LEVELS:
                yield report, each


def message(each: Told) -> str:
    """What is found, in one line, and the line that it is about."""
    said = "; ".join(bare(f).rstrip(".") for f in each.findings)
    return f"{each.word}: {said} -- {each.quoted}"


def _data(text: str) -> str:
    """As a workflow command asks for it (github.com/actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
