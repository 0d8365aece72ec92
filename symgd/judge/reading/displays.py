r"""The displays and the inline formulas of a text, and the statements of each.

\[...\], $$...$$, $...$, \begin{align}: every closing mark is found beforehand in one pass, so that
a text of nothing but opening marks costs no more than any other. A display falls into statements:
rows at \\, columns at &, what goes on in the next row joined.

    align      a &= b & c &= d     two statements; a & = & b one; && \text{remark} none
    join       & separates nothing that means anything (eqnarray, gather)
    whole      \\ neither (multline)

Rows of inner environments (cases, bmatrix, aligned behind a \left\{) are not split. A row without a
relation that begins with +, -, · or \times goes on from the row above, and so does whatever
follows a row that ends in one. A row of nothing but words is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symgd.errors import FormulaError
from symgd.judge.reading.rows import spaces
from symgd.judge.reading.tex import partners
from symgd.judge.words import say

#  environment      how its rows are read: see split.py
ENVIRONMENTS = {
    "align": "align", "flalign": "align", "alignat": "align", "xalignat": "align",
    "aligned": "align", "alignedat": "align", "split": "align", "eqnarray": "join",
    "IEEEeqnarray": "join", "gather": "join", "gathered": "join", "multline": "whole",
    "equation": "join", "displaymath": "join", "dmath": "whole", "darray": "join",
    "array": "join", "math": "join",
}  # fmt: skip

_COUNT = re.compile(r"\s*\{\s*\d+\s*\}")
_OPTION = re.compile(r"\s*\[[a-zA-Z]\]")
_COLUMNS = re.compile(r"\s*(?:\[[a-zA-Z]\])?\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_ARGUMENTS = {
    **dict.fromkeys(("alignat", "alignedat", "xalignat"), _COUNT),
    **dict.fromkeys(("array", "darray", "IEEEeqnarray"), _COLUMNS),
}

BEGIN = re.compile(r"\\begin\s*\{([A-Za-z]+)\*?\}")
_EDGE = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}|\\.", re.DOTALL)
_MARK = re.compile(
    r"\\begin\s*\{(?P<name>[A-Za-z]+)\*?\}|(?P<slash>\\\\?[\[(])|(?P<skip>\\.)|(?P<dollar>\$\$?)",
    re.DOTALL,
)
_CLOSING = re.compile(r"\\\\?[\])]|\\.|\$\$?", re.DOTALL)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Formula:
    """text[start:end] is what stands between the marks; `kind` says how its rows are read."""

    start: int
    end: int
    inline: bool = False
    kind: str = "join"
    escaped: bool = False


# Words within a formula; what only a formula has; two words of the text around one.
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textit|textbf|mathrm|operatorname)\s*\{[^{}]*\}")
_ONLY_MATH = re.compile(r"\\[A-Za-z]|[_^=]")
_PROSE = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{2,}[,.;:]?\s+[A-Za-z]{2,}(?![A-Za-z])|`")


def formulas(text: str, markdown: bool = False) -> Iterator[Formula]:
    r"""The formulas of a text.

    Raises FormulaError for an environment of mathematics that is never closed.
    """
    marks = _closings(text)
    pairs = environments(text)
    ends_of_paragraphs = [m.start() for m in _PARAGRAPH.finditer(text)]
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        at = mark.end()
        if mark["skip"]:
            continue
        if mark["name"]:
            kind = ENVIRONMENTS.get(mark["name"])
            if kind is None:
                continue
            if mark.start() not in pairs:
                line = text.count("\n", 0, mark.start()) + 1
                raise FormulaError(say("fault:never-closed", mark=mark[0], line=line))
            end, at = pairs[mark.start()]
            yield Formula(content(text, mark, end), end, mark["name"] == "math", kind)
            continue
        opening = mark["slash"] or mark["dollar"]
        if len(opening) == 3 and not markdown:
            continue  # \\[6pt] and \\( in LaTeX: a line ends there
        closing = {"[": "]", "(": ")"}.get(opening[-1], "$")
        wanted = opening[:-1] + closing
        ends = marks.get(wanted, [])
        k = bisect_left(ends, at)
        if k == len(ends):
            continue
        end = ends[k]
        inline = opening in ("$", r"\(", r"\\(")
        paragraph = bisect_left(ends_of_paragraphs, at)
        if inline and paragraph < len(ends_of_paragraphs) and ends_of_paragraphs[paragraph] < end:
            continue
        if markdown and opening == "$" and not _is_math(text, at, end):
            continue
        yield Formula(at, end, inline, escaped=len(opening) == 3)
        at = end + len(wanted)


def content(text: str, begin: re.Match[str], end: int) -> int:
    """Where the rows of an environment begin, behind its arguments."""
    found = _ARGUMENTS.get(begin[1], _OPTION).match(text, begin.end(), end)
    return found.end() if found else begin.end()


def _is_math(text: str, start: int, end: int) -> bool:
    r"""$5 and $6 are money: no digit behind the marks, and no space inside them.

    `$ z = w^\top x $` is none: it has a sign that only formulas have, and no two words in a row.
    """
    if start >= end or text[end + 1 : end + 2].isdigit():
        return False
    if not (text[start].isspace() or text[end - 1].isspace()):
        return True
    inside = _TEXT.sub("", text[start:end])
    return _ONLY_MATH.search(inside) is not None and _PROSE.search(inside) is None


def _closings(text: str) -> dict[str, list[int]]:
    """Each mark that may close a formula → its places."""
    places: dict[str, list[int]] = {}
    for found in _CLOSING.finditer(text):
        mark = found[0]
        if mark[-1] in "])$" and mark != r"\$":
            places.setdefault(mark, []).append(found.start())
    return places


def environments(text: str) -> dict[int, tuple[int, int]]:
    r"""The place of each \begin → where its \end begins, and where that ends."""
    pairs: dict[int, tuple[int, int]] = {}
    open_: list[tuple[str, int]] = []
    held: dict[str, int] = {}
    for edge in _EDGE.finditer(text):
        if edge[1] == "begin":
            open_.append((edge[2], edge.start()))
            held[edge[2]] = held.get(edge[2], 0) + 1
        elif edge[1] == "end" and held.get(edge[2]):
            # What was opened inside and never closed is closed with it.
            while True:
                name, start = open_.pop()
                held[name] -= 1
                if name == edge[2]:
                    pairs[start] = (edge.start(), edge.end())
                    break
    return pairs


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
# The commands that compare two sides, and spaces within a formula.
_COMPARED = "approx|simeq|equiv|leq?|geq?|leqslant|geqslant|propto|lt|gt"
_SPACES = r"(?:\\(?:q?quad|[,;:! ])|[~\s])*"
_RELATION = re.compile(
    rf"(?<![<>])=|\\(?:{_COMPARED}|neq?|in|sim|to|implies"
    r"|Rightarrow|iff|Leftrightarrow|coloneqq|triangleq|rightarrow|therefore|Longrightarrow"
    r"|longrightarrow|doteq|cong)(?![A-Za-z])|[<>≈≤≥≠∈≡⇒→∝]"
)
_SPACE = re.compile(r"\\q?quad(?![A-Za-z])")
_BOUND = re.compile(r"\\(?:leq?|geq?|leqslant|geqslant|lt|gt|neq?|in)|[<>≤≥≠∈]")
_GOES_ON = re.compile(
    r"(?:\\(?:q?quad|displaystyle|[,;:! ])|[~\s{}])*"
    r"(?:[+*/·×−-]|\\(?:cdot|times|odot|pm|mp|circ)(?![A-Za-z]))"
)
_INDENT = re.compile(f"^{_SPACES}")
_UNFINISHED = re.compile(r"(?:[+*/·×−-]|\\(?:cdot|times|odot|pm|mp)|(?<![<>])=)$")
# A relation that stands last in a display, what spaces and stops follow it left out.
_DANGLING = re.compile(
    rf"(?P<relation>(?<![<>:!])=|\\(?:{_COMPARED})|(?<!\\)(?<!\\right)[<>≈≤≥≡∝])"
    rf"{_SPACES}$"
)
_REMARK = re.compile(r"[\s().,;:\[\]]*\\(?:text|mbox|textrm|textit|textbf|mathrm)\s*\{")
# The number of a row, in a column of its own.
_NUMBER = re.compile(r"\s*\(\d{1,3}[a-z]?\)\s*")
_BLANK = re.compile(r"(?:\\(?:q?quad|[,;:! ])|[\s~.,;:()])*")
_WORDS = re.compile(_BLANK.pattern + r"\\(?:text|mbox|textrm|textit|textbf)\s*\{")
_ENDS = re.compile(r"[\s.,;]*")
# What puts a formula or words into a box that takes no room, or has a width.
_BOX = re.compile(
    r"\\[rl]lap\s*\{(?P<math>\$(?:\\displaystyle\s*)*)?"
    r"|(?P<words>\\parbox\s*(?:\[[^\]]*\])*\s*\{[^{}]*\}\s*\{)"
)
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
        yield Piece(_with_comma(" ".join(piece.text.split())), start + piece.at)


def _with_comma(text: str) -> str:
    r"""a = b, \quad |z| < 1 for a = b \quad |z| < 1: a space parts an equation from its bound."""
    places = [found.start() for found in _RELATION.finditer(text)]
    if len(places) < 2:
        return text
    between = [s for s in _SPACE.finditer(text) if places[0] < s.start() and s.end() <= places[-1]]
    for found in reversed(between):
        before, behind = text[: found.start()].rstrip(), text[found.end() :]
        if before.endswith((",", ";")) or not _is_bound(behind):
            continue
        if any(_BOUND.fullmatch(sign) is None for sign in _signs(before)):
            return f"{before}, {found[0]}{behind}"
    return text


def carried_over(text: str) -> tuple[str, str]:
    r"""(a, =) of a display `a =`, which the next one goes on; (the text, "") of others."""
    found = _DANGLING.search(text)
    if found is None or not text[: found.start()].strip():
        return text, ""
    return text[: found.start()].rstrip(), found["relation"]


def gone_on(relation: str, text: str) -> str:
    """`= b` for a row b, where = ended the display before it."""
    begins = _RELATION.match(text, len(text) - len(text.lstrip("&~ ")))
    return text if begins is not None or not relation else f"{relation} {text}"


def _without_boxes(text: str) -> str:
    r"""The text with what \rlap{} and \parbox{}{} hold as it stands, and as \text{}; every place
    stays what it was."""
    if not _BOX.search(text):
        return text
    pairs = partners(text)
    out = list(text)
    for found in _BOX.finditer(text):
        opened = found.end() - 1 if found["words"] else text.index("{", found.start())
        close = pairs.get(opened)
        if close is None:
            continue
        word = r"\text{" if found["words"] else ""
        out[found.start() : found.end()] = word.rjust(found.end() - found.start())
        if not word:
            inside = found["math"] and text[close - 1] == "$"
            out[close - bool(inside) : close + 1] = " " * (1 + bool(inside))
    return "".join(out)


def _without_what_stands_beside(text: str) -> str:
    text = _without_boxes(text)
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
    if kind == "join" and len(cells) > 1 and all(_states(c.text) for c in cells if c.text):
        for cell in cells:  # an array of equations, two in a row
            yield from _nonempty(cell)
        return
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
        if own and _is_bound(pair.text) and "=" in _signs(said.text):
            said = Piece(f"{said.text.rstrip(', ')}, \\quad {pair.text}", said.at)
        elif own and _RELATION.search(said.text):
            yield from _nonempty(said)
            said = pair
        elif not _REMARK.match(pair.text) or relation or not said.text:
            said = _united([said, pair])
    yield from _nonempty(said)


def _states(text: str) -> bool:
    """Whether a cell is an equation of its own: U(0) = 2."""
    found = _RELATION.search(text)
    return found is not None and found.start() > 0 and bool(text[found.end() :].strip())


def _is_bound(text: str) -> bool:
    """Whether x > 0 stands here, and no equation: beside an equation it says where that holds."""
    return all(map(_BOUND.fullmatch, _signs(text)))


def _signs(text: str) -> list[str]:
    return _RELATION.findall(_outside_of_groups(text))


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
        ):
            # What indents the row would part two statements within one.
            held = Piece(f"{held.text} {_INDENT.sub('', piece.text, count=1)}", held.at)
        else:
            yield held
            held = piece
    if held is not None:
        yield held
