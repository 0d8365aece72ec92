"""`symgd check --gradient module:function`: a person's own gradient beside the derived one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from symgd.errors import InputError, listing, quote
from symgd.pages.formats import format_of
from symgd.targets.sources import OF_CURVATURE

# As in `symgd.judge.code`, which need not be loaded to print the help.
FORMATS = ("text", "json", "markdown", "github", "lines", "sarif")
#  name       ending
ENDINGS = {"text": ".txt", "json": ".json", "markdown": ".md", "sarif": ".sarif"}


def gradient_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What it takes to check a function."""
    for option in (
        click.option("--seconds", type=float, default=10.0, show_default=True, metavar="S",
                     help="How long one call of the function may take."),
        click.option("--reduction", type=click.Choice(("mean", "sum")), default="mean",
                     show_default=True, help="Of derivatives in weights, over the samples."),
        click.option("--guard", type=click.Choice(OF_CURVATURE),
                     help="What the function's second derivative is meant to be kept to."),
        click.option("--label", metavar="0,1",
                     help="The labels that there are: 0,1 or -1,1; without it, those of the loss."),
        click.option("--arguments", metavar="z,y",
                     help="What the function takes, in names of the model, in order."),
        click.option("--constants", "-c", metavar="q=1,delta=2",
                     help="Numbers for the letters of a formula."),
        click.option("--activation", "-a", metavar="A", default="identity", show_default=True,
                     help="The link: ŷ = f(z)."),
        click.option("--wrt", metavar="z", default="z", show_default=True,
                     help="The name of the model that it differentiates in: z, yhat, w, b."),
        click.option("--of", metavar="LOSS", default="quadratic", show_default=True,
                     help="The loss: a name (huber(delta=2)) or a formula in yhat and y, or t."),
        click.option("--gradient", metavar="MODULE:FUNCTION",
                     help="Check this function of your own, which returns a gradient or "
                          "(gradient, Hessian)."),
    ):  # fmt: skip
        command = option(command)
    return command


def gradient_page(
    gradient: str, of: str, wrt: str, activation: str, constants: str | None,
    arguments: str | None, guard: str | None, reduction: str, seconds: float, label: str | None,
    format_: str | None = None, output: Path | None = None, language: str = "en",
) -> tuple[str, int]:  # fmt: skip
    """(the page, the exit code): 0 nothing to mend, 1 something is wrong, 2 not to be judged.

    Raises InputError and its kin for a function, a loss or a name that there is not.
    """
    from symgd.cli.common import numbers
    from symgd.judge.code import check_gradient, written

    if format_ is None:
        format_ = "text" if output is None else format_of(output, ENDINGS, "or give --format")
    if format_ not in FORMATS:
        raise InputError(f"A function's report is written as {listing(FORMATS)}, not {format_}.")
    report = check_gradient(
        gradient,
        of,
        wrt,
        activation,
        arguments=[n.strip() for n in arguments.split(",")] if arguments else None,
        constants=numbers(constants) if constants is not None else None,
        guard=guard,
        reduction=reduction,
        seconds=seconds,
        labels=label_pair(label),
    )
    return written(report, format_, language), report.exit_code


def label_pair(text: str | None) -> tuple[float, ...] | None:
    """`-1,1` → (-1.0, 1.0). Raises InputError."""
    if text is None:
        return None
    try:
        found = tuple(float(x) for x in text.split(","))
    except ValueError:
        found = ()
    if len(found) < 2 or len(set(found)) != len(found):
        raise InputError(f"--label {quote(text)} is no list of labels; write 0,1 or -1,1.")
    return found
