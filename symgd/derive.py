"""Graph → Derivation: the chain rule on names, lemmas for what the names hide.

The derivative of the cost in a parameter t is told from the cost towards t, one link a line:

    ∂C/∂w = C'(ŷ)·∂ŷ/∂w = C'(ŷ)σ'(z)·∂z/∂w = C'(ŷ)σ'(z)·∂/∂w(wx + b) = C'(ŷ)σ'(z)x

then the lemmas are put in. In a deep graph that would repeat the same links for every parameter,
so some names are stations, whose ∂C/∂v is derived once (the backward pass) and then quoted: each
name with several consumers, the consumers of such a name, and every third name of a long chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import sympy as sp

from symgd import catalogue, rules
from symgd.algebra.arithmetic import drop, ordered, tidy
from symgd.algebra.identities import ELEMENTARY, Context
from symgd.algebra.textbook import simplify
from symgd.domain import REAL
from symgd.evaluate import evaluate, fraction
from symgd.graph import Graph, NamedFunction
from symgd.model import from_row
from symgd.notation.names import symbol
from symgd.notation.nodes import (
    ONE,
    D,
    Expr,
    Held,
    P,
    Prime,
    add,
    function_name,
    is_application,
    mul,
    piecewise,
    rebuild,
    replace as exchange,
    replace_all,
    walk,
)
from symgd.steps import Derivation, Section, Step

DETAILS = ("brief", "textbook", "full")
LONGEST_PATH = 3
MOST_STEPS = 2000


def derive(
    graph: Graph,
    wrt: tuple[sp.Symbol, ...] | None = None,
    order: int = 1,
    detail: str = "textbook",
) -> Derivation:
    """∂C/∂t for every t in `wrt` (every parameter), or ∂²C/∂s∂t for every pair at order 2."""
    return _Deriver(graph, wrt or graph.parameters, detail).run(order)


def local_slopes(graph: Graph) -> dict[sp.Symbol, dict[sp.Symbol, Expr]]:
    """name v → {argument a: ∂v/∂a}, for every link between the cost and a parameter.

    The forms are those of the lemmas, written in the outputs: for ŷ = σ(z), ŷ(1 - ŷ). A function
    is differentiated once however often it is used, and a linear definition in one pass.
    """
    deriver = _Deriver(graph, graph.parameters, "brief")
    live = graph.ancestors[graph.cost] | {graph.cost}
    moving = {v for v in graph.definitions if graph.ancestors[v] & set(graph.parameters)}
    moving |= set(graph.parameters)
    return {
        v: deriver.slopes(v, [a for a in graph.arguments[v] if a in moving])
        for v in graph.definitions
        if v in live and v in moving
    }


@cache
def recognisable() -> dict[str, NamedFunction]:
    """The functions that algebra may find in a result: σ and the normal density φ."""
    return {name: from_row(catalogue.activation(name)) for name in ("sigmoid", "phi")}


@dataclass(frozen=True, slots=True)
class _Line:
    """A step before its verdict: what the whole became, and why."""

    rule: str
    after: Expr
    part: tuple[Expr, Expr] | None = None
    detail: Expr | None = None
    note: tuple[Any, ...] | None = None


class _Deriver:
    def __init__(self, graph: Graph, wrt: tuple[sp.Symbol, ...], detail: str) -> None:
        graph = replace(graph, functions={**recognisable(), **graph.functions})
        self.graph = graph
        self.wrt = wrt
        self.detail = detail
        self.skip = frozenset({"linear"} if detail == "full" else ())
        self.lemmas: dict[Expr, Section] = {}
        self.told: dict[Expr, Section] = {}
        self.products: dict[Expr, Expr] = {}
        self.stations = _stations(graph, wrt)

    def run(self, order: int) -> Derivation:
        backward = [self.gradient(s, "backward") for s in self.stations]
        sections = [self.gradient(t, "gradient") for t in self.wrt]
        pairs: list[tuple[sp.Symbol, ...]] = [(t,) for t in self.wrt]
        for _ in range(order - 1):
            pairs = [(*p, t) for p in pairs for t in self.wrt if self._index(t) >= self._index(p[-1])]
            before = set(self.told)
            sections = [self.higher(p) for p in pairs]
            backward += [s for left, s in self.told.items() if left not in before and s not in sections]
        lemmas = [replace(s, number=i + 1) for i, s in enumerate(self.lemmas.values())]
        return Derivation(
            self.graph, order, self.detail, tuple(lemmas), tuple(backward), tuple(sections), tuple(pairs)
        )

    def _index(self, t: sp.Symbol) -> int:
        return self.wrt.index(t)

    # -- sections -----------------------------------------------------------------------------------

    def gradient(self, t: sp.Symbol, kind: str) -> Section:
        """∂C/∂t, through the stations nearest to t."""
        left = D(self.graph.cost, t)
        if left not in self.told:
            lines = [*self.links(left, t)]
            self.products[left] = tidy(lines[-1].after) if lines else left
            lines += self.finish(lines[-1].after if lines else left)
            self.told[left] = self.section(kind, f"{kind}:{t}", left, lines)
        return self.told[left]

    def higher(self, names: tuple[sp.Symbol, ...]) -> Section:
        """∂ⁿC/∂s…∂t: the product that the lower derivative is, differentiated once more."""
        *lower, t = names
        inner = self.graph.cost
        for s in lower:
            inner = D(inner, s)
        left = D(inner, t)
        if left in self.told:
            return self.told[left]
        if inner not in self.products:
            self.gradient(lower[0], "backward") if len(lower) == 1 else self.higher(tuple(lower))
        start = D(self.products[inner], t)
        lines = [_Line("lower_order", start)]
        lines += self.open_all(start, t)
        opened = lines[-1].after
        self.products[left] = tidy(opened)
        lines += self.finish(opened)
        self.told[left] = self.section("hessian", "hessian:" + ",".join(map(str, names)), left, lines)
        return self.told[left]

    def section(self, kind: str, id: str, left: Expr, lines: list[_Line], function: str = "") -> Section:
        steps, before = [], left
        for line in lines:
            if line.after != before or line.note is not None:
                steps.append(Step(before, line.after, line.rule, line.part, line.detail, (), line.note))
                before = line.after
        return Section(kind, id, left, _coarse(steps, self.detail), 0, function)

    # -- the chain of links ----------------------------------------------------------------------------

    def links(self, left: Expr, t: sp.Symbol) -> Iterator[_Line]:
        """From the cost (or the nearest station) to t."""
        cost = self.graph.cost
        via = self._stations_above(t)
        whole = left
        if via is not None and via != (cost,):
            if len(via) == 1:
                terms = [mul(D(cost, via[0]), D(via[0], t))]
            else:
                terms = [self.explicit(v, t) for v in via]
            whole = add(*terms)
            yield _Line("chain", whole, detail=via[0] if len(via) == 1 else None)
        yield from self.open_all(whole, t)

    def explicit(self, v: sp.Symbol, t: sp.Symbol) -> Expr:
        """∂C/∂v·∂v/∂t, with t moving v only where its definition mentions t."""
        body = self.graph.definitions[v]
        slopes = [Prime(body, i) for i, a in enumerate(body.args) if a == t] if _named(body) else [P(v, t)]
        return add(*(s if v == self.graph.cost else mul(D(self.graph.cost, v), s) for s in slopes))

    def _stations_above(self, t: sp.Symbol) -> tuple[sp.Symbol, ...] | None:
        """The stations that every path from t to the cost goes through first."""
        graph, current = self.graph, t
        while True:
            above = graph.consumers.get(current, ())
            if len(above) != 1:
                return above
            current = above[0]
            if current == graph.cost:
                return None
            if current in self.stations:
                return (current,)

    def open_all(self, whole: Expr, t: sp.Symbol) -> Iterator[_Line]:
        """Take every derivative in t that can be taken, leftmost first."""
        for _ in range(MOST_STEPS):
            target = self._next(whole, t)
            if target is None:
                return
            line = self.open(target, whole)
            if line is None:
                return
            yield line
            whole = line.after

    def _next(self, whole: Expr, t: sp.Symbol) -> D | None:
        for node in walk(whole):
            if isinstance(node, D) and not self._quoted(node, t):
                return node
        return None

    def _quoted(self, node: D, t: sp.Symbol) -> bool:
        """∂C/∂s of a station is quoted, not taken; and so is its derivative in t."""
        f, s = node.args
        if isinstance(f, D):
            if f in self.told and self._is_station(f):
                self.higher(_names(node))
                return True
            return False
        return f == self.graph.cost and s in self.stations and s != t

    def _is_station(self, f: D) -> bool:
        return all(n in self.stations or i for i, n in enumerate(_names(f)))

    def open(self, target: D, whole: Expr) -> _Line | None:
        """One rule for one derivative."""
        f, t = target.args
        graph = self.graph
        if isinstance(f, Held) and not isinstance(f, Prime):
            rule, out, detail = self._open_held(f, t)
        elif f in graph.definitions and f != t and graph.depends(f, t):
            rule, out, detail = self._open_name(f, t)
        else:
            row, out = rules.first(f, t, graph.depends, self.skip)
            rule, detail = row.id, None
        return _Line(rule, drop(exchange(whole, target, out)), (target, out), detail)

    def _open_name(self, v: sp.Symbol, t: sp.Symbol) -> tuple[str, Expr, Expr | None]:
        """∂v/∂t = Σ ∂v/∂a·∂a/∂t over the arguments of v; a linear v by its definition."""
        body, active = self.graph.definitions[v], self.graph.active(v, t)
        g = _named(body)
        if g is None and v != self.graph.cost and _affine(body, active):
            return "definition", D(body, t), v
        terms = []
        for i, a in enumerate(body.args if g is not None else active):
            if g is not None and a not in active:
                continue
            slope = Prime(body, i) if g is not None else P(v, a)
            terms.append(slope if a == t else mul(slope, D(a, t)))
        return "chain", add(*terms), active[0] if len(active) == 1 and active[0] != t else v

    def _open_held(self, f: Expr, t: sp.Symbol) -> tuple[str, Expr, Expr | None]:
        """P(v, ...) is a function of the arguments of v; ∂C/∂s is what was derived for it."""
        if isinstance(f, P):
            v, *taken = f.args
            terms = []
            for a in self.graph.active(v, t):
                order = {name: i for i, name in enumerate(self.graph.arguments[v])}
                slope = P(v, *sorted((*taken, a), key=lambda n: order[n]))
                terms.append(slope if a == t else mul(slope, D(a, t)))
            return "chain", add(*terms), None
        if f not in self.products:
            self.higher(_names(f)) if len(_names(f)) > 1 else self.gradient(_names(f)[0], "backward")
        return "lower_order", D(self.products[f], t), None

    # -- putting the lemmas in ------------------------------------------------------------------------------

    def finish(self, whole: Expr) -> Iterator[_Line]:
        """Quote the lemmas, write outputs by their names, and bring the result to textbook form."""
        yield from self.quote_lemmas(whole)
        whole = self._last
        named = replace_all(whole, self._outputs())
        if named != whole:
            yield _Line("output", named)
            whole = named
        yield from self.simplified(whole, Context())

    def quote_lemmas(self, whole: Expr) -> Iterator[_Line]:
        while True:
            node = next((n for n in walk(whole) if isinstance(n, P | Prime) and self.known(n)), None)
            if node is None:
                self._last = whole
                return
            value = self.value_of(node)
            if self.is_linear(node):
                whole = drop(exchange(whole, node, value))
                yield _Line("linear", whole, (node, value))
                continue
            whole = drop(_exchange_factor(whole, node, value))
            yield _Line("lemma", whole, (node, value), self.lemma_key(node))

    def _outputs(self) -> dict[Expr, Expr]:
        """σ(z) → ŷ for every definition that is a function of names."""
        return {
            body: v
            for v, body in self.graph.definitions.items()
            if (is_application(body) or _named(body) is not None) and all(a.is_Symbol for a in body.args)
        }

    def simplified(self, whole: Expr, context: Context) -> Iterator[_Line]:
        for rule, after, part in simplify(whole, context):
            yield _Line(rule, after, part)

    # -- lemmas ----------------------------------------------------------------------------------------------

    def slopes(self, v: sp.Symbol, active: list[sp.Symbol]) -> dict[sp.Symbol, Expr]:
        """∂v/∂a for each of the arguments."""
        body = self.graph.definitions[v]
        if _named(body) is None and _affine(body, tuple(active)):
            return _coefficients(body, set(active))
        out: dict[sp.Symbol, Expr] = {}
        for i, a in enumerate(body.args if _named(body) is not None else active):
            if a in active:
                slope = self.value_of(Prime(body, i) if _named(body) is not None else P(v, a))
                out[a] = add(out[a], slope) if a in out else slope
        return {a: tidy(replace_all(e, {body: v})) for a, e in out.items()}

    def known(self, node: Expr) -> bool:
        """Whether there is a body to derive the lemma from."""
        if isinstance(node, P):
            return True
        g = self.graph.functions.get(function_name(node.args[0]))
        return g is not None and g.body is not None

    def lemma_key(self, node: Expr) -> Expr:
        """σ'(u) → the lemma about σ'(z), in the function's own variables."""
        if isinstance(node, P):
            return node
        application, *indices = node.args
        g = self.graph.functions[function_name(application)]
        return Prime(application.func(*g.variables), *indices)

    def value_of(self, node: Expr) -> Expr:
        """The lemma's result, at the arguments of this node; a linear definition needs no lemma."""
        if self.is_linear(node):
            v, a = node.args
            return _coefficients(self.graph.definitions[v], {a})[a]
        key = self.lemma_key(node)
        result = self.lemma(key).result
        if isinstance(node, P):
            return result
        g = self.graph.functions[function_name(node.args[0])]
        return replace_all(result, dict(zip(g.variables, node.args[0].args, strict=True)))

    def is_linear(self, node: Expr) -> bool:
        """Whether the node is the slope of a linear definition other than the cost."""
        if not isinstance(node, P) or len(node.args) != 2 or node.args[0] == self.graph.cost:
            return False
        return _affine(self.graph.definitions[node.args[0]], (node.args[1],))

    def lemma(self, key: Expr) -> Section:
        if key not in self.lemmas:
            section = self._prime_lemma(key) if isinstance(key, Prime) else self._partial_lemma(key)
            self.lemmas[key] = section
        return self.lemmas[key]

    def _prime_lemma(self, key: Prime) -> Section:
        application, *indices = key.args
        g = self.graph.functions[function_name(application)]
        t = g.variables[int(indices[-1])]
        id = f"lemma:{g.name}:" + ",".join(map(str, indices))
        if len(indices) == 1:
            lines = [_Line("definition", D(g.body, t), detail=application)]
            if g.body == application:
                lines = [_Line("definition", D(application, t), detail=application)]
        else:
            lower = self.value_of(Prime(application, *indices[:-1]))
            lines = [_Line("lower_order", D(lower, t))]
        kinks = g.kinks if len(indices) == 1 and int(indices[0]) == 0 else ()
        context = Context(g if len(indices) == 1 else None)
        return self._lemma_section(id, key, lines, t, context, kinks, g)

    def _partial_lemma(self, key: P) -> Section:
        v, *names = key.args
        t = names[-1]
        id = f"lemma:{v}:" + ",".join(map(str, names))
        if len(names) == 1:
            lines = [_Line("definition", D(self.graph.definitions[v], t), detail=v)]
        else:
            lines = [_Line("lower_order", D(self.lemma(P(v, *names[:-1])).result, t))]
        kinks = self.graph.kinks.get(v, ()) if len(names) == 1 else ()
        return self._lemma_section(id, key, lines, t, Context(), kinks, None)

    def _lemma_section(
        self,
        id: str,
        key: Expr,
        lines: list[_Line],
        t: sp.Symbol,
        context: Context,
        kinks: tuple[Any, ...],
        g: NamedFunction | None,
    ) -> Section:
        whole = lines[-1].after
        for _ in range(MOST_STEPS):
            target = next((n for n in walk(whole) if isinstance(n, D)), None)
            if target is None:
                break
            row, out = rules.first(target.args[0], target.args[1], rules.mentions, self.skip)
            whole = drop(exchange(whole, target, out))
            lines.append(_Line(row.id, whole, (target, out)))
        lines += self.quote_lemmas(whole)
        whole = self._last
        moves = list(self.simplified(whole, context))
        lines += moves
        whole = ordered(lines[-1].after, t)
        lines[-1] = replace(lines[-1], after=whole)
        domains = dict(self.graph.domains)
        if g is not None:
            domains |= {symbol(n): d for n, d in g.domains.items()}
        lines += _conventions(self.graph, whole, t, kinks, domains)
        return self.section("lemma", id, key, lines, g.name if g else "")


