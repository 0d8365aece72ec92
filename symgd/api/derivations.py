"""Derivations as users hold them: their results, their numbers, and every format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from symgd.derive.worked import Update, Worked, work
from symgd.errors import InputError, listing, shown
from symgd.files import write_whole
from symgd.language.formulas.printer import latex
from symgd.pages.formats import PAGES, format_of
from symgd.pages.json import to_json
from symgd.pages.latex import to_latex
from symgd.pages.markdown import to_markdown
from symgd.pages.messages import language as language_of
from symgd.pages.text import to_text
from symgd.trees.scalars import D, Expr, replace_all, settle, walk
from symgd.trees.steps import Derivation as Telling
from symgd.trees.steps import Section, Step, Verdict


class Derivation:
    """A derivation whose every step carries a verdict."""

    def __init__(self, telling: Telling, worked: Worked | None = None) -> None:
        self.telling = telling
        self.worked = worked

    def __repr__(self) -> str:
        return f"<Derivation of {listing(self.results)}: {len(self.steps)} steps, {self.verdict}>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        rows = [
            f"{_latex(s.left, self)} &= {_latex(s.result, self)}" for s in self.telling.sections
        ]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"

    @cached_property
    def results(self) -> dict[str, Expr]:
        """parameter → its derivative as a sympy expression in the names of the model.

        Derivatives that the text quotes (∂C/∂a of the backward pass) are put in. At order 2 the
        keys are pairs, "w,b".
        """
        forms = self.telling.forms
        done: dict[Expr, Expr] = {}

        def closed(expr: Expr) -> Expr:
            quoted = {n for n in walk(expr) if isinstance(n, D) and n in forms}
            for n in quoted:
                if n not in done:
                    done[n] = closed(forms[n])
            return replace_all(expr, {n: done[n] for n in quoted})

        pairs = zip(self.telling.wrt, self.telling.sections, strict=True)
        return {",".join(map(str, names)): settle(closed(s.result)) for names, s in pairs}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the parameters' sections, in order; those of the lemmas are in `lemmas`."""
        return self.telling.steps

    @property
    def lemmas(self) -> tuple[Section, ...]:
        return self.telling.lemmas

    @property
    def sections(self) -> tuple[Section, ...]:
        """The backward pass and a section for each parameter."""
        return (*self.telling.backward, *self.telling.sections)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the weakest step."""
        return self.telling.verdict

    def at(
        self, point: Mapping[str, Any] | None = None, /, rate: float = 0.05, **numbers: Any
    ) -> WorkedDerivation:
        """The same derivation with its numbers plugged in, and one update at the learning rate."""
        return WorkedDerivation(
            self.telling, work(self.telling, {**(point or {}), **numbers}, rate)
        )

    def to_text(self, language: str = "en") -> str:
        """Unicode, for a terminal."""
        return to_text(self.telling, self.worked, language_of(language))

    def to_latex(self, document: bool = False, language: str = "en") -> str:
        """align* blocks for a paper, or a document for pdflatex (in Chinese xelatex, with ctex)."""
        return to_latex(self.telling, self.worked, document, language_of(language))

    def to_markdown(self, language: str = "en") -> str:
        """Markdown whose mathematics GitHub renders."""
        return to_markdown(self.telling, self.worked, language_of(language))

    def to_html(self, language: str = "en", title: str | None = None) -> str:
        """One page for a browser, with all that it needs inside: no network, no script."""
        # latex2mathml is loaded with the first page: text need not wait for it.
        from symgd.pages.html import to_html

        return to_html(self.telling, self.worked, language_of(language), title)

    def to_json(self, language: str = "en") -> str:
        """Everything that the page shows, as data; ids are the same in every language."""
        return to_json(self.telling, self.worked, words=language_of(language))

    def to_pdf(self, language: str = "en") -> bytes:
        """A PDF, set by a pdflatex that is found, else printed by a Chromium that is found.

        Raises MissingExtraError, which says what to install, where there is neither.
        """
        # The page, and latex2mathml with it, is loaded with the first PDF.
        from symgd.pages.pdf import to_pdf

        return to_pdf(self.telling, self.worked, language_of(language))

    def figure(self, format: str = "svg", language: str = "en") -> str | bytes:
        """The model as a graph, SVG text or PNG bytes; with its numbers once there is a point.

        Raises MissingExtraError without matplotlib.
        """
        # Pictures are loaded with the first one, and matplotlib with them.
        from symgd.pages.figures import graph_figure

        return graph_figure(self.telling.graph, self.worked, format, language_of(language))

    def activation_figure(self, format: str = "svg", language: str = "en") -> str | bytes:
        """The activation with its derivative and its kinks, as `figure`."""
        from symgd.pages.figures import activation_figure

        point = self.worked.point if self.worked is not None else {}
        return activation_figure(self.telling, format, language_of(language), point)

    def written(self, format: str, language: str = "en") -> str | bytes:
        """The derivation in a format, by its name in `symgd.pages.formats.PAGES`."""
        if format not in PAGES:
            raise InputError(f"format={shown(str(format))} is not known; it is {listing(PAGES)}.")
        return _WRITERS[format](self, language)

    def save(self, path: str | Path, language: str = "en") -> Path:
        """Write the file in the format of its ending (.html, .tex, ...), whole or not at all."""
        path = Path(path)
        return write_whole(path, self.written(format_of(path, PAGES), language))


class WorkedDerivation(Derivation):
    """A derivation at a point: its values, its gradient, and one update."""

    worked: Worked

    @property
    def values(self) -> dict[str, float]:
        """Every name of the model and its value."""
        return self.worked.values

    @property
    def gradient(self) -> dict[str, float]:
        """parameter → the derivative of the cost in it, a real number."""
        return self.worked.gradient

    @property
    def updates(self) -> tuple[Update, ...]:
        return self.worked.updates

    @property
    def predicted(self) -> float:
        """The change of the cost that first order predicts, -η‖∇C‖²."""
        return self.worked.predicted

    @property
    def actual(self) -> float:
        """The change of the cost that happens."""
        return self.worked.actual


# A row for each of PAGES.
_WRITERS: dict[str, Callable[[Derivation, str], str | bytes]] = {
    "text": Derivation.to_text,
    "latex": lambda d, language: d.to_latex(document=True, language=language),
    "markdown": Derivation.to_markdown,
    "html": Derivation.to_html,
    "json": Derivation.to_json,
    "pdf": Derivation.to_pdf,
}


def _latex(expr: Expr, derivation: Derivation) -> str:
    return latex(expr, derivation.telling.graph.spelling)
