"""Program → the same function in an extended range: right where an intermediate leaves the range.

Each line is evaluated as it stands, over `Extended` numbers. A function of one argument is that of
numpy where its argument and its value are doubles; beyond, the first term of its expansion:
tanh u is u below 10⁻⁹⁰, σ(u) is e^u below -700.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symgd.errors import ModelError
from symgd.functions import BY_HEAD, special
from symgd.functions.primitives import (
    EXPM1,
    J1,
    LOG1MEXP,
    LOG1P,
    LOG1PEXP,
    LOGCOSH,
    SECH2,
    SIGMOID,
    XMLOG1P,
    XMTANH,
)
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.programs.constants import endless
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.targets.numpy import functions
from symgd.targets.numpy.extended import ORDINARY, Extended
from symgd.verify.evaluate import constant

SMALL = -300  # below 2^-300 the first term of an expansion is all there is
SHARE = 60  # bits by which one number is below another, past which atan of their quotient is it
LARGE = 60  # above 2^60 a number plus its logarithm is the number


@dataclass(frozen=True, slots=True)
class Function:
    """`plain` on doubles; near 0, c·uⁿ; where `beyond` holds of u, `far`.

    `turns` says that past the doubles the argument is an angle that nobody knows.
    """

    plain: Callable[[Any], Any]
    near: tuple[float, int] | None = None
    beyond: Callable[[Any], Any] | None = None
    far: Callable[[Extended], Extended] | None = None
    turns: bool = False

    def __call__(self, u: Extended, angle: float) -> Extended:
        """The value at u; at `angle` where that of u is not known."""
        x = u.double
        if self.turns:
            x = np.where(np.isinf(x), angle, x)
        out = Extended.of(self.plain(x))
        if self.near is not None:
            c, n = self.near
            out = (Extended.of(c) * u.integer_power(n)).where(u.e < SMALL, out)
        if self.beyond is not None and self.far is not None:
            beyond = self.beyond(x)
            if np.any(beyond):
                out = self.far(u).where(beyond, out)
        return out


def itself(u: Extended) -> Extended:
    return u


def normal_tail(u: Extended) -> Extended:
    """erfc u = e^(-u²)/(u√π)·(1 - 1/2u² + 3/4u⁴ - 15/8u⁶ + ...), u > 25."""
    v = 1.0 / (u * u).double
    series = 1 - v / 2 * (1 - 3 * v / 2 * (1 - 5 * v / 2 * (1 - 7 * v / 2)))
    return (-(u * u)).exp() / u * Extended.of(series / np.sqrt(np.pi))


def half_exp(u: Extended) -> Extended:
    return abs(u).exp() * Extended.of(0.5)


def log_of_double(u: Extended) -> Extended:
    """log 2|u| with the sign of u."""
    grown = (abs(u) * Extended.of(2.0)).log()
    return Extended(np.copysign(grown.m, u.m), grown.e)


def grown(u: Extended, *series: float) -> Extended:
    """e^u(1 + c₁/u + c₂/u² + ...)."""
    v = 1.0 / u.double
    tail = np.zeros_like(v)
    for c in reversed(series):
        tail = (tail + c) * v
    return u.exp() * Extended.of(1.0 + tail)


# n!, and 1·9·25.../(n! 8ⁿ) of I₀ and the like of I₁
FACTORIALS = 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0
OF_I0 = 1 / 8, 9 / 128, 225 / 3072, 11025 / 98304
OF_I1 = -3 / 8, -15 / 128, -315 / 3072, -14175 / 98304
OVER_ROOT = Extended.of(2 * np.pi)


def modified(u: Extended, series: tuple[float, ...], sign: Any) -> Extended:
    """e^|u|/√(2π|u|) times a series in 1/|u|: the modified Bessel functions."""
    size = abs(u)
    return Extended.of(sign) * grown(size, *series) / (OVER_ROOT * size).sqrt()


def lambert_far(u: Extended) -> Extended:
    """The w of w + log w = log u."""
    target = u.log().double
    w = target - np.log(target)
    for _ in range(4):
        w = w - (w + np.log(w) - target) * w / (w + 1)
    return Extended.of(w)


def angle_of(y: Extended, x: Extended) -> Extended:
    """atan2(y, x), which only their quotient decides, and their signs."""
    top = np.maximum(y.e, x.e)
    out = Extended.of(np.arctan2(y.beside(top), x.beside(top)))
    is_small = (x.m > 0) & (y.e < x.e - SHARE) & np.isfinite(x.m)
    return (y / x).where(is_small, out)


def wholes(x: Any) -> Any:
    return np.abs(x) > 2.0**53


def big(x: Any) -> Any:
    return np.abs(x) > ORDINARY


def huge(x: Any) -> Any:
    return np.abs(x) > 2.0**LARGE


# fmt: off
# head          on doubles             near 0        where its value leaves them, and what it is there
FUNCTIONS: dict[Any, Function] = {
    sp.sin:     Function(np.sin,       (1.0, 1), turns=True),
    sp.cos:     Function(np.cos,       turns=True),
    sp.tan:     Function(np.tan,       (1.0, 1), turns=True),
    sp.asin:    Function(np.arcsin,    (1.0, 1)),
    sp.acos:    Function(np.arccos),
    sp.atan:    Function(np.arctan,    (1.0, 1)),
    sp.sinh:    Function(np.sinh,      (1.0, 1), big,  lambda u: Extended.of(np.sign(u.m)) * half_exp(u)),
    sp.cosh:    Function(np.cosh,      None,     big,  half_exp),
    sp.tanh:    Function(np.tanh,      (1.0, 1)),
    sp.asinh:   Function(np.arcsinh,   (1.0, 1), huge, log_of_double),
    sp.acosh:   Function(np.arccosh,   None,     huge, log_of_double),
    sp.atanh:   Function(np.arctanh,   (1.0, 1)),
    sp.erf:     Function(functions.erf, (2 / np.sqrt(np.pi), 1)),
    sp.erfc:    Function(functions.erfc, None,   lambda x: x > 25, normal_tail),
    SIGMOID:    Function(functions.sigmoid,  None,     lambda x: x < -ORDINARY, Extended.exp),
    LOG1PEXP:   Function(functions.log1pexp, None,     big,  lambda u: u.where(u.m > 0, u.exp())),
    LOGCOSH:    Function(functions.logcosh,  (0.5, 2), huge, abs),
    SECH2:      Function(functions.sech2,    None,     lambda x: np.abs(x) > 300,
                         lambda u: (abs(u) * Extended.of(-2.0)).exp() * Extended.of(4.0)),
    LOG1P:      Function(np.log1p,           (1.0, 1), huge, Extended.log),
    EXPM1:      Function(np.expm1,           (1.0, 1), lambda x: x > ORDINARY, Extended.exp),
    LOG1MEXP:   Function(functions.log1mexp, None,     lambda x: x > ORDINARY,
                         lambda u: -(-u).exp()),
    XMLOG1P:    Function(functions.xmlog1p,  (0.5, 2), huge, itself),
    XMTANH:     Function(functions.xmtanh,   (1 / 3, 3), huge, itself),
    special.tgamma: Function(functions.tgamma, None, lambda x: (x > 170) & (x < 2.0**LARGE),
                         lambda u: Extended.of(functions.lgamma(u.double)).exp()),
    sp.floor:   Function(np.floor,           None,     wholes, itself),
    sp.ceiling: Function(np.ceil,            None,     wholes, itself),
    sp.loggamma: Function(functions.lgamma,  None,     huge, lambda u: u * (u.log() - Extended.of(1.0))),
    sp.digamma: Function(functions.digamma,  None,     huge, Extended.log),
    special.lambertw: Function(functions.lambertw, None, huge, lambert_far),
    special.expi: Function(functions.expi,   None,     lambda x: x > ORDINARY,
                           lambda u: grown(u, *FACTORIALS) / u),
    special.expint: Function(functions.expint, None,   lambda x: x > ORDINARY,
                             lambda u: grown(-u, *FACTORIALS) / u),
    special.besseli0: Function(functions.besseli0, None, big, lambda u: modified(u, OF_I0, 1.0)),
    special.besseli1: Function(functions.besseli1, None, big, lambda u: modified(u, OF_I1, np.sign(u.m))),
    J1:         Function(functions.j1,       (1 / 3, 1), turns=True),
}
# fmt: on


# Two that differ in every function that turns: what depends on an angle that nobody knows differs too.
ANGLES = 1.0, 2.5


class Evaluator:
    """The lines of a program, one after another, over Extended numbers.

    `angle` stands for those past the doubles, of which `met` says whether there was one.
    """

    def __init__(self, program: Program, leaves: tuple[Any, ...], angle: float) -> None:
        self.angle = angle
        self.met = False
        self.values: dict[Any, Extended] = {
            s: Extended.of(x) for s, x in zip(program.leaves, leaves, strict=True)
        }
        for line in program.lines:
            self.values[line.name] = self(line.expr)

    def __call__(self, e: Any) -> Extended:
        if e not in self.values:
            self.values[e] = self.value(e)
        return self.values[e]

    def value(self, e: Any) -> Extended:
        if not e.free_symbols:
            beyond = endless(e)
            return Extended.constant(constant(e)) if beyond is None else Extended.of(beyond)
        if e.is_Add:
            first, *rest = map(self, e.args)
            return sum(rest, start=first)
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow and e.base is not sp.E:
            return self.power(e)
        if isinstance(e, sp.Piecewise):
            return self.cases(e)
        if isinstance(e, sp.Max | sp.Min):
            first, *rest = map(self, e.args)
            for other in rest:
                ahead = first.sign(other) * (1 if isinstance(e, sp.Max) else -1) >= 0
                # of two, one of which has no value, the larger has none
                first = first.where(ahead | np.isnan(first.m), other)
            return first
        if isinstance(e, sp.Abs):
            return abs(self(e.args[0]))
        if isinstance(e, sp.sign):
            return Extended.of(np.sign(self(e.args[0]).m))
        if isinstance(e, sp.exp) or e.is_Pow:
            return self(e.exp if e.is_Pow else e.args[0]).exp()
        if isinstance(e, sp.log):
            return self(e.args[0]).log()
        return self.call(e)

    def product(self, e: Any) -> Extended:
        out = None
        for f in e.args:
            if f.is_Pow and f.exp == -1 and out is not None:
                out = out / self(f.base)
            else:
                out = self(f) if out is None else out * self(f)
        assert out is not None
        return out

    def power(self, e: Any) -> Extended:
        n = e.exp
        if n.is_Integer and abs(n) <= 1000:
            return self(e.base).integer_power(int(n))
        if n == sp.S.Half:
            return self(e.base).sqrt()
        return self(e.base).power(self(n).double)

    def call(self, e: Any) -> Extended:
        head = head_of(e)
        if head is sp.atan2:
            return angle_of(*map(self, e.args))
        if head in FUNCTIONS:
            u = self(e.args[0])
            self.met |= FUNCTIONS[head].turns and bool(np.isinf(u.double).any())
            return FUNCTIONS[head](u, self.angle)
        if head not in BY_HEAD or not BY_HEAD[head].math:
            raise ModelError(f"{head} cannot be computed: no backend has this function.")
        row = BY_HEAD[head]
        plain = getattr(np, row.numpy) if row.numpy else getattr(functions, row.math)
        return Extended.of(plain(*(self(a).double for a in e.args)))

    def cases(self, e: Any) -> Extended:
        out = Extended.of(np.nan)
        for value, condition in reversed(e.args):
            out = self(value).where(self.holds(condition), out)
        return out

    def holds(self, c: Any) -> Any:
        if c in (sp.true, sp.false):
            return np.asarray(bool(c))
        if isinstance(c, sp.And | sp.Or):
            join = np.logical_and if isinstance(c, sp.And) else np.logical_or
            return join.reduce(np.broadcast_arrays(*map(self.holds, c.args)))
        if isinstance(c, sp.Not):
            return np.logical_not(self.holds(c.args[0]))
        return RELATIONS[type(c)].holds(self(c.args[0]).sign(self(c.args[1])), 0.0)


def in_extended_range(
    made: Program, plain: Callable[..., Any], leaves: tuple[Any, ...], n: int, summed: bool
) -> tuple[Any, tuple[Any, ...]]:
    """(cost, results) of a block, in the extended range; of nan and inf what `plain` makes of them."""
    rows = [np.broadcast_to(np.asarray(v, dtype=np.float64), n) for v in leaves]
    finite = np.isfinite(rows).all(axis=0)
    with np.errstate(all="ignore"):
        values = extended_values(made, tuple(r[finite] for r in rows))
        lost = int(n - finite.sum())
        others = (0.0,) * len(values)
        if lost:
            cost, results = plain(*(r[~finite] for r in rows), lost)
            others = (cost, *results)
        if summed:
            whole, *sums = (v.sum() + np.sum(o) for v, o in zip(values, others, strict=True))
            return whole, tuple(sums)
        ends = [np.empty(n) for _ in values]
        for end, value, other in zip(ends, values, others, strict=True):
            end[finite], end[~finite] = value, other
    return ends[0], tuple(ends[1:])


def extended_values(program: Program, leaves: tuple[Any, ...]) -> tuple[Any, ...]:
    """(cost, *results) of every sample, as doubles, each rounded once; finite leaves.

    nan where a value rests on sin u of a u past the doubles: it is another one at another angle.
    """
    shape = np.broadcast_shapes(*map(np.shape, leaves))
    exprs = (program.value, *program.results)
    run = Evaluator(program, leaves, ANGLES[0])
    values = [run(e).double for e in exprs]
    if run.met:
        other = Evaluator(program, leaves, ANGLES[1])
        values = [
            np.where(v == other(e).double, v, np.nan) for e, v in zip(exprs, values, strict=True)
        ]
    return tuple(np.broadcast_to(v, shape) for v in values)
