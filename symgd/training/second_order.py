"""Parts that look around: directions of second order, and the line search that goes along one.

    scale_by_lbfgs    Δ = Hg, H from the last changes of θ and g
    by_hessian        Δ = p with ∇²C·p = g           by conjugate gradients, truncated
    by_gauss_newton   Δ = p with (JᵀLJ + μI)p = g    so as well
    wolfe             Δ = -αd, α such that the cost falls enough and its slope is flat enough

Each is a part of a chain, so that what makes the direction and what chooses the step are apart.
The equations are those of Nocedal and Wright, Numerical Optimization, 2nd edition, 2006 (NW).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from symgd.training.parts import (
    NOT_NEGATIVE,
    POSITIVE,
    Optimizer,
    State,
    dot,
    number,
    remembered,
    whole,
)

Values = Mapping[str, Any]


class Around(Protocol):
    """A cost where a descent is, and near it.

    here           (cost, slopes) at θ
    at             θ' → (cost, slopes) there; what has no value there is nan
    hessian        a direction → ∇²C times it, at θ
    gauss_newton   a direction → JᵀLJ times it, at θ
    """

    here: tuple[float, Values]

    def at(self, theta: Values) -> tuple[float, Values]: ...

    def hessian(self, direction: Values) -> Values: ...

    def gauss_newton(self, direction: Values) -> Values: ...


def plus(a: Values, c: float, b: Values) -> dict[str, Any]:
    """a + cb."""
    return {k: v + c * b[k] for k, v in a.items()}


def norm(a: Values) -> float:
    return math.sqrt(dot(a, a))


# -- directions ------------------------------------------------------------------------------------

CURVED = 1e-12  # of |s||y|: pairs that curve less say nothing


@remembered
def scale_by_lbfgs(memory: int = 10) -> Optimizer:
    """Δ = Hg by two loops over the last pairs s = θ - θ', y = g - g'; H₀ = sᵀy/yᵀy.

    NW algorithm 7.4. At first Δ = g·min(1, 1/|g|), and a pair without sᵀy > 0 is left out. Raises
    DataError unless `memory` is a whole number from 1 on.
    """
    most = whole("memory", memory, 1)

    def update(g: Values, state: State, theta: Values) -> tuple[Values, State]:
        before, pairs = state
        if before:
            s, y = plus(theta, -1.0, before[0]), plus(g, -1.0, before[1])
            if dot(y, y) > 0 and dot(s, y) > CURVED * norm(s) * norm(y):
                pairs = (*pairs, (s, y))[-most:]
        after = ((dict(theta), dict(g)), pairs)
        if not pairs:
            short = min(1.0, 1 / (norm(g) or 1.0))
            return {k: v * short for k, v in g.items()}, after
        q, kept = dict(g), []
        for s, y in reversed(pairs):
            a = dot(s, q) / dot(s, y)
            q = plus(q, -a, y)
            kept.append(a)
        s, y = pairs[-1]
        c = dot(s, y) / dot(y, y)
        q = {k: v * c for k, v in q.items()}
        for (s, y), a in zip(pairs, reversed(kept), strict=True):
            q = plus(q, a - dot(y, q) / dot(s, y), s)
        return q, after

    return Optimizer(f"scale_by_lbfgs({most})", lambda _: ((), ()), update)


@remembered
def by_hessian(iterations: int = 200) -> Optimizer:
    """Δ = p with ∇²C·p = g: NW algorithm 7.1, to |r| ≤ min(½, √|g|)·|g|, ended by a direction that
    curves downwards. Raises DataError unless `iterations` is a whole number from 1 on.
    """
    most = whole("iterations", iterations, 1)

    def update(g: Values, s: State, _: Values, around: Around) -> tuple[Values, State]:
        return conjugate_gradients(around.hessian, g, most), s

    return Optimizer(f"by_hessian({most})", lambda _: (), update, needs=frozenset({"hessian"}))


@remembered
def by_gauss_newton(damping: float = 0.0, iterations: int = 200) -> Optimizer:
    """Δ = p with (JᵀLJ + μI)p = g, solved as by `by_hessian`.

    J = ∂ŷ/∂θ of the prediction ŷ, L = ∂²C/∂ŷ² (Schraudolph 2002, Neural Computation 14). Raises
    DataError unless μ ≥ 0 and `iterations` is a whole number from 1 on.
    """
    mu = number("damping", damping, *NOT_NEGATIVE)
    most = whole("iterations", iterations, 1)

    def update(g: Values, s: State, _: Values, around: Around) -> tuple[Values, State]:
        def times(p: Values) -> Values:
            return plus(around.gauss_newton(p), mu, p)

        return conjugate_gradients(times, g, most), s

    name = f"by_gauss_newton({mu!r}, iterations={most})"
    return Optimizer(name, lambda _: (), update, needs=frozenset({"gauss_newton"}))


def conjugate_gradients(times: Callable[[Values], Values], g: Values, most: int) -> dict[str, Any]:
    """p with Ap ≈ g; what there is of it where a direction does not curve upwards."""
    size = norm(g)
    enough = min(0.5, math.sqrt(size)) * size
    p = {k: v * 0.0 for k, v in g.items()}
    r = d = dict(g)
    rr = dot(r, r)
    for i in range(most):
        ad = times(d)
        curve = dot(d, ad)
        if not 0 < curve < math.inf:
            return p if i else dict(g)
        a = rr / curve
        p, r = plus(p, a, d), plus(r, -a, ad)
        before, rr = rr, dot(r, r)
        if not rr > enough * enough:
            break
        d = plus(r, rr / before, d)
    return p


# -- the line search -------------------------------------------------------------------------------

FALL, FLAT = 1e-4, 0.9  # c₁ and c₂ of NW (3.7)
TRIALS = 30
FARTHER = 4.0
NARROW = 1e-15  # of a bracket: its ends are then one number, or as good as
EDGE = 0.1  # of a bracket: a trial keeps that far from its ends


@remembered
def wolfe(rate: float = 1.0) -> Optimizer:
    """Δ = -αd with C(θ + Δ) ≤ C - c₁αgᵀd and |g(θ + Δ)ᵀd| ≤ c₂gᵀd, α sought from η on.

    NW algorithms 3.5 and 3.6, trials by cubic interpolation. A d along which the cost does not fall
    is exchanged for g. Where no α is found for which the cost falls, Δ = 0, and the descent is at
    its end. Raises DataError unless η > 0.
    """
    first = number("rate", rate, *POSITIVE)

    def update(d: Values, s: State, theta: Values, around: Around) -> tuple[Values, State]:
        cost, g = around.here
        if not dot(d, g) > 0:
            d = g
        slope = -dot(d, g)

        def along(a: float) -> tuple[float, float]:
            there, slopes = around.at(plus(theta, -a, d))
            return (float(there), -dot(slopes, d)) if math.isfinite(there) else (math.inf, math.nan)

        a = step(along, float(cost), slope, first) if slope < 0 else 0.0
        return {k: -a * v for k, v in d.items()}, s

    return Optimizer(f"wolfe({first!r})", lambda _: (), update, needs=frozenset({"cost"}))


def step(
    along: Callable[[float], tuple[float, float]], cost: float, slope: float, first: float
) -> float:
    """α > 0 that holds the strong Wolfe conditions; the best that fell where none was found, or 0.

    along   α → (φ(α), φ'(α)), inf where the cost has no value
    """
    low, high = (0.0, cost, slope), None
    a = first
    best = (cost, 0.0)
    for _ in range(TRIALS):
        there, rise = along(a)
        if there < best[0]:
            best = (there, a)
        falls = there <= cost + FALL * a * slope
        if not falls or (there >= low[1] and low[0] > 0):
            high = (a, there, rise)
        elif abs(rise) <= -FLAT * slope:
            return a
        elif rise * ((high[0] if high else math.inf) - low[0]) >= 0:
            low, high = (a, there, rise), low
        else:
            low = (a, there, rise)
        if high is None:
            a *= FARTHER
        elif abs(high[0] - low[0]) <= NARROW * max(high[0], low[0]):
            break
        else:
            a = between(low, high)
    return best[1]


def between(low: tuple[float, float, float], high: tuple[float, float, float]) -> float:
    """The lowest place of the cubic through both ends (NW 3.59); the middle where it has none."""
    (a, fa, da), (b, fb, db) = low, high
    width = b - a
    middle = a + width / 2
    if not all(map(math.isfinite, (fa, da, fb, db))):
        return middle
    d1 = da + db - 3 * (fa - fb) / (a - b)
    inner = d1 * d1 - da * db
    if not 0 <= inner < math.inf:
        return middle
    d2 = math.copysign(math.sqrt(inner), width)
    bottom = db - da + 2 * d2
    found = b - width * (db + d2 - d1) / bottom if bottom else middle
    least, most = sorted((a + EDGE * width, b - EDGE * width))
    return min(max(found, least), most) if math.isfinite(found) else middle


__all__ = ["Around", "by_gauss_newton", "by_hessian", "scale_by_lbfgs", "wolfe"]
