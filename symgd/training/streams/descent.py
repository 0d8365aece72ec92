"""`train` on a stream: the same options, the same run, one pass an epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, quote, shown
from symgd.targets.selfcheck import (
    FEW,
    array_witness,
    check_slopes,
    scalar_witness,
)
from symgd.training.checkpoints import digest
from symgd.training.descent import Record, Run
from symgd.training.fitting.kernels import ArrayPart, Kernel, ScalarPart, kernel_of
from symgd.training.fitting.layout import Layout
from symgd.training.fitting.parts import Parts
from symgd.training.fitting.problem import Objective
from symgd.training.frames import is_frame
from symgd.training.job import Options, patience_of
from symgd.training.optimizers import Optimizer
from symgd.training.streams.binding import Binding, Columns, check_constants, check_separable
from symgd.training.streams.pieces import Pieces
from symgd.training.streams.problem import StreamProblem
from symgd.training.streams.stream import ROWS, Chunks
from symgd.training.train import Descent, optimizer_of, place_of
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.graph import Graph

Values = Mapping[str, Any]


def objective_of(
    kernel: Kernel,
    chunks: Chunks | Pieces,
    columns: Columns,
    start: Values | None,
    drops: bool = True,
) -> tuple[Parts, Layout, Any]:
    """(the sums, the layout, the start as a vector or None) of a kernel on a stream.

    Raises DataError for columns that do not fit, InputError for a cost that is no sum over samples.
    """
    check_separable(kernel)
    check_constants(columns.inputs, columns.given, kernel)
    at = None if start is None else {n: start[n] for n in kernel.names}
    whole = Parts(kernel, chunks.bind(Binding(kernel, columns, at, drops)))
    head = whole.spread.head
    if isinstance(head, ArrayPart):
        layout: Layout = head.layout
    else:
        layout = kernel.layout(at if at is not None else dict.fromkeys(kernel.names, 0.0))
    return whole, layout, None if at is None else layout.pack(at)


def train_on(
    graph: Graph | MatrixGraph,
    chunks: Chunks | Pieces,
    columns: Columns,
    /,
    *,
    start: Values,
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
    callback: Callable[[Record], Any] | None = None,
    progress: bool | None = None,
    check: bool = True,
    weights: Any = None,
    validation: Any = None,
    checkpoint: str | Path | None = None,
    every: float = 10.0,
    resume: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Run:
    """The descent of a model on a stream; options as of `symgd.training.train.train`.

    Raises what that raises, InputError for a cost that is no sum over samples, and where a share of
    the stream is to be held out.
    """
    waits = patience_of(patience, tolerance, validation)
    options = Options(epochs, tolerance, waits, batch, seed, history)
    rule = optimizer_of(optimizer)
    place = place_of(checkpoint, every, resume)
    if samples not in (None, "m") or (samples and isinstance(graph, Graph)):
        raise InputError(f"samples={quote(str(samples))}: the rows of a stream are m samples.")
    backend = backend or "numpy"
    kernel = kernel_of(graph, backend, columns.weights is not None)
    whole, layout, _ = objective_of(kernel, chunks, columns, start, drops=False)
    objective = Objective(kernel, whole, layout, layout.pack(start), reduction)
    objective.box.check(objective.start)
    problem = StreamProblem(objective, whole, start)
    head = whole.spread.head
    if check:
        check_on(head, problem, seed)
    judge, told = judge_of(graph, backend, reduction, chunks, columns, start, validation)
    made_of: dict[str, str] = {}
    if place is not None:
        made_of = {
            "data": whole.spread.digest(),
            "start": digest(start),
            "weights": str(columns.weights),
            "validation": told(),
        }
    on_head = Objective(kernel, head, layout, objective.start, reduction)
    return Descent(
        problem, rule, options, callback, progress, judge, place, tell, made_of, backend, reduction,
        (graph, head.given if isinstance(head, ScalarPart) else head.data),
        StreamProblem(on_head, whole, start) if check and head.weight else None,
    ).run()  # fmt: skip


def check_on(head: Any, problem: StreamProblem, seed: int) -> None:
    """Hold the gradient at the start against differences, on a few samples of the first chunk."""
    kernel = head.kernel
    if isinstance(head, ScalarPart):
        part: Any = head.taken(np.unique(np.linspace(0, head.rows - 1, FEW).astype(int)))
        data = part.given
        witness = scalar_witness(kernel.summed, data, "sum")
        start = problem.start
    else:
        part = head.taken(slice(FEW))
        structure = kernel.graph.structure
        start = {n: v for n, v in head.start.items() if n not in structure}
        held = {n: v for n, v in head.start.items() if n in structure}
        data = part.data
        witness = array_witness(kernel.graph, {**data, **held}, part.sizes)

    def slopes(theta: Values) -> tuple[float, Values]:
        v = problem.vector({**problem.start, **{n: np.reshape(theta[n], np.shape(problem.start[n]))
                            for n in theta}})  # fmt: skip
        found = np.zeros(len(v))
        divisor = part.weight if isinstance(head, ArrayPart) else 1.0
        cost = part.first(v, found) / divisor
        named = problem.named(found / divisor)
        return cost, {n: np.reshape(named[n], np.shape(theta[n])) for n in theta}

    check_slopes(slopes, start, witness, seed, data)


def judge_of(
    graph: Any, backend: str, reduction: str, chunks: Chunks | Pieces, columns: Columns,
    start: Values, validation: Any,
) -> tuple[Callable[[Values], float] | None, Callable[[], str]]:  # fmt: skip
    """(θ → the cost of the data of a validation or None, what tells them from others)."""
    if validation is None:
        return None, lambda: ""
    if isinstance(validation, Mapping) or is_frame(validation):
        validation = Chunks(_held(validation), chunks.rows or ROWS)
    if not isinstance(validation, Chunks | Pieces):
        raise InputError(
            f"validation={shown(validation)} of a stream would be a second pass in each epoch; "
            "give the data of the validation themselves, as a table, a frame or a stream."
        )
    kernel = kernel_of(graph, backend, False)
    own = Columns(columns.parameters, columns.inputs, columns.given)
    whole, layout, _ = objective_of(kernel, validation, own, start)
    objective = Objective(kernel, whole, layout, None, reduction)
    return lambda theta: objective.fun(layout.pack(theta)), whole.spread.digest


def _held(data: Any) -> Any:
    from symgd.training.streams.sources import source_of

    try:
        return source_of(data, 2**40, None, ",")
    except DataError as error:
        raise DataError(f"validation: {error}") from None


__all__ = ["objective_of", "train_on"]
