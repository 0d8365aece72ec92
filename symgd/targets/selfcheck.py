"""A compiled gradient held against differences, at the numbers that it is first called with.

    Σ (∂C/∂θᵢ) dᵢ  =  (C(θ + hd) - C(θ - hd)) / 2h      along a random d, for each parameter θ

First in doubles, by the compiled cost itself: two calls a step. Where no step agrees the doubles
may be to blame, so the cost is then worked out in many digits, by the formulas of the model alone,
on both sides of θ; only where that says something else too, there and a little beside it, is the
gradient wrong. At a corner, outside of a domain, where the last digits of θ or of the data decide,
and for models that are too large for many digits nothing is said.

Not seen is a slip that changes the slope along d by less than a thousandth: in one of many entries
of an array, or in a small slope that is moved together with large ones; nor one below 1e-20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import mpmath as mp
import numpy as np

from symgd.derive.forward import values_at
from symgd.errors import DataError, WrongGradientError
from symgd.trees.names import symbol

if TYPE_CHECKING:
    from symgd.trees.array_graph import MatrixGraph
    from symgd.trees.graph import Graph

Values: TypeAlias = Mapping[str, Any]
# θ → (cost, {parameter: slope}), each a number, an array, or one value for each sample
Slopes: TypeAlias = Callable[[Values], tuple[Any, Mapping[str, Any]]]
# θ in mpmath, and what is other of the data → the cost in as many digits as are set; None where it
# has no value
Witness: TypeAlias = Callable[[Values], Any]

STEPS = (2.0**-13, 2.0**-17, 2.0**-21)
AGREE = 1e-3
NOISE = 2.0**-49  # what a cost in doubles may be off, as a share of it
DIGITS, FINE = 100, mp.mpf(10) ** -25
MOST_GROUPS = 8
SMALLEST = 1e-20
# How far beside θ a slope has to be wrong too: at a tie of two cases a convention decides.
BESIDE = 2.0**-9
ROUNDING = 2.0**-50
OBJECT = np.dtype(object)


def check_slopes(
    slopes: Slopes,
    theta: Values,
    witness: Witness,
    seed: int = 0,
    data: Values = MappingProxyType({}),
) -> None:
    """Raise WrongGradientError, with the place, where slopes are not those of the cost at θ.

    data   what the witness holds beside θ, and takes as part of it where it is another

    Parameters are moved one after the other, of more than eight several at a time.
    """
    rng = Random(seed)
    with np.errstate(all="ignore"):
        cost, found = slopes(theta)
        if not np.all(np.isfinite(np.asarray(cost, dtype=float))):
            return
        for group in _groups(list(theta), rng):
            direction = {n: _direction(theta[n], rng) for n in group}
            said = sum(_along(found[n], d) for n, d in direction.items())
            size = sum(_along(np.abs(found[n]), np.abs(d)) for n, d in direction.items())
            if not np.isfinite(said) or _agrees(slopes, theta, direction, said):
                continue
            seen = _slope(witness, theta, direction)
            if seen is None or not _differ(seen, said, size):
                continue
            rounding = _rounding(cost, found)
            if _is_unsteady(witness, theta, direction, seen, said, rounding):
                continue
            if _is_unsteady_in(data, witness, theta, direction, seen, said, rounding):
                continue
            if not _holds_beside(slopes, witness, theta, direction):
                raise _wrong(theta, direction, seen, said)


def _groups(names: list[str], rng: Random) -> Iterator[Sequence[str]]:
    if len(names) > MOST_GROUPS:
        rng.shuffle(names)
    for k in range(min(len(names), MOST_GROUPS)):
        yield names[k::MOST_GROUPS]


def _direction(value: Any, rng: Random) -> Any:
    """±1 times the size of each entry, where that is 0 of the others."""
    size = np.abs(np.asarray(value, dtype=float))
    usual = float(np.sqrt(np.mean(size**2))) if size.size else 0.0
    size = np.where(size > 0, size, usual or 1.0)
    signs = np.array([rng.choice((-1.0, 1.0)) for _ in range(size.size)]).reshape(size.shape)
    return float(signs * size) if np.ndim(value) == 0 else signs * size


def _along(slope: Any, direction: Any) -> float:
    """Σ slope·direction; one slope for each sample counts for all of them."""
    if np.ndim(direction) == 0:
        return float(np.sum(slope)) * direction
    return float(np.sum(np.asarray(slope).reshape(np.shape(direction)) * direction))


def _moved(theta: Values, direction: Values, h: Any) -> dict[str, Any]:
    return {**theta, **{n: theta[n] + h * d for n, d in direction.items()}}


def _agrees(slopes: Slopes, theta: Values, direction: Values, said: float) -> bool:
    """Whether a difference in doubles says the same, at one of the steps."""
    for h in STEPS:
        try:
            above, below = (float(np.sum(slopes(_moved(theta, direction, s))[0])) for s in (h, -h))
        except DataError:  # a step out of the domain
            continue
        seen = (above - below) / (2 * h)
        noise = NOISE * (abs(above) + abs(below)) / h
        # A step in which the noise could hide a slip says nothing.
        enough = AGREE * max(abs(seen), abs(said))
        if (noise <= enough or seen == said) and abs(seen - said) <= enough + noise:
            return True
    return False


def _slope(witness: Witness, theta: Values, direction: Values) -> Any:
    """The slope along a direction by the formulas, in many digits; None where it has none, and at a
    corner, where it is another on the other side.
    """
    with mp.workdps(DIGITS):
        exact = {n: _exact(v) for n, v in theta.items()}
        along = {n: _exact(d) for n, d in direction.items()}
        costs = [witness(_moved(exact, along, h)) for h in (-FINE, 0, FINE)]
        if any(c is None or not mp.isfinite(c) for c in costs):
            return None
        before, after = (costs[1] - costs[0]) / FINE, (costs[2] - costs[1]) / FINE
        if abs(after - before) > AGREE * (abs(after) + abs(before)):
            return None
        return (before + after) / 2


def _differ(seen: Any, said: float, size: float) -> bool:
    return bool(abs(seen - said) > AGREE * max(abs(seen), size) + SMALLEST)


def _is_unsteady(
    witness: Witness, theta: Values, direction: Values, seen: Any, said: float, rounding: float
) -> bool:
    """Whether the last digits of θ decide: cot(θ^10) at 20 is worth nothing in doubles."""
    there = _slope(witness, _rounded(theta, rounding), direction)
    return there is None or bool(abs(there - seen) > AGREE * abs(seen - said))


def _is_unsteady_in(
    data: Values,
    witness: Witness,
    theta: Values,
    direction: Values,
    seen: Any,
    said: float,
    rounding: float,
) -> bool:
    """Whether the last digits of the data decide: sin(10⁶x) in float32. They are moved inwards, for
    a label of 1 may be the end of a domain; beyond an end nothing is said of them."""
    if not data:
        return False
    near = {n: _exact(v) for n, v in _rounded(data, -rounding).items()}
    there = _slope(lambda t: witness({**near, **t}), theta, direction)
    return there is not None and bool(abs(there - seen) > AGREE * abs(seen - said))


def _rounded(values: Values, rounding: float) -> dict[str, Any]:
    """Values each off by a few units of their last place, and each by others."""
    return {n: np.asarray(v, float)[()] * (1 + (1 + k) * rounding)
            for k, (n, v) in enumerate(values.items())}  # fmt: skip


def _rounding(cost: Any, found: Mapping[str, Any]) -> float:
    """Four units of the last place that the answers have: of arrays in float32 they are few."""
    kinds = [np.asarray(a).dtype for a in (cost, *found.values())]
    return max([4 * float(np.finfo(k).eps) for k in kinds if k.kind == "f"], default=ROUNDING)


def _holds_beside(slopes: Slopes, witness: Witness, theta: Values, direction: Values) -> bool:
    """Whether the slopes are right a little further on, or nothing is known of them there."""
    there = _moved(theta, direction, BESIDE)
    try:
        _, found = slopes(there)
    except DataError:
        return True
    said = sum(_along(found[n], d) for n, d in direction.items())
    size = sum(_along(np.abs(found[n]), np.abs(d)) for n, d in direction.items())
    seen = _slope(witness, there, direction)
    return seen is None or not np.isfinite(said) or not _differ(seen, said, size)


def _wrong(theta: Values, direction: Values, seen: Any, said: float) -> WrongGradientError:
    place = ", ".join(f"{n} = {_shown(v)}" for n, v in theta.items())
    along = ", ".join(f"{n}: {_shown(d)}" for n, d in direction.items())
    return WrongGradientError(
        f"The compiled gradient is wrong at {place}: moved along ({along}), the cost changes by "
        f"{mp.nstr(seen, 8)} a step, and the slope in {', '.join(direction)} says {said:.8g}. This "
        "is a fault of symgd, please report it; the derivation and the other backends may still "
        "be right."
    )


def _exact(value: Any) -> Any:
    if np.ndim(value) == 0:
        return value if isinstance(value, mp.mpf) else mp.mpf(float(value))
    if getattr(value, "dtype", None) is OBJECT:
        return value
    out = np.empty(np.shape(value), dtype=object)
    for i in np.ndindex(out.shape):
        out[i] = mp.mpf(float(value[i]))
    return out


def _shown(value: Any) -> str:
    return f"{float(value):g}" if np.ndim(value) == 0 else f"an array of {np.shape(value)}"


# -- the witnesses --------------------------------------------------------------------------------

FEW = 4  # samples
MOST_MULTIPLICATIONS = 20_000  # of one cost in many digits: a tenth of a second


def few_samples(data: Values) -> dict[str, Any]:
    """Numbers, and of one value for each sample those of a few samples from first to last."""
    count = max((np.size(v) for v in data.values() if np.ndim(v)), default=1)
    taken = np.unique(np.linspace(0, count - 1, FEW).astype(int))
    return {n: np.asarray(v)[taken] if np.ndim(v) and np.size(v) > 1 else v
            for n, v in data.items()}  # fmt: skip


def scalar_witness(graph: Graph, data: Values, reduction: str | None) -> Witness:
    """The cost of a model of numbers, over its samples."""

    def cost(theta: Values) -> Any:
        count = max((np.size(v) for v in data.values() if np.ndim(v)), default=1)
        costs = []
        given = {n: theta.get(n, v) for n, v in data.items()}
        for i in range(count):
            here = {n: _exact(np.ravel(v)[i if np.size(v) > 1 else 0]) for n, v in given.items()}
            leaves = {symbol(n): v for n, v in {**theta, **here}.items()}
            # what is given for a name that an equation defines is where it is sought
            near = {v: leaves.pop(v) for v in graph.equations if v in leaves}
            costs.append(values_at(graph, leaves, near)[graph.cost])
        return mp.fsum(costs) / (count if reduction == "mean" else 1)

    return cost


def array_witness(graph: MatrixGraph, data: Values, sizes: Mapping[str, int]) -> Witness:
    """The cost of a model with shapes, unless it takes too many multiplications."""
    # Matrix calculus is loaded with the first model that has shapes.
    from symgd.derive.differentials.worked import forward, work_of

    def cost(theta: Values) -> Any:
        if work_of(graph, sizes) > MOST_MULTIPLICATIONS:
            return None
        exact = {n: np.asarray(_exact(v), dtype=object) for n, v in {**data, **theta}.items()}
        leaves = {n: a.reshape(1, 1) if a.ndim == 0 else a for n, a in exact.items()}
        try:
            return forward(graph, leaves, sizes).names[graph.cost][0, 0]
        except (DataError, ZeroDivisionError, ValueError):
            return None

    return cost
