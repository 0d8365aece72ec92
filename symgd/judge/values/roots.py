"""Where something is 0: a value of a letter, by Newton's method with differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.digits import AGREEING_DIGITS, floor, step
from symgd.judge.values.indices import key_of
from symgd.judge.values.names import canonical, name_at
from symgd.judge.values.values import Value, entries, is_array
from symgd.judge.words import say
from symgd.language.latex.syntax import Root
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

NEWTON = 12
# On a curve that is differentiated more digits are needed: each difference takes as many as its
# step has, so a root is as exact as the digits that are worked in.
EXACT, MOST = 8, 40


def newton(
    evaluator: Evaluator, key: Any, zero: Any, here: Value | None = None, small: Any = None
) -> Value | None:
    """A value of the name under which `zero` is 0; None where the steps do not settle.

    Without `small`, what is far below what lines agree to is taken for 0.
    """
    here = name_at(evaluator, key) if here is None else here
    h = step(evaluator.point.digits)

    def residual(x: Value) -> list[Any]:
        return entries(evaluator.overridden({key: x}).value(zero))

    start = None
    for _ in range(NEWTON if small is None else MOST):
        f = residual(here)
        size = max(map(abs, f))
        start = max(size, floor(evaluator.point.digits)) if start is None else start
        far_below = min(start, 1) * mp.mpf(10) ** (-2 * AGREEING_DIGITS)
        if size < (far_below if small is None else small):
            return here
        if len(f) != len(entries(here)):
            return None
        if not is_array(here):
            slope = (residual(here + h)[0] - residual(here - h)[0]) / (2 * h)
            if not slope:
                return None
            here = here - f[0] / slope
            continue
        jacobian = mp.matrix(len(f), len(f))
        for j, index in enumerate(np.ndindex(*here.shape)):
            up, down = here.copy(), here.copy()
            up[index] += h
            down[index] -= h
            for i, (a, b) in enumerate(zip(residual(up), residual(down), strict=True)):
                jacobian[i, j] = (a - b) / (2 * h)
        change = mp.lu_solve(jacobian, mp.matrix(f))
        here = here - np.array(list(change), dtype=object).reshape(here.shape)
    return None


def value_of_root(e: Evaluator, tree: Root) -> Value:
    """The y of a curve F(x, y) = 0 at the x of this point: the root near the y that is drawn."""
    key = canonical(e, key_of(e, tree.of))
    start = e.point.leaf(key, e.env.shape_of(key))
    if is_array(start):
        raise NotUnderstood(say("unknown:curve"))
    found = newton(e, key, tree.zero, start, mp.mpf(10) ** (EXACT - mp.mp.dps))
    if found is None:
        raise Outside
    return found
