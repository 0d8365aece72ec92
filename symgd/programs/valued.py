"""Powers that have no value where what they are made of has none.

    u^v → {u^v if u = u; u otherwise}        u = u holds but for nan

To the libraries of every language nan^0 and 1^nan are 1. What cannot be without a value, as by
the domains of its names, is raised as it stands, and so is what is raised to a number or to what is
above 0: nan^2 is nan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd.functions import BY_HEAD
from symgd.functions.primitives import LOG1P
from symgd.programs.guard import head_of
from symgd.programs.lowering import has_gaps
from symgd.programs.names import Names
from symgd.programs.program import Assignment, Program
from symgd.programs.signs import Signs
from symgd.programs.stable import Scope, scope_of
from symgd.trees.scalars import Expr, is_application, piecewise, rebuild


def with_valued_powers(made: Program, slopes: bool = False) -> Program:
    """The program whose cost has powers that lack a value where their base or exponent does.

    `slopes`: the derivatives have none where such a cost has none; a file that asks by itself
    whether its cost has a value needs it not.
    """
    if not any(is_open(n) for line in made.forward for n in sp.preorder_traversal(line.expr)):
        return made
    guard = Lines(made)
    forward = tuple(a for line in made.forward for a in guard.line(line.name, line.expr))
    if not guard.found:
        return made
    made = replace(made, forward=forward)
    if not slopes:
        return made

    def ends(table: Mapping[Any, Expr]) -> dict[Any, Expr]:
        return {t: where_valued(made.value, e) for t, e in table.items()}

    return replace(made, gradient=ends(made.gradient), hessian=ends(made.hessian))


def is_open(e: Any) -> bool:
    """Whether it is a power whose exponent is no number."""
    return bool(e.is_Pow and e.base is not sp.E and e.exp.free_symbols)


def where_valued(u: Any, value: Expr) -> Expr:
    """The value where u has one, and nan where it has none."""
    return piecewise((value, sp.Eq(u, u, evaluate=False)), (u, sp.true))


class Guard:
    """Powers that ask for a value, by what is known of the names in them."""

    def __init__(self, scope: Scope, signs: Signs) -> None:
        self.scope, self.signs = scope, signs
        self.found = False

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        out = rebuild(e, tuple(map(self, e.args)))
        if not is_open(e):
            return out
        asked = []
        if e.base.free_symbols and self.lacks(e.base) and not self.scope.is_above(e.exp, 0):
            asked.append(0)
        if (e.base.free_symbols or e.base == 1) and self.lacks(e.exp):
            asked.append(1)
        args = list(out.args)
        for i in asked:
            args[i] = self.named(args[i], e.args[i])
        if asked:
            out, self.found = rebuild(e, tuple(args)), True
        for i in reversed(asked):
            out = where_valued(args[i], out)
        return out

    def named(self, e: Expr, was: Expr) -> Expr:
        """A name for what is asked and raised; `was`: what it was before it was guarded."""
        return e

    def lacks(self, e: Any) -> bool:
        """Whether an expression may be without a value where the leaves lie in their domains."""
        return any(
            self.name_lacks(n) if n.is_Symbol else self.has_gap(n) for n in sp.preorder_traversal(e)
        )

    def name_lacks(self, s: Any) -> bool:
        raise NotImplementedError

    def has_gap(self, e: Any) -> bool:
        if not has_gaps(e):
            return False
        if e.is_Pow and e.free_symbols:
            if self.scope.is_above(e.base, 0):
                return False
            return not (self.signs(e.base) == 1 and self.scope.is_above(e.exp, 0))
        if head_of(e) == LOG1P:
            return not self.scope.is_above(e.args[0], -1)
        row = None if is_application(e) else BY_HEAD.get(e.func)
        if row is not None and len(e.args) == 1:
            if row.domain == "positive":
                return not self.scope.is_above(e.args[0], 0)
            if row.domain == "[0, oo)":
                return self.signs(e.args[0]) != 1
        return True


class Lines(Guard):
    """The lines of one program, in their order; what is asked has a line of its own."""

    def __init__(self, made: Program) -> None:
        super().__init__(scope_of(made.graph), Signs(made))
        self.names = Names(made.graph)
        self.names.taken |= {line.name.name for line in made.lines}
        self.lacking: set[Any] = set()
        self.before: list[Assignment] = []

    def line(self, name: Any, expr: Expr) -> list[Assignment]:
        """The line name = expr, and before it those of the parts that it asks for."""
        out = self(expr)
        lines = [*self.before, Assignment(name, out)]
        self.before = []
        self.learn(name, expr)
        return lines

    def learn(self, name: Any, expr: Expr) -> None:
        self.scope.known[name] = expr
        self.signs.learn(name, expr)
        if self.lacks(expr):
            self.lacking.add(name)

    def named(self, e: Expr, was: Expr) -> Expr:
        if e.is_Symbol:
            return e
        known = next((a.name for a in self.before if a.expr == e), None)
        if known is None:
            known = self.names.next()
            self.before.append(Assignment(known, e))
            self.learn(known, was)
        return known

    def name_lacks(self, s: Any) -> bool:
        return s in self.lacking
