r"""Equations to be solved, and what is said to solve them or to follow from them.

    \frac{dL}{dw} = 2(w - a) = 0        sets the derivative to zero: a condition, and no claim
    \Rightarrow w = a                   is put back: 2(w - a) must be 0 there
    X^\top X w = X^\top y               must hold at points at which X^\top(Xw - y) is 0

A solution that is put back is tested: the equation does not hold at other points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.dependence import CONSTANT, behind, names_in
from symgd.judge.report import SAMPLED, WRONG, Counterexample, Line
from symgd.judge.trouble import Misfit, NotUnderstood, Outside, TooLong
from symgd.judge.values.agreement import agree, shown
from symgd.judge.values.digits import AGREEING_DIGITS, floor
from symgd.judge.values.evaluator import Clock, Evaluator
from symgd.judge.values.indices import free_letters, key_of
from symgd.judge.values.names import canonical
from symgd.judge.values.points import is_zero
from symgd.judge.values.roots import newton
from symgd.judge.values.sampling import FEWEST, Trial
from symgd.judge.values.values import entries, is_array, is_nothing
from symgd.judge.verdicts.letters import in_another_case
from symgd.judge.verdicts.witness import shown_point
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Derivative,
    Minus,
    Name,
    Number,
    exchange,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

WORK = 20_000
# How many statements behind it an equation may still be solved, and may accuse.
LASTS = 12
NEXT = 1
ACCUSING = ("wrong:not-a-solution", "wrong:differ-where")


@dataclass(frozen=True)
class Equation:
    """`zero` = 0; None where it is not understood. `at` is the line that sets it."""

    zero: Any
    at: int


def sides(members: list[Any], signs: list[str]) -> Any:
    """The side that is set to zero in a = 0 or 0 = a, or None.

    What has no letters is no equation to be solved: that \\int_0^1 x dx is 0 is a claim.
    """
    if signs != ["="] or all(map(is_zero, members)):
        return None
    left, right = members
    zero = left if is_zero(right) else right if is_zero(left) else None
    return zero if zero is not None and any(True for _ in letters_in(zero)) else None


def letters_in(tree: Any) -> Iterator[str]:
    """The letters of a tree that may have any value: no constants, functions, or bound indices."""
    bound = {i.base for n in walk(tree) if isinstance(n, Big) for i in n.indices}
    for name in names_in(tree):
        known = name.base in CONSTANT or name.base.removeprefix("\\") in FUNCTIONS
        if not known and name.base not in bound:
            yield name.base


# -- w = a -----------------------------------------------------------------------------------------


def solved_for(judge: Judge, name: Any, zero: Any) -> Name | None:
    r"""The letter of the equation that \hat{w}, w^* or w stands for; None where it has none."""
    if not isinstance(name, Name) or judge.env.vocabulary.indices & {name.base}:
        return None
    present = list(leaves(judge, zero))
    for spelling in spellings(name):
        if spelling in present:
            return spelling
    return None


def spellings(name: Name) -> Iterator[Name]:
    """The name, without its labels, without its accent."""
    yield name
    bare = replace(name, above=())
    yield bare
    inner = name.base.partition("{")[2].removesuffix("}")
    if inner and not inner.startswith("1"):
        yield replace(name, base=inner)
        yield replace(bare, base=inner)
        yield Name(inner)
    yield Name(name.base)


def leaves(judge: Judge, tree: Any) -> Iterator[Name]:
    """The names of a tree that nothing defines, those of definitions behind it after its own."""
    env, seen = judge.env, set()
    pending = [tree]
    while pending:
        for name in names_below(pending.pop(0)):
            if name in seen:
                continue
            seen.add(name)
            found = [d for d in env.definitions.get(name.base, ()) if isinstance(d.left, Name)]
            pending += (d.body for d in found)
            if not found:
                yield name


def put_back(judge: Judge, said: Statement, equation: Equation, letter: Name) -> Line | None:
    r"""The verdict on letter = expr, put into the equation; None where there is no value.

    \theta_{k+1} = \theta_k - t \nabla f(\theta_k) is a step to a solution, and none itself.
    """
    expr = said.members[-1]
    if letter.base in behind(judge.env, [expr]):
        return None  # also the μ of γ, where γ is made of μ: both are found by turns
    if any(isinstance(n, Derivative) and n.of is not None and letter in set(names_below(n.of))
           and letter not in n.by for n in walk(equation.zero)):  # fmt: skip
        return None  # what solves w'' = z w is a function, and no value at a point
    found = []
    untested = True
    for trial in judge.sampler.trials([equation.zero, expr], list(said.conditions)):
        evaluator = Evaluator(judge.env, trial.point, Clock(WORK), trial.binding)
        with mp.workdps(trial.digits):
            try:
                key = canonical(evaluator, key_of(evaluator, letter))
                here = evaluator.overridden({key: trial.values[1]}).value(equation.zero)
            except Outside:
                continue
            if is_array(here) != is_array(trial.values[0]):
                return None  # a vector in the place of a number: nothing says what the letter is
            scale = max([abs(x) for x in entries(trial.values[0])] + [floor(trial.digits)])
            size = max(abs(x) for x in entries(here))
            untested &= agree(trial.values[0], here, trial.digits)
            found.append((trial, here, size <= scale * mp.mpf(10) ** -AGREEING_DIGITS))
    if len(found) < FEWEST or untested:
        return None
    wrong = [(trial, here) for trial, here, fits in found if not fits]
    text = to_latex(equation.zero)
    if not wrong:
        return Line(said.text, SAMPLED, None, len(found), AGREEING_DIGITS,
                    notes=(say("note:put-back", equation=text),))  # fmt: skip
    trial, here = wrong[0]
    return Line(
        said.text, WRONG, reason=say(ACCUSING[0], equation=text),
        counterexample=Counterexample(shown_point(trial), shown(here), "0"),
    )  # fmt: skip


# -- what follows ----------------------------------------------------------------------------------


def implied(judge: Judge, said: Statement, equation: Equation) -> Line | None:
    """The verdict on a statement where the equation holds; None where no such point is found."""
    members = list(said.members)
    trials: list[Trial] = []
    for letter in unknowns(judge, equation.zero):
        try:
            trials = list(solved_points(judge, said, equation, letter))
        except TooLong:
            raise
        except NotUnderstood:
            continue
        if len(trials) >= FEWEST:
            break
    else:
        return None
    wrong = [
        (t, a, b)
        for t in trials
        for a, b in zip(t.values, t.values[1:], strict=False)
        if not agree(a, b, t.digits)
    ]
    text = to_latex(equation.zero)
    if not wrong and all(is_nothing(v, t.digits) for t in trials for v in t.values):
        return None  # 7 (w - a) is 0 as well where 2 (w - a) is
    if not wrong:
        return Line(said.text, SAMPLED, None, len(trials), AGREEING_DIGITS,
                    notes=(say("note:where", equation=text),))  # fmt: skip
    trial, a, b = wrong[0]
    assert len(members) > 1
    return Line(
        said.text, WRONG, reason=say(ACCUSING[1], equation=text),
        counterexample=Counterexample(shown_point(trial), shown(a), shown(b)),
    )  # fmt: skip


def unmarked(judge: Judge, said: Statement, equation: Equation) -> Statement | None:
    r"""A statement whose letters have lost the hats that mark the solutions of an equation.

    \hat\sigma^2 = \sum_i (x_i - \hat\mu)^2 / n; None where none of its letters wears one.
    """
    names = {n for m in said.members for n in names_below(m)}
    own = set(leaves(judge, equation.zero))
    marked = {n: solved_for(judge, n, equation.zero) for n in names - own}
    bare = {n: of for n, of in marked.items() if of is not None}
    if not bare:
        return None
    return replace(said, members=tuple(exchange(m, bare) for m in said.members))


def better_of(first: Line | None, second: Line | None) -> Line | None:
    """Of two verdicts on what a line says with its hats and without them the one that acquits."""
    return second if second is not None and second.verdict != WRONG else first


def unknowns(judge: Judge, zero: Any) -> list[Name]:
    """What the equation may be solved for: letters before families, and no bounds of Σ."""
    names = dict.fromkeys(leaves(judge, zero))
    free = [n for n in names if n.base not in (*judge.env.ranges.bounds, "e", r"\pi")]
    return sorted(free, key=lambda n: bool(n.below))


def solved_points(
    judge: Judge, said: Statement, equation: Equation, letter: Name
) -> Iterator[Trial]:
    """Points at which the equation holds, the letter being solved for, and the members there."""
    members = list(said.members)
    for trial in judge.sampler.trials([equation.zero, *members], list(said.conditions)):
        evaluator = Evaluator(judge.env, trial.point, Clock(WORK), trial.binding)
        with mp.workdps(trial.digits):
            key = canonical(evaluator, key_of(evaluator, letter))
            try:
                root = newton(evaluator, key, equation.zero)
                if root is None:
                    continue
                there = evaluator.overridden({key: root})
                point = replace(trial.point, drawn={**trial.point.drawn, key: root})
                yield Trial(point, trial.binding, [there.value(m) for m in members])
            except (Outside, Misfit, ZeroDivisionError, ValueError):
                continue


# -- which of them a statement is ------------------------------------------------------------------


def consequence(judge: Judge, said: Statement, arrow: bool) -> Line | None:
    """The verdict on a statement that solves an equation above it; None where it is none of these.

    Raises NotUnderstood where that equation is not understood.
    """
    recent = [q for q in reversed(judge.equations) if judge.index - q.at <= LASTS]
    if not recent or said.continues or set(said.signs) != {"="}:
        return None
    name = said.members[0]
    nearest = recent[0]
    near = judge.index - nearest.at <= NEXT
    if nearest.zero is None and arrow:
        raise NotUnderstood(say("unknown:follows-equation"))
    accused = None
    for equation in recent:
        letter = None if equation.zero is None else solved_for(judge, name, equation.zero)
        if letter is None:
            continue
        try:
            line = put_back(judge, said, equation, letter)
            if (
                line is not None
                and line.verdict == WRONG
                and (bare := unmarked(judge, said, equation))
            ):
                line = better_of(line, put_back(judge, bare, equation, letter))
        except (Misfit, NotUnderstood):
            line = None
        if line is None:
            continue
        if line.verdict != WRONG:
            return line
        marked = arrow or name != letter or (near and equation is nearest)
        marked = marked and not is_of_a_system(judge, said, equation, letter, recent)
        # Of \alpha_i (y_i w^\top x_i - 1) = 0 for every i no w is a solution, nor need it be one.
        indices = set(free_letters(equation.zero, judge.env.vocabulary.indices))
        marked = marked and indices <= {
            i.base for i in (*letter.below, *letter.above) if isinstance(i, Name)
        }
        marked = marked and in_another_case(judge, [equation.zero, said.members[-1]]) is None
        number = isinstance(_unsigned(said.members[-1]), Number)
        if marked and not (number and len(set(leaves(judge, equation.zero))) > 1):
            accused = accused or line
    return accused


def is_of_a_system(
    judge: Judge, said: Statement, equation: Equation, letter: Name, recent: list[Equation]
) -> bool:
    """Whether other equations above are about the same letters, and say more than this one does.

    x - 2y = 0 and x + y = 3: x = 2 solves both together, and neither for every y.
    """
    mine = set(leaves(judge, equation.zero))
    for other in recent:
        if other is equation or other.zero is None or not mine & set(leaves(judge, other.zero)):
            continue
        both = replace(said, members=(other.zero, Number(Fraction(0))))
        try:
            trials = list(solved_points(judge, both, equation, letter))
        except TooLong:
            raise
        except (Misfit, NotUnderstood):
            return True
        if not trials or any(not agree(t.values[0], t.values[1], t.digits) for t in trials):
            return True
    return False


def follows(judge: Judge, said: Statement, arrow: bool) -> Line | None:
    """The verdict on a statement that follows from an equation above it; None where none is near.

    Raises NotUnderstood for what an arrow says to follow from something that is not understood.
    """
    recent = [q for q in reversed(judge.equations) if judge.index - q.at <= LASTS and q.zero]
    if said.continues or not said.signs or set(said.signs) != {"="}:
        return None
    accused = None
    for equation in recent:
        try:
            line = implied(judge, said, equation)
            if (line is None or line.verdict == WRONG) and (
                bare := unmarked(judge, said, equation)
            ):
                line = better_of(line, implied(judge, bare, equation))
        except (Misfit, NotUnderstood):
            continue
        if line is not None and line.verdict != WRONG:
            return line
        accused = accused or line
    if not arrow:
        return None
    if accused is not None and behind(judge.env, said.members) & judge.unequal:
        raise NotUnderstood(say("doubt:inequalities"))
    if accused is None:
        raise NotUnderstood(say("unknown:follows-something"))
    return accused


def sets_to_zero(text: str) -> bool:
    """Whether a line that is not understood ends with = 0."""
    return TO_ZERO.search(text) is not None


TO_ZERO = re.compile(r"=\s*(?:\\(?:mathbf|boldsymbol|vec|bm)\s*)?\{?0\}?[\s.,;&]*$")


def begins_with_arrow(text: str) -> bool:
    """Whether a line begins with ⇒ or ⇔: it follows from the one above it."""
    return ARROW.match(text) is not None


ARROW = re.compile(
    r"[\s&]*(?:\\(?:text|mathrm)\s*\{[^{}]*\})?[\s&]*"
    r"(?:\\(?:iff|implies|therefore|(?:Long)?(?:left)?rightarrow|(?:Long)?Leftrightarrow"
    r"|(?:Long)?Rightarrow)\b|⇒|⇔|⟹|⟺|∴|=>)"
)


def _unsigned(tree: Any) -> Any:
    return tree.of if isinstance(tree, Minus) else tree
