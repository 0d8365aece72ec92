"""Sections and steps of a derivation that a notebook shows as mathematics.

They are what the record holds, and equal to it; each knows how its derivation writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from symgd.pages.messages import language as language_of
from symgd.trees.steps import Section, Step

if TYPE_CHECKING:
    from symgd.api.kind import Kind, Record


@dataclass(frozen=True)
class Writer:
    """A section as its derivation writes it, or one of its steps: data, to be pickled with it."""

    kind: Kind
    record: Record
    section: Section
    step: int | None = None

    def __call__(self) -> str:
        from symgd.pages import notebook

        words = language_of("en")
        document, block = self.kind.block(self.record, self.section, words)
        if self.step is None:
            return notebook.section(document, block)
        # A page may leave a step out, and a block may have a row more.
        row = self.kind.row(self.record, self.section, self.step, words)
        return notebook.step(document, row, self.section.steps[self.step].before)


class ShownStep(Step):
    """A step; `_repr_latex_` is before = after, with its rule."""

    _write: Callable[[], str] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash((self.rule, str(self.before)))

    # The fields of a step have slots, and its pickle would hold them alone.
    def __getstate__(self) -> dict[str, Any]:
        return {**_named(self), "_write": self._write}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

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


def shown_section(kind: Kind, record: Record, section: Section) -> ShownSection:
    """The section and its steps, each of which writes itself."""
    steps = tuple(
        _with(ShownStep(**_named(s)), Writer(kind, record, section, i))
        for i, s in enumerate(section.steps)
    )
    shown = ShownSection(**{**_named(section), "steps": steps})
    return _with(shown, Writer(kind, record, section))


def _named(x: Any) -> dict[str, Any]:
    return {f.name: getattr(x, f.name) for f in fields(x)}


def _with(x: Any, write: Writer) -> Any:
    object.__setattr__(x, "_write", write)
    return x
