"""What is multiplied out has no more terms than somebody can read."""

from __future__ import annotations

import sympy as sp

from symgd import Model
from symgd.trees.scalars import HIGHEST, expanded

X, Y = sp.symbols("x y", real=True)


def test_low_powers_are_multiplied_out_and_high_ones_stay():
    assert expanded((X + Y) ** 2 - X**2 - Y**2) == 2 * X * Y
    assert len(expanded((X + Y) ** HIGHEST).args) == HIGHEST + 1
    high = (1 + sp.exp(X)) ** (HIGHEST + 1)
    assert expanded(high * (X + 1)) == high * X + high
    assert expanded(high * Y - Y * high) == 0
    assert expanded(X**100 * (X + 1)) == X**101 + X**100


def test_an_exponential_of_a_logarithm_is_no_power_of_a_sum():
    ratio = (1 + sp.exp(X)) / (1 + sp.exp(Y))
    high = sp.exp(-90 * sp.log(ratio), evaluate=False)
    assert len(expanded(high * (X + 1)).args) == 2


def test_a_sharp_softclip_compiles():
    """Its logarithm, divided by 0.01 and put into a sigmoid, was opened as a power of 90."""
    clip = "log((1 + exp(0.01*z))/(1 + exp(0.01*(z - 1))))/0.01"
    model = Model({"z": "w*x", "h": f"{clip}*sigmoid(0.9*({clip}))", "C": "(h - y)^2"}, ["w"])
    made = model.compile()(w=0.5, x=2.0, y=0.3)[1]["w"]
    ahead, behind = (model.compile()(w=0.5 + h, x=2.0, y=0.3)[0] for h in (1e-3, -1e-3))
    assert abs(made - (ahead - behind) / 2e-3) < 1e-6 * abs(made)
