"""Functions on two-dimensional arrays that numpy does not have, with room for what they give.

`out` is an array of the result's shape, which may be an argument itself.
"""

from __future__ import annotations

import math
import sys
from functools import cache
from typing import Any

import numpy as np

from symgd.errors import DataError
from symgd.targets.numpy.functions import log1pexp
from symgd.targets.numpy.functions import sigmoid as _sigmoid

Array = Any


def sigmoid(x: Array, out: Array) -> Array:
    """σ(x), right to the last bits and without overflow."""
    if out.size < SMALL:
        out[...] = _sigmoid(x)
        return out
    # -|x| once, in place: e^-|x|/(1 + e^-|x|) below 0, 1/(1 + e^-|x|) above
    negative = x < 0
    np.abs(x, out=out)
    np.negative(out, out=out)
    np.maximum(out, -700.0, out=out)
    np.exp(out, out=out)
    above = np.where(negative, out, 1.0)
    np.add(out, 1.0, out=out)
    return np.divide(above, out, out=out)


SMALL = 4096
# Past this condition number det(x)·x⁻¹ has lost half of its digits.
ILL = 1e8


def decay(x: Array, out: Array) -> Array:
    """e^-|x|."""
    np.abs(x, out=out)
    np.negative(out, out=out)
    np.maximum(out, -700.0, out=out)
    return np.exp(out, out=out)


def near(x: Array, e: Array, out: Array) -> Array:
    """σ(x) by e = e^-|x|."""
    above = np.where(x < 0, e, 1.0)
    np.add(e, 1.0, out=out)
    return np.divide(above, out, out=out)


def far(x: Array, e: Array, out: Array) -> Array:
    """σ(-x) by e = e^-|x|."""
    above = np.where(x < 0, 1.0, e)
    np.add(e, 1.0, out=out)
    return np.divide(above, out, out=out)


def softplus(x: Array, out: Array) -> Array:
    """ln(1 + e^x)."""
    out[...] = log1pexp(x)
    return out


def step(x: Array, out: Array) -> Array:
    """1 where x > 0."""
    return np.greater(x, 0, out=out)


def relu(x: Array, out: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0, out=out)


def masked(g: Array, x: Array, out: Array) -> Array:
    """g where x > 0, else 0."""
    return np.multiply(g, x > 0, out=out)


def softmax(x: Array, out: Array) -> Array:
    """e^x over its sum, over all entries."""
    np.subtract(x, x.max(), out=out)
    np.exp(out, out=out)
    return np.divide(out, out.sum(), out=out)


def rsoftmax(x: Array, out: Array) -> Array:
    """e^x over the sum of its row."""
    np.subtract(x, _top(x), out=out)
    np.exp(out, out=out)
    return np.divide(out, np.add.reduce(out, axis=1, keepdims=True), out=out)


def log_softmax(x: Array, out: Array) -> Array:
    """ln softmax(x) = x - max - ln(1 + Σ'e^(x - max)), Σ' over all but one largest entry.

    Of a share next to 1 the logarithm keeps its digits.
    """
    return _log_shares(x.reshape(1, -1), out.reshape(1, -1)).reshape(out.shape)


def log_rsoftmax(x: Array, out: Array) -> Array:
    """ln softmax of each row."""
    return _log_shares(x, out)


def _log_shares(x: Array, out: Array) -> Array:
    np.subtract(x, _top(x), out=out)
    return np.subtract(out, np.log1p(_rest(np.exp(out))), out=out)


def softmax_and_log(x: Array, log: Array, out: Array) -> Array:
    """softmax(x), and its logarithm by the same exponentials."""
    rsoftmax_and_log(x.reshape(1, -1), log.reshape(1, -1), out.reshape(1, -1))
    return out


def rsoftmax_and_log(x: Array, log: Array, out: Array) -> Array:
    """The same of each row."""
    np.subtract(x, _top(x), out=log)
    np.exp(log, out=out)
    rest = _rest(out)
    np.subtract(log, np.log1p(rest), out=log)
    rest += 1.0
    return np.divide(out, rest, out=out)


def softmax_and_total(x: Array, out: Array) -> float:
    """ln Σe^x, and softmax(x) where there is room for it, over all entries; block by block."""
    x, e = x.reshape(-1), out.reshape(-1)
    top = x.max()
    sums = []
    for i in range(0, x.size, AT_ONCE):
        part = e[i : i + AT_ONCE]
        np.subtract(x[i : i + AT_ONCE], top, out=part)
        np.exp(part, out=part)
        sums.append(float(np.add.reduce(part)))
    rest = math.fsum(sums) - 1.0
    if rest < 0.5:
        rest = float(_rest(e.reshape(1, -1))[0, 0])
    np.divide(e, 1.0 + rest, out=e)
    return float(top) + math.log1p(rest)


