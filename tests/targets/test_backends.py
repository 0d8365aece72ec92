"""Compiled gradients against mpmath, at random points, at kinks, in the tails, on bad input."""

from __future__ import annotations

import math
import re
import warnings
from fractions import Fraction
from random import Random
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symgd import Neuron
from symgd import functions as catalogue
from symgd.errors import DataError, InputError, ModelError, UsualNumberWarning
from symgd.functions import BY_HEAD, LOSSES
from symgd.language import named
from symgd.models import model, neuron
from symgd.targets.gradient import Compiled
from symgd.targets.numpy import compile_numpy
from symgd.targets.python import CALLS
from symgd.targets.scalar.compiled import compile_scalar
from symgd.trees.domain import REAL, domain
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate

Point = dict[str, float]


def cost(graph: Graph, point: dict[str, Any]) -> Any:
    values = {symbol(n): mp.mpf(v) for n, v in point.items()}
    for v, body in graph.definitions.items():
        values[v] = evaluate(graph.unfold(body), values)
    return values[graph.cost]


def difference(graph: Graph, point: Point, name: str) -> Any:
    """(C(t + h) - C(t - h))/2h in 50 digits, h = 10⁻¹⁵."""
    with mp.workdps(50):
        h = mp.mpf(10) ** -15
        up = cost(graph, {**point, name: mp.mpf(point[name]) + h})
        down = cost(graph, {**point, name: mp.mpf(point[name]) - h})
        return (up - down) / (2 * h)


def both(graph: Graph) -> tuple[Compiled, Compiled]:
    return compile_numpy(graph), compile_scalar(graph)


def near(a: Any, b: Any, tolerance: float = 1e-7) -> bool:
    return bool(abs(a - b) <= tolerance * (1 + abs(b)))


# -- the catalogue -----------------------------------------------------------------------------

# The bias of a neuron is called b, and so is a parameter of these rows: they are given numbers.
GIVEN = {"squareplus": "squareplus(b=4)", "laplace_nll": "laplace_nll(b=2)"}

# Each activation with two losses, in turn, so that every loss is met too.
PAIRS = [
    (a.name, loss.name)
    for i, a in enumerate(catalogue.ACTIVATIONS)
    for k in range(3)
    if domain(a.range).meets(
        domain((loss := catalogue.LOSSES[(3 * i + k) % len(catalogue.LOSSES)]).prediction)
    )
]


def draw(graph: Graph, seed: str) -> Point | None:
    """A point whose prediction lies where the loss wants it."""
    rng = Random(seed)
    allowed = graph.domains.get(symbol("yhat"), REAL)
    for _ in range(200):
        point = {s.name: float(graph.domains.get(s, REAL).sample(rng)) for s in graph.leaves}
        values = {symbol(n): mp.mpf(v) for n, v in point.items()}
        for v in (symbol("z"), symbol("yhat")):
            values[v] = evaluate(graph.unfold(graph.definitions[v]), values)
        if allowed.contains(float(values[symbol("yhat")])):
            return point
    return None


@pytest.mark.spread(3, 2)
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_catalogue_pair_against_differences(activation: str, loss: str) -> None:
    graph = neuron(GIVEN.get(activation, activation), GIVEN.get(loss, loss))
    point = draw(graph, activation + loss)
    assert point is not None
    for g in both(graph):
        value, slopes = g(**point)
        assert near(value, cost(graph, point))
        for t in g.parameters:
            assert near(slopes[t], difference(graph, point, t)), (g.backend, t, point)


def test_every_loss_is_met() -> None:
    met = {loss for _, loss in PAIRS}
    assert len(met) >= len(catalogue.LOSSES) - 3


@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_kinks_of_activations_are_kept(row: Any) -> None:
    graph = model(
        {"z": "w*x", "C": f"{row.name}({', '.join(row.arguments)})"},
        ["w"],
        functions={},
    )
    numbers = {n: mp.mpf("0.5") for n in row.parameters}
    at = {symbol(n): v for n, v in numbers.items()}
    for kink in row.kinks:
        read = lambda text: named.read(text, tuple(row.parameters))  # noqa: E731
        place, value = evaluate(read(kink.at), at), evaluate(read(kink.value), at)
        for g in both(graph):
            given = {n: float(v) for n, v in numbers.items()}
            _, slopes = g(w=1.0, x=float(place), **given)
            assert slopes["w"] == pytest.approx(float(place * value), rel=1e-12, abs=0)
            if place == 0:
                # z = x·w is 0 with slope x = 1 at w = 0.
                _, slopes = g(w=0.0, x=1.0, **given)
                assert slopes["w"] == pytest.approx(float(value), rel=1e-12, abs=0)


