"""The numba backend: its functions against mpmath, its kernels against numpy and exact sums."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Neuron
from symgd import functions as catalogue
from symgd.errors import DataError, DivergedError, MissingExtraError
from symgd.models import model, neuron
from symgd.targets.gradient import compile_gradient
from symgd.targets.numpy import compile_numpy
from symgd.training.optimizers import sgd
from symgd.training.train import train
from symgd.trees.domain import domain

numba = pytest.importorskip("numba", reason='the backend needs pip install "symgd[fast]"')

from numba.core.registry import cpu_target  # noqa: E402

from symgd.targets.numba import compile_numba, exponential, logarithm, special  # noqa: E402
from symgd.targets.numba.bits import (  # noqa: E402
    fused,
    has_fma,
    interleaved,
    plus,
    quiet_square,
    square_error,
)
from symgd.targets.numba.source import BLOCK, TWO_THREADS  # noqa: E402

RNG = np.random.default_rng(20)
X, Y = RNG.normal(size=5 * BLOCK + 17), RNG.uniform(size=5 * BLOCK + 17)
POINT = {"w": 0.5, "b": 0.1}


@pytest.fixture(scope="module")
def mean() -> Any:
    return compile_numba(neuron())


@pytest.fixture(scope="module")
def total() -> Any:
    return compile_numba(neuron(), "sum")


@pytest.fixture(scope="module")
def each() -> Any:
    return compile_numba(neuron(), None)


# -- the functions against mpmath ----------------------------------------------------------------


def mapped(function: Callable[[Any], Any], x: Any) -> Any:
    """The function on an array, in a loop that LLVM vectorises as it does a kernel's."""

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
    def loop(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


def saturated(near: Callable[[Any], Any], left: Any, right: Any) -> Callable[[Any], Any]:
    """mpmath's value, and past ±10⁵ its limits, which mpmath would take long to find."""
    return lambda u: near(u) if abs(u) < 1e5 else (left(u) if u < 0 else right(u))


def softplus(u: Any) -> Any:
    return u + mp.log1p(mp.exp(-u)) if u > 0 else mp.log1p(mp.exp(u))


def log_cosh(u: Any) -> Any:
    a = abs(u)
    return a - mp.log(2) + mp.log1p(mp.exp(-2 * a)) if a > 1 else mp.log1p(mp.sinh(u) ** 2) / 2


def log_one_minus(u: Any) -> Any:
    return mp.log(-mp.expm1(-u)) if u < 1 else mp.log1p(-mp.exp(-u))


def itself(u: Any) -> Any:
    return u


def one_off(u: Any) -> Any:
    return u - mp.sign(u)


def log_cosh_far(u: Any) -> Any:
    return abs(u) - mp.log(2)


def constant(c: Any) -> Callable[[Any], Any]:
    return lambda u: mp.mpf(c)


INF, ZERO, ONE = constant("inf"), constant(0), constant(1)

# fmt: off
E, L, S = exponential, logarithm, special
# The places are those of the worst of a million points, on processors with an fma and without,
# rounded up: what a few points show is of the one processor on which they were drawn.
#   function           where       true value                                     last places
FUNCTIONS = [
    (E.exp,            "real",     saturated(mp.exp, ZERO, INF),                          1.5),
    (E.expm1,          "real",     saturated(mp.expm1, constant(-1), INF),                3.5),
    (E.sinh,           "real",     saturated(mp.sinh, constant("-inf"), INF),             3.5),
    (E.cosh,           "real",     saturated(mp.cosh, INF, INF),                          2),
    (E.sigmoid,        "real",     saturated(lambda u: 1/(1 + mp.exp(-u)), ZERO, ONE),    3.5),
    (E.sigmoid_minus,  "real",     saturated(lambda u: 1/(1 + mp.exp(u)), ONE, ZERO),     3.5),
    (E.tanh,           "real",     saturated(mp.tanh, constant(-1), ONE),                 5.5),
    (E.sech2,          "real",     saturated(lambda u: mp.sech(u)**2, ZERO, ZERO),        6),
    (E.tanh_log1pexp,  "real",     saturated(lambda u: mp.tanh(softplus(u)), ZERO, ONE),  5),
    (E.sech2_log1pexp, "real",     saturated(lambda u: mp.sech(softplus(u))**2, ONE, ZERO), 11),
    (L.log,            "positive", mp.log,                                                1),
    (L.log1p,          "above -1", mp.log1p,                                              1.5),
    (L.xmlog1p,        "above -1", lambda x: x - mp.log1p(x),                             3),
    (L.log1mexp,       "positive", saturated(log_one_minus, ZERO, ZERO),                  3),
    (L.log1pexp,       "real",     saturated(softplus, ZERO, itself),                     4),
    (L.logcosh,        "real",     saturated(log_cosh, log_cosh_far, log_cosh_far),       15),
    (S.erf,            "real",     saturated(mp.erf, constant(-1), ONE),                  2),
    (S.erfc,           "real",     saturated(mp.erfc, constant(2), ZERO),                 6),
    (S.xmtanh,         "real",     saturated(lambda u: u - mp.tanh(u), one_off, one_off),  4),
]
# fmt: on


def points(where: str) -> Any:
    """Random bit patterns, magnitudes near 0, where functions bend, and the corners of doubles."""
    rng = np.random.default_rng(7)
    n = 120
    patterns = rng.integers(-(2**63), 2**63, n, dtype=np.int64).view(np.float64)
    corners = [0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 2.0, 1e-308, 1e308, -1e308, 709.78, -745.1]
    x = np.concatenate(
        [
            patterns[np.isfinite(patterns)],
            rng.normal(size=n) * 10.0 ** rng.uniform(-8, 0.5, n),
            rng.uniform(-40, 40, n),
            rng.uniform(-760, 760, n),
            1 + rng.normal(size=n) * 10.0 ** rng.uniform(-16, -1, n),
            corners,
        ]
    )
    if where == "positive":
        return np.abs(x)
    if where == "above -1":
        x = np.concatenate([x, -1 + 10.0 ** rng.uniform(-16, 0, n)])
        return x[x > -1]
    return x


def last_places(found: float, true: Any) -> float:
    nearest = float(true)
    if not math.isfinite(nearest) or not math.isfinite(found):
        edge = math.isinf(found) and abs(true) > 1.797e308
        return 0.0 if found == nearest or edge else math.inf
    return float(abs(mp.mpf(found) - true) / mp.mpf(float(np.spacing(abs(nearest)))))


@pytest.mark.spread(4)
@pytest.mark.parametrize(
    ("function", "where", "true", "most"), FUNCTIONS, ids=lambda v: getattr(v, "__name__", None)
)
def test_a_function_against_mpmath(
    function: Any, where: str, true: Callable[[Any], Any], most: float
) -> None:
    x = points(where)
    found = mapped(function, x)
    for u, y in zip(x.tolist(), found.tolist(), strict=True):
        small = -math.log10(abs(u)) if u else 0.0
        with mp.workdps(40 + int(max(0.0, min(1000.0, 3 * small)))):
            expected = true(mp.mpf(u)) if u > -1 or where != "above -1" else mp.mpf("nan")
            assert last_places(y, expected) <= most, (u, y, float(expected))


# fmt: off
#   function                +inf     -inf      nan       of 0       of -0
AT_THE_ENDS = [
    (exponential.exp,       math.inf, 0.0,       1.0,      1.0),
    (exponential.expm1,     math.inf, -1.0,      0.0,      -0.0),
    (exponential.sigmoid,   1.0,      0.0,       0.5,      0.5),
    (exponential.tanh,      1.0,      -1.0,      0.0,      -0.0),
    (exponential.sech2,     0.0,      0.0,       1.0,      1.0),
    (exponential.sinh,      math.inf, -math.inf, 0.0,      -0.0),
    (exponential.cosh,      math.inf, math.inf,  1.0,      1.0),
    (logarithm.log,         math.inf, math.nan,  -math.inf, -math.inf),
    (logarithm.log1p,       math.inf, math.nan,  0.0,      -0.0),
    (logarithm.log1mexp,    0.0,      math.nan,  -math.inf, -math.inf),
    (logarithm.log1pexp,    math.inf, 0.0,       math.log(2), math.log(2)),
    (logarithm.logcosh,     math.inf, math.inf,  0.0,      0.0),
    (special.erf,           1.0,      -1.0,      0.0,      -0.0),
    (special.erfc,          0.0,      2.0,       1.0,      1.0),
    (special.xmtanh,        math.inf, -math.inf, 0.0,      -0.0),
]
# fmt: on


@pytest.mark.parametrize("row", AT_THE_ENDS, ids=lambda r: r[0].__name__)
def test_a_function_at_the_ends_of_its_line(row: Any) -> None:
    function, *expected = row
    found = mapped(function, np.array([math.inf, -math.inf, 0.0, -0.0, math.nan]))
    np.testing.assert_allclose(found[:4], expected, rtol=4e-16)
    np.testing.assert_array_equal(np.signbit(found[2:4]), np.signbit(expected[2:]))
    assert math.isnan(found[4])


# -- the processor -------------------------------------------------------------------------------


def test_what_is_said_of_the_processor_is_so() -> None:
    """(1 + 2⁻³⁰)² - (1 + 2⁻²⁹) is 2⁻⁶⁰ of one rounding, and 0 of two."""

    @numba.njit(fastmath={"contract"})  # type: ignore[untyped-decorator]
    def less(a: float, b: float, c: float) -> float:
        return a * b - c

    @numba.njit  # type: ignore[untyped-decorator]
    def asked() -> bool:
        return bool(fused())

    a = 1 + 2.0**-30
    assert less(a, a, 1 + 2.0**-29) == (2.0**-60 if asked() else 0.0)


def test_whether_a_processor_has_an_fma() -> None:
    triple = cpu_target.target_context.codegen().magic_tuple()[0]
    if not triple.startswith("x86_64"):
        pytest.skip(f"the processors that are named here are of x86-64, this one is {triple}")
    known = [("x86-64", ""), ("sandybridge", ""), ("haswell", ""), ("x86-64", "+avx,+fma")]
    assert [has_fma(triple, *one) for one in known] == [False, False, True, True]


def test_squares_with_an_fma_and_without() -> None:
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.normal(size=300) * 10.0 ** rng.uniform(-9, 9, 300), [0.0, 1.0, 3.5]])
    np.testing.assert_allclose(1.0 + mapped(quiet_square, x), 1.0 + x * x, rtol=4e-16)
    exact = [float(Fraction(u) ** 2 - Fraction(u * u)) for u in x.tolist()]
    np.testing.assert_allclose(mapped(square_error, x), exact, rtol=1e-12, atol=0)


