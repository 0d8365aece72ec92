r"""The LaTeX of a name → the same, and its Unicode; a name typed in its dress → its letters.

    a^{(1)}  \mathbf{x}  \lambda  \hat{y}_{ij}  \tilde W^{[l]}  \mathcal{L}  \mathrm{loss}  ℓ'

What a user types stands on pages and in papers, so nothing gets past the tables below: letters,
digits, Greek, accents, alphabets, and what stands high and low. Whatever is read is written anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from symgd.errors import FormulaError, did_you_mean, quote
from symgd.language.tokens import NAME, tokenize
from symgd.trees.names import COMPOSED, GREEK, SUBSCRIPTS, SUPERSCRIPTS
from symgd.trees.notation import HIGH, MARKS, RAISED, Dress

LONGEST: Final = 80
DEEPEST: Final = 6

# command        Unicode
LETTERS: Final = {
    **GREEK,
    "pi": "π", "varepsilon": "ε", "varphi": "φ", "vartheta": "ϑ", "varrho": "ϱ", "epsilon": "ϵ",
    "phi": "ϕ", "ell": "ℓ", "hbar": "ℏ", "partial": "∂", "nabla": "∇", "infty": "∞", "top": "⊤",
    "ast": "*", "star": "⋆", "dagger": "†", "prime": "′", "cdot": "·", "circ": "∘", "bullet": "•",
    "perp": "⊥", "parallel": "∥", "times": "×", "pm": "±", "Re": "ℜ", "Im": "ℑ",
}  # fmt: skip

# command        the combining mark
ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304",
    "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308",
    "vec": "\u20d7", "check": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300",
    "underline": "\u0332",
}  # fmt: skip

# command        how the letters of this alphabet are called in Unicode; "" where they are plain
ALPHABETS: Final = {
    "mathbf": "BOLD", "boldsymbol": "BOLD", "bm": "BOLD", "mathcal": "SCRIPT",
    "mathscr": "SCRIPT", "mathbb": "DOUBLE-STRUCK", "mathfrak": "FRAKTUR", "mathsf": "SANS-SERIF",
    "mathtt": "MONOSPACE", "mathrm": "", "mathit": "", "text": "", "textrm": "", "operatorname": "",
}  # fmt: skip
# what stands for a command that needs a package of its own
USUAL: Final = {"bm": "boldsymbol", "mathscr": "mathcal", "text": "mathrm", "textrm": "mathrm"}

_TOKEN: Final = re.compile(r"\\(?:[A-Za-z]+|[,;:!{}|])|\s+|.", re.DOTALL)
_SIGNS: Final = frozenset("()[],+-*/=<>|.:;")
_LETTER_OF: Final = {u: c for c, u in LETTERS.items()} | {"ε": "varepsilon", "φ": "varphi"}


def read_dress(latex: str) -> Dress:
    """The LaTeX of a name, and its Unicode; raises FormulaError for what no name is made of."""
    if len(latex) > LONGEST:
        raise FormulaError(f"The LaTeX of a name has at most {LONGEST} characters.", latex, LONGEST)
    return _Reader(latex).whole()


@dataclass(slots=True)
class _Part:
    latex: str
    text: str


class _Reader:
    """One text, token by token."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [(m[0], m.start()) for m in _TOKEN.finditer(latex) if not m[0].isspace()]
        self.at = 0
        self.depth = 0

    def whole(self) -> Dress:
        parts = self.run(until="")
        text = "".join(p.text for p in parts)
        if not any(c.isalpha() or c in LETTERS.values() for c in text):
            self.fail("The LaTeX of a name has a letter in it, as a^{(1)} or \\lambda", 0)
        return "".join(p.latex for p in parts).rstrip(), text

    # -- places -------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def place(self) -> int:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.latex)

    def fail(self, why: str, place: int | None = None) -> NoReturn:
        stop = "" if why[-1] in ".?" else "."
        raise FormulaError(f"{why}{stop}", self.latex, self.place() if place is None else place)

    # -- parts --------------------------------------------------------------------------------

    def run(self, until: str) -> list[_Part]:
        """Parts up to the bracket that closes them, or the end."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"The LaTeX of a name is nested at most {DEEPEST} deep")
        parts: list[_Part] = []
        while self.token != until:
            if not self.token:
                self.fail("A brace { is never closed")
            parts.append(self.with_scripts(self.atom(inside=bool(until))))
        self.depth -= 1
        return parts

    def atom(self, inside: bool) -> _Part:
        """A letter, a digit, a command with what it takes, a group."""
        token = self.token
        if token == "{":
            return self.group()
        if token.startswith("\\"):
            return self.command(token[1:])
        self.at += 1
        if token in _LETTER_OF:
            command = _LETTER_OF[token]
            return _Part(f"\\{command} ", token)
        if token.isascii() and token.isalnum():
            return _Part(token, token)
        opened = unicodedata.normalize("NFD", token)
        accent = next((c for c, mark in ACCENTS.items() if opened[1:] == mark), None)
        if accent and opened[0].isascii():
            return _Part(rf"\{accent}{{{opened[0]}}}", token)
        if token == "'":
            return _Part("'", "′")
        if inside and token in "<>":
            return _Part(f"{{{token}}}", token)  # no tag of HTML, where a page of Markdown has it
        if inside and token in _SIGNS:
            return _Part(token, token.replace("-", "−"))
        self.at -= 1
        self.fail(f"{quote(token)} is not part of a name; signs stand high or low, as in a^{{(1)}}")

    def group(self) -> _Part:
        self.at += 1
        parts = self.run("}")
        self.at += 1
        latex = "".join(p.latex for p in parts)
        if latex in ("{<}", "{>}"):
            return parts[0]
        return _Part(f"{{{latex.rstrip()}}}", "".join(p.text for p in parts))

    def argument(self) -> _Part:
        """What a command takes: a group, a letter or another command; without its braces."""
        if not self.token or self.token in "}^_":
            self.fail("A letter or a group { } belongs here")
        part = self.atom(inside=True)
        latex = part.latex.strip()
        braced = latex.startswith("{") and latex.endswith("}")
        return _Part(latex[1:-1] if braced else latex, part.text)

    def command(self, word: str) -> _Part:
        if word in LETTERS:
            self.at += 1
            return _Part(f"\\{word} ", LETTERS[word])
        if word in ACCENTS:
            self.at += 1
            inner = self.argument()
            text = inner.text + ACCENTS[word]
            return _Part(rf"\{word}{{{inner.latex}}}", COMPOSED.get(text, text))
        if word in ALPHABETS:
            self.at += 1
            inner = self.argument()
            text = "".join(in_alphabet(c, ALPHABETS[word]) for c in inner.text)
            return _Part(rf"\{USUAL.get(word, word)}{{{inner.latex}}}", text)
        if word in ("{", "}", "|", ",", ";", ":", "!"):
            self.fail(f"\\{word} is not part of a name")
        hint = did_you_mean(word, [*LETTERS, *ACCENTS, *ALPHABETS])
        self.fail(
            f"\\{word} is not read in the LaTeX of a name: letters, Greek, accents (\\hat), "
            f"alphabets (\\mathbf), and what stands high and low.{hint}"
        )

    def with_scripts(self, body: _Part) -> _Part:
        """What stands high and low at a part, each once."""
        scripts: dict[str, _Part] = {}
        while self.token and self.token in "^_":
            sign = self.token
            if sign in scripts:
                self.fail(f"Two things stand {'high' if sign == '^' else 'low'} at one letter")
            self.at += 1
            scripts[sign] = self.argument()
        if not scripts:
            return body
        latex = body.latex.rstrip()
        text = body.text
        for sign in "^_":
            if sign in scripts:
                inner = scripts[sign]
                latex += f"{sign}{{{inner.latex}}}"
                text += _high(inner.text) if sign == "^" else _low(inner.text)
        return _Part(latex, text)


def in_alphabet(c: str, alphabet: str) -> str:
    """𝐱, ℒ, ℝ: the letter in this alphabet, itself where that has none."""
    if not alphabet or not c.isalpha():
        return c
    kind, _, word = unicodedata.name(c, "").partition(" LETTER ")
    case = kind.rpartition(" ")[2]
    digits = f"{alphabet} {case} {word}"
    for known in (f"MATHEMATICAL {digits}", digits):
        try:
            return unicodedata.lookup(known)
        except KeyError:
            continue
    return c


def _high(inner: str) -> str:
    high = inner.translate(SUPERSCRIPTS | HIGH).replace("−", "⁻").replace("⊤", "ᵀ")
    known = all(c in RAISED | MARKS for c in high)
    return high if known else f"^{inner}" if _is_one(inner) else f"^({inner})"


def _low(inner: str) -> str:
    low = inner.translate(SUBSCRIPTS)
    if all(a != b for a, b in zip(low, inner, strict=True)):
        return low
    return f"_{inner}" if _is_one(inner) else f"_({inner})"


def _is_one(inner: str) -> bool:
    return len(inner) == 1 or inner.isalnum() or (inner[0] in "([" and inner[-1] in ")]")


# -- names typed in their dress -------------------------------------------------------------------

_GREEK: Final = "|".join(sorted(GREEK, key=len, reverse=True))
_DRESSED: Final = re.compile(
    r"(?P<accent>\\(?:hat|bar|tilde)\s*\{?\s*)?(?P<alphabet>\\(?:mathbf|boldsymbol|mathrm|mathcal)\s*\{)?"
    rf"(?P<stem>\\(?:{_GREEK}|pi)(?![A-Za-z])|[^\W\d_][A-Za-z0-9]*)"
    r"(?P<scripts>(?(alphabet)\})(?(accent)\s*\}?)"
    r"(?:\^\{\s*[(\[][\w+,\s-]{1,12}[)\]]\s*\}|_\{[\w+,\s-]{1,12}\}|⁽[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˡⁿ]{1,6}⁾)*)"
)
_LOWERED: Final = str.maketrans("⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˡⁿ", "()0123456789+-ln")
_SAID: Final = str.maketrans({"+": "p", "-": "m", ",": "_", " ": None})


def plain_name(text: str, seen: dict[str, str]) -> str:
    """The letters of one name, however it is typed: ŷ is yhat, λ is lambda, z^{(1)} is z_1."""
    text = undress(text, seen)
    if text.isascii() or len(text) > LONGEST:
        return text
    try:
        token, *more = tokenize(text)
    except FormulaError:
        return text  # which is refused as a name
    return token.text if len(more) == 1 and token.kind == NAME else text


def check_one_dress(texts: Iterable[str], seen: Mapping[str, str]) -> None:
    """Raise FormulaError where a name is typed both with a number that stands high and as it is:
    x^{(1)} and x_1 are two things on a page, and would be one name."""
    high = [n for n, dress in seen.items() if "^" in dress]
    for text in texts:
        for name in high:
            found = re.search(rf"(?<![\w\\]){re.escape(name)}(?!\w)", text)
            if found is not None:
                raise FormulaError(
                    f"{seen[name]} and {name} are both the name {name}; write one of them "
                    f"otherwise, or give a name a dress: "
                    f'notation={{"u": "{seen[name]}"}}.',
                    text, found.start(),
                )  # fmt: skip


def undress(text: str, seen: dict[str, str]) -> str:
    r"""The text with letters for each name that is typed in its dress: z^{(1)} is z_1.

    z^{(l-1)} is z_lm1, w_{ji} is w_ji, w^{[2]}_{ji} is w_2_ji, \hat{y} is yhat, \lambda is lambda.
    `seen` takes what each is written as. Raises FormulaError where two dresses are one name.
    """
    if not any(c in text for c in "\\{⁽"):
        return text

    def plain(m: re.Match[str]) -> str:
        typed = m[0].strip()
        if typed.isalnum():
            return m[0]
        stem = m["stem"].lstrip("\\")
        if m["accent"]:
            stem += m["accent"].strip().lstrip("\\").rstrip("{ ")
        found = re.findall(r"[\^_⁽][{(\[]*\s*([\w+,\s-]+|[⁰-⁹⁺⁻ˡⁿ¹²³]+)", m["scripts"])
        indices = [i.translate(_LOWERED).translate(_SAID) for i in found]
        name = "_".join([stem, *indices])
        latex = re.sub("⁽(.*?)⁾", lambda h: f"^{{({h[1].translate(_LOWERED)})}}", typed)
        dress = read_dress(latex)[0]
        if seen.setdefault(name, dress) != dress:
            raise FormulaError(
                f"{seen[name]} and {dress} are both the name {name}; write one of them otherwise.",
                text, m.start(),
            )  # fmt: skip
        return name

    return _DRESSED.sub(plain, text)
