r"""Whether a chain of equations is true, and whether it follows from the line before."""

from __future__ import annotations

from dataclasses import dataclass
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
from symgd.judge.values.values import is_array
from symgd.judge.verdicts.doubts import Untested, shortened, untested
from symgd.judge.verdicts.proof import proved
from symgd.judge.verdicts.sensitivity import Mutations
from symgd.judge.verdicts.state import Failure
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import Derivative, Fixed, Gradient, Listed, Name, Primed, walk

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

REAL = "real"  # the habit of letters of which nothing is known
# The part of the equations that must fit in their shapes before a misfit accuses one of them.
MOSTLY = 0.6


def verdict(
    judge: Judge, said: Statement, members: list[Any], signs: list[str], continues: bool
) -> Line:
    """The verdict on members[0] signs[0] members[1] ..., and whether it follows."""
    own = said.conditions or (judge.state.conditions if continues else ())
    conditions = [*own, *judge.env.assumptions.filters]
    last = judge.state.last if continues else None
    if isinstance(members[0], Fixed) and all(isinstance(n, Name) for n in members[0].names):
        # What a chain holds on its left it holds on every line.
        names = members[0].names
        members = [members[0], *(_held(m, names) for m in members[1:])]
        last = None if last is None else _held(last, names)
    primes = primed_in(members)
    wanted = [*members, last] if last is not None else members
    try:
        trials = judge.sampler.trials(wanted, conditions, primes)
    except Misfit as misfit:
        return misfit_line(judge, said, members, conditions, primes, continues, misfit)
    beyond = False
    if not trials and judge.env.assumptions.filters:
        # What is assumed leaves no point: the line may be right, and cannot be wrong.
        trials, beyond = judge.sampler.trials(wanted, list(own), primes), True
    if not trials:
        raise too_few()
    follows = None
    if last is not None:
        failed = [
            t for t in trials if not same(judge, t, t.values[-1], t.values[1], [last, members[1]])
        ]
        equal = all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials)
        follows = not failed or equal
    chain = Chain(said, members, signs, primes, last, follows, conditions)
    line = refuted(judge, chain, trials)
    if line is not None:
        if beyond:
            raise too_few()
        return line
    if set(signs) <= {"=", "~"}:
        compared = members if last is None else [*members, last]
        if (doubt := untested(judge.env, compared, trials)) is not None:
            raise Untested(doubt)
        return ticked(judge, chain, trials)
    return sampled(chain, trials)


@dataclass
class Chain:
    """What is compared on a line: members[0] signs[0] members[1] ...; `last` stood above it."""

    said: Statement
    members: list[Any]
    signs: list[str]
    primes: Any
    last: Any
    follows: bool | None
    conditions: list[Any]
    notes: tuple[str, ...] = ()


def refuted(judge: Judge, chain: Chain, trials: list[Trial]) -> Line | None:
    """The wrong line, where two members of a chain differ in one of the trials."""
    members = chain.members
    for k, sign in enumerate(chain.signs):
        if sign == "=>":
            continue
        failed = [t for t in trials if not holds(judge, t, k, k + 1, sign, members)]
        if failed and all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials):
            chain.notes = tuple(dict.fromkeys((*chain.notes, "true where the indices differ")))
            continue
        pair = [members[k], members[k + 1]]
        if failed and sign == "~" and has_letters(pair, failed[0], judge.env):
            raise NotUnderstood("How close this approximation is meant to be is not said.")
        if failed:
            judge.failure = Failure(*pair, trials, chain.primes, chain.last)
            return wrong_line(judge, chain, failed[0], k)
    return None


def ticked(judge: Judge, chain: Chain, trials: list[Trial]) -> Line:
    """The verdict on a chain that holds at all trials: by a proof, or if a wrong one would not.

    Raises Untested where a wrong one would hold as well.
    """
    exact = not chain.notes and set(chain.signs) == {"="} and proved(
        judge.env, chain.members, chain.primes
    )  # fmt: skip
    mutations = Mutations(judge, chain.members, trials, chain.conditions, chain.primes)
    hidden = mutations.hidden(chain.last is not None)
    if hidden and not exact:
        trials = [*trials, *(more := mutations.elsewhere())]
        if more and (line := refuted(judge, chain, more)) is not None:
            return line
        mutations.trials = trials
    if (term := mutations.vain(hidden)) is not None:
        raise Untested(
            f"At the points that were tried ${shortened(term)}$ makes no difference, so that a "
            "factor too many would not be seen there; something may be missing above."
        )
    if exact:
        return Line(chain.said.text, PROVED, chain.follows)
    turned = mutations.turned()
    if turned and (line := refuted(judge, chain, turned)) is not None:
        if trials[0].point.habit == REAL:
            return line
        base, _ = turned[0].point.turned
        raise NotUnderstood(f"This holds where ${base} > 0$ only, which is not said here.")
    return sampled(chain, trials)


def sampled(chain: Chain, trials: list[Trial]) -> Line:
    points = len({id(t.point) for t in trials})
    return Line(chain.said.text, SAMPLED, chain.follows, points, AGREEING_DIGITS,
                notes=chain.notes)  # fmt: skip


def holds(judge: Judge, trial: Trial, a: int, b: int, sign: str, members: list[Any]) -> bool:
    left, right = trial.values[a], trial.values[b]
    if sign in ("=", "~"):
        return same(judge, trial, left, right, [members[a], members[b]])
    if sign in ("<", ">", "<=", ">=", "!="):
        if sign == "!=":
            return not agree(left, right)
        small, large = (left, right) if sign[0] == "<" else (right, left)
        return bool(small <= large)
    raise NotUnderstood("Only equations and inequalities are judged.")


def same(judge: Judge, trial: Trial, left: Any, right: Any, members: list[Any]) -> bool:
    if agree(left, right):
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


def wrong_line(judge: Judge, chain: Chain, trial: Trial, k: int) -> Line:
    """Members k and k + 1 differ at this trial."""
    said, follows = chain.said, chain.follows
    example = Counterexample(shown_point(trial), *map(shown, trial.values[k : k + 2]))
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
    for (base, below, above), value in sorted(trial.point.drawn.items(), key=str):
        name = base
        if below:
            name += f"_{{{','.join(map(str, below))}}}" if len(below) > 1 else f"_{below[0]}"
        if above:
            name += f"^({','.join(map(str, above))})"
        out[name] = shown(value, 4)
    return out
