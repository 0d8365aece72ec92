"""The likely slip of a wrong line: the one kind of single edit that makes it true.

Every edit is tried at the points where the line failed. If edits of one kind fit, the smallest is
the slip; if edits of unlike kinds do, or none, nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath as mp

from symgd.judge.environment.environment import Environment
from symgd.judge.report import Slip
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.agreement import agree
from symgd.judge.values.evaluator import Clock, Evaluator
from symgd.judge.values.memory import Lookups, Memory
from symgd.judge.values.points import Point
from symgd.judge.values.sampling import Trial
from symgd.judge.verdicts.mistakes import Edit, Surroundings, edits
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import (
    ONE,
    Big,
    Call,
    Derivative,
    Minus,
    Name,
    Number,
    Product,
    Sum,
    names_below,
    walk,
)

MOST_EDITS = 1200
MOST_WORK = 40_000
MOST_NAMES = 14
MOST_TRIALS = 8
# Kinds that say the same where they give the same formula: the first is told.
ORDER = (
    ("sign", "factor", "square", "exponent", "prime", "index", "variable", "function", "transpose",
     "operator", "sum", "extra"),
    ("inner-derivative",),
    ("number",),
    ("dropped-term",),
)  # fmt: skip
ALIKE = {"function": "variable", "exponent": "square", "extra": "factor"}


def slip(
    env: Environment,
    left: Any,
    wrong: Any,
    trials: list[Trial],
    primes: Any,
    before: Any = None,
) -> Slip | None:
    """The single edit of `wrong` that makes left = wrong true at the trials, if one kind does."""
    finder = Finder(env, left, trials, primes)
    around = surroundings(env, left, wrong, before)
    fits = list(finder.fitting(wrong, around))
    for kinds in ORDER:
        found = [e for e in fits if e.kind in kinds]
        if kinds == ("dropped-term",):
            found = list(finder.dropped(wrong, before, env))
        if found:
            return _told(found)
    return None


def _told(found: list[Edit]) -> Slip | None:
    groups = {ALIKE.get(e.kind, e.kind) for e in found}
    if len(groups) > 1:
        return None
    best = min(found, key=lambda e: sum(1 for _ in walk(e.tree)))
    return Slip(best.kind, best.words, to_latex(best.tree))


def surroundings(env: Environment, left: Any, wrong: Any, before: Any) -> Surroundings:
    """The names, functions and inner derivatives that a correction may draw on."""
    trees = [left, wrong, *([before] if before is not None else [])]
    bodies = env.all_definitions
    names = dict.fromkeys(
        n for t in (*trees, *(d.body for d in bodies), *(d.left for d in bodies))
        for n in names_below(t)
    )  # fmt: skip
    indices = env.vocabulary.indices
    plain = [n for n in names if n.base not in indices and n.base not in ("e", r"\pi")]
    functions = dict.fromkeys(
        Name(n.function.base, n.function.below)
        for t in (*trees, *(d.body for d in bodies))
        for n in walk(t)
        if isinstance(n, Call) and len(n.arguments) == 1
        and n.function.base not in (r"\log", r"\ln", r"\exp")
    )  # fmt: skip
    return Surroundings(
        tuple(plain[:MOST_NAMES]),
        tuple(functions),
        tuple(sorted(indices & {n.base for t in trees for n in walk(t) if isinstance(n, Name)})),
        tuple(_inner(env, left, plain)),
        env.shapes.arrays,
    )


def _inner(env: Environment, left: Any, names: list[Name]) -> Iterator[Any]:
    """What may have been left out: a name, or the derivative of one definition in a name of it."""
    yield from names[:MOST_NAMES]
    for definitions in env.definitions.values():
        for d in definitions:
            inside = dict.fromkeys(names_below(d.body))
            for n in inside:
                if isinstance(d.left, Name) and n.base not in env.vocabulary.indices:
                    derivative = Derivative(d.left, (n,))
                    if derivative != left:
                        yield derivative


def _copy(point: Point) -> Point:
    return replace(point, drawn=dict(point.drawn), coefficients=dict(point.coefficients))


class Finder:
    """Tries formulas at the points of a line."""

    def __init__(self, env: Environment, left: Any, trials: list[Trial], primes: Any) -> None:
        self.env = env
        self.primes = primes
        self.clock = Clock(MOST_WORK)
        # What is only tried is not drawn into the point that a counterexample shows.
        self.trials = [replace(t, point=_copy(t.point)) for t in _various(trials)]
        lookups = Lookups()
        self.known = {id(t): Memory(lookups=lookups) for t in self.trials}
        self.truth = [self.at(t, left) for t in self.trials]

    def at(self, trial: Trial, tree: Any) -> Any:
        evaluator = Evaluator(self.env, trial.point, self.clock, trial.binding,
                              memo=self.known[id(trial)], primes=self.primes)  # fmt: skip
        with mp.workdps(trial.digits):
            return evaluator.value(tree)

    def fits(self, tree: Any) -> bool:
        try:
            return all(
                agree(self.at(t, tree), truth, t.digits)
                for t, truth in zip(self.trials, self.truth, strict=True)
            )
        except (Outside, Misfit, TypeError):
            return False
        except NotUnderstood:
            return False

    def fitting(self, wrong: Any, around: Surroundings) -> Iterator[Edit]:
        seen: set[Any] = set()
        for count, edit in enumerate(edits(wrong, around)):
            if count > MOST_EDITS or self.clock.left <= 0:
                return
            if edit.tree not in seen:
                seen.add(edit.tree)
                if self.fits(edit.tree):
                    yield edit

    def dropped(self, wrong: Any, before: Any, env: Environment) -> Iterator[Edit]:
        """A term that stands in the line before, or in a definition, and is missing here."""
        sources = [before] if before is not None else []
        sources += [d.body for d in env.all_definitions]
        terms = dict.fromkeys(
            (t.of if isinstance(t, Minus) else t)
            for s in sources for n in walk(s) if isinstance(n, Sum) for t in n.terms
        )  # fmt: skip
        terms |= dict.fromkeys(n for s in sources for n in walk(s) if isinstance(n, Product | Name))
        terms |= {ONE: None}
        # 3x - x is 2x: who writes 3x has forgotten no term.
        mine = {_letters(t) for t in (wrong.terms if isinstance(wrong, Sum) else (wrong,))}
        terms = {t: None for t in terms if _letters(t) not in mine}
        for term in list(terms)[:80]:
            if isinstance(term, Big) and term == wrong:
                continue
            for signed in (term, Minus(term)):
                tree = Sum((*(wrong.terms if isinstance(wrong, Sum) else (wrong,)), signed))
                if self.fits(tree):
                    words = say("slip:term-missing", formula=to_latex(signed))
                    yield Edit("dropped-term", words, tree)


def _letters(term: Any) -> frozenset[tuple[Any, int]]:
    """A term without its numbers and its sign."""
    if isinstance(term, Minus):
        return _letters(term.of)
    factors = term.factors if isinstance(term, Product) else (term,)
    return frozenset(Counter(f for f in factors if not isinstance(f, Number)).items())


def _various(trials: list[Trial]) -> list[Trial]:
    """A few trials at different points, and with different indices."""
    chosen: list[Trial] = []
    for trial in trials:
        if len(chosen) < MOST_TRIALS and (
            len(trials) <= MOST_TRIALS or trials.index(trial) % (len(trials) // MOST_TRIALS) == 0
        ):
            chosen.append(trial)
    return chosen
