"""Sums over parts of the data, whoever holds them: a kernel mapped over parts, the answers joined.

    Σ wᵢCᵢ(θ) = Σ over parts of part.first(θ)

An answer is of the size of the parameters and not of the data: sums, and of least squares the
triangle R of a QR decomposition, whose ‖R·v‖ is ‖(J ρ)·v‖. Sums carry along what rounding takes
from them (TwoSum; Møller 1965, Knuth 1969), so that the order in which they are joined, by one
machine or a tree of many, is seen in the last digit at most; and they are joined in the order of
the parts, whenever each arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from symgd.errors import DataError, ModelError
from symgd.training.fitting.kernels import Kernel, Part, ScalarKernel


@dataclass(frozen=True, slots=True)
class Sum:
    """high + low, a vector: high the sum as doubles have it, low what they could not hold."""

    high: Any
    low: Any

    @classmethod
    def of(cls, value: Any) -> Sum:
        v = np.array(value, dtype=float)
        return cls(v, np.zeros_like(v))

    def plus(self, other: Sum) -> Sum:
        with np.errstate(all="ignore"):
            total = self.high + other.high
            back = total - self.high
            lost = (self.high - (total - back)) + (other.high - back)
            return Sum(total, self.low + other.low + lost)

    @property
    def value(self) -> Any:
        with np.errstate(all="ignore"):
            # Where it is infinite, what was lost is nan.
            return np.where(np.isfinite(self.high), self.high + self.low, self.high)


@dataclass(frozen=True, slots=True)
class Triangle:
    """R of (J ρ) = QR, its diagonal not negative, and how many rows that had."""

    rows: int
    upper: Any

    @classmethod
    def of(cls, rows: int, matrix: Any) -> Triangle:
        if not np.isfinite(matrix).all():
            return cls(rows, np.full((matrix.shape[1],) * 2, np.nan))
        r: Any = np.linalg.qr(matrix, mode="r")
        if len(r) < matrix.shape[1]:
            r = np.vstack([r, np.zeros((matrix.shape[1] - len(r), matrix.shape[1]))])
        return cls(rows, r * np.where(np.diag(r) < 0, -1.0, 1.0)[:, None])

    def plus(self, other: Triangle) -> Triangle:
        return Triangle.of(self.rows + other.rows, np.vstack([self.upper, other.upper]))


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer a part, in order."""

    each: tuple[Any, ...]

    def plus(self, other: Listed) -> Listed:
        return Listed((*self.each, *other.each))


Answer = Sum | Triangle | Listed


def first(part: Part, theta: Any) -> Sum:
    """Σ wC, Σ w, n, Σ log w and the slopes."""
    slopes = np.zeros(len(theta))
    cost = part.first(theta, slopes)
    return Sum.of([cost, *sizes(part), *slopes])


def sizes(part: Part) -> tuple[float, ...]:
    return part.weight, part.rows, getattr(part, "log_weights", 0.0)


def triangle(part: Part, theta: Any) -> Triangle:
    rho, slopes = part.squares(theta)
    return Triangle.of(len(rho), np.column_stack([slopes, rho]))


# what is asked of a part     its answer
QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "size":      lambda part: Sum.of([0.0, *sizes(part)]),
    "first":     first,
    "product":   lambda part, theta, v: Sum.of(part.product(theta, v)),
    "hessian":   lambda part, theta: Sum.of(part.hessian(theta)),
    "triangle":  triangle,
    "meat":      lambda part, theta: Sum.of(part.meat(theta)),
    "curvature": lambda part, theta, v: Sum.of(part.curvature(theta, v)),
    "bad":       lambda part, theta: Listed(((part.bad(theta), part.rows),)),
    "lengths":   lambda part: Listed((part.rows,)),
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """A question with its vectors, as something that can be sent to a part."""

    question: str
    vectors: tuple[Any, ...] = ()

    def __call__(self, part: Part) -> Any:
        return QUESTIONS[self.question](part, *self.vectors)


