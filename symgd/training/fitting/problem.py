"""A model on its data as functions of one vector: what optimizers take.

    scipy.optimize.minimize(p.fun, p.start, jac=p.jac, hessp=p.hessp, bounds=p.bounds)

`fun` and `jac` at one vector are one evaluation. A call allocates what it hands out and nothing
else of the size of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, listing, quote
from symgd.training.fitting.domains import Box
from symgd.training.fitting.kernels import ArrayKernel, Kernel, ScalarKernel
from symgd.training.fitting.layout import Layout

REDUCTIONS = ("mean", "sum")
OUTSIDE = ("raise", "nan")


class Objective:
    """C(θ) = Σ wᵢCᵢ(θ), over Σ wᵢ where it is a mean, and its derivatives, of a vector.

    whole    the sums, of one part or of many
    start    where a descent begins, or None
    outside  "raise" refuses a θ outside its domain, "nan" answers nan
    """

    def __init__(
        self,
        kernel: Kernel,
        whole: Any,
        layout: Layout,
        start: Any = None,
        reduction: str = "mean",
        outside: str = "raise",
    ) -> None:
        for option, value, known in (
            ("reduction", reduction, REDUCTIONS), ("outside", outside, OUTSIDE)
        ):  # fmt: skip
            if value not in known:
                raise InputError(f"{option}={quote(str(value))} is not known; it is "
                                 f"{listing(known)}.")  # fmt: skip
        self.kernel = kernel
        self.whole = whole
        self.layout = layout
        self.start = start
        self.reduction = reduction
        self.outside = outside
        self.box = Box.of(layout, kernel.domains)
        self.evaluations = 0
        self.seen: tuple[Any, float, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "seen": None}

    @property
    def divisor(self) -> float:
        """Σ wᵢ of a mean; with shapes the formula itself says whether it is one."""
        is_mean = self.reduction == "mean" or isinstance(self.kernel, ArrayKernel)
        return float(self.whole.weight) if is_mean else 1.0

    # -- the vector ------------------------------------------------------------------------------

    def vector(self, theta: Any) -> tuple[Any, bool]:
        """(θ as a vector of doubles, whether it is in its domain); raises DataError."""
        v = np.asarray(theta, dtype=float)
        if v.shape != (self.layout.size,):
            self.layout.unpack(v)  # says what is wanted
        if self.box.outside(v) is None:
            return v, True
        if self.outside == "raise":
            self.box.check(v)
        return v, False

    # -- the cost and its derivatives --------------------------------------------------------------

    def both(self, theta: Any) -> tuple[float, Any]:
        """(C, ∂C/∂θ), kept until another vector comes."""
        seen = self.seen
        if seen is not None and np.array_equal(seen[0], theta):
            return seen[1], seen[2]
        v, inside = self.vector(theta)
        slopes = np.zeros(self.layout.size)
        if inside:
            cost = self.whole.first(v, slopes) / self.divisor
            slopes /= self.divisor
        else:
            cost = np.nan
            slopes.fill(np.nan)
        self.evaluations += 1
        self.seen = v.copy(), cost, slopes
        return cost, slopes

    def fun(self, theta: Any) -> float:
        """C(θ)."""
        return self.both(theta)[0]

    def jac(self, theta: Any) -> Any:
        """∂C/∂θ, a vector of the caller's own."""
        return self.both(theta)[1].copy()

    def fun_and_jac(self, theta: Any) -> tuple[float, Any]:
        """Both, as `minimize(..., jac=True)` takes them."""
        cost, slopes = self.both(theta)
        return cost, slopes.copy()

    def hess(self, theta: Any) -> Any:
        """∂²C/∂θ∂θᵀ, exact, a symmetric matrix."""
        v, inside = self.vector(theta)
        if not inside:
            return np.full((self.layout.size, self.layout.size), np.nan)
        return self.whole.hessian(v) / self.divisor

    def hessp(self, theta: Any, direction: Any) -> Any:
        """∂²C/∂θ∂θᵀ·direction, the matrix never formed."""
        v, inside = self.vector(theta)
        d = np.asarray(direction, dtype=float).ravel()
        if d.shape != (self.layout.size,):
            raise DataError(
                f"The direction has {d.size} entries, and the parameters are {self.layout.size} "
                "numbers."
            )
        if not inside:
            return np.full(self.layout.size, np.nan)
        return self.whole.product(v, d) / self.divisor

    # -- sums of squares ---------------------------------------------------------------------------

    @property
    def is_of_squares(self) -> bool:
        """Whether C = ½‖ρ‖², as the formula says."""
        return self.kernel.is_of_squares

    def squares(self, theta: Any) -> tuple[Any, Any]:
        """(ρ, ∂ρ/∂θ) with C = ½‖ρ‖²; raises ModelError where the cost is no sum of squares."""
        v, inside = self.vector(theta)
        rho, slopes = self.whole.squares(v if inside else self.box.transform.kept(v))
        if not inside:
            return np.full_like(rho, np.nan), np.full_like(slopes, np.nan)
        root = np.sqrt(self.divisor)
        return (rho / root, slopes / root) if root != 1.0 else (rho, slopes)

    def residuals(self, theta: Any) -> Any:
        """ρ with C = ½‖ρ‖², as `scipy.optimize.least_squares` takes it."""
        return self.squares(theta)[0]

    def jacobian(self, theta: Any) -> Any:
        """∂ρ/∂θ, a row for each residual."""
        return self.squares(theta)[1]


def objective(
    kernel: Kernel,
    data: Mapping[str, Any],
    start: Mapping[str, Any] | None,
    weights: Any = None,
    reduction: str = "mean",
    outside: str = "raise",
) -> Objective:
    """The objective of a kernel on data; raises DataError where these do not fit the model."""
    at = None if start is None else {n: start[n] for n in kernel.names}
    if weights is not None:
        data, weights = weighed(data, weights)
    part = kernel.on(data, weights, at)
    if isinstance(kernel, ScalarKernel):
        layout = kernel.layout(at if at is not None else dict.fromkeys(kernel.names, 0.0))
    else:
        layout = part.layout  # type: ignore[union-attr]
    vector = None if at is None else layout.pack(at)
    made = Objective(kernel, part, layout, vector, reduction, outside)
    if vector is not None:
        made.box.check(vector)
    return made


def weighed(data: Mapping[str, Any], weights: Any) -> tuple[Mapping[str, Any], Any]:
    """The samples that count, and how much: what has the weight 0 is left out.

    Raises DataError for weights that are no numbers from 0 on, or not one a sample.
    """
    try:
        w = np.asarray(weights)
    except Exception:  # uneven, too deep, or of a class of the user's own that fails
        w = np.zeros(0)
    if w.dtype.kind not in "fiub" or w.ndim != 1 or not w.size:
        raise DataError("weights is one number a sample: an array of one dimension.")
    w = w.astype(float)
    bad = ~(np.isfinite(w) & (w >= 0))
    if bad.any():
        i = int(np.argmax(bad))
        raise DataError(f"weights[{i}] is {w[i]}; a weight is a finite number from 0 on.")
    if not w.any():
        raise DataError("All weights are 0, so no sample counts.")
    long = {n: len(v) for n, v in data.items() if np.ndim(v)}
    for n, count in long.items():
        if count != w.size:
            raise DataError(f"There are {w.size} weights, and {n} has {count} samples.")
    kept = w > 0
    if kept.all():
        return data, w
    return {n: np.asarray(v)[kept] if n in long else v for n, v in data.items()}, w[kept]


__all__ = ["Objective", "objective", "weighed"]
