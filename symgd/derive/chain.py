"""The chain rule on names: from the cost towards a parameter, one link a line.

    ∂C/∂w = C'(ŷ)·∂ŷ/∂w = C'(ŷ)σ'(z)·∂z/∂w = C'(ŷ)σ'(z)·∂/∂w(wx + b) = C'(ŷ)σ'(z)x

then the lemmas are put in, outputs are written by their names (σ(z) is ŷ), and the result is
brought to textbook form. A derivative of higher order differentiates the product that the one
below it is, before the lemmas are put in.

In a deep graph, deriving every parameter all the way from the cost would repeat the same links for
each of them: the adjoints ∂C/∂v that several share are derived once (`SharedAdjoints`) and quoted.
By backpropagation that is so of every name that several derivatives go through, and a derivative is
the product of the links up to the next one that is quoted: ∂C/∂z₁ = ∂C/∂z·∂z/∂a₁·σ'(z₁).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import sympy as sp

from symgd.derive import rules
from symgd.derive.adjoints import (
    SharedTangents,
    closed_definitions,
    shared_adjoints,
    usual_way,
)
from symgd.derive.algebra.arithmetic import tidy
from symgd.derive.alike import alike
from symgd.derive.detail import Line, section
from symgd.derive.lemmas import Lemmas, has_cases, is_call, is_linear, moves
from symgd.derive.opening import Opening
from symgd.derive.shares import Shares
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    D,
    Expr,
    P,
    Prime,
    Unevaluated,
    add,
    is_application,
    mul,
    replace_outside,
    walk,
)
from symgd.trees.steps import Derivation, Section, names_of


class Deriver:
    """Derives the cost of one graph in some of its leaves."""

    def __init__(
        self,
        graph: Graph,
        wrt: tuple[sp.Symbol, ...],
        detail: str,
        told: str,
        shares: tuple[Shares, ...] = (),
    ) -> None:
        self.graph = graph
        self.wrt = wrt
        self.detail = detail
        self.told = told
        self.lemmas = Lemmas(graph, detail, shares)
        # ∂C/∂p of a share p, where only the cost mentions it, is the lemma on the cost.
        apart = [p for p in self.lemmas.shares if graph.consumers.get(p) == (graph.cost,)]
        self.shared = shared_adjoints(graph, wrt, told, apart)
        self.tangents: SharedTangents | None = None
        self.closed: frozenset[sp.Symbol] = frozenset()
        self.sections: dict[Expr, Section] = {}
        self.products: dict[Expr, Expr] = {}
        self.outputs = {
            body: v
            for v, body in graph.definitions.items()
            if is_application(body) or is_call(body)
        }

    def run(self, order: int) -> Derivation:
        for s in self.shared.names:
            self.derivative((s,), "gradient" if order == 1 and s in self.wrt else "backward")
        # A neuron alone has few links, and its derivatives read better whole.
        deep = usual_way(self.graph, self.wrt, 1) == "backprop"
        if order > 1 and deep and self.told == "backprop":
            self.tangents = SharedTangents(self.graph, self.lemmas.shares)
            self.closed = closed_definitions(self.graph, self.wrt)
        names = [tuple(p) for p in combinations_with_replacement(self.wrt, order)]
        sections = [self.derivative(p, "gradient" if order == 1 else "hessian") for p in names]
        wanted = {s.left for s in sections}
        backward = [s for left, s in self.sections.items() if left not in wanted]
        backward.sort(key=lambda s: len(names_of(s.left)))
        same: dict[Expr, Expr] = {}
        if self.detail != "full":
            for of_kind in ([*self.lemmas.sections.values()], backward, sections):
                same |= {left: s.left for left, s in alike(self.graph, of_kind).items()}
        return Derivation(
            self.graph,
            order,
            self.detail,
            self.lemmas.with_numbers(same),
            tuple(backward),
            tuple(sections),
            tuple(names),
            self.told,
            same,
        )

    # -- sections -----------------------------------------------------------------------------

    def derivative(self, names: tuple[sp.Symbol, ...], kind: str) -> Section:
        """∂ⁿC/∂s…∂t, derived once."""
        *lower, t = names
        inner = self.total(tuple(lower))
        left = D(inner, t)
        if left not in self.sections:
            lines = [*(self.differentiate(inner, t) if lower else self.links(left, t))]
            if self.told == "backprop":
                lines += self.lemmas.quote_linear(lines[-1].after)
            whole = lines[-1].after
            lines += self.finish(whole)
            # The slopes of shares are differentiated as what they are, p_i(δ_ij - p_j).
            closed = any(isinstance(n, P) and n.args[0] in self.lemmas.shares for n in walk(whole))
            self.products[left] = lines[-1].after if closed else tidy(whole)
            if len(lines) > 1 and whole == P(self.graph.cost, t) and lines[1].rule == "lemma":
                del lines[0]  # ∂C/∂p = ∂C/∂p, which the lemma is about
            id = f"{kind}:" + ",".join(map(str, names))
            self.sections[left] = section(kind, id, left, lines, self.detail, told=self.told)
        return self.sections[left]

    def tangent(self, v: sp.Symbol, t: sp.Symbol) -> Section:
        """∂v/∂t, derived once, from the definition of v."""
        left = D(v, t)
        if left not in self.sections:
            rule, out, detail = self.step(v, t)
            lines = [Line(rule, out, (left, out), detail), *self.take_derivatives(out, t)]
            lines += self.lemmas.quote_linear(lines[-1].after)
            self.products[left] = tidy(lines[-1].after)
            lines += self.finish(lines[-1].after)
            id = f"tangent:{v}:{t}"
            self.sections[left] = section("tangent", id, left, lines, self.detail, told=self.told)
        return self.sections[left]

    def total(self, names: tuple[sp.Symbol, ...]) -> Expr:
        """D(…D(C, s)…, t)."""
        out: Expr = self.graph.cost
        for s in names:
            out = D(out, s)
        return out

    def differentiate(self, inner: Expr, t: sp.Symbol) -> Iterator[Line]:
        """The product that a lower derivative is, differentiated once more."""
        start = D(self.product(inner), t)
        yield Line("lower_order", start)
        yield from self.take_derivatives(start, t)

    def product(self, inner: D) -> Expr:
        """The lower derivative before its lemmas are put in."""
        if inner not in self.products:
            names = names_of(inner)
            kind = "gradient" if names[0] in self.wrt else "backward"
            self.derivative(names, kind if len(names) == 1 else "hessian")
        return self.products[inner]

    # -- links ----------------------------------------------------------------------------------

    def links(self, left: Expr, t: sp.Symbol) -> Iterator[Line]:
        """From the cost, or from the nearest shared adjoints, to t."""
        cost, whole = self.graph.cost, left
        if self.told == "backprop":
            consumers = self.graph.consumers.get(t, ())
            one = consumers[0] if len(consumers) == 1 and consumers[0] in self.shared else None
            whole = self.paths(t)
            yield Line("chain", whole, detail=one)
            yield from self.take_derivatives(whole, t)
            return
        above = self.shared.above(t)
        if above is not None and above != (cost,):
            one = above[0] if len(above) == 1 else None
            whole = mul(D(cost, one), D(one, t)) if one else add(*(self.link(v, t) for v in above))
            yield Line("chain", whole, detail=one)
        yield from self.take_derivatives(whole, t)

    def paths(self, t: sp.Symbol, last: bool = True) -> Expr:
        """The sum over the consumers v of t: what is quoted above v, times every link down to t.

        Only the last link, that to t itself, may be opened where it stands.
        """
        terms = []
        for v in self.graph.consumers.get(t, ()):
            slope = self.slope(v, t, last)
            if v == self.graph.cost:
                terms.append(slope)
            else:
                quoted = v in self.shared
                above = D(self.graph.cost, v) if quoted else self.paths(v, last=False)
                terms.append(mul(above, slope))
        return add(*terms)

    def slope(self, v: sp.Symbol, t: sp.Symbol, may_open: bool = True) -> Expr:
        """∂v/∂t through the definition of v alone: a lemma's, or D(v, t) where it is opened."""
        body = self.graph.definitions[v]
        opened = may_open and v != self.graph.cost and not is_call(body) and not has_cases(body)
        opened &= v not in self.lemmas.shares and v not in self.graph.kinks
        opened &= v not in self.closed
        if opened and not is_linear(body, (t,)) and not self.moves_otherwise(v, t):
            return D(v, t)
        return add(*self.slopes(v, t))

    def slopes(self, v: sp.Symbol, t: sp.Symbol) -> list[Expr]:
        """∂v/∂t at each place where the definition of v mentions t: σ'(t), or all of it at once."""
        body = self.graph.definitions[v]
        if not self.lemmas.is_call(v):
            return [P(v, t)]
        return [Prime(body, i) for i, a in enumerate(body.args) if a == t]

    def moves_otherwise(self, v: sp.Symbol, t: sp.Symbol) -> bool:
        """Whether t moves v through another of its arguments too."""
        return any(self.graph.depends(a, t) for a in self.graph.arguments[v] if a != t)

    def link(self, v: sp.Symbol, t: sp.Symbol) -> Expr:
        """∂C/∂v·∂v/∂t, where t moves v only as far as the definition of v mentions t."""
        cost = self.graph.cost
        return add(*(s if v == cost else mul(D(cost, v), s) for s in self.slopes(v, t)))

    def take_derivatives(self, whole: Expr, t: sp.Symbol) -> Iterator[Line]:
        """Every derivative in t taken, outermost and leftmost first, except those quoted."""
        opening = Opening(whole, lambda n: isinstance(n, D) and not self.is_quoted(n, t))
        while (target := opening.first()) is not None:
            rule, out, detail = self.step(*target.args)
            yield Line(rule, opening.put(target, out), (target, out), detail)

    def is_quoted(self, node: D, t: sp.Symbol) -> bool:
        """A shared ∂C/∂s stands as it is, and so does its derivative in t, a section of its own."""
        f, s = node.args
        if self.tangents is not None and (f, s) in self.tangents:
            self.tangent(f, s)
            return True
        if isinstance(f, D):
            first = names_of(f)[0]
            if f not in self.sections or first not in self.shared:
                return False
            if self.through(names_of(f), s) is not None:
                return False
            self.derivative(names_of(node), "hessian")
            return True
        return f == self.graph.cost and s in self.shared and s != t

    def through(self, taken: tuple[sp.Symbol, ...], t: sp.Symbol) -> sp.Symbol | None:
        """The shared name v by which alone t moves ∂C/∂s…, if there is one: ∂/∂t is ∂/∂v·∂v/∂t.

        An s below v has slopes of v in it, and these t may move too.
        """
        if self.told != "backprop":
            return None
        if t in self.shared:
            v = taken[0]
        else:
            above = self.shared.above(t) or ()
            v = above[0] if len(above) == 1 else self.graph.cost
        if v in (t, self.graph.cost) or not self.shared.dominates(v, t):
            return None
        below = any(s != v and self.graph.depends(v, s) for s in taken)
        return None if below else v

    def step(self, f: Expr, t: sp.Symbol) -> tuple[str, Expr, Expr | None]:
        """One rule for D(f, t): (rule, what it becomes, what the rule was applied to)."""
        if isinstance(f, P):
            return "chain", self.chain_through_slope(f, t), None
        if isinstance(f, D):
            v = self.through(names_of(f), t)
            if v is not None:
                direct = t in self.graph.arguments[v] and not self.moves_otherwise(v, t)
                return "chain", mul(D(f, v), self.slope(v, t) if direct else D(v, t)), v
            return "lower_order", D(self.product(f), t), None
        if f in self.graph.definitions and f != t and self.graph.depends(f, t):
            return self.chain_through_name(f, t)
        row, out = rules.first(f, t, self.graph.depends, self.lemmas.skip)
        return row.id, out, None

    def chain_through_name(self, v: sp.Symbol, t: sp.Symbol) -> tuple[str, Expr, Expr | None]:
        """∂v/∂t = Σ ∂v/∂a·∂a/∂t over the arguments of the cost, of a function of names, of shares,
        and of cases, whose conventions a lemma states; any other v by its definition."""
        body, active = self.graph.definitions[v], self.graph.active(v, t)
        call = self.lemmas.is_call(v)
        by_lemma = v == self.graph.cost or v in self.lemmas.shares or has_cases(body)
        by_lemma |= v in self.graph.kinks or v in self.closed
        if not call and not by_lemma:
            return "definition", D(body, t), v
        terms = []
        for i, a in enumerate(body.args if call else active):
            if a in active:
                slope: Unevaluated = Prime(body, i) if call else P(v, a)
                terms.append(slope if a == t else mul(slope, D(a, t)))
        through = active[0] if len(active) == 1 and active[0] != t else v
        return "chain", add(*terms), through

    def chain_through_slope(self, slope: P, t: sp.Symbol) -> Expr:
        """P(v, ...) is itself a function of the arguments of v."""
        v, *taken = slope.args
        place = {name: i for i, name in enumerate(self.graph.arguments[v])}
        terms = []
        for a in self.graph.active(v, t):
            higher = P(v, *sorted((*taken, a), key=place.__getitem__))
            terms.append(higher if a == t else mul(higher, D(a, t)))
        return add(*terms)

    # -- putting the lemmas in ------------------------------------------------------------------

    def finish(self, whole: Expr) -> Iterator[Line]:
        """Lemmas put in, outputs by their names, textbook form."""
        for line in self.lemmas.quote_lemmas(whole):
            yield line
            whole = line.after
        named = replace_outside(whole, self.outputs)
        if named != whole:
            yield Line("output", named)
        for line in moves(named, self.lemmas.context):
            yield line
            named = line.after
        for group in self.lemmas.groups:
            collected = group.collected(named)
            if collected is not None:
                yield Line("like_terms", collected)
                named = collected
