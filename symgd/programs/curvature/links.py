"""The links of a graph to second order: ∂u/∂a and ∂²u/∂a∂b of every definition, as derived.

    slopes   u → {a: ∂u/∂a}            bends   u → {(a, b): ∂²u/∂a∂b}, a not after b, none of them 0

A chain whose slopes cancel is one link: of cross-entropy and a sigmoid ∂C/∂z = ŷ - y, of which the
derivative is ŷ(1 - ŷ); by the parts it would be the difference of two large numbers.
"""

from __future__ import annotations

import sympy as sp

from symgd.derive import prepared
from symgd.derive.algebra.arithmetic import tidy
from symgd.derive.algebra.identities import Context
from symgd.derive.lemmas import Lemmas, coefficients, is_call, is_linear, moves
from symgd.programs.curvature.cut import cut
from symgd.programs.program import cancelled, times
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ZERO,
    D,
    Expr,
    P,
    Prime,
    add,
    function_name,
    piecewise,
    replace_outside,
    settle,
)

Pair = tuple[sp.Symbol, sp.Symbol]


class Links:
    """Slopes and bends of the definitions between the cost and the parameters, in order."""

    def __init__(self, graph: Graph) -> None:
        self.graph = cut(graph)
        self.lemmas = Lemmas(prepared(self.graph), "brief")
        self.slopes: dict[sp.Symbol, dict[sp.Symbol, Expr]] = {}
        self.bends: dict[sp.Symbol, dict[Pair, Expr]] = {}
        live = self.graph.ancestors[self.graph.cost] | {self.graph.cost}
        wanted = set(self.graph.parameters)
        moving = {v for v, above in self.graph.ancestors.items() if above & wanted} | wanted
        for v, arguments in self.graph.arguments.items():
            if v in live and v in moving:
                active = [a for a in arguments if a in moving]
                slopes = self.lemmas.slopes(v, active)
                self.slopes[v] = {a: s for a, s in slopes.items() if s != 0}
                bends = self.bends_of(v, active)
                self.bends[v] = {pair: e for pair, e in bends.items() if e != 0}
        self.join()

    # -- one definition -------------------------------------------------------------------------

    def bends_of(self, v: sp.Symbol, active: list[sp.Symbol]) -> dict[Pair, Expr]:
        """∂²v/∂a∂b for each pair of the arguments."""
        body, place = self.graph.definitions[v], {a: i for i, a in enumerate(active)}
        call = is_call(body)
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
                        e = self.mended(body, a, e)
                    out[a, b] = add(out[a, b], e) if (a, b) in out else e
        return {pair: tidy(replace_outside(e, {body: v})) for pair, e in out.items()}

    def mended(self, body: Expr, t: sp.Symbol, e: Expr) -> Expr:
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
            while v in self.slopes and self.joined(v):
                pass

    def joined(self, v: sp.Symbol) -> bool:
        if len(self.slopes[v]) != 1:
            return False
        ((u, outer),) = self.slopes[v].items()
        if self.graph.consumers[u] != (v,) or len(self.slopes.get(u, ())) != 1:
            return False
        ((a, inner),) = self.slopes[u].items()
        slope = cancelled(outer, inner)
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
        for line in self.lemmas.differentiated(whole):
            whole = line.after
        for line in self.lemmas.quoted(whole):
            whole = line.after
        for line in moves(whole, Context()):
            whole = line.after
        return whole
