"""Random formulas, as trees that can be written in symgd's language and worked out by mpmath.

A tree is a tuple: ("number", "0.5"), ("name", "w"), ("neg", a), ("+", a, b), ("call", "tanh", a),
("where", ("<", a, b), c, d). What draws is a `random.Random`, which hypothesis has as well
(`strategies.randoms`), so that a find is made small by the same functions that found it.

`work_out` is the second witness: real numbers of mpmath, each case only where it is taken, nothing
of symgd's in it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import mpmath as mp
import numpy as np

Tree = tuple[Any, ...]


class NoValueError(Exception):
    """A formula has no real value here."""


class UnsureError(Exception):
    """The witness would take too long."""


# Past it, an argument would be written out in as many digits as it is large.
LARGEST = 10**6


def real(value: Any) -> Any:
    """The value, if it is a finite real number."""
    if isinstance(value, mp.mpc):
        if value.imag != 0:
            raise NoValueError
        value = value.real
    if not mp.isfinite(value):
        raise NoValueError
    return value


def positive(u: Any) -> Any:
    if u <= 0:
        raise NoValueError
    return u


def inside(low: Any, u: Any, high: Any) -> Any:
    if not low < u < high:
        raise NoValueError
    return u


def above(low: Any, u: Any) -> Any:
    if u <= low:
        raise NoValueError
    return u


def between(low: Any, u: Any, high: Any) -> Any:
    if not low <= u <= high:
        raise NoValueError
    return u


def logistic(u: Any) -> Any:
    return 1 / (1 + mp.exp(-u))


def softplus(u: Any) -> Any:
    return mp.log1p(mp.exp(u))


def tanhshrink(u: Any) -> Any:
    with mp.workprec(3 * mp.mp.prec + 2 * max(0, -mp.mag(u) if u else 0)):
        return u - mp.tanh(u)


def tangent(u: Any) -> Any:
    return mp.sin(u) / mp.cos(u)


# function → how many arguments, its value; None for those that are given a small weight
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "exp": (1, mp.exp),
    "log": (1, lambda u: mp.log(positive(u))),
    "log1p": (1, lambda u: mp.log1p(above(-1, u))),
    "expm1": (1, mp.expm1),
    "log2": (1, lambda u: mp.log(positive(u), 2)),
    "log10": (1, lambda u: mp.log(positive(u), 10)),
    "sqrt": (1, lambda u: mp.sqrt(between(0, u, mp.inf))),
    "cbrt": (1, lambda u: mp.sign(u) * mp.cbrt(abs(u))),
    "square": (1, lambda u: u * u),
    "sin": (1, mp.sin),
    "cos": (1, mp.cos),
    "tan": (1, tangent),
    "cot": (1, lambda u: mp.cos(u) / mp.sin(u)),
    "sec": (1, lambda u: 1 / mp.cos(u)),
    "csc": (1, lambda u: 1 / mp.sin(u)),
    "asin": (1, lambda u: mp.asin(between(-1, u, 1))),
    "acos": (1, lambda u: mp.acos(between(-1, u, 1))),
    "atan": (1, mp.atan),
    "sinh": (1, mp.sinh),
    "cosh": (1, mp.cosh),
    "tanh": (1, mp.tanh),
    "coth": (1, lambda u: mp.cosh(u) / mp.sinh(u)),
    "sech": (1, mp.sech),
    "csch": (1, lambda u: 1 / mp.sinh(u)),
    "asinh": (1, mp.asinh),
    "acosh": (1, lambda u: mp.acosh(between(1, u, mp.inf))),
    "atanh": (1, lambda u: mp.atanh(between(-1, u, 1))),
    "erf": (1, mp.erf),
    "erfc": (1, mp.erfc),
    "Phi": (1, lambda u: mp.erfc(-u / mp.sqrt(2)) / 2),
    "lgamma": (1, lambda u: mp.loggamma(positive(u))),
    "digamma": (1, lambda u: mp.digamma(positive(u))),
    "trigamma": (1, lambda u: mp.psi(1, positive(u))),
    "gamma": (1, lambda u: mp.gamma(positive(u))),
    "erfinv": (1, lambda u: mp.erfinv(inside(-1, u, 1))),
    "lambertw": (1, lambda u: mp.re(mp.lambertw(between(-mp.exp(-1), u, mp.inf)))),
    "Ei": (1, lambda u: mp.ei(positive(u))),
    "J0": (1, lambda u: mp.besselj(0, u)),
    "abs": (1, abs),
    "sign": (1, mp.sign),
    "floor": (1, mp.floor),
    "max": (2, max),
    "min": (2, min),
    "atan2": (2, mp.atan2),
    "hypot": (2, lambda u, v: mp.sqrt(u * u + v * v)),
    "sigmoid": (1, logistic),
    "logsigmoid": (1, lambda u: -softplus(-u)),
    "softplus": (1, softplus),
    "relu": (1, lambda u: max(u, mp.mpf(0))),
    "relu6": (1, lambda u: min(max(u, mp.mpf(0)), mp.mpf(6))),
    "hardtanh": (1, lambda u: min(max(u, mp.mpf(-1)), mp.mpf(1))),
    "hardsigmoid": (1, lambda u: min(max(u / 6 + mp.mpf(1) / 2, mp.mpf(0)), mp.mpf(1))),
    "hardswish": (1, lambda u: u * min(max(u / 6 + mp.mpf(1) / 2, mp.mpf(0)), mp.mpf(1))),
    "softsign": (1, lambda u: u / (1 + abs(u))),
    "silu": (1, lambda u: u * logistic(u)),
    "gelu": (1, lambda u: u * mp.erfc(-u / mp.sqrt(2)) / 2),
    "mish": (1, lambda u: u * mp.tanh(softplus(u))),
    "tanhshrink": (1, tanhshrink),
    "sinc": (1, lambda u: mp.mpf(1) if u == 0 else mp.sin(u) / u),
    "cloglog": (1, lambda u: -mp.expm1(-mp.exp(u)) if u < 20 else mp.mpf(1)),
    "logit": (1, lambda u: mp.log(positive(u) / positive(1 - u))),
    "logaddexp": (2, lambda u, v: mp.log(mp.exp(u) + mp.exp(v))),
    "clip": (3, lambda u, low, high: min(max(u, low), high)),
}  # fmt: skip

# How often each is drawn: what people write often comes often.
COMMON = "exp log sqrt sin cos tanh abs max min sigmoid relu square".split()

# functions that are simple for numbers of any size
SIMPLE = {
    "max",
    "min",
    "abs",
    "sign",
    "square",
    "sqrt",
    "cbrt",
    "relu",
    "relu6",
    "hardtanh",
    "clip",
    "hardsigmoid",
    "hardswish",
    "softsign",
    "hypot",
    "log",
    "log2",
    "log10",
    "log1p",
    "floor",
}

RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}

NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "1/3", "-5", "6", "10", "100", "0.1", "1e-3", "2.5"]
EXPONENTS = ["2", "3", "-1", "-2", "1/2", "1/3", "-1/2", "0", "1", "1.5", "4"]


def work_out(tree: Tree, at: Mapping[str, Any]) -> Any:
    """What the tree is worth; raises NoValueError where that is no real number."""
    kind = tree[0]
    try:
        match kind:
            case "number":
                above, _, below = tree[1].partition("/")
                return mp.mpf(above) / mp.mpf(below or 1)
            case "name":
                return at[tree[1]]
            case "exactly":
                return mp.mpf(tree[1])
            case "neg":
                return -work_out(tree[1], at)
            case "call":
                _, function = FUNCTIONS[tree[1]]
                arguments = [work_out(a, at) for a in tree[2:]]
                if any(abs(a) > LARGEST for a in arguments) and tree[1] not in SIMPLE:
                    raise UnsureError
                if tree[1] == "atan2" and arguments[0] == 0 > arguments[1]:
                    raise UnsureError  # at its cut doubles go by the sign of the 0
                if tree[1] in UP_TO_1 and abs(arguments[0]) == 1 and not is_plain(tree[2]):
                    raise UnsureError  # Φ(160) is not 1, and √z·(1/√z) is not in doubles
                return real(function(*arguments))
            case "where":
                relation, a, b = tree[1]
                holds = RELATIONS[relation](work_out(a, at), work_out(b, at))
                return work_out(tree[2] if holds else tree[3], at)
        a, b = work_out(tree[1], at), work_out(tree[2], at)
        match kind:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "/":
                return real(a / b)
            case "^":
                if abs(b) > LARGEST or (a < 0 and tree[2][0] != "number"):
                    raise UnsureError  # whether b is whole is a matter of rounding
                if a == 0 and tree[1][0] in "+-" and tree[2][0] != "number":
                    raise UnsureError  # and so is whether a is 0, as tanh(710) - 1 is here
                if a == 0 and b == 0:
                    return mp.mpf(1)
                return real(mp.power(a, b))
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NoValueError from error
    raise AssertionError(tree)


def is_plain(tree: Tree) -> bool:
    """A number, a name, or a quotient of them: what is 1 there is 1 in doubles."""
    plain = ("number", "name")
    return tree[0] in plain or (tree[0] == "/" and all(t[0] in plain for t in tree[1:]))


def slope(tree: Tree, at: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """(value, derivative in a name) in the precision that is set, one operation after another.

    What doubles make of a derivative that cancels: the witness of how much may be lost.
    """
    kind = tree[0]
    match kind:
        case "number" | "exactly":
            return work_out(tree, at), mp.mpf(0)
        case "name":
            return at[tree[1]]
        case "neg":
            u, du = slope(tree[1], at, name)
            return -u, -du
        case "where":
            relation, *sides = tree[1]
            a, b = (slope(s, at, name)[0] for s in sides)
            return slope(tree[2] if RELATIONS[relation](a, b) else tree[3], at, name)
        case "call":
            inner = [slope(a, at, name) for a in tree[2:]]
            call = FUNCTIONS[tree[1]][1]
            values = [u for u, _ in inner]
            total = mp.mpf(0)
            for i, (u, du) in enumerate(inner):
                if du != 0:
                    with mp.workdps(60):
                        h = mp.mpf(10) ** -20 * max(1, abs(u))
                        up, down = ([*values[:i], u + k * h, *values[i + 1 :]] for k in (1, -1))
                        rate = (real(call(*up)) - real(call(*down))) / (2 * h)
                    total += +rate * du
            return real(call(*values)), total
    (u, du), (v, dv) = slope(tree[1], at, name), slope(tree[2], at, name)
    match kind:
        case "+":
            return u + v, du + dv
        case "-":
            return u - v, du - dv
        case "*":
            return u * v, u * dv + v * du
        case "/":
            return u / v, (du - u / v * dv) / v
    value = real(mp.power(u, v))
    return value, (v * mp.power(u, v - 1) * du if du != 0 else 0) + (
        value * mp.log(u) * dv if dv != 0 else 0
    )


# -- as text ---------------------------------------------------------------------------------------

RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}


def write(tree: Tree, rank: int = 0) -> str:
    """The tree in symgd's language, with the brackets that it needs."""
    kind = tree[0]
    match kind:
        case "number":
            bare = tree[1].replace(".", "").isdigit()
            return tree[1] if bare or rank == 0 else f"({tree[1]})"
        case "name":
            return str(tree[1])
        case "call":
            return f"{tree[1]}({', '.join(write(a) for a in tree[2:])})"
        case "where":
            relation, a, b = tree[1]
            return f"where({write(a)} {relation} {write(b)}, {write(tree[2])}, {write(tree[3])})"
        case "neg":
            text = f"-{write(tree[1], RANKS['neg'])}"
        case "^":
            text = f"{write(tree[1], 5)}^{write(tree[2], 5)}"
        case _:
            text = f"{write(tree[1], RANKS[kind])} {kind} {write(tree[2], RANKS[kind] + 1)}"
    return f"({text})" if RANKS[kind] < rank else text


