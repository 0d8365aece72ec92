"""The curvature of Gauss and Newton: JᵀLJ times a direction, J = ∂ŷ/∂θ and L = ∂²C/∂ŷ².

The prediction ŷ is the name beside the label where the label is used, as in a picture of the fit
(fit.py): z of a loss of logits, ŷ of ½(y - ŷ)². Of ½Σ(y - ŷ)² it is JᵀJ, which is positive wherever
L is: what curves ŷ itself is left out (Schraudolph 2002, Neural Computation 14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symgd.derive.differentials.names import cut
from symgd.errors import ModelError
from symgd.targets.arrays import compile_matrix
from symgd.targets.arrays.product import compile_product
from symgd.targets.gradient import compile_gradient
from symgd.training.fit import roles
from symgd.training.fit_arrays import predicted_name
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, node
from symgd.trees.graph import Graph
from symgd.trees.names import symbol

Values = Mapping[str, Any]

NO_PREDICTION = (
    "gauss_newton needs one name that stands beside the label, such as yhat in (y - yhat)^2, and "
    "this model has none; take newton_cg or lbfgs, which need no prediction."
)


class ScalarCurvature:
    """(direction, θ) → JᵀLJ times the direction, of numbers: J has a row a sample.

    weight   the name of the weights among the data, if there are any
    """

    def __init__(self, graph: Graph, data: Values, reduction: str, weight: str = "") -> None:
        # A weight stands beside the cost, and is no label of it.
        role = roles(graph, {n: v for n, v in data.items() if n != weight})
        if role is None:
            raise ModelError(NO_PREDICTION)
        self.data, self.reduction = data, reduction
        self.names = tuple(str(p) for p in graph.parameters)
        p = symbol(role.prediction)
        above = {*graph.ancestors[p], p}
        self.forward = compile_gradient(_only(graph, p, above, graph.parameters), "numpy", None)
        # Beyond ŷ a parameter that is penalized is held: L is in ŷ alone.
        needed = _needed(graph, p)
        self.loss = compile_gradient(_only(graph, graph.cost, needed, (p,)), "numpy", None, 2)
        self.prediction = role.prediction

    def __call__(self, direction: Values, theta: Values) -> dict[str, Any]:
        at = {**self.data, **theta}
        value, slopes = self.forward.at({n: at[n] for n in self.forward.names})
        given = {**at, self.prediction: value}
        _, _, hessian = self.loss.at({n: given[n] for n in self.loss.names})
        ((_, curve),) = hessian.items()
        count = max(map(np.size, (value, curve)))
        moved = sum(slopes[n] * direction[n] for n in slopes)
        along = curve * moved / (count if self.reduction == "mean" else 1)
        spread = {n: np.broadcast_to(g * along, (count,)) for n, g in slopes.items()}
        return {n: float(np.sum(spread[n])) if n in spread else 0.0 for n in self.names}


def _needed(graph: Graph, p: Any) -> set[Any]:
    """The definitions that the cost is made of, where p is given."""
    needed = {graph.cost}
    for v in reversed([*graph.definitions]):
        if v in needed and v != p:
            needed |= {*graph.arguments[v]}
    return needed - {p}


def _only(graph: Graph, cost: Any, names: set[Any], parameters: Sequence[Any]) -> Graph:
    """The graph of these definitions, in these parameters where they are used."""
    kept = {v: e for v, e in graph.definitions.items() if v in names and v != cost}
    kept[cost] = graph.definitions[cost]
    used = {a for v in kept for a in graph.arguments[v]}
    return replace(
        graph,
        definitions=kept,
        parameters=tuple(t for t in parameters if t in used),
        kinks={v: k for v, k in graph.kinks.items() if v in kept},
        spelled_out={},
        wrt=(),
    )


class ArrayCurvature:
    """The same of arrays: Jᵀu is the gradient of ⟨u, ŷ⟩ in θ, and Jv its mixed derivative in u."""

    def __init__(self, graph: MatrixGraph, data: Values, rows: Sequence[str]) -> None:
        found = predicted_name(graph, rows)
        if found is None:
            raise ModelError(NO_PREDICTION)
        p = found[0]
        self.data, self.names, self.prediction = data, graph.parameters, p
        kept: dict[str, Node] = {}
        for v, body in graph.definitions.items():
            kept[v] = body
            if v == p:
                break
        used = frozenset[str]().union(*(body.names for body in kept.values()))
        leaves = {n: x for n, x in graph.leaves.items() if n in used}
        self.moving = tuple(t for t in graph.parameters if t in used)
        shape = kept[p].shape
        self.along, inner = _unused("u", graph), _unused("inner", graph)
        u = name(self.along, shape)
        kept[inner] = node("sum", node("had", u, name(p, shape)))
        forward = replace(
            graph,
            definitions=kept,
            leaves={**leaves, self.along: u},
            parameters=self.moving,
            structure={},
        )
        self.back = compile_matrix(forward)
        self.forth = compile_product(replace(forward, parameters=(*self.moving, self.along)))
        self.value = _forward(graph, p)
        whole = cut(graph, (p,))
        needed, inside = {whole.cost}, {}
        for v, body in reversed(whole.definitions.items()):
            if v in needed:
                inside[v] = body
                needed |= body.names
        self.loss = compile_product(
            replace(
                whole,
                definitions=dict(reversed(inside.items())),
                leaves={n: x for n, x in whole.leaves.items() if n in needed},
            )
        )

    def __call__(self, direction: Values, theta: Values) -> dict[str, Any]:
        at = {**self.data, **theta}
        value = np.asarray(self.value(**{n: at[n] for n in self.value.leaves})[0])
        value = value.reshape(value.shape or (1, 1))
        zero = np.zeros_like(value)
        inputs = {n: at[n] for n in self.forth.graph.leaves if n != self.along}
        moves = {t: direction[t] for t in self.moving}
        moved = self.forth({**moves, self.along: zero}, {**inputs, self.along: zero})[self.along]
        given = {**at, self.prediction: value}
        curved = self.loss(
            {self.prediction: moved}, {n: given[n] for n in self.loss.graph.leaves}
        )[self.prediction]  # fmt: skip
        _, found = self.back(**{**inputs, self.along: curved})
        return {n: found[n] if n in found else np.zeros_like(theta[n]) for n in self.names}


def _forward(graph: MatrixGraph, p: str) -> Any:
    from symgd.targets.arrays import compile_forward

    return compile_forward(graph, p)


def _unused(wanted: str, graph: MatrixGraph) -> str:
    while wanted in graph.names:
        wanted += "_0"
    return wanted


__all__ = ["ArrayCurvature", "ScalarCurvature"]
