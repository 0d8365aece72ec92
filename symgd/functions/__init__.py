"""The catalogue: every function that people call by name, as rows of data.

    elementary    exp, tanh, erf: what every formula knows
    activations   and the functions that their formulas are made of
    losses
    primitives    the same functions in the forms that machines want

    activation("relu").formula      "max(0, z)"
    SIGNATURES["softplus"]          ("z", "beta"): what a formula hands to softplus(z, 1)

A name is looked up here, and its formula is read when it is first asked for. What readers know of
the rows are views of the table (`table.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symgd.errors import CatalogueError, did_you_mean, quote
from symgd.functions.activations import ACTIVATIONS, AUXILIARIES
from symgd.functions.elementary import ELEMENTARY
from symgd.functions.losses import LOSSES
from symgd.functions.rows import Activation, Elementary, Kink, Loss, Parameter
from symgd.functions.table import Table, View, by_name, more_rows, table

__all__ = [
    "ACTIVATIONS",
    "AUXILIARIES",
    "BY_HEAD",
    "CALLED",
    "ELEMENTARY",
    "LOSSES",
    "PRIMED",
    "ROWS",
    "SIGNATURES",
    "WORDS",
    "Activation",
    "Elementary",
    "Kink",
    "Loss",
    "Parameter",
    "Table",
    "View",
    "activation",
    "function",
    "is_elementary",
    "loss",
    "more_rows",
    "table",
]

# -- elementary functions -------------------------------------------------------------------------

# word of the language → row
WORDS: Mapping[str, Elementary] = View(
    lambda t: by_name(r for r in t.elementary if r.head is not None or r.opened)
)
# a word that is a function before a bracket, and free as a name → the word of the row
CALLED: Mapping[str, str] = View(lambda t: {w: r.name for r in t.elementary for w in r.called})
# head of sympy → row
BY_HEAD: Mapping[Any, Elementary] = View(
    lambda t: {r.head: r for r in t.elementary if r.head is not None}
)
# word → head, of those whose definitions y = tanh(x) are shown by their primes
PRIMED: Mapping[str, Any] = View(
    lambda t: {n: r.head for r in t.elementary if r.primed for n in (r.name, *r.aliases)}
)

# -- the catalogue --------------------------------------------------------------------------------

_ACTIVATIONS: Mapping[str, Activation] = View(lambda t: by_name((*t.activations, *t.auxiliaries)))
_LOSSES: Mapping[str, Loss] = View(lambda t: by_name(t.losses))


def _rows_with_formulas(t: Table) -> Iterator[Activation | Elementary]:
    """The rows that formulas call by name and that have a formula of their own.

    Not those whose formula is a function of the language itself, sin(z) or |z|: as a definition of
    the word it would go in a circle.
    """
    own = {n for r in t.elementary for n in (r.name, *r.aliases)}
    yield from (
        r for r in (*t.activations, *t.auxiliaries)
        if not (r.name in own and r.formula == f"{r.name}({r.variable})")
    )  # fmt: skip
    yield from (r for r in t.elementary if r.head is None and not r.opened)


_NAMED: Mapping[str, Activation | Elementary] = View(
    lambda t: {r.name: r for r in _rows_with_formulas(t)}
)

# name → (variable, *parameters), of every function that a formula may call
SIGNATURES: Mapping[str, tuple[str, ...]] = View(
    lambda t: {r.name: r.arguments for r in _rows_with_formulas(t)}
)


def _rows(t: Table) -> dict[str, Activation | Elementary]:
    """An elementary function stands before a row of the catalogue of its name."""
    out: dict[str, Activation | Elementary] = {}
    for row in t.functions:
        for word in (row.name, *row.aliases):
            out.setdefault(word, row)
    return out


# name or alias → row, of every function
ROWS: Mapping[str, Activation | Elementary] = View(_rows)


def function(name: str) -> Activation | Elementary:
    """The row of a function that has a formula: of the catalogue, or elementary.

    Raises CatalogueError for a name that it does not have.
    """
    return _NAMED[name] if name in _NAMED else activation(name)


def is_elementary(name: str) -> bool:
    """Whether it is an elementary function of one argument that no activation is called by."""
    row = ROWS.get(name)
    return isinstance(row, Elementary) and len(row.arguments) == 1 and name not in _ACTIVATIONS


def activation(name: str) -> Activation:
    """The activation, or the auxiliary function, of that name or alias.

    Raises CatalogueError for a name that it does not have.
    """
    if name in _LOSSES and name not in _ACTIVATIONS:
        raise CatalogueError(f"{quote(name)} is a loss, not an activation; write loss={name!r}.")
    if name not in _ACTIVATIONS:
        raise CatalogueError(
            f"The catalogue has no activation {quote(name)}.{did_you_mean(name, _ACTIVATIONS)} "
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
            f"{quote(name)} is an activation, not a loss; write activation={name!r}."
        )
    if name not in _LOSSES:
        raise CatalogueError(
            f"The catalogue has no loss {quote(name)}.{did_you_mean(name, _LOSSES)} "
            "`symgd list` shows all of them; any other loss is written as a formula in yhat and "
            "y, such as '(yhat - y)**4'."
        )
    return _LOSSES[name]
