"""Unevaluated expressions → the words of a kernel: those right for every double, or nearly so.

`Printer` looks for what functions share; `NearPrinter` takes the words of `near` where it can.

Σ log(1 + Xᵢ) over the samples, X ≥ 0, is the logarithm of a product, one logarithm for sixteen:

    1 + X = 1/b,  X = a/b        Π(1 + Xᵢ) - 1 = P/Q,   P ← P + Qa,  Q ← Qb

P is a sum of positive terms, so nothing cancels however small the X are. log(1 + eᵘ) has a = σ(u)
and b = σ(-u); log cosh u is half the logarithm that has a = tanh²u and b = 1 - tanh²u. The slopes
have most of these in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.functions.primitives import LOG1PEXP, LOGCOSH, SECH2, SIGMOID
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.targets import python
from symgd.targets.python import ATOM, CALLS, Dialect, split_sign
from symgd.trees.scalars import HALF, ONE, add, function_name, is_application, mul, walk

DIALECT = Dialect(
    either=lambda c, a, b: f"select({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(({a}) == False)",
    },
    power="power({}, {})",
)

# head       as it is, of half the argument, and of log(1 + eᵘ)
TANGENTS: dict[Any, tuple[str, str, str]] = {
    sp.tanh: ("tanh", "tanh_half", "tanh_log1pexp"),
    SECH2: ("sech2", "sech2_half", "sech2_log1pexp"),
}

# word of `near`       what is asked of its argument
NEAR = {
    "density": "beyond_density",
    "erfc_of_root": "beyond_density",
    "exp": "beyond_exp",
    "log1pexp": "beyond",
    "logcosh": "beyond_doubled",
    "sech2": "beyond_doubled",
    "sech2_half": "beyond",
    "sech2_log1pexp": "beyond",
    "sigmoid": "beyond",
    "sigmoid_minus": "beyond",
    "tanh": "beyond_doubled",
    "tanh_half": "beyond",
    "tanh_log1pexp": "beyond",
}


class Printer(python.Printer):
    """Words that show what functions share, so that it is computed once.

    tanh(u/2) is of the e^(-|u|) that σ(u) is of; and where u = log(1 + e^v), tanh and 1 - tanh² are
    quotients of polynomials in e^(-|v|). σ(-z) is what σ(z) leaves over. Φ(z) and φ(z) are of one
    e^(-z²/2).
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program, DIALECT)
        self.meaning = {line.name: line.expr for line in program.lines}
        exprs = (*self.meaning.values(), *program.results)
        self.tails = any(head_of(n) == sp.erfc for e in exprs for n in walk(e))

    def call(self, e: Any) -> str:
        word, argument = self.word_for(e)
        return self.call_text(word, argument) if word else super().call(e)

    def call_text(self, word: str, argument: str) -> str:
        return f"{word}({argument})"

    def word_for(self, e: Any) -> tuple[str, str]:
        """(word, its printed argument); no word where it is not one word that stands for e."""
        head = head_of(e)
        if head == sp.exp:
            number, z = split_factor(e.exp)
            square = z is not None and z.is_Pow and z.exp == 2
            if square and number == -HALF and self.tails:
                return "density", self(z.base)
            return "exp", self(e.exp)
        if head == SIGMOID and split_sign(e.args[0])[0]:
            return "sigmoid_minus", self(split_sign(e.args[0])[1])
        if head == sp.erfc:
            number, z = split_factor(e.args[0])
            if z is not None and number is not None and number**2 == HALF:
                return "erfc_of_root", f"{'-' if number < 0 else ''}{self(z, ATOM)}"
        if head in TANGENTS:
            return self.tangent(head, e.args[0])
        word = CALLS.get(head, "").removesuffix("({})")
        return (word, self(e.args[0])) if word.isidentifier() else ("", "")

    def tangent(self, head: Any, u: Any) -> tuple[str, str]:
        """(word, argument) of tanh u or 1 - tanh²u."""
        whole, half, of_log1pexp = TANGENTS[head]
        meant = self.meaning.get(u, u)
        if is_application(meant) and function_name(meant) == LOG1PEXP:
            return of_log1pexp, self(meant.args[0])
        if u.is_Mul and u.args[0].is_Rational:
            return half, self(double(u))
        return whole, self(u)

    def depth(self, e: Any, known: Mapping[Any, int]) -> int:
        """How many functions are in one another; `known` are the names in it."""
        if not e.args:
            return known.get(e, 0)
        word = "" if e.is_Boolean else self.word_for(e)[0]
        if word.endswith("_log1pexp"):
            e = self.meaning.get(e.args[0], e.args[0])
        return max(self.depth(a, known) for a in e.args) + (word in NEAR)


class NearPrinter(Printer):
    """Writes `near.sigmoid(u)` for `sigmoid(u)`, and remembers to ask `near.beyond(u)`."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.asked: dict[str, None] = {}

    def call_text(self, word: str, argument: str) -> str:
        if word not in NEAR:
            return super().call_text(word, argument)
        self.asked[f"near.{NEAR[word]}({argument})"] = None
        return super().call_text(f"near.{word}", argument)


def split_factor(u: Any) -> tuple[Any, Any]:
    """(c, v) of u = cv with a number c and one other factor; (None, None) where it is not so."""
    if not u.is_Mul:
        return None, None
    numbers = [f for f in u.args if not f.free_symbols]
    others = [f for f in u.args if f.free_symbols]
    return (sp.Mul(*numbers), others[0]) if len(others) == 1 else (None, None)


def double(u: Any) -> Any:
    """(2c)v of u = cv with a number c."""
    c, *others = u.args
    factors = [*([] if 2 * c == 1 else [2 * c]), *others]
    return factors[0] if len(factors) == 1 else sp.Mul(*factors, evaluate=False)


# -- logarithms of products -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Logarithm:
    """coefficient·log(1 + a/b) of one sample, a and b printed."""

    coefficient: Any
    a: str
    b: str


def of_log1pexp(printer: Printer, u: Any) -> tuple[Any, str, str]:
    minus, v = split_sign(u)
    a, b = (printer.call_text(word, printer(v)) for word in ("sigmoid", "sigmoid_minus"))
    return (ONE, b, a) if minus else (ONE, a, b)


def of_logcosh(printer: Printer, u: Any) -> tuple[Any, str, str]:
    tanh, sech2 = (printer.call_text(*printer.tangent(head, u)) for head in (sp.tanh, SECH2))
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


def take_out(made: Program, printer: Printer) -> Cost:
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
    minus, v = split_sign(term)
    sign = -ONE if minus else ONE
    if v.is_Mul and v.args[0].is_Rational:
        return sign * v.args[0], mul(*v.args[1:])
    return sign, v
