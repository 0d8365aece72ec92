"""Second derivatives of names in one another: what is quoted, that it holds, how long it gets."""

from __future__ import annotations

import mpmath as mp
import pytest
import sympy as sp

from symgd import Model
from symgd.trees.scalars import D

DEEP = {
    "k": "exp(-a*t)",
    "u": "(1 - k)/(1 + b*k)",
    "v": "log(1 + u + b*u^2)",
    "m": "u*v/(1 + v^2)",
    "C": "(m - y)^2/2",
}
POINT = {"a": 0.7, "b": 0.4, "t": 1.3, "y": 0.2}


def cost(a, b, t, y):
    k = mp.exp(-a * t)
    u = (1 - k) / (1 + b * k)
    v = mp.log(1 + u + b * u**2)
    return (u * v / (1 + v**2) - y) ** 2 / 2


def difference(s, t):
    """∂²C/∂s∂t by differences in 60 digits."""
    h = mp.mpf(10) ** -15
    point = {n: mp.mpf(repr(x)) for n, x in POINT.items()}

    def at(i, j):
        moved = dict(point)
        moved[s] += i * h
        moved[t] += j * h
        return cost(**moved)

    return (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h)


@pytest.fixture(scope="module")
def derivation():
    return Model(DEEP, ["a", "b"]).derive(order=2)


def test_the_slopes_of_inner_names_are_told_once_and_quoted(derivation):
    told = [s for s in derivation.record.backward if s.kind == "tangent"]
    assert {str(s.left) for s in told} >= {"D(u, a)", "D(v, b)"}
    quoted = {n for s in derivation.record.sections for n in sp.preorder_traversal(s.result)
              if isinstance(n, D)}  # fmt: skip
    assert quoted <= {s.left for s in derivation.record.backward}


@pytest.mark.parametrize("pair", ["a,a", "a,b", "b,b"])
def test_second_derivatives_of_a_deep_model_hold(derivation, pair):
    with mp.workdps(60):
        wanted = difference(*pair.split(","))
    found = derivation.at(**POINT).gradient[pair]
    assert found == pytest.approx(float(wanted), rel=1e-12)


def test_the_page_says_which_slope_it_tells(derivation):
    assert "the derivative of v with respect to b" in derivation.to_text()


def test_no_line_opens_a_name_that_another_section_tells(derivation):
    assert max(len(s.steps) for s in derivation.record.all_sections) <= 30


def test_a_neuron_alone_tells_its_second_derivatives_whole():
    model = Model({"z": "w*x + b", "yhat": "tanh(z)", "C": "(yhat - y)^2/2"}, ["w", "b"])
    assert all(s.kind != "tangent" for s in model.derive(order=2).record.all_sections)


def test_pairs_of_weights_of_one_sum_are_proved_and_not_sampled():
    names = [f"w{i}" for i in range(1, 7)]
    z = " + ".join(f"{w}*x{i}" for i, w in enumerate(names, 1))
    derivation = Model({"z": z, "C": "log(1 + exp(z)) - y*z"}, names).derive(order=2)
    assert derivation.record.verdict.status == "proved"
