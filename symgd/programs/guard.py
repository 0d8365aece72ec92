"""Cases without false alarms: no branch that is not taken raises a flag of the processor.

On arrays both branches of a case are computed, and log(z) where z > 0 would be invalid at every
other z. A call that can fail is given a harmless argument wherever its branch is not taken; for
that it must stand in the branch, so a line that only branches use is put back into them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd.functions import View
from symgd.functions.primitives import PRIMITIVES
from symgd.programs.program import Assignment, Program
from symgd.trees.scalars import function_name, is_application, replace_all, walk

# head      an argument at which it cannot fail
SAFE: Mapping[Any, str] = View(
    lambda t: (
        {r.head: r.safe for r in t.elementary if r.safe}
        | {p.name: p.safe for p in PRIMITIVES if p.safe}
    )
)
ONE = "1.0"  # for what is divided by, or raised to a power


def head_of(e: Any) -> Any:
    """What the table has a call under: a name of a primitive, or sympy's class."""
    if is_application(e):
        return function_name(e)
    return sp.exp if e.is_Pow and e.base is sp.E else e.func


def can_fail(e: Any) -> bool:
    """Whether a call, a quotient or a power in the expression may raise a flag."""
    return any(
        head_of(n) in SAFE or (n.is_Pow and not (n.exp.is_Integer and n.exp > 0)) for n in walk(e)
    )


def with_branches_guarded(made: Program) -> Program:
    """The same program, in which lines that can fail and serve branches alone stand in them."""
    exprs = [line.expr for line in made.lines]
    if not any(isinstance(n, sp.Piecewise) for e in (*exprs, *made.results) for n in walk(e)):
        return made
    wanted = _always_needed(made)
    inside: dict[Any, Any] = {}

    def put(e: Any) -> Any:
        return replace_all(e, inside) if inside else e

    def kept(lines: Iterable[Assignment]) -> tuple[Assignment, ...]:
        out = []
        for line in lines:
            expr = put(line.expr)
            if line.name not in wanted and can_fail(expr):
                inside[line.name] = expr
            else:
                out.append(Assignment(line.name, expr))
        return tuple(out)

    forward, backward = kept(made.forward), kept(made.backward)
    tables = (
        {k: put(e) for k, e in t.items()} for t in (made.gradient, made.hessian, made.product)
    )
    gradient, hessian, product = tables
    return replace(
        made,
        forward=forward,
        backward=backward,
        gradient=gradient,
        hessian=hessian,
        product=product,
    )


def _always_needed(made: Program) -> set[Any]:
    """The names that are needed whichever branch is taken."""
    wanted = {made.value, *(s for e in made.results for s in outside(e))}
    for line in reversed(made.lines):
        if line.name in wanted:
            wanted |= outside(line.expr)
    return wanted


def outside(e: Any) -> set[Any]:
    """The symbols of an expression that do not stand in a branch alone."""
    if isinstance(e, sp.Piecewise):
        return {s for branch in e.args for s in outside(branch.args[1])}
    if e.is_Symbol:
        return {e}
    return {s for a in e.args for s in outside(a)}


__all__ = ["ONE", "SAFE", "can_fail", "head_of", "outside", "with_branches_guarded"]
