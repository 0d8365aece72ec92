"""The cost as a function of the raw margin z, its slope and its curvature.

    g = ∂C/∂z        h = ∂²C/∂z²        of C = L(f(z), y)

A boosted tree adds to z, so z is the parameter here and the link f is part of the cost. Newton's
step -g/h asks for h > 0, which not every loss has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import ModelError, listing
from symgd.programs.program import Program
from symgd.programs.valued import with_valued_powers
from symgd.targets.sources.forms import MARGIN, gauss_newton, label_of, shortest
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr
from symgd.verify.evaluate import evaluate, fraction

# Where the curvature is looked at: fine near 0, coarse to ±30, at no special place.
GRID = tuple(Fraction(s * k, 997) for k in (7, *range(97, 6000, 199), *range(6011, 30000, 1999))
             for s in (-1, 1))  # fmt: skip
# Where a prediction is looked at: beyond, it may differ from the end of its range by 10⁻¹⁰⁰.
NEAR = tuple(z for z in GRID if abs(z) < 4)


@dataclass(frozen=True)
class Margin:
    """A cost of one margin and one label.

    program     the cost, g and h, h as the guard has it before it is floored
    label       y, or t where it is ±1
    letters     what else it depends on, a number each
    cut         the definitions from z on
    """

    program: Program
    label: sp.Symbol
    letters: tuple[sp.Symbol, ...]
    cut: Graph

    @property
    def slope(self) -> Expr:
        return self.program.gradient[MARGIN]

    @property
    def curvature(self) -> Expr:
        return self.program.hessian[MARGIN, MARGIN]


def margin(graph: Graph, guard: str | None = None) -> Margin:
    """The cost of a model in its margin z.

    Raises ModelError where the model is not z = ..., and then a cost of z, a label and letters;
    and where a prediction leaves the domain of the loss.
    """
    cut = cut_at_margin(graph)
    label = label_of(cut)
    letters = tuple(s for s in cut.inputs if s != label)
    stay_inside(cut)
    made = gauss_newton(cut) if guard == "gauss-newton" else shortest(cut)
    return Margin(with_valued_powers(made, slopes=True), label, letters, cut)


def cut_at_margin(graph: Graph) -> Graph:
    """The graph from z on, z its one parameter."""
    definitions = graph.definitions
    if MARGIN not in definitions:
        raise ModelError(
            "An objective is a function of the margin z, which this model does not define; "
            f"it has {listing(map(str, definitions))}. Call the score that the trees add up z."
        )
    below = graph.ancestors[MARGIN] | {MARGIN}
    kept = {v: e for v, e in definitions.items() if v not in below}
    cut = replace(graph, definitions=kept, parameters=(MARGIN,))
    live = cut.ancestors[cut.cost] | {cut.cost}
    cut = replace(cut, definitions={v: e for v, e in kept.items() if v in live})
    stray = [s for s in cut.inputs if s in below]
    if stray:
        raise ModelError(
            f"The cost depends on {listing(map(str, stray))} beside z; an objective sees the "
            "margin z alone."
        )
    return cut


def stay_inside(graph: Graph) -> None:
    """Raise ModelError where a name leaves its domain at some margin near 0."""
    wanted = {v for v in graph.definitions if graph.domains.get(v, REAL) != REAL}
    needed = wanted.union(*(graph.ancestors[v] for v in wanted))
    rng = Random(5)
    letters = {s: fraction(graph.domains.get(s, REAL).sample(rng)) for s in graph.inputs}
    with mp.workdps(60):
        for z in NEAR:
            values = {**letters, MARGIN: fraction(z)}
            for v in (v for v in graph.definitions if v in needed):
                values[v] = evaluate(graph.unfold(graph.definitions[v]), values)
                if v in wanted and not inside(graph, v, values[v]):
                    raise ModelError(
                        f"{v} is {mp.nstr(values[v], 6)} at z = {mp.nstr(values[MARGIN], 6)}, "
                        f"outside {graph.domains[v].text}, where the loss needs it; choose a link "
                        "with values there, such as sigmoid for (0, 1) or exp(z) for positive "
                        "predictions."
                    )


def inside(graph: Graph, v: sp.Symbol, value: Any) -> bool:
    """Whether a value lies in the domain of the name, up to the rounding of mpmath's digits."""
    domain = graph.domains[v]
    if domain.kind != "interval":
        return domain.contains(float(value))
    low = domain.low is None or value > fraction(domain.low) or (
        domain.closed[0] and value == fraction(domain.low)
    )  # fmt: skip
    high = domain.high is None or value < fraction(domain.high) or (
        domain.closed[1] and value == fraction(domain.high)
    )  # fmt: skip
    return bool(low and high)
