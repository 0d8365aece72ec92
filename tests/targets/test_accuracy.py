"""Right to the last bits: at most 8 units of rounding, over the whole range of doubles.

The fast tests look at few points of every formula; the slow ones, and the table in docs/, at more.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from typing import Any

import accuracy
import numpy as np
import pytest
from catalogue_models import activations, losses, pairs

from symgd import Model

FORMULAS = [*activations(), *losses(), *pairs()]
IDS = [name for name, _, _ in FORMULAS]
FEW, MANY, FEW_OF_LONG = 10, 24, 3  # points


def some(model: Model, count: int, seed: int) -> np.ndarray:
    """A few of the points, of all kinds."""
    points = accuracy.sample(model, count, seed)
    return points[np.random.default_rng(seed).permutation(len(points))[:count]]


def judge(model: Model, wrt: str, points: np.ndarray, backends: Sequence[str]) -> None:
    cases = list(accuracy.cases(model, wrt, 2))
    for backend in backends:
        values = accuracy.answers(model, wrt, points, backend)
        for (name, truth), column in zip(cases, values, strict=True):
            units, point, got = accuracy.worst(truth, column, points)
            assert units <= accuracy.LIMIT, (
                f"{name} on {backend} is {got} at {point}, {units:.3g} units off"
            )


# Ten points of these take a quarter of a minute each and more.
LONG = {
    "focal",
    "log_cosh∘sigmoid",
    "focal∘identity",
    "tweedie∘softplus",
    "huber∘softplus",
    "softplus",
}
QUICK = [
    pytest.param(*row, marks=[pytest.mark.slow] if id in LONG else [], id=id)
    for row, id in zip(FORMULAS, IDS, strict=True)
]


@pytest.mark.spread(15, 4)
@pytest.mark.parametrize(("name", "model", "wrt"), QUICK)
def test_right_to_the_last_bits(name: str, model: Model, wrt: str) -> None:
    points = FEW_OF_LONG if name in LONG else FEW
    judge(model, wrt, some(model, points, seed=len(name)), ["numpy", "scalar"])


# Every sixth formula at many points, and all of them as a sweep.
MOST = [
    pytest.param(*row, marks=pytest.mark.sweep if i % 6 or id in LONG else pytest.mark.slow, id=id)
    for i, (row, id) in enumerate(zip(FORMULAS, IDS, strict=True))
]


@pytest.mark.spread(slow=2)
@pytest.mark.parametrize(("name", "model", "wrt"), MOST)
def test_right_to_the_last_bits_at_many_points(name: str, model: Model, wrt: str) -> None:
    numba = ["numba"] if importlib.util.find_spec("numba") else []
    if numba and "log_of_product" in model.compile("numba").source:
        numba.append("numba sum")
    judge(model, wrt, some(model, MANY, seed=7), ["numpy", "scalar", *numba])


@pytest.mark.parametrize("backend", ["numpy", "scalar"])
def test_a_coefficient_that_nearly_cancels_is_one_number(backend: str) -> None:
    """Tweedie over exp: (1 - p)e^u + e^u is (2 - p)e^u, and p is nearly 2."""
    (model,) = (m for name, m, _ in pairs() if name == "tweedie∘exp")
    points = np.array([[350.0, 3.0, 1.9986], [709.79, 1.3286, 1.9993], [1.0, 2.0, 1.0 + 1e-9]])
    judge(model, "z", points, [backend])


# -- the measure itself ----------------------------------------------------------------------------


def test_the_measure_is_strict_and_forgives_as_it_should() -> None:
    model = Model({"f": "sigmoid(z)"}, parameters=["z"])
    _, (_, slope), _ = accuracy.cases(model, "z", 2)
    # 1 - σ(40) is 0 in doubles; the truth is 4e-18.
    assert accuracy.units(0.0, slope.at((40.0,))) > 1e13
    assert accuracy.units(math.exp(-40.0), slope.at((40.0,))) < 8
    assert accuracy.units(math.nan, slope.at((1.0,))) == math.inf
    # At a zero crossing the rounding of the input alone is as much.
    sine = Model({"f": "sin(z)"}, parameters=["z"])
    ((_, truth),) = accuracy.cases(sine, "z", 0)
    assert accuracy.units(math.sin(math.pi), truth.at((math.pi,))) < 1
    assert accuracy.units(0.0, truth.at((math.pi,))) < 1


def test_the_truth_takes_the_bits_that_it_needs() -> None:
    model = Model({"f": "log(1 + exp(z))"}, parameters=["z"])
    ((_, truth),) = accuracy.cases(model, "z", 0)
    value: Any = truth.at((-700.0,))[0]
    assert abs(value / accuracy.mp.exp(-700) - 1) < 1e-30


def test_draws_are_of_all_sizes_and_both_signs() -> None:
    x = accuracy.draws(400, np.random.default_rng(0))
    sizes = np.abs(x[x != 0])
    assert sizes.min() < 1e-300
    assert sizes.max() > 1e300
    assert (x > 0).any()
    assert (x < 0).any()
    assert (np.abs(x) < 50).sum() > 100
    assert np.signbit(x[x == 0]).any()
