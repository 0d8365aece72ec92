"""Program → a function of floats on `math`, and the whole descent as one generated loop.

Python's floats raise where IEEE has a value: exp(1000), 1/0.0, log(0.0). The generated code
runs without a guard, and where it raises, the numpy code of the same program answers in its
place: the common case is fast, the rare one right, and the two backends agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.programs.constants import has_constant_beyond
from symgd.programs.program import Program, program
from symgd.targets.flags import watched
from symgd.targets.gradient import Compiled
from symgd.targets.inputs import checker
from symgd.targets.numpy import compile_numpy
from symgd.targets.python import function_in
from symgd.targets.scalar.source import scalar_source
from symgd.trees.graph import Graph


def compile_scalar(model: Graph | Program, reduction: str | None = "sum") -> Compiled:
    """g(**values) → (cost, {parameter: slope}), on floats: for loops over single samples.

    Of one sample the mean and the sum are the same: any reduction will do.

    `loop` and `end` of the result are the descent θ ← θ + cg as one generated function, bit for
    bit what the same steps one at a time give; where Python's floats raise, they return nan.
    Raises ModelError for a function without a formula; the gradient raises DataError.
    """
    made = model if isinstance(model, Program) else program(model)
    whole = compile_numpy(made, "sum")
    source = scalar_source(made)
    careful = _careful(whole.function)
    namespace: dict[str, Any] = {"careful": careful}
    function = function_in(source, "gradient", namespace, "scalar")
    if has_constant_beyond(made):
        function = careful
        namespace |= {n: _nowhere(made) for n in ("descend", "end") if n in namespace}
    return Compiled(
        made,
        "scalar",
        "sum",
        source,
        function,
        checker(made, arrays=False),
        namespace.get("descend"),
        namespace.get("end"),
        called=watched(function, careful),
    )


def _nowhere(made: Program) -> Callable[..., tuple[float, ...]]:
    """The descent that is left to the careful function, a step at a time."""
    return lambda *_: (math.nan,) * len(made.graph.parameters)


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *leaves: function(*map(np.float64, leaves))
