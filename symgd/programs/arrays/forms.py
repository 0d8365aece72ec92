"""What an expression is to the planner: a quotient, a mask, two cases; and one as a program."""

from __future__ import annotations

from itertools import count
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1
from symgd.programs.guard import head_of
from symgd.programs.lowering import Shared
from symgd.programs.program import Assignment, Program
from symgd.trees.graph import Graph
from symgd.trees.scalars import ONE, ZERO, Expr, mul, piecewise, walk


def program_of(first: Expr, *others: Expr) -> Program:
    """The values of expressions as a program of scalars."""
    value = sp.Symbol("value", real=True)
    fresh = (sp.Symbol(f"s{i}", real=True) for i in count())
    shared = Shared([first, *others], lambda: next(fresh))
    lines = shared.line(value, first)
    results = {}
    for i, e in enumerate(others):
        results[sp.Symbol(f"r{i}", real=True)] = shared(e)
        lines += shared.take()
    graph = Graph({value: sp.Add(first, *others, evaluate=False)}, ())
    return Program(graph, tuple(Assignment(*x) for x in lines), (), value, results)


def divides(f: Any) -> bool:
    return bool(f.is_Pow and f.base is not sp.E and f.exp.is_Rational and f.exp < 0)


def inverse(f: Any) -> Any:
    return f.base if f.exp == -1 else sp.Pow(f.base, -f.exp, evaluate=False)


def has_division(e: Any) -> bool:
    return any(map(divides, walk(e)))


def is_root(e: Any) -> bool:
    """A power for which Python's floats may leave the reals."""
    return bool(e.is_Pow and not e.exp.is_Integer and e.exp != sp.S.Half)


def signed(t: Any) -> tuple[bool, Any]:
    """-u → (True, u)."""
    if t.is_Rational and t < 0:
        return True, -t
    if t.is_Mul and t.args[0].is_Rational and t.args[0] < 0:
        c, rest = -t.args[0], t.args[1:]
        return True, mul(*rest) if c == 1 else mul(c, *rest)
    return False, t


def mask_of(e: Any) -> tuple[Any, Any] | None:
    """The v and u of {v where u > 0, else 0}."""
    if isinstance(e, sp.Piecewise) and len(e.args) == 2:
        (a, condition), (b, last) = e.args
        above = isinstance(condition, sp.StrictGreaterThan) and condition.args[1] == 0
        if b == 0 and last == sp.true and above:
            return a, condition.args[0]
    return None


def above_zero(s: sp.Symbol) -> Expr:
    """{s where s > 0, else 1}: a norm that something is divided by that is 0 where it is."""
    return piecewise((s, sp.StrictGreaterThan(s, ZERO, evaluate=False)), (ONE, sp.true))


def is_above_zero(e: Any) -> bool:
    return isinstance(e, sp.Piecewise) and e.args[0][0].is_Symbol and e == above_zero(e.args[0][0])


def is_either(e: Any) -> bool:
    """A mask, or the two forms of a share less a label."""
    if not isinstance(e, sp.Piecewise):
        return False
    (_, condition), *rest = e.args
    return mask_of(e) is not None or (
        len(rest) == 1
        and isinstance(condition, sp.StrictGreaterThan)
        and any(head_of(n) == EXPM1 for n in walk(e))
        and all(s.is_Symbol or s.is_Number for s in condition.args)
    )


def branches(e: Any) -> list[Any]:
    return [b for branch in e.args for b in (branch.args[0], *branch.args[1].args)]
