"""A model on its data as functions of one vector: against differences, mpmath and hand calculation.

Nothing here needs scipy; what is solved by it stands in tests/api/test_problems.py.
"""

from __future__ import annotations

import gc
import pickle
import re
import tracemalloc

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Network, Neuron, stream
from symgd.errors import DataError, InputError, MissingExtraError, ModelError
from symgd.training.fitting.domains import Box, Transform
from symgd.training.fitting.kernels import kernel_of
from symgd.training.fitting.layout import Layout
from symgd.training.fitting.newton import newton
from symgd.training.fitting.parts import Parts
from symgd.training.fitting.problem import Objective, objective
from symgd.training.fitting.squares import array_squares, is_mean, squares
from symgd.training.fitting.statistics import Statistics, inverse_of
from symgd.training.streams.pieces import join, tree
from symgd.trees.domain import domain

RNG = np.random.default_rng(7)
X = np.linspace(0.1, 5, 40)
Y = 1 + 4 / (1 + (X / 2) ** -1.5) + 0.05 * RNG.normal(size=40)
W = RNG.uniform(0.5, 2, 40)
LOGISTIC = Model(
    {"f": "a + (d - a)/(1 + (x/c)^(-b))", "C": "(y - f)^2/2"},
    ["a", "b", "c", "d"],
    domains={"b": "positive", "c": "positive"},
)
START = {"a": 1.0, "b": 1.2, "c": 1.5, "d": 4.0}
XY = {"X": RNG.normal(size=(12, 2)), "Y": RNG.normal(size=(12, 1))}
NET = Network([2, 3, 1], "tanh", "quadratic", l2=0.1)
SYMMETRIC = Model(
    {"r": "A*x - b", "C": "norm2(r)^2/2 + tr(S*S) + x'*S*x + tr(B*S)"},
    ["S", "x"],
    shapes={"A": ("m", "n"), "x": "n", "b": "m", "S": ("n", "n"), "B": ("n", "n")},
    structure={"S": "symmetric"},
)
MATRICES = {"A": RNG.normal(size=(3, 2)), "b": np.ones(3), "B": RNG.normal(size=(2, 2))}
LABELS = (RNG.uniform(size=40) < 0.5).astype(float)

# name          model, data, weights, start
CASES = {
    "4PL": (LOGISTIC, {"x": X, "y": Y}, None, START),
    "4PL, weighted": (LOGISTIC, {"x": X, "y": Y}, W, START),
    "logit": (
        Neuron("identity", "bce_logits", inputs=2),
        {"x1": X, "x2": X**2 / 9, "y": LABELS}, None, {"w1": 0.1, "w2": -0.2, "b": 0.3},
    ),
    "one sample": (Neuron(), {"x": 3.0, "y": 0.0}, None, {"w": 0.5, "b": 2.0}),
    "network": (NET, XY, None, NET.initial(0)),
    "symmetric": (
        SYMMETRIC, MATRICES, None, {"S": np.array([[1.0, 2.0], [2.0, 3.0]]), "x": [0.3, 0.4]},
    ),
}  # fmt: skip


def made(name: str, backend: str = "numpy", reduction: str = "mean") -> Objective:
    model, data, weights, start = CASES[name]
    kernel = kernel_of(model.graph, backend, weights is not None)
    return objective(kernel, data, start, weights, reduction)


