"""Forms that only a search finds: a common denominator, a factored polynomial, an exponential
written in the function being derived or in the sigmoid."""

from __future__ import annotations

from functools import lru_cache
from math import lcm
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import is_negative, tidy
from symgd.derive.algebra.context import Context, parts
from symgd.derive.algebra.order import arrange
from symgd.derive.algebra.score import score
from symgd.trees.scalars import (
    ONE,
    Expr,
    Held,
    add,
    applied,
    mul,
    neg,
    power,
    quotient,
    rebuild,
    settle,
    walk,
)


def _denominator(term: Expr) -> dict[Expr, Any]:
    out: dict[Expr, Any] = {}
    for f in parts(term):
        if f.is_Pow and f.exp.is_Rational and f.exp < 0:
            out[f.base] = out.get(f.base, 0) - f.exp
    return out


def common_denominator(expr: Expr) -> Expr | None:
    """a/b + c/d = (ad + cb)/(bd), in the outermost sum of fractions, the numerator collected."""
    for node in walk(expr):
        if isinstance(node, Held | sp.Piecewise):
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
            spread = expanded(above)
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


def expanded(expr: Expr) -> Expr:
    """Multiplied out, in textbook order."""
    return arrange(sp.expand(settle(expr)))


def factored(expr: Expr) -> Expr | None:
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
    if expr.is_Symbol or isinstance(expr, sp.Function | Held | sp.Piecewise | sp.Max | sp.Min):
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
    solved = _solved(body, g.variables[0])
    if solved is None:
        return None
    m, s, inverse = solved
    return _substituted(expr, m, s, inverse, own)


def in_sigmoid(expr: Expr) -> Expr | None:
    """e^u through s = σ(u): e^u = s/(1 - s), where 1 + e^u or σ(u) stands in the expression."""
    nodes = list(walk(expr))
    exponents = [n.args[0] for n in nodes if isinstance(n, sp.exp)]
    if not exponents:
        return None
    u = tidy(neg(exponents[0])) if is_negative(exponents[0]) else exponents[0]
    call = applied("sigmoid", u)
    ones = any(
        n.is_Add and ONE in n.args and any(isinstance(t, sp.exp) for t in n.args) for n in nodes
    )
    if not ones and call not in nodes:
        return None
    s = sp.Dummy("s")
    return _substituted(expr, settle(u), s, s / (1 - s), call)


def _substituted(expr: Expr, m: Any, s: sp.Dummy, inverse: Any, call: Expr) -> Expr | None:
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
def _solved(body: Expr, z: sp.Symbol) -> tuple[Expr, sp.Dummy, Expr] | None:
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
