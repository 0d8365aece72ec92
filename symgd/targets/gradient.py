"""A compiled program as it is held: numbers by name in, its cost and derivatives by name out.

`compile_gradient` and `compile_product` make one on any of `BACKENDS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any

import numpy as np

from symgd.errors import InputError, did_you_mean, listing, quote, shown
from symgd.programs.curvature import hessian, product
from symgd.programs.program import Program, program
from symgd.targets import BACKENDS, REDUCTIONS
from symgd.targets.checked import with_care
from symgd.targets.flags import state, undisturbed
from symgd.targets.inputs import check_direction, unknown_name
from symgd.trees.graph import Graph

# order   graph → the program of the derivatives up to it
ORDERS: Mapping[int, Callable[[Graph], Program]] = {1: program, 2: hessian}


class Hessian(dict[str, Any]):
    """{"s,t": ∂²C/∂s∂t}, each pair once, s not after t; h["t,s"] is h["s,t"].

    The keys are those of `derive(order=2).results`.
    """

    def __missing__(self, key: str) -> Any:
        turned = ",".join(reversed(key.split(",")))
        if turned == key or turned not in self:
            raise KeyError(key)
        return self[turned]

    def matrix(self) -> Any:
        """The symmetric array of shape (n, n), or (n, n, N) where there is a value a sample."""
        names = list(dict.fromkeys(n for key in self for n in key.split(",")))
        return np.array([[self[f"{s},{t}"] for t in names] for s in names])


@dataclass(frozen=True)
class Compiled:
    """g(**values) → (cost, {parameter: ∂C/∂parameter}), and the Hessian where the program has it.

    function    the generated function: the leaves in the order of `names`, by position, nothing
                checked → (cost, (result, ...)) in the order of the program's results
    source      the Python code that runs
    reduction   "mean", "sum" or None: what becomes of the samples
    loop        of the scalar backend: `epochs` steps θ ← θ + cg as one function of (*leaves, c,
                epochs, keep), which calls keep((cost, *θ)) before each step and returns θ
    end         the same without `keep`, and faster
    check       values by name → the leaves as doubles; raises DataError where they do not fit
    coerce      the same for a call, where a backend leaves float32 as it is
    called      what a call by name runs, where that is more careful than `function`
    fast_path   what a call by name tries first: (cost, (result, ...)), or None to go the long way
    enter, run  the long way: `coerce`, else `check`; `called`, else `function`
    """

    program: Program
    backend: str
    reduction: str | None
    source: str
    function: Callable[..., tuple[Any, tuple[Any, ...]]]
    check: Callable[[Mapping[str, Any]], list[Any]]
    loop: Callable[..., tuple[float, ...]] | None = None
    end: Callable[..., tuple[float, ...]] | None = None
    coerce: Callable[[Mapping[str, Any]], list[Any]] | None = None
    called: Callable[..., tuple[Any, tuple[Any, ...]]] | None = None
    fast_path: Callable[[Mapping[str, Any]], tuple[Any, tuple[Any, ...]] | None] | None = None
    parameters: tuple[str, ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)
    pairs: tuple[str, ...] = field(init=False)
    enter: Callable[[Mapping[str, Any]], list[Any]] = field(init=False)
    run: Callable[..., tuple[Any, tuple[Any, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.program.graph
        object.__setattr__(self, "parameters", tuple(t.name for t in graph.parameters))
        pairs = tuple(f"{s},{t}" for s, t in self.program.hessian)
        object.__setattr__(self, "pairs", pairs)
        object.__setattr__(self, "names", tuple(s.name for s in self.program.leaves))
        object.__setattr__(self, "enter", self.coerce or self.check)
        object.__setattr__(self, "run", self.called or self.function)

    def __call__(self, /, **values: Any) -> tuple[Any, ...]:
        """The cost, its gradient and its Hessian at these numbers; DataError where they do not fit.

        A program of order 1 has no Hessian and returns two.
        """
        return self.at(values)

    def at(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The same of numbers in a dictionary."""
        found = self.fast_path(values) if self.fast_path else None
        cost, ends = found or self._long_way(values)
        if not self.pairs:
            return cost, dict(zip(self.parameters, ends))  # noqa: B905 - `strict` takes 0.1 µs
        n = len(self.parameters)
        slopes = dict(zip(self.parameters, ends[:n], strict=True))
        return cost, slopes, Hessian(zip(self.pairs, ends[n:], strict=True))

    def _long_way(self, values: Mapping[str, Any]) -> tuple[Any, tuple[Any, ...]]:
        """Cost and results, with the processor's flags as they were; a fast path sees to its own.

        Not by `undisturbed`: a frame less, and a warning of a number that is taken as usual names
        the line of the caller.
        """
        flags = state()
        before = flags.seen() if flags else 0
        try:
            return without_slopes(*self.run(*self.enter(values)))
        finally:
            if flags:
                flags.back(before)

    def __repr__(self) -> str:
        wrt, of = ", ".join(self.parameters), ", ".join(self.names)
        return f"<gradient in {wrt} as a function of {of}, on {self.backend}>"