def test_small_arguments_need_no_care_on_any_processor() -> None:
    """Where u² has no instruction together with the 1 that it meets, it would underflow."""
    g = Neuron("tanh", "log_cosh").compile("numba")
    x = np.resize([1e-170, -1e-250, 3e-200, 0.0, 0.5], 2 * BLOCK)
    g(w=1.0, b=0.0, x=x, y=np.ones(x.size))
    runner: Any = g.function
    assert [near for _, _, near in runner.kernels] == [True]


@pytest.mark.parametrize("u", [1e-9, 0.3, 2.4, 2.6, 7.0, -3.0, 100.0])
def test_j1_against_mpmath(u: float) -> None:
    (found,) = mapped(special.j1, np.array([u]))
    with mp.workdps(60):
        true = (mp.sin(mp.mpf(u)) - u * mp.cos(mp.mpf(u))) / mp.mpf(u) ** 2
        slope = mp.diff(lambda v: (mp.sin(v) - v * mp.cos(v)) / v**2, mp.mpf(u))
        assert abs(found - true) <= 8 * 2.0**-52 * (abs(true) + abs(u * slope))


# -- kernels against numpy -----------------------------------------------------------------------

GIVEN = {"squareplus": "squareplus(b=4)", "laplace_nll": "laplace_nll(b=2)"}
USED = [
    ("sigmoid", "bce"), ("gelu", "log_cosh"), ("mish", "huber"), ("silu", "bce_logits"),
    ("sinc", "hinge"),
]  # fmt: skip
# Each activation with a loss, in turn, and each loss with an activation.
PAIRS = [
    (a.name, loss.name)
    for i, a in enumerate(catalogue.ACTIVATIONS)
    for loss in (catalogue.LOSSES[i % len(catalogue.LOSSES)],)
    if domain(a.range).meets(domain(loss.prediction))
]
# Then each activation and each loss with one that is alike for all of them.
ALIKE = [
    *((a.name, "quadratic") for a in catalogue.ACTIVATIONS),
    *(("softplus", loss.name) for loss in catalogue.LOSSES),
]
SEEN = {name for pair in (*USED, *PAIRS) for name in pair}
COMPILED = [
    pytest.param(*p, marks=pytest.mark.sweep if p in ALIKE and {*p} <= SEEN else pytest.mark.slow)
    for p in dict.fromkeys([*PAIRS, *ALIKE])
    if p not in USED
]


