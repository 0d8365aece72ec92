"""What a compiled matrix model computes, as nodes: the value, its derivatives, the δ between."""

from __future__ import annotations

from dataclasses import dataclass

from symgd.derive.differentials.derive import derive
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


def outputs(graph: MatrixGraph, order: int = 1) -> Outputs:
    """The derivation's own nodes: the line that a person reads is the line that runs."""
    found = derive(graph)
    bodies = {v: arrange(e) for v, e in graph.definitions.items()}
    names = {**bodies, **found.adjoints}
    hessians = {}
    if order == 2:
        second = derive(graph, order=2)
        hessians = dict(second.forms)
    return Outputs(graph, names, graph.cost, dict(found.forms), hessians)
