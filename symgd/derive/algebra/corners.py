"""Corners: signs, absolute values, positive parts, and the conditions of cases."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import is_negative, tidy
from symgd.derive.algebra.context import Context, parts, without
from symgd.derive.algebra.score import score
from symgd.trees.scalars import Expr, add, function, mul, neg, settle


def sign_times(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    for s in (f for f in node.args if isinstance(f, sp.sign)):
        u = s.args[0]
        size = function(sp.Abs, u)
        if size in node.args:
            return mul(*without(parts(node), s, size), u)
        if u in node.args:
            return mul(*without(parts(node), s, u), size)
    return None


def indicator(node: Expr, context: Context) -> Expr | None:
    """max(0, u)·{v if u > 0; 0} = v·max(0, u)."""
    if not node.is_Mul:
        return None
    for m in (f for f in node.args if isinstance(f, sp.Max) and f.args[0] == 0):
        for step in (f for f in node.args if isinstance(f, sp.Piecewise) and len(f.args) == 2):
            (value, condition), (other, _) = step.args
            if other == 0 and _says_positive(condition, m.args[1]):
                return mul(value, *without(parts(node), step))
    return None


def _says_positive(condition: Any, u: Expr) -> bool:
    positive = sp.StrictGreaterThan(u, 0, evaluate=False)
    return bool(condition in (positive, solved_condition(positive)))


def condition(node: Expr, context: Context) -> Expr | None:
    """1 - u > 0 is u < 1; au > bu is (a - b)u > 0, multiplied out."""
    if not isinstance(node, sp.Piecewise):
        return None
    branches = tuple((a.args[0], solved_condition(a.args[1])) for a in node.args)
    return sp.Piecewise(*branches, evaluate=False)


@lru_cache(maxsize=512)
def solved_condition(c: Any) -> Any:
    """The comparison with its terms on the side where they are positive, if that is shorter."""
    if isinstance(c, sp.And | sp.Or):
        return c.func(*map(solved_condition, c.args), evaluate=False)
    if not isinstance(c, sp.core.relational.Relational) or c.rhs.is_Symbol or c.lhs.is_Symbol:
        return c
    difference = sp.expand(settle(c.lhs) - settle(c.rhs))
    terms = [tidy(t) for t in sp.Add.make_args(difference)]
    left = add(*(t for t in terms if not is_negative(t)))
    right = add(*(neg(t) for t in terms if is_negative(t)))
    if score(left) + score(right) >= score(c.lhs) + score(c.rhs):
        return c
    if left.is_Number and not right.is_Number:
        return c.reversed.func(right, left, evaluate=False)
    return c.func(left, right, evaluate=False)


def constant_case(node: Expr, context: Context) -> Expr | None:
    """A factor moves into the cases, where all but one are numbers."""
    if not node.is_Mul:
        return None
    for f in (f for f in node.args if isinstance(f, sp.Piecewise)):
        if sum(not a.args[0].is_Number for a in f.args) <= 0 and any(
            a.args[0] == 0 for a in f.args
        ):
            rest = mul(*without(parts(node), f))
            if rest.is_Number:
                return sp.Piecewise(
                    *((tidy(mul(rest, a.args[0])), a.args[1]) for a in f.args), evaluate=False
                )
    return None
