"""Lines that are linear in a differential: their adjoint, and their matrix.

    ⟨G, L(dE)⟩ = ⟨L*(G), dE⟩      what stands around a differential moves to the other side
    vec(L(dX)) = J vec(dX)        the Jacobian is read off

⟨A, B⟩ is tr(AᵀB), the sum of the products of entries. Two tables, a row for each linear operation:
from G, the whole L(…) and the place of the part that moves, the coefficient of that part; and the
matrix that does to vec(Y) what the operation does to Y.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from symgd.derive.differentials.rules import inner
from symgd.errors import NoRuleError
from symgd.trees.arrange import add, diag, diagonal, had, kron, make, mul, t, vec
from symgd.trees.arrays import DIFFERENTIAL, Node, commutation, eye, node, num, ones
from symgd.trees.dims import ONE
from symgd.trees.families import (
    BINDERS,
    Index,
    below,
    is_free,
    lower,
    part,
    place,
    stack,
    sumover,
)

NOTHING: Final[Mapping[str, Index]] = MappingProxyType({})
Row = Callable[[Node, Node, int], Node]


def pull_back(
    g: Node, line: Node, over: Mapping[str, Index] = NOTHING
) -> Iterator[tuple[Node, Node]]:
    """⟨G, line⟩ as pairs (coefficient, E), one for each dE in the line.

    over   the indices that are summed over: Σ_k⟨G_k, line_k⟩. A pair whose E has such an index
           stands for its sum; where E has it no more, the coefficients are added up.

    Raises NoRuleError if the line is not linear in its differentials.
    """
    if line.op == "d":
        for index in over.values():
            if not is_free(index.name, line):
                g = sumover(g, index)
        yield g, line.args[0]
        return
    if not holds(line):
        return
    if line.op == "add":
        for term in line.args:
            yield from pull_back(g, term, over)
        return
    where = [i for i, a in enumerate(line.args) if holds(a)]
    if len(where) != 1 or line.op not in ADJOINTS:
        raise NoRuleError(f"{line} is not linear in its differentials.")
    (i,) = where
    if line.op in BINDERS:
        over = {**over, line.data.name: line.data}
    elif line.op == "part":
        over = {n: index for n, index in over.items() if n != line.data.name}
    yield from pull_back(ADJOINTS[line.op](g, line, i), line.args[i], over)


def holds(at: Node) -> bool:
    """Whether a differential stands in it."""
    return DIFFERENTIAL in at.names


def _mul(g: Node, line: Node, i: int) -> Node:
    """⟨G, cAYB⟩ = ⟨cAᵀGBᵀ, Y⟩; of a scalar factor, ⟨G, the rest⟩."""
    rest = [a for k, a in enumerate(line.args) if k != i]
    if line.args[i].is_scalar:
        return inner(g, mul(*rest))
    scalars = [a for a in rest if a.is_scalar]
    before = [t(a) for a in reversed(line.args[:i]) if not a.is_scalar]
    after = [t(a) for a in reversed(line.args[i + 1 :]) if not a.is_scalar]
    return mul(*scalars, *before, g, *after)


def _kron(g: Node, line: Node, i: int) -> Node:
    a, b = line.args
    known = a if i else b
    factors = _kron_factors(g, a, b)
    if factors is not None:
        p, q, r = factors
        return mul(r, inner(p, a), q) if i else mul(r, inner(q, b), p)
    return node("kronright" if i else "kronleft", g, known, data=line.args[i].shape)


def _kron_factors(g: Node, a: Node, b: Node) -> tuple[Node, Node, Node] | None:
    """G = r·P⊗Q with the shapes of A and B, if it is."""
    scalars = [s for s in g.args if s.is_scalar] if g.op == "mul" else []
    rest = mul(*(s for s in g.args if not s.is_scalar)) if scalars else g
    r = mul(*scalars)
    if rest.op == "kron" and [x.shape for x in rest.args] == [a.shape, b.shape]:
        return rest.args[0], rest.args[1], r
    if rest.op == "eye" and a.rows == a.cols:
        return eye(a.rows), eye(b.rows), r
    if rest.op == "ones":
        return ones(*a.shape), ones(*b.shape), r
    if rest.op == "mul" and len(rest.args) == 2 and rest.args[0].is_column:
        # an outer product of Kronecker products is one of outer products
        u, v = rest.args
        v = t(v)
        if u.op == v.op == "kron" and [x.rows for x in u.args] == [a.rows, b.rows]:
            (u1, u2), (v1, v2) = u.args, v.args
            return mul(u1, t(v1)), mul(u2, t(v2)), r
    return None


def _mat(g: Node, line: Node, i: int) -> Node:
    return make("vec", [g], None)


def whole_of(g: Node, index: Index) -> Node:
    """What G_k is of the whole: stacked for all k, or in its place among zeros."""
    return place(g, index) if index.is_number else stack(g, index.bound)


#  operation  the coefficient of its part
ADJOINTS: dict[str, Row] = {
    "mul": _mul,
    "had": lambda g, line, i: had(g, *(a for k, a in enumerate(line.args) if k != i)),
    "t": lambda g, line, i: t(g),
    "tr": lambda g, line, i: mul(g, eye(line.args[0].rows)),
    "sum": lambda g, line, i: mul(g, ones(*line.args[0].shape)),
    "rsum": lambda g, line, i: mul(g, ones(ONE, line.args[0].cols)),
    "csum": lambda g, line, i: mul(ones(line.args[0].rows), g),
    "diag": lambda g, line, i: diagonal(g),
    "diagonal": lambda g, line, i: diag(g),
    "part": lambda g, line, i: whole_of(g, line.data),
    "place": lambda g, line, i: part(g, line.data),
    "stack": lambda g, line, i: part(g, replace(line.data, rows=line.args[0].rows)),
    "sumover": lambda g, line, i: g,
    "lower": lambda g, line, i: below(g),
    "below": lambda g, line, i: lower(g, line.args[0].rows),
    "vec": lambda g, line, i: make("mat", [g], line.args[0].shape),
    "mat": _mat,
    "kron": _kron,
    "draised": lambda g, line, i: make("draised", [t(line.args[0]), g, line.args[2]], None),
    "frechet": lambda g, line, i: make("frechet", [t(line.args[0]), g], line.data),
}


# -- the Jacobian ---------------------------------------------------------------------------------


MatrixRow = Callable[[Node, int, Node], Node]


def jacobian(line: Node) -> Node:
    """J with vec(line) = J vec(dX), for a line that is linear in one dX.

    Raises NoRuleError where an operation has no such matrix.
    """
    if line.op == "d":
        return eye(line.rows * line.cols)
    if line.op == "add":
        return add(*map(jacobian, line.args))
    if line.is_scalar:
        return add(*(mul(t(vec(g)), eye(e.rows * e.cols)) for g, e in pull_back(num(1), line)))
    where = [i for i, a in enumerate(line.args) if holds(a)]
    if line.op in (*BINDERS, "part", "place", "lower", "below"):
        raise NoRuleError(
            "A Jacobian or Hessian of what has an index or a triangle in it is not written as a "
            "matrix; derive the gradient, or compile it and ask for product(direction, ...), which "
            "is the Hessian times a direction."
        )
    if len(where) != 1 or line.op not in MATRICES:
        raise NoRuleError(f"The Jacobian of {line} is not written as a matrix.")
    (i,) = where
    if line.op == "mul" and line.is_column and line.args[i].op == "t":
        return _of_transpose(line, i)
    inside = jacobian(line.args[i])
    if line.op == "had":
        # diag(v) M scales the rows of M
        return mul(diag(vec(had(*(a for k, a in enumerate(line.args) if k != i)))), inside)
    return mul(MATRICES[line.op](line, i, line.args[i]), inside)


def _mul_matrix(line: Node, i: int, y: Node) -> Node:
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


def _of_transpose(line: Node, i: int) -> Node:
    """vec(cAYᵀb) = c (A ⊗ bᵀ) vec(Y) for a column b: no commutation is needed."""
    rest = [a for k, a in enumerate(line.args) if k != i]
    scalars = [a for a in rest if a.is_scalar]
    before = [a for a in line.args[:i] if not a.is_scalar]
    after = [a for a in line.args[i + 1 :] if not a.is_scalar]
    y = line.args[i]
    left = mul(*before) if before else eye(y.rows)
    right = t(mul(*after)) if after else eye(y.cols)
    return mul(*scalars, kron(left, right), jacobian(y.args[0]))


def _diag_matrix(line: Node, i: int, y: Node) -> Node:
    n = y.rows
    return mul(diag(vec(eye(n))), kron(ones(n), eye(n)))


def _kron_matrix(line: Node, i: int, y: Node) -> Node:
    """vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec A ⊗ vec B), Magnus and Neudecker 3.7."""
    a, b = line.args
    middle = kron(eye(a.cols), kron(commutation(b.cols, a.rows), eye(b.rows)))
    size = y.rows * y.cols
    side = kron(vec(a), eye(size)) if i else kron(eye(size), vec(b))
    return mul(middle, side)


#  operation
MATRICES: dict[str, MatrixRow] = {
    "mul": _mul_matrix,
    "had": _mul_matrix,
    "t": lambda line, i, y: commutation(y.rows, y.cols),
    "rsum": lambda line, i, y: kron(ones(ONE, y.cols), eye(y.rows)),
    "csum": lambda line, i, y: kron(eye(y.cols), ones(ONE, y.rows)),
    "diag": _diag_matrix,
    "diagonal": lambda line, i, y: t(_diag_matrix(line, i, line)),
    "vec": lambda line, i, y: eye(y.rows * y.cols),
    "mat": lambda line, i, y: eye(y.rows * y.cols),
    "kron": _kron_matrix,
}
