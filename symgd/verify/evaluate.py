"""Expression and numbers → one number, in mpmath, to as many digits as are asked for.

This is the second witness: it knows the value of each function and nothing about derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import DataError
from symgd.functions import BY_HEAD
from symgd.functions.primitives import BY_NAME
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.functions.rows import GROWS, TURNS, Elementary
from symgd.trees.scalars import function_name, is_application

Number = Any


def _piecewise(expr: Any, known: dict[Any, Number]) -> Number:
    value = _case(expr, known)
    return mp.nan if value is None else _evaluate(value, known)


def _case(expr: Any, known: dict[Any, Number]) -> Any:
    """What a case distinction says here; None where no case is known to be the one."""
    for value, condition in expr.args:
        holds = _holds(condition, known)
        if holds is None:
            return None
        if holds:
            return value
    return None


def _is_left_out(factor: Any, known: dict[Any, Number]) -> bool:
    """Whether a factor is a case that says 0: what it leaves out may have no value."""
    if not isinstance(factor, sp.Piecewise):
        return False
    value = _case(factor, known)
    return value is not None and (value == 0 or _is_left_out(value, known))


def _holds(condition: Any, known: dict[Any, Number]) -> bool | None:
    """Whether a condition holds at a point; None where that is not said, as in log(-1) < 2.

    The logic of three values (Kleene): a false part makes a conjunction false, whatever the rest.
    """
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.And | sp.Or):
        decides = isinstance(condition, sp.Or)
        parts = [_holds(c, known) for c in condition.args]
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if isinstance(condition, sp.Not):
        inner = _holds(condition.args[0], known)
        return None if inner is None else not inner
    if isinstance(condition, sp.ITE):
        chosen = _holds(condition.args[0], known)
        return None if chosen is None else _holds(condition.args[1 if chosen else 2], known)
    a, b = (_evaluate(side, known) for side in condition.args)
    if mp.isnan(a) or mp.isnan(b):
        return None
    sides = (a, a) if _is_tie(condition, a, b, known) else (a, b)
    return bool(RELATIONS[type(condition)].holds(*sides))


def _is_tie(condition: Any, a: Number, b: Number, known: dict[Any, Number]) -> bool:
    """Whether two sides differ by no more than rounding does: b + x - x is b, and no less than b.

    A decimal has no end in binary, so that a tie of decimals is seldom one of their roundings.
    """
    if a == b or not (mp.isfinite(a) and mp.isfinite(b)):
        return False
    terms = [t for side in condition.args if side.is_Add for t in side.args]
    largest = max(abs(x) for x in (a, b, *(_evaluate(t, known) for t in terms)))
    return bool(abs(a - b) <= mp.ldexp(largest, ROUNDED_BITS - mp.mp.prec))


def _end_of_polygamma(n: Number, u: Number) -> Number:
    return (-1) ** (n + 1) * mp.gamma(n) / u**n if n > 0 else mp.log(u)


# What is no function of the language: sums, products, and what sympy's own derivatives bring in.
_VALUES: dict[Any, Callable[..., Number]] = {
    # not fsum, which would write 1 + 2^(10^11) out in full
    sp.Add: lambda *a: sum(a),
    sp.Mul: lambda *a: mp.fprod(a),
    sp.Heaviside: lambda u, *_: mp.mpf(1 + mp.sign(u)) / 2,
    sp.DiracDelta: lambda u, *_: mp.mpf(0),
}

# Beyond it a function that grows would be written in as many digits as its argument is large.
LARGEST_ARGUMENT = 1e12
FAR_OUT = 10**4
# Beyond 2 to this power mpmath would write an argument out bit by bit, also for a function that has
# come to an end there.
LARGEST_EXPONENT = 20_000
# From so many bits on, Ei and ψ′ take hundredths of a second and more.
LONG = 1000
# Those that are summed by Bernoulli's numbers, which take minutes in thousands of digits; in so
# many bits they have no value that could be told, but for factorials.
BY_BERNOULLI = frozenset({"tgamma", "lgamma", "digamma", "trigamma", "polygamma"})
FACTORIALS = frozenset({"tgamma", "lgamma"})
MOST_BERNOULLI_BITS = 2500
ENDS: dict[str, Callable[..., Number]] = {
    "tanh": mp.sign,
    "coth": mp.sign,
    "erfc": lambda u: 1 - mp.sign(u),
    "cosint": lambda u: mp.mpf(0) if u > 0 else mp.nan,
    "expint": lambda u: mp.mpf(0) if u > 0 else mp.nan,
    "trigamma": lambda u: 1 / u if u > 0 else mp.nan,
    "polygamma": lambda n, u: _end_of_polygamma(n, u) if u > 0 else mp.nan,
}
# A function that turns has lost as many digits of its angle as that has before the point.
LOST_DIGITS = 20
# A base with more digits beside its 1 is no number that somebody raises to a power.
MOST_BESIDE_ONE = 50
# The bits of an exponent that is still written in decimals.
LONGEST_EXPONENT = 10_000
# Two sides of a condition that agree in all bits but so many may be equal.
ROUNDED_BITS = 4
# Those of a number that is worked out once.
CONSTANT_DIGITS = 200


class Strict(dict[Any, Any]):
    """Numbers of a formula that is no slope: 0 times what has no value has none."""


def evaluate(expr: Any, point: Mapping[Any, Number], strict: bool = False) -> Number:
    """The value of an expression whose symbols (and derivatives not taken) all stand in `point`.

    A result off the real line is nan. In a slope, a factor that a case says to be 0 leaves out
    what has no value there; `strict` leaves nothing out, as for a cost. Raises DataError for a name
    without a number and for a function that has no value here, such as an undeclared g(u).
    """
    return _evaluate(expr, (Strict if strict else dict)(point))


def evaluating(point: Mapping[Any, Number]) -> Callable[[Any], Number]:
    """`evaluate` at one point: a part is worked out once, however many expressions have it."""
    return partial(_evaluate, known=dict(point))


def constant(expr: Any) -> Number:
    """The value of an expression without names, to more digits than a double has.

    The formula of a primitive cancels, and a function that turns is nan where few digits of its
    angle are left: there is no sample to make this slow.
    """
    with mp.workdps(CONSTANT_DIGITS):
        return evaluate(expr, {})


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
    if expr in (sp.zoo, sp.nan, sp.I):
        return mp.nan
    if expr.is_Pow:
        return _power(_evaluate(expr.base, known), _evaluate(expr.exp, known))
    if isinstance(expr, sp.Piecewise):
        return _piecewise(expr, known)
    if expr.is_Mul:
        if not isinstance(known, Strict) and any(_is_left_out(a, known) for a in expr.args):
            return mp.mpf(0)
        if any(_is_divisor(a) for a in expr.args):
            return _quotient(expr.args, known)
    args = [_evaluate(a, known) for a in expr.args]
    if expr.func in BY_HEAD:
        return at(BY_HEAD[expr.func], *args)
    if is_application(expr) and function_name(expr) in BY_NAME:
        return _evaluate(BY_NAME[function_name(expr)].formula(expr.args[0]), known)
    if expr.func not in _VALUES:
        raise DataError(
            f"{expr.func} has no number; it is a function of which only the name is known."
        )
    return real(_VALUES[expr.func], *args)


def _is_divisor(factor: Any) -> bool:
    return bool(factor.is_Pow and factor.exp == -1)


def _quotient(factors: Any, known: dict[Any, Number]) -> Number:
    """A product with divisors, divided once: x·(1/x) is 1 to most x alone, and x/x to all."""
    above, below = mp.mpf(1), mp.mpf(1)
    for f in factors:
        if _is_divisor(f):
            below *= _evaluate(f.base, known)
        else:
            above *= _evaluate(f, known)
    return mp.nan if below == 0 else real(lambda: above / below)


def at(row: Elementary, *args: Number) -> Number:
    """A function of the table at numbers; nan off the real line, and where no digit would be left.

    Of an argument too large for one that grows the value is infinite, and not without a value: on
    that side of a point there is no limit, and the domain goes on.

    Raises DataError for a row without a value.
    """
    if row.value is None:
        raise DataError(f"{row.name} has no number; only its slopes are known.")
    if any(map(mp.isnan, args)):
        return mp.nan  # Python's max(1, nan) is 1
    if row.name in ENDS and mp.isfinite(args[-1]) and mp.mag(args[-1]) > LARGEST_EXPONENT:
        return ENDS[row.name](*args)
    if row.huge == GROWS and abs(args[0]) > LARGEST_ARGUMENT:
        return _far_out(row, args[0])
    if row.huge == TURNS and abs(args[0]) > mp.mpf(10) ** (mp.mp.dps - LOST_DIGITS):
        return mp.nan
    is_factorial = row.name in FACTORIALS and mp.isint(args[-1])
    if row.name in BY_BERNOULLI and mp.mp.prec > MOST_BERNOULLI_BITS and not is_factorial:
        return mp.nan
    return real(row.value, *args) if mp.mp.prec < LONG else _once(row, args, mp.mp.prec)


@lru_cache(maxsize=256)
def _once(row: Elementary, args: tuple[Number, ...], bits: int) -> Number:
    """The function in so many bits, of which a page asks at one point in line after line."""
    assert row.value is not None
    return real(row.value, *args)


def _far_out(row: Elementary, u: Number) -> Number:
    """What a function that grows goes to, which its value at FAR_OUT tells: ±∞ or 0, else nan."""
    assert row.value is not None
    value = real(row.value, mp.sign(u) * FAR_OUT)
    if abs(value) < 1 / FAR_OUT**10:
        return mp.mpf(0)
    return mp.sign(value) * mp.inf if abs(value) > FAR_OUT**10 else mp.nan


def written(x: Number, digits: int) -> str:
    """The number in so many digits; one whose exponent has thousands of them is not written out,
    which Python refuses to do and GMP would do."""
    if mp.isfinite(x) and x != 0 and int(mp.mag(x)).bit_length() > LONGEST_EXPONENT:
        size = "more" if abs(x) > 1 else "less"
        return f"{'-' if x < 0 else ''}({size} than can be written)"
    return str(mp.nstr(x, digits))


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
        return mp.nan if base < 0 else _far_power(base, exponent)
    return real(lambda b, e: b**e, base, exponent)


def _far_power(base: Number, exponent: Number) -> Number:
    """A power of base ≥ 0 whose exponent is large: ∞ or 0, unless the base is near 1, and nan where
    it is so near that it may be 1, for 1^±∞ has no value."""
    if base not in (0, 1) and mp.isfinite(base) and mp.isfinite(exponent):
        grown = exponent * mp.log(base)
        if abs(grown) <= LARGEST_ARGUMENT:
            told = abs(base - 1) > mp.mpf(10) ** -min(MOST_BESIDE_ONE, mp.mp.dps - LOST_DIGITS)
            return mp.exp(grown) if told else mp.nan
    return real(lambda b, e: b**e, base, mp.sign(exponent) * mp.inf)
