"""The graph as it is before it is differentiated: 1 - u/v written as (v - u)/v.

The slopes are then those of v - u, and have its digits. In u and v may be shares that were typed
in, e^u/(1 + e^u) or σ(u), and not named: they get names, so that what is known of shares is known
of them.

    1 - σy/(σ + y - σy)    s = σ(u), (s(1 - y) + y(1 - s))/(s + y - sy)

The exponents of a share of several exponentials get names too: its slopes are then products of
shares, and no exponential has to be a double.

    e^(w sin b)/(e^(w sin b) + e^h)    u = w sin b, e^u/(e^u + e^h)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import sympy as sp

from symgd.programs.lowering import Unfold
from symgd.programs.stable import Stable, scope_of
from symgd.programs.stable.quotients import one_less_quotient, two_shares
from symgd.programs.stable.scope import Scope, coefficient, exponent, factors, is_exp, times
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ONE,
    Expr,
    exp,
    function_name,
    is_application,
    power,
    rebuild,
    replace_all,
    walk,
)

BENT = (sp.Abs, sp.sign, sp.Max, sp.Min, sp.Piecewise)


def with_rests(graph: Graph) -> Graph:
    """The graph in which 1 - u/v is (v - u)/v, and shares in u and v have names."""
    if not any(n.is_Pow and n.exp.is_negative for e in graph.definitions.values() for n in walk(e)):
        return graph
    definitions: dict[Any, Any] = {}
    rests = _Rests(graph)
    last = next(reversed(graph.definitions))
    for v, body in graph.definitions.items():
        new = rests(body)
        definitions |= {s: share for share, s in rests.shares.items()}
        definitions[v] = new
        # what solves an equation stands for nothing but itself
        if v is not last and v not in graph.equations:
            rests.learn(v, body)
    return graph if definitions == graph.definitions else replace(graph, definitions=definitions)


def with_exponents_named(graph: Graph) -> Graph:
    """The graph in which exponents that shares of several exponentials are made of have names."""
    taken = {s.name for s in (*graph.leaves, *graph.definitions)}
    names: dict[Any, sp.Symbol] = {}
    definitions: dict[Any, Any] = {}
    for v, body in graph.definitions.items():
        table: dict[Any, Any] = {}
        if v not in graph.equations:
            for e in _exponentials_of_shares(body):
                u = exponent(e)
                if coefficient(u)[1].is_Symbol or u.is_Number or _has_corners(u, graph):
                    continue
                if u not in names:
                    names[u] = _fresh("exponent", taken)
                    definitions[names[u]] = u
                table[e] = exp(names[u])
        definitions[v] = replace_all(body, table) if table else body
    return replace(graph, definitions=definitions) if names else graph


def _exponentials_of_shares(body: Any) -> set[Any]:
    """The exponentials in sums of several that something is divided by, one of them above."""
    found: set[Any] = set()
    for node in walk(body):
        share = share_in(node) if node.is_Mul else None
        if share is None:
            continue
        inside = {e for below in factors(share[0]) if below.is_Pow and below.base.is_Add
                  for e in below.base.args if is_exp(e)}  # fmt: skip
        if len(inside) > 1:
            found |= inside
    return found


def _has_corners(u: Any, graph: Graph) -> bool:
    """Whether it has corners in what moves: the slope there may be one of the whole formula."""
    moved = {*graph.parameters, *graph.wrt}
    return any(
        _is_bent(n, graph)
        and any(s in moved or graph.ancestors.get(s, frozenset()) & moved for s in n.free_symbols)
        for n in walk(u)
    )


def _is_bent(node: Any, graph: Graph) -> bool:
    """Whether a node has cases, or is a function that has some or is not known."""
    if not is_application(node):
        return isinstance(node, BENT)
    g = graph.functions.get(function_name(node))
    body = None if g is None else g.body
    return body is None or body.has(*BENT)


def _fresh(wanted: str, taken: set[str]) -> sp.Symbol:
    name = next(n for n in (f"{wanted}{k}" for k in count(1)) if n not in taken)
    taken.add(name)
    return sp.Symbol(name, real=True)


class _Rests:
    """Writes 1 - u/v as (v - u)/v; `shares` are the names that it has given."""

    def __init__(self, graph: Graph) -> None:
        self.unfold = Unfold(graph)
        self.stable = Stable(scope_of(graph))
        self.taken = {s.name for s in (*graph.leaves, *graph.definitions)}
        self.shares: dict[Any, sp.Symbol] = {}

    @property
    def scope(self) -> Scope:
        return self.stable.scope

    def learn(self, name: sp.Symbol, body: Expr) -> None:
        """What a name stands for, as the program will have it."""
        self.stable.line(name, self.unfold(body))

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        found = self.by_shares(e) if e.is_Add else None
        if found is None:
            e = rebuild(e, tuple(map(self, e.args)))
            found = one_less_quotient(e, self.scope) if e.is_Add else None
        if found is None:
            return e
        return rebuild(found, tuple(_with_squares(a, self.scope) for a in found.args))

    def by_shares(self, e: Any) -> Expr | None:
        """What is left of a quotient where the shares in it have names; None without any."""
        naming = _Naming(self.shares, set(self.taken))
        named = naming(e)
        if not naming.used:
            return None
        for share, s in naming.used.items():
            self.learn(s, share)
        found = one_less_quotient(named, self.scope)
        if found is None:
            for s in set(naming.used.values()) - set(self.shares.values()):
                del self.scope.known[s]
            return None
        self.shares |= naming.used
        self.taken |= {s.name for s in naming.used.values()}
        return found


@dataclass
class _Naming:
    """Names in the places of shares, those that are given already and new ones."""

    given: Mapping[Any, sp.Symbol]
    taken: set[str]
    used: dict[Any, sp.Symbol] = field(default_factory=dict)

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        if is_application(e):
            return self.name(e)
        if (found := share_in(e)) is not None:
            share, rest = found
            return times(ONE, self.name(share), *map(self, rest))
        return rebuild(e, tuple(map(self, e.args)))

    def name(self, share: Any) -> sp.Symbol:
        if share not in self.used:
            self.used[share] = self.given.get(share) or _fresh("share", self.taken)
        return self.used[share]


def share_in(e: Any) -> tuple[Expr, list[Any]] | None:
    """e^u/(e^u + e^v + ...) or 1/(1 + e^u + ...) in a product, and the other factors of it."""
    parts = [part for f in factors(e) for part in _split_below(f)]
    for below in parts:
        base = below.base if below.is_Pow and below.exp == -1 else ONE
        terms = base.args if base.is_Add else ()
        if not terms or not all(t == 1 or is_exp(t) for t in terms):
            continue
        above = next((f for f in parts if is_exp(f) and f in terms), None)
        if above is None and 1 not in terms:
            continue
        rest = list(parts)
        rest.remove(below)
        if above is not None:
            rest.remove(above)
        return (below if above is None else times(ONE, above, below)), rest
    return None


def _split_below(f: Any) -> list[Any]:
    """1/(uv) → 1/u, 1/v."""
    if f.is_Pow and f.exp == -1 and f.base.is_Mul:
        return [power(g, sp.Integer(-1)) for g in factors(f.base)]
    return [f]


def _with_squares(e: Any, scope: Scope) -> Any:
    """The expression, a square in the place of sums that are one."""
    if not e.args:
        return e
    e = rebuild(e, tuple(_with_squares(a, scope) for a in e.args))
    found = two_shares(e, scope)
    return e if found is None else found


__all__ = ["with_rests"]
