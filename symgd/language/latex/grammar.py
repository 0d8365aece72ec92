r"""One line of LaTeX → trees: sums of products of factors, by recursive descent.

    sum       product (+ product)*
    product   factor (· factor | / factor | factor)*      side by side is a product
    factor    - factor | atom with its scripts            (`atoms`, `names`, `derivatives`)

What depends on the document (is f(x) a value or a product, is y_i a component) is asked of its
vocabulary; what reads in two ways is a habit, and noted, so that the judge can try the other.
"""

from __future__ import annotations

from typing import Any

from symgd.language.latex.atoms import Atoms
from symgd.language.latex.calls import Calls
from symgd.language.latex.derivatives import Derivatives
from symgd.language.latex.ellipsis import running
from symgd.language.latex.scripts import Scripts
from symgd.language.latex.syntax import Derivative, Gradient, Minus, Product, Quotient, Sum
from symgd.language.latex.tokens import COMMAND, LETTER, NUMBER, SIGN
from symgd.language.latex.words import Words

DOTS = "Dots leave open what stands there; write the sum or the product with its bounds."

# sign      how the product is taken
TIMES = {r"\cdot": ".", r"\times": ".", "*": ".", r"\odot": "o", r"\otimes": "x", ".*": "o"}


class Grammar(Atoms, Words, Scripts, Calls, Derivatives):
    """Reads expressions from the place where the cursor stands."""

    def sum(self) -> Any:
        """a + b - c ..., up to what no term can begin with."""
        at = self.token.at
        terms = [self.signed_product()]
        while self.sees("+", "-"):
            minus = self.take().text == "-"
            if self.takes(r"\dots"):
                terms[-1] = self.run("sum", terms[-1], self.signed_last())
                continue
            term = self.signed_product()
            terms.append(Minus(term, at=term.at) if minus else term)
        if self.sees(r"\pm", r"\mp"):
            self.fail(f"{self.token.text} says two things at once; write one of them.")
        return terms[0] if len(terms) == 1 else Sum(tuple(terms), at=at)

    def signed_last(self) -> Any:
        """The term after + ... +."""
        if not self.takes("+"):
            self.fail("The last term belongs behind these dots, as in a_1 + \\dots + a_n.")
        return self.product()

    def run(self, kind: str, first: Any, last: Any) -> Any:
        """From the term before the dots to the one after them."""
        found = running(kind, first, last, first.at)
        if found is None:
            self.fail(DOTS)
        return found

    def signed_product(self) -> Any:
        at = self.token.at
        if self.takes("-"):
            return Minus(self.signed_product(), at=at)
        if self.takes("+"):
            return self.signed_product()
        return self.product()

    def product(self) -> Any:
        """Factors with or without signs between them; a slash divides what stands before it."""
        at = self.token.at
        factors, signs = [self.factor()], list[str]()
        while True:
            sign = self.times()
            if sign is not None:
                if self.takes(r"\dots"):
                    if self.times() is None:
                        self.fail(DOTS)
                    factors[-1] = self.run("prod", factors[-1], self.factor())
                    continue
                if not (self.starts_operand or self.sees("-", "+")):
                    self.fail("A factor is missing after this sign.")
                factors.append(self.factor())
                signs.append(sign)
            elif self.sees("/", r"\div") or (self.sees(".") and self.ahead().text == "/"):
                elementwise = self.takes(".")
                self.take()
                bottom = self.factor()
                if self.starts_operand and not self.sees("(", "["):
                    self.ambiguous.add("slash")
                    if self.habits.slash == "right":
                        bottom = self.run_after(bottom)
                before = _product(factors, signs, at)
                factors, signs = [Quotient(before, bottom, elementwise, at=at)], []
            elif self.shows_variables(factors[-1]):
                self.arguments(self.take())  # (∂_μ ℓ)(μ, σ²)
            elif self.starts_operand:
                factors.append(self.factor())
                signs.append("")
            else:
                break
        if "o" in signs and set(signs) != {"o"}:
            self.ambiguous.add("circle")
            if self.habits.circle == "loose":
                return _loose(factors, signs, at)
        return _product(factors, signs, at)

    def shows_variables(self, before: Any) -> bool:
        """Whether a list in brackets stands behind a derivative, which it is taken at."""
        derived = isinstance(before, Derivative | Gradient)
        return derived and self.sees("(") and self.commas_ahead() and self.holds_variables()

    def times(self) -> str | None:
        """The sign of a product, taken if it stands here."""
        if self.sees(".") and self.ahead().text == "*":
            self.take()
            self.take()
            return "o"
        if self.sees(".") and self.place and self.tokens[self.place - 1].text in (")", "]", "}"):
            following = self.ahead()
            if following.kind in (LETTER, NUMBER) or following.text in ("(", "[", "{", r"\frac"):
                self.take()
                return "."
        if self.token.kind in (SIGN, COMMAND) and self.token.text in TIMES:
            return TIMES[self.take().text]
        return None

    def run_after(self, first: Any) -> Any:
        """`first` and the factors that stand side by side after it."""
        factors = [first]
        while self.starts_operand and not self.begins_derivative:
            factors.append(self.factor())
        return _product(factors, [""] * (len(factors) - 1), first.at)

    def rest_of_term(self, first: Any) -> Any:
        """`first` and every factor up to the end of its term."""
        factors, signs = [first], list[str]()
        while True:
            sign = self.times()
            if sign is None and not self.starts_operand:
                return _product(factors, signs, first.at)
            factors.append(self.factor())
            signs.append(sign or "")

    def factor(self) -> Any:
        """-a after a sign such as ·, or an atom with its scripts."""
        at = self.token.at
        if self.takes("-"):
            return Minus(self.factor(), at=at)
        if self.takes("+"):
            return self.factor()
        return self.scripted(self.atom())


def _loose(factors: list[Any], signs: list[str], at: int) -> Any:
    """a ⊙ bc as a ⊙ (bc): what stands side by side is taken first."""
    groups: list[tuple[list[Any], list[str]]] = [([factors[0]], [])]
    for sign, factor in zip(signs, factors[1:], strict=True):
        if sign == "o":
            groups.append(([factor], []))
        else:
            groups[-1][0].append(factor)
            groups[-1][1].append(sign)
    parts = [_product(f, s, f[0].at) for f, s in groups]
    return Product(tuple(parts), ("o",) * (len(parts) - 1), at=at)


def _product(factors: list[Any], signs: list[str], at: int) -> Any:
    return factors[0] if len(factors) == 1 else Product(tuple(factors), tuple(signs), at=at)
