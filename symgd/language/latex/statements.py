r"""A line as it is written → a statement: members joined by relations, and what is said around it.

\text{if } i = j: a &= b = c \tag{1}      conditions (i = j), members a, b, c, signs =, =
&= b                                      goes on from the line above
\Rightarrow a = b                         a new statement
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symgd.errors import FormulaError
from symgd.language.latex.cursor import STOPPING, USUAL, Habits
from symgd.language.latex.grammar import Grammar
from symgd.language.latex.syntax import Interval, Members, Name, Relation
from symgd.language.latex.tokens import COMMAND, TEXT, plain
from symgd.language.latex.vocabulary import RELATIONS, Vocabulary

PUNCTUATION = (",", ".", ";", ":")
ARROWS = ("=>", "->", "<-")
CONDITIONS = frozenset("if where for when assuming with since provided because".split())


@dataclass(frozen=True)
class Statement:
    """members[0] signs[0] members[1] ...; `continues` where the first member is left out."""

    text: str
    members: tuple[Any, ...]
    signs: tuple[str, ...]
    continues: bool
    conditions: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    ambiguous: frozenset[str] = field(default=frozenset())


def statement(text: str, vocabulary: Vocabulary, habits: Habits = USUAL) -> Statement:
    """The statement that a line makes.

    Raises FormulaError, with the place, for what is not understood.
    """
    try:
        return Reader(plain(text), vocabulary, habits).statement(text)
    except RecursionError:
        raise FormulaError("This line is nested too deeply to be read.") from None


class Reader(Grammar):
    """Reads one line whole."""

    def statement(self, text: str) -> Statement:
        conditions = list(self.prefix())
        members: list[Any] = []
        signs: list[str] = []
        continues = self.at_relation
        if not continues:
            members.append(self.member())
        while self.at_relation:
            sign = self.relation_sign()
            if sign in ARROWS:
                # a = b ⇒ c = d says c = d; what stands before it was judged as it stands.
                if members and not self.ends_here:
                    signs.append("=>")
                    members.append(self.member())
                continue
            if self.sees(r"\dots") and RELATIONS.get(self.ahead().text) == "=":
                self.take()  # = ... = skips what is not written
                continue
            signs.append(sign)
            members.append(self.set() if sign in ("in", "notin") else self.member())
        conditions += self.suffix()
        if not members:
            self.fail("There is no formula in this line.")
        return Statement(
            text, tuple(members), tuple(signs), continues, tuple(conditions),
            tuple(self.notes), frozenset(self.ambiguous),
        )  # fmt: skip

    def member(self) -> Any:
        return self.sum()

    @property
    def ends_here(self) -> bool:
        return self.at_end or (self.token.kind == TEXT and self.token.text in STOPPING)

    def relation_sign(self) -> str:
        token = self.take()
        if token.text == ":":
            self.take()
            return "="
        return RELATIONS[token.text]

    # -- around the formula ------------------------------------------------------------------------

    def prefix(self) -> list[Any]:
        """Arrows, words and `if i = j:` before the formula."""
        conditions: list[Any] = []
        while True:
            token = self.token
            if token.kind == COMMAND and RELATIONS.get(token.text) in ("=>", "->"):
                self.take()
            elif token.kind == TEXT and self.is_condition(token.text) and self.colon_ahead():
                self.take()
                conditions.append(self.relation_after(self.sum()))
                self.takes(":", ",")
            elif token.kind == TEXT and not self.attached():
                self.take()
                self.takes(",", ":")
            elif token.text in (":", ",") and not self.at_relation:
                self.take()
            else:
                return conditions

    def is_condition(self, text: str) -> bool:
        return text.split(" ", 1)[0].lower().rstrip(":,") in CONDITIONS

    def attached(self) -> bool:
        """Whether this text is a name of the formula, as in \\text{loss} = ..."""
        nearest = self.ahead()
        return (
            self.token.text.isidentifier()
            and (nearest.text in ("_", "^", "(", "'") or nearest.text in RELATIONS)
            and self.token.text.lower() not in STOPPING
        )

    def colon_ahead(self) -> bool:
        i = 1
        while self.ahead(i).kind != "end":
            if self.ahead(i).text == ":" and self.ahead(i + 1).text != "=":
                return True
            if self.ahead(i).text == "," and self.ahead(i).kind == "sign":
                return True
            i += 1
        return False

    def suffix(self) -> list[Any]:
        """Punctuation, remarks, and `for i ≠ j` behind the formula."""
        conditions: list[Any] = []
        while not self.at_end:
            token = self.token
            if token.kind == TEXT:
                self.take()
                continue
            if token.text in PUNCTUATION or token.text in (r"\square", r"\blacksquare", r"\qed"):
                self.take()
                continue
            if token.text == "(" and self.ahead().kind == TEXT:
                while not self.at_end and not self.takes(")"):
                    self.take()
                continue
            if token.text in (r"\forall", "\\\\"):
                self.take()
                continue
            left = self.sum()
            if not self.at_relation:
                self.fail("This stands behind the formula and is not understood.", token)
            conditions.append(self.condition_after(left))
        return conditions

    def condition_after(self, left: Any) -> Any:
        if RELATIONS[self.token.text] in ("in", "notin"):
            self.take()
            return Relation(left, "in", self.set(), at=left.at)
        return self.relation_after(left)

    # -- sets --------------------------------------------------------------------------------------

    def set(self) -> Any:
        r"""\{-1, 1\}, (0, 1), \mathbb{R}, \mathbb{R}^{n \times m}, N."""
        token = self.token
        if token.text in (r"\{", "{"):
            self.take()
            members = [self.sum()]
            while self.takes(","):
                if self.takes(r"\dots"):
                    continue
                members.append(self.sum())
            self.expect(r"\}" if token.text == r"\{" else "}", token)
            return Members(tuple(members), at=token.at)
        if token.text in ("(", "["):
            self.take()
            low = self.sum()
            self.expect(",")
            high = self.sum()
            closing = self.take()
            return Interval(low, high, (token.text == "[", closing.text == "]"), at=token.at)
        if token.text == r"\mathbb":
            return self.number_set()
        return self.scripted(self.atom())

    def number_set(self) -> Members:
        token = self.take()
        letter = self.group_or_atom()
        text = letter.base if isinstance(letter, Name) else "?"
        sizes: list[Any] = []
        if self.takes("_"):
            text += "_" + "".join(t.text for t in self.group_tokens())
        if self.takes("^"):
            if self.takes("{"):
                sizes.append(self.size())
                while self.takes(r"\times", ","):
                    sizes.append(self.size())
                self.expect("}")
            elif self.token.text in ("+", "*"):
                text += self.take().text
            else:
                sizes.append(self.group_or_atom())
        if self.takes("_"):
            text += "_" + "".join(t.text for t in self.group_tokens())
        return Members(tuple(sizes), text, at=token.at)

    def group_tokens(self) -> list[Any]:
        if not self.takes("{"):
            return [self.take()]
        out = []
        while not self.takes("}"):
            out.append(self.take())
        return out

    def size(self) -> Any:
        if self.sees("+", "*"):
            return Name(self.take().text)
        factors = [self.scripted(self.atom())]
        while self.sees("+", "-"):
            self.take()
            factors.append(self.scripted(self.atom()))
        return factors[0]
