"""Identities of rows that are all the same, 1aᵀ, and of columns, a1ᵀ."""

from __future__ import annotations

from symgd.trees.arrange import columns, had, mul, power, rows, total
from symgd.trees.arrays import Node, ones
from symgd.trees.dims import ONE


def repeated(at: Node) -> Node | None:
    """1aᵀ∘1bᵀ = 1(a∘b)ᵀ, and colsum(U∘1aᵀ) = colsum(U)∘aᵀ."""
    if at.op == "had":
        return _together(at)
    if at.op not in ("csum", "rsum") or at.args[0].op != "had":
        return None
    parts = [(f, line(f)) for f in at.args[0].args]
    same = [x for _, x in parts if x is not None and x[0] == at.op]
    rest = [f for f, x in parts if x is None or x[0] != at.op]
    if not same or not rest:
        return None
    summed = (columns if at.op == "csum" else rows)(had(*rest))
    return had(summed, *(x for _, x in same))


def line(f: Node) -> tuple[str, Node] | None:
    """1aᵀ → ("csum", aᵀ): which sum it goes out of, and the row; a1ᵀ → ("rsum", a)."""
    if f.op == "power" and f.args[1].is_scalar:
        inside = line(f.args[0])
        return None if inside is None else (inside[0], power(inside[1], f.args[1]))
    if f.op != "mul":
        return None
    chain = [a for a in f.args if not a.is_scalar]
    scalars = [a for a in f.args if a.is_scalar]
    if len(chain) < 2:
        return None
    if chain[0].op == "ones" and chain[0].is_column:
        return "csum", mul(*scalars, *chain[1:])
    if chain[-1].op == "ones" and chain[-1].rows == ONE:
        return "rsum", mul(*scalars, *chain[:-1])
    return None


def _together(at: Node) -> Node | None:
    for kind in ("csum", "rsum"):
        parts = [(f, x) for f in at.args if (x := line(f)) is not None and x[0] == kind]
        if len(parts) < 2:
            continue
        one = had(*(x for _, (_, x) in parts))
        m, n = at.shape
        whole = mul(ones(m), one) if kind == "csum" else mul(one, ones(ONE, n))
        rest = [f for f in at.args if not any(f is g for g, _ in parts)]
        return had(*rest, whole)
    return None


def sums(at: Node) -> Node | None:
    """1ᵀ(UV) = (1ᵀU)V, (UV)1 = U(V1), if that is shorter."""
    if at.op not in ("csum", "rsum", "sum") or at.args[0].op != "mul":
        return None
    chain = [a for a in at.args[0].args if not a.is_scalar]
    if len(chain) < 2:
        return None
    if at.op == "csum":
        out = mul(columns(chain[0]), *chain[1:])
    elif at.op == "rsum":
        out = mul(*chain[:-1], rows(chain[-1]))
    elif len(chain) == 2 and chain[0].is_column:
        out = mul(total(chain[0]), total(chain[1]))
    else:
        return None
    return out if out.weight <= at.weight else None
