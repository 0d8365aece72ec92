r"""A document → the rows of mathematics in it, each with the line of the file where it stands.

    rows(text, "md")       the rows of a text whose kind is known
    decode(data)           the bytes of a file as text, or one sentence why not
    kind_of(name, text)    its kind, by the ending of the name or by what it holds

Nothing is read but the text that is given, and nothing in it is executed: \input and \write18 stay
where they are, and the judge does not know them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from symgd.errors import InputError, listing, quote
from symgd.judge.reading import hypertext, markdown, plain, prose, restructured, tex
from symgd.judge.reading.displays import carried_over, formulas, gone_on, statements
from symgd.judge.reading.joined import parts
from symgd.judge.reading.rows import Lines, Row, without_surrogates
from symgd.judge.reading.tex import Expander, expand
from symgd.judge.words import say

__all__ = ["ENDINGS", "KINDS", "Row", "decode", "kind_of", "rows"]

LARGEST = 20_000_000
MOST_ROWS = 5_000

KINDS = ("tex", "md", "ipynb", "rst", "html", "txt")
#  ending       kind
ENDINGS = {
    ".tex":      "tex",
    ".ltx":      "tex",
    ".latex":    "tex",
    ".md":       "md",
    ".markdown": "md",
    ".mdx":      "md",
    ".qmd":      "md",
    ".rmd":      "md",
    ".ipynb":    "ipynb",
    ".rst":      "rst",
    ".rest":     "rst",
    ".html":     "html",
    ".htm":      "html",
    ".xhtml":    "html",
    ".txt":      "txt",
}  # fmt: skip

# A pattern that looks for what stands behind spaces tries each of them, and one call of it is ended
# by no limit; how wide a space is says nothing past a few indents.
WIDEST = 64
_WIDE = re.compile(rf"[^\S\n]{{{WIDEST + 1},}}")
# So is what is the same over and over, of up to four signs: more often than any number has digits
# and any rule of dashes is long. A formula that is cut says something else: it is not understood.
OFTEN = 256
_REPEATED = re.compile(rf"([^\n]{{1,4}}?)\1{{{OFTEN},}}")
_RULED = frozenset("-=~_*#.:| ")
CUT = "\N{REPLACEMENT CHARACTER}"
_LATEX = re.compile(r"\\documentclass\b|\\begin\s*\{document\}|\\usepackage\b|\\section\b")
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|~~~|[-*] \S|> )|\]\(|\$`", re.MULTILINE)
_RESTRUCTURED = re.compile(r"^\s*\.\. math::|:math:`", re.MULTILINE)
_HYPERTEXT = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_MATHEMATICS = re.compile(r"\$[^$]|\\\[|\\\(|\\begin\s*\{")


def rows(text: str, kind: str, macros: str = "") -> list[Row]:
    """The rows of mathematics in a text, in its order; `kind` is one of KINDS.

    macros   LaTeX whose \\newcommand and their kin hold in the document, as if they stood before it

    Raises InputError for a notebook that is none and for more rows than anyone wrote, FormulaError
    for a macro without end and for an environment that is never closed.
    """
    if kind not in KINDS:
        raise InputError(
            f"{quote(kind)} is not a kind of document; the kinds are {listing(KINDS)}."
        )
    if len(text) > LARGEST:
        raise InputError(say("fault:too-large", count=len(text), most=LARGEST))
    text = without_surrogates(text).replace("\r\n", "\n").replace("\r", "\n")
    text = _WIDE.sub(" " * WIDEST, text.removeprefix("\ufeff"))
    text = _REPEATED.sub(lambda m: m[1] * OFTEN + ("" if {*m[1]} <= _RULED else CUT), text)
    found = []
    for row in READERS[kind](text, macros):
        found.append(row)
        if len(found) > MOST_ROWS:
            raise InputError(say("fault:many-formulas", most=MOST_ROWS))
    return found


def decode(data: bytes, name: str = "The input") -> str:
    """UTF-8 (or UTF-16 that says so) as text.

    Raises InputError for what is not text.
    """
    if len(data) > LARGEST:
        raise InputError(say("fault:bytes", name=name, count=len(data), most=LARGEST))
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(say("fault:not-utf", name=name, byte=error.start)) from None
    if "\0" in text:
        raise InputError(say("fault:nul", name=name))
    return text


def kind_of(name: str | None, text: str) -> str:
    """By the ending of the file's name; where that says nothing, by what the text holds."""
    known = ENDINGS.get(Path(name).suffix.lower()) if name else None
    if known is not None:
        return known
    if text.lstrip()[:1] == "{" and '"cells"' in text:
        return "ipynb"
    if _HYPERTEXT.match(text):
        return "html"
    if _LATEX.search(text):
        return "tex"
    if _RESTRUCTURED.search(text):
        return "rst"
    if _MARKDOWN.search(text):
        return "md"
    return "tex" if _MATHEMATICS.search(text) else "txt"


