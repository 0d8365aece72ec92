"""`symgd exercise`: a sheet, its solution and its marking scheme, or a family of sheets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symgd.cli.common import (
    among,
    distinct,
    in_notation,
    is_terminal,
    language_option,
    model_of,
    model_option,
    neuron_options,
    notation_options,
    numbers,
    output_option,
    write_page,
)
from symgd.errors import InputError
from symgd.exercises import DIFFICULTIES, KINDS
from symgd.files import read_at_most
from symgd.pages.formats import SHEETS, format_of

if TYPE_CHECKING:
    from symgd.api import Model

LARGEST_LIST = 1_000_000


@click.command()
@neuron_options
@model_option
@notation_options
@click.option(
    "--kind",
    "-k",
    type=click.Choice(KINDS),
    default="gaps",
    show_default=True,
    help="A derivation with gaps, or values to be worked out at a point.",
)
@click.option(
    "--difficulty",
    "-d",
    type=click.Choice(DIFFICULTIES),
    default="medium",
    show_default=True,
    help="How much is left out; without a model it draws one too.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    metavar="N",
    help="The same seed gives the same sheet on any machine.",
)
@click.option(
    "--at", "point", metavar="x=3,y=0", help="Numbers that stay as they are in a sheet of numbers."
)
@click.option(
    "--students",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A sheet for each name of the file, a name a line; -o is a folder then.",
)
@click.option(
    "--count",
    type=click.IntRange(1, 500),
    metavar="N",
    help="N sheets that are numbered instead; -o is a folder then.",
)
@click.option(
    "--format",
    "format_",
    type=among(SHEETS),
    help="Without it, by the ending of -o, else text; of a family latex.",
)
@click.option(
    "--solution",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the solution with the marking scheme here; - is the terminal.",
)
@click.option(
    "--scheme",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Write the scheme here by which symgd check --class marks the sheet.",
)
@language_option
@output_option
def exercise(
    activation: str, loss: str, inputs: int, constants: str | None, model_file: Path | None,
    kind: str, difficulty: str, seed: int, point: str | None, students: Path | None,
    count: int | None, format_: str | None, solution: Path | None, scheme: Path | None,
    language: str, output: Path | None,
) -> None:  # fmt: skip
    """Make an exercise: a sheet to be filled in, its solution and its marking scheme.

    With --students or --count one sheet a student, sheets/NAME and solutions/NAME in the folder -o,
    and scheme.toml beside them. What comes back is marked by symgd check --class.
    """
    from symgd.api.exercises import drawn, family
    from symgd.api.exercises import exercise as make

    model = asked_model(activation, loss, inputs, constants, model_file)
    model = in_notation(drawn(difficulty, seed)) if model is None else model
    at = numbers(point) if point is not None else None
    if students is not None or count is not None:
        names = family_names(students, count)
        if output is None:
            raise InputError("A family of sheets is written to a folder; give -o FOLDER.")
        if solution is not None or scheme is not None:
            raise InputError(
                "A family has its solutions and its scheme in the folder of -o; leave --solution "
                "and --scheme out."
            )
        made = family(model, names, kind, difficulty=difficulty, seed=seed, language=language,
                      at=at)  # fmt: skip
        files = made.save(output, format_ or "latex")
        click.echo(f"{len(files)} files written to {output}.", err=True)
        unreadable(e.sheet.name for e in made if not e.sheet.readable)
        return
    if format_ is None:
        endings = {n: p.ending for n, p in SHEETS.items()}
        format_ = "text" if output is None else format_of(output, endings, "or give --format")
    one = make(model, kind, difficulty=difficulty, seed=seed, language=language, at=at)
    distinct(output=output, solution=solution if str(solution) != "-" else None, scheme=scheme)
    pages = [(output, format_, one.render(format_))] if str(solution) != "-" else []
    if solution is not None:
        place = None if str(solution) == "-" else solution
        ending = format_ if place is None else format_of(
            place, {n: p.ending for n, p in SHEETS.items()}
        )  # fmt: skip
        pages.append((place, ending, one.render(ending, solution=True)))
    if scheme is not None:
        write_page(one.scheme(), scheme)
    for place, format, body in pages:
        write_page(body, place, for_people=format == "text" and is_terminal(sys.stdout))
    unreadable(["This sheet"] if not one.sheet.readable else [])


def asked_model(
    activation: str, loss: str, inputs: int, constants: str | None, model_file: Path | None
) -> Model | None:
    """The model of the options; None where none of them was typed, and the difficulty draws one."""
    ctx = click.get_current_context()
    typed = (
        ctx.get_parameter_source(n) == click.core.ParameterSource.COMMANDLINE
        for n in ("activation", "loss", "inputs", "constants", "model_file")
    )
    if not any(list(typed)):
        return None
    return model_of(model_file, activation, loss, inputs, constants)[0]


def family_names(students: Path | None, count: int | None) -> tuple[str, ...]:
    """The names of a file, or sheet-1, sheet-2, ..."""
    from symgd.exercises.families import student_names
    from symgd.judge.documents import decode

    if students is not None and count is not None:
        raise InputError("--students says how many sheets there are; leave --count out.")
    if students is None:
        width = len(str(count))
        return tuple(f"sheet-{k:0{width}}" for k in range(1, (count or 0) + 1))
    return student_names(decode(read_at_most(students, LARGEST_LIST), str(students)))


def unreadable(names: Iterable[str]) -> None:
    """What is said of sheets whose numbers are long: a person may want another seed."""
    found = list(names)
    if found:
        click.echo(
            f"symgd: {', '.join(found)}: no point was found at which all numbers are short; "
            "another --seed may have one.",
            err=True,
        )
