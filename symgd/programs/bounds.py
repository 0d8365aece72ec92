"""Program → the same program with a running error bound: how many digits a sample may have lost.

A bound is that of the relative error, in units of 2⁻⁵³, to first order: a product adds those of its
factors, f(u) multiplies that of u by |uf'(u)/f(u)|, and a sum weighs those of its terms,

    bound(Σtᵢ) = Σ|tᵢ|·bound(tᵢ)/|Σtᵢ| + 1.

Most are numbers, known when the program is compiled: a leaf is exact, a difference of two leaves
has one unit, a sum of squares two. Where all are, nothing can be lost, and there is no check. What
depends on the sample becomes lines of the program, in the arithmetic of its own backend, and the
last result is the check: above 1, digits have been lost.

    bound(r)/allowed(r) over the results r, the largest one;  allowed: what r has without
    cancellation, and a few units

    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.3
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.functions import special
from symgd.functions.primitives import (
    EXPM1,
    J1,
    LOG1MEXP,
    LOG1P,
    LOG1PEXP,
    LOGCOSH,
    SECH2,
    SIGMOID,
    XMLOG1P,
    XMTANH,
)
from symgd.programs.guard import head_of
from symgd.programs.names import Names
from symgd.programs.program import Assignment, Program
from symgd.programs.signs import Signs
from symgd.trees.scalars import (
    ONE,
    ZERO,
    Expr,
    add,
    function,
    group,
    neg,
    piecewise,
    rebuild,
)

# Units that a result may have beside those of its operations.
MARGIN = 8
LEAST = 16
# A sum is not divided by less than 2^-60 of its terms, nor by 0 where they are all 0.
GONE = sp.Rational(1, 2**60)
TINY = sp.Rational(1, 10**300)
# What weighs on a comparison: wrong where the sides differ by a few units of their own.
NEAR = sp.Rational(1, 2**46)
NEVER = sp.Integer(10**9)

# units of a function of an exact argument
CALL = sp.Integer(2)
OWN = sp.Integer(6)


@dataclass(frozen=True, slots=True)
class Bound:
    """`units`, a number or an expression, and `least`, what they are without cancellation.

    They are of the value, and where `floor` is more than that, of `floor`: a sum that has rounded
    to 0 has an error all the same.
    """

    units: Expr
    least: Fraction
    floor: Expr | None = None

    @property
    def is_number(self) -> bool:
        return bool(self.units.is_Number)


EXACT = Bound(ZERO, Fraction(0))


def number(n: Any) -> Bound:
    return Bound(sp.Rational(n), Fraction(int(sp.Rational(n).p), int(sp.Rational(n).q)))


def with_check(made: Program, trusted: bool = False) -> Program | None:
    """The program with the check as its last result; None where nothing can be lost.

    trusted   a leaf that occurs once answers for the rounding of the sum that it stands in: the sum
              is exact for a leaf changed in its last place. So are the models that are fitted: the
              bias answers for wx + b, the label for ŷ - y.
    """
    checker = _Checker(made, trusted)
    return checker.program()


def stated(made: Program) -> list[tuple[int, bool]]:
    """Of the cost and of each slope: its units where nothing cancels, and whether nothing can."""
    checker = _Checker(made, False)
    checker.program()
    found = [checker(e)[1] for e in (made.value, *made.gradient.values())]
    return [(math.ceil(b.units if b.is_number else b.least), b.is_number) for b in found]


def allowed(least: Fraction) -> Expr:
    """The units that a result may have."""
    units = max(Fraction(LEAST), least + MARGIN)
    return sp.Rational(units.numerator, units.denominator)


class _Checker:
    def __init__(self, made: Program, trusted: bool) -> None:
        self.made = made
        self.names = Names(made.graph)
        self.names.taken |= {s.name for s in (*made.leaves, *(a.name for a in made.lines))}
        self.fresh = once(made) if trusted else frozenset()
        self.signs = Signs(made)
        self.known: dict[Any, Bound] = dict.fromkeys(made.leaves, EXACT)
        self.named: dict[Any, Any] = {}
        self.lines: list[Assignment] = []
        self.checks: list[Expr] = []
        self.seen: dict[Any, tuple[Any, Bound]] = {}

    def program(self) -> Program | None:
        cuts = []
        for part in (self.made.forward, self.made.backward):
            for line in part:
                expr, bound = self(line.expr)
                self.lines.append(Assignment(line.name, expr))
                self.signs.learn(line.name, expr)
                self.known[line.name] = self.kept(bound)
            cuts.append(len(self.lines))
        gradient = self.table(self.made.gradient)
        hessian, product = self.table(self.made.hessian), self.table(self.made.product)
        self.result(self.made.value)
        checks = [c for c in dict.fromkeys(self.checks) if not (c.is_Number and c <= 1)]
        if not checks:
            return None
        check = checks[0] if len(checks) == 1 else function(sp.Max, *checks)
        return replace(
            self.made,
            forward=tuple(self.lines[: cuts[0]]),
            backward=tuple(self.lines[cuts[0] :]),
            gradient=gradient,
            hessian=hessian,
            product={**product, self.names.fresh("check"): check},
        )

    def table(self, results: Mapping[Any, Expr]) -> dict[Any, Expr]:
        return {k: self.result(e) for k, e in results.items()}

    def result(self, e: Any) -> Any:
        expr, bound = self(e)
        self.checks.append(ratio(bound.units, allowed(bound.least)))
        return expr

    # -- names -------------------------------------------------------------------------------

    def name(self, e: Any) -> Any:
        """A name for a value that its bound needs too."""
        if not e.args or not e.free_symbols:
            return e
        if e not in self.named:
            self.named[e] = self.fresh_name(e)
            self.signs.learn(self.named[e], e)
        return self.named[e]

    def fresh_name(self, e: Any) -> Any:
        name = self.names.next()
        self.lines.append(Assignment(name, e))
        return name

    def kept(self, bound: Bound) -> Bound:
        """The bound under a name, where it takes work."""
        if bound.is_number or bound.units.is_Symbol:
            return bound
        return Bound(self.name(bound.units), bound.least, bound.floor)

    # -- an expression and its bound ---------------------------------------------------------

    def __call__(self, e: Any) -> tuple[Any, Bound]:
        if e not in self.seen:
            self.seen[e] = self.found(e)
        return self.seen[e]

    def found(self, e: Any) -> tuple[Any, Bound]:
        if e.is_Symbol:
            return e, self.known.get(e, EXACT)
        if not e.free_symbols:
            return e, EXACT if is_double(e) else number(1)
        if e.is_Add:
            return self.sum(e)
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow and e.base is not sp.E:
            return self.power(e)
        if isinstance(e, sp.Piecewise):
            return self.cases(e)
        if isinstance(e, sp.Max | sp.Min):
            parts = [self(a) for a in e.args]
            return rebuild(e, tuple(p for p, _ in parts)), largest([b for _, b in parts])
        return self.call(e)

    def sum(self, e: Any) -> tuple[Any, Bound]:
        parts = [self(t) for t in e.args]
        terms, bounds = [p for p, _ in parts], [self.kept(b) for _, b in parts]
        own = Fraction(len(terms) - 1)
        whole = rebuild(e, tuple(terms))
        least = max(b.least for b in bounds) + own
        exact = all(b.units == 0 for b in bounds)
        if exact and len(terms) == 2:
            return whole, number(1)
        signs = {self.signs(t) for t in terms}
        if len(signs) == 1 and None not in signs:
            return whole, plus(largest(bounds), own)
        if any(is_fresh(t, self.fresh) for t in e.args):
            top = largest([b for b in bounds if b.is_number] or [EXACT])
            return whole, EXACT if top.units <= 1 else plus(top, own)
        terms = [signed(t, self.name) for t in terms]
        whole = add(*terms)
        sizes = [size(t, self.signs) for t in terms]
        partial = len(terms) - 2  # what has been rounded before the last sum
        weights = [plus(b, Fraction(partial)).units for b in bounds]
        if all(w == weights[0] and w.is_Number for w in weights):
            above = scaled(weights[0], self.name(add(*sizes)))
        else:
            floors = [b.floor for b in bounds]
            above = add(*(
                scaled(w, s if f is None else add(s, f))
                for w, s, f in zip(weights, sizes, floors, strict=True) if w != 0
            ))  # fmt: skip
        total = self.name(whole)
        units = add(self.over(above, total, add(*sizes)), sp.Integer(1))
        return total, Bound(self.name(units), least, group(GONE, self.name(add(*sizes))))

    def over(self, above: Expr, total: Any, sizes: Expr) -> Expr:
        """above/|total|, without a division by 0."""
        below = function(sp.Max, function(sp.Abs, total), group(GONE, self.name(sizes)))
        return quotient(above, add(below, TINY))

    def product(self, e: Any) -> tuple[Any, Bound]:
        parts = [self(f) for f in e.args]
        rounded = sum(not is_power_of_two(f) for f in e.args) - 1
        inverses = sum(f.is_Pow and f.exp.is_Number and bool(f.exp < 0) for f in e.args)
        # 1/b as a factor is one division, which `power` has counted
        own = Fraction(max(0, rounded - inverses) if inverses < len(e.args) else rounded)
        bound = replace(total([b for _, b in parts], own), floor=self.floor(parts))
        return rebuild(e, tuple(p for p, _ in parts)), bound

    def floor(self, factors: Sequence[tuple[Any, Bound]]) -> Expr | None:
        """That of a product, of which one factor has one."""
        places = [i for i, (_, b) in enumerate(factors) if b.floor is not None]
        if len(places) != 1:
            return None
        (i,) = places
        others = [size(f, self.signs) for j, (f, _) in enumerate(factors) if j != i]
        floor = factors[i][1].floor
        for other in others:
            floor = scaled(floor, other)
        return self.name(floor)

    def power(self, e: Any) -> tuple[Any, Bound]:
        base, bound = self(e.base)
        n = e.exp
        if n.is_Rational:
            m = abs(Fraction(int(n.p), int(n.q)))
            if m == Fraction(1, 2) or m == 1:
                own = Fraction(2 if m != 1 and n.is_negative else 1)
            elif m.denominator == 1:
                own = Fraction(min(int(m), 12) - (0 if n.is_negative else 1))
            else:
                own = Fraction(2)
            out = plus(times(bound, m), own)
            if not is_double(n):
                # the exponent is rounded: x^(1/3) of 1e300 is off by 230 units
                base = self.name(base)
                extra = Bound(group(sp.Rational(abs(n)), self.log_size(base)), Fraction(0))
                out = total([out, extra])
            return rebuild(e, (base, n)), out
        exponent, its = self(n)
        base = self.name(base)
        exponent = self.name(exponent)
        # |p|·bound(b) + |p log b|·bound(p) + 2
        parts = [number(2)]
        if bound.units != 0:
            parts.append(Bound(scaled(bound.units, size(exponent, self.signs)), bound.least))
        if its.units != 0:
            weight = group(size(exponent, self.signs), self.log_size(base))
            parts.append(Bound(scaled(its.units, weight), its.least))
        return rebuild(e, (base, exponent)), total(parts)

    def log_size(self, base: Any) -> Expr:
        """|log|b||, and something finite at 0."""
        return function(
            sp.Abs, function(sp.log, add(function(sp.Abs, base), sp.Rational(1, 2**1000)))
        )

    def cases(self, e: Any) -> tuple[Any, Bound]:
        branches: list[Any] = []
        bounds: list[tuple[Bound, Any]] = []
        asked: list[Expr] = []
        for value, condition in e.args:
            expr, bound = self(value)
            branches.append((expr, self.condition(condition, asked)))
            bounds.append((bound, branches[-1][1]))
        least = max(b.least for b, _ in bounds)
        if all(b.is_number for b, _ in bounds):
            units: Any = max(b.units for b, _ in bounds)
        else:
            units = piecewise(*((b.units, c) for b, c in bounds))
        found = Bound(units, least)
        self.checks.extend(asked)
        return piecewise(*branches), found

    def condition(self, c: Any, asked: list[Expr]) -> Any:
        if c.is_Relational:
            a, its = self(c.args[0])
            b, other = self(c.args[1])
            if its.units == 0 and other.units == 0:
                return c.func(a, b, evaluate=False)
            a, b = self.name(a), self.name(b)
            sides = [(size(s, self.signs), w.units) for s, w in ((a, its), (b, other))]
            above = add(*(scaled(w, s) for s, w in sides if w != 0 and s != 0))
            gap = self.name(add(a, neg(b))) if b != 0 else a
            asked.append(group(NEAR, self.over(above, gap, add(*(s for s, _ in sides)))))
            return c.func(a, b, evaluate=False)
        if isinstance(c, sp.And | sp.Or | sp.Not):
            return c.func(*(self.condition(a, asked) for a in c.args), evaluate=False)
        return c

    def call(self, e: Any) -> tuple[Any, Bound]:
        head = head_of(e)
        arguments = (e.exp,) if e.is_Pow else e.args
        parts = [self(a) for a in arguments]
        bounds = [b for _, b in parts]
        own = OWN if isinstance(head, str) else UNITS.get(head, CALL)
        if all(b.units == 0 for b in bounds):
            return self.rebuilt(e, [p for p, _ in parts]), number(own)
        steep = STEEP.get(head)
        if head in ONE_SIDED and self.signs(arguments[0]) == ONE_SIDED[head]:
            steep = 1
        if steep is not None:
            (u, bound), *_ = parts
            return self.rebuilt(e, [u]), plus(times(bound, steep), Fraction(int(own)))
        if head in CONDITION and len(parts) == 1:
            u = self.name(parts[0][0])
            value = self.name(self.rebuilt(e, [u]))
            bound = self.kept(bounds[0])
            units = add(scaled(bound.units, CONDITION[head](u, value)), own)
            floor = GONE if head in VANISHING else None
            return value, Bound(self.name(units), bound.least + Fraction(int(own)), floor)
        if head is sp.atan2:
            return self.rebuilt(e, [p for p, _ in parts]), total(bounds, Fraction(int(own)))
        return self.rebuilt(e, [p for p, _ in parts]), Bound(NEVER, Fraction(int(own)))

    def rebuilt(self, e: Any, arguments: Sequence[Any]) -> Any:
        if e.is_Pow:
            return rebuild(e, (e.base, *arguments))
        return rebuild(e, tuple(arguments))


# -- bounds ---------------------------------------------------------------------------------------


def plus(b: Bound, own: Fraction) -> Bound:
    if own == 0:
        return b
    units = sp.Rational(own.numerator, own.denominator)
    return Bound(b.units + units if b.is_number else add(b.units, units), b.least + own)


def times(b: Bound, m: Fraction | int) -> Bound:
    return Bound(scaled(b.units, sp.Rational(m.numerator, m.denominator)), b.least * m)


def total(bounds: Sequence[Bound], own: Fraction = Fraction(0)) -> Bound:
    """The sum of bounds."""
    numbers = sum((b.units for b in bounds if b.is_number), ZERO)
    others = [b.units for b in bounds if not b.is_number]
    numbers += sp.Rational(own.numerator, own.denominator)
    parts = [*others, numbers] if numbers != 0 or not others else others
    return Bound(add(*parts), sum((b.least for b in bounds), own))


def largest(bounds: Sequence[Bound]) -> Bound:
    least = max(b.least for b in bounds)
    numbers = [b.units for b in bounds if b.is_number]
    others = [*dict.fromkeys(b.units for b in bounds if not b.is_number)]
    top = max(numbers, default=ZERO)
    if not others:
        return Bound(top, least)
    parts = [*others, top] if top > 1 else others  # a sum that may cancel has one unit at least
    return Bound(function(sp.Max, *parts) if len(parts) > 1 else parts[0], least)


def scaled(a: Expr, b: Expr) -> Expr:
    """ab."""
    if a.is_Number and b.is_Number:
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    return ZERO if a == 0 or b == 0 else group(a, b)


def quotient(a: Expr, b: Expr) -> Expr:
    return group(a, sp.Pow(b, -1, evaluate=False))


def ratio(units: Expr, limit: Expr) -> Expr:
    return units / limit if units.is_Number else group(1 / limit, units)


# -- functions ------------------------------------------------------------------------------------

# head        |uf'(u)/f(u)| is nowhere more
STEEP: Mapping[Any, int] = {
    sp.Abs: 1, sp.atan: 1, sp.asinh: 1, sp.tanh: 1, sp.erf: 1, sp.trigamma: 2, LOGCOSH: 2,
    XMTANH: 3, special.sinint: 1,
}  # fmt: skip
# head        the sign of u with which that is nowhere more than 1
ONE_SIDED: Mapping[Any, int] = {LOG1P: 1, EXPM1: -1, SIGMOID: 1, LOG1PEXP: 1}
# units, where they are not CALL
UNITS: Mapping[Any, Expr] = {
    sp.Abs: ZERO, sp.sign: ZERO, sp.floor: ZERO, sp.ceiling: ZERO,
    sp.erf: OWN, sp.erfc: OWN, sp.loggamma: OWN, sp.digamma: OWN, sp.trigamma: OWN,
    sp.polygamma: OWN,
    **dict.fromkeys(special.HEADS.values(), OWN),
    sp.sinh: sp.Integer(3), sp.cosh: sp.Integer(3), sp.tan: sp.Integer(3),
}  # fmt: skip


def _abs(u: Any) -> Expr:
    return function(sp.Abs, u)


def _max(u: Any, v: Any) -> Expr:
    return function(sp.Max, u, v)


def _min(u: Any, v: Any) -> Expr:
    return function(sp.Min, u, v)


def _over(a: Any, b: Any) -> Expr:
    """a/|b|, b not near 0."""
    return quotient(a, _max(_abs(b), GONE))


def _turning(u: Any, f: Any) -> Expr:
    """|u/f(u)|, where |f'| ≤ 1; 1 where u is as small as f."""
    return quotient(_abs(u), add(_max(_abs(f), group(GONE, _abs(u))), TINY))


