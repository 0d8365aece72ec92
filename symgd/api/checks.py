"""The judge of derivations that people wrote, as users call it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from symgd.api.arguments import DOCUMENT, LIST, TEXT, takes
from symgd.errors import FormulaError, InputError, quote, shown
from symgd.resources import bounded
from symgd.targets.flags import undisturbed

if TYPE_CHECKING:
    from symgd.judge import Report


@takes(lines=LIST | TEXT, definitions=LIST | TEXT, assume=LIST | TEXT)
@bounded
@undisturbed
def check(
    lines: Iterable[str], definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Report:
    r"""For each line: is the equation true, and does it follow from the line before?

    >>> report = check([r"\frac{dC}{dw} = (y - wx)x"], definitions=[r"C = \frac12 (y - wx)^2"])
    >>> report.first_wrong
    0

    lines         LaTeX, a line of the derivation each; one that begins with = goes on from above
    definitions   what is given: C = \frac12(y - \hat{y})^2
    assume        where it is meant to hold: x > 0, y \in \{0, 1\}, \sum_c t_c = 1

    `report.lines[k].verdict` is proved, sampled, wrong or unknown; what is not understood is
    unknown, with the reason, and is never an error: so is what rests on a definition that is not
    understood. Raises InputError where a text stands for a list of them.
    """
    from symgd.judge import check as judge

    lines, definitions, assume = (
        _texts("check", name, given)
        for name, given in (("lines", lines), ("definitions", definitions), ("assume", assume))
    )
    return judge(lines, definitions, assume)


@takes(text=DOCUMENT, kind=TEXT.or_none, definitions=LIST | TEXT, assume=LIST | TEXT, source=TEXT)
@bounded
@undisturbed
def check_text(
    text: str,
    kind: str | None = None,
    definitions: Sequence[str] = (),
    assume: Sequence[str] = (),
    source: str = "",
) -> Report:
    """The verdict on every formula of a document.

    >>> check_text("$C = w^2$ so $dC/dw = w$").verdict
    'wrong'

    kind     tex, md, ipynb or txt; without it, by the ending of `source`, else by what it holds
    source   the name of the file, for the report

    Raises InputError for a document without a formula and for a definition or an assumption that
    cannot be read, and FormulaError for macros without end.
    """
    from symgd.judge import check_rows
    from symgd.judge.documents import kind_of, rows

    definitions, assume = (
        _texts("check_text", name, given)
        for name, given in (("definitions", definitions), ("assume", assume))
    )
    check_readable("definition", definitions)
    check_readable("assumption", assume)
    found = rows(text, kind or kind_of(source or None, text))
    return replace(check_rows(found, definitions, assume), source=source)


def check_readable(what: str, texts: Sequence[str]) -> None:
    """Raise InputError for LaTeX given beside a document that is not understood: it was typed for
    this one run.
    """
    from symgd.judge.environment.lexicon import vocabulary_of
    from symgd.language.latex.statements import statement

    for text in texts:
        try:
            statement(text, vocabulary_of(list(texts), [], []))
        except FormulaError as error:
            raise InputError(f"The {what} {quote(text)} is not understood. {error}") from None


def _texts(function: str, name: str, given: Iterable[str]) -> list[str]:
    """Raises InputError for what is no list of texts, and for more than anyone wrote, of which a
    generator may have no end."""
    from symgd.judge.documents import MOST_ROWS

    if isinstance(given, str):
        raise InputError(
            f"{function}() takes a list of {name}, not one text; write {name}=[...], or hand a "
            "document to check_text()."
        )
    found = list(islice(given, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise InputError(f"{function}() takes at most {MOST_ROWS} {name}; check them in parts.")
    for text in found:
        if type(text) is not str and not issubclass(type(text), str):
            raise InputError(f"{function}() takes lines of text; {quote(shown(text))} is none.")
    return [str.__str__(t) for t in found]
