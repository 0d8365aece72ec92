r"""The shapes that a name may have: declared, defined, or suggested by its look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from symgd.judge.environment.environment import IDENTITY_NAMES, ONES
from symgd.judge.environment.sizes import (
    MOST_CHOICES,
    SCALAR,
    Shape,
    Shapes,
    Size,
    Sizes,
    TooMany,
    Var,
)
from symgd.language.latex.syntax import Name, walk

SHAPES: dict[str, Any] = {
    "s": lambda: SCALAR,
    "c": lambda: (Var(single=False), 1),
    "r": lambda: (1, Var(single=False)),
    "m": lambda: (Var(single=False), Var(single=False)),
}

NUMBERS = frozenset({"N", "M", "K", "C", "L", "J", "E", r"\eta", r"\lambda", r"\alpha", r"\beta"})

# look          the shapes, the likeliest first; a dot is a step of unlikelihood
LOOKS = {
    "bold capital": "mcr..s",
    "bold":         "cr..m.s",
    "number":       "sc.r..m",
    "greek":        "scr..m",
    "capital":      "m..cr.s",
    "indexed":      "s....crm",
    "letter":       "crs..m",
}  # fmt: skip


@dataclass
class Looks(Sizes):
    """Chooses shapes of names; what is chosen stands in `names` while a solution is yielded."""

    names: dict[Any, Shape] = field(default_factory=dict)
    bold: frozenset[str] = frozenset()
    inside: list[Any] = field(default_factory=list)
    choices: int = 0

    def of(self, tree: Any) -> Shapes:
        raise NotImplementedError

    def name(self, name: Name) -> Shapes:
        world = self.world
        for left, right in world.aliases:
            if world.covers(left, name) and left.base == name.base:
                name = right
                break
        plain = not name.below and not name.above
        if plain and (
            name.base in world.vocabulary.indices or name.base in world.ranges.bounds
            or (name.base in ("e", r"\pi") and not world.declared(name.base))
        ):  # fmt: skip
            yield SCALAR
            return
        if plain and name.base in IDENTITY_NAMES and not world.declared(name.base):
            size = Var()
            yield size, size
            return
        if plain and name.base == ONES and not world.declared(name.base):
            yield Var(), 1
            return
        large = world.whole_of(name.base, name.below)
        if large != name.base:
            yield from self.component(Name(large, (), name.above), name.below)
            return
        key = self.key(name)
        if key in self.names:
            yield self.names[key]
            return
        accent, _, inner = name.base.partition("{")
        if inner and accent in world.bars:
            yield from self.name(Name(inner[:-1], name.below, name.above))
            return
        if key in self.inside:
            yield (Var(), Var())
            return
        definition = next(
            (d for d in world.definitions.get(name.base, ()) if world.covers(d.name, name)), None
        )
        if definition is not None:
            self.inside.append(key)
            shapes = self.of(definition.body)
            try:
                for shape in shapes:
                    self.names[key] = shape
                    self.inside.remove(key)
                    try:
                        yield shape
                    finally:
                        self.inside.append(key)
                        self.names.pop(key, None)
            finally:
                shapes.close()
                self.inside.remove(key)
            return
        whole = (name.base, (), key[2])
        if name.below and (
            whole in self.names
            or whole in self.known.declared
            or world.defines(Name(name.base, (), name.above))
        ):
            yield from self.component(Name(name.base, (), name.above), name.below)
            return
        labelled = Name(name.base, name.below[:-1], name.above)
        if len(name.below) > 1 and key[1][-1] == "#" != key[1][-2] and world.defines(labelled):
            yield from self.component(labelled, name.below[-1:])  # δ_{oi} is row i of δ_o
            return
        yield from self.leaf(name, key)

    def component(self, whole: Name, below: tuple[Any, ...]) -> Shapes:
        """y_i of an array y: a number, whose index runs as far as y is long."""
        for rows, columns in self.name(whole):
            sizes = [self.item_size(i) for i in below]
            if len(sizes) == 2:
                for _ in self.same_size(rows, sizes[0]):
                    for _ in self.same_size(columns, sizes[1]):
                        yield SCALAR
            elif len(sizes) == 1:
                for _ in self.same_size(columns, 1):
                    for _ in self.same_size(rows, sizes[0]):
                        yield SCALAR
                for _ in self.same_size(rows, 1):
                    for _ in self.same_size(columns, sizes[0]):
                        yield SCALAR
                for _ in self.same_size(rows, sizes[0]):
                    yield (1, columns)

    def item_size(self, item: Any) -> Size:
        letters = [
            n.base for n in walk(item)
            if isinstance(n, Name) and n.base in self.world.vocabulary.indices
        ]  # fmt: skip
        return self.class_size(letters[0]) if letters else Var()

    def leaf(self, name: Name, key: Any) -> Shapes:
        slots = self.world.ranges.parent
        gathered = [
            [(name.base, "below", str(i), str(n), str(len(name.above))) for i in range(n)]
            for n in (1, 2)
        ]
        if not name.below and key not in self.known.declared:
            for group in gathered:
                if all(s in slots for s in group):
                    sizes = [
                        self.classes.setdefault(self.world.ranges.find(s), Var(counts=True))
                        for s in group
                    ]
                    shape = (sizes[0], 1) if len(sizes) == 1 else (sizes[0], sizes[1])
                    yield from self.chosen(key, shape)
                    return
        for cost, shape in self.looks(name, key):
            for _ in self.paying(cost):
                yield from self.chosen(key, shape)

    def chosen(self, key: Any, shape: Shape) -> Shapes:
        self.choices += 1
        if self.choices > MOST_CHOICES:
            raise TooMany
        self.names[key] = shape
        try:
            yield shape
        finally:
            self.names.pop(key, None)

    def looks(self, name: Name, key: Any) -> Iterator[tuple[int, Shape]]:
        """The shapes that a letter may have, and how unlikely each is."""
        declared = self.known.declared.get(key)
        if declared is not None:
            sizes = [self.bound_size(s) for s in declared]
            yield 0, (sizes[0], sizes[1]) if len(sizes) == 2 else (sizes[0] if sizes else 1, 1)
            return
        if name.base in self.world.assumptions.bounds or name.base in self.world.ranges.integral:
            yield 0, SCALAR
            return
        letter = name.base.partition("{")[2].rstrip("}") or name.base
        for cost, kind in enumerate(LOOKS[self.look(name, key, letter)]):
            if kind != ".":
                yield cost, SHAPES[kind]()

    def look(self, name: Name, key: Any, letter: str) -> str:
        upper = letter.removeprefix("\\")[:1].isupper()
        if key in self.bold:
            return "bold capital" if upper else "bold"
        if letter in NUMBERS:
            return "number"
        if letter.startswith("\\"):
            return "capital" if upper else "bold" if letter == r"\theta" else "greek"
        if upper:
            return "capital"
        labelled = "#" in (*key[1], *key[2])
        return "indexed" if labelled and letter not in "xwuv" else "letter"

    def key(self, name: Name) -> Any:
        return self.world.family(name)