def differences(f, theta, h=1e-5):
    """∂f/∂θ by differences of order four."""
    rows = []
    for e in np.eye(len(theta)) * h:
        a, b = (
            np.asarray(f(theta + e)) - f(theta - e),
            np.asarray(f(theta + 2 * e)) - f(theta - 2 * e),
        )
        rows.append((8 * a - b) / (12 * h))
    return np.array(rows)


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_the_cost(name, backend):
    of = made(name, backend)
    theta = of.start + 0.01 * np.arange(1, of.layout.size + 1)
    slopes, bends = differences(of.fun, theta), differences(of.jac, theta)
    scale = np.abs(slopes).max()
    assert np.abs(of.jac(theta) - slopes).max() < 1e-8 * scale
    hessian = of.hess(theta)
    assert np.abs(hessian - bends).max() < 1e-7 * np.abs(bends).max()
    assert np.array_equal(hessian, hessian.T)
    v = np.cos(np.arange(of.layout.size))
    assert np.allclose(of.hessp(theta, v), hessian @ v, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["4PL", "4PL, weighted", "one sample", "network"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_residuals_are_half_the_cost(name, reduction):
    of = made(name, reduction=reduction)
    theta = of.start + 0.02
    rho, jacobian = of.residuals(theta), of.jacobian(theta)
    assert rho @ rho / 2 == pytest.approx(of.fun(theta), rel=1e-13)
    assert np.allclose(jacobian.T @ rho, of.jac(theta), rtol=1e-11, atol=1e-13)
    assert np.abs(differences(of.residuals, theta).T - jacobian).max() < 1e-7


def test_the_weighted_cost_by_mpmath():
    of = made("4PL, weighted")
    with mp.workdps(30):
        a, b, c, d = (mp.mpf(v) for v in of.start)
        costs = [
            mp.mpf(w) * (mp.mpf(y) - (a + (d - a) / (1 + (mp.mpf(x) / c) ** -b))) ** 2 / 2
            for x, y, w in zip(X, Y, W, strict=True)
        ]
        mean = mp.fsum(costs) / mp.fsum(W.tolist())
    assert of.fun(of.start) == pytest.approx(float(mean), rel=1e-13)


def test_what_has_the_weight_nothing_is_left_out():
    weights = np.where(np.arange(40) < 30, 1.0, 0.0)
    kernel = kernel_of(LOGISTIC.graph, "numpy", True)
    spoiled = {"x": X, "y": np.where(weights > 0, Y, np.nan)}
    few = objective(kernel_of(LOGISTIC.graph, "numpy", False), {"x": X[:30], "y": Y[:30]}, START)
    # Sums of 40 and of 30 terms are added up in another order.
    cost = objective(kernel, spoiled, START, weights).fun(few.start)
    assert cost == pytest.approx(few.fun(few.start), rel=1e-14)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0, 2.0], "2 weights, and x has 40"),
        (-W, r"weights\[0\] is -"),
        (np.full(40, np.nan), r"weights\[0\] is nan"),
        (np.zeros(40), "All weights are 0"),
        (np.ones((40, 1)), "one dimension"),
        (["a"] * 40, "one number a sample"),
    ],
)
def test_weights_that_are_none(weights, said):
    kernel = kernel_of(LOGISTIC.graph, "numpy", True)
    with pytest.raises(DataError, match=said):
        objective(kernel, {"x": X, "y": Y}, START, weights)


# -- sums of squares, found from the formula ------------------------------------------------------

# cost                                 how many squares; None: no sum of squares
SCALAR_COSTS = {
    "(y - f)^2/2": 1,
    "(y - f)^2": 1,
    "(y - f)*(y - f)/3": 1,
    "(y - f)^4": 1,
    "(y - f)^2/2 + lam*w^2/2": 2,
    "((y - f)^2 + w^2)*lam": 2,
    "(y - f)^2/s^2": 1,
    "abs(y - f)": None,
    "(y - f)^3": None,
    "(y - f)^2 - w^2": None,
    "free*(y - f)^2": None,
    "(y - f)^2 + 1": None,
    "-(y - f)^2": None,
    "log(1 + (y - f)^2)": None,
}


@pytest.mark.parametrize("cost", SCALAR_COSTS)
def test_squares_of_scalars(cost):
    domains = {"lam": "[0, oo)", "s": "positive"}
    used = {n: d for n, d in domains.items() if n in cost.replace("abs", "").replace("cases", "")}
    model = Model({"f": "w*x", "C": cost}, ["w"], domains=used)
    found = squares(model.graph)
    assert (found if found is None else len(found)) == SCALAR_COSTS[cost]
    if found:
        data = {"x": X, "y": Y, "lam": 0.7, "s": 1.3}
        given = {n: data[n] for n in model.inputs}
        of = objective(kernel_of(model.graph, "numpy", False), given, {"w": 0.8})
        rho = of.residuals(of.start)
        assert rho @ rho / 2 == pytest.approx(of.fun(of.start), rel=1e-13)


