"""What a minimum says of its parameters: covariance, errors, intervals, the profile of the cost.

Let S(θ) = Σ wᵢCᵢ, H = ∂²S/∂θ∂θᵀ at the minimum, n the samples and p the parameters.

    squares       S = ½‖ρ‖², errors normal of one unknown variance: s² = ‖ρ‖²/(n - p), Student's t
                  expected    s²(JᵀJ)⁻¹, J = ∂ρ/∂θ: what curve_fit and least squares give
                  observed    s²H⁻¹
    likelihood    S is -log L, up to a constant: the normal distribution
                  observed    H⁻¹
    both          robust      B⁻¹(Σ gᵢgᵢᵀ)B⁻¹ with gᵢ = wᵢ∂Cᵢ/∂θ and B the bread JᵀJ or H: right
                              where the samples are independent and the errors of any kind (Huber
                              1967; White 1980; HC0)

Weights count as the inverse of a variance where the cost is of squares, and as repeated samples
where it is a likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symgd.errors import InputError, ModelError, listing, quote, shown
from symgd.training.fitting.newton import Fixed, is_singular, newton
from symgd.training.fitting.problem import Objective
from symgd.training.fitting.solve import Moved

KINDS = ("squares", "likelihood")
INFORMATION = ("expected", "observed", "robust")
INTERVALS = ("wald", "profile")
# A profile is followed so far: so many times the step that would reach the level of a parabola.
FARTHEST = 60


@dataclass(frozen=True)
class Interval:
    """From low to high, in which a parameter lies at a level."""

    low: float
    high: float

    def __iter__(self) -> Any:
        return iter((self.low, self.high))


class Statistics:
    """The statistics of an objective at its minimum θ.

    kind    "squares" or "likelihood"; squares where the formula is a sum of them
    sigma   the standard deviation of the errors where it is known, in units of a residual
    """

    def __init__(
        self, of: Objective, theta: Any, kind: str | None = None, sigma: float | None = None
    ) -> None:
        kind = kind or ("squares" if of.is_of_squares else "likelihood")
        if kind not in KINDS:
            raise InputError(f"likelihood={quote(str(kind))} is not known; it is {listing(KINDS)}.")
        if kind == "squares" and not of.is_of_squares:
            of.residuals(theta)  # says why there are none
        self.of = of
        self.theta = np.asarray(theta, dtype=float)
        self.kind = kind
        self.sigma_known = sigma

    # -- the sums at the minimum ------------------------------------------------------------------

    @cached_property
    def squares(self) -> tuple[Any, Any]:
        return self.of.whole.squares(self.theta)

    @cached_property
    def total(self) -> float:
        """S."""
        return float(self.of.whole.first(self.theta, np.zeros(self.of.layout.size)))

    @cached_property
    def hessian(self) -> Any:
        return self.of.whole.hessian(self.theta)

    @cached_property
    def samples(self) -> int:
        """n: of squares the residuals."""
        whole = self.of.whole
        return whole.residual_count(self.theta) if self.kind == "squares" else whole.rows

    @property
    def count(self) -> float:
        """n as it counts: of a likelihood the sum of the weights."""
        weighted = self.kind == "likelihood" and self.of.kernel.weighted
        return float(self.of.whole.weight if weighted else self.samples)

    @property
    def freedom(self) -> int:
        """n - p."""
        return self.samples - self.of.layout.size

    @cached_property
    def scale(self) -> float:
        """s² of squares, in units of ρ; 1 of a likelihood."""
        if self.kind == "likelihood":
            return 1.0
        if self.sigma_known is not None:
            return float(self.sigma_known) ** 2 * self.of.whole.factor
        rho, _ = self.squares
        return float(rho @ rho) / self.freedom if self.freedom > 0 else np.nan

    @property
    def sigma(self) -> float:
        """s, the standard deviation of a residual of weight 1; nan of a likelihood."""
        if self.kind == "likelihood":
            return np.nan
        return float(np.sqrt(self.scale / self.of.whole.factor))

    @property
    def is_student(self) -> bool:
        """Whether quantiles are Student's: the variance is estimated."""
        return self.kind == "squares" and self.sigma_known is None

    @property
    def at_ends(self) -> list[str]:
        """The parameters at an end of their domain."""
        box = self.of.box
        held = (self.theta <= box.low) | (self.theta >= box.high)
        return [box.entries[i] for i in np.flatnonzero(held)]

    # -- covariance -------------------------------------------------------------------------------

    def information(self, given: str | None) -> str:
        """The kind of covariance; expected of squares and observed of a likelihood where None."""
        word = given or ("expected" if self.kind == "squares" else "observed")
        if word not in INFORMATION:
            raise InputError(
                f"errors={quote(str(word))} is not known; it is {listing(INFORMATION)}."
            )
        if word == "expected" and self.kind != "squares":
            raise ModelError(
                "The expected information is known of sums of squares; of a likelihood it is in "
                "the distribution of the labels, so take errors='observed' or 'robust'."
            )
        return word

    @cached_property
    def gauss(self) -> Any:
        """JᵀJ."""
        _, slopes = self.squares
        return slopes.T @ slopes

    def covariance(self, errors: str | None = None) -> Any:
        """The covariance of the parameters; nan where they are not determined."""
        word = self.information(errors)
        bread = self.gauss if self.kind == "squares" and word != "observed" else self.hessian
        inverse = inverse_of(bread)
        if word != "robust":
            return self.scale * inverse
        return inverse @ self.of.whole.meat(self.theta) @ inverse

    def errors(self, errors: str | None = None) -> Any:
        """The standard error of each parameter."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diag(self.covariance(errors)))

    # -- quantiles --------------------------------------------------------------------------------

    def quantile(self, level: float) -> float:
        """q with P(|T| ≤ q) = level, T Student's or normal."""
        level = _level(level)
        from scipy.special import ndtri, stdtrit

        p = (1 + level) / 2
        if self.is_student:
            return float(stdtrit(self.freedom, p)) if self.freedom > 0 else np.nan
        return float(ndtri(p))

    def chance(self, ratios: Any) -> Any:
        """P(|T| > |t|)."""
        from scipy.special import ndtr, stdtr

        t = -np.abs(ratios)
        return 2 * (stdtr(self.freedom, t) if self.is_student else ndtr(t))

    def intervals(self, level: float = 0.95, errors: str | None = None) -> Any:
        """θ ± q·(standard error), a row a parameter."""
        reach = self.quantile(level) * self.errors(errors)
        return np.column_stack([self.theta - reach, self.theta + reach])

    # -- likelihood -------------------------------------------------------------------------------

    @cached_property
    def log_likelihood(self) -> float:
        """-S of a likelihood, up to what the formula leaves out; of squares that of normal errors
        with the variance ‖ρ‖²/n, of samples of their weights."""
        if self.kind == "likelihood":
            return -self.total
        n = self.samples
        rho, _ = self.squares
        k = self.of.whole.factor
        more = getattr(self.of.whole, "log_weights", 0.0) / 2
        if self.sigma_known is not None:
            s2 = float(self.sigma_known) ** 2
            rest = n * np.log(2 * np.pi * s2) + float(rho @ rho) / k / s2
            return more - float(rest) / 2
        with np.errstate(divide="ignore"):  # of residuals that are all 0
            return more - n / 2 * (float(np.log(2 * np.pi * float(rho @ rho) / k / n)) + 1)

    @property
    def aic(self) -> float:
        """2p - 2 log L, the parameters of the model counted and not the variance."""
        return 2 * self.of.layout.size - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """p log n - 2 log L."""
        return float(np.log(self.count)) * self.of.layout.size - 2 * self.log_likelihood

    # -- the profile ------------------------------------------------------------------------------

    def profile(self, place: int, level: float = 0.95) -> Interval:
        """Where 2(S(θ_i) - S)/s² ≤ q², S(θ_i) the least cost with θ_i held: ±∞ or the end of the
        domain where it stays below on that side."""
        reach = self.quantile(level)
        width = float(self.errors()[place])
        if not np.isfinite(width):
            width = max(abs(float(self.theta[place])), 1.0)
        low, high = (self._side(place, reach, sign * reach * width) for sign in (-1.0, 1.0))
        return Interval(low, high)

    def _side(self, place: int, reach: float, step: float) -> float:
        of = self.of
        transform = of.box.transform
        space: Any = of if transform.is_identity else Moved(of, transform)
        best = transform.outward(self.theta)
        held = Fixed(space, place, len(best))
        floor = of.fun(self.theta)
        factor = 2 * of.divisor / self.scale

        def above(value: float, warm: Any) -> tuple[float, Any]:
            theta = self.theta.copy()
            theta[place] = value
            held.value = float(transform.outward(theta)[place])
            if not len(held.others):
                return factor * (held.fun(warm) - floor) - reach**2, warm
            end = newton(held, warm)
            return factor * (end.cost - floor) - reach**2, end.x

        end_of = (of.box.low if step < 0 else of.box.high)[place]
        a, at_a, warm = float(self.theta[place]), -(reach**2), np.delete(best, place)
        for k in range(FARTHEST):
            b = a + step * 1.3**k
            past = b <= end_of if step < 0 else b >= end_of
            if past:
                b = (a + end_of) / 2
            at_b, found = above(b, warm)
            if not np.isfinite(at_b) or at_b >= 0:
                break
            if past and abs(b - end_of) <= 1e-9 * max(1.0, abs(end_of)):
                return float(self._open_end(place, step))
            a, at_a, warm = b, at_b, found
        else:
            return float(self._open_end(place, step))
        # The square root of the rise is nearly straight: false position, the bracket kept.
        for _ in range(60):
            if not np.isfinite(at_b):
                c = (a + b) / 2
            else:
                ra, rb = np.sqrt(at_a + reach**2) - reach, np.sqrt(at_b + reach**2) - reach
                c = a - ra * (b - a) / (rb - ra) if rb != ra else (a + b) / 2
                share = (c - a) / (b - a)
                c = a + (b - a) * min(max(share, 0.05), 0.95) if abs(rb - ra) > 0.2 else c
            at_c, found = above(c, warm)
            if abs(at_c) <= 1e-10 * reach**2 or abs(b - a) <= 1e-12 * max(abs(a), abs(b)):
                return float(c)
            if at_c < 0:
                a, at_a, warm = c, at_c, found
            else:
                b, at_b = c, at_c
        return float((a + b) / 2)

    def _open_end(self, place: int, step: float) -> float:
        d = self.of.box.domains[place]
        end = d.low if step < 0 else d.high
        return float(end) if end is not None else float(np.copysign(np.inf, step))


def inverse_of(matrix: Any) -> Any:
    """The inverse of a positive definite matrix, scaled to a diagonal of ones first; nan of one
    that is not, within rounding: some direction of the parameters then changes nothing."""
    if is_singular(matrix):
        return np.full(matrix.shape, np.nan)
    root = np.sqrt(np.diag(matrix))
    inverse = np.linalg.inv(matrix / np.outer(root, root)) / np.outer(root, root)
    return (inverse + inverse.T) / 2


def _level(level: Any) -> float:
    if isinstance(level, int | float) and 0 < level < 1:
        return float(level)
    raise InputError(f"level={shown(level)} is not known; it is a share such as 0.95.")


__all__ = ["INFORMATION", "INTERVALS", "KINDS", "Interval", "Statistics", "inverse_of"]
