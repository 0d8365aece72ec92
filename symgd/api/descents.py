"""Descents: a model, its data and an optimizer → a run, and the picture of it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

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
from symgd.api.streams import Stream, bound
from symgd.errors import (
    DataError,
    DerivationError,
    DivergedError,
    InputError,
    ModelError,
    TrainingWarning,
    did_you_mean,
    listing,
    quote,
)
from symgd.files import write_whole
from symgd.pages.formats import PICTURES, RUNS, format_of
from symgd.pages.messages import language as language_of
from symgd.targets.flags import undisturbed
from symgd.targets.groups import apart, groups_of

if TYPE_CHECKING:
    from symgd.api.kind import Column, Data, Kind, Numbers, Value
    from symgd.training.descent import Record
    from symgd.training.descent import Run as RunRecord
    from symgd.training.optimizers import Optimizer
    from symgd.training.stability import Preflight, Stability

# The keywords of `train` that are no data. A test holds that these are all.
OPTIONS: Final = (
    "start", "optimizer", "epochs", "batch", "seed", "samples", "reduction", "backend",
    "tolerance", "patience", "history", "callback", "progress", "check", "weights", "validation",
    "checkpoint", "every", "resume",
)  # fmt: skip


class Run:
    """A descent that has ended, and what it ran on.

    epochs       how many updates were made, or with `batch` how many passes over the data
    stopped      "epochs", "tolerance", "validation", "callback", "interrupted", "converged" (no
                 lower cost was found), or "diverged" in an error
    history      the cost at every epoch, the start first: one more than there were epochs
    path         the parameters at every epoch, in the order of `names`; where they are arrays, at
                 the start and at the end
    parameters   where it ended, or with a validation where its cost was lowest; `start` is where it
                 began, `end` where it ended, `cost` what the cost of `parameters` is
    validation   the cost of the samples that were held out, at every epoch; else empty
    best         the epoch at which that was lowest; None without a validation
    preflight    the rate of plain descent beside the largest stable one at the start,
                 `symgd.training.stability.Preflight`; None where nothing was asked
    checkpoint   the file that it was kept in, if any

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
        checkpoint: Path | None = None,
        stream: Stream | None = None,
        columns: Mapping[str, Column] | None = None,
    ) -> None:
        self.stream = stream
        self.columns = dict(columns or {})
        self.record = record
        self.model = model
        self.checkpoint = checkpoint
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
    def end(self) -> dict[str, Any]:
        return self.record.end

    @property
    def cost(self) -> float:
        return self.record.cost

    @property
    def validation(self) -> list[float]:
        return self.record.validation

    @property
    def best(self) -> int | None:
        return self.record.best

    @property
    def preflight(self) -> Preflight | None:
        return self.record.preflight

    @property
    def records(self) -> Iterator[Record]:
        """One record for each entry of the history; of arrays those between have no parameters."""
        return self.record.records

    @cached_property
    def stability(self) -> Stability | None:
        """None where the model has no Hessian, or it has no value at the lowest cost."""
        from symgd.training.stability import stability

        if not self.history:
            return None
        try:
            kind, data = self._subject
            product = kind.compile_product("numpy", self.reduction)
            found = stability(
                lambda direction, theta: product(direction, {**data, **theta}),
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
        kind, given = self._subject

        def slopes(theta: Mapping[str, Any], k: int) -> Mapping[str, Any]:
            # Compiled when it is asked for, as it is where entries are equal.
            if not made:
                made.append(kind.compile("numpy", self.reduction, 1))
            data = kind.similar(given, k) if k else given
            found: Mapping[str, Any] = made[0].at({**data, **theta})[1]
            return found

        try:
            return ties(slopes, self.start)
        except DataError:
            return []

    @property
    def _subject(self) -> tuple[Kind, Mapping[str, Any]]:
        """What the descent is of: with weights, and without the samples that were held out."""
        if self.record.of is None:
            return self.model.kind, self.data
        graph, data = self.record.of
        kind = self.model.kind
        return (kind if graph is kind.graph else type(kind)(graph)), data

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
        spelling = self.model.graph.spelling
        return remarks(words, self._told, self.ties, self.stopped == "diverged", spelling)

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
        """The prediction at the parameters of the run, for its own data where none are given.

        As `Model.predict`; raises DataError for inputs that are missing or do not fit.
        """
        if data is None and not inputs:
            if self.stream is not None:
                data, inputs = self.stream, cast("dict[str, Value]", self.columns)
            else:
                data = {n: v for n, v in self.data.items() if n in self.model.inputs}
        return self.model.predict(self.parameters, data, of=of, mean=mean, **inputs)

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
        if not self.history:
            raise InputError(
                "This descent has no picture: its start has no finite cost, so there is no epoch."
            )
        if not isinstance(self.model.kind, Scalars):
            return cost_curve(self.record, None, format, words, self._told)
        from symgd.training.landscape import field, predictions

        kind, data = self._subject
        graph = kind.graph
        landscape = Landscape(*field(graph, data, self.start, self.reduction))
        predicted = predictions(graph, self.record, data, self.reduction)
        spelling = self.model.graph.spelling
        return descent_figure(
            self.record, landscape, predicted, format, words, self._told, spelling
        )

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
    start=TABLE.or_none,
    samples=TEXT.or_none,
    reduction=TEXT,
    backend=TEXT.or_none,
    tolerance=NUMBER.or_none,
    seed=NATURAL,
    epochs=COUNT,
    batch=COUNT.or_none,
    patience=COUNT.or_none,
    history=SWITCH,
    callback=FUNCTION.or_none,
    progress=SWITCH.or_none,
    check=SWITCH,
    checkpoint=PLACE.or_none,
    every=NUMBER,
    resume=SWITCH,
)
@undisturbed
def train(
    model: Model,
    data: Data | None = None,
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
    patience: int | None = None,
    history: bool = True,
    callback: Callable[[Record], object] | None = None,
    progress: bool | None = None,
    check: bool = True,
    weights: Value | str | None = None,
    validation: float | Data | None = None,
    checkpoint: str | Path | None = None,
    every: float = 10.0,
    resume: bool = False,
    **inputs: Column,
) -> Run:
    """θ ← θ + Δ, epoch by epoch: the descent of a model on data.

    >>> run = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, optimizer=sgd(0.05))
    >>> run.parameters, run.history[-1]
    >>> run = train(Network([64, 32, 10], "relu", "softmax_cross_entropy"), X=X, Y=Y, batch=32)

    data, inputs   the names that are not parameters: numbers, one value for each sample, or with
                   shapes whole arrays, whose rows are the samples; of x1 to xn one matrix x. Or
                   a DataFrame of pandas or polars or a Table of Arrow, with x="age" for a column,
                   X=["age", "height"] for several. An input that has the name of an option stands
                   in `data`
    start          the parameters at epoch 0; a network has a start of its own, random weights of
                   `seed` (`Network.initial`)
    optimizer      sgd(0.05) where none is given; a text such as "adam(rate=cosine(0.1, 100))" or
                   "lbfgs" is read
    epochs         how many updates, or with `batch` how many passes over the data
    batch          samples an update, in an order shuffled by `seed`
    samples        with shapes: the size that counts the samples, "m" where none is given
    reduction      "mean" or "sum" over the samples; with shapes the formula itself says
    weights        one number a sample, how often it counts: the mean is ΣvC/Σv
    backend        "numba" compiles the gradient, and plain sgd on it as one loop; where None it is
                   "scalar" for numbers alone and "numpy" for arrays
    tolerance      stop when the cost has fallen by less than this in `patience` epochs running, 10
                   where none is given
    validation     a share of the samples that is held out, chosen by `seed`, or other data by name:
                   stop when their cost has not fallen (by `tolerance`) below its lowest for
                   `patience` epochs; the parameters of the run are those of the lowest
    history        False keeps the start and the end alone: less memory, and faster
    callback       called with each record (epoch, parameters, cost); a true answer stops
    progress       a bar on stderr; where None, if that is a terminal
    check          before the first step the compiled gradient is held against differences of the
                   cost, and a plain rate against the largest stable one: a few calls
    checkpoint     a file, run.npz, that holds the descent as it is: written whole after every
                   `every` seconds and at the end. With `resume` it goes on from there bit for bit,
                   or begins where the file is not there yet

    Raises DataError for numbers that are missing, stray, unequal in length, of another shape,
    outside their domain, nan or infinite, and for a checkpoint of another descent; InputError for
    options out of range, ModelError where there is no start; WrongGradientError where the gradient
    is not that of the cost, which is a fault of symgd; DivergedError, whose `run` is what was
    reached. Warns (TrainingWarning) of a rate that is likely to diverge, and of a cost that rises.
    An interrupt from the keyboard, or SIGTERM, ends the descent after its step and returns what
    there is; a second one does what it always does.
    """
    if not isinstance(model, Model):
        raise ModelError(f"train() takes a Model or a Neuron first, not a {type(model).__name__}.")
    from symgd.training.frames import column, is_frame, names_of

    if isinstance(data, Stream):
        return _train_on(
            model,
            data,
            inputs,
            Settings(
                start, optimizer, epochs, batch, seed, samples, reduction, backend, tolerance,
                patience, history, callback, progress, check, weights, validation, checkpoint,
                every, resume,
            ),
        )  # fmt: skip
    if is_frame(data) and isinstance(weights, str):
        weights = column(data, names_of(data), weights, "weights")
    if isinstance(validation, Stream):
        raise InputError(
            "validation is a stream and the data are not; give both as streams, or the validation "
            "as a table or a frame."
        )
    if isinstance(validation, Mapping):
        groups = groups_of((*model.parameters, *model.inputs))
        validation = apart(groups, validation, model.parameters)
    if is_frame(validation):
        texts = {n: c for n, c in inputs.items() if isinstance(c, str) or _is_texts(c)}
        validation = named_data(model, cast("Data", validation), texts)
    return descent_of(
        model,
        named_data(model, data, inputs),
        Settings(
            start, optimizer, epochs, batch, seed, samples, reduction, backend, tolerance, patience,
            history, callback, progress, check, weights, validation, checkpoint, every, resume,
        ),
        warn,
    )  # fmt: skip


