"""The alphabets of arrays: those of formulas, but for what arrays spell otherwise.

In a product of matrices nothing but space stands between the factors; numbers are short decimals
where they can be. LANGUAGE is what `symgd.language.arrays.grammar` reads back, so nothing in it
is left to be guessed.
"""

from __future__ import annotations

from dataclasses import replace

from symgd.language import alphabets
from symgd.language.alphabets import (
    ASCII,
    Words,
    ascii_exponent,
    exact_decimal,
    prime,
    terminates,
)

# Numbers whose numerator and denominator are at most this are fractions in LaTeX.
SHORT_FRACTION = 64
PLACES = 12

# -- the names of operations -----------------------------------------------------------------------

# What acts entry by entry has the name of its function.

_UPRIGHT = ("tr", "sum", "vec", "softmax", "diag", "logsumexp", "pinv", "lower", "below")
_LATEX: Words = {n: rf"\mathrm{{{n}}}" for n in _UPRIGHT} | {
    "det": r"\det",
    "max": r"\max",
    "prod": r"\mathrm{prod}",
    "peak": r"\mathrm{peak}",
    "diagonal": r"\mathrm{diag}",
    "expm": r"\exp",
    "sinm": r"\sin",
    "cosm": r"\cos",
    "rsum": r"\mathrm{rowsum}",
    "csum": r"\mathrm{colsum}",
    "rsoftmax": r"\mathrm{softmax}",
    "rlogsumexp": r"\mathrm{logsumexp}",
    "log": r"\ln",
}
_UNICODE: Words = {
    "diagonal": "diag",
    "expm": "exp",
    "sinm": "sin",
    "cosm": "cos",
    "rsum": "rowsum",
    "csum": "colsum",
    "rsoftmax": "softmax",
    "rlogsumexp": "logsumexp",
    "log": "ln",
}
_LANGUAGE: Words = {"diagonal": "diag"}

# -- numbers and products -------------------------------------------------------------------------


def _short_decimal(p: int, q: int) -> str | None:
    """0.044715, if it ends within twelve places."""
    if not terminates(q):
        return None
    body = exact_decimal(p, q)
    return body if len(body.partition(".")[2]) <= PLACES else None


def _unicode_decimal(p: int, q: int) -> str | None:
    """½ ¼ ¾ are letters of their own."""
    return None if q in (2, 4) and p < q else _short_decimal(p, q)


def _latex_decimal(p: int, q: int) -> str | None:
    return None if max(p, q) <= SHORT_FRACTION else _short_decimal(p, q)


DIGITS = frozenset("0123456789")
# Between one of these and a digit stands a dot.
CLOSING = DIGITS | {")"}


def _latex_between(left: str, right: str) -> str:
    if right[0] in DIGITS and left[-1] in CLOSING:
        return r" \cdot "
    return r"\," if right.startswith(r"\mathrm") and not left.endswith(")") else " "


def _begins_with_word(body: str) -> bool:
    """ln(y), W_q: what would be one word with a letter before it."""
    return (
        len(body) > 1
        and body[0].isascii()
        and body[0].isalpha()
        and (body[1] == "_" or (body[1].isascii() and body[1].isalpha()))
    )


def _unicode_between(left: str, right: str) -> str:
    """Nothing where a bracket, a raised sign or a single letter keeps two factors apart."""
    if right[0] in DIGITS and left[-1] in CLOSING:
        return "·"
    if right[0] == "d" or right[0].isdigit() or _begins_with_word(right):
        return "" if left[-1] == ")" and right[0] != "d" else " "
    return "" if left[-1] in ")ᵀ⁻¹" or right[0] == "(" or len(left) == 1 else " "


# -- the alphabets --------------------------------------------------------------------------------

LANGUAGE = replace(
    ASCII,
    functions=_LANGUAGE,
    decimal=_short_decimal,
    power=lambda b, e: f"{b}^{ascii_exponent(e)}",
)

UNICODE = replace(
    alphabets.UNICODE,
    functions=_UNICODE,
    decimal=_unicode_decimal,
    times=" ",
    between=_unicode_between,
    prime=prime("′", "^({})"),
)

LATEX = replace(
    alphabets.LATEX,
    functions=_LATEX,
    decimal=_latex_decimal,
    times=" ",
    between=_latex_between,
    power=lambda b, e: f"{b}^{{{e}}}",
)
