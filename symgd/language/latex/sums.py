r"""\sum_{i=1}^{n} and \prod: their indices, bounds and conditions, and how far they reach."""

from __future__ import annotations

from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import Big, Minus, Name, Primed, Relation, Sum
from symgd.language.latex.tokens import Token
from symgd.language.latex.vocabulary import RELATIONS


class Sums(Parts):
    """Reads Σ and Π."""

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


def _more(body: Any, term: Any) -> Any:
    terms = body.terms if isinstance(body, Sum) else (body,)
    return Sum((*terms, term), at=body.at)