def sampled(graph: Any, n: int = 3000) -> dict[str, Any]:
    """Moderate data, labels of the domain, positive parameters."""
    rng = np.random.default_rng(5)
    values: dict[str, Any] = {"w": 0.7, "b": 0.2, "x": rng.normal(size=n) * 2}
    for s in graph.leaves:
        where = graph.domains.get(s)
        if s.name in values:
            continue
        if where is not None and where.kind == "finite" and s.name in ("y", "t"):
            values[s.name] = rng.choice([float(m) for m in where.members], size=n)
        elif s.name in ("y", "t"):
            drawn = rng.integers(1, 4, n).astype(float)
            whole = where is None or all(where.contains(float(v)) for v in (1, 2, 3))
            values[s.name] = drawn if whole else drawn / 4
        else:
            values[s.name] = 0.5 if where is None or where.contains(0.5) else 1.5
    return values


def agree(activation: str, loss: str) -> None:
    graph = neuron(GIVEN.get(activation, activation), GIVEN.get(loss, loss))
    values = sampled(graph)
    ours, hers = compile_numba(graph, None), compile_numpy(graph, None)
    for found, expected in zip(ours(**values), hers(**values), strict=True):
        if isinstance(found, dict):
            for t in found:
                np.testing.assert_allclose(found[t], expected[t], rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("activation", "loss"), USED)
