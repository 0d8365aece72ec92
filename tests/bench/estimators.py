"""The estimators beside scikit-learn's own, on its data sets: accuracy and time, in one run.

    python tests/bench/estimators.py [--repeats 3] [--only wine digits]

Each pair has the same settings: penalty, hidden layer, epochs, batch, rate, tolerance. Accuracy is
the mean of a stratified cross-validation in five parts, the same parts for all; a time is the least
of several fits of all the data, after a first one, one thread.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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
        lambda n: MLPRegressor((20,), solver="lbfgs", **SETTINGS),
        lambda n: NetworkRegressor((20,), **SETTINGS),
    ),
}


def seconds(estimator: Any, X: Any, y: Any, repeats: int) -> float:
    """The least time of a fit; the first one, which compiles, is not counted."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        estimator.fit(X, y)
        times.append(time.perf_counter() - start)
    return min(times[1:])


def rows(only: list[str], repeats: int) -> list[tuple[str, str, float, float, float, float]]:
    """(data, whose, their score, ours, their seconds, ours)."""
    found = []
    for name, load in {**CLASSES, **NUMBERS}.items():
        if only and name not in only:
            continue
        X, y = load(return_X_y=True)
        pairs = CLASSIFIERS if name in CLASSES else REGRESSORS
        split = (StratifiedKFold if name in CLASSES else KFold)(5, shuffle=True, random_state=0)
        scaled = StandardScaler().fit_transform(X)
        for what, makers in pairs.items():
            made = [make(len(X)) for make in makers]
            scores = [
                float(np.mean(cross_val_score(make_pipeline(StandardScaler(), e), X, y, cv=split)))
                for e in made
            ]
            times = [seconds(e, scaled, y, repeats) for e in made]
            found.append((name, what, *scores, *times))
            print(f"{name:14} {what:36} {scores[0]:8.4f} {scores[1]:8.4f} "
                  f"{times[0]:9.4f} {times[1]:9.4f} {times[0] / times[1]:6.2f}", flush=True)  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"{'data':14} {'beside':36} {'theirs':>8} {'ours':>8} {'theirs s':>9} {'ours s':>9}  ratio")
    rows(arguments.only, arguments.repeats)


if __name__ == "__main__":
    main()
