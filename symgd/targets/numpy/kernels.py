"""Program → its kernels on numpy.

Two a program: a quick one of steps that write to memory used again (`blocks`), and a plain one, the
formulas as they are read, whose functions are right over the whole range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.programs.guard import with_branches_guarded
from symgd.programs.program import Program
from symgd.targets.numpy.blocks import Block
from symgd.targets.python import Dialect, Printer, body, function_in

DIALECT = Dialect(
    either=lambda c, a, b: f"where({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(~np.asarray({a}))",
    },
    power="power({}, {})",
)

IMPORTS = """\
import numpy as np
from numpy import absolute, add, arccos, arccosh, arcsin, arcsinh, arctan, arctanh, clip, cos
from numpy import cosh, divide, equal, exp, expm1, fabs, greater, greater_equal, inf, less
from numpy import less_equal, log, log1p, logical_and, logical_not, logical_or, maximum, minimum
from numpy import multiply, nan, negative, not_equal, power, sign, sin, sinh, sqrt, subtract
from numpy import tan, tanh, where
from numpy import arccos as acos, arccosh as acosh, arcsin as asin, arcsinh as asinh
from numpy import arctan as atan, arctanh as atanh
from symgd.targets.numpy.functions import erf, erfc, j1, log1mexp, log1pexp, logcosh, sech2, sigmoid
from symgd.targets.numpy.functions import xmlog1p, xmtanh
from symgd.targets.numpy.quick import erfc_tail
from symgd.targets.numpy.kernels import dot, total
"""

PLAIN = '''

def {name}({leaves}, n):
    """{what}"""
'''


def total(u: Any, n: int = 1) -> Any:
    """Σu over n samples; a number stands for n equal ones."""
    return np.add.reduce(u) if np.ndim(u) else n * u


def dot(u: Any, v: Any, n: int = 1) -> Any:
    """Σuv over n samples."""
    if np.ndim(u):
        return np.dot(u, v) if np.ndim(v) else u.sum() * v
    return u * total(v, n)


class ArrayPrinter(Printer):
    """Expressions on arrays, where both branches of a case are computed."""

    def __init__(self, made: Program) -> None:
        super().__init__(made, DIALECT)
        self.masks: list[str] = []

    def cases(self, branches: Any) -> str:
        conditions = [f"({self.condition(c)})" for _, c in branches]
        text = "nan"
        for i, (value, condition) in reversed([*enumerate(branches)]):
            before = [f"~np.asarray{c}" for c in conditions[:i]]
            own = [conditions[i]] if condition != True else []  # noqa: E712 - sympy's true
            outer = self.masks[-1:]
            self.masks.append(" & ".join([*before, *own, *outer]))
            text = (
                self.dialect.either(conditions[i][1:-1], self(value), text) if own else self(value)
            )
            self.masks.pop()
        return text

    def harmless(self, text: str, at: str) -> str:
        return f"where({self.masks[-1]}, {text}, {at})" if self.masks else text


class Kernels:
    """The functions of one program: plain, and one of blocks for each choice of arrays."""

    def __init__(self, made: Program, summed: bool) -> None:
        self.made = made
        self.summed = summed
        self.printer = ArrayPrinter(made)
        parameters = {*made.graph.parameters, *made.directions}
        self.usual = tuple(s not in parameters for s in made.leaves)
        self.blocks: dict[tuple[bool, ...], tuple[Callable[..., Any], int]] = {}
        self.plain_source = IMPORTS + plain_source(made, self.printer, summed)
        self.plain = function_in(self.plain_source, "gradient", {}, "numpy")

    @property
    def source(self) -> str:
        """The plain function, and that of blocks where all data are arrays."""
        return self.plain_source + self.block(self.usual).source

    def block(self, pattern: tuple[bool, ...]) -> Block:
        arrays = frozenset(s for s, a in zip(self.made.leaves, pattern, strict=True) if a)
        return Block(self.made, self.printer, arrays, "gradient_of_a_block", self.summed)

    def block_function(self, pattern: tuple[bool, ...]) -> tuple[Callable[..., Any], int]:
        """(the function, how many rows it takes), for leaves that are arrays or not."""
        if pattern not in self.blocks:
            made = self.block(pattern)
            function = function_in(IMPORTS + made.source, "gradient_of_a_block", {}, "numpy")
            self.blocks[pattern] = function, made.rows
        return self.blocks[pattern]


def plain_source(made: Program, printer: Printer, summed: bool) -> str:
    """The source of `gradient(*leaves, n)` → (cost, results), summed over n samples or not."""
    made = with_branches_guarded(made)
    leaves = ", ".join(printer.names[s] for s in made.leaves)
    what = "The cost and its slopes, " + (
        "summed over n samples." if summed else "a value a sample."
    )
    value = printer.names[made.value]
    lines = body(made, printer)
    if summed:
        ends = [f"total({value}, n)", *(_sum(printer, e) for e in made.results)]
    else:
        ends = [value, *map(printer, made.results)]
    out = "".join(f"\n        {e}," for e in ends[1:])
    end = f"    return {ends[0]}, ({out}\n    )\n"
    return PLAIN.format(name="gradient", leaves=leaves, what=what) + "\n".join(lines) + "\n" + end


def _sum(printer: Printer, e: Any) -> str:
    if e.is_Mul and len(e.args) == 2 and all(f.is_Symbol for f in e.args):
        a, b = map(printer, e.args)
        return f"dot({a}, {b}, n)"
    if e.is_Add and all(t.is_Symbol or t.is_Mul for t in e.args):
        return " + ".join(_sum(printer, t) for t in e.args)
    return f"total({printer(e)}, n)"
