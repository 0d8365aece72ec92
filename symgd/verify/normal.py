"""An exact normal form: rational functions over independent generators.

Two expressions are equal if their difference reduces to 0 here. The generators are the symbols,
e^m for each independent monomial m, logarithms, roots, sines and cosines of each independent
angle, and one for each value of any other function; the relations between them (e^a e^b = e^(a+b),
r^12 = p for r = p^(1/12), sin² = 1 - cos², ln ab = ln a + ln b) are worked into the form, so that
reducing to 0 proves equality wherever both sides are defined. Not reducing to 0 proves nothing.

    tanh, sinh, cosh        through e^u
    u^v                     through e^(v ln u)
    |u|, sign, max, cases   one form for each combination of signs, by `cells`
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.ntheory import factorint

from symgd.notation.nodes import Held
from symgd.verify import polynomial as poly
from symgd.verify.polynomial import Polynomial, Quotient

ROOT = 12
LARGEST_POWER = 64
MOST_CELLS = 64

Signs = dict[Hashable, int]


class Unprovable(Exception):
    """Outside what the normal form can decide; says nothing about truth."""


class Undecided(Exception):
    """A sign on which the form depends and that is not known yet."""

    def __init__(self, key: Hashable) -> None:
        self.key = key


def equal(a: Any, b: Any, positive: frozenset[sp.Symbol] = frozenset()) -> bool:
    """Whether a - b reduces to 0 in every cell of signs; `positive` symbols are known to be > 0."""
    try:
        return all(_equal_in_cell(a, b, positive))
    except (Unprovable, poly.TooLarge, RecursionError):
        return False


def _equal_in_cell(a: Any, b: Any, positive: frozenset[sp.Symbol]) -> Iterator[bool]:
    """One answer for each combination of signs that a corner of a or b depends on."""
    pending: list[Signs] = [{}]
    seen = 0
    form = NormalForm(positive)
    while pending:
        form.enter(pending.pop())
        try:
            yield form.is_zero(poly.add(form.of(a), form.minus(form.of(b))))
        except Undecided as undecided:
            for sign in (1, -1):
                pending.append({**form.signs, undecided.key: sign})
        else:
            seen += 1
        if seen + len(pending) > MOST_CELLS:
            raise Unprovable


class NormalForm:
    """Expressions → quotients of polynomials, all over the same generators."""

    def __init__(self, positive: frozenset[sp.Symbol] = frozenset()) -> None:
        self.positive = positive
        self.index: dict[Hashable, int] = {}
        self.units: dict[Hashable, Fraction] = {}
        self.exponential_of: dict[int, Quotient] = {}
        self.logarithm_of: dict[int, Polynomial] = {}
        self.root_of: dict[int, Polynomial] = {}
        self.root_log: dict[int, int] = {}
        self.cosine_of: dict[int, int] = {}
        self.positive_generators: set[int] = set()
        self.orientation: dict[int, int] = {}
        self.signs: Signs = {}
        self.memo: dict[Any, Quotient] = {}

    def enter(self, signs: Signs) -> None:
        """Go into a cell of signs; the generators stay, what was computed does not."""
        self.signs = signs
        self.memo = {}

    # -- the walk -----------------------------------------------------------------------------

    def of(self, expr: Any) -> Quotient:
        found = self.memo.get(expr)
        if found is None:
            found = self.memo[expr] = self._of(expr)
        return found

    def _of(self, expr: Any) -> Quotient:
        if expr.is_Rational:
            return poly.constant(Fraction(int(expr.p), int(expr.q))), poly.ONE
        if expr.is_Symbol or isinstance(expr, Held) or expr.is_NumberSymbol:
            return self.atom(expr, expr in self.positive or expr.is_NumberSymbol)
        for kind, method in _METHODS:
            if isinstance(expr, kind):
                return method(self, expr)
        if expr.is_Function:
            return self.function(expr)
        raise Unprovable

    def atom(self, key: Hashable, positive: bool = False) -> Quotient:
        return {poly.generator(self.number(key, positive)): Fraction(1)}, poly.ONE

    def number(self, key: Hashable, positive: bool = False) -> int:
        """The index of the generator of this key, a new one if it is new."""
        i = self.index.setdefault(key, len(self.index))
        if positive:
            self.positive_generators.add(i)
        return i

    def minus(self, q: Quotient) -> Quotient:
        return poly.negative(q[0]), q[1]

    def inverse(self, q: Quotient) -> Quotient:
        if not self.reduced(q[0]):
            raise Unprovable
        return q[1], q[0]

    def sum(self, expr: Any) -> Quotient:
        out: Quotient = ({}, poly.ONE)
        for a in expr.args:
            out = poly.add(out, self.of(a))
        return out

    def product(self, expr: Any) -> Quotient:
        out: Quotient = (poly.ONE, poly.ONE)
        for a in expr.args:
            out = poly.multiply(out, self.of(a))
        return out

    def pow(self, expr: Any) -> Quotient:
        if expr.base is sp.E:
            return self.exponential(self.of(expr.exp))
        if expr.exp.is_Integer:
            return self.power(self.of(expr.base), int(expr.exp))
        return self.exponential(
            poly.multiply(self.of(expr.exp), self.logarithm(self.of(expr.base)))
        )

    def power(self, q: Quotient, n: int) -> Quotient:
        if abs(n) > LARGEST_POWER:
            raise Unprovable
        if n < 0:
            q, n = self.inverse(q), -n
        return poly.raised(q[0], n), poly.raised(q[1], n)

    # -- exponentials and logarithms ------------------------------------------------------------

    def terms(self, q: Quotient) -> Iterator[tuple[Fraction, Hashable, Quotient]]:
        """q = Σ c·m: each coefficient, a canonical key of m, and m itself."""
        numerator, denominator = self.reduced(q[0]), self.reduced(q[1])
        if not numerator:
            return
        if len(denominator) == 1:
            [(below, d)] = denominator.items()
            for m, c in numerator.items():
                common = poly.common_monomial({m: Fraction(1), below: Fraction(1)})
                top, bottom = m - common, below - common
                yield c / d, (top, bottom), ({top: Fraction(1)}, {bottom: Fraction(1)})
            return
        c, p = poly.normalised(numerator)
        d, r = poly.normalised(denominator)
        yield c / d, (frozenset(p.items()), frozenset(r.items())), (p, r)

    def exponential(self, q: Quotient) -> Quotient:
        """e^(Σ c·m) = Π (e^m)^c, where e^(c ln p) is p^c."""
        out: Quotient = (poly.ONE, poly.ONE)
        for c, key, m in self.terms(q):
            base = self._single_generator(m)
            if base is not None and base in self.logarithm_of:
                out = poly.multiply(out, self.root(base, c))
            else:
                out = poly.multiply(out, self.exponential_power(c, key, m))
        return out

    def _single_generator(self, m: Quotient) -> int | None:
        if m[1] != poly.ONE or len(m[0]) != 1:
            return None
        found = list(poly.exponents(next(iter(m[0]))))
        return found[0][0] if len(found) == 1 and found[0][1] == 1 else None

    def exponential_power(self, c: Fraction, key: Hashable, m: Quotient) -> Quotient:
        unit = self.units.setdefault(("exp", key), abs(c) / ROOT)
        steps = c / unit
        if steps.denominator != 1:
            key, unit, steps = (key, abs(c)), abs(c), Fraction(1 if c > 0 else -1)
        i = self.number(("exp", key), positive=True)
        self.exponential_of[i] = (
            {k: v * unit for k, v in m[0].items()},
            m[1],
        )
        return self._generator_power(i, int(steps))

    def _generator_power(self, i: int, n: int) -> Quotient:
        if abs(n) > poly.MASK // 256:
            raise Unprovable
        monomial = {poly.generator(i, abs(n)): Fraction(1)}
        return (monomial, poly.ONE) if n >= 0 else (poly.ONE, monomial)

    def root(self, logarithm: int, c: Fraction) -> Quotient:
        """e^(c ln p) = p^c, with a twelfth root of p for what is not whole."""
        p = self.logarithm_of[logarithm]
        if logarithm in self.orientation:
            p = p if self.orientation[logarithm] > 0 else poly.negative(p)
        elif c.denominator != 1 or c.numerator % 2:
            raise Unprovable
        if c.denominator == 1:
            return self.power((p, poly.ONE), int(c))
        steps = c * ROOT
        if steps.denominator != 1:
            return self.exponential_power(
                c, ("ln", logarithm), ({poly.generator(logarithm): Fraction(1)}, poly.ONE)
            )
        i = self.number(("root", logarithm), positive=True)
        self.root_log[i] = logarithm
        if self.root_of.setdefault(i, p) != p:
            raise Unprovable
        return self._generator_power(i, int(steps))

    def log(self, expr: Any) -> Quotient:
        return self.logarithm(self.of(expr.args[0]))

    def logarithm(self, q: Quotient) -> Quotient:
        """ln |a/b| = ln |a| - ln |b|, opened into numbers, monomials and what remains.

        That the argument is positive settles the sign of the one factor in it whose sign is not
        known; a factor whose sign stays open keeps its absolute value, and `root` refuses it.
        """
        above, below = self.reduced(q[0]), self.reduced(q[1])
        if not above or not below:
            raise Unprovable
        out: Quotient = ({}, poly.ONE)
        sign, unknown = 1, []
        for p, direction in ((above, 1), (below, -1)):
            content, rest = poly.normalised(p)
            sign *= 1 if content > 0 else -1
            out = poly.add(out, self._scaled(self._log_number(abs(content)), Fraction(direction)))
            for atom, e in self._log_factors(rest):
                if isinstance(atom, int):
                    if atom not in self.orientation and e % 2:
                        unknown.append(atom)
                    atom_log: Quotient = ({poly.generator(atom): Fraction(1)}, poly.ONE)
                else:
                    atom_log = atom
                out = poly.add(out, self._scaled(atom_log, Fraction(direction * e)))
        if len(unknown) == 1:
            self.orientation[unknown[0]] = sign
        return out

    def _log_factors(self, p: Polynomial) -> Iterator[tuple[int | Quotient, int]]:
        """The factors of p and their exponents: the generator of a logarithm, or a logarithm known."""
        monomial = poly.common_monomial(p)
        for i, e in poly.exponents(monomial):
            if i in self.exponential_of:
                yield self.exponential_of[i], e
            elif i in self.root_of:
                yield ({poly.generator(self.root_log[i]): Fraction(1, ROOT)}, poly.ONE), e
            else:
                yield (
                    self._log_atom({poly.generator(i): Fraction(1)}, i in self.positive_generators),
                    e,
                )
        rest = {m - monomial: c for m, c in p.items()}
        if rest != poly.ONE:
            yield self._log_atom(rest, self.is_positive(rest)), 1

    def _scaled(self, q: Quotient, c: Fraction) -> Quotient:
        return {m: v * c for m, v in q[0].items()}, q[1]

    def _log_number(self, c: Fraction) -> Quotient:
        out: Quotient = ({}, poly.ONE)
        for n, sign in ((c.numerator, 1), (c.denominator, -1)):
            if n > 10**18:
                raise Unprovable
            for prime, e in factorint(n).items():
                i = self._log_atom({0: Fraction(prime)}, True)
                out = poly.plus(out[0], {poly.generator(i): Fraction(sign * e)}), poly.ONE
        return out

    def _log_atom(self, p: Polynomial, positive: bool) -> int:
        """The generator of ln |p|, p normalised."""
        i = self.number(("log", frozenset(p.items())))
        self.logarithm_of[i] = p
        if positive:
            self.orientation[i] = 1
        return i

    # -- hyperbolic and circular functions --------------------------------------------------------

    def hyperbolic(self, expr: Any) -> Quotient:
        """Through a = e^u and 1/a: sinh = (a - 1/a)/2, cosh = (a + 1/a)/2."""
        a = self.exponential(self.of(expr.args[0]))
        up, down = poly.multiply(a, a), (poly.ONE, poly.ONE)
        sinh2, cosh2 = poly.add(up, self.minus(down)), poly.add(up, down)
        twice = poly.multiply(a, (poly.constant(Fraction(2)), poly.ONE))
        above, below = {
            sp.sinh: (sinh2, twice),
            sp.cosh: (cosh2, twice),
            sp.tanh: (sinh2, cosh2),
            sp.coth: (cosh2, sinh2),
            sp.sech: (twice, cosh2),
            sp.csch: (twice, sinh2),
        }[expr.func]
        return poly.multiply(above, self.inverse(below))

    def circular(self, expr: Any) -> Quotient:
        """e^(iu) = Π (cos m + i sin m)^c over the independent angles m."""
        cos: Quotient = (poly.ONE, poly.ONE)
        sin: Quotient = ({}, poly.ONE)
        for c, key, _ in self.terms(self.of(expr.args[0])):
            unit = self.units.setdefault(("angle", key), abs(c) / 2)
            steps = c / unit
            if steps.denominator != 1 or abs(steps) > LARGEST_POWER:
                raise Unprovable
            cosine, sine = self.number(("cos", key)), self.number(("sin", key))
            self.cosine_of[sine] = cosine
            turn_cos: Quotient = ({poly.generator(cosine): Fraction(1)}, poly.ONE)
            turn_sin: Quotient = ({poly.generator(sine): Fraction(1 if c > 0 else -1)}, poly.ONE)
            for _step in range(abs(int(steps))):
                cos, sin = self._turned(cos, sin, turn_cos, turn_sin)
        one = (poly.ONE, poly.ONE)
        above, below = {
            sp.sin: (sin, one),
            sp.cos: (cos, one),
            sp.tan: (sin, cos),
            sp.cot: (cos, sin),
            sp.sec: (one, cos),
            sp.csc: (one, sin),
        }[expr.func]
        return poly.multiply(above, self.inverse(below))

    def _turned(
        self, cos: Quotient, sin: Quotient, c: Quotient, s: Quotient
    ) -> tuple[Quotient, Quotient]:
        """(cos + i sin)(c + i s)."""
        real = poly.add(poly.multiply(cos, c), self.minus(poly.multiply(sin, s)))
        imaginary = poly.add(poly.multiply(cos, s), poly.multiply(sin, c))
        return (self.reduced(real[0]), real[1]), (self.reduced(imaginary[0]), imaginary[1])

    # -- any other function ---------------------------------------------------------------------------

    def function(self, expr: Any) -> Quotient:
        """One generator for each value; erfc = 1 - erf, odd functions give up the sign of what is inside."""
        if isinstance(expr, sp.erfc):
            return poly.add(
                (poly.ONE, poly.ONE), self.minus(self.of(sp.erf(*expr.args, evaluate=False)))
            )
        name = getattr(expr.func, "__name__", str(expr.func))
        keys, odd = [], Fraction(1)
        for a in expr.args:
            parts = sorted(self.terms(self.of(a)), key=lambda t: repr(t[1]))
            flip = -1 if isinstance(expr, _ODD) and parts and parts[0][0] < 0 else 1
            odd *= flip
            keys.append(tuple((flip * c, key) for c, key, _ in parts))
        q = self.atom((name, tuple(keys)))
        return self._scaled(q, odd)

    # -- corners ------------------------------------------------------------------------------------------

    def sign_of(self, q: Quotient) -> int:
        """The sign of q in this cell; raises Undecided where the cell does not say."""
        p = self.reduced(poly.times(self.reduced(q[0]), q[1]))
        if not p:
            return 0
        content, p = poly.normalised(p)
        sign = 1 if content > 0 else -1
        if self.is_positive(p):
            return sign
        key = frozenset(p.items())
        if key not in self.signs:
            raise Undecided(key)
        return sign * self.signs[key]

    def is_positive(self, p: Polynomial) -> bool:
        """Whether every term is visibly positive: positive generators, or squares beside a constant."""
        if any(c < 0 for c in p.values()):
            return False
        strict = False
        for m in p:
            powers = list(poly.exponents(m))
            positive = [i in self.positive_generators for i, _ in powers]
            if not all(ok or e % 2 == 0 for ok, (_, e) in zip(positive, powers, strict=True)):
                return False
            strict = strict or all(positive)
        return strict

    def abs(self, expr: Any) -> Quotient:
        u = self.of(expr.args[0])
        return self._scaled(u, Fraction(self.sign_of(u)))

    def sign(self, expr: Any) -> Quotient:
        return poly.constant(Fraction(self.sign_of(self.of(expr.args[0])))), poly.ONE

    def heaviside(self, expr: Any) -> Quotient:
        up = self.sign_of(self.of(expr.args[0])) > 0
        return poly.constant(Fraction(int(up))), poly.ONE

    def dirac(self, expr: Any) -> Quotient:
        self.sign_of(self.of(expr.args[0]))
        return {}, poly.ONE

    def extremum(self, expr: Any) -> Quotient:
        direction = 1 if isinstance(expr, sp.Max) else -1
        best, *rest = map(self.of, expr.args)
        for q in rest:
            if direction * self.sign_of(poly.add(q, self.minus(best))) > 0:
                best = q
        return best

    def cases(self, expr: Any) -> Quotient:
        for value, condition in expr.args:
            if self.holds(condition):
                return self.of(value)
        raise Unprovable

    def holds(self, condition: Any) -> bool:
        """Whether a condition holds inside the cell, where nothing is equal by chance."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And):
            return all([self.holds(c) for c in condition.args])
        if isinstance(condition, sp.Or):
            return any([self.holds(c) for c in condition.args])
        if isinstance(condition, sp.Not):
            return not self.holds(condition.args[0])
        if isinstance(condition, sp.ITE):
            return self.holds(
                condition.args[1] if self.holds(condition.args[0]) else condition.args[2]
            )
        a, b = map(self.of, condition.args)
        sign = self.sign_of(poly.add(a, self.minus(b)))
        return sign in _HOLDS[type(condition)]

    # -- the relations ----------------------------------------------------------------------------------

    def is_zero(self, q: Quotient) -> bool:
        return not self.reduced(q[0])

    def reduced(self, p: Polynomial) -> Polynomial:
        """p with every r^12 (r a root) and every sin² replaced by what they are."""
        if not self.root_of and not self.cosine_of:
            return p
        pending, out = p, {}
        while pending:
            left: Polynomial = {}
            for m, c in pending.items():
                for i, e in poly.exponents(m):
                    if i in self.root_of and e >= ROOT:
                        factor, used = poly.raised(self.root_of[i], e // ROOT), e - e % ROOT
                    elif i in self.cosine_of and e >= 2:
                        square = {
                            0: Fraction(1),
                            poly.generator(self.cosine_of[i], 2): Fraction(-1),
                        }
                        factor, used = poly.raised(square, e // 2), e - e % 2
                    else:
                        continue
                    opened = poly.times({m - poly.generator(i, used): c}, factor)
                    left = poly.plus(left, opened)
                    break
                else:
                    out = poly.plus(out, {m: c})
            pending = left
        return out


_ODD = (sp.atan, sp.erf, sp.asin, sp.asinh, sp.atanh)

# relation                 the signs of (left - right) for which it holds
_HOLDS: dict[Any, tuple[int, ...]] = {
    sp.StrictGreaterThan: (1,),
    sp.GreaterThan: (0, 1),
    sp.StrictLessThan: (-1,),
    sp.LessThan: (-1, 0),
    sp.Equality: (0,),
    sp.Unequality: (-1, 1),
}

# kind of node                                           its form
_METHODS: tuple[tuple[Any, Any], ...] = (
    (sp.Add, NormalForm.sum),
    (sp.Mul, NormalForm.product),
    (sp.Pow, NormalForm.pow),
    (sp.exp, lambda form, e: form.exponential(form.of(e.args[0]))),
    (sp.log, NormalForm.log),
    ((sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch), NormalForm.hyperbolic),
    ((sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc), NormalForm.circular),
    (sp.Abs, NormalForm.abs),
    (sp.sign, NormalForm.sign),
    (sp.Heaviside, NormalForm.heaviside),
    (sp.DiracDelta, NormalForm.dirac),
    ((sp.Max, sp.Min), NormalForm.extremum),
    (sp.Piecewise, NormalForm.cases),
)  # fmt: skip
