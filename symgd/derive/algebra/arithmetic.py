"""Arithmetic on unevaluated trees: what a person does without saying so.

`drop` takes away what counts for nothing (+0, ·1, 0·u). `tidy` finishes the arithmetic as well:
numbers are multiplied, equal factors and like terms collected, signs moved where they read best.
Neither changes the order of what it leaves. `textbook_order` and `arrange` bring that into the
order of a textbook, and `score` says how long an expression is to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import sympy as sp

from symgd.functions.relations import BY_HEAD, BY_SIGN
from symgd.trees.scalars import (
    MINUS_ONE,
    ONE,
    ZERO,
    D,
    Expr,
    Unevaluated,
    add,
    function,
    mul,
    neg,
    once_each,
    piecewise,
    power,
    rebuild,
    walk,
)

BIGGEST_POWER = 64


@once_each
def drop(expr: Any, of: Any) -> Any:
    """u + 0 = u, 1·u = u, 0·u = 0, u¹ = u, and nothing else."""
    if isinstance(expr, D):
        return expr
    args = tuple(map(of, expr.args))
    if expr.is_Add:
        return add(*(a for a in args if a != 0))
    if expr.is_Mul:
        if any(a == 0 for a in args):
            return ZERO
        kept = [a for a in args if a != 1]
        if len(kept) > 1 and kept[0] == -1 and kept[1].is_Number:
            kept = [-kept[1], *kept[2:]]
        return mul(*kept)
    return rebuild(expr, args)


@once_each
def signs_in_front(expr: Any, of: Any) -> Any:
    """u·(-1)·v = -u·v, and two of these signs are none."""
    if isinstance(expr, D):
        return expr
    args = tuple(map(of, expr.args))
    if not expr.is_Mul or MINUS_ONE not in args[1:]:
        return rebuild(expr, args)
    whole = mul(*(a for a in args if a != MINUS_ONE))
    return neg(whole) if args.count(MINUS_ONE) % 2 else whole


@lru_cache(maxsize=4096)
def tidy(expr: Any) -> Any:
    """The expression with its arithmetic done, in the order in which it stands."""
    if not expr.args or isinstance(expr, D):
        return expr
    args = tuple(tidy(a) for a in expr.args)
    for kind, method in _TIDIERS:
        if isinstance(expr, kind):
            return method(rebuild(expr, args) if kind is Unevaluated else expr, args)
    return rebuild(expr, args)


# -- products -----------------------------------------------------------------------------------


def split_coefficient(term: Expr) -> tuple[Any, tuple[Expr, ...]]:
    """c·u·v → (c, (u, v)) with c a rational number."""
    if term.is_Rational:
        return term, ()
    if term.is_Mul and term.args[0].is_Rational:
        return term.args[0], term.args[1:]
    return ONE, term.args if term.is_Mul else (term,)


def _product(_: Any, args: tuple[Any, ...]) -> Expr:
    coefficient = ONE
    exponents: dict[Expr, list[Expr]] = {}
    for factor in (f for a in args for f in (a.args if a.is_Mul else (a,))):
        if factor.is_Rational:
            coefficient *= factor
            continue
        base, exponent = (factor.base, factor.exp) if _is_power(factor) else (factor, ONE)
        if base.is_Rational and exponent.is_Rational and exponent.q == 1:
            if base == 0 and exponent < 0:
                return mul(*args)  # no number: 0/0 is not 0
            coefficient *= base**exponent
            continue
        exponents.setdefault(base, []).append(exponent)
    if coefficient == 0:
        return ZERO
    factors = [p for base, es in exponents.items() for p in _powers(base, es)]
    if coefficient < 0:
        coefficient, factors = _absorb_sign(coefficient, factors)
    extra, factors = _coefficients(factors)
    coefficient *= extra
    if coefficient != 1 or not factors:
        factors.insert(0, coefficient)
    return mul(*factors)


def _is_power(factor: Any) -> bool:
    return bool(factor.is_Pow) and factor.base is not sp.E


def _powers(base: Expr, exponents: list[Expr]) -> list[Expr]:
    """u^a·u^b = u^(a+b), where the exponents can be added by arithmetic."""
    if len(exponents) == 1:
        return [power(base, exponents[0])]
    total = tidy(add(*exponents))
    if total == 0:
        return []
    return [tidy(power(base, total))]


def _coefficients(factors: list[Expr]) -> tuple[Any, list[Expr]]:
    """Numbers that came out of merged powers."""
    coefficient: Any = ONE
    rest: list[Expr] = []
    for f in factors:
        c, parts = split_coefficient(f)
        coefficient *= c
        rest.extend(parts)
    return coefficient, rest


def _absorb_sign(coefficient: Any, factors: list[Expr]) -> tuple[Any, list[Expr]]:
    """-(a - b)c = (b - a)c: a difference takes a minus sign in, a sum leaves it in front."""
    for i, f in enumerate(factors):
        if f.is_Add and _is_difference(f):
            flipped = add(*(neg(t) for t in reversed(f.args)))
            return -coefficient, [*factors[:i], flipped, *factors[i + 1 :]]
    return coefficient, factors


def _is_difference(total: Expr) -> bool:
    signs = [is_negative(t) for t in total.args]
    return len(signs) == 2 and signs == [False, True] and not total.args[0].is_Number


def is_negative(term: Any) -> bool:
    """Whether the term is written with a minus sign in front."""
    return bool(split_coefficient(term)[0] < 0)


# -- sums ---------------------------------------------------------------------------------------


def _sum(_: Any, args: tuple[Any, ...]) -> Expr:
    order: list[Hashable] = []
    collected: dict[Hashable, tuple[Any, tuple[Expr, ...]]] = {}
    for term in _terms(args):
        coefficient, factors = split_coefficient(term)
        key = frozenset(Counter(factors).items())
        if key in collected:
            coefficient += collected[key][0]
            factors = collected[key][1]
        else:
            order.append(key)
        collected[key] = (coefficient, factors)
    terms = [_term(*collected[k]) for k in order if collected[k][0] != 0]
    if len(terms) > 1 and is_negative(terms[0]):
        first = next((t for t in terms if not is_negative(t)), None)
        if first is not None:
            terms.remove(first)
            terms.insert(0, first)
    number = next((t for t in terms if t.is_Number and t.is_extended_negative), None)
    if number is not None and len(terms) > 1:
        terms.remove(number)
        terms.append(number)
    return add(*terms)


def _terms(args: tuple[Any, ...]) -> list[Expr]:
    """The terms of a sum, sums within it and c·(sum) within it opened."""
    out: list[Expr] = []
    for a in args:
        coefficient, factors = split_coefficient(a)
        if len(factors) == 1 and factors[0].is_Add:
            out.extend(tidy(mul(coefficient, t)) for t in factors[0].args)
        else:
            out.append(a)
    return out


def _term(coefficient: Any, factors: tuple[Expr, ...]) -> Expr:
    if not factors:
        return coefficient
    return mul(*factors) if coefficient == 1 else mul(coefficient, *factors)


# -- powers and functions -----------------------------------------------------------------------


def _power(_: Any, args: tuple[Any, ...]) -> Expr:
    base, exponent = args
    if exponent == 0 or base == 1:
        return ONE
    if base is sp.E:
        return _function(sp.exp(sp.Dummy()), (exponent,))
    if isinstance(base, sp.Piecewise) and exponent.is_Integer and exponent > 0:
        raised = ((tidy(power(a.args[0], exponent)), a.args[1]) for a in base.args)
        return piecewise(*raised)
    if base.is_Rational and exponent.is_Rational and abs(exponent) <= BIGGEST_POWER:
        value = base**exponent
        return value if value.is_Rational else power(base, exponent)
    if isinstance(base, sp.exp):
        return function(sp.exp, tidy(mul(exponent, base.args[0])))
    if _is_power(base) and exponent.is_Integer:
        return tidy(power(base.base, tidy(mul(exponent, base.exp))))
    if isinstance(base, sp.Abs) and exponent.is_Integer and exponent % 2 == 0:
        return power(base.args[0], exponent)
    if base.is_Mul and exponent.is_Integer:
        coefficient, factors = split_coefficient(base)
        if exponent == -1 or coefficient != 1 or any(_is_power(f) for f in factors):
            return tidy(mul(*(power(f, exponent) for f in base.args)))
    if base.is_Add and exponent.is_Integer and exponent % 2 == 0 and is_negative(base.args[0]):
        return power(tidy(neg_all(base)), exponent)
    return power(base, exponent)


def neg_all(total: Expr) -> Expr:
    """-(a + b) as -a - b."""
    return add(*(neg(t) for t in total.args))


def _function(expr: Any, args: tuple[Any, ...]) -> Expr:
    if all(a.is_Rational for a in args) and expr.func in _AT_NUMBERS:
        value = expr.func(*args)
        if value.is_Rational:
            return value
    if isinstance(expr, sp.exp) and isinstance(args[0], sp.log):
        return args[0].args[0]
    if isinstance(expr, sp.log) and isinstance(args[0], sp.exp):
        return args[0].args[0]
    if isinstance(expr, sp.Abs) and is_negative(args[0]):
        return function(sp.Abs, neg(args[0]))
    return rebuild(expr, args)


_AT_NUMBERS = frozenset(
    {sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.Abs, sp.sign}
    | {sp.atan, sp.asin, sp.asinh, sp.erf, sp.Max, sp.Min}
)


def _cases(expr: Any, args: tuple[Any, ...]) -> Expr:
    """Cases in a row that have one value are one case."""
    branches = _flat_cases([(a.args[0], a.args[1]) for a in args])
    if all(v == branches[0][0] for v, _ in branches):
        return branches[0][0]
    while len(branches) > 2 and branches[-2][0] == branches[-1][0]:
        del branches[-2]
    first, last = branches[0][0], branches[-1][0]
    if len(branches) == 3 and first != last and branches[1][0] == first:
        either = sp.Or(branches[0][1], branches[1][1], evaluate=False)
        branches = [(first, either), branches[-1]]
    if len(branches) == 2 and branches[0][0] == 0 and branches[1][0] != 0:
        branches = [(branches[1][0], negation(branches[0][1])), (ZERO, sp.true)]
    return piecewise(*branches)


def _flat_cases(branches: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Cases within a case, as far as the outer conditions decide them."""
    out, excluded = [], set()
    for value, condition in branches:
        if isinstance(value, sp.Piecewise):
            kept = [a.args for a in value.args if a.args[1] not in excluded]
            # Only the first: where an earlier one holds too, a later one is not asked.
            if kept[0][1] == condition or len(kept) == 1:
                value = kept[0][0]
        out.append((value, condition))
        excluded.add(condition)
    return out


