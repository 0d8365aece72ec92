"""Compiled gradient and optimizer → the descent, as a stream of records or as one run.

    (cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ

Epoch 0 is the start, before any update. Data of single numbers run on the scalar backend, and
plain sgd on it as one generated loop, with the same numbers to the last bit. On the numba backend
plain sgd is one compiled loop, on arrays too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgd.errors import (
    DataError,
    DivergedError,
    InputError,
    ModelError,
    as_text,
    listing,
    quote,
    shown,
)
from symgd.targets.gradient import Compiled, compile_gradient, compile_product
from symgd.targets.inputs import real_array
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar
from symgd.targets.selfcheck import check_slopes, few_samples, scalar_witness
from symgd.training.checkpoints import digest
from symgd.training.descent import Problem, Record, Run, Slopes, Values, finite
from symgd.training.job import Checkpoint, Job, Options, patience_of, plain_rate
from symgd.training.optimizers import Optimizer, sgd
from symgd.training.parts import NOT_NEGATIVE, number
from symgd.training.samples import (
    data_of_validation,
    held_out,
    weighted,
    weighted_arrays,
    weights_of,
)
from symgd.training.stability import preflight
from symgd.training.texts import parse_optimizer
from symgd.trees.graph import Graph

if TYPE_CHECKING:
    from symgd.trees.array_graph import MatrixGraph


def train(
    graph: Graph | MatrixGraph,
    data: Values | None = None,
    /,
    *,
    start: Values,
    optimizer: Optimizer | str | None = None,
    epochs: int = 1000,
    reduction: str = "mean",
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
    tolerance: float | None = None,
    patience: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    samples: str | None = None,
    history: bool = True,
    backend: str | None = None,
    check: bool = True,
    weights: Any = None,
    validation: Any = None,
    checkpoint: str | Path | None = None,
    every: float = 10.0,
    resume: bool = False,
    tell: Callable[[str], None] | None = None,
    **more: Any,
) -> Run:
    """The descent of a model on data: numbers, one value a sample, or arrays of its shapes.

    data, more   the leaves that are not parameters, by name
    start        the parameters at epoch 0
    optimizer    sgd(0.05) where none is given; a text is read by `parse_optimizer`
    callback     called with each record; a true answer stops
    progress     a bar on stderr; where None, if that is a terminal
    tolerance    stop when the cost has fallen by less than this in `patience` epochs running, 10
                 where none is given
    batch        samples an update, in an order shuffled by `seed`; an epoch is then one pass, and
                 the cost of a record is still that of all the data
    samples      with shapes: the size that counts the samples, "m" where none is given; the rows of
                 the data with that many rows are the samples
    history      False keeps the start and the end alone: less memory, and a faster loop
    backend      "numba" compiles the gradient, and plain sgd on it as one loop; where None it is
                 "scalar" for numbers alone and "numpy" for arrays
    reduction    "mean" or "sum" over the samples; with shapes the formula itself says
    check        the gradient is held against differences first (`targets.selfcheck`), and a plain
                 rate against 2/λmax
    weights      one a sample
    validation   a share of the samples, or other data, whose cost says when to stop
    checkpoint   a file that the descent goes on from, written each `every` seconds and at the end;
                 with `resume` it goes on from there
    tell         is told in a sentence what does not look right, as it happens

    Raises DataError for numbers that are missing, stray, unequal in length, outside their domain,
    nan or infinite; InputError for options out of range, or for the other kind of model;
    DivergedError; WrongGradientError, which is a fault of symgd. An interrupt from the keyboard
    returns what there is.
    """
    waits = patience_of(patience, tolerance, validation)
    options = Options(epochs, tolerance, waits, batch, seed, history)
    rule = optimizer_of(optimizer)
    place = place_of(checkpoint, every, resume)
    given = Given(data or {}, more, start, weights, validation, seed)
    problem: Problem
    judge: Callable[[Values], float] | None = None
    if isinstance(graph, Graph):
        if samples is not None:
            raise InputError(
                f"samples={quote(as_text(samples))} is for models with shapes; over scalars every "
                "array has one number for each sample."
            )
        if reduction not in ("mean", "sum"):
            raise InputError(
                f"reduction={quote(as_text(reduction))} gives no one cost to descend; "
                '"mean" and "sum" do.'
            )
        names, name = [t.name for t in graph.parameters], ""
        leaves, held = given.parts(names, lambda n, v: real_array(n, v).ndim > 0)
        if given.weight is not None:
            graph, name = weighted(graph)
            leaves, held = given.with_weights(name, leaves, held, reduction == "mean")
        gradient = _compile(graph, leaves, backend, reduction)
        values = gradient.check(leaves)
        finite_data(gradient, values)
        problem = ScalarProblem(gradient, values, given.kept, name)
        if check:
            problem.check_slopes(graph, reduction, seed)
        if held is not None:
            judge = scalar_judge(graph, held, reduction)
        backend = gradient.backend
    else:
        # Matrix calculus is loaded with the first model that has shapes.
        from symgd.targets.arrays.inputs import check_array_options
        from symgd.training.arrays import ArrayProblem, array_judge, is_mean

        backend = "numpy" if backend is None else backend
        check_array_options(backend, reduction)
        size, name = samples or "m", ""
        of_samples = {n for n, x in graph.leaves.items() if x.rows.text == size}
        leaves, held = given.parts(
            graph.parameters, lambda n, v: n in of_samples and real_array(n, v).ndim > 0
        )
        if given.weight is not None:
            mean = is_mean(graph, leaves, [n for n in given.columns if n in of_samples])
            graph, name = weighted_arrays(graph, size)
            leaves, held = given.with_weights(name, leaves, held, mean)
        problem = ArrayProblem(graph, leaves, size, batch, backend, given.kept, name)
        if check:
            problem.check_slopes(seed)
        if held is not None:
            judge = array_judge(graph, held)
    made_of = {
        "data": digest(given.data),
        "start": digest(given.start),
        "weights": digest({"weights": given.weight} if given.weight is not None else None),
        "validation": digest(held),
    } if place is not None else {}  # fmt: skip
    of = (graph, {n: v for n, v in leaves.items() if n not in given.start})
    return Descent(
        problem, rule, options, callback, progress, judge, place, tell, made_of, backend,
        reduction, of, problem if check else None,
    ).run()  # fmt: skip


@dataclass(frozen=True)
class Descent:
    """A problem, and how it is descended.

    place      where it is kept, and `made_of` what tells it from others there
    of         the graph, and the data that it is on
    preflight  what the rate is held against before the first step
    """

    problem: Problem
    rule: Optimizer
    options: Options
    callback: Callable[[Record], Any] | None
    progress: bool | None
    judge: Callable[[Values], float] | None
    place: Checkpoint | None
    tell: Callable[[str], None] | None
    made_of: Mapping[str, str]
    backend: str
    reduction: str
    of: tuple[Any, Values]
    preflight: Problem | None

    def run(self) -> Run:
        """Raises DivergedError, with the sample that has no finite cost."""
        options, tell, place = self.options, self.tell, self.place
        if place is not None:
            made = {
                "model": model_text(self.of[0]),
                **self.made_of,
                "optimizer": self.rule.name,
                "backend": self.backend,
                "reduction": self.reduction,
                **{
                    n: getattr(options, n)
                    for n in ("batch", "seed", "tolerance", "patience", "history")
                },
            }
            place = replace(place, made_of=made)
        bar = progress_bar(self.progress, options.epochs)
        try:
            job = Job(
                self.problem, self.rule, options, self.callback, bar, self.judge, place, tell
            )  # fmt: skip
            found = None
            if self.preflight is not None and job.epoch == 0 and not job.is_batched:
                found = preflight(self.preflight, plain_rate(self.rule), options.epochs)
                if tell is not None and found is not None and found.is_above:
                    job.is_told = True
                    tell(found.sentence)
            return replace(job.run(), preflight=found, of=self.of)
        except DivergedError as error:
            error.run = replace(error.run, of=self.of)
            raise named_sample(error, self.problem) from None
        finally:
            if bar is not None:
                bar.close()


RUN_AWAY = 1e100  # a cost from which on all samples overflow, one after the other


def named_sample(error: DivergedError, problem: Problem) -> DivergedError:
    """The error with the sample that has no finite cost, where others have one.

    Of a cost that ran away the first one that overflows is no one's fault.
    """
    if error.history and not error.history[-1] < RUN_AWAY:
        return error
    with np.errstate(all="ignore"):
        sample = problem.bad(error.at)
    if sample is None:
        return error
    told = DivergedError(f"{error} Sample {sample}, counted from 0, is the first that has none.")
    told.run, told.at, told.sample = error.run, error.at, sample
    return told


def place_of(checkpoint: str | Path | None, every: float, resume: bool) -> Checkpoint | None:
    """Where the descent is kept. Raises InputError where a file is there already."""
    if checkpoint is None:
        if resume:
            raise InputError(
                "resume=True goes on from a file; say which: checkpoint='run.npz', resume=True."
            )
        return None
    path = Path(checkpoint)
    seconds = number("every", every, *NOT_NEGATIVE)
    try:
        is_there = path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{quote(str(path))} cannot be written: {reason}.") from None
    if is_there and not resume:
        raise InputError(
            f"{path} is there already; resume=True (--resume) goes on from it, and without that it "
            "is not written over: give another file, or take it away."
        )
    return Checkpoint(path, seconds, resume)


class Given:
    """What a descent is given, and the parts of it: what is trained on, and what is held out.

    data     the leaves that are not parameters, by name
    kept     the places of the samples that are trained on; None where those are all
    weight   one a sample, or None
    columns  those of the data that have a value or a row for each sample
    """

    def __init__(
        self, data: Values, more: Values, start: Values, weights: Any, validation: Any, seed: int
    ) -> None:
        self.given, self.more, self.start = data, more, start
        self.weights, self.validation, self.seed = weights, validation, seed
        self.data: dict[str, Any] = {**data, **more}
        self.columns: dict[str, Any] = {}
        self.kept: Any = None
        self.out: Any = None
        self.weight: Any = None

    def parts(
        self, parameters: Sequence[str], is_column: Callable[[str, Any], bool]
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """(what is trained on, what is held out or None), each with the start."""
        leaves = leaves_of(parameters, self.given, self.more, self.start)
        self.columns = {n: v for n, v in self.data.items() if is_column(n, v)}
        if self.weights is None and self.validation is None:
            return leaves, None
        for n, v in self.columns.items():
            if not np.size(v) or not hasattr(v, "__len__"):
                raise DataError(
                    f"{n} was given as {shown(v)}; weights and a validation need one value or row "
                    "for each sample."
                )
        lengths = {n: len(v) for n, v in self.columns.items()}
        if self.weights is not None:
            self.weight = weights_of(self.weights, max(lengths.values(), default=1))
        if self.validation is None:
            return leaves, None
        if isinstance(self.validation, Mapping):
            return leaves, {
                **data_of_validation(self.validation, self.data, [*self.columns]), **self.start
            }  # fmt: skip
        if len({*lengths.values()}) > 1:
            # the sentence on unequal lengths is that of the gradient
            return leaves, leaves
        self.kept, self.out = held_out(self.validation, self.columns, self.seed)
        columns = {n: np.asarray(v) for n, v in self.columns.items()}
        return (
            {**leaves, **{n: v[self.kept] for n, v in columns.items()}},
            {**leaves, **{n: v[self.out] for n, v in columns.items()}},
        )

    def with_weights(
        self, name: str, leaves: dict[str, Any], held: dict[str, Any] | None, mean: bool
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Both with their weights: of a mean such that those are 1 on average."""

        def of(weight: Any) -> Any:
            if not weight.any():
                raise DataError("The weights of one part of the samples are all 0.")
            return weight / weight.mean() if mean else weight

        mine = self.weight if self.kept is None else self.weight[self.kept]
        if not self.columns:
            return {**leaves, name: float(of(mine)[0])}, held and {**held, name: 1.0}
        leaves = {**leaves, name: of(mine)}
        if held is None:
            return leaves, None
        if self.out is not None:
            return leaves, {**held, name: of(self.weight[self.out])}
        return leaves, {**held, name: np.ones(len(held[next(iter(self.columns))]))}


