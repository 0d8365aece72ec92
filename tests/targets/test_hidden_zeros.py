"""Names that are exactly 0, cases that say 0, constants without a value: what is left is what the
formula says, and no rewrite gives it a value."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from symgd import Limits, Model
from symgd.errors import ModelError
from symgd.language.formulas.printer import plain

BACKENDS = ["numpy", "scalar", pytest.param("numba", marks=pytest.mark.slow)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("zero", ["relu(b)", "10 - (10 + b - b)", "b - b", "0*b"])
def test_a_quotient_by_0_does_not_cancel(zero: str, backend: str) -> None:
    """h·z is y + x·z on paper, and without a value where z is 0."""
    model = Model({"z": zero, "h": "y/z + x", "C": "(h*z)^2"}, ["b"])
    cost, slopes = model.compile(backend)(b=-1.0, x=-0.5, y=-2.0)
    assert math.isnan(cost)
    assert math.isnan(slopes["b"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_cancels_takes_no_digits_along(backend: str) -> None:
    """w·y + z - z is w·y to the last digit, and without a value where z has none."""
    gradient = Model({"z": "1e16/x", "C": "w*y + z - z"}, ["w"]).compile(backend)
    assert gradient(w=1.25, y=1.5, x=3.0) == (1.875, {"w": 1.5})
    cost, slopes = Model({"z": "log(x)", "C": "w*y + z - z"}, ["w"]).compile(backend)(
        w=1.25, y=1.5, x=-1.0
    )
    assert math.isnan(cost)
    assert math.isnan(slopes["w"])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "part", ["log1p(b)", "log(1 + b)", "sqrt(b)", "acosh(b)", "log(1 - exp(-b))"]
)
def test_what_has_no_value_less_itself_has_none(part: str, backend: str) -> None:
    model = Model({"z": f"sin({part} + y)", "C": "z - z"}, ["b"])
    cost, slopes = model.compile(backend)(b=-1.5, y=0.5)
    assert math.isnan(cost)
    assert math.isnan(slopes["b"])


#  formula                                    parameters, the point, slopes there by hand
SLOPES: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    # 0 by a case, beside log 0 and the logarithm of a negative number
    "(y - w)*(w - w)^where(y <= 0, w, 0)": ({"w": -30.0, "y": 7.0}, {"w": -1.0}),
    "w*(2*w)^where(y <= 0, w, 0)": ({"w": -30.0, "y": 7.0}, {"w": 1.0}),
    # 0 by a function that rests there, beside the slope of a root at 0
    "z + sqrt(relu(y)*z)": ({"z": 2.0, "y": -1.0}, {"z": 1.0}),
    "z + (relu(y)/z)^0.5": ({"z": 2.0, "y": -1.0}, {"z": 1.0}),
    # 0^b is 0 right of b = 0
    "w*(w - w)^b": ({"w": 3.0, "b": 2.0}, {"w": 0.0, "b": 0.0}),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("formula", SLOPES)
def test_a_slope_that_is_0_is_0_beside_what_is_infinite(
    formula: str, named: bool, backend: str
) -> None:
    point, slopes = SLOPES[formula]
    definitions = {"C": formula}
    for i, part in enumerate(["relu(y)*z", "(relu(y)/z)", "where(y <= 0, w, 0)"] * named):
        if part in formula:
            definitions = {f"h{i}": part, "C": formula.replace(part, f"h{i}")}
    _, found = Model(definitions, list(slopes)).compile(backend)(**point)
    assert found == slopes


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_equality_of_cases_holds_along_an_interval(backend: str) -> None:
    """Where h ≤ w the condition is h = h, for every b: no slope in b, and not that of one point."""
    for formula, slope in {
        "where(where(h > w, b, h) == h, h, b)": 0.0,
        "where(where(h > w, b, h) == h, where(h > w, b, h), b)": 0.0,
        "where(max(b, h) == max(h, -b - 9), 3*h, b)": 0.0,
        "where(b == h, h, 2*b)": 2.0,
    }.items():
        gradient = Model({"h": "x*y", "C": formula}, ["b"]).compile(backend)
        at = {"b": -2.0, "w": 0.25, "x": -1.0, "y": 1.0}
        at = {n: v for n, v in at.items() if n != "w" or "> w" in formula}
        assert gradient(**at)[1] == {"b": slope}, formula


@pytest.mark.parametrize(
    "formula",
    ["w + log10(-1)", "w*max(g(-5), 1)", "min(w, tanh(max(relu6(1e-3), log2(-5))))", "w^logit(2)"],
)
def test_a_constant_without_a_value_is_refused_inside_of_calls_too(formula: str) -> None:
    functions = {"g": "log(z)"} if "g(-5)" in formula else None
    with pytest.raises(ModelError, match="not a finite real number"):
        Model({"C": formula}, ["w"], functions=functions)


def test_a_constant_of_which_nothing_is_known_is_no_fault() -> None:
    Model({"C": "w*g(2)"}, ["w"], functions={"g": None}).derive()


def test_the_secant_of_0_as_an_exponent() -> None:
    """sympy fails where it is asked whether sec(0) is real."""
    for text in ("(w/4)^sec(0)", "(w/4)^sec(sin(0))"):
        assert Model({"C": text}, ["w"]).compile()(w=2.0) == (0.5, {"w": 0.25})


def test_cases_in_conditions_of_cases_do_not_double_the_program() -> None:
    inner = "where(where(cloglog(x) == x - x, z^z, z/b) >= y*x, where(z == 1, z^z, z/b), sign(b))"
    model = Model({"z": "log2(x/w)", "h": inner, "C": "digamma(tan(h))"}, ["w", "b"])
    with Limits(seconds=None):
        assert len(model.compile().source) < 30_000  # it was 50 million


def test_what_does_not_hold_is_written_by_its_opposite() -> None:
    x, y = sp.symbols("x y", real=True)
    both = sp.And(x < 1, y >= 2, evaluate=False)
    assert plain(sp.Not(both, evaluate=False)) == "x >= 1 or y < 2"
    nested = sp.And(sp.Not(both, evaluate=False), x < 3, evaluate=False)
    assert "x >= 1 or y < 2" in plain(nested)


@pytest.mark.parametrize("value", [True, [1, 2], {"a": 1}, "true", "y + 1", float("nan")])
def test_a_constant_that_is_no_number_is_not_passed_over(value: object) -> None:
    with pytest.raises(ModelError, match=r"finite number|give a number"):
        Model({"C": "(w - y)^2"}, ["w"], constants={"y": value})  # type: ignore[dict-item]


def test_a_constant_may_be_a_formula_of_a_number() -> None:
    gradient = Model({"C": "(w - y)^2"}, ["w"], constants={"y": "1/2"}).compile()
    assert gradient(w=1.0) == (0.25, {"w": 1.0})
