"""How the second derivative of an objective is kept positive.

    guard          h
    clip           max(h, floor)
    abs            max(|h|, floor); of several margins the sum of |row| of the Hessian
    gauss-newton   max(L''(ŷ)f'(z)², floor)
    unit           1: what the libraries themselves take for absolute errors and quantiles
    secant         g/(z - y), the curvature of the parabola through the cost that has its bottom at
                   the label: the weights of iteratively reweighted least squares

The sum over a row of |H| makes a diagonal that is nowhere below H (Gershgorin); of a softmax it is
2p(1 - p), what XGBoost has of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp

from symgd.errors import InputError, listing, quote
from symgd.targets.sources import GUARDS, Asked

# What a guarded curvature is never below, where no floor is given; XGBoost's own objectives have
# the same.
FLOOR = 1e-16
# How near to its label, in the scale of the labels, a margin may come before its secant stays.
NEAREST = 0.01

# (g, h, z - y) → h as the guard has it
Kept = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Guard:
    """One row.

    statement   of Python over g, h, z_ and the label; {floor} is the least h
    says        what the page says of it
    kept        the same on numbers, before the floor
    floored     whether there is a floor
    scaled      whether the objective has the scale of the labels
    """

    statement: str
    says: str
    kept: Kept
    floored: bool = True
    scaled: bool = False


CLIPPED = "    h = np.maximum(h, {floor!r})\n"
LEAST = "at least {floor!r}"
# fmt: off
GUARDED: dict[str | None, Guard] = {
    None: Guard("", "none: h is the second derivative as it is", lambda g, h, e: h, floored=False),
    "clip": Guard(CLIPPED, f"clip: h is the second derivative, {LEAST}", lambda g, h, e: h),
    "abs": Guard(
        "    h = np.maximum(np.fabs(h), {floor!r})\n",
        f"abs: h is |the second derivative|, {LEAST}", lambda g, h, e: abs(h)),
    "gauss-newton": Guard(
        CLIPPED, f"gauss-newton: h is L''(yhat)*f'(z)**2, {LEAST}", lambda g, h, e: h),
    "unit": Guard(
        "    h = np.ones_like(z_)\n",
        "unit: h is 1, as the libraries have it for absolute errors and quantiles",
        lambda g, h, e: mp.mpf(1), floored=False, scaled=True),
    "secant": Guard(
        "    e = z_ - {label}\n"
        "    e = np.copysign(np.maximum(np.fabs(e), near), e)\n"
        "    h = np.maximum(g/e, {floor!r})\n",
        f"secant: h is g/(z - {{label}}), {LEAST}", lambda g, h, e: g / e, scaled=True),
}
# fmt: on


def guard_of(asked: Asked) -> tuple[Guard, float]:
    """(the guard, the least h); raises InputError for a guard or a floor that there is not."""
    name, floor = asked.guard, asked.floor
    if name not in GUARDED:
        raise InputError(f"guard={quote(str(name))} is not known; it is {listing(GUARDS)}.")
    if floor is None:
        return GUARDED[name], FLOOR
    if not 0 < floor < float("inf"):
        raise InputError(f"floor={floor!r} is not above 0; give the least h, such as 0.01.")
    if name == "unit":
        raise InputError('guard="unit" has h = 1, and no floor; leave one of the two out.')
    return GUARDED[name or "clip"], float(floor)
