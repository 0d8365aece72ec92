"""The graph as it is before it is differentiated: 1 - u/v written as (v - u)/v.

The slopes are then those of v - u, and have its digits. In u and v may be shares that were typed
in, e^u/(1 + e^u) or σ(u), and not named: they get names, so that what is known of shares is known
of them.

    1 - σy/(σ + y - σy)    s = σ(u), (s(1 - y) + y(1 - s))/(s + y - sy)

The exponents of a share of several exponentials get names too: its slopes are then products of
shares, and no exponential has to be a double.

    e^(w sin b)/(e^(w sin b) + e^h)    u = w sin b, e^u/(e^u + e^h)

A tanh that is typed by exponentials is one: sin(tanh u)/tanh u has a slope that keeps its digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from symgd.derive.lemmas import CASES
from symgd.language.named import functions_of
from symgd.programs.lowering import Unfold
from symgd.programs.names import Names
from symgd.programs.stable import Stable, scope_of
from symgd.programs.stable.products import tanh_by_exponentials
from symgd.programs.stable.quotients import one_less_quotient, two_shares
from symgd.programs.stable.scope import Scope, coefficient, exponent, factors, is_exp, times
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ONE,
    Expr,
    distinct,
    exp,
    is_application,
    letters_in,
    power,
    rebuild,
    replace_all,
)


def with_rests(graph: Graph) -> Graph:
    """The graph in which 1 - u/v is (v - u)/v, and shares in u and v have names."""
    bodies = graph.definitions.values()
    if not any(n.is_Pow and n.exp.is_negative for body in bodies for n in distinct(body)):
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


def with_tangents_told(graph: Graph) -> Graph:
    """The graph in which (e^u - e^v)/(e^u + e^v) is tanh((u - v)/2)."""
    definitions = {
        v: body if v in graph.equations else _with_tangents(body)
        for v, body in graph.definitions.items()
    }
    if definitions == graph.definitions:
        return graph
    functions = {**functions_of(definitions, graph.functions), **graph.functions}
    return replace(graph, definitions=definitions, functions=functions)


def _with_tangents(body: Any) -> Any:
    found = {n: tanh_by_exponentials(n, Scope()) for n in distinct(body) if n.is_Mul}
    told = {n: t for n, t in found.items() if t is not None}
    return _with_tangents(replace_all(body, told)) if told else body


def with_exponents_named(graph: Graph) -> Graph:
    """The graph in which exponents that shares of several exponentials are made of have names."""
    graph = with_tangents_told(graph)
    names = Names(graph)
    named: dict[Any, sp.Symbol] = {}
    definitions: dict[Any, Any] = {}
    for v, body in graph.definitions.items():
        table: dict[Any, Any] = {}
        if v not in graph.equations:
            for e in _exponentials_of_shares(body):
                u = exponent(e)
                if coefficient(u)[1].is_Symbol or u.is_Number or _has_corners(u, graph):
                    continue
                if u not in named:
                    named[u] = names.numbered("exponent")
                    definitions[named[u]] = u
                table[e] = exp(named[u])
        definitions[v] = replace_all(body, table) if table else body
    return replace(graph, definitions=definitions) if named else graph


def _exponentials_of_shares(body: Any) -> dict[Any, None]:
    """The exponentials in sums of several that something is divided by, one of them above."""
    found: dict[Any, None] = {}
    for node in distinct(body):
        share = share_in(node) if node.is_Mul else None
        if share is None:
            continue
        inside = [e for below in factors(share[0]) if below.is_Pow and below.base.is_Add
                  for e in below.base.args if is_exp(e)]  # fmt: skip
        if len(inside) > 1:
            found |= dict.fromkeys(inside)
    return found


def _has_corners(u: Any, graph: Graph) -> bool:
    """Whether it has corners in what moves: the slope there may be one of the whole formula."""
    moving = graph.moved_by(*graph.parameters, *graph.wrt)
    # of a function without a formula nothing is known
    return any(
        (isinstance(n, CASES) or is_application(n)) and letters_in(n) & moving
        for n in distinct(graph.unfold(u))
    )


class _Rests:
    """Writes 1 - u/v as (v - u)/v; `shares` are the names that it has given."""

    def __init__(self, graph: Graph) -> None:
        self.unfold = Unfold(graph)
        self.stable = Stable(scope_of(graph))
        self.names = Names(graph)
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
        naming = _Naming(self.shares, self.names)
        named = naming(e)
        if not naming.used:
            return None
        for share, s in naming.used.items():
            self.learn(s, share)
        found = one_less_quotient(named, self.scope)
        if found is None:
            for s in set(naming.used.values()) - set(self.shares.values()):
                del self.scope.known[s]
                self.names.taken.remove(s.name)
            return None
        self.shares |= naming.used
        return found


@dataclass
class _Naming:
    """Names in the places of shares, those that are given already and new ones."""

    given: Mapping[Any, sp.Symbol]
    names: Names
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
            self.used[share] = self.given.get(share) or self.names.numbered("share")
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


__all__ = ["with_exponents_named", "with_rests"]
