"""Neurons and networks as estimators."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Self

import numpy as np
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from symgd.errors import InputError, ModelError, did_you_mean, listing, quote, shown
from symgd.models.means import mean_of_loss, with_mean
from symgd.models.networks import perceptron
from symgd.sklearn.estimator import Estimator, Regressor, merged, natural
from symgd.targets.arrays import compile_forward
from symgd.targets.predictor import compile_value
from symgd.training.arrays import ArrayProblem
from symgd.training.fitting.kernels import ArrayKernel
from symgd.training.fitting.problem import Objective, objective
from symgd.training.job import Job, Options
from symgd.training.train import optimizer_of

# solver      the method of Problem.solve, and what its options are called
SOLVERS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "lbfgs": ("l-bfgs-b", ("maxiter", "maxfun"), "gtol"),
    "newton": ("trust-ncg", ("maxiter",), "gtol"),
}
DESCENT = "descent"
# Epochs without a fall of `tol` after which a descent ends.
PATIENCE = 10


class _Layers:
    """A network with any sizes, compiled: its costs on samples, and its predictions.

    prediction   (X, parameters) → what the label is on average, a row a sample
    hidden       the same of the last hidden layer, of a network that has one
    """

    def __init__(self, activations: tuple[str, ...], loss: str, backend: str) -> None:
        sizes = [f"n{i}" for i in range(len(activations) + 1)]
        graph = perceptron(sizes, list(activations), loss, l2="strength", weights="share")
        self.graph = graph
        stray = [
            n for n in graph.leaves
            if n not in (*graph.parameters, "X", "Y", "share", "strength")
        ]  # fmt: skip
        if stray:
            raise ModelError(
                f"The loss {quote(loss)} leaves {listing(stray)} open; give it a number, as in "
                f"'{loss.split('(')[0]}({stray[0]}=1)'."
            )
        self.kernel = ArrayKernel(graph, backend)
        self.backend = backend
        self.cost = compile_forward(graph, graph.cost)
        name = [*graph.definitions][-2]
        self.prediction = compile_value(*with_mean(graph, name, mean_of_loss(loss)), backend)

    @cached_property
    def hidden(self) -> Any:
        before = f"Z{len(self.graph.parameters) // 2}"
        return compile_value(self.graph, [*self.graph.definitions][
            [*self.graph.definitions].index(before) - 1
        ], self.backend)  # fmt: skip

    @staticmethod
    def at(compiled: Any, X: Any, parameters: Mapping[str, Any]) -> Any:
        names, function = compiled
        given = {"X": X, **parameters}
        return function({n: given[n] for n in names})


@lru_cache(maxsize=64)
def _layers(activations: tuple[str, ...], loss: str, backend: str) -> _Layers:
    return _Layers(activations, loss, backend)


class _Network(Estimator):
    """What neurons and networks have in common; `_form` says the activations and the loss."""

    hidden_layer_sizes: Any = ()

    def _form(self) -> tuple[list[str], str]:
        """(an activation a layer, the loss)."""
        raise NotImplementedError

    def _hidden(self) -> list[str]:
        """The activations of the hidden layers."""
        depth = len(self._sizes())
        spec: Any = self.activation
        given = [spec] * depth if isinstance(spec, str) else list(spec)
        if len(given) != depth:
            raise InputError(
                f"There are {depth} hidden layers and {len(given)} activations; give one for all, "
                "or a list of one for each."
            )
        return given

    def _sizes(self) -> list[int]:
        """The sizes of the hidden layers; raises InputError."""
        spec = self.hidden_layer_sizes
        sizes = list(spec) if isinstance(spec, Sequence | np.ndarray) else [spec]
        for s in sizes:
            natural("hidden_layer_sizes", s)
        return sizes

    @property
    def _compiled(self) -> _Layers:
        activations, loss = self._form()
        return _layers(tuple(activations), loss, self.backend)

    def _begin(self, X: Any, Y: Any) -> dict[str, Any]:
        """Of a network uniform in ±√(6/(n + k)) for n inputs and k outputs of a layer, after a
        sigmoid ±√(2/(n + k)) (Glorot and Bengio 2010), biases too, so that a `random_state` gives
        the start that MLPClassifier has; of neurons zeros."""
        sizes = [X.shape[1], *self._sizes(), Y.shape[1]]
        if len(sizes) == 2:
            return {"W1": np.zeros(sizes[::-1]), "b1": np.zeros(sizes[1])}
        rng = check_random_state(self.random_state)
        factor = 2.0 if "sigmoid" in self._hidden() else 6.0
        found = {}
        for i, (n, k) in enumerate(pairwise(sizes), 1):
            reach = np.sqrt(factor / (n + k))
            found[f"W{i}"] = np.ascontiguousarray(rng.uniform(-reach, reach, (n, k)).T)
            found[f"b{i}"] = rng.uniform(-reach, reach, k)
        return found

    def _data(self, X: Any, Y: Any, weights: Any) -> dict[str, Any]:
        total = float(weights.sum())
        return {"X": X, "Y": Y, "share": weights / total, "strength": self._alpha() / total}

    def _alpha(self) -> float:
        alpha = self.alpha
        if not isinstance(alpha, int | float | np.number) or not 0 <= alpha < np.inf:
            raise InputError(f"alpha={shown(alpha)} is not a strength; it is 0 or more.")
        return float(alpha)

    def _objective(self, X: Any, Y: Any, weights: Any, start: Any) -> Objective:
        return objective(self._compiled.kernel, self._data(X, Y, weights), start)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """The parameters of least cost on these samples.

        X               samples × features
        y               a label a sample
        sample_weight   how much each sample counts

        Raises ValueError for data that do not fit.
        """
        X, Y, weights = self._samples(X, y, sample_weight, reset=True)
        natural("max_iter", self.max_iter)
        if self.solver == DESCENT:
            self._descend(X, Y, weights)
            return self
        if self.solver not in SOLVERS:
            known = (*SOLVERS, DESCENT)
            raise InputError(
                f"solver={quote(str(self.solver))} is not known; it is {listing(known)}."
                f"{did_you_mean(str(self.solver), known)}"
            )
        method, counts, tolerance = SOLVERS[self.solver]
        options = {tolerance: self.tol, "maxiter": self.max_iter, "maxfun": 75 * self.max_iter}
        options = {n: v for n, v in options.items() if n in (*counts, tolerance)}
        self._fit_all(X, Y, weights, method, options, polish=self.solver == "newton")
        return self

    def _descend(self, X: Any, Y: Any, weights: Any) -> None:
        """Epochs of `optimizer`, an update a batch of the samples shuffled."""
        start = self._begin(X, Y)
        X, Y, weights = merged(X, Y, weights)
        count = len(X)
        size = min(200, count) if self.batch_size is None else min(self.batch_size, count)
        natural("batch_size", size)
        data = self._data(X, Y, weights)
        # The shares of a batch are to add up to about 1, so those of all add up to m/batch.
        scale = count / size
        data["share"] = data["share"] * scale
        made = self._compiled
        problem = ArrayProblem(
            made.graph,
            {**data, **start},
            "m",
            size,
            self.backend,
            made=(made.kernel.gradient, made.cost),
        )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        options = Options(int(self.max_iter), self.tol * scale, PATIENCE, int(size), seed, True)
        run = Job(problem, optimizer_of(self.optimizer), options, None, None).run()
        self.parameters_ = run.parameters
        self._descent = None
        self.n_iter_ = max(1, run.epochs)
        if run.stopped == "epochs":
            warnings.warn(
                f"The descent ended after {run.epochs} epochs, and the cost was falling yet; a "
                "larger max_iter, or another rate of the optimizer, may help.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _mean(self, X: Any) -> Any:
        """What the label is on average, a row a sample."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray(_Layers.at(self._compiled.prediction, X, self.parameters_))

    @property
    def coefs_(self) -> list[Any]:
        """The weights of each layer, inputs × outputs."""
        return [v.T for n, v in self.parameters_.items() if n.startswith("W")]

    @property
    def intercepts_(self) -> list[Any]:
        """The biases of each layer."""
        return [v for n, v in self.parameters_.items() if n.startswith("b")]


