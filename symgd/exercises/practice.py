"""Practice: the learner's next line → what is answered. Pure: no input, no output, no clock.

    session = begin(material, ("w", "b"))
    session, reply = say(session, "dC/dw = dC/dz * x")
    session, reply = hint(session)
    receipt(session)

A session is data, and every call makes a new one, so that a page can keep it, go back and replay.
Any line that holds is right, in whatever order lines are told; the judge knows no rule of
differentiation and has never seen the derivation. The derivation is there for hints: the name of
its next rule, then why it holds, then the line. What the judge does not understand is said not to
be understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symgd.errors import FormulaError
from symgd.exercises.making import Material, given_in
from symgd.judge.lines import (
    DEFINED,
    RIGHT,
    UNFINISHED,
    UNKNOWN,
    WRONG,
    Given,
    Told,
    formula_of,
    told,
)
from symgd.judge.marking.answers import is_named, opened, telling_words
from symgd.judge.words import words_of
from symgd.language.dresses import read_dress
from symgd.language.latex.syntax import Name
from symgd.pages.document import Phrase, Row
from symgd.pages.messages.english import Language
from symgd.trees.kept import Kept
from symgd.trees.steps import Derivation

MOST_LINES = 500
_FORMULA = re.compile(r"\{\d+\}")
# Of a word in Latin letters that names a rule.
SHORTEST = 4
_UPRIGHT = re.compile(r"\\(?:mathrm|operatorname)\{(\w+)\}")
SHOWN, KNOWN, NAMED, HINT = "shown", "known", "named", "hint"
DONE, FULL = "done", "full"
# How much of a line of the derivation a hint has told.
NAME, WHY, LINE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Goal(Kept):
    """What is to be found: its left side, and the lines of the derivation that lead there.

    lines   the left side of each with its row
    result  what it is in names of the model alone
    state   "" while it is open, found, or shown where its last line was told
    """

    name: str
    left: Any
    latex: str
    lines: tuple[tuple[Any, Row], ...]
    result: Any
    state: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: an id, the line as it was understood, and sentences in the language.

    status   right, unfinished, known, defined, wrong, unknown, named (a rule and no line), hint,
             shown, done or full
    """

    status: str
    words: tuple[Phrase, ...]
    told: Told | None = None


@dataclass(frozen=True)
class Session(Kept):
    """Where a learner is.

    goals    in order; the first that is open is the one that is asked for
    given    the definitions of the model, and the learner's own
    said     every line with its reply, in order
    hints    (line of the derivation, how much was told) for the current goal: where hints are
    count    how many hints were given
    """

    material: Material
    goals: tuple[Goal, ...]
    given: Given
    said: tuple[tuple[str, Reply], ...] = ()
    left: str = ""
    hinted: tuple[int, int] = (0, 0)
    count: int = 0

    @property
    def words(self) -> Language:
        return self.material.document.words

    @property
    def goal(self) -> Goal | None:
        """What is asked for; None when all is found."""
        return next((g for g in self.goals if not g.state), None)

    @property
    def is_over(self) -> bool:
        return self.goal is None or len(self.said) >= MOST_LINES


def begin(material: Material, names: tuple[str, ...] = ()) -> Session:
    """A session whose goals are the derivatives of the result, or of those that are named."""
    latex = material.document.formulas.latex
    key = given_in(material)
    goals = [
        Goal(name, left, latex(left), _lines(material, left), result)
        for name, left, result in _lefts(material)
        if not names or name in names
    ]
    given = replace(key.given(), goal=goals[0].latex if goals else "")
    typed = dict(_typed(material, given))
    given = replace(given, typed=typed, letters=given.letters | {n for n in typed if len(n) == 1})
    return Session(material, tuple(goals), given)


def _typed(material: Material, given: Given) -> Iterator[tuple[str, str]]:
    r"""E → \mathcal{E}: the names of scalars that are typed otherwise than they are set.

    What is the dress of another name is that name: y in a book whose ŷ is y.
    """
    record = material.record
    if not isinstance(record, Derivation):
        return
    for name in (*record.graph.leaves, *record.graph.definitions):
        said = formula_of(str(name), given.letters | {str(name)})
        dress = material.document.formulas.latex(name)
        known = given.read(f"{said} = 0"), given.read(f"{dress} = 0")
        bases = [s.members[0].base if s and isinstance(s.members[0], Name) else "" for s in known]
        if bases[0] != bases[1] and bases[0] not in given.heads:
            yield said, dress


