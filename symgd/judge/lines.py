r"""One line that somebody says: right, not yet the goal, wrong, or not understood.

    given = Given((r"z = w x", r"C = \frac{1}{2} (z - y)^2"), goal=r"\frac{\partial C}{\partial w}")
    told(given, "dC/dw = dC/dz * x").status        "unfinished": a derivative is left to take
    told(given, "= (z - y)*x").status              "right"

What is said is LaTeX, or a formula as it is typed. Whatever cannot be read is not understood, and
nothing is accused that was not said in full: a formula without a relation is tried as what the goal
is, and is not called wrong if it is something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.lexicon import vocabulary_of
from symgd.judge.reading.plain import latex as latex_of
from symgd.judge.report import CLAIM, PROVED, SAMPLED, WRONG, Line, Slip
from symgd.judge.verdicts.judge import check
from symgd.judge.words import say
from symgd.language.latex.statements import Statement, statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Differential,
    Fixed,
    Gradient,
    Limit,
    Name,
    Number,
    Primed,
    walk,
)
from symgd.language.latex.vocabulary import Vocabulary

RIGHT, UNFINISHED, DEFINED, UNKNOWN = "right", "unfinished", "defined", "unknown"
LONGEST = 2_000

_RELATION = re.compile(r"[=<>≈≤≥≠]|\\(?:approx|leq?|geq?|neq?|equiv)\b")
# What a person puts around a formula, or before it.
_AROUND = re.compile(
    r"^\s*(?:\$\$?|\\\(|\\\[)\s*|\s*(?:\$\$?|\\\)|\\\])\s*$"
    r"|\\displaystyle(?![A-Za-z])|\s*[.,;✓✔]\s*$"
)
_LEAD = re.compile(
    r"^\s*(?:(?:so|thus|hence|therefore|then|and|now|we|get|have|is|that|means|gives|which|it|"
    r"follows|by|since|with|use|using|from|the|chain|product|quotient|power|sum|rule|所以|因此|"
    r"于是|得|由|有|则|故)[,:，：]?\s+)+(?=\S)|^\s*(?:⇒|=>|->|→|\\Rightarrow|\\implies|∴)\s*",
    re.IGNORECASE,
)
# d tanh(z)/dz, which is d/dz of it
_OF_CALL = re.compile(r"(?<![A-Za-z])([d∂])\s?([A-Za-zσ]+\([^()]*\))\s?/\s?([d∂]\w+)")
_WIDE = str.maketrans("（）＝＋－＊／，；：．＾", "()=+-*/,;:.^")


@dataclass(frozen=True)
class Given:
    """What is given: definitions and assumptions in LaTeX, and what is to be found, in LaTeX.

    letters   names of one letter, which stand for themselves where two are side by side
    typed     LaTeX of a name as it is typed → of the name in its dress
    """

    definitions: tuple[str, ...]
    assume: tuple[str, ...] = ()
    goal: str = ""
    letters: frozenset[str] = frozenset()
    typed: Mapping[str, str] = field(default_factory=dict)

    def dressed(self, said: str) -> str:
        """The line with every name in its dress."""
        for name, dress in self.typed.items():
            pattern = rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z_])"
            said = re.sub(pattern, dress.replace("\\", r"\\"), said)
        return said

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(list(self.definitions), list(self.assume), [self.goal])

    def read(self, latex: str) -> Statement | None:
        """The statement; None of what cannot be read."""
        try:
            return statement(latex, self.vocabulary)
        except FormulaError:
            return None

    @cached_property
    def heads(self) -> frozenset[str]:
        """The letters that mean something already."""
        said = filter(None, (self.read(d) for d in (*self.definitions, *self.assume)))
        return frozenset(
            n.base for s in said for m in s.members for n in walk(m) if isinstance(n, Name)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered to one line.

    status   right: it holds, and says what the goal is without a derivative left to take
             unfinished: it holds, and is not yet that
             wrong: there are numbers at which it does not hold
             defined: it says what a new name is
             unknown: it is not understood
    latex    the line as it was read, with a left side
    left     the left side that a line which begins with = goes on from
    slip     the one change that makes a wrong line true
    point    of a wrong line: the numbers, and what its sides are there
    reason   of what is not understood: why
    """

    status: str
    text: str
    latex: str = ""
    left: str = ""
    slip: Slip | None = None
    point: Mapping[str, str] = field(default_factory=dict)
    sides: tuple[str, str] = ("", "")
    reason: str = ""


