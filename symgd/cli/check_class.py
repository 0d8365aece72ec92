"""`symgd check --class DIR`: the marks of a class."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import is_terminal
from symgd.errors import InputError, listing
from symgd.pages.formats import MARKS, format_of
from symgd.training.interrupts import Interrupted
from symgd.training.interrupts import asked as was_asked

if TYPE_CHECKING:
    from symgd.cli.check_config import Config


def class_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What it takes to mark a class."""
    for option in (
        click.option("--scheme", metavar="right=1,wrong=-1",
                     help="What lines are worth, or a .toml file that says so."),
        click.option("--class", "class_", type=click.Path(path_type=Path), metavar="DIR",
                     help="Mark a folder: a file or a folder a student."),
    ):  # fmt: skip
        command = option(command)
    return command


def class_page(
    folder: Path, scheme: str | None, asked: Config, format_: str | None, output: Path | None
) -> tuple[str, int]:
    """(the table, the exit code)."""
    if format_ is None:
        format_ = "text" if output is None else format_of(output, MARKS, "or give --format")
    if format_ not in MARKS:
        raise InputError(f"The marks of a class are written as {listing(MARKS)}, not {format_}.")
    from symgd.api.documents import mark_class
    from symgd.judge.marking import read_scheme
    from symgd.judge.marking.pages import PAGES
    from symgd.judge.report import exit_code

    points = read_scheme(scheme) if scheme is not None else None
    marks, reports = [], []
    with contextlib.suppress(Interrupted):
        for mark, of_student in mark_class(folder, asked.given, points):
            marks.append(mark)
            reports += of_student
            if output is not None and is_terminal(sys.stderr):
                click.echo(f"\r{len(marks)} marked", nl=False, err=True)
    if was_asked() is not None and (output is not None or not marks):
        raise Interrupted  # a file of some marks looks like one of all
    return PAGES[format_](marks, asked.language), exit_code(reports, asked.strict)
