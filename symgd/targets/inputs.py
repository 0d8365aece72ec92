"""What a user hands to a compiled gradient → floats and one-dimensional float arrays.

Checked here, before anything runs: the names, that every leaf has a number, that what is given is
a number or an array of one dimension, that the arrays are of one length, and that a leaf lies in
its domain. A leaf without a domain, or with ℝ, may be nan or infinite: what comes out is then
what IEEE arithmetic makes of it.

The precision is the one that NumPy promotes the arrays to, float32 at least and float64 at most:
where all are of float32 (or of float16, bool, int8, int16), everything is computed and returned in
it; a Python number adapts. Numbers alone are doubles.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symgd.errors import DataError, UsualNumberWarning, as_text, did_you_mean, listing, quote
from symgd.language.formulas.reader import CONSTANTS
from symgd.language.named import rows_with, usual_numbers
from symgd.programs.program import Program
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph, example_of

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
            values = _with_usual(graph, names, values)
            out = [values[n] for n in names]
        if len(values) != len(names):
            raise unknown_name(next(n for n in values if n not in names), names)
        dtype = DOUBLE
        if not plain(out):
            if single:
                dtype = promote(out)
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


def _with_usual(
    graph: Graph, names: tuple[str, ...], values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The values, and the usual number of each parameter of an activation or a loss left out.

    That is said by a warning. Raises DataError for any other name that is left out.
    """
    missing = [n for n in names if n not in values]
    numbers = usual_numbers(graph, missing)
    if len(numbers) < len(missing):
        raise _missing(graph, names, values)
    taken = listing([f"{n}={number:g}" for n, number in numbers.items()])
    said = f"{taken} is taken, as usual; none was given."
    warnings.warn(said, UsualNumberWarning, stacklevel=6)
    return {**values, **numbers}


def _missing(graph: Graph, names: tuple[str, ...], values: Mapping[str, Any]) -> DataError:
    missing = [n for n in names if n not in values]
    stray = [n for n in values if n not in names]
    if stray:
        return unknown_name(stray[0], names)
    first = missing[0]
    call = _call_with(graph, first)
    cure = f"pass {first}={example_of(graph, first)}" + (f", or write {call}" if call else "")
    if len(missing) == 1:
        return DataError(f"{first} needs a number: {cure}.")
    return DataError(f"{listing(missing)} need numbers: {cure}, and the others likewise.")


def _call_with(graph: Graph, name: str) -> str:
    """`pinball(tau=0.5)`, where `name` is a parameter of an activation or a loss of the graph."""
    example = example_of(graph, name)
    return next((f"{row.name}({p}={example})" for row, p in rows_with(graph, name)), "")


