"""Writes the polynomials behind the functions of the backends, and behind the special functions:
symgd/targets/coefficients.py and symgd/functions/coefficients.py.

Each is the interpolant of its function at the Chebyshev nodes of its interval, worked out in 60
digits: within a small factor of the best polynomial there is (Trefethen, Approximation Theory and
Approximation Practice, 2013, chapter 16). A fraction of polynomials interpolates likewise. The
greatest relative error on a fine grid, of the coefficients as doubles, is written beside each.

    python docs/coefficients.py
"""

# ruff: noqa: E501 - tables keep a row on its line

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath as mp

from symgd.files import write_whole

ROOM = Path(__file__).parent.parent / "symgd"
DIGITS = 60
GRID = 1000
# A formula of more characters than this makes a comment that is longer than a line of code.
WIDE = 40
NOQA = "# ruff: noqa: E501 - a comment of a table may be long"

Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """`function` on [low, high] as a polynomial of `degree`, over one of degree `below` if any.

    With a `middle` m the nodes are those of q = (v - m)/(v + m): half of them lie below m. The
    polynomial is one in v - `about`. `flat`: of a function with zeros, the error beside its largest
    value.
    """

    name: str
    formula: str
    function: Function
    low: str
    high: str
    degree: int
    below: int = 0
    middle: int = 0
    about: str = "0"
    flat: bool = False

    def points(self, low: Any, high: Any) -> list[Any]:
        """The nodes of the interpolation."""
        m, count = self.middle, self.degree + self.below + 1
        if not m:
            return nodes(low, high, count)
        ends = ((v - m) / (v + m) for v in (low, high))
        return [m * (1 + q) / (1 - q) for q in nodes(*ends, count)]


def exp_rest(r: Any) -> Any:
    return (mp.exp(r) - 1 - r) / r**2


def half_tanh(z: Any) -> Any:
    r = mp.sqrt(z)
    return mp.tanh(r / 2) / r


def atanh_rest(w: Any) -> Any:
    s = mp.sqrt(w)
    return (2 * mp.atanh(s) - 2 * s) / s**3


def double_atanh(w: Any) -> Any:
    s = mp.sqrt(w)
    return 2 * mp.atanh(s) / s


def tanh_rest(v: Any) -> Any:
    u = mp.sqrt(v)
    return (u - mp.tanh(u)) / u**3


def bessel(v: Any) -> Any:
    u = mp.sqrt(v)
    return (mp.sin(u) - u * mp.cos(u)) / u**3


def scaled_erfc(x: Any) -> Any:
    return mp.exp(x * x) * mp.erfc(x)


def scaled_tail(z: Any) -> Any:
    return scaled_erfc(z / mp.sqrt(2))


def erf_rest(v: Any) -> Any:
    x = mp.sqrt(v)
    return mp.erf(x) / x - mp.mpf(1) / 2


# -- the special functions ------------------------------------------------------------------------


def even(function: Function) -> Function:
    """f(u) in v = u²."""
    return lambda v: function(mp.sqrt(v))


def odd(function: Function) -> Function:
    """f(u)/u in v = u²."""
    return lambda v: function(mp.sqrt(v)) / mp.sqrt(v)


def inverse(function: Function) -> Function:
    """f(u) in v = 1/u."""
    return lambda v: function(1 / v)


def mapped(function: Function, middle: int) -> Function:
    """f(u) in v = (u - m)/(u + m)."""
    return lambda v: function(middle * (1 + v) / (1 - v))


def modulus(n: int) -> Function:
    """P of Jₙ = √(2/πu) (P cos χ - Q sin χ), χ = u - nπ/2 - π/4, in v = 1/u²."""

    def function(u: Any) -> Any:
        x = u - mp.pi / 4 - n * mp.pi / 2
        both = mp.besselj(n, u) * mp.cos(x) + mp.bessely(n, u) * mp.sin(x)
        return mp.sqrt(mp.pi * u / 2) * both

    return lambda v: function(1 / mp.sqrt(v))


def phase(n: int) -> Function:
    """uQ, in v = 1/u²."""

    def function(u: Any) -> Any:
        x = u - mp.pi / 4 - n * mp.pi / 2
        both = mp.bessely(n, u) * mp.cos(x) - mp.besselj(n, u) * mp.sin(x)
        return u * mp.sqrt(mp.pi * u / 2) * both

    return lambda v: function(1 / mp.sqrt(v))


def j0_rest(v: Any) -> Any:
    return (1 - mp.j0(mp.sqrt(v))) / v


