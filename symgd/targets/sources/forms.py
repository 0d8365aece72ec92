"""The cost, its slope and its curvature in the margin, in the shortest of several forms.

g = ∂C/∂z        h = ∂²C/∂z²        of C = L(f(z), y)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import tidy
from symgd.errors import InputError, ModelError, listing
from symgd.functions.primitives import BY_NAME, SIGMOID
from symgd.language.named import functions_of
from symgd.programs.curvature import Links, Pairs, hessian
from symgd.programs.lowering import Unfold
from symgd.programs.names import Names
from symgd.programs.program import Assignment, Program, lower
from symgd.programs.stable import Stable, scope_of
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    application,
    function_name,
    is_application,
    mul,
    piecewise,
    power,
    rebuild,
    replace_all,
)

MARGIN, LABELS = symbol("z"), (symbol("y"), symbol("t"))


def label_of(graph: Graph) -> sp.Symbol:
    """y or t. Raises ModelError for a cost without either."""
    label = next(iter(s for s in graph.inputs if s in LABELS), None)
    if label is None:
        raise ModelError(
            f"The cost depends on {listing(map(str, graph.leaves))} and on no label; an objective "
            "compares z with y, or with t for labels -1 and 1."
        )
    return label


def fused(graph: Graph) -> Graph:
    """The graph with one definition, C of z: exp(z) - y·log(exp(z)) is exp(z) - yz there.

    The conventions that were set for a definition are places of its own argument, so a graph that
    has some stays as it is.
    """
    if graph.kinks:
        return graph
    bodies: dict[sp.Symbol, Expr] = {}
    for v, e in graph.definitions.items():
        bodies[v] = replace_all(e, bodies)
    return of_one_name(graph, bodies[graph.cost])


def of_one_name(graph: Graph, body: Expr) -> Graph:
    """The graph with this definition of the cost, and the functions that it uses."""
    bodies = {graph.cost: body}
    return replace(graph, definitions=bodies, functions=functions_of(bodies, graph.functions))


def shortest(graph: Graph) -> Program:
    """The second derivatives in whichever form takes the fewest operations.

    hessian    by names: best where the link is a function such as Φ
    in_one     the derivatives as one formula each, where exponentials of two names meet
    fused      the cost as one formula of z: a link that is an exponential and the logarithm of the
               loss cancel only there
    by_label   a formula for each label of a finite set: log(1 - ŷ) alone, where y is 0; of forms
               of one length this is the one that cancels least
    """
    forms: list[Callable[[Graph], Program]] = [hessian, in_one, lambda g: hessian(fused(g))]
    if graph.domains.get(label_of(graph), REAL).kind == "finite" and not graph.kinks:
        forms = [by_label, partial(by_label, rewritten=True), *forms]
    return min((form(graph) for form in forms), key=lambda p: p.operations)


def in_one(graph: Graph) -> Program:
    """The program whose derivatives are one formula each, their lines put in."""
    sweep, slope, curvature = formulas(graph)
    ends = {MARGIN: slope}, {(MARGIN, MARGIN): curvature}
    return lower(sweep.graph, sweep.names, sweep.forward, [], *ends)


def formulas(graph: Graph) -> tuple[Pairs, Expr, Expr]:
    """(the sweep, g and h) with g and h in names of the graph alone."""
    sweep = Pairs(graph)
    sweep.run()
    lines: dict[sp.Symbol, Expr] = {}
    for line in sweep.lines:
        lines[line.name] = replace_all(line.expr, lines)
    ends = (sweep.first(MARGIN), sweep.second(MARGIN, MARGIN))
    return sweep, *(replace_all(e, lines) for e in ends)


def by_label(graph: Graph, rewritten: bool = False) -> Program:
    """C, g and h with a case for each label of a finite set, in which the label is a number.

    `rewritten`: what is differentiated is what the rewrites make of the cost; -log(1 - ŷ) is
    exp(z) where ŷ is 1 - exp(-exp(z)).
    """
    label = label_of(graph)
    members = [sp.Rational(m.numerator, m.denominator) for m in graph.domains[label].members]
    cases: list[list[Any]] = [[], [], []]
    one = fused(graph)
    for m in members:
        body = tidy(replace_all(one.definitions[one.cost], {label: m}))
        if rewritten:
            body = tidy(derivable(Stable(scope_of(one))(Unfold(one)(body))))
        sweep, *ends = formulas(of_one_name(one, body))
        where = sp.true if m == members[-1] else sp.Eq(label, m, evaluate=False)
        for case, e in zip(cases, (body, *ends), strict=True):
            case.append((replace_all(e, dict(sweep.graph.definitions)), where))
    value, slope, curvature = (piecewise(*case) for case in cases)
    cost = replace(graph, definitions={graph.cost: value})
    return lower(
        cost, Names(cost), [Assignment(cost.cost, value)], [], {MARGIN: slope},
        {(MARGIN, MARGIN): curvature},
    )  # fmt: skip


def gauss_newton(graph: Graph) -> Program:
    """The program with L''(ŷ)f'(z)² for its curvature: what is left where the link is taken linear.

    Raises InputError where the cost has no link between z and itself.
    """
    links = Links(graph).slopes
    outputs = [v for v in graph.arguments[graph.cost] if v in graph.definitions]
    if len(outputs) != 1 or any(e == 1 for e in links.get(outputs[0], {}).values()):
        raise InputError(
            'guard="gauss-newton" takes the link to be linear, and this cost has no link between z '
            'and itself; use "clip" or "abs".'
        )
    (output,) = outputs
    cost = {graph.cost: graph.definitions[graph.cost]}
    outer = Links(replace(graph, definitions=cost, parameters=(output,)))
    inner = Links(replace(graph, definitions={v: e for v, e in graph.definitions.items()
                                              if v != graph.cost}))  # fmt: skip
    factors = [outer.bends[graph.cost].get((output, output), ZERO)]
    name = output
    while name != MARGIN:
        ((name, slope),) = inner.slopes[name].items()
        factors += [slope, slope]
    sweep = Pairs(graph)
    sweep.run()
    return lower(
        sweep.graph, sweep.names, sweep.forward, sweep.lines, {MARGIN: sweep.first(MARGIN)},
        {(MARGIN, MARGIN): collected(factors)},
    )  # fmt: skip


def collected(factors: Iterable[Expr]) -> Expr:
    """The product with one power of each base: (ŷ - y)²/(ŷ²(1 - ŷ)²)·(ŷ(1 - ŷ))² is (ŷ - y)²."""
    powers: dict[Any, Any] = {}
    stack = [(f, ONE) for f in reversed(list(factors))]
    while stack:
        e, n = stack.pop()
        if e.is_Mul:
            stack += [(f, n) for f in reversed(e.args)]
        elif e.is_Pow and e.exp.is_Number and (e.exp * n).is_Integer:
            stack.append((e.base, e.exp * n))
        else:
            powers[e] = powers.get(e, 0) + n
    return mul(*(power(e, n) for e, n in powers.items() if n != 0 and e != 1))


def derivable(e: Any) -> Any:
    """The same, with σ by the name that the rules of algebra know."""
    if is_application(e) and function_name(e) in BY_NAME:
        u = derivable(e.args[0])
        if function_name(e) == SIGMOID:
            return application("sigmoid", u)
        return BY_NAME[function_name(e)].formula(u)
    return rebuild(e, tuple(map(derivable, e.args))) if e.args else e
