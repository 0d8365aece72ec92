r"""Where a derivation stands, and other ways to read its next line.

Each other reading is entered, tried and left, and the environment is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.judge.environment.conventions import meanings
from symgd.judge.report import Line
from symgd.judge.trouble import NotUnderstood, TooLong
from symgd.judge.values.sampling import Sampler, Trial
from symgd.language.latex.grammar import Habits
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Gradient,
    Name,
    Norm,
    Product,
    Sum,
    Transposed,
    walk,
)
from symgd.language.latex.vocabulary import CONVENTIONS

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

OTHER_HABITS = {
    "reach": Habits(reach="far"),
    "first": Habits(reach="first"),
    "slash": Habits(slash="right"),
    "circle": Habits(circle="tight"),
    "argument": Habits(argument="first"),
    "at": Habits(at="point"),
    "tensor": Habits(tensor="kronecker"),
}


@dataclass(frozen=True)
class State:
    """Where the derivation stands: the left side, the last member, the wrong line above.

    `lost` where the left side is not understood.
    """

    left: Any = None
    last: Any = None
    wrong: int | None = None
    conditions: tuple[Any, ...] = ()
    lost: bool = False


@dataclass(frozen=True)
class Failure:
    """What an edit is tried against: left = wrong is false at `trials`; `before` stood above it."""

    left: Any
    wrong: Any
    trials: list[Trial]
    primes: Any
    before: Any


class Reading:
    """Another way to read a line, while it is entered; after it the environment is as it was.

    `changes` are attributes of the environment and what they are in this reading. `doubt` is why
    a line that is right in it is not ticked.
    """

    doubt = ""

    def __init__(self, judge: Judge, note: str = "", **changes: Any) -> None:
        self.judge = judge
        self.notes = (note,) if note else ()
        self.changes = changes

    def line(self, said: Statement) -> Line | None:
        """The verdict on a line in this reading; None where it makes no sense in it."""
        with self:
            try:
                return self.judge.verdict(self.judge.env.read(said.text))
            except TooLong:
                raise
            except (NotUnderstood, FormulaError):
                return None

    def __enter__(self) -> None:
        env = self.judge.env
        self.before = {k: getattr(env, k) for k in self.changes}
        self.sampler = self.judge.sampler
        self.definitions = {k: list(v) for k, v in env.definitions.items()}
        for name, value in self.changes.items():
            setattr(env, name, value)
        if set(self.changes) - {"habits"}:  # a habit is one of this line: names are worth the same
            self.judge.sampler = Sampler(env)

    def __exit__(self, *_: Any) -> None:
        for name, value in self.before.items():
            setattr(self.judge.env, name, value)
        self.judge.env.definitions = self.definitions
        self.judge.sampler = self.sampler


def is_of_arrays(tree: Any) -> bool:
    """Whether something is written that numbers do not need: a transpose, a norm, ⊙."""
    return any(
        isinstance(n, Transposed | Norm) or (isinstance(n, Product) and "o" in n.signs)
        for n in walk(tree)
    )  # fmt: skip


def in_a_lemma(judge: Judge, said: Statement) -> Iterator[Reading]:
    """σ'(z) = ... says what the slope of σ is at a number z, whatever z is elsewhere."""
    env = judge.env
    left = judge.state.left if said.continues else said.members[0]
    if not (env.shapes.arrays and isinstance(left, Call) and left.order):
        return
    for name in left.arguments:
        if isinstance(name, Name):
            others = {k: v for k, v in env.definitions.items() if k != name.base}
            names = {k: s for k, s in env.shapes.names.items() if k[0] != name.base}
            yield Reading(judge, definitions=others, shapes=replace(env.shapes, names=names))


def by_convention(judge: Judge, said: Statement) -> Iterator[Reading]:
    """A function that nothing defines, by what its letter usually means."""
    members = [*said.members, *([judge.state.left] if said.continues else ())]
    called = {n.function.base for m in members for n in walk(m) if isinstance(n, Call)}
    for base, name, found in meanings(judge.env):
        if base in called:
            other = {**judge.env.definitions, base: [found]}
            said_of = f"{base} is read as {name}: nothing here defines it"
            reading = Reading(judge, said_of, definitions=other)
            if base in CONVENTIONS:
                reading.doubt = f"Nothing here defines {base}; it may be {name}."
            yield reading


def other_readings(judge: Judge, said: Statement) -> Iterator[Reading]:
    """The readings that are open to a line, the likeliest first."""
    env = judge.env
    yield from in_a_lemma(judge, said)
    yield from by_convention(judge, said)
    for name in sorted(said.ambiguous):
        yield Reading(judge, habits=OTHER_HABITS[name])
    nodes = [n for m in said.members for n in walk(m)]
    if not env.is_declared and any(isinstance(n, Derivative | Gradient) for n in nodes):
        yield Reading(judge, wide=True)
    labels = {env.whole_of(n, ("i",)) for n in env.document.labels}
    labels -= set(env.assumptions.totals) | set(env.definitions)
    if labels:
        totals = {**env.assumptions.totals, **dict.fromkeys(labels, Fraction(1))}
        yield Reading(judge, f"{', '.join(sorted(labels))} taken to sum to 1",
                      assumptions=replace(env.assumptions, totals=totals))  # fmt: skip
    if env.assumptions.symmetric:
        yield Reading(judge, "the two entries of a symmetric matrix move together", paired=True)
    shapes = env.shapes
    for solution in shapes.alternatives:
        yield Reading(judge, "in another reading of the shapes", shapes=solution)
    if shapes.arrays and any(isinstance(n, Sum) for n in nodes):
        yield Reading(judge, "a number beside a matrix taken as a multiple of I",
                      shapes=replace(shapes, multiples=True))  # fmt: skip
    if shapes.arrays and not shapes.declared:
        reading = Reading(judge, "every letter taken as a number", shapes=shapes.in_numbers())
        if any(map(is_of_arrays, [*env.document.trees, *said.members])):
            reading.doubt = (
                "This holds for numbers and not for arrays, in the shapes that are read here; "
                "declare them, as in W \\in \\mathbb{R}^{m \\times n}."
            )
        yield reading
