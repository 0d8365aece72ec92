"""The derivatives that a function should return, the points it is asked at, and the truth there.

    wrt z       C = L(f(z), y)      a value a sample
    wrt w, b    C = L(f(wx + b), y), the mean over samples, or the sum

A definition in `wrt` becomes a leaf, and what stood below it is gone. Points are

    tame       within ±6, at no special place: what is wrong here is wrong
    far        |z| = 8 to 800, the ends of a domain: where a form overflows or saturates
    corner     z = y, y ± δ, 0, ±3: where a derivative is a convention

A `Scene` has g = ∂C/∂v, h = ∂²C/∂v², f' = ∂ŷ/∂v, L' = ∂C/∂ŷ, C and y over all batches, reduced as
the function reduces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from random import Random
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from symgd.derive import derive
from symgd.errors import (
    DataError,
    InputError,
    ModelError,
    SymgdError,
    did_you_mean,
    listing,
    quote,
    shown,
)
from symgd.language.formulas.printer import latex
from symgd.targets.gradient import Compiled, compile_gradient
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import walk
from symgd.verify.evaluate import evaluate, fraction

LABELS = ("y", "t")
Values = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """∂C/∂v for every v of `wrt`, and ∂²C/∂v² where there is one.

    graph    the whole model
    cut      the model from `wrt` on, with `wrt` its parameters
    coding   label of the loss → label as the function has it, where these are not the same
    """

    graph: Graph
    cut: Graph
    wrt: tuple[str, ...]
    coding: tuple[tuple[float, float], ...] = ()

    @property
    def per_sample(self) -> bool:
        """Whether there is a derivative a sample: those of z are, those of the weights are not."""
        return not set(self.wrt) & {str(p) for p in self.graph.parameters}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        return tuple(map(str, self.cut.leaves))

    @property
    def label(self) -> str | None:
        return next((n for n in LABELS if n in self.leaves), None)

    @property
    def letters(self) -> tuple[str, ...]:
        """The numbers that shape the cost, one for all samples."""
        data = {*self.wrt, *LABELS}
        shared = {str(p) for p in self.graph.parameters}
        return tuple(n for n in self.leaves if n not in data and n not in shared and n[0] != "x")

    def coded(self, labels: Any) -> Any:
        """Labels as the function has them: 0 and 1 where the loss has -1 and 1, say."""
        out = np.asarray(labels, dtype=float)
        for mine, its in self.coding:
            out = np.where(np.asarray(labels) == mine, its, out)
        return out if np.ndim(labels) else float(out)

    @cached_property
    def limited(self) -> bool:
        """Whether the cost has functions that have no value somewhere, such as a logarithm."""
        bodies = [self.cut.unfold(e) for e in self.cut.definitions.values()]
        return any(not total(node) for body in bodies for node in walk(body))

    @cached_property
    def truth(self) -> Compiled:
        """(cost, {v: slope}, {"v,u": curvature}), a value a sample."""
        return compile_gradient(self.cut, "numpy", None, 2)

    @cached_property
    def link(self) -> Problem:
        """The prediction in place of the cost: ŷ = f(v)."""
        yhat = symbol("yhat")
        needed = self.cut.ancestors[yhat] | {yhat}
        kept = {u: e for u, e in self.cut.definitions.items() if u in needed}
        part = replace(self.cut, definitions=kept, domains=without(self.cut, ("yhat",)))
        return Problem(self.graph, part, self.wrt)

    def correction(self, *names: str) -> str:
        """The derivative in LaTeX, as it is derived; nothing where no derivation is found."""
        wanted = tuple(map(symbol, dict.fromkeys(names)))
        try:
            derivation = derive(self.cut, wanted, len(names), "textbook")
        except SymgdError:
            return ""
        return latex(derivation.sections[0].result, self.cut.spelling)


def problem(graph: Graph, wrt: tuple[str, ...]) -> Problem:
    """Raises ModelError for a name that the model has not, or that the cost does not depend on."""
    known = [*map(str, graph.definitions)][:-1] + [str(s) for s in graph.leaves]
    for name in wrt:
        if name not in known:
            raise ModelError(
                f"{quote(name)} is not a name of this model; it has {listing(known)}."
                f"{did_you_mean(name, known)}"
            )
    return Problem(graph, cut_at(graph, wrt), wrt)


def total(node: Any) -> bool:
    """Whether a node of a formula has a value wherever its arguments have: a + b, x², e^x."""
    if node.is_Pow:
        exponent = node.exp
        return bool(exponent.is_Integer and exponent >= 0) or bool(node.base.is_positive)
    return bool(node.is_Atom or node.is_Add or node.is_Mul or node.is_Relational
                or node.func in TOTAL)  # fmt: skip


TOTAL = frozenset((sp.exp, sp.tanh, sp.cosh, sp.sinh, sp.sin, sp.cos, sp.Abs, sp.sign, sp.atan,
                   sp.Max, sp.Min, sp.And, sp.Or, sp.Not, sp.Piecewise, sp.erf))  # fmt: skip


def with_labels(given: Problem, labels: Sequence[float] | None) -> Problem:
    """The problem with the labels that there are, as (0, 1) or (-1, 1).

    t is -1 or 1 where nothing else is said. Labels of a loss that has others are those of the
    function: in order, each stands for one of the loss. Raises InputError where they cannot.
    """
    name = given.label
    if name is None:
        if labels is not None:
            raise InputError("The loss has no label y or t; labels are not for it.")
        return given
    own = given.cut.domains.get(symbol(name), REAL)
    if labels is None:
        return limited_to(given, (-1.0, 1.0)) if name == "t" and own == REAL else given
    try:
        wanted = tuple(sorted(float(x) for x in labels))
    except Exception:  # whatever the user's own numbers raise
        raise InputError(
            f"labels={shown(labels)} are no labels; they are numbers, such as (0, 1)."
        ) from None
    if own.kind == "finite" and not all(map(own.contains, wanted)):
        if len(wanted) != len(own.members):
            raise InputError(
                f"The loss has the labels {own.text}; {listing(f'{x:g}' for x in wanted)} cannot "
                "stand for them."
            )
        pairs = zip((float(m) for m in own.members), wanted, strict=True)
        return replace(given, coding=tuple(pairs))
    if not all(map(own.contains, wanted)):
        raise InputError(
            f"The labels {listing(f'{x:g}' for x in wanted)} do not lie in {own.text}, where "
            f"{name} of this loss lies."
        )
    return limited_to(given, wanted)


def limited_to(given: Problem, labels: Sequence[float]) -> Problem:
    """The problem with a finite set of labels."""
    s = symbol(str(given.label))
    members = tuple(sorted(Fraction(x) for x in labels))
    domain = Domain("finite", members=members)
    cut = replace(given.cut, domains={**given.cut.domains, s: domain})
    graph = replace(given.graph, domains={**given.graph.domains, s: domain})
    return replace(given, cut=cut, graph=graph)


def cut_at(graph: Graph, wrt: tuple[str, ...]) -> Graph:
    """The graph whose parameters are these names; raises ModelError where one does not matter."""
    names = tuple(map(symbol, wrt))
    kept = {v: e for v, e in graph.definitions.items() if v not in names}
    cut = replace(graph, definitions=kept, parameters=names)
    live = cut.ancestors[cut.cost] | {cut.cost}
    cut = replace(cut, definitions={v: e for v, e in kept.items() if v in live})
    for s in names:
        if s not in live:
            raise ModelError(
                f"The cost depends on {s} only through {listing(n for n in wrt if n != str(s))}; "
                "differentiate in one of them."
            )
    return cut


def values_of(problem: Problem, name: str, leaves: Values) -> Any:
    """The value of a definition of the cut graph, from its leaves."""
    found = kernel(problem, name, 0)
    return found(**{n: leaves[n] for n in found.names})[0]


def slope_in(problem: Problem, name: str, leaves: Values, order: int = 1) -> Any:
    """∂C/∂name or ∂²C/∂name², from the leaves of the cut graph."""
    made = kernel(problem, name, order)
    known = {n: leaves[n] if n in leaves else values_of(problem, n, leaves) for n in made.names}
    found = made(**known)
    return found[1][name] if order == 1 else found[2][f"{name},{name}"]


@lru_cache(maxsize=256)
def kernel(problem: Problem, name: str, order: int) -> Compiled:
    """The value of a name, or the cost and its derivatives in it.

    σ(40) is 1 in doubles, outside (0, 1), so what is computed has no domain: what comes of it
    there is not looked at.
    """
    graph, v = problem.cut, symbol(name)
    if order:
        cut = cut_at(graph, (name,))
        return compile_gradient(replace(cut, domains=without(cut, map(str, graph.definitions))),
                        "numpy", None, order)  # fmt: skip
    needed = graph.ancestors[v] | {v}
    bodies = {u: e for u, e in graph.definitions.items() if u in needed}
    part = replace(graph, definitions=bodies, parameters=())
    part = replace(part, parameters=part.leaves[:1], domains=without(graph, (name,)))
    return compile_gradient(part, "numpy", None, 1)


def without(graph: Graph, names: Iterable[str]) -> dict[sp.Symbol, Domain]:
    """The domains of all other names."""
    names = set(names)
    return {s: d for s, d in graph.domains.items() if str(s) not in names}


def on_all(value: Any, size: int) -> np.ndarray[Any, Any]:
    """One number a sample."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), (size,)))


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
    # As many samples as there are variables would leave open which axis of an array is which.
    several = len(problem.wrt) if len(problem.wrt) > 1 else 0
    sizes = [n for n in range(1, 12) if not several or n not in (several, several + 1)][:7]
    return [shared(problem, rng, sizes[i % 7]) for i in range(BATCHES)]


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
    if not limited and not problem.limited:
        return True
    with mp.workdps(DIGITS):
        exact = {s: mp.mpf(x) for s, x in point.items()}
        for v, body in problem.cut.definitions.items():
            if v == problem.cut.cost and not problem.limited:
                break
            try:
                exact[v] = evaluate(problem.cut.unfold(body), exact)
            except (ArithmeticError, ValueError, DataError):
                return False
            if v in limited and not holds(problem.cut.domains[v], exact[v]):
                return False
            # Where the loss has no value nothing is asked: log(1 + ŷ) at ŷ = -2.
            if not mp.isfinite(exact[v]):
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


