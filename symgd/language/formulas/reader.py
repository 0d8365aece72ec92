"""A formula on its way to sympy: the tree of what was typed, what it may use, its refusals.

A node knows its operation, its parts, the place where it was typed, its size, and its `shape`:
how its right end looks to whatever stands next to it, which decides whether a product without
its sign can be read in one way only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NoReturn

from symgd.errors import did_you_mean, listing
from symgd.functions import growth as size
from symgd.functions.growth import NAMED, Size, TooLargeError
from symgd.language.engine import Dialect, read_expression
from symgd.language.tokens import Cursor, Manners, Token, tokenize

CONDITIONS: Final = frozenset({"relation", "and", "or"})

#  shape       of
DIGITS = "number"  # 2  ½
WORD = "name"  # x
CALL = "call"  # tanh(x)
GROUP = "group"  # (x + 1)
BARS = "bars"  # |x|
POWER = "power"  # x^2
QUOTIENT = "quotient"  # a/2


@dataclass(slots=True, eq=False)
class Node:
    """One operation. `text` is its name; `signs` are those of a chain a < b <= c."""

    op: str
    start: int
    args: list[Node] = field(default_factory=list)
    text: str = ""
    value: Fraction = Fraction(0)
    shape: str = CALL
    size: Size = NAMED
    signs: list[str] = field(default_factory=list)

    @property
    def is_condition(self) -> bool:
        return self.op in CONDITIONS


CONSTANTS: Final = {"e": size.E, "E": size.E, "pi": size.PI}

MANNERS = Manners(
    nodes=5_000,
    counting="brackets, signs and powers of powers",
    stray={
        ")": "This closing bracket was never opened",
        "=": "A formula is one expression, not an equation; give its right-hand side alone, and "
        "write == to compare",
        ",": "A comma only stands between the arguments of a function",
        ":": "A colon only stands between a condition and its value, as in cases(x > 0: x, 0)",
    },
)


class FormulaReader(Cursor):
    """A text that is read as a formula of the dialect.

    `names`: those that it may use (None: any); `functions`: name → the names of its variables;
    `declared`: names that stand before the words of the language, as E before the number e.
    `barred`: for each bracket that is open, whether a bar closes it.
    """

    def __init__(
        self,
        text: str,
        dialect: Dialect[Node],
        names: Collection[str] | None = None,
        functions: Mapping[str, tuple[str, ...]] | None = None,
        declared: Collection[str] = (),
    ) -> None:
        super().__init__(text, tokenize(text), MANNERS)
        self.dialect = dialect
        self.names = names
        self.functions = functions or {}
        self.declared = declared
        self.barred: list[bool] = [False]

    # -- expressions --------------------------------------------------------------------------

    def expression(self) -> Node:
        """A value or a condition, up to what cannot continue it."""
        return read_expression(self, self.dialect)

    def value_here(self) -> Node:
        return self.value(self.expression())

    def value(self, node: Node) -> Node:
        if node.is_condition:
            self.fail(
                "A comparison stands where a number belongs; write indicator(x > 0) for 1 or 0, "
                "or where(x > 0, a, b).",
                node,
            )
        return node

    def condition(self, node: Node) -> Node:
        if not node.is_condition:
            self.fail("A condition belongs here, such as x > 0.", node)
        return node

    # -- nodes --------------------------------------------------------------------------------

    def node(self, op: str, start: int, args: list[Node] | None = None, **more: Any) -> Node:
        self.one_more(start)
        return Node(op, start, args or [], **more)

    def literal(self, q: Fraction, start: int) -> Node:
        return self.node("number", start, value=q, shape=DIGITS, size=size.number(q))

    def symbol(self, token: Token) -> Node:
        return self.node("symbol", token.start, text=token.text, shape=WORD, size=NAMED)

    def size_of(self, at: int, growth: Callable[..., Size], *parts: Size) -> Size:
        """How large a number made of these parts can be; refused at this place if too large."""
        try:
            return growth(*parts)
        except TooLargeError as refusal:
            reason = str(refusal)
        self.fail(reason, at)

    # -- refusals -----------------------------------------------------------------------------

    def unknown(self, token: Token) -> NoReturn:
        known = sorted(self.names or ())
        if not known:
            self.fail(f"'{token.text}' is not a number; only numbers, e and pi belong here.", token)
        pieces = split_into(token.text, {*known, *CONSTANTS})
        hint = f" Did you mean '{'*'.join(pieces)}'?" if pieces else did_you_mean(token.text, known)
        self.fail(
            f"'{token.text}' is not a name that this formula knows; it may use "
            f"{listing(known)}.{hint}",
            token,
        )


def split_into(word: str, known: Collection[str]) -> list[str]:
    """`wx` → [w, x] where every piece is known, in the fewest pieces; [] if there is no way."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(word) + 1):
        ways = [
            [*before, word[start:end]]
            for start in range(end)
            if (before := best[start]) is not None and word[start:end] in known
        ]
        best.append(min(ways, key=len, default=None))
    return best[-1] or []
