"""The quick words of the numba backend: right to the last places where they say that they are for,
and never used where they are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgd import Model, Neuron
from symgd.errors import DataError
from symgd.models import model
from symgd.targets.numpy import compile_numpy
from symgd.trees.domain import domain

numba = pytest.importorskip("numba", reason='the backend needs pip install "symgd[fast]"')

from numba.core.errors import NumbaNotImplementedError, NumbaValueError  # noqa: E402
from test_numba import last_places, log_cosh, mapped, softplus  # noqa: E402

from symgd.programs.program import program  # noqa: E402
from symgd.targets.numba import compile_numba, domains, near  # noqa: E402
from symgd.targets.numba.source import BLOCK, has_near, kernel_source  # noqa: E402
from symgd.targets.numba.sums import FACTORS, log_of_product  # noqa: E402

# fmt: off
# Places as in test_numba: with an fma and without, of many more points than are looked at here.
#   function              what it asks          as far as   true value                      places, per u
NEAR = [
    (near.exp,            near.beyond_exp,      354.0, mp.exp,                                2.5, 0.3),
    (near.sigmoid,        near.beyond,          354.0, lambda u: 1/(1 + mp.exp(-u)),          3,   0.3),
    (near.sigmoid_minus,  near.beyond,          354.0, lambda u: 1/(1 + mp.exp(u)),           3,   0.3),
    (near.tanh_half,      near.beyond,          354.0, lambda u: mp.tanh(u/2),                5.5, 0),
    (near.tanh,           near.beyond_doubled,  177.0, mp.tanh,                               5.5, 0),
    (near.sech2_half,     near.beyond,          354.0, lambda u: mp.sech(u/2)**2,             5.5, 0.3),
    (near.sech2,          near.beyond_doubled,  177.0, lambda u: mp.sech(u)**2,               5.5, 0.6),
    (near.tanh_log1pexp,  near.beyond,          345.0, lambda u: mp.tanh(softplus(u)),        5,   0.3),
    (near.sech2_log1pexp, near.beyond,          345.0, lambda u: mp.sech(softplus(u))**2,     10,  0.6),
    (near.log1pexp,       near.beyond,          354.0, softplus,                              5,   0.3),
    (near.logcosh,        near.beyond_doubled,  177.0, log_cosh,                              15,  0),
    (near.density,        near.beyond_density,  13.3,  lambda z: mp.exp(-z*z/2),              4,   1.3),
    (near.erfc_of_root,   near.beyond_density,  13.3,  lambda z: mp.erfc(z/mp.sqrt(2)),       6,   1.3),
]
# fmt: on
# That much more is allowed where the function is e^cu: u moves by its last place, and it by cu.
SQUARED = {near.density, near.erfc_of_root}


BEYOND = [
    (near.beyond, 354.0),
    (near.beyond_exp, 354.0),
    (near.beyond_doubled, 177.0),
    (near.beyond_density, 13.3),
]


def places(end: float) -> Any:
    rng = np.random.default_rng(11)
    x = np.concatenate(
        [
            rng.uniform(-end, end, 200),
            rng.uniform(-2, 2, 200),
            rng.normal(size=200) * 10.0 ** rng.uniform(-300, 0, 200),
            np.log(2) / 4 * np.arange(-9, 10) * (1 + rng.normal(0, 1e-15, 19)),
            [0.0, -0.0, 5e-324, -5e-324, 0.6, 0.8813735870195429, end, -end],
        ]
    )
    return x[abs(x) <= end]


@pytest.mark.spread(3)
@pytest.mark.parametrize(
    ("function", "end", "true", "most", "per"),
    [(f, *row) for f, _, *row in NEAR],
    ids=[f.__name__ for f, *_ in NEAR],
)
def test_a_near_word_against_mpmath(
    function: Any, end: float, true: Callable[[Any], Any], most: float, per: float
) -> None:
    x = places(end)
    for u, y in zip(x.tolist(), mapped(function, x).tolist(), strict=True):
        small = -math.log10(abs(u)) if u else 0.0
        allowed = most + per * (u * u if function in SQUARED else abs(u))
        with mp.workdps(40 + int(max(0.0, min(1000.0, 3 * small)))):
            assert last_places(y, true(mp.mpf(u))) <= allowed, u


@pytest.mark.parametrize(("beyond", "end"), BEYOND)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_is_beyond_is_said_to_be(beyond: Any, end: float, sign: float) -> None:
    @numba.njit  # type: ignore[untyped-decorator]
    def asked(u: float) -> bool:
        return bool(near.outside(beyond(u)))

    for u in (0.0, 0.4 * end, end):
        assert not asked(sign * u)
    for u in (1.01 * end, 2 * end, 1e3, 1e9, 1e17, 1e154, 1.7e308, math.inf, math.nan):
        assert asked(sign * u)


# -- blocks --------------------------------------------------------------------------------------

PAIRS = [
    ("sigmoid", "bce"),
    ("tanh", "log_cosh"),
    ("gelu", "bce_logits"),
    ("mish", "quadratic"),
    ("softplus(beta=2)", "log_cosh"),
]


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
@pytest.mark.parametrize("reduction", ["mean", None])
def test_far_samples_among_near_ones(activation: str, loss: str, reduction: Any) -> None:
    """Blocks of near samples, of far ones, of both, and of some that take care."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=6 * BLOCK)
    x[BLOCK + 3], x[2 * BLOCK : 3 * BLOCK] = 900.0, 300.0
    x[3 * BLOCK + 9], x[4 * BLOCK] = -1e5, 1e200
    y = (rng.uniform(size=x.size) < 0.5).astype(float)
    neuron = Neuron(activation, loss)
    at = {"w": 1.0, "b": 0.25, "x": x, "y": y}
    cost, slopes = neuron.compile("numba", reduction)(**at)
    true, others = neuron.compile("numpy", reduction)(**at)
    # A sum of either is within BLOCK roundings, whatever its order.
    np.testing.assert_allclose(cost, true, rtol=4 * BLOCK * 2.0**-53, atol=1e-17)
    for name in slopes:
        # What is left of a σ' of 10⁻³⁰⁰ beside one of 1 is no concern here.
        np.testing.assert_allclose(slopes[name], others[name], rtol=1e-12, atol=1e-14)


