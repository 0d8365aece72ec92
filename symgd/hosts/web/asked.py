"""What may be asked of the page's engine: a table of questions, each a table of fields.

A request is one JSON object, `{"ask": "derive", ...}`. Every field has its bounds and a usual
value; a field that there is not, another type and what is too long are refused in a sentence
before anything is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from symgd.errors import InputError, cut, did_you_mean, listing, quote
from symgd.pages.messages import LANGUAGES
from symgd.trees.styles import STYLES

LONGEST: Final = 200_000  # characters of a request, and of a document in it
MOST_NUMBERS: Final = 20_000
MOST_ROWS: Final = 2_000  # samples of a descent
MOST_MOVES: Final = 200  # lines of a learner


class FieldError(InputError):
    """A field at fault; `field` is its name."""

    def __init__(self, message: str, field: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request: its usual value, and what reads it.

    Reading returns the value, or raises InputError with a sentence that begins with the name.
    """

    usual: Any
    read: Callable[[str, Any], Any]


def text(usual: str = "", most: int = 2_000) -> Field:
    """A text of at most so many characters."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise InputError(f"{name} is a text; {_shown(value)} is none.")
        if len(value) > most:
            raise InputError(f"{name} has {len(value)} characters; at most {most} are read.")
        return value

    return Field(usual, read)


def choice(usual: str, among: Sequence[str]) -> Field:
    """One of these words."""

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in among:
            near = did_you_mean(value, among) if isinstance(value, str) else ""
            raise InputError(f"{name} is {listing(among)}; {_shown(value)} is not.{near}")
        return value

    return Field(usual, read)


def whole(usual: int, least: int, most: int) -> Field:
    """A whole number within bounds."""

    def read(name: str, value: Any) -> int:
        plain = isinstance(value, int) and not isinstance(value, bool)
        if not plain or not least <= value <= most:
            raise InputError(
                f"{name} is a whole number from {least} to {most}; {_shown(value)} is not."
            )
        return int(value)

    return Field(usual, read)


def number(usual: float) -> Field:
    """A finite number."""
    return Field(usual, _number)


def switch(usual: bool) -> Field:
    """true or false."""

    def read(name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(f"{name} is true or false; {_shown(value)} is neither.")
        return value

    return Field(usual, read)


def texts(most: int, longest: int) -> Field:
    """A list of texts."""

    def read(name: str, value: Any) -> list[str]:
        if not isinstance(value, list) or len(value) > most:
            raise InputError(f"{name} is a list of at most {most} texts; {_shown(value)} is not.")
        one = text(most=longest)
        return [one.read(f"{name}[{k}]", x) for k, x in enumerate(value)]

    return Field((), read)


def numbers() -> Field:
    """name → a number, a row of numbers, or rows of numbers."""

    def read(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InputError(f'{name} is an object such as {{"w": 0.5}}; {_shown(value)} is none.')
        pending, count = list(value.items()), 0
        while pending:
            n, x = pending.pop()
            if isinstance(x, list):
                pending += ((n, y) for y in x)
            else:
                _number(f"{name}.{cut(n, 40)}", x)
            count += 1
            if count > MOST_NUMBERS:
                raise InputError(f"{name} has more than {MOST_NUMBERS} numbers; give fewer.")
        return dict(value)

    return Field({}, read)


def _number(name: str, value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or abs(value) > 1e300 or not math.isfinite(value):
        raise InputError(f"{name} is a number; {_shown(value)} is none.")
    return float(value)


def _shown(value: Any) -> str:
    """What was given, in few words: never the whole of it."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a longer number"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return "a list" if isinstance(value, list) else "an object"


NEURON, LINES, LAYERS = "neuron", "lines", "layers"
#  field        what it is
MODEL: Final[dict[str, Field]] = {
    "model":      choice(NEURON, (NEURON, LINES, LAYERS)),
    "activation": text("sigmoid"),
    "loss":       text("quadratic"),
    "inputs":     whole(1, 1, 8),
    "constants":  text(most=500),
    "lines":      text(most=20_000),
    "parameters": text(most=1_000),
    "shapes":     text(most=4_000),
    "sizes":      text("2, 3, 1", 200),
    "notation":   choice("plain", tuple(STYLES)),
    "language":   choice("en", tuple(LANGUAGES)),
}  # fmt: skip
TOLD: Final[dict[str, Field]] = {
    "order":  whole(1, 1, 3),
    "detail": choice("textbook", ("brief", "textbook", "full")),
    "style":  choice("usual", ("usual", "chain", "backprop", "differential")),
}  # fmt: skip
#  what is asked   its fields
QUESTIONS: Final[Mapping[str, Mapping[str, Field]]] = {
    "derive":   {**MODEL, **TOLD},
    "copy":     {**MODEL, **TOLD, "as": text("latex", 40)},
    "numbers":  {**MODEL, "at": numbers(), "rate": number(0.05), "told": switch(False)},
    "descend":  {**MODEL, "at": numbers(), "rate": number(0.05), "data": numbers(),
                 "optimizers": texts(4, 200), "epochs": whole(100, 1, 2_000)},
    "check":    {"text": text(most=LONGEST), "kind": choice("txt", ("txt", "tex", "md", "ipynb")),
                 "given": text(most=10_000), "assume": text(most=4_000),
                 "language": MODEL["language"]},
    "practise": {**MODEL, "seed": whole(-1, -1, 999_999),
                 "difficulty": choice("medium", ("easy", "medium", "hard")),
                 "wrt": text(most=200), "moves": texts(MOST_MOVES, 2_000)},
    "read":     {"line": text(most=2_000)},
}  # fmt: skip


def asked(request: Any) -> tuple[str, dict[str, Any]]:
    """(what is asked, its fields with the usual values of those that are not given).

    Raises InputError; a FieldError where one field is at fault.
    """
    if not isinstance(request, dict):
        raise InputError('A request is an object such as {"ask": "derive"}.')
    question = request.get("ask")
    if not isinstance(question, str) or question not in QUESTIONS:
        raise InputError(f"ask is {listing(QUESTIONS)}; {_shown(question)} is not.")
    fields = QUESTIONS[question]
    for name in request:
        if name != "ask" and name not in fields:
            raise InputError(
                f"{question} has no {quote(name, 40)}; it has {listing(fields)}."
                f"{did_you_mean(cut(name, 40), fields)}"
            )
    found = {}
    for name, field in fields.items():
        if name not in request:
            found[name] = field.usual
            continue
        try:
            found[name] = field.read(name, request[name])
        except InputError as error:
            raise FieldError(str(error), name) from None
    return question, found


__all__ = ["LAYERS", "LINES", "LONGEST", "MODEL", "MOST_ROWS", "NEURON", "QUESTIONS", "FieldError",
           "asked"]  # fmt: skip
