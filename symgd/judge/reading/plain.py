r"""Plain text, a formula a line → LaTeX: words of several letters are one name, not a product.

    dC/dw = (yhat - y)*x         \frac{dC}{dw} = (\hat{y} - y) \cdot x
    ∂C/∂w = (ŷ − y)·x            \frac{\partial C}{\partial w} = ...
    sigma(z) = 1/(1 + exp(-z))   \sigma (z) = 1/(1 + \exp (-z))
    {u if z > 0; v otherwise}    \begin{cases} u & \text{if } z > 0 \\ ...
    wx + b                       w x + b, where w and x stand alone and no line declares wx
    ... ✓ chain rule             the mark and what stands behind it are a remark
    a line without a relation    left out

A line that is LaTeX already (it has a backslash) is taken as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

from symgd.judge.reading.rows import Row
from symgd.language.latex.tokens import GREEK, LOWERED
from symgd.language.latex.vocabulary import FUNCTIONS

_RELATION = re.compile(r"[=<>≈≤≥≠∈≡]|(?<![A-Za-z])in(?![A-Za-z])")
_COMMENT = re.compile(r"^\s*(?:#|//|%)")
# As mail quotes what it answers.
_QUOTE = re.compile(r"\s{0,3}(?:>(?!=)[ \t]?){1,9}")
# "The cost has a corner in b": a sentence, in which nothing is equal to anything.
_SENTENCE = re.compile(r"^\s*[A-Z][a-z]+ [a-z]+ [^=<>≈≤≥≠∈≡]*$")
_LABEL = re.compile(r"^\s*(?:\(?\d{1,3}[.)]\s|[-*•]\s+|[A-Za-z][A-Za-z ]*:(?!=)\s)\s*")
_LEAD = re.compile(
    r"^\s*(?:(?:where|let|with|and|then|so|thus|hence|therefore|for|if|assume|given|suppose|now|we|"
    r"have|get|find|all|that|since|because|the|is|by|define|as|gives|which|obtain)\b[,:]?\s*)+",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s+(?:#|//|%).*$|\s{2,}\([^()=]*\)\s*$|\s*[;,.]\s*$")
_PROSE = re.compile(r"(?:[A-Za-z]{3,}[,.]?\s+){3}")
# Letters and digits written low.
_LOW = "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉₊₋"
_VARIABLE = (
    rf"(?:vec\([^()]*\)ᵀ?|(?:[A-Za-z]+|[^\W\d_²³⁴{_LOW}]+)"
    rf"(?:_\{{?\w+\}}?|[{_LOW}]+|\d+)?(?:\^?[2-4²³⁴]|ᵀ)?)"
)
_QUOTIENT = re.compile(
    r"(?<![A-Za-z_])(?P<d>d|∂)(?P<order>\^?[2-4²³⁴])?\s?(?P<top>vec\([^()]*\)|[\w.]+|)\s?/\s?"
    rf"(?P<bottom>(?:(?P=d)\s?{_VARIABLE}\s?)+)"
)
_BELOW = re.compile(
    rf"(?:d|∂)\s?(?:(?P<vec>vec\([^()]*\))|(?P<name>[^\W\d²³⁴{_LOW}]+?)(?:_?(?P<low>[\d{_LOW}]+))?"
    r"(?P<order>\^?[2-4²³⁴])?)(?P<turned>ᵀ?)(?=\s?(?:d|∂)[^\W\d]|\s*$)"
)
# (∂C/∂s)|a, b: what is held.
_HELD = re.compile(r"\(([d∂][^()|]*/[^()|]*)\)\|(\w+(?:, \w+)*)")
# A line deep within a display that begins with an operator: no item of a list.
_GOES_ON = re.compile(r"[ \t]{2,}[+−·⊙] ?\S|[ \t]{6,}- ?\S")
# What stands behind the mark of a step, and a line of nothing else.
_MARKED = re.compile(r"(?:\s{2,}|^)[✓≈✗] .*$")
_SQUARE = re.compile(r"(?<![A-Za-z])([A-Za-z]{2,}[²³])'+\(")
_LEFT = re.compile(r"\s*([A-Za-z]+)\s*(?:\([^()]*\))?\s*:?=")
_ALONE = re.compile(r"(?<![A-Za-z_])([A-Za-z])(?![A-Za-z_])")
_PAIR = re.compile(r"(?<![A-Za-z_])[A-Za-z]{2}(?![A-Za-z_])")
# {u if z > 0; v otherwise}, without braces in it.
_BRACES = re.compile(r"\{([^{}]* if [^{}]*)\}")
# A semicolon between branches, not the one of ELU(3.5; 0.5).
_BRANCHES = re.compile(r";(?![^()]*\))")
_WORD = re.compile(r"[A-Za-z]+(?:_[A-Za-z0-9]+)*[0-9]*")
# 𝟏(m×n), and x^∘² for x ⊙ x.
_ONES = re.compile(r"𝟏\(([^()]*)\)")
_CIRCLED = re.compile(r"\^∘(?:([⁻⁰¹²³⁴-⁹]+)|\(([^()]*)\))")
# "25 steps. ✓ proved: the two sides ..." says what the marks mean.
_LEGEND = re.compile(r"[.。]\s*[✓≈✗] ")
# A reason of several words without a mark, away from the formula; two spaces away, of plain words.
_REASON = re.compile(r"\s{2,}(?:\s[^\s=<>≈≤≥≠∈≡]+ |[a-z]{3,} [a-z]{3,} )[^=<>≈≤≥≠∈≡]*$")
# "The same in every layer": words alone, in which nothing lies in anything.
_WORDS = re.compile(r"\s*[A-Za-z]{2,}(?: [A-Za-z]{2,}){3,}[.,:]?\s*$")
_DIFFERENTIALS = re.compile(r"⟨|^\s*d(?:\w+|\(.+\)) = .*(?<![A-Za-z])d[A-Za-z(]")
# e^3.5 in a text, where the point ends no sentence.
_DECIMAL = re.compile(r"\^([-−]?\d+\.\d+)")
# Σᵢⱼ before what has these indices is a sum, unless Σ is a matrix somewhere: Σᵀ, det(Σ), Σ = ...
_SUM = re.compile(r"(?P<sign>[Σ∑])(?P<low>[ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)(?P<rest>[^=<>≈≤≥≠∈≡]*)")
_MATRIX = re.compile(r"Σ\s*(?:[∈=ᵀ⁻^|)]|:=)|[|∂]Σ|(?:det|tr)\(Σ")
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
    lines = list(_lines(text))
    moving = any(_DIFFERENTIALS.search(said) for said, _, _ in lines)
    letters = _letters_alone((said for said, _, _ in lines), moving)
    # ReLU²'(z) is the slope of a function ReLU².
    squares = {m[1] for said, _, _ in lines for m in _SQUARE.finditer(said)}
    summing = not any(_MATRIX.search(said) for said, _, _ in lines)
    for said, number, group in lines:
        yield Row(
            said if "\\" in said else latex(said, letters, squares, moving, summing),
            number, group=group,
        )  # fmt: skip


def _lines(text: str) -> Iterator[tuple[str, int, int]]:
    """(the formula of a line, the number of the line, that of its display)."""
    group, is_between = 0, True
    for number, line in _whole(_unquoted(text.split("\n"))):
        if not line.strip():
            # How far one display is from another is no matter of how many blank lines there are.
            group += not is_between
            is_between = True
            continue
        is_between = False
        line = "" if _LEGEND.search(line) else _MARKED.sub("", line)
        if _RELATION.search(line) and not (
            _COMMENT.match(line) or _SENTENCE.match(line) or _is_said(line)
        ):
            said = _without_words(line)
            if said and _RELATION.search(said):
                yield said, number, group


def _is_said(line: str) -> bool:
    """Whether a line has nothing but words, none of them a letter's or a function's name."""
    words = re.findall("[A-Za-z]+", line.lower())
    return bool(_WORDS.match(line)) and not any(w in GREEK or w in FUNCTIONS for w in words)


def _whole(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(the number of a line, the line with those that go on from it).

    A line that begins with an operator goes on from one with an open bracket, or deep below a
    relation; within an open bracket a line that ends in a semicolon goes on as well.
    """
    begun, said = 1, None
    for number, line in enumerate(lines, 1):
        if said is not None and _goes_on(said, line):
            said = f"{_MARKED.sub('', said).rstrip()} {line.strip()}"
            continue
        if said is not None:
            yield begun, said
        begun, said = number, line
    if said is not None:
        yield begun, said