def _lefts(material: Material) -> Iterator[tuple[str, Any, Any]]:
    """(parameter, the left side of its derivative, its result), in the order of the derivation.

    A page may list what the results quote, ∂C/∂z, beside them.
    """
    record = material.record
    if isinstance(record, Derivation):
        for names, section in zip(record.wrt, record.sections, strict=True):
            name = ",".join(map(str, names))
            yield name, section.left, record.results[name]
        return
    rows = material.document.result.rows[-len(record.results) :]
    for name, row in zip(record.results, rows, strict=True):
        yield name, row.left, row.right


def _lines(material: Material, left: Any) -> tuple[tuple[Any, Row], ...]:
    """The lines that lead to a result, those of what it goes back through first."""
    own: list[tuple[Any, Row]] = []
    before: list[tuple[Any, Row]] = []
    for block in material.document.blocks:
        if not block.is_derived:
            continue
        chain = None
        lines = []
        for row in block.rows:
            chain = row.left if row.left is not None else chain
            if row.rule is not None and row.right is not None:
                lines.append((chain, row))
        if any(a == left for a, _ in lines):
            own += [(a, row) for a, row in lines if a == left]
        elif block.kind in ("lemma", "backward", "tangent", "delta", "adjoints"):
            before += lines
    # of what comes before its end alone: how a known function is derived is another exercise
    ends = tuple({a: (a, row) for a, row in before}.values())
    quoted = next((k for k, (_, row) in enumerate(own) if row.lemma), 0)
    return (*own[:quoted], *ends, *own[quoted:])


# -- lines ----------------------------------------------------------------------------------------


def say(session: Session, text: str) -> tuple[Session, Reply]:
    """The next line of the learner, and what is answered to it."""
    goal = session.goal
    words = session.words.exercises
    if goal is None:
        return session, Reply(DONE, (Phrase(words["practice:done"]),))
    if len(session.said) >= MOST_LINES:
        many = words["practice:many"].format(count=MOST_LINES)
        return session, Reply(FULL, (Phrase(many),))
    found = told(session.given, text, session.left)
    status = found.status
    if status == UNFINISHED and _finishes_another(session, found):
        return _reached(session, text, found)
    if status == RIGHT:
        return _reached(session, text, found)
    if status in (UNFINISHED, DEFINED) and _is_known(session, found):
        return _answer(session, text, Reply(KNOWN, (Phrase(words["practice:known"]),), found))
    if status == UNFINISHED:
        said = Phrase(words["practice:unfinished"], (goal.left,))
        next_ = replace(session, left=found.left)
        return _answer(next_, text, Reply(UNFINISHED, (said,), found))
    if status == DEFINED:
        given = replace(session.given, definitions=(*session.given.definitions, found.latex))
        said = Phrase(words["practice:defined"])
        return _answer(replace(session, given=given), text, Reply(DEFINED, (said,), found))
    if status == WRONG:
        return _answer(session, text, Reply(WRONG, _wrong_words(session, found), found))
    if _names_a_rule(goal, text):
        return _answer(session, text, Reply(NAMED, (Phrase(words["practice:named"]),), found))
    return _answer(session, text, Reply(UNKNOWN, _unknown_words(session, found), found))


def _answer(session: Session, text: str, reply: Reply) -> tuple[Session, Reply]:
    return replace(session, said=(*session.said, (text, reply))), reply


def _finishes_another(session: Session, found: Told) -> bool:
    """Whether the line says what another open goal is."""
    return _index(session, found) is not None


def _index(session: Session, found: Told) -> int | None:
    """The open goal that a line finds: the current one, or one that comes later."""
    for k, goal in enumerate(session.goals):
        given = replace(session.given, goal=goal.latex)
        if not goal.state and told(given, found.latex).status == RIGHT:
            return k
    return None


def _reached(session: Session, text: str, found: Told) -> tuple[Session, Reply]:
    """A goal is found: the next open one is asked for."""
    k = _index(session, found)
    assert k is not None
    return _answer_reached(_with_state(session, k, "found"), text, k, found)


