"""What every rule of the grammar uses: the tokens, the limits, and how a refusal is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any, Final, NoReturn

from symgd.errors import FormulaError, did_you_mean, listing
from symgd.functions import growth as size
from symgd.functions.growth import NAMED, Size, TooLargeError
from symgd.language.tokens import END, RAISED, SIGN, Token, tokenize
from symgd.language.tree import DIGITS, WORD, Node

DEEPEST: Final = 60
MOST_NODES: Final = 5_000

CONSTANTS = {"e": size.E, "E": size.E, "pi": size.PI}

STRAY = {
    ")": "This closing bracket was never opened",
    "=": "A formula is one expression, not an equation; give its right-hand side alone, and "
    "write == to compare",
    ",": "A comma only stands between the arguments of a function",
    ":": "A colon only stands between a condition and its value, as in cases(x > 0: x, 0)",
}


class Reader(ABC):
    """A text on its way to a tree.

    `names`: those that it may use (None: any); `functions`: name → the names of its variables.
    """

    def __init__(
        self,
        text: str,
        names: Collection[str] | None = None,
        functions: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.text = text
        self.names = names
        self.functions = functions or {}
        self.tokens = tokenize(text)
        self.at = 0
        self.depth = 0
        self.count = 0
        self.barred: list[bool] = [False]

    @abstractmethod
    def expression(self) -> Node:
        """One expression, up to what cannot continue it."""

    # -- tokens -------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        token = self.token
        self.at += token.kind != END
        return token

    def sees(self, sign: str) -> bool:
        return self.token.kind == SIGN and self.token.text == sign

    def close(self, opening: Token) -> None:
        if self.token.kind == END:
            self.fail("This bracket is never closed.", opening)
        if not self.sees(")"):
            self.stray()
        self.advance()
        self.depth -= 1

    # -- nodes and limits ---------------------------------------------------------------------

    def node(self, op: str, start: int, args: list[Node] | None = None, **more: Any) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            self.fail(f"The formula has more than {MOST_NODES} parts; split it by names.", start)
        args = args or []
        cased = op == "cases" or any(a.cased for a in args)
        return Node(op, start, args, cased=cased, **more)

    def literal(self, q: Fraction, start: int) -> Node:
        return self.node("number", start, value=q, shape=DIGITS, size=size.number(q))

    def symbol(self, token: Token) -> Node:
        return self.node("symbol", token.start, text=token.text, shape=WORD, size=NAMED)

    def sized(self, at: int | Node, growth: Callable[..., Size], *parts: Size) -> Size:
        try:
            return growth(*parts)
        except TooLargeError as refusal:
            reason = str(refusal)
        self.fail(reason, at)

    def deeper(self, at: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(
                f"The formula is nested more than {DEEPEST} deep, counting brackets, signs and "
                "powers of powers; name its parts.",
                at,
            )

    # -- refusals -----------------------------------------------------------------------------

    def fail(self, words: str, at: int | Token | Node) -> NoReturn:
        raise FormulaError(words, self.text, at if isinstance(at, int) else at.start)

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

    def stray(self) -> NoReturn:
        words = STRAY.get(self.token.text, "This does not continue the formula")
        if self.token.kind == RAISED:
            words = "Two raised numbers side by side are not read; write (x^2)^3 or x^6"
        self.fail(f"{words}.", self.token)

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
