"""Random models of arrays, as trees written in symgd's language and worked out by mpmath.

A tree is a tuple: ("name", "W"), ("number", "0.5"), ("+", a, b), ("*", a, b) the product of
matrices or by a scalar, (".*", a, b), ("./", a, b), ("'", a), (".^", a, "2"),
("call", "tanh", a), ("whole", "det", a), ("constant", "ones", "m", "n"). Every tree is drawn for a
shape, a pair of names of sizes; "1" is one.

`work_out` is the second witness: lists of real numbers of mpmath, nothing of symgd's in it. It
takes a source of noise, which moves every number on the way by a fixed share of itself: the slope
of the cost so moved says how much of a slope doubles may lose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import mpmath as mp
import numpy as np

from fuzz.formulas import FUNCTIONS, NoValueError, Tree, UnsureError, reached_by, real

Shape = tuple[str, str]
Rows = list[list[Any]]
Noise = Callable[[Any], Any]

SCALAR: Shape = ("1", "1")
LARGEST = 10**5

# Functions entry by entry that are drawn, those that people write often among the first.
ENTRYWISE = [
    "tanh", "sigmoid", "relu", "exp", "softplus", "abs", "sin", "log", "sqrt", "square",
    "cos", "gelu", "silu", "erf", "log1p", "atan", "logsigmoid", "hardtanh", "sign", "cbrt",
    "mish", "softsign", "asinh", "sinh", "cosh", "expm1", "relu6", "hardswish", "acosh", "lgamma",
]  # fmt: skip
STEPPED = {"sign", "step"}


def product(a: Rows, b: Rows) -> Rows:
    if len(a) == len(a[0]) == 1 or len(b) == len(b[0]) == 1:
        s, rest = (a[0][0], b) if len(a) == len(a[0]) == 1 else (b[0][0], a)
        return [[s * x for x in row] for row in rest]
    return [
        [mp.fsum(x * y for x, y in zip(r, c, strict=True)) for c in zip(*b, strict=True)] for r in a
    ]


def each(f: Callable[..., Any], *arrays: Rows) -> Rows:
    return [
        [f(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*arrays, strict=True)
    ]


def transposed(a: Rows) -> Rows:
    return [list(c) for c in zip(*a, strict=True)]


def identity(n: int) -> Rows:
    return [[mp.mpf(i == j) for j in range(n)] for i in range(n)]


def flat(a: Rows) -> list[Any]:
    return [x for row in a for x in row]


def _determinant(a: Rows) -> Any:
    return mp.det(mp.matrix(a)) if len(a) > 1 else a[0][0]


def _inverse(a: Rows) -> Rows:
    size = mp.fabs(_determinant(a))
    if size < mp.mpf(10) ** -20:
        raise NoValueError
    return [list(row) for row in mp.inverse(mp.matrix(a)).tolist()]


def _positive(u: Any) -> Any:
    if u <= 0:
        raise NoValueError
    return u


def _softmax(x: list[Any]) -> list[Any]:
    top = max(x)
    e = [mp.exp(u - top) for u in x]
    whole = mp.fsum(e)
    return [u / whole for u in e]


def _log_sum(x: list[Any]) -> Any:
    top = max(x)
    return top + mp.log(mp.fsum(mp.exp(u - top) for u in x))


def _norm(x: list[Any]) -> Any:
    if not any(x):
        raise UnsureError  # a corner, also of what is 0 all around
    return mp.sqrt(mp.fsum(u * u for u in x))


def _one(u: Any) -> Rows:
    return [[u]]


# word → the value of a matrix
WHOLE: dict[str, Callable[[Rows], Rows]] = {
    "tr": lambda a: _one(mp.fsum(a[i][i] for i in range(len(a)))),
    "det": lambda a: _one(_determinant(a)),
    "logdet": lambda a: _one(mp.log(_positive(_determinant(a)))),
    "inv": _inverse,
    "sum": lambda a: _one(mp.fsum(flat(a))),
    "rsum": lambda a: [[mp.fsum(row)] for row in a],
    "norm1": lambda a: _one(mp.fsum(map(abs, flat(a)))),
    "norm2": lambda a: _one(_norm(flat(a))),
    "logsumexp": lambda a: _one(_log_sum(flat(a))),
    "rlogsumexp": lambda a: [[_log_sum(row)] for row in a],
    "softmax": lambda a: [[u] for u in _softmax(flat(a))],
    "rsoftmax": lambda a: [_softmax(row) for row in a],
    "max": lambda a: _one(max(flat(a))),
    "min": lambda a: _one(min(flat(a))),
    "prod": lambda a: _one(mp.fprod(flat(a))),
    "diag": lambda a: [[u * a[i][0] for u in row] for i, row in enumerate(identity(len(a)))],
}  # fmt: skip
CONSTANTS: dict[str, Callable[..., Rows]] = {
    "ones": lambda m, n: [[mp.mpf(1)] * n for _ in range(m)],
    "eye": identity,
}


def no_noise(a: Any) -> Any:
    return a


def some_noise(seed: int) -> Noise:
    """Every number times 1 + a few units of a double's last place, the same at every call."""
    shares: list[Any] = []
    met = [0]
    random = Random(seed)

    def noise(a: Rows) -> Rows:
        def moved(u: Any) -> Any:
            if met[0] == len(shares):
                shares.append(1 + mp.mpf(random.choice((-4, -3, 3, 4))) * mp.mpf(2) ** -52)
            met[0] += 1
            return u * shares[met[0] - 1]

        return each(moved, a)

    noise.again = lambda: met.__setitem__(0, 0)  # type: ignore[attr-defined]
    return noise


