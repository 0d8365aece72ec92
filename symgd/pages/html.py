"""Document → one HTML file that stands alone: no network, and no script unless it steps.

A page that steps shows a line at a time, by a button or the keyboard, by one small script of ours
that the policy of the page names by its digest; without it the page is whole.

A table a block, a row a step; every cell is a `<math>` of its own. The page is built as an
element tree and written out with all text escaped, so that nothing typed can become markup; a
Content-Security-Policy forbids the browser everything but the page's own style and font.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

from symgd.pages.document import Block, Document, Formulas, Phrase, Row
from symgd.pages.mathml import mathml
from symgd.pages.messages import MARKS
from symgd.pages.messages.english import ENGLISH, Language
from symgd.trees.steps import Verdict

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
SCRIPT = """<script>
{script}</script>
</body>"""

# Columns of text that a line has room for beside its reason.
WIDEST = 60


def to_html(document: Document, title: str | None = None, stepping: bool = False) -> str:
    """The derivation as a page; `title` heads it, or else says what is derived.

    `stepping`: a line more at each press of a button or a key.
    """
    heading = document.result.title.words if title is None else title
    writer = Writer(document)
    bar = [writer.stepper()] if stepping else []
    main = el("main", writer.header(heading), *writer.sections(), *bar)
    return page(heading, main, document.words, stepping)


def page(title: str, main: Element, words: Language = ENGLISH, stepping: bool = False) -> str:
    """An element tree as a whole file, with style and font inside."""
    body = tostring(el("body", main), encoding="unicode", short_empty_elements=False)
    policy = POLICY
    if stepping:
        digest = base64.b64encode(hashlib.sha256(f"\n{script()}".encode()).digest()).decode("ascii")
        policy += f"; script-src 'sha256-{digest}'"
        body = body.removesuffix("</body>") + SCRIPT.format(script=script())
    return PAGE.format(
        lang=words.code, policy=policy, title=html.escape(title), style=style(), body=body
    )


@cache
def script() -> str:
    """The script of a page that steps."""
    return (ASSETS / "step.js").read_text(encoding="utf-8")


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
    """Sentences with formulas in them: `set` leaves a place, `parts` puts the formula there."""

    PLACE = re.compile("\ue010([0-9]+)\ue011")

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas
        self.exprs: list[Any] = []

    def set(self, expr: Any) -> str:
        if expr not in self.exprs:
            self.exprs.append(expr)
        return f"\ue010{self.exprs.index(expr)}\ue011"

    def parts(self, sentence: str) -> Iterator[Element | str]:
        for i, piece in enumerate(self.PLACE.split(sentence)):
            if i % 2:
                yield mathml(self.formulas.latex_with_marks(self.exprs[int(piece)]))
            elif piece:
                yield piece


class Writer:
    """The blocks of one document as elements, each with a heading of the given level."""

    def __init__(self, document: Document, heading: str = "h2") -> None:
        self.document = document
        self.heading = heading
        self.words = document.words
        self.formulas = document.formulas

    def header(self, title: str) -> Element:
        return el("header", el("h1", title), *self.legend())

    def legend(self) -> Iterator[Element]:
        """What the verdicts and the marks mean."""
        for sentence in (self.document.legend(), self.words.headings["marked"]):
            yield el("p", sentence, class_="legend")

    def stepper(self) -> Element:
        """The buttons of a page that steps, which are not there without its script."""
        buttons = (("back", "-1"), ("next", "1"), ("all", "Infinity"))
        made = (
            el("button", self.words.headings[n], type="button", data_step=k) for n, k in buttons
        )
        return el("nav", *made, el("output"), class_="stepper", hidden="hidden")

    def sections(self) -> Iterator[Element]:
        """Every block in the order of the document, then the result."""
        yield from map(self.block, self.document.blocks)
        yield from self.change()
        yield self.block(self.document.result)

    def change(self) -> Iterator[Element]:
        """What first order predicts of an update beside what happens, if there is one."""
        if self.document.change:
            lines = (el("p", *self.phrase(sentence)) for sentence in self.document.change)
            yield el("section", *lines, class_="change")

    def block(self, block: Block) -> Element:
        """A heading and its table; a lemma folds."""
        heading = el(self.heading, *self.phrase(block.title))
        table = self.table(block)
        if block.kind != "lemma":
            return el("section", heading, table, class_=block.kind)
        summary = el("summary", heading)
        return el(
            "details", summary, table, class_="lemma", id=f"lemma-{block.number}", open="open"
        )

    def phrase(self, phrase: Phrase) -> Iterator[Element | str]:
        inline = Inline(self.formulas)
        return inline.parts(phrase.render(inline.set))

    # -- tables -------------------------------------------------------------------------------

    def table(self, block: Block) -> Element:
        """number, left side, = right side, rule and reason, verdict; a plain table has the two."""
        headings, derived = self.words.headings, block.is_derived
        names = ("step", "left", "right", "rule", "verdict") if derived else ("left", "right")
        head = el("tr", *(el("th", headings[n], scope="col", role="columnheader") for n in names),
                  role="row")  # fmt: skip
        rows = block.rows
        # A row with a left side of its own is no step of the row above.
        before = [a.right if b.left is None else b.left for a, b in pairwise(rows)]
        lines = [rows[0].left if rows else None, *before]
        parts = (row.part for row in rows)
        afters = [row.right for row in rows]
        marks = [self.formulas.changes(a, part, b) if derived else ((), ())
                 for a, b, part in zip(lines, afters, parts, strict=True)]  # fmt: skip
        body = el("tbody", role="rowgroup")
        for i, row in enumerate(rows):
            follows = i + 1 < len(rows) and rows[i + 1].left is None
            goes = marks[i + 1][0] if follows else ()
            cells = [
                self.left(row, marks[i][0] if row.left is not None else ()),
                self.right(row, marks[i][1], goes, derived),
            ]
            if derived:
                cells = [el("td", str(i + 1), class_="number", role="cell"), *cells,
                         self.rule(row), self.verdict(row.verdict)]  # fmt: skip
            body.append(el("tr", *cells, role="row"))
        wide = max(map(self.columns, rows), default=0) > WIDEST
        kind = ("steps wide" if wide else "steps") if derived else "plain"
        return el("table", el("thead", head, role="rowgroup"), body, class_=kind, role="table")

    def columns(self, row: Row) -> float:
        """The width of a line in columns of text."""
        return sum(self.formulas.columns(e) for e in (row.left, row.right) if e is not None)

    def left(self, row: Row, goes: Any) -> Element:
        math = None
        if row.left is not None:
            math = mathml(self.formulas.latex_with_marks(row.left, goes=goes))
        return el("td", math, class_="left", role="cell")

    def right(self, row: Row, came: Any, goes: Any, is_step: bool) -> Element:
        """= right = value, and the whole line as plain text for those who hear the page; behind
        what is no step its remark."""
        formulas, spoken = [], [self.formulas.speech(row.left) if row.left is not None else ""]
        if row.right is not None:
            formulas.append(self.formulas.latex_with_marks(row.right, came, goes))
            spoken.append(self.formulas.speech(row.right))
        if row.value != "":
            formulas.append(self.formulas.latex_with_marks(row.value))
            spoken.append(self.formulas.speech(row.value))
        math = mathml(f"{row.command} {' = '.join(formulas)}")
        spoken = [f" {row.sign} ".join(spoken[:2]), *spoken[2:]]
        text = el("span", " = ".join(spoken).strip(), class_="spoken")
        remark = () if is_step or row.rule is None else (" ", el("span", *self.phrase(row.rule)))
        return el("td", math, text, *remark, class_="right", role="cell")

    def rule(self, row: Row) -> Element:
        if row.rule is None:
            return el("td", class_="rule", role="cell")
        name: Element = el("span", *self.phrase(row.rule), class_="name")
        if row.lemma:
            name = el("a", name, href=f"#lemma-{row.lemma}")
        why = el("span", row.why, class_="why")
        return el("td", name, " ", why, class_="rule", role="cell")

    def verdict(self, verdict: Verdict | None) -> Element:
        if verdict is None:
            return el("td", class_="verdict", role="cell")
        meaning = self.words.verdicts[verdict.status].format(digits=verdict.digits)
        mark = el("span", MARKS[verdict.status], title=meaning, role="img", aria_label=meaning)
        return el("td", mark, class_=f"verdict {verdict.status}", role="cell")
