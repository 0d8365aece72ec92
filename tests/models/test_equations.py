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
    "a linear one": (
        {"y": "2*y + x = 3*x*y", "C": "y"}, ["x"], {}, {"x": 5.0},
        lambda x: x / (3 * x - 2)),
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


@pytest.mark.parametrize("name", CASES)
def test_both_orders_are_checked(name: str) -> None:
    assert model(name).derive(order=2).verdict.status in ("proved", "sampled")


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
