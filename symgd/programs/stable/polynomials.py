"""Polynomials in σ(u) or tanh(u), in factors."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.functions.primitives import SECH2, SIGMOID
from symgd.programs.stable.scope import Scope
from symgd.programs.stable.terms import coefficient, split, times
from symgd.trees.scalars import ONE, Expr, add, applied, power


def factored(e: Any, scope: Scope) -> Expr | None:
    """A polynomial in σ(u) or tanh(u) with numbers before it, in factors: 2s² - 3s + 1 is
    (1 - s)(1 - 2s)."""
    if not e.is_Add or len(e.args) < 2:
        return None
    s: Any = None
    t = sp.Dummy("t")
    total: Any = sp.S.Zero
    degrees: set[int] = set()
    for term in e.args:
        c, core = coefficient(term)
        if core == 1:
            total, degrees = total + c, degrees | {0}
            continue
        base, n = split(core)
        seen = scope.see(base)
        call = seen if scope.argument(seen, SIGMOID) is not None else None
        if call is None and scope.argument(seen, sp.tanh) is not None:
            call = seen
        if call is None or (s is not None and call != s) or not n.is_Integer or n < 1:
            return None
        s, total, degrees = call, total + c * t**n, degrees | {int(n)}
    if s is None or len(degrees) < 2 or max(degrees) < 2 or not total.is_polynomial(t):
        return None
    out = []
    if isinstance(s, sp.tanh):
        while sp.rem(total, 1 - t**2, t) == 0:
            total = sp.quo(total, 1 - t**2, t)
            out.append(applied(SECH2, s.args[0]))
    number, found = sp.factor_list(total, t)
    if not out and len(found) == 1 and found[0][1] == 1:
        return None
    for poly, n in found:
        terms = sp.Poly(poly, t).terms()
        body = [times(c, power(s, sp.Integer(k)) if k else ONE) for (k,), c in reversed(terms)]
        out.append(power(add(*body), sp.Integer(n)))
    return times(number, *out)
