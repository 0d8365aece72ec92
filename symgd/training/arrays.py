"""The descent of a matrix model: whole arrays as parameters, in mini-batches.

(cost, g) = gradient(θ, batch)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgd.errors import DataError, DivergedError, InputError, listing
from symgd.targets.arrays import CompiledMatrix
from symgd.training.descent import Record
from symgd.training.optimizers import Optimizer
from symgd.training.train import optimizer_of

MOST_EPOCHS = 10**9


@dataclass(frozen=True)
class MatrixRun:
    """A descent over arrays that has ended.

    epochs      how many passes over the data were made
    stopped     "epochs", "tolerance", "callback" or "interrupted"
    history     the cost: at the start, then of each epoch, the mean over its batches as they went
    start       the parameters at the start
    parameters  where it ended
    """

    epochs: int
    stopped: str
    history: list[float] = field(repr=False)
    start: dict[str, Any] = field(repr=False)
    parameters: dict[str, Any] = field(repr=False)


def train_matrix(
    gradient: CompiledMatrix,
    data: Mapping[str, Any],
    start: Mapping[str, Any],
    *,
    optimizer: Optimizer | str | None = None,
    epochs: int = 10,
    batch: int | None = None,
    seed: int = 0,
    samples: str = "m",
    callback: Callable[[Record], Any] | None = None,
    tolerance: float | None = None,
    patience: int = 10,
) -> MatrixRun:
    """The descent of a compiled matrix model on arrays.

    data      the leaves that are not parameters; rows are samples where their first size is
              `samples`
    batch     samples an update, in an order shuffled by `seed`; None for all at once

    Raises DataError, InputError for options out of range, DivergedError.
    """
    graph = gradient.graph
    for n in start:
        if n not in graph.parameters:
            raise DataError(f"{n} is not a parameter; there are {listing(graph.parameters)}.")
    missing = [p for p in graph.parameters if p not in start]
    if missing:
        raise DataError(f"{listing(missing)} has no start; give start={{{missing[0]!r}: ...}}.")
    for option, value in (("epochs", epochs), ("batch", batch), ("patience", patience)):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (whole and 1 <= value <= MOST_EPOCHS):
            raise InputError(f"{option}={value!r} is not a whole number above 0.")
    given = gradient.checked({**data, **start})
    gradient.sizes_of(given)
    descent = _Descent(gradient, given, optimizer_of(optimizer), batch, seed, samples)
    history = [descent.cost()]
    first = dict(descent.theta)
    stopped, epoch, slow = "epochs", 0, 0
    try:
        for epoch in range(1, epochs + 1):
            history.append(descent.epoch(epoch))
            if callback is not None and callback(Record(epoch, descent.as_given(), history[-1])):
                stopped = "callback"
                break
            if tolerance is not None:
                slow = slow + 1 if history[-2] - history[-1] < tolerance else 0
                if slow >= patience:
                    stopped = "tolerance"
                    break
    except KeyboardInterrupt:
        stopped = "interrupted"
    return MatrixRun(epoch, stopped, history, descent.as_given(first), descent.as_given())


class _Descent:
    """θ and the state of the optimizer, from epoch to epoch."""

    def __init__(
        self,
        gradient: CompiledMatrix,
        given: Mapping[str, Any],
        optimizer: Optimizer,
        batch: int | None,
        seed: int,
        samples: str,
    ) -> None:
        self.gradient = gradient
        graph = gradient.graph
        self.theta = {p: given[p] for p in graph.parameters}
        self.data = {n: a for n, a in given.items() if n not in self.theta}
        self.rows = [n for n in self.data if graph.leaves[n].rows.text == samples]
        self.count = max((len(self.data[n]) for n in self.rows), default=0)
        if batch is not None and not self.rows:
            raise InputError(
                f"batch={batch} needs data whose first size is {samples}; say samples='...'."
            )
        self.batch = min(batch or self.count, self.count) or 1
        self.shuffle = np.random.default_rng(seed)
        self.optimizer = optimizer
        self.state = optimizer.init(self.theta)

    def cost(self) -> float:
        cost, _ = self.slopes(self.data, 0)
        return cost

    def epoch(self, number: int) -> float:
        """One pass over the data; the mean cost of its batches."""
        total = weight = 0.0
        for part, size in self.parts():
            cost, slopes = self.slopes(part, number)
            change, self.state = self.optimizer.update(slopes, self.state, self.theta)
            self.theta = {p: v + change[p] for p, v in self.theta.items()}
            total += cost * size
            weight += size
        return total / weight

    def parts(self) -> Iterator[tuple[dict[str, Any], int]]:
        if self.batch >= self.count:
            yield self.data, max(self.count, 1)
            return
        order = self.shuffle.permutation(self.count)
        shuffled = {n: self.data[n][order] for n in self.rows}
        for i in range(0, self.count, self.batch):
            part = {n: a[i : i + self.batch] for n, a in shuffled.items()}
            yield {**self.data, **part}, min(self.batch, self.count - i)

    def slopes(self, data: Mapping[str, Any], epoch: int) -> tuple[float, dict[str, Any]]:
        cost, slopes = self.gradient.slopes({**data, **self.theta})
        if not math.isfinite(cost):
            raise DivergedError(
                f"The cost became {cost} at epoch {epoch}; a smaller rate or another start may "
                "help."
            )
        return cost, slopes

    def as_given(self, theta: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The parameters in the shapes that they are given in."""
        leaves = self.gradient.graph.leaves
        return {
            p: v.reshape(-1) if not isinstance(v, float) and leaves[p].is_column else v
            for p, v in (self.theta if theta is None else theta).items()
        }
