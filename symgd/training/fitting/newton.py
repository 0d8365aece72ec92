"""Newton's method with a shift: (∇²C + λI) s = -∇C, λ as large as it takes for the cost to fall.

What a method of scipy has found is brought to the last digits of its least cost by it, and a
profile follows its valley with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

STEPS = 100
SHIFTS = 60
# A decrement of so many units of the cost is its rounding.
LAST = 4 * np.finfo(float).eps
# Residuals are differences of what is larger, and so a cost is rounded by more than a unit.
NOISE = 1e-12


class Function(Protocol):
    """A cost of a vector with its derivatives."""

    def fun(self, x: Any) -> float: ...

    def jac(self, x: Any) -> Any: ...

    def hess(self, x: Any) -> Any: ...


@dataclass(frozen=True)
class End:
    """Where it ended; `decrement` is ½ gᵀH⁻¹g, about how far the cost is above its least there,
    nan where the Hessian is not positive definite."""

    x: Any
    cost: float
    steps: int
    decrement: float


def newton(of: Function, x: Any, steps: int = STEPS) -> End:
    """From x downhill, until the decrement is rounding or no shift makes the cost fall."""
    x = np.array(x, dtype=float)
    cost = of.fun(x)
    shift = 0.0
    for k in range(steps):
        g, h = of.jac(x), of.hess(x)
        if not (np.isfinite(g).all() and np.isfinite(h).all()):
            return End(x, cost, k, np.nan)
        found = newton_step(h, g)
        decrement = np.nan if found is None else float(g @ found) / 2
        if decrement <= LAST * abs(cost) or not g.any():
            # One step more takes the parameters to half of their digits more; by how the cost is
            # rounded it may rise.
            if found is not None and of.fun(x - found) <= cost + NOISE * abs(cost):
                x = x - found
                cost = of.fun(x)
            return End(x, cost, k, max(decrement, 0.0) if decrement == decrement else 0.0)
        scale = float(np.abs(np.diag(h)).max()) or 1.0
        for _ in range(SHIFTS):
            step = found if not shift else newton_step(h + shift * np.eye(len(g)), g)
            if step is not None:
                there = of.fun(x - step)
                if there < cost:
                    break
            shift = 4 * shift if shift else 1e-6 * scale
        else:
            return End(x, cost, k, decrement)
        x, cost = x - step, there
        shift = shift / 16 if shift > 1e-10 * scale else 0.0
    return End(x, cost, steps, decrement_of(of, x))


def decrement_of(of: Function, x: Any) -> float:
    """½ gᵀH⁻¹g; nan where H is not positive definite."""
    g = of.jac(x)
    found = newton_step(of.hess(x), g)
    return np.nan if found is None else float(g @ found) / 2


def newton_step(h: Any, g: Any) -> Any:
    """H⁻¹g of a positive definite H, scaled to a diagonal of ones first; None of another."""
    d = np.diag(h)
    if not (np.isfinite(h).all() and (d > 0).all()):
        return None
    root = np.sqrt(d)
    try:
        factor = np.linalg.cholesky(h / np.outer(root, root))
    except np.linalg.LinAlgError:
        return None
    return np.linalg.solve(factor.T, np.linalg.solve(factor, g / root)) / root


def is_singular(h: Any) -> bool:
    """Whether a symmetric matrix, scaled to a diagonal of ones, is not positive definite within
    rounding: some direction then changes nothing."""
    d = np.diag(h)
    if not (np.isfinite(h).all() and (d > 0).all()):
        return True
    root = np.sqrt(d)
    scaled = h / np.outer(root, root)
    if np.linalg.cond(scaled) > 1 / (len(d) * np.finfo(float).eps):
        return True
    try:
        np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        return True
    return False


class Fixed:
    """The function of the other entries, one of them held."""

    def __init__(self, of: Function, place: int, size: int) -> None:
        self.of = of
        self.place = place
        self.others = np.delete(np.arange(size), place)
        self.value = 0.0

    def whole(self, x: Any) -> Any:
        out = np.empty(len(self.others) + 1)
        out[self.others] = x
        out[self.place] = self.value
        return out

    def fun(self, x: Any) -> float:
        return self.of.fun(self.whole(x))

    def jac(self, x: Any) -> Any:
        return self.of.jac(self.whole(x))[self.others]

    def hess(self, x: Any) -> Any:
        return self.of.hess(self.whole(x))[np.ix_(self.others, self.others)]


__all__ = ["End", "Fixed", "Function", "decrement_of", "is_singular", "newton", "newton_step"]