def test_squares_behind_names():
    model = Model({"f": "w*x", "r": "y - f", "q": "r^2", "C": "q/2"}, ["w"])
    assert len(squares(model.graph)) == 1
    assert len(squares(Neuron("tanh").graph)) == len(squares(Neuron("tanh", "mse").graph)) == 1
    assert squares(Neuron("sigmoid", "bce").graph) is None
    assert squares(Neuron("identity", "huber").graph) is None


# cost                                 how many squares, and whether it is a mean over the samples
ARRAY_COSTS = {
    "norm2(r)^2/2": (1, False),
    "sum(r.^2)/(2*m)": (1, True),
    "sum(r.*r)": (1, False),
    "r'*r/m": (1, True),
    "tr(r*r')": (1, False),
    "norm2(r)^2/m + lam*norm2(x)^2": (2, True),
    "norm2(r)^2 + lam*norm2(x)^2/m": (2, False),
    "(sum(x))^2/2": (1, False),
    "norm2(r)": (None, False),
    "norm1(r)/m": (None, True),
    "free*norm2(r)^2": (None, False),
}


@pytest.mark.parametrize("cost", ARRAY_COSTS)
def test_squares_of_arrays(cost):
    sizes = {"A": ("m", "n"), "x": "n", "b": "m", "lam": (), "free": ()}
    used = {n: s for n, s in sizes.items() if n in "A x b" or n in cost}
    model = Model(
        {"r": "A*x - b", "C": cost}, ["x"], shapes=used,
        assume={"lam": "nonneg"} if "lam" in cost else None,
    )  # fmt: skip
    count, mean = ARRAY_COSTS[cost]
    found = array_squares(model.graph)
    assert (found if found is None else len(found)) == count
    assert is_mean(model.graph, "m") == mean
    if found:
        data = {"A": MATRICES["A"], "b": MATRICES["b"], "lam": 0.7}
        given = {n: data[n] for n in model.inputs}
        of = objective(kernel_of(model.graph, "numpy", False), given, {"x": [0.3, -0.4]})
        rho = of.residuals(of.start)
        assert rho @ rho / 2 == pytest.approx(of.fun(of.start), rel=1e-13)
        assert np.abs(differences(of.residuals, of.start).T - of.jacobian(of.start)).max() < 1e-8


def test_what_is_no_sum_of_squares_says_so():
    of = made("logit")
    assert not of.is_of_squares
    with pytest.raises(ModelError, match="not a sum of squares"):
        of.residuals(of.start)


# -- the vector -----------------------------------------------------------------------------------


def test_a_vector_and_back():
    start = {"w": 0.5, "W": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "b": [7.0, 8.0]}
    layout = Layout.of(start)
    assert layout.entries[:3] == ("w", "W[0,0]", "W[0,1]")
    assert layout.entries[-1] == "b[1]"
    vector = layout.pack(start)
    assert vector.tolist() == [0.5, 1, 2, 3, 4, 5, 6, 7, 8]
    back = layout.unpack(vector)
    assert back["w"] == 0.5
    assert isinstance(back["w"], float)
    assert np.array_equal(back["W"], start["W"])
    assert layout.index("W[1, 2]") == 6


