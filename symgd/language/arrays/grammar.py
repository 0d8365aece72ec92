"""Text → node: the language of matrices, through an allow-list.

    * a product, of matrices or by a scalar         X*w + b
    .* ./ .^ entry by entry                         (a - y).^2
    ' the transpose, ^ a power                      x'*A*x, X^3, t^2
    / divides by a scalar                           sum(x)/n
    functions entry by entry                        exp log tanh sigmoid relu gelu ...
    functions of a whole matrix                     tr det inv sum norm2 softmax kron ...
    ones(m,n) eye(n) zeros(m,n)                     constants; a size is a number too: sum(x)/n

Precedence is that of MATLAB: ' and powers, then the sign, then products, then sums. A product of
1 x 1 is a scalar. Nothing is stretched to fit: b added to every row of X*W is ones(m,1)*b'.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symgd.errors import FormulaError, did_you_mean, listing, shown
from symgd.functions import ROWS, Elementary
from symgd.language.arrays.cursor import Cursor
from symgd.language.arrays.functions import function, is_function
from symgd.language.arrays.vocabulary import (
    ALIASES,
    CONSTANTS,
    HIGHEST_POWER,
    OF_TWO,
    SIZED,
    WHOLE,
    WORDS,
    is_word,
)
from symgd.language.tokens import END, NAME, NUMBER, RAISED, SIGN, Token
from symgd.trees.arrays import Node, commutation, eye, node, num, ones, size, zeros
from symgd.trees.dims import dim


def read(text: str, names: Mapping[str, Node], sizes: frozenset[str] = frozenset()) -> Node:
    """The node that the text writes, over these names; `sizes` are names that are sizes.

    Raises FormulaError for what is not of the language, ShapeError where shapes do not fit; both
    show the place.
    """
    return Reader(text, names, sizes).whole()


class Reader(Cursor):
    """The grammar."""

    # -- grammar ------------------------------------------------------------------------------

    def whole(self) -> Node:
        out = self.sum()
        if self.token.kind != END:
            self.stray()
        return out

    def sum(self) -> Node:
        terms = [self.signed()]
        while self.sees("+", "-"):
            sign = self.advance()
            term = self.product()
            terms.append(self.negative(sign, term) if sign.text == "-" else term)
            if len(terms) > 1:
                pair = terms[-2], terms[-1]
                self.made(sign, lambda pair=pair: node("add", *pair))  # type: ignore[misc]
        return terms[0] if len(terms) == 1 else node("add", *terms)

    def signed(self) -> Node:
        """A term with a sign in front: -y'*x is -(y'*x)."""
        if not self.sees("+", "-"):
            return self.product()
        sign = self.advance()
        self.deeper(sign)
        inner = self.signed()
        self.depth -= 1
        return self.negative(sign, inner) if sign.text == "-" else inner

    def negative(self, at: Token, x: Node) -> Node:
        if x.op == "num":
            return num(-x.data)
        if x.op == "mul" and x.args[0].op == "num":
            return self.made(at, lambda: _scaled(-x.args[0].data, x.args[1:]))
        return self.made(at, lambda: node("mul", num(-1), *(x.args if _flat(x) else (x,))))

    def product(self) -> Node:
        left, open_ = self.factor(), False
        while self.sees("*", "/", ".*", "./"):
            sign = self.advance()
            right = self.factor()
            left = self.made(sign, lambda s=sign, a=left, b=right, o=open_: self.joined(s, a, b, o))  # type: ignore[misc]
            open_ = True
        return left

    def joined(self, sign: Token, a: Node, b: Node, open_: bool) -> Node:
        """a sign b; `open_` if a is a product without brackets, which one more factor joins."""
        if sign.text == "/" and not b.is_scalar:
            self.fail(
                f"'/' divides by a scalar, and {shown(str(b))} is {b.rows} x {b.cols}; write ./ to "
                "divide entry by entry, inv(B) for the inverse.",
                sign,
            )
        if sign.text in ("/", "./"):
            b = _reciprocal(b)
        if sign.text in ("*", "/") or a.is_scalar or b.is_scalar:
            parts = a.args if open_ and a.op == "mul" and _joins(a, b) else (a,)
            return node("mul", *parts, b)
        parts = a.args if open_ and a.op == "had" else (a,)
        node("had", a, b)
        return node("had", *parts, b)

    def factor(self) -> Node:
        """A power, with signs in front of it: A*-B."""
        if self.sees("+", "-"):
            sign = self.advance()
            self.deeper(sign)
            inner = self.factor()
            self.depth -= 1
            return self.negative(sign, inner) if sign.text == "-" else inner
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        while True:
            if self.sees("'"):
                sign, x = self.advance(), base
                base = self.made(sign, lambda x=x: node("t", x))  # type: ignore[misc]
            elif self.token.kind == RAISED:
                sign, x = self.advance(), base
                base = self.made(sign, lambda x=x, s=sign: self.raised(s, x, num(s.value)))  # type: ignore[misc]
            elif self.sees("**", ".^"):
                sign, x = self.advance(), base
                e = self.exponent()
                base = self.made(sign, lambda x=x, e=e, s=sign: self.raised(s, x, e))  # type: ignore[misc]
            else:
                return base

    def exponent(self) -> Node:
        if self.sees("+", "-"):
            sign = self.advance()
            self.deeper(sign)
            inner = self.exponent()
            self.depth -= 1
            return self.negative(sign, inner) if sign.text == "-" else inner
        return self.atom()

    def raised(self, sign: Token, base: Node, exponent: Node) -> Node:
        """base^exponent: of a scalar, entry by entry, or of a square matrix."""
        e = exponent.data if exponent.op == "num" else None
        if base.is_scalar or sign.text == ".^":
            if e is not None and abs(e) > 400:
                self.fail("An exponent is at most 400 in size.", sign)
            return node("power", base, exponent)
        if base.rows != base.cols:
            node("mpow", base, data=2)
        if e is None or e.denominator != 1 or abs(e) > HIGHEST_POWER:
            self.fail(
                f"A matrix is raised to a whole number of at most {HIGHEST_POWER} in size, such "
                "as X^3; entry by entry it is X.^3.",
                sign,
            )
        return _matrix_power(base, int(e))

    # -- atoms --------------------------------------------------------------------------------

    def atom(self) -> Node:
        token = self.advance()
        if token.kind == NUMBER:
            return self.made(token, lambda: num(token.value))
        if token.kind == SIGN and token.text == "(":
            self.deeper(token)
            inner = self.sum()
            self.close(token)
            return inner
        if token.kind == NAME:
            word = ALIASES.get(token.text, token.text)
            return self.call(token, word) if self.sees("(") else self.named(token)
        if token.kind == END:
            self.fail("The formula ends where a name, a number or a bracket belongs.", token)
        self.at -= 1
        self.stray()

    def named(self, token: Token) -> Node:
        if token.text in self.names:
            return self.names[token.text]
        if token.text in self.sizes:
            return size(dim(token.text))
        if is_word(token.text):
            self.fail(f"{token.text} is a function; write {token.text}(X).", token)
        known = [*self.names, *sorted(self.sizes)]
        self.fail(
            f"{shown(token.text)} has no shape; give it one, as shapes={{{token.text!r}: 'n'}}. "
            f"Known are {listing(known)}.{did_you_mean(token.text, known)}",
            token,
        )

    def call(self, token: Token, word: str) -> Node:
        if not is_word(word):
            known = [*WORDS, "exp", "log", "tanh", "sigmoid", "relu", "softplus", "abs", "sign"]
            hint = did_you_mean(word, known)
            times = f" For a product write {word}*(...)." if token.text in self.names else ""
            self.fail(
                f"{shown(token.text)} is not a function of this language; it has "
                f"{listing(sorted(WORDS))}, and the functions of `symgd list`, entry by entry."
                f"{hint}{times}",
                token,
            )
        opening = self.advance()
        self.deeper(opening)
        if word in CONSTANTS:
            out = self.constant(token, word)
        elif word in SIZED:
            out = self.sized(token, word)
        else:
            args = self.arguments()
            out = self.made(token, lambda: self.applied(token, word, args))
        self.close(opening)
        return out

    def arguments(self) -> list[Node]:
        args = [self.sum()]
        while self.sees(","):
            self.advance()
            args.append(self.sum())
        return args

    def applied(self, token: Token, word: str, args: list[Node]) -> Node:
        wanted = 2 if word in OF_TWO else 1
        if len(args) != wanted and not (is_function(word) and len(args) > 1):
            self.fail(
                f"{word} takes {wanted} argument{'s' * (wanted > 1)}, and {len(args)} were given.",
                token,
            )
        row = ROWS.get(word)
        if isinstance(row, Elementary) and row.many:
            args.sort(key=lambda a: a.op == "num")
        x, *rest = args
        if word == "kron":
            return node("kron", x, rest[0])
        if word in OF_TWO:
            return node("frechet", x, rest[0], data=word.removeprefix("d"))
        if word == "sqrt":
            return node("power", x, num(Fraction(1, 2)))
        if word == "diag":
            return node("diag" if x.is_column else "diagonal", x)
        if word == "Prime":
            if x.op != "function":
                self.fail("Prime is of a function applied, as in Prime(gelu(Z)).", token)
            return node("function", *x.args, data=x.data.primed)
        if word in WHOLE:
            return node(word, x)
        return node("function", x, data=function(word, tuple(self.number(token, r) for r in rest)))

    def sized(self, token: Token, word: str) -> Node:
        """mat(x, m, n), kronleft(G, B, m, n): the sizes of what it gives stand last."""
        args = []
        for _ in range(SIZED[word]):
            args.append(self.sum())
            self.comma(token, word)
        rows = self.size()
        self.comma(token, word)
        shape = rows, self.size()
        return self.made(token, lambda: node(word, *args, data=shape))

    def comma(self, token: Token, word: str) -> None:
        if not self.sees(","):
            self.fail(f"{word} takes its arguments and then two sizes, as in mat(x, m, n).", token)
        self.advance()

    def number(self, token: Token, x: Node) -> Fraction:
        if x.op == "num":
            return x.data
        self.fail(
            f"What follows the first argument of {token.text} are numbers, as in "
            "leaky_relu(Z, 0.1).",
            token,
        )

    def constant(self, token: Token, word: str) -> Node:
        sizes = [self.size()]
        while self.sees(","):
            self.advance()
            sizes.append(self.size())
        wrong = {"eye": len(sizes) != 1, "commutation": len(sizes) != 2}
        if wrong.get(word, len(sizes) > 2):
            example = {"eye": "eye(n)"}.get(word, f"{word}(m,n)")
            self.fail(f"{word} is given its size, as {example}.", token)
        if word == "eye":
            return self.made(token, lambda: eye(*sizes))
        if word == "commutation":
            return self.made(token, lambda: commutation(*sizes))
        build = ones if word == "ones" else zeros
        return self.made(token, lambda: build(*sizes))


def _flat(x: Node) -> bool:
    """Whether a sign joins the factors of x: not where they are a scalar by themselves."""
    return x.op == "mul"


def _scaled(q: Fraction, rest: tuple[Node, ...]) -> Node:
    if q == 1:
        return rest[0] if len(rest) == 1 else node("mul", *rest)
    return node("mul", num(q), *rest)


def _joins(a: Node, b: Node) -> bool:
    """Whether b is one more factor of the product a: not if a is already a scalar, as x'*y is."""
    return not a.is_scalar or b.is_scalar or all(x.is_scalar for x in a.args)


def _reciprocal(b: Node) -> Node:
    if b.op == "num":
        if b.data == 0:
            raise FormulaError("This divides by zero.")
        return num(1 / b.data)
    return node("power", b, num(-1))


def _matrix_power(base: Node, k: int) -> Node:
    if k == 0:
        return eye(base.rows)
    if k < 0:
        base, k = node("inv", base), -k
    return base if k == 1 else node("mpow", base, data=k)
