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

from collections.abc import Callable, Hashable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.ntheory import factorint

from symgd.functions import BY_HEAD
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.functions.rows import ODD
from symgd.trees.scalars import Unevaluated
from symgd.verify import polynomial as poly
from symgd.verify.polynomial import Polynomial, Quotient

# Digits from which on a number is not 0.
SAFE = 30
MOST_CELLS = 64
ROOT = 12
LARGEST_POWER = 64
MOST_TURNS = 16
# How often the units of angles are made finer: sin 3y before sin y.
MOST_UNITS = 8
HIGHEST_DEGREE = 1 << 24
LARGEST_NUMBER = 10**18

Signs = dict[Hashable, int]
Units = dict[Hashable, Fraction]


class Unprovable(Exception):
    """Outside what the normal form can decide; says nothing about truth."""


class Undecided(Exception):
    """A sign on which the form depends and that is not known yet."""

    def __init__(self, key: Hashable) -> None:
        self.key = key


class Finer(Exception):
    """An angle that is no multiple of the half of one before it; their units are finer now."""


def equal(a: Any, b: Any, positive: frozenset[sp.Symbol] = frozenset()) -> bool:
    """Whether a - b reduces to 0 in every cell of signs; `positive` symbols are known to be > 0."""
    return proof(a, b, positive) is True


def proof(a: Any, b: Any, positive: frozenset[sp.Symbol] = frozenset()) -> bool | None:
    """The same; None where it would have taken more work than a proof may."""
    poly.Work.begin()
    units: Units = {}
    for _ in range(MOST_UNITS):
        try:
            return all(_equal_in_cell(a, b, NormalForm(positive, units)))
        except Finer:
            continue
        except poly.TooLarge:
            return None
        except (Unprovable, RecursionError):
            break
    return False


def _equal_in_cell(a: Any, b: Any, form: NormalForm) -> Iterator[bool]:
    """One answer for each combination of signs that a corner of a or b depends on."""
    pending: list[Signs] = [{}]
    seen = 0
    while pending:
        form.enter(pending.pop())
        try:
            sides = (form.of(u) for u in sp.Add.make_args(a))
            others = (poly.minus(form.of(u)) for u in sp.Add.make_args(b))
            yield form.is_zero([*sides, *others])
        except Undecided as undecided:
            for sign in (1, -1):
                pending.append({**form.generators.signs, undecided.key: sign})
        else:
            seen += 1
        if seen + len(pending) > MOST_CELLS:
            raise Unprovable


class NormalForm:
    """Expressions → quotients of polynomials, all over the same generators."""

    def __init__(
        self, positive: frozenset[sp.Symbol] = frozenset(), units: Units | None = None
    ) -> None:
        self.positive = positive
        self.generators = Generators({} if units is None else units)
        self.memo: dict[Any, Quotient] = {}
        self.everywhere: dict[Any, Quotient] = {}

    def enter(self, signs: Signs) -> None:
        """Go into a cell of signs."""
        self.everywhere |= {e: q for e, q in self.memo.items() if is_plain(e)}
        self.memo = dict(self.everywhere)
        self.generators.enter(signs)

    def of(self, expr: Any) -> Quotient:
        found = self.memo.get(expr)
        if found is None:
            found = self.memo[expr] = self._of(expr)
        return found

    def is_zero(self, terms: list[Quotient]) -> bool:
        """Whether the sum is 0: what is over one denominator is often 0 for itself."""
        is_zero = self.generators.is_zero
        return is_zero(total(q for q in over_one_each(terms) if not is_zero(q)))

    def _of(self, expr: Any) -> Quotient:
        if expr.is_Rational:
            return poly.constant(Fraction(int(expr.p), int(expr.q))), poly.ONE
        if expr is sp.E:  # as exp(1) is
            return exponential(self.generators, (poly.ONE, poly.ONE))
        if expr.is_Symbol or isinstance(expr, Unevaluated) or expr.is_NumberSymbol:
            return self.generators.atom(expr, expr in self.positive or expr.is_NumberSymbol)
        for kind, form_of in _FORMS:
            if isinstance(expr, kind):
                return form_of(self, expr)
        if expr.is_Function:
            return _function(self, expr)
        raise Unprovable


# -- sums, products, powers, and functions of which only the name is known ------------------------


