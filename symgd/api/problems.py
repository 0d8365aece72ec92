"""Problems and fits: a model on its data for optimizers, and what its solution says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import NUMBER, SWITCH, TABLE, TEXT, takes
from symgd.api.predictions import Predictor, at_parameters
from symgd.api.streams import Stream, bound, predicted
from symgd.errors import DataError, InputError, ModelError, did_you_mean, listing, quote, shown
from symgd.targets.flags import undisturbed
from symgd.targets.groups import apart, groups_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symgd.api.kind import Answer, Data, Numbers, Value
    from symgd.api.models import Model
    from symgd.training.fitting.band import Band
    from symgd.training.fitting.problem import Objective
    from symgd.training.fitting.solve import Solution
    from symgd.training.fitting.statistics import Interval, Statistics
    from symgd.training.streams.binding import Columns

    Vector = NDArray[Any]

# The keywords of `Model.problem` that are no data.
OPTIONS = ("start", "weights", "reduction", "backend", "outside", "fixed")


class Problem:
    """The cost of a model on data as functions of one vector, as optimizers take them.

    >>> p = model.problem(x=x, y=y, start={"w": 0.5, "b": 2.0})
    >>> scipy.optimize.minimize(p.fun, p.start, jac=p.jac, hessp=p.hessp, bounds=p.bounds)
    >>> fit = p.solve()

    names     of the numbers in the vector: w, b, W[0,1]
    start     where it begins, a vector, or None
    bounds    (least, largest) of each number, by the domains of the model; ±inf where there is none

    `fun` and `jac` at one vector are one evaluation. A Problem is pickled as what it was made of,
    and its functions with it. Each raises DataError for a vector of another length and, unless it
    answers nan there, outside a domain.
    """

    def __init__(
        self,
        model: Model,
        core: Objective,
        data: Mapping[str, Value],
        stream: Stream | None = None,
        columns: Columns | None = None,
    ) -> None:
        self.model = model
        self.core = core
        self.data = dict(data)
        self.stream = stream
        self.columns = columns

    def __repr__(self) -> str:
        # To count a stream would be to read it.
        whole = self.core.whole
        known = f"{whole.rows} samples" if getattr(whole, "is_counted", True) else repr(self.stream)
        return f"<Problem in {quote(listing(self.names), 60)}: {known}>"

    # -- the vector -------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """What each number of the vector is: w, b, W[0,1]."""
        return self.core.layout.entries

    @property
    def start(self) -> Vector | None:
        """Where a search begins, or None."""
        return None if self.core.start is None else self.core.start.copy()

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """(least, largest) of each number, by the domains; ±inf where there is none."""
        return self.core.box.bounds

    def pack(self, parameters: Mapping[str, Value]) -> Vector:
        """The vector of parameters by name; raises DataError for a name or a shape that is off."""
        found: Vector = self.core.layout.pack(self._apart(parameters))
        return found

    def unpack(self, theta: Vector | Sequence[float]) -> dict[str, Answer]:
        """The parameters by name, of a vector; raises DataError for one of another length."""
        return self.core.layout.unpack(theta)

    def _apart(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return apart(groups_of(self.model.parameters), parameters, self.model.parameters)

    # -- the cost and its derivatives -------------------------------------------------------------

    def fun(self, theta: Vector) -> float:
        """C(θ): the mean over the samples, or the sum (`reduction`).

        Outside a domain it raises DataError, or with outside="nan" it is nan.
        """
        return self.core.fun(theta)

    def jac(self, theta: Vector) -> Vector:
        """∂C/∂θ. Raises DataError for a vector of another length, or outside a domain."""
        found: Vector = self.core.jac(theta)
        return found

    def fun_and_jac(self, theta: Vector) -> tuple[float, Vector]:
        """Both, as `minimize(p.fun_and_jac, p.start, jac=True)` takes them; raises DataError as
        they do."""
        return self.core.fun_and_jac(theta)

    def hess(self, theta: Vector) -> Vector:
        """∂²C/∂θ∂θᵀ, exact. Raises DataError for a vector of another length, or outside of a
        domain."""
        found: Vector = self.core.hess(theta)
        return found

    def hessp(self, theta: Vector, direction: Vector) -> Vector:
        """∂²C/∂θ∂θᵀ times a vector, the matrix never formed. Raises DataError for vectors of
        another length, or outside a domain."""
        found: Vector = self.core.hessp(theta, direction)
        return found

    @property
    def is_least_squares(self) -> bool:
        """Whether C = ½‖ρ‖², as the formula is written."""
        return self.core.is_of_squares

    def residuals(self, theta: Vector) -> Vector:
        """ρ with C = ½‖ρ‖², as `scipy.optimize.least_squares` takes it; of y - ŷ their root of
        weight and samples is part. Raises ModelError where the cost is no sum of squares."""
        found: Vector = self.core.residuals(theta)
        return found

    def jacobian(self, theta: Vector) -> Vector:
        """∂ρ/∂θ, a row for each residual. Raises ModelError where the cost is no sum of squares."""
        found: Vector = self.core.jacobian(theta)
        return found

    # -- a solution -------------------------------------------------------------------------------

    @takes(
        start=TABLE.or_none,
        method=TEXT.or_none,
        domains=TEXT.or_none,
        likelihood=TEXT.or_none,
        sigma=NUMBER.or_none,
        options=TABLE.or_none,
    )
    @undisturbed
    def solve(
        self,
        start: Mapping[str, Value] | None = None,
        *,
        method: str | None = None,
        domains: str | None = None,
        likelihood: str | None = None,
        sigma: float | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Fit:
        """Where the cost is least, by a method of `scipy.optimize` (`pip install "symgd[fit]"`).

        start        by name; that of the problem where None
        method       "least-squares" where the cost is a sum of squares, else "trust-exact"; or
                     "trf", "dogbox", "lm", "trust-ncg", "trust-krylov", "newton-cg",
                     "trust-constr", "bfgs", "cg", "l-bfgs-b", "tnc", "slsqp", "nelder-mead",
                     "powell"
        domains      how they are kept: "transform" (log of what is positive, logit of an interval)
                     or "bounds"; where None a transform of what is open, else bounds
        likelihood   "squares": the errors are normal, of one variance that the residuals tell;
                     "likelihood": the cost, summed, is -log L. By the formula where None
        sigma        the standard deviation of the errors of a sum of squares, where it is known
        options      of the method, as scipy has them

        Second derivatives are exact. Raises DataError where there is no start, or the cost has no
        value there; InputError for an option that there is not; MissingExtraError without scipy.
        """
        from symgd.training.fitting.solve import solve
        from symgd.training.fitting.statistics import Statistics

        at = None if start is None else self.pack(start)
        found = solve(self.core, at, method, domains, options)
        return Fit(self, found, Statistics(self.core, found.theta, likelihood, sigma))


class Fit:
    """A solution: the parameters, how it ended, and what is known of their errors.

    parameters   by name; `x` is their vector, in the order of `names`
    cost         there
    converged    whether it is a minimum, and `why` says how that is known

    Raises InputError for an option that there is not, ModelError for a covariance that the kind of
    cost does not have, DataError for a name that is no parameter.
    """

    def __init__(self, problem: Problem, found: Solution, of: Statistics) -> None:
        self.problem = problem
        self.found = found
        self.statistics = of

    def __repr__(self) -> str:
        told = "converged" if self.converged else "not converged"
        return f"<Fit of {quote(listing(self.names), 60)}: cost {self.cost:.6g}, {told}>"

    @property
    def names(self) -> tuple[str, ...]:
        """What each number of `x` is."""
        return self.problem.names

    @property
    def parameters(self) -> dict[str, Answer]:
        """The parameters by name."""
        return self.problem.unpack(self.found.theta)

    @property
    def x(self) -> Vector:
        """The parameters as one vector, in the order of `names`."""
        found: Vector = self.found.theta.copy()
        return found

    @property
    def cost(self) -> float:
        """The cost there."""
        return self.found.cost

    @property
    def converged(self) -> bool:
        """Whether it is a minimum."""
        return self.found.converged

    @property
    def why(self) -> str:
        """How that is known, or what stopped the search."""
        return self.found.why

    @property
    def method(self) -> str:
        """The method of scipy.optimize that found it."""
        return self.found.method

    @property
    def iterations(self) -> int:
        """How many steps it took."""
        return self.found.iterations

    @property
    def evaluations(self) -> int:
        """How often the cost and its gradient were computed."""
        return self.found.evaluations

    # -- errors -----------------------------------------------------------------------------------

    def covariance(self, errors: str | None = None) -> Vector:
        """The covariance of the parameters, in the order of `names`.

        errors   "expected"  s²(JᵀJ)⁻¹, of a sum of squares (what curve_fit gives)
                 "observed"  s²H⁻¹ or H⁻¹, H the second derivatives of the summed cost
                 "robust"    the sandwich, right for errors of any kind; of scalars
                 where None the first of a sum of squares, the second of a likelihood

        nan where some direction of the parameters changes nothing. Raises InputError for another
        word, ModelError where the cost has no such covariance.
        """
        found: Vector = self.statistics.covariance(errors)
        return found

    def standard_errors(self, errors: str | None = None) -> dict[str, Answer]:
        """The standard error of each parameter, by name; raises as `covariance` does."""
        return self.problem.unpack(self.statistics.errors(errors))

    @takes(level=NUMBER, kind=TEXT, errors=TEXT.or_none)
    def intervals(
        self, level: float = 0.95, kind: str = "wald", errors: str | None = None
    ) -> dict[str, Interval]:
        """{name: (low, high)} of each number of the vector.

        kind   "wald"     θ ± q·(standard error), q of Student's t with n - p degrees of freedom
                          where the variance is estimated, else of the normal distribution
               "profile"  where the cost, least over all other parameters, rises by no more than
                          ½q²s²: it follows the valley, and is not symmetric

        Raises InputError for another kind and for a level that is not between 0 and 1.
        """
        from symgd.training.fitting.statistics import INTERVALS
        from symgd.training.fitting.statistics import Interval as Pair

        if kind not in INTERVALS:
            raise InputError(f"kind={quote(str(kind))} is not known; it is {listing(INTERVALS)}.")
        if kind == "profile":
            return {n: self.profile(n, level) for n in self.names}
        rows = self.statistics.intervals(level, errors)
        pairs = (Pair(float(a), float(b)) for a, b in rows)
        return dict(zip(self.names, pairs, strict=True))

    @takes(name=TEXT, level=NUMBER)
    def profile(self, name: str, level: float = 0.95) -> Interval:
        """The profile interval of one number: "w" or "W[0,1]"; an end is infinite, or that of the
        domain, where the cost never rises so far. Raises DataError for a name that is none."""
        return self.statistics.profile(self.problem.core.layout.index(name), level)

    @property
    def sigma(self) -> float:
        """s, the standard deviation of a residual y - ŷ of weight 1; nan of a likelihood."""
        return self.statistics.sigma

    @property
    def log_likelihood(self) -> float:
        """log L at the parameters; of a likelihood up to what its formula leaves out."""
        return self.statistics.log_likelihood

    @property
    def aic(self) -> float:
        """2p - 2 log L."""
        return self.statistics.aic

    @property
    def bic(self) -> float:
        """p log n - 2 log L."""
        return self.statistics.bic

    # -- predictions ------------------------------------------------------------------------------

    @takes(of=TEXT.or_none, mean=SWITCH)
    def predict(
        self,
        data: Data | Value | None = None,
        /,
        *,
        of: str | None = None,
        mean: bool = False,
        **inputs: Value,
    ) -> Numbers:
        """The prediction at the parameters, for the data of the problem where none are given.

        of      any name of the model; the prediction where None
        mean    what the label is on average, where the prediction is a logit or a logarithm of it

        Data may be a dictionary or a frame, of which what is not needed is left out. Raises
        DataError for inputs that are missing or do not fit.
        """
        f = self.problem.model.predictor(of, mean)
        if data is None and not inputs and self.problem.stream is not None:
            assert self.problem.columns is not None
            data, inputs = self.problem.stream, dict(self.problem.columns.given)
        if isinstance(data, Stream):
            held = {n: v for n, v in self.problem.data.items() if n not in inputs}
            return predicted(data, f, {**held, **inputs, **self.parameters})
        found: Numbers = f._at(self._given(f, data, inputs))
        return found

    @takes(level=NUMBER, kind=TEXT, of=TEXT.or_none, errors=TEXT.or_none, mean=SWITCH)
    def band(
        self,
        data: Data | Value | None = None,
        /,
        *,
        level: float = 0.95,
        kind: str = "confidence",
        of: str | None = None,
        errors: str | None = None,
        mean: bool = False,
        **inputs: Value,
    ) -> Band:
        """The prediction, its standard error, and where it lies: f ± q·√(∇f' Σ ∇f).

        kind    "confidence" of what is expected, "prediction" of a new label, of weight 1

        To first order in the errors of the parameters. Raises as `predict` does, and ModelError for
        a prediction interval of a cost that is no sum of squares.
        """
        from symgd.training.fitting.band import Band as Pair
        from symgd.training.fitting.band import band, value_and_slopes

        if kind not in ("confidence", "prediction"):
            raise InputError(f"kind={quote(str(kind))} is not known; it is 'confidence' or "
                             "'prediction'.")  # fmt: skip
        noise = 0.0
        if kind == "prediction":
            if self.statistics.kind != "squares":
                raise ModelError(
                    "The interval of a new label is known where the errors are normal, of a sum of "
                    "squares; of a likelihood it is in the distribution of the labels."
                )
            noise = self.sigma**2
        f = self.problem.model.predictor(of, mean)
        if isinstance(data, Stream) or (data is None and not inputs and self.problem.stream):
            raise InputError(
                "A band is of data that are here at once; give it a table, such as a chunk of the "
                "stream: for chunk in stream: fit.band(chunk)."
            )
        given = self._given(f, data, inputs)
        model = f.model.on(given)
        if model is not f.model:
            f = f._of_rows(model)
        layout, theta = self.problem.core.layout, self.found.theta
        data_of = {n: v for n, v in given.items() if n not in layout.names}
        value, slopes = value_and_slopes(f.graph, f.name, layout, theta, data_of)
        q = self.statistics.quantile(level)
        error, low, high = band(value, slopes, self.covariance(errors), q, noise)
        return Pair(value, error, low, high, level)

    def _given(self, f: Predictor, data: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What a predictor is called with: new data, and the numbers of the problem's own."""
        own = {n: v for n, v in self.problem.data.items() if n in f.names}
        if data is None and not inputs:
            return at_parameters(f, self.parameters, own, {})
        held = {n: v for n, v in own.items() if not _is_long(v) and n not in inputs}
        if isinstance(data, Mapping):
            return at_parameters(f, self.parameters, {**held, **data}, inputs)
        if data is None:
            return at_parameters(f, self.parameters, held, inputs)
        return at_parameters(f, self.parameters, data, {**held, **inputs})

    # -- the table --------------------------------------------------------------------------------

    @takes(level=NUMBER, errors=TEXT.or_none)
    def summary(self, level: float = 0.95, errors: str | None = None) -> str:
        """The table of the fit: how it ended, and each parameter with its error and interval.

        Raises as `intervals` does.
        """
        from symgd.training.fitting.summary import summary

        return summary(
            self._title, self.found, self.statistics, self.names, level, errors
        )  # fmt: skip

    @cached_property
    def _title(self) -> str:
        definitions = self.problem.model.definitions
        cost = next(reversed(definitions))
        told = f"{cost} = {definitions[cost]}"
        return told if len(told) <= 76 else f"Fit of {cost}"


def _is_long(value: Any) -> bool:
    return hasattr(value, "__len__") and getattr(value, "shape", None) != ()


def problem(
    model: Model,
    data: Any,
    start: Mapping[str, Any] | None,
    weights: Any,
    reduction: str,
    backend: str,
    outside: str,
    inputs: Mapping[str, Any],
    fixed: Mapping[str, Any] | None = None,
) -> Problem:
    """The problem of a model on data; see `Model.problem`."""
    from symgd.training.fitting.kernels import kernel_of
    from symgd.training.fitting.problem import objective
    from symgd.training.frames import column, is_frame, names_of, taken

    groups = groups_of((*model.parameters, *model.inputs))
    _check_names(model, data, inputs, groups)
    if fixed:
        held = _held(model, apart(groups, fixed, model.parameters), start)
        model, inputs = model._holding(held), {**inputs, **held}
        groups = groups_of((*model.parameters, *model.inputs))
    if isinstance(data, Stream):
        return _of_stream(model, data, start, weights, reduction, backend, outside, inputs)
    if isinstance(weights, str):
        if not is_frame(data):
            raise DataError(f"weights={shown(weights)} names a column, and there is no frame.")
        weights = column(data, names_of(data), weights, "weights")
    given = apart(groups, taken(model.inputs, data, inputs), model.parameters)
    given = {n: v for n, v in given.items() if n in model.inputs}
    model = model.on(given)
    start = _start_of(model, start, given)
    core = objective(
        kernel_of(model.graph, backend, weights is not None),
        given, start, weights, reduction, outside,
    )  # fmt: skip
    return Problem(model, core, given)


def _held(
    model: Model, fixed: Mapping[str, Any], start: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The parameters that are fixed; raises DataError for what is none, ModelError for all."""
    stray = [n for n in fixed if n not in model.parameters]
    if stray:
        raise DataError(
            f"fixed gives {quote(listing(stray))}, but the parameters are "
            f"{listing(model.parameters)}.{did_you_mean(stray[0], model.parameters)}"
        )
    twice = [n for n in fixed if n in (start or {})]
    if twice:
        raise DataError(f"{listing(twice)} is fixed, and was given a start; give one of the two.")
    for n, v in fixed.items():
        long = _is_long(v) and model.shapes[n] == "a scalar"
        if long or isinstance(v, str) or v is None:
            raise DataError(
                f"fixed gives {n} as {shown(v)}; it is a number, or an array of its shape."
            )
    if len(fixed) == len(model.parameters):
        raise ModelError("Every parameter is fixed, so nothing is left to fit.")
    return dict(fixed)


def _of_stream(
    model: Model,
    data: Stream,
    start: Mapping[str, Any] | None,
    weights: Any,
    reduction: str,
    backend: str,
    outside: str,
    inputs: Mapping[str, Any],
) -> Problem:
    """The same, the cost a sum over chunks."""
    from symgd.training.fitting.kernels import kernel_of
    from symgd.training.fitting.problem import Objective
    from symgd.training.streams.descent import objective_of

    model, columns, head = bound(model, data, inputs, weights)
    start = _start_of(model, start, head)
    kernel = kernel_of(model.graph, backend, weights is not None)
    whole, layout, vector = objective_of(kernel, data.chunks, columns, start)
    core = Objective(kernel, whole, layout, vector, reduction, outside)
    if vector is not None:
        core.box.check(vector)
    held = {n: v for n, v in inputs.items() if not isinstance(v, str | list | tuple)}
    return Problem(model, core, held, data, columns)


def _start_of(
    model: Model, start: Mapping[str, Any] | None, given: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The start by the names of the parameters; where none is given that of a network, or None."""
    if start is not None:
        start = apart(groups_of((*model.parameters, *model.inputs)), start, model.parameters)
        _check_start(model, start)
        return start
    try:
        return model._start(0, given)
    except ModelError:
        return None


def _check_start(model: Model, start: Mapping[str, Any]) -> None:
    stray = [n for n in start if n not in model.parameters]
    if stray:
        raise DataError(
            f"start gives {listing(stray)}, but the parameters are {listing(model.parameters)}."
        )
    missing = [n for n in model.parameters if n not in start]
    if missing:
        raise DataError(
            f"start leaves out {listing(missing)}; write start={{{missing[0]!r}: 0.5, ...}}."
        )


def _check_names(model: Model, data: Any, inputs: Mapping[str, Any], groups: Any) -> None:
    """Tell apart what is data and what is an option."""
    for n in inputs:
        if n not in model.inputs and n not in groups:
            raise DataError(
                f"{quote(n)} is not an input of this model, and no option of problem(); the model "
                f"has {listing(model.inputs)}, and the options are {listing(OPTIONS)}."
                f"{did_you_mean(n, (*model.inputs, *OPTIONS))}"
            )
    both = [n for n in model.inputs if n in OPTIONS]
    if both and not (isinstance(data, Mapping) and all(n in data for n in both)):
        raise ModelError(
            f"{listing(both)} is a name of this model and an option of problem(); give its data in "
            f"a dictionary: model.problem({{{both[0]!r}: ...}}, ...)."
        )


__all__ = ["OPTIONS", "Fit", "Problem", "problem"]
