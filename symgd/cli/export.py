"""`symgd export`: the gradient as source for another language or library."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symgd import __version__
from symgd.cli.common import (
    among,
    model_of,
    model_option,
    neuron_options,
    output_option,
    refuse,
    say,
    write_page,
)
from symgd.errors import InputError, visible
from symgd.targets.sources import GUARDS, TARGETS, Asked

if TYPE_CHECKING:
    from symgd.api import Model

# What of a command says where its file goes, and not what is in it.
OF_PLACES = ("output", "with_test")


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
@click.option(
    "--floor", type=float, metavar="H", help="The least that a guarded second derivative is."
)
@click.option(
    "--label", metavar="SET", help='Where the label lies, such as "{0, 1}"; the file checks it.'
)
@click.option(
    "--with-test", is_flag=True, help="Of an objective: write test_FILE.py beside it as well."
)
@output_option
def export(
    target: str, activation: str, loss: str, inputs: int, constants: str | None,
    name: str | None, guard: str | None, floor: float | None, label: str | None, with_test: bool,
    output: Path | None, model_file: Path | None,
) -> None:  # fmt: skip
    """Write the cost and gradient of a neuron, or of a model, as source that stands alone, in C99,
    NumPy, JAX or PyTorch, or as an objective of XGBoost, LightGBM or CatBoost.

    An objective is a function of the raw margin z: --activation is the link, ŷ = f(z), and what
    it returns are the first and second derivatives of the loss in z. Of a model with shapes, z is
    a column: the margins of several classes, outputs or parameters. --loss cox (survival) and
    ranknet (pairs) are costs of groups of samples.
    """
    if with_test and output is None:
        raise InputError("--with-test writes a file beside another; give that one with -o FILE.")
    model = of_groups(loss) if model_file is None and TARGETS[target].guarded else None
    if model is None:
        model, _ = model_of(model_file, activation, loss, inputs, constants)
    asked = Asked(guard, floor, label)
    text, warning = model.kind.export(target, name, asked)
    if warning:
        say(f"{warning} See --guard.")
    test = None
    if with_test and output is not None:
        from symgd.targets.sources.with_test import test_of

        test = test_of(model.graph, target, output, name, asked)
    write_page(f"{TARGETS[target].comment} {written_by()}\n{text}", output)
    if test is not None:
        write_page(test[1], test[0])


def of_groups(loss: str) -> Model | None:
    """The model of a loss of groups of samples, or None for another."""
    from symgd.api import Model
    from symgd.targets.sources.groups import GROUPS

    row = GROUPS.get(loss)
    if row is None:
        return None
    refuse(("activation", "inputs", "constants"), f"is of a neuron; {loss} is a cost of groups")
    return Model(row.definitions, ["z"], shapes=row.shapes)


def written_by() -> str:
    """The version and the command: what writes the file again.

    On one line of what is printed, so that no text of a formula is a line of the file.
    """
    ctx = click.get_current_context()
    words = ["symgd", "export"]
    for option in ctx.command.params:
        given = ctx.get_parameter_source(str(option.name)) == click.core.ParameterSource.COMMANDLINE
        if given and option.name not in OF_PLACES:
            words += [option.opts[0], str(ctx.params[str(option.name)])]
    return visible(f"Written by symgd {__version__}: {shlex.join(words)}")