def test_a_descent_begun_far_away_goes_on_near() -> None:
    graph = model({"z": "w*x + b", "C": "(sigmoid(z) - y)**2 + z**2"}, ["w", "b"])
    ours, theirs = compile_numba(graph), compile_numpy(graph)
    theta, c, data = [500.0, 1.0], -0.1, (np.array([1.0]), np.array([0.5]))
    assert ours.end is not None
    found = ours.end(*theta, *data, c, 300)
    for _ in range(300):
        _, slopes = theirs.function(*map(np.float64, theta), *data)
        theta = [t + c * s for t, s in zip(theta, slopes, strict=True)]
    np.testing.assert_allclose(found, theta, rtol=1e-12)


def test_a_program_without_such_functions_has_one_kernel() -> None:
    assert not has_near(program(model({"C": "(w*x - y)**2 + abs(w)"}, ["w"])))
    made = program(model({"C": "exp(w*x)*y"}, ["w"]))
    assert has_near(made)
    kinds = ("number", "float64", "float64")
    assert "near.exp" in kernel_source(made, kinds, "total", True)
    assert "near.exp" not in kernel_source(made, kinds, "total", False)


def test_a_density_has_the_division_of_a_tail_where_there_is_one() -> None:
    def words(cost: str) -> str:
        made = program(model({"z": "w*x", "C": cost}, ["w"]))
        return kernel_source(made, ("number", "float64"), "total", True)

    assert "density" not in words("exp(-z**2/2)")
    assert "near.density" in words("z*erfc(-z/sqrt(2))")


# -- the logarithm of a product ------------------------------------------------------------------


