"""A place among the tokens of a text: looking, taking, limits, and refusals that show the place.

Every language of formulas reads through a `Cursor`; what it allows and how it refuses is data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn, Protocol, TypeVar

from symgd.errors import FormulaError
from symgd.language.tokens import END, SIGN, Token

T = TypeVar("T")

DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class Manners:
    """How much a language reads, and how it refuses what does not continue a formula.

    nodes      how many parts a formula has at most
    counting   what the depth of at most `DEEPEST` counts
    stray      sign → why it cannot stand where it stands
    otherwise  and why any other token cannot
    """

    nodes: int
    counting: str
    stray: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "This does not continue the formula"


class Placed(Protocol):
    """What knows where it was typed: a token, a part of a tree."""

    @property
    def start(self) -> int: ...


class Cursor:
    """A text on its way to a tree: its tokens, and the one that is next."""

    def __init__(self, text: str, tokens: Sequence[Token], manners: Manners) -> None:
        self.text = text
        self.tokens = tokens
        self.manners = manners
        self.at = 0
        self.depth = 0
        self.count = 0

    # -- tokens -------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, by: int = 1) -> Token:
        """The token so many places further on; the last one stands at every place behind it."""
        return self.tokens[min(self.at + by, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """The token that was next; the one behind it is next now."""
        token = self.tokens[self.at]
        self.at += token.kind != END
        return token

    def sees(self, *signs: str) -> bool:
        """Whether one of these signs is next."""
        token = self.tokens[self.at]
        return token.kind == SIGN and token.text in signs

    def takes(self, *signs: str) -> bool:
        """Whether one of these signs was next, which is taken then."""
        seen = self.sees(*signs)
        if seen:
            self.advance()
        return seen

    # -- brackets -----------------------------------------------------------------------------

    def open(self) -> Token:
        """Takes the bracket that is next, one level deeper from here on."""
        opening = self.advance()
        self.deeper(opening)
        return opening

    def close(self, opening: Token) -> None:
        if self.token.kind == END:
            self.fail("This bracket is never closed.", opening)
        if not self.takes(")"):
            self.stray()
        self.depth -= 1

    def list_of(self, item: Callable[[], T]) -> list[T]:
        """item, item, ...: at least one."""
        items = [item()]
        while self.takes(","):
            items.append(item())
        return items

    # -- limits -------------------------------------------------------------------------------

    def deeper(self, at: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(
                f"The formula is nested more than {DEEPEST} deep, counting "
                f"{self.manners.counting}; name its parts.",
                at,
            )

    def one_more(self, at: int | Placed) -> None:
        """Counts one more part of the formula."""
        self.count += 1
        if self.count > self.manners.nodes:
            most = self.manners.nodes
            self.fail(f"The formula has more than {most} parts; split it by names.", at)

    # -- refusals -----------------------------------------------------------------------------

    def fail(self, words: str, at: int | Placed) -> NoReturn:
        raise FormulaError(words, self.text, at if isinstance(at, int) else at.start)

    def stray(self) -> NoReturn:
        """Refuses the token that is next."""
        self.fail(f"{self.manners.stray.get(self.token.text, self.manners.otherwise)}.", self.token)

    def end(self) -> None:
        """Refuses whatever is left of the text."""
        if self.token.kind != END:
            self.stray()
