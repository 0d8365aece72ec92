"""Which steps of a derivation have a line on a page."""

from __future__ import annotations

from typing import Any

import sympy as sp


def puts_cases_in(step: Any) -> bool:
    """Whether all that a step does is to write out cases, or outputs in them, that keep their name
    on a page."""
    cases = step.part is not None and isinstance(step.part[1], sp.Piecewise)
    return (step.rule == "lemma" and cases) or (
        step.rule == "output" and step.after.has(sp.Piecewise)
    )


def shown_steps(derivation: Any) -> list[Any]:
    """The steps of scalars that a page tells, where nothing is told as another thing."""
    return [
        step
        for section in derivation.record.all_sections
        for step in section.steps
        if section.kind == "lemma" or not puts_cases_in(step)
    ]
