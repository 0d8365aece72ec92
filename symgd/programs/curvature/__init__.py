"""Graph → Program of second derivatives: the Hessian in all pairs, or along one direction.

Both walk the names from the cost towards the leaves, as the gradient does, with the slopes and
bends of each definition as the derivation's lemmas have them, and nothing is expanded. The Hessian
takes each pair once (edge pushing: Gower and Mello, A new framework for the computation of
Hessians, 2012); a product is linear in the size of the gradient's program (Pearlmutter, Fast exact
multiplication by the Hessian, 1994).

cut      wide definitions in narrow parts
links    ∂u/∂a and ∂²u/∂a∂b of every definition
sweep    from the cost towards the leaves
"""

from __future__ import annotations

from itertools import combinations_with_replacement

from symgd.errors import InputError
from symgd.programs.curvature.sweep import Along, Pairs
from symgd.programs.program import Program, known_functions, lowered
from symgd.trees.graph import Graph

MOST_PARAMETERS = 100


def hessian(graph: Graph) -> Program:
    """The cost, its gradient, and ∂²C/∂s∂t for every pair of parameters, s not after t.

    Raises ModelError where a function has no formula, InputError where the pairs are too many.
    """
    count = len(graph.parameters)
    if count > MOST_PARAMETERS:
        raise InputError(
            f"The Hessian of {count} parameters has {count * (count + 1) // 2} entries; order=2 "
            f"takes at most {MOST_PARAMETERS} parameters. The product of the Hessian and a vector "
            "needs none of the entries: gradient.product({...})."
        )
    known_functions(graph)
    sweep = Pairs(graph)
    sweep.run()
    return lowered(
        sweep.graph,
        sweep.names,
        sweep.forward,
        sweep.lines,
        {t: sweep.first(t) for t in graph.parameters},
        {p: sweep.second(*p) for p in combinations_with_replacement(graph.parameters, 2)},
    )


def product(graph: Graph) -> Program:
    """The cost, and Σ ∂²C/∂t∂s·ṡ over the parameters s, for every parameter t.

    The directions ṡ are leaves after those of the graph. Raises ModelError where a function has no
    formula.
    """
    known_functions(graph)
    sweep = Along(graph)
    sweep.run()
    return lowered(
        sweep.graph,
        sweep.names,
        sweep.forward,
        sweep.lines,
        {},
        product={t: sweep.second(t) for t in graph.parameters},
        directions=tuple(sweep.directions.values()),
    )


__all__ = ["MOST_PARAMETERS", "hessian", "product"]
