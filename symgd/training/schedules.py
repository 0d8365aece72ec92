"""Schedules: the rate η(t) of the update t = 0, 1, ...

A schedule is a function of t. These say how they are written, so that a text reads as them and the
name of an optimizer says which it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from symgd.training.parts import POSITIVE, UP_TO_ONE, Schedule, number


@dataclass(frozen=True, slots=True)
class Exponential:
    """η(t) = η₀γᵗ."""

    rate: float
    decay: float

    @property
    def name(self) -> str:
        return f"exponential_decay({self.rate!r}, {self.decay!r})"

    def __call__(self, t: int) -> float:
        return self.rate * self.decay**t


@dataclass(frozen=True, slots=True)
class Cosine:
    """η(t) = η₀(1 + cos(πt/T))/2 up to t = T, and 0 from there on."""

    rate: float
    epochs: float

    @property
    def name(self) -> str:
        return f"cosine({self.rate!r}, {self.epochs!r})"

    def __call__(self, t: int) -> float:
        return self.rate * (1 + math.cos(math.pi * min(t / self.epochs, 1))) / 2


def exponential_decay(rate: float, decay: float) -> Schedule:
    """η(t) = η₀γᵗ. Raises DataError unless η₀ > 0 and 0 < γ ≤ 1."""
    return Exponential(number("rate", rate, *POSITIVE), number("decay", decay, *UP_TO_ONE))


def cosine(rate: float, epochs: float) -> Schedule:
    """η(t) = η₀(1 + cos(πt/T))/2 up to t = T, and 0 from there on.

    Loshchilov and Hutter 2017 (arXiv:1608.03983), one period. Raises DataError unless η₀ > 0 and
    T > 0.
    """
    return Cosine(number("rate", rate, *POSITIVE), number("epochs", epochs, *POSITIVE))


# fmt: off
# name                  made by
SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "exponential_decay": exponential_decay,
    "cosine":            cosine,
}
# fmt: on


__all__ = ["SCHEDULES", "cosine", "exponential_decay"]
