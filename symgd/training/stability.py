"""Why a rate diverges, and why a start is never left.

    θ ← θ - ηg,  g ≈ H(θ - θ*)        so along an eigenvector of H the error is multiplied by 1 - ηλ

which shrinks for 0 < ηλ < 2 alone: the largest stable rate is 2/λmax. Where the Hessian is the same
everywhere that is the whole story; elsewhere it is what holds near the point. Along a direction of
negative curvature every rate leads away.

Two entries that are equal, and whose slopes are equal wherever all such entries are, stay equal
under every optimizer that treats entries alike: no descent tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgd.errors import DerivationError, ModelError
from symgd.training.descent import Problem, Run

Values = Mapping[str, Any]
Product = Callable[[Values, Values], Mapping[str, Any]]  # (direction, θ) → H(θ)·direction
Slopes = Callable[[Values, int], Mapping[str, Any]]

MOST_EXACT = 60  # parameters whose Hessian is made, column by column
LANCZOS = 40  # products, where there are more
SETTLED = 1e-6  # of an eigenvalue: how far its residual may be
SAME = 1e-9  # of a Hessian: below that two of them are one
LATE = 10  # epochs at the end that must rise


@dataclass(frozen=True, slots=True)
class Stability:
    """What the Hessian says of a descent, at the point of its lowest cost.

    rate       η of plain descent on all samples, None of any other
    epoch      of that point
    highest    the largest eigenvalue of the Hessian there, λmax
    lowest     the smallest one
    settled    whether both are known to their digits; if not, λmax is at least this
    constant   whether the Hessian was the same at every point that was tried
    rises      the epoch from which the cost only rises to the end, None where it does not
    diverging  the rate is above 2/λmax, and the Hessian is constant or the cost ends in a rise
    """

    rate: float | None
    epoch: int
    highest: float
    lowest: float
    settled: bool
    constant: bool
    rises: int | None
    diverging: bool

    @property
    def largest(self) -> float:
        """2/λmax; without bound where nothing curves upwards."""
        return 2 / self.highest if self.highest > 0 else math.inf

    @property
    def is_above(self) -> bool:
        """Whether the rate is above the largest stable one, by more than what is noise."""
        return self.rate is not None and self.rate * self.highest > 2 * (1 + SAME)

    @property
    def is_indefinite(self) -> bool:
        """Whether some direction curves downwards, by more than what is noise."""
        return self.lowest < -SETTLED * max(abs(self.highest), abs(self.lowest))


def stability(product: Product, run: Run, rate: float | None, ended: bool = True) -> Stability:
    """Of a run; `ended` is False where its cost left the doubles, which is divergence as such."""
    kept = len(run.path) == len(run.history)
    places = range(len(run.history)) if kept else (0, len(run.history) - 1)
    epoch = min(places, key=lambda i: (not math.isfinite(run.history[i]), run.history[i], i))
    flat = Flat(
        dict(zip(run.names, run.path[epoch if kept else (-1 if epoch else 0)], strict=True))
    )
    here = flat.vector
    lowest, highest, settled = eigenvalues(lambda v: flat.product(product, here, v), len(here))
    constant = is_constant(product, flat, run)
    rises = rises_from(run.history)
    above = rate is not None and rate * highest > 2 * (1 + SAME)
    late = len(run.history) - 1 - LATE
    grows = rises is not None and rises <= max(0, late) and run.history[-1] > run.history[0]
    diverging = not ended or (above and (constant or grows))
    where = epoch if kept else epoch * run.epochs // max(1, len(run.history) - 1)
    return Stability(rate, where, highest, lowest, settled, constant, rises, diverging)


# -- before the first step -------------------------------------------------------------------------

ITERATIONS = 5  # of the power method
SCREEN = 1.8  # ηλ by differences from which the Hessian itself is asked
NUDGE = 6e-6  # the cube root of the last place


@dataclass(frozen=True, slots=True)
class Preflight:
    """A plain rate beside the largest stable one at the start.

    rate      η
    highest   λmax there: by differences of the gradient, and where it matters by its Hessian
    """

    rate: float
    highest: float

    @property
    def largest(self) -> float:
        """2/λmax; without bound where nothing curves upwards."""
        return 2 / self.highest if self.highest > 0 else math.inf

    @property
    def is_above(self) -> bool:
        return self.rate > self.largest * (1 + SAME)

    @property
    def sentence(self) -> str:
        return (
            f"The rate {self.rate:g} is above {self.largest:.4g}, the largest for which plain "
            f"descent is stable at the start (2/λmax, λmax = {self.highest:.4g}); it is likely to "
            "diverge there, and a smaller one is safe."
        )


def preflight(problem: Problem, rate: float | None, epochs: int) -> Preflight | None:
    """λmax at the start by a few steps of the power method; None where it has no value.

    It takes at most a fifth of the work of the descent, and nothing is asked of a shorter one.
    """
    if rate is None or epochs < 10 * ITERATIONS:
        return None
    flat = Flat(problem.start)
    here = flat.vector
    try:
        with np.errstate(all="ignore"):
            g = flat.join(problem.whole(problem.start)[1])
            size = float(np.linalg.norm(g))
            if not 0 < size < math.inf:
                return None

            def by_differences(v: Any) -> Any:
                h = NUDGE * (1 + float(np.max(np.abs(here))))
                up, down = (
                    flat.join(problem.whole(flat.split(here + c * h * v))[1]) for c in (1.0, -1.0)
                )
                return (up - down) / (2 * h)

            highest, v = by_powers(by_differences, g / size)
            if rate * highest > SCREEN:
                highest, _ = by_powers(
                    lambda v: flat.join(problem.hessian(flat.split(v), problem.start)), v
                )
    except (ModelError, DerivationError):
        return None
    return Preflight(rate, highest) if math.isfinite(highest) else None


def by_powers(times: Callable[[Any], Any], v: Any) -> tuple[float, Any]:
    """vᵀHv of the last of a few v ← Hv/|Hv|, which is at most λmax, and v."""
    found = math.nan
    for _ in range(ITERATIONS):
        w = times(v)
        found = float(w @ v)
        size = float(np.linalg.norm(w))
        if not 0 < size < math.inf:
            break
        v = w / size
    return found, v


def rises_from(history: Sequence[float]) -> int | None:
    """The epoch from which each cost is above the one before; None where the last is not."""
    i = len(history) - 1
    while i > 0 and history[i] > history[i - 1]:
        i -= 1
    return i if i < len(history) - 1 else None


class Flat:
    """Parameters as one vector, and back."""

    def __init__(self, theta: Values) -> None:
        self.shapes = {n: np.shape(v) for n, v in theta.items()}
        self.vector = self.join(theta)

    def join(self, theta: Values) -> Any:
        return np.concatenate([np.ravel(np.asarray(theta[n], dtype=float)) for n in self.shapes])

    def split(self, vector: Any) -> dict[str, Any]:
        out, i = {}, 0
        for n, shape in self.shapes.items():
            size = math.prod(shape)
            part = vector[i : i + size]
            out[n] = part.reshape(shape) if shape else float(part[0])
            i += size
        return out

    def product(self, product: Product, at: Any, direction: Any) -> Any:
        return self.join(product(self.split(direction), self.split(at)))


def eigenvalues(times: Callable[[Any], Any], size: int) -> tuple[float, float, bool]:
    """(smallest, largest, whether they are settled) of a symmetric map of vectors.

    Of few entries the matrix itself; of more Lanczos' Ritz values, which lie within the spectrum.
    """
    if size <= MOST_EXACT:
        matrix = np.column_stack([times(column) for column in np.eye(size)])
        found = np.linalg.eigvalsh((matrix + matrix.T) / 2) if _finite(matrix) else [np.nan]
        return float(found[0]), float(found[-1]), True
    v = np.random.default_rng(0).standard_normal(size)
    basis = [v / np.linalg.norm(v)]
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(min(LANCZOS, size)):
        w = times(basis[-1])
        if not _finite(w):
            return math.nan, math.nan, False
        diagonal.append(float(w @ basis[-1]))
        # Twice is enough: against all before, for doubles lose what three terms keep.
        for _again in range(2):
            for u in basis:
                w = w - (w @ u) * u
        beside.append(float(np.linalg.norm(w)))
        if beside[-1] <= SAME * max(map(abs, diagonal)):
            break
        basis.append(w / beside[-1])
    inner = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    values, vectors = np.linalg.eigh(inner)
    scale = max(abs(values[0]), abs(values[-1]))
    residual = beside[-1] * max(abs(vectors[-1, 0]), abs(vectors[-1, -1]))
    return float(values[0]), float(values[-1]), bool(residual <= SETTLED * scale)


def is_constant(product: Product, flat: Flat, run: Run) -> bool:
    """Whether the Hessian takes one direction to one vector at the start, the end and beyond."""
    rng = np.random.default_rng(1)
    size = len(flat.vector)
    v = rng.standard_normal(size)
    first = flat.join(dict(zip(run.names, run.path[0], strict=True)))
    beyond = [first + s * rng.standard_normal(size) * (1 + np.abs(first)) for s in (1, 3)]
    found = [flat.product(product, at, v) for at in (first, *beyond)]
    scale = float(np.max(np.abs(found)))
    return _finite(found) and all(np.max(np.abs(f - found[0])) <= SAME * scale for f in found)


def _finite(a: Any) -> bool:
    return bool(np.all(np.isfinite(a)))


# -- starts that no descent leaves -----------------------------------------------------------------


def ties(slopes: Slopes, start: Values) -> list[tuple[tuple[str, tuple[int, ...]], ...]]:
    """The groups of entries, (parameter, index), that start equal and stay equal for ever.

    slopes   (θ, k) → ∂C/∂θ, on the data themselves where k is 0, else on others like them: what
             is equal for these data alone is no symmetry of the model

    The coarsest partition of equal entries such that wherever entries of a part are equal, so are
    their slopes; tried at the start, and at random points where the parts are equal.
    """
    flat = Flat(start)
    theta = flat.vector
    parts = _parts(theta, 0.0)
    if not parts:
        return []
    rng = np.random.default_rng(2)
    at = theta
    # Each round splits a part or is one of the last three, which are all alike.
    quiet = tried = 0
    while parts and quiet < 4:
        g = flat.join(slopes(flat.split(at), tried))
        if not _finite(g):
            return []
        finer = [p[q] for p in parts for q in _parts(g[p], SAME * float(np.max(np.abs(g))))]
        quiet = quiet + 1 if len(finer) == len(parts) and _count(finer) == _count(parts) else 0
        parts, tried = finer, tried + 1
        at = theta + rng.standard_normal(len(theta))
        for p in parts:
            at[p] = at[p[0]]
    names = [(n, i) for n, shape in flat.shapes.items() for i in np.ndindex(shape)]
    return [tuple(names[k] for k in sorted(p)) for p in parts]


def _count(parts: Sequence[Any]) -> int:
    return sum(map(len, parts))


def _parts(values: Any, near: float) -> list[Any]:
    """The places of equal values, of two or more."""
    order = np.argsort(values, kind="stable")
    apart = np.flatnonzero(np.diff(values[order]) > near) + 1
    return [p for p in np.split(order, apart) if len(p) > 1]


__all__ = ["Stability", "stability", "ties"]
