"""What a descent goes down: a cost on data, whatever its parameters are made of.

A `Problem` answers with costs and slopes at θ; how the epochs are gone through is the same for
numbers and for arrays (`symgd.training.job`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from symgd.targets import Compiled
from symgd.training.descent import Values, finite

Loop = Callable[..., tuple[float, ...]]
Slopes = tuple[Any, Values]


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

    def handed(self, theta: Values) -> dict[str, Any]: ...


class ScalarProblem:
    """Numbers as parameters; data are numbers, or one number for each sample."""

    keeps = True

    def __init__(self, compiled: Compiled, values: list[Any]) -> None:
        self.compiled = compiled
        self.names = compiled.parameters
        self.loop, self.end = compiled.loop, compiled.end
        self.start = dict(zip(self.names, map(float, values), strict=False))
        self.data = values[len(self.names) :]
        self.samples = max((v.size for v in self.data if isinstance(v, np.ndarray)), default=1)

    def on(self, theta: Values, data: list[Any]) -> Slopes:
        number = float if self.loop is not None else np.float64
        values = [number(theta[n]) for n in self.names]
        cost, slopes = self.compiled.function(*values, *data)
        return cost, dict(zip(self.names, slopes, strict=True))

    def whole(self, theta: Values) -> Slopes:
        return self.on(theta, self.data)

    def cost(self, epoch: int, theta: Values) -> Any:
        cost, slopes = self.whole(theta)
        finite(epoch, theta, cost, slopes)
        return cost

    def parts(self, order: Any, size: int) -> Iterator[Callable[[Values], Slopes]]:
        for i in range(0, len(order), size):
            taken = order[i : i + size]
            part = [v[taken] if isinstance(v, np.ndarray) else v for v in self.data]
            yield lambda theta, part=part: self.on(theta, part)  # type: ignore[misc]

    def handed(self, theta: Values) -> dict[str, Any]:
        return dict(theta)
