"""A problem and a method of scipy → where its cost is least.

A domain that is open is kept by a transform of its parameter, θ = T(u), one with an end of its own
by a bound; so no step of a line search is refused. Second derivatives are exact, and in a space of
u they are T'·H·T' + diag(∂C/∂θ·T'').
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, MissingExtraError, did_you_mean, listing, quote
from symgd.training.fitting.domains import Box, Transform
from symgd.training.fitting.newton import is_singular, newton, newton_step
from symgd.training.fitting.problem import Objective

# fmt: off
# method               of scipy's          derivatives          bounds
METHODS: Mapping[str, tuple[str,           str,                 bool]] = {
    "least-squares": ("trf",               "residuals",         True),
    "trf":           ("trf",               "residuals",         True),
    "dogbox":        ("dogbox",            "residuals",         True),
    "lm":            ("lm",                "residuals",         False),
    "trust-exact":   ("trust-exact",       "jac hess",          False),
    "trust-ncg":     ("trust-ncg",         "jac hessp",         False),
    "trust-krylov":  ("trust-krylov",      "jac hessp",         False),
    "newton-cg":     ("Newton-CG",         "jac hessp",         False),
    "dogleg":        ("dogleg",            "jac hess",          False),
    "trust-constr":  ("trust-constr",      "jac hessp",         True),
    "bfgs":          ("BFGS",              "jac",               False),
    "cg":            ("CG",                "jac",               False),
    "l-bfgs-b":      ("L-BFGS-B",          "jac",               True),
    "tnc":           ("TNC",               "jac",               True),
    "slsqp":         ("SLSQP",             "jac",               True),
    "nelder-mead":   ("Nelder-Mead",       "",                  True),
    "powell":        ("Powell",            "",                  True),
}
# fmt: on
KEPT = ("transform", "bounds")
# Of so many parameters the Hessian is a matrix, and the last steps are Newton's.
MOST_AS_MATRIX = 200
# The cost may be above its least by such a share of itself.
NEAR = 1e-9
# A start is no minimum where its cost is above by such a share.
FALLEN = 1e-6
# Of a parameter: a few units of its last place.
ROUNDING = 8 * np.finfo(float).eps
# scipy's own tolerances stop in the middle of a narrow valley; the last digits are Newton's.
TIGHT = {"xtol": 1e-10, "ftol": 1e-12, "gtol": 1e-12}


@dataclass(frozen=True)
class Solution:
    """Where a method ended.

    theta        the vector; `cost` is what it costs
    converged    whether it is a minimum, within what a cost can tell, and `why` says it
    decrement    ½ gᵀH⁻¹g at the end: about how far the cost is above its least
    """

    theta: Any
    cost: float
    converged: bool
    why: str
    method: str
    iterations: int
    evaluations: int
    decrement: float = np.nan
    found: Any = field(default=None, repr=False, compare=False)


class Moved:
    """The objective as a function of u, θ = T(u)."""

    def __init__(self, of: Objective, transform: Transform) -> None:
        self.of = of
        self.transform = transform

    def fun(self, u: Any) -> float:
        return self.of.fun(self.transform.inward(u))

    def jac(self, u: Any) -> Any:
        return self.of.jac(self.transform.inward(u)) * self.transform.slopes(u)[0]

    def hess(self, u: Any) -> Any:
        theta = self.transform.inward(u)
        first, second = self.transform.slopes(u)
        bent = np.diag(self.of.jac(theta) * second)
        return first[:, None] * self.of.hess(theta) * first + bent

    def hessp(self, u: Any, direction: Any) -> Any:
        theta = self.transform.inward(u)
        first, second = self.transform.slopes(u)
        d = np.ravel(direction)
        return first * self.of.hessp(theta, first * d) + self.of.jac(theta) * second * d

    def residuals(self, u: Any) -> Any:
        return self.of.residuals(self.transform.inward(u))

    def jacobian(self, u: Any) -> Any:
        return self.of.jacobian(self.transform.inward(u)) * self.transform.slopes(u)[0]


def space_of(of: Objective, by: str | None, has_bounds: bool) -> tuple[Any, bool]:
    """(the function that is minimized, whether it has bounds), by how domains are kept."""
    if of.box.is_free:
        return of, False
    if by == "transform" or (by is None and (of.box.is_open or not has_bounds)):
        return Moved(of, of.box.transform), False
    return of, True


def solve(
    of: Objective,
    start: Any = None,
    method: str | None = None,
    domains: str | None = None,
    options: Mapping[str, Any] | None = None,
    polish: bool = True,
) -> Solution:
    """Where the cost is least, from a start; raises InputError, DataError, MissingExtraError.

    polish   whether the last digits are Newton's, where the Hessian is no larger than a matrix may
             be; without it the method ends where its own options say
    """
    require_scipy()
    word = method_of(of, method)
    name, derivatives, has_bounds = METHODS[word]
    if domains is not None and domains not in KEPT:
        raise InputError(
            f"domains={quote(str(domains))} is not known; it is {listing(KEPT)}, or None."
        )
    if domains == "bounds" and not has_bounds and not of.box.is_free:
        able = listing(m for m, row in METHODS.items() if row[2])
        raise InputError(f"{word} takes no bounds; {able} do, or write domains='transform'.")
    theta = of.start if start is None else start
    if theta is None:
        raise DataError("solve() needs a start: problem(..., start={...}) or solve(start={...}).")
    of.box.check(theta)
    if not np.isfinite(of.fun(theta)):
        raise DataError(
            f"The cost at the start is {of.fun(theta)}; choose a start where it has a value."
        )
    space, bounded = space_of(of, domains, has_bounds)
    at = theta if space is of else space.transform.outward(theta)
    before = of.evaluations
    run = _least_squares if derivatives == "residuals" else _minimize
    with np.errstate(all="ignore"):
        found = run(space, at, name, derivatives, of.box.bounds if bounded else None, options)
    x = np.asarray(found.x, dtype=float)
    decrement, steps = np.nan, 0
    if polish and of.layout.size <= MOST_AS_MATRIX:
        x, decrement, steps = _polished(space, x, of, bounded)
    theta = x if space is of else space.transform.inward(x)
    theta = np.clip(theta, of.box.low, of.box.high)
    cost = of.fun(theta)
    converged, why = _verdict(found, decrement, cost, space, x)
    if converged and (away := _run_away(space, x, at, of.box)):
        converged, why = False, away
    iterations = int(getattr(found, "nit", 0) or getattr(found, "njev", 0) or 0) + steps
    return Solution(
        theta, cost, converged, why, word, iterations, of.evaluations - before, decrement, found
    )


def method_of(of: Objective, method: str | None) -> str:
    """The method by its name, or the usual one: least squares where the cost is a sum of them."""
    if method is None:
        if of.is_of_squares:
            return "least-squares"
        if not (of.box.is_free or of.box.is_open):
            return "l-bfgs-b"
        return "trust-exact" if of.layout.size <= MOST_AS_MATRIX else "trust-ncg"
    word = str(method).lower().replace("_", "-")
    if word not in METHODS:
        raise InputError(
            f"method={quote(str(method))} is not known; there are {listing(METHODS)}."
            f"{did_you_mean(word, METHODS)}"
        )
    return word


def _minimize(space: Any, at: Any, name: str, derivatives: str, bounds: Any, options: Any) -> Any:
    from scipy.optimize import minimize

    given = {d: getattr(space, d) for d in derivatives.split()}
    if bounds is not None:
        given["bounds"] = bounds
    return minimize(space.fun, at, method=name, options=dict(options or {}), **given)


def _least_squares(
    space: Any, at: Any, name: str, derivatives: str, bounds: Any, options: Any
) -> Any:
    from scipy.optimize import least_squares

    given: dict[str, Any] = {**TIGHT, "x_scale": "jac", **dict(options or {})}
    if bounds is not None:
        low, high = np.array(bounds).T
        given["bounds"] = low, high
        at = np.clip(at, low, high)
    shared = _Shared(space)
    if name == "lm" and len(shared.residuals(at)) < len(at):
        raise DataError(
            f"There are {len(shared.residuals(at))} residuals for {len(at)} parameters, and lm "
            "needs as many; write method='least-squares'."
        )
    return least_squares(shared.residuals, at, jac=shared.jacobian, method=name, **given)


class _Shared:
    """Residuals and their Jacobian at one vector: one evaluation."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.seen: tuple[Any, Any, Any] | None = None

    def both(self, x: Any) -> tuple[Any, Any]:
        if self.seen is None or not np.array_equal(self.seen[0], x):
            if isinstance(self.space, Moved):
                rho, slopes = self.space.of.squares(self.space.transform.inward(x))
                slopes = slopes * self.space.transform.slopes(x)[0]
            else:
                rho, slopes = self.space.squares(x)
            self.seen = np.array(x), rho, slopes
        return self.seen[1], self.seen[2]

    def residuals(self, x: Any) -> Any:
        return self.both(x)[0]

    def jacobian(self, x: Any) -> Any:
        return self.both(x)[1]


