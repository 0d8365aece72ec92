r"""A display → its statements: rows at \\, columns at &, what goes on in the next row joined.

    align      a &= b & c &= d     two statements; a & = & b one; && \text{remark} none
    join       & separates nothing that means anything (eqnarray, gather)
    whole      \\ neither (multline)

Rows of inner environments (cases, bmatrix, aligned behind a \left\{) are not split. A row without a
relation that begins with +, -, · or \times goes on from the row above, and so does whatever
follows a row that ends in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symgd.judge.reading.blanks import spaces
from symgd.judge.reading.displays import BEGIN, ENVIRONMENTS, content, environments
from symgd.judge.reading.macros import partners

MOST_CELLS = 100  # of one row: what is behind them is one cell

# What is set beside the formula, with its argument.
_BESIDE = re.compile(
    r"\\(label|tag\*?|intertext|shortintertext|eqref|ref|cite|footnote|marginnote"
    r"|hspace\*?|vspace\*?)\s*(?=\{)"
)
_DROPPED = re.compile(
    r"\\(?:nonumber|notag|hline|displaybreak|allowdisplaybreaks|noindent|centering|hfill)\b"
    r"(?:\s*\[\d\])?"
)
_BREAK = re.compile(
    r"\\\\\*?(?:[ \t]*\[\s*-?[\d.]+\s*(?:pt|ex|em|mm|cm|in|bp|px|mu|sp|pc"
    r"|\\[a-zA-Z]+)\s*\])?|\\cr\b|\\newline\b|\\tabularnewline\b"
)
_PIECE = re.compile(_BREAK.pattern + r"|\\begin\s*\{|\\.|[&{]", re.DOTALL)
_RELATION = re.compile(
    r"(?<![<>])=|\\(?:approx|simeq|equiv|leq?|geq?|leqslant|geqslant|neq?|in|sim|propto|to|implies"
    r"|Rightarrow|iff|Leftrightarrow|coloneqq|triangleq|rightarrow|therefore|Longrightarrow"
    r"|longrightarrow|doteq|lt|gt|cong)(?![A-Za-z])|[<>≈≤≥≠∈≡⇒→∝]"
)
_GOES_ON = re.compile(
    r"(?:\\(?:q?quad|displaystyle|[,;:! ])|[~\s{}])*"
    r"(?:[+*/·×−-]|\\(?:cdot|times|odot|pm|mp|circ)(?![A-Za-z]))"
)
_UNFINISHED = re.compile(r"(?:[+*/·×−-]|\\(?:cdot|times|odot|pm|mp)|(?<![<>])=)$")
_REMARK = re.compile(r"[\s().,;:\[\]]*\\(?:text|mbox|textrm|textit|textbf|mathrm)\s*\{")
# The number of a row, in a column of its own.
_NUMBER = re.compile(r"\s*\(\d{1,3}[a-z]?\)\s*")
_BLANK = re.compile(r"(?:\\(?:q?quad|[,;:! ])|[\s~.,;:()])*")
_WORDS = re.compile(_BLANK.pattern + r"\\(?:text|mbox|textrm|textit|textbf)\s*\{")
_ENDS = re.compile(r"[\s.,;]*")
_WRAPPED = re.compile(r"\s*\\(?:boxed|fbox|ensuremath|displaystyle)\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement and the place where it begins; `hangs` where its row has nothing on the left."""

    text: str
    at: int
    hangs: bool = False


def statements(text: str, start: int, end: int, kind: str = "join") -> Iterator[Piece]:
    """The statements of the display text[start:end]; `kind` is of `displays.ENVIRONMENTS`."""
    display = _without_what_stands_beside(text[start:end])
    for piece in _joined(_block(display, 0, len(display), kind, {}, {}, top=True)):
        yield Piece(" ".join(piece.text.split()), start + piece.at)


def _without_what_stands_beside(text: str) -> str:
    pairs = partners(text)
    out: list[str] = []
    at = 0
    for found in _BESIDE.finditer(text):
        close = pairs.get(found.end())
        if found.start() < at or close is None:
            continue
        gap = spaces(text[found.start() : close + 1])
        if found[1].endswith("intertext"):
            gap = r"\\" + gap[2:]  # it ends the row above it
        out += [text[at : found.start()], gap]
        at = close + 1
    out.append(text[at:])
    return _DROPPED.sub(lambda m: spaces(m[0]), "".join(out))


def _block(text: str, start: int, end: int, kind: str, pairs: dict[int, tuple[int, int]],
           braces: dict[int, int], top: bool = False) -> Iterator[Piece]:  # fmt: skip
    """The rows of a block; one that is nothing but another block is that block."""
    if top:
        pairs, braces = environments(text), partners(text)
    for _ in range(20):
        inner = _only_block(text, start, end, pairs, braces)
        if inner is None:
            break
        start, end, kind = inner
    for cells in _rows(text, start, end, kind, pairs, braces):
        if len(cells) > 2 and _NUMBER.fullmatch(cells[0].text) and not cells[1].text.strip():
            cells = cells[2:]
        hangs = kind == "align" and len(cells) > 1 and not cells[0].text.strip()
        for piece in _columns(text, cells, kind):
            yield replace(piece, hangs=hangs)


