"""Costs that are sums of squares, found from the graph: C = ½ Σ ρ², or not.

    (y - yhat)**2/2  →  ρ = y - ŷ            ‖A - Y‖²/(2m)  →  ρ = (A - Y)/√m

Exact: the cost is taken apart as it is written, name by name, and each part must be a square with a
factor that cannot be negative. Nothing is tried at numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, is_num, name, node, walk
from symgd.trees.assume import ASSUMPTIONS
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import ONE, Expr, mul, power

# -- scalars --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Square:
    """k·base², k a number that is not negative."""

    k: Fraction
    base: Expr


def squares(graph: Graph) -> tuple[Square, ...] | None:
    """The squares whose sum is the cost of a sample; None where it is no such sum."""
    found = _Scalars(graph).parts(graph.definitions[graph.cost])
    return None if found is None else tuple(found)


def residual(graph: Graph, square: Square) -> Graph:
    """The graph whose last definition is the base of a square, a value a sample."""
    taken = {s.name for s in (*graph.leaves, *graph.definitions)}
    v = sp.Symbol(_unused("residual", taken), real=True)
    kept = {n: body for n, body in graph.definitions.items() if n != graph.cost}
    return replace(graph, definitions={**kept, v: square.base})


class _Scalars:
    """Takes an expression of a graph apart into squares."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def parts(self, e: Expr) -> list[Square] | None:
        e = self.opened(e)
        if e.is_Number:
            return [] if e == 0 else None
        if e.is_Add:
            found = [self.parts(a) for a in e.args]
            return None if None in found else [s for part in found for s in part or ()]
        if e.is_Mul:
            return self.product(e)
        base = self.root(e)
        return None if base is None else [Square(Fraction(1), base)]

    def opened(self, e: Expr) -> Expr:
        """The definition of a name, the formula of an application."""
        for _ in range(len(self.graph.definitions) + 1):
            if e.is_Symbol and e in self.graph.definitions and e not in self.graph.equations:
                e = self.graph.definitions[e]
            else:
                break
        return e

    def product(self, e: Expr) -> list[Square] | None:
        """k·(a sum of squares)·(squares and leaves that are not negative)."""
        k, rest = Fraction(1), []
        for f in _factors(e):
            if f.is_Rational:
                k *= Fraction(int(f.p), int(f.q))
            elif f.is_Number:
                return None
            else:
                rest.append(f)
        if k < 0:
            return None
        # What stands there twice is a square: (y - f)(y - f).
        counted = Counter(rest)
        outer: list[Expr] = []
        inner: list[list[Square]] = []
        for f, times in counted.items():
            outer += [f] * (times // 2)
            if times % 2:
                one = self.root(f)
                if one is not None:
                    outer.append(one)
                    continue
                parts = self.parts(f)
                if parts is None:
                    return None
                inner.append(parts)
        if len(inner) > 1:
            return None
        whole = mul(*outer) if outer else ONE
        if not inner:
            return [Square(k, whole)]
        return [Square(k * s.k, mul(whole, s.base) if outer else s.base) for s in inner[0]]

    def root(self, e: Expr) -> Expr | None:
        """b of what is b²; also of a leaf, or its inverse, that is not negative."""
        e = self.opened(e)
        if e.is_Pow and e.exp.is_Integer and int(e.exp) % 2 == 0:
            half = sp.Integer(int(e.exp) // 2)
            return e.base if half == 1 else power(e.base, half)
        inverse = e.is_Pow and e.exp == -1
        leaf = e.base if inverse else e
        domain = self.graph.domains.get(leaf) if leaf.is_Symbol else None
        if domain is not None and leaf not in self.graph.definitions and _is_not_negative(domain):
            return power(leaf, sp.Rational(-1 if inverse else 1, 2))
        return None


def _is_not_negative(d: Domain) -> bool:
    if d.kind == "interval":
        return d.low is not None and d.low >= 0
    return min(d.members, default=Fraction(0)) >= 0


def _factors(e: Expr) -> list[Expr]:
    return [f for a in e.args for f in (_factors(a) if a.is_Mul else [a])]


def _unused(wanted: str, taken: Any) -> str:
    while wanted in taken:
        wanted += "_"
    return wanted


# -- arrays ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ArraySquare:
    """c·‖base‖², c a node of numbers, sizes and leaves that are not negative."""

    factors: tuple[Node, ...]
    base: Node

    def scale(self, values: Mapping[str, Any], sizes: Mapping[str, int]) -> float:
        """√(2c), which the base is multiplied by in ρ."""
        c = 1.0
        for f in self.factors:
            c *= _worth(f, values, sizes)
        return float((2 * c) ** 0.5)


def array_squares(graph: MatrixGraph) -> tuple[ArraySquare, ...] | None:
    """The squares whose sum is the cost; None where it is no such sum."""
    found = _array_parts(graph, graph.definitions[graph.cost])
    return None if found is None else tuple(found)


def _names_with_data(graph: MatrixGraph, samples: str) -> set[str]:
    """The inputs that have a row a sample, and the definitions that are made of them."""
    reached = {n for n, leaf in graph.leaves.items()
               if n not in graph.parameters and leaf.rows.text == samples}  # fmt: skip
    for v, body in graph.definitions.items():
        if body.names & reached:
            reached.add(v)
    return reached


def is_mean(graph: MatrixGraph, samples: str) -> bool:
    """Whether every term of the cost that has data in it is divided by the number of samples."""
    reached = _names_with_data(graph, samples)
    terms = [t for t in _terms(graph, graph.definitions[graph.cost]) if t.names & reached]
    return bool(terms) and all(_is_divided(t, samples) for t in terms)


def is_separable(graph: MatrixGraph, samples: str) -> bool:
    """Whether the cost on all samples is its sum, or its mean, over parts of them.

    Each term is then k·Σ over the samples or knows of no sample: all of the first kind over their
    number or none, and of the second kind only beside a mean, and without their number.
    """
    reached = _names_with_data(graph, samples)
    terms = _terms(graph, graph.definitions[graph.cost])
    # ones(m, 1) has samples and no data, too.
    sums = [t for t in terms if t.names & reached or not _is_without(graph, t, samples)]
    others = [t for t in terms if t not in sums]
    divided = {_is_divided(t, samples) for t in sums}
    if len(divided) != 1 or (others and divided == {False}):
        return False
    return all(_is_sum(graph, t, samples, reached) for t in sums)


def _is_without(graph: MatrixGraph, e: Node, samples: str) -> bool:
    """Whether the number of samples stands nowhere in a node."""
    return not any(
        (x.op == "size" and samples in x.data.names) or any(samples in d.names for d in x.shape)
        for x in walk(e)
    )


def _is_sum(graph: MatrixGraph, e: Node, samples: str, reached: set[str]) -> bool:
    """Whether a node is k·Σ over the samples, k free of them but for 1/m."""
    while e.op == "name" and e.data in graph.definitions:
        e = graph.definitions[e.data]
    if e.op == "mul":
        with_data = [a for a in e.args if a.names & reached]
        free = [a for a in e.args if not a.names & reached]
        if len(with_data) != 1 or not all(a.is_scalar for a in e.args):
            return False
        rest = [a for a in free if not _is_divided(a, samples)]
        return all(_is_without(graph, a, samples) for a in rest) and _is_sum(
            graph, with_data[0], samples, reached
        )
    if e.op == "sum":
        return any(samples in d.names for d in e.args[0].shape)
    norm = e.op == "power" and _is_two(e.args[1]) and e.args[0].op == "norm2"
    return norm and any(samples in d.names for d in e.args[0].args[0].shape)


def _terms(graph: MatrixGraph, e: Node) -> list[Node]:
    while e.op == "name" and e.data in graph.definitions:
        e = graph.definitions[e.data]
    return [t for a in e.args for t in _terms(graph, a)] if e.op == "add" else [e]


def _is_divided(e: Node, samples: str) -> bool:
    """Whether 1/m is a factor of a node, once."""
    if e.op == "power" and is_num(e.args[1]) and e.args[1].data == -1:
        below = e.args[0]
        factors = below.args if below.op == "mul" else (below,)
        return sum(f.op == "size" and f.data.text == samples for f in factors) == 1
    return e.op == "mul" and sum(_is_divided(a, samples) for a in e.args) == 1


def with_multipliers(
    graph: MatrixGraph, found: tuple[ArraySquare, ...]
) -> tuple[MatrixGraph, tuple[str, ...]]:
    """Λ = Σ ⟨U_k, base_k⟩ in the parameters and the U: its slope in U is the base, that in the
    parameters Jᵀ U, and its Hessian takes a direction of the parameters to J times it."""
    taken = {*graph.names, *graph.adjoints.values()}
    multipliers: dict[str, Node] = {}
    terms = []
    for k, square in enumerate(found):
        u = _unused(f"U_{k + 1}", {*taken, *multipliers})
        multipliers[u] = name(u, square.base.shape)
        terms.append(node("sum", node("had", multipliers[u], square.base)))
    kept = {v: body for v, body in graph.definitions.items() if v != graph.cost}
    whole = terms[0]
    for term in terms[1:]:
        whole = node("add", whole, term)
    cost = _unused("Lagrangian", {*taken, *multipliers})
    made = replace(
        graph,
        definitions={**kept, cost: whole},
        leaves={**graph.leaves, **multipliers},
        parameters=(*graph.parameters, *multipliers),
    )
    return made, tuple(multipliers)


def _array_parts(graph: MatrixGraph, e: Node) -> list[ArraySquare] | None:
    while e.op == "name" and e.data in graph.definitions:
        e = graph.definitions[e.data]
    if e.op == "add":
        found = [_array_parts(graph, a) for a in e.args]
        return None if None in found else [s for part in found for s in part or ()]
    base = _base(graph, e)
    if base is not None:
        return [ArraySquare((), base)]
    if e.op == "mul" and e.is_scalar and all(a.is_scalar for a in e.args):
        factors = [a for a in e.args if _is_factor(graph, a)]
        rest = [a for a in e.args if not _is_factor(graph, a)]
        if len(rest) == 1:
            parts = _array_parts(graph, rest[0])
            if parts is not None:
                return [ArraySquare((*factors, *p.factors), p.base) for p in parts]
        return None
    if e.op == "mul" and e.is_scalar:
        return _inner_product(graph, e)
    return None


def _inner_product(graph: MatrixGraph, e: Node) -> list[ArraySquare] | None:
    """vᵀv, with factors that are scalars."""
    scalars = tuple(a for a in e.args if a.is_scalar)
    rest = [a for a in e.args if not a.is_scalar]
    if len(rest) == 2 and all(_is_factor(graph, a) for a in scalars):
        u, v = rest
        if u.mirror == v.key:
            return [ArraySquare(scalars, v)]
    return None


def _base(graph: MatrixGraph, e: Node) -> Node | None:
    """The array whose entries, squared, add up to a node."""
    if e.op == "power" and _is_two(e.args[1]):
        inner = e.args[0]
        if inner.op == "norm2":
            return inner.args[0]
        return inner if inner.is_scalar else None
    if e.op == "sum":
        (inner,) = e.args
        if inner.op == "power" and _is_two(inner.args[1]):
            return inner.args[0]
        if inner.op == "had" and len(inner.args) == 2 and inner.args[0].key == inner.args[1].key:
            return inner.args[0]
    if e.op == "tr" and e.args[0].op == "mul" and len(e.args[0].args) == 2:
        u, v = e.args[0].args
        if u.mirror == v.key:
            return u
    return None


def _is_two(e: Node) -> bool:
    return is_num(e) and e.data == 2


def _is_factor(graph: MatrixGraph, e: Node) -> bool:
    """Whether a scalar is a number, a size or an input, and not negative."""
    if is_num(e):
        return bool(e.data >= 0)
    if e.op == "size":
        return True
    if e.op == "name":
        leaf = e.data in graph.leaves and e.data not in graph.parameters
        return leaf and bool(graph.leaves[e.data].words & NOT_NEGATIVE)
    if e.op == "power":
        return is_num(e.args[1]) and _is_factor(graph, e.args[0])
    return e.op == "mul" and all(_is_factor(graph, a) for a in e.args)


NOT_NEGATIVE = frozenset({"pos", "nonneg", "unit"}) & {a.word for a in ASSUMPTIONS}


def _worth(e: Node, values: Mapping[str, Any], sizes: Mapping[str, int]) -> float:
    if is_num(e):
        return float(e.data)
    if e.op == "size":
        return float(e.data.value(sizes))
    if e.op == "name":
        return float(values[e.data])
    if e.op == "power":
        return float(_worth(e.args[0], values, sizes) ** _worth(e.args[1], values, sizes))
    out = 1.0
    for a in e.args:
        out *= _worth(a, values, sizes)
    return out
