"""Arrays put into a derivation: its numbers against numpy by hand, differences, and a network."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Network, Neuron
from symgd.api.derivations import WorkedDerivation
from symgd.errors import DataError, InputError, listing
from symgd.pages.array_formulas import inline_matrix, latex_matrix, tall_matrix
from symgd.pages.messages import LANGUAGES

LAYER = {"z": "W*x + b", "a": "sigmoid(z)", "C": "norm2(a - y)^2/2"}
SHAPES = {"W": ("m", "n"), "x": "n", "b": "m", "y": "m"}
POINT: dict[str, Any] = {
    "W": [[0.5, -1.0, 2.0], [0.25, 0.0, -0.75]], "x": [1.0, 2.0, 3.0], "b": [0.1, -0.2],
    "y": [1.0, 0.0],
}  # fmt: skip


def layer() -> WorkedDerivation:
    return Model(LAYER, ["W", "b"], shapes=SHAPES).derive().at(POINT)


def by_hand(W: Any, x: Any, b: Any, y: Any) -> dict[str, Any]:
    """The layer as a person codes it."""
    z = np.asarray(W) @ x + b
    a = 1 / (1 + np.exp(-z))
    delta = (a - y) * a * (1 - a)
    return {"z": z, "a": a, "C": np.sum((a - y) ** 2) / 2, "W": np.outer(delta, x), "b": delta}


def test_values_gradient_and_update_are_those_of_numpy():
    d, hand = layer(), by_hand(**POINT)
    for n in ("z", "a", "C"):
        np.testing.assert_allclose(d.values[n], hand[n], rtol=1e-14)
        assert np.shape(d.values[n]) == np.shape(hand[n])
    for p in ("W", "b"):
        np.testing.assert_allclose(d.gradient[p], hand[p], rtol=1e-13)
        assert np.shape(d.gradient[p]) == np.shape(POINT[p])
    moved = {p: np.asarray(POINT[p]) - 0.05 * hand[p] for p in ("W", "b")}
    for u in d.updates:
        np.testing.assert_allclose(np.reshape(u.after, np.shape(moved[str(u.name)])),
                                   moved[str(u.name)], rtol=1e-14)  # fmt: skip
    squares = sum(np.sum(hand[p] ** 2) for p in ("W", "b"))
    assert d.predicted == pytest.approx(-0.05 * squares, rel=1e-13)
    assert d.actual == pytest.approx(by_hand(**{**POINT, **moved})["C"] - hand["C"], rel=1e-9)


def test_a_vector_neuron_is_the_neuron_of_scalars_at_a_point():
    vector = Neuron("tanh", "log_cosh", inputs="n").derive().at(w=[0.5, -1], x=[3, 2], b=2, y=0)
    scalar = Neuron("tanh", "log_cosh", inputs=2).derive()
    scalar = scalar.at(w1=0.5, w2=-1, x1=3, x2=2, b=2, y=0)
    assert isinstance(vector, WorkedDerivation)
    assert vector.values["C"] == pytest.approx(scalar.values["C"], rel=1e-15)
    assert list(vector.gradient["w"]) == pytest.approx(
        [scalar.gradient["w1"], scalar.gradient["w2"]]
    )
    assert (vector.predicted, vector.actual) == pytest.approx((scalar.predicted, scalar.actual))


def test_a_saturated_network_keeps_its_digits():
    """σ(800) is 1 less e^-800, which no double holds; the slope of log σ there is that e^-800."""
    model = Model({"C": "sum(log(sigmoid(x)))"}, ["x"], shapes={"x": "n"})
    found = model.derive().at(x=[40.0, 500.0]).gradient["x"]
    with mp.workdps(400):
        truth = [float(1 / (1 + mp.exp(x))) for x in (40, 500)]
    np.testing.assert_allclose(found, truth, rtol=1e-14)


def test_hessians_and_jacobians_have_values_and_no_update():
    model = Model({"C": "sum(tanh(x).^2)"}, ["x"], shapes={"x": "n"})
    d = model.derive(order=2).at(x=[0.3, -0.7])
    t = np.tanh([0.3, -0.7])
    np.testing.assert_allclose(d.gradient["x,x"], np.diag((2 - 6 * t**2) * (1 - t**2)), atol=1e-15)
    assert (d.updates, d.predicted, d.actual) == ((), 0.0, 0.0)
    jacobian = Model({"f": "A*x.^2"}, ["x"], shapes={"A": ("m", "n"), "x": "n"}).derive()
    found = jacobian.at(A=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], x=[0.5, -1.5]).gradient["x"]
    np.testing.assert_allclose(found, np.array([[1, 2], [3, 4], [5, 6]]) * [1.0, -3.0])


def test_a_structured_parameter_moves_by_its_free_entries():
    model = Model(
        {"C": "y'*S*y + tr(S*S)"}, ["S"], shapes={"S": ("n", "n"), "y": "n"},
        structure={"S": "symmetric"},
    )  # fmt: skip
    S, y = np.array([[1.0, 0.5], [0.5, -2.0]]), np.array([1.0, 3.0])
    d = model.derive().at(S=S, y=y, rate=1e-6)
    full = np.outer(y, y) + 2 * S
    np.testing.assert_allclose(d.gradient["S"], 2 * full - np.diag(np.diag(full)))
    assert d.actual == pytest.approx(d.predicted, rel=1e-3) or d.actual < d.predicted


def test_a_corner_is_told():
    d = Network([2, 2], "relu", "quadratic", batch=False).derive()
    d = d.at(W1=[[0.0, 0.0], [1.0, 0.0]], b1=[0.0, 0.0], x=[1.0, 2.0], y=[1.0, 1.0])
    assert d.worked.corners == ("W1", "b1")
    assert "corner in W₁ and b₁" in d.to_text()
    assert "有角点" in d.to_text("zh")


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"W": None}, "W has no value"),
        ({"q": 1.0}, "q is not an input"),
        ({"x": [1.0, 2.0]}, r"x has the shape .*n = 3, as in W"),
        ({"y": [1.0, np.nan]}, "y holds a number that is not finite"),
        ({"W": "three"}, "which is not a real number"),
        ({"W": [1.0, 2.0, 3.0]}, "it is a matrix"),
    ],
)
def test_what_does_not_fit(given, words):
    point = {n: v for n, v in {**POINT, **given}.items() if v is not None}
    with pytest.raises(DataError, match=words):
        Model(LAYER, ["W", "b"], shapes=SHAPES).derive().at(point)


def test_options_of_a_point():
    d = Model(LAYER, ["W", "b"], shapes=SHAPES).derive()
    with pytest.raises(DataError, match="is not a learning rate"):
        d.at(POINT, rate=-1.0)
    with pytest.raises(DataError, match="at most 300,000"):
        d.at(W=np.ones((600, 600)), x=np.ones(600), b=np.ones(600), y=np.ones(600))
    rated = Model({"C": "(rate*w - 1)^2"}, ["w"]).derive()
    with pytest.raises(DataError, match="as a keyword it is the learning rate"):
        rated.at(w=1.0, rate=2.0)
    assert rated.at({"rate": 2.0}, w=1.0).values["C"] == 1.0


@pytest.mark.parametrize(
    ("word", "bad", "good"),
    [
        ("prob", [0.5, 0.6], [0.4, 0.6]),
        ("onehot", [0.5, 0.5], [0.0, 1.0]),
        ("01", [0.0, 2.0], [1.0, 1.0]),
        ("pm1", [0.0, 1.0], [-1.0, 1.0]),
        ("pos", [0.0, 1.0], [0.5, 1.0]),
        ("unit", [0.5, 1.0], [0.5, 0.25]),
        ("int", [0.5, 1.0], [2.0, -1.0]),
    ],
)
def test_what_is_assumed_is_asked_of_the_numbers(word, bad, good):
    model = Model({"C": "y'*x"}, ["x"], shapes={"x": "n", "y": "n"}, assume={"y": word})
    with pytest.raises(DataError, match=f"y is assumed to be '{word}'"):
        model.derive().at(x=[1.0, 2.0], y=bad)
    assert model.derive().at(x=[1.0, 2.0], y=good).gradient["x"].tolist() == good


@pytest.mark.parametrize("word", ["sym", "spd", "psd", "diag", "skew", "orth", "lower", "upper"])
def test_what_is_assumed_of_a_matrix(word):
    """Each is asked of a value that is so (the table's own sample) and of one that is not."""
    from random import Random

    from symgd.trees.assume import sample

    model = Model({"C": "x'*A*x"}, ["x"], shapes={"x": "n", "A": ("n", "n")}, assume={"A": word})
    A = np.array(sample(frozenset({word}), Random(0), 3, 3), dtype=float)
    x = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(model.derive().at(A=A, x=x).gradient["x"], (A + A.T) @ x, atol=1e-9)
    with pytest.raises(DataError, match="A is assumed"):
        model.derive().at(A=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]], x=x)


