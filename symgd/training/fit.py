"""What a model has learnt, over its data: the curve of its prediction, or a plane of two inputs.

prediction   the name that stands beside the label where the label is used: ŷ in ½(y - ŷ)²
boundary     where the cost of both labels is the same, L(ŷ, a) = L(ŷ, b): of ½(y - ŷ)² and of
             the cross-entropy with labels 0 and 1 at ŷ = ½, of logits at z = 0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symgd.targets.numpy import compile_numpy
from symgd.trees.graph import Graph

CURVE, GRID = 400, 70
ROOM = 0.08  # beside the data, of their span
FARTHEST = 1e300  # of what is drawn: the room beside it is a number too
MOST_POINTS = 2000


@dataclass(frozen=True)
class Fit:
    """The data and a prediction over one input or two.

    inputs, label, prediction   names; `inputs` has one or two
    points     the inputs of the samples that are drawn, a row each
    labels     theirs
    axes       the places of the curve, or of the two sides of the grid
    values     the prediction there, [i] or [j, i] of axes[0][i] and axes[1][j]
    border     on a grid: the cost of the one label less that of the other, where there are two
    classes    the two labels, where there are but two
    """

    inputs: tuple[str, ...]
    label: str
    prediction: str
    points: Any
    labels: Any
    axes: tuple[Any, ...]
    values: Any
    border: Any = None
    classes: tuple[float, ...] = ()

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest value of the prediction."""
        finite = self.values[np.isfinite(self.values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)


@dataclass(frozen=True)
class Roles:
    """Which names of a graph are the inputs, the label, what is predicted, and what judges it."""

    inputs: tuple[str, ...]
    label: str
    prediction: str
    judge: str


def roles(graph: Graph, columns: Mapping[str, Any]) -> Roles | None:
    """The roles of the names; None where no one column stands beside one name that it judges."""
    names = [str(s) for s in graph.inputs if str(s) in columns]
    found = []
    for v, args in graph.arguments.items():
        for t in args:
            others = [a for a in args if a in graph.definitions and a != t]
            if str(t) not in names or len(others) != 1 or len(graph.consumers.get(t, ())) != 1:
                continue
            (p,) = others
            above = {str(a) for a in graph.ancestors[p]}
            inputs = tuple(n for n in names if n in above)
            moved = any(graph.depends(p, w) for w in graph.parameters)
            if moved and str(t) not in above and inputs:
                found.append(Roles(inputs, str(t), str(p), str(v)))
    return found[0] if len(found) == 1 and len(found[0].inputs) == len(names) - 1 else None


def fit_of(graph: Graph, columns: Mapping[str, Any], parameters: Mapping[str, float]) -> Fit | None:
    """The fit of a model of numbers over columns of data; None where not of one or two inputs."""
    many = {n: np.asarray(v, dtype=float) for n, v in columns.items() if np.ndim(v)}
    role = roles(graph, many)
    if role is None or len(role.inputs) > 2:
        return None
    fixed = {**{n: v for n, v in columns.items() if n not in many}, **parameters}
    points = np.column_stack([many[n] for n in role.inputs])
    labels = many[role.label]
    axes = tuple(axis_of(c, CURVE if len(role.inputs) == 1 else GRID) for c in points.T)
    places = [g.ravel() for g in np.meshgrid(*axes)]
    at = {**fixed, **dict(zip(role.inputs, places, strict=True))}
    shape = tuple(len(a) for a in reversed(axes))
    values = _values(graph, role.prediction, at).reshape(shape)
    classes = tuple(float(c) for c in np.unique(labels)[:3])
    border = None
    if len(role.inputs) == 2 and len(classes) == 2:
        a, b = (_values(graph, role.judge, {**at, role.label: c}) for c in classes)
        border = (a - b).reshape(shape)
    kept = np.arange(len(labels))
    if len(labels) > MOST_POINTS:
        kept = np.sort(np.random.default_rng(0).choice(len(labels), MOST_POINTS, replace=False))
    two = classes if len(classes) == 2 else ()
    return Fit(role.inputs, role.label, role.prediction, points[kept], labels[kept], axes,
               values, border, two)  # fmt: skip


def axis_of(values: Any, count: int) -> Any:
    """So many places over the range of the data, with room beside them."""
    low, high = (min(max(float(v), -FARTHEST), FARTHEST) for v in (np.min(values), np.max(values)))
    room = ROOM * (high - low) or 1.0
    return np.linspace(low - room, high + room, count)


def _values(graph: Graph, name: str, at: Mapping[str, Any]) -> Any:
    """A definition at many points; nan where it has no value."""
    names = [str(v) for v in graph.definitions]
    kept = dict(list(graph.definitions.items())[: names.index(name) + 1])
    alone = replace(graph, definitions=kept, kinks={})
    used = {str(s) for s in alone.ancestors[alone.cost]}
    parameters = tuple(p for p in alone.parameters if str(p) in used)
    compiled = compile_numpy(replace(alone, parameters=parameters), None)
    with np.errstate(all="ignore"):
        found = compiled.function(*(at[n] for n in compiled.names))[0]
    size = max(np.size(v) for v in at.values())
    return np.broadcast_to(np.asarray(found, dtype=float), (size,)).copy()


__all__ = ["CURVE", "GRID", "Fit", "Roles", "axis_of", "fit_of", "roles"]
