"""Limits: as numbers, from values nearby, and as formulas, each held against the numbers.

    {1 if x = 0; (eˣ - 1)/x otherwise}    has the slope ½ at 0, the limit of the other case's
    xⁿ ln x                               is 0 at x = 0, if n > 0

A case for one point says nothing of a slope there: a slope belongs to a neighbourhood. Where the
other case tends to the value that fills the point, the slope at the point is the limit of the
slopes beside it; where it does not there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import chain
from random import Random
from typing import Any

import mpmath as mp
import sympy as sp
from sympy.core.function import AppliedUndef

from symgd.trees.domain import REAL, Domain
from symgd.trees.scalars import Expr, expanded, letters_in, piecewise, settle
from symgd.verify.evaluate import evaluate, fraction

# Near enough that x^(1/10) is small, and digits enough for what three orders of it leave.
NEAR = (100, 120)
DIGITS = 600
# Beside a letter that is small itself, nearer by so many times its zeros: w⁴ counts beside b.
ORDERS = 4
# On a curve the letters that lead go so many times as slowly as the others: w⁹/b is large on it.
SLOWER = 10
MOST_CURVES = 16
AGREE = mp.mpf(10) ** -9
# sympy's limits of what is larger take seconds.
LARGEST = 60
# sympy's limits carry every letter along, and with several of them they take minutes.
MOST_LETTERS = 2
ENDLESS = (sp.nan, sp.zoo, sp.oo, -sp.oo)


def limit_along(
    value: Callable[[Mapping[Any, Any]], Any],
    point: Mapping[Any, Any],
    direction: Mapping[Any, Any],
) -> Any:
    """The limit of value(point) at a point, along a direction and against it.

    A side on which there is no value is left out, for a domain ends there; nan where that is both
    sides, None where there are values and no limit.
    """
    depth = depth_of(point)
    with mp.workdps(DIGITS + 3 * depth):
        values = []
        for sign in (1, -1):
            wide, narrow = (
                value(moved(point, direction, sign * mp.mpf(10) ** -(n + depth))) for n in NEAR
            )
            if mp.isinf(narrow):
                return None
            if mp.isfinite(narrow) and mp.isfinite(wide):
                if abs(wide - narrow) > AGREE * (1 + abs(narrow)):
                    return None
                vanishes = abs(narrow) < min(AGREE, abs(wide) / 2)
                values.append(mp.mpf(0) if vanishes else narrow)
        if not values:
            return mp.nan
        if abs(values[0] - values[-1]) > AGREE * (1 + abs(values[0])):
            return None
        return values[0]


def depth_of(point: Mapping[Any, Any]) -> int:
    """How many digits nearer a limit is asked for at a point than at one whose numbers are about 1:
    at w = 10⁻¹⁰⁰ and b = 0 what 10⁻¹⁰⁰ beside 0 has for w²/b is far from its end."""
    sizes = [abs(x) for x in point.values() if x != 0]
    return ORDERS * max(0, -int(mp.floor(mp.log10(min(sizes))))) if sizes else 0


def limit_at(
    value: Callable[[Mapping[Any, Any]], Any],
    point: Mapping[Any, Any],
    moving: Collection[Any] = (),
) -> Any:
    """The limit of value(point) at a point whichever way it is gone to, or along the letters in
    `moving` alone; nan where there is none.

    w³/b is 0 along all lines to w = b = 0, and without a value all along b = 0: lines are not all
    the ways there are.
    """
    rng = Random(7)
    limits = []
    for _ in range(SAMPLES):
        direction = {s: fraction(REAL.sample(rng)) for s in moving or point}
        limit = limit_along(value, point, direction)
        if limit is None or not mp.isfinite(limit):
            return mp.nan
        limits.append(limit)
    spread = max(limits) - min(limits)
    if spread > AGREE * (1 + abs(limits[0])):
        return mp.nan
    kept = all(is_kept_along(value, point, c, limits[0]) for c in curves(point, moving, rng))
    return limits[0] if kept else mp.nan


# letter → (its part of the direction, whether it leads: 1 or -1, else 0)
Curve = Mapping[Any, tuple[Any, int]]


def curves(point: Mapping[Any, Any], moving: Collection[Any], rng: Random) -> Iterator[Curve]:
    """Curves to a point: each letter leads alone, each is led alone, and letters lead side by side,
    for b - v is small where they do; of three or more, some of them."""
    letters = [*(moving or point)]
    if len(letters) < 2:
        return
    ways = [{s: 1} for s in letters]
    ways += [dict.fromkeys(letters, 1), {s: -1 if s == letters[0] else 1 for s in letters}]
    if len(letters) > 2:
        ways += [{t: 1 for t in letters if t != s} for s in letters]
        ways += [{s: rng.choice((-1, 0, 1)) for s in letters} for _ in letters]
    for lead in ways[:MOST_CURVES]:
        yield {s: (fraction(REAL.sample(rng)), lead.get(s, 0)) for s in letters}


def is_kept_along(
    value: Callable[[Mapping[Any, Any]], Any], point: Mapping[Any, Any], curve: Curve, limit: Any
) -> bool:
    """Whether the values along a curve go to the limit, or there are none.

    The letters that lead are h^(1/10) away, in units of their own size, the others h.
    """
    depth = depth_of(point)
    with mp.workdps(DIGITS + 3 * depth):
        for sign in (1, -1):
            wide, narrow = (
                abs(value({**point, **_on(point, curve, n, depth, sign)}) - limit) for n in NEAR
            )
            if mp.isnan(narrow) or mp.isnan(wide):
                continue
            if narrow > AGREE * (1 + abs(limit)) and not narrow < mp.mpf("0.9") * wide:
                return False
    return True


def _on(point: Mapping[Any, Any], curve: Curve, n: int, depth: int, sign: int) -> dict[Any, Any]:
    """The letters of a curve at h = 10⁻ⁿ."""
    out = {}
    for s, (part, lead) in curve.items():
        x = mp.mpf(point[s])
        ahead = mp.mpf(10) ** (-n // SLOWER) * (min(abs(x), 1) if x != 0 else 1)
        out[s] = x + sign * (lead * ahead + part * mp.mpf(10) ** -(n + depth))
    return out


def moved(point: Mapping[Any, Any], direction: Mapping[Any, Any], h: Any) -> dict[Any, Any]:
    return {s: x + h * direction.get(s, 0) for s, x in point.items()}


# -- points at a corner ---------------------------------------------------------------------------

SAMPLES, TRIES = 3, 24


def points_at(
    t: sp.Symbol,
    place: Expr,
    domains: Mapping[sp.Symbol, Domain],
    *others: Expr,
    count: int = SAMPLES,
) -> Iterator[dict[Any, Any]]:
    """t at the place, at random values of the other letters of the expressions."""
    rng = Random(3)
    letters = letters_in(place).union(*map(letters_in, others)) - {t}
    for _ in range(count):
        point = {s: fraction(domains.get(s, REAL).sample(rng)) for s in sorted(letters, key=str)}
        yield {**point, t: evaluate(place, point)}


# -- one point ------------------------------------------------------------------------------------


def one_points(cases: Any, t: sp.Symbol) -> dict[int, tuple[Expr, Expr, Expr]]:
    """The cases for one point, {value if t = place; ...}: index → (value, place, other cases)."""
    if not isinstance(cases, sp.Piecewise):
        return {}
    found = {}
    branches = list(cases.args)
    (first, condition), last = branches[0], len(branches) - 1
    if last == 1 and isinstance(condition, sp.Ne):
        branches[1] = sp.core.containers.Tuple(branches[1][0], condition.negated)
        branches[0] = sp.core.containers.Tuple(first, sp.true)
    for i, (value, at) in enumerate(branches):
        if isinstance(at, sp.Eq) and t in at.free_symbols:
            place = solution(at.lhs, at.rhs, t)
            others = [(e, c) for j, (e, c) in enumerate(branches) if j != i]
            if place is not None:
                found[i] = (value, place, piecewise(*others))
    return found


# what may be 0 all along an interval
STEPPED = (sp.Piecewise, sp.Max, sp.Min, sp.Heaviside, sp.sign, sp.floor, sp.ceiling)


def solution(a: Expr, b: Expr, t: sp.Symbol) -> Expr | None:
    """The t at which a = b, if the equation is linear in it, and holds at that one t alone.

    {t if h > w; h otherwise} = h holds for every t where h > w does not.
    """
    difference = expanded(settle(a) - settle(b))
    slope = sp.diff(difference, t)
    if slope == 0 or t in slope.free_symbols or slope.has(*STEPPED):
        return None
    return sp.cancel(-difference.xreplace({t: sp.S.Zero}) / slope)


def slope_at_point(
    value: Any, place: Any, other: Any, t: sp.Symbol, domains: Mapping[Any, Domain] | None = None
) -> Any:
    """The derivative in t of {value if t = place; other otherwise} at the place, a formula.

    Where `other` does not tend to the value there is no derivative; None then, and where no formula
    of the limit is found.
    """
    value, other = settle(value), settle(other)
    if value.has(AppliedUndef, sp.Derivative) or other.has(AppliedUndef, sp.Derivative):
        return None
    slope = sp.diff(other, t)
    within = dict(domains or {})
    points = []
    for point in points_at(t, place, within, value, other, count=TRIES):
        filled = limit_along(partial(evaluate, other), point, {t: 1})
        if filled is None:
            return None
        if mp.isfinite(filled):
            if abs(filled - evaluate(value, point)) > AGREE * (1 + abs(filled)):
                return None
            points.append(point)
        if len(points) == SAMPLES:
            break
    if not points:
        return None
    # one after the other, for the second takes long
    for found in chain(within_argument(other, t, place), candidates(slope, t, place)):
        if all(agrees(found, slope, t, p) for p in points):
            return found
    return None


def within_argument(other: Any, t: sp.Symbol, place: Any) -> Iterator[Any]:
    """u' lim g'(v), v → 0, where the formula is g(u) of a u that is linear in t and 0 at the place.

    sin(u)/u says so of any u; sympy's own limit would carry all the letters of u along.
    """
    for u in sp.preorder_traversal(other):
        if not (u.is_Add or u.is_Mul) or t not in u.free_symbols:
            continue
        zero = solution(u, sp.S.Zero, t)
        if zero is None or not is_same(zero, place):
            continue
        v = sp.Dummy("v", real=True)
        inner = other.subs(u, v)
        if inner.free_symbols == {v}:
            rate = sp.diff(u, t)
            yield from (rate * limit for limit in candidates(sp.diff(inner, v), v, sp.S.Zero))
        return


def is_same(a: Any, b: Any) -> bool:
    """Whether two formulas agree in numbers; each candidate that comes of it is tried as well."""
    rng = Random(11)
    letters = sorted(a.free_symbols | b.free_symbols, key=str)
    point = {s: fraction(REAL.sample(rng)) for s in letters}
    x, y = evaluate(a, point), evaluate(b, point)
    return bool(mp.isfinite(x) and abs(x - y) <= AGREE * (1 + abs(x)))


def candidates(slope: Any, t: sp.Symbol, place: Any) -> Iterator[Any]:
    """The slope with the place put in, and sympy's limit of it."""
    put_in = slope.subs(t, place)
    if put_in.is_finite is not False and not put_in.has(*ENDLESS):
        yield put_in
    if slope.count_ops() <= LARGEST and len(slope.free_symbols) <= MOST_LETTERS:
        try:
            yield sp.limit(slope, t, place)
        except (NotImplementedError, ValueError, TypeError):
            return


def agrees(found: Any, slope: Any, t: sp.Symbol, point: Mapping[Any, Any]) -> bool:
    """Whether a formula is the limit of the slope, in numbers."""
    if found.has(*ENDLESS, sp.AccumBounds, sp.Limit):
        return False
    near, here = limit_along(partial(evaluate, slope), point, {t: 1}), evaluate(found, point)
    if near is None or not mp.isfinite(here):
        return False
    return bool(abs(near - here) <= AGREE * (1 + abs(near)))
