"""The descent itself: any gradient, any optimizer, one record an epoch.

(cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, Protocol

import numpy as np

from symgd.errors import DivergedError, InputError, listing, shown
from symgd.training.interrupts import kept
from symgd.training.optimizers import Optimizer

Values = Mapping[str, Any]
Gradient = Callable[[Values], tuple[Any, Values]]
Loop = Callable[..., tuple[float, ...]]
Slopes = tuple[Any, Values]


class Record(NamedTuple):
    """θ at an epoch, numbers or arrays, and the cost there."""

    epoch: int
    parameters: dict[str, Any]
    cost: float


@dataclass(frozen=True)
class Run:
    """A descent that has ended.

    epochs       how many updates were made, or with `batch` how many passes over the data
    stopped      "epochs", "tolerance", "callback", "interrupted", or "diverged" in an error
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
        places = sorted({*range(0, last + 1, max(1, last // max(1, rows))), last})
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


class Problem(Protocol):
    """A cost on data that are checked.

    names     of the parameters
    start     where they begin
    data      the other leaves; of numbers in order
    samples   how many there are to be taken in batches; 0 where nothing says so
    whole     {name: value} → (cost, {name: slope}) on all data
    cost      {name: value} → the cost on all data
    parts     (an order of the samples, how many at a time) → the cost and slopes on each part, as
              functions of θ
    handed    θ in the shapes that its parameters are given in
    keeps     whether a run keeps θ at every epoch; if not, at the start and the end
    loop, end of numbers: all epochs of plain descent as one function (`Compiled`)
    """

    names: tuple[str, ...]
    start: dict[str, Any]
    samples: int
    keeps: bool
    loop: Loop | None
    end: Loop | None
    data: Any

    def whole(self, theta: Values) -> Slopes: ...

    def cost(self, epoch: int, theta: Values) -> Any: ...

    def parts(self, order: Any, size: int) -> Iterator[Callable[[Values], Slopes]]: ...

    def as_given(self, theta: Values) -> dict[str, Any]: ...


# -- one run: how the epochs are gone through, and what is recorded on the way -------------------


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
                raise InputError(
                    f"{name}={shown(value)} must be a whole number of at least {least}."
                )
        if self.tolerance is not None and not self.tolerance >= 0:
            raise InputError(
                f"tolerance={shown(self.tolerance)} must be at least 0; None never stops early."
            )


PIECES = 100  # how often the generated loop comes back to move a progress bar
LONGEST_CHUNK = 100_000


class Job:
    """One run: how the epochs are gone through, and what has been recorded so far."""

    def __init__(
        self,
        problem: Problem,
        optimizer: Optimizer,
        options: Options,
        callback: Callable[[Record], Any] | None,
        bar: Any,
    ) -> None:
        self.problem = problem
        self.names = problem.names
        self.start = tuple(problem.start.values())
        self.optimizer = optimizer
        self.options = options
        self.callback = callback
        self.bar = bar
        # (cost, *θ); of arrays only the first and the last row have θ.
        self.rows: list[tuple[Any, ...]] = []
        self.epoch = 0

    def run(self) -> Run:
        """Raises DivergedError, which has the run up to there."""
        rate = plain_rate(self.optimizer)
        whole = rate is not None and self.callback is None and self.options.tolerance is None
        whole = whole and not self.is_batched
        self.theta = self.start
        with kept() as self.is_asked_to_stop:
            try:
                if whole and rate is not None and self.problem.loop is not None:
                    stopped = self.in_one_loop(rate)
                else:
                    stopped = self.step_by_step()
            except KeyboardInterrupt:
                stopped = "interrupted"
                self.complete()
            except DivergedError as error:
                self.complete()
                error.run = self.ended("diverged")
                raise
        return self.ended(stopped)

    def complete(self) -> None:
        """What has been reached, if the last chunk did not end."""
        if self.options.history:
            self.epoch = max(0, len(self.rows) - 1)
        elif self.epoch and self.rows[-1][1:] != self.theta:
            with contextlib.suppress(DivergedError):
                self.at(self.theta)

    def ended(self, stopped: str) -> Run:
        path = [row[1:] for row in self.rows if len(row) > 1] or [self.start]
        costs = [row[0] for row in self.rows]
        return Run(self.names, self.epoch, stopped, costs, path)

    @property
    def is_batched(self) -> bool:
        """Whether an epoch is several updates."""
        size = self.options.batch
        return size is not None and self.problem.samples > size

    def advance(self, by: int) -> None:
        if self.bar is not None and by:
            self.bar.update(by)

    def in_one_loop(self, rate: float) -> str:
        """The generated loop, a chunk at a time; where a chunk fails, its steps by hand."""
        c, left = -rate, self.options.epochs
        pieces = 1 if self.bar is None else PIECES
        chunk = min(LONGEST_CHUNK, max(1, left // pieces))
        while left:
            todo = min(chunk, left)
            self.theta = self.chunk(self.theta, c, todo)
            left -= todo
            self.advance(todo)
            if left and self.is_asked_to_stop():
                break
        self.at(self.theta)
        return "interrupted" if left else "epochs"

    def chunk(self, theta: tuple[float, ...], c: float, todo: int) -> tuple[float, ...]:
        """`todo` steps from θ. Raises DivergedError."""
        rows: list[tuple[float, ...]] = self.rows if self.options.history else []
        first, loop, end = len(rows), self.problem.loop, self.problem.end
        data = self.problem.data
        assert loop is not None
        assert end is not None
        if not self.options.history:
            if not self.rows:
                self.at(theta)
                self.epoch = 0
            after = end(*theta, *data, c, todo)
            # nan stays nan, and inf stays inf or becomes nan: the last values tell of all.
            if all(map(math.isfinite, after)):
                self.epoch += todo
                return after
        after = loop(*theta, *data, c, todo, rows.append)
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
        named = dict(zip(self.names, theta, strict=True))
        cost, slopes = self.problem.whole(named)
        finite(self.epoch, named, cost, slopes)
        self.keep((cost, *theta))
        return cost, tuple(slopes.values())

    def keep(self, row: tuple[Any, ...]) -> None:
        if not self.options.history and len(self.rows) == 2:
            self.rows.pop()
        elif not self.problem.keeps and len(self.rows) > 1:
            self.rows[-1] = self.rows[-1][:1]
        self.rows.append(row)

    def step_by_step(self) -> str:
        if self.is_batched:
            records = self.by_batches(self.options.batch or 1)
        else:
            records = descend(self.problem.whole, self.problem.start, self.optimizer)
        slow, last = 0, math.inf
        for epoch, theta, cost in records:
            record = Record(epoch, self.problem.as_given(theta), cost)
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
            if self.is_asked_to_stop():
                return "interrupted"
        raise AssertionError("a descent has no end")  # pragma: no cover

    def by_batches(self, size: int) -> Iterator[Record]:
        """One pass over the shuffled samples an epoch, an update a batch.

        The cost of a record is that of all the data. Where nobody asks for it on the way, only
        those of the start and the end are computed.
        """
        options, problem = self.options, self.problem
        asked = options.history or options.tolerance is not None or self.callback is not None
        shuffle = np.random.default_rng(options.seed)
        theta: dict[str, Any] = dict(problem.start)
        state = self.optimizer.init(theta)
        for epoch in count():
            wanted = asked or epoch in (0, options.epochs)
            yield Record(epoch, theta, problem.cost(epoch, theta) if wanted else math.nan)
            for slopes_on in problem.parts(shuffle.permutation(problem.samples), size):
                cost, slopes = slopes_on(theta)
                finite(epoch, theta, cost, slopes if problem.keeps else {})
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