def test_agrees_with_numpy(activation: str, loss: str) -> None:
    agree(activation, loss)


@pytest.mark.parametrize(("activation", "loss"), COMPILED)
def test_every_row_of_the_catalogue_agrees_with_numpy(activation: str, loss: str) -> None:
    agree(activation, loss)


def test_conditions_functions_and_powers_agree_with_numpy() -> None:
    graph = model(
        {
            "u": "cases(x > 0 and w*x < 1 or x == -1: sin(w*x), x >= -2: atan(x) + x**5, 1/4)",
            "C": "u**2 + (2 + x**2)**w + asinh(x) + abs(x - w) + max(x, w, 0) + min(x, 1)"
            " + sign(x) + cosh(x) - sinh(x/3) + erf(x) + log(3 + tanh(x/2))",
        },
        ["w"],
    )
    ours, hers = compile_numba(graph, None), compile_numpy(graph, None)
    x = np.concatenate([np.linspace(-4, 4, 999), [-1.0, 0.0, -0.0]])
    (a, da), (b, db) = ours(w=0.75, x=x), hers(w=0.75, x=x)
    np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(da["w"], db["w"], rtol=1e-11, atol=1e-14)


# -- sums ----------------------------------------------------------------------------------------

UNIT = 2.0**-53


def astray(terms: Any) -> float:
    """How far a sum of a kernel may be from the exact one, in whatever lanes a processor adds.

    m terms in any order are within (m - 1)·2⁻⁵³·Σ|term| (Higham 2002, (4.4)), a block has m = 512.
    To add the blocks, the parts of two threads, and to divide by n takes three roundings more, and
    so much is left for a term that is rounded otherwise in another loop: sixteen.
    """
    return (BLOCK - 1 + 3 + 16) * UNIT * math.fsum(np.abs(terms))


