"""Derivations as users hold them: their results, their numbers, and every format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import NUMBER, PLACE, SWITCH, TABLE, TEXT, takes
from symgd.api.shown import shown_section
from symgd.errors import DataError, listing
from symgd.files import write_whole
from symgd.language.dresses import plain_name
from symgd.pages.formats import PAGES, page_format, writer_of
from symgd.pages.json import to_json
from symgd.pages.latex import Layout, to_latex
from symgd.pages.markdown import to_markdown
from symgd.pages.messages import language as language_of
from symgd.pages.text import to_text
from symgd.resources import bounded
from symgd.targets.flags import undisturbed
from symgd.trees.steps import Section, Step, Verdict

if TYPE_CHECKING:
    from symgd.api.kind import Kind, Record, Value, Worked
    from symgd.pages.document import Document


class Derivation:
    """A derivation whose every step carries a verdict.

    `record` is the data of it: `symgd.trees.steps.Derivation`, or with shapes
    `symgd.derive.differentials.derive.ArrayDerivation`.

    Every format takes a language ("en", "zh", "de", "fr", "es"), and of a model with shapes a
    style: "differential" renders it by differentials, "backprop" the same steps by δ, layer by
    layer. Raises InputError for a language or a style that there is not.
    """

    def __init__(self, kind: Kind, record: Record, worked: Worked | None = None) -> None:
        self.kind = kind
        self.record = record
        self.worked = worked

    def __repr__(self) -> str:
        return f"<Derivation of {listing(self.results)}: {len(self.steps)} steps, {self.verdict}>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        result = self.document().result
        latex = self.document().formulas.latex
        rows = [f"{latex(row.left)} &= {latex(row.right)}" for row in result.rows]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"

    @property
    def results(self) -> dict[str, Any]:
        """parameter → its derivative in the names of the model; at order 2 the keys are "w,b".

        A sympy expression, or with shapes a node, whose `str` is in the language of arrays. What
        the text quotes (∂C/∂a of the backward pass) is put in.
        """
        return self.record.results

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the sections, in order; those of the lemmas are in `lemmas`.

        A notebook shows each as an equation with its rule.
        """
        return tuple(step for section in self.sections for step in section.steps)

    @property
    def lemmas(self) -> tuple[Section, ...]:
        """The derivatives of the functions, each derived once."""
        return tuple(map(self._shown, self.kind.lemmas(self.record)))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The backward pass and a section for each parameter; a notebook shows its steps."""
        return tuple(map(self._shown, self.kind.sections(self.record)))

    def _shown(self, section: Section) -> Section:
        """The section, which writes itself when a notebook asks."""
        return shown_section(self.kind, self.record, section)

    @property
    def adjoints(self) -> dict[str, Any]:
        """What the backward pass computes on its way: δ → what it is, of a model with shapes."""
        return dict(getattr(self.record, "adjoints", {}))

    @property
    def verdict(self) -> Verdict:
        """The verdict of the weakest step."""
        return self.record.verdict

    @takes(point=TABLE.or_none, rate=NUMBER)
    @bounded
    @undisturbed
    def at(
        self,
        point: Mapping[str, Value] | None = None,
        /,
        *,
        rate: float = 0.05,
        **values: Value,
    ) -> WorkedDerivation:
        """The same derivation with its numbers plugged in, and one update at the learning rate.

        point, values   a number for every leaf, or with shapes an array. A leaf that is called
                        `rate` stands in `point`, for the keyword is the learning rate.

        Raises DataError for a name that is missing, unknown, not finite, of another shape or
        outside its domain.
        """
        given = {plain_name(n, {}): v for n, v in {**(point or {}), **values}.items()}
        if "rate" in (*self.kind.parameters, *self.kind.inputs) and "rate" not in given:
            raise DataError(
                "rate is a name of this model, and as a keyword it is the learning rate; give its "
                'number in a dictionary: at({"rate": ...}, ...).'
            )
        return WorkedDerivation(self.kind, self.record, self.kind.work(self.record, given, rate))

    # -- formats ------------------------------------------------------------------------------

    @takes(language=TEXT, style=TEXT.or_none)
    @bounded
    def document(self, language: str = "en", style: str | None = None) -> Document:
        """What a page shows, before it is set in a format.

        Raises InputError for a language or a style that there is not.
        """
        return self.kind.document(self.record, self.worked, language_of(language), style)

    @takes(language=TEXT, style=TEXT.or_none)
    @bounded
    def to_text(self, language: str = "en", style: str | None = None) -> str:
        """Unicode, for a terminal. Raises InputError as `document` does."""
        return to_text(self.document(language, style))

    @takes(
        document=SWITCH, language=TEXT, style=TEXT.or_none, width=NUMBER.or_none, numbered=SWITCH
    )
    @bounded
    def to_latex(
        self,
        document: bool = False,
        language: str = "en",
        style: str | None = None,
        width: float | None = None,
        numbered: bool = False,
    ) -> str:
        """align* blocks for a paper, or a document for pdflatex (in Chinese xelatex, with ctex).

        width      of a line in points, 345 of an article, 246 of one in two columns: lines are
                   broken for it, and what cannot be broken is shrunk to it (with graphicx)
        numbered   each equation has a number and a label, eq:lemma1:3 of the third of lemma 1

        Raises InputError for a width of no line, and as `document` does.
        """
        try:
            points = None if width is None else float(width)
        except OverflowError:
            points = math.inf
        layout = Layout(points, bool(numbered))
        return to_latex(self.document(language, style), document, layout)

    @takes(language=TEXT, style=TEXT.or_none)
    @bounded
    def to_markdown(self, language: str = "en", style: str | None = None) -> str:
        """Markdown whose mathematics GitHub renders. Raises InputError as `document` does."""
        return to_markdown(self.document(language, style))

    @takes(title=TEXT.or_none, language=TEXT, style=TEXT.or_none, stepping=SWITCH)
    @bounded
    def to_html(
        self,
        language: str = "en",
        title: str | None = None,
        style: str | None = None,
        stepping: bool = False,
    ) -> str:
        """One page for a browser, with all that it needs inside: no network, no script.

        stepping   a line more at each press of a button or a key, by a small script that is inside
                   of the page too; without scripts the page is whole

        Raises InputError as `document` does.
        """
        # latex2mathml is loaded with the first page: text need not wait for it.
        from symgd.pages.html import to_html

        return to_html(self.document(language, style), title, bool(stepping))

    @takes(language=TEXT)
    @bounded
    def to_json(self, language: str = "en") -> str:
        """Everything that the page shows, as data; ids are the same in every language.

        Raises InputError for a language that there is not.
        """
        return to_json(self.kind.data(self.record, self.worked, language_of(language)))

    @takes(language=TEXT, style=TEXT.or_none)
    def to_pdf(self, language: str = "en", style: str | None = None) -> bytes:
        """A PDF, set by a pdflatex that is found, else printed by a Chromium that is found.

        Raises MissingExtraError, which says what to install, where there is neither.
        """
        # The page, and latex2mathml with it, is loaded with the first PDF.
        from symgd.pages.pdf import to_pdf

        return to_pdf(self.document(language, style))

    @takes(format=TEXT, language=TEXT)
    @bounded
    def figure(self, format: str = "svg", language: str = "en") -> str | bytes:
        """The model as a graph: "svg" and "tikz" are text, "png" and "pdf" bytes; with its numbers
        once there is a point.

        Raises MissingExtraError without matplotlib, which TikZ does not need.
        """
        return self.kind.figure(self.record, self.worked, format, language_of(language))

    @takes(format=TEXT, language=TEXT)
    @bounded
    def activation_figure(self, format: str = "svg", language: str = "en") -> str | bytes:
        """The activation with its derivative and its kinks; raises what `figure` does."""
        return self.kind.activation_figure(self.record, self.worked, format, language_of(language))

    @takes(format=TEXT, language=TEXT, style=TEXT.or_none)
    @bounded
    def render(self, format: str, language: str = "en", style: str | None = None) -> str | bytes:
        """The derivation in a format, by its name in `symgd.pages.formats.PAGES`.

        LaTeX is a whole document, and data are the same in every style. Raises InputError for a
        format, a language or a style that there is not.
        """
        write = writer_of(format)
        if PAGES[format].of_data:
            return write(self.kind.data(self.record, self.worked, language_of(language)))
        return write(self.document(language, style))

    @takes(path=PLACE, language=TEXT, style=TEXT.or_none)
    def save(self, path: str | Path, language: str = "en", style: str | None = None) -> Path:
        """Write the file in the format of its ending (.html, .tex, ...), whole or not at all.

        Raises InputError for another ending, and where the place cannot be written.
        """
        path = Path(path)
        return write_whole(path, self.render(page_format(path), language, style))


class WorkedDerivation(Derivation):
    """A derivation at a point: its values, its gradient, and one update."""

    worked: Worked

    def _repr_latex_(self) -> str:
        from symgd.pages import notebook

        return notebook.numbers(self.document())

    def __init__(self, kind: Kind, record: Record, worked: Worked) -> None:
        super().__init__(kind, record, worked)

    @property
    def values(self) -> dict[str, Any]:
        """Every name of the model and its value, a number or an array."""
        return self.worked.values

    @property
    def gradient(self) -> dict[str, Any]:
        """parameter → the derivative of the cost in it, a number or an array."""
        return self.worked.gradient

    @property
    def updates(self) -> tuple[Any, ...]:
        """For each parameter its name, `before`, `slope` and `after`."""
        return self.worked.updates

    @property
    def predicted(self) -> float:
        """The change of the cost that first order predicts, -η‖∇C‖²."""
        return self.worked.predicted

    @property
    def actual(self) -> float:
        """The change of the cost that happens."""
        return self.worked.actual