def _is_texts(given: Any) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(c, str) for c in given)


def named_data(
    model: Model,
    data: Data | None,
    inputs: Mapping[str, Column],
    options: Sequence[str] = OPTIONS,
    function: str = "train",
    said: Sequence[str] = OPTIONS,
) -> dict[str, Value]:
    """What was given by name, in a dictionary or a frame and by keywords, as one table: the one
    place where data become values of names.

    `said` are the options that a keyword may have been meant for. Raises DataError for a name that
    is no name of the model, or is given twice; ModelError for one of those that are names of it.
    """
    from symgd.training.frames import is_frame, names_of, taken

    groups = groups_of((*model.parameters, *model.inputs))
    table = isinstance(data, Mapping) and all(isinstance(n, str) for n in data)
    if data is not None and not table and not is_frame(data):
        raise InputError(
            f"{function} takes data as a dictionary by name, or a frame; "
            f"{quote(f'of type {type(data).__name__}')} is none."
        )
    named = names_of(data) if is_frame(data) else cast("Mapping[str, Value]", data or {})
    _check_names(
        model, named, {n: v for n, v in inputs.items() if n not in groups}, options, function,
        said,
    )  # fmt: skip
    return apart(groups, taken(model.inputs, data, inputs), model.parameters)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `train`, as they are given."""

    start: Mapping[str, Value] | None = None
    optimizer: Optimizer | str | None = None
    epochs: int = 1000
    batch: int | None = None
    seed: int = 0
    samples: str | None = None
    reduction: str = "mean"
    backend: str | None = None
    tolerance: float | None = None
    patience: int | None = None
    history: bool = True
    callback: Callable[[Record], object] | None = None
    progress: bool | None = None
    check: bool = True
    weights: Any = None
    validation: Any = None
    checkpoint: str | Path | None = None
    every: float = 10.0
    resume: bool = False


def _train_on(model: Model, data: Stream, inputs: Mapping[str, Column], given: Settings) -> Run:
    """The descent on a stream."""
    from symgd.training.streams.descent import train_on

    groups = groups_of((*model.parameters, *model.inputs))
    named = {n: v for n, v in inputs.items() if n not in groups}
    _check_names(model, data.columns or (), named, OPTIONS, "train")
    model, columns, head = bound(model, data, inputs, given.weights)
    validation = given.validation
    if isinstance(validation, Stream):
        given = replace(given, validation=validation.chunks)

    def descend(graph: Any, _: Any, **options: Any) -> RunRecord:
        return train_on(graph, data.chunks, columns, **options)

    run = descent_of(model, head, given, warn, descend)
    run.stream, run.columns = data, dict(inputs)
    return run


def descent_of(
    model: Model,
    data: Mapping[str, Value],
    given: Settings,
    tell: Callable[[str], None] | None = None,
    descend: Callable[..., RunRecord] | None = None,
) -> Run:
    """The descent; `tell` hears what does not look right, as it happens."""
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.training.job import plain_rate
    from symgd.training.train import optimizer_of
    from symgd.training.train import train as in_memory

    descend = descend or in_memory
    rule = optimizer_of(given.optimizer)
    model = model.on(data)
    start = given.start
    if start is None:
        start = model._start(given.seed, data)
    else:
        start = apart(groups_of(model.parameters), start, model.parameters)
    rate = plain_rate(rule) if given.batch is None else None
    options = {f.name: getattr(given, f.name) for f in fields(given)}
    options |= {"start": start, "optimizer": rule, "tell": tell}
    place = None if given.checkpoint is None else Path(given.checkpoint)
    try:
        record = descend(model.graph, data, **options)
    except DivergedError as error:
        run = Run(error.run, model, data, given.reduction, rate, place)
        raise _explained(error, run) from None
    if record.stopped == "interrupted" and tell is not None:
        tell(_how_to_go_on(record.epochs, place))
    return Run(record, model, data, given.reduction, rate, place)


def _how_to_go_on(epochs: int, place: Path | None) -> str:
    done = f"The descent was interrupted after {epochs} epochs"
    if place is not None and place.exists():
        return f"{done}; the same call with resume=True (--resume) goes on from {place}."
    return (
        f"{done}; start=run.end goes on from there with an optimizer that begins anew, and "
        "checkpoint='run.npz' (--checkpoint) keeps a descent so that it goes on as it was."
    )


def warn(sentence: str) -> None:
    """A TrainingWarning, at the line of whoever called symgd."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("symgd."):
        frame, level = frame.f_back, level + 1
    warnings.warn(sentence, TrainingWarning, stacklevel=level)