def test_of_a_structure_the_free_entries_alone():
    s = np.array([[1.0, 2.0], [2.0, 3.0]])
    layout = Layout.of({"S": s, "D": np.diag([4.0, 5.0])}, {"S": "symmetric", "D": "diagonal"})
    assert layout.pack({"S": s, "D": np.diag([4.0, 5.0])}).tolist() == [1, 2, 3, 4, 5]
    back = layout.unpack([1.0, 2.0, 3.0, 4.0, 5.0])
    assert np.array_equal(back["S"], s)
    assert np.array_equal(back["D"], np.diag([4.0, 5.0]))
    assert layout.entries == ("S[0,0]", "S[1,0]", "S[1,1]", "D[0,0]", "D[1,1]")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"w": 1.0}, "b is left out"),
        ({"w": 1.0, "b": 2.0, "q": 1.0}, "'q' is not a parameter"),
        ({"w": [1.0, 2.0], "b": 2.0}, "w is one number"),
    ],
)
def test_a_table_that_does_not_fit(values, said):
    with pytest.raises(DataError, match=said):
        Layout.of({"w": 0.0, "b": 0.0}).pack(values)


def test_a_vector_of_another_length():
    with pytest.raises(DataError, match=r"the parameters are 4 numbers: a, b, c and d"):
        made("4PL").fun([1.0, 2.0])
    with pytest.raises(DataError, match="'q' is not a parameter"):
        made("4PL").layout.index("q")


# -- domains --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["positive", "(-oo, 3)", "(-1, 2)", "(1, oo)", "[0, oo)", "real"])
def test_a_transform_goes_there_and_back(text):
    t = Transform([domain(text)])
    for u in (-3.0, -0.1, 0.0, 2.5):
        u = np.array([u])
        theta = t.inward(u)
        assert domain(text).contains(float(theta[0]))
        assert np.allclose(t.outward(theta), u, atol=1e-12)
        first, second = t.slopes(u)
        assert differences(t.inward, u)[0] == pytest.approx(first, rel=1e-9)
        assert differences(lambda v: t.slopes(v)[0], u)[0] == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("text", ["positive", "(-oo, 3)", "(-1, 2)"])
@pytest.mark.parametrize("u", [-1e6, -800.0, 800.0, 1e6])
def test_no_step_leaves_an_open_domain(text, u):
    theta = float(Transform([domain(text)]).inward(np.array([u]))[0])
    assert np.isfinite(theta)
    assert domain(text).contains(theta)


def test_bounds_are_the_outermost_doubles_inside():
    layout = Layout.of({"a": 1.0, "b": 0.5, "c": 0.0})
    box = Box.of(layout, {"a": domain("positive"), "b": domain("[0, 1]")})
    (low, high), unit, free = box.bounds
    assert 0 < low < 1e-300
    assert high == np.inf
    assert unit == (0.0, 1.0)
    assert free == (-np.inf, np.inf)


def test_outside_a_domain():
    of = made("4PL")
    with pytest.raises(DataError, match=r"b is -1.0, outside \(0, ∞\)"):
        of.fun(np.array([1.0, -1.0, 1.0, 1.0]))
    of.outside = "nan"
    at = np.array([1.0, -1.0, 1.0, 1.0])
    assert np.isnan(of.fun(at))
    for answer in (of.jac(at), of.hess(at), of.hessp(at, at), of.residuals(at), of.jacobian(at)):
        assert np.isnan(answer).all()


def test_a_parameter_of_single_points_does_not_move():
    model = Model({"f": "k*x", "C": "(y - f)^2"}, ["k"], domains={"k": "{0, 1, 2, ...}"})
    with pytest.raises(ModelError, match="moves along an interval"):
        objective(kernel_of(model.graph, "numpy", False), {"x": X, "y": Y}, {"k": 1.0})


@pytest.mark.parametrize("option", ["reduction", "outside"])
def test_options_that_there_are_not(option):
    kernel = kernel_of(LOGISTIC.graph, "numpy", False)
    with pytest.raises(InputError, match=f"{option}='none' is not known"):
        objective(kernel, {"x": X, "y": Y}, START, **{option: "none"})


def test_data_that_are_not_finite():
    kernel = kernel_of(LOGISTIC.graph, "numpy", False)
    with pytest.raises(DataError, match=r"y\[3\] is nan; a fit needs finite numbers"):
        objective(kernel, {"x": X, "y": np.where(np.arange(40) == 3, np.nan, Y)}, START)


