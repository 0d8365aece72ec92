"""One value that a user hands in → a float, or an array of one dimension, in single or double.

The precision is the one that NumPy promotes the arrays to, float32 at least and float64 at most:
where all are of float32 (or of float16, bool, int8, int16), everything is computed and returned in
it; a Python number adapts. Numbers alone are doubles.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from symgd.errors import DataError, shown

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)
LARGEST_SINGLE = 3.4028235677973366e38  # above it a number rounds to inf in float32


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def promoted(values: list[Any]) -> Any:
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
        if np.isinf(number) and value != number:
            raise DataError(
                f"{said(name)} is larger than a double can be; it must be below 1.8e308."
            )
        return number
    if isinstance(value, str | bytes | numbers.Complex) or value is None:
        raise DataError(f"{said(name)} is {shown(str(value))}, which is not a real number.")
    if isinstance(value, np.ma.MaskedArray):
        raise DataError(f"{said(name)} is a masked array; drop the masked samples first.")
    try:
        found = np.asarray(value)
    except (TypeError, ValueError):
        raise DataError(
            f"{said(name)} does not make an array of numbers: its rows are uneven."
        ) from None
    if found.dtype.kind not in "fiub":
        raise DataError(f"{said(name)} holds {_kind(found)}, not real numbers; convert it first.")
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
    return _converted(name, found, dtype)


def _converted(name: str, found: Any, dtype: Any) -> Any:
    """The array in this precision; a number that is finite stays so."""
    if found.dtype.itemsize <= dtype.itemsize or found.dtype.kind != "f":
        return found.astype(dtype, copy=False)
    with np.errstate(over="ignore"):
        out = found.astype(dtype)
    lost = np.isinf(out) & np.isfinite(found)
    if lost.any():
        i = int(np.argmax(lost))
        raise DataError(f"{said(name)}[{i}] is {found[i]!s}, larger than a double can be.")
    return out


def _kind(found: Any) -> str:
    words = {"c": "complex numbers", "O": "Python objects", "U": "text", "S": "text", "M": "dates"}
    return words.get(found.dtype.kind, f"values of type {found.dtype}")


def said(name: str) -> str:
    """A name at the beginning of a sentence."""
    return f"The{name[3:]}" if name.startswith("the direction") else name
