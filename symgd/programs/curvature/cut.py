"""Wide definitions in narrow parts: (w₁x₁ + ... + wₙxₙ - y)² as s₁ = w₁x₁ + ... - y and s₁².

A definition of n names that is not linear in them has n² second derivatives; a linear one has
none but those of its products. Cut into linear and narrow parts, a graph of any width has as many
second derivatives as it has terms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symgd.derive.lemmas import factors_of, is_linear, terms_of
from symgd.language.named import functions_of
from symgd.programs.program import Names
from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr, add, mul, rebuild

WIDEST = 4


def cut(graph: Graph) -> Graph:
    """The graph with every definition linear in the names that move, or of at most WIDEST."""
    knife = _Knife(graph)
    for v, body in graph.definitions.items():
        active = knife.active(body)
        narrow = len(active) <= WIDEST or knife.plain(body)
        knife.definitions[v] = body if narrow else knife.narrow(v, body)
    if len(knife.definitions) == len(graph.definitions):
        return graph
    functions = {**functions_of(knife.definitions, graph.functions), **graph.functions}
    return replace(graph, definitions=knife.definitions, functions=functions)


class _Knife:
    def __init__(self, graph: Graph) -> None:
        wanted = set(graph.parameters)
        self.moving = {v for v, above in graph.ancestors.items() if above & wanted} | wanted
        self.names = Names(graph)
        self.definitions: dict[sp.Symbol, Expr] = {}

    def active(self, e: Any) -> set[Any]:
        """The names in the expression that move."""
        return set(e.free_symbols & self.moving)

    def plain(self, e: Any) -> bool:
        """Whether the expression is linear, with no term of more than two names that move."""
        active = self.active(e)
        return is_linear(e, active) and all(
            sum(f in active for f in factors_of(t)) <= 2 for t in terms_of(e)
        )

    def part(self, v: sp.Symbol, e: Any) -> Any:
        """The expression, or a name for it if more than one name moves it."""
        if len(self.active(e)) <= 1:
            return e
        # a case and its condition have no name, only what they are made of
        return self.named(v, self.narrow(v, e)) if isinstance(e, sp.Expr) else self.narrow(v, e)

    def named(self, v: sp.Symbol, e: Any) -> sp.Symbol:
        name = self.names.fresh(f"{v}_{len(self.definitions)}")
        self.definitions[name] = e
        self.moving.add(name)
        return name

    def narrow(self, v: sp.Symbol, e: Any) -> Any:
        """The expression over named parts."""
        if self.plain(e):
            return e
        if e.is_Add:
            return add(*(t if self.plain(t) else self.named(v, self.narrow(v, t)) for t in e.args))
        args = [self.part(v, a) for a in e.args]
        if e.is_Mul:
            return self.folded(v, args)
        return rebuild(e, tuple(args))

    def folded(self, v: sp.Symbol, factors: list[Any]) -> Any:
        """A product of two at a time."""
        first, *rest = factors
        for f in rest:
            if len(self.active(first)) > 1:
                first = self.named(v, first)
            first = mul(first, f)
        return first
