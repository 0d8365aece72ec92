"""Tree → text: a walk, a table of writers, and an alphabet.

A writer says of one kind of node what stands beside what; here is decided what does not depend on
the kind: where brackets stand, how a sum shows its signs, how a number, a name, a fraction, a
power and a root are set. Each text carries how tightly it holds together:

    SUM      a + b       SIGNED   -a·b, which stands in a sum but not in a product
    PRODUCT  a·b, a/b    POWER    a^b       ATOM   a, 2, f(a)

Brackets stand where something holds less tightly than its place wants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeAlias

from symgd.language.alphabets import LONGEST_DECIMAL, RAISED, Alphabet, exact_decimal, terminates
from symgd.trees.names import Spelling
from symgd.trees.notation import raised

# Smaller numbers are written with a power of ten, as values are.
TINY: Final = "0.0000"
LOOSE, SUM, SIGNED, PRODUCT, POWER, ATOM = range(6)

# A text, and how tightly it holds together.
Piece: TypeAlias = tuple[str, int]
Writer: TypeAlias = "Callable[[Any, Any], Piece]"

PLAIN = Spelling()
# A number of so few digits is not rounded: it was typed, or came out even.
AS_IT_IS = 6


def is_raised(body: str) -> bool:
    """Whether a name has a superscript of its own, in LaTeX or in Unicode."""
    return not RAISED.isdisjoint(body) or body.endswith("'")


def some_digits(x: float, digits: int) -> str:
    """A double to so many digits; one that has at most six is shown as it is.

    Noughts at the end say that it is rounded: 1.000 is not 1.
    """
    digits = max(digits, 1)
    for few in (max(digits, AS_IT_IS), digits):
        short = f"{x:.{few}g}"
        if float(short) == x:
            return short
    return f"{x:#.{digits}g}".rstrip(".")


def ten_digits(x: float) -> str:
    """A double to ten digits; noughts at the end say that it is rounded: 1.000000000 is not 1."""
    short = f"{x:.10g}"
    return short if float(short) == x else f"{x:#.10g}"


class Printer:
    """Writes trees of one kind in one alphabet; what it has written once it does not write again.

    `writer_of` gives a node its writer, which is called with the printer and the node. `spelling`
    adds what only the model knows: how its functions are called.
    """

    def __init__(
        self,
        alphabet: Alphabet,
        writer_of: Callable[[Any], Writer],
        spelling: Spelling = PLAIN,
    ) -> None:
        self.alphabet = alphabet
        self.writer_of = writer_of
        self.spelling = spelling
        # A tree by its id; kept, so that the id stays its own.
        self.known: dict[int, tuple[Any, Piece]] = {}

    # -- the walk -----------------------------------------------------------------------------

    def write(self, tree: Any) -> str:
        """The tree as text."""
        return self.visit(tree)[0]

    def visit(self, tree: Any) -> Piece:
        """The tree as text, and how tightly that holds together."""
        found = self.known.get(id(tree))
        if found is None:
            found = self.known[id(tree)] = tree, self.writer_of(tree)(self, tree)
        return found[1]

    def at_least(self, tree: Any, level: int) -> str:
        """The tree as text, in brackets if that holds less tightly than `level`."""
        body, own = self.visit(tree)
        return body if own >= level else self.alphabet.parens(body)

    # -- names and numbers --------------------------------------------------------------------

    def name(self, text: str) -> str:
        """A name, or one of a general layer: W@1 is W_{l+1}, or W^{(l+1)}."""
        base, mark, offset = text.partition("@")
        if not mark:
            return self.spelling.name(text, self.alphabet)
        return self.in_layer(self.spelling.name(base, self.alphabet), offset)

    def in_layer(self, body: str, offset: str) -> str:
        """W_{l+1} or W^{(l+1)}."""
        index, how = "l" if offset == "0" else f"l{int(offset):+d}", self.spelling.layer
        if how == "low" or self.alphabet.is_language:
            return self.alphabet.index(body, index)
        return raised((body, body), index, how)[0 if self.alphabet.id == "latex" else 1]

    def error(self, cost: str, text: str) -> str | None:
        """δ₁ for ∂C/∂z₁, where it is called so."""
        base, mark, offset = text.partition("@")
        own = self.spelling.errors.get(base + mark) if cost == self.spelling.cost else None
        if own is None or self.alphabet.is_language:
            return None
        body = own[0 if self.alphabet.id == "latex" else 1]
        return self.in_layer(body, offset) if mark else body

    def name_piece(self, text: str) -> Piece:
        """A name; one with something high on it takes brackets in a power: (a^{(1)})²."""
        body = self.name(text)
        return body, POWER if is_raised(body) else ATOM

    def number(self, p: int, q: int = 1) -> Piece:
        """p/q, in lowest terms: whole, in decimals, or as a fraction; as it was typed."""
        size = abs(p)
        digits = str(size) if q == 1 else self.decimal(size, q)
        if digits is not None and digits.startswith(TINY) and not self.alphabet.is_language:
            return self.with_sign(p < 0, *self.with_power_of_ten(digits))
        body, level = self.fraction(str(size), str(q)) if digits is None else (digits, ATOM)
        return self.with_sign(p < 0, body, level)

    def with_power_of_ten(self, digits: str) -> Piece:
        """2·10⁻⁷ of 0.0000002; of 1 the power alone."""
        small = digits.lstrip("0.")
        places = len(digits) - 2 - len(small) + 1
        ten = self.alphabet.power("10", str(-places))
        if small == "1":
            return ten, POWER
        return f"{small[0]}.{small[1:]}".rstrip(".") + self.alphabet.times + ten, PRODUCT

    # -- sums and products --------------------------------------------------------------------

    def sum(self, terms: Iterable[Any]) -> Piece:
        """a + b - c: a term that begins with a minus is taken away."""
        minus = self.alphabet.minus
        out = ""
        for term in terms:
            body = self.at_least(term, SIGNED)
            if not out:
                out = body
            elif body.startswith(minus):
                out += f" {minus} {body.removeprefix(minus)}"
            else:
                out += f" + {body}"
        return out, SUM

    def decimal(self, p: int, q: int) -> str | None:
        """p/q in decimals where it was typed so, or where the alphabet has it so."""
        typed = self.spelling.typed
        if self.alphabet.is_language or not typed or not terminates(q):
            return self.alphabet.decimal(p, q)
        as_decimal = typed.get(Fraction(p, q))
        if as_decimal is None:
            # A number that came about is written as those of its kind were typed.
            like = [d for n, d in typed.items() if q != 2 and n.denominator % 5 == 0]
            if not like:
                return self.alphabet.decimal(p, q)
            as_decimal = any(like)
        digits = exact_decimal(p, q)
        if as_decimal and len(digits) > LONGEST_DECIMAL:
            return self.alphabet.decimal(p, q)
        return digits if as_decimal else None

    def with_sign(self, negative: bool, body: str, level: int = PRODUCT) -> Piece:
        """The body behind its sign; whatever begins with a minus holds as loosely as that."""
        if negative:
            return self.alphabet.minus + body, SIGNED
        return body, SIGNED if body.startswith(self.alphabet.minus) else level

    def fraction(self, above: str, below: str) -> Piece:
        """above/below; ½ is one letter."""
        body = self.alphabet.fraction(above, below)
        return body, ATOM if len(body) == 1 else PRODUCT

    def between(self, left: str, right: str) -> str:
        """The sign between two factors; a name σ, Γ or φ before a bracket would be read as the
        function, and has the sign that stands before a number."""
        called = right.startswith(("(", r"\left(")) and left in self.called
        return self.alphabet.between(left, "0" if called else right)

    @cached_property
    def called(self) -> frozenset[str]:
        """What functions are called in this model and this alphabet."""
        if self.alphabet.is_language:
            return frozenset()
        own = {f[0 if self.alphabet.id == "latex" else 1] for f in self.spelling.functions.values()}
        return frozenset(own | {*self.alphabet.functions.values()})

    def side_by_side(self, factors: Sequence[str]) -> str:
        """The factors of a product, with the signs that they need."""
        out = factors[0]
        for left, right in pairwise(factors):
            out += self.between(left, right) + right
        return out

    def under_a_line(self, level: int) -> int:
        """`level`, but where fractions are stacked, whose line is all the bracket they need."""
        return LOOSE if self.alphabet.stacked else level

    # -- powers and calls ---------------------------------------------------------------------

    def power(self, base: Any, exponent: str) -> Piece:
        return self.alphabet.power(self.at_least(base, ATOM), exponent), POWER

    def root(self, tree: Any) -> Piece:
        body, level = self.visit(tree)
        return self.alphabet.root(body, level == ATOM and body.isalnum()), ATOM

    def call(self, function: str, arguments: Iterable[Any], between: str = ", ") -> Piece:
        return function + self.alphabet.parens(between.join(map(self.write, arguments))), ATOM