def work_out(tree: Tree, known: Mapping[str, Rows], sizes: Mapping[str, int], noise: Noise) -> Rows:
    """What the tree is worth; raises NoValueError where that is no array of real numbers."""
    kind = tree[0]

    def of(t: Tree) -> Rows:
        return work_out(t, known, sizes, noise)

    try:
        match kind:
            case "number":
                return _one(mp.mpf(tree[1]))
            case "name":
                return known[tree[1]]
            case "constant":
                return CONSTANTS[tree[1]](*(sizes[s] for s in tree[2:]))
            case "'":
                return transposed(of(tree[1]))
            case "neg":
                return each(lambda u: -u, of(tree[1]))
            case ".^" | "^":
                p = mp.mpf(tree[2])
                out = each(lambda u: real(mp.power(u, p)), of(tree[1]))
            case "call":
                out = each(_called(tree[1]), of(tree[2]))
            case "whole":
                out = each(real, WHOLE[tree[1]](of(tree[2])))
            case "*":
                out = product(of(tree[1]), of(tree[2]))
            case "+" | "-" | ".*" | "./" | "/":
                out = each(ENTRIES[kind], of(tree[1]), of(tree[2]))
            case _:
                raise AssertionError(tree)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NoValueError from error
    return noise(out)


def _called(name: str) -> Callable[[Any], Any]:
    function = FUNCTIONS[name][1]

    def call(u: Any) -> Any:
        if abs(u) > LARGEST:
            raise UnsureError
        return real(function(u))

    return call


ENTRIES: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda u, v: u + v,
    "-": lambda u, v: u - v,
    ".*": lambda u, v: u * v,
    "./": lambda u, v: real(u / v),
    "/": lambda u, v: real(u / v),
}

# -- as text ---------------------------------------------------------------------------------------

RANKS = {"+": 1, "-": 1, "*": 2, ".*": 2, "./": 2, "/": 2, "neg": 3, ".^": 4, "^": 4, "'": 5}


def write(tree: Tree, rank: int = 0) -> str:
    """The tree in symgd's language, with the brackets that it needs."""
    match tree[0]:
        case "name":
            return str(tree[1])
        case "number":
            return str(tree[1]) if not tree[1].startswith("-") else f"({tree[1]})"
        case "constant":
            return f"{tree[1]}({', '.join(tree[2:])})"
        case "call" | "whole":
            return f"{tree[1]}({write(tree[2])})"
        case "neg":
            text = f"-{write(tree[1], 3)}"
        case "'":
            text = f"{write(tree[1], 6)}'"
        case ".^" | "^":
            text = f"{write(tree[1], 6)}{tree[0]}{_exponent(tree[2])}"
        case kind:
            text = f"{write(tree[1], RANKS[kind])} {kind} {write(tree[2], RANKS[kind] + 1)}"
    return f"({text})" if RANKS[tree[0]] < rank else text


