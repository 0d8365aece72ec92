r"""What a formula is worth at a point, every derivative in it taken numerically.

∂f/∂x is (f at x + h, minus f at x - h) over 2h, in so many digits that twenty of them stay
(digits.py): x is overridden, whether it is a leaf or has a definition, and everything defined
through it follows (total derivatives, through the declared graph). So the judge knows no rule of
differentiation, and a value is a witness of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import mpmath as mp

from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside, TooDeep, TooLong
from symgd.judge.values import calls, derivatives, expectations, integrals, names, roots
from symgd.judge.values.indices import letter_range, open_letters, subscript
from symgd.judge.values.memory import PRIMES, Memory
from symgd.judge.values.names import pick
from symgd.judge.values.points import Key, Point, how_many
from symgd.judge.values.series import endless, has_coefficients, is_endless
from symgd.judge.values.values import (
    Value,
    as_multiples,
    column,
    each,
    entries,
    inner_product,
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
from symgd.judge.words import say
from symgd.judge.work import Meter
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Both,
    Call,
    Cases,
    Component,
    Derivative,
    Differential,
    Either,
    Expectation,
    Extremum,
    Fixed,
    Gradient,
    Indicator,
    Inner,
    Integral,
    Interval,
    Limit,
    Listed,
    Matrix,
    Members,
    Minus,
    Name,
    Norm,
    Number,
    Order,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Transposed,
)
from symgd.resources import spend
from symgd.verify.lazy import np

MOST_TERMS = 64
MOST_WORK = 80_000
DEEPEST = 40


# How many steps are counted at once.
AT_ONCE = 512
# Digits from which on a step is several.
MANY_DIGITS = 300
# How many steps the value of a part of a formula is, without those of its own parts; of others one.
STEPS: dict[type, int] = {
    Name: 3, Power: 3, Big: 4, Call: 8, Derivative: 15, Gradient: 15, Differential: 20,
    Expectation: 50, Integral: 100,
}  # fmt: skip
# What takes as long as digits squared; a sum or a product hardly more than their number.
SERIES = frozenset({Power, Call})
# Where numbers of other sizes come from. What a difference leaves of a 0 is none of them.
SOURCES = frozenset({Number, Power, Call, Product})


class Clock:
    """Values that one question may ask for, and the meter of the line that it is asked for."""

    def __init__(self, most: int, meter: Meter | None = None) -> None:
        self.left = most
        self.meter = meter
        self.steps = 0
        self.weight = 1

    def weigh(self, digits: int) -> None:
        """What is worked out in many digits is more work."""
        self.weight = max(1, digits // MANY_DIGITS)

    def tick(self, kind: type) -> None:
        self.left -= self.weight
        weight = self.weight**2 if kind in SERIES else self.weight
        self.steps += weight * STEPS.get(kind, 1)
        if self.left < 0:
            raise NotUnderstood(say("unknown:too-much-work"))
        if self.steps >= AT_ONCE and self.meter is not None:
            spend()
            steps, self.steps = self.steps, 0
            if not self.meter.count(steps):
                raise TooLong(say("unknown:too-long"))


@dataclass
class Evaluator:
    """One point, with indices bound (`binding`) and names overridden.

    memo       what is known here
    integrals  how many integrals this is inside of
    holes      part of a formula → the formula, and the definitions, with a name in its place
    """

    env: Environment
    point: Point
    clock: Clock
    binding: dict[str, int] = field(default_factory=dict)
    overrides: dict[Key, Value] = field(default_factory=dict)
    memo: Memory = field(default_factory=Memory)
    depth: int = 0
    integrals: int = 0
    primes: Any = None
    holes: dict[Any, Any] = field(default_factory=dict)

    def value(self, tree: Any) -> Value:
        self.clock.tick(type(tree))
        try:
            value = METHODS.get(type(tree), no_value)(self, tree)
            if type(tree) in SOURCES and not getattr(tree, "order", 0):
                self.point.measure(value, type(tree) is Product)
            return value
        except (ZeroDivisionError, ValueError, OverflowError):
            raise Outside from None
        except RecursionError:
            raise NotUnderstood(say("unknown:definitions-endless")) from None
        except NotUnderstood as trouble:
            if trouble.at < 0:
                trouble.at = tree.at
            raise

    def slope(self, compute: Callable[[Evaluator], Value], by: Any) -> Value:
        """The derivative of what `compute` gives, in the name `by`."""
        return derivatives.slope(self, compute, by)

    def bound(self, letters: dict[str, int]) -> Evaluator:
        """The same point with more indices bound."""
        if not letters:
            return self
        return self.with_(binding={**self.binding, **letters})

    def overridden(self, values: dict[Key, Value]) -> Evaluator:
        """The same point with names overridden: whatever is defined through them follows."""
        if self.depth > DEEPEST:
            raise TooDeep(say("unknown:definitions-deep"))
        overrides = {**self.overrides, **values}
        memo = self.memo.under(values, keep=not self.integrals)
        return self.with_(overrides=overrides, memo=memo, depth=self.depth + 1)

    def override(self, key: Key) -> Value | None:
        """The value that a name is overridden with; that it was looked up is noted."""
        self.memo.read(key)
        return self.overrides.get(key)

    def primed(self, what: Any) -> Any:
        """What a prime on a name, or an operator, is in on this line; None where nothing says."""
        self.memo.read(PRIMES)
        return self.primes.get(what) if self.primes else None

    def inside_integral(self) -> Evaluator:
        """The same point, one integral further in."""
        return self.with_(integrals=self.integrals + 1)

    def with_(self, **changes: Any) -> Evaluator:
        """The same with some fields changed."""
        other = Evaluator.__new__(Evaluator)
        other.__dict__.update(self.__dict__)
        other.__dict__.update(changes)
        return other


def no_value(e: Evaluator, tree: Any) -> Value:
    raise NotUnderstood(say("unknown:no-value"))


def number(e: Evaluator, tree: Number) -> Value:
    return mp.mpf(tree.value.numerator) / tree.value.denominator


def total(e: Evaluator, tree: Sum) -> Value:
    total = e.value(tree.terms[0])
    for term in tree.terms[1:]:
        value = e.value(term)
        if e.env.shapes.multiples:  # A - λ for A - λI
            total, value = as_multiples(total, value)
        total = plus(total, value)
    return total


def negative(e: Evaluator, tree: Minus) -> Value:
    return -e.value(tree.of)


def product(e: Evaluator, tree: Product) -> Value:
    total = e.value(tree.factors[0])
    for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
        total = times(total, e.value(factor), sign)
    return total


def quotient(e: Evaluator, tree: Quotient) -> Value:
    return over(e.value(tree.top), e.value(tree.bottom), tree.elementwise)


def power(e: Evaluator, tree: Power) -> Value:
    return raised(e.value(tree.base), e.value(tree.exponent), tree.elementwise)


def pairing(e: Evaluator, tree: Inner) -> Value:
    return inner_product(e.value(tree.left), e.value(tree.right))


def transpose(e: Evaluator, tree: Transposed) -> Value:
    return transposed(e.value(tree.of))


def norm(e: Evaluator, tree: Norm) -> Value:
    """A norm: a penalty has one of each array, of which a difference moves one."""
    return e.memo.value(e.env, names.label_of(e, tree), lambda: norm_of(e, tree))


def norm_of(e: Evaluator, tree: Norm) -> Value:
    items = entries(e.value(tree.of))
    if tree.kind == "1":
        return mp.fsum(map(abs, items))
    if tree.kind in (r"\infty", "infty"):
        return max(map(abs, items))
    if tree.kind not in ("2", "F"):
        raise NotUnderstood(say("unknown:norm", kind=tree.kind))
    return mp.sqrt(mp.fsum(x * x for x in items))


def absolute(e: Evaluator, tree: Absolute) -> Value:
    inner = e.value(tree.of)
    if is_array(inner) and inner.shape[0] == inner.shape[1]:
        return mp.det(matrix(inner))
    if e.env.lengths and is_array(inner) and 1 in inner.shape:
        return mp.sqrt(mp.fsum(x * x for x in entries(inner)))
    return each(abs, inner)


def rows_of(e: Evaluator, tree: Matrix) -> Value:
    rows = [[e.value(entry) for entry in row] for row in tree.rows]
    if not any(is_array(x) for row in rows for x in row):
        return tidy(np.array(rows, dtype=object))
    try:
        return tidy(np.block([[x if is_array(x) else np.array([[x]], dtype=object)
                               for x in row] for row in rows]))  # fmt: skip
    except ValueError:
        raise Misfit(say("shape:blocks")) from None


def list_of(e: Evaluator, tree: Listed) -> Value:
    return column([x for item in tree.of for x in entries(e.value(item))])


def component(e: Evaluator, tree: Component) -> Value:
    return pick(e.value(tree.of), [subscript(e, i) for i in tree.below])


def big(e: Evaluator, tree: Big) -> Value:
    """Σ or Π: that below a softmax is the same for all of its entries."""
    return e.memo.value(e.env, names.label_of(e, tree), lambda: run_over(e, tree))


def run_over(e: Evaluator, tree: Big) -> Value:
    if is_endless(tree) and not has_coefficients(tree):
        return endless(e, tree, 1 if tree.low is None else whole(e, e.value(tree.low)))
    if tree.kind == "stack":
        return stacked([inner.value(tree.body) for inner in each_index(e, tree)])
    total: Value | None = None
    for inner in each_index(e, tree):
        v = inner.value(tree.body)
        if total is None:
            total = v
        else:
            total = plus(total, v) if tree.kind == "sum" else times(total, v, "")
    return mp.mpf(tree.kind == "prod") if total is None else total


def each_index(e: Evaluator, tree: Big) -> Iterator[Evaluator]:
    """The evaluators with the indices of Σ bound, one after the other."""
    names = [i.base for i in tree.indices]
    if not names:
        names = sorted(open_letters(e, tree.body))
    spans = [span(e, n, tree) for n in names]
    if how_many(spans) > MOST_TERMS + 1:
        raise NotUnderstood(say("unknown:sum-too-long"))
    combinations = itertools.product(*spans)
    for combination in combinations:
        inner = e.bound(dict(zip(names, combination, strict=True)))
        if all(holds(inner, c) for c in tree.conditions if _filters(c)):
            yield inner


def span(e: Evaluator, letter: str, tree: Big) -> range:
    if tree.high is None:
        return letter_range(e, letter)
    high = whole(e, e.value(tree.high))
    low = 1 if tree.low is None else whole(e, e.value(tree.low))
    return range(low, high + 1)


def whole(e: Evaluator, v: Value) -> int:
    if is_array(v) or not hasattr(v, "__int__") or v != int(v):
        raise NotUnderstood(say("unknown:sum-bound"))
    return int(v)


def holds(e: Evaluator, condition: Any) -> bool:
    if isinstance(condition, Both):
        return all(holds(e, c) for c in condition.parts)
    if isinstance(condition, Either):
        return any(holds(e, c) for c in condition.parts)
    if not isinstance(condition, Relation):
        raise NotUnderstood(say("unknown:condition-relation"))
    if condition.sign in ("in", "notin"):
        return inside(e, condition) == (condition.sign == "in")
    left, right = e.value(condition.left), e.value(condition.right)
    if is_array(left) or is_array(right):
        if condition.sign != "=" or not is_array(left) or not is_array(right):
            raise NotUnderstood(say("unknown:condition-numbers"))
        return left.shape == right.shape and all(
            COMPARE["="](a, b) for a, b in zip(entries(left), entries(right), strict=True)
        )
    if not all(isinstance(v, mp.mpf | int | float) for v in (left, right)):
        raise NotUnderstood(say("unknown:condition-numbers"))  # 1 of no length yet
    if condition.sign not in COMPARE:
        raise NotUnderstood(say("unknown:condition"))
    return bool(COMPARE[condition.sign](left, right))


def inside(e: Evaluator, condition: Relation) -> bool:
    value, where = e.value(condition.left), condition.right
    if isinstance(where, Members) and where.of and not where.text:
        return any(value == e.value(m) for m in where.of)
    if isinstance(where, Interval):
        return bool(e.value(where.low) <= value <= e.value(where.high))
    return True


def indicator(e: Evaluator, tree: Indicator) -> Value:
    return mp.mpf(holds(e, tree.condition))


def cases(e: Evaluator, tree: Cases) -> Value:
    for value, condition in tree.branches:
        if condition is None or holds(e, condition):
            return e.value(value)
    raise Outside


def left_out(e: Evaluator, tree: Order) -> Value:
    raise NotUnderstood(say("unknown:order-alone"))


def place_of_extremum(e: Evaluator, tree: Extremum) -> Value:
    raise NotUnderstood(say("unknown:extremum", kind=tree.kind))


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
    Number: number,
    Name: names.value_of_name,
    Sum: total,
    Minus: negative,
    Product: product,
    Quotient: quotient,
    Power: power,
    Call: calls.value_of_call,
    Primed: derivatives.prime_alone,
    Derivative: derivatives.derivative,
    Fixed: derivatives.fixed,
    Differential: derivatives.differential,
    Inner: pairing,
    Gradient: derivatives.gradient,
    Big: big,
    Norm: norm,
    Absolute: absolute,
    Transposed: transpose,
    Component: component,
    Matrix: rows_of,
    Listed: list_of,
    Cases: cases,
    Indicator: indicator,
    Expectation: expectations.expectation,
    Integral: integrals.integral,
    Limit: integrals.limit,
    Order: left_out,
    Extremum: place_of_extremum,
    Root: roots.value_of_root,
}
