"""Formulas of one's own are right to a few units, whatever they cancel: mpmath is the witness.

Balls and bounds are held to mpmath at 2000 bits, the compiled value, slope and second derivative to
differences in as many digits as it takes.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import math
import random
import struct
import time
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from functions_table import FUNCTIONS as NAMED
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import libmp

from symgd import Model
from symgd.functions.special import HEADS
from symgd.programs.bounds import with_check
from symgd.targets.checked import Checked
from symgd.targets.wide.ball import (
    FUNCTIONS,
    Field,
    NoValue,
    Undecided,
    _log_gamma,
    nearest_double,
)
from symgd.targets.wide.pairs import PAIR_FUNCTIONS, PairField

UNITS = 8.0
pytest.importorskip("numba")
BACKENDS = ("numpy", "scalar", "numba")


def truth(f: Callable[..., Any], point: dict[str, float], wrt: tuple[str, ...] = ()) -> Any:
    """f or its derivative at a point, at a precision at which it no longer moves."""
    last = None
    for bits in (1500, 4000, 9000):
        with mp.workprec(bits):
            at = {k: mp.mpf(v) for k, v in point.items()}
            steps = [(abs(at[t]) or mp.mpf(1)) * mp.mpf(2) ** (-bits // 6) for t in wrt]
            found = _difference(f, at, wrt, steps)
            if last is not None and found != 0 and abs(found - last) <= abs(found) * 2.0**-70:
                return found
            last = found
    return last


def _difference(f: Any, at: Any, wrt: Any, steps: Any) -> Any:
    if not wrt:
        return f(**at)
    (t, *others), (h, *rest) = wrt, steps
    up = _difference(f, at | {t: at[t] + h}, others, rest)
    down = _difference(f, at | {t: at[t] - h}, others, rest)
    return (up - down) / (2 * h)


def units(found: float, right: Any) -> float:
    """How many units in the last place a double is off; inf where it is nan."""
    if math.isnan(found):
        return math.inf
    nearest = float(right)
    if found == nearest:
        return 0.0
    with mp.workprec(200):
        return float(abs(mp.mpf(found) - right) / math.ulp(nearest))


# formula, the same in mpmath, points
CANCELLING: list[tuple[str, Callable[..., Any], list[dict[str, float]]]] = [
    ("(exp(x) - 1)/x", lambda x: (mp.exp(x) - 1) / x, [{"x": v} for v in (1e-300, -1e-9, 1e-3, 0.7, -40.0, 300.0)]),
    ("log(1 + x)/x", lambda x: mp.log(1 + x) / x, [{"x": v} for v in (1e-300, -1e-9, 1e-3, -0.999999, 1e200)]),
    ("(1 - cos(x))/x^2", lambda x: (1 - mp.cos(x)) / x**2, [{"x": v} for v in (1e-200, 1e-8, 0.3, 6.283185307179586, 1e15)]),
    ("log(x)/(x - 1)", lambda x: mp.log(x) / (x - 1), [{"x": v} for v in (1 + 2**-52, 0.9999, 3.0, 1e-300, 1e300)]),
    ("(x^l - 1)/l", lambda x, l: (x**l - 1) / l, [{"x": 3.0, "l": v} for v in (1e-300, 1e-10, -1e-5, 0.4)]),
    ("sin(3*x - 1)/(3*x - 1)", lambda x: mp.sin(3 * x - 1) / (3 * x - 1),
     [{"x": v} for v in (1 / 3, 0.3333, 1.3805308840, 2.427728435)]),
    ("exp(x^2)*erfc(x)", lambda x: mp.exp(x * x) * mp.erfc(x), [{"x": v} for v in (0.1, 3.0, 20.0, 200.0, -4.0)]),
    ("log(erfc(-x/sqrt(2))/2)", lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2), [{"x": v} for v in (-100.0, -8.0, 0.0, 8.0)]),
    ("log(1 - exp(-exp(x)))", lambda x: mp.log(1 - mp.exp(-mp.exp(x))), [{"x": v} for v in (-700.0, -30.0, 0.1, 3.0, 6.0)]),
    ("log(x + sqrt(x^2 + 1))", lambda x: mp.asinh(x), [{"x": v} for v in (-1e300, -1e8, -1e-9, 1e-300, 2.0)]),
    ("sqrt(x + 1) - sqrt(x)", lambda x: mp.sqrt(x + 1) - mp.sqrt(x), [{"x": v} for v in (1e-300, 1.0, 1e17, 1e300)]),
    ("x - sin(x)", lambda x: x - mp.sin(x), [{"x": v} for v in (1e-100, 1e-5, 0.5, 1e10)]),
    ("(b^2 - 4*a*c)^(1/2) - b", lambda a, b, c: mp.sqrt(b * b - 4 * a * c) - b,
     [{"a": 1.0, "b": 1e9, "c": 1.0}, {"a": 1e-200, "b": 1e150, "c": 3.0}, {"a": 1.1, "b": 2.2, "c": 1.0999}]),
    ("tan(x + h) - tan(x)", lambda x, h: mp.tan(x + h) - mp.tan(x), [{"x": 1.57, "h": 1e-13}, {"x": 1e6, "h": 1e-9}]),
    ("log(exp(x) - 1)", lambda x: x + mp.log(1 - mp.exp(-x)), [{"x": v} for v in (1e-300, 0.7, 1e15, 1e244)]),
    ("exp(x)/(exp(x) + exp(y))", lambda x, y: 1 / (1 + mp.exp(y - x)), [{"x": 1e15, "y": 1e15 + 1}, {"x": -1e290, "y": -1e290}]),
    ("x*log(x/y) + (1 - x)*log((1 - x)/(1 - y))",
     lambda x, y: x * mp.log(x / y) + (1 - x) * mp.log((1 - x) / (1 - y)),
     [{"x": 8.340074739485412e-219, "y": 7.967151138657484e-149}, {"x": 0.3, "y": 0.3000001}]),
    ("sqrt(x^2 + y^2) - x", lambda x, y: mp.hypot(x, y) - x,
     [{"x": 1.0, "y": v} for v in (1e-200, 1e-9, 2.0)] + [{"x": -3.0, "y": 1e-9}, {"x": 0.0, "y": 2.0}]),
    ("x^3 - y^3", lambda x, y: x**3 - y**3, [{"x": 1.1, "y": v} for v in (1.1000000001, -1.1000000001)]),
    ("exp(x) - exp(y)", lambda x, y: mp.exp(x) - mp.exp(y), [{"x": 1.1, "y": 1.1 + 1e-12}, {"x": -800.0, "y": 3.0}]),
    ("(x + 1)^(1/3) - x^(1/3)", lambda x: mp.cbrt(x + 1) - mp.cbrt(x), [{"x": v} for v in (2.0, 1e9, 1e200)]),
]  # fmt: skip
CASES = [pytest.param(*c[:2], p, id=f"{c[0]} {p}") for c in CANCELLING for p in c[2]]


@pytest.mark.spread(8, 3)
@pytest.mark.parametrize(("formula", "f", "point"), CASES)
def test_value_slope_and_curvature_are_right_to_eight_units(
    formula: str, f: Callable[..., Any], point: dict[str, float]
) -> None:
    names = list(point)
    for backend in ("numpy", "scalar"):
        cost, slopes, curved = Model({"C": formula}, parameters=names).compile(backend, order=2)(
            **point
        )
        found = {(): cost, **{(n,): slopes[n] for n in names}}
        found |= {tuple(pair.split(",")): v for pair, v in curved.items()}
        for wrt, value in found.items():
            right = truth(f, point, wrt)
            if abs(right) < mp.mpf(2) ** 1024:
                assert units(value, right) <= UNITS, (backend, wrt, value, right)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduction", [None, "mean", "sum"])
def test_arrays_are_right_where_numbers_are(backend: str, reduction: str | None) -> None:
    if backend == "scalar":
        pytest.skip("the scalar backend takes no arrays")
    x = np.array([1e-9, 3e-5, 0.2, -1e-7, 2.0, 1e3])
    model = Model({"C": "a*(1 - cos(x))/x^2"}, parameters=["a"])
    cost, slopes = model.compile(backend, reduction=reduction)(a=2.0, x=x)

    def f(x: Any) -> Any:
        return (1 - mp.cos(x)) / x**2

    right = [truth(f, {"x": float(v)}) for v in x]
    if reduction is None:
        assert max(map(units, cost.tolist(), [2 * r for r in right])) <= UNITS
        assert max(map(units, slopes["a"].tolist(), right)) <= UNITS
    else:
        whole = mp.fsum(right) / (len(x) if reduction == "mean" else 1)
        assert units(cost, 2 * whole) <= UNITS
        assert units(slopes["a"], whole) <= UNITS


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_undefined_as_written_stays_nan(backend: str) -> None:
    # the radicand is -2^-60: in doubles it is 0
    g = Model({"C": "sqrt(x^2 - y)"}, parameters=["x", "y"]).compile(backend)
    cost, slopes = g(x=1.0 - 2.0**-30, y=1.0 - 2.0**-29 + 2.0**-52)
    assert all(map(math.isnan, (cost, *slopes.values())))
    cost, slopes = Model({"C": "log(x) + x"}, parameters=["x"]).compile(backend)(x=-1.0)
    assert all(map(math.isnan, (cost, slopes["x"])))


@pytest.mark.parametrize("backend", BACKENDS)
def test_infinite_and_overflowing_numbers_answer_as_before(backend: str) -> None:
    g = Model({"C": "exp(x) - x"}, parameters=["x"]).compile(backend)
    assert g(x=1e4)[0] == math.inf
    assert g(x=math.inf)[0] != g(x=math.inf)[0] or g(x=math.inf)[0] == math.inf
    assert math.isnan(g(x=math.nan)[0])


def test_no_check_where_nothing_can_be_lost() -> None:
    for formula in ("(x - y)^2", "exp(x)*sin(y)", "1 + x^2 + y^4", "log(1 + x^2)*y"):
        made = Model({"C": formula}, parameters=["x", "y"]).compile("scalar").core.program
        assert with_check(made) is None, formula


# -- random formulas ------------------------------------------------------------------------------

LEAVES = st.sampled_from(["x", "y", "1", "2", "3"])
UNARY = ("exp({})", "sin({})", "cos({})", "atan({})", "tanh({})", "sqrt(1 + ({})^2)", "({})^2")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    )
    return binary | st.tuples(st.sampled_from(UNARY), inner).map(lambda t: t[0].format(t[1]))


FORMULAS = st.recursive(LEAVES, _grown, max_leaves=7)
WORDS = {n: getattr(mp, n) for n in ("exp", "sin", "cos", "atan", "tanh", "sqrt")}
DOUBLES = st.floats(-3, 3).map(lambda v: v if abs(v) > 1e-30 else 1.0)


@settings(max_examples=60, deadline=None)
@given(FORMULAS, DOUBLES, DOUBLES)
def test_random_formulas_are_right(formula: str, x: float, y: float) -> None:
    code = compile(formula.replace("^", "**"), "formula", "eval")

    def f(x: Any, y: Any) -> Any:
        return mp.mpf(1) * eval(code, WORDS, {"x": x, "y": y})  # noqa: S307 - of the words above

    if "x" not in formula.replace("exp", "") or "y" not in formula:
        return
    point = {"x": x, "y": y}
    right = truth(f, point)
    if abs(right) > 1e300 or (right != 0 and abs(right) < 1e-300):
        return
    cost, slopes = Model({"C": formula}, parameters=["x", "y"]).compile("scalar")(**point)
    if abs(right) > mp.mpf(2) ** -1000:
        assert units(cost, right) <= 2 * UNITS, formula
    for t in point:
        slope = truth(f, point, (t,))
        if mp.mpf(2) ** -300 < abs(slope) < mp.mpf(2) ** 1000:
            assert units(slopes[t], slope) <= 2 * UNITS, (formula, t)


# -- balls ----------------------------------------------------------------------------------------


def any_double(rng: random.Random) -> float:
    return float(struct.unpack("<d", struct.pack("<q", rng.randint(0, 0x7FE << 52)))[0])


WITNESS = {
    "_log1p": lambda u: mp.log(1 + u),
    "_expm1": lambda u: mp.exp(u) - 1,
    "_sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "_log1pexp": lambda u: mp.log(1 + mp.exp(u)),
    "_sech2": lambda u: 1 / mp.cosh(u) ** 2,
    "_log1mexp": lambda u: mp.log(1 - mp.exp(-u)),
    "_xmlog1p": lambda u: u - mp.log(1 + u),
    "_xmtanh": lambda u: u - mp.tanh(u),
    "_j1": lambda u: (mp.sin(u) - u * mp.cos(u)) / u**2,
    "_logcosh": lambda u: mp.log(mp.cosh(u)),
    "sign": mp.sign,
    "abs": abs,
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "trigamma": lambda u: mp.polygamma(1, u),
    "ceil": mp.ceil,
    **{word: NAMED[word].value for word in HEADS},
}


@pytest.mark.spread(4)
@pytest.mark.parametrize("word", sorted(set(FUNCTIONS) - {"atan2"}))
def test_a_ball_holds_the_truth(word: str) -> None:
    """f over a ball of radius 2^-70 holds f at both of its ends."""
    f: Any = WITNESS.get(word) or getattr(mp, word)
    rng = random.Random(word)
    field, seen = Field(120), 0
    for _ in range(60):
        x = rng.choice(
            [rng.uniform(-2, 2), rng.uniform(-30, 30), rng.uniform(0, 1), 1 + rng.random()]
        )
        with mp.workprec(400):
            r = mp.mpf(2) ** rng.choice([-70, -90])
            try:
                m, radius = FUNCTIONS[word](field, (mp.mpf(x)._mpf_, float(mp.log(r, 2))))
            except (NoValue, Undecided):
                continue
            for end in (mp.mpf(x) - r, mp.mpf(x), mp.mpf(x) + r):
                right = f(end)
                if isinstance(right, mp.mpc):
                    continue
                assert abs(mp.make_mpf(m) - right) <= mp.mpf(2) ** radius, (x, r)
                seen += 1
    assert seen > 20


@pytest.mark.parametrize("word", sorted(PAIR_FUNCTIONS))
def test_pairs_have_the_bits_that_their_check_counts_on(word: str) -> None:
    """f(hi + lo) is right to 2^-96 wherever `sound` says so."""
    f: Any = WITNESS.get(word) or getattr(mp, word)
    rng = np.random.default_rng(5)
    x = np.concatenate(
        [rng.uniform(-3, 3, 60), rng.uniform(-90, 90, 60), 10.0 ** rng.uniform(-30, 2, 60)]
    )
    if word in ("log", "_log1p", "_log1mexp", "_xmlog1p", "acosh"):
        x = np.fabs(x) + (1.0 if word == "acosh" else 0.0)
    if word in ("asin", "acos", "atanh"):
        x = np.concatenate([x[np.fabs(x) < 1.0], 1.0 - 2.0 ** -rng.uniform(1, 40, 60)])
    low = x * rng.uniform(-1, 1, x.size) * 2.0**-54
    field = PairField(x.size)
    with np.errstate(all="ignore"):
        hi, lo = PAIR_FUNCTIONS[word](field, (x, low))
        lo = np.zeros_like(hi) if lo is None else lo  # what is exact
    assert field.sound.mean() > 0.9
    with mp.workprec(500):
        for i in np.flatnonzero(field.sound).tolist():
            right = f(mp.mpf(float(x[i])) + mp.mpf(float(low[i])))
            assert abs(mp.mpf(float(hi[i])) + mp.mpf(float(lo[i])) - right) <= abs(right) * 2.0**-96


def test_many_samples_are_right_in_pairs_and_in_balls() -> None:
    x = np.concatenate(
        [np.geomspace(1e-12, 50.0, 150), -np.geomspace(1e-6, 3.0, 50), [1e-200, 1e9]]
    )
    g = Model({"C": "x - sin(x) + (exp(x) - 1 - x)"}, parameters=["x"]).compile(
        "numpy", reduction=None
    )
    cost, slopes = g(x=x)

    def f(x: Any) -> Any:
        return x - mp.sin(x) + (mp.exp(x) - 1 - x)

    for v, value, slope in zip(x.tolist(), cost.tolist(), slopes["x"].tolist(), strict=True):
        if v < 700.0:
            assert units(value, truth(f, {"x": v})) <= UNITS
            assert units(slope, truth(f, {"x": v}, ("x",))) <= UNITS


# What loses digits on ordinary data, with a case in it, a function of pairs, a power.
ORDINARY = [
    "x*log(x/y) - x + y",
    "x^y - y^x",
    "x*y - sin(x*y)",
    "atan(x) - atan(y)",
    "x*asin(y/4) - y",
]


@pytest.mark.parametrize("formula", ORDINARY)
def test_many_samples_are_worked_out_together(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ordinary data none goes to the balls, which take a hundred times as long."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0.1, 3.0, (2, 3000))
    g = Model({"C": formula}, parameters=["x", "y"]).compile("numpy", reduction=None)
    alone: list[Any] = []
    again = Checked.again
    monkeypatch.setattr(
        Checked, "again", lambda self, *a, **k: alone.append(a) or again(self, *a, **k)
    )
    g(x=x, y=y)
    assert len(alone) <= 8


def test_a_sum_that_rounds_to_zero_has_an_error_in_the_sum_around_it() -> None:
    """(x + y - z)w + v, of which the bracket is 0 in doubles."""
    at = {"x": 1.0, "y": 2.0**-60, "z": 1.0, "w": 3.0, "v": 2.0**-70}
    g = Model({"C": "(x + y - z)*w + v"}, parameters=[*at]).compile("numpy", reduction=None)
    cost, _ = g(**{k: np.array([v] * 9) for k, v in at.items()})
    assert cost.tolist() == [3.0 * 2.0**-60 + 2.0**-70] * 9
    assert g(**at)[0] == 3.0 * 2.0**-60 + 2.0**-70


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_power_of_minus_one_has_no_curvature(backend: str) -> None:
    """log(-1) stays what it is: no number, and no iπ."""
    g = Model({"C": "(-1)^x*x^2"}, parameters=["x"]).compile(backend, order=2)
    cost, slopes, curved = g(x=1.5)
    assert all(map(math.isnan, (cost, slopes["x"], curved["x,x"])))


@pytest.mark.parametrize("backend", ["numpy", "scalar"])
def test_every_double_from_2_64_on_is_even(backend: str) -> None:
    g = Model({"C": "(1 - x)^y"}, parameters=["x", "y"]).compile(backend)
    assert g(x=9.8e210, y=-6.5e66)[0] == 0.0


def test_a_ball_becomes_the_nearest_double() -> None:
    field = Field(200)
    for text in ("0.1", "1e300", "4.9e-324", "-2.5"):
        with mp.workprec(200):
            assert nearest_double((mp.mpf(text)._mpf_, -2000.0)) == float(text)
    with pytest.raises(Undecided):
        nearest_double((field.number(1.0)[0], -40.0))


# -- constants, edges, and what is undefined ------------------------------------------------------

# A formula of numbers alone, and its value.
CONSTANTS: list[tuple[str, Callable[[], Any]]] = [
    ("sigmoid(2)", lambda: 1 / (1 + mp.exp(-2))),
    ("softplus(2)", lambda: mp.log(1 + mp.exp(2))),
    ("log(1 + sqrt(2))", lambda: mp.log(1 + mp.sqrt(2))),
    ("1/log1p(1e-3)", lambda: 1 / mp.log(1 + mp.mpf(1) / 1000)),
    ("log(1 - exp(-2))", lambda: mp.log(1 - mp.exp(-2))),
    ("cos(exp(1/2))", lambda: mp.cos(mp.exp(mp.mpf(1) / 2))),
    ("sin(sqrt(2))", lambda: mp.sin(mp.sqrt(2))),
]


@pytest.mark.parametrize(("text", "value"), CONSTANTS, ids=[t for t, _ in CONSTANTS])
@pytest.mark.parametrize("backend", BACKENDS)
def test_formulas_of_numbers_are_numbers(text: str, value: Callable[[], Any], backend: str) -> None:
    with mp.workprec(500):
        right = value()
    g = Model({"C": f"x*{text}"}, ["x"]).compile(backend)
    for x in (1.0, 1e-200):  # of a far one the extended range has its say
        cost, slopes = g(x=x)
        assert units(cost, mp.mpf(x) * right) < UNITS
        assert units(slopes["x"], right) < UNITS


# At a leaf that is far out, beside others: each has a value of its own.
UNDEFINED: list[tuple[str, dict[str, list[float]], list[bool]]] = [
    ("x*y*log(y)*(k + x)", {"x": [0.5, 2.0, 1e14], "y": [-4e-8, 3.0, -1e50], "k": [1.0, 2.0, 3.0]}, [True, False, True]),
    ("k*y^2 + log1p(x)", {"x": [-2.0, 1e200, 1.0], "y": [1e200, 1.0, 2.0], "k": [1.0, 1.0, 2.0]}, [True, False, False]),
    ("min(sqrt(3 - x), 1/10) + (10*x)^y*y", {"x": [13.0, 2.0, 6e12], "y": [3e-10, 2e-170, 2.7]}, [True, False, True]),
    ("where(x*k <= 1, sqrt(x - 2), k)", {"x": [1e-18, 3.0], "k": [2.8, 2.0]}, [True, False]),
    ("asin(y/x) + 1/k", {"x": [0.0, 2.0], "y": [0.0, 1.0], "k": [1.0, 2.0]}, [True, False]),
]  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize(("text", "at", "gone"), UNDEFINED, ids=[c[0] for c in UNDEFINED])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("order", [1, 2])
def test_where_the_cost_is_nan_so_are_its_slopes(
    text: str, at: dict[str, list[float]], gone: list[bool], backend: str, order: int
) -> None:
    g = Model({"C": text}, [*at]).compile(backend, None, order=order)
    cost, *tables = g(**{k: np.array(v) for k, v in at.items()})
    assert np.isnan(cost).tolist() == gone
    for slopes in (row for table in tables for row in table.values()):
        assert np.isnan(slopes[gone]).all()
    for i, undefined in enumerate(gone):
        one, first, *_ = g(**{k: v[i] for k, v in at.items()})
        assert math.isnan(one) == undefined
        assert not undefined or all(map(math.isnan, first.values()))


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("asinh(x/x - 2*x + sigmoid(1/(1000*y)))", {"x": 1.0, "y": 0.0}),
        ("(y - 2*x)/(k*y) - x", {"x": 1.0, "y": 0.0, "k": 2.0}),
        ("exp(y/x^2)*(exp(10) + x)*(sqrt(x) - sqrt(1/2))", {"x": 0.0, "y": 1.0}),
        ("atan((2 + x)/(x - x - log(1)))", {"x": 1.0}),
        ("x/sin(x - x)^(x/x)", {"x": 2.0}),
        ("where(x >= where(1/2 >= 1, x, x), y, 1) + log(x)/x", {"x": 0.0, "y": 1.0}),
    ],
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_point_is_an_error(text: str, at: dict[str, float], backend: str) -> None:
    with np.errstate(all="raise"):
        g = Model({"C": text}, [*at]).compile(backend, order=2)
        g(**at)
        if backend != "scalar":
            many = Model({"C": text}, [*at]).compile(backend, None)
            cost, _ = many(**{k: np.array([v, 0.5]) for k, v in at.items()})
            assert cost.shape == (2,)


HUGE = libmp.from_man_exp(3, 1 << 37), -math.inf
SLIGHT = libmp.from_man_exp(3, -(1 << 37)), -math.inf


@pytest.mark.parametrize(
    ("word", "ball", "right"),
    [
        ("log", HUGE, lambda: mp.log(3) + 2**37 * mp.log(2)),
        ("log", SLIGHT, lambda: mp.log(3) - 2**37 * mp.log(2)),
        ("_log1p", HUGE, lambda: mp.log(3) + 2**37 * mp.log(2)),
        ("asinh", HUGE, lambda: mp.log(6) + 2**37 * mp.log(2)),
        ("acos", SLIGHT, lambda: mp.pi / 2),
    ],
)
def test_an_exponent_is_never_written_out_in_bits(word: str, ball: Any, right: Any) -> None:
    """log u of u = 3·2^(2^37) takes no 17 GB."""
    m, r = FUNCTIONS[word](Field(192), ball)
    with mp.workprec(300):
        assert abs(mp.mpf(m) - right()) <= mp.mpf(2) ** r
    assert r < -100


def test_a_floor_of_what_is_huge_is_undecided() -> None:
    with pytest.raises(Undecided):
        FUNCTIONS["floor"](Field(192), (HUGE[0], 2.0**36))


def test_powers_of_powers_far_out() -> None:
    """(y²)^y where y is 1e15 and (y²)^y has 10^17 bits before the point."""
    g = Model({"C": "max(erf(x), asinh(x))*(y^2)^y/exp((x + y)^3)"}, ["x", "y"]).compile(order=2)
    assert g(x=1e-3, y=1e15)[0] == 0.0
    assert g(x=3.0, y=1e12)[0] == 0.0


def test_a_slope_off_the_real_line_is_nan() -> None:
    """y^((-1)^y): at whole y it has a value, and log(-1) no slope."""
    g = Model({"C": "sinh(y^(-1)^sqrt(y))"}, ["y"]).compile()
    cost, slopes = g(y=4.0)
    assert units(cost, mp.sinh(4)) < UNITS
    assert math.isnan(slopes["y"])


# -- the tail of erfc ---------------------------------------------------------------------------


@pytest.mark.parametrize("u", [0.25, 1.0, 6.5, 60.0, 424.0])
@pytest.mark.parametrize("narrow", [-20, -60, -180])
def test_a_ball_of_a_tail_is_as_narrow_as_the_tail_is_small(u: float, narrow: int) -> None:
    """erfc over u ± 2^narrow lies in it, and it is at most 2^12 u times as wide as erfc varies."""
    with mp.workprec(4000):
        m, r = Field(192).erfc((libmp.from_float(u), narrow))
        middle, reach = mp.mpf(0) + mp.mp.make_mpf(m), mp.mpf(2) ** int(r)
        low, high = (mp.erfc(mp.mpf(u) + s * mp.mpf(2) ** narrow) for s in (1, -1))
        assert middle - reach <= low
        assert high <= middle + reach
        assert reach <= mp.mpf(2) ** 12 * max(u, 1) * max(
            high - low, abs(middle) * mp.mpf(2) ** -190
        )


@pytest.mark.slow
def test_samples_far_in_a_tail_are_decided_in_few_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """They took 8192 bits and 15 ms each, where the ball of erfc was as wide as its argument's."""
    from symgd.targets.wide import evaluator

    monkeypatch.setattr(evaluator, "BITS", (192,))
    x = -np.linspace(0.3, 3.0, 20)
    made = {"C": "w*x*erfc(-w*x/sqrt(2))/2"}
    g = Model(made, ["w"]).compile(reduction=None)
    cost, slopes = g(w=30.0, x=x)

    def phi(w: Any, x: Any) -> Any:
        return w * x * mp.erfc(-w * x / mp.sqrt(2)) / 2

    for i, v in enumerate(x.tolist()):
        point = {"w": 30.0, "x": v}
        assert units(cost[i], truth(phi, point)) <= UNITS
        assert units(slopes["w"][i], truth(phi, point, ("w",))) <= UNITS


@pytest.mark.parametrize("zero", [1, 2])
@pytest.mark.parametrize("step", ["1e-13", "-3e-14", "1e-60", "-1e-300"])
def test_the_logarithm_of_gamma_beside_its_zeros(zero: int, step: str) -> None:
    """mpmath works there in as many bits more as the step is small."""
    with mp.workprec(1500):
        x = zero + mp.mpf(step)
        expected = mp.loggamma(x)
    with mp.workprec(300):
        assert abs(_log_gamma(x) - expected) <= abs(expected) * mp.mpf(2) ** -296


def test_a_gamma_that_may_be_one_takes_no_seconds() -> None:
    """lgamma(y/y) has no sign in any number of bits."""
    call = Model({"C": "where(x >= 1, w, 1) * (lgamma(y/y) * square(cbrt(w)))"}, ["w"]).compile()
    began = time.process_time()
    cost, slopes = call(w=-20.0, x=2.0, y=0.0105)
    assert (cost, slopes["w"]) == (0, 0)
    assert time.process_time() - began < 5
