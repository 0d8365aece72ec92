"""Graph → Derivation.

rules           of differentiation: one table
opening         derivatives taken one after the other
algebra         to textbook form: arithmetic, identities, searches
repeated        formulas that are spelled out again and again, as functions
shares          the slopes of the shares of a sum, in indices
softmax         a softmax that is written out, read off the definitions
lemmas          C'(ŷ) and σ'(z), by the rules, to textbook form
sides           corners of several names that cancel: one side for all of them
corners         the conventions that a lemma states, declared or inferred
alike           derivatives that are one another with names exchanged
chain           from the cost to a parameter, link by link, over shared adjoints
detail          how many of the steps are shown
worked          the derivation with its numbers plugged in, and the backward pass in numbers
differentials   the same for arrays
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.adjoints import usual_way
from symgd.derive.chain import Deriver
from symgd.derive.detail import DETAILS
from symgd.derive.lemmas import Lemmas
from symgd.derive.repeated import with_repeated_named, with_sums_named
from symgd.derive.sides import with_sides_chosen
from symgd.derive.softmax import with_shares
from symgd.language.named import from_row
from symgd.trees.graph import Graph, NamedFunction
from symgd.trees.scalars import Expr
from symgd.trees.steps import Derivation

T = TypeVar("T")


def derive(
    graph: Graph,
    wrt: tuple[sp.Symbol, ...] | None = None,
    order: int = 1,
    detail: str = "textbook",
    told: str | None = None,
) -> Derivation:
    """∂C/∂t for every t in `wrt` (every parameter), or ∂²C/∂s∂t for every pair at order 2.

    Of a name with a definition it is the derivative in its value, whatever moves that.

    told    "chain" or "backprop" (see `adjoints`); without it, as it is usual for such a graph
    """
    names = wrt or graph.parameters
    if not {*names} <= {*graph.parameters}:
        graph = replace(graph, wrt=names)
    usual = usual_way(graph, names, order)
    graph = with_sides_chosen(with_recognisable(with_repeated_named(graph)))
    if told is None:
        # One share alone moves with all of the z.
        told = "backprop" if usual == "chain" and with_shares(graph)[1] else usual
    if told == "backprop":
        graph = with_sums_named(graph, names)
    if told == "backprop":
        graph, shares = with_shares(graph)
        return Deriver(graph, names, detail, told, shares).run(order)
    return Deriver(graph, names, detail, told).run(order)


def local_slopes(graph: Graph) -> dict[sp.Symbol, dict[sp.Symbol, Expr]]:
    """name v → {argument a: ∂v/∂a}, for every link between the cost and a parameter.

    The forms are those of the lemmas, written in the outputs: for ŷ = σ(z), ŷ(1 - ŷ). A function
    is differentiated once however often it is used, and a linear definition in one pass.
    """
    return once(graph, _local_slopes)


def telling(graph: Graph) -> Derivation:
    """The derivation in every parameter that exported files tell of, its steps not checked."""
    return once(graph, derive)


def once(graph: Graph, make: Callable[[Graph], T]) -> T:
    """What is made of a graph, which never changes, and then kept with it: a model is compiled
    and exported more than once."""
    kept: dict[Any, Any] = graph.__dict__.setdefault("_made_once", {})
    if make not in kept:
        kept[make] = make(graph)
    found: T = kept[make]
    return found


def _local_slopes(graph: Graph) -> dict[sp.Symbol, dict[sp.Symbol, Expr]]:
    graph = with_sides_chosen(with_recognisable(graph))
    lemmas = Lemmas(graph, "brief")
    live = graph.ancestors[graph.cost] | {graph.cost}
    moving = graph.moved_by(*graph.parameters, *graph.wrt)
    return {
        v: lemmas.slopes(v, [a for a in graph.arguments[v] if a in moving])
        for v in graph.definitions
        if v in live and v in moving
    }


def with_recognisable(graph: Graph) -> Graph:
    """The graph with the functions that algebra may find in a result, σ and the density φ."""
    return replace(graph, functions={**_recognisable(), **graph.functions})


@cache
def _recognisable() -> dict[str, NamedFunction]:
    return {name: from_row(catalogue.activation(name)) for name in ("sigmoid", "phi")}


__all__ = ["DETAILS", "derive", "local_slopes", "telling", "with_recognisable", "with_sides_chosen"]
