r"""C_w where C is defined and moves with w: a claim about ∂C/∂w, and no definition."""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.report import PROVED, SAMPLED, WRONG

RIGHT = (PROVED, SAMPLED)


def lines(*formulas: str):
    return check_text("\n\n".join(f"$${f}$$" for f in formulas)).lines


COST = (r"C = (wx - y)^2", "C_x = 2(wx - y)w")

#  what it is                the document, its last line right, the same with a slip in it
KNOWN = {
    "of a value":            (COST, "C_w = 2(wx - y)x", "C_w = -2(wx - y)x"),
    "of a value, twice":     (COST, "C_{ww} = 2x^2", "C_{ww} = 2x"),
    "of a function":         (["f(x, y) = x^2 y"], "f_x = 2xy", "f_x = xy"),
    "of a function, mixed":  (["f(x, y) = x^2 y"], "f_{xy} = 2x", "f_{xy} = 3x"),
    "with its arguments":    (["f(x, y) = x^2 y"], "f_x(x, y) = 2xy", "f_x(x, y) = -2xy"),
    "beside a fraction":     (["C = (wx - y)^2", r"\frac{\partial C}{\partial x} = 2(wx - y)w"],
                              "C_w = 2(wx - y)x", "C_w = (wx - y)x"),
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_the_right_line_is_ticked_and_the_wrong_one_named(case: str) -> None:
    before, right, wrong = KNOWN[case]
    assert lines(*before, right)[-1].verdict in RIGHT
    assert lines(*before, wrong)[-1].verdict == WRONG


@pytest.mark.parametrize(
    "document",
    [
        ["E = mc^2", "E_c = m v^2 / 2", r"\frac{d E_c}{dv} = mv"],
        ["x = vt", "x_0 = 3", r"\frac{dx}{dt} = v"],
        ["s = \\sum_t x_t", "x = tv", "x_t = 3"],
        ["f(x, y) = x^2 y", "f_x = 7"],
    ],
)
def test_a_letter_of_its_own_accuses_nobody(document: list[str]) -> None:
    assert all(x.verdict != WRONG for x in lines(*document))
