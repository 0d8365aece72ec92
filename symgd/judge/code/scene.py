"""The true derivatives at every point that is compared, and what slips are made of.

    g = ∂C/∂v      h = ∂²C/∂v²      f' = ∂ŷ/∂v      L' = ∂C/∂ŷ      C      y

One array over all batches; where a function answers with a mean over its batch, everything is
reduced in the same way, batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import mpmath as mp
import numpy as np

from symgd.judge.code.points import Batch
from symgd.judge.code.problem import Problem, on_all, slope_in, values_of
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate

Array = np.ndarray[Any, Any]

# A difference of two doubles' distance: how far a derivative moves where its inputs are rounded.
NUDGE = 1e-6
BESIDE = 1e-9
WITNESS_DIGITS = 60
WITNESS_STEP = mp.mpf(10) ** -20


@dataclass(frozen=True)
class Scene:
    """The truth about one variable `v`, over all batches.

    reduction   None for a value a sample, "mean" or "sum" for one a batch
    """

    problem: Problem
    batches: tuple[Batch, ...]
    v: str
    reduction: str | None = None

    def reduced(self, reduction: str | None) -> Scene:
        return replace(self, reduction=reduction)

    def gathered(self, per_sample: Callable[[Batch], Any]) -> Array:
        """A function of a batch, over all of them."""
        pieces = [on_all(per_sample(b), b.size) for b in self.batches]
        match self.reduction:
            case "mean":
                return np.array([p.mean() for p in pieces])
            case "sum":
                return np.array([p.sum() for p in pieces])
        return np.concatenate(pieces)

    def truth(self, batch: Batch) -> tuple[Any, Any, Any]:
        with np.errstate(all="ignore"):
            cost, first, second = self.problem.truth(**batch.values)
        return cost, first[self.v], second[f"{self.v},{self.v}"]

    def truth_at(self, point: Mapping[str, float]) -> tuple[float, ...]:
        """As `truth`, of one sample."""
        with np.errstate(all="ignore"):
            found = self.problem.truth(**{n: np.array([x]) for n, x in point.items()})
        cost, first, second = found
        return tuple(float(x[0]) for x in (cost, first[self.v], second[f"{self.v},{self.v}"]))

    @cached_property
    def all(self) -> tuple[Array, Array, Array]:
        found = [self.truth(b) for b in self.batches]
        table = {id(b): t for b, t in zip(self.batches, found, strict=True)}
        return tuple(self.gathered(lambda b, i=i: table[id(b)][i]) for i in range(3))  # type: ignore[misc, return-value]

    @property
    def cost(self) -> Array:
        return self.all[0]

    @property
    def g(self) -> Array:
        return self.all[1]

    @property
    def h(self) -> Array:
        return self.all[2]

    def beside(self, order: int, step: float) -> Array:
        """g or h, where v is a little larger or smaller: by a part `step` of itself."""

        def moved(b: Batch) -> Any:
            x = np.asarray(b.values[self.v], dtype=float)
            other = x + step * np.maximum(np.abs(x), 1e-3)
            where = self.problem.cut.domains.get(symbol(self.v))
            if where is not None:
                kept = [where.contains(float(u)) for u in np.atleast_1d(other)]
                other = np.where(np.reshape(kept, np.shape(other)), other, x)
            given = other if np.ndim(other) else float(other)
            with np.errstate(all="ignore"):
                found = self.problem.truth(**{**b.values, self.v: given})
            return found[order][self.v if order == 1 else f"{self.v},{self.v}"]

        return self.gathered(moved)

    # -- what slips are made of: each None where there is no such thing -----------------------

    def value(self, name: str) -> Array:
        return self.gathered(lambda b: self.of(b, name))

    def of(self, b: Batch, name: str) -> Any:
        return b.values[name] if name in b.values else values_of(self.problem, name, b.values)

    def slope(self, name: str, order: int = 1) -> Array:
        """The derivative of the cost in another name."""
        return self.gathered(lambda b: slope_in(self.problem, name, b.values, order))

    def link_slope(self, b: Batch, order: int = 1, at: Any = None) -> Any:
        """f'(v), of the prediction in the variable."""
        part = self.problem.link
        known = {n: b.values[n] for n in part.leaves}
        if at is not None:
            known[self.v] = at
        return slope_in(part, self.v, known, order)

    def sizes(self) -> Array:
        """How many samples the batch of each value has."""
        if self.reduction is not None:
            return np.array([float(b.size) for b in self.batches])
        return np.concatenate([np.full(b.size, float(b.size)) for b in self.batches])

    def marks(self, name: str) -> Array:
        """`tame` or `corner`, a mark a value."""
        if self.reduction is not None:
            return np.array([bool(getattr(b, name).all()) for b in self.batches])
        return np.concatenate([getattr(b, name) for b in self.batches])

    def point(self, index: int) -> Mapping[str, Any]:
        """The names and numbers of one value."""
        if self.reduction is not None:
            return dict(self.batches[index].values)
        for b in self.batches:
            if index < b.size:
                return b.point(index)
            index -= b.size
        raise IndexError(index)

    def witness(self, point: Mapping[str, float], order: int) -> float:
        """The derivative at a point by a difference in 60 digits and more: it knows no rule."""
        graph = self.problem.cut
        exact = {symbol(n): mp.mpf(x) for n, x in point.items()}
        reach = max((abs(x) for x in point.values()), default=0)
        with mp.workdps(WITNESS_DIGITS + int(reach)):
            h = WITNESS_STEP

            def cost(shift: Any) -> Any:
                known = {**exact, symbol(self.v): exact[symbol(self.v)] + shift}
                for v, body in graph.definitions.items():
                    known[v] = evaluate(graph.unfold(body), known)
                return known[graph.cost]

            if order == 1:
                return float((cost(h) - cost(-h)) / (2 * h))
            return float((cost(h) - 2 * cost(0) + cost(-h)) / h**2)