def negation(condition: Any) -> Any:
    """not (a ≥ 1 or a ≤ -1) as a < 1 and a > -1, nothing evaluated."""
    if isinstance(condition, sp.Or | sp.And):
        other = sp.And if isinstance(condition, sp.Or) else sp.Or
        return other(*map(negation, condition.args), evaluate=False)
    if isinstance(condition, sp.Not):
        return condition.args[0]
    opposite = BY_SIGN[BY_HEAD[type(condition)].opposite].head
    return opposite(*condition.args, evaluate=False)


# -- order ----------------------------------------------------------------------------------------


@once_each
def textbook_order(expr: Any, of: Any, t: Any) -> Any:
    """Products as a textbook writes them: numbers, letters, t, powers of t, functions, sums.

    What a function is of stays as it was typed, or σ(bq) and σ(qb) would be two things in a line.
    """
    function = isinstance(expr, sp.Function) and not isinstance(expr, sp.Piecewise)
    if function or isinstance(expr, Unevaluated):
        return expr
    args = tuple(map(of, expr.args))
    if expr.is_Mul and not any(a.is_Mul for a in args):
        return mul(*sorted(args, key=lambda f: _rank(f, t)))
    return rebuild(expr, args)


def _rank(f: Any, t: Any) -> int:
    base = f.base if _is_power(f) else f
    if base.is_Number:
        return 0
    if base.is_Symbol or base.is_NumberSymbol:
        return 2 if base == t else 1
    if isinstance(f, sp.exp):
        return 6
    if base.is_Add or isinstance(base, sp.Piecewise):
        return 4 if base is f else 5
    return 3


