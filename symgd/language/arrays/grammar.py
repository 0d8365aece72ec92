"""Text → node: the language of matrices, through an allow-list.

    * a product, of matrices or by a scalar         X*w + b
    .* ./ .^ entry by entry                         (a - y).^2
    ' the transpose, ^ a power                      x'*A*x, X^3, t^2
    / divides by a scalar                           sum(x)/n
    functions entry by entry                        exp log tanh sigmoid relu gelu ...
    functions of a whole matrix                     tr det inv sum norm2 softmax kron ...
    ones(m,n) eye(n) zeros(m,n)                     constants; a size is a number too: sum(x)/n
    Q[k] sum(k, Q[k]*mu[k])                         families, and what is summed over them

Precedence is that of MATLAB: ' and powers, then the sign, then products, then sums; a sign in
front of a whole term is of the term. A product of 1 x 1 is a scalar. Nothing is stretched to fit:
b added to every row of X*W is ones(m,1)*b'.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from symgd.errors import FormulaError, did_you_mean, listing, quote
from symgd.functions import CALLED
from symgd.language.arrays.calls import read_call
from symgd.language.arrays.families import check_index, read_index, with_index
from symgd.language.arrays.reader import NO_FAMILIES, ArrayReader, Family, Run, node_of
from symgd.language.arrays.vocabulary import ALIASES, HIGHEST_POWER, SIGNS, is_word
from symgd.language.engine import Dialect, Infix, Postfix, Prefix
from symgd.language.tokens import END, NAME, NUMBER, RAISED, Token, tokenize
from symgd.trees.arrays import Node, eye, node, num, shape_of, size
from symgd.trees.dims import SCALAR, Dim, dim

SUM, SIGNED, PRODUCT, UNARY, POWER = range(1, 6)

# A node, or a sum or product that one more operand may join.
Operand: TypeAlias = Node | Run


def read(
    text: str,
    names: Mapping[str, Node],
    sizes: frozenset[str] = frozenset(),
    families: Mapping[str, Family] = NO_FAMILIES,
    index: str | None = None,
) -> Node:
    """The node that the text writes, over these names; `sizes` are names that are sizes.

    families  names of families of matrices
    index     the text says what there is for each value of it: the node is that for all of them

    Raises FormulaError for what is not of the language, ShapeError where shapes do not fit; both
    show the place.
    """
    reader = ArrayReader(text, DIALECT, names, sizes, families)
    if index is None:
        root = reader.expression()
        reader.end()
        return root
    check_index(reader, index, reader.token)

    def member() -> Node:
        body = reader.expression()
        reader.end()
        return node("t", body) if body.is_column and not body.is_scalar else body

    return with_index(reader, None, member, index)("stack")


def read_size(text: str) -> Dim:
    """A size as typed: n, 784, n*(n-1)/2; raises FormulaError."""
    names = frozenset(t.text for t in tokenize(text, SIGNS) if t.kind == NAME)
    reader = ArrayReader(text, DIALECT, {}, names)
    found = reader.size()
    reader.end()
    return found


# -- sums and products ----------------------------------------------------------------------------


def _sum(r: ArrayReader, sign: Token, a: Operand, b: Operand, run: bool) -> Run:
    term = node_of(b)
    if sign.text == "-":
        term = _minus(r, sign, term)
    if not (run and isinstance(a, Run)):
        first = node_of(a)
        a = Run("add", [first], first.shape)
    last = a.parts[-1]
    r.build(sign, lambda: shape_of("add", (last, term), None))
    a.parts.append(term)
    return a


def _negative(r: ArrayReader, sign: Token, a: Operand) -> Node:
    return _minus(r, sign, node_of(a))


def _minus(r: ArrayReader, at: Token, x: Node) -> Node:
    if x.op == "num":
        return num(-x.data)
    if x.op == "mul" and x.args[0].op == "num":
        return r.build(at, lambda: _scale(-x.args[0].data, x.args[1:]))
    return r.build(at, lambda: node("mul", num(-1), *(x.args if x.op == "mul" else (x,))))


def _scale(q: Fraction, rest: tuple[Node, ...]) -> Node:
    if q == 1:
        return rest[0] if len(rest) == 1 else node("mul", *rest)
    return node("mul", num(q), *rest)


def _positive(r: ArrayReader, sign: Token, a: Operand) -> Node:
    return node_of(a)


def _product(r: ArrayReader, sign: Token, a: Operand, b: Operand, run: bool) -> Run:
    factor = node_of(b)
    return r.build(sign, lambda: _join(r, sign, a if run else node_of(a), factor))


def _join(r: ArrayReader, sign: Token, a: Operand, b: Node) -> Run:
    """a sign b: b joins the product a if that has no brackets, and is of its kind."""
    if sign.text == "/" and not b.is_scalar:
        r.fail(
            f"'/' divides by a scalar, and {quote(str(b))} is {b.rows} x {b.cols}; write ./ to "
            "divide entry by entry, inv(B) for the inverse.",
            sign,
        )
    if sign.text in ("/", "./"):
        b = _reciprocal(b)
    matrices = sign.text in ("*", "/") or a.shape == SCALAR or b.is_scalar
    return _multiply(a, b) if matrices else _hadamard(a, b)


def _multiply(a: Operand, b: Node) -> Run:
    """a*b; a scalar such as x'*y takes no matrix into its chain."""
    if isinstance(a, Run) and a.op == "mul":
        scalar = a.shape == SCALAR
        if not scalar or b.is_scalar or a.chain is None:
            if not b.is_scalar:
                before = () if a.chain is None else (a.chain,)
                rows = a.shape[0] if before else b.rows
                a.shape = rows, shape_of("mul", (*before, b), None)[1]
                a.chain = b
            a.parts.append(b)
            return a
    first = node_of(a)
    chain = next((x for x in (b, first) if not x.is_scalar), None)
    return Run("mul", [first, b], shape_of("mul", (first, b), None), chain)