def _only_block(text: str, start: int, end: int, pairs: dict[int, tuple[int, int]],
                braces: dict[int, int]) -> tuple[int, int, str] | None:  # fmt: skip
    """Where text[start:end] is one environment of rows, what stands in it."""
    wrapped = _WRAPPED.match(text, start, end)
    at = _skip(text, wrapped.end() if wrapped else start, end)
    if at < end and text[at] == "{" and _rest_is_empty(text, braces.get(at, end) + 1, end):
        inside = _skip(text, at + 1, end)
        if text.startswith(r"\begin", inside):
            return _only_block(text, at + 1, braces[at], pairs, {}) if at in braces else None
        return None
    begin = BEGIN.match(text, at, end)
    if begin is None or begin[1] not in ENVIRONMENTS or at not in pairs:
        return None
    last, after = pairs[at]
    if after > end or not _rest_is_empty(text, after, end):
        return None
    return content(text, begin, last), last, ENVIRONMENTS[begin[1]]


def _skip(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _rest_is_empty(text: str, at: int, end: int) -> bool:
    found = _ENDS.match(text, at, end)
    return found is not None and found.end() >= end


def _rows(text: str, start: int, end: int, kind: str, pairs: dict[int, tuple[int, int]],
          braces: dict[int, int]) -> Iterator[list[Piece]]:  # fmt: skip
    """The rows, each as its cells; groups and inner environments are passed over."""
    cells: list[Piece] = []
    begun = at = start
    while (piece := _PIECE.search(text, at, end)) is not None:
        at = piece.end()
        mark = piece[0]
        if mark == "{":
            at = braces.get(piece.start(), end) + 1
        elif mark.startswith(r"\begin"):
            at = pairs.get(piece.start(), (end, end))[1]
        elif mark == "&" and len(cells) < MOST_CELLS:
            cells.append(Piece(text[begun : piece.start()], begun))
            begun = at
        elif _BREAK.fullmatch(mark) and kind != "whole":
            cells.append(Piece(text[begun : piece.start()], begun))
            yield cells
            cells, begun = [], at
        elif _BREAK.fullmatch(mark):
            cells.append(Piece(text[begun : piece.start()], begun))
            begun = at
    cells.append(Piece(text[begun:end], begun))
    yield cells


def _columns(text: str, cells: list[Piece], kind: str) -> Iterator[Piece]:
    """The statements of one row."""
    cells = [_stripped(c) for c in cells]
    if kind != "align" or len(cells) < 3 or _RELATION.fullmatch(cells[1].text):
        yield from _nonempty(_united(cells))
        return
    pairs = [_united(cells[i : i + 2]) for i in range(0, len(cells), 2)]
    said = pairs[0]
    for pair in pairs[1:]:
        if not pair.text:
            continue
        relation = _RELATION.search(pair.text)
        own = relation and relation.start() > 0 and not _REMARK.match(pair.text)
        if own and _RELATION.search(said.text):
            yield from _nonempty(said)
            said = pair
        elif not _REMARK.match(pair.text) or relation or not said.text:
            said = _united([said, pair])
    yield from _nonempty(said)


def _nonempty(piece: Piece) -> Iterator[Piece]:
    if piece.text.strip(" \n\t.,;:~") and not _is_remark(piece.text):
        yield piece


def _is_remark(text: str) -> bool:
    """Whether nothing but words stands here, with spaces and stops around them."""
    at, pairs = 0, partners(text)
    while (words := _WORDS.match(text, at)) is not None and words.end() - 1 in pairs:
        at = pairs[words.end() - 1] + 1
    return at > 0 and _BLANK.fullmatch(text, at) is not None


def _stripped(piece: Piece) -> Piece:
    text = piece.text.lstrip()
    return Piece(text.rstrip(), piece.at + len(piece.text) - len(text))


def _united(cells: list[Piece]) -> Piece:
    said = [c for c in cells if c.text]
    return Piece(" ".join(c.text for c in said), said[0].at) if said else replace(cells[0])


def _outside_of_groups(text: str) -> str:
    """The text without what stands in braces and in environments: a condition is no relation."""
    out, at = [], 0
    inner = {**partners(text), **{start: end for start, (_, end) in environments(text).items()}}
    for start in sorted(inner):
        if start >= at:
            out.append(text[at:start])
            at = inner[start]
    return "".join([*out, text[at:]])


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """What goes on in the next row is one statement with it."""
    held: Piece | None = None
    for piece in pieces:
        if held is None:
            held = piece
        elif _UNFINISHED.search(held.text.rstrip()) or (
            _GOES_ON.match(piece.text)
            and (piece.hangs or not _RELATION.search(_outside_of_groups(piece.text)))
            and _RELATION.search(held.text)
        ):
            held = Piece(f"{held.text} {piece.text}", held.at)
        else:
            yield held
            held = piece
    if held is not None:
        yield held
