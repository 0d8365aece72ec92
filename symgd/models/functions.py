"""The named functions of a model: rows of the catalogue, the user's own, and their corners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd.errors import ModelError, listing
from symgd.language.named import formula
from symgd.models.coerce import Settings, exact
from symgd.trees.graph import Kink, NamedFunction
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, function_name

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
