r"""Why a line must not be accused, and why one that holds must not be ticked.

A line is accused only if every reading that a careful person could have accuses it: the definition
that is missing, or was not understood, is one of these. A tick means that something was tested: 17δ
in place of δ would have been seen at the points that were tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.dependence import behind, unrelated
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.evaluator import DIGITS
from symgd.judge.values.sampling import Trial
from symgd.judge.values.values import entries
from symgd.judge.verdicts.state import Reading
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import Minus, Name, Number, Sum, walk

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

ZERO = mp.mpf(10) ** -30


class Untested(NotUnderstood):
    """A line holds at points at which a wrong one would hold as well."""


# -- before a line is accused ----------------------------------------------------------------------


def ignorance(judge: Judge, said: Statement, members: list[Any]) -> str | None:
    """What would have to be known before these members could be called different."""
    env = judge.env
    bases = behind(env, members)
    for base in sorted(bases & set(env.doubtful)):
        return f"The definition of {base} is not understood."
    unknown = sorted(bases & set(env.abstract))
    if unknown and not scales(judge, said, members):
        return f"{unknown[0]} is not defined here."
    for of, by in unrelated(env, members):
        if not (isinstance(of, Name) and of.base in env.abstract):
            return (
                f"By what is defined here, ${shortened(of)}$ does not depend on ${to_latex(by)}$."
            )
    return None


def shortened(tree: Any) -> str:
    text = to_latex(tree)
    return text if len(text) < 60 else text[:57] + "..."


def scales(judge: Judge, said: Statement, members: list[Any]) -> bool:
    """Whether every member is proportional to what is unknown: 7δx is wrong whatever L is."""
    conditions = [*said.conditions, *judge.env.assumptions.filters]
    primes = judge.failure.primes if judge.failure is not None else None
    found = []
    for stretch in (1, 2):
        with Reading(judge, stretch=stretch):
            try:
                found.append(judge.sampler.trials(members, conditions, primes))
            except (NotUnderstood, Misfit):
                return False
    once, twice = found
    with mp.workdps(DIGITS):
        return _doubled(once, twice)


def _doubled(once: list[Trial], twice: list[Trial]) -> bool:
    return len(once) == len(twice) > 0 and not any(map(is_zero, zip_members(once))) and all(
        abs(2 * x - y) <= abs(x) * mp.mpf(10) ** -20
        for a, b in zip(once, twice, strict=True)
        for v, w in zip(a.values, b.values, strict=True)
        for x, y in zip(entries(v), entries(w), strict=True)
    )  # fmt: skip


# -- before a line is ticked -----------------------------------------------------------------------


def untested(members: list[Any], trials: list[Trial]) -> str | None:
    """Why the points say nothing of these members, though they are equal there."""
    zeros = [is_zero(v) for v in zip_members(trials)]
    if all(zeros) and not any(map(is_number_zero, members)):
        return (
            "Both sides are 0 wherever it was tried, so that a factor too many would not be seen; "
            "something that it rests on is not defined here."
        )
    return None


def zip_members(trials: list[Trial]) -> Iterator[list[Any]]:
    """For each member its values at all points."""
    yield from (list(values) for values in zip(*(t.values for t in trials), strict=True))


def is_zero(values: list[Any]) -> bool:
    return all(abs(x) < ZERO for v in values for x in entries(v))


def is_number_zero(tree: Any) -> bool:
    """0, and what has it as a term: 0 + 0."""
    if isinstance(tree, Minus):
        return is_number_zero(tree.of)
    if isinstance(tree, Sum):
        return all(map(is_number_zero, tree.terms))
    return any(isinstance(n, Number) and n.value == 0 for n in walk(tree))
