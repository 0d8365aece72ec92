"""Numbers and arrays of numbers, to as many digits as are asked for, and what is done with them.

A value is an mpmath number or a two-dimensional numpy array of them (a vector is n×1 or 1×n).
Nothing broadcasts in silence: a number goes with everything, a row or a column with a matrix that
has as many columns or rows (the bias of a layer), anything else must have the same shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.digits import DIGITS, floor
from symgd.judge.words import say
from symgd.verify.lazy import np

Value = Any
HIGHEST = 10**6


# What is as good as 0 among numbers that are drawn between 10⁻² and 10².
ZERO = mp.mpf(10) ** -30


class Unsized:
    """What has no size of its own, and no value where it meets nothing that has one."""

    def refuse(self, *_: Any) -> Any:
        raise NotUnderstood(say("unknown:identity-size"))

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = refuse
    __lt__ = __le__ = __gt__ = __ge__ = __abs__ = refuse
    _mpf_ = property(refuse)
    shape = property(refuse)


class Identity(Unsized):
    """c·I, the identity of whatever size it meets, times a number."""

    def __init__(self, times: Any = 1) -> None:
        self.times = mp.mpf(times)

    def __neg__(self) -> Identity:
        return Identity(-self.times)

    def of_size(self, n: int) -> Value:
        out = np.full((n, n), mp.mpf(0), dtype=object)
        for i in range(n):
            out[i, i] = self.times
        return out


class Ones(Unsized):
    """The column (or row) of ones, of whatever length it meets, times a number."""

    def __init__(self, times: Any = 1, row: bool = False) -> None:
        self.times = mp.mpf(times)
        self.row = row

    def __neg__(self) -> Ones:
        return Ones(-self.times, self.row)


def _with_ones(a: Value, b: Value) -> Value:
    """1 bᵀ is b in every row, A 1 the sums of the rows, 1ᵀ A those of the columns."""
    one, other = (a, b) if isinstance(a, Ones) else (b, a)
    if isinstance(other, Ones):
        raise NotUnderstood(say("unknown:ones-length"))
    if not is_array(other):
        return Ones(one.times * (other.times if isinstance(other, Identity) else other), one.row)
    if one is a and not one.row and other.shape[0] == 1:
        return one.times * other
    if one is b and one.row and other.shape[1] == 1:
        return one.times * other
    if one is a and one.row:
        return tidy(one.times * other.sum(axis=0, keepdims=True))
    if one is b and not one.row:
        return tidy(one.times * other.sum(axis=1, keepdims=True))
    raise Misfit(say("shape:ones", other=_of(other)))


def met(a: Value, b: Value) -> tuple[Value, Value]:
    """The two with an identity brought to the size of the other, or to a number beside one."""
    a, b = (v.times if isinstance(v, Ones) else v for v in (a, b))
    if isinstance(a, Identity) and not isinstance(b, Identity):
        b, a = met(b, a)
        return a, b
    if isinstance(b, Identity):
        if isinstance(a, Identity):
            return a.times, b.times
        if is_array(a):
            if a.shape[0] != a.shape[1]:
                raise Misfit(say("shape:identity", other=_of(a)))
            return a, b.of_size(a.shape[0])
        return a, b.times
    return a, b


def as_multiples(a: Value, b: Value) -> tuple[Value, Value]:
    """A number beside a square matrix as that multiple of the identity."""
    for one, other in ((a, b), (b, a)):
        if is_array(one) and one.shape[0] == one.shape[1] and not is_array(other):
            if not isinstance(other, Identity):
                other = Identity(other)
            return (one, other) if one is a else (other, one)
    return a, b


def stacked(values: list[Value]) -> Value:
    """Rows, or numbers, one below the other."""
    if not any(is_array(v) for v in values):
        return column(values)
    try:
        return tidy(np.vstack(values))
    except ValueError:
        raise Misfit(say("shape:stack")) from None


def is_array(v: Value) -> bool:
    return isinstance(v, np.ndarray)


def shape(v: Value) -> tuple[int, int]:
    return v.shape if is_array(v) else (1, 1)


def tidy(v: Value) -> Value:
    """A 1×1 array is its number."""
    return v[0, 0] if is_array(v) and v.shape == (1, 1) else v


def real(v: Any) -> Any:
    """The number, if it is one on the real line."""
    if isinstance(v, mp.mpc):
        if v.imag:
            raise Outside
        v = v.real
    if not mp.isfinite(v):
        raise Outside
    return v


def entries(v: Value) -> list[Any]:
    """The numbers of a value, row by row."""
    if isinstance(v, Identity | Ones):
        return [v.times]
    return list(v.ravel()) if is_array(v) else [v]


def each(f: Callable[..., Any], *values: Value) -> Value:
    """f of each entry."""
    arrays = [v for v in values if is_array(v)]
    if not arrays:
        return real(f(*values))
    first = arrays[0].shape
    if any(a.shape != first for a in arrays):
        raise Misfit(say("shape:entrywise", first=_of(arrays[0]), second=_of(arrays[-1])))
    out = np.empty(first, dtype=object)
    for i in np.ndindex(*first):
        out[i] = real(f(*(v[i] if is_array(v) else v for v in values)))
    return out


def plus(a: Value, b: Value) -> Value:
    """a + b; the bias of a layer goes with every row or column."""
    if isinstance(a, Identity) and isinstance(b, Identity):
        return Identity(a.times + b.times)
    a, b = met(a, b)
    if not (is_array(a) or is_array(b)):
        return a + b
    if is_array(a) and is_array(b) and a.shape != b.shape and not _bias(a.shape, b.shape):
        raise Misfit(say("shape:sum", first=_of(a), second=_of(b)))
    return np.asarray(b + a if is_array(b) and not is_array(a) else a + b, dtype=object)


def _bias(a: tuple[int, int], b: tuple[int, int]) -> bool:
    small, large = sorted((a, b), key=lambda s: s[0] * s[1])
    return (small[0] == 1 and small[1] == large[1] > 1 and large[0] > 1) or (
        small[1] == 1 and small[0] == large[0] > 1 and large[1] > 1
    )


def times(a: Value, b: Value, sign: str) -> Value:
    """a b, a · b, a ⊙ b."""
    if isinstance(a, Ones) or isinstance(b, Ones):
        return _with_ones(a, b) if sign != "o" else times(*met(a, b), sign)
    if isinstance(a, Identity) and isinstance(b, Identity):
        return Identity(a.times * b.times)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Identity):
            if sign == "o":
                return times(*met(a, b), sign)
            return one.times * other if is_array(other) else Identity(one.times * other)
    if not (is_array(a) and is_array(b)):
        # The array first: an mpmath number would print it before it gives way.
        return b * a if is_array(b) else a * b
    if sign == "o":
        if a.shape != b.shape:
            raise Misfit(say("shape:entrywise", first=_of(a), second=_of(b)))
        return a * b
    if sign == "." and a.shape == b.shape and 1 in a.shape:
        return mp.fsum((a * b).ravel())
    if sign == "k" or (sign == "x" and not a.shape[1] == b.shape[1] == 1):
        return np.kron(a, b)
    if sign == "x":
        return a @ b.T
    if a.shape[1] != b.shape[0]:
        raise Misfit(say("shape:product", first=_of(a), second=_of(b)))
    return tidy(a @ b)


def over(a: Value, b: Value, elementwise: bool) -> Value:
    """a/b; an array divides entry by entry only where that is written or the shapes are equal."""
    if isinstance(a, Identity) and not is_array(b) and b:
        return Identity(a.times / b)
    if is_array(b):
        if not elementwise and not (is_array(a) and a.shape == b.shape) and is_array(a):
            raise Misfit(say("shape:quotient", first=_of(a), second=_of(b)))
        return each(lambda x, y: x / y, a, b) if all(entries(b)) else _outside()
    if not b:
        raise Outside
    return a / b


def inner_product(a: Value, b: Value) -> Value:
    """⟨a, b⟩ = Σ a_ij b_ij."""
    a, b = met(a, b)
    if not (is_array(a) or is_array(b)):
        return a * b
    if is_array(a) and is_array(b) and a.shape != b.shape:
        raise Misfit(say("shape:inner", first=_of(a), second=_of(b)))
    return mp.fsum(entries(b * a if is_array(b) else a * b))


def raised(a: Value, n: Value, elementwise: bool = False) -> Value:
    """a^n: of a square matrix the matrix power, of a vector entry by entry."""
    if isinstance(a, Identity) and not elementwise:
        return Identity(a.times**n)
    if is_array(n):
        return each(_power, a, n)
    if not is_array(a):
        return real(_power(a, n))
    if not elementwise and a.shape[0] == a.shape[1] and n == int(n) and abs(n) <= 8:
        return _matrix_power(a, int(n))
    return each(lambda x: _power(x, n), a)


def _power(x: Any, n: Any) -> Any:
    if not x and n <= 0:
        if not n:
            return mp.mpf(1)
        raise Outside
    if abs(n) > HIGHEST:  # e^(e^(e^10)) would be worked on for ever
        raise Outside
    if x == mp.mpf(mp.e):  # no logarithm of e, which takes longer than all else in many digits
        return mp.exp(n)
    return x**n


def _matrix_power(a: Value, n: int) -> Value:
    if n < 0:
        return raised(inverse(a), mp.mpf(-n))
    out = np.full(a.shape, mp.mpf(0), dtype=object)
    for i in range(a.shape[0]):
        out[i, i] = mp.mpf(1)
    for _ in range(n):
        out = out @ a
    return out


def matrix(a: Value) -> Any:
    return mp.matrix(a.tolist()) if is_array(a) else mp.matrix([[a]])


def array(m: Any) -> Value:
    """From an mpmath matrix."""
    return tidy(np.array(m.tolist(), dtype=object).reshape(m.rows, m.cols))


def inverse(a: Value) -> Value:
    """The inverse; a singular matrix has none, such as LLᵀ of an L with more rows than columns.

    In so many digits as are worked with, what is singular may have an inverse of the size of their
    number.
    """
    of = matrix(a)
    try:
        found = of**-1
    except ZeroDivisionError:
        raise Outside from None
    if mp.mnorm(of, 1) * mp.mnorm(found, 1) > mp.mpf(10) ** (mp.mp.dps // 2):
        raise Outside
    return array(found)


def transposed(a: Value) -> Value:
    if isinstance(a, Ones):
        return Ones(a.times, not a.row)
    return a.T if is_array(a) else a


def is_nothing(value: Value, digits: int = DIGITS) -> bool:
    """Whether all that a value, worked out in so many digits, is made of is 0."""
    zero = ZERO if digits == DIGITS else floor(digits) * ZERO
    return isinstance(value, mp.mpf | np.ndarray) and all(abs(x) < zero for x in entries(value))


def column(items: list[Any]) -> Value:
    out = np.empty((len(items), 1), dtype=object)
    out[:, 0] = items
    return out


def _outside() -> Any:
    raise Outside


def _of(a: Value) -> str:
    return "×".join(map(str, shape(a)))
