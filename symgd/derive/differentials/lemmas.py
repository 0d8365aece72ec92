"""f'(U), entry by entry: the scalar engine's lemma, derived once, written over matrices.

    σ'(z) = σ(z)(1 - σ(z))      →      σ(U)∘(1 - σ(U))

Where the lemma's form is not one of the language (cases, or a long one), f'(U) keeps its prime:
`Prime(gelu(U))`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final

import sympy as sp

from symgd.derive import with_recognisable
from symgd.derive.lemmas import Lemmas, is_call
from symgd.derive.softmax import with_shares
from symgd.functions import ROWS
from symgd.language.arrays.functions import (
    arguments,
    function,
    is_function,
    opens_over_arrays,
    out_of_place,
)
from symgd.language.named import call, functions_of
from symgd.trees import scalars
from symgd.trees.arrange import add, had, mul, power, scale, sub
from symgd.trees.arrays import Function, Node, name, node, num, ones, zeros
from symgd.trees.dims import SCALAR, Shape
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, P, Prime, function_name, piecewise
from symgd.trees.steps import Section
from symgd.verify import Checker

Z: Final = symbol("z")
LONGEST: Final = 24


class NotOfTheLanguageError(Exception):
    """A derivative that the language of matrices has no words for."""


def derivative(f: Function, u: Node) -> Node:
    """f'(U) with U a node."""
    if ROWS[f.name].is_flat:
        return zeros(*u.shape)
    form = _form(f)
    if form is None:
        return node("function", u, data=f.prime)
    return entrywise(form, {Z: u})


@cache
def _form(f: Function) -> Expr | None:
    """The derivative in z, if the language has words for it."""
    if f.order or not opens_over_arrays(f.name):
        return None
    form = slope(f)
    try:
        weight = entrywise(form, {Z: name("z")}).weight
    except NotOfTheLanguageError:
        return None
    return form if weight <= LONGEST else None


@cache
def slope(f: Function) -> Expr:
    """f'(z) as the scalar engine derives it; of f' itself its bend."""
    lemmas, key = _scalar(f)
    return lemmas.value_of(key)


@cache
def lemma(f: Function, detail: str = "textbook") -> tuple[Graph, Section]:
    """The lemma about f', each of its steps checked, and the graph that it is about."""
    lemmas, key = _scalar(f, detail)
    section = lemmas.lemma(lemmas.key(key))
    return lemmas.graph, Checker(lemmas.graph).section(section)


@cache
def softmax_in_entries(of_logarithm: bool) -> tuple[tuple[Graph, Section], ...]:
    """∂p_i/∂z_j = p_i(δ_ij - p_j) and, if asked, ∂ln(p_i)/∂z_j = δ_ij - p_j, each of their steps
    checked for every pair of indices of three entries."""
    z, p, logs = ([symbol(f"{stem}{k}") for k in (1, 2, 3)] for stem in "zpl")
    total = scalars.add(*map(scalars.exp, z))
    forms = [scalars.quotient(scalars.exp(u), total) for u in z]
    definitions: dict[sp.Symbol, Expr] = dict(zip(p, forms, strict=True))
    definitions |= dict(zip(logs, map(scalars.log, forms), strict=True))
    definitions[symbol("C")] = scalars.add(*p, *logs)
    graph, (group,) = with_shares(Graph(definitions, tuple(z)))
    sections = [group.lemma("full")]
    if of_logarithm:
        sections.append(group.of_logarithms(dict(zip(p, logs, strict=True)), "full"))
    checker = Checker(graph)
    return tuple((graph, checker.section(s)) for s in sections)


@cache
def _scalar(f: Function, detail: str = "textbook") -> tuple[Lemmas, Expr]:
    """The scalar model C = f(z), and its derivative not yet taken."""
    body = call(f.name, *arguments(f))
    cost = symbol("C")
    graph = with_recognisable(Graph({cost: body}, (Z,), functions_of({cost: body}, {})))
    times = f.order + 1
    key = Prime(body, *[0] * times) if is_call(body) else P(graph.cost, *[Z] * times)
    return Lemmas(graph, detail), key


# -- the lemma's form over matrices ---------------------------------------------------------------


def entrywise(expr: Any, table: Mapping[Any, Node]) -> Node:
    """A scalar expression over matrices of one shape, entry by entry; arranged.

    `table`: symbol → node, of that shape or a scalar. Cases become steps: {a where u > v, else
    b} is a∘step(u - v) + b∘(1 - step(u - v)); at a tie max(a, b) is the mean of the two, and so is
    its slope. Raises NotOfTheLanguageError for what the language has no words for.
    """
    shape = next((n.shape for n in table.values() if not n.is_scalar), SCALAR)
    return _Converter(table, shape).of(expr)


