"""The typed tree → the unevaluated sympy tree, by the constructors of `trees.scalars` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import sympy as sp

from symgd.functions import SIGNATURES, WORDS
from symgd.functions.relations import BY_SIGN
from symgd.functions.rows import Elementary
from symgd.language.formulas.grammar import formula_reader, read_formula
from symgd.language.formulas.reader import Node
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    ONE,
    D,
    P,
    Prime,
    add,
    application,
    function,
    mul,
    neg,
    piecewise,
    power,
    reciprocal,
)

NOTHING: Mapping[str, Any] = {}
CONSTANTS = {"e": sp.E, "E": sp.E, "pi": sp.pi}


def build(root: Node, values: Mapping[str, Any] = NOTHING) -> Any:
    """The unevaluated tree, from the leaves up, without recursion; `values` stand in for names."""
    waiting, order = [root], []
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting.extend(node.args)
    built: dict[int, Any] = {}
    for node in reversed(order):
        if node.op == "symbol" and node.text in values:
            built[id(node)] = values[node.text]
        else:
            built[id(node)] = BUILDERS[node.op](node, [built[id(a)] for a in node.args])
    return built[id(root)]


def _number(node: Node, args: Sequence[Any]) -> Any:
    return sp.Rational(node.value.numerator, node.value.denominator)


def _product(node: Node, args: Sequence[Any]) -> Any:
    """f₁·f₂/f₃...: each divisor a power with the opposite exponent.

    A number that divides joins the coefficient, which stands first: x/2 is ½·x, 3z/4 is ¾·z and
    x/(2a) is ½·x/a.
    """
    flat: list[Any] = []
    for typed, f in zip(node.args, args, strict=True):
        factors = f.args if f.is_Mul else (f,)
        if typed.op != "over":
            flat.extend(factors)
            continue
        if factors[0].is_Rational:
            _divide(flat, factors[0])
            factors = factors[1:]
        if factors and flat == [ONE]:
            flat = []
        flat.extend(map(reciprocal, factors))
    return mul(*flat)


def _divide(flat: list[Any], n: Any) -> None:
    """Divides the coefficient by the number n; 2x/2 stays ½·2·x, for nothing is cancelled here."""
    if flat and flat[0].is_Rational and (len(flat) == 1 or flat[0] != n):
        flat[0] = flat[0] / n
    elif n != 1:
        flat.insert(0, ONE / n)


def _power(node: Node, args: Sequence[Any]) -> Any:
    base, exponent = args
    if base is sp.E:
        return function(sp.exp, exponent)
    return reciprocal(base) if base.is_Rational and exponent == -1 else power(base, exponent)


def _relation(node: Node, args: Sequence[Any]) -> Any:
    pairs = zip(node.signs, pairwise(args), strict=True)
    links = [BY_SIGN[sign].head(a, b, evaluate=False) for sign, (a, b) in pairs]
    return links[0] if len(links) == 1 else sp.And(*links, evaluate=False)


def _cases(node: Node, args: Sequence[Any]) -> Any:
    *branches, otherwise = args
    pairs = zip(branches[1::2], branches[0::2], strict=True)
    return piecewise(*pairs, (otherwise, sp.true))


def call(row: Elementary, *args: Any) -> Any:
    """row(args), not evaluated: its head, or its formula at the arguments."""
    if row.head is not None:
        return function(row.head, *args)
    if not row.opened:
        return application(row.name, *args)
    return at(row.formula, row.arguments, args)


def at(formula: str, names: tuple[str, ...], args: Sequence[Any]) -> Any:
    """A formula of the table at these arguments: 1/u at x² is x⁻², as if it had been typed."""
    return build(_tree_of(formula, names), dict(zip(names, args, strict=True)))


@cache
def read(formula: str, names: tuple[str, ...]) -> Any:
    """A formula of the table in the names of its arguments, read once."""
    return build(_tree_of(formula, names))


@cache
def _tree_of(formula: str, names: tuple[str, ...]) -> Node:
    return read_formula(formula_reader(formula, names, SIGNATURES))


#  operation
BUILDERS: dict[str, Callable[[Node, Sequence[Any]], Any]] = {
    "number": _number,
    "constant": lambda node, _: CONSTANTS[node.text],
    "symbol": lambda node, _: symbol(node.text),
    "neg": lambda _, args: neg(*args),
    "over": lambda _, args: args[0],
    "sum": lambda _, args: add(*args),
    "product": _product,
    "power": _power,
    "raised": _power,
    "call": lambda node, args: call(WORDS[node.text], *args),
    "applied": lambda node, args: application(node.text, *args),
    "D": lambda _, args: D(*args),
    "P": lambda _, args: P(*args),
    "Prime": lambda _, args: Prime(*args),
    "cases": _cases,
    "relation": _relation,
    "and": lambda _, args: sp.And(*args, evaluate=False),
    "or": lambda _, args: sp.Or(*args, evaluate=False),
}
