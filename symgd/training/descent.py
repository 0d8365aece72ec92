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
    """θ at an epoch, and the cost there."""

    epoch: int
    parameters: dict[str, float]
    cost: float


@dataclass(frozen=True)
class Run:
    """A descent that has ended.

    epochs       how many updates were made
    stopped      "epochs", "tolerance", "callback" or "interrupted"
    history      the cost at every epoch, the start first: one more than there were updates
    path         the parameters at every epoch, in the order of `names`

    Without a history (`train(history=False)`), both hold the start and the end alone.
    """

    names: tuple[str, ...]
    epochs: int
    stopped: str
    history: list[float] = field(repr=False)
    path: list[tuple[float, ...]] = field(repr=False)

    @property
    def parameters(self) -> dict[str, float]:
        """Where it ended."""
        return dict(zip(self.names, self.path[-1], strict=True))

    @property
    def start(self) -> dict[str, float]:
        """Where it began."""
        return dict(zip(self.names, self.path[0], strict=True))

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
        epoch = i if len(self.path) == self.epochs + 1 else i * self.epochs
        return Record(epoch, dict(zip(self.names, self.path[i], strict=True)), self.history[i])


def descend(gradient: Gradient, start: Values, optimizer: Optimizer) -> Iterator[Record]:
    """θ ← θ + Δ for ever; the first record is the start.

    `gradient` is a function of the parameters alone: {name: value} → (cost, {name: slope}).
    Raises DivergedError where the cost or a slope is nan or infinite.
    """
    theta = {k: float(v) for k, v in start.items()}
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
        bad = next((n for n, g in slopes.items() if not math.isfinite(g)), None)
        what = bad and f"The slope in {bad} became {float(slopes[bad])}"
    if what:
        at = listing(f"{n}={float(v)!r}" for n, v in theta.items())
        cure = (
            "a smaller rate or another start may help"
            if epoch
            else "that is the start itself, so look whether the prediction lies where the loss "
            "takes it (bce needs values in (0, 1), as of sigmoid) and whether the data are right"
        )
        raise DivergedError(f"{what} at epoch {epoch}, at {at}; {cure}.")
