"""Reports → text for a terminal, and a line for each finding, as programs read them.

to_text     each line quoted, marked, and what is found beneath it
to_lines    notes.tex:12: wrong: ...                      editors, pre-commit, any other CI
to_github   ::error file=notes.tex,line=12::wrong: ...    annotations of a GitHub workflow
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG, Report
from symgd.judge.reports.sentences import (
    SENTENCES,
    VERDICTS,
    ReportedLine,
    bare,
    headed,
    reported_lines,
    summary,
    visible,
)

# verdict         SGR code of its colour
COLOURS = {PROVED: "32", SAMPLED: "33", WRONG: "31;1", UNKNOWN: "36"}


def to_text(reports: Sequence[Report], colour: bool = False) -> str:
    """The reports as text; `colour` where a terminal shows it."""
    blocks = []
    for report in reports:
        lines = [visible(report.source), ""] if headed(reports) and report.source else []
        blocks.append("\n".join([*lines, *_lines(report, colour)]))
    return "\n\n".join(blocks) + "\n"


def _lines(report: Report, colour: bool) -> Iterator[str]:
    every = list(reported_lines(report))
    wide = max((len(str(t.number)) for t in every), default=1)
    for each in every:
        yield from _line(each, wide, colour)
    if report.notes:
        yield ""
        yield f"{SENTENCES['readings']}:"
        yield from (f"  {bare(note)}" for note in report.notes)
    yield ""
    yield summary(report)


def _line(each: ReportedLine, wide: int, colour: bool) -> Iterator[str]:
    mark = each.mark
    if colour:
        mark = f"\x1b[{COLOURS[each.line.verdict]}m{mark}\x1b[0m"
    said = "" if each.word == VERDICTS[each.line.verdict] else f"   ({each.word})"
    margin = " " * (wide + 5)
    yield f"{each.number:>{wide}} {mark}   {each.quoted}{said}"
    if each.caret is not None:
        yield f"{margin}{' ' * each.caret}^"
    for i, finding in enumerate(each.findings):
        word = f"{each.word}: " if i == 0 and each.line.verdict in (WRONG, UNKNOWN) else ""
        yield f"{margin}{word}{bare(finding)}"


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


def found(reports: Sequence[Report]) -> Iterator[tuple[Report, ReportedLine]]:
    """The lines that are wrong or not understood."""
    for report in reports:
        for each in reported_lines(report):
            if each.line.verdict in LEVELS:
                yield report, each


def message(each: ReportedLine) -> str:
    """What is found, in one line, and the line that it is about."""
    said = "; ".join(bare(f).rstrip(".") for f in each.findings)
    return f"{each.word}: {said} -- {each.quoted}"


def _data(text: str) -> str:
    """As a workflow command asks for it (github.com/actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
