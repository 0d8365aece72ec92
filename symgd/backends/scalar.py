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

from symgd.backends.inputs import checker
from symgd.backends.numpy import compile_numpy
from symgd.backends.python import Compiled, Dialect, Printer, body, loaded
from symgd.graph import Graph
from symgd.program import Program, program

DIALECT = Dialect(
    either=lambda c, a, b: f"({a} if {c} else {b})",
    joined={
        "and": lambda a, b: f"({a} and {b})",
        "or": lambda a, b: f"({a} or {b})",
        "not": lambda a: f"(not {a})",
    },
    power="pow({}, {})",
)

RAISED = "(OverflowError, ZeroDivisionError, ValueError)"

HEAD = """\
from math import acos, acosh, asin, asinh, atan, atanh, cos, cosh, erf, erfc, exp, fabs, inf, log
from math import nan, pow, sin, sinh, sqrt, tan, tanh
from symgd.backends.scalar import log1pexp, logcosh, maximum, minimum, sign
"""

GRADIENT = '''

def gradient({leaves}):
    """The cost and its slopes, of one sample."""
    try:
{lines}
        return {value}, ({slopes},)
    except {raised}:
        return careful({leaves})
'''

LOOP = '''

def descend({leaves}, c, epochs, keep):
    """parameters <- parameters + c*slopes, `epochs` times; keep((cost, *parameters)) before each.

    Returns the parameters, and how many epochs were done before something was not finite.
    """
    epoch = 0
    try:
        for epoch in range(epochs):
{lines}
{slopes}
            if not {sum}:
                return ({parameters},), epoch
            keep(({value}, {parameters}))
{updates}
    except {raised}:
        return ({parameters},), epoch
    return ({parameters},), epochs
'''


def log1pexp(u: float) -> float:
    """log(1 + e^u) = max(u, 0) + log(1 + e^(-|u|))."""
    return u + math.log1p(math.exp(-u)) if u > 0.0 else math.log1p(math.exp(u))


def logcosh(u: float) -> float:
    """log cosh u = |u| + log(1 + e^(-2|u|)) - log 2."""
    v = math.fabs(u)
    return v + (math.log1p(math.exp(-2.0 * v)) - math.log(2.0))


def maximum(a: float, b: float) -> float:
    """max(a, b); nan where one is."""
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    """min(a, b); nan where one is."""
    return a if a <= b or a != a else b


def sign(u: float) -> float:
    """-1, 0 or 1; nan of nan."""
    return float((u > 0.0) - (u < 0.0)) if u == u else u


def compile_scalar(model: Graph | Program) -> Compiled:
    """g(**values) → (cost, {parameter: slope}), on floats: for loops over single samples.

    `loop` of the result is the descent θ ← θ + cg as one generated function, bit for bit what
    the same steps one at a time give. Raises ModelError for a function without a formula; the
    gradient raises DataError.
    """
    made = model if isinstance(model, Program) else program(model)
    whole = compile_numpy(made, "sum")
    source = scalar_source(made)
    namespace: dict[str, Any] = {"careful": _careful(whole.function)}
    function = loaded(source, "gradient", namespace, "scalar")
    return Compiled(
        made,
        "scalar",
        "sum",
        f"{source}\n\n# careful(...) is this, where the code above raises:\n\n{whole.source}",
        function,
        checker(made.graph, arrays=False),
        namespace["descend"],
    )


def _careful(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *leaves: function(*map(np.float64, leaves))


def scalar_source(made: Program) -> str:
    """The source of `gradient(*leaves)` and of `descend(*leaves, c, epochs, keep)`."""
    printer = Printer(made, DIALECT)
    names = printer.names
    leaves = ", ".join(names[s] for s in made.graph.leaves)
    parameters = [names[t] for t in made.graph.parameters]
    slopes = list(map(printer, made.gradient.values()))
    given = [f"g{i}" for i in range(len(slopes))]
    value = names[made.value]
    gradient = GRADIENT.format(
        leaves=leaves,
        lines="\n".join(body(made, printer, " " * 8)),
        value=value,
        slopes=", ".join(slopes),
        raised=RAISED,
    )
    inner = " " * 12
    loop = LOOP.format(
        leaves=leaves,
        lines="\n".join(body(made, printer, inner)),
        slopes="\n".join(f"{inner}{g} = {s}" for g, s in zip(given, slopes, strict=True)),
        # 0·u is 0 where u is finite, and nan where it is not.
        sum=f"0.0*({value} + " + " + ".join(given) + ") == 0.0",
        value=value,
        parameters=", ".join(parameters),
        updates="\n".join(f"{inner}{p} = {p} + c*{g}" for p, g in zip(parameters, given, strict=True)),
        raised=RAISED,
    )
    return HEAD + gradient + loop
