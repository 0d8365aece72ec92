"""What a page shows, in which order and which words: titled blocks of rows.

A derivation becomes a `Document` in one language, over scalars (`symgd.pages.scalars`) or over
arrays (`symgd.pages.arrays`), and each format renders that. A format says how a line is laid out;
how a formula is spelled is asked of `Document.formulas`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from symgd.language.printer import some_digits
from symgd.pages.messages import MARKS
from symgd.pages.messages.english import Language
from symgd.trees.notation import DIGITS
from symgd.trees.steps import Verdict

Set = Callable[[Any], str]
Parts = Sequence[Any]


class Formulas(Protocol):
    """Spells whatever stands on the lines of one document; a text among them is a number."""

    def text(self, x: Any) -> str:
        """Unicode for a terminal; `lines` unfolds what stands tall in it."""

    def speech(self, x: Any) -> str:
        """Unicode in one line, as it is read aloud."""

    def latex(self, x: Any) -> str:
        """LaTeX."""

    def latex_with_marks(self, x: Any, came: Parts = (), goes: Parts = ()) -> str:
        """LaTeX whose parts that came from the line before, and go in the next, are marked."""

    def changes(self, before: Any, part: Any, after: Any) -> tuple[Parts, Parts]:
        """What a step changed in the line before, and what it made in the line after."""

    def columns(self, x: Any) -> float:
        """How wide it is, in columns of text."""

    def pieces(self, x: Any, room: float) -> list[tuple[str, float]]:
        """LaTeX in as many lines as it takes, each with its width; what must not shrink has 0."""

    def lines(self, text: str) -> list[str]:
        """A line of `text` as the lines that it takes on a terminal."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words with formulas among them, which stand as {0}, {1}, ... in the words."""

    words: str
    formulas: tuple[Any, ...] = ()

    def render(self, set_math: Set) -> str:
        """The words, with every formula as `set_math` sets it."""
        return self.words.format(*map(set_math, self.formulas)) if self.formulas else self.words


@dataclass(frozen=True, slots=True)
class Row:
    """left = right = value, and what is said beside it.

    rule     of a line that is a step
    why      the one sentence that says why the rule holds
    lemma    the number of the lemma that it quotes, or 0
    part     the part that changed, and what it became
    sign     =, ← where the name has a new value, ∈ where a set stands on the right
    rules    the ids of what `rule` names, those in passing behind the first
    beside   of rows that follow one another and may share a line of paper: what they have in common
    """

    left: Any
    right: Any
    value: Any = ""
    rule: Phrase | None = None
    why: str = ""
    verdict: Verdict | None = None
    lemma: int = 0
    part: tuple[Any, Any] | None = None
    sign: str = "="
    rules: tuple[str, ...] = ()
    beside: Any = None

    @property
    def command(self) -> str:
        """The sign in LaTeX."""
        return {"←": r"\leftarrow", "∈": r"\in"}.get(self.sign, self.sign)

    @property
    def mark(self) -> str:
        """✓ or ≈."""
        return MARKS[self.verdict.status] if self.verdict is not None else ""


@dataclass(frozen=True, slots=True)
class Block:
    """A titled run of rows.

    kind     model, lemma, backward, tangent, gradient, hessian, pass, adjoints, delta, parameter,
             general, forward, worked, update or result
    number   of a lemma
    """

    kind: str
    title: Phrase
    rows: tuple[Row, ...]
    number: int = 0

    @property
    def is_derived(self) -> bool:
        """Whether its rows are steps, each with its rule; in the model a row may have a remark."""
        return self.kind != "model" and any(row.rule is not None for row in self.rows)


@dataclass(frozen=True)
class Document:
    """One derivation, with its worked point if there is one, in one language.

    change     what first order predicts of an update beside what happens
    verdicts   of every step, in order
    """

    words: Language
    formulas: Formulas
    blocks: tuple[Block, ...]
    result: Block
    change: tuple[Phrase, ...]
    verdicts: tuple[Verdict, ...]

    def legend(self, marks: bool = True) -> str:
        """How many steps there are, and what their marks mean."""
        meanings = []
        for status in dict.fromkeys(v.status for v in self.verdicts):
            digits = max(v.digits for v in self.verdicts if v.status == status)
            meaning = self.words.verdicts[status].format(digits=digits)
            meaning = meaning[0].upper() + meaning[1:]
            meanings.append(f"{MARKS[status]} {meaning}" if marks else meaning)
        stop = self.words.headings["stop"]
        count = self.words.headings["steps"].format(count=len(self.verdicts))
        return f"{count} {stop.join(meanings)}{stop.strip()}"


def shown_number(x: float, digits: int = DIGITS) -> str:
    """A value to so many digits, with a minus sign that is one."""
    return some_digits(x, digits).replace("-", "−")


def in_brackets(x: float, digits: int = DIGITS) -> str:
    """A value that stands in a product."""
    shown = shown_number(x, digits)
    return f"({shown})" if x < 0 else shown


def change_of(
    words: Language, predicted: float, actual: float, corners: Sequence[Any], digits: int = DIGITS
) -> tuple[Phrase, ...]:
    """What first order predicts of an update, what happens, and a word on a corner."""
    headings = words.headings
    sentence = Phrase(
        f"{headings['predicted']} {{0}}{headings['semicolon']}"
        f"{headings['actual']} {{1}}{headings['stop'].strip()}",
        (shown_number(predicted, digits), shown_number(actual, digits)),
    )
    if not corners:
        return (sentence,)
    listed = words.listing([f"{{{i}}}" for i in range(len(corners))])
    return sentence, Phrase(headings["corner"].format(names=listed), tuple(corners))
