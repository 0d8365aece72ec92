"""What is handed in by name → numbers and arrays of two dimensions, and the sizes they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, as_text, did_you_mean, listing, quote, shown
from symgd.targets.inputs import convert, number, promote, real_array
from symgd.targets.numba import require_numba
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.dims import Dim

Sizes = tuple[tuple[str, int], ...]


# numba runs what is done entry by entry; products of matrices are BLAS's on either.
BACKENDS = ("numpy", "numba")


def check_array_options(backend: str, reduction: str | None) -> None:
    """Raise InputError for options that are for models of scalars."""
    if backend not in BACKENDS:
        raise InputError(
            f"backend={quote(as_text(backend))} is not for arrays; they run on {listing(BACKENDS)}."
        )
    if backend == "numba":
        require_numba()
    if reduction != "mean":
        raise InputError(
            f"reduction={shown(reduction)} is for models of scalars; a model with shapes sums or "
            "averages over its samples in its own formula, so leave it out."
        )


def checked(graph: MatrixGraph, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Every leaf as a number or an array of two dimensions, of three where it is a family.

    Raises DataError for a name that is unknown or missing, and for what is no such array.
    """
    for n in arrays:
        if n not in graph.leaves:
            raise DataError(
                f"{n} is not an input of this model; it takes {listing(graph.leaves)}."
                f"{did_you_mean(n, graph.leaves)}"
            )
    missing = [n for n in graph.leaves if n not in arrays]
    if missing:
        verb = "has" if len(missing) == 1 else "have"
        raise DataError(f"{listing(missing)} {verb} no value; give {missing[0]}=...")
    classes = [n for n, leaf in graph.leaves.items() if leaf.words & CLASSES]
    if classes:
        arrays = {**arrays, **{n: one_hot(graph, n, arrays) for n in classes}}
    single = [n for n, leaf in graph.leaves.items() if is_of_one_column(graph, leaf)]
    if single:
        arrays = {**arrays, **{n: as_column(arrays[n]) for n in single}}
    dtype = promote([arrays[n] for n, leaf in graph.leaves.items() if not leaf.is_scalar])
    families = graph.families
    return {
        n: _family(n, arrays[n], leaf, dtype, families[n])
        if n in families
        else _taken(n, arrays[n], leaf, dtype)
        for n, leaf in graph.leaves.items()
    }


def is_of_one_column(graph: MatrixGraph, leaf: Node) -> bool:
    """Whether a matrix of the model is known to have one column, as the labels of one output."""
    return not leaf.is_column and graph.sizes.get(leaf.cols.text) == 1


def as_column(value: Any) -> Any:
    """One number a sample as rows of one."""
    a = np.asarray(value)
    return a.reshape(-1, 1) if a.ndim == 1 and a.dtype.kind in "fiub" else value


# What is assumed of labels of which one is 1, or that are shares of classes.
CLASSES = frozenset({"onehot", "prob"})


def one_hot(graph: MatrixGraph, n: str, arrays: Mapping[str, Any]) -> Any:
    """Whole numbers, one a sample, as rows with a 1 in that place; anything else as it is.

    Raises DataError for a class that there is not, and where nothing says how many there are.
    """
    value, leaf = arrays[n], graph.leaves[n]
    labels = np.asarray(value) if not hasattr(value, "dtype") else value
    of_one = leaf.is_column
    kind = getattr(getattr(labels, "dtype", None), "kind", "")
    if kind not in "iu" or not kind or np.ndim(labels) != (0 if of_one else 1):
        return value
    if not of_one and leaf.rows.number == 1:
        return value
    width = leaf.rows if of_one else leaf.cols
    found = width.number if width.number is not None else graph.sizes.get(width.text)
    for other, array in arrays.items() if found is None else ():
        at = graph.leaves.get(other)
        sizes = np.shape(array)
        if at is None or other == n or len(sizes) != (1 if at.is_column else 2):
            continue
        found = next((k for d, k in zip(at.shape, sizes, strict=False) if d == width), found)
    if found is None:
        raise DataError(
            f"{n} holds classes by number, and nothing says how many there are; give rows of "
            f"{width} numbers, with a 1 in the place of the class."
        )
    labels = np.asarray(labels)
    bad = (labels < 0) | (labels >= found)
    if bad.any():
        wrong = int(np.ravel(labels)[np.argmax(np.ravel(bad))])
        raise DataError(f"{n} holds the class {wrong}; the classes are 0 to {found - 1}.")
    rows = np.zeros((labels.size, found))
    rows[np.arange(labels.size), np.ravel(labels)] = 1.0
    return rows[0] if of_one else rows


