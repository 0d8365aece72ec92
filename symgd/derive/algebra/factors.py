"""Fractions and common factors: (v + w)/v = 1 + w/v, uv + uw = u(v + w)."""

from __future__ import annotations

import sympy as sp

from symgd.derive.algebra.arithmetic import split_coefficient, tidy
from symgd.derive.algebra.context import Context, parts, without
from symgd.trees.scalars import ONE, Expr, add, mul, neg, power, reciprocal


def divide_terms(node: Expr, context: Context) -> Expr | None:
    """(v + w)/v = 1 + w/v, where v stands above as it does below."""
    if not node.is_Mul:
        return None
    for below in (f for f in node.args if f.is_Pow and f.exp.is_Number and f.exp < 0):
        v = reciprocal(below)
        for total in (f for f in node.args if f.is_Add):
            if (v.is_Pow or v.is_Add) and v in total.args and len(total.args) == 2:
                terms = [ONE if t == v else tidy(mul(t, below)) for t in total.args]
                rest = without(parts(node), below, total)
                return mul(*rest, add(*terms))
    return None


def factor_out(node: Expr, context: Context) -> Expr | None:
    """uv + uw = u(v + w), for every factor that all terms share."""
    if not node.is_Add:
        return None
    tables = [_exponents(t) for t in node.args]
    shared: list[tuple[Expr, Expr]] = []
    for base in tables[0]:
        if base.is_Number or any(base not in t for t in tables):
            continue
        exponents = [t[base] for t in tables]
        least = _least(exponents)
        if least is not None:
            shared.append((base, least))
    if not shared:
        return None
    common = [power(b, e) for b, e in shared]
    over = [reciprocal(c) for c in common]
    left = add(*(tidy(mul(t, *over)) for t in node.args))
    if len(shared) == 1 and shared[0][1] == -1 and not shared[0][0].is_Add:
        return None
    return mul(*common, left)


def _exponents(term: Expr) -> dict[Expr, Expr]:
    out: dict[Expr, Expr] = {}
    for f in split_coefficient(term)[1]:
        base, e = (f.base, f.exp) if f.is_Pow and f.base is not sp.E else (f, ONE)
        out[base] = tidy(add(out[base], e)) if base in out else e
    return out


def _least(exponents: list[Expr]) -> Expr | None:
    """The smallest of exponents that differ by whole numbers, or None where none is smallest."""
    least = exponents[0]
    for e in exponents[1:]:
        difference = tidy(add(e, neg(least)))
        if not difference.is_Integer:
            if e.is_Number and least.is_Number and e > 0 and least > 0:
                least = min(e, least)
                continue
            return None
        if difference < 0:
            least = e
    return least