def _sum(form: NormalForm, expr: Any) -> Quotient:
    return total(over_one_each(form.of(a) for a in expr.args))


# Of these alone, no sign has a say in the form.
PLAIN = (sp.Add, sp.Mul, sp.exp, sp.sinh, sp.cosh, sp.tanh)


@lru_cache(maxsize=4096)
def is_plain(expr: Any) -> bool:
    """Whether the form of an expression is the same in each cell of signs."""
    if not expr.args or isinstance(expr, Unevaluated):
        return True
    fits = isinstance(expr, PLAIN) or (expr.is_Pow and expr.exp.is_Integer)
    return fits and all(map(is_plain, expr.args))


def over_one_each(terms: Iterable[Quotient]) -> list[Quotient]:
    """The terms over one denominator added, for each denominator."""
    found: list[Quotient] = []
    for above, below in terms:
        i = next((i for i, q in enumerate(found) if q[1] == below), len(found))
        found[i : i + 1] = [(poly.plus(found[i][0], above) if i < len(found) else above, below)]
    return found


def total(terms: Iterable[Quotient]) -> Quotient:
    """The sum over a common denominator."""
    out: Quotient = ({}, poly.ONE)
    for q in terms:
        out = poly.add(out, q)
    return out


def _product(form: NormalForm, expr: Any) -> Quotient:
    out: Quotient = (poly.ONE, poly.ONE)
    for a in expr.args:
        out = poly.multiply(out, form.of(a))
    return out


def _power(form: NormalForm, expr: Any) -> Quotient:
    if expr.base is sp.E:
        return exponential(form.generators, form.of(expr.exp))
    if expr.exp.is_Integer:
        return form.generators.power(form.of(expr.base), int(expr.exp))
    return exponential(
        form.generators,
        poly.multiply(form.of(expr.exp), logarithm(form.generators, form.of(expr.base))),
    )


def _function(form: NormalForm, expr: Any) -> Quotient:
    """One generator for each value; erfc = 1 - erf, odd functions give up the sign inside."""
    if isinstance(expr, sp.erfc):
        return poly.add(
            (poly.ONE, poly.ONE), poly.minus(form.of(sp.erf(*expr.args, evaluate=False)))
        )
    if isinstance(expr, sp.digamma | sp.trigamma):
        expr = sp.polygamma(int(isinstance(expr, sp.trigamma)), *expr.args, evaluate=False)
    name = getattr(expr.func, "__name__", str(expr.func))
    is_odd = expr.func in BY_HEAD and BY_HEAD[expr.func].parity == ODD
    keys, odd = [], Fraction(1)
    for a in expr.args:
        parts = sorted(form.generators.terms(form.of(a)), key=lambda t: repr(t[1]))
        flip = -1 if is_odd and parts and parts[0][0] < 0 else 1
        odd *= flip
        keys.append(tuple((flip * c, key) for c, key, _ in parts))
    if is_odd and not any(keys):
        return {}, poly.ONE
    q = form.generators.atom((name, tuple(keys)))
    return poly.scale(q, odd)


def _exp(form: NormalForm, expr: Any) -> Quotient:
    return exponential(form.generators, form.of(expr.args[0]))


def _log(form: NormalForm, expr: Any) -> Quotient:
    return logarithm(form.generators, form.of(expr.args[0]))


# -- angles: through e^u, and through the sine and cosine of each independent one -----------------


def _hyperbolic(form: NormalForm, expr: Any) -> Quotient:
    """Through a = e^u and 1/a: sinh = (a - 1/a)/2, cosh = (a + 1/a)/2."""
    a = exponential(form.generators, form.of(expr.args[0]))
    up, down = poly.multiply(a, a), (poly.ONE, poly.ONE)
    sinh2, cosh2 = poly.add(up, poly.minus(down)), poly.add(up, down)
    twice = poly.multiply(a, (poly.constant(2), poly.ONE))
    above, below = {
        sp.sinh: (sinh2, twice),
        sp.cosh: (cosh2, twice),
        sp.tanh: (sinh2, cosh2),
        sp.coth: (cosh2, sinh2),
        sp.sech: (twice, cosh2),
        sp.csch: (twice, sinh2),
    }[expr.func]
    return poly.multiply(above, form.generators.inverse(below))