# -- drawn -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Definitions:
    """A model: name → tree, the parameters, the inputs, and numbers for all of them."""

    trees: dict[str, Tree]
    parameters: list[str]
    inputs: list[str]
    points: list[dict[str, float]] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        return {name: write(tree) for name, tree in self.trees.items()}

    def work_out(self, at: Mapping[str, Any]) -> Any:
        """The cost; raises NoValueError if it has none. A name is worked out where it is met."""
        return work_out(("name", "C"), Known(self.trees, at, work_out))

    def slope(self, at: Mapping[str, Any], name: str, noise: int = 0) -> Any:
        """The derivative of the cost in a name, as the precision that is set has it.

        `noise`: by so many units of the last place the movements of definitions are off: those that
        a gradient adds up on its way back, such as ∂C/∂z - ∂C/∂w where z = w.
        """
        given = {n: (v, mp.mpf(n == name)) for n, v in at.items()}

        def moved(tree: Tree, known: Mapping[str, Any]) -> Any:
            u, du = slope(tree, known, name)
            return u, du * (1 + noise * mp.mpf(2) ** -51)

        try:
            found = slope(("name", "C"), Known(self.trees, given, moved), name)
            return real(found[1])
        except (ZeroDivisionError, OverflowError, ValueError, TypeError) as error:
            raise NoValueError from error

    def has_faint_names(self, at: Mapping[str, float]) -> bool:
        """Whether a value on the way is among the numbers that doubles have few bits for."""
        known = Known(self.trees, {n: np.float64(v) for n, v in at.items()}, in_doubles)
        with np.errstate(all="ignore"):
            parts = [t for n in self.trees for t in (("name", n), *calls_in(self.trees[n]))]
            return any(0 < abs(float(in_doubles(t, known))) < 1e-305 for t in parts)

    def absorbs(self, at: Mapping[str, Any]) -> bool:
        """Whether a sum, in the digits that are set, is one of its parts and the other is not 0, or
        a function is at its end, as Φ(1000) is 1: 1 - 1/(1 + e^-7334) is no 0, and needs three
        thousand digits to say so."""
        known = Known(self.trees, at, work_out)
        for tree in self.trees.values():
            for call in calls_in(tree):
                if call[1] in SATURATING:
                    try:
                        if work_out(call, known) in LIMITS[call[1]]:
                            return True
                    except (NoValueError, UnsureError):
                        continue
            for _, left, right in sums_in(tree):
                try:
                    a, b = work_out(left, known), work_out(right, known)
                except (NoValueError, UnsureError):
                    continue
                if a != 0 != b and a + b in (a, b):
                    return True
        return False

    def meets_a_pole_too_early(self, at: Mapping[str, float]) -> bool:
        """Whether an argument that is not 0 is 0 in doubles, and a function has a pole there."""
        doubles = Known(self.trees, {n: np.float64(v) for n, v in at.items()}, in_doubles)
        exact = Known(self.trees, {n: mp.mpf(v) for n, v in at.items()}, work_out)
        calls = [c for tree in self.trees.values() for c in calls_in(tree) if (c[1], 0) in POLES]
        with np.errstate(all="ignore"), contextlib.suppress(NoValueError, UnsureError):
            return any(in_doubles(c[2], doubles) == 0 and work_out(c[2], exact) != 0 for c in calls)
        return False

    def with_infinities(self, at: Mapping[str, float], side: int) -> Any:
        def worked_out(tree: Tree, known: Mapping[str, Any]) -> Any:
            return with_infinities(tree, known, side)

        known = Known(self.trees, {n: mp.mpf(v) for n, v in at.items()}, worked_out)
        return worked_out(("name", "C"), known)

    def beside_ends(self, at: Mapping[str, float]) -> Any:
        """The cost where a definition or a clip that is 0 is a bit more, and one that is 1 a bit
        less: p·log p + (1 - p)·log(1 - p) is 0 at p = clip(w, 0, 1)."""
        clips: dict[Tree, str] = {}

        def named(part: Any) -> Any:
            if not isinstance(part, tuple):
                return part
            part = tuple(map(named, part))
            is_clip = part[:2] == ("call", "clip")
            return ("name", clips.setdefault(part, f"clip {len(clips)}")) if is_clip else part

        trees = {name: named(tree) for name, tree in self.trees.items()}
        trees |= {name: tree for tree, name in clips.items()}

        def beside(tree: Tree, known: Mapping[str, Any]) -> Any:
            value = work_out(tree, known)
            return {0: mp.mpf(10) ** -400, 1: 1 - mp.mpf(10) ** -50}.get(value, value)

        found = work_out(("name", "C"), Known(trees, at, beside))
        return mp.mpf(0) if abs(found) < mp.mpf(10) ** -40 else found

    def in_doubles(self, at: Mapping[str, float]) -> Any:
        known = Known(self.trees, {n: np.float64(v) for n, v in at.items()}, in_doubles)
        return in_doubles(("name", "C"), known)


