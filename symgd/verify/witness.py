"""The witness of a step: points, digits, corners; what scalars and arrays share of it.

A step holds if its two sides agree, to so many digits, at points at which both have a value. Where
they seem to differ they are looked at once more in many digits, for 1 - tanh(46) loses 40 of them
and a true difference stays. Nothing here knows how a step was made.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import mpmath as mp

from symgd.errors import DataError, RefutedStepError
from symgd.resources import current, spend
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import Unevaluated, is_application, walk
from symgd.trees.steps import Section, Step, Verdict
from symgd.verify.evaluate import evaluate, fraction
from symgd.verify.meaning import Reader

# -- what is said ---------------------------------------------------------------------------------


def with_verdicts(section: Section, verdicts: Iterable[Verdict | None]) -> Section:
    """The section with a verdict on each of its steps."""
    steps = zip(section.steps, verdicts, strict=True)
    return section.with_steps(tuple(replace(s, verdict=v) for s, v in steps))


def refusal(section: Section, step: Step, before: str, after: str, where: str) -> RefutedStepError:
    """What is raised at a step whose sides differ."""
    return RefutedStepError(
        f"In {section.id}, the step {step.rule!r} says {before} = {after}, which fails at {where}."
    )


def point_text(point: Mapping[str, Any]) -> str:
    """`x = 1, y = 2`."""
    return ", ".join(f"{k} = {v}" for k, v in point.items())


def apart(left: Any, right: Any, digits: int) -> bool:
    """Whether two numbers differ in their first digits; below 10^-digits they are 0."""
    scale = max(abs(left), abs(right), mp.mpf(10) ** -digits)
    return bool(abs(left - right) > scale * mp.mpf(10) ** -digits)


# -- points of a graph ----------------------------------------------------------------------------

TRIES = 60
FAR = 5
SEED = 20161
# From these tries on, where those before them gave no value, numbers without a domain are above 0,
# and between 0 and 1: a sum of twenty logarithms has a value at one point in a million of others.
POSITIVE, UNIT = 40, 50


class Points:
    """Random points of one graph: leaves from their domains, names computed forward.

    A letter has one value in each try, whatever it is drawn for: what a graph computes is computed
    once for all steps.
    """

    def __init__(self, graph: Graph, reader: Reader) -> None:
        self.graph = graph
        self.reader = reader
        self.written: dict[Any, str] = {}
        self.drawn: dict[tuple[Any, int, str], Any] = {}
        # by precision: more digits of the leaves' numbers are more of what they give
        self.computed: dict[tuple[Any, int, int], tuple[Any, bool]] = {}

    def of(self, a: Any, b: Any, function: str) -> Iterator[Mapping[Any, Any]]:
        """Points for what stands in a and b; the variables of a named function are drawn freely."""
        letters = {
            n
            for side in (a, b)
            for n in walk(side)
            if n.is_Symbol or isinstance(n, Unevaluated) or is_application(n)
        }
        for i in range(int(min(TRIES, current().most("samples")))):
            spend()
            if self.graph.functions.get(function):
                yield self.free_point(letters, i, function)
            else:
                yield self.forward_point(letters, i)

    def text(self, letter: Any) -> str:
        """The letter as it is written, by which points are in order."""
        if letter not in self.written:
            self.written[letter] = str(letter)
        return self.written[letter]

    def domain_of(self, letter: Any, function: str = "") -> Domain:
        g = self.graph.functions.get(function)
        if g is not None and str(letter) in g.domains:
            return g.domains[str(letter)]
        return self.graph.domains.get(letter, REAL)

    def value(self, letter: Any, i: int, function: str = "") -> Any:
        """The letter in try i, as it is drawn."""
        key = letter, i, function
        if key not in self.drawn:
            rng = random.Random(f"{SEED} {i} {self.text(letter)}")
            self.drawn[key] = self.draw(letter, rng, i, function)
        return self.drawn[key]

    def draw(self, letter: Any, rng: random.Random, i: int, function: str = "") -> Any:
        """A value of the letter for try i; every third is far out, where another case may hold."""
        where = self.domain_of(letter, function)
        value = fraction(where.sample(rng))
        if where != REAL:
            return value
        if i >= UNIT:
            return mp.frac(abs(value))
        if i >= POSITIVE:
            value = abs(value)
        return value * FAR if i % 3 == 2 else value

    def free_point(self, letters: set[Any], i: int, function: str = "") -> dict[Any, Any]:
        return {s: self.value(s, i, function) for s in sorted(letters, key=self.text)}

    def forward_point(self, letters: set[Any], i: int) -> dict[Any, Any]:
        """A point of the graph itself, if it is one; else what has no value there is a number that
        is drawn, and the names made of it go by that."""
        return self.from_leaves(letters, i)[0]

    def has_value(self, v: Any) -> bool:
        """Whether what v is made of, and v, have real values at a point that was tried."""
        return any(not self.from_leaves({v}, i)[1] for i in range(TRIES))

    def from_leaves(self, letters: set[Any], i: int) -> tuple[dict[Any, Any], list[Any]]:
        """The values that drawn leaves give to what the letters are made of; and the names that
        have none, for which a drawn number stands."""
        graph = self.graph
        names = (s for s in letters if s.is_Symbol)
        needed = set(letters).union(*(graph.ancestors.get(s, frozenset()) for s in names))
        leaves = sorted((s for s in needed if s not in graph.definitions), key=self.text)
        point: dict[Any, Any] = {s: self.value(s, i) for s in leaves}
        without: list[Any] = []
        for v in graph.definitions:
            if v in needed:
                point[v], is_computed = self.compute(v, i, point)
                if not is_computed:
                    without.append(v)
        return point, without

    def compute(self, v: Any, i: int, point: Mapping[Any, Any]) -> tuple[Any, bool]:
        """A name from what it is made of, and True; where it has no value a number, and False."""
        key = v, i, mp.mp.prec
        if key not in self.computed:
            try:
                value = evaluate(self.reader.definition(v), point)
            except DataError:
                value = mp.nan
            holds = mp.isfinite(value) and self.domain_of(v).contains(float(value))
            self.computed[key] = (value, True) if holds else (self.value(v, i), False)
        return self.computed[key]
