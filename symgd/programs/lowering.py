"""From the page to the machine: bodies for names, one name for what occurs twice, and a count.

Everything here works on unevaluated trees and never expands: a tree is only ever cut into smaller
ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import mpmath as mp
import sympy as sp

from symgd import functions as catalogue
from symgd.errors import DataError, ModelError
from symgd.functions import BY_HEAD, ROWS, Elementary
from symgd.functions.primitives import PARTIAL
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.functions.relations import BY_SIGN
from symgd.language.formulas.build import at
from symgd.language.named import from_row, functions_of
from symgd.trees.graph import Graph, may_rest
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    function,
    function_name,
    is_application,
    mul,
    parts_of,
    piecewise,
    power,
    rebuild,
    replace_all,
    settle,
    walk,
)
from symgd.verify.evaluate import constant

# Operations of a formula up to which names are put into its cases.
LARGEST_CASES = 200


class Unfold:
    """Bodies in the place of named functions."""

    def __init__(self, graph: Graph) -> None:
        self.functions = graph.functions
        self.done: dict[Any, Any] = {}

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        if e not in self.done:
            self.done[e] = self.open(e)
        return self.done[e]

    def open(self, e: Any) -> Any:
        if is_application(e):
            return self.body(e)
        row = BY_HEAD.get(e.func)
        if row is not None and row.formula:
            return self(at(row.formula, row.arguments, e.args))
        args = tuple(map(self, e.args))
        if isinstance(e, sp.atan2):
            # Doubles have a -0 too, as of 0·(-1), whose angle would be the other one.
            return rebuild(e, tuple(a if a.is_Number else add(a, ZERO) for a in args))
        # A parameter that is 1, as in softplus(z, 1), leaves 1·z and /1 behind.
        if e.is_Pow and args[0] == 1 != e.base:
            return ONE
        if e.is_Mul and ONE in args:
            return mul(*(a for a in args if a != 1))
        return args[0] if e.is_Pow and args == (args[0], ONE) else rebuild(e, args)

    def body(self, e: Any) -> Any:
        name = function_name(e)
        if name.startswith("_"):
            return rebuild(e, tuple(map(self, e.args)))
        g = self.functions.get(name)
        if g is None and name in catalogue.SIGNATURES:
            # A lemma may recognise a function that no definition uses: φ in the slope of GELU.
            g = from_row(catalogue.function(name))
        if g is not None and g.equation is not None:
            return g.equation.name
        if g is None or g.body is None:
            raise unknown(name)
        return self(g.at(*e.args))


def with_absolute_values(graph: Graph) -> Graph:
    """The graph with |v|ⁿ for (v²)^(n/2), n odd: no square overflows, and at 0 it has a slope.

    Cases that no name has a say in are decided, unless a leaf would go with them: what 1/2 = 3
    leaves out is not part of the cost.
    """
    definitions = {v: absolute(e) for v, e in graph.definitions.items()}
    decided = {v: without_idle_cases(e) for v, e in definitions.items()}
    for changed in (decided, definitions):
        if changed == graph.definitions:
            return graph
        functions = {**functions_of(changed, graph.functions), **graph.functions}
        out = replace(graph, definitions=changed, functions=functions)
        if set(out.leaves) == set(graph.leaves):
            return out
    return graph


def with_partial_names_in_cases(graph: Graph) -> Graph:
    """The graph in which cases hold the formulas of the names that can be without a value, and
    powers those of the names that may be 0 all along an interval.

    {z if x > 0; x otherwise}, z = log x, has a second derivative left of 0 as {log x if x > 0; ...}
    has, and √h, h = max(0, x), as √max(0, x) has: of a name the derivatives are taken for all cases
    at once, and 0 times nan is not 0. What would grow beyond LARGEST_CASES operations stays as it
    is.
    """
    cases = Cases()
    definitions: dict[Any, Any] = {}
    resting: set[Any] = set()
    for v, body in graph.definitions.items():
        inside = _opened(body, definitions, cases.partial, resting)
        definitions[v] = body if operations(inside) > LARGEST_CASES else inside
        cases.line(v, definitions[v])
        if may_rest(body, graph.functions, graph.definitions):
            resting.add(v)
    if definitions == graph.definitions:
        return graph
    return replace(graph, definitions=definitions)


def with_bases_written_out(graph: Graph) -> Graph:
    """The graph in which roots, other powers and z·log z hold the formulas of what is 0 where a
    number of the data is 0.

    At x = 0 the slope of √(x/a) in a is 0, whatever a is. By the name z = x/a it is infinite
    times 0.
    """
    moved = {*graph.parameters, *graph.wrt}
    moving = graph.moved_by(*moved)
    definitions: dict[Any, Any] = {}
    flat: dict[Any, Any] = {}
    for v, body in graph.definitions.items():
        definitions[v] = _with_bases(body, flat, graph)
        if v in moving - moved and definitions[v].is_Mul and v not in graph.equations:
            beside = [f for f in definitions[v].args if not f.free_symbols & moving]
            if any(f.free_symbols for f in beside):
                flat[v] = definitions[v]
            elif any(f in flat for f in definitions[v].args):
                flat[v] = replace_all(definitions[v], flat)
    return graph if definitions == graph.definitions else replace(graph, definitions=definitions)


def _with_bases(e: Any, flat: dict[Any, Any], graph: Graph) -> Any:
    """The expression, what bends at 0 over formulas in the place of these names."""
    if not e.args or not flat:
        return e
    e = rebuild(e, tuple(_with_bases(a, flat, graph) for a in e.args))
    if e.is_Mul:  # z·log z, and x·log z
        inside = (n.args[0] for a in e.args for n in walk(a) if isinstance(n, sp.log))
        own = {z: flat[z] for z in inside if z in flat and {z, *flat[z].args} & {*e.args}}
        return mul(*(p for f in e.args for p in _opened_factor(f, own))) if own else e
    if not _bends_at_zero(e, graph):
        return e
    inner = e.args[0].args[0] if isinstance(e.args[0], sp.Abs) else e.args[0]
    return replace_all(e, {inner: flat[inner]}) if inner in flat else e


def _opened_factor(f: Any, own: dict[Any, Any]) -> tuple[Any, ...]:
    """The factors of what a name stands for, or the one that it is."""
    return tuple(own[f].args) if f in own else (replace_all(f, own),)


def _bends_at_zero(e: Any, graph: Graph) -> bool:
    """Whether an expression is a root, by any name, or a power that may be one."""
    if e.is_Pow and e.base is not sp.E:
        return not (e.exp.is_Integer or e.exp.is_negative)
    g = graph.functions.get(function_name(e)) if is_application(e) else None
    return (
        g is not None and g.body is not None and any(_bends_at_zero(n, graph) for n in walk(g.body))
    )


def _opened(e: Any, definitions: dict[Any, Any], partial: set[Any], resting: set[Any]) -> Any:
    """The expression, its cases and powers with formulas in the place of these names."""
    if not e.args:
        return e
    if not isinstance(e, sp.Piecewise):
        e = rebuild(e, tuple(_opened(a, definitions, partial, resting) for a in e.args))
    if isinstance(e, sp.Piecewise):
        wanted = partial
    elif e.is_Pow and has_gaps(e):
        wanted = resting
    else:
        return e
    names = e.free_symbols & wanted
    while names and operations(e) <= LARGEST_CASES:
        e = replace_all(e, {n: definitions[n] for n in names})
        names = e.free_symbols & wanted
    return e


def without_idle_cases(e: Any) -> Any:
    """The expression, its conditions between numbers decided."""
    if not e.args:
        return e
    e = rebuild(e, tuple(map(without_idle_cases, e.args)))
    if not isinstance(e, sp.Piecewise) or all(c.free_symbols for _, c in e.args[:-1]):
        return e
    return piecewise(*((v, c if c.free_symbols else settle(c)) for v, c in e.args))


def absolute(e: Any) -> Any:
    if not e.args:
        return e
    e = rebuild(e, tuple(map(absolute, e.args)))
    if not (e.is_Pow and e.base.is_Pow and e.base.exp == 2 and (2 * e.exp).is_odd):
        return e
    size = function(sp.Abs, e.base.base)
    n = 2 * e.exp
    return size if n == 1 else power(size, n)


class Cases:
    """Case distinctions that have a value only where their conditions have one.

    To a machine log(z) < 2 does not hold where z < 0, and the other case would be taken: of a
    condition that can be without a value both it and its opposite are asked, after all that came
    before it did not hold.
    """

    def __init__(self) -> None:
        self.partial: set[Any] = set()  # names that can be without a value

    def line(self, name: Any, expr: Any) -> Any:
        """The expression of the line name = expr, where each line before it has been here."""
        expr = self(expr)
        if self.is_partial(expr):
            self.partial.add(name)
        return expr

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        e = rebuild(e, tuple(map(self, e.args)))
        if e.is_Pow:
            return self.power(e)
        if not isinstance(e, sp.Piecewise):
            return e
        if not all(c.free_symbols for _, c in e.args[:-1]):
            e = piecewise(*((v, c if c.free_symbols else settle(c)) for v, c in e.args))
        if not isinstance(e, sp.Piecewise) or not any(self.is_partial(c) for _, c in e.args):
            return e
        branches: list[tuple[Any, Any]] = []
        before: list[Any] = []
        for value, condition in e.args:
            own = [] if condition == sp.true else [decided(condition, True)]
            branches.append((value, joined(sp.And, [*before, *own])))
            if self.is_partial(condition):
                before.append(decided(condition, False))
        return piecewise(*branches)

    def power(self, e: Any) -> Any:
        """u^0 and 1^u are 1 where u has a value, also an infinite one; to a machine they are 1."""
        u = e.base if e.exp == 0 else e.exp if e.base == 1 else ONE
        if not u.free_symbols or not self.is_partial(u):
            return ONE if u is not ONE and e.base == 1 else e
        sides = (sp.GreaterThan, sp.StrictLessThan)
        return piecewise(*((ONE, side(u, ZERO, evaluate=False)) for side in sides))

    def is_partial(self, e: Any) -> bool:
        """Whether an expression, or a condition, may be without a value."""
        return any(n in self.partial or has_gaps(n) for n in walk(e))


def has_gaps(e: Any) -> bool:
    """Whether a power or a function, by itself, lacks a value at some numbers, as log(0) does."""
    if not e.free_symbols:
        return isinstance(e, sp.Expr) and not e.is_Rational and _is_endless(e)
    if e.is_Pow and e.base is not sp.E:
        return not (e.exp.is_Integer and e.exp > 0)
    if is_application(e):
        word = function_name(e)
        told = ROWS.get(word)  # as log2 is told by log
        return word in PARTIAL or (isinstance(told, Elementary) and told.domain != "real")
    row = BY_HEAD.get(e.func)
    return row is not None and (row.domain != "real" or "/" in row.formula)


@lru_cache(maxsize=1024)
def _is_endless(e: Any) -> bool:
    """Whether an expression without names has no finite value."""
    try:
        return not mp.isfinite(constant(e))
    except DataError:  # a function of which only the name is known
        return False


def decided(condition: Any, holds: bool) -> Any:
    """A condition that is false where the old one, or its opposite, is not known to hold."""
    if condition in (sp.true, sp.false):
        return sp.true if bool(condition) == holds else sp.false
    if isinstance(condition, sp.Not):
        return decided(condition.args[0], not holds)
    if isinstance(condition, sp.And | sp.Or):
        parts = [decided(c, holds) for c in condition.args]
        return joined(sp.And if isinstance(condition, sp.And) == holds else sp.Or, parts)
    row = RELATIONS[type(condition)]
    head = row.head if holds else BY_SIGN[row.opposite].head
    if head is not sp.Unequality:
        return head(*condition.args, evaluate=False)
    sides = (sp.StrictLessThan, sp.StrictGreaterThan)
    return joined(sp.Or, [side(*condition.args, evaluate=False) for side in sides])


def joined(word: Any, conditions: list[Any]) -> Any:
    """All of the conditions, or one of them: And, Or."""
    if not conditions:
        return sp.true
    return conditions[0] if len(conditions) == 1 else word(*conditions, evaluate=False)


def unknown(name: str) -> ModelError:
    return ModelError(
        f"{name} is a function of which only the name is known, so it has no number; give its "
        f'formula, as in functions={{"{name}": "z*exp(-z)"}}.'
    )


class AsFirst:
    """Sums, products and maxima of the same parts, all of them as the first of them stood.

    A formula says w·x and its slope x·w, also deep within a maximum or a cosine: one value, worked
    out once, and seen to be one by whatever compares.
    """

    def __init__(self) -> None:
        self.first: dict[Any, Any] = {}
        self.done: dict[Any, Any] = {}

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        if e not in self.done:
            out = rebuild(e, tuple(map(self, e.args)))
            if isinstance(out, sp.Add | sp.Mul | sp.Max | sp.Min):
                key = out.func, frozenset(Counter(parts_of(out, out.func)).items())
                out = self.first.setdefault(key, _names_first(out) if out.is_Add else out)
            self.done[e] = out
        return self.done[e]


def _names_first(total: Any) -> Any:
    """u + b - z as (b - z) + u: what cancels is large, and u would lose its digits to it."""
    plus = [t for t in total.args if t.is_Symbol]
    minus = [t for t in total.args if _is_minus_name(t)]
    if not (plus and minus):
        return total
    rest = [t for t in total.args if not t.is_Symbol and not _is_minus_name(t)]
    return add(*plus, *minus, *rest) if rest else total


def _is_minus_name(t: Any) -> bool:
    return bool(t.is_Mul and len(t.args) == 2 and t.args[0] == -1 and t.args[1].is_Symbol)


class Shared:
    """What occurs twice in the lines, computed once, before the first line that needs it."""

    def __init__(self, exprs: Iterable[Expr], fresh: Callable[[], sp.Symbol]) -> None:
        self.fresh = fresh
        self.twice: set[Any] = set()
        self.named: dict[Any, sp.Symbol] = {}
        self.pending: list[tuple[sp.Symbol, Expr]] = []
        seen: set[Any] = set()
        stack: list[Any] = [*exprs]
        while stack:
            e = stack.pop()
            if not e.args:
                continue
            if e in seen:
                self.twice.add(e)
                continue
            seen.add(e)
            stack.extend(e.args)
            if e.is_Pow and e.exp in (2, 3):
                # A square is a product of a name with itself, faster than a power.
                self.twice.add(e.base)
        self.twice = {e for e in self.twice if _worth_a_name(e)}

    def line(self, name: sp.Symbol, expr: Expr) -> list[tuple[sp.Symbol, Expr]]:
        """The line name = expr, after what it shares with others."""
        parts = self.parts(expr)
        if expr.args:
            self.named.setdefault(expr, name)
        return [*self.take(), (name, parts)]

    def take(self) -> list[tuple[sp.Symbol, Expr]]:
        """The lines that were made since the last call."""
        taken, self.pending = self.pending, []
        return taken

    def __call__(self, e: Any) -> Any:
        if e in self.named:
            return self.named[e]
        if e not in self.twice:
            return self.parts(e)
        expr = self.parts(e)
        self.named[e] = self.fresh()
        self.pending.append((self.named[e], expr))
        return self.named[e]

    def parts(self, e: Any) -> Any:
        if e in self.named:
            return self.named[e]
        return rebuild(e, tuple(map(self, e.args))) if e.args else e


def _worth_a_name(e: Any) -> bool:
    """A value that takes work: not a condition, a constant, -v, nor 1/v, a division in any case."""
    if not isinstance(e, sp.Expr) or not e.args or not e.free_symbols:
        return False
    if e.is_Mul and len(e.args) == 2 and e.args[0] == -1:
        return not e.args[1].is_Symbol
    return not (e.is_Pow and e.exp == -1 and e.base.is_Symbol)


# -- counting ---------------------------------------------------------------------------------


def operations(e: Any) -> int:
    """Sums, products, quotients, powers, comparisons and calls in one expression.

    1/(1 + exp(-z)) has four: a sign, an exponential, a sum, a quotient. A constant has none.
    """
    if not e.args or not e.free_symbols:
        return 0
    below = sum(map(operations, e.args))
    if e.is_Add:
        # a - b is one operation: the sign of a later term is the minus of the sum.
        signs = sum(t.is_Mul and t.args[0] == -1 for t in e.args[1:])
        return below + len(e.args) - 1 - signs
    if e.is_Mul:
        # a·b⁻¹ is one operation: the quotient is counted with the product.
        quotients = [f for f in e.args if f.is_Pow and f.exp == -1]
        return below + len(e.args) - 1 - len(quotients) + (len(quotients) == len(e.args))
    if isinstance(e, sp.Piecewise | sp.core.containers.Tuple):
        return below
    if isinstance(e, sp.Max | sp.Min):
        return below + len(e.args) - 1
    return below + 1
