"""Marks → a table for a terminal, CSV for a spreadsheet, HTML, and JSON.

What a student typed, a file's name among it, is text everywhere: in CSV a cell that a spreadsheet
would take for a formula begins with an apostrophe (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol
from xml.etree.ElementTree import Element

from symgd.errors import visible
from symgd.judge.marking.marks import Mark
from symgd.judge.reports.sentences import bare, one_line
from symgd.judge.words import words_of
from symgd.language.sentences import Phrases, as_data, open_ended
from symgd.pages.html import el, page
from symgd.pages.messages import language as language_of

#  heading           what stands below it
COLUMNS: Mapping[str, Callable[[Mark], str]] = {
    "student": lambda m: m.student,
    "lines":   lambda m: str(m.lines),
    "right":   lambda m: str(m.right),
    "wrong":   lambda m: str(m.wrong),
    "follows": lambda m: str(m.follows),
    "unknown": lambda m: str(m.unknown),
    "points":  lambda m: number(m.points),
    "of":      lambda m: number(m.of),
    "open":    lambda m: number(m.open),
    "first":   lambda m: "" if m.first is None else f"{m.first[0]}:{m.first[1]}",
    "slip":    lambda m: m.slip,
    "remark":  lambda m: m.trouble,
}  # fmt: skip
NUMBERS = frozenset("lines right wrong follows unknown points of open".split())
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
SCHEMA = 1


def number(x: float) -> str:
    """To hundredths, without zeros at the end."""
    return f"{x:.2f}".rstrip("0").rstrip(".") if x else "0"


def headings(words: Phrases) -> list[str]:
    return [words.say(f"column:{name}") for name in COLUMNS]


def cells(mark: Mark, words: Phrases) -> list[str]:
    return [visible(told(words, mark, make(mark))) for make in COLUMNS.values()]


def told(words: Phrases, mark: Mark, said: str) -> str:
    """A text of a mark in a language; a slip without a kind is what a line's finding says."""
    text = one_line(words.tell(said))
    return open_ended(bare(text)) if said is mark.slip and not mark.kind else text


def to_text(marks: Sequence[Mark], language: str = "en") -> str:
    """A table whose columns are as wide as they need to be."""
    words = words_of(language)
    rows = [headings(words), *(cells(m, words) for m in marks)]
    # A column in which nothing stands says nothing.
    kept = [k for k in range(len(COLUMNS)) if any(row[k] for row in rows[1:])]
    wide = {k: max(width(row[k]) for row in rows) for k in kept}
    names = list(COLUMNS)
    lines = []
    for row in rows:
        parts = []
        for k in kept:
            space = " " * (wide[k] - width(row[k]))
            parts.append(space + row[k] if names[k] in NUMBERS else row[k] + space)
        lines.append("  ".join(parts).rstrip())
    return "\n".join([*lines, "", words.say("marks:legend")]) + "\n"


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def to_csv(marks: Sequence[Mark], language: str = "en") -> str:
    """RFC 4180, with a header."""
    words = words_of(language)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings(words))
    for mark in marks:
        row = dict(zip(COLUMNS, cells(mark, words), strict=True))
        writer.writerow(x if name in NUMBERS else harmless(x) for name, x in row.items())
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) else cell


def to_html(marks: Sequence[Mark], language: str = "en") -> str:
    """One page that stands alone: no network, no script."""
    words = words_of(language)
    head = el("tr", *(el("th", n, scope="col") for n in headings(words)))
    told = [zip(COLUMNS, cells(m, words), strict=True) for m in marks]
    rows = [el("tr", *(_cell(n, x) for n, x in row)) for row in told]
    title, legend = words.say("marks:title"), words.say("marks:legend")
    header = el("header", el("h1", title), el("p", legend, class_="legend"))
    table = el("table", el("thead", head), el("tbody", *rows), class_="marks")
    return page(title, el("main", header, table), language_of(language))


def _cell(name: str, text: str) -> Element:
    return el("td", text, class_="number") if name in NUMBERS else el("td", text)


def to_json(marks: Sequence[Mark], language: str = "en") -> str:
    """The rows as data; `first` is a file and a line, `..._said` the id and the parts of a text."""
    words = words_of(language)
    data = {"schema": SCHEMA, "language": language, "marks": [_row(m, words) for m in marks]}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _row(mark: Mark, words: Phrases) -> dict[str, Any]:
    return {
        **asdict(mark),
        "slip": visible(told(words, mark, mark.slip)),
        "slip_said": as_data(mark.slip),
        "trouble": visible(told(words, mark, mark.trouble)),
        "trouble_said": as_data(mark.trouble),
        "lines": mark.lines,
    }


class Page(Protocol):
    """Marks → a page, in the words of a language."""

    def __call__(self, marks: Sequence[Mark], language: str = "en") -> str: ...


#  name     marks → page
PAGES: dict[str, Page] = {
    "text": to_text,
    "csv":  to_csv,
    "html": to_html,
    "json": to_json,
}  # fmt: skip

__all__ = ["COLUMNS", "PAGES", "to_csv", "to_html", "to_json", "to_text"]