LABELS = {"hinge": ("t", 1.0), "pinball": ("y", 2.0), "mae": ("y", 2.0), "mape": ("y", 2.0)}


@pytest.mark.parametrize("name", [*LABELS, "laplace_nll"])
def test_kinks_of_losses_are_kept(name: str) -> None:
    row = catalogue.loss(name)
    label, number = LABELS.get(name, ("y", 2.0))
    graph = neuron("identity", GIVEN.get(name, name))
    numbers = {n: 0.25 for n in row.parameters if name not in GIVEN}
    at = {symbol(n): mp.mpf(v) for n, v in {**numbers, label: number}.items()}
    (kink,) = row.kinks
    read = lambda text: named.read(text, (*row.parameters, label))  # noqa: E731
    place, value = evaluate(read(kink.at), at), evaluate(read(kink.value), at)
    for g in both(graph):
        _, slopes = g(w=0.0, b=float(place), x=3.0, **{label: number}, **numbers)
        assert slopes["b"] == pytest.approx(float(value), rel=1e-12, abs=0)


# fmt: off
#   activation  kink                  value there (PyTorch 2: relu, relu6, hardtanh)
CORNERS = [
    ("relu",     0.0, 0.0), ("relu6",    0.0, 0.0), ("relu6", 6.0, 0.0),
    ("hardtanh", 1.0, 0.0), ("hardtanh", -1.0, 0.0), ("abs",  0.0, 0.0),
]
# fmt: on


@pytest.mark.parametrize(("name", "place", "value"), CORNERS)
def test_corners_are_pytorchs(name: str, place: float, value: float) -> None:
    graph = model({"z": "w + x", "C": f"{name}(z)"}, ["w"])
    for g in both(graph):
        assert g(w=place, x=0.0)[1]["w"] == value
    assert compile_numpy(graph, None)(w=place, x=np.zeros(3))[1]["w"].tolist() == [value] * 3


# -- functions -----------------------------------------------------------------------------------

