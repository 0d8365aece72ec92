r"""X' is the transpose of X in a document of statisticians, and a derivative in all others."""

from __future__ import annotations

import pytest
from judge_pairs import RIGHT, are_told_apart, verdicts

from symgd import check_text
from symgd.judge.report import WRONG

#  what it is      the document, its last line right, the same with a slip in it
KNOWN = {
    "least squares": (
        [r"f = (y - X\beta)'(y - X\beta)"],
        r"\frac{\partial f}{\partial \beta} = -2X'(y - X\beta)",
        r"\frac{\partial f}{\partial \beta} = 2X'(y - X\beta)",
    ),
    "the sum of squares that is left": (
        [r"\hat\beta = (X'X)^{-1}X'y", r"e = y - X\hat\beta", r"S = e'e"],
        r"S + 1 = y'y - \hat\beta'X'X\hat\beta + 1",
        r"S + 1 = y'y + \hat\beta'X'X\hat\beta + 1",
    ),
    "a matrix that is declared": (
        [r"X \in \mathbb{R}^{n \times k}", r"f = b'X^\prime X b"],
        r"\frac{\partial f}{\partial b} = 2X' X b",
        r"\frac{\partial f}{\partial b} = X' X b",
    ),
    "bold letters": (
        [r"f = \mathbf{a}'\mathbf{x} + \mathbf{x}'\mathbf{x}"],
        r"\frac{\partial f}{\partial \mathbf{x}} = \mathbf{a} + 2\mathbf{x}",
        r"\frac{\partial f}{\partial \mathbf{x}} = \mathbf{a} + \mathbf{x}",
    ),
    "a slope beside it": (
        [r"f = (y - Xb)'(y - Xb)", r"g(t) = \sin(t)"],
        r"g'(t) = \cos(t)",
        r"g'(t) = -\cos(t)",
    ),
    "a product with a slope": (
        [r"y = x^2"],
        r"y'y = 2x^3",
        r"y'y = x^4",
    ),
    "a slope of a function with its product": (
        [r"f(x) = \sin(x)", r"h(x) = f(x)^2"],
        r"h'(x) = 2f'(x)f(x)",
        r"h'(x) = f'(x)f(x)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", KNOWN)
def test_the_right_line_is_ticked_and_the_wrong_one_named(case: str) -> None:
    are_told_apart(KNOWN[case])


def test_a_slope_entry_by_entry_is_the_diagonal_of_its_matrix() -> None:
    before = (r"X \in \mathbb{R}^{n \times k}", r"f = b'X'Xb", r"g(t) = t^2")
    assert verdicts(*before, r"g' = 2t")[-1] in RIGHT
    assert verdicts(*before, r"g' = 3t")[-1] == WRONG


def test_a_prime_is_a_transpose_in_the_whole_document():
    """X'MX stands in the last section; x'w in the first is a product there too."""
    text = "\n\n".join(
        ["# Score", "$$s = x'w$$", r"$$\frac{\partial s}{\partial w_j} = x_j$$", "# Step"]
        + [rf"$$u_{k} = {k}$$" for k in range(1, 20)]
        + [r"$$(X'MX)^{-1} X'M X v = v$$"]
    )
    found = {line.text: line.verdict for line in check_text(text, "md").lines}
    assert found[r"\frac{\partial s}{\partial w_j} = x_j"] in ("proved", "sampled")
