"""vec(L(dX)) = J vec(dX): the Jacobian is read off a line that is linear in dX.

One row for each linear operation: the matrix that does to vec(Y) what the operation does to Y.
"""

from __future__ import annotations

from collections.abc import Callable

from symgd.derive.differentials.adjoint import holds, pulled
from symgd.errors import NoRuleError
from symgd.trees.arrange import add, diag, had, kron, mul, t, vec
from symgd.trees.arrays import Node, commutation, eye, num, ones
from symgd.trees.dims import ONE

Row = Callable[[Node, int, Node], Node]


def jacobian(line: Node) -> Node:
    """J with vec(line) = J vec(dX), for a line that is linear in one dX.

    Raises NoRuleError where an operation has no such matrix.
    """
    if line.op == "d":
        return eye(line.rows * line.cols)
    if line.op == "add":
        return add(*map(jacobian, line.args))
    if line.is_scalar:
        return add(*(mul(t(vec(g)), eye(e.rows * e.cols)) for g, e in pulled(num(1), line)))
    where = [i for i, a in enumerate(line.args) if holds(a)]
    if len(where) != 1 or line.op not in MATRICES:
        raise NoRuleError(f"The Jacobian of {line} is not written as a matrix.")
    (i,) = where
    if line.op == "mul" and line.is_column and line.args[i].op == "t":
        return _turned(line, i)
    inside = jacobian(line.args[i])
    if line.op == "had":
        # diag(v) M scales the rows of M
        return mul(diag(vec(had(*(a for k, a in enumerate(line.args) if k != i)))), inside)
    return mul(MATRICES[line.op](line, i, line.args[i]), inside)


def _mul(line: Node, i: int, y: Node) -> Node:
    """vec(cAYB) = c (Bᵀ ⊗ A) vec(Y)."""
    rest = [a for k, a in enumerate(line.args) if k != i]
    if y.is_scalar:
        return vec(mul(*rest))
    scalars = [a for a in rest if a.is_scalar]
    before = [a for a in line.args[:i] if not a.is_scalar]
    after = [a for a in line.args[i + 1 :] if not a.is_scalar]
    left = mul(*before) if before else None
    right = t(mul(*after)) if after else None
    if left is None and right is None:
        return mul(*scalars, eye(y.rows * y.cols))
    if y.is_column and right is None and left is not None:
        return mul(*scalars, left)
    if y.rows == ONE and left is None and right is not None:
        return mul(*scalars, right)
    return mul(*scalars, kron(right or eye(y.cols), left or eye(y.rows)))


def _turned(line: Node, i: int) -> Node:
    """vec(cAYᵀb) = c (A ⊗ bᵀ) vec(Y) for a column b: no commutation is needed."""
    rest = [a for k, a in enumerate(line.args) if k != i]
    scalars = [a for a in rest if a.is_scalar]
    before = [a for a in line.args[:i] if not a.is_scalar]
    after = [a for a in line.args[i + 1 :] if not a.is_scalar]
    y = line.args[i]
    left = mul(*before) if before else eye(y.rows)
    right = t(mul(*after)) if after else eye(y.cols)
    return mul(*scalars, kron(left, right), jacobian(y.args[0]))


def _diag(line: Node, i: int, y: Node) -> Node:
    n = y.rows
    return mul(diag(vec(eye(n))), kron(ones(n), eye(n)))


def _kron(line: Node, i: int, y: Node) -> Node:
    """vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec A ⊗ vec B), Magnus and Neudecker 3.7."""
    a, b = line.args
    middle = kron(eye(a.cols), kron(commutation(b.cols, a.rows), eye(b.rows)))
    size = y.rows * y.cols
    side = kron(vec(a), eye(size)) if i else kron(eye(size), vec(b))
    return mul(middle, side)


#  operation
MATRICES: dict[str, Row] = {
    "mul": _mul,
    "had": _mul,
    "t": lambda line, i, y: commutation(y.rows, y.cols),
    "rsum": lambda line, i, y: kron(ones(ONE, y.cols), eye(y.rows)),
    "csum": lambda line, i, y: kron(eye(y.cols), ones(ONE, y.rows)),
    "diag": _diag,
    "diagonal": lambda line, i, y: t(_diag(line, i, line)),
    "vec": lambda line, i, y: eye(y.rows * y.cols),
    "mat": lambda line, i, y: eye(y.rows * y.cols),
    "kron": _kron,
}