AT_ONCE = 1 << 15


def rsoftmax_and_total(x: Array, out: Array, total: Array) -> Array:
    """ln Σe^x of each row, and softmax of each row in `out`."""
    top = _top(x)
    np.subtract(x, top, out=out)
    np.exp(out, out=out)
    rest = _rest(out)
    np.add(top, np.log1p(rest), out=total)
    rest += 1.0
    np.divide(out, rest, out=out)
    return total


def csoftmax_and_total(x: Array, out: Array, total: Array) -> Array:
    """ln Σe^x of each column as a column, and softmax of each column in `out`."""
    top = np.maximum.reduce(x, axis=0)
    np.subtract(x, top, out=out)
    np.exp(out, out=out)
    sums = np.add.reduce(out, axis=0)
    found = total[:, 0]
    np.log(sums, out=found)
    found += top
    near = ((np.abs(top) < 0.5) & (sums < 1.5)).nonzero()[0]
    if near.size:
        # next to 0 the 1 in the sum would cost digits
        found[near] = top[near] + np.log1p(_rest(out[:, near].T)[:, 0])
    np.divide(out, sums, out=out)
    return total


def softmax_log_and_total(x: Array, log: Array, out: Array) -> float:
    """ln Σe^x over all entries; softmax(x) and its logarithm where there is room for them."""
    top = x.max()
    np.subtract(x, top, out=log)
    np.exp(log, out=out)
    rest = float(np.add.reduce(out, axis=None)) - 1.0
    if rest < 0.5:
        rest = float(_rest(out.reshape(1, -1))[0, 0])
    more = math.log1p(rest)
    np.subtract(log, more, out=log)
    np.divide(out, 1.0 + rest, out=out)
    return float(top + more)


def csoftmax(x: Array, out: Array) -> Array:
    """e^x over the sum of its column."""
    np.subtract(x, np.maximum.reduce(x, axis=0, keepdims=True), out=out)
    np.exp(out, out=out)
    return np.divide(out, np.add.reduce(out, axis=0, keepdims=True), out=out)


def _top(x: Array) -> Array:
    """The largest entry of each row.

    numpy goes along a row with one number at a time: of few columns it is faster to go by columns.
    """
    if not 1 < x.shape[1] <= FEW_COLUMNS or len(x) < x.shape[1]:
        return np.maximum.reduce(x, axis=1, keepdims=True)
    top = np.maximum(x[:, 0], x[:, 1])
    for j in range(2, x.shape[1]):
        np.maximum(top, x[:, j], out=top)
    return top.reshape(-1, 1)


FEW_COLUMNS = 16


def _rest(e: Array) -> Array:
    """Σe - 1 of each row of numbers up to 1, of which one at least is 1.

    Where it is large the sum less 1 has all its digits; else the 1 is left out of the sum.
    """
    rest = _row_sums(e)
    rest -= 1.0
    rows = (rest < 0.5).ravel().nonzero()[0]
    if not rows.size:
        return rest
    if e.size < SMALL or 2 * rows.size > len(rest):
        return _sums_of_others(e)
    rest[rows] = _sums_of_others(e[rows])
    return rest


def _sums_of_others(e: Array) -> Array:
    """The same with one of the 1 of each row left out."""
    ones = np.equal(e, 1.0)
    below = _row_sums(np.where(ones, e.dtype.type(0), e))
    if np.count_nonzero(ones) > len(e):
        below += np.add.reduce(ones, axis=1, keepdims=True) - 1
    return below


# Rows as short as this are added up as a product with ones, twice as fast.
SHORT_ROW = 64


def _row_sums(e: Array) -> Array:
    if e.shape[1] > SHORT_ROW:
        return np.add.reduce(e, axis=1, keepdims=True)
    return np.matmul(e, np.ones((e.shape[1], 1), e.dtype))


def near_one(far: Array, p: Array, log: Array, out: Array) -> Array:
    """far + (1 - p) + expm1(ln p) where p > ½: p - y for a share p that rounds to 1.

    1 - p is exact there, and so is p - y for a label y next to 1.
    """
    near = (p > 0.5).ravel().nonzero()[0]
    more = np.expm1(log.reshape(-1)[near])
    more += 1.0 - p.reshape(-1)[near]
    if out is not far:
        out[...] = far
    out.reshape(-1)[near] += more
    return out


