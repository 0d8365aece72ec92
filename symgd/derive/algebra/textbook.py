"""The way from what the rules of differentiation leave to what a textbook prints.

`simplify` yields one step at a time: arithmetic, then the identities of the table for as long as
one applies, then the forms that only a search finds: a common denominator, a factored polynomial,
an exponential written in the function being derived or in the sigmoid. A searched form is kept only
if it is shorter than what it replaces, so the result is never longer than it need be.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import lcm
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, is_negative, score, tidy
from symgd.derive.algebra.identities import IDENTITIES, Context, parts
from symgd.trees.scalars import (
    ONE,
    Expr,
    Unevaluated,
    add,
    application,
    exchange,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    rebuild,
    settle,
    walk,
)

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
                whole = _replace_at(expr, path, after)
                moves.append((id, tidy(whole) if last else whole, (node, after)))
                node = after
            if moves[-1][1] != expr and score(moves[-1][1]) <= score(expr) + 2:
                return moves
    return None


# Rows that leave the argument of a function as it was written: tanh(z + z³/25) stays.
OUTSIDE = frozenset({"factor_out", "divide_terms"})


def _paths(expr: Any, path: tuple[int, ...] = (), inside: bool = True) -> Iterator[tuple[int, ...]]:
    """Where rewriting may happen: every scalar node, outermost first."""
    if isinstance(expr, sp.Expr) and expr.args and not isinstance(expr, Unevaluated):
        yield path
    if isinstance(expr, Unevaluated | sp.core.relational.Relational):
        return
    if not inside and isinstance(expr, sp.Function) and not isinstance(expr, sp.Piecewise):
        return
    for i, a in enumerate(expr.args):
        yield from _paths(a, (*path, i), inside)


def _at(expr: Any, path: tuple[int, ...]) -> Any:
    for i in path:
        expr = expr.args[i]
    return expr


def _replace_at(expr: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _replace_at(args[path[0]], path[1:], new)
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
        ("factor", factor(expr), score(expr) // 4),
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
        shorter = out is not None and score(_with_letter(out, context)) <= score(value) + 1
        branches.append((out if shorter else value, condition))
    if all(b == (a.args[0], a.args[1]) for a, b in zip(expr.args, branches, strict=True)):
        return None
    return [("in_itself", piecewise(*branches), None)]


def _with_letter(expr: Expr, context: Context) -> Expr:
    """The expression with a letter for the value of the function itself, which is known already."""
    own = context.call()
    return expr if own is None else exchange(expr, own, sp.Symbol("g"))


# -- forms that only a search finds ---------------------------------------------------------------


def _denominator(term: Expr) -> dict[Expr, Any]:
    out: dict[Expr, Any] = {}
    for f in parts(term):
        if f.is_Pow and f.exp.is_Rational and f.exp < 0:
            out[f.base] = out.get(f.base, 0) - f.exp
    return out


def common_denominator(expr: Expr) -> Expr | None:
    """a/b + c/d = (ad + cb)/(bd), in the outermost sum of fractions, the numerator collected."""
    for node in walk(expr):
        if isinstance(node, Unevaluated | sp.Piecewise):
            return None
        if not node.is_Add:
            continue
        tables = [_denominator(t) for t in node.args]
        if not any(tables):
            continue
        common: dict[Expr, Any] = {}
        for t in tables:
            for base, e in t.items():
                common[base] = max(common.get(base, 0), e)
        below = [power(b, sp.sympify(e)) for b, e in common.items()]
        above = tidy(add(*(tidy(mul(t, *below)) for t in node.args)))
        if above.is_Add:
            spread = expand(above)
            above = spread if score(spread) < score(above) else above
        return tidy(_exchange(expr, node, quotient(above, mul(*below))))
    return None


def _exchange(expr: Any, old: Any, new: Any) -> Any:
    if expr is old or expr == old:
        return new
    if not expr.args:
        return expr
    args = tuple(_exchange(a, old, new) for a in expr.args)
    return mul(*args) if expr.is_Mul else rebuild(expr, args)


def expand(expr: Expr) -> Expr:
    """Multiplied out, in textbook order."""
    return arrange(sp.expand(settle(expr)))


def factor(expr: Expr) -> Expr | None:
    """Numerator and denominator factored, common factors cancelled."""
    nodes = list(walk(expr))
    if not (expr.is_Add or expr.is_Mul) or not any(n.is_Add for n in nodes):
        return None
    if any(isinstance(n, sp.Piecewise) for n in nodes):
        return None
    if expr.is_Mul and not any(n.is_Pow and n.exp.is_negative for n in nodes):
        return None
    polynomial = settle(expr)
    try:
        atoms = {a: sp.Dummy(f"a{i}") for i, a in enumerate(_opaque(polynomial))}
        back = {d: a for a, d in atoms.items()}
        out = sp.factor(sp.cancel(polynomial.xreplace(atoms)))
    except (sp.PolynomialError, NotImplementedError):
        return None
    return arrange(out.xreplace(back))


def _opaque(expr: Any) -> list[Any]:
    """The outermost subtrees that a polynomial treats as letters."""
    if expr.is_Symbol or isinstance(
        expr, sp.Function | Unevaluated | sp.Piecewise | sp.Max | sp.Min
    ):
        return [expr]
    if expr.is_Pow and not expr.exp.is_Integer:
        return [expr]
    return list(dict.fromkeys(o for a in expr.args for o in _opaque(a)))


# -- an exponential written in the function itself ------------------------------------------------


def in_itself(expr: Expr, context: Context, body: Expr | None = None) -> Expr | None:
    """e^m through s = g(z), g a fraction linear in e^m: for g = α(e^z - 1), αe^z = g + α."""
    g, own = context.function, context.call()
    body = body if body is not None else (g.body if g else None)
    if (
        g is None
        or own is None
        or body is None
        or not any(isinstance(n, sp.exp) for n in walk(expr))
    ):
        return None
    solved = _solve(body, g.variables[0])
    if solved is None:
        return None
    m, s, inverse = solved
    return _substitute(expr, m, s, inverse, own)


def in_sigmoid(expr: Expr) -> Expr | None:
    """e^u through s = σ(u): e^u = s/(1 - s), where 1 + e^u or σ(u) stands in the expression."""
    nodes = list(walk(expr))
    exponents = [n.args[0] for n in nodes if isinstance(n, sp.exp)]
    if not exponents:
        return None
    u = tidy(neg(exponents[0])) if is_negative(exponents[0]) else exponents[0]
    call = application("sigmoid", u)
    ones = any(
        n.is_Add and ONE in n.args and any(isinstance(t, sp.exp) for t in n.args) for n in nodes
    )
    if not ones and call not in nodes:
        return None
    s = sp.Dummy("s")
    return _substitute(expr, settle(u), s, s / (1 - s), call)


def _substitute(expr: Expr, m: Any, s: sp.Dummy, inverse: Any, call: Expr) -> Expr | None:
    """Every e^(km) as inverse^k, s for `call`, cancelled and factored; None where one stays."""
    target = settle(expr).xreplace({settle(call): s})
    table = {}
    for e in target.atoms(sp.exp):
        k = sp.cancel(e.args[0] / m)
        if not k.is_Integer:
            return None
        table[e] = inverse**k
    out = target.xreplace(table)
    others = {a: sp.Dummy() for a in _opaque(out) if a is not s}
    if any(a.has(s) for a in others):
        # log(1 + e^(-u)) has a form of its own; as log((1 - s)/s + 1) it would hide s.
        return None
    try:
        short = sp.factor(sp.cancel(out.xreplace(others)))
    except (sp.PolynomialError, NotImplementedError):
        return None
    back = {d: a for a, d in others.items()}
    return arrange(short.xreplace({**back, s: call}))


@lru_cache(maxsize=256)
def _solve(body: Expr, z: sp.Symbol) -> tuple[Expr, sp.Dummy, Expr] | None:
    """(m, s, e^m as a function of s = body), if the body is a fraction linear in one e^m."""
    settled = settle(body)
    exponents = sorted((e.args[0] for e in settled.atoms(sp.exp)), key=str)
    if not exponents:
        return None
    m = exponents[0]
    ratios = [sp.cancel(u / m) for u in exponents]
    if not all(r.is_Rational for r in ratios):
        return None
    unit = m / lcm(*(int(r.q) for r in ratios))
    x, s = sp.Dummy("x", positive=True), sp.Dummy("s")
    table = {e: x ** sp.cancel(e.args[0] / unit) for e in settled.atoms(sp.exp)}
    try:
        fraction = sp.cancel(settled.xreplace(table))
        a, b = (sp.Poly(p, x) for p in sp.fraction(fraction))
    except (sp.PolynomialError, NotImplementedError):
        return None
    if z in fraction.free_symbols:
        return None
    degrees = {k for p in (a, b) for (k,) in p.monoms() if k}
    if len(degrees) != 1:
        return None
    step = degrees.pop()
    top, bottom = b.nth(0) * s - a.nth(0), a.nth(step) - b.nth(step) * s
    return unit * step, s, sp.cancel(top / bottom)
