"""Trying an equation at points: values of its members, and whether they agree.

Many points and all kinds of indices: equal and different, first and last. A point at which a
member has no real value is passed over; where the real line gives too few, the positive half and
(0, 1) are tried.

Numbers are as precise as they are printed: 0.97 says 0.965 to 0.975. Two numbers that are written
with a point need only agree to the digits that stand there. Where a line has letters, its decimals
are exact (0.5x is half of x), but for those whose digits go on (1.758\\ldots x), which are cut off
where the dots begin.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath as mp

from symgd.judge.environment.dependence import Dependents
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.evaluator import DIGITS, MOST_WORK, Clock, Evaluator, holds
from symgd.judge.values.names import free_letters, loose_indices
from symgd.judge.values.points import HABITS, Point
from symgd.judge.values.values import Value, entries, is_array, met, tidy, transposed
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Indicator,
    Minus,
    Name,
    Number,
    Relation,
    exchange,
    walk,
)

POINTS = 6
FEWEST = 3
TRIES = 14
# Where there are corners, each side of each of them is to be seen.
MANY_POINTS = 24
CORNERED = (Cases, Indicator, Absolute)
CORNERS = frozenset({r"\max", r"\min", r"\relu", r"\ReLU", r"\abs", r"\sign", r"\step"})
AGREEING_DIGITS = 20
MOST_INDICES = 9
TOLERANCE = mp.mpf(10) ** -AGREEING_DIGITS
# Digits after the point from which a literal may be a rounded number.
LONG = 3
ROUNDING_WORK = 10_000


@dataclass
class Trial:
    """One point with one choice of the free indices, and the members' values there.

    `hidden` are those of the indices that only definitions have: the t of F = -\\log p_t.
    """

    point: Point
    binding: dict[str, int]
    values: list[Value] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()


class Sampler:
    """Evaluates the members of lines of one environment."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.points: dict[tuple[int, str], Point] = {}
        # Point → what names are worth there, as long as what they stand for stays the same.
        self.known: dict[tuple[int, str], dict[Any, Value]] = {}
        self.age: Any = None

    def hidden(self, trees: list[Any]) -> set[str]:
        """The indices that the definitions behind these trees leave open."""
        env = self.env
        if env.shapes.arrays:
            return set()
        found: set[str] = set()
        for tree in trees:
            bound = {i.base for n in walk(tree) if isinstance(n, Big) for i in n.indices}
            bases = {n.function.base if isinstance(n, Call) else n.base
                     for n in walk(tree) if isinstance(n, Name | Call)}  # fmt: skip
            for base in bases:
                found |= loose_indices(env, base) - bound
        return found

    def point(self, seed: int, habit: str) -> Point:
        key = (seed, habit)
        if key not in self.points:
            self.points[key] = Point(self.env, seed, habit)
        return self.points[key]

    def trials(self, members: list[Any], conditions: list[Any], primes: Any = None) -> list[Trial]:
        """The points at which every member has a value.

        Raises NotUnderstood where a member has no meaning, Misfit where shapes do not fit.
        """
        letters = sorted(
            {
                n
                for m in (*members, *conditions)
                for n in free_letters(m, self.env.vocabulary.indices)
            }
        )
        hidden = sorted(self.hidden([*members, *conditions]) - set(letters))
        clock = Clock(MOST_WORK, self.env.deadline)
        age = (sum(map(len, self.env.definitions.values())), self.env.document.moving)
        if age != self.age:
            self.known, self.age = {}, age
        bodies = [d.body for ds in self.env.definitions.values() for d in ds]
        dependents = Dependents(self.env)
        cornered = not self.env.shapes.arrays and any(
            isinstance(n, CORNERED) or _is_cornered(n) for t in (*members, *bodies) for n in walk(t)
        )
        wanted, tries = (MANY_POINTS, 2 * MANY_POINTS) if cornered else (POINTS, TRIES)
        if self.env.shapes.declared:
            wanted = FEWEST  # each of many numbers
        found: list[Trial] = []
        with mp.workdps(DIGITS):
            for habit in HABITS:
                found = []
                points = 0
                for seed in range(tries):
                    here = list(
                        self.at(
                            seed,
                            habit,
                            members,
                            conditions,
                            [*letters, *hidden],
                            clock,
                            primes,
                            dependents,
                            frozenset(hidden),
                        )
                    )
                    points += bool(here)
                    found += here
                    if points == wanted:
                        return found
                    if habit == "real" and seed >= TRIES // 2 and not points:
                        break
                if points >= FEWEST:
                    return found
        return found

    def at(
        self, seed: int, habit: str, members: list[Any], conditions: list[Any],
        letters: list[str], clock: Clock, primes: Any, dependents: Dependents,
        hidden: frozenset[str],
    ) -> Iterator[Trial]:  # fmt: skip
        point = self.point(seed, habit)
        for binding in self.assignments(seed, letters, point):
            known = {} if primes else self.known.setdefault((seed, habit), {})
            evaluator = Evaluator(self.env, point, clock, binding, memo=known, primes=primes,
                                  dependents=dependents)  # fmt: skip
            try:
                if not all(self.allowed(evaluator, c) for c in conditions):
                    continue
                values = [evaluator.value(m) for m in members]
                yield Trial(point, binding, values, hidden)
            except Outside:
                continue

    def allowed(self, evaluator: Evaluator, condition: Any) -> bool:
        """Whether a condition of the line or of the document holds here."""
        if isinstance(condition, Relation) and condition.sign in ("in", "prop", "sim", "~"):
            return True
        try:
            return holds(evaluator, condition)
        except NotUnderstood:
            if condition in self.env.assumptions.filters:
                return True  # said of something else in the document
            raise

    def assignments(self, seed: int, letters: list[str], point: Point) -> Iterator[dict[str, int]]:
        """Choices of the free indices: all if they are few, else some, equal ones among them."""
        if not letters:
            yield {}
            return
        spans = [self.span(n, point) for n in letters]
        every = list(itertools.product(*spans))
        if len(every) > MOST_INDICES:
            rng = Random(seed)
            equal = [c for c in every if len(set(c)) < len(c)]
            other = [c for c in every if len(set(c)) == len(c)]
            chosen = rng.sample(equal, min(len(equal), 4)) + rng.sample(other, min(len(other), 4))
            every = chosen or rng.sample(every, MOST_INDICES)
        for choice in every:
            yield dict(zip(letters, choice, strict=True))

    def span(self, letter: str, point: Point) -> range:
        root = self.env.ranges.find(("letter", letter))
        size = point.size(("letter", letter))
        first = 0 if root in self.env.ranges.from_zero() else 1
        return range(first, first + size)


