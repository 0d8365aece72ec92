r"""The values of built-in functions: one table, name → value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import mpmath as mp

from symgd.functions import ROWS, Activation, Elementary, View
from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.values import (
    Value,
    column,
    each,
    entries,
    inverse,
    is_array,
    matrix,
    tidy,
    transposed,
)
from symgd.judge.words import say
from symgd.language import parse
from symgd.language.named import unfold
from symgd.language.sentences import Sentence
from symgd.trees.names import symbol
from symgd.verify.evaluate import at, evaluate
from symgd.verify.lazy import np

MOST_KEPT = 4096  # values of one function


def softmax(a: Value) -> Value:
    """Along the one direction of a vector, along each row of a matrix."""
    if not is_array(a):
        raise NotUnderstood(say("unknown:softmax-vector"))
    e = each(mp.exp, a)
    if 1 in a.shape:
        return e / mp.fsum(e.ravel())
    return np.array([list(row / mp.fsum(row)) for row in e], dtype=object)


def _trace(a: Value) -> Value:
    return mp.fsum(a[i, i] for i in range(min(a.shape))) if is_array(a) else a


def _diag(a: Value, *more: Value) -> Value:
    if more:
        return _diag(column([x for v in (a, *more) for x in entries(v)]))
    if is_array(a) and 1 not in a.shape:
        return column([a[i, i] for i in range(min(a.shape))])
    items = entries(a)
    out = np.full((len(items), len(items)), mp.mpf(0), dtype=object)
    for i, x in enumerate(items):
        out[i, i] = x
    return tidy(out)


def pseudoinverse(a: Value) -> Value:
    """(AᵀA)⁻¹Aᵀ, or Aᵀ(AAᵀ)⁻¹ of a broad one."""
    if not is_array(a):
        return 1 / a
    tall = a.shape[0] >= a.shape[1]
    return tidy(inverse(a.T @ a) @ a.T if tall else a.T @ inverse(a @ a.T))


def _extreme(best: Callable[..., Any]) -> Callable[..., Value]:
    def f(*values: Value) -> Value:
        if len(values) == 1:
            return best(entries(values[0]))
        return each(lambda *x: best(x), *values)

    return f


def of_row(row: Activation | Elementary) -> Callable[..., Value]:
    """A function of the table, entry by entry; its parameters by their usual values."""
    names = tuple(map(symbol, row.arguments))

    @cache
    def formula() -> Any:
        return unfold(row, *names)

    # A difference moves few entries of an array: the others have been worked out before.
    @lru_cache(MOST_KEPT)
    def at_precision(precision: int, *u: Any) -> Any:
        if isinstance(row, Elementary) and row.value is not None:
            out = at(row, *u)
        else:
            out = evaluate(formula(), dict(zip(names, u, strict=True)))
        if mp.isnan(out):
            raise Outside
        return out

    def number(*u: Any) -> Any:
        return at_precision(mp.mp.prec, *u)

    def value(*arguments: Value) -> Value:
        usual = missing(row, len(arguments))
        if len(arguments) + len(usual) != len(names) or None in usual.values():
            raise TypeError(row.name)
        given = (evaluate(parse(text), {}) for text in usual.values() if text is not None)
        return each(number, *arguments, *given)

    return value


def missing(row: Activation | Elementary, count: int) -> dict[str, str | None]:
    """The parameters that a call of so many arguments leaves out, and their usual values."""
    most = max(len(row.arguments) - count, 0)
    parameters = [*row.parameters.items()]
    return {n: p.number for n, p in parameters[max(len(parameters) - most, 0) :]}


def said_of(name: str, count: int) -> Sentence | None:
    """What is said of a call that leaves parameters out; None of any other."""
    row = ROWS.get(name)
    if row is None or not any(p.default is None for p in row.parameters.values()):
        return None
    usual = missing(row, count)
    if not usual or None in usual.values():
        return None
    values = tuple(f"{n} = {text}" for n, text in usual.items())
    return say("note:usual-values", function=name, values=values)


# name        value
BUILT_IN: Mapping[str, Callable[..., Value]] = View(
    lambda _: (
        {name: of_row(row) for name, row in ROWS.items() if name == row.name}
        | {
            "softmax": softmax,
            "sum": lambda a: mp.fsum(entries(a)),
            "rowsum": lambda a: tidy(a.sum(axis=1, keepdims=True)) if is_array(a) else a,
            "colsum": lambda a: tidy(a.sum(axis=0, keepdims=True)) if is_array(a) else a,
            "pinv": pseudoinverse,
            "logsumexp": lambda a: mp.log(mp.fsum(map(mp.exp, entries(a)))),
            "max": _extreme(max),
            "min": _extreme(min),
            "trace": _trace,
            "det": lambda a: mp.det(matrix(a)),
            "diag": _diag,
            "vec": lambda a: column(entries(transposed(a))),
        }
    )
)