def _expanded(text: str, macros: str) -> str:
    """The text with its own macros expanded, and with those of another."""
    if not macros:
        return expand(text)
    expander = Expander()
    expander.document(tex.prepared(macros))
    return expander.document(text)


def _of_tex(text: str, macros: str) -> Iterator[Row]:
    return _rows(tex.body(_expanded(tex.prepared(text), macros)))


def _of_markdown(text: str, macros: str) -> Iterator[Row]:
    return _rows(_expanded(markdown.prepared(text), macros), is_markdown=True)


def _of_notebook(text: str, macros: str) -> Iterator[Row]:
    cells = markdown.cells_of(text)
    said = without_surrogates(cells.text)
    for row in _rows(_expanded(said, macros), is_markdown=True):
        yield replace(row, number=cells.numbers[row.number - 1])


def _of_restructured(text: str, macros: str) -> Iterator[Row]:
    return _rows(_expanded(restructured.prepared(text), macros), is_markdown=True)


def _of_hypertext(text: str, macros: str) -> Iterator[Row]:
    return _rows(_expanded(hypertext.prepared(text), macros), is_markdown=True)


def _of_plain(text: str, macros: str) -> Iterator[Row]:
    """A formula a line, unless it is LaTeX with its marks."""
    return _of_tex(text, macros) if _MATHEMATICS.search(text) else plain.rows(text)


def _rows(text: str, is_markdown: bool = False) -> Iterator[Row]:
    """The rows of a text, where `a =` in one display and `b` in the next are a and = b."""
    relation = ""
    for row in _rows_of_displays(text, is_markdown):
        if row.inline:
            yield row
            continue
        said, relation = carried_over(gone_on(relation, row.text))
        yield replace(row, text=said)


def _rows_of_displays(text: str, is_markdown: bool) -> Iterator[Row]:
    lines = Lines(text)
    found = list(formulas(text, is_markdown))
    bounds = prose.bounds_beside(text, found)
    headings = prose.Headings(text)
    symmetric = prose.symmetric_matrices(text, found)
    orthogonal = prose.orthogonal_matrices(text, found)
    tags = prose.tags(text)
    laid_down = edge = False
    for group, formula in enumerate(found):
        inner = text[formula.start : formula.end]
        if is_markdown:
            inner = markdown.unescaped(inner, formula.escaped)
        first = lines.at(formula.start)
        within = Lines(inner)
        kind = "whole" if formula.inline else formula.kind
        behind = found[group - 1].end if group else 0
        before = text[behind : formula.start]
        after = text[formula.end : found[group + 1].start if group + 1 < len(found) else None]
        edge = formula.inline and (
            prose.is_edge(inner, before, after) or (edge and prose.is_other_edge(inner, before))
        )
        if edge:
            continue
        laid_down = prose.says_supposed(before) or (laid_down and prose.joins(before))
        supposed = laid_down or (formula.inline and prose.is_conditional(before))
        named = formula.inline and prose.is_named(before, after)
        listed = not formula.inline and prose.tells_apart(before, after[: prose.SENTENCE])
        led = prose.leads(before)
        section = headings.at(formula.start)
        rewrites = not formula.inline and prose.rewrites(before)
        let = prose.says_let(before) if formula.inline else prose.is_defined(before)
        attached = group in bounds.attached
        denied = prose.denied(text, formula)
        pieces = list(statements(inner, 0, len(inner), kind))
        for nth, piece in enumerate(pieces, start=1):
            end = pieces[nth].at if nth < len(pieces) else len(inner)
            elsewhere = prose.reason_elsewhere(inner[piece.at : end], tags)
            for said in parts(piece.text):
                number = first + within.at(piece.at) - 1
                said = prose.under(said, bounds.of.get(group, ""))
                yield Row(said, number, formula.inline, group, section, let, denied, attached,
                          supposed=supposed, named=named,
                          listed=listed or prose.is_labelled(said), led=led, rewrites=rewrites,
                          elsewhere=elsewhere)  # fmt: skip
        for name in dict.fromkeys(symmetric.get(group, ())):
            yield Row(rf"{name} = {name}^\top", first, True, group, section, words=True)
        for name in dict.fromkeys(orthogonal.get(group, ())):
            yield Row(rf"{name}^{{-1}} = {name}^\top", first, True, group, section, words=True)


READERS = {
    "tex": _of_tex, "md": _of_markdown, "ipynb": _of_notebook, "rst": _of_restructured,
    "html": _of_hypertext, "txt": _of_plain,
}  # fmt: skip
