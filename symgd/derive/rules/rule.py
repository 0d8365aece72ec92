"""What a rule is: one row, an equation D(f, t) = ..."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from symgd.trees.scalars import Expr

Depends = Callable[[Expr, sp.Symbol], bool]
Rewrite = Callable[[Expr, sp.Symbol, Depends], Expr | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """An equation D(f, t) = ...

    id         frozen: what readers of the JSON and translations key on
    name       "product rule"
    equation   LaTeX of the schema
    because    one plain sentence
    examples   formulas in x (and y, a constant); each is a test
    rewrite    (f, t, depends) → the right side, or None
    trivial    whether a textbook does it in passing, on the line of the rule before it
    """

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite
    trivial: bool = False


def mentions(f: Expr, t: sp.Symbol) -> bool:
    """Whether t occurs in f: what `depends` is where names stand for themselves."""
    return t in f.free_symbols