def in_doubles(tree: Tree, known: Mapping[str, Any]) -> Any:
    """What IEEE's doubles make of the tree, with their infinities."""
    kind = tree[0]
    match kind:
        case "number":
            return np.float64(float(work_out(tree, {})))
        case "name":
            return known[tree[1]]
        case "neg":
            return -in_doubles(tree[1], known)
        case "call":
            arguments = [float(in_doubles(a, known)) for a in tree[2:]]
            if any(map(math.isnan, arguments)):
                return np.float64(math.nan)  # Python's max(0, nan) is 0
            if tree[1] in CHOICES:
                return np.float64(CHOICES[tree[1]](*arguments))
            if tree[1] in LIMITS and math.isinf(arguments[0]):
                return np.float64(LIMITS[tree[1]][arguments[0] > 0])
            if tree[1] in ODD_POLES and arguments[0] == 0:
                sign = ODD_POLES[tree[1]]
                return np.float64(sign * math.copysign(math.inf, arguments[0]))
            if (tree[1], arguments[0]) in POLES:
                return np.float64(POLES[tree[1], arguments[0]])
            if tree[1] in ODD and arguments[0] == 0:
                return np.float64(arguments[0])  # tanh(-0) is -0, and 1/-0 the other infinity
            try:
                return np.float64(float(work_out(("call", tree[1], *map(_exactly, arguments)), {})))
            except (NoValueError, ValueError):
                return np.float64(math.nan)
        case "where":
            relation, a, b = tree[1]
            holds = RELATIONS[relation](in_doubles(a, known), in_doubles(b, known))
            return in_doubles(tree[2] if holds else tree[3], known)
    a, b = in_doubles(tree[1], known), in_doubles(tree[2], known)
    return {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}[kind](
        a, b
    )


