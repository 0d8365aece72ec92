"""symgd.sklearn: scikit-learn's own checks, and its estimators as second witnesses."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason='the estimators need pip install "symgd[sklearn]"')

from scipy.optimize import curve_fit
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from symgd import Model
from symgd.errors import DataError, InputError, ModelError
from symgd.sklearn import (
    FormulaRegressor,
    NetworkClassifier,
    NetworkRegressor,
    NeuronClassifier,
    NeuronRegressor,
)
from symgd.sklearn.estimator import merged

Estimator = Any
RNG = np.random.default_rng(3)
SMALL = {"hidden_layer_sizes": (8,), "random_state": 0}
DESCENT = {"solver": "descent", "optimizer": "adam(0.05)"}
LOGISTIC = "a + (d - a)/(1 + (x/c)^(-b))"
START = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 4.0}
POSITIVE = {"b": "positive", "c": "positive"}


def silent(estimator: Estimator, *data: Any, **more: Any) -> Estimator:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(*data, **more)


# -- scikit-learn's own checks ---------------------------------------------------------------------


EACH = [
    NeuronRegressor(),
    NeuronClassifier(),
    NetworkRegressor(**SMALL),
    NetworkClassifier(**SMALL),
    FormulaRegressor(),
]
OTHER_SETTINGS = [
    NeuronRegressor("z", "huber(delta=1)", alpha=0.1),
    NeuronRegressor(solver="newton"),
    NeuronRegressor(**DESCENT, max_iter=400),
    NeuronClassifier("sigmoid", "quadratic", alpha=0.01),
    NeuronClassifier(**DESCENT),
    NetworkRegressor((6, 5), ["tanh", "softplus"], random_state=1),
    NetworkClassifier((6,), "tanh", **DESCENT, random_state=1),
    FormulaRegressor("dot(w, x) + b", loss="log(cosh(y - yhat))"),
    FormulaRegressor("b + dot(w, x)", method="bfgs"),
]


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(EACH)
def test_every_check_of_scikit_learn_passes(estimator: Estimator, check: Any) -> None:
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(OTHER_SETTINGS)
def test_every_check_passes_with_other_settings(estimator: Estimator, check: Any) -> None:
    check(estimator)


# -- second witnesses ------------------------------------------------------------------------------


def doses() -> tuple[Any, Any]:
    x = np.geomspace(0.1, 50, 20)
    return x, 1 + 4 / (1 + (x / 2.5) ** -1.5) + 0.05 * RNG.normal(size=20)


# formula, start, its function of (x, *parameters), where x begins
CURVES = {
    "4PL": (LOGISTIC, START, lambda x, a, b, c, d: a + (d - a) / (1 + (x / c) ** (-b))),
    "Hill": ("v*x^n/(k^n + x^n)", {"v": 4.0, "k": 2.0, "n": 1.0},
             lambda x, v, k, n: v * x**n / (k**n + x**n)),
    "Michaelis-Menten": ("v*x/(k + x)", {"v": 4.0, "k": 2.0}, lambda x, v, k: v * x / (k + x)),
    "growth": ("m/(1 + exp(-r*(x - t)))", {"m": 4.0, "r": 0.5, "t": 2.0},
               lambda x, m, r, t: m / (1 + np.exp(-r * (x - t)))),
    "Gompertz": ("m*exp(-exp(-r*(x - t)))", {"m": 4.0, "r": 0.3, "t": 1.0},
                 lambda x, m, r, t: m * np.exp(-np.exp(-r * (x - t)))),
}  # fmt: skip


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_formula_has_the_numbers_of_curve_fit(name: str, weighted: bool) -> None:
    formula, start, curve = CURVES[name]
    x, y = doses()
    w = RNG.uniform(0.5, 2, len(x)) if weighted else None
    fitted = FormulaRegressor(formula, start).fit(x[:, None], y, sample_weight=w)
    found, covariance = curve_fit(
        curve, x, y, [*start.values()], sigma=None if w is None else w**-0.5,
        xtol=1e-14, ftol=1e-14, gtol=1e-14, maxfev=10_000,
    )  # fmt: skip
    assert list(fitted.parameters_.values()) == pytest.approx(found, rel=1e-6)
    assert fitted.fit_.covariance() == pytest.approx(covariance, rel=1e-4)
    assert fitted.predict(x[:, None]) == pytest.approx(curve(x, *found), rel=1e-6)


@pytest.mark.parametrize("start", [None, {"w": 1.0, "b": 2.0}, {"w": [1.0, 0.0, 2.0], "b": 0.0}])
def test_a_dot_product_is_linear_regression(start: Any) -> None:
    X, y = make_regression(50, 3, noise=1.0, random_state=0)
    theirs = LinearRegression().fit(X, y)
    ours = FormulaRegressor("dot(w, x) + b", start).fit(X, y)
    p = ours.parameters_
    assert [p["w1"], p["w2"], p["w3"]] == pytest.approx(theirs.coef_, rel=1e-6)
    assert p["b"] == pytest.approx(theirs.intercept_, rel=1e-6)


def test_a_neuron_is_ridge_logistic_and_poisson_regression() -> None:
    X, y = load_diabetes(return_X_y=True, scaled=False)
    X = StandardScaler().fit_transform(X)
    ridge, neuron = Ridge(1.0).fit(X, y), NeuronRegressor(alpha=1.0, solver="newton").fit(X, y)
    assert neuron.coef_ == pytest.approx(ridge.coef_, rel=1e-6)
    counts = np.round(y / 50)
    # theirs: mean of half the deviance + α/2 ‖w‖²
    theirs = PoissonRegressor(alpha=0.1, tol=1e-10, max_iter=1000).fit(X, counts)
    ours = NeuronRegressor(loss="poisson", alpha=0.1 * len(X), solver="newton").fit(X, counts)
    assert ours.coef_ == pytest.approx(theirs.coef_, rel=1e-5)
    assert ours.predict(X) == pytest.approx(theirs.predict(X), rel=1e-5)
    for load in (load_breast_cancer, load_wine):
        X, y = load(return_X_y=True)
        X = StandardScaler().fit_transform(X)
        logit = LogisticRegression(tol=1e-10, max_iter=10_000).fit(X, y)
        classifier = NeuronClassifier(alpha=1.0, solver="newton").fit(X, y)
        assert np.abs(classifier.predict_proba(X) - logit.predict_proba(X)).max() < 1e-6


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_network_descends_as_scikit_learn_does(activation: str) -> None:
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    same = {"hidden_layer_sizes": (7, 5), "activation": activation, "alpha": 0.01,
            "random_state": 3, "max_iter": 12}  # fmt: skip
    theirs = silent(MLPClassifier(solver="lbfgs", **same), X, y)
    ours = silent(NetworkClassifier(**same), X, y)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-6)
    theirs = silent(MLPRegressor(solver="lbfgs", **same), X, y)
    ours = silent(NetworkRegressor(**same), X, y)
    assert ours.predict(X) == pytest.approx(theirs.predict(X), abs=1e-6)


# -- what is asked of an estimator -----------------------------------------------------------------


def test_alike_samples_are_one_in_an_order_of_their_own() -> None:
    X = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [-0.0, 5.0], [0.0, 5.0], [9.0, 9.0]])
    y = np.array([[0.0], [1.0], [0.0], [2.0], [2.0], [7.0]])
    w = np.array([1.0, 2.0, 3.0, 0.5, 0.25, 0.0])
    order = RNG.permutation(6)
    one, other = merged(X, y, w), merged(X[order], y[order], w[order])
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert sorted(one[2]) == [0.75, 2.0, 4.0]


@pytest.mark.parametrize(
    "estimator",
    [NeuronClassifier(), NetworkClassifier(**SMALL), NeuronRegressor(), NetworkRegressor(**SMALL),
     FormulaRegressor()],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_an_estimator_is_cloned_pickled_piped_and_searched(estimator: Estimator) -> None:
    X, y = load_wine(return_X_y=True)
    X = X[:, :4]
    model = silent(make_pipeline(StandardScaler(), clone(estimator)), X, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.predict(X))
    assert np.array_equal(silent(clone(model), X, y).predict(X), model.predict(X))
    grid = {"neuron": {"alpha": [0.1, 1.0]}, "formula": {"loss": ["quadratic", "huber(delta=1)"]}}
    kind = "formula" if isinstance(estimator, FormulaRegressor) else "neuron"
    search = silent(GridSearchCV(estimator, grid[kind], cv=2), StandardScaler().fit_transform(X), y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_partial_fit_goes_on_where_it_was() -> None:
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    for estimator in (
        NeuronClassifier(optimizer="adam(0.05)"),
        NetworkClassifier(**SMALL, optimizer="adam(0.05)", batch_size=50),
    ):
        # The first samples are of one class: `classes` says that others come.
        estimator.partial_fit(X[:40], y[:40], classes=[0, 1, 2])
        again = pickle.loads(pickle.dumps(estimator))
        for e in (estimator, again):
            for _ in range(60):
                e.partial_fit(X, y)
        assert np.array_equal(estimator.predict_proba(X), again.predict_proba(X))
        assert estimator.score(X, y) > 0.97
        with pytest.raises(InputError, match=r"classes are .0 and 1., and were .0, 1 and 2."):
            estimator.partial_fit(X, y, classes=[0, 1])
    x, y = doses()
    curve = FormulaRegressor(LOGISTIC, START, domains=POSITIVE, optimizer="adam(0.05)")
    for _ in range(3000):
        curve.partial_fit(x[:, None], y)
    best = FormulaRegressor(LOGISTIC, START, domains=POSITIVE).fit(x[:, None], y)
    for n, value in best.parameters_.items():
        assert curve.parameters_[n] == pytest.approx(value, rel=1e-3)


def test_partial_fit_takes_what_the_gradient_of_a_batch_is_enough_for() -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.raises(InputError, match="asks for more than the gradient of a batch"):
        NeuronClassifier(optimizer="lbfgs").partial_fit(X, y)


def test_columns_of_a_frame_are_found_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    x, y = doses()
    frame = pandas.DataFrame({"plate": 1.0, "dose": x})
    formula = LOGISTIC.replace("x", "dose")
    for options in ({}, {"start": START}):
        fitted = FormulaRegressor(formula, domains=POSITIVE, **options).fit(frame, y)
        assert sorted(fitted.parameters_) == ["a", "b", "c", "d"]
        assert list(fitted.feature_names_in_) == ["plate", "dose"]
    by_name = FormulaRegressor(formula, domains=POSITIVE).fit(frame, y)
    by_place = clone(by_name).set_params(inputs=["plate", "dose"]).fit(frame.to_numpy(), y)
    assert np.array_equal(by_place.predict(frame.to_numpy()), by_name.predict(frame))
    network = silent(NetworkRegressor(**SMALL).set_output(transform="pandas"), frame, y)
    hidden = network.transform(frame)
    assert list(hidden.columns) == [f"networkregressor{i}" for i in range(8)]
    # What comes out is the last layer of what is in between.
    out = hidden.to_numpy() @ network.coefs_[-1] + network.intercepts_[-1]
    assert out.ravel() == pytest.approx(network.predict(frame), rel=1e-9)


def test_several_outputs_and_other_probabilities() -> None:
    X, Y = make_regression(60, 4, n_targets=2, random_state=0)
    Y /= 100
    assert NeuronRegressor().fit(X, Y).score(X, Y) > 0.999
    assert silent(NetworkRegressor(**SMALL), X, Y).predict(X).shape == Y.shape
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    for activation, loss in (("sigmoid", "quadratic"), ("Phi(z)", "cross_entropy")):
        p = silent(NeuronClassifier(activation, loss, alpha=0.1), X, y).predict_proba(X)
        assert p.sum(axis=1) == pytest.approx(np.ones(len(X)))
        assert np.mean(p.argmax(axis=1) == y) > 0.97


def test_the_fit_of_a_formula_is_that_of_its_model() -> None:
    x, y = doses()
    ours = FormulaRegressor(LOGISTIC, START, domains=POSITIVE).fit(x[:, None], y).fit_
    model = Model({"f": LOGISTIC, "C": "(y - f)^2/2"}, [*START], domains=POSITIVE)
    theirs = model.problem(x=x, y=y, start=START).solve()
    errors, other = ours.standard_errors(), theirs.standard_errors()
    assert {n: pytest.approx(v, rel=1e-6) for n, v in other.items()} == errors
    assert "No. Observations:             20" in ours.summary()


# estimator, its data, the words of the error
ONE = np.arange(1.0, 7.0)[:, None]
REFUSED = [
    (NeuronRegressor(solver="sdg"), ONE, "solver='sdg' is not known; it is lbfgs, newt"),
    (NeuronRegressor(alpha=-1), ONE, "alpha=-1 is not a strength; it is 0 or more"),
    (NeuronRegressor(max_iter=0), ONE, "max_iter=0 is not a whole number; it is 1 or more"),
    (NetworkRegressor((0,)), ONE, "hidden_layer_sizes=0 is not a whole number"),
    (NetworkRegressor(()), ONE, "A network has hidden layers"),
    (NetworkRegressor((3, 3), ["tanh"]), ONE, "There are 2 hidden layers and 1 activations"),
    (NeuronRegressor(loss="huber"), ONE, r"leaves delta open; give it a number, as in 'huber\("),
    (FormulaRegressor("a*u + b", {"a": 1, "b": 1, "c": 2}), ONE, "start gives c, but the par"),
    (FormulaRegressor("a*u*v", {"a": 1}), ONE, "Nothing says which column of X is u"),
    (FormulaRegressor("a*x", inputs=["x", "z"]), ONE, "inputs names 2 columns, and X has 1"),
    (FormulaRegressor("a*yhat"), ONE, "yhat has a meaning already"),
    (FormulaRegressor("x"), ONE, "'x' has no parameter"),
    (FormulaRegressor(3), ONE, "formula=3 is no text of a formula"),
    (NeuronClassifier(), ONE[:1], "all samples are of one class"),
]  # fmt: skip


@pytest.mark.parametrize(("estimator", "X", "words"), REFUSED)
def test_what_does_not_fit_is_refused(estimator: Estimator, X: Any, words: str) -> None:
    with pytest.raises((InputError, DataError, ModelError), match=words):
        estimator.fit(X, np.arange(len(X)) % 2)


def test_a_fit_that_is_cut_short_says_so() -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="before it converged"):
        NetworkClassifier(**SMALL, max_iter=2).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="the cost was falling yet"):
        NetworkClassifier(**SMALL, **DESCENT, max_iter=2).fit(StandardScaler().fit_transform(X), y)


def test_scores_are_at_least_those_of_logistic_regression() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    theirs = cross_val_score(LogisticRegression(), X, y).mean()
    assert cross_val_score(NeuronClassifier(alpha=1.0), X, y).mean() >= theirs - 1e-3


def test_without_scikit_learn_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    import symgd.sklearn\n"
        "except ImportError as e:\n    print(type(e).__name__, e)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingExtraError symgd.sklearn needs scikit-learn")
    assert 'pip install "symgd[sklearn]"' in done.stdout
