"""The descent itself: any gradient, any optimizer, one record an epoch.

(cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from symgd.errors import DivergedError, listing
from symgd.training.parts import Optimizer

if TYPE_CHECKING:
    from symgd.training.stability import Preflight

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
    stopped      "epochs", "tolerance", "validation", "callback", "interrupted", "converged" (no
                 lower cost was found), or "diverged" in an error
    history      the cost at every epoch, the start first: one more than there were epochs
    path         the parameters at every epoch, in the order of `names`; where they are arrays, at
                 the start and at the end
    validation   the cost of the samples that were held out, at every epoch; else empty
    best         the epoch where that was lowest, and the parameters there
    preflight    what was found of a plain rate before the first step; None of any other
    of           the graph whose cost it is, and the data that it is on: weighted, without what was
                 held out

    Without a history (`train(history=False)`), history and path hold the start and the end alone.
    """

    names: tuple[str, ...]
    epochs: int
    stopped: str
    history: list[float] = field(repr=False)
    path: list[tuple[Any, ...]] = field(repr=False)
    validation: list[float] = field(default_factory=list, repr=False)
    best: int | None = None
    best_row: tuple[Any, ...] = field(default=(), repr=False)
    preflight: Preflight | None = field(default=None, repr=False)
    of: tuple[Any, Values] | None = field(default=None, repr=False, compare=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """Where it ended, or where the cost of the validation was lowest."""
        row = self.path[-1] if self.best is None else self.best_row
        return dict(zip(self.names, row, strict=True))

    @property
    def end(self) -> dict[str, Any]:
        """Where it ended."""
        return dict(zip(self.names, self.path[-1], strict=True))

    @property
    def cost(self) -> float:
        """The cost of `parameters`; nan where the history does not have it."""
        if not self.history:
            return math.nan
        if self.best is None or self.best == self.epochs:
            return self.history[-1]
        if self.best == 0:
            return self.history[0]
        return self.history[self.best] if len(self.history) > self.epochs else math.nan

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
        places = sorted({*range(0, last + 1, max(1, last // max(1, rows))), max(0, last)})
        if not self.history:
            return []
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
    error = DivergedError(f"{what} at epoch {epoch}{at and f', at {at}'}; {cure}.")
    error.at = dict(theta)
    raise error


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
    parts     (a generator of random numbers, how many samples at a time) → the cost and slopes on
              each part of the shuffled samples, as functions of θ
    passes    whether data are read in each pass: the cost of an epoch of batches is then theirs,
              joined by `after` of each part
    handed    θ in the shapes that its parameters are given in
    keeps     whether a run keeps θ at every epoch; if not, at the start and the end
    loop, end of numbers: all epochs of plain descent as one function (`Compiled`)
    hessian, gauss_newton
              (direction, θ) → ∇²C and JᵀLJ times the direction
    bad       θ → the first sample that has no finite cost or slope, where others have one
    """

    names: tuple[str, ...]
    start: dict[str, Any]
    samples: int
    keeps: bool
    passes: bool
    loop: Loop | None
    end: Loop | None
    data: Any

    def whole(self, theta: Values) -> Slopes: ...

    def cost(self, epoch: int, theta: Values) -> Any: ...

    def parts(self, random: Any, size: int) -> Iterator[Any]: ...

    def as_given(self, theta: Values) -> dict[str, Any]: ...

    def hessian(self, direction: Values, theta: Values) -> Values: ...

    def gauss_newton(self, direction: Values, theta: Values) -> Values: ...

    def bad(self, theta: Values) -> int | None: ...
