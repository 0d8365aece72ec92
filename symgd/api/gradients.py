"""Gradients: value and derivatives of a model in one compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symgd.errors import listing
from symgd.graph import Graph

if TYPE_CHECKING:
    from symgd.backends import Compiled


class Gradient:
    """The compiled gradient of a model: call it with a number or array for every name."""

    def __init__(self, graph: Graph, backend: str, reduction: str | None) -> None:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.backends import compiled

        self.graph = graph
        self.backend = backend
        self.reduction = reduction
        self.core: Compiled = compiled(graph, backend, reduction)

    def __call__(self, **values: Any) -> tuple[Any, dict[str, Any]]:
        """(cost, {parameter: derivative}); DataError for a missing, unknown or unfit number."""
        return self.core(**values)

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
