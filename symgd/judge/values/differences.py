"""Derivatives as differences: how a value moves while a name moves.

∂f/∂x is (f at x + h, minus f at x - h) over 2h: x is overridden, whether it is a leaf or has a
definition, and everything defined through it follows (total derivatives, through the graph).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.functions import H, digits_for
from symgd.judge.values.lookup import Lookup
from symgd.judge.values.values import Value, column, entries, is_array, tidy, transposed
from symgd.language.latex.syntax import (
    Derivative,
    Fixed,
    Gradient,
    Name,
    Number,
    Power,
    Primed,
    Transposed,
    exchange,
    walk,
)

# A name that no formula of a person has.
HOLE = Name("\\square")

HOLE_KEY = (HOLE.base, (), ())


class Differences(Lookup):
    """Differentiates what `value` gives, numerically."""

    def derivative(self, tree: Derivative) -> Value:
        if tree.of is None:
            raise NotUnderstood("This operator stands before nothing.")
        names: list[Any] = []
        for by in tree.by:
            is_name = isinstance(by, Name) and not by.below
            operator = self.world.operators.get(by.base) if is_name else None
            if is_name and not operator and by.base in self.world.vocabulary.operators:
                operator = self.primes and self.primes.get("operator")
                if not operator:
                    raise NotUnderstood(f"{by.base} f does not say in which variable.")
            names.extend(operator or (by,))
        return self.slope_in(tree.of, names)

    def slope_in(self, of: Any, names: list[Any]) -> Value:
        if not names:
            return self.value(of)
        *outer, last = names
        square = isinstance(last, Power) and isinstance(last.exponent, Number)
        if not outer and not square and not isinstance(last, Name | Transposed):
            inside = self.with_hole(of, last)
            if inside is not None:
                here = self.value(last)
                return self.overridden({HOLE_KEY: here}).slope(lambda e: e.value(inside), HOLE)
        # The last name is differentiated in first: ∂²f/∂a∂b is ∂/∂a of ∂f/∂b.
        if outer:
            with digits_for(len(names)):
                return self.slope(lambda e: e.slope_in(of, names[1:]), outer[0])
        return self.slope(lambda e: e.value(of), last)

    def slope(self, compute: Callable[[Any], Value], by: Any) -> Value:
        """The derivative of what `compute` gives, in the name `by`."""
        if isinstance(by, Transposed):
            return transposed(self.slope(compute, by.of))
        if isinstance(by, Power) and isinstance(by.base, Name) and isinstance(by.exponent, Number):
            # ∂f/∂σ² is ∂f/∂σ over ∂σ²/∂σ.
            return self.slope(compute, by.base) / self.slope(lambda e: e.value(by), by.base)
        if not isinstance(by, Name):
            by = self.name_of(by)
        keys = self.components(by)
        if not is_array(keys):
            return self.difference(compute, keys)
        slopes = np.empty(keys.shape, dtype=object)
        for i in np.ndindex(*keys.shape):
            slopes[i] = self.difference(compute, keys[i])
        if not any(is_array(s) for s in slopes.ravel()):
            return slopes
        return self.jacobian(slopes)

    def with_hole(self, of: Any, part: Any) -> Any:
        """`of`, or its definition, with a name of its own in place of `part`: ∂(y-a)²/∂(y-a)."""
        for tree in (
            of,
            *(d.body for d in self.world.definitions.get(getattr(of, "base", ""), ())),
        ):
            if part in walk(tree):
                return exchange(tree, {part: HOLE})
        return None

    def jacobian(self, slopes: Any) -> Value:
        """Of a vector in a vector: a row for each output, or (habit of layout) a column."""
        parts = [entries(s) for s in slopes.ravel()]
        if 1 not in slopes.shape or any(is_array(s) and 1 not in s.shape for s in slopes.ravel()):
            raise NotUnderstood("The derivative of an array in a matrix has more than two indices.")
        rows = np.array(parts, dtype=object).T
        return tidy(rows)

    def difference(self, compute: Callable[[Any], Value], key: Any) -> Value:
        above = compute(self.overridden(self.moved(key, H)))
        below = compute(self.overridden(self.moved(key, -H)))
        if is_array(above) != is_array(below):
            raise Outside
        return (above - below) / (2 * H)

    def moved(self, key: Any, by: Any) -> dict[Any, Value]:
        """The override that moves a name, or one entry of an array."""
        if not isinstance(key[0], tuple):
            return {key: self.name_at(key) + by}
        whole, i, j = key
        array = self.name_at(whole).copy()
        array[i, j] = array[i, j] + by
        return {whole: array}

    def fixed(self, tree: Fixed) -> Value:
        """A derivative through everything but the names that are held, or at values of them."""
        held = {}
        for item in tree.names:
            name, here = (item, item) if isinstance(item, Name) else (item.left, item.right)
            held[self.canonical(self.key(name))] = self.value(here)
        value: Value = self.overridden(held).value(tree.of)
        return value

    def gradient(self, tree: Gradient) -> Value:
        if tree.of is None:
            raise NotUnderstood("This ∇ stands before nothing.")
        by = tree.by
        if by is None:
            return self.nabla_alone(tree)
        names = list(by) if isinstance(by, tuple) else [by]
        if tree.order == 2:
            (name,) = names
            return self.slope(lambda e: e.slope_in(tree.of, [name]), name)
        parts = [self.slope_in(tree.of, [n]) for n in names]
        return parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])

    def primed(self, tree: Primed) -> Value:
        variable = self.variable_of(tree.of)
        return self.slope_in(tree.of, [variable] * tree.order)