def _circular(form: NormalForm, expr: Any) -> Quotient:
    """e^(iu) = Π (cos m + i sin m)^c over the independent angles m."""
    cos: Quotient = (poly.ONE, poly.ONE)
    sin: Quotient = ({}, poly.ONE)
    for c, key, _ in form.generators.terms(form.of(expr.args[0])):
        unit = form.generators.units.setdefault(("angle", key), abs(c) / 2)
        steps = c / unit
        if steps.denominator != 1:
            form.generators.units["angle", key] = unit / steps.denominator
            raise Finer
        if abs(steps) > MOST_TURNS:
            raise Unprovable
        cosine, sine = form.generators.number(("cos", key)), form.generators.number(("sin", key))
        form.generators.cosine_of[sine] = cosine
        turn_cos: Quotient = ({poly.generator(cosine): 1}, poly.ONE)
        turn_sin: Quotient = ({poly.generator(sine): 1 if c > 0 else -1}, poly.ONE)
        for _step in range(abs(int(steps))):
            cos, sin = _turn(form.generators, cos, sin, turn_cos, turn_sin)
    one = (poly.ONE, poly.ONE)
    above, below = {
        sp.sin: (sin, one),
        sp.cos: (cos, one),
        sp.tan: (sin, cos),
        sp.cot: (cos, sin),
        sp.sec: (one, cos),
        sp.csc: (one, sin),
    }[expr.func]
    return poly.multiply(above, form.generators.inverse(below))


def _turn(
    g: Generators, cos: Quotient, sin: Quotient, c: Quotient, s: Quotient
) -> tuple[Quotient, Quotient]:
    """(cos + i sin)(c + i s)."""
    real = poly.add(poly.multiply(cos, c), poly.minus(poly.multiply(sin, s)))
    imaginary = poly.add(poly.multiply(cos, s), poly.multiply(sin, c))
    return (g.reduce(real[0]), real[1]), (g.reduce(imaginary[0]), imaginary[1])


# -- corners: |u|, sign, max, min and cases have one form in each cell of signs -------------------


def sign_of(g: Generators, q: Quotient, weakly: bool = False) -> int:
    """The sign of q in this cell; raises Undecided where the cell does not say.

    Weakly, 1 means q ≥ 0 and -1 means q ≤ 0, which is enough for |q| and for what is larger.
    """
    p = g.reduce(poly.times(g.reduce(q[0]), q[1]))
    if not p:
        return 0
    content, p = poly.normalise(p)
    sign = 1 if content > 0 else -1
    # x³ (1 + x) has the sign of x times that of 1 + x, each of them asked for once; x² (1 + x) that
    # of 1 + x, but at x = 0.
    monomial = poly.common_monomial(p)
    powers = list(poly.exponents(monomial))
    factors = [p]
    if weakly or all(e % 2 for _, e in powers):
        factors = [{m - monomial: c for m, c in p.items()}]
        factors += [{poly.generator(i): 1} for i, e in powers if e % 2]
    for factor in factors:
        if factor == poly.ONE or g.is_positive(factor) or (weakly and g.is_nonnegative(factor)):
            continue
        key = frozenset(factor.items())
        if key not in g.signs:
            raise Undecided(key)
        sign *= g.signs[key]
    return sign


def sign_at(form: NormalForm, expr: Any, weakly: bool = False) -> int:
    """The sign of an expression in this cell; of a number such as 1 - e its own."""
    q = form.of(expr)
    if not form.generators.is_zero(q) and not expr.free_symbols and not expr.has(Unevaluated):
        try:
            value = expr.evalf(2 * SAFE)
        except (
            TypeError,
            ValueError,
        ):  # 1/0 stands in a condition, and sympy compares nothing to it
            raise Unprovable from None
        if value.is_Float and abs(value) > sp.Float(10) ** -SAFE:
            return 1 if value > 0 else -1
    return sign_of(form.generators, q, weakly)


def _absolute(form: NormalForm, expr: Any) -> Quotient:
    u = form.of(expr.args[0])
    return poly.scale(u, sign_at(form, expr.args[0], weakly=True))


def _sign(form: NormalForm, expr: Any) -> Quotient:
    return poly.constant(sign_at(form, expr.args[0])), poly.ONE


