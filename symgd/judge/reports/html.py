"""Reports → one HTML file that stands alone: the derivation as written, a verdict beside each line.

In the look of `render.html`, by its style sheet and under its policy: no network, no script. A
formula that cannot be set, or may not be, is shown as its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from symgd.errors import visible
from symgd.judge.report import Report
from symgd.judge.reports.sentences import (
    HEADINGS,
    ReportedLine,
    headed,
    pieces,
    reported_lines,
    summary,
    typeset,
    unused_sentence,
)
from symgd.judge.words import words_of
from symgd.language.sentences import Phrases
from symgd.pages.html import el, page
from symgd.pages.messages import language as language_of


def to_html(reports: Sequence[Report], language: str = "en") -> str:
    """The reports as one page."""
    words = words_of(language)
    title: str = words.say("report:title")
    named = [r.source for r in reports if r.source]
    if len(named) == 1:
        title = visible(named[0])
    header = el("header", el("h1", title), el("p", words.say("report:legend"), class_="legend"))
    parts = [_section(report, headed(reports) and len(reports) > 1, words) for report in reports]
    return page(title, el("main", header, *parts), language_of(language))


def _section(report: Report, named: bool, words: Phrases) -> Element:
    heading = el("h2", visible(report.source)) if named and report.source else None
    return el(
        "section", heading, el("p", summary(report, words)),
        _table(report, words) if report.lines else None, *_notes(report, words), class_="report",
    )  # fmt: skip


def _notes(report: Report, words: Phrases) -> Iterator[Element]:
    for number, comment in report.unused:
        told = words.say("report:finding", word=words.say("report:line", number=number),
                         finding=unused_sentence(comment, words))  # fmt: skip
        yield el("p", told, class_="legend")
    if report.notes:
        yield el("p", words.say("report:readings"), class_="legend")
        yield el("ul", *(el("li", *sentence(words.tell(n))) for n in report.notes), class_="legend")


def _table(report: Report, words: Phrases) -> Element:
    head = el(
        "tr",
        *(el("th", words.say(n), scope="col", role="columnheader") for n in HEADINGS),
        role="row",
    )
    rows = [_row(each) for each in reported_lines(report, words)]
    return el(
        "table", el("thead", head, role="rowgroup"), el("tbody", *rows, role="rowgroup"),
        class_="judged", role="table",
    )  # fmt: skip


def _row(each: ReportedLine) -> Element:
    verdict = each.line.verdict if each.line.silence is None else "silent"
    mark = el("span", each.mark, title=each.meaning, role="img", aria_label=each.meaning)
    word = el("span", each.word, class_=f"name {verdict}")
    found = [el("span", *sentence(f), class_="why") for f in each.findings]
    return el(
        "tr",
        el("td", str(each.number), class_="number", role="cell"),
        el("td", _formula(each), class_="right", role="cell"),
        el("td", word, *found, class_="rule", role="cell"),
        el("td", mark, class_=f"verdict {verdict}", role="cell"),
        role="row", class_=f"line {verdict}-line",
    )  # fmt: skip


def _formula(each: ReportedLine) -> Element:
    """Typeset; or the source, with a caret beneath it where there is a place to show."""
    math = typeset(each.line.text) if each.caret is None else None
    if math is not None:
        return math
    caret = f"\n{' ' * each.caret}^" if each.caret is not None else ""
    return el("pre", el("code", each.quoted + caret))


def sentence(text: str) -> Iterator[Element | str]:
    for formula, part in pieces(text):
        math = typeset(part) if formula else None
        if math is not None:
            yield math
        else:
            yield el("code", visible(part)) if formula else visible(part)
