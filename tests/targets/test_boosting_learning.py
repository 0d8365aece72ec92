"""Objectives that learn: guards, floors, what is said of them, a beginning, predictions, files."""

from __future__ import annotations

import copy
import pickle
import shlex
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from commands import runner, terminal
from exporting import module

from symgd import Neuron
from symgd.cli import main
from symgd.errors import InputError, ObjectiveWarning, SymgdWarning
from symgd.targets.sources import Asked, exported

BOOSTING = ["xgboost", "lightgbm", "catboost"]


def made(tmp_path, activation, loss, asked=None, target="xgboost", name="objective"):
    text = exported(Neuron(activation, loss).graph, target, name, asked or Asked()).text
    place = module(text, tmp_path / f"made_{target}_{len(list(tmp_path.iterdir()))}.py")
    sys.modules[place.__name__] = place  # as a file that is imported is, to be pickled
    return place


def told(loss, asked, target="xgboost", activation="identity"):
    return exported(Neuron(activation, loss).graph, target, None, asked).warning


# -- guards ----------------------------------------------------------------------------------------

Z, Y = np.array([0.3, -1.2, 20.0, 5.0]), np.array([1.0, 0.0, 2.0, 5.0])


def test_unit_is_one(tmp_path):
    where = made(tmp_path, "identity", "mae", Asked("unit"))
    g, h = where.objective()(Y, Z)
    assert g.tolist() == [-1.0, -1.0, 1.0, 0.0]
    assert h.tolist() == [1.0, 1.0, 1.0, 1.0]
    g, h = where.objective(scale=30.0)(Y, Z, np.array([1.0, 2.0, 1.0, 1.0]))
    assert g.tolist() == [-30.0, -60.0, 30.0, 0.0]
    assert h.tolist() == [1.0, 2.0, 1.0, 1.0]


def test_secant_is_the_weight_of_least_squares(tmp_path):
    """Of |e| it is 1/|e|, of Huber's loss min(1, δ/|e|): Holland and Welsch 1977."""
    where = made(tmp_path, "identity", "mae", Asked("secant"))
    assert where.objective()(Y, Z)[1][:3] == pytest.approx(1 / np.abs(Z - Y)[:3], rel=1e-14)
    assert np.isfinite(where.objective()(Y, Z)[1]).all()
    where = made(tmp_path, "identity", "huber", Asked("secant"))
    _, h = where.objective(delta=1.5, scale=7.0)(Y[:3], Z[:3])
    assert h == pytest.approx(7 * np.minimum(1, 1.5 / np.abs(Z - Y)[:3]), rel=1e-14)
    with pytest.raises(InputError, match="takes the cost to be least where the margin is the lab"):
        exported(Neuron("sigmoid", "bce").graph, "xgboost", None, Asked("secant"))


def test_a_floor(tmp_path):
    for asked in (Asked(floor=0.25), Asked("clip", 0.25), Asked("abs", 0.25)):
        where = made(tmp_path, "identity", "mae", asked)
        assert (where.objective()(Y, Z)[1] == 0.25).all()
    for floor in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="is not above 0; give the least h"):
            exported(Neuron("identity", "mae").graph, "xgboost", None, Asked(floor=floor))
    with pytest.raises(InputError, match='guard="unit" has h = 1, and no floor'):
        exported(Neuron("identity", "mae").graph, "xgboost", None, Asked("unit", 0.1))
    with pytest.raises(InputError, match="is for the Hessian of an objective"):
        exported(Neuron().graph, "numpy", None, Asked(floor=0.1))


# -- what is said ----------------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize("loss", ["mae", "pinball", "huber", "log_cosh"])
def test_a_flat_loss_is_told_of(loss):
    """None of these has curvature far from its label, where a descent begins."""
    for guard in (None, "clip", "abs"):
        assert "(min_child_weight)" in told(loss, Asked(guard))
        assert "(min_sum_hessian_in_leaf)" in told(loss, Asked(guard), "lightgbm")
    for asked in (Asked("unit"), Asked("secant"), Asked(floor=0.5)):
        assert told(loss, asked) == ""
        text = exported(Neuron("identity", loss).graph, "xgboost", None, asked).text
        assert "Guard: " in text
        assert "WARNING" not in text


