"""The Hessian of a model with shapes times a direction, without the Hessian.

Forward over reverse: along the direction V every name v moves by v̇ = Σ ∂v/∂u·u̇, and the gradient
G by Ġ = ∇²C·V. Each definition, each δ and each derivative is opened once by the rules of
differentials, with u̇ in the place of du, so that the work is a few gradients whatever the sizes
(Pearlmutter 1994, Fast exact multiplication by the Hessian).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symgd.derive.differentials.derive import derive
from symgd.derive.differentials.linear import holds
from symgd.derive.differentials.passes import Forward
from symgd.derive.differentials.rules import d
from symgd.errors import ModelError
from symgd.programs.arrays.outputs import Outputs
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph, exchange, rename
from symgd.trees.arrays import Node, name, zeros


@dataclass(frozen=True)
class Product:
    """What is computed, and how the direction of each parameter is called among its leaves."""

    outputs: Outputs
    along: Mapping[str, str]


def product(graph: MatrixGraph) -> Product:
    """Ġ for every parameter; raises ModelError for a model whose last definition is no scalar.

    Parameters move freely, whatever is assumed of them: it is used of their values alone where the
    graph says so by `structure`, and the direction then has that structure too.
    """
    if not graph.definitions[graph.cost].is_scalar:
        shape = graph.definitions[graph.cost].shape
        raise ModelError(f"{graph.cost} is {shape[0]} x {shape[1]}; a Hessian is of a scalar.")
    free = _freed(graph)
    found = derive(free, lines=False)
    bodies = {v: arrange(e) for v, e in free.definitions.items()}
    along = {p: _unused(f"{p}_along", free) for p in free.parameters}
    moves = {p: name(along[p], free.leaves[p].shape) for p in free.parameters}
    names = dict(bodies)
    for v, body in {**bodies, **found.adjoints}.items():
        names[v] = body
        if v == free.cost or not body.names & set(moves):
            continue
        tangent = _tangent(body, moves)
        moves[v] = name(_tangent_of(v), body.shape)
        names[moves[v].data] = tangent
    results = {p: _tangent(form, moves) for p, form in found.forms.items()}
    leaves = {**free.leaves, **{along[p]: moves[p] for p in free.parameters}}
    families = {along[p]: sizes for p, sizes in free.families.items() if p in along}
    whole = replace(free, leaves=leaves, families={**free.families, **families})
    return Product(Outputs(whole, names, free.cost, results, {}), along)


def _freed(graph: MatrixGraph) -> MatrixGraph:
    """The graph without what is assumed of its parameters."""
    loose = {p: name(p, graph.leaves[p].shape) for p in graph.parameters}
    bodies = {v: rename(e, loose) for v, e in graph.definitions.items()}
    return replace(graph, definitions=bodies, leaves={**graph.leaves, **loose})


def _tangent(body: Node, moves: Mapping[str, Node]) -> Node:
    """How a node moves where each name u of `moves` moves by its u̇."""
    line = d(body) if body.names & set(moves) else zeros(*body.shape)
    for step in Forward(frozenset(moves)).steps(body) if holds(line) else ():
        line = step.after
    table = {d(name(u, to.shape)).key: to for u, to in moves.items()}
    return exchange(line, table)


def _tangent_of(v: str) -> str:
    """A name that nobody can have given."""
    return f"{v} moved"


def _unused(wanted: str, graph: MatrixGraph) -> str:
    """A name like the wanted one that the graph does not have."""
    while wanted in graph.names or wanted in graph.adjoints.values():
        wanted += "_"
    return wanted
