"""A formula with named parameters as an estimator.

dot(w, x) in it is w1*x1 + ... + wn*xn, of as many features as there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from symgd.api.models import Model
from symgd.api.predictions import Predictor
from symgd.api.problems import Fit, Problem
from symgd.errors import DataError, InputError, ModelError, did_you_mean, listing, quote, shown
from symgd.language.named import formula as read_formula
from symgd.models.means import mean_of_loss
from symgd.models.networks import entry_loss
from symgd.sklearn.estimator import Regressor
from symgd.targets.groups import apart, groups_of
from symgd.training.fitting.kernels import ScalarKernel
from symgd.training.fitting.problem import Objective, objective
from symgd.training.fitting.statistics import Statistics
from symgd.trees.graph import symbols_of

DOT = re.compile(r"\bdot\(\s*([A-Za-z]\w*)\s*,\s*([A-Za-z]\w*)\s*\)")
COUNTED = re.compile(r"([A-Za-z]\w*?)_?([1-9][0-9]*)")
# The names of a model beside those of its formula.
OWN = ("y", "yhat", "C")


def spelled(formula: str, features: int) -> tuple[str, set[str]]:
    """(the formula with each dot product written out, the names of what is multiplied in them)."""
    names: set[str] = set()

    def product(found: re.Match[str]) -> str:
        names.update(found.groups())
        w, x = found.groups()
        if features == 1:
            return f"({w}*{x})"
        return "(" + " + ".join(f"{w}{i}*{x}{i}" for i in range(1, features + 1)) + ")"

    return DOT.sub(product, formula), names


@dataclass(frozen=True)
class Plan:
    """A formula for a number of features: its names, and the column of each input."""

    model: Model
    kernel: ScalarKernel
    weighted: ScalarKernel
    prediction: Predictor


@lru_cache(maxsize=64)
def plan(
    formula: str,
    parameters: tuple[str, ...],
    domains: tuple[tuple[str, str], ...],
    loss: str,
    backend: str,
) -> Plan:
    """The formula as a model, compiled; raises ModelError, FormulaError, CatalogueError."""
    cost, letters = entry_loss(loss)
    if letters:
        stray = next(iter(letters))
        raise ModelError(
            f"The loss {quote(loss)} leaves {stray} open; give it a number, as in "
            f"'{loss.split('(')[0]}({stray}=1)'."
        )
    model = Model({"yhat": formula, "C": cost}, parameters, domains=dict(domains))
    model.mean = mean_of_loss(loss)
    return Plan(
        model,
        ScalarKernel(model.graph, backend),
        ScalarKernel(model.graph, backend, True),
        model.predictor("yhat", mean=True, backend=backend),
    )


class FormulaRegressor(Regressor):
    """ŷ = a formula with named parameters, fitted as `Model.problem(...).solve()` does.

    >>> FormulaRegressor(                                            # doctest: +SKIP
    ...     "a + (d - a)/(1 + (x/c)^(-b))", {"a": 1, "b": 1, "c": 1, "d": 4},
    ...     domains={"b": "positive", "c": "positive"},
    ... ).fit(doses, responses).parameters_

    formula      of parameters and inputs; dot(w, x) is w1*x1 + ... + wn*xn of all features
    start        where each parameter begins, by name; where None at 1, and those of a dot at 0.
                 A vector w may have one number for all of it
    inputs       the names of the columns of X, in order. Where None they are the names of a
                 DataFrame's columns, or x1, x2, ... by number; the one input of one column has any
                 name. What is no input is a parameter, and where there is a start, all in it are
    domains      name → "positive", "(0, 1)", ...: where a parameter is sought
    loss         a name of the catalogue, or a formula in yhat and y
    method       of `Problem.solve`; None is least squares where the cost is a sum of them
    options      of the method, as scipy has them
    optimizer    of partial_fit, which takes `batch_size` samples an update, or all

    parameters_  by name; `fit_` has their covariance, intervals, a summary and bands, as
                 `symgd.Fit` says them
    """

    def __init__(
        self,
        formula: str = "dot(w, x) + b",
        start: Mapping[str, Any] | None = None,
        *,
        inputs: Sequence[str] | None = None,
        domains: Mapping[str, str] | None = None,
        loss: str = "quadratic",
        method: str | None = None,
        options: Mapping[str, Any] | None = None,
        optimizer: Any = "adam(0.01)",
        batch_size: int | None = None,
        backend: str = "numpy",
    ) -> None:
        self.formula = formula
        self.start = start
        self.inputs = inputs
        self.domains = domains
        self.loss = loss
        self.method = method
        self.options = options
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.backend = backend

    def _names(self, width: int) -> tuple[str, dict[str, int], list[str], dict[str, float]]:
        """(the formula, the column of each input, the parameters, where they begin)."""
        if not isinstance(self.formula, str):
            raise InputError(f"formula={shown(self.formula)} is no text of a formula.")
        text, multiplied = spelled(self.formula, width)
        names = [s.name for s in symbols_of(read_formula(text))]
        taken = [n for n in names if n in OWN]
        if taken:
            raise ModelError(
                f"{taken[0]} has a meaning already, beside {listing(OWN)}; give it another name."
            )
        stems = {m for _, m in DOT.findall(self.formula)}
        groups = groups_of(names)
        start = {
            n: np.full(len(groups[n]), v) if n in groups and np.ndim(v) == 0 else v
            for n, v in (self.start or {}).items()
        }
        begin = apart(groups, start, names)
        columns = self._columns(names, begin, width, stems)
        # In the order of the start, else in that of the formula.
        parameters = [n for n in dict.fromkeys([*begin, *names]) if n in names and n not in columns]
        if not parameters:
            raise ModelError(f"{quote(self.formula)} has no parameter, so there is nothing to fit.")
        stray = [n for n in begin if n not in parameters]
        if stray:
            raise InputError(
                f"start gives {listing(stray)}, but the parameters are {listing(parameters)}."
                f"{did_you_mean(stray[0], parameters)}"
            )
        vectors = {m for w in multiplied - stems for m in groups.get(w, (w,))}
        full = {n: begin.get(n, 0.0 if n in vectors else 1.0) for n in parameters}
        return text, columns, parameters, full

    def _columns(
        self, names: list[str], begin: Mapping[str, Any], width: int, stems: set[str]
    ) -> dict[str, int]:
        """The column of each input; raises DataError for one that there is not."""
        of_frame = list(getattr(self, "feature_names_in_", ()))
        if self.inputs is not None:
            given = [self.inputs] if isinstance(self.inputs, str) else list(self.inputs)
            if len(given) != width:
                raise DataError(f"inputs names {len(given)} columns, and X has {width}.")
            return {n: given.index(n) for n in names if n in given}
        numbered = {"x", *stems}
        if begin:
            wanted = [n for n in names if n not in begin]
        else:
            wanted = [n for n in names if n in of_frame or _number(n, numbered) is not None]
        places = {}
        for n in wanted:
            number = _number(n, numbered)
            if n in of_frame:
                places[n] = of_frame.index(n)
            elif width == 1 and len(wanted) == 1:
                places[n] = 0
            elif number is not None and 1 <= number <= width:
                places[n] = number - 1
            else:
                known = of_frame or [f"x{i + 1}" for i in range(width)]
                raise DataError(
                    f"Nothing says which column of X is {n}, of {quote(listing(known), 100)}; "
                    f"write inputs=[...] with the name of each, or start={{{n!r}: ...}} if it is a "
                    f"parameter.{did_you_mean(n, known)}"
                )
        return places

    def _planned(self, text: str, parameters: list[str]) -> Plan:
        domains = tuple(sorted((self.domains or {}).items()))
        return plan(text, tuple(parameters), domains, self.loss, self.backend)

    def _given(self, X: Any, columns: Mapping[str, int]) -> dict[str, Any]:
        return {n: np.ascontiguousarray(X[:, i]) for n, i in columns.items()}

    def _begin(self, X: Any, Y: Any) -> dict[str, Any]:
        return dict(self._names(X.shape[1])[-1])

    def _objective(self, X: Any, Y: Any, weights: Any, start: Any) -> Objective:
        text, columns, parameters, _ = self._names(X.shape[1])
        planned = self._planned(text, parameters)
        data = {**self._given(X, columns), "y": Y[:, 0]}
        kernel = planned.kernel if np.all(weights == 1) else planned.weighted
        return objective(kernel, data, start, None if kernel is planned.kernel else weights)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """The parameters of least cost on these samples.

        X               samples × features
        y               a label a sample
        sample_weight   how much each sample counts

        Raises ValueError for data that do not fit, and where the formula has no value.
        """
        X, Y, weights = self._samples(X, y, sample_weight, reset=True)
        core, found = self._fit_all(X, Y, weights, self.method, self.options)
        text, _, parameters, _ = self._names(X.shape[1])
        data = core.whole.given
        kept = {n: v for n, v in data.items() if n not in core.kernel.names}
        problem = Problem(self._planned(text, parameters).model, core, kept)
        self.fit_ = Fit(problem, found, Statistics(core, found.theta, None, None))
        return self

    def _labels(self, y: Any, weights: Any, reset: bool) -> Any:
        found = super()._labels(y, weights, reset)
        if found.shape[1] != 1:
            raise InputError(
                f"y has {found.shape[1]} columns, and a formula has one value; fit one for each, "
                "as MultiOutputRegressor does."
            )
        return found

    def predict(self, X: Any) -> Any:
        """The formula at `parameters_`, or what its loss says that the label is on average."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        text, columns, parameters, _ = self._names(X.shape[1])
        f = self._planned(text, parameters).prediction
        given = {**self.parameters_, **self._given(X, columns)}
        found = f({n: given[n] for n in f.names})
        return np.broadcast_to(np.asarray(found, dtype=np.float64), (len(X),)).copy()


def _number(name: str, stems: set[str]) -> int | None:
    """The column that x3 is by its number, x being the first; None of other names."""
    if name in stems:
        return 1
    found = COUNTED.fullmatch(name)
    return int(found[2]) if found and found[1] in stems else None


__all__ = ["FormulaRegressor", "plan", "spelled"]
