"""A model with shapes as a problem of descent: arrays as parameters, rows as samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, quote
from symgd.targets.arrays import compile_forward, compile_matrix
from symgd.targets.arrays.inputs import checked
from symgd.targets.selfcheck import FEW, array_witness, check_slopes
from symgd.training.descent import Loop, Slopes, Values, finite
from symgd.trees.array_graph import MatrixGraph


class ArrayProblem:
    """Arrays as parameters; samples are the rows of the data whose first size is `samples`."""

    keeps = False
    loop: Loop | None = None
    end: Loop | None = None

    def __init__(
        self,
        graph: MatrixGraph,
        leaves: Mapping[str, Any],
        samples: str,
        batch: int | None,
        backend: str = "numpy",
    ) -> None:
        if not graph.definitions[graph.cost].is_scalar:
            raise InputError(f"{graph.cost} is no scalar, so there is no cost to descend.")
        compiled = compile_matrix(graph, backend=backend)
        given = checked(graph, leaves)
        compiled.sizes_of(given)
        finite_arrays(graph, given)
        self.compiled = compiled
        self.forward = compile_forward(graph, graph.cost)
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
        finite(epoch, {}, cost, {})
        return cost

    def parts(self, order: Any, size: int) -> Iterator[Callable[[Values], Slopes]]:
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
        check_slopes(lambda theta: self.compiled.slopes({**held, **theta}), free, witness, seed)

    def as_given(self, theta: Values) -> dict[str, Any]:
        leaves = self.compiled.graph.leaves
        return {
            p: v.reshape(-1) if _is_array(v) and leaves[p].is_column else v
            for p, v in theta.items()
        }


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