def with_infinities(tree: Tree, known: Mapping[str, Any], side: int) -> Any:
    """What the tree is worth where a division by 0 is infinite, all digits kept; nan for none.

    Doubles have lost some, and are infinite too early. `side`: the sign of a 0 that is divided by.
    """
    kind = tree[0]
    match kind:
        case "number":
            return work_out(tree, {})
        case "name":
            return known[tree[1]]
        case "neg":
            return -with_infinities(tree[1], known, side)
        case "call":
            return _call_with_infinities(
                tree[1], [with_infinities(a, known, side) for a in tree[2:]], side
            )
        case "where":
            relation, *sides = tree[1]
            a, b = (with_infinities(t, known, side) for t in sides)
            return with_infinities(tree[2] if RELATIONS[relation](a, b) else tree[3], known, side)
    a, b = (with_infinities(t, known, side) for t in tree[1:])
    match kind:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/" if b == 0:
            return side * mp.sign(a) * mp.inf if a != 0 else mp.nan
        case "/":
            return a / b
    try:
        if a != 0 and mp.isfinite(a) and mp.isfinite(b):
            return real(mp.power(a, b))
    except (NoValueError, ZeroDivisionError, OverflowError, ValueError):
        return mp.nan
    with np.errstate(all="ignore"):
        return mp.mpf(float(np.power(np.float64(float(a)), np.float64(float(b)))))