def test_sums_are_those_of_the_samples(mean: Any, total: Any, each: Any) -> None:
    costs, slopes = each(**POINT, x=X, y=Y)
    for g, n in ((total, 1), (mean, X.size)):
        cost, found = g(**POINT, x=X, y=Y)
        assert abs(cost - math.fsum(costs) / n) <= astray(costs) / n
        for t in "wb":
            assert abs(found[t] - math.fsum(slopes[t]) / n) <= astray(slopes[t]) / n


N = TWO_THREADS + 3 * BLOCK + 5
# Added one after another, they lose two hundred times what a sum by blocks may, and more.
MANY = {"one large": np.r_[1.0, np.full(N - 1, 1e-16)], "all the same": np.full(N, 0.1)}


@pytest.mark.parametrize("x", MANY.values(), ids=MANY)
def test_the_error_of_a_sum_is_that_of_its_blocks(x: Any) -> None:
    cost, _ = compile_numba(model({"C": "w*x"}, ["w"]), "sum")(w=1.0, x=x)
    assert abs(cost - math.fsum(x)) <= astray(x)


def test_a_loop_says_how_many_vectors_and_where_they_may_lie() -> None:
    @numba.njit  # type: ignore[untyped-decorator]
    def total(x: Any) -> Any:
        out = 0.0
        for i in range(x.size):
            out = plus(out, E.sigmoid(x[i]))
            interleaved(4)
        return out

    true = math.fsum(1 / (1 + np.exp(-X)))
    assert abs(total(X) - true) <= (X.size + 16) * UNIT * true
    (code,) = total.inspect_llvm().values()
    # Without it, vectors on the stack lie across the lines of the cache in one process of four.
    assert "alignstack(64)" in code
    assert "llvm.loop.isvectorized" in code


def test_a_constant_term_counts_once_a_sample() -> None:
    g = compile_numba(model({"C": "w*x + b**2"}, ["w", "b"]), "sum")
    n = 2 * BLOCK + 1
    assert g(w=0.0, b=3.0, x=np.ones(n)) == (9.0 * n, {"w": n, "b": 6.0 * n})


# -- threads -------------------------------------------------------------------------------------


def test_two_threads_give_one_result(mean: Any, each: Any) -> None:
    n = TWO_THREADS + 3 * BLOCK + 5
    x, y = np.resize(X, n), np.resize(Y, n)
    first = mean(**POINT, x=x, y=y)
    assert first == mean(**POINT, x=x, y=y)
    costs, slopes = each(**POINT, x=x, y=y)
    assert abs(first[0] - math.fsum(costs) / n) <= astray(costs) / n
    assert abs(first[1]["b"] - math.fsum(slopes["b"]) / n) <= astray(slopes["b"]) / n
    np.testing.assert_array_equal(costs[:BLOCK], each(**POINT, x=x[:BLOCK], y=y[:BLOCK])[0])


