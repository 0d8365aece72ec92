"""Lines → Python: every intermediate in room that is used again once nothing reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from symgd.programs.arrays.lines import Item, Line, Loop, Member, Plan, Ref, names_of
from symgd.targets.arrays import helpers


@dataclass(frozen=True)
class Kernel:
    """The generated function (room, dtype, *leaves) → (value, results), and the room it needs."""

    source: str
    function: Callable[..., tuple[Any, tuple[Any, ...]]]
    room: tuple[tuple[int, ...], ...]


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
        self.room: list[tuple[int, ...]] = []
        self.free: dict[tuple[int, ...], list[int]] = {}
        self.returned: set[str] = set()
        self.block = _Block(self, plan.lines)

    def written(self) -> list[str]:
        return self.block.written()

    def handed(self, ref: Ref) -> str:
        """A result as the caller's own array: a copy of what is the caller's already."""
        behind = (ref.name, *self.block.shown.get(ref.name, ()))
        kept = self.returned | self.block.slots.keys()
        if any(n.startswith("x_") or n in kept for n in behind):
            return f"np.array({ref.text})" if ref.size != (1, 1) else ref.text
        self.returned.update(behind)
        return ref.text


def _shown(lines: Sequence[Item]) -> dict[str, tuple[str, ...]]:
    """A line that computes nothing, as `{0}[2:3]` → the arrays that it shows, also by others."""
    out: dict[str, tuple[str, ...]] = {}
    for x in lines:
        if isinstance(x, Loop) or x.size is None or x.fresh or "{out}" in x.code:
            continue
        out[x.name] = tuple(n for a in x.args for n in (a.name, *out.get(a.name, ())))
    return out


class _Block:
    """The lines of the whole, or of a loop."""

    def __init__(
        self,
        body: _Body,
        lines: Sequence[Item],
        outer: _Block | None = None,
        loop: Loop | None = None,
    ) -> None:
        self.body = body
        self.lines = lines
        self.outer = outer
        self.loop = loop
        own = {n for x in lines for n in names_of(x)} if loop else None
        self.last: dict[str, int] = {}
        for i, line in enumerate(lines):
            for a in line.args:
                if own is None or a.name in own:
                    self.last[a.name] = i
        self.shown = _shown(lines)
        # an array is read for as long as what shows a part of it is
        for name, arrays in self.shown.items():
            end = len(lines) if name in body.ends else self.last.get(name, 0)
            for n in arrays:
                if own is None or n in own:
                    self.last[n] = max(self.last.get(n, 0), end)
        self.slots: dict[str, int] = {}

    def written(self) -> list[str]:
        out: list[str] = []
        for i, line in enumerate(self.lines):
            if isinstance(line, Loop):
                out += self.over(i, line)
            elif line.each:
                out += self.one_by_one(i, line)
            else:
                out.append(self.line(i, line))
        return out

    # -- loops ----------------------------------------------------------------------------------

    def over(self, i: int, loop: Loop) -> list[str]:
        """The arrays that a loop fills, and the loop."""
        out = []
        inner = _Block(self.body, loop.lines, self, loop)
        step = loop.step
        for name, (rows, cols) in loop.outs.items():
            if name in self.body.ends:
                out.append(f"{name} = np.empty(({rows}, {cols}), dtype)")
            else:
                local = name in loop.local
                slot = self.taken((step, rows // loop.count, cols) if local else (rows, cols))
                self.slots[name] = slot
                out.append(f"{name} = room[{slot}]")
            if name in loop.sums:
                out.append(f"{name}[...] = 0")
        at = loop.at
        if loop.single:
            out.append(f"for i{at} in range({loop.count}):")
        else:
            out.append(f"for i{at} in range(0, {loop.count}, {step}):")
            out.append(f"    j{at} = min(i{at} + {step}, {loop.count})")
        out += [f"    {line}" for line in inner.written()]
        for slot in inner.slots.values():
            self.body.free.setdefault(self.body.room[slot], []).append(slot)
        self.release(i, loop)
        for name in loop.outs:
            if name in self.slots and name not in self.last:
                slot = self.slots.pop(name)
                self.body.free.setdefault(self.body.room[slot], []).append(slot)
        return out

    def member(self, x: Member) -> str:
        """The rows that the loop has in hand."""
        if x.up:
            return self.member_of_outer(x)
        loop = self.loop
        assert loop is not None
        i, j = f"i{loop.at}", f"j{loop.at}"
        if loop.single:
            rows = f"{i}:{i} + 1" if x.rows == 1 else f"{i} * {x.rows}:({i} + 1) * {x.rows}"
            text = f"{x.of}[{rows}]"
            return f"float({text}[0, 0])" if x.number else text
        if x.of in loop.local:
            text = x.of if loop.count % loop.step == 0 else f"{x.of}[:{j} - {i}]"
        elif x.rows == 1:
            text = f"{x.of}[{i}:{j}, None]"
        else:
            text = f"{x.of}.reshape({loop.count}, {x.rows}, {x.cols})[{i}:{j}]"
        return f"{text}.transpose(0, 2, 1)" if x.turned else text

    def member_of_outer(self, x: Member) -> str:
        """The rows of a loop further out, which goes one by one; of a block, those of each."""
        block = self
        for _ in range(x.up):
            assert block.outer is not None
            block = block.outer
        assert block.loop is not None
        assert self.loop is not None
        assert block.loop.single
        i = f"i{block.loop.at}"
        rows = f"{i} * {x.rows}:({i} + 1) * {x.rows}"
        if not self.loop.single:
            return f"{x.of}[:, {rows}]"
        return f"float({x.of}[{i}, 0])" if x.number else f"{x.of}[{rows}]"

    # -- lines ----------------------------------------------------------------------------------

    def line(self, i: int, line: Line) -> str:
        if line.view is not None:
            self.release(i, line)
            return f"{line.name} = {self.member(line.view)}"
        args = [a.text for a in line.args]
        code = f"{line.name} = {line.code}"
        if "{out}" not in line.code:
            self.release(i, line)
            return code.format(*args)
        if line.target is not None:
            self.release(i, line)
            return code.format(*args, out=self.member(line.target))
        if line.name in self.body.ends:
            # what is handed back is the caller's own
            rows, cols = line.size or (1, 1)
            self.release(i, line)
            return code.format(*args, out=f"np.empty(({rows}, {cols}), dtype)")
        size = self.size(line)
        if line.may and (slot := self.dying(i, line)) is not None:
            self.release(i, line, slot)
            self.slots[line.name] = slot
        else:
            slot = self.taken(size)
            self.slots[line.name] = slot
            self.release(i, line)
        if line.name not in self.last:
            self.body.free.setdefault(size, []).append(slot)
            if self.loop:
                del self.slots[line.name]
        return code.format(*args, out=self.in_room(slot, line))

    def one_by_one(self, i: int, line: Line) -> list[str]:
        """A line of a block whose code is for one array."""
        slot = self.taken(self.size(line))
        self.slots[line.name] = slot
        self.release(i, line)
        args = [f"{a.name}[t]{'.T' if a.turned else ''}" if a.block else a.text for a in line.args]
        body = line.code.format(*args, out=f"{line.name}[t]")
        return [
            f"{line.name} = {self.in_room(slot, line)}",
            f"for t in range(len({line.name})):",
            f"    {line.name}[t] = {body}",
        ]

    def size(self, line: Line) -> tuple[int, ...]:
        size = line.size or (1, 1)
        return (self.loop.step, *size) if line.block and self.loop else size

    def in_room(self, slot: int, line: Line) -> str:
        loop = self.loop
        if line.block and loop and loop.count % loop.step:
            return f"room[{slot}][:j{loop.at} - i{loop.at}]"
        return f"room[{slot}]"

    def dying(self, i: int, line: Line) -> int | None:
        """The room of an argument of the same size that nothing reads after this line.

        Not of one that is read transposed, or in part under another name: it would be overwritten
        while it is read.
        """
        barred = {a.name for a in line.args if a.turned}
        barred.update(n for a in line.args for n in self.shown.get(a.name, ()))
        for a in line.args:
            if a.name in barred:
                continue
            slot = self.slots.get(a.name)
            room = None if slot is None else self.body.room[slot]
            if slot is not None and self.last.get(a.name) == i and room == self.size(line):
                return slot
        return None

    def taken(self, size: tuple[int, ...]) -> int:
        waiting = self.body.free.get(size)
        if waiting:
            return waiting.pop()
        self.body.room.append(size)
        return len(self.body.room) - 1

    def release(self, i: int, line: Item, kept: int | None = None) -> None:
        names = (n for a in line.args for n in (a.name, *self.shown.get(a.name, ())))
        for name in dict.fromkeys(names):
            slot = self.slots.get(name)
            if slot is None or self.last.get(name) != i:
                continue
            del self.slots[name]
            if slot != kept:
                self.body.free.setdefault(self.body.room[slot], []).append(slot)
