"""A learner's lines, one after the other, each with what is answered to it.

The whole of a session is its lines: a page sends all of them, and a link is the session. What was
worked out for the lines before is kept in the memory of the process, a few sessions long.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

from symgd.exercises.practice import slip_words
from symgd.hosts.web.asked import MODEL
from symgd.hosts.web.deriving import markup
from symgd.hosts.web.subjects import code_of, model_of, names_in
from symgd.judge.reports.html import sentence
from symgd.judge.reports.sentences import typeset
from symgd.judge.words import words_of
from symgd.pages.html import Inline, Writer, el

if TYPE_CHECKING:
    from symgd.api import Model
    from symgd.exercises.practice import Reply, Session
    from symgd.judge.lines import Told
    from symgd.pages.document import Phrase

HINT, SHOW = "!hint", "!show"
MOST_KEPT: Final = 64
PLACE: Final = "\ue012"  # where the words of a slip go

Key = tuple[Any, ...]
_KEPT: OrderedDict[Key, tuple[Session, Reply | None]] = OrderedDict()


def practise(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is answered to each of the moves: a line, a hint ("!hint"), or the result ("!show").

    A seed from 0 on draws the model by its difficulty; with -1 it is the one that is described.
    """
    from symgd.exercises import practice as room

    session, replies = _replayed(fields)
    goal = session.goal
    formulas = session.material.document.formulas
    writer = Writer(session.material.document)
    model = [b for b in session.material.document.blocks if b.kind == "model"]
    return {
        "model": markup(map(writer.block, model)),
        "goal": "" if goal is None else _said(session, _phrases(goal.left)),
        "goal_text": "" if goal is None else formulas.text(goal.left),
        "goals": [
            {"html": _said(session, _phrases(g.left)), "state": g.state or "open"}
            for g in session.goals
        ],
        "moves": [
            {
                "text": "" if move in (HINT, SHOW) else move,
                "kind": {HINT: "hint", SHOW: "show"}.get(move, "line"),
                "status": reply.status,
                "html": _set(reply.told.latex) if reply.told is not None else "",
                "answer": _said(session, reply.words, reply.told),
                "slip": reply.told.slip.kind if reply.told and reply.told.slip else "",
            }
            for move, reply in zip(fields["moves"], replies, strict=True)
        ],
        "over": session.is_over,
        "receipt": room.receipt(session),
        "receipt_text": room.receipt_text(session.words, room.receipt(session)),
        "code": "" if fields["seed"] >= 0 else code_of(fields),
    }


def _phrases(tree: Any) -> tuple[Phrase, ...]:
    from symgd.pages.document import Phrase

    return (Phrase("{0}", (tree,)),)


def _model(fields: Mapping[str, Any]) -> Model:
    if fields["seed"] < 0:
        return model_of(fields)
    from symgd.api.exercises import drawn

    return drawn(fields["difficulty"], fields["seed"])


def _replayed(fields: Mapping[str, Any]) -> tuple[Session, list[Reply]]:
    """The session after all moves, and what was answered to each."""
    from symgd.api.practice import practice
    from symgd.exercises import practice as room

    about: Key = tuple(fields[n] for n in (*MODEL, "seed", "difficulty", "wrt"))
    moves = tuple(fields["moves"])
    session: Session | None = None
    replies: list[Reply] = []
    for k in range(len(moves) + 1):
        key = (about, moves[:k])
        if key in _KEPT:
            _KEPT.move_to_end(key)
            session, reply = _KEPT[key]
        elif session is None:
            session, reply = (
                practice(
                    _model(fields), *names_in(fields["wrt"]), language=fields["language"]
                ).session,
                None,
            )
        elif moves[k - 1] == HINT:
            session, reply = room.hint(session)
        elif moves[k - 1] == SHOW:
            session, reply = room.show(session)
        else:
            session, reply = room.say(session, moves[k - 1])
        _KEPT[key] = (session, reply)
        if reply is not None:
            replies.append(reply)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    assert session is not None
    return session, replies


def _said(session: Session, phrases: Iterable[Phrase], told: Told | None = None) -> str:
    """Sentences with their formulas, as markup; a text among the formulas is text.

    What is said of a slip has formulas of its own, which a terminal shows as they are typed.
    """
    inline = Inline(session.material.document.formulas)
    slip = "" if told is None or told.slip is None else told.slip.words
    flat = slip_words(session.words, slip) if slip else None
    own = words_of(session.words.code).tell(slip) if slip else ""

    def parts(phrase: Phrase) -> Iterator[Element | str]:
        said = phrase.render(
            lambda x: PLACE if x == flat else x if isinstance(x, str) else inline.set(x)
        )
        before, place, after = said.partition(PLACE)
        yield from inline.parts(before)
        if place:
            yield el("span", *sentence(own))
            yield from inline.parts(after)

    return markup(el("p", *parts(p)) for p in phrases)


def _set(latex: str) -> str:
    math = typeset(latex) if latex else None
    return markup([math]) if math is not None else ""


__all__ = ["practise"]
