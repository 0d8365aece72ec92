"""The descent itself: any gradient, any optimizer, one record an epoch.

(cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from symgd.errors import DivergedError, InputError, listing
from symgd.targets import Compiled
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


# -- one run: how the epochs are gone through, and what is recorded on the way --------------------

PIECES = 100  # how often the generated loop comes back to move a progress bar
LONGEST_CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Options:
    epochs: int
    tolerance: float | None
    patience: int
    batch: int | None
    seed: int
    history: bool

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("patience", 1), ("batch", 1), ("seed", 0)):
            value = getattr(self, name)
            if name == "batch" and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InputError(f"{name}={value!r} must be a whole number of at least {least}.")
        if self.tolerance is not None and not self.tolerance >= 0:
            raise InputError(
                f"tolerance={self.tolerance!r} must be at least 0; None never stops early."
            )


class Job:
    """One run: how the epochs are gone through, and what has been recorded so far."""

    def __init__(
        self,
        compiled: Compiled,
        values: list[Any],
        optimizer: Optimizer,
        options: Options,
        callback: Callable[[Record], Any] | None,
        bar: Any,
    ) -> None:
        self.compiled = compiled
        self.names = compiled.parameters
        self.start = tuple(map(float, values[: len(self.names)]))
        self.data = values[len(self.names) :]
        self.optimizer = optimizer
        self.options = options
        self.callback = callback
        self.bar = bar
        self.rows: list[tuple[float, ...]] = []
        self.epoch = 0

    def run(self) -> Run:
        rate = plain_rate(self.optimizer)
        whole = rate is not None and self.callback is None and self.options.tolerance is None
        self.theta = self.start
        try:
            if whole and rate is not None and self.compiled.loop is not None:
                stopped = self.run_in_one_loop(rate)
            else:
                stopped = self.step_by_step()
        except KeyboardInterrupt:
            stopped = "interrupted"
            if self.options.history:
                self.epoch = max(0, len(self.rows) - 1)
            elif self.epoch and self.rows[-1][1:] != self.theta:
                self.keep((self.compiled.function(*self.theta, *self.data)[0], *self.theta))
        path = [row[1:] for row in self.rows] or [self.start]
        costs = [row[0] for row in self.rows]
        return Run(self.names, self.epoch, stopped, costs, path)

    def advance(self, by: int) -> None:
        if self.bar is not None and by:
            self.bar.update(by)

    def run_in_one_loop(self, rate: float) -> str:
        """The generated loop, a chunk at a time; where a chunk fails, its steps by hand."""
        c, left = -rate, self.options.epochs
        pieces = 1 if self.bar is None else PIECES
        chunk = min(LONGEST_CHUNK, max(1, left // pieces))
        while left:
            todo = min(chunk, left)
            self.theta = self.chunk(self.theta, c, todo)
            left -= todo
            self.advance(todo)
        self.at(self.theta)
        return "epochs"

    def chunk(self, theta: tuple[float, ...], c: float, todo: int) -> tuple[float, ...]:
        """`todo` steps from θ. Raises DivergedError."""
        rows: list[tuple[float, ...]] = self.rows if self.options.history else []
        first, loop, end = len(rows), self.compiled.loop, self.compiled.end
        assert loop is not None
        assert end is not None
        if not self.options.history:
            if not self.rows:
                self.at(theta)
                self.epoch = 0
            after = end(*theta, *self.data, c, todo)
            # nan stays nan, and inf stays inf or becomes nan: the last values tell of all.
            if all(map(math.isfinite, after)):
                self.epoch += todo
                return after
        after = loop(*theta, *self.data, c, todo, rows.append)
        done = rows[first:]
        if all(map(math.isfinite, (*after, sum(r[0] for r in done)))):
            self.epoch += todo
            return after
        del rows[first:]
        for _ in range(todo):
            _, slopes = self.at(theta)
            theta = tuple(p + c * g for p, g in zip(theta, slopes, strict=True))
            self.epoch += 1
        return theta

    def at(self, theta: tuple[float, ...]) -> tuple[float, tuple[float, ...]]:
        """One record, of a cost and slopes that are finite."""
        cost, slopes = self.compiled.function(*theta, *self.data)
        named = dict(zip(self.names, theta, strict=True))
        finite(self.epoch, named, cost, dict(zip(self.names, slopes, strict=True)))
        self.keep((cost, *theta))
        return cost, slopes

    def keep(self, row: tuple[float, ...]) -> None:
        if not self.options.history and len(self.rows) == 2:
            self.rows.pop()
        self.rows.append(row)

    def step_by_step(self) -> str:
        records = descend(self.gradient, self.start_by_name(), self.optimizer)
        if self.options.batch is not None and self.samples > self.options.batch:
            records = self.by_batches(self.options.batch)
        slow, last = 0, math.inf
        for record in records:
            self.keep((record.cost, *(record.parameters[n] for n in self.names)))
            self.epoch, self.theta = record.epoch, self.rows[-1][1:]
            self.advance(record.epoch > 0)
            if self.callback is not None and self.callback(record):
                return "callback"
            if self.options.tolerance is not None:
                slow = slow + 1 if last - record.cost < self.options.tolerance else 0
                last = record.cost
                if slow >= self.options.patience:
                    return "tolerance"
            if record.epoch >= self.options.epochs:
                return "epochs"
        raise AssertionError("a descent has no end")  # pragma: no cover

    def start_by_name(self) -> dict[str, float]:
        return dict(zip(self.names, self.start, strict=True))

    def gradient(self, theta: Values) -> tuple[Any, Values]:
        return self.slopes_on(theta, self.data)

    def slopes_on(self, theta: Values, data: list[Any]) -> tuple[Any, Values]:
        number = float if self.compiled.loop is not None else np.float64
        values = [number(theta[n]) for n in self.names]
        cost, slopes = self.compiled.function(*values, *data)
        return cost, dict(zip(self.names, slopes, strict=True))

    @property
    def samples(self) -> int:
        return max((v.size for v in self.data if isinstance(v, np.ndarray)), default=1)

    def by_batches(self, size: int) -> Iterator[Record]:
        """One pass over the shuffled samples an epoch, an update a batch."""
        shuffle = np.random.default_rng(self.options.seed)
        theta: dict[str, float] = self.start_by_name()
        state = self.optimizer.init(theta)
        for epoch in count():
            cost, slopes = self.gradient(theta)
            finite(epoch, theta, cost, slopes)
            yield Record(epoch, theta, cost)
            order = shuffle.permutation(self.samples)
            for i in range(0, len(order), size):
                taken = order[i : i + size]
                part = [v[taken] if isinstance(v, np.ndarray) else v for v in self.data]
                cost, slopes = self.slopes_on(theta, part)
                finite(epoch, theta, cost, slopes)
                change, state = self.optimizer.update(slopes, state, theta)
                theta = {k: v + change[k] for k, v in theta.items()}


def plain_rate(optimizer: Optimizer) -> float | None:
    """η, where the optimizer is θ ← θ - ηg and nothing else.

    It says so itself, and is then held to its word, for anyone may change a part of it.
    """
    rate = optimizer.rate
    if rate is None:
        return None
    probe = {"p": 1.0}
    state = optimizer.init(probe)
    plain = state == () and optimizer.update(probe, state, probe) == ({"p": -rate}, ())
    return rate if plain else None
