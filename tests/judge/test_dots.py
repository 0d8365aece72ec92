r"""What dots leave out: x_1 \cdots x_n, (x_1, \dots, x_n), matrices with \vdots and \ddots."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import pytest
from judge_pairs import are_told_apart, verdicts

from symgd import check_text
from symgd.judge.report import UNKNOWN

JACOBIAN = r"J = \begin{bmatrix} \frac{\partial u_1}{\partial x_1} & \cdots & \frac{\partial u_1}{\partial x_n} \\ \vdots & \ddots & \vdots \\ \frac{\partial u_m}{\partial x_1} & \cdots & \frac{\partial u_m}{\partial x_n} \end{bmatrix}"

# what it is                        the document, its last line right, the same wrong
KNOWN = {
    "between factors": ([r"f = x_1 x_2 \cdots x_n"], r"0 + \log f = \sum_{i=1}^n \log x_i", r"0 + \log f = \sum_{i=1}^n 2 \log x_i"),
    "between factors and dots of their own": ([r"f = x_1 \cdot x_2 \cdots x_n"], r"0 + \log f = \sum_{i=1}^n \log x_i", r"0 + \log f = -\sum_{i=1}^n \log x_i"),
    "three points between terms": ([r"s = x_1^2 + x_2^2 + ... + x_n^2"], r"0 + s = \sum_{i=1}^n x_i^2", r"0 + s = \sum_{i=1}^n x_i"),
    "powers": ([r"p = x + x^2 + \dotsb + x^n"], r"(1 - x) p = x - x^{n+1}", r"(1 - x) p = x - x^n"),
    "a list": ([r"f = \sum_{i=1}^n x_i^2"], r"\nabla_x f = (2x_1, \dots, 2x_n)^T", r"\nabla_x f = (3x_1, \dots, 3x_n)^T"),
    "a column": ([r"f(x) = a^T x"], r"\nabla_x f = \begin{pmatrix} a_1 \\ a_2 \\ \vdots \\ a_n \end{pmatrix}", r"\nabla_x f = \begin{pmatrix} 2a_1 \\ 2a_2 \\ \vdots \\ 2a_n \end{pmatrix}"),
    "a row": ([r"L = -\sum_{k=1}^K y_k \log p_k"], r"\frac{\partial L}{\partial p} = \begin{pmatrix} -\frac{y_1}{p_1} & -\frac{y_2}{p_2} & \dots & -\frac{y_K}{p_K} \end{pmatrix}", r"\frac{\partial L}{\partial p} = \begin{pmatrix} \frac{y_1}{p_1} & \frac{y_2}{p_2} & \dots & \frac{y_K}{p_K} \end{pmatrix}"),
    "a diagonal": ([r"D = \begin{pmatrix} \lambda_1 & & \\ & \ddots & \\ & & \lambda_n \end{pmatrix}"], r"\det D = \prod_{i=1}^n \lambda_i", r"\det D = \sum_{i=1}^n \lambda_i"),
    "a diagonal with zeros": ([r"D = \begin{pmatrix} c_1 & 0 & \cdots & 0 \\ 0 & c_2 & \cdots & 0 \\ \vdots & \vdots & \ddots & \vdots \\ 0 & 0 & \cdots & c_n \end{pmatrix}"], r"\operatorname{tr} D = \sum_{i=1}^n c_i", r"\operatorname{tr} D = \prod_{i=1}^n c_i"),
    "a diagonal in words": ([r"D = \operatorname{diag}(\lambda_1, \lambda_2, \dots, \lambda_n)"], r"\operatorname{tr} D = \sum_{i=1}^n \lambda_i", r"\operatorname{tr} D = \sum_{i=1}^n 2\lambda_i"),
    "a Jacobian": ([r"u = Wx", JACOBIAN], r"0 + \operatorname{tr}(J^T J) = \operatorname{tr}(W^T W)", r"0 + \operatorname{tr}(J^T J) = 2 \operatorname{tr}(W^T W)"),
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_the_right_line_is_ticked_and_the_wrong_one_named(case: str) -> None:
    are_told_apart(KNOWN[case])


@pytest.mark.parametrize(
    "left_open",
    [
        r"x_1 + x_3 + \dots + x_n", r"x_1 x_3 \cdots x_n", r"1 + 3 + 5 + \dots + n",
        r"[x_1, x_3, \dots, x_n]", r"\begin{pmatrix} x_1 & x_3 & \cdots & x_n \end{pmatrix}",
        r"x_1 + \dots + y_n",
        r"\begin{bmatrix} 1 & \cdots & 1 \\ \vdots & & \vdots \\ 1 & \cdots & 1 \end{bmatrix}",
        r"\begin{pmatrix} a_1 & 0 & \cdots & 0 \\ 0 & a_1 & \cdots & 0 \\ \vdots & & \ddots & \vdots \\ 0 & 0 & \cdots & a_n \end{pmatrix}",
    ],
)  # fmt: skip
def test_dots_between_what_does_not_follow_stay_open(left_open: str) -> None:
    (found,) = check_text(rf"$$0 + s = {left_open}$$").lines
    assert found.verdict == UNKNOWN
    assert found.reason.startswith("Dots")


def test_a_row_of_an_unknown_length_is_accused_by_nobody() -> None:
    found = verdicts(r"z = wx", r"0 + v = \begin{bmatrix} a_1 & a_3 & \cdots & a_n \end{bmatrix} w")
    assert found[-1] == UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        r"u = g(x) = (g_1(x), \dots, g_m(x))", r"X = \{x_1, \dots, x_n\}",
        r"X = {x_1, x_2, ..., x_n}", r"y = \left(y_1, \dots, y_n\right)^T",
    ],
)  # fmt: skip
def test_what_something_is_made_of_defines_nothing(text: str) -> None:
    (found,) = check_text(f"${text}$").lines
    assert found.role == "makeup"


# A lone ∂ is the differential, in the manner of the matrix cookbook.
PARTIALS = {
    "a quadratic form": ([r"f = x^T A x"], r"\partial f = \partial x^T A x + x^T A \partial x", r"\partial f = \partial x^T A x - x^T A \partial x"),
    "an inverse": ([r"Y = X^{-1}"], r"\partial Y = -X^{-1} (\partial X) X^{-1}", r"\partial Y = X^{-1} (\partial X) X^{-1}"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTIALS)
def test_a_lone_partial_is_a_differential(case: str) -> None:
    are_told_apart(PARTIALS[case])


@pytest.mark.parametrize("half", [r"\frac{\partial L}{z}", r"\frac{L}{\partial z}"])
def test_a_partial_whose_other_one_is_missing_is_a_slip_of_the_pen(half: str) -> None:
    """There is one way to mend it; a line that fails then is not accused for it."""
    line = r"\frac{\partial L}{\partial w} = " + half
    assert verdicts(r"z = wx", f"{line} x")[-1] in ("proved", "sampled")
    assert verdicts(r"z = wx", f"2 {line} x")[-1] == UNKNOWN
