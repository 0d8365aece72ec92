"""What is printed is read back: in the language as the same tree, in LaTeX as the same value."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import mpmath as mp
import sympy as sp
from conftest import close, points, trees, value
from hypothesis import given, reject, settings

from symgd.errors import FormulaError
from symgd.language import parse
from symgd.language.formulas.printer import latex, plain
from symgd.language.latex import syntax
from symgd.language.latex.statements import statement
from symgd.language.latex.vocabulary import Vocabulary
from symgd.trees.names import symbol
from symgd.trees.scalars import add, group, rebuild

# -- formulas, in the language --------------------------------------------------------------------


def up_to_order(e: Any) -> Any:
    """The tree, where the factors of a product have no order and its numbers are one."""
    if not e.args:
        return e
    args = tuple(map(up_to_order, e.args))
    if e.is_Add:
        return add(*args)
    if not e.is_Mul:
        return rebuild(e, args)
    flat = [f for a in args for f in (a.args if a.is_Mul else (a,))]
    number = sp.prod([f for f in flat if f.is_Rational])
    rest = sorted((f for f in flat if not f.is_Rational), key=sp.srepr)
    return group(number, *rest) if number != 1 or not rest else group(*rest)


def reread(e: Any) -> Any:
    """The tree that its text reads as; a division by 0 is refused, as it should be."""
    try:
        return parse(plain(e))
    except FormulaError:
        reject()


@settings(max_examples=400)
@given(trees)
def test_a_formula_reads_back_as_its_tree(e):
    assert up_to_order(reread(e)) == up_to_order(e), plain(e)


# -- formulas, in LaTeX ---------------------------------------------------------------------------

WORDS = Vocabulary(functions=frozenset({"f"}), names=frozenset({"x", "y"}))
HEADS: dict[str, Callable[..., Any]] = {
    "\\ln": mp.log, "\\sin": mp.sin, "\\cos": mp.cos, "\\tanh": mp.tanh, "\\sinh": mp.sinh,
    "\\cosh": mp.cosh, "\\arctan": mp.atan, "\\max": max, "\\min": min, "\\exp": mp.exp,
    "\\sign": mp.sign, "\\erf": mp.erf,
}  # fmt: skip


class NotRealError(Exception):
    """A value on the way that is not real, which has no maximum and no sign."""


def worth(tree: Any, at: Any) -> Any:
    """What a tree of the LaTeX reader is worth: a witness of its own, without the judge."""
    of = lambda t: worth(t, at)  # noqa: E731
    match tree:
        case syntax.Number():
            return mp.mpf(tree.value.numerator) / tree.value.denominator
        case syntax.Name(base="e"):
            return mp.e
        case syntax.Name():
            return at[symbol(tree.base)]
        case syntax.Sum():
            return mp.fsum(map(of, tree.terms))
        case syntax.Minus():
            return -of(tree.of)
        case syntax.Product():
            return mp.fprod(map(of, tree.factors))
        case syntax.Quotient():
            return of(tree.top) / of(tree.bottom)
        case syntax.Power():
            return mp.power(of(tree.base), of(tree.exponent))
        case syntax.Absolute():
            return abs(of(tree.of))
        case syntax.Call():
            arguments = list(map(of, tree.arguments))
            if not all(mp.isfinite(a) and mp.im(a) == 0 for a in arguments):
                raise NotRealError
            return HEADS[tree.function.base](*arguments)
        case syntax.Cases(branches=[(a, c), (b, None)]):
            return of(a) if of(c.left) > of(c.right) else of(b)
    raise AssertionError(f"no value of {tree!r}")


@settings(max_examples=400)
@given(trees)
def test_the_latex_of_a_formula_is_read_with_its_value(e):
    (member,) = statement(latex(e), WORDS).members
    for point in points(4):
        a = value(e, point)
        if mp.isfinite(a) and mp.im(a) == 0:
            with suppress(NotRealError, ZeroDivisionError):
                assert close(a, worth(member, point), 40), latex(e)
