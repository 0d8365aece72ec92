"""Families: what is there for each value of an index, as operations on ordinary matrices.

    X_k       `part`     the k-th block of rows of X
    [E_k]_k   `stack`    the E_k below one another, for all k
    Σ_k E_k   `sumover`  their sum
    X_2       `part` too; `place` is its adjoint: a block among zeros

A family of K matrices of m x n is one matrix of Km x n, one of columns of n is K x n, a row each,
one of scalars is a column of K. So each node is a matrix still, and the three are linear: each is
the adjoint of another. Within a node an index is free unless a `stack` or `sumover` binds it; the
free ones stand among its `names`, under a mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from symgd.trees.arrays import INDEX, Node, is_row, node, size, walk, zeros
from symgd.trees.dims import ONE, Dim
from symgd.trees.forms import add, mul, t

BINDERS = frozenset({"stack", "sumover"})


@dataclass(frozen=True, slots=True)
class Index:
    """An index with how many values it has; of a `part`, how many rows each of them takes.

    That of one entry, x_2, is a number: nothing binds it.
    """

    name: str
    count: Dim
    rows: Dim = ONE

    def __str__(self) -> str:
        return f"{self.name}:{self.count.text}:{self.rows.text}"

    @property
    def is_number(self) -> bool:
        return self.name.isdigit()

    @property
    def bound(self) -> Index:
        """The same as a `stack` or `sumover` has it."""
        return replace(self, rows=ONE)


def indices_of(at: Node) -> frozenset[str]:
    """The free indices of a node."""
    return _among(at.names)


@lru_cache(4096)
def _among(names: frozenset[str]) -> frozenset[str]:
    return frozenset(n.removeprefix(INDEX) for n in names if n.startswith(INDEX))


def free_in(at: Node) -> dict[str, Index]:
    """The free indices of a node, as what binds them has them."""
    free = indices_of(at)
    parts = (n.data.bound for n in walk(at) if n.op == "part") if free else ()
    return {index.name: index for index in parts if index.name in free}


def is_free(name: str, at: Node) -> bool:
    """Whether the index is free in the node."""
    return INDEX + name in at.names


def reindex(at: Node, old: str, new: str) -> Node:
    """The node with another name for a free index; an inner index of that name gives way."""
    if not is_free(old, at) or old == new:
        return at
    args, data = at.args, at.data
    if at.op == "part" and data.name == old:
        data = replace(data, name=new)
    elif at.op in BINDERS and data.name == new:
        other = new
        while other in (old, new) or is_free(other, args[0]):
            other += "_"
        args, data = (reindex(args[0], new, other),), replace(data, name=other)
    return node(at.op, *(reindex(a, old, new) for a in args), data=data)


def family_of(e: Node) -> Node | None:
    """The X of X_k, written as it is: of one of a family that has a name, or of an entry."""
    inner = e.args[0] if e.op == "t" and is_row(e.args[0]) else e
    return inner.args[0] if inner.op == "part" and inner.args[0].op == "name" else None


def member(x: Node, data: Index) -> Node:
    """X_k as it is written: a row as a column."""
    found = part(x, data)
    return t(found) if data.rows == ONE and not found.is_scalar else found


def index_in(x: Node) -> Index | None:
    """The index by which a value is told one by one: that of a stack, or of one among its terms."""
    if x.op == "stack":
        return replace(x.data, rows=x.args[0].rows)
    inside = x.args if x.op in ("add", "mul") and not x.is_scalar else ()
    return next((found for a in inside if (found := index_in(a)) is not None), None)


# -- the arranged forms ---------------------------------------------------------------------------


def part(x: Node, data: Index) -> Node:
    """X_k: of a stack the block itself, of a multiple the multiple."""
    if (
        x.op == "stack"
        and x.data.count == data.count
        and x.args[0].rows == data.rows
        and not data.is_number
    ):
        return reindex(x.args[0], x.data.name, data.name)
    if x.op == "zeros":
        return zeros(data.rows, x.cols)
    scalars, rest = _scalars(x)
    if scalars:
        return mul(*scalars, part(rest, data))
    if x.op == "add":
        return add(*(part(a, data) for a in x.args))
    return node("part", x, data=data)


def stack(x: Node, data: Index) -> Node:
    """[E_k]_k: of all blocks of one matrix that matrix, of a multiple of them the multiple."""
    if (
        x.op == "part"
        and x.data == replace(data, rows=x.rows)
        and not is_free(data.name, x.args[0])
    ):
        return x.args[0]
    if x.op == "zeros" or (x.op == "num" and x.data == 0):
        return zeros(data.count * x.rows, x.cols)
    scalars, rest = _closed(x, data.name)
    whole = stack(rest, data) if scalars else None
    if whole is not None and whole.op != "stack":
        return mul(*scalars, whole)
    return node("stack", x, data=data)


def sumover(x: Node, data: Index) -> Node:
    """Σ_k E_k: what is the same for all k in front, and K times what has no k."""
    if not is_free(data.name, x):
        return mul(size(data.count), x)
    scalars, rest = _closed(x, data.name)
    if scalars:
        return mul(*scalars, sumover(rest, data))
    return node("sumover", x, data=data)


def _scalars(x: Node) -> tuple[list[Node], Node]:
    """The scalar factors of a matrix, and the rest."""
    if x.op != "mul" or x.is_scalar:
        return [], x
    scalars = [a for a in x.args if a.is_scalar]
    return scalars, mul(*(a for a in x.args if not a.is_scalar)) if scalars else x


def _closed(x: Node, index: str) -> tuple[list[Node], Node]:
    """The scalar factors without the index, and the rest."""
    if x.op != "mul":
        return [], x
    scalars = [a for a in x.args if a.is_scalar and not is_free(index, a)]
    if not scalars:
        return [], x
    kept = {id(a) for a in scalars}
    return scalars, mul(*(a for a in x.args if id(a) not in kept))


def place(x: Node, data: Index) -> Node:
    """X where block 2 is, among zeros."""
    if x.op == "zeros":
        return zeros(data.count * data.rows, x.cols)
    scalars, rest = _scalars(x)
    return mul(*scalars, place(rest, data)) if scalars else node("place", x, data=data)


# -- triangles ------------------------------------------------------------------------------------


def lower(x: Node, data: Any) -> Node:
    """The matrix with x below its diagonal: of 0 it is 0, of a multiple the multiple."""
    if x.op == "zeros":
        return zeros(data, data)
    scalars, rest = _scalars(x)
    return mul(*scalars, lower(rest, data)) if scalars else node("lower", x, data=data)


def below(x: Node, data: Any = None) -> Node:
    """What stands below the diagonal, as a column: that of `lower` is what it was made of."""
    if x.op == "lower":
        return x.args[0]
    if x.op in ("diag", "eye", "zeros"):
        return zeros(x.rows.triangle)
    if x.op == "add":
        return add(*(below(a) for a in x.args))
    scalars, rest = _scalars(x)
    return mul(*scalars, below(rest)) if scalars else node("below", x)
