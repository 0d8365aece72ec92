r"""Indices and their numbers: the key of a name, what an index runs over, which letters are free.

Every function takes the evaluator, which knows the number that each index is bound to.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.points import Key, how_many
from symgd.judge.values.values import is_array
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import Big, Minus, Name, Number, Sum, children

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

# Of a family, or of several beside each other, that are gone through one by one.
MOST_MEMBERS = 1_000


def key_of(e: Evaluator, name: Name) -> Key:
    if e.env.family(name) in e.env.shapes.declared and not name.above:
        # The W_k beside k keys is no W_3.
        labels = [i.base if e.env.is_label(i) and isinstance(i, Name) else i for i in name.below]
        return (name.base, tuple(i if isinstance(i, str) else subscript(e, i) for i in labels), ())
    return (
        name.base,
        tuple([subscript(e, i) for i in name.below]),
        tuple([subscript(e, i) for i in name.above]),
    )


def subscript(e: Evaluator, item: Any) -> int | str:
    """The number of an index, or the text of a label."""
    if isinstance(item, Number):
        return int(item.value) if item.value.denominator == 1 else str(item.value)
    if isinstance(item, Name):
        if (size := size_at(e, item)) is not None and item.base not in e.binding:
            return size
        if item.below:
            return count_of(e, item)
        if not item.above:
            if item.base in e.binding:
                return e.binding[item.base]
            if item.base in e.env.vocabulary.indices:
                return letter_range(e, item.base)[0]
        return item.base
    if isinstance(item, Sum | Minus):
        value = offset(e, item)
        if value is not None:
            return value
    return to_latex(item)


def size_at(e: Evaluator, name: Name) -> int | None:
    """The number of a size; None of any other name."""
    key = e.env.ranges.size_key(name)
    return e.point.size(("bound", key)) if key in e.env.ranges.bounds else None


def offset(e: Evaluator, item: Any) -> int | None:
    """i + 1 or k - m as a number, if its letters run."""
    if isinstance(item, Sum):
        parts = [offset(e, t) for t in item.terms]
        return None if None in parts else sum(p for p in parts if p is not None)
    if isinstance(item, Minus):
        inner = offset(e, item.of)
        return None if inner is None else -inner
    found = subscript(e, item)
    return found if isinstance(found, int) else None


def count_of(e: Evaluator, item: Name) -> int | str:
    """The y_i of p_{y_i}."""
    if item.base not in e.env.ranges.integral:
        return to_latex(item)
    value = e.value(item)
    return int(value) if not is_array(value) and value == int(value) else to_latex(item)


def listed(*spans: range) -> Iterator[tuple[int, ...]]:
    """Every choice of a number of each span. Raises NotUnderstood where these are too many."""
    if how_many(spans) > MOST_MEMBERS:
        raise NotUnderstood(say("unknown:members-many"))
    return product(*spans)


def letter_range(e: Evaluator, letter: str) -> range:
    size = e.point.size(("letter", letter))
    root = e.env.ranges.find(("letter", letter))
    first = 0 if root in e.env.ranges.from_zero() else 1
    return range(first, first + size)


def slot_range(e: Evaluator, slot: tuple[str, ...]) -> range:
    ranges = e.env.ranges
    size = e.point.size(slot)
    first = 0 if ranges.find(slot) in ranges.from_zero() else 1
    return range(first, first + size)


def open_letters(e: Evaluator, tree: Any) -> set[str]:
    """The indices of a tree that nothing binds, here or in the tree."""
    return set(free_letters(tree, e.env.vocabulary.indices)) - set(e.binding)


def instances(e: Evaluator, name: Name) -> Iterator[Evaluator]:
    """The evaluators in which the indices of a name are bound, one after the other."""
    letters = sorted(open_letters(e, name))
    for numbers in listed(*(letter_range(e, n) for n in letters)):
        yield e.bound(dict(zip(letters, numbers, strict=True)))


def match(e: Evaluator, name: Name, key: Key) -> dict[str, int] | None:
    """The indices that make `name` this key: i = 1 for v_{i+1} and v_2; None if none do."""
    base, below, above = key
    if name.base != base or len(name.below) != len(below) or len(name.above) != len(above):
        return None
    bound: dict[str, int] = {}
    for pattern, value in zip((*name.below, *name.above), (*below, *above), strict=True):
        if not match_one(e, pattern, value, bound):
            return None
    return bound


def match_one(e: Evaluator, pattern: Any, value: int | str, bound: dict[str, int]) -> bool:
    indices = e.env.vocabulary.indices
    if isinstance(pattern, Name) and not pattern.below and pattern.base in indices:
        if not isinstance(value, int):
            return False
        return bound.setdefault(pattern.base, value) == value
    if isinstance(pattern, Sum) and isinstance(value, int):
        letters = [t for t in pattern.terms if isinstance(t, Name) and t.base in indices]
        rest = [t for t in pattern.terms if t not in letters]
        shifts = [offset(e, t) for t in rest]
        if len(letters) == 1 and None not in shifts:
            found = value - sum(s for s in shifts if s is not None)
            return bound.setdefault(letters[0].base, found) == found
    return subscript(e, pattern) == value


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


def as_nodes(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The subscripts of a key as a name has them."""
    return tuple([Number(Fraction(i)) if isinstance(i, int) else Name(i) for i in items])