def check_direction(direction: Any, parameters: tuple[str, ...]) -> None:
    """Raise DataError unless the direction has an entry for each parameter and no other."""
    if not isinstance(direction, Mapping):
        raise DataError(
            f"The direction came as a {type(direction).__name__}; give a dictionary with a number "
            f"for each of {listing(parameters)}."
        )
    for name in direction:
        if name not in parameters:
            raise DataError(
                f"The direction has an entry for {quote(as_text(name))}, which is not a parameter; "
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
    means = (
        f" In a formula {stray} is a number; give the input other letters."
        if isinstance(stray, str) and stray in CONSTANTS
        else did_you_mean(str(stray), names)
    )
    return DataError(
        f"{quote(as_text(stray))} is not a name of this model, which needs {listing(names)}.{means}"
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


# -- one value → a float, or an array of one dimension, in single or double -----------------------

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)
LARGEST_SINGLE = 3.4028235677973366e38  # above it a number rounds to inf in float32


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def promote(values: list[Any]) -> Any:
    """The precision of the arrays and of NumPy's own numbers together, by NumPy's promotion."""
    kinds, arrays = set(), False
    for v in values:
        dtype = getattr(v, "dtype", None)
        if isinstance(dtype, np.dtype):
            kinds.add(dtype)
            arrays |= getattr(v, "ndim", 1) != 0
        elif not isinstance(v, numbers.Real):
            return DOUBLE  # a list: Python's floats are doubles
    if not arrays or DOUBLE in kinds or not any(d.kind == "f" for d in kinds):
        return DOUBLE
    if any(d.kind not in "fiub" for d in kinds):
        return DOUBLE
    return SINGLE if np.result_type(*kinds).itemsize <= SINGLE.itemsize else DOUBLE


def as_single(name: str, value: float) -> Any:
    """A number as float32."""
    if LARGEST_SINGLE <= abs(value) < np.inf:
        raise DataError(
            f"{said(name)} is {value!r}, larger than a float32 can be; give the arrays as float64."
        )
    return np.float32(value)


def number(name: str, value: Any, arrays: bool, dtype: Any) -> Any:
    """A float or a one-dimensional array of the dtype."""
    if type(value) is np.ndarray and value.dtype is dtype and value.ndim == 1 and arrays:
        return value
    if isinstance(value, numbers.Real | np.bool_):
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        except Exception:  # whatever a number of the user's own class raises
            raise DataError(
                f"{said(name)} is {quote(as_text(value))}, which is not a real number."
            ) from None
        if np.isinf(number) and value != number:
            raise DataError(
                f"{said(name)} is larger than a double can be; it must be below 1.8e308."
            )
        return number
    found = real_array(name, value)
    if found.ndim == 0:
        return float(found)
    if found.ndim > 1:
        raise DataError(
            f"{said(name)} is an array of shape {found.shape}; each name is one number a sample, "
            "so give an array of one dimension."
        )
    if not arrays:
        raise DataError(
            f"{said(name)} is an array; the scalar backend takes one number a name, the backend "
            '"numpy" takes arrays.'
        )
    return convert(name, found, dtype)


def real_array(name: str, value: Any) -> Any:
    """An array of real numbers, of whatever shape and precision; raises DataError."""
    plain = isinstance(value, str | bytes | numbers.Complex) or value is None
    if plain and not isinstance(value, numbers.Real):
        raise DataError(f"{said(name)} is {quote(as_text(value))}, which is not a real number.")
    if isinstance(value, np.ma.MaskedArray):
        raise DataError(f"{said(name)} is a masked array; drop the masked samples first.")
    try:
        found = np.asarray(value)
    # MemoryError: a range has a length that no array has
    except (TypeError, ValueError, MemoryError, RecursionError):
        raise DataError(
            f"{said(name)} does not make an array of numbers: its rows are uneven, too deep or too "
            "many."
        ) from None
    except Exception:  # whatever an object of the user's own class raises
        raise DataError(
            f"{said(name)} is {quote(as_text(value))}, which makes no array of numbers."
        ) from None
    if found.dtype.kind not in "fiub":
        raise DataError(f"{said(name)} holds {_kind(found)}, not real numbers; convert it first.")
    return found


def convert(name: str, found: Any, dtype: Any) -> Any:
    """The array in this precision; a number that is finite stays so."""
    if found.dtype.itemsize <= dtype.itemsize or found.dtype.kind != "f":
        out = found.astype(dtype, copy=False)
        # What was pickled has a dtype that is equal to NumPy's own, and another object.
        return out if out.dtype is dtype else out.view(dtype)
    with np.errstate(over="ignore"):
        out = found.astype(dtype)
    lost = np.isinf(out) & np.isfinite(found)
    if lost.any():
        place = np.unravel_index(int(np.argmax(lost)), lost.shape)
        at = ", ".join(map(str, map(int, place)))
        raise DataError(f"{said(name)}[{at}] is {found[place]!s}, larger than a double can be.")
    return out


def _kind(found: Any) -> str:
    words = {"c": "complex numbers", "O": "Python objects", "U": "text", "S": "text", "M": "dates"}
    return words.get(found.dtype.kind, f"values of type {found.dtype}")


def said(name: str) -> str:
    """A name at the beginning of a sentence."""
    return f"The{name[3:]}" if name.startswith("the direction") else name
