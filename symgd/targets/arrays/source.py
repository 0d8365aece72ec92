"""Lines → Python: every intermediate in room that is used again once nothing reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from symgd.programs.arrays.lines import Line, Plan, Ref, Size
from symgd.targets.arrays import helpers


@dataclass(frozen=True)
class Kernel:
    """The generated function (room, dtype, *leaves) → (value, results), and the room it needs."""

    source: str
    function: Callable[..., tuple[Any, tuple[Any, ...]]]
    room: tuple[Size, ...]


def kernel(
    plan: Plan, leaves: Sequence[str], functions: Mapping[str, Callable[[Any], Any]]
) -> Kernel:
    """The plan as one function of its leaves, in their order."""
    body = _Body(plan)
    lines = body.written()
    names = ", ".join(f"x_{n}" for n in leaves)
    results = ", ".join(body.handed(r) for r in plan.results.values())
    assert plan.value is not None
    text = "\n".join(
        [
            f"def kernel(room, dtype, {names}):",
            *(f"    {line}" for line in lines),
            f"    return {body.handed(plan.value)}, ({results}{',' if results else ''})",
        ]
    )
    scope: dict[str, Any] = {"np": np, "h": helpers, "sqrt": sqrt, **functions}
    exec(compile(text + "\n", "<symgd matrix kernel>", "exec"), scope)  # noqa: S102
    return Kernel(text, scope["kernel"], tuple(body.room))


class _Body:
    """Gives every line its room."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        ends = [plan.value, *plan.results.values()]
        self.ends = {r.name for r in ends if r is not None}
        self.last: dict[str, int] = {}
        for i, line in enumerate(plan.lines):
            for a in line.args:
                self.last[a.name] = i
        self.room: list[Size] = []
        self.free: dict[Size, list[int]] = {}
        self.slots: dict[str, int] = {}
        self.returned: set[str] = set()

    def written(self) -> list[str]:
        return [self.line(i, line) for i, line in enumerate(self.plan.lines)]

    def line(self, i: int, line: Line) -> str:
        args = [a.text for a in line.args]
        code = f"{line.name} = {line.code}"
        if "{out}" not in line.code:
            self.release(i, line)
            return code.format(*args)
        if line.name in self.ends:
            # what is handed back is the caller's own
            rows, cols = line.size or (1, 1)
            self.release(i, line)
            return code.format(*args, out=f"np.empty(({rows}, {cols}), dtype)")
        if line.may and (slot := self.dying(i, line)) is not None:
            self.slots[line.name] = slot
            self.release(i, line, slot)
        else:
            slot = self.taken(line.size or (1, 1))
            self.slots[line.name] = slot
            self.release(i, line)
        if line.name not in self.last:
            self.free.setdefault(self.room[slot], []).append(slot)
        return code.format(*args, out=f"room[{slot}]")

    def dying(self, i: int, line: Line) -> int | None:
        """The room of an argument of the same size that nothing reads after this line.

        Not of one that is read transposed: it would be overwritten while it is read.
        """
        turned = {a.name for a in line.args if a.turned}
        for a in line.args:
            if a.name in turned:
                continue
            slot = self.slots.get(a.name)
            if slot is not None and self.last[a.name] == i and self.room[slot] == line.size:
                return slot
        return None

    def taken(self, size: Size) -> int:
        waiting = self.free.get(size)
        if waiting:
            return waiting.pop()
        self.room.append(size)
        return len(self.room) - 1

    def release(self, i: int, line: Line, kept: int | None = None) -> None:
        for name in dict.fromkeys(a.name for a in line.args):
            slot = self.slots.get(name)
            if slot is not None and slot != kept and self.last[name] == i:
                self.free.setdefault(self.room[slot], []).append(slot)
                del self.slots[name]

    def handed(self, ref: Ref) -> str:
        """A result as the caller's own array: a copy of what is the caller's already."""
        if ref.name.startswith("x_") or ref.name in self.returned or ref.name in self.slots:
            return f"np.array({ref.text})" if ref.size != (1, 1) else ref.text
        self.returned.add(ref.name)
        return ref.text
