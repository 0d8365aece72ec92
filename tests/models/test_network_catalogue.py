"""Every loss and every activation of the catalogue in a network, at both orders, against mpmath
and against the scalar engine: what a row says, a network knows."""

from __future__ import annotations

import numpy as np
import pytest

from symgd import Model, Network, Neuron
from symgd import functions as catalogue

# where a prediction has to lie     an activation whose values lie there
LINKS = {"(0, 1)": "sigmoid", "positive": "softplus(beta=1)", "(-1, oo)": "softplus(beta=1)"}
NUMBERS = {
    "delta": 0.7,
    "beta": 1.3,
    "c": 2.0,
    "tau": 0.2,
    "gamma": 2.0,
    "p": 1.5,
    "v": 0.6,
    "b": 1.1,
}
GIVEN = {"b": 1, "a": 0.1, "alpha": 1.5, "beta": 2, "lambda": 0.5, "theta": 0.2, "v": -1}
LABELS = {
    "real": [0.3, -0.4, 2.0], "positive": [0.3, 1.4, 2.0], "(-1, oo)": [0.3, -0.4, 2.0],
    "{0, 1}": [0.0, 1.0, 1.0], "{-1, 1}": [1.0, -1.0, 1.0], "{0, 1, 2, ...}": [0.0, 1.0, 4.0],
    "[0, oo)": [0.0, 1.0, 4.0], "(0, 1]": [0.2, 0.7, 1.0],
}  # fmt: skip


def called(row, numbers):
    inside = ", ".join(f"{n}={numbers[n]}" for n in row.parameters)
    return f"{row.name}({inside})" if inside else row.name


@pytest.mark.spread(3)
@pytest.mark.parametrize("row", catalogue.LOSSES, ids=lambda r: r.name)
def test_every_loss_of_a_network_is_that_of_a_neuron(row):
    """One input and one output: the neuron's numbers, at tame weights and at ±800."""
    link = LINKS.get(row.prediction, "identity")
    network = Network([1, 1], link, called(row, NUMBERS))
    gradient = Neuron(link, called(row, NUMBERS)).compile()
    y = np.array(LABELS[row.label_domain])
    for w in (0.8, 30.0, -800.0, 800.0):
        x = np.array([0.5, -1.0, 1.0])
        if row.prediction in ("positive", "(-1, oo)") or row.name in ("exponential", "poisson"):
            x = np.abs(x) / (1 if abs(w) < 1 else abs(w))
        with np.errstate(all="raise", under="ignore"):
            expected = gradient(w=w, b=0.1, x=x, **{row.label: y})
            found = network.compile()(X=x[:, None], Y=y[:, None], W1=[[w]], b1=[0.1])
        assert np.isfinite(found[0])
        assert found[0] == pytest.approx(expected[0], rel=1e-12)
        assert found[1]["W1"][0, 0] == pytest.approx(expected[1]["w"], rel=1e-12, abs=1e-15)
        assert found[1]["b1"][0] == pytest.approx(expected[1]["b"], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("row", catalogue.LOSSES, ids=lambda r: r.name)
def test_a_parameter_without_a_number_is_an_input(row):
    if not row.parameters:
        pytest.skip("no parameters")
    link = LINKS.get(row.prediction, "identity")
    letters = Network([1, 1], link, row.name)
    numbers = Network([1, 1], link, called(row, NUMBERS))
    y = np.array(LABELS[row.label_domain])[:, None]
    given = {"X": np.array([[0.5], [0.2], [1.0]]), "Y": y, "W1": [[0.8]], "b1": [0.1]}
    more = {n: NUMBERS[n] for n in row.parameters}
    a, b = letters.compile()(**given, **more), numbers.compile()(**given)
    assert a[0] == pytest.approx(b[0], rel=1e-13)
    assert a[1]["W1"] == pytest.approx(b[1]["W1"], rel=1e-13)


def models(row):
    name = called(row, GIVEN)
    yield Network([2, 3], name, "quadratic", batch=False)
    yield Network([2, 3], name, "quadratic")


@pytest.mark.spread(slow=2)
@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_every_activation_is_derived_over_vectors_and_matrices(row, order):
    for network in models(row):
        assert network.derive(order=order).verdict.status in ("sampled", "exact", "proved")


@pytest.mark.spread(slow=2)
@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("row", catalogue.LOSSES, ids=lambda r: r.name)
def test_every_loss_is_derived_over_vectors_and_matrices(row, order):
    link = LINKS.get(row.prediction, "identity")
    for batch in (True, False):
        network = Network([2, 2], link, called(row, NUMBERS), batch=batch)
        assert network.derive(order=order).verdict.status in ("sampled", "exact", "proved")


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
def test_a_jump_is_no_witness_against_a_step(order):
    """hardshrink at ±½ and ReLU at 0 were met by points of small fractions."""
    derived = Network([3, 4, 2], "hardshrink(lambda=0.5)").derive(order=order)
    assert derived.verdict.status == "sampled"


@pytest.mark.slow
def test_deep_relu_to_second_order():
    derived = Network([3, 4, 5, 2], "relu", "softmax_cross_entropy").derive(order=2)
    assert derived.verdict.status == "sampled"


@pytest.mark.parametrize(
    "text",
    ["cases(z > 0: z, -0.1*z)", "max(z, 0.1*z)", "min(1, max(-1, z))", "cases(z**2 <= 1: z, 0)"],
)
def test_a_formula_with_cases_is_an_activation(text):
    network = Network([1, 1], text, "quadratic")
    gradient = Neuron(text, "quadratic").compile()
    network.derive()
    for w in (0.3, -2.0, 800.0, -800.0):
        expected = gradient(w=w, b=0.1, x=np.array([0.5, -1.0]), y=np.array([0.3, 0.4]))
        found = network.compile()(X=[[0.5], [-1.0]], Y=[[0.3], [0.4]], W1=[[w]], b1=[0.1])
        assert found[0] == pytest.approx(expected[0], rel=1e-13)
        assert found[1]["W1"][0, 0] == pytest.approx(expected[1]["w"], rel=1e-13, abs=1e-15)


def test_a_case_that_is_not_taken_is_not_computed():
    """0·inf is nan: the square of huber overflows where its line is meant."""
    model = Model(
        {"C": "sum(r.^2.*step(ones(n,1) - r) + abs(r).*step(r - ones(n,1)))"}, ["r"],
        shapes={"r": "n"},
    )  # fmt: skip
    value, slopes = model.compile()(r=[1e300, 0.5])
    assert value == pytest.approx(1e300)
    assert list(slopes["r"]) == [1.0, 1.0]


@pytest.mark.parametrize("word", ["erf", "erfc", "asin", "acos", "atan", "sinh", "cosh", "tan"])
def test_elementary_functions_are_derived_at_both_orders(word):
    for order in (1, 2):
        model = Model({"C": f"sum({word}(x/3))"}, ["x"], shapes={"x": "n"})
        assert model.derive(order=order).verdict.status == "sampled"
        model.compile(order=order)(x=[0.3, -0.2])
