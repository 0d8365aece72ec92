r"""Whether a chain of equations is true, and whether it follows from the line before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

from symgd.judge.report import PROVED, SAMPLED, WRONG, Counterexample, Line
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.sampling import (
    AGREEING_DIGITS,
    Trial,
    agree,
    agree_transposed,
    has_letters,
    printed_tolerance,
    shown,
    too_few,
)
from symgd.judge.values.values import entries, is_array
from symgd.judge.verdicts import operators, orders
from symgd.judge.verdicts.doubts import Untested, untested
from symgd.judge.verdicts.proof import proved
from symgd.judge.verdicts.state import Failure
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import Derivative, Fixed, Gradient, Listed, Name, Primed, walk

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

# The part of the equations that must fit in their shapes before a misfit accuses one of them.
MOSTLY = 0.6
# Digits to which integrals and limits agree, and from which on they surely do not.
ROUNDED_DIGITS, SURELY_OFF = 10, 6


def verdict(
    judge: Judge, said: Statement, members: list[Any], signs: list[str], continues: bool
) -> Line:
    """The verdict on members[0] signs[0] members[1] ..., and whether it follows."""
    if orders.has_order(members):
        return orders.verdict(judge, said, members, signs)
    own = said.conditions or (judge.state.conditions if continues else ())
    conditions = [*own, *judge.env.assumptions.filters]
    last = judge.state.last if continues else None
    if isinstance(members[0], Fixed) and all(isinstance(n, Name) for n in members[0].names):
        # What a chain holds on its left it holds on every line.
        names = members[0].names
        members = [members[0], *(_held(m, names) for m in members[1:])]
        last = None if last is None else _held(last, names)
    notes: list[str] = []
    letter, members = operators.without_constants(judge.env, members)
    if letter is not None:
        last = None if last is None else Derivative(last, (letter,), at=last.at)
        notes.append(operators.COMPARED.format(to_latex(letter)))
    primes = primed_in(members)
    wanted = [*members, last] if last is not None else members
    try:
        trials = judge.sampler.trials(wanted, conditions, primes)
    except Misfit as misfit:
        return misfit_line(judge, said, members, conditions, primes, continues, misfit)
    beyond = False
    if not trials and judge.env.assumptions.filters:
        # What is assumed leaves no point: the line may be right, and cannot be wrong.
        try:
            trials, beyond = judge.sampler.trials(wanted, list(own), primes), True
        except Misfit as misfit:
            return misfit_line(judge, said, members, conditions, primes, continues, misfit)
    if not trials:
        raise too_few()
    follows = None
    if last is not None:
        failed = [
            t for t in trials if not same(judge, t, t.values[-1], t.values[1], [last, members[1]])
        ]
        equal = all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials)
        follows = not failed or equal
    elif continues:
        follows = None
    for k, sign in enumerate(signs):
        if sign == "=>":
            continue
        a = 0 if continues and k == 0 else k
        failed = [t for t in trials if not holds(judge, t, a, k + 1, sign, members)]
        if failed and all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials):
            notes.append("true where the indices differ")
            failed = []
        if failed and beyond:
            raise too_few()
        pair = [members[a], members[k + 1]]
        if failed and sign == "~" and has_letters(pair, failed[0], judge.env):
            small = orders.to_first_order(judge, *pair)
            if small is not None:
                notes.append(f"to first order in {to_latex(small)}")
                continue
            raise NotUnderstood("How close this approximation is meant to be is not said.")
        if failed:
            judge.failure = Failure(members[a], members[k + 1], trials, primes, last)
            return wrong_line(judge, said, failed[0], members, a, k + 1, follows, trials)
    compared = members if last is None else [*members, last]
    doubt = untested(judge.env, compared, trials) if set(signs) <= {"=", "~"} else None
    if doubt is not None:
        raise Untested(doubt)
    points = len({id(t.point) for t in trials})
    if not notes and set(signs) == {"="} and proved(judge.env, members, primes):
        return Line(said.text, PROVED, follows)
    digits = ROUNDED_DIGITS if judge.env.rounded else AGREEING_DIGITS
    return Line(said.text, SAMPLED, follows, points, digits, notes=tuple(notes))


def holds(judge: Judge, trial: Trial, a: int, b: int, sign: str, members: list[Any]) -> bool:
    left, right = trial.values[a], trial.values[b]
    if sign in ("=", "~"):
        return same(judge, trial, left, right, [members[a], members[b]])
    if sign in ("<", ">", "<=", ">=", "!="):
        if sign == "!=":
            return not agree(left, right)
        if is_array(left) or is_array(right):
            raise NotUnderstood("Arrays are not compared by size.")
        small, large = (left, right) if sign[0] == "<" else (right, left)
        return bool(small <= large)
    raise NotUnderstood("Only equations and inequalities are judged.")


def same(judge: Judge, trial: Trial, left: Any, right: Any, members: list[Any]) -> bool:
    if agree(left, right) or (judge.env.rounded and nearly(left, right)):
        return True
    if agree_transposed(left, right) and any(map(is_derivative, members)):
        vector = 1 in left.shape
        if vector or judge.env.layout in (None, "numerator"):
            if not vector:
                judge.env.layout = "numerator"
                judge.env.note("a derivative in a matrix is laid out transposed")
            return True
    with mp.workdps(50):
        tolerance = printed_tolerance(members, trial, judge.env)
    if tolerance is None or is_array(left) != is_array(right):
        return False
    if is_array(left) and left.shape != right.shape:
        return False
    return bool(np.all(abs(left - right) <= tolerance))


def nearly(left: Any, right: Any) -> bool:
    """Whether values of integrals and limits agree to the digits that these have."""
    if is_array(left) != is_array(right) or (is_array(left) and left.shape != right.shape):
        return False
    pairs = list(zip(entries(left), entries(right), strict=True))
    scale = max([mp.mpf(1), *(abs(x) for pair in pairs for x in pair)])
    off = max(abs(x - y) for x, y in pairs) / scale
    if mp.mpf(10) ** -ROUNDED_DIGITS < off < mp.mpf(10) ** -SURELY_OFF:
        raise NotUnderstood("This integral is not worked out to enough digits.")
    return bool(off < mp.mpf(10) ** -SURELY_OFF)


def wrong_line(judge: Judge, said: Statement, trial: Trial, members: list[Any], a: int, b: int,
    follows: bool | None, trials: list[Trial],
) -> Line:  # fmt: skip
    example = Counterexample(shown_point(trial), shown(trial.values[a]), shown(trial.values[b]))
    inherited = judge.state.wrong if follows and judge.state.wrong is not None else None
    reason = "the two sides differ"
    if inherited is not None:
        reason = f"it follows from line {inherited + 1}, which is wrong"
    return Line(said.text, WRONG, follows, reason=reason, counterexample=example,
                inherited=inherited)  # fmt: skip


def misfit_line(
    judge: Judge, said: Statement, members: list[Any], conditions: list[Any], primes: Any,
    continues: bool, misfit: Misfit,
) -> Line:  # fmt: skip
    listed = any(isinstance(n, Listed) for m in members for n in walk(m))
    if not mostly_fits(judge) or listed:
        raise NotUnderstood(
            f"The shapes are not clear: {misfit}. Declare them, as in W \\in "
            "\\mathbb{R}^{m \\times n}."
        )
    if len(members) == 2:
        try:
            trials = judge.sampler.trials(members[:1], conditions, primes)
            judge.failure = Failure(members[0], members[1], trials, primes, None)
        except Misfit:
            pass
    return Line(said.text, WRONG, None, reason=f"the shapes do not fit: {misfit}")


def mostly_fits(judge: Judge) -> bool:
    """Whether the shapes fit all that is written, but for a line or a few."""
    env = judge.env
    misses = round(len(env.document.equations) * (1 - env.shapes.fitting))
    return env.shapes.fitting >= MOSTLY or (bool(env.shapes.declared) and misses <= 1)


def _held(member: Any, names: tuple[Any, ...]) -> Any:
    return member if isinstance(member, Fixed) else Fixed(member, names, at=member.at)


def primed_in(members: list[Any]) -> dict[Any, Any]:
    """E' = dE/dθ: what the prime stands for on this line."""
    names = {n.of for m in members for n in walk(m) if isinstance(n, Primed)}
    first = members[0]
    operator = {"operator": first.by} if isinstance(first, Derivative) else {}
    return operator | {
        n.of: n.by[0]
        for m in members
        for n in walk(m)
        if isinstance(n, Derivative) and n.of in names and len(n.by) == 1
    }


def _has_equal_indices(trial: Trial) -> bool:
    return len(set(trial.binding.values())) < len(trial.binding)


def is_derivative(tree: Any) -> bool:
    return any(isinstance(n, Derivative | Gradient) for n in walk(tree))


def shown_point(trial: Trial) -> dict[str, str]:
    """The letters of a counterexample with their values, indices first."""
    out = {n: str(v) for n, v in trial.binding.items()}
    random = {k: " or ".join(shown(v, 4) for v in values)
              for k, values in trial.point.outcomes.items()}  # fmt: skip
    drawn = {k: shown(v, 4) for k, v in trial.point.drawn.items() if k not in random}
    for (base, below, above), text in sorted((drawn | random).items(), key=str):
        name = base
        if below:
            name += f"_{{{','.join(map(str, below))}}}" if len(below) > 1 else f"_{below[0]}"
        if above:
            name += f"^({','.join(map(str, above))})"
        out[name] = text
    for letters, weights in trial.point.weights.items():
        out[f"weights of {letters}"] = ", ".join(shown(w, 4) for w in weights)
    return out