def _conventions(graph: Graph, whole: Expr, t: sp.Symbol, kinks: tuple[Any, ...], domains: Any) -> Iterator[_Line]:
    """A line for each corner: the value that is taken there, put in where the form says otherwise."""
    for kink in kinks:
        if not _takes(graph.unfold(whole), t, kink, domains):
            corner = (kink.value, sp.Eq(t, kink.place, evaluate=False))
            branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
            whole = piecewise(corner, *((b[0], b[1]) for b in branches))
        yield _Line("convention", whole, note=(t, kink.place, kink.value))


def _takes(whole: Expr, t: sp.Symbol, kink: Any, domains: Any) -> bool:
    """Whether the form gives the value of the convention at the kink already, at random parameters."""
    rng = Random(3)
    for _ in range(3):
        letters = (whole.free_symbols | kink.place.free_symbols | kink.value.free_symbols) - {t}
        point = {s: fraction(domains.get(s, REAL).sample(rng)) for s in sorted(letters, key=str)}
        point[t] = evaluate(kink.place, point)
        if abs(evaluate(whole, point) - evaluate(kink.value, point)) > 1e-12:
            return False
    return True


def _names(node: D) -> tuple[sp.Symbol, ...]:
    """D(D(C, s), t) → (s, t)."""
    names: list[sp.Symbol] = []
    while isinstance(node, D):
        names.append(node.args[1])
        node = node.args[0]
    return tuple(reversed(names))


