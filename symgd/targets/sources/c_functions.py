"""The primitives in C99: for each its mathematics and its code, over libm alone.

Those that are a tree are printed from it; loops are written here. `@` stands for the prefix of the
header, so that two headers may be included in one file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from symgd.targets.primitives import BODIES, in_c
from symgd.targets.python import Dialect

DIALECT = Dialect(
    either=lambda c, a, b: f"({c} ? {a} : {b})",
    joined={
        "and": lambda a, b: f"({a} && {b})",
        "or": lambda a, b: f"({a} || {b})",
        "not": lambda a: f"(!({a}))",
    },
    power="pow({}, {})",
    nan="NAN",
)


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
    """Name → function. Made when it is first needed: the coefficients are read from a text."""
    from symgd.targets.constants import (
        BERNOULLI,
        DIGAMMA,
        ROOT,
        ROOT_REST,
        STIRLING_1,
        STIRLING_2,
    )

    # fmt: off
    return {
    **{word: CFunction(*in_c(word, DIALECT)) for word in BODIES},
    "lgamma": CFunction("ln Gamma(u), u > 0; nan left of 0, where C has ln |Gamma(u)|", """\
    return u < 0.0 ? NAN : lgamma(u);"""),
    "digamma": CFunction("(ln Gamma)'(u), u > 0; from 10 on by Stirling's series", f"""\
    double t = 0.0;
    if (u < 0.0)
        return NAN;
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
    if (u < 0.0)
        return NAN;
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
    if (u < 0.0)
        return NAN;
    for (; u < 10.0 + n; u += 1.0)
        t += pow(u, -n - 1.0);
    w = 1.0/u;
    tail = (n > 0.0 ? 1.0/n : -log(u)) + 0.5*w;
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


def definition_in_c(name: str, prefix: str) -> str:
    """The function in C, under the prefix of the header, with its mathematics above it."""
    f = table()[name]
    return (
        f"/* {f.says} */\nstatic inline double {prefix}_{name}({f.arguments})\n{{\n{f.body}\n}}\n"
    )
