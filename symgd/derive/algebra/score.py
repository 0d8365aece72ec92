"""How long an expression is to read: what a search for shorter forms minimises."""

from __future__ import annotations

from typing import Any

import sympy as sp


def score(expr: Any) -> int:
    """How long an expression is to read: its leaves, powers, functions and fractions."""
    if not expr.args:
        return 1 if not (expr.is_Rational and expr.q != 1) else 2
    own = 0
    if expr.is_Pow:
        own = 0 if expr.exp == -1 else 1
        return own + score(expr.base) + (1 if expr.exp.is_Number else score(expr.exp))
    if expr.is_Add:
        own = len(expr.args)
    elif expr.is_Mul:
        own = sum(a.is_Add for a in expr.args)
    elif isinstance(expr, sp.Function):
        own = 1
    return own + sum(score(a) for a in expr.args)