def y0_rest(u: Any) -> Any:
    return mp.bessely(0, u) - 2 / mp.pi * mp.log(u) * mp.besselj(0, u)


def y1_rest(u: Any) -> Any:
    return mp.bessely(1, u) - 2 / mp.pi * (mp.log(u) * mp.besselj(1, u) - 1 / u)


def scaled_i(n: int) -> Function:
    return lambda u: mp.besseli(n, u) * mp.exp(-u) * mp.sqrt(u)


def si_part(u: Any) -> Any:
    """uf: Si u = π/2 - f cos u - g sin u."""
    return u * (mp.ci(u) * mp.sin(u) + (mp.pi / 2 - mp.si(u)) * mp.cos(u))


def ci_part(u: Any) -> Any:
    """u²g: Ci u = f sin u - g cos u."""
    return u * u * ((mp.pi / 2 - mp.si(u)) * mp.sin(u) - mp.ci(u) * mp.cos(u))


def ci_rest(v: Any) -> Any:
    u = mp.sqrt(v)
    return (mp.ci(u) - mp.euler - mp.log(u)) / v


def e1_rest(u: Any) -> Any:
    return (mp.e1(u) + mp.euler + mp.log(u)) / u


def ei_rest(u: Any) -> Any:
    return (mp.ei(u) - mp.euler - mp.log(u)) / u


def scaled_e1(u: Any) -> Any:
    return u * mp.exp(u) * mp.e1(u)


def scaled_ei(u: Any) -> Any:
    return u * mp.exp(-u) * mp.ei(u)


def stirling(u: Any) -> Any:
    return mp.gamma(u) * mp.exp(u) * mp.power(u, mp.mpf(1) / 2 - u)


def tail_of_erfinv(r: Any) -> Any:
    """x/r with erfc x = e^(-r²), by Newton on the logarithm."""
    x = r
    for _ in range(80):
        y = mp.erfc(x)
        step = (mp.log(y) + r * r) * y * mp.exp(x * x) * mp.sqrt(mp.pi) / 2
        x = max(x + step, x / 2)
        if abs(step) < mp.mpf(10) ** (5 - DIGITS):
            break
    return x / r


def lambert_at_branch(p: Any) -> Any:
    """(1 + W)/p, p = √(2(eu + 1))."""
    return (1 + mp.re(mp.lambertw((p * p / 2 - 1) / mp.e))) / p


def lambert_beside_0(p: Any) -> Any:
    u = (p * p / 2 - 1) / mp.e
    return mp.re(mp.lambertw(u)) / u


def lambert_of_log(x: Any) -> Any:
    """W(eˣ)/x, by Newton on w + log w = x."""
    w = x
    for _ in range(80):
        step = (x - w - mp.log(w)) * w / (1 + w)
        w += step
        if abs(step) < mp.mpf(10) ** (5 - DIGITS):
            break
    return w / x