def _hadamard(a: Operand, b: Node) -> Run:
    """a.*b"""
    if isinstance(a, Run) and a.op == "had":
        if a.shape != b.shape:
            shape_of("had", (node_of(a), b), None)
        a.parts.append(b)
        return a
    first = node_of(a)
    return Run("had", [first, b], shape_of("had", (first, b), None))


def _reciprocal(b: Node) -> Node:
    if b.op == "num":
        if b.data == 0:
            raise FormulaError("This divides by zero.")
        return num(1 / b.data)
    return node("power", b, num(-1))


# -- powers ---------------------------------------------------------------------------------------


def _transpose(r: ArrayReader, sign: Token, a: Operand) -> Node:
    x = node_of(a)
    return r.build(sign, lambda: node("t", x))


def _raise(r: ArrayReader, sign: Token, a: Operand) -> Node:
    """X³, a number on its operand."""
    base = node_of(a)
    return r.build(sign, lambda: _to_the(r, sign, base, num(sign.value)))


def _power(r: ArrayReader, sign: Token, a: Operand, b: Operand, run: bool) -> Node:
    base, exponent = node_of(a), node_of(b)
    return r.build(sign, lambda: _to_the(r, sign, base, exponent))


def _to_the(r: ArrayReader, sign: Token, base: Node, exponent: Node) -> Node:
    """base^exponent: of a scalar, entry by entry, or of a square matrix."""
    e = exponent.data if exponent.op == "num" else None
    if base.is_scalar or sign.text == ".^":
        if e is not None and abs(e) > 400:
            r.fail("An exponent is at most 400 in size.", sign)
        return node("power", base, exponent)
    if base.rows != base.cols:
        node("mpow", base, data=2)
    if e is None and exponent.is_scalar:
        return node("raised", base, exponent)
    if e is None or e.denominator != 1 or abs(e) > HIGHEST_POWER:
        r.fail(
            f"A matrix is raised to a whole number of at most {HIGHEST_POWER} in size, such "
            "as X^3, or to a name of one, X^k; entry by entry it is X.^3.",
            sign,
        )
    return _matrix_power(base, int(e))


def _matrix_power(base: Node, k: int) -> Node:
    if k == 0:
        return eye(base.rows)
    if k < 0:
        base, k = node("inv", base), -k
    return base if k == 1 else node("mpow", base, data=k)


# -- operands -------------------------------------------------------------------------------------


def _operand(r: ArrayReader) -> Node:
    """A number, a name, a call or a bracket."""
    token = r.token
    if r.sees("("):
        opening = r.open()
        inner = r.expression()
        r.close(opening)
        return _indexed(r, inner)
    if token.kind == NUMBER:
        r.advance()
        return r.build(token, lambda: num(token.value))
    if token.kind == NAME:
        r.advance()
        if not r.sees("("):
            return _indexed(r, _name(r, token))
        word = token.text if token.text in r.names else CALLED.get(token.text, token.text)
        return _indexed(r, read_call(r, token, ALIASES.get(word, word)))
    if token.kind == END:
        r.fail("The formula ends where a name, a number or a bracket belongs.", token)
    r.stray()


def _indexed(r: ArrayReader, x: Node) -> Node:
    """X[k]; a family of matrices is nothing else."""
    if r.sees("["):
        while r.sees("["):
            x = read_index(r, x)
        return x
    if x.op == "name" and x.data in r.families:
        r.fail(f"{x} is a family of matrices; write {x}[k] for that of an index k.", r.token)
    return x


def _name(r: ArrayReader, token: Token) -> Node:
    if token.text in r.indices and token.text not in r.names:
        r.fail(
            f"{token.text} is an index; it stands in square brackets, as in X[{token.text}].", token
        )
    if token.text in r.names:
        return r.names[token.text]
    if token.text in r.sizes:
        return size(dim(token.text))
    if is_word(token.text):
        r.fail(f"{token.text} is a function; write {token.text}(X).", token)
    known = [*r.names, *sorted(r.sizes)]
    r.fail(
        f"{quote(token.text)} has no shape; give it one, as shapes={{{token.text!r}: 'n'}}. "
        f"Known are {listing(known)}.{did_you_mean(token.text, known)}",
        token,
    )


DIALECT: Dialect[Operand] = Dialect(
    operand=_operand,
    infix={
        **dict.fromkeys(("+", "-"), Infix(SUM, _sum)),
        **dict.fromkeys(("*", "/", ".*", "./"), Infix(PRODUCT, _product)),
        **dict.fromkeys(("**", ".^"), Infix(POWER, _power)),
    },
    prefix={"-": Prefix(UNARY, SIGNED, _negative), "+": Prefix(UNARY, SIGNED, _positive)},
    postfix={"'": Postfix(POWER, _transpose), RAISED: Postfix(POWER, _raise)},
)
