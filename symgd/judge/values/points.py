r"""A point: values of everything that nothing defines, drawn when first asked for.

A letter has a domain if one is assumed (`x < 0`, `y \in \{-1, 1\}`); else it is drawn from the
first of these habits that gives a line a value: the real line, the positive half, (0, 1). Where a
line has corners far out, or is flat where letters usually lie, they are drawn on other scales.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import mpmath as mp

from symgd.judge.environment.environment import ONES, Environment
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.digits import DIGITS, USUAL, extent
from symgd.judge.values.values import Value, is_array
from symgd.judge.words import say
from symgd.language.latex.syntax import (
    Big,
    Call,
    Interval,
    Members,
    Minus,
    Name,
    Number,
    Power,
    Relation,
)
from symgd.verify.lazy import np

# habit    lowest, highest, with both signs
HABITS = {
    "real": (Fraction(1, 5), Fraction(9, 4), True),
    "positive": (Fraction(1, 5), Fraction(9, 4), False),
    "unit": (Fraction(1, 12), Fraction(11, 12), False),
}
TURNS: dict[str, Callable[[Any], Any]] = {"minus": lambda x: -x, "inverse": lambda x: 1 / x}
STEP = 1000
MOST_ENTRIES = 150

Key = tuple[str, tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Bounds:
    """Where a letter may lie: between two numbers, or among a few."""

    low: Fraction | None = None
    high: Fraction | None = None
    members: tuple[Fraction, ...] = ()

    def meet(self, other: Bounds) -> Bounds:
        lows = [x for x in (self.low, other.low) if x is not None]
        highs = [x for x in (self.high, other.high) if x is not None]
        return Bounds(max(lows, default=None), min(highs, default=None),
                      self.members or other.members)  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether no more than one number is left between the two."""
        return self.low is not None and self.high is not None and self.low >= self.high

    @property
    def is_closed(self) -> bool:
        """Whether it leaves no room to go far."""
        return bool(self.members) or (self.low is not None and self.high is not None)

    @property
    def end(self) -> Any:
        """The number that it is bounded by, or 0."""
        found = next((x for x in (self.low, self.high) if x is not None), Fraction(0))
        return mp.mpf(found.numerator) / found.denominator

    def draw(self, rng: Random) -> Fraction:
        if self.members:
            return rng.choice(self.members)
        low, high = self.low, self.high
        if low is None and high is None:
            return _generic(rng, *HABITS["real"])
        if high is None:
            assert low is not None
            return low + _generic(rng, Fraction(1, 20), Fraction(3), False)
        if low is None:
            return high - _generic(rng, Fraction(1, 20), Fraction(3), False)
        return low + (high - low) * _generic(rng, Fraction(1, 20), Fraction(19, 20), False)


def _generic(rng: Random, low: Fraction, high: Fraction, signed: bool) -> Fraction:
    """Three decimals, at no special place."""
    while True:
        k = rng.randint(int(low * STEP), int(high * STEP))
        if k % 25:
            value = Fraction(k, STEP)
            return -value if signed and rng.random() < 0.5 else value


class Draw(NamedTuple):
    """A way to draw letters; see Point."""

    seed: int
    habit: str
    scale: Fraction = Fraction(1)
    turned: tuple[str, str] | None = None
    digits: int = DIGITS


def how_many(spans: Iterable[range]) -> int:
    """Choices of a number of each span; `len` has no answer past the words of the machine."""
    return math.prod(max(0, s.stop - s.start) for s in spans)


