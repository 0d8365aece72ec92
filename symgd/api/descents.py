"""Descents: a model, its data and an optimizer → a run, and the picture of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model
from symgd.errors import ModelError

if TYPE_CHECKING:
    from symgd.descent import Record, Run

MOST_PREDICTIONS = 1000  # drawn beside what happened


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

    Data are numbers, or arrays of one value a sample. All options, and what is raised, are those
    of `symgd.training.train`.
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
) -> str | bytes:
    """The picture of a descent: the cost surface with its path, and the cost by epoch.

    `data` and `reduction` are those that `train` was given. Raises MissingExtraError without
    matplotlib.
    """
    from symgd.render.figures import descent_figure

    gradient = model.compile(reduction=reduction)

    def cost(at: Mapping[str, float]) -> float:
        return float(gradient(**data, **at)[0])

    predicted = {}
    if len(run.path) == run.epochs + 1:
        every = max(1, run.epochs // MOST_PREDICTIONS)
        for epoch in range(0, run.epochs, every):
            here, after = run.path[epoch], run.path[epoch + 1]
            _, slopes = gradient(**data, **dict(zip(run.names, here, strict=True)))
            steps = zip(run.names, here, after, strict=True)
            predicted[epoch] = sum(float(slopes[n]) * (q - p) for n, p, q in steps)
    return descent_figure(run, cost, predicted, format)
