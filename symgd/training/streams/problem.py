"""A stream as a problem of descent: one pass an evaluation, and with batches one pass an epoch.

The cost of an epoch of batches is that of its batches as they came, each before its update: to know
the cost at one θ, another pass would be needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from symgd.targets.flags import undisturbed
from symgd.training.descent import Loop, Slopes, Values, finite
from symgd.training.fitting.kernels import ScalarKernel
from symgd.training.fitting.parts import Ask, Batch, Listed, Parts
from symgd.training.fitting.problem import Objective

MOST_AS_MATRIX = 60  # parameters, whose Hessian is one pass and not one a direction


class StreamProblem:
    """The cost of an objective on parts of data, as a descent asks for it."""

    loop: Loop | None = None
    end: Loop | None = None
    data: Any = ()
    # As many as it takes to make batches of them: to count them would be a pass.
    samples = 2**62
    passes = True  # an epoch of batches is one pass, and its cost that of the batches

    def __init__(self, objective: Objective, whole: Parts, start: Values) -> None:
        self.objective = objective
        self.sums = whole
        layout = objective.layout
        self.names = layout.names
        self.start = layout.unpack(layout.pack(start))
        self.keeps = isinstance(objective.kernel, ScalarKernel)

    def vector(self, theta: Values) -> Any:
        return self.objective.layout.pack(theta)

    def named(self, vector: Any) -> dict[str, Any]:
        return self.objective.layout.unpack(vector)

    @undisturbed
    def whole(self, theta: Values) -> Slopes:
        cost, slopes = self.objective.both(self.vector(theta))
        return cost, self.named(slopes)

    def cost(self, epoch: int, theta: Values) -> Any:
        """The cost of the first chunk, which a descent in batches begins with."""
        v, slopes = self.vector(theta), np.zeros(self.objective.layout.size)
        head = self.sums.spread.head
        # Where nothing of it counts, the sum is 0.
        cost = head.first(v, slopes) / ((head.weight or 1.0) if self.is_mean else 1.0)
        finite(epoch, theta, cost, {})
        return cost

    @property
    def is_mean(self) -> bool:
        kernel = self.objective.kernel
        if isinstance(kernel, ScalarKernel):
            return self.objective.reduction == "mean"
        return kernel.is_mean

    def parts(self, random: Any, size: int) -> Iterator[Step]:
        """Batches; a mean over one counts each sample as its share of all weights says."""
        share = 1.0
        if self.objective.kernel.weighted and self.is_mean:
            share = self.sums.weight / self.sums.rows
        for batch in self.sums.spread.batches(random, size):
            yield Step(self, batch, batch.rows * share if self.is_mean else 1.0)

    def as_given(self, theta: Values) -> dict[str, Any]:
        return dict(theta)

    def hessian(self, direction: Values, theta: Values) -> Values:
        v, d = self.vector(theta), self.vector(direction)
        if len(v) <= MOST_AS_MATRIX:
            return self.named(self.objective.hess(v) @ d)
        return self.named(self.objective.hessp(v, d))

    def gauss_newton(self, direction: Values, theta: Values) -> Values:
        found = self.sums.curvature(self.vector(theta), self.vector(direction))
        return self.named(found / self.objective.divisor)

    def bad(self, theta: Values) -> int | None:
        found: Listed = self.sums.spread.total(Ask("bad", (self.vector(theta),)))
        before, first, good = 0, None, False
        for place, rows in found.each:
            if place is None:
                good = True
            elif first is None:
                first = before + place
                good = good or place > 0
            before += rows
        return first if good else None


class Step:
    """The cost and its slopes on a batch, as a function of θ."""

    def __init__(self, of: StreamProblem, batch: Batch, divisor: float) -> None:
        self.of = of
        self.batch = batch
        self.divisor = divisor

    def __call__(self, theta: Values) -> Slopes:
        found = self.batch.total(Ask("first", (self.of.vector(theta),))).value
        return float(found[0]) / self.divisor, self.of.named(found[4:] / self.divisor)

    def after(self, passed: tuple[float, float], cost: float) -> tuple[float, float]:
        """What has been passed, with the cost of this batch: of a mean by its samples."""
        if not self.of.is_mean:
            return passed[0] + cost, 1.0
        return passed[0] + cost * self.batch.rows, passed[1] + self.batch.rows
