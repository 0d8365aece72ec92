"""Sums over parts: a kernel mapped over partitions of the data, and what comes back added up.

    cost(θ) = Σ over parts of part.first(θ)

`spread` is the map: Python's own, an executor's, or that of an engine for many machines. It hands
back one answer a part, in the order of the parts, whenever each arrived; so the sum does not depend
on who was first, and is the same to the last bit however often it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from symgd.training.fitting.kernels import Part

Map = Callable[[Callable[[Part], Any], Sequence[Part]], Iterable[Any]]


def in_order(work: Callable[[Part], Any], parts: Sequence[Part]) -> Iterable[Any]:
    """One part after another, here."""
    return map(work, parts)


class Task:
    """What is asked of a part, as something that can be sent to it."""

    def __init__(self, question: str, *vectors: Any) -> None:
        self.question = question
        self.vectors = vectors

    def __call__(self, part: Part) -> Any:
        if self.question == "first":
            slopes = np.zeros(len(self.vectors[0]))
            return part.first(self.vectors[0], slopes), slopes
        return getattr(part, self.question)(*self.vectors)


class Parts:
    """Several parts as one: the same questions, the answers added up, rows one below another."""

    def __init__(self, parts: Sequence[Part], spread: Map = in_order) -> None:
        self.parts = tuple(parts)
        self.spread = spread
        self.weight = sum(p.weight for p in parts)
        self.rows = sum(p.rows for p in parts)

    @property
    def factor(self) -> float:
        return self.parts[0].factor

    @property
    def weights(self) -> Any:
        """The weights of all samples, or None."""
        found = [getattr(p, "weights", None) for p in self.parts]
        known = [w for w in found if w is not None]
        return np.concatenate(known) if len(known) == len(found) else None

    def asked(self, question: str, *vectors: Any) -> list[Any]:
        return list(self.spread(Task(question, *vectors), self.parts))

    def first(self, theta: Any, slopes: Any) -> float:
        cost = 0.0
        for c, found in self.asked("first", theta):
            cost += c
            slopes += found
        return cost

    def product(self, theta: Any, direction: Any) -> Any:
        return sum(self.asked("product", theta, direction))

    def hessian(self, theta: Any) -> Any:
        return sum(self.asked("hessian", theta))

    def squares(self, theta: Any) -> tuple[Any, Any]:
        found = self.asked("squares", theta)
        return np.concatenate([r for r, _ in found]), np.concatenate([j for _, j in found])

    def scores(self, theta: Any) -> Any:
        return np.concatenate(self.asked("scores", theta))


__all__ = ["Map", "Parts", "Task", "in_order"]
