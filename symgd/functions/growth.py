"""How large the numbers of a formula could grow, found before anything is computed.

An unevaluated tree computes nothing, but whoever settles it later would: 9**9**9 has 370 million
digits. So each part carries an estimate of the bits of its exact value, and a part beyond the limit
is refused. A name counts as the number 1: what is measured is the constants around it, so that
9**(x - x + 10**9) is caught and x**1000 is not.

It is an estimate, not a bound: dividing by a difference that nearly vanishes can hide a size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import exp2, inf, log2
from typing import Final

MOST_BITS: Final = 4096
LARGEST_POWER: Final = 1000
_LOG2_E = log2(2.718281828459045)


class TooLargeError(Exception):
    """A part whose number has no room; the words say which limit it passes."""


@dataclass(frozen=True, slots=True)
class Size:
    """2**low ≲ |value| ≲ 2**high; `exact` where it is a fraction that is known.

    `constant`: no name in it. `logs`: a logarithm in it, so that exp of it can be a power.
    """

    low: float = 0.0
    high: float = 0.0
    exact: Fraction | None = None
    constant: bool = False
    logs: bool = False

    @property
    def bits(self) -> float:
        """The length of the number, whole or broken, written in binary."""
        if self.exact:
            return max(log2(abs(self.exact.numerator)), log2(self.exact.denominator))
        return max(abs(self.low), abs(self.high))


NAMED = Size()
PI = Size(log2(3.141592653589793), log2(3.141592653589793), constant=True)
E = Size(_LOG2_E, _LOG2_E, constant=True)


def number(q: Fraction) -> Size:
    """The size of a number that is known. Zero counts as 1: nothing grows from it."""
    if not q:
        return Size(exact=q, constant=True)
    log = log2(abs(q.numerator)) - log2(q.denominator)
    return _fits(Size(log, log, q, constant=True))


def negative(a: Size) -> Size:
    return a if a.exact is None else number(-a.exact)


def plus(a: Size, b: Size) -> Size:
    if a.exact is not None and b.exact is not None:
        return number(a.exact + b.exact)
    top, rest = max(a.high, b.high), min(a.high, b.high)
    return _join(min(a.low, b.low), top + log2(1 + exp2(max(rest - top, -100))), a, b)


def times(a: Size, b: Size) -> Size:
    if a.exact is not None and b.exact is not None:
        return number(a.exact * b.exact)
    return _join(a.low + b.low, a.high + b.high, a, b)


def over(a: Size, b: Size) -> Size:
    if b.exact == 0:
        raise TooLargeError("This divides by zero.")
    if a.exact is not None and b.exact is not None:
        return number(a.exact / b.exact)
    return _join(a.low - b.high, a.high - b.low, a, b)


def to_the(a: Size, e: Size) -> Size:
    """|a|**e has bits(a)·|e| bits."""
    if e.exact is not None and abs(e.exact) > LARGEST_POWER:
        raise TooLargeError(f"An exponent is at most {LARGEST_POWER} in size.")
    if a.exact == 0 and e.exact is not None and e.exact < 0:
        raise TooLargeError("This divides by zero.")
    steps = _magnitude(e)
    grown = a.bits * steps if a.bits else 0.0
    if grown > MOST_BITS:
        raise TooLargeError(_beyond(grown))
    if a.exact is not None and e.exact is not None and e.exact.denominator == 1:
        return number(a.exact**e.exact.numerator)
    if e.exact is not None:
        ends = sorted((a.low * float(e.exact), a.high * float(e.exact)))
        return _join(ends[0], ends[1], a, e)
    return _join(-grown, grown, a, e)


def exponential(u: Size) -> Size:
    """e**u; of names alone it is as free as a name, unless a logarithm makes a power of it."""
    if not (u.constant or u.logs):
        return NAMED
    grown = _LOG2_E * _magnitude(u)
    if grown > MOST_BITS:
        raise TooLargeError(_beyond(grown))
    return _join(-grown, grown, u) if u.constant else NAMED


def logarithm(u: Size) -> Size:
    log = log2(1 + u.bits)
    return Size(-log, log, constant=u.constant, logs=True)


def root(u: Size) -> Size:
    return Size(u.low / 2, u.high / 2, None, u.constant, u.logs)


def one(*parts: Size) -> Size:
    """Of the order of one, as sin, tanh and erf are."""
    return Size(constant=all(p.constant for p in parts))


def widest(*parts: Size) -> Size:
    """One of its parts, as of |u|, max and cases."""
    return _join(min(p.low for p in parts), max(p.high for p in parts), *parts)


Growth = Callable[..., Size]


def _join(low: float, high: float, *parts: Size) -> Size:
    constant = all(p.constant for p in parts)
    return _fits(Size(low, high, None, constant, any(p.logs for p in parts)))


def _magnitude(e: Size) -> float:
    """|e| at most; an exact zero is zero."""
    if e.exact is not None:
        return float(abs(e.exact)) if e.high < 64 else inf
    return exp2(e.high) if e.high < 64 else inf


def _fits(size: Size) -> Size:
    if size.bits > MOST_BITS:
        raise TooLargeError(_beyond(size.bits))
    return size


def _beyond(bits: float) -> str:
    about = f"about {bits:.0f}" if bits < 1e15 else "more than 1e15"
    return (
        f"This makes a number of {about} bits; the numbers of a formula have at most {MOST_BITS} "
        f"bits, about {int(MOST_BITS * 0.30103)} digits."
    )
