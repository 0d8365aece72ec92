"""The arranged form of a node, in which algebra works: what needs no mention on a line.

Sums and products are flat, numbers multiplied, equal factors and like terms collected; scalars
stand before matrices, transposes on the factors, I and 0 and 1 are gone. The constructors stand in
`forms` and `entries`; `arranged` applies them to a tree as it was written, from the leaves up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from symgd.trees.arrays import Node, node, walk
from symgd.trees.entries import (
    columns,
    diag,
    diagonal,
    frechet,
    function,
    kron,
    mat,
    norm2,
    rows,
    scalars_of,
    total,
    trace,
    unless_scalar,
    vec,
)
from symgd.trees.forms import (
    add,
    had,
    inv,
    matrix_power,
    mpow,
    mul,
    neg,
    power,
    scale,
    split,
    sub,
    t,
)

__all__ = [
    "add", "arranged", "columns", "diag", "diagonal", "had", "inv", "kron", "make", "matrix_power",
    "mul", "neg", "power", "rows", "scalars_of", "scale", "split", "sub", "t", "total", "trace",
    "vec",
]  # fmt: skip


def arranged(root: Node) -> Node:
    """The arranged form of a tree of any depth."""
    done: dict[int, Node] = {}
    for at in walk(root):
        done[id(at)] = make(at.op, [done[id(a)] for a in at.args], at.data, at)
    return done[id(root)]


def make(op: str, args: Sequence[Node], data: Any, at: Node | None = None) -> Node:
    """op(args), arranged; `at` is the node itself if it is a leaf."""
    if not args:
        assert at is not None
        return at
    build = _MAKERS.get(op)
    return build(*args, data=data) if build else node(op, *args, data=data)


#  operation
_MAKERS: Final[dict[str, Callable[..., Node]]] = {
    "add": lambda *args, data: add(*args),
    "mul": lambda *args, data: mul(*args),
    "had": had,
    "power": power,
    "mpow": mpow,
    "t": t,
    "inv": inv,
    "kron": kron,
    "sum": total,
    "tr": trace,
    "rsum": rows,
    "csum": columns,
    "vec": vec,
    "diagonal": diagonal,
    "diag": diag,
    "norm2": norm2,
    "mat": mat,
    "frechet": frechet,
    "function": function,
    "det": unless_scalar("det"),
    "logdet": unless_scalar("logdet"),
}