# fmt: off
#   name      what it is in v                        function     from     to      degrees
TARGETS = (
    Fit("EXP",    "(e^v - 1 - v)/v²",                 exp_rest,    "-l",    "l",    9),
    Fit("HALF",   "tanh(r/2)/r, v = r²",              half_tanh,   "0",     "l²",   2, 2),
    Fit("LOG",    "(2 atanh s - 2s)/s³, v = s²",      atanh_rest,  "0",     "t²",   6),
    Fit("ATANH",  "2 atanh(s)/s, v = s²",             double_atanh, "0",    "t²",   6),
    Fit("XMTANH", "(u - tanh u)/u³, v = u²",          tanh_rest,   "0",     "9/4",  4, 4),
    Fit("J1",     "(sin u - u cos u)/u³, v = u²",     bessel,      "0",     "25/4", 9),
    Fit("ERFC",   "e^(v²)erfc v",                     scaled_erfc, "0",     "28",   10, 11, 3),
    Fit("TAIL",   "e^(v²/2)erfc(v/√2)",               scaled_tail, "0",     "13.4", 8, 9, 4),
    Fit("ERF",    "erf(x)/x - 1/2, v = x²",           erf_rest,    "0",     "1",    13),
)
#   name           what it is in v                             function             from    to     degree
SPECIAL = (
    Fit("J0_NEAR", "J₀(u), v = u²",                        even(mp.j0),              "0",    "25",   15, about="12.5", flat=True),
    Fit("J0_ZERO", "(1 - J₀(u))/v, v = u²",                j0_rest,                  "0",    "1",    6),
    Fit("J1_NEAR", "J₁(u)/u, v = u²",                      odd(mp.j1),               "0",    "25",   15, about="12.5", flat=True),
    Fit("Y0_NEAR", "Y₀(u) - 2/π log(u) J₀(u), v = u²",     even(y0_rest),            "0",    "25",   15, about="12.5", flat=True),
    Fit("Y1_NEAR", "(Y₁(u) - 2/π(log(u) J₁(u) - 1/u))/u, v = u²", odd(y1_rest),      "0",    "25",   15, about="12.5", flat=True),
    Fit("P0",      "P of J₀ and Y₀, v = 1/u²",             modulus(0),               "0",    "0.04", 17),
    Fit("Q0",      "uQ of J₀ and Y₀, v = 1/u²",            phase(0),                 "0",    "0.04", 17),
    Fit("P1",      "P of J₁ and Y₁, v = 1/u²",             modulus(1),               "0",    "0.04", 17),
    Fit("Q1",      "uQ of J₁ and Y₁, v = 1/u²",            phase(1),                 "0",    "0.04", 17),
    Fit("I0_NEAR", "I₀(u), v = u²",                        even(lambda u: mp.besseli(0, u)), "0", "64", 24),
    Fit("I0_MID",  "I₀(u)e^(-u)√u, v = 1/u",               inverse(scaled_i(0)),     "0.0625", "0.125", 14, about="0.09375"),
    Fit("I0_FAR",  "I₀(u)e^(-u)√u, v = 1/u",               inverse(scaled_i(0)),     "0",    "0.0625", 14, about="0.03125"),
    Fit("I1_NEAR", "I₁(u)/u, v = u²",                      odd(lambda u: mp.besseli(1, u)), "0", "64", 24),
    Fit("I1_MID",  "I₁(u)e^(-u)√u, v = 1/u",               inverse(scaled_i(1)),     "0.0625", "0.125", 14, about="0.09375"),
    Fit("I1_FAR",  "I₁(u)e^(-u)√u, v = 1/u",               inverse(scaled_i(1)),     "0",    "0.0625", 14, about="0.03125"),
    Fit("SI_NEAR", "Si(u)/u, v = u²",                      odd(mp.si),               "0",    "16",   13, about="8"),
    Fit("CI_NEAR", "(Ci(u) - γ - log u)/u², v = u²",       ci_rest,                  "0",    "16",   12, about="8"),
    Fit("SI_FAR",  "uf of Si and Ci, v = (u - 6)/(u + 6)", mapped(si_part, 6),       "-0.2", "1",    22),
    Fit("CI_FAR",  "u²g of Si and Ci, v = (u - 6)/(u + 6)", mapped(ci_part, 6),      "-0.2", "1",    22),
    Fit("E1_NEAR", "(E₁(u) + γ + log u)/u",                e1_rest,                  "0",    "0.75", 12),
    Fit("E1_MID",  "u e^u E₁(u), v = (u - 2)/(u + 2)",     mapped(scaled_e1, 2),     "-5/11", "1/3", 21),
    Fit("E1_FAR",  "u e^u E₁(u), v = (u - 5)/(u + 5)",     mapped(scaled_e1, 5),    "-1/9", "1",    22),
    Fit("EI_NEAR", "(Ei(u) - γ - log u)/u",                ei_rest,                  "0",    "6",    22),
    Fit("EI_6",    "u e^(-u) Ei(u), v = 1/u",              inverse(scaled_ei),       "1/12", "1/6",  19, about="0.125"),
    Fit("EI_12",   "u e^(-u) Ei(u), v = 1/u",              inverse(scaled_ei),       "1/24", "1/12", 17, about="0.0625"),
    Fit("EI_24",   "u e^(-u) Ei(u), v = 1/u",              inverse(scaled_ei),       "0",    "1/24", 19, about="1/48"),
    Fit("RGAMMA",  "1/Γ(1 + v)",                           lambda v: mp.rgamma(1 + v), "0",  "2",    20, about="1"),
    Fit("STIRLING_GAMMA", "Γ(u)e^u u^(1/2 - u), v = 1/u",  inverse(stirling),        "0",    "0.2",  11),
    Fit("ERFINV",  "erfinv(u)/u, v = u²",                  odd(mp.erfinv),           "0",    "0.5",  22, about="0.25"),
    Fit("ERFINV_FAR", "erfcinv(e^(-r²))/r, v = (r - 2)/(r + 2)", mapped(tail_of_erfinv, 2), "-2/7", "0.35", 21),
    Fit("ERFINV_FARTHEST", "erfcinv(e^(-r²))/r, v = (r - 8)/(r + 8)", mapped(tail_of_erfinv, 8), "-1/3", "0.56", 22),
    Fit("W_BRANCH", "(1 + W)/v, v = √(2(eu + 1))",         lambert_at_branch,        "0",    "0.9",  22, about="0.45"),
    Fit("W_NEAR",  "W(u)/u, v = √(2(eu + 1)), a first guess", lambert_beside_0,      "0.9",  "4.3",  9, about="2.5"),
    Fit("W_FAR",   "W(u)/log u, v = (log u - 5)/(log u + 5), a first guess", mapped(lambert_of_log, 5), "-2/3", "0.99", 12),
)
# fmt: on


