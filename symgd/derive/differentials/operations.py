"""Differentials of traces, determinants, norms, inverses, softmax and their like."""

from __future__ import annotations

from collections.abc import Callable

from symgd.derive.differentials.rule import Moves, Rewrite
from symgd.derive.differentials.structure import d, inner
from symgd.trees.arrange import add, had, inv, kron, make, mul, neg, power, sub, t, trace
from symgd.trees.arrays import Function, Node, eye, node, num, ones
from symgd.trees.dims import ONE


def of(op: str, rule: Callable[[Node, Node], Node]) -> Rewrite:
    """The rule for op(U): from U and the whole."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        return rule(e.args[0], e) if e.op == op else None

    return rewrite


def linear(*ops: str) -> Rewrite:
    """d op(U) = op(dU)."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        return make(e.op, [d(e.args[0])], e.data) if e.op in ops else None

    return rewrite


def entrywise(derivative: Callable[[Function, Node], Node]) -> Rewrite:
    """d f(U) = f'(U)∘dU."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        if e.op != "function":
            return None
        return had(derivative(e.data, e.args[0]), d(e.args[0]))

    return rewrite


def _all(u: Node, s: Node) -> Node:
    """A scalar in every entry."""
    return mul(s, ones(*u.shape)) if not u.is_scalar else s


def _across(u: Node, column: Node) -> Node:
    """A column in every column."""
    return mul(column, ones(ONE, u.cols))


def log_softmax(e: Node, moves: Moves) -> Node | None:
    """d ln softmax(u) = du - ⟨softmax(u), du⟩ 1."""
    if e.op != "function" or e.data.name != "log" or e.data.order:
        return None
    s = e.args[0]
    if s.op == "softmax":
        (u,) = s.args
        return sub(d(u), _all(u, inner(s, d(u))))
    if s.op == "rsoftmax":
        (u,) = s.args
        return sub(d(u), _across(u, make("rsum", [had(s, d(u))], None)))
    return None


def softmax(u: Node, s: Node) -> Node:
    return sub(had(s, d(u)), mul(inner(s, d(u)), s))


def rsoftmax(u: Node, s: Node) -> Node:
    return had(s, sub(d(u), _across(u, make("rsum", [had(s, d(u))], None))))


def logsumexp(u: Node, e: Node) -> Node:
    return inner(node("softmax", u), d(u))


def inverse(u: Node, e: Node) -> Node:
    return neg(mul(e, d(u), e))


def pseudoinverse(u: Node, p: Node) -> Node:
    """Where the rank stays (Golub and Pereyra, 1973)."""
    left = sub(eye(u.rows), mul(u, p))
    right = sub(eye(u.cols), mul(p, u))
    return add(
        neg(mul(p, d(u), p)),
        mul(p, t(p), t(d(u)), left),
        mul(right, t(d(u)), t(p), p),
    )


def determinant(u: Node, e: Node) -> Node:
    return mul(e, trace(mul(inv(u), d(u))))


def log_determinant(u: Node, e: Node) -> Node:
    return trace(mul(inv(u), d(u)))


def norm2(u: Node, e: Node) -> Node:
    return mul(power(e, num(-1)), inner(u, d(u)))


def norm1(u: Node, e: Node) -> Node:
    return inner(node("function", u, data=Function("sign")), d(u))


def kronecker(e: Node, moves: Moves) -> Node | None:
    if e.op != "kron":
        return None
    a, b = e.args
    terms = [kron(d(a), b)] if moves(a) else []
    terms += [kron(a, d(b))] if moves(b) else []
    return add(*terms)


def matrix_function(e: Node, moves: Moves) -> Node | None:
    """d exp(U) = L(U, dU); e^U dU where the two commute, as they do in U = tA."""
    if e.op not in DERIVED:
        return None
    (u,) = e.args
    commuting = _commuting(u, moves)
    if commuting is not None:
        return mul(commuting, derived(e.op, u))
    return node("frechet", u, d(u), data=e.op)


#  function    its derivative, as (factor, function)
DERIVED = {"expm": (1, "expm"), "sinm": (1, "cosm"), "cosm": (-1, "sinm")}


def derived(op: str, u: Node) -> Node:
    """exp'(U) = exp(U), sin'(U) = cos(U), cos'(U) = -sin(U)."""
    q, f = DERIVED[op]
    return mul(num(q), node(f, u))


def _commuting(u: Node, moves: Moves) -> Node | None:
    """For U = tA, where only the scalar t moves: d(U)."""
    if u.op != "mul":
        return None
    scalars = [a for a in u.args if a.is_scalar]
    chain = [a for a in u.args if not a.is_scalar]
    if any(moves(a) for a in chain) or not scalars:
        return None
    return mul(d(mul(*scalars)), *chain)
