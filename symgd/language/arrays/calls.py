"""word(...): functions entry by entry, functions of whole matrices, constants by their sizes.

tanh(Z)  leaky_relu(Z, 0.1)  Prime(gelu(Z))     entry by entry
tr(A)  inv(A)  kron(A, B)  dexpm(X, E)          of whole matrices
dpower(X, E, k)                                 the derivative of X^k along E
ones(m, n)  eye(n)  commutation(m, n)           constants
mat(x, m, n)  kronleft(G, B, m, n)              the sizes of what they give stand last
lower(l, n)  sum(k, q[k])  stack(k, q[k]')      below a diagonal; over all k
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import NoReturn

from symgd.errors import did_you_mean, listing, quote
from symgd.functions import ROWS, Elementary
from symgd.language.arrays.families import binds, read_binder
from symgd.language.arrays.functions import function, in_place, is_function, out_of_place
from symgd.language.arrays.reader import ArrayReader
from symgd.language.arrays.vocabulary import BINDERS, CONSTANTS, OTHER, SIZED, WHOLE, WORDS, is_word
from symgd.language.tokens import NAME, Token
from symgd.trees.arrange import arrange
from symgd.trees.arrays import Node, node, num
from symgd.trees.dims import Dim
from symgd.trees.families import Index


def read_call(r: ArrayReader, name: Token, word: str) -> Node:
    """The call of `word`, whose opening bracket is next; `name` is how it was typed."""
    if not is_word(word):
        _refuse(r, name, word)
    if binds(r, word):
        return read_binder(r, name, word)
    if word in BINDERS:
        r.fail(f"{word} takes an index and what it counts, as in {word}(k, q[k]').", name)
    _refuse_index(r, name, word)
    opening = r.open()
    if word in PLACED:
        out = PLACED[word](r, name)
    elif word in CONSTANTS:
        out = _constant(r, name, word)
    elif word in SIZED:
        out = _with_sizes(r, name, word)
    else:
        args = r.list_of(r.expression)
        out = r.build(name, lambda: _apply(r, name, word, args))
    r.close(opening)
    return out


def _refuse_index(r: ArrayReader, name: Token, word: str) -> None:
    """max(k, x[k]): only sum and stack go over an index."""
    first = r.ahead()
    own = first.kind == NAME and first.text not in (*r.names, *r.sizes, *r.indices)
    counts = ("[", first.text) in pairwise(t.text for t in r.tokens)
    if own and counts and r.ahead(2).text == ",":
        k = first.text
        r.fail(
            f"{word} does not go over an index, only sum and stack do; write "
            f"{word}(stack({k}, ...)).",
            name,
        )


def _refuse(r: ArrayReader, name: Token, word: str) -> NoReturn:
    known = [*WORDS, "exp", "log", "tanh", "sigmoid", "relu", "softplus", "abs", "sign"]
    hint = did_you_mean(word, known)
    times = f" For a product write {word}*(...)." if name.text in r.names else ""
    r.fail(
        f"{quote(name.text)} is not a function of this language; it has "
        f"{listing(sorted(WORDS))}, and the functions of `symgd list`, entry by entry."
        f"{hint}{times}",
        name,
    )


# -- functions ------------------------------------------------------------------------------------


def _apply(r: ArrayReader, name: Token, word: str, args: list[Node]) -> Node:
    if word in EXTREMES and len(args) == 1:
        return EXTREMES[word](args[0])
    wanted = OTHER.get(word, 1)
    if len(args) != wanted and not (is_function(word) and len(args) > 1):
        r.fail(
            f"{word} takes {wanted} argument{'s' * (wanted > 1)}, and {len(args)} were given.",
            name,
        )
    if word in SPECIAL:
        return SPECIAL[word](r, name, args)
    if word in WHOLE:
        return node(word, *args)
    row = ROWS[word]
    if isinstance(row, Elementary) and row.many:
        args.sort(key=_is_constant)
    if len(args) <= row.place:
        call = ", ".join(in_place(row, "Z", out_of_place(row, row.arguments)[1]))
        r.fail(f"{word} takes {len(row.arguments)} arguments: {word}({call}).", name)
    x, rest = out_of_place(row, args)
    return node("function", x, data=function(word, tuple(_number(r, name, a) for a in rest)))


def _is_constant(x: Node) -> bool:
    """Whether it is arithmetic of numbers: 1/2, -(3 - 1)."""
    return arrange(x).op == "num"


def _number(r: ArrayReader, name: Token, x: Node) -> Fraction:
    """The value of a constant."""
    constant = arrange(x)
    if constant.op == "num":
        value: Fraction = constant.data
        return value
    r.fail(
        f"{quote(str(x))} is not a number: beside one array {name.text} takes numbers made by "
        "arithmetic, as in leaky_relu(Z, 0.1) and elu(Z, 1/2).",
        name,
    )


def _prime(r: ArrayReader, name: Token, args: list[Node]) -> Node:
    (x,) = args
    if x.op != "function":
        r.fail("Prime is of a function applied, as in Prime(gelu(Z)).", name)
    return node("function", *x.args, data=x.data.prime)


def _frechet(op: str) -> Callable[[ArrayReader, Token, list[Node]], Node]:
    return lambda r, name, args: node("frechet", *args, data=op)


# of one array the largest or the smallest entry; with a number beside it entry by entry
EXTREMES: dict[str, Callable[[Node], Node]] = {
    "max": lambda x: node("max", x),
    "min": lambda x: node("mul", num(-1), node("max", node("mul", num(-1), x))),
}
# words that are not the name of their operation
SPECIAL: dict[str, Callable[[ArrayReader, Token, list[Node]], Node]] = {
    "kron": lambda r, name, args: node("kron", *args),
    "dpower": lambda r, name, args: node("draised", *args),
    "dexpm": _frechet("expm"),
    "dsinm": _frechet("sinm"),
    "dcosm": _frechet("cosm"),
    "sqrt": lambda r, name, args: node("power", *args, num(Fraction(1, 2))),
    "diag": lambda r, name, args: node("diag" if args[0].is_column else "diagonal", *args),
    "Prime": _prime,
}

# -- what is given sizes --------------------------------------------------------------------------


def _with_sizes(r: ArrayReader, name: Token, word: str) -> Node:
    args = []
    for _ in range(SIZED[word]):
        args.append(r.expression())
        _comma(r, name, word)
    rows = r.size()
    _comma(r, name, word)
    shape = rows, r.size()
    return r.build(name, lambda: node(word, *args, data=shape))


def _lower(r: ArrayReader, name: Token) -> Node:
    x = r.expression()
    if not r.takes(","):
        r.fail("lower takes a column and the size of its matrix, as in lower(l, n).", name)
    n = r.size()
    return r.build(name, lambda: node("lower", x, data=n))


def _place(r: ArrayReader, name: Token) -> Node:
    x = r.expression()
    wanted = (
        "place takes a block, its place, how many there are, and their rows: place(x, 2, n, 1)."
    )
    numbers: list[Dim] = []
    for _ in range(3):
        if not r.takes(","):
            r.fail(wanted, name)
        numbers.append(r.size())
    which, count, rows = numbers
    if which.number is None:
        r.fail(wanted, name)
    return r.build(name, lambda: node("place", x, data=Index(str(which.number), count, rows)))


PLACED: dict[str, Callable[[ArrayReader, Token], Node]] = {"lower": _lower, "place": _place}


def _comma(r: ArrayReader, name: Token, word: str) -> None:
    if not r.takes(","):
        r.fail(f"{word} takes its arguments and then two sizes, as in mat(x, m, n).", name)


def _constant(r: ArrayReader, name: Token, word: str) -> Node:
    sizes = r.list_of(r.size)
    counts, example, build = CONSTANTS[word]
    if len(sizes) not in counts:
        r.fail(f"{word} is given its size, as {example}.", name)
    return r.build(name, lambda: build(*sizes))
