"""A model, its derivation, its numbers and its descent → one page that can be handed out.

It stands alone as the page of `render.html` does. Each picture is an `<img>` with an SVG in it:
no id or style of one meets another's, and nothing in it can run. Where there is no matplotlib, a
sentence stands in their place.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from symgd.derive.worked import Worked
from symgd.pages.document import Document, shown_number
from symgd.pages.figures import (
    REACH,
    Drawing,
    Landscape,
    activation_figure,
    activation_of,
    cost_curve,
    cost_surface,
    drawable,
    fit_figure,
    graph_figure,
    name_of,
    scalar_drawing,
)
from symgd.pages.html import Inline, Writer, el, page
from symgd.pages.mathml import mathml
from symgd.pages.messages.english import ENGLISH, Language
from symgd.pages.scalars import scalar_document
from symgd.training.descent import Run
from symgd.training.fit import Fit
from symgd.training.stability import Stability
from symgd.trees.names import SUPERSCRIPTS, Spelling, symbol
from symgd.trees.steps import Derivation

# Kinds of block that belong to the derivation, and not to its numbers.
DERIVED = ("lemma", "backward", "tangent", "gradient", "hessian")
PARTS = ("model", "derivation", "numbers", "descent")
MOST_BOXES = 40  # of a graph that is still read on a page
MOST_COLUMNS = 6  # of parameters, in the table of the epochs
PLAIN = Spelling()
SMALLEST = 0.6  # of its size, before a picture scrolls instead


@dataclass(frozen=True)
class Descent:
    """A run and what it ran on.

    sample       the numbers of the one sample, or None where there are more
    samples      how many there are
    landscape    the cost around it, where it has two parameters that are numbers
    predicted    epoch → the change of the cost that first order predicts of its step
    stability    what the Hessian says of its rate, where it has one
    remarks      sentences on why it diverges, or never leaves its start
    fit          the data with what was fitted to them, over one input or two
    headers      name → what its column is called in the file of the data
    average      LaTeX of the cost as the mean, or sum, of that of the samples, where there are more
    reduction    "mean" or "sum"
    spelling     how the model writes its names
    """

    run: Run
    optimizer: str
    sample: Mapping[str, Any] | None
    samples: int
    landscape: Landscape | None
    predicted: Mapping[int, float]
    stability: Stability | None = None
    remarks: Sequence[str] = ()
    fit: Fit | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    average: str = ""
    reduction: str = "mean"
    spelling: Spelling = PLAIN


@dataclass(frozen=True)
class Subject:
    """What a report is about, whether its names are numbers or arrays.

    document      the derivation with its numbers
    drawing       the model as a graph
    definitions   name → what it is
    activation    a derivation whose lemma is drawn, and the numbers of its parameters
    point         the numbers that are put in
    tree          a name as the formulas of the document take it
    equation      name = value, as they take it
    """

    document: Document
    drawing: Drawing
    definitions: Mapping[str, Any]
    activation: tuple[Derivation, Mapping[str, float]] | None
    point: Mapping[str, Any]
    tree: Callable[[str], Any]
    equation: Callable[[str, Any], Any]


def scalar_subject(derivation: Derivation, worked: Worked, words: Language) -> Subject:
    """A model of numbers at a point."""
    lemma = activation_of(derivation)
    return Subject(
        scalar_document(derivation, worked, words),
        scalar_drawing(derivation.graph, worked),
        {str(v): body for v, body in derivation.graph.definitions.items()},
        None if lemma is None else (derivation, worked.point),
        worked.point,
        symbol,
        lambda n, x: (symbol(n), shown_number(x)),
    )


def to_report(
    subject: Subject, descent: Descent, words: Language = ENGLISH, title: str | None = None
) -> str:
    """The page; `title` heads it."""
    heading = words.report["title"] if title is None else title
    report = Report(subject, descent, words)
    links = (el("li", el("a", words.report[p], href=f"#{p}")) for p in PARTS)
    nav = el("nav", el("ol", *links), aria_label=words.report["contents"])
    main = el("main", el("header", el("h1", heading), nav), *report.parts())
    return page(heading, main, words)


class Report:
    """The parts of the page."""

    def __init__(self, subject: Subject, descent: Descent, words: Language) -> None:
        self.subject = subject
        self.descent = descent
        self.words = words
        self.document = subject.document
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

    def numbers(self, values: Mapping[str, Any]) -> Any:
        """w = 0.5, b = 2, each set as mathematics."""

        def set_each(set_: Any) -> str:
            each = (set_(self.subject.equation(n, x)) for n, x in values.items())
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
        subject, words = self.subject, self.words
        speech = self.writer.formulas.speech
        drawing = subject.drawing
        count = len(drawing.names)
        if count > MOST_BOXES:
            yield self.note("graph:large", count=count, most=MOST_BOXES)
        else:
            names = [
                f"{speech(subject.tree(v))} = {speech(body)}"
                for v, body in subject.definitions.items()
            ]
            alt = words.report["graph:alt"].format(definitions=words.listing(names))
            yield self.figure("graph", graph_figure(drawing, "svg", words), alt)
        if subject.activation is None:
            yield self.note("activation:none")
            return
        derivation, point = subject.activation
        lemma = activation_of(derivation)
        assert lemma is not None
        name = name_of(derivation, lemma.left.args[0])
        picture = activation_figure(derivation, "svg", words, point)
        ends = {"low": shown_number(-REACH), "high": shown_number(REACH)}
        alt = words.report["activation:alt"].format(name=name, **ends)
        yield self.figure("activation", picture, alt, name=name)

    def point(self) -> Element:
        numbers = self.numbers(self.subject.point)
        if self.descent.sample is None:
            return self.say("point:first", count=self.descent.samples, numbers=numbers)
        return self.say("point", numbers=numbers)

    @property
    def of_numbers(self) -> bool:
        """Whether the parameters are numbers, which are shown epoch by epoch."""
        return not any(hasattr(x, "shape") for x in self.descent.run.start.values())

    # -- the descent --------------------------------------------------------------------------

    def run(self) -> Iterator[Element]:
        """What it ran on, its pictures, some of its epochs, and where it ends."""
        d, run, words = self.descent, self.descent.run, self.words
        count = words.report["samples"].format(count=d.samples)
        samples = count if d.sample is None else self.numbers(d.sample)
        costs = {"first": shown_number(run.history[0]), "last": shown_number(run.history[-1])}
        yield self.say("run:none" if d.sample == {} else "run", start=self.numbers(run.start),
                       optimizer=d.optimizer, samples=samples, epochs=run.epochs)  # fmt: skip
        first, last = costs["first"], costs["last"]
        yield self.say("fell", first=lambda set_: set_(first), last=lambda set_: set_(last))
        if d.average:
            yield el("p", words.report[f"cost:{d.reduction}"].format(count=d.samples))
            yield el("div", mathml(d.average), class_="scroll")
            yield el("p", words.report["cost:where"].format(count=d.samples))
        for remark in d.remarks:
            yield el("p", el("strong", remark), class_="remark")
        if self.drawable:
            if d.landscape is None and self.of_numbers:
                yield self.note("surface:none", count=len(run.names))
            yield el("div", *self.pictures(costs), class_="pair")
        yield el("h3", words.report["epochs"])
        yield el("div", self.epochs(), class_="scroll")
        yield self.say("ends", numbers=self.numbers(run.parameters))

    def pictures(self, costs: Mapping[str, str]) -> Iterator[Element]:
        d, run, words = self.descent, self.descent.run, self.words
        if d.landscape is not None:
            picture = cost_surface(run, d.landscape, "svg", words, d.spelling)
            alt = words.report["surface:alt"].format(
                start=self.plain(run.start), end=self.plain(run.parameters)
            )
            speech = self.writer.formulas.speech
            names = words.listing([speech(symbol(n)) for n in run.names])
            yield self.figure("surface", picture, alt, names=names)
        alt = words.report["curve:alt"].format(epochs=run.epochs, **costs)
        id = "curve" if d.predicted else "curve:cost"
        if d.fit is not None:
            yield self.fitted(d.fit)
        yield self.figure(id, cost_curve(run, d.predicted, "svg", words, d.stability), alt)

    def fitted(self, fit: Fit) -> Element:
        """The data and the curve, or the plane with its boundary."""
        words, headers = self.words, self.descent.headers
        speech = self.writer.formulas.speech
        inputs = words.listing([headers.get(n, speech(symbol(n))) for n in fit.inputs])
        told = {"prediction": speech(symbol(fit.prediction)), "inputs": inputs}
        low, high = (shown_number(float(f"{end:.4g}")) for end in fit.range)
        alt = words.report["fit:alt"].format(count=len(fit.labels), low=low, high=high, **told)
        id = "fit:boundary" if fit.border is not None else "fit"
        picture = fit_figure(fit, "svg", words, headers, self.descent.spelling)
        return self.figure(id, picture, alt, **told)

    def epochs(self) -> Element:
        """A row for about ten epochs: the cost and the parameters, if they are few."""
        names = self.descent.run.names
        names = names if self.of_numbers and len(names) <= MOST_COLUMNS else ()
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
        kind = id.partition(":")[0]
        return el("figure", el("div", picture, class_="picture"), caption, class_=kind)


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