def _heaviside(form: NormalForm, expr: Any) -> Quotient:
    """(1 + sign u)/2: sympy's derivative of max(u, v) is the mean of both where u = v."""
    return poly.constant(Fraction(1 + sign_at(form, expr.args[0]), 2)), poly.ONE


def _dirac(form: NormalForm, expr: Any) -> Quotient:
    sign_of(form.generators, form.of(expr.args[0]))
    return {}, poly.ONE


def _extremum(form: NormalForm, expr: Any) -> Quotient:
    direction = 1 if isinstance(expr, sp.Max) else -1
    best, *rest = expr.args
    for u in rest:
        if direction * sign_at(form, sp.Add(u, -best, evaluate=False), weakly=True) > 0:
            best = u
    return form.of(best)


def _cases(form: NormalForm, expr: Any) -> Quotient:
    for value, condition in expr.args:
        if _holds(form, condition):
            return form.of(value)
    raise Unprovable


def _holds(form: NormalForm, condition: Any) -> bool:
    """Whether a condition holds inside the cell, where nothing is equal by chance."""
    if condition in (sp.true, sp.false):
        return bool(condition)
    # A list, so that every condition is looked at and the cell of signs is complete.
    if isinstance(condition, sp.And):
        return all([_holds(form, c) for c in condition.args])  # noqa: C419
    if isinstance(condition, sp.Or):
        return any([_holds(form, c) for c in condition.args])  # noqa: C419
    if isinstance(condition, sp.Not):
        return not _holds(form, condition.args[0])
    if isinstance(condition, sp.ITE):
        return _holds(
            form, condition.args[1] if _holds(form, condition.args[0]) else condition.args[2]
        )
    a, b = map(form.of, condition.args)
    sign = sign_of(form.generators, poly.add(a, poly.minus(b)))
    return sign in RELATIONS[type(condition)].signs


# kind of node                                           its form
_FORMS: tuple[tuple[Any, Callable[[NormalForm, Any], Quotient]], ...] = (
    (sp.Add, _sum),
    (sp.Mul, _product),
    (sp.Pow, _power),
    (sp.exp, _exp),
    (sp.log, _log),
    ((sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.sech, sp.csch), _hyperbolic),
    ((sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc), _circular),
    (sp.Abs, _absolute),
    (sp.sign, _sign),
    (sp.Heaviside, _heaviside),
    (sp.DiracDelta, _dirac),
    ((sp.Max, sp.Min), _extremum),
    (sp.Piecewise, _cases),
)  # fmt: skip


# -- the ground: generators, and the relations between them ---------------------------------------


