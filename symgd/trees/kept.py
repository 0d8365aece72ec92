"""Trees that stay as they were written, also through pickle and copy.

SymPy pickles a node as its class and its arguments, and calls the class again: 2*(a - y) comes
back as 2*a - 2*y, and w*x + b as b + w*x. So what holds trees is written here, node by node, and
each is put together with nothing evaluated.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, Self

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

from symgd.trees.scalars import Piecewise, Unevaluated, application, branch, function_name


class Kept:
    """What holds trees: pickled and copied, they are the same trees."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return restored, (written(self),)

    def __copy__(self) -> Self:
        """The same fields, not those of a copy of each tree."""
        parts: Any = object.__reduce_ex__(self, 4)
        how, what, *rest = parts
        made: Self = how(*what)
        state = rest[0] if rest else None
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
        elif state:
            made.__dict__.update(state)
        return made


class _Writer(pickle.Pickler):
    """Writes a node as its kind and its arguments."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Kept):
            return object.__reduce_ex__(obj, 4)
        if isinstance(obj, sp.Basic) and obj.args:
            kind = function_name(obj) if isinstance(obj, AppliedUndef) else obj.func
            return remade, (kind, obj.args)
        return NotImplemented


def written(what: Any) -> bytes:
    """The bytes from which `restored` makes it again."""
    file = io.BytesIO()
    _Writer(file, 4).dump(what)
    return file.getvalue()


def restored(data: bytes) -> Any:
    """What was written; as with every pickle, of what one trusts."""
    return pickle.loads(data)


def remade(kind: Any, args: tuple[Any, ...]) -> Any:
    """A node of a kind over its arguments, nothing evaluated, nothing reordered."""
    if isinstance(kind, str):
        return application(kind, *args)
    if kind is ExprCondPair:
        return branch(*args)
    if issubclass(kind, sp.Piecewise):
        return sp.Basic.__new__(Piecewise, *args)
    if issubclass(kind, Unevaluated | sp.core.containers.Tuple):
        return kind(*args)
    return kind(*args, evaluate=False)


__all__ = ["Kept", "restored", "written"]
