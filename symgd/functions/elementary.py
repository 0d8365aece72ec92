"""The functions that every formula knows: one row each.

A row builds its node with evaluation off, and says how large its number can be (`size`). A row
with a `head` is an elementary function, and keeps its name even where a catalogue has the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.functions import growth as size
from symgd.functions.growth import Growth
from symgd.trees.scalars import MINUS_ONE, ONE, Expr, add, function, power, sqrt


@dataclass(frozen=True, slots=True)
class Elementary:
    """name(args), between `least` and `most` of them (None: any number)."""

    build: Callable[..., Expr]
    size: Growth
    least: int = 1
    most: int | None = 1
    head: bool = True


def _head(head: Any, growth: Growth, least: int = 1, most: int | None = 1) -> Elementary:
    return Elementary(lambda *u: function(head, *u), growth, least, most)


def _made(build: Callable[..., Expr], growth: Growth, arity: int = 1) -> Elementary:
    return Elementary(build, growth, arity, arity, head=False)


def _log1p(u: Expr) -> Expr:
    """ln(1 + u)."""
    return function(sp.log, add(ONE, u))


def _expm1(u: Expr) -> Expr:
    """e^u - 1."""
    return add(function(sp.exp, u), MINUS_ONE)


def _clip(u: Expr, low: Expr, high: Expr) -> Expr:
    """min(max(low, u), high)."""
    return function(sp.Min, function(sp.Max, low, u), high)


def _square(u: size.Size) -> size.Size:
    return size.to_the(u, size.number(Fraction(2)))


#   name       head or builder               how large
ELEMENTARY = {
    "exp": _head(sp.exp, size.exponential),
    "log": _head(sp.log, size.logarithm),
    "ln": _head(sp.log, size.logarithm),
    "sqrt": Elementary(sqrt, size.root),
    "sin": _head(sp.sin, size.one),
    "cos": _head(sp.cos, size.one),
    "tan": _head(sp.tan, size.one),
    "cot": _head(sp.cot, size.one),
    "sec": _head(sp.sec, size.one),
    "csc": _head(sp.csc, size.one),
    "asin": _head(sp.asin, size.one),
    "acos": _head(sp.acos, size.one),
    "atan": _head(sp.atan, size.one),
    "arcsin": _head(sp.asin, size.one),
    "arccos": _head(sp.acos, size.one),
    "arctan": _head(sp.atan, size.one),
    "sinh": _head(sp.sinh, size.exponential),
    "cosh": _head(sp.cosh, size.exponential),
    "tanh": _head(sp.tanh, size.one),
    "coth": _head(sp.coth, size.one),
    "asinh": _head(sp.asinh, size.logarithm),
    "acosh": _head(sp.acosh, size.logarithm),
    "atanh": _head(sp.atanh, size.one),
    "arcsinh": _head(sp.asinh, size.logarithm),
    "arccosh": _head(sp.acosh, size.logarithm),
    "arctanh": _head(sp.atanh, size.one),
    "abs": _head(sp.Abs, size.widest),
    "sign": _head(sp.sign, size.one),
    "sgn": _head(sp.sign, size.one),
    "min": _head(sp.Min, size.widest, 2, None),
    "max": _head(sp.Max, size.widest, 2, None),
    "erf": _head(sp.erf, size.one),
    "erfc": _head(sp.erfc, size.one),
    "log1p": _made(_log1p, size.logarithm),
    "expm1": _made(_expm1, size.exponential),
    "square": _made(lambda u: power(u, sp.Integer(2)), _square),
    "clip": _made(_clip, size.widest, 3),
}

# The rows of the catalogue that are functions of sympy themselves: word → head.
NAMED_HEADS: dict[str, Any] = {
    "tanh": sp.tanh,
    "sin": sp.sin,
    "cos": sp.cos,
    "exp": sp.exp,
    "arctan": sp.atan,
    "atan": sp.atan,
    "abs": sp.Abs,
}

# heads that are not functions to the reader: they take conditions, names or functions
CONDITIONAL = ("where", "cases", "indicator")
DERIVATIVE = ("D", "P", "Prime")
