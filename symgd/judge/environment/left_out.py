r"""Indices that are left out: \sum_i (f(x_i) - y) x_i, with y for the y_i of every other line.

Inside a sum a letter without its index is a slip of the pen, where the document has that letter
with the index, and the sum itself has it in one of the two ways only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from symgd.language.latex.syntax import Big, Call, Name, changed, exchange, names_below, walk

Key = tuple[str, int, int]  # a base, and how many other scripts stand below and above
Place = tuple[bool, int]  # whether the index stands above, and before which of the other scripts


@dataclass(frozen=True)
class LeftOut:
    """Puts indices where they were left out.

    trees    what the document writes
    indices  the letters that run
    own      the letters that have a meaning without an index
    known    where each index stands in the trees, once asked for
    """

    trees: tuple[Any, ...]
    indices: frozenset[str]
    own: frozenset[str]
    known: dict[Name, dict[Key, Place]] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, tree: Any) -> Any:
        """A tree in which what stands in a sum has its index."""
        if not isinstance(tree, Big):
            return changed(tree, self)
        body = self(tree.body)
        for index in tree.indices:
            body = self._below(body, index)
        return tree if body == tree.body else replace(tree, body=body)

    def _below(self, body: Any, index: Name) -> Any:
        """The body of the sum over one index."""
        called = {n.function.base for n in walk(body) if isinstance(n, Call)}
        if index not in self.known:
            self.known[index] = self._places(self.trees, index)
        known = self.known[index]
        with_index = self._places([body], index)
        table = {}
        for name in set(names_below(body)) - {index}:
            place = known.get(_key(name)) or _raised(known, name)
            if place is None or _key(name) in with_index or name.base in self.own | called:
                continue
            if index not in (*name.below, *name.above):
                table[name] = _scripted(name, index, place)
        return exchange(body, table) if table else body

    def _places(self, trees: Iterable[Any], index: Name) -> dict[Key, Place]:
        """Where the index stands in each family of names; y_j says it of y_i as well."""
        found: dict[Key, Place] = {}
        for name in (n for tree in trees for n in names_below(tree)):
            for rest, place, letter in _without_one(name):
                alone = not (rest.below or rest.above) and letter.base in self.indices
                if letter == index or alone:
                    found.setdefault(_key(rest), place)
        return found


def _key(name: Name) -> Key:
    return name.base, len(name.below), len(name.above)


def _raised(known: dict[Key, Place], name: Name) -> Place | None:
    r"""Where the index of x_j stands, if x^{(i)} has it above: a component has it there as well."""
    raised = True, 0
    is_component = bool(name.below) and not name.above
    return raised if is_component and known.get((name.base, 0, 0)) == raised else None


def _without_one(name: Name) -> Iterator[tuple[Name, Place, Name]]:
    """A name without one of its scripts, where that stood, and what it was."""
    for is_above, where in ((False, "below"), (True, "above")):
        scripts = getattr(name, where)
        for k, item in enumerate(scripts):
            if isinstance(item, Name) and not (item.below or item.above):
                rest = _with(name, where, (*scripts[:k], *scripts[k + 1 :]))
                yield rest, (is_above, k), item


def _scripted(name: Name, index: Name, place: Place) -> Name:
    is_above, k = place
    where = "above" if is_above else "below"
    scripts = getattr(name, where)
    scripted: Name = _with(name, where, (*scripts[:k], index, *scripts[k:]))
    return scripted


def _with(name: Any, where: str, scripts: tuple[Any, ...]) -> Any:
    return replace(name, **{where: scripts})