@pytest.mark.slow
def test_nothing_is_said_of_losses_that_learn():
    for activation, loss in (("sigmoid", "bce"), ("identity", "mse"), ("exp(z)", "poisson_mean"),
                             ("identity", "bce_logits"), ("exp(z)", "gamma_deviance")):  # fmt: skip
        for target in BOOSTING:
            assert told(loss, Asked("clip"), target, activation) == ""


def test_the_warning_is_of_a_class_of_ours():
    assert issubclass(ObjectiveWarning, SymgdWarning)
    with pytest.warns(ObjectiveWarning, match="a leaf of XGBoost has a sum of h of 1"):
        Neuron("identity", "mae").compile().export("xgboost", guard="clip")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Neuron("identity", "mae").compile().export("xgboost", floor=1.0)


# -- where to begin --------------------------------------------------------------------------------

rng = np.random.default_rng(7)
COUNTS = rng.poisson(3.0, 50).astype(float)
CLASSES = (rng.uniform(size=50) < 0.3).astype(float)
REALS = rng.normal(150.0, 80.0, 51)
WEIGHTS = rng.uniform(0.5, 2.0, 50)


def log_odds(p):
    return float(np.log(p / (1 - p)))


@pytest.mark.parametrize(
    ("activation", "loss", "labels", "weights", "expected"),
    [
        ("sigmoid", "bce", CLASSES, None, log_odds(CLASSES.mean())),
        ("identity", "bce_logits", CLASSES, WEIGHTS,
         log_odds(np.average(CLASSES, weights=WEIGHTS))),
        ("identity", "brier", CLASSES, None, log_odds(CLASSES.mean())),
        ("exp(z)", "poisson_mean", COUNTS, WEIGHTS, np.log(np.average(COUNTS, weights=WEIGHTS))),
        ("identity", "mse", REALS, None, REALS.mean()),
        ("identity", "mae", REALS, None, np.median(REALS)),
        ("identity", "mse", REALS * 1e7, None, REALS.mean() * 1e7),
    ],
)  # fmt: skip
def test_the_beginning_is_the_best_constant(tmp_path, activation, loss, labels, weights, expected):
    """The closed forms of the likelihoods: a mean, its logarithm or log odds, a median."""
    where = made(tmp_path, activation, loss)
    assert where.init_score(labels, weights) == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_the_beginning_of_a_quantile(tmp_path):
    where = made(tmp_path, "identity", "pinball")
    found = where.init_score(REALS, tau=0.8)
    assert (found - 1e-6 > REALS).mean() <= 0.8 <= (found + 1e-6 >= REALS).mean()


def test_labels_of_one_class_begin_somewhere_finite(tmp_path):
    where = made(tmp_path, "sigmoid", "bce")
    assert 5 < where.init_score(np.ones(9)) < 60
    assert -60 < where.init_score(np.zeros(9)) < -5


# -- what is predicted -----------------------------------------------------------------------------


def test_predictions(tmp_path):
    z = np.array([-300.0, -1.3, 0.0, 0.4, 40.0])
    logistic = np.where(z < 0, np.exp(np.minimum(z, 0)), 1.0) / (1 + np.exp(-np.abs(z)))
    for activation, loss, expected in (
        ("sigmoid", "bce", logistic), ("identity", "bce_logits", logistic),
        ("identity", "soft_margin", logistic), ("identity", "brier", logistic),
        ("exp(z)", "poisson_mean", np.exp(z)), ("identity", "poisson", np.exp(z)),
        ("identity", "mse", z), ("identity", "huber", z), ("tanh", "quadratic", np.tanh(z)),
    ):  # fmt: skip
        found = made(tmp_path, activation, loss).predict(z)
        assert found == pytest.approx(expected, rel=1e-13), (activation, loss)
    # for which z is the best margin under exp(-tz): p = e^2z/(1 + e^2z), Friedman et al. 2000
    found = made(tmp_path, "identity", "exponential").predict(z[1:4])
    assert found == pytest.approx(1 / (1 + np.exp(-2 * z[1:4])), rel=1e-13)


