r"""A document as a sequence of definitions in force: each row under those that hold where it is.

A letter that is defined again is the new one from there on; what is defined only further down is
found; a row is judged with what it rests on and nothing else, so that a definition or a shape that
is not understood condemns nothing but what is made of it.

A row that states a known left side anew is a claim if it holds, and a new definition if it does
not: f(x) = x^2 and, below it, f(x) = \sin x.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symgd.errors import InputError
from symgd.judge.documents import Row
from symgd.judge.environment.declarations import declare, relations
from symgd.judge.environment.dependence import bases_in, behind, spellings
from symgd.judge.environment.lexicon import readable, vocabulary_of
from symgd.judge.reading.joined import is_reason
from symgd.judge.report import PROVED, SAMPLED, TAKEN, UNKNOWN, WRONG, Line, Report
from symgd.judge.verdicts.alone import Surroundings, read_alone
from symgd.judge.verdicts.doubts import is_derivative
from symgd.judge.verdicts.equations import OTHER_LAYOUT
from symgd.judge.verdicts.judge import Judge
from symgd.judge.verdicts.rivals import Statement, other_choices, rivals_of
from symgd.judge.verdicts.sorting import WHERE, Sorted, by_cases, overlap, sort_rows
from symgd.judge.verdicts.state import State
from symgd.judge.words import say
from symgd.judge.work import A_SECOND, Meter, is_late, late
from symgd.language.latex.grammar import USUAL
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import Differential, Name, Relation, walk
from symgd.language.latex.vocabulary import Vocabulary
from symgd.language.sentences import Sentence, is_said
from symgd.resources import seconds_left
from symgd.training.interrupts import Interrupted

# Steps that a document may take, and the most and the least that a line of it may.
WHOLE, MOST, LEAST = 16 * A_SECOND, 2 * A_SECOND, 0.1 * A_SECOND
# The share of its time after which a document is hurried, however few its steps were, and after
# which the rows that are read again at the end are.
HURRIED, LAST = 0.6, 0.7
# The part of what is left that stays where a wrong line is tried with other definitions.
TO_SPARE = 0.7
FEW_LETTERS = 4  # of a formula and its left side
# How many times its share of what is left a line may take: most need far less.
SHARES = 8

BESIDE = "doubt:running-text"
ELSEWHERE = "doubt:elsewhere"

# How many cases a line may be meant in, and how many formulas above it they may stand.
MOST_NEAR, AS_FAR = 3, 8


UNEQUAL = re.compile(r"\\(?:le|ge|leq|geq|lt|gt)(?![A-Za-z])|[<>≤≥]")


@dataclass
class Scope:
    """What is in force at a place of a document.

    definitions  key → definition, the newest last
    assumptions  letter and what is said of it → the assumption
    doubtful     bases that a row may have defined which is not understood
    stale        those of them of which an older definition is the newest that is understood
    named        bases of which words say what they are, in a later section than their formula or
                 above it
    section      key of a definition → the section that it stands in
    """

    definitions: dict[str, Statement] = field(default_factory=dict)
    assumptions: dict[str, Statement] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    section: dict[str, int] = field(default_factory=dict)


def check_rows(rows: Sequence[Row], definitions: Sequence[str] = (), assume: Sequence[str] = ()
               ) -> Report:  # fmt: skip
    """The verdict on every row of a document; `definitions` and `assume` are declared before it.

    Raises InputError if there is no formula among the rows.
    """
    if not rows:
        raise InputError(say("fault:no-formula"))
    document = Document(rows, definitions, assume)
    lines = document.alone(list(document.lines()))
    return Report(tuple(lines), tuple(document.notes))


class Document:
    """The rows of a document, judged window by window: a window ends where a letter is new."""

    def __init__(
        self, rows: Sequence[Row], definitions: Sequence[str], assume: Sequence[str]
    ) -> None:
        texts = [r.text for r in rows]
        self.vocabulary = vocabulary_of([*definitions, *texts], [], [])
        self.sorted = sort_rows(rows, definitions).rows
        self.unequal = {b for i in self.sorted if UNEQUAL.search(i.row.text)
                        for b in (*i.rests, *i.states)}  # fmt: skip
        self.given = [_stated(t, self.vocabulary) for t in definitions]
        self.assume = list(assume)
        self.scope = Scope()
        self.force: dict[str, Statement] = {}
        self.items: Sequence[Sorted] = ()
        self.judge: Judge | None = None
        self.group = -1
        self.display: list[str] = []
        self.open: list[tuple[Line, Surroundings]] = []
        self.above: Any = None
        self.above_rests: frozenset[str] = frozenset()
        self.near: list[tuple[int, Relation]] = []
        self.defined: dict[str, int] = {}
        self.stated = [(i.row.text, i.states, i.row.group) for i in self.sorted
                       if i.role in ("definition", "anew")]  # fmt: skip
        self.rivals = rivals_of(self.sorted)
        for item in reversed(self.sorted):
            if item.role in ("definition", "anew", "value"):
                self.defined.update(dict.fromkeys(item.states, item.row.group))
        self.ahead = sum(i.role in ("claim", "anew", "definition") for i in self.sorted)
        self.by_cases = _told_by_cases(self.sorted)
        self.moving: dict[int, tuple[Name, ...]] = {}
        self.notes: dict[Sentence, None] = {}
        self.meter = Meter()
        self.reached = 0  # of the rows

    def lines(self) -> Iterator[Line]:
        """The verdicts; of a command that is interrupted those that were reached."""
        start = self.reached = 0
        while start < len(self.sorted):
            if is_late():
                yield from _unjudged(self.sorted[start:], late())
                return
            end = self.end_of_window(start)
            found: list[Line] = []
            try:
                found.extend(self.window(start, end))
            except Interrupted:
                yield from found
                yield from _unjudged(self.sorted[self.reached :], late())
                return
            except Exception as error:  # what fails here is not understood, and no more
                self.judge = None
                reason = say("internal:line", error=type(error).__name__)
                found = list(_unjudged(self.sorted[start:end], reason, internal=True))
            yield from found
            start = end

    def end_of_window(self, start: int) -> int:
        """One past the next row that may define a letter anew."""
        for i in range(start, len(self.sorted)):
            if self.sorted[i].role == "anew":
                return i + 1
        return len(self.sorted)

    def window(self, start: int, end: int) -> Iterator[Line]:
        items = self.sorted[start:end]
        for item in items:
            self.enter(item)
        self.judge = self.judge_of(items, self.sorted[end:])
        for at, item in enumerate(items):
            self.reached = start + at
            if is_late():
                yield from _unjudged(items[at:], late())
                return
            self.ahead -= item.role in ("claim", "anew", "definition")
            if item.role != "anew":
                yield from self.line(item)
                continue
            self.begin_group(item)
            self.judge.patience = self.patience()
            before = (self.judge.state, list(self.judge.equations), self.judge.index)
            line = self.judge.line(item.row.text)
            same = item.row.rewrites and self.scope.section.get(item.key) == item.row.section
            if line.verdict == UNKNOWN or (line.verdict == WRONG and not same):
                slipped = self.is_slipped(item, line)
                self.judge.state, self.judge.equations, self.judge.index = before
                self.define(item)
                line = self.anew(item, self.sorted[end:])
                if slipped and line.verdict == TAKEN:
                    letter = to_latex(self.judge.env.read(item.row.text).members[0])
                    why = say("doubt:restated", letter=letter)
                    line = Line(item.row.text, UNKNOWN, reason=why)
            yield replace(line, number=item.row.number)
            self.group = item.row.group
        for key, text in self.judge.introduced.items():
            self.scope.definitions.setdefault(key, _stated(text, self.vocabulary))

    def is_slipped(self, item: Sorted, line: Line) -> bool:
        """Whether a known left side is stated anew, and one small slip makes this of what it was.

        In another section it is another model, and in words the text says that it is defined. Of
        few letters two models are often a slip apart: y = x^2, and y = x^3.
        """
        old = self.scope.definitions.get(item.key)
        here = self.scope.section.get(item.key) == item.row.section
        told = item.row.let or item.row.listed or item.row.inline
        return (
            line.verdict == WRONG and line.slip is not None and here and not told
            and old is not None and old.rests == item.rests and len(old.rests) > FEW_LETTERS
        )  # fmt: skip

    def anew(self, item: Sorted, later: Sequence[Sorted]) -> Line:
        """A row that gives a letter a new meaning; what else its chain says is judged."""
        assert self.judge is not None
        if item.row.text.count("=") > 1:
            self.judge = self.judge_of([item], later)
        line = self.judge.definition_row(item.row.text)
        line = self.undecided(item, line, self.judge.state)
        return replace(line, notes=(say("note:anew"), *line.notes))

    def enter(self, item: Sorted) -> None:
        """What a row puts in force for its whole window, where nothing else is."""
        if item.role == "definition":
            self.define(item)
        elif item.role == "assumption" and item.bounds:
            for letter in item.bounds - self.by_cases:
                self.scope.assumptions[letter] = _stated(item.row.text, self.vocabulary)
        elif item.role == "case" or item.unread:
            self.scope.doubtful |= item.states
        self.scope.doubtful |= item.hints

    def define(self, item: Sorted) -> None:
        self.scope.definitions.pop(item.key, None)
        for key in by_cases(self.scope.definitions, item.key):
            del self.scope.definitions[key]  # what was said by cases is said anew as a whole
        whole, _, case = item.key.partition(WHERE)
        section = item.row.section
        others = by_cases(self.scope.definitions, whole) if case else []
        texts = [d.text for k in others if (d := self.scope.definitions[k])]
        far = any(self.scope.section.get(k) != section for k in others)
        if far or overlap(texts, item.row.text, self.vocabulary):
            for key in others:
                del self.scope.definitions[key]  # cases of another function
        self.scope.definitions[item.key] = Statement(item.row.text, item.states, item.rests)
        self.scope.section[item.key] = section
        self.scope.doubtful -= item.states
        self.scope.stale -= item.states
        self.scope.named -= item.states

    def judge_of(self, items: Sequence[Sorted], later: Sequence[Sorted]) -> Judge:
        """The judge of some rows, under what is in force, and what they need of further down."""
        force = dict(self.scope.definitions)
        doubtful = set(self.scope.doubtful)
        for item in later:
            whole, _, case = item.key.partition(WHERE)
            if whole in force if case else by_cases(force, whole):
                continue
            if item.role in ("definition", "anew") and item.key not in force:
                force[item.key] = Statement(item.row.text, item.states, item.rests)
        self.force = force
        known = {b for d in force.values() for b in d.states}
        doubtful |= {b for i in later if i.unread for b in i.states if b not in known}
        self.items = items
        judge = self.judge_under(force, doubtful)
        self.moving = _moving_by_group(judge, items) if judge.env.document.moving else {}
        if self.judge is not None:
            self.judge.hand_over(judge)
            self.notes.update(dict.fromkeys(self.judge.env.notes))
        judge.env.notes = list(self.notes)
        return judge

    def judge_under(self, force: Mapping[str, Statement], doubtful: set[str]) -> Judge:
        """A judge of the rows of this window under these definitions."""
        items = self.items
        known = {b for d in force.values() for b in d.states}
        mine = [i for i in items if i.role == "definition"]
        needed = {b for i in items for b in i.rests}
        chosen = _needed([*self.given, *force.values()], needed, {i.row.text for i in mine})
        needed |= {b for d in chosen for b in d.rests}
        assumed = [s.text for s in self.scope.assumptions.values() if s.rests & needed]
        env = declare(
            [d.text for d in chosen],
            [*self.assume, *dict.fromkeys(assumed)],
            [i.row.text for i in items if i.role in ("claim", "anew") and not i.unread],
            whole=self.vocabulary,
            patience=self.patience(),
            meter=self.meter,
        )
        env.doubtful = doubtful
        env.stale, env.named = self.scope.stale, self.scope.named
        env.garbled = {b for i in self.sorted if i.unread for b in i.states} & doubtful - known
        env.base = self.judge.env.base if self.judge is not None else None
        env.layout = self.judge.env.layout if self.judge is not None else None
        judge = Judge(env)
        judge.patience = self.patience()
        judge.defining = frozenset(d.text for d in chosen)
        judge.unequal = self.unequal
        return judge

    def undecided(self, item: Sorted, line: Line, state: State) -> Line:
        """A wrong line, or where it holds with other definitions of its names, an open one.

        state   where the derivation stood above it
        """
        judge = self.judge
        assert judge is not None
        if line.verdict != WRONG or not self.rivals:
            return line
        said = next(readable([item.row.text], judge.env.vocabulary, judge.env.habits), None)
        trees = [*(said.members if said else ()), *(t for t in (state.left, state.last) if t)]
        bases = behind(judge.env, trees)
        least = max(LEAST, TO_SPARE * self.left())
        rivals, text = self.rivals, item.row.text
        for changed in other_choices(rivals, self.force, bases, text, self.is_led):
            if self.left() < least:
                break
            other = self.judge_under({**self.force, **changed}, set(judge.env.doubtful))
            judge.hand_over(other)
            other.state, other.equations, other.tries = state, list(judge.equations), True
            other.env.near, other.env.distant = judge.env.near, judge.env.distant
            other.env.ahead = judge.env.ahead
            anew = item.role in ("anew", "definition")
            found = (other.definition_row if anew else other.line)(item.row.text)
            if found.verdict in (PROVED, SAMPLED):
                letter = min(b for s in changed.values() for b in s.states)
                judge.state = replace(judge.state, last=None, wrong=None)
                return Line(item.row.text, UNKNOWN, reason=say("doubt:earlier", letter=letter))
        return line

    def alone(self, lines: list[Line]) -> list[Line]:
        """The lines, those that stay open read apart from the document, in the steps left."""
        places = {id(line): at for at, line in enumerate(lines)}
        for count, (line, here) in enumerate(self.open):
            left = self.left(LAST)
            if left < LEAST:
                break
            share = max(LEAST, min(MOST / 2, SHARES * left / (len(self.open) - count)))
            found = None if line.internal else read_alone(here, line.text, share)
            if found is not None and id(line) in places:
                lines[places[id(line)]] = replace(found, number=line.number)
        return lines

    def surroundings(self, item: Sorted, state: State) -> Surroundings:
        """What there is to read a row with that is open here."""
        judge = self.judge
        assert judge is not None
        readable = [d for d in self.force.values() if d.text not in judge.env.unread]
        needed = _needed([*self.given, *readable], {*item.rests, *self.above_rests}, set())
        below: dict[str, frozenset[str] | None] = dict.fromkeys(judge.env.doubtful)
        for d in self.force.values():
            for base in d.states:
                known = below.get(base, frozenset())
                whole = known is not None and d.text not in judge.env.unread
                below[base] = known | d.rests if known is not None and whole else None
        assumed = (s.text for s in self.scope.assumptions.values() if s.rests & item.rests)
        return Surroundings(
            vocabulary=self.vocabulary,
            definitions=tuple(d.text for d in needed),
            assumed=(*self.assume, *assumed),
            rows=tuple(self.display),
            state=State() if state.lost else state,
            above=self.above,
            rests=below,
            arrays=judge.env.shapes.arrays,
            base=judge.env.base,
            meter=self.meter,
        )

    def come_near(self, row: Row) -> None:
        """A case that the next lines may be meant in."""
        assert self.judge is not None
        env = self.judge.env
        said = readable([row.text], env.vocabulary, env.habits)
        found = [(row.group, r) for s in said for r in relations(s)]
        self.near = [*self.near, *found][-MOST_NEAR:]

    def patience(self) -> float:
        """The steps that a line may take: some shares of what is left for those that follow."""
        return max(LEAST, min(MOST, SHARES * self.left() / max(self.ahead, 1)))

    def left(self, share: float = HURRIED) -> float:
        """The steps that the document still has."""
        return min(WHOLE - self.meter.done, seconds_left(share) * A_SECOND)

    def is_led(self, place: int) -> bool:
        """Whether words stand between a row and the one that is judged, or it stands below that."""
        between = self.sorted[place + 1 : self.reached + 1]
        return place > self.reached or any(i.row.led for i in between)

    def begin_group(self, item: Sorted) -> None:
        assert self.judge is not None
        if (moving := self.moving.get(item.row.group)) is not None:
            env = self.judge.env
            env.document = replace(env.document, moving=moving)
        if item.row.group != self.group:
            self.display = []
            self.above, self.above_rests = None, frozenset()
            if not self.judge.goes_on(item.row.text):
                self.judge.begin_anew()

    def stand_on(self, item: Sorted, line: Line) -> None:
        """What the next row of this display may be compared with: no row that is wrong."""
        assert self.judge is not None
        env, text = self.judge.env, item.row.text
        said = next(readable([text], env.vocabulary, env.habits), None)
        plain = said is not None and set(said.signs) == {"="} and not said.conditions
        usable = plain and line.verdict != WRONG and not item.unread
        self.above = said.members[-1] if said is not None and usable else None
        self.above_rests = item.rests if usable else frozenset()

    def line(self, item: Sorted) -> Iterator[Line]:
        judge, row = self.judge, item.row
        assert judge is not None
        self.scope.stale |= item.stale
        known = [k for k, d in self.scope.definitions.items() if item.named in d.states]
        if item.named and all(self.scope.section[k] != row.section for k in known):
            self.scope.named.add(item.named)
        if item.role == "definition":
            self.scope.named -= item.states
        if item.role == "claim":
            self.begin_group(item)
            judge.env.near = tuple(r for at, r in self.near if row.group - at <= AS_FAR)
            far = row.group + AS_FAR
            judge.env.distant = frozenset(b for b, group in self.defined.items() if group > far)
            judge.env.ahead = {t: states for t, states, group in self.stated if group > row.group}
            judge.patience = self.patience()
            before = judge.state
            line = self.undecided(item, judge.line(row.text), before)
            if not item.unread:
                self.display.append(row.text)
            if line.verdict == WRONG and row.inline and not _differentiates(judge, row.text):
                line = Line(row.text, UNKNOWN, reason=say(BESIDE))
            if line.verdict == WRONG and row.elsewhere:
                line = Line(row.text, UNKNOWN, reason=say(ELSEWHERE, number=row.elsewhere))
                judge.state = replace(judge.state, left=judge.state.last, wrong=None)
            told = replace(line, number=row.number)
            settled = is_said(
                line.reason, BESIDE, ELSEWHERE, OTHER_LAYOUT, "doubt:stale", "doubt:earlier"
            )
            if line.verdict == UNKNOWN and not settled and not item.unread:
                self.open.append((told, self.surroundings(item, before)))
            self.stand_on(item, line)
            yield told
            self.group = row.group
        elif item.role == "value":
            judge.give(row.text)
            yield Line(row.text, TAKEN, number=row.number, role="definition")
            self.group = row.group
        elif item.role == "definition" and row.text in judge.env.unread:
            yield judge.unread_row(row.text, row.number)
        elif item.role == "definition":
            before = judge.state
            line = self.undecided(item, judge.definition_row(row.text), before)
            self.stand_on(item, line)
            yield replace(line, number=row.number)
            if is_reason(row.text):
                judge.state = before
            self.group = row.group
        elif item.role == "denied":
            yield Line(row.text, TAKEN, number=row.number, role="denied")
        elif item.role in ("assumption", "makeup", "update", "statement"):
            if (row.attached and item.bounds & self.by_cases) or row.supposed:
                self.come_near(row)
            if row.supposed and item.role == "assumption":
                # What goes on below it is compared with what it lays down.
                said = next(readable([row.text], judge.env.vocabulary, judge.env.habits), None)
                judge.state = State(left=said.members[-1]) if said else State(lost=True)
                self.group = row.group
            yield Line(row.text, TAKEN, number=row.number, role=item.role)
        elif item.role == "case":
            self.come_near(row)
            yield Line(row.text, TAKEN, number=row.number, role=item.role)
        self.notes.update(dict.fromkeys(judge.env.notes))


def _differentiates(judge: Judge, text: str) -> bool:
    """Whether a row is about a derivative."""
    said = next(readable([text], judge.env.vocabulary, judge.env.habits), None)
    return said is not None and any(map(is_derivative, said.members))


def _told_by_cases(items: Sequence[Sorted]) -> frozenset[str]:
    """The letters that bounds beside formulas say different things of: each is of its formula."""
    said: dict[str, set[str]] = {}
    for item in items:
        if item.row.attached:
            for letter in item.bounds:
                said.setdefault(letter, set()).add("".join(item.row.text.split()))
    return frozenset(letter for letter, texts in said.items() if len(texts) > 1)


def _moving_by_group(judge: Judge, items: Sequence[Sorted]) -> dict[int, tuple[Name, ...]]:
    """Display → what moves in it: the leaves below the dE on its right sides, or all there are."""
    env, found = judge.env, dict[int, set[Name]]()
    for item in items:
        here = found.setdefault(item.row.group, set())
        said = next(readable([item.row.text], env.vocabulary, env.habits), None)
        if said is None or item.role == "remark":
            continue
        right = said.members if said.continues else said.members[1:]
        moved = {n.of for m in right for n in walk(m) if isinstance(n, Differential)}
        here |= {n for n in moved if isinstance(n, Name)}
    every = env.document.moving
    out = {}
    for group, names in found.items():
        below = env.leaves_below(names)
        out[group] = tuple(n for n in every if n in below) or every
    return out


def _unjudged(items: Sequence[Sorted], reason: str, internal: bool = False) -> Iterator[Line]:
    for item in items:
        if item.role not in ("remark", "value"):
            role = "claim" if item.role == "anew" else item.role
            yield Line(item.row.text, UNKNOWN, reason=reason, number=item.row.number, role=role,
                       internal=internal)  # fmt: skip


def _stated(text: str, vocabulary: Vocabulary) -> Statement:
    """A text that is given, with what it states and rests on."""
    said = next(readable([text], vocabulary, USUAL), None)
    if said is None:
        return Statement(text, frozenset(), frozenset())
    every = frozenset(b for t in (*said.members, *said.conditions) for b in bases_in(t))
    lefts = said.members[:-1] or said.members
    return Statement(text, frozenset(b for t in lefts for b in bases_in(t)), every)


def _needed(force: Sequence[Statement], needed: set[str], always: set[str]) -> list[Statement]:
    """The definitions that some bases rest on, and those of the window itself."""
    wanted = {s for b in needed for s in spellings(b)}
    accents = {b.partition("{")[0] for b in needed if "{" in b}
    chosen: set[int] = set()
    while True:
        more = [
            i for i, d in enumerate(force)
            if i not in chosen and (
                d.text in always or d.states & wanted
                or any(b.partition("{")[0] in accents for b in d.states if "{" in b)
            )
        ]  # fmt: skip
        if not more:
            return [force[i] for i in sorted(chosen)]
        chosen.update(more)
        for i in more:
            wanted |= {s for b in force[i].rests for s in spellings(b)}
