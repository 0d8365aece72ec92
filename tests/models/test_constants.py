"""Constants of a neuron: numbers of any kind, and none that no formula knows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

from symgd import Network, Neuron
from symgd.errors import ModelError

TWO = (2, 2.0, Fraction(2), sp.Integer(2), np.float64(2), np.float32(2), np.int64(2), np.uint8(2))


@pytest.mark.parametrize("two", TWO, ids=lambda v: type(v).__name__)
def test_a_number_of_any_library_is_a_constant(two: Any) -> None:
    at = {"w": 1.0, "b": 0.5, "x": 7.0, "y": 1.0}
    found = Neuron("identity", "huber", constants={"delta": two}).compile()(**at)
    assert found == (2 * (6.5 - 1), {"w": 14.0, "b": 2.0})


@pytest.mark.parametrize(
    ("activation", "loss", "constants", "said"),
    [
        ("sigmoid", "huber", {"detla": 2}, "Did you mean 'delta'"),
        ("tanh", "mse", {"q": 2}, "there are no letters in them"),
        ("q*z", "(y - yhat)^2*r", {"q": 2, "r": 1, "s": 3}, "the letters are q and r"),
    ],
)
def test_a_constant_that_no_formula_knows_is_told(
    activation: str, loss: str, constants: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        Neuron(activation, loss, constants=constants)


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    two = np.int64(2)
    neuron = Neuron(inputs=two)
    assert neuron.derive(order=two).results == Neuron(inputs=2).derive(order=2).results
    assert neuron.compile(order=two)(w1=1, w2=2, b=0, x1=1, x2=1, y=0)[2]["w1,w2"] != 0
    assert repr(Network([two, np.int32(1)])) == repr(Network([2, 1]))
    with pytest.raises(ModelError, match="is not a size"):
        Network([np.bool_(True), 1])
