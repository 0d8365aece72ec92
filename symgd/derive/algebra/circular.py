"""Fractions of circular and hyperbolic functions of one argument, in the shortest form of all that
cos² + sin² = 1 and cosh² - sinh² = 1 allow.

Every function of u is a fraction in C = cos u and S = sin u, or of their hyperbolic kin. Above and
below, S² is put for 1 - C² or C² for 1 - S², and what they share is cancelled.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, score, tidy
from symgd.trees.scalars import Expr, Unevaluated, expanded, function, mul, settle, walk

C, S = sp.Dummy("C"), sp.Dummy("S")
C2, S2 = sp.Dummy("C2"), sp.Dummy("S2")  # of 2u
# head        as a fraction in C and S
CIRCULAR: dict[Any, Any] = {
    sp.cos: C, sp.sin: S, sp.tan: S / C, sp.cot: C / S, sp.sec: 1 / C, sp.csc: 1 / S,
}  # fmt: skip
HYPERBOLIC: dict[Any, Any] = {
    sp.cosh: C, sp.sinh: S, sp.tanh: S / C, sp.coth: C / S, sp.sech: 1 / C, sp.csch: 1 / S,
}  # fmt: skip
# heads       the square of C in S, and of S in C; cos and sin, or their kin
KINDS = (
    (CIRCULAR, {C: 1 - S**2, S: 1 - C**2}, sp.cos, sp.sin),
    (HYPERBOLIC, {C: 1 + S**2, S: C**2 - 1}, sp.cosh, sp.sinh),
)
TWICE = 2 * C**2 - 1  # cos 2u, and cosh 2u
LONGEST = 40


def circular(expr: Expr) -> Expr | None:
    """The shortest such form; None where the expression is no fraction of such functions."""
    if not (expr.is_Add or expr.is_Mul) or score(expr) > LONGEST:
        return None
    nodes = list(walk(expr))
    if any(isinstance(n, sp.Piecewise | Unevaluated | sp.Abs | sp.sign) for n in nodes):
        return None
    if not any(n.is_Pow and n.exp.is_negative for n in nodes):
        return None
    for heads, squares, cosine, sine in KINDS:
        found = {n for n in nodes if n.func in heads}
        arguments = {n.args[0] for n in found}
        if len(arguments) != 1 or found <= _simple(nodes, cosine, sine):
            continue
        (u,) = arguments
        target = settle(expr).xreplace({settle(n): heads[n.func] for n in found})
        if any(isinstance(f, sp.Function) for f in target.atoms(sp.Function)):
            return None
        twice = tidy(mul(sp.Integer(2), u))
        back = {C: function(cosine, u), S: function(sine, u)}
        back |= {C2: function(cosine, twice), S2: function(sine, twice)}
        forms = [arrange(f.xreplace(back)) for f in _forms(target, squares)]
        return min(forms, key=score, default=None)
    return None


def _simple(nodes: list[Any], cosine: Any, sine: Any) -> set[Any]:
    """The only sine or cosine, where no other function of its kind stands beside it."""
    found = {n for n in nodes if n.func in (cosine, sine)}
    return found if len(found) == 1 else set()


def _forms(target: Any, squares: dict[Any, Any]) -> list[Any]:
    try:
        above, below = sp.fraction(sp.cancel(sp.together(target)))
        tops, bottoms = ({_reduced(p, x, squares[x]) for x in (C, S)} for p in (above, below))
        plain = [sp.factor(sp.cancel(p / q)) for p, q in product(tops, bottoms) if q != 0]
        return [*plain, *(_doubled(f, squares) for f in plain)]
    except (sp.PolynomialError, NotImplementedError):
        return []


def _doubled(form: Any, squares: dict[Any, Any]) -> Any:
    """With sin 2u for 2 sin u cos u, and cos 2u for 2cos²u - 1, among the factors."""
    out, powers = sp.Integer(1), {C: 0, S: 0}
    for f in sp.Mul.make_args(form):
        base, e = f.as_base_exp()
        if base in powers and e.is_Integer:
            powers[base] += int(e)
            continue
        ratio = (
            sp.cancel(_reduced(expanded(base), S, squares[S]) / TWICE)
            if f.is_Add or f.is_Pow
            else None
        )
        out *= (ratio * C2) ** e if ratio is not None and ratio.is_Number else f
    c, s = powers[C], powers[S]
    both = (min(c, s) if c > 0 else max(c, s)) if c * s > 0 else 0
    return out * (S2 / 2) ** both * C ** (c - both) * S ** (s - both)


def _reduced(p: Any, x: Any, square: Any) -> Any:
    """The polynomial with x² put for what it is, until x occurs at most once a term."""
    return sp.rem(p, x**2 - square, x) if p.has(x) else p


__all__ = ["circular"]
