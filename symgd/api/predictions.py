"""Predictions: a definition of a model as a compiled function, with parameters or without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import PLACE, TEXT, takes
from symgd.api.streams import Stream, predicted
from symgd.errors import DataError, InputError, did_you_mean, listing, quote
from symgd.files import write_whole
from symgd.models.means import with_mean
from symgd.resources import bounded
from symgd.targets.groups import apart, groups_of

if TYPE_CHECKING:
    from symgd.api.kind import Data, Numbers, Value
    from symgd.api.models import Model


class Predictor:
    """The prediction of a model, or any of its names: call it with parameters and inputs by name.

    >>> f = Neuron().predictor()
    >>> f(w=0.5, b=2.0, x=[3.0, 4.0])

    name     of the definition that is computed
    names    what it takes

    Raises InputError for a name or a backend that there is not, ModelError where nothing says what
    is predicted.
    """

    def __init__(
        self, model: Model, of: str | None = None, mean: bool = False, backend: str = "numpy"
    ) -> None:
        # numpy is loaded with the first prediction: a derivation need not wait for it.
        from symgd.targets.predictor import compile_value, name_in

        self.model = model
        self.of = of
        self.mean = mean
        self.backend = backend
        graph, name = model.graph, name_in(model.graph, of)
        if mean:
            graph, name = with_mean(graph, name, model.mean)
        self.graph = graph
        self.name = name
        self.names, self.function = compile_value(graph, name, backend)
        self.rows: Predictor | None = None
        self.groups = groups_of(map(str, (*model.parameters, *model.inputs)))

    def __reduce__(self) -> Any:
        return Predictor, (self.model, self.of, self.mean, self.backend)

    def __repr__(self) -> str:
        return f"<{self.name} as a function of {listing(self.names)}, on {self.backend}>"

    def __call__(self, data: Data | None = None, /, **values: Value) -> Numbers:
        """The value: a number, or an array with one for each sample.

        Data may be a dictionary, a frame or a stream; names of the model that are not needed, and
        other columns, are left out. Raises DataError for what is missing, stray or does not fit.
        """
        if isinstance(data, Stream):
            return predicted(data, self, values)
        found: Numbers = self._at(self._taken(data, values))
        return found

    def _at(self, given: Mapping[str, Any]) -> Any:
        """The value of what is `taken`; of many samples as rows by the model of those."""
        model = self.model.on(given)
        if model is self.model:
            return self.function(given)
        return self._of_rows(model).function(given)

    def _of_rows(self, model: Model) -> Predictor:
        """The same of many samples."""
        if self.rows is None:
            self.rows = Predictor(model, self.of, self.mean, self.backend)
        return self.rows

    def _taken(self, data: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is computed with, by name."""
        from symgd.training.frames import is_frame, taken

        known = {*self.model.parameters, *self.model.inputs, *self.groups}
        for n in values:
            if n not in known:
                raise DataError(
                    f"{quote(n)} is not a name of this model, which needs {listing(self.names)}."
                    f"{did_you_mean(n, self.names)}"
                )
        needed = [n for n in self.names if n not in self.model.parameters]
        given = taken(needed, data, values) if is_frame(data) else {**(data or {}), **values}
        return self._only(apart(self.groups, given, self.model.parameters))

    def _only(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Those that are needed; raises DataError for one that is missing."""
        missing = [n for n in self.names if n not in given]
        if missing:
            raise DataError(
                f"{self.name} needs {listing(missing)}; give {missing[0]}=... or a table with it."
            )
        return {n: given[n] for n in self.names}

    @takes(target=TEXT, name=TEXT.or_none, path=PLACE.or_none)
    def export(self, target: str, name: str | None = None, path: str | Path | None = None) -> str:
        """The prediction as source that stands alone: "c", "numpy", "jax" or "torch".

        name    of the function in the file, "predict" where none is given
        path    a file to write it to as well

        Raises InputError for a target that there is not, ModelError where the model has no such
        form.
        """
        from symgd.targets.sources.values import exported_value

        text = bounded(exported_value)(self.graph, self.name, target, name)
        if path is not None:
            write_whole(Path(path), text)
        return text


def predict(
    model: Model,
    parameters: Mapping[str, Any],
    data: Any,
    inputs: Mapping[str, Any],
    of: str | None = None,
    mean: bool = False,
) -> Any:
    """A prediction at parameters; one array alone is the one input that is needed."""
    f = model.predictor(of, mean)
    if isinstance(data, Stream):
        own = apart(f.groups, parameters, model.parameters)
        _all_given(f, own)
        return predicted(data, f, {**inputs, **own})
    return f._at(at_parameters(f, parameters, data, inputs))


def at_parameters(
    f: Predictor, parameters: Mapping[str, Any], data: Any, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """What a predictor is to be called with; raises DataError."""
    from symgd.training.frames import is_frame

    own = apart(f.groups, parameters, f.model.parameters)
    _all_given(f, own)
    if data is not None and not is_frame(data) and not isinstance(data, Mapping):
        needed = [n for n in f.names if n not in f.model.parameters]
        stems = list(dict.fromkeys(
            next((s for s, members in f.groups.items() if n in members), n) for n in needed
        ))  # fmt: skip
        if len(stems) != 1 or inputs:
            raise InputError(
                f"One array was given, and {f.name} takes {listing(needed)}; give them by name."
            )
        data = {stems[0]: data}
    twice = [n for n in inputs if n in f.model.parameters]
    if twice:
        raise DataError(f"{listing(twice)} is a parameter, and was given among the inputs.")
    return f._taken(data, {**inputs, **own})


def _all_given(f: Predictor, own: Mapping[str, Any]) -> None:
    missing = [p for p in f.model.parameters if p in f.names and p not in own]
    if missing:
        raise DataError(f"predict() needs {listing(missing)} among the parameters.")


__all__ = ["Predictor", "at_parameters", "predict"]
