"""Stations: the names v whose ∂C/∂v is derived once (the backward pass) and then quoted.

In a deep graph, telling every parameter all the way from the cost would repeat the same links for
each of them. So a name is a station if it has several consumers, if it consumes a name that has
several, or if it is the third link of a chain; what lies above it is told once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symgd.trees.graph import Graph

LONGEST_PATH = 3


@dataclass(frozen=True)
class Stations:
    """The stations of a graph, from the cost backwards."""

    graph: Graph
    names: tuple[sp.Symbol, ...]

    def __contains__(self, name: object) -> bool:
        return name in self.names_set

    @cached_property
    def names_set(self) -> frozenset[sp.Symbol]:
        return frozenset(self.names)

    def above(self, t: sp.Symbol) -> tuple[sp.Symbol, ...] | None:
        """What every path from t to the cost goes through first: one station, or the consumers of t
        where there are several, or None where the path meets no station before the cost."""
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


def stations(graph: Graph, wrt: tuple[sp.Symbol, ...]) -> Stations:
    """The stations that the derivatives in `wrt` need."""
    cost = graph.cost
    live = graph.ancestors[cost]
    wanted = frozenset(wrt)
    moving = [v for v in graph.definitions if v in live and graph.ancestors[v] & wanted]
    found: set[sp.Symbol] = set()
    for a in (*moving, *wrt):
        consumers = graph.consumers.get(a, ())
        if len(consumers) > 1:
            found.update(v for v in consumers if v != cost)
            if a in graph.definitions:
                found.add(a)
    depth = {cost: 0}
    for v in reversed(moving):
        above = (0 if u in found else depth.get(u, 0) for u in graph.consumers[v])
        depth[v] = 1 + min(above)
        if depth[v] >= LONGEST_PATH:
            found.add(v)
    return Stations(graph, tuple(v for v in reversed(moving) if v in found))
