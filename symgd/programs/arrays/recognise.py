"""What a planner sees in a node: divisors, diagonals, functions in a form that would cancel."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symgd.trees.arrange import neg, power, split, t
from symgd.trees.arrays import Key, Node, is_num, num, walk


def raised(base: Node, e: Fraction) -> Node:
    return power(base, num(e))


def divides(a: Node) -> bool:
    return a.op == "power" and a.args[1].op == "num" and a.args[1].data < 0


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


def sigmoid_of(u: Node) -> Node | None:
    """σ(x) → -x, and 1 - σ(x) → x: what softplus takes for minus the logarithm."""
    if u.op == "function" and str(u.data) == "sigmoid":
        return neg(u.args[0])
    return one_minus_sigmoid(u)


def one_minus_sigmoid(u: Node) -> Node | None:
    if u.op != "add" or len(u.args) != 2:
        return None
    one = [a for a in u.args if a.op == "ones" or is_num(a, 1)]
    rest = [split(a) for a in u.args if a not in one]
    if one and rest and rest[0][0] == -1:
        s = rest[0][1]
        if s.op == "function" and str(s.data) == "sigmoid":
            return s.args[0]
    return None


def one_plus_exponential(u: Node) -> Node | None:
    if u.op != "add" or len(u.args) != 2:
        return None
    one = [a for a in u.args if a.op == "ones" or is_num(a, 1)]
    rest = [a for a in u.args if a.op == "function" and str(a.data) == "exp"]
    return rest[0].args[0] if one and rest else None


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
