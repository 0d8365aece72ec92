r"""Which names are numbers, columns, rows and matrices: the first reading in which all of it fits.

A shape is a pair of sizes; a size is 1 or a variable. Every letter that nothing declares is tried
as what its look suggests (W a matrix, \mathbf{x} a column, \lambda a number), every product as a
matrix product or a scaling, and sizes are unified as they meet; where they clash the last choice is
taken back. A document without any sign of arrays (a transpose, a bold letter, a norm, ⊙, softmax)
is read in numbers only.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from symgd.checking.ranges import SIZES
from symgd.checking.syntax import (
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
    Members,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
    walk,
)
from symgd.checking.vocabulary import CONVENTIONS, FUNCTIONS
from symgd.checking.world import IDENTITY_NAMES, ONES, World

MOST_CHOICES = 1_500
MOST_UNLIKELY = 10
MOST_SOLUTIONS = 6
MOST_TRIED = 40
Size = Any
Shape = tuple[Size, Size]
SCALAR: Shape = (1, 1)
# A search yields once for each way to go on, with its choices standing while it is suspended.
Shapes = Generator[Shape, None, None]
Search = Generator[None, None, None]
VECTOR_FUNCTIONS = frozenset({"softmax", "logsumexp", "trace", "det", "diag", "vec"})


class TooMany(Exception):
    """The search was given up."""


@dataclass(eq=False)
class Var:
    """A size that is not known yet; `single`: whether it may be 1."""

    single: bool = True
    counts: bool = False
    bound: Any = None


@dataclass
class Solver:
    """Searches for shapes; what is found stands in `names` while a solution is yielded."""

    world: World
    names: dict[Any, Shape] = field(default_factory=dict)
    functions: dict[Any, Shape] = field(default_factory=dict)
    classes: dict[Any, Var] = field(default_factory=dict)
    bold: frozenset[str] = frozenset()
    inside: list[Any] = field(default_factory=list)
    choices: int = 0
    cost: int = 0
    most: int = 0

    # -- sizes -------------------------------------------------------------------------------------

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

    # -- names -------------------------------------------------------------------------------------

    def key(self, name: Name) -> Any:
        return self.world.family(name)

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
        if name.below and (whole in self.names or world.defines(Name(name.base, (), name.above))):
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
        if not name.below and key not in self.world.declared_shapes:
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

    def paying(self, cost: int) -> Search:
        """Once, if what is unlikely so far allows for it."""
        if self.cost + cost <= self.most:
            self.cost += cost
            try:
                yield
            finally:
                self.cost -= cost

    def looks(self, name: Name, key: Any) -> Iterator[tuple[int, Shape]]:
        """The shapes that a letter may have, and how unlikely each is."""
        declared = self.world.declared_shapes.get(key)
        if declared is not None:
            sizes = [self.bound_size(s) for s in declared]
            yield 0, (sizes[0], sizes[1]) if len(sizes) == 2 else (sizes[0] if sizes else 1, 1)
            return
        if name.base in self.world.bounds or name.base in self.world.ranges.integral:
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

    # -- trees -------------------------------------------------------------------------------------

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

    def equation(self, members: list[Any]) -> Search:
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


SHAPES: dict[str, Any] = {
    "s": lambda: SCALAR,
    "c": lambda: (Var(single=False), 1),
    "r": lambda: (1, Var(single=False)),
    "m": lambda: (Var(single=False), Var(single=False)),
}

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

# -- the search --------------------------------------------------------------------------------


def has_arrays(trees: Iterable[Any], world: World) -> bool:
    """Whether anything in a document says that it is about vectors."""
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Transposed):
                return True
            if isinstance(node, Product):
                if {"o", "x"} & set(node.signs):
                    return True
                if any(isinstance(f, Name) and f.bold for f in node.factors):
                    return True
            if isinstance(node, Gradient) and isinstance(node.by, Name) and node.by.bold:
                return True
            if isinstance(node, Call):
                base = node.function.base
                name = FUNCTIONS.get(base.removeprefix("\\")) if base.startswith("\\") else None
                convention = None if world.declared(base) else CONVENTIONS.get(base)
                if (name or convention) in VECTOR_FUNCTIONS:
                    return True
    return bool(world.declared_shapes)


def solve(world: World, trees: list[Any], equations: list[list[Any]]) -> None:
    """Give the world the shapes of its letters: those in which most of its equations fit."""
    if not has_arrays(trees, world):
        return
    solver = Solver(world)
    names = [n for t in trees for n in walk(t) if isinstance(n, Name)]
    plain = {solver.key(n) for n in names if not n.bold}
    solver.bold = frozenset({solver.key(n) for n in names if n.bold} - plain)
    definitions = [d for ds in world.definitions.values() for d in ds]
    found: list[tuple[int, Any]] = []
    for most in range(MOST_UNLIKELY):
        solver.most = most
        solver.choices = 0
        search = _all_definitions(solver, definitions, 0)
        try:
            for count, _ in enumerate(search):
                solution = _score(solver, equations)
                if solution not in found:
                    found.append(solution)
                if count >= MOST_TRIED or solution[0] == len(equations):
                    break
        except (TooMany, RecursionError):
            pass
        finally:
            search.close()
        if max((score for score, _ in found), default=-1) == len(equations):
            break
    world.arrays = True
    if found:
        best = max(score for score, _ in found)
        fitting = [shapes for score, shapes in found if score == best]
        _give(world, *fitting[0])
        world.alternatives = fitting[1:MOST_SOLUTIONS]
        world.fitting = best / len(equations) if equations else 1.0


def _all_definitions(solver: Solver, definitions: list[Any], i: int) -> Search:
    if i == len(definitions):
        yield
        return
    d = definitions[i]
    if isinstance(d.left, Name):
        for _ in solver.name(d.left):
            yield from _all_definitions(solver, definitions, i + 1)
    else:
        # The body in the letters of its variables, as the names that they are elsewhere.
        for _ in solver.of(d.body):
            yield from _all_definitions(solver, definitions, i + 1)


def _score(solver: Solver, equations: list[list[Any]]) -> tuple[int, Any]:
    """How many of the equations fit, one after the other, and the shapes that come of it."""
    kept: list[Search] = []
    fits = 0
    for members in equations:
        attempt = solver.equation(members)
        try:
            next(attempt)
        except StopIteration:
            continue
        except TooMany:
            break
        kept.append(attempt)
        fits += 1
    found = _sized(solver)
    for attempt in reversed(kept):
        attempt.close()
    return fits, found


def _sized(solver: Solver) -> Any:
    """Numbers for the sizes: all different, small, and 1 where it must be."""
    sizes: dict[int, int] = {}
    taken = iter(SIZES * 20)
    fixed = {}
    for key, size in solver.world.ranges.fixed.items():
        fixed[solver.world.ranges.find(key)] = size
    for root, var in solver.classes.items():
        found = solver.find(var)
        if root in fixed and isinstance(found, Var):
            sizes[id(found)] = fixed[root]

    def number(size: Size) -> int:
        size = solver.find(size)
        if isinstance(size, int):
            return size
        if id(size) not in sizes:
            sizes[id(size)] = next(taken)
        return sizes[id(size)]

    names = {k: (number(s[0]), number(s[1])) for k, s in solver.names.items()}
    functions = {k: (number(s[0]), number(s[1])) for k, s in solver.functions.items()}
    classes = {root: number(v) for root, v in solver.classes.items()}
    return names, functions, classes


def shapes_as_changes(world: World, solution: Any) -> dict[str, Any]:
    """What a solution makes of a world: attribute → value."""
    names, functions, classes = solution
    return {
        "shapes": {k: s for k, s in names.items() if s != (1, 1)},
        "function_shapes": {k: s for k, s in functions.items() if s != (1, 1)},
        "sizes": {**world.sizes, **classes},
    }


def _give(world: World, *solution: Any) -> None:
    for name, value in shapes_as_changes(world, solution).items():
        setattr(world, name, value)


def declared_shapes(world: World) -> dict[Any, tuple[Any, ...]]:
    r"""family → the sizes of W \in \mathbb{R}^{m \times n}."""
    return {
        world.family(r.left): r.right.of
        for r in world.assumed
        if isinstance(r, Relation) and isinstance(r.left, Name) and isinstance(r.right, Members)
        and r.sign == "in" and r.right.text.startswith(("R", "\\R")) and r.right.of
    }  # fmt: skip