def _named(body: Expr) -> Any | None:
    """The function, if the body is a function of plain names."""
    if is_application(body) or isinstance(body, tuple(ELEMENTARY.values())):
        if all(a.is_Symbol or a.is_Number for a in body.args) and any(a.is_Symbol for a in body.args):
            return body.func
    return None


def _affine(body: Expr, active: tuple[sp.Symbol, ...]) -> bool:
    """Whether every term of the body moves with at most one of the active names, and linearly."""
    moving = set(active)
    for term in body.args if body.is_Add else (body,):
        factors = [f for f in (term.args if term.is_Mul else (term,)) if f.free_symbols & moving]
        if any(f not in moving for f in factors) or len(factors) > 1 and len(set(factors)) < len(factors):
            return False
    return True


def _coefficients(body: Expr, active: set[sp.Symbol]) -> dict[sp.Symbol, Expr]:
    """All the slopes of a linear definition, in one pass over its terms."""
    out: dict[sp.Symbol, list[Expr]] = {}
    for term in body.args if body.is_Add else (body,):
        factors = term.args if term.is_Mul else (term,)
        for i, a in enumerate(factors):
            if a in active:
                out.setdefault(a, []).append(mul(*factors[:i], *factors[i + 1 :]))
    return {a: add(*terms) for a, terms in out.items()}


