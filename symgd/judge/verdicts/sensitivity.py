r"""Whether a wrong line would have been seen at the points that were tried.

A line is mutated at each of its letters, numbers and terms, a factor 2 and another sign, and its
members are worked out again where they were equal. What makes no difference there was not tested:
17\,\delta_j a_k where a_k is past the last layer, \sigma(x + 1000) = 1, a branch that no point
reaches. Names and derivatives keep their values, so that a mutation costs a few products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.dependence import behind, differentiated_in, reaches, variables_of
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside, TooLong
from symgd.judge.values.agreement import agree
from symgd.judge.values.evaluator import MOST_WORK, Clock, Evaluator, each_index
from symgd.judge.values.indices import key_of
from symgd.judge.values.names import CONSTANTS, canonical
from symgd.judge.values.points import is_zero
from symgd.judge.values.sampling import Sampler, Trial, numbers_in
from symgd.judge.values.values import entries, is_nothing
from symgd.language.latex.operators import OPERATORS
from symgd.language.latex.syntax import (
    ONE,
    TWO,
    Absolute,
    Big,
    Call,
    Cases,
    Component,
    Derivative,
    Fixed,
    Gradient,
    Inner,
    Listed,
    Matrix,
    Minus,
    Name,
    Norm,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
    exchange,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

# The scale on which letters are drawn again, where no number of the line is larger.
LARGE = Fraction(10)
MANY = 8  # trials, where there are so many

#  node         the fields in which a mutation is a mutation of what the node is worth
WITHIN: dict[type, tuple[str, ...]] = {
    Sum:        ("terms",),
    Minus:      ("of",),
    Product:    ("factors",),
    Quotient:   ("top", "bottom"),
    Power:      ("base", "exponent"),
    Transposed: ("of",),
    Absolute:   ("of",),
    Norm:       ("of",),
    Component:  ("of",),
    Fixed:      ("of",),
    Inner:      ("left", "right"),
    Listed:     ("of",),
    Matrix:     ("rows",),
    Big:        ("body",),
    Cases:      ("branches",),
}  # fmt: skip

Put = Callable[[Any], Any]


@dataclass(frozen=True)
class Place:
    """A node of a member: `put` is the member with something else there.

    term     the smallest term, or the whole member, in which it stands, and `put_term` likewise
    sums     what runs over indices around the term, the outermost first; `inner` around the node
    cases    in how many cases it stands, one in the other: an inner one may be without a point
    case     the value of the outermost in which it stands, `put_case` likewise, and `choice` is all
             of them
    corner   (value where a = b, that where a < b, that where b < a), if it stands in the first
    """

    node: Any
    put: Put
    term: Any
    put_term: Put
    sums: tuple[Big, ...] = ()
    inner: tuple[Big, ...] = ()
    cases: int = 0
    case: Any = None
    put_case: Put | None = None
    choice: Cases | None = None
    corner: tuple[Any, ...] = ()


def places(tree: Any, indices: frozenset[str]) -> Iterator[Place]:
    """The letters, numbers and derivatives that a member is made of, each where it stands.

    What is multiplied by 0, as it is written, is left out: 0 a.
    """
    yield from _below(Place(tree, lambda new: new, tree, lambda new: new), indices)


def _below(here: Place, indices: frozenset[str]) -> Iterator[Place]:
    node = here.node
    if isinstance(node, Call) and not node.order:
        fields: tuple[str, ...] = ("arguments",)
    else:
        fields = WITHIN.get(type(node), ())
    if not fields:
        if not (isinstance(node, Name) and not node.below and node.base in indices):
            yield here
        return
    if isinstance(node, Product) and any(map(is_zero, node.factors)):
        return
    if isinstance(node, Power) and is_zero(node.exponent):
        return
    conditions = {id(c) for _, c in node.branches} if isinstance(node, Cases) else ()
    for name in fields:
        for child, put in _children(getattr(node, name)):
            if id(child) in conditions:
                continue  # a condition that is never met, or always, leaves a case without a point
            yield from _below(_inside(here, name, child, put), indices)


def sides_of(node: Cases) -> tuple[Any, Any] | None:
    """The values of the cases a < b and b < a, beside which only a = b is left."""
    found: dict[tuple[Any, Any], Any] = {}
    for value, condition in node.branches:
        if isinstance(condition, Relation) and condition.sign in ("<", ">", "<=", ">="):
            pair = (condition.left, condition.right)
            found[pair if condition.sign[0] == "<" else pair[::-1]] = value
    return next(((v, found[b, a]) for (a, b), v in found.items() if (b, a) in found), None)


def _inside(here: Place, name: str, child: Any, put: Put) -> Place:
    def whole(new: Any) -> Any:
        return here.put(replace(here.node, **{name: put(new)}))

    new = replace(here, node=child, put=whole)
    if isinstance(here.node, Cases):
        new = replace(new, cases=here.cases + 1)
        if not here.cases:
            new = replace(new, case=child, put_case=whole, choice=here.node)
        if (child, None) in here.node.branches:
            sides = sides_of(here.node)
            new = replace(new, corner=(child, *sides) if sides is not None else ())
    if isinstance(here.node, Big):
        new = replace(new, inner=(*here.inner, here.node))
    if isinstance(here.node, Sum | Cases):
        return replace(new, term=child, put_term=whole, sums=new.inner)
    return new


def _children(value: Any) -> Iterator[tuple[Any, Put]]:
    """The nodes of a field, each with the field as it is with something else in its place."""
    if not isinstance(value, tuple):
        if value is not None:
            yield value, lambda new: new
        return
    for i, item in enumerate(value):
        for child, put in _children(item):
            yield child, partial(_put, value, i, put)


def _put(items: tuple[Any, ...], i: int, put: Put, new: Any) -> tuple[Any, ...]:
    """The items with something else in one place of one of them."""
    return (*items[:i], put(new), *items[i + 1 :])


def doubled(node: Any) -> Any:
    """Twice the node; 1 for 0."""
    return ONE if is_zero(node) else Product((TWO, node), ("",))


def one_more(node: Any) -> Any:
    return Sum((node, ONE))


def one_less(node: Any) -> Any:
    return Sum((node, Minus(ONE)))


class Mutations:
    """Mutates the members of a line that holds at all trials."""

    def __init__(
        self, judge: Judge, members: list[Any], trials: list[Trial], conditions: list[Any],
        primes: Any,
    ) -> None:  # fmt: skip
        self.env: Environment = judge.env
        self.sampler: Sampler = judge.sampler
        self.members, self.trials, self.primes = members, trials, primes
        self.conditions = conditions
        self.clock = Clock(MOST_WORK, judge.env.meter)
        self.holes: dict[Any, Any] = {}

    def hidden(self, first: int = 0) -> list[tuple[int, Place]]:
        """The places, from a member on, at which a factor 2 makes no difference in any trial,
        and at which nothing cancels.
        """
        indices = self.env.vocabulary.indices
        return [
            (k, place)
            for k, member in enumerate(self.members[first:], first)
            for place in places(member, indices)
            if not self.matters(k, place, place.put(doubled(place.node)))
            and not self.cancels(place)
        ]

    def cancels(self, place: Place) -> bool:
        """Whether the term of a place is 0 because what moves in it cancels, of declared arrays.

        The slope in a bias that is normalised away is 0 to the digits that are worked in, and no
        exact 0, for something did move. Where a definition is missing nothing does.
        """
        if not self.env.is_declared:
            return False
        values = self.terms_at(place)
        return all(is_nothing(v, digits) and any(entries(v)) for v, digits in values)

    def terms_at(self, place: Place) -> Iterator[tuple[Any, int]]:
        """The term of a place in every trial, with the digits that it is worked out in."""
        for trial in self.trials:
            with mp.workdps(trial.digits):
                values = [e.value(place.term) for e in under(self.evaluator(trial), place.sums)]
            yield from ((value, trial.digits) for value in values)

    def matters(self, k: int, place: Place, mutant: Any) -> bool:
        """Whether member k is another than the mutant of it at a place, in one of many trials.

        In one of all, where the place is in a case, which few of them may meet.
        """
        few = 1 if place.cases else 1 + len(self.trials) // MANY
        return any(self.differs(t, mutant, t.values[k]) for t in self.trials[::few])

    def differs(self, trial: Trial, mutant: Any, value: Any) -> bool:
        try:
            with mp.workdps(trial.digits):
                return not agree(self.evaluator(trial).value(mutant), value, trial.digits)
        except TooLong:
            raise
        except (Outside, Misfit, NotUnderstood):
            return True  # what cannot be mutated is not blamed for it

    def evaluator(self, trial: Trial) -> Evaluator:
        return Evaluator(
            self.env, trial.point, self.clock, trial.binding,
            memo=self.sampler.known_at(trial.point, self.primes),
            primes=self.primes, holes=self.holes,
        )  # fmt: skip

    def is_lost(self, place: Place) -> bool:
        """Whether the term of a place is 0 in every trial."""
        return all(is_nothing(value, digits) for value, digits in self.terms_at(place))

    def is_between(self, corner: tuple[Any, ...]) -> bool:
        """Whether what is said at a corner lies between the values at its sides: a subgradient.

        No point is met there but by chance, and a convention decides.
        """
        for t in self.trials:
            with mp.workdps(t.digits):
                value, one, other = map(self.evaluator(t).value, corner)
                if not all(isinstance(x, mp.mpf) for x in (value, one, other)):
                    return False
                if not min(one, other) <= value <= max(one, other) and not any(
                    agree(value, x, t.digits) for x in (one, other)
                ):
                    return False
        return True

    def is_chosen(self, place: Place) -> bool:
        """Whether numbers alone say which case holds: {1 if -3 < 3.5 < 3; 0 otherwise}."""
        conditions = [c for _, c in place.choice.branches] if place.choice is not None else []
        return bool(conditions) and all(c is None or is_arithmetic(c) for c in conditions)

    def is_met_alone(self, k: int, place: Place) -> bool:
        """Whether the case z = 0 of member k was right where z is 0, and one more there was not."""
        if place.choice is None or place.put_case is None:
            return False
        condition = next((c for v, c in place.choice.branches if v is place.case), None)
        if not (isinstance(condition, Relation) and condition.sign == "="
                and isinstance(condition.left, Name)):  # fmt: skip
            return False
        mutant = place.put_case(one_more(place.case))
        for trial in self.trials[:MANY]:
            evaluator = self.evaluator(trial)
            try:
                with mp.workdps(trial.digits):
                    key = canonical(evaluator, key_of(evaluator, condition.left))
                    there = evaluator.overridden({key: evaluator.value(condition.right)})
                    values = [there.value(m) for m in self.members]
                    other = there.value(mutant)
            except TooLong:
                raise
            except (Outside, Misfit, NotUnderstood):
                continue
            if not all(agree(v, values[0], trial.digits) for v in values):
                return False
            if not agree(other, values[k], trial.digits):
                return True
        return False

    def elsewhere(self) -> list[Trial]:
        """Trials at which letters are far larger, and far smaller."""
        task = self.sampler.task(self.members, self.conditions, self.primes)
        bodies = (d.body for d in self.env.all_definitions)
        most = max([LARGE, *(n for t in (*self.members, *bodies) for n in numbers_in(t))])
        return [
            t for scale in (1 / most, most)
            for t in self.sampler.settled(task, self.sampler.elsewhere(task, self.trials, scale))
        ]  # fmt: skip

    def turned(self) -> list[Trial]:
        """Trials at which one letter is outside of where it was in all others."""
        task = self.sampler.task(self.members, self.conditions, self.primes)
        return self.sampler.settled(task, self.sampler.turned(task, self.trials))

    def unmet(self) -> Any:
        """An argument of a max or min that is never the one that is taken."""
        for k, member in enumerate(self.members):
            for node in walk(member):
                chooses = isinstance(node, Call) and node.function.base in (r"\max", r"\min")
                if not chooses or len(node.arguments) == 1:
                    continue
                for i, argument in enumerate(node.arguments):
                    front, rest = node.arguments[:i], node.arguments[i + 1 :]
                    mutants = [
                        exchange(member, {node: replace(node, arguments=(*front, new, *rest))})
                        for new in (one_more(argument), one_less(argument), doubled(argument))
                    ]
                    if not any(
                        self.differs(t, mutant, t.values[k])
                        for t in self.trials for mutant in mutants
                    ):  # fmt: skip
                        return argument
        return None

    def vain(self, hidden: list[tuple[int, Place]]) -> Any:
        """A term among these that is 0 wherever it was tried, or a case that is never met."""
        random = any(t.point.drawn for t in self.trials)
        nothing = any(map(is_zero, self.members))
        for k, place in hidden:
            if nothing and place.term == self.members[k] and isinstance(place.term, OPERATORS):
                continue  # that this integral, limit or mean is 0 is what the line says
            if self.is_clear(place.term, k):
                continue
            if place.corner and self.is_between(place.corner):
                continue
            if is_arithmetic(place.term) and not place.cases:
                continue
            if self.is_chosen(place) or self.is_met_alone(k, place):
                continue
            if place.cases == 1 and place.put_case is not None:
                if random and not self.matters(k, place, place.put_case(one_more(place.case))):
                    return place.case
            elif random and self.is_lost(place):
                return place.term
        return None

    def is_clear(self, term: Any, k: int) -> bool:
        """Whether something in a term of member k is 0 by what is known: ∂b/∂w of letters."""
        while isinstance(term, Fixed):
            term = term.of
        if is_zero(term):
            return True
        return any(
            is_clear_zero(self.env, n) and (n is term or self.is_said(n, k)) for n in walk(term)
        )

    def is_said(self, node: Any, k: int) -> bool:
        """Whether a letter that nothing defines is said to stay, where its slope in w is a factor.

        Something is differentiated in it as well, as in w; or another member does without: in
        x ∂w/∂w + 2 ∂b/∂w = x it is 0. In 17 (a - y) ∂a/∂w what a is may be missing.
        """
        of = getattr(node, "of", None)
        if not isinstance(of, Name) or self.env.definitions.get(of.base):
            return True
        moved = differentiated_in(self.env.document.trees).values()
        if any(of.base == by.base for names in moved for by in names):
            return True
        others = [m for i, m in enumerate(self.members) if i != k]
        return any(not any(isinstance(n, Derivative | Gradient) for n in walk(m)) for m in others)


def is_arithmetic(term: Any) -> bool:
    """Whether a term has numbers alone: (1 - 1.000) e^3 is 0, and nothing is missing in it."""
    return not any(
        isinstance(n, Call | Big) or (isinstance(n, Name) and n.base not in CONSTANTS)
        for n in walk(term)
    )


def under(e: Evaluator, sums: tuple[Big, ...]) -> Iterator[Evaluator]:
    """The evaluators with the indices of these bound, one after the other."""
    if not sums:
        yield e
        return
    for inner in each_index(e, sums[0]):
        yield from under(inner, sums[1:])


def is_clear_zero(env: Environment, node: Any) -> bool:
    """Whether a derivative is 0 by what it says, if it is 0: of a letter in another letter.

    Where C has a definition in which w does not occur, the one that has it may be missing; of a
    formula that is written out, as the sum rule leaves it, it is what is written.
    """
    if isinstance(node, Call):
        return bool(node.order)
    if isinstance(node, Primed):
        return True
    if not isinstance(node, Derivative | Gradient) or node.of is None:
        return False
    if not isinstance(node.of, Name | Call):
        return True
    if all(by is None or reaches(env, node.of, by) for by in variables_of(node)):
        return True
    return not any(env.definitions.get(base) for base in behind(env, [node.of]))
