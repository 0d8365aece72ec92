"""Whether two values agree: as numbers, as arrays in either layout, and as they are printed.

Numbers are as precise as they are printed: 0.97 says 0.965 to 0.975. Two numbers that are written
with a point need only agree to the digits that stand there. Where a line has letters, its decimals
are exact (0.5x is half of x), but for those whose digits go on (1.758\\ldots x), which are cut off
where the dots begin.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath as mp

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.digits import (
    DIGITS,
    TOLERANCE,
    digits_above,
    floor,
)
from symgd.judge.values.evaluator import Clock, Evaluator
from symgd.judge.values.values import Value, entries, is_array, met, tidy, transposed
from symgd.language.latex.syntax import (
    Minus,
    Number,
    exchange,
    walk,
)
from symgd.verify.evaluate import written
from symgd.verify.lazy import np

# Digits after the point from which a literal may be a rounded number.
LONG = 3
# How many halves of its last digit a printed number may lie off, by its digits after the point: a
# short one is rounded or cut, of one longer than a double the last digits are what was computed.
HALVES = ((15, 20), (LONG, 2), (0, mp.mpf("1.02")))


ROUNDING_WORK = 10_000


def stands_still(here: Value, there: Value, digits: int) -> bool:
    """Whether a value in so many digits is what it is in more of them, or is 0.

    One that is smaller than what is compared in these digits does not stand still: it may be less
    than what a difference leaves of a 0.
    """
    a, b = map(tidy, met(here, there))
    if is_array(a) != is_array(b) or (is_array(a) and a.shape != b.shape):
        return False
    pairs = list(zip(entries(a), entries(b), strict=True))
    size, before = (max(abs(x) for x in side) for side in (entries(b), entries(a)))
    if size <= TOLERANCE * before or not size:
        return bool(before <= TOLERANCE * floor(digits))
    off = max(abs(x - y) for x, y in pairs)
    return bool(size >= floor(digits) and off <= TOLERANCE * size)


def visible(here: Value, there: Value) -> int | None:
    """The fewest digits in which a value is no smaller than what is compared in them.

    What is 0 or shrinks in more digits has no size yet, and asks for none; None where no digits do.
    """
    before, size = (max(abs(x) for x in entries(tidy(v))) for v in (here, there))
    if size <= TOLERANCE * before:
        return DIGITS
    return digits_above(size)


def agree(a: Value, b: Value, digits: int = DIGITS, tolerance: Any = TOLERANCE) -> bool:
    """Whether two values, worked out in so many digits, are the same to those asked for."""
    a, b = map(tidy, met(a, b))
    if is_array(a) != is_array(b) or (is_array(a) and a.shape != b.shape):
        return False
    scale = max([abs(x) for x in (*entries(a), *entries(b))] + [floor(digits)])
    return all(abs(x - y) <= tolerance * scale for x, y in zip(entries(a), entries(b), strict=True))


def agree_transposed(a: Value, b: Value, digits: int = DIGITS) -> bool:
    """Whether they are the same but for a transpose."""
    return is_array(a) and is_array(b) and a.shape != b.shape and agree(transposed(a), b, digits)


def agree_on_diagonal(a: Value, b: Value, digits: int = DIGITS) -> bool:
    """Whether one is a column, or a row, and the other the diagonal matrix of its entries."""
    if not (is_array(a) and is_array(b)):
        return False
    matrix, line = (a, b) if 1 in b.shape else (b, a)
    items = entries(line)
    n = len(items)
    if 1 not in line.shape or n == 1 or matrix.shape != (n, n):
        return False
    diagonal = np.zeros_like(matrix)
    diagonal[np.diag_indices(n)] = items
    return agree(matrix, diagonal, digits)


def shown(value: Value, digits: int = 8) -> str:
    """A value as a report shows it."""
    if not is_array(value):
        return written(value, digits)
    rows = [", ".join(written(x, 5) for x in row) for row in value]
    return f"[{'; '.join(rows)}]"


def printed_tolerance(members: list[Any], trial: Any, env: Any) -> Any:
    """How far the members may lie apart by rounding; None where nothing is rounded."""
    if all(n.places is None and not n.open for m in members for n in walk(m)
           if isinstance(n, Number)):  # fmt: skip
        return None
    tolerance = mp.mpf(0)
    rounded = False
    for member in members:
        for literal in {n for n in walk(member) if isinstance(n, Number) and n.open}:
            rounded = True
            tolerance += 2 * moved(member, literal, trial, env)
    if has_letters(members, trial, env):
        return tolerance if rounded else None
    for member in members:
        inner = member.of if isinstance(member, Minus) else member
        if isinstance(inner, Number) and inner.places is not None and not inner.open:
            rounded = True
            halves = next(h for places, h in HALVES if inner.places >= places)
            tolerance += unit(inner) / 2 * halves
            continue
        for literal in {n for n in walk(member) if isinstance(n, Number)}:
            if literal.places is not None and literal.places >= LONG and not literal.open:
                rounded = True
                tolerance += moved(member, literal, trial, env)
    return tolerance if rounded else None


def has_letters(members: list[Any], trial: Any, env: Any) -> bool:
    """Whether the members rest on letters that have no value of their own."""
    point = replace(trial.point, drawn={}, coefficients={})
    evaluator = Evaluator(env, point, Clock(ROUNDING_WORK), trial.binding)
    try:
        for member in members:
            evaluator.value(member)
    except (NotUnderstood, Outside):
        return True
    return bool(point.drawn)


def unit(literal: Number) -> Any:
    return mp.mpf(10) ** -(literal.places or 0)


def moved(member: Any, literal: Number, trial: Any, env: Any) -> Any:
    """How far the member moves while the literal moves by a unit of its last digit, either way.

    Each way for itself: (1 - 1.000)² is least where it is printed, and moves both ways alike.
    """
    one = Fraction(1, 10 ** (literal.places or 0))
    values = []
    for shift in (-one, 0, one):
        other = exchange(member, {literal: replace(literal, value=literal.value + shift)})
        evaluator = Evaluator(env, trial.point, Clock(ROUNDING_WORK), trial.binding)
        values.append(evaluator.value(other))
    low, here, high = values
    return max(abs(low - here), abs(high - here))