def _one_less(u: Any) -> Expr:
    return add(ONE, neg(_abs(u)))


Condition = Callable[[Any, Any], Expr]
# head        |uf'(u)/f(u)|, or more, of the names of u and f(u)
CONDITION: Mapping[Any, Condition] = {
    sp.exp: lambda u, f: _abs(u),
    EXPM1: lambda u, f: add(ONE, _max(u, ZERO)),
    sp.log: lambda u, f: _over(ONE, f),
    LOG1P: lambda u, f: _over(ONE, _min(ONE, add(ONE, u))),
    sp.sin: _turning,
    sp.cos: lambda u, f: _over(_abs(u), f),
    sp.tan: lambda u, f: group(_turning(u, f), add(ONE, group(f, f))),
    sp.sinh: lambda u, f: add(ONE, _abs(u)),
    sp.cosh: lambda u, f: _abs(u),
    sp.asin: lambda u, f: _over(ONE, sqrt(_max(_one_less(u), ZERO))),
    sp.acos: lambda u, f: _over(_over(_abs(u), f), sqrt(_max(_one_less(u), ZERO))),
    sp.acosh: lambda u, f: _over(_over(u, f), sqrt(_max(add(u, sp.S.NegativeOne), ZERO))),
    sp.atanh: lambda u, f: _over(ONE, _one_less(u)),
    sp.erfc: lambda u, f: add(ONE, group(sp.Integer(2), _max(u, ZERO), _max(u, ZERO))),
    SIGMOID: lambda u, f: _max(neg(u), ONE),
    LOG1PEXP: lambda u, f: _max(neg(u), ONE),
    SECH2: lambda u, f: group(sp.Integer(2), _abs(u)),
    LOG1MEXP: lambda u, f: add(ONE, u),
    XMLOG1P: lambda u, f: _over(sp.Integer(2), _min(ONE, add(ONE, u))),
    J1: _turning,
    sp.sign: lambda u, f: sp.Rational(1, 2**40),
    sp.loggamma: lambda u, f: _over(group(u, _abs(function(sp.digamma, u))), f),
    sp.digamma: lambda u, f: _over(group(u, function(sp.trigamma, u)), f),
    special.besselj0: _turning,
    special.besselj1: _turning,
    special.bessely0: lambda u, f: _over(add(ONE, _abs(u)), f),
    special.bessely1: lambda u, f: add(ONE, _over(add(ONE, _abs(u)), f)),
    special.besseli0: lambda u, f: _abs(u),
    special.besseli1: lambda u, f: add(ONE, _abs(u)),
    special.cosint: lambda u, f: _over(ONE, f),
    special.expint: lambda u, f: add(ONE, _abs(u)),
    special.expi: lambda u, f: add(ONE, _abs(u), _over(sp.Integer(3), f)),
    special.tgamma: lambda u, f: _abs(group(u, function(sp.digamma, u))),
    special.erfinv: lambda u, f: _over(sp.Integer(2), _one_less(u)),
    special.erfcinv: lambda u, f: _over(
        _over(sp.Integer(2), f), _min(ONE, add(sp.Integer(2), neg(u)))
    ),
    special.lambertw: lambda u, f: _over(ONE, _min(ONE, add(ONE, f))),
}


