"""Optimizers that look around, and the new ones that do not: against papers, NumPy and SciPy."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd import Model, Network, Neuron, clip_norm, train
from symgd.errors import DataError, InputError, ModelError
from symgd.training.optimizers import adamw, lion
from symgd.training.second_order import FALL, FLAT, conjugate_gradients, step
from symgd.training.texts import parse_optimizer

mpf = mpmath.mpf
GRADIENTS = [0.3, -1.7, 0.0, 2.5e-6, -4.0e3, 12.5, 12.5, -0.01]


def trajectory(optimizer: Any, theta: float, gradients: list[float]) -> list[float]:
    state, path = optimizer.init({"w": theta}), []
    for g in gradients:
        change, state = optimizer.update({"w": g}, state, {"w": theta})
        theta = theta + change["w"]
        path.append(theta)
    return path


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.3])
def test_adamw_is_that_of_the_paper(decay: float) -> None:
    """Loshchilov and Hutter, algorithm 2, with m and v as closed sums, in 50 digits."""
    with mpmath.workdps(50):
        theta, path = mpf(0.5), []
        rate, b1, b2, eps = map(mpf, (0.1, 0.9, 0.999, 1e-8))
        for t in range(1, len(GRADIENTS) + 1):
            seen = [(i, mpf(g)) for i, g in enumerate(GRADIENTS[:t], start=1)]
            m = sum((1 - b1) * b1 ** (t - i) * g for i, g in seen) / (1 - b1**t)
            v = sum((1 - b2) * b2 ** (t - i) * g**2 for i, g in seen) / (1 - b2**t)
            theta -= rate * (m / (mpmath.sqrt(v) + eps) + mpf(decay) * theta)
            path.append(float(theta))
    found = trajectory(adamw(0.1, weight_decay=decay), 0.5, GRADIENTS)
    assert found == pytest.approx(path, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_lion_is_that_of_the_paper(decay: float) -> None:
    """Chen et al., algorithm 2, in 50 digits."""
    with mpmath.workdps(50):
        theta, m, path = mpf(0.5), mpf(0), []
        rate, b1, b2 = map(mpf, (0.01, 0.9, 0.99))
        for g in map(mpf, GRADIENTS):
            theta -= rate * (mpmath.sign(b1 * m + (1 - b1) * g) + mpf(decay) * theta)
            m = b2 * m + (1 - b2) * g
            path.append(float(theta))
    found = trajectory(lion(0.01, weight_decay=decay), 0.5, GRADIENTS)
    assert found == pytest.approx(path, rel=1e-13)


def test_lion_on_arrays_keeps_their_type() -> None:
    g = {"w": np.array([[3.0, 0.0], [-1e-40, np.nan]], np.float32)}
    change, _ = lion(0.5).update(g, lion(0.5).init(g), g)
    np.testing.assert_array_equal(change["w"], np.array([[-0.5, 0], [0.5, np.nan]], np.float32))
    assert change["w"].dtype == np.float32


def test_clip_norm_is_over_all_parameters() -> None:
    """|(3, 4)| = 5: the limit 1 leaves a fifth of each, the limit 6 all."""
    g = {"a": 3.0, "b": np.array([0.0, 4.0])}
    change, _ = clip_norm(1).update(g, (), {})
    np.testing.assert_allclose([change["a"], *change["b"]], [0.6, 0, 0.8], rtol=1e-15)
    np.testing.assert_equal(clip_norm(6).update(g, (), {})[0], g)


# -- texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("adam(rate=cosine(0.1, 100))", "adam(cosine(0.1, 100.0))"),
        (" sgd( cosine ( rate=.1 , epochs = 9 ) , momentum = .5 )",
         "sgd(cosine(0.1, 9.0), momentum=0.5)"),
        ("rmsprop(exponential_decay(0.1, decay=0.9))", "rmsprop(exponential_decay(0.1, 0.9))"),
        ("lbfgs(memory=5)", "lbfgs(1.0, memory=5)"),
        ("newton_cg", "newton_cg(1.0)"),
        ("gauss_newton(damping=0.1)", "gauss_newton(1.0, damping=0.1)"),
        ("lion(1e-3, weight_decay=0.1)", "lion(0.001, weight_decay=0.1)"),
        ("chain(clip(1), adamw(0.01))", "chain(clip(1.0), adamw(0.01))"),
        ("chain(clip_norm(1), add_decayed_weights(0.1), sgd(cosine(1, 9)))",
         "chain(clip_norm(1.0), add_decayed_weights(0.1), sgd(cosine(1.0, 9.0)))"),
    ],
)  # fmt: skip
def test_text_reads_as_and_back(text: str, name: str) -> None:
    assert parse_optimizer(text).name == name
    assert parse_optimizer(name).name == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("adam(rate=cosin(0.1, 9))", "no schedule 'cosin'.*Did you mean 'cosine'"),
        ("adam(rate=cosine(0.1))", r"cosine needs a epochs|cosine needs an? epochs"),
        ("adam(beta1=cosine(0.1, 9))", "beta1 of adam must be a number"),
        ("adam(rate=cosine(0.1, cosine(1, 1)))", "does not read as an option of cosine"),
        ("adam(rate=sgd(0.1))", "no schedule 'sgd'"),
        ("lbfgs(memory=0)", "memory was given as 0.0; .* whole, from 1 on"),
        ("lbfgs(memory=2.5)", "whole, from 1 on"),
        ("clip(1)", "no optimizer 'clip'"),
        ("chain()", "chain.. moves nothing"),
        ("chain(chain(sgd(1)))", "chain takes optimizers and parts"),
        ("chain(clip(1), eval(1))", "no optimizer 'eval'"),
        ("adam(rate=cosine(0.1, 9)", "does not read as an optimizer"),
        ("adam(rate=(0.1))", "does not read as an optimizer"),
    ],
)
def test_text_that_is_refused(text: str, told: str) -> None:
    with pytest.raises((InputError, DataError), match=told):
        parse_optimizer(text)


# -- where they end --------------------------------------------------------------------------------

ROSENBROCK = Model({"C": "(p - u)^2 + q*(v - u^2)^2"}, ["u", "v"])
SECOND = ["lbfgs", "newton_cg"]


@pytest.mark.parametrize("optimizer", SECOND)
def test_the_valley_of_rosenbrock(optimizer: str) -> None:
    """The minimum is (p, p²)."""
    start = {"u": -1.2, "v": 1.0}
    run = train(ROSENBROCK, p=1.0, q=100.0, start=start, optimizer=optimizer, epochs=200)
    assert run.parameters == pytest.approx({"u": 1.0, "v": 1.0}, abs=1e-6)
    assert run.stopped == "converged"
    assert run.epochs < 100
    assert all(b <= a for a, b in zip(run.history, run.history[1:], strict=False))


def _curve() -> tuple[Model, dict[str, Any], dict[str, float]]:
    t = np.linspace(0, 4, 25)
    data = 3 * np.exp(-0.7 * t) + 0.05 * np.sin(9 * t)
    model = Model({"f": "a*exp(-k*t)", "C": "(y - f)^2/2"}, ["a", "k"])
    return model, {"t": t, "y": data}, {"a": 1.0, "k": 0.2}


@pytest.mark.parametrize("optimizer", [*SECOND, "gauss_newton"])
def test_a_curve_is_fitted_as_scipy_fits_it(optimizer: str) -> None:
    scipy = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")
    model, data, start = _curve()
    found = scipy.least_squares(
        lambda p: p[0] * np.exp(-p[1] * data["t"]) - data["y"], [1.0, 0.2],
        xtol=1e-14, ftol=1e-14, gtol=1e-14,
    )  # fmt: skip
    run = train(model, **data, start=start, optimizer=optimizer, epochs=100)
    assert [run.parameters[n] for n in "ak"] == pytest.approx(found.x, rel=1e-6)


def test_gauss_and_newton_step_is_the_normal_equations() -> None:
    """One step of a curve with two parameters, by NumPy's lstsq on residuals and their Jacobian."""
    model, data, start = _curve()
    t, (a, k) = data["t"], start.values()
    jacobian = np.column_stack([np.exp(-k * t), -a * t * np.exp(-k * t)])
    step_, *_ = np.linalg.lstsq(jacobian, data["y"] - a * np.exp(-k * t), rcond=None)
    seen: list[Any] = []

    class Around:
        def gauss_newton(self, direction: Any) -> Any:
            seen.append(direction)
            from symgd.training.gauss_newton import ScalarCurvature

            return ScalarCurvature(model.graph, data, "mean")(direction, start)

    g = jacobian.T @ (a * np.exp(-k * t) - data["y"]) / len(t)
    p = conjugate_gradients(Around().gauss_newton, {"a": g[0], "k": g[1]}, 50)
    left = jacobian.T @ jacobian @ np.array([p["a"], p["k"]]) / len(t) - g
    assert np.linalg.norm(left) <= math.sqrt(np.linalg.norm(g)) * np.linalg.norm(g) + 1e-14
    exact = {"a": step_[0], "k": step_[1]}
    product = Around().gauss_newton(exact)
    np.testing.assert_allclose([product["a"], product["k"]], -g, rtol=1e-10)


