"""One run of a descent: how the epochs are gone through, and what is recorded on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from symgd.training.descent import Record, Run, descend, finite
from symgd.training.inputs import Options
from symgd.training.optimizers import Optimizer
from symgd.training.problems import Problem

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
        rate = plain_rate(self.optimizer)
        whole = rate is not None and self.callback is None and self.options.tolerance is None
        whole = whole and not self.is_batched
        self.theta = self.start
        try:
            if whole and rate is not None and self.problem.loop is not None:
                stopped = self.in_one_loop(rate)
            else:
                stopped = self.step_by_step()
        except KeyboardInterrupt:
            stopped = "interrupted"
            if self.options.history:
                self.epoch = max(0, len(self.rows) - 1)
            elif self.epoch and self.rows[-1][1:] != self.theta:
                self.at(self.theta)
        path = [row[1:] for row in self.rows if len(row) > 1] or [self.start]
        costs = [row[0] for row in self.rows]
        return Run(self.names, self.epoch, stopped, costs, path)

    @property
    def is_batched(self) -> bool:
        """Whether an epoch is several updates."""
        size = self.options.batch
        return size is not None and self.problem.samples > size

    def moved(self, by: int) -> None:
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
            self.moved(todo)
        self.at(self.theta)
        return "epochs"

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
            record = Record(epoch, self.problem.handed(theta), cost)
            self.keep((record.cost, *(record.parameters[n] for n in self.names)))
            self.epoch, self.theta = record.epoch, self.rows[-1][1:]
            self.moved(record.epoch > 0)
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

    It says so, and is then held to its word, for anyone may put an optimizer together.
    """
    rate = optimizer.rate
    if rate is None:
        return None
    probe = {"p": 1.0}
    state = optimizer.init(probe)
    plain = state == () and optimizer.update(probe, state, probe) == ({"p": -rate}, ())
    return rate if plain else None
