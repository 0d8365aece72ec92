"""A definition of a model as a compiled function: its prediction, or any of its names.

prediction   the name that stands beside a label where it is used: ŷ in ½(y - ŷ)²; of several the
             one next to the cost
cut          the definitions up to a name, of which it alone is computed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.errors import InputError, ModelError, did_you_mean, listing, quote
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.graph import Graph

if TYPE_CHECKING:
    from symgd.targets.gradient import Compiled


def prediction_of(graph: Graph | MatrixGraph) -> str:
    """The name of the prediction; raises ModelError where no definition stands beside a label.

    A label is an input that one definition alone mentions. In the terms of that definition that
    hold it, the prediction is all that parameters move: so V·h + c beside a label has no name.
    """
    found = _of_scalars(graph) if isinstance(graph, Graph) else _of_arrays(graph)
    if not found:
        raise ModelError(
            "No definition of this model stands beside a label, so nothing says what it predicts; "
            "give the prediction a name of its own, or say which name is meant, as in "
            f"of={str(next(iter(graph.definitions)))!r}."
        )
    return found[-1]


def _of_scalars(graph: Graph) -> list[str]:
    """The predictions, that nearest the cost last."""
    found = []
    for v, body in graph.definitions.items():
        terms = body.args if body.is_Add else (body,)
        for y in graph.inputs:
            if graph.consumers.get(y) != (v,):
                continue
            beside = [e.free_symbols for e in terms if y in e.free_symbols]
            moving = _moving(beside, body.free_symbols, lambda s: any(
                graph.depends(s, p) for p in graph.parameters
            ))  # fmt: skip
            if len(moving) == 1 and moving[0] in graph.definitions:
                found.append(str(moving[0]))
    return found


def _of_arrays(graph: MatrixGraph) -> list[str]:
    """The same of names with shapes."""
    found = []
    for v, body in graph.definitions.items():
        terms = _terms(body)
        for y in graph.leaves:
            if y in graph.parameters or graph.consumers.get(y) != (v,):
                continue
            beside = [e.names for e in terms if y in e.names]
            moving = _moving(beside, body.names, graph.moving.__contains__)
            if len(moving) == 1 and moving[0] in graph.definitions:
                found.append(moving[0])
    return found


def _moving(beside: list[Any], whole: Any, moves: Callable[[Any], bool]) -> list[Any]:
    """What moves beside a label; where it is a term by itself, as in y - f, what moves at all."""
    found = [s for s in frozenset[Any]().union(*beside) if moves(s)]
    return found or [s for s in whole if moves(s)]


def _terms(e: Node) -> tuple[Node, ...]:
    return tuple(t for a in e.args for t in _terms(a)) if e.op == "add" and e.is_scalar else (e,)


def name_in(graph: Graph | MatrixGraph, of: str | None) -> str:
    """The definition that is asked for, the prediction where none is; raises InputError."""
    if of is None:
        return prediction_of(graph)
    names = [str(v) for v in graph.definitions]
    if of not in names:
        raise InputError(
            f"{quote(str(of))} is no definition of this model; there are {listing(names)}."
            f"{did_you_mean(str(of), names)}"
        )
    return of


def cut(graph: Graph, of: str) -> Graph:
    """The definitions that a name needs, and it last; all parameters stay."""
    (v,) = (s for s in graph.definitions if str(s) == of)
    kept = {s: body for s, body in graph.definitions.items() if s == v or s in graph.ancestors[v]}
    kinks = {s: k for s, k in graph.kinks.items() if s in kept}
    return replace(graph, definitions=kept, kinks=kinks, wrt=())


def value_of(graph: Graph, of: str) -> Graph:
    """The same with no parameters: what is computed is the value alone, of leaves that may each
    be a number or one value a sample."""
    alone = cut(graph, of)
    return replace(alone, parameters=())


def compile_value(
    graph: Graph | MatrixGraph, of: str, backend: str = "numpy"
) -> tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Any]]:
    """(the names that it takes, {name: value} → the definition's value)."""
    # What names a prediction is also asked where no numpy is, which a compiled function is made of.
    from symgd.targets.arrays import compile_forward
    from symgd.targets.gradient import compile_gradient

    if isinstance(graph, Graph):
        core: Compiled = compile_gradient(value_of(graph, of), backend, None)
        solved = {str(v) for v in graph.equations}
        names = tuple(n for n in core.names if n not in solved)
        return names, lambda values: core.at(values)[0]
    forward = compile_forward(graph, of, backend)
    return forward.leaves, lambda values: forward(**values)[0]


__all__ = ["compile_value", "cut", "name_in", "prediction_of", "value_of"]