def _with_state(session: Session, k: int, state: str) -> Session:
    goals = (*session.goals[:k], replace(session.goals[k], state=state), *session.goals[k + 1 :])
    after = replace(session, goals=goals)
    if after.goal is session.goal:
        return after
    latex = after.goal.latex if after.goal is not None else ""
    given = replace(session.given, goal=latex or session.given.goal)
    return replace(after, given=given, left="", hinted=(0, 0))


def _answer_reached(
    session: Session, text: str, k: int, found: Told | None, status: str = RIGHT
) -> tuple[Session, Reply]:
    said = session.words.exercises
    first = Phrase(said["practice:right"], (session.goals[k].left,))
    reply = Reply(status, (first, *next_words(session)), found)
    return _answer(session, text, reply)


def next_words(session: Session) -> tuple[Phrase, ...]:
    """What is asked for next, or that this was all."""
    said = session.words.exercises
    if session.goal is None:
        return (Phrase(said["practice:done"]),)
    return (Phrase(said["practice:next"], (session.goal.left,)),)


def _is_known(session: Session, found: Told) -> bool:
    """Whether the line was told already, or says of something that it is itself."""
    if any(r.told is not None and r.told.latex == found.latex for _, r in session.said):
        return True
    sides = [" ".join(s.split()) for s in found.latex.split("=")]
    return len(sides) > 1 and len(set(sides)) == 1


def _wrong_words(session: Session, found: Told) -> tuple[Phrase, ...]:
    """That it does not hold, the slip, and numbers at which one can see it."""
    said = session.words.exercises
    out = [Phrase(said["practice:wrong"])]
    if found.slip is not None:
        slip = slip_words(session.words, found.slip.words)
        if slip:
            out.append(Phrase(said["practice:slip"].replace("{slip}", "{0}"), (slip,)))
    if found.point and found.sides[0]:
        comma = session.words.headings["comma"]
        point = comma.join(
            f"{_name_as_read(n)} = {_number_as_read(x)}" for n, x in found.point.items()
        )
        line = said["practice:at"]
        for n, key in enumerate(("point", "left", "right")):
            line = line.replace(f"{{{key}}}", f"{{{n}}}")
        out.append(Phrase(line, (point, *map(_number_as_read, found.sides))))
    return tuple(out)


def _name_as_read(latex: str) -> str:
    r"""A name of the judge, \pi_1, as a terminal shows it: π₁."""
    try:
        return read_dress(latex)[1]
    except FormulaError:
        return latex


def _number_as_read(number: str) -> str:
    return number.replace("-", "−")


def slip_words(words: Language, own: str) -> str:
    """What the judge says of a slip, in the words of the session."""
    return words_of(words.code).tell(own).replace("$", "")


def _unknown_words(session: Session, found: Told) -> tuple[Phrase, ...]:
    said = session.words.exercises
    out = [Phrase(said["practice:unknown"])]
    if found.reason:
        reason = said["practice:reason"].replace("{reason}", "{0}")
        # the caret below a formula points into LaTeX that the learner has not typed
        told = words_of(session.words.code).tell(found.reason)
        first = _UPRIGHT.sub(r"\1", told).replace("$", "")
        out.append(Phrase(reason, (first,)))
    return tuple(out)


def _names_a_rule(goal: Goal, text: str) -> bool:
    """Whether words name a rule of one of the lines that lead to the goal."""
    said = telling_words(text)
    if len(said) < SHORTEST and said.isascii():
        return False
    # without what the rule is applied to: "chain rule through"
    names = (_FORMULA.sub("", row.rule.words) for _, row in goal.lines if row.rule)
    return any(is_named(said, name) for name in names)


# -- hints ----------------------------------------------------------------------------------------


def hint(session: Session) -> tuple[Session, Reply]:
    """The next hint: the rule of the next line, then why it holds, then the line itself.

    The next line is the first behind the last one that the learner has reached: told with the same
    left side, in whatever form.
    """
    goal = session.goal
    said = session.words.exercises
    if goal is None or not goal.lines:
        return session, Reply(HINT, (Phrase(said["practice:hint:none"]),))
    at, told_of = session.hinted
    if told_of >= LINE:
        at, told_of = at + 1, 0
    if told_of == 0:
        at = _first(session, goal, at)
    if at >= len(goal.lines):
        return session, Reply(HINT, (Phrase(said["practice:hint:none"]),))
    left, row = goal.lines[at]
    assert row.rule is not None
    told_of += 1
    if told_of == NAME and left != goal.left:
        phrase = Phrase(said["practice:next"], (left,))
    elif told_of == NAME:
        words = said["practice:hint:rule"].replace("{0}", row.rule.words)
        phrase = Phrase(words, row.rule.formulas)
    elif told_of == WHY and row.why and left == goal.left:
        phrase = Phrase(said["practice:hint:why"].replace("{0}", row.why.replace("{", "{{")))
    else:
        told_of = LINE
        phrase = Phrase(said["practice:hint:line"], (left, row.right))
    after = replace(session, hinted=(at, told_of), count=session.count + 1)
    if told_of == LINE and at == len(goal.lines) - 1:
        return _shown(after, goal)
    return after, Reply(HINT, (phrase,))


