"""The table of functions as it stands, and views of it.

What a reader needs of the rows (the words of a parser, the values of a checker, the calls of a
target) is a `View`: a mapping that is computed from the rows, once for each state of the table. So
a row stands in one place, and one that is added is known to every reader at once:

    with more_rows(Elementary("gd", formula="2*atan(tanh(u/2))", ...)):
        Model({"C": "gd(w*x)"}, ["w"]).derive()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from symgd.errors import CatalogueError, quote
from symgd.functions.activations import ACTIVATIONS, AUXILIARIES
from symgd.functions.elementary import ELEMENTARY
from symgd.functions.losses import LOSSES
from symgd.functions.rows import Activation, Elementary, Loss

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows. Raises CatalogueError where one name stands for two rows of a kind."""

    elementary: tuple[Elementary, ...] = ELEMENTARY
    activations: tuple[Activation, ...] = ACTIVATIONS
    auxiliaries: tuple[Activation, ...] = AUXILIARIES
    losses: tuple[Loss, ...] = LOSSES

    def __post_init__(self) -> None:
        for rows in (self.elementary, (*self.activations, *self.auxiliaries), self.losses):
            by_name(rows)

    @property
    def functions(self) -> tuple[Activation | Elementary, ...]:
        """Every function that a formula may call; a word is that of the first row that has it."""
        return (*self.elementary, *self.activations, *self.auxiliaries)

    def with_rows(self, *rows: Elementary | Activation | Loss) -> Table:
        """The table with more rows, each among those of its kind."""
        more: dict[str, tuple[Any, ...]] = {}
        for row in rows:
            kind = KINDS[type(row)]
            more[kind] = (*more.get(kind, getattr(self, kind)), row)
        return replace(self, **more)


KINDS: Mapping[type, str] = {
    Elementary: "elementary",
    Activation: "activations",
    Loss: "losses",
}


def by_name(rows: Any) -> dict[str, Any]:
    """Name or alias → row; each leads to one row."""
    table: dict[str, Any] = {}
    for row in rows:
        for name in (row.name, *row.aliases):
            if name in table:
                raise CatalogueError(f"{quote(name)} names both {table[name].name} and {row.name}.")
            table[name] = row
    return table


_now: list[Table] = [Table()]


def table() -> Table:
    """The table as it stands."""
    return _now[0]


@contextmanager
def more_rows(*rows: Elementary | Activation | Loss) -> Iterator[None]:
    """More rows, known to every reader for as long as the block lasts."""
    before = table()
    _now[0] = before.with_rows(*rows)
    try:
        yield
    finally:
        _now[0] = before


class View(Mapping[K, V]):
    """A mapping that is computed from the rows: again, once they are others."""

    __slots__ = ("_compute", "_made", "_of")

    def __init__(self, compute: Callable[[Table], Mapping[K, V]]) -> None:
        self._compute = compute
        self._of: Table | None = None
        self._made: Mapping[K, V] = {}

    @property
    def now(self) -> Mapping[K, V]:
        """The mapping for the rows as they stand."""
        if self._of is not _now[0]:
            self._made = self._compute(_now[0])
            self._of = _now[0]
        return self._made

    def __getitem__(self, key: K) -> V:
        return self.now[key]

    def __contains__(self, key: object) -> bool:
        return key in self.now

    def __iter__(self) -> Iterator[K]:
        return iter(self.now)

    def __len__(self) -> int:
        return len(self.now)

    def __repr__(self) -> str:
        return f"View({dict(self.now)!r})"
