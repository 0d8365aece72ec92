"""Where a number may lie: ℝ, (0, 1), [0, ∞), {0, 1}, ℕ.

    text                               set
    real                               ℝ
    positive, (0, oo)                  0 < x
    (-1, 1)  [0, 1]  (0, 1]  [0, oo)   an interval; a round end is left out, a square one is in
    {0, 1}  {-1, 1}                    a finite set
    {0, 1, 2, ...}                     the counts

Infinity and nan lie in none of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, Literal

from symgd.errors import FormulaError, quote

NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20}|/[1-9][0-9]{0,19})?\Z")
INTERVAL = re.compile(r"([(\[])([^,]+),([^,]+)([)\]])\Z")
LONGEST_TEXT = 200

# Primes, and several of them: two samples are seldom equal, and never 0, 1 or 1/2.
DENOMINATORS = (983, 991, 997, 1009, 1013)

# word        the same set in brackets
WORDS = {
    "real": "(-oo, oo)",
    "ℝ": "(-oo, oo)",
    "positive": "(0, oo)",
    "ℕ": "{0, 1, 2, ...}",
}


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of real numbers.

    interval   low and high are its ends, None where it has none; `closed` says which are in it
    finite     `members`, in order
    counts     0, 1, 2, ...
    """

    kind: Literal["interval", "finite", "counts"]
    low: Fraction | None = None
    high: Fraction | None = None
    closed: tuple[bool, bool] = (False, False)
    members: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "interval" and not self._low < self._high:
            raise FormulaError(
                f"{self} holds no interval; the first end must be less than the second."
            )
        if self.kind == "interval" and (
            (self.low is None and self.closed[0]) or (self.high is None and self.closed[1])
        ):
            raise FormulaError(f"{self} has a square bracket at infinity; write a round one.")
        if self.kind == "finite" and not self.members:
            raise FormulaError("{} is empty; a finite set is written like {0, 1}.")

    @property
    def _low(self) -> Fraction | float:
        return -math.inf if self.low is None else self.low

    @property
    def _high(self) -> Fraction | float:
        return math.inf if self.high is None else self.high

    def contains(self, x: float | Fraction) -> bool:
        """x ∈ self. Exact: a float is compared as the rational number that it is."""
        if self.kind == "finite":
            return x in self.members
        if self.kind == "counts":
            return 0 <= x < math.inf and x == math.floor(x)
        above = self._low <= x if self.closed[0] else self._low < x
        below = x <= self._high if self.closed[1] else x < self._high
        return bool(above and below)

    def member(self, *likely: float) -> float:
        """A plain number of the set: the first of those that are likely, or one near an end."""
        for x in likely:
            if self.contains(x):
                return x
        if self.kind == "finite":
            return float(self.members[0])
        ends = [e for e in (self.low, self.high) if e is not None]
        return float(sum(ends, Fraction(0)) / len(ends) if len(ends) == 2 else ends[0] + 1)

    @property
    def example(self) -> str:
        """A plain number of the set as a message writes it."""
        return f"{self.member(1.0, 0.5, -1.0):g}"

    def outside(self, values: Any) -> int | None:
        """The index of the first of `values` that is not in the set, or None.

        `values` is a number, a sequence or an array; in an array of several dimensions the index
        counts in row-major order.
        """
        import numpy as np  # 0.1 s that a derivation need not wait for

        x = np.asarray(values, dtype=float).ravel()
        if self.kind == "finite":
            inside = np.isin(x, [float(m) for m in self.members])
        elif self.kind == "counts":
            inside = (x >= 0) & (x < math.inf) & (x == np.floor(x))
        else:
            low, high = float(self._low), float(self._high)
            inside = (x >= low if self.closed[0] else x > low) & (
                x <= high if self.closed[1] else x < high
            )
        return None if inside.all() else int(np.argmin(inside))

    def sample(self, rng: Random) -> Fraction:
        """A point of the set, rational, and at no special place: k/997 rather than 0, 1/2 or 1.

        ℝ: within (-3, 3). A half-line: 0.05 to 4 from its end. An interval: not nearer to its
        ends than 1/50 of its length. A finite set: any member. The counts: 0 to 6.
        """
        if self.kind == "finite":
            return rng.choice(self.members)
        if self.kind == "counts":
            return Fraction(rng.randint(0, 6))
        match self.low, self.high:
            case None, None:
                return rng.choice((-1, 1)) * _generic(rng, Fraction(1, 100), Fraction(3))
            case Fraction() as low, None:
                return low + _generic(rng, Fraction(1, 20), Fraction(4))
            case None, Fraction() as high:
                return high - _generic(rng, Fraction(1, 20), Fraction(4))
            case Fraction() as low, Fraction() as high:
                return low + (high - low) * _generic(rng, Fraction(1, 50), Fraction(49, 50))
        raise AssertionError(self)  # pragma: no cover

    def meets(self, other: Domain) -> bool:
        """Whether the two share an interval or, where one of them is discrete, a member."""
        if self.kind == "interval" and other.kind == "interval":
            return max(self._low, other._low) < min(self._high, other._high)
        if self.kind == "finite":
            return any(map(other.contains, self.members))
        if other.kind == "finite":
            return any(map(self.contains, other.members))
        interval = self if self.kind == "interval" else other
        first = max(0, math.floor(interval.low or 0))
        return interval.kind == "counts" or any(map(interval.contains, (first, first + 1)))

    def is_above(self, low: int) -> bool:
        """Whether everything in the set is greater than a number."""
        if self.kind == "interval":
            return self._low > low or (self._low == low and not self.closed[0])
        return (min(self.members) if self.members else 0) > low

    @property
    def text(self) -> str:
        """As a terminal shows it: `(0, 1)`, `ℝ`, `[0, ∞)`, `{0, 1}`, `ℕ`."""
        if self.kind == "counts":
            return "ℕ"
        return "ℝ" if self == REAL else str(self).replace("oo", "∞")

    @property
    def latex(self) -> str:
        r"""As LaTeX writes it: `(0, 1)`, `\mathbb{R}`, `[0, \infty)`, `\{0, 1\}`, `\mathbb{N}`."""
        if self.kind == "counts":
            return r"\mathbb{N}"
        if self == REAL:
            return r"\mathbb{R}"
        escaped = str(self).replace("{", r"\{").replace("}", r"\}")
        return escaped.replace("oo", r"\infty")

    def __str__(self) -> str:
        """The text that `domain` reads back."""
        if self.kind == "counts":
            return "{0, 1, 2, ...}"
        if self.kind == "finite":
            return f"{{{', '.join(map(_shown_number, self.members))}}}"
        low = "-oo" if self.low is None else _shown_number(self.low)
        high = "oo" if self.high is None else _shown_number(self.high)
        return f"{'(['[self.closed[0]]}{low}, {high}{')]'[self.closed[1]]}"