# -- pages ----------------------------------------------------------------------------------------


def test_every_line_has_its_numbers_put_in():
    page = layer().to_text()
    assert "⎣0.25  0 −0.75⎦ ⎣3⎦   ⎣−0.2⎦" in page
    assert "W ← ⎡ 0.5 −1     2⎤ − 0.05 ⎡" in page
    assert "One step of gradient descent, learning rate 0.05" in page
    assert "First order predicts a change of the cost of −" in page


def test_every_format_and_language_shows_the_point():
    d = layer()
    for language, word in (("en", "The values"), ("zh", "各量的值")):
        for format in ("text", "markdown", "latex", "html"):
            assert word in str(d.render(format, language))
        assert word in str(d.render("text", language, "backprop"))
        data = json.loads(d.to_json(language))["at"]
        assert data["point"]["W"] == POINT["W"]
        np.testing.assert_allclose(data["updates"][0]["derivative"], by_hand(**POINT)["W"])
        assert [line["left"] for line in data["forward"]] == ["z", "a", "C"]
    assert r"\begin{pmatrix} 0.5 & -1 & 2 \\ 0.25 & 0 & -0.75 \end{pmatrix}" in d.to_latex()
    assert "<mtable" in d.to_html()
    assert not any(c >= "\U000f0000" for c in d.to_html() + d.to_text() + d.to_latex())