# function, a point of its domain
FUNCTIONS = {
    **dict.fromkeys(("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh", "atan"), 0.7),
    **dict.fromkeys(("erf", "erfc", "abs", "cot", "sec", "csc", "coth", "log", "sqrt"), 0.7),
    **dict.fromkeys(("asin", "acos", "atanh"), 0.3),
    "acosh": 1.7,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_against_mpmath(name: str) -> None:
    graph = model({"u": "w*x", "C": f"{name}(u)"}, ["w"])
    point = {"w": FUNCTIONS[name], "x": 1.0}
    for g in both(graph):
        value, slopes = g(**point)
        assert near(value, cost(graph, point), 1e-14)
        assert near(slopes["w"], difference(graph, point, "w"), 1e-12)


def test_every_function_has_a_spelling_or_a_formula() -> None:
    folded = {sp.Max, sp.Min}
    assert {h for h, r in BY_HEAD.items() if not r.formula} - folded <= set(CALLS)


EXPRESSIONS = [
    "w - (x - w)", "w/(x/w)", "w/(x*w)/x", "-(w + x)**2", "(-w)**2 - x", "w**3 - x**4 + w**5",
    "2*w/3 - x/7 - 1/2", "-w*(-x)", "w*(1/x)*w", "(w*x)**(-2)", "1/sqrt(w*x)", "(w*x)**(3/2)",
    "w**x + x**w", "2**w*3**(-x)", "max(w, x, 1)*min(w, x)", "(w/x)**3*(x/w)**2", "e^(w - x)",
    "cases(w > x and x > 1/10: w*x, w**2)", "cases(w < x or w == 2: w/x, x**2*w)",
    "w - -x", "w*-x + 1/(-w)", "abs(w - x)*sign(w - x)", "(w + x)*(w - x)/((w + 1)*(x + 1))",
    "10**300*w/(10**300*x)",
]  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_printed_expressions_mean_what_they_say(text: str) -> None:
    graph = model({"C": text}, ["w"])
    for point in ({"w": 0.83, "x": 0.41}, {"w": 0.29, "x": 1.7}):
        if "x" not in map(str, graph.leaves):
            point.pop("x")
        for g in both(graph):
            value, slopes = g(**point)
            assert near(value, cost(graph, point), 1e-13)
            assert near(slopes["w"], difference(graph, point, "w"), 1e-12)


# -- the tails -----------------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize("z", [1000.0, -1000.0, 800.0, -800.0, 0.0])
@pytest.mark.parametrize(
    ("activation", "loss", "label"),
    [
        ("sigmoid", "quadratic", {"y": 0.25}),
        ("sigmoid", "brier", {"y": 1.0}),
        ("tanh", "quadratic", {"y": 0.25}),
        ("softplus", "quadratic", {"y": 0.25}),
        ("logsigmoid", "quadratic", {"y": 0.25}),
        ("identity", "bce_logits", {"y": 1.0}),
        ("identity", "soft_margin", {"t": -1.0}),
        ("identity", "focal(gamma=2)", {"t": 1.0}),
        ("identity", "log_cosh", {"y": 0.25}),
        ("elu(alpha=1)", "quadratic", {"y": 0.25}),
        ("silu", "quadratic", {"y": 0.25}),
        ("mish", "quadratic", {"y": 0.25}),
        ("gelu", "quadratic", {"y": 0.25}),
        ("relu", "hinge", {"t": 1.0}),
    ],
)
def test_finite_and_right_in_the_tails(
    activation: str, loss: str, label: dict[str, float], z: float
) -> None:
    graph = neuron(activation, loss)
    point = {"w": 0.5, "b": z, "x": 0.0, **label}
    with mp.workdps(1000):
        value = float(cost(graph, point))
    with mp.workdps(1000):
        h = mp.mpf(10) ** -300
        up, down = (cost(graph, {**point, "b": z + s * h}) for s in (1, -1))
        slope = float((up - down) / (2 * h))
    kink = z == 0 and activation == "relu"
    for g in both(graph):
        found, slopes = g(**point)
        assert found == pytest.approx(value, rel=1e-12, abs=1e-300)
        assert slopes["w"] == 0.0
        assert kink or slopes["b"] == pytest.approx(slope, rel=1e-9, abs=1e-12)


def test_cross_entropy_slope_where_the_sigmoid_saturates() -> None:
    # ŷ - y, with ŷ = 1 to the last bit: by factors it would be 0/0.
    for g in both(neuron("sigmoid", "bce")):
        assert g(w=1.0, b=0.0, x=50.0, y=0.0)[1] == {"w": 50.0, "b": 1.0}


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_the_backends_agree_on_what_is_not_finite(bad: float) -> None:
    graph = model({"z": "w*x", "C": "log(z) + 1/z + exp(z) + max(z, 0) + sqrt(z) + tanh(z)"}, ["w"])
    a, b = (g(w=1.0, x=bad) for g in both(graph))
    np.testing.assert_equal(a, b)


@pytest.mark.parametrize("x", [0.0, -0.0, 710.0, -5.0, 1e200])
def test_the_backends_agree_where_math_raises(x: float) -> None:
    graph = model({"z": "w*x", "C": "log(z) + 1/z + exp(z) + z**3 + sqrt(z)"}, ["w"])
    a, b = (g(w=1.0, x=x) for g in both(graph))
    np.testing.assert_equal(a, b)


# -- shapes and reductions ------------------------------------------------------------------------

SAMPLES = st.lists(st.floats(-3, 3), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(SAMPLES, st.floats(-2, 2), st.floats(-2, 2), st.booleans())
def test_reductions_are_those_of_the_samples(
    xs: list[float], w: float, b: float, broadcast: bool
) -> None:
    ys: Any = 0.5 if broadcast else [x / 2 for x in xs]
    singles = [
        SCALAR(w=w, b=b, x=x, y=ys if broadcast else y)
        for x, y in zip(xs, xs if broadcast else ys, strict=True)
    ]
    costs = [c for c, _ in singles]
    slopes = {t: [g[t] for _, g in singles] for t in "wb"}
    point = {"w": w, "b": b, "x": xs, "y": ys}
    cost_, slopes_ = PER_SAMPLE(**point)
    np.testing.assert_allclose(cost_, costs, rtol=1e-12, atol=1e-15)
    for g, n in ((SUM, 1), (MEAN, len(xs))):
        cost_, slopes_ = g(**point)
        assert isinstance(cost_, float)
        assert cost_ == pytest.approx(math.fsum(costs) / n, rel=1e-12, abs=1e-14)
        for t in "wb":
            assert isinstance(slopes_[t], float)
            assert slopes_[t] == pytest.approx(math.fsum(slopes[t]) / n, rel=1e-10, abs=1e-13)


SCALAR = compile_scalar(neuron())
MEAN, SUM, PER_SAMPLE = (compile_numpy(neuron(), r) for r in ("mean", "sum", None))


def test_blocks_join() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=20_001), rng.uniform(size=20_001)
    costs, slopes = PER_SAMPLE(w=0.5, b=0.1, x=x, y=y)
    value, ends = SUM(w=0.5, b=0.1, x=x, y=y)
    assert value == pytest.approx(math.fsum(costs), rel=1e-13)
    assert ends["w"] == pytest.approx(math.fsum(slopes["w"]), rel=1e-11)
    assert ends["b"] == pytest.approx(math.fsum(slopes["b"]), rel=1e-11)


def test_a_constant_term_counts_once_a_sample_of_every_block() -> None:
    g = compile_numpy(model({"C": "w*x + b**2"}, ["w", "b"]), "sum")
    value, slopes = g(w=0.0, b=3.0, x=np.ones(20_001))
    assert (value, slopes) == (9.0 * 20_001, {"w": 20_001.0, "b": 6.0 * 20_001})


def test_a_constant_term_counts_once_a_sample() -> None:
    graph = model({"C": "(w*x - y)**2 + b**2"}, ["w", "b"])
    point = {"w": 1.0, "b": 3.0, "x": [1.0, 2.0, 3.0], "y": 0.0}
    # 1 + 4 + 9 and three times 9; 2x² summed; three times 2b.
    assert compile_numpy(graph, "sum")(**point) == (41.0, {"w": 28.0, "b": 18.0})
    assert compile_numpy(graph, "mean")(**point) == (41 / 3, {"w": 28 / 3, "b": 6.0})
    _, slopes = compile_numpy(graph, None)(**point)
    assert slopes["b"].tolist() == [6.0, 6.0, 6.0]


def test_numbers_alone_give_floats() -> None:
    for g in (MEAN, SUM, PER_SAMPLE, SCALAR):
        value, slopes = g(w=0.5, b=2, x=Fraction(3), y=np.int64(0))
        assert type(value) is float
        assert {type(v) for v in slopes.values()} == {float}
        assert value == pytest.approx(0.471117372684454, rel=1e-14)


@pytest.mark.parametrize(
    "x",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        np.array([1, 2, 3], dtype=np.int8),
        np.array([1, 2, 3], dtype=np.float32),
        np.arange(1.0, 7.0)[::2] / 2 + 0.5,
        np.array([1.0, 2.0, 3.0])[::1],
    ],
    ids=["list", "tuple", "int8", "float32", "strided", "plain"],
)
def test_what_holds_numbers_is_an_array(x: Any) -> None:
    found = MEAN(w=0.5, b=2.0, x=x, y=0)[0]
    expected = MEAN(w=0.5, b=2.0, x=np.array([1.0, 2, 3]), y=0.0)[0]
    if isinstance(found, np.float32):  # which is computed in it, and is not the rounded double
        assert float(found) == pytest.approx(expected, rel=8 * float(np.finfo(np.float32).eps))
    else:
        assert found == expected


