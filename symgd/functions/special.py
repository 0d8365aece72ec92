r"""The special functions: heads for trees, and how each is computed, in polynomials.

A function here is known to every backend and every export by one tree, its `Body`, as a primitive
is (`primitives.py`): pieces of polynomials, whose coefficients docs/coefficients.py works out, and
elementary functions. No library is asked for one. Each is within 8 units in the last place; beside
a zero, within what rounding the argument moves as well.

    F. W. J. Olver et al. (eds.), NIST Digital Library of Mathematical Functions: Γ 5.11, E₁ and Ei
    6.6 and 6.12, Si and Ci 6.5 and 6.12, inverse erfc 7.17, J and Y 10.8 and 10.17, I 10.25 and 10.40
    F. N. Fritsch, R. E. Shafer, W. P. Crowley, Algorithm 443: solution of the transcendental equation
    w e^w = x, Communications of the ACM 16, 1973
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import mpmath as mp
import sympy as sp

from symgd.functions import coefficients
from symgd.functions.primitives import (
    COPYSIGN,
    SIZE,
    TWO,
    Body,
    E,
    Q,
    S,
    U,
    V,
    W,
    either,
    horner,
    less,
    over,
)
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
    sub,
)

# -- heads ----------------------------------------------------------------------------------------


class Special(sp.Function):
    """A function of one argument that is real where the argument is in its domain.

    sympy's own of the same meaning rearrange themselves, Γ(4) into 6 and Ci(-x) into Ci(x) + iπ;
    these stay as they are.
    """

    value: ClassVar[Callable[[Any], Any]]
    slope: ClassVar[Callable[[Any], Any]]

    def _eval_is_extended_real(self) -> bool:
        return True

    def fdiff(self, argindex: int = 1) -> Any:
        return type(self).slope(self.args[0])

    def _eval_evalf(self, prec: int) -> Any:
        with mp.workprec(prec + 8):
            u = self.args[0]._to_mpmath(prec + 8)
            if isinstance(u, mp.mpc):  # log of a number below 0: nothing of ours, and no value
                return None
            return sp.Expr._from_mpmath(type(self).value(u), prec)


def head(name: str, value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Any:
    """The class `name`, of this value in mpmath and this slope in sympy."""
    return type(
        name,
        (Special,),
        {"nargs": 1, "value": staticmethod(value), "slope": staticmethod(slope),
         "__module__": __name__},
    )  # fmt: skip


def above_0(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """As on every backend, of u > 0 alone."""
    return lambda u: function(u) if u > 0 else mp.nan


def inverse_erfc(y: Any) -> Any:
    """The x of which erfc x = y, by Newton on the logarithm where y is small."""
    if not 0 < y < 2:
        return mp.nan
    if y > mp.mpf(1) / 2:
        with mp.extraprec(60):
            return mp.erfinv(1 - y)
    target = mp.log(y)
    x = mp.sqrt(-target)
    for _ in range(200):
        tail = mp.erfc(x)
        step = (mp.log(tail) - target) * tail * mp.exp(x * x) * mp.sqrt(mp.pi) / 2
        x = max(x + step, x / 2)
        if abs(step) <= abs(x) * mp.eps * 4:
            break
    return x


def principal(u: Any) -> Any:
    """W(u) on its principal branch, u ≥ -1/e."""
    if u * mp.e < -1:
        return mp.nan
    return mp.re(mp.lambertw(u))


def inverse_erf(u: Any) -> Any:
    return mp.erfinv(u) if abs(u) < 1 else mp.nan


_ROOT_PI = sp.sqrt(sp.pi)

besselj0: Any = head("besselj0", mp.j0, lambda u: -besselj1(u))
besselj1: Any = head("besselj1", mp.j1, lambda u: besselj0(u) - besselj1(u) / u)
bessely0: Any = head("bessely0", above_0(lambda u: mp.bessely(0, u)), lambda u: -bessely1(u))
bessely1: Any = head(
    "bessely1", above_0(lambda u: mp.bessely(1, u)), lambda u: bessely0(u) - bessely1(u) / u
)
besseli0: Any = head("besseli0", lambda u: mp.besseli(0, u), lambda u: besseli1(u))
besseli1: Any = head(
    "besseli1", lambda u: mp.besseli(1, u), lambda u: besseli0(u) - besseli1(u) / u
)
sinint: Any = head("sinint", mp.si, lambda u: sp.sin(u) / u)
cosint: Any = head("cosint", above_0(mp.ci), lambda u: sp.cos(u) / u)
expint: Any = head("expint", above_0(mp.e1), lambda u: -sp.exp(-u) / u)
expi: Any = head("expi", above_0(mp.ei), lambda u: sp.exp(u) / u)
tgamma: Any = head("tgamma", above_0(mp.gamma), lambda u: tgamma(u) * sp.digamma(u))
erfinv: Any = head("erfinv", inverse_erf, lambda u: _ROOT_PI / 2 * sp.exp(erfinv(u) ** 2))
erfcinv: Any = head("erfcinv", inverse_erfc, lambda u: -_ROOT_PI / 2 * sp.exp(erfcinv(u) ** 2))
lambertw: Any = head("lambertw", principal, lambda u: sp.exp(-lambertw(u)) / (1 + lambertw(u)))

HEADS: Mapping[str, Any] = {
    h.__name__: h
    for h in (
        besselj0, besselj1, bessely0, bessely1, besseli0, besseli1, sinint, cosint, expint, expi,
        tgamma, erfinv, erfcinv, lambertw,
    )
}  # fmt: skip

# -- how they are computed ------------------------------------------------------------------------

A, B, C, F, G, K, L, M, N, P, R, T, X, Y = (
    sp.Symbol(n, real=True) for n in ("a", "b", "c", "f", "g", "k", "l", "m", "n", "p", "r", "t", "x", "y")
)  # fmt: skip
EULER = sp.Float("0.57721566490153286", 17)
TWO_OVER_PI = sp.Float("0.63661977236758134", 17)
HALF_PI = sp.Float("1.5707963267948966", 17)
# 1/√π
ROOT_1_PI = sp.Float("0.56418958354775629", 17)


def at_most(u: Expr, top: Any) -> Expr:
    """min(u, top); of nan, top."""
    return either(less(u, top), u, top)


def at_least(u: Expr, low: Any) -> Expr:
    """max(u, low); of nan, nan: what follows is nan too."""
    return either(less(u, low), low, u)


def root(u: Expr) -> Expr:
    return sp.Pow(u, HALF, evaluate=False)


def about(w: Expr, middle: Any, name: str) -> Expr:
    """The polynomial of that name, one in w - middle."""
    return horner(sub(w, middle), name)


def mapped(u: Expr, middle: int) -> Expr:
    """(u - m)/(u + m)."""
    m = sp.Integer(middle)
    return over(sub(u, m), add(u, m))


WAVE_ENDS = sp.Integer(5)


def near_wave() -> tuple[tuple[sp.Symbol, Expr], ...]:
    """w = min(|u|, 5)², less its middle."""
    return ((V, SIZE), (T, at_most(V, WAVE_ENDS)), (W, sub(mul(T, T), sp.Rational(25, 2))))


def far_wave(order: int) -> tuple[tuple[sp.Symbol, Expr], ...]:
    """x = max(|u|, 5); r = 1/√(πx), p and q of the modulus and the phase, sin x and cos x."""
    return (
        (X, at_least(V, WAVE_ENDS)),
        (M, over(ONE, mul(X, X))),
        (P, horner(M, f"P{order}")),
        (Q, over(horner(M, f"Q{order}"), X)),
        (A, function(sp.sin, X)),
        (B, function(sp.cos, X)),
        (R, over(ROOT_1_PI, root(X))),
    )


def besselj0_body() -> Body:
    far = group(R, add(group(P, add(B, A)), group(Q, sub(B, A))))
    square = mul(T, T)
    # 1 less what is small: J0 is nowhere above 1, and log(J0(u)) not above 0
    at_0 = sub(ONE, group(square, horner(square, "J0_ZERO")))
    near = either(less(V, ONE), at_0, horner(W, "J0_NEAR"))
    return Body(
        "the Bessel function J0: polynomials in u^2 up to 1 and up to 5, Hankel's P and Q beyond",
        either(less(V, WAVE_ENDS), near, far),
        (*near_wave(), *far_wave(0)),
    )


def besselj1_body() -> Body:
    near = mul(T, horner(W, "J1_NEAR"))
    far = group(R, add(group(P, sub(A, B)), group(Q, add(A, B))))
    return Body(
        "the Bessel function J1: u times a polynomial in u^2 up to 5, Hankel's P and Q beyond",
        group(either(less(U, ZERO), -ONE, ONE), either(less(V, WAVE_ENDS), near, far)),
        (*near_wave(), *far_wave(1)),
    )


def of_logarithm(order: int) -> tuple[tuple[sp.Symbol, Expr], ...]:
    """t and w as of J, and l = 2/π log t."""
    t = either(less(U, WAVE_ENDS), U, WAVE_ENDS)
    lines = ((V, U), (T, t), (W, sub(mul(T, T), sp.Rational(25, 2))))
    return (*lines, (L, mul(TWO_OVER_PI, log(T))), *far_wave(order))


def bessely0_body() -> Body:
    near = add(mul(L, horner(W, "J0_NEAR")), horner(W, "Y0_NEAR"))
    far = group(R, add(group(P, sub(A, B)), group(Q, add(B, A))))
    return Body(
        "the Bessel function Y0 of u > 0: 2/pi log(u) J0(u) and a polynomial up to 5",
        either(less(V, WAVE_ENDS), near, far),
        of_logarithm(0),
    )


def bessely1_body() -> Body:
    smooth = mul(T, add(mul(L, horner(W, "J1_NEAR")), horner(W, "Y1_NEAR")))
    near = sub(smooth, over(TWO_OVER_PI, T))
    far = group(R, sub(group(Q, sub(A, B)), group(P, add(A, B))))
    return Body(
        "the Bessel function Y1 of u > 0: 2/pi (log(u) J1(u) - 1/u) and a polynomial up to 5",
        either(less(V, WAVE_ENDS), near, far),
        of_logarithm(1),
    )


def grown(order: int) -> Callable[[], Body]:
    """I₀ or I₁: a polynomial in u² up to 8, e^u/√u times one in 1/u beyond; e^u in two halves."""
    eight, sixteen = sp.Integer(8), sp.Integer(16)
    says = f"the modified Bessel function I{order}: a series in u^2 up to 8, e^u/sqrt(u) beyond"

    def body() -> Body:
        lines = (
            (V, SIZE),
            (T, at_most(V, eight)),
            (X, at_least(V, eight)),
            (M, over(ONE, X)),
            (E, exp(mul(HALF, X))),
            (A, about(M, sp.Rational(3, 32), f"I{order}_MID")),
            (B, about(M, sp.Rational(1, 32), f"I{order}_FAR")),
            (P, either(less(X, sixteen), A, B)),
        )
        series = horner(mul(T, T), f"I{order}_NEAR")
        near = mul(T, series) if order else series
        value = either(less(V, eight), near, group(mul(E, over(P, root(X))), E))
        return Body(says, group(either(less(U, ZERO), -ONE, ONE), value) if order else value, lines)

    return body


def integral_far() -> tuple[tuple[sp.Symbol, Expr], ...]:
    """x = max(v, 4); f and g of Si and Ci, sin x and cos x."""
    return (
        (X, at_least(V, sp.Integer(4))),
        (M, mapped(X, 6)),
        (F, over(horner(M, "SI_FAR"), X)),
        (G, over(over(horner(M, "CI_FAR"), X), X)),
        (A, function(sp.sin, X)),
        (B, function(sp.cos, X)),
    )


def sinint_body() -> Body:
    four = sp.Integer(4)
    near = mul(T, about(mul(T, T), sp.Integer(8), "SI_NEAR"))
    far = sub(HALF_PI, add(mul(F, B), mul(G, A)))
    return Body(
        "the sine integral: u times a polynomial in u^2 up to 4, pi/2 - f cos u - g sin u beyond",
        application(COPYSIGN, either(less(V, four), near, far), U),
        ((V, SIZE), (T, at_most(V, four)), *integral_far()),
    )


def cosint_body() -> Body:
    four = sp.Integer(4)
    w = mul(T, T)
    near = add(add(EULER, log(T)), mul(w, about(w, sp.Integer(8), "CI_NEAR")))
    far = sub(mul(F, A), mul(G, B))
    return Body(
        "the cosine integral of u > 0: log u and a polynomial in u^2 up to 4, f sin u - g cos u beyond",
        either(less(V, four), near, far),
        ((V, U), (T, at_most(V, four)), *integral_far()),
    )


def expint_body() -> Body:
    bound, four = sp.Rational(3, 4), sp.Integer(4)
    near = sub(mul(T, horner(T, "E1_NEAR")), add(EULER, log(T)))
    lines = (
        (T, at_most(U, bound)),
        (X, at_least(U, bound)),
        (A, horner(mapped(X, 2), "E1_MID")),
        (B, horner(mapped(X, 5), "E1_FAR")),
    )
    far = over(group(exp(neg(X)), either(less(X, four), A, B)), X)
    return Body(
        "the exponential integral E1 of u > 0: log u and a polynomial up to 3/4, e^-u/u beyond",
        either(less(U, bound), near, far),
        lines,
    )


def expi_body() -> Body:
    six, twelve, dozens = (sp.Integer(n) for n in (6, 12, 24))
    near = add(add(EULER, log(T)), mul(T, horner(T, "EI_NEAR")))
    lines = (
        (T, at_most(U, six)),
        (X, at_least(U, six)),
        (M, over(ONE, X)),
        (A, about(M, sp.Rational(1, 8), "EI_6")),
        (B, about(M, sp.Rational(1, 16), "EI_12")),
        (C, about(M, sp.Rational(1, 48), "EI_24")),
        (P, either(less(X, twelve), A, either(less(X, dozens), B, C))),
        (E, exp(mul(HALF, X))),
    )
    return Body(
        "the exponential integral Ei of u > 0: log u and a polynomial up to 6, e^u/u beyond",
        either(less(U, six), near, group(mul(E, over(P, X)), E)),
        lines,
    )


def tgamma_body() -> Body:
    five = sp.Integer(5)
    lines: list[tuple[sp.Symbol, Expr]] = [(T, at_most(U, five)), (M, ONE)]
    for before, factor, after, name in ((T, M, A, P), (A, P, B, Q), (B, Q, C, R)):
        above = less(before, TWO)
        lines.append((after, either(above, before, sub(before, ONE))))
        lines.append((name, either(above, factor, mul(factor, after))))
    positive = sp.And(less(ZERO, U), less(U, five), evaluate=False)
    bound = sp.Integer(172)
    lines += [
        (K, about(C, ONE, "RGAMMA")),
        (V, either(positive, five, U)),
        # (172/e)^172 is beyond the doubles
        (X, either(less(bound, V), bound, V)),
        (N, horner(over(ONE, X), "STIRLING_GAMMA")),
        (Y, sp.Pow(X, mul(HALF, X), evaluate=False)),
    ]
    far = group(mul(Y, over(mul(exp(neg(X)), N), root(X))), Y)
    near = over(R, mul(C, K))
    return Body(
        "Gamma(u), u > 0: a recurrence to below 2 and a polynomial, from 5 on Stirling's series",
        either(positive, near, far),
        tuple(lines),
    )


# erfinv is a polynomial up to √½, rounded.
MIDDLE = sp.Rational(707, 1000)


def beyond(y: Expr) -> tuple[tuple[sp.Symbol, Expr], ...]:
    """k, the x of which erfc x = y, for small y: r = √(-log y) and a polynomial."""
    return (
        (R, root(neg(log(y)))),
        (A, horner(mapped(R, 2), "ERFINV_FAR")),
        (B, horner(mapped(R, 8), "ERFINV_FARTHEST")),
        (K, mul(R, either(less(R, sp.Integer(4)), A, B))),
    )


def erfinv_body() -> Body:
    near = mul(T, about(mul(T, T), sp.Rational(1, 4), "ERFINV"))
    return Body(
        "the inverse of erf: u times a polynomial in u^2 up to 0.7, by sqrt(-log(1 - |u|)) beyond",
        application(COPYSIGN, either(less(V, MIDDLE), near, K), U),
        (
            (V, SIZE),
            (T, at_most(V, MIDDLE)),
            (X, at_least(V, MIDDLE)),
            (Y, sub(ONE, X)),
            *beyond(Y),
        ),
    )


def erfcinv_body() -> Body:
    near = mul(T, about(mul(T, T), sp.Rational(1, 4), "ERFINV"))
    lines = (
        (S, sub(ONE, U)),
        (V, function(sp.Abs, S)),
        (T, either(less(V, MIDDLE), S, MIDDLE)),
        (X, either(less(U, ONE), U, sub(TWO, U))),
        (Y, either(less(ONE - MIDDLE, X), ONE - MIDDLE, X)),
        (L, either(less(V, MIDDLE), sp.Rational(1, 4), Y)),
        *beyond(L),
    )
    return Body(
        "the inverse of erfc: that of erf near 1, by sqrt(-log u) beyond",
        either(less(V, MIDDLE), near, application(COPYSIGN, K, S)),
        lines,
    )


def lambertw_body() -> Body:
    high, low = (sp.Float(t, 17) for t in ("0.36787944117144233", "-1.2428753672788363e-17"))
    near, branch, most = (sp.Rational(*q) for q in ((3, 1), (9, 10), (43, 10)))
    e = sp.Float("2.7182818284590452", 17)
    lines = (
        # p² = 2(eu + 1), 1/e in two parts
        (T, at_most(U, near)),
        (Q, add(add(T, high), low)),
        (P, root(mul(TWO, e, Q))),
        (A, about(at_most(P, branch), sp.Rational(9, 20), "W_BRANCH")),
        (B, about(at_least(at_most(P, most), branch), sp.Rational(5, 2), "W_NEAR")),
        (X, log(at_least(U, near))),
        (C, horner(mapped(X, 5), "W_FAR")),
        (W, either(less(U, near), mul(T, B), mul(X, C))),
        (L, either(less(U, near), neg(log(B)), sub(X, log(mul(X, C))))),
        # one step of Fritsch from a guess: z = log(u/w) - w
        (S, sub(L, W)),
        (M, add(ONE, W)),
        (N, mul(TWO, M, add(M, over(mul(TWO, S), sp.Integer(3))))),
        (Y, mul(over(S, M), over(sub(N, S), sub(N, mul(TWO, S))))),
    )
    return Body(
        "Lambert's W, w e^w = u: a polynomial by the branch at -1/e, one step of Fritsch elsewhere",
        # left of -1/e p has no value, and of a number that has none no comparison holds
        either(
            less(Q, ZERO),
            P,
            either(less(P, branch), add(mul(P, A), neg(ONE)), add(W, mul(W, Y))),
        ),
        lines,
    )


#  word       its body
BODIES: Mapping[str, Callable[[], Body]] = {
    "besselj0": besselj0_body, "besselj1": besselj1_body,
    "bessely0": bessely0_body, "bessely1": bessely1_body,
    "besseli0": grown(0), "besseli1": grown(1),
    "sinint": sinint_body, "cosint": cosint_body, "expint": expint_body, "expi": expi_body,
    "tgamma": tgamma_body, "erfinv": erfinv_body, "erfcinv": erfcinv_body, "lambertw": lambertw_body,
}  # fmt: skip

COEFFICIENTS: Mapping[str, tuple[float, ...]] = {
    name: value for name, value in vars(coefficients).items() if name.isupper()
}
