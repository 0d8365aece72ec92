"""Gradients: value and derivatives of a model in one compiled function."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import DIRECTION, PLACE, TEXT, takes
from symgd.errors import listing
from symgd.files import write_whole
from symgd.resources import bounded

if TYPE_CHECKING:
    from symgd.api.kind import Kind, Value


class Gradient:
    """The compiled gradient of a model: call it with a number or array for every name."""

    def __init__(
        self,
        kind: Kind,
        backend: str,
        reduction: str | None,
        order: int = 1,
        check: bool = False,
    ) -> None:
        self.kind = kind
        self.backend = backend
        self.reduction = reduction
        self.core = kind.compile(backend, reduction, order)
        self.is_unchecked = check

    def __call__(self, /, **values: Value) -> tuple[Any, ...]:
        """(cost, {parameter: derivative}), and at order 2 {"w,b": second derivative} third.

        Raises DataError for a missing, unknown or unfit number or array, and WrongGradientError at
        the first call of what was compiled with check=True, should it be wrong.
        """
        if self.is_unchecked:
            self.kind.check_slopes(self.core, values, self.reduction)
            self.is_unchecked = False
        return self.core.at(values)

    @takes(direction=DIRECTION)
    def product(self, direction: Mapping[str, Value], /, **values: Value) -> dict[str, Any]:
        """The Hessian times a vector: {t: Σ ∂²C/∂t∂s·direction[s]}, the Hessian never formed.

        `direction` has a number or array for every parameter. Costs a few gradients, however many
        the parameters; compiled on first use. Raises DataError as the gradient does.
        """
        return self._product(direction, values)

    @cached_property
    def _product(self) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
        return self.kind.compile_product(self.backend, self.reduction)

    def __repr__(self) -> str:
        return f"<Gradient in {listing(self.kind.parameters)} on {self.backend}>"

    @property
    def function(self) -> Callable[..., tuple[Any, tuple[Any, ...]]]:
        """The generated function itself, for tight loops: the leaves by position, parameters first,
        → (cost, (derivative, ...)).

        Of scalars nothing is checked; of arrays their sizes are read.
        """
        return self.core.function

    @property
    def source(self) -> str:
        """The code that runs, readable; of arrays that for the sizes of the last call (before the
        first, each is 2)."""
        return self.core.source

    @takes(target=TEXT, name=TEXT.or_none, guard=TEXT.or_none, path=PLACE.or_none)
    def export(
        self,
        target: str,
        name: str | None = None,
        guard: str | None = None,
        path: str | Path | None = None,
    ) -> str:
        """Source that stands alone: "c", "numpy", "jax", "torch", or an objective in the raw margin
        z for "xgboost", "lightgbm" or "catboost"; of a model with shapes "jax" or "torch".

        name    of the function in the file
        guard   of an objective: "clip", "abs" or "gauss-newton" keeps its second derivative above 0
        path    a file to write it to as well

        Warns where the second derivative of an objective is not positive and there is no guard.
        Raises InputError and ModelError as `symgd.targets.sources.exported` does.
        """
        text, warning = bounded(self.kind.export)(target, name, guard)
        if warning:
            warnings.warn(warning, stacklevel=3)
        if path is not None:
            write_whole(Path(path), text)
        return text
