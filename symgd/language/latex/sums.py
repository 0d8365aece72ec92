r"""What runs or has rows: \sum_{i=1}^n and \prod, \begin{cases}, matrices and stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.language.latex import dots, relations
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    Big,
    Call,
    Cases,
    Integral,
    Matrix,
    Minus,
    Name,
    Primed,
    Relation,
    Sum,
)
from symgd.language.latex.tokens import TEXT, Token
from symgd.language.latex.vocabulary import RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

# What sets rows below each other: one row of it is what stands there.
ROWS = frozenset({"aligned", "split", "gathered", "alignedat"})
MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "vmatrix", "array", "smallmatrix", "Bmatrix"})


SIGMA, SUM = r"\Sigma", r"\sum"
# The tokens between a Σ and the = of its lower bound: _ { i =
TO_BOUND = 3


def from_letters(tokens: Sequence[Token], every: bool) -> Iterator[Token]:
    r"""The tokens with \sum for \Sigma_{i=1}^n, which is no letter, or for `every` \Sigma."""
    for k, token in enumerate(tokens):
        behind = [t.text for t in tokens[k + 1 : k + 2 + TO_BOUND]]
        bounded = behind[:2] == ["_", "{"] and behind[TO_BOUND:] == ["="]
        is_sum = token.text == SIGMA and (every or bounded)
        yield replace(token, text=SUM) if is_sum else token


def big(p: Parser, token: Token) -> Any:
    r"""\sum_{i=1}^{n} body; the body goes on while its terms mention the index."""
    indices: tuple[Name, ...] = ()
    low = high = None
    conditions: tuple[Any, ...] = ()
    while p.sees("_", "^"):
        if p.take().text == "_":
            indices, low, conditions = range_below(p)
        else:
            high = p.group_or_atom()
    sigma = token.text.replace("sum", "Sigma").replace("prod", "Pi")
    declared = len(indices) == 1 and f"{sigma}_{indices[0].base}" in p.vocabulary.names
    if declared or not (p.starts_operand or p.sees("-")):
        name = token.text.replace("sum", "Sigma").replace("prod", "Pi")
        return Name(name, tuple(indices), at=token.at)
    bare = low is None and high is None and not conditions
    if token.text == r"\sum" and bare and indices and outcomes(p, indices):
        body = p.signed_product()
        for index in reversed(indices):
            body = Integral(body, index, everywhere=True, summed=True, at=token.at)
        return body
    said = len(p.conditions)
    body = p.signed_product()
    names = {n.base for n in indices}
    while p.sees("+", "-") and names and next_term_mentions(p, names):
        minus = p.take().text == "-"
        term = p.signed_product()
        body = _more(body, Minus(term, at=term.at) if minus else term)
    own = [c for c in p.conditions[said:] if names & {c.left.base, c.right.base}]
    p.conditions = [c for c in p.conditions if c not in own]
    return Big(token.text[1:], indices, low, high, (*conditions, *own), body, at=token.at)


def outcomes(p: Parser, indices: tuple[Name, ...]) -> bool:
    r"""Whether a sum runs over all values of what is random: \sum_z p(x, z).

    The k of \sum_k p(k | x) \mu_k counts.
    """
    letters = {i.base for i in indices}
    return letters <= p.vocabulary.outcomes - p.vocabulary.indices and not any(
        p.tokens[k].text in letters and p.in_subscript(k - p.place)
        for k in range(p.place + 1, len(p.tokens))
    )


def next_term_mentions(p: Parser, names: set[str]) -> bool:
    """Whether the term after this sign has the index as a subscript: then Σ covers it too."""
    depth, i = 0, 1
    seen = False
    while True:
        token = p.ahead(i)
        if token.kind == "end":
            return seen
        if token.text in (r"\sum", r"\prod", r"\begin", r"\end"):
            return False
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
            if depth < 0:
                return seen
        elif depth == 0 and (token.text in ("+", "-") or token.text in RELATIONS) and i > 1:
            return seen
        if token.text in names and p.in_subscript(i):
            seen = True
        i += 1


def range_below(p: Parser) -> tuple[tuple[Name, ...], Any, tuple[Any, ...]]:
    """i; i=1; i,j; j ≠ i; n ∈ N; i<j."""
    opening = p.token
    if not p.takes("{"):
        index = p.atom()
        return ((index,) if isinstance(index, Name) else ()), None, ()
    names: list[Name] = []
    low: Any = None
    conditions: list[Any] = []
    while not p.takes("}"):
        if p.at_end:
            p.expect("}", opening)
        if p.takes(",", ":", "|", ";"):
            continue
        left = p.operand()
        if isinstance(left, Primed) and isinstance(left.of, Name):
            left = Name(left.of.base + "'" * left.order, left.of.below, at=left.at)
        if not isinstance(left, Name):
            p.fail(say("read:sum-index"), opening)
        if not p.at_relation:
            names.append(left)
            continue
        sign = relations.relation_sign(p)
        right = p.sum()
        names.append(left) if left not in names else None
        if sign == "=" and low is None:
            low = right
        else:
            conditions.append(Relation(left, sign, right, at=left.at))
    return tuple(names), low, tuple(conditions)


def environment(p: Parser, token: Token) -> Any:
    p.expect("{")
    name = ""
    while not p.takes("}"):
        name += p.take().text
    name = name.rstrip("*")
    if name == "cases":
        return cases(p, token)
    if name in ROWS:
        return one_row(p, token, name)
    if name not in MATRICES:
        p.fail(say("read:environment-inside", environment=name), token)
    if name == "array" and p.takes("{"):
        while not p.takes("}"):
            p.take()
    rows = dots.cells(p, token, name)
    end_environment(p)
    if name == "vmatrix":
        return Call(Name(r"\det"), (filled(p, rows, token),), at=token.at)
    return filled(p, rows, token)


def filled(p: Parser, rows: list[list[Any]], token: Token) -> Any:
    """The matrix of these rows; what dots in them leave out is put in."""
    if any(dots.is_dots(cell) for row in rows for cell in row):
        found = dots.matrix(rows, token.at)
        if found is None:
            p.fail(say("read:dots-in-matrix"), token)
        return found
    full = [tuple(c for c in row if c is not None) for row in rows]
    full = [row for row in full if row]
    if len({len(r) for r in full}) != 1:
        p.fail(say("read:rows-differ"), token)
    return Matrix(tuple(full), at=token.at)


def one_row(p: Parser, token: Token, name: str) -> Any:
    r"""\begin{aligned} a + b \end{aligned} = c: what stands in it, where that is one row."""
    p.takes("&")
    terms = [p.signed_product()]
    while not p.sees(r"\end"):
        if p.takes("&"):
            continue
        if not p.sees("+", "-"):
            p.fail(say("read:environment-inside", environment=name), token)
        minus = p.take().text == "-"
        term = p.signed_product()
        terms.append(Minus(term, at=term.at) if minus else term)
    end_environment(p)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms), at=token.at)


def end_environment(p: Parser) -> None:
    r"""\end{...}"""
    p.take()
    p.expect("{")
    while not p.takes("}"):
        p.take()


def cases(p: Parser, token: Token) -> Any:
    branches: list[tuple[Any, Any]] = []
    while not p.sees(r"\end"):
        if p.at_end:
            p.fail(say("read:cases-never-ended"), token)
        value = p.sum()
        p.takes(",")
        condition = None
        while p.token.kind == TEXT or p.takes(",", ".", "&"):
            if p.token.kind == TEXT:
                if "$" in p.token.text:
                    p.fail(say("read:condition-in-text"))
                p.take()
        if p.starts_operand or p.sees("-"):
            condition = condition_of_case(p)
            while p.token.kind == TEXT or p.sees(".", ",", ";"):
                p.take()
        branches.append((value, condition))
        p.takes(r"\\")
    end_environment(p)
    return Cases(tuple(branches), at=token.at)


def condition_of_case(p: Parser) -> Any:
    """a > b, or (a > b)."""
    mark = p.place
    if p.takes("("):
        try:
            condition = relations.condition(p)
        except FormulaError:
            condition = None  # (a + b) c > 0
        if condition is not None and p.takes(")") and p.sees(r"\\", r"\end", ",", "."):
            return condition
        p.place = mark
    return relations.condition(p)


def _more(body: Any, term: Any) -> Any:
    terms = body.terms if isinstance(body, Sum) else (body,)
    return Sum((*terms, term), at=body.at)
