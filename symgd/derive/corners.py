"""Corners: those that are declared, with their convention, and those that a formula has.

A row of the catalogue names its corners, and each is a line of its own, with a case where the form
says otherwise. For any other formula they are inferred: zeros of |u|, ties of max, borders of
cases. At a place that can be solved for, the value taken is what the rules' conventions left in the
form; a place where the slopes from both sides agree is no corner. A border that is not linear in
the variable is shown as the equation that it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, tidy
from symgd.derive.detail import Line
from symgd.errors import ModelError
from symgd.language.formulas.printer import plain
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph, Kink
from symgd.trees.scalars import ZERO, Expr, piecewise, rebuild, replace_all, walk
from symgd.verify.evaluate import evaluate
from symgd.verify.limits import points_at, solution

# What a quotient of third order loses over a step leaves digits enough.
DIGITS = 60
STEP, TOLERANCE = mp.mpf(10) ** -11, mp.mpf(10) ** -8


def conventions(
    graph: Graph,
    whole: Expr,
    t: sp.Symbol,
    kinks: tuple[Kink, ...],
    domains: Mapping[sp.Symbol, Domain],
) -> Iterator[Line]:
    """ "At t = place we take value", put into the form where it does not give that already."""
    for kink in kinks:
        _check_corner(graph.unfold(whole), t, kink, domains)
        if not gives(graph.unfold(whole), t, kink, domains):
            corner = (kink.value, sp.Eq(t, kink.place, evaluate=False))
            branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
            whole = piecewise(corner, *((b[0], b[1]) for b in branches))
        yield Line(
            "limit" if kink.removable else "convention", whole, note=(t, kink.place, kink.value)
        )


def _check_corner(
    whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]
) -> None:
    """Refuse a convention where the derivative exists and is something else."""
    for point in points_at(t, kink.place, domains, whole, kink.value):
        value = evaluate(kink.value, point)
        with mp.workdps(DIGITS):
            sides = [evaluate(whole, {**point, t: point[t] + h}) for h in (STEP, -STEP)]
        exists = all(map(mp.isfinite, sides)) and abs(sides[0] - sides[1]) < TOLERANCE
        if exists and abs(sides[0] - value) > TOLERANCE:
            raise ModelError(
                f"A convention of {plain(kink.value)} was set at {t} = {plain(kink.place)}, "
                f"where the derivative exists and is {mp.nstr(sides[0], 6)}; a convention "
                "belongs to a corner."
            )


def gives(whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the form has the value of the convention at the kink, at random parameters."""
    for point in points_at(t, kink.place, domains, whole, kink.value):
        difference = evaluate(whole, point) - evaluate(kink.value, point)
        if not mp.almosteq(difference, 0, abs_eps=TOLERANCE):
            return False
    return True


# -- corners inferred from the formula ------------------------------------------------------------


def inferred_corners(
    graph: Graph, body: Expr, whole: Expr, t: sp.Symbol, domains: Mapping[sp.Symbol, Domain]
) -> Iterator[Line]:
    """A line for each corner of the body at which the derivative, `whole`, jumps."""
    known: set[Any] = set()
    for a, b in borders(graph.unfold(body), t):
        place = solve_border(a, b, t)
        if place is None:
            note: tuple[Any, ...] = (a, b, None)
        else:
            value = value_at(graph.unfold(whole), t, place)
            note = (t, place, value) if value is not None else (a, b, None)
            if not jumps(graph.unfold(whole), t, place, domains):
                continue
        if note[:2] not in known:
            known.add(note[:2])
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


def solve_border(a: Expr, b: Expr, t: sp.Symbol) -> Expr | None:
    """The t at which a = b, if the equation is linear in it."""
    place = solution(a, b, t)
    return None if place is None else tidy(arrange(place))


def value_at(whole: Any, t: sp.Symbol, place: Expr) -> Expr | None:
    """What the form gives at t = place, if that is a plain value."""
    try:
        value = tidy(decide(replace_all(whole, {t: place})))
    except (TypeError, ValueError, ZeroDivisionError):
        # 1/0 stands in it, or a maximum of what has no value: another part of the formula ends here
        return None
    plain_value = not any(isinstance(n, sp.Piecewise | sp.sign | sp.Abs) for n in walk(value))
    numbers = value.free_symbols or mp.isfinite(evaluate(value, {}))
    return value if plain_value and numbers else None


def decide(expr: Any) -> Any:
    """Conditions and signs between numbers decided; the rest left alone."""
    if isinstance(expr, sp.Piecewise):
        for value, condition in expr.args:
            verdict = condition.doit()
            if verdict == sp.true:
                return decide(value)
            if verdict != sp.false:
                return expr
    if not expr.args:
        return expr
    return rebuild(expr, tuple(map(decide, expr.args)))


def jumps(whole: Any, t: sp.Symbol, place: Expr, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the slopes to the left and to the right of the place differ, or the place's own."""
    for point in points_at(t, place, domains, whole):
        with mp.workdps(DIGITS):
            values = [evaluate(whole, {**point, t: point[t] + k * STEP}) for k in (-1, 0, 1)]
        if not all(map(mp.isfinite, values)) or max(values) - min(values) > TOLERANCE:
            return True
    return False
