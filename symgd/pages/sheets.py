"""Sheets of exercises: their pieces, and what writes them in each format.

A `Leaf` is what is handed out, a run of pieces in one language: a heading, a sentence, a block of
rows as a derivation has them, a form for the answers. In a formula a `Gap` stands where something
was left out; `blank(n)` is a name that is printed as one, for gaps in the middle of an expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symgd.pages.document import Block, Document, Formulas, Parts, Phrase
from symgd.pages.latex import DOCUMENT, spaced
from symgd.pages.latex import Writer as LatexWriter
from symgd.pages.messages import LANGUAGES, language
from symgd.pages.messages.english import Language
from symgd.pages.text import block_lines, width

# The first of the characters that stand for gaps in an expression; no formula holds one.
FIRST = 0xE100
MOST_GAPS = 300
_BLANK = re.compile(f"[{chr(FIRST)}-{chr(FIRST + MOST_GAPS)}]")


@dataclass(frozen=True, slots=True)
class Gap:
    """Where an answer belongs, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A title above the pieces that follow; `level` 1 is that of the leaf."""

    words: Phrase
    level: int = 2


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence."""

    words: Phrase


@dataclass(frozen=True, slots=True)
class Form:
    """A line for each answer, with what stands before it: "[1: 2 points]"."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A line for each item: what stands before it, and the item."""

    items: tuple[tuple[str, Phrase], ...]


Piece = Heading | Said | Form | Listed | Block


@dataclass(frozen=True)
class Leaf:
    """What is handed out: its pieces in order, and the data that stand behind them."""

    words: Language
    formulas: Formulas
    pieces: tuple[Piece, ...]
    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        return next((p.words.words for p in self.pieces if isinstance(p, Heading)), "")

    @property
    def document(self) -> Document:
        """As the writers of blocks take it: nothing is claimed, and there is no result."""
        empty = Block("result", Phrase(""), ())
        return Document(self.words, self.formulas, (), empty, (), ())


def blank(number: int) -> str:
    """The name that is printed as a gap."""
    return chr(FIRST + number)


def number_of(character: str) -> int:
    return ord(character) - FIRST


