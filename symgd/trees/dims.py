"""Sizes: m, n, 784, m·n, n + 1, n(n-1)/2, as polynomials in names with rational coefficients.

A number above 6 is a name too, `784`: it is printed as it is, compared by its value, and where a
step is checked it stands for a small number like any other name.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Final

from symgd.errors import ModelError, as_text, quote
from symgd.trees.names import LONGEST_NAME, NAME

LARGEST: Final = 10**9
SMALL: Final = 6

Monomial = tuple[str, ...]


@dataclass(frozen=True)
class Dim:
    """Σ coefficient · name·name·..., its monomials in order."""

    terms: tuple[tuple[Monomial, int | Fraction], ...]

    def __add__(self, other: Dim) -> Dim:
        return _collect([*self.terms, *other.terms])

    def __mul__(self, other: Dim) -> Dim:
        return _collect(
            [(tuple(sorted(a + b)), p * q) for a, p in self.terms for b, q in other.terms]
        )

    def __str__(self) -> str:
        return self.text

    @property
    def triangle(self) -> Dim:
        """n(n-1)/2: how many entries stand below the diagonal of n x n."""
        half = Dim((((), Fraction(1, 2)),))
        less = Dim((((), -1),))
        found = half * self * (self + less)
        return found if found.number is None else dim(found.number)

    @cached_property
    def text(self) -> str:
        """`m*n + 1`, as the language reads it."""
        corner = self._corner
        if corner is not None:
            return f"{corner}*({corner}-1)/2"
        text = " + ".join(_monomial_text(names, c) for names, c in self.terms) or "0"
        return text.replace("+ -", "- ")

    @property
    def _corner(self) -> str | None:
        """The n of n(n-1)/2, a single name."""
        if len(self.terms) != 2 or self.terms[0][0] * 2 != self.terms[1][0]:
            return None
        (one, p), (_, q) = self.terms
        return one[0] if len(one) == 1 and (p, q) == (Fraction(-1, 2), Fraction(1, 2)) else None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in it, large numbers among them."""
        return frozenset(n for names, _ in self.terms for n in names)

    @cached_property
    def number(self) -> int | None:
        """Its value if no letter is in it."""
        if all(n.isdigit() for n in self.names):
            return self.value({})
        return None

    def value(self, sizes: Mapping[str, int]) -> int:
        """Its value with these sizes of the names."""
        if len(self.terms) == 1:
            names, c = self.terms[0]
            if len(names) == 1 and c == 1:
                return _size(names[0], sizes)
        return int(sum(c * prod(_size(n, sizes) for n in names) for names, c in self.terms))

    def fits(self, other: Dim) -> bool:
        """Whether the two are the same size."""
        return self.terms == other.terms or (
            self.number is not None and self.number == other.number
        )


def _size(name: str, sizes: Mapping[str, int]) -> int:
    if name in sizes:
        return sizes[name]
    return int(name)


def _monomial_text(names: Monomial, c: int | Fraction) -> str:
    body = "*".join(names)
    above, under = c.as_integer_ratio()
    over = f"/{under}" if under != 1 else ""
    return (str(above) if not body else body if above == 1 else f"{above}*{body}") + over


def _collect(terms: list[tuple[Monomial, int | Fraction]]) -> Dim:
    table: dict[Monomial, int | Fraction] = {}
    for names, c in terms:
        table[names] = table.get(names, 0) + c
    whole = ((n, int(c) if c.denominator == 1 else c) for n, c in table.items() if c)
    return Dim(tuple(sorted(whole)))


def dim(spec: int | str | Dim) -> Dim:
    """A size from a whole number or a name; raises ModelError for anything else."""
    if isinstance(spec, Dim):
        return spec
    if isinstance(spec, str) and re.fullmatch(r"[0-9]{1,10}", spec):
        spec = int(spec)
    if isinstance(spec, numbers.Integral) and not isinstance(spec, bool):
        spec = int(spec)
        if not 1 <= spec <= LARGEST:
            raise ModelError(f"The size {spec} is not between 1 and {LARGEST}.")
        return Dim((((), spec),)) if spec <= SMALL else Dim((((str(spec),), 1),))
    if isinstance(spec, str) and NAME.match(spec) and len(spec) <= LONGEST_NAME:
        return Dim((((spec,), 1),))
    raise ModelError(
        f"{quote(as_text(spec))} is not a size; a size is a whole number such as 784, or a name "
        "such as 'n'."
    )


ONE: Final = dim(1)
Shape = tuple[Dim, Dim]
SCALAR: Final[Shape] = (ONE, ONE)


def fits(a: Shape, b: Shape) -> bool:
    """Whether two shapes are the same."""
    return a[0].fits(b[0]) and a[1].fits(b[1])


def shape_text(shape: Shape) -> str:
    """`m x n`, `a column of n`, `a scalar`: a shape in a message."""
    rows, cols = shape
    if shape == SCALAR:
        return "a scalar"
    return f"{rows} x {cols}"
