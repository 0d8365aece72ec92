"""The command line: thin, each command a few calls of `symgd.api`.

Exit codes: 0 done, 1 `check` found a wrong line, 2 the input is at fault (one clear message on
stderr, no traceback), 3 symgd itself failed.

`symgd.api` is imported inside the commands so that `--help` and a mistyped option answer at once,
without waiting for sympy.
"""

from __future__ import annotations

from typing import Any

import click

from symgd import __version__
from symgd.cli.check import check
from symgd.cli.common import Group, run_text
from symgd.cli.derive import derive
from symgd.cli.exercise import exercise
from symgd.cli.export import export
from symgd.cli.hosts import lsp, mcp
from symgd.cli.practice import practice
from symgd.cli.report import report
from symgd.cli.train import train
from symgd.cli.web import serve, site


@click.group(
    cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="symgd")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Write a neuron's forward formula once; get its gradient derived step by step, each step
    checked, compiled, and the descent that it drives.

    Without a command: the whole path for the default neuron, z = wx + b, ŷ = σ(z), C = ½(y − ŷ)².
    """
    if ctx.invoked_subcommand is None:
        demo()


DEMO_POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
DEMO_RATE, DEMO_EPOCHS = 0.05, 1000


def demo() -> None:
    """The main job: the model, its derivation, the numbers plugged in, the descent."""
    from symgd.api import Neuron, train
    from symgd.training.optimizers import sgd

    neuron = Neuron()
    click.echo(neuron.derive().at(DEMO_POINT, rate=DEMO_RATE).to_text())
    start = {n: DEMO_POINT[n] for n in neuron.parameters}
    data: dict[str, Any] = {n: DEMO_POINT[n] for n in neuron.inputs}
    run = train(
        neuron, **data, start=start, optimizer=sgd(DEMO_RATE), epochs=DEMO_EPOCHS, progress=False
    )
    heading = f"The descent: {DEMO_EPOCHS} epochs at learning rate {DEMO_RATE}"
    click.echo(heading + "\n" + "─" * len(heading))
    click.echo(run_text(run))
    click.echo("\nAll of this on one page, with pictures: symgd report -o report.html")


@click.command(name="list")
@click.argument("what", required=False, metavar="[activations|losses|optimizers|rules|NAME]")
def list_(what: str | None) -> None:
    """The activations, losses, optimizers and rules; with a NAME, all about that one."""
    from symgd.pages.catalogue import tables

    click.echo(tables(what), nl=False)


for command in (
    derive,
    train,
    report,
    check,
    export,
    exercise,
    practice,
    list_,
    mcp,
    lsp,
    serve,
    site,
):
    main.add_command(command)

__all__ = ["main"]
