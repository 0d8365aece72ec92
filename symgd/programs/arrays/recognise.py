"""What a planner sees in a node: divisors, diagonals, inverses."""

from __future__ import annotations

from collections.abc import Sequence

from symgd.trees.arrange import t
from symgd.trees.arrays import Key, Node, walk


def on_diagonal(term: Node) -> Node | None:
    """The I or diag(v) of a term that is a multiple of one."""
    body = term
    if term.op == "mul":
        rest = [a for a in term.args if not a.is_scalar]
        if len(rest) != 1:
            return None
        (body,) = rest
    return body if body.op in ("eye", "diag") else None


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
