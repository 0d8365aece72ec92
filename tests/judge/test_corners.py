r"""A line that holds in a region only is no line that holds: max(x, 100) = 100."""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.report import PROVED, SAMPLED

RIGHT = (PROVED, SAMPLED)


def last(*formulas: str) -> str:
    return check_text("\n\n".join(f"$${f}$$" for f in formulas)).lines[-1].verdict


CASES = r"f(x) = \begin{cases} x & x < 200 \\ 0 & \text{otherwise} \end{cases}"


@pytest.mark.parametrize(
    "document",
    [
        [r"\max(x, 100) = 100"],
        [r"\max(x, e^{10}) = e^{10}"],
        [r"\min(e^x, e^{20}) = e^x"],
        [r"\max(\ln x, 20) = 20"],
        [r"\max(\ln x, 100) = 100"],
        [r"\max(\sqrt{x}, 50) = 50"],
        [r"\max(x, y + 100) = y + 100"],
        [r"\min(x, 10^{30}) = x"],
        [r"|x - 1000| = 1000 - x"],
        [r"\sqrt{(x + 100)^2} = x + 100"],
        [r"\operatorname{clip}(x, -100, 100) = x"],
        [r"\mathrm{ReLU}(x + 30) = x + 30"],
        [CASES, "f(x) + 1 = x + 1"],
        ["c = 1000", r"\max(x, c) = c"],
        ["c = 1000", "|x + c| = x + c"],
        [r"k = 10 \cdot 30", r"\min(x, k) = x"],
        ["c = 1000", r"g(x) = \max(x - c, 0)", "g(x) + 1 = 1"],
    ],
)
def test_a_line_that_holds_in_a_region_is_not_ticked(document: list[str]) -> None:
    assert last(*document) not in RIGHT


@pytest.mark.parametrize(
    "document",
    [
        [r"\max(x, 100) + \min(x, 100) = x + 100"],
        [r"\max(x^2, -1) = x^2"],
        [r"|x - 1000| = \max(x - 1000, 1000 - x)"],
        [r"\min(x, 100) = -\max(-x, -100)"],
        ["c = 1000", r"\max(x, c) - c = \max(x - c, 0)"],
        [r"\operatorname{clip}(x, -100, 100) = \min(\max(x, -100), 100)"],
        [CASES, r"f(x) + f(x) = 2 f(x)"],
        [r"|x + 1000|^2 = (x + 1000)^2"],
    ],
)
def test_a_line_that_holds_everywhere_is_ticked(document: list[str]) -> None:
    assert last(*document) in RIGHT
