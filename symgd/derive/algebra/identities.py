"""Rules of algebra: one table, authored, never traced from a simplifier.

`rewrite` looks at one node and answers with what it becomes, or None. An answer of several pairs
(rule id, expression) is a route: a known argument that only makes sense as a whole, each of its
lines a step. Rows that fold several things into one name ("recognise") need to know the function
being derived; they take it from the `Context`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import is_negative, score, split_coefficient, tidy
from symgd.functions import PRIMED
from symgd.trees.graph import NamedFunction, may_rest
from symgd.trees.scalars import (
    MINUS_ONE,
    ONE,
    Expr,
    add,
    application,
    exp,
    expanded,
    function,
    group,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    reciprocal,
    settle,
)

Route = tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a rewrite may recognise: the function being derived, if there is one, and those that it
    is made of."""

    function: NamedFunction | None = None
    functions: Mapping[str, NamedFunction] = field(default_factory=dict)

    def call(self) -> Expr | None:
        g = self.function
        return None if g is None else head_of(g)(*g.variables)

    def rests(self, e: Expr) -> bool:
        """Whether an expression may be 0 all along an interval, as max(0, w) is, or cases are in
        one of which a name may be 0."""
        return any(isinstance(f, sp.Piecewise) for f in parts(e)) or may_rest(e, self.functions)


def head_of(g: NamedFunction) -> Callable[..., Expr]:
    """How an application of g is built: sympy's own class for an elementary function."""
    own = PRIMED.get(g.name)
    if own is not None:
        return lambda *args: function(own, *args)
    return lambda *args: application(g.name, *args)


Rewrite = Callable[[Expr, Context], "Expr | Route | None"]


@dataclass(frozen=True, slots=True)
class Identity:
    """An equation that a node is rewritten by; fields as in `symgd.derive.rules.Rule`."""

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite


def parts(node: Expr) -> list[Expr]:
    """The factors of a product; of anything else, itself."""
    return list(node.args) if node.is_Mul else [node]


def without(factors: list[Expr], *gone: Expr) -> list[Expr]:
    rest = list(factors)
    for g in gone:
        rest.remove(g)
    return rest


# -- logistic forms: e^v/(1 + e^v)² and its like, brought to σ ------------------------------------


def _one_plus_exp(u: Any) -> Expr | None:
    """1 + e^v → v."""
    if u.is_Add and len(u.args) == 2:
        for a, b in (u.args, u.args[::-1]):
            if a == 1 and isinstance(b, sp.exp):
                return b.args[0]
    return None


def _logistic_fraction(node: Expr, n: int) -> tuple[list[Expr], Expr, Expr, Expr] | None:
    """c·E/(1+E)ⁿ → (c, v, E, 1+E) with E = e^v."""
    if not node.is_Mul:
        return None
    for f in node.args:
        v = _one_plus_exp(f.base) if f.is_Pow and f.exp == -n else None
        if v is not None and exp(v) in node.args:
            return without(parts(node), f, exp(v)), v, exp(v), f.base
    return None


def _sigma(v: Expr) -> Expr:
    """1/(1 + e^v) = σ(-v)."""
    return application("sigmoid", tidy(neg(v)))


def logistic_slope(node: Expr, context: Context) -> Route | None:
    found = _logistic_fraction(node, 2)
    if found is None:
        return None
    rest, v, e, below = found
    one_over = reciprocal(below)
    own = context.call() if context.function and context.function.body == one_over else None
    s = own if own is not None else _sigma(v)
    split = group(*rest, one_over, quotient(e, below))
    padded = group(*rest, one_over, mul(add(below, MINUS_ONE), one_over))
    opened = group(*rest, one_over, add(ONE, neg(one_over)))
    return (
        ("split_fraction", split),
        ("add_subtract", padded),
        ("divide_terms", opened),
        ("recognise", mul(*rest, s, add(ONE, neg(s)))),
    )


def logistic_complement(node: Expr, context: Context) -> Route | None:
    found = _logistic_fraction(node, 1)
    if found is None:
        return None
    rest, v, _, below = found
    if is_negative(v) and not neg(v).is_Symbol:
        return _flip(rest, reciprocal(add(exp(tidy(neg(v))), ONE)), v)
    if not is_negative(v):
        return _flip(rest, reciprocal(add(ONE, exp(neg(v)))), v)
    one_over = reciprocal(below)
    return (
        ("add_subtract", group(*rest, mul(add(below, MINUS_ONE), one_over))),
        ("divide_terms", mul(*rest, add(ONE, neg(one_over)))),
        ("recognise", mul(*rest, add(ONE, neg(_sigma(v))))),
    )


