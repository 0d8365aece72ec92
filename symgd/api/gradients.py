"""Gradients: value and derivatives of a model in one compiled function."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import DIRECTION, NUMBER, PLACE, TEXT, takes
from symgd.errors import ObjectiveWarning, listing
from symgd.files import write_whole
from symgd.resources import bounded
from symgd.targets.groups import apart, groups_of, together
from symgd.targets.sources import Asked
from symgd.unaskable import refusal

if TYPE_CHECKING:
    from symgd.api.kind import Answer, Kind, Value


class Gradient:
    """(C, ∂C/∂t for every parameter t): call it with a number or array for every name.

    What `Model.compile` gives, which raises what there is to raise.
    """

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
        self.order = order
        self.core = kind.compile(backend, reduction, order)
        self.groups = groups_of((*kind.parameters, *kind.inputs))
        self.is_unchecked = check

    def __reduce__(self) -> Any:
        """What it was made of: code is compiled again where it is loaded."""
        made = (self.kind, self.backend, self.reduction, self.order, self.is_unchecked)
        return Gradient, made

    def __call__(self, /, **values: Value) -> tuple[Any, ...]:
        """(cost, {parameter: derivative}), and at order 2 {"w,b": second derivative} third.

        Of parameters w1 to wn, or inputs x1 to xn, one array will do: the slopes in w are then
        one array too.

        Raises DataError for a missing, unknown or unfit number or array, and WrongGradientError at
        the first call of what was compiled with check=True, should it be wrong.
        """
        used = [n for n in values if n in self.groups] if self.groups else ()
        if used:
            values = apart(self.groups, values, self.kind.parameters)
        if self.is_unchecked:
            self.kind.check_slopes(self.core, values, self.reduction)
            self.is_unchecked = False
        try:
            found: tuple[Any, ...] = self.core.at(values)
        except Exception as error:
            told = refusal("A gradient", values, error)
            if told is None:
                raise
            raise told from error
        return (found[0], together(self.groups, found[1], used), *found[2:]) if used else found

    @takes(direction=DIRECTION)
    def product(self, direction: Mapping[str, Value], /, **values: Value) -> dict[str, Answer]:
        """The Hessian times a vector: {t: Σ ∂²C/∂t∂s·direction[s]}, the Hessian never formed.

        `direction` has a number or array for every parameter. Costs a few gradients, however many
        the parameters; compiled on first use. Raises DataError as the gradient does.
        """
        used = [n for n in direction if n in self.groups]
        if used or not self.groups.keys().isdisjoint(values):
            own = self.kind.parameters
            direction, values = (apart(self.groups, t, own) for t in (direction, values))
        found = self._product(direction, values)
        return together(self.groups, found, used) if used else found

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

    @takes(
        target=TEXT, name=TEXT.or_none, guard=TEXT.or_none, floor=NUMBER.or_none,
        label=TEXT.or_none, path=PLACE.or_none,
    )  # fmt: skip
    def export(
        self,
        target: str,
        name: str | None = None,
        guard: str | None = None,
        path: str | Path | None = None,
        *,
        floor: float | None = None,
        label: str | None = None,
    ) -> str:
        """Source that stands alone: "c", "numpy", "jax", "torch", or an objective in the raw margin
        z, or in several, for "xgboost", "lightgbm" or "catboost".

        name    of the function in the file
        guard   of an objective: "clip", "abs", "gauss-newton", "unit" or "secant" keeps its second
                derivative above 0
        path    a file to write it to as well
        floor   the least that a guarded second derivative is; alone it is the guard "clip"
        label   where the label lies, such as "{0, 1}": checked by the file

        Warns (ObjectiveWarning) where the second derivative of an objective is not positive and
        there is no guard, and where it is less than what its library asks of a leaf.
        Raises InputError and ModelError as `symgd.targets.sources.exported` does.
        """
        text, warning = bounded(self.kind.export)(target, name, Asked(guard, floor, label))
        if warning:
            warnings.warn(warning, ObjectiveWarning, stacklevel=3)
        if path is not None:
            write_whole(Path(path), text)
        return text