class _Regressor(Regressor, _Network):
    """ŷ, and the loss that says how far off it is."""

    def _form(self) -> tuple[list[str], str]:
        return [*self._hidden(), self._output()], self.loss

    def _output(self) -> str:
        raise NotImplementedError

    def predict(self, X: Any) -> Any:
        """What the label is on average: ŷ, or of a loss of logarithms its exponential."""
        found = self._mean(X)
        return found.ravel() if self._one_output_ else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class _Classifier(ClassifierMixin, _Network):
    """Probabilities of classes.

    With the loss "cross_entropy" after a sigmoid they are σ of a logit, of several classes a
    softmax; else what comes out is the probability of a class itself, of several in the share that
    it has of all.
    """

    def _is_fused(self) -> bool:
        return bool(self.loss == "cross_entropy" and self._output() == "sigmoid")

    def _form(self) -> tuple[list[str], str]:
        hidden = self._hidden()
        if self._is_fused():
            loss = "bce_logits" if len(self.classes_) == 2 else "softmax_cross_entropy"
            return [*hidden, "identity"], loss
        loss = "bce" if self.loss == "cross_entropy" else self.loss
        return [*hidden, self._output()], loss

    def _output(self) -> str:
        raise NotImplementedError

    def _labels(self, y: Any, weights: Any, reset: bool) -> Any:
        """A column of 0 and 1 of two classes, of more a column for each."""
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if reset:
            self.classes_ = np.unique(y[weights > 0])
            if len(self.classes_) < 2:
                raise InputError(
                    f"{type(self).__name__} tells classes apart, and all samples are of one class: "
                    f"{quote(str(self.classes_[0]))}."
                )
        counted = y[weights > 0]
        unknown = np.setdiff1d(counted, self.classes_)
        if len(unknown):
            raise InputError(
                f"y has the class {quote(str(unknown[0]))}, which is none of those before: "
                f"{quote(listing(map(str, self.classes_)), 100)}."
            )
        # Labels of the weight 0 may be of no class; they are left out later.
        codes = np.searchsorted(self.classes_, y).clip(0, len(self.classes_) - 1)
        if len(self.classes_) == 2:
            return codes.reshape(-1, 1).astype(np.float64)
        return np.eye(len(self.classes_))[codes]

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One pass over these samples, in their order: an update of `optimizer` a batch.

        classes   all there will be, at the first call

        The state of the optimizer stays from call to call. Raises ValueError for samples that do
        not fit those before.
        """
        if classes is not None:
            self._expect(X, y, np.unique(classes))
        self._more(X, y, sample_weight)
        return self

    def _expect(self, X: Any, y: Any, classes: Any) -> None:
        """The classes that there will be, before samples of all of them have come."""
        if hasattr(self, "parameters_"):
            if not np.array_equal(classes, self.classes_):
                raise InputError(
                    f"classes are {quote(listing(map(str, classes)), 100)}, and were "
                    f"{quote(listing(map(str, self.classes_)), 100)} at the first call."
                )
            return
        if len(classes) < 2:
            raise InputError("classes has one class, and a classifier tells several apart.")
        X, y = validate_data(self, X, y, dtype=np.float64)
        self.classes_ = classes
        self.parameters_ = self._begin(X, np.zeros((1, 1 if len(classes) == 2 else len(classes))))
        self._descent = None

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, in the order of `classes_`."""
        p = self._mean(X)
        if not self._is_fused():
            p = np.clip(p, 0.0, 1.0)
        if len(self.classes_) == 2:
            return np.column_stack([1 - p.ravel(), p.ravel()])
        if self._is_fused():
            return p
        total = p.sum(axis=1, keepdims=True)
        return np.where(total > 0, p / np.where(total > 0, total, 1.0), 1 / len(self.classes_))

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Any:
        """The class of the largest probability."""
        p = self.predict_proba(X)
        return self.classes_[np.argmax(p, axis=1)]


