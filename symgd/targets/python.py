"""Unevaluated expressions → Python source; what the numpy and the scalar backend have in common.

Every symbol is renamed before it is printed (`yhat` becomes `v5_yhat`), and every other word of
the source comes from the tables here and in the backends: nothing that a user typed is code.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.errors import ModelError
from symgd.functions import View
from symgd.functions.primitives import BY_NAME
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.programs.constants import endless
from symgd.programs.guard import ONE, SAFE, head_of
from symgd.programs.program import Program
from symgd.verify.evaluate import constant

NO_BREAK = "\u00a0"

# how tightly an operator holds
CONDITION, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)

# head              as Python writes it, of the printed arguments
CALLS: Mapping[Any, str] = View(
    lambda t: (
        {
            r.head: f"{r.math}({', '.join(['{}'] * len(r.arguments))})"
            for r in t.elementary
            if r.math
        }
        # _sigmoid is sigmoid({}), and so on: each backend has them under their own names
        | {name: f"{name[1:]}({{}})" for name in BY_NAME}
    )
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one backend writes what is not the same in all.

    either   (condition, value where it holds, value elsewhere) → source
    joined   operator ("and", "or", "not") → (printed conditions) → source
    power    (base, exponent), for an exponent that is not a small whole number
    nan      what stands where no case holds
    alone    a number in a line of its own: one of the library, over 0 of which things are infinite
    """

    either: Callable[[str, str, str], str]
    joined: Mapping[str, Callable[..., str]]
    power: str
    nan: str = "nan"
    alone: str = "{}"


class Printer:
    """Expressions of one program as Python source."""

    def __init__(self, program: Program, dialect: Dialect) -> None:
        self.dialect = dialect
        symbols = dict.fromkeys((*program.leaves, *(line.name for line in program.lines)))
        self.names = {s: f"v{i}_{s.name}" for i, s in enumerate(symbols)}

    def __call__(self, e: Any, least: int = CONDITION) -> str:
        """The source, in parentheses where it holds less tightly than `least`."""
        text, level = self.text_and_level(e)
        return text if level >= least else f"({text})"

    def text_and_level(self, e: Any) -> tuple[str, int]:
        if e.is_Symbol:
            return self.names[e], ATOM
        if isinstance(e, sp.Expr) and not e.free_symbols:
            return self.constant(e)
        if e.is_Add:
            return self.sum(e)
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow and e.base is not sp.E:
            return self.power(e)
        if isinstance(e, sp.Piecewise):
            return self.cases(e.args), ATOM
        if isinstance(e, sp.Max | sp.Min):
            return self.fold("maximum" if isinstance(e, sp.Max) else "minimum", e.args), ATOM
        if e.is_Boolean or e.is_Relational:
            return self.condition(e), CONDITION
        return self.call(e), ATOM

    def constant(self, e: Any) -> tuple[str, int]:
        text = as_constant(e)
        return text, SIGN if text.startswith("-") else ATOM

    def sum(self, e: Any) -> tuple[str, int]:
        text = self(e.args[0], SUM)
        for term in e.args[1:]:
            minus, rest = split_sign(term)
            text += f" {'-' if minus else '+'} {self(rest, PRODUCT)}"
        return text, SUM

    def product(self, e: Any) -> tuple[str, int]:
        minus, e = split_sign(e)
        if minus:
            text = self(e, PRODUCT if e.is_Mul else SIGN)
            return text[1:] if text.startswith("-") else f"-{text}", PRODUCT
        numbers = [f for f in e.args if not f.free_symbols]
        # Neighbouring numbers become one, rounded once.
        above = [self.constant(sp.Mul(*numbers, evaluate=False))] if numbers else []
        above = [a for a in above if a[0] != "1.0"]
        below: list[str] = []
        for f in e.args:
            if not f.free_symbols:
                continue
            if f.is_Pow and f.base is not sp.E and f.exp.is_Rational and f.exp < 0:
                below.append(self.harmless(self(_inverse(f), POWER), ONE))
            else:
                above.append(self.text_and_level(f))
        texts = [t if level >= PRODUCT else f"({t})" for t, level in above]
        # A quotient that is not the first factor is a group: a*(b/c), as it was written.
        texts = texts[:1] + [f"({t})" if "/" in t and not _is_closed(t) else t for t in texts[1:]]
        text = "*".join(texts) or "1.0"
        for b in below:
            text += f"/{b}"
        return text, PRODUCT if len(texts) + len(below) > 1 else (above[0][1] if above else PRODUCT)

    def power(self, e: Any) -> tuple[str, int]:
        base, n = e.base, e.exp
        if n.is_Rational and n < 0:
            return f"1.0/{self.harmless(self(_inverse(e), POWER), ONE)}", PRODUCT
        if n == sp.Rational(1, 2):
            return f"sqrt({self.harmless(self(base), ONE)})", ATOM
        if n in (2, 3) and base.is_Symbol:
            return "*".join([self.names[base]] * int(n)), PRODUCT
        if n.is_Integer and n <= 1000:
            return f"{self(base, ATOM)}**{int(n)}", POWER
        base_text = self.harmless(self(base), ONE)
        return self.dialect.power.format(base_text, self(n)), ATOM

    def fold(self, name: str, args: Iterable[Any]) -> str:
        first, *rest = map(self, args)
        for other in rest:
            first = self.own(name, first, other)
        return first

    def own(self, name: str, *arguments: str) -> str:
        """A call of a function that the language does not have."""
        return f"{name}({', '.join(arguments)})"

    def cases(self, branches: Any) -> str:
        text = self.dialect.nan
        for value, condition in reversed(branches):
            if condition == sp.true:
                text = self(value)
            elif condition != sp.false:
                text = self.dialect.either(self.condition(condition), self(value), text)
        return text

    def condition(self, c: Any) -> str:
        joined = self.dialect.joined
        if c in (sp.true, sp.false):
            return str(bool(c))
        if isinstance(c, sp.And | sp.Or):
            word = "and" if isinstance(c, sp.And) else "or"
            first, *rest = map(self.condition, c.args)
            for other in rest:
                first = joined[word](first, other)
            return first
        if isinstance(c, sp.Not):
            return joined["not"](self.condition(c.args[0]))
        a, b = c.args
        return f"{self(a, SUM)} {RELATIONS[type(c)].sign} {self(b, SUM)}"

    def call(self, e: Any) -> str:
        head = head_of(e)
        if head not in CALLS:
            raise ModelError(f"{head} cannot be computed: no backend has this function.")
        texts = [self(a) for a in ((e.exp,) if e.is_Pow else e.args)]
        if head in SAFE:
            texts = [self.harmless(text, SAFE[head]) for text in texts]
        return CALLS[head].format(*texts)

    def harmless(self, text: str, at: str) -> str:
        """The argument of a call that can fail; `at` is one at which it cannot."""
        return text


