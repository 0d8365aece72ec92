"""Program → functions: `numpy` for arrays, `numba` for long ones, `scalar` for floats.

A backend is a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symgd.errors import InputError, did_you_mean, listing, shown
from symgd.programs.curvature import hessian, product
from symgd.programs.program import Program, program
from symgd.targets.gradient import Compiled, Hessian, Product
from symgd.targets.numba import compile_numba
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar
from symgd.trees.graph import Graph

# name      (graph or program, reduction) → the compiled gradient
BACKENDS: Mapping[str, Callable[[Graph | Program, str | None], Compiled]] = {
    "numpy": compile_numpy,
    "scalar": lambda graph, _: compile_scalar(graph),
    "numba": compile_numba,
}
REDUCTIONS: tuple[Any, ...] = ("mean", "sum", None)

# order   graph → the program of the derivatives up to it
ORDERS: Mapping[int, Callable[[Graph], Program]] = {1: program, 2: hessian}


def compiled(
    graph: Graph, backend: str = "numpy", reduction: str | None = "mean", order: int = 1
) -> Compiled:
    """The gradient of a graph on a backend, at order 2 with its Hessian.

    Raises InputError for a backend, a reduction or an order that there is not.
    """
    _check_name(backend, reduction)
    if isinstance(order, bool) or order not in ORDERS:
        raise InputError(
            f"order={order!r} is not compiled; 1 is the gradient, 2 the gradient and the Hessian."
        )
    return BACKENDS[backend](ORDERS[order](graph), reduction)


def compiled_product(
    graph: Graph, backend: str = "numpy", reduction: str | None = "mean"
) -> Product:
    """The Hessian of a graph times a vector, on a backend; raises InputError as `compiled`."""
    _check_name(backend, reduction)
    return Product(BACKENDS[backend](product(graph), reduction))


def _check_name(backend: str, reduction: str | None) -> None:
    if backend not in BACKENDS:
        raise InputError(
            f"backend={shown(str(backend))} is not known; there are {listing(BACKENDS)}."
            f"{did_you_mean(str(backend), BACKENDS)}"
        )
    if reduction not in REDUCTIONS:
        raise InputError(
            f'reduction={shown(str(reduction))} is not known; it is "mean", "sum" or None.'
        )


__all__ = [
    "BACKENDS",
    "Compiled",
    "Hessian",
    "Product",
    "compile_numba",
    "compile_numpy",
    "compile_scalar",
    "compiled",
    "compiled_product",
]
