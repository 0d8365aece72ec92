"""X^k with a name k: told, checked, compiled and exported, against differences."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd.errors import DataError, NoRuleError, ShapeError

SHAPES: dict[str, Any] = {
    "X": ("n", "n"), "A": ("n", "n"), "x": "n", "y": "n", "k": (), "c": (),
}  # fmt: skip
RNG = np.random.default_rng(8)
POINT = {
    "X": RNG.normal(size=(3, 3)), "A": RNG.normal(size=(3, 3)),
    "x": RNG.normal(size=3), "y": RNG.normal(size=3), "c": 1.5,
}  # fmt: skip


def power(x: Any, k: int) -> Any:
    out = mp.eye(x.rows)
    for _ in range(abs(k)):
        out = out * (x if k > 0 else x**-1)
    return out


def trace(x: Any) -> Any:
    return mp.fsum(x[i, i] for i in range(x.rows))


#  formula             the same in mpmath, of X, A, x, y as matrices and k
Cost = Callable[[Any, Any, Any, Any, int], Any]
COSTS: dict[str, Cost] = {
    "tr(X^k)": lambda X, A, x, y, k: trace(power(X, k)),
    "tr(X^-k)": lambda X, A, x, y, k: trace(power(X, -k)),
    "tr(A*X^(2*k - 1))": lambda X, A, x, y, k: trace(A * power(X, 2 * k - 1)),
    "x'*X^k*y": lambda X, A, x, y, k: (x.T * power(X, k) * y)[0, 0],
    "norm2((c*X)^k)^2": lambda X, A, x, y, k: trace(
        power(mp.mpf(1.5) * X, k).T * power(mp.mpf(1.5) * X, k)
    ),
    "logdet(X^k)": lambda X, A, x, y, k: mp.log(abs(mp.det(power(X, k)))),
    "tr((A*X)^k*X')": lambda X, A, x, y, k: trace(power(A * X, k) * X.T),
}


def names(text: str) -> list[str]:
    return [n for n in SHAPES if re.search(rf"\b{n}\b", text)]


def model(text: str) -> Model:
    return Model({"C": text}, ["X"], shapes={n: SHAPES[n] for n in names(text)})


def given(text: str, k: int) -> dict[str, Any]:
    return {n: POINT.get(n, k) for n in names(text)}


def truth(text: str, k: int) -> tuple[float, Any]:
    """The value, and the gradient by differences in forty digits."""
    A, x, y = (mp.matrix(POINT[n].tolist()) for n in ("A", "x", "y"))
    X = mp.matrix(POINT["X"].tolist())
    with mp.workdps(40):
        h, slopes = mp.mpf(10) ** -15, np.empty((3, 3))
        for i, j in np.ndindex(3, 3):
            moved = [X.copy(), X.copy()]
            moved[0][i, j] += h
            moved[1][i, j] -= h
            ahead, behind = (COSTS[text](m, A, x, y, k) for m in moved)
            slopes[i, j] = float((ahead - behind) / (2 * h))
        return float(COSTS[text](X, A, x, y, k)), slopes


@pytest.mark.parametrize("text", COSTS)
def test_the_steps_are_checked(text: str) -> None:
    assert model(text).derive().verdict.status in ("exact", "sampled")


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2, 5])
@pytest.mark.parametrize("text", COSTS)
def test_values_and_gradients(text: str, k: int) -> None:
    value, slopes = truth(text, k)
    found, gradient = model(text).compile()(**given(text, k))
    np.testing.assert_allclose(found, value, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(gradient["X"], slopes, rtol=1e-9, atol=1e-9 * abs(slopes).max())


@pytest.mark.parametrize("text", ["tr(X^k)", "x'*X^k*y"])
def test_exported(text: str) -> None:
    space: dict[str, Any] = {}
    exec(model(text).compile().export("numpy", "own"), space)  # noqa: S102 - our own source
    value, slopes = truth(text, 3)
    found, gradient = space["own"](*given(text, 3).values())
    np.testing.assert_allclose(found, value, rtol=1e-10)
    np.testing.assert_allclose(gradient["X"], slopes, rtol=1e-9)
    for target in ("jax", "torch"):
        assert "matrix_power" in model(text).compile().export(target)


def test_the_pages() -> None:
    derivation = model("tr(X^k)").derive()
    assert "k(Xᵀ)^(k − 1)" in derivation.to_text()
    assert "k ∈ ℤ" in derivation.to_text()
    assert r"k \in \mathbb{Z}" in derivation.to_latex().replace("&", "")
    general = model("x'*X^k*y").derive()
    assert r"\sum_{i=0}^{k - 1} \left(X^{\top}\right)^{i} x y^{\top}" in general.to_latex()
    worked = general.at(**given("x'*X^k*y", 3))
    np.testing.assert_allclose(worked.gradient["X"], truth("x'*X^k*y", 3)[1], rtol=1e-9)


def test_what_a_derivation_says_is_read_back() -> None:
    (slope,) = model("x'*X^k*y").derive().results.values()
    assert str(slope) == "dpower(X', x*y', k)"
    again = Model(
        {"G": f"sum({slope})"}, ["x"], shapes={n: SHAPES[n] for n in ("X", "x", "y", "k")}
    )
    assert again.compile()(**given("x'*X^k*y", 3))[0] == pytest.approx(
        truth("x'*X^k*y", 3)[1].sum()
    )


def test_a_power_of_a_size() -> None:
    found = Model({"C": "tr(X^n)"}, ["X"], shapes={"X": ("n", "n")}).compile()(X=POINT["X"])
    np.testing.assert_allclose(found[1]["X"], truth("tr(X^k)", 3)[1], rtol=1e-9)


def test_the_hessian_times_a_direction() -> None:
    direction = RNG.normal(size=(3, 3))
    compiled = model("tr(X^k)").compile()
    h = 1e-5
    ahead, behind = (
        compiled(X=POINT["X"] + s * h * direction, k=4)[1]["X"] for s in (1, -1)
    )  # fmt: skip
    found = compiled.product({"X": direction}, X=POINT["X"], k=4)
    np.testing.assert_allclose(found["X"], (ahead - behind) / (2 * h), rtol=1e-6)


def test_the_hessian() -> None:
    """tr(X³): column (i, j) of the Hessian is 3 vec of (E X + X E)ᵀ, by hand."""
    X = POINT["X"]
    _, _, hessian = model("tr(X^k)").compile(order=2)(X=X, k=3)
    columns = []
    for j in range(3):
        for i in range(3):
            e = np.zeros((3, 3))
            e[i, j] = 1.0
            columns.append((3 * (e @ X + X @ e).T).ravel(order="F"))
    np.testing.assert_allclose(hessian["X,X"], np.stack(columns, axis=1), rtol=1e-12, atol=1e-12)


def test_what_is_refused() -> None:
    with pytest.raises(DataError, match=r"raised to a whole number, not to 2.5"):
        model("tr(X^k)").compile()(X=POINT["X"], k=2.5)
    with pytest.raises(NoRuleError, match="whole number, which nothing is differentiated in"):
        Model({"C": "tr(X^k)"}, ["k"], shapes={"X": ("n", "n"), "k": ()}).derive()
    with pytest.raises(ShapeError, match="square"):
        Model({"C": "sum(Z^k)"}, ["Z"], shapes={"Z": ("m", "n"), "k": ()})
    halves = Model({"j": "k/2", "C": "tr(X^j)"}, ["X"], shapes={"X": ("n", "n"), "k": ()})
    assert halves.compile()(X=np.eye(2), k=4.0)[0] == 2.0
    with pytest.raises(DataError, match=r"raised to a whole number, not to 1.5"):
        halves.compile()(X=np.eye(2), k=3.0)
