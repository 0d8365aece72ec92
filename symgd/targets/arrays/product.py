"""A compiled product of the Hessian: a direction and arrays by name in, arrays by name out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgd.errors import DataError, listing
from symgd.programs.arrays.product import product
from symgd.targets.arrays.compiled import CompiledMatrix
from symgd.trees.array_graph import MatrixGraph


def compile_product(graph: MatrixGraph, backend: str = "numpy") -> ArrayProduct:
    """The Hessian of a graph times a direction; raises ModelError where there is no Hessian."""
    return ArrayProduct(graph, backend)


class ArrayProduct:
    """p({parameter: array}, {name: array}) → {parameter: array}, in the shapes that are given."""

    def __init__(self, graph: MatrixGraph, backend: str = "numpy") -> None:
        made = product(graph)
        self.graph = graph
        self.along = made.along
        self.core = CompiledMatrix(made.outputs, backend)

    def __call__(
        self, direction: Mapping[str, Any], values: Mapping[str, Any], /
    ) -> dict[str, Any]:
        """Raises DataError where the direction or the values do not fit."""
        for n in direction:
            if n not in self.along:
                raise DataError(
                    f"The direction gives {n}, but the parameters are {listing(self.along)}."
                )
        missing = [p for p in self.along if p not in direction]
        if missing:
            raise DataError(
                f"The direction leaves out {listing(missing)}; give an array for every parameter."
            )
        for n in values:
            if n not in self.graph.leaves:
                raise DataError(
                    f"{n} is not an input of this model; it takes {listing(self.graph.leaves)}."
                )
        moved = {self.along[p]: value for p, value in direction.items()}
        _, found = self.core(**values, **moved)
        return dict(found)
