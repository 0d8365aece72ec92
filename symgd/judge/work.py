"""How much a document, and a line, may take: counted in steps, so that no clock makes a verdict.

Only where steps take far longer than they should does the time decide that a call has left.
"""

from __future__ import annotations

import math

from symgd.judge.words import say
from symgd.resources import current, seconds_left
from symgd.training.interrupts import asked

# Steps that a usual machine takes in a second of processor time, at the least. A step is the sum of
# two numbers at one point, and what takes longer is more of them.
A_SECOND = 100_000
# How many times longer than on a usual machine the steps may take, before time decides after all.
SLOWEST = 4.0
# The share of its time after which nothing more is tried for a document.
OVER = 0.85


class Meter:
    """The steps taken so far, and how many may be taken before what is under way has to end."""

    def __init__(self) -> None:
        self.done = 0
        self.most: float = math.inf
        self.left_then = -math.inf  # seconds that are to be left of the call at the end

    def allow(self, steps: float) -> None:
        """From here on this many."""
        self.most = self.done + steps
        self.left_then = seconds_left() - SLOWEST * steps / A_SECOND

    def count(self, steps: int) -> bool:
        """Whether there are any left after these."""
        self.done += steps
        return self.done <= self.most and seconds_left() >= self.left_then

    @property
    def is_over(self) -> bool:
        return not self.count(0)


def is_late() -> bool:
    """Whether the call has hardly any time left, or is asked to stop."""
    return asked() is not None or seconds_left(OVER) <= 0


def late() -> str:
    """What is said of the lines that are left then."""
    if asked() is not None:
        return say("unknown:interrupted")
    return say("unknown:used-up", seconds=current().seconds)
