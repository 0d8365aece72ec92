"""A compiled gradient that is wrong is found at its first call; a right one is never refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgd import Model, Network, Neuron, train
from symgd.errors import WrongGradientError
from symgd.functions import ACTIVATIONS, LOSSES
from symgd.targets import selfcheck
from symgd.targets.selfcheck import check_slopes

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.25}
SAMPLES = {"w": 0.5, "b": -0.3, "x": np.linspace(-2, 3, 50), "y": np.linspace(0.1, 0.9, 50)}


def spoiled(gradient, name, slip):
    """The same gradient, with a slip in one parameter."""
    core = gradient.core
    place = core.parameters.index(name)

    def wrong(*leaves):
        cost, slopes = core.function(*leaves)
        return cost, tuple(slip(s) if i == place else s for i, s in enumerate(slopes))

    gradient.core = replace(core, function=wrong, called=None, fast_path=None)
    return gradient


SLIPS = {
    "sign": lambda g: -g,
    "factor": lambda g: 2 * g,
    "one percent": lambda g: 1.01 * g,
    "lost": lambda g: 0 * g,
}


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", ["w", "b"])
def test_a_slip_is_found_at_the_first_call_and_says_where(backend, slip, name):
    gradient = spoiled(Neuron().compile(backend, check=True), name, SLIPS[slip])
    with pytest.raises(WrongGradientError, match=rf"w = 0\.5, b = 2.*slope in {name} says"):
        gradient(**POINT)
    with pytest.raises(WrongGradientError):  # and again, for nothing was right in between
        gradient(**POINT)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("reduction", ["mean", "sum", None])
def test_a_slip_is_found_over_samples(backend, reduction):
    gradient = Neuron("tanh").compile(backend, reduction, check=True)
    gradient(**SAMPLES)
    again = spoiled(Neuron("tanh").compile(backend, reduction, check=True), "b", SLIPS["factor"])
    with pytest.raises(WrongGradientError):
        again(**SAMPLES)


def test_without_check_nothing_is_said():
    spoiled(Neuron().compile(), "w", SLIPS["sign"])(**POINT)


def test_train_holds_its_gradient_against_differences(monkeypatch):
    import symgd.training.train as module

    compile_scalar = module.compile_scalar

    def wrong(graph):
        core = compile_scalar(graph)

        def function(*leaves):
            cost, (a, b) = core.function(*leaves)
            return cost, (-a, b)

        return replace(core, function=function)

    monkeypatch.setattr(module, "compile_scalar", wrong)
    start = {"w": 0.5, "b": 2.0}
    with pytest.raises(WrongGradientError, match="in w says"):
        train(Neuron(), x=3.0, y=0.0, start=start, epochs=3)
    train(Neuron(), x=3.0, y=0.0, start=start, epochs=3, check=False)


def test_train_holds_those_of_arrays_too(monkeypatch):
    from symgd.targets.arrays.compiled import CompiledMatrix

    slopes = CompiledMatrix.slopes

    def wrong(self, given):
        cost, found = slopes(self, given)
        return cost, {n: (-g if n == "b1" else g) for n, g in found.items()}

    rng = np.random.default_rng(1)
    data = {"X": rng.normal(size=(20, 3)), "Y": rng.normal(size=(20, 2))}
    train(Network([3, 4, 2], "tanh"), **data, epochs=2)
    monkeypatch.setattr(CompiledMatrix, "slopes", wrong)
    with pytest.raises(WrongGradientError, match="in b1 says"):
        train(Network([3, 4, 2], "tanh"), **data, epochs=2)


@pytest.mark.spread(3, 2)
@pytest.mark.parametrize("backend", ["numpy", "scalar"])
@pytest.mark.parametrize("name", [a.name for a in ACTIVATIONS])
def test_no_activation_is_refused(name, backend):
    for w, b, x, y in ((0.5, 2.0, 3.0, 0.25), (0.0, 0.0, 1.0, 1.0), (1e3, -5.0, 2.0, 0.0)):
        model = Neuron(name)
        rest = dict.fromkeys(model.inputs, 0.5) | {"x": x, "y": y}
        model.compile(backend, check=True)(w=w, b=b, **rest)


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", [x.name for x in LOSSES])
def test_no_loss_is_refused(name):
    for activation in ("sigmoid", "softplus"):
        model = Neuron(activation, name)
        rest = {n: 1.0 if n in "xyt" else 0.5 for n in model.inputs}
        if name == "tweedie":
            rest["p_loss" if "p_loss" in rest else "p"] = 1.5
        for w, b in ((0.5, 0.2), (-40.0, 0.2), (0.0, 0.0)):
            model.compile(check=True)(w=w, b=b, **rest)


@pytest.mark.parametrize("formula", [
    "abs(w)", "max(w, 0)", "where(w == 0, 0, w*sin(1/w))", "sqrt(w)", "(1 - cos(w))/w^2",
    "log(exp(w) - 1)", "exp(1000*w)", "w^(1/3)", "1e-200*w^2", "1e200*w^2", "sin(1e8*w)",
    "abs(2.5*w)^1.5 + min(abs(w), sin(w))", "w - tanh(w)",
])  # fmt: skip
def test_corners_edges_and_sizes_are_not_taken_for_slips(formula):
    model = Model({"C": formula}, ["w"], domains={"w": "[0, oo)"} if formula == "sqrt(w)" else {})
    for w in (0.0, 1e-12, 0.3, 1.0, 40.0):
        model.compile(check=True)(w=w)


def test_many_parameters_are_moved_several_at_a_time():
    names = [f"w{i}" for i in range(40)]
    calls = []

    def slopes(theta):
        calls.append(1)
        return sum(v * v for v in theta.values()), {n: 2 * v for n, v in theta.items()}

    theta = {n: 1.0 + i for i, n in enumerate(names)}
    check_slopes(slopes, theta, lambda theta: None)
    assert len(calls) <= 1 + 2 * selfcheck.MOST_GROUPS


@pytest.mark.parametrize("place", range(0, 40, 7))
def test_a_slip_in_one_of_many_is_found(place):
    theta = {f"w{i}": 1.0 + i for i in range(40)}

    def slopes(theta):
        found = {n: 2 * v for n, v in theta.items()}
        found[f"w{place}"] *= -1
        return sum(v * v for v in theta.values()), found

    with pytest.raises(WrongGradientError, match=f"w{place}"):
        check_slopes(slopes, theta, lambda theta: sum(v * v for v in theta.values()))


@pytest.mark.parametrize("formula", ["cos(w*x) - 1", "sin(w*x)/(w*x)", "tan(w*x)"])
@pytest.mark.parametrize("seed", range(4))
def test_few_digits_of_arrays_are_not_taken_for_slips(formula, seed):
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=7) * 1e4).astype(np.float32)
    Model({"C": formula}, ["w"]).compile(check=True)(w=np.float32(-12855.2), x=x)


def test_a_large_constant_in_the_cost_hides_no_slip():
    def slopes(theta):
        return 1e10 + theta["w"] ** 2, {"w": -2 * theta["w"]}

    with pytest.raises(WrongGradientError):
        check_slopes(slopes, {"w": 1.0}, lambda theta: 10**10 + theta["w"] ** 2)


def test_a_cost_that_does_not_move_needs_no_witness():
    def no_witness(theta):
        raise AssertionError

    check_slopes(lambda theta: (1.5, {"w": 0.0}), {"w": 1.0}, no_witness)


@pytest.mark.parametrize(
    "formula", ["(w*sin(5*x*1000) - 1)^2", "tanh(w*sin(x^3))", "sin(x^2)*exp(w)"]
)
def test_angles_of_data_in_few_digits_are_not_taken_for_slips(formula):
    for seed in range(6):
        x = (np.random.default_rng(seed).normal(size=5) * 1e4).astype(np.float32)
        for w in (0.7, -3.2):
            Model({"C": formula}, ["w"]).compile(check=True)(w=np.float32(w), x=x)


@pytest.mark.parametrize("slip", ["sign", "factor", "lost"])
def test_a_slip_beside_data_in_few_digits_is_found(slip):
    samples = {n: np.asarray(v, dtype=np.float32)[()] for n, v in SAMPLES.items()}
    with pytest.raises(WrongGradientError):
        spoiled(Neuron("tanh").compile(check=True), "w", SLIPS[slip])(**samples)
