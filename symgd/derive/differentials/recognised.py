"""Functions that are recognised by their formula."""

from __future__ import annotations

from collections.abc import Callable

from symgd.trees.arrange import had, mul, neg
from symgd.trees.arrays import Function, Node, is_num, node

_EXP, _SIGMOID = Function("exp"), Function("sigmoid")


def sigmoid(at: Node) -> Node | None:
    """1/(1 + e^-u) is σ(u), and e^-u σ(u) is σ(-u)."""
    build: Callable[..., Node] = mul if at.is_scalar else had
    factors = at.args if at.op in ("mul", "had") else (at,)
    for f in factors:
        if f.op == "function" and f.data == _SIGMOID:
            (u,) = f.args
            growth = node("function", neg(u), data=_EXP)
            if any(a == growth for a in factors):
                rest = [a for a in factors if a is not f and a != growth]
                return build(*rest, node("function", neg(u), data=_SIGMOID))
        inside = _one_plus_exponential(f)
        if inside is None:
            continue
        rest = [a for a in factors if a is not f]
        return build(*rest, node("function", neg(inside), data=_SIGMOID))
    return None


def _one_plus_exponential(f: Node) -> Node | None:
    """(1 + e^u)^-1 → u."""
    if f.op != "power" or not is_num(f.args[1], -1) or f.args[0].op != "add":
        return None
    terms = f.args[0].args
    if len(terms) != 2:
        return None
    one = [a for a in terms if a.op == "ones" or is_num(a, 1)]
    rest = [a for a in terms if a.op == "function" and a.data == _EXP]
    return rest[0].args[0] if one and rest else None
