"""The arranged form of a node, in which algebra works: what needs no mention on a line.

Sums and products are flat, numbers multiplied, equal factors and like terms collected; scalars
stand before matrices, transposes on the factors, I and 0 and 1 are gone. The constructors of sums,
products and powers stand in `forms`, those that add up, lay out or stack entries here; `arrange`
applies them to a tree as it was written, from the leaves up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

from symgd.trees.arrays import Node, eye, is_row, node, num, ones, size, walk, zeros
from symgd.trees.dims import ONE
from symgd.trees.families import below, lower, part, place, stack, sumover
from symgd.trees.forms import (
    add,
    draised,
    had,
    inv,
    matrix_power,
    mpow,
    mul,
    neg,
    power,
    raised,
    scale,
    split,
    sub,
    t,
)

# -- what adds up, lays out or stacks the entries -------------------------------------------------

HALF: Final = num(Fraction(1, 2))


# -- sums of entries ------------------------------------------------------------------------------


def _linear(op: str) -> Callable[..., Node]:
    """Of a multiple, the multiple: scalars stand in front."""

    def build(x: Node, data: Any = None) -> Node:
        scalars, rest = scalars_of(x)
        row = _ONE_PART.get(op)
        out = row(rest) if row else None
        if out is None:
            out = node(op, rest)
        return mul(*scalars, out) if scalars else out

    return build


def scalars_of(x: Node) -> tuple[list[Node], Node]:
    """3·c·X → ([3, c], X)."""
    if x.op != "mul" or x.is_scalar:
        return [], x
    scalars = [a for a in x.args if a.is_scalar]
    chain = [a for a in x.args if not a.is_scalar]
    return (scalars, chain[0] if len(chain) == 1 else node("mul", *chain)) if scalars else ([], x)


def _sum(x: Node) -> Node | None:
    if x.is_scalar:
        return x
    if x.op == "t":
        return None if is_row(x.args[0]) else node("sum", x.args[0])
    if is_row(x):
        return node("sum", t(x))
    if x.op == "ones":
        return mul(size(x.rows), size(x.cols))
    if x.op == "zeros":
        return num(0)
    if x.op in ("eye", "diag"):
        return size(x.rows) if x.op == "eye" else total(x.args[0])
    if x.op in ("rsum", "csum", "vec", "diagonal"):
        return trace(x.args[0]) if x.op == "diagonal" else total(x.args[0])
    return None


def _tr(x: Node) -> Node | None:
    if x.is_scalar:
        return x
    if x.op == "t":
        return trace(x.args[0])
    if x.op == "eye":
        return size(x.rows)
    if x.op == "zeros":
        return num(0)
    if x.op == "diag":
        return total(x.args[0])
    return None


def _rsum(x: Node) -> Node | None:
    if x.is_column:
        return x
    if x.rows == ONE:
        return total(x)
    if x.op == "t":
        return t(columns(x.args[0]))
    if x.op in ("ones", "zeros"):
        return mul(size(x.cols), ones(x.rows)) if x.op == "ones" else zeros(x.rows)
    if x.op == "eye":
        return ones(x.rows)
    if x.op == "diag":
        return x.args[0]
    return None


def _csum(x: Node) -> Node | None:
    if x.rows == ONE:
        return x
    if x.is_column:
        return total(x)
    if x.op == "t":
        return t(rows(x.args[0]))
    if x.op in ("ones", "zeros"):
        return mul(size(x.rows), ones(ONE, x.cols)) if x.op == "ones" else zeros(ONE, x.cols)
    if x.op in ("eye", "diag"):
        return t(rows(x))
    return None


def _vec(x: Node) -> Node | None:
    if x.is_column:
        return x
    if x.rows == ONE:
        return t(x)
    return ones(x.rows * x.cols) if x.op == "ones" else None


def _diagonal(x: Node) -> Node | None:
    if x.op == "diag":
        return x.args[0]
    if x.op == "t":
        return node("diagonal", x.args[0])
    return ones(x.rows) if x.op == "eye" else None


_ONE_PART: Final[dict[str, Callable[[Node], Node | None]]] = {
    "sum": _sum,
    "tr": _tr,
    "rsum": _rsum,
    "csum": _csum,
    "vec": _vec,
    "diagonal": _diagonal,
    "diag": lambda x: eye(x.rows) if x.op == "ones" else None,
}

total = _linear("sum")
trace = _linear("tr")
rows = _linear("rsum")
columns = _linear("csum")
vec = _linear("vec")
diagonal = _linear("diagonal")
diag = _linear("diag")


def kron(a: Node, b: Node, data: Any = None) -> Node:
    """A ⊗ B, scalars in front."""
    p, x = scalars_of(a)
    q, y = scalars_of(b)
    if x.is_scalar or y.is_scalar:
        return mul(*p, *q, x, y)
    if x.op == "eye" and y.op == "eye":
        return mul(*p, *q, eye(x.rows * y.rows))
    if x.op == y.op == "ones":
        return mul(*p, *q, ones(x.rows * y.rows, x.cols * y.cols))
    return mul(*p, *q, node("kron", x, y)) if p or q else node("kron", x, y)


def norm2(x: Node, data: Any = None) -> Node:
    if x.op == "t" and not is_row(x.args[0]):
        return node("norm2", x.args[0])
    if is_row(x):
        return node("norm2", t(x))
    return node("norm2", x) if not x.is_scalar else power(power(x, num(2)), HALF)


def function(x: Node, data: Any) -> Node:
    return node("function", x, data=data)


def mat(x: Node, data: Any) -> Node:
    """vec(X) back to X."""
    if x.op == "vec" and x.args[0].shape == data:
        return x.args[0]
    if x.op == "ones":
        return ones(*data)
    scalars, rest = scalars_of(x)
    return mul(*scalars, mat(rest, data)) if scalars else node("mat", x, data=data)


def frechet(x: Node, direction: Node, data: Any) -> Node:
    """L(X, c·I) = c·f'(X)."""
    scalars, rest = scalars_of(direction)
    if rest.op == "eye":
        q, f = {"expm": (1, "expm"), "sinm": (1, "cosm"), "cosm": (-1, "sinm")}[data]
        return mul(num(q), *scalars, node(f, x))
    return (
        mul(*scalars, node("frechet", x, rest, data=data))
        if scalars
        else node("frechet", x, direction, data=data)
    )


