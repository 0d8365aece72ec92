"""`symgd check`: a derivation that a person wrote, line by line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import output_option, write_page
from symgd.cli.gradient import checked_gradient, gradient_options
from symgd.errors import InputError
from symgd.pages.formats import ANNOTATIONS, VERDICTS, format_of

if TYPE_CHECKING:
    from symgd.judge import Report

STDIN = "-"


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