def test_many_callers_at_once(mean: Any) -> None:
    parts = [(X[k:], Y[k:]) for k in range(8)]
    expected = [mean(**POINT, x=x, y=y) for x, y in parts]
    found: dict[int, list[Any]] = {k: [] for k in range(8)}

    def call(k: int) -> None:
        for _ in range(30):
            found[k].append(mean(**POINT, x=parts[k][0], y=parts[k][1]))

    threads = [threading.Thread(target=call, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(found[k] == [expected[k]] * 30 for k in range(8))


# -- what leaves the range of doubles -------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("reduction", ["mean", None])
def test_what_is_not_finite_is_as_in_numpy(bad: float, reduction: Any) -> None:
    graph = model({"z": "w*x", "C": "log(1 + z**2) + exp(-z) + max(z, 0) + tanh(z)"}, ["w"])
    x = X.copy()
    x[BLOCK + 3] = bad
    a, b = (compile_gradient(graph, name, reduction)(w=1.0, x=x) for name in ("numba", "numpy"))
    np.testing.assert_allclose(a[0], b[0], rtol=1e-12)
    np.testing.assert_allclose(a[1]["w"], b[1]["w"], rtol=1e-10, atol=1e-13)


def test_a_silent_overflow_is_noticed() -> None:
    # x² is inf, and x/sqrt(1 + x²) would be 0: each block with such a sample goes to numpy.
    graph = model({"C": "w*x/sqrt(1 + x**2)"}, ["w"])
    ours, hers = compile_numba(graph, None), compile_numpy(graph, None)
    x = X.copy()
    x[[5, BLOCK - 1, 3 * BLOCK]] = 1e200, -1e300, 1e250
    np.testing.assert_allclose(ours(w=1.0, x=x)[0], hers(w=1.0, x=x)[0], rtol=1e-14)
    runner: Any = ours.function
    calls = []
    extended = runner.extended
    runner.extended = lambda *leaves: calls.append(leaves[1].size) or extended(*leaves)
    ours(w=1.0, x=x)
    assert calls == [BLOCK, BLOCK]  # the first and the fourth; the one between is not touched
    ours(w=1.0, x=X)
    assert len(calls) == 2


def test_numbers_alone_are_watched_in_every_block() -> None:
    # delta² overflows before any sample is looked at.
    graph = model({"C": "w*x/sqrt(1 + delta**2)"}, ["w"])
    ours, hers = compile_numba(graph, "sum"), compile_numpy(graph, "sum")
    point = {"w": 1.0, "x": X, "delta": 1e200}
    assert ours(**point)[0] == pytest.approx(hers(**point)[0], rel=1e-9)
    runner: Any = ours.function
    calls = []
    extended = runner.extended_sum
    runner.extended_sum = lambda *leaves: calls.append(leaves[1].size) or extended(*leaves)
    ours(**point)
    assert sum(calls) == X.size


# -- what is handed in ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v[::-2],
        lambda v: v[4::3],
        lambda v: v[:1],
        lambda v: v[:1000].astype(np.float32),
        lambda v: (v[:1000] * 10).astype(np.int8),
        lambda v: v[:1000].tolist(),
        lambda v: np.frombuffer(b"\0" + v[:9].tobytes(), np.uint8)[1:].view(np.float64),
        lambda v: v[:1000].astype(">f8"),
    ],
    ids=["reversed", "strided", "one", "float32", "int8", "list", "unaligned", "big-endian"],
)
def test_arrays_of_every_kind(mean: Any, change: Callable[[Any], Any]) -> None:
    x, y = change(X), change(Y)
    hers = compile_numpy(neuron(), None)
    of_single = 1e-5 if getattr(x, "dtype", None) == "f4" else 0.0
    for given in ({"x": x, "y": y}, {"x": x, "y": 0.25}):
        (a, da), (b, db) = mean(**POINT, **given), hers(**POINT, **given)
        for found, terms in ((a, b), *((da[t], db[t]) for t in da)):
            most = astray(terms) + of_single * math.fsum(np.abs(terms))
            assert abs(found - math.fsum(terms) / terms.size) <= most / terms.size


