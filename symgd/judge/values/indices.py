"""Indices at a point: numbers of subscripts, how far letters run, what a pattern binds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgd.judge.values.frame import Frame
from symgd.judge.values.points import Key
from symgd.judge.values.values import is_array
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import Big, Minus, Name, Number, Sum, children


class Indices(Frame):
    """Reads subscripts, with indices bound (`env`)."""

    def subscript(self, item: Any) -> int | str:
        """The number of an index, or the text of a label."""
        if isinstance(item, Number):
            return int(item.value) if item.value.denominator == 1 else str(item.value)
        if isinstance(item, Name):
            if item.below:
                return self.counted(item)
            if not item.above:
                if item.base in self.env:
                    return self.env[item.base]
                if item.base in self.world.ranges.bounds:
                    return self.point.size(("bound", item.base))
                if item.base in self.world.vocabulary.indices:
                    return self.letter_range(item.base)[0]
            return item.base
        if isinstance(item, Sum | Minus):
            value = self.offset(item)
            if value is not None:
                return value
        return to_latex(item)

    def offset(self, item: Any) -> int | None:
        """i + 1 or k - m as a number, if its letters run."""
        if isinstance(item, Sum):
            parts = [self.offset(t) for t in item.terms]
            return None if None in parts else sum(p for p in parts if p is not None)
        if isinstance(item, Minus):
            inner = self.offset(item.of)
            return None if inner is None else -inner
        found = self.subscript(item)
        return found if isinstance(found, int) else None

    def counted(self, item: Name) -> int | str:
        """The y_i of p_{y_i}."""
        if item.base not in self.world.ranges.integral:
            return to_latex(item)
        value = self.value(item)
        return int(value) if not is_array(value) and value == int(value) else to_latex(item)

    def letter_range(self, letter: str) -> range:
        size = self.point.size(("letter", letter))
        root = self.world.ranges.find(("letter", letter))
        first = 0 if root in self.world.ranges.from_zero() else 1
        return range(first, first + size)

    def slot_range(self, slot: tuple[str, ...]) -> range:
        ranges = self.world.ranges
        size = self.point.size(slot)
        first = 0 if ranges.find(slot) in ranges.from_zero() else 1
        return range(first, first + size)

    def free_letters(self, tree: Any) -> set[str]:
        """The indices of a tree that nothing binds, here or in the tree."""
        return set(free_letters(tree, self.world.vocabulary.indices)) - set(self.env)

    def key(self, name: Name) -> Key:
        return (
            name.base,
            tuple([self.subscript(i) for i in name.below]),
            tuple([self.subscript(i) for i in name.above]),
        )

    def matched(self, name: Name, key: Key) -> dict[str, int] | None:
        """The indices that make `name` this key: i = 1 for v_{i+1} and v_2; None if none do."""
        base, below, above = key
        if name.base != base or len(name.below) != len(below) or len(name.above) != len(above):
            return None
        bound: dict[str, int] = {}
        for pattern, value in zip((*name.below, *name.above), (*below, *above), strict=True):
            if not self.match_one(pattern, value, bound):
                return None
        return bound

    def match_one(self, pattern: Any, value: int | str, bound: dict[str, int]) -> bool:
        indices = self.world.vocabulary.indices
        if isinstance(pattern, Name) and not pattern.below and pattern.base in indices:
            if not isinstance(value, int):
                return False
            return bound.setdefault(pattern.base, value) == value
        if isinstance(pattern, Sum) and isinstance(value, int):
            letters = [t for t in pattern.terms if isinstance(t, Name) and t.base in indices]
            rest = [t for t in pattern.terms if t not in letters]
            shifts = [self.offset(t) for t in rest]
            if len(letters) == 1 and None not in shifts:
                found = value - sum(s for s in shifts if s is not None)
                return bound.setdefault(letters[0].base, found) == found
        return self.subscript(pattern) == value


def free_letters(tree: Any, indices: frozenset[str]) -> Iterator[str]:
    """Index letters that no Σ of the tree binds."""
    if isinstance(tree, Name):
        for item in (*tree.below, *tree.above):
            yield from _letters(item, indices)
        if not tree.below and not tree.above and tree.base in indices:
            yield tree.base
        return
    if isinstance(tree, Big):
        inner = {i.base for i in tree.indices}
        if not inner:
            return
        for child in children(tree):
            yield from (n for n in free_letters(child, indices) if n not in inner)
        return
    for child in children(tree):
        yield from free_letters(child, indices)


def _letters(item: Any, indices: frozenset[str]) -> Iterator[str]:
    if isinstance(item, Name) and not item.below and not item.above:
        if item.base in indices:
            yield item.base
        return
    if isinstance(item, Name):
        yield from free_letters(item, indices)
        return
    for child in children(item):
        yield from _letters(child, indices)
