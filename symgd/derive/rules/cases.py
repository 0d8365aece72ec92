"""Corners and cases, and functions of which the derivative is a name: max, min, cases, g."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.derive.rules.rule import Depends, Rewrite
from symgd.trees.scalars import (
    HALF,
    ZERO,
    D,
    Expr,
    Prime,
    add,
    function,
    is_application,
    mul,
    piecewise,
)


def extremum(head: Any, wins: Any) -> Rewrite:
    """max(a, b)' is the derivative of the branch that wins."""

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not isinstance(f, head):
            return None
        a, b = f.args[0], f.args[1] if len(f.args) == 2 else function(head, *f.args[1:])
        if not depends(b, t):
            a, b = b, a
        if not depends(a, t):
            return piecewise((D(b, t), wins(b, a, evaluate=False)), (ZERO, sp.true))
        mean = mul(HALF, add(D(a, t), D(b, t)))
        a_wins, b_wins = wins(a, b, evaluate=False), wins(b, a, evaluate=False)
        return piecewise((D(a, t), a_wins), (D(b, t), b_wins), (mean, sp.true))

    return rewrite


def cases(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not isinstance(f, sp.Piecewise):
        return None
    return piecewise(*((D(branch.args[0], t), branch.args[1]) for branch in f.args))


def prime(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """g(x)' = g'(x), where x itself is the only argument that moves."""
    out = named(f, t, depends)
    return out if isinstance(out, Prime) and not isinstance(f, Prime) else None


def named(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """g(u, c)' = Σᵢ gᵢ'(u, c)·uᵢ'; also for g'(u, c) itself."""
    if isinstance(f, Prime):
        g, indices = f.args[0], f.args[1:]
    elif is_application(f):
        g, indices = f, ()
    else:
        return None
    terms = []
    for i, u in enumerate(g.args):
        if depends(u, t):
            inner = () if u == t else (D(u, t),)
            terms.append(mul(Prime(g, *sorted((*indices, sp.Integer(i)), key=int)), *inner))
    return add(*terms)
