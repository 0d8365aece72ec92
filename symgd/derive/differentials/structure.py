"""Differentials of sums, products, powers and transposes."""

from __future__ import annotations

from fractions import Fraction

from symgd.derive.differentials.rule import Moves
from symgd.trees.arrange import add, had, make, matrix_power, mul, neg, power, scale, sub, t
from symgd.trees.arrays import Function, Node, is_num, node, num, ones

_LOG = Function("log")


def d(x: Node) -> Node:
    """dx, not yet taken."""
    return node("d", x)


def inner(a: Node, b: Node) -> Node:
    """⟨A, B⟩ = tr(AᵀB)."""
    if a.is_scalar:
        return mul(a, b)
    if a.is_column:
        return mul(t(a), b)
    if a.rows.number == 1:
        return mul(a, t(b))
    return make("tr", [mul(t(a), b)], None)


def moving(e: Node, moves: Moves) -> list[int]:
    """Where the parts stand that move."""
    return [i for i, a in enumerate(e.args) if moves(a)]


def _with(e: Node, i: int, part: Node) -> Node:
    """The product or Hadamard product with another factor in place i."""
    args = [*e.args[:i], part, *e.args[i + 1 :]]
    return mul(*args) if e.op == "mul" else had(*args)


def sum_(e: Node, moves: Moves) -> Node | None:
    if e.op != "add":
        return None
    return add(*(d(a) for a in e.args if moves(a)))


def broadcast(e: Node, moves: Moves) -> Node | None:
    if e.op != "mul" or len(e.args) != 2 or e.args[0].op != "ones" or e.args[0].is_scalar:
        return None
    return mul(e.args[0], d(e.args[1]))


def constant_factor(e: Node, moves: Moves) -> Node | None:
    where = moving(e, moves)
    if e.op not in ("mul", "had") or len(where) != 1:
        return None
    return _with(e, where[0], d(e.args[where[0]]))


def quotient(e: Node, moves: Moves) -> Node | None:
    """d(u/v) = du/v - (u/v²) dv, u the other factors."""
    where = moving(e, moves)
    if e.op != "mul" or len(where) != 2:
        return None
    below = [i for i in where if e.args[i].op == "power" and is_num(e.args[i].args[1], -1)]
    if len(below) != 1 or not e.args[below[0]].is_scalar:
        return None
    i = below[0]
    v = e.args[i].args[0]
    rest = mul(*(a for k, a in enumerate(e.args) if k != i))
    (k,) = (k for k in where if k != i)
    first = _with(e, k, d(e.args[k]))
    return sub(first, mul(power(v, num(-2)), d(v), rest))


def product(e: Node, moves: Moves) -> Node | None:
    if e.op not in ("mul", "had"):
        return None
    return add(*(_with(e, i, d(e.args[i])) for i in moving(e, moves)))


def transpose(e: Node, moves: Moves) -> Node | None:
    return t(d(e.args[0])) if e.op == "t" else None


def norm_squared(e: Node, moves: Moves) -> Node | None:
    """d‖U‖² = 2⟨U, dU⟩."""
    if e.op != "power" or e.args[0].op != "norm2" or not is_num(e.args[1], 2):
        return None
    (u,) = e.args[0].args
    return scale(2, inner(u, d(u)))


def root(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or not is_num(e.args[1], Fraction(1, 2)):
        return None
    return scale(Fraction(1, 2), had(power(e.args[0], num(Fraction(-1, 2))), d(e.args[0])))


def reciprocal(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or not is_num(e.args[1], -1):
        return None
    return neg(had(power(e.args[0], num(-2)), d(e.args[0])))


def _stretched(k: Node, u: Node) -> Node:
    """A scalar exponent as a factor of what it raises."""
    return mul(k, ones(*u.shape)) if k.is_scalar and not u.is_scalar else k


def power_rule(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or moves(e.args[1]):
        return None
    u, k = e.args
    less = add(k, _stretched(num(-1), k))
    return had(_stretched(k, u), power(u, less), d(u))


def general_power(e: Node, moves: Moves) -> Node | None:
    """d(u^v) = v u^(v-1) du + u^v ln(u) dv."""
    if e.op != "power":
        return None
    u, v = e.args
    terms = []
    if moves(u):
        terms.append(had(_stretched(v, u), power(u, add(v, _stretched(num(-1), v))), d(u)))
    if moves(v):
        terms.append(had(e, log(u), _stretched(d(v), u)))
    return add(*terms)


def log(u: Node) -> Node:
    """ln u, entry by entry."""
    return node("function", u, data=_LOG)


def matrix_power_rule(e: Node, moves: Moves) -> Node | None:
    """d(X^k) = Σ X^i dX X^(k-1-i)."""
    if e.op != "mpow":
        return None
    x, k = e.args[0], e.data
    return add(*(mul(matrix_power(x, i), d(x), matrix_power(x, k - 1 - i)) for i in range(k)))
