"""What public functions take, asked at the door: an argument of another kind is one sentence.

    @takes(parameters=NAMES, constants=TABLE.or_none)
    def model(definitions, parameters=(), *, constants=None): ...

What an argument says, such as a name that is not there, is asked further in, where it is known.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from symgd.errors import InputError, quote, shown

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Argument:
    """A kind of argument: what it is in words, with an example, and whether a value is one."""

    words: str
    holds: Callable[[Any], bool]
    optional: bool = False

    @property
    def or_none(self) -> Argument:
        """The same, or None."""
        return replace(self, optional=True)

    def __or__(self, other: Argument) -> Argument:
        """One of two kinds."""
        return Argument(
            f"{self.words}, or {other.words}", lambda v: self.holds(v) or other.holds(v)
        )  # fmt: skip

    def check(self, function: str, name: str, value: Any) -> None:
        """Raise InputError unless the value is of this kind."""
        if (value is None and self.optional) or (value is not None and self.holds(value)):
            return
        none = ", or None" if self.optional else ""
        raise InputError(
            f"{function} takes {name} as {self.words}{none}; {quote(_shown(value))} is none."
        )


def _shown(value: Any) -> str:
    """The value as it was typed; of what has no short text, its type."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | complex | list | tuple | dict | bytes):
        return shown(value)
    return f"of type {type(value).__name__}"


def is_text(value: Any) -> bool:
    """A text that can be written to a file: half of a character (a lone surrogate) cannot."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


def is_list(value: Any) -> bool:
    """What can be gone through and is no text; an array of no dimension says that it can, too."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes)
        and getattr(value, "ndim", 1) != 0
    )


def is_whole(value: Any) -> bool:
    """A whole number, NumPy's too, and no bool."""
    return (
        hasattr(value, "__index__")
        and not isinstance(value, bool | type)
        and not hasattr(value, "__len__")
    )


def is_number(value: Any) -> bool:
    """A real number, or an array of no dimension that is one."""
    if isinstance(value, bool | str | bytes | complex | type):
        return False
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    return kind in "iuf" and (hasattr(value, "__float__") and getattr(value, "ndim", 0) == 0)


def is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(k, str) for k in value)


def is_list_of_names(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(
        map(is_text, value)
    )  # fmt: skip


TEXT = Argument("a text", is_text)
DOCUMENT = Argument("a text", lambda v: isinstance(v, str))  # what cannot be read in it is told
WHOLE = Argument("a whole number", is_whole)
NATURAL = Argument("a whole number from 0 on", lambda v: is_whole(v) and v >= 0)
NUMBER = Argument("a number", is_number)
SWITCH = Argument("True or False", lambda v: isinstance(v, bool) or type(v).__name__ == "bool_")
TABLE = Argument('a dictionary by name, such as {"a": 1}', is_table)
TEXTS = Argument(
    'a dictionary of texts by name, such as {"y": "(0, 1)"}',
    lambda v: is_table(v) and all(map(is_text, v.values())),
)
TABLES = Argument(
    'a dictionary of dictionaries by name, such as {"relu": {0: 0}}',
    lambda v: is_table(v) and all(isinstance(t, Mapping) for t in v.values()),
)
NAMES = Argument('a list of names, such as ["w", "b"]', is_list_of_names)
NOTATION = Argument(
    'the name of a style or a table from names to LaTeX, such as {"lam": r"\\lambda"}',
    lambda v: is_text(v) or is_table(v) or type(v).__name__ == "Notation",
).or_none
FUNCTION = Argument("a function", callable)
PLACE = Argument("a path", lambda v: isinstance(v, str | os.PathLike))
LIST = Argument("a list", is_list)


def takes(**kinds: Argument) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The same function, that asks of its arguments what they are.

    A kind for a name that the function has not is a fault of ours, and fails as it is defined.
    """

    def asking(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        assert kinds.keys() <= signature.parameters.keys(), function
        label = function.__qualname__.removesuffix(".__init__").replace("Derivation.", "")

        @wraps(function)
        def asked(*args: P.args, **named: P.kwargs) -> R:
            try:
                given = signature.bind(*args, **named).arguments
            except TypeError:
                return function(*args, **named)  # Python's own words for a stray argument
            for name, kind in kinds.items():
                if name in given:
                    kind.check(label, name, given[name])
            return function(*args, **named)

        return asked

    return asking
