"""What is assumed: a line that is true under it is right, and is said to be so only there."""

from __future__ import annotations

import pytest

from symgd import check

ONLY = "true only under what is assumed"


@pytest.mark.parametrize(
    ("line", "assume"),
    [
        (r"\sqrt{x^2} = -x", "x < 0"),
        (r"\sqrt{u^2} = u", "u > 0"),
        (r"t^3 = t", r"t \in \{-1, 0, 1\}"),
        (r"\frac{d}{dx} |x| = 1", "x > 0"),
    ],
)
def test_true_under_an_assumption_is_said_to_be_so(line, assume):
    (found,) = check([line], assume=[assume]).lines
    assert found.verdict in ("proved", "sampled")
    assert any(n.startswith(ONLY) for n in found.notes)
    (without,) = check([line]).lines
    assert without.verdict == "wrong"


@pytest.mark.parametrize(
    ("line", "assume"),
    [
        (r"\frac{d}{dx} \log x^2 = \frac{2}{x}", "x > 0"),
        (r"\frac{d}{dw} \frac{1}{2}(w - a)^2 = w - a", "a > 0"),
    ],
)
def test_true_everywhere_says_nothing_of_what_is_assumed(line, assume):
    (found,) = check([line], assume=[assume]).lines
    assert found.verdict in ("proved", "sampled")
    assert not any(n.startswith(ONLY) for n in found.notes)
