"""The accuracy table of docs/accuracy.md: the worst error in units, beside autodiff's.

    python tests/bench/accuracy_table.py [--points 60] [--only acts losses pairs]
                                         [--formulas NAME ...] [-o FILE.md]

For every formula the columns are numpy, scalar and numba by symgd, then the formula as it is
written, on PyTorch and on JAX in float64, with f' and f'' by their autodiff. The truth is mpmath's
(tests/accuracy.py); a point that has none is left out for all.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

sys.path.insert(0, str(Path(__file__).parents[1]))

import accuracy
import catalogue_models

from symgd import Model
from symgd.files import write_whole

# What was measured by hand, on collections that do not belong to the project: it stays as it is.
OWN = "## Formulas of one's own"

Columns = dict[str, list[np.ndarray]]

HEAD = """\
# How accurate the gradients are

The error of a computed value is measured against what rounding the inputs alone would cause,

    |computed - true| / (ε(|f| + Σ|xᵢ ∂f/∂xᵢ|) + 2⁻¹⁰⁷⁴),    ε = 2⁻⁵²,

with the truth from mpmath, in as many bits as it takes. A value of 1 is as good as the inputs
deserve; the bound that symgd keeps to is 8. `nan` says that a nan or an inf came out where the
truth is a finite number. Each cell is the worst of {points} or so points of a formula: doubles of
every exponent and both signs, subnormals, zeros, the places where something overflows, underflows
or rounds away, and where there are two inputs, inputs that are nearly equal. A label that is 0 or
1 is exact and forgives nothing.

f is the function, f' and f'' its derivatives in z (of a loss, in ŷ). For PyTorch and JAX the same
formula was written out and differentiated by autodiff, in float64, on the processor; they may have
a better function of the name, and users may write a better formula. JAX takes subnormal numbers for
0, which costs 10¹³ units at once.

Python {python}, NumPy {numpy}{more}.

Made by `python tests/bench/accuracy_table.py`.
"""


def symgd_columns(model: Model, wrt: str, points: np.ndarray) -> Columns:
    backends = ["numpy", "scalar", *(["numba"] if importlib.util.find_spec("numba") else [])]
    return {b: accuracy.answers(model, wrt, points, b) for b in backends}


@dataclass(frozen=True)
class Written:
    """A formula as a user would write it in a library: each node by the library's own function."""

    expr: Any
    functions: dict[Any, Callable[..., Any]]
    where: Callable[..., Any]
    constant: Callable[..., Any]

    def __call__(self, values: dict[Any, Any]) -> Any:
        return self.value(self.expr, values)

    def value(self, e: Any, values: dict[Any, Any]) -> Any:
        if e in values:
            return values[e]
        if not e.free_symbols:
            return self.constant(float(e))
        if isinstance(e, sp.Piecewise):
            return self.cases(e, values)
        args = [self.value(a, values) for a in e.args]
        if e.is_Add or e.is_Mul:
            return reduce(operator.add if e.is_Add else operator.mul, args)
        if e.is_Pow and e.exp == -1:
            return 1.0 / args[0]
        if e.is_Pow and e.exp == sp.S.Half:
            return self.functions["sqrt"](args[0])
        if e.is_Pow and e.base is not sp.E:
            return args[0] ** (int(e.exp) if e.exp.is_Integer else args[1])
        if isinstance(e, sp.Max | sp.Min):
            return reduce(self.functions[e.func], args)
        return self.functions[sp.exp if e.is_Pow else e.func](args[-1])

    def cases(self, e: Any, values: dict[Any, Any]) -> Any:
        *first, (out, _) = e.args
        out = self.value(out, values)
        for value, condition in reversed(first):
            a, b = (self.value(side, values) for side in condition.args)
            out = self.where(COMPARE[type(condition)](a, b), self.value(value, values), out)
        return out


COMPARE = {
    sp.StrictLessThan: operator.lt,
    sp.LessThan: operator.le,
    sp.StrictGreaterThan: operator.gt,
    sp.GreaterThan: operator.ge,
    sp.Equality: operator.eq,
    sp.Unequality: operator.ne,
}
NAMES = ["exp", "log", "sqrt", "sin", "cos", "tanh", "cosh", "sinh", "abs", "sign", "maximum",
         "minimum"]  # fmt: skip
HEADS = {
    "exp": sp.exp, "log": sp.log, "sqrt": "sqrt", "sin": sp.sin, "cos": sp.cos, "tanh": sp.tanh,
    "cosh": sp.cosh, "sinh": sp.sinh, "abs": sp.Abs, "sign": sp.sign, "maximum": sp.Max,
    "minimum": sp.Min,
}  # fmt: skip


def torch_column(model: Model, wrt: str, points: np.ndarray) -> list[np.ndarray]:
    """f, f', f'' of the formula as it is written, by PyTorch's autograd."""
    import torch

    functions = {HEADS[n]: getattr(torch, n) for n in NAMES}
    functions |= {sp.atan: torch.atan, sp.erf: torch.erf}
    constant = partial(torch.tensor, dtype=torch.float64)
    written = Written(accuracy.closed(model.graph), functions, torch.where, constant)
    inputs = {s: constant(c) for s, c in zip(model.graph.leaves, points.T, strict=True)}
    x = inputs[sp.Symbol(wrt, real=True)].requires_grad_(True)
    value = written(inputs) + 0 * x
    slope = derivative(torch, value, x)
    bend = derivative(torch, slope, x)
    return [(v.detach() + 0.0).numpy() for v in (value, slope, bend)]


