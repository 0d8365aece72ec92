"""One run: how the epochs are gone through, what is recorded, watched and kept on the way.

What a descent goes on from is plain data, θ and the state of the optimizer and where it is in the
samples, so that a file of it is the descent itself (checkpoints.py).
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from symgd.errors import DivergedError, InputError, shown
from symgd.training.checkpoints import load, same, save
from symgd.training.descent import Problem, Record, Run, finite
from symgd.training.interrupts import kept
from symgd.training.nearby import Nearby
from symgd.training.parts import Optimizer


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


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a descent is kept, how often, and what it is made of."""

    path: Path
    seconds: float
    resume: bool
    made_of: Mapping[str, Any] = field(default_factory=dict)


def patience_of(given: Any, tolerance: Any, validation: Any) -> Any:
    """The epochs that are waited, 10 where none is given; raises InputError where nothing waits."""
    if given is None:
        return 10
    if tolerance is None and validation is None:
        raise InputError(
            f"patience={shown(given)} has nothing to watch; give validation=0.2, a share of the "
            "samples, or tolerance=1e-6, by which the cost is to fall."
        )
    return given


PIECES = 100  # how often the generated loop comes back to move a progress bar
LONGEST_CHUNK = 100_000
RARELY = 20  # a file is written at most in one part of so many of the time
LATE = 10  # epochs in which the cost rises, before that is told


