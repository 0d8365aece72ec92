"""Step → Verdict: proved by the normal form, else sampled at random points, else refuted."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import DataError, RefutedStepError
from symgd.language.printer import plain
from symgd.trees.domain import REAL, Domain, domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import Held, is_application, walk
from symgd.trees.steps import Derivation, Section, Step, Verdict
from symgd.verify.congruence import differences
from symgd.verify.evaluate import evaluate, fraction
from symgd.verify.meaning import Reader
from symgd.verify.normal import equal

POINTS = 12
DIGITS = 25
TRIES = 60
FAR = 5
WORKING_DIGITS = 50
MANY_DIGITS = 2000
NEGATIVE = domain("(-oo, 0)")


def verify(derivation: Derivation) -> Derivation:
    """The derivation with a verdict on each step.

    Raises RefutedStepError, which shows the point, if the two sides of a step differ: a
    derivation that holds such a step is never returned.
    """
    checker = Checker(derivation.graph)
    return replace(
        derivation,
        lemmas=tuple(map(checker.section, derivation.lemmas)),
        backward=tuple(map(checker.section, derivation.backward)),
        sections=tuple(map(checker.section, derivation.sections)),
    )


class Checker:
    """Checks the steps of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.reader = Reader(graph)
        self.positive = frozenset(s for s, d in graph.domains.items() if positive(d))
        self.verdicts: dict[tuple[Any, Any, bool], Verdict] = {}

    def section(self, section: Section) -> Section:
        steps = tuple(replace(s, verdict=self.checked(section, s)) for s in section.steps)
        return section.with_steps(steps)

    def checked(self, section: Section, step: Step) -> Verdict:
        verdict = self.verdict(step.before, step.after, section.function, section.kind == "lemma")
        if verdict.status == "refuted":
            where = ", ".join(f"{k} = {v}" for k, v in (verdict.where or {}).items())
            raise RefutedStepError(
                f"In {section.id}, the step {step.rule!r} says "
                f"{plain(step.before)} = {plain(step.after)}, which fails at {where}."
            )
        return verdict

    def verdict(self, before: Any, after: Any, function: str = "", local: bool = False) -> Verdict:
        """The verdict on before == after; `function` names the one whose variables are in use."""
        key = (before, after, local)
        if key not in self.verdicts:
            self.verdicts[key] = self.judged(before, after, function, local)
        return self.verdicts[key]

    def judged(self, before: Any, after: Any, function: str, local: bool) -> Verdict:
        a = b = None
        for a, b in self.reader.equations(before, after, local):
            parts = differences(a, b)
            if all(equal(u, v, self.positive) for u, v in parts):
                return Verdict("proved")
            if parts != [(a, b)] and equal(a, b, self.positive):
                return Verdict("proved")
        return self.sampled(a, b, function)

    # -- sampling ---------------------------------------------------------------------------------

    def sampled(self, a: Any, b: Any, function: str = "") -> Verdict:
        rng = random.Random(20161)
        seen = 0
        with mp.workdps(WORKING_DIGITS):
            for point in self.points(a, b, function, rng):
                left, right = evaluate(a, point), evaluate(b, point)
                if not (mp.isfinite(left) and mp.isfinite(right)):
                    continue
                if _apart(left, right):
                    # 1 - tanh(46) loses 40 digits: a true difference stays in many more.
                    with mp.workdps(MANY_DIGITS):
                        left, right = evaluate(a, point), evaluate(b, point)
                    if _apart(left, right):
                        return Verdict("refuted", where=_shown(point, left, right))
                seen += 1
                if seen == POINTS:
                    return Verdict("sampled", POINTS, DIGITS)
        if seen:
            return Verdict("sampled", seen, DIGITS)
        raise RefutedStepError(
            f"{plain(a)} = {plain(b)} could not be checked: "
            "no point of the domain gives both sides a value."
        )

    def points(
        self, a: Any, b: Any, function: str, rng: random.Random
    ) -> Iterator[Mapping[Any, Any]]:
        """Random points: leaves from their domains, names computed forward, the rest free."""
        letters = {
            n
            for side in (a, b)
            for n in walk(side)
            if n.is_Symbol or isinstance(n, Held) or is_application(n)
        }
        for i in range(TRIES):
            wide = i % 3 == 2
            if self.graph.functions.get(function):
                yield self.free_point(letters, rng, wide, function)
            else:
                yield self.forward_point(letters, rng, wide)

    def domain_of(self, letter: Any, function: str = "") -> Domain:
        g = self.graph.functions.get(function)
        if g is not None and str(letter) in g.domains:
            return g.domains[str(letter)]
        return self.graph.domains.get(letter, REAL)

    def draw(self, letter: Any, rng: random.Random, wide: bool, function: str = "") -> Any:
        """A value of the letter; every third one is drawn far out, where another case may hold."""
        where = self.domain_of(letter, function)
        value = fraction(where.sample(rng))
        return value * FAR if wide and where == REAL else value

    def free_point(
        self, letters: set[Any], rng: random.Random, wide: bool, function: str = ""
    ) -> dict[Any, Any]:
        return {s: self.draw(s, rng, wide, function) for s in sorted(letters, key=str)}

    def forward_point(self, letters: set[Any], rng: random.Random, wide: bool) -> dict[Any, Any]:
        """A point of the graph itself, if one is found; else the letters are drawn freely."""
        graph = self.graph
        names = (s for s in letters if s.is_Symbol)
        needed = set(letters).union(*(graph.ancestors.get(s, frozenset()) for s in names))
        leaves = sorted((s for s in needed if s not in graph.definitions), key=str)
        point: dict[Any, Any] = {s: self.draw(s, rng, wide) for s in leaves}
        for v in graph.definitions:
            if v in needed:
                try:
                    value = evaluate(self.reader.definition(v), point)
                except DataError:
                    value = mp.nan
                if not mp.isfinite(value) or not self.domain_of(v).contains(float(value)):
                    return self.free_point(letters, rng, wide)
                point[v] = value
        return point


def _apart(left: Any, right: Any) -> bool:
    """Whether two values differ in the first DIGITS digits."""
    scale = max(abs(left), abs(right), mp.mpf(10) ** -DIGITS)
    return bool(abs(left - right) > scale * mp.mpf(10) ** -DIGITS)


def positive(d: Domain) -> bool:
    """Whether everything in the domain is greater than 0."""
    return not d.contains(0) and not d.meets(NEGATIVE)


def _shown(point: Mapping[Any, Any], left: Any, right: Any) -> dict[str, str]:
    named = {
        plain(k) if isinstance(k, sp.Basic) else str(k): mp.nstr(v, 8) for k, v in point.items()
    }
    return {**named, "left side": mp.nstr(left, 12), "right side": mp.nstr(right, 12)}
