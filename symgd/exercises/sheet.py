"""What an exercise is: what is handed out, its solution, and what its answers are held against.

A `Sheet` checks itself as it is made: each answer of its solution is right by the judge that marks
the answers of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symgd.exercises.making import Equation
from symgd.exercises.points import shown
from symgd.judge.marking.answers import Key, Question
from symgd.judge.marking.scheme import Scheme
from symgd.pages.document import Document, Phrase
from symgd.pages.messages.english import Language
from symgd.pages.sheets import Form, Gapped, Heading, Leaf, Listed, Piece, Said
from symgd.trees.kept import Kept


@dataclass(frozen=True)
class Sheet(Kept):
    """One exercise of one student.

    name       of its file, and of its sheet in the scheme
    student    as it is printed; "" where the sheet is nobody's
    body       what is asked, and `solved` the same with nothing left out
    readable   of numbers: whether all of them come out readable
    """

    name: str
    student: str
    kind: str
    seed: int
    difficulty: str
    words: Language
    document: Document
    body: tuple[Piece, ...]
    solved: tuple[Piece, ...]
    key: Key
    scheme: Scheme
    readable: bool = True

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.key.questions

    @property
    def points(self) -> float:
        return sum(q.points for q in self.questions)

    def leaf(self) -> Leaf:
        """What is handed out."""
        words = self.words.exercises
        form = Form(tuple(label(self.words, q) for q in self.questions))
        pieces: tuple[Piece, ...] = (
            *self._head(words[f"title:{self.kind}"]),
            *self.body,
            Heading(Phrase(words["form"])),
            Said(Phrase(words["form:how"])),
            form,
        )
        return self._leaf(pieces, self.data())

    def solution(self) -> Leaf:
        """The same with nothing left out, and how it is marked."""
        words = self.words.exercises
        title = words["title:solution"].format(title=words[f"title:{self.kind}"])
        pieces = (
            *self._head(title),
            *self.solved,
            *self.marking(),
        )
        return self._leaf(pieces, self.data(answers=True))

    def marking(self) -> tuple[Piece, ...]:
        """The scheme, for people: each answer with its points, and what earns a part of them."""
        words = self.words.exercises
        rules = [words["scheme:points"].format(points=shown(self.points)), words["scheme:forms"]]
        for status in ("unfinished", "follows", "wrong"):
            part = shown(100 * self.scheme.worth(status) / (self.scheme.right or 1))
            if _is_asked(self.questions, status):
                rules.append(words[f"scheme:{status}"].format(part=part))
        rules.append(words["scheme:unknown"])
        items = tuple(
            (label(self.words, q), Phrase(words[f"kind:{q.kind}"], (answer_shown(q),)))
            for q in self.questions
        )
        return Heading(Phrase(words["scheme"])), *(Said(Phrase(r)) for r in rules), Listed(items)

    def data(self, answers: bool = False) -> dict[str, Any]:
        """The exercise as data, with its answers or without."""
        out: dict[str, Any] = {
            "schema": 1,
            "name": self.name,
            "student": self.student,
            "kind": self.kind,
            "seed": self.seed,
            "difficulty": self.difficulty,
            "points": self.points,
            "definitions": list(self.key.definitions),
            "text": [
                p.words.render(WithLatex(self.document.formulas).text)
                for p in self.body
                if isinstance(p, Said)
            ],
            "questions": [question_data(q, answers) for q in self.questions],
        }
        return out

    def _head(self, title: str) -> tuple[Piece, ...]:
        head: list[Piece] = [Heading(Phrase(title), 1)]
        if self.student:
            said = self.words.exercises["student"].format(name=self.student)
            head.append(Said(Phrase(said)))
        return tuple(head)

    def _leaf(self, pieces: tuple[Piece, ...], data: dict[str, Any]) -> Leaf:
        return Leaf(self.words, WithLatex(self.document.formulas), pieces, data)


@dataclass(frozen=True, slots=True)
class Latex:
    """A formula that is there as text alone: in LaTeX, and as a terminal shows it."""

    latex: str
    text: str


class WithLatex(Gapped):
    """Formulas beside which answers stand that are texts."""

    def text(self, x: Any) -> str:
        return x.text if isinstance(x, Latex | Equation) else super().text(x)

    def latex(self, x: Any) -> str:
        return x.latex if isinstance(x, Latex | Equation) else super().latex(x)

    def latex_with_marks(self, x: Any, came: Any = (), goes: Any = ()) -> str:
        return x.latex if isinstance(x, Latex | Equation) else super().latex_with_marks(x)


def answer_shown(question: Question) -> Latex:
    """The right answer, as the scheme for people shows it."""
    if question.kind == "rule":
        return Latex(rf"\text{{{question.answer}}}", question.answer)
    return Latex(question.answer, question.shown or question.answer)


def label(words: Language, question: Question) -> str:
    """[3: 2 points]"""
    which = "label:one" if question.points == 1 else "label:many"
    points = shown(question.points)
    return words.exercises[which].format(number=question.number, points=points)


def question_data(question: Question, answers: bool) -> dict[str, Any]:
    """A question as JSON and TOML hold it; what is empty is left out."""
    out: dict[str, Any] = {
        "number": question.number, "kind": question.kind, "points": question.points,
    }  # fmt: skip
    if question.left:
        out["left"] = question.left
    if answers:
        out["answer"] = question.answer
        if question.kind == "factor":
            out["line"] = question.line
        if question.kind == "rule":
            out["names"] = list(question.names)
        if question.kind == "number":
            out["value"] = question.value
            if question.follows:
                out["follows"] = question.follows
    return out


def _is_asked(questions: Iterable[Question], status: str) -> bool:
    """Whether any of the questions can be answered so."""
    kinds = {q.kind for q in questions}
    return {"unfinished": bool(kinds & {"line", "factor"}), "follows": "number" in kinds}.get(
        status, True
    )


__all__ = ["Sheet", "label", "question_data"]