def _is_cornered(node: Any) -> bool:
    return isinstance(node, Call) and node.function.base in CORNERS


def agree(a: Value, b: Value, tolerance: Any = TOLERANCE) -> bool:
    """Whether two values are the same to the digits that are asked for."""
    a, b = map(tidy, met(a, b))
    if is_array(a) != is_array(b) or (is_array(a) and a.shape != b.shape):
        return False
    scale = max([abs(x) for x in (*entries(a), *entries(b))] + [mp.mpf(10) ** -12])
    return all(abs(x - y) <= tolerance * scale for x, y in zip(entries(a), entries(b), strict=True))


def agree_transposed(a: Value, b: Value) -> bool:
    """Whether they are the same but for a transpose."""
    return is_array(a) and is_array(b) and a.shape != b.shape and agree(transposed(a), b)


def shown(value: Value, digits: int = 8) -> str:
    """A value as a report shows it."""
    if not is_array(value):
        return str(mp.nstr(value, digits))
    rows = [", ".join(mp.nstr(x, 5) for x in row) for row in value]
    return f"[{'; '.join(rows)}]"


def too_few() -> NotUnderstood:
    return NotUnderstood(
        "No point was found at which both sides have a real value; "
        "say where the letters lie, as in x > 0."
    )


# -- numbers as they are printed -------------------------------------------------------------------


def printed_tolerance(members: list[Any], trial: Any, env: Any) -> Any:
    """How far the members may lie apart by rounding; None where nothing is rounded."""
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
            tolerance += unit(inner) / 2 * (2 if inner.places >= LONG else mp.mpf("1.02"))
            continue
        for literal in {n for n in walk(member) if isinstance(n, Number)}:
            if literal.places is not None and literal.places >= LONG and not literal.open:
                rounded = True
                tolerance += moved(member, literal, trial, env)
    return tolerance if rounded else None


def has_letters(members: list[Any], trial: Any, env: Any) -> bool:
    """Whether the members rest on letters that have no value of their own."""
    point = Point(env, trial.point.seed, trial.point.habit)
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
    """How far the member moves while the literal moves by a unit of its last digit."""
    one = Fraction(1, 10 ** (literal.places or 0))
    values = []
    for shift in (-one, one):
        other = exchange(member, {literal: replace(literal, value=literal.value + shift)})
        evaluator = Evaluator(env, trial.point, Clock(ROUNDING_WORK), trial.binding)
        values.append(evaluator.value(other))
    return abs(values[1] - values[0]) / 2
