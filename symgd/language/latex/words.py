r"""Letters and words: what a name is made of before its scripts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import Call, Name, Number, Power, Product
from symgd.language.latex.tokens import COMMAND, GREEK, LETTER, NUMBER, Token
from symgd.language.latex.vocabulary import FUNCTIONS, SHORT

ACCENTS = frozenset(r"\hat \overline \tilde \dot \ddot \check \breve \acute \mathring".split())

STYLES = frozenset({r"\mathbf", r"\mathbb", r"\mathfrak"})

INDICATOR = r"\mathbb{1}"


# No name of several letters is longer: fifteen thousand letters side by side are a product.
LONGEST_WORD = 32


class Words(Parts):
    """Reads letters, words of a document, accents and styles."""

    def word(self) -> str | None:
        """The known word, of a function or of this document, that the letters here begin with."""
        letters = []
        i = 0
        while self.ahead(i).kind == LETTER and (i == 0 or self.adjacent(i)) and i < LONGEST_WORD:
            letters.append(self.ahead(i).text)
            i += 1
        if len(letters) < 2:
            return None
        run = "".join(letters)
        for end in range(len(run), 1, -1):
            word = run[:end]
            if word in self.vocabulary.words:
                return word
            if word in FUNCTIONS and (word not in SHORT or self.opens_argument(end)):
                return word
        return None

    def greek(self) -> str | None:
        """A run of letters that spells a Greek letter: beta*x."""
        for word in GREEK:
            n = len(word)
            if n > 2 and all(
                self.ahead(i).text == c and (i == 0 or self.adjacent(i)) for i, c in enumerate(word)
            ):
                ends = not (self.ahead(n).kind == LETTER and self.adjacent(n))
                return word if ends else None
        return None

    def opens_argument(self, after: int) -> bool:
        """Whether what follows `after` tokens can only be an argument."""
        token = self.ahead(after)
        return (
            token.text in ("(", "[", "{", "^", "|")
            or (token.kind == COMMAND and token.text != r"\cdot")
            or (token.kind == LETTER and not self.adjacent(after))
        )

    def letter(self) -> Name:
        """A letter, or a word that the document declares, or a Greek letter spelled out."""
        word = self.word()
        if word is None and (greek := self.greek()):
            token = self.take()
            for _ in greek[1:]:
                self.take()
            return Name(f"\\{greek}", at=token.at)
        token = self.take()
        base = token.text
        if word in self.vocabulary.words:
            base = str(word)
            for _ in base[1:]:
                self.take()
        below: tuple[Any, ...] = ()
        if self.token.kind == NUMBER and self.touches(token, base) and "." not in self.token.text:
            digits = self.take()
            below = (Number(Fraction(digits.text), at=digits.at),)
        return Name(base, below, at=token.at)

    def touches(self, token: Token, base: str) -> bool:
        return token.at + len(base) == self.token.at

    def accented(self, token: Token) -> Any:
        r"""\hat{y_i}: the accent goes to the base of the name under it."""
        inner = self.group_or_atom()
        if isinstance(inner, Power) and isinstance(inner.base, Name):
            inner = replace(inner.base, above=(*inner.base.above, inner.exponent))
        if (
            isinstance(inner, Product)
            and set(inner.signs) == {""}
            and all(isinstance(f, Name) and not f.below and not f.above for f in inner.factors)
        ):
            inner = Name("".join(f.base for f in inner.factors), at=inner.at)
        if isinstance(inner, Call) and not inner.order:
            return Call(self.over(token, inner.function), inner.arguments, at=token.at)
        if not isinstance(inner, Name):
            self.fail(f"{token.text} belongs over a name.", token)
        return self.over(token, inner)

    def over(self, token: Token, name: Name) -> Name:
        return replace(name, base=f"{token.text}{{{name.base}}}", at=token.at)

    def styled(self, token: Token) -> Any:
        r"""\mathbf{x}: a bold name; \mathcal{L} is a letter of its own; \mathrm{loss} a word."""
        if token.text == r"\mathrm":
            return self.upright(token)
        inner = self.group_or_atom()
        if token.text == r"\mathcal":
            return (
                replace(inner, base=f"\\mathcal{{{inner.base}}}")
                if isinstance(inner, Name)
                else inner
            )
        if (isinstance(inner, Number) and inner.value == 1) or (
            token.text == r"\mathbb" and inner == Name("I") and self.sees("(", "[", r"\{")
        ):
            return Name(INDICATOR, at=token.at)
        if isinstance(inner, Name) and inner.base in self.vocabulary.operators:
            return inner
        if isinstance(inner, Product):
            marked = [replace(f, bold=True) if isinstance(f, Name) else f for f in inner.factors]
            return replace(inner, factors=tuple(marked))
        return replace(inner, bold=True) if isinstance(inner, Name) else inner

    def upright(self, token: Token) -> Name:
        """A word in upright letters, told as it stands."""
        letters = []
        if not self.takes("{"):
            piece = self.take()
            return Name(piece.text, at=token.at)
        while not self.takes("}"):
            piece = self.take()
            if piece.text == "{":
                self.fail("A word in upright letters holds no group.", piece)
            letters.append(piece.text)
        return Name("".join(letters), at=token.at)
