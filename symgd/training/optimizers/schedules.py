"""Schedules: the rate η(t) of the update t = 0, 1, ..."""

from __future__ import annotations

import math

from symgd.training.optimizers.optimizer import Schedule
from symgd.training.optimizers.ranges import POSITIVE, UP_TO_ONE, number


def exponential_decay(rate: float, decay: float) -> Schedule:
    """η(t) = η₀γᵗ. Raises DataError unless η₀ > 0 and 0 < γ ≤ 1."""
    start = number("rate", rate, *POSITIVE)
    gamma = number("decay", decay, *UP_TO_ONE)

    def exponential_decay(epoch: int) -> float:
        return start * gamma**epoch

    return exponential_decay


def cosine(rate: float, epochs: int) -> Schedule:
    """η(t) = η₀(1 + cos(πt/T))/2 up to t = T, and 0 from there on.

    Loshchilov and Hutter 2017 (arXiv:1608.03983), one period. Raises DataError unless η₀ > 0 and
    T > 0.
    """
    start = number("rate", rate, *POSITIVE)
    end = number("epochs", epochs, *POSITIVE)

    def cosine(epoch: int) -> float:
        return start * (1 + math.cos(math.pi * min(epoch / end, 1))) / 2

    return cosine