class Spread(Protocol):
    """Parts, whoever holds them.

    total    the answers of all parts, joined in their order
    head     the first of them, here
    batches  (generator, size) → parts of so many samples, each asked by itself
    digest   what tells these data from others, without a pass over them
    """

    def total(self, ask: Ask) -> Any: ...

    @property
    def head(self) -> Any: ...

    def batches(self, random: Any, size: int) -> Iterator[Batch]: ...

    def digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples of a spread: how many, and what answers for them."""

    rows: int
    total: Callable[[Ask], Any]


class Parts:
    """Several parts as one: the questions of a part, the answers added up."""

    def __init__(self, kernel: Kernel, spread: Spread) -> None:
        self.kernel = kernel
        self.spread = spread
        self.known: tuple[float, ...] | None = None  # Σw, n, Σ log w
        self.residuals = 0
        self.curved: tuple[Any, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "curved": None}

    # -- how many there are ------------------------------------------------------------------------

    @property
    def is_counted(self) -> bool:
        return self.known is not None

    def _sizes(self) -> tuple[float, ...]:
        if self.known is None:
            self._count(self.spread.total(Ask("size")).value)
        assert self.known is not None
        return self.known

    def _count(self, found: Any) -> None:
        if not found[1] > 0:
            raise DataError("All weights are 0, so no sample counts.")
        self.known = float(found[1]), float(found[2]), float(found[3])

    @property
    def weight(self) -> float:
        """Σ w; of a formula that sums over its samples itself, 1."""
        if isinstance(self.kernel, ScalarKernel) or self.kernel.is_mean:
            return self._sizes()[0]
        return 1.0

    @property
    def rows(self) -> int:
        return round(self._sizes()[1])

    @property
    def log_weights(self) -> float:
        """Σ log w."""
        return self._sizes()[2]

    @cached_property
    def factor(self) -> float:
        return self.spread.head.factor

    # -- the sums ----------------------------------------------------------------------------------

    def first(self, theta: Any, slopes: Any) -> float:
        found = self.spread.total(Ask("first", (theta,))).value
        if self.known is None:
            self._count(found)
        slopes += found[4:]
        return float(found[0])

    def product(self, theta: Any, direction: Any) -> Any:
        return self.spread.total(Ask("product", (theta, direction))).value

    def hessian(self, theta: Any) -> Any:
        if self.curved is None or not np.array_equal(self.curved[0], theta):
            found = self.spread.total(Ask("hessian", (theta,))).value
            self.curved = np.array(theta), (found + found.T) / 2
        return self.curved[1]

    def squares(self, theta: Any) -> tuple[Any, Any]:
        """(ρ', J') of as many rows as parameters and one more, with ρ'ᵀρ' = ρᵀρ, J'ᵀρ' = Jᵀρ and
        J'ᵀJ' = JᵀJ: all that least squares ask of ρ and J."""
        found: Triangle = self.spread.total(Ask("triangle", (theta,)))
        self.residuals = found.rows
        return found.upper[:, -1], found.upper[:, :-1]

    def residual_count(self, theta: Any) -> int:
        if not self.residuals:
            self.squares(theta)
        return self.residuals

    def meat(self, theta: Any) -> Any:
        return self.spread.total(Ask("meat", (theta,))).value

    def curvature(self, theta: Any, direction: Any) -> Any:
        return self.spread.total(Ask("curvature", (theta, direction))).value

    def scores(self, theta: Any) -> Any:
        raise ModelError(
            "The slopes of each sample are as many as the data, which are not here at once; the "
            "sum of their products is in the covariance (errors='robust')."
        )


__all__ = [
    "QUESTIONS",
    "Answer",
    "Ask",
    "Batch",
    "Listed",
    "Parts",
    "Spread",
    "Sum",
    "Triangle",
]  # fmt: skip
