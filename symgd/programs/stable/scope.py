"""What a rewrite works with: sums and products taken apart, and what is known of the names.

term = c·core, pairs of terms, opposites      what a name stands for, which labels are 0 or 1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1, LOG1PEXP, SECH2, SIGMOID
from symgd.programs.lowering import has_gaps
from symgd.trees.domain import Domain
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    function_name,
    group,
    is_application,
    mul,
    neg,
    parts_of,
    walk,
)

# primitives that are greater than 0 everywhere
POSITIVE = (SIGMOID, LOG1PEXP, SECH2)


def is_call(e: Any) -> bool:
    """f(u), or a power of it."""
    if e.is_Pow and e.base is not sp.E:
        e = e.base
    return bool(e.is_Function) or is_exp(e)


def coefficient(term: Any) -> tuple[Expr, Any]:
    """term = c·core, c a number."""
    if term.is_Number:
        return term, ONE
    if not term.is_Mul:
        return ONE, term
    flat = factors(term)
    numbers = [f for f in flat if f.is_Number]
    if not numbers:
        return ONE, term
    return sp.Mul(*numbers), group(*(f for f in flat if not f.is_Number))


def times(c: Expr, *factors: Expr) -> Expr:
    """c·f₁·f₂..., without a factor 1; 0·f stays, for it has no value where f has none."""
    kept = [f for f in factors if f != 1]
    if not kept:
        return c
    if c == 1:
        return mul(*kept)
    return neg(mul(*kept)) if c == -1 else mul(c, *kept)


def half(u: Any) -> Expr:
    """u/2, exact."""
    c, core = coefficient(u)
    return times(c / 2, core)


def double(u: Any) -> Expr:
    """2u, exact."""
    c, core = coefficient(u)
    return times(2 * c, core)


def minus(u: Any) -> Expr:
    """-u; of a difference, the difference turned round: the same bits."""
    if u.is_Add and len(u.args) == 2 and any(coefficient(t)[0].is_negative for t in u.args):
        return add(*map(neg, u.args))
    return neg(u)


def with_term(rest: list[Any], new: Expr) -> Expr:
    """The sum of what is left and a new term."""
    kept = [t for t in (new, *rest) if t != 0]
    return add(*kept) if kept else ZERO


def pairs(
    items: tuple[Any, ...],
    first: Callable[[Any], Any] = bool,
    second: Callable[[Any], Any] = bool,
) -> Iterator[tuple[Any, Any, list[Any]]]:
    """(a, b, the others) for every ordered pair of items, a one that `first` holds of, b `second`.

    A sum of a wide layer has many terms, and few of them are of the kind that a rewrite looks for.
    """
    left = [i for i, a in enumerate(items) if first is bool or first(a)]
    if not left:
        return
    right = [j for j, b in enumerate(items) if second is bool or second(b)]
    for i in left:
        for j in right:
            if i != j:
                yield items[i], items[j], [x for k, x in enumerate(items) if k not in (i, j)]


def bag(parts: Iterable[Any]) -> frozenset[tuple[Any, int]]:
    """Factors in any order, as a key."""
    return frozenset(Counter(f for f in parts if f != 1).items())


def is_exp(e: Any) -> bool:
    return isinstance(e, sp.exp) or (e.is_Pow and e.base is sp.E)


def exponent(e: Any) -> Any:
    """The u of e^u."""
    return e.exp if e.is_Pow else e.args[0]


def split(e: Any) -> tuple[Any, Any]:
    """bⁿ → (b, n)."""
    return (e.base, e.exp) if e.is_Pow and e.base is not sp.E else (e, ONE)


def is_opposite(a: Any, b: Any) -> bool:
    """a = -b, read off their form."""
    return (
        a in (neg(b), minus(b))
        or b in (neg(a), minus(a))
        or (a.is_Add and b.is_Add and {*map(neg, a.args)} == {*b.args})
    )


def factors(e: Any) -> tuple[Any, ...]:
    """The factors of a product, and of the products in it."""
    return tuple(parts_of(e, sp.Mul)) if e.is_Mul else (e,)


def without(term: Any, factor: Any) -> Expr:
    """term/factor, a factor of it."""
    parts = list(factors(term))
    parts.remove(factor)
    return times(ONE, *parts)


def form(e: Any) -> Any:
    """A form in which equal products are the same."""
    c, core = coefficient(e)
    return c, tuple(sorted(map(str, factors(core))))


# -- what is known of a program -------------------------------------------------------------------


@dataclass(slots=True)
class Scope:
    """What is known of the names of a program.

    known      what a name stands for
    binary     the leaves that are 0 or 1
    bounded    the leaves between -2 and 2
    domains    where a name lies
    final      nodes that are as they should be
    guarded    cases whose last value is as it should be there, and nowhere else
    plain      what `is_plain` has found
    alone      nobody works a sample that leaves the doubles out again: it is for a file
    """

    known: dict[sp.Symbol, Expr] = field(default_factory=dict)
    binary: frozenset[sp.Symbol] = frozenset()
    bounded: frozenset[sp.Symbol] = frozenset()
    domains: Mapping[sp.Symbol, Domain] = field(default_factory=dict)
    final: set[Expr] = field(default_factory=set)
    guarded: set[Expr] = field(default_factory=set)
    plain: dict[Any, bool] = field(default_factory=dict)
    alone: bool = False

    def is_plain(self, f: Any) -> bool:
        """Whether no row about products has a use for this factor: most of a network are weights
        times outputs."""
        if f not in self.plain:
            parts = factors(self.see(f))
            self.plain[f] = not any(map(stirs, parts)) and not any(
                stirs(g) for p in parts if p.is_Add for t in p.args for g in factors(t)
            )
        return self.plain[f]

    def is_above(self, e: Any, low: int) -> bool:
        """Whether e > low, -1 or 0: by the domain of a leaf, or by the form of what a name says."""
        if e is sp.nan or e is sp.zoo:
            return False  # what sympy makes of a formula that has no value anywhere
        if e.is_Number or e in self.domains:
            return bool(e > low) if e.is_Number else self.domains[e].is_above(low)
        seen = self.see(e)
        if seen.is_Add:
            others = [t for t in seen.args if not t.is_Number]
            least = sum((t for t in seen.args if t.is_Number), start=sp.S.Zero)
            sure = bool(others) and least.is_finite and least >= low
            return sure and all(self.is_above(t, 0) for t in others)
        if seen.is_Mul:
            return all(self.is_above(f, 0) for f in seen.args)
        if is_exp(seen) or (is_application(seen) and function_name(seen) in POSITIVE):
            return True
        if seen.is_Pow:
            return self.is_above(seen.base, 0)
        return isinstance(seen, sp.cosh) or (isinstance(seen, sp.tanh) and low < 0)

    def gaps(self, e: Any) -> set[Any]:
        """What in an expression may be without a value, also behind names: log(z), 1/z."""
        found: set[Any] = set()
        stack, seen = [e], set[Any]()
        while stack:
            for n in walk(stack.pop()):
                if has_gaps(n):
                    found.add(n)
                elif n in self.known and n not in seen:
                    seen.add(n)
                    stack.append(self.known[n])
        return found

    def lasting_gaps(self, e: Any) -> set[Any]:
        """The same where the expression is not finite either when a part of it is infinite: log(z)
        in w + 2 log(z), and not in 1/log(z)."""
        found, stack = set[Any](), [e]
        while stack:
            n = self.see(stack.pop())
            if has_gaps(n):
                found.add(n)
            grows = n.is_Pow and n.exp.is_Number and n.exp.is_positive
            if n.is_Add or n.is_Mul or grows or isinstance(n, sp.Abs | sp.log):
                stack += n.args
        return found

    def see(self, e: Any) -> Any:
        """Through a name, to what it stands for."""
        while e.is_Symbol and e in self.known:
            e = self.known[e]
        return e

    def open(self, e: Any) -> Any:
        """Through a name that stands for a number times a function: yhat → 2·tanh(z)."""
        seen = self.see(e)
        return seen if is_call(coefficient(seen)[1]) else e

    def argument(self, e: Any, head: Any) -> Any:
        """The u of head(u), seen through a name; None where it is something else."""
        e = self.see(e)
        if head is sp.exp:
            return exponent(e) if is_exp(e) else None
        if isinstance(head, str):
            return e.args[0] if is_application(e) and function_name(e) == head else None
        return e.args[0] if isinstance(e, head) else None

    def split_scale(self, term: Any) -> tuple[Expr, Any]:
        """term = c·core, c a number; a core that is a name of c'·f(u) is opened."""
        c, core = coefficient(term)
        inner, opened = coefficient(self.open(core))
        return (c, core) if inner == 1 and opened is core else (sp.Mul(c, inner), opened)


def stirs(f: Any) -> bool:
    """An exponential, a power of a logarithm, a sign, a number, or something that is divided by."""
    if f.is_Pow and f.base is not sp.E:
        return not f.exp.is_Number or bool(f.exp.is_negative) or isinstance(f.base, sp.log)
    return bool(is_exp(f) or f.is_Number or isinstance(f, sp.sign | sp.log)) or (
        is_application(f) and function_name(f) == EXPM1
    )
