r"""Sizes that are not known yet, and what makes two of them one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from symgd.judge.environment.environment import Shaping, World
from symgd.language.latex.syntax import Name, Number

MOST_CHOICES = 1_500

Size = Any

Shape = tuple[Size, Size]

SCALAR: Shape = (1, 1)

# A search yields once for each way to go on, with its choices standing while it is suspended.
Shapes = Generator[Shape, None, None]

Search = Generator[None, None, None]


class TooMany(Exception):
    """The search was given up."""


@dataclass(eq=False)
class Var:
    """A size that is not known yet; `single`: whether it may be 1."""

    single: bool = True
    counts: bool = False
    bound: Any = None


@dataclass
class Sizes:
    """Unifies sizes; a search yields once for each way to go on, its choices standing meanwhile."""

    world: World
    known: Shaping
    classes: dict[Any, Var] = field(default_factory=dict)
    cost: int = 0
    most: int = 0

    def find(self, size: Size) -> Size:
        while isinstance(size, Var) and size.bound is not None:
            size = size.bound
        return size

    def same_size(self, a: Size, b: Size) -> Search:
        """Once, with the two sizes made one, if they can be."""
        a, b = self.find(a), self.find(b)
        if a is b or a == b:
            yield
        elif isinstance(a, Var):
            if b == 1 and not a.single:
                return
            if b == 1 and a.counts:
                for _ in self.paying(3):
                    yield from self.standing(a, 1)
                return
            narrowed = isinstance(b, Var) and b.single and not a.single
            if narrowed:
                b.single = False
            try:
                yield from self.standing(a, b)
            finally:
                if narrowed:
                    b.single = True
        elif isinstance(b, Var):
            yield from self.same_size(b, a)

    def standing(self, var: Var, size: Size) -> Search:
        """Once, with the variable bound; a search that is given up leaves nothing behind."""
        var.bound = size
        try:
            yield
        finally:
            var.bound = None

    def same(self, s: Shape, t: Shape) -> Search:
        for _ in self.same_size(s[0], t[0]):
            yield from self.same_size(s[1], t[1])

    def is_scalar(self, s: Shape) -> bool:
        return self.find(s[0]) == 1 and self.find(s[1]) == 1

    def class_size(self, letter: str) -> Var:
        root = self.world.ranges.find(("letter", letter))
        return self.classes.setdefault(root, Var(counts=True))

    def bound_size(self, item: Any) -> Size:
        """The size that R^{m×n} names."""
        if isinstance(item, Number):
            return int(item.value)
        if isinstance(item, Name):
            root = self.world.ranges.find(("bound", item.base))
            return self.classes.setdefault(root, Var(single=False))
        return Var(single=False)

    def paying(self, cost: int) -> Search:
        """Once, if what is unlikely so far allows for it."""
        if self.cost + cost <= self.most:
            self.cost += cost
            try:
                yield
            finally:
                self.cost -= cost
