"""What the estimators have in common: samples, and two ways down."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight, validate_data

from symgd.errors import InputError, quote, shown
from symgd.training.fitting.problem import Objective
from symgd.training.fitting.solve import Solution, solve, space_of
from symgd.training.optimizers import Optimizer
from symgd.training.train import optimizer_of


def merged(X: Any, Y: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Samples that are alike as one, with the sum of their weights; those of weight 0 left out.

    Their order is that of their bytes, so it says nothing of the order in which they came.
    """
    kept = weights > 0
    if not kept.all():
        X, Y, weights = X[kept], Y[kept], weights[kept]
    # -0 and 0 are one number of two patterns; adding 0 makes them one.
    rows = np.ascontiguousarray(np.column_stack([X, Y]) + 0.0)
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    # bincount adds in the order of rows: by size, so that this order is one too.
    order = np.lexsort((weights, group.ravel()))
    total = np.bincount(group.ravel()[order], weights=weights[order])
    return X[first], Y[first], total


class Estimator(BaseEstimator):
    """A vector θ, its objective on samples, and two ways down: all at once, or step by step.

    A subclass says `_objective`, the sums over samples as a function of θ, and `_begin`.
    """

    def _samples(self, X: Any, y: Any, weights: Any, reset: bool) -> tuple[Any, Any, Any]:
        """(X, labels as columns, weights), checked."""
        X, y = validate_data(
            self, X, y, reset=reset, dtype=np.float64, y_numeric=False, multi_output=True
        )
        weights = _check_sample_weight(weights, X, dtype=np.float64, ensure_non_negative=True)
        if not np.any(weights > 0):
            raise InputError("All sample weights are zero, so no sample counts.")
        return X, self._labels(y, weights, reset), weights

    def _labels(self, y: Any, weights: Any, reset: bool) -> Any:
        """Labels of a regressor: a column for each output."""
        self._one_output_ = y.ndim == 1 or y.shape[1] == 1
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return y.reshape(len(y), -1).astype(np.float64)

    def _keep(self, core: Objective, theta: Any) -> None:
        self.parameters_ = core.layout.unpack(theta)

    def _fit_all(
        self, X: Any, Y: Any, weights: Any, method: str | None, options: Any, polish: bool = True
    ) -> tuple[Objective, Solution]:
        """(the objective, its solution) on all samples at once."""
        core = self._objective(*merged(X, Y, weights), self._begin(X, Y))
        found = solve(core, method=method, options=options, polish=polish)
        self._keep(core, found.theta)
        self._descent: Any = None
        self.n_iter_ = max(1, found.iterations)
        if not found.converged and not getattr(found.found, "success", True):
            warnings.warn(
                f"The fit ended after {self.n_iter_} iterations before it converged: {found.why}. "
                "A larger max_iter, or features of one size (StandardScaler), may help.",
                ConvergenceWarning,
                stacklevel=3,
            )
        return core, found

    def _step(self, X: Any, Y: Any, weights: Any) -> None:
        """One pass over the samples in their order, an update a batch; the optimizer goes on."""
        rule: Optimizer = optimizer_of(self.optimizer)
        if rule.needs:
            raise InputError(
                f"optimizer={quote(rule.name)} asks for more than the gradient of a batch, which "
                "partial_fit() has; write 'adam(0.001)', or fit all samples by fit()."
            )
        size = len(X) if self.batch_size is None else self.batch_size
        natural("batch_size", size)
        for i in range(0, len(X), size):
            part = slice(i, i + size)
            if not np.any(weights[part] > 0):
                continue
            taken = (X[part], Y[part], weights[part])
            core = self._objective(*merged(*taken), self.parameters_)
            space, _ = space_of(core, "transform", False)
            moved = space is not core
            theta = core.layout.pack(self.parameters_)
            at = {"theta": space.transform.outward(theta) if moved else theta}
            if self._descent is None:
                self._descent = rule.init(at)
            slopes = {"theta": space.jac(at["theta"])}
            change, self._descent = rule.update(slopes, self._descent, at)
            theta = at["theta"] + change["theta"]
            self._keep(core, space.transform.inward(theta) if moved else theta)
        self.n_iter_ = getattr(self, "n_iter_", 0) + 1

    def _more(self, X: Any, y: Any, sample_weight: Any) -> None:
        """One pass over more samples, from where it is, or from the beginning."""
        is_first = not hasattr(self, "parameters_")
        X, Y, weights = self._samples(X, y, sample_weight, reset=is_first)
        if is_first:
            self.parameters_ = self._begin(X, Y)
            self._descent = None
        self._step(X, Y, weights)

    def _begin(self, X: Any, Y: Any) -> dict[str, Any]:
        """The parameters before the first step."""
        raise NotImplementedError

    def _objective(self, X: Any, Y: Any, weights: Any, start: Any) -> Objective:
        """The cost of these samples as a function of one vector."""
        raise NotImplementedError


class Regressor(RegressorMixin, Estimator):
    """What predicts numbers."""

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One pass over these samples, in their order: an update of `optimizer` a batch.

        The state of the optimizer stays from call to call. Raises ValueError for samples that do
        not fit those before.
        """
        self._more(X, y, sample_weight)
        return self


def natural(name: str, value: Any, least: int = 1) -> None:
    """Raise InputError for what is no whole number from `least` on."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise InputError(f"{name}={shown(value)} is not a whole number; it is {least} or more.")


__all__ = ["Estimator", "Regressor", "merged", "natural"]
