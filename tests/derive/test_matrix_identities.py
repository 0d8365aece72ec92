"""Published identities: found, equal to their published form and to differences, and as short."""

from __future__ import annotations

import re
import statistics
from itertools import permutations
from random import Random

import mpmath as mp
import numpy as np
import pytest
from matrix_identities import CASES, Case

from symgd.derive.differentials.derive import derive
from symgd.errors import DataError
from symgd.language.arrays.grammar import read
from symgd.trees.arrange import arranged
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, walk
from symgd.trees.assume import sample, words_of
from symgd.trees.dims import ONE, dim
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values

STRUCTURES = {"symmetric": "sym", "diagonal": "diag"}


def names_of(case: Case) -> tuple[dict[str, Node], frozenset[str]]:
    names, sizes = {}, set()
    for part in case.shapes.split():
        n, _, text = part.partition(":")
        dims = [dim(d) for d in text.split(",") if d]
        sizes |= {x for d in dims for x in d.names}
        words = words_of(case.assume[n]) if n in case.assume else frozenset()
        names[n] = name(n, (*dims, ONE, ONE)[:2], words)
    return names, frozenset(sizes)


def graph_of(case: Case) -> MatrixGraph:
    names, sizes = names_of(case)
    structure = {case.wrt: case.structure} if case.structure else {}
    return MatrixGraph({"f": read(case.expr, names, sizes)}, names, (case.wrt,), structure)


RESULTS: dict[str, Node] = {}


def result(case: Case) -> Node:
    if case.id not in RESULTS:
        found = derive(graph_of(case), order=2 if case.kind == "hessian" else 1)
        assert found.verdict.status in ("exact", "sampled", "proved")
        RESULTS[case.id] = found.results[case.wrt]
    return RESULTS[case.id]


def points(case: Case, nodes: list[Node]):
    """Names as arrays of mpmath numbers, and sizes: two points where everything has a value."""
    leaves, _ = names_of(case)
    dims = sorted({x for n in nodes for at in walk(n) for d in at.shape for x in d.names})
    found = 0
    orders = [p for low in (2, 3) for p in permutations(range(low, len(dims) + low))]
    for k, order in enumerate(orders):
        sizes = dict(zip(dims, order, strict=True))
        for attempt in range(4):
            rng = Random(1000 * k + attempt)
            rows = {}
            for n, leaf in leaves.items():
                words = leaf.words
                if case.structure and n == case.wrt:
                    words = words_of(STRUCTURES[case.structure])
                shape = leaf.rows.value(sizes), leaf.cols.value(sizes)
                rows[n] = sample(words, rng, *shape, attempt % 2 == 0)
            arrays = {n: Precise().array(r) for n, r in rows.items()}
            try:
                for node in nodes:
                    Values(arrays, sizes, Precise()).of(node)
            except (DataError, ValueError, ZeroDivisionError):
                continue
            yield arrays, sizes
            found += 1
            break
        if found == 2:
            return
    raise AssertionError(f"{case.id} has no point")


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


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_identity(case):
    with mp.workdps(45):
        found, f = result(case), graph_of(case).definitions["f"]
        names, sizes = names_of(case)
        expected = read(case.expected, names, sizes)
        assert arranged(read(str(found), names, sizes)) == arranged(found)
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


def test_answers_are_as_short_as_the_published_ones():
    ratios = {c.id: tokens(str(result(c))) / tokens(c.expected) for c in CASES}
    assert statistics.median(ratios.values()) <= 1.0
    assert max(ratios.values()) <= 2.0, {k: v for k, v in ratios.items() if v > 2.0}
