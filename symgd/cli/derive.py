"""`symgd derive`: a derivation in any of the formats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symgd.cli.common import distinct, neuron_of, neuron_options, numbers, output_option, write_page
from symgd.errors import InputError
from symgd.pages.formats import PAGES, PICTURES, format_of

if TYPE_CHECKING:
    from symgd.api import Model

# As in `symgd.pages.messages`, which need not be loaded to print the help.
LANGUAGES = ("en", "zh")
DEFAULT_RATE = 0.05


@click.command()
@neuron_options
@click.option(
    "--model",
    "model_file",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="A model of scalars, matrices or layers, instead of a neuron.",
)
@click.option(
    "--style",
    type=click.Choice(("differential", "backprop")),
    help="How a model with shapes is told: by differentials (without it), or by δ.",
)
@click.option("--wrt", metavar="w,b", help="The parameters to differentiate in; without it, all.")
@click.option(
    "--order",
    default=1,
    show_default=True,
    metavar="N",
    help="1 for the gradient, 2 for the Hessian, at most 4.",
)
@click.option("--at", "point", metavar="w=.5,b=2,x=3,y=0", help="Plug these numbers in.")
@click.option(
    "--rate",
    default=DEFAULT_RATE,
    show_default=True,
    metavar="R",
    help="Learning rate of the one update of --at.",
)
@click.option(
    "--detail",
    type=click.Choice(("brief", "textbook", "full")),
    default="textbook",
    show_default=True,
    help="How many lines a derivation takes.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(tuple(PAGES)),
    help="Without it, by the ending of -o, else text.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="The language of the words.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png",
    help="Draw the model as a graph here, with the numbers of --at.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png",
    help="Draw the activation with its derivative and its corners here.",
)
@click.option("--fragment", is_flag=True, help="LaTeX without a preamble, to be put into a paper.")
@output_option
def derive(
    activation: str, loss: str, inputs: int, constants: str | None, wrt: str | None, order: int,
    point: str | None, rate: float, detail: str, format_: str | None, language: str,
    figure: Path | None, plot: Path | None, fragment: bool, output: Path | None,
    model_file: Path | None, style: str | None,
) -> None:  # fmt: skip
    """Derive the gradient of a neuron or of a model, step by step, each step checked."""
    if format_ is None:
        format_ = "text" if output is None else format_of(output, PAGES, "or give --format")
    if format_ == "pdf" and output is None and sys.stdout.isatty():
        raise InputError("A terminal cannot show a PDF; give -o FILE.pdf.")
    names = [n.strip() for n in wrt.split(",")] if wrt is not None else []
    if model_file is None:
        model: Model = neuron_of(activation, loss, inputs, constants)
    else:
        _only_of_neurons()
        model = load_model(model_file)
    derivation = model.derive(*names, order=order, detail=detail)
    if point is not None:
        derivation = derivation.at(numbers(point), rate=rate)
    if fragment and format_ == "latex":
        body: str | bytes = derivation.to_latex(language=language, style=style)
    else:
        body = derivation.render(format_, language, style)
    # The pictures first: where one cannot be drawn, nothing is written.
    distinct(output=output, figure=figure, plot=plot)
    pictures = [
        (path, draw(format_of(path, PICTURES), language))
        for path, draw in ((figure, derivation.figure), (plot, derivation.activation_figure))
        if path is not None
    ]
    for path, picture in pictures:
        write_page(picture, path)
    write_page(body, output)


def load_model(path: Path) -> Model:
    """The model of a file."""
    from symgd.api.files import read_model

    return read_model(path)


def _refuse(options: tuple[str, ...], why: str) -> None:
    """Refuse options that were typed."""
    ctx = click.get_current_context()
    for name in options:
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"--{name.replace('point', 'at')} {why}.")


def _only_of_neurons() -> None:
    _refuse(
        ("activation", "loss", "inputs", "constants"),
        "is of a neuron; with --model the file says what the model is",
    )
