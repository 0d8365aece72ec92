"""Identities of what the entries are: shares that sum to 1, labels of 0 and 1, signs."""

from __future__ import annotations

from symgd.trees.arrange import had, mul
from symgd.trees.arrays import Function, Key, Node, num, ones, size

_STEP = Function("step")


def shares(at: Node) -> Node | None:
    """sum(p), rsum(Y), and those of a softmax."""
    if at.op not in ("sum", "rsum", "csum"):
        return None
    (x,) = at.args
    by_row = x.op == "rsoftmax" or ("prob" in x.words and not x.is_column)
    whole = x.op == "softmax" or ("prob" in x.words and x.is_column)
    if at.op == "rsum" and by_row:
        return ones(x.rows)
    if at.op == "sum" and (whole or by_row):
        return num(1) if whole else size(x.rows)
    return None


def squared(at: Node) -> Node | None:
    """y² of a label."""
    if at.op != "power" or at.args[1].op != "num" or at.args[1].data.denominator != 1:
        return None
    base, e = at.args
    k = int(e.data)
    if "01" in base.words and k > 1:
        return base
    if "pm1" in base.words and k not in (0, 1):
        return base if k % 2 else ones(*base.shape)
    return None


def signs(at: Node) -> Node | None:
    """|u|∘sign(u) = u, ReLU(u)∘step(u) = ReLU(u), step² = step."""
    if at.op == "power" and at.args[0].op == "function" and at.args[0].data == _STEP:
        return at.args[0] if at.args[1].op == "num" and at.args[1].data > 0 else None
    if at.op not in ("had", "mul"):
        return None
    found: dict[tuple[str, Key], Node] = {}
    for a in at.args:
        if a.op == "function" and not a.data.order:
            found[a.data.name, a.args[0].key] = a
    for (word, key), a in found.items():
        partner = found.get((_PARTNERS.get(word, ""), key))
        if partner is not None:
            (u,) = a.args
            rest = [b for b in at.args if b is not a and b is not partner]
            return (
                had(u if word == "abs" else a, *rest)
                if at.op == "had"
                else mul(u if word == "abs" else a, *rest)
            )
    return None


_PARTNERS = {"abs": "sign", "relu": "step"}
