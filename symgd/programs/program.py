"""Graph → Program: straight-line assignments, forward then backward.

    forward      v = its definition, for every name that the cost depends on
    backward     ∂C/∂v = Σ ∂C/∂u·∂u/∂v over the consumers u of v, from the cost towards the leaves

The partials ∂u/∂v are those of the derivation's lemmas, written in outputs. What is needed twice
is named once; nothing is ever expanded, so the program grows with the graph (reverse accumulation:
Linnainmaa 1970; Griewank and Walther, Evaluating Derivatives, 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symgd.derive import local_slopes
from symgd.errors import ModelError
from symgd.programs.lowering import (
    AsFirst,
    Cases,
    Shared,
    Unfold,
    operations,
    unknown,
    with_absolute_values,
    with_bases_written_out,
)
from symgd.programs.masks import Masks, flat_factors, infinities_may_meet, left_out_by
from symgd.programs.names import Names
from symgd.programs.powers import powers_apart
from symgd.programs.rests import with_exponents_named, with_rests
from symgd.programs.stable import Stable, scope_of
from symgd.trees.graph import Graph
from symgd.trees.kept import Kept
from symgd.trees.scalars import (
    MINUS_ONE,
    ONE,
    ZERO,
    Expr,
    add,
    mul,
    neg,
    power,
)


@dataclass(frozen=True, slots=True)
class Assignment(Kept):
    """name = expr."""

    name: sp.Symbol
    expr: Expr


@dataclass(frozen=True)
class Program(Kept):
    """Assignments in order, each in the leaves and the names before it; every name is set once.

    value        the name of the cost
    gradient     parameter → its derivative, in names of the program
    hessian      pair of parameters → its second derivative, each pair once; empty at order 1
    product      parameter → the Hessian along the directions, Σ ∂²C/∂t∂s·ṡ; else empty
    directions   the leaves ṡ of a product, which follow those of the graph

    Raises ModelError where an assignment uses a name that is not set before it.
    """

    graph: Graph
    forward: tuple[Assignment, ...]
    backward: tuple[Assignment, ...]
    value: sp.Symbol
    gradient: Mapping[sp.Symbol, Expr]
    hessian: Mapping[tuple[sp.Symbol, sp.Symbol], Expr] = field(default_factory=dict)
    product: Mapping[sp.Symbol, Expr] = field(default_factory=dict)
    directions: tuple[sp.Symbol, ...] = ()

    def __post_init__(self) -> None:
        known = set(self.leaves)
        for line in self.lines:
            late = line.expr.free_symbols - known
            if late or line.name in known:
                raise ModelError(f"The program sets {line.name} too late, twice, or from {late}.")
            known.add(line.name)

    @property
    def lines(self) -> tuple[Assignment, ...]:
        return (*self.forward, *self.backward)

    @property
    def leaves(self) -> tuple[sp.Symbol, ...]:
        """What needs a value from outside, in the order of the arguments of compiled code."""
        return (*self.graph.leaves, *self.directions)

    @cached_property
    def results(self) -> tuple[Expr, ...]:
        """What compiled code returns beside the cost: gradient, then Hessian, then product."""
        return (*self.gradient.values(), *self.hessian.values(), *self.product.values())

    def needed(self, exprs: Iterable[Expr]) -> tuple[Assignment, ...]:
        """The assignments that these expressions rest on, in order."""
        wanted = needed([(a.name, a.expr) for a in self.lines], exprs)
        return tuple(a for a in self.lines if a.name in wanted)

    @cached_property
    def can_lack_value(self) -> bool:
        """Whether the cost may be without a value at some finite numbers, or be so on a machine."""
        cases = Cases()
        for line in self.lines:
            cases.line(line.name, line.expr)
        forward = [(line.name, line.expr) for line in self.forward]
        return self.value in cases.partial or infinities_may_meet(forward)

    @cached_property
    def operations(self) -> int:
        """How many sums, products, powers, comparisons and function calls a run takes."""
        exprs = (*(line.expr for line in self.lines), *self.results)
        return sum(map(operations, exprs))


def program(graph: Graph, alone: bool = False) -> Program:
    """The cost and its gradient in every parameter, as straight-line code.

    `alone` where nobody works a sample that leaves the doubles out again.

    Raises ModelError where a function has no formula: its name alone has no number.
    """
    check_functions(graph)
    graph = with_bases_written_out(with_rests(with_exponents_named(with_absolute_values(graph))))
    names = Names(graph)
    backward, gradient = _Backward(graph, names).run()
    return lower(graph, names, forward(graph), backward, gradient, alone=alone)


def check_functions(graph: Graph) -> None:
    """Raise ModelError where a function has no formula."""
    for g in graph.functions.values():
        if g.body is None and g.equation is None:
            raise unknown(g.name)


def forward(graph: Graph) -> list[Assignment]:
    """The definitions that the cost depends on, but for those that are equations."""
    live = graph.ancestors[graph.cost] | {graph.cost}
    return [
        Assignment(v, body)
        for v, body in graph.definitions.items()
        if v in live and v not in graph.equations
    ]


def with_roots_given(graph: Graph) -> Graph:
    """The graph in which what solves an equation is a leaf, and y_zero = F(y, ...) in its place."""
    if not graph.equations:
        return graph
    definitions: dict[sp.Symbol, Expr] = {}
    names = Names(graph)
    for v, body in graph.definitions.items():
        e = graph.equations.get(v)
        definitions[names.fresh(f"{v}_zero") if e else v] = e.zero if e else body
    return replace(graph, definitions=definitions)


def lower(
    graph: Graph,
    names: Names,
    forward: Sequence[Assignment],
    backward: Sequence[Assignment],
    gradient: Mapping[sp.Symbol, Expr],
    hessian: Mapping[tuple[sp.Symbol, sp.Symbol], Expr] | None = None,
    product: Mapping[sp.Symbol, Expr] | None = None,
    directions: tuple[sp.Symbol, ...] = (),
    alone: bool = False,
) -> Program:
    """The program of lines as they are derived: functions unfolded, repeated parts named."""
    tables: list[Mapping[Any, Expr]] = [gradient, hessian or {}, product or {}]
    unfolder = Unfold(graph)
    rewriter = Stable(scope_of(graph, alone))
    cases = Cases()
    as_first = AsFirst()
    unfolded = [(a.name, as_first(unfolder(a.expr))) for a in (*forward, *backward)]
    # Where the cost has no value its derivatives have none either, whatever they say.
    sure = [(n, cases.line(n, e) if i < len(forward) else e) for i, (n, e) in enumerate(unfolded)]
    alike = AsFirst()  # of what the rewrites have made
    rewritten = [(n, alike(rewriter.line(n, e))) for n, e in sure]
    results = [
        {t: alike(rewriter(as_first(unfolder(e)))) for t, e in table.items()} for table in tables
    ]
    # A rewrite sees through names: where σ(z) and the loss became one, ŷ is no longer needed.
    wanted = needed(rewritten, [graph.cost, *(e for table in results for e in table.values())])
    lines = [Assignment(*pair) for pair in rewritten if pair[0] in wanted]
    exprs = (*(a.expr for a in lines), *(e for table in results for e in table.values()))
    shared = Shared(exprs, names.next)
    out = [[Assignment(*pair) for pair in shared.line(a.name, a.expr)] for a in lines]
    ends: list[dict[Any, Expr]] = [{} for _ in results]
    for end, table in zip(ends, results, strict=True):
        for t, e in table.items():
            end[t] = shared(e)
            out.append([Assignment(*pair) for pair in shared.take()])
    cut = sum(a.name in wanted for a in forward)
    return Program(
        with_roots_given(graph),
        tuple(a for part in out[:cut] for a in part),
        tuple(a for part in out[cut:] for a in part),
        graph.cost,
        ends[0],
        ends[1],
        ends[2],
        directions,
    )


def needed(lines: Sequence[tuple[sp.Symbol, Expr]], exprs: Iterable[Expr]) -> set[sp.Symbol]:
    """The names, of lines and leaves, that these expressions rest on."""
    wanted = {s for e in exprs for s in e.free_symbols}
    for name, expr in reversed(lines):
        if name in wanted:
            wanted |= expr.free_symbols
    return wanted


# -- backward ---------------------------------------------------------------------------------


class _Backward:
    """∂C/∂v for one name after another, from the cost towards the leaves."""

    def __init__(self, graph: Graph, names: Names) -> None:
        self.graph = graph
        self.names = names
        self.slopes = slopes_of(graph)
        self.masks = Masks(graph, [s for row in self.slopes.values() for s in row.values()])
        self.terms: dict[sp.Symbol, list[Expr]] = {}
        self.lines: list[Assignment] = []

    def run(self) -> tuple[list[Assignment], dict[sp.Symbol, Expr]]:
        for u in reversed(self.slopes):
            self.hand_on(u)
        return self.lines, {t: add(*self.terms.get(t, [ZERO])) for t in self.graph.parameters}

    def hand_on(self, u: sp.Symbol) -> None:
        """Add ∂C/∂u·∂u/∂a to every argument a of u."""
        slopes = {a: self.masks.cased(s) for a, s in self.slopes[u].items() if s != 0}
        if not slopes:
            return
        whole = ONE if u == self.graph.cost else add(*self.terms.get(u, [ZERO]))
        if whole == 0:
            return
        # Where a case left u out, its slope may be without a value, and 0 times that is not 0; nor
        # is it where the slope is 0 and ∂C/∂u is without one, as √h is at h = max(0, z) = 0.
        zeros_of, may_lack = self.masks.zeros_of, self.masks.may_lack
        left_out = zeros_of(whole)
        lacking = any(map(zeros_of, slopes.values())) and may_lack(whole)
        if len(slopes) == 1 and not left_out and not lacking:
            ((a, slope),) = slopes.items()
            merged = cancel(whole, slope)
            if merged is not None:
                self.terms.setdefault(a, []).append(merged)
                return
        if not is_atom(whole):
            whole = self.named(f"{self.graph.cost}_{u}", whole)
        for a, slope in slopes.items():
            zeros: tuple[Any, ...] = left_out if may_lack(slope) else ()
            if lacking and not zeros:
                zeros = zeros_of(slope)
            if not (is_light(slope) or u == self.graph.cost or zeros):
                slope = self.named(f"{u}_{a}", slope)
            self.terms.setdefault(a, []).append(left_out_by(zeros, times(whole, slope)))

    def named(self, wanted: str, expr: Expr) -> sp.Symbol:
        name = self.names.fresh(wanted)
        self.masks.learn(name, expr)
        self.lines.append(Assignment(name, expr))
        return name


def slopes_of(graph: Graph) -> dict[sp.Symbol, dict[sp.Symbol, Expr]]:
    """The slopes of each definition, with forms of their own where the base of a power is 0."""
    slopes = {v: dict(row) for v, row in local_slopes(graph).items()}
    apart = powers_apart(graph)
    if apart is not None:
        inner = local_slopes(apart.graph)
        for v in apart.own.keys() & slopes.keys():
            slopes[v] = apart.put_in(v, slopes[v], apart.slopes(v, inner))
    return slopes


def cancel(a: Expr, b: Expr) -> Expr | None:
    """ab where a factor of one is the reciprocal of a factor of the other; None where none is.

    (ŷ - y)/(ŷ(1 - ŷ))·ŷ(1 - ŷ) is ŷ - y: fewer operations, and right where ŷ rounds to 1.
    """
    left, right = list(flat_factors(a)), list(flat_factors(b))
    found = False
    for f in tuple(left):
        inverse = power(f.base, -f.exp) if f.is_Pow and f.exp.is_Number else power(f, MINUS_ONE)
        if not f.is_Number and inverse in right:
            left.remove(f)
            right.remove(inverse)
            found = True
    return mul(*(f for f in (*left, *right) if f != 1)) if found else None


def times(a: Expr, b: Expr) -> Expr:
    if a == 1:
        return b
    if b == 1:
        return a
    return neg(a) if b == -1 else mul(a, b)


def is_atom(e: Expr) -> bool:
    return not e.args


def is_light(e: Expr) -> bool:
    """A name, a number, or a product of them: not worth a name of its own."""
    return is_atom(e) or (e.is_Mul and all(map(is_atom, e.args)))


__all__ = ["Assignment", "Program", "cancel", "operations", "program"]