def model_text(graph: Graph | MatrixGraph) -> str:
    """All that says what is computed, and nothing of how it is written on a page."""
    if isinstance(graph, Graph):
        parts: tuple[Any, ...] = (graph.functions, graph.domains, graph.kinks)
    else:
        words = {n: sorted(x.words) for n, x in graph.leaves.items()}
        parts = (graph.leaves, words, graph.structure, graph.sizes, graph.families)
    return " | ".join(map(str, (graph.definitions, graph.parameters, *parts)))


def scalar_judge(graph: Graph, held: Values, reduction: str) -> Callable[[Values], float]:
    """θ → the cost of the samples that are held out."""
    compiled = compile_numpy(graph, reduction)
    values = compiled.check(held)
    finite_data(compiled, values)
    names = compiled.parameters
    data = values[len(names) :]

    def cost(theta: Values) -> float:
        return float(compiled.function(*(np.float64(theta[n]) for n in names), *data)[0])

    return cost


def _compile(graph: Graph, leaves: Values, backend: str | None, reduction: str) -> Compiled:
    for v in graph.equations:
        raise ModelError(
            f"{v} is defined by an equation, which would have to be solved in each step of a "
            "descent; compile() the gradient, and take the steps yourself."
        )
    if backend is not None:
        return compile_gradient(graph, backend, reduction)
    scalar = all(real_array(n, v).ndim == 0 for n, v in leaves.items())
    return compile_scalar(graph) if scalar else compile_numpy(graph, reduction)


