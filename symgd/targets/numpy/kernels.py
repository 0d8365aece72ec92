"""Program → its kernels on numpy.

Two a program: a quick one of steps that write to memory used again (`blocks`), and a plain one, the
formulas as they are read, whose functions are right over the whole range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.functions import BY_HEAD
from symgd.functions.relations import RELATIONS
from symgd.programs.constants import has_constant_beyond
from symgd.programs.guard import with_branches_guarded
from symgd.programs.program import Program
from symgd.targets.numpy.blocks import Block
from symgd.targets.numpy.forms import OWN, UFUNCS
from symgd.targets.python import Dialect, Printer, function_in, imported

DIALECT = Dialect(
    either=lambda c, a, b: f"where({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(~np.asarray({a}))",
    },
    power="power({}, {})",
)

# Words of numpy that are no functions of the table: those of steps, cases and comparisons.
STEPS = """
add subtract multiply divide negative power sqrt clip where logical_and logical_or logical_not inf
nan fabs
""".split()


def imports() -> str:
    """What a generated function may call: numpy's words, also as `math` has them, and our own."""
    words = {*STEPS, *UFUNCS.values(), *(r.numpy for r in RELATIONS), "maximum", "minimum"}
    rows = [r for r in BY_HEAD.values() if r.math and r.numpy and r.math != r.numpy]
    renamed = [f"{r.numpy} as {r.math}" for r in rows if r.math not in words]
    own = {*OWN.values(), *(r.math for r in BY_HEAD.values() if r.math and not r.numpy)}
    lines = [
        "import numpy as np",
        *imported("numpy", sorted(words)),
        *imported("numpy", sorted(renamed)),
    ]
    lines += imported("symgd.targets.numpy.functions", sorted(own - {"erfc_tail"}))
    lines += imported("symgd.targets.numpy.quick", ["erfc_tail"])
    lines += imported("symgd.targets.numpy.kernels", ["dot", "total"])
    return "\n".join(lines) + "\n"


# Signs of a condition that is written where it is needed, and not under a name.
LONGEST_CONDITION = 300

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
        self.named: dict[str, str] = {}  # long conditions, and their names
        self.pending: list[str] = []

    def line(self, e: Any) -> tuple[list[str], str]:
        """(lines before it, the source of an expression)."""
        text = self(e)
        before, self.pending = self.pending, []
        return before, text

    def short(self, condition: str) -> str:
        """The condition, or a name for it: written out, cases within cases double with each."""
        if len(condition) <= LONGEST_CONDITION:
            return condition
        if condition not in self.named:
            self.named[condition] = f"m{len(self.named) + 1}"
            self.pending.append(f"    {self.named[condition]} = {condition}")
        return self.named[condition]

    def cases(self, branches: Any) -> str:
        conditions = [f"({self.short(self.condition(c))})" for _, c in branches]
        text = "nan"
        for i, (value, condition) in reversed([*enumerate(branches)]):
            before = [f"~np.asarray{c}" for c in conditions[:i]]
            own = [conditions[i]] if condition != True else []  # noqa: E712 - sympy's true
            outer = self.masks[-1:]
            self.masks.append(self.short(" & ".join([*before, *own, *outer])))
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
        self.is_beyond = has_constant_beyond(made)
        self.blocks: dict[tuple[bool, ...], tuple[Callable[..., Any], int]] = {}
        self.plain_source = imports() + plain_source(made, self.printer, summed)
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
            function = function_in(imports() + made.source, "gradient_of_a_block", {}, "numpy")
            self.blocks[pattern] = function, made.rows
        return self.blocks[pattern]


def plain_source(made: Program, printer: ArrayPrinter, summed: bool) -> str:
    """The source of `gradient(*leaves, n)` → (cost, results), summed over n samples or not."""
    made = with_branches_guarded(made)
    leaves = ", ".join(printer.names[s] for s in made.leaves)
    what = "The cost and its slopes, " + (
        "summed over n samples." if summed else "a value a sample."
    )
    value = printer.names[made.value]
    lines: list[str] = []
    for a in made.lines:
        before, text = printer.line(a.expr)
        lines += [*before, f"    {printer.names[a.name]} = {text}"]
    if summed:
        ends = [f"total({value}, n)", *(_sum(printer, e) for e in made.results)]
    else:
        ends = [value, *map(printer, made.results)]
    lines += printer.pending
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
