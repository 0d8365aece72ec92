"""What the tests of the derivation share: a second witness for values and derivatives.

`value` evaluates a tree in mpmath with a table of its own, and `slope` differentiates a model by
a central difference in many digits. Neither uses symgd's evaluator, rules or algebra.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import gc
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from chromium import browser, show  # noqa: F401 - fixtures of every test of a page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symgd.functions.primitives import BY_NAME
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    D,
    P,
    Prime,
    add,
    exp,
    function,
    function_name,
    is_application,
    log,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    rebuild,
    reciprocal,
    replace_all,
    settle,
    sqrt,
    sub,
)

# A shell starts what runs in the background with interrupts ignored, and that is inherited: a test
# of an interrupt would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test rests on how fast the machine is; those of the limits set their own.
os.environ["SYMGD_LIMITS"] = "seconds=600,memory=20000"


def pytest_collection_finish() -> None:
    """Thousands of tests and every module are there to the end: the collector need not walk them
    again and again. It saves six to nine hundredths of the time. Hypothesis asks the collector, when
    it first draws, who holds its random numbers, and is not told of what stands alone: so it draws
    once before."""
    given(st.none())(lambda _: None)()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


settings.register_profile(
    "symgd",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("symgd")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is a sweep is slow as well, so that `-m "not slow"` leaves out both."""
    spread_out(items)
    for item in items:
        if item.get_closest_marker("sweep"):
            item.add_marker("slow")


def shares(quick: int | None = None, slow: int = 1) -> tuple[int | None, int]:
    """What the marker `spread` says."""
    return quick, slow


def spread_out(items: list[pytest.Item]) -> None:
    """The cases of a test that are alike, divided as its marker says, `spread(quick, slow=1)`: every
    `quick`-th is quick, of the others every `slow`-th is slow, and what is left is a sweep. Without
    `quick` only those are divided that are slow already."""
    seen: Counter[tuple[str, str]] = Counter()
    for item in items:
        spread = item.get_closest_marker("spread")
        if spread is None or item.get_closest_marker("sweep"):
            continue
        quick, slow = shares(*spread.args, **spread.kwargs)
        of = item.nodeid.partition("[")[0]
        if quick is None and not item.get_closest_marker("slow"):
            continue
        if quick is not None:
            seen[of, "all"] += 1
            if seen[of, "all"] % quick == 1 % quick:
                continue
        item.add_marker("sweep" if seen[of, "slow"] % slow else "slow")
        seen[of, "slow"] += 1


DIGITS = 60
STEP = mp.mpf(10) ** -20

RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "StrictLessThan": lambda a, b: a < b,
    "LessThan": lambda a, b: a <= b,
    "StrictGreaterThan": lambda a, b: a > b,
    "GreaterThan": lambda a, b: a >= b,
    "Equality": lambda a, b: a == b,
    "Unequality": lambda a, b: a != b,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "max": max,
    "min": min,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "atan2": mp.atan2,
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "trigamma": lambda u: mp.polygamma(1, u),
    "polygamma": lambda n, u: mp.polygamma(int(n), u),
    "erfinv": mp.erfinv,
    "erfcinv": lambda u: mp.erfinv(1 - u),
    "sinint": mp.si,
    "cosint": mp.ci,
    "expint": mp.e1,
    "expi": mp.ei,
    "besselj0": mp.j0,
    "besselj1": mp.j1,
    "bessely0": lambda u: mp.bessely(0, u),
    "bessely1": lambda u: mp.bessely(1, u),
    "besseli0": lambda u: mp.besseli(0, u),
    "besseli1": lambda u: mp.besseli(1, u),
    "lambertw": mp.lambertw,
    "tgamma": mp.gamma,
    "Heaviside": lambda u, *_: mp.mpf(u > 0),
    "DiracDelta": lambda u, *_: mp.mpf(0),
    **{
        n: getattr(mp, n)
        for n in ["exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan"]
    },
    **{
        n: getattr(mp, n)
        for n in [
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "sech",
            "csch",
            "asinh",
            "acosh",
            "atanh",
            "erf",
            "erfc",
        ]
    },
}