class Job:
    """One run: how the epochs are gone through, and what has been recorded so far.

    Where the descent is, between two updates: `epoch` and `done` batches of its pass, `theta` by
    name, the `state` of the optimizer, `order` of the samples as the generator has it before the
    pass; `recorded` whether the epoch has its row.
    """

    def __init__(
        self,
        problem: Problem,
        optimizer: Optimizer,
        options: Options,
        callback: Callable[[Record], Any] | None,
        bar: Any,
        validation: Callable[[Mapping[str, Any]], float] | None = None,
        checkpoint: Checkpoint | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.tell = tell
        self.problem = problem
        self.names = problem.names
        self.start = tuple(problem.start.values())
        self.optimizer = optimizer
        self.options = options
        self.callback = callback
        self.bar = bar
        self.validation = validation
        self.checkpoint = checkpoint
        # (cost, *θ); of arrays only the first and the last row have θ.
        self.rows: list[tuple[Any, ...]] = []
        self.epoch = self.done = 0
        self.theta: dict[str, Any] = dict(problem.start)
        self.state: Any = optimizer.init(self.theta)
        self.random = np.random.default_rng(options.seed)
        self.order: Any = self.random.bit_generator.state
        self.recorded = False
        # Σ of the costs of this pass, and of what each counts
        self.passed: tuple[float, float] = (0.0, 0.0)
        # what says when to stop, and what is kept for it
        self.slow, self.last = 0, math.inf
        self.watched: list[float] = []
        self.best, self.best_row = 0, self.start
        self.rising = 0
        self.is_told = False
        self.due = time.monotonic() + (checkpoint.seconds if checkpoint else math.inf)
        if checkpoint is not None and checkpoint.resume and checkpoint.path.exists():
            self.read(checkpoint)

    def run(self) -> Run:
        """Raises DivergedError, which has the run up to there."""
        rate = plain_rate(self.optimizer)
        whole = rate is not None and self.callback is None and self.options.tolerance is None
        whole = whole and not self.is_batched and self.validation is None
        with kept() as self.is_asked_to_stop:
            if self.checkpoint is not None and self.epoch == self.done == 0:
                # What cannot be written is told before the work, not after it.
                self.write()
            try:
                if whole and rate is not None and self.problem.loop is not None:
                    stopped = self.in_one_loop(rate)
                else:
                    stopped = self.step_by_step()
            except KeyboardInterrupt:
                # It may have come in the middle of an update: the file stays as it was.
                self.complete()
                return self.ended("interrupted")
            except DivergedError as error:
                self.complete()
                error.run = self.ended("diverged")
                raise
            if self.checkpoint is not None:
                self.write_or_tell()
        return self.ended(stopped)

    def complete(self) -> None:
        """What has been reached, if the last chunk did not end."""
        if self.options.history:
            if self.rows and len(self.rows) - 1 != self.epoch:
                # of a chunk of the loop that did not end
                self.epoch, self.done = len(self.rows) - 1, 0
                self.theta = dict(zip(self.names, self.rows[-1][1:], strict=True))
            self.recorded = bool(self.rows)
        elif self.epoch and not self.recorded:
            with contextlib.suppress(DivergedError):
                cost, slopes = self.problem.whole(self.theta)
                finite(self.epoch, self.theta, cost, slopes)
                self.record(cost)

    def ended(self, stopped: str) -> Run:
        path = [row[1:] for row in self.rows if len(row) > 1] or [self.start]
        costs = [row[0] for row in self.rows]
        if self.validation is None:
            return Run(self.names, self.epoch, stopped, costs, path)
        return Run(
            self.names, self.epoch, stopped, costs, path, self.watched, self.best, self.best_row
        )

    @property
    def is_batched(self) -> bool:
        """Whether an epoch is several updates."""
        size = self.options.batch
        return size is not None and self.problem.samples > size

    def advance(self, by: int, cost: float | None = None) -> None:
        if self.bar is not None and by:
            if cost is not None and cost == cost:
                self.bar.set_postfix_str(f"cost {cost:.6g}", refresh=False)
            self.bar.update(by)

    # -- plain descent on numbers: the generated loop -------------------------------------------

    def in_one_loop(self, rate: float) -> str:
        """The generated loop, a chunk at a time; where a chunk fails, its steps by hand."""
        # The loop records each epoch as it begins: also one that has its row already.
        del self.rows[self.epoch if self.options.history else 1 :]
        self.recorded = False
        theta = tuple(self.theta[n] for n in self.names)
        c, left = -rate, max(0, self.options.epochs - self.epoch)
        pieces = 1 if self.bar is None else PIECES
        chunk = min(LONGEST_CHUNK, max(1, left // pieces))
        while left:
            todo = min(chunk, left)
            theta = self.chunk(theta, c, todo)
            self.theta = dict(zip(self.names, theta, strict=True))
            left -= todo
            self.advance(todo, self.rows[-1][0] if self.options.history else None)
            self.watch_rows()
            if left and self.is_asked_to_stop():
                break
            self.write_if_due()
        self.at(theta)
        self.recorded = True
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

    # -- any optimizer, any stop: an epoch at a time --------------------------------------------

    def step_by_step(self) -> str:
        """Each epoch: its record, what stops there, and then its update or its pass."""
        size = self.options.batch if self.is_batched else None
        if size is not None and self.optimizer.needs:
            raise InputError(
                f"{self.optimizer.name} works on all samples at once, and batch={size} takes a "
                "part of them; leave batch out, or take an optimizer such as adam."
            )
        nearby = Nearby(self.problem) if self.optimizer.needs else None
        whole = self.problem.whole if nearby is None else nearby.whole
        # Of batches the cost is computed only where somebody asks for it on the way.
        asked = self.options.history or self.options.tolerance is not None
        asked = asked or self.callback is not None
        while True:
            slopes: Any = None
            if size is None:
                cost, slopes = whole(self.theta)
                finite(self.epoch, self.theta, cost, slopes)
            elif self.recorded:
                cost = math.nan
            elif self.problem.passes and self.epoch:
                cost = self.passed[0] / self.passed[1]
            else:
                wanted = asked or self.epoch in (0, self.options.epochs)
                cost = self.problem.cost(self.epoch, self.theta) if wanted else math.nan
            if not self.recorded:
                self.record(cost)
                if self.callback is not None and self.callback(self.latest(cost)):
                    return "callback"
                self.compare(cost)
            if (stopped := self.reason()) is not None:
                return stopped
            self.write_if_due()
            if size is None:
                more = () if nearby is None else (nearby.seen_from(self.theta, cost, slopes),)
                change, self.state = self.optimizer.update(slopes, self.state, self.theta, *more)
                if nearby is not None and not any(map(np.any, change.values())):
                    return "converged"
                theta = {k: v + change[k] for k, v in self.theta.items()}
                self.theta, self.epoch, self.recorded = theta, self.epoch + 1, False
            else:
                self.one_pass(size)

    def one_pass(self, size: int) -> None:
        """The updates of one pass over the shuffled samples, or of what is left of it."""
        self.random.bit_generator.state = self.order
        if not self.done:
            self.passed = (0.0, 0.0)
        parts = self.problem.parts(self.random, size)
        for slopes_on in islice(parts, self.done, None):
            cost, slopes = slopes_on(self.theta)
            finite(self.epoch, self.theta, cost, slopes if self.problem.keeps else {})
            change, self.state = self.optimizer.update(slopes, self.state, self.theta)
            self.theta = {k: v + change[k] for k, v in self.theta.items()}
            if self.problem.passes:
                self.passed = slopes_on.after(self.passed, float(cost))
            self.done += 1
            self.write_if_due()
        self.order = self.random.bit_generator.state
        self.epoch, self.done, self.recorded = self.epoch + 1, 0, False

    def latest(self, cost: Any) -> Record:
        return Record(self.epoch, dict(zip(self.names, self.rows[-1][1:], strict=True)), cost)

    def record(self, cost: Any) -> None:
        given = self.problem.as_given(self.theta)
        self.keep((cost, *(given[n] for n in self.names)))
        self.recorded = True
        self.advance(self.epoch > 0, cost)

    def compare(self, cost: Any) -> None:
        """What the stops are told by, after a record."""
        if self.options.tolerance is not None:
            self.slow = self.slow + 1 if self.last - cost < self.options.tolerance else 0
        self.rising = self.rising + 1 if cost > self.last else 0
        self.last = cost
        if self.rising == LATE:
            self.say_that_it_rises(cost, self.rows[0][0])
        if self.validation is not None:
            now = self.validation(self.theta)
            lowest = self.watched[self.best] if self.watched else math.inf
            self.watched.append(now)
            better = now < lowest - (self.options.tolerance or 0.0)
            if better or (math.isfinite(now) and not math.isfinite(lowest)):
                self.best, self.best_row = self.epoch, self.rows[-1][1:]

    def reason(self) -> str | None:
        """Why the descent stops at this epoch, if it does."""
        patience = self.options.patience
        if self.validation is not None:
            if self.epoch - self.best >= patience:
                return "validation"
        elif self.options.tolerance is not None and self.slow >= patience:
            return "tolerance"
        if self.epoch >= self.options.epochs:
            return "epochs"
        return "interrupted" if self.is_asked_to_stop() else None

    # -- what is said as it happens -------------------------------------------------------------

    def watch_rows(self) -> None:
        """The same of the rows of the generated loop."""
        late = self.rows[-LATE - 1 :]
        if len(late) > LATE and all(a[0] < b[0] for a, b in pairwise(late)):
            self.say_that_it_rises(late[-1][0], self.rows[0][0])

    def say_that_it_rises(self, cost: float, first: float) -> None:
        if self.tell is None or self.is_told or not cost > first:
            return
        self.is_told = True
        self.tell(
            f"The cost has risen for {LATE} epochs up to epoch {self.epoch}, to {cost:.6g}, above "
            f"the {first:.6g} of the start; a smaller rate may help."
        )

    # -- the file -------------------------------------------------------------------------------

    def write_if_due(self) -> None:
        if self.checkpoint is not None and time.monotonic() >= self.due:
            begun = time.monotonic()
            self.write_or_tell()
            now = time.monotonic()
            self.due = now + max(self.checkpoint.seconds, RARELY * (now - begun))

    def write_or_tell(self) -> None:
        """A disk that is full by now is no reason to lose what was reached."""
        try:
            self.write()
        except InputError as error:
            if self.tell is None:
                raise
            self.tell(f"{error} The descent goes on, and the file is that of an earlier epoch.")

    def write(self) -> None:
        assert self.checkpoint is not None
        rows, keeps = self.rows, self.problem.keeps
        save(
            self.checkpoint.path,
            {
                "made_of": self.checkpoint.made_of,
                "at": {n: getattr(self, n) for n in KEPT},
                "costs": np.array([row[0] for row in rows]),
                "first": rows[0][1:] if rows else (),
                "last": rows[-1][1:] if len(rows) > 1 else (),
                "path": np.array([row[1:] for row in rows]) if keeps and rows else None,
            },
        )

    def read(self, checkpoint: Checkpoint) -> None:
        """Go on from the file. Raises InputError for what is none, DataError for another one."""
        found = load(checkpoint.path)
        try:
            same(checkpoint.path, found["made_of"], checkpoint.made_of)
            for n in KEPT:
                if n != "passed" or n in found["at"]:  # which older files do not have
                    setattr(self, n, found["at"][n])
            costs, path = found["costs"].tolist(), found["path"]
            if path is not None:
                self.rows = [(c, *theta) for c, theta in zip(costs, path.tolist(), strict=True)]
            else:
                self.rows = [(c,) for c in costs]
                if costs:
                    self.rows[-1] += found["last"]
                    self.rows[0] = (costs[0], *found["first"])
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise InputError(
                f"{checkpoint.path} does not read as a checkpoint: {error} is missing in it."
            ) from None
        self.advance(self.epoch)


# What of a job is where the descent is.
KEPT = (
    "epoch", "done", "theta", "state", "order", "recorded", "slow", "last", "watched", "best",
    "best_row", "rising", "is_told", "passed",
)  # fmt: skip


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
