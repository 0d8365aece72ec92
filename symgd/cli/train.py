"""`symgd train`: the descent of a neuron, on a CSV file or on one point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import (
    columns,
    distinct,
    neuron_of,
    neuron_options,
    numbers,
    run_text,
    write_page,
)
from symgd.errors import InputError, listing
from symgd.pages.formats import PICTURES, format_of

if TYPE_CHECKING:
    from symgd.api import Neuron

# As in `symgd.targets`, which need not be loaded to print the help.
BACKENDS = ("numpy", "scalar", "numba")


@click.command()
@neuron_options
@click.argument("data", required=False, type=click.Path(path_type=Path), metavar="[DATA.csv]")
@click.option("--at", "point", metavar="x=3,y=0", help="One sample instead of a file.")
@click.option("--start", metavar="w=.5,b=2", help="Where the parameters start; without it, at 0.")
@click.option(
    "--optimizer",
    default="sgd(rate=0.05)",
    show_default=True,
    metavar="O",
    help="sgd, adam, rmsprop or adagrad, with its numbers.",
)
@click.option("--epochs", default=1000, show_default=True, metavar="N", help="How many updates.")
@click.option(
    "--tolerance", type=float, metavar="T", help="Stop once the cost falls by less than this."
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
    type=click.Choice(BACKENDS),
    help="What computes the gradient; without it scalar for one sample, numpy for many.",
)
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write epoch, cost and parameters here.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png",
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
    plot: Path | None, output: Path | None,
) -> None:  # fmt: skip
    """Descend the cost of a neuron on the samples of DATA.csv, whose header names the inputs
    (x, y).
    """
    from symgd.api import plot as draw
    from symgd.api import train as descend
    from symgd.pages.run import to_csv, to_json
    from symgd.training.optimizers import parse_optimizer

    distinct(data=data, history=history, plot=plot, output=output)
    picture = format_of(plot, PICTURES) if plot is not None else None
    neuron = neuron_of(activation, loss, inputs, constants)
    values = samples(neuron, data, point)
    begin = dict.fromkeys(neuron.parameters, 0.0) | (numbers(start) if start else {})
    for name in begin:
        if name not in neuron.parameters:
            raise InputError(
                f"--start gives {name}, which is not a parameter; the parameters are "
                f"{listing(neuron.parameters)}."
            )
    run = descend(
        neuron, **values, start=begin, optimizer=parse_optimizer(optimizer), epochs=epochs,
        reduction=reduction, tolerance=tolerance, backend=backend,
    )  # fmt: skip
    if plot is not None and picture is not None:
        write_page(draw(neuron, run, values, picture, reduction), plot)
    if history is not None:
        write_page(to_csv(run), history)
    if output is not None:
        write_page(to_json(run), output)
    click.echo(run_text(run))
    click.echo(f"  {run.epochs} epochs, stopped by: {run.stopped}")


def samples(neuron: Neuron, data: Path | None, point: str | None) -> dict[str, Any]:
    """The data columns that the neuron needs, from a file or from --at."""
    from symgd.training.data import read_csv

    if (data is None) == (point is None):
        raise InputError(
            "Give the samples either as a file, symgd train DATA.csv, "
            "or as one point, --at x=3,y=0."
        )
    if point is not None:
        return numbers(point)
    assert data is not None
    names, _ = columns(neuron, {})
    return read_csv(data, names)