def test_matrices_are_abbreviated():
    wide = np.arange(80.0).reshape(8, 10) / 8
    rows = tall_matrix(wide)
    assert len(rows) == 6
    assert len({len(r) for r in rows}) == 1
    assert rows[0].split() == ["⎡", "0", "0.125", "0.25", "0.375", "⋯", "1.125⎤"] or "⋯" in rows[0]
    assert rows[4].count("⋮") == 5
    assert "⋱" in rows[4]
    assert latex_matrix(wide).count(r"\\") == 5
    assert inline_matrix(np.array([[1.0, -0.5], [1e-9, 3.0]])) == "[1 −0.5; 1e−09 3]"
    assert tall_matrix(np.array([[1.0, 2.0]])) == ["[1 2]"]


def test_style_and_language_of_the_wrong_kind_are_one_sentence():
    with pytest.raises(InputError, match=r"style='differential'.* it is chain and backprop"):
        Neuron().derive().to_text(style="differential")
    with pytest.raises(InputError, match="is not known; it is differential and backprop"):
        layer().to_html(style="poem")
    with pytest.raises(InputError, match=f"there are {listing(LANGUAGES)}"):
        layer().to_latex(language="xx")


@pytest.mark.parametrize("ambient", [15, 40])
def test_a_tie_does_not_depend_on_the_digits_that_are_set(ambient: int) -> None:
    """The value is that of the decimals that were typed, rounded once."""
    model = Model({"C": "sum(W*x)"}, ["W"], shapes={"W": (1, "n"), "x": "n"})
    point = {"W": [[0.1, 0.2, -0.3]], "x": [1.0, 1.0, 1.000001]}
    with mp.workdps(ambient):
        worked = model.derive().at(point)
    exact = sum(
        Fraction(str(w)) * Fraction(str(x))
        for row in point["W"]
        for w, x in zip(row, point["x"], strict=True)
    )
    assert worked.values["C"] == float(exact)


def test_what_cancels_is_nought_and_no_corner() -> None:
    """0.1 + 0.2 - 0.3 leaves 5e-82 in 80 digits."""
    arrays = Model({"r": "sum(x) - a", "C": "r^2 + r"}, ["x"], shapes={"x": "n", "a": ()}).derive()
    scalar = Model({"r": "x + y - a", "C": "r^2 + r"}, ["x", "y"]).derive()
    for worked in (arrays.at(x=[0.1, 0.2], a=0.3), scalar.at(x=0.1, y=0.2, a=0.3)):
        assert worked.values["r"] == worked.values["C"] == 0
        assert worked.worked.corners == ()
    assert Model({"C": "sigmoid(x)"}, ["x"]).derive().at(x=-200.0).values["C"] == pytest.approx(
        float(mp.exp(-200)), rel=1e-14
    )
