r"""The values of built-in functions: one table, name → value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.values import (
    Value,
    column,
    each,
    entries,
    is_array,
    matrix,
    tidy,
    transposed,
)


def _log(x: Any) -> Any:
    if x <= 0:
        raise Outside
    return mp.log(x)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softmax(a: Value) -> Value:
    """Along the one direction of a vector, along each row of a matrix."""
    if not is_array(a):
        raise NotUnderstood("softmax takes a vector; declare one, as in z \\in \\mathbb{R}^n.")
    e = each(mp.exp, a)
    if 1 in a.shape:
        return e / mp.fsum(e.ravel())
    return np.array([list(row / mp.fsum(row)) for row in e], dtype=object)


def _trace(a: Value) -> Value:
    return mp.fsum(a[i, i] for i in range(min(a.shape))) if is_array(a) else a


def _diag(a: Value) -> Value:
    if is_array(a) and 1 not in a.shape:
        return column([a[i, i] for i in range(min(a.shape))])
    items = entries(a)
    out = np.full((len(items), len(items)), mp.mpf(0), dtype=object)
    for i, x in enumerate(items):
        out[i, i] = x
    return tidy(out)


def _extreme(best: Callable[..., Any]) -> Callable[..., Value]:
    def f(*values: Value) -> Value:
        if len(values) == 1:
            return best(entries(values[0]))
        return each(lambda *x: best(x), *values)

    return f


def _entrywise(f: Callable[[Any], Any]) -> Callable[[Value], Value]:
    return lambda v: each(f, v)


# name        value
BUILT_IN: dict[str, Callable[..., Value]] = {
    "log": _entrywise(_log),
    "log10": _entrywise(lambda x: _log(x) / mp.log(10)),
    "log2": _entrywise(lambda x: _log(x) / mp.log(2)),
    "exp": _entrywise(mp.exp),
    "sigmoid": _entrywise(sigmoid),
    "softplus": _entrywise(lambda x: mp.log1p(mp.exp(x))),
    "relu": _entrywise(lambda x: x if x > 0 else mp.mpf(0)),
    "step": _entrywise(lambda x: mp.mpf(x > 0)),
    "sign": _entrywise(mp.sign),
    "abs": _entrywise(abs),
    "sqrt": _entrywise(mp.sqrt),
    "logit": _entrywise(lambda x: _log(x) - _log(1 - x)),
    "sinc": _entrywise(lambda x: mp.sin(x) / x if x else mp.mpf(1)),
    **{n: _entrywise(getattr(mp, n)) for n in (
        "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "coth", "sech", "atanh", "erf")},
    "softmax": softmax,
    "logsumexp": lambda a: mp.log(mp.fsum(map(mp.exp, entries(a)))),
    "max": _extreme(max),
    "min": _extreme(min),
    "trace": _trace,
    "det": lambda a: mp.det(matrix(a)),
    "diag": _diag,
    "vec": lambda a: column(entries(transposed(a))),
}  # fmt: skip
