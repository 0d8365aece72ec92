"""Graph → Program of second derivatives: the Hessian in all pairs, or along one direction.

Both walk the names from the cost towards the leaves, as the gradient does, with the slopes and
bends of each definition as the derivation's lemmas have them, and nothing is expanded. The Hessian
takes each pair once (edge pushing: Gower and Mello, A new framework for the computation of
Hessians, 2012); a product is linear in the size of the gradient's program (Pearlmutter, Fast exact
multiplication by the Hessian, 1994).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import sympy as sp

from symgd.derive import with_recognisable, with_sides_chosen
from symgd.derive.algebra.arithmetic import tidy
from symgd.derive.algebra.identities import Context
from symgd.derive.lemmas import (
    Lemmas,
    coefficients,
    factors_of,
    is_linear,
    moves,
    terms_of,
)
from symgd.errors import InputError
from symgd.language.named import functions_of
from symgd.programs.lowering import (
    with_absolute_values,
    with_bases_written_out,
    with_partial_names_in_cases,
)
from symgd.programs.masks import Masks
from symgd.programs.names import Names
from symgd.programs.powers import powers_apart
from symgd.programs.program import (
    Assignment,
    Program,
    cancel,
    check_functions,
    forward,
    is_atom,
    is_light,
    lower,
    times,
)
from symgd.programs.rests import with_exponents_named, with_rests
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ONE,
    ZERO,
    D,
    Expr,
    P,
    Prime,
    add,
    function_name,
    mul,
    piecewise,
    rebuild,
    replace_outside,
    settle,
)

# -- from the cost towards the leaves -------------------------------------------------------------


class Sweep:
    """∂C/∂v of every name, and the lines for what is used more than once."""

    def __init__(self, graph: Graph) -> None:
        self.links = Links(graph)
        self.graph = self.links.graph
        self.cost = self.graph.cost
        self.names = Names(self.graph)
        self.forward = forward(self.graph)
        self.lines: list[Assignment] = []
        self.terms: dict[sp.Symbol, list[Expr]] = {self.cost: [ONE]}
        self.local: dict[Pair, Expr] = {}
        tables = (*self.links.slopes.values(), *self.links.bends.values())
        self.masks = Masks(self.graph, [e for table in tables for e in table.values()])

    def run(self) -> None:
        for u in reversed(self.links.slopes):
            slopes = {a: self.slope(u, a) for a in self.links.slopes[u]}
            whole = self.atom(f"{self.cost}_{u}", self.first(u))
            self.hand_on(u, slopes, whole)
            for a, slope in slopes.items():
                give(self.terms, a, self.masks.product(whole, slope))

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        """Give what is known of u to its arguments; `whole` is ∂C/∂u."""
        raise NotImplementedError

    def first(self, v: sp.Symbol) -> Expr:
        """∂C/∂v."""
        return add(*self.terms.get(v, [ZERO]))

    def slope(self, u: sp.Symbol, a: sp.Symbol) -> Expr:
        """∂u/∂a, under a name of its own if it is worth one."""
        if (u, a) not in self.local:
            e = self.masks.cased(self.links.slopes[u][a])
            self.local[u, a] = e if is_light(e) else self.named(f"{u}_{a}", e)
        return self.local[u, a]

    def atom(self, wanted: str, e: Expr) -> Expr:
        return e if is_atom(e) else self.named(wanted, e)

    def named(self, wanted: str, expr: Expr) -> sp.Symbol:
        name = self.names.fresh(wanted)
        self.masks.learn(name, expr)
        self.lines.append(Assignment(name, expr))
        return name


class Pairs(Sweep):
    """The second derivatives of the cost in every pair of the names that are left.

    H_pa += H_pu·∂u/∂a        H_ab += H_uu·∂u/∂a·∂u/∂b + ∂C/∂u·∂²u/∂a∂b
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        # near[p][q] and near[q][p] are one list: the terms of H_pq
        self.near: dict[sp.Symbol, dict[sp.Symbol, list[Expr]]] = {}

    def second(self, p: sp.Symbol, q: sp.Symbol) -> Expr:
        """∂²C/∂p∂q, of two leaves."""
        return add(*self.near.get(p, {}).get(q, [ZERO]))

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        mine = self.near.pop(u, {})
        own = mine.pop(u, [])
        for p, terms in mine.items():
            del self.near[p][u]
            h = self.atom(f"{self.cost}_{u}_{p}", add(*terms))
            for a, slope in slopes.items():
                term = self.masks.product(h, slope)
                self.give(p, a, mul(sp.Integer(2), term) if a == p else term)
        if own:
            self.own(u, slopes, self.atom(f"{self.cost}_{u}_{u}", add(*own)))
        for (a, b), bend in self.links.bends[u].items():
            self.give(a, b, self.masks.product(whole, self.masks.cased(bend)))

    def own(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], h: Expr) -> None:
        """H_uu·∂u/∂a·∂u/∂b for each pair of the arguments of u."""
        names = list(slopes)
        for i, a in enumerate(names):
            half = self.masks.product(h, slopes[a])
            if len(names) > 1:
                half = self.atom(f"{self.cost}_{u}_{a}", half)
            for b in names[i:]:
                self.give(a, b, self.masks.product(half, slopes[b]))

    def give(self, p: sp.Symbol, q: sp.Symbol, term: Expr) -> None:
        """A term of H_pq."""
        terms = self.near.setdefault(p, {}).setdefault(q, [])
        self.near.setdefault(q, {})[p] = terms
        terms.append(term)


