"""Published identities: found, equal to their published form and to differences, and as short."""

from __future__ import annotations

import re
import statistics

import mpmath as mp
import numpy as np
import pytest
from matrix_identities import CASES, Case
from matrix_points import graph_of, names_of, points, result

from symgd.language.arrays.grammar import read
from symgd.trees.arrange import arrange
from symgd.trees.arrays import Node
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values


def differences(case: Case, f: Node, arrays, sizes):
    """d f / d wrt entry by entry, as a matrix (rows: outputs, columns: inputs), by differences."""
    h = mp.mpf(10) ** -12
    x = arrays[case.wrt]
    columns = []
    for j in range(x.shape[1]):
        for i in range(x.shape[0]):
            sides = []
            for sign in (1, -1):
                moved = x.copy()
                moved[i, j] += sign * h
                if case.structure == "symmetric" and i != j:
                    moved[j, i] += sign * h
                if case.structure == "diagonal" and i != j:
                    moved = x.copy()
                sides.append(Values({**arrays, case.wrt: moved}, sizes, Precise()).of(f))
            columns.append(((sides[0] - sides[1]) / (2 * h)).reshape(-1, order="F"))
    return np.array(columns, dtype=object).T


def close(a, b) -> bool:
    return a.shape == b.shape and all(abs(x) < mp.mpf(10) ** -15 for x in np.ravel(a - b))


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_identity(case):
    with mp.workdps(45):
        found, f = result(case), graph_of(case).definitions["f"]
        names, sizes = names_of(case)
        expected = read(case.expected, names, sizes)
        assert arrange(read(str(found), names, sizes)) == arrange(found)
        for arrays, numbers in points(case, [f, found, expected]):
            value = Values(arrays, numbers, Precise()).of(found)
            assert close(value, Values(arrays, numbers, Precise()).of(expected))
            by_entries = value
            if case.kind == "gradient":
                by_entries = value.reshape(1, -1, order="F")
            elif case.kind == "slope":
                by_entries = value.reshape(-1, 1, order="F")
            if case.kind == "hessian":
                f = result(
                    Case(
                        case.id + "'", case.expr, case.shapes, case.wrt, "", "gradient", case.assume
                    )
                )
            assert close(by_entries, differences(case, f, arrays, numbers))


def tokens(text: str) -> int:
    return len(re.findall(r"\w+(?:\.\d+)?|\.[*/^]|[-+*/^']", text))


@pytest.mark.slow
def test_answers_are_as_short_as_the_published_ones():
    ratios = {c.id: tokens(str(result(c))) / tokens(c.expected) for c in CASES}
    assert statistics.median(ratios.values()) <= 1.0
    assert max(ratios.values()) <= 2.0, {k: v for k, v in ratios.items() if v > 2.0}
