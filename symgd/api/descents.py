"""Descents: a model, its data and an optimizer → a run, and the picture of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from symgd.api.arguments import (
    COUNT,
    FUNCTION,
    NATURAL,
    NUMBER,
    PLACE,
    SWITCH,
    TABLE,
    TEXT,
    WHOLE,
    takes,
)  # fmt: skip
from symgd.api.models import Model
from symgd.api.scalars import Scalars
from symgd.errors import (
    DataError,
    DerivationError,
    DivergedError,
    ModelError,
    did_you_mean,
    listing,
)
from symgd.files import write_whole
from symgd.pages.formats import PICTURES, RUNS, format_of
from symgd.pages.messages import language as language_of
from symgd.targets.flags import undisturbed

if TYPE_CHECKING:
    from symgd.api.kind import Value
    from symgd.training.descent import Record
    from symgd.training.descent import Run as RunRecord
    from symgd.training.optimizers import Optimizer
    from symgd.training.stability import Stability

# The keywords of `train` that are no data. A test holds that these are all.
OPTIONS: Final = (
    "start", "optimizer", "epochs", "batch", "seed", "samples", "reduction", "backend",
    "tolerance", "patience", "history", "callback", "progress", "check",
)  # fmt: skip


class Run:
    """A descent that has ended, and what it ran on.

    epochs       how many updates were made, or with `batch` how many passes over the data
    stopped      "epochs", "tolerance", "callback", "interrupted", or "diverged" in an error
    history      the cost at every epoch, the start first: one more than there were epochs
    path         the parameters at every epoch, in the order of `names`; where they are arrays, at
                 the start and at the end
    parameters   where it ended; `start` is where it began

    rate         η, where the optimizer was plain descent on all samples; else None
    stability    what the Hessian says of the rate, `symgd.training.stability.Stability`: its
                 `largest` is 2/λmax, and `diverging` whether the descent is
    ties         the groups of entries that started equal, and that no descent from there parts

    Without a history (`train(history=False)`), history and path hold the start and the end alone.
    """

    def __init__(
        self,
        record: RunRecord,
        model: Model,
        data: Mapping[str, Value],
        reduction: str,
        rate: float | None = None,
    ) -> None:
        self.record = record
        self.model = model
        self.data = dict(data)
        self.reduction = reduction
        self.rate = rate

    def __repr__(self) -> str:
        last = self.history[-1] if self.history else None
        return f"<Run of {listing(self.names)}: {self.epochs} epochs, cost {last!r}>"

    @property
    def names(self) -> tuple[str, ...]:
        return self.record.names

    @property
    def epochs(self) -> int:
        return self.record.epochs

    @property
    def stopped(self) -> str:
        return self.record.stopped

    @property
    def history(self) -> list[float]:
        return self.record.history

    @property
    def path(self) -> list[tuple[Any, ...]]:
        return self.record.path

    @property
    def parameters(self) -> dict[str, Any]:
        return self.record.parameters

    @property
    def start(self) -> dict[str, Any]:
        return self.record.start

    @property
    def records(self) -> Iterator[Record]:
        """One record for each entry of the history; of arrays those between have no parameters."""
        return self.record.records

    @cached_property
    def stability(self) -> Stability | None:
        """None where the model has no Hessian, or it has no value at the lowest cost."""
        from symgd.training.stability import stability

        try:
            product = self.model.kind.compile_product("numpy", self.reduction)
            found = stability(
                lambda direction, theta: product(direction, {**self.data, **theta}),
                self.record, self.rate, self.stopped != "diverged",
            )  # fmt: skip
        except (ModelError, DerivationError, DataError):
            return None
        return found if found.highest == found.highest else None

    @cached_property
    def ties(self) -> list[tuple[tuple[str, tuple[int, ...]], ...]]:
        """Each group as (parameter, index of its entry), the index of a number ()."""
        from symgd.training.stability import ties

        made: list[Any] = []

        def slopes(theta: Mapping[str, Any], k: int) -> Mapping[str, Any]:
            # Compiled when it is asked for, as it is where entries are equal.
            if not made:
                made.append(self.model.kind.compile("numpy", self.reduction, 1))
            data = self.model.kind.similar(self.data, k) if k else self.data
            found: Mapping[str, Any] = made[0].at({**data, **theta})[1]
            return found

        try:
            return ties(slopes, self.start)
        except DataError:
            return []

    @property
    def _told(self) -> Stability | None:
        """The stability, where there is a rate of which it tells."""
        return self.stability if self.rate is not None else None

    @takes(language=TEXT)
    def remarks(self, language: str = "en") -> list[str]:
        """What is to be said of the descent: that and why its rate diverges, with the largest
        stable one, and which entries of its start no step tells apart.

        Raises InputError for a language that there is not.
        """
        from symgd.pages.run import remarks

        words = language_of(language)
        return remarks(words, self._told, self.ties, self.stopped == "diverged")

    @takes(rows=WHOLE)
    def milestones(self, rows: int = 10) -> list[Record]:
        """About so many records, evenly apart, and the last."""
        return self.record.milestones(rows)

    def to_csv(self) -> str:
        """epoch, cost and every parameter that is a number, a line an epoch."""
        from symgd.pages.run import to_csv

        return to_csv(self.record)

    def to_json(self) -> str:
        """The parameters, the last cost, how many epochs and why it stopped."""
        from symgd.pages.run import to_json

        return to_json(self.record)

    @takes(format=TEXT, language=TEXT)
    @undisturbed
    def plot(self, format: str = "svg", language: str = "en") -> str | bytes:
        """The picture of the descent: the cost by epoch, and of two numbers the cost surface.

        Beside the fall of each step stands what first order predicts of it. Of more than 2000
        samples the surface takes a part, and says so. Raises MissingExtraError without matplotlib.
        """
        from symgd.pages.figures import Landscape, cost_curve, descent_figure

        words = language_of(language)
        if not isinstance(self.model.kind, Scalars):
            return cost_curve(self.record, None, format, words, self._told)
        from symgd.training.landscape import field, predictions

        graph, data = self.model.graph, self.data
        landscape = Landscape(*field(graph, data, self.start, self.reduction))
        predicted = predictions(graph, self.record, data, self.reduction)
        return descent_figure(self.record, landscape, predicted, format, words, self._told)

    @takes(path=PLACE, language=TEXT)
    def save(self, path: str | Path, language: str = "en") -> Path:
        """Write the file by its ending, whole or not at all: .csv the history, .json the end, .svg,
        .png, .pdf and .tex (TikZ) the picture.

        Raises InputError for another ending, and where the place cannot be written.
        """
        path = Path(path)
        match format_of(path, {**RUNS, **PICTURES}):
            case "csv":
                body: str | bytes = self.to_csv()
            case "json":
                body = self.to_json()
            case picture:
                body = self.plot(picture, language)
        return write_whole(path, body)


@takes(
    data=TABLE.or_none,
    start=TABLE.or_none,
    samples=TEXT.or_none,
    reduction=TEXT,
    backend=TEXT.or_none,
    tolerance=NUMBER.or_none,
    seed=NATURAL,
    epochs=COUNT,
    batch=COUNT.or_none,
    patience=COUNT,
    history=SWITCH,
    callback=FUNCTION.or_none,
    progress=SWITCH.or_none,
    check=SWITCH,
)
@undisturbed
def train(
    model: Model,
    data: Mapping[str, Value] | None = None,
    /,
    *,
    start: Mapping[str, Value] | None = None,
    optimizer: Optimizer | str | None = None,
    epochs: int = 1000,
    batch: int | None = None,
    seed: int = 0,
    samples: str | None = None,
    reduction: str = "mean",
    backend: str | None = None,
    tolerance: float | None = None,
    patience: int = 10,
    history: bool = True,
    callback: Callable[[Record], object] | None = None,
    progress: bool | None = None,
    check: bool = True,
    **inputs: Value,
) -> Run:
    """θ ← θ + Δ, epoch by epoch: the descent of a model on data.

    >>> run = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, optimizer=sgd(0.05))
    >>> run.parameters, run.history[-1]
    >>> run = train(Network([64, 32, 10], "relu", "softmax_cross_entropy"), X=X, Y=Y, batch=32)

    data, inputs   the names that are not parameters: numbers, one value for each sample, or with
                   shapes whole arrays, whose rows are the samples. An input that has the name of
                   an option stands in `data`
    start          the parameters at epoch 0; a network has a start of its own, random weights of
                   `seed` (`Network.initial`)
    optimizer      sgd(0.05) where none is given; a text such as "adam" is read
    epochs         how many updates, or with `batch` how many passes over the data
    batch          samples an update, in an order shuffled by `seed`
    samples        with shapes: the size that counts the samples, "m" where none is given
    reduction      "mean" or "sum" over the samples; with shapes the formula itself says
    backend        "numba" compiles the gradient, and plain sgd on it as one loop; where None it is
                   "scalar" for numbers alone and "numpy" for arrays
    tolerance      stop when the cost has fallen by less than this in `patience` epochs running
    history        False keeps the start and the end alone: less memory, and faster
    callback       called with each record (epoch, parameters, cost); a true answer stops
    progress       a bar on stderr; where None, if that is a terminal
    check          the compiled gradient is held against differences of the cost before the first
                   step: a few calls

    Raises DataError for numbers that are missing, stray, unequal in length, of another shape,
    outside their domain, nan or infinite; InputError for options out of range, ModelError where
    there is no start; WrongGradientError where the gradient is not that of the cost, which is a
    fault of symgd; DivergedError, whose `run` is what was reached. An interrupt from the
    keyboard, or SIGTERM, ends the descent after its step and returns what there is; a second one
    does what it always does.
    """
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.training.descent import plain_rate
    from symgd.training.train import optimizer_of
    from symgd.training.train import train as descend

    if not isinstance(model, Model):
        raise ModelError(f"train() takes a Model or a Neuron first, not a {type(model).__name__}.")
    given = dict(data or {})
    _check_names(model, given, inputs)
    if start is None:
        start = model._start(seed, {**given, **inputs})
    rule = optimizer_of(optimizer)
    rate = plain_rate(rule) if batch is None else None
    try:
        record = descend(
            model.graph,
            given,
            start=start,
            optimizer=rule,
            epochs=epochs,
            batch=batch,
            seed=seed,
            samples=samples,
            reduction=reduction,
            backend=backend,
            tolerance=tolerance,
            patience=patience,
            history=history,
            callback=callback,
            progress=progress,
            check=check,
            **inputs,
        )
    except DivergedError as error:
        run = Run(error.run, model, {**given, **inputs}, reduction, rate)
        raise _explained(error, run) from None
    return Run(record, model, {**given, **inputs}, reduction, rate)


def _explained(error: DivergedError, run: Run) -> DivergedError:
    """The error with what the Hessian says of the rate."""
    of = run.stability if run.epochs and run.rate is not None else None
    if of is not None and of.is_above:
        error = DivergedError(f"{error} {run.remarks()[0]}")
    error.run = run
    return error


def _check_names(model: Model, data: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Tell apart what is data and what is an option."""
    names = (*model.parameters, *model.inputs)
    both = [n for n in model.inputs if n in OPTIONS and n not in data]
    if both:
        raise ModelError(
            f"{listing(both)} is a name of this model and an option of train(); give its data in a "
            f"dictionary: train(model, {{{both[0]!r}: ...}}, ...)."
        )
    for n in inputs:
        if n not in names:
            raise DataError(
                f"{n!r} is not a name of this model, and no option of train(); the model has "
                f"{listing(model.inputs)}, and the options are {listing(OPTIONS)}."
                f"{did_you_mean(n, (*model.inputs, *OPTIONS))}"
            )


def plot(
    model: Model,
    run: Run,
    data: Mapping[str, Value],
    format: str = "svg",
    reduction: str = "mean",
    language: str = "en",
) -> str | bytes:
    """The picture of a descent, as `Run.plot`, on data and with a reduction of one's own.

    Raises MissingExtraError without matplotlib, DataError for data that do not fit the model.
    """
    return Run(run.record, model, data, reduction, run.rate).plot(format, language)
