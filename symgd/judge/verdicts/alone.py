r"""A row that stays open in its document, read with less of it.

One row that is not understood, or whose shapes do not fit, must condemn no other. So a row is read
again with the definitions that it rests on and nothing else; and with no definition at all, a
continuing row against the one above it: an equation that holds whatever its letters are holds
whatever the document says of them, as (AB)^\top = B^\top A^\top does.

Such a reading ticks, and never accuses; and it ticks only where every way to read the shapes agrees
and where something was at stake: not an equation with 0, nor an update.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.declarations import declare
from symgd.judge.environment.dependence import variables_of
from symgd.judge.environment.environment import Environment
from symgd.judge.report import PROVED, SAMPLED, WRONG, Line
from symgd.judge.values.points import is_zero
from symgd.judge.verdicts.judge import Judge
from symgd.judge.verdicts.readings import IN_NUMBERS
from symgd.judge.verdicts.state import State
from symgd.judge.words import say
from symgd.judge.work import A_SECOND, Meter
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Derivative,
    Differential,
    Gradient,
    Name,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import Vocabulary
from symgd.language.sentences import is_said

WHATEVER = say("note:whatever")
# Steps that the search for the shapes of one row may take.
SEARCH = 0.15 * A_SECOND
STEP = say("note:step")


@dataclass(frozen=True)
class Surroundings:
    """What there is to read a row with.

    definitions  those that it rests on
    assumed      what is assumed of its letters
    rows         the rows of its display down to itself
    state        where the derivation stands above it
    above        what stands last in the row above it in its display, whether that is judged or not
    rests        base → the bases that its definitions rest on, None where one is not understood
    arrays       whether the document has arrays
    base         to which log is taken
    """

    vocabulary: Vocabulary
    definitions: tuple[str, ...]
    assumed: tuple[str, ...]
    rows: tuple[str, ...]
    state: State
    above: Any
    rests: Mapping[str, frozenset[str] | None]
    arrays: bool
    base: int | None
    meter: Meter

    def stands_on(self, said: Statement) -> Any:
        """What a row that goes on is compared with; numbers that are put in say nothing of it."""
        lettered = all(any(True for _ in names_below(m)) for m in (self.above, *said.members) if m)
        return self.above if said.continues and lettered else None

    def environment(
        self, definitions: tuple[str, ...], rows: tuple[str, ...], patience: float
    ) -> Environment:
        env = declare(
            definitions, self.assumed, rows, whole=self.vocabulary,
            patience=min(patience, SEARCH), meter=self.meter, arrays=self.arrays,
        )  # fmt: skip
        env.base = self.base
        return env


def read_alone(here: Surroundings, text: str, patience: float) -> Line | None:
    """The tick on a row that its document leaves open; None where it stays so.

    `patience`: how many steps each reading may take.
    """
    for reading in (_with_its_definitions, _as_a_step, _with_nothing):
        if (line := reading(here, text, patience)) is not None:
            return line
    return None


def _with_its_definitions(here: Surroundings, text: str, patience: float) -> Line | None:
    env = here.environment(here.definitions, here.rows, patience)
    said = _readable(env, text)
    if said is None or _is_idle(said, here.state.left):
        return None
    env.garbled = {b for b, below in here.rests.items() if below is None}
    return _agreed(here, env, here.state, text, patience)


def _as_a_step(here: Surroundings, text: str, patience: float) -> Line | None:
    """A row that goes on, compared with the one above it and not with the left side of both."""
    env = here.environment(here.definitions, here.rows[-2:], patience)
    said = _readable(env, text)
    if said is None or here.stands_on(said) is None or _is_idle(said, here.above):
        return None
    env.garbled = {b for b, below in here.rests.items() if below is None}
    line = _agreed(here, env, State(left=here.above), text, patience)
    return None if line is None else replace(line, notes=(*line.notes, STEP))


def _with_nothing(here: Surroundings, text: str, patience: float) -> Line | None:
    env = here.environment((), here.rows[-2:], patience)
    said = _readable(env, text)
    if said is None:
        return None
    above = here.state.last if said.continues else None
    above = here.stands_on(said) if above is None else above
    if said.continues and above is None:
        return None
    if _is_idle(said, above) or _hides_a_slope(here, env, said, above):
        return None
    line = _agreed(here, env, State(left=above), text, patience)
    if line is None:
        return None
    return replace(line, notes=(*line.notes, STEP if said.continues else WHATEVER))


def _readable(env: Environment, text: str) -> Statement | None:
    try:
        return env.read(text)
    except FormulaError:
        return None


def _agreed(
    here: Surroundings, env: Environment, state: State, text: str, patience: float
) -> Line | None:
    """The tick where the likeliest shapes give one and none of the others accuses."""
    found = None
    shapes = env.shapes
    for shaping in (shapes, *shapes.alternatives):
        env.shapes = replace(shaping, alternatives=())
        judge = Judge(env)
        judge.patience, judge.state = patience, state
        line = judge.line(text)
        if line.verdict == WRONG or (found is None and not _is_tick(here, line)):
            return None
        found = found or line
    return found


def _is_tick(here: Surroundings, line: Line) -> bool:
    """Whether a line is ticked with nothing supposed, as arrays where the document has some."""
    in_numbers = here.arrays and IN_NUMBERS in line.notes
    supposed = any(is_said(note, "note:sum-to-one", "note:limited") for note in line.notes)
    return line.verdict in (PROVED, SAMPLED) and not (in_numbers or supposed)


def _is_idle(said: Statement, above: Any) -> bool:
    """Whether nothing is at stake: an equation with 0, an update, a side that is the other."""
    members = [*([] if above is None else [above]), *said.members]
    if any(map(is_zero, members)) or len(members) < 2:
        return True
    first = members[0]
    return isinstance(first, Name) and any(first in set(_valued(m)) for m in members[1:])


def _valued(tree: Any) -> Iterator[Name]:
    """The names whose values a tree needs."""
    if isinstance(tree, Name):
        yield tree
    if isinstance(tree, Derivative | Gradient):
        return
    for node in walk(tree):
        if isinstance(node, Name):
            yield node


def _hides_a_slope(here: Surroundings, env: Environment, said: Statement, above: Any) -> bool:
    """Whether a letter that the row takes for a number moves with what it differentiates in."""
    members = [*([] if above is None else [above]), *said.members]
    nodes = [n for m in members for n in walk(m)]
    if any(isinstance(n, Differential) for n in nodes):
        return True
    slopes = [n for n in nodes if isinstance(n, Derivative | Gradient)]
    if any(isinstance(n, Gradient) and n.by is None for n in slopes):
        return True
    by = {n.base for s in slopes for v in variables_of(s) for n in names_below(v)}
    if not by:
        return False
    letters = {n.base for m in members for n in names_below(m)} - by - set(env.abstract)
    return any(_reaches(here.rests, b, by) for b in letters)


def _reaches(rests: Mapping[str, frozenset[str] | None], base: str, by: set[str]) -> bool:
    """Whether a letter may rest on others, by the definitions that there are."""
    seen: set[str] = set()
    pending = [base]
    while pending:
        here = pending.pop()
        if here in seen or here not in rests:
            continue
        seen.add(here)
        below = rests[here]
        if below is None or below & by:
            return True
        pending += below
    return False