# -- evaluations ----------------------------------------------------------------------------------


def test_cost_and_slopes_of_one_vector_are_one_evaluation():
    of = made("4PL")
    for theta in (of.start, of.start + 0.1, of.start + 0.1):
        of.fun(theta), of.jac(theta), of.fun_and_jac(theta)
    assert of.evaluations == 2


def test_what_is_handed_out_is_the_callers_own():
    of = made("4PL")
    first = of.jac(of.start)
    kept = first.copy()
    of.jac(of.start + 0.1)
    first[:] = 0
    assert np.array_equal(of.jac(of.start), kept)
    moved = of.start.copy()
    before = of.fun(moved)
    moved += 0.1  # in place, as an optimizer may
    assert of.fun(moved) != before


def peak_of_calls(question: str, backend: str, many: int, calls: int = 10) -> tuple[int, int]:
    """(the most, what is kept) in bytes of calls at other vectors, once all is compiled."""
    x = np.linspace(0.1, 5, many)
    kernel = kernel_of(LOGISTIC.graph, backend, False)
    of = objective(kernel, {"x": x, "y": np.sqrt(x)}, START)
    ask = getattr(of, question)
    more = (of.start,) if question == "hessp" else ()
    for k in range(3):  # what is made once: code, and the memory for blocks
        ask(of.start + 0.01 * k, *more)
    tracemalloc.start()
    try:
        for k in range(calls):
            ask(of.start + 0.001 * k, *more)
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()  # what a block's flag raised refers to itself
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak, kept


@pytest.mark.slow
@pytest.mark.spread(slow=3)
@pytest.mark.parametrize("backend", ["numpy", pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "question",
    ["fun_and_jac", *(pytest.param(q, marks=pytest.mark.slow) for q in ("hess", "hessp"))],
)
def test_a_call_allocates_nothing_of_the_size_of_the_data(backend, question):
    small, large = (peak_of_calls(question, backend, n) for n in (100_000, 400_000))
    assert large[0] < small[0] + 100_000  # of data that are 4.8 MB larger
    again = peak_of_calls(question, backend, 100_000, 40)
    assert again[1] < small[1] + 5_000  # nothing is kept of a call


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", CASES)
def test_pickled_it_answers_alike(name):
    of = made(name)
    again = pickle.loads(pickle.dumps(of))
    theta = of.start + 0.01
    assert again.fun(theta) == of.fun(theta)
    assert np.array_equal(again.jac(theta), of.jac(theta))
    assert np.array_equal(again.hess(theta), of.hess(theta))


# -- parts ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_parts_add_up_to_the_whole(weighted):
    whole = made("4PL, weighted" if weighted else "4PL")
    kernel = whole.kernel
    cut = [slice(0, 7), slice(7, 25), slice(25, 40)]
    parts = [
        kernel.on({"x": X[s], "y": Y[s]}, W[s] if weighted else None, START) for s in cut
    ]  # fmt: skip

    class Held:
        """Parts whose answers are joined in order, or in pairs by way of another process."""

        head = parts[0]

        def __init__(self, far):
            self.far = far

        def total(self, ask):
            if not self.far:
                return join([ask(p) for p in parts])
            sent = [pickle.loads(pickle.dumps(p)) for p in parts]
            answers = [pickle.loads(pickle.dumps(ask))(p) for p in reversed(sent)]
            return tree(answers[::-1], join)

    for far in (False, True):
        together = Objective(kernel, Parts(kernel, Held(far)), whole.layout, whole.start)
        theta = whole.start + 0.03
        assert together.divisor == pytest.approx(whole.divisor, rel=1e-14)
        assert together.fun(theta) == pytest.approx(whole.fun(theta), rel=1e-13)
        assert np.allclose(together.jac(theta), whole.jac(theta), rtol=1e-11, atol=1e-14)
        assert np.allclose(together.hess(theta), whole.hess(theta), rtol=1e-11, atol=1e-14)
        assert np.allclose(together.hessp(theta, theta), whole.hessp(theta, theta), rtol=1e-11)
        (r, j), (rho, slopes) = together.squares(theta), whole.squares(theta)
        assert np.allclose(j.T @ j, slopes.T @ slopes, rtol=1e-11, atol=1e-14)
        assert np.allclose(j.T @ r, slopes.T @ rho, rtol=1e-11, atol=1e-14)
        assert r @ r == pytest.approx(rho @ rho, rel=1e-13)
        assert together.whole.residual_count(theta) == len(rho)
        scores = whole.whole.scores(theta)
        assert np.allclose(together.whole.meat(theta), scores.T @ scores, rtol=1e-11, atol=1e-14)
        a, b = (Statistics(of, theta).log_likelihood for of in (together, whole))
        assert a == pytest.approx(b, rel=1e-12)


# -- Newton and statistics ------------------------------------------------------------------------


class Rosenbrock:
    """(1 - x)² + 100(y - x²)², whose least is at (1, 1)."""

    def fun(self, v):
        x, y = v
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def jac(self, v):
        x, y = v
        return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])

    def hess(self, v):
        x, y = v
        return np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200]])


