r"""Arrays and their components: y made of y_1, ..., y_n, and y_i picked out of y."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.indices import Indices
from symgd.judge.values.points import Key
from symgd.judge.values.values import Value, column, is_array
from symgd.language.latex.syntax import Name, Number


class Components(Indices):
    """Goes between an array and its entries."""

    def gathered(self, key: Key) -> Value | None:
        """y as the column of y_1, ..., y_n, where only its components are known."""
        base, _, above = key
        ranges = self.world.ranges
        if base in self.world.shaped or base in ranges.integral:
            return None
        for count in (1, 2):
            slots = [(base, "below", str(i), str(count), str(len(above))) for i in range(count)]
            if not all(s in ranges.parent for s in slots):
                continue
            spans = [self.slot_range(s) for s in slots]
            if count == 1:
                return column([self.name_at((base, (i,), above)) for i in spans[0]])
            out = np.empty((len(spans[0]), len(spans[1])), dtype=object)
            for i, j in np.ndindex(*out.shape):
                out[i, j] = self.name_at((base, (spans[0][i], spans[1][j]), above))
            return out
        return None

    def from_whole(self, key: Key) -> Value | None:
        """y_i as a component of y, where y has a definition or a shape."""
        base, below, above = key
        if not all(isinstance(i, int) for i in below):
            labelled = (base, below[:-1], above)  # δ_{oi} is row i of δ_o
            if isinstance(below[-1], int) and self.defined(labelled)[0] is not None:
                whole = self.name_at(labelled)
                return self.picked(whole, [below[-1]]) if is_array(whole) else None
            return None
        slot = (base, "below", "0", str(len(below)), str(len(above)))
        base = self.world.whole_of(base, below)
        definition, _ = self.defined((base, (), above))
        if (
            definition is None
            and base == key[0]
            and slot in self.world.ranges.parent
            and base not in self.world.shaped
        ):
            return None  # the whole is made of these components
        if definition is None and self.world.shape_of((base, (), above)) == (1, 1):
            return None
        whole = self.name_at((base, (), above))
        return self.picked(whole, list(below)) if is_array(whole) else None

    def picked(self, whole: Value, below: list[Any]) -> Value:
        if not is_array(whole) or not all(isinstance(i, int) for i in below):
            raise NotUnderstood("This has no component of that index.")
        try:
            if len(below) == 1 and 1 in whole.shape:
                return whole.ravel()[below[0] - 1]
            if len(below) == 1:
                return whole[below[0] - 1 : below[0], :]
            return whole[below[0] - 1, below[1] - 1]
        except IndexError:
            raise Misfit("an index runs past the end") from None

    def name_at(self, key: Key) -> Value:
        return self.name(Name(key[0], as_nodes(key[1]), as_nodes(key[2])))

    def entry_of(self, key: Key) -> Any:
        """(whole, row, column) of a component whose array is what is drawn or defined."""
        base, below, above = key
        if not below or key in self.overrides or self.defined(key)[0] is not None:
            return None
        if self.from_whole(key) is None:
            return None
        whole = (self.world.whole_of(base, below), (), above)
        shape = self.name_at(whole).shape
        if len(below) == 2:
            return whole, below[0] - 1, below[1] - 1
        return (whole, below[0] - 1, 0) if shape[1] == 1 else (whole, 0, below[0] - 1)

    def components(self, by: Name) -> Any:
        """The key of a number, or the array of the keys of the components of `by`."""
        key = self.canonical(self.key(by))
        value = self.name_at(key)
        if not is_array(value):
            return self.entry_of(key) or key
        out = np.empty(value.shape, dtype=object)
        definition, _ = self.defined(key)
        slots = self.world.ranges.parent
        upper = str(len(key[2]))
        single = (key[0], "below", "0", "1", upper) in slots and not key[1]
        double = (key[0], "below", "1", "2", upper) in slots and not key[1]
        for i, j in np.ndindex(*value.shape):
            if (
                definition is not None
                or key[0] in self.world.shaped
                or key in self.overrides
                or not (single or double)
            ):
                out[i, j] = (key, i, j)
            elif single:
                first = self.slot_range((key[0], "below", "0", "1", upper))[0]
                out[i, j] = (key[0], (max(i, j) + first,), key[2])
            else:
                out[i, j] = (key[0], (i + 1, j + 1), key[2])
        return out


def as_nodes(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The subscripts of a key as a name has them."""
    return tuple([Number(Fraction(i)) if isinstance(i, int) else Name(i) for i in items])
