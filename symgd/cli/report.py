"""`symgd report`: the model, its derivation, its numbers and its descent on one HTML page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from symgd.cli.common import (
    detail_option,
    distinct,
    is_terminal,
    language_option,
    model_of,
    model_option,
    neuron_options,
    numbers,
    values_of,
    write_page,
)  # fmt: skip
from symgd.cli.derive import DEFAULT_RATE
from symgd.cli.samples import columns_option, samples_of
from symgd.errors import InputError
from symgd.pages.formats import page_format

# Where the page goes when it would otherwise fill a terminal.
PAGE = Path("symgd-report.html")


@click.command()
@neuron_options
@model_option
@click.argument("data", required=False, type=click.Path(path_type=Path), metavar="[DATA.csv]")
@columns_option
@click.option(
    "--at",
    "point",
    metavar="w=.5,b=2,x=3,y=0",
    help="The numbers that are put in. What is left out takes the start, the first sample, or a "
    "number that fits.",
)
@click.option("--start", metavar="w=.5,b=2", help="Where the descent starts; without it, at --at.")
@click.option(
    "--rate",
    default=DEFAULT_RATE,
    show_default=True,
    metavar="R",
    help="Learning rate of the one update, and of the descent without --optimizer.",
)
@click.option("--optimizer", metavar="O", help="A row of symgd list optimizers, with its numbers.")
@click.option("--epochs", default=1000, show_default=True, metavar="N", help="How many updates.")
@detail_option
@language_option
@click.option("--title", metavar="T", help="What heads the page.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help=f"Write here. Without it, to what reads the output; to {PAGE} if that is a terminal.",
)
def report(
    activation: str, loss: str, inputs: int, constants: str | None, data: Path | None,
    point: str | None, start: str | None, rate: float, optimizer: str | None, epochs: int,
    detail: str, language: str, title: str | None, output: Path | None, model_file: Path | None,
    columns: tuple[str, ...],
) -> None:  # fmt: skip
    """One page that can be handed out: the model and its graph, the derivation, the worked
    numbers, the descent and its pictures.

    Without DATA.csv, whose header names the inputs or is mapped to them by --columns, the descent
    is on the one sample of --at. DATA.csv may be -, stdin.
    """
    from symgd.api import report as write
    from symgd.pages.figures import drawable

    if output is not None and page_format(output) != "html":
        raise InputError(f"A report is an HTML page; end {output.name} in .html.")
    if output is None and is_terminal(sys.stdout):
        output = PAGE
    distinct(data=data, output=output)
    neuron, values = model_of(model_file, activation, loss, inputs, constants)
    at = values | values_of(point)
    samples: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if data is not None:
        samples, headers = samples_of(neuron, data, at, columns, model_file is not None)
    body = write(
        neuron, samples, at=at, start=numbers(start) if start is not None else None, rate=rate,
        optimizer=optimizer, epochs=epochs, detail=detail, language=language, title=title,
        headers=headers,
    )  # fmt: skip
    if not drawable():
        click.echo('The page has no pictures: they need pip install "symgd[plot]".', err=True)
    write_page(body, output)
