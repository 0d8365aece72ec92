"""What a rewrite may recognise, and how a row of the table of identities looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symgd.functions import PRIMED
from symgd.trees.graph import NamedFunction
from symgd.trees.scalars import Expr, applied, function

Route = tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a rewrite may recognise: the function being derived, if there is one."""

    function: NamedFunction | None = None

    def call(self) -> Expr | None:
        g = self.function
        return None if g is None else head_of(g)(*g.variables)


def head_of(g: NamedFunction) -> Callable[..., Expr]:
    """How an application of g is built: sympy's own class for an elementary function."""
    own = PRIMED.get(g.name)
    if own is not None:
        return lambda *args: function(own, *args)
    return lambda *args: applied(g.name, *args)


Rewrite = Callable[[Expr, Context], "Expr | Route | None"]


@dataclass(frozen=True, slots=True)
class Identity:
    """An equation that a node is rewritten by; fields as in `symgd.derive.rules.Rule`."""

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite


def parts(node: Expr) -> list[Expr]:
    """The factors of a product; of anything else, itself."""
    return list(node.args) if node.is_Mul else [node]


def without(factors: list[Expr], *gone: Expr) -> list[Expr]:
    rest = list(factors)
    for g in gone:
        rest.remove(g)
    return rest
