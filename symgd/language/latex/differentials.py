r"""A d in italics that is the differential: d(uv) = u\,dv + v\,du.

The same d is a letter elsewhere, the d of \mathbb{R}^d beside it, and dW is the name of a slope to
some. In a line of differentials every term of every side has one, before what is differentiated,
and a letter stands behind one of them at least: a distance d(x, y) is none. If one of them is that
of more than a letter, d(uv) or d\log x, the line is known by itself; others, dz = x\,dw + w\,dx,
are known by such a line beside them, if none says what a dW is by what has no d: dZ = A - Y.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from symgd.errors import FormulaError
from symgd.language.latex.tokens import COMMAND, END, LETTER, NUMBER, SIGN, Token, tokenize
from symgd.language.latex.vocabulary import BARE, RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

D, UPRIGHT = "d", r"\mathrm"
OPENS, CLOSES = frozenset("([{"), frozenset(")]}")
# Signs and commands that stand between terms, or between the sides of a line.
BETWEEN = frozenset({"+", "-", r"\pm", r"\mp", "&", ",", ";", *RELATIONS})
# A line with one of these has another d.
ELSEWHERE = frozenset({r"\int", r"\iint", r"\iiint", r"\oint", r"\mathbb"})
# Behind these no operand begins.
ENDS = frozenset(
    r"\cdot \times \odot \otimes \top \in \to \dots \ldots \cdots \quad \qquad \\ \end".split()
)


def upright_ahead(p: Parser, by: int = 0) -> int:
    r"""How many tokens the \mathrm d or \mathrm{d} has that stands so many ahead; 0 of another."""
    texts = [p.ahead(by + i).text for i in range(4)]
    if texts[:2] == [UPRIGHT, D]:
        return 2
    return 4 if texts == [UPRIGHT, "{", D, "}"] else 0


def are_written(texts: Iterable[str]) -> bool:
    """Whether the lines of differentials of letters alone are such in a document, too."""
    found = False
    for text in texts:
        if not _COMPOUND.search(text) and not _NAMED.search(text):
            continue
        try:
            tokens = tokenize(text)
        except FormulaError:
            continue
        places = differentials(tokens)
        if not places and _names_a_slope(tokens):
            return False
        found = found or _has_one_of_more(tokens, places)
    return found


# What may be the differential of more than a letter, and what may be the name of a slope.
_COMPOUND = re.compile(r"(?<![A-Za-z\\])d\s*(?:\\[,;!]\s*)?(?:[(\\\[]|e\s*\^)")
_NAMED = re.compile(r"(?<![A-Za-z\\])d\s*\\?[A-Za-z]+[^=]*=")


def _has_one_of_more(tokens: Sequence[Token], places: Iterable[int]) -> bool:
    return any(_is_of_more(tokens[k + 1 : k + 3]) for k in places)


def _is_of_more(behind: Sequence[Token]) -> bool:
    """Whether a bracket, a function or a power of e stands behind a d."""
    token = behind[0]
    if token.text == "e":
        return behind[-1].text == "^"
    return token.text in OPENS or (token.kind == COMMAND and token.text[1:] in BARE)


def _names_a_slope(tokens: Sequence[Token]) -> bool:
    """dZ = ..., or dW^{[1]} = ..., of which no other side has a d."""
    first = [t for t in tokens[:2] if t.kind in (LETTER, COMMAND)]
    if len(first) < 2 or first[0].text != D or first[1].text in RELATIONS:
        return False
    equals = next((k for k, t in enumerate(tokens) if t.text in RELATIONS), None)
    return equals is not None and not any(t.text == D for t in tokens[equals:])


def upright(tokens: Sequence[Token], every: bool) -> tuple[Token, ...] | None:
    r"""The tokens with \mathrm d for each d of a line of differentials; None of another line.

    Of `every` such line, or of one that is known by itself.
    """
    places = differentials(tokens, bare=not every)
    if not places or not (every or _has_one_of_more(tokens, places)):
        return None
    return tuple(_marked(tokens, frozenset(places)))


def _marked(tokens: Sequence[Token], places: frozenset[int]) -> Iterator[Token]:
    for k, token in enumerate(tokens):
        if k in places:
            yield Token(COMMAND, UPRIGHT, token.at)
        yield token


def differentials(tokens: Sequence[Token], bare: bool = True) -> list[int]:
    """The places of the d of a line of differentials; none of another line.

    `bare`: a letter stands behind one of them; d(-x) = d(x) is else what a function d is like.
    """
    if not any(t.text == D and t.kind == LETTER for t in tokens):
        return []
    if any(t.text in ELSEWHERE for t in tokens):
        return []
    found: list[int] = []
    here: list[int] = []  # of the term that is read
    is_empty, depth, relations, has_bare = True, 0, 0, not bare
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == END or (depth == 0 and token.text in BETWEEN):
            if not (is_empty or here):
                return []
            found += here
            here, is_empty = [], True
            relations += token.text in RELATIONS
        elif (over := _quotient(tokens, k)) is not None:
            k, is_empty = over, False
            continue
        else:
            depth += (token.text in OPENS) - (token.text in CLOSES)
            is_empty = is_empty and token.text == "0"
            if token.text == D and token.kind == LETTER and not _begins_word(tokens, k):
                if not _is_before_operand(tokens, k):
                    return []
                here.append(k)
                has_bare |= tokens[k + 1].kind in (LETTER, COMMAND)
        k += 1
    return found if relations and has_bare else []


def _quotient(tokens: Sequence[Token], k: int) -> int | None:
    r"""The place behind \frac{dy}{dx}, whose d are none of these; None where none stands here."""
    if tokens[k].text != r"\frac" or tokens[k + 1].text != "{":
        return None
    middle = _behind(tokens, k + 1)
    if middle is None or tokens[middle].text != "{":
        return None
    end = _behind(tokens, middle)
    is_one = any(
        tokens[m].text == D or tokens[m].text == r"\partial" for m in range(middle + 1, end or 0)
    )
    return end if is_one else None


def _behind(tokens: Sequence[Token], k: int) -> int | None:
    """The place behind the group that opens at a place."""
    depth = 0
    for m in range(k, len(tokens)):
        depth += (tokens[m].text == "{") - (tokens[m].text == "}")
        if depth == 0:
            return m + 1
    return None


def _begins_word(tokens: Sequence[Token], k: int) -> bool:
    """Whether the d is that of det, or of diag."""
    word = ""
    for m in range(k, len(tokens)):
        if tokens[m].kind != LETTER or tokens[m].at != tokens[k].at + m - k:
            break
        word += tokens[m].text
    return any(word.startswith(known) for known in BARE if known.startswith(D) and len(known) > 1)


def _is_before_operand(tokens: Sequence[Token], k: int) -> bool:
    if k and tokens[k - 1].text in ("_", "^", "/", UPRIGHT):
        return False
    token = tokens[k + 1]
    if token.kind in (NUMBER, END):
        return False
    if token.text == "(":
        return not _holds_comma(tokens, k + 1)
    if token.kind == SIGN:
        return token.text in OPENS
    return token.kind == LETTER or not (token.text in RELATIONS or token.text in ENDS)


def _holds_comma(tokens: Sequence[Token], k: int) -> bool:
    depth = 0
    for token in tokens[k:]:
        depth += (token.text in OPENS) - (token.text in CLOSES)
        if depth == 0:
            return False
        if depth == 1 and token.text in (",", "|", ";"):
            return True
    return False


__all__ = ["are_written", "differentials", "upright", "upright_ahead"]