def _generic(rng: Random, low: Fraction, high: Fraction) -> Fraction:
    """k/q in [low, high], q a prime that does not divide k."""
    q = rng.choice(DENOMINATORS)
    while True:
        k = rng.randint(math.ceil(low * q), math.floor(high * q))
        if k % q:
            return Fraction(k, q)


def _shown_number(x: Fraction) -> str:
    """As a decimal where that is exact and short, else as a fraction."""
    decimal = f"{float(x):.15g}"
    return decimal if "e" not in decimal and Fraction(decimal) == x else str(x)


REAL = Domain("interval")


@cache
def domain(text: str) -> Domain:
    """The set that a text names: `real`, `(0, 1)`, `[0, oo)`, `{-1, 1}`, `{0, 1, 2, ...}`.

    Raises FormulaError where the text names none.
    """
    if len(text) > LONGEST_TEXT:
        raise _unread(text)
    compact = "".join(WORDS.get(text.strip(), text).split()).replace("∞", "oo")
    if compact in ("{0,1,2,...}", "{0,1,2,…}"):
        return Domain("counts")
    if compact.startswith("{") and compact.endswith("}"):
        members = {_number(m, text) for m in compact[1:-1].split(",")}
        return Domain("finite", members=tuple(sorted(members)))
    parts = INTERVAL.match(compact)
    if not parts:
        raise _unread(text)
    return Domain(
        "interval",
        low=None if parts[2] == "-oo" else _number(parts[2], text),
        high=None if parts[3] in ("oo", "+oo") else _number(parts[3], text),
        closed=(parts[1] == "[", parts[4] == "]"),
    )


def _number(text: str, whole: str) -> Fraction:
    if not NUMBER.match(text):
        raise _unread(whole)
    return Fraction(text)


def _unread(text: str) -> FormulaError:
    return FormulaError(
        f"{quote(text)} is not a domain; write real, positive, an interval such as (0, 1) or "
        "[0, oo), a finite set such as {0, 1}, or {0, 1, 2, ...}."
    )
