"""A model with shapes as a problem of descent: arrays as parameters, rows as samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, quote
from symgd.targets.arrays import compile_forward, compile_matrix
from symgd.targets.arrays.inputs import checked
from symgd.targets.arrays.product import ArrayProduct, compile_product
from symgd.targets.selfcheck import FEW, array_witness, check_slopes
from symgd.training.descent import Loop, Slopes, Values, finite
from symgd.trees.array_graph import MatrixGraph


class ArrayProblem:
    """Arrays as parameters; samples are the rows of the data whose first size is `samples`.

    made    the gradient and the cost of the graph, where they have been compiled before
    """

    keeps = False
    passes = False
    loop: Loop | None = None
    end: Loop | None = None

    def __init__(
        self,
        graph: MatrixGraph,
        leaves: Mapping[str, Any],
        samples: str,
        batch: int | None,
        backend: str = "numpy",
        places: Any = None,
        weight: str = "",
        made: tuple[Any, Any] | None = None,
    ) -> None:
        self.places = places
        self.weight = weight
        if not graph.definitions[graph.cost].is_scalar:
            raise InputError(f"{graph.cost} is no scalar, so there is no cost to descend.")
        compiled, forward = made or (
            compile_matrix(graph, backend=backend), compile_forward(graph, graph.cost)
        )  # fmt: skip
        given = checked(graph, leaves)
        compiled.sizes_of(given)
        finite_arrays(graph, given)
        self.compiled = compiled
        self.forward = forward
        self.names = graph.parameters
        self.start = {
            p: np.array(given[p]) if _is_array(given[p]) else given[p] for p in self.names
        }
        self.data = {n: a for n, a in given.items() if n not in self.start}
        self.rows = [n for n in self.data if graph.leaves[n].rows.text == samples]
        self.samples = max((len(self.data[n]) for n in self.rows), default=0)
        if batch is not None and not self.rows:
            raise InputError(
                f"batch={batch} needs data whose first size is {quote(samples)}; say samples='...'."
            )

    def whole(self, theta: Values) -> Slopes:
        return self.compiled.slopes({**self.data, **theta})

    def cost(self, epoch: int, theta: Values) -> Any:
        given = {**self.data, **theta}
        cost, _ = self.forward.slopes({n: given[n] for n in self.forward.leaves})
        finite(epoch, theta, cost, {})
        return cost

    def parts(self, random: Any, size: int) -> Iterator[Callable[[Values], Slopes]]:
        order = random.permutation(self.samples)
        # Shuffled once: a batch is then a slice, which numpy need not copy.
        shuffled = {n: self.data[n][order] for n in self.rows}
        for i in range(0, len(order), size):
            part = {**self.data, **{n: a[i : i + size] for n, a in shuffled.items()}}
            yield lambda theta, part=part: self.compiled.slopes({**part, **theta})  # type: ignore[misc]

    def check_slopes(self, seed: int) -> None:
        """Hold the gradient at the start against differences, on a few samples.

        Of a parameter with a structure only some entries move, and nothing is tried.
        """
        graph = self.compiled.graph
        data = {**self.data, **{n: self.data[n][:FEW] for n in self.rows}}
        sizes = dict(self.compiled.sizes_of({**data, **self.start}))
        free = {p: v for p, v in self.start.items() if p not in graph.structure}
        held = {**data, **{p: v for p, v in self.start.items() if p not in free}}
        witness = array_witness(graph, held, sizes)
        check_slopes(lambda t: self.compiled.slopes({**held, **t}), free, witness, seed, data)

    @cached_property
    def product(self) -> ArrayProduct:
        return compile_product(self.compiled.graph)

    def hessian(self, direction: Values, theta: Values) -> Values:
        return self.shaped(self.product(direction, {**self.data, **theta}))

    @cached_property
    def curvature(self) -> Any:
        from symgd.training.gauss_newton import ArrayCurvature

        labels = [n for n in self.rows if n != self.weight]
        return ArrayCurvature(self.compiled.graph, self.data, labels)

    def gauss_newton(self, direction: Values, theta: Values) -> Values:
        return self.shaped(self.curvature(direction, theta))

    def shaped(self, found: Values) -> dict[str, Any]:
        """In the shapes of the parameters, where a column may come as a row of numbers."""
        return {
            p: np.reshape(found[p], np.shape(v)) if _is_array(v) else float(found[p])
            for p, v in self.start.items()
        }

    def bad(self, theta: Values) -> int | None:
        """By halves: as long as one of them has no finite cost or slope, and the other has."""
        low, high = 0, self.samples
        if high < 2 or not self.rows:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            good = [self.is_good(theta, a, b) for a, b in ((low, middle), (middle, high))]
            if all(good) or (not any(good) and (low, high) == (0, self.samples)):
                return None
            low, high = (middle, high) if good[0] else (low, middle)
        return low if self.places is None else int(self.places[low])

    def is_good(self, theta: Values, low: int, high: int) -> bool:
        part = {**self.data, **{n: self.data[n][low:high] for n in self.rows}}
        cost, slopes = self.compiled.slopes({**part, **theta})
        return bool(np.isfinite(cost)) and all(np.all(np.isfinite(g)) for g in slopes.values())

    def as_given(self, theta: Values) -> dict[str, Any]:
        leaves = self.compiled.graph.leaves
        return {
            p: v.reshape(-1) if _is_array(v) and leaves[p].is_column else v
            for p, v in theta.items()
        }


def array_judge(graph: MatrixGraph, held: Mapping[str, Any]) -> Callable[[Values], float]:
    """θ → the cost of the samples that are held out."""
    given = checked(graph, held)
    finite_arrays(graph, given)
    forward = compile_forward(graph, graph.cost)

    def cost(theta: Values) -> float:
        at = {**given, **theta}
        return float(forward.slopes({n: at[n] for n in forward.leaves})[0])

    cost({})
    return cost


ALIKE = 1e-9


def is_mean(graph: MatrixGraph, leaves: Mapping[str, Any], columns: list[str]) -> bool:
    """Whether the cost of every sample twice is the cost of each once."""
    given = checked(graph, leaves)
    forward = compile_forward(graph, graph.cost)

    def cost(times: int) -> float:
        rows = {n: np.concatenate([given[n]] * times) for n in columns}
        return float(forward(**{n: {**given, **rows}[n] for n in forward.leaves})[0])

    once = cost(1)
    return abs(cost(2) - once) <= ALIKE * abs(once)


def finite_arrays(graph: MatrixGraph, given: Mapping[str, Any]) -> None:
    """Raise DataError for a number that is not finite, with its place."""
    for n, value in given.items():
        good = np.isfinite(value)
        if not np.all(good):
            place = np.unravel_index(int(np.argmin(good)), np.shape(value))
            if graph.leaves[n].is_column:
                place = place[:1]
            where = f"{n}[{', '.join(map(str, place))}]" if place else n
            raise DataError(
                f"{where} is {np.ravel(value)[np.argmin(good)]}; a descent needs finite numbers."
            )


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)
