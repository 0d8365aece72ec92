r"""The rows of a document → what it declares, what it assumes, and what it claims.

`\sigma(z) = 1/(1 + e^{-z})` declares σ where nothing has; `x > 0` and `y \in \{0, 1\}` are
assumed; what has a derivative on its left, or a left side that is declared already, is a claim.
`w = 0.5` below formulas in w gives a value: it holds for numbers below it, not for what is above.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgd.judge.documents import Row
from symgd.judge.environment.chance import is_another, says_of, together_of
from symgd.judge.environment.declarations import (
    left_bases,
    where_said,
)
from symgd.judge.environment.dependence import bases_in
from symgd.judge.environment.lexicon import readable, vocabulary_of
from symgd.judge.reading.listings import (
    adds_up,
    is_left_open,
    lists_components,
    lists_values,
    says_how_far,
)
from symgd.judge.values.points import bounds_of, is_zero, number_of
from symgd.judge.verdicts.curves import followed
from symgd.judge.verdicts.stated import (
    assumed_letter,
    bounded,
    declares,
    is_derivative,
    is_of_a_case,
    is_of_a_point,
    is_of_numbers,
    is_of_one_number,
    of_another_kind,
    sampled,
    solved_for,
    stated_left,
    stated_name,
    value_of,
)
from symgd.language.latex.grammar import USUAL
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Both,
    Call,
    Derivative,
    Expectation,
    Gradient,
    Integral,
    Minus,
    Name,
    Number,
    Product,
    Sum,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import Vocabulary

# What stands in a key between what is declared and where: f where x > 0.
WHERE = " where "
# What stands behind the left side of a definition, and what a left side has that defines nothing.
DEFINES = re.compile(r"=:|:?=|\\(?:gets|leftarrow|coloneqq|triangleq|equiv|doteq)(?![A-Za-z])|≔|←")
DIFFERENTIATES = re.compile(
    r"\\(?:partial|nabla|dot|ddot|[dc]?frac\s*\{?\s*\\?d)|['′∂∇]|\bd\w+\s*/\s*d"
)
SPELLED = re.compile(r"\\[A-Za-z]+\s*\{\s*(\\?[A-Za-z]+)\s*\}|\\[A-Za-z]+|[A-Za-z]")
INEQUALITIES = frozenset({"<", ">", "<=", ">=", "!=", "in"})
RELATIONS = INEQUALITIES - {"in"} | {"="}


def by_cases(force: Iterable[str], key: str) -> list[str]:
    """The keys in force that say under conditions what this key declares."""
    start = f"{key}{WHERE}"
    return [k for k in force if k.startswith(start)] if key else []


@dataclass(frozen=True)
class Sorted:
    """A row, and what it is.

    role     definition, anew (a definition of what is defined already), value, assumption, case
             (for which indices or numbers the next lines hold: k = j, wx + b > 0), makeup (of
             which components a vector is made), update (w += g), statement (left open: = ?),
             remark or claim
    key      what it declares: z, y_[c][]; "" where it declares nothing
    states   the bases that it declares
    rests    the bases that it mentions
    bounds   of which letters an assumption says what: where they lie, what they add up to
    unread   whether it is not understood
    hints    the bases that it may say something of: the S of A Aᵀ = S
    stale    the bases that it may define anew, in what is not understood
    named    the base of which the text says in words what it is
    """

    row: Row
    role: str
    key: str = ""
    states: frozenset[str] = frozenset()
    rests: frozenset[str] = frozenset()
    bounds: frozenset[str] = frozenset()
    unread: bool = False
    hints: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    named: str = ""


class Sorting:
    """What rows are, one after the other.

    declared  key → the statement that declares it, `group` the display where it stands, `section`
              how many headings are above it
    bases     how often each base is declared
    slopes    base → those of its declarations that say of it that it is a derivative, by their key
    given     keys that are declared before the document
    used      bases that some row above mentions
    solving   bases of equations that are set to 0: what states one of them solves it
    valued    letters that numbers are given for
    sampled   letters whose law is stated, and moments of letters that are `assumed`
    followed  letters on curves: the y and the x of dy/dx and y'
    """

    def __init__(self, given: Sequence[str], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.declared: dict[str, Statement] = {}
        self.bases: Counter[str] = Counter()
        self.slopes: dict[str, dict[str, Statement]] = {}
        for said in readable(given, vocabulary, USUAL):
            if key := declares(said):
                self.declare(key, said)
        self.given = frozenset(self.declared)
        self.group: dict[str, int] = {}
        self.section: dict[str, int] = {}
        self.used: set[str] = set()
        self.solving: set[str] = set()
        self.sampled: set[str] = set()
        self.valued: set[str] = set()
        self.assumed: set[str] = set()
        self.followed: frozenset[str] = frozenset()

    def safely(self, row: Row) -> Sorted:
        """What the next row is; what fails here is not understood, and no more."""
        try:
            return self.of(row)
        except Exception:
            return Sorted(row, "claim", unread=True)

    def of(self, row: Row) -> Sorted:
        """What the next row is."""
        if lists_values(row.text):
            return Sorted(row, "case")
        said = next(readable([row.text], self.vocabulary, USUAL), None)
        if said is None:
            if lists_components(row.text):
                return Sorted(row, "makeup")
            if says_how_far(row.text):
                return Sorted(row, "case")
            if adds_up(row.text):
                return Sorted(row, "update")
            if is_left_open(row.text):
                return Sorted(row, "statement")
            # A name or a scrap of a formula in the running text claims nothing.
            role = "remark" if row.inline and "=" not in row.text else "claim"
            bases = frozenset(left_bases(row.text, self.vocabulary) if "=" in row.text else ())
            stale = self.redefined(row, bases)
            return Sorted(row, role, states=bases, unread=True, stale=stale)
        if row.denied:
            return Sorted(row, "denied")
        rests = frozenset(b for t in (*said.members, *said.conditions) for b in bases_in(t))
        if row.inline and (self.is_of_indices(said) or is_of_a_case(said)):
            return Sorted(row, "case", rests=rests)
        if lists_components(row.text):
            return Sorted(row, "makeup", rests=rests)
        if row.inline and said.continues and set(said.signs) <= INEQUALITIES:
            return Sorted(row, "remark")  # a value of > 0.05
        if row.named and not said.signs and isinstance(said.members[0], Name):
            return Sorted(row, "remark", rests=rests, named=said.members[0].base)
        role, key = _role(row, said), self.key_of(said)
        if key and self.about_a_density(said):
            key = ""
        key = self.by_cases(said, key)
        letter = assumed_letter(said, self.declared) if role == "claim" else None
        if letter in self.followed:
            letter = None  # x^2 + y^2 = 1 is a curve, where y' stands
        if letter and (letter.split()[-1] in self.sampled or letter in self.assumed):
            letter = None  # its law is known, or its mean: this follows, or does not
        role = role if letter is None else "assumption"
        if row.words and role != "assumption":
            return Sorted(row, "remark")
        self.assumed |= {letter} if letter and " " in letter else set()
        if role == "assumption" and set(said.signs) == {"sim"}:
            self.sampled |= set(sampled(said.members[0]))
        if role == "claim" and key and is_of_a_point(said) and key not in self.declared:
            return Sorted(row, "assumption", rests=rests)
        if row.supposed and role == "claim" and self.equates(said, key):
            key = ""
        if role == "claim" and key:
            role = self.stating(row, said, key)
        self.valued |= {stated_name(said).base} if role == "value" else set()
        states: frozenset[str] = frozenset()
        if role in ("definition", "anew"):
            self.declare(key, said)
            self.group[key] = row.group
            self.section[key] = row.section
            states = frozenset({stated_name(said).base})
            self.solving -= states
        if set(said.signs) == {"="} and any(map(is_zero, (said.members[0], said.members[-1]))):
            self.solving |= {b for m in said.members for b in solved_for(m)}
        laid_down = row.supposed or (row.let and not row.inline and not is_derivative(said))
        if laid_down and role == "claim" and not said.continues:
            return Sorted(row, "assumption", key, rests=rests)
        hints = self.hinted(said) if role == "claim" else frozenset[str]()
        self.used |= {n.base for m in said.members for n in names_below(m)}
        bounds = frozenset(bounded(said)) if role == "assumption" else frozenset()
        bounds = bounds if letter is None else frozenset({f"{letter} ="})
        return Sorted(row, role, key, states, rests, bounds, hints=hints)

    def redefined(self, row: Row, bases: frozenset[str]) -> frozenset[str]:
        """The known bases that a row which is not understood may define anew.

        Those of its left side; where that is not understood either, all that are spelled there. A
        derivative on the left defines nothing, and neither does what goes on in its own display.
        """
        sign = DEFINES.search(row.text)
        if row.inline and sign is None:
            return frozenset()
        left = row.text[: sign.start()] if sign is not None else row.text
        if sign is not None and sign[0] == "=:":
            left = row.text[sign.end() :]
        found = bases or (frozenset() if DIFFERENTIATES.search(left) else spelled(left))
        known = {
            stated_name(s).base for key, s in self.declared.items()
            if self.group.get(key) != row.group
        }  # fmt: skip
        return found & known

    def hinted(self, said: Statement) -> frozenset[str]:
        """The letter that stands alone on the right of A Aᵀ = S, and was nowhere before."""
        first, last = said.members[0], said.members[-1]
        if set(said.signs) != {"="} or not isinstance(last, Name):
            return frozenset()
        new = not self.knows(last.base) and last not in set(walk(first))
        return frozenset({last.base} if new and isinstance(first, Product) else ())

    def key_of(self, said: Statement) -> str:
        """What a statement may declare; J(W, b) beside J(W, b; x, y) is another function."""
        key = declares(said) or ""
        known = self.declared.get(key)
        if known is None or not isinstance(left := said.members[0], Call):
            return key
        if not is_another(left, known.members[0]):
            return key
        numbers = [str(a.value) for a in left.values if isinstance(a, Number)]
        return f"{key}({','.join([str(len(left.arguments)), *numbers])})"

    def by_cases(self, said: Statement, key: str) -> str:
        """f(x) = x, x > 0 and f(x) = 0, x <= 0 are two parts of one definition, each with a key."""
        if not key or key in self.declared or key in self.given:
            return key
        condition = where_said(said, self.vocabulary)
        return key if condition is None else f"{key}{WHERE}{to_latex(condition)}"

    def is_another_by_cases(self, row: Row, said: Statement, key: str) -> bool:
        """Whether f(x) = x^2, x > 1 is a case of another f than those that are declared."""
        whole, _, case = key.partition(WHERE)
        others = by_cases(self.declared, whole) if case else []
        another = any(self.section.get(k) != row.section for k in others) or overlap(
            [self.declared[k].text for k in others], said.text, self.vocabulary
        )
        for k in others if another else ():
            self.withdraw(k)
        return another

    def is_of_indices(self, said: Statement) -> bool:
        """Whether a formula in the text says for which indices something holds: k = j, l < L."""
        if said.continues or not said.signs or not set(said.signs) <= RELATIONS:
            return False
        counts = (Name, Number, Sum, Minus)
        first = said.members[0]
        return (
            isinstance(first, Name)
            and not (first.below or first.above)
            and first.base in self.vocabulary.indices
            and all(isinstance(n, counts) for m in said.members[1:] for n in walk(m))
        )

    def about_a_density(self, said: Statement) -> bool:
        """Whether p(x) = ∫ p(x, z) dz says something of p, rather than what it is."""
        base = stated_name(said).base
        if base not in self.vocabulary.densities:
            return False
        known = [stated_left(s) for s in self.declared.values()]
        return says_of(stated_left(said), base, [*said.members[1:]], known)

    def stating(self, row: Row, said: Statement, key: str) -> str:
        """The role of a row whose left side may be declared by it."""
        name = stated_name(said)
        inner = name.base.partition("{")[2].removesuffix("}")
        solves = {name.base, inner} & self.solving and key not in self.declared
        if solves or key in self.given:
            return "claim"
        if (
            value_of(said) is not None
            and WHERE not in key
            and (row.inline or name.base in self.used or key in self.declared)
        ):
            return "value"
        if row.inline and not row.let and is_of_one_number(said):
            return "case"
        if self.restates_derivative(said, key):
            return "claim"
        if key not in self.declared:
            other = by_cases(self.declared, key) or self.is_another_by_cases(row, said, key)
            return "anew" if other else "definition"
        if self.is_instance(said, key):
            return "claim"
        known = self.declared[key]
        same = said.members[1:] == known.members[1:]
        alike = not of_another_kind(known, said) and not all(map(is_of_numbers, (known, said)))
        together = self.group.get(key) == row.group and alike
        if same:
            return "definition"
        if together and not row.listed:
            return "claim"
        if self.is_worked_out(said, known):
            return "claim"
        at_a_point = isinstance(said.members[0], Name) or number_of(said.members[-1]) is not None
        return "case" if row.inline and at_a_point and not row.let else "anew"

    def equates(self, said: Statement, key: str) -> bool:
        """Whether a supposition says of two things that are known that they are equal: D = S."""
        right = {n.base for m in said.members[1:] for n in names_below(m)}
        return key in self.declared and any(self.bases[b] > 0 for b in right)

    def is_worked_out(self, said: Statement, known: Statement) -> bool:
        """Whether z = 0.5 \\cdot 3 - 1 puts given numbers into z = wx + b."""
        numbers = not any(True for m in said.members[1:] for _ in names_below(m))
        plain = all(number_of(m) is not None for m in said.members[1:])
        return numbers and not plain and any(
            n.base in self.valued for m in known.members[1:] for n in names_below(m)
        )  # fmt: skip

    def restates_derivative(self, said: Statement, key: str) -> bool:
        r"""Whether a letter is a derivative by its definition, and this says what it is worth.

        \delta = 2(a - y) after \delta = \partial C/\partial z, and \delta^L after \delta^l,
        in letters that are known; new ones belong to another model.
        """
        name = stated_name(said)
        last = said.members[-1]
        if isinstance(said.members[0], Call) or any(
            isinstance(m, Derivative | Gradient) for m in said.members[1:]
        ):
            return False  # defined anew
        if isinstance(last, Number) or set(said.signs) != {"="}:
            return False
        others = self.slopes.get(name.base, {})
        if not others or not all(
            self.knows(n.base) for m in said.members[1:] for n in names_below(m)
        ):
            return False
        for other in others.values():
            of, body = stated_name(other), other.members[-1]
            alike = (len(of.below), len(of.above)) == (len(name.below), len(name.above))
            if alike and self.knows(body.of.base):
                return True
        return False

    def knows(self, base: str) -> bool:
        """Whether some row above declares or mentions it."""
        return base in self.used or self.bases[base] > 0

    def declare(self, key: str, said: Statement) -> None:
        if key in self.declared:
            self.forget(key)
        self.declared[key] = said
        base, body = stated_name(said).base, said.members[-1]
        self.bases[base] += 1
        if isinstance(body, Derivative | Gradient) and isinstance(body.of, Name):
            self.slopes.setdefault(base, {})[key] = said

    def withdraw(self, key: str) -> None:
        self.forget(key)
        del self.declared[key]

    def forget(self, key: str) -> None:
        base = stated_name(self.declared[key]).base
        self.bases[base] -= 1
        self.slopes.get(base, {}).pop(key, None)

    def is_instance(self, said: Statement, key: str) -> bool:
        r"""Whether \sigma(z_i) = ..., \sigma(1) = ... says what a known \sigma(z) is there."""
        left, known = said.members[0], self.declared[key].members[0]
        if not (isinstance(left, Call) and isinstance(known, Call)):
            return False
        at_numbers = [number_of(a) is not None for a in left.arguments]
        if at_numbers and all(at_numbers):
            return len(left.arguments) == len(known.arguments) and all(
                isinstance(a, Name) for a in known.arguments
            )
        indexed = [
            a for a in left.arguments
            if isinstance(a, Name) and len(a.below) == 1 and not together_of(a)
        ]  # fmt: skip
        return bool(indexed) and not any(isinstance(a, Name) and a.below for a in known.arguments)


def overlap(known: Sequence[str], new: str, vocabulary: Vocabulary) -> bool:
    """Whether a definition under a condition holds where one that is known does: x > 0, x > 1."""
    conditions = [
        where_said(said, vocabulary) for said in readable([new, *known], vocabulary, USUAL)
    ]
    mine, *others = (bounds_of(list(c.parts) if isinstance(c, Both) else [c]) for c in conditions)
    return any(
        b and mine and not any(b[x].meet(mine[x]).is_empty for x in b.keys() & mine.keys())
        for b in others
    )


def spelled(text: str) -> frozenset[str]:
    r"""The letters of a text, and these with an accent: \hat{y}, and y."""
    return frozenset(m[0].replace(" ", "") for m in SPELLED.finditer(text)) | frozenset(
        m[1] for m in SPELLED.finditer(text) if m[1]
    )


@dataclass(frozen=True)
class Roles:
    """The rows of a document by what they are."""

    rows: tuple[Sorted, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple("definition" if r.role == "anew" else r.role for r in self.rows)

    def of(self, role: str, rows: Sequence[Row]) -> list[str]:
        return [r.text for r, mine in zip(rows, self.roles, strict=True) if mine == role]


def sort_rows(rows: Sequence[Row], given: Sequence[str] = ()) -> Roles:
    """What each row is, in the order of the document; `given` is declared before it."""
    sorting = Sorting(given, vocabulary_of([*given, *(r.text for r in rows)], [], []))
    said = readable([r.text for r in rows], sorting.vocabulary, USUAL)
    sorting.followed = frozenset(
        n.base for y, x in followed(m for s in said for m in s.members).items()
        for n in (y, x or Name("x"))
    )  # fmt: skip
    return Roles(tuple(map(sorting.safely, rows)))


def _role(row: Row, said: Statement) -> str:
    if row.inline and not said.signs:
        return "remark"
    averaged = any(isinstance(n, Expectation | Integral) for m in said.members for n in walk(m))
    if said.signs and set(said.signs) <= INEQUALITIES and not said.continues and not averaged:
        return "assumption"
    if set(said.signs) == {"sim"} and not said.continues:
        return "assumption"
    if (row.inline and "~" in said.signs) or set(said.signs) & {"->", "prop", "sim"}:
        return "remark" if row.inline else "claim"
    return "claim"