# -- names, pickles, files -------------------------------------------------------------------------


@pytest.mark.parametrize("target", BOOSTING)
def test_objectives_pickle_with_their_letters(tmp_path, target):
    where = made(tmp_path, "identity", "huber", target=target)
    for chosen in (where.objective(delta=0.5), where.objective_metric(delta=0.5)):
        for again in (pickle.loads(pickle.dumps(chosen)), copy.deepcopy(chosen)):
            assert again.letters == {"delta_": 0.5}


def test_letters_have_their_own_names_unless_they_are_words_of_python():
    neuron = Neuron("identity", "lam*(yhat - y)**2", constants={"lam": "positive"})
    assert "*, lam: float" in exported(neuron.graph, "xgboost").text
    from symgd.targets.sources.boosting import keyword_of
    from symgd.trees.names import symbol

    assert [keyword_of(symbol(n)) for n in ("lambda", "scale", "self", "q")] == [
        "lambda_", "scale_", "self_", "q",
    ]  # fmt: skip


def test_the_label_of_a_formula_of_ones_own(tmp_path):
    words = ("export", "--to", "xgboost", "-l", "(yhat - y)^2", "--label", "{0, 1}")
    ran = runner().invoke(main, words)
    assert ran.exit_code == 0, terminal(ran)
    where = module(ran.stdout, tmp_path / "own.py")
    with pytest.raises(ValueError, match=r"y holds .*0\.5.*, outside \{0, 1\}"):
        where.objective()(np.array([0.5]), np.array([0.0]))
    assert "The second derivative is negative for y = 0 where z > 0.6931" in ran.stderr
    for target in ("numpy", "c"):
        assert "{0, 1}" in runner().invoke(main, ("export", "--to", target, *words[3:])).stdout
    ran = runner().invoke(main, (*words[:3], "-l", "bce", "--label", "(3, 4)"))
    assert ran.exit_code == 2
    assert "has nothing in common with {0, 1}" in terminal(ran)
    ran = runner().invoke(main, (*words[:3], "--label", "{0; 1}"))
    assert ran.exit_code == 2
    assert "is not a domain" in terminal(ran)


def test_a_file_is_written_again_by_the_command_in_its_header(tmp_path, monkeypatch):
    """What CI does with it: the same text, or somebody has changed it."""
    monkeypatch.chdir(tmp_path)
    Path("m.toml").write_text(
        'parameters = ["z"]\n[definitions]\nC = "logsumexp(z) - y\'*z"\n'
        '[shapes]\nz = "k"\ny = "k"\n[assume]\ny = "onehot"\n'
    )
    for words in (
        ("--to", "xgboost", "-a", "identity", "-l", "huber(delta=2)", "--guard", "secant"),
        ("--to", "catboost", "-l", "(yhat - y)^2", "--label", "{0, 1}", "--floor", "0.01"),
        ("--to", "lightgbm", "--model", "m.toml", "--guard", "abs", "--name", "mine"),
        ("--to", "c", "-a", "z*tanh(log(1 + exp(z)))"),
    ):
        ran = runner().invoke(main, ("export", *words, "-o", "made.py"))
        assert ran.exit_code == 0, terminal(ran)
        text = Path("made.py").read_text(encoding="utf-8")
        first = text.splitlines()[0]
        program, *again = shlex.split(first.split(": ", 1)[1])
        assert program == "symgd"
        assert runner().invoke(main, again).stdout == text


def test_no_text_of_a_command_is_a_line_of_the_file():
    loss = "(yhat - y)^2 +\n0*1\nimport os"
    ran = runner().invoke(main, ("export", "--to", "xgboost", "-l", "(yhat - y)^2\n+ 0*y"))
    assert ran.exit_code in (0, 2)
    if ran.exit_code == 0:
        assert ran.stdout.splitlines()[0].startswith("# Written by symgd")
        assert ran.stdout.splitlines()[1].startswith("#")
    assert runner().invoke(main, ("export", "--to", "xgboost", "-l", loss)).exit_code == 2


