"""JAX and PyTorch: how each spells what the other spells otherwise, and scalar formulas in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.derive.differentials.lemmas import Z
from symgd.errors import ModelError


@dataclass(frozen=True, slots=True)
class Library:
    """How one library spells what the other spells otherwise."""

    head: str
    xp: str
    like: str
    maximum: str
    logsumexp: str
    softmax: str
    softplus: str
    sigmoid: str
    erf: str
    expm: str
    keep: str


LIBRARIES = {
    "jax": Library(
        "import math\n\nimport jax\nimport jax.numpy as jnp\n",
        "jnp", "", "jnp.maximum({0}, 0)", "jax.nn.logsumexp({0})",
        "jax.nn.softmax({0}, axis={axis})",
        "jax.nn.softplus({0})", "jax.nn.sigmoid({0})", "jax.scipy.special.erf({0})",
        "jax.scipy.linalg.expm({0})", "axis={axis}, keepdims=True",
    ),
    "torch": Library(
        "import math\n\nimport torch\n",
        "torch", ", dtype={dtype}", "torch.clamp({0}, min=0)", "torch.logsumexp({0}.flatten(), 0)",
        "torch.softmax({0}, dim={axis})", "torch.nn.functional.softplus({0})", "torch.sigmoid({0})",
        "torch.erf({0})", "torch.linalg.matrix_exp({0})", "dim={axis}, keepdim=True",
    ),
}  # fmt: skip


#  function   the same in both libraries
ALIKE = {
    **{f: f for f in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sign", "abs")},
    "atan": "arctan",
}


def entrywise(expr: Any, z: str, library: Library) -> str:
    """A scalar expression in z, over arrays."""
    if expr == Z:
        return f"({z})"
    if expr.is_Rational:
        return f"({int(expr.p)} / {int(expr.q)})" if expr.q != 1 else f"({int(expr.p)})"
    if expr is sp.pi or expr is sp.E:
        return "math.pi" if expr is sp.pi else "math.e"
    args = [entrywise(a, z, library) for a in expr.args if not isinstance(expr, sp.Piecewise)]
    xp = library.xp
    if expr.is_Add or expr.is_Mul:
        return "(" + (" + " if expr.is_Add else " * ").join(args) + ")"
    if expr.is_Pow and expr.base is sp.E:
        return f"{xp}.exp({args[1]})"
    if expr.is_Pow:
        return f"({args[0]} ** {args[1]})"
    if isinstance(expr, sp.Piecewise):
        out = ""
        for value, condition in reversed(expr.args):
            body = entrywise(value, z, library)
            if condition == sp.true:
                out = body
            else:
                a, b = (entrywise(s, z, library) for s in condition.args)
                sign = {
                    "StrictGreaterThan": ">",
                    "GreaterThan": ">=",
                    "StrictLessThan": "<",
                    "LessThan": "<=",
                }
                test = f"{a} {sign[type(condition).__name__]} {b}"
                one = f"0 * ({z})"
                out = f"{xp}.where({test}, {body} + {one}, {out} + {one})"
        return out
    word = {"Abs": "abs", "Max": "maximum", "Min": "minimum"}.get(
        expr.func.__name__, expr.func.__name__
    )
    if word == "erf":
        return library.erf.format(*args)
    if word == "erfc":
        return f"(1 - {library.erf.format(*args)})"
    if word in ("maximum", "minimum"):
        return f"{xp}.{word}({args[0]} + 0 * ({z}), {args[1]} + 0 * ({z}))"
    if word in ALIKE or word == "exp":
        return f"{xp}.{ALIKE.get(word, word)}({', '.join(args)})"
    raise ModelError(f"{word} is not exported to {xp} over matrices.")
