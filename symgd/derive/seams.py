"""Where a formula of one's own has its corners: zeros of |u|, ties of max, borders of cases.

A row of the catalogue names its corners; for any other formula they are found here. At a place
that can be solved for, the value taken is what the rules' conventions left in the form; a place
where the slopes from both sides agree is no corner. A border that is not linear in the variable is
told as the equation that it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, tidy
from symgd.derive.corners import STEP, TOLERANCE
from symgd.derive.detail import Line
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import ZERO, Expr, rebuild, replace_all, settle, walk
from symgd.verify.evaluate import evaluate
from symgd.verify.witness import points_at


def seams(
    graph: Graph, body: Expr, whole: Expr, t: sp.Symbol, domains: Mapping[sp.Symbol, Domain]
) -> Iterator[Line]:
    """A line for each corner of the body at which the derivative, `whole`, jumps."""
    told: set[Any] = set()
    for a, b in borders(graph.unfold(body), t):
        place = solved(a, b, t)
        if place is None:
            note: tuple[Any, ...] = (a, b, None)
        else:
            value = value_at(graph.unfold(whole), t, place)
            note = (t, place, value) if value is not None else (a, b, None)
            if not jumps(graph.unfold(whole), t, place, domains):
                continue
        if note[:2] not in told:
            told.add(note[:2])
            rule = "convention" if note[2] is not None else "seam"
            yield Line(rule, whole, note=note)


def borders(body: Any, t: sp.Symbol) -> Iterator[tuple[Expr, Expr]]:
    """The equations a = b that separate the pieces of the body."""
    for node in walk(body):
        if isinstance(node, sp.Abs | sp.sign) and t in node.free_symbols:
            yield node.args[0], ZERO
        elif isinstance(node, sp.Max | sp.Min):
            yield from (p for p in combinations(node.args, 2) if t in (p[0] - p[1]).free_symbols)
        elif isinstance(node, sp.core.relational.Relational) and t in node.free_symbols:
            yield node.lhs, node.rhs


def solved(a: Expr, b: Expr, t: sp.Symbol) -> Expr | None:
    """The t at which a = b, if the equation is linear in it."""
    difference = sp.expand(settle(a) - settle(b))
    slope = sp.diff(difference, t)
    if slope == 0 or t in slope.free_symbols:
        return None
    return tidy(arrange(sp.cancel(-difference.xreplace({t: sp.S.Zero}) / slope)))


def value_at(whole: Any, t: sp.Symbol, place: Expr) -> Expr | None:
    """What the form gives at t = place, if that is a plain value."""
    try:
        value = tidy(decided(replace_all(whole, {t: place})))
    except (TypeError, ZeroDivisionError):
        return None  # 1/0 stands in it: another part of the formula ends here
    plain_value = not any(isinstance(n, sp.Piecewise | sp.sign | sp.Abs) for n in walk(value))
    numbers = value.free_symbols or mp.isfinite(evaluate(value, {}))
    return value if plain_value and numbers else None


def decided(expr: Any) -> Any:
    """Conditions and signs between numbers decided; the rest left alone."""
    if isinstance(expr, sp.Piecewise):
        for value, condition in expr.args:
            verdict = condition.doit()
            if verdict == sp.true:
                return decided(value)
            if verdict != sp.false:
                return expr
    if not expr.args:
        return expr
    return rebuild(expr, tuple(map(decided, expr.args)))


def jumps(whole: Any, t: sp.Symbol, place: Expr, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the slopes to the left and to the right of the place differ, or the place's own."""
    for point in points_at(t, place, domains, whole):
        values = [evaluate(whole, {**point, t: point[t] + k * STEP}) for k in (-1, 0, 1)]
        if not all(map(mp.isfinite, values)) or max(values) - min(values) > TOLERANCE:
            return True
    return False
