"""Rewrites about steps: what a step leaves out is not computed where it is left out.

    v·{1 where c, else 0}        {v where c, else 0}
    1 - {a where c, else b}      {1 - a where c, else 1 - b}

A case of a loss is told over arrays as v∘step(u); where v is inf, and not wanted, 0·inf is nan.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.programs.stable import PRODUCT, SUM, Row
from symgd.programs.stable.scope import Scope, coefficient, factors, times, with_term
from symgd.trees.scalars import ONE, ZERO, Expr, piecewise


def within(e: Any, scope: Scope) -> Expr | None:
    """v·{a where c, else b} = {va where c, else vb}, where a or b is 0."""
    if not e.is_Mul:
        return None
    flat = factors(e)
    for i, f in enumerate(flat):
        if is_mask(f) and len(flat) > 1:
            rest = flat[:i] + flat[i + 1 :]
            return piecewise(*((times(v, *rest) if v != 0 else ZERO, c) for v, c in f.args))
    return None


def together(e: Any, scope: Scope) -> Expr | None:
    """{a where c, else b} ± {d where c, else e}, and beside a number, as one."""
    if not e.is_Add:
        return None
    for i, s in enumerate(e.args):
        k, f = coefficient(s)
        if not is_two(f):
            continue
        (a, condition), (b, _) = f.args
        for j, t in enumerate(e.args):
            m, g = coefficient(t)
            if j <= i and not (is_mask(f) and g == 1):
                continue
            if g == 1 and is_mask(f):
                c = d = ONE
            elif is_two(g) and g.args[0][1] == condition:
                (c, _), (d, _) = g.args
            else:
                continue
            rest = [x for n, x in enumerate(e.args) if n not in (i, j)]
            first, last = sum_of(k, a, m, c), sum_of(k, b, m, d)
            return with_term(rest, piecewise((first, condition), (last, sp.true)))
    return None


def sum_of(k: Any, a: Any, m: Any, b: Any) -> Expr:
    """ka + mb."""
    terms = [
        t for t in (times(k, a) if a != 0 else ZERO, times(m, b) if b != 0 else ZERO) if t != 0
    ]
    if all(t.is_Number for t in terms):
        return sp.Add(*terms)
    return with_term(terms[1:], terms[0])


def is_two(f: Any) -> bool:
    """{a where c, else b}."""
    return isinstance(f, sp.Piecewise) and len(f.args) == 2 and f.args[1][1] == sp.true


def is_mask(f: Any) -> bool:
    """Two cases, of which one at least is 0."""
    return is_two(f) and ZERO in (f.args[0][0], f.args[1][0])


# fmt: off
ROWS: tuple[Row, ...] = (
    Row(PRODUCT, within,   ()),
    Row(SUM,     together, ()),
)
# fmt: on
