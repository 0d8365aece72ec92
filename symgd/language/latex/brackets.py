r"""Brackets and bars: groups, lists, arguments, |a|, ‖a‖, and conditions such as [i = j]."""

from __future__ import annotations

from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import (
    TWO,
    Absolute,
    Both,
    Indicator,
    Listed,
    Minus,
    Norm,
    Number,
    Product,
    Relation,
)
from symgd.language.latex.tokens import DEEPEST, Token
from symgd.language.latex.vocabulary import RELATIONS

CLOSING = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", r"\langle": r"\rangle"}


class Brackets(Parts):
    """Reads what stands between two signs."""

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
        if len(self.bars) > DEEPEST:
            self.fail(f"Bars are nested more than {DEEPEST} deep here.", opening)
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