def _explained(error: DivergedError, run: Run) -> DivergedError:
    """The error with what the Hessian says of the rate."""
    of = run.stability if run.epochs and run.rate is not None else None
    told = error
    if of is not None and of.is_above:
        told = DivergedError(f"{error} {run.remarks()[0]}")
    told.run, told.at, told.sample = run, error.at, error.sample
    return told


def _check_names(
    model: Model,
    data: Collection[str],
    inputs: Mapping[str, Any],
    options: Sequence[str],
    function: str,
    said: Sequence[str] = OPTIONS,
) -> None:
    """Tell apart what is data and what is an option."""
    names = (*model.parameters, *model.inputs)
    both = [n for n in model.inputs if n in said and n in options and n not in data]
    if both:
        are = "is a name of this model and an option" if len(both) == 1 else (
            "are names of this model and options"
        )  # fmt: skip
        raise ModelError(
            f"{listing(both)} {are} of {function}(); give such data in a dictionary: "
            f"{function}(model, {{{both[0]!r}: ...}}, ...)."
        )
    for n in inputs:
        if n not in names:
            raise DataError(
                f"{n!r} is not a name of this model, and no option of {function}(); the model has "
                f"{listing(model.inputs)}, and the options are {listing(options)}."
                f"{did_you_mean(n, (*model.inputs, *options))}"
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
