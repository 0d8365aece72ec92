"""Single edits of a formula: the slips that people make, each the other way round.

A row of `EDITS` is one kind of slip: what it looks at is one node, and it answers with what the
node may have been meant to be. `edits` tries every row at every node of a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symgd.judge.verdicts import mistakes
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import (
    HALF,
    ONE,
    TWO,
    Big,
    Call,
    Derivative,
    Gradient,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    product,
)
from symgd.language.latex.vocabulary import FUNCTIONS
from symgd.language.sentences import Sentence

Change = Iterator[tuple[Any, Sentence]]


@dataclass(frozen=True)
class Surroundings:
    """What an edit may draw on: the names, functions and indices in use, and inner derivatives."""

    names: tuple[Name, ...] = ()
    functions: tuple[Name, ...] = ()
    indices: tuple[str, ...] = ()
    inner: tuple[Any, ...] = ()
    arrays: bool = False


def sign(node: Any, around: Surroundings) -> Change:
    """A sign: -a for a, and a term of a sum the other way."""
    if isinstance(node, Minus):
        yield node.of, say("slip:sign", formula=to_latex(node.of))
    elif isinstance(node, Sum):
        for i, term in enumerate(node.terms):
            other = term.of if isinstance(term, Minus) else Minus(term)
            terms = (*node.terms[:i], other, *node.terms[i + 1 :])
            what = term.of if isinstance(term, Minus) else term
            yield Sum(terms, at=node.at), say("slip:sign", formula=to_latex(what))


def factor(node: Any, around: Surroundings) -> Change:
    """A factor 2 too many: a number among factors, or ½."""
    if isinstance(node, Product):
        for i, f in enumerate(node.factors):
            if isinstance(f, Number) or f == HALF:
                rest = [g for j, g in enumerate(node.factors) if j != i]
                yield product(*rest), say("slip:factor", formula=to_latex(f))
    if isinstance(node, Quotient) and isinstance(node.bottom, Number):
        yield node.top, say("slip:factor-inverse", formula=to_latex(node.bottom))
    if isinstance(node, Quotient) and isinstance(node.bottom, Product):
        for i, f in enumerate(node.bottom.factors):
            if isinstance(f, Number):
                rest = product(*(g for j, g in enumerate(node.bottom.factors) if j != i))
                yield (
                    replace(node, bottom=rest),
                    say("slip:factor", formula=to_latex(f)),
                )
    if (
        isinstance(node, Quotient)
        and isinstance(node.top, Number)
        and node.top.value == 1
        and isinstance(node.bottom, Name)
    ):
        yield (
            ONE,
            say("slip:factor-inverse", formula=to_latex(node.bottom)),
        )


def square(node: Any, around: Surroundings) -> Change:
    """A square that is missing, or too many; a square written as a factor 2."""
    if isinstance(node, Power) and node.exponent == TWO:
        yield node.base, say("slip:not-squared", formula=to_latex(node.base))
    elif isinstance(node, Name | Sum | Norm | Call | Product):
        yield Power(node, TWO, at=node.at), say("slip:square-missing", formula=to_latex(node))
    if isinstance(node, Product) and node.factors[0] == TWO and len(node.factors) == 2:
        base = node.factors[1]
        yield Power(base, TWO), say("slip:square-as-double", formula=to_latex(base))


def exponent(node: Any, around: Surroundings) -> Change:
    if isinstance(node, Power) and (
        isinstance(node.exponent, Number)
        or (isinstance(node.exponent, Minus) and isinstance(node.exponent.of, Number))
    ):
        for other in _neighbours(node.exponent):
            yield (
                replace(node, exponent=other),
                (say("slip:exponent", base=to_latex(node.base), exponent=to_latex(other))),
            )
    if isinstance(node, Power) and isinstance(node.exponent, Name | Sum):
        less = Sum((node.exponent, Minus(ONE)))
        yield (
            replace(node, exponent=less),
            (say("slip:exponent", base=to_latex(node.base), exponent=to_latex(less))),
        )


def _neighbours(exponent: Any) -> Iterator[Any]:
    value = -exponent.of.value if isinstance(exponent, Minus) else exponent.value
    for other in (value - 1, value + 1, -value):
        if other not in (0, 1, value):
            yield Number(other) if other > 0 else Minus(Number(-other))


def prime(node: Any, around: Surroundings) -> Change:
    """σ for σ', and σ' for σ."""
    if isinstance(node, Call) and node.function.base.removeprefix("\\") not in FUNCTIONS:
        if node.order:
            yield (
                replace(node, order=node.order - 1),
                say("slip:prime-too-many", formula=to_latex(node)),
            )
        yield replace(node, order=node.order + 1), say("slip:prime-missing", formula=to_latex(node))


def function(node: Any, around: Surroundings) -> Change:
    """z for σ(z), 1 - z² for 1 - tanh² z, log p for p."""
    if isinstance(node, Call) and not node.order and len(node.arguments) == 1:
        name = node.function.base.removeprefix("\\")
        yield node.arguments[0], say("slip:function-extra", function=name)
        other = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}.get(name)
        if other:
            yield (
                replace(node, function=Name(f"\\{other}")),
                say("slip:function-other", function=name, other=other),
            )
    elif isinstance(node, Name):
        for f in around.functions:
            yield (
                Call(f, (node,)),
                say("slip:belongs", right=to_latex(Call(f, (node,))), wrong=to_latex(node)),
            )


def variable(node: Any, around: Surroundings) -> Change:
    if isinstance(node, Name):
        for other in around.names:
            if other != node:
                yield other, say("slip:belongs", right=to_latex(other), wrong=to_latex(node))


def index(node: Any, around: Surroundings) -> Change:
    if isinstance(node, Name):
        for field in ("below", "above"):
            items = getattr(node, field)
            for i, item in enumerate(items):
                if not (isinstance(item, Name) and item.base in around.indices):
                    continue
                for letter in around.indices:
                    if letter != item.base:
                        new = (*items[:i], replace(item, base=letter), *items[i + 1 :])
                        other = _with(node, field, new)
                        yield other, say("slip:index", formula=to_latex(node), index=letter)
            if len(items) == 2 and items[0] != items[1]:
                other = _with(node, field, (items[1], items[0]))
                yield other, say("slip:indices-order", formula=to_latex(node))


def _with(node: Any, field: str, value: Any) -> Any:
    return replace(node, **{field: value})


def transpose(node: Any, around: Surroundings) -> Change:
    if not around.arrays:
        return
    if isinstance(node, Transposed):
        yield node.of, say("slip:not-transposed", formula=to_latex(node.of))
    elif isinstance(node, Name):
        yield Transposed(node, at=node.at), say("slip:transpose-missing", formula=to_latex(node))
    if isinstance(node, Product):
        for i in range(len(node.factors) - 1):
            a, b = node.factors[i : i + 2]
            swapped = replace(node, factors=(*node.factors[:i], b, a, *node.factors[i + 2 :]))
            yield swapped, say("slip:order", first=to_latex(a), second=to_latex(b))
            crossed = _crossed(a, b)
            factors = (*node.factors[:i], *crossed, *node.factors[i + 2 :])
            yield (
                replace(node, factors=factors),
                (say("slip:product-shape", formula=to_latex(product(*crossed)))),
            )


def _crossed(a: Any, b: Any) -> tuple[Any, Any]:
    """bᵀ... a: the factors exchanged, and the transpose moved to the other."""
    first = b.of if isinstance(b, Transposed) else b
    second = a.of if isinstance(a, Transposed) else Transposed(a)
    return first, second


def operator(node: Any, around: Surroundings) -> Change:
    """A minus or plus typed for a product, and back; a product for a quotient."""
    if isinstance(node, Sum) and len(node.terms) == 2:
        a, b = node.terms
        other = b.of if isinstance(b, Minus) else b
        if isinstance(b, Minus):
            yield product(a, other), say("slip:minus-for-product")
        else:
            yield product(a, other), say("slip:plus-for-product")
    if isinstance(node, Product) and len(node.factors) == 2:
        a, b = node.factors
        yield Sum((a, b)), say("slip:product-for-sum")
        yield Sum((a, Minus(b))), say("slip:product-for-difference")
        yield Quotient(a, b), say("slip:denominator", formula=to_latex(b))
    if isinstance(node, Quotient):
        yield Quotient(node.bottom, node.top), say("slip:upside-down")
        yield (
            product(node.top, node.bottom),
            say("slip:no-denominator", formula=to_latex(node.bottom)),
        )


def sum_lost(node: Any, around: Surroundings) -> Change:
    if isinstance(node, Big):
        yield node.body, say("slip:sum-extra")


def extra(node: Any, around: Surroundings) -> Change:
    """A factor or a term too many."""
    if isinstance(node, Product):
        for i, f in enumerate(node.factors):
            if not isinstance(f, Number):
                rest = [g for j, g in enumerate(node.factors) if j != i]
                yield product(*rest), say("slip:factor", formula=to_latex(f))
    if isinstance(node, Sum) and len(node.terms) > 1:
        for i, term in enumerate(node.terms):
            others = (*node.terms[:i], *node.terms[i + 1 :])
            yield (
                others[0] if len(others) == 1 else Sum(others),
                (say("slip:term-extra", formula=to_latex(term))),
            )


def number(node: Any, around: Surroundings) -> Change:
    """The 3 of 3x for 2x: a whole number that is off by one."""
    whole = isinstance(node, Number) and node.places is None and node.value.denominator == 1
    for other in (node.value - 1, node.value + 1) if whole else ():
        if other > 1:
            right = Number(other)
            yield right, say("slip:belongs", right=to_latex(right), wrong=to_latex(node))


@dataclass(frozen=True)
class Edit:
    """`tree` is the whole formula after the edit; `words` say what it was before it."""

    kind: str
    words: Sentence
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
    "number": mistakes.number,
}


def edits(tree: Any, around: Surroundings) -> Iterator[Edit]:
    """Every single edit of the tree, whole-formula ones first."""
    yield Edit("sign", say("slip:sign-whole"), tree.of if isinstance(tree, Minus) else Minus(tree))
    yield Edit("factor", say("slip:two-missing"), product(TWO, tree))
    yield Edit("factor", say("slip:two-extra"), product(HALF, tree))
    for kind, change in EDITS.items():
        for new, words in _everywhere(tree, change, around):
            yield Edit(kind, words, new)
    for inner in around.inner:
        for new in _multiplied(tree, inner):
            yield Edit("inner-derivative", say("slip:factor-missing", formula=to_latex(inner)), new)


def _everywhere(tree: Any, change: Any, around: Surroundings) -> Iterator[tuple[Any, Sentence]]:
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
