"""Where a derivation stands, and another way to read its next line: entered, tried and left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.judge.report import WRONG, Line
from symgd.judge.trouble import NotUnderstood, TooLong
from symgd.judge.values.sampling import Sampler, Trial
from symgd.language.latex.statements import Statement, first_member
from symgd.language.sentences import Sentence

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Environment
    from symgd.judge.verdicts.judge import Judge


@dataclass(frozen=True)
class State:
    """Where the derivation stands: the left side, the last member, the wrong line above.

    `lost` where the left side is not understood; `source` is the line on which it stands, and
    `ambiguous` what reads there in two ways.
    """

    left: Any = None
    last: Any = None
    wrong: int | None = None
    conditions: tuple[Any, ...] = ()
    lost: bool = False
    source: str = ""
    ambiguous: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Failure:
    """What an edit is tried against: left = wrong is false at `trials`; `before` stood above it.

    guessed   a letter whose shape nothing says, where the two differ in theirs
    """

    left: Any
    wrong: Any
    trials: list[Trial]
    primes: Any
    before: Any
    guessed: str | None = None


class Reading:
    """Another way to read a line, while it is entered; after it the environment is as it was.

    `changes` are attributes of the environment and what they are in this reading; `again` is a
    reading in which a line must be right as well. `doubt` is why a line that is right in it is
    not ticked.
    """

    doubt: Sentence | None = None

    def __init__(
        self,
        judge: Judge,
        note: Sentence | None = None,
        again: Reading | None = None,
        **changes: Any,
    ) -> None:
        self.judge = judge
        self.notes = (note,) if note else ()
        self.again = again
        self.changes = changes

    def line(self, said: Statement) -> Line | None:
        """The verdict on a line in this reading; None where it makes no sense in it."""
        try:
            found = self.verdict(said)
        except TooLong:
            raise
        except (NotUnderstood, FormulaError):
            return None
        if self.again is None or found.verdict == WRONG:
            return found
        return self.again.line(said)

    def verdict(self, said: Statement) -> Line:
        """The verdict on a line in this reading; raises where it makes no sense in it."""
        with self:
            return self.judge.verdict(self.judge.env.read(said.text))

    def __enter__(self) -> None:
        env = self.judge.env
        self.before = {k: getattr(env, k) for k in self.changes}
        self.sampler = self.judge.sampler
        self.definitions = {k: list(v) for k, v in env.definitions.items()}
        for name, value in self.changes.items():
            setattr(env, name, value)
        self.state = self.judge.state
        if "habits" in self.changes and self.state.source:
            self.judge.state = self.state_in(env)
        if env.rewriting is not None:
            left, last = (
                t if t is None else env.rewriting(t) for t in (self.state.left, self.state.last)
            )
            self.judge.state = replace(self.state, left=left, last=last)
        if set(self.changes) - {"habits"}:  # a habit is one of this line: names are worth the same
            self.judge.sampler = Sampler(env)

    def state_in(self, env: Environment) -> State:
        """Where the derivation stands, its left side read with the habits of this reading."""
        try:
            left = first_member(self.state.source, env.vocabulary, env.habits)
        except FormulaError:
            return self.state
        return self.state if left is None else replace(self.state, left=left, last=None)

    def __exit__(self, *_: Any) -> None:
        for name, value in self.before.items():
            setattr(self.judge.env, name, value)
        self.judge.state = self.state
        self.judge.env.definitions = self.definitions
        self.judge.sampler = self.sampler