def derivative(torch: Any, value: Any, x: Any) -> Any:
    if not value.requires_grad:
        return torch.zeros_like(x)
    (out,) = torch.autograd.grad(value.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if out is None else out


def jax_column(model: Model, wrt: str, points: np.ndarray) -> list[np.ndarray]:
    """f, f', f'' of the formula as it is written, by jax.grad."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    functions = {HEADS[n]: getattr(jnp, n) for n in NAMES}
    functions |= {sp.atan: jnp.arctan, sp.erf: jax.scipy.special.erf}
    written = Written(accuracy.closed(model.graph), functions, jnp.where, jnp.asarray)
    leaves = tuple(model.graph.leaves)
    i = [s.name for s in leaves].index(wrt)

    def value(*values: Any) -> Any:
        return 1.0 * written(dict(zip(leaves, values, strict=True)))

    first = jax.grad(value, i)
    second = jax.grad(first, i)
    columns = tuple(points.T)
    one = np.ones(len(points))
    return [np.asarray(jax.vmap(f)(*columns)) * one for f in (value, first, second)]


def measured(model: Model, wrt: str, count: int) -> dict[str, list[float]]:
    """column → worst units of f, f', f''."""
    points = accuracy.sample(model, count, seed=11)
    truths = [[truth.at(tuple(p)) for p in points] for _, truth in accuracy.cases(model, wrt, 2)]
    cases = [truth for _, truth in accuracy.cases(model, wrt, 2)]
    columns = symgd_columns(model, wrt, points)
    for name, column in (("torch", torch_column), ("jax", jax_column)):
        if importlib.util.find_spec(name):
            columns[name] = column(model, wrt, points)
    return {
        name: [
            worst(values, truth, case, points)
            for values, truth, case in zip(found, truths, cases, strict=True)
        ]
        for name, found in columns.items()
    }


def worst(values: np.ndarray, truths: list[Any], case: Any, points: np.ndarray) -> float:
    """The greatest error, in units; the truths beside a point, for a jump, take as long as all."""
    rows = [
        (accuracy.units(float(value), true), float(value), point)
        for value, true, point in zip(values, truths, points, strict=True)
        if true is not None
    ]
    out = 0.0
    for u, value, point in sorted(rows, key=operator.itemgetter(0), reverse=True):
        if u <= out:
            break
        out = max(out, accuracy.at_a_jump(value, case, point, u) if u > accuracy.LIMIT else u)
    return out


def cell(units: float) -> str:
    if math.isinf(units):
        return "nan"
    return f"{units:.1f}" if units < 100 else f"{units:.0e}".replace("e+0", "e").replace("e+", "e")


GROUPS: dict[str, tuple[str, Callable[[], Iterator[tuple[str, Model, str]]]]] = {
    "acts": ("Activations", catalogue_models.activations),
    "losses": ("Losses", catalogue_models.losses),
    "pairs": ("A loss of an activation", catalogue_models.pairs),
}


def table(groups: list[str], count: int, formulas: list[str]) -> Iterator[str]:
    """The lines of the tables; of the formulas of these names, or of all where there is none."""
    for group in groups:
        title, models = GROUPS[group]
        chosen = [row for row in models() if not formulas or row[0] in formulas]
        if not chosen:
            continue
        yield f"\n## {title}\n"
        names: list[str] = []
        for name, model, wrt in chosen:
            found = measured(model, wrt, count)
            if not names:
                names = list(found)
                yield "| formula | " + " | ".join(f"{n}: f, f', f''" for n in names) + " |"
                yield "|---" * (len(names) + 1) + "|"
            cells = (", ".join(map(cell, found[n])) for n in names)
            yield f"| {name} | " + " | ".join(cells) + " |"


def known() -> list[str]:
    return [name for _, models in GROUPS.values() for name, _, _ in models()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--only", choices=list(GROUPS), nargs="*")
    parser.add_argument("--formulas", nargs="+", default=[], choices=known(), metavar="NAME")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    versions = "".join(
        f", {shown} {__import__(name).__version__}"
        for name, shown in (("numba", "Numba"), ("torch", "PyTorch"), ("jax", "JAX"))
        if importlib.util.find_spec(name)
    )
    head = HEAD.format(
        points=2 * given.points + 58,
        python=sys.version.split()[0],
        numpy=np.__version__,
        more=versions,
    )
    lines = [head]
    print(head)
    for line in table(given.only or list(GROUPS), given.points, given.formulas):
        print(line, flush=True)
        lines.append(line)
    if given.output:
        before = given.output.read_text("utf-8") if given.output.exists() else ""
        if OWN in before:
            lines.append(f"\n{before[before.index(OWN) :].rstrip()}")
        write_whole(given.output, "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
