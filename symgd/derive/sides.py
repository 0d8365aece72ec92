"""Corners of several names that cancel: p = max(0, z) and q = min(0, e^z - 1) in a cost of p + q.

Each name has a corner at z = 0, and what they add up to has none. A convention for each apart would
say 0 + 0, where the slope is 1. There all of them take the slope of one side, the right one of z,
and the chain rule adds up to the slope that exists: one-sided slopes obey it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, tidy
from symgd.derive.corners import (
    DIGITS,
    STEP,
    are_one,
    borders,
    on_side,
    solve_border,
)
from symgd.derive.lemmas import has_cases, is_linear
from symgd.trees.graph import Graph, Kink
from symgd.trees.scalars import Expr, replace_all, settle
from symgd.verify.evaluate import evaluate
from symgd.verify.limits import points_at
from symgd.verify.meaning import differentiate

# Corners of one name at one place; more of them are units of a network, which do not cancel.
MOST = 8


@dataclass(frozen=True, slots=True)
class Corner:
    """The name u has a corner where its argument a is at `place`, as a formula of a says."""

    u: sp.Symbol
    a: sp.Symbol
    place: Expr
    body: Expr


def with_sides_chosen(graph: Graph) -> Graph:
    """The graph with a convention for each of the corners that cancel: the slope to the right."""
    if graph.equations:
        return graph
    kinks: dict[sp.Symbol, tuple[Kink, ...]] = {}
    for (v, place), corners in _meeting(graph).items():
        if len({c.u for c in corners}) < 2 or len(corners) > MOST or not place.is_number:
            continue
        for c, kink in _kinks(graph, v, place, corners):
            kinks[c.u] = (*kinks.get(c.u, ()), kink)
    return replace(graph, kinks={**graph.kinks, **kinks}) if kinks else graph


def _meeting(graph: Graph) -> dict[tuple[sp.Symbol, Expr], list[Corner]]:
    """(v, place) → the corners of names at which v is there, themselves or by names linear in v."""
    moving = graph.moved_by(*graph.parameters, *graph.wrt)
    bent = [
        u
        for u, body in graph.definitions.items()
        if u in graph.live and u not in graph.kinks and has_cases(graph.unfold(body))
    ]
    chains = {
        (u, a): _chain(graph, a, moving) for u in bent for a in graph.arguments[u] if a in moving
    }
    met: dict[sp.Symbol, set[sp.Symbol]] = defaultdict(set)
    for (u, _), chain in chains.items():
        for v in chain:
            met[v].add(u)
    found: dict[tuple[sp.Symbol, Expr], list[Corner]] = defaultdict(list)
    for (u, a), chain in chains.items():
        if any(len(met[v]) > 1 for v in chain):
            for corner in _corners(graph, u, a):
                for v, place in _seen_along(graph, chain, corner.place):
                    found[v, place].append(corner)
    return found


def _chain(graph: Graph, a: sp.Symbol, moving: frozenset[sp.Symbol]) -> tuple[sp.Symbol, ...]:
    """a, and the names below it that it is linear in and moves with alone."""
    chain = [a]
    while True:
        arguments = [b for b in graph.arguments.get(chain[-1], ()) if b in moving]
        if len(arguments) != 1 or not is_linear(graph.definitions[chain[-1]], arguments):
            return tuple(chain)
        chain += arguments


def _corners(graph: Graph, u: sp.Symbol, a: sp.Symbol) -> Iterator[Corner]:
    """The corners of a name in one of its arguments, at places that are numbers."""
    body = graph.unfold(graph.definitions[u])
    places = {solve_border(*border, a): None for border in borders(body, a)}
    for place in places:
        if place is not None and place.is_number:
            yield Corner(u, a, place, body)


def _seen_along(
    graph: Graph, chain: tuple[sp.Symbol, ...], place: Expr
) -> Iterator[tuple[sp.Symbol, Expr]]:
    """Each name of a chain, and where it is when the first one is at the place."""
    yield chain[0], place
    for a, b in pairwise(chain):
        there = solve_border(graph.definitions[a], place, b)
        if there is None or not there.is_number:
            return
        place = there
        yield b, place


def _kinks(
    graph: Graph, v: sp.Symbol, place: Expr, corners: list[Corner]
) -> list[tuple[Corner, Kink]]:
    """The slopes to the right of v, where the cost has one slope there and the names have two."""
    formulas = _in_terms_of(graph, v)
    cost = formulas[graph.cost]
    out: dict[Corner, Kink] = {}
    for point in points_at(v, place, graph.domains, cost, *(formulas[c.u] for c in corners)):
        sides = _slopes_beside(cost, v, point)
        if sides is None or not are_one(*sides):
            return []
        for c in corners:
            own = _slopes_beside(formulas[c.u], v, point)
            if own is None or are_one(*own):
                return []  # a step, or no corner
            with mp.workdps(DIGITS):
                ahead = {**point, v: point[v] + STEP}
                here = {c.a: evaluate(formulas.get(c.a, c.a), ahead)}
                side = on_side(c.body, {**ahead, **here})
            value = None if side is None else _value(side, c)
            if value is None or (c in out and out[c].value != value):
                return []
            out[c] = Kink(c.place, value, chosen=True)
    return [*out.items()]


def _in_terms_of(graph: Graph, v: sp.Symbol) -> dict[sp.Symbol, Expr]:
    """The names that v moves, as formulas in v and in names that it does not move."""
    formulas: dict[sp.Symbol, Expr] = {}
    for u, body in graph.definitions.items():
        if u != v and graph.depends(u, v):
            formulas[u] = replace_all(graph.unfold(body), formulas)
    return formulas


def _slopes_beside(formula: Expr, v: sp.Symbol, point: Mapping[Any, Any]) -> tuple[Any, Any] | None:
    """The slopes of a formula to the right and to the left of a point; None where it jumps."""
    with mp.workdps(DIGITS):
        here, ahead, behind = (
            evaluate(formula, {**point, v: point[v] + k * STEP}) for k in (0, 1, -1)
        )
        if not are_one(here, ahead, behind):
            return None
        return (ahead - here) / STEP, (here - behind) / STEP


def _value(side: Expr, c: Corner) -> Expr | None:
    """The slope of one side at the place."""
    slope = differentiate(settle(side), (c.a,))
    value = tidy(arrange(replace_all(slope, {c.a: c.place})))
    return value if value.is_finite is not False else None
