"""A derivation, line by line: is the equation true, and does it follow from the line before?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import mpmath as mp

from symgd.checking.cursor import Habits
from symgd.checking.declarations import declare
from symgd.checking.definitions import define_one
from symgd.checking.lexicon import is_logarithm
from symgd.checking.points import bounds_of, summed_to
from symgd.checking.proof import proved
from symgd.checking.report import (
    PROVED,
    SAMPLED,
    UNKNOWN,
    WRONG,
    Counterexample,
    Line,
    Report,
)
from symgd.checking.right import right_side
from symgd.checking.rounding import printed_tolerance
from symgd.checking.sampling import (
    AGREEING_DIGITS,
    Sampler,
    Trial,
    agree,
    agree_transposed,
    shown,
    too_few,
)
from symgd.checking.shapes import declared_shapes, shapes_as_changes, solve
from symgd.checking.slips import slip
from symgd.checking.statements import Statement
from symgd.checking.syntax import (
    Call,
    Derivative,
    Gradient,
    Listed,
    Name,
    Number,
    Primed,
    Transposed,
    names_below,
    walk,
)
from symgd.checking.trouble import Misfit, NotUnderstood
from symgd.checking.world import World
from symgd.errors import FormulaError

# The part of the equations that must fit in their shapes before a misfit accuses one of them.
MOSTLY = 0.6
OTHER_HABITS = {
    "reach": Habits(reach="far"),
    "first": Habits(reach="first"),
    "slash": Habits(slash="right"),
    "circle": Habits(circle="tight"),
}


def check(
    lines: Iterable[str], definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Report:
    """The verdict on each line of a derivation."""
    texts = list(lines)
    world = declare(definitions, assume, texts)
    judge = Judge(world)
    judge.defining = frozenset(definitions)
    judged = tuple(judge.line(text) for text in texts)
    return Report(judged, tuple(world.notes), definitions=tuple(definitions))


@dataclass
class Standing:
    """Where the derivation stands: the left side, the last member, and how it was judged."""

    left: Any = None
    last: Any = None
    index: int = -1
    wrong: int | None = None
    last_true: bool = True
    conditions: tuple[Any, ...] = ()


class Judge:
    """Judges the lines of one world, in order."""

    def __init__(self, world: World) -> None:
        self.world = world
        prepare(world)
        self.sampler = Sampler(world)
        self.standing = Standing()
        self.index = -1
        self.defining: frozenset[str] = frozenset()
        # left, wrong side, trials, primes and the member before, of the line that has just failed
        self.failure: tuple[Any, Any, list[Trial], Any, Any] | None = None
        self.known = {n for r in world.assumed for n in walk(r) if isinstance(n, Name)}

    def line(self, text: str) -> Line:
        """The verdict on the next line."""
        self.index += 1
        try:
            said = self.world.read(text)
        except FormulaError as error:
            self.standing = replace(self.standing, last=None)
            return Line(text, UNKNOWN, reason=error.reason, caret=error.position)
        self.failure = None
        try:
            found = self.judged_somehow(said)
            if found.verdict == WRONG or found.follows is False:
                found = self.pardoned(said, found)
        except NotUnderstood as trouble:
            self.lost(said)
            caret = trouble.at if trouble.at >= 0 else None
            return Line(text, UNKNOWN, reason=trouble.reason, caret=caret)
        self.moved_on(said, found)
        return found

    def goes_on(self, text: str) -> bool:
        """Whether a row begins with an equals sign."""
        try:
            return self.world.read(text).continues
        except FormulaError:
            return False

    def begin_anew(self) -> None:
        """A new display does not go on from the one before it."""
        self.standing = Standing()

    def unread(self, text: str, number: int | None) -> Line:
        """A declaration that is not understood."""
        self.index += 1
        error = self.world.unread[text]
        return Line(text, UNKNOWN, reason=error.reason, caret=error.position, number=number,
                    role="definition")  # fmt: skip

    def defined(self, text: str) -> Line:
        """A row that declares its left side; what else its chain says is judged."""
        self.index += 1
        said = self.world.read(text)
        line = Line(text, PROVED, role="definition")
        if len(said.members) > 2:
            try:
                line = self.equations(said, list(said.members[1:]), list(said.signs[1:]), False)
                line = self.pardoned(said, line) if line.verdict == WRONG else line
            except NotUnderstood as trouble:
                line = Line(text, UNKNOWN, reason=trouble.reason)
        self.moved_on(said, line)
        return replace(line, role="definition")

    def judged_somehow(self, said: Statement) -> Line:
        """By the first reading of the shapes that the line makes sense in."""
        try:
            return self.judged(said)
        except NotUnderstood:
            if not self.world.arrays or self.world.declared_shapes:
                raise
            for reading in self.other_readings(said):
                with reading:
                    try:
                        other = self.judged(self.world.read(said.text))
                    except (NotUnderstood, FormulaError):
                        continue
                if other.verdict != WRONG:
                    return replace(other, notes=(*other.notes, *reading.notes))
            raise

    # -- one line ----------------------------------------------------------------------------------

    def judged(self, said: Statement) -> Line:
        members, signs = list(said.members), list(said.signs)
        bare = not signs and not said.continues
        continues = said.continues or (bare and self.standing.last is not None)
        if bare and not continues:
            return Line(said.text, PROVED, notes=("states the left side",), role="statement")
        if continues and self.standing.left is None:
            self.standing = self.from_definition()
        if continues and self.standing.left is None:
            raise NotUnderstood("This line goes on from nothing: there is no left side above it.")
        if not continues and self.introduces(members[0], members[1:]) and signs[0] == "=":
            return self.definition(said, members, signs)
        if continues:
            members = [self.standing.left, *members]
            signs = signs if said.continues else ["=", *signs]
        members, signs, introduced = self.without_new_name(members, signs)
        members, signs, condition = without_zero(members, signs)
        notes = list(said.notes)
        line = self.equations(said, members, signs, continues)
        if condition and line.verdict != WRONG:
            line = self.with_zero(line, said, members)
        if introduced is not None:
            define_one(self.world, introduced, members[-1], said.text)
            notes.append("introduces a name")
        return replace(line, notes=(*line.notes, *notes))

    def equations(
        self, said: Statement, members: list[Any], signs: list[str], continues: bool
    ) -> Line:
        """The verdict on members[0] signs[0] members[1] ..., and whether it follows."""
        conditions = [*said.conditions, *self.filters()]
        if continues and not said.conditions:
            conditions += self.standing.conditions
        last = self.standing.last if continues else None
        primes = primed_in(members)
        wanted = [*members, last] if last is not None else members
        try:
            trials = self.sampler.trials(wanted, conditions, primes)
        except Misfit as misfit:
            return self.misfit(said, members, conditions, primes, continues, misfit)
        if not trials:
            raise too_few()
        notes: list[str] = []
        follows = None
        if last is not None:
            failed = [
                t for t in trials if not self.same(t, t.values[-1], t.values[1], [last, members[1]])
            ]
            equal = all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials)
            follows = not failed or equal
        elif continues:
            follows = None
        for k, sign in enumerate(signs):
            if sign == "=>":
                continue
            a = 0 if continues and k == 0 else k
            failed = [t for t in trials if not self.holds(t, a, k + 1, sign, members)]
            if failed and all(_has_equal_indices(t) for t in failed) and len(failed) < len(trials):
                notes.append("true where the indices differ")
                failed = []
            if failed:
                self.failure = (members[a], members[k + 1], trials, primes, last)
                return self.wrong(said, failed[0], members, a, k + 1, follows, trials)
        points = len({id(t.point) for t in trials})
        if not notes and set(signs) == {"="} and proved(self.world, members, primes):
            return Line(said.text, PROVED, follows)
        return Line(said.text, SAMPLED, follows, points, AGREEING_DIGITS, notes=tuple(notes))

    def holds(self, trial: Trial, a: int, b: int, sign: str, members: list[Any]) -> bool:
        left, right = trial.values[a], trial.values[b]
        if sign in ("=", "~"):
            return self.same(trial, left, right, [members[a], members[b]])
        if sign in ("<", ">", "<=", ">=", "!="):
            if sign == "!=":
                return not agree(left, right)
            small, large = (left, right) if sign[0] == "<" else (right, left)
            return bool(small <= large)
        raise NotUnderstood("Only equations and inequalities are judged.")

    def same(self, trial: Trial, left: Any, right: Any, members: list[Any]) -> bool:
        if agree(left, right):
            return True
        if agree_transposed(left, right) and any(map(is_derivative, members)):
            vector = 1 in left.shape
            if vector or self.world.layout in (None, "numerator"):
                if not vector:
                    self.world.layout = "numerator"
                    self.world.note("a derivative in a matrix is laid out transposed")
                return True
        with mp.workdps(50):
            tolerance = printed_tolerance(members, trial, self.world)
        return tolerance is not None and abs(left - right) <= tolerance

    def from_definition(self) -> Standing:
        """A derivation that begins with an equals sign goes on from the definition of its cost."""
        sinks = self.world.sink_names()
        for definitions in reversed(self.world.definitions.values()):
            for d in definitions:
                if d.left in sinks:
                    return Standing(*(d.said or (d.left, d.body)))
        return self.standing

    # -- definitions inside the derivation ---------------------------------------------------------

    def introduces(self, left: Any, rest: list[Any]) -> bool:
        """Whether this line defines a name that nothing has used so far."""
        if is_logarithm(left):
            return self.introduces(left.arguments[0], rest)
        if isinstance(left, Call):
            if left.order or not self.world.vocabulary.functions >= {left.function.base}:
                return False
            name = left.function
            if self.world.is_function(name) or name.base.startswith("\\log"):
                return False
        elif isinstance(left, Name):
            name = left
        else:
            return False
        if self.world.defines(name) or self.world.uses(name):
            return False
        if any(name.base in (a.base, b.base) for a, b in self.world.aliases):
            return False
        accent, _, inner = name.base.partition("{")
        if inner and accent in self.world.bars:
            return False
        return not any(
            n.base == name.base and self.world.covers(n, name) for m in rest for n in names_below(m)
        )

    def definition(self, said: Statement, members: list[Any], signs: list[str]) -> Line:
        """a = b = c: a is defined as the last member, b = c is judged."""
        left, rest = members[0], members[1:]
        notes: tuple[str, ...] = ("introduces a name",)
        if len(rest) > 1:
            line = self.equations(said, rest, signs[1:], continues=False)
            if line.verdict == WRONG:
                define_one(self.world, left, rest[0], said.text)
                return line
        else:
            line = Line(said.text, PROVED, role="definition")
        define_one(self.world, left, rest[0], said.text)
        return replace(line, notes=notes, role="definition")

    def without_new_name(
        self, members: list[Any], signs: list[str]
    ) -> tuple[list[Any], list[str], Any]:
        """... = b = δ: a name at the end that nothing has used is defined there."""
        last = members[-1]
        if (
            len(members) > 2
            and isinstance(last, Name)
            and self.introduces(last, members[:-1])
            and last.base not in self.world.vocabulary.indices
        ):
            return members[:-1], signs[:-1], last
        return members, signs, None

    # -- wrong lines -------------------------------------------------------------------------------

    def wrong(
        self, said: Statement, trial: Trial, members: list[Any], a: int, b: int,
        follows: bool | None, trials: list[Trial],
    ) -> Line:  # fmt: skip
        example = Counterexample(shown_point(trial), shown(trial.values[a]), shown(trial.values[b]))
        inherited = self.standing.wrong if follows and self.standing.wrong is not None else None
        reason = "the two sides differ"
        if inherited is not None:
            reason = f"it follows from line {inherited + 1}, which is wrong"
        return Line(said.text, WRONG, follows, reason=reason, counterexample=example,
                    inherited=inherited)  # fmt: skip

    def misfit(
        self, said: Statement, members: list[Any], conditions: list[Any], primes: Any,
        continues: bool, misfit: Misfit,
    ) -> Line:  # fmt: skip
        listed = any(isinstance(n, Listed) for m in members for n in walk(m))
        if not self.mostly_fits or listed:
            raise NotUnderstood(
                f"The shapes are not clear: {misfit}. Declare them, as in W \\in "
                "\\mathbb{R}^{m \\times n}."
            )
        if len(members) == 2:
            try:
                trials = self.sampler.trials(members[:1], conditions, primes)
                self.failure = (*members, trials, primes, None)
            except Misfit:
                pass
        return Line(said.text, WRONG, None, reason=f"the shapes do not fit: {misfit}")

    def with_zero(self, line: Line, said: Statement, members: list[Any]) -> Line:
        note = "the = 0 at its end is read as a condition, not as a claim"
        return replace(line, notes=(*line.notes, note))

    def pardoned(self, said: Statement, found: Line) -> Line:
        """A line that is true under another reading that is open to it is not accused."""
        failure = self.failure
        for reading in self.other_readings(said):
            with reading:
                try:
                    other = self.judged(self.world.read(said.text))
                except (NotUnderstood, FormulaError):
                    continue
            better = other.verdict != WRONG and found.verdict == WRONG
            if better or (other.follows and not found.follows and other.verdict == found.verdict):
                return replace(other, notes=(*other.notes, *reading.notes))
        self.failure = failure
        stranger = self.stranger(said) if found.verdict == WRONG else None
        if stranger is not None:
            raise NotUnderstood(f"{stranger} is not declared, and stands on one side only.")
        unread = [t for t in self.world.unread if found.verdict == WRONG and t not in self.defining]
        if unread:
            raise NotUnderstood(f"An assumption is not understood: {unread[0]}")
        if found.verdict == WRONG and self.world.arrays and found.counterexample is not None:
            self.certain_of_shapes(said)
        return self.explained(found) if found.verdict == WRONG else found

    @property
    def mostly_fits(self) -> bool:
        """Whether the shapes fit all that is written, but for a line or a few."""
        world = self.world
        misses = round(len(world.equations) * (1 - world.fitting))
        return world.fitting >= MOSTLY or (bool(world.declared_shapes) and misses <= 1)

    def certain_of_shapes(self, said: Statement) -> None:
        """Values accuse only where the shapes fit everything, or where numbers fail as well.

        Raises NotUnderstood where a line fails in arrays and nobody said what is an array.
        """
        if self.mostly_fits:
            return
        with Reading(self, numbers=True):
            try:
                if self.judged(self.world.read(said.text)).verdict == WRONG:
                    return
            except (NotUnderstood, FormulaError):
                pass
        raise NotUnderstood(
            "The shapes are not clear here; declare them, as in W \\in \\mathbb{R}^{m \\times n}."
        )

    def explained(self, found: Line) -> Line:
        """A wrong line with its likely slip; an inherited error was explained where it arose."""
        if found.inherited is not None or self.failure is None:
            return found
        left, wrong, trials, primes, last = self.failure
        found = replace(found, right=right_side(self.world, left))
        return replace(found, slip=slip(self.world, left, wrong, trials, primes, last))

    def other_readings(self, said: Statement) -> Iterator[Reading]:
        for name in sorted(said.ambiguous):
            yield Reading(self, habits=OTHER_HABITS[name])
        labels = {self.world.whole_of(n, ("i",)) for n in self.world.labels}
        labels -= set(self.world.totals) | set(self.world.definitions)
        if labels:
            yield Reading(
                self, totals={n: Fraction(1) for n in labels},
                notes=(f"{', '.join(sorted(labels))} taken to sum to 1",),
            )  # fmt: skip
        for solution in self.world.alternatives:
            yield Reading(self, changes=shapes_as_changes(self.world, solution),
                          notes=("in another reading of the shapes",))  # fmt: skip
        if self.world.arrays:
            yield Reading(self, changes={"multiples": True},
                          notes=("a number beside a matrix taken as a multiple of I",))  # fmt: skip
        if self.world.arrays and not self.world.declared_shapes:
            yield Reading(self, numbers=True, notes=("every letter taken as a number",))

    def stranger(self, said: Statement) -> str | None:
        """A letter that nothing declares and that only one member mentions."""
        if not self.world.definitions:
            return None
        sides = [set(names_below(m)) for m in said.members]
        if said.continues:
            sides.append(set(names_below(self.standing.left)))
        for name in sorted(set().union(*sides), key=str):
            on = sum(any(n.base == name.base for n in s) for s in sides)
            if on == 1 and not self.is_known(name):
                return name.base
        return None

    def is_known(self, name: Name) -> bool:
        world = self.world
        accent = name.base.partition("{")[0]
        large = world.whole_of(name.base, name.below)
        bases = {large, name.base, *(() if name.below else (name.base.lower(),))}
        return (
            accent in world.bars
            or name.base in (*world.ranges.bounds, *world.vocabulary.indices, "e", r"\pi", "I")
            or (name.base == r"\delta" and len(name.below) + len(name.above) == 2)
            or any(
                n.base in bases
                and (len(n.below) == len(name.below) or not n.below or not name.below)
                for n in (*world.leaves, *self.known, *world.variables)
            )
            or any(world.defines(Name(b, below)) for b in bases for below in (name.below, ()))
            or any(name.base in (a.base, b.base) for a, b in world.aliases)
        )  # fmt: skip

    # -- where it stands ---------------------------------------------------------------------------

    def filters(self) -> list[Any]:
        """What is assumed of the document and filters points and indices."""
        return self.world.filters

    def moved_on(self, said: Statement, found: Line) -> None:
        before = self.standing
        bare = not said.signs and not said.continues
        continues = said.continues or (bare and before.last is not None)
        left = before.left if continues else said.members[0]
        last = said.members[-1]
        if len(said.members) > 1 and isinstance(last, Number) and last.value == 0:
            last = said.members[-2]
        wrong = self.index if found.verdict == WRONG else None
        if wrong is not None and found.inherited is not None:
            wrong = found.inherited
        self.known |= set(names_below(said.members[0]))
        conditions = said.conditions or (before.conditions if continues else ())
        self.standing = Standing(left, last, self.index, wrong, found.verdict != WRONG, conditions)

    def lost(self, said: Statement) -> None:
        """After a line that was not understood the next has nothing to follow from."""
        if not said.continues and said.members:
            self.standing = Standing(left=said.members[0], index=self.index)
        else:
            self.standing = replace(self.standing, last=None, wrong=None)


class Reading:
    """Another way to read a line, while it is entered: the judge's world is put back after it."""

    def __init__(
        self, judge: Judge, habits: Habits | None = None, totals: dict[str, Any] | None = None,
        numbers: bool = False, notes: tuple[str, ...] = (), changes: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.judge = judge
        self.notes = notes
        world = judge.world
        self.changes: dict[str, Any] = dict(changes or {})
        if habits is not None:
            self.changes["habits"] = habits
        if totals is not None:
            self.changes["totals"] = {**world.totals, **totals}
        if numbers:
            self.changes |= {"shapes": {}, "function_shapes": {}, "arrays": False}

    def __enter__(self) -> None:
        world = self.judge.world
        self.before = {k: getattr(world, k) for k in self.changes}
        self.sampler = self.judge.sampler
        self.definitions = {k: list(v) for k, v in world.definitions.items()}
        for name, value in self.changes.items():
            setattr(world, name, value)
        self.judge.sampler = Sampler(world)

    def __exit__(self, *_: Any) -> None:
        for name, value in self.before.items():
            setattr(self.judge.world, name, value)
        self.judge.world.definitions = self.definitions
        self.judge.sampler = self.sampler


def prepare(world: World) -> None:
    """Sort what is assumed into where letters lie, what is scaled, and what filters."""
    world.bounds = bounds_of(world.assumed)
    world.declared_shapes = declared_shapes(world)
    solve(world, world.trees, world.equations)
    for relation in world.assumed:
        total = summed_to(relation)
        if total is not None:
            world.totals[total[0]] = total[1]
        left, right = relation.left, relation.right
        for a, b in ((left, right), (right, left)):
            if isinstance(a, Transposed) and a.of == b and isinstance(b, Name):
                world.symmetric.add(b.base)
    world.filters = [
        r for r in world.assumed
        if summed_to(r) is None and r.sign in ("=", "!=", "<", ">", "<=", ">=")
    ]  # fmt: skip


def primed_in(members: list[Any]) -> dict[Any, Any]:
    """E' = dE/dθ: what the prime stands for on this line."""
    names = {n.of for m in members for n in walk(m) if isinstance(n, Primed)}
    first = members[0]
    operator = {"operator": first.by} if isinstance(first, Derivative) else {}
    return operator | {
        n.of: n.by[0]
        for m in members
        for n in walk(m)
        if isinstance(n, Derivative) and n.of in names and len(n.by) == 1
    }


def _has_equal_indices(trial: Trial) -> bool:
    return len(set(trial.env.values())) < len(trial.env)


def is_derivative(tree: Any) -> bool:
    return any(isinstance(n, Derivative | Gradient) for n in walk(tree))


def without_zero(members: list[Any], signs: list[str]) -> tuple[list[Any], list[str], bool]:
    """A chain that ends in = 0 sets its derivative to zero; the chain before it is judged."""
    last = members[-1]
    zero = isinstance(last, Number) and last.value == 0
    if zero and len(members) > 2 and signs[-1] == "=":
        return members[:-1], signs[:-1], True
    return members, signs, False


def shown_point(trial: Trial) -> dict[str, str]:
    """The letters of a counterexample with their values, indices first."""
    out = {n: str(v) for n, v in trial.env.items()}
    for (base, below, above), value in sorted(trial.point.drawn.items(), key=str):
        name = base
        if below:
            name += f"_{{{','.join(map(str, below))}}}" if len(below) > 1 else f"_{below[0]}"
        if above:
            name += f"^({','.join(map(str, above))})"
        out[name] = shown(value, 4)
    return out