def peak(x: Node, data: Any = None) -> Node:
    """1 where x is largest: of a number 1."""
    return num(1) if x.is_scalar else node("peak", x)


def unless_scalar(op: str) -> Callable[..., Node]:
    """det and its like: of a transpose, of the matrix; of a scalar, itself."""

    def build(x: Node, data: Any = None) -> Node:
        if x.op == "t" and not is_row(x.args[0]):
            return node(op, x.args[0])
        if is_row(x):
            return node(op, t(x))
        return x if x.is_scalar and op != "logdet" else node(op, x)

    return build


# -- a whole tree ---------------------------------------------------------------------------------


def arrange(root: Node) -> Node:
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
    "raised": raised,
    "draised": draised,
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
    "part": part,
    "stack": stack,
    "sumover": sumover,
    "place": place,
    "lower": lower,
    "below": below,
    "frechet": frechet,
    "function": function,
    "det": unless_scalar("det"),
    "max": unless_scalar("max"),
    "prod": unless_scalar("prod"),
    "peak": peak,
    "logdet": unless_scalar("logdet"),
}

__all__ = [
    "add", "arrange", "columns", "diag", "diagonal", "had", "inv", "kron", "make", "matrix_power",
    "mul", "neg", "power", "rows", "scalars_of", "scale", "split", "sub", "t", "total", "trace",
    "vec",
]  # fmt: skip
