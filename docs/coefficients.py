"""Writes symgd/targets/coefficients.py: the polynomials behind the functions of the backends.

Each is the interpolant of its function at the Chebyshev nodes of its interval, worked out in 60
digits: within a small factor of the best polynomial there is (Trefethen, Approximation Theory and
Approximation Practice, 2013, chapter 16). A fraction of polynomials interpolates likewise. The
greatest relative error on a fine grid, of the coefficients as doubles, is written beside each.

    python docs/coefficients.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath as mp

from symgd.files import write_whole

PLACE = Path(__file__).parent.parent / "symgd" / "backends" / "coefficients.py"
DIGITS = 60
GRID = 1000

Function = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """`function` on [low, high] as a polynomial of `degree`, over one of degree `below` if any.

    With a `middle` m the nodes are those of q = (v - m)/(v + m): half of them lie below m.
    """

    name: str
    formula: str
    function: Function
    low: str
    high: str
    degree: int
    below: int = 0
    middle: int = 0

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


# fmt: off
#   name      what it is in v                        function     from     to      degrees
FITS = (
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
        above = [v**j for j in range(fit.degree + 1)]
        rows.append(above + [-value * v**j for j in range(1, fit.below + 1)])
        right.append(value)
    found = list(mp.lu_solve(mp.matrix(rows), mp.matrix(right)))
    return found[: fit.degree + 1], [mp.mpf(1), *found[fit.degree + 1 :]]


def error(fit: Fit, p: list[float], q: list[float], low: Any, high: Any) -> Any:
    """The greatest relative error of the rounded coefficients, evaluated exactly."""
    worst = mp.mpf(0)
    for i in range(1, GRID):
        v = low + (high - low) * i / GRID
        if v:
            found = mp.polyval(p[::-1], v) / mp.polyval(q[::-1], v)
            worst = max(worst, abs(found / fit.function(v) - 1))
    return worst


def main() -> None:
    mp.mp.dps = DIGITS
    lines = [
        '"""Coefficients, lowest power first; written by docs/coefficients.py."""',
        "",
        "# fmt: off",
    ]
    for fit in FITS:
        low, high = ENDS[fit.low](), ENDS[fit.high]()
        above, below = solved(fit, low, high)
        p, q = [float(c) for c in above], [float(c) for c in below]
        ends = f"v from {mp.nstr(low, 6)} to {mp.nstr(high, 6)}"
        worst = mp.nstr(error(fit, p, q, low, high), 2)
        lines.append(f"# {fit.formula}; {ends}: relative error {worst}")
        for name, row in ((fit.name, p), (f"{fit.name}_BELOW", q)):
            if row != [1.0]:
                lines.append(f"{name} = (")
                lines += [f"    {c!r}," for c in row]
                lines.append(")")
    write_whole(PLACE, "\n".join([*lines, "# fmt: on", ""]))


if __name__ == "__main__":
    main()
