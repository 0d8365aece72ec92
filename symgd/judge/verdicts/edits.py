"""Single edits of a formula: the slips that people make, each the other way round.

A row of `EDITS` is one kind of slip: what it looks at is one node, and it answers with what the
node may have been meant to be. `edited` tries every row at every node of a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symgd.judge.verdicts import mistakes
from symgd.judge.verdicts.mistakes import Change, Surroundings
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import (
    HALF,
    TWO,
    Big,
    Call,
    Derivative,
    Gradient,
    Minus,
    Norm,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    product,
)


@dataclass(frozen=True)
class Edit:
    """`tree` is the whole formula after the edit; `words` say what it was before it."""

    kind: str
    words: str
    tree: Any


# kind        what it changes at a node
EDITS: dict[str, Callable[[Any, Surroundings], Change]] = {
    "sign": mistakes.sign,
    "factor": mistakes.factor,
    "square": mistakes.square,
    "exponent": mistakes.exponent,
    "prime": mistakes.prime,
    "variable": mistakes.variable,
    "function": mistakes.function,
    "index": mistakes.index,
    "transpose": mistakes.transpose,
    "operator": mistakes.operator,
    "sum": mistakes.sum_lost,
    "extra": mistakes.extra,
}


def edited(tree: Any, around: Surroundings) -> Iterator[Edit]:
    """Every single edit of the tree, whole-formula ones first."""
    yield Edit("sign", "the sign is wrong", tree.of if isinstance(tree, Minus) else Minus(tree))
    yield Edit("factor", "a factor 2 is missing", product(TWO, tree))
    yield Edit("factor", "a factor 2 too many", product(HALF, tree))
    for kind, change in EDITS.items():
        for new, words in _everywhere(tree, change, around):
            yield Edit(kind, words, new)
    for inner in around.inner:
        for new in _multiplied(tree, inner):
            yield Edit("inner-derivative", f"the factor ${to_latex(inner)}$ is missing", new)


def _everywhere(tree: Any, change: Any, around: Surroundings) -> Iterator[tuple[Any, str]]:
    yield from change(tree, around)
    if isinstance(tree, Derivative | Gradient):
        return
    for rebuilt, child in _children(tree):
        for new, words in _everywhere(child, change, around):
            yield rebuilt(new), words


def _multiplied(tree: Any, factor: Any) -> Iterator[Any]:
    """The tree times a factor, or one term of it."""
    yield product(tree, factor)
    if isinstance(tree, Sum):
        for i, term in enumerate(tree.terms):
            yield replace(
                tree, terms=(*tree.terms[:i], product(term, factor), *tree.terms[i + 1 :])
            )
    if isinstance(tree, Big):
        yield replace(tree, body=product(tree.body, factor))


def _children(tree: Any) -> Iterator[tuple[Callable[[Any], Any], Any]]:
    """Each child that is part of the formula's value, with what puts a new one in its place."""
    match tree:
        case Sum():
            yield from _in_tuple(tree, "terms")
        case Product():
            yield from _in_tuple(tree, "factors")
        case Call():
            yield from _in_tuple(tree, "arguments")
        case Quotient():
            yield (lambda n: replace(tree, top=n)), tree.top
            yield (lambda n: replace(tree, bottom=n)), tree.bottom
        case Power():
            yield (lambda n: replace(tree, base=n)), tree.base
            yield (lambda n: replace(tree, exponent=n)), tree.exponent
        case Minus() | Norm() | Transposed():
            yield (lambda n: replace(tree, of=n)), tree.of
        case Big():
            yield (lambda n: replace(tree, body=n)), tree.body


def _in_tuple(tree: Any, field: str) -> Iterator[tuple[Callable[[Any], Any], Any]]:
    items = getattr(tree, field)
    for i, item in enumerate(items):

        def put(new: Any, i: int = i) -> Any:
            return replace(tree, **{field: (*items[:i], new, *items[i + 1 :])})

        yield put, item
