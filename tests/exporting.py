"""What the tests of the exported sources share: models, points, and a comparison."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from symgd import Neuron
from symgd import functions as catalogue
from symgd.trees.domain import REAL, Domain

# A parameter that has the name of the bias is told apart; every other keeps its letter.
LINKS = {"(0, 1)": "sigmoid", "positive": "exp(z)", "(-1, oo)": "exp(z)"}
PAIRS = [
    *((row.name, "quadratic") for row in catalogue.ACTIVATIONS),
    *(
        ("logsigmoid" if row.name == "kl" else LINKS.get(row.prediction, "arctan"), row.name)
        for row in catalogue.LOSSES
        if row.name != "quadratic"
    ),
]
SOME = [
    ("sigmoid", "bce"), ("gelu", "huber"), ("mish", "log_cosh"), ("elu", "fair"),
    ("tanhshrink", "quadratic"), ("sinc", "mse"), ("relu", "pinball"), ("identity", "focal"),
    ("exp(z)", "gamma_deviance"), ("softshrink", "cauchy"),
]  # fmt: skip


def draw(domain: Domain, n: int, rng: Any) -> Any:
    """n members of the set, spread over it."""
    if domain.kind == "finite":
        return rng.choice([float(m) for m in domain.members], n)
    if domain.kind == "counts":
        return rng.integers(0, 9, n).astype(float)
    low = -3.0 if domain.low is None else float(domain.low)
    high = low + 6.0 if domain.high is None else float(domain.high)
    return low + (high - low) * rng.uniform(0.02, 0.98, n)


def points(neuron: Neuron, n: int, seed: int = 3) -> dict[str, Any]:
    """Numbers for parameters and letters, n samples of the data, z from far left to far right."""
    rng = np.random.default_rng(seed)
    out: dict[str, Any] = {}
    for s in neuron.graph.leaves:
        domain = neuron.graph.domains.get(s, REAL)
        if s.name == "x":
            out["x"] = rng.normal(size=n) * 10.0 ** rng.uniform(-3, 1.5, n)
        elif s.name in ("y", "t"):
            out[s.name] = draw(domain, n, rng)
        else:
            out[s.name] = {"w": 1.3, "b": -0.4}.get(s.name, float(draw(domain, 1, rng)[0]))
    return out


def one_each(neuron: Neuron, values: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The cost and the slopes of the numpy backend, a value a sample."""
    n = len(values["x"])
    cost, slopes = neuron.compile(reduction=None)(**values)
    return np.broadcast_to(cost, n), [np.broadcast_to(slopes[t], n) for t in neuron.parameters]


def agree(found: Any, expected: Any, digits: float = 1e-13) -> None:
    """Equal to so many digits of the value, or of 0.01 where it is less: 1 - t·tanh z."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        near = np.abs(found - expected) <= digits * np.maximum(np.abs(expected), 1e-2)
    bad = ~(same | near)
    assert not bad.any(), (found[bad][:3], expected[bad][:3], np.flatnonzero(bad)[:3])


def module(text: str, path: Path) -> ModuleType:
    """The exported text as a module of a file of its own."""
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
