"""Objects that fail as they are asked: for their class, an attribute, their length, their items.

Whatever they are asked, an error of their own is a sentence about the argument, with the error
behind it. That of a function which was handed in to be called stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from traceback import walk_tb
from types import CodeType
from typing import Any

from symgd.errors import DataError, SymgdError, quote

# Of items that are looked at in a list, and how deeply lists are in one another.
MOST_ITEMS, DEEPEST = 100, 3


def refusal(function: str, given: Mapping[str, Any], error: Exception) -> DataError | None:
    """The sentence for an error that a method of an argument's class raised; None for others."""
    if isinstance(error, SymgdError):
        return None
    met = {frame.f_code for frame, _ in walk_tb(error.__traceback__)}
    for name, value in _named(given):
        for kind in _classes(value, DEEPEST):
            if not met.isdisjoint(_codes(kind)):
                return DataError(
                    f"{function} was given a value of type {quote(kind.__name__)} for {name}, and "
                    f"it fails as it is asked what it is, with {quote(type(error).__name__)}; give "
                    "numbers, texts, lists and tables of Python's own, or arrays."
                )
    return None


def _named(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments by name, those of a table by theirs."""
    for name, value in given.items():
        if type(value) is dict and all(type(k) is str for k in value):
            yield from value.items()
        else:
            yield name, value


def _classes(value: Any, deep: int) -> Iterator[type]:
    """The class of a value, and of what Python's own lists and tables hold."""
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict) and deep:
        items = [*value, *value.values()] if kind is dict else [*value]
        for item in items[:MOST_ITEMS]:
            yield from _classes(item, deep - 1)
    else:
        yield kind


def _codes(kind: type) -> Iterator[CodeType]:
    """What the methods and properties of a class that is not ours run, unless it is called."""
    for base in type.__dict__["__mro__"].__get__(kind):
        own = str(vars(base).get("__module__")).split(".")[0] == __name__.split(".")[0]
        for name, made in vars(base).items():
            if name != "__call__" and not own:
                for function in (made, *(getattr(made, p, None) for p in ("fget", "__func__"))):
                    code = getattr(function, "__code__", None)
                    if isinstance(code, CodeType):
                        yield code
