"""Reports → text for a terminal: each line quoted, marked, and what is found beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG, Report
from symgd.judge.reports.telling import Told, bare, headed, summary, told, visible
from symgd.judge.reports.words import SENTENCES, VERDICTS

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
    all_told = list(told(report))
    wide = max((len(str(t.number)) for t in all_told), default=1)
    for each in all_told:
        yield from _line(each, wide, colour)
    if report.notes:
        yield ""
        yield f"{SENTENCES['readings']}:"
        yield from (f"  {bare(note)}" for note in report.notes)
    yield ""
    yield summary(report)


def _line(each: Told, wide: int, colour: bool) -> Iterator[str]:
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