@pytest.mark.parametrize("start", [(-1.2, 1.0), (5.0, -3.0), (0.0, 0.0)])
def test_newton_finds_the_bottom_of_a_valley(start):
    end = newton(Rosenbrock(), start)
    assert np.allclose(end.x, 1, atol=1e-10)
    assert end.decrement < 1e-15


def test_newton_leaves_no_saddle_as_a_minimum():
    class Saddle(Rosenbrock):
        """x²/2 - y²/2 + y⁴/4: a saddle at 0, the least at y = ±1."""

        def fun(self, v):
            return v[0] ** 2 / 2 - v[1] ** 2 / 2 + v[1] ** 4 / 4

        def jac(self, v):
            return np.array([v[0], -v[1] + v[1] ** 3])

        def hess(self, v):
            return np.diag([1, -1 + 3 * v[1] ** 2])

    assert newton(Saddle(), [0.3, 0.1]).x[1] == pytest.approx(1, abs=1e-8)


def straight_line() -> tuple[Objective, Statistics]:
    """y = a + bx, whose least squares are known by hand."""
    model = Model({"f": "a + b*x", "C": "(y - f)^2"}, ["a", "b"])
    of = objective(kernel_of(model.graph, "numpy", False), {"x": X, "y": Y}, {"a": 0.0, "b": 0.0})
    end = newton(of, of.start)
    return of, Statistics(of, end.x)


def test_the_errors_of_a_straight_line_by_hand():
    of, found = straight_line()
    n, mean, spread = len(X), X.mean(), np.sum((X - X.mean()) ** 2)
    b = np.sum((X - mean) * (Y - Y.mean())) / spread
    a = Y.mean() - b * mean
    s2 = np.sum((Y - a - b * X) ** 2) / (n - 2)
    by_hand = s2 * np.array(
        [[1 / n + mean**2 / spread, -mean / spread], [-mean / spread, 1 / spread]]
    )
    assert np.allclose(found.theta, [a, b], rtol=1e-12)
    assert np.allclose(found.covariance(), by_hand, rtol=1e-10)
    # of a model that is linear the two informations are one
    assert np.allclose(found.covariance("observed"), by_hand, rtol=1e-10)
    assert found.sigma == pytest.approx(np.sqrt(s2), rel=1e-12)
    assert found.freedom == n - 2
    # the sandwich, in matrices
    design = np.column_stack([np.ones(n), X])
    e = Y - design @ found.theta
    bread = np.linalg.inv(design.T @ design)
    robust = bread @ (design.T * e**2) @ design @ bread
    assert np.allclose(found.covariance("robust"), robust, rtol=1e-10)
    rss = float(e @ e)
    assert found.log_likelihood == pytest.approx(-n / 2 * (np.log(2 * np.pi * rss / n) + 1))
    known = Statistics(of, found.theta, sigma=0.3)
    assert np.allclose(known.covariance() / 0.09, by_hand / s2, rtol=1e-10)