@dataclass
class Point:
    """One draw of every leaf; what was drawn is kept, for the counterexample.

    scale    what letters without a domain are multiplied by, each by a power of it from 0 to 1
    turned   a letter that is turned out of the habit: x → -x, p → 1/p
    digits   those that are worked with here
    extent   how far from 1 a number was that came up here, in bits, where that is far
    """

    env: Environment
    seed: int
    habit: str = "real"
    scale: Fraction = Fraction(1)
    turned: tuple[str, str] | None = None
    digits: int = DIGITS
    extent: int = 0
    drawn: dict[Any, Value] = field(default_factory=dict)
    coefficients: dict[Any, list[Any]] = field(default_factory=dict)
    # The values that random letters take, and sums of their weights.
    outcomes: dict[Key, list[Value]] = field(default_factory=dict)
    weights: dict[str, list[Any]] = field(default_factory=dict)
    tables: dict[Any, Any] = field(default_factory=dict)
    # Unknown function → what each of its arguments adds, by the number and its digits.
    shares: dict[Any, list[dict[Any, Any]]] = field(default_factory=dict)

    @property
    def draw_of(self) -> Draw:
        """What tells this point from others of its environment."""
        return Draw(self.seed, self.habit, self.scale, self.turned, self.digits)

    def rng(self, key: Any) -> Random:
        return Random(f"{self.seed} {key!r}")

    def measure(self, value: Value, large: bool = False) -> None:
        """Note how far from the usual sizes a value is, or how far above them."""
        for x in value.flat if is_array(value) else (value,):
            far = extent(x) if type(x) is mp.mpf else 0
            if far > USUAL and far > self.extent and not (large and abs(x) < 1):
                self.extent = far

    def leaf(self, key: Key, shape: tuple[int, int] = (1, 1)) -> Value:
        """The value of a name that nothing defines."""
        if key not in self.drawn:
            self.drawn[key] = self.draw(key, shape)
            self.measure(self.drawn[key])
        return self.drawn[key]

    def draw(self, key: Key, shape: tuple[int, int]) -> Value:
        rng = self.rng(key)
        if key[0] in self.env.ranges.integral:
            return mp.mpf(self.counted(key))
        if shape == (1, 1):
            return self.number(key[0], rng)
        if shape[0] * shape[1] > MOST_ENTRIES:
            raise NotUnderstood(say("unknown:array-size", rows=shape[0], columns=shape[1]))
        out = np.empty(shape, dtype=object)
        for i in np.ndindex(*shape):
            out[i] = self.number(key[0], rng)
        if key[0] in self.env.assumptions.symmetric:
            out = (out + out.T) / 2
        if key[0] in self.env.assumptions.orthogonal:
            return orthonormal(out) if shape[0] >= shape[1] else orthonormal(out.T).T
        return out

    def counted(self, key: Key) -> int:
        """A whole number that a family of indices takes, no two alike where that can be."""
        size = self.size(("values", key[0]))
        order = list(range(1, size + 1))
        Random(f"{self.seed} {key[0]}").shuffle(order)
        first = next((i for i in key[1] if isinstance(i, int)), 0)
        return order[first % size]

    def number(self, base: str, rng: Random) -> Any:
        bounds = self.env.assumptions.bounds.get(base)
        drawn = _generic(rng, *HABITS[self.habit]) if bounds is None else bounds.draw(rng)
        value = mp.mpf(drawn.numerator) / drawn.denominator
        if self.turned is not None and base == self.turned[0]:
            return TURNS[self.turned[1]](value)
        if self.scale == 1 or (bounds is not None and bounds.is_closed):
            return value
        end = bounds.end if bounds is not None else 0
        return end + self.scaled(value - end, rng)

    def scaled(self, value: Any, rng: Random) -> Any:
        """The value times a power of the scale, rounded to what is shown of it."""
        half = rng.choice((0, 1, 2) if self.scale > 1 else (1, 2))
        scale = mp.mpf(self.scale.numerator) / self.scale.denominator
        return mp.mpf(mp.nstr(value * mp.sqrt(scale) ** half, 4))

    def size(self, key: tuple[str, ...]) -> int:
        return self.env.shapes.sizes.get(self.env.ranges.find(key), 3)

    def function(self, name: Any, arguments: list[Any]) -> Any:
        """A smooth function of which nothing is known, the same at every call of this point."""
        label = (name, len(arguments))
        if label not in self.coefficients:
            rng = self.rng(name)
            drawn = [[mp.mpf(rng.randint(200, 1800)) / STEP for _ in range(4)] for _ in arguments]
            self.coefficients[label] = drawn
        total = mp.mpf("0.3")
        prec = mp.mp.prec
        # Of many arguments a difference moves one.
        for drawn, u, known in zip(
            self.coefficients[label], arguments,
            self.shares.setdefault(label, [{} for _ in arguments]), strict=True,
        ):  # fmt: skip
            key = (getattr(u, "_mpf_", u), prec)
            if key not in known:
                a, b, c, d = drawn
                known[key] = 1 + d * u / 7, a * mp.sin(b * u + c), d * u
            factor, wave, line = known[key]
            total = total * factor + wave + line
        return total


