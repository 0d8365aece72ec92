r"""Functions that LaTeX knows, with brackets or without: \log x, \tanh^2 z, \max_j z_j."""

from __future__ import annotations

from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import (
    ONE,
    TWO,
    Absolute,
    Call,
    Listed,
    Matrix,
    Minus,
    Name,
    Norm,
    Power,
    Product,
    Quotient,
)
from symgd.language.latex.tokens import COMMAND, LETTER, NUMBER, Token
from symgd.language.latex.vocabulary import DIFFERENTIALS, FUNCTIONS

# After these a function without brackets has its whole argument.
WHOLE = (Quotient, Listed, Matrix, Norm, Absolute)

STOPS_ARGUMENT = frozenset({r"\frac", r"\sum", r"\prod", r"\nabla", r"\mathbb", *DIFFERENTIALS})


class Builtin(Parts):
    """Reads a built-in function and its argument."""

    def named(self, token: Token, word: str) -> Any:
        """The function of an upright word, if it is one."""
        if word in self.vocabulary.names | self.vocabulary.functions:
            return None
        return self.function(token, word) if word in FUNCTIONS else None

    def function(self, token: Token, word: str) -> Any:
        r"""\log x, \tanh^2 z_2, \exp(-z), \log\frac{a}{b}, \max_j z_j."""
        name = Name("\\" + word, at=token.at)
        primes, power = 0, None
        while self.sees("^", "_", "'"):
            if self.takes("'"):
                primes += 1
            elif self.takes("_"):
                name = Name(name.base, self.script_items(), at=token.at)
            else:
                self.take()
                if self.takes(r"\prime"):
                    primes += 1
                else:
                    power = self.group_or_atom()
        if self.sees("(", "[", r"\{"):
            opening = self.take()
            arguments = self.arguments(opening, "(")
        elif self.sees("{"):
            arguments = (self.group_or_atom(),)
        else:
            arguments = (self.bare_argument(),)
        call: Any = Call(name, arguments, primes, at=token.at)
        if self.sees("_"):
            call = self.scripted(call)
        if power == Minus(ONE) and word in ("sin", "cos", "tan", "tanh", "sinh"):
            self.fail(f"{word}^{{-1}} reads in two ways; write arc{word} or 1/{word}.", token)
        if power is None and self.sees("^"):
            call = self.scripted(call)
        return call if power is None else Power(call, power, at=token.at)

    def bare_argument(self) -> Any:
        """The argument of a function without brackets: the names and numbers side by side."""
        if not (self.starts_operand or self.sees("-", "+")):
            self.fail("The function has no argument here.")
        at = self.token.at
        first = self.factor()
        factors = [first]
        while (
            (not isinstance(first, WHOLE) and self.token.kind in (LETTER, NUMBER, COMMAND))
            and self.starts_operand
            and not self.begins_function()
        ):
            factors.append(self.factor())
        if len(factors) == 1:
            return first
        return Product(tuple(factors), ("",) * (len(factors) - 1), at=at)

    def begins_function(self) -> bool:
        token = self.token
        name = token.text.removeprefix("\\")
        if token.kind == LETTER:
            return self.word() is not None or token.text in self.vocabulary.functions
        return (
            name in FUNCTIONS
            or token.text in STOPS_ARGUMENT
            or (token.text in self.vocabulary.functions)
        )

    def root(self, token: Token) -> Any:
        degree: Any = TWO
        if self.sees("["):
            opening = self.take()
            degree = self.sum()
            self.expect("]", opening)
        inner = self.group_or_atom()
        return Power(inner, Quotient(ONE, degree), at=token.at)
