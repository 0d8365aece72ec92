"""Batch norm over its own formulas: one sum is told as one, and deviations from a mean vanish."""

from __future__ import annotations

import numpy as np
import pytest

from symgd import Model

SHAPES = {"x": "n", "g": (), "h": (), "eps": (), "T": "n"}
ABOUT = "x - mu*ones(n)"
INLINE = {
    "mu": "sum(x)/n", "V": f"sum(({ABOUT}).^2)/n", "Y": f"g*({ABOUT})/sqrt(V + eps) + h*ones(n)",
    "C": "norm(Y - T)^2/2",
}  # fmt: skip
NAMED = {
    "mu": "sum(x)/n", "D": ABOUT, "V": "sum(D.^2)/n", "s": "sum(D)",
    "C": "norm(g*D/sqrt(V + eps) + h*ones(n) - T)^2/2 + g*s",
}  # fmt: skip
OF_ROWS = {
    "R": "X - ones(m,1)*csum(X)/m", "H": "R.*R", "C": "sum((ones(m,1)*csum(R)).*H) + sum(H.*T)/2"
}  # fmt: skip


def of(definitions, **shapes):
    return Model(definitions, ["x", "g", "h"], shapes=shapes or SHAPES)


@pytest.mark.parametrize("definitions", [INLINE, NAMED])
def test_the_gradient_is_that_of_differences(definitions):
    model = of(definitions)
    rng = np.random.default_rng(2)
    point = {"x": rng.normal(size=5), "g": 1.3, "h": -0.2, "eps": 0.1, "T": rng.normal(size=5)}
    gradient = model.compile()
    _, slopes = gradient(**point)
    for k in range(5):
        ahead, behind = (
            gradient(**{**point, "x": point["x"] + s * 1e-6 * np.eye(5)[k]})[0] for s in (1, -1)
        )
        assert slopes["x"][k] == pytest.approx((ahead - behind) / 2e-6, rel=1e-6, abs=1e-8)


def test_shares_of_one_sum_are_said_to_be_that():
    page = of(INLINE).derive().to_text(style="backprop")
    of_deviations = [line for line in page.splitlines() if "∂C/∂(x − μ 𝟏ₙ) =" in line]
    assert len(of_deviations) == 2
    assert all(line.endswith("one share of it") for line in of_deviations)
    # a parameter that several passes add to stands in one block, and in the gradient
    assert sum(line.strip().startswith("∂C/∂x =") for line in page.splitlines()) == 2


@pytest.mark.parametrize("style", ["differential", "backprop"])
def test_deviations_from_the_mean_sum_to_0(style):
    page = of(INLINE).derive().to_text(style=style)
    mean = next(line for line in page.splitlines() if "= −g sum(δ_Y)/√(V + ε)" in line)
    assert mean.endswith("deviations from a mean sum to 0")
    results = page.split("The gradient")[1]
    assert "sum(x − μ" not in results


def test_no_other_sum_is_taken_for_0():
    other = {**INLINE, "mu": "sum(x)/(n + 1)"}
    page = of(other).derive().to_text()
    assert "deviations from a mean" not in page
    assert "sum(x − μ 𝟏ₙ)" in page


def test_columns_have_a_mean_each():
    model = Model(OF_ROWS, ["X"], shapes={"X": ("m", "n"), "T": ("m", "n")})
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    gradient = model.compile()
    _, slopes = gradient(X=x, T=t)
    whole = np.zeros_like(x)
    for i in range(4):
        for j in range(3):
            step = np.zeros_like(x)
            step[i, j] = 1e-6
            whole[i, j] = (gradient(X=x + step, T=t)[0] - gradient(X=x - step, T=t)[0]) / 2e-6
    assert slopes["X"] == pytest.approx(whole, rel=1e-5, abs=1e-7)
