r"""What a line has to withstand before it is accused, and what a wrong line is told.

A line that fails is accused only if no other reading acquits it, no letter in it is a stranger, no
assumption was left unread, and the shapes are clear. It is then told its likely slip and what is
right.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from symgd.judge.environment.chance import chance_of
from symgd.judge.environment.dependence import CONSTANT
from symgd.judge.environment.environment import ONES
from symgd.judge.report import WRONG, Line
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.indices import free_letters
from symgd.judge.verdicts import operators, orders, solutions
from symgd.judge.verdicts.doubts import ignorance
from symgd.judge.verdicts.equations import mostly_fits
from symgd.judge.verdicts.readings import other_readings
from symgd.judge.verdicts.right import right_side
from symgd.judge.verdicts.slips import slip
from symgd.judge.words import say
from symgd.language.latex.brackets import BLANK
from symgd.language.latex.derivatives import HALF
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Derivative,
    Name,
    names_below,
    walk,
)
from symgd.language.sentences import is_said

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge


def acquit_or_explain(judge: Judge, said: Statement, found: Line) -> Line:
    """A line that is true under another reading that is open to it is not accused."""
    failure = judge.failure
    if (other := acquitted(judge, said, found)) is not None:
        return other
    judge.failure = failure
    if judge.tries:
        return found
    if found.verdict != WRONG or is_said(found.reason, *solutions.ACCUSING):
        return found  # what solves an equation was tried where the equation above it holds
    members = accused(judge, said)
    if judge.failure is not None and judge.failure.guessed is not None:
        raise NotUnderstood(say("doubt:array", letter=judge.failure.guessed))
    if (clash := twice_bound(judge, members)) is not None:
        raise NotUnderstood(say("doubt:twice-bound", letter=clash))
    doubt = operators.doubt(judge, said, members) or ignorance(judge, said, members)
    if doubt is not None:
        raise NotUnderstood(doubt)
    if HALF in said.notes:
        raise NotUnderstood(say("doubt:partial-missing"))
    if "operator" in said.ambiguous:
        raise NotUnderstood(say("doubt:operator-reach"))
    stranger = stranger_in(judge, said)
    if (
        stranger is not None
        and not is_said(found.reason, orders.REASON)
        and not operators.cancels(judge.env, list(said.members), {stranger})
    ):
        raise NotUnderstood(say("doubt:stranger", letter=stranger))
    unread = [t for t in judge.env.unread if t not in judge.defining]
    if unread:
        raise NotUnderstood(say("doubt:assumption", assumption=unread[0]))
    if judge.env.shapes.arrays and found.counterexample is not None and not mostly_fits(judge):
        raise NotUnderstood(say("doubt:shapes"))
    return explain(judge, found)


def acquitted(judge: Judge, said: Statement, found: Line) -> Line | None:
    """The verdict by the first reading under which a wrong line holds; None where none does.

    Raises NotUnderstood where that reading is one that is not ticked.
    """
    for reading in chain(operators.readings(judge, said), other_readings(judge, said)):
        other = reading.line(said)
        if other is None:
            continue
        better = other.verdict != WRONG and found.verdict == WRONG
        if better and reading.doubt:
            raise NotUnderstood(reading.doubt)
        if better and "base" in reading.changes:
            judge.env.base = reading.changes["base"]  # of the whole document
        if better or (other.follows and not found.follows and other.verdict == found.verdict):
            return replace(other, notes=(*other.notes, *reading.notes))
    return None


def twice_bound(judge: Judge, members: list[Any]) -> str | None:
    """An index that one Σ of these members runs over, and that stands free beside it."""
    indices = judge.env.vocabulary.indices
    free = {n for m in members for n in free_letters(m, indices)}
    bound = {i.base for m in members for n in walk(m) if isinstance(n, Big) for i in n.indices}
    return min(free & bound, default=None)


def accused(judge: Judge, said: Statement) -> list[Any]:
    """The members that are called different."""
    failed = judge.failure
    if failed is not None:
        return [failed.left, failed.wrong]
    return [judge.state.left, *said.members] if said.continues else list(said.members)


def explain(judge: Judge, found: Line) -> Line:
    """A wrong line with its likely slip; an inherited error was explained where it arose."""
    if found.inherited is not None or judge.failure is None:
        return found
    failed = judge.failure
    try:
        likely = slip(
            judge.env, failed.left, failed.wrong, failed.trials, failed.primes, failed.before
        )
    except Exception:  # what explains a verdict is no part of it
        likely = None
    try:
        right = right_side(judge.env, failed.left)
    except Exception:
        right = None
    return replace(found, right=right, slip=likely)


def stranger_in(judge: Judge, said: Statement) -> str | None:
    """A letter that nothing declares and that only one member mentions."""
    sides = [set(names_below(m)) for m in said.members]
    moving = {
        n.base
        for m in said.members
        for d in walk(m)
        if isinstance(d, Derivative)
        for by in d.by
        for n in names_below(by)
    }
    if said.continues:
        sides.append(set(names_below(judge.state.left)))
    for name in sorted(set().union(*sides), key=str):
        on = sum(any(n.base == name.base for n in s) for s in sides)
        known = is_known(judge, name) and not is_part_only(judge, name)
        if on == 1 and name.base not in moving and not known:
            return name.base
    return None


def is_part_only(judge: Judge, name: Name) -> bool:
    """Whether all that is said with a letter is what its parts are called: h_i = H_ii, of H."""
    env = judge.env
    bodies = [d.body for d in env.all_definitions if name.base in {n.base for n in walk(d.body)
              if isinstance(n, Name)}]  # fmt: skip
    return not env.definitions.get(name.base) and bool(bodies) and all(
        isinstance(b, Name) and b.below for b in bodies
    )  # fmt: skip


def is_known(judge: Judge, name: Name) -> bool:
    env = judge.env
    accent = name.base.partition("{")[0]
    large = env.whole_of(name.base, name.below)
    bases = {large, name.base, *(() if name.below else (name.base.lower(),))}
    return (
        accent in env.bars
        or name == BLANK
        or name.base in env.vocabulary.densities
        or name.base in chance_of(env).random
        or name.base in (*env.ranges.bounds, *env.vocabulary.indices, ONES)
        or (name.base in CONSTANT and not (name.base == "e" and name.below))  # e_1 is a letter
        or (name.base == r"\delta" and len(name.below) + len(name.above) == 2)
        or any(
            n.base in bases
            and (len(n.below) == len(name.below) or not n.below or not name.below)
            and not (n.base == "e" and len(n.below) != len(name.below))
            for n in (*env.leaves, *judge.known, *env.variables)
        )
        or any(env.defines(Name(b, below)) for b in bases for below in (name.below, ()))
        or any(name.base in (a.base, b.base) for a, b in env.aliases)
    )  # fmt: skip