def _goes_on(said: str, line: str) -> bool:
    is_open = any(said.count(a) > said.count(b) for a, b in ("()", "[]", "{}"))
    if is_open and said.rstrip().endswith(";"):
        return True
    related = _RELATION.search(said) and not _RELATION.search(_MARKED.sub("", line))
    return bool(_GOES_ON.match(line) and (is_open or related))


def _unquoted(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the mark of a quoted mail, where all lines between blank ones have it.

    Of one line among others > is a relation.
    """
    for is_blank, some in groupby(lines, key=lambda line: not line.strip()):
        display = list(some)
        if is_blank or not all(_QUOTE.match(line) for line in display):
            yield from display
            continue
        for line in display:
            rest = _QUOTE.sub("", line, count=1)
            yield rest if _RELATION.search(rest) or not rest.strip() else line


def _letters_alone(lines: Iterable[str], moving: bool = False) -> frozenset[str]:
    """Letters that are names of their own, unless a word is declared that could be a product.

    moving   whether dC is a differential
    """
    found: set[str] = set()
    declared: set[str] = set()
    lines = list(lines)
    for said in lines:
        left = _LEFT.match(said)
        if left and len(left[1]) > 1 and not (moving and left[1][0] == "d"):
            declared.add(left[1])
        found |= set(_ALONE.findall(said))
    if any("∂" in said for said in lines):
        # Where signs are mathematics, ty is t y as soon as one of them is a letter.
        pairs = {m[0] for said in lines for m in _PAIR.finditer(said)} - {*FUNCTIONS, *declared}
        found |= {c for pair in pairs if set(pair) & found for c in pair}
    if any(set(word) <= found for word in declared):
        return frozenset()
    return frozenset(found - {"d", "e"})


def _without_words(line: str) -> str:
    """The line without its number, the words before the formula, and the remark behind it."""
    line = _LEAD.sub("", _LABEL.sub("", line))
    line = _REASON.sub("", line)
    for _ in range(3):
        line = _REMARK.sub("", line)
    return "" if _PROSE.match(line.strip()) else line.strip()


def latex(
    line: str,
    letters: frozenset[str] = frozenset(),
    squares: Iterable[str] = (),
    moving: bool = False,
    summing: bool = False,
) -> str:
    """One formula in ASCII or Unicode as LaTeX.

    letters   names where they stand in a run
    squares   functions whose name ends in ² or ³
    moving    whether dx is a differential
    summing   whether the letter Σ is a sum where an index stands below it
    """
    for name in squares:
        power = unicodedata.digit(name[-1])
        line = line.replace(name, rf"⟪\mathrm⟪{name[:-1]}⟫^⟪{power}⟫⟫")
    line = _HELD.sub(r"\1|_⟪\2⟫", unicodedata.normalize("NFC", line))
    line = _summed(line, summing)
    line = _ONES.sub(r"\\mathbf⟪1⟫_⟪\1⟫", line)
    line = _CIRCLED.sub(lambda m: rf"^⟪\odot {_raised(m[1]) if m[1] else m[2]}⟫", line)
    line = _cases(_DECIMAL.sub(r"^⟪\1⟫", line))
    for ascii_, tex in _ASCII:
        line = line.replace(ascii_, tex)
    line = _QUOTIENT.sub(lambda m: _quotient(m, letters), line)
    line = _grouped(line)
    # A word of LaTeX that was put in keeps its letters: only words outside commands are read.
    return re.sub(
        rf"\\(?:begin|end|text|mathrm)\{{\w+\}}|\\[A-Za-z]+|(?<![A-Za-z\\]){_WORD.pattern}|\*",
        lambda m: _piece(m, letters, moving), line,
    ).strip()  # fmt: skip


def _summed(line: str, letter: bool) -> str:
    """Σᵢⱼ PᵢⱼQᵢⱼ with a command for the sum; `letter`: whether Σ may be one as well as ∑."""

    def sum_of(found: re.Match[str]) -> str:
        low, rest = found["low"], _summed(found["rest"], letter)
        if found["sign"] == "Σ" and not (letter and all(i in found["rest"] for i in low)):
            return f"Σ{low}{rest}"
        return rf"\sum_⟪{','.join(low.translate(LOWERED))}⟫{rest}"

    return _SUM.sub(sum_of, line)


def _raised(digits: str) -> str:
    """²  as 2, ⁻¹ as -1."""
    return "".join("-" if c == "⁻" else str(unicodedata.digit(c)) for c in digits)


def _piece(found: re.Match[str], letters: frozenset[str], moving: bool) -> str:
    """A star, a command or a word as LaTeX; te^(...) is t times e^(...)."""
    word = found[0]
    if word == "*":
        return r"\cdot "
    if word[0] == "\\":
        return word
    if moving and word[0] == "d" and word not in FUNCTIONS and word.lower() not in GREEK:
        return r"\mathrm{d}" + (_word(word[1:], letters) if len(word) > 1 else "")
    raised = found.string[found.end() : found.end() + 1] == "^"
    return _word(word, letters | {"e"} if raised and word[-1] == "e" else letters)


def _cases(line: str) -> str:
    """{u if z > 0; v if z < 0; w otherwise}, one inside another too, as an environment."""
    while (found := _BRACES.search(line)) is not None:
        branches = [_branch(part) for part in _BRANCHES.split(found[1])]
        body = r" \\ ".join(branches)
        line = f"{line[: found.start()]}\\begin⟪cases⟫ {body} \\end⟪cases⟫{line[found.end() :]}"
    return line.replace("⟪", "{").replace("⟫", "}")


def _branch(text: str) -> str:
    value, word, condition = text.partition(" if ")
    if word:
        condition = re.sub(r" (and|or) ", r" \\text⟪\1⟫ ", condition)
        return rf"{value.strip()} & \text⟪if⟫ {condition.strip()}"
    return rf"{value.replace('otherwise', '').strip()} & \text⟪otherwise⟫"


def _quotient(found: re.Match[str], letters: frozenset[str]) -> str:
    """dC/dw, ∂²C/∂w∂b, d/dz."""
    d = r"\partial " if found["d"] == "∂" else "d"
    below = "".join(
        f"{d} {m['vec'] or _word(m['name'])}"
        + (f"_{{{_lowered(m['low'])}}}" if m["low"] else "")
        + _order(m["order"])
        + (r"^\top " if m["turned"] else "")
        for m in _BELOW.finditer(found["bottom"].strip())
    )
    if not below:
        return found[0]
    return f"\\frac{{{d}{_order(found['order'])} {found['top']}}}{{{below}}} "


def _lowered(low: str) -> str:
    """ᵢⱼ as the two letters i j, ₁₂ as the one number 12."""
    return re.sub(r"(?<=[a-z])(?=[a-z0-9])", " ", low.translate(LOWERED))


def _order(found: str | None) -> str:
    """The exponent of ∂³ or ∂^3."""
    return f"^{unicodedata.digit(found[-1])}" if found else ""


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


def _word(word: str, letters: frozenset[str] = frozenset()) -> str:
    """A word as one name: a Greek letter, a function, a letter with an accent or an index."""
    if len(word) == 1:
        return word
    if set(word) <= letters and word not in FUNCTIONS:
        return " ".join(word)
    if word in WORDS:
        return WORDS[word] + " "
    if word.lower() in GREEK:
        return f"\\{word} "
    name, _, index = word.partition("_")
    if index in ACCENTS:
        return f"{ACCENTS[index]}{{{_word(name).strip()}}}"
    if index in FUNCTIONS:
        return f"{_word(name).strip()}_{{\\mathrm{{{index}}}}}"
    if index:
        return f"{_word(name).strip()}_{{{index.replace('_', ',')}}}"
    for accent, command in ACCENTS.items():
        if word.endswith(accent) and len(word) - len(accent) == 1:
            return f"{command}{{{word[: -len(accent)]}}}"
    digits = word.rstrip("0123456789")
    if digits in FUNCTIONS and digits != "log" and digits != word:
        return f"\\mathrm{{{word}}}"  # ReLU6 is a function of its own
    if digits != word:
        return f"{_word(digits).strip()}_{{{word[len(digits) :]}}}"
    if word in FUNCTIONS:
        return f"\\{word} " if word in _COMMANDS else f"\\operatorname{{{word}}}"
    return f"\\mathrm{{{word}}}"
