r"""A line as it is written → a statement: members joined by relations, and what is said around it.

\text{if } i = j: a &= b = c \tag{1}      conditions (i = j), members a, b, c, signs =, =
&= b                                      goes on from the line above
\Rightarrow a = b                         a new statement
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from symgd.errors import FormulaError
from symgd.functions import Table, table
from symgd.language.latex import names, relations
from symgd.language.latex.grammar import STOPPING, USUAL, Habits, Parser
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    Call,
    Interval,
    Listed,
    Members,
    Name,
    Number,
    Relation,
    depth,
    names_below,
)
from symgd.language.latex.tokens import COMMAND, TEXT, plain
from symgd.language.latex.vocabulary import RELATIONS, Vocabulary

PUNCTUATION = (",", ".", ";", ":")
ARROWS = ("=>", "->", "<-")
# Signs of the end of a proof.
ENDS = frozenset(r"\square \blacksquare \Box \qed \qedhere \qedsymbol \checkmark".split())
CONDITIONAL = frozenset({"=", "!=", "<", ">", "<=", ">="})
# How deep a formula may be nested: whatever walks over it is nested as deeply.
DEEPEST = 120
CONDITIONS = frozenset("if where for when assuming with since provided because".split())


@dataclass(frozen=True)
class Statement:
    """members[0] signs[0] members[1] ...; `continues` where the first member is left out."""

    text: str
    members: tuple[Any, ...]
    signs: tuple[str, ...]
    continues: bool
    conditions: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    ambiguous: frozenset[str] = field(default=frozenset())


def statement(text: str, vocabulary: Vocabulary, habits: Habits = USUAL) -> Statement:
    """The statement that a line makes.

    Raises FormulaError, with the place, for what is not understood.
    """
    with within_depth():
        found = _read(text, vocabulary, habits, table())
    if isinstance(found, FormulaError):
        raise found.with_traceback(None)
    return found


@lru_cache(4096)
def _read(
    text: str, vocabulary: Vocabulary, habits: Habits, rows: Table
) -> Statement | FormulaError:
    """The statement, or why there is none: under functions that are those of `rows`."""
    try:
        return _statement(Parser(plain(text), vocabulary, habits), text)
    except FormulaError as error:
        error.__context__ = error.__cause__ = None  # which would keep all that led to it
        return error


@contextmanager
def within_depth() -> Iterator[None]:
    """What is nested too deeply is not understood."""
    try:
        yield
    except RecursionError:
        raise FormulaError(say("read:nested-line")) from None


def first_member(text: str, vocabulary: Vocabulary, habits: Habits = USUAL) -> Any:
    """What stands before the first sign of a line that is not understood as a whole.

    None where the line goes on from the one above it; raises FormulaError where that much is not
    understood either.
    """
    p = Parser(plain(text), vocabulary, habits)
    with within_depth():
        prefix(p)
        if p.at_relation:
            return None
        left = p.sum()
    if not p.at_relation:
        p.fail(say("read:relation-missing"))
    return left


def _statement(p: Parser, text: str) -> Statement:
    conditions = list(prefix(p))
    members: list[Any] = []
    signs: list[str] = []
    continues = p.at_relation
    if not continues:
        members.append(p.sum())
    while p.at_relation:
        sign = relations.relation_sign(p)
        if sign in ARROWS:
            # a = b ⇒ c = d says c = d; what stands before it was judged as it stands.
            if members and not ends_here(p):
                signs.append("=>")
                members.append(p.sum())
            continue
        if p.sees(r"\dots") and RELATIONS.get(p.ahead().text) == "=":
            p.take()  # = ... = skips what is not written
            continue
        signs.append(sign)
        members.append(members_of(p) if sign in ("in", "notin") else p.sum())
    conditions += suffix(p)
    conditions += p.conditions
    if not members:
        p.fail(say("read:no-formula"))
    if any(depth(t) > DEEPEST for t in (*members, *conditions)):
        raise RecursionError
    return Statement(
        text, tuple(members), tuple(signs), continues, tuple(conditions),
        tuple(p.notes), frozenset(p.ambiguous),
    )  # fmt: skip


def ends_here(p: Parser) -> bool:
    return p.at_end or (p.token.kind == TEXT and p.token.text in STOPPING)


def prefix(p: Parser) -> list[Any]:
    """Arrows, words and `if i = j:` before the formula."""
    conditions: list[Any] = []
    while True:
        token = p.token
        if token.kind == COMMAND and RELATIONS.get(token.text) in ("=>", "->"):
            p.take()
        elif token.kind == TEXT and is_condition(token.text) and colon_ahead(p):
            p.take()
            conditions.append(relations.condition(p))
            p.takes(":", ",")
        elif token.kind == TEXT and not attached(p):
            p.take()
            p.takes(",", ":")
        elif token.text in (":", ",") and not p.at_relation:
            p.take()
        elif token.text == r"\forall":
            p.take()
            conditions += quantified(p)
        elif (found := condition_ahead(p)) is not None:
            conditions.append(found)
        elif token.text in EXTREMA and pass_problem(p):
            continue
        else:
            return conditions


EXTREMA = frozenset({r"\min", r"\max"})


def pass_problem(p: Parser) -> bool:
    r"""Takes the \min_w of \min_w J(w) = |y - Xw|^2, which says what J is that is made small.

    The least value itself has no w in it. Nothing is taken from what is none of this.
    """
    mark = begun = p.place
    p.take()
    found = False
    try:
        if p.takes("_"):
            letters = group_of_letters(p)
            begun = p.place
            left = p.operand() if p.starts_operand else None
            behind = {t.text for t in p.tokens[p.place :]}
            named = isinstance(left, Call) and not left.order
            found = named and p.sees("=", ":=") and not letters.isdisjoint(
                {n.base for n in names_below(left)} & behind
            )  # fmt: skip
    except FormulaError:
        pass
    p.place = begun if found else mark
    return found


def group_of_letters(p: Parser) -> set[str]:
    """The letters of the group, or the one token, that is taken here."""
    letters, depth = {p.token.text}, 0
    while not p.at_end:
        token = p.take()
        letters.add(token.text)
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0:
            break
    return letters


def quantified(p: Parser) -> list[Any]:
    r"""x; x, y; x \in \mathbb{R}; i \neq j: what a line is said for, with the comma behind it."""
    conditions: list[Any] = []
    while p.starts_operand:
        left = p.operand()
        if p.at_relation and not (p.sees(":") and p.ahead().text != "="):
            conditions.append(condition_after(p, left))
        elif not isinstance(left, Name | Listed):
            p.fail(say("read:for-all"))
        if not (p.sees(",") and more_letters(p)):
            break
        p.take()
    return conditions


def more_letters(p: Parser) -> bool:
    """Whether another letter that is said for follows a comma: x, y \\in A."""
    mark, after = p.place, None
    p.take()
    try:
        after = p.operand() if p.starts_operand else None
        ok = isinstance(after, Name) and (
            p.at_end or p.sees(",", ":", ")") or RELATIONS.get(p.token.text) in ("in", "!=")
        )
    except FormulaError:
        ok = False
    p.place = mark
    return ok


def condition_ahead(p: Parser) -> Any:
    r"""i = j: or i \neq j, or (i \neq j) before a formula; None, untouched, for anything else."""
    if not (p.sees("(") or names.is_index(Name(p.token.text))):
        return None
    mark, noted = p.place, len(p.notes)
    found = None
    try:
        bracket = p.takes("(")
        left = p.operand()
        if p.at_relation and RELATIONS.get(p.token.text) in CONDITIONAL:
            sign = relations.relation_sign(p)
            right = p.operand()
            ends = p.takes(")") and p.starts_operand if bracket else colon_or_comma(p)
            indices = names.is_index(left) and (names.is_index(right) or isinstance(right, Number))
            if ends and indices and relation_ahead(p):
                found = Relation(left, sign, right, at=left.at)
    except FormulaError:
        found = None
    if found is None:
        p.place = mark
        del p.notes[noted:]
    return found


def colon_or_comma(p: Parser) -> bool:
    """Takes a colon, or a comma, if one stands here."""
    return not (p.sees(":") and p.ahead().text == "=") and p.takes(":", ",")


def relation_ahead(p: Parser) -> bool:
    """Whether a relation comes further on in this line."""
    return any(t.text in RELATIONS for t in p.tokens[p.place :])


def is_condition(text: str) -> bool:
    return text.split(" ", 1)[0].lower().rstrip(":,") in CONDITIONS


def attached(p: Parser) -> bool:
    """Whether this text is a name of the formula, as in \\text{loss} = ..."""
    nearest = p.ahead()
    return (
        p.token.text.isidentifier()
        and (nearest.text in ("_", "^", "(", "[", "'") or nearest.text in RELATIONS)
        and p.token.text.lower() not in STOPPING
    )


def colon_ahead(p: Parser) -> bool:
    i = 1
    while p.ahead(i).kind != "end":
        if p.ahead(i).text == ":" and p.ahead(i + 1).text != "=":
            return True
        if p.ahead(i).text == "," and p.ahead(i).kind == "sign":
            return True
        i += 1
    return False


def suffix(p: Parser) -> list[Any]:
    """Punctuation, remarks, and `for i ≠ j` behind the formula."""
    conditions: list[Any] = []
    listing = False  # whether what stands here goes on from `i = 1, 2`
    while not p.at_end:
        token = p.token
        if token.kind == TEXT:
            p.take()
            continue
        if token.text in PUNCTUATION or token.text in ENDS:
            p.take()
            continue
        if token.text == "(" and p.ahead().kind == TEXT:
            while not p.at_end and not p.takes(")"):
                p.take()
            continue
        if token.text == "(" and p.closing_remark:
            p.take()
            p.takes(r"\forall")
            said = quantified(p)
            while said and is_listed(said[-1], None) and p.takes(","):
                if not p.takes(r"\dots"):
                    p.operand()
                if not p.sees(","):
                    del said[-1]
            conditions += said
            p.expect(")", token)
            continue
        if token.text == r"\forall" or p.tokens[p.place - 1].kind == TEXT:
            start = p.place
            p.takes(r"\forall")
            conditions += quantified(p)
            if p.place == start:
                p.fail(say("read:behind-formula"), token)
            continue
        if token.text == "\\\\":
            p.take()
            continue
        dots = p.takes(r"\dots")
        left = None if dots else p.sum()
        if (dots or not p.at_relation) and conditions and is_listed(conditions[-1], left):
            del conditions[-1]  # i = 1, 2, ..., n says that i runs, and where no line is confined
            listing = True
        elif left is None or not p.at_relation:
            if not (listing and is_listed(None, left)):
                p.fail(say("read:behind-formula"), token)
        else:
            conditions.append(condition_after(p, left))
            listing = False
    return conditions


def is_listed(condition: Any, item: Any) -> bool:
    """Whether an item goes on from `i = 1`: another number, the last one, or dots (None)."""
    first = condition is None or (
        isinstance(condition, Relation) and condition.sign == "=" and names.is_index(condition.left)
    )
    return first and (item is None or isinstance(item, Number | Name))


def condition_after(p: Parser, left: Any) -> Any:
    if RELATIONS.get(p.token.text) in ("in", "notin"):  # := is two tokens
        p.take()
        return Relation(left, "in", members_of(p), at=left.at)
    return relations.relation_after(p, left)


def members_of(p: Parser) -> Any:
    r"""\{-1, 1\}, (0, 1), \mathbb{R}, \mathbb{R}^{n \times m}, N."""
    token = p.token
    if token.text in (r"\{", "{"):
        p.take()
        members = [p.sum()]
        while p.takes(","):
            if p.takes(r"\dots"):
                continue
            members.append(p.sum())
        p.expect(r"\}" if token.text == r"\{" else "}", token)
        return Members(tuple(members), at=token.at)
    if token.text in ("(", "["):
        p.take()
        low = p.sum()
        p.expect(",")
        high = p.sum()
        closing = p.take()
        return Interval(low, high, (token.text == "[", closing.text == "]"), at=token.at)
    if token.text == r"\mathbb":
        return number_set(p)
    return p.operand()


def number_set(p: Parser) -> Members:
    token = p.take()
    letter = p.group_or_atom()
    text = letter.base if isinstance(letter, Name) else "?"
    sizes: list[Any] = []
    if p.takes("_"):
        text += "_" + "".join(t.text for t in group_tokens(p))
    if p.takes("^"):
        if p.takes("{"):
            sizes.append(size(p))
            while p.takes(r"\times", ","):
                sizes.append(size(p))
            p.expect("}")
        elif p.token.text in ("+", "*"):
            text += p.take().text
        else:
            sizes.append(p.group_or_atom())
    if p.takes("_"):
        text += "_" + "".join(t.text for t in group_tokens(p))
    return Members(tuple(sizes), text, at=token.at)


def group_tokens(p: Parser) -> list[Any]:
    if not p.takes("{"):
        return [p.take()]
    out = []
    while not p.takes("}"):
        out.append(p.take())
    return out


def size(p: Parser) -> Any:
    if p.sees("+", "*"):
        return Name(p.take().text)
    factors = [p.operand()]
    while p.sees("+", "-"):
        p.take()
        factors.append(p.operand())
    return factors[0]
