"""The words of generated code on Python's floats, and where they come from."""

from __future__ import annotations

import math

from symgd.functions import BY_HEAD
from symgd.functions.primitives import PRIMITIVES
from symgd.targets.python import Dialect, imported

DIALECT = Dialect(
    either=lambda c, a, b: f"({a} if {c} else {b})",
    joined={
        "and": lambda a, b: f"({a} and {b})",
        "or": lambda a, b: f"({a} or {b})",
        "not": lambda a: f"(not {a})",
    },
    power="pow({}, {})",
)

# What Python's floats raise where an array would overflow, or have no value.
RAISED = (OverflowError, ZeroDivisionError, ValueError)
# The same, in the source of a function.
CAUGHT = f"({', '.join(e.__name__ for e in RAISED)})"


def head() -> str:
    """What a generated function may call, of `math` and of our own."""
    rows = [r for r in BY_HEAD.values() if r.math]
    # that of `math` is ln|Γ| left of 0, where Γ has no logarithm
    own = {r.math for r in rows if not hasattr(math, r.math)} - {"sign"} | {"lgamma"}
    words = {r.math for r in rows} - own - {"sign"} | {p.numpy for p in PRIMITIVES}
    words |= {"fabs", "inf", "nan", "pow", "sqrt"}
    own |= {p.name[1:] for p in PRIMITIVES if not p.numpy}
    lines = [
        "# careful(...), where Python's floats raise: the same program on numpy, "
        "`compile_numpy(...).source`",
        *imported("math", sorted(words - {""})),
        *imported("symgd.targets.scalar.words", ["maximum", "minimum", "sign"]),
        *imported("symgd.targets.scalar.functions", sorted(own)),
    ]
    return "\n".join(lines) + "\n"


def maximum(a: float, b: float) -> float:
    """max(a, b); nan where one is."""
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    """min(a, b); nan where one is."""
    return a if a <= b or a != a else b


def sign(u: float) -> float:
    """-1, 0 or 1; nan of nan."""
    return float((u > 0.0) - (u < 0.0)) if u == u else u
