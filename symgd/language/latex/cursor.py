"""Walking over the tokens of one line: looking, taking, going back, and saying what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from symgd.errors import FormulaError
from symgd.language.latex.tokens import COMMAND, END, LETTER, NUMBER, SIGN, TEXT, Token, tokenize
from symgd.language.latex.vocabulary import RELATIONS, Vocabulary

MOST_STEPS = 40_000


@dataclass(frozen=True)
class Habits:
    """Choices where notation reads in two ways; a line is accused only if all of them accuse it.

    reach    how far d/dx and ∇ reach over factors: "near" over a bracket, or over what stands
             side by side up to the next derivative, "first" over one factor, "far" to the end of
             the term
    slash    a/bc: "left" is (a/b)c, "right" is a/(bc)
    circle   a ⊙ bc: "loose" is a ⊙ (bc), "tight" is (a ⊙ b)c
    """

    reach: str = "near"
    slash: str = "left"
    circle: str = "loose"


USUAL = Habits()


class Cursor:
    """The tokens of one line, and a place among them."""

    def __init__(self, text: str, vocabulary: Vocabulary, habits: Habits = USUAL) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.habits = habits
        self.tokens = tokenize(text)
        self.place = 0
        self.steps = 0
        # Inside |...| a bar closes.
        self.bars: list[str] = []
        self.notes: list[str] = []
        # Whether a choice of `habits` was met.
        self.ambiguous: set[str] = set()

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def ahead(self, by: int = 1) -> Token:
        return self.tokens[min(self.place + by, len(self.tokens) - 1)]

    def take(self) -> Token:
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.fail("This line reads in too many ways to be followed.", self.token)
        token = self.token
        if token.kind != END:
            self.place += 1
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.kind in (SIGN, COMMAND, LETTER) and self.token.text in texts

    def takes(self, *texts: str) -> bool:
        if self.sees(*texts):
            self.take()
            return True
        return False

    def expect(self, text: str, opening: Token | None = None) -> None:
        if not self.takes(text):
            here = opening or self.token
            what = f"{text!r} is missing" + (f" to close {here.text!r} here." if opening else ".")
            self.fail(what[0].upper() + what[1:], here)

    def fail(self, reason: str, token: Token | None = None) -> NoReturn:
        raise FormulaError(reason, self.text, (token or self.token).at)

    def adjacent(self, by: int) -> bool:
        """Whether the token `by` ahead touches the one before it."""
        a, b = self.ahead(by - 1), self.ahead(by)
        return a.at + len(a.text) == b.at

    # -- what stands here --------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        return self.token.kind == END

    @property
    def at_relation(self) -> bool:
        token = self.token
        if token.kind == SIGN and token.text == ":" and self.ahead().text == "=":
            return True
        return token.kind in (SIGN, COMMAND) and token.text in RELATIONS

    @property
    def starts_operand(self) -> bool:
        """Whether a factor may begin here."""
        token = self.token
        if token.kind in (LETTER, NUMBER):
            return True
        if token.kind == TEXT:
            return token.text.replace("-", "").isalpha() and token.text not in STOPPING
        if token.kind == SIGN:
            if token.text == "|":
                return not (self.bars and self.bars[-1] == "|") and not self.in_call
            return token.text in "([{"
        if token.kind == COMMAND:
            if token.text == r"\|":
                return not (self.bars and self.bars[-1] == r"\|")
            return token.text not in RELATIONS and token.text not in NO_OPERAND
        return False

    @property
    def in_call(self) -> bool:
        """Whether the innermost bracket is that of a call, in which a bar separates."""
        return bool(self.bars) and self.bars[-1] == "call"


class Parts(Cursor):
    """What the parts of the grammar ask of each other; each is written in one of them."""

    def sum(self) -> Any:
        raise NotImplementedError

    def signed_product(self) -> Any:
        raise NotImplementedError

    def factor(self) -> Any:
        raise NotImplementedError

    def run_after(self, first: Any) -> Any:
        raise NotImplementedError

    def rest_of_term(self, first: Any) -> Any:
        raise NotImplementedError

    @property
    def begins_derivative(self) -> bool:
        raise NotImplementedError

    def atom(self) -> Any:
        raise NotImplementedError

    def scripted(self, atom: Any) -> Any:
        raise NotImplementedError

    def script_items(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def group_or_atom(self) -> Any:
        raise NotImplementedError

    def arguments(self, opening: Token, kind: str = "call") -> tuple[Any, ...]:
        raise NotImplementedError

    def letter(self) -> Any:
        raise NotImplementedError

    def applied(self, atom: Any, primes: int) -> Any:
        raise NotImplementedError

    def relation_after(self, left: Any) -> Any:
        raise NotImplementedError

    def in_subscript(self, by: int) -> bool:
        raise NotImplementedError

    def word(self) -> str | None:
        raise NotImplementedError

    def accented(self, token: Token) -> Any:
        raise NotImplementedError

    def styled(self, token: Token) -> Any:
        raise NotImplementedError

    def fraction(self, token: Token) -> Any:
        raise NotImplementedError

    def operator(self) -> Any:
        raise NotImplementedError


# Words that end a formula: what follows is said of it, not in it.
STOPPING = frozenset(
    "if where for since when because and or with otherwise so then by thus hence as let while "
    "using from is the which gives we have that else".split()
)
NO_OPERAND = frozenset(
    r"\} \rangle \cdot \times \odot \otimes \ast \div \pm \mp \end \\ \top \prime \rfloor \rceil "
    r"\setminus \cup \cap \wedge \vee \land \lor \colon \dagger \over \forall \exists".split()
)
