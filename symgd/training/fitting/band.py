"""A prediction with its error: f(x; θ) and √(∇f' Σ ∇f), ∇f in the parameters, Σ their covariance.

The slopes are exact, a row a sample; to first order in the errors of θ (the delta method).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgd.targets.arrays import compile_matrix
from symgd.targets.arrays.inputs import checked
from symgd.targets.arrays.product import compile_product
from symgd.targets.gradient import compile_gradient, without_slopes
from symgd.targets.predictor import cut
from symgd.training.fitting.layout import Layout
from symgd.training.fitting.squares import ArraySquare, with_multipliers
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import name as named
from symgd.trees.graph import Graph


@dataclass(frozen=True)
class Band:
    """A prediction and where it lies, arrays of one shape.

    value    the prediction; `error` its standard error
    low      and `high`: in which its expectation (confidence) or a new label (prediction) lies
    level    how sure that is
    """

    value: Any
    error: Any
    low: Any
    high: Any
    level: float

    def __iter__(self) -> Any:
        return iter((self.value, self.low, self.high))


def value_and_slopes(
    graph: Graph | MatrixGraph, of: str, layout: Layout, theta: Any, data: Mapping[str, Any]
) -> tuple[Any, Any]:
    """(f, ∂f/∂θ) of a definition, f in its own shape and a row of slopes for each entry of it."""
    if isinstance(graph, Graph):
        return _of_scalars(graph, of, layout, theta, data)
    return _of_arrays(graph, of, layout, theta, data)


def _of_scalars(
    graph: Graph, of: str, layout: Layout, theta: Any, data: Mapping[str, Any]
) -> tuple[Any, Any]:
    core = compile_gradient(cut(graph, of), "numpy", None)
    given = {n: data[n] for n in core.names[len(layout.names) :]}
    leaves = core.check({**layout.unpack(theta), **given})
    with np.errstate(all="ignore"):
        value, found = without_slopes(*core.function(*leaves))
    rows = max((v.size for v in leaves if isinstance(v, np.ndarray)), default=1)
    slopes = np.empty((rows, layout.size))
    for j, column in enumerate(found):
        slopes[:, j] = column
    many = any(isinstance(v, np.ndarray) for v in leaves)
    return np.broadcast_to(value, (rows,)) if many else value, slopes


def _of_arrays(
    graph: MatrixGraph, of: str, layout: Layout, theta: Any, data: Mapping[str, Any]
) -> tuple[Any, Any]:
    kept = {}
    for v, body in graph.definitions.items():
        kept[v] = body
        if v == of:
            break
    used = frozenset[str]().union(*(b.names for b in kept.values()), graph.parameters)
    leaves = {n: leaf for n, leaf in graph.leaves.items() if n in used}
    part = MatrixGraph({**kept, "": named(of)}, leaves, graph.parameters, sizes=graph.sizes,
                       structure=graph.structure, families=graph.families)  # fmt: skip
    base = named(of, graph.definitions[of].shape)
    made, (u,) = with_multipliers(part, (ArraySquare((), base),))
    gradient, product = compile_matrix(made), compile_product(made)
    given = {**{n: data[n] for n in leaves if n in data}, **layout.unpack(theta)}
    sizes = {**graph.sizes, **dict(gradient.sizes_of(checked(part, given)))}
    zero = 0.0 if base.is_scalar else np.zeros([d.value(sizes) for d in base.shape])
    value = gradient(**given, **{u: zero})[1][u]
    slopes = np.empty((np.size(value), layout.size))
    for j, unit in enumerate(np.eye(layout.size)):
        along = product({**layout.unpack(unit), u: zero}, {**given, u: zero})
        slopes[:, j] = np.ravel(along[u])
    return value, slopes


def band(value: Any, slopes: Any, covariance: Any, quantile: float, noise: Any = 0.0) -> Any:
    """(error, low, high); `noise` is the variance of a label where a new one is predicted."""
    variance = np.einsum("ij,jk,ik->i", slopes, covariance, slopes).reshape(np.shape(value))
    with np.errstate(invalid="ignore"):
        error = np.sqrt(variance)
        reach = quantile * np.sqrt(variance + noise)
    return error, value - reach, value + reach


__all__ = ["Band", "band", "value_and_slopes"]
