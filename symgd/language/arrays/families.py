"""Indices: X[k] is what X has for k, sum(k, E) and stack(k, E) bind k.

    q[k]             the k-th row of a matrix, as a column; of a column the k-th entry
    Q[k]             the k-th matrix of a family
    x[2]  X[2]       an entry, a row: places are counted from 1
    sum(k, E)        Σ_k E; stack(k, E) is the E below one another

How many values k has is never said: what it indexes says it, and all that one k indexes must agree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symgd.errors import ShapeError, quote
from symgd.language.arrays.reader import ArrayReader, Open
from symgd.language.tokens import NAME, NUMBER, Token
from symgd.trees.arrays import Node, node
from symgd.trees.dims import ONE, Dim
from symgd.trees.families import Index, is_free

#  word   what it builds
BINDING: Final = {"sum": "sumover", "stack": "stack"}


def binds(r: ArrayReader, word: str) -> bool:
    """Whether the call that is next binds an index: sum(k, ...)."""
    first = r.ahead()
    counts = first.kind == NAME and first.text not in r.names
    return word in BINDING and counts and r.ahead(2).text == ","


def read_binder(r: ArrayReader, name: Token, word: str) -> Node:
    """sum(k, E), after its name."""
    opening = r.open()
    token = r.advance()
    r.advance()
    check_index(r, token.text, token)
    made = with_index(r, token, r.expression)
    r.close(opening)
    return made(BINDING[word])


def with_index(
    r: ArrayReader, token: Token | None, body: Callable[[], Node], index: str = ""
) -> Callable[[str], Node]:
    """What is read with one more index open, to be bound by an operation."""
    own = Open(token.text if token else index)
    before = r.indices.get(own.name)
    if before is not None:
        before.hidden = True
    r.indices[own.name] = own
    inside = body()
    if before is None:
        del r.indices[own.name]
    else:
        r.indices[own.name] = before
    at = token or r.tokens[0]
    if own.count is None and own.hidden:
        r.fail(
            f"{own.name} is bound again inside, so this one counts nothing; "
            "give one of the two another letter.",
            at,
        )
    if own.count is None:
        r.fail(
            f"{own.name} counts nothing here, so nothing says how far it goes; write "
            f"X[{own.name}] for what X has for each {own.name}.",
            at,
        )
    data = Index(own.name, own.count)
    return lambda op: r.build(at, lambda: node(op, inside, data=data))


def check_index(r: ArrayReader, name: str, at: Token) -> None:
    """An index has a name of its own."""
    if name in r.names or name in r.sizes:
        kind = "a name of the model" if name in r.names else "a size"
        r.fail(f"{name} is {kind}, so it is no index; give the index a letter of its own.", at)


def read_index(r: ArrayReader, x: Node) -> Node:
    """[k] behind an operand."""
    opening = r.advance()
    token = r.advance()
    if token.kind not in (NAME, NUMBER) or not r.takes("]"):
        entry = " An entry of a matrix is X[i][j]." if r.sees(",") else ""
        r.fail(
            f"In square brackets stands one index or a whole number, as in X[k] and X[2].{entry}",
            opening,
        )
    if x.is_scalar:
        r.fail(f"{x} is a scalar, so there is no {x}[{token.text}].", token)
    count, rows = (r.families.get(x.data) if x.op == "name" else None) or (x.rows, ONE)
    if token.kind == NUMBER:
        return _numbered(r, x, token, count, rows)
    own = r.indices.get(token.text)
    if own is None:
        check_index(r, token.text, token)
        r.fail(
            f"{token.text} is not bound here: sum({token.text}, ...) or stack({token.text}, ...) "
            f"goes around it, or it stands in what is defined, as in {{'Y[{token.text}]': ...}}.",
            token,
        )
    if is_free(own.name, x):
        r.fail(f"{own.name} counts inside {quote(str(x))} already; use another index.", token)
    if own.count is None:
        own.count, own.first = count, str(x)
    if not own.count.fits(count):
        raise ShapeError(
            f"{own.name} goes from 1 to {own.count} in {own.first} and from 1 to {count} in {x}; "
            "one index counts what has one length.",
            r.text,
            token.start,
        )
    return _part(r, x, token, Index(own.name, count, rows))


def _numbered(r: ArrayReader, x: Node, token: Token, count: Dim, rows: Dim) -> Node:
    """x[2]: counted from 1, as sums are."""
    value = token.value
    if value.denominator != 1 or value < 1:
        r.fail(f"{token.text} is no place in {x}; places are counted from 1.", token)
    if count.number is not None and value > count.number:
        r.fail(f"{x} has {count} of them, so there is no {x}[{token.text}].", token)
    return _part(r, x, token, Index(str(int(value)), count, rows))


def _part(r: ArrayReader, x: Node, token: Token, data: Index) -> Node:
    found = r.build(token, lambda: node("part", x, data=data))
    return found if data.rows != ONE or x.is_column else node("t", found)
