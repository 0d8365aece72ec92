r"""Shape inference: which sizes the parts of a formula have, and what makes two of them one.

A shape is a pair of sizes; a size is a number or a variable. A search yields once for each way to
go on, with its choices standing while it is suspended: a letter is tried as what its appearance
suggests (W a matrix, \mathbf{x} a column, \lambda a number), a product as a matrix product or a
scaling, and where sizes clash the last choice is taken back. What is unlikely has a cost, and a
search has a most that it may pay.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symgd.judge.environment.appearances import SCALAR, SHAPES, Shape, Size, Var, suggested
from symgd.judge.environment.environment import ONES, Environment, Shaping
from symgd.judge.work import Meter
from symgd.language.latex.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Component,
    Derivative,
    Differential,
    Expectation,
    Gradient,
    Indicator,
    Inner,
    Integral,
    Limit,
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
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS

MOST_CHOICES = 1_500
# How many steps of this search take as long as one at a point.
QUICK = 2

# A search yields once for each way to go on, with its choices standing while it is suspended.
Shapes = Generator[Shape, None, None]

Search = Generator[None, None, None]


class TooMany(Exception):
    """The search was given up."""


@dataclass
class ShapeInference:
    """The sizes and shapes that stand so far, and the search through all others.

    classes    class of indices and bounds → how many
    cost       of what is unlikely among the choices that stand, `most` what it may come to
    names      family → shape, chosen while a solution is yielded; functions likewise
    bold       families that are written bold everywhere
    inside     what is being looked into, so that a definition through itself ends
    """

    env: Environment
    known: Shaping
    classes: dict[Any, Var] = field(default_factory=dict)
    cost: int = 0
    most: int = 0
    names: dict[Any, Shape] = field(default_factory=dict)
    functions: dict[Any, Shape] = field(default_factory=dict)
    bold: frozenset[Any] = frozenset()
    inside: list[Any] = field(default_factory=list)
    choices: int = 0
    steps: int = 0
    meter: Meter = field(default_factory=Meter)

    def equation(self, members: Sequence[Any]) -> Search:
        """Once for every way in which all members have one shape, or that of a transpose."""
        laid = any(isinstance(n, Derivative | Gradient) for m in members for n in walk(m))
        for shapes in self.all_of(members):
            yield from self.in_one_shape(shapes, laid)

    def in_one_shape(self, shapes: list[Shape], laid: bool) -> Search:
        if len(shapes) < 2:
            yield
            return
        for _ in self.same(shapes[0], shapes[1]):
            yield from self.in_one_shape(shapes[1:], laid)
        if laid:
            rows, columns = shapes[1]
            for _ in self.same(shapes[0], (columns, rows)):
                yield from self.in_one_shape(shapes[1:], laid)

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
                for _ in self.pay(3):
                    yield from self.bind(a, 1)
                return
            narrowed = isinstance(b, Var) and b.single and not a.single
            if narrowed:
                b.single = False
            try:
                yield from self.bind(a, b)
            finally:
                if narrowed:
                    b.single = True
        elif isinstance(b, Var):
            yield from self.same_size(b, a)

    def bind(self, var: Var, size: Size) -> Search:
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
        root = self.env.ranges.find(("letter", letter))
        return self.classes.setdefault(root, Var(counts=True))

    def bound_size(self, item: Any) -> Size:
        """The size that R^{m×n} names."""
        if isinstance(item, Number):
            return int(item.value)
        if isinstance(item, Name):
            root = self.env.ranges.find(("bound", self.env.ranges.size_key(item)))
            return self.classes.setdefault(root, Var(single=False))
        return Var(single=False)

    def pay(self, cost: int) -> Search:
        """Once, if what is unlikely so far allows for it."""
        if self.cost + cost <= self.most:
            self.cost += cost
            try:
                yield
            finally:
                self.cost -= cost

    # -- names -------------------------------------------------------------------------------------

    def name(self, name: Name) -> Shapes:
        env = self.env
        for left, right in env.aliases:
            if env.covers(left, name) and left.base == name.base:
                name = right
                break
        plain = not name.below and not name.above
        if env.ranges.size_key(name) in env.ranges.bounds:
            yield SCALAR
            return
        if plain and (
            name.base in env.vocabulary.indices
            or (name.base in ("e", r"\pi") and not env.declared(name.base))
        ):  # fmt: skip
            yield SCALAR
            return
        if not name.above and env.is_identity(name.base, name.below, self.known.declared):
            size = Var()
            yield size, size
            return
        if name.base == ONES and not env.declared(name.base):
            sizes = [self.bound_size(i) for i in name.below] or [Var()]
            yield sizes[0], sizes[1] if len(sizes) > 1 else 1
            return
        large = env.whole_of(name.base, name.below)
        if large != name.base:
            yield from self.component(Name(large, (), name.above), name.below)
            return
        key = self.key(name)
        if key in self.names:
            yield self.names[key]
            return
        accent, _, inner = name.base.partition("{")
        if inner and accent in env.bars:
            yield from self.name(Name(inner[:-1], name.below, name.above))
            return
        if key in self.inside:
            yield (Var(), Var())
            return
        definition = next(iter(env.covering(name)), None)
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
            or env.defines(Name(name.base, (), name.above))
        ):
            yield from self.component(Name(name.base, (), name.above), name.below)
            return
        labelled = Name(name.base, name.below[:-1], name.above)
        if len(name.below) > 1 and key[1][-1] == "#" != key[1][-2] and env.defines(labelled):
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
            if isinstance(n, Name) and n.base in self.env.vocabulary.indices
        ]  # fmt: skip
        return self.class_size(letters[0]) if letters else Var()

    def leaf(self, name: Name, key: Any) -> Shapes:
        slots = self.env.ranges.parent
        gathered = [
            [(name.base, "below", str(i), str(n), str(len(name.above))) for i in range(n)]
            for n in (1, 2)
        ]
        # A bold letter with an index is a vector of its own, and no component of the bold letter.
        whole = (name.base, ("#",), key[2]) not in self.bold
        if not name.below and key not in self.known.declared and whole:
            for group in gathered:
                if all(s in slots for s in group):
                    sizes = [
                        self.classes.setdefault(self.env.ranges.find(s), Var(counts=True))
                        for s in group
                    ]
                    shape = (sizes[0], 1) if len(sizes) == 1 else (sizes[0], sizes[1])
                    yield from self.choose(key, shape)
                    return
        for cost, shape in self.candidates(name, key):
            for _ in self.pay(cost):
                yield from self.choose(key, shape)

    def choose(self, key: Any, shape: Shape) -> Shapes:
        self.choices += 1
        if self.choices > MOST_CHOICES:
            raise TooMany
        if not self.choices % 32 and self.meter.is_over:
            raise TooMany
        self.names[key] = shape
        try:
            yield shape
        finally:
            self.names.pop(key, None)

    def candidates(self, name: Name, key: Any) -> Iterator[tuple[int, Shape]]:
        """The shapes that a letter may have, and how unlikely each is."""
        declared = self.known.declared.get(key)
        if declared is not None:
            sizes = [self.bound_size(s) for s in declared]
            yield 0, (sizes[0], sizes[1]) if len(sizes) == 2 else (sizes[0] if sizes else 1, 1)
            return
        if name.base in self.env.assumptions.bounds or name.base in self.env.ranges.integral:
            yield 0, SCALAR
            return
        letter = name.base.partition("{")[2].rstrip("}") or name.base
        yield from suggested(letter, key in self.bold, "#" in (*key[1], *key[2]))

    def key(self, name: Name) -> Any:
        return self.env.family(name)

    # -- calls -------------------------------------------------------------------------------------

    def call(self, call: Call) -> Shapes:
        env = self.env
        built_in = FUNCTIONS.get(call.function.base.removeprefix("\\"))
        definitions = env.functions_of(call.function)
        if definitions:
            yield from self.body(definitions[0], call)
        elif call.function.base.startswith("\\") and built_in:
            yield from self.built_in(built_in, call)
        elif env.defines(call.function):
            yield from self.name(call.function)
        elif call.function.base in CONVENTIONS:
            yield from self.built_in(CONVENTIONS[call.function.base], call)
        else:
            yield from self.unknown(call)

    def built_in(self, name: str, call: Call) -> Shapes:
        if name == "diag" and len(call.arguments) > 1:
            size = Var()
            yield size, size
            return
        if not call.arguments:  # of σ() nothing is known
            yield from self.unknown(call)
            return
        for shape in self.of(call.arguments[0]):
            if name == "softmax":
                if not self.is_scalar(shape):
                    yield shape
            elif name in ("trace", "det", "logsumexp", "sum") or (
                name in ("max", "min") and len(call.arguments) == 1
            ):
                yield SCALAR
            elif name == "diag":
                yield (shape[0], shape[0])
            elif name == "vec":
                yield (Var(), 1)
            elif name == "rowsum":
                yield (shape[0], 1)
            elif name == "colsum":
                yield (1, shape[1])
            elif name == "pinv":
                yield shape[1], shape[0]
            else:
                yield shape

    def body(self, definition: Any, call: Call) -> Shapes:
        """The body's shape, with the variables in the shapes of the arguments."""
        pairs = [
            (v, a)
            for v, a in zip(definition.variables, call.values, strict=False)
            if isinstance(v, Name) and v != a
        ]

        def with_arguments(i: int) -> Shapes:
            if i == len(pairs):
                yield from self.of(definition.body)
                return
            variable, argument = pairs[i]
            key = self.key(variable)
            for shape in self.of(argument):
                before = self.names.get(key)
                self.names[key] = shape
                try:
                    yield from with_arguments(i + 1)
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
            yield from with_arguments(0)
        finally:
            self.inside.remove(call)

    def unknown(self, call: Call) -> Shapes:
        """φ(x) entry by entry, or a vector of features."""
        key = self.key(call.function)
        if key in self.functions:
            for _ in self.all_of(call.values):
                yield self.functions[key]
            return
        for shapes in self.all_of(call.values):
            yield shapes[0] if shapes else SCALAR
            for cost, kind in ((1, "s"), (2, "c")):
                for _ in self.pay(cost):
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

    def prime(self, tree: Primed) -> Shapes:
        if isinstance(tree.of, Name) and self.env.functions_of(tree.of):
            yield from self.name(self.env.functions_of(tree.of)[0].name)
            return
        yield SCALAR

    # -- formulas ----------------------------------------------------------------------------------

    def of(self, tree: Any) -> Shapes:
        """Every shape that a tree may have, with the choices that lead to it standing.

        Raises TooMany where the time is up: letters whose shapes stand may still fit in many ways.
        """
        self.steps += 1
        if not self.steps % 256 and not self.meter.count(256 // QUICK):
            raise TooMany
        return METHODS.get(type(tree), ShapeInference.scalar)(self, tree)

    def scalar(self, tree: Any) -> Shapes:
        yield SCALAR

    def inner_then_scalar(self, tree: Any) -> Shapes:
        for _ in self.of(tree.of):
            yield SCALAR

    def minus(self, tree: Minus) -> Shapes:
        return self.of(tree.of)

    def transpose(self, tree: Transposed) -> Shapes:
        for rows, columns in self.of(tree.of):
            yield columns, rows

    def sum(self, tree: Sum) -> Shapes:
        def rest(i: int, so_far: Shape) -> Shapes:
            if i == len(tree.terms):
                yield so_far
                return
            literal = any(isinstance(t, Number) for t in (tree.terms[0], tree.terms[i]))
            for shape in self.of(tree.terms[i]):
                for both in self.sum_of_two(so_far, shape, 0 if literal else 3):
                    yield from rest(i + 1, both)

        for first in self.of(tree.terms[0]):
            yield from rest(1, first)

    def sum_of_two(self, a: Shape, b: Shape, cost: int) -> Shapes:
        for _ in self.same(a, b):
            yield a
        if self.is_scalar(a) != self.is_scalar(b):
            for _ in self.pay(cost):
                yield b if self.is_scalar(a) else a
            return
        for small, large in ((b, a), (a, b)):
            if self.find(small[0]) == 1 and self.find(large[0]) != 1:
                for _ in self.pay(2):
                    for _ in self.same_size(small[1], large[1]):
                        yield large

    def product(self, tree: Product) -> Shapes:
        def rest(i: int, so_far: Shape) -> Shapes:
            if i == len(tree.factors):
                yield so_far
                return
            for shape in self.of(tree.factors[i]):
                for both in self.product_of_two(so_far, shape, tree.signs[i - 1]):
                    yield from rest(i + 1, both)

        for first in self.of(tree.factors[0]):
            yield from rest(1, first)

    def product_of_two(self, a: Shape, b: Shape, sign: str) -> Shapes:
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

    def expectation(self, tree: Expectation) -> Shapes:
        """E f is as f is; of a column the variance is a matrix."""
        if tree.kind in ("KL", "H"):
            yield SCALAR
            return
        for shapes in self.all_of(tree.of):
            a, b = shapes[0], shapes[-1]
            column = tree.kind != "E" and not self.is_scalar(a)
            yield (a[0], b[0]) if column else a

    def body_of(self, tree: Integral | Limit) -> Shapes:
        return self.of(tree.of)

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
        if isinstance(last, Name) and last.base in self.env.vocabulary.operators:
            yield from self.in_all(f, by[:-1])
            return
        for x in self.of(last):
            if self.is_scalar(f):
                yield from self.in_all(x, by[:-1])
            elif self.is_scalar(x):
                yield from self.in_all(f, by[:-1])
            else:
                yield from self.in_all((f[0], x[0]), by[:-1])

    def differential(self, tree: Differential) -> Shapes:
        return self.of(tree.of)

    def inner(self, tree: Inner) -> Shapes:
        for a in self.of(tree.left):
            for b in self.of(tree.right):
                for _ in self.same(a, b):
                    yield SCALAR

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

    def list_(self, tree: Listed) -> Shapes:
        """A column; of numbers, and a run from where they end, as long as the run says."""
        for shapes in self.all_of(tree.of):
            runs = {i: i for i in tree.of if isinstance(i, Big) and i.kind == "stack"}
            last = runs.get(tree.of[-1])
            size = self.bound_size(last.high) if last and last.low.value == len(tree.of) else None
            numbers = all(
                i in runs or self.is_scalar(s) for i, s in zip(tree.of, shapes, strict=True)
            )
            widths = [s[1] for i, s in zip(tree.of, shapes, strict=True) if i in runs]
            for _ in self.same_size(widths[0], 1) if widths else (None,):
                for _ in (None,) if numbers else self.pay(2):
                    yield (size if numbers and size is not None else Var(), 1)

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


METHODS: dict[type, Any] = {
    Name: ShapeInference.name,
    Sum: ShapeInference.sum,
    Minus: ShapeInference.minus,
    Product: ShapeInference.product,
    Quotient: ShapeInference.quotient,
    Power: ShapeInference.power,
    Call: ShapeInference.call,
    Primed: ShapeInference.prime,
    Derivative: ShapeInference.derivative,
    Differential: ShapeInference.differential,
    Inner: ShapeInference.inner,
    Gradient: ShapeInference.gradient,
    Big: ShapeInference.big,
    Expectation: ShapeInference.expectation,
    Integral: ShapeInference.body_of,
    Limit: ShapeInference.body_of,
    Norm: ShapeInference.inner_then_scalar,
    Absolute: ShapeInference.inner_then_scalar,
    Transposed: ShapeInference.transpose,
    Component: ShapeInference.component_of,
    Matrix: ShapeInference.matrix,
    Listed: ShapeInference.list_,
    Cases: ShapeInference.cases,
    Indicator: ShapeInference.scalar,
}
