"""What a program does alike for many inputs: a loop over a table of their places, written once.

Of a neuron of n inputs a sum has n terms wᵢxᵢ, its gradient n slopes δxᵢ, its Hessian n(n + 1)/2
entries δ'xᵢxⱼ. Written out each would be compiled by itself. A family is one form with slots,

    form     δ·a·b, of names that all members share and of slots for leaves
    members  (the place of its result, the place of the leaf in each slot), one row a member

and a block of samples goes through it member by member.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

import numpy as np
import sympy as sp

from symgd.programs.program import Assignment, Program, is_light
from symgd.trees.scalars import add, rebuild, replace_all

LEAST = 32  # members: fewer are written out


@dataclass(frozen=True, eq=False)
class Family:
    """A form over slots; `kinds` are those of the leaves that stand in them."""

    form: Any
    slots: tuple[sp.Symbol, ...]
    kinds: tuple[str, ...]
    members: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def shared(self) -> list[sp.Symbol]:
        """The names that all members share."""
        return sorted(self.form.free_symbols - set(self.slots), key=str)


@dataclass(frozen=True)
class Alike:
    """A program without its families, which stand beside it.

    made    the program; what a family adds up to is a leaf of it
    sums    that leaf → the family
    ends    families of results, by their place among the results
    alone   the places of the results that are in no family
    """

    made: Program
    sums: Mapping[sp.Symbol, Family]
    ends: tuple[Family, ...]
    alone: tuple[int, ...]


def alike(made: Program, kinds: Sequence[str]) -> Alike | None:
    """The families of a program for leaves of these kinds; None where it has none."""
    if len(made.leaves) < LEAST:
        return None
    places = _places(made, kinds)
    sums: dict[sp.Symbol, Family] = {}
    lines: list[list[Assignment]] = []
    for part in (made.forward, made.backward):
        lines.append([Assignment(a.name, _without_sums(a.expr, places, sums)) for a in part])
    light = {
        a.name: a.expr
        for a in made.lines
        if is_light(a.expr) and not a.expr.free_symbols.isdisjoint(places)
    }
    ends: dict[Any, Family] = {}
    for place, e in enumerate(made.results):
        _enter(ends, replace_all(e, light), places, place)
    large = tuple(f for f in ends.values() if len(f.members) >= LEAST)
    if not (large or sums):
        return None
    taken = {m[0] for f in large for m in f.members}
    alone = tuple(i for i in range(len(made.results)) if i not in taken)
    rest = replace(
        made,
        forward=tuple(lines[0]),
        backward=tuple(lines[1]),
        directions=(*made.directions, *sums),
    )
    return Alike(rest, sums, large, alone)


def _places(made: Program, kinds: Sequence[str]) -> dict[sp.Symbol, tuple[str, int]]:
    """leaf → (its kind, its place among the leaves of that kind)."""
    counts: dict[str, int] = {}
    out = {}
    for s, kind in zip(made.leaves, kinds, strict=True):
        out[s] = kind, counts.setdefault(kind, 0)
        counts[kind] += 1
    return out


def _without_sums(e: Any, places: Mapping[Any, Any], sums: dict[sp.Symbol, Family]) -> Any:
    """A sum with a name for the terms of each family, which are of leaves alone."""
    if not e.is_Add or len(e.args) < LEAST:
        return e
    found: dict[Any, Family] = {}
    families = [_enter(found, t, places) if t.free_symbols <= set(places) else None for t in e.args]
    large = [f for f in found.values() if len(f.members) >= LEAST]
    rest = [t for t, f in zip(e.args, families, strict=True) if f not in large]
    for family in large:
        name = sp.Symbol(f"sum{len(sums)}", real=True)
        while name in places:
            name = sp.Symbol(f"{name.name}_", real=True)
        sums[name] = family
        rest.append(name)
    return add(*rest)


def _enter(
    families: dict[Any, Family], e: Any, places: Mapping[Any, Any], place: int = 0
) -> Family | None:
    """The family of an expression, which is put into it."""
    leaves: list[sp.Symbol] = []
    form = _form(e, places, leaves)
    if form is None or not leaves:
        return None
    kinds = tuple(places[s][0] for s in leaves)
    slots = tuple(_slot(i) for i in range(len(leaves)))
    family = families.setdefault((form, kinds), Family(form, slots, kinds))
    family.members.append((place, *(places[s][1] for s in leaves)))
    return family


def _slot(i: int) -> sp.Symbol:
    return sp.Symbol(f"slot {i}", real=True)


def _form(e: Any, places: Mapping[Any, Any], leaves: list[sp.Symbol]) -> Any:
    """The expression with a slot for each leaf, which are put into `leaves`; None where it is more
    than products, sums and whole powers."""
    if e in places:
        leaves.append(e)
        return _slot(len(leaves) - 1)
    if not e.args:
        return e
    if not (e.is_Add or e.is_Mul or (e.is_Pow and e.exp.is_Integer)):
        return None
    args = [_form(a, places, leaves) for a in e.args]
    return None if None in args else rebuild(e, tuple(args))


# -- calling a kernel of families -----------------------------------------------------------------


class Caller:
    """The kernels of families take their leaves by kind; here they are called as the others are.

    kinds    of the leaves, in their order
    alone    the places, among the ends, of what the kernel returns; the others are written
    """

    def __init__(
        self, kernel: Callable[..., Any], kinds: Sequence[str], alone: Sequence[int], ends: int
    ) -> None:
        self.kernel = kernel
        self.ends = ends
        self.alone = list(enumerate(alone, 1))
        self.count = len(kinds)
        self.numbers = _picker([i for i, k in enumerate(kinds) if k == "number"])
        self.arrays = _pickers(kinds)
        self.arrays_alone = _pickers([k for k in kinds if k != "number"])
        self.array_count = sum(k != "number" for k in kinds)

    def by_kind(self, leaves: Sequence[Any]) -> list[Any]:
        """The numbers as one array, then the arrays of each kind as a tuple, if there are any."""
        numbers = np.array((*self.numbers(leaves), 0.0), np.float64)
        return [numbers, *[pick(leaves) for pick in self.arrays]]

    def total(self, *given: Any) -> tuple[float, ...]:
        sums = np.empty(self.ends)
        found = self.kernel(*self.by_kind(given), sums, *given[self.count :])
        whole = sums.tolist()
        for i, place in self.alone:
            whole[place] = found[i]
        return (found[0], *whole)

    def each(self, *given: Any) -> int:
        return int(self.kernel(*self.by_kind(given), *given[self.count :]))

    def descend(self, numbers: Any, *given: Any) -> int:
        arrays = [pick(given) for pick in self.arrays_alone]
        return int(self.kernel(numbers, *arrays, *given[self.array_count :]))


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """What stands at these places, as a tuple however many they are."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda leaves: tuple([leaves[i] for i in places])


def _pickers(kinds: Sequence[str]) -> list[Callable[[Sequence[Any]], tuple[Any, ...]]]:
    """The arrays of each kind, if there are any."""
    places = ([i for i, k in enumerate(kinds) if k == kind] for kind in ("float64", "float32"))
    return [_picker(p) for p in places if p]


__all__ = ["Alike", "Caller", "Family", "alike"]