# kind of node     how its arithmetic is finished
_TIDIERS: tuple[tuple[Any, Any], ...] = (
    (sp.Mul, _product),
    (sp.Add, _sum),
    (sp.Pow, _power),
    (Unevaluated, lambda expr, args: expr),
    (sp.Piecewise, _cases),
    ((sp.Function, sp.Max, sp.Min), _function),
)


# -- textbook order for what sympy hands back -----------------------------------------------------


@lru_cache(maxsize=1024)
def arrange(expr: Any) -> Any:
    """A sympy expression as an unevaluated tree in the order in which a textbook writes it."""
    if not expr.args or isinstance(expr, Unevaluated):
        return expr
    args = [arrange(a) for a in expr.args]
    if expr.is_Add:
        return add(*_term_order(args))
    if expr.is_Mul:
        return tidy(mul(*_factor_order(args)))
    if expr.is_Pow:
        return power(*args) if expr.base is not sp.E else sp.exp(args[1], evaluate=False)
    return rebuild(expr, tuple(args))


class Written:
    """An expression in the order of its text, which is written only where nothing else decides."""

    __slots__ = ("expr",)

    def __init__(self, expr: Any) -> None:
        self.expr = expr

    def __lt__(self, other: Written) -> bool:
        return _text(self.expr) < _text(other.expr)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Written) and _text(self.expr) == _text(other.expr)

    __hash__ = None  # type: ignore[assignment]


