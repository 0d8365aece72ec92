"""Array models on numba: what is done entry by entry is one loop, and answers as numpy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symgd import Model, Network, sgd, train
from symgd.errors import InputError
from symgd.programs.arrays.plan import MANY

pytest.importorskip("numba", reason="numba is not installed")

from symgd.targets.numba import run

RNG = np.random.default_rng(7)
ROWS = 5000  # of fewer entries than `MANY` the passes are numpy's
X = RNG.normal(size=(ROWS, 4))
LABELS = np.eye(3)[RNG.integers(0, 3, ROWS)]
WEIGHTS: dict[str, Any] = {
    "W1": RNG.normal(size=(5, 4)), "b1": RNG.normal(size=5),
    "W2": RNG.normal(size=(3, 5)), "b2": RNG.normal(size=3),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_is_as_on_numpy(dtype: Any) -> None:
    network = Network([4, 5, 3], "gelu", "softmax_cross_entropy")
    given = {n: a.astype(dtype) for n, a in {"X": X, "Y": LABELS, **WEIGHTS}.items()}
    cost, slopes = network.compile()(**given)
    other, found = network.compile(backend="numba")(**given)
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    assert other == pytest.approx(cost, rel=tolerance)
    for n, slope in slopes.items():
        assert found[n].dtype == slope.dtype
        np.testing.assert_allclose(found[n], slope, rtol=100 * tolerance, atol=tolerance)


def test_the_entries_run_in_machine_code() -> None:
    """Σ(e^x - x)y: 1 - e^x, the entries and their slopes are loops, no pass of numpy's."""
    model = Model({"C": "sum((exp(x) - x).*y)"}, ["x"], shapes={"x": "n", "y": "n"})
    gradient = model.compile(backend="numba")
    x, y = np.linspace(-2, 2, MANY), np.arange(float(MANY))
    cost, slopes = gradient(x=x, y=y)
    assert cost == pytest.approx(float(((np.exp(x) - x) * y).sum()), rel=1e-14)
    np.testing.assert_allclose(slopes["x"], np.expm1(x) * y, rtol=1e-14)
    assert "np.exp" not in gradient.source


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
def test_for_few_entries_nothing_is_compiled(monkeypatch: Any, order: int) -> None:
    """A call of a loop takes longer than numpy's passes over so few, and to compile it seconds."""

    def refuse(source: str, entry: str) -> None:
        raise AssertionError(entry)

    monkeypatch.setattr(run, "import_kernel", refuse)
    network = Network([3, 4, 5, 2])
    given = {**network.initial(), "X": X[:7, :3], "Y": LABELS[:7, :2]}
    answers = [network.compile(b, order=order)(**given) for b in ("numpy", "numba")]
    assert answers[0][0] == answers[1][0]
    for part, other in zip(answers[0][1:], answers[1][1:], strict=True):
        for n in part:
            np.testing.assert_array_equal(other[n], part[n])


@pytest.mark.parametrize("far", [-800.0, 800.0])
def test_far_off_nothing_is_lost(far: float) -> None:
    model = Model({"C": "sum(softplus(x).*y)"}, ["x"], shapes={"x": "n", "y": "n"})
    for x in ([far, 1.0], [far] + [1.0] * MANY):
        y = [1.0] + [0.0] * (len(x) - 1)
        cost, slopes = model.compile(backend="numba")(x=x, y=y)
        assert cost == max(far, 0.0)
        assert slopes["x"][0] == (far > 0)


def test_the_hessian_times_a_vector_and_a_descent() -> None:
    model = Model(
        {"C": "norm2(tanh(X*w) - y)^2"}, ["w"], shapes={"X": ("m", "n"), "w": "n", "y": "m"}
    )
    given = {"X": X, "y": X[:, 0], "w": X[0]}
    along = {"w": X[1]}
    first, other = (model.compile(b).product(along, **given) for b in ("numpy", "numba"))
    np.testing.assert_allclose(other["w"], first["w"], rtol=1e-12)
    runs = [
        train(model, {"X": X, "y": X[:, 0]}, start={"w": X[0]}, optimizer=sgd(1e-3), epochs=20,
              batch=MANY, seed=1, backend=b)
        for b in ("numpy", "numba")
    ]  # fmt: skip
    np.testing.assert_allclose(runs[1].parameters["w"], runs[0].parameters["w"], rtol=1e-12)


def test_the_scalar_backend_has_no_arrays() -> None:
    model = Model({"C": "sum(x)"}, ["x"], shapes={"x": "n"})
    with pytest.raises(InputError, match="they run on numpy and numba"):
        model.compile(backend="scalar")