def _polished(space: Any, x: Any, of: Objective, bounded: bool) -> tuple[Any, float, int]:
    """The last steps by Newton's method: (where, the decrement, how many)."""
    if bounded:
        return _along_bounds(space, x, of.box)
    end = newton(space, x, 20)
    return end.x, end.decrement, end.steps


def _along_bounds(space: Any, x: Any, box: Box) -> tuple[Any, float, int]:
    """Newton's steps in the entries that no bound holds.

    A method that stays inside comes near to an end and not to it: an entry that the cost pulls
    there goes there, if the cost does not rise by it.
    """
    x, cost, decrement = x.copy(), space.fun(x), np.nan
    for k in range(20):
        g = space.jac(x)
        for i in np.flatnonzero(g):
            end = box.low[i] if g[i] > 0 else box.high[i]
            at_end = x.copy()
            at_end[i] = end
            if np.isfinite(end) and x[i] != end and space.fun(at_end) <= cost:
                x, cost = at_end, space.fun(at_end)
        g = space.jac(x)
        free = ~(((x <= box.low) & (g >= 0)) | ((x >= box.high) & (g <= 0)))
        if not free.any():
            return x, 0.0, k
        step = newton_step(space.hess(x)[np.ix_(free, free)], g[free])
        if step is None:
            return x, np.nan, k
        decrement = float(g[free] @ step) / 2
        there = x.copy()
        there[free] = np.clip(x[free] - step, box.low[free], box.high[free])
        if not space.fun(there) < cost:
            return x, decrement, k
        x, cost = there, space.fun(there)
    return x, decrement, 20


