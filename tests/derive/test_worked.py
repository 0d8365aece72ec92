"""Numbers plugged in, against a script in plain Python that knows nothing of symgd."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from math import exp, isclose, log
from typing import Any

import mpmath as mp
import pytest

from symgd.api import Model, Neuron
from symgd.derive.worked import digits_for
from symgd.errors import DataError, InputError

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}


def plain_neuron(w: float, b: float, x: float, y: float) -> dict[str, float]:
    """The default neuron as a person codes it."""
    z = w * x + b
    yhat = 1 / (1 + exp(-z))
    delta = (yhat - y) * yhat * (1 - yhat)
    return {"z": z, "yhat": yhat, "C": (y - yhat) ** 2 / 2, "dw": delta * x, "db": delta}


def test_the_default_neuron_at_the_point_of_the_post():
    d = Neuron().derive().at(**POINT)
    assert d.values["z"] == 3.5
    assert isclose(d.values["yhat"], 0.9706877692486436, rel_tol=1e-15)
    assert isclose(d.gradient["w"], 0.0828570068345968, rel_tol=1e-14)
    assert isclose(d.gradient["b"], 0.027619002278198936, rel_tol=1e-14)


@pytest.mark.parametrize(
    "point",
    [POINT, {"w": -1.5, "b": 0.25, "x": 2.0, "y": 1.0}, {"w": 0.1, "b": -3, "x": -7.5, "y": 0.3}],
)
@pytest.mark.parametrize("rate", [0.05, 0.7])
def test_a_point_and_an_update(point, rate):
    plain = plain_neuron(**point)
    d = Neuron().derive().at(**point, rate=rate)
    for name in ("z", "yhat", "C"):
        assert isclose(d.values[name], plain[name], rel_tol=1e-14)
    assert isclose(d.gradient["w"], plain["dw"], rel_tol=1e-13)
    assert isclose(d.gradient["b"], plain["db"], rel_tol=1e-13)
    w, b = d.updates
    assert (w.name.name, b.name.name) == ("w", "b")
    assert isclose(w.after, point["w"] - rate * plain["dw"], rel_tol=1e-14)
    assert isclose(b.after, point["b"] - rate * plain["db"], rel_tol=1e-14)
    assert isclose(d.predicted, -rate * (plain["dw"] ** 2 + plain["db"] ** 2), rel_tol=1e-12)
    moved = plain_neuron(w.after, b.after, point["x"], point["y"])
    assert isclose(d.actual, moved["C"] - plain["C"], rel_tol=1e-9, abs_tol=1e-14)


def test_first_order_is_right_to_first_order():
    """(actual - predicted)/predicted goes to 0 with the rate."""
    gaps = []
    for rate in (1e-2, 1e-3, 1e-4):
        d = Neuron().derive().at(**POINT, rate=rate)
        assert d.predicted < 0
        gaps.append(abs(d.actual / d.predicted - 1))
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]


def test_every_line_of_the_derivation_has_its_number():
    d = Neuron().derive().at(**POINT)
    plain = plain_neuron(**POINT)
    lines = {str(line.left): line.value for line in d.worked.derivatives}
    assert isclose(lines["P(C, yhat)"], plain["yhat"], rel_tol=1e-14)
    slope = next(v for k, v in lines.items() if k.startswith("Prime"))
    assert isclose(slope, plain["yhat"] * (1 - plain["yhat"]), rel_tol=1e-13)
    page = d.to_text()
    assert "0.9707" in page
    assert "0.08286" in page


def test_second_derivatives_have_values_and_no_update():
    d = Neuron().derive(order=2).at(**POINT)
    h = 1e-5
    ahead = plain_neuron(POINT["w"] + h, 2.0, 3.0, 0.0)
    behind = plain_neuron(POINT["w"] - h, 2.0, 3.0, 0.0)
    assert isclose(d.gradient["w,w"], (ahead["dw"] - behind["dw"]) / (2 * h), rel_tol=1e-8)
    assert isclose(d.gradient["w,b"], (ahead["db"] - behind["db"]) / (2 * h), rel_tol=1e-8)
    assert d.updates == ()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"w": 1, "b": 1, "x": 1}, "No number is given for y"),
    "two missing": ({"w": 1, "b": 1}, "No number is given for x and y"),
    "unknown": ({**POINT, "q": 1}, "'q' is not a parameter or input"),
    "misspelt": ({**POINT, "ww": 1}, "Did you mean 'w'"),
    "nan": ({**POINT, "x": float("nan")}, "x=nan is not finite"),
    "inf": ({**POINT, "x": float("-inf")}, "x=-inf is not finite"),
    "text": ({**POINT, "x": "three"}, "is not a number"),
    "None": ({**POINT, "x": None}, "is not a number"),
    "complex": ({**POINT, "x": 1j}, "is not a number"),
    "a list": ({**POINT, "x": [1, 2]}, "is not a number"),
    "beyond a double": ({**POINT, "x": 10**400}, "x="),
    "a name of the model": ({**POINT, "z": 1}, "'z' is not a parameter or input"),
}


@pytest.mark.parametrize("case", BAD)
def test_numbers_that_are_refused(case):
    numbers, message = BAD[case]
    with pytest.raises(DataError, match=message):
        Neuron().derive().at(numbers)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_is_positive(rate):
    with pytest.raises(DataError, match="learning rate"):
        Neuron().derive().at(**POINT, rate=rate)


@pytest.mark.parametrize("rate", ["fast", None])
def test_a_rate_is_a_number(rate):
    with pytest.raises(InputError, match="takes rate as a number"):
        Neuron().derive().at(**POINT, rate=rate)


def test_labels_stay_in_their_domain():
    with pytest.raises(DataError, match=r"y=0.5 is outside \{0, 1\}"):
        Neuron(loss="bce").derive().at(w=1, b=0, x=1, y=0.5)
    with pytest.raises(DataError, match=r"t=0 is outside \{-1, 1\}"):
        Neuron("identity", "hinge").derive().at(w=1, b=0, x=1, t=0)
    with pytest.raises(DataError, match="outside"):
        Neuron("elu").derive().at(w=1, b=0, x=1, y=0, alpha=-1)


def test_no_finite_value_is_said_to_be_none():
    model = Model({"C": "log(w*x)"}, ["w"])
    with pytest.raises(DataError, match="no finite value"):
        model.derive().at(w=-1, x=1)
    with pytest.raises(DataError):
        Neuron("identity", "exponential").derive().at(w=-2000, b=0, x=1, t=1)


# -- corners -----------------------------------------------------------------------------------------


def test_at_a_corner_the_convention_is_taken_and_told():
    d = Neuron("relu").derive().at(w=0, b=0, x=1, y=3)
    assert d.gradient == {"w": 0, "b": 0}
    assert d.worked.corners == ("b", "w")
    chosen = Neuron("relu", kinks={"yhat": {0: 0.5}}).derive().at(w=0, b=0, x=1, y=3)
    assert chosen.gradient == {"w": -1.5, "b": -1.5}


@pytest.mark.parametrize(
    ("model", "point"),
    [
        (Neuron("identity"), {"w": 1, "b": 0, "x": 3, "y": 3}),
        (Neuron("tanh", "log_cosh"), {"w": 0, "b": 0, "x": 1, "y": 0}),
        (Neuron("relu"), {"w": 1, "b": 0, "x": 1e-3, "y": 3}),
        (Neuron("identity"), {"w": 1, "b": 0, "x": 1e8, "y": 1e8}),
        (Model({"C": "w**2"}, ["w"]), {"w": 0}),
    ],
    ids=["a minimum", "a flat minimum", "beside a corner", "a steep minimum", "a parabola"],
)
def test_a_minimum_is_not_a_corner(model, point):
    assert model.derive().at(point).worked.corners == ()


def test_a_saturated_neuron_keeps_its_last_bits():
    d = Neuron(loss="bce").derive().at(w=200, b=0, x=1, y=0)
    assert isclose(d.values["C"], 200 + log(1 + exp(-200)), rel_tol=1e-15)
    assert isclose(d.gradient["w"], 1, rel_tol=1e-12)
    slope = Neuron().derive().at(w=200, b=0, x=1, y=0).gradient["w"]
    assert isclose(slope, exp(-200), rel_tol=1e-12)


def test_a_tower_of_exponentials_ends_in_a_sentence():
    with pytest.raises(DataError):
        Neuron("exp(exp(exp(z)))").derive().at(w=5, b=0, x=1, y=0)
    with pytest.raises(DataError):
        Neuron("cosh(exp(exp(z^2)))").derive().at(w=9, b=0, x=1, y=0)


@pytest.mark.parametrize(
    ("text", "same", "b"),
    [
        ("b/gelu(logit(b))", lambda b: 2 * b / (_logit(b) * mp.erfc(-_logit(b) / mp.sqrt(2))), 1e-8),
        ("b/gelu(logit(b))", lambda b: 2 * b / (_logit(b) * mp.erfc(-_logit(b) / mp.sqrt(2))), 1e-11),
        ("b*(1 + erf(b))", lambda b: b * mp.erfc(-b), -13.0),
        ("b*(1 + erf(b))", lambda b: b * mp.erfc(-b), -20.0),
        ("1/(1 + erf(b))", lambda b: 1 / mp.erfc(-b), -20.0),
        ("b*exp(-b^2)", lambda b: b * mp.exp(-b**2), 17.0),
    ],
)  # fmt: skip
def test_far_out_where_numbers_cancel(text: str, same: Any, b: float) -> None:
    """What is left of 1 + erf(-20) is 5·10⁻¹⁷⁶, and its slope holds in as many digits as it takes."""
    worked = Model({"C": text}, ["b"]).derive().at(b=b)
    with mp.workdps(60):
        at = mp.mpf(repr(b))
        value, slope = same(at), mp.diff(same, at, h=mp.mpf(10) ** -25)
    assert isclose(worked.values["C"], float(value), rel_tol=1e-13)
    assert isclose(worked.gradient["b"], float(slope), rel_tol=1e-12)


def _logit(b: Any) -> Any:
    return mp.log(b / (1 - b))


def test_large_numbers_take_more_digits_only_under_an_exponential() -> None:
    """digamma takes minutes in 3000 digits, and a large cost asks for none of them."""
    taken = [
        digits_for(Model({"C": text}, ["w"]).kind.graph, {"w": 50.0})
        for text in ("digamma(w)*w^2", "digamma(w)*log(w^2)", "exp(-w^2)*w", "w^2*tanh(w)")
    ]
    # e^-2500 begins after 1085 digits
    assert taken == [80, 80, 80 + 1085, 80 + 50]


def test_far_out_a_name_has_the_value_of_its_formula_as_typed():
    """Told as 1 - σ((z - 1)/2), 1/(1 + e^((z - 1)/2)) would be 0 in however many digits are taken."""
    bounded = "log((1 + exp(z/2))/(1 + exp((z - 1)/2)))*2"
    worked = Model({"z": "w*x", "C": bounded}, ["w"]).derive().at(w=1e4, x=4.5)
    assert worked.values["C"] == pytest.approx(1.0, abs=1e-14)
    shares = {"z": "w*x + b", "h": "(x - b)/w", "p": f"exp({bounded})/(exp({bounded}) + exp(h))"}
    with pytest.raises(DataError, match="nearer to 0"):
        Model({**shares, "C": "-y*log(p)"}, ["w", "b"]).derive().at(w=1e4, x=4.5, b=-0.5, y=1.0)


def test_a_pole_that_rounding_hides_is_a_pole() -> None:
    """w + |y| - w + y is 0 at y < 0, and 10⁻⁸⁰ as 80 digits have it."""
    derivation = Model({"z": "w + abs(y) - w", "C": "(z - b)/(z + y)"}, ["w", "b"]).derive()
    with pytest.raises(DataError, match="C has no finite value"):
        derivation.at(w=33.457131974837594, b=-0.8646917961090455, y=-0.621279536041646)
    far = Model({"C": "exp(z)"}, ["z"]).derive().at(z=600.0)
    assert far.gradient["z"] == pytest.approx(3.773020300929940e260)


# definitions, a point at which a base and its exponent are 0, and the cost in the parameter alone
AT_ZERO = [
    ({"C": "p^y*(1 - p)^(1 - y)"}, {"p": 0.0, "y": 0.0}, lambda p: 1 - p),
    ({"C": "p^y*exp(-p)"}, {"p": 0.0, "y": 0.0}, lambda p: mp.exp(-p)),
    ({"C": "p^y*exp(-p)"}, {"p": 0.0, "y": 1.0}, lambda p: p * mp.exp(-p)),
    ({"q": "p*x", "C": "-q^y*(1 - q)^(1 - y)"}, {"p": 0.0, "x": 2.0, "y": 0.0}, lambda p: 2 * p - 1),
    ({"m": "p^2*x", "C": "exp(-m)*m^y"}, {"p": 0.0, "x": 2.0, "y": 0.0},
     lambda p: mp.exp(-2 * p**2)),
    ({"C": "(p*x)^y*log(1 + p)"}, {"p": 0.0, "x": 1.0, "y": 0.0}, lambda p: mp.log(1 + p)),
]  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize(("definitions", "at", "cost"), AT_ZERO)
def test_a_power_of_0_whose_exponent_is_0_has_the_slope_that_the_compiled_one_has(
    definitions: dict[str, str], at: dict[str, float], cost: Any
) -> None:
    model = Model(definitions, ["p"])
    for order, name in ((1, "p"), (2, "p,p")):
        with mp.workdps(40):
            expected = float(mp.diff(cost, 0, order))
        assert isclose(model.derive(order=order).at(**at).gradient[name], expected, abs_tol=1e-15)
        compiled = model.compile(order=order)(**at)
        assert isclose(compiled[order][name], expected, abs_tol=1e-15)


def test_a_power_that_has_no_slope_in_its_exponent_is_refused() -> None:
    """0^y falls from 1 to 0 at y = 0."""
    with pytest.raises(DataError, match="no finite value"):
        Model({"C": "p^y"}, ["p", "y"]).derive().at(p=0, y=0)