def _exponent(p: str) -> str:
    return p if p.isdigit() else f"({p})"


# -- drawn -----------------------------------------------------------------------------------------

# leaf → its shape
LEAVES: dict[str, Shape] = {
    "W": ("m", "n"), "X": ("m", "n"), "A": ("n", "n"), "B": ("n", "n"), "V": ("k", "m"),
    "x": ("n", "1"), "w": ("n", "1"), "b": ("m", "1"), "y": ("m", "1"), "c": ("k", "1"),
    "s": SCALAR, "t": SCALAR,
}  # fmt: skip
SIZES = ("m", "n", "k")
PARAMETERS = "WAVwbcs"

# what may be said of an input, of a square one, and of a square parameter
ASSUMED = ("pos", "01", "unit", "nonneg", "pm1")
OF_SQUARES = ("sym", "spd", "diag", "lower", "skew")
STRUCTURES = ("symmetric", "diagonal")


@dataclass(frozen=True)
class ArrayModel:
    """A model of arrays: name → tree, their shapes, the parameters, and numbers for all leaves."""

    trees: dict[str, Tree]
    shapes: dict[str, Any]
    parameters: list[str]
    sizes: dict[str, int]
    points: list[dict[str, Any]] = field(default_factory=list)
    assume: dict[str, str] = field(default_factory=dict)
    structure: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        return {name: write(tree) for name, tree in self.trees.items()}

    @property
    def given(self) -> dict[str, Any]:
        """The shapes as a model takes them."""
        return {n: _given(tuple(s)) for n, s in self.shapes.items() if n not in self.trees}

    def arrays(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers as a gradient takes them: columns of one dimension, scalars of none."""
        out = {}
        for n, rows in point.items():
            a = np.array(rows, dtype=float)
            out[n] = float(a[0, 0]) if tuple(self.shapes[n]) == SCALAR else a
            if tuple(self.shapes[n])[1] == "1" and tuple(self.shapes[n]) != SCALAR:
                out[n] = a[:, 0]
        return out

    def work_out(self, at: Mapping[str, Rows], noise: Noise = no_noise) -> Any:
        """The cost; raises NoValueError if it has none."""
        if hasattr(noise, "again"):
            noise.again()
        known = dict(at)
        for name, tree in self.trees.items():
            known[name] = work_out(tree, known, {**self.sizes, "1": 1}, noise)
        return known["C"][0][0]


def _given(shape: Shape) -> Any:
    if shape == SCALAR:
        return ()
    return shape[0] if shape[1] == "1" else shape


class Drawing:
    """Trees for shapes, of leaves and of the names before them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names = dict(LEAVES)

    def tree(self, shape: Shape, depth: int) -> Tree:
        if depth <= 0 or self.random.random() < 0.1:
            return self.leaf(shape)
        return self.scalar(depth) if shape == SCALAR else self.array(shape, depth)

    def leaf(self, shape: Shape) -> Tree:
        named = [n for n, s in self.names.items() if s == shape]
        turned = [n for n, s in self.names.items() if s == shape[::-1] and s != shape]
        pick = self.random.random()
        if named and pick < 0.75:
            return ("name", self.random.choice(named))
        if turned and pick < 0.9:
            return ("'", ("name", self.random.choice(turned)))
        if shape == SCALAR:
            return ("number", self.random.choice(("1", "2", "0.5", "3", "0.1", "10")))
        if shape[0] == shape[1] and self.random.random() < 0.5:
            return ("constant", "eye", shape[0])
        return ("constant", "ones", *shape)

    def size(self) -> str:
        return self.random.choice(SIZES)

    def shape(self) -> Shape:
        return self.size(), self.random.choice((*SIZES, "1", "1"))

    def scalar(self, depth: int) -> Tree:
        random, below = self.random, depth - 1
        n = self.size()
        match random.choices(
            ["word", "square", "dot", "form", "entry", "sum", "times", "over", "power", "matrix"],
            [6, 3, 3, 1.5, 2, 3, 2, 1, 1, 2],
        )[0]:
            case "word":
                word = random.choice(
                    ["sum", "sum", "norm2", "norm1", "logsumexp", "max", "prod", "min"]
                )
                shape = (n, "1") if word == "logsumexp" else self.shape()
                return ("whole", word, self.tree(shape, below))
            case "square":
                return ("^", ("whole", "norm2", self.tree(self.shape(), below)), "2")
            case "dot":
                return ("*", ("'", self.tree((n, "1"), below)), self.tree((n, "1"), below))
            case "form":
                x = self.leaf((n, "1"))
                return ("*", ("*", ("'", x), self.tree((n, n), below)), x)
            case "entry":
                return ("call", self.entrywise(), self.tree(SCALAR, below))
            case "sum":
                return (random.choice("+-"), self.tree(SCALAR, below), self.tree(SCALAR, below))
            case "times":
                return ("*", self.tree(SCALAR, below), self.tree(SCALAR, below))
            case "over":
                return ("/", self.tree(SCALAR, below), self.tree(SCALAR, below))
            case "power":
                return ("^", self.tree(SCALAR, below), random.choice(("2", "3", "0.5", "-1")))
            case _:
                word = random.choice(["tr", "det", "logdet", "tr"])
                inner = self.tree((n, n), below)
                if word == "logdet":
                    inner = ("+", ("*", inner, ("'", inner)), ("constant", "eye", n))
                return ("whole", word, inner)

    def array(self, shape: Shape, depth: int) -> Tree:
        random, below = self.random, depth - 1
        square, column = shape[0] == shape[1], shape[1] == "1"
        ways = ["+", ".*", "./", "*", "scaled", "'", "entry", "entry", ".^", "neg", "row"]
        weights = [4, 2.5, 1, 5, 1.5, 1, 3, 3, 1, 0.5, 1 if not column else 0]
        ways += ["inv", "diag", "squared"] * square + ["column"] * column
        weights += [1.5, 1, 1] * square + [2.5] * column
        match random.choices(ways, weights)[0]:
            case "+":
                return (random.choice("+-"), self.tree(shape, below), self.tree(shape, below))
            case ".*":
                return (".*", self.tree(shape, below), self.tree(shape, below))
            case "./":
                return ("./", self.tree(shape, below), self.tree(shape, below))
            case "*":
                inner = random.choice((*SIZES, "1"))
                return (
                    "*",
                    self.tree((shape[0], inner), below),
                    self.tree((inner, shape[1]), below),
                )
            case "scaled":
                return ("*", self.tree(SCALAR, below), self.tree(shape, below))
            case "'":
                return ("'", self.tree(shape[::-1], below))
            case "entry":
                return ("call", self.entrywise(), self.tree(shape, below))
            case ".^":
                return (".^", self.tree(shape, below), random.choice(("2", "3", "-1", "0.5", "-2")))
            case "neg":
                return ("neg", self.tree(shape, below))
            case "row":
                return ("whole", "rsoftmax", self.tree(shape, below))
            case "inv":
                return ("whole", "inv", self.tree(shape, below))
            case "diag":
                return ("whole", "diag", self.tree((shape[0], "1"), below))
            case "squared":
                inner = self.tree(shape, below)
                return ("*", inner, inner)
            case _:
                word = random.choice(["softmax", "rsum", "rlogsumexp"])
                inner = shape if word == "softmax" else (shape[0], random.choice(SIZES))
                return ("whole", word, self.tree(inner, below))

    def entrywise(self) -> str:
        often = self.random.random() < 0.6
        return self.random.choice(ENTRYWISE[:10] if often else ENTRYWISE)


def names_of(tree: Tree) -> set[str]:
    if tree[0] == "name":
        return {tree[1]}
    return set().union(*(names_of(t) for t in tree if isinstance(t, tuple)), set())


def draw_arrays(random: Random, most: int = 3, depth: int = 4) -> ArrayModel:
    """Up to `most` definitions, each of leaves and of names before it; the last one is the cost.

    The size of a constant is that of a leaf: what has no other is drawn again.
    """
    while True:
        model = _draw(random, most, depth)
        sizes = {s for n in model.given for s in model.shapes[n]}
        if all(s in {*sizes, "1"} for tree in model.trees.values() for s in _sizes_of(tree)):
            return model


def _sizes_of(tree: Tree) -> set[str]:
    if tree[0] == "constant":
        return set(tree[2:])
    return set().union(*(_sizes_of(t) for t in tree if isinstance(t, tuple)), set())


def _draw(random: Random, most: int, depth: int) -> ArrayModel:
    drawing = Drawing(random)
    trees: dict[str, Tree] = {}
    for name in ["Z", "h"][: random.randint(1, most) - 1]:
        shape = drawing.shape() if name == "Z" else (drawing.size(), "1")
        trees[name] = drawing.tree(shape, random.randint(1, depth - 1))
        drawing.names[name] = shape
    trees["C"] = drawing.tree(SCALAR, random.randint(2, depth))
    reached = reached_by("C", trees, names_of)
    trees = {n: t for n, t in trees.items() if n in reached}
    met = [n for n in LEAVES if n in reached]
    if not met:
        trees["C"] = ("*", trees["C"], ("name", "s"))
        met = ["s"]
    parameters = [n for n in met if n in PARAMETERS] or met[:1]
    shapes = {n: list(drawing.names[n]) for n in (*met, *trees) if n in drawing.names}
    sizes = {s: random.choice((1, 2, 2, 3)) for s in SIZES}
    count = {**sizes, "1": 1}
    points = [
        {
            n: [
                [_number(random) for _ in range(count[shapes[n][1]])]
                for _ in range(count[shapes[n][0]])
            ]
            for n in met
        }
        for _ in range(3)
    ]
    assume, structure = draw_promises(random, shapes, parameters, met)
    for name, word in {**assume, **structure}.items():
        for point in points:
            point[name] = KEPT[word](point[name])
    return ArrayModel(trees, shapes, parameters, sizes, points, assume, structure)


def draw_promises(
    random: Random, shapes: Mapping[str, Any], parameters: list[str], leaves: list[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What is assumed of inputs, masks of 0 and 1 among it, and the structure of parameters."""
    assume: dict[str, str] = {}
    structure: dict[str, str] = {}
    for n in leaves:
        square = shapes[n][0] == shapes[n][1] != "1"
        if random.random() < 0.5:
            continue
        if n not in parameters:
            assume[n] = random.choice(OF_SQUARES if square else ASSUMED)
        elif square:
            structure[n] = random.choice(STRUCTURES)
    return assume, structure


def _symmetric(a: Rows) -> Rows:
    return [[a[max(i, j)][min(i, j)] for j in range(len(a))] for i in range(len(a))]


def _diagonal(a: Rows) -> Rows:
    return [[u if i == j else 0.0 for j, u in enumerate(row)] for i, row in enumerate(a)]


def _positive_definite(a: Rows) -> Rows:
    """By its diagonal: larger than all that stands beside it."""
    out = _symmetric(a)
    for i, row in enumerate(out):
        row[i] = 1.0 + sum(map(abs, row))
    return out


# word → numbers of which it holds
KEPT: dict[str, Callable[[Rows], Rows]] = {
    "pos": lambda a: [[abs(u) + 0.125 for u in row] for row in a],
    "nonneg": lambda a: [[abs(u) for u in row] for row in a],
    "unit": lambda a: [[(abs(u) % 0.75) + 0.125 for u in row] for row in a],
    "01": lambda a: [[float(u > 0) for u in row] for row in a],
    "pm1": lambda a: [[1.0 if u > 0 else -1.0 for u in row] for row in a],
    "sym": _symmetric,
    "symmetric": _symmetric,
    "spd": _positive_definite,
    "diag": _diagonal,
    "diagonal": _diagonal,
    "lower": lambda a: [
        [u if j <= i else 0.0 for j, u in enumerate(row)] for i, row in enumerate(a)
    ],
    "skew": lambda a: [
        [0.0 if i == j else a[i][j] if i > j else -a[j][i] for j in range(len(a))]
        for i in range(len(a))
    ],
}


def _number(random: Random) -> float:
    if random.random() < 0.08:
        return float(random.choice((0, 1, -1, 20, -20, 1e-6)))
    return round(random.uniform(-2.0, 2.0), 3)
