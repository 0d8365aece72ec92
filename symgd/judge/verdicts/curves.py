r"""Implicit differentiation: y' where y is no formula in x, but a curve says what both are.

    x^2 + y^2 = 25                      a curve: an equation that is given, and no claim
    2x + 2y \frac{dy}{dx} = 0           holds on it, where y is a function of x
    y' = -\frac{x}{y}                   likewise

What fails on the curve above it is not accused: another curve may be meant, that words state. What
holds there was tested as every line is, at points of the curve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.judge.environment.dependence import CONSTANT
from symgd.judge.environment.environment import Definition
from symgd.judge.report import TAKEN, UNKNOWN, WRONG, Line
from symgd.judge.trouble import Misfit, NotUnderstood, TooLong
from symgd.judge.verdicts.state import Reading
from symgd.judge.words import say
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Gradient,
    Minus,
    Name,
    Primed,
    Root,
    Sum,
    names_below,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

GIVEN = say("note:curve")


def followed(trees: Iterable[Any]) -> dict[Name, Name | None]:
    """The letters y of y' and dy/dx, each with the x of dy/dx where one is written."""
    found: dict[Name, Name | None] = {}
    for tree in trees:
        for n in walk(tree):
            if isinstance(n, Primed) and _is_letter(n.of):
                found.setdefault(n.of, None)
            elif isinstance(n, Derivative) and _is_letter(n.of) and _is_letter(n.by[0]) and (
                set(n.by) == {n.by[0]} and n.of != n.by[0]
            ):  # fmt: skip
                found[n.of] = n.by[0]
    return found


def _is_letter(tree: Any) -> bool:
    plain = isinstance(tree, Name) and not tree.below and not tree.above
    return plain and len(tree.base) == 1 and tree.base.islower() and tree.base not in CONSTANT


def verdict(judge: Judge, said: Statement) -> Line | None:
    """The verdict on a line about y', or one that states a curve; None for any other line."""
    env = judge.env
    if env.shapes.arrays:
        return None
    if judge.followed == {}:
        return None
    left = judge.state.left if said.continues else None
    members = [*(() if left is None else (left,)), *said.members]
    if judge.followed is None:
        judge.followed = followed(env.document.trees)
    implicit = {
        y: x for y, x in judge.followed.items()
        if y.base not in env.definitions and y.base not in env.vocabulary.indices
    }  # fmt: skip
    if not implicit:
        return None
    here = followed(members)
    for y in implicit:
        moves = y in here or follows_along(members, said.text, y, implicit[y])
        if moves and judge.curve is not None:
            line = on_curve(judge, said, y, here.get(y) or implicit[y])
            if line is not None:
                return line
        elif not here and states_curve(judge, said, y):
            return given(judge, said, y, implicit[y])
    return None


def follows_along(members: list[Any], text: str, y: Name, x: Name | None) -> bool:
    """Whether y moves in a d/dx on a line; ∂/∂x says that it does not."""
    if r"\partial" in text or "∂" in text:
        return False
    return any(
        isinstance(n, Derivative) and n.of is not None and x in n.by and y in names_below(n.of)
        for m in members for n in walk(m)
    )  # fmt: skip


def states_curve(judge: Judge, said: Statement, y: Name) -> bool:
    """Whether this is an equation of y and one other letter, without a derivative."""
    if said.continues or tuple(said.signs) != ("=",) or said.members[0] in (y, _other(said, y)):
        return False
    nodes = [n for m in said.members for n in walk(m)]
    if any(isinstance(n, Derivative | Gradient | Primed) for n in nodes):
        return False
    if any(isinstance(n, Call) and (n.order or judge.env.is_function(n.function)) for n in nodes):
        return False
    return y in nodes and _other(said, y) is not None


def _other(said: Statement, y: Name) -> Name | None:
    """The one other letter of an equation, if there is just one."""
    letters = {n for m in said.members for n in names_below(m)} - {y}
    letters = {n for n in letters if n.base not in CONSTANT}
    return letters.pop() if len(letters) == 1 and all(map(_is_letter, letters)) else None


def given(judge: Judge, said: Statement, y: Name, x: Name | None) -> Line | None:
    """An equation that holds everywhere, or on the curve above, is judged; else it is a curve."""
    other = _other(said, y)
    if other is None or (x is not None and x != other):
        return None
    try:
        line = judge.in_any_reading(said)
        if line.verdict not in (WRONG, UNKNOWN):
            return line
    except TooLong:
        raise
    except (NotUnderstood, FormulaError):
        pass
    there = on_curve(judge, said, y, other, asked=False)
    if there is not None:
        return there
    judge.failure = None
    a, b = said.members
    judge.curve = Root(Sum((a, Minus(b))), y, other)
    judge.stated = said.text
    return Line(said.text, TAKEN, notes=(GIVEN,), role="condition")


def on_curve(
    judge: Judge, said: Statement, y: Name, x: Name | None, asked: bool = True
) -> Line | None:
    """The verdict on a line at points of the curve; None where it is not judged there.

    `asked`: whether the line is about y', so that what fails is not understood.
    """
    curve = judge.curve
    if curve is None or curve.of != y or (x is not None and curve.by != x):
        return None
    table = {**judge.env.definitions, y.base: [Definition(y, curve)]}
    try:
        with Reading(judge, definitions=table):
            line = judge.verdict(judge.env.read(said.text))
    except TooLong:
        raise
    except (NotUnderstood, FormulaError, Misfit):
        return None
    if line.verdict == WRONG or (asked and line.role == "condition"):
        judge.failure = None
        if asked:
            raise NotUnderstood(say("doubt:curve", curve=judge.stated))
        return None
    note = say("note:on-curve", curve=judge.stated)
    return replace(line, notes=(*line.notes, note))
