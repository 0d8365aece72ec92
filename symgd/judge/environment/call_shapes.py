"""The shape of a call: of a declared function, a built-in one, or one that is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from symgd.judge.environment.looks import SHAPES, Looks
from symgd.judge.environment.sizes import SCALAR, Shape, Shapes, Var
from symgd.language.latex.syntax import Call, Name, Primed
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS


@dataclass
class CallShapes(Looks):
    """Finds shapes of calls."""

    functions: dict[Any, Shape] = field(default_factory=dict)

    def call(self, call: Call) -> Shapes:
        world = self.world
        built_in = FUNCTIONS.get(call.function.base.removeprefix("\\"))
        definitions = world.functions_of(call.function)
        if definitions:
            yield from self.body(definitions[0], call)
        elif call.function.base.startswith("\\") and built_in:
            yield from self.built_in(built_in, call)
        elif world.defines(call.function):
            yield from self.name(call.function)
        elif call.function.base in CONVENTIONS:
            yield from self.built_in(CONVENTIONS[call.function.base], call)
        else:
            yield from self.unknown(call)

    def built_in(self, name: str, call: Call) -> Shapes:
        for shape in self.of(call.arguments[0]):
            if name == "softmax":
                if not self.is_scalar(shape):
                    yield shape
            elif name in ("trace", "det", "logsumexp") or (
                name in ("max", "min") and len(call.arguments) == 1
            ):
                yield SCALAR
            elif name == "diag":
                yield (shape[0], shape[0])
            elif name == "vec":
                yield (Var(), 1)
            else:
                yield shape

    def body(self, definition: Any, call: Call) -> Shapes:
        """The body's shape, with the variables in the shapes of the arguments."""
        pairs = [
            (v, a)
            for v, a in zip(definition.variables, call.arguments, strict=False)
            if isinstance(v, Name) and v != a
        ]

        def bind(i: int) -> Shapes:
            if i == len(pairs):
                yield from self.of(definition.body)
                return
            variable, argument = pairs[i]
            key = self.key(variable)
            for shape in self.of(argument):
                before = self.names.get(key)
                self.names[key] = shape
                try:
                    yield from bind(i + 1)
                finally:
                    if before is None:
                        self.names.pop(key, None)
                    else:
                        self.names[key] = before

        if call in self.inside:
            yield (Var(), Var())
            return
        self.inside.append(call)
        try:
            yield from bind(0)
        finally:
            self.inside.remove(call)

    def unknown(self, call: Call) -> Shapes:
        """φ(x) entry by entry, or a vector of features."""
        key = self.key(call.function)
        if key in self.functions:
            for _ in self.all_of(call.arguments):
                yield self.functions[key]
            return
        for shapes in self.all_of(call.arguments):
            yield shapes[0] if shapes else SCALAR
            for cost, kind in ((1, "s"), (2, "c")):
                for _ in self.paying(cost):
                    self.functions[key] = SHAPES[kind]()
                    try:
                        yield self.functions[key]
                    finally:
                        self.functions.pop(key, None)

    def all_of(self, trees: Iterable[Any]) -> Iterator[list[Shape]]:
        trees = list(trees)
        if not trees:
            yield []
            return
        for first in self.of(trees[0]):
            for others in self.all_of(trees[1:]):
                yield [first, *others]

    def primed(self, tree: Primed) -> Shapes:
        if isinstance(tree.of, Name) and self.world.functions_of(tree.of):
            yield from self.name(self.world.functions_of(tree.of)[0].name)
            return
        yield SCALAR
