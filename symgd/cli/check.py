"""`symgd check`: a derivation that a person wrote, line by line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.check_class import class_options, class_page
from symgd.cli.check_config import FORMATS, Config, config_of
from symgd.cli.check_gradient import gradient_options, gradient_page
from symgd.cli.common import (
    is_terminal,
    language_choice,
    model_option,
    output_option,
    say,
    write_page,
)
from symgd.errors import InputError
from symgd.files import real, working_folder
from symgd.pages.formats import VERDICTS, format_of
from symgd.training.interrupts import Interrupted
from symgd.training.interrupts import asked as was_asked

if TYPE_CHECKING:
    from symgd.judge import Report

STDIN = "-"


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@gradient_options
@class_options
@click.option(
    "--define",
    multiple=True,
    metavar="'C = (y - wx)^2'",
    help="What the document does not define itself, in LaTeX; may be repeated.",
)
@click.option(
    "--definitions",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A document whose definitions and assumptions stand before each file; may be repeated.",
)
@model_option
@click.option(
    "--macros",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file whose \\newcommand hold in each file; may be repeated.",
)
@click.option(
    "--assume",
    multiple=True,
    metavar="'x > 0'",
    help="Where it is meant to hold, as y \\in \\{0, 1\\} or \\sum_c t_c = 1; may be repeated.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Findings that are known, and are not reported again.",
)
@click.option(
    "--write-baseline", is_flag=True, help="Write what is found now as the baseline, and exit 0."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="Without it, by the ending of -o, else text. github: annotations of a workflow; lines: "
    "file:line: message; sarif: for code scanning; csv: of a class.",
)
@click.option(
    "--strict",
    is_flag=True,
    default=None,
    help="Lines that are not understood, and comments that silence nothing, make exit code 1 too.",
)
@language_choice
@output_option
def check(
    files: tuple[str, ...], format_: str | None, output: Path | None, gradient: str | None,
    class_: Path | None, scheme: str | None, label: str | None, write_baseline: bool,
    model_file: Path | None, language: str | None, **how: Any,
) -> None:  # fmt: skip
    """Find the wrong line of derivations in .tex, .md, .ipynb, .rst, .html, .txt; - is stdin.

    Exit code 0: no line is wrong; 1: one is; 2: the input is at fault; 3: symgd itself failed. A
    line that is not understood is neither right nor wrong: it makes 1 only with --strict.

    With --gradient, a function in Python instead of files: the derivative of --of in --wrt that it
    computes, beside the derived one. With --class, a folder of sheets: a table of marks.

    Files and options that are not given are those of [tool.symgd.check] in pyproject.toml.
    """
    of_documents = {n: how.pop(n) for n in DOCUMENTS} | {"model": model_file}
    config = config_of(working_folder())
    asked = config.with_options(of_documents | {"language": language}, format_, label)
    if gradient is not None:
        refuse_beside("--gradient checks a function", files, class_, of_documents)
        page, code = gradient_page(gradient, **how, label=asked.labels, format_=format_,
                                      output=output, language=asked.language)  # fmt: skip
        write_page(page, output, for_people=format_ in (None, "text"))
    elif class_ is not None:
        refuse_beside("--class checks a folder", files, None, {})
        page, code = class_page(class_, scheme, asked, format_, output)
        write_page(page, output, for_people=format_ in (None, "text"))
    elif scheme is not None:
        raise InputError("--scheme says what the lines of a class are worth; give --class DIR.")
    else:
        code = check_documents(files or asked.files, asked, output, write_baseline)
    click.get_current_context().exit(code)


# The options that are about documents.
DOCUMENTS = ("define", "definitions", "macros", "assume", "baseline", "strict")


def refuse_beside(
    what: str, files: Sequence[str], class_: Path | None, options: dict[str, Any]
) -> None:
    """Refuse what is about documents beside what is not."""
    given = [f"--{n}" for n, v in options.items() if v and n != "strict"]
    given += ["--class"] if class_ is not None else []
    given += list(files[:1])
    if given:
        raise InputError(f"{what}, and {given[0]} is about files that hold derivations: give one.")


def check_documents(
    files: Sequence[str], asked: Config, output: Path | None, write_baseline: bool
) -> int:
    """Write the page of these files, or of those reached before an interrupt; the exit code."""
    if not files:
        raise InputError(
            "Name a file, as in symgd check notes.tex, or - for what is piped in; or list files in "
            "[tool.symgd.check] of pyproject.toml."
        )
    if output is not None and real(output) in {real(Path(f)) for f in files if f != STDIN}:
        raise InputError(f"{output} is one of the files that are checked; give another -o.")
    format_ = asked.format
    if output is not None and not asked.format_given:
        format_ = format_of(output, VERDICTS, "or give --format")
    if format_ == "csv":
        raise InputError("csv is of the marks of a class; give --class DIR, or another --format.")
    from symgd.judge.report import exit_code
    from symgd.judge.reports import PAGES, to_text
    from symgd.judge.reports.sentences import fault_sentence
    from symgd.judge.words import words_of

    reports: list[Report] = []
    with contextlib.suppress(Interrupted):
        for name in files:
            reports.append(judge(name, asked))
            if was_asked() is not None:
                break
    if was_asked() is not None and (write_baseline or not reports):
        raise Interrupted
    words = words_of(asked.language)
    faults = [r.fault for r in reports if r.fault is not None]
    for report in reports:
        if report.fault is not None:
            say(fault_sentence(report.fault, words))
    if write_baseline:
        return save_baseline(reports, asked)
    reports = silence_known(reports, asked)
    if format_ == "text":
        shown = [r for r in reports if r.fault is None]
        body = to_text(shown, asked.language, output is None and has_colour()) if shown else ""
    else:
        body = PAGES[format_ or "text"](reports, asked.language)
    if body or not faults:
        write_page(body, output, for_people=format_ in (None, "text", "lines"))
    return exit_code(reports, asked.strict)


def judge(name: str, asked: Config) -> Report:
    from symgd.api.documents import judge_file, judge_stream

    if name == STDIN:
        return judge_stream(sys.stdin.buffer, asked.given)
    return judge_file(Path(name), asked.given)


def silence_known(reports: list[Report], asked: Config) -> list[Report]:
    """The reports without what the baseline knows; what it knows in vain is said."""
    if asked.baseline is None:
        return reports
    from symgd.judge.repository.baseline import read_baseline, without_known

    reports, gone = without_known(reports, read_baseline(asked.baseline))
    if gone:
        what = "1 finding" if len(gone) == 1 else f"{len(gone)} findings"
        say(
            f"{what} of {asked.baseline} is found no more; --write-baseline drops it."
            if len(gone) == 1
            else f"{what} of {asked.baseline} are found no more; --write-baseline drops them."
        )
    return reports


def save_baseline(reports: list[Report], asked: Config) -> int:
    """Write the baseline; the exit code, which is 0 unless a document could not be judged."""
    from symgd.judge.report import exit_code
    from symgd.judge.repository.baseline import baseline_of

    if asked.baseline is None:
        raise InputError("Say where to: symgd check FILE... --baseline FILE --write-baseline.")
    code = exit_code([r for r in reports if r.fault is not None])
    if not code:
        write_page(baseline_of(reports), asked.baseline)
    return code


def has_colour() -> bool:
    """Colours only on a terminal, and not where NO_COLOR is set (no-color.org)."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR")
