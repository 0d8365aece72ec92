r"""Names with their decorations: accents, subscripts, superscripts that are labels, primes, calls.

\hat{y}_{ij}^{(2)}    base \hat{y}, below i and j, above 2
\hat{y_i}             the same as \hat{y}_i
h2                    h_2
\mathbf{x}            x, marked as bold: it may be a vector
f'(x), f^\prime(x)    a call with one prime
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import (
    Component,
    Minus,
    Name,
    Number,
    Power,
    Primed,
    Product,
    Sum,
    Transposed,
)
from symgd.language.latex.tokens import COMMAND, LETTER, NUMBER, TEXT, Token

TRANSPOSE = frozenset({"T", r"\top", "t"})
LABELS = frozenset({"*", "+", "-", r"\dagger", r"\star", r"\ast", r"\odot"})
LONGEST_RUN = 2


class Scripts(Parts):
    """Reads what is attached to an atom."""

    def group_or_atom(self) -> Any:
        """{...} or the one atom that stands here, as TeX takes an argument."""
        opening = self.token
        if self.takes("{"):
            inner = self.sum()
            self.expect("}", opening)
            return inner
        return self.one_token()

    def one_token(self) -> Any:
        r"""What TeX takes without braces: of `\frac n2` the n alone."""
        token = self.token
        if token.kind == NUMBER and len(token.text) > 1:
            return self.first_digit(token)
        if token.kind == LETTER:
            self.take()
            return Name(token.text, at=token.at)
        return self.atom()

    def first_digit(self, token: Token) -> Number:
        r"""\frac12 takes one digit and leaves the other."""
        digit, rest = token.text[0], token.text[1:]
        self.tokens = (
            *self.tokens[: self.place],
            Token(NUMBER, digit, token.at),
            Token(NUMBER, rest, token.at + 1),
            *self.tokens[self.place + 1 :],
        )
        self.take()
        return Number(Fraction(digit), at=token.at)

    def scripted(self, atom: Any) -> Any:
        """The atom with the scripts, primes and brackets that belong to it."""
        primes = 0
        while True:
            token = self.token
            if self.takes("_"):
                atom = self.below(atom, token)
            elif self.takes("^"):
                inner, order = self.above(atom)
                atom, primes = inner, primes + order
            elif self.takes("'") or self.takes(r"\prime"):
                primes += 1
            elif self.sees("!") and self.ahead().text != "=":
                self.fail("A factorial is not understood.", token)
            else:
                break
        return self.applied(atom, primes)

    def below(self, atom: Any, token: Token) -> Any:
        items = self.script_items()
        if isinstance(atom, Name):
            return replace(atom, below=(*atom.below, *items))
        if isinstance(atom, Power) and isinstance(atom.base, Name) and not atom.base.below:
            return replace(atom, base=replace(atom.base, below=items))
        if isinstance(atom, Transposed) and isinstance(atom.of, Name):
            return replace(atom, of=replace(atom.of, below=(*atom.of.below, *items)))
        if isinstance(atom, Product) and isinstance(atom.factors[-1], Name):
            last = replace(atom.factors[-1], below=items)  # {Sv}_1 is S v_1
            return replace(atom, factors=(*atom.factors[:-1], last))
        if isinstance(atom, Number):
            self.fail("A number has no subscript.", token)
        return Component(atom, items, at=token.at)

    def script_items(self) -> tuple[Any, ...]:
        """What stands in a subscript: i, j; k-1; rec; y_i."""
        opening = self.token
        if not self.takes("{"):
            if self.token.kind == NUMBER and len(self.token.text) > 1:
                return (self.first_digit(self.token),)
            item = self.atom_in_script()
            return (item,)
        items: list[Any] = []
        while not self.takes("}"):
            if self.takes(",", ";", ":", "(", ")", "[", "]"):
                continue
            if self.token.kind == COMMAND and self.token.text in LABELS:
                items.append(Name(self.take().text))
                continue
            if self.at_relation:
                self.fail("A relation in a subscript is understood under Σ and Π only.")
            if self.at_end:
                self.expect("}", opening)
            items.extend(self.spread(self.sum()))
        return tuple(items)

    def atom_in_script(self) -> Any:
        if self.token.text in LABELS:
            return Name(self.take().text)
        token = self.token
        if token.kind == LETTER and self.ahead().kind == NUMBER and self.adjacent(1):
            self.take()
            return Name(token.text + self.take().text, at=token.at)  # a_o1
        return self.one_token()

    def spread(self, item: Any) -> tuple[Any, ...]:
        """ij is i and j; rec is one word, unless r, e and c all run."""
        factors = item.factors if isinstance(item, Product) and set(item.signs) == {""} else ()
        letters = [f.base for f in factors if isinstance(f, Name) and not f.below and not f.above]
        if (
            factors
            and len(letters) == len(factors) > LONGEST_RUN
            and not set(letters) <= self.vocabulary.indices
        ):
            return (Name("".join(letters), at=item.at),)
        if factors and all(isinstance(f, Name | Number) for f in factors):
            return tuple(factors)
        if isinstance(item, Name) and len(item.below) == 1 and isinstance(item.below[0], Number):
            if item.base in self.vocabulary.indices:
                return (replace(item, below=()), item.below[0])
            return (Name(f"{item.base}{item.below[0].value}", at=item.at),)
        if isinstance(item, Primed) and isinstance(item.of, Name):
            return (replace(item.of, base=item.of.base + "'" * item.order),)
        return (item,)

    def above(self, atom: Any) -> tuple[Any, int]:
        """The atom with its superscript, and the number of primes that the superscript held."""
        opening = self.token
        if opening.text in (r"\prime", "'"):
            self.take()
            return atom, 1
        if (
            opening.kind in (COMMAND, LETTER)
            and opening.text in TRANSPOSE - {"t"}
            and opening.text not in self.vocabulary.names
        ):
            self.take()
            return Transposed(atom, at=opening.at), 0
        if isinstance(atom, Name) and opening.text in LABELS:
            return replace(atom, above=(*atom.above, Name(self.take().text))), 0
        if not self.takes("{"):
            if opening.kind == NUMBER and len(opening.text) > 1:
                return self.raised(atom, self.first_digit(opening)), 0
            if opening.text in ("(", "["):
                self.take()
                inner = self.sum()
                self.expect(")" if opening.text == "(" else "]", opening)
                if atom == Name("e") or not _is_label(inner):
                    return Power(atom, inner, at=opening.at), 0
                return self.labelled(atom, inner, opening), 0
            return self.raised(atom, self.scripted_alone()), 0
        return self.braced(atom, opening)

    def scripted_alone(self) -> Any:
        return self.one_token()

    def braced(self, atom: Any, opening: Token) -> tuple[Any, int]:
        """^{...}: primes, a transpose, a label in brackets, or an exponent."""
        primes = 0
        while self.takes(r"\prime", "'"):
            primes += 1
        if primes and self.takes("}"):
            return atom, primes
        first = self.token
        if (
            (first.kind == TEXT or first.text in LABELS)
            and self.ahead().text == "}"
            and isinstance(atom, Name)
        ):
            self.take()
            self.take()
            if first.text == "T":
                return Transposed(atom, at=first.at), 0
            return replace(atom, above=(*atom.above, Name(first.text))), 0
        minus = first.text == "-" and self.ahead().text in TRANSPOSE - {"t"}
        if minus:
            self.take()
        if (
            self.token.text in TRANSPOSE
            and self.ahead().text == "}"
            and (self.token.text not in self.vocabulary.names | self.vocabulary.indices)
            and (self.token.text != "t")
        ):
            self.take()
            self.take()
            inverse = Power(atom, Minus(Number(Fraction(1)))) if minus else atom
            return Transposed(inverse, at=first.at), 0
        if first.text in ("(", "[") and isinstance(atom, Name) and atom.base != "e":
            mark = self.place
            self.take()
            inner = self.sum() if self.starts_operand else None
            if inner is not None and self.takes(")", "]"):
                if self.token.text in TRANSPOSE and self.ahead().text == "}":
                    self.take()
                    self.take()
                    return Transposed(self.labelled(atom, inner, opening), at=first.at), 0
                if self.takes("}") and _is_label(inner):
                    return self.labelled(atom, inner, opening), 0
            self.place = mark
        inner = self.sum()
        if self.takes(","):
            rest = [inner, self.sum()]
            while self.takes(","):
                rest.append(self.sum())
            self.expect("}", opening)
            if isinstance(atom, Name):
                return replace(atom, above=(*atom.above, *rest)), 0
        self.expect("}", opening)
        if (
            isinstance(inner, Name)
            and inner.base in ("T", r"\top")
            and inner.base not in (self.vocabulary.names)
        ):
            return Transposed(atom, at=first.at), 0
        return self.raised(atom, inner), 0

    def labelled(self, atom: Any, inner: Any, opening: Token) -> Any:
        if isinstance(atom, Name):
            return replace(atom, above=(*atom.above, *self.spread(inner)))
        if isinstance(atom, Transposed) and isinstance(atom.of, Name):
            return replace(atom, of=replace(atom.of, above=(*atom.of.above, inner)))
        return Power(atom, inner, at=opening.at)

    def raised(self, atom: Any, exponent: Any) -> Any:
        """atom^exponent; of a base with layers, the layer."""
        if isinstance(atom, Name) and not atom.above:  # (a^{[1]})^2 is a square
            single = isinstance(exponent, Number | Name)
            one = isinstance(exponent, Number) and exponent.value == 1
            kronecker = atom.base == r"\delta" and isinstance(exponent, Name) and bool(atom.below)
            single = single or isinstance(exponent, Sum)
            if one or kronecker or (single and atom.base in self.vocabulary.layered):
                return replace(atom, above=(*atom.above, exponent))
        return Power(atom, exponent, at=atom.at)


def _is_label(inner: Any) -> bool:
    """Whether a superscript in brackets counts or names, rather than being an exponent."""
    if isinstance(inner, Number | Name):
        return True
    terms = [t.of if isinstance(t, Minus) else t for t in getattr(inner, "terms", ())]
    return any(isinstance(t, Name) for t in terms) and all(
        isinstance(t, Number | Name) for t in terms
    )
