"""What a user says of how a model is written → a `Notation`.

"bishop"                                       the style of a book
{"a1": r"a^{(1)}", "lam": r"\\lambda"}          names in a dress of their own
{"style": "bishop", "digits": 3, "names": {"lam": r"\\lambda"}}
"bishop, lam=\\\\lambda"                         the same on a command line
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from symgd.errors import InputError, as_text, did_you_mean, listing, quote, shown
from symgd.language.alphabets import LATEX, UNICODE
from symgd.language.dresses import plain_name, read_dress
from symgd.language.tokens import NUMBER, Token, tokenize
from symgd.trees.names import Spelling, symbol
from symgd.trees.notation import MOST_DIGITS, PLAIN, Dress, Notation
from symgd.trees.styles import STYLES

NotationSpec: TypeAlias = "str | Mapping[str, Any] | Notation | None"

OPTIONS: Final = frozenset({"style", "digits", "names"})


def notation_of(spec: NotationSpec) -> Notation:
    """The notation that a user gives; raises InputError, and FormulaError for the LaTeX of a name.

    A table has a row a name, its LaTeX or the pair of its LaTeX and its Unicode; `style`, `digits`
    and `names` in it are options, unless a row of `names` says how a name of the model that is
    called so is written.
    """
    match spec:
        case None:
            return PLAIN
        case Notation():
            return spec
        case str():
            return _of_text(spec)
        case Mapping():
            return _of_table(spec)
    raise InputError(
        f"notation is a {type(spec).__name__}; give the name of a style ({listing(STYLES)}) or a "
        "table from names to LaTeX."
    )


def check_names(notation: Notation, names: Collection[str]) -> Notation:
    """The notation, if each of its names is one of the model's."""
    for n in notation.names:
        if n not in names:
            raise InputError(
                f"The notation has {quote(n)}, which is no name of this model; its names are "
                f"{listing(names)}.{did_you_mean(n, names)}"
            )
    return notation


def check_apart(spelling: Spelling, names: Collection[str], given: Collection[str]) -> None:
    """Refuse a dress that makes two names of the model alike, in LaTeX or in a terminal."""
    for alphabet in (LATEX, UNICODE):
        seen: dict[str, str] = {}
        for n in names:
            dress = spelling.name(n, alphabet)
            other = seen.setdefault(dress, n)
            if other != n and not {n, other}.isdisjoint(given):
                raise InputError(
                    f"The notation writes {other} and {n} alike, as {dress}; give one of them "
                    "another dress."
                )


def _of_text(text: str) -> Notation:
    """bishop, lam=\\lambda: parts with commas between them, but for those in braces."""
    parts = [p.strip() for p in re.split(r",(?![^{}]*\})", text)]
    table: dict[str, Any] = {"names": {}}
    for i, part in enumerate(parts):
        name, sign, latex = (p.strip() for p in part.partition("="))
        if sign:
            table["names"][name] = latex
        elif i == 0:
            table["style"] = name
        else:
            raise InputError(
                f"{quote(part)} is no part of a notation; it is a style and then names with their "
                "LaTeX, as in bishop, lam=\\lambda."
            )
    return _of_table(table)


def _of_table(table: Mapping[str, Any]) -> Notation:
    style, digits = table.get("style", PLAIN.style), table.get("digits", PLAIN.digits)
    more = table.get("names", {})
    if not isinstance(style, str) or style not in STYLES:
        raise InputError(
            f"There is no style {quote(str(style))} of notation; there are {listing(STYLES)}."
            f"{did_you_mean(str(style), STYLES)}"
        )
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= MOST_DIGITS:
        raise InputError(
            f"digits={shown(digits)} is not a number of digits; it is a whole number from 1 to "
            f"{MOST_DIGITS}."
        )
    if not isinstance(more, Mapping):
        raise InputError("names of a notation are a table from names to LaTeX.")
    rows = {**{n: d for n, d in table.items() if n not in OPTIONS}, **more}
    names = ((plain_name(str(n), {}), d) for n, d in rows.items())
    return Notation({n: _dress(n, d) for n, d in names}, style, digits)


def _dress(name: str, given: Any) -> Dress:
    symbol(name)
    if isinstance(given, str):
        return read_dress(given)
    if (
        isinstance(given, tuple | list)
        and len(given) == 2
        and all(isinstance(g, str) for g in given)
    ):
        latex, _ = read_dress(given[0])
        text = given[1]
        if not text or len(text) > 40 or not text.isprintable() or text.isspace():
            raise InputError(
                f"The text of {name} is {quote(text)}; it is at most 40 letters and signs that can "
                "be seen."
            )
        return latex, text
    raise InputError(
        f"The notation of {name} is {quote(as_text(given))}; give its LaTeX, such as a^{{(1)}}, or "
        "the pair of its LaTeX and its text."
    )


def typed_numbers(texts: Iterable[str]) -> dict[Fraction, bool]:
    """number → whether a formula has it in decimals, 0.1, and not as a fraction, 1/10.

    The 1/10 of x/10 is a fraction where no number is in decimals, and is written as those else.
    """
    found: dict[Fraction, bool] = {}
    divided: dict[Fraction, bool] = {}
    for text in texts:
        tokens = tokenize(text)
        for i, token in enumerate(tokens):
            if token.kind != NUMBER:
                continue
            if _is_decimal(token):
                found.setdefault(token.value, True)
            elif token.value and _text_at(tokens, i - 1) == "/":
                above = _numerator(tokens, i - 2)
                if _text_at(tokens, i + 1) in POWERS:
                    continue
                (divided if above is None else found).setdefault(
                    (above or Fraction(1)) / token.value, False
                )
    return found if any(found.values()) else {**divided, **found}


# Before a number they bind more than a sign of division behind it: of z^2/10 the 2 is no numerator.
POWERS: Final = ("^", "**")
BINDING: Final = (*POWERS, "/")


def _is_decimal(token: Token) -> bool:
    """0.1, and 1e-6 too."""
    return "." in token.text or "e-" in token.text.lower()


def _numerator(tokens: list[Token], i: int) -> Fraction | None:
    """The number that stands at a place, if it is the whole of a numerator."""
    is_number = i >= 0 and tokens[i].kind == NUMBER and not _is_decimal(tokens[i])
    return tokens[i].value if is_number and _text_at(tokens, i - 1) not in BINDING else None


def _text_at(tokens: list[Token], i: int) -> str:
    return tokens[i].text if 0 <= i < len(tokens) else ""
