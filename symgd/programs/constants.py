"""Constants of a program that no double tells: they are left to numbers of a wider range."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.programs.program import Program
from symgd.verify.evaluate import constant

# the doubles that have all their digits, and whole numbers that surely are among them
TINY, HUGE, LARGE = sys.float_info.min, sys.float_info.max, 2**53


def has_constant_beyond(program: Program) -> bool:
    """Whether a constant of the program is finite and no double, such as sinh(1000) or erfc(100).

    Written as inf or 0 it raises no flag, and 1 - sinh(1000)^(-v) is 1 with it, for every v > 0.
    """
    exprs = (*(line.expr for line in program.lines), *program.results)
    return any(is_beyond(c) for e in exprs for c in constants_of(e))


def constants_of(e: Any) -> Iterator[Any]:
    """The constants that are written as one number, those among factors multiplied."""
    if not e.free_symbols:
        if isinstance(e, sp.Expr):
            yield e
        return
    rest = e.args
    if e.is_Mul:
        numbers = [f for f in e.args if not f.free_symbols]
        rest = [f for f in e.args if f.free_symbols]
        if numbers:
            yield sp.Mul(*numbers, evaluate=False)
    for part in rest:
        yield from constants_of(part)


def endless(e: Any) -> float | None:
    """±∞ for a constant with 1/0 in it as a factor, as IEEE has it of the one 0 that there is; None
    for any other."""
    factors = e.args if e.is_Mul else (e,)
    if not any(f.is_Pow and f.base == 0 and f.exp.is_negative for f in factors):
        return None
    rest = [f for f in factors if not (f.is_Pow and f.base == 0)]
    value = constant(sp.Mul(*rest, evaluate=False)) if rest else mp.mpf(1)
    return float(mp.sign(value) * mp.inf) if mp.isfinite(value) and value != 0 else math.nan


def is_beyond(e: Any) -> bool:
    """Whether a constant has a value, and the nearest double has none or few of its digits."""
    if e.is_Rational and -LARGE < e.p < LARGE and e.q < LARGE:
        return False
    value = Fraction(int(e.p), int(e.q)) if e.is_Rational else constant(e)
    if value == 0 or not (e.is_Rational or mp.isfinite(value)):
        return False
    return not TINY <= abs(value) <= HUGE