def test_a_direction_that_changes_nothing_has_no_error():
    model = Model({"f": "(a + b)*x", "C": "(y - f)^2"}, ["a", "b"])
    of = objective(kernel_of(model.graph, "numpy", False), {"x": X, "y": Y}, {"a": 1.0, "b": 1.0})
    assert np.isnan(Statistics(of, of.start).covariance()).all()
    assert np.isnan(inverse_of(np.array([[1.0, 1.0], [1.0, 1.0]]))).all()


def test_statistics_that_there_are_not():
    of = made("logit")
    found = Statistics(of, of.start)
    assert found.kind == "likelihood"
    with pytest.raises(ModelError, match="expected information is known of sums of squares"):
        found.covariance("expected")
    with pytest.raises(InputError, match="errors='none' is not known"):
        found.covariance("none")
    with pytest.raises(ModelError, match="not a sum of squares"):
        Statistics(of, of.start, "squares")
    with pytest.raises(InputError, match="likelihood='none' is not known"):
        Statistics(of, of.start, "none")
    with pytest.raises(ModelError, match="slopes of each sample"):
        Statistics(made("network"), made("network").start).covariance("robust")


def test_without_scipy_one_sentence_says_so(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'pip install "symgd\[fit\]"'):
        LOGISTIC.problem(x=X, y=Y, start=START).solve()


# -- parameters that stay -------------------------------------------------------------------------


@pytest.mark.slow
def test_fixed_parameters_stay_where_they_are():
    """The other ones are those of the model with the numbers written into it."""
    free = {"c": 1.0, "d": 4.0}
    given = {"x": X, "y": Y}
    fit = LOGISTIC.problem(given, fixed={"a": 1.0, "b": 1.5}, start=free).solve()
    written = Model(
        {"f": "1 + (d - 1)/(1 + (x/c)^(-1.5))", "C": "(y - f)^2/2"}, ["c", "d"],
        domains={"c": "positive"},
    )  # fmt: skip
    other = written.problem(given, start=free).solve()
    assert fit.names == ("c", "d")
    assert np.allclose(fit.x, other.x, rtol=1e-12)
    assert np.allclose(fit.covariance(), other.covariance(), rtol=1e-9)
    assert np.allclose(fit.predict(x=[2.0]), other.predict(x=[2.0]), rtol=1e-12)
    assert np.allclose(fit.band(x=[2.0]).error, other.band(x=[2.0]).error, rtol=1e-9)
    assert np.allclose(fit.predict(), other.predict(), rtol=1e-12)
    chunks = stream(given, rows=7)
    streamed = LOGISTIC.problem(chunks, fixed={"a": 1.0, "b": 1.5}, start=free).solve()
    assert np.allclose(streamed.x, fit.x, rtol=1e-12)
    assert np.allclose(streamed.predict(), fit.predict(), rtol=1e-12)


def test_fixed_vectors_and_matrices():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    for inputs in (2, "n"):
        line = Neuron("identity", "quadratic", inputs=inputs)
        fit = line.problem(x=x, y=y, fixed={"w": [0.0, 0.0]}, start={"b": 0.0}).solve()
        assert fit.x == pytest.approx([np.mean(y)])
        fit = line.problem(x=x, y=y, fixed={"b": 0.0}, start={"w": [0.0, 0.0]}).solve()
        assert np.allclose(fit.x, np.linalg.lstsq(x, y, rcond=None)[0])
        assert np.allclose(fit.predict(x=x), x @ fit.x)


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ({"q": 1.0}, "fixed gives 'q', but the parameters are"),
        (dict.fromkeys("abcd", 1.0), "Every parameter is fixed"),
        ({"c": -1.0}, "c is -1.0, outside"),
        ({"c": X}, "it is a number"),
        ({"c": "x"}, "fixed gives c as 'x'"),
        ({"c": None}, "fixed gives c as None"),
        ({"c": 1.0, "start": 1.0}, "fixed gives 'start'"),
    ],
)
def test_what_cannot_be_fixed_is_a_sentence(fixed, said):
    start = {n: 1.0 for n in "abcd" if n not in fixed}
    with pytest.raises(InputError, match=re.escape(said)):
        LOGISTIC.problem(x=X, y=Y, fixed=fixed, start=start)
    with pytest.raises(DataError, match="a is fixed, and was given a start"):
        LOGISTIC.problem(x=X, y=Y, fixed={"a": 1.0}, start={**start, "a": 1.0})


