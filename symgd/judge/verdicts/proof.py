"""A line in numbers without indices → sympy, and a proof that its sides are equal.

What a line says is unfolded to its leaves, every derivative carried out by sympy's `diff` with the
name that is differentiated in as a letter of its own, and the difference of the sides reduced in
the exact normal form of `verify`. What has sums, arrays or unknown functions is not proved but
tried at points; not being proved says nothing against a line.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from symgd.functions import ROWS
from symgd.judge.environment.environment import Environment
from symgd.judge.values.builtin_values import missing
from symgd.judge.values.points import POSITIVE
from symgd.language import parse
from symgd.language.latex.syntax import (
    Absolute,
    Call,
    Derivative,
    Fixed,
    Gradient,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Sum,
    Transposed,
)
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS
from symgd.language.named import unfold
from symgd.trees.scalars import settle
from symgd.verify.normal import equal

MOST_OPERATIONS = 300
DEEPEST = 60
MOST_BITS = 100_000  # of a number that is written as a power


class NoProof(Exception):
    """Something that the proof does not cover."""


def raised(base: Any, exponent: Any) -> Any:
    """base^exponent, unless sympy would work out a number of too many bits: that is one step of
    the interpreter, which nothing ends.
    """
    if exponent.is_Rational:
        bits = sum(max(int(r.p).bit_length(), int(r.q).bit_length()) - 1
                   for r in base.atoms(sp.Rational) if r.is_finite)  # fmt: skip
        if bits * abs(exponent) > MOST_BITS:
            raise NoProof
    return base**exponent


def replaced(tree: Any, values: dict[Any, Any]) -> Any:
    """The tree with values for its letters, its powers raised with care."""
    if tree in values or not tree.args:
        return values.get(tree, tree)
    args = [replaced(a, values) for a in tree.args]
    if all(a is b for a, b in zip(args, tree.args, strict=True)):
        return tree
    return raised(*args) if isinstance(tree, sp.Pow) else tree.func(*args)


def meaning(name: str, *args: Any) -> Any:
    """A function of the table at these arguments, parameters by their usual values."""
    row = ROWS.get(name)
    if row is None:
        raise NoProof
    usual = missing(row, len(args)).values()
    if len(args) + len(usual) < len(row.arguments) or None in usual:
        raise NoProof
    given = [*args, *(settle(parse(text)) for text in usual if text is not None)]
    if len(given) > len(row.arguments) and row.most is not None:
        raise NoProof
    return settle(unfold(row, *given))


Letters = dict[Name, Any]


@cache
def letter(k: int) -> sp.Dummy:
    """The variable of the derivative that is inside k others.

    The same on every line: what SymPy found out about an expression in it is found once.
    """
    return sp.Dummy(real=True)


@cache
def slope_of(name: str, order: int) -> Any:
    """The derivative of a function of the table in letter(0)."""
    return sp.diff(meaning(name, letter(0)), letter(0), order)


class Symbolic:
    """Trees of one environment as sympy expressions in its leaves."""

    def __init__(self, env: Environment, primes: Any = None) -> None:
        self.env = env
        self.primes = primes or {}
        self.leaves: dict[Name, sp.Symbol] = {}
        self.depth = 0

    def of(self, tree: Any, letters: Letters) -> Any:
        method = METHODS.get(type(tree))
        if method is None:
            raise NoProof
        self.depth += 1
        if self.depth > DEEPEST:
            raise NoProof
        try:
            return method(self, tree, letters)
        finally:
            self.depth -= 1

    def number(self, tree: Number, letters: Letters) -> Any:
        if tree.open:
            raise NoProof
        return sp.Rational(tree.value.numerator, tree.value.denominator)

    def sum(self, tree: Sum, letters: Letters) -> Any:
        return sp.Add(*(self.of(t, letters) for t in tree.terms))

    def minus(self, tree: Minus, letters: Letters) -> Any:
        return -self.of(tree.of, letters)

    def product(self, tree: Product, letters: Letters) -> Any:
        return sp.Mul(*(self.of(f, letters) for f in tree.factors))

    def quotient(self, tree: Quotient, letters: Letters) -> Any:
        return self.of(tree.top, letters) / self.of(tree.bottom, letters)

    def power(self, tree: Power, letters: Letters) -> Any:
        return raised(self.of(tree.base, letters), self.of(tree.exponent, letters))

    def same(self, tree: Transposed, letters: Letters) -> Any:
        return self.of(tree.of, letters)

    def absolute(self, tree: Absolute | Norm, letters: Letters) -> Any:
        return sp.Abs(self.of(tree.of, letters))

    # -- names -------------------------------------------------------------------------------------

    def name(self, name: Name, letters: Letters) -> Any:
        name = self.canonical(name)
        if name in letters:
            return letters[name]
        found = self.env.definitions.get(name.base, ())
        for d in found:
            if d.name == name:
                return self.of(d.body, letters)
        if (found or any(self.counts(i) for i in (*name.below, *name.above))) and not (
            found and all(d.variables for d in found)
        ):
            raise NoProof
        if name.base == "e" and not self.env.declared("e"):
            return sp.E
        if name.base == r"\pi" and not self.env.vocabulary.names & {r"\pi"}:
            return sp.pi
        accent = name.base.partition("{")[0]
        bounds = self.env.assumptions.bounds.get(name.base)
        if (
            accent in self.env.bars or name.base in self.env.abstract
            or name.base in self.env.ranges.bounds or name.base in self.env.assumptions.totals
            or name.base == "I" or (bounds is not None and bounds.members)
        ):  # fmt: skip
            raise NoProof
        positive = bounds is not None and bounds.low is not None and bounds.low >= POSITIVE.low
        return self.leaves.setdefault(
            name, sp.Symbol(f"_{len(self.leaves)}", real=True, positive=positive or None)
        )

    def canonical(self, name: Name) -> Name:
        for left, right in self.env.aliases:
            if left == name and right != name:
                return self.canonical(right)
        return name

    def counts(self, item: Any) -> bool:
        """Whether a subscript runs: a family is tried at points, not proved."""
        return not isinstance(item, Number) and not self.env.is_label(item)

    # -- functions ---------------------------------------------------------------------------------

    def call(self, call: Call, letters: Letters) -> Any:
        definitions = self.env.functions_of(call.function)
        base = call.function.base
        built_in = FUNCTIONS.get(base.removeprefix("\\")) if base.startswith("\\") else None
        if len(definitions) == 1:
            return self.declared(definitions[0], call, letters)
        if definitions or (self.env.defines(call.function) and not built_in):
            raise NoProof
        name = built_in or CONVENTIONS.get(base, "")
        if call.function.below or (base == r"\log" and self.env.base is not None):
            raise NoProof
        arguments = [self.of(a, letters) for a in call.arguments]
        if not call.order:
            return meaning(name, *arguments)
        (u,) = arguments
        return slope_of(name, call.order).subs(letter(0), u)

    def declared(self, definition: Any, call: Call, letters: Letters) -> Any:
        variables, arguments = definition.variables, call.values
        if len(variables) != len(arguments) or not all(isinstance(v, Name) for v in variables):
            raise NoProof
        values = {
            v: self.of(a, letters) for v, a in zip(variables, arguments, strict=True) if v != a
        }
        inner = {**letters, **values}
        if not call.order:
            return self.of(definition.body, inner)
        if len(variables) != 1:
            raise NoProof
        return self.slope(definition.body, [variables[0]] * call.order, inner)

    # -- derivatives -------------------------------------------------------------------------------

    def slope(self, of: Any, names: list[Any], letters: Letters) -> Any:
        inner = dict(letters)
        letter_of: dict[Name, Any] = {}
        for name in names:
            if not isinstance(name, Name):
                raise NoProof
            key = self.canonical(name)
            letter_of.setdefault(key, letter(len(letters) + len(letter_of)))
        values = {k: self.name(k, letters) for k in letter_of}
        inner |= letter_of
        body = self.of(of, inner)
        if sp.count_ops(body) > MOST_OPERATIONS:
            raise NoProof
        for name in reversed(names):
            body = sp.diff(body, letter_of[self.canonical(name)])
        return replaced(body, {letter_of[k]: values[k] for k in letter_of})

    def derivative(self, tree: Derivative, letters: Letters) -> Any:
        names: list[Any] = []
        for by in tree.by:
            operator = self.env.operators.get(by.base) if isinstance(by, Name) else None
            names.extend(operator or (by,))
        if tree.of is None or any(n.base in self.env.vocabulary.operators for n in names
                                  if isinstance(n, Name)):  # fmt: skip
            raise NoProof
        return self.slope(tree.of, names, letters)

    def fixed(self, tree: Fixed, letters: Letters) -> Any:
        if not all(isinstance(n, Name) for n in tree.names):
            raise NoProof
        names = list(map(self.canonical, tree.names))
        held = {n: letter(len(letters) + i) for i, n in enumerate(names)}
        values = {d: self.name(n, letters) for n, d in held.items()}
        return replaced(self.of(tree.of, {**letters, **held}), values)

    def gradient(self, tree: Gradient, letters: Letters) -> Any:
        if tree.of is None or not isinstance(tree.by, Name):
            raise NoProof
        return self.slope(tree.of, [tree.by] * tree.order, letters)

    def primed(self, tree: Primed, letters: Letters) -> Any:
        by = self.primes.get(tree.of)
        if by is None:
            by = self.env.only_variable(tree.of)
        if by is None:
            raise NoProof
        return self.slope(tree.of, [by] * tree.order, letters)


METHODS: dict[type, Any] = {
    Number: Symbolic.number,
    Name: Symbolic.name,
    Sum: Symbolic.sum,
    Minus: Symbolic.minus,
    Product: Symbolic.product,
    Quotient: Symbolic.quotient,
    Power: Symbolic.power,
    Call: Symbolic.call,
    Primed: Symbolic.primed,
    Derivative: Symbolic.derivative,
    Fixed: Symbolic.fixed,
    Gradient: Symbolic.gradient,
    Transposed: Symbolic.same,
    Absolute: Symbolic.absolute,
    Norm: Symbolic.absolute,
}


def proved(env: Environment, members: list[Any], primes: Any = None) -> bool:
    """Whether all members are shown to be equal, in the exact normal form."""
    if env.shapes.arrays:
        return False
    symbolic = Symbolic(env, primes)
    try:
        first, *rest = [symbolic.of(m, {}) for m in members]
        if any(sp.count_ops(e) > MOST_OPERATIONS for e in (first, *rest)):
            return False
        positive = frozenset(s for s in symbolic.leaves.values() if s.is_positive)
        return all(equal(first, e, positive) for e in rest)
    except (NoProof, RecursionError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        return False
