"""Program → a module of Python over numpy alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import sympy as sp

from symgd.programs.program import Assignment, Program
from symgd.targets.python import Dialect
from symgd.targets.sources.python_functions import available, source_of
from symgd.targets.sources.spelling import (
    Spelled,
    about,
    commented,
    data_of,
    heads,
    listed,
    wrapped,
)
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph

DIALECT = Dialect(
    either=lambda c, a, b: f"where({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(~({a}))",
    },
    power="power({}, {})",
)

LINE = 96

# word of the lines      as numpy has it; the others have the same name there
NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip
# Every word that a line may hold beside names, numbers and primitives.
WORDS = """
exp log sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh fabs sign maximum minimum where
power sqrt inf nan
"""

TEXT = '''\
# {name}: the mean cost over the samples and its gradient in ({parameters}).
#
{about}
#
{usage}

import numpy as np
{imports}{functions}

def {name}({leaves}, reduction="mean"):
    """The cost and {{parameter: slope}}; ValueError outside a domain."""
    if reduction not in ("mean", "sum", None):
        raise ValueError(f'reduction={{reduction!r}} is not known; give "mean", "sum" or None.')
    {leaves_} = (np.asarray(u, dtype=np.float64) for u in ({leaves},))
    shape = np.broadcast_shapes({shapes})
{checks}    with np.errstate(all="ignore"):
{lines}
    results = [np.broadcast_to(u, shape) for u in ({results},)]
    if reduction is not None:
        results = [float(u.mean() if reduction == "mean" else u.sum()) for u in results]
    cost, *slopes = results
    return cost, dict(zip({names}, slopes))


def inside(name, values, allowed, where):
    """Raise ValueError where a value is not in the set {{where}}."""
    bad = np.atleast_1d(values)[~np.atleast_1d(allowed)]
    if bad.size:
        raise ValueError(f"{{name}} holds {{bad[0]!r}}, outside {{where}}, where {{name}} lies.")
'''


def membership(domain: Domain, value: str) -> str:
    """A condition of Python, on an array, that each value lies in the set."""
    if domain.kind == "finite":
        return f"np.isin({value}, [{listed(domain.members, lambda m: repr(float(m)))}])"
    if domain.kind == "counts":
        return f"({value} >= 0.0) & ({value} < np.inf) & ({value} == np.floor({value}))"
    parts = []
    if domain.low is not None:
        parts.append(f"({value} {'>=' if domain.closed[0] else '>'} {float(domain.low)!r})")
    if domain.high is not None:
        parts.append(f"({value} {'<=' if domain.closed[1] else '<'} {float(domain.high)!r})")
    finite = [] if domain.low is not None and domain.high is not None else [f"np.isfinite({value})"]
    return " & ".join([*parts, *finite])


def restricted(graph: Graph, symbols: Iterable[sp.Symbol]) -> list[tuple[sp.Symbol, Domain]]:
    """Those of the symbols that may not be any real number, with their domains."""
    return [(s, graph.domains[s]) for s in symbols if graph.domains.get(s, REAL) != REAL]


def assignments(printer: Spelled, lines: Sequence[Assignment], indent: str) -> str:
    return "\n".join(f"{indent}{printer.names[a.name]} = {printer(a.expr)}" for a in lines)


def imports(
    lines: str,
    library: str = "numpy",
    renamed: Mapping[str, str] = NUMPY,
    own: Iterable[str] = (),
) -> str:
    """The statement that imports what the lines use and do not have of their own, or nothing."""
    used = [w for w in WORDS.split() if w not in own and re.search(rf"(?<![\w.]){w}\b", lines)]
    words = sorted(f"{renamed[w]} as {w}" if w in renamed else w for w in used)
    text = f"from {library} import {', '.join(words)}"
    if len(text) > LINE:
        text = f"from {library} import (\n    " + ",\n    ".join(words) + ",\n)"
    return text + "\n" if words else ""


def primitives(program: Program, numpy: str = "np", but: Iterable[str] = ()) -> str:
    """The source of the functions that numpy has not."""
    used = heads(program)
    names = {h.removeprefix("_") for h in used if isinstance(h, str)}
    names |= {h.__name__ for h in (sp.erf, sp.erfc) if h in used}
    return source_of((names & available()) - set(but), numpy)


def numpy_source(program: Program, name: str) -> str:
    """The module: `name(*leaves, reduction)` → (cost, {parameter: slope})."""
    graph = program.graph
    printer = Spelled(program, DIALECT)
    spell = printer.names.__getitem__
    kept = program.needed((program.value, *program.gradient.values()))
    lines = assignments(printer, kept, " " * 8)
    results = ", ".join((spell(program.value), *map(printer, program.gradient.values())))
    checks = "".join(
        f'    inside("{s}", {spell(s)}, {membership(d, spell(s))}, "{d}")\n'
        for s, d in restricted(graph, graph.leaves)
    )
    arrays = f" or, of {listed(data_of(graph))}, an array of one value a sample"
    keys = listed(graph.parameters, lambda s: f'"{s}": slope')
    usage = (
        f"{name}({listed(graph.leaves)}) -> (cost, {{{keys}}})",
        f'Each argument is a number{arrays}. With reduction="sum" samples are summed, with None '
        "there is one value a sample. Domains are checked; nan and infinity go through where the "
        "domain is every real number. Everything is computed in double precision.",
    )
    return TEXT.format(
        name=name,
        parameters=listed(graph.parameters),
        about=commented(about(graph)),
        usage=commented(part for line in usage for part in wrapped(line)),
        imports=imports(lines + results),
        functions=primitives(program),
        leaves=listed(graph.leaves, spell),
        leaves_=listed(graph.leaves, spell) + ("," if len(graph.leaves) == 1 else ""),
        shapes=listed(graph.leaves, lambda s: f"{spell(s)}.shape"),
        checks=checks,
        lines=lines,
        results=results,
        names=repr(tuple(t.name for t in graph.parameters)),
    )