# A difference of two doubles' distance: how far a derivative moves where its inputs are rounded.
NUDGE = 1e-6
CLOSE = 1e-9
WITNESS_DIGITS = 60
WITNESS_STEP = mp.mpf(10) ** -20


@dataclass(frozen=True)
class Scene:
    """The truth about one variable `v`, over all batches.

    reduction   None for a value a sample, "mean" or "sum" for one a batch
    u           the other variable of a second derivative, where it is another
    """

    problem: Problem
    batches: tuple[Batch, ...]
    v: str
    reduction: str | None = None
    u: str | None = None

    @property
    def pair(self) -> str:
        """The key of the second derivative."""
        order = self.problem.wrt
        return ",".join(sorted((self.v, self.u or self.v), key=order.index))

    def reduced(self, reduction: str | None) -> Scene:
        return replace(self, reduction=reduction)

    def gathered(self, per_sample: Callable[[Batch], Any]) -> Array:
        """A function of a batch, over all of them."""
        pieces = [on_all(per_sample(b), b.size) for b in self.batches]
        match self.reduction:
            case "mean":
                return np.array([p.mean() for p in pieces])
            case "sum":
                return np.array([p.sum() for p in pieces])
        return np.concatenate(pieces)

    def truth(self, batch: Batch) -> tuple[Any, Any, Any]:
        with np.errstate(all="ignore"):
            cost, first, second = self.problem.truth(**batch.values)
        return cost, first[self.v], second[self.pair]

    def truth_at(self, point: Mapping[str, float]) -> tuple[float, ...]:
        """As `truth`, of one sample."""
        with np.errstate(all="ignore"):
            found = self.problem.truth(**{n: np.array([x]) for n, x in point.items()})
        cost, first, second = found
        return tuple(float(x[0]) for x in (cost, first[self.v], second[self.pair]))

    @cached_property
    def all(self) -> tuple[Array, Array, Array]:
        found = [self.truth(b) for b in self.batches]
        table = {id(b): t for b, t in zip(self.batches, found, strict=True)}
        return tuple(self.gathered(lambda b, i=i: table[id(b)][i]) for i in range(3))  # type: ignore[misc, return-value]

    @property
    def cost(self) -> Array:
        return self.all[0]

    @property
    def g(self) -> Array:
        return self.all[1]

    @property
    def h(self) -> Array:
        return self.all[2]

    def beside(self, order: int, step: float, name: str | None = None) -> Array:
        """g or h, where v, or another name, is a little larger or smaller: by a part of itself."""
        v = name or self.v

        def moved(b: Batch) -> Any:
            x = np.asarray(b.values[v], dtype=float)
            other = x + step * np.maximum(np.abs(x), 1e-3)
            where = self.problem.cut.domains.get(symbol(v))
            if where is not None:
                kept = [where.contains(float(u)) for u in np.atleast_1d(other)]
                other = np.where(np.reshape(kept, np.shape(other)), other, x)
            given = other if np.ndim(other) else float(other)
            with np.errstate(all="ignore"):
                found = self.problem.truth(**{**b.values, v: given})
            return found[order][self.v if order == 1 else self.pair]

        return self.gathered(moved)

    # -- what slips are made of: each None where there is no such thing -----------------------

    def value(self, name: str) -> Array:
        return self.gathered(lambda b: self.of(b, name))

    def of(self, b: Batch, name: str) -> Any:
        return b.values[name] if name in b.values else values_of(self.problem, name, b.values)

    def slope(self, name: str, order: int = 1) -> Array:
        """The derivative of the cost in another name."""
        return self.gathered(lambda b: slope_in(self.problem, name, b.values, order))

    def link_slope(self, b: Batch, order: int = 1, at: Any = None) -> Any:
        """f'(v), of the prediction in the variable."""
        part = self.problem.link
        known = {n: b.values[n] for n in part.leaves}
        if at is not None:
            known[self.v] = at
        return slope_in(part, self.v, known, order)

    def sizes(self) -> Array:
        """How many samples the batch of each value has."""
        if self.reduction is not None:
            return np.array([float(b.size) for b in self.batches])
        return np.concatenate([np.full(b.size, float(b.size)) for b in self.batches])

    def marks(self, name: str) -> Array:
        """`tame` or `corner`, a mark a value."""
        if self.reduction is not None:
            return np.array([bool(getattr(b, name).all()) for b in self.batches])
        return np.concatenate([getattr(b, name) for b in self.batches])

    def point(self, index: int) -> Mapping[str, Any]:
        """The names and numbers of one value."""
        if self.reduction is not None:
            return dict(self.batches[index].values)
        for b in self.batches:
            if index < b.size:
                return b.point(index)
            index -= b.size
        raise IndexError(index)

    def correction(self, order: int) -> str:
        """The derivative in LaTeX, as it is derived."""
        names = (self.v,) if order == 1 else (self.v, self.u or self.v)
        return self.problem.correction(*names)

    def witness(self, point: Mapping[str, float], order: int) -> float:
        """The derivative at a point by a difference in 60 digits and more: it knows no rule."""
        graph = self.problem.cut
        exact = {symbol(n): mp.mpf(x) for n, x in point.items()}
        reach = max((abs(x) for x in point.values()), default=0)
        with mp.workdps(WITNESS_DIGITS + int(reach)):
            h = WITNESS_STEP

            def cost(shift: Any, other: Any = 0) -> Any:
                known = {**exact, symbol(self.v): exact[symbol(self.v)] + shift}
                if self.u is not None:
                    known[symbol(self.u)] = exact[symbol(self.u)] + other
                for v, body in graph.definitions.items():
                    known[v] = evaluate(graph.unfold(body), known)
                return known[graph.cost]

            if order == 1:
                return float((cost(h) - cost(-h)) / (2 * h))
            if self.u is not None:
                corners = cost(h, h) - cost(h, -h) - cost(-h, h) + cost(-h, -h)
                return float(corners / (4 * h**2))
            return float((cost(h) - 2 * cost(0) + cost(-h)) / h**2)
