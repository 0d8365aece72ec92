r"""The rows of a document → what it declares, what it assumes, and what it claims.

`\sigma(z) = 1/(1 + e^{-z})` declares σ where nothing has; `x > 0` and `y \in \{0, 1\}` are
assumed; what has a derivative on its left, or a left side that is declared already, is a claim.
`w = 0.5` below formulas in w gives a value: it holds for numbers below it, not for what is above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symgd.errors import FormulaError, InputError
from symgd.functions import ROWS, Activation
from symgd.judge.documents import Row
from symgd.judge.environment.declarations import declare, symmetry
from symgd.judge.environment.lexicon import is_logarithm, readable, vocabulary_of
from symgd.judge.report import PROVED, Line, Report
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.points import number_of, summed_to
from symgd.judge.values.sampling import Sampler, agree
from symgd.judge.verdicts.judge import Judge
from symgd.language.latex.grammar import USUAL
from symgd.language.latex.names import is_built_in, signature
from symgd.language.latex.statements import Statement, statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Differential,
    Gradient,
    Matrix,
    Name,
    Number,
    Power,
    Primed,
    Relation,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS, Vocabulary

INEQUALITIES = frozenset({"<", ">", "<=", ">=", "!=", "in"})


@dataclass(frozen=True)
class Sorted:
    """The rows by what they are; `roles[i]` is the role of row i."""

    roles: tuple[str, ...]

    def of(self, role: str, rows: Sequence[Row]) -> list[str]:
        return [r.text for r, mine in zip(rows, self.roles, strict=True) if mine == role]


def check_rows(rows: Sequence[Row], definitions: Sequence[str] = (), assume: Sequence[str] = ()
               ) -> Report:  # fmt: skip
    """The verdict on every row of a document; `definitions` and `assume` are declared before it.

    Raises InputError if there is no formula among the rows.
    """
    if not rows:
        raise InputError(
            "No formula was found; write it in $...$, $$...$$, \\[...\\] or an align environment."
        )
    sorted_rows = sort_rows(rows, definitions)
    claims = sorted_rows.of("claim", rows)
    env = declare(
        [*definitions, *sorted_rows.of("definition", rows)],
        [*assume, *sorted_rows.of("assumption", rows)],
        claims,
    )
    judge = Judge(env)
    judge.defining = frozenset([*definitions, *sorted_rows.of("definition", rows)])
    lines = tuple(_judged(judge, rows, sorted_rows.roles))
    return Report(lines, tuple(env.notes))


def _judged(judge: Judge, rows: Sequence[Row], roles: Sequence[str]) -> Iterator[Line]:
    group = -1
    everywhere = judge.env.document
    moving = _moving_by_group(judge, rows, roles) if everywhere.moving else {}
    for row, role in zip(rows, roles, strict=True):
        if role == "remark":
            continue
        if moving:
            judge.env.document = replace(everywhere, moving=moving[row.group])
        if role == "claim":
            if row.group != group and not judge.goes_on(row.text):
                judge.begin_anew()
            yield replace(judge.line(row.text), number=row.number)
            group = row.group
        elif role == "value":
            judge.give(row.text)
            yield Line(row.text, PROVED, number=row.number, role="definition")
            group = row.group
        elif row.text in judge.env.unread:
            yield judge.unread_row(row.text, row.number)
        elif role == "definition":
            yield replace(judge.definition_row(row.text), number=row.number)
            group = row.group
        else:
            yield Line(row.text, PROVED, number=row.number, role=role)


def _moving_by_group(
    judge: Judge, rows: Sequence[Row], roles: Sequence[str]
) -> dict[int, tuple[Name, ...]]:
    """Display → what moves in it: the leaves below the dE on its right sides, or all there are."""
    env, found = judge.env, dict[int, set[Name]]()
    for row, role in zip(rows, roles, strict=True):
        here = found.setdefault(row.group, set())
        said = next(readable([row.text], env.vocabulary, env.habits), None)
        if said is None or role == "remark":
            continue
        right = said.members if said.continues else said.members[1:]
        here |= {n.of for m in right for n in walk(m) if isinstance(n, Differential)}
    every = env.document.moving
    out = {}
    for group, trees in found.items():
        below = env.leaves_below({n for n in trees if isinstance(n, Name)})
        out[group] = tuple(n for n in every if n in below) or every
    return out


def sort_rows(rows: Sequence[Row], definitions: Sequence[str] = ()) -> Sorted:
    """What each row is, in the order of the document."""
    vocabulary = vocabulary_of([*definitions, *(r.text for r in rows)], [], [])
    used: set[Name] = set()
    declared = {key for text in definitions for key in _declares(text, set(), vocabulary)}
    roles = []
    for row in rows:
        role = _role(row, declared, vocabulary)
        if role == "definition":
            declared |= set(_declares(row.text, declared, vocabulary))
        members = next(readable([row.text], vocabulary, USUAL), None)
        if role == "definition" and members is not None and value_of(members) is not None:
            role = "value" if members.members[0] in used else role
        used |= {n for m in (members.members if members else ()) for n in names_below(m)}
        roles.append(role)
    return Sorted(tuple(roles))


def value_of(said: Statement) -> tuple[Name, Any] | None:
    """(w, 0.5) of w = 0.5: a number for a letter, or an array of numbers."""
    if said.continues or said.signs != ("=",) or not isinstance(said.members[0], Name):
        return None
    name, number = said.members
    entries = [x for row in number.rows for x in row] if isinstance(number, Matrix) else [number]
    return None if None in map(number_of, entries) else (name, number)


def _role(row: Row, declared: set[str], vocabulary: Vocabulary) -> str:
    try:
        said = statement(row.text, vocabulary)
    except FormulaError:
        # A name or a scrap of a formula in the running text claims nothing.
        return "remark" if row.inline and "=" not in row.text else "claim"
    if row.inline and not said.signs:
        return "remark"
    if said.signs and set(said.signs) <= INEQUALITIES and not said.continues:
        return "assumption"
    if _is_assumed(said, declared):
        return "assumption"
    if (row.inline and "~" in said.signs) or set(said.signs) & {"->", "prop", "sim"}:
        return "remark" if row.inline else "claim"
    return "definition" if list(_declares(row.text, declared, vocabulary)) else "claim"


def _is_assumed(said: Statement, declared: set[str]) -> bool:
    """Whether an equation says of a letter what it is like: Kᵀ = K, sum(y) = 1."""
    if said.signs != ("=",) or said.continues or isinstance(said.members[0], Name):
        return False
    relation = Relation(said.members[0], "=", said.members[1])
    total = summed_to(relation)
    base = symmetry(relation) or (total and total[0])
    return base is not None and not any(key.startswith(f"{base}[") for key in declared)


def _declares(text: str, declared: set[str], vocabulary: Vocabulary) -> Iterator[str]:
    """The keys that a row would declare: its left side, if that is new and a name or a call."""
    try:
        said = statement(text, vocabulary)
    except FormulaError:
        return
    if said.continues or not said.signs or said.signs[0] != "=":
        return
    key = _key(said)
    if key is None or key in declared or _says_of_itself(said, key):
        return
    yield key


def _key(said: Statement) -> str | None:
    left = said.members[0]
    if is_logarithm(left):
        left = left.arguments[0]
    if isinstance(left, Call):
        # \tanh is known, \tanh_{\mathrm{LeCun}} is somebody's own, and so is ELU with its α.
        if left.order or (
            is_built_in(left.function) and not (_has_parameter(said) or _sets_parameter(said))
        ):
            return None
        if not all(isinstance(a, Name | Number | Power) for a in left.arguments):
            return None
        left = left.function
    if not isinstance(left, Name):
        return None
    below = ",".join(_item(i) for i in left.below)
    above = ",".join(_item(i) for i in left.above)
    return f"{signature(left)}[{below}][{above}]"


def _has_parameter(said: Statement) -> bool:
    """Whether a known function is declared with the letters of its parameters: ELU(z) with α."""
    return 0 < len(_free(said)) <= _count_of_parameters(said.members[0])


def _sets_parameter(said: Statement) -> bool:
    """Whether a known function is declared with a number for its parameter: LReLU(z) with 0.1."""
    call, body = said.members[0], said.members[-1]
    if _count_of_parameters(call) != 1 or _free(said) or len(said.members) != 2:
        return False
    sampler = Sampler(declare([], [], [said.text]))
    for number in {n for n in walk(body) if isinstance(n, Number)}:
        given = replace(call, arguments=(*call.arguments, number))
        try:
            trials = sampler.trials([given, body], [])
        except (NotUnderstood, Misfit):
            continue
        if trials and all(agree(*t.values) for t in trials):
            return True
    return False


def _count_of_parameters(call: Call) -> int:
    row = ROWS.get(FUNCTIONS[call.function.base.removeprefix("\\")])
    return len(row.parameters) if isinstance(row, Activation) else 0


def _free(said: Statement) -> set[Name]:
    """The letters of a body that are no arguments of the function it declares."""
    letters = {n for n in names_below(said.members[-1]) if n.base not in ("e", r"\pi")}
    return letters - set(said.members[0].arguments)


def _item(item: Any) -> str:
    return str(item.value) if isinstance(item, Number) else getattr(item, "base", repr(item))


def _says_of_itself(said: Statement, key: str) -> bool:
    """E' = ..., and a left side that stands on the right as well: an update, or a claim."""
    left = said.members[0]
    name = left.function if isinstance(left, Call) else left
    for member in said.members[1:]:
        for node in walk(member):
            if (
                isinstance(node, Primed | Derivative | Gradient)
                and node is member
                and (isinstance(left, Name) and left.base == "E")
            ):
                return True
            if node == name and not isinstance(left, Call):
                return True
    return False