def test_read_only_arrays_are_left_alone() -> None:
    x = np.linspace(-1, 1, 5)
    x.flags.writeable = False
    MEAN(w=0.5, b=2.0, x=x, y=0.0)


def test_parameters_may_be_arrays_a_sample() -> None:
    costs, _ = PER_SAMPLE(w=np.array([0.5, 1.5]), b=2.0, x=3.0, y=0.0)
    assert costs.tolist() == [PER_SAMPLE(w=w, b=2.0, x=3.0, y=0.0)[0] for w in (0.5, 1.5)]


def test_no_warning_escapes() -> None:
    g = compile_numpy(neuron("softplus", "poisson_deviance"))
    with np.errstate(all="raise"):
        g(w=-900.0, b=0.0, x=[1.0, 2.0], y=[1.0, 1.0])


# -- the source -----------------------------------------------------------------------------------


def test_the_source_is_what_runs() -> None:
    for g in (MEAN, SCALAR):
        assert "v0_w*v2_x + v1_b" in g.source
    space: dict[str, Any] = {}
    exec(MEAN.source, space)  # noqa: S102 - it must stand on its own
    value, slopes = space["gradient"](0.5, 2.0, 3.0, 0.0, 1)
    cost, ends = SUM(w=0.5, b=2.0, x=3.0, y=0.0)
    assert (value, *slopes) == pytest.approx((cost, *ends.values()), rel=1e-14)
    x, y = np.linspace(-1, 1, 50), np.zeros(50)
    count = (
        next(line for line in MEAN.source.splitlines() if line.endswith(" = rows")).count("r") - 1
    )
    rows = [np.empty(50) for _ in range(count)]
    value, slopes = space["gradient_of_a_block"](0.5, 2.0, x, y, 50, rows)
    cost, ends = SUM(w=0.5, b=2.0, x=x, y=y)
    assert (value, *slopes) == (cost, *ends.values())