def _exchange_factor(whole: Expr, node: Expr, value: Expr) -> Expr:
    """Put a lemma in, its factors in the place of the one factor that it opens."""
    return exchange(whole, node, value)


def _stations(graph: Graph, wrt: tuple[sp.Symbol, ...]) -> tuple[sp.Symbol, ...]:
    """The names whose ∂C/∂v is derived once and quoted, from the cost backwards."""
    cost = graph.cost
    live = graph.ancestors[cost]
    moving = [v for v in graph.definitions if v in live and any(graph.depends(v, t) for t in wrt)]
    stations: dict[sp.Symbol, None] = {}
    depth = {cost: 0}
    for a in (*reversed(moving), *wrt):
        above = graph.consumers.get(a, ())
        if len(above) > 1:
            stations.update(dict.fromkeys(v for v in above if v != cost))
            if a in graph.definitions:
                stations[a] = None
    for v in reversed(moving):
        above = graph.consumers[v]
        depth[v] = 1 + min(0 if u in stations else depth.get(u, 0) for u in above)
        if depth[v] >= LONGEST_PATH and graph.arguments[v]:
            stations[v] = None
    return tuple(v for v in reversed(moving) if v in stations)


# -- how much is said -------------------------------------------------------------------------------------------

_PASSING = frozenset({"constant", "identity", "negative"})


