r"""a_1 + a_2 + \cdots + a_n is Σ_{i=1}^n a_i; rows with \vdots between them are a stack.

What stands before the dots and what stands after them must be the same but for one number, which
then runs; where they are not, dots stay what they are: something left open.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symgd.language.latex.syntax import Big, Name, Node, Number
from symgd.language.latex.trees import parts

# An index that no document can have.
LETTER = Name(r"\dots")


def running(kind: str, first: Any, last: Any, at: int) -> Big | None:
    """The Big from `first` to `last`; None where they differ in more than one number."""
    found: list[tuple[Any, Any]] = []
    body = _general(first, last, found)
    if body is None or len(set(found)) != 1:
        return None
    low, high = found[0]
    return Big(kind, (LETTER,), low, high, (), body, at=at)


def _general(a: Any, b: Any, found: list[tuple[Any, Any]]) -> Any:
    """The tree of which a and b are cases, the number that differs being the index."""
    if a == b:
        return a
    if isinstance(a, Number) and a.places is None and isinstance(b, Name | Number):
        found.append((a, b))
        return LETTER
    if type(a) is not type(b) or not isinstance(a, Node):
        return None
    new: dict[str, Any] = {}
    for name in parts(a):
        value = _general_value(getattr(a, name), getattr(b, name), found)
        if value is None and getattr(a, name) is not None:
            return None
        new[name] = value
    extra = {"signs": a.signs} if hasattr(a, "signs") else {}
    return type(a)(**new, **extra, at=a.at)


def _general_value(a: Any, b: Any, found: list[tuple[Any, Any]]) -> Any:
    if a == b:
        return a
    if isinstance(a, Node):
        return _general(a, b, found)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        items = [_general_value(x, y, found) for x, y in zip(a, b, strict=True)]
        return None if None in items else tuple(items)
    return None


def counted(big: Big) -> bool:
    """Whether the run begins at 0 or 1, as every run that is written with dots does."""
    return isinstance(big.low, Number) and big.low.value in (Fraction(0), Fraction(1), Fraction(2))