def test_the_scalar_source_runs_by_itself_too() -> None:
    space: dict[str, Any] = {}
    exec(SCALAR.source, space)  # noqa: S102
    value, slopes = space["gradient"](0.5, 2.0, 3.0, 0.0)
    assert (value, dict(zip("wb", slopes, strict=True))) == SCALAR(w=0.5, b=2.0, x=3.0, y=0.0)


@pytest.mark.parametrize(
    "name", ["lambda", "maximum", "np", "import", "n", "c", "epochs", "nan", "g0", "total"]
)
def test_a_name_never_becomes_a_word_of_the_code(name: str) -> None:
    graph = model({"z": f"w*x + {name}", "C": "exp(z) + (z - 1)**2"}, ["w", name])
    plain = model({"z": "w*x + b", "C": "exp(z) + (z - 1)**2"}, ["w", "b"])
    for g, h in zip(both(graph), both(plain), strict=True):
        value, slopes = g(**{"w": 0.5, "x": 0.25, name: 0.125})
        expected, others = h(w=0.5, x=0.25, b=0.125)
        assert (value, [*slopes.values()]) == (expected, [*others.values()])


# -- bad input ---------------------------------------------------------------------------------

HUBER = neuron("elu", "huber")
BAD = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"q": 1.0}, "'q' is not a name of this model"),
        ({"x": None}, "x is 'None', which is not a real number"),
        ({"x": "3"}, "x is '3', which is not a real number"),
        ({"x": 1j}, "not a real number"),
        ({"x": np.array([1j])}, "complex numbers"),
        ({"x": np.array([object()])}, "Python objects"),
        ({"x": np.array(["a"])}, "text"),
        ({"x": np.array(["2020-01-01"], dtype="M8[D]")}, "dates"),
        ({"x": []}, "x is empty"),
        ({"x": [[1.0, 2.0]]}, r"shape \(1, 2\)"),
        ({"x": [[1.0], [1.0, 2.0]]}, "uneven"),
        ({"x": [1.0, 2.0], "y": [1.0, 2.0, 3.0]}, "x has 2 and y has 3"),
        ({"w": [1.0, 2.0]}, "w is a parameter and was given an array"),
        ({"x": np.ma.masked_array([1.0], [True])}, "masked"),
        ({"x": 10**400}, "larger than a double"),
        ({"x": {1.0}}, "Python objects"),
    ],
)
def test_bad_values_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        MEAN(**{**BAD, **changes})


def test_missing_numbers_are_listed() -> None:
    with pytest.raises(DataError, match=r"^x needs a number: pass x=1\.$"):
        MEAN(w=0.5, b=2.0, y=0.0)
    with pytest.raises(DataError, match="b, x and y need numbers"):
        MEAN(w=0.5)


def test_a_parameter_that_is_left_out_has_its_usual_number() -> None:
    g = compile_numpy(HUBER)
    told = g(**BAD, alpha=1.0, delta=1.0)
    with pytest.warns(UserWarning, match=r"^delta=1 is taken, as usual; none was given\.$"):
        assert g(**BAD, alpha=1.0) == told
    with pytest.warns(UserWarning, match=r"^alpha=1 is taken"):
        assert g(**BAD, delta=1.0) == told


