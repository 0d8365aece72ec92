"""Definitions with what has a name by its name, before anything is derived or computed.

    √(xᵀx), √(sum(x∘x))    ‖x‖             no square leaves the range; a convention at 0
    exp(x)/sum(exp(x))     softmax(x)      no exponential is too large
    ln sum(exp(x))         logsumexp(x)
    det(X)·X⁻¹             adj(X)          there for singular matrices too, and in det(X)ⁿ·X⁻¹
    prod(x)·1⊘x            the products of all other entries, where some are 0 too

The line that a person reads stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from symgd.trees.arrange import had, make, mul, power, t
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Function, Node, is_num, name, node, num
from symgd.trees.families import indices_of

EXP, LOG = Function("exp"), Function("log")
# what a power of has a derivative where it is 0, and is divided by in that
WHOLE = ("prod", "det")
# what is linear in each of its parts
LINEAR = ("mul", "had", "t", "sum", "rsum", "csum", "tr", "diag", "diagonal")


def with_names(graph: MatrixGraph, shares: bool = True) -> MatrixGraph:
    """The same graph with sums of squares, and of exponentials, by their names."""
    rows = (norm, log_sum, share, beside_logarithm) if shares else (norm, beside_logarithm)
    typed = with_exponentials(graph) if shares else graph.definitions
    typed = with_factors(typed)
    definitions = {v: renamed(e, rows) for v, e in typed.items()}
    return graph if definitions == graph.definitions else replace(graph, definitions=definitions)


def with_exponentials(graph: MatrixGraph) -> dict[str, Node]:
    """The definitions with e = exp(x) and sum(e) in place of their names: e/s is a softmax then."""
    named: dict[str, Node] = {}
    out: dict[str, Node] = {}
    for v, typed in graph.definitions.items():
        body = renamed(typed, (lambda at: named.get(at.data) if at.op == "name" else None,))
        inner = body.args[0] if body.op in ("sum", "rsum", "csum") else body
        if inner.op == "function" and inner.data == EXP and v != graph.cost:
            named[v] = body
        else:
            out[v] = body
    return out if named else graph.definitions


def with_factors(definitions: Mapping[str, Node]) -> dict[str, Node]:
    """Every prod(x∘y) and det(AX) as a name p, p = prod(u), u = x∘y.

    1⊘(x∘y) is 1⊘x∘1⊘y, (AX)⁻¹ is X⁻¹A⁻¹, and p stands outside of p·(s·1⊘x + eˣ): nobody sees in
    these that nothing is divided by an entry.
    """
    out: dict[str, Node] = {}
    for v, body in definitions.items():
        named: dict[str, Node] = {}

        def called(word: str, at: Node, v: str = v, named: dict[str, Node] = named) -> Node:
            new = f"{v} {word}{len(named) or ''}"  # that nobody can have given
            named[new] = at
            return name(new, at.shape)

        def hoisted(at: Node, called: Callable[[str, Node], Node] = called) -> Node | None:
            if at.op not in WHOLE or indices_of(at):
                return None
            (u,) = at.args
            return called("product", node(at.op, u if u.op == "name" else called("factors", u)))

        body = renamed(body, (hoisted,))
        if body.op == "name" and body.data in named:
            body = named.pop(body.data)
        out |= {**named, v: body}
    return out


def with_adjugates(at: Node, bodies: Mapping[str, Node]) -> Node:
    """The node with det(U)·U⁻¹ and prod(U)·1⊘U by what is there at a det(U) and a prod(U) of 0.

    `bodies` has the definitions, where one of them is det(U) or prod(U).
    """

    def row(at: Node) -> Node | None:
        found = None
        while (next_one := absorbed(found or at, bodies)) is not None:
            found = next_one
        return found

    return renamed(at, (row, beside_logarithm))


def renamed(at: Node, rows: tuple[Callable[[Node], Node | None], ...]) -> Node:
    """Every part that a row knows, from the inside out."""
    args = tuple(renamed(a, rows) for a in at.args)
    if any(a is not b for a, b in zip(args, at.args, strict=True)):
        at = make(at.op, args, at.data, at)
    found = next((n for row in rows if (n := row(at)) is not None), None)
    return at if found is None else found


def norm(at: Node) -> Node | None:
    """(Σu²)^(n/2) = ‖u‖ⁿ, n odd."""
    if at.op != "power" or at.args[1].op != "num":
        return None
    n = 2 * Fraction(at.args[1].data)
    u = rooted(at.args[0]) if n.denominator == 1 and n % 2 else None
    return None if u is None else power(node("norm2", u), num(n))


def rooted(at: Node) -> Node | None:
    """The u of Σu², written as uᵀu, sum(u∘u) or tr(UᵀU)."""
    if not at.is_scalar or not at.args:
        return None
    if at.op == "sum" and at.args[0].op == "power" and is_num(at.args[0].args[1], 2):
        return at.args[0].args[0]
    product = at.args[0] if at.op == "tr" else at
    if product.op != "mul" or len(product.args) != 2:
        return None
    left, right = product.args
    return right if left.mirror == right.key and not right.is_scalar else None


def log_sum(at: Node) -> Node | None:
    """ln sum(exp(u)), u a column."""
    if at.op != "function" or at.data != LOG:
        return None
    u = exponent_of_sum(at.args[0])
    return None if u is None else node("logsumexp", u)


def exponent_of_sum(at: Node) -> Node | None:
    if at.op != "sum" or at.args[0].op != "function" or at.args[0].data != EXP:
        return None
    u = at.args[0].args[0]
    return u if u.is_column else None


def beside_logarithm(at: Node) -> Node | None:
    """(x^p)ᵀ ln x = sum(x^p∘ln x), where each entry has its limit at x = 0."""
    if at.op != "mul" or not at.is_scalar or len(at.args) != 2 or any(a.is_scalar for a in at.args):
        return None
    a, b = t(at.args[0]), at.args[1]
    for log, other in ((a, b), (b, a)):
        parts = other.args if other.op == "had" else (other,)
        if log.op == "function" and log.data == LOG:
            (u,) = log.args
            if any(p == u or (p.op == "power" and p.args[0] == u) for p in parts):
                return node("sum", had(a, b))
    return None


def share(at: Node) -> Node | None:
    """exp(u)/sum(exp(u)) = softmax(u), also where a sum stands around exp(u)."""
    return exchanged_in(at, shares)


def shares(factor: Node) -> tuple[Node, Node] | None:
    if factor.op != "power" or not is_num(factor.args[1], -1):
        return None
    u = exponent_of_sum(factor.args[0])
    return None if u is None else (node("function", u, data=EXP), node("softmax", u))


def absorbed(at: Node, bodies: Mapping[str, Node]) -> Node | None:
    """det(U)·U⁻¹ = adj(U); prod(U)·1⊘U has in each place the product of all other entries."""
    return exchanged_in(at, lambda factor: cofactors(factor, bodies), everywhere=True)


def cofactors(factor: Node, bodies: Mapping[str, Node]) -> tuple[Node, Node] | None:
    base, e = (factor.args[0], factor.args[1]) if factor.op == "power" else (factor, num(1))
    whole = bodies.get(base.data, base) if base.op == "name" else base
    if whole.op not in WHOLE or e.op != "num" or e.data < 1:
        return None
    (u,) = whole.args
    if whole.op == "det":
        old, new = node("inv", u), node("adjugate", u)
    else:
        old, new = power(u, num(-1)), node("others", u)
    return old, new if e.data == 1 else mul(power(base, num(e.data - 1)), new)


def exchanged_in(
    at: Node, pair: Callable[[Node], tuple[Node, Node] | None], everywhere: bool = False
) -> Node | None:
    """A product in which one factor makes another of what stands in a third.

    `everywhere`: also where only some terms of a sum have it; the factor goes into the others.
    """
    if at.op not in ("mul", "had"):
        return None
    for i, factor in enumerate(at.args):
        found = pair(factor)
        if found is None:
            continue
        rest = at.args[:i] + at.args[i + 1 :]
        for j, other in enumerate(rest):
            for new in exchanged(other, *found, factor if everywhere else None):
                args = (*rest[:j], new, *rest[j + 1 :])
                return args[0] if len(args) == 1 else make(at.op, args, at.data)
    return None


def exchanged(at: Node, old: Node, new: Node, factor: Node | None = None) -> Iterator[Node]:
    """The node with one occurrence of `old`, in which it is linear, exchanged for `new`.

    With a factor, for which factor·old = new: also a sum in which only some terms have it.
    """
    if at.key == old.key:
        yield new
    elif at.op == "add":
        # (a - b)⊘u is a⊘u - b⊘u: each term has one
        terms = [next(exchanged(a, old, new, factor), None) for a in at.args]
        if factor is not None and any(terms):
            terms = [a or mul(factor, b) for a, b in zip(terms, at.args, strict=True)]
        if all(terms):
            yield make("add", [a for a in terms if a], at.data)
    elif at.op in LINEAR:
        for i, a in enumerate(at.args):
            for inside in exchanged(a, old, new, factor):
                yield make(at.op, (*at.args[:i], inside, *at.args[i + 1 :]), at.data)
