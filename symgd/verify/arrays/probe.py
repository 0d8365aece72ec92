"""A random point and a random direction: what a line of differentials comes to there.

The directional derivative is taken without any rule of differentials: of what is rational in dual
numbers of fractions, exactly; of the rest as a central difference in many digits. Sizes are
distinct numbers, so that a transpose in the wrong place does not fit or does not agree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from random import Random
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import mpmath as mp

from symgd.errors import DataError
from symgd.trees.arrays import Key, Node, walk
from symgd.trees.assume import STRUCTURES, sample
from symgd.trees.families import indices_of
from symgd.verify.arrays.fields import Array, Dual, Precise, Two
from symgd.verify.arrays.values import Values
from symgd.verify.lazy import np

WORKING_DIGITS: Final = 46
# Through a whole model: of many layers the third derivative may be many times the first.
DEEP_DIGITS: Final = 110
MANY_DIGITS: Final = 400
DIGITS: Final = 18
# index → its value
Where: TypeAlias = Mapping[str, int]
NOWHERE: Final[Where] = MappingProxyType({})


class Probe(ABC):
    """Values and directional derivatives at one point, each computed once."""

    digits: int
    point: Point

    @abstractmethod
    def value(self, at: Node, where: Where = NOWHERE) -> Array:
        """The value of a node; a dE in it is its directional derivative."""

    @abstractmethod
    def tangent(self, at: Node, where: Where = NOWHERE) -> Array:
        """The derivative of a node along the direction, where indices have these values."""

    @abstractmethod
    def same(self, a: Array, b: Array) -> bool:
        """Whether two values agree."""

    def pair(self, g: Node, e: Node) -> Any:
        """⟨G, dE⟩, over all values of what indices are free in E."""
        total = None
        for where in everywhere(e, self.point.sizes):
            one = (self.value(g, where) * self.tangent(e, where)).sum()
            total = one if total is None else total + one
        return total


class ExactProbe(Probe):
    """In fractions."""

    digits = 0

    def __init__(self, point: Point) -> None:
        self.names = {n: _dual(rows, point.directions.get(n)) for n, rows in point.values.items()}
        self.point = point
        self.values = Values(self.names, point.sizes, Dual())
        self.lines: dict[Key, Array] = {}

    def value(self, at: Node, where: Where = NOWHERE) -> Array:
        return _parts(_with_differentials(self.values.where(where), at, self.tangent_dual), 0)

    def tangent_dual(self, at: Node, where: Where = NOWHERE) -> Array:
        return _lift(self.tangent(at, where))

    def tangent(self, at: Node, where: Where = NOWHERE) -> Array:
        return _parts(self.values.where(where).of(at), 1)

    def same(self, a: Array, b: Array) -> bool:
        return bool(np.all(a == b))


class PreciseProbe(Probe):
    """In mpmath, by a central difference."""

    digits = DIGITS

    def __init__(self, point: Point) -> None:
        self.point = point
        field = Precise()
        self.point = point
        self.h = mp.mpf(10) ** -(mp.mp.dps // 3)
        centre = {n: field.array(rows) for n, rows in point.values.items()}
        moved = {n: field.array(rows) * self.h for n, rows in point.directions.items()}
        ahead = {n: a + moved[n] if n in moved else a for n, a in centre.items()}
        behind = {n: a - moved[n] if n in moved else a for n, a in centre.items()}
        self.centre, self.ahead, self.behind = (
            Values(names, point.sizes, field) for names in (centre, ahead, behind)
        )

    def value(self, at: Node, where: Where = NOWHERE) -> Array:
        return _with_differentials(self.centre.where(where), at, self.tangent)

    def tangent(self, at: Node, where: Where = NOWHERE) -> Array:
        ahead, behind = self.ahead.where(where).of(at), self.behind.where(where).of(at)
        for place, values in self.ahead.within.items():
            before = self.behind.where(dict(place)).sides
            if any(before.get(key, sides) != sides for key, sides in values.sides.items()):
                raise DataError("A direction that leads across a corner.")
        return (ahead - behind) / (2 * self.h)

    def same(self, a: Array, b: Array) -> bool:
        scale = max((abs(x) for x in np.ravel(a)), default=0) + mp.mpf(10) ** -6
        return all(abs(x) <= scale * mp.mpf(10) ** -DIGITS for x in np.ravel(a - b))


class Point:
    """Random values of the leaves and directions of those that move.

    signed     False: names without an assumption are above 0, where logarithms and roots want it
    scale      of names without an assumption: near 0 an arcsin has a value, far off an arcosh
    centre     of columns without an assumption: about 1/2 a layer of logits has one, Wx + b
    structure  name → "symmetric" or "diagonal": its value is so, and unless `free` its direction
    """

    def __init__(
        self,
        leaves: Mapping[str, Node],
        moving: frozenset[str],
        sizes: Mapping[str, int],
        rng: Random,
        signed: bool,
        structure: Mapping[str, str] | None = None,
        free: bool = True,
        scale: Fraction = Fraction(1),
        centre: Fraction = Fraction(0),
    ) -> None:
        self.sizes = sizes
        self.values: dict[str, Any] = {}
        self.directions: dict[str, Any] = {}
        for n in sorted(leaves):
            leaf = leaves[n]
            m, k = leaf.rows.value(sizes), leaf.cols.value(sizes)
            word = STRUCTURES.get((structure or {}).get(n, ""))
            words = leaf.words | ({word} if word else set())
            value = sample(frozenset(words), rng, m, k, signed)
            middle = centre if leaf.is_column else 0
            self.values[n] = value if words else [[middle + scale * x for x in r] for r in value]
            if n in moving:
                kept = frozenset({word} if word and not free else ())
                self.directions[n] = sample(kept, rng, m, k)


def _dual(rows: Any, direction: Any) -> Array:
    out = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, q in enumerate(row):
            out[i, j] = Two(q, direction[i][j] if direction else Fraction(0))
    return out


def _parts(a: Array, part: int) -> Array:
    out = np.empty(a.shape, dtype=object)
    for i in np.ndindex(a.shape):
        out[i] = a[i].du if part else a[i].u
    return out


def _lift(a: Array) -> Array:
    out = np.empty(a.shape, dtype=object)
    for i in np.ndindex(a.shape):
        out[i] = Two(a[i])
    return out


def _with_differentials(values: Values, at: Node, tangent: Any) -> Array:
    """The value of a line in which dE stands for its directional derivative."""
    for n in walk(at):
        if n.op != "d":
            continue
        for where in everywhere(n, values.sizes, values.at):
            known = values.where(where).known
            if n.key not in known:
                known[n.key] = tangent(n.args[0], where)
    return values.of(at)


def everywhere(at: Node, sizes: Mapping[str, int], fixed: Where = NOWHERE) -> Iterator[Where]:
    """All values of the free indices of a node, but for those that have one."""
    counts = {
        n.data.name: n.data.count.value(sizes) for n in walk(at) if n.op == "part"
    }  # fmt: skip
    free = sorted(indices_of(at))
    ranges = [(fixed[i],) if i in fixed else range(counts[i]) for i in free]
    for values in product(*ranges):
        yield dict(zip(free, values, strict=True))


def bad(error: Exception) -> bool:
    """Whether an error says that the point was a bad one."""
    return isinstance(error, DataError | ZeroDivisionError | ValueError | OverflowError)