def _coarse(steps: list[Step], detail: str) -> tuple[Step, ...]:
    """full: each rule a line. textbook: what is done in passing joins the line before it.
    brief: a line for differentiating, one for the lemmas, one for the algebra."""
    if detail == "full":
        return tuple(steps)
    out: list[Step] = []
    for step in steps:
        if out and _joins(out[-1], step, detail):
            last = out[-1]
            out[-1] = replace(
                last,
                after=step.after,
                part=None,
                also=(*last.also, *(() if step.rule in (last.rule, *last.also) else (step.rule,))),
                note=step.note or last.note,
            )
        else:
            out.append(step)
    return tuple(out)


def _joins(last: Step, step: Step, detail: str) -> bool:
    if detail == "brief":
        return _PHASE.get(last.rule, "differentiate") == _PHASE.get(step.rule, "differentiate")
    if step.note is not None or last.note is not None:
        return False
    if step.rule in _PASSING:
        return True
    if step.part is None or last.rule in ("definition", "lower_order"):
        return False
    return (step.rule == "linear" and step.part[1].is_Number) or (
        step.rule == "named" and isinstance(step.part[1], Prime)
    )


_PHASE = {"lemma": "lemma", "output": "lemma", "arithmetic": "algebra", "chain": "chain", "definition": "chain"} | {
    i: "algebra"
    for i in (
        "recognise", "split_fraction", "add_subtract", "divide_terms", "logistic_slope", "multiply_exponential",
        "combine_exponentials", "ratio", "double_angle", "sign_times", "indicator", "constant_case",
        "factor_out", "common_denominator", "in_itself", "in_sigmoid", "factor", "normal_density", "condition", "pythagoras", "circle",
    )
}  # fmt: skip

__all__ = ["DETAILS", "ONE", "derive"]
