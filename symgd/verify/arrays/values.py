"""The value of a node, in any field, straight from what each operation means.

This is the reference that everything else is held against: it knows nothing of derivatives, and
shares no code with the compiled programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any, Final

from symgd.errors import DataError
from symgd.trees.arrays import Function, Key, Node, walk
from symgd.trees.families import BINDERS, Index, indices_of
from symgd.verify.arrays.fields import Array, Field, NotRationalError, Two
from symgd.verify.lazy import np

SERIES: Final = 400


class Values:
    """The values of nodes at one point, each computed once.

    names   name → its array in this field
    sizes   name of a size → number
    at      index → its value, counted from 0, where one is free
    """

    def __init__(self, names: Mapping[str, Array], sizes: Mapping[str, int], field: Field) -> None:
        self.names = dict(names)
        self.sizes = sizes
        self.field = field
        self.known: dict[Key, Array] = {}
        self.sides: dict[Key, list[tuple[int, ...]]] = {}
        self.at: dict[str, int] = {}
        self.within: dict[tuple[tuple[str, int], ...], Values] = {(): self}

    def where(self, at: Mapping[str, int]) -> Values:
        """The values where the indices have these values; what has none of them is shared."""
        key = tuple(sorted(at.items()))
        found = self.within.get(key)
        if found is None:
            found = self.within[key] = Values({}, self.sizes, self.field)
            found.names, found.within, found.at = self.names, self.within, dict(key)
        return found

    def also(self, index: Index) -> Iterator[Values]:
        """The values for each value of one more index."""
        for i in range(index.count.value(self.sizes)):
            yield self.where({**self.at, index.name: i})

    def of(self, root: Node) -> Array:
        """The value, a two-dimensional array."""
        found = self.known.get(root.key)
        if found is not None and found.shape == self.shape(root):
            return found
        free = indices_of(root)
        if len(free) != len(self.at):
            return self.where({i: self.at[i] for i in free}).of(root)
        for at in walk(root, parts):
            if at is not root and indices_of(at) != free:
                continue
            value = self.known.get(at.key)
            if value is None or value.shape != self.shape(at):
                self.known[at.key] = VALUES[at.op](self, at, *map(self.of, parts(at)))
        return self.known[root.key]

    def shape(self, at: Node) -> tuple[int, int]:
        rows, cols = at.shape
        return rows.value(self.sizes), cols.value(self.sizes)

    def one(self, x: Any) -> Array:
        """A number as an array of 1 x 1."""
        out = np.empty((1, 1), dtype=object)
        out[0, 0] = x
        return out

    def ratio(self, p: int, q: int = 1) -> Any:
        return self.field.number(Fraction(p, q))


def parts(at: Node) -> tuple[Node, ...]:
    """What a value is computed from: that of ‖U‖² from U, for it is rational where ‖U‖ is not."""
    if at.op == "power" and at.args[0].op == "norm2" and _is_even(at.args[1]):
        return at.args[0].args
    # what an index goes over is computed once for each of its values
    return () if at.op in BINDERS else at.args


def _is_even(e: Node) -> bool:
    return e.op == "num" and e.data.denominator == 1 and e.data % 2 == 0


# -- operations -----------------------------------------------------------------------------------


def _mul(v: Values, at: Node, *args: Array) -> Array:
    chain = [a for a, x in zip(args, at.args, strict=True) if not x.is_scalar]
    # From the end that stays narrow: a column at the end of a chain is worth a matrix.
    if len(chain) > 2 and chain[-1].shape[1] < chain[0].shape[0]:
        out = reduce(lambda right, a: a @ right, reversed(chain))
    else:
        out = reduce(lambda left, a: left @ a, chain) if chain else v.field.full(1, 1, 1)
    for a, x in zip(args, at.args, strict=True):
        if x.is_scalar:
            out = out * a[0, 0]
    return out


def _fold(f: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def value(v: Values, at: Node, *args: Array) -> Array:
        out = args[0]
        for a in args[1:]:
            out = f(out, a)
        return out

    return value


def _power(v: Values, at: Node, x: Array, *exponent: Array) -> Array:
    if not exponent:
        half = at.args[1].data / 2
        return v.one(v.field.power((x * x).sum(), v.field.number(half)))
    (e,) = exponent
    if e.shape != x.shape:
        e = np.broadcast_to(e, x.shape)
    return v.field.each(v.field.power, x, e)


def _matrix_power(v: Values, at: Node, x: Array) -> Array:
    out = x
    for _ in range(at.data - 1):
        out = out @ x
    return out


def _whole(k: Array) -> int:
    q = k[0, 0].u if isinstance(k[0, 0], Two) else k[0, 0]
    if q != int(q):
        raise DataError("A matrix is raised to a whole number.")
    return int(q)


def _raised(v: Values, at: Node, x: Array, k: Array) -> Array:
    n = _whole(k)
    x = v.field.inverse(x) if n < 0 else x
    out = v.field.identity(len(x))
    for _ in range(abs(n)):
        out = out @ x
    return out


def _draised(v: Values, at: Node, x: Array, direction: Array, k: Array) -> Array:
    """Σ X^i E X^(k-1-i) term by term; below 0, -Σ over i from k to -1."""
    n = _whole(k)
    out = v.field.full(len(x), len(x), 0)
    for i in range(n) if n > 0 else range(n, 0):
        left, right = (_raised(v, at, x, v.one(v.ratio(e))) for e in (i, n - 1 - i))
        term = left @ direction @ right
        out = out + term if n > 0 else out - term
    return out


def _softmax(v: Values, at: Node, x: Array) -> Array:
    e = v.field.each(v.field.exp, x)
    return e / e.sum()


def _rsoftmax(v: Values, at: Node, x: Array) -> Array:
    e = v.field.each(v.field.exp, x)
    return e / e.sum(axis=1, keepdims=True)


def _logsumexp(v: Values, at: Node, x: Array) -> Array:
    return v.one(v.field.log(v.field.each(v.field.exp, x).sum()))


def _diag(v: Values, at: Node, x: Array) -> Array:
    out = v.field.full(len(x), len(x), 0)
    for i in range(len(x)):
        out[i, i] = x[i, 0]
    return out


def _norm2(v: Values, at: Node, x: Array) -> Array:
    return v.one(v.field.power((x * x).sum(), v.ratio(1, 2)))


def _pinv(v: Values, at: Node, x: Array) -> Array:
    """Of full rank."""
    if x.shape[0] >= x.shape[1]:
        return v.field.inverse(x.T @ x) @ x.T
    return x.T @ v.field.inverse(x @ x.T)


def series(v: Values, x: Array, kind: str) -> Array:
    """exp, sin, cos of a matrix by their series."""
    if isinstance(x[0, 0], Fraction | Two):
        raise NotRationalError(kind)
    n = len(x)
    term = v.field.identity(n)
    out = term * v.ratio(0)
    signs = {"expm": (1, 1, 1, 1), "sinm": (0, 1, 0, -1), "cosm": (1, 0, -1, 0)}[kind]
    for k in range(SERIES):
        if signs[k % 4]:
            out = out + term * v.ratio(signs[k % 4])
        term = term @ x / v.ratio(k + 1)
        if k > 8 and all(abs(e) < 1e-60 for e in np.ravel(term)):
            break
    return out


def _series(v: Values, at: Node, x: Array) -> Array:
    return series(v, x, at.op)


def _frechet(v: Values, at: Node, x: Array, direction: Array) -> Array:
    """The upper right block of f of [[X, E], [0, X]] (Higham, Functions of Matrices, 3.6)."""
    n = len(x)
    block = np.block([[x, direction], [x * v.ratio(0), x]])
    return series(v, block, at.data)[:n, n:]


def _kronleft(v: Values, at: Node, g: Array, b: Array) -> Array:
    """⟨each block of G, B⟩: the adjoint of A ↦ A ⊗ B."""
    m, n = v.shape(at)
    blocks = g.reshape(m, b.shape[0], n, b.shape[1])
    return (blocks * b[None, :, None, :]).sum(axis=3).sum(axis=1)


def _kronright(v: Values, at: Node, g: Array, a: Array) -> Array:
    """Σ A_ij · block ij of G: the adjoint of B ↦ A ⊗ B."""
    m, n = v.shape(at)
    blocks = g.reshape(a.shape[0], m, a.shape[1], n)
    return (blocks * a[:, None, :, None]).sum(axis=2).sum(axis=0)


def _commutation(v: Values, at: Node) -> Array:
    """vec Xᵀ = K vec X, for X of m x n."""
    m, n = (d.value(v.sizes) for d in at.data)
    out = v.field.full(m * n, m * n, 0)
    for i in range(m):
        for j in range(n):
            out[i * n + j, j * m + i] = v.ratio(1)
    return out


def _part(v: Values, at: Node, x: Array) -> Array:
    first, rows = _rows_of(v, at.data)
    return x[first : first + rows]


def _rows_of(v: Values, index: Index) -> tuple[int, int]:
    """Where the block of an index begins, and how many rows it has."""
    rows = index.rows.value(v.sizes)
    i = int(index.name) - 1 if index.is_number else v.at[index.name]
    if i >= index.count.value(v.sizes):
        raise DataError(f"There is no place {index.name} among {index.count.value(v.sizes)}.")
    return i * rows, rows


def _place(v: Values, at: Node, x: Array) -> Array:
    out = v.field.full(*v.shape(at), 0)
    first, rows = _rows_of(v, at.data)
    out[first : first + rows] = x
    return out


def _stack(v: Values, at: Node) -> Array:
    return np.concatenate([inner.of(at.args[0]) for inner in v.also(at.data)])


def _sumover(v: Values, at: Node) -> Array:
    first, *rest = (inner.of(at.args[0]) for inner in v.also(at.data))
    return sum(rest, first)


def _lower(v: Values, at: Node, x: Array) -> Array:
    """By columns, from the top."""
    n = v.shape(at)[0]
    out = v.field.full(n, n, 0)
    for place, e in zip(corner(n), x[:, 0], strict=True):
        out[place] = e
    return out


def _below(v: Values, at: Node, x: Array) -> Array:
    out = np.empty((len(x) * (len(x) - 1) // 2, 1), dtype=object)
    for i, place in enumerate(corner(len(x))):
        out[i, 0] = x[place]
    return out


def corner(n: int) -> list[tuple[int, int]]:
    """The places below the diagonal, column by column."""
    return [(i, j) for j in range(n) for i in range(j + 1, n)]


def _largest(v: Values, at: Node, x: Array) -> tuple[Any, list[int]]:
    """The largest entry and where it is, which is the side of a corner that the point is on."""
    entries = [e.u if isinstance(e, Two) else e for e in x.flat]
    top = max(entries)
    places = [i for i, e in enumerate(entries) if e == top]
    v.sides[at.key] = [tuple(places)]
    if isinstance(x.flat[0], Two) and len(places) > 1:
        raise DataError("Two entries are the largest.")
    return x.flat[places[0]], places


def _max(v: Values, at: Node, x: Array) -> Array:
    return v.one(_largest(v, at, x)[0])


def _peak(v: Values, at: Node, x: Array) -> Array:
    _, places = _largest(v, at, x)
    out = v.field.full(x.shape[0], x.shape[1], 0)
    for i in places:
        out.flat[i] = v.ratio(1, len(places))
    return out


def _prod(v: Values, at: Node, x: Array) -> Array:
    return v.one(x.prod())


def _rlogsumexp(v: Values, at: Node, x: Array) -> Array:
    e = v.field.each(v.field.exp, x)
    return v.field.each(v.field.log, e.sum(axis=1, keepdims=True))


def _function(v: Values, at: Node, x: Array) -> Array:
    v.sides[at.key] = [v.field.sides(at.data, e) for e in np.ravel(x)]
    return v.field.each(lambda e: v.field.function(at.data, e), x)


def _norm1(v: Values, at: Node, x: Array) -> Array:
    size = Function("abs")
    v.sides[at.key] = [v.field.sides(size, e) for e in np.ravel(x)]
    return v.one(v.field.each(v.field.absolute, x).sum())


#  operation
VALUES: dict[str, Callable[..., Array]] = {
    "name": lambda v, at: v.names[at.data],
    "num": lambda v, at: v.one(v.field.number(at.data)),
    "size": lambda v, at: v.one(v.ratio(at.data.value(v.sizes))),
    "ones": lambda v, at: v.field.full(*v.shape(at), 1),
    "zeros": lambda v, at: v.field.full(*v.shape(at), 0),
    "eye": lambda v, at: v.field.identity(v.shape(at)[0]),
    "commutation": _commutation,
    "add": _fold(lambda a, b: a + b),
    "had": _fold(lambda a, b: a * b),
    "mul": _mul,
    "power": _power,
    "mpow": _matrix_power,
    "raised": _raised,
    "draised": _draised,
    "t": lambda v, at, x: x.T,
    "function": _function,
    "inv": lambda v, at, x: v.field.inverse(x),
    "pinv": _pinv,
    "det": lambda v, at, x: v.one(v.field.determinant(x)),
    "logdet": lambda v, at, x: v.one(v.field.log(v.field.absolute(v.field.determinant(x)))),
    "tr": lambda v, at, x: v.one(np.trace(x)),
    "sum": lambda v, at, x: v.one(x.sum()),
    "rsum": lambda v, at, x: x.sum(axis=1, keepdims=True),
    "csum": lambda v, at, x: x.sum(axis=0, keepdims=True),
    "norm1": _norm1,
    "norm2": _norm2,
    "diag": _diag,
    "diagonal": lambda v, at, x: np.diagonal(x).reshape(-1, 1),
    "softmax": _softmax,
    "rsoftmax": _rsoftmax,
    "logsumexp": _logsumexp,
    "rlogsumexp": _rlogsumexp,
    "max": _max,
    "peak": _peak,
    "prod": _prod,
    "part": _part,
    "stack": _stack,
    "sumover": _sumover,
    "place": _place,
    "lower": _lower,
    "below": _below,
    "kron": lambda v, at, a, b: np.kron(a, b),
    "vec": lambda v, at, x: x.reshape(-1, 1, order="F"),
    "mat": lambda v, at, x: x.reshape(v.shape(at), order="F"),
    "expm": _series,
    "sinm": _series,
    "cosm": _series,
    "frechet": _frechet,
    "kronleft": _kronleft,
    "kronright": _kronright,
}
