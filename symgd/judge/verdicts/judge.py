"""A derivation, line by line: is the equation true, and does it follow from the line before?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.chance import is_another, mentions
from symgd.judge.environment.declarations import by_derivative, declare, define_one
from symgd.judge.environment.dependence import CONSTANT, behind, rests
from symgd.judge.environment.environment import Environment
from symgd.judge.environment.lexicon import is_logarithm, is_variable
from symgd.judge.reading.joined import is_reason, parts
from symgd.judge.reading.rows import without_surrogates
from symgd.judge.report import PROVED, SAMPLED, TAKEN, UNKNOWN, WRONG, Line, Report
from symgd.judge.trouble import Circular, NotUnderstood, TooLong
from symgd.judge.values.names import CONSTANTS
from symgd.judge.values.points import Bounds, is_zero
from symgd.judge.values.sampling import Sampler
from symgd.judge.verdicts import accusations, curves, equations, operators, orders, solutions
from symgd.judge.verdicts.doubts import Untested, ignorance
from symgd.judge.verdicts.notation import as_data, with_left_out
from symgd.judge.verdicts.readings import (
    IN_NUMBERS,
    has_bold,
    needs_matrices,
    other_readings,
    with_values,
)
from symgd.judge.verdicts.state import Failure, Reading, State
from symgd.judge.verdicts.stated import is_word
from symgd.judge.words import say
from symgd.judge.work import A_SECOND, is_late, late
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement, first_member
from symgd.language.latex.syntax import (
    Call,
    Name,
    Number,
    Product,
    Root,
    Sum,
    Transposed,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS


def check(
    lines: Iterable[str], definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Report:
    """The verdict on each line of a derivation.

    `definitions` and `assume` are statements in LaTeX, as are the lines.
    """
    texts = list(map(without_surrogates, lines))
    try:
        env = declare(definitions, assume, texts)
    except (FormulaError, NotUnderstood):
        raise
    except Exception as error:
        reason = say("internal:line", error=type(error).__name__)
        return Report(tuple(Line(t, UNKNOWN, reason=reason, internal=True) for t in texts),
                      definitions=tuple(definitions))  # fmt: skip
    judge = Judge(env)
    judge.defining = frozenset(definitions)
    judged = tuple(judge.line(text) for text in texts)
    return Report(judged, tuple(env.notes), definitions=tuple(definitions))


# Steps that a line may take; what takes more is not understood.
PATIENCE = 8 * A_SECOND
# How many letters, of which what is said leads back to itself, a line may rest on.
MOST_CIRCLES = 3
UPDATE = re.compile(r"\\(?:leftarrow|gets)\b|←")


class Judge:
    """Judges the lines of one environment, in order.

    state     the left side, the last member and what is wrong above
    failure   the line that has just failed, if one has
    known     names that earlier lines have
    values    numbers that were given below formulas in letters
    equations what was set to 0, in order
    followed  the letters y of y' and dy/dx, each with its x, once asked for
    tries     whether it is only asked if a line holds, and not why one does not
    solved    the letters of equations that a line below them said the values of
    unequal   the letters of which some line says that one is larger
    curve     the y that the latest equation of x and y makes a function of x, as it was `stated`
    """

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.sampler = Sampler(env)
        self.state = State()
        self.index = -1
        self.defining: frozenset[str] = frozenset()
        self.failure: Failure | None = None
        self.values: dict[Name, Any] = {}
        self.equations: list[solutions.Equation] = []
        self.tries = False
        self.unequal: set[str] = set()
        self.latest: Statement | None = None
        self.curve: Root | None = None
        self.stated = ""
        self.followed: dict[Name, Name | None] | None = None
        self.patience: float = PATIENCE
        self.introduced: dict[str, str] = {}
        self.solved: set[str] = set()
        self.known = {n for r in env.assumed for n in walk(r) if isinstance(n, Name)}

    def line(self, text: str) -> Line:
        """The verdict on the next line: the worst of what it says."""
        self.index += 1
        if is_late():
            return Line(text, UNKNOWN, reason=late())
        self.env.meter.allow(self.patience)
        texts = parts(text)
        before = self.state
        lines = [replace(self.statement(t), text=text) for t in texts]
        if is_reason(text):
            self.state = before
        if texts == [text]:
            return lines[0]
        found = min(lines, key=lambda x: (WRONG, UNKNOWN, SAMPLED, PROVED, TAKEN).index(x.verdict))
        return replace(found, caret=None)

    def statement(self, text: str) -> Line:
        """The verdict on what is said next; what fails here is not understood, and no more."""
        try:
            return self.judged(text)
        except Exception as error:
            self.state = State(lost=True)
            return Line(
                text,
                UNKNOWN,
                reason=say("internal:line", error=type(error).__name__),
                internal=True,
            )

    def judged(self, text: str) -> Line:
        """The verdict on one statement."""
        self.env.hesitations, self.env.rounded = set(), False
        try:
            said = self.env.read(text)
        except FormulaError as error:
            self.state = self.after_unread(text)
            if solutions.sets_to_zero(text):
                self.equations.append(solutions.Equation(None, self.index))
            return Line(text, UNKNOWN, reason=error.reason, caret=error.position)
        self.failure = None
        try:
            if "cross" in said.ambiguous:
                raise NotUnderstood(say("unknown:cross"))
            found = curves.verdict(self, said) or self.in_any_reading(said)
            if found.verdict == WRONG or found.follows is False:
                found = self.at_values_or_in_letters(said, found)
            found = self.with_limits(said, found)
            if found.verdict in (PROVED, SAMPLED) and (stale := self.stale(said)) is not None:
                raise NotUnderstood(say("doubt:stale", letter=stale))
        except NotUnderstood as trouble:
            self.lose(said)
            # What an arrow below it says follows from it, and from no equation further up.
            if said.signs[-1:] == ("=",) and is_zero(said.members[-1]):
                self.equations.append(solutions.Equation(None, self.index))
            # A Aᵀ = S may say what S is, and z = w x what z is; y ≈ w x says nothing of y.
            sides = said.members[: None if isinstance(said.members[0], Product) else -1]
            if not said.continues and said.signs[:1] == ("~",):
                sides = sides[1:]
            self.env.doubtful |= {
                m.base
                for m in (side.of if isinstance(side, Transposed) else side for side in sides)
                if isinstance(m, Name)
                and not self.env.defines(m)
                and not any(m in names_below(o) for o in said.members if o is not m)
            }
            caret = trouble.at if trouble.at >= 0 else None
            return Line(text, UNKNOWN, reason=trouble.reason, caret=caret)
        self.move_on(said, found)
        return found

    def stale(self, said: Statement) -> str | None:
        """A letter behind a statement whose definition may be out of date."""
        if not self.env.stale:
            return None
        members = [
            *said.members,
            *([self.state.left] if said.continues and self.state.left else []),
        ]
        return min(behind(self.env, members) & self.env.stale, default=None)

    def after_unread(self, text: str) -> State:
        """The left side of a line that is not understood still stands, if it is understood."""
        try:
            left = first_member(text, self.env.vocabulary, self.env.habits)
        except FormulaError:
            return State(lost=True)
        return replace(self.state, last=None) if left is None else State(left=left)

    def give(self, text: str) -> None:
        """w = 0.5, a value at which numbers below it are taken."""
        members = self.env.read(text).members
        if len(members) == 2 and isinstance(members[0], Name):
            self.values[members[0]] = members[1]
        self.state = State()

    def at_values_or_in_letters(self, said: Statement, found: Line) -> Line:
        """A wrong line by the values that were given, where it is about these, or as it stands.

        What is wrong by these values may still be read otherwise: |v(3)| is the length of v(3).
        """
        valued = self.at_values(said)
        if valued is None:
            return accusations.acquit_or_explain(self, said, found)
        if valued.verdict == WRONG and (other := accusations.acquitted(self, said, valued)):
            return other if other.verdict != WRONG else valued
        return valued

    def at_values(self, said: Statement) -> Line | None:
        """A line that puts numbers in is one about the values that were given; else None.

        A line with letters must be true whatever they are, unless another reading acquits it, or
        it says what number comes of the values: \\partial C/\\partial w = -0.25.
        """
        if not (self.values and self.is_of_values(said)):
            return None
        point = ", ".join(f"${to_latex(n)} = {to_latex(v)}$" for n, v in self.values.items())
        reading = Reading(self, definitions=with_values(self))
        try:
            line = reading.verdict(said)
            with reading:
                if line.verdict == WRONG and ignorance(self, said, accusations.accused(self, said)):
                    return None  # without these values it is not accused either
        except Untested as doubt:  # no point but this one counts, and it leaves the line open
            return Line(said.text, UNKNOWN, reason=doubt.reason)
        except TooLong:
            raise
        except (NotUnderstood, FormulaError):
            return None
        return replace(line, notes=(*line.notes, say("note:at", point=point)))

    def is_of_values(self, said: Statement) -> bool:
        """Whether a line is one of numbers, or of what all letters behind it have values for."""
        lettered = [m for m in said.members if any(True for _ in names_in(m))]
        if not lettered:
            return True
        if said.continues or len(lettered) == len(said.members):
            return False
        given = {n.base for n in self.values} | CONSTANT
        return rests(self.env, lettered)[1] <= given | set(FUNCTIONS) | {
            rf"\{f}" for f in FUNCTIONS
        }

    def with_limits(self, said: Statement, found: Line) -> Line:
        """A line that is true, with a word where it is so only under what is assumed.

        Raises nothing: where the line has no meaning beyond the assumptions, nothing is added.
        """
        assumptions = self.env.assumptions
        true = found.verdict in (PROVED, SAMPLED) and found.role == "claim"
        if not (true and any(b != Bounds() for b in assumptions.bounds.values())):
            return found
        kept = tuple(r for r in assumptions.filters if r.sign in ("=", "!="))
        beyond = Reading(self, assumptions=replace(assumptions, bounds={}, filters=kept)).line(said)
        if beyond is None or beyond.counterexample is None:
            return found
        point = ", ".join(f"${n} = {v}$" for n, v in beyond.counterexample.point.items())
        return replace(found, notes=(*found.notes, say("note:limited", point=point)))

    def hand_over(self, other: Judge) -> None:
        """The judge of the next rows goes on where this one stands."""
        other.index, other.state = self.index, self.state
        other.values, other.equations = self.values, self.equations
        other.curve, other.stated = self.curve, self.stated
        other.known |= self.known
        other.solved |= self.solved

    def goes_on(self, text: str) -> bool:
        """Whether a row begins with an equals sign."""
        try:
            return self.env.read(text).continues
        except FormulaError:
            return False

    def begin_anew(self) -> None:
        """A new display does not go on from the one before it."""
        self.state = State()

    def unread_row(self, text: str, number: int | None) -> Line:
        """A declaration that is not understood."""
        self.index += 1
        error = self.env.unread[text]
        return Line(text, UNKNOWN, reason=error.reason, caret=error.position, number=number,
                    role="definition")  # fmt: skip

    def definition_row(self, text: str) -> Line:
        """A row that declares its left side; what else its chain says is judged."""
        self.index += 1
        try:
            return self.declared(text)
        except Exception as error:
            self.state = State(lost=True)
            reason = say("internal:line", error=type(error).__name__)
            return Line(text, UNKNOWN, reason=reason, role="definition", internal=True)

    def declared(self, text: str) -> Line:
        self.env.meter.allow(self.patience)
        said = self.env.read(text)
        line = Line(text, TAKEN, role="definition")
        members, signs = within_equations(said)
        if set(signs) == {"="}:
            members = [
                *members[:1],
                *(m for m in members[1:-1] if self.claims(m, text)),
                members[-1],
            ]
            signs = ["="] * (len(members) - 1)
        if len(members) > 2 and not operators.has_extremum(members):
            try:
                line = equations.verdict(self, said, members[1:], signs[1:], False)
                if line.verdict == WRONG:
                    line = self.elsewise(said, members[1:], signs[1:]) or (
                        accusations.acquit_or_explain(self, said, line)
                    )
            except NotUnderstood as trouble:
                line = Line(text, UNKNOWN, reason=trouble.reason)
        self.move_on(replace(said, members=tuple(members), signs=tuple(signs)), line)
        return line

    def claims(self, member: Any, text: str) -> bool:
        """Whether a member in the middle of a definition says more than what it is called there."""
        said = (
            member.terms[0] if isinstance(member, Sum) else member
        )  # c = a + b = 3 says what a is
        known = self.env.covering(said) if isinstance(said, Name) else []
        return not known or any(d.text != text for d in known)

    def elsewise(self, said: Statement, members: list[Any], signs: list[str]) -> Line | None:
        """The verdict on the rest of a definition in another reading, in which it holds; or None.

        Raises NotUnderstood where that reading is one that is not ticked.
        """
        failure = self.failure
        for reading in other_readings(self, said):
            try:
                with reading:
                    line = equations.verdict(self, said, members, signs, False)
            except TooLong:
                raise
            except (NotUnderstood, FormulaError):
                continue
            if line.verdict != WRONG:
                if reading.doubt:
                    raise NotUnderstood(reading.doubt)
                return replace(line, notes=(*line.notes, *reading.notes))
        self.failure = failure
        return None

    def in_any_reading(self, said: Statement) -> Line:
        """By the first reading of the shapes that the line makes sense in."""
        for _ in range(MOST_CIRCLES):
            try:
                return self.in_any_shapes(said)
            except Circular as circle:
                if circle.base not in self.env.definitions:
                    raise
                # y = f(x) and x = g(y): one of them defines nothing, and a letter may be anything.
                del self.env.definitions[circle.base]
                self.env.doubtful.add(circle.base)
                self.sampler = Sampler(self.env)
        return self.in_any_shapes(said)

    def in_any_shapes(self, said: Statement) -> Line:
        """By the first reading of the shapes that the line makes sense in."""
        try:
            return self.verdict(said)
        except Untested:
            wide = Reading(self, wide=True)
            for reading in (wide, *operators.unnormalised(self, said), *as_data(self, said)):
                other = reading.line(said)
                if other is not None and other.verdict != WRONG:
                    return replace(other, notes=(*other.notes, *reading.notes))
            raise
        except Circular:
            raise
        except NotUnderstood:
            readings = other_readings if self.env.shapes.arrays else with_left_out
            for reading in readings(self, said):
                other = reading.line(said)
                if other is not None and other.verdict != WRONG:
                    unseen = needs_matrices(said) or has_bold(said)
                    if reading.doubt and IN_NUMBERS in reading.notes and unseen:
                        raise NotUnderstood(reading.doubt) from None
                    return replace(other, notes=(*other.notes, *reading.notes))
            raise

    # -- one line ----------------------------------------------------------------------------------

    def verdict(self, said: Statement) -> Line:
        """The verdict on a statement, or the worst on those that arrows join."""
        pieces = list(apart(said))
        self.latest = said
        arrow = solutions.begins_with_arrow(said.text)
        if len(pieces) == 1:
            return self.one(pieces[0], arrow)
        lines = [self.one(p, arrow or i > 0) for i, p in enumerate(pieces) if p.signs]
        self.latest = pieces[-1]
        if not lines:
            role = "update" if UPDATE.search(said.text) else "statement"
            return Line(said.text, TAKEN, role=role)
        claims = [x for x in lines if x.role == "claim"] or lines
        return next((x for x in claims if x.verdict == WRONG), claims[-1])

    def one(self, said: Statement, arrow: bool = False) -> Line:
        """The verdict on one equation or chain of them."""
        members, signs = within_equations(said)
        said = replace(said, members=tuple(members), signs=tuple(signs))
        if operators.has_extremum(members):
            note = say("note:extremum")
            return Line(said.text, TAKEN, notes=(note,), role="statement")
        bare = not signs and not said.continues
        # What stands alone in a row goes on from the row above it; numbers alone are a table.
        numbers = bare and not any(isinstance(n, Name) for m in members for n in walk(m))
        continues = said.continues or (bare and self.state.last is not None and not numbers)
        if bare and not continues:
            return Line(said.text, TAKEN, notes=(say("note:left-side"),), role="statement")
        if not continues and is_update(members, signs):
            return Line(said.text, TAKEN, role="update")
        if continues and self.state.lost:
            raise NotUnderstood(say("unknown:goes-on-lost"))
        if continues and self.state.left is None:
            self.state = self.from_definition()
        if continues and self.state.left is None:
            raise NotUnderstood(say("unknown:goes-on-nothing"))
        if continues and is_zero(self.state.left):
            if self.state.last is None:
                raise NotUnderstood(say("unknown:goes-on-equation"))
            self.state = replace(self.state, left=self.state.last)
        if not continues and (line := self.of_an_equation(said, arrow)) is not None:
            return line
        if not continues and introduces(self, members[0], members[1:]) and signs[0] == "=":
            return self.introduce(said, members, signs)
        if not continues and (stated := self.stated_by_slope(said)) is not None:
            return self.introduce_by_slope(said, members, signs, *stated)
        if continues:
            members = [self.state.left, *members]
            signs = signs if said.continues else ["=", *signs]
        members, signs, introduced = split_new_name(self, members, signs)
        members, signs, condition = without_zero(members, signs)
        notes = list(said.notes)
        line = equations.verdict(self, said, members, signs, continues)
        if line.verdict == WRONG and bare:
            raise NotUnderstood(say("doubt:no-sign"))
        if line.verdict == WRONG and not continues:
            failure = self.failure
            line = solutions.follows(self, said, arrow) or line
            self.failure = failure
            if line.verdict == SAMPLED and self.equations:  # the equation, solved for other terms
                self.equations[-1] = replace(self.equations[-1], at=self.index)
        if condition and line.verdict != WRONG:
            notes.append(say("note:condition"))
            self.equations.append(solutions.Equation(members[-1], self.index))
        if introduced is not None:
            define_one(self.env, introduced, members[-1], said.text)
            self.introduced[to_latex(introduced)] = said.text
            notes.append(say("note:new-name"))
        return replace(line, notes=(*line.notes, *notes))

    def of_an_equation(self, said: Statement, arrow: bool) -> Line | None:
        """The verdict where a statement sets something to 0, or solves what is set to 0."""
        zero = solutions.sides(list(said.members), list(said.signs))
        if zero is None:
            return solutions.consequence(self, said, arrow)
        try:
            line = equations.verdict(self, said, list(said.members), list(said.signs), False)
        except NotUnderstood:
            self.equations.append(solutions.Equation(None, self.index))
            raise
        if line.verdict != WRONG:
            return line  # it is 0 wherever it was tried
        self.failure = None
        self.equations.append(solutions.Equation(zero, self.index))
        return Line(said.text, TAKEN, role="condition")

    def from_definition(self) -> State:
        """A derivation that begins with an equals sign goes on from the definition of its cost."""
        sinks = self.env.sink_names()
        for definitions in reversed(self.env.definitions.values()):
            for d in definitions:
                if d.left in sinks:
                    return State(*(d.said or (d.left, d.body)))
        return self.state

    # -- definitions inside the derivation ---------------------------------------------------------

    def stated_by_slope(self, said: Statement) -> tuple[Any, Any] | None:
        """J and what it is, by ∂J = ∂(...), where nothing else says it."""
        stated = by_derivative(said)
        if stated is None:
            return None
        name = stated[0].function if isinstance(stated[0], Call) else stated[0]
        known = self.env.definitions.get(name.base) or name.base in self.env.doubtful
        return None if known or self.env.uses(name) else stated

    def introduce_by_slope(
        self, said: Statement, members: list[Any], signs: list[str], left: Any, body: Any
    ) -> Line:
        """∂J = ∂(...) = b: J is defined, and what stands behind its derivative is judged."""
        define_one(self.env, left, body, said.text)
        self.introduced[to_latex(left)] = said.text
        self.sampler = Sampler(self.env)
        line = Line(said.text, TAKEN, role="definition")
        if len(members) > 2:
            line = equations.verdict(self, said, members[1:], signs[1:], continues=False)
        return replace(line, notes=(*line.notes, say("note:says-what", name=to_latex(left))))

    def introduce(self, said: Statement, members: list[Any], signs: list[str]) -> Line:
        """a = b = c: a is defined as the last member, b = c is judged."""
        left, rest = members[0], members[1:]
        if any(q.zero is not None and solutions.solved_for(self, left, q.zero) == left
               for q in self.equations):  # fmt: skip
            self.solved.add(left.base)
        notes: tuple[str, ...] = (say("note:new-name"),)
        self.introduced[to_latex(left)] = said.text
        if len(rest) > 1:
            line = equations.verdict(self, said, rest, signs[1:], continues=False)
            if line.verdict == WRONG:
                define_one(self.env, left, rest[0], said.text)
                return line
        else:
            line = Line(said.text, TAKEN, role="definition")
        define_one(self.env, left, rest[0], said.text)
        return replace(line, notes=notes)

    # -- where it stands ---------------------------------------------------------------------------

    def move_on(self, said: Statement, found: Line) -> None:
        before = self.state
        if self.latest is not None and self.latest.text == said.text and self.latest.members:
            said = self.latest  # what goes on below it goes on from what stands behind its arrow
        bare = not said.signs and not said.continues
        continues = said.continues or (bare and before.last is not None)
        left = before.left if continues else said.members[0]
        last = said.members[-1]
        if found.role == "update" and len(said.members) > 1:
            left = last  # what goes on below w = w - g says what that is
        if set(said.signs) & {"<", ">", "<=", ">="}:
            left = last  # a <= b and, below it, = c say that b is c
        if len(said.members) > 1 and isinstance(last, Number) and last.value == 0:
            last = said.members[-2]
        wrong = self.index if found.verdict == WRONG else None
        if wrong is not None and found.inherited is not None:
            wrong = found.inherited
        self.known |= set(names_below(said.members[0]))
        conditions = said.conditions or (before.conditions if continues else ())
        source, ambiguous = before.source, before.ambiguous
        if not continues:
            source = said.text if said.ambiguous and "=>" not in said.signs else ""
            ambiguous = said.ambiguous
        self.state = State(left, last, wrong, conditions, False, source, ambiguous)

    def lose(self, said: Statement) -> None:
        """After a line that was not understood the next has nothing to follow from."""
        if not said.continues and said.members:
            self.state = State(left=said.members[0])
        else:
            self.state = replace(self.state, last=None, wrong=None)


def is_update(members: list[Any], signs: Sequence[str]) -> bool:
    """t = t + 1, w = w - g: the new one is the old one and a step, and no equation."""
    first, last = members[0], members[-1]
    if not (isinstance(first, Name) and list(signs) == ["="] and isinstance(last, Sum)):
        return False
    rest = [t for t in last.terms if t != first]
    return len(rest) == len(last.terms) - 1 and not any(map(is_zero, rest))


def apart(said: Statement) -> Iterator[Statement]:
    """The statements that arrows join: a = 0 ⇒ b = c are two."""
    members, signs = [said.members[0]] if said.members else [], list[str]()
    continues = said.continues
    for sign, member in zip(said.signs[said.continues :], said.members[1:], strict=False):
        if sign == "=>":
            yield replace(said, members=tuple(members), signs=tuple(signs), continues=continues)
            members, signs, continues = [member], [], False
        else:
            members.append(member)
            signs.append(sign)
    first = said.signs[:1] if continues and said.continues else ()
    yield replace(said, members=tuple(members), signs=(*first, *signs), continues=continues)


def within_equations(said: Statement) -> tuple[list[Any], list[str]]:
    r"""The members of a chain without where its last one lies: z = Wx + b \in \mathbb{R}^n."""
    signs = list(said.signs)
    cut = next((i for i, s in enumerate(signs) if s in ("in", "notin", "sim", "prop")), None)
    if not cut:
        return list(said.members), signs
    return list(said.members[: cut + (not said.continues)]), signs[:cut]


def names_in(tree: Any) -> Iterator[Name]:
    """The letters that are no numbers."""
    yield from (n for n in names_below(tree) if n.base not in CONSTANTS)


def without_zero(members: list[Any], signs: list[str]) -> tuple[list[Any], list[str], bool]:
    """A chain that ends in = 0 sets its derivative to zero; the chain before it is judged."""
    if is_zero(members[0]) and len(members) > 2 and signs[0] == "=":
        return members[1:], signs[1:], True
    last = members[-1]
    zero = isinstance(last, Number) and last.value == 0
    if zero and len(members) > 2 and signs[-1] == "=":
        return members[:-1], signs[:-1], True
    return members, signs, False


# -- lines that define a name in passing -----------------------------------------------------------


def introduces(judge: Judge, left: Any, rest: list[Any]) -> bool:
    """Whether this line defines a name that nothing has used so far."""
    if is_logarithm(left):
        return introduces(judge, left.arguments[0], rest)
    name = left.function if isinstance(left, Call) else left
    density = isinstance(name, Name) and name.base in judge.env.vocabulary.densities
    if density and any(mentions(m, name.base) for m in rest):
        return False
    if isinstance(left, Call):
        if left.order or not judge.env.vocabulary.functions >= {left.function.base}:
            return False
        name = left.function
        if judge.env.is_function(name) or name.base.startswith("\\log"):
            return False
        if not all(map(is_variable, left.values)) or orders.has_order(rest):
            return False  # f(x + h) = f(x) + O(h) says something of f
        if any(n == left or is_instance_of(n, left) for m in rest for n in walk(m)):
            return False  # f(S) = 2f(S) and f(x) = -f(-x) define nothing: they say something of f
        if is_word(name.base) and any(mentions(m, name.base) for m in rest):
            return False  # rank(A) = rank(z)
    elif isinstance(left, Name):
        name = left
    else:
        return False
    if judge.env.defines(name) or judge.env.uses(name):
        return False
    if any(name.base in (a.base, b.base) for a, b in judge.env.aliases):
        return False
    accent, _, inner = name.base.partition("{")
    if inner and accent in judge.env.bars:
        return False
    return not any(
        n.base == name.base and judge.env.covers(n, name) for m in rest for n in names_below(m)
    )


def is_instance_of(node: Any, left: Call) -> bool:
    """Whether a node is the function at something else that is made of the same letters: f(-x)."""
    if not isinstance(node, Call) or node.function != left.function or is_another(node, left):
        return False
    letters = {n for a in left.values for n in names_below(a)}
    return not any(isinstance(a, Number) for a in node.values) and (
        {n for a in node.values for n in names_below(a)} <= letters
    )


def split_new_name(
    judge: Judge, members: list[Any], signs: list[str]
) -> tuple[list[Any], list[str], Any]:
    """... = b = δ, a = δ = b: a name that nothing has used is defined there."""
    if len(members) < 3:
        return members, signs, None
    for k in (len(members) - 1, *range(1, len(members) - 1)):
        name, rest = members[k], members[:k] + members[k + 1 :]
        if (
            isinstance(name, Name)
            and signs[k - 1] == "="
            and introduces(judge, name, rest)
            and name.base not in judge.env.vocabulary.indices
        ):
            return rest, signs[: k - 1] + signs[k:], name
    return members, signs, None
