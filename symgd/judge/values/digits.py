r"""In how many digits values are worked out, and what these digits are good for.

A difference (f(x + h) - f(x - h))/2h of f ≈ 10^s with h = 10^-k loses s + k digits, and so does a
sum whose terms cancel. In d digits a step has k = 28 d/100, so that of two differences, one in the
other, 44 d/100 stay, less s: in a hundred digits more than enough for sizes near 1. Where numbers
are of other sizes, more digits are worked with, until what is compared stands still: e^{e^5} + uz
has a slope in u.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import mpmath as mp

from symgd.resources import current

# Digits that are worked with, and those that are worked with next where they do not suffice.
LEVELS = (100, 250, 700, 2000, 6000, 16000)
DIGITS = LEVELS[0]
AGREEING_DIGITS = 20
TOLERANCE = mp.mpf(10) ** -AGREEING_DIGITS
# Of a hundred digits those that a step takes, and a step to one side, which is as far off as it is
# long.
STEP_DIGITS, ONE_SIDED_DIGITS = 28, 40
# Beside numbers near 1, what is smaller than this is compared as if it were of this size.
FLOOR_DIGITS = 12
# Bits of a number beyond which, above or below 1, it is far from the usual sizes.
USUAL = 30


@cache
def step(digits: int) -> Any:
    """h of a difference to both sides: 1e-28 in a hundred digits."""
    return mp.mpf(10) ** -step_digits(digits)


@cache
def one_sided(digits: int) -> Any:
    """h of a difference to one side."""
    return mp.mpf(10) ** -(ONE_SIDED_DIGITS * digits // DIGITS)


def step_digits(digits: int) -> int:
    return STEP_DIGITS * digits // DIGITS


@cache
def floor(digits: int) -> Any:
    """The least size that values are compared in: what two differences leave of a 0 is far less."""
    return mp.mpf(10) ** -(FLOOR_DIGITS + (DIGITS - 2 * STEP_DIGITS) * (digits - DIGITS) // DIGITS)


def more_than(digits: int) -> int | None:
    """The digits that are worked with next; None after the last, or the last that may be."""
    most = current().most("digits")
    return next((d for d in LEVELS if digits < d <= most), None)


def digits_above(size: Any) -> int | None:
    """The fewest digits in which a size is compared as it is; None where it is too small in all."""
    most = current().most("digits")
    return next((d for d in LEVELS if floor(d) <= size and d <= most), None)


def sufficient(bits: int) -> int | None:
    """The fewest digits in which the last that two differences leave is below a number that lies
    so many binary places from 1; None where none of them do.
    """
    beyond = bits * math.log10(2) + AGREEING_DIGITS
    most = current().most("digits")
    return next((d for d in LEVELS if beyond <= d - 2 * step_digits(d) and d <= most), None)


def extent(number: Any) -> int:
    """How many binary places a number that is not 0 lies from 1, above or below."""
    _, mantissa, exponent, bits = number._mpf_
    return abs(exponent + bits) if mantissa else 0
