"""The graph: an ordered list of named definitions that everything else reads.

    z = w*x + b        yhat = sigmoid(z)        C = (y - yhat)**2/2

Nothing is ever substituted into one big expression: the chain rule walks the names, the program
computes them in order, and cost grows with their number. Here is the data and what can be read
off it; `model` builds it from what a user types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from symgd.trees.domain import REAL, Domain
from symgd.trees.kept import Kept
from symgd.trees.names import Spelling, latex_name, spellings
from symgd.trees.notation import PLAIN, Named, Notation, layers_of, outputs_of, written
from symgd.trees.scalars import (
    Expr,
    function_name,
    is_application,
    letters_in,
    once_each,
    rebuild,
    replace_all,
    sub,
    walk,
)


@dataclass(frozen=True, slots=True)
class Kink(Kept):
    """At `place` (a value of the argument), the derivative is taken to be `value`, by convention.

    `removable`: it exists there and is `value`; the corner is of the formula alone.
    `declared`: by the model, and not by a row of the catalogue, some of whose letters may make a
    corner vanish.
    `chosen`: the slope of one side, of several corners that cancel.
    """

    place: Expr
    value: Expr
    removable: bool = False
    declared: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Equation(Kept):
    """left = right, which `name` solves; it is sought from `start` on."""

    name: sp.Symbol
    left: Expr
    right: Expr
    start: Expr

    @property
    def zero(self) -> Expr:
        """The F of F = 0."""
        return self.left if self.right == 0 else sub(self.left, self.right)

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """What it is made of; functions stand in it as in any definition."""
        return self.left, self.right, self.start

    def mapped(self, change: Callable[[Expr], Expr]) -> Equation:
        """The equation with each of its formulas changed."""
        return Equation(self.name, *map(change, self.formulas))


@dataclass(frozen=True, slots=True)
class NamedFunction(Kept):
    """g(u, c, ...) = body: an activation, or an auxiliary function such as Φ.

    `variables` are the argument and then the parameters; `body` is None for a function of which
    nothing is known, whose derivative stays g'. `written` is its name in LaTeX and in Unicode.
    `several`: none of its variables is a parameter, and its slopes are written g_u and g_v.
    `equation`: what it solves, of a name that is defined by an equation; it has no body then.
    """

    name: str
    variables: tuple[sp.Symbol, ...]
    body: Expr | None
    written: tuple[str, str]
    kinks: tuple[Kink, ...] = ()
    domains: Mapping[str, Domain] = field(default_factory=dict)
    source: str = ""
    several: bool = False
    equation: Equation | None = None

    @property
    def formulas(self) -> tuple[Expr, ...]:
        """What it says of itself: its body, or what it solves."""
        if self.equation is not None:
            return self.equation.formulas
        return () if self.body is None else (self.body,)

    def at(self, *args: Expr) -> Expr:
        """The body with the arguments in place of the variables."""
        return replace_all(self.body, dict(zip(self.variables, args, strict=True)))


@dataclass(frozen=True)
class Graph(Kept):
    """Named definitions, each in the names before it; the last one is the cost.

    definitions   name → unevaluated expression, in order
    parameters    the names to differentiate in
    functions     every named function that the definitions use, directly or not
    domains       where a leaf may lie, if not anywhere on the real line
    kinks         name of a definition → the conventions that were set for its derivative
    notation      how a page writes its names
    wrt           what is differentiated in, where it is not the parameters: any names of the graph
    spelled_out   name → what was typed, of the definitions that are told as the call of a function
    """

    definitions: Mapping[sp.Symbol, Expr]
    parameters: tuple[sp.Symbol, ...]
    functions: Mapping[str, NamedFunction] = field(default_factory=dict)
    domains: Mapping[sp.Symbol, Domain] = field(default_factory=dict)
    kinks: Mapping[sp.Symbol, tuple[Kink, ...]] = field(default_factory=dict)
    notation: Notation = PLAIN
    wrt: tuple[sp.Symbol, ...] = ()
    spelled_out: Mapping[sp.Symbol, Expr] = field(default_factory=dict)

    @cached_property
    def cost(self) -> sp.Symbol:
        return next(reversed(self.definitions))

    @cached_property
    def arguments(self) -> dict[sp.Symbol, tuple[sp.Symbol, ...]]:
        """name → the names and leaves that its definition mentions, in the order of writing."""
        return {v: symbols_of(body) for v, body in self.definitions.items()}

    @cached_property
    def ancestors(self) -> dict[sp.Symbol, frozenset[sp.Symbol]]:
        """name → everything that it depends on."""
        out: dict[sp.Symbol, frozenset[sp.Symbol]] = {}
        for v, args in self.arguments.items():
            out[v] = frozenset(args).union(*(out[a] for a in args if a in out))
        return out

    @cached_property
    def typed(self) -> dict[sp.Symbol, Expr]:
        """The definitions as they were typed."""
        return {v: self.spelled_out.get(v, body) for v, body in self.definitions.items()}

    @cached_property
    def live(self) -> frozenset[sp.Symbol]:
        """The cost, what is told as another formula, and the names that these depend on, also where
        they were typed alone, or where an equation is solved from them on."""
        found = {self.cost, *self.spelled_out}
        for v in reversed(self.definitions):
            if v in found:
                found |= {*self.arguments[v], *symbols_of(self.typed[v])}
                if v in self.equations:
                    found |= {*symbols_of(self.equations[v].start)}
        return frozenset(found & {*self.definitions})

    @cached_property
    def leaves(self) -> tuple[sp.Symbol, ...]:
        """What needs a value from outside: parameters first, then data and constants."""
        found = dict.fromkeys(a for args in self.arguments.values() for a in args)
        inner = {*self.definitions, *self.parameters}
        others = (a for a in found if a not in inner)
        return (*self.parameters, *others)

    @cached_property
    def inputs(self) -> tuple[sp.Symbol, ...]:
        """The leaves that are not parameters."""
        return self.leaves[len(self.parameters) :]

    @cached_property
    def consumers(self) -> dict[sp.Symbol, tuple[sp.Symbol, ...]]:
        """name or leaf → the definitions that mention it and that the cost depends on."""
        out: dict[sp.Symbol, list[sp.Symbol]] = {}
        live = self.ancestors[self.cost] | {self.cost}
        for v, args in self.arguments.items():
            if v in live:
                for a in args:
                    out.setdefault(a, []).append(v)
        return {a: tuple(vs) for a, vs in out.items()}

    def depends(self, expr: Any, t: sp.Symbol) -> bool:
        """Whether t moves the expression, through any chain of names."""
        none: frozenset[sp.Symbol] = frozenset()
        return any(s == t or t in self.ancestors.get(s, none) for s in letters_in(expr))

    def active(self, v: sp.Symbol, t: sp.Symbol) -> tuple[sp.Symbol, ...]:
        """The arguments of v through which t moves it."""
        by = self.moved_by(t)
        return tuple(a for a in self.arguments[v] if a in by)

    def moved_by(self, *names: sp.Symbol) -> frozenset[sp.Symbol]:
        """The names, and every definition that one of them moves."""
        known: dict[Any, frozenset[sp.Symbol]] = self.__dict__.setdefault("_moved_by", {})
        if names not in known:
            moved = {v for v, above in self.ancestors.items() if not above.isdisjoint(names)}
            known[names] = frozenset({*names, *moved})
        return known[names]

    @cached_property
    def spelling(self) -> Spelling:
        """How the functions of this graph are written, and whether its cost takes a prime."""
        moved_by = self.wrt or self.parameters
        moving = [a for a in self.arguments[self.cost] if any(self.depends(a, t) for t in moved_by)]
        own = self.notation
        primed = frozenset({self.cost.name} if len(moving) == 1 and own.book.primes else ())
        functions = {n: f.written for n, f in self.functions.items()}
        partials = {
            n: tuple(s.name for s in f.variables) for n, f in self.functions.items() if f.several
        }
        named = written(own, self.named)
        # What stands for a row of names, p_i, is none of the model's.
        named |= {n: d for n, d in own.names.items() if n not in self.named.all}
        glyphs = {named.get(n, (latex_name(n), ""))[0] for n in self.named.all}
        # A σ of the model leaves the function its own name.
        functions |= {n: spellings(n) for n, d in functions.items() if d[0] in glyphs}
        return Spelling(
            functions, primed, self._explicit(), partials, named, own.book.layer,
            digits=own.digits, typed=own.typed,
        )  # fmt: skip

    @cached_property
    def named(self) -> Named:
        """The names, and what a notation asks of them."""
        uses = {v.name: tuple(a.name for a in args) for v, args in self.arguments.items()}
        *_, cost = uses
        names = (*uses, *(s.name for s in self.leaves))
        outputs = outputs_of(uses, [s.name for s in self._compared()])
        return Named(names, cost, layers_of(uses), (), outputs)

    def _compared(self) -> list[sp.Symbol]:
        """The definitions that the cost, or one of the terms that it is a sum of, makes something
        of: p of (p - y)² + R, and nothing of a penalty R = λw²."""
        found: dict[sp.Symbol, None] = {}
        pending, seen = [self.cost], {self.cost}
        while pending:
            body = self.definitions[pending.pop()]
            named = {a for a in symbols_of(body) if a in self.definitions}
            terms = {
                a
                for term in (body.args if body.is_Add else (body,))
                for a in (term.args if term.is_Mul else (term,))
                if a in named and not (term.free_symbols - {a}) & {*self.definitions}
            }
            found |= dict.fromkeys(a for a in symbols_of(body) if a in named - terms)
            pending += [a for a in terms if a not in seen]
            seen |= terms
        return list(found)

    def _explicit(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Where an argument of v moves another argument of v too: the names that are then held."""
        out = {}
        for v, args in self.arguments.items():
            inner = frozenset().union(*(self.ancestors.get(a, frozenset()) for a in args))
            for a in args:
                if a in inner:
                    out[v.name, a.name] = tuple(
                        b.name for b in args if a in self.ancestors.get(b, ())
                    )
        return out

    def equation(self, body: Any) -> Equation | None:
        """What the name of this definition solves, if it is defined by an equation."""
        g = self.functions.get(function_name(body)) if is_application(body) else None
        return None if g is None else g.equation

    @cached_property
    def equations(self) -> dict[sp.Symbol, Equation]:
        """name → its equation, of the definitions that are equations."""
        found = ((v, self.equation(body)) for v, body in self.definitions.items())
        return {v: e for v, e in found if e is not None}

    def unfold(self, expr: Any) -> Any:
        """The expression with the body of every named function in its place."""
        return unfold(expr, self.functions)


