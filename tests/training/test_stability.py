"""2/λmax against numpy's eigenvalues of Hessians written out by hand; ties, by descents."""

from __future__ import annotations

import numpy as np
import pytest

from symgd import Model, Network, Neuron, adam, report, sgd, train
from symgd.errors import DivergedError
from symgd.training.stability import eigenvalues

# Rates above the largest stable one are what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")

HESSIAN = np.array([[3.0, 0.5], [0.5, 2.0]])
LARGEST = 2 / np.linalg.eigvalsh(HESSIAN)[-1]


@pytest.fixture(scope="module")
def quadratic():
    return Model({"C": "(3*u^2 + u*v + 2*v^2)/2 + k*u"}, ["u", "v"])


def descent(model, rate, epochs=40, **more):
    return train(
        model, k=1.0, start={"u": 1.0, "v": -1.0}, optimizer=sgd(rate), epochs=epochs, **more
    )


@pytest.mark.parametrize("factor", [0.5, 0.999, 0.999999])
def test_a_rate_below_the_largest_stable_one_is_not_called_diverging(quadratic, factor):
    run = descent(quadratic, factor * LARGEST)
    assert run.stability.largest == pytest.approx(LARGEST, rel=1e-9)
    assert not run.stability.diverging
    assert run.remarks() == []


@pytest.mark.parametrize("factor", [1.000001, 1.001, 2.0])
@pytest.mark.parametrize("more", [{}, {"history": False}])
def test_a_rate_above_it_is(quadratic, factor, more):
    run = descent(quadratic, factor * LARGEST, **more)
    assert run.stability.diverging
    (said,) = run.remarks()
    assert "diverging" in said
    assert f"{LARGEST:.4g}" in said
    assert f"{factor * LARGEST:.4g}" in said
    assert "发散" in run.remarks("zh")[0]


def test_the_error_says_why_before_it_says_nothing(quadratic):
    with pytest.raises(DivergedError, match=r"largest stable one .*2/λmax") as caught:
        descent(quadratic, 50.0, epochs=2000)
    assert f"above {LARGEST:.4g}" in str(caught.value)
    assert caught.value.run.stability.diverging


def test_a_rate_that_overshoots_without_diverging_is_told_apart():
    """C = log cosh(w): λmax is 1 at 0, and a rate of 2.5 ends in a swing of two."""
    model = Model({"C": "log(cosh(w - c))"}, ["w"])
    run = train(model, c=0.0, start={"w": 0.2}, optimizer=sgd(2.5), epochs=200)
    assert not run.stability.diverging
    assert run.stability.is_above
    assert "overshoot" in run.remarks()[0]


def test_a_saddle_says_what_is_known_only():
    model = Model({"C": "(u^2 - v^2)/2 + k*u"}, ["u", "v"])
    run = train(model, k=0.0, start={"u": 1.0, "v": 1e-3}, optimizer=sgd(2.1), epochs=30)
    assert run.stability.lowest == pytest.approx(-1)
    assert "negative eigenvalue" in run.remarks()[0]


def test_other_optimizers_are_not_judged_by_the_rate_of_plain_descent(quadratic):
    run = train(quadratic, k=1.0, start={"u": 1.0, "v": 1.0}, optimizer=adam(5.0), epochs=3)
    assert run.rate is None
    assert run.remarks() == []


def test_many_parameters_by_products_alone():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((200, 200))
    a = a + a.T + np.diag([0.0] * 199 + [90.0])
    low, high, settled = eigenvalues(lambda v: a @ v, 200)
    found = np.linalg.eigvalsh(a)
    assert high == pytest.approx(found[-1], rel=1e-5)
    assert low >= found[0] - 1e-9
    assert settled in (True, False)


def test_a_model_with_shapes():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
    model = Model({"C": "norm2(X*w - y)^2/60"}, ["w"], shapes={"X": ("m", "n"), "w": "n", "y": "m"})
    largest = 2 / np.linalg.eigvalsh(x.T @ x / 30)[-1]
    for factor, diverges in ((0.999, False), (1.001, True)):
        run = train(model, X=x, y=y, start={"w": np.zeros(4)}, optimizer=sgd(factor * largest))
        assert run.stability.largest == pytest.approx(largest, rel=1e-9)
        assert run.stability.diverging is diverges


# -- symmetry --------------------------------------------------------------------------------------

X, Y = np.array([[0.0, 0.3], [0.2, 1.0], [1.0, 0.1], [1.0, 0.9]]), np.array([[0.0], [1], [1], [0]])


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_equal_weights_of_a_layer_are_remarked_on(value):
    network = Network([2, 3, 1], "tanh", "quadratic")
    start = {n: np.full_like(v, value) for n, v in network.initial(0).items()}
    run = train(network, X=X, Y=Y, start=start, epochs=20)
    groups = {frozenset(group) for group in run.ties}
    assert frozenset({("W1", (0, 0)), ("W1", (1, 0)), ("W1", (2, 0))}) in groups
    assert not any({("W1", (0, 0)), ("W1", (0, 1))} <= group for group in groups)
    assert "stays equal" in run.remarks()[-1]
    for group in groups:
        ends = [np.reshape(run.parameters[n], start[n].shape)[i] for n, i in group]
        assert np.ptp(ends) <= 1e-12


def test_weights_that_only_start_equal_are_not():
    """One row differs in one entry; and inputs that differ part what starts equal."""
    network = Network([2, 3, 1], "tanh", "quadratic")
    run = train(network, X=X, Y=Y, epochs=2)
    assert run.ties == []
    neuron = train(Neuron(inputs=2), x1=X[:, 0], x2=X[:, 1], y=Y[:, 0],
                   start={"w1": 0.0, "w2": 0.0, "b": 0.0}, epochs=2)  # fmt: skip
    assert neuron.ties == []


def test_what_is_equal_for_these_data_alone_is_no_symmetry():
    run = train(Neuron(), x=1.0, y=0.0, start={"w": 0.0, "b": 0.0}, epochs=3)
    assert run.parameters["w"] == run.parameters["b"]
    assert run.remarks() == []


def test_scalars_that_are_hidden_units_of_one_another():
    model = Model(
        {"h1": "tanh(p*x)", "h2": "tanh(q*x)", "C": "(r*h1 + s*h2 - y)^2"}, ["p", "q", "r", "s"]
    )
    start = {"p": 0.5, "q": 0.5, "r": 1.0, "s": 1.0}
    run = train(model, x=0.7, y=0.2, start=start, epochs=5)
    assert run.ties == [(("p", ()), ("q", ())), (("r", ()), ("s", ()))]
    run = train(model, x=0.7, y=0.2, start={**start, "s": 2.0}, epochs=5)
    assert run.ties == []


@pytest.mark.slow
def test_the_report_and_the_picture_say_it(quadratic):
    page = report(quadratic, k=1.0, start={"u": 1.0, "v": -1.0}, rate=2 * LARGEST, epochs=30)
    assert "The descent is diverging" in page
    picture = descent(quadratic, 2 * LARGEST).plot("png")
    assert picture != descent(quadratic, 0.9 * LARGEST).plot("png")
