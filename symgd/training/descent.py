"""The descent itself: any gradient, any optimizer, one record an epoch.

(cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from symgd.errors import DivergedError, listing
from symgd.training.optimizers import Optimizer

Values = Mapping[str, Any]
Gradient = Callable[[Values], tuple[Any, Values]]


class Record(NamedTuple):
    """θ at an epoch, numbers or arrays, and the cost there."""

    epoch: int
    parameters: dict[str, Any]
    cost: float


@dataclass(frozen=True)
class Run:
    """A descent that has ended.

    epochs       how many updates were made, or with `batch` how many passes over the data
    stopped      "epochs", "tolerance", "callback" or "interrupted"
    history      the cost at every epoch, the start first: one more than there were epochs
    path         the parameters at every epoch, in the order of `names`; where they are arrays, at
                 the start and at the end

    Without a history (`train(history=False)`), both hold the start and the end alone.
    """

    names: tuple[str, ...]
    epochs: int
    stopped: str
    history: list[float] = field(repr=False)
    path: list[tuple[Any, ...]] = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """Where it ended."""
        return dict(zip(self.names, self.path[-1], strict=True))

    @property
    def start(self) -> dict[str, Any]:
        """Where it began."""
        return dict(zip(self.names, self.path[0], strict=True))

    @property
    def is_whole(self) -> bool:
        """Whether the parameters of every epoch are kept."""
        return len(self.path) == self.epochs + 1

    @property
    def records(self) -> Iterator[Record]:
        """One record for each entry of the history."""
        return map(self._record, range(len(self.history)))

    def milestones(self, rows: int = 10) -> list[Record]:
        """About so many records, evenly apart, and the last."""
        last = len(self.history) - 1
        places = sorted({*range(0, last + 1, max(1, last // rows)), last})
        return list(map(self._record, places))

    def _record(self, i: int) -> Record:
        """Of an epoch whose parameters are not kept, without them."""
        epoch = i if len(self.history) == self.epochs + 1 else i * self.epochs
        last = len(self.history) - 1
        place = i if len(self.path) == len(self.history) else {0: 0, last: -1}.get(i)
        theta = {} if place is None else dict(zip(self.names, self.path[place], strict=True))
        return Record(epoch, theta, self.history[i])


def descend(gradient: Gradient, start: Values, optimizer: Optimizer) -> Iterator[Record]:
    """θ ← θ + Δ for ever; the first record is the start.

    `gradient` is a function of the parameters alone: {name: value} → (cost, {name: slope}).
    Raises DivergedError where the cost or a slope is nan or infinite.
    """
    theta = {k: v if hasattr(v, "shape") else float(v) for k, v in start.items()}
    state = optimizer.init(theta)
    for epoch in count():
        cost, slopes = gradient(theta)
        finite(epoch, theta, cost, slopes)
        yield Record(epoch, theta, cost)
        change, state = optimizer.update(slopes, state, theta)
        theta = {k: v + change[k] for k, v in theta.items()}


def finite(epoch: int, theta: Values, cost: Any, slopes: Values) -> None:
    """Raise DivergedError where the cost or a slope is not a finite number."""
    what = None if math.isfinite(cost) else f"The cost became {float(cost)}"
    if what is None:
        bad = next((n for n, g in slopes.items() if not _is_finite(g)), None)
        if bad is None:
            return
        g = slopes[bad]
        what = f"The slope in {bad} became {_first_bad(g)}"
    numbers = {n: v for n, v in theta.items() if not getattr(v, "shape", ())}
    at = listing(f"{n}={float(v)!r}" for n, v in numbers.items()) if numbers else ""
    cure = (
        "a smaller rate or another start may help"
        if epoch
        else "that is the start itself, so look whether the prediction lies where the loss "
        "takes it (bce needs values in (0, 1), as of sigmoid) and whether the data are right"
    )
    raise DivergedError(f"{what} at epoch {epoch}{at and f', at {at}'}; {cure}.")


def _is_finite(g: Any) -> bool:
    # nan is not below anything, and of an array every entry is asked.
    return bool((abs(g) < math.inf).all()) if getattr(g, "shape", ()) else math.isfinite(g)


def _first_bad(g: Any) -> float:
    entries = g.flat if getattr(g, "shape", ()) else (g,)
    return next(float(x) for x in entries if not math.isfinite(x))
