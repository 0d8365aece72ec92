"""What may be assumed of a name, a random value that has it, and whether a given one has: one table.

    shapes={"K": ("n", "n"), "y": "n"}, assume={"K": "spd", "y": "onehot"}

A value is made of small fractions, so that what is rational can be checked exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any

from symgd.errors import ModelError, did_you_mean, listing, quote

Rows = list[list[Fraction]]
Sampler = Callable[[Random, int, int], Rows]
# How far single precision may be from what is assumed.
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Assumption:
    """A word, what it says, a value that is so, and whether an array of two dimensions is so.

    square    whether it is about square matrices only
    implies   the words that follow from it
    """

    word: str
    meaning: str
    sample: Sampler
    holds: Callable[[Any], bool]
    square: bool = False
    implies: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def _fraction(rng: Random, low: int, high: int) -> Fraction:
    """A fraction between low and high that is not zero."""
    while True:
        denominator = rng.choice((3, 4, 5, 7))
        q = Fraction(rng.randint(low * denominator, high * denominator), denominator)
        if q:
            return q


def _fill(entry: Callable[[Random], Fraction]) -> Sampler:
    return lambda rng, m, n: [[entry(rng) for _ in range(n)] for _ in range(m)]


real = _fill(lambda rng: _fraction(rng, -2, 2))
positive = _fill(lambda rng: abs(_fraction(rng, 0, 2)))
unit = _fill(lambda rng: Fraction(rng.randint(1, 10), 11))


def _symmetric(rng: Random, m: int, n: int) -> Rows:
    a = real(rng, m, n)
    return [[a[max(i, j)][min(i, j)] for j in range(n)] for i in range(m)]


def _skew(rng: Random, m: int, n: int) -> Rows:
    a = real(rng, m, n)
    return [[a[i][j] - a[j][i] for j in range(n)] for i in range(m)]


def _definite(rng: Random, m: int, n: int) -> Rows:
    a = real(rng, m, n)
    return [[Fraction(i == j) + _dot(a[i], a[j]) / n for j in range(n)] for i in range(m)]


def _dot(x: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((p * q for p, q in zip(x, y, strict=True)), Fraction(0))


def _diagonal(rng: Random, m: int, n: int) -> Rows:
    return [[_fraction(rng, -2, 2) if i == j else Fraction(0) for j in range(n)] for i in range(m)]


def _shares(rng: Random, m: int, n: int) -> Rows:
    """Each row sums to 1; a column does, as a whole."""
    if n == 1 and m > 1:
        return [list(column) for column in zip(*_shares(rng, 1, m), strict=True)]
    rows = positive(rng, m, n)
    return [[x / sum(row) for x in row] for row in rows]


def _onehot(rng: Random, m: int, n: int) -> Rows:
    if n == 1 and m > 1:
        return [list(column) for column in zip(*_onehot(rng, 1, m), strict=True)]
    out = []
    for _ in range(m):
        k = rng.randrange(n)
        out.append([Fraction(j == k) for j in range(n)])
    return out


def _orthogonal(rng: Random, m: int, n: int) -> Rows:
    """(I - S)(I + S)⁻¹ of a skew S, Cayley's way: I - 2S(I + S)⁻¹ by elimination."""
    s = _skew(rng, m, n)
    left = [[Fraction(i == j) + s[i][j] for j in range(n)] for i in range(m)]
    right = [[Fraction(i == j) - s[i][j] for j in range(n)] for i in range(m)]
    for i in range(n):
        pivot = left[i][i]
        left[i], right[i] = [x / pivot for x in left[i]], [x / pivot for x in right[i]]
        for k in range(n):
            if k != i:
                q = left[k][i]
                left[k] = [x - q * y for x, y in zip(left[k], left[i], strict=True)]
                right[k] = [x - q * y for x, y in zip(right[k], right[i], strict=True)]
    return right


def _triangular(lower: bool) -> Sampler:
    def is_inside(i: int, j: int) -> bool:
        return i >= j if lower else i <= j

    def sample(rng: Random, m: int, n: int) -> Rows:
        a = real(rng, m, n)
        return [[a[i][j] if is_inside(i, j) else Fraction(0) for j in range(n)] for i in range(m)]

    return sample


def _whole(rng: Random, m: int, n: int) -> Rows:
    return [[Fraction(rng.randint(1, 4)) for _ in range(n)] for _ in range(m)]


# -- whether an array is so: numpy is loaded with the first array that is asked -------------------


def _near(a: Any, b: Any) -> bool:
    from numpy import allclose

    return bool(allclose(a, b, rtol=NEAR, atol=NEAR))


def _is_zero(part: str, offset: int) -> Callable[[Any], bool]:
    """Whether the entries above (triu) or below (tril) a diagonal are 0."""

    def holds(a: Any) -> bool:
        import numpy as np

        return _near(getattr(np, part)(a, offset), 0.0)

    return holds


def _is_orthogonal(a: Any) -> bool:
    from numpy import eye

    return _near(a @ a.T, eye(len(a)))


def _is_definite(least: float) -> Callable[[Any], bool]:
    def holds(a: Any) -> bool:
        from numpy.linalg import eigvalsh

        return _near(a, a.T) and bool(eigvalsh(a).min() > least)

    return holds


def _is_invertible(a: Any) -> bool:
    from numpy.linalg import matrix_rank

    return int(matrix_rank(a)) == len(a)


