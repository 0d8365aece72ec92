"""Practice as users hold it: a learner's session, line by line.

session = practice(Neuron(), "w")
session.say("dC/dw = dC/dz * x").status         "unfinished"
session.hint().text
session.receipt()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symgd.api.arguments import DOCUMENT, NAMES, TEXT, takes
from symgd.api.exercises import MODEL, material_of
from symgd.api.models import Model, Neuron
from symgd.errors import LimitError
from symgd.exercises import practice as room
from symgd.pages.document import Phrase
from symgd.pages.messages import language as language_of
from symgd.resources import bounded


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a line, or to a wish for a hint.

    status    right, unfinished (it holds, and is not yet the goal), known, defined, wrong, unknown
              (not understood), named (a rule and no line), hint, shown, done or full
    text      what is said, in the language of the session
    slip      the kind of the slip of a wrong line, where one change makes it right; else ""
    latex     the line as it was read
    is_over   whether everything has been found or shown
    """

    status: str
    text: str
    slip: str = ""
    latex: str = ""
    is_over: bool = False


class Practice:
    """One learner's way to the derivatives of a model: texts in, data out, no terminal."""

    def __init__(self, session: room.Session) -> None:
        self.session = session

    def __repr__(self) -> str:
        left = [g.name for g in self.session.goals if not g.state]
        return f"<Practice: {len(self.session.said)} lines, open: {', '.join(left) or 'nothing'}>"

    @property
    def is_over(self) -> bool:
        return self.session.is_over

    @property
    def goal(self) -> str:
        """What is to be found next, as a terminal shows it; "" when all is found."""
        goal = self.session.goal
        return "" if goal is None else self._text(Phrase("{0}", (goal.left,)))

    @takes(text=DOCUMENT)
    def say(self, text: str) -> Answer:
        """The learner's next line: LaTeX, or a formula as it is typed; = goes on from the last.

        A line that takes longer than the limits allow is not understood, and never an error.
        """
        try:
            self.session, reply = self._bounded_say(text)
        except LimitError as error:
            return Answer("unknown", str(error), is_over=self.is_over)
        return self._answer(reply)

    @bounded
    def _bounded_say(self, text: str) -> tuple[room.Session, room.Reply]:
        return room.say(self.session, text)

    def hint(self) -> Answer:
        """The name of the next rule; asked again, why it holds; asked again, the line."""
        self.session, reply = room.hint(self.session)
        return self._answer(reply)

    def show(self) -> Answer:
        """The result that is asked for, which is then shown and not found."""
        self.session, reply = room.show(self.session)
        return self._answer(reply)

    def receipt(self) -> dict[str, Any]:
        """What was reached, as data for JSON: goals, lines with their status, hints."""
        return room.receipt(self.session)

    def receipt_text(self) -> str:
        """The same in words."""
        return room.receipt_text(self.session.words, self.receipt())

    def opening(self) -> str:
        """What is said first: the model, and what is to be found."""
        from symgd.pages.text import block_lines

        formulas = self.session.material.document.formulas
        blocks = [b for b in self.session.material.document.blocks if b.kind == "model"]
        said = self.session.words.exercises
        goals = [Phrase(said["practice:title"], (g.left,)) for g in self.session.goals[:1]]
        example = f"{self.goal} = ..."
        how = said["practice:how"].format(example=example)
        model = ["\n".join(block_lines(b, formulas)) for b in blocks]
        return "\n\n".join([*model, *map(self._text, goals), how]) + "\n"

    def _answer(self, reply: room.Reply) -> Answer:
        told = reply.told
        return Answer(
            reply.status,
            "\n".join(map(self._text, reply.words)),
            told.slip.kind if told is not None and told.slip is not None else "",
            told.latex if told is not None else "",
            self.is_over,
        )

    def _text(self, phrase: Phrase) -> str:
        text = self.session.material.document.formulas.text
        return phrase.render(lambda x: x if isinstance(x, str) else text(x))


@takes(model=MODEL, wrt=NAMES, language=TEXT)
@bounded
def practice(model: Model | None = None, *wrt: str, language: str = "en") -> Practice:
    """A session in which a learner derives the gradient of a model, line by line.

    >>> session = practice(Neuron(), "w")
    >>> session.say("dC/dw = (yhat - y)*yhat*(1 - yhat)*x").status
    'right'

    wrt   the parameters whose derivatives are asked for; without it, all

    Raises ModelError for a name that is no parameter, InputError for a language that there is not.
    """
    language_of(language)
    derived = (model or Neuron()).derive(*wrt)
    return Practice(room.begin(material_of(derived, language)))


__all__ = ["Answer", "Practice", "practice"]
