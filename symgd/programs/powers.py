"""Slopes beside a power whose base is 0: e^(-m)·m^y at m = 0.

Textbook form takes the lowest power out of a sum, (y - m)·e^(-m)·m^(y-1). At m = 0 that is 0 times
what is infinite for y = 0, and so are second derivatives for y = 1, where the terms apart have
values: y·m^(y-1) is 0 for y = 0. There, and only there, the product rule is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sympy as sp

from symgd.derive.lemmas import factors_of, is_linear
from symgd.language.named import functions_of
from symgd.programs.lowering import Unfold, joined
from symgd.programs.names import Names
from symgd.programs.stable import Stable, scope_of
from symgd.programs.stable.scope import factors
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    mul,
    piecewise,
    power,
    rebuild,
    replace_all,
    walk,
)

Pair = tuple[sp.Symbol, sp.Symbol]
Slopes = Mapping[sp.Symbol, Mapping[sp.Symbol, Expr]]
Bends = Mapping[sp.Symbol, Mapping[Pair, Expr]]
Key = TypeVar("Key", sp.Symbol, Pair)


@dataclass(frozen=True)
class Apart:
    """A graph in which such powers, and their bases, are definitions of their own.

    own      a name of the graph before → the names that stand in its formula now, in order
    bases    the same name → what is 0 there
    meaning  a new name → its formula in the names of the graph before
    """

    graph: Graph
    own: Mapping[sp.Symbol, tuple[sp.Symbol, ...]]
    bases: Mapping[sp.Symbol, tuple[Expr, ...]]
    meaning: dict[Any, Expr]

    def slopes(self, v: sp.Symbol, slopes: Slopes) -> dict[sp.Symbol, Expr]:
        """∂v/∂a through the new names, term by term."""
        return {a: self.in_old_names(e) for a, e in self._first(v, slopes)[v].items()}

    def bends(self, v: sp.Symbol, slopes: Slopes, bends: Bends) -> dict[Pair, Expr]:
        """∂²v/∂a∂b through the new names, in both orders of a and b."""
        first = self._first(v, slopes)
        second: dict[sp.Symbol, dict[Pair, list[Expr]]] = {}
        for u in (*self.own[v], v):
            terms = second[u] = {}
            for (x, y), e in bends.get(u, {}).items():
                for a, b, term in _both(x, y, first):
                    terms.setdefault((a, b), []).append(_product(e, term))
            for x, slope in slopes.get(u, {}).items():
                for pair, inner in second.get(x, {}).items():
                    terms.setdefault(pair, []).append(_product(slope, add(*inner)))
        return {pair: self.in_old_names(add(*terms)) for pair, terms in second[v].items()}

    def put_in(
        self, v: sp.Symbol, plain: Mapping[Key, Expr], apart: Mapping[Key, Expr]
    ) -> dict[Key, Expr]:
        """The one forms where a base is 0, the others elsewhere."""
        zeros: list[Any] = [sp.Eq(u, ZERO, evaluate=False) for u in self.bases[v]]
        at_zero = joined(sp.Or, zeros)
        return {
            key: piecewise((_left_out(apart.get(key, ZERO)), at_zero), (e, sp.true))
            if e != 0
            else e
            for key, e in plain.items()
        }

    def in_old_names(self, e: Expr) -> Expr:
        return replace_all(e, self.meaning)

    def _first(self, v: sp.Symbol, slopes: Slopes) -> dict[sp.Symbol, dict[sp.Symbol, Expr]]:
        first: dict[sp.Symbol, dict[sp.Symbol, Expr]] = {}
        for u in (*self.own[v], v):
            terms: dict[sp.Symbol, list[Expr]] = {}
            for x, slope in slopes.get(u, {}).items():
                for a, inner in first.get(x, {x: ONE}).items():
                    terms.setdefault(a, []).append(_product(slope, inner))
            first[u] = {a: add(*parts) for a, parts in terms.items()}
        return first


def _both(
    x: sp.Symbol, y: sp.Symbol, first: Mapping[sp.Symbol, Mapping[sp.Symbol, Expr]]
) -> Iterator[tuple[sp.Symbol, sp.Symbol, Expr]]:
    """(a, b, ∂x/∂a·∂y/∂b), and for x ≠ y the same with x and y exchanged."""
    for p, q in [(x, y)] if x == y else [(x, y), (y, x)]:
        for a, left in first.get(p, {p: ONE}).items():
            for b, right in first.get(q, {q: ONE}).items():
                yield a, b, _product(left, right)


def _left_out(e: Expr) -> Expr:
    """Each term with the cases outside in which a factor is 0: there it is 0, whatever the power of
    0 beside it is."""
    if e.is_Add:
        return add(*map(_left_out, e.args))
    for f in factors(e) if e.is_Mul else ():
        if isinstance(f, sp.Piecewise) and any(v == 0 for v, _ in f.args):
            e = piecewise(*((v if v == 0 else e, c) for v, c in f.args))
    return e


def _product(*factors: Expr) -> Expr:
    return mul(*(f for f in factors if f != 1)) if any(f != 1 for f in factors) else ONE


def powers_apart(graph: Graph) -> Apart | None:
    """The graph with a name for each power whose base may be 0 and moves with a parameter, and
    whose exponent is no number; None where none is in need of one."""
    found = _found(graph, graph.moved_by(*graph.parameters, *graph.wrt))
    if not found:
        return None
    names = Names(graph)
    definitions: dict[sp.Symbol, Expr] = {}
    own: dict[sp.Symbol, tuple[sp.Symbol, ...]] = {}
    meaning: dict[Any, Expr] = {}

    def named(wanted: str, e: Expr) -> sp.Symbol:
        name = names.fresh(wanted)
        definitions[name] = e
        meaning[name] = replace_all(e, meaning)
        return name

    for v, body in graph.definitions.items():
        if v in found:
            body, powers = found[v]
            table: dict[Any, Any] = {}
            before = len(definitions)
            for u in powers:
                base = replace_all(u.base, table)
                if not base.is_Symbol:
                    base = named(f"{v}_base", base)
                table[u] = named(f"{v}_power", power(base, replace_all(u.exp, table)))
            own[v] = tuple(definitions)[before:]
            body = _exchanged(body, table)
        definitions[v] = body
    functions = {**graph.functions, **functions_of(definitions, graph.functions)}
    bases = {v: tuple(dict.fromkeys(u.base for u in powers)) for v, (_, powers) in found.items()}
    return Apart(replace(graph, definitions=definitions, functions=functions), own, bases, meaning)


def _exchanged(e: Any, table: Mapping[Any, Any]) -> Any:
    """The expression with names for its powers, those within others first."""
    if not e.args:
        return e
    if e in table:
        return table[e]
    return rebuild(e, tuple(_exchanged(a, table) for a in e.args))


def _found(graph: Graph, moving: frozenset[sp.Symbol]) -> dict[sp.Symbol, tuple[Expr, list[Any]]]:
    """Definition → its formula, opened, and these powers in it, inner ones first."""
    opened = {
        v: body if any(map(_is_open, walk(body))) else graph.unfold(body)
        for v, body in graph.definitions.items()
    }
    candidates: dict[sp.Symbol, list[Any]] = {}
    for v, body in opened.items():
        powers = [n for n in _inner_first(body) if _is_open(n) and _moves_apart(n, moving)]
        if powers and not _is_alone(body, moving) and v not in graph.equations:
            candidates[v] = powers
    if not candidates:
        return {}
    rewriter, unfolder = Stable(scope_of(graph)), Unfold(graph)
    out: dict[sp.Symbol, tuple[Expr, list[Any]]] = {}
    for v, body in graph.definitions.items():
        powers = [
            n
            for n in candidates.get(v, ())
            if not rewriter.scope.is_above(rewriter(unfolder(n.base)), 0)
        ]
        if powers:
            out[v] = opened[v], powers
        if v not in graph.equations:
            rewriter.line(v, unfolder(body))
    return out


def _inner_first(e: Any) -> Iterable[Any]:
    found: dict[Any, None] = {}
    for a in e.args:
        found |= dict.fromkeys(_inner_first(a))
    found[e] = None
    return found


def _is_open(n: Any) -> bool:
    """Whether a node is a power that may be a root, and whose base is no number."""
    if not n.is_Pow or not n.base.free_symbols:
        return False
    return bool(n.exp.free_symbols or (n.exp.is_positive and not n.exp.is_Integer))


def _moves_apart(n: Any, moving: frozenset[sp.Symbol]) -> bool:
    """Whether the base moves, and nothing of it the exponent: x^x has no slope at 0.

    Of √(wx) the base is 0 at x = 0 for every w, and so is the slope; that of √w is infinite.
    """
    names = n.base.free_symbols & moving
    if n.exp.is_Number:
        inner = n.base.args[0] if isinstance(n.base, sp.Abs) else n.base
        return bool(names) and any(
            f.free_symbols and not f.free_symbols & moving for f in factors_of(inner)
        )
    return bool(names) and not names & n.exp.free_symbols


def _is_alone(body: Any, moving: frozenset[sp.Symbol]) -> bool:
    """Whether a formula is c·uⁿ with a linear u: its slopes are products of one term."""
    moved = [f for f in factors_of(body) if f.free_symbols & moving]
    return len(moved) == 1 and moved[0].is_Pow and is_linear(moved[0].base, moving)


__all__ = ["Apart", "powers_apart"]
