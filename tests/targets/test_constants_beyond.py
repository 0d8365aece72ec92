"""Constants that are numbers and no doubles, as sinh(1000) and erfc(100), are not inf and 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, train

# formula                              the same in mpmath
FORMULAS = {
    "1 - sinh(1000)^(x/w)": lambda w, x: 1 - mp.sinh(1000) ** (x / w),
    "erfc(100)^(x*w^2)": lambda w, x: mp.erfc(100) ** (x * w * w),
    "tanh((sinh(1000)*w^2)^x)": lambda w, x: mp.tanh((mp.sinh(1000) * w * w) ** x),
    "where(w < 0, sech(2000)^x*w, w)": lambda w, x: mp.sech(2000) ** x * w,
    "atan(w*gamma(500)^x)": lambda w, x: mp.atan(w * mp.gamma(500) ** x),
    "w*(1e200*1e200)^x": lambda w, x: w * mp.mpf(10) ** (400 * x),
    # factors that are one number
    "w*exp(-1000)*exp(999) + x": lambda w, x: w * mp.exp(-1) + x,
}
# z = e^x is past the doubles; what functions make of it is as far out, and stands beside it
FAR: dict[str, Callable[[Any, Any], Any]] = {
    "z/floor(z)": lambda z, x: mp.mpf(1),
    "ceil(z)/z + floor(-z)/z": lambda z, x: mp.mpf(0),
    "expi(x)/z*x": lambda z, x: mp.ei(x) / z * x,
    "expint(x)*z*x": lambda z, x: mp.e1(x) * z * x,
    "besseli0(x)/z*sqrt(x)": lambda z, x: mp.besseli(0, x) / z * mp.sqrt(x),
    "besseli1(-x)/z*sqrt(x)": lambda z, x: -mp.besseli(1, x) / z * mp.sqrt(x),
    "lgamma(z)/z": lambda z, x: x - 1,
    "digamma(z)": lambda z, x: x,
    "lambertw(z)": lambda z, x: mp.re(mp.lambertw(z)),
    "atan2(z, z*3)": lambda z, x: mp.atan2(1, 3),
    "atan2(-z, z^2)*z": lambda z, x: mp.mpf(-1),
    "atan2(z, -z^2)": lambda z, x: mp.pi,
}


@pytest.mark.parametrize("x", [720.0, 2500.0])
@pytest.mark.parametrize("formula", FAR)
def test_what_a_function_makes_of_a_number_past_the_doubles(formula, x, backend):
    model = Model({"z": "exp(x)", "h": formula, "C": "h*w"}, ["w"])
    with mp.workdps(40):
        expected = float(FAR[formula](mp.exp(x), mp.mpf(x)))
    assert model.compile(backend)(w=2.0, x=x)[1]["w"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("x", [-1.5, 0.0, 2.0])
def test_what_is_divided_by_a_constant_that_is_0(x, backend):
    cost, _ = Model({"p": "x/(w - w)", "C": "w*tanh(p) + p^0"}, ["w"]).compile(backend)(w=3.0, x=x)
    assert cost == 3 * np.sign(x) + 1 if x else cost != cost


AT = {"w": -2.0, "x": 0.001}


@pytest.fixture(params=["numpy", "scalar", pytest.param("numba", marks=pytest.mark.slow)])
def backend(request):
    return request.param


def witness(formula, w, x):
    with mp.workdps(40):
        value = FORMULAS[formula]
        slope = mp.diff(lambda u: value(u, mp.mpf(x)), mp.mpf(w))
        return float(value(mp.mpf(w), mp.mpf(x))), float(slope)


@pytest.mark.parametrize("formula", FORMULAS)
def test_of_numbers_and_of_arrays(formula, backend):
    gradient = Model({"C": formula}, parameters=["w"]).compile(backend)
    cost, slopes = gradient(**AT)
    assert (cost, slopes["w"]) == pytest.approx(witness(formula, **AT), rel=1e-9)
    if backend != "scalar":
        xs = np.array([0.001, 0.002, 0.0005])
        cost, slopes = gradient(w=-2.0, x=xs)
        expected = np.mean([witness(formula, -2.0, x) for x in xs], axis=0)
        assert (cost, slopes["w"]) == pytest.approx(tuple(expected), rel=1e-9)


def test_of_a_model_with_steps_and_data(backend):
    """Its loops have no check of their own."""
    model = Model({"z": "w*x", "C": "(1 - sinh(1000)^(-z))^2"}, parameters=["w"])
    with mp.workdps(40):
        slope = mp.diff(lambda u: (1 - mp.sinh(1000) ** -(u * mp.mpf(0.001))) ** 2, mp.mpf(2))
    gradient = model.compile(backend)
    assert gradient(w=2.0, x=0.001)[1]["w"] == pytest.approx(float(slope), rel=1e-9)
    run = train(model, x=0.001, start={"w": 2.0}, epochs=1, backend=backend, optimizer="sgd(0.5)")
    assert run.parameters["w"] == pytest.approx(2 - 0.5 * float(slope), rel=1e-9)


def test_of_arrays_with_shapes():
    model = Model(
        {"C": "sum(W)*erfc(100)^0.001 + sum(tanh((1e200*1e200*W).^0.001))"},
        ["W"],
        shapes={"W": (2, 1)},
    )
    cost, slopes = model.compile()(W=[[1.0], [2.0]])
    with mp.workdps(40):
        k = mp.mpf(10) ** 400

        def of(u):
            return u * mp.erfc(100) ** mp.mpf("0.001") + mp.tanh((k * u) ** mp.mpf("0.001"))

        assert cost == pytest.approx(float(of(1) + of(2)), rel=1e-9)
        assert slopes["W"].ravel() == pytest.approx(
            [float(mp.diff(of, 1)), float(mp.diff(of, 2))], rel=1e-9
        )
