"""Program → a function of floats on `math`, and the whole descent as one generated loop.

Python's floats raise where IEEE has a value: exp(1000), 1/0.0, log(0.0). The generated code
runs without a guard, and where it raises, the numpy code of the same program answers in its
place: the common case is fast, the rare one right, and the two backends agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.programs.exponentials import without_sigmoid
from symgd.programs.program import Program, program
from symgd.targets.flags import watched
from symgd.targets.gradient import Compiled
from symgd.targets.inputs import checker
from symgd.targets.numpy import compile_numpy
from symgd.targets.python import Printer, body, function_in
from symgd.targets.scalar.words import CAUGHT, DIALECT, head
from symgd.trees.graph import Graph

GRADIENT = '''

def gradient({leaves}):
    """The cost and its slopes, of one sample."""
    try:
{lines}
        return {value}, ({slopes})
    except {raised}:
        return careful({leaves})
'''

LOOP = '''

def {name}({leaves}, c, epochs{keep}):
    """parameters <- parameters + c*slopes, `epochs` times{kept}."""
    try:
        for _ in range(epochs):
{lines}
    except {raised}:
        return ({nans},)
    return ({parameters},)
'''


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


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *leaves: function(*map(np.float64, leaves))


def scalar_source(made: Program) -> str:
    """The source of `gradient(*leaves)`, `descend(*leaves, c, epochs, keep)` and `end`.

    A program without a gradient, as a Hessian-vector product is, descends nothing.
    """
    made = without_sigmoid(made)
    printer = Printer(made, DIALECT)
    names = printer.names
    leaves = ", ".join(names[s] for s in made.leaves)
    slopes = [f"{printer(e)}," for e in made.results]
    gradient = GRADIENT.format(
        leaves=leaves,
        lines="\n".join(body(made, printer, " " * 8)),
        value=names[made.value],
        slopes=" ".join(slopes),
        raised=CAUGHT,
    )
    return (
        head()
        + gradient
        + "".join(_loop(made, printer, leaves, kept) for kept in (True, False) if made.gradient)
    )


def _loop(made: Program, printer: Printer, leaves: str, history: bool) -> str:
    """θ ← θ + cg as one function; without a history, only what the slopes need is computed."""
    indent = " " * 12
    names = [printer.names[t] for t in made.graph.parameters]
    slopes = [f"g{i}" for i in range(len(names))]
    needed = made.lines if history else made.needed(made.gradient.values())
    lines = [
        *(f"{printer.names[a.name]} = {printer(a.expr)}" for a in needed),
        *(f"{g} = {printer(e)}" for g, e in zip(slopes, made.gradient.values(), strict=True)),
        *([f"keep(({printer.names[made.value]}, {', '.join(names)}))"] * history),
        *(f"{p} = {p} + c*{g}" for p, g in zip(names, slopes, strict=True)),
    ]
    return LOOP.format(
        name="descend" if history else "end",
        leaves=leaves,
        keep=", keep" * history,
        kept="; keep((cost, *parameters)) before each" * history,
        lines="\n".join(indent + line for line in lines),
        raised=CAUGHT,
        parameters=", ".join(names),
        nans=", ".join("nan" for _ in names),
    )