@given(
    st.lists(
        st.floats(1e-300, 0.999999) | st.floats(1e-17, 1e-3), min_size=1, max_size=3 * FACTORS + 1
    )
)
@settings(deadline=None)
def test_a_sum_of_logarithms_is_that_of_a_product(a: list[float]) -> None:
    """Σ log(1 + a/b) with b = 1 - a, however small the a are."""
    room = np.zeros(FACTORS * (len(a) // FACTORS + 1)), np.zeros(FACTORS * (len(a) // FACTORS + 1))
    room[0][: len(a)], room[1][: len(a)] = a, 1 - np.array(a)
    true = math.fsum(
        float(mp.log1p(mp.mpf(p) / mp.mpf(q))) for p, q in zip(a, 1 - np.array(a), strict=True)
    )
    # P ← P + Qa and Q ← Qb round three times a factor, and all is positive; then a division, a
    # logarithm of one place, and the sum of up to four.
    off = (3 * FACTORS + 1 + 2 + 3) * 2.0**-53
    assert log_of_product(*room, len(a)) == pytest.approx(true, rel=off, abs=0)


@pytest.mark.parametrize(
    ("cost", "taken"),
    [
        ("log(1 + exp(w*x))", True),
        ("3*log(cosh(w*x)) - y*w", True),
        ("log(1 + exp(w*x))*y", False),  # a factor that is not the same for all samples
        ("log(1 + exp(w*x))**2", False),
    ],
)
def test_only_a_term_of_the_cost_is_taken_out(cost: str, taken: bool) -> None:
    made = program(model({"C": cost}, ["w"]))
    kinds = tuple("number" if s.name == "w" else "float64" for s in made.leaves)
    assert ("log_of_product" in kernel_source(made, kinds, "total", True)) is taken
    x, y = np.linspace(-3, 4, 700), np.linspace(0.1, 2, 700)
    at = {s.name: {"w": 0.7, "x": x, "y": y}[s.name] for s in made.leaves}
    found, true = compile_numba(made, "sum")(**at), compile_numpy(made, "sum")(**at)
    np.testing.assert_allclose([found[0], *found[1].values()], [true[0], *true[1].values()])


def test_a_logarithm_that_the_slopes_need_too_stays() -> None:
    made = program(model({"s": "log(1 + exp(w*x))", "C": "exp(s)"}, ["w"]))
    source = kernel_source(made, ("number", "float64"), "total", True)
    assert "log_of_product" not in source


# -- domains -------------------------------------------------------------------------------------

SETS = ["{0, 1}", "{-1, 1}", "{0, 1/2, 3}", "(0, oo)", "[0, oo)", "(-1, 1)", "(0, 1]", "ℕ"]


@pytest.mark.parametrize("text", SETS)
def test_a_sample_outside_its_domain_is_found_in_the_loop(text: str) -> None:
    allowed = domain(text)
    expression = domains.outside("y", allowed)
    words = {w: getattr(domains, w) for w in ("nonzero", "unless", "whole")}
    scope: dict[str, Any] = {**words, "inf": math.inf, "numba": numba}
    exec(f"@numba.njit\ndef asked(y):\n    return {expression}", scope)
    for y in (
        0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 2.0, 5e-324, -5e-324, 1e-200, 1 - 2.0**-53, 1 + 2.0**-52,
        1e308, -7.0, 2.5, math.inf, -math.inf, math.nan, 2.0**51 + 0.5, 2.0**52 - 0.5, 2.0**52,
        2.0**53 + 2, 2.0**54 - 2, 2.0**63, 2.0**64, 1e19,
    ):  # fmt: skip
        assert (scope["asked"](y) == 0) is allowed.contains(y), y


def test_counts_beyond_every_integer_are_counts() -> None:
    """They were integers of the processor's choice, and their block was looked at again, or not."""
    g = Model({"C": "(w*x - y)**2/y"}, ["w"], domains={"y": "ℕ"}).compile("numba")
    y = np.resize([1.0, 3.0, 2.0**53, 2.0**63, 1e19, 1e100], 2 * BLOCK)
    at = {"w": 1.0, "x": np.ones(y.size)}
    g(**at, y=y)
    runner: Any = g.function
    assert runner.fast_path.kernel is not None
    for stray in (2.5, 2.0**51 + 0.5, -1.0, -1e19, math.inf, math.nan):
        with pytest.raises(DataError, match="outside"):
            g(**at, y=np.where(y == 3.0, stray, y))


def test_the_short_way_refuses_what_the_long_way_does() -> None:
    g = Neuron("sigmoid", "bce").compile("numba")
    x, y = np.linspace(-1, 1, 40), (np.arange(40) % 2).astype(float)
    good = {"w": 0.5, "b": 0.1, "x": x, "y": y}
    for _ in range(2):
        g(**good)
        for change, words in [
            ({"x": np.ma.masked_greater(x, 0.5)}, "masked"),
            ({"y": np.where(y > 0, 0.5, y)}, "outside"),
            ({"x": x[:7]}, "unequal length"),
            ({"x": x[:0], "y": y[:0]}, "empty"),
            ({"x": x.reshape(2, 20)}, "shape"),
            ({"w": 1j}, "not a real number"),
            ({"w": x}, "a parameter"),
            ({"q": 1.0}, "'q'"),
        ]:
            with pytest.raises(DataError, match=words):
                g(**{**good, **change})
    del good["w"]
    with pytest.raises(DataError, match="w needs a number"):
        g(**good)


@pytest.mark.parametrize("error", [TypeError, NumbaValueError, NumbaNotImplementedError])
def test_what_a_kernel_refuses_goes_the_long_way(error: type[Exception]) -> None:
    """A regression: doubles in the other byte order ended in an error of numba 0.59."""
    g = Neuron("sigmoid", "bce").compile("numba")
    x, y = np.linspace(-1, 1, 40), (np.arange(40) % 2).astype(float)
    expected = g(w=0.5, b=0.1, x=x, y=y)
    runner: Any = g.function

    def refuses(*_: Any) -> Any:
        raise error("Unsupported array dtype: >f8")

    for ask in (lambda: g(w=0.5, b=0.1, x=x, y=y), lambda: g.function(0.5, 0.1, x, y)):
        runner.fast_path.open(refuses, (0.5, 0.1, x, y))
        assert ask()[0] == expected[0]


def test_a_number_outside_its_domain_is_refused_on_the_short_way() -> None:
    made = Model({"C": "log(1 + exp(w*x))/s"}, parameters=["w"], domains={"s": "positive"}).compile(
        "numba"
    )
    x = np.linspace(-1, 1, 9)
    made(w=1.0, s=2.0, x=x)
    for bad in (-1.0, 0.0, math.nan, math.inf):
        with pytest.raises(DataError, match="s is"):
            made(w=1.0, s=bad, x=x)
    assert made(w=1.0, s=2, x=x) == made(w=1.0, s=2.0, x=x)


# -- what underflows -----------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["sum", None])
@pytest.mark.parametrize(
    ("scale", "start"),
    [
        (1000.0, {"w": 1.0, "b": 0.1}),  # σ underflows, and nothing comes of it
        (1.0, {"w": 0.0, "b": -800.0}),  # all that there is has underflowed
        (1e-150, {"w": 1e152, "b": -740.0}),  # and is multiplied by what is small
        (1e120, {"w": 1e-118, "b": -740.0}),  # or large
    ],
)
def test_what_underflows_is_let_pass_where_it_cannot_count(
    scale: float, start: dict[str, float], reduction: Any
) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=3 * BLOCK) * scale
    y = np.zeros(x.size)
    neuron = Neuron("sigmoid", "bce")
    cost, slopes = neuron.compile("numba", reduction)(x=x, y=y, **start)
    z = [mp.mpf(v) * start["w"] + start["b"] for v in x.tolist()]
    s = [1 / (1 + mp.exp(-u)) for u in z]
    true = [
        [mp.log1p(mp.exp(u)) for u in z],
        [a * v for a, v in zip(s, x.tolist(), strict=True)],
        s,
    ]
    for found, values in zip((cost, slopes["w"], slopes["b"]), true, strict=True):
        if reduction is None:
            expected = np.array([float(v) for v in values])
            # z is rounded, and e^z with it.
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=5e-324)
        else:
            assert found == pytest.approx(float(mp.fsum(values)), rel=1e-12, abs=5e-324)


