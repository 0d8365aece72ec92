"""The command line: thin, each command a few calls of `symgd.api`.

Exit codes: 0 done, 1 `check` found a wrong line, 2 the input is at fault (one clear message on
stderr, no traceback), 3 symgd itself failed.

`symgd.api` is imported inside the commands so that `--help` and a mistyped option answer at once,
without waiting for sympy.
"""

from __future__ import annotations

import click

from symgd import __version__
from symgd.cli.check import check
from symgd.cli.common import Group
from symgd.cli.demo import demo
from symgd.cli.derive import LANGUAGES, derive
from symgd.cli.export import export
from symgd.cli.report import report
from symgd.cli.tables import list_
from symgd.cli.train import train


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


for command in (derive, train, report, check, export, list_):
    main.add_command(command)

__all__ = ["LANGUAGES", "main"]
