"""An exported file states how far its numbers may be off, and they are not further off."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Neuron

#  formula         the same in mpmath
FORMULAS: dict[str, Callable[..., Any]] = {
    "exp(x)*tanh(y)": lambda x, y: mp.exp(x) * mp.tanh(y),
    "x^2 + y^2 + 1": lambda x, y: x * x + y * y + 1,
    "atan(x)*y^3/(1 + x^2)": lambda x, y: mp.atan(x) * y**3 / (1 + x * x),
    "besseli0(x)*expint(exp(y))": lambda x, y: mp.besseli(0, x) * mp.e1(mp.exp(y)),
    "sqrt(1 + x^2)*cosh(y)": lambda x, y: mp.sqrt(1 + x * x) * mp.cosh(y),
}


def stated(source: str) -> dict[str, tuple[int, bool]]:
    """Of the cost and of each slope: how many units, and whether whatever the sample."""
    text = " ".join(line.lstrip("# *") for line in source.split("\n"))
    out = {}
    for names, units, rest in re.findall(
        r"Accuracy: ([^:]*?) within (\d+) units of 2\^-53 of the formula, in doubles([.,])", text
    ):
        for name in re.split(r", | and ", names):
            out[name] = int(units), rest == "."
    return out


@pytest.mark.parametrize("formula", FORMULAS)
def test_numbers_are_within_the_stated_bound(formula: str) -> None:
    source = Model({"C": formula}, ["x", "y"]).compile().export("numpy", "own")
    bounds, space = stated(source), dict[str, Any]()
    assert bounds.keys() == {"C", "dC/dx", "dC/dy"}
    exec(source, space)  # noqa: S102 - our own source
    rng = np.random.default_rng(4)
    for x, y in rng.uniform(-2, 2, (60, 2)).tolist():
        cost, slopes = space["own"](x, y)
        with mp.workdps(40):
            at = mp.mpf(x), mp.mpf(y)
            truth = {
                "C": (cost, FORMULAS[formula](*at)),
                "dC/dx": (slopes["x"], mp.diff(FORMULAS[formula], at, (1, 0))),
                "dC/dy": (slopes["y"], mp.diff(FORMULAS[formula], at, (0, 1))),
            }
            for name, (found, true) in truth.items():
                units, always = bounds[name]
                if always:
                    assert abs(found - true) <= units * mp.mpf(2) ** -53 * abs(true), (name, x, y)


def test_what_may_cancel_is_said() -> None:
    bounds = stated(Model({"C": "x - sin(y)"}, ["x", "y"]).compile().export("numpy", "own"))
    assert bounds["C"][1] is False
    assert bounds["dC/dx"][1] is True


@pytest.mark.parametrize(
    "target", ["c", "numpy", "jax", "torch", "xgboost", "lightgbm", "catboost"]
)
def test_every_target_states_it(target: str) -> None:
    source = Neuron("sigmoid", "binary_cross_entropy").compile().export(target)
    assert "C" in stated(source)