def _call_with_infinities(name: str, arguments: list[Any], side: int) -> Any:
    u = arguments[0]
    if any(map(mp.isnan, arguments)):
        return mp.nan
    if name in CHOICES:
        return CHOICES[name](*arguments)
    if name in LIMITS and mp.isinf(u):
        return mp.mpf(LIMITS[name][u > 0])
    if name in ODD_POLES and u == 0:
        return side * ODD_POLES[name] * mp.inf
    if (name, u) in POLES:
        return mp.mpf(POLES[name, u])
    try:
        return work_out(("call", name, *map(_exactly, arguments)), {})
    except (NoValueError, UnsureError, ValueError):
        return mp.nan


def _exactly(value: float) -> Tree:
    return ("exactly", value)


# functions that choose among their arguments, infinite ones as well
CHOICES: dict[str, Callable[..., float]] = {
    "max": max,
    "min": min,
    "clip": lambda u, low, high: min(max(u, low), high),
    "hypot": lambda u, v: abs(u) + abs(v) if mp.isinf(u) or mp.isinf(v) else mp.hypot(u, v),
    "atan2": lambda u, v: math.atan2(u, v),
    "logaddexp": lambda u, v: max(u, v) if mp.isinf(max(u, v)) else mp.log(mp.exp(u) + mp.exp(v)),
}

