r"""Integrals and limits as numbers.

∫ is the trapezoidal rule after a substitution under which the integrand falls off doubly
exponentially (H. Takahasi, M. Mori, Double exponential formulas for numerical integration, 1974):
x = tanh(π/2 sinh t) between two bounds; to one side x = e^(t - e^-t) and on the whole line
x = sinh t for what falls off exponentially, x = e^(π/2 sinh t) and x = sinh(π/2 sinh t) for what
does not. The rule with half as many points has to agree, else the integral does not settle and
nothing is said. An integral without bounds is F(x) - F(x_0), x_0 the point that was drawn; over an
unknown density, or unknown functions everywhere, it is a sum over a few values (`expectations`).

A limit is taken by values that come closer and closer, with their extrapolation where they come
slowly; they have to settle as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.chance import chance_of, is_density
from symgd.judge.environment.dependence import rests
from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.indices import key_of
from symgd.judge.values.names import canonical
from symgd.judge.values.outcomes import grid, outcomes_apart
from symgd.judge.values.points import Key
from symgd.judge.values.values import Value, entries, is_array, plus, times
from symgd.judge.words import say
from symgd.language.latex.operators import INFINITY
from symgd.language.latex.syntax import Call, Integral, Limit, Minus, Name, walk
from symgd.language.latex.vocabulary import FUNCTIONS

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

Compute = Callable[["Evaluator"], Value]

# Digits of the nodes: a difference of steps of 1e-28 inside has to stay exact.
DIGITS = 110
# Steps per unit of t, and how far the rule of half as many may be off (its square is what is left).
OUTERMOST, INSIDE = (16, mp.mpf(10) ** -8), (8, mp.mpf(10) ** -5)
DEEPEST = 2
NEGLIGIBLE = mp.mpf(10) ** -32
ENOUGH = 3  # terms that are negligible, one after the other


def integral(e: Evaluator, tree: Integral) -> Value:
    key = canonical(e, key_of(e, tree.by))
    if tree.low is not None:
        low, high = _bound(e, tree.low), _bound(e, tree.high)
        return between(e, key, low, high, lambda inner: inner.value(tree.of))
    if tree.summed or is_sum(e, tree):
        return over_values(e, tree.by, tree.of)
    if tree.everywhere:
        return everywhere(e, key, lambda inner: inner.value(tree.of))
    here = e.value(tree.by)
    start = e.point.leaf(key)
    if is_array(here):
        raise NotUnderstood(say("unknown:antiderivative"))
    return between(e, key, start, here, lambda inner: inner.value(tree.of))


def is_sum(e: Evaluator, tree: Integral) -> bool:
    """Whether an integral is over values that are not known: a density, or E, is beside it."""
    calls = list(_calls(e, tree.of))
    unknown = [c for c in calls if not e.env.functions_of(c.function) and _is_unknown(c)]
    if any(is_density(e.env, c) for c in calls):
        return True
    mine = [c for c in unknown if any(n == tree.by for a in c.arguments for n in walk(a))]
    return bool(mine) and (tree.everywhere or _of_chance(e.env))


def over_values(e: Evaluator, by: Name, of: Any) -> Value:
    """Σ over the values of a letter."""
    if any(
        c.function.base in e.env.vocabulary.densities and not is_density(e.env, c)
        for c in _calls(e, of)
    ):
        e.env.hesitations.add(say("unknown:density-beside"))
    total: Value | None = None
    for inner in outcomes_apart(e, [by]):
        value = inner.value(of)
        total = value if total is None else plus(total, value)
    if total is None:
        raise Outside
    return total


def is_antiderivative(env: Any, tree: Any) -> bool:
    """Whether an integral stands for all functions that have this derivative."""
    return (
        isinstance(tree, Integral) and tree.low is None
        and not (tree.everywhere or tree.summed) and not _sums(env, tree)
    )  # fmt: skip


def _sums(env: Any, tree: Integral) -> bool:
    inner = [n for n in walk(tree.of) if isinstance(n, Call)]
    bases = sorted(rests(env, [tree.of])[0])
    inner += [n for b in bases for d in env.definitions.get(b, ()) for n in walk(d.body)
              if isinstance(n, Call)]  # fmt: skip
    if any(is_density(env, c) for c in inner):
        return True
    unknown = [c for c in inner if _is_unknown(c) and not env.functions_of(c.function)]
    return bool(unknown) and _of_chance(env)


def _of_chance(env: Any) -> bool:
    """Whether a document is about expectations, so that its integrals are over all values."""
    return chance_of(env).has_means or bool(env.vocabulary.densities)


def has_unknown(env: Any, tree: Any) -> bool:
    """Whether a formula rests on functions of which nothing is known."""
    trees = [tree, *(d.body for b in rests(env, [tree])[0] for d in env.definitions.get(b, ()))]
    return any(
        isinstance(n, Call) and _is_unknown(n) and not env.defines(n.function)
        for t in trees for n in walk(t)
    )  # fmt: skip


def _calls(e: Evaluator, of: Any) -> Iterator[Call]:
    yield from (n for n in walk(of) if isinstance(n, Call))
    for base in sorted(rests(e.env, [of])[0]):
        for d in e.env.definitions.get(base, ()):
            yield from (n for n in walk(d.body) if isinstance(n, Call))


def _is_unknown(call: Call) -> bool:
    return call.function.base.removeprefix("\\") not in FUNCTIONS


def _bound(e: Evaluator, tree: Any) -> Any:
    if tree == INFINITY:
        return mp.inf
    if tree == Minus(INFINITY):
        return -mp.inf
    value = e.value(tree)
    if is_array(value):
        raise NotUnderstood(say("unknown:integral-bounds"))
    return value


# -- quadrature ------------------------------------------------------------------------------------


def _tanh_sinh(t: Any) -> tuple[Any, Any]:
    u, du = mp.pi / 2 * mp.sinh(t), mp.pi / 2 * mp.cosh(t)
    return mp.tanh(u), du / mp.cosh(u) ** 2


def _exp_sinh(t: Any) -> tuple[Any, Any]:
    u, du = mp.pi / 2 * mp.sinh(t), mp.pi / 2 * mp.cosh(t)
    return mp.exp(u), du * mp.exp(u)


def _exp_exp(t: Any) -> tuple[Any, Any]:
    x = mp.exp(t - mp.exp(-t))
    return x, (1 + mp.exp(-t)) * x


def _sinh_sinh(t: Any) -> tuple[Any, Any]:
    u, du = mp.pi / 2 * mp.sinh(t), mp.pi / 2 * mp.cosh(t)
    return mp.sinh(u), du * mp.cosh(u)


# kind         x and dx/dt, and how far t goes
SUBSTITUTIONS: dict[str, tuple[Callable[[Any], tuple[Any, Any]], int]] = {
    "between": (_tanh_sinh, 5),
    "side": (_exp_exp, 7), "side slowly": (_exp_sinh, 5),
    "line": (lambda t: (mp.sinh(t), mp.cosh(t)), 7), "line slowly": (_sinh_sinh, 5),
}  # fmt: skip


@lru_cache(16)
def nodes(kind: str, steps: int) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """(x, weight) for t = 0, h, 2h, ..., and for -h, -2h, ...; the rough rule has every other."""
    substitution, furthest = SUBSTITUTIONS[kind]
    with mp.workdps(DIGITS):
        h = mp.mpf(1) / steps
        both = []
        for sign in (1, -1):
            side = []
            for k in range(0 if sign > 0 else 1, furthest * steps):
                x, dx = substitution(sign * k * h)
                if kind == "between" and dx < mp.mpf(10) ** -60:
                    break
                side.append((x, dx * h))
            both.append(side)
        return both[0], both[1]


def between(e: Evaluator, key: Key, low: Any, high: Any, compute: Compute) -> Value:
    """∫ from low to high of what is computed with the name overridden."""
    if low == high:
        return times(mp.mpf(0), compute(e.overridden({key: low})), "")
    if low > high:
        return -between(e, key, high, low, compute)
    e.env.rounded = True
    if mp.isinf(low) or mp.isinf(high):
        kind = "line" if low == -high else "side"

        def place(x: Any) -> Any:
            return x if kind == "line" else low + x if mp.isinf(high) else high - x

        found = _rule(e, key, kind, place, mp.mpf(1), compute)
        found = (
            _rule(e, key, f"{kind} slowly", place, mp.mpf(1), compute) if found is None else found
        )
        if found is None:
            raise _unsettled()
        return found
    middle, half = (low + high) / 2, (high - low) / 2
    found = _rule(e, key, "between", lambda x: middle + half * x, half, compute)
    if found is None:
        raise _unsettled()
    return found


def _unsettled() -> NotUnderstood:
    return NotUnderstood(say("unknown:integral-unsettled"))


def everywhere(e: Evaluator, key: Key, compute: Compute) -> Value:
    """∫ over all that a letter can be."""
    bounds = e.env.assumptions.bounds.get(key[0])
    if bounds is not None and bounds.members:
        total: Value = mp.mpf(0)
        for value in grid(e, key):
            total = plus(total, compute(e.overridden({key: value})))
        return total
    if e.env.shape_of(key) != (1, 1):
        raise NotUnderstood(say("unknown:integral-arrays"))
    low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
    ends = [
        infinite if x is None else mp.mpf(x.numerator) / x.denominator
        for x, infinite in ((low, -mp.inf), (high, mp.inf))
    ]
    return between(e, key, ends[0], ends[1], compute)


def _rule(
    e: Evaluator, key: Key, kind: str, place: Callable[[Any], Any], scale: Any, compute: Compute
) -> Value | None:
    """The fine rule, if the rough one agrees and its last points say nothing more; else None."""
    if e.integrals >= DEEPEST:
        raise NotUnderstood(say("unknown:integral-nested"))
    steps, settled = OUTERMOST if e.integrals == 0 else INSIDE
    inside = e.inside_integral()
    fine: Any = None
    rough: Any = None
    mass = mp.mpf(0)
    for sign, side in enumerate(nodes(kind, steps)):
        quiet = 0
        for k, (x, weight) in enumerate(side, sign):
            try:
                value = times(weight, compute(inside.overridden({key: place(x)})), "")
            except Outside:
                if not quiet:
                    raise
                break
            fine = value if fine is None else plus(fine, value)
            if not k % 2:
                rough = value if rough is None else plus(rough, value)
            mass += _size(value)
            quiet = quiet + 1 if _size(value) <= NEGLIGIBLE * mass and k > steps else 0
            if quiet >= ENOUGH:
                break
        if not quiet and kind != "between":
            return None
    error = _size(plus(fine, times(mp.mpf(-2), rough, "")))
    return times(scale, fine, "") if error <= settled * mass else None


def _size(value: Value) -> Any:
    return max(abs(x) for x in entries(value))


# -- laws with a formula ---------------------------------------------------------------------------


def _normal(x: Any, mean: Any, variance: Any) -> Any:
    return mp.exp(-((x - mean) ** 2) / (2 * variance)) / mp.sqrt(2 * mp.pi * variance)


def _uniform(x: Any, low: Any, high: Any) -> Any:
    return 1 / (high - low)


def _exponential(x: Any, rate: Any) -> Any:
    return rate * mp.exp(-rate * x)


# word                  density, its bounds in the parameters
CONTINUOUS: dict[str, tuple[Callable[..., Any], Callable[..., tuple[Any, Any]]]] = {
    "N": (_normal, lambda m, v: (-mp.inf, mp.inf)),
    "U": (_uniform, lambda a, b: (a, b)),
    "Exp": (_exponential, lambda r: (mp.mpf(0), mp.inf)),
}
WORDS = {
    r"\mathcal{N}": "N", "N": "N", "Normal": "N", r"\mathcal{U}": "U", "U": "U", "Uniform": "U",
    "Unif": "U", "Exp": "Exp", "Exponential": "Exp", "Bernoulli": "Bern", "Ber": "Bern",
    "Bern": "Bern",
}  # fmt: skip
COUNTS = {"N": 2, "U": 2, "Exp": 1, "Bern": 1}


def known_law(e: Evaluator, law: Any) -> str | None:
    """N of N(0, 1), if that is no function of the document."""
    if not isinstance(law, Call) or e.env.is_function(law.function):
        return None
    return WORDS[law.function.base] if is_known_law(law) else None


def is_known_law(law: Call) -> bool:
    """Whether a law is worked out: N(μ, σ²), U(a, b), Exp(λ) or Bernoulli(p)."""
    word = WORDS.get(law.function.base)
    return word is not None and len(law.arguments) == COUNTS[word] and not law.given


def under_law(e: Evaluator, key: Key, law: Call, compute: Compute) -> Value:
    """E of what is computed, under N(μ, σ²), U(a, b), Exp(λ) or Bernoulli(p)."""
    word = WORDS[law.function.base]
    parameters = [e.value(a) for a in law.arguments]
    if any(map(is_array, parameters)) or not all(isinstance(p, mp.mpf) for p in parameters):
        raise NotUnderstood(say("unknown:law-arrays"))
    if word == "Bern":
        (p,) = parameters
        zero, one = (compute(e.overridden({key: mp.mpf(k)})) for k in (0, 1))
        return plus(times(1 - p, zero, ""), times(p, one, ""))
    density, ends = CONTINUOUS[word]
    if word == "N" and parameters[1] <= 0:
        raise Outside
    if word == "N":  # in units of σ around μ, where the rule has its points
        mean, scale = parameters[0], mp.sqrt(parameters[1])

        def standard(inner: Evaluator) -> Value:
            x = inner.overrides[key]
            here = inner.overridden({key: mean + scale * x})
            return times(_normal(x, 0, 1), compute(here), "")

        return between(e, key, -mp.inf, mp.inf, standard)
    low, high = ends(*parameters)
    if low >= high:
        raise Outside
    return between(
        e, key, low, high,
        lambda inner: times(density(inner.overrides[key], *parameters), compute(inner), ""),
    )  # fmt: skip


# -- limits ----------------------------------------------------------------------------------------

NEAR = tuple(mp.mpf(10) ** -k for k in (60, 80))
FAR = tuple(mp.mpf(10) ** k for k in (40, 50))
# Where functions have no value so near or so far: 2^4, 2^5, ..., with their extrapolation.
POWERS = range(4, 19)
SAME = mp.mpf(10) ** -18
EXTRA = 160


def limit(e: Evaluator, tree: Limit) -> Value:
    key = canonical(e, key_of(e, tree.by))
    to = _bound(e, tree.to)
    e.env.rounded = True

    def at(place: Any) -> Value:
        return e.overridden({key: place}).value(tree.of)

    with mp.workdps(mp.mp.dps + EXTRA):
        if mp.isinf(to):
            sign = 1 if to > 0 else -1
            return _settled(at, [sign * x for x in FAR], [sign * mp.mpf(2) ** k for k in POWERS])
        found = []
        for side in (1, -1):
            if tree.side in ("", "+" if side > 0 else "-"):
                slow = [to + side * mp.mpf(2) ** -k for k in POWERS]
                try:
                    found.append(_settled(at, [to + side * x for x in NEAR], slow))
                except Outside:
                    continue
        if not found:
            raise Outside
        if len(found) > 1 and not _close(found[0], found[1]):
            raise NotUnderstood(say("unknown:limit-other-side"))
        return found[0]


def _settled(at: Callable[[Any], Value], near: list[Any], slow: list[Any]) -> Value:
    try:
        last, value = (at(x) for x in near)
        if _close(last, value) or _size(value) < mp.mpf(10) ** -25:
            return _without_dust(value)
    except Outside:
        pass
    values = [at(x) for x in slow]
    if _close(values[-1], values[-2]):
        return _without_dust(values[-1])
    rows = [values]
    while len(rows[-1]) > 1:
        factor = mp.mpf(2) ** len(rows)
        rows.append([
            plus(times(factor / (factor - 1), b, ""), times(-1 / (factor - 1), a, ""))
            for a, b in zip(rows[-1], rows[-1][1:], strict=False)
        ])  # fmt: skip
    if not _close(rows[-1][-1], rows[-2][-1]):
        raise NotUnderstood(say("unknown:limit-unsettled"))
    return _without_dust(rows[-1][-1])


def _close(a: Value, b: Value) -> bool:
    if is_array(a) != is_array(b):
        return False
    return bool(_size(plus(a, times(mp.mpf(-1), b, ""))) <= SAME * max(_size(a), mp.mpf(1)))


def _without_dust(value: Value) -> Value:
    """0 where a value has come that near to it."""
    return times(mp.mpf(0), value, "") if _size(value) < mp.mpf(10) ** -25 else value
