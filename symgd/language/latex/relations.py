r"""Relations among sums, and conditions that are made of them: a > b, c < d or e = 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symgd.language.latex.syntax import Both, Either, Relation
from symgd.language.latex.tokens import TEXT
from symgd.language.latex.vocabulary import RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser


def condition(p: Parser) -> Any:
    """a > b, c < d; words and signs join them: a > b or a < c."""
    return relation_after(p, p.sum())


def relation_after(p: Parser, left: Any) -> Any:
    """What `condition` reads, its first side being read."""
    either = [both_after(p, left)]
    while joined_by(p, "or", r"\vee", r"\lor"):
        either.append(both_after(p, p.sum()))
    return either[0] if len(either) == 1 else Either(tuple(either), at=either[0].at)


def both_after(p: Parser, left: Any) -> Any:
    both = [chain_after(p, left)]
    while joined_by(p, "and"):
        both.append(chain_after(p, p.sum()))
    return both[0] if len(both) == 1 else Both(tuple(both), at=both[0].at)


def joined_by(p: Parser, word: str, *signs: str) -> bool:
    """Takes a word or a sign between two conditions, if one stands here."""
    if p.takes(*signs) or (p.token.kind == TEXT and p.token.text == word):
        if p.token.kind == TEXT:
            p.take()
        return True
    return False


def relation_sign(p: Parser) -> str:
    """Takes the relation that stands here; := is two tokens."""
    token = p.take()
    if token.text == ":":
        p.take()
        return "="
    return RELATIONS[token.text]


def chain_after(p: Parser, left: Any) -> Any:
    """left = b, left > b > c, left ≠ b, c ..."""
    relation = left
    parts = []
    while p.at_relation:
        sign = relation_sign(p)
        right = p.sum()
        relation = Relation(left, sign, right, at=left.at)
        parts.append(relation)
        left = right
        if p.sees(",", r"\wedge", r"\land") and sign != "in":
            mark = p.place
            p.take()
            if not p.starts_operand or p.sees(r"\dots"):
                p.place = mark
                break
            left = p.sum()
            if not p.at_relation:
                p.place = mark
                break
    return parts[0] if len(parts) == 1 else Both(tuple(parts), at=relation.at)
