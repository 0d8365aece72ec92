"""How many units of rounding a computed value is from the truth, over the whole range of doubles.

    unit    |computed - true| / (ε(|f| + Σ|xᵢ ∂f/∂xᵢ|) + 2⁻¹⁰⁷⁴)

It is the error of the computed value against what rounding the inputs alone would cause: strict
where the problem is well conditioned, forgiving at a zero crossing. ε = 2⁻⁵², and 2⁻¹⁰⁷⁴ is the
smallest double, below which no result can be right. A label that is 0 or 1 is exact, and is not
among the xᵢ.

The truth is the formula as it is written in the catalogue, differentiated by sympy and evaluated
by mpmath, with as many bits as it takes until two precisions agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from symgd import Model
from symgd.programs.lowering import Unfold
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import settle

EPSILON = 2.0**-52
SMALLEST = mp.mpf(2) ** -1074
MOST = mp.mpf(2) ** 4000


@lru_cache(2048)
def _exponential(u: Any, bits: int) -> Any:
    """mpmath raises e to a whole number bit by bit, which in hundreds of digits takes up to
    seventy times as long as e^(u - 1/2) does."""
    if abs(u) < 2**20 or not mp.isint(u):
        return mp.exp(u)
    with mp.extraprec(max(0, int(mp.mag(u)) - bits) + 10):
        power = mp.exp(u - 0.5) * mp.exp(0.5)
    return +power


def exponential(u: Any) -> Any:
    """e^u, which f, f' and f'' ask for at the same points."""
    # e^(e^700) has more digits than there is room for; past 2^4000 it is as good as endless.
    return _exponential(min(MOST, u), mp.mp.prec) if u > -MOST else mp.mpf(0)


def cosine(u: Any) -> Any:
    """cosh u"""
    return mp.cosh(u) if abs(u) < 2**20 else exponential(abs(u)) / 2


def sine(u: Any) -> Any:
    """sinh u"""
    return mp.sinh(u) if abs(u) < 2**20 else mp.sign(u) * exponential(abs(u)) / 2


OWN = {
    "exp": exponential,
    "cosh": cosine,
    "sinh": sine,
    # Away from corners:
    "DiracDelta": lambda *_: mp.mpf(0),
    "Heaviside": lambda u, *_: mp.mpf(u > 0),
}
# The bits that 1 + e^-100 needs, and those of 1 + (10^-300)²; then more, until two agree.
TAME, WILD = (640, 1600, 9000), (2600, 9000)
LIMIT = 8.0


# -- points --------------------------------------------------------------------------------------

# Where something turns: exp overflows and underflows, 1 + e^-z rounds to 1, φ dies, 1 + z² is z².
TURNS = (
    1.0, 2.0, 3.0, 0.5, math.log(2), math.pi, 17.3, 19.06, 36.74, 37.5, 38.57, 350.0, 372.5,
    708.4, 709.79, 745.14, 1e8, 9.5e7, 1e16, 2.0**53, 1e77, 1.3e154, 1e155, 1e308,
)  # fmt: skip


