"""The definitions of one base by their scripts, so that a name finds its own without asking all.

A definition of z_c is one of z_i, but that of z_o, where o is a label, not one of z_h. A document
of n lines z_1 = ..., z_2 = ... would else take n² comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from symgd.language.latex.syntax import Name

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Definition

Lengths = tuple[int, int]


def scripts(name: Name) -> tuple[Any, ...]:
    return (*name.below, *name.above)


def lengths(name: Name) -> Lengths:
    return len(name.below), len(name.above)


class Covering:
    """Definitions → those that cover a name, in the order in which they were given."""

    def __init__(
        self,
        definitions: Sequence[Definition],
        indices: Collection[str],
        is_label: Callable[[Any], bool],
    ) -> None:
        self.definitions = definitions
        self.indices = frozenset(indices)
        self.is_label = is_label
        self.count = 0
        self.last: Definition | None = None
        #  lengths of the scripts → places of the labels → the labels → definitions, numbered
        self.rows: dict[
            Lengths, dict[tuple[int, ...], dict[tuple[Any, ...], list[tuple[int, Definition]]]]
        ] = {}

    def goes_on(self, definitions: Sequence[Definition], indices: Collection[str]) -> bool:
        """Whether these are the definitions that are known, and perhaps some behind them."""
        same = definitions is self.definitions and len(definitions) >= self.count
        return (
            same
            and (self.count == 0 or definitions[self.count - 1] is self.last)
            and self.indices == indices
        )

    def add_new(self) -> None:
        """What was added to the list of definitions since."""
        for number in range(self.count, len(self.definitions)):
            d = self.definitions[number]
            items = scripts(d.name)
            places = tuple(i for i, item in enumerate(items) if self.is_label(item))
            labels = tuple(items[i] for i in places)
            by_places = self.rows.setdefault(lengths(d.name), {}).setdefault(places, {})
            by_places.setdefault(labels, []).append((number, d))
            self.last = d
        self.count = len(self.definitions)

    def of(self, name: Name) -> list[Definition]:
        """The definitions whose labels the name has, and as many scripts."""
        items = scripts(name)
        found = [
            numbered
            for places, by_labels in self.rows.get(lengths(name), {}).items()
            for numbered in by_labels.get(tuple(items[i] for i in places), ())
        ]
        return [d for _, d in sorted(found, key=lambda row: row[0])]

    def of_lengths(self, wanted: Callable[[Lengths], bool]) -> list[Definition]:
        """The definitions of names with these numbers of subscripts and superscripts."""
        return [
            d
            for size, by_places in self.rows.items()
            if wanted(size)
            for by_labels in by_places.values()
            for numbered in by_labels.values()
            for _, d in numbered
        ]
