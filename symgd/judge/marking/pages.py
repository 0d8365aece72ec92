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
from xml.etree.ElementTree import Element

from symgd.errors import visible
from symgd.judge.marking.marks import Mark
from symgd.pages.html import el, page

#  heading           what stands below it
COLUMNS: Mapping[str, Callable[[Mark], str]] = {
    "student":        lambda m: m.student,
    "lines":          lambda m: str(m.lines),
    "right":          lambda m: str(m.right),
    "wrong":          lambda m: str(m.wrong),
    "follows":        lambda m: str(m.follows),
    "not understood": lambda m: str(m.unknown),
    "points":         lambda m: number(m.points),
    "of":             lambda m: number(m.of),
    "open":           lambda m: number(m.open),
    "first wrong":    lambda m: "" if m.first is None else f"{m.first[0]}:{m.first[1]}",
    "slip":           lambda m: m.slip,
    "remark":         lambda m: m.trouble,
}  # fmt: skip
NUMBERS = frozenset(("lines right wrong follows points of open").split()) | {"not understood"}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
TITLE = "Marks"
LEGEND = (
    "follows: wrong, but only because of a slip above, and not punished again. open: points that "
    "may come when a person has read what is not understood."
)
SCHEMA = 1


def number(x: float) -> str:
    """To hundredths, without zeros at the end."""
    return f"{x:.2f}".rstrip("0").rstrip(".") if x else "0"


def cells(mark: Mark) -> list[str]:
    return [visible(make(mark)) for make in COLUMNS.values()]


def to_text(marks: Sequence[Mark]) -> str:
    """A table whose columns are as wide as they need to be."""
    rows = [list(COLUMNS), *(cells(m) for m in marks)]
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
    return "\n".join([*lines, "", LEGEND]) + "\n"


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def to_csv(marks: Sequence[Mark]) -> str:
    """RFC 4180, with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for mark in marks:
        row = dict(zip(COLUMNS, cells(mark), strict=True))
        writer.writerow(x if name in NUMBERS else harmless(x) for name, x in row.items())
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) else cell


def to_html(marks: Sequence[Mark]) -> str:
    """One page that stands alone: no network, no script."""
    head = el("tr", *(el("th", n, scope="col") for n in COLUMNS))
    rows = [el("tr", *(_cell(n, x) for n, x in zip(COLUMNS, cells(m), strict=True))) for m in marks]
    header = el("header", el("h1", TITLE), el("p", LEGEND, class_="legend"))
    table = el("table", el("thead", head), el("tbody", *rows), class_="marks")
    return page(TITLE, el("main", header, table))


def _cell(name: str, text: str) -> Element:
    return el("td", text, class_="number") if name in NUMBERS else el("td", text)


def to_json(marks: Sequence[Mark]) -> str:
    """The rows as data; `first` is a file and a line."""
    data = {"schema": SCHEMA, "marks": [{**asdict(m), "lines": m.lines} for m in marks]}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


#  name     marks → page
PAGES: dict[str, Callable[[Sequence[Mark]], str]] = {
    "text": to_text,
    "csv":  to_csv,
    "html": to_html,
    "json": to_json,
}  # fmt: skip

__all__ = ["COLUMNS", "PAGES", "to_csv", "to_html", "to_json", "to_text"]
