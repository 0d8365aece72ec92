"""The node: one operation of matrix calculus, its parts, its shape. Frozen, and nothing else.

Every value is a matrix: a column vector of n is n x 1, a scalar 1 x 1. Two nodes are equal if
they are the same up to the order of sums, of Hadamard products and of scalar factors, and up to
the way a transpose is written: (AB)ᵀ equals BᵀAᵀ, and Aᵀ equals A if A is symmetric. `key` is a
digest of that, `mirror` the key of the transpose, so that equality costs nothing on a tree of any
size and a node is symmetric if the two agree.

`node` builds an operation as it is written and checks its shape; `arranged` (arrange.py) is the
form in which algebra works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

from symgd.trees.dims import ONE, SCALAR, Dim, Shape, shape_text
from symgd.trees.shapes import shape_of

Key = bytes
Names = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
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
    def primed(self) -> Function:
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
    {"add", "had", "power", "function", "inv", "pinv", "mpow", "expm", "sinm", "cosm"}
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


# The mark that every node with a differential in it has among its names.
DIFFERENTIAL: Final = "d "

# -- building, as written -------------------------------------------------------------------------


def node(op: str, *args: Node, data: Any = None, shape: Shape | None = None) -> Node:
    """op(args) as written; raises ShapeError where the shapes do not fit.

    Leaves are given their shape; of everything else it follows from the parts.
    """
    shape = shape_of(op, args, data) if shape is None else shape
    key, mirror = _keys(op, args, data, shape)
    names = frozenset({DIFFERENTIAL} if op == "d" else ()).union(*(a.names for a in args))
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
    signs = len(args) - 1 if op in CHAINS else 0
    return WEIGHTS.get(op, 1) + sum(a.weight for a in args) + signs


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


def rebuilt(at: Node, args: tuple[Node, ...]) -> Node:
    """The same operation of other parts."""
    if args == at.args and all(a is b for a, b in zip(args, at.args, strict=True)):
        return at
    return node(at.op, *args, data=at.data)


def is_num(at: Node, value: Fraction | int | None = None) -> bool:
    """Whether it is a number, or that number."""
    return at.op == "num" and (value is None or at.data == value)
