"""Program → functions: `numpy` for arrays, `scalar` for loops on floats. A backend is a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symgd.backends.numpy import compile_numpy
from symgd.backends.python import Compiled
from symgd.backends.scalar import compile_scalar
from symgd.errors import InputError, did_you_mean, listing, shown
from symgd.graph import Graph

# name      (graph, reduction) → the compiled gradient
BACKENDS: Mapping[str, Callable[[Graph, str | None], Compiled]] = {
    "numpy": compile_numpy,
    "scalar": lambda graph, _: compile_scalar(graph),
}
REDUCTIONS: tuple[Any, ...] = ("mean", "sum", None)


def compiled(graph: Graph, backend: str = "numpy", reduction: str | None = "mean") -> Compiled:
    """The gradient of a graph on a backend; raises InputError for one that there is not."""
    if backend not in BACKENDS:
        raise InputError(
            f"backend={shown(str(backend))} is not known; there are {listing(BACKENDS)}."
            f"{did_you_mean(str(backend), BACKENDS)}"
        )
    if reduction not in REDUCTIONS:
        raise InputError(
            f'reduction={shown(str(reduction))} is not known; it is "mean", "sum" or None.'
        )
    return BACKENDS[backend](graph, reduction)


__all__ = ["BACKENDS", "Compiled", "compile_numpy", "compile_scalar", "compiled"]
