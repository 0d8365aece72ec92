"""Functions that act entry by entry: those of the language, and every activation of the catalogue.

    sin cos tan exp log tanh abs sign relu step sigmoid softplus ...      gelu  leaky_relu(0.1)

What a function is, the scalar engine knows: its formula is the catalogue's row, its derivative the
scalar engine's lemma (`symgd.derive.differentials.lemmas`). Here is only which words there are.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp

from symgd import functions as catalogue
from symgd.errors import CatalogueError
from symgd.language import parse
from symgd.language.named import body
from symgd.trees.arrays import Function
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, function_name, is_application, replace_all, walk

# The heads that the formula language knows as functions of one argument; the rest are rows of the
# catalogue. sqrt and abs² are powers here, and so no functions.
ELEMENTARY = frozenset(
    {"sin", "cos", "tan", "exp", "log", "sinh", "cosh", "erf", "atan", "asin", "acos", "sign"}
)

# Words of the language of matrices, where the catalogue says something longer.
OWN = {"step": "where(z > 0, 1, 0)", "abs": "abs(z)", "tanh": "tanh(z)"}

# word of other notations   the word here
ALIASES = {"arctan": "atan", "arcsin": "asin", "arccos": "acos", "ln": "log", "erfc": "erfc"}


def is_function(word: str) -> bool:
    """Whether the word is a function that acts entry by entry."""
    return word in ELEMENTARY or word in OWN or word in ALIASES or word in catalogue.SIGNATURES


def function(word: str, parameters: tuple[Fraction, ...] = ()) -> Function:
    """The function of that word; raises CatalogueError for parameters that it does not have."""
    word = ALIASES.get(word, word)
    wanted = () if word in ELEMENTARY or word in OWN else catalogue.SIGNATURES[word][1:]
    if parameters and len(parameters) != len(wanted):
        raise CatalogueError(
            f"{word} has {len(wanted)} parameters after its argument, and {len(parameters)} were "
            "given."
        )
    if wanted and not parameters:
        usual = defaults(word)
        if usual is None:
            raise CatalogueError(
                f"{word} has a parameter without a usual value; write {word}(Z, {wanted[0]}), such "
                f"as {word}(Z, 0.1)."
            )
        parameters = usual
    return Function(word, parameters)


@cache
def defaults(word: str) -> tuple[Fraction, ...] | None:
    """The usual values of its parameters, if each has one."""
    if word in ELEMENTARY or word in OWN:
        return ()
    texts = [p.default for p in catalogue.activation(word).parameters.values()]
    if None in texts:
        return None
    values = [sp.Rational(parse(t)) for t in texts if t is not None]
    return tuple(Fraction(int(v.p), int(v.q)) for v in values)


@cache
def formula(f: Function) -> Expr:
    """f(z) as the scalar engine reads it, its parameters numbers; not of a derivative."""
    z = symbol("z")
    if f.name in OWN:
        return parse(OWN[f.name])
    if f.name in ELEMENTARY:
        return parse(f"{f.name}(z)")
    row = catalogue.activation(f.name)
    values = [sp.Rational(q.numerator, q.denominator) for q in f.parameters]
    return _unfolded(body(row), dict(zip(map(symbol, row.arguments), (z, *values), strict=True)))


def _unfolded(expr: Expr, values: dict[Any, Expr]) -> Expr:
    """The body with these values of its arguments, functions of the catalogue opened."""
    expr = replace_all(expr, values)
    for inner in {n for n in walk(expr) if is_application(n)}:
        row = catalogue.activation(function_name(inner))
        args = dict(zip(map(symbol, row.arguments), inner.args, strict=True))
        expr = replace_all(expr, {inner: _unfolded(body(row), args)})
    return expr


@cache
def written_name(name: str) -> tuple[str, str]:
    """How a function of the catalogue is written, in LaTeX and in Unicode."""
    if name == "step":
        return r"\mathrm{step}", "step"
    row = catalogue.activation(name)
    return row.latex, row.text
