"""The few values that a random letter takes at a point, and evaluators in which it has them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import mpmath as mp

from symgd.judge.environment.chance import chance_of
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.indices import instances, key_of, letter_range, listed
from symgd.judge.values.names import canonical
from symgd.judge.values.points import Key
from symgd.judge.values.values import Value
from symgd.judge.words import say
from symgd.language.latex.syntax import Name
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

FEW, FEWER = 3, 2
# With so many letters each has fewer values.
MANY = 4
MOST_OUTCOMES = 150
# A key under which the outcome of a family of letters is kept.
OUTCOME = r"\outcome "


def grid(e: Evaluator, key: Key) -> list[Value]:
    """The values of a letter: those that it can have, or a few that are drawn."""
    point = e.point
    if key[0] in e.env.vocabulary.indices and not key[1] and not key[2]:
        return [mp.mpf(i) for (i,) in listed(letter_range(e, key[0]))]
    if key not in point.outcomes:
        bounds = e.env.assumptions.bounds.get(key[0])
        if bounds is not None and bounds.members:
            values = [mp.mpf(m.numerator) / m.denominator for m in sorted(set(bounds.members))]
            point.outcomes[key] = values[: FEW + 2]
        else:
            shape = e.env.shape_of(key)
            count = (
                FEW if len(e.env.vocabulary.outcomes | chance_of(e.env).random) < MANY else FEWER
            )
            point.outcomes[key] = [_drawn(e, key, shape, k) for k in range(count)]
    found: list[Value] = point.outcomes[key]
    return found


def _drawn(e: Evaluator, key: Key, shape: tuple[int, int], k: int) -> Value:
    rng = e.point.rng((key, "outcome", k))
    if shape == (1, 1):
        return e.point.number(key[0], rng)
    out = np.empty(shape, dtype=object)
    for i in np.ndindex(*shape):
        out[i] = e.point.number(key[0], rng)
    return out


def outcomes(e: Evaluator, names: list[Name]) -> Iterator[Evaluator]:
    """The evaluators in which letters have values; those of one base go together."""
    bases = sorted({n.base for n in names})
    keys = {b: _keys(e, [n for n in names if n.base == b]) for b in bases}
    counts = [len(grid(e, keys[b][0])) for b in bases]
    for choice in _choices(counts):
        values: dict[Key, Value] = {}
        for base, k in zip(bases, choice, strict=True):
            for key in keys[base]:
                values[key] = grid(e, key)[k]
            generic = (base, (), ())
            if generic not in values:
                values[(OUTCOME + base, (), ())] = grid(e, generic)[k]
        yield e.overridden(values)


def outcomes_apart(e: Evaluator, names: list[Name]) -> Iterator[Evaluator]:
    """The same, each by itself, and with the values of its base: a_t has those of a."""
    keys = _keys(e, names)
    grids = [grid(e, of_base(e, key)) for key in keys]
    for choice in _choices([len(g) for g in grids]):
        values = {key: g[k] for key, g, k in zip(keys, grids, choice, strict=True)}
        counts = {k[0]: int(v) for k, v in values.items() if k[0] in e.env.vocabulary.indices}
        yield (e.bound(counts) if counts else e).overridden(values)


def of_base(e: Evaluator, key: Key) -> Key:
    """The key of the bare letter, where that is as large."""
    bare: Key = (key[0], (), ())
    return bare if e.env.shape_of(key) == e.env.shape_of(bare) else key


def _keys(e: Evaluator, names: list[Name]) -> list[Key]:
    return [*dict.fromkeys(k for n in names for k in keys_of(e, n))]


def _choices(counts: list[int]) -> Iterator[tuple[int, ...]]:
    if prod(counts) > MOST_OUTCOMES:
        raise NotUnderstood(say("unknown:too-many-random"))
    return product(*map(range, counts))


def keys_of(e: Evaluator, name: Name) -> list[Key]:
    """The keys of a name, of a family those of all its indices."""
    return [canonical(inner, key_of(inner, name)) for inner in instances(e, name)]
