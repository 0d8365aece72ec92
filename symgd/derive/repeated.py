"""Formulas that a model spells out, told once: each is read as a function, derived once and quoted.

    a = 1/(1 + e^-u)    b = 1/(1 + e^-v)    is told as    a = σ(u)    b = σ(v)    σ' = σ(1 - σ)

The formulas of σ, φ and tanh are called by these names, however often they occur. Another formula
in one name, where it takes more than a line to differentiate, gets a letter when it occurs twice.
What was typed stays beside the call (`Graph.spelled_out`); programs read the graph as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.lemmas import has_cases, is_call
from symgd.functions import View
from symgd.language.named import body, call, functions_of
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph, NamedFunction
from symgd.trees.names import split_name, symbol, unicode_name
from symgd.trees.scalars import Expr, replace_all, settle, walk

# Functions that everybody writes by these names.
KNOWN: Final = ("sigmoid", "phi", "tanh")
# The letters of functions that have no name; the first that the model does not use.
LETTERS: Final = ("g", "h", "f", "q", "r")
# A formula of fewer operations is differentiated where it stands: u², e^(-u).
LONG: Final = 3
Z: Final = symbol("z")


def with_repeated_named(graph: Graph) -> Graph:
    """The graph in which each formula that is to be told once is the call of a function."""
    spelled: dict[Expr, list[sp.Symbol]] = {}
    for v in graph.definitions:
        if _is_candidate(graph, v):
            spelled.setdefault(_form(graph, v), []).append(v)
    letters = _letters(graph)
    calls: dict[sp.Symbol, Expr] = {}
    own: dict[str, NamedFunction] = {}
    for form, names in spelled.items():
        name = _known.get(form)
        if name is None or not _is_free(graph, name):
            if len(names) < 2 or not _is_long(form) or (name := next(letters, None)) is None:
                continue
            shape = replace_all(graph.definitions[names[0]], {_argument(graph, names[0]): Z})
            own[name] = NamedFunction(name, (Z,), shape, (name, name))
        calls |= {v: call(name, _argument(graph, v)) for v in names}
    if not calls:
        return graph
    definitions = {v: calls.get(v, e) for v, e in graph.definitions.items()}
    functions = {**functions_of(definitions, {**graph.functions, **own}), **graph.functions}
    spelled_out = {v: graph.definitions[v] for v in calls}
    return replace(graph, definitions=definitions, functions=functions, spelled_out=spelled_out)


def _is_candidate(graph: Graph, v: sp.Symbol) -> bool:
    """Whether v is a formula, and no call, in one name that lies anywhere and is moved."""
    expr, names = graph.definitions[v], graph.arguments[v]
    if v == graph.cost or len(names) != 1 or is_call(expr) or v in graph.kinks:
        return False
    wanted = frozenset(graph.wrt or graph.parameters)
    is_moved = bool(graph.ancestors[v] & wanted) and v in graph.ancestors[graph.cost]
    return is_moved and graph.domains.get(names[0], REAL) == REAL


def _argument(graph: Graph, v: sp.Symbol) -> sp.Symbol:
    return graph.arguments[v][0]


def _form(graph: Graph, v: sp.Symbol) -> Expr:
    """The formula in z, such that it is the same however its terms were ordered."""
    return settle(replace_all(graph.definitions[v], {_argument(graph, v): Z}))


def _is_long(form: Expr) -> bool:
    operations = [n for n in walk(form) if n.args and not (n.is_Mul and n.args[0] == -1)]
    return len(operations) >= LONG or has_cases(form)


def _forms_of_known(table: catalogue.Table) -> dict[Expr, str]:
    rows = (r for r in table.activations + table.auxiliaries if r.name in KNOWN)
    return {settle(replace_all(body(r), {symbol(r.variable): Z})): r.name for r in rows}


_known: View[Expr, str] = View(_forms_of_known)


def _written(graph: Graph) -> set[str]:
    """The letters and words that the model's names are written with, indices aside."""
    names = {*graph.leaves, *graph.definitions}
    plain = {split_name(s.name)[0] for s in names} | {unicode_name(s.name) for s in names}
    dressed = {dress[1] for dress in graph.spelling.names.values()}
    return plain | dressed | {d[:1] for d in dressed}


def _is_free(graph: Graph, name: str) -> bool:
    """Whether the function is not another one here, and its letter no name of the model."""
    if name in graph.functions:
        return graph.functions[name].body == body(catalogue.activation(name))
    return not {name, catalogue.activation(name).text} & _written(graph)


def _letters(graph: Graph) -> Iterator[str]:
    taken = _written(graph) | {f.written[1] for f in graph.functions.values()}
    return (x for x in LETTERS if x not in taken and x not in graph.functions)