@pytest.mark.parametrize("loss", ["quadratic", "softmax_cross_entropy"])
def test_the_curvature_of_a_network_is_that_of_its_jacobian(loss: str) -> None:
    """JᵀLJv with J by central differences of the prediction in NumPy, and L written out."""
    from symgd.training.gauss_newton import ArrayCurvature

    rng = np.random.default_rng(3)
    net = Network([2, 3, 2], "tanh", loss)
    X, Y = rng.normal(size=(5, 2)), np.eye(2)[[0, 1, 1, 0, 1]]
    theta = {n: np.asarray(v) for n, v in net.initial(1).items()}

    def prediction(p: dict[str, Any]) -> Any:
        z = np.tanh(X @ p["W1"].T + p["b1"].reshape(1, -1)) @ p["W2"].T + p["b2"].reshape(1, -1)
        return np.tanh(z) if loss == "quadratic" else z

    v = {n: rng.normal(size=a.shape) for n, a in theta.items()}
    h = 1e-5

    def moved(along: dict[str, Any], c: float) -> Any:
        return prediction({n: theta[n] + c * along[n] for n in theta})

    jv = (moved(v, h) - moved(v, -h)) / (2 * h)
    if loss == "quadratic":
        curved = jv / 5
    else:
        z = prediction(theta)
        s = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        curved = (s * jv - s * (s * jv).sum(1, keepdims=True)) / 5
    expected = {}
    for n, a in theta.items():
        out = np.zeros_like(a)
        for i in np.ndindex(a.shape):
            e = {k: np.zeros_like(b) for k, b in theta.items()}
            e[n][i] = 1.0
            out[i] = ((moved(e, h) - moved(e, -h)) / (2 * h) * curved).sum()
        expected[n] = out
    columns = {n: a.reshape(-1, 1) if a.ndim == 1 else a for n, a in theta.items()}
    along = {n: a.reshape(-1, 1) if a.ndim == 1 else a for n, a in v.items()}
    found = ArrayCurvature(net.graph, {"X": X, "Y": Y}, ["X", "Y"])(along, columns)
    for n in theta:
        np.testing.assert_allclose(
            np.asarray(found[n]).reshape(theta[n].shape), expected[n], rtol=1e-6, atol=1e-9
        )


