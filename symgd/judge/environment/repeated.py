r"""Sums that are not written: y_i = W_{ij} x_j, in the manner of Einstein.

An index that stands twice in a product, and on no other side of the equation, runs over all its
values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Minus,
    Name,
    Product,
    Quotient,
    Sum,
    changed,
    children,
)

TWICE = 2


def with_sums(said: Statement, indices: frozenset[str]) -> Statement:
    """A statement with a Σ over what is repeated in a term of it."""
    members = summed(said.members, indices, ())
    return said if members == said.members else replace(said, members=members)


def summed(
    members: Sequence[Any], indices: frozenset[str], beside: Sequence[Any]
) -> tuple[Any, ...]:
    """The members with a Σ over what is repeated in a term, and free neither in the others nor
    `beside`.
    """
    out = []
    for k, member in enumerate(members):
        others = (*beside, *members[:k], *members[k + 1 :])
        # What is repeated in another member as well is summed there, and free in neither.
        free = {i for o in others for i, times in _letters(o, indices).items() if times < TWICE}
        out.append(_summed(member, indices, frozenset(free)))
    return tuple(out)


def _summed(tree: Any, indices: frozenset[str], free: frozenset[str]) -> Any:
    if isinstance(tree, Sum | Minus):
        return changed(tree, lambda child: _summed(child, indices, free))
    if not isinstance(tree, Product | Quotient):
        return tree
    found = _letters(tree, indices)
    repeated = sorted(i for i, times in found.items() if times >= TWICE and i not in free)
    if not repeated:
        return tree
    return Big("sum", tuple(map(Name, repeated)), None, None, (), tree, at=tree.at)


def _letters(tree: Any, indices: frozenset[str]) -> Counter[str]:
    """How often each index stands in subscripts of a term that no Σ binds; of a sum the most."""
    if isinstance(tree, Sum):
        found: Counter[str] = Counter()
        for term in tree.terms:
            found |= _letters(term, indices)
        return found
    return Counter(_occurrences(tree, indices))


def _occurrences(tree: Any, indices: frozenset[str]) -> Iterator[str]:
    if isinstance(tree, Name):
        for item in (*tree.below, *tree.above):
            if isinstance(item, Name) and item.base in indices and not (item.below or item.above):
                yield item.base
        return
    if isinstance(tree, Big):
        bound = {i.base for i in tree.indices}
        yield from (i for c in children(tree) for i in _occurrences(c, indices) if i not in bound)
        return
    for child in children(tree):
        yield from _occurrences(child, indices)
