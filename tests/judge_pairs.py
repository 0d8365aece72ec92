"""Pairs of lines for the judge: one right, and the same with a slip in it, behind one document."""

from __future__ import annotations

from collections.abc import Sequence

from symgd import check_text
from symgd.judge.report import PROVED, SAMPLED, WRONG

RIGHT = (PROVED, SAMPLED)

# what stands before the line, the line right, the same wrong
Pair = tuple[Sequence[str], str, str]


def verdicts(*formulas: str) -> list[str]:
    """The verdict on each of some displays."""
    return [x.verdict for x in check_text("\n\n".join(f"$${f}$$" for f in formulas)).lines]


def are_told_apart(pair: Pair) -> None:
    """The right line is ticked, and the wrong one named."""
    before, right, wrong = pair
    assert verdicts(*before, right)[-1] in RIGHT
    assert verdicts(*before, wrong)[-1] == WRONG
