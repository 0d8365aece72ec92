"""The named functions of a model: rows of the catalogue, the user's own, and their corners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd import catalogue
from symgd.algebra.identities import ELEMENTARY
from symgd.catalogue import Activation
from symgd.domain import domain
from symgd.errors import InputError, ModelError, listing
from symgd.graph import Kink, NamedFunction
from symgd.model.door import Settings, exact, formula
from symgd.notation.names import symbol
from symgd.notation.nodes import Expr, function_name, is_application, walk


def from_row(row: Activation) -> NamedFunction:
    """A row of the catalogue as a function of the graph."""
    return NamedFunction(
        row.name,
        tuple(map(symbol, row.arguments)),
        catalogue.body(row),
        (row.latex, row.text),
        tuple(Kink(formula(k.at), formula(k.value), k.removable) for k in row.kinks),
        {n: domain(p.domain) for n, p in row.parameters.items()},
        row.source,
    )


def unknown(name: str) -> NamedFunction:
    """A function of one argument of which only the name is known; its derivative stays g'."""
    symbol(name)
    return NamedFunction(name, (symbol("z"),), None, written(name))


def written(name: str) -> tuple[str, str]:
    """How a function without a row is written, in LaTeX and in Unicode."""
    return (name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_"), name)


def functions_of(
    bodies: Mapping[sp.Symbol, Expr], own: Mapping[str, NamedFunction]
) -> dict[str, NamedFunction]:
    """Every named function that the definitions use, and those that these use."""
    found: dict[str, NamedFunction] = {}
    elementary: tuple[Any, ...] = tuple(ELEMENTARY.values())
    for body in bodies.values():
        if isinstance(body, elementary) and all(a.is_Symbol for a in body.args):
            found[function_name(body)] = _elementary(body)
    pending: list[Any] = list(bodies.values())
    while pending:
        for node in walk(pending.pop()):
            name = function_name(node) if is_application(node) else None
            if name is not None and name not in found:
                found[name] = own[name] if name in own else _known(node, name)
                if found[name].body is not None:
                    pending.append(found[name].body)
    return found


def _known(node: Any, name: str) -> NamedFunction:
    if name in catalogue.SIGNATURES:
        return from_row(catalogue.activation(name))
    if len(node.args) == 1:
        return unknown(name)
    raise ModelError(
        f"{name} is an unknown function of {len(node.args)} arguments; write out its formula."
    )


def _elementary(body: Any) -> NamedFunction:
    """tanh and its like: the row of the catalogue if there is one, else sympy's function itself."""
    name = next(n for n, head in ELEMENTARY.items() if isinstance(body, head))
    try:
        return from_row(catalogue.activation(name))
    except InputError:
        z = symbol("z")
        return NamedFunction(name, (z,), ELEMENTARY[name](z), ("\\" + name, name))


# -- conventions at corners -----------------------------------------------------------------------


def read_kinks(table: Mapping[Any, Any]) -> tuple[Kink, ...]:
    """{place: value}, numbers or formulas, as kinks."""

    def read(value: Any) -> Expr:
        return formula(value) if isinstance(value, str) else exact(value, "kinks")

    return tuple(Kink(read(place), read(value)) for place, value in table.items())


def with_kinks(g: NamedFunction, kinks: tuple[Kink, ...]) -> NamedFunction:
    """The function with these conventions in place of its own at the same places."""
    places = {k.place for k in kinks}
    return replace(g, kinks=(*(k for k in g.kinks if k.place not in places), *kinks))


def settled_kinks(
    settings: Settings,
    bodies: Mapping[sp.Symbol, Expr],
    functions: dict[str, NamedFunction],
    moving: Mapping[sp.Symbol, tuple[sp.Symbol, ...]],
) -> dict[sp.Symbol, tuple[Kink, ...]]:
    """Each setting where it belongs: with the function it is about, or with the definition.

    A key is the name of a definition or of a function. `functions` is brought up to date; what is
    returned are the settings of definitions that are not a function of names.
    """
    left: dict[sp.Symbol, tuple[Kink, ...]] = {}
    for key, table in settings.items():
        kinks = read_kinks(table)
        if key in functions and symbol(key) not in bodies:
            functions[key] = with_kinks(functions[key], kinks)
            continue
        v = symbol(key)
        if v not in bodies:
            raise ModelError(
                f"kinks names {key}, which is neither a definition ({listing(map(str, bodies))}) "
                f"nor a function ({listing(functions)}) of this model."
            )
        name = function_name(bodies[v])
        if name in functions and all(a.is_Symbol or a.is_Number for a in bodies[v].args):
            shared = [str(u) for u, body in bodies.items() if function_name(body) == name]
            if len(shared) > 1:
                raise ModelError(
                    f"{listing(shared)} all use {name}; set its convention once, by its own name: "
                    f"kinks={{{name!r}: ...}}."
                )
            functions[name] = with_kinks(functions[name], kinks)
            continue
        if len(moving[v]) != 1:
            raise ModelError(
                f"{v} depends on {listing(map(str, moving[v]))}; a convention at a corner needs a "
                "definition of one moving argument, so give the part with the corner a name."
            )
        left[v] = kinks
    return left
