r"""Plain text, a formula a line → LaTeX: words of several letters are one name, not a product.

    dC/dw = (yhat - y)*x         \frac{dC}{dw} = (\hat{y} - y) \cdot x
    ∂C/∂w = (ŷ − y)·x            \frac{\partial C}{\partial w} = ...
    sigma(z) = 1/(1 + exp(-z))   \sigma (z) = 1/(1 + \exp (-z))
    a line without a relation    left out

A line that is LaTeX already (it has a backslash) is taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symgd.judge.reading.row import Row
from symgd.language.latex.tokens import GREEK
from symgd.language.latex.vocabulary import FUNCTIONS

_RELATION = re.compile(r"[=<>≈≤≥≠∈≡]|(?<![A-Za-z])in(?![A-Za-z])")
_COMMENT = re.compile(r"^\s*(?:#|//|%)")
_LABEL = re.compile(r"^\s*(?:\(?\d{1,3}[.)]\s|[-*•]\s+|[A-Za-z][A-Za-z ]*:(?!=)\s)\s*")
_LEAD = re.compile(
    r"^\s*(?:(?:where|let|with|and|then|so|thus|hence|therefore|for|if|assume|given|suppose|now|we|"
    r"have|get|find|all|that|since|because|the|is|by|define|as|gives|which|obtain)\b[,:]?\s*)+",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s+(?:#|//|%).*$|\s{2,}\([^()=]*\)\s*$|\s*[;,.]\s*$")
_PROSE = re.compile(r"(?:[A-Za-z]{3,}[,.]?\s+){3}")
_QUOTIENT = re.compile(
    r"(?<![A-Za-z_])(?P<d>d|∂)(?P<two>\^?[2²])?\s?(?P<top>\w+|)\s?/\s?"
    r"(?P<bottom>(?:(?P=d)\s?(?:[A-Za-z]+|[^\W\d_]+)(?:_\{?\w+\}?)?(?:\^?[2²])?\s?)+)"
)
_BELOW = re.compile(r"(?:d|∂)\s?([^\W\d]+?)(?:_?(\d+))?(\^?[2²])?(?=\s?(?:d|∂)[^\W\d]|\s*$)")
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*[0-9]*")
_SCRIPT = re.compile(r"([\^_])\s*\(")
_ASCII = (("**", "^"), ("<=", r" \leq "), (">=", r" \geq "), ("!=", r" \neq "), ("->", r" \to "))

# Functions that LaTeX has a command for.
_COMMANDS = frozenset(
    ("exp", "log", "ln", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "arctan")
)
ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde", "dot": r"\dot"}
#  word          what it is in LaTeX
WORDS = {
    "sigmoid":   r"\operatorname{sigmoid}",
    "inf":       r"\infty",
    "infinity":  r"\infty",
    "sqrt":      r"\sqrt",
    "partial":   r"\partial",
    "grad":      r"\nabla",
    "nabla":     r"\nabla",
    "in":        r"\in",
}  # fmt: skip


def rows(text: str) -> Iterator[Row]:
    """A row for each line with a relation in it; the lines between blank ones are one display."""
    group = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            group += 1
        elif _RELATION.search(line) and not _COMMENT.match(line):
            said = _without_words(line)
            if said and _RELATION.search(said):
                yield Row(said if "\\" in said else latex(said), number, group=group)


def _without_words(line: str) -> str:
    """The line without its number, the words before the formula, and the remark behind it."""
    line = _LEAD.sub("", _LABEL.sub("", line))
    for _ in range(3):
        line = _REMARK.sub("", line)
    return "" if _PROSE.match(line.strip()) else line.strip()


def latex(line: str) -> str:
    """One formula in ASCII or Unicode as LaTeX."""
    for ascii_, tex in _ASCII:
        line = line.replace(ascii_, tex)
    line = _QUOTIENT.sub(_quotient, line)
    line = _grouped(line)
    # A word of LaTeX that was put in keeps its letters: only words outside commands are read.
    return re.sub(
        rf"\\[A-Za-z]+|(?<![A-Za-z\\]){_WORD.pattern}|\*",
        lambda m: r"\cdot " if m[0] == "*" else m[0] if m[0][0] == "\\" else _word(m[0]), line,
    ).strip()  # fmt: skip


def _quotient(found: re.Match[str]) -> str:
    """dC/dw, ∂²C/∂w∂b, d/dz."""
    d = r"\partial " if found["d"] == "∂" else "d"
    below = "".join(
        f"{d} {_word(m[1])}" + (f"_{{{m[2]}}}" if m[2] else "") + ("^2" if m[3] else "")
        for m in _BELOW.finditer(found["bottom"].strip())
    )
    if not below:
        return found[0]
    top = d + ("^2" if found["two"] else "") + " " + (_word(found["top"]) if found["top"] else "")
    return f"\\frac{{{top}}}{{{below}}} "


def _grouped(line: str) -> str:
    """x^(n + 1) → x^{n + 1}, and sqrt(u) → sqrt{u}."""
    out = list(line)
    closing = _pairs(line)
    opened = [m.end() - 1 for m in _SCRIPT.finditer(line)]
    opened += [m.end() - 1 for m in re.finditer(r"(?<![A-Za-z])sqrt\(|√\(", line)]
    for at in opened:
        if at in closing:
            out[at], out[closing[at]] = "{", "}"
    return "".join(out)


def _pairs(line: str) -> dict[int, int]:
    pairs: dict[int, int] = {}
    depth: list[int] = []
    for i, c in enumerate(line):
        if c == "(":
            depth.append(i)
        elif c == ")" and depth:
            pairs[depth.pop()] = i
    return pairs


def _word(word: str) -> str:
    """A word as one name: a Greek letter, a function, a letter with an accent or an index."""
    if len(word) == 1:
        return word
    if word in WORDS:
        return WORDS[word] + " "
    if word.lower() in GREEK:
        return f"\\{word} "
    name, _, index = word.partition("_")
    if index in ACCENTS:
        return f"{ACCENTS[index]}{{{_word(name).strip()}}}"
    if index:
        return f"{_word(name).strip()}_{{{index.replace('_', ',')}}}"
    for accent, command in ACCENTS.items():
        if word.endswith(accent) and len(word) - len(accent) == 1:
            return f"{command}{{{word[: -len(accent)]}}}"
    digits = word.rstrip("0123456789")
    if digits != word:
        return f"{_word(digits).strip()}_{{{word[len(digits) :]}}}"
    if word in FUNCTIONS:
        return f"\\{word} " if word in _COMMANDS else f"\\operatorname{{{word}}}"
    return f"\\mathrm{{{word}}}"
