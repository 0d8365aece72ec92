r"""Sums without end: \sum_{k=0}^\infty x^k/k!, by mpmath's acceleration of convergence.

Of \sum_k a_k x^k, whose coefficients nothing says, the first terms are taken: what is true of every
such sum is true of them, and what is not may have its reason in what is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.values import Value, is_array
from symgd.judge.words import say
from symgd.language.latex.syntax import Big, Minus, Name, walk

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

INFINITY = Name(r"\infty")
# Digits that a sum is worked out in, one after the other, and how many of them must stand still.
SUM_DIGITS, SURE_DIGITS = (20, 30), 12
# The terms that a term far out may not be larger than.
FIRST, FAR = 3, 64


def is_endless(tree: Big) -> bool:
    """Whether a Σ or Π has no end."""
    return any(
        bound == INFINITY or (isinstance(bound, Minus) and bound.of == INFINITY)
        for bound in (tree.low, tree.high)
    )


def has_coefficients(tree: Big) -> bool:
    """Whether the terms have names that the index counts: the a_k of Σ a_k x^k."""
    own = set(tree.indices)
    names = (n for n in walk(tree.body) if isinstance(n, Name))
    return any(own & set(walk(i)) for n in names for i in (*n.below, *n.above))


def endless(e: Evaluator, tree: Big, low: int) -> Value:
    """The sum from `low` on. Raises NotUnderstood where it does not converge, or is of arrays."""
    plain = len(tree.indices) == 1 and not tree.conditions and tree.kind == "sum"
    if not plain or tree.high != INFINITY:
        raise NotUnderstood(say("unknown:endless"))
    (letter,) = tree.indices
    e.env.rounded = True

    def term(k: Any) -> Any:
        value = e.bound({letter.base: int(k)}).value(tree.body)
        if is_array(value):
            raise NotUnderstood(say("unknown:endless"))
        return value

    if abs(term(low + FAR)) > max(abs(term(low + k)) for k in range(FIRST)):
        raise Outside  # it grows: whatever acceleration makes of it is no sum
    found = []
    for digits in SUM_DIGITS:
        with mp.workdps(digits):
            try:
                found.append(mp.nsum(term, [low, mp.inf]))
            except (ZeroDivisionError, ValueError, OverflowError, mp.mp.NoConvergence):
                raise Outside from None
    less, more = found
    with mp.workdps(max(SUM_DIGITS)):
        # Of a sum that does not converge, each precision finds another value.
        if not mp.isfinite(more) or abs(more - less) > mp.mpf(10) ** -SURE_DIGITS * (1 + abs(more)):
            raise NotUnderstood(say("unknown:endless"))
    return more


__all__ = ["endless", "has_coefficients", "is_endless"]
