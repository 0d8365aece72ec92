"""Functions of one's own with several arguments: unknown ones keep f_u, f_v, others are lemmas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mpmath as mp
import pytest

from symgd import Model
from symgd.api.files import read_model
from symgd.errors import FormulaError, ModelError


def test_an_unknown_function_of_two_arguments_carries_both_slopes() -> None:
    model = Model({"C": "f(x, y)^2"}, ["x", "y"], functions={"f": None})
    derivation = model.derive(order=2)
    assert derivation.verdict.status == "proved"
    assert "= 2f(x, y)f_x(x, y)" in derivation.to_text()
    assert "2(f_y(x, y)f_x(x, y) + f(x, y)f_xy(x, y))" in derivation.to_text()
    assert r"f_{x y}(x, y)" in derivation.to_latex()


def test_the_letters_are_those_of_its_head_or_of_its_calls() -> None:
    inner = {"r": "f(x*y, x)", "C": "r^2"}
    assert (
        "f_u(xy, x)y + f_v(xy, x)" in Model(inner, ["x"], functions={"f": None}).derive().to_text()
    )
    named = Model(inner, ["x"], functions={"f(a, b)": None}).derive().to_text()
    assert "f_a(xy, x)y + f_b(xy, x)" in named


def test_the_same_slopes_as_with_a_formula_in_its_place() -> None:
    """f(u, v) = u e^v + sin v: the unknown gradient, with its letters filled in, by differences."""
    model = Model(
        {"r": "f(x*y, x + 1)", "C": "r^2"}, ["x", "y"], functions={"f(u, v)": "u*exp(v) + sin(v)"}
    )
    assert model.derive().verdict.status == "proved"

    def cost(x: Any, y: Any) -> Any:
        return (x * y * mp.exp(x + 1) + mp.sin(x + 1)) ** 2

    at = {"x": 0.3, "y": -0.7}
    for backend in ("numpy", "scalar"):
        value, slopes, hessian = model.compile(backend=backend, order=2)(**at)
        assert value == pytest.approx(float(cost(**at)), rel=1e-14)
        for i, name in enumerate(at):
            order = tuple(int(j == i) for j in range(2))
            assert slopes[name] == pytest.approx(float(mp.diff(cost, tuple(at.values()), order)))
        assert hessian["x,y"] == pytest.approx(float(mp.diff(cost, tuple(at.values()), (1, 1))))
    assert model.derive().at(**at).gradient == pytest.approx(slopes)


def test_functions_in_functions() -> None:
    model = Model(
        {"C": "f(x, y)"}, ["x", "y"],
        functions={"g": None, "h(s)": "s^2", "f(u, v)": "u*g(v) + h(v)"},
    )  # fmt: skip
    text = model.derive().to_text()
    assert "∂C/∂x = g(y)" in text
    assert "xg'(y) + 2y" in text


def test_rows_of_several_arguments_show_them_all() -> None:
    text = Model({"C": "hypot(x, y)"}, ["x", "y"]).derive().to_text()
    assert "C = hypot(x, y)" in text
    assert "hypot_v(u, v) = ∂/∂v(√(u² + v²))" in text


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    path.write_text(
        'parameters = ["x", "y"]\n[definitions]\nC = "f(x, y) + g(x)^2"\n'
        '[functions]\nf = ""\ng = "z^3"\n'
    )
    text = read_model(path).derive().to_text()
    assert "f_x(x, y) + " in text


@pytest.mark.parametrize(
    ("definitions", "functions", "error", "words"),
    [
        ({"C": "f(x, y) + f(x)"}, {"f": None}, ModelError, "with 1 and 2 arguments"),
        ({"C": "f(x)"}, {"f(u, v)": "u*v"}, ModelError, "has 1 arguments, and the function is"),
        ({"C": "f(x)"}, {"f": "z*q"}, ModelError, "it is f\\(u, v\\)"),
        ({"C": "f(x, y)"}, {"f(u, v)": "u*v*q"}, ModelError, "a function of u and v"),
        ({"C": "f(x, x)"}, {"f(u, u)": None}, ModelError, "an argument twice"),
        ({"C": "f(x)"}, {"f(": None}, ModelError, "names no function"),
        ({"C": "hypot(x)"}, {}, FormulaError, "is given no v; write hypot"),
    ],
)  # fmt: skip
def test_refusals(
    definitions: dict[str, str], functions: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Model(definitions, ["x"], functions=functions)


def test_nothing_is_computed_of_what_is_not_known() -> None:
    model = Model({"C": "f(x, y)"}, ["x"], functions={"f": None})
    with pytest.raises(ModelError, match="only the name is known"):
        model.compile()
