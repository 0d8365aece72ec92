r"""What stands between brackets and bars: (a), [i = j], (a, b), |a|, the arguments of a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.language.latex import names, relations
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    TWO,
    Absolute,
    Indicator,
    Inner,
    Listed,
    Minus,
    Name,
    Norm,
    Number,
    Product,
)
from symgd.language.latex.tokens import CLOSING, DEEPEST, Token
from symgd.language.latex.vocabulary import RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

PAIR = 2
# The dot of \pi(\cdot | s).
BLANK = Name(r"\cdot")
# What in round brackets says that something is 1 where it holds.
COMPARISONS = frozenset({"<", ">", "<=", ">="})


def bracketed(p: Parser) -> Any:
    """(a), or (a, b); [i = j] and (a > b) are 1 where that holds, else 0."""
    opening = p.take()
    closing = CLOSING[opening.text]
    p.bars.append(opening.text)
    items = [p.sum()]
    compares = p.at_relation and RELATIONS.get(p.token.text) in COMPARISONS
    if compares or (opening.text in ("[", r"\{") and p.at_relation):
        condition = relations.relation_after(p, items[0])
        p.bars.pop()
        close(p, closing, opening)
        return Indicator(condition, at=opening.at)
    run = False
    while p.takes(",", ";"):
        run = next_of_list(p, items) or run
    p.bars.pop()
    close(p, closing, opening)
    if run:
        return Listed(tuple(items), at=opening.at)
    if opening.text == r"\langle" and len(items) == PAIR:
        p.ambiguous.add("angle")
    if opening.text == r"\langle" and len(items) == PAIR and p.habits.angle == "inner":
        return Inner(*items, at=opening.at)
    if len(items) > 1:
        return Listed(tuple(items), at=opening.at)
    return items[0]


def indicator(p: Parser) -> Indicator:
    """(i = j), behind a 1: 1 where that holds, else 0."""
    opening = p.take()
    condition = relations.relation_after(p, p.sum())
    close(p, CLOSING[opening.text], opening)
    return Indicator(condition, at=opening.at)


def next_of_list(p: Parser, items: list[Any]) -> bool:
    r"""The next item; of x_1, \dots, x_n the last of those before becomes the run to x_n."""
    if not p.takes(r"\dots"):
        items.append(p.sum())
        return False
    p.expect(",")
    items[-1] = p.run("stack", items, p.sum())
    return True


def script_to_last(p: Parser, inner: Any) -> Any:
    """{-e}^{-x} is -(e^{-x}): a script goes to what stands last in an invisible group."""
    if not p.sees("^", "_"):
        return inner
    if isinstance(inner, Minus):
        return Minus(script_to_last(p, p.with_scripts(inner.of)), at=inner.at)
    if isinstance(inner, Product):
        last = p.with_scripts(inner.factors[-1])
        return Product((*inner.factors[:-1], last), inner.signs, at=inner.at)
    return inner


def close(p: Parser, closing: str, opening: Token) -> None:
    """The closing bracket; at the very end of a line one that was forgotten is supplied."""
    if p.takes(closing):
        return
    if p.at_end and closing == ")" and not p.forgiven:
        p.forgiven = True
        p.notes.append(say("note:bracket-missing"))
        return
    p.expect(closing, opening)


def arguments(p: Parser, opening: Token, kind: str = "call") -> tuple[Any, ...]:
    """What stands between the brackets of a call, the opening one being taken.

    In a call that is no built-in function one bar separates: p(t | w); two are those of |t|.
    """
    closing = CLOSING[opening.text]
    p.bars.append(kind if kind != "call" or bars_ahead(p, 1) % 2 else "(")
    items: list[Any] = []
    bar: int | None = None
    while not p.sees(closing):
        if p.takes(",", ";"):
            continue
        if p.in_call and items and p.takes("|"):
            bar = len(items)
            p.bars[-1] = "("
            continue
        if p.at_end:
            break
        if items and p.sees(r"\dots"):
            next_of_list(p, items)
            continue
        item = blank(p, closing) or p.sum()
        items.append(relations.relation_after(p, item) if p.at_relation else item)
        if not p.sees(closing, ",", ";", "|") and not p.at_end:
            p.fail(say("read:comma-or-bracket"))
    p.bars.pop()
    close(p, closing, opening)
    p.behind_bar = 0 if bar is None else len(items) - bar
    return tuple(items)


def between_bars(p: Parser, bar: str) -> Any:
    opening = p.take()
    if len(p.bars) > DEEPEST:
        p.fail(say("read:bars-too-deep", most=DEEPEST), opening)
    p.bars.append(bar)
    inner = p.sum()
    p.bars.pop()
    p.expect(bar, opening)
    if bar == "|":
        return Absolute(inner, at=opening.at)
    kind = "2"
    if p.sees("_"):
        p.take()
        (below,) = names.script_items(p) or (TWO,)
        kind = str(below.value) if isinstance(below, Number) else str(below.base)
    return Norm(inner, kind, at=opening.at)


def blank(p: Parser, closing: str) -> Name | None:
    r"""The dot of \pi(\cdot | s), taken."""
    if p.sees(r"\cdot", ".") and p.ahead().text in (closing, "|", ","):
        return replace(BLANK, at=p.take().at)
    return None


# -- what a bracket holds, before it is read -------------------------------------------------------


def own_tokens(p: Parser, depth: int = 0) -> Iterator[tuple[int, Token]]:
    """The tokens of the bracket that opens here, not those of brackets in it, and their places.

    With `depth` 1 the bracket has been opened already.
    """
    i = 0
    while (token := p.ahead(i)).kind != "end":
        if token.text in ("(", "[", "{", r"\{"):
            depth += 1
        elif token.text in (")", "]", "}", r"\}"):
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield i, token
        i += 1


def bars_ahead(p: Parser, depth: int = 0) -> int:
    """How many bars of its own the bracket here has: an odd one separates, as in p(x | y).

    The bar of f |_{x=0} is none.
    """
    return sum(t.text == "|" and p.ahead(i + 1).text != "_" for i, t in own_tokens(p, depth))


def relates_ahead(p: Parser) -> bool:
    """Whether the bracket that opens here says of what an argument is a value: P(O = o)."""
    return p.sees("(") and any(t.text == "=" for _, t in own_tokens(p))


def commas_ahead(p: Parser) -> bool:
    """Whether the bracket that opens here holds a comma or a semicolon of its own."""
    depth, i = 0, 0
    while True:
        token = p.ahead(i)
        if token.kind == "end":
            return False
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return False
        elif depth == 1 and token.text in (",", ";"):
            return True
        i += 1