def test_labels_outside_the_domain_are_shown_with_their_place() -> None:
    g = compile_numpy(neuron("sigmoid", "bce"))
    with pytest.raises(DataError, match=r"y\[2\] is 0\.5, outside \{0, 1\}, where y lies"):
        g(w=0.5, b=2.0, x=[1.0, 2.0, 3.0], y=[0, 1, 0.5])
    with pytest.raises(DataError, match=r"y is -1.0, outside"):
        compile_scalar(neuron("sigmoid", "bce"))(w=0.5, b=2.0, x=1.0, y=-1.0)
    with pytest.raises(DataError, match="y is nan, outside"):
        g(w=0.5, b=2.0, x=1.0, y=math.nan)
    with pytest.raises(DataError, match=r"delta is 0.0, outside"):
        compile_numpy(HUBER)(**BAD, alpha=1.0, delta=0.0)
    assert g(w=0.5, b=2.0, x=[1.0, 2.0], y=np.array([True, False]))[0] > 0


def test_the_scalar_backend_takes_no_arrays() -> None:
    with pytest.raises(DataError, match="x is an array"):
        SCALAR(**{**BAD, "x": [1.0]})


def test_options_and_functions_that_cannot_be() -> None:
    with pytest.raises(InputError, match="'median' is not known"):
        compile_numpy(neuron(), "median")
    with pytest.raises(ModelError, match="only the name is known"):
        compile_scalar(model({"C": "g(w)"}, ["w"], functions={"g": None}))


def test_the_function_itself_is_called_by_position():
    gradient = Neuron().compile("scalar")
    cost, slopes = gradient(w=0.5, b=2.0, x=3.0, y=0.0)
    assert gradient.function(0.5, 2.0, 3.0, 0.0) == (cost, tuple(slopes.values()))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "point",
    [(1e200, 0.0, 1e200, 1.0), (1.0, 0.0, -800.0, 1.0), (1e-200, 0.0, 1e-200, 1.0),
     (1e160, 0.0, 1.0, 1e160), (1.0, 0.0, math.nan, 1.0), (1.0, 0.0, math.inf, 0.5)],
)  # fmt: skip
def test_numbers_alone_that_need_care_give_numbers(point: tuple[float, ...], order: int) -> None:
    """A regression: what was worked out again of one sample was an array of one, and no float."""
    for activation, loss in [("sigmoid", "quadratic"), ("gelu", "log_cosh")]:
        g = Neuron(activation, loss).compile(reduction=None, order=order)
        alone = g(**dict(zip("wbxy", point, strict=True)))
        beside = g(**{n: np.array([v]) for n, v in zip("wbxy", point, strict=True)})
        for one, row in zip(alone, beside, strict=True):
            values = one.values() if isinstance(one, dict) else [one]
            rows = row.values() if isinstance(row, dict) else [row]
            for v, r in zip(values, rows, strict=True):
                assert type(v) is float
                np.testing.assert_array_equal(v, r[0])


def test_psi_and_its_derivatives_have_no_value_left_of_0():
    """A recurrence that steps up to 10 by ones would never arrive from -1e300."""
    neuron = Neuron("digamma(z) + trigamma(z) + polygamma(2, z)", "mse")
    for backend in ("numpy", "scalar", "numba"):
        compiled = neuron.compile(backend=backend)
        for b in (-1e300, -0.5):
            found = np.asarray(compiled(w=0.0, b=b, x=1.0, y=0.0)[0])
            assert np.isnan(found), (backend, b, found)


@pytest.mark.parametrize("name", [r.name for r in LOSSES if r.parameters])
def test_what_a_refusal_suggests_is_allowed(name: str) -> None:
    """tau of the pinball loss lies between 0 and 1: 0.5 is suggested, and works."""
    neuron = Neuron(loss=name)
    given = dict.fromkeys(("w", "b", "x"), 0.5) | {("t" if "t" in neuron.inputs else "y"): 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UsualNumberWarning)
        for ask in (lambda v: neuron.compile()(**v), lambda v: neuron.derive().at(v)):
            try:
                ask(given)
            except DataError as error:
                found = re.search(r"(?:pass|for example) (\w+)=([-0-9.]+)", str(error))
                assert found is not None
                ask({**given, found[1]: float(found[2].rstrip("."))})
