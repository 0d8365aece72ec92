"""Where parameters may lie, kept by bounds or by a transform θ = T(u), u anywhere in ℝ.

    (a, ∞)      θ = a + eᵘ            θ' = eᵘ
    (-∞, b)     θ = b - eᵘ            θ' = -eᵘ
    (a, b)      θ = a + (b - a)σ(u)   θ' = (b - a)σ(u)σ(-u)

A transform keeps what is open: no step leaves the domain, and none has to be refused. An end that
is in the domain may be where the least cost is, and is kept by a bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symgd.errors import DataError, ModelError
from symgd.training.fitting.layout import Layout
from symgd.trees.domain import REAL, Domain

# How near to an open end a transform comes: a u of ±36 is a share of 10⁻¹⁶.
FARTHEST = 700.0


@dataclass(frozen=True)
class Box:
    """The domain of each entry of the vector."""

    entries: tuple[str, ...]
    domains: tuple[Domain, ...]

    @classmethod
    def of(cls, layout: Layout, domains: Mapping[str, Domain]) -> Box:
        """Raises ModelError for a set of single points, in which nothing moves."""
        for n, d in domains.items():
            if d.kind != "interval":
                raise ModelError(
                    f"{n} lies in {d.text}, and a parameter moves along an interval; make it an "
                    "input, and compare the costs of its values."
                )
        each = [REAL] * layout.size
        for n, (start, end, _) in layout.places.items():
            each[start:end] = [domains.get(n, REAL)] * (end - start)
        return cls(layout.entries, tuple(each))

    @cached_property
    def low(self) -> Any:
        if self.is_free:
            return np.full(len(self.domains), -np.inf)
        return np.array([_end(d.low, d.closed[0], math.inf) for d in self.domains])

    @cached_property
    def high(self) -> Any:
        if self.is_free:
            return np.full(len(self.domains), np.inf)
        return np.array([_end(d.high, d.closed[1], -math.inf) for d in self.domains])

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """(least, largest) double of each entry that is in its domain, ±∞ where there is none."""
        return list(zip(self.low.tolist(), self.high.tolist(), strict=True))

    @cached_property
    def is_free(self) -> bool:
        return all(d is REAL or d == REAL for d in self.domains)

    @cached_property
    def is_open(self) -> bool:
        """Whether no end is in a domain, so that a transform reaches all of it."""
        return not any(any(d.closed) for d in self.domains)

    def outside(self, theta: Any) -> int | None:
        """The first entry outside its domain, or None."""
        if self.is_free:
            return None
        good = (theta >= self.low) & (theta <= self.high)
        return None if good.all() else int(np.argmin(good))

    def check(self, theta: Any) -> None:
        """Raise DataError for an entry outside its domain."""
        i = self.outside(theta)
        if i is not None:
            raise DataError(
                f"{self.entries[i]} is {float(theta[i])!r}, outside {self.domains[i].text}, "
                f"where {self.entries[i]} lies."
            )

    @cached_property
    def transform(self) -> Transform:
        return Transform(self.domains)


def _end(end: Any, closed: bool, inward: float) -> float:
    """The outermost double of a domain; of an open end the one beside it."""
    if end is None:
        return -inward
    double = float(end)
    return double if closed else float(np.nextafter(double, inward))


class Transform:
    """θ = T(u), entry by entry."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        low = np.array([-np.inf if d.low is None else float(d.low) for d in domains])
        high = np.array([np.inf if d.high is None else float(d.high) for d in domains])
        self.low, self.high = low, high
        self.above = np.isfinite(low) & ~np.isfinite(high)
        self.below = ~np.isfinite(low) & np.isfinite(high)
        self.between = np.isfinite(low) & np.isfinite(high)
        self.is_identity = not (self.above | self.below | self.between).any()

    def inward(self, u: Any) -> Any:
        """θ = T(u)."""
        u = np.asarray(u, dtype=float)
        theta = u.copy()
        with np.errstate(over="ignore", under="ignore"):
            a, b, c = self.above, self.below, self.between
            theta[a] = self.low[a] + np.exp(np.clip(u[a], -FARTHEST, FARTHEST))
            theta[b] = self.high[b] - np.exp(np.clip(u[b], -FARTHEST, FARTHEST))
            theta[c] = self.low[c] + (self.high[c] - self.low[c]) * _sigmoid(u[c])
        return self.kept(theta)

    def kept(self, theta: Any) -> Any:
        """Rounding may reach an end that is open; the double beside it is in the domain."""
        low = np.nextafter(self.low, np.inf, where=np.isfinite(self.low), out=self.low.copy())
        high = np.nextafter(self.high, -np.inf, where=np.isfinite(self.high), out=self.high.copy())
        return np.clip(theta, low, high)

    def outward(self, theta: Any) -> Any:
        """u = T⁻¹(θ), of θ inside."""
        u = np.array(theta, dtype=float)
        a, b, c = self.above, self.below, self.between
        with np.errstate(divide="ignore", invalid="ignore"):
            u[a] = np.log(u[a] - self.low[a])
            u[b] = np.log(self.high[b] - u[b])
            share = (np.asarray(theta)[c] - self.low[c]) / (self.high[c] - self.low[c])
            u[c] = np.log(share) - np.log1p(-share)
        return np.clip(u, -FARTHEST, FARTHEST)

    def slopes(self, u: Any) -> tuple[Any, Any]:
        """(T'(u), T''(u))."""
        first, second = np.ones_like(u), np.zeros_like(u)
        a, b, c = self.above, self.below, self.between
        with np.errstate(over="ignore", under="ignore"):
            first[a] = second[a] = np.exp(np.clip(u[a], -FARTHEST, FARTHEST))
            first[b] = second[b] = -np.exp(np.clip(u[b], -FARTHEST, FARTHEST))
            s, t = _sigmoid(u[c]), _sigmoid(-u[c])
            first[c] = (self.high[c] - self.low[c]) * s * t
            second[c] = first[c] * (t - s)
        return first, second


def _sigmoid(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1 / (1 + e), e / (1 + e))


__all__ = ["Box", "Transform"]
