"""Nodes with an index → lines: what a loop has in hand, what it fills, what it adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symgd.errors import DataError
from symgd.programs.arrays.lines import Line, Loop, Member, Ref
from symgd.programs.arrays.loops import Frame, is_nested
from symgd.trees.arrays import Node
from symgd.trees.families import Index, indices_of, reindex

if TYPE_CHECKING:
    from symgd.programs.arrays.plan import Planner


def member(p: Planner, at: Node) -> Ref:
    """X_k: rows of X."""
    (x,) = at.args
    if at.data.is_number:
        return p.line(f"{{0}}[{rows_of(p, at.data)}]", [p.real_of(x)], p.size(at))
    depth = p.depth(indices_of(at) - {at.data.name})
    whole = p.outside(min(depth, len(p.frames) - 1), lambda: p.found(x))
    rows, cols = p.size(at)
    frame = p.frames[-1]
    p.count += 1
    up = next(n for n, f in enumerate(reversed(p.frames)) if f.index == at.data.name)
    if up:
        # the k-th of what an inner loop has in hand, as in (A[k])[i] where i is the outer one
        whole = p.real_of(x)
        number = frame.single and at.is_scalar
        view = Member(whole.text, rows, cols, number=number, up=up)
        block = whole.block
        line = Line(f"v{p.count}", "", (whole,), (rows, cols), block=block, view=view)
        frame.lines.append(line)
        return Ref(line.name, (rows, cols), number=number, block=block)
    if whole.inner and not frame.single:
        view = Member(whole.name, cols, rows)
        line = Line(f"v{p.count}", "", (whole,), (cols, rows), block=True, view=view)
        frame.lines.append(line)
        return Ref(line.name, (cols, rows), block=True).T
    whole = p.outside(min(depth, len(p.frames) - 1), lambda: p.real_of(x))
    number = frame.single and at.is_scalar
    view = Member(whole.text, rows, cols, number=number)
    size, block = (rows, cols), not frame.single
    line = Line(f"v{p.count}", "", (whole,), size, block=block, view=view)
    frame.lines.append(line)
    return Ref(line.name, size, number=number, block=block)


def rows_of(p: Planner, index: Index) -> str:
    """Those of a place: of the second of blocks of three 3:6."""
    rows = index.rows.value(p.sizes)
    last = int(index.name) * rows
    if int(index.name) > (count := index.count.value(p.sizes)):
        raise DataError(f"There is no place {index.name} among {count}.")
    return f"{last - rows}:{last}"


def family(p: Planner, at: Node) -> Ref:
    """[E_k]_k and Σ_k E_k: a loop that fills an array."""
    index, (body,) = at.data, at.args
    if any(f.index == index.name for f in p.frames):
        fresh = f"{index.name}.{len(p.frames)}"
        index, body = replace(index, name=fresh), reindex(body, index.name, fresh)
    single = p.careful or is_nested(body, index.name)
    frames = p.frames
    frame = Frame(index.name, single, [], {}, {})
    p.within([*frames, frame])
    rows, cols = p.size(body)
    ref = p.of(body)
    if not ref.block and not single:
        ref = p.line("h.fill({0}, {out})", [ref], (rows, cols))
    p.count += 1
    out = Ref(f"v{p.count}", p.size(at))
    count = index.count.value(p.sizes)
    if at.op == "stack" and ref.block and ref.turned and 1 not in (rows, cols):
        out = Ref(out.name, (count * cols, rows), inner=count)
        store(p, ref.T, Member(out.name, cols, rows))
    elif at.op == "stack":
        store(p, ref, Member(out.name, rows, cols))
    else:
        add_up(p, ref if ref.size == (rows, cols) else p.full(ref, (rows, cols)), out)
    sums = frozenset({out.name} if at.op == "sumover" else ())
    p.within(frames)
    loop = Loop(f"{p.count}", count, single, tuple(frame.lines), {out.name: out.size}, sums)
    frames[-1].lines.append(loop)
    return out


def store(p: Planner, ref: Ref, target: Member) -> None:
    """The value where it belongs: written there at once by the line that computes it."""
    lines = p.frames[-1].lines
    last = lines[-1]
    if (
        ref.block
        and isinstance(last, Line)
        and last.name == ref.name
        and "{out}" in last.code
        and not last.each
        and ref.size == (target.rows, target.cols)
        and (not ref.turned or last.code.startswith("np."))
    ):
        lines[-1] = replace(last, target=replace(target, turned=ref.turned), may=False)
        return
    p.count += 1
    code, size = "h.fill({0}, {out})", (target.rows, target.cols)
    block = not p.frames[-1].single
    lines.append(Line(f"v{p.count}", code, (ref,), size, block=block, target=target))


def add_up(p: Planner, ref: Ref, out: Ref) -> None:
    p.count += 1
    inside = "np.add.reduce({0}, axis=0)" if ref.block else "{0}"
    code = f"np.add({out.name}, {inside}, out={out.name})"
    p.frames[-1].lines.append(Line(f"v{p.count}", code, (ref,), out.size, fresh=True))
