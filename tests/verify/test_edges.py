"""Points at which a formula has no value and a limit, or a case of its own: 0^n, sin(z)/z, x = 0.

The witness is a limit worked out by hand, or mpmath's derivative a little beside the point.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from symgd import Model, Neuron
from symgd.errors import DataError, InputError, ModelError
from symgd.functions import BY_HEAD
from symgd.programs.program import program
from symgd.verify.evaluate import at, written

BACKENDS = ("numpy", "scalar")

# formula, parameters, domains, point, the gradient there; by hand
ONE_POINT = [
    ("where(x == 0, 0, x)", {"x": 0.0}, {"x": 1.0}),
    ("where(x != 0, x, 0)", {"x": 0.0}, {"x": 1.0}),
    ("where(x == 0, 0, x*log(y))", {"x": 0.0, "y": 2.0}, {"x": math.log(2), "y": 0.0}),
    ("where(x == 0, 1, (exp(x) - 1)/x)", {"x": 0.0}, {"x": 0.5}),
    ("where(x == 0, 1, sin(x)/x)", {"x": 0.0}, {"x": 0.0}),
    ("where(x != 0, (1 - cos(x))/x, 0)", {"x": 0.0}, {"x": 0.5}),
    ("where(x == 1, 1, log(x)/(x - 1))", {"x": 1.0}, {"x": -0.5}),
    ("where(x == p, exp(p), (exp(x) - exp(p))/(x - p))", {"x": 1.0, "p": 1.0},
     {"x": math.e / 2, "p": math.e / 2}),
    ("y*where(x == 0, 1, (exp(x) - 1)/x) + x^2", {"x": 0.0, "y": 4.0}, {"x": 2.0, "y": 1.0}),
    ("cases(x == 0: 0, x > 0: x^2, -x^2)", {"x": 0.0}, {"x": 0.0}),
    ("cases(x == 0: 0, x > 0: x + x^2, x)", {"x": 0.0}, {"x": 1.0}),
]  # fmt: skip


def results(model: Model, backend: str, order: int, at: dict[str, float]) -> Any:
    return model.compile(backend=backend, order=order)(**at)


@pytest.mark.spread(2)
@pytest.mark.parametrize(("formula", "at", "slopes"), ONE_POINT, ids=[r[0] for r in ONE_POINT])
def test_a_case_for_one_point_has_the_slope_beside_it(
    formula: str, at: dict[str, float], slopes: dict[str, float]
) -> None:
    model = Model({"C": formula}, [*at])
    assert model.derive().at(**at).gradient == pytest.approx(slopes, abs=1e-15)
    for backend in BACKENDS:
        assert results(model, backend, 1, at)[1] == pytest.approx(slopes, abs=1e-15)


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        ("b <= b + x - x", 1),
        ("b < b + x - x", 2),
        ("b == b + 0.3 - 0.3", 1),
        ("x*b/x >= b", 1),
        ("b + 1e-20 <= b", 2),
        ("b + x - x + 1e-30 > b", 1),
    ],
)
def test_what_rounding_alone_tells_apart_is_a_tie(condition: str, chosen: int) -> None:
    model = Model({"C": f"w*where({condition}, 1, 2) + x - 3.7"}, ["w"])
    worked = model.derive().at(w=1.0, b=-0.8727438214116329, x=3.7)
    assert (worked.values["C"], worked.gradient) == (chosen, {"w": chosen})


@pytest.mark.parametrize(
    ("formula", "bend"),
    [
        ("where(x == 0, 1, (exp(x) - 1)/x)", 1 / 3),
        ("where(x == 0, 1, sin(x)/x)", -1 / 3),
        ("where(x == 0, 1, tanh(x)/x)", -2 / 3),
    ],
)
def test_the_second_derivative_at_one_point_is_a_limit_too(formula: str, bend: float) -> None:
    for backend in BACKENDS:
        hessian = results(Model({"C": formula}, ["x"]), backend, 2, {"x": 0.0})[2]
        assert hessian["x,x"] == pytest.approx(bend, rel=1e-15)


def test_where_the_value_is_not_the_limit_there_is_a_convention() -> None:
    text = Model({"C": "where(x == 0, 5, x)"}, ["x"]).derive().to_text()
    assert "at x = 0 we take 0" in text


# -- powers at 0 ----------------------------------------------------------------------------------

POWERS = [
    # n, value, slope in x, slope in n, bend in x; of x^n at x = 0, from the right
    (2.0, 0.0, 0.0, 0.0, 2.0),
    (1.0, 0.0, 1.0, 0.0, 0.0),
    (3.0, 0.0, 0.0, 0.0, 0.0),
    (2.5, 0.0, 0.0, 0.0, 0.0),
    (1.5, 0.0, 0.0, 0.0, math.inf),
]


@pytest.mark.parametrize("backend", [*BACKENDS, pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize("row", POWERS, ids=[str(r[0]) for r in POWERS])
def test_a_power_at_zero_is_its_limit(row: tuple[float, ...], backend: str) -> None:
    n, value, in_x, in_n, bend = row
    model = Model({"C": "x^n"}, ["x", "n"])
    cost, slopes, hessian = results(model, backend, 2, {"x": 0.0, "n": n})
    assert (cost, slopes["x"], slopes["n"]) == (value, in_x, in_n)
    assert (hessian["x,x"], hessian["n,n"]) == (bend, 0)
    if n > 1:
        assert hessian["x,n"] == 0
    if math.isfinite(bend):
        assert model.derive().at(x=0.0, n=n).gradient == {"x": in_x, "n": in_n}


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_dose_response_curves_take_a_zero_dose(backend: str) -> None:
    hill = Model({"C": "x^n/(k^n + x^n)"}, ["n", "k"])
    at = {"x": 0.0, "n": 2.0, "k": 3.0}
    cost, slopes = results(hill, backend, 1, at)
    assert (cost, slopes) == (0.0, {"n": 0.0, "k": 0.0})
    assert hill.derive().at(**at).gradient == {"n": 0.0, "k": 0.0}
    logistic = Model({"C": "d + (a - d)/(1 + (x/c)^b)"}, ["a", "b", "c", "d"])
    at = {"x": 0.0, "a": 1.0, "b": 2.0, "c": 3.0, "d": 0.5}
    cost, slopes = results(logistic, backend, 1, at)
    assert (cost, slopes) == (1.0, {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0})
    assert logistic.derive().at(**at).gradient == slopes


def test_a_zero_dose_among_others_costs_no_digit_of_theirs() -> None:
    x = np.array([0.0, 0.5, 2.0, 0.0])
    value = Model({"C": "x^n"}, ["n"]).compile(reduction=None)(x=x, n=1.7)[1]["n"]
    expected = [0.0, 0.5**1.7 * math.log(0.5), 2**1.7 * math.log(2), 0.0]
    assert value == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("backend", BACKENDS)
def test_zero_to_a_power(backend: str) -> None:
    model = Model({"C": "y*0^x + x"}, ["x", "y"])
    assert results(model, backend, 1, {"x": 2.0, "y": 3.0}) == (2.0, {"x": 1.0, "y": 0.0})
    assert model.derive().at(x=2.0, y=3.0).gradient == {"x": 1.0, "y": 0.0}


# -- removable points -----------------------------------------------------------------------------


def test_a_derivation_at_a_removable_point_gives_the_limit() -> None:
    worked = Model({"C": "sin(z)/z"}, ["z"]).derive().at(z=0.0)
    assert (worked.values["C"], worked.gradient) == (1.0, {"z": 0.0})


def test_what_has_no_limit_has_no_value() -> None:
    for formula in ("x/sqrt(x^2)", "x*y/(x^2 + y^2)", "sin(1/x)", "1/x", "log(x) - log(x)"):
        model = Model({"C": f"y + {formula}" if "y" not in formula else formula}, ["y"])
        with pytest.raises(DataError, match="no finite value"):
            model.derive().at(x=-1.0 if "log" in formula else 0.0, y=0.0)


# -- domains --------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [*BACKENDS, pytest.param("numba", marks=pytest.mark.slow)])
def test_joined_logarithms_have_no_value_where_they_had_none_apart(backend: str) -> None:
    model = Model({"C": "(log(1 + p) - log(1 + y))^2/2"}, ["p"])
    cost, slopes, hessian = results(model, backend, 2, {"p": -1.02, "y": -1.14})
    assert all(map(math.isnan, (cost, slopes["p"], hessian["p,p"])))
    with pytest.raises(DataError, match="no finite value"):
        model.derive().at(p=-1.02, y=-1.14)
    cost, slopes = results(model, backend, 1, {"p": 1e-9, "y": 3e-9})
    assert cost == pytest.approx(1.999999992e-18, rel=1e-14)
    assert slopes["p"] == pytest.approx(-1.999999994e-9, rel=1e-14)


def test_a_declared_domain_needs_no_guard() -> None:
    """The lines of the loss that stands in the catalogue are those that it had."""
    lines = program(Neuron(activation="softplus", loss="msle").graph).lines
    assert not any(line.expr.has(sp.Piecewise) for line in lines)


# -- roots, quotients, infinity -------------------------------------------------------------------


@pytest.mark.parametrize("backend", [*BACKENDS, pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("formula", "at", "value", "slope", "bend"),
    [
        ("sin(z)/z", 0.0, 1.0, 0.0, -1 / 3),
        ("2*sin(z)/z", 0.0, 2.0, 0.0, -2 / 3),
        ("sqrt(z^2)", 0.0, 0.0, 0.0, 0.0),
        ("sqrt(z^2)", -3e200, 3e200, -1.0, 0.0),
        ("(z^2)^(3/2)", -2.0, 8.0, -12.0, 12.0),
        ("acos(clip(z, -1, 1))", 2.0, 0.0, 0.0, 0.0),
        ("acos(clip(z, -1, 1))", 1.0, 0.0, 0.0, 0.0),
        ("acos(clip(z, -1, 1))", -3.0, math.pi, 0.0, 0.0),
        ("acos(clip(z, -1, 1))", 0.0, math.pi / 2, -1.0, 0.0),
        ("asin(clip(z, -1, 1))", 7.0, math.pi / 2, 0.0, 0.0),
        ("asin(clip(z, -1, 1))", 0.5, math.pi / 6, 2 / math.sqrt(3), 4 / math.sqrt(27)),
    ],
)
def test_a_point_where_a_formula_divides_by_zero(
    formula: str, at: float, value: float, slope: float, bend: float, backend: str
) -> None:
    cost, slopes, hessian = results(Model({"C": formula}, ["z"]), backend, 2, {"z": at})
    found = (cost, slopes["z"], hessian["z,z"])
    assert found == pytest.approx((value, slope, bend), rel=1e-15, abs=0)


@pytest.mark.parametrize("head", ["tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh"])
def test_a_quotient_of_two_zeros_is_the_slope_of_one(head: str) -> None:
    model = Model({"C": f"{head}(z)/z"}, ["z"])
    assert model.compile(reduction=None)(z=[0.0, 0.5])[0][0] == 1.0


def test_a_root_that_a_mask_leaves_out_has_a_value_in_a_derivation() -> None:
    assert Model({"C": "acos(clip(z, -1, 1))"}, ["z"]).derive().at(z=2.0).gradient == {"z": 0.0}


@pytest.mark.parametrize(
    "definitions",
    [
        {"z": "where(x > 1/3, b^1.5, w)", "C": "(logit(x)*min(z, max(z - x, w)))^(-1/2)"},
        {"C": "where(z > 0, max(z, 1), min(-1, z))"},
        {"C": "max(hardswish(z), z)"},
        {"z": "where(x > 0, w, b)", "C": "max(z, w)^2*x"},
    ],
)
def test_a_step_holds_where_branches_meet(definitions: dict[str, str]) -> None:
    """z is w where x ≤ 1/3, and there each side of a step has a convention of its own."""
    names = [n for n in ("w", "z") if n not in definitions and f"{n})" in definitions["C"]]
    assert Model(definitions, names).derive().verdict.status in ("proved", "sampled")


@pytest.mark.parametrize("u", [mp.mpf(10) ** (4 * 10**9), -(mp.mpf(10) ** (4 * 10**9))])
def test_no_function_writes_a_huge_argument_out(u: Any) -> None:
    """10^(4·10⁹) has an exponent of 34 bits and a whole part of 13·10⁹: it is never asked for."""
    ends = {"tanh": mp.sign(u), "coth": mp.sign(u), "erfc": 1 - mp.sign(u), "erf": mp.sign(u)}
    for row in BY_HEAD.values():
        if row.value is not None:
            args = (mp.mpf(2), u) if row.name == "polygamma" else (u,) * len(row.arguments)
            found = at(row, *args)
            assert found == ends.get(row.name, found) or mp.isnan(found), row.name


# what sympy holds to be complex has absolute values and signs of its own: (re²(u) + im²(u))^(1/2)
OF_WHAT_MAY_BE_COMPLEX = [
    ("abs(z^w)*w", lambda z, w: abs(z**w) * w),
    ("cbrt(acosh(z) + w)*w", lambda z, w: mp.cbrt(mp.acosh(z) + w) * w),
    ("cbrt(1/z)*w", lambda z, w: mp.cbrt(1 / z) * w),
    ("softsign(acosh(z) + w)*w", lambda z, w: w * (mp.acosh(z) + w) / (1 + mp.acosh(z) + w)),
    ("abs(log(z) - w)^3", lambda z, w: abs(mp.log(z) - w) ** 3),
]


@pytest.mark.parametrize(("formula", "value"), OF_WHAT_MAY_BE_COMPLEX)
def test_an_absolute_value_of_what_may_be_complex(formula: str, value: Any) -> None:
    derivation = Model({"z": "b*w + exp(b)", "C": formula}, ["w", "b"]).derive()
    at_point = derivation.at(w=1.5, b=0.75).gradient

    def cost(w: Any, b: Any) -> Any:
        return value(b * w + mp.exp(b), w)

    with mp.workdps(30):
        for name, place in (("w", (1, 0)), ("b", (0, 1))):
            assert at_point[name] == pytest.approx(
                float(mp.diff(cost, (1.5, 0.75), place)), rel=1e-9
            )


@pytest.mark.parametrize("order", ["-1", "1/2", "10^9", "101", "pi"])
def test_an_order_that_is_none_is_refused(order: str) -> None:
    with pytest.raises(InputError, match="whole number from 0"):
        Model({"C": f"polygamma({order}, w)"}, ["w"])


def test_an_order_is_a_number_of_the_model() -> None:
    found = Model({"C": "polygamma(n, w)"}, ["w"], constants={"n": 0}).compile()(w=2.5)
    assert found[0] == pytest.approx(float(mp.digamma(2.5)), rel=1e-14)
    for numbers in ({"n": -2}, {"n": 0.5}, {}):
        with pytest.raises(ModelError, match="order of polygamma"):
            Model({"C": "polygamma(n, w)"}, ["w"], constants=numbers)


@pytest.mark.sweep
def test_a_number_too_long_to_be_written_is_told() -> None:
    huge = mp.ldexp(mp.mpf(-1), 10**4400)
    assert written(huge, 5) == "-(more than can be written)"
    assert written(1 / huge, 5) == "-(less than can be written)"
    assert written(mp.mpf(2) ** 40, 3) == "1.1e+12"


ROOTS = [
    "sqrt(y*p)",
    "sqrt(abs(y)/p)",
    "(abs(y)/p)^0.1",
    "cbrt(y*p)*p",
    "(y^2*p)^0.75",
    "p + sqrt(p*y)",
]


@pytest.mark.parametrize("backend", [*BACKENDS, pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize("formula", ROOTS)
def test_a_root_that_stays_0_has_the_slope_0_in_what_stands_beside(
    formula: str, backend: str
) -> None:
    """Of a model with steps and data: its loops are the fastest, and look for no limit."""
    model = Model({"p": "exp(w*x)", "C": formula}, ["w"])
    gradient = model.compile(backend)
    rest = {"cbrt(y*p)*p": 0.0, "p + sqrt(p*y)": 0.7 * math.exp(0.35)}.get(formula, 0.0)
    assert gradient(w=0.5, x=0.7, y=0.0)[1]["w"] == pytest.approx(rest, abs=1e-15)
    ahead, behind = (gradient(w=0.5 + h, x=0.7, y=1.3)[0] for h in (1e-6, -1e-6))
    slope = gradient(w=0.5, x=0.7, y=1.3)[1]["w"]
    assert slope == pytest.approx((ahead - behind) / 2e-6, rel=1e-7)
    # and where the root itself moves it is as steep as it is
    steep = Model({"p": "exp(w*x)", "C": "sqrt(y*p)"}, ["y"]).compile(backend)
    assert not math.isfinite(steep(w=0.5, x=0.7, y=0.0)[1]["y"])
