"""Text → tokens, each with the place where it stands; and a cursor, a place among them.

    number   12  0.5  .5  2e-3  ½          exact, as a fraction
    name     w  w1  yhat  ŷ  y̅  w₁  β     always spelled in ASCII: yhat, ybar, w1, beta
    raised   ² ⁻¹                          an integer written high, a power
    sign     + - * / ** ( ) , < <= ...     `^` is `**`; · × − ÷ ≤ ≥ ≠ are read as their ASCII

Nothing but what these tables list gets past this file. Every language of formulas reads through a
`Cursor`, which looks, takes, and counts what has a limit; what a language allows and how it
refuses is data.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NoReturn, Protocol, TypeVar

from symgd.errors import FormulaError, quote
from symgd.trees.names import ACCENTS, GREEK, LONGEST_NAME, SUBSCRIPTS, SUPERSCRIPTS

LONGEST_TEXT: Final = 10_000
LONGEST_NUMBER: Final = 80
LARGEST_EXPONENT: Final = 400
NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})

NUMBER, NAME, RAISED, SIGN, END = "number", "name", "raised", "sign", "end"

SPACES = frozenset(" \t\n\r\u00a0\u2009\u202f")
THIN = "\u2009"

# the longest first; what is typed, and what it is read as
SIGNS = {
    "**": "**",
    "<=": "<=",
    ">=": ">=",
    "==": "==",
    "!=": "!=",
    **{c: c for c in "+-*/()|,:<>="},
    "^": "**",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "×": "*",
    "÷": "/",
    "\u2212": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}

# what people type that no formula holds, and what to do instead
STRANGERS = {
    "//": "'//' is not an operator of formulas; write a/b for the quotient",
    ":=": "':=' assigns, and a formula only says a value; give the right-hand side alone",
    "?": "a case is written where(x > 0, a, b)",
    ".": "a dot belongs inside a number; a formula has no attributes, and × or * is the product",
    "'": "a formula holds no quotes; a derivative is written D(f, x)",
    '"': "a formula holds no quotes",
    "`": "a formula holds no quotes",
    "[": "a formula has no square brackets; write ( ) to group, and w_1 or w1 for an index",
    "]": "a formula has no square brackets; write ( ) to group, and w_1 or w1 for an index",
    "{": "a formula has no braces; write ( ) to group",
    "}": "a formula has no braces; write ( ) to group",
    ";": "a formula is one expression; ';' cannot join two of them",
    "\\": "this is not read as LaTeX; write alpha for \\alpha and a/b for \\frac{a}{b}",
    "_": "a name starts with a letter",
    "!": "there is no factorial; '!=' compares",
    "%": "'%' is not an operator of formulas",
    "&": "conditions are joined by the word and",
    "√": "write sqrt(x) for √x",
}

# letters that look like one of GREEK's, or are its constant
LETTERS = {letter: name for name, letter in GREEK.items()} | {
    "π": "pi",
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ϕ": "phi",
    "ϱ": "rho",
    "µ": "mu",
}
MARKS = {mark: suffix for suffix, (_, mark) in ACCENTS.items()} | {"\u0305": "bar"}
LOWERED = {chr(low): chr(plain) for plain, low in SUBSCRIPTS.items()}
HIGH = {chr(high): chr(plain) for plain, high in SUPERSCRIPTS.items()}
VULGAR = {c: Fraction(unicodedata.numeric(c)).limit_denominator(10) for c in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"}

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(f"[0-9]{{1,{LONGEST_NUMBER}}}")
_LETTERS = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[A-Za-z0-9_]")
_LOW = "".join(LOWERED)
_INDEX = re.compile(f"[{_LOW}]+(?:{THIN}[{_LOW}]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is ASCII; `start` and `end` are places in the text as typed."""

    kind: str
    text: str
    start: int
    end: int
    value: Fraction = Fraction(0)


def tokenize(text: str, more_signs: Mapping[str, str] = NO_MORE) -> list[Token]:
    """The tokens of the text, closed by one of kind END.

    `more_signs`: those of a language that knows more, such as .* of matrices; a number in front of
    one that begins with a dot ends before the dot.

    Raises FormulaError for an empty or too long text, for a character that no formula holds, and
    for a number or name beyond its limit.
    """
    if len(text) > LONGEST_TEXT:
        raise FormulaError(
            f"The formula has {len(text)} characters; at most {LONGEST_TEXT} are read.",
            text,
            LONGEST_TEXT,
        )
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in SPACES:
            at += 1
            continue
        token = _more(text, at, more_signs) if more_signs else None
        token = token or next(t for scan in _SCANNERS if (t := scan(text, at)) is not None)
        tokens.append(token)
        at = token.end
    if not tokens:
        raise FormulaError("The formula is empty; write an expression such as w*x + b.")
    return [*tokens, Token(END, "", len(text), len(text))]


