"""Rules of structure: constants, sums, factors, products, quotients."""

from __future__ import annotations

import sympy as sp

from symgd.derive.algebra.arithmetic import drop
from symgd.derive.rules.rule import Depends
from symgd.trees.scalars import ONE, ZERO, D, Expr, add, mul, neg, power, quotient, reciprocal, sub

TWO = sp.Integer(2)


def constant(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    return None if depends(f, t) else ZERO


def identity(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    return ONE if f == t else None


def linear(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    """au + c, with one name u in each term that t moves; all coefficients in one pass."""
    if not (f.is_Add or f.is_Mul):
        return None
    terms = []
    for term in f.args if f.is_Add else (f,):
        factors = term.args if term.is_Mul else (term,)
        moved = [u for u in factors if depends(u, t)]
        if not moved:
            continue
        if len(moved) > 1 or not moved[0].is_Symbol:
            return None
        [u] = moved
        opened = {u: ONE if u == t else D(u, t)}
        terms.append(drop(mul(*(opened.get(v, v) for v in factors))))
    return add(*terms)


def sum_(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Add:
        return None
    terms = []
    for u in f.args:
        minus = u.is_Mul and u.args[0] == -1
        terms.append(neg(D(mul(*u.args[1:]), t)) if minus else D(u, t))
    return add(*terms)


def negative(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if f.is_Mul and f.args[0] == -1:
        return neg(D(mul(*f.args[1:]), t))
    return None


def constant_multiple(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Mul:
        return None
    still = [u for u in f.args if not depends(u, t)]
    moved = [u for u in f.args if depends(u, t)]
    return mul(*still, D(mul(*moved), t)) if still else None


def _fraction(f: Expr, t: sp.Symbol, depends: Depends) -> tuple[Expr, Expr] | None:
    """f as u/v with v moved by t, or None."""
    parts = f.args if f.is_Mul else (f,)
    below = [p for p in parts if p.is_Pow and p.exp.is_Integer and p.exp < 0 and depends(p, t)]
    if not below:
        return None
    above = [p for p in parts if p not in below]
    return mul(*above), mul(*map(reciprocal, below))


def reciprocal_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not (f.is_Pow and f.exp == -1 and depends(f.base, t)):
        return None
    v = f.base
    return neg(quotient(D(v, t), power(v, TWO)))


def quotient_rule(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    parts = _fraction(f, t, depends) if f.is_Mul else None
    if parts is None:
        return None
    u, v = parts
    return quotient(sub(mul(D(u, t), v), mul(u, D(v, t))), power(v, TWO))


def product(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
    if not f.is_Mul:
        return None
    u, v = f.args[0], mul(*f.args[1:])
    return add(mul(D(u, t), v), mul(u, D(v, t)))
