r"""Where a formula is read: one point, with indices bound and names overridden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from symgd.judge.environment.environment import Definition, World
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.points import Key, Point
from symgd.judge.values.values import Value
from symgd.language.latex.syntax import Name

DEEPEST = 40


class Clock:
    """Work that one line may take."""

    def __init__(self, most: int) -> None:
        self.left = most

    def tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotUnderstood("This line takes too much work to be tried at points.")


@dataclass
class Frame:
    """One point, with indices bound (`env`) and names overridden."""

    world: World
    point: Point
    clock: Clock
    env: dict[str, int] = field(default_factory=dict)
    overrides: dict[Key, Value] = field(default_factory=dict)
    memo: dict[Any, Value] = field(default_factory=dict)
    depth: int = 0
    primes: Any = None

    # -- what the parts of an evaluator ask of each other; each is written in one of them ----------

    def value(self, tree: Any) -> Value:
        raise NotImplementedError

    def name(self, name: Name) -> Value:
        raise NotImplementedError

    def canonical(self, key: Key) -> Key:
        raise NotImplementedError

    def defined(self, key: Key) -> tuple[Definition | None, dict[str, int]]:
        raise NotImplementedError

    def slope(self, compute: Callable[[Any], Value], by: Any) -> Value:
        raise NotImplementedError

    # -- other frames of this point ---------------------------------------------------------------

    def bound(self, letters: dict[str, int]) -> Any:
        """The same point with more indices bound."""
        return replace(self, env={**self.env, **letters})

    def overridden(self, values: dict[Key, Value]) -> Any:
        """The same point with names overridden: whatever is defined through them follows."""
        if self.depth > DEEPEST:
            raise NotUnderstood("Definitions go through each other too deeply.")
        overrides = {**self.overrides, **values}
        return replace(self, overrides=overrides, memo={}, depth=self.depth + 1)