def _log_rest(x: Array) -> tuple[Array, Array]:
    """(the largest entry m of each row, ln Σe^(x - m)), as columns."""
    top = _top(x)
    return top, np.log1p(_rest(np.exp(x - top)))


def log_sum(x: Array) -> float:
    """ln Σe^x, over all entries."""
    top, rest = _log_rest(x.reshape(1, -1))
    return float((top + rest)[0, 0])


def log_rsum(x: Array, out: Array) -> Array:
    """ln Σe^x of each row."""
    top, rest = _log_rest(x)
    return np.add(top, rest, out=out)


def log_csum(x: Array, out: Array) -> Array:
    """ln Σe^x of each column."""
    top, rest = _log_rest(x.T)
    return np.add(top.T, rest.T, out=out)


def where(a: Array, b: Array, x: Array, y: Array, out: Array) -> Array:
    """x where a > b, else y."""
    out[...] = np.where(np.greater(a, b), x, y)
    return out


def dot(a: Array, b: Array) -> float:
    """Σ a∘b."""
    if a.shape == b.shape and a.flags.c_contiguous and b.flags.c_contiguous:
        return float(np.vdot(a, b))
    a, b = np.broadcast_arrays(a, b)
    return float(np.einsum("ij,ij->", a, b))


def norm(x: Array) -> float:
    """√Σx²; where a square would leave the range, of x over a power of 2 near its largest entry."""
    square = dot(x, x)
    limits = np.finfo(x.dtype)
    if limits.tiny / limits.eps < square < limits.max:
        return math.sqrt(square)
    top = float(np.abs(x).max(initial=0))
    if not 0 < top < math.inf:
        return top
    scale = math.ldexp(1.0, math.frexp(top)[1] - 1)
    x = x / scale
    return scale * math.sqrt(dot(x, x))


def divisor(v: float) -> float:
    """A norm, 1 where it is 0.

    Raises FloatingPointError where 1/v is none: that is for the kernel that looks at every entry.
    """
    if 0 < v < sys.float_info.min:
        raise FloatingPointError("the reciprocal of a norm overflows")
    return v or 1.0


def adjugate(x: Array) -> Array:
    """det(x)·x⁻¹; of a matrix near a singular one by UΣVᵀ: det(U) det(V) V adj(Σ) Uᵀ."""
    try:
        inverse = np.linalg.inv(x)
        size = np.abs(x).sum(axis=0).max() * np.abs(inverse).sum(axis=0).max()
        if size < ILL:
            return np.linalg.det(x) * inverse
    except (np.linalg.LinAlgError, FloatingPointError):
        pass
    u, s, v = np.linalg.svd(x)
    others = np.array([np.prod(np.delete(s, i)) for i in range(len(s))])
    sign = np.round(np.linalg.det(u) * np.linalg.det(v))
    return sign * (v.T * others) @ u.T


def adjugate_along(x: Array, dx: Array) -> Array:
    """How adj(x) moves where x moves by dx, at a singular x too.

    With x = UΣVᵀ and M = Uᵀ dx V it is det(U) det(V) V K Uᵀ, where the products of the singular
    values but those of i and j weigh Σ_{j≠i} M_jj on the diagonal and -M_ij beside it.
    """
    u, s, v = np.linalg.svd(x)
    n = len(s)
    m = u.T @ dx @ v.T
    but_two = np.array([[np.prod(np.delete(s, [i, j])) for j in range(n)] for i in range(n)])
    moved = -m * but_two
    np.fill_diagonal(but_two, 0.0)
    np.fill_diagonal(moved, but_two @ m.diagonal())
    sign = np.round(np.linalg.det(u) * np.linalg.det(v))
    return sign * v.T @ moved @ u.T


def csum(x: Array, out: Array) -> Array:
    """1ᵀx."""
    return np.add.reduce(x, axis=-2, keepdims=True, out=out)


def rsum(x: Array, out: Array) -> Array:
    """x1."""
    return np.add.reduce(x, axis=-1, keepdims=True, out=out)


def csum_product(a: Array, b: Array, out: Array) -> Array:
    """1ᵀ(a∘b)."""
    a, b = np.broadcast_arrays(a, b)
    np.einsum("...ij,...ij->...j", a, b, out=out[..., 0, :])
    return out


def rsum_product(a: Array, b: Array, out: Array) -> Array:
    """(a∘b)1."""
    a, b = np.broadcast_arrays(a, b)
    np.einsum("...ij,...ij->...i", a, b, out=out[..., 0])
    return out