# What may round to 0 where it is not: of an argument that has been rounded to 1, or π/2.
VANISHING = frozenset({sp.log, sp.sin, sp.cos, sp.acos})


def sqrt(u: Any) -> Expr:
    return sp.Pow(u, sp.S.Half, evaluate=False)


# -- what is known of values ----------------------------------------------------------------------


def size(e: Any, signs: Signs) -> Expr:
    """|e|."""
    if e.is_Number:
        return abs(e)
    if e.is_Mul and e.args[0].is_Number:
        rest = group(*e.args[1:])
        return scaled(abs(e.args[0]), size(rest, signs))
    sign = signs(e)
    return e if sign == 1 else neg(e) if sign == -1 else function(sp.Abs, e)


def signed(e: Any, name: Callable[[Any], Any]) -> Any:
    """±name, of a term: its sign stays that of the sum."""
    if e.is_Mul and e.args[0] == -1 and e.free_symbols:
        return neg(name(group(*e.args[1:])))
    return name(e)


def is_power_of_two(f: Any) -> bool:
    if not f.is_Rational:
        return False
    p, q = abs(int(f.p)), int(f.q)
    return p & (p - 1) == 0 and q & (q - 1) == 0


def is_double(e: Any) -> bool:
    """Whether a number is a double, exactly."""
    if not e.is_Rational:
        return False
    q = Fraction(int(e.p), int(e.q))
    try:
        return Fraction(float(q)) == q
    except OverflowError:
        return False


def once(made: Program) -> frozenset[Any]:
    """The leaves that occur once in the definitions."""
    counts: dict[Any, int] = {}
    for body in made.graph.definitions.values():
        for n in sp.preorder_traversal(body):
            if n.is_Symbol:
                counts[n] = counts.get(n, 0) + 1
    return frozenset(s for s in made.leaves if counts.get(s, 0) == 1)


def is_fresh(term: Any, fresh: frozenset[Any]) -> bool:
    """Whether a term is a leaf that occurs once, or a product with one."""
    factors = term.args if term.is_Mul else (term,)
    return any(f in fresh for f in factors)


__all__ = ["Bound", "with_check"]