class _Neuron:
    """The one activation of a neuron is that of its output."""

    activation: str

    def _hidden(self) -> list[str]:
        return []

    def _output(self) -> str:
        return self.activation

    @property
    def coef_(self) -> Any:
        """w, a row for each output; of one output of a regressor alone."""
        w = self.parameters_["W1"]  # type: ignore[attr-defined]
        return w[0] if getattr(self, "_one_output_", False) else w

    @property
    def intercept_(self) -> Any:
        """b, of each output; of one output of a regressor a number."""
        b = self.parameters_["b1"]  # type: ignore[attr-defined]
        return b[0] if getattr(self, "_one_output_", False) else b


class _Deep(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """What a network makes of its inputs, before its last layer."""

    output: str

    def _output(self) -> str:
        return self.output

    def _sizes(self) -> list[int]:
        sizes: list[int] = super()._sizes()
        if not sizes:
            raise InputError(
                "A network has hidden layers: hidden_layer_sizes=(100,); one without is a "
                "NeuronRegressor or a NeuronClassifier."
            )
        return sizes

    def transform(self, X: Any) -> Any:
        """The values of the last hidden layer, a row a sample."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray(_Layers.at(self._compiled.hidden, X, self.parameters_))

    @property
    def _n_features_out(self) -> int:
        return int(self._sizes()[-1])


class NeuronRegressor(_Neuron, _Regressor):
    """ŷ = f(w·x + b).

    >>> NeuronRegressor().fit(X, y)                                   # doctest: +SKIP
    >>> NeuronRegressor("tanh", "huber(delta=1)", alpha=0.1)          # doctest: +SKIP

    activation   f: a name of the catalogue or a formula in z
    loss         a name of the catalogue or a formula in yhat and y
    alpha        α of the penalty α‖w‖²/(2Σ weights)
    solver       "lbfgs", or "newton" to the last digits, on all samples at once; or "descent",
                 epochs of `optimizer`
    optimizer    of a descent and of partial_fit: "adam(0.001)", or an `Optimizer`
    batch_size   samples an update; None is all of a partial_fit, and 200 of a descent
    max_iter     iterations, or epochs
    tol          the largest slope at the end, or what the cost has to fall by in 10 epochs
    backend      "numpy" or "numba"

    coef_, intercept_   w and b; `parameters_` by the names of the model
    n_iter_             how many iterations there were
    """

    def __init__(
        self,
        activation: str = "identity",
        loss: str = "quadratic",
        *,
        alpha: float = 1e-4,
        solver: str = "lbfgs",
        optimizer: Any = "adam(0.001)",
        batch_size: int | None = None,
        max_iter: int = 200,
        tol: float = 1e-6,
        random_state: Any = None,
        backend: str = "numpy",
    ) -> None:
        self.activation = activation
        self.loss = loss
        self.alpha = alpha
        self.solver = solver
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.backend = backend


class NeuronClassifier(_Neuron, _Classifier):
    """P(1) = f(w·x + b) of two classes, of more a layer of neurons, one a class.

    >>> NeuronClassifier(alpha=1.0).fit(X, y)      # LogisticRegression(C=1)  # doctest: +SKIP

    loss         "cross_entropy", or of the outputs and labels 0 and 1 any other: "quadratic"

    The others are those of `NeuronRegressor`, and `classes_` the classes.
    """

    def __init__(
        self,
        activation: str = "sigmoid",
        loss: str = "cross_entropy",
        *,
        alpha: float = 1e-4,
        solver: str = "lbfgs",
        optimizer: Any = "adam(0.001)",
        batch_size: int | None = None,
        max_iter: int = 200,
        tol: float = 1e-4,
        random_state: Any = None,
        backend: str = "numpy",
    ) -> None:
        self.activation = activation
        self.loss = loss
        self.alpha = alpha
        self.solver = solver
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.backend = backend


class NetworkRegressor(_Deep, _Regressor):
    """Layers z = Wa + b, a = f(z), of one output or several.

    >>> NetworkRegressor((50, 50), "tanh", random_state=0).fit(X, y)   # doctest: +SKIP

    hidden_layer_sizes   of the layers between
    activation           of these layers, or a list of one for each
    output               the activation of the last layer
    random_state         of the weights at the start, and of the order of a descent

    The others are those of `NeuronRegressor`; `coefs_` and `intercepts_` have W and b of each
    layer, and `transform` gives the values of the last hidden one.
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Sequence[str] = "relu",
        loss: str = "quadratic",
        *,
        output: str = "identity",
        alpha: float = 1e-4,
        solver: str = "lbfgs",
        optimizer: Any = "adam(0.001)",
        batch_size: int | None = None,
        max_iter: int = 200,
        tol: float = 1e-4,
        random_state: Any = None,
        backend: str = "numpy",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.output = output
        self.alpha = alpha
        self.solver = solver
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.backend = backend


class NetworkClassifier(_Deep, _Classifier):
    """Layers z = Wa + b, a = f(z), whose last says how probable each class is.

    >>> NetworkClassifier((100,), random_state=0).fit(X, y).predict_proba(X)  # doctest: +SKIP

    The settings are those of `NetworkRegressor`, the loss that of `NeuronClassifier`.
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str | Sequence[str] = "relu",
        loss: str = "cross_entropy",
        *,
        output: str = "sigmoid",
        alpha: float = 1e-4,
        solver: str = "lbfgs",
        optimizer: Any = "adam(0.001)",
        batch_size: int | None = None,
        max_iter: int = 200,
        tol: float = 1e-4,
        random_state: Any = None,
        backend: str = "numpy",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.output = output
        self.alpha = alpha
        self.solver = solver
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.backend = backend


__all__ = ["NetworkClassifier", "NetworkRegressor", "NeuronClassifier", "NeuronRegressor"]
