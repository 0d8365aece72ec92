"""The catalogue: the activations and losses that people call by name, as rows of data.

    activation("relu").formula      "max(0, z)"
    SIGNATURES["softplus"]          ("z", "beta"): what a formula hands to softplus(z, 1)

A name is looked up here, and its formula is read when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from symgd.errors import CatalogueError, did_you_mean, shown
from symgd.functions.activations import ACTIVATIONS, AUXILIARIES
from symgd.functions.losses import LOSSES
from symgd.functions.rows import Activation, Kink, Loss, Parameter

__all__ = [
    "ACTIVATIONS",
    "AUXILIARIES",
    "LOSSES",
    "SIGNATURES",
    "Activation",
    "Kink",
    "Loss",
    "Parameter",
    "activation",
    "loss",
]

Row = TypeVar("Row", bound=Activation | Loss)

# The rows whose formula is a function of the language itself: sin(z), |z|. As a definition of
# the word they would go in a circle.
IN_THE_LANGUAGE = frozenset({"sin", "abs"})


def _by_name(rows: tuple[Row, ...]) -> Mapping[str, Row]:
    """Name or alias → row; each leads to one row."""
    table: dict[str, Row] = {}
    for row in rows:
        for name in (row.name, *row.aliases):
            if name in table:
                raise CatalogueError(f"{shown(name)} names both {table[name].name} and {row.name}.")
            table[name] = row
    return MappingProxyType(table)


_ACTIVATIONS = _by_name((*ACTIVATIONS, *AUXILIARIES))
_LOSSES = _by_name(LOSSES)

# name → (variable, *parameters), of every function that a formula may call
SIGNATURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        row.name: row.arguments
        for row in (*ACTIVATIONS, *AUXILIARIES)
        if row.name not in IN_THE_LANGUAGE
    }
)


def activation(name: str) -> Activation:
    """The activation, or the auxiliary function, of that name or alias.

    Raises CatalogueError for a name that it does not have.
    """
    if name in _LOSSES and name not in _ACTIVATIONS:
        raise CatalogueError(f"{shown(name)} is a loss, not an activation; write loss={name!r}.")
    if name not in _ACTIVATIONS:
        raise CatalogueError(
            f"The catalogue has no activation {shown(name)}.{did_you_mean(name, _ACTIVATIONS)} "
            "`symgd list` shows all of them; any other function is written as a formula in z, "
            "such as 'z*exp(-z**2)'."
        )
    return _ACTIVATIONS[name]


def loss(name: str) -> Loss:
    """The loss of that name or alias.

    Raises CatalogueError for a name that it does not have.
    """
    if name in _ACTIVATIONS and name not in _LOSSES:
        raise CatalogueError(
            f"{shown(name)} is an activation, not a loss; write activation={name!r}."
        )
    if name not in _LOSSES:
        raise CatalogueError(
            f"The catalogue has no loss {shown(name)}.{did_you_mean(name, _LOSSES)} "
            "`symgd list` shows all of them; any other loss is written as a formula in yhat and "
            "y, such as '(yhat - y)**4'."
        )
    return _LOSSES[name]
