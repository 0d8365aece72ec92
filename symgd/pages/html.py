"""Derivation → one HTML file that stands alone: no network, no script.

A table a block, a row a step; every cell is a `<math>` of its own. The page is built as an
element tree and written out with all text escaped, so that nothing typed can become markup; a
Content-Security-Policy forbids the browser everything but the page's own style and font.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

from symgd.derive.worked import Worked
from symgd.language.alphabets import UNICODE, alphabet_in
from symgd.language.formulas.printer import formula_printer
from symgd.pages.latex import columns
from symgd.pages.marked import Marker, Parts, brackets_of_ten, changed
from symgd.pages.mathml import mathml
from symgd.pages.messages import LANGUAGES, MARKS, Language
from symgd.pages.messages.english import ENGLISH
from symgd.pages.telling import Block, Row, Set, Teller
from symgd.trees.steps import Derivation, Step, Verdict

ASSETS = Path(__file__).parent / "assets"

PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>{title}</title>
<style>
{style}</style>
</head>
{body}
</html>
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"

# Columns of text that a line has room for beside its reason.
WIDEST = 60

# Kinds of block whose rows are the steps of a section.
DERIVED = ("lemma", "backward", "gradient", "hessian")


def to_html(
    derivation: Derivation,
    worked: Worked | None = None,
    words: Language = ENGLISH,
    title: str | None = None,
) -> str:
    """The derivation as a page; `title` heads it, or else says what is derived."""
    teller = Teller(derivation, worked, words)
    heading = teller.result().title if title is None else title
    writer = Writer(teller)
    main = el("main", writer.header(heading), *writer.sections())
    return page(heading, main, words)


def page(title: str, main: Element, words: Language = ENGLISH) -> str:
    """An element tree as a whole file, with style and font inside."""
    lang = next((code for code, known in LANGUAGES.items() if known is words), "en")
    body = tostring(el("body", main), encoding="unicode", short_empty_elements=False)
    return PAGE.format(lang=lang, policy=POLICY, title=html.escape(title), style=style(), body=body)


@cache
def style() -> str:
    """The style sheet, with the font in it."""
    font = base64.b64encode((ASSETS / "symgd-math.woff2").read_bytes()).decode("ascii")
    return (ASSETS / "page.css").read_text(encoding="utf-8").replace("FONT", font)


def el(tag: str, *children: Element | str | None, **attributes: str) -> Element:
    """An element; `class_` is its class. Text among the children is text, never markup."""
    out = Element(tag, {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()})
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            if len(out):
                out[-1].tail = (out[-1].tail or "") + child
            else:
                out.text = (out.text or "") + child
        else:
            out.append(child)
    return out


class Inline:
    """Sentences with formulas in them: `set` leaves a place, `parts` puts the formula there.

    A formula is an expression, a number as it is shown, or a pair of the two: w = 0.5.
    """

    PLACE = re.compile("\ue010([0-9]+)\ue011")

    def __init__(self, marker: Marker) -> None:
        self.marker = marker
        self.exprs: list[Any] = []

    def set(self, expr: Any) -> str:
        if expr not in self.exprs:
            self.exprs.append(expr)
        return f"\ue010{self.exprs.index(expr)}\ue011"

    def parts(self, sentence: str) -> Iterator[Element | str]:
        for i, piece in enumerate(self.PLACE.split(sentence)):
            if i % 2:
                yield mathml(self.written(self.exprs[int(piece)]))
            elif piece:
                yield piece

    def written(self, expr: Any) -> str:
        match expr:
            case str():
                return number(expr)
            case (name, value):
                return f"{self.marker.write(name)} = {number(value)}"
        return self.marker.write(expr)


def number(shown: str) -> str:
    """A value, or a sum of them, as it is shown in text → LaTeX."""
    return brackets_of_ten(shown.replace("−", "-").replace("·", r" \cdot "))


class Writer:
    """The blocks of one telling as elements, each with a heading of the given level."""

    def __init__(self, teller: Teller, heading: str = "h2") -> None:
        self.teller = teller
        self.heading = heading
        self.words = teller.words
        spelling = teller.derivation.graph.spelling
        self.marker = Marker(self.words.conditions, spelling)
        self.spoken = formula_printer(alphabet_in(UNICODE, self.words.conditions), spelling)

    def header(self, title: str) -> Element:
        return el(
            "header",
            el("h1", title),
            *self.legend(),
        )

    def legend(self) -> Iterator[Element]:
        """What the verdicts and the marks mean."""
        for told in (self.teller.legend(), self.words.headings["marked"]):
            yield el("p", told, class_="legend")

    def sections(self) -> Iterator[Element]:
        """Every block in the order of the telling, then the result."""
        yield from (element for _, element in self.told())
        yield from self.change()
        yield self.block(self.teller.result())

    def told(self) -> Iterator[tuple[str, Element]]:
        """The kind of each block of the telling, and the block."""
        sections = iter(self.teller.derivation.all_sections)
        for block in self.teller.blocks():
            steps = next(sections).steps if block.kind in DERIVED else ()
            yield block.kind, self.block(block, steps)

    def change(self) -> Iterator[Element]:
        """What first order predicts of an update beside what happens, if there is one."""
        inline = Inline(self.marker)
        change = self.teller.change(inline.set)
        if change:
            told = (el("p", *inline.parts(sentence)) for sentence in change)
            yield el("section", *told, class_="change")

    def block(self, block: Block, steps: tuple[Step, ...] = ()) -> Element:
        """A heading and its table; a lemma folds."""
        heading = el(self.heading, *self.sentence(self.teller.title, block))
        table = self.table(block, steps)
        if block.kind != "lemma":
            return el("section", heading, table, class_=block.kind)
        summary = el("summary", heading)
        return el(
            "details", summary, table, class_="lemma", id=f"lemma-{block.number}", open="open"
        )

    def sentence(self, say: Any, subject: Block | Row) -> Iterator[Element | str]:
        inline = Inline(self.marker)
        set_: Set = inline.set
        return inline.parts(say(subject, set_))

    # -- tables -------------------------------------------------------------------------------

    def table(self, block: Block, steps: tuple[Step, ...]) -> Element:
        """number, left side, = right side, rule and reason, verdict; a plain table has the two."""
        headings = self.words.headings
        names = ("step", "left", "right", "rule", "verdict") if steps else ("left", "right")
        head = el("tr", *(el("th", headings[n], scope="col", role="columnheader") for n in names),
                  role="row")  # fmt: skip
        rows = block.rows
        lines = [rows[0].left if rows else None, *(row.right for row in rows)]
        parts = (row.part for row in rows)
        marks = [changed(a, part, b) if steps else ((), ())
                 for (a, b), part in zip(pairwise(lines), parts, strict=True)]  # fmt: skip
        body = el("tbody", role="rowgroup")
        for i, row in enumerate(rows):
            goes = marks[i + 1][0] if i + 1 < len(rows) else ()
            cells = [self.left(row, marks[0][0]), self.right(row, marks[i][1], goes)]
            if steps:
                cells = [el("td", str(i + 1), class_="number", role="cell"), *cells,
                         self.rule(row), self.verdict(steps[i].verdict)]  # fmt: skip
            body.append(el("tr", *cells, role="row"))
        wide = max(map(self.columns, rows), default=0) > WIDEST
        kind = ("steps wide" if wide else "steps") if steps else "plain"
        return el("table", el("thead", head, role="rowgroup"), body, class_=kind, role="table")

    def columns(self, row: Row) -> float:
        """The width of a line in columns of text."""
        return sum(columns(e, self.spoken) for e in (row.left, row.right) if e is not None)

    def left(self, row: Row, goes: Parts) -> Element:
        math = mathml(self.marker.write(row.left, goes=goes)) if row.left is not None else None
        return el("td", math, class_="left", role="cell")

    def right(self, row: Row, came: Parts, goes: Parts) -> Element:
        """= right = tail, and the whole line as plain text for those who hear the page."""
        formulas = [self.marker.write(row.right, came, goes)] if row.right is not None else []
        spoken = [self.spoken.write(row.left)] if row.left is not None else [""]
        if row.right is not None:
            spoken.append(self.spoken.write(row.right))
        if row.tail:
            formulas.append(number(row.tail))
            spoken.append(row.tail)
        math = mathml("= " + " = ".join(formulas))
        text = el("span", " = ".join(spoken).strip(), class_="spoken")
        return el("td", math, text, class_="right", role="cell")

    def rule(self, row: Row) -> Element:
        if not row.rule:
            return el("td", class_="rule", role="cell")
        name: Element = el("span", *self.sentence(self.teller.said, row), class_="name")
        if row.rule == "lemma" and row.number:
            name = el("a", name, href=f"#lemma-{row.number}")
        why = el("span", self.words.reason(row.rule), class_="why")
        return el("td", name, " ", why, class_="rule", role="cell")

    def verdict(self, verdict: Verdict | None) -> Element:
        if verdict is None:
            return el("td", class_="verdict", role="cell")
        meaning = self.words.verdicts[verdict.status].format(digits=verdict.digits)
        mark = el("span", MARKS[verdict.status], title=meaning, role="img", aria_label=meaning)
        return el("td", mark, class_=f"verdict {verdict.status}", role="cell")
