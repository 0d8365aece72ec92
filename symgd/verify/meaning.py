"""What a line means: every derivative in it carried out by sympy, on the definitions.

The checker does not know how a line was made. It reads D, P and Prime as what they denote and
carries them out on its own: on the body of a function, on the definition of a name, and through
the graph one link at a time (cut at the derivatives that the line itself still quotes), so that
checking a step costs the same however deep the graph is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any

import sympy as sp

from symgd.trees.graph import Equation, Graph, NamedFunction
from symgd.trees.scalars import (
    D,
    P,
    Prime,
    Unevaluated,
    function_name,
    piecewise,
    rebuild,
    replace_all,
    replace_outside,
    settle,
    walk,
)
from symgd.verify.limits import one_points, slope_at_point

SHORT = 40


class Reader:
    """Reads the lines of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.slopes: dict[Any, Any] = {}
        self.place = {v: i for i, v in enumerate(graph.definitions)}
        self.settled: dict[sp.Symbol, Any] = {}
        self.bodies: dict[str, Any] = {}
        self.known: dict[tuple[Any, frozenset[Any], bool], Any] = {}
        self.ways: dict[tuple[sp.Symbol, sp.Symbol], bool] = {}
        self.stand_ins: dict[Any, sp.Dummy] = {}
        self.local = False

    def equations(self, before: Any, after: Any, local: bool = False) -> Iterator[tuple[Any, Any]]:
        """Both sides with every derivative carried out, as far as the line itself goes: first with
        names as letters, then, where the line needs it, with outputs written out, and at last with
        the names written out that one side tells by others. A derivative that both sides quote may
        be told by others on one of them: then it is carried out too.

        `local`: the line belongs to a lemma, whose names do not depend on each other.
        """
        self.local = local
        for quoted in dict.fromkeys(self.letters(before, after)):
            yield from self.readings(before, after, quoted)

    def letters(self, before: Any, after: Any) -> Iterator[frozenset[Any]]:
        """What the two sides are read over: as many derivatives as may be letters on both; those
        that one of them leaves standing; those of the cost; those of them that are first ones."""
        here, there = set(walk(before)), set(walk(after))
        opened = {n for n in here - there if isinstance(n, D)}
        both = here & there
        quoted = self.derivatives_left(before, after)
        of_cost = {q for q in quoted if isinstance(q.args[0], D) or q.args[0] == self.graph.cost}
        implied = {q for n in here | there if isinstance(n, D) for q in self.implied(n)}
        slopes = {n for n in both if isinstance(n, P | Prime)}
        slopes -= {q for n in here | there if isinstance(n, D) for q in walk(n)}
        nested = {n for n in there if isinstance(n, D) and isinstance(n.args[0], D)
                  and n.args[0] in here}  # fmt: skip
        inner = {n for n in there if isinstance(n, D) and self.is_inner(n)} if of_cost else set()
        yield frozenset((quoted | implied | slopes | nested | inner) - opened)
        yield quoted
        yield frozenset(of_cost)
        yield frozenset(q for q in of_cost if not isinstance(q.args[0], D))

    def implied(self, node: Any) -> Iterator[Any]:
        """What is left of D(f, t), where f is made of names and quoted derivatives."""
        f, t = node.args
        if f.is_Symbol or isinstance(f, D):
            return
        names: set[Any] = set(letters_of(f))
        for n in walk(f):
            if isinstance(n, D) and n.args[0] == self.graph.cost:
                yield D(n, t)
            elif isinstance(n, P):
                names |= {*self.graph.arguments.get(n.args[0], ())}
        yield from (D(v, t) for v in names if self.moves(v, t))

    def is_inner(self, node: Any) -> bool:
        """Whether a node is the derivative of a name other than the cost."""
        v, t = node.args
        return v != self.graph.cost and v in self.graph.definitions and self.moves(v, t)

    def readings(
        self, before: Any, after: Any, quoted: frozenset[Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Both sides, these derivatives left as letters."""
        a, b = (self.read(side, quoted) for side in (before, after))
        for v in reversed(self.graph.equations):
            a, b = (replace_outside(side, {v: self.graph.definitions[v]}) for side in (a, b))
        yield a, b
        outputs = self.outputs(before, after)
        letters = {q: q for q in quoted}

        def told(side: Any) -> Any:
            for v in reversed(outputs):
                side = replace_all(side, {**letters, v: outputs[v]})
            return side

        if outputs:
            a, b = told(a), told(b)
            yield a, b
        of_a, of_b = letters_of(a), letters_of(b)
        alone, names = of_a ^ of_b, of_a | of_b
        bodies = {v: told(self.definition(v)) for v in names & self.short} if alone else {}
        written = {
            v: body
            for v, body in bodies.items()
            if names >= body.free_symbols and (v in alone or body.free_symbols & alone)
        }
        if written:
            # From the last name on: the body of one may have another that is written out.
            for v in sorted(written, key=self.place.__getitem__, reverse=True):
                a, b = (replace_outside(side, {v: written[v]}) for side in (a, b))
            yield a, b

    @cached_property
    def short(self) -> frozenset[sp.Symbol]:
        """The names whose definition is short enough to be written out at every place."""
        return frozenset(
            v for v, e in self.graph.definitions.items() if len(list(walk(e))) <= SHORT
        )

    def derivatives_left(self, before: Any, after: Any) -> frozenset[Any]:
        """The derivatives of names that the simpler side leaves standing: letters on both sides."""
        cost = self.graph.cost
        left = [n for n in walk(after) if isinstance(n, D)]
        known = {n for n in walk(before) if isinstance(n, D)}
        leaders = {n.args[1] for n in known if n.args[0] == cost}
        backward = {
            n for n in left if n.args[0] == cost and (n.args[1] not in leaders or n in known)
        }
        nested = {n for n in left if isinstance(n.args[0], D) and n in known}
        if backward or nested:
            return frozenset(backward | nested)
        return frozenset(
            n for n in left if n.args[0] in self.graph.definitions and self.moves(*n.args)
        )

    def moves(self, v: sp.Symbol, t: sp.Symbol) -> bool:
        """Whether v is a name other than t that t moves; in a lemma, names stand for themselves."""
        return (
            not self.local and v != t and v in self.graph.definitions and self.graph.depends(v, t)
        )

    def outputs(self, before: Any, after: Any) -> dict[Any, Any]:
        """Names whose definition the other side writes out: ŷ → σ(z), unfolded."""
        graph = self.graph
        seen = set(walk(before)) | set(walk(after))
        names = (n for n in seen if n in graph.definitions and graph.definitions[n] in seen)
        return {v: self.definition(v) for v in sorted(names, key=self.place.__getitem__)}

    def definition(self, v: sp.Symbol) -> Any:
        """The definition of v as ordinary sympy, its named functions unfolded."""
        if v not in self.settled:
            self.settled[v] = settle(self.graph.unfold(self.graph.definitions[v]))
        return self.settled[v]

    def body(self, g: NamedFunction) -> Any:
        """The body of a function as ordinary sympy, in its own variables."""
        if g.name not in self.bodies:
            self.bodies[g.name] = settle(self.graph.unfold(g.body))
        return self.bodies[g.name]

    # -- carrying out ------------------------------------------------------------------------------

    def read(self, expr: Any, quoted: frozenset[Any] = frozenset()) -> Any:
        if expr in quoted or not expr.args:
            return expr
        # The steps of a long cost have most of it in common.
        key = expr, quoted, self.local
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._read(expr, quoted)
        return found

    def _read(self, expr: Any, quoted: frozenset[Any]) -> Any:
        if isinstance(expr, D):
            return self.total(expr.args[0], expr.args[1], quoted)
        if isinstance(expr, P):
            v, *names = expr.args
            return self.slope(v, tuple(names))
        if isinstance(expr, Prime):
            return self.prime(expr, quoted)
        args = tuple(self.read(a, quoted) for a in expr.args)
        g = self.graph.functions.get(function_name(expr)) if expr.is_Function else None
        if g is not None and g.body is not None and g.body != expr and _is_unknown_to_sympy(expr):
            return replace_all(self.body(g), dict(zip(g.variables, args, strict=True)))
        return rebuild(expr, args)

    def prime(self, expr: Prime, quoted: frozenset[Any]) -> Any:
        application, *indices = expr.args
        g = self.graph.functions.get(function_name(application))
        if g is not None and g.equation is not None:
            return self.of_equation(g, g.equation, tuple(indices))
        if g is None or g.body is None:
            return expr
        key = (g.name, tuple(indices))
        if key not in self.slopes:
            self.slopes[key] = differentiate(
                self.body(g), tuple(g.variables[int(i)] for i in indices)
            )
        args = [self.read(a, quoted) for a in application.args]
        return replace_all(self.slopes[key], dict(zip(g.variables, args, strict=True)))

    def of_equation(self, g: NamedFunction, e: Equation, indices: tuple[Any, ...]) -> Any:
        """∂…y/∂a∂b… where F(y, a, b, ...) = 0, in y and the rest: y moves by -F_a/F_b."""
        key = (g.name, indices)
        if key not in self.slopes:
            zero = settle(self.graph.unfold(e.zero))
            t = g.variables[int(indices[-1])]
            first = -differentiate(zero, (t,)) / differentiate(zero, (e.name,))
            if len(indices) > 1:
                lower = self.of_equation(g, e, indices[:-1])
                first = (
                    differentiate(lower, (t,)) + differentiate(lower, (e.name,)) * first
                )  # fmt: skip
            self.slopes[key] = first
        return self.slopes[key]

    def carried(self, expr: Any) -> Any:
        """The slopes of what equations define, carried out."""
        found = [n for n in expr.atoms(Prime) if self.graph.equation(n.args[0]) is not None]
        return expr.xreplace({n: self.prime(n, frozenset()) for n in found})

    def slope(self, v: sp.Symbol, names: tuple[sp.Symbol, ...]) -> Any:
        """∂…v/∂a∂b…, from the definition of v."""
        if v not in self.graph.definitions:
            return P(v, *names)
        key = (v, names)
        if key not in self.slopes:
            self.slopes[key] = self.carried(differentiate(self.definition(v), names))
        return self.slopes[key]

    def total(self, f: Any, t: sp.Symbol, quoted: frozenset[Any]) -> Any:
        """df/dt through the graph."""
        if D(f, t) in quoted:
            return D(f, t)
        if f == t:
            return sp.S.One
        graph = self.graph
        if f in graph.definitions:
            if not self.moves(f, t):
                return sp.S.Zero
            if f == graph.cost and any(q.args[0] == f for q in quoted):
                return self.backward(t, quoted)
            return sp.Add(
                *(self.slope(f, (a,)) * self.total(a, t, quoted) for a in graph.active(f, t))
            )
        if isinstance(f, D):
            # ∂C/∂v moves with t only as v does, where t moves the cost through v alone.
            v = f.args[1]
            known = D(f, v)
            if f.args[0] == graph.cost and known in quoted and self.is_through(v, t):
                return known * self.total(v, t, quoted)
            one_level = self.total(f.args[0], f.args[1], quoted - {f})
            return self.total(one_level, t, quoted)
        body = self.read(f, quoted)
        letters = [q for q in quoted if body.has(q)]
        # One letter each for good: the same body is differentiated for many t.
        stand_ins = {q: self.stand_ins.setdefault(q, sp.Dummy()) for q in letters}
        body = settle(body.xreplace(stand_ins))
        moved = [differentiate(body, (s,)) * self.total(q, t, quoted) for q, s in stand_ins.items()]
        names = sorted(body.free_symbols - set(stand_ins.values()), key=attrgetter("name"))
        moved += [
            differentiate(body, (a,)) * (sp.S.One if a == t else self.total(a, t, quoted))
            for a in names
            if a == t or self.moves(a, t)
        ]
        whole = sp.Add(*moved).xreplace({s: q for q, s in stand_ins.items()})
        return self.carried(whole) if self.graph.equations else whole

    def is_through(self, v: sp.Symbol, t: sp.Symbol) -> bool:
        """Whether every way from t to the cost leads through v."""
        if (v, t) not in self.ways:
            consumers, pending, seen = self.graph.consumers, [t], {t}
            while pending:
                above = {u for u in consumers.get(pending.pop(), ()) if u != v} - seen
                pending += above
                seen |= above
            self.ways[v, t] = v != t and self.graph.cost not in seen
        return self.ways[v, t]

    def backward(self, t: sp.Symbol, quoted: frozenset[Any]) -> Any:
        """∂C/∂t = Σ ∂C/∂v·∂v/∂t over the consumers v of t, up to the quoted ∂C/∂v."""
        cost = self.graph.cost
        terms = []
        for v in self.graph.consumers.get(t, ()):
            if v == cost:
                above: Any = sp.S.One
            elif D(cost, v) in quoted:
                above = D(cost, v)
            else:
                above = self.backward(v, quoted)
            terms.append(above * self.slope(v, (t,)))
        return sp.Add(*terms)


def letters_of(expr: Any) -> frozenset[sp.Symbol]:
    """The names that stand in it for their values, and not in a derivative that is quoted."""
    if expr.is_Symbol:
        return frozenset({expr})
    if isinstance(expr, Unevaluated):
        return frozenset()
    return frozenset[sp.Symbol]().union(*map(letters_of, expr.args))


def _is_unknown_to_sympy(expr: Any) -> bool:
    return isinstance(expr, sp.core.function.AppliedUndef)


@lru_cache(maxsize=4096)
def differentiate(body: Any, names: tuple[sp.Symbol, ...]) -> Any:
    """sympy's own derivative, with its way of writing corners left as it is.

    What sympy does not know, g(u) and g'(u) of a function without a body, are letters to it; their
    share is added by the chain rule: ∂/∂g(u) · g'(u) u'; so is that of |u| for a u that sympy
    holds to be complex. Between their jumps floor(u) and sign(u) are numbers, and so is 0^u. A case
    for one point is no neighbourhood: its slope is the limit of the other's.
    """
    out = body
    for a in names:
        out = _slope(out, a)
    return out


# what chooses among its parts
CASES = (sp.Piecewise, sp.Max, sp.Min)


def _slope(body: Any, a: sp.Symbol) -> Any:
    unknown = _unknown(body, a)
    try:
        return _slope_beside(body, a, unknown)
    except (TypeError, ValueError, RecursionError):
        # sympy compares as it differentiates cases, and fails where a side has no value
        cases = (n for n in walk(body) if isinstance(n, CASES) and a in n.free_symbols)
        return _slope_beside(body, a, dict.fromkeys((*unknown, *cases)))


def _slope_beside(body: Any, a: sp.Symbol, unknown: Iterable[Any]) -> Any:
    """The derivative, with letters for what sympy shall not look into."""
    letters = {n: sp.Dummy(real=True) for n in unknown}
    if not letters:
        return sp.diff(body, a)
    back = {d: n for n, d in letters.items()}
    inside = body.xreplace(letters)
    terms = [sp.diff(inside, a).xreplace(back)]
    for n, d in letters.items():
        if isinstance(n, CASES):
            terms.append(sp.diff(inside, d).xreplace(back) * _slope_of_cases(_as_cases(n), a))
            continue
        if isinstance(n, sp.Abs):
            u = n.args[0]
            terms.append(sp.diff(inside, d).xreplace(back) * sp.sign(u) * _slope(u, a))
            continue
        g, indices = (n.args[0], n.args[1:]) if isinstance(n, Prime) else (n, ())
        for j, u in enumerate(() if is_level(n) else g.args):
            if a in u.free_symbols:
                places = sorted((*indices, sp.Integer(j)), key=int)
                outer = sp.diff(inside, d).xreplace(back)
                terms.append(outer * Prime(g, *places) * _slope(u, a))
    return sp.Add(*terms)


def _as_cases(choice: Any) -> Any:
    """max(u, v) as {u if u ≥ v; v otherwise}, of several one after the other."""
    if isinstance(choice, sp.Piecewise):
        return choice
    relation = sp.Ge if isinstance(choice, sp.Max) else sp.Le
    first, *rest = choice.args
    other = rest[0] if len(rest) == 1 else _as_cases(rebuild(choice, tuple(rest)))
    others = [relation(first, v, evaluate=False) for v in rest]
    both = others[0] if len(others) == 1 else sp.And(*others, evaluate=False)
    return piecewise((first, both), (other, sp.true))


def _slope_of_cases(cases: Any, a: sp.Symbol) -> Any:
    """The slopes of cases; in one for one point the limit of those beside it, if there is one."""
    slopes = [(_slope(value, a), condition) for value, condition in cases.args]
    for i, point in one_points(cases, a).items():
        limit = slope_at_point(*point, a)
        if limit is not None:
            slopes[i] = (limit, slopes[i][1])
    return piecewise(*slopes)


def is_level(n: Any) -> bool:
    """What does not move, or moves by a derivative that has a name."""
    return isinstance(n, D | P | sp.sign | sp.floor | sp.ceiling) or n.is_Pow


def _unknown(expr: Any, a: sp.Symbol) -> list[Any]:
    """The outermost nodes that sympy cannot differentiate in `a`."""
    if isinstance(expr, Unevaluated | sp.sign | sp.floor | sp.ceiling) or _is_unknown_to_sympy(
        expr
    ):
        return [expr]
    if (expr.is_Pow and expr.base == 0) or one_points(expr, a):
        return [expr]
    if isinstance(expr, sp.Abs) and not expr.args[0].is_extended_real:
        return [expr]
    return list(dict.fromkeys(n for part in expr.args for n in _unknown(part, a)))
