"""A compiled matrix model: arrays by name in, value and derivatives by name out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from symgd.models import model
from symgd.programs.arrays.outputs import Outputs, outputs
from symgd.programs.arrays.plan import planned
from symgd.programs.program import program
from symgd.targets.arrays.inputs import Sizes, checked, sizes_of
from symgd.targets.arrays.source import Kernel, kernel
from symgd.targets.gradient import Hessian
from symgd.targets.numpy.compiled import compile_numpy
from symgd.trees.arrange import arranged
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Function, Node


def compile_matrix(graph: MatrixGraph, order: int = 1) -> CompiledMatrix:
    """The value and the gradients of a matrix graph; at order 2 the Hessian of each parameter."""
    return CompiledMatrix(outputs(graph, order))


class Blocks(Hessian):
    """{"W,b": block of the Hessian}, each pair once; h["b,W"] is the transpose of h["W,b"]."""

    def __missing__(self, key: str) -> Any:
        return super().__missing__(key).T

    def matrix(self) -> Any:
        """The symmetric array over all parameters, each as its vec."""
        names = list(dict.fromkeys(n for key in self for n in key.split(",")))
        return np.block([[self[f"{s},{t}"] for t in names] for s in names])


def compile_forward(graph: MatrixGraph, name: str) -> CompiledMatrix:
    """The definitions up to `name` alone: g(**arrays) → (value, {})."""
    kept: dict[str, Node] = {}
    for v, body in graph.definitions.items():
        kept[v] = body
        if v == name:
            break
    used = frozenset[str]().union(*(b.names for b in kept.values()))
    leaves = {n: leaf for n, leaf in graph.leaves.items() if n in used}
    part = MatrixGraph(kept, leaves, (), sizes=graph.sizes)
    return CompiledMatrix(Outputs(part, {v: arranged(b) for v, b in kept.items()}, name, {}, {}))


class CompiledMatrix:
    """g(**arrays) → (value, {parameter: derivative}), and {"W,W": Hessian} at order 2.

    A column of n is an array of shape (n,) or (n, 1), a scalar a number. Sizes are read off the
    arrays; for each set of sizes a kernel is planned once. If all arrays are of float32, so are
    the results.
    """

    def __init__(self, out: Outputs) -> None:
        self.out = out
        self.graph = out.graph
        self.leaves = tuple(out.graph.leaves)
        self.kernels: dict[Sizes, Kernel] = {}
        self.last: Sizes = ()
        self.rooms: dict[tuple[Sizes, Any], list[list[Any]]] = {}

    def __call__(self, /, **arrays: Any) -> tuple[Any, ...]:
        """Raises DataError for an array that is missing, unknown, or of another shape."""
        given = self.checked(arrays)
        sizes = self.sizes_of(given)
        dtype = np.result_type(*[a for a in given.values() if not isinstance(a, float)], np.float32)
        value, results = self.run(given, sizes, dtype)
        graph = self.graph
        body = graph.definitions[graph.cost]
        shaped = {
            n: _handed(r, graph.leaves[n] if body.is_scalar else g)
            for (n, g), r in zip(self.out.gradients.items(), results, strict=False)
        }
        value = float(value) if body.is_scalar else _handed(value, body)
        if not self.out.hessians:
            return value, shaped
        rest = results[len(self.out.gradients) :]
        blocks = (
            np.reshape(r, self.block(n, sizes))
            for n, r in zip(self.out.hessians, rest, strict=True)
        )
        return value, shaped, Blocks(zip(self.out.hessians, blocks, strict=True))

    def block(self, pair: str, sizes: Sizes) -> tuple[int, int]:
        """How large the block of two parameters is."""
        m, n = (
            leaf.rows.value(dict(sizes)) * leaf.cols.value(dict(sizes))
            for leaf in (self.graph.leaves[p] for p in pair.split(","))
        )
        return m, n

    def slopes(self, given: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Cost and gradients of checked arrays, columns as arrays of (n, 1): for a descent."""
        dtype = np.result_type(*[a for a in given.values() if not isinstance(a, float)], np.float32)
        value, results = self.run(given, self.sizes_of(given), dtype)
        return float(value), dict(zip(self.out.gradients, results, strict=True))

    def run(self, given: Mapping[str, Any], sizes: Sizes, dtype: Any) -> Any:
        """The kernel for these sizes, in room of its own."""
        made = self.kernel(sizes)
        self.last = sizes
        rooms = self.rooms.setdefault((sizes, np.dtype(dtype)), [])
        try:
            room = rooms.pop()
        except IndexError:
            room = [np.empty(s, dtype) for s in made.room]
        try:
            return made.function(room, dtype, *(given[n] for n in self.leaves))
        finally:
            rooms.append(room)

    def kernel(self, sizes: Sizes) -> Kernel:
        if sizes not in self.kernels:
            plan = planned(self.out, dict(sizes))
            functions = {word: entries(f) for word, f in plan.functions.items()}
            self.kernels[sizes] = kernel(plan, self.leaves, functions)
        return self.kernels[sizes]

    def source(self, **sizes: int) -> str:
        """The code that runs for these sizes; else those of the network and of the last call."""
        known = {**dict.fromkeys(self.graph.size_names, 2), **dict(self.last)}
        named = {**known, **self.graph.sizes, **sizes}
        numbers = {n: k if not n.isdigit() else int(n) for n, k in named.items()}
        return self.kernel(tuple(sorted(numbers.items()))).source

    def checked(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Every leaf as a number or an array of two dimensions; raises DataError."""
        return checked(self.graph, arrays)

    def sizes_of(self, given: Mapping[str, Any]) -> Sizes:
        """The number of each size, the same in every array; raises DataError."""
        return sizes_of(self.graph, given)


def _handed(result: Any, leaf: Node) -> Any:
    """A derivative in the shape that its parameter is given in."""
    if leaf.is_scalar:
        return float(result)
    return result.reshape(-1) if leaf.is_column else np.asarray(result)


@cache
def entries(f: Function) -> Callable[[Any], tuple[Any, Any]]:
    """x ↦ (f(x), f'(x)), entry by entry, by the scalar engine's program: no cancellation, and the
    conventions of the catalogue at corners."""
    formula = f"{f.name}({', '.join(['z', *map(str, f.parameters)])})"
    compiled = compile_numpy(program(model({"C": formula}, ["z"])), None)

    def both(x: Any) -> tuple[Any, Any]:
        if isinstance(x, float):
            value, slopes = compiled(z=x)
            return float(value), float(slopes["z"])
        value, slopes = compiled(z=x.reshape(-1))
        return value.reshape(x.shape), slopes["z"].reshape(x.shape)

    return both
