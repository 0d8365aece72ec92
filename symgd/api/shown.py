"""Sections and steps of a derivation that a notebook shows as mathematics.

They are what the record holds, and equal to it; each knows how its derivation writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from symgd.trees.steps import Section, Step


class ShownStep(Step):
    """A step; `_repr_latex_` is before = after, with its rule."""

    _write: Callable[[], str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash((self.rule, str(self.before)))

    def _repr_latex_(self) -> str | None:
        return None if self._write is None else self._write()


class ShownSection(Section):
    """A section; `_repr_latex_` is its title, and an equation a step with its rule."""

    _write: Callable[[], str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Section) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash(self.id)

    def _repr_latex_(self) -> str | None:
        return None if self._write is None else self._write()


def _fields(x: Any) -> list[Any]:
    return [getattr(x, f.name) for f in fields(x)]


def shown_step(step: Step, write: Callable[[], str]) -> ShownStep:
    return _with(ShownStep(**_named(step)), write)


def shown_section(
    section: Section, write: Callable[[], str], write_step: Callable[[int], str]
) -> ShownSection:
    """The section and its steps; `write_step` writes the step of a place."""
    steps = tuple(
        shown_step(s, lambda i=i: write_step(i))  # type: ignore[misc]
        for i, s in enumerate(section.steps)
    )
    return _with(ShownSection(**{**_named(section), "steps": steps}), write)


def _named(x: Any) -> dict[str, Any]:
    return {f.name: getattr(x, f.name) for f in fields(x)}


def _with(x: Any, write: Callable[[], str]) -> Any:
    object.__setattr__(x, "_write", write)
    return x
