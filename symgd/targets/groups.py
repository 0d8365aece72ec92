"""Scalars that are counted, and the vector or matrix that they are together.

    w1, ..., wn   w = (w1, ..., wn)            a vector
    x1, ..., xn   a row of n, or samples × n   a matrix, whose columns they are

So a model of scalars takes `x=X` and `w=w` as its author has them, and answers for w in one array.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from symgd.errors import DataError

COUNTED = re.compile(r"([A-Za-z][A-Za-z0-9_]*?)_?([1-9][0-9]*)")
Groups = Mapping[str, tuple[str, ...]]


def groups_of(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """stem → its names in order, of names that count from 1 to n without a gap, n at least 2.

    A stem that is a name itself is none: with x, x1 and x2 the x is another number.
    """
    known = list(names)
    counted: dict[str, dict[int, str]] = {}
    for n in known:
        found = COUNTED.fullmatch(n)
        if found:
            counted.setdefault(found[1], {})[int(found[2])] = n
    return {
        stem: tuple(by[i] for i in range(1, len(by) + 1))
        for stem, by in counted.items()
        if stem not in known and len(by) > 1 and set(by) == set(range(1, len(by) + 1))
    }


def apart(groups: Groups, values: Mapping[str, Any], parameters: Collection[str]) -> dict[str, Any]:
    """The values with each group by its names; raises DataError for another number of them."""
    import numpy as np

    out: dict[str, Any] = {}
    for n, value in values.items():
        members = groups.get(n)
        if members is None:
            out[n] = value
            continue
        a = np.asarray(value)
        several = members[0] in parameters
        if a.ndim == 0 or a.shape[-1] != len(members) or (several and a.ndim > 1) or a.ndim > 2:
            shape = f"{len(members)} numbers" if several else f"samples x {len(members)}"
            raise DataError(
                f"{n} has the shape {a.shape}; it is {shape}, for {members[0]} to {members[-1]}."
            )
        for i, member in enumerate(members):
            if member in values:
                raise DataError(f"{member} was given twice, by itself and in {n}.")
            out[member] = float(a[i]) if a.ndim == 1 else np.ascontiguousarray(a[:, i])
    return out


def together(groups: Groups, found: Mapping[str, Any], used: Iterable[str]) -> dict[str, Any]:
    """What was found by name, with each group that is used as one array."""
    import numpy as np

    place = {m: stem for stem in used for m in groups[stem]}
    out: dict[str, Any] = {}
    for n, value in found.items():
        stem = place.get(n)
        if stem is None:
            out[n] = value
        elif stem not in out:
            # A slope of each sample is a row of samples x n.
            out[stem] = np.stack([found[m] for m in groups[stem]], axis=-1)
    return out


__all__ = ["Groups", "apart", "groups_of", "together"]
