"""Predictions: any name of a model as a compiled function, on every backend and in exports."""

from __future__ import annotations

import ctypes
import pickle
import shutil
import subprocess

import numpy as np
import pytest
from exporting import SOME, module, points

from symgd import Model, Network, Neuron
from symgd.errors import DataError, InputError, ModelError
from symgd.targets.predictor import prediction_of
from symgd.targets.sources.values import TARGETS

RNG = np.random.default_rng(11)

# model                                                            its prediction
PREDICTIONS = [
    (Neuron(), "yhat"),
    (Neuron("gelu", "huber(delta=1)", inputs=2), "yhat"),
    (Neuron("identity", "bce_logits"), "yhat"),
    (Neuron("sigmoid", "bce"), "yhat"),
    (Neuron("identity", "focal"), "yhat"),
    (Neuron(inputs="n"), "yhat"),
    (Network([2, 3, 1]), "A2"),
    (Network([2, 3, 1], l2=0.1), "A2"),
    (Network([4, 3], "tanh", "softmax_cross_entropy"), "Z1"),
    (Network.attention(), "O"),
    (Model({"f": "w*x", "r": "y - f", "C": "r^2"}, ["w"]), "f"),
    (Model({"f": "w*x", "C": "(y - f)^2 + lam*w^2"}, ["w"]), "f"),
]
# What has no name of its own: what parameters make of the input stands in the cost itself.
NAMELESS = [
    Model({"r": "y - w*x", "C": "r^2"}, ["w"]),
    Model({"C": "(y - w*x)^2"}, ["w"]),
    Model({"f": "w*x", "C": "(y - a*f)^2"}, ["w", "a"]),
    Network.recurrent(2),
]


@pytest.mark.parametrize(("model", "name"), PREDICTIONS)
def test_what_a_model_predicts(model, name):
    assert prediction_of(model.graph) == name
    assert model.predictor().name == name


@pytest.mark.parametrize("model", NAMELESS)
def test_what_has_no_name_is_asked_for(model):
    with pytest.raises(ModelError, match="No definition of this model stands beside a label"):
        model.predictor()
    first = next(iter(model.definitions))
    assert model.predictor(first).name == first


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize(("activation", "loss"), SOME)
def test_every_backend(activation, loss, backend):
    model = Neuron(activation, loss)
    given = points(model, 9)
    want = model.predictor()
    names = dict.fromkeys(want.names)
    f = model.predictor(backend=backend)
    all_at_once = want(given)
    assert all_at_once.shape == (9,)
    z = given["w"] * given["x"] + given["b"]
    assert np.allclose(model.predictor("z")(given), z, rtol=1e-14)
    for i in range(9):
        one = {n: float(given[n][i]) if np.ndim(given[n]) else given[n] for n in names}
        assert f(one) == pytest.approx(all_at_once[i], rel=1e-13, abs=1e-300, nan_ok=True)
    if backend == "numba":
        assert np.allclose(f(given), all_at_once, rtol=1e-13, equal_nan=True)


def test_the_formula_by_hand():
    f = Neuron("tanh").predictor()
    assert f(w=0.5, b=2.0, x=[3.0, 4.0]) == pytest.approx(np.tanh([3.5, 4.0]), rel=1e-15)
    assert isinstance(f(w=0.5, b=2.0, x=3.0), float)
    # parameters may be many as well: a prediction for each draw of them
    assert f(w=[0.5, 1.0], b=2.0, x=3.0) == pytest.approx(np.tanh([3.5, 5.0]), rel=1e-15)
    net = Network([2, 3, 1], "tanh", "quadratic")
    at, x = net.initial(0), RNG.normal(size=(4, 2))
    wanted = np.tanh(np.tanh(x @ at["W1"].T + at["b1"]) @ at["W2"].T + at["b2"])
    for backend in ("numpy", "numba"):
        assert net.predictor(backend=backend)({"X": x, **at}) == pytest.approx(wanted, rel=1e-13)
    assert net.predict(at, x) == pytest.approx(wanted, rel=1e-13)
    assert net.predict(at, X=x) == pytest.approx(wanted, rel=1e-13)
    assert net.predict(at, {"X": x, "Y": x}) == pytest.approx(wanted, rel=1e-13)


# loss         the mean of a label by its prediction u
MEANS = {
    "bce_logits": lambda u: 1 / (1 + np.exp(-u)),
    "soft_margin": lambda u: 1 / (1 + np.exp(-u)),
    "exponential": lambda u: 1 / (1 + np.exp(-2 * u)),
    "poisson": np.exp,
    "quadratic": lambda u: u,
    "kl": np.exp,
}


@pytest.mark.parametrize("loss", MEANS)
def test_the_mean_of_the_label(loss):
    model = Neuron("logsigmoid" if loss == "kl" else "identity", loss)
    at = {"w": 0.7, "b": -0.2, "x": np.linspace(-3, 3, 7)}
    u = model.predictor()(at)
    assert model.predictor(mean=True)(at) == pytest.approx(MEANS[loss](u), rel=1e-13)


def test_the_mean_of_logits():
    x = RNG.normal(size=(5, 2))
    net = Network([2, 4, 3], "tanh", "softmax_cross_entropy")
    at = net.initial(1)
    z = net.predict(at, x)
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert net.predict(at, x, mean=True) == pytest.approx(shares, rel=1e-13)
    two = Network([2, 4, 1], "tanh", "bce_logits")
    at = two.initial(1)
    assert two.predict(at, x, mean=True) == pytest.approx(1 / (1 + np.exp(-two.predict(at, x))))