def _more(text: str, at: int, more_signs: Mapping[str, str]) -> Token | None:
    """A sign of `more_signs`, or a whole number that one stands behind: 2.*X."""
    for sign, read in more_signs.items():
        if text.startswith(sign, at):
            return Token(SIGN, read, at, at + len(sign))
    whole = _WHOLE.match(text, at)
    if whole and text.startswith(tuple(s for s in more_signs if s[0] == "."), whole.end()):
        return Token(NUMBER, whole[0], at, whole.end(), Fraction(whole[0]))
    return None


def _number(text: str, at: int) -> Token | None:
    if text[at] in VULGAR:
        return Token(NUMBER, text[at], at, at + 1, VULGAR[text[at]])
    found = _NUMBER.match(text, at)
    if not found:
        return None
    literal, end = found[0], found.end()
    after = text[end : end + 1]
    if after == ".":
        raise FormulaError("A number has one decimal point.", text, end)
    if literal.endswith(".") and after and _LETTERS.match(after):
        raise FormulaError(_sentence(STRANGERS["."]), text, end - 1)
    if literal == "0" and after and after in "xXbBoO" and text[end + 1 : end + 2].isalnum():
        raise FormulaError("Numbers are decimal; write 255, not 0xff.", text, at)
    mantissa, _, exponent = literal.lower().partition("e")
    if sum(map(str.isdigit, mantissa)) > LONGEST_NUMBER:
        raise FormulaError(f"A number has at most {LONGEST_NUMBER} digits.", text, at)
    if len(exponent.lstrip("+-0")) > 3 or abs(int(exponent or 0)) > LARGEST_EXPONENT:
        raise FormulaError(
            f"The exponent of a number is at most {LARGEST_EXPONENT} in size, as in "
            f"1e{LARGEST_EXPONENT}.",
            text,
            at,
        )
    return Token(NUMBER, literal, at, end, Fraction(literal))


def _name(text: str, at: int) -> Token | None:
    """letter (letter | digit | _)*, a Greek letter standing for its name; then accent and index.

    A Greek letter is a name of its own: in βz it ends where z begins, and ŷz ends there too.
    """
    base, marks = _split_accent(text[at])
    if base not in LETTERS and not _LETTERS.match(base):
        return None
    word, end = LETTERS.get(base, base), at + 1
    whole, accented = base in LETTERS, False
    while len(word) <= LONGEST_NAME:
        for mark in marks:
            if accented or not word[-1].isalpha():
                raise FormulaError("An accent stands on a letter, and only one.", text, end - 1)
            word, accented, whole = word + MARKS[mark], True, True
        if end == len(text):
            break
        c, marks = _split_accent(text[end])
        if c in MARKS:
            c, marks = "", c
        elif _LETTERS.match(c) and whole and "_" not in word:
            break
        elif _WORD.match(c):
            word += c
        elif c in LETTERS and word.endswith("_"):
            word += LETTERS[c]
        else:
            index = _INDEX.match(text, end)
            if index:
                word, end = word + _joined_index(word, index[0]), index.end()
            break
        end += 1
    if len(word) > LONGEST_NAME:
        raise FormulaError(f"A name has at most {LONGEST_NAME} characters.", text, at)
    return Token(NAME, word, at, end)


def _joined_index(word: str, index: str) -> str:
    """w₁ → w1 as one types it; w₂\u2009₁ → w2_1, wₐ → w_a, w1₂ → w1_2."""
    first, *rest = ("".join(LOWERED[c] for c in part) for part in index.split(THIN))
    joined = first.isdigit() and word[-1].isalpha()
    return "_".join([first if joined else f"_{first}", *rest])


def _split_accent(c: str) -> tuple[str, str]:
    """ŷ → (y, its hat); anything that is not a letter with a known accent → itself."""
    opened = unicodedata.normalize("NFD", c)
    base, marks = opened[0], opened[1:]
    known = bool(marks) and all(m in MARKS for m in marks)
    return (base, marks) if known else (c, "")


def _raised_number(text: str, at: int) -> Token | None:
    end = at
    while end < len(text) and text[end] in HIGH:
        end += 1
    if end == at:
        return None
    digits = "".join(HIGH[c] for c in text[at:end])
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", digits):
        raise FormulaError("A raised number is an integer, as in x² or x⁻¹.", text, at)
    return Token(RAISED, digits, at, end, Fraction(digits))


def _sign(text: str, at: int) -> Token | None:
    if text.startswith(("//", ":="), at):
        return None
    return next(
        (Token(SIGN, read, at, at + len(s)) for s, read in SIGNS.items() if text.startswith(s, at)),
        None,
    )


