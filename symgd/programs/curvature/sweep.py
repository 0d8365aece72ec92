"""From the cost towards the leaves, with what it takes for second derivatives on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symgd.programs.curvature.links import Links, Pair
from symgd.programs.program import Assignment, Names, forward, is_atom, is_light
from symgd.trees.graph import Graph
from symgd.trees.scalars import ONE, ZERO, Expr, add, mul


class Sweep:
    """∂C/∂v of every name, and the lines for what is used more than once."""

    def __init__(self, graph: Graph) -> None:
        self.links = Links(graph)
        self.graph = self.links.graph
        self.cost = self.graph.cost
        self.names = Names(self.graph)
        self.forward = forward(self.graph)
        self.lines: list[Assignment] = []
        self.terms: dict[sp.Symbol, list[Expr]] = {self.cost: [ONE]}
        self.local: dict[Pair, Expr] = {}

    def run(self) -> None:
        for u in reversed(self.links.slopes):
            slopes = {a: self.slope(u, a) for a in self.links.slopes[u]}
            whole = self.atom(f"{self.cost}_{u}", self.first(u))
            self.hand_on(u, slopes, whole)
            for a, slope in slopes.items():
                give(self.terms, a, product(whole, slope))

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        """Give what is known of u to its arguments; `whole` is ∂C/∂u."""
        raise NotImplementedError

    def first(self, v: sp.Symbol) -> Expr:
        """∂C/∂v."""
        return add(*self.terms.get(v, [ZERO]))

    def slope(self, u: sp.Symbol, a: sp.Symbol) -> Expr:
        """∂u/∂a, under a name of its own if it is worth one."""
        if (u, a) not in self.local:
            e = self.links.slopes[u][a]
            self.local[u, a] = e if is_light(e) else self.named(f"{u}_{a}", e)
        return self.local[u, a]

    def atom(self, wanted: str, e: Expr) -> Expr:
        return e if is_atom(e) else self.named(wanted, e)

    def named(self, wanted: str, expr: Expr) -> sp.Symbol:
        name = self.names.fresh(wanted)
        self.lines.append(Assignment(name, expr))
        return name


class Pairs(Sweep):
    """The second derivatives of the cost in every pair of the names that are left.

    H_pa += H_pu·∂u/∂a        H_ab += H_uu·∂u/∂a·∂u/∂b + ∂C/∂u·∂²u/∂a∂b
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        # near[p][q] and near[q][p] are one list: the terms of H_pq
        self.near: dict[sp.Symbol, dict[sp.Symbol, list[Expr]]] = {}

    def second(self, p: sp.Symbol, q: sp.Symbol) -> Expr:
        """∂²C/∂p∂q, of two leaves."""
        return add(*self.near.get(p, {}).get(q, [ZERO]))

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        mine = self.near.pop(u, {})
        own = mine.pop(u, [])
        for p, terms in mine.items():
            del self.near[p][u]
            h = self.atom(f"{self.cost}_{u}_{p}", add(*terms))
            for a, slope in slopes.items():
                term = product(h, slope)
                self.give(p, a, mul(sp.Integer(2), term) if a == p else term)
        if own:
            self.own(u, slopes, self.atom(f"{self.cost}_{u}_{u}", add(*own)))
        for (a, b), bend in self.links.bends[u].items():
            self.give(a, b, product(whole, bend))

    def own(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], h: Expr) -> None:
        """H_uu·∂u/∂a·∂u/∂b for each pair of the arguments of u."""
        names = list(slopes)
        for i, a in enumerate(names):
            half = product(h, slopes[a])
            if len(names) > 1:
                half = self.atom(f"{self.cost}_{u}_{a}", half)
            for b in names[i:]:
                self.give(a, b, product(half, slopes[b]))

    def give(self, p: sp.Symbol, q: sp.Symbol, term: Expr) -> None:
        """A term of H_pq."""
        terms = self.near.setdefault(p, {}).setdefault(q, [])
        self.near.setdefault(q, {})[p] = terms
        terms.append(term)


class Along(Sweep):
    """The derivative of everything along a direction of the parameters.

    u̇ = Σ ∂u/∂a·ȧ             (∂C/∂a)˙ += (∂C/∂u)˙·∂u/∂a + ∂C/∂u·Σ ∂²u/∂a∂b·ḃ
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        parameters = self.graph.parameters
        self.directions = {t: self.names.fresh(f"along_{t}") for t in parameters}
        self.rates: dict[sp.Symbol, Expr] = dict(self.directions)
        self.turns: dict[sp.Symbol, list[Expr]] = {}

    def second(self, t: sp.Symbol) -> Expr:
        """(∂C/∂t)˙, of a parameter."""
        return add(*self.turns.get(t, [ZERO]))

    def run(self) -> None:
        for u, slopes in self.links.slopes.items():
            rates = (product(self.rates[a], self.slope(u, a)) for a in slopes)
            self.rates[u] = self.atom(f"along_{u}", add(*(r for r in rates if r != 0)))
        super().run()

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        turn = self.atom(f"{self.cost}_{u}_along", add(*self.turns.get(u, [ZERO])))
        for a, slope in slopes.items():
            give(self.turns, a, product(turn, slope))
        bent: dict[sp.Symbol, list[Expr]] = {}
        for (a, b), bend in self.links.bends[u].items():
            if a != b and not is_light(bend):
                bend = self.named(f"{u}_{a}_{b}", bend)
            give(bent, a, product(self.rates[b], bend))
            if a != b:
                give(bent, b, product(self.rates[a], bend))
        for a, terms in bent.items():
            give(self.turns, a, product(whole, add(*terms)))


def product(a: Expr, b: Expr) -> Expr:
    """ab, 0 where one is 0."""
    if a == 0 or b == 0:
        return ZERO
    if a == 1 or b == 1:
        return b if a == 1 else a
    return mul(a, b)


def give(table: dict[Any, list[Expr]], key: sp.Symbol, term: Expr) -> None:
    """One more term for a name."""
    if term != 0:
        table.setdefault(key, []).append(term)