def test_what_an_equation_defines():
    model = Model({"s": "s^3 + w*x*s = 1", "C": "(y - s)^2"}, ["w"], starts={"s": "1"})
    s = model.predict({"w": 0.5}, x=np.array([0.3, 2.0]))
    assert s**3 + 0.5 * np.array([0.3, 2.0]) * s == pytest.approx(np.ones(2), rel=1e-12)


def test_errors_are_sentences():
    model = Neuron(inputs=2)
    with pytest.raises(InputError, match="'q' is no definition of this model"):
        model.predictor("q")
    with pytest.raises(InputError, match="backend='q'"):
        model.predictor(backend="q")
    with pytest.raises(DataError, match="yhat needs x1 and x2"):
        model.predictor()(w=[1.0, 2.0], b=0.0)
    with pytest.raises(DataError, match="'q' is not a name"):
        model.predictor()(w=[1.0, 2.0], b=0.0, q=1.0)
    with pytest.raises(DataError, match=r"predict\(\) needs b among the parameters"):
        model.predict({"w": [1.0, 2.0]}, x=[1.0, 2.0])
    with pytest.raises(DataError, match="b is a parameter"):
        model.predict({"w": [1.0, 2.0], "b": 0.0}, x=[1.0, 2.0], b=1.0)
    two = Model({"f": "a*u + v", "C": "(y - f)^2"}, ["a"])
    with pytest.raises(InputError, match="f takes u and v; give them by name"):
        two.predict({"a": 1.0}, [1.0, 2.0])
    with pytest.raises(InputError, match="A prediction is exported to"):
        model.predictor().export("xgboost")
    with pytest.raises(InputError, match="is a word that the exported file uses"):
        model.predictor().export("c", name="sin")


# -- exports --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("activation", "loss"), SOME)
@pytest.mark.parametrize("mean", [False, True])
def test_the_numpy_file(activation, loss, mean, tmp_path):
    model = Neuron(activation, loss)
    f = model.predictor(mean=mean)
    exported = module(f.export("numpy"), tmp_path / "exported.py")
    given = points(model, 9)
    found = exported.predict(*(given[n] for n in f.names))
    assert np.allclose(found, f(given), rtol=1e-13, atol=1e-300, equal_nan=True)
    one = [float(given[n][0]) if np.ndim(given[n]) else given[n] for n in f.names]
    assert isinstance(exported.predict(*one), float)


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_is_of_the_name_that_is_given(target):
    text = Neuron("gelu").predictor().export(target, name="answer")
    assert "answer(" in text
    assert "gradient" not in text


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler of C")
@pytest.mark.parametrize(("activation", "loss"), SOME)
def test_the_header_in_c(activation, loss, tmp_path):
    model = Neuron(activation, loss)
    f = model.predictor()
    (tmp_path / "predict.h").write_text(f.export("c"))
    names = ", ".join(f"double a{i}" for i in range(len(f.names)))
    call = ", ".join(f"a{i}" for i in range(len(f.names)))
    source = f'#include "predict.h"\ndouble out({names}) {{ return predict({call}); }}\n'
    (tmp_path / "out.c").write_text(source)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    done = subprocess.run(
        ["cc", *flags, "-o", "out.so", "out.c", "-lm"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    run = ctypes.CDLL(str(tmp_path / "out.so")).out
    run.restype = ctypes.c_double
    run.argtypes = [ctypes.c_double] * len(f.names)
    given = points(model, 9)
    wanted = f(given)
    for i in range(9):
        one = [float(given[n][i]) if np.ndim(given[n]) else given[n] for n in f.names]
        assert run(*one) == pytest.approx(wanted[i], rel=1e-13, abs=1e-300, nan_ok=True)


@pytest.mark.parametrize("library", ["jax", "torch"])
@pytest.mark.parametrize("model", [Neuron("gelu", "huber(delta=1)"), Network([2, 3, 1], "tanh")])
def test_the_files_of_frameworks(library, model, tmp_path):
    framework = pytest.importorskip(library)
    f = model.predictor()
    exported = module(f.export(library), tmp_path / "exported.py")
    if isinstance(model, Network):
        at = {**model.initial(0), "X": RNG.normal(size=(4, 2))}
    else:
        at = {"w": 0.7, "b": -0.2, "x": np.linspace(-3, 3, 7)}
    wrap = framework.numpy.asarray if library == "jax" else framework.as_tensor
    found = np.asarray(exported.predict(*(wrap(at[n]) for n in f.names)))
    assert np.allclose(found, f(at), rtol=1e-5, atol=1e-6)  # in float32 where that is usual


@pytest.mark.parametrize("mean", [False, True])
def test_the_numpy_file_of_arrays(mean, tmp_path):
    net = Network([2, 3, 2], "tanh", "softmax_cross_entropy")
    f = net.predictor(mean=mean)
    exported = module(f.export("numpy"), tmp_path / "exported.py")
    at = {**net.initial(0), "X": RNG.normal(size=(4, 2))}
    assert np.allclose(exported.predict(*(at[n] for n in f.names)), f(at), rtol=1e-13)
    with pytest.raises(ModelError, match="exported to numpy, jax and torch"):
        f.export("c")


def test_pickled_it_predicts_alike():
    for model, at in (
        (Neuron("gelu"), {"w": 0.7, "b": -0.2, "x": np.linspace(-3, 3, 7)}),
        (Network([2, 3, 1]), {**Network([2, 3, 1]).initial(0), "X": RNG.normal(size=(4, 2))}),
    ):
        f = model.predictor()
        assert np.array_equal(pickle.loads(pickle.dumps(f))(at), f(at))
