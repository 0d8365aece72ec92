"""How difficult an exercise is: how much is asked, of which kinds, of which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgd.errors import InputError, as_text, listing, quote
from symgd.exercises.draws import Draws
from symgd.models import model, neuron
from symgd.trees.graph import Graph


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of difficulty.

    share     of the lines of a derivation that have a gap, and of the values that are asked for
    kinds     what gaps are drawn from: the kinds of questions, some of them oftener
    models    what a model is drawn from: activation, loss and inputs of a neuron
    """

    share: float
    kinds: tuple[str, ...]
    models: tuple[tuple[str, str, int], ...]


TWO_LAYERS = "two layers"
#  name       share  kinds of gaps                                       models
LEVELS: Mapping[str, Level] = {
    "easy":   Level(0.34, ("rule", "rule", "factor", "factor", "line"),
                    (("identity", "quadratic", 1), ("relu", "quadratic", 1),
                     ("sigmoid", "quadratic", 1))),
    "medium": Level(0.5, ("rule", "factor", "line", "line"),
                    (("sigmoid", "quadratic", 1), ("tanh", "quadratic", 1),
                     ("softplus", "quadratic", 1),
                     ("sigmoid", "bce", 1), ("tanh", "huber(delta=1)", 1))),
    "hard":   Level(0.75, ("line", "line", "line", "factor"),
                    (("tanh", "log_cosh", 2), ("silu", "quadratic", 1), ("gelu", "quadratic", 1),
                     (TWO_LAYERS, "", 0))),
}  # fmt: skip


def level_of(name: str) -> Level:
    """Raises InputError for a difficulty that there is not."""
    if name not in LEVELS:
        raise InputError(
            f"difficulty={quote(as_text(name))} is not known; it is {listing(LEVELS)}."
        )
    return LEVELS[name]


def drawn_model(level: Level, draws: Draws) -> Graph:
    """A model of this difficulty."""
    activation, loss, inputs = draws.among(level.models)
    if activation == TWO_LAYERS:
        return model(
            {"h": "tanh(u*x)", "z": "w*h + b", "yhat": "sigmoid(z)", "C": "(y - yhat)**2/2"},
            ["u", "w", "b"],
        )
    return neuron(activation, loss, inputs=inputs)


__all__ = ["LEVELS", "Level", "drawn_model", "level_of"]
