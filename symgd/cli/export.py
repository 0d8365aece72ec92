"""`symgd export`: the gradient as source for another language or library."""

from __future__ import annotations

from pathlib import Path

import click

from symgd.cli.common import (
    among,
    model_of,
    model_option,
    neuron_options,
    output_option,
    write_page,
)
from symgd.targets.sources import GUARDS, TARGETS


@click.command()
@click.option(
    "--to",
    "target",
    type=among(TARGETS),
    required=True,
    help="A C99 header, a module of NumPy, JAX or PyTorch, or an objective of boosted trees.",
)
@neuron_options
@model_option
@click.option("--name", metavar="NAME", help="What the function is called in the file.")
@click.option(
    "--guard",
    type=click.Choice(GUARDS),
    help="Of an objective: keep the second derivative positive.",
)
@output_option
def export(
    target: str, activation: str, loss: str, inputs: int, constants: str | None,
    name: str | None, guard: str | None, output: Path | None, model_file: Path | None,
) -> None:  # fmt: skip
    """Write the cost and gradient of a neuron, or of a model, as source that stands alone, in C99,
    NumPy, JAX or PyTorch, or as an objective of XGBoost, LightGBM or CatBoost.

    An objective is a function of the raw margin z: --activation is the link, ŷ = f(z), and what
    it returns are the first and second derivatives of the loss in z.
    """
    model, _ = model_of(model_file, activation, loss, inputs, constants)
    text, warning = model.kind.export(target, name, guard)
    if warning:
        click.echo(f"symgd: {warning} See --guard.", err=True)
    write_page(text, output)
