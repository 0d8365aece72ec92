"""Names that equations define, beside a compiled program: F(y, x) = 0 is solved before it runs.

    y ← y - F/F_y, from the start that the model or the caller gives, a step halved where |F| grows

for all samples at once, on numpy; F and F_y are a program of their own, in the names before y.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from symgd.errors import DataError
from symgd.language.formulas.printer import plain
from symgd.programs.program import program, with_roots_given
from symgd.targets.gradient import Compiled
from symgd.targets.numpy import compile_numpy
from symgd.trees.graph import Equation, Graph

STEPS = 200
HALVINGS = 40
# A step of so few units of y is the last one.
LAST = 4 * np.finfo(float).eps

Values = Mapping[str, Any]


def with_roots(core: Compiled, graph: Graph) -> Compiled:
    """The gradient, which finds what the equations of its graph define by itself."""
    if not graph.equations:
        return core
    solvers = [Solver(graph, v, e) for v, e in graph.equations.items()]

    def entered(enter: Callable[[Values], list[Any]]) -> Callable[[Values], list[Any]]:
        def run(values: Values) -> list[Any]:
            for solver in solvers:
                values = solver(values)
            return enter(values)

        return run

    return replace(
        core,
        check=entered(core.check),
        coerce=entered(core.coerce) if core.coerce else None,
        fast_path=None,
    )


class Solver:
    """values → the values and y."""

    def __init__(self, graph: Graph, v: sp.Symbol, e: Equation) -> None:
        self.equation = e
        before = {}
        for name, body in graph.definitions.items():
            if name == v:
                break
            before[name] = body
        names = with_roots_given(replace(graph, definitions=before, parameters=())).definitions
        self.zero = self.compiled(Graph(
            {**names, sp.Symbol(f"{v}_zero_", real=True): e.zero}, (v,), graph.functions,
            {s: d for s, d in graph.domains.items() if s != v},
        ))  # fmt: skip
        start = sp.Symbol(f"{v}_start_", real=True)
        self.start = None
        if e.start.free_symbols:
            self.start = self.compiled(
                Graph({**names, start: e.start}, (), graph.functions, graph.domains)
            )

    def compiled(self, graph: Graph) -> Compiled:
        return compile_numpy(program(graph), None)

    def __call__(self, values: Values) -> dict[str, Any]:
        y = self.equation.name.name
        given = {n: x for n, x in values.items() if n in self.zero.names and n != y}
        if y in values:
            first: Any = np.asarray(values[y], dtype=float)
        elif self.start is not None:
            first, *_ = self.start.at({n: values[n] for n in self.start.names if n in values})
        else:
            first = float(self.equation.start)
        leaves = self.zero.enter({**given, y: first})
        place = self.zero.names.index(y)

        def at(y: Any) -> tuple[Any, Any]:
            with np.errstate(all="ignore"):
                zero, (slope,) = self.zero.run(*leaves[:place], y, *leaves[place + 1 :])
            return np.asarray(zero), np.asarray(slope)

        shape = np.broadcast_shapes(*map(np.shape, leaves))
        full = np.broadcast_to(np.asarray(leaves[place], float), shape or (1,))
        root = self.newton(at, full.copy())
        return {**values, y: root if shape else float(root[0])}

    def newton(self, at: Callable[[Any], tuple[Any, Any]], y: Any) -> Any:
        """Raises DataError where no root is found."""
        zero, slope = at(y)
        for _ in range(STEPS):
            with np.errstate(all="ignore"):
                step = np.where(zero == 0.0, 0.0, zero / slope)
            for _ in range(HALVINGS):
                ahead = y - step
                there, slope_there = at(ahead)
                worse = ~(np.abs(there) <= np.abs(zero)) & (np.abs(step) > LAST * np.abs(y))
                if not worse.any():
                    break
                step = np.where(worse, step / 2.0, step)
            small = np.abs(step) <= LAST * np.abs(ahead)
            better = np.abs(there) <= np.abs(zero)
            y = np.where(better, ahead, y)
            zero, slope = np.where(better, there, zero), np.where(better, slope_there, slope)
            if np.all(small | (zero == 0.0)):
                return y
        raise DataError(
            f"No {self.equation.name} is found that solves {plain(self.equation.left)} = "
            f"{plain(self.equation.right)} at each sample; give another start, as in "
            f"starts={{{self.equation.name.name!r}: 1.0}}, or {self.equation.name}=1.0 with the "
            "other numbers."
        )