def told(given: Given, text: str, left: str = "") -> Told:
    """What is answered to a line; `left` is what one that begins with = goes on from."""
    if len(text) > LONGEST:
        return Told(UNKNOWN, text[:80], reason=say("practice:too-long", most=LONGEST))
    left = left or given.goal
    said = formula_of(text, given.letters)
    if "\\" not in text:
        said = given.dressed(said)
    if not said:
        return Told(UNKNOWN, text, reason=say("practice:no-formula"))
    bare = not _RELATION.search(said)
    if bare or said.startswith("="):
        said = f"{left} = {said.lstrip('= ')}"
    found = given.read(said)
    if found is None:
        return Told(UNKNOWN, text, said, reason=_why(given, said))
    line = _judged(given, said, found)
    own = said.partition("=")[0].strip() or left
    if line.verdict in (PROVED, SAMPLED) and line.role == CLAIM:
        done = is_answer(given, found, said)
        return Told(RIGHT if done else UNFINISHED, text, said, own)
    if line.verdict == WRONG and not bare:
        return _wrong(line, text, said, own)
    if line.verdict == WRONG:
        return Told(UNKNOWN, text, said, reason=say("practice:not-the-goal"))
    if line.role == "definition" and _is_new(given, found):
        return Told(DEFINED, text, said, left)
    reason = line.reason or say("practice:no-claim")
    return Told(UNKNOWN, text, said, reason=reason)


def _is_new(given: Given, found: Statement) -> bool:
    """Whether a name that nothing else means is said to be what it is."""
    first = found.members[0] if len(found.members) == 2 else None
    return isinstance(first, Name) and first.base not in given.heads


def _wrong(line: Line, text: str, said: str, left: str) -> Told:
    where = line.counterexample
    if where is None:
        return Told(WRONG, text, said, left, line.slip, reason=line.reason)
    return Told(WRONG, text, said, left, line.slip, dict(where.point), (where.left, where.right))


def formula_of(text: str, letters: Iterable[str] = ()) -> str:
    """The formula of a line in LaTeX, without the words before it and the marks around it."""
    said = text.translate(_WIDE).strip()
    while (cut := _AROUND.sub("", said)) != said:
        said = cut.strip()
    said = _LEAD.sub("", said).strip()
    if "\\" in said:
        return said
    return latex_of(_OF_CALL.sub(r"\1/\3 (\2)", said), frozenset(letters))


def is_answer(given: Given, found: Statement, said: str) -> bool:
    """Whether one member of an equation is the goal, and the last of the others has no derivative.

    Another way to write the goal stands for it, C'(w); not what is only worth as much, as ∂C/∂z is
    where z = wx + b and ∂C/∂b is asked for. Without a goal any line that holds is an answer.
    """
    goal = given.read(f"{given.goal} = 0") if given.goal else None
    if goal is None:
        return not given.goal
    if any(sign != "=" for sign in found.signs):
        return False
    open_: list[tuple[int, Any]] = []
    closed: list[tuple[int, Any]] = []
    for k, member in enumerate(found.members):
        (closed if is_closed(member) else open_).append((k, member))
    if not closed or not open_:
        return False
    if any(member == goal.members[0] for _, member in open_):
        # of a = b = c the last one is what is said
        return closed[-1][0] == len(found.members) - 1 or closed[-1][0] == 0
    return is_the_goal(given, open_[0][1], said.split("=")[open_[0][0]])


def is_the_goal(given: Given, member: Any, text: str) -> bool:
    """Whether a member is the goal written otherwise: of no other name, and equal to it."""
    goal = given.read(f"{given.goal} = 0")
    names = {n.base for m in goal.members for n in walk(m) if isinstance(n, Name)} if goal else ()
    if any(isinstance(n, Name) and n.base not in names for n in walk(member)):
        return False
    line = check([f"{given.goal} = {text}"], given.definitions, given.assume).lines[0]
    return line.verdict in (PROVED, SAMPLED)


def is_closed(node: object, deep: bool = True) -> bool:
    """Whether no derivative is left to take; `deep` in the parts of it as well."""
    return not any(
        isinstance(n, Derivative | Differential | Fixed | Gradient | Limit | Primed)
        or (isinstance(n, Call) and n.order > 0)
        for n in (walk(node) if deep else (node,))
    )


def _judged(given: Given, said: str, found: Statement) -> Line:
    """The verdict on the line, as a claim where it is one of the letters that are given.

    ∂z/∂b = 0 sets a condition in a document; said of what is given it is a claim, and 1 + ∂z/∂b = 1
    says the same.
    """
    line = check([said], given.definitions, given.assume).lines[0]
    zero = Number(value=0)  # type: ignore[arg-type]
    if line.role == CLAIM or len(found.members) != 2 or zero not in found.members:
        return line
    other = found.members[1 - found.members.index(zero)]
    used = {n.base for n in walk(other) if isinstance(n, Name)}
    if is_closed(other) or not used <= given.heads:
        return line
    first, _, second = said.partition("=")
    again = check([f"1 + {first} = 1 + {second}"], given.definitions, given.assume).lines[0]
    # its sides and its slip are of a line that nobody wrote
    return replace(again, counterexample=None, slip=None)


def _why(given: Given, said: str) -> str:
    try:
        statement(said, given.vocabulary)
    except FormulaError as error:
        return error.reason
    return ""


__all__ = [
    "DEFINED",
    "RIGHT",
    "UNFINISHED",
    "UNKNOWN",
    "WRONG",
    "Given",
    "Told",
    "formula_of",
    "told",
]