def test_read_only_arrays_are_read(mean: Any) -> None:
    x = X.copy()
    x.flags.writeable = False
    assert mean(**POINT, x=x, y=Y) == mean(**POINT, x=X, y=Y)


@pytest.mark.parametrize("reduction", ["mean", None])
def test_float32_is_computed_in_float64_and_answered_in_float32(reduction: Any, each: Any) -> None:
    g = compile_numba(neuron(), reduction)
    x, y = X.astype(np.float32), Y.astype(np.float32)
    found = g(w=0.5, b=0.125, x=x, y=y)
    given = {"w": 0.5, "b": 0.125, "x": x.astype(float), "y": y.astype(float)}
    wide, terms = g(**given), each(**given)
    for a, b, v in (
        (found[0], wide[0], terms[0]),
        *((found[1][t], wide[1][t], terms[1][t]) for t in "wb"),
    ):
        assert a.dtype == np.float32
        # Arrays of float32 may be read, and added, in lanes of another number.
        off = 16 * UNIT * np.abs(v) if reduction is None else 2 * astray(v) / v.size
        assert (np.float32(b - off) <= a).all()
        assert (a <= np.float32(b + off)).all()
    hers = compile_numpy(neuron(), reduction)(w=0.5, b=0.125, x=x, y=y)
    assert found[0].dtype == hers[0].dtype
    # One array of float64 is enough for an answer in float64.
    assert type(g(w=0.5, b=0.125, x=x, y=y.astype(float))[1]["w"]) is type(wide[1]["w"])


def test_numbers_alone_give_floats(mean: Any, each: Any) -> None:
    for g in (mean, each):
        cost, slopes = g(w=0.5, b=2, x=3, y=np.float64(0))
        assert cost == pytest.approx(0.471117372684454, rel=1e-14)
        assert [type(v) for v in (cost, *slopes.values())] == [float] * 3


def test_parameters_may_be_arrays_a_sample(each: Any) -> None:
    costs, _ = each(w=np.array([0.5, 1.5]), b=2.0, x=3.0, y=0.0)
    one_by_one = [each(w=w, b=2.0, x=3.0, y=0.0)[0] for w in (0.5, 1.5)]
    np.testing.assert_allclose(costs, one_by_one, rtol=1e-14)


