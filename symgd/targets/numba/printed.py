"""The special functions in machine code, from their trees: each printed when it is asked for."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from symgd.targets.numba.bits import inlined
from symgd.targets.numba.exponential import exp
from symgd.targets.numba.gamma import polynomial
from symgd.targets.numba.logarithm import log
from symgd.targets.primitives import COEFFICIENTS, Words, coefficients, in_python
from symgd.targets.scalar.words import DIALECT


@cache
def special(name: str) -> Any:
    """The function of this name, compiled into its caller."""
    space: dict[str, Any] = {**vars(math), "exp": exp, "log": log, "horner": polynomial}
    space |= {c: COEFFICIENTS[c][::-1] for c in coefficients([name])}
    exec(in_python([name], Words(DIALECT)), space)  # noqa: S102 - every word is ours
    return inlined(space[name])
