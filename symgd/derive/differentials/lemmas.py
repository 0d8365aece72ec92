"""f'(U), entry by entry: the scalar engine's lemma, told once, written over matrices.

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
from symgd.language.arrays.functions import ROWS, function, is_function, is_told_open
from symgd.language.named import call, functions_of
from symgd.trees.arrange import add, had, mul, power
from symgd.trees.arrays import Function, Node, name, node, num, ones, zeros
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, P, Prime, function_name
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
        return node("function", u, data=f.primed)
    return entrywise(form, {Z: u})


@cache
def _form(f: Function) -> Expr | None:
    """The derivative in z, if the language has words for it."""
    if f.order or not is_told_open(f.name):
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
def lemma(f: Function) -> tuple[Graph, Section]:
    """The lemma about f', each of its steps checked, and the graph that it is about."""
    lemmas, key = _scalar(f)
    section = lemmas.lemma(lemmas.key(key))
    return lemmas.graph, Checker(lemmas.graph).section(section)


@cache
def _scalar(f: Function) -> tuple[Lemmas, Expr]:
    """The scalar model C = f(z), and its derivative not yet taken."""
    body = call(f.name, Z, *(sp.Rational(q.numerator, q.denominator) for q in f.parameters))
    cost = symbol("C")
    graph = with_recognisable(Graph({cost: body}, (Z,), functions_of({cost: body}, {})))
    times = f.order + 1
    key = Prime(body, *[0] * times) if is_call(body) else P(graph.cost, *[Z] * times)
    return Lemmas(graph, "textbook"), key


# -- the lemma's form over matrices ---------------------------------------------------------------


def entrywise(expr: Any, table: Mapping[Any, Node]) -> Node:
    """A scalar expression over matrices of one shape, entry by entry; arranged.

    `table`: symbol → node. Raises NotOfTheLanguageError for what the language has no words for.
    """
    return _Converter(table).of(expr)


class _Converter:
    def __init__(self, table: Mapping[Any, Node]) -> None:
        self.table = table
        self.like = next(iter(table.values()))

    def of(self, expr: Any) -> Node:
        if expr in self.table:
            return self.table[expr]
        if expr.is_Rational:
            return self.stretch(num(Fraction(int(expr.p), int(expr.q))))
        if expr.is_Add:
            return add(*map(self.of, expr.args))
        if expr.is_Mul:
            return had(*map(self.of, expr.args))
        if expr.is_Pow and expr.exp.is_Rational:
            exponent = num(Fraction(int(expr.exp.p), int(expr.exp.q)))
            return power(self.of(expr.base), exponent)
        for form, word in ((_STEP, "step"), (_RELU, "relu")):
            if expr == form:
                return node("function", self.table[Z], data=function(word))
        if expr.is_Function and len(expr.args) >= 1:
            return self.application(expr)
        raise NotOfTheLanguageError(str(expr))

    def application(self, expr: Any) -> Node:
        word = function_name(expr)
        rest = expr.args[1:]
        if not is_function(word) or not all(a.is_Rational for a in rest):
            raise NotOfTheLanguageError(word)
        f = function(word, tuple(Fraction(int(a.p), int(a.q)) for a in rest))
        return node("function", self.of(expr.args[0]), data=f)

    def stretch(self, q: Node) -> Node:
        return q if self.like.is_scalar else mul(q, ones(*self.like.shape))


_STEP: Final = sp.Piecewise((sp.S.One, Z > 0), (sp.S.Zero, True))
_RELU: Final = sp.Max(sp.S.Zero, Z, evaluate=False)