@pytest.mark.parametrize("size", [1, 7, 2500])
@pytest.mark.parametrize("stray", [0.5, math.nan, math.inf, 5e-324])
def test_a_label_of_neither_class_is_found(size: int, stray: float) -> None:
    g = compile_numba(neuron("sigmoid", "bce"))
    y = np.arange(size) % 2.0
    assert math.isfinite(g(**POINT, x=X[:size], y=y)[0])
    assert math.isfinite(g(**POINT, x=X[:size], y=np.repeat(y, 2)[::2])[0])
    for place in {0, size // 2, size - 1}:
        wrong = y.copy()
        wrong[place] = stray
        with pytest.raises(DataError, match=rf"y\[{place}\] is {stray!r}, outside"):
            g(**POINT, x=X[:size], y=wrong)


def test_a_nan_stays_one_whatever_its_bits() -> None:
    # R's NA is a nan with 1954 in its last bits, which exponents are made of.
    missing = np.array([0x7FF00000000007A2, 0x7FF8000000000FFF], np.int64).view(float)
    assert np.isnan(missing).all()
    for function in (E.exp, E.sigmoid, E.sigmoid_minus, E.tanh, E.sech2, E.tanh_log1pexp,
                     L.log, L.log1pexp, L.logcosh, S.erfc, S.erf):  # fmt: skip
        assert np.isnan(mapped(function, missing)).all(), function


def test_unequal_lengths_are_refused_though_nothing_else_is_checked(mean: Any) -> None:
    mean(**POINT, x=X, y=Y)
    with pytest.raises(DataError, match="all are of one length"):
        mean.function(0.5, 0.1, X, Y[:7])
    with pytest.raises(DataError, match="x has 3 and y has 2"):
        mean(**POINT, x=[1.0, 2.0, 3.0], y=[1.0, 2.0])


@pytest.mark.parametrize("name", ["lambda", "numpy", "np", "n", "sums", "BLOCK", "select", "t0"])
def test_a_name_never_becomes_a_word_of_the_code(name: str) -> None:
    graph = model({"C": f"w*x + {name}"}, ["w"])
    assert f"_{name}" in compile_numba(graph).source
    assert not [line for line in compile_numba(graph).source.splitlines() if f" {name}*" in line]


def test_numba_is_loaded_by_its_own_gradients_alone() -> None:
    code = (
        "import sys; from symgd import Neuron; g = Neuron().compile(); g(w=1, b=0, x=1, y=0);"
        "print({'numba', 'llvmlite'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_without_numba_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import symgd.targets.numba as room

    monkeypatch.setattr(room.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "symgd\[fast\]"'):
        Neuron().compile("numba")


# -- the descent ----------------------------------------------------------------------------------

START = {"w": 0.5, "b": 2.0}


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_descent_on_arrays_is_that_of_numpy(history: bool, reduction: str) -> None:
    options = {"start": START, "optimizer": sgd(1e-4), "epochs": 300, "reduction": reduction}
    ours = train(neuron(), x=X, y=Y, backend="numba", history=history, **options)
    hers = train(neuron(), x=X, y=Y, history=history, **options)
    assert (ours.epochs, ours.stopped, len(ours.path)) == (300, "epochs", len(hers.path))
    np.testing.assert_allclose(ours.path, hers.path, rtol=1e-12)
    np.testing.assert_allclose(ours.history, hers.history, rtol=1e-12)


@pytest.mark.parametrize("history", [True, False])
def test_a_descent_on_numbers_is_that_of_the_scalar_backend(history: bool) -> None:
    options = {"x": 3.0, "y": 0.0, "start": START, "optimizer": sgd(0.05), "history": history}
    ours, hers = train(neuron(), backend="numba", **options), train(neuron(), **options)
    np.testing.assert_allclose(ours.path, hers.path, rtol=1e-13)
    np.testing.assert_allclose(ours.history, hers.history, rtol=1e-13)


def test_other_optimizers_and_stops_take_the_gradient() -> None:
    ours = train(neuron(), x=X, y=Y, backend="numba", start=START, optimizer="adam", epochs=20)
    hers = train(neuron(), x=X, y=Y, start=START, optimizer="adam", epochs=20)
    np.testing.assert_allclose(ours.path, hers.path, rtol=1e-12)
    seen = []
    train(
        neuron(), x=X, y=Y, backend="numba", start=START, epochs=9,
        callback=lambda r: seen.append(r.epoch) or r.epoch == 4,
    )  # fmt: skip
    assert seen == [0, 1, 2, 3, 4]


def test_a_step_that_leaves_the_range_is_taken_with_care() -> None:
    # (wx)² underflows, from the tenth step or so on.
    graph = model({"C": "(w*x)**2/2"}, ["w"])
    options = {"x": 1.0, "start": {"w": 1e-150}, "optimizer": sgd(0.5), "epochs": 100}
    ours, hers = train(graph, backend="numba", **options), train(graph, **options)
    np.testing.assert_allclose(ours.path, hers.path, rtol=1e-13)
    np.testing.assert_array_equal(ours.history[50:], hers.history[50:])


def test_a_descent_that_diverges_says_where() -> None:
    options = {"x": [1e3, 2e3], "y": [1.0, 2.0], "start": START, "optimizer": sgd(10.0)}
    with pytest.raises(DivergedError) as hers:
        train(neuron("identity"), **options)
    with pytest.raises(DivergedError) as ours:
        train(neuron("identity"), backend="numba", **options)
    assert str(ours.value).split(" at ")[1] == str(hers.value).split(" at ")[1]  # the epoch