def _is_shares(a: Any) -> bool:
    sums = a.sum() if a.shape[1] == 1 else a.sum(axis=1)
    return _near(sums, 1.0) and bool((a >= -NEAR).all())


def _is_binary(a: Any) -> bool:
    return bool(((a == 0) | (a == 1)).all())


def _is_whole(a: Any) -> bool:
    return bool((a == a.round()).all())


_is_lower, _is_upper = _is_zero("triu", 1), _is_zero("tril", -1)

# fmt: off
#   word, what it says, a value, whether an array is so
ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption("real", "any real entries", real, lambda a: True),
    Assumption("sym", "equals its transpose", _symmetric, lambda a: _near(a, a.T), True, aliases=("symmetric",)),
    Assumption("spd", "symmetric, positive definite", _definite, _is_definite(0.0), True, ("sym",), ("pd", "positive definite", "positive_definite", "pdef")),
    Assumption("psd", "symmetric, positive semidefinite", _definite, _is_definite(-NEAR), True, ("sym",), ("positive semidefinite", "positive_semidefinite")),
    Assumption("diag", "zero off its diagonal", _diagonal, lambda a: _is_lower(a) and _is_upper(a), True, ("sym",), ("diagonal",)),
    Assumption("skew", "its transpose is its negative", _skew, lambda a: _near(a, -a.T), True, aliases=("antisymmetric",)),
    Assumption("orth", "its transpose is its inverse", _orthogonal, _is_orthogonal, True, aliases=("orthogonal",)),
    Assumption("lower", "zero above its diagonal", _triangular(True), _is_lower, True, aliases=("tril",)),
    Assumption("upper", "zero below its diagonal", _triangular(False), _is_upper, True, aliases=("triu",)),
    Assumption("invertible", "has an inverse", _definite, _is_invertible, True, aliases=("inv", "nonsingular")),
    Assumption("pos", "entries above 0", positive, lambda a: bool((a > 0).all()), aliases=("positive",)),
    Assumption("nonneg", "entries not below 0", positive, lambda a: bool((a >= 0).all()), aliases=("nonnegative",)),
    Assumption("neg", "entries below 0", _fill(lambda rng: -abs(_fraction(rng, 0, 2))), lambda a: bool((a < 0).all()), aliases=("negative",)),
    Assumption("nonzero", "entries that are not 0", real, lambda a: bool((a != 0).all())),
    Assumption("unit", "entries between 0 and 1", unit, lambda a: bool(((a > 0) & (a < 1)).all()), aliases=("(0,1)",)),
    Assumption("prob", "shares: a column, or each row, sums to 1", _shares, _is_shares, aliases=("probability", "simplex", "stochastic")),
    Assumption("onehot", "one 1 in a column, or in each row", _onehot, lambda a: _is_shares(a) and _is_binary(a), implies=("prob", "01"), aliases=("one-hot", "one_hot")),
    Assumption("01", "entries 0 or 1", _fill(lambda rng: Fraction(rng.randint(0, 1))), _is_binary, aliases=("binary", "{0,1}", "bool")),
    Assumption("pm1", "entries -1 or 1", _fill(lambda rng: Fraction(rng.choice((-1, 1)))), lambda a: bool((abs(a) == 1).all()), aliases=("±1", "sign", "{-1,1}")),
    Assumption("int", "whole numbers", _whole, _is_whole, aliases=("integer",)),
)
# fmt: on

# the structure of a parameter → the word that it implies
STRUCTURES: Mapping[str, str] = MappingProxyType({"symmetric": "sym", "diagonal": "diag"})

BY_WORD: Mapping[str, Assumption] = MappingProxyType(
    {word: a for a in ASSUMPTIONS for word in (a.word, *a.aliases)}
)


def assumption(word: Any) -> Assumption:
    """The row of that word; raises ModelError for one that there is not."""
    found = BY_WORD.get(word.strip().lower()) if isinstance(word, str) else None
    if found is None:
        known = [a.word for a in ASSUMPTIONS]
        raise ModelError(
            f"{quote(str(word))} is not an assumption; there are {listing(known)}."
            f"{did_you_mean(str(word), BY_WORD)}"
        )
    return found


def words_of(spec: str | Iterable[str]) -> frozenset[str]:
    """The words that a user gave, with those that follow from them."""
    given = [spec] if isinstance(spec, str) else spec
    if not isinstance(given, Iterable) or not all(isinstance(w, str) for w in given):
        raise ModelError(
            f"{quote(str(spec))} assumes nothing; write a word or a list of words, as in "
            '["sym", "pos"].'
        )
    rows = [assumption(w) for w in given]
    return frozenset(w for a in rows for w in (a.word, *a.implies))


def sample(words: frozenset[str], rng: Random, m: int, n: int, signed: bool = True) -> Rows:
    """A random value with all that the words say; `signed` False: above 0 where nothing is said."""
    rows = [a for a in ASSUMPTIONS if a.word in words]
    named = [a for a in rows if not any(a.word in b.implies for b in rows)]
    if not named or named[0].word == "real":
        return real(rng, m, n) if signed else positive(rng, m, n)
    if {"sym", "pos"} <= words or {"diag", "pos"} <= words:
        value = named[0].sample(rng, m, n)
        return [[abs(x) for x in row] for row in value]
    return named[0].sample(rng, m, n)
