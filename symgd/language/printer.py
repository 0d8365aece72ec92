"""Expression → LaTeX, Unicode or ASCII, in the order in which it was written.

One walk with four levels of precedence; what differs between the alphabets stands in `styles`.
A `Spelling` adds what only the model knows: how its functions are written, and which of its
names are told with a prime (C'(ŷ)) rather than a fraction of differentials.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy as sp

from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.language.alphabets import ASCII, LATEX, UNICODE, Style
from symgd.language.layout import (
    decimal,
    end_word,
    has_index_form,
    is_cases,
    is_reciprocal,
    stands_apart,
    terminates,
)
from symgd.trees.names import Spelling
from symgd.trees.scalars import D, P, Prime, function_name, is_application, reciprocal

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4

Written = tuple[str, int]


PLAIN = Spelling()


def latex(expr: Any, spelling: Spelling = PLAIN) -> str:
    """The expression in LaTeX."""
    return Printer(LATEX, spelling).write(expr)


def text(expr: Any, spelling: Spelling = PLAIN) -> str:
    """The expression in Unicode, for a terminal."""
    return Printer(UNICODE, spelling).write(expr)


def plain(expr: Any) -> str:
    """The expression in ASCII, as `symgd.language` reads it back."""
    return Printer(ASCII, PLAIN).write(expr)


class Printer:
    """Writes one expression in one style."""

    def __init__(self, style: Style, spelling: Spelling) -> None:
        self.style = style
        self.spelling = spelling

    def write(self, expr: Any) -> str:
        return self.visit(expr)[0]

    def at_least(self, expr: Any, level: int) -> str:
        """The expression, in brackets if it binds more loosely than `level`."""
        body, own = self.visit(expr)
        return body if own >= level else self.style.parens(body)

    def visit(self, expr: Any) -> Written:
        for kind, method in _VISITORS:
            if isinstance(expr, kind):
                return method(self, expr)
        raise TypeError(f"no way to write a {type(expr).__name__}: {expr!r}")

    # -- atoms ----------------------------------------------------------------------------

    def symbol(self, expr: Any) -> Written:
        return self.style.name(expr.name), ATOM

    def number(self, expr: Any) -> Written:
        if expr.is_Rational:
            return self.rational(expr)
        if expr in self.style.constants:
            return self.style.constants[expr], ATOM
        mantissa, _, exponent = f"{float(expr):.10g}".partition("e")
        body = mantissa.replace("-", self.style.minus)
        if not exponent:
            return body, PRODUCT if expr < 0 else ATOM
        if self.style.id == "ascii":
            return f"{body}e{exponent}", PRODUCT if expr < 0 else ATOM
        ten = self.style.power("10", str(int(exponent)))
        return f"{body}{self.style.times}{ten}", PRODUCT

    def rational(self, q: Any) -> Written:
        """Decimals stay decimals (1.702), small fractions fractions (2/3)."""
        sign = self.style.minus if q < 0 else ""
        p, r = abs(int(q.p)), int(q.q)
        if r == 1:
            return f"{sign}{p}", PRODUCT if sign else ATOM
        if r % 5 == 0 and terminates(r) and self.style.id != "ascii":
            body = decimal(p, r)
            if self.style.id == "latex":
                body = body.replace("\u2026", r"\ldots ")
            return sign + body, PRODUCT if sign else ATOM
        body = self.style.fraction(str(p), str(r))
        return sign + body, PRODUCT if sign or self.style.id == "ascii" or len(body) > 1 else ATOM

    # -- sums and products ------------------------------------------------------------------

    def sum(self, expr: Any) -> Written:
        out = ""
        for i, term in enumerate(expr.args):
            body = self.at_least(term, PRODUCT)
            if i == 0:
                out = body
            elif body.startswith(self.style.minus):
                out += f" {self.style.minus} {body[len(self.style.minus) :]}"
            else:
                out += f" + {body}"
        return out, SUM

    def product(self, expr: Any) -> Written:
        coefficient, factors = sp.S.One, list(expr.args)
        if factors[0].is_Rational:
            coefficient, factors = factors[0], factors[1:]
        sign = self.style.minus if coefficient < 0 else ""
        coefficient = abs(coefficient)
        grouped = any(f.is_Mul for f in factors)
        below = [reciprocal(f) for f in factors if is_reciprocal(f) and not grouped]
        if (
            self.style.id == "unicode"
            and coefficient.q not in (1, 2, 4)
            and not terminates(coefficient.q)
        ):
            below = below or [sp.S.One]
        if not below:
            atoms = [self.rational(coefficient)] if coefficient != 1 else []
            atoms += [self.factor(f) for f in factors]
            if len(atoms) == 1 and not sign:
                return atoms[0]
            return sign + self.juxtapose(atoms), PRODUCT
        above = [f for f in factors if not is_reciprocal(f) and not stands_apart(f, below)]
        after = [f for f in factors if stands_apart(f, below)]
        whole = coefficient.p if self.style.id != "ascii" else coefficient
        if coefficient.q != 1 and self.style.id != "ascii":
            below = [sp.Integer(coefficient.q), *(b for b in below if b != 1)]
        if whole != 1:
            above.insert(0, sp.sympify(whole))
        front = self.style.fraction(self.numerator(above), self.denominator(below))
        atoms = [(front, ATOM if self.style.id == "latex" else PRODUCT), *map(self.factor, after)]
        return sign + self.juxtapose(atoms), PRODUCT

    def numerator(self, factors: list[Any]) -> str:
        level = PRODUCT if self.style.id != "latex" else 0
        if len(factors) < 2:
            return self.at_least(factors[0], level) if factors else "1"
        return self.juxtapose([self.factor(f) for f in factors])

    def denominator(self, factors: list[Any]) -> str:
        if len(factors) == 1:
            return self.at_least(factors[0], 0 if self.style.id == "latex" else POWER)
        body = self.juxtapose([self.factor(f) for f in factors])
        return body if self.style.id == "latex" else self.style.parens(body)

    def factor(self, f: Any) -> Written:
        """A factor of a product: sums in brackets, and so negative numbers."""
        body, level = self.visit(f)
        bracketed = level < PRODUCT or body.startswith(self.style.minus) or is_cases(f)
        if self.style.id == "ascii" and f.is_Mul:
            bracketed = True
        return (self.style.parens(body), ATOM) if bracketed else (body, level)

    def juxtapose(self, atoms: list[Written]) -> str:
        out = atoms[0][0]
        for (left, _), (right, _) in pairwise(atoms):
            out += self.between(left, right) + right
        return out

    def between(self, left: str, right: str) -> str:
        """The sign between two factors: none where a reader needs none."""
        s = self.style
        if not s.juxtaposed:
            return s.times
        derivative = r"\partial" if s.id == "latex" else "∂"
        if right[0].isdigit() or right[0] in "½¼¾" or derivative in left + right:
            return s.times
        if s.id == "latex":
            if left.endswith("}") and right.startswith(r"\frac") and left.startswith(r"\frac"):
                return s.times
            wordy = left.startswith(r"\mathrm") or right.startswith((r"\mathrm", r"\ln", r"\max"))
            return r"\," if wordy and not right.startswith("(") else " "
        if "/" in left or "/" in right:
            return s.times
        glued = right.startswith("(") or left.endswith(")") or left[-1] in "½¼¾"
        words = len(end_word(left, -1)) > 1 or len(end_word(right, 0)) > 1
        return s.times if words and not (glued or left[-1].isdigit()) else ""

    # -- powers and functions -----------------------------------------------------------------

    def pow(self, expr: Any) -> Written:
        base, e = expr.base, expr.exp
        if base is sp.E:
            return self.exponential(e)
        if e == sp.S.Half:
            return self.style.root(self.write(base)), ATOM
        if is_reciprocal(expr) and ((e.is_Rational and e.q <= 2) or e == -1):
            body = self.denominator([reciprocal(expr)])
            return self.style.fraction("1", body), PRODUCT if self.style.id != "latex" else ATOM
        exponent = self.exponent(e)
        if self.style.id != "ascii" and isinstance(base, sp.Function) and has_index_form(base):
            name = self.spelling.function(function_name(base), self.style)
            return self.style.power(name, exponent) + self.arguments(base.args), POWER
        return self.style.power(self.base(base), exponent), POWER

    def exponent(self, e: Any) -> str:
        if e.is_Rational and e.q != 1:
            sign = self.style.minus if e < 0 else ""
            return f"{sign}{abs(int(e.p))}/{int(e.q)}"
        return self.write(e)

    def base(self, base: Any) -> str:
        body, level = self.visit(base)
        return body if level >= ATOM and not is_cases(base) else self.style.parens(body)

    def exponential(self, u: Any) -> Written:
        return self.style.exponential(self.write(u)), POWER if self.style.id != "ascii" else ATOM

    def apply(self, expr: Any) -> Written:
        name = self.spelling.function(function_name(expr), self.style)
        return name + (self.call(expr) if is_application(expr) else self.arguments(expr.args)), ATOM

    def arguments(self, args: tuple[Any, ...]) -> str:
        return self.style.parens(", ".join(self.write(a) for a in args))

    def call(self, expr: Any) -> str:
        """The brackets of a named function; in print, without parameters that are letters or 1."""
        if self.style.id == "ascii" or len(expr.args) < 2:
            return self.arguments(expr.args)
        numbers = [self.write(a) for a in expr.args[1:] if not a.is_Symbol and a != 1]
        return self.style.parens("; ".join([self.write(expr.args[0]), *numbers]))

    def abs(self, expr: Any) -> Written:
        return self.style.bars(self.write(expr.args[0])), ATOM

    # -- derivatives --------------------------------------------------------------------------

    def total(self, expr: Any) -> Written:
        f, t = expr.args
        names = [t]
        while isinstance(f, D) and self.style.id != "ascii":
            names.append(f.args[1])
            f = f.args[0]
        if len(names) > 1 and f.is_Symbol:
            return self.style.partial(self.write(f), [self.write(n) for n in names[::-1]]), ATOM
        return self.style.total(self.write(expr.args[0]), self.write(t)), ATOM

    def partial(self, expr: Any) -> Written:
        v, *args = expr.args
        if self.style.id != "ascii" and v.name in self.spelling.primed and len(set(args)) == 1:
            argument = self.style.parens(self.write(args[0]))
            return self.style.prime(self.write(v), len(args), argument), ATOM
        body = self.style.partial(self.write(v), [self.write(a) for a in args])
        held = (
            self.spelling.explicit.get((v.name, args[0].name)) if self.style.id != "ascii" else None
        )
        return (self.style.held(body, [self.style.name(h) for h in held]) if held else body), ATOM

    def prime(self, expr: Any) -> Written:
        g, *indices = expr.args
        if self.style.id == "ascii":
            return f"Prime({', '.join([self.write(g), *map(str, indices)])})", ATOM
        name = self.spelling.function(function_name(g), self.style)
        arguments = self.call(g)
        if set(indices) == {sp.S.Zero}:
            return self.style.prime(name, len(indices), arguments), ATOM
        below = [self.write(g.args[int(i)]) for i in indices]
        return self.style.partial(name, below) + arguments, ATOM

    # -- cases and conditions -------------------------------------------------------------------

    def cases(self, expr: Any) -> Written:
        *branches, (last, _) = expr.args
        pairs = [(self.write(v), self.write(c)) for v, c in branches]
        return self.style.cases(pairs, self.write(last), self.style.conditions), ATOM

    def relation(self, expr: Any) -> Written:
        a, b = expr.args
        sign = self.style.relations[RELATIONS[type(expr)].sign]
        return f"{self.write(a)} {sign} {self.write(b)}", SUM

    def junction(self, expr: Any) -> Written:
        if isinstance(expr, sp.Not):
            return self.visit(expr.args[0].negated)
        chain = self.between_bounds(expr) if self.style.id != "ascii" else None
        if chain is not None:
            return chain, SUM
        word = self.style.conditions["and" if isinstance(expr, sp.And) else "or"]
        return self.style.junction(word).join(self.write(a) for a in expr.args), SUM

    def between_bounds(self, expr: Any) -> str | None:
        """a < z and z < b as a < z < b."""
        if not isinstance(expr, sp.And) or len(expr.args) != 2:
            return None
        low, high = sorted(expr.args, key=lambda c: "<" in RELATIONS[type(c)].sign)
        below, above = RELATIONS[type(low)].sign, RELATIONS[type(high)].sign
        if ">" not in below or "<" not in above or low.lhs != high.lhs:
            return None
        signs = self.style.relations
        left, right = signs[below.replace(">", "<")], signs[above]
        return f"{self.write(low.rhs)} {left} {self.write(low.lhs)} {right} {self.write(high.rhs)}"

    def boolean(self, expr: Any) -> Written:
        return ("1 > 0" if expr == sp.true else "0 > 1"), SUM


# kind of node                     how it is written
_VISITORS: tuple[tuple[Any, Any], ...] = (
    (sp.Symbol, Printer.symbol),
    (sp.exp, lambda p, e: p.exponential(e.args[0])),
    (sp.Number, Printer.number),
    (sp.NumberSymbol, Printer.number),
    (sp.Add, Printer.sum),
    (sp.Mul, Printer.product),
    (sp.Pow, Printer.pow),
    (D, Printer.total),
    (P, Printer.partial),
    (Prime, Printer.prime),
    (sp.Abs, Printer.abs),
    (sp.Piecewise, Printer.cases),
    (sp.core.relational.Relational, Printer.relation),
    ((sp.And, sp.Or, sp.Not), Printer.junction),
    (sp.logic.boolalg.BooleanAtom, Printer.boolean),
    ((sp.Function, sp.Max, sp.Min), Printer.apply),
)
