"""Numbers for the leaves of a model of scalars at which what is worked out comes out readable.

A point is *readable* where every value on the way, the derivatives and the updates among them, is 0
or has a size from a thousandth to a thousand, and what is no value of a transcendental function has
few digits. Of the points that are drawn, the first that is readable is taken, else the best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.forward import values_at
from symgd.derive.worked import exact
from symgd.errors import SymgdError
from symgd.exercises.draws import Draws
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.names import split_name, symbol
from symgd.trees.scalars import walk
from symgd.trees.steps import Derivation
from symgd.verify.evaluate import evaluate

#  stem of a leaf  what it is drawn from
WEIGHTS = (0.5, -0.5, 1.0, -1.0, 0.2, -0.2, 0.4, -0.4, 1.5, -1.5, 2.0, -2.0)
BIASES = (0.1, -0.1, 0.2, -0.2, 0.5, -0.5, 0.4, 1.0, -1.0)
INPUTS = (1.0, 2.0, -1.0, 0.5, -2.0, 3.0, 1.5)
LABELS = (1.0, 0.0, 0.5)
OTHERS = (1.0, 0.5, 2.0)
# Of a network: where several products are added up, smaller ones keep activations off their ends.
FEW = 3
SMALL_WEIGHTS = (0.5, -0.5, 1.0, -1.0, 0.2, -0.2, 0.4, -0.4)
SMALL_INPUTS = (1.0, 2.0, -1.0, 0.5)
RATES = (0.1, 0.5, 0.2)

TRIES = 120
DIGITS = 4
SMALLEST, LARGEST = 1e-3, 1e3
# Of a value that is rounded, how near to a whole number it loses digits: σ(4) = 0.982, 1 - σ(4).
CLOSE = 0.05
# Of a value that is no value of a transcendental function, digits behind the point.
PLACES = 3


@dataclass(frozen=True, slots=True)
class Point:
    """Numbers by name, a learning rate, and whether all that comes of them is readable."""

    numbers: Mapping[str, float]
    rate: float
    is_readable: bool


def readable_point(found: Derivation, draws: Draws, given: Mapping[str, float]) -> Point:
    """The first readable point that is drawn, else the best; what is `given` stays."""
    rate = draws.among(RATES)
    best: tuple[int, dict[str, float]] | None = None
    for _ in range(TRIES):
        numbers = {**drawn(found.graph, draws), **given}
        badness = faults(found, numbers, rate, NO_VALUE if best is None else best[0])
        if best is None or badness < best[0]:
            best = badness, numbers
        if badness == 0:
            break
    assert best is not None
    return Point(best[1], rate, best[0] == 0)


def drawn(graph: Graph, draws: Draws) -> dict[str, float]:
    """A number for every leaf, inside of its domain."""
    parameters = set(graph.parameters)
    small = len(parameters) > FEW
    weights, inputs = (SMALL_WEIGHTS, SMALL_INPUTS) if small else (WEIGHTS, INPUTS)
    out = {}
    for s in graph.leaves:
        stem = split_name(s.name)[0]
        table = (
            (BIASES if stem == "b" else weights) if s in parameters
            else inputs if stem == "x" else LABELS if stem in ("y", "t") else OTHERS
        )  # fmt: skip
        out[s.name] = graph.domains.get(s, REAL).member(*draws.shuffled(table))
    return out


# What costs most: no value at all, then a derivative of 0, which asks for nothing.
NO_VALUE, ZERO, WIDE, LONG = 1000, 20, 5, 1


def faults(found: Derivation, numbers: Mapping[str, float], rate: float, most: int) -> int:
    """How much stands against a point; 0 of one that is readable.

    Of one against whose values alone there stands `most` already, the derivatives are not asked.
    """
    graph = found.graph
    try:
        with mp.workdps(30):
            leaves = {symbol(n): exact(x) for n, x in numbers.items()}
            values = values_at(graph, leaves)
            out = sum(fault(graph, v, x) for v, x in values.items())
            if out >= most:
                return out
            slopes = {n: evaluate(graph.unfold(e), values) for n, e in found.results.items()}
            out += sum(ZERO if x == 0 else fault(graph, None, x) for x in slopes.values())
            after = (leaves[symbol(n)] - exact(rate) * x for n, x in slopes.items())
            return out + sum(WIDE for x in after if not is_plain(x))
    except SymgdError:
        return NO_VALUE


def fault(graph: Graph, name: Any, value: Any) -> int:
    """What stands against one value: it has none, its size, or its digits."""
    if not mp.isfinite(value):
        return NO_VALUE
    if not graph.domains.get(name, REAL).contains(float(value)):
        return NO_VALUE
    if not is_plain(value):
        return WIDE
    body = graph.definitions.get(name)
    if body is None:
        return 0
    if is_rounded(graph, body):
        # of what is rounded anyway a value that is nearly a whole number has lost its digits
        return WIDE if 0 < abs(value - mp.nint(value)) < CLOSE else 0
    return 0 if abs(value * 10**PLACES - mp.nint(value * 10**PLACES)) < 1e-9 else LONG


def is_plain(value: Any) -> bool:
    """Whether four digits show it without a power of ten."""
    return bool(value == 0 or SMALLEST <= abs(value) < LARGEST)


def is_rounded(graph: Graph, body: Any) -> bool:
    """Whether its value rests on a function whose values have no end."""
    pending, seen = [body], set()
    while pending:
        expr = graph.unfold(pending.pop())
        for node in walk(expr):
            if node in graph.definitions and node not in seen:
                seen.add(node)
                pending.append(graph.definitions[node])
            if is_transcendental(node):
                return True
    return False


def is_transcendental(node: Any) -> bool:
    """exp, ln, tanh, ..., a root, a power of a name: no sum, product or fraction."""
    if node.is_Pow:
        return not node.exp.is_Integer
    return bool(node.is_Function) and not isinstance(
        node, sp.Abs | sp.Max | sp.Min | sp.sign | sp.Piecewise
    )


def shown(x: float) -> str:
    """A value to four digits, as it is written by hand."""
    if x == 0:
        return "0"
    places = max(0, DIGITS - 1 - int(mp.floor(mp.log10(abs(x)))))
    body = f"{x:.{min(places, 12)}f}" if abs(x) < 1e7 else f"{x:.3e}"
    # 0.0000 of a number that is small
    if float(body) == 0:
        body = f"{x:.3e}"
    return (body.rstrip("0").rstrip(".") if "." in body and "e" not in body else body).replace(
        "-", "−"
    )


__all__ = ["Point", "readable_point", "shown"]
