"""Unevaluated expression → LaTeX, Unicode or ASCII, in the order in which it was written.

A `Spelling` adds what only the model knows: how its functions are written, and which of its
names are written with a prime (C'(ŷ)) rather than a fraction of differentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.functions import ROWS
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.language.alphabets import ASCII, LATEX, UNICODE, Alphabet
from symgd.language.printer import (
    ATOM,
    PLAIN,
    POWER,
    PRODUCT,
    SIGNED,
    SUM,
    Piece,
    Printer,
    Writer,
    is_raised,
    some_digits,
    ten_digits,
)
from symgd.trees.names import Spelling
from symgd.trees.scalars import (
    D,
    P,
    Prime,
    function_name,
    is_application,
    mul,
    power,
    reciprocal,
)


def latex(expr: Any, spelling: Spelling = PLAIN) -> str:
    """The expression in LaTeX."""
    return formula_printer(LATEX, spelling).write(expr)


def text(expr: Any, spelling: Spelling = PLAIN) -> str:
    """The expression in Unicode, for a terminal."""
    return formula_printer(UNICODE, spelling).write(expr)


def plain(expr: Any) -> str:
    """The expression in ASCII, as `symgd.language` reads it back."""
    return formula_printer(ASCII).write(expr)


def formula_printer(alphabet: Alphabet, spelling: Spelling = PLAIN) -> Printer:
    """A printer of unevaluated expressions."""
    return Printer(alphabet, writer_of, spelling)


def writer_of(expr: Any) -> Writer:
    """The writer of an expression's kind; raises TypeError for what is not of a formula."""
    kind = type(expr)
    writer = _FOUND.get(kind)
    if writer is None:
        writer = next((WRITERS[k] for k in kind.__mro__ if k in WRITERS), None)
        if writer is None:
            raise TypeError(f"no way to write a {kind.__name__}: {expr!r}")
        _FOUND[kind] = writer
    return writer


# -- atoms ----------------------------------------------------------------------------------------


def _symbol(p: Printer, expr: Any) -> Piece:
    return p.name_piece(expr.name)


def _rational(p: Printer, q: Any) -> Piece:
    return p.number(int(q.p), int(q.q))


def _number(p: Printer, expr: Any) -> Piece:
    if expr is sp.nan:
        return "nan", ATOM  # what sympy makes of x/(y - y), which has no value anywhere
    negative = bool(expr < 0)
    if abs(expr) in p.alphabet.constants:
        return p.with_sign(negative, p.alphabet.constants[abs(expr)], ATOM)
    size = abs(float(expr))
    digits = ten_digits(size) if p.alphabet.is_language else some_digits(size, p.spelling.digits)
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return p.with_sign(negative, mantissa, ATOM)
    if p.alphabet.is_language:
        return p.with_sign(negative, f"{mantissa}e{exponent}", ATOM)
    ten = p.alphabet.power("10", str(int(exponent)))
    if mantissa == "1":
        return p.with_sign(negative, ten, POWER)
    return p.with_sign(negative, f"{mantissa}{p.alphabet.times}{ten}")


# -- sums and products ----------------------------------------------------------------------------


def _sum(p: Printer, expr: Any) -> Piece:
    return p.sum(expr.args)


def _product(p: Printer, expr: Any) -> Piece:
    """-2·a·b/(3·c): the sign, what stands above the line and below it, and what stands beside."""
    coefficient, factors = sp.S.One, list(expr.args)
    if factors[0].is_Rational:
        coefficient, factors = factors[0], factors[1:]
    negative, coefficient = bool(coefficient < 0), abs(coefficient)
    grouped = any(f.is_Mul for f in factors)
    below = [reciprocal(f) for f in factors if _stands_below(p, f) and not grouped]
    if not below and _is_quotient(p, coefficient):
        below = [sp.S.One]
    if not below:
        bodies = [_rational(p, coefficient)[0]] if coefficient != 1 else []
        bodies += [_factor(p, f) for f in factors]
        if len(bodies) == 1 and not negative:
            return p.visit(factors[0]) if factors else _rational(p, coefficient)
        return p.with_sign(negative, p.side_by_side(bodies))
    above = [f for f in factors if not _stands_below(p, f) and not stands_apart(f, below)]
    after = [f for f in factors if stands_apart(f, below)]
    whole = coefficient if p.alphabet.is_language else sp.Integer(coefficient.p)
    if whole.q != coefficient.q:
        below = [sp.Integer(coefficient.q), *(b for b in below if b != 1)]
    if whole != 1:
        above.insert(0, whole)
    front = p.alphabet.fraction(_above(p, above, negative), _below(p, below))
    return p.with_sign(negative, p.side_by_side([front, *(_factor(p, f) for f in after)]))


