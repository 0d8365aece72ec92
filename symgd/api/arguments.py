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
from itertools import islice
from operator import index
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from symgd.errors import InputError, SymgdError, quote, shown
from symgd.origins import too_deep
from symgd.unaskable import refusal

P = ParamSpec("P")
R = TypeVar("R")


def as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Argument:
    """A kind of argument: what it is in words, with an example, and whether a value is one.

    `plain` makes of a value of a class of the user's what goes in: a text, list, dictionary or
    number of Python's own, which answers what it is asked.
    """

    words: str
    holds: Callable[[Any], bool]
    optional: bool = False
    plain: Callable[[Any], Any] = as_it_is

    @property
    def or_none(self) -> Argument:
        """The same, or None."""
        return replace(self, optional=True)

    def __or__(self, other: Argument) -> Argument:
        """One of two kinds."""
        return Argument(
            f"{self.words}, or {other.words}",
            lambda v: self.holds(v) or other.holds(v),
            self.optional or other.optional,
            lambda v: self.plain(v) if self.holds(v) else other.plain(v),
        )

    def check(self, function: str, name: str, value: Any) -> Any:
        """The value as it goes in; raises InputError unless it is of this kind."""
        if value is None and self.optional:
            return None
        # Whatever it raises: the answers are those of the user's own class, but for a stack that
        # is full, of which the value says nothing.
        try:
            if value is not None and self.holds(value):
                return self.plain(value)
        except RecursionError as error:
            if (full := too_deep(error)) is not None:
                raise full from error
        except Exception:
            pass
        none = ", or None" if self.optional else ""
        raise InputError(
            f"{function} takes {name} as {self.words}{none}; {quote(_shown(value))} is none."
        )


def _shown(value: Any) -> str:
    """The value as it was typed; of what has no short text, its type."""
    if type(value) is str:
        return value
    # An object may say itself what class it is, and fail at it.
    if issubclass(type(value), int | float | complex | list | tuple | dict | bytes):
        return shown(value)
    return f"of type {type(value).__name__}"


def is_text(value: Any) -> bool:
    """A text that can be written to a file: half of a character (a lone surrogate) cannot."""
    if not isinstance(value, str):
        return False
    return not any("\ud800" <= c <= "\udfff" for c in str.__str__(value))


def is_askable(value: Any) -> bool:
    """Whether it says of what class it is; a text is one that can be written to a file."""
    return not isinstance(value, str) or is_text(value)


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
        and type(value).__name__ != "bool_"  # the lowest NumPy's is an index
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


# -- the plain value ------------------------------------------------------------------------------


def plain_text(value: Any) -> Any:
    return value if type(value) is str else str.__str__(value)


def plain_list(value: Any) -> Any:
    """A list of Python's own; of what has no end, more items than anything takes."""
    if type(value) in (list, tuple) or hasattr(value, "dtype"):
        return value
    return [*islice(value, ENDLESS)]


ENDLESS = 100_000


def plain_names(value: Any) -> Any:
    if type(value) in (list, tuple) and all(type(v) is str for v in value):
        return value
    return [*map(plain_text, value)]


def plain_table(value: Any) -> Any:
    """By name, a dictionary of Python's own; what is one already stays."""
    if type(value) is dict and all(type(k) is str for k in value):
        return value
    return {plain_text(k): value[k] for k in value}


def plain_texts(value: Any) -> Any:
    if type(value) is dict and all(type(t) is str for pair in value.items() for t in pair):
        return value
    return {plain_text(k): plain_text(value[k]) for k in value}


def plain_tables(value: Any) -> Any:
    if type(value) is dict and all(type(t) is dict for t in value.values()):
        return value
    return {plain_text(k): dict(value[k]) for k in value}


def plain_place(value: Any) -> Any:
    return value if isinstance(value, Path) else plain_text(os.fspath(value))


def plain_whole(value: Any) -> Any:
    return value if type(value) is int or hasattr(value, "dtype") else int(index(value))


def plain_number(value: Any) -> Any:
    """A number of a class of the user's as a float; those of Python, NumPy and sympy stay."""
    if type(value) in (int, float) or hasattr(value, "dtype"):
        return value
    number = float(value)
    return value if type(value).__module__ in NUMBERED else number


# Modules whose numbers are exact, or answer as Python's own do.
NUMBERED = {"fractions", "decimal", "sympy.core.numbers", "mpmath.ctx_mp_python"}


TEXT = Argument("a text", is_text, plain=plain_text)
# what cannot be read in it is told
DOCUMENT = Argument("a text", lambda v: isinstance(v, str), plain=plain_text)
WHOLE = Argument("a whole number", is_whole, plain=plain_whole)
NATURAL = Argument(
    "a whole number from 0 on", lambda v: is_whole(v) and index(v) >= 0, plain=plain_whole
)
NUMBER = Argument("a number", is_number, plain=plain_number)
SWITCH = Argument("True or False", lambda v: isinstance(v, bool) or type(v).__name__ == "bool_")
TABLE = Argument('a dictionary by name, such as {"a": 1}', is_table, plain=plain_table)
DIRECTION = Argument(
    "a dictionary with a number or an array for every parameter", is_table, plain=plain_table
)
TEXTS = Argument(
    'a dictionary of texts by name, such as {"y": "(0, 1)"}',
    lambda v: is_table(v) and all(map(is_text, v.values())),
    plain=plain_texts,
)
TABLES = Argument(
    'a dictionary of dictionaries by name, such as {"relu": {0: 0}}',
    lambda v: is_table(v) and all(isinstance(t, Mapping) for t in v.values()),
    plain=plain_tables,
)
NAMES = Argument('a list of names, such as ["w", "b"]', is_list_of_names, plain=plain_names)
NOTATION = Argument(
    'the name of a style or a table from names to LaTeX, such as {"lam": r"\\lambda"}',
    lambda v: is_text(v) or is_table(v) or type(v).__name__ == "Notation",
).or_none
# How many it may be is said further in; a whole number of the user's own class becomes one.
COUNT = Argument("a whole number", is_askable, plain=lambda v: plain_whole(v) if is_whole(v) else v)
ORDER = Argument("a whole number", is_askable, plain=lambda v: int(index(v)) if is_whole(v) else v)
# What a formula may be is said where it is read; a text of the user's own class becomes a text.
FORMULA = Argument("a formula", is_askable, plain=lambda v: plain_text(v) if is_text(v) else v)
FUNCTION = Argument("a function", callable)
PLACE = Argument("a path", lambda v: isinstance(os.fspath(v), str), plain=plain_place)
LIST = Argument("a list", is_list, plain=plain_list)


def _full(label: str, given: dict[str, Any], error: RecursionError) -> SymgdError | None:
    """The sentence for a stack that is full: of lists within lists, or of the calls below."""
    try:
        return refusal(label, given, error) or too_deep(error)
    except RecursionError:  # no room to ask either
        return too_deep(error)


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
            given: dict[str, Any] = {}
            try:
                try:
                    bound = signature.bind(*args, **named)
                except TypeError:
                    return function(*args, **named)  # Python's own words for a stray argument
                given = bound.arguments
                plain = {
                    name: kind.check(label, name, given[name])
                    for name, kind in kinds.items()
                    if name in given
                }
                if all(plain[name] is given[name] for name in plain):
                    return function(*args, **named)
                bound.arguments.update(plain)
                return function(*bound.args, **bound.kwargs)
            except RecursionError as error:
                told = _full(label, given, error)
                if told is None:
                    raise
                raise told from error
            except Exception as error:
                told = refusal(label, given, error)
                if told is None:
                    raise
                raise told from error

        return asked

    return asking
