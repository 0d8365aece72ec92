"""Expression and numbers → one number, in mpmath, to as many digits as are asked for.

This is the second witness: it knows the value of each function and nothing about derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import DataError

Number = Any


def _piecewise(expr: Any, known: dict[Any, Number]) -> Number:
    for value, condition in expr.args:
        if _holds(condition, known):
            return _evaluate(value, known)
    return mp.nan


_COMPARE: dict[Any, Callable[[Number, Number], bool]] = {
    sp.StrictLessThan: lambda a, b: a < b,
    sp.LessThan: lambda a, b: a <= b,
    sp.StrictGreaterThan: lambda a, b: a > b,
    sp.GreaterThan: lambda a, b: a >= b,
    sp.Equality: lambda a, b: a == b,
    sp.Unequality: lambda a, b: a != b,
}


def _holds(condition: Any, known: dict[Any, Number]) -> bool:
    """Whether a condition holds at a point."""
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.And):
        return all(_holds(c, known) for c in condition.args)
    if isinstance(condition, sp.Or):
        return any(_holds(c, known) for c in condition.args)
    if isinstance(condition, sp.Not):
        return not _holds(condition.args[0], known)
    if isinstance(condition, sp.ITE):
        return _holds(condition.args[1 if _holds(condition.args[0], known) else 2], known)
    a, b = (_evaluate(side, known) for side in condition.args)
    return _COMPARE[type(condition)](a, b)


# head              value
_VALUES: dict[Any, Callable[..., Number]] = {
    # not fsum, which would write 1 + 2^(10^11) out in full
    sp.Add: lambda *a: sum(a),
    sp.Mul: lambda *a: mp.fprod(a),
    sp.exp: mp.exp,
    sp.log: mp.log,
    sp.sin: mp.sin,
    sp.cos: mp.cos,
    sp.tan: mp.tan,
    sp.cot: mp.cot,
    sp.sec: mp.sec,
    sp.csc: mp.csc,
    sp.asin: mp.asin,
    sp.acos: mp.acos,
    sp.atan: mp.atan,
    sp.sinh: mp.sinh,
    sp.cosh: mp.cosh,
    sp.tanh: mp.tanh,
    sp.coth: mp.coth,
    sp.sech: mp.sech,
    sp.csch: mp.csch,
    sp.asinh: mp.asinh,
    sp.acosh: mp.acosh,
    sp.atanh: mp.atanh,
    sp.erf: mp.erf,
    sp.erfc: mp.erfc,
    sp.Abs: abs,
    sp.sign: mp.sign,
    sp.Max: max,
    sp.Min: min,
    sp.Heaviside: lambda u, *_: mp.mpf(u > 0),
    sp.DiracDelta: lambda u, *_: mp.mpf(0),
}


# Functions whose value at a huge argument would be written in as many digits as that is large.
_GROWING = frozenset({sp.exp, sp.sinh, sp.cosh, sp.sech, sp.csch})
LARGEST_ARGUMENT = 1e12
# Functions that turn on within the digits that a huge argument does not have.
_TURNING = frozenset({sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc})
LOST_DIGITS = 20


def evaluate(expr: Any, point: Mapping[Any, Number]) -> Number:
    """The value of an expression whose symbols (and derivatives not taken) all stand in `point`.

    A result off the real line is nan. Raises DataError for a name without a number and for a
    function that has no value here, such as an undeclared g(u).
    """
    return _evaluate(expr, dict(point))


def _evaluate(expr: Any, known: dict[Any, Number]) -> Number:
    """As `evaluate`; `known` grows, so that a part that occurs twice is computed once."""
    if expr not in known:
        known[expr] = _value(expr, known)
    return known[expr]


def _value(expr: Any, known: dict[Any, Number]) -> Number:
    if expr.is_Rational:
        return mp.mpf(int(expr.p)) / int(expr.q)
    if expr.is_NumberSymbol or expr.is_Float:
        return mp.mpf(expr._to_mpmath(mp.mp.prec + 8))
    if expr.is_Symbol:
        raise DataError(f"{expr} has no number; give one, for example {expr}=1.")
    if expr.is_Pow:
        return _power(_evaluate(expr.base, known), _evaluate(expr.exp, known))
    if isinstance(expr, sp.Piecewise):
        return _piecewise(expr, known)
    value = _VALUES.get(expr.func)
    if value is None:
        raise DataError(
            f"{expr.func} has no number; it is a function of which only the name is known."
        )
    args = [_evaluate(a, known) for a in expr.args]
    if expr.func in _GROWING and abs(args[0]) > LARGEST_ARGUMENT:
        return mp.mpf(0) if expr.func is sp.exp and args[0] < 0 else mp.nan
    if expr.func in _TURNING and abs(args[0]) > mp.mpf(10) ** (mp.mp.dps - LOST_DIGITS):
        return mp.nan
    return real(value, *args)


def fraction(x: Any) -> Number:
    """A rational number in mpmath, at the working precision."""
    return mp.mpf(x.numerator) / x.denominator


def real(value: Callable[..., Number], *args: Number) -> Number:
    """value(args), or nan where it is not a real number."""
    try:
        out = value(*args)
    except (ZeroDivisionError, ValueError, OverflowError):
        return mp.nan
    return mp.nan if isinstance(out, mp.mpc) else out


def _power(base: Number, exponent: Number) -> Number:
    if base == 0 and exponent < 0:
        return mp.nan
    if abs(exponent) > LARGEST_ARGUMENT:
        return mp.nan
    return real(lambda b, e: b**e, base, exponent)