# The ends, worked out when the digits are set: l = log(2)/2, t = tanh(log(2)/4) = 3 - 2√2.
ENDS: dict[str, Callable[[], Any]] = {
    "l": lambda: mp.log(2) / 2,
    "-l": lambda: -mp.log(2) / 2,
    "l²": lambda: (mp.log(2) / 2) ** 2,
    "t²": lambda: (3 - 2 * mp.sqrt(2)) ** 2,
    **{
        t: lambda t=t: mp.mpf(Fraction(t).numerator) / Fraction(t).denominator  # type: ignore[misc]
        for t in ("0", "1", "9/4", "25/4", "28", "13.4")
    },
}


def end(text: str) -> Any:
    """An end of an interval; 0 and 1 of a special function a little inside, where it has a value."""
    if text in ENDS:
        return ENDS[text]()
    return mp.mpf(Fraction(text).numerator) / Fraction(text).denominator


def nodes(low: Any, high: Any, count: int) -> list[Any]:
    """The zeros of the Chebyshev polynomial of degree `count` on the interval."""
    return [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count))
        for i in range(count)
    ]


def solved(fit: Fit, low: Any, high: Any) -> tuple[list[Any], list[Any]]:
    """(p, q) with p(v) = f(v)·q(v) at the nodes and q(0) = 1, lowest power first."""
    rows, right = [], []
    for v in fit.points(low, high):
        value = fit.function(v)
        above = [(v - end(fit.about)) ** j for j in range(fit.degree + 1)]
        rows.append(above + [-value * v**j for j in range(1, fit.below + 1)])
        right.append(value)
    found = list(mp.lu_solve(mp.matrix(rows), mp.matrix(right)))
    return found[: fit.degree + 1], [mp.mpf(1), *found[fit.degree + 1 :]]


def error(fit: Fit, p: list[float], q: list[float], low: Any, high: Any) -> Any:
    """The greatest relative error of the rounded coefficients, evaluated exactly."""
    worst, largest = mp.mpf(0), mp.mpf(0)
    for i in range(1, GRID):
        v = low + (high - low) * i / GRID
        if v:
            w = v - end(fit.about)
            found, true = mp.polyval(p[::-1], w) / mp.polyval(q[::-1], w), fit.function(v)
            worst = max(worst, abs(found - true) / (1 if fit.flat else abs(true)))
            largest = max(largest, abs(true))
    return worst / largest if fit.flat else worst


def text_of(fits: Sequence[Fit]) -> str:
    """The module of these polynomials."""
    lines = [
        '"""Coefficients, lowest power first; written by docs/coefficients.py."""',
        *(["", NOQA] if any(len(fit.formula) > WIDE for fit in fits) else []),
        "",
        "# fmt: off",
    ]
    for fit in fits:
        low, high = end(fit.low), end(fit.high)
        above, below = solved(fit, low, high)
        p, q = [float(c) for c in above], [float(c) for c in below]
        ends = f"v from {mp.nstr(low, 6)} to {mp.nstr(high, 6)}"
        ends += f", in v - {fit.about}" if fit.about != "0" else ""
        worst = mp.nstr(error(fit, p, q, low, high), 2)
        lines.append(f"# {fit.formula}; {ends}: relative error {worst}")
        for name, row in ((fit.name, p), (f"{fit.name}_BELOW", q)):
            if row != [1.0]:
                lines.append(f"{name} = (")
                lines += [f"    {c!r}," for c in row]
                lines.append(")")
    return "\n".join([*lines, "# fmt: on", ""])


def main() -> None:
    mp.mp.dps = DIGITS
    for room, fits in (("targets", TARGETS), ("functions", SPECIAL)):
        write_whole(ROOM / room / "coefficients.py", text_of(fits))


if __name__ == "__main__":
    main()
