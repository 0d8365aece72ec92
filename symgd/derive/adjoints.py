"""Which ∂C/∂v are derived once, from the cost on, and then quoted: two ways to tell a derivation.

chain      every parameter from the cost on; what is shared is only what a deep or branching graph
           would repeat without end
backprop   ∂C/∂v of each name v that several derivatives go through, from the output backwards
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import sympy as sp

from symgd.derive.lemmas import is_linear
from symgd.trees.graph import Graph
from symgd.trees.scalars import walk

TOLD: Final = ("chain", "backprop")
# A chain is cut at every third link.
LONGEST_PATH: Final = 3


@dataclass(frozen=True)
class SharedAdjoints:
    """The names v whose ∂C/∂v is derived once; what lies above them is derived once too."""

    graph: Graph
    names: tuple[sp.Symbol, ...]

    def __contains__(self, name: object) -> bool:
        return name in self.names_set

    @cached_property
    def names_set(self) -> frozenset[sp.Symbol]:
        return frozenset(self.names)

    def above(self, t: sp.Symbol) -> tuple[sp.Symbol, ...] | None:
        """What every path from t to the cost goes through first: one name whose adjoint is shared,
        or the consumers of t where there are several, or None where the path meets neither before
        the cost."""
        current = t
        while True:
            consumers = self.graph.consumers.get(current, ())
            if len(consumers) != 1:
                return consumers
            current = consumers[0]
            if current == self.graph.cost:
                return None
            if current in self.names_set:
                return (current,)

    def dominates(self, v: sp.Symbol, t: sp.Symbol) -> bool:
        """Whether t moves the cost through the shared name v alone."""
        cost, consumers = self.graph.cost, self.graph.consumers
        pending, seen = [t], {t}
        while pending:
            for u in consumers.get(pending.pop(), ()):
                if u == cost:
                    return False
                if u != v and u not in seen:
                    seen.add(u)
                    pending.append(u)
        return v != t and self.graph.depends(v, t)


def shared_adjoints(
    graph: Graph, wrt: tuple[sp.Symbol, ...], told: str, apart: Collection[sp.Symbol] = ()
) -> SharedAdjoints:
    """The shared adjoints that the derivatives in `wrt` need, told in one of two ways.

    By the chain they are those of several consumers, those that consume a name that has several,
    and every third link of a chain; by backpropagation those of several consumers or several
    arguments that move, and every third link. Of the names in `apart` a lemma says it.
    """
    cost = graph.cost
    live = graph.ancestors[cost]
    wanted = frozenset(wrt)
    moving = [v for v in graph.definitions if v in live and graph.ancestors[v] & wanted]
    found: set[sp.Symbol] = set()
    moved = {*moving, *wrt}
    for a in (*moving, *wrt):
        consumers = graph.consumers.get(a, ())
        if len(consumers) > 1:
            if told == "chain":
                found.update(v for v in consumers if v != cost)
            if a in graph.definitions:
                found.add(a)
    if told == "backprop":
        found |= {v for v in moving if len(moved.intersection(graph.arguments[v])) > 1} - {cost}
    found -= {*apart}
    depth = {cost: 0}
    for v in reversed(moving):
        above = (0 if u in found else depth.get(u, 0) for u in graph.consumers[v])
        depth[v] = 1 + min(above)
        if depth[v] >= LONGEST_PATH:
            found.add(v)
    return SharedAdjoints(graph, tuple(v for v in reversed(moving) if v in found))


class SharedTangents:
    """The ∂v/∂t that second derivatives quote: those of two links and more.

    A definition that mentions a name three times opens it three times, and that name what it is
    made of: without these a line would grow with the number of paths from v to t. Those of names
    in `apart` are told in another way.
    """

    def __init__(self, graph: Graph, apart: Collection[sp.Symbol] = ()) -> None:
        self.graph = graph
        self.apart = frozenset(apart) | {graph.cost}
        self.found: dict[sp.Symbol, frozenset[sp.Symbol]] = {}

    def __contains__(self, pair: object) -> bool:
        match pair:
            case (sp.Symbol() as v, sp.Symbol() as t):
                return v in self.in_(t)
        return False

    def in_(self, t: sp.Symbol) -> frozenset[sp.Symbol]:
        """The names v."""
        if t not in self.found:
            moved = self.graph.moved_by(t) - {t}
            self.found[t] = frozenset(
                v for v in moved - self.apart if not moved.isdisjoint(self.graph.arguments[v])
            )
        return self.found[t]


def closed_definitions(graph: Graph, wrt: tuple[sp.Symbol, ...]) -> frozenset[sp.Symbol]:
    """The names whose slopes second derivatives quote from lemmas, and do not open."""
    moved = graph.moved_by(*wrt)
    found = set()
    for v, body in graph.definitions.items():
        uses = Counter(n for n in walk(body) if n in moved)
        if (len(uses) > 2 or max(uses.values(), default=0) > 1) and not is_linear(body, moved):
            found.add(v)
    return frozenset(found)


def usual_way(graph: Graph, wrt: tuple[sp.Symbol, ...], order: int) -> str:
    """One neuron by the chain; a network, and what is derived twice, by backpropagation.

    A network is what branches or is deep, and what has units in units: definitions of several names
    that move, one in the other.
    """
    if order > 1 or shared_adjoints(graph, wrt, "chain").names or _has_layers(graph, wrt):
        return "backprop"
    return "chain"


def _has_layers(graph: Graph, wrt: tuple[sp.Symbol, ...]) -> bool:
    wanted = frozenset(wrt)
    moved = {v for v in graph.definitions if graph.ancestors[v] & wanted} | wanted
    units = [
        v
        for v, arguments in graph.arguments.items()
        if v in graph.ancestors[graph.cost] and len(moved.intersection(arguments)) > 1
    ]
    return any(graph.ancestors[v].intersection(units) for v in units)