# function, argument → what IEEE has at a pole there; where the sides differ, by the sign of the 0
POLES: dict[tuple[str, float], float] = {
    **{(f, 0): -math.inf for f in ("log", "log2", "log10", "logit", "Ei")},
    **{(f, 0): math.inf for f in ("lgamma", "trigamma")},
    ("logit", 1): math.inf, ("atanh", 1): math.inf, ("atanh", -1): -math.inf,
    ("log1p", -1): -math.inf,
}  # fmt: skip

# what comes to its end for large arguments, in however many digits
SATURATING = frozenset("tanh coth erf erfc Phi sigmoid cloglog".split())
UP_TO_1 = ("logit", "atanh", "erfinv")
ODD = set("sin tan asin atan sinh tanh asinh atanh erf erfinv cbrt expm1 log1p sqrt".split())
# function → its sign right of its pole at 0, the other one left of it
ODD_POLES = {"coth": 1, "csch": 1, "csc": 1, "cot": 1, "gamma": 1, "digamma": -1}

# function → its limits at -∞ and ∞
LIMITS: dict[str, tuple[float, float]] = {
    "exp": (0, math.inf), "log": (math.nan, math.inf), "atan": (-math.pi / 2, math.pi / 2),
    "tanh": (-1, 1), "coth": (-1, 1), "sech": (0, 0), "csch": (0, 0), "erf": (-1, 1),
    "erfc": (2, 0), "Phi": (0, 1), "abs": (math.inf, math.inf), "sign": (-1, 1),
    "sqrt": (math.nan, math.inf), "square": (math.inf, math.inf), "cbrt": (-math.inf, math.inf),
    "sigmoid": (0, 1), "relu": (0, math.inf), "hardtanh": (-1, 1), "relu6": (0, 6),
    "hardsigmoid": (0, 1), "softsign": (-1, 1), "cloglog": (0, 1), "sinh": (-math.inf, math.inf),
    "cosh": (math.inf, math.inf), "asinh": (-math.inf, math.inf), "softplus": (0, math.inf),
    "log2": (math.nan, math.inf), "log10": (math.nan, math.inf), "Ei": (math.nan, math.inf),
    "silu": (math.nan, math.inf), "gelu": (math.nan, math.inf), "mish": (math.nan, math.inf),
    "hardswish": (0, math.inf),
    "logsigmoid": (-math.inf, 0), "expm1": (-1, math.inf), "log1p": (math.nan, math.inf),
}  # fmt: skip


def as_tree(found: Any) -> Any:
    """A tree as JSON has it → the tree."""
    return tuple(map(as_tree, found)) if isinstance(found, list) else found