def progress_bar(progress: bool | None, epochs: int) -> Any:
    wanted = sys.stderr.isatty() if progress is None else progress
    if not wanted:
        return None
    from tqdm import tqdm  # 30 ms that a run without a bar need not wait for

    return tqdm(total=epochs, unit="epoch", leave=False)


# -- numbers as a problem of descent --------------------------------------------------------------


class ScalarProblem:
    """Numbers as parameters; data are numbers, or one number for each sample."""

    keeps = True
    passes = False

    def __init__(
        self, compiled: Compiled, values: list[Any], places: Any = None, weight: str = ""
    ) -> None:
        self.compiled = compiled
        self.places = places
        self.weight = weight
        self.names = compiled.parameters
        self.loop, self.end = compiled.loop, compiled.end
        self.start = dict(zip(self.names, map(float, values), strict=False))
        self.data = values[len(self.names) :]
        self.samples = max((v.size for v in self.data if isinstance(v, np.ndarray)), default=1)

    def on(self, theta: Values, data: list[Any]) -> Slopes:
        number = float if self.loop is not None else np.float64
        values = [number(theta[n]) for n in self.names]
        cost, slopes = self.compiled.function(*values, *data)
        return cost, dict(zip(self.names, slopes, strict=True))

    def whole(self, theta: Values) -> Slopes:
        return self.on(theta, self.data)

    def cost(self, epoch: int, theta: Values) -> Any:
        cost, slopes = self.whole(theta)
        finite(epoch, theta, cost, slopes)
        return cost

    def parts(self, random: Any, size: int) -> Iterator[Callable[[Values], Slopes]]:
        order = random.permutation(self.samples)
        for i in range(0, len(order), size):
            taken = order[i : i + size]
            part = [v[taken] if isinstance(v, np.ndarray) else v for v in self.data]
            yield lambda theta, part=part: self.on(theta, part)  # type: ignore[misc]

    def as_given(self, theta: Values) -> dict[str, Any]:
        return dict(theta)

    @property
    def given(self) -> dict[str, Any]:
        """The data by name."""
        return dict(zip(self.compiled.names[len(self.names) :], self.data, strict=True))

    @cached_property
    def product(self) -> Any:
        graph = self.compiled.program.graph
        return compile_product(graph, "numpy", self.compiled.reduction)

    def hessian(self, direction: Values, theta: Values) -> Values:
        found: Values = self.product(direction, {**self.given, **theta})
        return found

    @cached_property
    def curvature(self) -> Any:
        from symgd.training.gauss_newton import ScalarCurvature

        graph, reduction = self.compiled.program.graph, self.compiled.reduction or "mean"
        return ScalarCurvature(graph, self.given, reduction, self.weight)

    def gauss_newton(self, direction: Values, theta: Values) -> Values:
        found: Values = self.curvature(direction, theta)
        return found

    def bad(self, theta: Values) -> int | None:
        if not any(isinstance(v, np.ndarray) for v in self.data):
            return None
        alone = compile_numpy(self.compiled.program.graph, None)
        values = [np.float64(theta[n]) for n in self.names]
        cost, slopes = alone.function(*values, *self.data)
        good = np.isfinite(np.broadcast_to(cost, (self.samples,)))
        for g in slopes:
            good = good & np.isfinite(g)
        if good.all() or not good.any():
            return None
        first = int(np.argmin(good))
        return first if self.places is None else int(self.places[first])

    def check_slopes(self, graph: Graph, reduction: str, seed: int) -> None:
        """Hold the gradient at the start against differences, on a few samples."""
        few = few_samples(self.given)
        witness = scalar_witness(graph, few, reduction)
        given = list(few.values())
        check_slopes(lambda theta: self.on(theta, given), self.start, witness, seed, few)


