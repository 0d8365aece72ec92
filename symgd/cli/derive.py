"""`symgd derive`: a derivation in any of the formats."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from symgd.cli.common import (
    among,
    detail_option,
    distinct,
    is_terminal,
    language_option,
    model_of,
    model_option,
    neuron_options,
    notation_options,
    output_option,
    values_of,
    write_page,
)  # fmt: skip
from symgd.errors import InputError
from symgd.pages.formats import PAGES, PICTURES, format_of, page_format

DEFAULT_RATE = 0.05


@click.command()
@neuron_options
@model_option
@notation_options
@click.option(
    "--style",
    type=click.Choice(("chain", "differential", "backprop")),
    help="How it is told: scalars by the chain rule from the cost to each (one neuron without it) "
    "or by backpropagation (a network); models with shapes by differentials or by δ.",
)
@click.option(
    "--wrt",
    metavar="w,b",
    help="The names to differentiate in: parameters, inputs, labels or definitions; without "
    "it, all parameters.",
)
@click.option(
    "--order",
    default=1,
    show_default=True,
    metavar="N",
    help="1 for the gradient, 2 for the Hessian, at most 4.",
)
@click.option(
    "--at",
    "point",
    metavar="w=.5,b=2,x=3,y=0|FILE",
    help="Plug these numbers in; a file of arrays ends in .npz, .json, or in .toml with [values]. "
    "Those of [values] in the file of --model are put in without it.",
)
@click.option(
    "--rate",
    default=DEFAULT_RATE,
    show_default=True,
    metavar="R",
    help="Learning rate of the one update of --at.",
)
@detail_option
@click.option(
    "--format",
    "format_",
    type=among(PAGES),
    help="Without it, by the ending of -o, else text.",
)
@language_option
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png|pdf|tex",
    help="Draw the model as a graph here, with the numbers of --at.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE.svg|png|pdf|tex",
    help="Draw the activation with its derivative and its corners here.",
)
@click.option("--fragment", is_flag=True, help="LaTeX without a preamble, to be put into a paper.")
@click.option(
    "--width",
    type=float,
    metavar="PT",
    help="LaTeX for lines of so many points: 345 of an article, 246 of two columns.",
)
@click.option("--numbered", is_flag=True, help="LaTeX whose equations have numbers and labels.")
@click.option("--stepping", is_flag=True, help="HTML that shows a line more at each press.")
@output_option
def derive(
    activation: str, loss: str, inputs: int, constants: str | None, wrt: str | None, order: int,
    point: str | None, rate: float, detail: str, format_: str | None, language: str,
    figure: Path | None, plot: Path | None, fragment: bool, output: Path | None,
    model_file: Path | None, style: str | None, width: float | None, numbered: bool,
    stepping: bool,
) -> None:  # fmt: skip
    """Derive the gradient of a neuron or of a model, step by step, each step checked."""
    if format_ is None:
        format_ = "text" if output is None else page_format(output, "or give --format")
    if format_ == "pdf" and output is None and is_terminal(sys.stdout):
        raise InputError("A terminal cannot show a PDF; give -o FILE.pdf.")
    names = [n.strip() for n in wrt.split(",")] if wrt is not None else []
    model, values = model_of(model_file, activation, loss, inputs, constants)
    derivation = model.derive(*names, order=order, detail=detail)
    values |= values_of(point)
    if values:
        derivation = derivation.at(values, rate=rate)
    if format_ == "latex":
        body: str | bytes = derivation.to_latex(
            not fragment, language=language, style=style, width=width, numbered=numbered
        )
    elif width is not None or numbered or fragment:
        raise InputError(
            f"--width, --numbered and --fragment are of LaTeX, and the format is {format_}; give "
            "--format latex."
        )
    elif stepping and format_ == "html":
        body = derivation.to_html(language, style=style, stepping=True)
    elif stepping:
        raise InputError(f"--stepping is of HTML, and the format is {format_}; give --format html.")
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
    write_page(body, output, for_people=format_ == "text")
