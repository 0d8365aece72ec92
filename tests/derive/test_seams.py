"""Where both one-sided slopes exist and agree, the derivative is that slope; a kink is a kink."""

from __future__ import annotations

import mpmath as mp
import pytest

from symgd import Model, Neuron
from symgd.errors import DataError, ModelError

#  formula with a seam at 0 where the slope exists       the same in mpmath, and what the page says
SEAMS = {
    "max(0, z) + min(0, exp(z) - 1)": (
        lambda z: max(0, z) + min(0, mp.expm1(z)), "{1 if z ≥ 0; e^z otherwise}"),
    "max(0, z) - max(0, -z)": (lambda z: max(0, z) - max(0, -z), "= 1 "),
    "max(0, z) + min(0, tanh(z))": (lambda z: max(0, z) + min(0, mp.tanh(z)), "{1 if z ≥ 0; "),
    "abs(z) - 2*max(0, -z)": (lambda z: abs(z) - 2 * max(0, -z), "= 1 "),
    "max(0, z) + min(0, z + z^2)": (lambda z: max(0, z) + min(0, z + z**2), None),
}  # fmt: skip


@pytest.mark.parametrize("formula", SEAMS)
def test_a_seam_at_which_the_slope_exists_has_that_slope(formula):
    value, said = SEAMS[formula]
    neuron = Neuron(activation=formula)
    derivation = neuron.derive()
    if said is not None:
        assert said in derivation.to_text()
        assert "at z = 0 it is 1" in derivation.to_text()
        assert "we take" not in derivation.to_text()
    for z in ("0", "0.3", "-0.3"):
        point = {"w": 0.0, "b": float(z), "x": 3.0, "y": 1.0}
        with mp.workdps(30):
            slope = mp.diff(value, mp.mpf(z), h=mp.mpf(10) ** -12)
            expected = float((value(mp.mpf(z)) - 1) * slope)
        if said is None and z == "0":
            continue  # a border that has no one solution says so
        assert derivation.at(**point).gradient["b"] == pytest.approx(expected, abs=1e-9)
        for backend in ("numpy", "scalar"):
            slopes = neuron.compile(backend=backend)(**point)[1]
            assert slopes["b"] == pytest.approx(expected, abs=1e-9)


def test_sides_that_differ_are_a_corner_and_keep_their_convention():
    text = Neuron(activation="max(0, z) + min(0, 2*z)").derive().to_text()
    assert "we take" in text
    assert "it is" not in text


def test_a_seam_with_letters_beside_it():
    derivation = Neuron(activation="max(q, z) + min(0, q*(exp((z - q)/q) - 1))",
                        constants={"q": 2}).derive()  # fmt: skip
    at = derivation.at(w=0, b=2, x=1, y=0)
    # the slope is 1 on both sides of z = 2
    assert at.gradient["b"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("formula", "kinks", "said"),
    [
        ("tanh(z)", {0: 1}, "exists and is 1.0"),
        ("z^2", {0: 5}, "exists and is 0.0"),
        ("z", {0: 1}, "exists and is 1.0"),
        ("3*z + 1", {1: 3}, "exists and is 3.0"),
        ("max(0, z)", {1: 0}, "exists and is 1.0"),
        ("max(0, z)", {1: 1}, "exists and is 1.0"),
        ("max(0, z) + min(0, exp(z) - 1)", {0: 0}, "exists and is 1.0"),
    ],
)
@pytest.mark.parametrize("asked", ["derive", "compile"])
def test_a_kink_where_there_is_none_is_one_sentence(formula, kinks, said, asked):
    model = Model({"z": "w*x", "a": formula, "C": "(a - y)^2"}, ["w"], kinks={"a": kinks})
    with pytest.raises(ModelError, match=said) as told:
        getattr(model, asked)()
    assert "a convention belongs to a corner" in str(told.value)


