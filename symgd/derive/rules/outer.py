"""Elementary functions: head(u, v)' = Σ slope(u, v)·u', one rule for each row that has slopes."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symgd.derive.rules.rule import Depends, Rewrite, Rule
from symgd.functions import Elementary, View
from symgd.language.formulas.build import at, read
from symgd.language.formulas.printer import latex
from symgd.trees.names import symbol
from symgd.trees.scalars import D, Expr, add, function, mul


def outer(row: Elementary) -> Rewrite:
    """head(u)' = slope(u)·u'; of several arguments, the sum over those that move."""

    def rewrite(f: Expr, t: sp.Symbol, depends: Depends) -> Expr | None:
        if not (isinstance(f, row.head) or (row.head is sp.exp and f.is_Pow and f.base is sp.E)):
            return None
        args = (f.exp,) if f.is_Pow else f.args
        terms = []
        for slope, u in zip(row.slopes, args, strict=True):
            if depends(u, t):
                inner = () if u == t else (D(u, t),)
                terms.append(mul(at(slope, row.arguments, args), *inner))
        return add(*terms)

    return rewrite


def rule(row: Elementary) -> Rule:
    """The rule of a row, with the usual sentence where the row has none of its own."""
    return Rule(
        row.name,
        f"derivative of {row.title or row.name}",
        row.equation or equation(row),
        row.because or f"The derivative of {row.name}, then the inner derivative (chain rule).",
        (row.example or f"{row.name}({', '.join(['x', 'y'][: len(row.arguments)])})",),
        outer(row),
    )


def equation(row: Elementary) -> str:
    """f(u, v)' = slope u' + slope v', in LaTeX."""
    terms = []
    for u, slope in zip(row.arguments, row.slopes, strict=True):
        read_ = read(slope, row.arguments)
        body = latex(read_)
        if slope != "0":
            terms.append(rf"{rf'({body})' if read_.is_Add else body}\,{u}'")
    left = latex(function(row.head, *map(symbol, row.arguments)))
    return f"{left}' = {' + '.join(terms) or '0'}"


# id → rule, of every row that has slopes
OUTER: Mapping[str, Rule] = View(
    lambda t: {r.name: rule(r) for r in t.elementary if r.head is not None and r.slopes}
)