def draws(count: int, rng: np.random.Generator) -> np.ndarray:
    """Doubles of all exponents and both signs, half of them of ordinary size, and the special."""
    wild = np.ldexp(rng.uniform(0.5, 1, count), rng.integers(-1073, 1025, count))
    tame = np.concatenate([
        rng.normal(0, 1, count // 4), rng.normal(0, 8, count // 4),
        rng.uniform(-800, 800, count // 4),
        10.0 ** rng.uniform(-9, 3, count // 4) * rng.choice((-1, 1), count // 4),
    ])  # fmt: skip
    turns = np.array(TURNS)
    turns = np.concatenate(
        [turns, np.nextafter(turns, 0), turns * (1 + rng.normal(0, 1e-3, turns.size))]
    )
    special = np.array([0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308])
    half = np.concatenate([turns, special])
    with np.errstate(over="ignore"):
        out = np.concatenate([wild * rng.choice((-1, 1), count), tame, half, -half])
    return out[np.isfinite(out)]


def inside(x: np.ndarray, domain: Domain | None, rng: np.random.Generator) -> np.ndarray:
    """The draws brought into a domain, without losing their exponents."""
    if domain is None:
        return x
    if domain.kind == "finite":
        return rng.choice([float(m) for m in domain.members], x.size)
    if domain.kind == "counts":
        return np.floor(np.abs(rng.normal(0, 30, x.size)))
    low = None if domain.low is None else float(domain.low)
    high = None if domain.high is None else float(domain.high)
    size = np.where(x == 0, 1e-300, np.abs(x))
    if low is not None and high is not None:
        near = np.where(size > 1, 1 / np.maximum(size, 1.0), size) * 0.5
        out = np.where(x > 0, low + near * (high - low), high - near * (high - low))
    elif low is not None:
        out = low + size
    elif high is not None:
        out = high - size
    else:
        return x
    good = np.array([domain.contains(float(v)) for v in out])
    middle = (
        (low if low is not None else high - 2) + 0.5 if low is not None or high is not None else 1.0
    )
    return np.where(good, out, middle)


# -- the truth -----------------------------------------------------------------------------------


def closed(graph: Graph) -> sp.Expr:
    """The cost as one formula in the leaves, as the definitions are written."""
    unfold = Unfold(graph)
    out: Any = graph.cost
    for name in reversed(graph.definitions):
        out = out.xreplace({name: settle(unfold(graph.definitions[name]))})
    return out


@dataclass(frozen=True)
class Truth:
    """One function of named leaves, and how much the rounding of each moves it."""

    expr: sp.Expr
    leaves: tuple[sp.Symbol, ...]
    exact: frozenset[sp.Symbol]

    @cached_property
    def functions(self) -> list[Callable[..., Any]]:
        moving = [x for x in self.leaves if x not in self.exact]
        exprs = [self.expr, *(x * sp.diff(self.expr, x) for x in moving)]
        return [sp.lambdify(self.leaves, e, modules=[OWN, "mpmath"]) for e in exprs]

    @cached_property
    def known(self) -> dict[tuple[float, ...], tuple[Any, Any] | None]:
        """What was found at each point, for the next backend."""
        return {}

    def at(self, point: Sequence[float]) -> tuple[Any, Any] | None:
        """(value, |f| + Σ|x ∂f/∂x|); None where the formula has no value there."""
        key = tuple(map(float, point))
        if key not in self.known:
            self.known[key] = self.found(key)
        return self.known[key]

    def found(self, point: Sequence[float]) -> tuple[Any, Any] | None:
        """As `at`, worked out."""
        try:
            value = settle_bits(self.functions[0], point)
            slack = [settle_bits(f, point, 20) for f in self.functions[1:]]
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):
            return None
        return value, abs(value) + sum(abs(s) for s in slack)


def settle_bits(function: Callable[..., Any], point: Sequence[float], agree: int = 80) -> Any:
    """The value, at rising precisions until two agree to `agree` bits."""
    last = None
    tame = all(x == 0 or 1e-9 < abs(x) < 100 for x in point)
    for bits in TAME if tame else WILD:
        with mp.workprec(bits):
            value = mp.mpf(function(*map(mp.mpf, point)))
            if (
                last is not None
                and value != 0
                and abs(value - last) <= abs(value) * mp.mpf(2) ** -agree
            ):
                return value
            last = value
    return last


# -- the error -----------------------------------------------------------------------------------


def units(computed: float, truth: tuple[Any, Any]) -> float:
    """The error in units; inf for a nan or an inf where the truth is a double."""
    value, scale = truth
    with mp.workprec(200):
        if abs(value) > mp.mpf(1.7976931348623157e308) * (1 + mp.mpf(2) ** -54):
            # The nearest double is the largest one or inf.
            return 0.0 if abs(computed) > 1.797e308 and (computed > 0) == (value > 0) else math.inf
        if not math.isfinite(computed):
            return 0.0 if abs(value) > mp.mpf(1.7976931348623e308) else math.inf
        return float(abs(mp.mpf(computed) - value) / (EPSILON * scale + SMALLEST))


def worst(
    truth: Truth, computed: np.ndarray, points: np.ndarray
) -> tuple[float, tuple[float, ...], float]:
    """(units, the point, the computed value) where a function errs most."""
    out = (0.0, (), 0.0)
    for value, point in zip(computed, points, strict=True):
        true = truth.at(tuple(point))
        if true is None:
            continue
        u = units(float(value), true)
        if u > LIMIT:
            u = at_a_jump(float(value), truth, point, u)
        if u > out[0]:
            out = (u, tuple(map(float, point)), float(value))
    return out


def at_a_jump(computed: float, truth: Truth, point: np.ndarray, u: float) -> float:
    """The error against the truth one rounding of an input away: at a jump, either side is right,
    and what lies between them."""
    sides = []
    for i, way in product(range(len(point)), (-math.inf, math.inf)):
        moved = point.copy()
        with np.errstate(over="ignore"):
            moved[i] = np.nextafter(moved[i], way)
        true = truth.at(tuple(moved)) if np.isfinite(moved[i]) else None
        if true is not None:
            sides.append(true)
    if sides and min(v for v, _ in sides) <= computed <= max(v for v, _ in sides):
        return 0.0
    return min([u, *(units(computed, t) for t in sides)])


def cases(model: Model, wrt: str, order: int) -> Iterator[tuple[str, Truth]]:
    """f, f', f'' of a model in one of its parameters, as its definitions are written."""
    graph = model.graph
    exact = frozenset(
        s for s in graph.leaves if (d := graph.domains.get(s)) is not None and d.kind == "finite"
    )
    expr = closed(graph)
    for n in range(order + 1):
        yield "f" + "'" * n, Truth(expr, tuple(graph.leaves), exact)
        expr = sp.diff(expr, sp.Symbol(wrt, real=True))


def answers(model: Model, wrt: str, points: np.ndarray, backend: str) -> list[np.ndarray]:
    """f, f' and f'' at the points, by a backend, a point at a time.

    In one block with a point that needs more care, the others would get it too. "numba sum" is the
    sum over one sample.
    """
    backend, *summed = backend.split()
    gradient = model.compile(backend, "sum" if summed or backend == "scalar" else None, order=2)
    names = [s.name for s in model.graph.leaves]
    rows = []
    for point in points:
        given = map(float, point) if summed or backend == "scalar" else point[:, None]
        cost, first, second = gradient(**dict(zip(names, given, strict=True)))
        rows.append([float(np.ravel(v)[0]) for v in (cost, first[wrt], second[f"{wrt},{wrt}"])])
    return [np.array(column) for column in zip(*rows, strict=True)]


def sample(model: Model, count: int, seed: int) -> np.ndarray:
    """Points of all leaves, a row each; of two leaves or more, some close to each other."""
    rng = np.random.default_rng(seed)
    graph = model.graph
    columns = []
    for s in graph.leaves:
        x = draws(count, rng)
        rng.shuffle(x)
        columns.append(inside(x, graph.domains.get(s), rng))
    points = np.array(columns).T
    domains = [graph.domains.get(s) for s in graph.leaves]
    if points.shape[1] > 1:
        near = points[: count // 4].copy()
        near[:, 1] = near[:, 0] * (1 - 2.0 ** -rng.integers(2, 53, len(near)))
        ok = [
            all(d is None or d.contains(float(v)) for v, d in zip(row, domains, strict=True))
            for row in near
        ]
        points = np.concatenate([points, near[np.array(ok, dtype=bool)]])
    return points
