r"""y for the y_i of \sum_i (f(x_i) - y): the mathematics is judged, the slip of the pen told."""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.report import SAMPLED, UNKNOWN, WRONG


def lines(*formulas: str):
    return check_text("\n\n".join(f"$${f}$$" for f in formulas)).lines


LINE = (r"L = \sum_{i=1}^n (y_i - w x_i)^2",)
CURVE = (r"f(x) = \frac{1}{1 + e^{-bx}}", r"S = \sum_{i=1}^n (f(x_i) - y_i)^2")
SLOPE = r"\frac{\partial S}{\partial b} = "
RAISED = (r"h_\theta(x) = \frac{1}{1+e^{-\theta^T x}}",
          r"J(\theta) = -\frac{1}{m}\sum_{i=1}^m [y^{(i)} \log h_\theta(x^{(i)}) + "
          r"(1-y^{(i)}) \log(1-h_\theta(x^{(i)}))]")  # fmt: skip

#  what it is             the document, its last line without the index, the same with a slip
LEFT_OUT = {
    "one letter":         (CURVE, SLOPE + r"\sum_{i=1}^n 2 (f(x_i) - y) f(x_i)(1 - f(x_i)) x_i",
                           SLOPE + r"\sum_{i=1}^n 3 (f(x_i) - y) f(x_i)(1 - f(x_i)) x_i"),
    "every letter":       (LINE, r"\frac{dL}{dw} = -2\sum_i (y - wx)x", None),
    "another index":      (LINE, r"\frac{dL}{dw} = -2\sum_j (y - wx_j)x_j",
                           r"\frac{dL}{dw} = 2\sum_j (y - wx_j)x_j"),
    "a raised one":       (RAISED, r"\frac{\partial J}{\partial \theta_j} = "
                           r"\frac{1}{m}\sum_{i=1}^m (h_\theta(x^{(i)}) - y)x_j^{(i)}",
                           r"\frac{\partial J}{\partial \theta_j} = "
                           r"\frac{1}{m}\sum_{i=1}^m (y - h_\theta(x^{(i)}))x_j^{(i)}"),
    "one of two":         (RAISED, r"\frac{\partial J}{\partial \theta_j} = "
                           r"\frac{1}{m}\sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})x_j", None),
    "a definition":       ((r"p_i = w x_i", r"L = \sum_{i=1}^n (y - p_i)^2", "y_1 = 3"),
                           r"\frac{dL}{dw} = -2\sum_i (y_i - w x_i)x_i",
                           r"\frac{dL}{dw} = -2\sum_i (y_i + w x_i)x_i"),
    "going on":           ((*LINE, r"\frac{dL}{dw} = -2\sum_i (y - w x_i)x_i"),
                           r"= -2\sum_i (x_i y - w x_i^2)", r"= -2\sum_i (x_i y + w x_i^2)"),
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_holds_with_its_index_is_no_mistake(case: str) -> None:
    before, right, wrong = LEFT_OUT[case]
    found = lines(*before, right)[-1]
    assert found.verdict == SAMPLED
    assert any("index that is left out" in str(n) for n in found.notes)
    if wrong is not None:
        assert lines(*before, wrong)[-1].verdict == WRONG


@pytest.mark.parametrize(
    "document",
    [
        # a letter that the sum has with the index as well
        (r"m = \frac{1}{n}\sum_i x_i", r"V = \sum_i (x_i - m)^2", r"V + 0 = \sum_i (x_i - x)^2"),
        # a parameter of the same letter
        (r"L = \sum_i (w_i x_i - w)^2", r"\frac{dL}{dw} = \sum_i (w x_i - w)"),
        # the sum itself is wrong
        (*LINE, r"\frac{dL}{dw} = -2\sum_i (y - x)"),
    ],
)
def test_a_wrong_line_is_not_read_right(document: tuple[str, ...]) -> None:
    assert lines(*document)[-1].verdict in (WRONG, UNKNOWN)


def test_a_letter_of_its_own_leaves_the_line_open() -> None:
    found = lines("y = 2a", *LINE, r"\frac{dL}{dw} = -2\sum_i (y - w x_i)x_i")[-1]
    assert found.verdict == UNKNOWN
    assert "of its own" in str(found.reason)
