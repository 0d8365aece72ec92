r"""What a formula is worth at a point, every derivative in it taken numerically.

∂f/∂x is (f at x + h, minus f at x - h) over 2h, in so many digits that twenty of them stay: x is
overridden, whether it is a leaf or has a definition, and everything defined through it follows
(total derivatives, through the declared graph). So the judge knows no rule of differentiation,
and a value is a witness of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import numpy as np

from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.differences import Differences
from symgd.judge.values.values import (
    Value,
    as_multiples,
    column,
    each,
    entries,
    is_array,
    matrix,
    over,
    plus,
    raised,
    stacked,
    tidy,
    times,
    transposed,
)
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Both,
    Call,
    Cases,
    Component,
    Derivative,
    Either,
    Fixed,
    Gradient,
    Indicator,
    Interval,
    Listed,
    Matrix,
    Members,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
)

DIGITS = 100
MOST_TERMS = 64
MOST_WORK = 40_000


class Evaluator(Differences):
    """Reads trees at one point, with indices bound (`env`) and names overridden."""

    def value(self, tree: Any) -> Value:
        self.clock.tick()
        try:
            return METHODS[type(tree)](self, tree)
        except (ZeroDivisionError, ValueError, OverflowError):
            raise Outside from None
        except RecursionError:
            raise NotUnderstood("Definitions go through each other without an end.") from None
        except NotUnderstood as trouble:
            if trouble.at < 0:
                trouble.at = tree.at
            raise

    # -- arithmetic --------------------------------------------------------------------------------

    def number(self, tree: Number) -> Value:
        return mp.mpf(tree.value.numerator) / tree.value.denominator

    def sum(self, tree: Sum) -> Value:
        total = self.value(tree.terms[0])
        for term in tree.terms[1:]:
            value = self.value(term)
            if self.world.shapes.multiples:  # A - λ for A - λI
                total, value = as_multiples(total, value)
            total = plus(total, value)
        return total

    def minus(self, tree: Minus) -> Value:
        return -self.value(tree.of)

    def product(self, tree: Product) -> Value:
        total = self.value(tree.factors[0])
        for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
            total = times(total, self.value(factor), sign)
        return total

    def quotient(self, tree: Quotient) -> Value:
        return over(self.value(tree.top), self.value(tree.bottom), tree.elementwise)

    def power(self, tree: Power) -> Value:
        return raised(self.value(tree.base), self.value(tree.exponent))

    def transposed(self, tree: Transposed) -> Value:
        return transposed(self.value(tree.of))

    def norm(self, tree: Norm) -> Value:
        items = entries(self.value(tree.of))
        if tree.kind == "1":
            return mp.fsum(map(abs, items))
        if tree.kind in (r"\infty", "infty"):
            return max(map(abs, items))
        if tree.kind not in ("2", "F"):
            raise NotUnderstood(f"The norm of index {tree.kind} is not understood; use 1, 2 or F.")
        return mp.sqrt(mp.fsum(x * x for x in items))

    def absolute(self, tree: Absolute) -> Value:
        inner = self.value(tree.of)
        if is_array(inner) and inner.shape[0] == inner.shape[1]:
            return mp.det(matrix(inner))
        return each(abs, inner)

    def matrix(self, tree: Matrix) -> Value:
        rows = [[self.value(e) for e in row] for row in tree.rows]
        if all(not is_array(e) for row in rows for e in row):
            return tidy(np.array(rows, dtype=object))
        try:
            return tidy(np.block([[e if is_array(e) else np.array([[e]], dtype=object)
                                   for e in row] for row in rows]))  # fmt: skip
        except ValueError:
            raise Misfit("the blocks of this matrix do not fit together") from None

    def listed(self, tree: Listed) -> Value:
        return column([x for item in tree.of for x in entries(self.value(item))])

    def component(self, tree: Component) -> Value:
        return self.picked(self.value(tree.of), [self.subscript(i) for i in tree.below])

    # -- sums over indices -------------------------------------------------------------------------

    def big(self, tree: Big) -> Value:
        if tree.kind == "stack":
            return stacked([inner.value(tree.body) for inner in self.running(tree)])
        total: Value | None = None
        for inner in self.running(tree):
            v = inner.value(tree.body)
            if total is None:
                total = v
            else:
                total = plus(total, v) if tree.kind == "sum" else times(total, v, "")
        return mp.mpf(tree.kind == "prod") if total is None else total

    def running(self, tree: Big) -> Iterator[Evaluator]:
        """The evaluators with the indices of Σ bound, one after the other."""
        names = [i.base for i in tree.indices]
        if not names:
            names = sorted(self.free_letters(tree.body))
        spans = [self.span(n, tree) for n in names]
        combinations = itertools.product(*spans)
        for count, combination in enumerate(combinations):
            if count > MOST_TERMS:
                raise NotUnderstood("This sum has too many terms to be tried.")
            inner = self.bound(dict(zip(names, combination, strict=True)))
            if all(inner.holds(c) for c in tree.conditions if _filters(c)):
                yield inner

    def span(self, letter: str, tree: Big) -> range:
        if tree.high is None:
            return self.letter_range(letter)
        high = self.whole(self.value(tree.high))
        low = 1 if tree.low is None else self.whole(self.value(tree.low))
        return range(low, high + 1)

    def whole(self, v: Value) -> int:
        if is_array(v) or v != int(v):
            raise NotUnderstood("A bound of Σ is a whole number.")
        return int(v)

    # -- conditions --------------------------------------------------------------------------------

    def holds(self, condition: Any) -> bool:
        if isinstance(condition, Both):
            return all(map(self.holds, condition.parts))
        if isinstance(condition, Either):
            return any(map(self.holds, condition.parts))
        if not isinstance(condition, Relation):
            raise NotUnderstood("A condition is a relation, such as z > 0.")
        if condition.sign in ("in", "notin"):
            return self.inside(condition) == (condition.sign == "in")
        left, right = self.value(condition.left), self.value(condition.right)
        if is_array(left) or is_array(right):
            if condition.sign != "=" or not is_array(left) or not is_array(right):
                raise NotUnderstood("A condition compares numbers.")
            return left.shape == right.shape and all(
                COMPARE["="](a, b) for a, b in zip(entries(left), entries(right), strict=True)
            )
        if condition.sign not in COMPARE:
            raise NotUnderstood("This condition is not understood; use =, ≠, < or >.")
        return bool(COMPARE[condition.sign](left, right))

    def inside(self, condition: Relation) -> bool:
        value, where = self.value(condition.left), condition.right
        if isinstance(where, Members) and where.of and not where.text:
            return any(value == self.value(m) for m in where.of)
        if isinstance(where, Interval):
            return bool(self.value(where.low) <= value <= self.value(where.high))
        return True

    def indicator(self, tree: Indicator) -> Value:
        return mp.mpf(self.holds(tree.condition))

    def cases(self, tree: Cases) -> Value:
        for value, condition in tree.branches:
            if condition is None or self.holds(condition):
                return self.value(value)
        raise Outside


def _filters(condition: Any) -> bool:
    """Whether a condition under Σ leaves terms out, rather than naming a set."""
    return not (
        isinstance(condition, Relation)
        and condition.sign == "in"
        and isinstance(condition.right, Name)
    )


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: abs(a - b) < mp.mpf(10) ** -20,
    "!=": lambda a, b: abs(a - b) >= mp.mpf(10) ** -20,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


METHODS: dict[type, Callable[[Evaluator, Any], Value]] = {
    Number: Evaluator.number,
    Name: Evaluator.name,
    Sum: Evaluator.sum,
    Minus: Evaluator.minus,
    Product: Evaluator.product,
    Quotient: Evaluator.quotient,
    Power: Evaluator.power,
    Call: Evaluator.call,
    Primed: Evaluator.primed,
    Derivative: Evaluator.derivative,
    Fixed: Evaluator.fixed,
    Gradient: Evaluator.gradient,
    Big: Evaluator.big,
    Norm: Evaluator.norm,
    Absolute: Evaluator.absolute,
    Transposed: Evaluator.transposed,
    Component: Evaluator.component,
    Matrix: Evaluator.matrix,
    Listed: Evaluator.listed,
    Cases: Evaluator.cases,
    Indicator: Evaluator.indicator,
}
