"""Points at which a formula has no value and a limit: the limit, on every backend; zero doses over
arrays; what has neither stays nan."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd.errors import DataError

#  formula                its parameters, the point, and value, slopes, second slopes there by hand
LIMITS: dict[str, tuple[dict[str, float], float, dict[str, float], dict[str, float]]] = {
    "sin(2*x)/x": ({"x": 0.0}, 2.0, {"x": 0.0}, {"x,x": -8 / 3}),
    "(1 - cos(x))/x^2": ({"x": 0.0}, 0.5, {"x": 0.0}, {"x,x": -1 / 12}),
    "(exp(x) - 1)/x": ({"x": 0.0}, 1.0, {"x": 0.5}, {"x,x": 1 / 3}),
    "log(1 + x)/x": ({"x": 0.0}, 1.0, {"x": -0.5}, {"x,x": 2 / 3}),
    "(x^p - 1)/p": ({"x": 2.0, "p": 0.0}, math.log(2), {"x": 0.5, "p": math.log(2) ** 2 / 2}, {}),
    "exp(n*log(x))": ({"x": 0.0, "n": 3.0}, 0.0, {"x": 0.0, "n": 0.0}, {"x,x": 0.0, "n,n": 0.0}),
    "x^2*log(x)": ({"x": 0.0}, 0.0, {"x": 0.0}, {}),
    "besselj1(x)": ({"x": 0.0}, 0.0, {"x": 0.5}, {"x,x": 0.0}),
    "besseli1(x)": ({"x": 0.0}, 0.0, {"x": 0.5}, {"x,x": 0.0}),
    "erf(x)/x": ({"x": 0.0}, 2 / math.sqrt(math.pi), {"x": 0.0}, {}),
}


@pytest.mark.parametrize(
    "backend", ["numpy", "scalar", pytest.param("numba", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("formula", LIMITS)
def test_the_limit_is_the_value(formula: str, backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    point, value, slopes, bends = LIMITS[formula]
    found = Model({"C": formula}, list(point)).compile(backend=backend, order=2)(**point)
    assert found[0] == pytest.approx(value, rel=1e-14)
    assert found[1] == pytest.approx(slopes, rel=1e-14)
    for pair, bend in bends.items():
        assert found[2][pair] == pytest.approx(bend, rel=1e-14)


def test_in_an_array_of_samples() -> None:
    x = np.array([0.0, 1.0, -2.0, 0.0])
    found = Model({"C": "(1 - cos(x))/x^2"}, ["x"]).compile(reduction=None)(x=x)
    wanted = [0.5 if v == 0 else float((1 - mp.cos(v)) / mp.mpf(v) ** 2) for v in x.tolist()]
    np.testing.assert_allclose(found[0], wanted, rtol=1e-15)
    assert found[1]["x"][0] == found[1]["x"][3] == 0.0


def test_in_a_mean_over_samples() -> None:
    x = np.array([0.0, 1.0, -2.0])
    cost, slopes = Model({"C": "w*sin(2*x)/x"}, ["w"]).compile()(w=3.0, x=x)
    wanted = (2 + math.sin(2) + math.sin(4) / 2) / 3
    assert cost == pytest.approx(3 * wanted, rel=1e-15)
    assert slopes["w"] == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize("formula", ["1/x", "log(x)", "1/x - 2/x"])
def test_what_has_no_limit_has_no_value(formula: str) -> None:
    cost, slopes = Model({"C": formula}, ["x"]).compile()(x=0.0)
    assert not math.isfinite(cost)
    assert not math.isfinite(slopes["x"])


# -- zero doses over arrays -----------------------------------------------------------------------

SHAPES = {"x": "n", "y": "n", "k": (), "p": (), "a": (), "d": ()}
X, Y = [0.0, 1.0, 2.0], [0.1, 0.4, 0.9]
AT = {"k": 0.7, "p": 1.5, "a": 1.2, "d": 0.1}


def hill(x: Any, k: Any, p: Any) -> Any:
    return x**p / (k**p + x**p)


#  formula, parameters, the same in mpmath of the parameters in their order
CURVES: dict[str, tuple[str, Callable[..., Any]]] = {
    "sum(x.^p)": ("p", lambda p: mp.fsum(mp.mpf(x) ** p for x in X)),
    "y'*(x.^p)": ("p", lambda p: mp.fsum(y * mp.mpf(x) ** p for x, y in zip(X, Y, strict=True))),
    "norm2(y - x.^p./(k^p*ones(n,1) + x.^p))^2": (
        "kp",
        lambda k, p: mp.fsum((y - hill(mp.mpf(x), k, p)) ** 2 for x, y in zip(X, Y, strict=True)),
    ),
    "norm2(y - a*x.^p./(k^p*ones(n,1) + x.^p))^2": (
        "kpa",
        lambda k, p, a: mp.fsum(
            (y - a * hill(mp.mpf(x), k, p)) ** 2 for x, y in zip(X, Y, strict=True)
        ),
    ),
    "norm2(y - d*ones(n,1) - (a - d)./(ones(n,1) + (x/k).^p))^2": (
        "kpad",
        lambda k, p, a, d: mp.fsum(
            (y - d - (a - d) / (1 + (mp.mpf(x) / k) ** p)) ** 2 for x, y in zip(X, Y, strict=True)
        ),
    ),
}


@pytest.mark.parametrize("formula", CURVES)
def test_dose_response_with_a_zero_dose(formula: str) -> None:
    letters, cost = CURVES[formula]
    used = {
        n: s for n, s in SHAPES.items() if n == "x" or n in letters or (n == "y" and "y" in formula)
    }
    compiled = Model({"C": formula}, list(letters), shapes=used).compile()
    arrays = {"x": np.array(X), "y": np.array(Y)}
    given = {n: arrays.get(n, AT.get(n)) for n in used}
    space: dict[str, Any] = {}
    exec(compiled.export("numpy", "own"), space)  # noqa: S102 - our own source
    at = tuple(mp.mpf(AT[n]) for n in letters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = [compiled(**given), space["own"](*given.values())]
    for value, slopes in answers:
        assert float(value) == pytest.approx(float(cost(*at)), rel=1e-14)
        for i, n in enumerate(letters):
            order = tuple(int(i == j) for j in range(len(letters)))
            assert float(slopes[n]) == pytest.approx(float(mp.diff(cost, at, order)), rel=1e-12)


def test_entropy_with_a_zero_share() -> None:
    p = np.array([0.0, 0.25, 0.75])
    for formula in ("-sum(p.*log(p))", "-p'*log(p)"):
        value, slopes = Model({"C": formula}, ["p"], shapes={"p": "n"}).compile()(p=p)
        assert value == pytest.approx(-sum(v * math.log(v) for v in p.tolist()[1:]), rel=1e-15)
        assert slopes["p"][0] == math.inf


# -- whole matrices, as compiled and as exported ---------------------------------------------------


def both(model: Model, given: dict[str, Any]) -> list[Any]:
    """What is compiled, and what an exported file answers, without a warning."""
    compiled, space = model.compile(), dict[str, Any]()
    exec(compiled.export("numpy", "own"), space)  # noqa: S102 - our own source
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [compiled(**given), space["own"](*(given[n] for n in model.graph.leaves))]


@pytest.mark.parametrize("formula", ["norm2(x)", "sqrt(x'*x)", "sqrt(sum(x.^2))"])
@pytest.mark.parametrize("far", [1e200, 1e-200])
def test_norms_of_far_numbers(formula: str, far: float) -> None:
    model = Model({"C": formula}, ["x"], shapes={"x": "n"})
    for value, slopes in both(model, {"x": np.array([3 * far, 0.0, -4 * far])}):
        assert float(value) == pytest.approx(5 * far, rel=1e-15)
        np.testing.assert_allclose(slopes["x"], [0.6, 0.0, -0.8], rtol=1e-15)


def test_the_cofactors_of_singular_matrices() -> None:
    X = np.array([[1.0, 2.0], [2.0, 4.0]])
    for formula, wanted in (
        ("det(X)", [[4.0, -2.0], [-2.0, 1.0]]),
        ("det(X)^2 + tr(X)", [[1.0, 0.0], [0.0, 1.0]]),
        ("(1 + det(X))^3", [[12.0, -6.0], [-6.0, 3.0]]),
    ):
        for _, slopes in both(Model({"C": formula}, ["X"], shapes={"X": ("n", "n")}), {"X": X}):
            np.testing.assert_allclose(slopes["X"], wanted, atol=1e-14)


@pytest.mark.parametrize(
    "definitions",
    [
        {"e": "exp(x)", "p": "e/sum(e)", "C": "-y'*log(p)"},
        {"e": "exp(x)", "s": "sum(e)", "p": "e/s", "C": "-y'*log(p)"},
        {"e": "exp(x)", "C": "log(sum(e)) - y'*x"},
    ],
)
def test_a_softmax_by_steps(definitions: dict[str, str]) -> None:
    model = Model(definitions, ["x"], shapes={"x": "n", "y": "n"})
    given = {"x": np.array([1000.0, -1000.0, 999.0]), "y": np.array([0.0, 1.0, 0.0])}
    p = 1 / (1 + math.exp(-1))
    for value, slopes in both(model, given):
        assert float(value) == pytest.approx(2000 + math.log1p(math.exp(-1)), rel=1e-15)
        np.testing.assert_allclose(slopes["x"], [p, -1.0, 1 - p], rtol=1e-14)


# -- lines are not all the ways to a point ---------------------------------------------------------

POLES_ALL_ALONG = [
    "w^3/b",
    "w^4/sin(b)",
    "w^3/b^2*w",
    "sqrt(1 + w^2/b)",
    "exp(-w^2/b)",
    "log(1 + w^2/b)",
    "tanh(w^5/b)",
    "cos(b)^2*w^3/(exp(b) - 1)",
    "w^3*v/(b - v)",
]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("formula", POLES_ALL_ALONG)
def test_zero_over_zero_with_poles_all_along_has_no_value(formula: str, order: int) -> None:
    """Along b = w^5, b = w^6 each of these is as large or as far off as one likes."""
    model = Model({"C": formula}, ["w"])
    point = {s: 0.0 for s in ("w", "b", "v") if s in formula}
    found = model.compile(order=order)(**point)
    assert math.isnan(found[0])
    for table in found[1:]:
        assert all(map(math.isnan, table.values()))
    with pytest.raises(DataError, match="no finite value"):
        model.derive().at(**point)


@pytest.mark.parametrize(
    "formula", ["sin(w*b)/b", "w*(exp(b) - 1)/b", "(w*b)^3/(w*b)", "w^3*log(w + b^2)"]
)
def test_a_limit_by_every_way_is_still_the_value(formula: str) -> None:
    assert Model({"C": formula}, ["w"]).compile()(w=0.0, b=0.0)[0] == 0.0


@pytest.mark.parametrize("w", [1e-50, 1e-75, 1e-100, 1e-160, 1e-300])
def test_beside_a_small_number_a_limit_is_looked_for_nearer(w: float) -> None:
    """w² is above 0, and w²/b infinite at b = 0: e^-∞ = 0, log ∞ = ∞, 2w/(b + w²) = 2/w."""
    assert Model({"C": "exp(-w^2/b)"}, ["w"]).compile()(w=w, b=0.0)[0] == 0.0
    cost, slopes = Model({"C": "log(1 + w^2/b)"}, ["w"]).compile()(w=w, b=0.0)
    assert cost == math.inf
    assert slopes["w"] == pytest.approx(2 / w, rel=1e-14)
    student = Model({"C": "(b + 1)/2*log(1 + (x - w)^2/b)"}, ["w"]).compile()
    assert student(w=w, x=0.0, b=0.0)[0] == math.inf


@pytest.mark.parametrize("formula", ["(1 + a*x)^(-1/a)", "(1 + a*x)^(1/a)", "(1 + a*x)^(-2/a)"])
def test_one_to_an_infinite_power_has_no_value(formula: str) -> None:
    model = Model({"C": formula}, ["a"])
    cost, slopes = model.compile()(a=0.0, x=0.5)
    assert math.isnan(cost)
    assert math.isnan(slopes["a"])
    with pytest.raises(DataError, match="no finite value"):
        model.derive().at(a=0.0, x=0.5)


@pytest.mark.parametrize("a", [1e-13, -3e-17, 1e-20])
def test_a_base_near_one_to_a_large_power_is_worked_out(a: float) -> None:
    """(1 + ax)^(-1/a) = e^(-log(1 + ax)/a), also at a point of a derivation; it was 0 there."""
    with mp.workdps(60):
        x = mp.mpf(0.5)
        inside = 1 + mp.mpf(a) * x
        value = inside ** (-1 / mp.mpf(a))
        slope = value * (mp.log(inside) / mp.mpf(a) ** 2 - x / (a * inside))
    worked = Model({"C": "(1 + a*x)^(-1/a)"}, ["a"]).derive().at(a=a, x=0.5)
    assert worked.gradient["a"] == pytest.approx(float(slope), rel=1e-14)