def holds(condition: Any, point: Mapping[Any, Any], graph: Any = None) -> bool:
    if condition == sp.true or condition == sp.false:
        return bool(condition)
    if isinstance(condition, sp.And | sp.Or):
        every = all if isinstance(condition, sp.And) else any
        return every(holds(c, point, graph) for c in condition.args)
    if isinstance(condition, sp.Not):
        return not holds(condition.args[0], point, graph)
    if isinstance(condition, sp.ITE):
        test, then, other = condition.args
        return holds(then if holds(test, point, graph) else other, point, graph)
    a, b = (value(side, point, graph) for side in condition.args)
    return RELATIONS[type(condition).__name__](a, b)


def value(expr: Any, point: Mapping[Any, Any], graph: Any = None) -> Any:
    """The value of a tree, nan off the real line; `graph` supplies the bodies of named functions."""
    if expr in point:
        return mp.mpf(point[expr])
    if expr.is_Rational:
        return mp.mpf(int(expr.p)) / int(expr.q)
    if expr is sp.pi:
        return +mp.pi
    if expr is sp.E:
        return +mp.e
    if expr in (sp.zoo, sp.nan, sp.I):  # what log(0) and log(-1) are to sympy
        return mp.nan
    if isinstance(expr, sp.Piecewise):
        for branch, condition in expr.args:
            if holds(condition, point, graph):
                return value(branch, point, graph)
        return mp.nan
    if is_application(expr):
        g = graph.functions[function_name(expr)]
        inner = {v: value(a, point, graph) for v, a in zip(g.variables, expr.args, strict=True)}
        return value(g.body, inner, graph)
    args = [value(a, point, graph) for a in expr.args]
    try:
        out = _combine(expr, args)
    except (ZeroDivisionError, ValueError, OverflowError):
        return mp.nan
    return mp.nan if isinstance(out, mp.mpc) else out


def _combine(expr: Any, args: list[Any]) -> Any:
    if expr.is_Add:
        return mp.fsum(args)
    if expr.is_Mul:
        return mp.fprod(args)
    # mpmath would work on e^(e^100) for ever
    huge = [abs(a) > 10**6 for a in args]
    if huge[-1] and not isinstance(expr, sp.Abs | sp.Max | sp.Min | sp.sign | sp.log | sp.atan):
        return mp.nan
    if expr.is_Pow:
        return args[0] ** args[1]
    return FUNCTIONS[function_name(expr)](*args)


def forward(graph: Any, leaves: Mapping[Any, Any]) -> dict[Any, Any]:
    """Every name of the graph at the leaves."""
    point = dict(leaves)
    for v, body in graph.definitions.items():
        point[v] = value(body, point, graph)
    return point


def slope(graph: Any, leaves: Mapping[Any, Any], t: Any) -> Any:
    """∂C/∂t by a central difference of the whole model."""
    ahead, behind = (
        forward(graph, {**leaves, t: leaves[t] + d})[graph.cost] for d in (STEP, -STEP)
    )
    return (ahead - behind) / (2 * STEP)


def second_slope(graph: Any, leaves: Mapping[Any, Any], s: Any, t: Any) -> Any:
    """∂²C/∂s∂t by a difference of differences."""
    with mp.workdps(3 * DIGITS):
        ahead, behind = (slope(graph, {**leaves, s: leaves[s] + d}, t) for d in (STEP, -STEP))
        return (ahead - behind) / (2 * STEP)


def draw(graph: Any, rng: random.Random, most: int = 200) -> dict[Any, Any]:
    """Leaves at which every name has a value inside its domain."""
    for _ in range(most):
        leaves = {}
        for s in graph.leaves:
            d = graph.domains.get(s)
            sampled = (
                d.sample(rng) if d is not None else sp.Rational(rng.randint(-2999, 2999), 1009)
            )
            leaves[s] = mp.mpf(sampled.numerator) / sampled.denominator
        point = forward(graph, leaves)
        inside = all(
            s not in graph.domains or graph.domains[s].contains(float(x)) for s, x in point.items()
        )
        if inside and all(mp.isfinite(x) and abs(x) < mp.mpf(10) ** 30 for x in point.values()):
            return leaves
    raise AssertionError(f"no point of the domains was found for {graph.definitions}")


