"""Families → loops: what stands under an index is computed for a block of its values at a time.

A node with a free index is an array of three dimensions, or, one by one, of two. What has none is
computed before the loop. Loops over one count that stand side by side become one, so that what one
fills is still in the cache where the next reads it, and has no room of its own where nothing else
reads it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from symgd.programs.arrays.lines import Item, Line, Loop, Member, Ref, Size, names_of
from symgd.trees.arrays import Key, Node, walk
from symgd.trees.families import BINDERS, indices_of

#  a number of one array    the same of each member of a block
NUMBERS: Final = {
    "float({0}.sum())": "h.sums({0}, {out})",
    "h.dot({0}, {1})": "h.dots({0}, {1}, {out})",
    "h.dot({0}, {0})": "h.dots({0}, {0}, {out})",
}
# what does the same to each member of a block as to one array
BLOCKWISE: Final = (
    "np.matmul(", "h.fill(", "h.rsum(", "h.csum(", "h.rsum_product(", "h.csum_product(",
    "h.add_diagonal(", "h.diag(", "h.lower(", "h.below(",
    "h.diagonal(", "h.masked(", "h.step(", "h.sigmoid(", "h.softplus(", "h.decay(", "h.near(",
    "h.far(", "h.where(",
)  # fmt: skip


@dataclass(slots=True)
class Frame:
    """What is known inside of one loop, and its lines; the outermost one is no loop."""

    index: str
    single: bool
    lines: list[Item]
    known: MutableMapping[Key, Ref]
    values: MutableMapping[Any, Ref]
    outs: dict[str, Size] = field(default_factory=dict)


def is_nested(body: Node, index: str) -> bool:
    """Whether a family or a sum inside of another has to do with its index."""
    return any(at.op in BINDERS and index in indices_of(at) for at in walk(body))


def for_blocks(line: Line) -> Line:
    """A line of a loop, as one of blocks."""
    if line.size is None and line.args and not any(a.block for a in line.args):
        return line
    if line.size is None and line.code in NUMBERS:
        return replace(line, code=NUMBERS[line.code], size=(1, 1), block=True)
    ufunc = line.code.startswith("np.") and "out={out}" in line.code
    program = line.code.startswith("f") and "{out}" in line.code and not line.code[1].isalpha()
    if ufunc or program or line.code == "{out}" or line.code.startswith(BLOCKWISE):
        return replace(line, block=True)
    return replace(line, size=line.size or (1, 1), block=True, each=True, may=False, fresh=False)


# -- side by side ---------------------------------------------------------------------------------


def joined(lines: Sequence[Item], ends: frozenset[str]) -> list[Item]:
    """The items with loops over one count as one; `ends` are the names that are handed back.

    Of what stands between two loops that is put behind the two which needs what the first fills.
    """
    out: list[Item] = []
    rooms = frozenset(x.name for x in lines if isinstance(x, Line) and x.code == "{out}")
    for item in lines:
        place = _partner(out, item, rooms) if isinstance(item, Loop) else None
        if place is None:
            out.append(item)
            continue
        first, between = out[place], out[place + 1 :]
        assert isinstance(first, Loop)
        assert isinstance(item, Loop)
        late, _ = _dependents(first, between, rooms)
        early = [x for x in between if not any(x is y for y in late)]
        out[place:] = [*early, _together(first, item), *late]
    out = _kept([_once(x) if isinstance(x, Loop) else x for x in out])
    return [_with_locals(out, i, ends) for i in range(len(out))]


# As many entries, about, stay in the cache from one loop to the next.
KEPT: Final = 1 << 18


def _kept(items: list[Item]) -> list[Item]:
    """What a loop computes that one before it had is kept, if all of it is not much."""
    found: dict[Any, tuple[int, Line]] = {}
    out = list(items)
    for place, loop in enumerate(items):
        if (
            not isinstance(loop, Loop)
            or loop.single
            or any(isinstance(x, Loop) for x in loop.lines)
        ):
            continue
        keys = _structures(loop)
        lines = list(loop.lines)
        for i, line in enumerate(lines):
            assert isinstance(line, Line)
            key = keys.get(line.name)
            if key is None or line.view is not None:
                continue
            if key not in found or found[key][0] == place:
                found.setdefault(key, (place, line))
                continue
            at, first = found[key]
            rows, cols = line.size or (1, 1)
            if line.target is None and loop.count * rows * cols <= KEPT:
                member = first.target or _keep(out, at, first)
                array = Ref(member.of, (loop.count * member.rows, member.cols))
                found[key] = at, replace(first, target=member)
                if not member.turned:
                    lines[i] = Line(line.name, "", (array,), line.size, block=True, view=member)
        out[place] = replace(loop, lines=_used(lines))
    return out


def _structures(loop: Loop) -> dict[str, Any]:
    """name → what a line of a loop computes, in names of what stands before the loop."""
    keys: dict[str, Any] = {}
    own = {x.name for x in loop.lines if isinstance(x, Line)} | loop.outs.keys()
    rooms = {x.name for x in loop.lines if isinstance(x, Line) and x.code == "{out}"}
    for x in loop.lines:
        assert isinstance(x, Line)
        inside = [a.name for a in x.args if a.name in own]
        if x.view is not None:
            keys[x.name] = None if inside else (loop.count, x.view)
        elif x.code == "{out}" or "out=v" in x.code or rooms & set(inside) or not x.block:
            continue
        elif all(keys.get(n) is not None for n in inside):
            args = tuple((keys.get(a.name, a.name), a.turned) for a in x.args)
            keys[x.name] = x.code, args, x.size, x.each
    return {n: k for n, k in keys.items() if k is not None}


def _keep(items: list[Item], at: int, line: Line) -> Member:
    """The array in which a loop keeps the value of one of its lines from now on."""
    loop = items[at]
    assert isinstance(loop, Loop)
    assert line.size is not None
    member = Member(f"{line.name}k", *line.size)
    lines = tuple(replace(x, target=member, may=False) if x is line else x for x in loop.lines)
    rows, cols = line.size
    outs = {**loop.outs, member.of: (loop.count * rows, cols)}
    items[at] = replace(loop, lines=lines, outs=outs)
    return member


def _used(lines: Sequence[Item]) -> tuple[Item, ...]:
    """The lines without those that nothing needs any more."""
    out: list[Item] = []
    needed: set[str] = set()
    for x in reversed(lines):
        idle = isinstance(x, Line) and x.target is None and "out=v" not in x.code
        if not (idle and not _writes(x)) or needed & set(names_of(x)):
            out.append(x)
            needed.update(a.name for a in x.args)
    return tuple(reversed(out))


def _writes(x: Item) -> bool:
    """Whether it may write into what it is given: what has room of its own does not."""
    return isinstance(x, Line) and "{out}" not in x.code and x.view is None and x.block


def _once(loop: Loop) -> Loop:
    """The loop with each of its values once: what two loops had, one has twice."""
    if any(isinstance(x, Loop) for x in loop.lines):
        return loop
    lines: list[Item] = []
    seen: dict[Any, str] = {}
    other: dict[str, str] = {}
    rooms = {x.name for x in loop.lines if isinstance(x, Line) and x.code == "{out}"}
    for x in loop.lines:
        assert isinstance(x, Line)
        args = tuple(replace(a, name=other.get(a.name, a.name)) for a in x.args)
        x = replace(x, args=args)
        writes = x.code == "{out}" or "out=v" in x.code or any(a.name in rooms for a in args)
        key = x.view, x.code, args, x.size, x.each
        if not writes and x.target is None and key in seen:
            other[x.name] = seen[key]
            continue
        if not writes:
            seen.setdefault(key, x.name)
        lines.append(x)
    return replace(loop, lines=tuple(lines))


def _partner(before: Sequence[Item], loop: Loop, rooms: frozenset[str]) -> int | None:
    """The loop before that may wait for this one: nothing between needs what it fills."""
    whole = {a.name for x in loop.lines for a in _wholes(x)}
    read = {a.name for a in loop.args}
    for place in range(len(before) - 1, -1, -1):
        other = before[place]
        if not isinstance(other, Loop):
            continue
        if (other.count, other.single) != (loop.count, loop.single):
            return None
        _, late = _dependents(other, before[place + 1 :], rooms)
        return None if other.outs.keys() & whole or late & read else place
    return None


def _dependents(
    loop: Loop, items: Sequence[Item], rooms: frozenset[str]
) -> tuple[list[Item], set[str]]:
    """The items that need what a loop fills, directly or not, and what they give a value.

    What is written into one of the `rooms` by the way is of the line that writes it.
    """
    names: set[str] = set(loop.outs)
    out: list[Item] = []
    for x in items:
        if any(a.name in names for a in x.args):
            names.update(names_of(x), rooms & {a.name for a in x.args})
            out.append(x)
    return out, names - loop.outs.keys()


def _wholes(x: Item) -> tuple[Ref, ...]:
    """What is read of other rows too than those that the loop has in hand."""
    return () if isinstance(x, Line) and x.view is not None else x.args


def _together(a: Loop, b: Loop) -> Loop:
    return replace(a, lines=(*a.lines, *b.lines), outs={**a.outs, **b.outs}, sums=a.sums | b.sums)


def _with_locals(items: Sequence[Item], place: int, ends: frozenset[str]) -> Item:
    loop = items[place]
    if not isinstance(loop, Loop) or loop.single:
        return loop
    read = {a.name for i, x in enumerate(items) if i != place for a in x.args}
    whole = {a.name for x in loop.lines for a in _wholes(x)}
    return replace(loop, local=frozenset(loop.outs) - read - whole - ends - loop.sums)


def chained(frames: Sequence[Frame], what: str) -> Any:
    """What the frames know, the innermost first."""
    maps = [getattr(f, what) for f in reversed(frames)]
    return maps[0] if len(maps) == 1 else ChainMap(*maps)
