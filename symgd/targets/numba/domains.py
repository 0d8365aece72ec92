"""Whether the samples lie in their domains, asked in the loop that reads them anyway.

What is asked is an integer: 0 where a sample is inside. Their | is 0 where all samples are.
"""

from __future__ import annotations

from typing import Any

from symgd.targets.numba.bits import bits, fused, inlined, select, whole_below
from symgd.trees.domain import REAL, Domain

SIGN = ~(-(2**63))  # all bits but that of the sign
ROUNDER = 2.0**52  # every double from here on is whole, and so is what was added to it


@inlined
def nonzero(u: Any) -> Any:
    """An integer that is 0 only where u is 0, or -0."""
    return bits(u) & SIGN


@inlined
def whole(u: Any) -> Any:
    """Whether u ≥ 0 is a whole number.

    Not by Python's `floor`, which numba makes an integer: what a number beyond 2⁶³ becomes there
    is the processor's to choose. One that has an fma rounds a double in one operation as well.
    """
    small = select(u < ROUNDER, u, ROUNDER)
    rounded = select(fused(), whole_below(u), (small + ROUNDER) - ROUNDER)
    return rounded == select(fused(), u, small)


@inlined
def unless(inside: Any) -> Any:
    """0 where the condition holds, else 1."""
    return 0 if inside else 1


def outside(name: str, domain: Domain) -> str:
    """The source of an integer that is 0 only where the sample `name` is in the domain, or none."""
    if domain == REAL:
        return ""
    if domain.kind == "finite":
        members = [repr(float(m)) for m in domain.members]
        if len(members) == 2 and domain.members[1] - domain.members[0] >= 1:
            # y - a is 0 for y = a alone, and then y - b is no fraction that could make 0 of it.
            return f"nonzero(({name} - {members[0]})*({name} - {members[1]}))"
        return f"unless({' | '.join(f'({name} == {m})' for m in members)})"
    if domain.kind == "counts":
        return f"unless(({name} >= 0.0) & ({name} < inf) & whole({name}))"
    low = "-inf" if domain.low is None else repr(float(domain.low))
    high = "inf" if domain.high is None else repr(float(domain.high))
    above, below = (">=" if domain.closed[0] else ">"), ("<=" if domain.closed[1] else "<")
    return f"unless(({name} {above} {low}) & ({name} {below} {high}))"
