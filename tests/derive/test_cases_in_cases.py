"""Cases within conditions and within cases, extrema of them, and formulas without a value.

The witness of a slope is a difference of costs; that of a corner and of an error, the hand.
"""

from __future__ import annotations

from typing import Any

import pytest

from symgd import Model
from symgd.errors import ModelError

CASES = [
    "min(where(z > 0, z, 0.1*z), 6)",
    "max(where(z > 1, z^2, z), w)",
    "where(min(where(z > 0, z, 0.1*z), 6) < 2, z^2 + w, w*z)",
    "where(z > 0, max(z, 1), min(z, -1))*w",
    "where(z > 0, where(z > 1, z^3, z), where(z < -1, z^2, -z))",
    "w*max(hardswish(z), z)",
    "max(relu(z), z, w)",
    "indicator(1 + indicator(z > 0) > 1)*z + w",
    "where(0 < z < |where(z > 1, 5, 2)|, z*w, w^2)",
    "where(where(z > 0, 1, 2) == 1, z*w, w^2)",
]


@pytest.mark.parametrize("formula", CASES)
def test_the_slope_is_that_of_the_case(formula: str) -> None:
    names = [n for n in "zw" if n in formula.replace("where", "").replace("hardswish", "")]
    model = Model({"C": formula}, names)
    text = str(model.derive())
    assert "refuted" not in text
    gradient = model.compile(order=2)
    step = 2.0**-20
    for z in (-7.3, -2.6, -0.7, 0.4, 1.7, 2.9, 8.5, 31.0):
        at: dict[str, Any] = {n: {"z": z, "w": 0.45}[n] for n in names}
        _, slopes, _ = gradient(**at)
        for n in names:
            up, down = (gradient(**{**at, n: at[n] + h})[0] for h in (step, -step))
            assert slopes[n] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-7)


def test_a_condition_with_cases_is_shown_and_exported_as_it_was_said() -> None:
    model = Model({"C": "min(where(z > 0, z, 0.1*z), 6)"}, ["z"])
    derivation = model.derive()
    assert "{z if z > 0; 0.1z otherwise} < 6" in str(derivation)
    assert r"\begin{cases}" in derivation.to_latex()
    gradient = model.compile()
    namespace: dict[str, Any] = {}
    exec(gradient.export("numpy", name="mine"), namespace)  # noqa: S102 - a source of symgd's own
    assert namespace["mine"](-2.0) == (-0.2, {"z": 0.1}) == gradient(z=-2.0)


@pytest.mark.parametrize(
    "formula", ["log(z - z)", "1/(z - z)", "atanh(z/z)", "acosh(z - z)", "z/(z - z)"]
)
def test_a_cost_without_a_value_is_one_sentence(formula: str) -> None:
    with pytest.raises(ModelError, match="has no real value at any point that was tried"):
        Model({"C": formula}, ["z"]).derive()


@pytest.mark.parametrize("branch", ["log(z - z)", "1/(z - z)", "z/(z - z)"])
def test_a_branch_without_a_value_leaves_the_other(branch: str) -> None:
    model = Model({"C": f"where(z > 0, z^2, {branch})"}, ["z"])
    model.derive()
    cost, slopes = model.compile()(z=3.0)
    assert (cost, slopes["z"]) == (9.0, 6.0)
    assert not abs(model.compile()(z=-3.0)[0]) < float("inf")
