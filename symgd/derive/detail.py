"""How much is said: every rule a line, or what a textbook prints, or three lines.

full       each rule a line
textbook   what is done in passing joins the line before it
brief      a line for the chain, one for differentiating, one for the lemmas, one for algebra
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from symgd.derive.algebra.identities import IDENTITIES
from symgd.derive.rules import RULES
from symgd.language.formulas.printer import plain
from symgd.trees.scalars import Expr
from symgd.trees.steps import Section, Step

DETAILS = ("brief", "textbook", "full")

PASSING = frozenset(r.id for r in RULES if r.trivial)

# rule                    phase of a derivation; every other rule differentiates
PHASES = {
    "chain": "chain",
    "definition": "chain",
    "lower_order": "chain",
    "implicit": "chain",
    "lemma": "lemma",
    "output": "lemma",
    "convention": "convention",
    "limit": "convention",
    "seam": "convention",
    **{r.id: "algebra" for r in IDENTITIES},
    **dict.fromkeys(
        (
            "arithmetic",
            "split_fraction",
            "add_subtract",
            "multiply_exponential",
            "common_denominator",
            "like_terms",
            "in_itself",
            "in_sigmoid",
            "factor",
        ),
        "algebra",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step in the making: what the whole became, by which rule, and which part changed."""

    rule: str
    after: Expr
    part: tuple[Expr, Expr] | None = None
    detail: Expr | None = None
    note: tuple[Any, ...] | None = None


def section(
    kind: str, id: str, left: Expr, lines: list[Line], detail: str, function: str = ""
) -> Section:
    """The lines as the steps of a section, as many of them as the detail asks for."""
    steps: list[Step] = []
    before = left
    for line in lines:
        if line.after == before and line.note is None:
            continue
        step = Step(before, line.after, line.rule, line.part, line.detail, (), line.note)
        if steps and (joins(steps[-1], step, detail) or reads_alike(steps[-1], step)):
            steps[-1] = join(steps[-1], step)
        else:
            steps.append(step)
        before = line.after
    return Section(kind, id, left, tuple(steps), 0, function)


def joins(last: Step, step: Step, detail: str) -> bool:
    """Whether the step is shown on the line of the last one."""
    if detail == "full" or step.note is not None or last.note is not None:
        return False
    if detail == "brief":
        return phase(last.rule) == phase(step.rule)
    if last.rule in ("definition", "lower_order"):
        return False
    if step.rule in PASSING:
        return True
    if step.part is None:
        return False
    return step.rule == "linear" and step.part[1].is_Number


def reads_alike(last: Step, step: Step) -> bool:
    """Whether the step changes nothing that can be read: brackets that are not printed."""
    if step.note is not None or last.note is not None:
        return False
    return step.rule == "arithmetic" and plain(last.after) == plain(step.after)


def join(last: Step, step: Step) -> Step:
    """Both on one line, under the rule of the first."""
    known = (last.rule, *last.also)
    repeated = step.rule in ("lemma", "chain") and step.detail != last.detail
    again = repeated and step.rule == last.rule and step.rule not in last.also
    also = (*last.also, *((step.rule,) if step.rule not in known or again else ()))
    return replace(last, after=step.after, part=None, also=also)


def phase(rule: str) -> str:
    return PHASES.get(rule, "differentiate")
