"""The judge of derivations that people wrote, as users call it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgd.errors import InputError

if TYPE_CHECKING:
    from symgd.checking import Report


def check(
    lines: Iterable[str], definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Report:
    r"""For each line: is the equation true, and does it follow from the line before?

    >>> report = check([r"\\frac{dC}{dw} = (y - wx)x"], definitions=[r"C = \\frac12 (y - wx)^2"])
    >>> report.first_wrong
    0

    lines         LaTeX, a line of the derivation each; one that begins with = goes on from above
    definitions   what is given: C = \\frac12(y - \\hat{y})^2
    assume        where it is meant to hold: x > 0, y \\in \\{0, 1\\}, \\sum_c t_c = 1

    `report.lines[k].verdict` is proved, sampled, wrong or unknown; what is not understood is
    unknown, with the reason, and is never an error. Raises InputError where a text stands for a
    list of them, and FormulaError for definitions that cannot be read.
    """
    from symgd.checking import check as judge

    for name, given in (("lines", lines), ("definitions", definitions), ("assume", assume)):
        if isinstance(given, str):
            raise InputError(
                f"check() takes a list of {name}, not one text; write {name}=[...], or hand a "
                "document to check_text()."
            )
    return judge(list(lines), list(definitions), list(assume))


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

    Raises InputError for a document without a formula, and FormulaError for macros without end.
    """
    from symgd.checking import check_rows
    from symgd.checking.documents import kind_of, rows

    found = rows(text, kind or kind_of(source or None, text))
    return replace(check_rows(found, list(definitions), list(assume)), source=source)


def check_file(path: Path, definitions: Sequence[str] = (), assume: Sequence[str] = ()) -> Report:
    """The verdict on every formula of a file; nothing but this file is read.

    Raises InputError for a file that cannot be read, is not text, or holds no formula.
    """
    try:
        with path.open("rb") as file:
            # One byte past the limit is enough to know.
            data = file.read(_largest() + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    return check_bytes(data, str(path), definitions, assume)


def check_bytes(
    data: bytes, source: str = "", definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Report:
    """The same of the bytes of a file."""
    from symgd.checking.documents import decode

    text = decode(data, source or "The input")
    try:
        return check_text(text, None, definitions, assume, source)
    except InputError as error:
        raise type(error)(f"{source or 'The input'}: {error}") from None


def _largest() -> int:
    from symgd.checking.documents import LARGEST

    return LARGEST
