"""What a prediction says the label is on average: σ of a logit, softmax of logits, exp of a log.

A loss whose ŷ is not the mean of the label itself says the formula of it in its row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy as sp

from symgd import functions as catalogue
from symgd.errors import CatalogueError, FormulaError
from symgd.language import looks_like_call, parse, parse_call
from symgd.language.named import formula, functions_of
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import replace_all, settle

SOFTMAX = "softmax_cross_entropy"


def mean_of_loss(spec: Any) -> str:
    """The mean of the label as a formula in yhat, "softmax", or "yhat" where ŷ is the mean itself
    and where nothing else is known."""
    if not isinstance(spec, str) or not looks_like_call(spec):
        return "yhat"
    if spec in (SOFTMAX, "cross_entropy", "softmax"):
        return "softmax"
    try:
        return catalogue.loss(parse_call(spec)[0]).mean or "yhat"
    except (CatalogueError, FormulaError):
        return "yhat"


def with_mean(graph: Graph | MatrixGraph, of: str, mean: str) -> tuple[Graph | MatrixGraph, str]:
    """(the graph with the mean as its last definition, its name), of a prediction."""
    if mean == "yhat":
        return graph, of
    if isinstance(graph, Graph):
        taken = {s.name for s in (*graph.leaves, *graph.definitions)}
        m = symbol(_unused("mean", taken))
        (p,) = (s for s in graph.definitions if s.name == of)
        kept = {v: b for v, b in graph.definitions.items() if v == p or v in graph.ancestors[p]}
        body = replace_all(formula(mean), {symbol("yhat"): p})
        functions = {**graph.functions, **functions_of({m: body}, {})}
        return replace(graph, definitions={**kept, m: body}, functions=functions, kinks={}), m.name
    # Matrix calculus is loaded with the first model that has shapes.
    from symgd.derive.differentials.lemmas import entrywise
    from symgd.language.arrays.grammar import read

    name = _unused("mean", graph.names)
    node = graph.names[of]
    if mean == "softmax":
        text = "softmax(P)" if node.is_column else "rsoftmax(P)"
        body = read(text, {"P": node}, node.rows.names | node.cols.names)
    else:
        expr = settle(parse(mean, names=("yhat",), functions=catalogue.SIGNATURES))
        body = entrywise(expr, {sp.Symbol("yhat", real=True): node})
    kept_nodes = {}
    for v, b in graph.definitions.items():
        kept_nodes[v] = b
        if v == of:
            break
    return replace(graph, definitions={**kept_nodes, name: body}), name


def _unused(wanted: str, taken: Any) -> str:
    while wanted in taken:
        wanted += "_"
    return wanted


__all__ = ["mean_of_loss", "with_mean"]
