"""A model, its derivation, its numbers and its descent → one page that can be handed out.

It stands alone as the page of `render.html` does. Each picture is an `<img>` with an SVG in it:
no id or style of one meets another's, and nothing in it can run. Where there is no matplotlib, a
sentence stands in their place.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from symgd.derive.worked import Worked
from symgd.pages.document import shown_number
from symgd.pages.figures import (
    REACH,
    Landscape,
    activation_figure,
    activation_of,
    cost_curve,
    cost_surface,
    drawable,
    graph_figure,
    name_of,
    scalar_drawing,
)
from symgd.pages.html import Inline, Writer, el, page
from symgd.pages.messages.english import ENGLISH, Language
from symgd.pages.scalars import scalar_document
from symgd.training.descent import Run
from symgd.trees.names import SUPERSCRIPTS, symbol
from symgd.trees.steps import Derivation

# Kinds of block that belong to the derivation, and not to its numbers.
DERIVED = ("lemma", "backward", "gradient", "hessian")
PARTS = ("model", "derivation", "numbers", "descent")
MOST_BOXES = 40  # of a graph that is still read on a page
MOST_COLUMNS = 6  # of parameters, in the table of the epochs
SMALLEST = 0.6  # of its size, before a picture scrolls instead


@dataclass(frozen=True)
class Descent:
    """A run and what it ran on.

    sample       the numbers of the one sample, or None where there are more
    predicted    epoch → the change of the cost that first order predicts of its step
    """

    run: Run
    optimizer: str
    sample: Mapping[str, float] | None
    landscape: Landscape
    predicted: Mapping[int, float]


def to_report(
    derivation: Derivation,
    worked: Worked,
    descent: Descent,
    words: Language = ENGLISH,
    title: str | None = None,
) -> str:
    """The page; `title` heads it."""
    heading = words.report["title"] if title is None else title
    report = Report(derivation, worked, descent, words)
    links = (el("li", el("a", words.report[p], href=f"#{p}")) for p in PARTS)
    nav = el("nav", el("ol", *links), aria_label=words.report["contents"])
    main = el("main", el("header", el("h1", heading), nav), *report.parts())
    return page(heading, main, words)


class Report:
    """The parts of the page."""

    def __init__(
        self, derivation: Derivation, worked: Worked, descent: Descent, words: Language
    ) -> None:
        self.derivation = derivation
        self.worked = worked
        self.descent = descent
        self.words = words
        self.document = scalar_document(derivation, worked, words)
        self.writer = Writer(self.document, heading="h3")
        self.drawable = drawable()

    def parts(self) -> Iterator[Element]:
        """Model, derivation, numbers, descent."""
        blocks = [b for b in self.document.blocks if b.kind != "model"]
        derived = [self.writer.block(b) for b in blocks if b.kind in DERIVED]
        numbers = [self.writer.block(b) for b in blocks if b.kind not in DERIVED]
        result = self.writer.block(self.document.result)
        yield self.part("model", *self.model())
        yield self.part("derivation", *self.writer.legend(), *derived, result)
        yield self.part("numbers", self.point(), *numbers, *self.writer.change())
        yield self.part("descent", *self.run())

    def part(self, id: str, *children: Element) -> Element:
        return el("section", el("h2", self.words.report[id]), *children, class_="part", id=id)

    # -- sentences ----------------------------------------------------------------------------

    def say(self, id: str, **parts: Any) -> Element:
        """A sentence of the report; `parts` are text, or functions of `Inline.set`."""
        inline = Inline(self.writer.formulas)
        set_ = {k: v(inline.set) if callable(v) else str(v) for k, v in parts.items()}
        return el("p", *inline.parts(self.words.report[id].format(**set_)))

    def numbers(self, values: Mapping[str, float]) -> Any:
        """w = 0.5, b = 2, each set as mathematics."""

        def set_each(set_: Any) -> str:
            each = (set_((symbol(n), shown_number(x))) for n, x in values.items())
            return self.words.headings["comma"].join(each)

        return set_each

    def plain(self, values: Mapping[str, float]) -> str:
        """The same as text, for those who do not see a picture."""
        speech = self.writer.formulas.speech
        each = (f"{speech(symbol(n))} = {shown_number(x)}" for n, x in values.items())
        return self.words.headings["comma"].join(each)

    # -- the model ----------------------------------------------------------------------------

    def model(self) -> Iterator[Element]:
        """Its definitions, its graph with its numbers, and its activation."""
        yield self.writer.table(self.document.blocks[0])
        if not self.drawable:
            yield self.note("pictures:none")
            return
        graph, words = self.derivation.graph, self.words
        speech = self.writer.formulas.speech
        drawing = scalar_drawing(graph, self.worked)
        count = len(drawing.names)
        if count > MOST_BOXES:
            yield self.note("graph:large", count=count, most=MOST_BOXES)
        else:
            names = [f"{speech(v)} = {speech(body)}" for v, body in graph.definitions.items()]
            alt = words.report["graph:alt"].format(definitions=words.listing(names))
            yield self.figure("graph", graph_figure(drawing, "svg", words), alt)
        lemma = activation_of(self.derivation)
        if lemma is None:
            yield self.note("activation:none")
            return
        name = name_of(self.derivation, lemma.left.args[0])
        picture = activation_figure(self.derivation, "svg", words, self.worked.point)
        ends = {"low": shown_number(-REACH), "high": shown_number(REACH)}
        alt = words.report["activation:alt"].format(name=name, **ends)
        yield self.figure("activation", picture, alt, name=name)

    def point(self) -> Element:
        numbers = self.numbers(self.worked.point)
        if self.descent.sample is None:
            return self.say("point:first", count=self.descent.landscape.count, numbers=numbers)
        return self.say("point", numbers=numbers)

    # -- the descent --------------------------------------------------------------------------

    def run(self) -> Iterator[Element]:
        """What it ran on, its pictures, some of its epochs, and where it ends."""
        d, run, words = self.descent, self.descent.run, self.words
        count = words.report["samples"].format(count=d.landscape.count)
        samples = count if d.sample is None else self.numbers(d.sample)
        costs = {"first": shown_number(run.history[0]), "last": shown_number(run.history[-1])}
        yield self.say("run:none" if d.sample == {} else "run", start=self.numbers(run.start),
                       optimizer=d.optimizer, samples=samples, epochs=run.epochs)  # fmt: skip
        first, last = costs["first"], costs["last"]
        yield self.say("fell", first=lambda set_: set_(first), last=lambda set_: set_(last))
        if self.drawable:
            if len(run.names) != 2:
                yield self.note("surface:none", count=len(run.names))
            yield el("div", *self.pictures(costs), class_="pair")
        yield el("h3", words.report["epochs"])
        yield el("div", self.epochs(), class_="scroll")
        yield self.say("ends", numbers=self.numbers(run.parameters))

    def pictures(self, costs: Mapping[str, str]) -> Iterator[Element]:
        d, run, words = self.descent, self.descent.run, self.words
        if len(run.names) == 2:
            picture = cost_surface(run, d.landscape, "svg", words)
            alt = words.report["surface:alt"].format(
                start=self.plain(run.start), end=self.plain(run.parameters)
            )
            speech = self.writer.formulas.speech
            names = words.listing([speech(symbol(n)) for n in run.names])
            yield self.figure("surface", picture, alt, names=names)
        alt = words.report["curve:alt"].format(epochs=run.epochs, **costs)
        yield self.figure("curve", cost_curve(run, d.predicted, "svg", words), alt)

    def epochs(self) -> Element:
        """A row for about ten epochs: the cost and the parameters, if they are few."""
        names = self.descent.run.names
        names = names if len(names) <= MOST_COLUMNS else ()
        speech = self.writer.formulas.speech
        heads = [*(self.words.pictures[n] for n in ("epoch", "cost")),
                 *(speech(symbol(n)) for n in names)]  # fmt: skip
        head = el("tr", *(el("th", h, scope="col") for h in heads))
        rows = []
        for record in self.descent.run.milestones():
            values = (record.cost, *(record.parameters[n] for n in names))
            cells = (el("td", tenfold(shown_number(x))) for x in values)
            rows.append(el("tr", el("th", str(record.epoch), scope="row"), *cells))
        return el("table", el("thead", head), el("tbody", *rows), class_="numbers")

    # -- pictures -----------------------------------------------------------------------------

    def note(self, id: str, **parts: Any) -> Element:
        """A word in the place of a picture that there is not."""
        return el("p", self.words.report[id].format(**parts), class_="legend note")

    def figure(self, id: str, svg: str | bytes, alt: str, **parts: Any) -> Element:
        """The picture and its caption; on a small screen it shrinks, and then scrolls."""
        assert isinstance(svg, str)
        wide, high = size_of(svg)
        coded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
        picture = el(
            "img", src=f"data:image/svg+xml;base64,{coded}", alt=alt, width=str(wide),
            height=str(high), style=f"min-width: {SMALLEST * wide:.0f}px",
        )  # fmt: skip
        caption = el("figcaption", self.words.report[id].format(**parts))
        return el("figure", el("div", picture, class_="picture"), caption, class_=id)


def tenfold(shown: str) -> str:
    """2.5e−07 → 2.5·10⁻⁷."""

    def power(found: re.Match[str]) -> str:
        return f"·10{str(int(found[1].replace('−', '-'))).translate(SUPERSCRIPTS)}"

    return re.sub("e([−+][0-9]+)", power, shown)


def size_of(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels; matplotlib writes them in points."""
    root = fromstring(svg)
    return pixels(root.get("width", "")), pixels(root.get("height", ""))


def pixels(points: str) -> int:
    """`360pt` → 480."""
    return round(float(points.removesuffix("pt")) * 96 / 72)
