"""Compiled gradient and optimizer → the descent, as a stream of records or as one run.

    (cost, g) = gradient(θ)        (Δ, s) = update(g, s, θ)        θ ← θ + Δ

Epoch 0 is the start, before any update. Data of single numbers run on the scalar backend, and
plain sgd on it as one generated loop, with the same numbers to the last bit. On the numba backend
plain sgd is one compiled loop, on arrays too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symgd.errors import DataError, InputError, ModelError, as_text, listing, quote, shown
from symgd.targets.gradient import Compiled, compile_gradient
from symgd.targets.inputs import real_array
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar
from symgd.targets.selfcheck import check_slopes, few_samples, scalar_witness
from symgd.training.descent import (
    Job,
    Options,
    Problem,
    Record,
    Run,
    Slopes,
    Values,
    finite,
)
from symgd.training.optimizers import Optimizer, parse_optimizer, sgd
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
    patience: int = 10,
    batch: int | None = None,
    seed: int = 0,
    samples: str | None = None,
    history: bool = True,
    backend: str | None = None,
    check: bool = True,
    **more: Any,
) -> Run:
    """The descent of a model on data: numbers, one value a sample, or arrays of its shapes.

    data, more   the leaves that are not parameters, by name
    start        the parameters at epoch 0
    optimizer    sgd(0.05) where none is given; a text is read by `parse_optimizer`
    callback     called with each record; a true answer stops
    progress     a bar on stderr; where None, if that is a terminal
    tolerance    stop when the cost has fallen by less than this in `patience` epochs running
    batch        samples an update, in an order shuffled by `seed`; an epoch is then one pass, and
                 the cost of a record is still that of all the data
    samples      with shapes: the size that counts the samples, "m" where none is given; the rows of
                 the data with that many rows are the samples
    history      False keeps the start and the end alone: less memory, and a faster loop
    backend      "numba" compiles the gradient, and plain sgd on it as one loop; where None it is
                 "scalar" for numbers alone and "numpy" for arrays
    reduction    "mean" or "sum" over the samples; with shapes the formula itself says
    check        the gradient is held against differences first (`targets.selfcheck`)

    Raises DataError for numbers that are missing, stray, unequal in length, outside their domain,
    nan or infinite; InputError for options out of range, or for the other kind of model;
    DivergedError; WrongGradientError, which is a fault of symgd. An interrupt from the keyboard
    returns what there is.
    """
    options = Options(epochs, tolerance, patience, batch, seed, history)
    rule = optimizer_of(optimizer)
    problem: Problem
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
        names = [t.name for t in graph.parameters]
        leaves = leaves_of(names, data or {}, more, start)
        gradient = _compile(graph, leaves, backend, reduction)
        values = gradient.check(leaves)
        finite_data(gradient, values)
        problem = ScalarProblem(gradient, values)
        if check:
            problem.check_slopes(graph, reduction, seed)
    else:
        # Matrix calculus is loaded with the first model that has shapes.
        from symgd.targets.arrays.inputs import check_array_options
        from symgd.training.arrays import ArrayProblem

        backend = "numpy" if backend is None else backend
        check_array_options(backend, reduction)
        leaves = leaves_of(graph.parameters, data or {}, more, start)
        problem = ArrayProblem(graph, leaves, samples or "m", batch, backend)
        if check:
            problem.check_slopes(seed)
    bar = progress_bar(progress, epochs)
    job = Job(problem, rule, options, callback, bar)
    try:
        return job.run()
    finally:
        if bar is not None:
            bar.close()


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

    def __init__(self, compiled: Compiled, values: list[Any]) -> None:
        self.compiled = compiled
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

    def parts(self, order: Any, size: int) -> Iterator[Callable[[Values], Slopes]]:
        for i in range(0, len(order), size):
            taken = order[i : i + size]
            part = [v[taken] if isinstance(v, np.ndarray) else v for v in self.data]
            yield lambda theta, part=part: self.on(theta, part)  # type: ignore[misc]

    def as_given(self, theta: Values) -> dict[str, Any]:
        return dict(theta)

    def check_slopes(self, graph: Graph, reduction: str, seed: int) -> None:
        """Hold the gradient at the start against differences, on a few samples."""
        leaves = dict(zip(self.compiled.names[len(self.names) :], self.data, strict=True))
        few = few_samples(leaves)
        witness = scalar_witness(graph, few, reduction)
        check_slopes(lambda theta: self.on(theta, list(few.values())), self.start, witness, seed)


# -- what a descent is given, checked before anything runs ----------------------------------------


def optimizer_of(given: Optimizer | str | None) -> Optimizer:
    match given:
        case None:
            return sgd(0.05)
        case str():
            return parse_optimizer(given)
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
