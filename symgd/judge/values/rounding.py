"""Numbers are as precise as they are printed: 0.97 says 0.965 to 0.975.

Two numbers that are written with a point need only agree to the digits that stand there. Where a
line has letters, its decimals are exact (0.5x is half of x), but for those whose digits go on
(1.758\\ldots x), which are cut off where the dots begin.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath as mp

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.evaluator import Evaluator
from symgd.judge.values.frame import Clock
from symgd.judge.values.points import Point
from symgd.language.latex.syntax import Minus, Number, exchange, walk

LONG = 3
MOST_WORK = 10_000


def printed_tolerance(members: list[Any], trial: Any, world: Any) -> Any:
    """How far the members may lie apart by rounding; None where nothing is rounded."""
    tolerance = mp.mpf(0)
    rounded = False
    for member in members:
        for literal in {n for n in walk(member) if isinstance(n, Number) and n.open}:
            rounded = True
            tolerance += 2 * moved(member, literal, trial, world)
    if has_letters(members, trial, world):
        return tolerance if rounded else None
    for member in members:
        inner = member.of if isinstance(member, Minus) else member
        if isinstance(inner, Number) and inner.places is not None and not inner.open:
            rounded = True
            tolerance += unit(inner) / 2 * (2 if inner.places >= LONG else mp.mpf("1.02"))
            continue
        for literal in {n for n in walk(member) if isinstance(n, Number)}:
            if literal.places is not None and literal.places >= LONG and not literal.open:
                rounded = True
                tolerance += moved(member, literal, trial, world)
    return tolerance if rounded else None


def has_letters(members: list[Any], trial: Any, world: Any) -> bool:
    """Whether the members rest on letters that have no value of their own."""
    point = Point(world, trial.point.seed, trial.point.habit)
    evaluator = Evaluator(world, point, Clock(MOST_WORK), trial.env)
    try:
        for member in members:
            evaluator.value(member)
    except (NotUnderstood, Outside):
        return True
    return bool(point.drawn)


def unit(literal: Number) -> Any:
    return mp.mpf(10) ** -(literal.places or 0)


def moved(member: Any, literal: Number, trial: Any, world: Any) -> Any:
    """How far the member moves while the literal moves by a unit of its last digit."""
    one = Fraction(1, 10 ** (literal.places or 0))
    values = []
    for shift in (-one, one):
        other = exchange(member, {literal: replace(literal, value=literal.value + shift)})
        evaluator = Evaluator(world, trial.point, Clock(MOST_WORK), trial.env)
        values.append(evaluator.value(other))
    return abs(values[1] - values[0]) / 2
