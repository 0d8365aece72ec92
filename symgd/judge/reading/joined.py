r"""One row that says several things → its statements.

z = wx + b, \quad a = \sigma(z)             two definitions
L_w = 2w \quad L_b = 2b                     two claims
a = b \quad (\because b = c)                a claim, and its reason, which is left out
\begin{cases} x = a \\ y = b \end{cases}   two equations
a' = a(1 - a), \quad i = j                  one claim, and its condition
p = 2, q = -1                              two values
"""

from __future__ import annotations

import re

from symgd.judge.reading.listings import ranges_apart, values_apart
from symgd.language.latex.braces import is_brace_of_rows, system

_OPENING, _CLOSING = "{([", "})]"
_PIECE = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}()\[\],;]|[^\\{}()\[\],;]+", re.DOTALL)
_WIDE = (r"\quad", r"\qquad")
_BECAUSE = re.compile(r"\\(?:because|impliedby)(?![A-Za-z])|∵")
# A space or a stop at the end of a text.
_SPACE = re.compile(r"(?:\\(?:[,;:! ]|q?quad)|(?<!\\)[\s,;&])$")
_LONGEST = 6
_REASON = re.compile(
    r"\(?\s*(?:\\(?:because|impliedby)(?![A-Za-z])|∵|\\(?:text|mbox|textrm)\s*\{\s*\(?(?:since|because|using)\b)"
)
# What stands behind a comma as a condition: x = 3, i = j, n \geq 1.
_EQUATION = re.compile(r"(?<![<>!:\\])=(?![=>])")
_IF = re.compile(r"[\s&(]*\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:if|for|when|with|as)\b")
_CONDITION = re.compile(
    r"\s*(?:\\[A-Za-z]+|[A-Za-z])(?:_\w|_\{\w+\})?\s*=\s*(?:[-\d.]+|[a-z](?:_\w)?)\s*[.,;]?\s*"
)


def parts(text: str) -> list[str]:
    """The statements of a row, in its order; one for almost every row."""
    text = _without_reasons(text.replace("=>", r"\Rightarrow "))
    if ("cases}" in text or is_brace_of_rows(text)) and (equations := system(text)):
        return equations
    if (values := values_apart(text)) is not None:
        return values
    text, ranges = ranges_apart(text)
    if ranges:
        return [*ranges, *parts(text)]  # in front: what goes on below goes on from the formula
    if not any(wide in text for wide in _WIDE):
        return [text]
    found: list[str] = []
    at = 0
    for start, end in [*_cuts(text), (len(text), len(text))]:
        piece = text[at:start]
        if found and _is_statement(piece) and _is_statement(found[-1]):
            found.append(piece)
        elif found:
            found[-1] += f" \\quad {piece}"
        else:
            found.append(piece)
        at = end
    if len(found) == 1:
        return [text]
    return [piece.strip(" ,;\n") for piece in found]


def _without_reasons(text: str) -> str:
    r"""a = b (\because b = c) is a = b."""
    found = _REASON.search(text)
    if found is None or not text[: found.start()].strip(" &"):
        return text
    end = found.start()
    while (last := _SPACE.search(text, max(0, end - _LONGEST), end)) is not None:
        end = last.start()
    return text[:end]


def is_reason(text: str) -> bool:
    r"""Whether a row is a reason for the one above it, which the next one goes on from."""
    found = _BECAUSE.search(text)
    return found is not None and not text[: found.start()].strip(" &(")


def _cuts(text: str) -> list[tuple[int, int]]:
    """Where a comma with a wide space, or a wide space, stands between two equations."""
    depth = 0
    cuts: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text):
        token = piece[0]
        if token in _OPENING or token in (r"\{", r"\begin"):
            depth += 1
        elif token in _CLOSING or token in (r"\}", r"\end"):
            depth -= 1
        elif depth == 0 and token in _WIDE:
            cuts.append((piece.start(), piece.end()))
    return cuts


def _in_brackets(piece: str) -> bool:
    """Whether a piece is one bracket: (i = j) is said of what stands before it."""
    return piece.startswith("(") and piece.endswith(")") and ")" not in piece[:-1]


def _is_statement(piece: str) -> bool:
    if _CONDITION.fullmatch(piece) or _IF.match(piece) or _in_brackets(piece.strip(" .,;")):
        return False
    return bool(_EQUATION.search(piece)) and not _EQUATION.match(piece.strip(" &"))
