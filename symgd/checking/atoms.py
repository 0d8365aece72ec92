r"""Atoms: what a factor begins with, one method a kind, found by the first token.

2  x  \sigma  (…)  \frac{}{}  \sqrt{}  \log …  \sum …  |…|  ‖…‖  \begin{cases}  \mathbb{1}[…]
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symgd.checking.cursor import Parts
from symgd.checking.ellipsis import running
from symgd.checking.names import ACCENTS, STYLES
from symgd.checking.syntax import (
    ONE,
    TWO,
    Absolute,
    Big,
    Both,
    Call,
    Cases,
    Indicator,
    Listed,
    Matrix,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
)
from symgd.checking.tokens import COMMAND, LETTER, NUMBER, SIGN, TEXT, Token
from symgd.checking.vocabulary import DIFFERENTIALS, FUNCTIONS, RELATIONS

CLOSING = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", r"\langle": r"\rangle"}
MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "vmatrix", "array", "smallmatrix", "Bmatrix"})
# After these a function without brackets has its whole argument.
WHOLE = (Quotient, Listed, Matrix, Norm, Absolute)


class Atoms(Parts):
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

    # -- brackets ----------------------------------------------------------------------------------

    def bracketed(self) -> Any:
        """(a), or (a, b); [i = j] is 1 where it holds, else 0."""
        opening = self.take()
        closing = CLOSING[opening.text]
        self.bars.append(opening.text)
        items = [self.sum()]
        if opening.text in ("[", r"\{") and self.at_relation:
            condition = self.relation_after(items[0])
            self.bars.pop()
            self.close(closing, opening)
            return Indicator(condition, at=opening.at)
        while self.takes(",", ";"):
            items.append(self.sum())
        self.bars.pop()
        self.close(closing, opening)
        if len(items) > 1:
            return Listed(tuple(items), at=opening.at)
        return items[0]

    def ungrouped(self, inner: Any) -> Any:
        """{-e}^{-x} is -(e^{-x}): a script goes to what stands last in an invisible group."""
        if not self.sees("^", "_"):
            return inner
        if isinstance(inner, Minus):
            return Minus(self.ungrouped(self.scripted(inner.of)), at=inner.at)
        if isinstance(inner, Product):
            last = self.scripted(inner.factors[-1])
            return Product((*inner.factors[:-1], last), inner.signs, at=inner.at)
        return inner

    def close(self, closing: str, opening: Token) -> None:
        """The closing bracket; at the very end of a line one that was forgotten is supplied."""
        if self.takes(closing):
            return
        if self.at_end and closing == ")" and not self.forgiven:
            self.forgiven = True
            self.notes.append("a closing bracket is missing; it was read at the end of the line")
            return
        self.expect(closing, opening)

    forgiven = False

    def arguments(self, opening: Token, kind: str = "call") -> tuple[Any, ...]:
        """What stands between the brackets of a call, the opening one being taken.

        In a call that is no built-in function a bar separates: p(t | w).
        """
        closing = CLOSING[opening.text]
        self.bars.append(kind)
        items: list[Any] = []
        while not self.sees(closing):
            if self.takes(",", ";") or (kind == "call" and self.takes("|")):
                continue
            if self.at_end:
                break
            item = self.sum()
            items.append(self.relation_after(item) if self.at_relation else item)
            if not self.sees(closing, ",", ";", "|") and not self.at_end:
                self.fail("A comma or the closing bracket belongs here.")
        self.bars.pop()
        self.close(closing, opening)
        return tuple(items)

    def barred(self, bar: str) -> Any:
        opening = self.take()
        self.bars.append(bar)
        inner = self.sum()
        self.bars.pop()
        self.expect(bar, opening)
        if bar == "|":
            return Absolute(inner, at=opening.at)
        kind = "2"
        if self.sees("_"):
            self.take()
            (below,) = self.script_items() or (TWO,)
            kind = str(below.value) if isinstance(below, Number) else str(below.base)
        return Norm(inner, kind, at=opening.at)

    def relation_after(self, left: Any) -> Any:
        """left = b, left > b, left ≠ b and c ...: a condition."""
        relation = left
        parts = []
        while self.at_relation:
            sign = RELATIONS[self.take().text]
            right = self.sum()
            relation = Relation(left, sign, right, at=left.at)
            parts.append(relation)
            left = right
            if self.sees(",", r"\wedge", r"\land") and sign != "in":
                mark = self.place
                self.take()
                if not self.starts_operand:
                    self.place = mark
                    break
                left = self.sum()
                if not self.at_relation:
                    self.place = mark
                    break
        return parts[0] if len(parts) == 1 else Both(tuple(parts), at=relation.at)

    # -- functions ---------------------------------------------------------------------------------

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

    # -- sums, cases, matrices ---------------------------------------------------------------------

    def big(self, token: Token) -> Any:
        r"""\sum_{i=1}^{n} body; the body goes on while its terms mention the index."""
        indices: tuple[Name, ...] = ()
        low = high = None
        conditions: tuple[Any, ...] = ()
        while self.sees("_", "^"):
            if self.take().text == "_":
                indices, low, conditions = self.range_below()
            else:
                high = self.group_or_atom()
        sigma = token.text.replace("sum", "Sigma").replace("prod", "Pi")
        declared = len(indices) == 1 and f"{sigma}_{indices[0].base}" in self.vocabulary.names
        if declared or not (self.starts_operand or self.sees("-")):
            name = token.text.replace("sum", "Sigma").replace("prod", "Pi")
            return Name(name, tuple(indices), at=token.at)
        body = self.signed_body()
        names = {n.base for n in indices}
        while self.sees("+", "-") and names and self.next_term_mentions(names):
            minus = self.take().text == "-"
            term = self.signed_body()
            body = _more(body, Minus(term, at=term.at) if minus else term)
        return Big(token.text[1:], indices, low, high, conditions, body, at=token.at)

    def signed_body(self) -> Any:
        return self.signed_product()

    def next_term_mentions(self, names: set[str]) -> bool:
        """Whether the term after this sign has the index as a subscript: then Σ covers it too."""
        depth, i = 0, 1
        seen = False
        while True:
            token = self.ahead(i)
            if token.kind == "end":
                return seen
            if token.text in (r"\sum", r"\prod", r"\begin", r"\end"):
                return False
            if token.text in "([{":
                depth += 1
            elif token.text in ")]}":
                depth -= 1
                if depth < 0:
                    return seen
            elif depth == 0 and (token.text in ("+", "-") or token.text in RELATIONS) and i > 1:
                return seen
            if token.text in names and self.in_subscript(i):
                seen = True
            i += 1

    def range_below(self) -> tuple[tuple[Name, ...], Any, tuple[Any, ...]]:
        """i; i=1; i,j; j ≠ i; n ∈ N; i<j."""
        opening = self.token
        if not self.takes("{"):
            index = self.atom()
            return ((index,) if isinstance(index, Name) else ()), None, ()
        names: list[Name] = []
        low: Any = None
        conditions: list[Any] = []
        while not self.takes("}"):
            if self.at_end:
                self.expect("}", opening)
            if self.takes(",", ":", "|", ";"):
                continue
            left = self.scripted(self.atom())
            if isinstance(left, Primed) and isinstance(left.of, Name):
                left = Name(left.of.base + "'" * left.order, left.of.below, at=left.at)
            if not isinstance(left, Name):
                self.fail("The index of Σ is a name.", opening)
            if not self.at_relation:
                names.append(left)
                continue
            sign = RELATIONS[self.take().text]
            right = self.sum()
            names.append(left) if left not in names else None
            if sign == "=" and low is None:
                low = right
            else:
                conditions.append(Relation(left, sign, right, at=left.at))
        return tuple(names), low, tuple(conditions)

    def environment(self, token: Token) -> Any:
        self.expect("{")
        name = ""
        while not self.takes("}"):
            name += self.take().text
        name = name.rstrip("*")
        if name == "cases":
            return self.cases(token)
        if name not in MATRICES:
            self.fail(f"\\begin{{{name}}} is not understood inside a formula.", token)
        if name == "array" and self.takes("{"):
            while not self.takes("}"):
                self.take()
        rows: list[tuple[Any, ...]] = []
        row: list[Any] = []
        dotted = 0
        while True:
            if self.sees(r"\end"):
                break
            if self.takes(r"\\"):
                rows.append(tuple(row))
                row = []
                continue
            if self.takes(",", "&"):
                continue
            if self.at_end:
                self.fail(f"\\begin{{{name}}} is never ended.", token)
            if self.takes(r"\vdots"):
                dotted = len(rows)
                continue
            if self.sees(r"\dots", r"\ddots"):
                self.fail("Dots in a matrix leave open what stands there.")
            row.append(self.sum())
        rows.append(tuple(row))
        self.end()
        rows = [r for r in rows if r]
        if dotted:
            return self.stacked(rows, token)
        if name == "vmatrix":
            self.fail("A determinant in bars is not understood.", token)
        if len({len(r) for r in rows}) != 1:
            self.fail("The rows of this matrix differ in length.", token)
        return Matrix(tuple(rows), at=token.at)

    def stacked(self, rows: list[tuple[Any, ...]], token: Token) -> Any:
        """Rows with dots between the last two: as many as the index of the last says."""
        found = None
        if len(rows) > 1 and len(rows[-1]) == len(rows[-2]) == 1:
            found = running("stack", rows[-2][0], rows[-1][0], token.at)
        if found is None:
            self.fail("Dots in a matrix leave open what stands there.", token)
        return found

    def end(self) -> None:
        r"""\end{...}"""
        self.take()
        self.expect("{")
        while not self.takes("}"):
            self.take()

    def cases(self, token: Token) -> Any:
        branches: list[tuple[Any, Any]] = []
        while not self.sees(r"\end"):
            if self.at_end:
                self.fail(r"\begin{cases} is never ended.", token)
            value = self.sum()
            self.takes(",")
            condition = None
            while self.token.kind == TEXT or self.takes(",", "&"):
                if self.token.kind == TEXT:
                    self.take()
            if self.starts_operand or self.sees("-"):
                condition = self.relation_after(self.sum())
                while self.token.kind == TEXT or self.sees(".", ",", ";"):
                    self.take()
            branches.append((value, condition))
            self.takes(r"\\")
        self.end()
        return Cases(tuple(branches), at=token.at)


def _more(body: Any, term: Any) -> Any:
    terms = body.terms if isinstance(body, Sum) else (body,)
    return Sum((*terms, term), at=body.at)


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
STOPS_ARGUMENT = frozenset({r"\frac", r"\sum", r"\prod", r"\nabla", r"\mathbb", *DIFFERENTIALS})
