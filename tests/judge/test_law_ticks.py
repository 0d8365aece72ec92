r"""A tick means that something was tested: at the points that were tried a wrong line would fail.

Each row is a line that holds only where letters happen to lie, or that says nothing at all, beside
lines that look alike and are true.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import pytest

from symgd import check

TICKED = frozenset({"proved", "sampled"})

#  a corner that lies further out than letters are usually drawn, or a side that is flat there
WRONG = [
    (r"\operatorname{ReLU6}(2z) = 2\operatorname{ReLU6}(z)", []),
    (r"\operatorname{ReLU6}(z) = \max(0, z)", []),
    (r"\operatorname{hardtanh}(z) = z", []),
    (r"\operatorname{hardswish}(z) = z(z+3)/6", []),
    (r"\operatorname{hardsigmoid}(z) = z/6 + 1/2", []),
    (r"\operatorname{hardshrink}(z, 5) + z = z", []),
    (r"\operatorname{softshrink}(z, 7) + z = z", []),
    (r"\operatorname{clip}(z, -4, 4) = z", []),
    (r"\operatorname{clip}(z, -4, 400) = \max(-4, z)", []),
    (r"\max(z, -20) = z", []),
    (r"H(x) = x^2/2", [r"H(x) = \begin{cases} x^2/2 & |x| \le 10 \\ 10(|x| - 5) & |x| > 10 \end{cases}"]),
    (r"f(z) = z", [r"f(z) = \begin{cases} z & z < 1000 \\ 17 z & z \ge 1000 \end{cases}"]),
    (r"f(z) = z", [r"f(z) = \begin{cases} z & z < 10^{12} \\ 17 z & z \ge 10^{12} \end{cases}"]),
    (r"\sigma(1000x) = \sigma(2000x)", []),
    (r"x^2 = |x| x", []),
    (r"\sqrt{x^2} = x", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "definitions"), WRONG, ids=[w[0][:40] for w in WRONG])
def test_a_line_that_holds_between_the_corners_alone_is_wrong(
    line: str, definitions: list[str]
) -> None:
    (found,) = check([line], definitions).lines
    assert found.verdict == "wrong"
    assert found.counterexample is not None
    assert found.counterexample.point


def test_a_witness_beyond_a_corner_is_the_point_that_was_tried():
    """The two sides at the z that is shown, worked out by hand, are those that are shown."""
    (found,) = check([r"\operatorname{ReLU6}(2z) = 2 \operatorname{ReLU6}(z)"]).lines
    witness = found.counterexample
    z = float(witness.point["z"])
    sides = min(max(2 * z, 0), 6), 2 * min(max(z, 0), 6)
    assert sides[0] != sides[1]
    assert (float(witness.left), float(witness.right)) == pytest.approx(sides, rel=1e-6)


#  nothing that was tried says anything of these
VAIN = [
    # what holds at one point is tried there
    (r"f(z) = \begin{cases} 17 & z = 0 \\ \sin(z)/z & \text{otherwise} \end{cases}",
     [r"f(z) = \begin{cases} 1 & z = 0 \\ \sin(z)/z & \text{otherwise} \end{cases}"], []),
    # a is σ(z), perhaps, and z is not said; or a itself is not
    (r"\frac{\partial C}{\partial w} = 17 (a - y)\frac{\partial a}{\partial w} + 2\lambda w",
     [r"a = \sigma(z)", r"C = \frac12 (y - a)^2 + \lambda w^2"], []),
    (r"\frac{\partial C}{\partial w} = 17 (a - y)\frac{\partial a}{\partial w} + 2\lambda w",
     [r"C = \frac12 (y - a)^2 + \lambda w^2"], []),
    # a case that no point meets, and a corner at which no slope lies between 2 x and 2 x
    (r"\frac{dy}{dx} = \begin{cases} 2x & x < 10^{30} \\ 17 & \text{otherwise} \end{cases}", ["y = x^2"], []),
    (r"\frac{dy}{dx} = \begin{cases} 2x & x > 0 \\ 2x & x < 0 \\ 17 & \text{otherwise} \end{cases}", ["y = x^2"], []),
    (r"\sigma(x + 1000) = 1", [], []),
    (r"\tanh(50 x + 200) = 1", [], []),
    (r"e^{-1000 x^2 - 500} + 1 = 1", [], []),
    (r"\frac{\partial C}{\partial w} = 0", [r"C = (y - b)^2"], []),
    (r"\frac{\partial C}{\partial w} = 17 \frac{\partial M}{\partial w}", [r"C = (y - b)^2", "M = y^2"], []),
    (r"\frac{\partial C}{\partial w} = (z - y)x + 17 \frac{\partial M}{\partial w}",
     [r"C = \frac12 (z - y)^2", "z = wx + b", "M = y^2"], []),
    (r"\log a + \log b + \log c + \log d + \log p + |y| = \log(abcdp) + y", [], []),
    (r"\frac{\partial C}{\partial w_{jk}^{(l)}} = 17 \delta_j^{(l)} a_k^{(l+3)}",
     [r"z_j^{(l)} = \sum_k w_{jk}^{(l)} a_k^{(l-1)} + b_j^{(l)}", r"a_j^{(l)} = \sigma(z_j^{(l)})",
      r"C = \frac12 \sum_j (y_j - a_j^{(L)})^2", r"\delta_j^{(l)} = \frac{\partial C}{\partial z_j^{(l)}}"], []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "definitions", "assume"), VAIN, ids=[v[0][:40] for v in VAIN])
def test_what_no_point_tested_is_not_ticked(
    line: str, definitions: list[str], assume: list[str]
) -> None:
    (found,) = check([line], definitions, assume).lines
    assert found.verdict not in TICKED
    assert found.reason


TRUE = [
    (r"z f(z) = \begin{cases} 0 & z = 0 \\ \sin(z) & \text{otherwise} \end{cases}",
     [r"f(z) = \begin{cases} 1 & z = 0 \\ \sin(z)/z & \text{otherwise} \end{cases}"], []),
    # numbers alone say which case holds
    (r"\begin{cases} \frac16 & -3 < 3.5 < 3 \\ 0 & \text{otherwise} \end{cases} = 0", [], []),
    # one of the slopes at the corner's sides, and one between them, by convention
    (r"\frac{dy}{dx} = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \\ \frac12 & \text{otherwise} \end{cases}", [r"y = \max(x, 0)"], []),
    (r"\frac{dy}{dx} = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \\ 0 & \text{otherwise} \end{cases}", [r"y = \max(x, 0)"], []),
    # a condition that one point of a few meets
    (r"\frac{dC}{da} = \begin{cases} a - y & |a - y| \le \delta \\ \delta \operatorname{sign}(a - y) & \text{otherwise} \end{cases}",
     [r"C = \begin{cases} \frac12 (a - y)^2 & |a - y| \le \delta \\ \delta (|a - y| - \frac12\delta) & \text{otherwise} \end{cases}"], []),
    # what the sum rule leaves of a formula that is written out
    (r"\frac{\partial C}{\partial v} = 2 q (\frac{\partial}{\partial v}(\sin v) + \frac{\partial}{\partial v}(w s))",
     [r"s = \beta h", r"q = \sin v + w s", "C = q^2"], []),
    # c is a function of D, and a one of B = c D alone
    (r"\frac{\partial a}{\partial D_i} = \frac{\partial c}{\partial D_i} \sum_k \frac{\partial a}{\partial B_k} D_k + c \frac{\partial a}{\partial B_i}",
     [r"B_k = c \cdot D_k"], []),
    (r"\operatorname{ReLU6}(z) = \min(\max(0, z), 6)", [], []),
    (r"\operatorname{hardtanh}(z) = \max(-1, \min(1, z))", [], []),
    (r"\operatorname{clip}(z, -4, 4) = \max(-4, \min(4, z))", [], []),
    (r"\max(-4, z^2) = z^2", [], []),
    (r"\max(0, \sigma(z)) = \sigma(z)", [], []),
    (r"|x^2 + 1| = x^2 + 1", [], []),
    (r"x^2 = |x| x", [], ["x > 0"]),
    (r"\operatorname{sign}(2x) = \operatorname{sign}(x)", [], []),
    (r"\mathbb{1}[2z > 0] = \mathbb{1}[z > 0]", [], []),
    (r"x \log x = \log x |x|", [], []),
    (r"\sigma(1000 x) = 1 - \sigma(-1000 x)", [], []),
    (r"x^0 + 0 \cdot y = 1", [], []),
    # the derivative of b in w is 0, and anything may stand before it
    (r"\frac{\partial C}{\partial w} = (wx + b - y)(\frac{\partial (wx)}{\partial w} + \frac{\partial b}{\partial w})",
     [r"C = \frac12 (wx + b - y)^2"], []),
    # the mean falls out of the sum of the deviations from it
    (r"\frac{\partial s}{\partial X_j} = \frac{1}{2 N s}\sum_{i=1}^{N} 2 (X_i - \mu)\frac{\partial (X_i - \mu)}{\partial X_j}",
     [r"\mu = \frac{1}{N}\sum_{i=1}^{N} X_i", r"s = \sqrt{\frac{1}{N}\sum_{i=1}^{N}(X_i - \mu)^2}"], []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "definitions", "assume"), TRUE, ids=[t[0][:40] for t in TRUE])
def test_true_lines_that_look_alike_are_ticked(
    line: str, definitions: list[str], assume: list[str]
) -> None:
    (found,) = check([line], definitions, assume).lines
    assert found.verdict in TICKED, (found.verdict, found.reason)