def _stands_below(p: Printer, f: Any) -> bool:
    """Whether a factor belongs below the line; a number that was typed as a decimal does not."""
    typed = p.spelling.typed.get(Fraction(int(f.p), int(f.q)), False) if f.is_Rational else False
    return is_reciprocal(f) and (p.alphabet.is_language or not typed)


def _is_quotient(p: Printer, q: Any) -> bool:
    """Whether a coefficient such as 2/3 is a fraction with the factors above its line: 2x/3."""
    alphabet = p.alphabet
    if alphabet.stacked or alphabet.is_language:
        return False
    body = "" if q.q == 1 else alphabet.fraction(str(q.p), str(q.q))
    return len(body) > 1 and p.decimal(int(q.p), int(q.q)) is None  # ½ has a sign of its own


def _factor(p: Printer, f: Any) -> str:
    """A factor of a product: sums in brackets, and so negative numbers; groups in the language."""
    return p.at_least(f, POWER if f.is_Mul and p.alphabet.is_language else PRODUCT)


def _above(p: Printer, factors: list[Any], negative: bool) -> str:
    if not factors:
        return "1"
    if len(factors) == 1:
        return p.at_least(factors[0], p.under_a_line(PRODUCT if negative else SIGNED))
    return p.side_by_side([_factor(p, f) for f in factors])


def _in_one_root(factors: list[Any]) -> list[Any]:
    """√π√2 as √(2π), where the first root stands."""
    roots = [f for f in factors if f.is_Pow and f.exp == sp.S.Half and f.base.is_number]
    if len(roots) < 2:
        return factors
    inside = sorted((f.base for f in roots), key=lambda b: not b.is_Rational)
    one = power(mul(*inside), sp.S.Half)
    return [one if f is roots[0] else f for f in factors if f is roots[0] or f not in roots]


def _below(p: Printer, factors: list[Any]) -> str:
    factors = factors if p.alphabet.is_language else _in_one_root(factors)
    if len(factors) == 1:
        return p.at_least(factors[0], p.under_a_line(POWER))
    body = p.side_by_side([_factor(p, f) for f in factors])
    return body if p.alphabet.stacked else p.alphabet.parens(body)


def is_reciprocal(f: Any) -> bool:
    """Whether the factor belongs below the line: a power with a negative exponent, or 1/n."""
    if f.is_Rational:
        return bool(f.p == 1 and f.q > 1)
    if not f.is_Pow or (f.base is sp.E and f.exp != -1):
        return False
    e = f.exp
    return bool(e.is_negative if e.is_Number else e.is_Mul and e.args[0].is_negative)


def stands_apart(f: Any, below: list[Any]) -> bool:
    """Factors that go beside a fraction, not above its line: derivatives, cases, and sums of
    fractions over the same denominator, as in 1/v·(1 - 1/v)."""
    if isinstance(f, D | P | Prime | sp.Piecewise):
        return True
    if not f.is_Add:
        return False
    bases = {b.base if b.is_Pow else b for b in below}
    inner = (g for t in f.args for g in (t.args if t.is_Mul else (t,)) if is_reciprocal(g))
    return any((g.base if g.is_Pow else g) in bases for g in inner)


# -- powers and functions -------------------------------------------------------------------------

# Functions whose square is written on the name: tanh²(z), but σ(z)².
INDEXED = (sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh)