class Gapped:
    """Formulas in which gaps are written as [1]; all others are those of a derivation."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas

    def text(self, x: Any) -> str:
        return _BLANK.sub(lambda m: f"[{number_of(m[0])}]", self._said(x, self.formulas.text))

    def speech(self, x: Any) -> str:
        return _BLANK.sub(lambda m: f"[{number_of(m[0])}]", self._said(x, self.formulas.speech))

    def latex(self, x: Any) -> str:
        return _in_latex(self._said(x, self.formulas.latex))

    def latex_with_marks(self, x: Any, came: Parts = (), goes: Parts = ()) -> str:
        # what changes is not marked: it would say what belongs into a gap
        marked = self._said(x, lambda e: self.formulas.latex_with_marks(e))
        return _BLANK.sub(lambda m: rf"\text{{ [{number_of(m[0])}] }}", marked)

    def changes(self, before: Any, part: Any, after: Any) -> tuple[Parts, Parts]:
        return (), ()

    def columns(self, x: Any) -> float:
        return 6.0 if isinstance(x, Gap) else self.formulas.columns(x)

    def pieces(self, x: Any, room: float) -> list[tuple[str, float]]:
        if isinstance(x, Gap):
            return [(self.latex(x), 6.0)]
        return [(_in_latex(body), size) for body, size in self.formulas.pieces(x, room)]

    def lines(self, text: str) -> list[str]:
        return self.formulas.lines(text)

    def _said(self, x: Any, said: Callable[[Any], str]) -> str:
        return blank(x.number) if isinstance(x, Gap) else said(x)


def _in_latex(body: str) -> str:
    return _BLANK.sub(lambda m: rf"\boxed{{\text{{[{number_of(m[0])}]}}}}", body)


# -- text -----------------------------------------------------------------------------------------


def to_text(leaf: Leaf) -> str:
    """Unicode, for a terminal or a printer."""
    parts = []
    for piece in leaf.pieces:
        match piece:
            case Heading(words, level):
                line = words.render(leaf.formulas.text)
                parts.append(f"{line}\n{('═' if level == 1 else '─') * width(line)}")
            case Said(words):
                parts.append("\n".join(_wrapped(words.render(leaf.formulas.text))))
            case Form(labels):
                parts.append("\n\n".join(f"{label} {'_' * 40}" for label in labels))
            case Listed(items):
                lines = [f"  {a} {b.render(leaf.formulas.text)}" for a, b in items]
                parts.append("\n".join(lines))
            case Block():
                parts.append("\n".join(block_lines(piece, leaf.formulas)))
    return "\n\n".join(parts) + "\n"


def _wrapped(sentence: str, room: int = 96) -> Iterator[str]:
    """Lines of at most `room` columns; Chinese breaks anywhere, other words between them."""
    line = ""
    for word in re.findall(r"[^\s\u3000-\u9fff\uff00-\uffef]+ ?|[\u3000-\u9fff\uff00-\uffef] ?|\s",
                           sentence):  # fmt: skip
        # no line begins with a mark that ends a sentence
        if line.strip() and width(line + word.rstrip()) > room and word[0] not in "，。；：）、":
            yield line.rstrip()
            line = ""
        line += word
    if line.strip():
        yield line.rstrip()


# -- LaTeX ----------------------------------------------------------------------------------------


def to_latex(leaf: Leaf) -> str:
    """A document that compiles on its own; an answer is written in the place of \\hrulefill."""
    writer = LatexWriter(leaf.document, True)
    parts = []
    for piece in leaf.pieces:
        match piece:
            case Heading(words, level):
                size = r"\Large" if level == 1 else r"\large"
                said = _escaped(words, writer.inline)
                parts.append(f"\\par\\medskip{{{size}\\bfseries {said}}}\\par")
            case Said(words):
                parts.append(f"\\par\\smallskip {_escaped(words, writer.inline)}\\par")
            case Form(labels):
                for label in labels:
                    parts.append(f"\\medskip\n\n\\noindent{{}}{_tex(label)} \\hrulefill\n")
            case Listed(items):
                parts += [
                    f"\\noindent {_tex(a)}~{_escaped(b, writer.inline)}\\par" for a, b in items
                ]
            case Block():
                parts.append(writer.block(piece))
    body = spaced("\n".join(parts))
    return DOCUMENT.replace("%preamble\n", _preamble(leaf)).replace("%s", body)


# The last letter that pdflatex has in its own fonts: Latin with every accent.
LAST_LATIN = "\u017f"


def _preamble(leaf: Leaf) -> str:
    """Of the language; letters that pdflatex lacks bring that of a language which has them."""
    if leaf.words.preamble:
        return leaf.words.preamble
    said = "".join(p.words.words for p in leaf.pieces if isinstance(p, Heading | Said))
    if not any(c.isalpha() and c > LAST_LATIN for c in said):
        return ""
    return next((p for p in (language(code).preamble for code in LANGUAGES) if p), "")


# What LaTeX would take for a command of its own.
_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in text)


def _escaped(phrase: Phrase, inline: Callable[[Any], str]) -> str:
    """The words escaped, the formulas as they are."""
    pieces = re.split(r"(\{\d+\})", phrase.words) if phrase.formulas else [phrase.words]
    return "".join(
        inline(phrase.formulas[int(p[1:-1])]) if k % 2 else _tex(p) for k, p in enumerate(pieces)
    )


# -- Markdown, and notebooks of it ----------------------------------------------------------------


def to_markdown(leaf: Leaf) -> str:
    """Markdown whose mathematics GitHub renders."""
    return "\n\n".join(_markdown(leaf)) + "\n"


def _markdown(leaf: Leaf) -> Iterator[str]:
    from symgd.pages.markdown import Page

    page = Page(leaf.document)
    for piece in leaf.pieces:
        match piece:
            case Heading(words, level):
                yield f"{'#' * level} {page.prose(words)}"
            case Said(words):
                yield page.prose(words)
            case Form(labels):
                yield "\n\n".join(f"{label} {'_' * 30}" for label in labels)
            case Listed(items):
                yield "\n".join(f"- {a} {page.prose(b)}" for a, b in items)
            case Block():
                yield "\n\n".join(page.block(piece))


def to_notebook(leaf: Leaf) -> str:
    """A notebook (nbformat 4.5) of Markdown cells; each answer has a cell of its own."""
    cells: list[dict[str, Any]] = []
    for said in _notebook(leaf):
        cells.append(
            {
                "cell_type": "markdown",
                "id": f"piece-{len(cells) + 1}",
                "metadata": {},
                "source": said.splitlines(keepends=True),
            }
        )
    about = {"language_info": {"name": "python"}}
    book = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


_INLINE = re.compile(r"\$`(.*?)`\$")
_FENCE = re.compile(r"```math\n(.*?)\n```", re.DOTALL)


def _notebook(leaf: Leaf) -> Iterator[str]:
    """Jupyter has no fences of mathematics: dollars stand in their place."""
    for part in _markdown(leaf):
        said = _FENCE.sub(lambda m: f"$$\n{m[1]}\n$$", _INLINE.sub(r"$\1$", part))
        if any(isinstance(p, Form) for p in leaf.pieces) and said.startswith("["):
            yield from said.split("\n\n")
        else:
            yield said


# -- HTML and data --------------------------------------------------------------------------------


def to_html(leaf: Leaf) -> str:
    """One page that stands alone: no network, no script; it prints as it is."""
    # latex2mathml is loaded with the first page: text need not wait for it.
    from symgd.pages.html import Writer, el, page

    writer = Writer(leaf.document)
    main = el("main")
    for piece in leaf.pieces:
        match piece:
            case Heading(words, level):
                tag, kind = ("h1", "title") if level == 1 else ("h2", "part")
                main.append(el(tag, *writer.phrase(words), class_=kind))
            case Said(words):
                main.append(el("p", *writer.phrase(words)))
            case Form(labels):
                for label in labels:
                    main.append(el("p", el("span", label), el("span", class_="blank"),
                                   class_="answer"))  # fmt: skip
            case Listed(items):
                rows = (el("li", f"{a} ", *writer.phrase(b)) for a, b in items)
                main.append(el("ul", *rows, class_="listed"))
            case Block():
                main.append(writer.block(piece))
    return page(leaf.title, main, leaf.words)


def to_json(leaf: Leaf) -> str:
    """The questions as data."""
    return json.dumps(leaf.data, indent=2, ensure_ascii=False) + "\n"


__all__ = ["Form", "Gap", "Gapped", "Heading", "Leaf", "Listed", "Piece", "Said", "blank"]
