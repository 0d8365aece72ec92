"""Blocks on numpy: the same numbers as sample by sample, no false alarms, safe under threads."""

from __future__ import annotations

import math
import warnings
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Neuron
from symgd import functions as catalogue
from symgd.models import model, neuron
from symgd.programs.guard import outside, with_branches_guarded
from symgd.programs.program import program
from symgd.targets.numpy import compile_numpy
from symgd.targets.numpy.quick import ROWS, TERMS, Fraction, aligned_array, erfc_tail
from symgd.targets.numpy.samples import BLOCK, UNDERFLOW, Samples
from symgd.targets.scalar.compiled import compile_scalar
from symgd.trees.graph import Graph
from symgd.trees.names import symbol

N = 2 * BLOCK + 137  # three blocks, of unequal size


@pytest.fixture
def without_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ordinary data: nothing may need the extended range."""

    whole = Samples.in_extended_range

    def refuse(self: Samples, leaves: Any, n: int) -> Any:
        if UNDERFLOW.seen:
            # e^-800 beside a sum that is 0 may count.
            return whole(self, leaves, n)
        raise AssertionError(f"a flag was raised among {n} samples")

    monkeypatch.setattr(Samples, "in_extended_range", refuse)


def given(row: Any) -> dict[str, float]:
    return dict.fromkeys(row.parameters, 0.5)


@pytest.mark.usefixtures("without_alarm")
@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_activations_in_blocks_as_one_by_one(row: Any) -> None:
    text = f"{row.name}({', '.join(row.arguments)})"
    graph = model({row.variable: "w*x", "C": text}, ["w"])
    x = np.random.default_rng(4).normal(scale=3, size=N)
    x[::1000] = 0.0
    costs, (slopes,) = compile_numpy(graph, None).function(
        *_leaves(graph, w=np.float64(0.7), x=x, **given(row))
    )
    one = compile_scalar(graph)
    for i in (0, 1, 77, BLOCK - 1, BLOCK, BLOCK + 1, N - 1):
        cost, ends = one(w=0.7, x=float(x[i]), **given(row))
        assert costs[i] == pytest.approx(cost, rel=1e-13, abs=1e-300)
        assert slopes[i] == pytest.approx(ends["w"], rel=1e-12, abs=1e-300)
    total, (slope,) = compile_numpy(graph, "sum").function(
        *_leaves(graph, w=np.float64(0.7), x=x, **given(row))
    )
    assert total == pytest.approx(math.fsum(costs), rel=1e-11)
    assert slope == pytest.approx(math.fsum(slopes), rel=1e-10, abs=1e-9)


def _leaves(graph: Graph, **values: Any) -> list[Any]:
    return [values[s.name] for s in graph.leaves]


CASES = {
    "a logarithm": "cases(z > 0: log(z), -z)",
    "a root and a quotient": "cases(z > 1: sqrt(z - 1), z < -1: 1/(z + 1), z**2)",
    "a quotient where it is 0/0": "cases(z == 0: 1, sin(z)/z)",
    "an exponential": "cases(z <= 0: exp(z) - 1, z > 500: z + 1, log(1 + exp(z)))",
    "a power": "cases(z > 0: z**(3/2) + z**(-1/2), 0)",
    "inverse functions": "cases(abs(z) < 1: asin(z) + atanh(z), z > 1: acosh(z), z)",
    "cases in cases": "cases(z > 0: cases(z > 2: log(z - 2), z < 1: log(1 - z), z), z)",
    "a name for a logarithm": "cases(z > 0: log(z)*exp(-log(z)**2), z < -2: log(-z), z)",
}


@pytest.mark.usefixtures("without_alarm")
@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
@pytest.mark.parametrize("n", [0, 7, N])
def test_a_branch_that_is_not_taken_raises_no_flag(text: str, n: int) -> None:
    graph = model({"z": "w*x", "C": text}, ["w"])
    numbers = [-900.0, -3.0, -2.5, -1.5, -0.5, 0.5, 0.75, 1.5, 2.5, 600.0, 900.0]
    one = compile_scalar(graph)
    if n == 0:
        for x in numbers:
            assert compile_numpy(graph)(w=1.0, x=x)[0] == pytest.approx(
                one(w=1.0, x=x)[0], rel=1e-14
            )
        return
    x = np.resize(numbers, n)
    costs, slopes = compile_numpy(graph, None)(w=1.0, x=x)
    for i in range(min(n, len(numbers))):
        cost, ends = one(w=1.0, x=float(x[i]))
        assert costs[i] == pytest.approx(cost, rel=1e-13)
        assert slopes["w"][i] == pytest.approx(ends["w"], rel=1e-12)


def test_lines_that_only_branches_use_stand_in_them() -> None:
    made = program(model({"z": "w*x", "C": "cases(z > 0: log(z)*sin(log(z)), z)"}, ["w"]))
    kept = {line.name for line in with_branches_guarded(made).lines}
    assert any("log" in str(line.expr) for line in made.lines if line.name not in kept)
    plain = program(neuron())
    assert with_branches_guarded(plain) is plain
    z, y = symbol("z"), symbol("y")
    (cases,) = (line.expr for line in made.lines if line.name.name == "C")
    assert outside(cases + y) == {z, y}


def test_beyond_the_exponential_the_plain_functions_take_over(without_alarm: None) -> None:
    """e^u overflows at u = 710, and softplus, σ and log cosh do not."""
    z = np.array([-2000.0, -750.0, -710.0, 0.0, 710.0, 750.0, 2000.0])
    for activation in ("sigmoid", "softplus(beta=1)", "logsigmoid", "silu", "mish", "tanh"):
        g = Neuron(activation, "log_cosh").compile(reduction=None)
        costs, slopes = g(w=1.0, b=0.0, x=z, y=0.5)
        for i, x in enumerate(z):
            with mp.workdps(1000):
                expected = _neuron(activation, mp.mpf(float(x)))
            assert costs[i] == pytest.approx(float(expected), rel=1e-13), (activation, x)
        assert np.isfinite(slopes["b"]).all()


def _neuron(activation: str, z: Any) -> Any:
    s = 1 / (1 + mp.exp(-z))
    gate = (1 + mp.exp(z)) ** 2
    value = {
        "sigmoid": s,
        "softplus(beta=1)": mp.log(1 + mp.exp(z)),
        "logsigmoid": mp.log(s),
        "silu": z * s,
        "mish": z * (gate - 1) / (gate + 1),
        "tanh": (mp.exp(z) - mp.exp(-z)) / (mp.exp(z) + mp.exp(-z)),
    }[activation]
    return mp.log(mp.cosh(value - mp.mpf("0.5")))


def test_one_block_that_overflows_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    whole = Samples.in_extended_range

    def counted(self: Samples, leaves: Any, n: int) -> Any:
        asked.append(n)
        return whole(self, leaves, n)

    monkeypatch.setattr(Samples, "in_extended_range", counted)
    x = np.ones(3 * BLOCK)
    x[BLOCK + 5] = 1e200
    g = Model({"C": "exp(-(w*x)**2)"}, ["w"]).compile(reduction="sum")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cost, _ = g(w=1.0, x=x)
    assert asked == [BLOCK]
    assert cost == pytest.approx((3 * BLOCK - 1) / math.e, rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_what_ieee_makes_of_it(bad: float) -> None:
    x = np.ones(N)
    x[3] = bad
    g = Neuron("tanh").compile(reduction=None)
    costs, _ = g(w=1.0, b=0.0, x=x, y=0.0)
    expected = math.nan if math.isnan(bad) else 0.5
    np.testing.assert_equal(costs[3], expected)
    assert np.isfinite(np.delete(costs, 3)).all()
    total, _ = Neuron("tanh").compile()(w=1.0, b=0.0, x=x, y=0.0)
    assert math.isnan(total) == math.isnan(bad)


def test_threads_share_no_memory() -> None:
    """Eight threads with data of their own, each against what one thread makes of them."""
    graph = neuron("gelu", "log_cosh")
    g = compile_numpy(graph)
    rng = np.random.default_rng(8)
    data = [(rng.normal(size=N), rng.normal(size=N)) for _ in range(8)]
    alone = [g(w=0.5, b=0.1, x=x, y=y) for x, y in data]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            found = pool.map(lambda d: g(w=0.5, b=0.1, x=d[0], y=d[1]), data)
            assert list(found) == alone


def test_any_leaf_may_be_a_number_or_an_array() -> None:
    rng = Random(2)
    graph = neuron("silu", "huber")
    per_sample, summed = compile_numpy(graph, None), compile_numpy(graph, "sum")
    point = {"w": 0.5, "b": -0.3, "x": 1.5, "y": 0.4, "delta": 0.75}
    expected = compile_scalar(graph)(**point)
    for _ in range(12):
        chosen = {n: rng.random() < 0.5 for n in point}
        if not any(chosen.values()):
            continue
        costs, slopes = per_sample(
            **{n: np.full(50, v) if chosen[n] else v for n, v in point.items()}
        )
        np.testing.assert_allclose(costs, np.full(50, expected[0]), rtol=1e-14)
        for t in "wb":
            np.testing.assert_allclose(slopes[t], np.full(50, expected[1][t]), rtol=1e-14)
        some = {n: np.full(50, v) if chosen[n] and n not in "wb" else v for n, v in point.items()}
        if any(map(np.ndim, some.values())):
            cost, ends = summed(**some)
            assert cost == pytest.approx(50 * expected[0], rel=1e-13)
            assert ends["w"] == pytest.approx(50 * expected[1]["w"], rel=1e-13)


def test_results_are_never_the_memory_of_a_block() -> None:
    g = compile_numpy(neuron(), None)
    x = np.linspace(-1, 1, 100)
    costs, slopes = g(w=0.5, b=0.0, x=x, y=0.0)
    before = costs.copy(), slopes["w"].copy(), x.copy()
    g(w=-3.0, b=1.0, x=np.linspace(5, 9, 100), y=1.0)
    for a, b in zip((costs, slopes["w"], x), before, strict=True):
        np.testing.assert_array_equal(a, b)
    # a slope that is a leaf is a copy of it
    _, slopes = Model({"C": "w*x"}, ["w"]).compile(reduction=None)(w=1.0, x=x)
    assert not np.shares_memory(slopes["w"], x)


def test_the_source_is_the_same_every_time() -> None:
    one, other = (compile_numpy(neuron("mish", "huber")).source for _ in range(2))
    assert one == other
    assert "out=r0" in one


@pytest.mark.parametrize("missing", [0, 1, TERMS])
def test_fractions_by_matrices(missing: int) -> None:
    rng = np.random.default_rng(1)
    above, below = rng.uniform(0.5, 1, size=(2, ROWS * TERMS - missing)).tolist()
    t = rng.uniform(0, 1, 1000)
    value = np.polynomial.polynomial.polyval
    expected = value(t, above) / value(t, below)
    p, q = tuple(above), tuple(below)
    np.testing.assert_allclose(Fraction(p, q)(t), expected, rtol=1e-14)
    assert Fraction(p, q)(np.float64(t[0])) == pytest.approx(expected[0], rel=1e-14)


def test_the_tail_of_erfc_from_0_to_its_end() -> None:
    v = np.concatenate([np.linspace(0, 28, 300), [1e-300, 1e-9]])
    with mp.workdps(30):
        true = [mp.exp(mp.mpf(u) ** 2) * mp.erfc(u) for u in v.tolist()]
    off = [abs(mp.mpf(f) / t - 1) for f, t in zip(erfc_tail(v).tolist(), true, strict=True)]
    assert max(off) <= 8 * 2.0**-53


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_memory_begins_where_a_line_of_the_cache_does(dtype: Any) -> None:
    for count in (1, 7, 10_000):
        row = aligned_array(count, dtype)
        assert row.shape == (count,)
        assert row.dtype == dtype
        assert row.ctypes.data % 64 == 0


def test_cases_within_conditions_are_worked_out_once_each() -> None:
    """Each case asked its conditions again for every function in it, and so did those within them:
    this model took minutes."""
    model = Model(
        {
            "h": "exp(min(w*exp(-b*x), 5))",
            "u": "h*(1 + erf(h/sqrt(2)))",
            "s": "where(abs(u) < 0.001, 1 - u^2/6, sin(u)/u)",
            "C": "-log(where(y > 0.5, clip(s, 0, 1), 1 - clip(s, 0, 1)))",
        },
        ["w", "b"],
    )
    cost, _ = model.compile()(w=0.3, b=0.1, x=np.array([0.5, 2.0, -1.0]), y=1.0)
    assert np.isfinite(cost) or cost == np.inf


@pytest.mark.parametrize("d", [1.0, 0.0, -1.0])
def test_a_threshold_below_0_is_no_clip(d: float) -> None:
    """No |r| is below it: the other case holds everywhere."""
    x = np.array([0.5, 3.0, -4.0, 1.0])
    for text, truth in (
        ("where(abs(r) <= d, r^2/2, d*(abs(r) - d/2))", lambda r: d * (abs(r) - d / 2)),
        ("where(abs(r) <= d, r, d*sign(r))", lambda r: d * np.sign(r)),
    ):
        made = Model({"r": "w*x - y", "C": text}, ["w", "d"]).compile(reduction=None)
        cost, _ = made(w=1.0, x=x, y=1.0, d=d)
        near = (x - 1) ** 2 / 2 if "2" in text else x - 1
        expected = np.where(abs(x - 1) <= d, near, truth(x - 1))
        np.testing.assert_allclose(cost, expected)