def _power(p: Printer, expr: Any) -> Piece:
    base, e = expr.base, expr.exp
    if is_reciprocal(expr) and e.is_Rational and e.q <= 2:
        return p.fraction("1", _below(p, [reciprocal(expr)]))
    if base is sp.E:
        return _exponential(p, e)
    if e == sp.S.Half:
        return p.root(base)
    exponent = _exponent(p, e)
    if not p.alphabet.is_language and isinstance(base, INDEXED):
        name = p.spelling.function(function_name(base), p.alphabet)
        return p.call(p.alphabet.power(name, exponent), base.args)[0], POWER
    return p.power(base, exponent)


def _exponent(p: Printer, e: Any) -> str:
    """In an exponent fractions stand on one line."""
    if e.is_Rational and e.q != 1:
        sign = p.alphabet.minus if e < 0 else ""
        return f"{sign}{abs(int(e.p))}/{int(e.q)}"
    return p.write(e)


def _exponential(p: Printer, u: Any) -> Piece:
    return p.alphabet.exponential(p.write(u)), ATOM if p.alphabet.is_language else POWER


def _application(p: Printer, expr: Any) -> Piece:
    name = p.spelling.function(function_name(expr), p.alphabet)
    return (
        name + _arguments(p, expr) if is_application(expr) else p.call(name, expr.args)[0]
    ), ATOM


def _arguments(p: Printer, expr: Any) -> str:
    """The brackets of a named function; in print, without parameters that go without saying.

    They are the letters of its own row, and the number that softplus(z) has where none is written.
    """
    if p.alphabet.is_language or function_name(expr) in p.spelling.partials:
        return p.call("", expr.args)[0]
    first, *rest = expr.args
    row = ROWS.get(function_name(expr))
    own = {} if row is None else row.parameters
    names: list[str | None] = list(own) or [None] * len(rest)
    said = [a for n, a in zip(names, rest, strict=False) if not _is_silent(a, n, own)]
    return p.call("", [first, *said], "; ")[0]


def _is_silent(value: Any, name: str | None, parameters: Mapping[str, Any]) -> bool:
    """Whether the value of a parameter is not written: its own letter, or its only number."""
    if name is None:
        return bool(value.is_Symbol)
    if value.is_Symbol:
        return value.name.removesuffix("_act").removesuffix("_loss") == name
    return parameters[name].default is not None and str(value) == parameters[name].default


def _abs(p: Printer, expr: Any) -> Piece:
    return p.alphabet.bars(p.write(expr.args[0])), ATOM


# -- derivatives ----------------------------------------------------------------------------------


def _total(p: Printer, expr: Any) -> Piece:
    f, t = expr.args
    error = p.error(f.name, t.name) if f.is_Symbol and t.is_Symbol else None
    if error is not None:
        return error, POWER if is_raised(error) else ATOM
    names = [t]
    while isinstance(f, D) and not p.alphabet.is_language:
        names.append(f.args[1])
        f = f.args[0]
    if len(names) > 1 and f.is_Symbol:
        return _fraction_of_differentials(p, f, names[::-1])
    # ∂wx/∂w would be the derivative of what is called wx.
    is_one = not (expr.args[0].is_Mul or expr.args[0].is_Add)
    return p.alphabet.total(p.write(expr.args[0]), p.write(t), is_one), _level_of_derivatives(p)


def _partial(p: Printer, expr: Any) -> Piece:
    v, *args = expr.args
    if v.name in p.spelling.primed and len(set(args)) == 1 and not p.alphabet.is_language:
        return p.alphabet.prime(p.write(v), len(args), p.call("", args[:1])[0]), ATOM
    body, level = _fraction_of_differentials(p, v, args)
    others = p.spelling.explicit.get((v.name, args[0].name))
    if not others or p.alphabet.is_language:
        return body, level
    return p.alphabet.fixed(body, [p.name(n) for n in others]), level


def _prime(p: Printer, expr: Any) -> Piece:
    g, *indices = expr.args
    if p.alphabet.is_language:
        return p.call("Prime", expr.args)
    name = p.spelling.function(function_name(g), p.alphabet)
    arguments = _arguments(p, g)
    letters = p.spelling.partials.get(function_name(g))
    if letters is not None:
        below = [p.name(letters[int(i)]) for i in indices]
        return p.alphabet.slope_in(name, below) + arguments, ATOM
    if set(indices) == {sp.S.Zero}:
        return p.alphabet.prime(name, len(indices), arguments), ATOM
    below = [p.write(g.args[int(i)]) for i in indices]
    return p.alphabet.partial(name, below) + arguments, _level_of_derivatives(p)


