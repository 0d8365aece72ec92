r"""Lines that leave something out: f(x + h) = f(x) + h f'(x) + O(h^2), and ≈ to first order.

Of D, the difference of the sides without O(g), the order as h goes to 0 is
log(D(h)/D(th)) / log(1/t), in so many digits that it is exact to a thousandth; of g likewise. O(g)
says that D has at least the order of g, o(g) that it has a higher one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.report import SAMPLED, WRONG, Counterexample, Line
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.agreement import shown
from symgd.judge.values.digits import DIGITS
from symgd.judge.values.evaluator import MOST_WORK, Clock, Evaluator
from symgd.judge.values.indices import key_of
from symgd.judge.values.names import canonical, value_of_name
from symgd.judge.values.points import Draw
from symgd.judge.values.sampling import FEWEST, TRIES, Trial, too_few
from symgd.judge.values.values import Value, entries, is_array, plus, times
from symgd.judge.verdicts.state import Failure
from symgd.judge.verdicts.witness import needed, shown_point
from symgd.judge.words import say
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    ZERO,
    Absolute,
    Minus,
    Name,
    Norm,
    Order,
    Power,
    Product,
    Sum,
    names_below,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

# How near to 0 the order is measured, and where a witness shows the difference.
NEAR, NEARER, SHOWN = mp.mpf(10) ** -8, mp.mpf(10) ** -10, mp.mpf(10) ** -2
NOTHING = mp.mpf(10) ** -60
# An order that is off by a logarithm of h, or by less than this, is not told from another.
SAME, APART = mp.mpf("0.05"), mp.mpf("0.5")
# O(n), O(N) is how fast something grows.
GROWING = frozenset({"n", "N", "T", "m", "M", "K", "k", "d", "D"})
SMALL = frozenset({"h", r"\epsilon", r"\delta", r"\eta", r"\Delta"})
FIRST = mp.mpf(2)
REASON = "wrong:order"


@dataclass(frozen=True)
class Small:
    """What goes to 0: a name, or its distance from `around`."""

    name: Name
    around: Any = None


def has_order(members: Any) -> bool:
    return any(isinstance(n, Order) for m in members for n in walk(m))


def verdict(judge: Judge, said: Statement, members: list[Any], signs: list[str]) -> Line:
    """The verdict on a chain in which something is left out."""
    if set(signs) - {"=", "~"}:
        raise NotUnderstood(say("unknown:order-equations"))
    for a, b in pairwise(members):
        left, right = without(a), without(b)
        orders = [n for m in (a, b) for n in walk(m) if isinstance(n, Order)]
        if not orders:
            raise NotUnderstood(say("unknown:order-one"))
        try:
            failed = _failure(judge, left, right, orders)
        except Misfit as misfit:
            raise NotUnderstood(say("unknown:order-shapes", misfit=misfit.reason)) from None
        if failed is not None:
            judge.failure = Failure(left, right, [], None, None)
            return Line(
                said.text, WRONG, reason=say(REASON),
                counterexample=failed,
            )  # fmt: skip
    return Line(said.text, SAMPLED, points=FEWEST, digits=3, notes=(say("note:order"),))


def without(tree: Any) -> Any:
    """The member without its O(...)."""
    if isinstance(tree, Order):
        return ZERO
    if isinstance(tree, Minus) and isinstance(tree.of, Order):
        return ZERO
    if isinstance(tree, Sum):
        kept = [t for t in map(without, tree.terms) if t != ZERO]
        return kept[0] if len(kept) == 1 else replace(tree, terms=tuple(kept)) if kept else ZERO
    if isinstance(tree, Product) and any(isinstance(f, Order) for f in tree.factors):
        raise NotUnderstood(say("unknown:order-times"))
    return tree


def small_in(orders: list[Order]) -> Small:
    """What goes to 0 in O(h^2), O(\\|h\\|), O((x - a)^3)."""
    found = {_small(n.of) for n in orders}
    if len(found) != 1:
        raise NotUnderstood(say("unknown:order-letter"))
    (small,) = found
    if small is None or small.name.base in GROWING:
        raise NotUnderstood(say("unknown:order-small"))
    return small


def _small(tree: Any) -> Small | None:
    if isinstance(tree, Power):
        return _small(tree.base)
    if isinstance(tree, Norm | Absolute):
        return _small(tree.of)
    if isinstance(tree, Name):
        return Small(tree)
    if isinstance(tree, Sum) and len(tree.terms) == 2:
        a, b = tree.terms
        if isinstance(a, Name) and isinstance(b, Minus):
            return Small(a, b.of)
    return None


def _failure(judge: Judge, left: Any, right: Any, orders: list[Order]) -> Counterexample | None:
    """A point at which the order is too low, or None where it is right at all points."""
    small = small_in(orders)
    tried = 0
    for e in _points(judge):
        try:
            mine = order_of(e, small, lambda e: plus(e.value(left), -e.value(right)))
            theirs = [(order_of(e, small, lambda e, n=n: e.value(n.of)), n.small) for n in orders]
        except Outside:
            continue
        tried += 1
        wanted, strict = min((o, n) for o, n in theirs if o is not None)
        if mine is not None:
            off = mine - wanted
            if (strict and off < SAME) or (not strict and off < -APART):
                return _witness(e, small, left, right)
            if (strict and off < APART) or off < -SAME:
                raise NotUnderstood(say("unknown:order-unclear"))
        if tried == FEWEST:
            return None
    raise too_few()


def _points(judge: Judge) -> Iterator[Evaluator]:
    clock = Clock(MOST_WORK, judge.env.meter)
    with mp.workdps(2 * DIGITS):
        for habit in ("real", "positive"):
            for seed in range(TRIES):
                yield Evaluator(judge.env, judge.sampler.point(Draw(seed, habit)), clock)


def _near(e: Evaluator, small: Small, t: Any) -> Evaluator:
    """The point with what is small t times what was drawn for it."""
    key = canonical(e, key_of(e, small.name))
    if small.around is None:
        here = value_of_name(e, small.name)
        return e.overridden({key: here * t if is_array(here) else t * here})
    around = e.value(small.around)
    step = each_like(around, t)
    return e.overridden({key: plus(around, step)})


def each_like(value: Value, t: Any) -> Value:
    """t, or an array of numbers like it."""
    if not is_array(value):
        return t
    out = value.copy()
    out.ravel()[:] = [t * (i + 1) for i in range(out.size)]
    return out


def order_of(e: Evaluator, small: Small, compute: Any) -> Any:
    """The order in which something goes to 0; None where it is 0."""
    near, nearer = (_size(compute(_near(e, small, t))) for t in (NEAR, NEARER))
    if near < NOTHING and nearer < NOTHING:
        return None
    if not near or not nearer:
        raise Outside
    return mp.log(near / nearer) / mp.log(NEAR / NEARER)


def _size(value: Value) -> Any:
    return max(abs(x) for x in entries(value))


def _witness(e: Evaluator, small: Small, left: Any, right: Any) -> Counterexample:
    here = _near(e, small, SHOWN)
    a, b = here.value(left), here.value(right)
    trial = needed(e.env, Trial(e.point, e.binding), [left, right], None)
    point = shown_point(trial)
    point[small.name.base] = shown(value_of_name(here, small.name), 4)
    return Counterexample(point, shown(a), shown(b))


# -- ≈ ---------------------------------------------------------------------------------------------


def to_first_order(judge: Judge, left: Any, right: Any) -> Name | None:
    """A small letter in which both sides agree to first order, though they move with it."""
    for name in sorted(set(names_below(left)), key=str):
        if name.base not in SMALL and not name.base.startswith(r"\Delta "):
            continue
        try:
            if _agree_to_first_order(judge, Small(name), left, right):
                return name
        except (NotUnderstood, Misfit):
            continue
    return None


def _agree_to_first_order(judge: Judge, small: Small, left: Any, right: Any) -> bool:
    tried = 0
    for e in _points(judge):
        try:
            start = _near(e, small, mp.mpf(0)).value(left)
            off = order_of(
                e, small, lambda e: plus(e.value(left), times(mp.mpf(-1), e.value(right), ""))
            )
            moves = order_of(
                e, small, lambda e, s=start: plus(e.value(left), times(mp.mpf(-1), s, ""))
            )
        except Outside:
            continue
        if (off is not None and off < FIRST - SAME) or moves is None or moves > 1 + SAME:
            return False
        tried += 1
        if tried == FEWEST:
            return True
    return False
