"""The Hessian by its columns, one direction after another, where no matrix of it is derived.

    column j of ∂²C/∂vec x ∂vec yᵀ = the slope of ∂C/∂vec x along the j-th entry of y

A matrix is its vec, by columns, as in the blocks that are derived; a family is one matrix, its
members below one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from symgd.targets.arrays.compiled import Blocks

Product = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


def hessian_by_columns(
    product: Product, values: Mapping[str, Any], slopes: Mapping[str, Any]
) -> Blocks:
    """The blocks of all pairs of parameters; `slopes` have the shapes of the parameters."""
    columns: dict[str, list[dict[str, Any]]] = {}
    for q, slope in slopes.items():
        shape = np.shape(slope)
        rest = {
            p: np.zeros(np.shape(s)) if np.ndim(s) else 0.0 for p, s in slopes.items() if p != q
        }
        columns[q] = []
        for unit in np.eye(max(np.size(slope), 1)):
            along = unvec(unit, shape) if shape else 1.0
            found = product({**rest, q: along}, values)
            columns[q].append({p: vec(x) for p, x in found.items()})
    pairs = combinations_with_replacement(slopes, 2)
    blocks = {f"{p},{q}": np.stack([c[p] for c in columns[q]], axis=1) for p, q in pairs}
    return Blocks(blocks)


def vec(x: Any) -> Any:
    """The entries by columns."""
    x = np.asarray(x, dtype=float)
    return x.reshape(-1, x.shape[-1]).ravel(order="F") if x.ndim > 1 else x.reshape(-1)


def unvec(v: Any, shape: tuple[int, ...]) -> Any:
    """Those entries in their shape."""
    if len(shape) < 2:
        return v.reshape(shape)
    return v.reshape((-1, shape[-1]), order="F").reshape(shape)