def _flip(rest: list[Expr], fraction: Expr, v: Expr) -> Route:
    """c·e^v/(1+e^v) = c·1/(e^-v+1) = c·σ(v)."""
    return (
        ("multiply_exponential", mul(*rest, fraction)),
        ("recognise", mul(*rest, application("sigmoid", v))),
    )


def recognise(node: Expr, context: Context) -> Expr | None:
    own, g = context.call(), context.function
    if own is not None and g is not None and g.body is not None:
        if node == g.body:
            return own
        power_of_own = _as_power(node, g.body, own)
        if power_of_own is not None:
            return power_of_own
    if node.is_Pow and node.exp.is_Integer and node.exp < 0:
        v = _one_plus_exp(node.base)
        if v is not None and is_negative(v):
            return power(_sigma(v), -node.exp)
    return None


def _as_power(node: Expr, body: Expr, own: Expr) -> Expr | None:
    """c·uⁿ/vⁿ → c·g(z)ⁿ where g(z) is u/v."""
    if not (body.is_Mul and node.is_Mul and len(body.args) == 2):
        return None
    above, below = body.args
    if not below.is_Pow:
        return None
    for f in node.args:
        if f.is_Pow and f.base == above and power(below.base, -f.exp) in node.args:
            rest = without(parts(node), f, power(below.base, -f.exp))
            return mul(*rest, power(own, f.exp))
    return None


# -- exponentials, circular and hyperbolic functions, the normal density --------------------------

TWO = sp.Integer(2)