class Along(Sweep):
    """The derivative of everything along a direction of the parameters.

    u̇ = Σ ∂u/∂a·ȧ             (∂C/∂a)˙ += (∂C/∂u)˙·∂u/∂a + ∂C/∂u·Σ ∂²u/∂a∂b·ḃ
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        parameters = self.graph.parameters
        self.directions = {t: self.names.fresh(f"along_{t}") for t in parameters}
        self.rates: dict[sp.Symbol, Expr] = dict(self.directions)
        self.turns: dict[sp.Symbol, list[Expr]] = {}

    def second(self, t: sp.Symbol) -> Expr:
        """(∂C/∂t)˙, of a parameter."""
        return add(*self.turns.get(t, [ZERO]))

    def run(self) -> None:
        for u, slopes in self.links.slopes.items():
            rates = (self.masks.product(self.rates[a], self.slope(u, a)) for a in slopes)
            self.rates[u] = self.atom(f"along_{u}", add(*(r for r in rates if r != 0)))
        super().run()

    def hand_on(self, u: sp.Symbol, slopes: Mapping[sp.Symbol, Expr], whole: Expr) -> None:
        turn = self.atom(f"{self.cost}_{u}_along", add(*self.turns.get(u, [ZERO])))
        for a, slope in slopes.items():
            give(self.turns, a, self.masks.product(turn, slope))
        bent: dict[sp.Symbol, list[Expr]] = {}
        for (a, b), bend in self.links.bends[u].items():
            bend = self.masks.cased(bend)
            if a != b and not is_light(bend):
                bend = self.named(f"{u}_{a}_{b}", bend)
            give(bent, a, self.masks.product(self.rates[b], bend))
            if a != b:
                give(bent, b, self.masks.product(self.rates[a], bend))
        for a, terms in bent.items():
            give(self.turns, a, self.masks.product(whole, add(*terms)))


def give(table: dict[Any, list[Expr]], key: sp.Symbol, term: Expr) -> None:
    """One more term for a name."""
    if term != 0:
        table.setdefault(key, []).append(term)


# -- ∂u/∂a and ∂²u/∂a∂b of every definition -------------------------------------------------------


Pair = tuple[sp.Symbol, sp.Symbol]


class Links:
    """Slopes and bends of the definitions between the cost and the parameters, in order."""

    def __init__(self, graph: Graph, whole: bool = False) -> None:
        """`whole`: the definitions stay as they are, neither cut nor joined."""
        self.graph = graph if whole else cut(graph)
        self.lemmas = Lemmas(with_sides_chosen(with_recognisable(self.graph)), "brief")
        self.slopes: dict[sp.Symbol, dict[sp.Symbol, Expr]] = {}
        self.bends: dict[sp.Symbol, dict[Pair, Expr]] = {}
        live = self.graph.ancestors[self.graph.cost] | {self.graph.cost}
        moving = self.graph.moved_by(*self.graph.parameters)
        for v, arguments in self.graph.arguments.items():
            if v in live and v in moving:
                active = [a for a in arguments if a in moving]
                slopes = self.lemmas.slopes(v, active)
                self.slopes[v] = {a: s for a, s in slopes.items() if s != 0}
                bends = self.bends_of(v, active)
                self.bends[v] = {pair: e for pair, e in bends.items() if e != 0}
        if not whole:
            self.open_powers()
            self.join()

    def open_powers(self) -> None:
        """Forms of their own where the base of a power is 0."""
        apart = powers_apart(self.graph)
        if apart is None:
            return
        inner = Links(apart.graph, whole=True)
        for v in apart.own.keys() & self.slopes.keys():
            slopes, bends = self.slopes[v], self.bends[v]
            self.slopes[v] = apart.put_in(v, slopes, apart.slopes(v, inner.slopes))
            self.bends[v] = apart.put_in(v, bends, apart.bends(v, inner.slopes, inner.bends))

    # -- one definition -------------------------------------------------------------------------

    def bends_of(self, v: sp.Symbol, active: list[sp.Symbol]) -> dict[Pair, Expr]:
        """∂²v/∂a∂b for each pair of the arguments."""
        body, place = self.graph.definitions[v], {a: i for i, a in enumerate(active)}
        call = self.lemmas.is_call(v)
        if not call and is_linear(body, active):
            return {
                (a, b): e
                for a, slope in self.slopes[v].items()
                for b, e in coefficients(slope, active).items()
                if place[a] < place[b]
            }
        out: dict[Pair, Expr] = {}
        arguments = list(enumerate(body.args if call else active))
        for i, a in arguments:
            for j, b in arguments:
                if a in place and b in place and place[a] <= place[b]:
                    node = Prime(body, min(i, j), max(i, j)) if call else P(v, a, b)
                    e = self.lemmas.value_of(node)
                    if a == b:
                        e = self.with_limit(body, a, e)
                    out[a, b] = add(out[a, b], e) if (a, b) in out else e
        return {pair: tidy(replace_outside(e, {body: v})) for pair, e in out.items()}

    def with_limit(self, body: Expr, t: sp.Symbol, e: Expr) -> Expr:
        """The second derivative with its limit at a seam of the formula: sin(z)/z at z = 0.

        There the slope is a number of its own, and the derivative of a number is not its slope.
        """
        g = self.graph.functions.get(function_name(body)) if body.args else None
        for kink in g.kinks if g is not None else ():
            seam = sp.Ne(t, kink.place, evaluate=False)
            if not kink.removable or not isinstance(e, sp.Piecewise) or e.args[0][1] != seam:
                continue
            inside = settle(self.graph.unfold(e.args[0][0]))
            left, right = (sp.limit(inside, t, kink.place, side) for side in "-+")
            if left == right and left.is_finite:
                e = piecewise((e.args[0][0], seam), (left, sp.true))
        return e

    # -- chains ---------------------------------------------------------------------------------

    def join(self) -> None:
        """One link for v = v(u), u = u(a), where nothing else uses u and the slopes cancel."""
        for v in reversed([*self.slopes]):
            while v in self.slopes and self.join_at(v):
                pass

    def join_at(self, v: sp.Symbol) -> bool:
        if len(self.slopes[v]) != 1:
            return False
        ((u, outer),) = self.slopes[v].items()
        if self.graph.consumers[u] != (v,) or len(self.slopes.get(u, ())) != 1:
            return False
        ((a, inner),) = self.slopes[u].items()
        slope = cancel(outer, inner)
        if slope is None:
            return False
        through = times(self.derivative(slope, u), inner)
        bend = add(*(e for e in (through, self.derivative(slope, a)) if e != 0))
        self.slopes[v], self.bends[v] = {a: slope}, {(a, a): bend} if bend != 0 else {}
        del self.slopes[u], self.bends[u]
        return True

    def derivative(self, e: Expr, t: sp.Symbol) -> Expr:
        """∂e/∂t with the other names held, in textbook form."""
        if t not in e.free_symbols:
            return ZERO
        whole: Expr = D(e, t)
        for line in self.lemmas.differentiate(whole):
            whole = line.after
        for line in self.lemmas.quote_lemmas(whole):
            whole = line.after
        for line in moves(whole, Context()):
            whole = line.after
        return whole


# -- wide definitions in narrow parts -------------------------------------------------------------

WIDEST = 4


def cut(graph: Graph) -> Graph:
    """The graph with every definition linear in the names that move, or of at most WIDEST."""
    knife = _Knife(graph)
    for v, body in graph.definitions.items():
        active = knife.active(body)
        narrow = len(active) <= WIDEST or knife.plain(body)
        knife.definitions[v] = body if narrow else knife.narrow(v, body)
    if len(knife.definitions) == len(graph.definitions):
        return graph
    functions = {**functions_of(knife.definitions, graph.functions), **graph.functions}
    return replace(graph, definitions=knife.definitions, functions=functions)


class _Knife:
    def __init__(self, graph: Graph) -> None:
        self.moving = set(graph.moved_by(*graph.parameters))
        self.names = Names(graph)
        self.definitions: dict[sp.Symbol, Expr] = {}

    def active(self, e: Any) -> set[Any]:
        """The names in the expression that move."""
        return set(e.free_symbols & self.moving)

    def plain(self, e: Any) -> bool:
        """Whether the expression is linear, with no term of more than two names that move."""
        active = self.active(e)
        return is_linear(e, active) and all(
            sum(f in active for f in factors_of(t)) <= 2 for t in terms_of(e)
        )

    def part(self, v: sp.Symbol, e: Any) -> Any:
        """The expression, or a name for it if more than one name moves it."""
        if len(self.active(e)) <= 1:
            return e
        # a case and its condition have no name, only what they are made of
        return self.named(v, self.narrow(v, e)) if isinstance(e, sp.Expr) else self.narrow(v, e)

    def named(self, v: sp.Symbol, e: Any) -> sp.Symbol:
        name = self.names.fresh(f"{v}_{len(self.definitions)}")
        self.definitions[name] = e
        self.moving.add(name)
        return name

    def narrow(self, v: sp.Symbol, e: Any) -> Any:
        """The expression over named parts."""
        if self.plain(e):
            return e
        if e.is_Add:
            return add(*(t if self.plain(t) else self.named(v, self.narrow(v, t)) for t in e.args))
        args = [self.part(v, a) for a in e.args]
        if e.is_Mul:
            return self.fold(v, args)
        return rebuild(e, tuple(args))

    def fold(self, v: sp.Symbol, factors: list[Any]) -> Any:
        """A product of two at a time."""
        first, *rest = factors
        for f in rest:
            if len(self.active(first)) > 1:
                first = self.named(v, first)
            first = mul(first, f)
        return first


# -- the two programs -----------------------------------------------------------------------------

MOST_PARAMETERS = 100


def ready(graph: Graph) -> Graph:
    """The graph as it is differentiated twice."""
    graph = with_rests(with_exponents_named(with_absolute_values(graph)))
    return with_bases_written_out(with_partial_names_in_cases(graph))


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
    check_functions(graph)
    sweep = Pairs(ready(graph))
    sweep.run()
    return lower(
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
    check_functions(graph)
    sweep = Along(ready(graph))
    sweep.run()
    return lower(
        sweep.graph,
        sweep.names,
        sweep.forward,
        sweep.lines,
        {},
        product={t: sweep.second(t) for t in graph.parameters},
        directions=tuple(sweep.directions.values()),
    )


__all__ = ["MOST_PARAMETERS", "hessian", "product"]
