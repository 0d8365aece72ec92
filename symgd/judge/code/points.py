"""The points at which two derivatives are compared: ordinary ones, far ones, and corners.

tame       within ±6, at no special place: what is wrong here is wrong
far        |z| = 8 to 800, the ends of a domain: where a form overflows or saturates
corner     z = y, y ± δ, 0, ±3: where a derivative is a convention
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import mpmath as mp
import numpy as np

from symgd.judge.code.problem import LABELS, Problem
from symgd.trees.domain import REAL, Domain
from symgd.trees.names import symbol
from symgd.trees.scalars import walk
from symgd.verify.evaluate import evaluate, fraction

Array = np.ndarray[Any, Any]

# How many samples each batch has. Unlike sizes tell a mean from a sum from a factor of 2.
SAMPLES = (151, 67)
BATCHES = 24
FAR = (8.0, 15.0, 25.0, 36.5, 40.0, 100.0, 300.0, 720.0, 800.0)
ENDS = (1e-3, 1e-6, 1e-9, 1e-14)
BESIDE = (1e-3, 1e-7)
# σ(-800) is 10⁻³⁴⁸, and 1 - σ(800) needs the digits down to it.
DIGITS = 420


@dataclass(frozen=True)
class Batch:
    """One call: name → a number, or one a sample; and which of the samples are tame, or corners."""

    values: dict[str, Any]
    size: int
    tame: Array
    corner: Array

    def point(self, k: int) -> dict[str, float]:
        return {n: float(v if np.ndim(v) == 0 else v[k]) for n, v in self.values.items()}


def batches(problem: Problem, seed: int = 5) -> list[Batch]:
    """Batches of unlike sizes, all inside the domains of the model."""
    rng = Random(seed)
    if problem.per_sample:
        return [table(problem, rng, size, i == 0) for i, size in enumerate(SAMPLES)]
    return [shared(problem, rng, 1 + i % 7) for i in range(BATCHES)]


def table(problem: Problem, rng: Random, size: int, whole: bool) -> Batch:
    """A value a sample for the variable and the label, one for each letter."""
    letters = {n: float(domain_of(problem, n).sample(rng)) for n in problem.letters}
    varied = [n for n in problem.leaves if n not in letters]
    rows = [[ordinary(n, domain_of(problem, n), rng) for n in varied] for _ in range(size)]
    kinds = ["tame"] * size
    if whole:
        special = [
            *((r, "far") for r in far(problem, varied, rng)),
            *((r, "corner") for r in corners(problem, varied, letters, rng)),
        ]
        rows += [r for r, _ in special]
        kinds += [k for _, k in special]
    kept = [i for i, row in enumerate(rows) if inside(problem, varied, row, letters)]
    columns = np.array([rows[i] for i in kept], dtype=float).T
    marks = np.array([kinds[i] for i in kept])
    values = {**dict(zip(varied, columns, strict=True)), **letters}
    return Batch(values, len(kept), marks == "tame", marks == "corner")


def shared(problem: Problem, rng: Random, size: int) -> Batch:
    """Weights and letters are one number for all samples, data and labels one a sample."""
    one = [n for n in problem.leaves if n not in LABELS and n[0] != "x"]
    while True:
        values: dict[str, Any] = {n: float(domain_of(problem, n).sample(rng)) for n in one}
        names = [n for n in problem.leaves if n not in one]
        rows = [[ordinary(n, domain_of(problem, n), rng) for n in names] for _ in range(size)]
        if all(inside(problem, names, row, values) for row in rows):
            break
    columns = np.array(rows, dtype=float).reshape(size, len(names)).T
    values |= dict(zip(names, columns, strict=True))
    return Batch(values, size, np.ones(size, bool), np.zeros(size, bool))


def domain_of(problem: Problem, name: str) -> Domain:
    return problem.cut.domains.get(symbol(name), REAL)


def ordinary(name: str, where: Domain, rng: Random) -> float:
    """A generic number of the domain, of the real line within ±6."""
    x = float(where.sample(rng))
    wide = where == REAL and name not in LABELS
    return x * rng.choice((1, 2)) if wide else x


def far(problem: Problem, varied: list[str], rng: Random) -> list[list[float]]:
    """The variable at the far ends of its domain, with several labels each."""
    out = []
    for v in problem.wrt:
        for x in extremes(domain_of(problem, v)):
            for _ in range(3):
                row = {n: ordinary(n, domain_of(problem, n), rng) for n in varied}
                row[v] = x
                out.append([row[n] for n in varied])
    return out


def extremes(where: Domain) -> list[float]:
    if where.kind != "interval":
        return []
    low, high = (None if e is None else float(e) for e in (where.low, where.high))
    if low is None and high is None:
        return [s * x for x in FAR for s in (-1, 1)]
    width = 1.0 if low is None or high is None else high - low
    out = []
    if low is not None:
        out += [low + width * e for e in ENDS] + ([low + x for x in FAR] if high is None else [])
    if high is not None:
        out += [high - width * e for e in ENDS] + ([high - x for x in FAR] if low is None else [])
    return out


def corners(
    problem: Problem, varied: list[str], letters: dict[str, float], rng: Random
) -> list[list[float]]:
    """At and beside places where formulas bend: 0, the numbers in them, the label, and sums."""
    numbers = {float(abs(c)) for c in constants(problem)} | {abs(v) for v in letters.values()}
    out = []
    for v in problem.wrt:
        for _ in range(2):
            row = {n: ordinary(n, domain_of(problem, n), rng) for n in varied}
            # The label in quarters, so that y + δ is a double and the corner is met.
            for n in LABELS:
                if n in row and domain_of(problem, n).kind == "interval":
                    near = round(row[n] * 4) / 4
                    row[n] = near if domain_of(problem, n).contains(near) else row[n]
            label = [row[n] for n in LABELS if n in row]
            middles = [0.0, *label]
            places = {m + s * c for m in middles for c in (0.0, *numbers) for s in (-1, 1)}
            for place in sorted(places):
                for x in (place, *(place + s * d for d in BESIDE for s in (-1, 1))):
                    row[v] = x
                    out.append([row[n] for n in varied])
    return out


def constants(problem: Problem) -> set[Any]:
    """The numbers written in the formulas that are left, small ones, a few."""
    found: set[Any] = set()
    for body in (problem.cut.unfold(e) for e in problem.cut.definitions.values()):
        found |= {n for n in walk(body) if n.is_Number and abs(n) < 100}
    return set(sorted(found, key=lambda n: (not n.is_Integer, abs(n)))[:8])


def inside(
    problem: Problem, varied: list[str], row: list[float], letters: dict[str, float]
) -> bool:
    """Whether every name lies in its domain, those between the variable and the cost too."""
    point: dict[Any, Any] = {symbol(n): v for n, v in zip(varied, row, strict=True)}
    point |= {symbol(n): v for n, v in letters.items()}
    if not all(problem.cut.domains.get(s, REAL).contains(x) for s, x in point.items()):
        return False
    limited = [v for v in problem.cut.definitions if problem.cut.domains.get(v, REAL) != REAL]
    if not limited:
        return True
    with mp.workdps(DIGITS):
        exact = {s: mp.mpf(x) for s, x in point.items()}
        for v, body in problem.cut.definitions.items():
            if v == problem.cut.cost:
                break
            exact[v] = evaluate(problem.cut.unfold(body), exact)
            if v in limited and not holds(problem.cut.domains[v], exact[v]):
                return False
    return True


def holds(where: Domain, value: Any) -> bool:
    """Whether a number of many digits lies in a domain."""
    if mp.isnan(value):
        return False
    if where.kind != "interval":
        return where.contains(float(value))
    low = where.low is None or value > fraction(where.low) or (
        where.closed[0] and value == fraction(where.low)
    )  # fmt: skip
    high = where.high is None or value < fraction(where.high) or (
        where.closed[1] and value == fraction(where.high)
    )  # fmt: skip
    return bool(low and high)