def _verdict(
    found: Any, decrement: float, cost: float, space: Any, x: Any
) -> tuple[bool, str]:  # fmt: skip
    """Whether it is a minimum, and why that is said."""
    said = str(getattr(found, "message", "")).strip().rstrip(".")
    if decrement == decrement:
        hessian = space.hess(x)
        # θ itself is rounded, and the cost cannot be told apart by less than that moves it.
        moves = ROUNDING * np.abs(x)
        floor = float(moves @ np.abs(hessian) @ moves) / 2
        share = f"{decrement:.1e}"
        if decrement <= NEAR * abs(cost) + floor + np.finfo(float).tiny * 1e16:
            told = f"the cost is within {share} of its least here, and "
            if is_singular(hessian):
                return True, told + "some direction of the parameters changes nothing"
            return True, told + "its Hessian is positive definite"
        return False, f"the cost can fall by about {share} yet ({said})"
    if getattr(found, "success", False):
        return True, said
    return False, said


def _run_away(space: Any, x: Any, start: Any, box: Box) -> str:
    """What is said where the cost is as low twice as far from the start: it has no minimum where
    the search ended, and goes on to fall, or to stay, with parameters without end. Else ""."""
    before, here = space.fun(start), space.fun(x)
    further = 2 * x - start
    if not isinstance(space, Moved):
        further = np.clip(further, box.low, box.high)
    if np.array_equal(further, x):  # an end of the domain is as far as it goes
        return ""
    with np.errstate(all="ignore"):
        there = space.fun(further)
    if not (before > here + FALLEN * abs(here) and there <= here + NEAR * abs(here)):
        return ""
    way = np.abs(x - start)
    first = int(np.argmax(way))
    return (
        f"the cost is as low twice as far from the start, so it has no least value here: "
        f"{box.entries[first]} has run off, to {float(_given(space, x)[first]):.3g}"
    )


def _given(space: Any, x: Any) -> Any:
    """The parameters themselves."""
    return space.transform.inward(x) if isinstance(space, Moved) else x


def require_scipy() -> None:
    """Raise MissingExtraError where scipy is not installed."""
    if importlib.util.find_spec("scipy") is None:
        raise MissingExtraError(
            'solve() needs scipy, which is not installed; it comes with pip install "symgd[fit]".'
        )


__all__ = [
    "KEPT",
    "METHODS",
    "Moved",
    "Solution",
    "method_of",
    "require_scipy",
    "solve",
    "space_of",
]
