"""A text of the language of matrices on its way to a node: names, sizes, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from symgd.errors import FormulaError, InputError, ShapeError, listing
from symgd.language.arrays.vocabulary import SIGNS
from symgd.language.engine import Dialect, Infix, read_expression
from symgd.language.tokens import NAME, NUMBER, Cursor, Manners, Token, tokenize
from symgd.trees.arrays import Node, node
from symgd.trees.dims import Dim, Shape, dim

T = TypeVar("T")
Family: TypeAlias = tuple[Dim, Dim]
NO_FAMILIES: Final[Mapping[str, Family]] = MappingProxyType({})

MANNERS: Final = Manners(
    nodes=3_000,
    counting="brackets and signs",
    stray={
        ")": "This closing bracket was never opened",
        "=": "A formula is one expression; give the right-hand side alone",
        ",": "A comma only stands between the arguments of a function",
        "|": "The norm is written norm2(x), the absolute value abs(x)",
    },
    otherwise="This does not continue the formula; a product is written with *",
)


@dataclass(slots=True)
class Run:
    """A sum or product that is still being read, so that a long one is built once.

    `chain`: the last of its factors that is a matrix.
    """

    op: str
    parts: list[Node]
    shape: Shape
    chain: Node | None = None


def node_of(x: Node | Run) -> Node:
    """What has been read, as a node."""
    return node(x.op, *x.parts) if isinstance(x, Run) else x


@dataclass(slots=True)
class Open:
    """An index while its formula is read: how far it goes, what it counted first.

    hidden  whether the same letter is bound again inside
    """

    name: str
    count: Dim | None = None
    first: str = ""
    hidden: bool = False


class ArrayReader(Cursor):
    """A text that is read as a formula of arrays, over names and sizes.

    families  name of a family of matrices → how many, and the rows of each
    indices   those that are open here
    """

    def __init__(
        self,
        text: str,
        dialect: Dialect[Node | Run],
        names: Mapping[str, Node],
        sizes: frozenset[str],
        families: Mapping[str, Family] = NO_FAMILIES,
    ) -> None:
        super().__init__(text, tokenize(text, SIGNS), MANNERS)
        self.dialect = dialect
        self.names = names
        self.sizes = sizes
        self.families = families
        self.indices: dict[str, Open] = {}

    def expression(self) -> Node:
        """One expression, up to what cannot continue it."""
        return node_of(read_expression(self, self.dialect))

    def size(self) -> Dim:
        """A size: names and whole numbers, with + - * and ^2, and n*(n-1)/2."""
        return read_expression(self, SIZES)

    def build(self, at: Token, make: Callable[[], T]) -> T:
        """What is built here, counted; a shape that does not fit is refused with its place."""
        self.one_more(at)
        try:
            return make()
        except ShapeError as error:
            raise ShapeError(error.reason, self.text, at.start) from None
        except FormulaError as error:
            raise FormulaError(error.reason, self.text, at.start) from None
        except InputError as error:
            raise FormulaError(str(error), self.text, at.start) from None


# -- sizes ----------------------------------------------------------------------------------------


def _size(r: ArrayReader) -> Dim:
    if r.sees("("):
        opening = r.open()
        inner = r.size()
        r.close(opening)
        return inner
    token = r.advance()
    if token.kind == NUMBER and token.value.denominator == 1:
        try:
            return dim(int(token.value))
        except InputError as error:
            r.fail(str(error), token)
    if token.kind == NAME and token.text in r.sizes:
        return dim(token.text)
    r.fail(
        f"A size belongs here: a whole number, or one of {listing(sorted(r.sizes))}.",
        token,
    )


def _square(r: ArrayReader, sign: Token, a: Dim, b: Dim, run: bool) -> Dim:
    if run or b != dim(2):
        r.fail("A size is raised to the power of 2 alone, as in n^2; write n*n*n for n^3.", sign)
    return a * a


def _over(r: ArrayReader, sign: Token, a: Dim, b: Dim, run: bool) -> Dim:
    if b != dim(2):
        r.fail("A size is divided by 2 alone, as in n*(n-1)/2.", sign)
    return a * HALF


MINUS: Final = Dim((((), -1),))
HALF: Final = Dim((((), Fraction(1, 2)),))
SIZES: Dialect[Dim] = Dialect(
    operand=_size,
    infix={
        "+": Infix(1, lambda r, sign, a, b, run: a + b),
        "-": Infix(1, lambda r, sign, a, b, run: a + b * MINUS),
        "/": Infix(2, _over),
        "*": Infix(2, lambda r, sign, a, b, run: a * b),
        "**": Infix(3, _square),
    },
)