@lru_cache(maxsize=4096)
def _text(expr: Any) -> str:
    return str(expr)


def _term_order(terms: list[Any]) -> list[Any]:
    """A constant first where a minus sign or an exponential follows it; else powers descend."""
    plus = sorted((t for t in terms if not is_negative(t)), key=_term_key)
    minus = sorted((t for t in terms if is_negative(t)), key=_term_key)
    if minus or any(isinstance(n, sp.exp) for t in terms for n in walk(t)):
        plus.sort(key=lambda t: not t.is_Number)
    return [*plus, *minus]


def _term_key(term: Any) -> tuple[Any, ...]:
    _, factors = split_coefficient(term)
    degree = sum(int(f.exp) if f.is_Pow and f.exp.is_Integer else 1 for f in factors)
    return (not factors, -degree, Written(term))


def _factor_order(factors: list[Any]) -> list[Any]:
    """Numbers, names, functions, sums; a difference from a constant as (1 - u), signs in front."""
    sign = 1
    out = []
    for f in factors:
        base, e = (f.base, f.exp) if f.is_Pow and f.base is not sp.E else (f, ONE)
        if base.is_Add and e.is_Integer and _wants_flip(base):
            sign = -sign if e % 2 else sign
            f = power(add(*_term_order([neg(t) for t in base.args])), e)
        out.append(f)
    out.sort(key=_factor_key)
    return [sp.Integer(sign), *out] if sign < 0 else out


def _wants_flip(total: Any) -> bool:
    """ŷ - 1 → -(1 - ŷ): a negative number beside positive terms, or more minus signs than plus."""
    if 2 * sum(map(is_negative, total.args)) > len(total.args):
        return True
    numbers = [t for t in total.args if t.is_Number]
    return bool(
        numbers
        and numbers[0] < 0
        and all(not is_negative(t) for t in total.args if not t.is_Number)
    )


def _factor_key(f: Any) -> tuple[Any, ...]:
    base = f.base if f.is_Pow and f.base is not sp.E else f
    kinds = (
        base.is_Number,
        base.is_Symbol,
        isinstance(base, Unevaluated),
        isinstance(base, sp.Function),
        True,
    )
    return (kinds.index(True), base.is_Add and len(base.args), Written(f))


# -- what a search for shorter forms minimises ----------------------------------------------------


def score(expr: Any) -> int:
    """How long an expression is to read: its leaves, powers, functions and fractions."""
    if not expr.args:
        return 1 if not (expr.is_Rational and expr.q != 1) else 2
    return _score(expr)


@lru_cache(maxsize=4096)
def _score(expr: Any) -> int:
    own = 0
    if expr.is_Pow:
        own = 0 if expr.exp == -1 else 1
        return own + score(expr.base) + (1 if expr.exp.is_Number else score(expr.exp))
    if expr.is_Add:
        own = len(expr.args)
    elif expr.is_Mul:
        own = sum(a.is_Add for a in expr.args)
    elif isinstance(expr, sp.Function):
        own = 1
    return own + sum(score(a) for a in expr.args)
