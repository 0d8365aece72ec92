"""Steps of one array operation each: what is computed twice is one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One step: `function` of `args`; a leaf or a number has no function and is its `text`.

    uniform   the same for every sample: a number, not an array
    truth     an array of booleans
    place     in the order in which values were made
    """

    function: str
    args: tuple[Value, ...]
    text: str
    uniform: bool
    truth: bool = False
    place: int = 0


Signed = tuple[int, Value]


class Steps:
    """The steps that are known, by their function and the values that it takes."""

    def __init__(self) -> None:
        self.count = 0
        self.known: dict[Any, Value] = {}

    def step(self, function: str, *args: Value, truth: bool = False) -> Value:
        key = (function, *map(id, args))
        if key not in self.known:
            uniform = all(a.uniform for a in args)
            self.known[key] = Value(function, args, "", uniform, truth, len(self.known))
            self.count += 1
        return self.known[key]

    def number(self, text: str) -> Value:
        key = ("number", text)
        if key not in self.known:
            self.known[key] = Value("", (), text, True)
        return self.known[key]

    def negative(self, v: Value) -> Value:
        if v.function == "multiply" and not v.args[0].function and _is_number(v.args[0].text):
            return self.step("multiply", self.number(_minus(v.args[0].text)), v.args[1])
        if not v.function and _is_number(v.text):
            return self.number(_minus(v.text))
        return self.step("negative", v)

    def difference(self, a: Value, b: Value) -> Signed:
        """a - b, or -(b - a) where that is known."""
        turned = self.known.get(("subtract", id(b), id(a)))
        return (-1, turned) if turned is not None else (1, self.step("subtract", a, b))

    def chain(self, function: str, values: list[Value]) -> Value | None:
        return self.chain_of(values, function) if values else None

    def chain_of(self, values: list[Value], function: str = "multiply") -> Value:
        first, *rest = values
        for v in rest:
            first = self.step(function, first, v)
        return first

    def raised(self, v: Value, n: int) -> Value:
        if n == 1:
            return v
        half = self.raised(v, n // 2)
        square = self.step("multiply", half, half)
        return self.step("multiply", square, v) if n % 2 else square


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or text[:1] == "-"


def _minus(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"
