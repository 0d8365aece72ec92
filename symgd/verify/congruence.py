"""What two sides have in common is taken away, so that only what differs need be proved equal.

    u + a = u + b    if a = b        ua = ub            if a = b
    aⁿ = bⁿ          if a = b        g(a) = g(b)        if a = b
    cases with the same conditions   if the values are equal one by one

Each is enough for equality and none is needed, so that a failure here says nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sympy as sp

from symgd.trees.scalars import add, mul


def differences(a: Any, b: Any) -> list[tuple[Any, Any]]:
    """Pairs that, if equal, make a and b equal; none where a and b are the same."""
    if a == b:
        return []
    if type(a) is not type(b):
        return [(a, b)]
    if a.is_Add or a.is_Mul:
        join = add if a.is_Add else mul
        left, right = Counter(a.args), Counter(b.args)
        shared = left & right
        if not shared and not (len(a.args) == len(b.args) == 1):
            return [(a, b)]
        rest_a, rest_b = (list((side - shared).elements()) for side in (left, right))
        return differences(join(*rest_a), join(*rest_b))
    if isinstance(a, sp.Piecewise):
        if [c for _, c in a.args] != [c for _, c in b.args]:
            return [(a, b)]
        pairs = zip(a.args, b.args, strict=True)
        return [d for u, v in pairs for d in differences(u.args[0], v.args[0])]
    if (a.is_Pow or a.is_Function) and len(a.args) == len(b.args):
        changed = [(u, v) for u, v in zip(a.args, b.args, strict=True) if u != v]
        if len(changed) == 1:
            return differences(*changed[0])
    return [(a, b)]
