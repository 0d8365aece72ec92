"""The Hessian of a model with shapes times a direction, without the Hessian.

Forward over reverse: along the direction V every name v moves by v̇ = Σ ∂v/∂u·u̇, and the gradient
G by Ġ = ∇²C·V. Each definition, each δ and each derivative is opened once by the rules of
differentials, with u̇ in the place of du, so that the work is a few gradients whatever the sizes
(Pearlmutter 1994, Fast exact multiplication by the Hessian).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symgd.derive.differentials.derive import derive
from symgd.derive.differentials.linear import holds
from symgd.derive.differentials.passes import Forward
from symgd.derive.differentials.rules import d
from symgd.errors import ModelError
from symgd.programs.arrays.named import WHOLE, with_adjugates, with_factors
from symgd.programs.arrays.outputs import Outputs
from symgd.trees.arrange import arrange, had, mul, total, trace
from symgd.trees.array_graph import MatrixGraph, exchange, rename
from symgd.trees.arrays import Key, Node, name, node, walk, zeros

# What is there at entries of 0 and at singular matrices too: how op(U) moves where U moves by U̇.
ALONG: dict[str, Callable[[Node, Node], Node]] = {
    "prod": lambda u, du: total(had(node("others", u), du)),
    "others": lambda u, du: node("others_along", u, du),
    "det": lambda u, du: trace(mul(node("adjugate", u), du)),
    "adjugate": lambda u, du: node("adjugate_along", u, du),
}


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
    names: dict[str, Node] = {}
    known: dict[Key, Node] = {}
    for v, body in {**bodies, **found.adjoints}.items():
        names[v] = typed = _products_named(with_adjugates(body, bodies), names, moves, known)
        if v == free.cost or not typed.names & set(moves):
            continue
        tangent = _tangent(typed, moves)
        moves[v] = name(_tangent_of(v), typed.shape)
        names[moves[v].data] = tangent
    results = {}
    for p, form in found.forms.items():
        typed = _products_named(with_adjugates(form, bodies), names, moves, known)
        results[p] = _tangent(typed, moves)
    leaves = {**free.leaves, **{along[p]: moves[p] for p in free.parameters}}
    families = {along[p]: sizes for p, sizes in free.families.items() if p in along}
    whole = replace(free, leaves=leaves, families={**free.families, **families})
    return Product(Outputs(whole, names, free.cost, results, {}), along)


def has_products(graph: MatrixGraph) -> bool:
    """Whether a product of entries or a determinant is in it, whose own second derivatives divide
    by what may be 0."""
    return any(at.op in WHOLE for e in graph.definitions.values() for at in walk(e))


def _products_named(
    body: Node, names: dict[str, Node], moves: dict[str, Node], known: dict[Key, Node]
) -> Node:
    """The node with a name for each product of entries and each determinant that moves, and for
    their first derivatives: their rules divide by entries that may be 0. Those that have a name
    already are `known`."""
    for at in walk(body):
        if at.op not in ALONG or at.key in known or at.names.isdisjoint(moves):
            continue
        (u,) = at.args
        new = f"{at.op} {len(names)}"  # a name that nobody can have given
        known[at.key], names[new] = name(new, at.shape), at
        moves[new] = name(_tangent_of(new), at.shape)
        names[moves[new].data] = ALONG[at.op](u, _tangent(u, moves))
    return exchange(body, known) if known else body


def _freed(graph: MatrixGraph) -> MatrixGraph:
    """The graph without what is assumed of its parameters."""
    loose = {p: name(p, graph.leaves[p].shape) for p in graph.parameters}
    bodies = {v: rename(e, loose) for v, e in with_factors(graph.definitions).items()}
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