class _Converter:
    def __init__(self, table: Mapping[Any, Node], shape: Shape) -> None:
        self.table = table
        self.shape = shape
        self.scalars = {s: n for s, n in table.items() if n.is_scalar}

    def of(self, expr: Any) -> Node:
        if self.shape != SCALAR and expr.free_symbols <= self.scalars.keys():
            return self.stretch(_Converter(self.scalars, SCALAR).of(expr))
        if expr in self.table:
            return self.table[expr]
        if expr.is_Rational:
            return num(Fraction(int(expr.p), int(expr.q)))
        if expr.is_Add:
            return add(*map(self.of, expr.args))
        if expr.is_Mul:
            return had(*map(self.of, expr.args))
        if expr.is_Pow and expr.base is not sp.E:
            exponent = _Converter(self.scalars, SCALAR)
            if expr.exp.free_symbols <= self.scalars.keys():
                return power(self.of(expr.base), exponent.of(expr.exp))
            return power(self.of(expr.base), self.of(expr.exp))
        if expr in (_STEP, _RELU):
            word = "step" if expr == _STEP else "relu"
            return node("function", self.table[Z], data=function(word))
        if isinstance(expr, sp.Piecewise):
            return self.cases(expr.args)
        if isinstance(expr, sp.Max | sp.Min):
            return self.extreme(expr)
        if expr.is_Function and len(expr.args) >= 1:
            return self.application(expr)
        raise NotOfTheLanguageError(str(expr))

    def application(self, expr: Any) -> Node:
        if isinstance(expr, sp.polygamma) and expr.args[0] in (0, 1):
            # as sympy has ψ and ψ₁
            expr = (sp.digamma, sp.trigamma)[int(expr.args[0])](expr.args[1], evaluate=False)
        word = function_name(expr)
        if not is_function(word):
            raise NotOfTheLanguageError(word)
        own, rest = out_of_place(ROWS[word], expr.args)
        if not all(a.is_Rational for a in rest):
            raise NotOfTheLanguageError(word)
        f = function(word, tuple(Fraction(int(a.p), int(a.q)) for a in rest))
        return node("function", self.of(own), data=f)

    def stretch(self, q: Node) -> Node:
        return mul(q, ones(*self.shape))

    # -- cases ----------------------------------------------------------------------------------

    def cases(self, branches: Any) -> Node:
        """{a where c, else the rest} as a∘c + rest∘(1 - c)."""
        (value, condition), *rest = branches
        if condition == sp.true:
            return self.of(value)
        if not rest:
            raise NotOfTheLanguageError("cases that leave something out")
        c = self.truth(condition)
        return self.either(self.of(value), self.cases(rest), c)

    def either(self, a: Node, b: Node, c: Node) -> Node:
        """a where c is 1, b where it is 0."""
        return add(had(a, c), had(b, self.less_one(c)))

    def less_one(self, c: Node) -> Node:
        return sub(ones(*self.shape), c)

    def truth(self, condition: Any) -> Node:
        """1 where the condition holds, else 0."""
        if isinstance(condition, sp.And):
            return had(*map(self.truth, condition.args))
        if isinstance(condition, sp.Or):
            return self.less_one(had(*(self.less_one(self.truth(c)) for c in condition.args)))
        if isinstance(condition, sp.Not):
            return self.less_one(self.truth(condition.args[0]))
        if not condition.is_Relational or type(condition) not in _ABOVE:
            raise NotOfTheLanguageError(str(condition))
        left, right = map(self.of, condition.args)
        greater, strict = _ABOVE[type(condition)]
        first, second = (left, right) if greater == strict else (right, left)
        step = node("function", sub(first, second), data=function("step"))
        return step if strict else self.less_one(step)

    def extreme(self, expr: Any) -> Node:
        """max(a, b) = (a(1 + s) + b(1 - s))/2, s = sign(a - b); max(0, u) is ReLU(u)."""
        first, *rest = expr.args
        for other in rest:
            first = self.two(first, other, isinstance(expr, sp.Max))
        return first if isinstance(first, Node) else self.of(first)

    def two(self, a: Any, b: Any, largest: bool) -> Node:
        if largest and 0 in (a, b):
            u = b if a == 0 else a
            return node("function", self.node(u), data=function("relu"))
        a, b = self.node(a), self.node(b)
        sign = node("function", sub(a, b) if largest else sub(b, a), data=function("sign"))
        one = ones(*self.shape)
        return scale(_HALF, add(had(a, add(one, sign)), had(b, sub(one, sign))))

    def node(self, x: Any) -> Node:
        return x if isinstance(x, Node) else self.of(x)


_STEP: Final = piecewise((sp.S.One, Z > 0), (sp.S.Zero, sp.true))
_RELU: Final = sp.Max(sp.S.Zero, Z, evaluate=False)
_HALF: Final = Fraction(1, 2)
# relation     whether it is greater, whether equals do not count
_ABOVE: Final[dict[Any, tuple[bool, bool]]] = {
    sp.StrictGreaterThan: (True, True),
    sp.GreaterThan: (True, False),
    sp.StrictLessThan: (False, True),
    sp.LessThan: (False, False),
}