def symbols_of(expr: Any) -> tuple[sp.Symbol, ...]:
    """The symbols of an expression, each once, in the order of writing."""
    return tuple(dict.fromkeys(n for n in walk(expr) if n.is_Symbol))


def example_of(graph: Graph, name: str) -> str:
    """A number that a leaf may have, as a message writes it."""
    return next((d for s, d in graph.domains.items() if s.name == name), REAL).example


def may_rest(
    e: Any, functions: Mapping[str, NamedFunction], definitions: Mapping[Any, Any] | None = None
) -> bool:
    """Whether an expression may be 0 all along an interval, as max(0, w) is, or a name of it."""
    e = (definitions or {}).get(e, e)
    if e.is_Mul:
        return any(may_rest(a, functions, definitions) for a in e.args)
    if e.is_Add:
        return all(may_rest(a, functions, definitions) for a in e.args)
    g = functions.get(function_name(e)) if is_application(e) else None
    body = e
    if g is not None and g.body is not None:
        body, definitions = g.body, None  # the letters of a function are its own
    if isinstance(body, sp.Max):
        return not any(a.is_positive for a in body.args)  # max(1, w) is nowhere 0
    if isinstance(body, sp.Min):
        return not any(a.is_negative for a in body.args)
    if isinstance(body, sp.Piecewise):
        return any(v == 0 or may_rest(v, functions, definitions) for v, _ in body.args)
    return isinstance(body, sp.floor | sp.ceiling)


@once_each
def unfold(expr: Any, of: Any, functions: Mapping[str, NamedFunction]) -> Any:
    """g(u) → the body of g at u, all the way down; functions without a body stay."""
    if is_application(expr):
        g = functions.get(function_name(expr))
        if g is not None and g.body is not None:
            return of(g.at(*map(of, expr.args)))
    return rebuild(expr, tuple(map(of, expr.args)))