def test_a_saturated_batch_needs_no_wide_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = Neuron("sigmoid", "bce").compile("numba")
    x = np.linspace(-1e4, 1e4, 4 * BLOCK)
    at = {"w": 1.0, "b": 0.1, "x": x, "y": (x < 0).astype(float)}
    expected = Neuron("sigmoid", "bce").compile("numpy")(**at)
    runner: Any = compiled.function
    monkeypatch.setattr(type(runner), "extended_sum", None)
    cost, slopes = compiled(**at)
    np.testing.assert_allclose([cost, *slopes.values()], [expected[0], *expected[1].values()])


def test_more_vectors_at_a_time_where_functions_wait_for_functions() -> None:
    def marks(activation: str, loss: str) -> set[str]:
        source = Neuron(activation, loss).compile("numba").source
        return {line.strip() for line in source.splitlines() if "interleaved(" in line}

    assert marks("sigmoid", "quadratic") == {"interleaved(2)"}
    assert marks("mish", "quadratic") == {"interleaved(2)"}  # tanh(log(1 + e^z)) is one function
    assert marks("tanh", "log_cosh") == {"interleaved(4)"}
    assert marks("relu", "quadratic") == {"interleaved(4)"}


def test_labels_are_asked_in_a_loop_of_their_own_where_registers_are_few() -> None:
    for activation, loss, loops in [("sigmoid", "bce", 1), ("silu", "bce_logits", 2)]:
        source = Neuron(activation, loss).compile("numba").source
        assert source.count("for i in range(count):") == loops
        assert source.count("odd |= ") == 1
