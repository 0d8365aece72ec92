"""Kernels of many inputs: a loop over a table, which answers as numpy does and stays short."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symgd import Model, Neuron, sgd, train
from symgd.errors import DataError

pytest.importorskip("numba", reason="numba is not installed")

from symgd.programs.curvature import hessian
from symgd.programs.program import program
from symgd.targets.numba.alike import LEAST, alike
from symgd.targets.numba.source import kernel_source

INPUTS = LEAST + 3
RNG = np.random.default_rng(5)
SAMPLES = 1200


def values(model: Model, samples: int = SAMPLES) -> dict[str, Any]:
    data = {n: RNG.normal(size=samples) for n in model.inputs}
    return {n: float(RNG.normal()) / INPUTS for n in model.parameters} | data


def by_hand(given: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """(y - σ(Σ wx + b))²/2 and its slopes, by numpy."""
    x = np.array([given[f"x{i}"] for i in range(1, INPUTS + 1)], float)
    w = np.array([given[f"w{i}"] for i in range(1, INPUTS + 1)])
    out = 1 / (1 + np.exp(-(w @ x + given["b"])))
    delta = (out - given["y"]) * out * (1 - out)
    slopes = {f"w{i + 1}": float((delta * row).mean()) for i, row in enumerate(x)}
    return float(((given["y"] - out) ** 2 / 2).mean()), slopes | {"b": float(delta.mean())}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_gradient_of_many_inputs(dtype: Any) -> None:
    neuron = Neuron(inputs=INPUTS)
    given = values(neuron)
    given |= {n: given[n].astype(dtype) for n in neuron.inputs}
    cost, slopes = neuron.compile("numba")(**given)
    expected, wanted = by_hand(given)
    places = 1e-12 if dtype is np.float64 else 1e-5
    assert cost == pytest.approx(expected, rel=places)
    for n, slope in wanted.items():
        assert slopes[n] == pytest.approx(slope, rel=places, abs=places)


def test_single_and_double_precision_side_by_side_and_numbers() -> None:
    neuron = Neuron(inputs=INPUTS)
    given = values(neuron)
    given["x3"] = given["x3"].astype(np.float32)
    given["x5"] = 0.25
    expected = by_hand(given | {"x5": np.full(SAMPLES, 0.25)})
    cost, slopes = neuron.compile("numba")(**given)
    assert cost == pytest.approx(expected[0], rel=1e-6)
    assert slopes == pytest.approx(expected[1], rel=1e-5, abs=1e-7)
    numbers = {n: float(np.ravel(v)[0]) for n, v in given.items()}
    cost, slopes = neuron.compile("numba")(**numbers)
    expected = by_hand({n: np.array([v]) if n[0] in "xy" else v for n, v in numbers.items()})
    assert cost == pytest.approx(expected[0], rel=1e-12)
    assert slopes == pytest.approx(expected[1], rel=1e-12)


def test_a_value_a_sample_and_the_hessian_are_as_on_numpy() -> None:
    neuron = Neuron(inputs=INPUTS)
    given = values(neuron, 700)
    for options in ({"reduction": None}, {"order": 2}):
        answers = [neuron.compile(b, **options)(**given) for b in ("numpy", "numba")]
        np.testing.assert_allclose(answers[1][0], answers[0][0], rtol=1e-12)
        for parts, others in zip(answers[0][1:], answers[1][1:], strict=True):
            for n in parts:
                np.testing.assert_allclose(others[n], parts[n], rtol=1e-10, atol=1e-14)


def test_samples_far_off_are_worked_out_with_care() -> None:
    neuron = Neuron(inputs=INPUTS, loss="bce")
    given = values(neuron) | {"y": np.ones(SAMPLES)}
    given["x1"][7], given["w1"] = -1e4, 1.0
    given["x2"][600] = 1e300
    given["w2"] = 1e-290
    answers = [neuron.compile(b)(**given) for b in ("numpy", "numba")]
    assert answers[1][0] == pytest.approx(answers[0][0], rel=1e-12)
    for n, slope in answers[0][1].items():
        assert answers[1][1][n] == pytest.approx(slope, rel=1e-10, abs=1e-14)


def test_arrays_of_two_lengths_are_refused() -> None:
    neuron = Neuron(inputs=INPUTS)
    gradient = neuron.compile("numba")
    given = values(neuron)
    gradient(**given)
    with pytest.raises(DataError):
        gradient(**given | {"x4": given["x4"][:-1]})


def test_a_descent_of_many_parameters() -> None:
    neuron = Neuron(inputs=INPUTS)
    given = values(neuron)
    start = {n: given[n] for n in neuron.parameters}
    data = {n: given[n] for n in neuron.inputs}
    runs = [
        train(neuron, data, start=start, optimizer=sgd(0.5), epochs=15, backend=b)
        for b in ("numpy", "numba")
    ]
    assert runs[1].parameters == pytest.approx(runs[0].parameters, rel=1e-11)


@pytest.mark.parametrize("compiled", [program, hessian])
def test_a_kernel_does_not_grow_with_the_inputs(compiled: Any) -> None:
    """But for the table of places, which is data."""

    def lines(inputs: int) -> int:
        made = compiled(Neuron(inputs=inputs).graph)
        kinds = tuple("number" if s in made.graph.parameters else "float64" for s in made.leaves)
        found = alike(made, kinds)
        assert found is not None
        return kernel_source(made, kinds, "total").count("\n") - len(found.alone)

    assert lines(2 * INPUTS) <= lines(INPUTS) + 2