def _shown(session: Session, goal: Goal) -> tuple[Session, Reply]:
    """The result: it was told, and not found."""
    k = next(i for i, g in enumerate(session.goals) if g is goal)
    line = session.words.exercises["practice:hint:line"]
    after = _with_state(session, k, SHOWN)
    return after, Reply(SHOWN, (Phrase(line, (goal.left, goal.result)), *next_words(after)))


def _first(session: Session, goal: Goal, at: int) -> int:
    """The first line from `at` on that says more than the learner has said already.

    Of the goal that is what has fewer derivatives left to take; of what comes before it, what has
    not been told.
    """
    latex = session.material.document.formulas.latex
    said = [r.told for _, r in session.said if r.told and r.status in (RIGHT, UNFINISHED)]
    given = session.given
    told_of = {_left_of(given, t.latex) for t in said}
    reached = [_opened(given, t.latex) for t in said if _left_of(given, t.latex) == goal.latex]
    least = min((n for n in reached if n is not None), default=None)

    def is_new(k: int) -> bool:
        left, row = goal.lines[k]
        if left != goal.left:
            return latex(left) not in told_of
        left_to_take = _opened(given, f"{goal.latex} = {latex(row.right)}")
        return least is None or left_to_take is None or left_to_take < least

    return next((k for k in range(at, len(goal.lines)) if is_new(k)), len(goal.lines) - 1)


def _left_of(given: Given, line: str) -> str:
    """The left side of a line, written as the derivation writes it if it is the goal."""
    found, goal = given.read(line), given.read(f"{given.goal} = 0")
    if found is not None and goal is not None and found.members[0] == goal.members[0]:
        return given.goal
    return line.partition("=")[0].strip()


def _opened(given: Given, line: str) -> int | None:
    found = given.read(line)
    return None if found is None else opened(found.members[-1])


def show(session: Session) -> tuple[Session, Reply]:
    """The result of the current goal: it was shown, and the next one is asked for."""
    goal = session.goal
    if goal is None:
        return hint(session)
    return _shown(replace(session, count=session.count + 1), goal)


# -- the receipt ----------------------------------------------------------------------------------


def receipt(session: Session) -> dict[str, Any]:
    """What was reached, as data: each goal, every line with its status, and how many hints."""
    text = session.material.document.formulas.text
    statuses = [reply.status for _, reply in session.said]
    return {
        "schema": 1,
        "goals": [
            {"name": g.name, "left": text(g.left), "state": g.state or "open"}
            for g in session.goals
        ],
        "lines": [
            {
                "text": line,
                "status": reply.status,
                "latex": reply.told.latex if reply.told is not None else "",
                "slip": reply.told.slip.kind if reply.told and reply.told.slip else "",
            }
            for line, reply in session.said
        ],
        "right": sum(s in (RIGHT, UNFINISHED, KNOWN, DEFINED) for s in statuses),
        "wrong": statuses.count(WRONG),
        "unknown": statuses.count(UNKNOWN),
        "hints": session.count,
    }


def receipt_text(words: Language, data: Mapping[str, Any]) -> str:
    """The receipt in words."""
    said = words.exercises
    counts = said["practice:counts"].format(
        lines=len(data["lines"]), right=data["right"], wrong=data["wrong"],
        unknown=data["unknown"], hints=data["hints"],
    )  # fmt: skip
    goals = [f"  {g['left']}: {said['practice:' + g['state']]}" for g in data["goals"]]
    return "\n".join([said["practice:receipt"], *goals, f"  {counts}"]) + "\n"


__all__ = ["Goal", "Reply", "Session", "begin", "hint", "receipt", "receipt_text", "say", "show"]
