"""Ray as an engine: datasets, and lists of references to frames.

Parts stay in the store of objects, beside the machine that made them; what is lost Ray makes again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any

from symgd.training.fitting.parts import Ask
from symgd.training.streams.pieces import Some, join, some_rows, tree


def called(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def joined(*answers: Any) -> Any:
    return join(answers)


class RayEngine:
    """Blocks of a dataset of Ray."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.columns = None if isinstance(given, list | tuple) else list(given.columns() or ())

    def __str__(self) -> str:
        return f"{len(self.blocks)} blocks of Ray"

    @cached_property
    def blocks(self) -> list[Any]:
        if isinstance(self.given, list | tuple):
            return list(self.given)
        return list(self.given.to_arrow_refs())

    def call(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, as one that is run for references to its arguments."""
        import ray

        sent = ray.put(function)
        remote = ray.remote(called)
        return lambda *arguments: remote.remote(sent, *arguments)

    def kept(self, wanted: Collection[str], make: Callable[[Any], Any]) -> Any:
        return [*map(self.call(make), self.blocks)]

    def joined(self, ask: Ask, kept: Any, places: Mapping[int, Any] | None) -> Any:
        import ray

        some = self.call(Some(ask))
        if places is None:
            answers = [some(part) for part in kept]
        else:
            answers = [some(kept[k], rows) for k, rows in sorted(places.items())]
        remote = ray.remote(joined)
        return ray.get(tree(answers, lambda level: remote.remote(*level)))

    def mapped(self, wanted: Collection[str] | None, function: Callable[[Any], Any]) -> list[Any]:
        import ray

        return list(ray.get([*map(self.call(function), self.blocks)]))

    def first(self, wanted: Collection[str] | None) -> Any:
        import ray

        found: Any = {}
        for block in self.blocks:
            found = ray.get(self.call(some_rows)(block))
            if len(found):
                break
        return found


__all__ = ["RayEngine"]
