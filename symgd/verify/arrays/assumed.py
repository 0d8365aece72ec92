"""Whether an array is what is assumed of its name: a row for each word of `symgd.trees.assume`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from symgd.errors import DataError
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.assume import BY_WORD

# How far single precision may be from what is assumed.
NEAR: Final = 1e-6


def check_assumptions(graph: MatrixGraph, given: Mapping[str, Any]) -> None:
    """Raise DataError for the first array of two dimensions that is not what is assumed of it."""
    structures = {"symmetric": "sym", "diagonal": "diag"}
    for n, leaf in graph.leaves.items():
        words = leaf.words | {structures[w] for p, w in graph.structure.items() if p == n}
        implied = {w for word in words for w in BY_WORD[word].implies}
        a = np.asarray(given[n], dtype=np.float64).reshape(np.shape(given[n]) or (1, 1))
        for word in sorted(words - implied):
            if not HOLDS[word](a):
                raise DataError(
                    f"{n} is assumed to be {word!r} ({BY_WORD[word].meaning}), and what was given "
                    "is not."
                )


def _near(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=NEAR, atol=NEAR))


def _shares(a: Any) -> bool:
    sums = a.sum() if a.shape[1] == 1 else a.sum(axis=1)
    return _near(sums, 1.0) and bool((a >= -NEAR).all())


def _definite(a: Any, least: float) -> bool:
    return _near(a, a.T) and bool(np.linalg.eigvalsh(a).min() > least)


#  word          whether an array is so
HOLDS: Mapping[str, Callable[[Any], bool]] = {
    "real": lambda a: True,
    "sym": lambda a: _near(a, a.T),
    "spd": lambda a: _definite(a, 0.0),
    "psd": lambda a: _definite(a, -NEAR),
    "diag": lambda a: _near(a, np.diag(np.diagonal(a))),
    "skew": lambda a: _near(a, -a.T),
    "orth": lambda a: _near(a @ a.T, np.eye(len(a))),
    "lower": lambda a: _near(a, np.tril(a)),
    "upper": lambda a: _near(a, np.triu(a)),
    "invertible": lambda a: int(np.linalg.matrix_rank(a)) == len(a),
    "pos": lambda a: bool((a > 0).all()),
    "nonneg": lambda a: bool((a >= 0).all()),
    "neg": lambda a: bool((a < 0).all()),
    "nonzero": lambda a: bool((a != 0).all()),
    "unit": lambda a: bool(((a > 0) & (a < 1)).all()),
    "prob": _shares,
    "onehot": lambda a: _shares(a) and HOLDS["01"](a),
    "01": lambda a: bool(((a == 0) | (a == 1)).all()),
    "pm1": lambda a: bool((abs(a) == 1).all()),
    "int": lambda a: bool((a == np.rint(a)).all()),
}
