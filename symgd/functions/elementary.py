"""The functions that every formula knows: one row each, and nothing of them elsewhere.

A row with a head of sympy is shown as itself. One with a formula alone is opened where it is read
(log1p(u) is ln(1 + u) on the page), or keeps its name and has a lemma, as the functions of the
catalogue do. Slopes and formulas are text in the language, read when they are first needed.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.functions import growth as size
from symgd.functions import special
from symgd.functions.growth import exponential, logarithm, one, root, widest
from symgd.functions.rows import EVEN, GROWS, ODD, TURNS, Elementary


def _square(u: size.Size) -> size.Size:
    return size.to_the(u, size.number(Fraction(2)))


def _sign(u: Any) -> Any:
    return Fraction((u > 0) - (u < 0)) if isinstance(u, Fraction) else mp.sign(u)


def _floor(u: Any) -> Any:
    return Fraction(u.__floor__()) if isinstance(u, Fraction) else mp.floor(u)


def _ceil(u: Any) -> Any:
    return Fraction(u.__ceil__()) if isinstance(u, Fraction) else mp.ceil(u)


def _trigamma(u: Any) -> Any:
    """As on every backend, not left of 0."""
    return mp.polygamma(1, u) if u > 0 else mp.nan


def _polygamma(n: Any, u: Any) -> Any:
    """As on every backend, not left of 0: mpmath goes there by ones, 0.2 s a number."""
    return mp.polygamma(int(n), u) if u > 0 else mp.nan


# fmt: off
#          name     LaTeX        text       head      value     its slope in u                growth
ELEMENTARY: tuple[Elementary, ...] = (
    # -- exponentials and logarithms ----------------------------------------------------------
    Elementary("exp", r"\exp", "exp", sp.exp, mp.exp, ("exp(u)",), exponential,
        huge=GROWS, primed=True, safe="0.0", numpy="exp", math="exp",
        title="the exponential", example="exp(y*x)", equation=r"(e^u)' = e^u\,u'",
        because="The exponential is its own derivative; the inner derivative follows."),
    Elementary("log", r"\ln", "ln", sp.log, mp.log, ("1/u",), logarithm,
        aliases=("ln",), domain="positive", safe="1.0", numpy="log", math="log",
        title="the logarithm", example="log(1 + x**2)", equation=r"(\ln u)' = \frac{u'}{u}"),
    Elementary("log1p", r"\mathrm{log1p}", "log1p", formula="log(1 + u)", opened=True,
        growth=logarithm, domain="(-1, oo)"),
    Elementary("expm1", r"\mathrm{expm1}", "expm1", formula="exp(u) - 1", opened=True,
        growth=exponential),
    Elementary("logaddexp", r"\mathrm{logaddexp}", "logaddexp", formula="log(exp(u) + exp(v))",
        arguments=("u", "v"), growth=widest),
    Elementary("log_ndtr", r"\ln\Phi", "lnΦ", formula="log(Phi(u))", growth=widest),
    Elementary("log10", r"\log_{10}", "log₁₀", formula="log(u)/log(10)", growth=logarithm,
        spoken=("lg",), domain="positive"),
    Elementary("log2", r"\log_{2}", "log₂", formula="log(u)/log(2)", growth=logarithm,
        spoken=("log_2",), domain="positive"),
    Elementary("logit", r"\mathrm{logit}", "logit", formula="log(u/(1 - u))", growth=logarithm,
        domain="(0, 1)"),
    # -- circular -----------------------------------------------------------------------------
    Elementary("sin", r"\sin", "sin", sp.sin, mp.sin, ("cos(u)",), one,
        huge=TURNS, parity=ODD, primed=True, numpy="sin", math="sin",
        example="sin(x**2)", equation=r"(\sin u)' = \cos(u)\,u'"),
    Elementary("cos", r"\cos", "cos", sp.cos, mp.cos, ("-sin(u)",), one,
        huge=TURNS, parity=EVEN, primed=True, numpy="cos", math="cos",
        example="cos(3*x)", equation=r"(\cos u)' = -\sin(u)\,u'"),
    Elementary("tan", r"\tan", "tan", sp.tan, mp.tan, ("1 + tan(u)**2",), one,
        huge=TURNS, parity=ODD, numpy="tan", math="tan",
        example="tan(x/2)", equation=r"(\tan u)' = (1 + \tan^2 u)\,u'"),
    Elementary("cot", r"\cot", "cot", sp.cot, mp.cot, ("-(1 + cot(u)**2)",), one,
        huge=TURNS, parity=ODD, formula="1/tan(u)", safe="1.0",
        example="cot(2*x)", equation=r"(\cot u)' = -(1 + \cot^2 u)\,u'"),
    Elementary("sec", r"\sec", "sec", sp.sec, mp.sec, ("sec(u)*tan(u)",), one,
        huge=TURNS, parity=EVEN, formula="1/cos(u)",
        example="sec(x/2)", equation=r"(\sec u)' = \sec(u)\tan(u)\,u'"),
    Elementary("csc", r"\csc", "csc", sp.csc, mp.csc, ("-csc(u)*cot(u)",), one,
        huge=TURNS, parity=ODD, formula="1/sin(u)", safe="1.0",
        example="csc(x)", equation=r"(\csc u)' = -\csc(u)\cot(u)\,u'"),
    Elementary("asin", r"\arcsin", "arcsin", sp.asin, mp.asin, ("1/sqrt(1 - u**2)",), one,
        aliases=("arcsin",), domain="[-1, 1]", parity=ODD, safe="0.0", numpy="arcsin", math="asin",
        title="arcsin", example="asin(x/9)", equation=r"(\arcsin u)' = \frac{u'}{\sqrt{1-u^2}}"),
    Elementary("acos", r"\arccos", "arccos", sp.acos, mp.acos, ("-1/sqrt(1 - u**2)",), one,
        aliases=("arccos",), domain="[-1, 1]", safe="0.0", numpy="arccos", math="acos",
        title="arccos", example="acos(x/9)", equation=r"(\arccos u)' = -\frac{u'}{\sqrt{1-u^2}}"),
    Elementary("atan", r"\arctan", "arctan", sp.atan, mp.atan, ("1/(1 + u**2)",), one,
        aliases=("arctan",), parity=ODD, primed=True, numpy="arctan", math="atan",
        title="arctan", example="atan(y*x)", equation=r"(\arctan u)' = \frac{u'}{1+u^2}"),
    Elementary("atan2", r"\mathrm{atan2}", "atan2", sp.atan2, mp.atan2,
        ("v/(u**2 + v**2)", "-u/(u**2 + v**2)"), one, ("u", "v"),
        spoken=("arctan2",), numpy="arctan2", math="atan2",
        title="the angle of a point", example="atan2(x, 1 + x**2)",
        equation=r"\mathrm{atan2}(u, v)' = \frac{v u' - u v'}{u^2 + v^2}",
        because="The angle of (v, u) turns as the point moves across its ray."),
    Elementary("hypot", r"\mathrm{hypot}", "hypot", formula="sqrt(u**2 + v**2)",
        arguments=("u", "v"), growth=widest),
    # -- hyperbolic ---------------------------------------------------------------------------
    Elementary("sinh", r"\sinh", "sinh", sp.sinh, mp.sinh, ("cosh(u)",), exponential,
        huge=GROWS, parity=ODD, safe="0.0", numpy="sinh", math="sinh",
        example="sinh(x/2)", equation=r"(\sinh u)' = \cosh(u)\,u'"),
    Elementary("cosh", r"\cosh", "cosh", sp.cosh, mp.cosh, ("sinh(u)",), exponential,
        huge=GROWS, parity=EVEN, safe="0.0", numpy="cosh", math="cosh",
        example="cosh(x - y)", equation=r"(\cosh u)' = \sinh(u)\,u'"),
    Elementary("tanh", r"\tanh", "tanh", sp.tanh, mp.tanh, ("1 - tanh(u)**2",), one,
        parity=ODD, primed=True, numpy="tanh", math="tanh",
        example="tanh(2*x/3)", equation=r"(\tanh u)' = (1 - \tanh^2 u)\,u'"),
    Elementary("coth", r"\coth", "coth", sp.coth, mp.coth, ("1 - coth(u)**2",), one,
        parity=ODD, formula="1/tanh(u)", safe="1.0",
        example="coth(x)", equation=r"(\coth u)' = (1 - \coth^2 u)\,u'"),
    Elementary("sech", r"\mathrm{sech}", "sech", sp.sech, mp.sech, ("-sech(u)*tanh(u)",), one,
        huge=GROWS, parity=EVEN, formula="1/cosh(u)", safe="0.0",
        example="sech(x/2)", equation=r"(\mathrm{sech}\,u)' = -\mathrm{sech}(u)\tanh(u)\,u'"),
    Elementary("csch", r"\mathrm{csch}", "csch", sp.csch, mp.csch, ("-csch(u)*coth(u)",), one,
        huge=GROWS, parity=ODD, formula="1/sinh(u)", safe="1.0",
        example="csch(x)", equation=r"(\mathrm{csch}\,u)' = -\mathrm{csch}(u)\coth(u)\,u'"),
    Elementary("asinh", r"\mathrm{asinh}", "asinh", sp.asinh, mp.asinh, ("1/sqrt(u**2 + 1)",), logarithm,
        aliases=("arcsinh",), spoken=("arsinh",), parity=ODD, numpy="arcsinh", math="asinh",
        title="arsinh", example="asinh(3*x)", equation=r"(\mathrm{arsinh}\,u)' = \frac{u'}{\sqrt{u^2+1}}"),
    Elementary("acosh", r"\mathrm{acosh}", "acosh", sp.acosh, mp.acosh, ("1/sqrt(u**2 - 1)",), logarithm,
        aliases=("arccosh",), spoken=("arcosh",), domain="[1, oo)", safe="1.0", numpy="arccosh", math="acosh",
        title="arcosh", example="acosh(2 + x**2)", equation=r"(\mathrm{arcosh}\,u)' = \frac{u'}{\sqrt{u^2-1}}"),
    Elementary("atanh", r"\mathrm{atanh}", "atanh", sp.atanh, mp.atanh, ("1/(1 - u**2)",), one,
        aliases=("arctanh",), spoken=("artanh",), domain="(-1, 1)", parity=ODD, safe="0.0",
        numpy="arctanh", math="atanh",
        title="artanh", example="atanh(x/9)", equation=r"(\mathrm{artanh}\,u)' = \frac{u'}{1-u^2}"),
    # -- errors -------------------------------------------------------------------------------
    Elementary("erf", r"\mathrm{erf}", "erf", sp.erf, mp.erf, ("2*exp(-u**2)/sqrt(pi)",), one,
        parity=ODD, math="erf", torch="torch.erf", jax="jax.scipy.special.erf",
        title="the error function", example="erf(x/2)",
        equation=r"(\mathrm{erf}\,u)' = \frac{2}{\sqrt{\pi}} e^{-u^2}\,u'"),
    Elementary("erfc", r"\mathrm{erfc}", "erfc", sp.erfc, mp.erfc, ("-2*exp(-u**2)/sqrt(pi)",), one,
        math="erfc", torch="torch.erfc", jax="jax.scipy.special.erfc",
        title="the complementary error function", example="erfc(x)",
        equation=r"(\mathrm{erfc}\,u)' = -\frac{2}{\sqrt{\pi}} e^{-u^2}\,u'"),
    # -- the inverses of erf, and the integrals that have no closed form ----------------------
    Elementary("erfinv", r"\mathrm{erfinv}", "erfinv", special.erfinv, special.inverse_erf,
        ("sqrt(pi)/2*exp(erfinv(u)**2)",), one,
        domain="(-1, 1)", parity=ODD, safe="0.0", math="erfinv",
        torch="torch.erfinv", jax="jax.scipy.special.erfinv",
        title="the inverse error function", example="erfinv(x/9)",
        equation=r"(\mathrm{erfinv}\,u)' = \frac{\sqrt{\pi}}{2} e^{\mathrm{erfinv}^2(u)}\,u'",
        because="The slope of an inverse is one over the slope, 2/√π e^(-v²) at v = erfinv u."),
    Elementary("erfcinv", r"\mathrm{erfcinv}", "erfcinv", special.erfcinv, special.inverse_erfc,
        ("-sqrt(pi)/2*exp(erfcinv(u)**2)",), one,
        domain="(0, 2)", safe="1.0", math="erfcinv",
        title="the inverse complementary error function", example="erfcinv(1 + x/9)",
        equation=r"(\mathrm{erfcinv}\,u)' = -\frac{\sqrt{\pi}}{2} e^{\mathrm{erfcinv}^2(u)}\,u'",
        because="The slope of an inverse is one over the slope, -2/√π e^(-v²) at v = erfcinv u."),
    Elementary("ndtri", r"\Phi^{-1}", "Φ⁻¹", formula="-sqrt(2)*erfcinv(2*u)",
        called=("probit",), spoken=("probit",), domain="(0, 1)"),
    Elementary("sinint", r"\mathrm{Si}", "Si", special.sinint, mp.si, ("sin(u)/u",), one,
        called=("Si",), parity=ODD, math="sinint",
        title="the sine integral", example="sinint(x)",
        equation=r"(\mathrm{Si}\,u)' = \frac{\sin u}{u}\,u'",
        because="Si is the integral of sin(t)/t from 0 on; the inner derivative follows."),
    Elementary("cosint", r"\mathrm{Ci}", "Ci", special.cosint, special.above_0(mp.ci), ("cos(u)/u",), logarithm,
        called=("Ci",), domain="positive", safe="1.0", math="cosint",
        title="the cosine integral", example="cosint(1 + x**2)",
        equation=r"(\mathrm{Ci}\,u)' = \frac{\cos u}{u}\,u'",
        because="Ci is minus the integral of cos(t)/t from u on; the inner derivative follows."),
    Elementary("expint", r"\mathrm{E}_{1}", "E₁", special.expint, special.above_0(mp.e1), ("-exp(-u)/u",), one,
        called=("E1", "exp1"), spoken=("exp1",), domain="positive", safe="1.0", math="expint",
        title="the exponential integral E₁", example="expint(1 + x**2)",
        equation=r"\mathrm{E}_{1}(u)' = -\frac{e^{-u}}{u}\,u'",
        because="E₁ is the integral of e^(-t)/t from u on; the inner derivative follows."),
    Elementary("expi", r"\mathrm{Ei}", "Ei", special.expi, special.above_0(mp.ei), ("exp(u)/u",), exponential,
        called=("Ei",), domain="positive", huge=GROWS, safe="1.0", math="expi", jax="jax.scipy.special.expi",
        title="the exponential integral Ei", example="expi(1 + x**2)",
        equation=r"(\mathrm{Ei}\,u)' = \frac{e^u}{u}\,u'",
        because="Ei is the integral of e^t/t up to u; the inner derivative follows."),
    # -- Bessel functions of orders 0 and 1, and Lambert's W ----------------------------------
    Elementary("besselj0", r"\mathrm{J}_{0}", "J₀", special.besselj0, mp.j0, ("-besselj1(u)",), one,
        called=("j0", "J0", "bessel_j0"), spoken=("j0", "bessel_j0"), huge=TURNS, parity=EVEN, math="besselj0",
        title="the Bessel function J₀", example="besselj0(x)",
        equation=r"\mathrm{J}_{0}(u)' = -\mathrm{J}_{1}(u)\,u'"),
    Elementary("besselj1", r"\mathrm{J}_{1}", "J₁", special.besselj1, mp.j1, ("besselj0(u) - besselj1(u)/u",), one,
        called=("j1", "J1", "bessel_j1"), spoken=("j1", "bessel_j1"), huge=TURNS, parity=ODD, math="besselj1",
        title="the Bessel function J₁", example="besselj1(x)",
        equation=r"\mathrm{J}_{1}(u)' = \left(\mathrm{J}_{0}(u) - \frac{\mathrm{J}_{1}(u)}{u}\right) u'"),
    Elementary("bessely0", r"\mathrm{Y}_{0}", "Y₀", special.bessely0, special.bessely0.value, ("-bessely1(u)",), logarithm,
        called=("y0", "Y0", "bessel_y0"), spoken=("y0", "bessel_y0"), domain="positive", huge=TURNS, safe="1.0", math="bessely0",
        title="the Bessel function Y₀", example="bessely0(1 + x**2)",
        equation=r"\mathrm{Y}_{0}(u)' = -\mathrm{Y}_{1}(u)\,u'"),
    Elementary("bessely1", r"\mathrm{Y}_{1}", "Y₁", special.bessely1, special.bessely1.value,
        ("bessely0(u) - bessely1(u)/u",), widest,
        called=("y1", "Y1", "bessel_y1"), spoken=("y1", "bessel_y1"), domain="positive", huge=TURNS, safe="1.0", math="bessely1",
        title="the Bessel function Y₁", example="bessely1(1 + x**2)",
        equation=r"\mathrm{Y}_{1}(u)' = \left(\mathrm{Y}_{0}(u) - \frac{\mathrm{Y}_{1}(u)}{u}\right) u'"),
    Elementary("besseli0", r"\mathrm{I}_{0}", "I₀", special.besseli0, special.besseli0.value, ("besseli1(u)",), exponential,
        called=("i0", "I0", "bessel_i0"), spoken=("i0", "bessel_i0"), huge=GROWS, parity=EVEN, safe="0.0", math="besseli0",
        torch="torch.special.i0", jax="jax.scipy.special.i0",
        title="the modified Bessel function I₀", example="besseli0(x)",
        equation=r"\mathrm{I}_{0}(u)' = \mathrm{I}_{1}(u)\,u'"),
    Elementary("besseli1", r"\mathrm{I}_{1}", "I₁", special.besseli1, special.besseli1.value,
        ("besseli0(u) - besseli1(u)/u",), exponential,
        called=("i1", "I1", "bessel_i1"), spoken=("i1", "bessel_i1"), huge=GROWS, parity=ODD, safe="0.0", math="besseli1",
        torch="torch.special.i1", jax="jax.scipy.special.i1",
        title="the modified Bessel function I₁", example="besseli1(x)",
        equation=r"\mathrm{I}_{1}(u)' = \left(\mathrm{I}_{0}(u) - \frac{\mathrm{I}_{1}(u)}{u}\right) u'"),
    Elementary("lambertw", r"\mathrm{W}_{0}", "W₀", special.lambertw, special.principal,
        ("exp(-lambertw(u))/(1 + lambertw(u))",), logarithm,
        called=("LambertW", "productlog"), spoken=("LambertW", "productlog"), domain="[-0.3678794411714423, oo)", safe="0.0", math="lambertw",
        title="Lambert's W", example="lambertw(1 + x**2)",
        equation=r"\mathrm{W}_{0}(u)' = \frac{e^{-\mathrm{W}_{0}(u)}}{1 + \mathrm{W}_{0}(u)}\,u'",
        because="W e^W = u has the slope (1 + W) e^W W' = 1."),
    # -- the gamma family: of arguments above 0 -----------------------------------------------
    Elementary("lgamma", r"\ln\Gamma", "lnΓ", sp.loggamma, mp.loggamma, ("digamma(u)",), widest,
        aliases=("gammaln",), spoken=("loggamma",), domain="positive", safe="1.0",
        math="lgamma", jax="jax.scipy.special.gammaln",
        title="the logarithm of the gamma function", example="lgamma(1 + x**2)",
        equation=r"(\ln\Gamma(u))' = \psi(u)\,u'",
        because="The digamma function is the derivative of ln Γ; the inner derivative follows."),
    Elementary("digamma", r"\psi", "ψ", sp.digamma, special.above_0(mp.digamma), ("trigamma(u)",), logarithm,
        domain="positive", safe="1.0",
        math="digamma", jax="jax.scipy.special.digamma",
        title="the digamma function", example="digamma(1 + x**2)",
        equation=r"\psi(u)' = \psi_{1}(u)\,u'",
        because="The trigamma function is the derivative of ψ; the inner derivative follows."),
    Elementary("trigamma", r"\psi_{1}", "ψ₁", sp.trigamma, _trigamma, ("polygamma(2, u)",), widest,
        domain="positive", safe="1.0", math="trigamma",
        title="the trigamma function", example="trigamma(1 + x**2)",
        equation=r"\psi_{1}(u)' = \psi^{(2)}(u)\,u'"),
    Elementary("polygamma", r"\mathrm{polygamma}", "polygamma", sp.polygamma, _polygamma,
        ("", "polygamma(n + 1, u)"), widest, ("n", "u"), orders=100, domain="positive", math="polygamma",
        title="a polygamma function", example="polygamma(2, 1 + x**2)",
        equation=r"\psi^{(n)}(u)' = \psi^{(n + 1)}(u)\,u'"),
    Elementary("betaln", r"\ln\mathrm{B}", "lnB", formula="lgamma(u) + lgamma(v) - lgamma(u + v)",
        arguments=("u", "v"), growth=widest, domain="positive"),
    Elementary("tgamma", r"\mathrm{\Gamma}", "Γ", special.tgamma, special.tgamma.value, ("tgamma(u)*digamma(u)",), exponential,
        called=("gamma", "Gamma"), domain="positive", huge=GROWS, safe="1.0", math="tgamma",
        title="the gamma function", example="tgamma(1 + x**2)",
        equation=r"\mathrm{\Gamma}(u)' = \mathrm{\Gamma}(u)\,\psi(u)\,u'",
        because="The derivative of ln Γ is ψ, so Γ' is Γψ; the inner derivative follows."),
    Elementary("betafn", r"\mathrm{Beta}", "Beta", formula="exp(lgamma(u) + lgamma(v) - lgamma(u + v))",
        arguments=("u", "v"), growth=widest, called=("beta", "Beta"), domain="positive"),
    # -- corners ------------------------------------------------------------------------------
    Elementary("abs", r"\mathrm{abs}", "abs", sp.Abs, abs, ("sign(u)",), widest,
        parity=EVEN, primed=True, numpy="absolute", math="fabs", exact=True,
        title="the absolute value", example="abs(x*y)", equation=r"|u|' = \mathrm{sign}(u)\,u'",
        because="|u| has slope 1 to the right of 0 and -1 to its left; at u = 0 we take 0."),
    Elementary("sign", r"\mathrm{sign}", "sign", sp.sign, _sign, ("0",), one,
        aliases=("sgn",), parity=ODD, numpy="sign", math="sign", exact=True,
        title="the sign", example="x*sign(x)", equation=r"\mathrm{sign}(u)' = 0",
        because="sign(u) is constant on both sides of its jump, where we take 0 too."),
    Elementary("floor", r"\mathrm{floor}", "floor", sp.floor, _floor, ("0",), widest,
        numpy="floor", math="floor", exact=True, title="the whole part", example="x*floor(x)",
        equation=r"\lfloor u \rfloor' = 0",
        because="The whole part is constant between its jumps at whole numbers, where we take 0."),
    Elementary("ceil", r"\mathrm{ceil}", "ceil", sp.ceiling, _ceil, ("0",), widest,
        numpy="ceil", math="ceil", exact=True, title="the next whole number", example="x*ceil(x)",
        equation=r"\lceil u \rceil' = 0",
        because="It is constant between its jumps at whole numbers, where we take 0."),
    Elementary("max", r"\max", "max", sp.Max, max, (), widest, ("u", "v"), many=True, numpy="maximum", exact=True),
    Elementary("min", r"\min", "min", sp.Min, min, (), widest, ("u", "v"), many=True, numpy="minimum", exact=True),
    # -- words for powers and cases -----------------------------------------------------------
    Elementary("cbrt", r"\mathrm{cbrt}", "cbrt", formula="sign(u)*abs(u)**(1/3)", growth=root),
    Elementary("sqrt", r"\mathrm{sqrt}", "sqrt", formula="u**(1/2)", opened=True,
        growth=root, domain="[0, oo)"),
    Elementary("square", r"\mathrm{square}", "square", formula="u**2", opened=True, growth=_square,
        bare=False),
    Elementary("clip", r"\mathrm{clip}", "clip", formula="min(max(low, u), high)", opened=True,
        arguments=("u", "low", "high"), growth=widest, bare=False),
)
# fmt: on

# heads that are not functions to the reader: they take conditions, names or functions
CONDITIONAL = ("where", "cases", "indicator")
DERIVATIVE = ("D", "P", "Prime")
