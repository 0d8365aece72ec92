"""What one node of a coefficient is equal to: products, what repeats, labels, known functions.

Each function looks at one arranged node and answers with an equal one, or None: the rows of
`identities`, but for those that open brackets and factor (`factoring`).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from symgd.trees.arrange import (
    add,
    columns,
    diag,
    diagonal,
    had,
    kron,
    make,
    mul,
    neg,
    power,
    rows,
    scale,
    split,
    t,
    total,
    trace,
)
from symgd.trees.arrays import Function, Key, Node, eye, is_num, node, num, ones, size
from symgd.trees.dims import ONE
from symgd.trees.families import BINDERS

# -- products, traces and diagonals ---------------------------------------------------------------


def chain_of(at: Node) -> tuple[list[Node], list[Node]]:
    """The scalars and the matrices of a product."""
    if at.op != "mul":
        return [], [at]
    return [a for a in at.args if a.is_scalar], [a for a in at.args if not a.is_scalar]


def absorb_ones(at: Node) -> Node | None:
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
    """The diagonal of xyᵀ, of diag(x)U, of A diag(x) B, which is (A∘Bᵀ)x, of a sum of such."""
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
        for i, a in enumerate(chain[1:-1], 1):
            if a.op == "diag":
                sides = had(mul(*chain[:i]), t(mul(*chain[i + 1 :])))
                return mul(*scalars, sides, a.args[0])
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


# -- rows that are all the same, 1aᵀ, and columns, a1ᵀ --------------------------------------------


def join_repeats(at: Node) -> Node | None:
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


# -- what the entries are: shares that sum to 1, labels of 0 and 1, signs -------------------------

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


def label_powers(at: Node) -> Node | None:
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


# -- families -------------------------------------------------------------------------------------


def join_families(at: Node) -> Node | None:
    """[A_k]_k + c[B_k]_k = [A_k + cB_k]_k, and sums over one index alike."""
    if at.op != "add":
        return None
    for op in BINDERS:
        pairs = [(term, *split(term)) for term in at.args]
        same = [(term, q, x) for term, q, x in pairs if x.op == op]
        for _, _, first in same:
            alike = [x for x in same if x[2].data == first.data]
            if len(alike) < 2:
                continue
            body = add(*(scale(q, x.args[0]) for _, q, x in alike))
            rest = [a for a in at.args if not any(a is term for term, _, _ in alike)]
            return add(make(op, [body], first.data), *rest)
    return None


# -- functions that are recognised by their formula -----------------------------------------------

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


def softmax(at: Node) -> Node | None:
    """e^u over the sum of its entries is softmax(u), row by row too."""
    if at.op not in ("mul", "had"):
        return None
    for f in at.args:
        summed, op = _sum_of_exponentials(f)
        if summed is None:
            continue
        named = node(op, summed.args[0])
        rest = [a for a in at.args if a is not f]
        for i, a in enumerate(rest):
            out = _exchanged(a, summed, named)
            if out is not None:
                build = mul if at.op == "mul" else had
                return build(*rest[:i], out, *rest[i + 1 :])
    return None


def _sum_of_exponentials(f: Node) -> tuple[Node | None, str]:
    """1/sum(e^u) → e^u and the function that takes its place; 1/(rowsum(e^U) 1ᵀ) likewise."""
    spread = f.op == "mul" and len(f.args) == 2 and f.args[1].op == "ones"
    inverse = f.args[0] if spread else f
    if inverse.op != "power" or not is_num(inverse.args[1], -1):
        return None, ""
    (base, _) = inverse.args
    if not spread and base.op == "mul" and len(base.args) == 2 and base.args[1].op == "ones":
        spread, base = True, base.args[0]
    op = "rsoftmax" if spread else "softmax"
    if base.op != ("rsum" if spread else "sum"):
        return None, ""
    (inside,) = base.args
    of_exponentials = inside.op == "function" and inside.data == _EXP
    fits = of_exponentials and inside.is_column != spread
    return (inside, op) if fits else (None, "")


def _exchanged(a: Node, old: Node, new: Node) -> Node | None:
    """A factor that is `old`, or has it as a factor entry by entry, with `new` in its place."""
    if a == old:
        return new
    if a.op == "t":
        inside = _exchanged(a.args[0], old, new)
        return None if inside is None else t(inside)
    if a.op == "had" and any(b == old for b in a.args):
        return had(*(new if b == old else b for b in a.args))
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
