"""Program → functions: `numpy` for arrays, `numba` for long ones, `scalar` for floats.

A backend is a row; nothing of it is loaded before the first gradient on it.
"""

from __future__ import annotations

# name      module:name of (graph or program, reduction) → the compiled gradient
BACKENDS: dict[str, str] = {
    "numpy":  "symgd.targets.numpy:compile_numpy",
    "scalar": "symgd.targets.scalar.compiled:compile_scalar",
    "numba":  "symgd.targets.numba:compile_numba",
}  # fmt: skip
REDUCTIONS: tuple[str | None, ...] = ("mean", "sum", None)