def _fraction_of_differentials(p: Printer, v: Any, names: list[Any]) -> Piece:
    return p.alphabet.partial(p.write(v), list(map(p.write, names))), _level_of_derivatives(p)


def _level_of_derivatives(p: Printer) -> int:
    """∂y/∂x is a fraction: its square is (∂y/∂x)², for ∂y/∂x² is another thing; D(y, x) a call."""
    return ATOM if p.alphabet.is_language else PRODUCT


# -- cases and conditions -------------------------------------------------------------------------


def _cases(p: Printer, expr: Any) -> Piece:
    """Cases stand in a sum as they are, and in brackets where a factor does."""
    *branches, (last, _) = expr.args
    pairs = [(p.write(v), p.write(c)) for v, c in branches]
    return p.alphabet.cases(pairs, p.write(last), p.alphabet.conditions), SIGNED


def _relation(p: Printer, expr: Any) -> Piece:
    a, b = expr.args
    sign = p.alphabet.relations[RELATIONS[type(expr)].sign]
    return f"{p.write(a)} {sign} {p.write(b)}", SUM


def _junction(p: Printer, expr: Any) -> Piece:
    chain = None if p.alphabet.is_language else _between_bounds(p, expr)
    if chain is not None:
        return chain, SUM
    word = p.alphabet.conditions["and" if isinstance(expr, sp.And) else "or"]
    return p.alphabet.junction(word).join(p.write(a) for a in expr.args), SUM


def _between_bounds(p: Printer, expr: Any) -> str | None:
    """a < z and z < b as a < z < b."""
    if not isinstance(expr, sp.And) or len(expr.args) != 2:
        return None
    if not all(isinstance(c, sp.core.relational.Relational) for c in expr.args):
        return None
    low, high = sorted(expr.args, key=lambda c: "<" in RELATIONS[type(c)].sign)
    below, above = RELATIONS[type(low)].sign, RELATIONS[type(high)].sign
    if ">" not in below or "<" not in above or low.lhs != high.lhs:
        return None
    signs = p.alphabet.relations
    left, right = signs[below.replace(">", "<")], signs[above]
    return f"{p.write(low.rhs)} {left} {p.write(low.lhs)} {right} {p.write(high.rhs)}"


def _negation(p: Printer, expr: Any) -> Piece:
    return p.visit(_opposite(expr.args[0]))


def _opposite(condition: Any) -> Any:
    """The condition that holds where this one does not; of several joined, by de Morgan."""
    if isinstance(condition, sp.Not):
        return condition.args[0]
    if isinstance(condition, sp.And | sp.Or):
        word = sp.Or if isinstance(condition, sp.And) else sp.And
        return word(*map(_opposite, condition.args), evaluate=False)
    if isinstance(condition, sp.logic.boolalg.BooleanAtom):
        return sp.false if condition == sp.true else sp.true
    return condition.negated


def _truth(p: Printer, expr: Any) -> Piece:
    return ("1 > 0" if expr == sp.true else "0 > 1"), SUM


# kind of node, the nearest of its bases    how it is written
WRITERS: dict[Any, Writer] = {
    sp.Symbol: _symbol,
    sp.Rational: _rational,
    sp.Number: _number,
    sp.NumberSymbol: _number,
    sp.Add: _sum,
    sp.Mul: _product,
    sp.Pow: _power,
    sp.exp: lambda p, e: _exponential(p, e.args[0]),
    D: _total,
    P: _partial,
    Prime: _prime,
    sp.Abs: _abs,
    sp.Piecewise: _cases,
    sp.core.relational.Relational: _relation,
    sp.And: _junction,
    sp.Or: _junction,
    sp.Not: _negation,
    sp.logic.boolalg.BooleanAtom: _truth,
    sp.Function: _application,
    sp.Max: _application,
    sp.Min: _application,
}
_FOUND: dict[type, Writer] = {}