@pytest.mark.spread(3)
@pytest.mark.parametrize(
    "words",
    [
        ("--to", "xgboost", "-a", "identity", "-l", "huber", "--guard", "secant"),
        ("--to", "lightgbm", "-a", "sigmoid", "-l", "(yhat - y)^2", "--label", "{0, 1}",
         "--guard", "abs"),
        ("--to", "catboost", "-a", "identity", "-l", "focal"),
    ],
)  # fmt: skip
def test_a_test_of_it(tmp_path, words):
    place = tmp_path / "made.py"
    ran = runner().invoke(main, ("export", *words, "--with-test", "-o", str(place)))
    assert ran.exit_code == 0, terminal(ran)
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_made.py"]
    found = subprocess.run(test, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    # and it finds a slope that is wrong
    text = place.read_text(encoding="utf-8")
    assert "g, h = " in text
    place.write_text(text.replace("return np.array(np.broadcast_to(g,",
                                  "return np.array(np.broadcast_to(1.001*g,"))  # fmt: skip
    found = subprocess.run(test, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 1, found.stdout
    assert "test_slopes_are_differences_of_the_cost" in found.stdout


def test_what_has_no_test(tmp_path):
    for words, said in (
        (("--to", "xgboost"), "give that one with -o FILE"),
        (("--to", "c", "-o", str(tmp_path / "a.h")), "A test is written for an objective"),
        (("--to", "xgboost", "-o", str(tmp_path / "a-b.py")), "no module that a test could load"),
        (("--to", "xgboost", "-l", "cox", "-o", str(tmp_path / "a.py")), "and this is one of gro"),
    ):
        ran = runner().invoke(main, ("export", *words, "--with-test"))
        assert ran.exit_code == 2
        assert said in terminal(ran)
    assert not list(tmp_path.iterdir())


# -- in the libraries, on real data ----------------------------------------------------------------


def present(*names):
    missing = [n for n in names if find_spec(n) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


OWN = {"mae": {"xgboost": "reg:absoluteerror", "lightgbm": "mae"},
       "pinball(tau=0.8)": {"xgboost": "reg:quantileerror", "lightgbm": "quantile"}}  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@present("xgboost", "lightgbm", "sklearn")
@pytest.mark.parametrize("target", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("loss", list(OWN))
def test_a_flat_loss_learns_as_the_library_does(tmp_path, loss, target):
    """On data that were held out: within a tenth of the library's own; by clip nothing is."""
    import lightgbm
    import xgboost
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import train_test_split

    x, x_test, y, y_test = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
    tau = 0.8 if loss != "mae" else 0.5

    def score(p):
        return np.maximum(tau * (y_test - p), (tau - 1) * (y_test - p)).mean()

    def fitted(objective, begin, own):
        if target == "xgboost":
            given = {"max_depth": 3, "eta": 0.1, "nthread": 1, **own}
            given |= {"base_score": begin} if begin is not None else {}
            model = xgboost.train(given, xgboost.DMatrix(x, y), 100, obj=objective)
            return model.predict(xgboost.DMatrix(x_test))
        given = {"num_leaves": 8, "learning_rate": 0.1, "verbose": -1, "num_threads": 1, **own}
        given |= {"objective": objective} if objective else {}
        start = None if begin is None else np.full(len(y), begin)
        model = lightgbm.train(given, lightgbm.Dataset(x, y, init_score=start), 100)
        return model.predict(x_test) + (begin or 0.0)

    own = {"objective": OWN[loss][target], "quantile_alpha": tau, "alpha": tau}
    del own["alpha" if target == "xgboost" else "quantile_alpha"]
    libraries = score(fitted(None, None, own))
    where = made(tmp_path, "identity", loss, Asked("secant"), target)
    begin = where.init_score(y)
    spread = float(np.abs(y - begin).mean())
    assert score(fitted(where.objective(scale=spread), begin, {})) < 1.1 * libraries
    clipped = made(tmp_path, "identity", loss, Asked("clip"), target)
    assert score(fitted(clipped.objective(), begin, {})) == pytest.approx(score(begin), rel=1e-9)