# -- how it ended ---------------------------------------------------------------------------------

MENTEN = Model({"f": "V*x/(K + x)", "C": "(y - f)^2/2"}, ["V", "K"])
DOSES = np.array([0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0])
RATES = 3 * DOSES / (1.5 + DOSES) + 0.05 * np.array([1, -1, 1, 1, -1, 1, -1])


@pytest.mark.parametrize("start", [(100.0, -1e3), (-100.0, -50.0), (1.0, 1e12)])
def test_a_search_that_runs_off_does_not_converge(start):
    """Far out the curve is a line, V/K·x: the cost falls on without an end."""
    fit = MENTEN.problem(x=DOSES, y=RATES, start=dict(zip("VK", start, strict=True))).solve()
    line = np.sum(RATES * DOSES) / np.sum(DOSES**2)
    is_line = fit.cost == pytest.approx(np.mean((RATES - line * DOSES) ** 2) / 2, rel=1e-3)
    assert fit.converged != is_line
    if is_line:
        assert "has run off, to" in fit.why
        assert "Converged:  no" in fit.summary()


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [0, 0, 0, 0]])
def test_classes_that_are_apart_have_no_least_cost(labels):
    logit = Model({"z": "w*x + b", "C": "log(1 + exp(z)) - y*z"}, ["w", "b"])
    p = logit.problem(x=[-2.0, -1.0, 1.0, 2.0], y=labels, start={"w": 0.0, "b": 0.0})
    for method in (None, "bfgs", "l-bfgs-b"):
        fit = p.solve(method=method)
        assert not fit.converged or fit.cost < 1e-12


@pytest.mark.parametrize("start", [(1.0, 1.0), (3.0, 1.5), (30.0, 0.1)])
@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e9])
def test_data_without_noise_are_fitted_to_the_last_digit(start, scale):
    exact = scale * 3 * DOSES / (1.5 + DOSES)
    at = {"V": scale * start[0], "K": start[1]}
    fit = MENTEN.problem(x=DOSES, y=exact, start=at).solve()
    assert fit.converged, fit.why
    assert fit.x == pytest.approx([3 * scale, 1.5], rel=1e-13)
    assert max(map(len, fit.summary().splitlines())) <= 78


def test_one_sample_tells_no_errors():
    """Warnings are errors here: the logarithm of no residual was one."""
    slope = Model({"f": "V*x", "C": "(y - f)^2/2"}, ["V"])
    fit = slope.problem(x=[1.0], y=[2.0], start={"V": 1.0}).solve()
    assert fit.parameters == {"V": 2.0}
    assert "No more residuals than parameters" in fit.summary()
    assert fit.log_likelihood == np.inf
    two = MENTEN.problem(x=[1.0], y=[2.0], start={"V": 1.0, "K": 1.0}).solve()
    assert "some direction of the parameters changes nothing" in two.why
    assert "positive definite" not in two.why


def test_fits_from_far_apart_agree_to_rounding():
    fits = [
        MENTEN.problem(x=DOSES, y=RATES, start={"V": v, "K": k}).solve().x
        for v, k in ((1.0, 1.0), (-50.0, 1e4), (1e3, 1e5), (2.9, 1.4))
    ]
    assert np.allclose(fits, fits[0], rtol=1e-13)
