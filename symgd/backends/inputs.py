"""What a user hands to a compiled gradient → floats and one-dimensional float arrays.

Checked here, before anything runs: the names, that every leaf has a number, that what is given is
a number or an array of one dimension, that the arrays are of one length, and that a leaf lies in
its domain. A leaf without a domain, or with ℝ, may be nan or infinite: what comes out is then
what IEEE arithmetic makes of it.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from symgd import catalogue
from symgd.domain import REAL, Domain
from symgd.errors import DataError, did_you_mean, listing, shown
from symgd.graph import Graph

Check = Callable[[Mapping[str, Any]], list[Any]]


def checker(graph: Graph, arrays: bool, per_sample: bool = False) -> Check:
    """values → the leaves in order, as floats (np.float64 where `arrays`) and arrays.

    `arrays`: whether data may be arrays; `per_sample`: whether parameters may. Raises DataError.
    """
    names = tuple(s.name for s in graph.leaves)
    domains = [
        (i, s.name, graph.domains[s])
        for i, s in enumerate(graph.leaves)
        if graph.domains.get(s, REAL) != REAL
    ]
    scalar_only = frozenset(() if per_sample else (t.name for t in graph.parameters))

    def check(values: Mapping[str, Any]) -> list[Any]:
        try:
            out = [values[n] for n in names]
        except KeyError:
            raise _missing(graph, names, values) from None
        if len(values) != len(names):
            raise _unknown(names, values)
        if {*map(type, out)} != {float}:
            out = [_number(n, v, arrays) for n, v in zip(names, out, strict=True)]
            _shapes(names, out, scalar_only)
        for i, name, d in domains:
            _inside(name, out[i], d)
        # A Python float raises where IEEE has a value: 1/0.0. NumPy's do not.
        return [v if _is_array(v) else np.float64(v) for v in out] if arrays else out

    return check


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _missing(graph: Graph, names: tuple[str, ...], values: Mapping[str, Any]) -> DataError:
    missing = [n for n in names if n not in values]
    stray = [n for n in values if n not in names]
    if stray:
        return _unknown(names, values)
    first = missing[0]
    call = _call_with(graph, first)
    cure = f"pass {first}=1" + (f", or write {call}" if call else "")
    if len(missing) == 1:
        return DataError(f"{first} needs a number: {cure}.")
    return DataError(f"{listing(missing)} need numbers: {cure}, and the others likewise.")


def _call_with(graph: Graph, name: str) -> str:
    """`huber(delta=1)`, where `name` is a parameter of an activation or a loss of the graph."""
    s = sp.Symbol(name, real=True)
    for g in graph.functions.values():
        if s in g.variables[1:]:
            return f"{g.name}({name}=1)"
    for row in catalogue.LOSSES:
        if name in row.parameters and catalogue.body(row) == graph.definitions[graph.cost]:
            return f"{row.name}({name}=1)"
    return ""


def _unknown(names: tuple[str, ...], values: Mapping[str, Any]) -> DataError:
    stray = next(n for n in values if n not in names)
    return DataError(
        f"{shown(str(stray))} is not a name of this model, which needs {listing(names)}."
        f"{did_you_mean(str(stray), names)}"
    )


def _number(name: str, value: Any, arrays: bool) -> Any:
    """A float or a one-dimensional float array."""
    if isinstance(value, numbers.Real | np.bool_):
        try:
            return float(value)
        except OverflowError:
            raise DataError(
                f"{name} is larger than a double can be; it must be below 1.8e308."
            ) from None
    if isinstance(value, str | bytes | numbers.Complex) or value is None:
        raise DataError(f"{name} is {shown(str(value))}, which is not a real number.")
    if isinstance(value, np.ma.MaskedArray):
        raise DataError(f"{name} is a masked array; drop the masked samples first.")
    try:
        found = np.asarray(value)
    except (TypeError, ValueError):
        raise DataError(f"{name} does not make an array of numbers: its rows are uneven.") from None
    if found.dtype.kind not in "fiub":
        raise DataError(f"{name} holds {_kind(found)}, not real numbers; convert it first.")
    if found.ndim == 0:
        return float(found)
    if found.ndim > 1:
        raise DataError(
            f"{name} is an array of shape {found.shape}; each name is one number a sample, so give "
            "an array of one dimension."
        )
    if not arrays:
        raise DataError(
            f'{name} is an array; the scalar backend takes one number a name, the backend "numpy" '
            "takes arrays."
        )
    return found.astype(np.float64, copy=False)


def _kind(found: Any) -> str:
    words = {"c": "complex numbers", "O": "Python objects", "U": "text", "S": "text", "M": "dates"}
    return words.get(found.dtype.kind, f"values of type {found.dtype}")


def _shapes(names: tuple[str, ...], values: list[Any], scalar_only: frozenset[str]) -> None:
    sizes = {n: v.size for n, v in zip(names, values, strict=True) if _is_array(v)}
    for n, size in sizes.items():
        if size == 0:
            raise DataError(f"{n} is empty; a gradient needs at least one sample.")
        if n in scalar_only:
            raise DataError(
                f"{n} is a parameter and was given an array of {size}; a parameter is one number "
                "for all samples (with reduction=None it may be one a sample)."
            )
    if len(set(sizes.values())) > 1:
        told = listing(f"{n} has {size}" for n, size in sizes.items())
        raise DataError(f"The arrays are of unequal length: {told}; give one value a sample.")


def _inside(name: str, value: Any, allowed: Domain) -> None:
    if _is_array(value):
        if _clearly_inside(value, allowed):
            return
        i = allowed.outside(value)
        if i is None:
            return
        place, given = f"{name}[{i}] is", repr(float(value[i]))
    else:
        if value == value and allowed.contains(float(value)):
            return
        place, given = f"{name} is", repr(float(value))
    raise DataError(f"{place} {given}, outside {allowed.text}, where {name} lies.")


def _clearly_inside(value: Any, allowed: Domain) -> bool:
    """A quick yes for the labels of two classes, which are the long arrays."""
    if allowed.kind != "finite" or len(allowed.members) != 2:
        return False
    a, b = map(float, allowed.members)
    return bool(((value == a) | (value == b)).all())
