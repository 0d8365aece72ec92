"""The way from what the rules of differentiation leave to what a textbook prints.

`simplify` yields one step at a time: arithmetic, then the identities of the table for as long as
one applies, then the forms that only a search finds: a common denominator, a factored polynomial,
an exponential written in the function being derived. A searched form is kept only if it is
shorter than what it replaces, so the result is never longer than it need be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import tidy
from symgd.derive.algebra.identities import IDENTITIES, Context
from symgd.derive.algebra.score import score
from symgd.derive.algebra.search import common_denominator, factored, in_itself, in_sigmoid
from symgd.trees.scalars import Expr, Held, exchange, mul, rebuild

MOST_STEPS = 40
LONGEST_SEARCH = 90

Move = tuple[str, Expr, "tuple[Expr, Expr] | None"]


def simplify(expr: Expr, context: Context) -> Iterator[Move]:
    """(rule id, the whole expression after, the part before and after), while anything improves."""
    tidied = tidy(expr)
    if tidied != expr:
        yield "arithmetic", tidied, None
        expr = tidied
    for _ in range(MOST_STEPS):
        moves = _identity(expr, context) or _search(expr, context)
        if moves is None:
            return
        yield from moves
        expr = moves[-1][1]


# -- identities, at the first place where one applies ---------------------------------------------


def _identity(expr: Expr, context: Context) -> list[Move] | None:
    for identity in IDENTITIES:
        for path in _paths(expr, inside=identity.id not in OUTSIDE):
            node = _at(expr, path)
            out = identity.rewrite(node, context)
            if out is None:
                continue
            route = out if isinstance(out, tuple) else ((identity.id, out),)
            moves: list[Move] = []
            for i, (id, after) in enumerate(route):
                last = i == len(route) - 1
                whole = _put(expr, path, after)
                moves.append((id, tidy(whole) if last else whole, (node, after)))
                node = after
            if moves[-1][1] != expr and score(moves[-1][1]) <= score(expr) + 2:
                return moves
    return None


# Rows that leave the argument of a function as it was written: tanh(z + z³/25) stays.
OUTSIDE = frozenset({"factor_out", "divide_terms"})


def _paths(expr: Any, path: tuple[int, ...] = (), inside: bool = True) -> Iterator[tuple[int, ...]]:
    """Where rewriting may happen: every scalar node, outermost first."""
    if isinstance(expr, sp.Expr) and expr.args and not isinstance(expr, Held):
        yield path
    if isinstance(expr, Held | sp.core.relational.Relational):
        return
    if not inside and isinstance(expr, sp.Function) and not isinstance(expr, sp.Piecewise):
        return
    for i, a in enumerate(expr.args):
        yield from _paths(a, (*path, i), inside)


def _at(expr: Any, path: tuple[int, ...]) -> Any:
    for i in path:
        expr = expr.args[i]
    return expr


def _put(expr: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _put(args[path[0]], path[1:], new)
    if expr.is_Mul and not (args[path[0]].is_Mul and any(a.is_Mul for a in new.args)):
        return mul(*args)
    return rebuild(expr, tuple(args))


# -- searched forms -------------------------------------------------------------------------------


def _search(expr: Expr, context: Context) -> list[Move] | None:
    if score(expr) > LONGEST_SEARCH or isinstance(expr, sp.Piecewise):
        return _search_cases(expr, context)
    for id, out, gain in (
        ("common_denominator", common_denominator(expr), 0),
        ("in_itself", in_itself(expr, context), 0),
        ("in_sigmoid", in_sigmoid(expr), 0),
        ("factor", factored(expr), score(expr) // 4),
    ):
        if out is None or out == expr:
            continue
        after = _identity(out, context) if id == "common_denominator" else None
        if min(score(out), score(after[-1][1] if after else out)) < score(expr) - gain:
            return [(id, out, None)]
    return None


def _search_cases(expr: Expr, context: Context) -> list[Move] | None:
    """Each case on its own, beside the same case of the function being derived."""
    g = context.function
    if not isinstance(expr, sp.Piecewise) or g is None or not isinstance(g.body, sp.Piecewise):
        return None
    bodies = {c: v for v, c in g.body.args}
    branches = []
    for value, condition in expr.args:
        out = in_itself(value, context, bodies.get(condition))
        shorter = out is not None and score(named(out, context)) <= score(value) + 1
        branches.append((out if shorter else value, condition))
    if all(b == (a.args[0], a.args[1]) for a, b in zip(expr.args, branches, strict=True)):
        return None
    return [("in_itself", sp.Piecewise(*branches, evaluate=False), None)]


def named(expr: Expr, context: Context) -> Expr:
    """The expression with a letter for the value of the function itself, which is known already."""
    own = context.call()
    return expr if own is None else exchange(expr, own, sp.Symbol("g"))
