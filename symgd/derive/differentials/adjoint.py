"""⟨G, L(dE)⟩ = ⟨L*(G), dE⟩: what stands around a differential moves to the other side.

⟨A, B⟩ is tr(AᵀB), the sum of the products of entries. One row for each linear operation: from G,
the whole L(…) and the place of the part that moves, the coefficient of that part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symgd.derive.differentials.structure import inner
from symgd.errors import NoRuleError
from symgd.trees.arrange import diag, diagonal, had, make, mul, t
from symgd.trees.arrays import DIFFERENTIAL, Node, eye, node, ones
from symgd.trees.dims import ONE

Row = Callable[[Node, Node, int], Node]


def pulled(g: Node, line: Node) -> Iterator[tuple[Node, Node]]:
    """⟨G, line⟩ as pairs (coefficient, E), one for each dE in the line.

    Raises NoRuleError if the line is not linear in its differentials.
    """
    if line.op == "d":
        yield g, line.args[0]
        return
    if not holds(line):
        return
    if line.op == "add":
        for term in line.args:
            yield from pulled(g, term)
        return
    where = [i for i, a in enumerate(line.args) if holds(a)]
    if len(where) != 1 or line.op not in ADJOINTS:
        raise NoRuleError(f"{line} is not linear in its differentials.")
    (i,) = where
    yield from pulled(ADJOINTS[line.op](g, line, i), line.args[i])


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
    "vec": lambda g, line, i: make("mat", [g], line.args[0].shape),
    "mat": _mat,
    "kron": _kron,
    "frechet": lambda g, line, i: make("frechet", [t(line.args[0]), g], line.data),
}
