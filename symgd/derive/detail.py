"""How much is said: every rule a line, or what a textbook prints, or three lines.

full       each rule a line
textbook   what is done in passing joins the line before it, and routine that before it
brief      a line for the chain, one for differentiating, one for the lemmas, one for algebra
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from symgd.derive.algebra.identities import IDENTITIES
from symgd.derive.rules import RULES
from symgd.language.formulas.printer import plain, text
from symgd.trees.scalars import D, Expr, distinct
from symgd.trees.steps import Section, Step

DETAILS = ("brief", "textbook", "full")

# What a textbook does in one line, one after the other: (e^z - e^-z)' = e^z + e^-z.
OPENING = frozenset({"negative", "sum", "constant_multiple"})
ROUTINE = OPENING | {"linear", "exp"}
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
    kind: str,
    id: str,
    left: Expr,
    lines: list[Line],
    detail: str,
    function: str = "",
    told: str = "chain",
) -> Section:
    """The lines as the steps of a section, as many of them as the detail asks for."""
    steps: list[Step] = []
    before = left
    for line in lines:
        if line.after == before and line.note is None:
            continue
        step = Step(before, line.after, line.rule, line.part, line.detail, (), line.note)
        joined = bool(steps) and (
            joins(steps[-1], step, detail)
            or (told == "backprop" and in_one_breath(kind, steps[-1], step, detail))
            or reads_alike(steps[-1], step)
        )
        if joined:
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
    if step.rule in PASSING or (last.rule in OPENING and step.rule in ROUTINE):
        return True
    if step.part is None:
        return False
    return step.rule == "linear" and step.part[1].is_Number


# By backpropagation: what is said on the line of a step of this rule.
BREATHS = {"linear": {"linear", "lemma", "output"}, "lemma": {"lemma", "output"}}


def in_one_breath(kind: str, last: Step, step: Step, detail: str) -> bool:
    """Whether backpropagation, as books print it, says both on one line: coefficients, lemmas and
    outputs by their names; of a parameter, ∂C/∂w = ∂C/∂z·x, the chain with its coefficient."""
    if detail != "textbook" or step.note is not None or last.note is not None:
        return False
    if last.rule == "chain" and step.rule == "linear":
        return kind == "gradient"
    if "chain" in last.also:
        return False  # a slope that stands there is quoted from a lemma on a line of its own
    if step.rule == "output" and isinstance(last.before, D):
        return False  # what the name stands for is to be read on one of the two lines
    return step.rule in BREATHS.get(last.rule, ())


def reads_alike(last: Step, step: Step) -> bool:
    """Whether the step changes nothing that can be read: brackets that are not printed, ∂p/∂z with
    all that moves p and then through z alone."""
    if step.note is not None or last.note is not None:
        return False
    if step.rule == "chain":
        return text(last.after) == text(step.after)
    return step.rule == "arithmetic" and plain(last.after) == plain(step.after)


def join(last: Step, step: Step) -> Step:
    """Both on one line, under the rule of the first."""
    known = (last.rule, *last.also)
    repeated = step.rule in ("lemma", "chain") and step.detail != last.detail
    again = repeated and step.rule == last.rule and step.rule not in last.also
    also = (*last.also, *((step.rule,) if step.rule not in known or again else ()))
    if step.rule == "constant" and "vanished" not in also and vanishes(last, step):
        also = (*also, "vanished")
    return replace(last, after=step.after, part=None, also=also)


def vanishes(last: Step, step: Step) -> bool:
    """Whether a derivative that could be read on the line before is gone from this one."""
    derivative = step.part[0] if step.part is not None else None
    return derivative is not None and any(n == derivative for n in distinct(last.before))


def phase(rule: str) -> str:
    return PHASES.get(rule, "differentiate")
