"""Corners: those that are declared, with their convention, and those that a formula has.

A row of the catalogue names its corners, and each is a line of its own, with a case where the form
says otherwise. For any other formula they are inferred: zeros of |u|, ties of max, borders of
cases. At a place that can be solved for, the value taken is what the rules' conventions left in the
form; where the slopes from both sides agree the derivative is what they are, and the form says so
where the rules' conventions left something else: max(0, z) + min(0, e^z - 1) has the slope 1 at 0.
A border that cannot be solved for the variable is shown as the equation that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import combinations
from typing import Any, Final

import mpmath as mp
import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, tidy
from symgd.derive.detail import Line
from symgd.errors import ModelError
from symgd.language.formulas.printer import plain
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph, Kink
from symgd.trees.scalars import (
    ZERO,
    Expr,
    distinct,
    expanded,
    letters_in,
    neg,
    once_each,
    piecewise,
    rebuild,
    replace_all,
    settle,
    sub,
    walk,
)
from symgd.verify.evaluate import evaluate, evaluating
from symgd.verify.limits import TRIES, points_at, solution

# So near that a slope of 10⁸ has come to its limit; what a quotient of third order loses over a
# step leaves digits enough.
DIGITS = 200
STEP, TOLERANCE, FAINT = mp.mpf(10) ** -40, mp.mpf(10) ** -8, mp.mpf(10) ** -10


def conventions(
    graph: Graph,
    whole: Expr,
    t: sp.Symbol,
    kinks: tuple[Kink, ...],
    domains: Mapping[sp.Symbol, Domain],
) -> Iterator[Line]:
    """ "At t = place we take value", put into the form where it does not give that already."""
    for kink in kinks:
        exists = _exists_at(graph.unfold(whole), t, kink, domains)
        if not gives(graph.unfold(whole), t, kink, domains):
            corner = (kink.value, sp.Eq(t, kink.place, evaluate=False))
            branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
            whole = piecewise(corner, *((b[0], b[1]) for b in branches))
        rule = "limit" if kink.removable or exists else "convention"
        yield Line(rule, whole, note=(t, kink.place, kink.value))


def _exists_at(whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the derivative exists at the kink, and the formula alone says otherwise; refuses a
    convention where it is something else, and where there is no kink at all."""
    found = []
    for point in points_at(t, kink.place, domains, whole, kink.value):
        value = evaluate(kink.value, point)
        with mp.workdps(DIGITS):
            sides = [evaluate(whole, {**point, t: point[t] + h}) for h in (STEP, -STEP)]
            here = evaluate(whole, point)
        exists = are_one(*sides)
        is_right = are_one(sides[0], value)
        # Where the formula alone has a seam, the value of the derivative may be said.
        is_smooth = are_one(here, sides[0])
        if exists and not (is_right and not (is_smooth and kink.declared)):
            raise ModelError(
                f"A convention of {plain(kink.value)} was set at {t} = {plain(kink.place)}, "
                f"where the derivative exists and is "
                f"{mp.nstr(here if is_smooth else sides[0], 6)}; a convention belongs to a corner."
            )
        found.append(exists)
    return all(found)