def weighted_gram(x: Array, s: Array, out: Array) -> Array:
    """xᵀ diag(s) x; where s is nowhere below 0, half the products are enough."""
    if s.min() >= 0:
        y = np.sqrt(s) * x
        return np.matmul(y.T, y, out=out)
    return np.matmul(x.T, s * x, out=out)


def kron(a: Array, b: Array, out: Array) -> Array:
    """a ⊗ b."""
    np.multiply(
        a[:, None, :, None], b[None, :, None, :],
        out=out.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1]),
    )  # fmt: skip
    return out


def kron_eye(a: Array, n: int, out: Array) -> Array:
    """a ⊗ I."""
    out[...] = 0
    blocks = out.reshape(a.shape[0], n, a.shape[1], n)
    for i in range(n):
        blocks[:, i, :, i] = a
    return out


def eye_kron(n: int, b: Array, out: Array) -> Array:
    """I ⊗ b."""
    out[...] = 0
    p, q = b.shape
    for i in range(n):
        out[i * p : (i + 1) * p, i * q : (i + 1) * q] = b
    return out


def fill(x: Array, out: Array) -> Array:
    """x, stretched to the room there is."""
    out[...] = x
    return out


def set_diagonal(x: Array, v: Array, out: Array) -> Array:
    """x with another diagonal, v a column or a number."""
    if out is not x:
        out[...] = x
    out.reshape(-1)[:: len(out) + 1] = np.ravel(v)
    return out


def add_diagonal(x: Array, v: Array, out: Array) -> Array:
    """x + diag(v), v a column or a number."""
    if out is not x:
        out[...] = x
    diagonals(out)[...] += entries(v)
    return out


def diag(v: Array, out: Array) -> Array:
    """diag(v), v a column or a number."""
    out[...] = 0
    diagonals(out)[...] = entries(v)
    return out


def diagonals(x: Array) -> Array:
    """The diagonal of x, or of each of a block, to write to."""
    if x.flags.c_contiguous:
        return x.reshape(*x.shape[:-2], -1)[..., :: x.shape[-1] + 1]
    return np.einsum("...ii->...i", x)


def entries(v: Any) -> Any:
    """A column, or each of a block, as a row of entries; a number as it is."""
    return v[..., 0] if isinstance(v, np.ndarray) else v


def diagonal(x: Array, out: Array) -> Array:
    """The diagonal of x as a column."""
    out[..., 0] = diagonals(x)
    return out


def peak(x: Array, out: Array) -> Array:
    """1 where x is largest, shared where several are."""
    top = np.equal(x, x.max())
    return np.divide(top, np.count_nonzero(top), out=out)


def others(x: Array, out: Array) -> Array:
    """In each place the product of all other entries."""
    flat, found = x.reshape(-1), out.reshape(-1)
    found[0] = 1.0
    np.cumprod(flat[:-1], out=found[1:])
    found[:-1] *= np.cumprod(flat[:0:-1])[::-1]
    return out


def others_along(x: Array, dx: Array, out: Array) -> Array:
    """How the products of all other entries move where x moves by dx.

    The products before and after each entry are carried on with their own movements, as nothing is
    divided by an entry that may be 0.
    """
    before = _running(x.reshape(-1), dx.reshape(-1))
    after = _running(x.reshape(-1)[::-1], dx.reshape(-1)[::-1])[::-1]
    moved = [p * dq + dp * q for (p, dp), (q, dq) in zip(before, after, strict=True)]
    out.reshape(-1)[:] = moved
    return out


def _running(x: Array, dx: Array) -> list[tuple[float, float]]:
    """The product of what stands before each entry, and how it moves."""
    found, product, moved = [], 1.0, 0.0
    for value, move in zip(x.tolist(), dx.tolist(), strict=True):
        found.append((product, moved))
        product, moved = product * value, moved * value + product * move
    return found


def place(x: Array, rows: slice, out: Array) -> Array:
    """x in some rows, among zeros."""
    out[...] = 0
    out[..., rows, :] = x
    return out


def lower(x: Array, out: Array) -> Array:
    """The matrix with the column x below its diagonal, by columns."""
    i, j = corner(out.shape[-1])
    out[...] = 0
    out[..., i, j] = x[..., 0]
    return out


def below(x: Array, out: Array) -> Array:
    """What stands below the diagonal of x, by columns."""
    i, j = corner(x.shape[-1])
    out[..., 0] = x[..., i, j]
    return out


