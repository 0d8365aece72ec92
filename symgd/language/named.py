"""Rows of the catalogue as functions of a graph: their formulas, and those that a model uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import sympy as sp

from symgd import functions as catalogue
from symgd.errors import InputError, ModelError
from symgd.functions import BY_HEAD, PRIMED, ROWS, WORDS, Activation, Elementary, Loss, table
from symgd.language import parse
from symgd.language.formulas.build import call as apply_row
from symgd.language.formulas.build import read
from symgd.trees.domain import domain
from symgd.trees.graph import Graph, Kink, NamedFunction
from symgd.trees.names import spellings, symbol
from symgd.trees.scalars import (
    Expr,
    application,
    function_name,
    is_application,
    rebuild,
    replace_all,
    walk,
)

Signatures: TypeAlias = Mapping[str, tuple[str, ...]]


def call(name: str, *args: Expr) -> Expr:
    """name(args): a function of the formula language or a row of the catalogue, not evaluated."""
    row = WORDS.get(name)
    return application(name, *args) if row is None else apply_row(row, *args)


def body(row: Activation | Elementary | Loss) -> Expr:
    """The formula of a row as an expression, read once."""
    return read(row.formula, row.arguments)


def unfold(row: Activation | Elementary, *args: Expr) -> Expr:
    """The row at these arguments, every function that has a formula written out."""
    if isinstance(row, Elementary) and (row.head is not None or row.opened):
        return apply_row(row, *args)
    values = dict(zip(map(symbol, row.arguments), args, strict=True))
    expr = replace_all(body(row), values)
    for inner in {n for n in walk(expr) if is_application(n)}:
        inside = unfold(catalogue.function(function_name(inner)), *inner.args)
        expr = replace_all(expr, {inner: inside})
    return expr


def formula(
    text: str,
    signatures: Signatures = catalogue.SIGNATURES,
    declared: Collection[str] = (),
) -> Expr:
    """A formula in which σ(z), as people write it, is the sigmoid; names that are declared hide
    the words of the language."""
    if "sigma" in signatures or "sigma" in declared:
        return parse(text, functions=signatures, declared=declared)
    functions = {"sigma": ("z",), **signatures}
    return _sigma_read(parse(text, functions=functions, declared=declared))


def _sigma_read(expr: Any) -> Any:
    if not expr.args:
        return expr
    args = tuple(map(_sigma_read, expr.args))
    if is_application(expr) and function_name(expr) == "sigma":
        return application("sigmoid", *args)
    return rebuild(expr, args)


def from_row(row: Activation | Elementary) -> NamedFunction:
    """A row as a function of the graph."""
    return NamedFunction(
        row.name,
        tuple(map(symbol, row.arguments)),
        body(row),
        (row.latex, row.text),
        tuple(Kink(formula(k.at), formula(k.value), k.removable) for k in row.kinks),
        {n: domain(p.domain) for n, p in row.parameters.items()},
        row.source,
        isinstance(row, Elementary) and len(row.arguments) > 1,
    )


def unknown(name: str, variables: tuple[str, ...] = ("z",)) -> NamedFunction:
    """A function of which only the name is known; its derivative stays g', or g_u and g_v."""
    symbol(name)
    several = len(variables) > 1
    return NamedFunction(
        name, tuple(map(symbol, variables)), None, spellings(name), several=several
    )


def functions_of(
    bodies: Mapping[sp.Symbol, Expr], own: Mapping[str, NamedFunction]
) -> dict[str, NamedFunction]:
    """Every named function that the definitions use, and those that these use."""
    found: dict[str, NamedFunction] = {}
    elementary: tuple[Any, ...] = tuple(PRIMED.values())
    for body in bodies.values():
        if isinstance(body, elementary) and all(a.is_Symbol for a in body.args):
            found[function_name(body)] = _elementary(body)
    pending: list[Any] = list(bodies.values())
    while pending:
        for node in walk(pending.pop()):
            name = function_name(node) if is_application(node) else None
            if name is not None and name not in found:
                found[name] = own[name] if name in own else _function_of(node, name)
                pending += found[name].formulas
    return found


def _function_of(node: Any, name: str) -> NamedFunction:
    if name in catalogue.SIGNATURES:
        return from_row(catalogue.function(name))
    if len(node.args) == 1:
        return unknown(name)  # of a tree that was made by hand
    raise ModelError(
        f"{name} is an unknown function of {len(node.args)} arguments; write out its formula."
    )


def _elementary(body: Any) -> NamedFunction:
    """tanh and its like: the row of the catalogue if there is one, else sympy's function itself."""
    row = BY_HEAD[body.func]
    for name in (row.name, *row.aliases):
        try:
            return from_row(catalogue.activation(name))
        except InputError:
            continue
    z = symbol("z")
    return NamedFunction(row.name, (z,), row.head(z), (row.latex, row.text))


# -- numbers of parameters that none was given for ----------------------------------------------


def usual_numbers(graph: Graph, names: Iterable[str]) -> dict[str, float]:
    """The usual number of each of these names that is a parameter of an activation or a loss."""
    texts = {n: row.parameters[p].number for n in names for row, p in rows_with(graph, n)}
    return {n: float(parse(text)) for n, text in texts.items() if text is not None}


def rows_with(graph: Graph, name: str) -> Iterator[tuple[Activation | Elementary | Loss, str]]:
    """The row that has the name as a parameter, and its name there; of b_act that is b."""
    parameter = name.removesuffix("_act").removesuffix("_loss")
    for g in graph.functions.values():
        row = ROWS.get(g.name)
        if row is not None and parameter in row.parameters:
            yield row, parameter
            return
    for loss in table().losses:
        if parameter in loss.parameters and body(loss) == _cost_with(graph, name, parameter):
            yield loss, parameter
            return


def _cost_with(graph: Graph, name: str, parameter: str) -> Expr:
    """The cost with the name of the parameter in its row."""
    cost: Expr = graph.definitions[graph.cost]
    return replace_all(cost, {symbol(name): symbol(parameter)})
