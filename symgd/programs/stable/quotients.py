"""What is left of a quotient: 1 - u/v = (v - u)/v, where terms of u and v are the same.

Of an overlap such as tp/(tp + fp + fn) what is left is (fp + fn)/(tp + fp + fn), to its last digit
however small it is.

    S. Salehi et al., Tversky loss function for image segmentation, 2017
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1P
from symgd.programs.stable.scope import Scope, coefficient, factors, pairs, times, with_term
from symgd.programs.stable.sums import exponents, fraction, one_and, without_what_cancels
from symgd.trees.graph import Graph
from symgd.trees.scalars import (
    ONE,
    Expr,
    add,
    application,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    rebuild,
)

MOST_TERMS = 24  # of u and of v


def one_less_quotient(e: Any, scope: Scope) -> Expr | None:
    """1 - (u + a)/(u + b) = (b - a)/(u + b), also where names stand for the sums and the terms."""
    if not e.is_Add:
        return None

    def is_divided(term: Any) -> bool:
        return bool(_fraction(term, scope)[2] != 1)

    for whole, part, rest in pairs(e.args, second=is_divided):
        c, common = coefficient(whole)
        k, top, bottom = _fraction(part, scope)
        above = [*factors(top)]
        for f in factors(common) if common != 1 else ():
            if f not in above:
                break
            above.remove(f)
        else:
            left = _gap(c, bottom, k, times(ONE, *above), scope)
            if left is not None:
                return with_term(rest, times(ONE, *factors(common), quotient(left, bottom)))
    return None


def log_of_quotient(e: Any, scope: Scope) -> Expr | None:
    """log(u/v) = log(1 - (v - u)/v), where u and v share terms and are near each other."""
    if e in scope.final:
        return None
    k, top, bottom = _fraction(e.args[0], scope)
    left = _gap(ONE, bottom, -k, top, scope) if bottom != 1 and k.is_positive else None
    if left is None:
        return None
    scope.final.add(e)
    lost = neg(quotient(left, bottom))
    near = sp.StrictLessThan(sp.Abs(lost, evaluate=False), sp.S.Half, evaluate=False)
    return piecewise((application(LOG1P, lost), near), (e, sp.true))


def with_rests(graph: Graph) -> Graph:
    """The graph in which 1 - u/v is (v - u)/v, so that its slopes are those of v - u."""
    scope = Scope()
    definitions: dict[Any, Any] = {}
    for v, body in graph.definitions.items():
        definitions[v] = _with_rests(body, scope)
        scope.known[v] = body
    return graph if definitions == graph.definitions else replace(graph, definitions=definitions)


def _with_rests(e: Any, scope: Scope) -> Any:
    if not e.args:
        return e
    e = rebuild(e, tuple(_with_rests(a, scope) for a in e.args))
    if not e.is_Add:
        return e
    found = one_less_quotient(e, scope)
    return (
        e if found is None else rebuild(found, tuple(_with_squares(a, scope) for a in found.args))
    )


def _with_squares(e: Any, scope: Scope) -> Any:
    """The expression, a square in the place of sums that are one."""
    if not e.args:
        return e
    e = rebuild(e, tuple(_with_squares(a, scope) for a in e.args))
    found = two_shares(e, scope)
    return e if found is None else found


def _fraction(term: Any, scope: Scope) -> tuple[Any, Any, Any]:
    """(k, u, v) of ku/v, through names of products."""
    k, core = scope.split_scale(term)
    opened: list[Any] = []
    for f in factors(core):
        seen = scope.see(f)
        opened += factors(seen) if seen.is_Mul or seen.is_Pow else (f,)
    return k, *fraction(times(ONE, *opened))


def _gap(c: Any, bottom: Any, k: Any, top: Any, scope: Scope) -> Expr | None:
    """c·v + k·u, where terms of them cancel; None where none do."""
    terms = [*_terms(c, bottom, scope), *_terms(k, top, scope)]
    if not 2 < len(terms) <= MOST_TERMS:
        return None
    found: dict[Any, list[Any]] = {}
    for number, core in terms:
        key = frozenset(exponents(core, scope).items())
        found.setdefault(key, []).append((number, core))
    met = [(sum((n for n, _ in same), start=sp.S.Zero), same[0][1]) for same in found.values()]
    if not any(
        abs(n) < sum(abs(m) for m, _ in same)
        for (n, _), same in zip(met, found.values(), strict=True)
    ):
        return None
    return without_what_cancels(met, scope)


def _terms(c: Any, e: Any, scope: Scope) -> Iterator[tuple[Any, Any]]:
    """(number, core) of the terms of c·e, through names of sums."""
    k, core = coefficient(e)
    seen = scope.see(core)
    if seen.is_Add:
        for t in seen.args:
            yield from _terms(sp.Mul(c, k), t, scope)
    else:
        yield sp.Mul(c, k), core


def two_shares(e: Any, scope: Scope) -> Expr | None:
    """u + v - 2uv = u(1 - v) + v(1 - u), where 1 - u is no difference; u² + v² - 2uv = (u - v)²."""
    if not e.is_Add or len(e.args) < 3:
        return None
    for product in e.args:
        k, core = coefficient(product)
        parts = factors(scope.see(core))
        if len(parts) != 2 or k.is_Rational is not True:
            continue
        u, v = parts
        if u == v:
            continue
        for n in (1, 2):
            sides = [times(-k / 2, power(s, sp.Integer(n)) if n > 1 else s) for s in (u, v)]
            if all(s in e.args for s in sides):
                rest = [t for t in e.args if t not in (product, *sides)]
                if n == 2:
                    return with_term(rest, times(-k / 2, power(add(u, neg(v)), sp.Integer(2))))
                far = [one_and(add(ONE, neg(s)), scope) for s in (u, v)]
                if any(f is not None and not f.is_Add for f in far):
                    both = [mul(a, add(ONE, neg(b))) for a, b in ((u, v), (v, u))]
                    return with_term(rest, times(-k / 2, add(*both)))
    return None


__all__ = ["log_of_quotient", "one_less_quotient", "two_shares", "with_rests"]
