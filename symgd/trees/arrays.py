"""The node: one operation of matrix calculus, its parts, its shape. Frozen, and nothing else.

Every value is a matrix: a column vector of n is n x 1, a scalar 1 x 1. Two nodes are equal if
they are the same up to the order of sums, of Hadamard products and of scalar factors, and up to
the way a transpose is written: (AB)ᵀ equals BᵀAᵀ, and Aᵀ equals A if A is symmetric. `key` is a
digest of that, `mirror` the key of the transpose, so that equality costs nothing on a tree of any
size and a node is symmetric if the two agree.

`node` builds an operation as it is written, and `SHAPES` says its shape or refuses parts that do
not fit; `arrange` (arrange.py) is the form in which algebra works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from itertools import pairwise
from operator import attrgetter
from typing import Any, Final

from symgd.errors import ShapeError
from symgd.trees.dims import ONE, SCALAR, Dim, Shape, fits, shape_text
from symgd.trees.kept import Kept

Key = bytes
Names = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node(Kept):
    """op(args), with what the operation is about in `data`.

    words     the assumptions on a name: {"sym"}
    key       equal nodes have equal keys; `mirror` is the key of the transpose
    weight    how many words and signs the language takes to write it
    names     the names in it
    """

    op: str
    args: tuple[Node, ...]
    data: Any
    shape: Shape
    words: frozenset[str]
    key: Key
    mirror: Key
    weight: int
    names: Names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return _plain[0](self)

    def __repr__(self) -> str:
        return f"<{self} : {shape_text(self.shape)}>"

    @property
    def rows(self) -> Dim:
        return self.shape[0]

    @property
    def cols(self) -> Dim:
        return self.shape[1]

    @property
    def is_scalar(self) -> bool:
        return self.shape == SCALAR

    @property
    def is_column(self) -> bool:
        return self.shape[1] == ONE

    @property
    def is_symmetric(self) -> bool:
        """Whether it equals its transpose."""
        return self.key == self.mirror


@dataclass(frozen=True, slots=True)
class Function:
    """f, or its derivative of some order in z; `parameters` are the numbers after z."""

    name: str
    parameters: tuple[Fraction, ...] = ()
    order: int = 0

    def __str__(self) -> str:
        inside = ",".join(map(str, self.parameters))
        return f"{self.name}{f'({inside})' if inside else ''}" + "'" * self.order

    @property
    def prime(self) -> Function:
        """Its derivative, not yet known."""
        return Function(self.name, self.parameters, self.order + 1)


# -- how a node reads -----------------------------------------------------------------------------


def _structure(node: Node) -> str:
    """mul(t(X), r): what a node reads as until the language is loaded."""
    parts = ", ".join(map(_structure, node.args)) or str(node.data)
    return parts if node.op in ("name", "num") else f"{node.op}({parts})"


# The language stands above the trees and says how str(node) reads (`print_nodes_with`).
_plain: list[Callable[[Node], str]] = [_structure]


def print_nodes_with(printer: Callable[[Node], str]) -> None:
    """From here on str(node) is printer(node)."""
    _plain[0] = printer


# -- keys -----------------------------------------------------------------------------------------

# Operations whose arguments have no order, and those that transpose argument by argument.
UNORDERED: Final = frozenset({"add", "had"})
ENTRYWISE: Final = frozenset(
    {
        "add",
        "had",
        "power",
        "function",
        "inv",
        "pinv",
        "mpow",
        "raised",
        "expm",
        "sinm",
        "cosm",
        "sumover",
    }
)
# Symmetric whatever they are made of.
SYMMETRIC: Final = frozenset({"eye", "diag"})


def _digest(*parts: bytes) -> Key:
    return blake2b(b"|".join(parts), digest_size=16).digest()


def _keys(op: str, args: tuple[Node, ...], data: Any, shape: Shape) -> tuple[Key, Key]:
    """The key and its mirror."""
    head = f"{op}:{data}:".encode()
    if op == "t":
        return args[0].mirror, args[0].key
    if op == "mul":
        return _product_keys(args, shape)
    own = [a.key for a in args]
    if op in ("ones", "zeros"):
        m, n = shape[0].text.encode(), shape[1].text.encode()
        return _digest(head, m, n), _digest(head, n, m)
    if op in UNORDERED:
        own.sort()
    key = _digest(head, *own, *((shape[0].text.encode(),) if op == "eye" else ()))
    if op in SYMMETRIC or shape == SCALAR:
        return key, key
    if op in ENTRYWISE:
        other = [a.mirror for a in args]
        if op in UNORDERED:
            other.sort()
        return key, _digest(head, *other)
    return key, _digest(b"t", key)


def _product_keys(args: tuple[Node, ...], shape: Shape) -> tuple[Key, Key]:
    """Scalars in any order, then the chain; a chain that is a scalar is read either way round."""
    scalars = sorted(a.key for a in args if a.is_scalar)
    chain = [a for a in args if not a.is_scalar]
    forth = _digest(b"mul", *scalars, b"*", *(a.key for a in chain))
    back = _digest(b"mul", *scalars, b"*", *(a.mirror for a in reversed(chain)))
    if shape == SCALAR:
        return min(forth, back), min(forth, back)
    return forth, back


# The mark that every node with a differential in it has among its names, and that of an index.
DIFFERENTIAL: Final = "d "
INDEX: Final = "["

# -- building, as written -------------------------------------------------------------------------


def node(op: str, *args: Node, data: Any = None, shape: Shape | None = None) -> Node:
    """op(args) as written; raises ShapeError where the shapes do not fit.

    Leaves are given their shape; of everything else it follows from the parts.
    """
    shape = shape_of(op, args, data) if shape is None else shape
    key, mirror = _keys(op, args, data, shape)
    names = frozenset({DIFFERENTIAL} if op == "d" else ()).union(*(a.names for a in args))
    if op == "part" and not data.is_number:
        names |= {INDEX + data.name}
    elif op in ("stack", "sumover"):
        names -= {INDEX + data.name}
    weight = _weight(op, args, data)
    return Node(op, args, data, shape, frozenset(), key, mirror, weight, names)


# What an operation adds to the weight of its parts; 1 if it is not here.
WEIGHTS: Final = {"mul": 0, "had": 0, "add": 0, "eye": 2, "ones": 1, "zeros": 1, "mpow": 2}
CHAINS: Final = frozenset({"mul", "had", "add"})


def _weight(op: str, args: tuple[Node, ...], data: Any) -> int:
    """a - b and a/b weigh as much as a + b and a*b."""
    if op == "num" and data == -1:
        return 0
    if op == "power" and args[1].op == "num" and args[1].data in (-1, Fraction(1, 2)):
        return args[0].weight + (args[1].data > 0)
    if op == "t" and is_row(args[0]):
        return args[0].weight - 1
    if op == "part" and data.rows == ONE and args[0].cols != ONE:
        return args[0].weight + 2
    signs = len(args) - 1 if op in CHAINS else 0
    return WEIGHTS.get(op, 1) + sum(a.weight for a in args) + signs


def is_row(at: Node) -> bool:
    """Whether it is one row of several, X_k: it is written as a column, transposed."""
    return at.op == "part" and bool(at.data.rows == ONE) and not at.is_scalar


def name(text: str, shape: Shape = SCALAR, words: frozenset[str] = frozenset()) -> Node:
    """A name with its shape and what is assumed of it."""
    key = _digest(b"name", text.encode())
    symmetric = shape == SCALAR or "sym" in words
    mirror = key if symmetric else _digest(b"t", key)
    return Node("name", (), text, shape, words, key, mirror, 1, frozenset({text}))


def num(value: Fraction | int) -> Node:
    """A number, exactly."""
    return node("num", data=Fraction(value), shape=SCALAR)


def size(d: Dim) -> Node:
    """A size as a number: the n of x/n."""
    if d.number is not None and all(not n for n, _ in d.terms):
        return num(d.number)
    return node("size", data=d, shape=SCALAR)


def ones(rows: Dim, cols: Dim = ONE) -> Node:
    """1: all ones."""
    return num(1) if (rows, cols) == SCALAR else node("ones", shape=(rows, cols))


def zeros(rows: Dim, cols: Dim = ONE) -> Node:
    """0: all zeros."""
    return num(0) if (rows, cols) == SCALAR else node("zeros", shape=(rows, cols))


def eye(n: Dim) -> Node:
    """I, n x n."""
    return num(1) if n == ONE else node("eye", shape=(n, n))


def commutation(m: Dim, n: Dim) -> Node:
    """K with vec(Xᵀ) = K vec(X), for X of m x n."""
    if ONE in (m, n):
        return eye(m * n)
    return node("commutation", data=(m, n), shape=(m * n, m * n))


# -- walking --------------------------------------------------------------------------------------


def walk(
    root: Node, parts: Callable[[Node], tuple[Node, ...]] = attrgetter("args")
) -> Iterator[Node]:
    """Every node, each once, parts before wholes."""
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        at, done = stack.pop()
        if done:
            yield at
            continue
        if id(at) in seen:
            continue
        seen.add(id(at))
        stack.append((at, True))
        stack.extend((a, False) for a in reversed(parts(at)))


def is_num(at: Node, value: Fraction | int | None = None) -> bool:
    """Whether it is a number, or that number."""
    return at.op == "num" and (value is None or at.data == value)


Args = Sequence[Node]


# -- the shape of each operation, or a refusal that shows the shapes that do not fit --------------


def shape_of(op: str, args: Args, data: Any) -> Shape:
    """The shape of op(args); raises ShapeError."""
    return SHAPES[op](op, args, data)


def _alike(sign: str) -> Callable[[str, Args, Any], Shape]:
    def rule(op: str, args: Args, data: Any) -> Shape:
        first = args[0].shape
        for a in args[1:]:
            if not fits(first, a.shape):
                raise ShapeError(
                    f"{args[0]} is {shape_text(first)} and {a} is {shape_text(a.shape)}; both "
                    f"sides of {sign} have one shape, and nothing is stretched in silence: write "
                    "ones(m,1)*b' to add a row to every row."
                )
        return first

    return rule


def _product(op: str, args: Args, data: Any) -> Shape:
    chain = [a for a in args if not a.is_scalar]
    if not chain:
        return SCALAR
    for a, b in pairwise(chain):
        if not a.cols.fits(b.rows):
            raise ShapeError(
                f"{a} is {shape_text(a.shape)} and {b} is {shape_text(b.shape)}; in a product A*B "
                "the columns of A are as many as the rows of B. The transpose is A', and the "
                "product entry by entry is A.*B."
            )
    return chain[0].rows, chain[-1].cols


def _power(op: str, args: Args, data: Any) -> Shape:
    base, exponent = args
    if not exponent.is_scalar and not fits(base.shape, exponent.shape):
        raise ShapeError(
            f"{base} is {shape_text(base.shape)} and its exponent {exponent} is "
            f"{shape_text(exponent.shape)}; the exponent of .^ is a scalar, or has the shape of "
            "the base."
        )
    return base.shape


def _same(op: str, args: Args, data: Any) -> Shape:
    return args[0].shape


def _square(result: Callable[[Shape], Shape]) -> Callable[[str, Args, Any], Shape]:
    def rule(op: str, args: Args, data: Any) -> Shape:
        if not args[0].rows.fits(args[0].cols):
            word = {"mpow": "A power", "raised": "A power"}.get(op, op)
            raise ShapeError(
                f"{word} is of a square matrix, and {args[0]} is {shape_text(args[0].shape)}."
            )
        return result(args[0].shape)

    return rule


def _diag(op: str, args: Args, data: Any) -> Shape:
    (x,) = args
    if not x.is_column:
        raise ShapeError(f"diag makes a matrix of a column, and {x} is {shape_text(x.shape)}.")
    return x.rows, x.rows


def _part(op: str, args: Args, data: Any) -> Shape:
    (x,) = args
    if not x.rows.fits(data.count * data.rows):
        raise ShapeError(
            f"{x} is {shape_text(x.shape)}; it has not {data.count} blocks of {data.rows} rows."
        )
    return data.rows, x.cols


def _lower(op: str, args: Args, data: Any) -> Shape:
    (x,) = args
    if not fits(x.shape, (data.triangle, ONE)):
        raise ShapeError(
            f"{x} is {shape_text(x.shape)}; below the diagonal of {data} x {data} stand "
            f"{data.triangle} entries, so lower is of a column of as many."
        )
    return data, data


def _kron(op: str, args: Args, data: Any) -> Shape:
    a, b = args
    return a.rows * b.rows, a.cols * b.cols


def _partial(op: str, args: Args, data: Any) -> Shape:
    """⟨blocks of G, A⟩: the shape of the other factor, which `data` holds."""
    g, a = args
    whole = a.rows * data[0], a.cols * data[1]
    if not fits(g.shape, whole):
        raise ShapeError(
            f"{g} is {shape_text(g.shape)}, where {op} of {a} wants {shape_text(whole)}."
        )
    return data


def _mat(op: str, args: Args, data: Any) -> Shape:
    (x,) = args
    if not fits(x.shape, (data[0] * data[1], ONE)):
        raise ShapeError(
            f"{x} is {shape_text(x.shape)}; it has not the entries of {shape_text(data)}."
        )
    return data


#  operation
SHAPES: dict[str, Callable[[str, Args, Any], Shape]] = {
    "add": _alike("+ and -"),
    "had": _alike(".* and ./"),
    "mul": _product,
    "power": _power,
    "mpow": _square(lambda s: s),
    "raised": _square(lambda s: s),
    "draised": _same,
    "t": lambda op, args, data: (args[0].cols, args[0].rows),
    "function": _same,
    "d": _same,
    "inv": _square(lambda s: s),
    "pinv": lambda op, args, data: (args[0].cols, args[0].rows),
    "expm": _square(lambda s: s),
    "sinm": _square(lambda s: s),
    "cosm": _square(lambda s: s),
    "det": _square(lambda s: SCALAR),
    "logdet": _square(lambda s: SCALAR),
    "tr": _square(lambda s: SCALAR),
    "sum": lambda op, args, data: SCALAR,
    "rsum": lambda op, args, data: (args[0].rows, ONE),
    "csum": lambda op, args, data: (ONE, args[0].cols),
    "norm1": lambda op, args, data: SCALAR,
    "norm2": lambda op, args, data: SCALAR,
    "diag": _diag,
    "diagonal": _square(lambda s: (s[0], ONE)),
    "softmax": _same,
    "rsoftmax": _same,
    "logsumexp": lambda op, args, data: SCALAR,
    "max": lambda op, args, data: SCALAR,
    "prod": lambda op, args, data: SCALAR,
    "others": _same,
    "others_along": _same,
    "adjugate": _square(lambda s: s),
    "adjugate_along": _same,
    "peak": _same,
    "rlogsumexp": lambda op, args, data: (args[0].rows, ONE),
    "part": _part,
    "stack": lambda op, args, data: (data.count * args[0].rows, args[0].cols),
    "sumover": _same,
    "place": lambda op, args, data: (data.count * data.rows, args[0].cols),
    "lower": _lower,
    "below": _square(lambda s: (s[0].triangle, ONE)),
    "kron": _kron,
    "vec": lambda op, args, data: (args[0].rows * args[0].cols, ONE),
    "mat": _mat,
    "frechet": _same,
    "kronleft": _partial,
    "kronright": _partial,
}