# -- what a descent is given, checked before anything runs ----------------------------------------


def optimizer_of(given: Optimizer | str | None) -> Optimizer:
    match given:
        case None:
            return sgd(0.05)
        case str() if issubclass(type(given), str):
            return parse_optimizer(str.__str__(given))
        case Optimizer():
            return given
    raise InputError(
        f"optimizer is {quote(shown(given))}; give an optimizer such as sgd(0.05), or a text "
        "such as 'adam'."
    )


def leaves_of(
    parameters: Sequence[str], data: Values, more: Values, start: Values
) -> dict[str, Any]:
    """Data and start as one table; raises DataError for a name that is missing or given twice."""
    twice = [n for n in data if n in more] + [n for n in start if n in data or n in more]
    if twice:
        raise DataError(f"{listing(twice)} was given twice; give each name once.")
    stray = [n for n in start if n not in parameters]
    if stray:
        raise DataError(
            f"start gives {listing(stray)}, but the parameters are {listing(parameters)}."
        )
    missing = [n for n in parameters if n not in start]
    if missing:
        rest = "".join(f", {n!r}: 0.5" for n in missing)[2:]
        raise DataError(f"start leaves out {listing(missing)}; write start={{{rest}, ...}}.")
    return {**data, **more, **start}


def finite_data(compiled: Compiled, values: list[Any]) -> None:
    for name, value in zip(compiled.names, values, strict=True):
        good = np.isfinite(value)
        if not np.all(good):
            where = f"{name}[{int(np.argmin(good))}]" if np.ndim(value) else name
            raise DataError(
                f"{where} is {np.ravel(value)[np.argmin(good)]}; a descent needs finite numbers."
            )
