"""Step → Verdict: proved by the normal form, else sampled at random points, else refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import ModelError, UncheckedStepError
from symgd.language.formulas.printer import plain
from symgd.trees.graph import Graph
from symgd.trees.scalars import D, add, mul, replace_all, walk
from symgd.trees.steps import Derivation, Section, Step, Verdict, weakest
from symgd.verify.evaluate import evaluate, written
from symgd.verify.meaning import Reader
from symgd.verify.normal import proof
from symgd.verify.witness import Points, apart, point_text, refusal, with_verdicts

POINTS = 12
DIGITS = 25
WORKING_DIGITS = 50
MANY_DIGITS = 2000


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
        self.points = Points(graph, self.reader)
        self.positive = frozenset(s for s, d in graph.domains.items() if d.is_above(0))
        self.verdicts: dict[tuple[Any, Any, bool], Verdict] = {}
        # (left side, form) → the verdict on their equality, of the sections that were checked
        self.known: dict[tuple[Any, Any], Verdict] = {}

    def section(self, section: Section) -> Section:
        if section.instances:
            return with_verdicts(section, [self.check_all(section, s) for s in section.steps])
        verdicts: list[Verdict] = []
        for step in section.steps:
            verdicts.append(self.check(section, step))
            if section.kind != "lemma":
                self.known[section.left, step.after] = weakest(verdicts)
        return with_verdicts(section, verdicts)

    def check_all(self, section: Section, step: Step) -> Verdict:
        """The verdict of a step in indices is the weakest of those of its instances."""
        put = (
            replace(step, before=replace_all(step.before, t), after=replace_all(step.after, t))
            for t in map(dict, section.instances)
        )
        return weakest([self.check(section, s) for s in put])

    def check(self, section: Section, step: Step) -> Verdict:
        verdict = self.verdict(step.before, step.after, section.function, section.kind == "lemma")
        if verdict.status == "refuted":
            before, after = plain(step.before), plain(step.after)
            raise refusal(section, step, before, after, point_text(verdict.where or {}))
        return verdict

    def verdict(self, before: Any, after: Any, function: str = "", local: bool = False) -> Verdict:
        """The verdict on before == after; `function` names the one whose variables are in use."""
        key = (before, after, local)
        if key not in self.verdicts:
            self.verdicts[key] = self.prove_or_sample(before, after, function, local)
        return self.verdicts[key]

    def prove_or_sample(self, before: Any, after: Any, function: str, local: bool) -> Verdict:
        if isinstance(before, D) and isinstance(after, D) and before.args[1:] == after.args[1:]:
            # What has been found equal has equal derivatives.
            known = self.known.get((before.args[0], after.args[0]))
            if known is not None:
                return known
        # What the lines have in common is not read: a step rewrites a small part of a long line.
        parts = differences(before, after)
        if parts != [(before, after)] and all(self.is_proved(u, v, local) for u, v in parts):
            return Verdict("proved")
        # The first reading has the most letters, and is the shortest; if it fails, they may be at
        # fault, each of which stands for something.
        left: dict[tuple[Any, Any], None] = {}
        too_long = False
        for a, b in self.reader.equations(before, after, local):
            if not too_long:
                found = self.proof(a, b)
                if found:
                    return Verdict("proved")
                # What is too long for a proof is longer in the next reading.
                too_long = found is None
            left[a, b] = None
            if too_long:
                verdict = self.agreement(a, b, function)
                if verdict is not None and verdict.points == POINTS:
                    return verdict
        *shorter, last = left
        for a, b in () if too_long else shorter:
            verdict = self.agreement(a, b, function)
            if verdict is not None and verdict.points == POINTS:
                return verdict
        return self.sample(*last, function, (before, after))

    def proof(self, a: Any, b: Any) -> bool | None:
        """Whether what differs of two sides is proved equal, or all of them; None where that is too
        long."""
        parts = differences(a, b)
        found: bool | None = True
        for u, v in parts:
            found = found and proof(u, v, self.positive)
        if found or parts == [(a, b)]:
            return found
        return proof(a, b, self.positive)

    def is_proved(self, before: Any, after: Any, local: bool) -> bool:
        """Whether two parts are equal, each read for itself."""
        for a, b in self.reader.equations(before, after, local):
            found = proof(a, b, self.positive)
            if found or found is None:
                return found is True
        return False

    # -- sampling ---------------------------------------------------------------------------------

    def sample(
        self, a: Any, b: Any, function: str = "", line: tuple[Any, Any] | None = None
    ) -> Verdict:
        """The verdict of random points; `line` is how the page writes a = b."""
        verdict = self.agreement(a, b, function)
        if verdict is not None:
            if verdict.status == "refuted" and not self.graph.equations:
                # Of a formula that has no value sympy's derivative may have one: of lgamma(0) it is
                # 0, and of what is infinite there is none to write. The roots of equations no
                # point has.
                self.check_value()
            return verdict
        self.check_value()
        # What sympy makes of the sides, such as log(-1), may have no spelling of ours.
        before, after = line or (a, b)
        raise UncheckedStepError(
            f"{plain(before)} = {plain(after)} could not be checked: "
            "no point of the domain gives both sides a value."
        )

    def agreement(self, a: Any, b: Any, function: str = "") -> Verdict | None:
        """The same; None where no point gives both sides a value."""
        seen = 0
        with mp.workdps(WORKING_DIGITS):
            for point in self.points.of(a, b, function):
                left, right = evaluate(a, point), evaluate(b, point)
                if not (mp.isfinite(left) and mp.isfinite(right)):
                    continue
                if apart(left, right, DIGITS):
                    # 1 - tanh(46) loses 40 digits: a true difference stays in many more.
                    with mp.workdps(MANY_DIGITS):
                        left, right = evaluate(a, point), evaluate(b, point)
                    if apart(left, right, DIGITS):
                        # r(w)/(v·r(w)), where r(w) = 0: left out by one of them, and by itself.
                        if not has_value(a, point) or not has_value(b, point):
                            continue
                        # Where two branches meet, each side has a convention of its own.
                        if on_a_border(a, point):
                            continue
                        return Verdict("refuted", where=_point_text(point, left, right))
                seen += 1
                if seen == POINTS:
                    return Verdict("sampled", POINTS, DIGITS)
        return Verdict("sampled", seen, DIGITS) if seen else None

    def check_value(self) -> None:
        """Raise ModelError if the cost has no value at any point that is tried."""
        cost = self.graph.cost
        if not self.points.has_value(cost):
            raise ModelError(
                f"{cost} = {plain(self.graph.definitions[cost])} has no real value at any point "
                "that was tried, so it has no derivative to check; mend the formula, or say by "
                "domains= where its names lie."
            )


def has_value(e: Any, point: Mapping[Any, Any]) -> bool:
    """Whether nothing in it is without a value at a point, also where a case leaves it out."""
    return bool(mp.isfinite(evaluate(e, point, strict=True)))


def on_a_border(e: Any, point: Mapping[Any, Any]) -> bool:
    """Whether branches of the expression meet at a point, as of max(z, w) where z = w."""
    for n in walk(e):
        sides: tuple[Any, ...] = ()
        if isinstance(n, sp.Max | sp.Min | sp.core.relational.Relational):
            sides = n.args
        elif isinstance(n, sp.Heaviside | sp.sign | sp.Abs):
            sides = (n.args[0], sp.S.Zero)
        values = [v for v in (evaluate(u, point) for u in sides) if mp.isfinite(v)]
        if any(not apart(u, v, DIGITS) for u, v in combinations(values, 2)):
            return True
    return False


def _point_text(point: Mapping[Any, Any], left: Any, right: Any) -> dict[str, str]:
    named = {
        plain(k) if isinstance(k, sp.Basic) else str(k): written(v, 8) for k, v in point.items()
    }
    return {**named, "left side": written(left, 12), "right side": written(right, 12)}


# -- what two sides have in common ----------------------------------------------------------------


def differences(a: Any, b: Any) -> list[tuple[Any, Any]]:
    """Pairs that, if equal, make a and b equal; none where a and b are the same.

    What two sides have in common is taken away, so that only what differs need be proved equal:

        u + a = u + b    if a = b        ua = ub            if a = b
        aⁿ = bⁿ          if a = b        g(a) = g(b)        if a = b
        cases with the same conditions   if the values are equal one by one

    Each is enough for equality and none is needed, so that a failure here says nothing.
    """
    if a == b:
        return []
    if type(a) is not type(b):
        return [(a, b)]
    if a.is_Add or a.is_Mul:
        join = add if a.is_Add else mul
        left, right = Counter(a.args), Counter(b.args)
        shared = left & right
        if not shared and not (len(a.args) == len(b.args) == 1):
            return [(a, b)]
        rest_a, rest_b = (list((side - shared).elements()) for side in (left, right))
        return differences(join(*rest_a), join(*rest_b))
    if isinstance(a, sp.Piecewise):
        if [c for _, c in a.args] != [c for _, c in b.args]:
            return [(a, b)]
        pairs = zip(a.args, b.args, strict=True)
        return [d for u, v in pairs for d in differences(u.args[0], v.args[0])]
    if (a.is_Pow or a.is_Function) and len(a.args) == len(b.args):
        changed = [(u, v) for u, v in zip(a.args, b.args, strict=True) if u != v]
        if len(changed) == 1:
            return differences(*changed[0])
    return [(a, b)]
