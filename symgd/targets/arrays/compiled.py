"""A compiled matrix model: arrays by name in, value and derivatives by name out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.programs.arrays.entries import Entries
from symgd.programs.arrays.outputs import Outputs, outputs
from symgd.programs.arrays.plan import MANY, planned
from symgd.programs.arrays.valued import ValuedEntries
from symgd.programs.program import Program
from symgd.targets.arrays.inputs import Sizes, checked, flat, shaped, sizes_of
from symgd.targets.arrays.source import Kernel, kernel
from symgd.targets.flags import undisturbed
from symgd.targets.gradient import Hessian
from symgd.targets.making import MAKING
from symgd.targets.numba import compile_numba
from symgd.targets.numpy.kernels import Kernels
from symgd.targets.numpy.samples import Samples
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node

# What numpy raises by our leave, and what Python's floats raise in any case.
DOUBLE = np.dtype(np.float64)
ARITHMETIC = (FloatingPointError, OverflowError, ZeroDivisionError, ValueError)


def compile_matrix(graph: MatrixGraph, order: int = 1, backend: str = "numpy") -> CompiledMatrix:
    """The value and the gradients of a matrix graph; at order 2 the Hessian of each parameter."""
    return CompiledMatrix(outputs(graph, order), backend)


class Blocks(Hessian):
    """{"W,b": block of the Hessian}, each pair once; h["b,W"] is the transpose of h["W,b"]."""

    def __missing__(self, key: str) -> Any:
        return super().__missing__(key).T

    def matrix(self) -> Any:
        """The symmetric array over all parameters, each as its vec."""
        names = list(dict.fromkeys(n for key in self for n in key.split(",")))
        return np.block([[self[f"{s},{t}"] for t in names] for s in names])


def compile_forward(graph: MatrixGraph, name: str, backend: str = "numpy") -> CompiledMatrix:
    """The definitions up to `name` alone: g(**arrays) → (value, {})."""
    kept: dict[str, Node] = {}
    for v, body in graph.definitions.items():
        kept[v] = body
        if v == name:
            break
    used = frozenset[str]().union(*(b.names for b in kept.values()))
    leaves = {n: leaf for n, leaf in graph.leaves.items() if n in used}
    part = MatrixGraph(kept, leaves, (), sizes=graph.sizes)
    whole = Outputs(part, {v: arrange(b) for v, b in kept.items()}, name, {}, {})
    return CompiledMatrix(whole, backend)


class CompiledMatrix:
    """g(**arrays) → (value, {parameter: derivative}), and {"W,W": Hessian} at order 2.

    A column of n is an array of shape (n,) or (n, 1), a scalar a number. Sizes are read off the
    arrays; for each set of sizes a kernel is planned once. If all arrays are of float32, so are
    the results. On "numba" what is done entry by entry is one loop in machine code, compiled at
    the first call.
    """

    def __init__(self, out: Outputs, backend: str = "numpy") -> None:
        self.out = out
        self.backend = backend
        self.graph = out.graph
        self.leaves = tuple(out.graph.leaves)
        self.of_number = out.graph.definitions[out.graph.cost].is_scalar
        self.entries = Entries(out)
        self.valued: Entries | None = None  # those in which powers ask for a value, once needed
        self.kernels: dict[tuple[Sizes, bool], Kernel] = {}
        self.programs: dict[Any, OverEntries] = {}
        self.last: Sizes = ()
        # the shapes of the call before, and their sizes: together, for threads may call at once
        self.same: tuple[tuple[Any, ...] | None, Sizes] = (None, ())
        self.like: Like | None = None
        self.rooms: dict[tuple[Sizes, Any, bool], list[list[Any]]] = {}

    @undisturbed
    def __call__(self, /, **arrays: Any) -> tuple[Any, ...]:
        """Raises DataError for an array that is missing, unknown, or of another shape."""
        like = self.like  # once: another thread may change it
        if like is not None:
            args = like.arguments(arrays)
            if args is not None:
                value, results = self.on(args, like.sizes, DOUBLE)
                return like.handed(value, results)
        given = self.checked(arrays)
        sizes = self.sizes_of(given)
        dtype = np.result_type(*[a for a in given.values() if not isinstance(a, float)], np.float32)
        value, results = self.run(given, sizes, dtype)
        found = self.handed(value, results, sizes)
        self.like = None
        if dtype == DOUBLE and len(found) == 2 and isinstance(found[0], float):
            self.like = Like.the(self.leaves, sizes, arrays, flat(self.graph, given), found[1])
        return found

    def handed(self, value: Any, results: Any, sizes: Sizes) -> tuple[Any, ...]:
        """Value and derivatives by name, in the shapes that names are given in."""
        graph = self.graph
        body = graph.definitions[graph.cost]
        slopes = {
            n: shaped(graph, n, dict(sizes), _handed(r, graph.leaves[n]))
            if body.is_scalar
            else _handed(r, g)
            for (n, g), r in zip(self.out.gradients.items(), results, strict=False)
        }
        value = float(value) if body.is_scalar else _handed(value, body)
        if not self.out.hessians:
            return value, slopes
        rest = results[len(self.out.gradients) :]
        blocks = (
            np.reshape(r, self.block(n, sizes))
            for n, r in zip(self.out.hessians, rest, strict=True)
        )
        return value, slopes, Blocks(zip(self.out.hessians, blocks, strict=True))

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
        sizes = self.sizes_of(given)
        value, results = self.run(given, sizes, dtype)
        named = zip(self.out.gradients, results, strict=True)
        return float(value), {n: shaped(self.graph, n, dict(sizes), r) for n, r in named}

    def run(self, given: Mapping[str, Any], sizes: Sizes, dtype: Any) -> Any:
        """The kernel for these sizes, in room of its own."""
        self.last = sizes
        flattened = flat(self.graph, given) if self.graph.families else given
        return self.on([flattened[n] for n in self.leaves], sizes, dtype)

    def on(self, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
        """The same of the leaves in their order; where the cost is nan so are its derivatives."""
        value, results = self.found(args, sizes, dtype)
        if self.of_number and value != value:
            return value, tuple(np.full(np.shape(r), np.nan, dtype) for r in results)
        return value, results

    def found(self, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
        """Value and derivatives as they are computed."""
        try:
            # "ignore": what a caller has asked of NumPy is not for what is computed here
            with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
                return self.through(args, sizes, dtype, False)
        except ARITHMETIC:
            # where something leaves the range of doubles, every entry is looked at
            with np.errstate(all="ignore"):
                return self.careful(args, sizes, dtype)

    def careful(self, args: Sequence[Any], sizes: Sizes, dtype: Any) -> Any:
        """As `through`, every entry looked at; raises DataError at a matrix without an inverse."""
        try:
            return self.through(args, sizes, dtype, True)
        except np.linalg.LinAlgError as error:
            raise DataError(
                f"A matrix of this model cannot be inverted or taken apart here ({error}); "
                "choose another point."
            ) from None

    def through(self, args: Sequence[Any], sizes: Sizes, dtype: Any, careful: bool) -> Any:
        """What a kernel gives, in room that no other call has."""
        made = self.kernel(sizes, careful)
        rooms = self.rooms.setdefault((sizes, np.dtype(dtype), careful), [])
        try:
            room = rooms.pop()
        except IndexError:
            room = [np.empty(s, dtype) for s in made.room]
        try:
            return made.function(room, dtype, *args)
        finally:
            rooms.append(room)

    def kernel(self, sizes: Sizes, careful: bool = False) -> Kernel:
        found = self.kernels.get((sizes, careful))
        if found is not None:
            return found
        with MAKING:  # two kernels of the same sizes would take each other's rooms
            if (sizes, careful) not in self.kernels:
                if careful and self.valued is None:
                    # to the machine what has no value is 1 where it is raised to 0
                    self.valued = ValuedEntries(self.out)
                entries = self.valued if careful and self.valued is not None else self.entries
                plan = planned(entries, dict(sizes), careful, self.backend == "numba")
                functions = {word: self.program(p) for word, p in plan.programs.items()}
                self.kernels[sizes, careful] = kernel(plan, self.leaves, functions)
        return self.kernels[sizes, careful]

    def program(self, made: Program) -> OverEntries:
        """The function of a program over entries, compiled once for all sizes."""
        key = made.lines, tuple(made.results)
        if key not in self.programs:
            self.programs[key] = OverEntries(made, self.backend)
        return self.programs[key]

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
        shapes = tuple([getattr(a, "shape", None) for a in given.values()])
        before, sizes = self.same
        if shapes != before:
            sizes = sizes_of(self.graph, given)
            self.same = shapes, sizes
        return sizes


@dataclass(frozen=True, slots=True)
class Like:
    """A call with which the next may be like: doubles of the same shapes, which need no checks.

    sizes    of the arrays, by name
    kinds    leaf → the shape of its array, or float
    inside   the shapes that the kernel takes them in
    outside  parameter → the shape of its derivative, or float
    """

    sizes: Sizes
    kinds: tuple[tuple[str, Any], ...]
    inside: tuple[Any, ...]
    outside: tuple[tuple[str, Any], ...]

    @classmethod
    def the(
        cls,
        leaves: Sequence[str],
        sizes: Sizes,
        arrays: Mapping[str, Any],
        given: Mapping[str, Any],
        out: Any,
    ) -> Like | None:
        """What a call was like, if it is one of doubles."""
        kinds = tuple((n, _kind(arrays[n])) for n in leaves)
        if any(k is None or (k is float) != isinstance(given[n], float) for n, k in kinds):
            return None
        inside = tuple(None if k is float else given[n].shape for n, k in kinds)
        return cls(sizes, kinds, inside, tuple((n, np.shape(r) or float) for n, r in out.items()))

    def arguments(self, arrays: Mapping[str, Any]) -> list[Any] | None:
        """The arguments of the kernel, or None for a call that is not like this one."""
        if len(arrays) != len(self.kinds):
            return None
        out: list[Any] = []
        for (n, kind), shape in zip(self.kinds, self.inside, strict=True):
            a = arrays.get(n)
            if kind is float:
                if type(a) is not float:
                    return None
                out.append(a)
            elif type(a) is not np.ndarray or a.dtype is not DOUBLE or a.shape != kind:
                return None
            else:
                out.append(a if shape == kind else a.reshape(shape))
        return out

    def handed(self, value: Any, results: Any) -> tuple[float, dict[str, Any]]:
        """Value and derivatives by name."""
        slopes = {
            n: float(r) if shape is float else r if r.shape == shape else r.reshape(shape)
            for (n, shape), r in zip(self.outside, results, strict=True)
        }
        return float(value), slopes


def _kind(a: Any) -> Any:
    """float, the shape of an array of doubles, or None."""
    if type(a) is np.ndarray:
        return a.shape if a.dtype is DOUBLE else None
    return float if type(a) is float else None


def _handed(result: Any, leaf: Node) -> Any:
    """A derivative in the shape that its parameter is given in."""
    if leaf.is_scalar:
        return float(result)
    return result.reshape(-1) if leaf.is_column else np.asarray(result)


class OverEntries:
    """f(*outs, *arguments): a program of scalars over the entries of arrays and numbers.

    It runs as it does for samples: in blocks, each with the care that it needs.
    """

    def __init__(self, program: Program, backend: str = "numpy") -> None:
        self.samples = Samples(Kernels(program, False), None)
        self.count = 1 + len(program.results)
        self.loop = compile_numba(program, None).function if backend == "numba" else None

    def each(self, leaves: Any, n: int, dtype: Any) -> Iterator[tuple[int, int, Any]]:
        """(start, end, values) of every block; the loop takes all entries as one, if it pays."""
        if self.loop is None or n < MANY:
            yield from self.samples.over(leaves, n, dtype)
        else:
            cost, results = self.loop(*leaves)
            yield 0, n, (cost, *results)

    def numbers(self, *args: float) -> tuple[float, ...]:
        """The values at numbers."""
        value, more = self.samples(*map(np.float64, args))
        return value, *more

    def __call__(self, *args: Any) -> Any:
        """The first of the arrays that are written to."""
        outs, given = args[: self.count], args[self.count :]
        size, dtype = outs[0].shape, outs[0].dtype
        leaves = tuple([_spread(a, size, dtype) for a in given])
        rows = [out.reshape(-1) for out in outs]
        for start, end, values in self.each(leaves, rows[0].size, dtype):
            for row, v in zip(rows, values, strict=True):
                row[start:end] = v
        return outs[0]


def _spread(a: Any, size: tuple[int, int], dtype: Any) -> Any:
    """A number, or as many entries as there are."""
    if isinstance(a, float):
        return dtype.type(a)
    whole = a if a.shape == size else np.broadcast_to(a, size)
    return whole.reshape(-1).astype(dtype, copy=False)
