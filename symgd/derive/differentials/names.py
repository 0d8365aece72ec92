"""Derivatives in any names of a matrix model: in inputs, and in what definitions compute.

∂C/∂z of a definition z = Wx + b is the derivative in its value, whatever moves that: the graph is
cut at z, which is a leaf there. Each definition has a graph of its own, for one that moves another
moves it through nothing else; δ of a name is ∂C/∂name in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from symgd.derive.differentials.derive import ArrayDerivation, derive
from symgd.errors import ModelError
from symgd.trees.array_graph import MatrixGraph


def cut(graph: MatrixGraph, names: Sequence[str]) -> MatrixGraph:
    """The graph in which these definitions are leaves, and what is differentiated in."""
    inner = {v: e for v, e in graph.definitions.items() if v not in names}
    used = frozenset().union(*(e.names for e in inner.values()))
    leaves = {n: x for n, x in graph.leaves.items() if n in used}
    return replace(
        graph,
        definitions=inner,
        leaves=leaves | {v: graph.names[v] for v in names},
        parameters=tuple(names),
        structure={},
    )


def derive_in(
    graph: MatrixGraph, wrt: tuple[str, ...], order: int = 1, detail: str = "textbook"
) -> ArrayDerivation:
    """The derivation of the last definition in any names; as `derive` where all are parameters.

    Raises ModelError for second derivatives in two names of which one moves the other.
    """
    inner = [n for n in wrt if n in graph.definitions]
    if not inner:
        if not {*wrt} <= {*graph.parameters}:
            structure = {p: s for p, s in graph.structure.items() if p in wrt}
            graph = replace(graph, parameters=wrt, structure=structure)
        return derive(graph, wrt, order, detail)
    if order == 2:
        _refuse_moving(graph, wrt, inner)
        whole = replace(cut(graph, inner), parameters=wrt, structure=graph.structure)
        return replace(derive(whole, wrt, order, detail), graph=graph)
    outer = tuple(n for n in wrt if n not in inner)
    parts = [derive_in(graph, outer, 1, detail)] if outer else []
    # From the cost back, as the passes go.
    for v in reversed([v for v in graph.definitions if v in inner]):
        parts.append(derive(cut(graph, (v,)), (v,), 1, detail))
    return _joined(graph, wrt, parts)


def _joined(
    graph: MatrixGraph, wrt: Sequence[str], parts: Sequence[ArrayDerivation]
) -> ArrayDerivation:
    """One derivation of several: each pass, each δ and each lemma once."""
    first = parts[0]
    passes = {s.id: s for part in reversed(parts) for s in part.passes}
    place = {f"pass:{v}": -i for i, v in enumerate(graph.definitions)}
    lemmas = {s.id: (g, s) for part in parts for g, s in part.lemmas}
    sections = {s.left.wrt.data: s for part in parts for s in part.sections}
    adjoints = {d: x for part in reversed(parts) for d, x in part.adjoints.items()}
    order = {graph.adjoints.get(v, f"delta_{v}"): -i for i, v in enumerate(graph.definitions)}
    return replace(
        first,
        graph=graph,
        lemmas=tuple(lemmas.values()),
        passes=tuple(sorted(passes.values(), key=lambda s: place.get(s.id, 0))),
        sections=tuple(sections[n] for n in wrt),
        adjoints=dict(sorted(adjoints.items(), key=lambda item: order[item[0]])),
        centred=frozenset().union(*(part.centred for part in parts)),
    )


def _refuse_moving(graph: MatrixGraph, wrt: Sequence[str], inner: Sequence[str]) -> None:
    above: dict[str, frozenset[str]] = {}
    for v, body in graph.definitions.items():
        above[v] = body.names.union(*(above.get(a, frozenset()) for a in body.names))
    for a, b in combinations(wrt, 2):
        for mover, moved in ((a, b), (b, a)):
            if moved in inner and mover in above[moved]:
                raise ModelError(
                    f"{mover} moves {moved}, so the second derivatives in both are not those of "
                    f"independent names; derive them one by one, in {mover} alone and in {moved} "
                    "alone."
                )


__all__ = ["cut", "derive_in"]
