"""Slips planted in right lines are found again; where nothing single fits, nothing is said."""

from __future__ import annotations

import pytest

from symgd import check
from symgd.judge.verdicts.mistakes import EDITS

UNIT = [r"z = vx + c", r"h = \tanh(z)", r"E = \frac{1}{2}(h - t)^2"]
SOFT = [r"p_k = \frac{e^{s_k}}{\sum_m e^{s_m}}"]
LAYER = [r"z = Wx + b", r"E = \frac{1}{2}\|z - y\|^2"]
SHAPES = [r"W \in \mathbb{R}^{m \times n}", r"x \in \mathbb{R}^n", r"b \in \mathbb{R}^m",
          r"y \in \mathbb{R}^m"]  # fmt: skip

# kind               definitions, a line with that slip, what is assumed
PLANTED = [
    ("sign", UNIT, r"\frac{\partial E}{\partial h} = t - h", []),
    ("sign", UNIT, r"\frac{\partial E}{\partial v} = (h - t)(1 + h^2)x", []),
    ("factor", UNIT, r"\frac{\partial E}{\partial h} = 2(h - t)", []),
    ("factor", [], r"\frac{d}{du} u^2 = u", []),
    ("square", UNIT, r"\frac{\partial h}{\partial z} = 1 - h", []),
    ("square", [r"g(u) = \frac{1}{1 + u}"], r"g'(u) = -\frac{1}{1 + u}", []),
    ("exponent", [], r"\frac{d}{du} u^5 = 5u^3", []),
    ("exponent", [], r"\frac{d}{du} u^{-2} = -2u^{-2}", []),
    ("prime", [r"z = vx", r"E = f(z)"], r"\frac{\partial E}{\partial v} = f(z)x", []),
    ("variable", UNIT, r"\frac{\partial E}{\partial v} = (h - t)(1 - h^2)v", []),
    ("variable", UNIT, r"\frac{\partial E}{\partial z} = (h - t)(1 - z^2)", []),
    ("function", [], r"\frac{d}{du} \sin u = \sin u", []),
    ("index", SOFT, r"\text{if } i \neq j: \frac{\partial p_i}{\partial s_j} = -p_i p_i", []),
    ("transpose", LAYER, r"\frac{\partial E}{\partial W} = (z - y) x", SHAPES),
    ("operator", UNIT, r"\frac{\partial E}{\partial z} = (h - t) - (1 - h^2)", []),
    ("inner-derivative", UNIT, r"\frac{\partial E}{\partial v} = (h - t)(1 - h^2)", []),
]


@pytest.mark.parametrize(("kind", "definitions", "line", "assume"), PLANTED)
def test_a_planted_slip_is_found_and_mended(kind, definitions, line, assume):
    (found,) = check([line], definitions, assume).lines
    assert found.verdict == "wrong"
    assert found.slip is not None
    assert found.slip.kind == kind, found.slip
    left = line.rpartition(" = ")[0]
    (mended,) = check([f"{left} = {found.slip.correction}"], definitions, assume).lines
    assert mended.verdict in ("proved", "sampled"), found.slip


def test_every_kind_that_is_planted_is_one_that_is_tried():
    assert {kind for kind, *_ in PLANTED} - {"inner-derivative"} <= set(EDITS)


@pytest.mark.parametrize(
    "line",
    [r"\frac{\partial E}{\partial v} = e^{x} + c^3", r"\frac{\partial h}{\partial z} = t^4 - 7"],
)
def test_where_no_single_edit_fits_nothing_is_said(line):
    (found,) = check([line], UNIT).lines
    assert found.verdict == "wrong"
    assert found.slip is None
