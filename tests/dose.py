"""A dose and its response, as rows that are streamed: in memory, in files, on engines."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from symgd import Model, Neuron

CURVE = Model(
    {"f": "a + (d - a)/(1 + (x/c)^(-b))", "C": "(y - f)^2/2"},
    parameters=["a", "b", "c", "d"],
    domains={"b": "positive", "c": "positive"},
)
START = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 4.0}
COLUMNS = {"x": "dose", "y": "response"}
LOGIT = Neuron("identity", "bce_logits", inputs=3)
ZERO = {"w": [0.0, 0.0, 0.0], "b": 0.0}


class Rows(NamedTuple):
    """So many samples: doses, responses and weights of the curve; features and labels."""

    x: Any
    y: Any
    weights: Any
    features: Any
    labels: Any


def samples(rng: np.random.Generator, n: int) -> Rows:
    x = np.exp(rng.uniform(-2, 4, n))
    y = 1 + 4 / (1 + (x / 2.5) ** -1.5) + 0.07 * rng.normal(size=n)
    weights = rng.integers(0, 3, n).astype(float)
    features = rng.normal(size=(n, 3))
    shares = 1 / (1 + np.exp(-features @ [1.0, -2.0, 0.5]))
    return Rows(x, y, weights, features, (rng.uniform(size=n) < shares).astype(float))
