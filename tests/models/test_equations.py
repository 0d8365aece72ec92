"""Names that an equation defines, F(x, y) = 0: ∂y/∂x = -F_x/F_y, told, checked, solved and compiled."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd.api.files import read_model
from symgd.errors import DataError, ModelError


def root(f: Callable[[Any], Any], start: Any) -> Any:
    return mp.findroot(f, start)


#  definitions, parameters, starts, a point, the cost in mpmath
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, Any], dict[str, float], Callable[..., Any]]] = {
    "a cubic": (
        {"y": "y^3 + x*y = 1", "C": "y^2"}, ["x"], {}, {"x": 2.0},
        lambda x: root(lambda y: y**3 + x * y - 1, 0.5) ** 2),
    "Lambert": (
        {"z": "w*x", "y": "y*exp(y) = z", "C": "(y - t)^2 + w"}, ["w"], {"y": 0.5}, {"w": 1.0, "x": 2.0, "t": 0.3},
        lambda w, x, t: (mp.lambertw(w * x) - t) ** 2 + w),
    "two names": (
        {"y": "x*exp(y) + a*y = b", "C": "y*a"}, ["x", "a", "b"], {"y": 0}, {"x": 0.5, "a": 1.5, "b": 2.0},
        lambda x, a, b: a * root(lambda y: x * mp.exp(y) + a * y - b, 0)),
    "one in another, from a formula": (
        {"y": "y^2 = x", "u": "u + y*sin(u) = a", "C": "u*y"}, ["x", "a"], {"y": -1, "u": "1 - y/2"}, {"x": 2.0, "a": 0.3},
        lambda x, a: -mp.sqrt(x) * root(lambda u: u - mp.sqrt(x) * mp.sin(u) - a, 1.7)),
    "Kepler": (
        {"u": "u - q*sin(u) = M", "C": "cos(u)"}, ["M", "q"], {"u": "M"}, {"M": 1.1, "q": 0.4},
        lambda M, q: mp.cos(root(lambda u: u - q * mp.sin(u) - M, 1.5))),
    "from a name before it": (
        {"M": "n*t + p", "u": "u - q*sin(u) = M", "C": "(cos(u) - y)^2"}, ["q", "n"], {"u": "M + q*sin(M)"},
        {"q": 0.3, "n": 1.2, "t": 0.5, "p": 0.1, "y": 0.2},
        lambda q, n, t, p, y: (mp.cos(root(lambda u: u - q * mp.sin(u) - n * t - p, 0.7)) - y) ** 2),
    "in a row, each from those before": (
        {"p": "a*b", "u": "u + p*sin(u) = a", "g": "u^2 + 1", "v": "v*exp(v) = g", "C": "u*v"}, ["a", "b"],
        {"u": "p", "v": "log(g) + u/9"}, {"a": 0.8, "b": 0.5},
        lambda a, b: in_a_row(a, root(lambda u: u + a * b * mp.sin(u) - a, 0.6))),
    "a final size": (
        {"r": "q/g", "s": "s = 1 - exp(-r*s)", "C": "(s - y)^2"}, ["q", "g"], {"s": "1 - exp(-r)"},
        {"q": 0.5, "g": 0.25, "y": 0.7},
        lambda q, g, y: (root(lambda s: s - 1 + mp.exp(-q / g * s), 0.8) - y) ** 2),
    "a quantile": (
        {"q": "Phi((q - m)/s) = p", "C": "(q - y)^2"}, ["m", "s"], {"q": "m"}, {"m": 0.3, "s": 1.5, "p": 0.9, "y": 1.0},
        lambda m, s, p, y: (root(lambda q: mp.ncdf((q - m) / s) - p, 2.0) - y) ** 2),
    "a linear one": (
        {"y": "2*y + x = 3*x*y", "C": "y"}, ["x"], {}, {"x": 5.0},
        lambda x: x / (3 * x - 2)),
}  # fmt: skip


def in_a_row(a: Any, u: Any) -> Any:
    return u * mp.lambertw(u**2 + 1)


def call(S: Any, K: Any, v: Any) -> Any:
    """The price of an option, its volatility v over the whole time."""
    d = mp.log(S / K) / v + v / 2
    return S * mp.ncdf(d) - K * mp.ncdf(d - v)


#  long ones: definitions, parameters, starts, a point, the cost in mpmath
LONG: dict[str, tuple[dict[str, str], list[str], dict[str, Any], dict[str, float], Callable[..., Any]]] = {
    "an implied volatility": (
        {"v": "S*Phi(log(S/K)/v + v/2) - K*Phi(log(S/K)/v - v/2) = m", "C": "(v - y)^2"}, ["S", "m"],
        {"v": "sqrt(2*pi)*m/S"}, {"S": 100.0, "m": 10.0, "K": 95.0, "y": 0.1},
        lambda S, m, K, y: (root(lambda v: call(S, K, v) - m, 0.2) - y) ** 2),
    "a volatility of a forward": (
        {"D": "exp(-r)", "F": "S/D", "v": "D*(F*Phi(log(F/K)/v + v/2) - K*Phi(log(F/K)/v - v/2)) = m",
         "C": "(v - y)^2"}, ["K", "r"],
        {"v": "sqrt(2*pi)*m/(D*F)"}, {"K": 95.0, "r": 0.02, "S": 100.0, "m": 11.0, "y": 0.1},
        lambda K, r, S, m, y: (root(lambda v: call(S, K * mp.exp(-r), v) - m, 0.3) - y) ** 2),
    "friction in a pipe": (
        {"R": "V*D/n", "f": "1/sqrt(f) = -2*log10(k/(3.7*D) + 2.51/(R*sqrt(f)))", "C": "(f/D*V^2/2 - h)^2"}, ["V", "k"],
        {"f": "0.25/log10(k/(3.7*D) + 5.74/R^0.9)^2"}, {"V": 2.0, "k": 1e-4, "D": 0.1, "n": 1e-6, "h": 0.3},
        lambda V, k, D, n, h: (root(
            lambda f: 1 / mp.sqrt(f) + 2 * mp.log10(k / D / mp.mpf("3.7") + mp.mpf("2.51") * n / (V * D * mp.sqrt(f))),
            0.02) / D * V**2 / 2 - h) ** 2),
    "the yield of a bond": (
        {"q": "c/p", "r": "c*(1 - (1 + r)^(-n))/r + F*(1 + r)^(-n) = p", "C": "(r - y)^2"}, ["p", "c"], {"r": "q"},
        {"p": 95.0, "c": 5.0, "n": 10.0, "F": 100.0, "y": 0.05},
        lambda p, c, n, F, y: (root(lambda r: c * (1 - (1 + r) ** -n) / r + F * (1 + r) ** -n - p, 0.05) - y) ** 2),
    "a gas": (
        {"i": "R*T/p", "V": "(p + a/V^2)*(V - b) = R*T", "C": "(V - y)^2"}, ["a", "b"], {"V": "i"},
        {"a": 1.4, "b": 0.03, "R": 0.0821, "T": 300.0, "p": 1.0, "y": 20.0},
        lambda a, b, R, T, p, y: (root(lambda V: (p + a / V**2) * (V - b) - R * T, 24.0) - y) ** 2),
    "a network at rest": (
        {"u": "W*x + b", "h": "h = softplus(a*h + u)", "C": "(h - y)^2"}, ["a", "W"], {"h": "softplus(u)"},
        {"a": 0.3, "W": 0.7, "b": 0.1, "x": 1.2, "y": 0.3},
        lambda a, W, b, x, y: (root(lambda h: h - mp.log(1 + mp.exp(a * h + W * x + b)), 1.0) - y) ** 2),
    "reactants": (
        {"s": "K/(1 + K)", "q": "q*(1 + exp((s - q)/T))/(1 - q) = K", "C": "-y*log(q)"}, ["K", "T"], {"q": "s/2"},
        {"K": 1.5, "T": 0.4, "y": 1.1},
        lambda K, T, y: -y * mp.log(root(lambda q: q * (1 + mp.exp((K / (1 + K) - q) / T)) / (1 - q) - K, 0.4))),
}  # fmt: skip


def truth(name: str) -> tuple[float, dict[str, float], dict[str, float]]:
    _, parameters, _, point, cost = CASES[name]
    at, names = tuple(mp.mpf(v) for v in point.values()), list(point)

    def slope(*wrt: str) -> float:
        return float(mp.re(mp.diff(cost, at, tuple(wrt.count(n) for n in names))))

    with mp.workdps(40):
        pairs = [(s, t) for i, s in enumerate(parameters) for t in parameters[i:]]
        return (
            float(mp.re(cost(*at))),
            {t: slope(t) for t in parameters},
            {f"{s},{t}": slope(s, t) for s, t in pairs},
        )


def model(name: str) -> Model:
    definitions, parameters, starts, *_ = CASES[name]
    return Model(definitions, parameters, starts=starts)


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("name", CASES)
def test_both_orders_are_checked(name: str) -> None:
    assert model(name).derive(order=2).verdict.status in ("proved", "sampled")


@pytest.mark.spread(3)
@pytest.mark.parametrize(
    "backend", ["numpy", "scalar", pytest.param("numba", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", CASES)
def test_compiled_against_mpmath(name: str, backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    value, slopes, hessian = truth(name)
    found = model(name).compile(backend=backend, order=2)(**CASES[name][3])
    assert found[0] == pytest.approx(value, rel=1e-13)
    assert found[1] == pytest.approx(slopes, rel=1e-12)
    assert dict(found[2]) == pytest.approx(hessian, rel=1e-11, abs=1e-13)


SLOW = ("a volatility of a forward", "reactants")


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in LONG]
)
def test_equations_with_functions_in_them(name: str) -> None:
    # Φ, which nothing but the equation names, was a letter to the checker: a right step was refuted.
    definitions, parameters, starts, point, cost = LONG[name]
    model = Model(definitions, parameters, starts=starts)
    with mp.workdps(40):
        at, names = tuple(map(mp.mpf, point.values())), list(point)
        value = float(mp.re(cost(*at)))
        slopes = {
            t: float(mp.re(mp.diff(cost, at, tuple(int(n == t) for n in names))))
            for t in parameters
        }
    derivation = model.derive()
    assert derivation.verdict.status in ("proved", "sampled")
    assert derivation.at(**point).gradient == pytest.approx(slopes, rel=1e-13)
    for backend in ("numpy", "scalar"):
        found = model.compile(backend=backend)(**point)
        assert found[0] == pytest.approx(value, rel=1e-11)
        assert found[1] == pytest.approx(slopes, rel=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_worked_at_a_point(name: str) -> None:
    _, slopes, _ = truth(name)
    worked = model(name).derive().at(**CASES[name][3])
    assert worked.gradient == pytest.approx(slopes, rel=1e-13)


def test_a_value_a_sample() -> None:
    x = np.linspace(0.1, 30.0, 50)
    cost, slopes = Model({"y": "y*exp(y) = x", "C": "y"}, ["x"]).compile(reduction=None)(x=x)
    w = np.array([float(mp.lambertw(v)) for v in x])
    np.testing.assert_allclose(cost, w, rtol=1e-14)
    np.testing.assert_allclose(slopes["x"], 1 / (np.exp(w) * (1 + w)), rtol=1e-13)


def test_the_hessian_times_a_direction() -> None:
    _, _, hessian = truth("two names")
    found = (
        model("two names")
        .compile()
        .product({"x": 1.0, "a": 0.0, "b": 2.0}, **CASES["two names"][3])
    )
    expected = {t: hessian["x," + t] + 2 * hessian[t + ",b"] for t in "xab"}
    assert found == pytest.approx(expected, rel=1e-11)


def test_a_start_that_the_caller_gives_chooses_the_root() -> None:
    compiled = Model({"y": "y^2 = x", "C": "y"}, ["x"]).compile()
    assert compiled(x=4.0)[0] == 2.0
    assert compiled(x=4.0, y=-1.0)[0] == -2.0
    assert compiled(x=4.0, y=-1.0)[1]["x"] == -0.25
    each = Model({"y": "y^2 = x", "C": "y"}, ["x"]).compile(reduction=None)
    found = each(x=np.array([4.0, 9.0]), y=np.array([1.0, -1.0]))
    np.testing.assert_allclose(found[0], [2.0, -3.0])


def test_a_start_by_a_name_that_nothing_else_needs() -> None:
    own = {"fast": "z/(1 + z^2)"}
    model = Model(
        {"g": "n*t/2", "u": "u - q*sin(u) = n*t", "C": "u^2"}, ["q"],
        starts={"u": "g + fast(p)"}, functions=own, constants={"p": 0.25},
    )  # fmt: skip
    point = {"q": 0.2, "n": 1.0, "t": 0.4}
    with mp.workdps(30):
        slope = float(mp.diff(lambda q: root(lambda u: u - q * mp.sin(u) - 0.4, 0.5) ** 2, 0.2))
    assert model.derive().at(**point).gradient["q"] == pytest.approx(slope, rel=1e-12)
    assert model.compile()(**point)[1]["q"] == pytest.approx(slope, rel=1e-12)
    t = np.array([0.1, 0.4, 2.5])
    many = model.compile(reduction=None)(**{**point, "t": t})
    assert many[1]["q"][1] == pytest.approx(slope, rel=1e-12)


def test_a_step_of_descent_stays_at_its_root_or_has_none() -> None:
    rising = Model({"y": "sin(y) = x", "C": "y^2"}, ["x"], starts={"y": 20})
    with mp.workdps(30):
        y = root(lambda y: mp.sin(y) - mp.mpf("0.3"), 20)
    worked = rising.derive().at(x=0.3, rate=1e-6)
    assert worked.gradient["x"] == pytest.approx(float(2 * y / mp.cos(y)), rel=1e-12)
    assert worked.actual == pytest.approx(worked.predicted, rel=1e-2)
    # a step of 0.2 + 1·17 leaves the values that a sigmoid takes
    away = Model({"y": "sigmoid(y) = x", "C": "y^2"}, ["x"]).derive().at(x=0.2, rate=1.0)
    assert np.isnan(away.actual)
    assert away.gradient["x"] == pytest.approx(-2 * np.log(4) / 0.16, rel=1e-12)


def test_a_usual_number_goes_without_saying_in_an_equation() -> None:
    model = Model({"u": "softplus(u) = x", "C": "u^2"}, ["x"])
    assert "ln(1 + eᶻ)" in model.derive().to_text() or "e^z" in model.derive().to_text()
    assert "β" not in model.derive().to_text()
    u = np.log(np.expm1(1.5))
    found = model.compile()(x=1.5)
    assert found[1]["x"] == pytest.approx(2 * u / (1 - np.exp(-1.5)), rel=1e-13)


def test_the_page() -> None:
    derivation = model("a cubic").derive()
    text = derivation.to_text()
    assert "  y³ + xy = 1\n" in text
    assert "implicit differentiation" in text
    assert "= −y/(3y² + x)" in text
    assert "y^3 + x y &= 1" in derivation.to_latex()
    data = json.loads(derivation.to_json())
    assert data["model"]["definitions"]["y"] == "y**3 + x*y = 1"
    assert model("a cubic").definitions["y"] == "y**3 + x*y = 1"
    worked = derivation.at(x=2).to_text()
    assert "y = 0.4534" in worked


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(
        'parameters = ["x"]\n[definitions]\ny = "y^2 = x"\nC = "y"\n[starts]\ny = -1.0\n'
    )
    assert read_model(path).compile()(x=4.0)[0] == -2.0


@pytest.mark.parametrize(
    ("definitions", "starts", "words"),
    [
        ({"y": "y^2 = 2", "C": "x*y"}, {}, "no other name in it; write its number"),
        ({"y": "x^2 = 1", "C": "y"}, {}, "which has no y in it"),
        ({"C": "x^2"}, {"y": 1}, "starts names y, which no equation"),
        ({"y": "y^2 = x", "C": "y"}, {"y": "C"}, "has C in it, which is defined after it"),
        ({"y": "y^2 = x", "C": "y"}, {"y": "y/2"}, "has y in it, which is what is sought"),
        ({"y": "y^2 = x", "C": "y"}, {"y": "x + q"}, "has q in it, which is in no definition"),
    ],
)
def test_refused_models(definitions: dict[str, str], starts: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Model(definitions, ["x"], starts=starts)


def test_where_there_is_no_root() -> None:
    model = Model({"y": "y^2 + x^2 = -1", "C": "y"}, ["x"])
    for ask in (lambda: model.compile()(x=1.0), lambda: model.derive().at(x=1.0)):
        with pytest.raises(DataError, match="give another start"):
            ask()


def test_what_an_equation_is_not_for() -> None:
    for target in ("c", "numpy", "jax", "torch"):
        with pytest.raises(ModelError, match="no exported file solves"):
            model("a cubic").compile().export(target)


def test_a_wrong_slope_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd.derive.lemmas import Lemmas
    from symgd.errors import RefutedStepError

    right = Lemmas.about_equation

    def wrong(self: Any, key: Any, id: str, g: Any, e: Any) -> Any:
        from dataclasses import replace

        return right(self, key, id, g, replace(e, right=e.right + e.name))

    monkeypatch.setattr(Lemmas, "about_equation", wrong)
    with pytest.raises(RefutedStepError, match="implicit"):
        model("a cubic").derive()
