"""Σ log(1 + Xᵢ) over the samples, X ≥ 0, as the logarithm of a product: one logarithm for sixteen.

    1 + X = 1/b,  X = a/b        Π(1 + Xᵢ) - 1 = P/Q,   P ← P + Qa,  Q ← Qb

P is a sum of positive terms, so nothing cancels however small the X are. log(1 + eᵘ) has a = σ(u)
and b = σ(-u); log cosh u is half the logarithm that has a = tanh²u and b = 1 - tanh²u. The slopes
have most of these in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1PEXP, LOGCOSH, SECH2
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.targets.numba.printer import Printer
from symgd.targets.python import signed
from symgd.trees.scalars import HALF, ONE, add, mul


@dataclass(frozen=True, slots=True)
class Logarithm:
    """coefficient·log(1 + a/b) of one sample, a and b printed."""

    coefficient: Any
    a: str
    b: str


def of_log1pexp(printer: Printer, u: Any) -> tuple[Any, str, str]:
    minus, v = signed(u)
    a, b = (printer.applied(word, printer(v)) for word in ("sigmoid", "sigmoid_minus"))
    return (ONE, b, a) if minus else (ONE, a, b)


def of_logcosh(printer: Printer, u: Any) -> tuple[Any, str, str]:
    tanh, sech2 = (printer.applied(*printer.tangent(head, u)) for head in (sp.tanh, SECH2))
    return HALF, f"square({tanh})", sech2


# head of a term of the cost      (printer, argument) → (coefficient, a, b)
PAIRS: dict[Any, Callable[[Printer, Any], tuple[Any, str, str]]] = {
    LOG1PEXP: of_log1pexp,
    LOGCOSH: of_logcosh,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one sample, as its sum over the samples is made: factor·rest + logarithms."""

    factor: Any
    rest: Any
    logarithms: tuple[Logarithm, ...] = ()


def taken_out(made: Program, printer: Printer) -> Cost:
    """Factor and logarithms are taken out of what nothing else in the program is made of."""
    meaning = {line.name: line.expr for line in made.lines}
    uses = [n for e in (*meaning.values(), *made.results) for n in sp.preorder_traversal(e)]
    if made.value in uses or made.value not in meaning:
        return Cost(ONE, made.value)
    cost, rest, found = meaning[made.value], [], []
    for term in cost.args if cost.is_Add else (cost,):
        number, core = parts(term)
        if uses.count(core) == 1:
            core = meaning.get(core, core)
        if head_of(core) in PAIRS:
            half, a, b = PAIRS[head_of(core)](printer, core.args[0])
            found.append(Logarithm(number * half, a, b))
        else:
            rest.append(term)
    return Cost(ONE, add(*rest), tuple(found)) if found else Cost(*parts(cost))


def parts(term: Any) -> tuple[Any, Any]:
    """(c, v) of cv with a number c; (1, term) where it is no such product."""
    minus, v = signed(term)
    sign = -ONE if minus else ONE
    if v.is_Mul and v.args[0].is_Rational:
        return sign * v.args[0], mul(*v.args[1:])
    return sign, v
