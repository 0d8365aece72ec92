"""A graph forward at a point: each name by its formula, or as the root of its equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp

from symgd.errors import DataError
from symgd.language.formulas.printer import plain
from symgd.trees.graph import Equation, Graph
from symgd.trees.scalars import settle
from symgd.verify.evaluate import evaluate
from symgd.verify.meaning import differentiate

NOWHERE: Mapping[Any, Any] = {}


def values_at(
    graph: Graph, leaves: Mapping[Any, Any], near: Mapping[Any, Any] = NOWHERE
) -> dict[Any, Any]:
    """The leaves, and every name that the cost depends on, forward; what is given stays.

    Each by its formula as it was typed: told as 1 - σ(z), 1/(1 + e^z) loses its digits far out.
    `near`: the values at a point beside it, from which on equations are solved, so that a root
    moves and is not exchanged for another one.
    """
    values = dict(leaves)
    for v, body in graph.typed.items():
        if v in graph.live and v not in values:
            e = graph.equations.get(v)
            values[v] = (
                root(graph, e, values, near.get(v)) if e
                else evaluate(graph.unfold(body), values, strict=True)
            )  # fmt: skip
    return values


def root(graph: Graph, e: Equation, values: Mapping[Any, Any], near: Any = None) -> Any:
    """The y of F(y) = 0, by Newton from a number that is near, else from its start.

    Raises DataError where none is found.
    """
    zero = graph.unfold(e.zero)
    slope = differentiate(settle(zero), (e.name,))

    def at(expr: Any) -> Callable[[Any], Any]:
        return lambda y: evaluate(expr, {**values, e.name: y})

    try:
        start = evaluate(graph.unfold(e.start), values) if near is None else near
        return mp.findroot(at(zero), start, solver="newton", df=at(slope))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        raise DataError(
            f"No {e.name} is found that solves {plain(e.left)} = {plain(e.right)} here; give "
            f"another start, as in starts={{{str(e.name)!r}: 1.0}}."
        ) from None