def test_a_kink_may_say_what_is_so():
    definitions = {"z": "w*x", "a": "max(0, z) + min(0, exp(z) - 1)", "C": "(a - y)^2"}
    derivation = Model(definitions, ["w"], kinks={"a": {0: 1}}).derive()
    assert "at z = 0 it is 1" in derivation.to_text()
    assert derivation.at(w=0, x=1, y=1).gradient["w"] == pytest.approx(-2)


# definitions whose corners cancel at w = 0, and the cost as mpmath says it
CANCEL = {
    "one sum": ({"z": "w*x", "p": "max(0, z)", "q": "min(0, exp(z) - 1)", "C": "(p + q - y)^2"},
        lambda w: (max(0, w) + min(0, mp.expm1(w)) - 1)**2),
    "a function of the catalogue": (
        {"z": "w*x", "p": "relu(z)", "q": "relu(-z)", "C": "(p - q - y)^2"}, lambda w: (w - 1)**2),
    "a product": (
        {"z": "w*x", "p": "max(0, z)", "q": "max(0, -z)", "C": "y*exp(p)*exp(-q)"}, mp.exp),
    "by other names": (
        {"z": "w*x", "p": "relu(z)", "q": "3*p", "k": "2*z + 1", "r": "abs(k - 1)",
         "C": "sin(2*q - 3*r/2)*y"}, lambda w: mp.sin(3 * w)),
    "beside another corner": (
        {"z": "w*x", "p": "min(relu(z), 6)", "q": "max(0, -z)", "C": "(p - q - y)^2"},
        lambda w: (w - 1)**2),
}  # fmt: skip


@pytest.mark.parametrize("case", CANCEL)
def test_corners_of_several_names_that_cancel_have_the_slope_that_exists(case):
    definitions, cost = CANCEL[case]
    model = Model(definitions, ["w"])
    at = {"w": 0.0, "x": 1.0, "y": 1.0}
    with mp.workdps(40):
        expected = float(
            (cost(mp.mpf(10) ** -20) - cost(-(mp.mpf(10) ** -20))) / (mp.mpf(2) * mp.mpf(10) ** -20)
        )
    worked = model.derive().at(**at)
    assert worked.gradient["w"] == pytest.approx(expected)
    assert "has a corner" not in worked.to_text()
    for backend in ("numpy", "scalar"):
        for order in (1, 2):
            slopes = model.compile(backend, order=order)(**at)[1]
            assert slopes["w"] == pytest.approx(expected)


def test_corners_of_several_names_that_stay_keep_their_conventions():
    definitions = {"z": "w*x", "p": "max(0, z)", "q": "max(0, -z)", "C": "(p + q - y)^2"}
    model = Model(definitions, ["w"])
    assert model.compile()(w=0.0, x=1.0, y=1.0)[1]["w"] == 0
    worked = model.derive().at(w=0, x=1, y=1)
    assert "has a corner in w at this point" in worked.to_text()


def test_what_is_told_beside_corners_that_cancel():
    text = Model(CANCEL["beside another corner"][0], ["w"]).derive().to_text()
    assert "at z = 0 we take 1" in text
    assert "where 6 = max(0, z) we take what this line gives" in text


U = "(max(0, w) + min(0, exp(w) - 1))"
RATIO = "(max(0, w) + min(0, a*(exp(w/a) - 1)))"
#  formula in which corners at w = 0 cancel           its slope there
WITHIN = {
    f"{U}/max(abs({U}), 1e-8)": 1e8,
    f"{RATIO}/max(abs({RATIO}), 1e-8)".replace("a*", "0.01*").replace("/a", "/0.01"): 1e8,
    f"{U}*cos({U})": 1.0,
    f"exp({U})/(2 + {U})^2": 0.0,
    f"log(1 + {U})*1e-3": 1e-3,
    "tanh(relu(w) - relu(-w))": 1.0,
    "max(0, w*x) + min(0, w*x)": 2.0,
    "log(1 + max(0, w) + min(0, sin(w)))": 1.0,
}


