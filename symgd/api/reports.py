"""Reports: a model, its derivation, its numbers and its descent on one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from inspect import signature
from typing import TYPE_CHECKING, Any, Final

from symgd.api.arguments import COUNT, TABLE, TEXT, takes
from symgd.api.descents import Run, Settings, descent_of, named_data
from symgd.api.models import Model, Network
from symgd.errors import DataError, DivergedError, ModelError, listing
from symgd.pages.messages import language as language_of

if TYPE_CHECKING:
    from symgd.api.derivations import WorkedDerivation
    from symgd.api.kind import Value
    from symgd.training.optimizers import Optimizer

# The keywords of `report` that are no data.
REPORT_OPTIONS: Final = (
    "at", "start", "optimizer", "rate", "epochs", "reduction", "detail", "language", "title",
    "headers",
)  # fmt: skip


@takes(
    data=TABLE.or_none,
    at=TABLE.or_none,
    epochs=COUNT,
    start=TABLE.or_none,
    reduction=TEXT,
    detail=TEXT,
    language=TEXT,
    title=TEXT.or_none,
    headers=TABLE.or_none,
)
def report(
    model: Model,
    data: Mapping[str, Value] | None = None,
    /,
    *,
    at: Mapping[str, Value] | None = None,
    start: Mapping[str, Value] | None = None,
    optimizer: Optimizer | str | None = None,
    rate: float = 0.05,
    epochs: int = 1000,
    reduction: str = "mean",
    detail: str = "textbook",
    language: str = "en",
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **inputs: Value,
) -> str:
    """One HTML page: the model, its graph, the derivation, the numbers, the descent, pictures.

    >>> page = report(Neuron("tanh"), x=3.0, y=1.0, start={"w": 0.5, "b": 2.0})

    data, inputs the samples of the descent, as `train` takes them; without them, one sample
    at           the numbers that are put into the derivation; without them, those of the start and
                 the first sample
    start        where the descent starts; without it, at the numbers of `at`, or for a network at
                 the random weights that `train` takes too (seed 0)
    optimizer    sgd(rate) where none is given; a text is read as by `train`
    rate         of the one update that is worked out
    headers      name → what it is called beside the pictures of the data, as its column is

    What is left open takes a number of `symgd.models.example`; with shapes all data are given, and
    of many samples the first few are worked out. The page needs no network and runs no script;
    without matplotlib it says so where the pictures would be.

    A descent that diverges is shown up to there, and said to. Raises what `Derivation.at` and
    `train` raise.
    """
    from symgd.pages.report import to_report
    from symgd.training.optimizers import sgd
    from symgd.training.train import optimizer_of

    if not isinstance(model, Model):
        raise ModelError(f"report() takes a Model or a Neuron first, not a {type(model).__name__}.")
    words = language_of(language)
    if isinstance(optimizer, str):
        optimizer = optimizer_of(optimizer)
    asked = {"at": at, "start": start, "optimizer": optimizer, "rate": rate, "epochs": epochs,
               "reduction": reduction, "detail": detail, "language": language, "title": title,
               "headers": headers}  # fmt: skip
    usual = signature(report).parameters
    samples = named_data(model, data, inputs, REPORT_OPTIONS, "report",
                         [n for n, v in asked.items() if v is not usual[n].default])  # fmt: skip
    derivation = model.derive(detail=detail)
    given = {**samples, **(start or {}), **(at or {})}
    if isinstance(model, Network) and not any(n in given for n in model.parameters):
        absent = [n for n in model.inputs if n not in given]
        if absent:
            raise DataError(
                f"A report of a network needs data: give {listing(absent)} as arrays, such as "
                f"report(network, {', '.join(f'{n}=...' for n in absent)}); the weights have a "
                "start of their own."
            )
        start = model._start(0, given)
        given |= start
    fault: Exception | None = None
    lost: tuple[WorkedDerivation, Run, dict[str, Any]] | None = None
    for point in model.kind.points(given):
        begin = {n: point[n] for n in model.parameters} | dict(start or {})
        values = {n: point[n] for n in model.inputs} | samples
        try:
            worked = derivation.at(point, rate=rate)
            chosen = sgd(rate) if optimizer is None else optimizer
            options = Settings(
                start=begin, optimizer=chosen, epochs=epochs, reduction=reduction
            )  # fmt: skip
            run = descent_of(model, values, options)
        except DataError as error:
            fault = fault or error
            continue
        except DivergedError as error:
            fault = fault or error
            if lost is None and error.history:
                lost = (worked, error.run, values)
            continue
        lost = (worked, run, values)
        break
    if lost is None:
        assert fault is not None
        raise fault
    # A descent that left the doubles has its page up to there, which says so.
    worked, run, values = lost
    remarks = run.remarks(language)
    if run.stopped == "diverged" and not remarks:
        remarks = [str(fault)]
    descent = replace(
        model.kind.descent(run.record, chosen.name, values, reduction),
        stability=run.stability if run.rate is not None else None,
        remarks=remarks,
        headers=dict(headers or {}),
    )
    subject = model.kind.subject(worked.record, worked.worked, words)
    return to_report(subject, descent, words, title)