def meaning(expr: Any, graph: Any, local: bool = False) -> Any:
    """The tree with every derivative carried out by sympy on the composed definitions.

    `local`: the line belongs to a lemma, where names stand for themselves.
    """
    if isinstance(expr, D):
        f, t = expr.args
        inner = meaning(f, graph, local)
        whole = inner if local and not f.has(D) else composed(inner, graph, t)
        return sp.diff(settle(graph.unfold(whole)), t)
    if isinstance(expr, P):
        v, *names = expr.args
        return sp.diff(settle(graph.unfold(graph.definitions[v])), *names)
    if isinstance(expr, Prime):
        application, *indices = expr.args
        g = graph.functions[function_name(application)]
        body = sp.diff(settle(graph.unfold(g.body)), *(g.variables[int(i)] for i in indices))
        args = [meaning(a, graph, local) for a in application.args]
        return replace_all(body, dict(zip(g.variables, args, strict=True)))
    if not expr.args:
        return expr
    return rebuild(expr, tuple(meaning(a, graph, local) for a in expr.args))


def composed(expr: Any, graph: Any, t: Any) -> Any:
    """The expression down to the leaves, but no further than t."""
    for v, body in reversed(graph.definitions.items()):
        if v != t:
            expr = replace_all(expr, {v: body})
    return expr


def gap(before: Any, after: Any, graph: Any, leaves: Any, local: bool = False) -> Any:
    """|before - after| over their size, at a point of the model; None where a side has no value."""
    point = forward(graph, leaves)
    for s in before.free_symbols | after.free_symbols:
        point.setdefault(s, mp.mpf(347) / 991)
    a, b = (value(meaning(e, graph, local), point, graph) for e in (before, after))
    if not (mp.isfinite(a) and mp.isfinite(b)):
        return None
    return abs(a - b) / max(abs(a), abs(b), mp.mpf(10) ** -5)


def close(a: Any, b: Any, digits: int = 20) -> bool:
    """Whether two numbers agree to so many digits, relative to the larger or to 1e-5."""
    return abs(a - b) <= mp.mpf(10) ** -digits * max(abs(a), abs(b), mp.mpf(10) ** -5)


@pytest.fixture(autouse=True)
def _sixty_digits():
    with mp.workdps(DIGITS):
        yield


def opened(e: Any) -> Any:
    """Primitives by what they mean."""
    if not e.args:
        return e
    args = tuple(map(opened, e.args))
    if is_application(e) and function_name(e) in BY_NAME:
        return BY_NAME[function_name(e)].formula(*args)
    return e.func(*args)


# -- random trees ------------------------------------------------------------------------------------

X, Y = symbol("x"), symbol("y")
small = st.builds(sp.Rational, st.integers(-4, 4), st.sampled_from([1, 1, 1, 2, 3]))
leaf = st.one_of(st.sampled_from([X, X, Y]), small)


def _grow(inner: Any) -> Any:
    one = sp.S.One
    unary: list[Callable[[Any], Any]] = [
        neg,
        exp,
        lambda u: log(add(one, power(u, sp.Integer(2)))),
        lambda u: log(u),
        lambda u: sqrt(u),
        lambda u: sqrt(add(one, power(u, sp.Integer(2)))),
        lambda u: reciprocal(add(sp.Integer(2), power(u, sp.Integer(2)))),
        lambda u: reciprocal(u) if u != 0 else one,
        lambda u: power(u, sp.Integer(2)),
        lambda u: power(u, sp.Integer(3)),
        *(
            lambda u, h=h: function(h, u)
            for h in (sp.sin, sp.cos, sp.tanh, sp.sinh, sp.cosh, sp.atan, sp.Abs, sp.sign, sp.erf)
        ),
    ]
    binary: list[Callable[[Any, Any], Any]] = [
        add,
        sub,
        mul,
        mul,
        lambda u, v: quotient(u, v) if v != 0 else u,
        lambda u, v: function(sp.Max, u, v),
        lambda u, v: function(sp.Min, u, v),
        lambda u, v: piecewise(
            (u, sp.StrictGreaterThan(X, sp.S.Zero, evaluate=False)), (v, sp.true)
        ),
    ]
    return st.one_of(
        st.builds(lambda f, u: f(u), st.sampled_from(unary), inner),
        st.builds(lambda f, u, v: f(u, v), st.sampled_from(binary), inner, inner),
    )


trees = st.recursive(leaf, _grow, max_leaves=6)


def points(n: int = 6, seed: int = 7) -> list[dict[Any, Any]]:
    """Points in x and y, of all signs, at no special place."""
    rng = random.Random(seed)
    signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    return [
        {
            X: mp.mpf(signs[i % 4][0] * rng.randint(50, 2900)) / 997,
            Y: mp.mpf(signs[i % 4][1] * rng.randint(50, 2900)) / 1009,
        }
        for i in range(n)
    ]
