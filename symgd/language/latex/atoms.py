r"""Atoms: what a factor begins with, one method a kind, found by the first token.

2  x  \sigma  (…)  \frac{}{}  \sqrt{}  \log …  \sum …  |…|  ‖…‖  \begin{cases}  \mathbb{1}[…]
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symgd.language.latex.brackets import Brackets
from symgd.language.latex.builtin import Builtin
from symgd.language.latex.environments import Environments
from symgd.language.latex.sums import Sums
from symgd.language.latex.syntax import Name, Number
from symgd.language.latex.tokens import COMMAND, LETTER, NUMBER, SIGN, TEXT, Token
from symgd.language.latex.vocabulary import FUNCTIONS
from symgd.language.latex.words import ACCENTS, STYLES


class Atoms(Brackets, Builtin, Sums, Environments):
    """Reads the atom that begins at the cursor."""

    def atom(self) -> Any:
        token = self.token
        if token.kind == NUMBER:
            self.take()
            places = len(token.text.partition(".")[2]) if "." in token.text else None
            return Number(Fraction(token.text), places, at=token.at)
        if token.kind == TEXT:
            self.take()
            return self.named(token, token.text) or Name(token.text, at=token.at)
        if token.kind == LETTER:
            return self.from_letter(token)
        if token.kind == SIGN:
            return self.from_sign(token)
        if token.kind == COMMAND:
            return self.from_command(token)
        return self.fail("The formula ends where a factor belongs.", token)

    def from_letter(self, token: Token) -> Any:
        found = self.operator()
        if found is not None:
            return found
        word = self.word()
        if word is not None and word not in self.vocabulary.words:
            for _ in word:
                self.take()
            return self.function(token, word)
        return self.letter()

    def from_sign(self, token: Token) -> Any:
        if token.text == "{":
            return self.ungrouped(self.bracketed())
        if token.text in ("(", "["):
            return self.bracketed()
        if token.text == "|":
            return self.barred("|")
        return self.fail(f"{token.text!r} stands where a factor belongs.", token)

    def from_command(self, token: Token) -> Any:
        found = self.operator()
        if found is not None:
            return found
        text = token.text
        if text in (r"\{", r"\langle"):
            return self.bracketed()
        if text == r"\|":
            return self.barred(text)
        self.take()
        name = text[1:]
        if text == r"\frac":
            return self.fraction(token)
        if text == r"\sqrt":
            return self.root(token)
        if text in (r"\sum", r"\prod"):
            return self.big(token)
        if text == r"\begin":
            return self.environment(token)
        if text in ACCENTS:
            return self.accented(token)
        if text == r"\mathrm":
            word = self.styled(token)
            return self.named(token, word.base) or word
        if text in STYLES or text == r"\mathcal":
            return self.styled(token)
        if name in FUNCTIONS and text not in self.vocabulary.functions | self.vocabulary.names:
            return self.function(token, name)
        if text == r"\Delta" and self.starts_name:
            inner = self.scripted_name()
            return Name(f"\\Delta {inner.base}", inner.below, inner.above, at=token.at)
        if text in UNREADABLE:
            self.fail(UNREADABLE[text], token)
        if text in LETTERS or text in self.vocabulary.words:
            return Name(text, at=token.at)
        return self.fail(f"{text} is not a command that is understood here.", token)

    @property
    def starts_name(self) -> bool:
        token = self.token
        return (token.kind == LETTER) or (
            token.kind == COMMAND and (token.text in LETTERS or token.text in ACCENTS | STYLES)
        )

    def scripted_name(self) -> Name:
        atom = self.atom()
        if not isinstance(atom, Name):
            self.fail("A name belongs after this Δ.")
        return atom


# Commands that are letters.
LETTERS = frozenset(
    r"\alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi "
    r"\rho \sigma \varsigma \tau \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi "
    r"\Pi \Sigma \Upsilon \Phi \Psi \Omega \ell \infty \hbar \omicron \varrho \varpi".split()
)
# Commands that are not read, and why.
UNREADABLE = {
    r"\vdots": "Dots are understood between the rows of a matrix.",
    r"\dots": "Dots leave open what stands there; write the sum or the product with its bounds.",
    r"\int": "An integral is not understood.",
    r"\lim": "A limit is not understood.",
    r"\mathbb": "This set is understood after \\in only.",
    r"\cup": "Sets are not understood.",
    r"\binom": "A binomial coefficient is not understood.",
}
