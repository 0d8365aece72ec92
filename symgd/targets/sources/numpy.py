"""Program → a module of Python over numpy alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

from symgd.functions import BY_HEAD, View
from symgd.programs.program import Assignment, Program
from symgd.targets.primitives import COEFFICIENTS, coefficients, has_body, in_python, over
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
    alone="np.float64({})",
)

LINE = 96

# word of the lines      as numpy has it; the others have the same name there
NUMPY: Mapping[str, str] = View(
    lambda t: {
        r.math: r.numpy for r in t.elementary if r.numpy and r.math not in ("", "fabs", r.numpy)
    }
)
# Every word of numpy that a line may hold beside names, numbers and primitives.
WORDS: Mapping[str, str] = View(
    lambda t: (
        {r.math or r.numpy: r.name for r in t.elementary if r.numpy}
        | {w: w for w in ("where", "power", "sqrt", "inf", "nan")}
    )
)

TEXT = '''\
# {name}: the mean cost over the samples and its gradient in ({parameters}).
#
{about}
#
{usage}

from typing import Any

import numpy as np
{imports}{functions}

def {name}({typed}, reduction: str | None = "mean") -> tuple[Any, dict[str, Any]]:
    """The cost and {{parameter: slope}}; ValueError outside a domain."""
    if reduction not in ("mean", "sum", None):
        raise ValueError(f'reduction={{reduction!r}} is not known; give "mean", "sum" or None.')
    {leaves_} = (np.asarray(u, dtype=np.float64) for u in ({leaves},))
    shape = np.broadcast_shapes({shapes})
{checks}    with np.errstate(all="ignore"):
{lines}
        results = ({results},)
    each: list[Any] = [np.broadcast_to(u, shape) for u in results]
    if reduction is not None:
        each = [float(u.mean() if reduction == "mean" else u.sum()) for u in each]
    cost, *slopes = each
    return cost, dict(zip({names}, slopes, strict=True))


def inside(name: str, values: Any, allowed: Any, where: str) -> None:
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
    alone = printer.dialect.alone

    def written(e: Any) -> str:
        return printer(e) if e.free_symbols else alone.format(printer(e))

    return "\n".join(f"{indent}{printer.names[a.name]} = {written(a.expr)}" for a in lines)


def imports(lines: str) -> str:
    """The statement that imports from numpy what the lines use, or nothing."""
    return merged(imported(lines))


def imported(
    lines: str,
    library: str = "numpy",
    renamed: Mapping[str, str] = NUMPY,
    own: Iterable[str] = (),
) -> dict[str, list[str]]:
    """library → the words that the lines use and do not have of their own."""
    used = [w for w in WORDS if w not in own and re.search(rf"(?<![\w.]){w}\b", lines)]
    return {library: [f"{renamed[w]} as {w}" if w in renamed else w for w in used]}


def merged(*tables: Mapping[str, Iterable[str]]) -> str:
    """Statements that import these words, as isort has them: what is renamed on its own line."""
    found: dict[str, set[str]] = {}
    for table in tables:
        for module, words in table.items():
            found.setdefault(module, set()).update(words)
    statements = []
    for module in sorted(found):
        plain = sorted(w for w in found[module] if " as " not in w)
        lists = [*([w] for w in found[module] if " as " in w), *([plain] if plain else [])]
        statements += [_statement(module, words) for words in sorted(lists)]
    return "".join(statements)


def _statement(module: str, words: Sequence[str]) -> str:
    text = f"from {module} import {', '.join(words)}\n"
    if len(text) <= LINE:
        return text
    return f"from {module} import (\n    " + ",\n    ".join(words) + ",\n)\n"


def from_library(used: Iterable[Any], library: str) -> dict[str, list[str]]:
    """module → the words of it that a library has there, or has otherwise."""
    rows = [r for r in BY_HEAD.values() if r.head in used and getattr(r, library)]
    found: dict[str, list[str]] = {}
    for r in rows:
        module, _, word = getattr(r, library).rpartition(".")
        found.setdefault(module, []).append(word if word == r.math else f"{word} as {r.math}")
    return found


def primitives(used: Iterable[Any], numpy: str = "np", library: str = "") -> str:
    """The source of the functions that numpy has not, and the library has not either."""
    names = {h.removeprefix("_") for h in used if isinstance(h, str)}
    rows = [BY_HEAD[h] for h in used if h in BY_HEAD]
    names |= {r.math for r in rows if not (r.numpy or (library and getattr(r, library)))}
    made = {n for n in names if has_body(n)}
    tables = coefficients(made)
    copied = (names - made) & available() | ({"horner"} if tables else set())
    constants = "".join(f"{c} = {COEFFICIENTS[c]!r}\n" for c in tables)
    text = constants + source_of(copied, numpy)
    text += in_python(made, over(numpy, DIALECT), typed=True)
    # constants stand apart from the statements that import
    return text if text.startswith("\n") or not text else f"\n{text}"


def numpy_source(program: Program, name: str) -> str:
    """The module: `name(*leaves, reduction)` → (cost, {parameter: slope})."""
    graph = program.graph
    printer = Spelled(program, DIALECT)
    spell = printer.names.__getitem__
    kept = program.needed((program.value, *program.gradient.values()))
    lines = assignments(printer, kept, " " * 8)
    cost = spell(program.value)
    slopes = [printer(e) for e in program.gradient.values()]
    if program.can_lack_value:  # where the cost has no value, its slopes have none
        slopes = [f"where({cost} == {cost}, {slope}, nan)" for slope in slopes]
    results = ", ".join((cost, *slopes))
    checks = "".join(
        f'    inside("{s}", {spell(s)}, {membership(d, spell(s))}, "{d}")\n'
        for s, d in restricted(graph, graph.leaves)
    )
    data = data_of(graph)
    arrays = f" or, of {listed(data)}, an array of one value a sample" if data else ""
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
        about=commented(about(graph, program)),
        usage=commented(part for line in usage for part in wrapped(line)),
        imports=imports(lines + results),
        functions=primitives(heads(program)),
        leaves=listed(graph.leaves, spell),
        typed=listed(graph.leaves, lambda s: f"{spell(s)}: Any"),
        leaves_=listed(graph.leaves, spell) + ("," if len(graph.leaves) == 1 else ""),
        shapes=listed(graph.leaves, lambda s: f"{spell(s)}.shape"),
        checks=checks,
        lines=lines,
        results=results,
        names=repr(tuple(t.name for t in graph.parameters)),
    )
