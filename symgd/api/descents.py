"""Descents: a model, its data and an optimizer → a run, and the picture of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model
from symgd.errors import ModelError, listing
from symgd.pages.messages import language as language_of
from symgd.trees.array_graph import MatrixGraph

if TYPE_CHECKING:
    from symgd.training.arrays import MatrixRun
    from symgd.training.descent import Record, Run


def train(
    model: Model,
    data: Mapping[str, Any] | None = None,
    /,
    *,
    start: Mapping[str, Any] | None = None,
    optimizer: Any = None,
    epochs: int = 1000,
    reduction: str = "mean",
    callback: Callable[[Record], Any] | None = None,
    **more: Any,
) -> Any:
    """θ ← θ + Δ, epoch by epoch: the descent of a model on data.

    >>> run = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, optimizer=sgd(0.05))
    >>> run.parameters, run.history[-1]

    Data are numbers, or arrays of one value a sample; with backend="numba" plain sgd is one
    compiled loop. All options, and what is raised, are those of `symgd.training.train.train`.

    >>> run = train(Network([64, 32, 10], "relu", "softmax_cross_entropy"), X=X, Y=Y, batch=32)

    A model of matrices descends on whole arrays, in mini-batches of `batch` rows, a network from
    random weights (`Network.initial`) where no start is given; its options are those of
    `symgd.training.arrays.train_matrix`.
    """
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.training.train import train as descend

    if not isinstance(model, Model):
        raise ModelError(f"train() takes a Model or a Neuron first, not a {type(model).__name__}.")
    if isinstance(model.graph, MatrixGraph):
        if reduction != "mean":
            raise ModelError("A model of matrices sums over its samples in its own formula.")
        return _over_arrays(
            model, {**(data or {})}, start,
            optimizer=optimizer, epochs=epochs, callback=callback, **more,
        )  # fmt: skip
    if start is None:
        raise ModelError(
            "train() needs a start: start={" + f"{model.parameters[0]!r}: 0.5" + ", ...}."
        )
    return descend(
        model.graph,
        data,
        start=start,
        optimizer=optimizer,
        epochs=epochs,
        reduction=reduction,
        callback=callback,
        **more,
    )


OPTIONS = frozenset({"batch", "seed", "samples", "tolerance", "patience"})


def _over_arrays(
    model: Any, data: dict[str, Any], start: Mapping[str, Any] | None, **more: Any
) -> MatrixRun:
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.api.networks import Network
    from symgd.training.arrays import train_matrix

    named = {n: more.pop(n) for n in list(more) if n in model.inputs}
    options = {n: more.pop(n) for n in list(more) if n in OPTIONS}
    rule = {n: more.pop(n) for n in ("optimizer", "epochs", "callback")}
    if more:
        raise ModelError(
            f"{listing(more)} is not known here; the inputs of this model are "
            f"{listing(model.inputs)}, and the options {listing(sorted(OPTIONS))}."
        )
    if start is None:
        if not isinstance(model, Network):
            raise ModelError(
                f"train() needs a start: start={{{model.parameters[0]!r}: ...}}; only a Network "
                "has one of its own."
            )
        start = model.initial(options.get("seed", 0))
    return train_matrix(model.compile().core.compiled, {**data, **named}, start, **rule, **options)


def of_scalars(model: Model, function: str) -> None:
    """Refuse a model of matrices where one of scalars is drawn."""
    if isinstance(model.graph, MatrixGraph):
        raise ModelError(
            f"{function} is for models of scalars, and this one has shapes; its derivation is a "
            "page by derive().to_html()."
        )


def plot(
    model: Model,
    run: Run,
    data: Mapping[str, Any],
    format: str = "svg",
    reduction: str = "mean",
    language: str = "en",
) -> str | bytes:
    """The picture of a descent: the cost surface with its path, and the cost by epoch.

    `data` and `reduction` are those that `train` was given; of more than 2000 samples the surface
    takes a part, and says so. Raises MissingExtraError without matplotlib.
    """
    from symgd.pages.figures import Landscape, descent_figure
    from symgd.training.landscape import field, predictions

    of_scalars(model, "plot()")
    graph = model.graph
    landscape = Landscape(*field(graph, data, run.start, reduction))
    predicted = predictions(graph, run, data, reduction)
    return descent_figure(run, landscape, predicted, format, language_of(language))
