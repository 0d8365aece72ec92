"""Functions that act entry by entry: every function of the table, by each of its names.

    sin cos tan exp log tanh abs sign relu step sigmoid softplus ...      gelu  leaky_relu(0.1)

What a function is, the table says; its derivative is the scalar engine's lemma
(`symgd.derive.differentials.lemmas`). Its other arguments are numbers: max(Z, 0), polygamma(2, Z).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import TypeVar

import sympy as sp

from symgd import functions as catalogue
from symgd.errors import CatalogueError, listing
from symgd.functions import ROWS, Activation, Elementary
from symgd.language import parse
from symgd.language.named import unfold
from symgd.trees.arrays import Function
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr

T = TypeVar("T")


def is_function(word: str) -> bool:
    """Whether the word is a function that acts entry by entry."""
    return word in ROWS


def in_place(row: Activation | Elementary, own: T, others: Sequence[T]) -> list[T]:
    """The arguments in the order of the row: its own among the others."""
    return [*others[: row.place], own, *others[row.place :]]


def out_of_place(row: Activation | Elementary, args: Sequence[T]) -> tuple[T, list[T]]:
    """Its own argument, and the others in their order."""
    return args[row.place], [*args[: row.place], *args[row.place + 1 :]]


def function(word: str, parameters: tuple[Fraction, ...] = ()) -> Function:
    """The function of that word; raises CatalogueError for parameters that it does not have."""
    row = ROWS[word]
    _, wanted = out_of_place(row, row.arguments)
    many = isinstance(row, Elementary) and row.many and len(parameters) > len(wanted)
    if parameters and len(parameters) != len(wanted) and not many:
        raise CatalogueError(
            f"{word} has {len(wanted)} parameters beside its argument, and {len(parameters)} were "
            "given."
        )
    if wanted and not parameters:
        usual = defaults(row.name)
        if usual is None:
            call = ", ".join(in_place(row, "Z", wanted))
            raise CatalogueError(
                f"{word} has a parameter without a usual value; write {word}({call}) with numbers "
                f"for {listing(wanted)}."
            )
        parameters = usual
    return Function(row.name, parameters)


@cache
def defaults(word: str) -> tuple[Fraction, ...] | None:
    """The usual values of its parameters, if each has one."""
    row = ROWS[word]
    texts = [p.number for p in row.parameters.values()]
    if None in texts or len(texts) < len(row.arguments) - 1:
        return None
    values = [sp.Rational(parse(t)) for t in texts if t is not None]
    return tuple(Fraction(int(v.p), int(v.q)) for v in values)


def is_left_out(f: Function, letters: bool = False) -> bool:
    """Whether its parameters go without saying: softplus(Z) is that of β = 1, on every page.

    letters   whether those that a page shows as a letter have their usual numbers: LReLU(Z)
    """
    row = ROWS[f.name]
    shown = letters or all(p.default is not None for p in row.parameters.values())
    return shown and f.parameters == defaults(f.name)


@cache
def formula(f: Function) -> Expr:
    """f(z) as the scalar engine reads it, its parameters numbers; not of a derivative."""
    return unfold(ROWS[f.name], *arguments(f))


def arguments(f: Function) -> list[Expr]:
    """z among the numbers, as a scalar call of the function has them."""
    values = [sp.Rational(q.numerator, q.denominator) for q in f.parameters]
    return in_place(ROWS[f.name], symbol("z"), values)


def has_lemma(word: str) -> bool:
    """Whether its derivative is a lemma of its own: what no rule says with its convention."""
    row = ROWS[word]
    if isinstance(row, Activation) or not (row.head is not None or row.opened):
        return not row.is_flat
    if not row.primed or row.is_flat:
        return False
    own = next((r for r in catalogue.table().activations if r.name == row.name), None)
    return own is not None and bool(own.kinks or own.formula != f"{own.name}({own.variable})")


def opens_over_arrays(word: str) -> bool:
    """Whether its derivative is written in other functions; the others keep a prime."""
    row = ROWS[word]
    return row.opens if isinstance(row, Activation) else row.head is not None or row.opened


def spellings(word: str) -> tuple[str, str]:
    """How a function is written, in LaTeX and in Unicode."""
    row = ROWS[word]
    return row.latex, row.text
