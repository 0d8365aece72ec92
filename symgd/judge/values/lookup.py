r"""What a name or a call stands for: a definition, a component, a size, a function, or a leaf.

A key is (base, subscripts, superscripts) with every index replaced by its number: y_i at i = 2 is
("y", (2,), ()), w_{rec} is ("w", ("rec",), ()). Functions are read by overriding their variables,
so C(\hat{y}) and the name \hat{y} in other definitions are one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from symgd.judge.environment.environment import IDENTITY_NAMES, ONES, Definition
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.components import as_nodes
from symgd.judge.values.functions import Functions
from symgd.judge.values.indices import free_letters
from symgd.judge.values.points import Key
from symgd.judge.values.values import Identity, Ones, Value, each, entries, is_array
from symgd.judge.values.variables import Variables
from symgd.language.latex.syntax import Call, Name, Number, walk

CONSTANTS: dict[str, Callable[[], Any]] = {"e": lambda: +mp.e, r"\pi": lambda: +mp.pi}


class Lookup(Functions, Variables):
    """Reads names."""

    def name(self, name: Name) -> Value:
        if not name.below and not name.above and name.base in self.env:
            return mp.mpf(self.env[name.base])
        key = self.canonical(self.key(name))
        if key in self.overrides:
            return self.overrides[key]
        loose = self.loose(key[0])
        memo = (key, tuple((n, v) for n, v in self.env.items() if n in loose))
        if memo not in self.memo:
            self.memo[memo] = CYCLE
            try:
                self.memo[memo] = self.found(key)
            except BaseException:
                del self.memo[memo]
                raise
        value = self.memo[memo]
        if value is CYCLE:
            raise NotUnderstood(f"{key[0]} is defined through itself.")
        return value

    def loose(self, base: str) -> frozenset[str]:
        """The indices that definitions of a base leave to where it is used."""
        world = self.world
        if base not in world.loose:
            world.loose[base] = frozenset()  # for a definition that goes through itself
            free: set[str] = set()
            for d in world.definitions.get(base, ()):
                bound = set(free_letters(d.name, world.vocabulary.indices))
                inner = set(free_letters(d.body, world.vocabulary.indices))
                for n in walk(d.body):
                    if isinstance(n, Name | Call):
                        inner |= self.loose(n.base if isinstance(n, Name) else n.function.base)
                free |= inner - bound
            world.loose[base] = frozenset(free)
        return world.loose[base]

    def canonical(self, key: Key) -> Key:
        """The key under the name that is looked up, where two names are one."""
        for left, right in self.world.aliases:
            bound = self.matched(left, key)
            if bound is not None:
                return (
                    self.bound(bound).canonical(self.bound(bound).key(right))
                    if (right.base != key[0] or right.below != left.below)
                    else key
                )
        return key

    def found(self, key: Key) -> Value:
        base, below, above = key
        if base in self.world.poisoned:
            raise NotUnderstood(f"The definition of {base} is not understood.")
        definition, bound = self.defined(key)
        if base == r"\delta" and definition is None:
            indices = (*below, *above)
            if len(indices) == 2 and all(isinstance(i, int) for i in indices):
                return mp.mpf(indices[0] == indices[1])
        if (
            base in CONSTANTS
            and not below
            and not above
            and (definition is None or isinstance(definition.left, Call))
            and base not in self.world.vocabulary.names
        ):
            return CONSTANTS[base]()
        if definition is not None and self.before_first(definition, key):
            return self.point.leaf(key, self.world.shape_of(key))
        if definition is not None:
            return self.bound(bound).value(definition.body)
        if base in self.world.ranges.bounds:
            return mp.mpf(self.point.size(("bound", base)))
        whole = (base, (), above)
        if below and whole in self.overrides and not self.stands_apart(key):
            return self.picked(self.overrides[whole], list(below))
        if not below and not above:
            if base in IDENTITY_NAMES and not self.world.declared(base):
                return Identity() if self.world.shapes.arrays else mp.mpf(1)
            if base == ONES and not self.world.declared(base):
                return Ones() if self.world.shapes.arrays else mp.mpf(1)
        accent, _, inner = base.partition("{")
        if inner and accent in self.world.bars:
            return self.barred(accent, Name(inner[:-1], as_nodes(below), as_nodes(above)))
        if below:
            picked = self.from_whole(key)
            if picked is not None:
                return picked
        else:
            gathered = self.gathered(key)
            if gathered is not None:
                return gathered
        indexed = self.indexed_function(key)
        if indexed is not None:
            return indexed
        curly = (f"\\mathcal{{{base}}}", below, above)
        if self.defined(curly)[0] is not None:
            self.world.note(f"{base} is read as {curly[0]}")
            return self.name_at(curly)
        if base in self.world.abstract:
            return self.point.function(base, self.sinks())
        return self.leaf(key)

    def stands_apart(self, key: Key) -> bool:
        """Whether b_{act} is a letter of its own beside a b that is used whole."""
        labels = not any(isinstance(i, int) for i in key[1])
        return labels and any(n == Name(key[0]) for n in self.world.leaves)

    def before_first(self, definition: Definition, key: Key) -> bool:
        """The h_0 that h_t = f(h_{t-1}) starts from, where nothing defines it."""
        numbers = [i for i in (*key[1], *key[2]) if isinstance(i, int)]
        zero = any(isinstance(i, int) and i == 0 for i in numbers) and bool(
            self.world.ranges.from_zero()
        )
        return bool(numbers) and min(numbers) < 1 and not zero and _runs(definition.name)

    def indexed_function(self, key: Key) -> Value | None:
        """The \\xi_i of \\xi(t_i, y_i) = ...: the value for the sample i."""
        base, below, above = key
        if not below:
            return None
        for definition in self.world.functions_of(Name(base)):
            for v in definition.variables:
                if isinstance(v, Name) and len(v.below) == len(below):
                    bound = self.matched(v, (v.base, below, above))
                    if bound is not None:
                        return self.bound(bound).value(definition.body)
        return None

    def leaf(self, key: Key) -> Value:
        base, below, above = key
        ranges = self.world.ranges
        slot = (base, "below", "0", "1", "0")
        if below == (0,) and slot in ranges.parent and ranges.find(slot) not in ranges.from_zero():
            self.world.note(f"{base}_0 stands before the first and is read as 0")
            return mp.mpf(0)
        if len(above) == 1 and not below and isinstance(above[0], int) and slot in ranges.parent:
            # x^{(k)} beside x_k, neither with a definition: one family in two spellings.
            key = (base, above, ())
        if base in self.world.assumptions.symmetric and len(below) == 2:
            key = (base, tuple(sorted(below, key=str)), above)
        value = self.point.leaf(key, self.world.shape_of(key))
        total = self.world.assumptions.totals.get(key[0])
        return value if total is None else self.scaled(key, value, total)

    def scaled(self, key: Key, value: Value, total: Any) -> Value:
        """The numbers of a family, or of the rows of an array, made to sum to `total`."""
        base, below, above = key
        total = mp.mpf(total.numerator) / total.denominator
        if is_array(value):
            value = each(abs, value)
            if 1 in value.shape:
                return value * (total / mp.fsum(value.ravel()))
            return np.array([list(row * (total / mp.fsum(row))) for row in value], dtype=object)
        if not below or not isinstance(below[-1], int):
            return value
        last = len(below) - 1
        slot = (base, "below", str(last), str(len(below)), str(len(above)))
        everything = mp.fsum(
            abs(self.point.leaf((base, (*below[:-1], i), above))) for i in self.slot_range(slot)
        )
        return abs(value) * total / everything

    def barred(self, accent: str, inner: Name) -> Value:
        of = self.world.bars[accent]
        if isinstance(of, Name) and self.key(of) == self.key(inner):
            return mp.mpf(1)
        return self.slope(lambda e: e.value(of), inner)

    def sinks(self) -> list[Any]:
        """What an unknown cost is a function of: the names that no definition uses."""
        out: list[Any] = []
        for name in self.world.sink_names():
            if name.below or name.above:
                letters = sorted(free_letters(name, self.world.vocabulary.indices))
                spans = [self.letter_range(n) for n in letters]
                for i in np.ndindex(*map(len, spans)):
                    bound = {n: s[j] for n, s, j in zip(letters, spans, i, strict=True)}
                    out += entries(self.bound(bound).name(name))
            else:
                out += entries(self.name(name))
        return out

    def defined(self, key: Key) -> tuple[Definition | None, dict[str, int]]:
        """The definition of a key, and the indices that its left side binds."""
        base, below, above = key
        # S_0 = 0 stands before S_k = S_{k-1} w: a number before what runs.
        for definition in sorted(self.world.definitions.get(base, ()), key=lambda d: _runs(d.name)):
            name = definition.name
            if len(name.below) != len(below) or len(name.above) != len(above):
                continue
            bound = self.matched(name, key)
            if bound is None:
                continue
            if any(isinstance(v, Number) for v in definition.variables):
                continue
            return definition, bound
        return None, {}


CYCLE = object()


def _runs(name: Name) -> bool:
    return not all(isinstance(i, Number) for i in (*name.below, *name.above))
