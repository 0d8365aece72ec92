"""A formula that is claimed for a derivative: truth from textbooks, not from the engine."""

from __future__ import annotations

import math
import re

import pytest

from symgd import Model, Neuron
from symgd.api.claims import compare
from symgd.errors import FormulaError, InputError

LEAST_SQUARES = Model(
    {"r": "A*x - b", "C": "norm2(r)^2/2"}, ["x"], shapes={"A": ("m", "n"), "x": "n", "b": "m"}
)

# The left column is in a textbook; every row has another form of it, and a slip.
ROWS = [
    (Neuron(), "w", "(yhat - y)*yhat*(1 - yhat)*x", "(yhat - y)*x"),
    (Neuron(), "b", "(sigmoid(w*x + b) - y)*sigmoid(z)*sigmoid(-z)", "(y - yhat)*yhat*(1 - yhat)"),
    (Neuron(loss="bce"), "w", "(sigmoid(z) - y)*x", "(sigmoid(z) - y)*w"),
    (Neuron("tanh"), "w", "(yhat - y)*(1 - yhat^2)*x", "(yhat - y)*(1 - yhat)*x"),
    (Model({"C": "log(1 + w^2)"}, ["w"]), "w", "2*w/(1 + w^2)", "1/(1 + w^2)"),
    (LEAST_SQUARES, "x", "A'*(A*x - b)", "2*A'*r"),
    (LEAST_SQUARES, "x", "A'*A*x - A'*b", "A'*A*x + A'*b"),
]


@pytest.mark.parametrize(("model", "name", "true", "slip"), ROWS, ids=lambda x: str(x)[:40])
def test_the_true_one_is_right_and_the_slip_is_wrong(
    model: Model, name: str, true: str, slip: str
) -> None:
    (claim,) = compare(model, {name: true})
    assert (claim.status, claim.reason) == ("right", "")
    assert claim.proof in ("proved", "exact", "sampled")
    (claim,) = compare(model, {name: slip})
    assert claim.status == "wrong"
    assert claim.left != claim.right


def test_the_witness_can_be_redone_by_hand() -> None:
    (claim,) = compare(Neuron(), {"w": "(yhat - y)*x"})
    w, b, x, y = (float(claim.point[n]) for n in "wbxy")
    yhat = 1 / (1 + math.exp(-(w * x + b)))
    assert float(claim.left) == pytest.approx((yhat - y) * x, rel=1e-6)
    assert float(claim.right) == pytest.approx((yhat - y) * yhat * (1 - yhat) * x, rel=1e-6)


def test_a_row_for_a_column_is_a_matter_of_shape() -> None:
    (claim,) = compare(LEAST_SQUARES, {"x": "r'*A"})
    assert claim.status == "wrong"
    assert "1 x n" in claim.reason
    assert "n x 1" in claim.reason


def test_shapes_that_do_not_fit_are_a_slip_of_the_claim() -> None:
    (claim,) = compare(LEAST_SQUARES, {"x": "A*r"})
    assert claim.status == "wrong"
    assert "m x n" in claim.reason


def test_what_is_not_rational_has_its_witness_too() -> None:
    model = Model({"C": "sum(exp(A*x))"}, ["x"], shapes={"A": ("m", "n"), "x": "n"})
    assert compare(model, {"x": "A'*exp(A*x)"})[0].status == "right"
    (claim,) = compare(model, {"x": "A'*exp(x'*A')'.*2 - A'*exp(A*x)*0.5"})
    assert claim.status == "wrong"
    assert set(claim.point) == {"A", "x"}
    assert claim.left.startswith("[[")


def test_of_a_structured_parameter_only_its_free_entries_count() -> None:
    shapes = {"S": ("n", "n"), "a": "n"}
    model = Model({"C": "a'*S*a"}, ["S"], shapes=shapes, structure={"S": "diagonal"})
    # ∂C/∂S = aaᵀ, of which a diagonal S sees the diagonal alone.
    for text, status in (("a*a'", "right"), ("diag(a.*a)", "right"), ("2*a*a'", "wrong")):
        (claim,) = compare(model, {"S": text})
        assert claim.status == status, text


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        ({}, "Nothing is claimed"),
        ({"q": "1"}, "'q' is not a name of this model"),
        ({"w": "yhat - q"}, "uses q, which this model does not have"),
        ({"w": "__import__('os')"}, "A name starts with a letter"),
        ({"w": "x(2)"}, "there is no function 'x'"),
        ({"w": "1" * 20_000}, "has 20000 characters"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(claimed: dict[str, str], said: str) -> None:
    with pytest.raises((InputError, FormulaError), match=re.escape(said)):
        compare(Neuron(), claimed)