def gives(whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the form has the value of the convention at the kink, at random parameters."""
    for point in points_at(t, kink.place, domains, whole, kink.value):
        if not are_one(evaluate(whole, point), evaluate(kink.value, point)):
            return False
    return True


def are_one(*values: Any) -> bool:
    """Whether numbers are finite and the same, but for what a step changes."""
    if not all(map(mp.isfinite, values)):
        return False
    size = max(map(abs, values))
    return bool(max(values) - min(values) <= TOLERANCE * size + FAINT)


# -- corners inferred from the formula ------------------------------------------------------------


def inferred_corners(
    graph: Graph,
    body: Expr,
    whole: Expr,
    t: sp.Symbol,
    domains: Mapping[sp.Symbol, Domain],
    told: Collection[Expr] = (),
) -> Iterator[Line]:
    """A line for each corner of the body at which the derivative, `whole`, jumps, and which is not
    among those that are told."""
    known: set[Any] = set()
    unfolded = graph.unfold(whole)
    for a, b in dict.fromkeys(borders(graph.unfold(body), t)):
        place = solve_border(a, b, t)
        if place in told:
            continue
        if place is None:
            places = two_places(a, b, t)
            if places and not any(jumps(unfolded, t, p, domains) for p in places):
                continue
            note: tuple[Any, ...] = (a, b, None)
        else:
            if not jumps(unfolded, t, place, domains):
                continue
            value = value_at(unfolded, t, place)
            note = (t, place, value) if value is not None else (a, b, None)
            smooth = from_both_sides(graph, body, whole, t, place, domains)
            if smooth is not None:
                whole, value = smooth
                unfolded = graph.unfold(whole)
                yield Line("limit", whole, note=(t, place, value))
                continue
        if note[:2] not in known:
            known.add(note[:2])
            rule = "convention" if note[2] is not None else "seam"
            yield Line(rule, whole, note=note)


def from_both_sides(
    graph: Graph,
    body: Expr,
    whole: Expr,
    t: sp.Symbol,
    place: Expr,
    domains: Mapping[sp.Symbol, Domain],
) -> tuple[Expr, Expr] | None:
    """The derivative that has at the place the value which it tends to from both sides, and that
    value; None where the sides differ, and where no formula of the value is found.

    Of a formula with no other border it is {right if t ≥ place; left otherwise}.
    """
    unfolded, formula = graph.unfold(whole), graph.unfold(body)
    points = [*points_at(t, place, domains, unfolded, formula, count=TRIES)]
    slopes: list[Any] = []
    for point in points:
        slopes.append(_limit_at(formula, unfolded, t, point))
        if slopes[-1] is None:
            return None
    sided: list[dict[Any, None]] = [{}, {}]
    for point in points:
        with mp.workdps(DIGITS):
            for side, found in zip((1, -1), sided, strict=True):
                found[on_side(whole, {**point, t: point[t] + side * STEP}, graph.unfold)] = None
    forms = {form: value_at(graph.unfold(form), t, place)
             for found in sided for form in found if form is not None}  # fmt: skip
    fitting = {form: value for form, value in forms.items() if value is not None and all(
        are_one(evaluate(value, point), slope) for point, slope in zip(points, slopes, strict=True)
    )}  # fmt: skip
    if not fitting:
        return None
    value = next(iter(fitting.values()))
    if all(len(found) == 1 for found in sided) and all(
        solve_border(a, b, t) == place and crosses_one_way(a, b, t, domains)
        for a, b in borders(formula, t)
    ):
        right, left = (next(iter(found)) for found in sided)
        if right == left:
            return right, value
        if right is not None and left is not None:
            at_least = sp.Ge(t, place, evaluate=False)
            return piecewise((right, at_least), (left, sp.true)), value
    at_place = (value, sp.Eq(t, place, evaluate=False))
    branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
    return piecewise(at_place, *((b[0], b[1]) for b in branches)), value


def _limit_at(body: Any, whole: Any, t: sp.Symbol, point: Mapping[Any, Any]) -> Any:
    """What the slope tends to from both sides of a point; None where the sides differ, and where
    the body jumps: there nothing slopes."""
    with mp.workdps(DIGITS):
        ahead, behind = ({**point, t: point[t] + k * STEP} for k in (1, -1))
        if not are_one(*(evaluate(body, at) for at in (point, ahead, behind))):
            return None
        slopes = [evaluate(whole, at) for at in (ahead, behind)]
    return slopes[0] if are_one(*slopes) else None


def crosses_one_way(a: Expr, b: Expr, t: sp.Symbol, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether a - b rises with t whatever the other letters are, or falls whatever they are.

    hw > wz is w > 0 where h > z, and w < 0 where it is not.
    """
    _, factor, call = parts_of(settle(a) - settle(b), t)
    if type(call) in INVERSES:
        return bool(factor.is_nonzero) and crosses_one_way(call.args[0], ZERO, t, domains)
    signed = {s: sp.Dummy(positive=True) for s, d in domains.items() if d.is_above(0)}
    slope = sp.diff(factor * call, t).xreplace(signed)
    return slope.is_positive is True or slope.is_negative is True


def as_it_is(expr: Any) -> Any:
    return expr


def on_side(expr: Any, point: Mapping[Any, Any], opened: Callable[[Any], Any] = as_it_is) -> Any:
    """The expression as it stands near a point: cases and signs decided, the largest chosen; None
    where one is not. `opened` is asked for a formula in the place of functions."""
    return _Side(point, opened)(expr)


class _Side:
    """Expressions near one point, what occurs twice in them worked out once."""

    def __init__(self, point: Mapping[Any, Any], opened: Callable[[Any], Any]) -> None:
        self.opened = opened
        self.value = evaluating(point)
        self.done: dict[Any, Any] = {}

    def __call__(self, expr: Any) -> Any:
        if not expr.args:
            return expr
        if expr not in self.done:
            self.done[expr] = self.stands(expr)
        return self.done[expr]

    def stands(self, expr: Any) -> Any:
        if isinstance(expr, sp.Piecewise):
            for value, condition in expr.args:
                holds = self.holds(self.opened(condition))
                if holds is None:
                    return None
                if holds:
                    return self(value)
            return None
        if isinstance(expr, sp.sign | sp.Abs):
            value = self.value(self.opened(expr.args[0]))
            inner = self(expr.args[0])
            if inner is None or not mp.isfinite(value) or value == 0:
                return None
            above = bool(value > 0)
            return sp.Integer(1 if above else -1) if isinstance(expr, sp.sign) else (
                inner if above else neg(inner)
            )  # fmt: skip
        if isinstance(expr, sp.Max | sp.Min):
            values = [self.value(self.opened(a)) for a in expr.args]
            if not all(map(mp.isfinite, values)):
                return None
            chosen = (max if isinstance(expr, sp.Max) else min)(values)
            first = expr.args[values.index(chosen)]
            return self(first) if values.count(chosen) == 1 else None
        args = tuple(map(self, expr.args))
        return None if None in args else tidy(rebuild(expr, args))

    def holds(self, condition: Any) -> bool | None:
        """Whether a condition holds at the point; None where its sides meet there or have no
        value."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And | sp.Or):
            parts = [self.holds(c) for c in condition.args]
            decisive = isinstance(condition, sp.Or)
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        if isinstance(condition, sp.Not):
            holds = self.holds(condition.args[0])
            return None if holds is None else not holds
        left, right = map(self.value, condition.args)
        if not (mp.isfinite(left) and mp.isfinite(right)) or left == right:
            return None
        less = bool(left < right)
        return less if isinstance(condition, sp.Lt | sp.Le) else (
            not less if isinstance(condition, sp.Gt | sp.Ge) else isinstance(condition, sp.Ne)
        )  # fmt: skip


def borders(body: Any, t: sp.Symbol) -> Iterator[tuple[Expr, Expr]]:
    """The equations a = b that separate the pieces of the body."""
    for node in distinct(body):
        if isinstance(node, sp.Abs | sp.sign) and t in letters_in(node):
            yield node.args[0], ZERO
        elif isinstance(node, sp.Max | sp.Min):
            yield from (p for p in combinations(node.args, 2) if t in (p[0] - p[1]).free_symbols)
        elif isinstance(node, sp.core.relational.Relational) and t in letters_in(node):
            yield node.lhs, node.rhs


def solve_border(a: Expr, b: Expr, t: sp.Symbol) -> Expr | None:
    """The t at which a = b, if the equation is linear in it, or in one function of what is."""
    place = solution(a, b, t)
    if place is None:
        place = _solution_within(settle(a) - settle(b), t)
    return _solution_in_cases(a, b, t) if place is None else tidy(arrange(place))


def _solution_in_cases(a: Expr, b: Expr, t: sp.Symbol) -> Expr | None:
    """The t at which a = b where that is the one place at which cases of a and b meet: of
    max(0, t) + min(0, e^t - 1) = 0 each side says t = 0."""
    difference = sub(a, b)
    places = {solve_border(*border, t) for border in borders(difference, t)}
    if len(places) != 1 or None in places:
        return None
    (place,) = places
    for point in points_at(t, place, {}, difference):
        with mp.workdps(DIGITS):
            for k in (1, -1):
                side = on_side(difference, {**point, t: point[t] + k * STEP})
                if side is None or solve_border(side, ZERO, t) != place:
                    return None
    return place


def two_places(a: Expr, b: Expr, t: sp.Symbol) -> tuple[Expr, ...]:
    """The two t at which |u| = b, if u is linear in t: u = b and u = -b; else none."""
    if isinstance(b, sp.Abs):
        a, b = b, a
    if not isinstance(a, sp.Abs) or t in b.free_symbols:
        return ()
    found = [solve_border(a.args[0], side, t) for side in (b, neg(b))]
    return tuple(place for place in found if place is not None) if None not in found else ()


# function   its inverse; all of them rise
INVERSES: Final[Mapping[Any, Any]] = {
    sp.exp: sp.log, sp.log: sp.exp, sp.tanh: sp.atanh, sp.sinh: sp.asinh, sp.atan: sp.tan,
}  # fmt: skip


def _solution_within(difference: Any, t: sp.Symbol) -> Expr | None:
    """The one t at which k·f(u) + c = 0, with numbers for k and c: 0 of e^t - 1."""
    rest, factor, call = parts_of(difference, t)
    inverse = INVERSES.get(type(call))
    if inverse is None or rest.free_symbols or factor.free_symbols or len(call.args) != 1:
        return None
    value = inverse(-rest / factor)
    return solution(call.args[0], value, t) if value.is_finite and value.is_real else None


def parts_of(difference: Any, t: sp.Symbol) -> tuple[Any, Any, Any]:
    """c, k and f of the difference c + k·f(t)."""
    rest, moving = expanded(difference).as_independent(t, as_Add=True)
    return rest, *moving.as_independent(t, as_Add=False)


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


@once_each
def decide(expr: Any, of: Any) -> Any:
    """Conditions and signs between numbers decided; the rest left alone."""
    if isinstance(expr, sp.Piecewise):
        for value, condition in expr.args:
            verdict = settle(condition)
            if verdict == sp.true:
                return of(value)
            if verdict != sp.false:
                return expr
    return rebuild(expr, tuple(map(of, expr.args)))


def jumps(whole: Any, t: sp.Symbol, place: Expr, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the slopes to the left and to the right of the place differ, or the place's own."""
    for point in points_at(t, place, domains, whole):
        with mp.workdps(DIGITS):
            values = [evaluate(whole, {**point, t: point[t] + k * STEP}) for k in (-1, 0, 1)]
        if not are_one(*values):
            return True
    return False