def flat(graph: MatrixGraph, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays as the nodes have them: the members of a family below one another."""
    families = graph.families
    return {n: a.reshape(-1, a.shape[-1]) if n in families else a for n, a in given.items()}


def shaped(graph: MatrixGraph, n: str, sizes: Mapping[str, int], a: Any) -> Any:
    """An array of a leaf as it is given: that of a family of three dimensions."""
    if n not in graph.families:
        return a
    count, rows = (d.value(sizes) for d in graph.families[n])
    return a.reshape(count, rows, -1)


def sizes_of(graph: MatrixGraph, given: Mapping[str, Any]) -> Sizes:
    """The number of each size, the same in every array; raises DataError where two differ."""
    found: dict[str, tuple[int, str]] = {}
    made: list[tuple[str, Any, Dim, int]] = []
    for n, a in given.items():
        leaf = graph.leaves[n]
        dims = (*graph.families[n], leaf.cols) if n in graph.families else leaf.shape
        for d, k in zip(dims, getattr(a, "shape", (1, 1)), strict=True):
            text = d.text
            if text not in graph.size_names and d.number is None:
                made.append((n, a, d, k))
                continue
            wanted = d.number if d.number is not None else graph.sizes.get(text)
            if wanted is None and text in found:
                wanted = found[text][0]
            if wanted is not None and wanted != k:
                other = f", as in {found[text][1]}" if text in found else ""
                raise DataError(
                    f"{n} has the shape {a.shape}, where {leaf.rows} x {leaf.cols} is wanted "
                    f"with {text} = {wanted}{other}."
                )
            found.setdefault(text, (k, n))
    sizes = {t: k for t, (k, _) in found.items() if not t.isdigit()}
    sizes |= {t: int(t) for t in graph.size_names if t.isdigit()}
    for t in graph.size_names:
        if t not in sizes and t in graph.sizes:
            sizes[t] = graph.sizes[t]
    for n, a, d, k in made:
        unknown = sorted(x for x in d.names if x not in sizes and not x.isdigit())
        if unknown:
            raise DataError(
                f"Nothing says how large {unknown[0]} is in {d.text}, a size of {n}; some array "
                f"has to have the size {unknown[0]} itself."
            )
        if d.value(sizes) != k:
            raise DataError(
                f"{n} has the shape {a.shape}, where {d.text} = {d.value(sizes)} is wanted."
            )
    return tuple(sorted(sizes.items()))


def _taken(n: str, value: Any, leaf: Node, dtype: Any) -> Any:
    """A value as the leaf wants it."""
    if leaf.is_scalar:
        if isinstance(value, str) or np.ndim(value):
            raise DataError(f"{n} is a scalar, and what was given is not a number.")
        return number(n, value, False, dtype)
    a = value
    if type(value) is not np.ndarray or value.dtype is not dtype:
        a = convert(n, real_array(n, value), dtype)
    if not a.size and all(d.text.isidentifier() for d in leaf.shape):
        raise DataError(f"{n} is empty; give at least one entry.")
    if a.ndim == 1 and leaf.is_column:
        return a.reshape(-1, 1)
    if a.ndim != 2:
        kind = "a column" if leaf.is_column else "a matrix"
        raise DataError(f"{n} has the shape {a.shape}; it is {kind} of {leaf.rows} x {leaf.cols}.")
    return a


def _family(n: str, value: Any, leaf: Node, dtype: Any, dims: tuple[Dim, Dim]) -> Any:
    """A family as an array of three dimensions."""
    a = value
    if type(value) is not np.ndarray or value.dtype is not dtype:
        a = convert(n, real_array(n, value), dtype)
    count, rows = dims
    if a.ndim == 3 and not a.size:
        raise DataError(
            f"{n} has the shape {a.shape}, so it is empty; each of {count}, {rows} and {leaf.cols} "
            "is 1 or more."
        )
    if a.ndim != 3:
        raise DataError(
            f"{n} has the shape {a.shape}; it is a family of {count} matrices of "
            f"{rows} x {leaf.cols}, an array of three dimensions."
        )
    return a
