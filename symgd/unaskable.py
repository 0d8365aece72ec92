"""Objects that fail as they are asked: for their class, an attribute, their length, their items.

Whatever they are asked, an error of their own is a sentence about the argument, with the error
behind it. That of a function which was handed in to be called stays what it is. Public functions
ask at their door (`api/arguments.py`), and what is made below it by `answered`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from traceback import walk_tb
from types import CodeType
from typing import Any, ParamSpec, TypeVar

from symgd.errors import DataError, SymgdError, quote

P = ParamSpec("P")
R = TypeVar("R")

# Of items that are looked at in a list, and how deeply lists are in one another.
MOST_ITEMS, DEEPEST = 100, 3
# From so many lists in one another on, nobody meant them.
MOST_NESTED = 50


def answered(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, to which an argument that fails as it is asked is a sentence."""

    @wraps(function)
    def asking(*args: P.args, **named: P.kwargs) -> R:
        try:
            return function(*args, **named)
        except Exception as error:
            try:
                given = inspect.signature(function).bind(*args, **named).arguments
            except TypeError:  # Python's own words for a stray argument
                raise error from None
            told = refusal(function.__qualname__, given, error)
            if told is None:
                raise
            raise told from error

    return asking


def refusal(function: str, given: Mapping[str, Any], error: Exception) -> DataError | None:
    """The sentence for an error that a method of an argument's class raised, or that lists within
    lists did; None for others."""
    if isinstance(error, SymgdError):
        return None
    if isinstance(error, RecursionError):
        deep = next((n for n, v in _named(given) if _is_deep(v)), None)
        return None if deep is None else DataError(
            f"{function} was given lists or tables within one another for {deep}, more than "
            f"{MOST_NESTED} deep; give numbers, texts, and lists and tables of these."
        )  # fmt: skip
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


def _is_deep(value: Any) -> bool:
    """Whether more than MOST_NESTED of Python's own lists and tables are in one another."""
    level = [value]
    for _ in range(MOST_NESTED):
        level = [i for v in level for i in _items(v)[:MOST_ITEMS]][:MOST_ITEMS]
    return bool(level)


def _items(value: Any) -> list[Any]:
    """What Python's own lists and tables hold."""
    kind = type(value)
    if kind not in (list, tuple, set, frozenset, dict):
        return []
    return [*value, *value.values()] if kind is dict else [*value]


def _classes(value: Any, deep: int) -> Iterator[type]:
    """The class of a value, and of what Python's own lists and tables hold."""
    items = _items(value)[:MOST_ITEMS] if deep else []
    for item in items:
        yield from _classes(item, deep - 1)
    if not items:
        yield type(value)


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
