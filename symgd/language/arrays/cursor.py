"""A text of the language of matrices on its way to a node: tokens, limits, refusals, sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from symgd.errors import FormulaError, InputError, ShapeError, listing
from symgd.language.arrays.vocabulary import DEEPEST, MOST_NODES, SIGNS
from symgd.language.tokens import END, NAME, NUMBER, SIGN, Token, tokenize
from symgd.trees.arrays import Node
from symgd.trees.dims import Dim, dim


class Cursor:
    """Where the reading of a text is, and what every rule of the grammar uses."""

    def __init__(self, text: str, names: Mapping[str, Node], sizes: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.sizes = sizes
        self.tokens = tokenize(text, SIGNS)
        self.at = 0
        self.depth = 0
        self.count = 0

    # -- tokens -------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        token = self.token
        self.at += token.kind != END
        return token

    def sees(self, *signs: str) -> bool:
        return self.token.kind == SIGN and self.token.text in signs

    def fail(self, words: str, at: Token) -> NoReturn:
        raise FormulaError(words, self.text, at.start)

    def made(self, at: Token, build: Callable[[], Node]) -> Node:
        """A node, counted; a shape that does not fit is told with the place."""
        self.count += 1
        if self.count > MOST_NODES:
            self.fail(f"The formula has more than {MOST_NODES} parts; split it by names.", at)
        try:
            return build()
        except ShapeError as error:
            raise ShapeError(error.reason, self.text, at.start) from None
        except InputError as error:
            raise FormulaError(str(error), self.text, at.start) from None

    def deeper(self, at: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(
                f"The formula is nested more than {DEEPEST} deep, counting brackets and signs; "
                "name its parts.",
                at,
            )

    # -- refusals -----------------------------------------------------------------------------

    def stray(self) -> NoReturn:
        words = {
            ")": "This closing bracket was never opened",
            "=": "A formula is one expression; give the right-hand side alone",
            ",": "A comma only stands between the arguments of a function",
            "|": "The norm is written norm2(x), the absolute value abs(x)",
        }.get(self.token.text, "This does not continue the formula; a product is written with *")
        self.fail(f"{words}.", self.token)

    def close(self, opening: Token) -> None:
        if self.token.kind == END:
            self.fail("This bracket is never closed.", opening)
        if not self.sees(")"):
            self.stray()
        self.advance()
        self.depth -= 1

    # -- sizes --------------------------------------------------------------------------------

    def size(self) -> Dim:
        """A size: names and whole numbers, with + * and brackets around the whole."""
        out = self.size_product()
        while self.sees("+"):
            self.advance()
            out = out + self.size_product()
        return out

    def size_product(self) -> Dim:
        out = self.size_power()
        while self.sees("*"):
            self.advance()
            out = out * self.size_power()
        return out

    def size_power(self) -> Dim:
        token = self.advance()
        if token.kind == NUMBER and token.value.denominator == 1:
            try:
                out = dim(int(token.value))
            except InputError as error:
                self.fail(str(error), token)
        elif token.kind == NAME and token.text in self.sizes:
            out = dim(token.text)
        else:
            self.fail(
                f"A size belongs here: a whole number, or one of {listing(sorted(self.sizes))}.",
                token,
            )
        if self.sees("**") and self.tokens[self.at + 1].text == "2":
            self.at += 2
            out = out * out
        return out
