"""Matrix identities as graphs: what is derived of them, and points where everything has a value."""

from __future__ import annotations

from itertools import permutations
from random import Random

from matrix_identities import Case

from symgd.derive.differentials.derive import derive
from symgd.errors import DataError
from symgd.language.arrays.grammar import read
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
