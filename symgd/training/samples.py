"""Samples: which are held out for validation, and how much each of them weighs.

A cost of weighted samples is a cost of the same kind, whose graph has one name more: of numbers
C' = vC, of arrays each sum over the samples with v beside its terms. So every backend, and every
derivative, has it without a word more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, listing, shown
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, node, walk
from symgd.trees.dims import ONE
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import mul

OWN_STREAM = 17  # of random numbers: who is held out says nothing of the order of batches


def held_out(share: Any, columns: Mapping[str, Any], seed: int) -> tuple[Any, Any]:
    """The places of the samples that are kept, and of those that are held out, each in order.

    Raises InputError for a share that leaves no sample on a side.
    """
    count = max((len(v) for v in columns.values()), default=1)
    try:
        part = float(share)
    except Exception:  # no number, one too large, or of a class of the user's own that fails
        part = 0.0
    out = round(part * count) if 0 < part < 1 else 0
    if not 0 < out < count:
        raise InputError(
            f"validation={shown(share)} of {count} sample{'s' * (count != 1)} leaves none on one "
            "side; give a share between 0 and 1, such as 0.2, of more samples, or the data of the "
            "validation."
        )
    order = np.random.default_rng((seed, OWN_STREAM)).permutation(count)
    return np.sort(order[out:]), np.sort(order[:out])


def data_of_validation(
    given: Mapping[str, Any], data: Mapping[str, Any], columns: Sequence[str]
) -> dict[str, Any]:
    """The data with other samples. Raises DataError where one is missing or stray."""
    stray = [n for n in given if n not in data]
    missing = [n for n in columns if n not in given]
    if stray or missing:
        what = f"gives {listing(stray)}, which is no data of this model" if stray else (
            f"leaves out {listing(missing)}"
        )  # fmt: skip
        raise DataError(
            f"validation {what}; it takes {listing(columns)}, one value or row a sample, as the "
            "data do."
        )
    return {**data, **given}


def weights_of(given: Any, count: int) -> Any:
    """One weight a sample. Raises DataError for anything else."""
    try:
        v = np.asarray(given, dtype=np.float64)
    except Exception:  # uneven, too large, or of a class of the user's own that fails
        v = np.asarray(np.nan)
    if v.ndim != 1 or len(v) != count or not np.all(np.isfinite(v)) or v.min() < 0 or not v.any():
        raise DataError(
            f"weights must be one number for each of the {count} samples, none below 0 and not all "
            f"of them 0; they were given as {shown(given)}."
        )
    return v


def free_name(taken: Sequence[str]) -> str:
    found = "sample_weight"
    while found in taken:
        found += "_"
        found = f"{found.rstrip('_')}_{len(taken)}"
        taken = (*taken, "")
    return found


def weighted(graph: Graph) -> tuple[Graph, str]:
    """C' = vC, with the names of C' and v not yet used."""
    used = [str(s) for s in (*graph.leaves, *graph.definitions)]
    v = free_name(used)
    cost = symbol(free_name([*used, v]))
    definitions = {**graph.definitions, cost: mul(symbol(v), graph.cost)}
    return replace(graph, definitions=definitions), v


def weighted_arrays(graph: MatrixGraph, samples: str) -> tuple[MatrixGraph, str]:
    """Each sum over the samples with v beside its terms.

    Raises InputError where samples meet elsewhere than in a sum or a norm of them.
    """
    v = free_name([*graph.names])
    rows = next(x.rows for x in graph.leaves.values() if x.rows.text == samples)
    weight = name(v, (rows, ONE))
    definitions = {n: _with_weights(body, weight, samples) for n, body in graph.definitions.items()}
    if not any(v in body.names for body in definitions.values()):
        _refuse(samples)
    return replace(graph, definitions=definitions, leaves={**graph.leaves, v: weight}), v


def _with_weights(root: Node, weight: Node, samples: str) -> Node:
    """The node with the weight in each sum over the samples."""

    def has(x: Node) -> bool:
        return any(samples in d.names for d in x.shape)

    def inside(x: Node) -> Node:
        """The terms of a sum, a row a sample, that do not know of each other."""
        if x.rows.text != samples or samples in x.cols.names:
            _refuse(samples)
        for at in walk(x):
            if not has(at) and any(map(has, at.args)):
                _refuse(samples)
        return x

    def spread(cols: Any) -> Node:
        return weight if cols == ONE else node("mul", weight, node("ones", shape=(ONE, cols)))

    def of(x: Node) -> Node:
        if has(x):
            return inside(x)
        if x.op == "sum" and has(x.args[0]):
            terms = inside(x.args[0])
            return node("sum", node("had", terms, spread(terms.cols)))
        if x.op == "power" and x.args[0].op == "norm2" and has(x.args[0].args[0]):
            if str(x.args[1]) != "2":
                _refuse(samples)
            terms = inside(x.args[0].args[0])
            return node("sum", node("had", terms, terms, spread(terms.cols)))
        if any(map(has, x.args)):
            _refuse(samples)
        if not x.args:
            return x
        return node(x.op, *map(of, x.args), data=x.data)

    return of(root)


def _refuse(samples: str) -> None:
    raise InputError(
        f"weights need a cost that is a sum over the {samples} samples, by sum(...) or "
        "norm2(...)^2 of what has a row for each; here samples meet in another way. Write the "
        "weights into the formula, as in sum(v.*(y - X*w).^2)."
    )


__all__ = [
    "data_of_validation",
    "held_out",
    "weighted",
    "weighted_arrays",
    "weights_of",
]
