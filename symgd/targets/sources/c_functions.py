"""The primitives in C99: for each its mathematics and its code, over libm alone.

The formulas are those of `symgd.targets.numpy.functions`, with an if in place of a clamp. `@`
stands for the prefix of the header, so that two headers may be included in one file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class CFunction:
    """`says` is the mathematics, `body` the statements of a function of `arguments`."""

    says: str
    body: str
    arguments: str = "double u"


def _horner(variable: str, coefficients: Iterable[float]) -> str:
    """c0 + v*(c1 + v*(c2 + ...))."""
    *others, last = coefficients
    text = repr(last)
    for c in reversed(others):
        text = f"{c!r} + {variable}*({text})"
    return text


@cache
def table() -> dict[str, CFunction]:
    """Name → function. Made when it is first needed: the coefficients stand in a numpy module."""
    from symgd.targets.numpy.functions import (
        ARTANH,
        BERNOULLI,
        BESSEL,
        DIGAMMA,
        LN2,
        ROOT,
        ROOT_REST,
        STIRLING_1,
        STIRLING_2,
        TANH_ABOVE,
        TANH_BELOW,
    )

    # fmt: off
    return {
    "sigmoid": CFunction("1/(1 + exp(-u)); for u < 0 as exp(u)/(1 + exp(u))", """\
    const double e = exp(-fabs(u));
    return (u < 0.0 ? e : 1.0)/(1.0 + e);"""),
    "log1pexp": CFunction("log(1 + exp(u)) = max(u, 0) + log(1 + exp(-|u|))", """\
    return u > 0.0 ? u + log1p(exp(-u)) : log1p(exp(u));"""),
    "logcosh": CFunction("log(cosh(u)) = log(1 + 2*sinh(u/2)^2); |u| - log(2) past 30", f"""\
    const double v = fabs(u);
    const double h = v > 30.0 ? 0.0 : sinh(0.5*v);
    return v > 30.0 ? v - {LN2!r} : log1p(2.0*h*h);"""),
    "sech2": CFunction("1 - tanh(u)^2 = 4*exp(-2|u|)/(1 + exp(-2|u|))^2", """\
    const double e = exp(-2.0*fabs(u));
    const double d = 1.0 + e;
    return 4.0*e/(d*d);"""),
    "log1mexp": CFunction("log(1 - exp(-u)), u > 0 (Maechler 2012)", f"""\
    return u < {LN2!r} ? log(-expm1(-u)) : log1p(-exp(-u));"""),
    "xmlog1p": CFunction("u - log(1 + u); from -1/2 to 1 by the series of artanh(u/(2 + u))", f"""\
    if (u >= -0.5 && u <= 1.0) {{
        const double s = u/(2.0 + u);
        const double w = s*s;
        const double k = {_horner('w', ARTANH)};
        return s*(u - 2.0*w*k);
    }}
    return isinf(u) ? u : u - log1p(u);"""),
    "xmtanh": CFunction("u - tanh(u); up to 1 by Lambert's continued fraction", f"""\
    const double v = fabs(u);
    double r;
    if (v < 1.0) {{
        const double w = v*v;
        const double p = {_horner('w', TANH_ABOVE)};
        const double q = {_horner('w', TANH_BELOW)};
        r = v*(w*p/q);
    }} else {{
        r = (v - 1.0) + 2.0/(1.0 + exp(2.0*(v < 30.0 ? v : 30.0)));
    }}
    return u != u ? u : copysign(r, u);"""),
    "j1": CFunction("(sin(u) - u*cos(u))/u^2, by its power series up to 2", f"""\
    if (fabs(u) <= 2.0) {{
        const double w = u*u;
        return u*({_horner('w', BESSEL)});
    }}
    return (sin(u)/u - cos(u))/u;"""),
    "digamma": CFunction("(ln Gamma)'(u), u > 0; from 10 on by Stirling's series", f"""\
    double t = 0.0;
    if (u >= 10.0) {{
        const double v = 1.0/u;
        const double w = v*v;
        return log(u) - 0.5*v - w*({_horner('w', STIRLING_1)});
    }}
    for (; u >= 2.0; t += 1.0/u)
        u -= 1.0;
    if (u < 1.0)
        t = -1.0/u;
    else
        u -= 1.0;
    {{
        const double w = u - 0.5;
        return ((u - {ROOT!r}) - {ROOT_REST!r})*({_horner('w', DIGAMMA)}) + t;
    }}"""),
    "trigamma": CFunction("(ln Gamma)''(u), u > 0; from 10 on by Stirling's series", f"""\
    double t = 0.0;
    for (; u < 10.0; u += 1.0)
        t += (1.0/u)*(1.0/u);
    {{
        const double v = 1.0/u;
        const double w = v*v;
        return t + (v + 0.5*w + v*w*({_horner('w', STIRLING_2)}));
    }}"""),
    "polygamma": CFunction("the n-th derivative of digamma, u > 0, by Euler and Maclaurin", f"""\
    static const double b[] = {{{', '.join(map(repr, BERNOULLI))}}};
    double t = 0.0, scale = 1.0, w, tail, rising, power;
    int k;
    for (; u < 10.0 + n; u += 1.0)
        t += pow(u, -n - 1.0);
    w = 1.0/u;
    tail = 1.0/n + 0.5*w;
    rising = n + 1.0;
    power = w*w;
    for (k = 0; k < {len(BERNOULLI)}; ++k) {{
        if (k)
            rising *= (n + 2.0*k)*(n + 2.0*k + 1.0);
        tail += b[k]*rising*power;
        power *= w*w;
    }}
    for (k = 2; k <= (int)n; ++k)
        scale *= k;
    return ((int)n % 2 ? 1.0 : -1.0)*scale*(t + tail*pow(w, n));""", "double n, double u"),
    "sign": CFunction("-1, 0 or 1; nan of nan", """\
    return u != u ? u : (double)((u > 0.0) - (u < 0.0));"""),
    "maximum": CFunction("max(a, b); nan where one is", """\
    return a >= b || a != a ? a : b;""", "double a, double b"),
    "minimum": CFunction("min(a, b); nan where one is", """\
    return a <= b || a != a ? a : b;""", "double a, double b"),
    }
    # fmt: on


def written(name: str, prefix: str) -> str:
    """The function in C, under the prefix of the header, with its mathematics above it."""
    f = table()[name]
    return (
        f"/* {f.says} */\nstatic inline double {prefix}_{name}({f.arguments})\n{{\n{f.body}\n}}\n"
    )
