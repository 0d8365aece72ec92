"""Names for what a program computes and nobody has named."""

from __future__ import annotations

import sympy as sp

from symgd.trees.graph import Graph


class Names:
    """Names for what has none yet, none of them a name of the graph's."""

    def __init__(self, graph: Graph) -> None:
        self.taken = {s.name for s in (*graph.leaves, *graph.definitions)}
        self.count = 0

    def fresh(self, wanted: str) -> sp.Symbol:
        name = wanted
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return sp.Symbol(name, real=True)

    def next(self) -> sp.Symbol:
        self.count += 1
        return self.fresh(f"s{self.count}")

    def numbered(self, wanted: str) -> sp.Symbol:
        """wanted1, or the first of these that is not taken."""
        number = 1
        while f"{wanted}{number}" in self.taken:
            number += 1
        return self.fresh(f"{wanted}{number}")


__all__ = ["Names"]
