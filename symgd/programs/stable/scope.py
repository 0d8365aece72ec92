"""What a rewrite may know of a program: what a name stands for, and which labels are 0 or 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1
from symgd.programs.stable.terms import coefficient, exponent, factors, is_call, is_exp
from symgd.trees.scalars import Expr, function_name, is_application


@dataclass(slots=True)
class Scope:
    """What is known of the names of a program.

    known      what a name stands for
    binary     the leaves that are 0 or 1
    bounded    the leaves between -2 and 2
    final      nodes that are as they should be
    plain      what `is_plain` has found
    """

    known: dict[sp.Symbol, Expr] = field(default_factory=dict)
    binary: frozenset[sp.Symbol] = frozenset()
    bounded: frozenset[sp.Symbol] = frozenset()
    final: set[Expr] = field(default_factory=set)
    plain: dict[Any, bool] = field(default_factory=dict)

    def is_plain(self, f: Any) -> bool:
        """Whether no row about products has a use for this factor: most of a network are weights
        times outputs."""
        if f not in self.plain:
            parts = factors(self.see(f))
            self.plain[f] = not any(map(stirs, parts)) and not any(
                stirs(g) for p in parts if p.is_Add for t in p.args for g in factors(t)
            )
        return self.plain[f]

    def see(self, e: Any) -> Any:
        """Through a name, to what it stands for."""
        while e.is_Symbol and e in self.known:
            e = self.known[e]
        return e

    def opened(self, e: Any) -> Any:
        """Through a name that stands for a number times a function: yhat → 2·tanh(z)."""
        seen = self.see(e)
        return seen if is_call(coefficient(seen)[1]) else e

    def argument(self, e: Any, head: Any) -> Any:
        """The u of head(u), seen through a name; None where it is something else."""
        e = self.see(e)
        if head is sp.exp:
            return exponent(e) if is_exp(e) else None
        if isinstance(head, str):
            return e.args[0] if is_application(e) and function_name(e) == head else None
        return e.args[0] if isinstance(e, head) else None

    def scaled(self, term: Any) -> tuple[Expr, Any]:
        """term = c·core, c a number; a core that is a name of c'·f(u) is opened."""
        c, core = coefficient(term)
        inner, opened = coefficient(self.opened(core))
        return (c, core) if inner == 1 and opened is core else (sp.Mul(c, inner), opened)


def stirs(f: Any) -> bool:
    """An exponential, a sign, a number, or something that is divided by."""
    if f.is_Pow and f.base is not sp.E:
        return not f.exp.is_Number or bool(f.exp.is_negative)
    return bool(is_exp(f) or f.is_Number or isinstance(f, sp.sign)) or (
        is_application(f) and function_name(f) == EXPM1
    )
