"""Where a derivation stands, and what its judge has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgd.judge.environment.environment import World
from symgd.judge.report import Line
from symgd.judge.values.sampling import Sampler, Trial
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import Name, walk


@dataclass(frozen=True)
class Standing:
    """Where the derivation stands: the left side, the last member, the wrong line above.

    `lost` where the left side is not understood.
    """

    left: Any = None
    last: Any = None
    wrong: int | None = None
    conditions: tuple[Any, ...] = ()
    lost: bool = False


class Bench:
    """The world of a derivation, its sampler, and the line that has just failed, if one has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sampler = Sampler(world)
        self.standing = Standing()
        self.index = -1
        self.defining: frozenset[str] = frozenset()
        self.failure: Failure | None = None
        self.values: dict[Name, Any] = {}
        self.known = {n for r in world.assumed for n in walk(r) if isinstance(n, Name)}

    def judged(self, said: Statement) -> Line:
        raise NotImplementedError


@dataclass(frozen=True)
class Failure:
    """What an edit is tried against: left = wrong is false at `trials`; `before` stood above it."""

    left: Any
    wrong: Any
    trials: list[Trial]
    primes: Any
    before: Any
