"""Textbook order for what sympy hands back: a held tree, terms and factors as a reader expects."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import is_negative, split_coefficient, tidy
from symgd.trees.scalars import ONE, Held, add, mul, neg, power, rebuild, walk


@lru_cache(maxsize=1024)
def arrange(expr: Any) -> Any:
    """A sympy expression as a held tree in the order in which a textbook writes it."""
    if not expr.args or isinstance(expr, Held):
        return expr
    args = [arrange(a) for a in expr.args]
    if expr.is_Add:
        return add(*_term_order(args))
    if expr.is_Mul:
        return tidy(mul(*_factor_order(args)))
    if expr.is_Pow:
        return power(*args) if expr.base is not sp.E else sp.exp(args[1], evaluate=False)
    return rebuild(expr, tuple(args))


def _term_order(terms: list[Any]) -> list[Any]:
    """A constant first where a minus sign or an exponential follows it; else powers descend."""
    plus = sorted((t for t in terms if not is_negative(t)), key=_term_key)
    minus = sorted((t for t in terms if is_negative(t)), key=_term_key)
    if minus or any(isinstance(n, sp.exp) for t in terms for n in walk(t)):
        plus.sort(key=lambda t: not t.is_Number)
    return [*plus, *minus]


def _term_key(term: Any) -> tuple[Any, ...]:
    _, factors = split_coefficient(term)
    degree = sum(int(f.exp) if f.is_Pow and f.exp.is_Integer else 1 for f in factors)
    return (not factors, -degree, str(term))


def _factor_order(factors: list[Any]) -> list[Any]:
    """Numbers, names, functions, sums; a difference from a constant as (1 - u), signs in front."""
    sign = 1
    out = []
    for f in factors:
        base, e = (f.base, f.exp) if f.is_Pow and f.base is not sp.E else (f, ONE)
        if base.is_Add and e.is_Integer and _wants_flip(base):
            sign = -sign if e % 2 else sign
            f = power(add(*_term_order([neg(t) for t in base.args])), e)
        out.append(f)
    out.sort(key=_factor_key)
    return [sp.Integer(sign), *out] if sign < 0 else out


def _wants_flip(total: Any) -> bool:
    """ŷ - 1 → -(1 - ŷ): a negative number beside positive terms, or more minus signs than plus."""
    if 2 * sum(map(is_negative, total.args)) > len(total.args):
        return True
    numbers = [t for t in total.args if t.is_Number]
    return bool(
        numbers
        and numbers[0] < 0
        and all(not is_negative(t) for t in total.args if not t.is_Number)
    )


def _factor_key(f: Any) -> tuple[Any, ...]:
    base = f.base if f.is_Pow and f.base is not sp.E else f
    kinds = (
        base.is_Number,
        base.is_Symbol,
        isinstance(base, Held),
        isinstance(base, sp.Function),
        True,
    )
    return (kinds.index(True), base.is_Add and len(base.args), str(f))
