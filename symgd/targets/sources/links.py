"""What a margin predicts: the inverse link of an objective.

    the model                            the prediction
    z, ŷ = f(z), C(ŷ, y)                 f(z)
    ŷ is z, two classes a < b            P(y = b) = g(z, a)/(g(z, a) - g(z, b))
    ŷ is z, a slope m(z) - n(z)·y        m(z)/n(z)

The two last are the mean for which z is the best of all margins: the slope, averaged over the
labels, is 0 there. It is σ(z) of a logit, and e^z of the logarithm of a mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from symgd.derive.algebra.arithmetic import tidy
from symgd.language.formulas.printer import plain
from symgd.programs.curvature import Pairs
from symgd.programs.program import Program, program
from symgd.programs.valued import with_valued_powers
from symgd.targets.sources.forms import MARGIN, fused, of_one_name
from symgd.targets.sources.margin import Margin
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.scalars import ZERO, Expr, mul, quotient, replace_all


@dataclass(frozen=True, slots=True)
class Link:
    """What a margin predicts.

    says      in words
    letters   the letters that it depends on
    program   whose value it is; None for two classes
    classes   the two labels, as numbers
    """

    says: str
    letters: tuple[sp.Symbol, ...] = ()
    program: Program | None = None
    classes: tuple[float, float] | None = None


def link_of(made: Margin) -> Link:
    """What the margins of an objective predict."""
    cut, label = made.cut, made.label
    output = output_of(cut, label)
    if output is not None and not is_margin(cut, output):
        return of_graph(made, graph_of(cut, output), f"{output} of the margin z.")
    domain = cut.domains.get(label, REAL)
    if domain.kind == "finite" and len(domain.members) == 2:
        low, high = map(float, domain.members)
        says = (
            f"The probability of {label} = {high:g} for which z is the best margin: where the "
            "slope is 0 on average."
        )
        return Link(says, made.letters, classes=(low, high))
    if domain != REAL:
        mean = mean_of(cut, label)
        if mean is not None:
            says = f"The mean of {label} for which z is the best margin: {plain(mean)}."
            return of_graph(made, of_one_name(cut, mean), says)
    return Link("The prediction is the margin itself.")


def of_graph(made: Margin, graph: Graph, says: str) -> Link:
    letters = tuple(s for s in made.letters if s in graph.inputs)
    return Link(says, letters, with_valued_powers(program(graph, alone=True)))


def output_of(graph: Graph, label: sp.Symbol) -> sp.Symbol | None:
    """The last name before the cost that the label has no part in."""
    ours = [
        v for v in graph.definitions
        if v != graph.cost and label not in graph.ancestors[v] and MARGIN in graph.ancestors[v]
    ]  # fmt: skip
    return ours[-1] if ours else None


def is_margin(graph: Graph, v: sp.Symbol) -> bool:
    bodies: dict[sp.Symbol, Expr] = {}
    own = graph_of(graph, v)
    for n, e in own.definitions.items():
        bodies[n] = replace_all(own.unfold(e), bodies)
    return bool(tidy(bodies[v]) == MARGIN)


def graph_of(graph: Graph, v: sp.Symbol) -> Graph:
    """The definitions up to one of them."""
    kept = graph.ancestors[v] | {v}
    bodies = {n: e for n, e in graph.definitions.items() if n in kept}
    kinks = {n: k for n, k in graph.kinks.items() if n in bodies}
    return replace(graph, definitions=bodies, kinks=kinks, parameters=(MARGIN,))


def mean_of(graph: Graph, label: sp.Symbol) -> Expr | None:
    """m(z)/n(z) of a slope m(z) - n(z)·y, in z alone; None where the slope is no such thing."""
    one = fused(graph)
    if len(one.definitions) != 1:
        return None
    sweep = Pairs(replace(one, parameters=(MARGIN, label)))
    sweep.run()
    lines = {v: e for v, e in sweep.graph.definitions.items() if v != sweep.graph.cost}
    for line in sweep.lines:
        lines[line.name] = replace_all(line.expr, lines)
    slope, mixed = (
        tidy(sweep.graph.unfold(replace_all(e, lines)))
        for e in (sweep.first(MARGIN), sweep.second(MARGIN, label))
    )
    if mixed == 0 or mixed.has(label):
        return None
    level = tidy(replace_all(slope, {label: ZERO}))
    mean: Expr = tidy(quotient(mul(sp.S.NegativeOne, level), mixed))
    return None if mean.has(label) else mean
