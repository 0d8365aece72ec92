r"""How far each index runs: letters, subscripts and bounds that belong together share a size.

In Σ_{c=1}^{C} t_c log y_c the letter c, the subscripts of t and of y, and the bound C belong to
one class. A class gets the number that bounds it, or a small size of its own: sizes differ from
class to class, so that an index in the wrong place is seen.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import Big, Members, Minus, Name, Number, Relation, Sum, walk

SIZES = (3, 2, 4, 5)

Key = tuple[str, ...]
LAYER = ("letter", "l")


@dataclass
class Ranges:
    """Classes of letters, slots (base, kind, position) and bounds.

    widths   sizes that are one for each layer, and count as one size: the s of s_l and s_{l+1}
    short    letters of which a Σ ends one before the last: the l of Σ_{l=1}^{L-1}
    """

    widths: frozenset[str] = frozenset()
    parent: dict[Key, Key] = field(default_factory=dict)
    fixed: dict[Key, int] = field(default_factory=dict)
    lows: dict[Key, list[int]] = field(default_factory=dict)
    bounds: set[str] = field(default_factory=set)
    integral: set[str] = field(default_factory=set)
    zeros: set[Key] = field(default_factory=set)
    counted: dict[Key, int] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)
    tops: dict[str, Key] = field(default_factory=dict)

    def tie_tops(self, trees: Iterable[Any], declared: Container[str]) -> None:
        """The L of a^L beside a^l is the last of what l runs over, and nothing lies beyond it."""
        names = (n for tree in trees for n in walk(tree) if isinstance(n, Name))
        for slot, item in (place for name in names for place in slots(name)):
            for top in _tops(item):
                letter = ("letter", top.lower())
                known = slot in self.parent and letter in self.parent
                if known and top not in declared and self.find(slot) == self.find(letter):
                    self.tops[top] = letter
        for top, lettered in self.tops.items():
            self.bounds.add(top)
            self.join(lettered, ("bound", top))

    def is_past_top(self, name: Name, sizes: Mapping[Key, int]) -> bool:
        """Whether a layer, given by its number, lies beyond the last one."""
        roots = {self.find(letter) for letter in self.tops.values()}
        for slot, item in slots(name) if roots else ():
            if isinstance(item, Number) and slot in self.parent:
                root = self.find(slot)
                if root in roots and item.value > sizes.get(root, item.value):
                    return True
        return False

    def from_zero(self) -> set[Key]:
        """Classes that count 0, 1, ..., n - 1."""
        return {self.find(k) for k in self.zeros}

    def size_key(self, name: Name) -> str:
        """What a size is called: m, n_{1}."""
        single = name.base in self.widths or not (name.below or name.above)
        return name.base if single else to_latex(name)

    def find(self, key: Key) -> Key:
        while self.parent.setdefault(key, key) != key:
            key = self.parent[key]
        return key

    def join(self, a: Key, b: Key) -> None:
        self.parent[self.find(b)] = self.find(a)

    def sizes(self) -> dict[Key, int]:
        """root → size."""
        known: dict[Key, int] = {}
        # The layer l of W_1, W_2, W_3 is one of three.
        layers = self.find(LAYER) if LAYER in self.parent else None
        for slot, most in self.counted.items():
            if most > 1 and slot in self.parent and self.find(slot) == layers:
                known[self.find(slot)] = max(most, known.get(self.find(slot), 0))
        for key, size in self.fixed.items():
            known[self.find(key)] = max(size, known.get(self.find(key), 0))
        roots = {self.find(k) for k in self.parent} - set(known)
        # Sizes that are named come first, so that as many of them as can be are different.
        rest = sorted(roots, key=lambda key: (key[0] != "bound", key))
        taken = iter(s for s in SIZES * len(self.parent))
        for root in rest:
            known[root] = next(taken)
        return known


def ranges(trees: Iterable[Any], indices: frozenset[str]) -> Ranges:
    """The classes of everything that runs in these formulas."""
    trees = list(trees)
    out = Ranges(frozenset(n.base for t in trees for n in _sizes(t) if _of_a_layer(n, indices)))
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Name):
                _name(node, out, indices)
            elif isinstance(node, Big):
                _big(node, out)
            elif isinstance(node, Relation) and node.sign in ("=", "!=", "<", ">"):
                _relation(node, out, indices)
            elif isinstance(node, Relation) and isinstance(node.right, Members):
                _space(node.right, out, indices)
    return out


def _sizes(tree: Any) -> Iterator[Name]:
    """The names that say how far something runs."""
    for node in walk(tree):
        high = (node.high,) if isinstance(node, Big) else _dimensions(node)
        yield from (n for h in high if h is not None for n in walk(h) if isinstance(n, Name))


def _dimensions(node: Any) -> tuple[Any, ...]:
    r"""The m and n of \mathbb{R}^{m \times n}."""
    real = isinstance(node, Members) and node.text.startswith(("R", "\\R"))
    return node.of if real else ()


def _of_a_layer(size: Name, indices: frozenset[str]) -> bool:
    """Whether it is s_l, s_{l+1} or s_{n_l}."""
    items = (*size.below, *size.above)
    return any(_letters(i, indices) or getattr(i, "below", ()) for i in items)


def _space(node: Members, out: Ranges, indices: frozenset[str]) -> None:
    r"""The m and n of \mathbb{R}^{m \times n} are sizes, wherever they stand."""
    for size in _dimensions(node):
        for name in walk(size):
            if isinstance(name, Name) and name.base not in indices:
                out.bounds.add(out.size_key(name))
                out.find(("bound", out.size_key(name)))


def is_integral(item: Any) -> bool:
    """Whether a subscript is itself a value that counts: the y_i of p_{y_i}."""
    return isinstance(item, Name) and bool(item.below)


def _name(node: Name, out: Ranges, indices: frozenset[str]) -> None:
    for slot, item in slots(node):
        for letter in _letters(item, indices):
            out.join(slot, ("letter", letter))
        if isinstance(item, Number):
            out.counted[slot] = max(int(item.value), out.counted.get(slot, 0))
        if is_integral(item):
            out.integral.add(item.base)
            out.join(slot, ("values", item.base))


def _tops(item: Any) -> Iterator[str]:
    """The L of L and of L - 1."""
    first = item.terms[0] if isinstance(item, Sum) else item
    alone = isinstance(first, Name) and not (first.below or first.above)
    if alone and len(first.base) == 1 and first.base.isupper():
        yield first.base


def slots(name: Name) -> Iterator[tuple[Key, Any]]:
    """The places of its subscripts and superscripts, each with what stands there."""
    for kind, items in (("below", name.below), ("above", name.above)):
        yield from ((slot_of(name, kind, i), item) for i, item in enumerate(items))


def slot_of(name: Name, kind: str, position: int) -> Key:
    """The place of a subscript: x_i and x_i^{(n)} are families of their own."""
    return (name.base, kind, str(position), str(len(name.below)), str(len(name.above)))


def _letters(item: Any, indices: frozenset[str]) -> list[str]:
    """The index letters in i, i + 1 or k - m (whose first letter it belongs to)."""
    if isinstance(item, Name) and not item.below and not item.above:
        return [item.base] if item.base in indices else []
    if isinstance(item, Sum):
        return _letters(item.terms[0], indices)
    return []


def _big(node: Big, out: Ranges) -> None:
    for index in node.indices:
        letter = ("letter", index.base)
        out.find(letter)
        if isinstance(node.low, Number):
            out.lows.setdefault(letter, []).append(int(node.low.value))
        high = node.high
        less = 0
        if isinstance(high, Sum) and len(high.terms) == 2 and isinstance(high.terms[1], Minus):
            less = 1
            high = high.terms[0]
        if isinstance(high, Number):
            first = int(node.low.value) if isinstance(node.low, Number) else 1
            out.fixed[letter] = max(out.fixed.get(letter, 0), int(high.value) - first + 1)
        elif isinstance(high, Name):
            key = out.size_key(high)
            out.bounds.add(key)
            out.join(letter, ("bound", key))
        if less and isinstance(node.low, Number) and node.low.value == 0:
            out.zeros.add(letter)
        elif less:
            out.short.add(index.base)
    for condition in node.conditions:
        if isinstance(condition, Relation) and condition.sign == "in":
            if isinstance(condition.right, Name):
                out.bounds.add(condition.right.base)
                for index in node.indices:
                    out.join(("letter", index.base), ("bound", condition.right.base))
        elif isinstance(condition, Relation):
            _relation(condition, out, frozenset(i.base for i in node.indices))


def _relation(node: Relation, out: Ranges, indices: frozenset[str]) -> None:
    """i = j, j ≠ y_i: both run over the same."""
    left, right = node.left, node.right
    if not (isinstance(left, Name) and isinstance(right, Name)):
        return
    keys = []
    for a, b in ((left, right), (right, left)):
        if not a.below and a.base in indices:
            keys.append(("letter", a.base))
        elif a.below and not b.below and b.base in indices:
            out.integral.add(a.base)
            keys.append(("values", a.base))
    if len(keys) == 2:
        out.join(*keys)
