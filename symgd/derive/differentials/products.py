"""Identities of products, traces and diagonals."""

from __future__ import annotations

from itertools import pairwise

from symgd.trees.arrange import (
    columns,
    diag,
    diagonal,
    had,
    kron,
    make,
    mul,
    neg,
    rows,
    t,
    total,
    trace,
)
from symgd.trees.arrays import Node, eye, ones
from symgd.trees.dims import ONE


def chain_of(at: Node) -> tuple[list[Node], list[Node]]:
    """The scalars and the matrices of a product."""
    if at.op != "mul":
        return [], [at]
    return [a for a in at.args if a.is_scalar], [a for a in at.args if not a.is_scalar]


def absorbed_ones(at: Node) -> Node | None:
    """1ᵀU is column sums, U1 row sums; 1 1ᵀ stays."""
    if at.op != "mul":
        return None
    scalars, chain = chain_of(at)
    for i, (a, b) in enumerate(pairwise(chain)):
        if a.op == "ones" and a.cols != ONE:
            pair = [columns(b)] if a.rows == ONE else [ones(a.rows), columns(b)]
        elif b.op == "ones" and b.rows != ONE:
            pair = [rows(a)] if b.cols == ONE else [rows(a), ones(ONE, b.cols)]
        elif a.op == b.op == "ones":
            pair = [ones(a.rows, b.cols)]
        else:
            continue
        return mul(*scalars, *chain[:i], *pair, *chain[i + 2 :])
    return None


def orthogonal(at: Node) -> Node | None:
    if at.op != "mul":
        return None
    scalars, chain = chain_of(at)
    for i, (a, b) in enumerate(pairwise(chain)):
        name = a.args[0] if a.op == "t" else a
        if "orth" in name.words and a.key == b.mirror:
            return mul(*scalars, *chain[:i], eye(a.rows), *chain[i + 2 :])
    return None


def skew(at: Node) -> Node | None:
    return neg(at.args[0]) if at.op == "t" and "skew" in at.args[0].words else None


def diagonal_product(at: Node) -> Node | None:
    """diag(x) y is x∘y, xᵀ diag(y) is (x∘y)ᵀ."""
    if at.op != "mul":
        return None
    scalars, chain = chain_of(at)
    for i, (a, b) in enumerate(pairwise(chain)):
        if a.op == b.op == "diag":
            pair = diag(had(a.args[0], b.args[0]))
        elif a.op == "diag" and b.is_column:
            pair = had(a.args[0], b)
        elif b.op == "diag" and a.rows == ONE:
            pair = t(had(t(a), b.args[0]))
        elif a.op == "diag" and b.op == "ones":
            pair = mul(a.args[0], ones(ONE, b.cols))
        else:
            continue
        return mul(*scalars, *chain[:i], pair, *chain[i + 2 :])
    return None


def diagonal_part(at: Node) -> Node | None:
    """I∘U, where the diagonal of U is shorter than U."""
    if at.op != "had" or not any(a.op in ("eye", "diag") for a in at.args):
        return None
    parts = [a.args[0] if a.op == "diag" else a for a in at.args if a.op != "eye"]
    inside = [
        p
        if p.is_column and p.shape != at.shape
        else diagonal_of_product(make("diagonal", [p], None))
        for p in parts
    ]
    if not inside or any(p is None for p in inside):
        return None
    out = diag(had(*(p for p in inside if p is not None)))
    return out if out.weight <= at.weight else None


def diagonal_of_product(at: Node) -> Node | None:
    """The diagonal of xyᵀ, of diag(x)U, of a sum of such."""
    if at.op != "diagonal":
        return None
    (x,) = at.args
    scalars, chain = chain_of(x)
    if len(chain) > 1:
        for i in range(1, len(chain)):
            left, right = mul(*chain[:i]), mul(*chain[i:])
            if left.is_column:
                return mul(*scalars, had(left, t(right)))
        for i, rest in ((0, chain[1:]), (-1, chain[:-1])):
            if chain[i].op == "diag":
                return mul(*scalars, had(chain[i].args[0], diagonal(mul(*rest))))
    if x.op == "had" and any(a.op in ("diag", "eye") for a in x.args):
        return had(*(diagonal(a) for a in x.args))
    return None


def trace_of_outer(at: Node) -> Node | None:
    if at.op != "tr":
        return None
    scalars, chain = chain_of(at.args[0])
    for i in range(1, len(chain)):
        if chain[i].rows == ONE:
            return mul(*scalars, mul(*chain[i:], *chain[:i]))
    return None


def trace_round(at: Node) -> Node | None:
    """tr(UV) = tr(VU), if the factors that then meet come to something shorter."""
    if at.op != "tr":
        return None
    (x,) = at.args
    if x.op == "kron":
        return mul(*map(trace, x.args))
    scalars, chain = chain_of(x)
    if len(chain) < 2:
        return None
    meeting = mul(chain[-1], chain[0])
    met = orthogonal(meeting) or meeting
    if met.weight < chain[-1].weight + chain[0].weight:
        return mul(*scalars, trace(mul(met, *chain[1:-1])))
    return None


def inner_product(at: Node) -> Node | None:
    """sum(x∘y) is xᵀy; xᵀ(y⊘x) is sum(y)."""
    if at.op == "sum" and at.args[0].op == "had" and at.args[0].is_column:
        factors = at.args[0].args
        plain = [a for a in factors if a.op != "power"]
        if plain:
            rest = [a for a in factors if a is not plain[0]]
            return mul(t(plain[0]), had(*rest))
        return None
    if at.op != "mul" or not at.is_scalar:
        return None
    scalars, chain = chain_of(at)
    if len(chain) != 2 or scalars or not chain[1].is_column:
        return None
    x, y = t(chain[0]), chain[1]
    joined = had(x, y)
    return total(joined) if joined.weight < x.weight + y.weight else None


def kron_product(at: Node) -> Node | None:
    """(A⊗B)(C⊗D) = AC⊗BD, (A⊗B) vec(X) = vec(B X Aᵀ), (A⊗B)ᵀ = Aᵀ⊗Bᵀ."""
    if at.op == "t" and at.args[0].op == "kron":
        return kron(*map(t, at.args[0].args))
    if at.op != "mul":
        return None
    scalars, chain = chain_of(at)
    for i, (a, b) in enumerate(pairwise(chain)):
        if a.op != "kron":
            continue
        p, q = a.args
        if b.op == "kron" and p.cols == b.args[0].rows and q.cols == b.args[1].rows:
            pair = kron(mul(p, b.args[0]), mul(q, b.args[1]))
        elif b.op == "vec" and (q.cols, p.cols) == b.args[0].shape:
            pair = make("vec", [mul(q, b.args[0], t(p))], None)
        else:
            continue
        return mul(*scalars, *chain[:i], pair, *chain[i + 2 :])
    return None
