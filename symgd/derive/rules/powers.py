"""Rules of powers: roots, constant exponents, constant bases, and both moving."""

from __future__ import annotations

import sympy as sp

from symgd.derive.rules.rule import Depends
from symgd.trees.scalars import HALF, ONE, D, Expr, add, log, mul, power, quotient, sqrt, sub

TWO = sp.Integer(2)


def square_root(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not (f.is_Pow and f.exp == HALF):
        return None
    return quotient(D(f.base, t), mul(TWO, sqrt(f.base)))


def power_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or depends(f.exp, t):
        return None
    u, n = f.base, f.exp
    lowered = n - 1 if n.is_Number else sub(n, ONE)
    inner = () if u == t else (D(u, t),)
    return mul(n, power(u, lowered), *inner)


def exponential(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or depends(f.base, t) or f.base is sp.E:
        return None
    return mul(f, log(f.base), D(f.exp, t))


def general_power(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Pow or f.base is sp.E:
        return None
    u, v = f.base, f.exp
    return mul(f, add(mul(D(v, t), log(u)), quotient(mul(v, D(u, t)), u)))