class Known(dict[str, Any]):
    """Numbers by name, those of definitions worked out when they are first asked for."""

    def __init__(
        self, trees: Mapping[str, Tree], at: Mapping[str, Any], how: Callable[..., Any]
    ) -> None:
        super().__init__(at)
        self.trees = trees
        self.how = how

    def __missing__(self, name: str) -> Any:
        self[name] = self.how(self.trees[name], self)
        return self[name]


def calls_in(tree: Tree) -> list[Tree]:
    inner = [c for t in tree if isinstance(t, tuple) for c in calls_in(t)]
    return [tree, *inner] if tree[0] == "call" else inner


def sums_in(tree: Tree) -> list[Tree]:
    inner = [s for t in tree if isinstance(t, tuple) for s in sums_in(t)]
    return [tree, *inner] if tree[0] in ("+", "-") else inner


def names_of(tree: Tree) -> set[str]:
    if tree[0] == "name":
        return {tree[1]}
    return set().union(*(names_of(t) for t in tree if isinstance(t, tuple)), set())


def draw_tree(random: Random, names: list[str], depth: int) -> Tree:
    if depth <= 0 or random.random() < 0.12:
        if random.random() < 0.75:
            return ("name", random.choice(names))
        return ("number", random.choice(NUMBERS))

    def part() -> Tree:
        return draw_tree(random, names, depth - 1)

    kind = random.choices(
        ["+", "-", "*", "/", "^", "neg", "call", "where"], [4, 4, 6, 4, 3, 1, 9, 1.5]
    )[0]
    match kind:
        case "neg":
            return ("neg", part())
        case "^":
            if random.random() < 0.75:
                return ("^", part(), ("number", random.choice(EXPONENTS)))
            return ("^", part(), part())
        case "call":
            common = random.random() < 0.5
            name = random.choice(COMMON if common else sorted(FUNCTIONS))
            return ("call", name, *(part() for _ in range(FUNCTIONS[name][0])))
        case "where":
            relation = random.choice(sorted(RELATIONS))
            return ("where", (relation, part(), part()), part(), part())
        case _:
            return (kind, part(), part())


def draw_number(random: Random) -> float:
    if random.random() < 0.3:
        return float(random.choice([0, 1, -1, 2, 0.5, -2, 3, 1e-8, 20, -20, 710, -745, 1e10]))
    return random.choice([1, 1, 1, 5, 30]) * random.uniform(-1.5, 1.5)


def reached_by(
    cost: str, trees: Mapping[str, Tree], names_of: Callable[[Tree], set[str]]
) -> set[str]:
    """The names that a cost is made of, through all definitions, and itself."""
    reached: set[str] = set()
    todo = [cost]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += sorted(names_of(trees[name])) if name in trees else []
    return reached


def resting(
    trees: dict[str, Tree], leaves: Sequence[str]
) -> tuple[dict[str, Tree], list[str], list[str]]:
    """(the definitions that C rests on, the leaves in them, the parameters among these)."""
    reached = reached_by("C", trees, names_of)
    kept = {n: t for n, t in trees.items() if n in reached}
    met = [n for n in leaves if n in reached]
    if not met:
        kept["C"] = ("+", kept["C"], ("name", "w"))
        met = ["w"]
    return kept, met, [n for n in met if n in "wb"] or met[:1]


def draw_definitions(random: Random, most: int = 4, depth: int = 4) -> Definitions:
    """Up to `most` definitions, each of leaves and of names before it; the last one is the cost."""
    leaves = ["w", "b", "x", "y"]
    trees: dict[str, Tree] = {}
    names = list(leaves)
    count = random.randint(1, most)
    for name in ["z", "h", "p"][: count - 1]:
        trees[name] = draw_tree(random, names, random.randint(1, depth - 1))
        names += [name, name]
    trees["C"] = draw_tree(random, names, random.randint(1, depth))

    trees, met, parameters = resting(trees, leaves)
    inputs = [n for n in met if n not in parameters]
    points = [{n: draw_number(random) for n in met} for _ in range(4)]
    return Definitions(trees, parameters, inputs, points)
