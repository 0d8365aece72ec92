"""What a planner sees in a node: divisors, diagonals, inverses."""

from __future__ import annotations

from collections.abc import Sequence

from symgd.trees.arrange import had, mul, t
from symgd.trees.arrays import Key, Node, ones, walk


def on_diagonal(term: Node) -> Node | None:
    """The I or diag(v) of a term that is a multiple of one."""
    body = term
    if term.op == "mul":
        rest = [a for a in term.args if not a.is_scalar]
        if len(rest) != 1:
            return None
        (body,) = rest
    return body if body.op in ("eye", "diag") else None


def diagonal_of(at: Node) -> Node | None:
    """The diagonal of a square matrix as a column, where it is no work."""
    match at.op:
        case "eye" | "ones":
            return ones(at.rows)
        case "diag":
            return at.args[0]
        case "kron":
            parts = [diagonal_of(a) for a in at.args if a.rows == a.cols]
            plain = len(parts) == 2 and all(
                p is not None and p.op in ("ones", "num") for p in parts
            )
            return ones(at.rows) if plain else None
        case "mul":
            scalars = [a for a in at.args if a.is_scalar]
            chain = [a for a in at.args if not a.is_scalar]
            found = _of_chain(chain)
            return None if found is None else mul(*scalars, found)
    return None


def _of_chain(chain: Sequence[Node]) -> Node | None:
    """xyᵀ → x∘y, A·diag(v) → diagonal of A∘v."""
    if len(chain) == 1:
        return diagonal_of(chain[0])
    first, last = chain[0], chain[-1]
    if len(chain) == 2 and first.is_column:
        return had(first, t(last))
    for end, rest in ((last, chain[:-1]), (first, chain[1:])):
        found = _of_chain(rest) if end.op == "diag" else None
        if found is not None:
            return had(found, end.args[0])
    return None


def inverted(a: Node) -> Node:
    return t(a.args[0].args[0]) if a.op == "t" else a.args[0]


def shared_inverses(roots: Sequence[Node]) -> set[Key]:
    """Inverses that are needed as they are, or more than once."""
    seen: dict[Key, int] = {}
    for root in roots:
        for at in walk(root):
            for a in at.args:
                inner = a.args[0] if a.op == "t" else a
                if inner.op == "inv":
                    lone = at.op != "mul"
                    if at.op == "t":
                        continue
                    seen[inner.key] = seen.get(inner.key, 0) + (2 if lone else 1)
        inner = root.args[0] if root.op == "t" else root
        if inner.op == "inv":
            seen[inner.key] = 2
    return {k for k, n in seen.items() if n > 1}
