"""Arrays where a formula as typed overflows, divides by 0, or inverts what has no inverse.

The witness is mpmath, or a limit by hand.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd.errors import DataError

LOGITS = np.array([1000.0, -1000.0, 0.0])
NEAR = np.array([0.5, -1.0, 2.0])
ONE_HOT = np.array([0.0, 1.0, 0.0])
SHAPES = {"x": "n", "y": "n"}

SOFTMAX = ("exp(x)/sum(exp(x))", "softmax(x)")
CROSS_ENTROPY = [
    {"C": f"-sum(y.*log({p}))"} for p in SOFTMAX
] + [{"P": p, "C": "-sum(y.*log(P))"} for p in SOFTMAX]  # fmt: skip
SHARE = [{"C": f"sum(y.*({p}))"} for p in SOFTMAX] + [{"P": p, "C": "y'*P"} for p in SOFTMAX]
SHARE += [{"C": "sum(y.*exp(x)/sum(exp(x)))"}, {"C": "(y'*exp(x))/sum(exp(x))"}]


def shares(x: Any) -> Any:
    """e^x_j / Σ_k e^x_k, by mpmath."""
    with mp.workdps(40):
        powers = [mp.exp(v) for v in x]
        return np.array([float(p / mp.fsum(powers)) for p in powers])


def log_sum(x: Any) -> float:
    """log Σ_k e^x_k, by mpmath."""
    with mp.workdps(40):
        return float(mp.log(mp.fsum(mp.exp(v) for v in x)))


def gradient(definitions: dict[str, str], order: int = 1, **arrays: Any) -> Any:
    shapes = {n: SHAPES.get(n, "n") for n in arrays}
    return Model(definitions, ["x"], shapes=shapes).compile(order=order)(**arrays)


@pytest.mark.parametrize("x", [LOGITS, NEAR], ids=["far", "near"])
@pytest.mark.parametrize("definitions", CROSS_ENTROPY, ids=str)
def test_cross_entropy_however_it_is_typed(definitions: dict[str, str], x: Any) -> None:
    cost, slopes, hessian = gradient(definitions, 2, x=x, y=ONE_HOT)
    p = shares(x)
    assert cost == pytest.approx(log_sum(x) - x[1], rel=1e-15)
    assert slopes["x"] == pytest.approx(p - ONE_HOT, rel=1e-14)
    assert hessian["x,x"] == pytest.approx(np.diag(p) - np.outer(p, p), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("x", [LOGITS, NEAR], ids=["far", "near"])
@pytest.mark.parametrize("definitions", SHARE, ids=str)
def test_a_share_however_it_is_typed(definitions: dict[str, str], x: Any) -> None:
    cost, slopes = gradient(definitions, x=x, y=ONE_HOT)
    p = shares(x)
    assert cost == pytest.approx(p[1], rel=1e-14)
    assert slopes["x"] == pytest.approx(p[1] * (ONE_HOT - p), rel=1e-14)


@pytest.mark.parametrize("formula", ["log(sum(exp(x)))", "logsumexp(x)"])
def test_log_sum_exp(formula: str) -> None:
    cost, slopes = gradient({"C": formula}, x=LOGITS)
    assert cost == log_sum(LOGITS)
    assert slopes["x"].tolist() == shares(LOGITS).tolist()


@pytest.mark.parametrize("formula", ["sum(log(cosh(x)))", "sum(log((exp(x) + exp(-x))/2))"])
def test_log_cosh(formula: str) -> None:
    cost, slopes = gradient({"C": formula}, x=LOGITS)
    assert cost == pytest.approx(2000 - 2 * float(mp.log(2)), rel=1e-15)
    assert slopes["x"].tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("p", SOFTMAX)
@pytest.mark.parametrize("x", [LOGITS, NEAR], ids=["far", "near"])
def test_focal_loss_of_a_softmax(p: str, x: Any) -> None:
    cost, slopes = gradient({"P": p, "C": "-sum(y.*(ones(n,1) - P).^2.*log(P))"}, x=x, y=ONE_HOT)
    with mp.workdps(1000):
        e = [mp.exp(mp.mpf(v)) for v in x]
        shares = [v / sum(e) for v in e]
        q, log = shares[1], mp.log(shares[1])
        outer = 2 * (1 - q) * log * q - (1 - q) ** 2
        expected = [float(outer * ((i == 1) - s)) for i, s in enumerate(shares)]
        assert cost == pytest.approx(float(-((1 - q) ** 2) * log), rel=1e-14)
    assert slopes["x"] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("s", ["1/(1 + exp(-t))", "sigmoid(t)"])
def test_binary_cross_entropy_of_a_logit(s: str) -> None:
    model = Model(
        {"t": "w'*x", "p": s, "C": "-(y*log(p) + (1 - y)*log(1 - p))"},
        ["w"],
        shapes={"w": "n", "x": "n", "y": ()},
    )
    cost, slopes = model.compile()(w=np.array([1.0, 0.0]), x=np.array([1000.0, 2.0]), y=0.0)
    assert (cost, slopes["w"].tolist()) == (1000.0, [1000.0, 2.0])


# -- norms ----------------------------------------------------------------------------------------

NORMS = ["norm2(x)", "sqrt(x'*x)", "sqrt(sum(x.^2))", "sqrt(sum(x.*x))", "(x'*x)^(1/2)"]


@pytest.mark.parametrize("formula", NORMS)
@pytest.mark.parametrize("scale", [1e200, 1e-200, 1.0, 1e-320, 1e308])
def test_a_norm_does_not_leave_the_range(formula: str, scale: float) -> None:
    x = np.array([0.6, -0.8]) * scale
    cost, slopes = gradient({"C": formula}, x=x)
    exact = mp.sqrt(mp.mpf(x[0]) ** 2 + mp.mpf(x[1]) ** 2)
    assert cost == pytest.approx(float(exact), rel=1e-15)
    # a norm below the range of normal doubles has few digits itself
    digits = max(1e-15, 2.0**-1074 / cost)
    assert slopes["x"] == pytest.approx([float(v / exact) for v in x], rel=digits)


@pytest.mark.parametrize("formula", NORMS)
def test_a_norm_at_zero_has_the_slope_zero_of_pytorch(formula: str) -> None:
    cost, slopes = gradient({"C": formula}, x=np.zeros(2))
    assert (cost, slopes["x"].tolist()) == (0.0, [0.0, 0.0])
    model = Model({"r": "A*x - b", "C": formula.replace("x", "r")}, ["x"],
                  shapes={"A": ("m", "n"), "x": "n", "b": "m"})  # fmt: skip
    cost, slopes = model.compile()(A=np.eye(2), x=np.ones(2), b=np.ones(2))
    assert (cost, slopes["x"].tolist()) == (0.0, [0.0, 0.0])


def test_what_is_infinite_as_typed_stays_so() -> None:
    assert gradient({"C": "1/norm2(x)"}, x=np.zeros(2))[0] == np.inf


# -- matrices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "a",
    [
        [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]],
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]],
        [[0.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 1.0]],
        [[1e-30, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 1.0]],
        [[0.0] * 3] * 3,
    ],
)
def test_the_slope_of_a_determinant_is_the_cofactors(a: Any) -> None:
    a = np.array(a)
    model = Model({"C": "det(A)"}, ["A"], shapes={"A": ("n", "n")})
    cofactors = [
        [
            (-1) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(3)
        ] for i in range(3)
    ]  # fmt: skip
    assert model.compile()(A=a)[1]["A"] == pytest.approx(np.array(cofactors), abs=1e-13)


def test_a_matrix_without_an_inverse_is_a_sentence() -> None:
    model = Model({"C": "tr(inv(A))"}, ["A"], shapes={"A": ("n", "n")})
    with pytest.raises(DataError, match="cannot be inverted"):
        model.compile()(A=np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("definitions", "value", "slopes"),
    [
        ({"C": "x'*diag(s)*x"}, 19.0, [6.0, 16.0]),
        ({"C": "x'*diag(s)*x/2"}, 9.5, [3.0, 8.0]),
        ({"q": "x'*diag(s)*x", "C": "q^2"}, 361.0, [228.0, 608.0]),
        ({"C": "(x'*diag(s)*x)/(x'*x)"}, 3.8, [-0.32, 0.16]),
        ({"C": "x'*inv(diag(s))*x"}, 1 / 3 + 1, [2 / 3, 1.0]),
    ],
    ids=str,
)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_product_of_one_row_and_one_column_is_a_number(
    definitions: dict[str, str], value: float, slopes: list[float], backend: str
) -> None:
    model = Model(definitions, ["x"], shapes={"x": "n", "s": "n"})
    cost, found = model.compile(backend)(x=np.array([1.0, 2.0]), s=np.array([3.0, 4.0]))
    assert isinstance(cost, float)
    assert cost == pytest.approx(value, rel=1e-15)
    assert found["x"] == pytest.approx(slopes, rel=1e-14)


@pytest.mark.parametrize("formula", ["sum(x.^0)", "sum(x./x)"])
def test_what_is_one_everywhere(formula: str) -> None:
    cost, slopes = gradient({"C": formula}, x=np.array([3.0, 2.0]))
    assert (cost, slopes["x"].tolist()) == (2.0, [0.0, 0.0])


# -- what has no value, raised to 0 ----------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "formula",
    [
        "sum((A*log(x)).^b)",
        "sum((A*log(x)).^b)^2",
        "sum(A*log(x))^b",
        "norm((A*log(x)).^b)",
        "sum(exp((A*log(x)).^b))",
        "sum(((A*log(x)).^2).^b)",
    ],
)
def test_a_product_without_a_value_has_none_raised_to_0(formula: str, order: int) -> None:
    model = Model({"C": formula}, ["b"], shapes={"A": (3, 2), "x": 2, "b": ()})
    compiled = model.compile(order=order)
    a = np.array([[1.0, 2.0], [0.5, 1.0], [2.0, -1.0]])
    cost, *tables = compiled(A=a, x=np.array([-1.0, 2.0]), b=0.0)
    assert np.isnan(cost)
    assert all(np.isnan(v).all() for table in tables for v in table.values())
    cost, *tables = compiled(A=a, x=np.array([2.0, 3.0]), b=0.0)
    assert np.isfinite(cost)
    assert all(np.isfinite(v).all() for table in tables for v in table.values())
