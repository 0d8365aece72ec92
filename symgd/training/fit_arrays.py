"""What a model of arrays has learnt, over data of one column or two: of a network its output.

prediction   the definition of one row a sample that stands beside the label
boundary     where the cost of one sample is the same with both labels, as a function of its
             prediction alone: the graph is cut there
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symgd.derive.differentials.names import cut
from symgd.targets.arrays import compile_forward
from symgd.training.fit import CURVE, GRID, MOST_POINTS, Fit, axis_of
from symgd.trees.array_graph import MatrixGraph

STEPS = 200  # of the prediction, between which the difference of the costs is a straight line
ALIKE = 1e-9


def fit_of_arrays(
    graph: MatrixGraph, data: Mapping[str, Any], parameters: Mapping[str, Any], samples: str
) -> Fit | None:
    """The fit; None where there is not one array of one or two columns, and one column of labels,
    or where a sample is predicted by the others too."""
    rows = [n for n in data if graph.leaves[n].rows.text == samples]
    beside = predicted_name(graph, rows)
    if len(rows) != 2 or beside is None:
        return None
    p, y = beside
    (x,) = (n for n in rows if n != y)
    inputs, labels = (np.asarray(data[n], dtype=float) for n in (x, y))
    count = len(inputs)
    points, labels = inputs.reshape(count, -1), labels.reshape(count, -1)
    if count < 2 or points.shape[1] > 2 or labels.shape[1] != 1:
        return None
    given = {**data, **parameters}
    forward = compile_forward(graph, p)

    def predicted(at: Any) -> Any:
        shaped = at if inputs.ndim == 2 else at[:, 0]
        out = forward(**{n: shaped if n == x else given[n] for n in forward.leaves})[0]
        return np.asarray(out, dtype=float).reshape(len(at), -1)

    on_all = predicted(points)
    alone = predicted(points[:1])
    if on_all.shape[1] != 1 or np.max(np.abs(alone - on_all[:1])) > ALIKE * (
        1 + np.abs(alone).max()
    ):
        return None
    axes = tuple(axis_of(c, CURVE if points.shape[1] == 1 else GRID) for c in points.T)
    grid = np.column_stack([g.ravel() for g in np.meshgrid(*axes)])
    shape = tuple(len(a) for a in reversed(axes))
    values = predicted(grid).reshape(shape)
    classes = tuple(float(c) for c in np.unique(labels)[:3])
    two = classes if len(classes) == 2 else ()
    border = _border(graph, p, y, given, values, two) if two and points.shape[1] == 2 else None
    kept = np.arange(count)
    if count > MOST_POINTS:
        kept = np.sort(np.random.default_rng(0).choice(count, MOST_POINTS, replace=False))
    names = (x,) if points.shape[1] == 1 else (f"{x}1", f"{x}2")
    return Fit(names, y, p, points[kept], labels[kept, 0], axes, values, border, two)


def predicted_name(graph: MatrixGraph, rows: Sequence[str]) -> tuple[str, str] | None:
    """(the one definition of a row a sample that stands beside a label, the label), if there is.

    rows   the data that have a row a sample
    """
    found = [
        (p, y)
        for body in graph.definitions.values()
        for y in rows
        if y in body.names
        for p in body.names & {*graph.definitions}
        if p in graph.moving and graph.definitions[p].rows == graph.leaves[y].rows
    ]
    return found[0] if len(found) == 1 else None


def _border(
    graph: MatrixGraph, p: str, y: str, given: Mapping[str, Any], values: Any, classes: Any
) -> Any:
    """L(p, a) - L(p, b) on the grid."""
    whole = cut(graph, (p,))
    needed, kept = {whole.cost}, {}
    for v, body in reversed(whole.definitions.items()):
        if v in needed:
            kept[v] = body
            needed |= body.names
    only = replace(whole, definitions=dict(reversed(kept.items())), parameters=())
    cost = compile_forward(only, whole.cost)
    if any(graph.leaves[n].rows == graph.names[p].rows for n in cost.leaves if n not in (p, y)):
        return None

    def costs(prediction: float, label: float) -> float:
        of = {p: _one(graph.names[p], prediction), y: _one(graph.names[y], label)}
        return float(cost(**{n: of.get(n, given.get(n)) for n in cost.leaves})[0])

    places = np.linspace(float(values.min()), float(values.max()), STEPS)
    a, b = classes
    with np.errstate(all="ignore"):
        apart = [costs(float(z), a) - costs(float(z), b) for z in places]
    return np.interp(values, places, apart)


def _one(node: Any, value: float) -> Any:
    """One row of one number, in the shape of a name."""
    return np.full((1,) if node.is_column else (1, 1), value)


__all__ = ["fit_of_arrays"]