# np.exp, torch.nn.functional.softplus: what stands before the dot, and what is called.
_MODULE = re.compile(
    r"(?<![\w.])(?:np|numpy|math|cmath|mp|mpmath|scipy|sp|torch|tf|jax|jnp|F|nn|K)$"
)
_CALLED = re.compile(r"(?:\.[A-Za-z_]\w*)*\.([A-Za-z_]\w*)")


def _of_a_module(text: str, at: int) -> None:
    """Refuses what Python calls by way of a module, and says what a formula calls."""
    module, called = _MODULE.search(text[:at]), _CALLED.match(text, at)
    if module and called:
        written = f"{module[0]}{called[0]}"
        if len(written) <= LONGEST_NAME:
            sentence = f"A formula knows no modules; write {called[1]} for {written}."
            raise FormulaError(sentence, text, module.start())


def _stranger(text: str, at: int) -> Token | None:
    _of_a_module(text, at)
    for sign, sentence in STRANGERS.items():
        if text.startswith(sign, at):
            raise FormulaError(_sentence(sentence), text, at)
    c = text[at]
    code = f"U+{ord(c):04X}"
    if not c.isprintable():
        what = f"The invisible character {code}"
    else:
        what = quote(c) if c.isascii() else f"{quote(c)} ({unicodedata.name(c, code)})"
    raise FormulaError(
        f"{what} has no meaning in a formula; a formula is made of numbers, names, "
        "+ - * / ^ ( ) | and commas.",
        text,
        at,
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


_SCANNERS = (_number, _name, _raised_number, _sign, _stranger)


# -- a place among the tokens ---------------------------------------------------------------------

T = TypeVar("T")

DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class Manners:
    """How much a language reads, and how it refuses what does not continue a formula.

    nodes      how many parts a formula has at most
    counting   what the depth of at most `DEEPEST` counts
    stray      sign → why it cannot stand where it stands
    otherwise  and why any other token cannot
    """

    nodes: int
    counting: str
    stray: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "This does not continue the formula"


class Placed(Protocol):
    """What knows where it was typed: a token, a part of a tree."""

    @property
    def start(self) -> int: ...


class Cursor:
    """A text on its way to a tree: its tokens, and the one that is next."""

    def __init__(self, text: str, tokens: Sequence[Token], manners: Manners) -> None:
        self.text = text
        self.tokens = tokens
        self.manners = manners
        self.at = 0
        self.depth = 0
        self.count = 0

    # -- tokens -------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, by: int = 1) -> Token:
        """The token so many places further on; the last one stands at every place behind it."""
        return self.tokens[min(self.at + by, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """The token that was next; the one behind it is next now."""
        token = self.tokens[self.at]
        self.at += token.kind != END
        return token

    def sees(self, *signs: str) -> bool:
        """Whether one of these signs is next."""
        token = self.tokens[self.at]
        return token.kind == SIGN and token.text in signs

    def takes(self, *signs: str) -> bool:
        """Whether one of these signs was next, which is taken then."""
        seen = self.sees(*signs)
        if seen:
            self.advance()
        return seen

    # -- brackets -----------------------------------------------------------------------------

    def open(self) -> Token:
        """Takes the bracket that is next, one level deeper from here on."""
        opening = self.advance()
        self.deeper(opening)
        return opening

    def close(self, opening: Token) -> None:
        if self.token.kind == END:
            self.fail("This bracket is never closed.", opening)
        if not self.takes(")"):
            self.stray()
        self.depth -= 1

    def list_of(self, item: Callable[[], T]) -> list[T]:
        """item, item, ...: at least one."""
        items = [item()]
        while self.takes(","):
            items.append(item())
        return items

    # -- limits -------------------------------------------------------------------------------

    def deeper(self, at: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(
                f"The formula is nested more than {DEEPEST} deep, counting "
                f"{self.manners.counting}; name its parts.",
                at,
            )

    def one_more(self, at: int | Placed) -> None:
        """Counts one more part of the formula."""
        self.count += 1
        if self.count > self.manners.nodes:
            most = self.manners.nodes
            self.fail(f"The formula has more than {most} parts; split it by names.", at)

    # -- refusals -----------------------------------------------------------------------------

    def fail(self, words: str, at: int | Placed) -> NoReturn:
        raise FormulaError(words, self.text, at if isinstance(at, int) else at.start)

    def stray(self) -> NoReturn:
        """Refuses the token that is next."""
        self.fail(f"{self.manners.stray.get(self.token.text, self.manners.otherwise)}.", self.token)

    def end(self) -> None:
        """Refuses whatever is left of the text."""
        if self.token.kind != END:
            self.stray()
