"""`symgd check`: a derivation that a person wrote, line by line; with `--gradient module:function`
a person's own gradient beside the derived one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import output_option, write_page
from symgd.errors import InputError, listing
from symgd.pages.formats import ANNOTATIONS, VERDICTS, format_of
from symgd.targets.sources import GUARDS

if TYPE_CHECKING:
    from symgd.judge import Report


STDIN = "-"

# As in `symgd.judge.code`, which need not be loaded to print the help.
FORMATS = ("text", "json", "markdown", "github")


def gradient_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What it takes to check a function."""
    for option in (
        click.option("--seconds", type=float, default=10.0, show_default=True, metavar="S",
                     help="How long one call of the function may take."),
        click.option("--reduction", type=click.Choice(("mean", "sum")), default="mean",
                     show_default=True, help="Of derivatives in weights, over the samples."),
        click.option("--guard", type=click.Choice(GUARDS),
                     help="What the function's second derivative is meant to be kept to."),
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


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@gradient_options
@click.option(
    "--define",
    "definitions",
    multiple=True,
    metavar="'C = (y - wx)^2'",
    help="What the document does not define itself, in LaTeX; may be repeated.",
)
@click.option(
    "--assume",
    multiple=True,
    metavar="'x > 0'",
    help="Where it is meant to hold, as y \\in \\{0, 1\\} or \\sum_c t_c = 1; may be repeated.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice((*VERDICTS, *ANNOTATIONS)),
    help="Without it, by the ending of -o, else text. github: annotations of a workflow; lines: "
    "file:line: message.",
)
@click.option("--strict", is_flag=True, help="Lines that are not understood make exit code 1 too.")
@output_option
def check(
    files: tuple[str, ...], definitions: tuple[str, ...], assume: tuple[str, ...],
    format_: str | None, strict: bool, output: Path | None, gradient: str | None, **how: Any,
) -> None:  # fmt: skip
    """Find the line that is wrong in derivations in .tex, .md, .ipynb and .txt files; - is stdin.

    Exit code 0: no line is wrong; 1: one is; 2: the input is at fault. A line that is not
    understood is neither right nor wrong: it makes 1 only with --strict.

    With --gradient, a function in Python instead of files: the derivative of --of in --wrt that it
    computes, beside the derived one.
    """
    if gradient is not None:
        if files or definitions or assume:
            raise InputError("--gradient checks a function, and files hold derivations: give one.")
        if format_ is None:
            format_ = "text" if output is None else format_of(output, VERDICTS, "or give --format")
        page, code = checked_gradient(gradient, **how, format_=format_)
        write_page(page, output)
        click.get_current_context().exit(code)
    from symgd.judge.report import UNKNOWN, WRONG
    from symgd.judge.reports import PAGES, to_text

    if not files:
        raise InputError("Name a file, as in symgd check notes.tex, or - for what is piped in.")
    if output is not None and output.resolve() in {Path(f).resolve() for f in files if f != STDIN}:
        raise InputError(f"{output} is one of the files that are checked; give another -o.")
    if format_ is None:
        format_ = "text" if output is None else format_of(output, VERDICTS, "or give --format")
    reports = [check_file(name, definitions, assume) for name in files]
    if format_ == "text":
        body = to_text(reports, colour=output is None and has_colour())
    else:
        body = PAGES[format_](reports)
    write_page(body, output)
    verdicts = {line.verdict for report in reports for line in report.lines}
    if WRONG in verdicts or (strict and UNKNOWN in verdicts):
        click.get_current_context().exit(1)


def check_file(name: str, definitions: tuple[str, ...], assume: tuple[str, ...]) -> Report:
    from symgd.api.checks import check_file, check_stream

    if name == STDIN:
        return check_stream(sys.stdin.buffer, "", definitions, assume)
    return check_file(Path(name), definitions, assume)


def has_colour() -> bool:
    """Colours only on a terminal, and not where NO_COLOR is set (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def checked_gradient(
    gradient: str, of: str, wrt: str, activation: str, constants: str | None,
    arguments: str | None, guard: str | None, reduction: str, seconds: float, format_: str,
) -> tuple[str, int]:  # fmt: skip
    """(the page, the exit code): 0 nothing to mend, 1 something is wrong, 2 not to be judged.

    Raises InputError and its kin for a function, a loss or a name that there is not.
    """
    from symgd.cli.common import numbers
    from symgd.judge.code import check_gradient, written

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
    )
    return written(report, format_), report.exit_code