def as_constant(e: Any) -> str:
    """A number, worked out here to the nearest double."""
    number = Fraction(int(e.p), int(e.q)) if e.is_Rational else endless(e)
    number = constant(e) if number is None else number
    try:
        return repr(float(number))
    except OverflowError:
        return "inf" if number > 0 else "-inf"


def split_sign(term: Any) -> tuple[bool, Any]:
    """-u → (True, u)."""
    if term.is_Rational and term < 0:
        return True, -term
    if term.is_Mul and term.args[0] == -1:
        rest = term.args[1:]
        return True, rest[0] if len(rest) == 1 else sp.Mul(*rest, evaluate=False)
    return False, term


def _inverse(f: Any) -> Any:
    """u⁻ⁿ → uⁿ."""
    return f.base if f.exp == -1 else sp.Pow(f.base, -f.exp, evaluate=False)


def _is_closed(text: str) -> bool:
    """Whether the first parenthesis closes at the end."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and c in "*/":
            return False
        if depth == 0 and c == ")" and i < len(text) - 1:
            return False
    return True


def body(program: Program, printer: Printer, indent: str = "    ") -> list[str]:
    """The lines `v4_z = v0_w*v2_x + v1_b` of a program."""
    return [f"{indent}{printer.names[a.name]} = {printer(a.expr)}" for a in program.lines]


def imported(module: str, words: Sequence[str], width: int = 98) -> list[str]:
    """Statements that import the words from a module, each on one line."""
    head = f"from {module} import "
    # no line is broken within "arccos as acos"
    whole = (w.replace(" ", NO_BREAK) for w in words)
    parts = textwrap.wrap(", ".join(whole), width - len(head))
    return [head + part.rstrip(",").replace(NO_BREAK, " ") for part in parts]


def function_in(
    source: str, entry: str, namespace: dict[str, Any], label: str
) -> Callable[..., Any]:
    """The function `entry` of a source that was printed here."""
    exec(compile(source, f"<symgd {label}>", "exec"), namespace)  # noqa: S102 - every word is ours
    function: Callable[..., Any] = namespace[entry]
    return function
