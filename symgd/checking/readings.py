r"""Other ways to read a line: each is entered, tried and left, and the world is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from symgd.checking.cursor import Habits
from symgd.checking.sampling import Sampler
from symgd.checking.shapes import shapes_as_changes
from symgd.checking.standing import Bench
from symgd.checking.statements import Statement

OTHER_HABITS = {
    "reach": Habits(reach="far"),
    "first": Habits(reach="first"),
    "slash": Habits(slash="right"),
    "circle": Habits(circle="tight"),
}


class Reading:
    """Another way to read a line, while it is entered: the judge's world is put back after it."""

    def __init__(
        self, judge: Bench, habits: Habits | None = None, totals: dict[str, Any] | None = None,
        numbers: bool = False, notes: tuple[str, ...] = (), changes: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.judge = judge
        self.notes = notes
        world = judge.world
        self.changes: dict[str, Any] = dict(changes or {})
        if habits is not None:
            self.changes["habits"] = habits
        if totals is not None:
            self.changes["totals"] = {**world.totals, **totals}
        if numbers:
            self.changes |= {"shapes": {}, "function_shapes": {}, "arrays": False}

    def __enter__(self) -> None:
        world = self.judge.world
        self.before = {k: getattr(world, k) for k in self.changes}
        self.sampler = self.judge.sampler
        self.definitions = {k: list(v) for k, v in world.definitions.items()}
        for name, value in self.changes.items():
            setattr(world, name, value)
        self.judge.sampler = Sampler(world)

    def __exit__(self, *_: Any) -> None:
        for name, value in self.before.items():
            setattr(self.judge.world, name, value)
        self.judge.world.definitions = self.definitions
        self.judge.sampler = self.sampler


def other_readings(judge: Bench, said: Statement) -> Iterator[Reading]:
    for name in sorted(said.ambiguous):
        yield Reading(judge, habits=OTHER_HABITS[name])
    labels = {judge.world.whole_of(n, ("i",)) for n in judge.world.labels}
    labels -= set(judge.world.totals) | set(judge.world.definitions)
    if labels:
        yield Reading(
            judge, totals={n: Fraction(1) for n in labels},
            notes=(f"{', '.join(sorted(labels))} taken to sum to 1",),
        )  # fmt: skip
    for solution in judge.world.alternatives:
        yield Reading(judge, changes=shapes_as_changes(judge.world, solution),
                      notes=("in another reading of the shapes",))  # fmt: skip
    if judge.world.arrays:
        yield Reading(judge, changes={"multiples": True},
                      notes=("a number beside a matrix taken as a multiple of I",))  # fmt: skip
    if judge.world.arrays and not judge.world.declared_shapes:
        yield Reading(judge, numbers=True, notes=("every letter taken as a number",))
