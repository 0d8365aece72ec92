"""Numbers for a model whose user gave none: w = 0.5, b = 2, x = 3, y = 0, as far as they fit.

A label lies in its domain, and every name has a finite value inside its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

import mpmath as mp

from symgd.derive.forward import values_at
from symgd.derive.worked import exact
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.names import split_name, symbol

#  w, b: the next pair where the one before gives some name no value
STARTS = ((0.5, 2.0), (0.1, 0.1), (-0.1, -0.1), (0.02, 0.5))
INPUTS = (3.0, 1.0, 2.0)  # x₁, x₂, x₃, and again
LABELS, LABEL, LETTER = ("y", "t"), 0.0, 1.0
OTHERS = (-1.0, 1.0, 0.5)  # the first that lies in the domain


def points(graph: Graph, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Points at which the model has values, the plainest first; what is `given` stays.

    At least one, with values or not.
    """
    found: list[dict[str, Any]] = []
    for weight, bias in STARTS:
        point = {**numbers_for(graph, weight, bias), **given}
        if point not in found and has_values(graph, point):
            found.append(point)
            yield point
    if not found:
        # What was given is at fault, or the model is: it is said where the numbers are put in.
        yield {**numbers_for(graph, *STARTS[0]), **given}


def numbers_for(graph: Graph, weight: float, bias: float) -> dict[str, float]:
    """A number for every leaf: weights of both signs, inputs of several sizes."""
    out, count = {}, 0
    for t in graph.parameters:
        if split_name(t.name)[0] == "b":
            out[t.name] = bias
        else:
            out[t.name] = (-1) ** count * weight
            count += 1
    inputs = cycle(INPUTS)
    for s in graph.inputs:
        stem, allowed = split_name(s.name)[0], graph.domains.get(s, REAL)
        likely = next(inputs) if stem == "x" else LABEL if stem in LABELS else LETTER
        out[s.name] = allowed.member(likely, *OTHERS)
    return out


def has_values(graph: Graph, point: Mapping[str, Any]) -> bool:
    """Whether every name has a finite value in its domain."""
    try:
        leaves = {s: exact(point[s.name]) for s in graph.leaves}
    except (TypeError, ValueError, OverflowError):
        return False
    values = values_at(graph, leaves)
    return all(
        mp.isfinite(x) and graph.domains.get(symbol(str(s)), REAL).contains(float(x))
        for s, x in values.items()
    )


__all__ = ["points"]
