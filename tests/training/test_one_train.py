"""What train takes: weights, validation, names of options; and what it says before it is lost."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgd import Model, Network, Neuron, report, sgd, train
from symgd.api.descents import OPTIONS
from symgd.errors import (
    DataError,
    DivergedError,
    InputError,
    ModelError,
    SymgdWarning,
    TrainingWarning,
    UnsafeCacheWarning,
    UsualNumberWarning,
)
from symgd.training.samples import held_out

RNG = np.random.default_rng(0)
x = RNG.normal(size=40)
y = (x + 0.5 * RNG.normal(size=40) > 0) * 1.0
X = RNG.normal(size=(40, 3))
Y = np.tanh(X[:, :2])
START = {"w": 0.0, "b": 0.0}
WEIGHTS = RNG.integers(0, 4, 40)

# -- weights ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_weight_is_how_often_a_sample_is_there(backend: str, reduction: str) -> None:
    options = {"start": START, "optimizer": "sgd(0.02)", "epochs": 30, "backend": backend,
               "reduction": reduction}  # fmt: skip
    one = train(Neuron(loss="bce"), x=x, y=y, weights=WEIGHTS, **options)
    two = train(Neuron(loss="bce"), x=np.repeat(x, WEIGHTS), y=np.repeat(y, WEIGHTS), **options)
    np.testing.assert_allclose(one.history, two.history, rtol=1e-12)
    assert one.parameters == pytest.approx(two.parameters, rel=1e-11)
    assert one.stability.largest == pytest.approx(two.stability.largest, rel=1e-9)


@pytest.mark.parametrize("loss", ["quadratic", "softmax_cross_entropy", "mae"])
def test_of_arrays_as_well(loss: str) -> None:
    net = Network([3, 4, 2], "tanh", loss)
    labels = np.eye(2)[(X[:, 0] > 0) * 1]
    options: dict[str, Any] = {"optimizer": "sgd(0.1)", "epochs": 20}
    one = train(net, X=X, Y=labels, weights=WEIGHTS, **options)
    two = train(net, X=np.repeat(X, WEIGHTS, 0), Y=np.repeat(labels, WEIGHTS, 0), **options)
    np.testing.assert_allclose(one.history, two.history, rtol=1e-11)


@pytest.mark.parametrize("optimizer", ["lbfgs", "newton_cg", "gauss_newton"])
def test_optimizers_of_second_order_see_the_weights(optimizer: str) -> None:
    """Weighted least squares by NumPy, of numbers and of arrays."""
    root = np.sqrt(WEIGHTS)
    expected, *_ = np.linalg.lstsq(np.c_[x, np.ones(40)] * root[:, None], y * root, rcond=None)
    run = train(Neuron("identity"), x=x, y=y, weights=WEIGHTS, start=START, optimizer=optimizer,
                epochs=50)  # fmt: skip
    assert [run.parameters["w"], run.parameters["b"]] == pytest.approx(expected, abs=1e-6)
    net = Network([1, 1], "identity", "quadratic")
    many = train(net, X=x[:, None], Y=y[:, None], weights=WEIGHTS, optimizer=optimizer, epochs=50)
    assert [*many.parameters["W1"].ravel(), *many.parameters["b1"]] == pytest.approx(
        expected, abs=1e-6
    )


def test_a_sum_of_arrays_is_weighted_as_it_is() -> None:
    model = Model(
        {"C": "sum((y - X*w).^2)"}, ["w"], shapes={"X": ("m", "n"), "w": "n", "y": "m"}
    )  # fmt: skip
    run = train(model, X=X, y=y, weights=WEIGHTS, start={"w": np.zeros(3)}, epochs=0)
    assert run.history[0] == pytest.approx(float((WEIGHTS * y**2).sum()), rel=1e-13)


@pytest.mark.parametrize(
    "weights", [np.ones(39), np.ones((40, 1)), -np.ones(40), np.zeros(40), [np.nan] * 40, "many", 3]
)
def test_weights_that_are_none(weights: Any) -> None:
    with pytest.raises(DataError, match="weights must be one number for each of the 40 samples"):
        train(Neuron(), x=x, y=y, weights=weights, start=START, epochs=1)
    with pytest.raises(DataError, match="weights must be one number for each of the 40 samples"):
        train(Network([3, 2]), X=X, Y=Y, weights=weights, epochs=1)


@pytest.mark.parametrize("options", [{"weights": np.ones(40)}, {"validation": 0.2}])
@pytest.mark.parametrize("odd", [None, [], "rows"])
def test_a_column_that_is_none_is_told(odd: Any, options: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        train(Network([3, 2]), X=odd, Y=Y, epochs=1, **options)
    with pytest.raises(DataError):
        train(Network([3, 2]), X=odd, Y=Y, epochs=1)


def test_samples_that_meet_elsewhere_are_told() -> None:
    model = Model(
        {"C": "norm2(X'*(X*w - y))^2"}, ["w"], shapes={"X": ("m", "n"), "w": "n", "y": "m"}
    )  # fmt: skip
    with pytest.raises(InputError, match="here samples meet in another way"):
        train(model, X=X, y=y, weights=np.ones(40), start={"w": np.zeros(3)}, epochs=1)


# -- validation ------------------------------------------------------------------------------------


def _cost(parameters: dict[str, float], xs: Any, ys: Any) -> float:
    p = 1 / (1 + np.exp(-parameters["w"] * xs - parameters["b"]))
    return float(np.mean((ys - p) ** 2) / 2)


def test_a_share_is_held_out_and_says_when_to_stop() -> None:
    run = train(
        Neuron(), x=x, y=y, start=START, optimizer="adam(0.5)", epochs=300, validation=0.25,
        patience=6, seed=2,
    )  # fmt: skip
    kept, out = held_out(0.25, {"x": x}, 2)
    assert sorted([*kept, *out]) == list(range(40))
    assert len(out) == 10
    for row, mine, theirs in zip(run.path, run.history, run.validation, strict=True):
        theta = dict(zip(run.names, row, strict=True))
        assert mine == pytest.approx(_cost(theta, x[kept], y[kept]), rel=1e-12)
        assert theirs == pytest.approx(_cost(theta, x[out], y[out]), rel=1e-12)
    assert run.stopped == "validation"
    assert run.best == int(np.argmin(run.validation)) == run.epochs - 6
    assert run.parameters == dict(zip(run.names, run.path[run.best], strict=True))
    assert run.cost == run.history[run.best]
    assert run.end == dict(zip(run.names, run.path[-1], strict=True))
    assert f'"best": {run.best}' in run.to_json()


def test_other_data_say_so_too() -> None:
    net = Network([3, 2], "tanh", "quadratic")
    held = {"X": X[:10], "Y": Y[:10]}
    run = train(
        net, X=X[10:], Y=Y[10:], validation=held, optimizer="adam(0.1)", epochs=400, batch=8,
        patience=400,
    )  # fmt: skip
    p = run.parameters
    out = np.tanh(X[:10] @ p["W1"].T + p["b1"])
    assert run.validation[run.best] == pytest.approx(((out - Y[:10]) ** 2).sum() / 20, rel=1e-11)
    assert run.validation[run.best] == min(run.validation)
    assert (run.stopped, len(run.validation)) == ("epochs", 401)


@pytest.mark.parametrize(
    ("validation", "told"),
    [
        (0.0, "leaves none on one side"),
        (1.0, "leaves none on one side"),
        (1e-9, "leaves none on one side"),
        ({"x": x}, "validation leaves out y"),
        ({"x": x, "y": y, "q": y}, "validation gives q, which is no data"),
        ({"x": x, "y": y[:5]}, "x has 40 and y has 5"),
        ("most", "validation='most' of 40 samples leaves none on one side"),
    ],
)
def test_a_validation_that_is_none(validation: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        train(Neuron(), x=x, y=y, start=START, validation=validation, epochs=1)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIONS)
def test_an_input_may_have_the_name_of_any_option(name: str) -> None:
    model = Model({"z": f"w*{name}", "C": "(z - 3)^2"}, ["w"])
    run = train(model, {name: 2.0}, start={"w": 0.0}, epochs=100)
    assert run.parameters["w"] == pytest.approx(1.5)
    with pytest.raises(ModelError, match=rf"train\(model, \{{'{name}': ...\}}, ...\)"):
        train(model, start={"w": 0.0}, epochs=1)


def test_a_name_that_is_given_twice_is_told() -> None:
    with pytest.raises(DataError, match="x was given twice"):
        train(Neuron(), {"x": 1.0}, x=1.0, y=0.0, start=START)


# -- before it is lost -----------------------------------------------------------------------------


def test_the_largest_stable_rate_beside_the_rate() -> None:
    """Of a line by least squares, λmax is that of the matrix of its columns."""
    line = Neuron("identity")
    columns = np.column_stack([x, np.ones(40)])
    largest = 2 / np.linalg.eigvalsh(columns.T @ columns / 40)[-1]
    run = train(line, x=x, y=y, start=START, optimizer=sgd(0.5 * largest), epochs=60)
    assert run.preflight.largest == pytest.approx(largest, rel=0.05)
    with pytest.warns(TrainingWarning, match=r"The rate .* is above .*2/λmax") as caught:
        train(line, x=x, y=y, start=START, optimizer=sgd(1.3 * largest), epochs=60)
    assert caught[0].filename == __file__
    assert len(caught) == 1


def test_a_cost_that_rises_is_told_as_it_happens() -> None:
    model = Model({"C": "cosh(w) + k"}, ["w"])
    told: list[int] = []

    def callback(record: Any) -> None:
        told.append(len(caught))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(model, k=0.0, start={"w": 0.5}, optimizer="chain(scale(0.05))", epochs=30,
              callback=callback)  # fmt: skip
    assert [w.category for w in caught] == [TrainingWarning]
    assert "The cost has risen for 10 epochs up to epoch 10" in str(caught[0].message)
    assert told[9:12] == [0, 0, 1]


def test_warnings_are_of_one_class() -> None:
    for kind in (TrainingWarning, UsualNumberWarning, UnsafeCacheWarning):
        assert issubclass(kind, SymgdWarning)


@pytest.mark.parametrize("options", [{}, {"batch": 7}, {"optimizer": "adam"}])
def test_the_sample_that_made_a_nan_is_named(options: dict[str, Any]) -> None:
    """√z with z = w·x - 1 has no value where x is 0.5, while w is 1."""
    model = Model({"z": "w*x - 1", "C": "sqrt(z)"}, ["w"])
    data = np.full(30, 3.0)
    data[17] = 0.5
    with pytest.raises(DivergedError, match="Sample 17, counted from 0, is the first") as caught:
        train(model, x=data, start={"w": 1.0}, check=False, **options)
    assert caught.value.sample == 17
    assert caught.value.history == []


def test_of_arrays_it_is_found_by_halves_and_behind_a_share() -> None:
    model = Model(
        {"C": "sum(log(X*w))/m"}, ["w"], shapes={"X": ("m", "n"), "w": "n"}
    )  # fmt: skip
    rows = np.ones((50, 2))
    rows[31] = [-3.0, 1.0]
    for options in ({}, {"batch": 7}, {"validation": {"X": rows[:3]}}, {"weights": np.ones(50)}):
        with pytest.raises(DivergedError) as caught:
            train(model, X=rows, start={"w": np.ones(2)}, check=False, **options)
        assert caught.value.sample == 31
    kept, _ = held_out(0.2, {"X": rows}, 5)
    if 31 in kept:
        with pytest.raises(DivergedError) as caught:
            train(model, X=rows, start={"w": np.ones(2)}, check=False, validation=0.2, seed=5)
        assert caught.value.sample == 31


@pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")
def test_the_last_finite_state_is_carried() -> None:
    with pytest.raises(DivergedError) as caught:
        train(Neuron("identity"), x=x, y=y, start=START, optimizer="sgd(5)", epochs=5000)
    error = caught.value
    assert error.sample is None
    assert np.all(np.isfinite([*error.history, *error.parameters.values()]))
    with np.errstate(all="ignore"):
        p = error.parameters
        cost = np.mean((p["w"] * x + p["b"] - y) ** 2) / 2
    assert error.history[-1] == pytest.approx(float(cost), rel=1e-9)


def test_a_run_that_never_began_says_so() -> None:
    model = Model({"C": "log(w) + k"}, ["w"])
    with pytest.raises(DivergedError) as caught:
        train(model, k=0.0, start={"w": -1.0}, check=False)
    run = caught.value.run
    assert (run.remarks(), run.milestones(), run.stability) == ([], [], None)
    assert '"cost": null' in run.to_json()
    assert run.to_csv().count("\n") == 1
    with pytest.raises(InputError, match="its start has no finite cost"):
        run.plot()


def test_a_report_of_a_descent_that_overflows_is_a_page() -> None:
    page = report(Neuron("identity"), x=x, y=y, start=START, rate=50.0, epochs=3000)
    assert "The descent is diverging" in page


# -- the model's own letters -----------------------------------------------------------------------


def test_remarks_and_pictures_write_names_as_the_model_does() -> None:
    pytest.importorskip("matplotlib")
    names = {"p": r"\alpha", "q": r"\beta", "x": r"\xi"}
    model = Model(
        {"h1": "tanh(p*x)", "h2": "tanh(q*x)", "C": "(h1 + h2 - y)^2"}, ["p", "q"], notation=names
    )  # fmt: skip
    run = train(model, x=0.7, y=0.2, start={"p": 0.5, "q": 0.5}, epochs=5)
    assert "α = β" in run.remarks()[-1]
    drawn = run.plot("tikz")
    assert r"xlabel={$ \alpha $}" in drawn.replace("xlabel=$", "xlabel={$").replace(" $,", " $},")
    page = report(Neuron(notation={"x": r"\xi"}), x=x, y=y, start=START, epochs=5)
    assert "ξ" in page


# -- the command -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_command_takes_the_same(tmp_path: Path) -> None:
    rows = "\n".join(f"{a!r},{b!r},{c}" for a, b, c in zip(x.tolist(), y.tolist(), WEIGHTS))  # noqa: B905
    (tmp_path / "d.csv").write_text(f"x,y,count\n{rows}\n")

    def command(*more: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-m", "symgd", "train", "d.csv", "-l", "bce", "--weights", "count",
                "--validation", "0.25", "--patience", "5", "--optimizer",
                "adam(rate=cosine(0.5, 90))", "--checkpoint", "run.npz", *more]  # fmt: skip
        return subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)

    first = command("--epochs", "4")
    assert first.returncode == 0, first.stderr
    assert command("--epochs", "60").returncode == 2
    second = command("--epochs", "60", "--resume", "-o", "end.json")
    assert second.returncode == 0, second.stderr
    run = train(
        Neuron(loss="bce"), x=x, y=y, weights=WEIGHTS, validation=0.25, patience=5, epochs=60,
        optimizer="adam(rate=cosine(0.5, 90))", start=START,
    )  # fmt: skip
    assert f"validation: the lowest cost is {run.validation[run.best]!r}" in second.stdout
    assert repr(run.parameters["w"]) in (tmp_path / "end.json").read_text()
