"""What a compiled matrix model computes, as nodes: the value, its derivatives, the δ between."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgd.derive.differentials.derive import derive
from symgd.programs.arrays.named import with_adjugates, with_names
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node


@dataclass(frozen=True)
class Outputs:
    """Definitions forward, δ backward, and what is handed back.

    names     definition or δ → its node, in the order of computing
    value     the name of what is differentiated
    gradients parameter → node
    hessians  "W,b" → node: the block of the two, vec by columns
    """

    graph: MatrixGraph
    names: dict[str, Node]
    value: str
    gradients: dict[str, Node]
    hessians: dict[str, Node]


def outputs(graph: MatrixGraph, order: int = 1, shares: bool = True) -> Outputs:
    """The nodes of the derivation of what was typed, roots and shares in it by their names.

    Without `shares` only roots: a target that has no softmax has exponentials and their sum.
    """
    named = with_names(replace(graph, definitions=arranged(graph)), shares)
    found = derive(named, lines=False)
    bodies = named.definitions
    forms = {p: with_adjugates(e, bodies) for p, e in found.forms.items()}
    adjoints = {v: with_adjugates(e, bodies) for v, e in found.adjoints.items()}
    names = {**named.definitions, **adjoints}
    hessians = {}
    if order == 2:
        second = derive(named, order=2, lines=False)
        hessians = dict(second.forms)
    return Outputs(named, names, named.cost, forms, hessians)


def arranged(graph: MatrixGraph) -> dict[str, Node]:
    return {v: arrange(e) for v, e in graph.definitions.items()}