def combine_exponentials(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    exponentials = [f for f in node.args if isinstance(f, sp.exp)]
    if len(exponentials) < 2:
        return None
    joined = exp(tidy(add(*(f.args[0] for f in exponentials))))
    return mul(*without(parts(node), *exponentials), joined)


def double_angle(node: Expr, context: Context) -> Expr | None:
    """2 sin u cos u = sin 2u;  cos² u - sin² u = cos 2u;  1 - cos 2u = 2 sin² u."""
    if node.is_Add and len(node.args) == 2:
        return _cosine_of_twice(node) or _square_of_half(node)
    if not node.is_Mul or split_coefficient(node)[0] % 2 != 0:
        return None
    for s in (f for f in node.args if isinstance(f, sp.sin)):
        c = function(sp.cos, s.args[0])
        if c in node.args:
            twice = function(sp.sin, tidy(mul(TWO, s.args[0])))
            rest = without(parts(node), s, c)
            return tidy(mul(sp.Rational(1, 2), *rest, twice))
    return None


def _cosine_of_twice(node: Expr) -> Expr | None:
    """c cos² u - c sin² u = c cos 2u;  c cosh² u + c sinh² u = c cosh 2u."""
    for a, b in (node.args, node.args[::-1]):
        (c, left), (k, right) = split_coefficient(a), split_coefficient(b)
        if (
            len(left) != 1
            or len(right) != 1
            or not all(s.is_Pow and s.exp == 2 for s in (left[0], right[0]))
        ):
            continue
        for cosine, sine, sign in ((sp.cos, sp.sin, -1), (sp.cosh, sp.sinh, 1)):
            first, second = left[0].base, right[0].base
            of_one = isinstance(first, cosine) and isinstance(second, sine)
            if of_one and first.args == second.args and k == sign * c:
                return tidy(mul(c, function(cosine, tidy(mul(TWO, first.args[0])))))
    return None


def _square_of_half(node: Expr) -> Expr | None:
    """c - c cos 2u = 2c sin² u;  c + c cos 2u = 2c cos² u."""
    for a, b in (node.args, node.args[::-1]):
        k, cosine = split_coefficient(b)
        if not a.is_Rational or len(cosine) != 1 or not isinstance(cosine[0], sp.cos):
            continue
        twice = cosine[0].args[0]
        if abs(k) == abs(a) and split_coefficient(twice)[0] % 2 == 0:
            u = tidy(mul(sp.S.Half, twice))
            return tidy(mul(2 * a, power(function(sp.cos if k == a else sp.sin, u), TWO)))
    return None


_RATIOS = ((sp.sinh, sp.cosh, sp.tanh), (sp.sin, sp.cos, sp.tan))


def ratio(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    for above, below, name in _RATIOS:
        for f in (f for f in node.args if isinstance(f, above)):
            under = power(function(below, f.args[0]), MINUS_ONE)
            if under in node.args:
                return mul(*without(parts(node), f, under), function(name, f.args[0]))
    return None


def pythagoras(node: Expr, context: Context) -> Expr | None:
    """1 + sinh² = cosh², 1 - sin² = cos², 1 - cos² = sin², sin² + cos² = 1, and multiples."""
    if not node.is_Add or len(node.args) != 2:
        return None
    for a, b in (node.args, node.args[::-1]):
        k, factors = split_coefficient(b)
        if len(factors) != 1 or not (factors[0].is_Pow and factors[0].exp == 2):
            continue
        base = factors[0].base
        if a.is_Rational and abs(a) == abs(k):
            key = (sp.sign(a), int(sp.sign(k)), type(base))
            if key in _SQUARES:
                square = power(function(_SQUARES[key], *base.args), TWO)
                return square if abs(k) == 1 else tidy(mul(abs(k), square))
            key = (sp.sign(-a), int(sp.sign(-k)), type(base))
            if key in _SQUARES and abs(k) != 1:
                return tidy(mul(-abs(k), power(function(_SQUARES[key], *base.args), TWO)))
        if isinstance(base, sp.sin) and tidy(a) == tidy(
            mul(k, power(function(sp.cos, *base.args), TWO))
        ):
            return sp.sympify(k)
    return None


# (the other term, the sign of the square, its function) → what the sum is the square of
_SQUARES: dict[Any, Any] = {
    (ONE, 1, sp.sinh): sp.cosh,
    (ONE, -1, sp.sin): sp.cos,
    (ONE, -1, sp.cos): sp.sin,
    (MINUS_ONE, 1, sp.cosh): sp.sinh,
}


def normal_density(node: Expr, context: Context) -> Expr | None:
    """e^(-u²/2)/√(2π) = φ(u)."""
    if not node.is_Mul:
        return None
    for e in (f for f in node.args if isinstance(f, sp.exp)):
        u = _half_square(e.args[0])
        for below in _ROOTS_OF_TWO_PI:
            if u is not None and all(b in node.args for b in below):
                return mul(*without(parts(node), e, *below), application("phi", u))
    return None


def _half_square(v: Expr) -> Expr | None:
    """-u²/2 → u."""
    coefficient, factors = split_coefficient(v)
    if (
        coefficient == -sp.S.Half
        and len(factors) == 1
        and factors[0].is_Pow
        and factors[0].exp == 2
    ):
        return factors[0].base
    return None


_ROOTS_OF_TWO_PI = (
    (power(mul(TWO, sp.pi), -sp.S.Half),),
    (power(sp.pi, -sp.S.Half), power(TWO, -sp.S.Half)),
)


# -- corners: signs, absolute values, positive parts, conditions of cases -------------------------


def sign_times(node: Expr, context: Context) -> Expr | None:
    if not node.is_Mul:
        return None
    for s in (f for f in node.args if isinstance(f, sp.sign)):
        u = s.args[0]
        size = function(sp.Abs, u)
        if size in node.args:
            return mul(*without(parts(node), s, size), u)
        if u in node.args:
            return mul(*without(parts(node), s, u), size)
    return None


def indicator(node: Expr, context: Context) -> Expr | None:
    """max(0, u)·{v if u > 0; 0} = v·max(0, u)."""
    if not node.is_Mul:
        return None
    for m in (f for f in node.args if isinstance(f, sp.Max) and f.args[0] == 0):
        for step in (f for f in node.args if isinstance(f, sp.Piecewise) and len(f.args) == 2):
            (value, condition), (other, _) = step.args
            if other == 0 and _says_positive(condition, m.args[1]):
                return mul(value, *without(parts(node), step))
    return None


def _says_positive(condition: Any, u: Expr) -> bool:
    positive = sp.StrictGreaterThan(u, 0, evaluate=False)
    return bool(condition in (positive, solve_condition(positive)))


def condition(node: Expr, context: Context) -> Expr | None:
    """1 - u > 0 is u < 1; au > bu is (a - b)u > 0, multiplied out."""
    if not isinstance(node, sp.Piecewise):
        return None
    branches = tuple((a.args[0], solve_condition(a.args[1])) for a in node.args)
    return piecewise(*branches)


@lru_cache(maxsize=512)
def solve_condition(c: Any) -> Any:
    """The comparison with its terms on the side where they are positive, if that is shorter."""
    if isinstance(c, sp.And | sp.Or):
        return c.func(*map(solve_condition, c.args), evaluate=False)
    if not isinstance(c, sp.core.relational.Relational) or c.rhs.is_Symbol or c.lhs.is_Symbol:
        return c
    difference = expanded(settle(c.lhs) - settle(c.rhs))
    terms = [tidy(t) for t in sp.Add.make_args(difference)]
    left = add(*(t for t in terms if not is_negative(t)))
    right = add(*(neg(t) for t in terms if is_negative(t)))
    if score(left) + score(right) >= score(c.lhs) + score(c.rhs):
        return c
    if left.is_Number and not right.is_Number:
        return c.reversed.func(right, left, evaluate=False)
    return c.func(left, right, evaluate=False)


def constant_case(node: Expr, context: Context) -> Expr | None:
    """A factor moves into the cases, where all but one are numbers."""
    if not node.is_Mul:
        return None
    for f in (f for f in node.args if isinstance(f, sp.Piecewise)):
        if sum(not a.args[0].is_Number for a in f.args) <= 0 and any(
            a.args[0] == 0 for a in f.args
        ):
            rest = mul(*without(parts(node), f))
            if rest.is_Number:
                return piecewise(*((tidy(mul(rest, a.args[0])), a.args[1]) for a in f.args))
    return None


# -- fractions and common factors: (v + w)/v = 1 + w/v, uv + uw = u(v + w) ------------------------


def divide_terms(node: Expr, context: Context) -> Expr | None:
    """(v + w)/v = 1 + w/v, where v stands above as it does below."""
    if not node.is_Mul:
        return None
    for below in (f for f in node.args if f.is_Pow and f.exp.is_Number and f.exp < 0):
        v = reciprocal(below)
        for total in (f for f in node.args if f.is_Add):
            if (v.is_Pow or v.is_Add) and v in total.args and len(total.args) == 2:
                terms = [ONE if t == v else tidy(mul(t, below)) for t in total.args]
                rest = without(parts(node), below, total)
                return mul(*rest, add(*terms))
    return None


def factor_out(node: Expr, context: Context) -> Expr | None:
    """uv + uw = u(v + w), for every factor that all terms share.

    Of √max(0, w) + w/(2√max(0, w))·[w > 0] nothing: left of 0 the second term is left out, and
    1/√max(0, w) before the sum would not be.
    """
    if not node.is_Add:
        return None
    tables = [_exponents(t) for t in node.args]
    shared: list[tuple[Expr, Expr]] = []
    for base in tables[0]:
        if any(base not in t for t in tables):
            continue
        exponents = [t[base] for t in tables]
        if base.is_Number and all(e.is_Number for e in exponents):
            continue
        least = _least(exponents)
        if least is not None and (least.is_nonnegative or not context.rests(base)):
            shared.append((base, least))
    if not shared:
        return None
    common = [power(b, e) for b, e in shared]
    powers = [c for c in common if isinstance(c, sp.exp)]
    over = [reciprocal(c) for c in common if c not in powers]
    left = add(*(tidy(mul(*without(parts(t), *powers), *over)) for t in node.args))
    if len(shared) == 1 and shared[0][1] == -1 and not shared[0][0].is_Add:
        return None
    return mul(*common, left)


def _exponents(term: Expr) -> dict[Expr, Expr]:
    out: dict[Expr, Expr] = {}
    for f in split_coefficient(term)[1]:
        base, e = (f.base, f.exp) if f.is_Pow and f.base is not sp.E else (f, ONE)
        out[base] = tidy(add(out[base], e)) if base in out else e
    return out


def _least(exponents: list[Expr]) -> Expr | None:
    """The smallest of exponents that differ by whole numbers, or None where none is smallest."""
    least = exponents[0]
    for e in exponents[1:]:
        difference = tidy(add(e, neg(least)))
        if not difference.is_Integer:
            if e.is_Number and least.is_Number and e > 0 and least > 0:
                least = min(e, least)
                continue
            return None
        if difference < 0:
            least = e
    return least


# -- the table ------------------------------------------------------------------------------------

IDENTITIES: tuple[Identity, ...] = (
    Identity("logistic_slope", "derivative of logistic form", r"\frac{e^{v}}{(1+e^{v})^2} = \sigma(-v)(1-\sigma(-v))",
             "Split the fraction, add and subtract 1, recognise the sigmoid.",
             ("exp(-x)/(1 + exp(-x))**2",), logistic_slope),
    Identity("logistic_complement", "bring to logistic form", r"\frac{e^{v}}{1+e^{v}} = \sigma(v)",
             "Divide above and below by the exponential, or add and subtract 1.",
             ("exp(x)/(1 + exp(x))", "exp(-x)/(1 + exp(-x))", "exp(-2*x)/(1 + exp(-2*x))"), logistic_complement),
    Identity("recognise", "recognise a known function", r"\frac{1}{1+e^{-u}} = \sigma(u)",
             "This is the definition of a function that has a name.",
             ("1/(1 + exp(-x))",), recognise),
    Identity("combine_exponentials", "product of exponentials", r"e^a e^b = e^{a+b}",
             "Exponents of one base add up.",
             ("exp(x)*exp(-exp(x))",), combine_exponentials),
    Identity("normal_density", "recognise the normal density", r"\frac{e^{-u^2/2}}{\sqrt{2\pi}} = \varphi(u)",
             "This is the density of the standard normal distribution.",
             ("x*exp(-x**2/2)/sqrt(2*pi)",), normal_density),
    Identity("ratio", "ratio of sine and cosine, circular or hyperbolic", r"\frac{\sinh u}{\cosh u} = \tanh u",
             "This is the definition of the tangent, or of the hyperbolic tangent.",
             ("sinh(x)/cosh(x)", "3*sin(x)/cos(x)"), ratio),
    Identity("pythagoras", "Pythagorean identity", r"1 + \sinh^2 u = \cosh^2 u",
             "The squares of sine and cosine add up to 1; so do their hyperbolic kin, with a sign.",
             ("1 + sinh(x)**2", "1 - sin(x)**2", "cosh(x)**2 - 1", "cos(x)**2 + sin(x)**2", "3 - 3*cos(x)**2"), pythagoras),
    Identity("double_angle", "double angle", r"2\sin u\cos u = \sin 2u",
             "The sine of a double angle.",
             ("2*sin(x)*cos(x)", "cos(x)**2 - sin(x)**2", "3*sinh(x)**2 + 3*cosh(x)**2", "1/2 - cos(2*x)/2"), double_angle),
    Identity("sign_times", "absolute value and sign", r"|u|\,\mathrm{sign}(u) = u",
             "A number is its size times its sign.",
             ("x*sign(x)", "abs(x)*sign(x)*3"), sign_times),
    Identity("condition", "solve the condition", r"1 - u > 0 \iff u < 1",
             "The condition is brought to its shortest form.",
             ("where(1 - x*y > 0, x, y)",), condition),
    Identity("indicator", "positive part", r"\max(0,u)\,[u>0]\,v = v\max(0,u)",
             "Where the step is 0, the positive part is 0 already.",
             ("2*max(0, x)*where(x > 0, 1, 0)",), indicator),
    Identity("constant_case", "factor into the cases", r"c\,[A] = \{c \text{ if } A\}",
             "A number multiplies each case.",
             ("3*where(x > 0, 1, 0)",), constant_case),
    Identity("divide_terms", "divide term by term", r"\frac{v+w}{v} = 1 + \frac{w}{v}",
             "Each term is divided by the denominator on its own.",
             ("((1 + x)**2 - x)/(1 + x)**2",), divide_terms),
    Identity("factor_out", "take out the common factor", r"uv + uw = u(v+w)",
             "A factor that all terms share is written once.",
             ("x*y + x*sin(y)", "y*x**3 - 2*x**2"), factor_out),
)  # fmt: skip

__all__ = ["IDENTITIES", "Context", "Identity", "head_of"]
