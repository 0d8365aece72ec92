"""Comparisons: one row each, for everything that reads, writes, decides or computes them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True, slots=True)
class Relation:
    """a sign b.

    head             sympy's class
    sign             in the language of formulas, in Python, and in C
    latex, unicode   on the page
    holds            of two numbers
    signs            those of a - b for which it holds
    opposite         the sign of what holds elsewhere
    numpy            the function of numpy
    """

    head: Any
    sign: str
    latex: str
    unicode: str
    holds: Callable[[Any, Any], Any]
    signs: tuple[int, ...]
    opposite: str
    numpy: str


# fmt: off
#            head                    sign   LaTeX   text  of numbers    a - b    opposite  numpy
RELATIONS: tuple[Relation, ...] = (
    Relation(sp.StrictLessThan,    "<",  "<",     "<", operator.lt, (-1,),   ">=", "less"),
    Relation(sp.LessThan,          "<=", r"\le",  "≤", operator.le, (-1, 0), ">",  "less_equal"),
    Relation(sp.StrictGreaterThan, ">",  ">",     ">", operator.gt, (1,),    "<=", "greater"),
    Relation(sp.GreaterThan,       ">=", r"\ge",  "≥", operator.ge, (0, 1),  "<",  "greater_equal"),
    Relation(sp.Equality,          "==", "=",     "=", operator.eq, (0,),    "!=", "equal"),
    Relation(sp.Unequality,        "!=", r"\ne",  "≠", operator.ne, (-1, 1), "==", "not_equal"),
)
# fmt: on

BY_HEAD: Mapping[Any, Relation] = {r.head: r for r in RELATIONS}
BY_SIGN: Mapping[str, Relation] = {r.sign: r for r in RELATIONS}