@pytest.mark.parametrize("optimizer", ["lbfgs", "newton_cg", "gauss_newton"])
def test_a_line_of_arrays_is_solved(optimizer: str) -> None:
    """Against NumPy's lstsq."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    model = Model(
        {"f": "X*w", "C": "norm2(f - y)^2/(2*m)"}, ["w"],
        shapes={"X": ("m", "n"), "w": "n", "y": "m"},
    )  # fmt: skip
    run = train(model, X=X, y=y, start={"w": np.zeros(4)}, optimizer=optimizer, epochs=60)
    expected, *_ = np.linalg.lstsq(X, y, rcond=None)
    np.testing.assert_allclose(run.parameters["w"], expected, atol=1e-6)


def test_what_they_need_is_asked_for() -> None:
    x = np.linspace(-1, 1, 9)
    with pytest.raises(InputError, match="works on all samples at once, and batch=3"):
        train(Neuron(), x=x, y=x, start={"w": 0.0, "b": 0.0}, optimizer="lbfgs", batch=3)
    with pytest.raises(ModelError, match="gauss_newton needs one name that stands beside"):
        train(Model({"C": "(u^2 + v^2)*k"}, ["u", "v"]), k=1.0, start={"u": 1.0, "v": 2.0},
              optimizer="gauss_newton")  # fmt: skip


def test_a_direction_out_of_the_domain_is_shortened() -> None:
    """log(w) has no value left of 0: the search halves until it has; the minimum is w = k."""
    model = Model({"C": "w - k*log(w)"}, ["w"])
    for optimizer in ("lbfgs(100)", "newton_cg(100)"):
        run = train(model, k=2.0, start={"w": 30.0}, optimizer=optimizer, epochs=60)
        assert run.parameters["w"] == pytest.approx(2.0, rel=1e-6)


@given(
    st.floats(0.05, 20), st.floats(-3, 3), st.floats(1e-3, 1e3),
    st.sampled_from(["bowl", "wave", "log"]),
)  # fmt: skip
def test_a_step_holds_the_conditions_of_wolfe(c: float, a: float, first: float, kind: str) -> None:
    of = {
        "bowl": (lambda t: c * (t - 2) ** 2 + a, lambda t: 2 * c * (t - 2)),
        "wave": (lambda t: math.cos(t + 0.5) + t * t / 50, lambda t: -math.sin(t + 0.5) + t / 25),
        "log": (lambda t: c * (t - math.log(t + 0.1)), lambda t: c * (1 - 1 / (t + 0.1))),
    }
    value, slope = of[kind]
    if not slope(0.0) < 0:
        return
    found = step(lambda t: (value(t), slope(t)), value(0.0), slope(0.0), first)
    assert found > 0
    assert value(found) <= value(0.0) + FALL * found * slope(0.0)
    assert abs(slope(found)) <= -FLAT * slope(0.0)
