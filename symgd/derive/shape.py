"""Shapes of definitions that decide how a derivative is told: functions of names, linear ones."""

from __future__ import annotations

from collections.abc import Collection

import sympy as sp

from symgd.functions import PRIMED
from symgd.trees.scalars import Expr, add, is_application, mul


def is_call(body: Expr) -> bool:
    """Whether the body is a function of plain names: σ(z), softplus(z, β), but not σ(2z)."""
    if not (is_application(body) or isinstance(body, tuple(PRIMED.values()))):
        return False
    plain = all(a.is_Symbol or a.is_Number for a in body.args)
    return plain and any(a.is_Symbol for a in body.args)


def terms_of(body: Expr) -> tuple[Expr, ...]:
    return body.args if body.is_Add else (body,)


def factors_of(term: Expr) -> tuple[Expr, ...]:
    return term.args if term.is_Mul else (term,)


def is_linear(body: Expr, moving: Collection[sp.Symbol]) -> bool:
    """Whether each of the moving names occurs in the terms only as a plain factor, once: wx + b."""
    names = set(moving)
    for term in terms_of(body):
        moved = [f for f in factors_of(term) if f.free_symbols & names]
        if any(f not in names for f in moved) or len(set(moved)) < len(moved):
            return False
    return True


def coefficients(body: Expr, moving: Collection[sp.Symbol]) -> dict[sp.Symbol, Expr]:
    """All the slopes of a linear definition, in one pass over its terms."""
    names = set(moving)
    out: dict[sp.Symbol, list[Expr]] = {}
    for term in terms_of(body):
        factors = factors_of(term)
        for i, a in enumerate(factors):
            if a in names:
                out.setdefault(a, []).append(mul(*factors[:i], *factors[i + 1 :]))
    return {a: add(*terms) for a, terms in out.items()}
