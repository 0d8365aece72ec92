"""Functions that the machine has and the page has not: each right to the last bits everywhere.

A formula that is good on paper cancels or overflows in floating point: log(1 + e^u) is inf at
u = 710 and 0 at u = -40, u - tanh u keeps no digit at u = 10⁻⁶. A primitive is the same function
under one name, and its `body` computes it in a way that does not: a tree that every export and the
scalar backend print in their dialect. `stable` puts the names in. The arrays of the numpy backend
and the kernels of numba have texts of their own, which raise no flag in a case that is not taken.

Their names begin with an underscore, as no name of a user's can.

    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 1
    M. Mächler, Accurately computing log(1 - exp(-|a|)), 2012
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.trees.scalars import (
    HALF,
    ONE,
    ZERO,
    Expr,
    add,
    application,
    exp,
    function,
    group,
    log,
    mul,
    neg,
    piecewise,
    sub,
)


@dataclass(frozen=True, slots=True)
class Body:
    """How a primitive of u is computed: `lines` name = expression, then the value.

    A case that is not taken may be nan. Two heads are not functions of the language: HORNER(w, c),
    c₀ + c₁w + c₂w² + ... with the coefficients of that name, and COPYSIGN(a, b), |a| with the sign
    of b.
    """

    says: str
    value: Expr
    lines: tuple[tuple[sp.Symbol, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Primitive:
    """A function of one argument: `formula` is what it means, `because` what goes wrong there.

    `safe` is an argument at which it cannot fail, where it can: by its own nature, or in a quick
    form by an exponential that overflows. `numpy` is its word in numpy, C and `math`, which have
    few of them. `body` says how it is computed, where the machine has no word for it.
    """

    name: str
    formula: Callable[[Any], Expr]
    because: str
    safe: str = ""
    numpy: str = ""
    body: Callable[[], Body] | None = None


SIGMOID, LOG1PEXP, LOGCOSH, SECH2 = "_sigmoid", "_log1pexp", "_logcosh", "_sech2"
LOG1P, EXPM1, LOG1MEXP = "_log1p", "_expm1", "_log1mexp"
XMLOG1P, XMTANH, J1 = "_xmlog1p", "_xmtanh", "_j1"

# Those that have no value at some numbers.
PARTIAL = frozenset({LOG1P, LOG1MEXP, XMLOG1P})

HORNER, COPYSIGN = "_horner", "_copysign"

# -- how they are computed -------------------------------------------------------------------------

U, V, W, E, S, H, Q = (sp.Symbol(n, real=True) for n in ("u", "v", "w", "e", "s", "h", "q"))
TWO = sp.Integer(2)
SIZE = function(sp.Abs, U)
# Past 30, e^-2u is lost in 1 + e^-2u.
FAR = sp.Integer(30)
MUCH = sp.Integer(10**18)


def horner(w: Expr, coefficients: str) -> Expr:
    return application(HORNER, w, sp.Symbol(coefficients, real=True))


def over(a: Expr, b: Expr) -> Expr:
    """a/b, b a group."""
    return group(a, sp.Pow(b, -1, evaluate=False))


def less(a: Expr, b: Expr) -> Any:
    return sp.StrictLessThan(a, b, evaluate=False)


def either(condition: Any, a: Expr, b: Expr) -> Expr:
    """a where the condition holds, else b."""
    return piecewise((a, condition), (b, sp.true))


def sigmoid() -> Body:
    lines = ((E, exp(neg(SIZE))),)
    return Body(
        "1/(1 + e^-u) = e^min(u, 0)/(1 + e^-|u|)",
        over(either(less(U, ZERO), E, ONE), add(ONE, E)),
        lines,
    )


def log1pexp() -> Body:
    above = either(sp.StrictGreaterThan(U, ZERO, evaluate=False), U, ZERO)
    return Body(
        "log(1 + e^u) = max(u, 0) + log(1 + e^-|u|)", add(above, application(LOG1P, exp(neg(SIZE))))
    )


def logcosh() -> Body:
    lines = (
        (V, SIZE),
        (W, either(less(V, FAR), V, FAR)),
        (H, function(sp.sinh, mul(HALF, W))),
    )
    says = "log cosh u = log(1 + 2 sinh²(w/2)) + (|u| - w), w = min(|u|, 30)"
    # v - w first: it is 0 where log(1 + 2h²) is all
    return Body(says, add(V, neg(W), application(LOG1P, mul(TWO, H, H))), lines)


def sech2() -> Body:
    lines = ((E, exp(mul(-TWO, SIZE))), (Q, add(ONE, E)))
    says = "1 - tanh²u = 4e^(-2|u|)/(1 + e^(-2|u|))²"
    return Body(says, over(mul(sp.Integer(4), E), mul(Q, Q)), lines)


def log1mexp() -> Body:
    near = log(neg(application(EXPM1, neg(U))))
    far = application(LOG1P, neg(exp(neg(U))))
    says = "log(1 - e^-u), u > 0: by expm1 below log 2, by log1p above"
    return Body(says, either(less(U, log(TWO)), near, far))


def xmlog1p() -> Body:
    lines = ((S, over(U, add(TWO, U))), (W, mul(S, S)))
    near = group(S, sub(U, mul(W, TWO, horner(W, "ARTANH"))))
    # beside 10¹⁸ the logarithm is lost, and inf - inf is not asked for
    bounded = either(less(U, MUCH), U, MUCH)
    inside = sp.And(
        sp.GreaterThan(U, -HALF, evaluate=False),
        sp.LessThan(U, ONE, evaluate=False),
        evaluate=False,
    )
    says = "u - log(1 + u) = s(u - 2k), s = u/(2 + u), k = artanh(s)/s - 1, from -1/2 to 1"
    return Body(says, either(inside, near, sub(U, application(LOG1P, bounded))), lines)


def xmtanh() -> Body:
    lines = ((V, SIZE), (W, mul(V, V)))
    near = group(V, over(group(W, horner(W, "TANH_ABOVE")), horner(W, "TANH_BELOW")))
    grown = exp(mul(TWO, either(less(V, FAR), V, FAR)))
    far = add(V, -ONE, over(TWO, add(ONE, grown)))
    says = "u - tanh u = uk/(1 + k) up to 1, k by Lambert's continued fraction"
    return Body(says, application(COPYSIGN, either(less(V, ONE), near, far), U), lines)


def j1() -> Body:
    near = group(U, horner(mul(U, U), "BESSEL"))
    sine, cosine = function(sp.sin, U), function(sp.cos, U)
    far = over(sub(over(sine, U), cosine), U)
    says = "(sin u - u cos u)/u², by its power series up to 2"
    return Body(says, either(sp.LessThan(SIZE, TWO, evaluate=False), near, far))


# fmt: off
PRIMITIVES: tuple[Primitive, ...] = (
    Primitive(SIGMOID, lambda u: 1/(1 + sp.exp(-u)), "1 - σ(u) is σ(-u) where σ(u) rounds to 1", "0.0", body=sigmoid),
    Primitive(LOG1PEXP, lambda u: sp.log(1 + sp.exp(u)), "e^u overflows at 710, and is lost in 1 + e^u", "0.0", body=log1pexp),
    Primitive(LOGCOSH, lambda u: sp.log(sp.cosh(u)), "cosh u overflows at 711, and rounds to 1 near 0", "0.0", body=logcosh),
    Primitive(SECH2, lambda u: 1 - sp.tanh(u)**2, "tanh u rounds to 1 from 19 on", "0.0", body=sech2),
    Primitive(LOG1P, lambda u: sp.log(1 + u), "1 + u loses the digits of a small u", "0.0", "log1p"),
    Primitive(EXPM1, lambda u: sp.exp(u) - 1, "e^u is 1 and little more near 0", "0.0", "expm1"),
    Primitive(LOG1MEXP, lambda u: sp.log(1 - sp.exp(-u)), "for u > 0: e^-u is lost in 1 - e^-u, or near 1", "1.0", body=log1mexp),
    Primitive(XMLOG1P, lambda u: u - sp.log(1 + u), "near 0 it is u²/2, the difference of two near u", "0.0", body=xmlog1p),
    Primitive(XMTANH, lambda u: u - sp.tanh(u), "near 0 it is u³/3, the difference of two near u", body=xmtanh),
    Primitive(J1, lambda u: (sp.sin(u) - u*sp.cos(u))/u**2, "near 0 it is u/3, from two near u; 0 at 0", body=j1),
)
# fmt: on

BY_NAME: Mapping[str, Primitive] = {p.name: p for p in PRIMITIVES}


# -- coefficients ---------------------------------------------------------------------------------

# The Chebyshev interpolant of k/s² of `xmlog1p` in s² on [0, 1/9], 10 terms; its error of
# 1.3·10⁻¹⁶ at the ends weighs 1/12 there.
ARTANH = (
    0.3333333333333333,
    0.20000000000007292,
    0.1428571428355438,
    0.11111111358713932,
    0.09090894718066429,
    0.07692785032479312,
    0.06657072104827468,
    0.06000536404795356,
    0.04400369243072337,
    0.08082022805971766,
)

# k of `xmtanh` over u²: the ninth convergent, in whole numbers.
TANH_ABOVE = (218243025.0, 16081065.0, 289575.0, 1430.0, 1.0)
TANH_BELOW = (654729075.0, 310134825.0, 18918900.0, 315315.0, 1485.0, 1.0)

# (-1)ᵏ/(2ᵏ k! (2k + 3)!!), the series of j₁(u)/u in u².
BESSEL = (
    0.3333333333333333,
    -0.03333333333333333,
    0.0011904761904761906,
    -2.2045855379188714e-05,
    2.505210838544172e-07,
    -1.9270852604185937e-09,
    1.0706029224547743e-11,
    -4.498331606952833e-14,
    1.4797143443923793e-16,
    -3.9145882126782523e-19,
    8.509974375387505e-22,
    -1.5472680682522736e-24,
)

COEFFICIENTS: Mapping[str, tuple[float, ...]] = {
    "ARTANH": ARTANH, "TANH_ABOVE": TANH_ABOVE, "TANH_BELOW": TANH_BELOW, "BESSEL": BESSEL,
}  # fmt: skip
