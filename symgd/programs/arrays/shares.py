"""Rewrites about the shares of a softmax: P = e^l, l = ln P one function of the logits.

    ln P = l        1 - P = -expm1(l)        P·(Y/P) = Y        P - Y = expm1(l) + (1 - Y)

The scalar engine's rewrites see P as e^l. Here is what takes more than one entry to know: that
e^u over the sum of all e^u is a share, and u less the logarithm of the sum its logarithm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1
from symgd.programs.stable import PRODUCT, SUM, Row
from symgd.programs.stable.scope import (
    Scope,
    bag,
    coefficient,
    exponent,
    factors,
    is_exp,
    split,
    times,
    with_term,
)
from symgd.trees.scalars import (
    ONE,
    Expr,
    add,
    application,
    exp,
    neg,
    piecewise,
    power,
    rebuild,
    replace_all,
)

LN_HALF = sp.Rational(-7, 10)  # about ln ½: where both forms of P - Y are right


@dataclass(slots=True)
class Shares(Scope):
    """What is known of names, and of shares.

    logs      a share → its logarithm
    totals    ln Σe^u → (the forms of u, the share of e^u)
    """

    logs: dict[sp.Symbol, sp.Symbol] = field(default_factory=dict)
    totals: dict[sp.Symbol, tuple[tuple[Expr, ...], sp.Symbol]] = field(default_factory=dict)
    exps: dict[Expr, Expr] = field(default_factory=dict)

    def add_share(self, share: sp.Symbol, log: sp.Symbol) -> None:
        self.known[share] = exp(log)
        self.logs[share] = log
        self.exps[exp(log)] = share

    def add_total(self, total: sp.Symbol, sum_: sp.Symbol | None) -> None:
        """ln S of the name S."""
        if sum_ is not None:
            self.known[sum_] = exp(total)
            self.exps[exp(total)] = sum_

    def is_plain(self, f: Any) -> bool:
        return not isinstance(f, sp.Piecewise) and Scope.is_plain(self, f)

    def direct(self, e: Any) -> Any:
        """e^l as the share itself, which is computed without its logarithm."""
        return replace_all(e, self.exps) if self.exps else e

    def share_of(self, e: Any) -> sp.Symbol | None:
        """The share that a name stands for."""
        while e.is_Symbol and e not in self.logs and e in self.known:
            e = self.known[e]
        return e if e in self.logs else self.exps.get(e) if self.exps.get(e) in self.logs else None

    def divides(self, e: Any, share: sp.Symbol) -> bool:
        """Whether some term of the expression is divided by the share."""
        e = self.see(e)
        if e.is_Add:
            return any(self.divides(t, share) for t in e.args)
        for f in factors(e):
            base, n = split(f)
            if n.is_Number and n.is_negative and self.share_of(base) == share:
                return True
            if f is not e and self.divides(f, share):
                return True
        return False


def of_total(e: Any, scope: Scope) -> Expr | None:
    """e^u/Σe^u is a share."""
    assert isinstance(scope, Shares)
    if not e.is_Mul or not scope.totals:
        return None
    flat = factors(e)
    for i, below in enumerate(flat):
        base, n = split(below)
        total = scope.argument(base, sp.exp) if n == -1 else None
        if total not in scope.totals:
            continue
        forms, share = scope.totals[total]
        for j, above in enumerate(flat):
            if scope.argument(above, sp.exp) in forms:
                return times(ONE, share, *(f for k, f in enumerate(flat) if k not in (i, j)))
    return None


def log_share(e: Any, scope: Scope) -> Expr | None:
    """u - ln Σe^u is the logarithm of a share."""
    assert isinstance(scope, Shares)
    if not e.is_Add or not scope.totals:
        return None
    for i, term in enumerate(e.args):
        c, core = coefficient(term)
        common = [f for f in factors(core) if f not in scope.totals]
        found = [f for f in factors(core) if f in scope.totals]
        if len(found) != 1:
            continue
        forms, share = scope.totals[found[0]]
        for u in forms:
            wanted = neg(times(c, *common, u))
            for j, other in enumerate(e.args):
                if j != i and other == wanted:
                    rest = [t for k, t in enumerate(e.args) if k not in (i, j)]
                    return with_term(rest, times(-c, *common, scope.logs[share]))
    return None


def cancelled(e: Any, scope: Scope) -> Expr | None:
    """P·Pⁿ = Pⁿ⁺¹, and P(a + b/P) = Pa + b, also where names stand for the factors."""
    assert isinstance(scope, Shares)
    if not e.is_Mul or not scope.logs:
        return None
    flat = factors(e)
    for i, f in enumerate(flat):
        base, n = split(f)
        share = scope.share_of(base)
        if share is None or not n.is_Number or n.is_negative:
            continue
        rest = [g for k, g in enumerate(flat) if k != i]
        for k, g in enumerate(rest):
            others = rest[:k] + rest[k + 1 :]
            other, m = split(g)
            if scope.share_of(other) == share and m.is_Number:
                return times(ONE, power(share, n + m) if n + m != 0 else ONE, *others)
            if not g.is_Number and scope.divides(g, share):
                return opened(f, g, others, scope)
    return None


def between(e: Any, scope: Scope) -> Expr | None:
    """aPⁿ - aPⁿ⁺¹ = -aPⁿ·expm1(l)."""
    assert isinstance(scope, Shares)
    if not e.is_Add or not scope.logs:
        return None
    terms = [_powers(t, scope) for t in e.args]
    for i, (c, share, n, a) in enumerate(terms):
        for j, (d, other, m, b) in enumerate(terms):
            if share is not None and share == other and d == -c and m == n + 1 and bag(a) == bag(b):
                rest = [t for k, t in enumerate(e.args) if k not in (i, j)]
                less = application(EXPM1, scope.logs[share])
                return with_term(rest, times(-c, *a, power(share, n), less))
    return None


def _powers(term: Any, scope: Shares) -> tuple[Any, sp.Symbol | None, Any, list[Any]]:
    """(c, P, n, the factors of a) of a term caPⁿ."""
    c, core = coefficient(term)
    share: sp.Symbol | None = None
    total, rest = sp.S.Zero, []
    for f in factors(core):
        base, n = split(f)
        found = scope.share_of(base)
        if found is None and is_exp(f):
            k, log = coefficient(exponent(f))
            found = next((p for p, x in scope.logs.items() if x == log), None)
            n = k
        if found is None or share not in (None, found):
            rest.append(f)
        else:
            share, total = found, total + n
    return c, share, total, rest


def opened(f: Any, g: Any, others: list[Any], scope: Scope) -> Expr | None:
    """f·g, with g, or what its name stands for, multiplied out once."""
    seen = scope.see(g)
    if seen.is_Add:
        # what is no share stays before the bracket: the terms are then those of Σ too, to the bit
        return times(ONE, *others, add(*(times(ONE, f, t) for t in seen.args)))
    if seen.is_Mul:
        return times(ONE, f, *seen.args, *others)
    return None


def less_than_one(e: Any, scope: Shares) -> Any:
    """aP - b = (a - b) + a·expm1(l) where P > ½: of a P that rounds to 1 the rest is kept.

    For the end, when all else is done: 1 + expm1(l) would be e^l again.
    """
    if not e.args or not scope.logs:
        return e
    args = tuple(less_than_one(a, scope) for a in e.args)
    e = rebuild(e, args)
    found = min(_multiples(e, scope), key=lambda x: x[0], default=None) if e.is_Add else None
    if found is None:
        return e
    _, i, a, share = found
    log = scope.logs[share]
    b = [t for k, t in enumerate(e.args) if k != i]
    sign = coefficient(e.args[i])[0] > 0
    if not any((coefficient(t)[0] > 0) != sign or t.has(log) for t in b):
        return e
    near = add(a, *b, times(ONE, a, application(EXPM1, log)))
    return piecewise((near, sp.StrictGreaterThan(log, LN_HALF, evaluate=False)), (e, sp.true))


def _multiples(e: Any, scope: Shares) -> Iterator[tuple[int, int, Any, sp.Symbol]]:
    """(how long a is, its place, a, P) for every term aP."""
    for i, term in enumerate(e.args):
        c, core = coefficient(term)
        flat = factors(core)
        for k, f in enumerate(flat):
            share = scope.share_of(f)
            if share is not None and not core.has(scope.logs[share]):
                a = times(c, *flat[:k], *flat[k + 1 :])
                yield sum(1 for _ in sp.preorder_traversal(a)), i, a, share
                break


# fmt: off
ROWS: tuple[Row, ...] = (
    Row(PRODUCT, of_total,  ()),
    Row(SUM,     log_share, ()),
    Row(PRODUCT, cancelled, ()),
    Row(SUM,     between,   ()),
)
# fmt: on
