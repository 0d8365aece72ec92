"""The shape of each operation, or a refusal that shows the shapes that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from symgd.errors import ShapeError
from symgd.trees.dims import ONE, SCALAR, Shape, fits, shape_text

if TYPE_CHECKING:
    from symgd.trees.arrays import Node

Args = Sequence["Node"]


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
            word = {"mpow": "A power"}.get(op, op)
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
    "kron": _kron,
    "vec": lambda op, args, data: (args[0].rows * args[0].cols, ONE),
    "mat": _mat,
    "frechet": _same,
    "kronleft": _partial,
    "kronright": _partial,
}
