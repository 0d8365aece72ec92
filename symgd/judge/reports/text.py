"""Reports → text for a terminal, and a line for each finding, as programs read them.

to_text     each line quoted, marked, and what is found beneath it
to_lines    notes.tex:12: wrong: ...                      editors, pre-commit, any other CI
to_github   ::error file=notes.tex,line=12::wrong: ...    annotations of a GitHub workflow
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symgd.errors import visible
from symgd.judge.report import PROVED, SAMPLED, TAKEN, UNKNOWN, WRONG, Report
from symgd.judge.reports.sentences import (
    ReportedLine,
    bare,
    fault_sentence,
    headed,
    reported_lines,
    summary,
    unused_sentence,
)
from symgd.judge.repository.findings import Finding, findings, path_of, title
from symgd.judge.repository.workflow import annotation
from symgd.judge.words import ENGLISH, words_of
from symgd.language.sentences import Phrases, open_ended

# verdict         SGR code of its colour
COLOURS = {PROVED: "32", SAMPLED: "33", WRONG: "31;1", UNKNOWN: "36", TAKEN: "2"}


def to_text(reports: Sequence[Report], language: str = "en", colour: bool = False) -> str:
    """The reports as text; `colour` where a terminal shows it."""
    words = words_of(language)
    blocks = []
    for report in reports:
        lines = [visible(report.source), ""] if headed(reports) and report.source else []
        blocks.append("\n".join([*lines, *_lines(report, words, colour)]))
    return "\n\n".join(blocks) + "\n"


def _lines(report: Report, words: Phrases, colour: bool) -> Iterator[str]:
    every = list(reported_lines(report, words))
    wide = max((len(str(t.number)) for t in every), default=1)
    for each in every:
        yield from _line(each, wide, words, colour)
    for number, comment in report.unused:
        yield f"{number:>{wide}}     {unused_sentence(comment, words)}"
    if report.notes:
        yield ""
        yield words.say("report:readings")
        yield from (f"  {bare(words.tell(note))}" for note in report.notes)
    if every or report.unused or report.notes:
        yield ""
    yield summary(report, words)


def _line(each: ReportedLine, wide: int, words: Phrases, colour: bool) -> Iterator[str]:
    mark = each.mark
    if colour and each.line.silence is None:
        mark = f"\x1b[{COLOURS[each.line.verdict]}m{mark}\x1b[0m"
    said = f"   ({each.word})" if each.told else ""
    margin = " " * (wide + 5)
    yield f"{each.number:>{wide}} {mark}   {each.quoted}{said}"
    if each.caret is not None:
        yield f"{margin}{' ' * each.caret}^"
    for i, finding in enumerate(each.findings):
        if i == 0 and each.line.verdict in (WRONG, UNKNOWN):
            finding = words.say("report:finding", word=each.word, finding=finding)
        yield f"{margin}{bare(finding)}"


def to_lines(reports: Sequence[Report], language: str = "en") -> str:
    """file:line: message."""
    found = reported(reports)
    return "".join(
        f"{_place(reports[f.report].source)}:{first_line(reports[f.report], f)}: {said}\n"
        for f, said in zip(found, messages(reports, found, words_of(language)), strict=True)
    )


def _place(source: str) -> str:
    """The path of a file as a line may begin with it: ./::x.md, for ::x.md is an order."""
    path = path_of(source)
    return visible(f"./{path}" if path.lstrip().startswith("::") else path)


def first_line(report: Report, finding: Finding) -> int:
    """Where a finding begins: the number of its line where the document itself is not at hand."""
    if finding.region is not None:
        return finding.region.line
    return 1 if finding.index is None else report.lines[finding.index].number or 1


def to_github(reports: Sequence[Report], language: str = "en") -> str:
    """::error file=,line=,col=,title=::message."""
    found = reported(reports)
    return "".join(
        _annotation(reports[f.report], f, said, words_of(language))
        for f, said in zip(found, messages(reports, found, words_of(language)), strict=True)
    )


def _annotation(report: Report, finding: Finding, said: str, words: Phrases) -> str:
    where: list[tuple[str, object]] = [("file", path_of(report.source))]
    where.append(("line", first_line(report, finding)))
    if (region := finding.region) is not None:
        if region.end_line == region.line:
            where += [("col", region.column), ("endColumn", region.end_column)]
        else:
            where.append(("endLine", region.end_line))
    where.append(
        ("title", words.say("report:finding", word="symgd", finding=title(finding.rule, words)))
    )
    return annotation(finding.rule.level, where, said)


def reported(reports: Sequence[Report]) -> list[Finding]:
    """The findings that nothing silences."""
    return [f for f in findings(reports) if f.silence is None]


def messages(
    reports: Sequence[Report], found: Iterable[Finding], words: Phrases = ENGLISH
) -> Iterator[str]:
    """What is said of each finding, in one line, with the line that it is about."""
    lines = [list(reported_lines(r, words)) for r in reports]
    for finding in found:
        report = reports[finding.report]
        if finding.index is not None:
            each = lines[finding.report][finding.index]
            said = tuple(open_ended(bare(f)) for f in each.findings) or (each.meaning,)
            yield words.say("report:message", word=each.word, findings=said, line=each.quoted)
        elif report.fault is not None and finding.region is None:
            yield fault_sentence(report.fault, words)
        else:
            yield unused_sentence(finding.text, words)
