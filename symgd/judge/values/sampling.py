"""Trying an equation at points: the values that its members have there.

Many points and all kinds of indices: equal and different, first and last. A point at which a
member has no real value is passed over; where the real line gives too few, the positive half and
(0, 1) are tried, and then one letter after the other outside of these. Where a function has corners
far out, points go beyond them.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import mpmath as mp

from symgd.functions import ROWS
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import DigitsLost, Misfit, NotUnderstood, Outside, TooLong
from symgd.judge.values.agreement import stands_still, visible
from symgd.judge.values.digits import (
    DIGITS,
    LEVELS,
    more_than,
    sufficient,
)
from symgd.judge.values.evaluator import MOST_WORK, Clock, Evaluator, holds
from symgd.judge.values.indices import free_letters
from symgd.judge.values.memory import Lookups, Memory
from symgd.judge.values.names import loose_indices
from symgd.judge.values.points import HABITS, Draw, Point, how_many, is_zero
from symgd.judge.values.values import Value, entries, is_array
from symgd.judge.words import say
from symgd.language.latex.operators import OPERATORS
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Indicator,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS
from symgd.resources import current

POINTS = 6
FEWEST = 3
TRIES = 14
# Where there are corners, each side of each of them is to be seen.
MANY_POINTS = 24
CORNERED = (Cases, Indicator, Absolute)
CORNERS = frozenset({"max", "min", "abs", "sign", "floor", "ceil"})
# Points that are drawn on another scale, and letters that are turned out of a habit at most.
ELSEWHERE = 8
MOST_TURNED = 6
MOST_DECADES = 16
# More digits than these are not spent on a point far out while there are others.
FAR_DIGITS = LEVELS[2]
# How much farther than a corner points go, and how much beside corners is worked out for that.
BEYOND = 4
MOST_CONSTANTS = 12
FARTHEST_POWER = 40
FARTHEST = Fraction(10) ** MOST_DECADES
MOST_INDICES = 9
# So many are listed before some are chosen.
MOST_LISTED = 10_000
# How much more a line may take that has integrals or expectations.
OPERATOR_WORK = 10


@dataclass
class Trial:
    """One point with one choice of the free indices, and the members' values there.

    `hidden` are those of the indices that only definitions have: the t of F = -\\log p_t.
    """

    point: Point
    binding: dict[str, int]
    values: list[Value] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()

    @property
    def digits(self) -> int:
        """Those that the values were worked out in."""
        return self.point.digits


class Task:
    """What is evaluated, under which conditions, and what that may cost."""

    def __init__(
        self,
        env: Environment,
        members: list[Any],
        conditions: list[Any],
        primes: Any,
        operators: bool,
        hidden: set[str],
    ) -> None:
        indices = env.vocabulary.indices
        trees = (*members, *conditions)
        letters = {n for t in trees for n in free_letters(t, indices)}
        self.hidden = frozenset(hidden - letters)
        self.letters = [*sorted(letters), *sorted(self.hidden)]
        self.members, self.conditions, self.primes = members, conditions, primes
        self.operators = operators
        self.clock = Clock(MOST_WORK * (OPERATOR_WORK if operators else 1), env.meter)
        self.holes: dict[Any, Any] = {}


class Sampler:
    """Evaluates the members of lines of one environment."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.points: dict[Draw, Point] = {}
        # Point → what names are worth there, as long as what they stand for stays the same.
        self.known: dict[Draw, Memory] = {}
        self.lookups = Lookups()
        self.age: Any = None
        self.corners: frozenset[Fraction] = frozenset()
        self.operators = False

    def point(self, draw: Draw) -> Point:
        if draw not in self.points:
            self.points[draw] = Point(self.env, *draw)
        return self.points[draw]

    def known_at(self, point: Point, primes: Any = None) -> Memory:
        """What is known at a point of this sampler, on a line on which `primes` mean something."""
        draw = point.draw_of
        if draw not in self.known:
            self.known[draw] = Memory(lookups=self.lookups)
        return self.known[draw].of_line() if primes else self.known[draw]

    def task(self, members: list[Any], conditions: list[Any], primes: Any) -> Task:
        operators = self.operators or any(
            isinstance(n, OPERATORS) for m in members for n in walk(m)
        )
        hidden = self.hidden([*members, *conditions])
        return Task(self.env, members, conditions, primes, operators, hidden)

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

    def trials(
        self, members: list[Any], conditions: list[Any], primes: Any = None, digits: int = DIGITS
    ) -> list[Trial]:
        """The points at which every member has a value, in so many digits that it stands still.

        Raises NotUnderstood where a member has no meaning, Misfit where shapes do not fit.
        """
        self.renew()
        task = self.task(members, conditions, primes)
        return self.settled(task, self.tried(task, digits))

    def settled(self, task: Task, found: list[Trial]) -> list[Trial]:
        """The trials, each in so many digits that its values stand still.

        The widest first: where its values stand still, those of the others do. Of the points far
        out, where e^{-10000} may come up, those that take many digits are left out as long as
        enough others lie as far.
        """
        out = {id(t): t for t in found}
        widest = sorted(found, key=lambda t: t.point.extent, reverse=True)
        left_out: list[Trial] = []
        for trial in itertools.takewhile(lambda t: t.point.extent, widest):
            far = trial.point.scale != 1
            try:
                now = self.standing_still(trial, task, FAR_DIGITS if far else LEVELS[-1])
            except DigitsLost:
                if not far:
                    raise
                left_out.append(trial)
                now = None
            if now is trial:
                break
            if now is None:
                del out[id(trial)]
            else:
                out[id(trial)] = now
        for trial in reversed(left_out):
            if sum(t.point.scale == trial.point.scale for t in out.values()) < FEWEST:
                now = self.standing_still(trial, task, LEVELS[-1])
                out |= {} if now is None else {id(trial): now}
        return list(out.values())

    def standing_still(self, trial: Trial, task: Task, most: int) -> Trial | None:
        """A trial in so many digits that its values stand still; None where it has none in them.

        Raises DigitsLost where no digits suffice, or more than `most` are asked for.
        """
        now: Trial | None = trial
        while now is not None and (digits := self.digits_for(now, task)) is not None:
            if digits > most:
                raise DigitsLost
            with mp.workdps(digits):
                draw = now.point.draw_of._replace(digits=digits)
                now = next(self.at(draw, task, now.binding), None)
        return now

    def more_digits(
        self, trial: Trial, members: list[Any], conditions: list[Any], primes: Any
    ) -> int | None:
        """The digits to work in, where the values of a trial are others in more digits than in
        its own; None where they stand still.

        Raises DigitsLost where no digits suffice.
        """
        return self.digits_for(trial, self.task(members, conditions, primes))

    def digits_for(self, trial: Trial, task: Task) -> int | None:
        if self.env.rounded:
            return None  # integrals and limits are worked out to a few digits
        draw = trial.point.draw_of
        exact = [v for v, m in zip(trial.values, task.members, strict=True) if not is_zero(m)]
        if any(not any(entries(v)) for v in exact):
            # What is 0 to the last digit may be smaller than the last digit of what is beside it.
            bits = self.extent_at(draw, task, trial)
            least = sufficient(bits)
            if least != draw.digits and (least is None or least > draw.digits):
                next_draw = draw._replace(digits=self.next_digits(more_than(draw.digits)))
                # What differences leave of a 0 is smaller there, and says nothing of the sizes.
                if self.extent_at(next_draw, task, trial) == bits:
                    return self.next_digits(least)
        more = self.next_digits(more_than(draw.digits))
        with mp.workdps(more):
            there = list(self.at(draw._replace(digits=more), task, trial.binding))
        if not there:
            return more
        pairs = zip(trial.values, there[0].values, strict=True)
        moving = [(a, b) for a, b in pairs if not stands_still(a, b, draw.digits)]
        if not moving:
            return None
        return max(more, *(self.next_digits(visible(a, b)) for a, b in moving))

    def extent_at(self, draw: Draw, task: Task, trial: Trial) -> int:
        """How far from 1 the numbers are that come up for these members alone."""
        alone = Point(self.env, *draw)
        with mp.workdps(draw.digits):
            list(self.at(draw, task, trial.binding, alone))
        return alone.extent

    def next_digits(self, digits: int | None) -> int:
        if digits is None:
            raise DigitsLost
        return digits

    def tried(self, task: Task, digits: int) -> list[Trial]:
        """The points at which every member has a value in these digits."""
        members = task.members
        wide = corners_in(members) | self.corners
        cornered = bool(wide) and not self.env.shapes.arrays
        wanted, tries = (MANY_POINTS, 2 * MANY_POINTS) if cornered else (POINTS, TRIES)
        tries = int(min(tries, current().most("samples")))
        if self.env.shapes.declared or task.operators:
            wanted = FEWEST  # each of many numbers
        elif task.letters:
            wanted = max(FEWEST, wanted // FEWEST)  # each with many choices of the indices
        found: list[Trial] = []
        with mp.workdps(digits):
            for habit in HABITS:
                found = []
                points = 0
                for seed in range(tries):
                    here = list(self.at(Draw(seed, habit, digits=digits), task))
                    points += bool(here)
                    found += here
                    if points == wanted or (task.operators and here and self.is_number(here[0])):
                        return [*found, *self.far_from(task, found, wide)]
                    if points == 0 and seed >= TRIES // 2 and habit == "real":
                        break
                if points >= FEWEST:
                    break
            return [*found, *self.far_from(task, found, wide)]

    def far_from(self, task: Task, found: list[Trial], corners: frozenset[Fraction]) -> list[Trial]:
        """Trials beyond the corners that lie far out, on both sides of each letter.

        How far is what the numbers beside the corners say, and what is worth the same wherever it
        was tried: e^{10} and c in max(x, e^{10}, c). Where that is under a root or a logarithm,
        the square of it, or e to its power, may be far enough.
        """
        if not found or not corners:
            return []
        far = max(corners | self.constants(task, found))
        if far <= 1:
            return []
        scales = {min(BEYOND * far, FARTHEST): None}
        if task.letters:  # each point is many already
            return self.elsewhere(task, found, *scales)
        scales[min((BEYOND * far) ** 2, FARTHEST)] = None
        bodies = [d.body for d in self.env.all_definitions]
        if any(map(takes_logarithm, (*task.members, *bodies))):
            power = math.ceil(min(BEYOND * far, Fraction(FARTHEST_POWER)))
            scales[min(FARTHEST, Fraction(3**power))] = None
        return [t for scale in scales for t in self.elsewhere(task, found, scale)]

    def constants(self, task: Task, found: list[Trial]) -> frozenset[Fraction]:
        """The sizes of what stands beside a corner and is the same at two points."""
        bodies = [d.body for d in self.env.all_definitions]
        nodes = [n for t in (*task.members, *bodies) for n in walk(t) if is_cornered(n)]
        counts = self.env.vocabulary.indices | set(self.env.ranges.bounds)
        asked = dict.fromkeys(
            n for c in nodes for n in walk(c)
            if may_be_far(n) and not (isinstance(n, Name) and n.base in counts)
        )  # fmt: skip
        out: set[Fraction] = set()
        for node in list(asked)[:MOST_CONSTANTS]:
            try:
                values = [
                    Evaluator(self.env, t.point, task.clock, t.binding, primes=task.primes).value(
                        node
                    )
                    for t in (found[0], found[-1])
                ]
            except TooLong:
                raise
            except (Outside, NotUnderstood, Misfit):
                continue
            here, there = values
            if not is_array(here) and here == there:
                out.add(min(Fraction(int(mp.ceil(min(abs(here), FARTHEST.numerator)))), FARTHEST))
        return frozenset(out)

    def is_number(self, trial: Trial) -> bool:
        """Whether nothing was drawn for a trial, so that no other point says more."""
        return not (trial.point.drawn or trial.point.outcomes or trial.point.coefficients)

    def renew(self) -> None:
        """Forget what was worked out before a definition came in."""
        age = (
            sum(map(len, self.env.definitions.values())), self.env.document.moving, self.env.base
        )  # fmt: skip
        if age != self.age:
            bodies = [d.body for d in self.env.all_definitions]
            self.known, self.lookups = {}, Lookups()
            self.age, self.corners = age, corners_in(bodies)
            self.operators = any(isinstance(n, OPERATORS) for b in bodies for n in walk(b))

    def elsewhere(self, task: Task, found: list[Trial], scale: Fraction) -> list[Trial]:
        """Trials as those that were found, the letters on another scale."""
        draw = found[0].point.draw_of._replace(scale=scale, turned=None)
        return self.more(task, [draw._replace(seed=s) for s in range(ELSEWHERE)])

    def turned(self, task: Task, found: list[Trial]) -> list[Trial]:
        """Trials at which one letter is outside of the habit: where all that were found are x > 0.

        -x for x; of (0, 1) also 1/p.
        """
        seeds = list(dict.fromkeys(t.point.seed for t in found))[:2]
        draw = found[0].point.draw_of._replace(scale=Fraction(1))
        draws = []
        for base in one_sided(self.env, found)[:MOST_TURNED]:
            for turn in ("minus", "inverse") if draw.habit == "unit" else ("minus",):
                draws += [draw._replace(seed=s, turned=(base, turn)) for s in seeds]
        return self.more(task, draws)

    def more(self, task: Task, draws: list[Draw]) -> list[Trial]:
        found: list[Trial] = []
        for draw in draws:
            try:
                with mp.workdps(draw.digits):
                    found += self.at(draw, task)
            except TooLong:
                raise
            except (NotUnderstood, Misfit):
                break
        return found

    def at(
        self, draw: Draw, task: Task, chosen: dict[str, int] | None = None,
        alone: Point | None = None,
    ) -> Iterator[Trial]:  # fmt: skip
        """The trials at a point, for each choice of the free indices, or for this one.

        At a point that stands alone nothing is known.
        """
        point = self.point(draw) if alone is None else alone
        task.clock.weigh(draw.digits)
        every = self.assignments(point.seed, task.letters, point) if chosen is None else [chosen]
        for binding in every:
            known = self.known_at(point, task.primes) if alone is None else Memory()
            evaluator = Evaluator(self.env, point, task.clock, binding, memo=known,
                                  primes=task.primes, holes=task.holes)  # fmt: skip
            try:
                if not all(self.allowed(evaluator, c) for c in task.conditions):
                    continue
                values = [evaluator.value(m) for m in task.members]
                if any(is_array(v) and not v.size for v in values):
                    raise NotUnderstood(say("unknown:no-entries"))
                yield Trial(point, binding, values, task.hidden)
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
        many = how_many(spans) > MOST_LISTED
        every = _some_choices(spans, Random(seed)) if many else list(itertools.product(*spans))
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
        return range(first, first + max(1, size - (letter in self.env.ranges.short)))


def _some_choices(spans: Sequence[range], rng: Random) -> list[tuple[int, ...]]:
    """Choices of indices that are too many to be listed, half of them with two that are equal."""
    found = [tuple(map(rng.choice, spans)) for _ in range(MOST_INDICES)]
    if len(spans) > 1:
        for k in range(0, len(found), 2):
            i, j = rng.sample(range(len(spans)), 2)
            shorter = min(spans[i], spans[j], key=lambda s: s.stop)
            value = rng.choice(shorter[1:] or shorter)
            if value in spans[i] and value in spans[j]:
                found[k] = tuple(value if n in (i, j) else c for n, c in enumerate(found[k]))
    return list(dict.fromkeys(found))


def is_cornered(node: Any) -> bool:
    """Whether a function has corners: cases, |x|, √(x²), max, and what the table says of others."""
    if isinstance(node, CORNERED) or is_root_of_square(node):
        return True
    if not isinstance(node, Call):
        return False
    row = ROWS.get(FUNCTIONS.get(node.function.base.removeprefix("\\"), ""))
    return row is not None and (row.name in CORNERS or bool(row.kinks or cases_of(row)))


def takes_logarithm(tree: Any) -> bool:
    return any(isinstance(n, Call) and n.function.base in (r"\log", r"\ln") for n in walk(tree))


def is_root_of_square(node: Any) -> bool:
    """√(u²), which is |u|."""
    inner = node.base if isinstance(node, Power) else None
    even = isinstance(inner, Power) and isinstance(inner.exponent, Number) and (
        inner.exponent.value % 2 == 0
    )  # fmt: skip
    return even and isinstance(node.exponent, Quotient)


def may_be_far(node: Any) -> bool:
    """Whether something may be a large number that no literal shows: c, e^{10}, 10 \\cdot 20."""
    plain = all(
        isinstance(n, Number | Name | Power | Product) and not getattr(n, "below", ())
        for n in walk(node)
    )
    return plain and not isinstance(node, Number) and node not in (Name("e"), Name(r"\pi"))


def corners_in(trees: Iterable[Any]) -> frozenset[Fraction]:
    """How far out the corners of formulas may lie; none where there are no corners.

    By the numbers of the table, and by those that stand beside a corner.
    """
    found: set[Fraction] = set()
    for tree in trees:
        for node in walk(tree):
            if not is_cornered(node):
                continue
            found |= {Fraction(0), *numbers_in(node)}
            if isinstance(node, Call):
                row = ROWS[FUNCTIONS[node.function.base.removeprefix("\\")]]
                found |= {*kinks_of(row)}
    return frozenset(found)


def numbers_in(node: Any) -> Iterator[Fraction]:
    """The sizes of the numbers of a formula, 10^{6} among them."""
    for n in walk(node):
        power = isinstance(n, Power) and isinstance(n.base, Number)
        if power and isinstance(n.exponent, Number) and 0 < n.exponent.value < MOST_DECADES:
            yield min(Fraction(float(n.base.value) ** float(n.exponent.value)), FARTHEST)
        elif isinstance(n, Number):
            yield min(n.value, FARTHEST)


def cases_of(row: Any) -> bool:
    return any(word in row.formula for word in ("cases(", "max(", "min(", "abs("))


@cache
def kinks_of(row: Any) -> tuple[Fraction, ...]:
    """The numbers at which a function of the table has corners."""
    usual = [p.number for p in row.parameters.values() if p.number is not None]
    texts = re.findall(r"\d+(?:\.\d+)?", " ".join([*(k.at for k in row.kinks), *usual]))
    return tuple(map(Fraction, texts))


def one_sided(env: Environment, found: list[Trial]) -> list[str]:
    """The letters without a domain that were above 0, or below it, in all trials."""
    signs: dict[str, set[bool]] = {}
    for key in {id(t.point): t.point for t in found}.values():
        for (base, *_), value in key.drawn.items():
            if base not in env.assumptions.bounds and base not in env.ranges.integral:
                signs.setdefault(base, set()).update(x > 0 for x in entries(value))
    return sorted(base for base, seen in signs.items() if len(seen) == 1)


def too_few() -> NotUnderstood:
    return NotUnderstood(say("unknown:no-point"))
