"""`symgd train`: the descent of a neuron, on a CSV file or on one point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import (
    all_scalars,
    among,
    distinct,
    model_of,
    model_option,
    neuron_options,
    run_text,
    values_of,
    write_page,
)  # fmt: skip
from symgd.cli.samples import columns_option, samples_of
from symgd.errors import InputError, did_you_mean, listing, quote
from symgd.pages.formats import PICTURES, format_of
from symgd.targets import BACKENDS

if TYPE_CHECKING:
    from symgd.api import Model


@click.command()
@neuron_options
@model_option
@click.argument("data", required=False, type=click.Path(path_type=Path), metavar="[DATA]")
@columns_option
@click.option("--at", "point", metavar="x=3,y=0", help="One sample instead of a file.")
@click.option(
    "--start",
    metavar="w=.5,b=2|FILE",
    help="Where the parameters start, as numbers or a file of arrays (.npz, .json); without it, at "
    "0, or at the random weights of a network.",
)
@click.option("--batch", type=int, metavar="N", help="Samples an update; without it, all.")
@click.option(
    "--seed",
    default=0,
    show_default=True,
    metavar="N",
    help="Of the order of batches and of random weights.",
)
@click.option(
    "--optimizer",
    default="sgd(rate=0.05)",
    show_default=True,
    metavar="O",
    help="A row of symgd list optimizers with its numbers, such as adam(rate=cosine(0.1, 100)).",
)
@click.option("--epochs", default=1000, show_default=True, metavar="N", help="How many updates.")
@click.option(
    "--tolerance", type=float, metavar="T", help="Stop once the cost falls by less than this."
)
@click.option(
    "--validation",
    metavar="SHARE|FILE",
    help="Samples that are held out: a share such as 0.2, or a file as DATA is. The descent stops "
    "once their cost falls no more, and ends where it was lowest.",
)
@click.option(
    "--patience",
    type=int,
    metavar="N",
    help="How many epochs --tolerance and --validation wait; 10 where it is left out.",
)
@click.option(
    "--weights", metavar="HEADER", help="The column of DATA that says how much a sample counts."
)
@click.option(
    "--reduction",
    type=click.Choice(("mean", "sum")),
    default="mean",
    show_default=True,
    help="Over the samples.",
)
@click.option(
    "--backend",
    type=among(BACKENDS),
    help="What computes the gradient; without it scalar for one sample, numpy for many.",
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    help="Keep the descent here while it runs, so that --resume goes on from it.",
)
@click.option(
    "--every", default=10.0, show_default=True, metavar="S", help="Seconds between checkpoints."
)
@click.option("--resume", is_flag=True, help="Go on from --checkpoint, bit for bit.")
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write epoch, cost and parameters here.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png|pdf|tex",
    help="Draw the cost surface with the path on it, and the cost by epoch, here.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="Write the parameters here.",
)
def train(
    activation: str, loss: str, inputs: int, data: Path | None, point: str | None,
    start: str | None, constants: str | None, optimizer: str, epochs: int,
    tolerance: float | None, reduction: str, backend: str | None, history: Path | None,
    plot: Path | None, output: Path | None, model_file: Path | None, batch: int | None, seed: int,
    columns: tuple[str, ...], validation: str | None, patience: int | None, weights: str | None,
    checkpoint: Path | None, every: float, resume: bool,
) -> None:  # fmt: skip
    """Descend the cost of a neuron on the samples of DATA.csv, whose header names the inputs
    (x, y) or is mapped to them by --columns; of a model with shapes on such a file, or on the
    arrays of DATA.npz or DATA.json; - is a CSV from stdin.
    """
    from symgd.api import train as descend
    from symgd.training.texts import parse_optimizer

    distinct(data=data, history=history, plot=plot, output=output, checkpoint=checkpoint)
    picture = format_of(plot, PICTURES) if plot is not None else None
    model, known = model_of(model_file, activation, loss, inputs, constants)
    of_file = model_file is not None
    given = samples(model, data, point, known, columns, of_file, weights)
    counts = None if weights is None else given.pop(weights)
    begin = {n: v for n, v in given.items() if n in model.parameters} | values_of(start)
    for name in begin:
        if name not in model.parameters:
            raise InputError(
                f"--start gives {name}, which is not a parameter; the parameters are "
                f"{listing(model.parameters)}."
            )
    if all_scalars(model):
        begin = dict.fromkeys(model.parameters, 0.0) | begin
    run = descend(
        model, {n: v for n, v in given.items() if n not in model.parameters}, start=begin or None,
        optimizer=parse_optimizer(optimizer), epochs=epochs, reduction=reduction,
        tolerance=tolerance, backend=backend, batch=batch, seed=seed, patience=patience,
        weights=counts, checkpoint=checkpoint, every=every, resume=resume,
        validation=held_out(model, validation, known, columns, of_file, weights),
    )  # fmt: skip
    if plot is not None and picture is not None:
        write_page(run.plot(picture), plot)
    if history is not None:
        write_page(run.to_csv(), history)
    if output is not None:
        write_page(run.to_json(), output)
    click.echo(run_text(run))
    click.echo(f"  {run.epochs} epochs, stopped by: {run.stopped}")
    if run.best is not None:
        click.echo(
            f"  validation: the lowest cost is {run.validation[run.best]!r}, at epoch {run.best}"
        )
    if (found := run.preflight) is not None:
        largest = f"{found.largest:.4g}" if found.highest > 0 else "without bound"
        click.echo(f"  rate {found.rate:g}; the largest stable one at the start is {largest}")


def samples(
    model: Model,
    data: Path | None,
    point: str | None,
    known: dict[str, Any],
    columns: tuple[str, ...],
    of_file: bool,
    weights: str | None = None,
) -> dict[str, Any]:
    """What the model needs, from a file, from --at, or from the model's own file; and the weights
    of the samples, under the name of their column."""
    from symgd.api.files import is_value_file, read_values

    if (data is not None and point is not None) or not (known or data or point):
        raise InputError(
            "Give the samples either as a file, symgd train DATA.csv, "
            "or as one point, --at x=3,y=0."
        )
    if data is None:
        found = known | values_of(point)
    elif is_value_file(str(data)):
        found = known | read_values(data)
    else:
        found = known | samples_of(model, data, known, columns, of_file, weights)[0]
    if weights is not None and weights not in found:
        raise InputError(
            f"--weights {quote(weights)} is no column of the samples; there are {listing(found)}."
            f"{did_you_mean(weights, found)}"
        )
    return found


def held_out(
    model: Model,
    given: str | None,
    known: dict[str, Any],
    columns: tuple[str, ...],
    of_file: bool,
    weights: str | None,
) -> float | dict[str, Any] | None:
    """A share of the samples, or those of a file."""
    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        found = samples(model, Path(given), None, known, columns, of_file, None)
    return {n: v for n, v in found.items() if n in model.inputs and n != weights}
