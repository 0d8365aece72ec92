"""How much a document, and a line, may take: counted in steps, so that no clock makes a verdict."""

from __future__ import annotations

import math
import time

# Steps that a usual machine takes in a second of processor time, at the least. A step is the sum of
# two numbers at one point, and what takes longer is more of them.
A_SECOND = 100_000
# How many times longer than on a usual machine the steps may take, before time decides after all.
SLOWEST = 4.0


class Meter:
    """The steps taken so far, and how many may be taken before what is under way has to end."""

    def __init__(self) -> None:
        self.done = 0
        self.most: float = math.inf
        self.until = math.inf

    def allow(self, steps: float) -> None:
        """From here on this many."""
        self.most = self.done + steps
        self.until = time.process_time() + SLOWEST * steps / A_SECOND

    def count(self, steps: int) -> bool:
        """Whether there are any left after these."""
        self.done += steps
        return self.done <= self.most and time.process_time() <= self.until

    @property
    def is_over(self) -> bool:
        return not self.count(0)