@cache
def corner(n: int) -> tuple[Array, Array]:
    """The places below the diagonal, column by column."""
    j, i = np.triu_indices(n, 1)
    return i, j


def sums(x: Array, out: Array) -> Array:
    """The sum of each of a block."""
    return np.add.reduce(x, axis=(-2, -1), keepdims=True, out=out)


def dots(a: Array, b: Array, out: Array) -> Array:
    """Σ a∘b of each of a block."""
    if a.shape != b.shape:
        a, b = np.broadcast_arrays(a, b)
    if a.shape[-1] == 1:
        return np.matmul(a.transpose(0, 2, 1), b, out=out)
    if a.shape[-2] == 1:
        return np.matmul(a, b.transpose(0, 2, 1), out=out)
    np.einsum("...ij,...ij->...", a, b, out=out[..., 0, 0])
    return out


def upright(x: Array, count: int, out: Array) -> Array:
    """A family whose members lie transposed, below one another."""
    rows = x.shape[1]
    out.reshape(count, rows, -1)[...] = x.reshape(count, -1, rows).transpose(0, 2, 1)
    return out


def vec(x: Array, out: Array) -> Array:
    """The columns of x, one below the other."""
    out[...] = x.reshape(-1, 1, order="F")
    return out


def mat(x: Array, out: Array) -> Array:
    """The inverse of vec."""
    out[...] = x.reshape(out.shape, order="F")
    return out


def commutation(m: int, n: int, out: Array) -> Array:
    """K with vec(xᵀ) = K vec(x), x of m by n."""
    out[...] = 0
    i, j = np.divmod(np.arange(m * n), n)
    out[i * n + j, j * m + i] = 1
    return out


def logdet(x: Array) -> float:
    """ln|det x|."""
    return float(np.linalg.slogdet(x)[1])


def raised(x: Array, k: float) -> Array:
    """X^k of a whole k, by squarings; X itself as a copy, which may be written over."""
    n = whole(k)
    return x.copy() if n == 1 else np.linalg.matrix_power(x, n)


def draised(x: Array, direction: Array, k: float) -> Array:
    """Σ X^i E X^(k-1-i), the corner of the power of [[X, E], [0, X]]."""
    n = len(x)
    block = np.zeros((2 * n, 2 * n), x.dtype)
    block[:n, :n] = block[n:, n:] = x
    block[:n, n:] = direction
    return np.linalg.matrix_power(block, whole(k))[:n, n:]


def whole(k: float) -> int:
    """The exponent of a matrix."""
    number = float(np.ravel(k)[0])
    if not number.is_integer():
        raise DataError(f"A matrix is raised to a whole number, not to {number!r}.")
    return int(number)


def matrix_function(kind: str, x: Array) -> Array:
    """exp, sin, cos of a matrix: the exponential by scaling and squaring of its series."""
    if kind == "expm":
        return expm(x)
    e = expm(1j * x)
    return (e.imag if kind == "sinm" else e.real).astype(x.dtype)


def frechet(kind: str, x: Array, direction: Array) -> Array:
    """The derivative of a function of a matrix along a direction, by a block matrix."""
    n = len(x)
    block = np.zeros((2 * n, 2 * n), x.dtype)
    block[:n, :n] = block[n:, n:] = x
    block[:n, n:] = direction
    return matrix_function(kind, block)[:n, n:]


def expm(x: Array) -> Array:
    """Scaling and squaring, with the Padé approximant of degree 13 (Higham 2005)."""
    norm = float(np.abs(x).sum(axis=0).max())
    squarings = max(0, int(np.ceil(np.log2(norm / 5.37))) if norm > 5.37 else 0)
    a = x / 2.0**squarings
    b = PADE
    one = np.eye(len(x), dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = (
        a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one
    )
    even = (
        a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    )
    u = a @ odd
    out = np.linalg.solve(even - u, even + u)
    for _ in range(squarings):
        out = out @ out
    return out


PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0,
    960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip


def kronleft(g: Array, b: Array, out: Array) -> Array:
    """⟨each block of g, b⟩."""
    (m, n), (p, q) = out.shape, b.shape
    return np.einsum("ipjq,pq->ij", g.reshape(m, p, n, q), b, out=out)


def kronright(g: Array, a: Array, out: Array) -> Array:
    """Σ a_ij · block ij of g."""
    (p, q), (m, n) = out.shape, a.shape
    return np.einsum("ipjq,ij->pq", g.reshape(m, p, n, q), a, out=out)
