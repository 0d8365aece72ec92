"""What a user hands to a compiled gradient → floats and one-dimensional float arrays.

Checked here, before anything runs: the names, that every leaf has a number, that what is given is
a number or an array of one dimension, that the arrays are of one length, and that a leaf lies in
its domain. A leaf without a domain, or with ℝ, may be nan or infinite: what comes out is then
what IEEE arithmetic makes of it.

How one value becomes a number or an array, and of which precision, is told in `conversion`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from symgd import functions as catalogue
from symgd.errors import DataError, did_you_mean, listing, shown
from symgd.language.named import body
from symgd.programs.program import Program
from symgd.targets.conversion import DOUBLE, SINGLE, as_single, is_array, number, promoted, said
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph

Check = Callable[[Mapping[str, Any]], list[Any]]


def checker(
    model: Graph | Program,
    arrays: bool,
    per_sample: bool = False,
    single: bool = False,
    boxed: bool = True,
    samples: bool = True,
) -> Check:
    """values → the leaves in order, as floats (of NumPy's types where `arrays`) and arrays.

    arrays       whether data may be arrays
    per_sample   whether parameters may be
    single       whether float32 stays float32
    boxed        whether numbers beside arrays are NumPy's
    samples      whether arrays are looked at for what is outside the domain

    Raises DataError.
    """
    graph = model.graph if isinstance(model, Program) else model
    directions = model.directions if isinstance(model, Program) else ()
    names = tuple(s.name for s in model.leaves)
    domains = [
        (i, s.name, graph.domains[s])
        for i, s in enumerate(model.leaves)
        if graph.domains.get(s, REAL) != REAL
    ]
    told = dict(zip((d.name for d in directions), graph.parameters, strict=bool(directions)))
    spoken = tuple(f"the direction of {told[n]}" if n in told else n for n in names)
    parameters = (*graph.parameters, *directions)
    scalar_only = frozenset(() if per_sample else (spoken[names.index(t.name)] for t in parameters))
    plain = Plain(tuple(arrays and n not in scalar_only for n in spoken)).holds

    def check(values: Mapping[str, Any]) -> list[Any]:
        try:
            out = [values[n] for n in names]
        except KeyError:
            raise _missing(graph, names, values) from None
        if len(values) != len(names):
            raise unknown_name(next(n for n in values if n not in names), names)
        dtype = DOUBLE
        if not plain(out):
            if single:
                dtype = promoted(out)
            out = [
                v if type(v) is float else number(n, v, arrays, dtype)
                for n, v in zip(spoken, out, strict=True)
            ]
            _shapes(spoken, out, scalar_only)
        for i, name, d in domains:
            if samples or not is_array(out[i]):
                _inside(name, out[i], d)
        if not arrays:
            return out
        if dtype is SINGLE:
            return [v if is_array(v) else as_single(n, v) for n, v in zip(spoken, out, strict=True)]
        # A Python float raises where IEEE has a value: 1/0.0. NumPy's do not.
        return [np.float64(v) if type(v) is float else v for v in out] if boxed else out

    return check


class Plain:
    """The quick yes: floats, and double arrays of one dimension and of one length.

    Which of the leaves are arrays is much the same from call to call, and is looked up.
    """

    def __init__(self, may_be_array: tuple[bool, ...]) -> None:
        self.may_be_array = may_be_array
        self.known: dict[tuple[type, ...], tuple[int, ...]] = {}

    def holds(self, values: list[Any]) -> bool:
        kinds = tuple(map(type, values))
        places = self.known.get(kinds)
        if places is None:
            places = self.places(kinds)
            if places is None:
                return False
            self.known[kinds] = places
        size = 0
        for i in places:
            v = values[i]
            if v.dtype is not DOUBLE or v.ndim != 1:
                return False
            if v.size != size:
                if size:
                    return False
                size = v.size
        return size > 0 or not places

    def places(self, kinds: tuple[type, ...]) -> tuple[int, ...] | None:
        """Where the arrays are; None where something is neither an array nor a float."""
        found = []
        for i, (kind, may) in enumerate(zip(kinds, self.may_be_array, strict=True)):
            if kind is np.ndarray and may:
                found.append(i)
            elif kind is not float:
                return None
        return tuple(found)


def _missing(graph: Graph, names: tuple[str, ...], values: Mapping[str, Any]) -> DataError:
    missing = [n for n in names if n not in values]
    stray = [n for n in values if n not in names]
    if stray:
        return unknown_name(stray[0], names)
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
        if name in row.parameters and body(row) == graph.definitions[graph.cost]:
            return f"{row.name}({name}=1)"
    return ""


def directed(direction: Any, parameters: tuple[str, ...]) -> None:
    """Raise DataError unless the direction has an entry for each parameter and no other."""
    if not isinstance(direction, Mapping):
        raise DataError(
            f"The direction came as a {type(direction).__name__}; give a dictionary with a number "
            f"for each of {listing(parameters)}."
        )
    for name in direction:
        if name not in parameters:
            raise DataError(
                f"The direction has an entry for {shown(str(name))}, which is not a parameter; "
                f"the parameters are {listing(parameters)}."
                f"{did_you_mean(str(name), parameters)}"
            )
    missing = [t for t in parameters if t not in direction]
    if missing:
        raise DataError(
            f"The direction leaves out {listing(missing)}; give 0 for a parameter that stays."
        )


def unknown_name(stray: Any, names: tuple[str, ...]) -> DataError:
    """The error for a value that no leaf has the name of."""
    return DataError(
        f"{shown(str(stray))} is not a name of this model, which needs {listing(names)}."
        f"{did_you_mean(str(stray), names)}"
    )


def _shapes(names: tuple[str, ...], values: list[Any], scalar_only: frozenset[str]) -> None:
    sizes = {n: v.size for n, v in zip(names, values, strict=True) if is_array(v)}
    for n, size in sizes.items():
        if size == 0:
            raise DataError(f"{said(n)} is empty; a gradient needs at least one sample.")
        if n in scalar_only and n.startswith("the direction"):
            raise DataError(
                f"{said(n)} is an array of {size}; a direction is one number a parameter, for all "
                "samples (with reduction=None it may be one a sample)."
            )
        if n in scalar_only:
            raise DataError(
                f"{n} is a parameter and was given an array of {size}; a parameter is one number "
                "for all samples (with reduction=None it may be one a sample)."
            )
    if len(set(sizes.values())) > 1:
        told = listing(f"{n} has {size}" for n, size in sizes.items())
        raise DataError(f"The arrays are of unequal length: {told}; give one value a sample.")


def _inside(name: str, value: Any, allowed: Domain) -> None:
    if is_array(value):
        # The labels of two classes are the long arrays.
        if allowed.kind == "finite" and len(allowed.members) == 2:
            a, b = map(float, allowed.members)
            if ((value == a) | (value == b)).all():
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
