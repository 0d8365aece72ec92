"""The cost around a descent: over a whole field of parameters, and as first order predicts it.

    C(θ) for many θ at once        ΔC ≈ Σ ∂C/∂θ·Δθ, step by step

What is drawn, and nothing that is learnt from: where there are many samples or epochs, a part of
them is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symgd.programs.program import program
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar
from symgd.training.descent import Run
from symgd.trees.graph import Graph

MOST_SAMPLES = 2000  # of a field
MOST_PREDICTIONS = 400
FEWEST_PREDICTIONS = 20
WORK = 20_000_000  # samples that all predictions together go through

Field = Callable[[Mapping[str, Sequence[float]]], Any]


def field(
    graph: Graph, data: Mapping[str, Any], at: Mapping[str, float], reduction: str = "mean"
) -> tuple[Field, int, int]:
    """({parameter: numbers} → an array of as many costs, of how many samples, out of how many).

    More than 2000 samples are thinned to a part of them, drawn at random and always the same.
    `at` is one point of the parameters, where the data are checked; raises DataError.
    """
    compiled = compile_numpy(graph, None)
    names = compiled.parameters
    leaves = compiled.check({**data, **at})[len(names) :]
    count = max((v.size for v in leaves if isinstance(v, np.ndarray)), default=1)
    part = min(count, MOST_SAMPLES)
    if part < count:
        taken = np.sort(np.random.default_rng(0).choice(count, part, replace=False))
        leaves = [v[taken] if isinstance(v, np.ndarray) else v for v in leaves]
    scale = 1 / part if reduction == "mean" else count / part

    def costs(theta: Mapping[str, Sequence[float]]) -> Any:
        places = [np.asarray(theta[n], dtype=np.float64) for n in names]
        size = len(places[0])
        # One loop in Python, over the shorter side; the longer runs in numpy.
        with np.errstate(all="ignore"):
            if part <= size:
                total = np.zeros(size)
                for i in range(part):
                    sample = [v[i] if isinstance(v, np.ndarray) else v for v in leaves]
                    total += compiled.function(*places, *sample)[0]
            else:
                each = (compiled.function(*at, *leaves)[0] for at in zip(*places, strict=True))
                total = np.fromiter(map(np.sum, each), np.float64, size)
            return total * scale

    return costs, part, count


def predictions(
    graph: Graph, run: Run, data: Mapping[str, Any], reduction: str = "mean"
) -> dict[int, float]:
    """epoch → Σ ∂C/∂θ·Δθ of the step that follows it, for at most 400 epochs evenly apart.

    None for a run that kept no history. Raises DataError.
    """
    if len(run.path) != run.epochs + 1 or not run.epochs:
        return {}
    scalar = all(np.ndim(v) == 0 for v in data.values())
    made = program(graph)
    compiled = compile_scalar(made) if scalar else compile_numpy(made, reduction)
    leaves = compiled.check({**data, **run.start})[len(run.names) :]
    samples = max((v.size for v in leaves if isinstance(v, np.ndarray)), default=1)
    most = min(MOST_PREDICTIONS, max(FEWEST_PREDICTIONS, WORK // samples))
    out = {}
    for epoch in range(0, run.epochs, math.ceil(run.epochs / most)):
        here, after = run.path[epoch], run.path[epoch + 1]
        _, slopes = compiled.function(*here, *leaves)
        out[epoch] = sum(float(g) * (q - p) for g, p, q in zip(slopes, here, after, strict=True))
    return out


__all__ = ["Field", "field", "predictions"]
