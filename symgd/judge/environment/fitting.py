"""The shape of a tree: every way in which its parts fit, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgd.judge.environment.call_shapes import CallShapes
from symgd.judge.environment.sizes import SCALAR, Search, Shape, Shapes, Var
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Component,
    Derivative,
    Gradient,
    Indicator,
    Listed,
    Matrix,
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
    walk,
)


@dataclass
class Solver(CallShapes):
    """Searches for the shapes in which trees and equations fit."""

    def of(self, tree: Any) -> Shapes:
        """Every shape that a tree may have, with the choices that lead to it standing."""
        return METHODS.get(type(tree), Solver.scalar)(self, tree)

    def scalar(self, tree: Any) -> Shapes:
        yield SCALAR

    def inner_then_scalar(self, tree: Any) -> Shapes:
        for _ in self.of(tree.of):
            yield SCALAR

    def minus(self, tree: Minus) -> Shapes:
        return self.of(tree.of)

    def transposed(self, tree: Transposed) -> Shapes:
        for rows, columns in self.of(tree.of):
            yield columns, rows

    def sum(self, tree: Sum) -> Shapes:
        def rest(i: int, so_far: Shape) -> Shapes:
            if i == len(tree.terms):
                yield so_far
                return
            literal = any(isinstance(t, Number) for t in (tree.terms[0], tree.terms[i]))
            for shape in self.of(tree.terms[i]):
                for both in self.added(so_far, shape, 0 if literal else 3):
                    yield from rest(i + 1, both)

        for first in self.of(tree.terms[0]):
            yield from rest(1, first)

    def added(self, a: Shape, b: Shape, cost: int) -> Shapes:
        for _ in self.same(a, b):
            yield a
        if self.is_scalar(a) != self.is_scalar(b):
            for _ in self.paying(cost):
                yield b if self.is_scalar(a) else a
            return
        for small, large in ((b, a), (a, b)):
            if self.find(small[0]) == 1 and self.find(large[0]) != 1:
                for _ in self.paying(2):
                    for _ in self.same_size(small[1], large[1]):
                        yield large

    def product(self, tree: Product) -> Shapes:
        def rest(i: int, so_far: Shape) -> Shapes:
            if i == len(tree.factors):
                yield so_far
                return
            for shape in self.of(tree.factors[i]):
                for both in self.multiplied(so_far, shape, tree.signs[i - 1]):
                    yield from rest(i + 1, both)

        for first in self.of(tree.factors[0]):
            yield from rest(1, first)

    def multiplied(self, a: Shape, b: Shape, sign: str) -> Shapes:
        if self.is_scalar(a) or self.is_scalar(b):
            yield b if self.is_scalar(a) else a
            return
        if sign == "o":
            for _ in self.same(a, b):
                yield a
            return
        if sign == "x":
            for _ in self.same_size(a[1], 1):
                for _ in self.same_size(b[1], 1):
                    yield a[0], b[0]
            return
        for _ in self.same_size(a[1], b[0]):
            yield a[0], b[1]
        if sign == ".":
            for k in (1, 0):
                if self.find(a[k]) == 1 and self.find(b[k]) == 1:
                    for _ in self.same(a, b):
                        yield SCALAR

    def quotient(self, tree: Quotient) -> Shapes:
        for a in self.of(tree.top):
            for b in self.of(tree.bottom):
                if self.is_scalar(b):
                    yield a
                else:
                    for _ in self.same(a, b):
                        yield a
                    if self.is_scalar(a):
                        yield b

    def power(self, tree: Power) -> Shapes:
        for base in self.of(tree.base):
            for exponent in self.of(tree.exponent):
                if self.is_scalar(exponent):
                    yield base
                elif self.is_scalar(base):
                    yield exponent

    def big(self, tree: Big) -> Shapes:
        if tree.kind != "stack":
            yield from self.of(tree.body)
            return
        size = self.bound_size(tree.high)
        for rows, columns in self.of(tree.body):
            for _ in self.same_size(rows, 1):
                yield size, columns

    def derivative(self, tree: Derivative) -> Shapes:
        if tree.of is None:
            return
        for f in self.of(tree.of):
            yield from self.in_all(f, list(tree.by))

    def in_all(self, f: Shape, by: list[Any]) -> Shapes:
        if not by:
            yield f
            return
        last = by[-1]
        if isinstance(last, Name) and last.base in self.world.vocabulary.operators:
            yield from self.in_all(f, by[:-1])
            return
        for x in self.of(last):
            if self.is_scalar(f):
                yield from self.in_all(x, by[:-1])
            elif self.is_scalar(x):
                yield from self.in_all(f, by[:-1])
            else:
                yield from self.in_all((f[0], x[0]), by[:-1])

    def gradient(self, tree: Gradient) -> Shapes:
        if tree.of is None:
            return
        for f in self.of(tree.of):
            if tree.by is None:
                yield (Var(), 1)
                continue
            names = list(tree.by) if isinstance(tree.by, tuple) else [tree.by]
            for x in self.of(names[0]):
                if len(names) > 1:
                    yield (Var(), 1)
                elif tree.order == 2:
                    yield (x[0], x[0])
                elif self.is_scalar(f):
                    yield x
                else:
                    yield (f[0], x[0])

    def matrix(self, tree: Matrix) -> Shapes:
        for _ in self.all_of(e for row in tree.rows for e in row):
            yield (len(tree.rows), len(tree.rows[0]))

    def listed(self, tree: Listed) -> Shapes:
        yield (Var(), 1)

    def cases(self, tree: Cases) -> Shapes:
        for shapes in self.all_of(v for v, _ in tree.branches):
            yield next((s for s in shapes if not self.is_scalar(s)), shapes[0])

    def component_of(self, tree: Component) -> Shapes:
        for rows, columns in self.of(tree.of):
            sizes = [self.item_size(i) for i in tree.below]
            if len(sizes) == 1:
                for _ in self.same_size(rows if self.find(columns) == 1 else columns, sizes[0]):
                    yield SCALAR
            else:
                yield SCALAR

    def equation(self, members: Sequence[Any]) -> Search:
        """Once for every way in which all members have one shape, or that of a transpose."""
        laid = any(isinstance(n, Derivative | Gradient) for m in members for n in walk(m))
        for shapes in self.all_of(members):
            yield from self.joined(shapes, laid)

    def joined(self, shapes: list[Shape], laid: bool) -> Search:
        if len(shapes) < 2:
            yield
            return
        for _ in self.same(shapes[0], shapes[1]):
            yield from self.joined(shapes[1:], laid)
        if laid:
            rows, columns = shapes[1]
            for _ in self.same(shapes[0], (columns, rows)):
                yield from self.joined(shapes[1:], laid)


METHODS: dict[type, Any] = {
    Name: Solver.name,
    Sum: Solver.sum,
    Minus: Solver.minus,
    Product: Solver.product,
    Quotient: Solver.quotient,
    Power: Solver.power,
    Call: Solver.call,
    Primed: Solver.primed,
    Derivative: Solver.derivative,
    Gradient: Solver.gradient,
    Big: Solver.big,
    Norm: Solver.inner_then_scalar,
    Absolute: Solver.inner_then_scalar,
    Transposed: Solver.transposed,
    Component: Solver.component_of,
    Matrix: Solver.matrix,
    Listed: Solver.listed,
    Cases: Solver.cases,
    Indicator: Solver.scalar,
}