@pytest.mark.spread(2)
@pytest.mark.parametrize("formula", WITHIN)
def test_corners_that_cancel_within_a_formula(formula):
    model = Model({"C": formula}, ["w"])
    at = {"w": 0.0} | ({"x": 2.0} if "x)" in formula else {})
    expected = pytest.approx(WITHIN[formula], rel=1e-12, abs=1e-15)
    derivation = model.derive()
    assert derivation.at(**at).gradient["w"] == expected
    for backend in ("numpy", "scalar"):
        assert model.compile(backend)(**at)[1]["w"] == expected
    for side in (1e-3, -1e-3):
        near = at | {"w": side}
        assert derivation.at(**near).gradient["w"] == pytest.approx(
            model.compile()(**near)[1]["w"], rel=1e-9, abs=1e-12
        )


def test_what_has_no_value_at_a_corner_has_no_slope():
    model = Model({"C": f"{U}/abs({U})"}, ["w"])
    cost, slopes = model.compile()(w=0.0)
    assert cost != cost
    assert slopes["w"] != slopes["w"]
    with pytest.raises(DataError, match="no finite value"):
        model.derive().at(w=0)


def test_a_corner_stands_beside_names_that_its_slope_does_not_mention():
    text = Model({"z": "abs(v)*x + abs(w)", "C": "z"}, ["v", "w"]).derive().to_text()
    assert "at v = 0 we take 0" in text
    assert "at w = 0 we take 0" in text


SMOOTH_AT_BOTH_ENDS = "where(abs(yhat-y) > 1, 2*abs(yhat-y), (yhat-y)^2)"


@pytest.mark.parametrize("loss", ["huber", "tukey", SMOOTH_AT_BOTH_ENDS])
def test_nothing_is_taken_where_both_slopes_are_one(loss):
    """At both ends of |u| ≤ c; at a corner of them something is."""
    assert "we take what this line gives" not in Neuron(loss=loss).derive().to_text()
    corner = Neuron(loss="where(abs(yhat-y) > 1, 3*abs(yhat-y), (yhat-y)^2)")
    assert "where |ŷ − y| = 1 we take what this line gives" in corner.derive().to_text()


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("elu(alpha=2)", "at z = 0 we take 2"),
        ("abs(z)*z", "at z = 0 we take 0"),
        ("z^3*sign(z)", None),
    ],
)
def test_a_corner_of_the_slope_is_told_with_the_second_derivative(activation, said):
    """elu″ jumps at 0 where elu′ does not; of |z|³ neither does."""
    page = Neuron(activation).derive(order=2).to_text()
    lemma = page.split("the second derivative of " + ("ELU" if "elu" in activation else "f"))[-1]
    lemma = lemma.split("\n\n")[0]
    assert (said in lemma) if said else ("we take" not in lemma)


@pytest.mark.parametrize("z", ["3", "-4"])
@pytest.mark.parametrize("h", ["log(0.5)", "0.7", "-2"])
def test_a_seam_whose_sides_other_letters_decide_is_no_side_of_the_letter(h, z):
    """hw > (x + z)w is w > 0 only where h > x + z, and that may be seen at no drawn point."""
    model = Model(
        {"z": f"{z} + 0*b", "h": h, "C": "cosh(max(w*h*2, w*10*(x + z)))"}, parameters=["w"]
    )
    with mp.workdps(30):
        u = mp.log(mp.mpf(1) / 2) if "log" in h else mp.mpf(h)
    for w in (0.4, -0.4):
        for x in (0.5, -7.25, 12.0):
            at = {"w": w, "x": x, "b": 1.0}

            def cost(w: mp.mpf, x: float = x) -> mp.mpf:
                return mp.cosh(max(w * u * 2, w * 10 * (x + int(z))))

            with mp.workdps(30):
                expected = float(mp.diff(cost, mp.mpf(w)))
            assert model.compile()(**at)[1]["w"] == pytest.approx(expected)
            assert model.derive().at(**at).gradient["w"] == pytest.approx(expected)
