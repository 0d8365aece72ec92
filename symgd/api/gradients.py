"""Gradients: value and derivatives of a model in one compiled function."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.errors import listing
from symgd.files import write_whole
from symgd.trees.graph import Graph

if TYPE_CHECKING:
    from symgd.targets import Compiled, Product


class Gradient:
    """The compiled gradient of a model: call it with a number or array for every name."""

    def __init__(self, graph: Graph, backend: str, reduction: str | None, order: int = 1) -> None:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.targets import compiled

        self.graph = graph
        self.backend = backend
        self.reduction = reduction
        self.core: Compiled = compiled(graph, backend, reduction, order)

    def __call__(self, /, **values: Any) -> tuple[Any, ...]:
        """(cost, {parameter: derivative}), and at order 2 {"w,b": second derivative} third.

        Raises DataError for a missing, unknown or unfit number.
        """
        return self.core.at(values)

    def product(self, direction: Mapping[str, Any], /, **values: Any) -> dict[str, Any]:
        """The Hessian times a vector: {t: Σ ∂²C/∂t∂s·direction[s]}, the Hessian never formed.

        `direction` has a number for every parameter. Costs a few gradients, however many the
        parameters; compiled on first use. Raises DataError as the gradient does.
        """
        return self._product(direction, values)

    @cached_property
    def _product(self) -> Product:
        from symgd.targets import compiled_product

        return compiled_product(self.graph, self.backend, self.reduction)

    def __repr__(self) -> str:
        return f"<Gradient in {listing(map(str, self.graph.parameters))} on {self.backend}>"

    @property
    def function(self) -> Callable[..., tuple[Any, tuple[Any, ...]]]:
        """The generated function itself, for tight loops: the leaves by position, parameters first,
        nothing checked → (cost, (derivative, ...))."""
        return self.core.function

    @property
    def source(self) -> str:
        """The code that runs, readable."""
        return self.core.source

    def export(
        self,
        target: str,
        name: str | None = None,
        guard: str | None = None,
        path: str | Path | None = None,
    ) -> str:
        """Source that stands alone: "c", "numpy", "jax", "torch", or an objective in the raw margin
        z for "xgboost", "lightgbm" or "catboost".

        name    of the function in the file
        guard   of an objective: "clip", "abs" or "gauss-newton" keeps its second derivative above 0
        path    a file to write it to as well

        Warns where the second derivative of an objective is not positive and there is no guard.
        Raises InputError and ModelError as `symgd.targets.sources.exported` does.
        """
        from symgd.targets.sources import exported

        made = exported(self.graph, target, name, guard)
        if made.warning:
            warnings.warn(made.warning, stacklevel=2)
        if path is not None:
            write_whole(Path(path), made.text)
        return made.text
