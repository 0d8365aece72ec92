"""Descents: a model, its data and an optimizer → a run, and the picture of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model
from symgd.errors import ModelError
from symgd.words import language as language_of

if TYPE_CHECKING:
    from symgd.descent import Record, Run


def train(
    model: Model,
    data: Mapping[str, Any] | None = None,
    /,
    *,
    start: Mapping[str, Any],
    optimizer: Any = None,
    epochs: int = 1000,
    reduction: str = "mean",
    callback: Callable[[Record], Any] | None = None,
    **more: Any,
) -> Run:
    """θ ← θ + Δ, epoch by epoch: the descent of a model on data.

    >>> run = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, optimizer=sgd(0.05))
    >>> run.parameters, run.history[-1]

    Data are numbers, or arrays of one value a sample; with backend="numba" plain sgd is one
    compiled loop. All options, and what is raised, are those of `symgd.training.train`.
    """
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.training import train as descend

    if not isinstance(model, Model):
        raise ModelError(f"train() takes a Model or a Neuron first, not a {type(model).__name__}.")
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
    from symgd.landscape import field, predictions
    from symgd.render.figures import Landscape, descent_figure

    graph = model.graph
    landscape = Landscape(*field(graph, data, run.start, reduction))
    predicted = predictions(graph, run, data, reduction)
    return descent_figure(run, landscape, predicted, format, language_of(language))