@dataclass(frozen=True)
class Product:
    """p({parameter: number}, **values) → {parameter: number}: the Hessian times a vector."""

    core: Compiled

    @undisturbed
    def __call__(
        self, direction: Mapping[str, Any], values: Mapping[str, Any], /
    ) -> dict[str, Any]:
        """Raises DataError where the direction or the values do not fit."""
        check_direction(direction, self.core.parameters)
        along = self.core.names[-len(self.core.parameters) :]
        for name in along:
            if name in values:
                raise unknown_name(name, self.core.names[: -len(along)])
        given = {a: direction[t] for a, t in zip(along, self.core.parameters, strict=True)}
        _, ends = without_slopes(*self.core.run(*self.core.enter({**values, **given})))
        return dict(zip(self.core.parameters, ends, strict=True))


def without_slopes(cost: Any, ends: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The same; where the cost has no value, neither have its derivatives."""
    if isinstance(cost, float) or not np.ndim(cost):
        return (cost, ends) if cost == cost else (cost, (math.nan,) * len(ends))
    # A sum is nan where one is, and where infinities meet. Not a product of BLAS, which wakes
    # threads for it.
    with np.errstate(all="ignore"):
        if not np.isnan(np.add.reduce(cost)):
            return cost, ends
    gone = np.isnan(cost)
    return cost, tuple([np.where(gone, row.dtype.type(math.nan), row) for row in ends])


# -- on a backend by its name ---------------------------------------------------------------------


def compile_gradient(
    graph: Graph, backend: str = "numpy", reduction: str | None = "mean", order: int = 1
) -> Compiled:
    """The gradient of a graph on a backend, at order 2 with its Hessian.

    Raises InputError for a backend, a reduction or an order that there is not.
    """
    compile_program = _backend(backend, reduction)
    if type(order) is not int or order not in ORDERS:
        raise InputError(
            f"order={shown(order)} is not compiled; 1 is the gradient, 2 the gradient and the "
            "Hessian."
        )
    core = with_care(compile_program(ORDERS[order](graph), reduction), _rows(compile_program))
    return _solved(core, graph)


def compile_product(
    graph: Graph, backend: str = "numpy", reduction: str | None = "mean"
) -> Product:
    """The Hessian of a graph times a vector; raises InputError as `compile_gradient`."""
    compile_program = _backend(backend, reduction)
    core = with_care(compile_program(product(graph), reduction), _rows(compile_program))
    return Product(_solved(core, graph))


def _solved(core: Compiled, graph: Graph) -> Compiled:
    """With what the equations of the graph define, if it has some."""
    if not graph.equations:
        return core
    solved: Compiled = resolve_name("symgd.targets.roots:with_roots")(core, graph)
    return solved


def _rows(
    compile_program: Callable[[Program, str | None], Compiled],
) -> Callable[[Program], Callable[..., Any]]:
    """(program) → its function of arrays on a backend, a value a sample."""
    return lambda made: compile_program(made, None).run


def _backend(backend: str, reduction: str | None) -> Callable[[Program, str | None], Compiled]:
    if backend not in BACKENDS:
        raise InputError(
            f"backend={quote(str(backend))} is not known; there are {listing(BACKENDS)}."
            f"{did_you_mean(str(backend), BACKENDS)}"
        )
    if reduction not in REDUCTIONS:
        raise InputError(
            f'reduction={quote(str(reduction))} is not known; it is "mean", "sum" or None.'
        )
    compile_program: Callable[[Program, str | None], Compiled] = resolve_name(BACKENDS[backend])
    return compile_program