class Generators:
    """The generators that have turned up, what each stands for, and what is known of its sign.

    What holds everywhere (keys, positivity) stays for the whole form; what a cell of signs implies
    (the sign of what stands under a logarithm or a root) is forgotten on leaving the cell.
    """

    def __init__(self, units: Units) -> None:
        self.index: dict[Hashable, int] = {}
        self.units = units
        self.positive_generators: set[int] = set()
        self.nonnegative_generators: set[int] = set()
        self.exponential_of: dict[int, Quotient] = {}
        self.logarithm_of: dict[int, Polynomial] = {}
        self.cosine_of: dict[int, int] = {}
        self.root_of: dict[int, Polynomial] = {}
        # (root or sine, n) → its n-th power as it is opened
        self.powers: dict[tuple[int, int], Polynomial] = {}
        self.root_log: dict[int, int] = {}
        self.always_positive: set[int] = set()
        self.orientation: dict[int, int] = {}
        self.signs: Signs = {}

    def enter(self, signs: Signs) -> None:
        """Go into a cell of signs."""
        self.signs = signs
        self.root_of, self.root_log, self.powers = {}, {}, {}
        self.orientation = dict.fromkeys(self.always_positive, 1)

    def number(self, key: Hashable, positive: bool = False) -> int:
        """The index of the generator of this key, a new one if it is new."""
        i = self.index.setdefault(key, len(self.index))
        if positive:
            self.positive_generators.add(i)
        return i

    def atom(self, key: Hashable, positive: bool = False) -> Quotient:
        return {poly.generator(self.number(key, positive)): 1}, poly.ONE

    def generator_power(self, i: int, n: int) -> Quotient:
        if abs(n) > HIGHEST_DEGREE:
            raise Unprovable
        monomial: Polynomial = {poly.generator(i, abs(n)): 1}
        return (monomial, poly.ONE) if n >= 0 else (poly.ONE, monomial)

    def power(self, q: Quotient, n: int) -> Quotient:
        if abs(n) > LARGEST_POWER or poly.degree(q) * abs(n) > HIGHEST_DEGREE:
            raise Unprovable
        if n < 0:
            q, n = self.inverse(q), -n
        return poly.raised(q, n)

    def inverse(self, q: Quotient) -> Quotient:
        if not self.reduce(q[0]):
            raise Unprovable
        return q[1], q[0]

    def terms(self, q: Quotient) -> Iterator[tuple[Fraction, Hashable, Quotient]]:
        """q = Σ c·m: each coefficient, a canonical key of m, and m itself."""
        numerator, denominator = self.reduce(q[0]), self.reduce(q[1])
        if not numerator:
            return
        if len(denominator) == 1:
            [(below, d)] = denominator.items()
            for m, c in numerator.items():
                common = poly.common_monomial({m: 1, below: 1})
                top, bottom = m - common, below - common
                yield Fraction(c) / d, (top, bottom), ({top: 1}, {bottom: 1})
            return
        c, p = poly.normalise(numerator)
        d, r = poly.normalise(denominator)
        yield c / d, (frozenset(p.items()), frozenset(r.items())), (p, r)

    def is_nonnegative(self, p: Polynomial) -> bool:
        """Whether no term is visibly negative: never negative generators, squares, a constant."""
        least = self.positive_generators | self.nonnegative_generators
        return all(c > 0 for c in p.values()) and all(
            i in least or e % 2 == 0 for m in p for i, e in poly.exponents(m)
        )

    def is_positive(self, p: Polynomial) -> bool:
        """Whether p is not negative, and one of its terms has no zero."""
        return self.is_nonnegative(p) and any(
            all(i in self.positive_generators for i, _ in poly.exponents(m)) for m in p
        )

    def is_zero(self, q: Quotient) -> bool:
        return not self.reduce(q[0])

    def reduce(self, p: Polynomial) -> Polynomial:
        """p with every r^12 (r a root) and every sin² replaced by what they are."""
        if not self.root_of and not self.cosine_of:
            return p
        most = {**dict.fromkeys(self.cosine_of, 2), **dict.fromkeys(self.root_of, ROOT)}
        limits = [(i, poly.WIDTH * i, most[i]) for i in sorted(most)]
        pending = p
        out: Polynomial = {}
        while pending:
            left: Polynomial = {}
            for m, c in pending.items():
                for i, shift, n in limits:
                    e = (m >> shift) & poly.MASK
                    if e >= n:
                        poly.add_product(
                            left, m - ((e - e % n) << shift), c, self.opened(i, e // n)
                        )
                        break
                else:
                    poly.add_term(out, m, c)
            pending = left
        return out

    def opened(self, i: int, n: int) -> Polynomial:
        """r^(12n) of a root, sin^(2n), in what they are."""
        if (i, n) not in self.powers:
            if i in self.root_of:
                base = self.root_of[i]
            else:
                base = {0: 1, poly.generator(self.cosine_of[i], 2): -1}
            self.powers[i, n] = poly.power(base, n)
        return self.powers[i, n]


# -- e^a e^b = e^(a+b), ln ab = ln a + ln b, u^v = e^(v ln u) -------------------------------------


def exponential(g: Generators, q: Quotient) -> Quotient:
    """e^(Σ c·m) = Π (e^m)^c, where e^(c ln p) is p^c."""
    out: Quotient = (poly.ONE, poly.ONE)
    for c, key, m in g.terms(q):
        base = _single_generator(m)
        if base is not None and base in g.logarithm_of:
            out = poly.multiply(out, root(g, base, c))
        else:
            out = poly.multiply(out, exponential_power(g, c, key, m))
    return out


def _single_generator(m: Quotient) -> int | None:
    if m[1] != poly.ONE or len(m[0]) != 1:
        return None
    found = list(poly.exponents(next(iter(m[0]))))
    return found[0][0] if len(found) == 1 and found[0][1] == 1 else None


def exponential_power(g: Generators, c: Fraction, key: Hashable, m: Quotient) -> Quotient:
    unit = g.units.setdefault(("exp", key), abs(c) / ROOT)
    steps = c / unit
    if steps.denominator != 1:
        key, unit, steps = (key, abs(c)), abs(c), Fraction(1 if c > 0 else -1)
    i = g.number(("exp", key), positive=True)
    g.exponential_of[i] = poly.scale(m, unit)
    return g.generator_power(i, int(steps))


def root(g: Generators, logarithm: int, c: Fraction) -> Quotient:
    """e^(c ln p) = p^c, with a twelfth root of p for what is not whole."""
    p = g.logarithm_of[logarithm]
    if c.denominator == 1 and c.numerator % 2 == 0:
        return g.power((p, poly.ONE), int(c))
    if logarithm not in g.orientation:
        raise Unprovable
    p = p if g.orientation[logarithm] > 0 else poly.negative(p)
    if c.denominator == 1:
        return g.power((p, poly.ONE), int(c))
    steps = c * ROOT
    if steps.denominator != 1:
        return exponential_power(
            g, c, ("ln", logarithm), ({poly.generator(logarithm): 1}, poly.ONE)
        )
    i = g.number(("root", logarithm, g.orientation[logarithm]), positive=True)
    g.root_log[i], g.root_of[i] = logarithm, p
    return g.generator_power(i, int(steps))


def logarithm(g: Generators, q: Quotient) -> Quotient:
    """ln |a/b| = ln |a| - ln |b|, opened into numbers, monomials and what remains.

    That the argument is positive settles the sign of the one factor in it whose sign is not
    known; a factor whose sign stays open keeps its absolute value, and `root` refuses it. An
    argument that cannot be positive proves nothing.
    """
    above, below = g.reduce(q[0]), g.reduce(q[1])
    if not above or not below:
        raise Unprovable
    out: Quotient = ({}, poly.ONE)
    sign, unknown = 1, []
    for p, direction in ((above, 1), (below, -1)):
        content, rest = poly.normalise(p)
        sign *= 1 if content > 0 else -1
        out = poly.add(out, poly.scale(_log_number(g, abs(content)), direction))
        for atom, e in _log_factors(g, rest):
            if isinstance(atom, int):
                if atom in g.orientation:
                    sign *= g.orientation[atom] ** e
                elif e % 2:
                    unknown.append(atom)
                atom_log: Quotient = ({poly.generator(atom): 1}, poly.ONE)
            else:
                atom_log = atom
            out = poly.add(out, poly.scale(atom_log, direction * e))
    if len(unknown) == 1:
        g.orientation[unknown[0]] = sign
    elif not unknown and sign < 0:
        raise Unprovable
    return out


def _log_factors(g: Generators, p: Polynomial) -> Iterator[tuple[int | Quotient, int]]:
    """The factors of p and their exponents: a logarithm's generator, or a logarithm known."""
    monomial = poly.common_monomial(p)
    for i, e in poly.exponents(monomial):
        if i in g.exponential_of:
            yield g.exponential_of[i], e
        elif i in g.root_of:
            yield ({poly.generator(g.root_log[i]): Fraction(1, ROOT)}, poly.ONE), e
        else:
            yield (
                _log_atom(g, {poly.generator(i): 1}, i in g.positive_generators),
                e,
            )
    rest = {m - monomial: c for m, c in p.items()}
    if rest != poly.ONE:
        yield _log_atom(g, rest, g.is_positive(rest)), 1


def _log_number(g: Generators, c: Fraction) -> Quotient:
    out: Quotient = ({}, poly.ONE)
    for n, sign in ((c.numerator, 1), (c.denominator, -1)):
        if n > LARGEST_NUMBER:
            raise Unprovable
        for prime, e in factorint(n).items():
            i = _log_atom(g, {0: prime}, True)
            out = poly.plus(out[0], {poly.generator(i): sign * e}), poly.ONE
    return out


def _log_atom(g: Generators, p: Polynomial, positive: bool) -> int:
    """The generator of ln |p|, p normalised."""
    i = g.number(("log", frozenset(p.items())))
    g.logarithm_of[i] = p
    if positive:
        g.always_positive.add(i)
        g.orientation[i] = 1
        # ln(1 + u), u ≥ 0
        rest = poly.plus(p, {0: -1})
        if g.is_positive(rest):
            g.positive_generators.add(i)
        elif rest and g.is_nonnegative(rest):
            g.nonnegative_generators.add(i)
    return i