def orthonormal(columns: Any) -> Any:
    """The columns of a matrix made orthonormal, one after the other (Gram and Schmidt)."""
    out = columns.copy()
    for j in range(out.shape[1]):
        for i in range(j):
            out[:, j] = out[:, j] - out[:, i] * mp.fsum(out[:, i] * out[:, j])
        out[:, j] = out[:, j] / mp.sqrt(mp.fsum(x * x for x in out[:, j]))
    return out


# -- what is assumed ---------------------------------------------------------------------------

POSITIVE = Bounds(low=Fraction(0))
# name of a set             its numbers
SETS = {
    "R": Bounds(), "R+": POSITIVE, "R_+": POSITIVE, "R_>0": POSITIVE, "R_++": POSITIVE,
    "R_{>0}": POSITIVE, "R_+*": POSITIVE, "R^+": POSITIVE,
    "N": Bounds(members=tuple(map(Fraction, range(1, 6)))),
    "Z": Bounds(members=tuple(map(Fraction, range(-4, 5)))),
}  # fmt: skip


def bounds_of(assumed: list[Any]) -> dict[str, Bounds]:
    """base → where it lies, as far as single letters are bounded by numbers."""
    out: dict[str, Bounds] = {}
    for relation in assumed:
        found = _bounded(relation) if isinstance(relation, Relation) else None
        if found is not None:
            base, bounds = found
            out[base] = out[base].meet(bounds) if base in out else bounds
    return out


def _bounded(relation: Relation) -> tuple[str, Bounds] | None:
    left, sign, right = relation.left, relation.sign, relation.right
    if isinstance(right, Name) and number_of(left) is not None and sign in FLIPPED:
        left, sign, right = right, FLIPPED[sign], left
    if vanishes(relation):
        return left.base.base, SMALL
    if not isinstance(left, Name):
        return None
    value = number_of(right)
    if value is not None:
        if sign in ("<", "<="):
            return left.base, Bounds(high=value)
        if sign in (">", ">="):
            return left.base, Bounds(low=value)
    if sign == "in" and isinstance(right, Members):
        numbers = [number_of(m) for m in right.of]
        if right.text:
            return (left.base, SETS[right.text]) if right.text in SETS and not numbers else None
        if numbers and None not in numbers:
            return left.base, Bounds(members=tuple(n for n in numbers if n is not None))
    if sign == "in" and isinstance(right, Interval):
        low, high = number_of(right.low), number_of(right.high)
        return left.base, Bounds(low, high)
    return None


# So small that its square is nothing beside it, in the digits that are compared.
SMALL = Bounds(Fraction(1, 10**15), Fraction(2, 10**15))
INFINITESIMAL = frozenset({r"\epsilon", r"\delta", r"\eta"})


def vanishes(relation: Relation) -> bool:
    r"""Whether this is \epsilon^2 = 0, the law of dual numbers."""
    left = relation.left
    return (
        relation.sign == "="
        and isinstance(left, Power)
        and isinstance(left.base, Name)
        and left.base.base in INFINITESIMAL
        and number_of(left.exponent) == 2
        and number_of(relation.right) == 0
    )


FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def number_of(tree: Any) -> Fraction | None:
    """The number, if the tree is a literal."""
    if isinstance(tree, Minus):
        inner = number_of(tree.of)
        return None if inner is None else -inner
    return tree.value if isinstance(tree, Number) else None


def is_zero(tree: Any) -> bool:
    """Whether the tree is 0, as it is written."""
    return number_of(tree) == 0


def summed_to(relation: Any) -> tuple[str, Any] | None:
    """(t, 1) of Σ_c t_c = 1: a family whose numbers are scaled to that sum.

    Or of sum(t) = 1, and of rowsum(T) = 𝟏.
    """
    if not isinstance(relation, Relation) or relation.sign != "=":
        return None
    left, right = relation.left, relation.right
    if isinstance(left, Call) and len(left.arguments) == 1 and isinstance(left.arguments[0], Name):
        of = left.arguments[0]
        if left.function.base == r"\rowsum" and isinstance(right, Name) and right.base == ONES:
            return of.base, Fraction(1)
        if left.function.base == r"\sum" and (total := number_of(right)) is not None:
            return of.base, total
        return None
    for a, b in ((relation.left, relation.right), (relation.right, relation.left)):
        if (
            isinstance(a, Big)
            and a.kind == "sum"
            and isinstance(a.body, Name)
            and len(a.indices) == 1
            and number_of(b) is not None
        ):
            return a.body.base, number_of(b)
    return None
