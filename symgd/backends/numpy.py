"""Program → a function of arrays on numpy.

Long arrays run in blocks that stay in the cache; the sums over the samples are `np.dot` where a
gradient is a product. Both branches of a case are computed, in silence, and one is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.backends.inputs import checker
from symgd.backends.python import Compiled, Dialect, Printer, body, loaded
from symgd.errors import InputError, shown
from symgd.graph import Graph
from symgd.program import Program, program

REDUCTIONS = ("mean", "sum", None)
BLOCK = 8192

DIALECT = Dialect(
    either=lambda c, a, b: f"where({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(~np.asarray({a}))",
    },
    power="power({}, {})",
)

HEAD = '''\
import numpy as np
from numpy import arccos as acos, arccosh as acosh, arcsin as asin, arcsinh as asinh
from numpy import arctan as atan, arctanh as atanh, cos, cosh, exp, fabs, inf, log, maximum
from numpy import minimum, nan, power, sign, sin, sinh, sqrt, tan, tanh, where
from symgd.backends.numpy import dot, erf, erfc, log1pexp, logcosh, total


def {name}({leaves}, n):
    """{what}"""
'''


def log1pexp(u: Any) -> Any:
    """log(1 + e^u)."""
    return np.logaddexp(0.0, u)


def logcosh(u: Any) -> Any:
    """log cosh u = |u| + log(1 + e^(-2|u|)) - log 2."""
    v = np.fabs(u)
    return v + (np.log1p(np.exp(-2.0 * v)) - math.log(2.0))


def erf(u: Any) -> Any:
    """erf(u): numpy has none."""
    return _each(math.erf, u)


def erfc(u: Any) -> Any:
    """erfc(u): numpy has none."""
    return _each(math.erfc, u)


def _each(function: Callable[[float], float], u: Any) -> Any:
    if np.ndim(u) == 0:
        return np.float64(function(float(u)))
    return np.fromiter(map(function, u.tolist()), np.float64, u.size)


def total(u: Any, n: int) -> Any:
    """Σu over n samples; a number stands for n equal ones."""
    return u.sum() if np.ndim(u) else n * u


def dot(u: Any, v: Any, n: int) -> Any:
    """Σuv over n samples."""
    if np.ndim(u):
        return np.dot(u, v) if np.ndim(v) else u.sum() * v
    return u * total(v, n)


def compile_numpy(model: Graph | Program, reduction: str | None = "mean") -> Compiled:
    """g(**values) → (cost, {parameter: slope}), on numbers and one-dimensional arrays.

    Parameters are numbers; every other leaf is a number or an array, one value a sample. Over the
    samples, cost and slopes are averaged ("mean"), summed ("sum") or kept (None: arrays; then
    parameters may be arrays too). Numbers alone give floats. Everything is computed in float64.

    Raises InputError for another reduction, ModelError for a function without a formula; the
    gradient raises DataError.
    """
    if reduction not in REDUCTIONS:
        raise InputError(
            f'reduction={shown(str(reduction))} is not known; give "mean", "sum" or None.'
        )
    made = model if isinstance(model, Program) else program(model)
    source = numpy_source(made, reduction)
    kernel = loaded(source, "gradient", {}, "numpy")
    return Compiled(
        made,
        "numpy",
        reduction,
        source,
        _over_samples(kernel, reduction),
        checker(made.graph, arrays=True, per_sample=reduction is None),
    )


def numpy_source(made: Program, reduction: str | None) -> str:
    """The source of `gradient(*leaves, n)` → (cost, slopes), summed over n samples or not."""
    printer = Printer(made, DIALECT)
    leaves = ", ".join(printer.names[s] for s in made.graph.leaves)
    what = "The cost and its slopes, " + (
        "a value a sample." if reduction is None else "summed over n samples."
    )
    value = printer.names[made.value]
    slopes = list(made.gradient.values())
    if reduction is None:
        ends = [value, *map(printer, slopes)]
    else:
        ends = [f"total({value}, n)", *(_summed(printer, e) for e in slopes)]
    lines = body(made, printer)
    out = ",\n        ".join(ends[1:])
    end = f"    return {ends[0]}, (\n        {out},\n    )\n"
    return HEAD.format(name="gradient", leaves=leaves, what=what) + "\n".join(lines) + "\n" + end


def _summed(printer: Printer, e: Any) -> str:
    if e.is_Mul and len(e.args) == 2 and all(f.is_Symbol for f in e.args):
        a, b = map(printer, e.args)
        return f"dot({a}, {b}, n)"
    if e.is_Add and all(t.is_Symbol or t.is_Mul for t in e.args):
        return " + ".join(_summed(printer, t) for t in e.args)
    return f"total({printer(e)}, n)"


def _over_samples(kernel: Callable[..., Any], reduction: str | None) -> Callable[..., Any]:
    """The kernel over blocks of samples, put together."""

    def run(*leaves: Any) -> tuple[Any, tuple[Any, ...]]:
        n = next((v.size for v in leaves if isinstance(v, np.ndarray)), 0)
        with np.errstate(all="ignore"):
            if reduction is None:
                cost, slopes = kernel(*leaves, n)
                return _filled(cost, n), tuple(_filled(s, n) for s in slopes)
            if n <= BLOCK:
                cost, slopes = kernel(*leaves, n or 1)
            else:
                cost, slopes = _blocks(kernel, leaves, n)
            if reduction == "mean" and n > 1:
                return float(cost) / n, tuple(float(s) / n for s in slopes)
            return float(cost), tuple(map(float, slopes))

    return run


def _blocks(kernel: Callable[..., Any], leaves: tuple[Any, ...], n: int) -> Any:
    whole, sums = 0.0, None
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        part = [v[start:end] if isinstance(v, np.ndarray) else v for v in leaves]
        cost, slopes = kernel(*part, end - start)
        whole += cost
        sums = slopes if sums is None else tuple(a + b for a, b in zip(sums, slopes, strict=True))
    return whole, sums


def _filled(u: Any, n: int) -> Any:
    """A float where all was numbers, else an array of one value a sample."""
    if n == 0:
        return float(u)
    return np.array(np.broadcast_to(u, n), dtype=np.float64)
