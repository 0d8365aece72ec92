"""One exponential for σ(u) and σ(-u), written out: on floats a call costs more than it saves.

    e = e^-u        σ(u) = 1/(1 + e)        σ(-u) = eσ(u)

Right to a few units wherever e^-u is a double; where it is not, Python raises OverflowError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from symgd.functions.primitives import SIGMOID
from symgd.programs.names import Names
from symgd.programs.program import Assignment, Program
from symgd.trees.scalars import (
    ONE,
    Expr,
    add,
    application,
    exp,
    function_name,
    is_application,
    mul,
    neg,
    reciprocal,
    replace_all,
    walk,
)


def without_sigmoid(made: Program) -> Program:
    """The program without `_sigmoid`."""
    writer = _Writer(made)
    forward = tuple(writer.lines(made.forward))
    backward = list(writer.lines(made.backward))
    tables = []
    for table in (made.gradient, made.hessian, made.product):
        for e in table.values():
            backward += writer.lines_for(e)
        tables.append({key: replace_all(e, writer.table) for key, e in table.items()})
    gradient, hessian, product = tables
    return replace(
        made,
        forward=forward,
        backward=tuple(backward),
        gradient=gradient,
        hessian=hessian,
        product=product,
    )


class _Writer:
    """What each σ becomes, and the lines that it needs."""

    def __init__(self, made: Program) -> None:
        self.names = Names(made.graph)
        self.names.taken |= {a.name.name for a in made.lines}
        self.arguments = {u for e in (*(a.expr for a in made.lines), *made.results)
                          for u in arguments(e)}  # fmt: skip
        self.table: dict[Any, Expr] = {}

    def lines(self, given: Iterable[Assignment]) -> Iterator[Assignment]:
        for line in given:
            yield from self.lines_for(line.expr, line)
            yield Assignment(line.name, replace_all(line.expr, self.table))
            for u in arguments(line.expr):
                if line.expr == sigmoid(u):
                    # What the line names is used by its name from here on.
                    self.table[line.expr] = line.name

    def lines_for(self, expr: Expr, line: Assignment | None = None) -> Iterator[Assignment]:
        """The lines that the first use of σ(u) or σ(-u) needs; the table says what they become."""
        for u in arguments(expr):
            if sigmoid(u) in self.table:
                continue
            if neg(u) not in self.arguments:
                self.table[sigmoid(u)] = reciprocal(add(ONE, exp(neg(u))))
                continue
            e = self.names.fresh("e")
            yield Assignment(e, exp(neg(u)))
            value: Expr = reciprocal(add(ONE, e))
            if line is not None and line.expr == sigmoid(u):
                name: Expr = line.name
            else:
                name = self.names.fresh("s")
                yield Assignment(name, value)
                value = name
            self.table[sigmoid(u)] = value
            self.table[sigmoid(neg(u))] = mul(e, name)


def arguments(e: Expr) -> list[Expr]:
    """The u of every σ(u), in order."""
    found = (n.args[0] for n in walk(e) if is_application(n) and function_name(n) == SIGMOID)
    return list(dict.fromkeys(found))


def sigmoid(u: Expr) -> Expr:
    """σ(u)."""
    return application(SIGMOID, u)
