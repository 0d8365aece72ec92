"""The estimators beside scikit-learn's own, on its data sets: accuracy and time, in one run.

    python tests/bench/estimators.py [--repeats 3] [--seeds 3] [--only wine digits]

Each pair has the same settings: penalty, hidden layer, epochs, batch, rate, tolerance. Accuracy is
the mean of a stratified cross-validation in five parts, the same parts for all, of networks over
seeds as well; a time is the least of several fits of all the data, in turns, after a first one, one
thread.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from symgd.sklearn import (
    NetworkClassifier,
    NetworkRegressor,
    NeuronClassifier,
    NeuronRegressor,
)

CLASSES = {"breast_cancer": load_breast_cancer, "wine": load_wine, "digits": load_digits}
NUMBERS = {"diabetes": load_diabetes}
Maker = Callable[[int], Any]
# MLPClassifier divides α by the samples of a batch, all others by all samples: the same α where
# all samples are one batch, and a weaker penalty of ours where they are not.
SETTINGS = {"max_iter": 200, "alpha": 1e-4, "random_state": 0}


def adam(n: int) -> dict[str, Any]:
    return {"solver": "descent", "optimizer": "adam(0.001)", "batch_size": min(200, n)}


# what                       scikit-learn's                                    ours
CLASSIFIERS: dict[str, tuple[Maker, Maker]] = {
    "LogisticRegression(C=1)": (
        lambda n: LogisticRegression(max_iter=200),
        lambda n: NeuronClassifier(alpha=1.0),
    ),
    "SGDClassifier(log_loss, alpha=1e-4)": (
        lambda n: SGDClassifier("log_loss", alpha=1e-4, random_state=0),
        lambda n: NeuronClassifier(alpha=1e-4 * n),
    ),
    "MLPClassifier((100,), lbfgs)": (
        lambda n: MLPClassifier((100,), solver="lbfgs", **SETTINGS),
        lambda n: NetworkClassifier((100,), **SETTINGS),
    ),
    "MLPClassifier((100,), adam)": (
        lambda n: MLPClassifier((100,), solver="adam", **SETTINGS),
        lambda n: NetworkClassifier((100,), **adam(n), **SETTINGS),
    ),
}
REGRESSORS: dict[str, tuple[Maker, Maker]] = {
    "Ridge(alpha=1)": (lambda n: Ridge(alpha=1.0), lambda n: NeuronRegressor(alpha=1.0)),
    "MLPRegressor((20,), lbfgs)": (
        lambda n: MLPRegressor(hidden_layer_sizes=(20,), solver="lbfgs", **SETTINGS),
        lambda n: NetworkRegressor((20,), **SETTINGS),
    ),
}


def seconds(estimators: list[Any], X: Any, y: Any, repeats: int) -> list[float]:
    """The least time of a fit of each, in turns; the first, which compiles, is not counted."""
    times = np.empty((repeats + 1, len(estimators)))
    for row in times:
        for j, estimator in enumerate(estimators):
            start = time.perf_counter()
            estimator.fit(X, y)
            row[j] = time.perf_counter() - start
    return [float(t) for t in times[1:].min(axis=0)]


def score(estimator: Any, X: Any, y: Any, split: Any, seeds: int) -> float:
    """The mean over the parts, and of what starts at random over seeds."""
    several = range(seeds if "hidden_layer_sizes" in estimator.get_params() else 1)
    model = [clone(estimator) for _ in several]
    for seed, e in enumerate(model):
        if len(several) > 1:
            e.set_params(random_state=seed)
    found = [cross_val_score(make_pipeline(StandardScaler(), e), X, y, cv=split) for e in model]
    return float(np.mean(found))


def table(only: list[str], repeats: int, seeds: int) -> None:
    """A line for each data set and pair, as soon as it is known."""
    head = ("data", "beside", "theirs", "ours", "theirs ms", "ours ms", "ratio")
    print("{:14} {:36} {:>8} {:>8} {:>10} {:>10} {:>6}".format(*head))
    for name, load in {**CLASSES, **NUMBERS}.items():
        if only and name not in only:
            continue
        X, y = load(return_X_y=True)
        pairs = CLASSIFIERS if name in CLASSES else REGRESSORS
        split = (StratifiedKFold if name in CLASSES else KFold)(5, shuffle=True, random_state=0)
        scaled = StandardScaler().fit_transform(X)
        for what, makers in pairs.items():
            made = [make(len(X)) for make in makers]
            theirs, ours = (score(e, X, y, split, seeds) for e in made)
            t, u = (1e3 * s for s in seconds(made, scaled, y, repeats))
            line = f"{name:14} {what:36} {theirs:8.4f} {ours:8.4f} {t:10.2f} {u:10.2f} {t / u:6.2f}"
            print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        table(given.only, given.repeats, given.seeds)


if __name__ == "__main__":
    main()
